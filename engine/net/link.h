/* Links: a cable between exactly two ports. Each direction has its own delay,
 * rate, queue and misfortunes; all of them may change while it runs, each alone
 * (link_keys.h has them by name).
 *
 * The two ends agree on a speed: the lower of what both ports can. A link's own
 * `rate` makes it slower than that, but neither end knows. Each end sees the other
 * as it was one delay ago: a port that is switched off, or that changes its speed,
 * takes that long to be noticed, as a frame would. */
#ifndef LANYARD_NET_LINK_H
#define LANYARD_NET_LINK_H

#include "engine/net/net.h"

#define LINK_DELAY 100000u   /* ns, default, one way */
#define LINK_DELAY_MIN 1000u /* ns: the least; it bounds the window */
#define LINK_QUEUE 1000u     /* frames waiting for the wire, default */
/* Between two ports without a rate of their own: hubs, switches. IEEE 802.3 clause
 * 41 is the fastest repeater there is. */
#define LINK_RATE 1000000000ull /* bit/s */
/* As a rate: whatever is sent takes 1 ns. For measurements. */
#define LINK_UNLIMITED UINT64_MAX
/* What people may ask for, in a lab file and while it runs. */
#define LINK_DELAY_MAX 3600000000000ull /* ns */
#define LINK_RATE_MIN 1000ull           /* bit/s */
#define LINK_RATE_MAX 100000000000ull
#define LINK_QUEUE_MAX 100000u /* frames */
#define LINK_QUEUE_BYTES_MAX (64u << 20)
#define LINK_MTU_MIN 68u /* RFC 791 */
#define PPM 1000000u
#define TRILLION 1000000000000ull

enum link_jitter { JITTER_UNIFORM, JITTER_NORMAL };
enum link_queue { QUEUE_DROPTAIL, QUEUE_CODEL };

/* One direction. Shares are parts per million. */
struct link_params {
	uint64_t delay;       /* ns, one way, after the last bit was sent */
	uint64_t jitter;      /* ns: uniform within +-jitter, or the standard deviation */
	uint64_t rate;        /* bit/s, not above the speed of both ports; 0: that speed; LINK_UNLIMITED */
	uint64_t bit_errors;  /* probability of each bit, in 10^-12 */
	uint32_t jitter_kind; /* enum link_jitter */
	uint32_t queue_kind;  /* enum link_queue */
	uint32_t queue;       /* frames that may wait; 0: queue_bytes counts */
	uint32_t queue_bytes;
	uint32_t loss;                             /* of each frame; with bursts: in the good state */
	uint32_t good_to_bad, bad_to_good, in_bad; /* Gilbert and Elliott: bursts of loss; good_to_bad 0: none */
	uint32_t duplicate, reorder, corrupt;
	uint32_t mtu; /* bytes after the Ethernet header and tags; 0: as long as frames get */
};

/* Joins two ports that have no link; params[0] is the direction from a. Everything
 * random comes from streams seeded by the lab's seed and the link's name. */
struct link *link_new(struct net *n, const char *name, struct port *a, struct port *b,
		      const struct link_params params[2]);
void link_free(struct link *l);
struct link *link_find(struct net *n, const char *name);
const char *link_name(const struct link *l);
struct port *link_port(const struct link *l, unsigned end);
const struct link_params *link_get(const struct link *l, unsigned dir);
/* Bit/s in force from end `dir` to the other; never 0. */
uint64_t link_rate(const struct link *l, unsigned dir);
/* The cable is plugged in; its ends may still be off. */
bool link_up(const struct link *l);
/* From `when` on, not before net time. Frames already on the wire arrive as they
 * would have: a delay that was lowered lets later ones overtake them. Those that
 * wait follow the new values; they are dropped when it goes down. */
void link_set(struct link *l, unsigned dir, const struct link_params *p, uint64_t when);
void link_set_up(struct link *l, bool up, uint64_t when);
/* The least time from when end `dir` sends to when the other notices, ns: that of
 * the shortest frame at the highest speed, with the most luck. */
uint64_t link_min_delay(const struct link *l, unsigned dir);
/* Frames that wait for the wire. */
uint32_t link_waiting(const struct link *l, unsigned dir);

#endif
