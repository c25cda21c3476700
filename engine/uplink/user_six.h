/* IPv6 on a user network: the router's advertisements (RFC 4861, 8106), answers to
 * solicitations, and DHCPv6 without addresses (RFC 8415, 6.1). */
#ifndef LANYARD_UPLINK_USER_SIX_H
#define LANYARD_UPLINK_USER_SIX_H

#include "engine/uplink/packet.h"
#include "engine/uplink/user_config.h"

/* True: *out is the answer. */
bool user_six_answer(const struct user_config *c, const struct packet *p, struct packet_out *out);
/* To all. */
void user_six_advertise(const struct user_config *c, struct packet_out *out);
/* The address that a packet proves its card to have; NULL: none. */
const uint8_t *user_six_station(const struct packet *p);
/* An answer to libslirp's neighbour solicitation p: target's card is mac. */
void user_six_neighbour(const struct packet *p, const uint8_t mac[6], struct packet_out *out);

#endif
