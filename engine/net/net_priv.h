/* What the files of the fabric know of each other: the net itself, how events
 * get onto its heap, and the parts (hubs, switches) that it owns. */
#ifndef LANYARD_NET_NET_PRIV_H
#define LANYARD_NET_NET_PRIV_H

#include <glib.h>

#include "engine/net/event.h"
#include "engine/net/link.h"
#include "engine/net/part.h"

struct net {
	struct event_heap events;
	uint64_t now; /* every event before it was run */
	uint64_t seed;
	uint64_t storm_told; /* when people were last told of a loop; 0: never */
	void (*told)(void *opaque, const char *text, uint64_t when);
	void *told_opaque;
	uint64_t notes; /* notifications so far: the order within one time and port */
	struct frame_pool *pool;
	GPtrArray *ports;                    /* by id; NULL where one was freed */
	GPtrArray *links;                    /* by creation */
	GPtrArray *parts;                    /* by creation */
	GHashTable *port_names, *link_names; /* looked up, never iterated */
};

/* a + b, or the last time there is. */
static inline uint64_t time_add(uint64_t a, uint64_t b)
{
	return a + b < a ? TIME_NEVER : a + b;
}

/* net.c */
void net_tell(const struct net *n, const char *text, uint64_t when);

/* port.c. The frame has reached p. */
void port_deliver(struct port *p, struct frame *f, uint64_t when);
/* p has sent f: its first bit leaves the port, or it is lost before that (port_lose(),
 * which drops it too). */
void port_note_sent(struct port *p, const struct frame *f, uint64_t when);
void port_lose(struct port *p, const struct frame *f, enum drop_reason reason, uint64_t when);
void port_tell(struct port *p, enum port_event event, const struct frame *f, uint64_t when, enum drop_reason reason);
void port_state(struct port *p, struct state *s);

/* link.c. Sends from p, which has a link; the sequence number is p->seq. */
void link_transmit(struct port *p, struct frame *f, uint64_t when);
void link_wire_free(struct port *p, uint64_t when);
void link_state(struct link *l, struct state *s);
/* p's far end is up or not, and this fast: an EVENT_SIGNAL is due. */
void link_signal(struct port *p, bool up, uint64_t rate, uint64_t when);
/* Can p speak this rate? For those of a saved net. */
bool link_signal_valid(const struct port *p, uint64_t rate);
/* An EVENT_WIRE of a saved net, before it is pushed: false if it cannot be. */
bool link_wire_restore(struct port *p, uint64_t when);
/* After all events: false if frames wait for a wire that nothing will free. */
bool link_valid(const struct link *l);

/* net_state.c. Before net_free() and before loading: all that is to come. */
void net_forget(struct net *n);
bool event_holds_frame(const struct event *e);

#endif
