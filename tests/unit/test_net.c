/* The fabric: exact times on the wire, queues, loss, order, carrier, hubs, and
 * that nothing is lost unseen or leaks. */
#include "tests/unit/net_lab.h"

#include "engine/base/rng.h"
#include "engine/net/part.h"

/* 1514 bytes at 100 Mbit/s: (1514 + 24) * 80 ns, then the delay; 60 bytes is the
 * shortest on the wire; a rate that does not divide is rounded up. */
static void test_times(void **state)
{
	struct fixture *x = *state;
	struct link_params way[2] = {{.delay = 5000, .queue = 10}, {.delay = 7000, .rate = 7000000, .queue = 10}};
	struct link *l;

	sink_new(x, 0, &sink, 100000000);
	sink_new(x, 1, &sink, GBIT);
	l = link_new(x->n, "l", x->p[0], x->p[1], way);
	send_frame(x, x->p[0], 1000, 2, 1, -1, 1514, 1);
	assert_int_equal(net_next(x->n), 1000 + 123040 + 5000);
	net_run(x->n, 129040);
	assert_int_equal(x->log.count, 0);
	net_run(x->n, 129041);
	assert_int_equal(x->log.got[0].when, 129040);
	assert_int_equal(net_next(x->n), TIME_NEVER);
	send_frame(x, x->p[0], 200000, 2, 1, -1, 18, 2);
	send_frame(x, x->p[1], 200000, 1, 2, -1, 60, 3);
	net_run(x->n, SEC);
	assert_int_equal(x->log.got[1].when, 200000 + 84 * 80 + 5000);
	assert_int_equal(x->log.got[2].when, 200000 + 96000 + 7000); /* 672 bits at 7 Mbit/s */
	assert_int_equal(link_min_delay(l, 0), 84 * 80 + 5000);
	send_frame(x, x->p[1], SEC, 1, 2, -1, 61, 4); /* 680 bits: 97142.86 us */
	net_run(x->n, 2 * SEC);
	assert_int_equal(x->log.got[3].when, SEC + 97143 + 7000);
	assert_int_equal(x->p[0]->stats.tx_frames, 2);
	assert_int_equal(x->p[0]->stats.tx_bytes, 1532);
	assert_int_equal(x->p[1]->stats.rx_bytes, 1532);
}

/* One on the wire, three waiting, the others dropped; then room again. */
static void test_queue(void **state)
{
	struct fixture *x = *state;
	struct link_params p = {.delay = 1000, .rate = 84 * 8 * 1000000ull, .queue = 3}; /* 1 us a frame */
	struct link *l;

	sink_new(x, 0, &sink, 0);
	sink_new(x, 1, &sink, 0);
	l = join(x, "l", x->p[0], x->p[1], p);
	for (unsigned i = 0; i < 6; i++)
		send_frame(x, x->p[0], 0, 2, 1, -1, 60, i);
	assert_int_equal(x->p[0]->stats.drops[DROP_QUEUE_FULL], 2);
	assert_int_equal(link_waiting(l, 0), 3);
	send_frame(x, x->p[0], 1000, 2, 1, -1, 60, 6); /* the second starts at 1000: room for one */
	send_frame(x, x->p[0], 1000, 2, 1, -1, 60, 7);
	assert_int_equal(x->p[0]->stats.drops[DROP_QUEUE_FULL], 3);
	net_run(x->n, SEC);
	assert_int_equal(x->log.count, 5);
	for (unsigned i = 0; i < 5; i++)
		assert_int_equal(x->log.got[i].when, 2000 + 1000 * i);
	assert_int_equal(x->log.got[3].number, 3);
	assert_int_equal(x->log.got[4].number, 6);
}

/* What waits follows a change of the link; what is on the wire does not. */
static void test_change(void **state)
{
	struct fixture *x = *state;
	struct link_params p = {.delay = 1000, .rate = 84 * 8 * 1000000ull, .queue = 10};
	struct link *l;

	sink_new(x, 0, &sink, 0);
	sink_new(x, 1, &sink_early, 0);
	l = join(x, "l", x->p[0], x->p[1], p);
	for (unsigned i = 0; i < 4; i++)
		send_frame(x, x->p[0], 0, 2, 1, -1, 60, i);
	net_run(x->n, 1500); /* the third is due at 2000 */
	p.rate /= 2;
	link_set(l, 0, &p, 1500);
	net_run(x->n, 3000);
	link_set_up(l, false, 3000);
	send_frame(x, x->p[0], 3000, 2, 1, -1, 60, 9);
	net_run(x->n, SEC);
	assert_int_equal(x->log.count, 3);
	assert_int_equal(x->log.got[1].when, 3000);
	assert_int_equal(x->log.got[2].when, 5000);
	assert_int_equal(x->p[0]->stats.drops[DROP_NO_CARRIER], 2);
	assert_false(port_carrier(x->p[0]));
	link_set_up(l, true, SEC);
	link_free(l);
	assert_string_equal(x->log.carrier, "AuBuAdBdAuBuAdBd");
	assert_null(x->p[1]->link);
}

