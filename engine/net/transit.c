/* A frame's way along one direction of a link: wait -> start -> lose -> damage ->
 * arrive; misfortunes are steps of it. A direction sends one frame at a time and in
 * order; frames that find the wire taken wait, and are still subject to changes and
 * to the cable being pulled. How long each is on the wire is its own matter: with a
 * jitter, or a delay that was lowered, one may arrive before an earlier one.
 *
 * Senders run ahead of the fabric (PCs within their window, switches by their
 * latency), so a direction is brought up to date by whoever comes first, the
 * next send or EVENT_WIRE; both do the same at the same times. */
#include "engine/net/link_priv.h"
#include "engine/net/vlan.h"

/* IEEE 802.3 clause 3 and 4.4.2, bytes: preamble and start delimiter 8, FCS 4,
 * gap between frames 12; the shortest frame without FCS is 60. */
#define WIRE_OVERHEAD 24u
#define WIRE_MIN 60u

uint64_t wire_ns(uint64_t rate, uint32_t size)
{
	uint64_t bits = ((uint64_t)(size < WIRE_MIN ? WIRE_MIN : size) + WIRE_OVERHEAD) * 8;

	return (bits * 1000000000u - 1) / rate + 1;
}

/* ---- those who wait ---- */

static void wait_push(struct direction *d, struct waiting w)
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
	d->ring[(d->head + d->count++) & (d->room - 1)] = w;
	d->bytes += w.frame->size;
}

static struct waiting wait_pop(struct direction *d)
{
	struct waiting w = d->ring[d->head];

	d->head = (d->head + 1) & (d->room - 1);
	d->count--;
	d->bytes -= w.frame->size;
	return w;
}

static bool wait_full(const struct direction *d, const struct frame *f)
{
	const struct link_params *p = &d->params;

	return p->queue ? d->count >= p->queue : d->bytes + f->size > p->queue_bytes;
}

/* Those with a queue that drops what has waited too long. */
static bool wait_old(struct direction *d, const struct waiting *w, uint64_t now)
{
	return d->params.queue_kind == QUEUE_CODEL && codel_drops(&d->codel, w->since, now, d->bytes);
}

/* ---- on the wire ---- */

/* Two frames of one sender that arrive at one time keep their order; a copy comes
 * after what it is a copy of. */
static uint64_t arrival_seq(uint64_t seq, bool copy)
{
	return 2 * seq + copy;
}

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

/* The last bit left at `left`. */
static void frame_travel(struct link *l, unsigned end, struct frame *f, uint64_t seq, uint64_t left)
{
	struct direction *d = &l->dir[end];
	uint64_t arrival = time_add(left, impair_delay(&d->impair, &d->params));
	uint32_t bit;

	if (UNLIKELY(impair_damaged(&d->impair, &d->params, f->size, &bit))) {
		struct frame *damaged = frame_damaged(l->net->pool, f, bit);

		frame_arrive(l, end, damaged, seq, arrival);
		frame_unref(damaged);
	} else {
		frame_arrive(l, end, f, seq, arrival);
	}
}

/* The first bit leaves at `when`. A frame that will be lost takes its time too. */
static void frame_start(struct link *l, unsigned end, struct frame *f, uint64_t seq, uint64_t when)
{
	struct direction *d = &l->dir[end];
	uint64_t takes = wire_ns(d->rate, f->size);

	port_note_sent(l->port[end], f, when);
	d->free = time_add(when, takes);
	if (impair_lost(&d->impair, &d->params)) {
		port_drop(l->port[end], f, DROP_LOSS, when);
		return;
	}
	frame_travel(l, end, f, arrival_seq(seq, false), d->free);
	if (UNLIKELY(impair_duplicated(&d->impair, &d->params))) {
		d->free = time_add(d->free, takes);
		frame_travel(l, end, f, arrival_seq(seq, true), d->free);
	}
}

void transit_advance(struct link *l, unsigned end, uint64_t when)
{
	struct direction *d = &l->dir[end];

	while (d->count && d->free <= when) {
		struct waiting w = wait_pop(d);

		if (wait_old(d, &w, d->free))
			port_lose(l->port[end], w.frame, DROP_QUEUE_OLD, d->free);
		else
			frame_start(l, end, w.frame, w.seq, d->free);
		frame_unref(w.frame);
	}
	if (!d->count)
		codel_empty(&d->codel);
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

	if (wait_full(d, f)) {
		port_lose(l->port[end], f, DROP_QUEUE_FULL, when);
		return;
	}
	wait_push(d, (struct waiting){frame_ref(f), seq, when});
	wire_arm(l, end);
}

