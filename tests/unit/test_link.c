/* Links: what befalls frames, measured; what the two ends of a cable agree on. */
#include "tests/unit/net_lab.h"

#include <math.h>

#include "engine/net/codel.h"
#include "engine/net/impair.h"
#include "engine/net/link_keys.h"

#define FRAMES 20000u
#define WIRE_60 672u /* ns that 60 bytes take at 1 Gbit/s */

/* ---- many frames through one link ---- */

struct bench {
	struct net *n;
	struct port *from, *to;
	struct link *l;
	uint64_t arrived, damaged, least, most;
	uint64_t delay[FRAMES * 2];
	uint64_t sent; /* when the frame that is on its way left */
};

static void bench_receive(struct port *p, struct frame *f, uint64_t when)
{
	struct bench *b = p->owner;

	b->delay[b->arrived++] = when - b->sent;
	b->damaged += f->damaged;
}

static const struct port_ops bench_ops = {.receive = bench_receive};

/* Sends FRAMES frames, one at a time. The caller frees it with bench_free(). */
static struct bench *bench_run(const struct link_params *p, uint32_t size)
{
	struct bench *b = g_new0(struct bench, 1);
	struct link_params both[2] = {*p, *p};

	b->n = net_new(7);
	b->from = port_new(b->n, "a", &bench_ops, b, 0, GBIT);
	b->to = port_new(b->n, "b", &bench_ops, b, 1, GBIT);
	b->l = link_new(b->n, "l", b->from, b->to, both);
	for (uint64_t i = 0; i < FRAMES; i++) {
		struct frame *f = frame_new(net_pool(b->n), NULL, size);

		b->sent = i * SEC;
		net_run(b->n, b->sent);
		port_send(b->from, f, b->sent);
		frame_unref(f);
		net_run(b->n, b->sent + SEC / 2);
	}
	return b;
}

static void bench_free(struct bench *b)
{
	assert_int_equal(frame_pool_live(net_pool(b->n)), 0);
	net_free(b->n);
	g_free(b);
}

static struct link_params defaults(void)
{
	struct link_params p;

	link_params_init(&p);
	return p;
}

/* ---- distributions, at 99.9 % ---- */

enum { BINS = 20 };
#define CHI_19 43.8 /* chi-square, 19 degrees of freedom, 0.001 */

static double chi_square(const uint64_t *seen, const double *expected)
{
	double sum = 0;

	for (unsigned n = 0; n < BINS; n++)
		sum += ((double)seen[n] - expected[n]) * ((double)seen[n] - expected[n]) / expected[n];
	return sum;
}

static void test_jitter_uniform(void **state)
{
	struct link_params p = defaults();
	uint64_t seen[BINS] = {0};
	double expected[BINS];
	struct bench *b;

	p.delay = 10000000;
	p.jitter = 2000000;
	b = bench_run(&p, 60);
	assert_int_equal(b->arrived, FRAMES);
	for (unsigned n = 0; n < BINS; n++)
		expected[n] = (double)FRAMES / BINS;
	for (unsigned i = 0; i < FRAMES; i++) {
		uint64_t late = b->delay[i] - WIRE_60;

		assert_in_range(late, 8000000, 12000000);
		seen[(late - 8000000) * BINS / 4000001]++;
	}
	assert_true(chi_square(seen, expected) < CHI_19);
	bench_free(b);
}

static double normal_below(double z)
{
	return 0.5 * erfc(-z / sqrt(2));
}

static void test_jitter_normal(void **state)
{
	struct link_params p = defaults();
	uint64_t seen[BINS] = {0};
	double expected[BINS];
	struct bench *b;

	p.delay = 10000000;
	p.jitter = 1000000;
	p.jitter_kind = JITTER_NORMAL;
	b = bench_run(&p, 60);
	/* Bins of a quarter of a standard deviation around the mean; the outer ones take the rest. */
	for (int n = 0; n < BINS; n++) {
		double low = n ? normal_below((n - BINS / 2) * 0.25) : 0;
		double high = n + 1 < BINS ? normal_below((n + 1 - BINS / 2) * 0.25) : 1;

		expected[n] = (high - low) * FRAMES;
	}
	for (unsigned i = 0; i < FRAMES; i++) {
		double z = ((double)b->delay[i] - WIRE_60 - 10000000) / 1000000;
		int bin = (int)floor(z / 0.25) + BINS / 2;

		seen[bin < 0 ? 0 : bin >= BINS ? BINS - 1 : bin]++;
	}
	assert_true(chi_square(seen, expected) < CHI_19);
	bench_free(b);
}