/* A delay that was lowered counts at once: later frames overtake, as with netem. */
static void test_overtake(void **state)
{
	struct fixture *x = *state;
	struct link_params p = plain;
	struct link *l;

	sink_new(x, 0, &sink, 0);
	sink_new(x, 1, &sink, 0);
	p.delay = 1000000;
	l = join(x, "l", x->p[0], x->p[1], p);
	send_frame(x, x->p[0], 0, 2, 1, -1, 60, 1);
	net_run(x->n, 5000);
	p.delay = 1000;
	link_set(l, 0, &p, 5000);
	send_frame(x, x->p[0], 5000, 2, 1, -1, 60, 2);
	net_run(x->n, SEC);
	assert_int_equal(x->log.got[0].number, 2);
	assert_int_equal(x->log.got[0].when, 5000 + 672 + 1000);
	assert_int_equal(x->log.got[1].number, 1);
	assert_int_equal(x->log.got[1].when, 672 + 1000000);
}

/* A part of the fabric that only notes its timers: their ids come as numbers. */
struct clock {
	struct net_part part;
	struct log *log;
};

static void clock_timer(struct net_part *part, uint8_t kind, uint64_t id, uint64_t when)
{
	struct log *log = ((struct clock *)(void *)part)->log;

	log->got[log->count++] = (struct got){.when = when, .number = (uint32_t)(kind * 100 + id)};
}

static bool clock_timer_valid(const struct net_part *part, uint8_t kind, uint64_t id)
{
	return kind <= 2 && id < 100;
}
static void clock_state(struct net_part *part, struct state *s) {}
static void clock_free(struct net_part *part)
{
	g_free(part);
}

static struct net_part *clock_new(struct net *n, struct log *log)
{
	static const struct net_part_ops ops = {clock_state, clock_timer, clock_timer_valid, clock_free};
	struct clock *c = g_new0(struct clock, 1);

	c->log = log;
	net_part_add(n, &c->part, &ops, "clock");
	return &c->part;
}

/* Equal times: by the receiving port's id, then as sent, timers last; in
 * whatever order they were handed in. */
static void test_ties(void **state)
{
	struct fixture *x = *state;
	struct link_params p = {.delay = 2000, .rate = GBIT, .queue = 10};
	struct net_part *clock = clock_new(x->n, &x->log);
	struct link *c;

	for (unsigned i = 0; i < 6; i++)
		sink_new(x, i, &sink, 0);
	join(x, "a", x->p[0], x->p[5], p);
	join(x, "b", x->p[1], x->p[4], p);
	c = join(x, "c", x->p[2], x->p[3], p);
	net_part_at(clock, 2672, 2, 1);
	net_part_at(clock, 2672, 1, 7);
	send_frame(x, x->p[0], 0, 2, 1, -1, 60, 5);
	send_frame(x, x->p[2], 0, 2, 1, -1, 60, 3);
	p.delay = 2000 - 672; /* it leaves later, and arrives at the same time */
	link_set(c, 0, &p, 0);
	send_frame(x, x->p[2], 0, 2, 1, -1, 60, 33);
	send_frame(x, x->p[1], 0, 2, 1, -1, 60, 4);
	net_run(x->n, 2672);
	assert_int_equal(x->log.count, 0);
	net_run(x->n, 2673);
	const uint32_t want[] = {3, 33, 4, 5, 107, 201};

	assert_int_equal(x->log.count, 6);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(x->log.got[i].number, want[i]);
}

static void test_early(void **state)
{
	struct fixture *x = *state;

	sink_new(x, 0, &sink_early, 0);
	sink_new(x, 1, &sink, 0);
	join(x, "l", x->p[0], x->p[1], plain);
	send_frame(x, x->p[1], 500, 1, 2, -1, 60, 1);
	assert_int_equal(x->log.count, 1); /* known at once */
	assert_int_equal(x->log.got[0].when, 500 + 672 + 1000);
	send_frame(x, x->p[0], 500, 1, 2, -1, 60, 1);
	assert_int_equal(x->log.count, 1);
	net_run(x->n, 2173);
	assert_int_equal(x->log.got[1].when, x->log.got[0].when);
}

