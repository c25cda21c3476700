/* lanyard lint: all that is wrong with lab files, at once. */
#include <glib.h>
#include <stdio.h>

#include "topology/topology.h"
#include "tui/cli/args.h"
#include "tui/cli/command.h"

static int lint_one(const char *path, bool show_plan)
{
	struct topology_report report;
	g_autofree char *text = NULL;
	struct plan *plan;
	int status;

	topology_report_init(&report);
	plan = topology_load(path, &report);
	text = topology_report_text(&report);
	fputs(text, stdout);
	if (report.errors || report.warnings)
		printf("%s: %u error%s, %u warning%s\n", path, report.errors, report.errors == 1 ? "" : "s",
		       report.warnings, report.warnings == 1 ? "" : "s");
	if (plan && show_plan) {
		g_autofree char *dump = topology_dump(plan);

		fputs(dump, stdout);
	}
	status = plan ? STATUS_DONE : STATUS_USAGE;
	plan_free(plan);
	topology_report_clear(&report);
	return status;
}

int cmd_lint(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "lint",
		.words = "LAB.yaml...",
		.text = "Checks lab files and shows all mistakes: FILE:LINE:COLUMN: what is wrong.",
		.min = 1,
	};
	gboolean plan = FALSE;
	const GOptionEntry entries[] = {{"plan", 0, 0, G_OPTION_ARG_NONE, &plan,
					 "print what a right lab comes to, after overlays and templates", NULL},
					G_OPTION_ENTRY_NULL};
	int status = STATUS_DONE;

	if (!args_parse(&usage, entries, &argc, &argv))
		return STATUS_USAGE;
	for (int n = 1; n < argc; n++)
		if (lint_one(argv[n], plan))
			status = STATUS_USAGE;
	return status;
}
