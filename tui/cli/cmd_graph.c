/* lanyard graph: a lab as a picture. */
#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "topology/graph.h"
#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_open.h"
#include "tui/cli/picture.h"

static const struct format {
	const char *name;
	char *(*draw)(const struct plan *p);
} formats[] = {{"text", graph_text}, {"dot", graph_dot}, {"svg", picture_svg}, {"mermaid", picture_mermaid}};

static const struct format *find_format(const char *name)
{
	for (unsigned n = 0; n < ARRAY_LEN(formats); n++)
		if (!strcmp(name, formats[n].name))
			return &formats[n];
	return NULL;
}

static int draw(const char *path, const struct format *format)
{
	g_autofree char *picture = NULL;
	struct plan *plan = lab_open(path);

	if (!plan)
		return STATUS_USAGE;
	picture = format->draw(plan);
	fputs(picture, stdout);
	plan_free(plan);
	return STATUS_DONE;
}

int cmd_graph(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "graph",
		.words = "LAB.yaml",
		.text = "Draws who is connected to what.",
		.min = 1,
		.max = 1,
	};
	g_autofree char *name = NULL;
	const struct format *format;
	const GOptionEntry entries[] = {{"format", 0, 0, G_OPTION_ARG_STRING, &name,
					 "text (default), dot for Graphviz, svg, mermaid", "FORMAT"},
					G_OPTION_ENTRY_NULL};

	if (!args_parse(&usage, entries, &argc, &argv))
		return STATUS_USAGE;
	format = find_format(name ? name : "text");
	if (!format) {
		args_expected("graph", "--format", name, "text, dot, svg or mermaid");
		return STATUS_USAGE;
	}
	return draw(argv[1], format);
}