/* Which of 1000 frames a link with 10 % loss lets pass, as a hash. */
static unsigned survivors(uint64_t seed, bool other_link, unsigned *passed)
{
	struct fixture *x = g_new0(struct fixture, 1);
	struct link_params p = {.delay = 1000, .rate = GBIT, .queue = 10, .loss = 100000};
	unsigned hash = 0;

	x->n = net_new(seed);
	for (unsigned i = 0; i < 4; i++)
		sink_new(x, i, &sink, 0);
	join(x, "l", x->p[0], x->p[1], p);
	join(x, "m", x->p[2], x->p[3], p);
	for (unsigned i = 0; i < 1000; i++) {
		send_frame(x, x->p[0], i * 10000, 2, 1, -1, 60, i);
		if (other_link)
			send_frame(x, x->p[3], i * 10000, 2, 1, -1, 60, i);
		if (other_link)
			send_frame(x, x->p[1], i * 10000, 2, 1, -1, 60, i);
	}
	net_run(x->n, SEC);
	*passed = 0;
	for (unsigned i = 0; i < x->log.count; i++) {
		if (x->log.got[i].port != 1)
			continue;
		hash = hash * 31 + x->log.got[i].number;
		++*passed;
	}
	assert_int_equal(x->p[0]->stats.drops[DROP_LOSS] + *passed, 1000);
	net_free(x->n);
	g_free(x);
	return hash;
}

static void test_loss(void **state)
{
	unsigned passed, hash = survivors(1, false, &passed);

	assert_in_range(passed, 860, 940);
	assert_int_equal(survivors(1, false, &passed), hash);
	assert_int_equal(survivors(1, true, &passed), hash);
	assert_int_not_equal(survivors(2, false, &passed), hash);
}

/* Each direction has its own values, and each value changes alone. */
static void test_directions(void **state)
{
	struct fixture *x = *state;
	struct link_params way[2] = {{.delay = 5000, .rate = GBIT, .queue = 10},
				     {.delay = 7000, .rate = GBIT, .queue = 20}};
	struct link_params p;
	struct link *l;

	sink_new(x, 0, &sink, 0);
	sink_new(x, 1, &sink, 0);
	l = link_new(x->n, "l", x->p[0], x->p[1], way);
	for (unsigned n = 0; n < 5; n++) {
		uint64_t now = n * SEC / 10;

		net_run(x->n, now);
		p = *link_get(l, 0);
		if (n == 1)
			p.delay = 9000;
		else if (n == 2)
			p.rate = GBIT / 10;
		else if (n == 3)
			p.loss = 1000000;
		else if (n == 4)
			p.loss = 0, p.queue = 0;
		link_set(l, 0, &p, now);
		assert_memory_equal(link_get(l, 1), &way[1], sizeof(way[1]));
		x->log.count = 0;
		for (unsigned m = 0; m < 2; m++) {
			send_frame(x, x->p[0], now, 2, 1, -1, 60, 10 + m);
			send_frame(x, x->p[1], now, 1, 2, -1, 60, 20 + m);
		}
		net_run(x->n, now + SEC / 20);
		for (unsigned m = 0, seen[2] = {0}; m < x->log.count; m++) {
			const struct got *g = &x->log.got[m];
			bool there = g->port == 1;
			uint64_t bits = there && n >= 2 ? 6720 : 672, delay = !there ? 7000 : n ? 9000 : 5000;

			assert_int_equal(g->when, now + bits * ++seen[there] + delay);
		}
		assert_int_equal(x->log.count, n == 3 ? 2 : n == 4 ? 3 : 4);
	}
	assert_int_equal(x->p[0]->stats.drops[DROP_LOSS], 2);
	assert_int_equal(x->p[0]->stats.drops[DROP_QUEUE_FULL], 1);
}

/* Loss in parts per million, as often as the binomial distribution says (five
 * standard deviations); 0 and 1000000 are exact. */
