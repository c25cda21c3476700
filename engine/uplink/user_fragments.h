/* IPv4 datagrams put together again from their fragments (RFC 791, 3.2), so that
 * libslirp gets whole ones only. State of the lab. */
#ifndef LANYARD_UPLINK_USER_FRAGMENTS_H
#define LANYARD_UPLINK_USER_FRAGMENTS_H

#include "engine/base/state.h"
#include "engine/uplink/packet.h"

#define FRAGMENT_SLOTS 8u

struct datagram;
struct user_fragments {
	struct datagram *slot[FRAGMENT_SLOTS]; /* NULL: free; in order of arrival */
	struct datagram *whole;                /* the last one that was complete; no state */
};

/* Takes a fragment at `now`. The whole frame, of *size bytes, until the next call; NULL:
 * something is missing, or wrong. Datagrams that are not complete after 30 s are
 * forgotten, and the oldest of more than FRAGMENT_SLOTS. */
const uint8_t *user_fragments_add(struct user_fragments *f, const struct packet *p, uint64_t now, uint32_t *size);
void user_fragments_clear(struct user_fragments *f);
void user_fragments_state(struct user_fragments *f, struct state *s);

#endif
