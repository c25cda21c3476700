/* Links: a cable between exactly two ports. Each direction has its own delay,
 * rate, queue and loss; all of them may change while it runs. */
#ifndef LANYARD_NET_LINK_H
#define LANYARD_NET_LINK_H

#include "engine/net/net.h"

#define LINK_DELAY 100000u   /* ns, default, one way */
#define LINK_DELAY_MIN 1000u /* ns: the least; it bounds the window */
#define LINK_QUEUE 1000u     /* frames waiting for the wire, default */
/* Between two ports without a rate of their own: hubs. IEEE 802.3 clause 41 is the
 * fastest repeater there is. */
#define LINK_RATE 1000000000ull /* bit/s */
/* What people may ask for, in a lab file and while it runs. */
#define LINK_DELAY_MAX 3600000000000ull /* ns */
#define LINK_RATE_MIN 1000ull           /* bit/s */
#define LINK_RATE_MAX 100000000000ull
#define LINK_QUEUE_MAX 100000u

/* One direction. */
struct link_params {
	uint64_t delay; /* ns, one way, after the last bit was sent */
	uint64_t rate;  /* bit/s; 0: that of the slower port, LINK_RATE if neither has one */
	uint32_t queue; /* frames */
	uint32_t loss;  /* parts per million */
};

/* Joins two ports that have no link; params[0] is the direction from a. Random
 * loss comes from a stream seeded by the lab's seed and the link's name. */
struct link *link_new(struct net *n, const char *name, struct port *a, struct port *b,
		      const struct link_params params[2]);
void link_free(struct link *l);
struct link *link_find(struct net *n, const char *name);
const char *link_name(const struct link *l);
struct port *link_port(const struct link *l, unsigned end);
const struct link_params *link_get(const struct link *l, unsigned dir);
/* Bit/s in force from end `dir` to the other; never 0. */
uint64_t link_rate(const struct link *l, unsigned dir);
bool link_up(const struct link *l);
/* From `when` on, not before net time; frames already on the wire are not
 * touched, so they still arrive; those waiting for it follow the new values, or
 * are dropped when it goes down. */
void link_set(struct link *l, unsigned dir, const struct link_params *p, uint64_t when);
void link_set_up(struct link *l, bool up, uint64_t when);
/* The least delay a frame needs from end `dir` to the other, ns: that of the
 * shortest frame. */
uint64_t link_min_delay(const struct link *l, unsigned dir);
/* Frames that wait for the wire. */
uint32_t link_waiting(const struct link *l, unsigned dir);

#endif
