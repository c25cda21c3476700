/* lanyard exec: a command in a PC, as if it ran here: its input, output and exit
 * status are ours. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/command.h"
#include "tui/remote.h"
#include "tui/term.h"

int cmd_exec(int argc, char **argv)
{
	int first = argc > 3 && !strcmp(argv[3], "--") ? 4 : 3, status;
	g_autofree char *command = NULL;
	struct client *c;

	if (argc == 2 && !strcmp(argv[1], "--help")) {
		printf("Usage: lanyard exec LAB PC -- CMD...\n\nRuns CMD with a shell of the PC; one CMD may be a "
		       "whole line.\n"
		       "Exit status: that of CMD; 3 if it could not be run to its end.\n");
		return STATUS_DONE;
	}
	if (argc <= first) {
		fprintf(stderr, "lanyard exec: expected LAB PC -- CMD...\n");
		return STATUS_USAGE;
	}
	c = client_open("exec", argv[1]);
	if (!c)
		return STATUS_USAGE;
	term_signals();
	command = g_strjoinv(" ", argv + first);
	status = remote_run(c, "exec", argv[2], command, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
	client_free(c);
	if (term_ended_by())
		return 128 + term_ended_by();
	return status < 0 ? STATUS_HOST : status;
}
