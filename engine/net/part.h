/* Parts of the fabric beside ports and links: hubs, switches and whatever else the
 * net owns, walks and frees by name. A part that has timers names them {kind, id}
 * and gets them back so: nothing that is to come is a pointer. */
#ifndef LANYARD_NET_PART_H
#define LANYARD_NET_PART_H

#include "engine/base/state.h"
#include "engine/net/net.h"

struct net_part;
struct net_part_ops {
	/* All that decides the part's future; its timers are walked by the net. */
	void (*state)(struct net_part *part, struct state *s);
	/* A timer is due. NULL: the part sets none. */
	void (*timer)(struct net_part *part, uint8_t kind, uint64_t id, uint64_t when);
	/* Is this one of the part's timers? For those of a saved lab. NULL: none is. */
	bool (*timer_valid)(const struct net_part *part, uint8_t kind, uint64_t id);
	void (*free)(struct net_part *part); /* not its ports: the net frees those */
};
struct net_part { /* first member of the part's own struct */
	const struct net_part_ops *ops;
	char *name;
	struct net *net;
	uint32_t id; /* by creation */
};

/* The name is copied; the part's memory is the caller's until here. */
void net_part_add(struct net *n, struct net_part *part, const struct net_part_ops *ops, const char *name);
/* NULL: there is none of this name with these functions. */
struct net_part *net_part_find(struct net *n, const struct net_part_ops *ops, const char *name);
/* Calls ops->timer at `when`, not before net time: after the frames of that time,
 * in the order of parts, kinds and ids. */
void net_part_at(struct net_part *part, uint64_t when, uint8_t kind, uint64_t id);

#endif