/* Tags do not count, as on real links. */
static bool too_long(const struct link_params *p, const struct frame *f)
{
	uint32_t header = FRAME_MIN;

	if (LIKELY(!p->mtu))
		return false;
	for (uint32_t at = TAG_AT; at + TAG_BYTES + 2 <= f->size && vlan_tpid(f->data + at); at += TAG_BYTES)
		header += TAG_BYTES;
	return f->size > p->mtu + header;
}

void link_transmit(struct port *p, struct frame *f, uint64_t when)
{
	struct direction *d = &p->link->dir[p->end];

	if (UNLIKELY(d->count))
		transit_advance(p->link, p->end, when);
	if (UNLIKELY(too_long(&d->params, f)))
		port_lose(p, f, DROP_MTU, when);
	else if (d->free > when)
		frame_wait(p->link, p->end, f, p->seq, when);
	else
		frame_start(p->link, p->end, f, p->seq, when);
}

void link_wire_free(struct port *p, uint64_t when)
{
	p->link->dir[p->end].armed = false;
	transit_advance(p->link, p->end, when);
	wire_arm(p->link, p->end);
}

void transit_drop(struct link *l, unsigned end, uint64_t when)
{
	while (l->dir[end].count) {
		struct waiting w = wait_pop(&l->dir[end]);

		port_lose(l->port[end], w.frame, DROP_NO_CARRIER, when);
		frame_unref(w.frame);
	}
}

/* ---- state ---- */

static void params_state(struct link_params *p, const char *link, struct state *s)
{
	uint32_t *const shares[] = {&p->loss,      &p->good_to_bad, &p->bad_to_good, &p->in_bad,
				    &p->duplicate, &p->reorder,     &p->corrupt};

	state_u64(s, &p->delay);
	state_u64(s, &p->jitter);
	state_u64(s, &p->rate);
	state_u64(s, &p->bit_errors);
	p->jitter_kind = state_enum(s, p->jitter_kind, JITTER_NORMAL + 1, "link: kind of jitter");
	p->queue_kind = state_enum(s, p->queue_kind, QUEUE_CODEL + 1, "link: kind of queue");
	state_u32(s, &p->queue);
	state_u32(s, &p->queue_bytes);
	state_u32(s, &p->mtu);
	for (unsigned n = 0; n < ARRAY_LEN(shares); n++) {
		state_u32(s, shares[n]);
		state_require(s, *shares[n] <= PPM, "link %s: an impossible share", link);
	}
	state_require(s, p->delay <= LINK_DELAY_MAX && p->jitter <= LINK_DELAY_MAX, "link %s: impossible delay", link);
	state_require(s,
		      !p->rate || p->rate == LINK_UNLIMITED || (p->rate >= LINK_RATE_MIN && p->rate <= LINK_RATE_MAX),
		      "link %s: impossible rate", link);
	state_require(s, p->queue <= LINK_QUEUE_MAX && p->queue_bytes <= LINK_QUEUE_BYTES_MAX,
		      "link %s: impossible queue", link);
	state_require(s, p->bit_errors <= TRILLION, "link %s: impossible errors", link);
	state_require(s, !p->mtu || p->mtu >= LINK_MTU_MIN, "link %s: impossible MTU", link);
}

static void impair_state(struct impair *m, struct state *s)
{
	for (unsigned n = 0; n < DICE_COUNT; n++)
		state_rng(s, &m->dice[n]);
	state_bool(s, &m->bad);
}

static void codel_state(struct codel *c, struct state *s)
{
	state_u64(s, &c->first_above);
	state_u64(s, &c->drop_next);
	state_u64(s, &c->count);
	state_u64(s, &c->last_count);
	state_bool(s, &c->dropping);
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
		state_u64(s, &w->since);
		frame_state(&w->frame, l->net->pool, FRAME_MIN, s);
		if (state_loading(s) && w->frame)
			wait_push(d, *w);
	}
}

void transit_state(struct link *l, unsigned end, struct state *s)
{
	struct direction *d = &l->dir[end];

	if (state_loading(s)) {
		while (d->count)
			frame_unref(wait_pop(d).frame);
		d->armed = false;
	}
	params_state(&d->params, l->name, s);
	state_bool(s, &d->far_up);
	state_u64(s, &d->far_rate);
	state_require(s, link_signal_valid(l->port[end ^ 1], d->far_rate), "link %s: an impossible speed", l->name);
	state_u64(s, &d->signals);
	state_u64(s, &d->free);
	impair_state(&d->impair, s);
	codel_state(&d->codel, s);
	waiting_state(l, d, s);
	state_require(s, !d->count || (l->up && d->free >= l->net->now), "link %s: frames wait for nothing", l->name);
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