static void test_loss_rates(void **state)
{
	static const struct {
		uint32_t ppm, least, most;
	} rows[] = {{0, 0, 0},
		    {100, 0, 62},
		    {10000, 1785, 2223},
		    {500000, 98882, 101118},
		    {999999, 199998, 200000},
		    {1000000, 200000, 200000}};

	for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
		struct fixture *x = g_new0(struct fixture, 1);
		struct link_params p = {.delay = 1000, .rate = GBIT, .queue = 1, .loss = rows[n].ppm};

		x->n = net_new(99 + n);
		sink_new(x, 0, &sink, 0);
		sink_new(x, 1, &sink, 0);
		join(x, "l", x->p[0], x->p[1], p);
		for (unsigned i = 0; i < 200000; i++) {
			x->log.count = 0;
			send_frame(x, x->p[0], i * 1000ull, 2, 1, -1, 60, i);
			net_run(x->n, i * 1000ull + 1);
		}
		net_run(x->n, SEC);
		assert_in_range(x->p[0]->stats.drops[DROP_LOSS], rows[n].least, rows[n].most);
		assert_int_equal(x->p[0]->stats.drops[DROP_LOSS] + x->p[1]->stats.rx_frames, 200000);
		net_free(x->n);
		g_free(x);
	}
}

/* What a sender's end of a cable may lose. */
static uint64_t lost_on_the_way(const struct port *p)
{
	const uint64_t *d = p->stats.drops;

	return d[DROP_NO_CARRIER] + d[DROP_QUEUE_FULL] + d[DROP_LOSS] + d[DROP_TOO_SHORT] + d[DROP_TOO_LONG];
}

/* Frames sent are frames that arrived, or lost for a reason, or still waiting,
 * whatever is done to the cable meanwhile. */
static void test_balance(void **state)
{
	struct fixture *x = *state;
	struct rng r;
	uint64_t now = 0;
	struct link *l;

	rng_seed(&r, 5, "balance");
	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink_early, GBIT);
	l = join(x, "l", x->p[0], x->p[1], plain);
	for (unsigned n = 0; n < 20000; n++) {
		unsigned dir = (unsigned)rng_next(&r) & 1;
		struct link_params p = *link_get(l, dir);

		now += rng_next(&r) % 30000;
		x->log.count = 0;
		x->log.carrier[0] = 0;
		net_run(x->n, now);
		switch (rng_next(&r) % 32) {
		case 0: link_set_up(l, rng_next(&r) & 3, now); break;
		case 1: p.delay = rng_next(&r) % 20000; break;
		case 2: p.rate = 10000000 << rng_next(&r) % 7; break;
		case 3: p.queue = rng_next(&r) % 20; break;
		case 4: p.loss = rng_next(&r) % 300000; break;
		default: send_frame(x, x->p[dir], now, 2, 1, -1, 14 + 4 + rng_next(&r) % 1500, n);
		}
		link_set(l, dir, &p, now);
	}
	x->log.count = 0;
	link_set_up(l, false, now); /* none waits any more */
	net_run(x->n, TIME_NEVER);
	for (unsigned dir = 0; dir < 2; dir++) {
		const struct port *from = x->p[dir], *to = x->p[!dir];

		assert_int_equal(link_waiting(l, dir), 0);
		assert_int_equal(from->stats.tx_frames, to->stats.rx_frames + lost_on_the_way(from));
		assert_true(from->stats.drops[DROP_LOSS] > 100 && from->stats.drops[DROP_QUEUE_FULL] > 100 &&
			    from->stats.drops[DROP_NO_CARRIER] > 100 && to->stats.rx_frames > 1000);
	}
}

/* Two hubs joined by three cables: every frame begets two, without end. The
 * wires' rate bounds it. */
static void test_hub_storm(void **state)
{
	struct fixture *x = *state;
	struct hub *h[2] = {hub_new(x->n, "h1", 4), hub_new(x->n, "h2", 4)};
	struct link_params p = {.delay = LINK_DELAY, .queue = LINK_QUEUE};
	const uint64_t run = 20 * SEC / 1000;

	for (unsigned n = 0; n < 3; n++) {
		char name[3] = {'l', (char)('0' + n), 0};

		join(x, name, hub_port(h[0], n + 1), hub_port(h[1], n + 1), p);
	}
	assert_int_equal(link_rate(link_find(x->n, "l0"), 0), LINK_RATE);
	sink_new(x, 0, &sink, GBIT);
	join(x, "in", x->p[0], hub_port(h[0], 4), plain);
	send_frame(x, x->p[0], 0, 0xff, 1, -1, 60, 1);
	for (uint64_t now = 0; now < run; now += 1000000) {
		x->log.count = 0;
		net_run(x->n, now);
	}
	for (unsigned n = 0; n < 6; n++) {
		const struct port *to = hub_port(h[n & 1], n / 2 + 1);

		assert_in_range(to->stats.rx_frames, 20000, run / 672 + 1);
	}
	link_set_up(link_find(x->n, "l0"), false, run);
	link_set_up(link_find(x->n, "l1"), false, run); /* and it is over */
	x->log.count = 0;
	net_run(x->n, TIME_NEVER);
}

