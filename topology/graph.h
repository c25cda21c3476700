/* Pictures of a plan. g_free() the results. */
#ifndef LANYARD_TOPOLOGY_GRAPH_H
#define LANYARD_TOPOLOGY_GRAPH_H

#include "engine/lab/plan.h"

/* For a terminal: each VLAN, hub, switch and link with the ports on it. */
char *graph_text(const struct plan *p);
/* For Graphviz: an undirected graph. */
char *graph_dot(const struct plan *p);

#endif
