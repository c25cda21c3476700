/* The fabric: its clock, its one list of things to come, and what it owns. */
#include "engine/net/net.h"

#include <string.h>

#include "engine/net/net_priv.h"

struct net *net_new(uint64_t seed)
{
	struct net *n = g_new0(struct net, 1);

	n->seed = seed;
	n->pool = frame_pool_new();
	n->ports = g_ptr_array_new();
	n->links = g_ptr_array_new();
	n->parts = g_ptr_array_new();
	n->port_names = g_hash_table_new(g_str_hash, g_str_equal);
	n->link_names = g_hash_table_new(g_str_hash, g_str_equal);
	return n;
}

void net_free(struct net *n)
{
	if (!n)
		return;
	/* The owners' callbacks are not to be called any more. */
	for (unsigned i = 0; i < n->ports->len; i++) {
		struct port *p = n->ports->pdata[i];

		if (p) {
			static const struct port_ops none;

			p->ops = &none;
			p->watchers = NULL;
		}
	}
	net_forget(n);
	while (n->links->len)
		link_free(n->links->pdata[n->links->len - 1]);
	for (unsigned i = 0; i < n->parts->len; i++) {
		struct net_part *part = n->parts->pdata[i];

		g_free(part->name);
		part->ops->free(part);
	}
	for (unsigned i = 0; i < n->ports->len; i++)
		port_free(n->ports->pdata[i]);
	g_free(n->events.at);
	g_hash_table_destroy(n->port_names);
	g_hash_table_destroy(n->link_names);
	g_ptr_array_free(n->ports, TRUE);
	g_ptr_array_free(n->links, TRUE);
	g_ptr_array_free(n->parts, TRUE);
	frame_pool_free(n->pool);
	g_free(n);
}

struct frame_pool *net_pool(struct net *n)
{
	return n->pool;
}

uint64_t net_time(const struct net *n)
{
	return n->now;
}

void net_listen(struct net *n, void (*told)(void *opaque, const char *text, uint64_t when), void *opaque)
{
	n->told = told;
	n->told_opaque = opaque;
}

void net_tell(const struct net *n, const char *text, uint64_t when)
{
	if (n->told)
		n->told(n->told_opaque, text, when);
}

void net_ports_of(struct net *n, const char *owner, GPtrArray *out)
{
	size_t len = strlen(owner);

	for (unsigned i = 0; i < n->ports->len; i++) {
		struct port *p = n->ports->pdata[i];

		if (p && !strncmp(p->name, owner, len) && p->name[len] == ':')
			g_ptr_array_add(out, p);
	}
}

uint64_t net_next(const struct net *n)
{
	return n->events.count ? n->events.at[0].time : TIME_NEVER;
}

static void event_run(struct event *e)
{
	switch (event_class(e)) {
	case EVENT_SIGNAL: link_signal(e->port, event_kind(e), e->value, e->time); break;
	case EVENT_FRAME:
		port_deliver(e->port, e->frame, e->time);
		frame_unref(e->frame);
		break;
	case EVENT_TIMER: e->part->ops->timer(e->part, event_kind(e), e->seq, e->time); break;
	case EVENT_WIRE: link_wire_free(e->port, e->time); break;
	case EVENT_NOTIFY:
		port_tell(e->port, event_kind(e), e->frame, e->time, event_reason(e));
		frame_unref(e->frame);
		break;
	}
}

void net_run(struct net *n, uint64_t until)
{
	while (n->events.count && n->events.at[0].time < until) {
		struct event e = event_pop(&n->events);

		/* Only a note of a drop may come late: it decides nothing. */
		assert(e.time >= n->now || event_class(&e) == EVENT_NOTIFY);
		if (e.time > n->now)
			n->now = e.time;
		event_run(&e);
	}
	if (until != TIME_NEVER && until > n->now)
		n->now = until;
}

void net_part_at(struct net_part *part, uint64_t when, uint8_t kind, uint64_t id)
{
	assert(when >= part->net->now);
	event_push(&part->net->events, (struct event){.time = when,
						      .order = event_order(EVENT_TIMER, part->id, kind, 0),
						      .seq = id,
						      .part = part});
}

void net_part_add(struct net *n, struct net_part *part, const struct net_part_ops *ops, const char *name)
{
	part->ops = ops;
	part->name = g_strdup(name);
	part->net = n;
	part->id = n->parts->len;
	g_ptr_array_add(n->parts, part);
}

struct net_part *net_part_find(struct net *n, const struct net_part_ops *ops, const char *name)
{
	for (unsigned i = 0; i < n->parts->len; i++) {
		struct net_part *part = n->parts->pdata[i];

		if (part->ops == ops && strcmp(part->name, name) == 0)
			return part;
	}
	return NULL;
}
