/* THE LIST of views, in the order of their keys. */
#include "tui/console/view.h"

const struct view *const views[] = {
	&view_topology, &view_pc, &view_packets, &view_switches, &view_links, &view_uplinks, &view_events, &view_checks,
};

const struct view *view_at(unsigned n)
{
	return n < ARRAY_LEN(views) ? views[n] : NULL;
}
