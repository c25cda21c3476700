/* lanyard snapshot: a running lab into a file, from which `lanyard run` goes on. */
#include <stdio.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"

int cmd_snapshot(int argc, char **argv)
{
	gboolean full = FALSE;
	const GOptionEntry entries[] = {
		{"full", 0, 0, G_OPTION_ARG_NONE, &full, "with all memory: the booted images need not be there later",
		 NULL},
		G_OPTION_ENTRY_NULL,
	};
	const struct args_usage usage = {
		.command = "snapshot",
		.words = "LAB FILE",
		.text = "Stores a running lab in a new file. `lanyard run FILE` goes on from there, with the\n"
			"same future; the lab file must be as it was.",
		.min = 2,
		.max = 2,
	};
	g_autofree char *path = NULL;
	struct client *c;
	bool ok;

	if (!args_parse(&usage, entries, &argc, &argv))
		return STATUS_USAGE;
	path = g_canonicalize_filename(argv[2], NULL);
	c = lab_client_open("snapshot", argv[1]);
	if (!c)
		return STATUS_USAGE;
	ok = lab_client_do("snapshot", c, "snapshot", "file", path, "full", full ? "true" : "false", NULL);
	client_free(c);
	return ok ? STATUS_DONE : STATUS_HOST;
}