/* Within four standard deviations of the binomial distribution. */
static void assert_share(uint64_t seen, double share)
{
	double mean = FRAMES * share, sigma = sqrt(FRAMES * share * (1 - share));

	assert_true(fabs((double)seen - mean) <= 4 * sigma);
}

static void test_shares(void **state)
{
	struct link_params p = defaults();
	struct bench *b;

	p.loss = 30000;
	p.duplicate = 20000;
	p.corrupt = 10000;
	b = bench_run(&p, 60);
	assert_share(b->from->stats.drops[DROP_LOSS], 0.03);
	assert_share(b->arrived + b->from->stats.drops[DROP_LOSS] - FRAMES, 0.02 * 0.97);
	assert_share(b->damaged, 0.01 * 0.97 * 1.02);
	bench_free(b);
}

static void test_bursts(void **state)
{
	struct link_params p = defaults();
	struct bench *b;
	uint64_t lost;

	p.good_to_bad = 10000;
	p.bad_to_good = 200000;
	p.in_bad = 500000;
	b = bench_run(&p, 60);
	lost = b->from->stats.drops[DROP_LOSS];
	/* Bad for 1/21 of the time, in runs of 5 frames: the variance is that of runs. */
	assert_in_range(lost, FRAMES / 42 * 3 / 4, FRAMES / 42 * 5 / 4);
	bench_free(b);
}

static void test_bit_errors(void **state)
{
	struct link_params p = defaults();
	struct bench *b;

	p.bit_errors = 1000000; /* 1e-6 */
	b = bench_run(&p, 1250);
	assert_share(b->damaged, 1 - pow(1 - 1e-6, 10000));
	bench_free(b);
	p.bit_errors = TRILLION;
	b = bench_run(&p, 60);
	assert_int_equal(b->damaged, FRAMES);
	bench_free(b);
}

static void test_reorder(void **state)
{
	struct link_params p = defaults();
	uint64_t early = 0;
	struct bench *b;

	p.delay = 5000000;
	p.reorder = 250000;
	b = bench_run(&p, 60);
	for (unsigned i = 0; i < FRAMES; i++) {
		assert_true(b->delay[i] == WIRE_60 + 5000000 || b->delay[i] == WIRE_60 + LINK_DELAY_MIN);
		early += b->delay[i] == WIRE_60 + LINK_DELAY_MIN;
	}
	assert_share(early, 0.25);
	assert_int_equal(link_min_delay(b->l, 0), WIRE_60 + LINK_DELAY_MIN);
	bench_free(b);
}

/* ---- rate, queue, MTU ---- */

/* 1 s of 10 Mbit/s is 10 Mbit, to 0.1 %. */
static void test_rate(void **state)
{
	struct fixture *x = *state;
	struct link_params p = defaults();
	uint64_t bits;

	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, GBIT);
	p.rate = 10000000;
	p.queue = 2000;
	join(x, "l", x->p[0], x->p[1], p);
	for (unsigned i = 0; i < 1500; i++)
		send_frame(x, x->p[0], 0, 2, 1, -1, 1514, i);
	net_run(x->n, SEC + LINK_DELAY);
	bits = x->p[1]->stats.rx_frames * (1514 + 24) * 8;
	assert_in_range(bits, 9990000, 10000000);
}

static void test_queue_bytes(void **state)
{
	struct fixture *x = *state;
	struct link_params p = defaults();

	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, GBIT);
	p.queue = 0;
	p.queue_bytes = 3000;
	join(x, "l", x->p[0], x->p[1], p);
	for (unsigned i = 0; i < 5; i++)
		send_frame(x, x->p[0], 0, 2, 1, -1, 1000, i); /* one leaves, three wait */
	send_frame(x, x->p[0], 0, 2, 1, -1, 60, 9);
	net_run(x->n, SEC);
	assert_int_equal(x->log.count, 4);
	assert_int_equal(x->p[0]->stats.drops[DROP_QUEUE_FULL], 2);
}

