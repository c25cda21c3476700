/* Links: a cable between two ports, each direction with its own delay, rate,
 * queue and loss. A direction sends one frame at a time and in order; frames
 * that find the wire taken wait, and are still subject to changes and to the
 * cable being pulled. A frame passes wait -> start -> lose -> arrive below:
 * other impairments are further steps there.
 *
 * Senders run ahead of the fabric (PCs within their window, switches by their
 * latency), so a direction is brought up to date by whoever comes first, the
 * next send or EVENT_WIRE; both do the same at the same times. */
#include "engine/net/link.h"

#include "engine/base/rng.h"
#include "engine/net/net_priv.h"

/* IEEE 802.3 clause 3 and 4.4.2, bytes: preamble and start delimiter 8, FCS 4,
 * gap between frames 12; the shortest frame without FCS is 60. */
#define WIRE_OVERHEAD 24u
#define WIRE_MIN 60u

struct waiting {
	struct frame *frame;
	uint64_t seq;
};

struct direction {
	struct link_params params;
	uint64_t rate;        /* in force */
	uint64_t free;        /* the wire is taken until then */
	uint64_t last;        /* latest arrival so far: a wire does not reorder */
	struct rng rng;       /* for loss */
	struct waiting *ring; /* frames waiting, power of two */
	uint32_t head, count, room;
	bool armed; /* an EVENT_WIRE is on its way */
};

struct link {
	struct net *net;
	char *name;
	struct port *port[2];
	struct direction dir[2]; /* [0]: from port[0] */
	bool up;
};

static uint64_t wire_ns(const struct direction *d, uint32_t size)
{
	uint64_t bits = ((uint64_t)(size < WIRE_MIN ? WIRE_MIN : size) + WIRE_OVERHEAD) * 8;

	return (bits * 1000000000u - 1) / d->rate + 1;
}

/* No wire is infinitely fast: in a circle of hubs frames multiply, and only the
 * time they take on the wires bounds how many. */
static uint64_t rate_in_force(const struct link *l, unsigned dir)
{
	uint64_t a = l->port[0]->rate, b = l->port[1]->rate;

	if (l->dir[dir].params.rate)
		return l->dir[dir].params.rate;
	if (!a && !b)
		return LINK_RATE;
	return !a || (b && b < a) ? b : a;
}

static void wait_push(struct direction *d, struct frame *f, uint64_t seq)
{
	if (d->count == d->room) {
		uint32_t room = d->room ? 2 * d->room : 16;
		struct waiting *ring = g_new(struct waiting, room);

		for (uint32_t i = 0; i < d->count; i++)
			ring[i] = d->ring[(d->head + i) & (d->room - 1)];
		g_free(d->ring);
		d->ring = ring;
		d->room = room;
		d->head = 0;
	}
	d->ring[(d->head + d->count++) & (d->room - 1)] = (struct waiting){f, seq};
}

static struct waiting wait_pop(struct direction *d)
{
	struct waiting w = d->ring[d->head];

	d->head = (d->head + 1) & (d->room - 1);
	d->count--;
	return w;
}

/* ---- a frame's way ---- */

static void frame_arrive(struct link *l, unsigned end, struct frame *f, uint64_t seq, uint64_t arrival)
{
	struct port *to = l->port[end ^ 1];

	if (to->ops->early)
		port_deliver(to, f, arrival);
	else
		event_push(&l->net->events, (struct event){.time = arrival,
							   .order = event_order(EVENT_FRAME, to->id, 0, 0),
							   .seq = seq,
							   .port = to,
							   .frame = frame_ref(f)});
}

/* A link without loss draws nothing, so that setting a loss on one link, or
 * taking it away, moves no other dice. */
static bool frame_lost(struct direction *d)
{
	uint64_t draw;

	if (LIKELY(!d->params.loss))
		return false;
	draw = (uint64_t)((unsigned __int128)rng_next(&d->rng) * 1000000u >> 64);
	return draw < d->params.loss;
}

