/* A link from inside: link.c (the cable and what its ends agree on), transit.c (a
 * frame's way in one direction). */
#ifndef LANYARD_NET_LINK_PRIV_H
#define LANYARD_NET_LINK_PRIV_H

#include "engine/net/codel.h"
#include "engine/net/impair.h"
#include "engine/net/net_priv.h"

struct waiting {
	struct frame *frame;
	uint64_t seq, since;
};

struct direction {
	struct link_params params;
	uint64_t rate; /* in force; made from what is below and the ports */
	uint64_t free; /* the wire is taken until then */
	struct impair impair;
	struct codel codel;
	struct waiting *ring; /* frames waiting, power of two */
	uint32_t head, count, room;
	uint64_t bytes; /* of them */
	bool armed;     /* an EVENT_WIRE is on its way */
	/* What the end that sends here knows of the other. */
	bool far_up;
	uint64_t far_rate;
	uint64_t signals; /* EVENT_SIGNAL sent by this end so far: their order */
};

struct link {
	struct net *net;
	char *name;
	struct port *port[2];
	struct direction dir[2]; /* [0]: from port[0] */
	bool up;
};

/* transit.c */
/* ns that a frame of `size` bytes takes at `rate` bit/s: with preamble, FCS and gap. */
uint64_t wire_ns(uint64_t rate, uint32_t size);
/* Starts what waits and can start no later than `when`. */
void transit_advance(struct link *l, unsigned end, uint64_t when);
/* The wire is gone for those who wait. */
void transit_drop(struct link *l, unsigned end, uint64_t when);
void transit_state(struct link *l, unsigned end, struct state *s);

#endif
