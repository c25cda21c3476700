/* Spanning tree in switches: rings that converge, roles against the standard's rule,
 * what ends at guards, BPDUs as others send them. */
#include "tests/unit/net_lab.h"

#include "engine/net/stp.h"

#define SWITCHES_MAX 20u

struct ring {
	struct net *n;
	struct net_switch *s[SWITCHES_MAX];
	struct link *l[SWITCHES_MAX];
	unsigned count;
};

static const struct stp_config rstp = {.mode = STP_RSTP,
				       .long_costs = 1,
				       .priority = STP_PRIORITY,
				       .hello = STP_HELLO,
				       .max_age = STP_MAX_AGE,
				       .forward_delay = STP_FORWARD_DELAY};

static struct net_switch *bridge(struct net *n, unsigned number, const struct stp_config *config, unsigned ports)
{
	char name[8] = {'s', (char)('a' + number), 0};
	struct net_switch *s = switch_new(n, name);

	switch_set_spanning_tree(s, config);
	for (unsigned i = 1; i <= ports; i++)
		switch_add_port(s, i, GBIT);
	return s;
}

static void ring_make(struct ring *r, unsigned count, const struct stp_config *config)
{
	r->n = net_new(3);
	r->count = count;
	for (unsigned i = 0; i < count; i++)
		r->s[i] = bridge(r->n, i, config, 3);
	for (unsigned i = 0; i < count; i++) {
		g_autofree char *name = g_strdup_printf("l%u", i);
		struct link_params both[2] = {plain, plain};

		r->l[i] = link_new(r->n, name, switch_port(r->s[i], 1), switch_port(r->s[(i + 1) % count], 2), both);
	}
}

/* A tree: one root, every bridge knows it, and one cable is blocked at one end. */
static bool ring_converged(const struct ring *r, unsigned up)
{
	unsigned roots = 0, forwarding = 0, blocked = 0;
	uint64_t root = stp_show(switch_stp(r->s[0])).root;

	for (unsigned i = 0; i < r->count; i++) {
		struct stp_view v = stp_show(switch_stp(r->s[i]));

		if (v.root != root)
			return false;
		roots += v.root_port < 0;
		for (unsigned p = 0; p < 2; p++) {
			struct stp_port_view port = stp_port_show(switch_stp(r->s[i]), p);

			forwarding += port.forwarding;
			blocked += port.role == STP_ALTERNATE;
		}
	}
	return roots == 1 && forwarding == 2 * (r->count - 1) + (up == r->count) &&
	       blocked == (up == r->count ? 1u : 0u);
}

/* ns until the ring is a tree; gives up after a minute. */
static uint64_t converge(struct ring *r, uint64_t from, unsigned up)
{
	for (uint64_t t = from; t < from + 60 * SEC; t += SEC / 1000) {
		net_run(r->n, t);
		if (ring_converged(r, up))
			return t - from;
	}
	return TIME_NEVER;
}

static void ring_free(struct ring *r)
{
	net_free(r->n);
}

/* The cable that no port blocks and that is away from the root: the most is at stake. */
static unsigned far_cable(const struct ring *r)
{
	for (unsigned i = 0; i < r->count; i++) {
		struct stp_port_view a = stp_port_show(switch_stp(r->s[i]), 0);
		struct stp_port_view b = stp_port_show(switch_stp(r->s[(i + 1) % r->count]), 1);

		if (a.forwarding && b.forwarding)
			return i;
	}
	return 0;
}

static void test_rings(void **state)
{
	static const unsigned sizes[] = {4, 8, 20};

	for (unsigned n = 0; n < ARRAY_LEN(sizes); n++) {
		struct ring r;
		uint64_t took, cut;

		ring_make(&r, sizes[n], &rstp);
		took = converge(&r, 0, sizes[n]);
		print_message("ring of %u: %g ms\n", sizes[n], (double)took / 1e6);
		assert_true(took < 4 * SEC);
		cut = 20 * SEC;
		net_run(r.n, cut);
		assert_true(ring_converged(&r, sizes[n]));
		link_set_up(r.l[far_cable(&r)], false, cut);
		took = converge(&r, cut, sizes[n] - 1);
		print_message("  after a cut: %g ms\n", (double)took / 1e6);
		assert_true(took < 3 * SEC); /* proposals and agreements, no timer but the hello's */
		ring_free(&r);
	}
}

static void test_stp_ring(void **state)
{
	struct stp_config old = rstp;
	struct ring r;
	uint64_t took;

	old.mode = STP_STP;
	old.long_costs = 0;
	ring_make(&r, 4, &old);
	took = converge(&r, 0, 4);
	assert_in_range(took, 29 * SEC, 40 * SEC); /* listening, learning */
	net_run(r.n, 60 * SEC);
	link_set_up(r.l[far_cable(&r)], false, 60 * SEC);
	took = converge(&r, 60 * SEC, 3);
	assert_in_range(took, 28 * SEC, 52 * SEC); /* up to max_age, then 2 forward delays */
	ring_free(&r);
}

