/* What will happen on the fabric, as a binary heap in one total order: time,
 * then class, then a stable id, then a sequence number. No two events compare
 * equal, so the order never depends on how the heap came to be. */
#ifndef LANYARD_NET_EVENT_H
#define LANYARD_NET_EVENT_H

#include "engine/base/types.h"

struct frame;
struct net_part;
struct port;

enum event_class {
	EVENT_SIGNAL, /* `port` notices its far end; kind: up, value: its rate; seq: the far end's */
	EVENT_FRAME,  /* arrives at `port`; id: the port's; seq: the sender's */
	EVENT_TIMER,  /* part_at(): of `part`; id: the part's, kind: which of its timers; seq: its id */
	EVENT_WIRE,   /* `port` may send its next waiting frame; one per port at most */
	EVENT_NOTIFY, /* watchers of `port` are told; what passed at a time is complete by then */
};

struct event {
	uint64_t time;
	uint64_t order; /* event_order() */
	uint64_t seq;
	union {
		struct port *port;
		struct net_part *part;
	};
	union {
		struct frame *frame; /* owned by the event; NULL: none */
		uint64_t value;      /* EVENT_SIGNAL */
	};
};

/* kind is used by EVENT_NOTIFY, EVENT_TIMER and EVENT_SIGNAL, reason by EVENT_NOTIFY; else 0. */
static inline uint64_t event_order(enum event_class class, uint32_t id, uint8_t kind, uint8_t reason)
{
	return (uint64_t) class << 56 | (uint64_t)id << 16 | (uint64_t)kind << 8 | reason;
}

static inline enum event_class event_class(const struct event *e)
{
	return (enum event_class)(e->order >> 56);
}
static inline uint32_t event_id(const struct event *e)
{
	return (uint32_t)(e->order >> 16);
}
static inline uint8_t event_kind(const struct event *e)
{
	return (uint8_t)(e->order >> 8);
}
static inline uint8_t event_reason(const struct event *e)
{
	return (uint8_t)e->order;
}

struct event_heap {
	struct event *at;
	size_t count, room;
};

void event_push(struct event_heap *h, struct event e);
/* Takes the earliest; the heap is not empty. */
struct event event_pop(struct event_heap *h);
/* -1, 0, 1; for qsort. */
int event_compare(const void *a, const void *b);
/* Removes all events for which `gone` is true, in no particular order; `gone`
 * has taken over what they own. */
void event_purge(struct event_heap *h, bool (*gone)(const struct event *e, void *opaque), void *opaque);

#endif
