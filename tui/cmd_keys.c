/* lanyard keys: what may be written in a lab file. */
#include <glib.h>
#include <stdio.h>

#include "topology/lint.h"
#include "tui/command.h"

static int print(char *text)
{
	fputs(text, stdout);
	g_free(text);
	return STATUS_DONE;
}

int cmd_keys(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new("[KEY]");
	gboolean markdown = FALSE, schema = FALSE;
	g_autoptr(GError) error = NULL;
	const GOptionEntry entries[] = {
		{"markdown", 0, 0, G_OPTION_ARG_NONE, &markdown, "the manual page docs/lab-format.md", NULL},
		{"schema", 0, 0, G_OPTION_ARG_NONE, &schema, "a JSON Schema of lab files, for editors", NULL},
		G_OPTION_ENTRY_NULL};

	g_option_context_set_summary(context,
				     "Prints every key of lab files with type, default and help, or all about KEY.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "lanyard keys: %s\n", error->message);
		return STATUS_USAGE;
	}
	if (argc > 2 || (argc == 2 && (markdown || schema)) || (markdown && schema)) {
		fprintf(stderr, "lanyard keys: expected at most one of KEY, --markdown and --schema\n");
		return STATUS_USAGE;
	}
	if (markdown)
		return print(topology_manual());
	if (schema)
		return print(topology_schema_json());
	return topology_print_keys(argc == 2 ? argv[1] : NULL) ? STATUS_DONE : STATUS_USAGE;
}