/* Fast and old ones in a ring: the fast ones speak the old language there. */
static void test_mixed(void **state)
{
	struct stp_config old = rstp;
	struct ring r = {.n = net_new(4), .count = 4};

	old.mode = STP_STP;
	for (unsigned i = 0; i < 4; i++)
		r.s[i] = bridge(r.n, i, i & 1 ? &old : &rstp, 3);
	for (unsigned i = 0; i < 4; i++) {
		g_autofree char *name = g_strdup_printf("l%u", i);
		struct link_params both[2] = {plain, plain};

		r.l[i] = link_new(r.n, name, switch_port(r.s[i], 1), switch_port(r.s[(i + 1) % 4], 2), both);
	}
	assert_true(converge(&r, 0, 4) < 60 * SEC);
	assert_false(stp_port_show(switch_stp(r.s[0]), 0).sends_rstp);
	ring_free(&r);
}

/* ---- random graphs: root ports are on shortest ways, and what forwards is a tree ---- */

enum { NODES = 10 };

static uint64_t bridge_id(struct net_switch *s)
{
	return stp_show(switch_stp(s)).bridge;
}

static void test_graphs(void **state)
{
	struct rng dice;

	rng_seed(&dice, 1, "graphs");
	for (unsigned round = 0; round < 50; round++) {
		struct net *n = net_new(round + 1);
		struct net_switch *s[NODES];
		unsigned used[NODES] = {0}, edge[NODES * 3][2], edges = 0, root = 0;
		uint32_t distance[NODES];

		for (unsigned i = 0; i < NODES; i++)
			s[i] = bridge(n, i, &rstp, 3 * NODES);
		for (; edges < NODES * 2; edges++) {
			unsigned a = edges < NODES - 1 ? edges + 1 : (unsigned)(rng_next(&dice) % NODES);
			unsigned b = edges < NODES - 1 ? (unsigned)(rng_next(&dice) % (edges + 1))
						       : (a + 1 + (unsigned)(rng_next(&dice) % (NODES - 1))) % NODES;
			g_autofree char *name = g_strdup_printf("e%u", edges);
			struct link_params both[2] = {plain, plain};

			link_new(n, name, switch_port(s[a], ++used[a]), switch_port(s[b], ++used[b]), both);
			edge[edges][0] = a;
			edge[edges][1] = b;
		}
		net_run(n, 30 * SEC);
		for (unsigned i = 1; i < NODES; i++)
			if (bridge_id(s[i]) < bridge_id(s[root]))
				root = i;
		for (unsigned i = 0; i < NODES; i++)
			distance[i] = i == root ? 0 : UINT32_MAX / 2;
		for (unsigned pass = 0; pass < NODES; pass++)
			for (unsigned e = 0; e < edges; e++)
				for (unsigned d = 0; d < 2; d++)
					if (distance[edge[e][d]] + 20000 < distance[edge[e][!d]])
						distance[edge[e][!d]] = distance[edge[e][d]] + 20000;
		for (unsigned i = 0, forwarding = 0; i < NODES; i++) {
			struct stp_view v = stp_show(switch_stp(s[i]));

			assert_true(v.root == bridge_id(s[root]));
			assert_int_equal(v.cost, distance[i]);
			for (unsigned p = 0; p < used[i]; p++) {
				struct stp_port_view view = stp_port_show(switch_stp(s[i]), p);

				forwarding += view.role == STP_ROOT;
				assert_int_equal(view.forwarding, view.role == STP_ROOT || view.role == STP_DESIGNATED);
			}
			if (i == NODES - 1)
				assert_int_equal(forwarding, NODES - 1);
		}
		net_free(n);
	}
}

/* A spanning tree never comes to an end. */
static int end_now(void **state)
{
	struct fixture *x = *state;

	net_free(x->n);
	g_free(x);
	return 0;
}

/* ---- guards, edges ---- */

static void test_edge_and_guards(void **state)
{
	struct fixture *x = *state;
	struct stp_config better = rstp;
	struct net_switch *a = bridge(x->n, 0, &rstp, 3), *b;

	switch_set_stp_port(switch_port(a, 1), &(struct stp_port_config){.priority = STP_PORT_PRIORITY, .edge = true});
	switch_set_stp_port(switch_port(a, 2),
			    &(struct stp_port_config){.priority = STP_PORT_PRIORITY, .root_guard = true});
	switch_set_stp_port(switch_port(a, 3),
			    &(struct stp_port_config){.priority = STP_PORT_PRIORITY, .bpdu_guard = true});
	sink_new(x, 0, &sink, GBIT);
	join(x, "pc", x->p[0], switch_port(a, 1), plain);
	net_run(x->n, SEC / 1000);
	assert_true(stp_port_show(switch_stp(a), 0).forwarding); /* at once */
	better.priority = 4096;
	b = bridge(x->n, 1, &better, 2);
	join(x, "g", switch_port(a, 2), switch_port(b, 1), plain);
	join(x, "h", switch_port(a, 3), switch_port(b, 2), plain);
	net_run(x->n, 10 * SEC);
	assert_true(stp_show(switch_stp(a)).root_port < 0); /* b is better, but may not be */
	assert_int_equal(stp_port_show(switch_stp(a), 1).role, STP_ALTERNATE);
	assert_false(stp_port_show(switch_stp(a), 1).forwarding);
	assert_true(stp_port_show(switch_stp(a), 2).guarded);
	assert_int_equal(stp_port_show(switch_stp(a), 2).role, STP_DISABLED);
	send_frame(x, x->p[0], 10 * SEC, 0xff, 1, -1, 60, 1);
	net_run(x->n, 11 * SEC);
	assert_int_equal(switch_port(b, 1)->stats.drops[DROP_BLOCKED], 0);
}

