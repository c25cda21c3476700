/* lanyard exec: a command in a PC, as if it ran here: its input, output and exit
 * status are ours. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/term/term.h"

/* The words as they are, for a shell that only finds the program: it takes the shell's
 * place, so that its exit status is the command's own. */
static char *command_line(char **word)
{
	GString *s = g_string_new("exec");

	for (; *word; word++) {
		g_autofree char *quoted = g_shell_quote(*word);

		g_string_append_printf(s, " %s", quoted);
	}
	return g_string_free(s, FALSE);
}

/* Nothing runs where time stands still: who waits should know why. */
static void tell_paused(struct client *c)
{
	g_autoptr(JsonNode) lab = client_call(c, NULL, "query-lab", NULL);

	if (lab && JSON_NODE_HOLDS_OBJECT(lab) &&
	    json_object_get_boolean_member_with_default(json_node_get_object(lab), "paused", FALSE))
		fprintf(stderr, "lanyard exec: the lab is paused; `lanyard continue %s` lets the command run\n",
			client_name(c));
}

int cmd_exec(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "exec",
		.words = "LAB PC -- CMD...",
		.text = "Runs CMD with its arguments as they are; for a shell's words, say sh -c 'LINE'. Standard\n"
			"input goes to it.\n"
			"Exit status: that of CMD; 2 if it could not be started, 3 if it could not be run to its end.",
		.min = 3,
		.posix = true,
	};
	g_autofree char *command = NULL;
	struct client *c;
	int first, status;

	if (!args_parse(&usage, NULL, &argc, &argv))
		return STATUS_USAGE;
	first = !strcmp(argv[3], "--") ? 4 : 3;
	if (argc <= first) {
		fprintf(stderr, "lanyard exec: expected a command after --\n");
		return STATUS_USAGE;
	}
	c = lab_client_open("exec", argv[1]);
	if (!c)
		return STATUS_USAGE;
	term_signals();
	tell_paused(c);
	command = command_line(argv + first);
	status = lab_client_run("exec", c, argv[2], command, STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO);
	client_free(c);
	if (term_ended_by())
		return 128 + term_ended_by();
	if (status == REMOTE_REFUSED)
		return STATUS_USAGE;
	return status < 0 ? STATUS_HOST : status;
}
