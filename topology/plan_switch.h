/* Parts of plan_wire.c: what a switch does beside VLANs. */
#ifndef LANYARD_TOPOLOGY_PLAN_SWITCH_H
#define LANYARD_TOPOLOGY_PLAN_SWITCH_H

#include "topology/plan_maker.h"

/* item: the switch's map; map: a port's. */
void plan_switch_extras(struct build *b, struct plan_switch *s, const struct node *item);
void plan_port_extras(struct build *b, struct plan_switch_port *p, const struct node *map);
/* After all ports: do mirrors name ports that can be mirrored? */
void plan_switch_mirrors(struct build *b, const struct plan_switch *s, const struct node *item);

#endif
