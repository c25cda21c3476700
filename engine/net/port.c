/* Ports: where frames enter and leave the fabric, are counted, watched and
 * dropped. What happens between two ports is the link's business (link.c).
 *
 * Watchers are told by an event at the time it happened, after everything else
 * of that time: so what they see is in the one total order, although frames
 * are sent by PCs that ran ahead, or reach a PC's inbox before their time. */
#include <string.h>

#include "engine/net/net_priv.h"

const char *drop_text(enum drop_reason reason)
{
	static const char *const texts[] = {
#define X(id, text) [DROP_##id] = text,
		DROP_REASONS(X)
#undef X
	};

	return (unsigned)reason < DROP_COUNT ? texts[reason] : "unknown";
}

_Static_assert(DROP_COUNT <= 256, "reasons fit an event's key");

struct port *port_new(struct net *n, const char *name, const struct port_ops *ops, void *owner, unsigned index,
		      uint64_t rate)
{
	struct port *p = g_new0(struct port, 1);

	assert(!port_find(n, name));
	p->net = n;
	p->name = g_strdup(name);
	p->id = n->ports->len;
	p->ops = ops;
	p->owner = owner;
	p->index = index;
	p->rate = p->phy_rate = rate;
	p->phy_up = true;
	g_ptr_array_add(n->ports, p);
	g_hash_table_insert(n->port_names, p->name, p);
	return p;
}

static bool forget_port(const struct event *e, void *opaque)
{
	if (event_class(e) == EVENT_TIMER || e->port != opaque)
		return false;
	if (event_holds_frame(e))
		frame_unref(e->frame);
	return true;
}

void port_free(struct port *p)
{
	if (!p)
		return;
	if (p->link)
		link_free(p->link);
	event_purge(&p->net->events, forget_port, p);
	g_hash_table_remove(p->net->port_names, p->name);
	p->net->ports->pdata[p->id] = NULL;
	g_free(p->name);
	g_free(p);
}

struct port *port_find(struct net *n, const char *name)
{
	return g_hash_table_lookup(n->port_names, name);
}

void port_watch(struct port *p, struct watcher *w)
{
	struct watcher **at = &p->watchers;

	while (*at)
		at = &(*at)->next;
	w->next = NULL;
	*at = w;
}

void port_unwatch(struct port *p, struct watcher *w)
{
	for (struct watcher **at = &p->watchers; *at; at = &(*at)->next) {
		if (*at == w) {
			*at = w->next;
			w->next = NULL;
			return;
		}
	}
}

void port_tell(struct port *p, enum port_event event, const struct frame *f, uint64_t when, enum drop_reason reason)
{
	for (struct watcher *w = p->watchers, *next; w; w = next) {
		next = w->next;
		w->frame(w, p, event, f, when, reason);
	}
}

static inline void note(struct port *p, enum port_event event, const struct frame *f, uint64_t when,
			enum drop_reason reason)
{
	if (LIKELY(!p->watchers))
		return;
	/* Holding a frame changes its count only, never what it says. */
	event_push(&p->net->events,
		   (struct event){.time = when,
				  .order = event_order(EVENT_NOTIFY, p->id, (uint8_t)event, (uint8_t)reason),
				  .seq = p->net->notes++,
				  .port = p,
				  .frame = frame_ref((struct frame *)(uintptr_t)f)});
}

void port_drop(struct port *p, const struct frame *f, enum drop_reason reason, uint64_t when)
{
	assert((unsigned)reason < DROP_COUNT);
	p->stats.drops[reason]++;
	note(p, PORT_DROP, f, when, reason);
}

void port_note_sent(struct port *p, const struct frame *f, uint64_t when)
{
	note(p, PORT_TX, f, when, 0);
}

void port_lose(struct port *p, const struct frame *f, enum drop_reason reason, uint64_t when)
{
	port_note_sent(p, f, when);
	port_drop(p, f, reason, when);
}

void port_send(struct port *p, struct frame *f, uint64_t when)
{
	assert(when >= p->net->now);
	p->seq++;
	p->stats.tx_frames++;
	p->stats.tx_bytes += f->size;
	if (UNLIKELY(f->size < FRAME_MIN))
		port_lose(p, f, DROP_TOO_SHORT, when);
	else if (UNLIKELY(f->size > FRAME_MAX))
		port_lose(p, f, DROP_TOO_LONG, when);
	else if (UNLIKELY(!port_carrier(p)))
		port_lose(p, f, DROP_NO_CARRIER, when);
	else
		link_transmit(p, f, when);
}

void port_deliver(struct port *p, struct frame *f, uint64_t when)
{
	p->stats.rx_frames++;
	p->stats.rx_bytes += f->size;
	note(p, PORT_RX, f, when, 0);
	p->ops->receive(p, f, when);
}

void port_state(struct port *p, struct state *s)
{
	state_name(s, p->name, "port");
	state_u64(s, &p->seq);
	state_bool(s, &p->phy_up);
	state_u64(s, &p->phy_rate);
	state_require(s, link_signal_valid(p, p->phy_rate), "port %s: an impossible speed", p->name);
	state_u64(s, &p->stats.rx_frames);
	state_u64(s, &p->stats.rx_bytes);
	state_u64(s, &p->stats.tx_frames);
	state_u64(s, &p->stats.tx_bytes);
	for (unsigned n = 0; n < DROP_COUNT && !(p->ops->outside && state_hashing(s)); n++)
		state_u64(s, &p->stats.drops[n]);
}
