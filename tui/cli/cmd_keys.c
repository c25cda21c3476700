/* lanyard keys: what may be written in a lab file. */
#include <glib.h>
#include <stdio.h>

#include "topology/topology.h"
#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/term/printable.h"

static int print(char *text)
{
	fputs(text, stdout);
	g_free(text);
	return STATUS_DONE;
}

/* All keys in short, or all about one. */
static int print_keys(const char *filter)
{
	const char *near = NULL;
	char *text = topology_keys_text(filter, &near);
	g_autofree char *shown = printable_line(filter ? filter : "");

	if (text)
		return print(text);
	if (near)
		fprintf(stderr, "lanyard keys: there is no key '%s'; did you mean '%s'?\n", shown, near);
	else
		fprintf(stderr, "lanyard keys: there is no key '%s'; `lanyard keys` lists them\n", shown);
	return STATUS_USAGE;
}

int cmd_keys(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "keys",
		.words = "[KEY]",
		.text = "Prints every key of lab files with type, default and help, or all about KEY.",
		.max = 1,
	};
	gboolean markdown = FALSE, schema = FALSE;
	const GOptionEntry entries[] = {
		{"markdown", 0, 0, G_OPTION_ARG_NONE, &markdown, "the manual page docs/lab-format.md", NULL},
		{"schema", 0, 0, G_OPTION_ARG_NONE, &schema, "a JSON Schema of lab files, for editors", NULL},
		G_OPTION_ENTRY_NULL};

	if (!args_parse(&usage, entries, &argc, &argv))
		return STATUS_USAGE;
	if (argc > 2 || (argc == 2 && (markdown || schema)) || (markdown && schema)) {
		fprintf(stderr, "lanyard keys: expected at most one of KEY, --markdown and --schema\n");
		return STATUS_USAGE;
	}
	if (markdown)
		return print(topology_manual());
	if (schema)
		return print(topology_schema_json());
	return print_keys(argc == 2 ? argv[1] : NULL);
}
