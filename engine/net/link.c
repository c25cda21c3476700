/* Links: a cable between two ports, what its ends agree on, and what is changed
 * while it runs. A frame's way along it is transit.c. */
#include "engine/net/link_priv.h"

/* ---- what the ends agree on ---- */

/* The lower of two speeds of which 0 says nothing. No wire is infinitely fast: in a
 * circle of hubs frames multiply, and only the time they take on the wires bounds
 * how many. */
static uint64_t speed_of(uint64_t a, uint64_t b)
{
	if (!a && !b)
		return LINK_RATE;
	return !a || (b && b < a) ? b : a;
}

static uint64_t shaped(uint64_t speed, uint64_t rate)
{
	if (!rate)
		return speed;
	return rate == LINK_UNLIMITED || rate < speed ? rate : speed;
}

/* What end `end` takes the speed of the cable for. */
static uint64_t speed_at(const struct link *l, unsigned end)
{
	return speed_of(l->port[end]->phy_rate, l->dir[end].far_rate);
}

static void agree(struct link *l, unsigned end)
{
	l->dir[end].rate = shaped(speed_at(l, end), l->dir[end].params.rate);
}

uint64_t port_speed(const struct port *p)
{
	return p->link ? speed_at(p->link, p->end) : p->rate;
}

bool port_signal(const struct port *p)
{
	return p->link && p->link->up && p->link->dir[p->end].far_up;
}

bool port_carrier(const struct port *p)
{
	return p->phy_up && port_signal(p);
}

static void tell(struct port *p, bool up, uint64_t when)
{
	if (p->ops->carrier)
		p->ops->carrier(p, up, when);
}

/* Both ends see the cable at once. */
static void tell_both(struct link *l, bool up, uint64_t when)
{
	struct port *port[2] = {l->port[0], l->port[1]};

	for (unsigned end = 0; end < 2; end++)
		if (l->dir[end].far_up)
			tell(port[end], up, when);
}

/* ---- making and ending ---- */

struct link *link_new(struct net *n, const char *name, struct port *a, struct port *b,
		      const struct link_params params[2])
{
	struct link *l = g_new0(struct link, 1);

	assert(a != b && a->net == n && b->net == n && !a->link && !b->link && !link_find(n, name));
	l->net = n;
	l->name = g_strdup(name);
	l->port[0] = a;
	l->port[1] = b;
	l->up = true;
	for (unsigned end = 0; end < 2; end++) {
		l->port[end]->link = l;
		l->port[end]->end = end;
		l->dir[end].params = params[end];
		l->dir[end].far_up = l->port[end ^ 1]->phy_up;
		l->dir[end].far_rate = l->port[end ^ 1]->phy_rate;
		impair_seed(&l->dir[end].impair, n->seed, name, end);
		agree(l, end);
	}
	g_ptr_array_add(n->links, l);
	g_hash_table_insert(n->link_names, l->name, l);
	tell_both(l, true, n->now);
	return l;
}

static bool forget_link(const struct event *e, void *opaque)
{
	const struct link *l = opaque;

	if (event_class(e) != EVENT_WIRE && event_class(e) != EVENT_FRAME && event_class(e) != EVENT_SIGNAL)
		return false;
	if (e->port != l->port[0] && e->port != l->port[1])
		return false;
	if (event_class(e) == EVENT_FRAME) {
		/* Counted only: a note would go onto the heap being purged. */
		e->port->stats.drops[DROP_NO_CARRIER]++;
		frame_unref(e->frame);
	}
	return true;
}

void link_free(struct link *l)
{
	if (!l)
		return;
	for (unsigned end = 0; end < 2; end++)
		transit_drop(l, end, l->net->now);
	event_purge(&l->net->events, forget_link, l);
	l->port[0]->link = l->port[1]->link = NULL;
	if (l->up) {
		l->up = false;
		tell_both(l, false, l->net->now);
	}
	g_hash_table_remove(l->net->link_names, l->name);
	g_ptr_array_remove(l->net->links, l);
	g_free(l->dir[0].ring);
	g_free(l->dir[1].ring);
	g_free(l->name);
	g_free(l);
}

struct link *link_find(struct net *n, const char *name)
{
	return g_hash_table_lookup(n->link_names, name);
}

