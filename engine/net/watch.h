/* What is looked at when a thing of the lab is watched, by captures and checks
 * alike: ports, and of each which direction and which VLAN, so that each frame is
 * seen once. */
#ifndef LANYARD_NET_WATCH_H
#define LANYARD_NET_WATCH_H

#include <glib.h>

#include "engine/net/net.h"

#define WATCH_RX (1u << PORT_RX)
#define WATCH_TX (1u << PORT_TX)

struct watch_point {
	struct port *port;
	unsigned events; /* WATCH_* */
	uint16_t vlan;   /* only frames with this 802.1Q tag; 0: all frames */
	bool native;     /* with vlan: also those without a tag */
};

/* Is a frame of the VLAN that is watched there? */
bool watch_wants(const struct watch_point *w, const struct frame *f);
/* Adds what `name` means to out (struct watch_point): a link shows each frame
 * once, as it is sent; a port ("alice:eth0", "sw1:3") shows both directions.
 * False if the fabric has no such name. */
bool watch_named(struct net *n, const char *name, GArray *out);
/* The same for ports found elsewhere. ingress: frames as they enter the ports (a
 * VLAN or switch at its border). Otherwise both directions; but where both ends of
 * a link are among them, a frame on it is shown by its sender only. */
void watch_ports(struct port *const *ports, unsigned count, bool ingress, GArray *out);
void watch_add(GArray *out, struct port *p, unsigned events, uint16_t vlan, bool native);

#endif
