/* Hubs: repeaters without memory. What comes in at one port goes out of all
 * others. */
#ifndef LANYARD_NET_HUB_H
#define LANYARD_NET_HUB_H

#include "engine/net/net.h"

struct hub;
struct hub *hub_new(struct net *n, const char *name, unsigned ports);
struct port *hub_port(struct hub *h, unsigned number); /* 1..ports */

#endif
