/* Any bytes as a lab file: reading, checking, drawing. */
#include "topology/graph.h"
#include "topology/topology.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct topology_report report;
	g_autofree char *messages = NULL;
	struct plan *plan;

	topology_report_init(&report);
	plan = topology_load_text("fuzz.yaml", (const char *)data, size, &report);
	messages = topology_report_text(&report);
	assert((plan != NULL) == !report.errors);
	topology_report_clear(&report);
	if (plan) {
		g_autofree char *dump = topology_dump(plan), *text = graph_text(plan), *dot = graph_dot(plan);

		assert(*dump && *text && *dot);
	}
	plan_free(plan);
	return 0;
}