static void test_mtu(void **state)
{
	struct fixture *x = *state;
	struct link_params p = defaults();

	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, GBIT);
	p.mtu = 1400;
	join(x, "l", x->p[0], x->p[1], p);
	send_frame(x, x->p[0], 0, 2, 1, -1, 1414, 1);
	send_frame(x, x->p[0], 0, 2, 1, 10, 1418, 2); /* the tag does not count */
	send_frame(x, x->p[0], 0, 2, 1, -1, 1415, 3);
	send_frame(x, x->p[0], 0, 2, 1, 10, 1419, 4);
	net_run(x->n, SEC);
	assert_int_equal(x->log.count, 2);
	assert_int_equal(x->p[0]->stats.drops[DROP_MTU], 2);
}

/* A sender that fills the queue at twice the rate: CoDel keeps the wait short by
 * dropping more and more often, as RFC 8289's control law has it. */
static void test_codel(void **state)
{
	struct fixture *x = *state;
	struct link_params p = defaults();
	const uint64_t frame = 1538 * 800; /* ns at 10 Mbit/s */

	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, GBIT);
	p.rate = 10000000;
	p.queue_kind = QUEUE_CODEL;
	join(x, "l", x->p[0], x->p[1], p);
	for (unsigned i = 0; i < 1000; i++) {
		net_run(x->n, i * frame / 2);
		send_frame(x, x->p[0], i * frame / 2, 2, 1, -1, 1514, i);
	}
	net_run(x->n, 10 * SEC);
	assert_in_range(x->p[0]->stats.drops[DROP_QUEUE_OLD], 5, 200);
	assert_int_equal(x->p[0]->stats.drops[DROP_QUEUE_OLD] + x->log.count + x->p[0]->stats.drops[DROP_QUEUE_FULL],
			 1000);
}

static void test_codel_law(void **state)
{
	struct codel c = {0};
	uint64_t now = 0, drops[4];
	unsigned count = 0;

	for (; count < 4; now += 1000000)
		if (codel_drops(&c, now < 10000000 ? 0 : now - 10000000, now, 30000))
			drops[count++] = now;
	/* The first after one interval above the target, then 100 ms, 100/sqrt(2), 100/sqrt(3). */
	assert_in_range(drops[0], 105000000, 106000000);
	assert_in_range(drops[1] - drops[0], 100000000, 101000000);
	assert_in_range(drops[2] - drops[1], 70000000, 72000000);
	assert_in_range(drops[3] - drops[2], 57000000, 59000000);
}

/* ---- what the ends agree on ---- */

static void test_speed(void **state)
{
	struct fixture *x = *state;
	struct link_params p = defaults();
	struct link *l;

	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, 10000000);
	sink_new(x, 2, &sink, 0);
	sink_new(x, 3, &sink, 0);
	l = join(x, "l", x->p[0], x->p[1], p);
	assert_int_equal(port_speed(x->p[0]), 10000000);
	assert_int_equal(port_speed(x->p[1]), 10000000);
	assert_int_equal(link_rate(l, 0), 10000000);
	p.rate = 100000000; /* a shaper is no accelerator */
	link_set(l, 0, &p, 0);
	assert_int_equal(link_rate(l, 0), 10000000);
	p.rate = 1000000; /* and nobody sees it */
	link_set(l, 0, &p, 0);
	assert_int_equal(link_rate(l, 0), 1000000);
	assert_int_equal(port_speed(x->p[0]), 10000000);
	p.rate = LINK_UNLIMITED;
	link_set(l, 0, &p, 0);
	assert_int_equal(link_rate(l, 0), LINK_UNLIMITED);
	p.rate = 0;
	join(x, "m", x->p[2], x->p[3], p);
	assert_int_equal(port_speed(x->p[2]), LINK_RATE);
}

/* A port that goes off, or slows down, is noticed one delay later, by either kind
 * of port; what it sends itself knows at once. */
