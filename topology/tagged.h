/* Where all frames have VLAN tags: what watches there has to look behind them. */
#ifndef LANYARD_TOPOLOGY_TAGGED_H
#define LANYARD_TOPOLOGY_TAGGED_H

#include "topology/plan_maker.h"

/* Is `watch` (a link, or a port) a place where only tagged frames count: at a trunk
 * without a native VLAN? After switches, PCs and links were built. */
bool tagged_only(const struct build *b, const char *watch);

#endif
