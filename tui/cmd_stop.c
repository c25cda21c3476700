/* lanyard stop: ends a running lab, and waits until it has ended. */
#include <stdio.h>

#include "tui/client.h"
#include "tui/command.h"

int cmd_stop(int argc, char **argv)
{
	struct client *c;
	bool ok, ready;

	if (argc != 2 || argv[1][0] == '-') {
		fprintf(stderr, "lanyard stop: expected the name or file of a running lab\n");
		return STATUS_USAGE;
	}
	c = client_open("stop", argv[1]);
	if (!c)
		return STATUS_USAGE;
	ok = client_do(c, "stop", NULL);
	while (ok && client_wait(c, -1, &ready))
		;
	client_free(c);
	return ok ? STATUS_DONE : STATUS_HOST;
}
