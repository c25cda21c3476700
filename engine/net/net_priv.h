/* What the files of the fabric know of each other: the net itself, how events
 * get onto its heap, and the parts (hubs, switches) that it owns. */
#ifndef LANYARD_NET_NET_PRIV_H
#define LANYARD_NET_NET_PRIV_H

#include <glib.h>

#include "engine/net/event.h"
#include "engine/net/net.h"

typedef void (*hash_fn)(void *opaque, const void *data, size_t size);

/* Where a hash goes; see net_hash(). */
struct net_hasher {
	hash_fn add;
	void *opaque;
};

/* A hub or a switch: first member of its struct. */
struct net_part;
struct net_part_ops {
	void (*hash)(const struct net_part *part, const struct net_hasher *to);
	void (*free)(struct net_part *part); /* not its ports: the net frees those */
};
struct net_part {
	const struct net_part_ops *ops;
	char *name;
	struct net *net;
};

struct net {
	struct event_heap events;
	uint64_t now; /* every event before it was run */
	uint64_t seed;
	uint64_t timers; /* net_at() calls so far */
	uint64_t notes;  /* notifications so far */
	struct frame_pool *pool;
	GPtrArray *ports;                    /* by id; NULL where one was freed */
	GPtrArray *links;                    /* by creation */
	GPtrArray *parts;                    /* by creation */
	GHashTable *port_names, *link_names; /* looked up, never iterated */
};

static inline void hash_u64(const struct net_hasher *to, uint64_t v)
{
	to->add(to->opaque, &v, sizeof(v));
}
void hash_text(const struct net_hasher *to, const char *text);
void hash_frame(const struct net_hasher *to, const struct frame *f);

/* a + b, or the last time there is. */
static inline uint64_t time_add(uint64_t a, uint64_t b)
{
	return a + b < a ? TIME_NEVER : a + b;
}

/* net.c. A part's name is copied; its memory is the caller's until here. */
void net_part_add(struct net *n, struct net_part *part, const struct net_part_ops *ops, const char *name);
struct net_part *net_part_find(struct net *n, const struct net_part_ops *ops, const char *name);

/* port.c. The frame has reached p. */
void port_deliver(struct port *p, struct frame *f, uint64_t when);
void port_tell(struct port *p, enum port_event event, const struct frame *f, uint64_t when, enum drop_reason reason);
void port_hash(const struct port *p, const struct net_hasher *to);

/* link.c. Sends from p, which has a link; the sequence number is p->seq. */
void link_transmit(struct port *p, struct frame *f, uint64_t when);
void link_wire_free(struct port *p, uint64_t when);
void link_hash(const struct link *l, const struct net_hasher *to);

#endif