/* Longer than it needs to be, as Open vSwitch sends it; and nonsense. */
static void test_strange_bpdus(void **state)
{
	struct fixture *x = *state;
	struct net_switch *a = bridge(x->n, 0, &rstp, 2);
	uint8_t bpdu[36] = {0};

	sink_new(x, 0, &sink, GBIT);
	join(x, "l", x->p[0], switch_port(a, 1), plain);
	for (unsigned n = 0; n < 3; n++) {
		struct frame *f = frame_new(net_pool(x->n), NULL, 60);

		net_run(x->n, (n + 1) * SEC);
		memcpy(f->data, "\x01\x80\xc2\0\0\0\x02\0\0\0\0\x09\0\x27\x42\x42\x03", 17);
		put_be64(bpdu + 5, 1); /* the best bridge there is */
		put_be64(bpdu + 17, 1);
		put_be16(bpdu + 25, 0x8001);
		bpdu[29] = 20, bpdu[31] = 2, bpdu[33] = 15;
		if (n == 0)
			put_be16(f->data + 12, 0x700); /* a length beyond the frame */
		bpdu[27] = n == 1 ? 20 : 0;            /* too old */
		memcpy(f->data + 17, bpdu, sizeof(bpdu));
		port_send(x->p[0], f, (n + 1) * SEC);
		frame_unref(f);
		net_run(x->n, (n + 1) * SEC + SEC / 2);
		assert_int_equal(stp_show(switch_stp(a)).root_port, n == 2 ? 0 : -1);
	}
	net_run(x->n, 4 * SEC);
	assert_false(stp_port_show(switch_stp(a), 0).sends_rstp); /* a Config BPDU: an old bridge */
	net_run(x->n, 12 * SEC);
	assert_int_equal(stp_show(switch_stp(a)).root_port, -1); /* not heard of for 3 hellos */
}

/* ---- loops without spanning tree ---- */

static void hear(void *opaque, const char *text, uint64_t when)
{
	g_string_append_printf(opaque, "%s\n", text);
}

static void test_storm(void **state)
{
	for (unsigned guard = 0; guard < 2; guard++) {
		struct stp_config off = {.mode = STP_OFF};
		struct port *pc;
		struct log log = {0};
		g_autoptr(GString) said = g_string_new(NULL);
		struct link_params both[2] = {plain, plain};
		struct frame *f;
		struct ring r;

		ring_make(&r, 3, &off);
		net_listen(r.n, hear, said);
		pc = port_new(r.n, "pc", &sink, &log, 0, GBIT);
		link_new(r.n, "pc", pc, switch_port(r.s[0], 3), both);
		for (unsigned i = 0; i < 3; i++)
			switch_guard_storms(r.s[i], guard);
		f = frame_new(net_pool(r.n), NULL, 60);
		memset(f->data, 0xff, 6);
		f->data[11] = 1;
		port_send(pc, f, 0);
		frame_unref(f);
		net_run(r.n, 5000000);
		assert_true(g_str_has_prefix(said->str, "frames go round: the loop is s"));
		for (unsigned i = 0; i < 3; i++) { /* each cable of the ring, in one direction or the other */
			g_autofree char *there = g_strdup_printf("s%c:1 - s%c:2", 'a' + i, 'a' + (i + 1) % 3);
			g_autofree char *back = g_strdup_printf("s%c:2 - s%c:1", 'a' + (i + 1) % 3, 'a' + i);

			assert_true(strstr(said->str, there) || strstr(said->str, back));
		}
		assert_null(strchr(strchr(said->str, '\n') + 1, '\n')); /* once */
		if (guard)
			assert_true(log.count < 100);
		else
			assert_true(log.count > 500);
		net_free(r.n);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rings),
		cmocka_unit_test(test_stp_ring),
		cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_graphs),
		cmocka_unit_test_setup_teardown(test_edge_and_guards, setup, end_now),
		cmocka_unit_test_setup_teardown(test_strange_bpdus, setup, end_now),
		cmocka_unit_test(test_storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
