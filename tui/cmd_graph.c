/* lanyard graph: a lab as a picture. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "topology/graph.h"
#include "topology/lint.h"
#include "tui/command.h"

static const struct format {
	const char *name;
	char *(*draw)(const struct plan *p);
} formats[] = {{"text", graph_text}, {"dot", graph_dot}};

static const struct format *find_format(const char *name)
{
	for (unsigned n = 0; n < ARRAY_LEN(formats); n++)
		if (!strcmp(name, formats[n].name))
			return &formats[n];
	return NULL;
}

static int draw(const char *path, const struct format *format)
{
	struct topology_report report;
	g_autofree char *picture = NULL, *text = NULL;
	struct plan *plan;

	topology_report_init(&report);
	plan = topology_load(path, &report);
	text = topology_report_text(&report);
	fputs(text, stderr);
	topology_report_clear(&report);
	if (!plan)
		return STATUS_USAGE;
	picture = format->draw(plan);
	fputs(picture, stdout);
	plan_free(plan);
	return STATUS_DONE;
}

int cmd_graph(int argc, char **argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new("LAB.yaml");
	g_autoptr(GError) error = NULL;
	g_autofree char *name = NULL;
	const struct format *format;
	const GOptionEntry entries[] = {
		{"format", 0, 0, G_OPTION_ARG_STRING, &name, "text (default), or dot for Graphviz", "FORMAT"},
		G_OPTION_ENTRY_NULL};

	g_option_context_set_summary(context, "Draws who is connected to what.");
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error)) {
		fprintf(stderr, "lanyard graph: %s\n", error->message);
		return STATUS_USAGE;
	}
	if (argc != 2) {
		fprintf(stderr, "lanyard graph: expected one lab file\n");
		return STATUS_USAGE;
	}
	format = find_format(name ? name : "text");
	if (!format) {
		fprintf(stderr, "lanyard graph: --format: '%s': expected text or dot\n", name);
		return STATUS_USAGE;
	}
	return draw(argv[1], format);
}
