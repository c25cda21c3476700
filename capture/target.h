/* What a capture looks at: ports, and of each which direction and VLAN. Names
 * become ports here or, where they are VLANs, at the lab's front door. */
#ifndef LANYARD_CAPTURE_TARGET_H
#define LANYARD_CAPTURE_TARGET_H

#include <glib.h>

#include "engine/net/net.h"

#define CAPTURE_ERROR capture_error_quark()
GQuark capture_error_quark(void);
enum capture_error { CAPTURE_ERROR_TARGET, CAPTURE_ERROR_FILE };

#define WATCH_RX (1u << PORT_RX)
#define WATCH_TX (1u << PORT_TX)

struct capture_port {
	struct port *port;
	unsigned events; /* WATCH_* */
	uint16_t vlan;   /* only frames with this 802.1Q tag; 0: all frames */
	bool native;     /* with vlan: also those without a tag */
};

/* Adds what `name` means to out (struct capture_port): a link shows each frame
 * once, as it is sent; a port ("alice:eth0", "sw1:3") shows both directions.
 * False with error if there is no such name. */
bool capture_target(struct net *n, const char *name, GArray *out, GError **error);
/* The same for ports found elsewhere. ingress: frames as they enter the ports
 * (a VLAN at its switch). Otherwise both directions; but where both ends of a
 * link are among them, a frame on it is shown by its sender only. */
void capture_target_ports(struct port *const *ports, unsigned count, bool ingress, GArray *out);

#endif
