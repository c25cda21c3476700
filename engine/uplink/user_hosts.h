/* Who is on a user network: which card has which address, learned from what it sends.
 * It answers libslirp's questions, whose own table has 16 rows. State of the lab. */
#ifndef LANYARD_UPLINK_USER_HOSTS_H
#define LANYARD_UPLINK_USER_HOSTS_H

#include "engine/base/state.h"
#include "engine/uplink/packet.h"

#define USER_HOSTS 512u

struct user_host {
	uint8_t address[16]; /* IPv4: the first four, the rest zero */
	uint8_t mac[6];
	uint8_t six; /* IPv6 */
	uint8_t zero;
};

struct user_hosts {
	uint32_t count, next; /* next: to be replaced when all are used */
	struct user_host at[USER_HOSTS];
};

/* Notes it; true if the address is new. */
bool user_hosts_learn(struct user_hosts *h, bool six, const uint8_t *address, const uint8_t mac[6]);
/* NULL: nobody has been heard with it. */
const uint8_t *user_hosts_find(const struct user_hosts *h, bool six, const uint8_t *address);
/* The address of a card; NULL: none was heard. */
const uint8_t *user_hosts_by_mac(const struct user_hosts *h, const uint8_t mac[6]);
void user_hosts_state(struct user_hosts *h, struct state *s);

#endif
