/* lanyard attach: the console of a lab that runs already. */
#include <stdio.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/console/console.h"
#include "tui/term/term.h"

int cmd_attach(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "attach",
		.words = "LAB",
		.text = "Opens the console of a running lab. Leaving it (q) leaves the lab running; :stop ends it.",
		.min = 1,
		.max = 1,
	};
	enum console_end end = CONSOLE_LEFT;
	GError *error = NULL;
	struct client *c;
	bool ok, ready;

	if (!args_parse(&usage, NULL, &argc, &argv))
		return STATUS_USAGE;
	c = lab_client_open("attach", argv[1]);
	if (!c)
		return STATUS_USAGE;
	term_signals();
	ok = console_run(c, false, &end, &error);
	lab_client_tell("attach", error);
	if (ok && end == CONSOLE_STOPPED && lab_client_do("attach", c, "stop", NULL))
		while (client_wait(c, -1, &ready))
			;
	client_free(c);
	if (ok && end == CONSOLE_LOST)
		printf("the lab has ended\n");
	return !ok ? STATUS_USAGE : end == CONSOLE_SIGNAL ? 128 + term_ended_by() : STATUS_DONE;
}
