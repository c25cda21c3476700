/* A lab file read for running; see lab_open.h. */
#include "tui/cli/lab_open.h"

#include <glib.h>
#include <stdio.h>

#include "topology/topology.h"

struct plan *lab_open(const char *path)
{
	struct topology_report report;
	g_autofree char *text = NULL;
	struct plan *plan;

	topology_report_init(&report);
	plan = topology_load(path, &report);
	text = topology_report_text(&report);
	fputs(text, stderr);
	if (report.errors) {
		plan_free(plan);
		plan = NULL;
	}
	topology_report_clear(&report);
	return plan;
}
