/* The walk over the fabric: its ports, links and parts, which must be there
 * already when loading, and what is to come, in its total order. */
#include "engine/net/net_priv.h"

#define EVENTS_MAX (1u << 24)

bool event_holds_frame(const struct event *e)
{
	return event_class(e) == EVENT_FRAME || event_class(e) == EVENT_NOTIFY;
}

static bool event_forget(const struct event *e, void *opaque)
{
	if (event_holds_frame(e))
		frame_unref(e->frame);
	return true;
}

void net_forget(struct net *n)
{
	event_purge(&n->events, event_forget, NULL);
}

/* ---- one event ---- */

/* Who an event of a saved net is for; false if it cannot be. */
static bool find_owner(struct net *n, struct event *e)
{
	uint32_t id = event_id(e);
	enum event_class class = event_class(e);

	if (e->time < n->now && class != EVENT_NOTIFY)
		return false;
	if (class == EVENT_TIMER) {
		e->part = id < n->parts->len ? n->parts->pdata[id] : NULL;
		return e->part && e->part->ops->timer_valid &&
		       e->part->ops->timer_valid(e->part, event_kind(e), e->seq) && !event_reason(e);
	}
	e->port = id < n->ports->len ? n->ports->pdata[id] : NULL;
	if (!e->port || e->order != event_order(class, id, event_kind(e), event_reason(e)))
		return false;
	switch (class) {
	case EVENT_FRAME: return !e->port->ops->early;
	case EVENT_SIGNAL: return e->port->link && event_kind(e) <= 1;
	case EVENT_WIRE: return link_wire_restore(e->port, e->time);
	default: return event_kind(e) <= PORT_DROP && event_reason(e) < DROP_COUNT;
	}
}

static void event_state(struct net *n, struct event *e, struct state *s)
{
	state_u64(s, &e->time);
	state_u64(s, &e->order);
	state_u64(s, &e->seq);
	state_require(s, event_class(e) <= EVENT_NOTIFY && find_owner(n, e), "net: an impossible event");
	if (event_class(e) == EVENT_SIGNAL) {
		state_u64(s, &e->value);
		state_require(s,
			      state_failed(s) || link_signal_valid(link_port(e->port->link, !e->port->end), e->value),
			      "net: an impossible speed");
	} else if (!state_failed(s) && event_holds_frame(e))
		frame_state(&e->frame, n->pool, event_class(e) == EVENT_FRAME ? FRAME_MIN : 0, s);
}

/* ---- all of them ---- */

/* Copies in the order in which they will be run. What observers are still to be
 * told is no part of the world: it is saved for them, but not hashed. Their order
 * of call is history: it is counted afresh. */
static struct event *list_events(const struct net *n, bool all, uint64_t *count)
{
	struct event *list = g_new(struct event, n->events.count + 1);
	uint64_t notes = 0;

	*count = 0;
	for (size_t i = 0; i < n->events.count; i++)
		if (all || event_class(&n->events.at[i]) != EVENT_NOTIFY)
			list[(*count)++] = n->events.at[i];
	qsort(list, *count, sizeof(*list), event_compare);
	for (uint64_t i = 0; i < *count; i++)
		if (event_class(&list[i]) == EVENT_NOTIFY)
			list[i].seq = notes++;
	return list;
}

static void load_events(struct net *n, uint64_t count, struct state *s)
{
	for (uint64_t i = 0; i < count && !state_failed(s); i++) {
		struct event e = {0};

		event_state(n, &e, s);
		if (state_failed(s))
			frame_unref(event_holds_frame(&e) ? e.frame : NULL);
		else
			event_push(&n->events, e);
	}
	n->notes = count;
	for (unsigned i = 0; i < n->links->len; i++) {
		const struct link *l = n->links->pdata[i];

		state_require(s, link_valid(l), "link %s: nothing wakes those who wait", link_name(l));
	}
}

static void events_state(struct net *n, struct state *s)
{
	uint64_t count = 0;
	struct event *list;

	if (state_loading(s)) {
		count = state_count(s, 0, EVENTS_MAX, "net: events");
		load_events(n, count, s);
		return;
	}
	list = list_events(n, !state_hashing(s), &count);
	state_count(s, count, EVENTS_MAX, "net: events");
	for (uint64_t i = 0; i < count; i++)
		event_state(n, &list[i], s);
	g_free(list);
}

void net_state(struct net *n, struct state *s)
{
	if (state_loading(s))
		net_forget(n);
	state_u64(s, &n->now);
	state_u64(s, &n->storm_told);
	state_require(s, n->now < TIME_NEVER >> 2, "net: impossible time");
	for (unsigned i = 0; i < n->ports->len; i++)
		if (n->ports->pdata[i])
			port_state(n->ports->pdata[i], s);
	for (unsigned i = 0; i < n->links->len; i++)
		link_state(n->links->pdata[i], s);
	for (unsigned i = 0; i < n->parts->len; i++) {
		struct net_part *part = n->parts->pdata[i];

		state_name(s, part->name, "switch or hub");
		part->ops->state(part, s);
	}
	events_state(n, s);
}
