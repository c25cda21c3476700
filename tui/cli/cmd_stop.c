/* lanyard stop: ends a running lab, and waits until it has ended. */
#include <stdio.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"

int cmd_stop(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "stop",
		.words = "LAB",
		.text = "Ends a running lab, and waits until it has ended. LAB is its name or its file.",
		.min = 1,
		.max = 1,
	};
	struct client *c;
	bool ok, ready;

	if (!args_parse(&usage, NULL, &argc, &argv))
		return STATUS_USAGE;
	c = lab_client_open("stop", argv[1]);
	if (!c)
		return STATUS_USAGE;
	ok = lab_client_do("stop", c, "stop", NULL);
	while (ok && client_wait(c, -1, &ready))
		;
	client_free(c);
	return ok ? STATUS_DONE : STATUS_HOST;
}
