/* The DHCP server of a user network (RFC 2131, 2132; BOOTP: RFC 951): addresses from
 * `dhcpstart` to the end of the network, leases in virtual time. State of the lab. */
#ifndef LANYARD_UPLINK_USER_DHCP_H
#define LANYARD_UPLINK_USER_DHCP_H

#include "engine/base/state.h"
#include "engine/uplink/packet.h"
#include "engine/uplink/user_config.h"

#define USER_LEASES 1024u
#define USER_LEASE 86400000000000ull /* ns */

struct user_lease {
	uint64_t ends;    /* ns; TIME_NEVER: BOOTP */
	uint32_t address; /* network byte order */
	uint8_t mac[6];
	uint8_t offered;  /* not asked for yet */
	uint8_t declined; /* somebody else has it */
	uint32_t zero;
};

struct user_dhcp {
	uint32_t count;
	uint32_t zero;
	struct user_lease lease[USER_LEASES]; /* the first `count`, by address */
};

/* A packet to port 67 at `now`. True: *out is the answer. */
bool user_dhcp_answer(struct user_dhcp *d, const struct user_config *c, const struct packet *p, uint64_t now,
		      struct packet_out *out);
/* The address of a card, in network byte order; 0: it has none. */
uint32_t user_dhcp_find(const struct user_dhcp *d, const uint8_t mac[6]);
void user_dhcp_state(struct user_dhcp *d, struct state *s);

#endif
