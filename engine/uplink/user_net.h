/* Small facts of a user network that several of its parts need. */
#ifndef LANYARD_UPLINK_USER_NET_H
#define LANYARD_UPLINK_USER_NET_H

#include <glib.h>

#include "engine/base/types.h"

/* The card of one of the network's own addresses: 52:55 and the IPv4 address, as
 * libslirp has it; 52:56 and the last four bytes of the IPv6 address. */
void user_net_mac(uint32_t address, uint8_t mac[6]);
void user_net_mac6(const uint8_t address[16], uint8_t mac[6]);
/* Domain names as DNS has them, one after the other (RFC 1035, 3.1), as many as fit
 * whole; bytes written. */
uint32_t user_net_names(const GPtrArray *names, uint8_t *out, uint32_t room);

#endif