/* The first bit leaves at `when`. A frame that will be lost takes its time too. */
static void frame_start(struct link *l, unsigned end, struct frame *f, uint64_t seq, uint64_t when)
{
	struct direction *d = &l->dir[end];
	uint64_t arrival;

	d->free = time_add(when, wire_ns(d, f->size));
	arrival = time_add(d->free, d->params.delay);
	if (arrival < d->last)
		arrival = d->last;
	d->last = arrival;
	if (frame_lost(d))
		port_drop(l->port[end], f, DROP_LOSS, when);
	else
		frame_arrive(l, end, f, seq, arrival);
}

/* Starts what waits and can start no later than `when`. */
static void wire_advance(struct link *l, unsigned end, uint64_t when)
{
	struct direction *d = &l->dir[end];

	while (d->count && d->free <= when) {
		struct waiting w = wait_pop(d);

		frame_start(l, end, w.frame, w.seq, d->free);
		frame_unref(w.frame);
	}
}

static void wire_arm(struct link *l, unsigned end)
{
	struct direction *d = &l->dir[end];
	struct port *p = l->port[end];

	if (!d->count || d->armed)
		return;
	d->armed = true;
	event_push(&l->net->events,
		   (struct event){
			   .time = d->free, .order = event_order(EVENT_WIRE, p->id, 0, 0), .port = p, .frame = NULL});
}

static void frame_wait(struct link *l, unsigned end, struct frame *f, uint64_t seq, uint64_t when)
{
	struct direction *d = &l->dir[end];

	if (d->count >= d->params.queue) {
		port_drop(l->port[end], f, DROP_QUEUE_FULL, when);
		return;
	}
	wait_push(d, frame_ref(f), seq);
	wire_arm(l, end);
}

void link_transmit(struct port *p, struct frame *f, uint64_t when)
{
	struct direction *d = &p->link->dir[p->end];

	if (UNLIKELY(d->count))
		wire_advance(p->link, p->end, when);
	if (d->free > when)
		frame_wait(p->link, p->end, f, p->seq, when);
	else
		frame_start(p->link, p->end, f, p->seq, when);
}

void link_wire_free(struct port *p, uint64_t when)
{
	p->link->dir[p->end].armed = false;
	wire_advance(p->link, p->end, when);
	wire_arm(p->link, p->end);
}

/* ---- links ---- */

static bool lit(const struct link *l)
{
	return l->up && !l->port[0]->dark && !l->port[1]->dark;
}

static void tell_carrier(struct link *l, uint64_t when)
{
	struct port *port[2] = {l->port[0], l->port[1]};
	bool up = lit(l);

	for (unsigned end = 0; end < 2; end++)
		if (port[end]->ops->carrier)
			port[end]->ops->carrier(port[end], up, when);
}

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
		g_autofree char *stream = g_strdup_printf("link %s %u loss", name, end);

		l->port[end]->link = l;
		l->port[end]->end = end;
		l->dir[end].params = params[end];
		l->dir[end].rate = rate_in_force(l, end);
		rng_seed(&l->dir[end].rng, n->seed, stream);
	}
	g_ptr_array_add(n->links, l);
	g_hash_table_insert(n->link_names, l->name, l);
	tell_carrier(l, n->now);
	return l;
}

/* The wire is gone for those who wait. */
static void drop_waiting(struct link *l, uint64_t when)
{
	for (unsigned end = 0; end < 2; end++) {
		while (l->dir[end].count) {
			struct waiting w = wait_pop(&l->dir[end]);

			port_drop(l->port[end], w.frame, DROP_NO_CARRIER, when);
			frame_unref(w.frame);
		}
	}
}