static void test_phy(void **state)
{
	struct fixture *x = *state;
	struct link_params p = plain;
	struct link *l;

	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, GBIT);
	l = join(x, "l", x->p[0], x->p[1], p);
	x->log.carrier[0] = 0;
	port_set_phy(x->p[0], true, 10000000, 0);
	assert_int_equal(link_rate(l, 0), 10000000);
	assert_int_equal(link_rate(l, 1), GBIT);
	net_run(x->n, link_min_delay(l, 0));
	assert_string_equal(x->log.carrier, "");
	net_run(x->n, link_min_delay(l, 0) + 1);
	assert_string_equal(x->log.carrier, "BdBu"); /* negotiated anew */
	assert_int_equal(link_rate(l, 1), 10000000);
	assert_int_equal(port_speed(x->p[1]), 10000000);
	port_set_phy(x->p[0], false, 0, SEC);
	assert_false(port_carrier(x->p[0]));
	assert_true(port_carrier(x->p[1]));
	net_run(x->n, 2 * SEC);
	assert_false(port_carrier(x->p[1]));
	send_frame(x, x->p[1], 2 * SEC, 1, 2, -1, 60, 1);
	assert_int_equal(x->p[1]->stats.drops[DROP_NO_CARRIER], 1);
	assert_string_equal(x->log.carrier, "BdBuBd");
	link_set_up(l, false, 2 * SEC);
	link_set_up(l, true, 2 * SEC); /* p1 still sees nobody */
	assert_string_equal(x->log.carrier, "BdBuBdAdAu");
	port_set_phy(x->p[0], true, 0, 2 * SEC);
	net_run(x->n, 3 * SEC);
	assert_string_equal(x->log.carrier, "BdBuBdAdAuBu");
	assert_int_equal(port_speed(x->p[1]), GBIT);
}

/* A damaged frame passes a hub and ends at a switch. */
static void test_damaged(void **state)
{
	struct fixture *x = *state;
	struct link_params p = plain;
	struct hub *h = hub_new(x->n, "h", 3);
	struct net_switch *s = switch_new(x->n, "s");
	struct port *in = switch_add_port(s, 1, GBIT);

	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, GBIT);
	p.corrupt = PPM;
	join(x, "a", x->p[0], hub_port(h, 1), p);
	join(x, "b", x->p[1], hub_port(h, 2), plain);
	join(x, "c", hub_port(h, 3), in, plain);
	send_frame(x, x->p[0], 0, 0xff, 1, -1, 60, 1);
	net_run(x->n, SEC);
	assert_int_equal(x->log.count, 1);
	assert_int_equal(in->stats.drops[DROP_FCS], 1);
}

/* ---- by name ---- */

static void test_keys(void **state)
{
	struct link_params p = defaults(), q;
	GError *error = NULL;

	for (const struct link_key *k = link_keys; k->option.name; k++) {
		g_autofree char *text = link_key_text(k, &p);

		assert_true(link_key_is_default(k, &p));
		q = p;
		assert_true(link_key_set(&q, k->option.name, text, NULL)); /* what is shown can be written */
		assert_true(link_params_equal(&p, &q));
	}
	assert_true(link_key_set(&p, "loss", "{good_to_bad: 0.5%, bad_to_good: 20%}", NULL));
	assert_int_equal(p.good_to_bad, 5000);
	assert_int_equal(p.in_bad, PPM);
	assert_true(link_key_set(&p, "loss", "2%", NULL));
	assert_int_equal(p.good_to_bad, 0);
	assert_true(link_key_set(&p, "bit_errors", "1e-6", NULL));
	assert_int_equal(p.bit_errors, 1000000);
	assert_false(link_params_equal(&p, &q));
	assert_false(link_key_set(&p, "delay", "5", &error));
	g_clear_error(&error);
	assert_false(link_key_set(&p, "bandwidth", "5Mbit", &error));
	assert_string_equal(error->message, "no such key; did you mean 'rate'?");
	g_clear_error(&error);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_jitter_uniform),
		cmocka_unit_test(test_jitter_normal),
		cmocka_unit_test(test_shares),
		cmocka_unit_test(test_bursts),
		cmocka_unit_test(test_bit_errors),
		cmocka_unit_test(test_reorder),
		cmocka_unit_test_setup_teardown(test_rate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queue_bytes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_mtu, setup, teardown),
		cmocka_unit_test_setup_teardown(test_codel, setup, teardown),
		cmocka_unit_test(test_codel_law),
		cmocka_unit_test_setup_teardown(test_speed, setup, teardown),
		cmocka_unit_test_setup_teardown(test_phy, setup, teardown),
		cmocka_unit_test_setup_teardown(test_damaged, setup, teardown),
		cmocka_unit_test(test_keys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
