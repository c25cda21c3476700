/* lanyard pause, continue, step: a running lab's time stands still, goes on, or passes a
 * little. Nothing of it leaves a trace in what happens. */
#include <stdio.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"

static int tell(const char *command, const char *lab, const char *by)
{
	struct client *c = lab_client_open(command, lab);
	bool ok;

	if (!c)
		return STATUS_USAGE;
	ok = by ? lab_client_do(command, c, command, "by", by, NULL) : lab_client_do(command, c, command, NULL);
	client_free(c);
	return ok ? STATUS_DONE : STATUS_USAGE;
}

int cmd_pause(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "pause",
		.words = "LAB",
		.text = "A running lab's time stands still. What is outside of it does not wait.",
		.min = 1,
		.max = 1,
	};

	return args_parse(&usage, NULL, &argc, &argv) ? tell("pause", argv[1], NULL) : STATUS_USAGE;
}

int cmd_continue(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "continue",
		.words = "LAB",
		.text = "A lab that was paused goes on.",
		.min = 1,
		.max = 1,
	};

	return args_parse(&usage, NULL, &argc, &argv) ? tell("continue", argv[1], NULL) : STATUS_USAGE;
}

int cmd_step(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "step",
		.words = "LAB [TIME|frame|event]",
		.text = "Pauses a running lab, then lets it run for a time (1ms), until a frame was sent or\n"
			"received, or until the next thing happens. It stops at the end of a window: before any\n"
			"PC can have received what another sent in it.",
		.min = 1,
		.max = 2,
	};

	return args_parse(&usage, NULL, &argc, &argv) ? tell("step", argv[1], argc > 2 ? argv[2] : "1ms")
						      : STATUS_USAGE;
}