static bool forget_link(const struct event *e, void *opaque)
{
	const struct link *l = opaque;

	if (event_class(e) != EVENT_WIRE && event_class(e) != EVENT_FRAME)
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
	drop_waiting(l, l->net->now);
	event_purge(&l->net->events, forget_link, l);
	l->port[0]->link = l->port[1]->link = NULL;
	if (lit(l)) {
		l->up = false;
		tell_carrier(l, l->net->now);
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

/* What started before `when` did so under the old rules. */
static void settle(struct link *l, uint64_t when)
{
	assert(when >= l->net->now);
	for (unsigned end = 0; when && end < 2; end++)
		wire_advance(l, end, when - 1);
}

void link_set(struct link *l, unsigned dir, const struct link_params *p, uint64_t when)
{
	settle(l, when);
	l->dir[dir].params = *p;
	l->dir[dir].rate = rate_in_force(l, dir);
}

/* One of the three that decide on carrier becomes `value`. */
static void set_light(struct link *l, bool *which, bool value, uint64_t when)
{
	bool before = lit(l);

	settle(l, when);
	*which = value;
	if (lit(l) == before)
		return;
	if (before)
		drop_waiting(l, when);
	tell_carrier(l, when);
}

void link_set_up(struct link *l, bool up, uint64_t when)
{
	if (up != l->up)
		set_light(l, &l->up, up, when);
}

void port_set_dark(struct port *p, bool dark, uint64_t when)
{
	if (dark == p->dark)
		return;
	if (p->link)
		set_light(p->link, &p->dark, dark, when);
	else
		p->dark = dark;
}

bool port_carrier(const struct port *p)
{
	return p->link && lit(p->link);
}

uint64_t link_min_delay(const struct link *l, unsigned dir)
{
	return time_add(l->dir[dir].params.delay, wire_ns(&l->dir[dir], 0));
}

/* ---- state ---- */

static void params_state(struct link_params *p, const char *link, struct state *s)
{
	state_u64(s, &p->delay);
	state_u64(s, &p->rate);
	state_u32(s, &p->queue);
	state_u32(s, &p->loss);
	state_require(s, p->delay <= LINK_DELAY_MAX, "link %s: impossible delay", link);
	state_require(s, !p->rate || (p->rate >= LINK_RATE_MIN && p->rate <= LINK_RATE_MAX), "link %s: impossible rate",
		      link);
	state_require(s, p->queue <= LINK_QUEUE_MAX, "link %s: impossible queue", link);
	state_require(s, p->loss <= 1000000, "link %s: impossible loss", link);
}

static void waiting_state(struct link *l, struct direction *d, struct state *s)
{
	uint64_t count = state_count(s, d->count, LINK_QUEUE_MAX, "link: waiting frames");

	for (uint64_t i = 0; i < count && !state_failed(s); i++) {
		struct waiting fresh = {0};
		struct waiting *w = &fresh;

		if (!state_loading(s))
			w = &d->ring[(d->head + i) & (d->room - 1)];
		state_u64(s, &w->seq);
		frame_state(&w->frame, l->net->pool, FRAME_MIN, s);
		if (state_loading(s) && w->frame)
			wait_push(d, w->frame, w->seq);
	}
}

static void direction_state(struct link *l, unsigned end, struct state *s)
{
	struct direction *d = &l->dir[end];

	if (state_loading(s)) {
		while (d->count)
			frame_unref(wait_pop(d).frame);
		d->armed = false;
	}
	params_state(&d->params, l->name, s);
	d->rate = rate_in_force(l, end);
	state_u64(s, &d->free);
	state_u64(s, &d->last);
	state_rng(s, &d->rng);
	waiting_state(l, d, s);
	state_require(s, !d->count || (lit(l) && d->free >= l->net->now), "link %s: frames wait for nothing", l->name);
}

void link_state(struct link *l, struct state *s)
{
	state_name(s, l->name, "link");
	state_bool(s, &l->up);
	direction_state(l, 0, s);
	direction_state(l, 1, s);
}

bool link_wire_restore(struct port *p, uint64_t when)
{
	struct direction *d = p->link ? &p->link->dir[p->end] : NULL;

	if (!d || d->armed || when > d->free)
		return false;
	d->armed = true;
	return true;
}

bool link_valid(const struct link *l)
{
	return (l->dir[0].armed || !l->dir[0].count) && (l->dir[1].armed || !l->dir[1].count);
}
