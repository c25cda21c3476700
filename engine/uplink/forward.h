/* Forwards of a user network, in QEMU's syntax:
 *   hostfwd   [tcp|udp]:[HOST]:PORT-[GUEST]:PORT     HOST empty: 127.0.0.1
 *   guestfwd  [tcp]:[SERVER]:PORT-cmd:COMMAND, or -tcp:HOST:PORT
 * A guest may also be "@" and a card's MAC, whose lease it then means. */
#ifndef LANYARD_UPLINK_FORWARD_H
#define LANYARD_UPLINK_FORWARD_H

#include "engine/base/address.h"

#include <glib.h>

#define FORWARD_TEXT 160 /* room for a forward as text */

/* Flat: it is sent to the uplink's process. */
struct forward {
	uint8_t udp;
	uint8_t by_mac; /* guest is not known yet: `mac` */
	uint8_t mac[6];
	struct address host;  /* of the host: where connections come to */
	struct address guest; /* family 0: the first of the leases */
	uint16_t host_port, guest_port;
	uint32_t zero; /* no implicit padding at the end */
};

/* False with error: "'x': no ':' after the protocol". */
bool forward_parse(const char *text, struct forward *f, GError **error);
/* "tcp:127.0.0.1:2222", all that removing it needs. */
bool forward_parse_host(const char *text, struct forward *f, GError **error);
void forward_text(const struct forward *f, char text[FORWARD_TEXT]);
/* The same place on the host? */
bool forward_same_host(const struct forward *a, const struct forward *b);
/* Is it only reached from this machine? */
bool forward_is_private(const struct forward *f);

struct guest_forward {
	struct address server; /* family 0: net | 0.0.2.4 */
	uint16_t port;
	char *command; /* or NULL and: */
	char *to;      /* "HOST:PORT" */
};
bool guest_forward_parse(const char *text, struct guest_forward *g, GError **error);
void guest_forward_clear(struct guest_forward *g);

#endif