const char *link_name(const struct link *l)
{
	return l->name;
}

struct port *link_port(const struct link *l, unsigned end)
{
	return l->port[end];
}

const struct link_params *link_get(const struct link *l, unsigned dir)
{
	return &l->dir[dir].params;
}

uint64_t link_rate(const struct link *l, unsigned dir)
{
	return l->dir[dir].rate;
}

bool link_up(const struct link *l)
{
	return l->up;
}

uint32_t link_waiting(const struct link *l, unsigned dir)
{
	return l->dir[dir].count;
}

/* Whatever the ends agree on, they are no faster than they were made. */
uint64_t link_min_delay(const struct link *l, unsigned dir)
{
	const struct link_params *p = &l->dir[dir].params;
	uint64_t rate = shaped(speed_of(l->port[0]->rate, l->port[1]->rate), p->rate);

	return time_add(impair_delay_min(p), wire_ns(rate, 0));
}

/* ---- changes ---- */

/* What started before `when` did so under the old rules. */
static void settle(struct link *l, unsigned end, uint64_t when)
{
	if (when)
		transit_advance(l, end, when - 1);
}

void link_set(struct link *l, unsigned dir, const struct link_params *p, uint64_t when)
{
	assert(when >= l->net->now);
	settle(l, dir, when);
	l->dir[dir].params = *p;
	agree(l, dir);
}

void link_set_up(struct link *l, bool up, uint64_t when)
{
	assert(when >= l->net->now);
	if (up == l->up)
		return;
	for (unsigned end = 0; end < 2; end++) {
		settle(l, end, when);
		if (!up)
			transit_drop(l, end, when);
	}
	l->up = up;
	tell_both(l, up, when);
}

/* p's far end is up or not, and this fast, from `when` on; its owner hears of it at
 * `told`. Another speed is negotiated: the signal is gone for a moment. */
static void signal_change(struct port *p, bool up, uint64_t rate, uint64_t when, uint64_t told)
{
	struct link *l = p->link;
	struct direction *d = &l->dir[p->end];
	bool was = d->far_up, same = speed_of(p->phy_rate, rate) == speed_at(l, p->end);

	settle(l, p->end, when);
	d->far_up = up;
	d->far_rate = rate;
	agree(l, p->end);
	if (!up)
		transit_drop(l, p->end, when);
	if (!l->up)
		return;
	if (was && !(up && same))
		tell(p, false, told);
	if (up && !(was && same))
		tell(p, true, told);
}

void link_signal(struct port *p, bool up, uint64_t rate, uint64_t when)
{
	signal_change(p, up, rate, when, when);
}

/* The far end notices after the time that a frame would take, so not before the
 * window ends. A PC must be told before it runs that far. */
static void signal_send(struct link *l, unsigned end, uint64_t when)
{
	struct port *p = l->port[end], *far = l->port[end ^ 1];
	uint64_t told = time_add(when, link_min_delay(l, end));

	if (far->ops->early)
		signal_change(far, p->phy_up, p->phy_rate, when, told);
	else
		event_push(&l->net->events, (struct event){.time = told,
							   .order = event_order(EVENT_SIGNAL, far->id, p->phy_up, 0),
							   .seq = l->dir[end].signals++,
							   .port = far,
							   .value = p->phy_rate});
}

void port_set_phy(struct port *p, bool up, uint64_t rate, uint64_t when)
{
	struct link *l = p->link;

	if (rate == 0 || rate > p->rate)
		rate = p->rate;
	if (up == p->phy_up && rate == p->phy_rate)
		return;
	if (l)
		settle(l, p->end, when);
	p->phy_up = up;
	p->phy_rate = rate;
	if (!l)
		return;
	agree(l, p->end);
	if (!up)
		transit_drop(l, p->end, when);
	signal_send(l, p->end, when);
}

bool link_signal_valid(const struct port *p, uint64_t rate)
{
	return p->rate ? rate && rate <= p->rate : !rate;
}

/* ---- state ---- */

void link_state(struct link *l, struct state *s)
{
	state_name(s, l->name, "link");
	state_bool(s, &l->up);
	for (unsigned end = 0; end < 2; end++)
		transit_state(l, end, s);
	for (unsigned end = 0; end < 2; end++)
		agree(l, end);
}