static void test_bad_frames(void **state)
{
	struct fixture *x = *state;
	struct frame *small = frame_new(net_pool(x->n), NULL, 13), *big = frame_new(net_pool(x->n), NULL, FRAME_MAX);
	struct frame *tagged = frame_tagged(net_pool(x->n), big, 5);

	sink_new(x, 0, &sink, 0);
	sink_new(x, 1, &sink, 0);
	port_send(x->p[0], big, 0);
	assert_int_equal(x->p[0]->stats.drops[DROP_NO_CARRIER], 1);
	join(x, "l", x->p[0], x->p[1], plain);
	port_send(x->p[0], small, 0);
	port_send(x->p[0], tagged, 0);
	port_send(x->p[0], big, 0);
	assert_int_equal(x->p[0]->stats.drops[DROP_TOO_SHORT], 1);
	assert_int_equal(x->p[0]->stats.drops[DROP_TOO_LONG], 1);
	net_run(x->n, SEC);
	assert_int_equal(x->log.count, 1);
	assert_string_equal(drop_text(DROP_QUEUE_FULL), "queue full");
	frame_unref(small);
	frame_unref(big);
	frame_unref(tagged);
	frame_unref(NULL);
}

static void test_watch(void **state)
{
	struct fixture *x = *state;
	struct diary d = {.w.frame = diary_frame};

	sink_new(x, 0, &sink_early, 0);
	sink_new(x, 1, &sink_early, 0);
	join(x, "l", x->p[0], x->p[1], plain);
	port_watch(x->p[0], &d.w);
	send_frame(x, x->p[0], 50000, 2, 1, -1, 60, 2);
	send_frame(x, x->p[1], 100, 2, 1, -1, 60, 1);   /* at p0 long before */
	send_frame(x, x->p[1], 48328, 2, 1, -1, 60, 3); /* arrives when 2 is sent */
	struct frame *f = frame_new(net_pool(x->n), "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3", 18);

	port_drop(x->p[0], f, DROP_NIC_FULL, 50000);
	frame_unref(f);
	assert_string_equal(d.text, "");
	net_run(x->n, 50000);
	assert_string_equal(d.text, "p0R1 ");
	net_run(x->n, SEC);
	assert_string_equal(d.text, "p0R1 p0R3 p0T2 p0D3 ");
	port_unwatch(x->p[0], &d.w);
	send_frame(x, x->p[0], SEC, 2, 1, -1, 60, 4);
	net_run(x->n, 2 * SEC);
	assert_string_equal(d.text, "p0R1 p0R3 p0T2 p0D3 ");
}

static void test_hub(void **state)
{
	struct fixture *x = *state;
	struct hub *h = hub_new(x->n, "h1", 5);

	assert_ptr_equal(port_find(x->n, "h1:2"), hub_port(h, 2));
	assert_null(hub_port(h, 0));
	assert_null(hub_port(h, 6));
	sink_new(x, 0, &sink, GBIT);
	join(x, "l0", x->p[0], hub_port(h, 1), plain);
	send_frame(x, x->p[0], 0, 2, 1, -1, 60, 1);
	net_run(x->n, SEC);
	assert_int_equal(hub_port(h, 1)->stats.drops[DROP_NO_TARGET], 1);
	for (unsigned i = 1; i < 4; i++) {
		char name[3] = {'l', (char)('0' + i), 0};

		join(x, name, sink_new(x, i, &sink, GBIT), hub_port(h, i + 1), plain);
	}
	send_frame(x, x->p[1], SEC, 2, 1, 5, 60, 1);
	net_run(x->n, 2 * SEC);
	assert_int_equal(x->log.count, 3);
	assert_int_equal(x->log.got[0].port, 0);
	assert_int_equal(x->log.got[1].port, 2);
	assert_int_equal(x->log.got[2].port, 3);
	assert_int_equal(x->log.got[2].when, SEC + 2 * 1672);
	assert_int_equal(hub_port(h, 2)->stats.drops[DROP_NO_TARGET], 0);
}

/* Three cables between two hubs: a frame comes back twice on the others, again and
 * again. What is on its way is bounded by the wires, not by the host's memory. */

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_times),     TEST(test_queue),      TEST(test_change),     TEST(test_overtake),
		TEST(test_ties),      TEST(test_directions), TEST(test_loss_rates), TEST(test_balance),
		TEST(test_hub_storm), TEST(test_early),      TEST(test_loss),       TEST(test_bad_frames),
		TEST(test_watch),     TEST(test_hub),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
