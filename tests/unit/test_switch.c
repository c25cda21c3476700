/* Switches: VLANs with and without tags, learning and forgetting; and that a
 * world of them does not depend on how its time was cut. */
#include "tests/unit/net_lab.h"

#include "engine/base/state.h"

/* ---- the switch: 1, 2 access 10; 3 access 20; 4 trunk 10, 20; 5 trunk 20,
 * native 10; 6 trunk 30, no native ---- */

static struct net_switch *switch_lab(struct fixture *x)
{
	struct net_switch *s = switch_new(x->n, "sw1");
	static const uint16_t both[] = {10, 20}, twenty[] = {20}, thirty[] = {30};

	for (unsigned i = 0; i < 6; i++) {
		g_autofree char *name = g_strdup_printf("l%u", i);

		join(x, name, sink_new(x, i, &sink, GBIT), switch_add_port(s, i + 1, GBIT), plain);
	}
	switch_set_access(switch_port(s, 1), 10);
	switch_set_access(switch_port(s, 2), 10);
	switch_set_access(switch_port(s, 3), 20);
	switch_set_trunk(switch_port(s, 4), both, 2, 0);
	switch_set_trunk(switch_port(s, 5), twenty, 1, 10);
	switch_set_trunk(switch_port(s, 6), thirty, 1, 0);
	assert_ptr_equal(switch_find(x->n, "sw1"), s);
	assert_null(switch_find(x->n, "sw2"));
	return s;
}

static int by_port(const void *a, const void *b)
{
	return (int)((const struct got *)a)->port - (int)((const struct got *)b)->port;
}

/* Sends and runs a millisecond; what arrived, as "port" or "port/tci". */
static const char *where(struct fixture *x, unsigned from, unsigned dst, unsigned src, int tci)
{
	static char text[128];
	static uint32_t number;

	x->log.count = 0;
	send_frame(x, x->p[from - 1], x->now, dst, src, tci, 64, ++number);
	x->now += 1000000;
	net_run(x->n, x->now);
	text[0] = 0;
	/* A tag takes 32 ns: not in the order of ports. */
	qsort(x->log.got, x->log.count, sizeof(x->log.got[0]), by_port);
	for (unsigned i = 0; i < x->log.count; i++) {
		const struct got *g = &x->log.got[i];
		g_autofree char *one = g->tci < 0 ? g_strdup_printf("%u ", g->port + 1)
						  : g_strdup_printf("%u/%x ", g->port + 1, (unsigned)g->tci);

		assert_int_equal(g->number, number);
		g_strlcat(text, one, sizeof(text));
	}
	return text;
}

static void test_switch_vlans(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);

	/* Nobody known: all of the VLAN, each in its form. */
	assert_string_equal(where(x, 1, 0xff, 1, -1), "2 4/a 5 ");
	assert_string_equal(where(x, 3, 0xff, 3, -1), "4/14 5/14 ");
	assert_string_equal(where(x, 4, 0xff, 4, 10), "1 2 5 ");
	assert_string_equal(where(x, 5, 0xff, 5, -1), "1 2 4/a ");
	assert_string_equal(where(x, 5, 0xff, 5, 20), "3 4/14 ");
	/* The native VLAN's frames may come tagged; priorities survive in tags. */
	assert_string_equal(where(x, 5, 0xff, 5, 10), "1 2 4/a ");
	assert_string_equal(where(x, 1, 0xff, 1, 0xa000), "2 4/a00a 5 ");
	assert_string_equal(where(x, 4, 0xff, 4, 0x6014), "3 5/6014 ");
	/* What a port does not carry stays out. */
	assert_string_equal(where(x, 4, 0xff, 9, -1), "");
	assert_string_equal(where(x, 4, 0xff, 9, 30), "");
	assert_string_equal(where(x, 1, 0xff, 9, 20), "");
	assert_string_equal(where(x, 4, 0xff, 9, 0xfff), "");
	assert_int_equal(switch_port(s, 4)->stats.drops[DROP_VLAN], 3);
	assert_int_equal(switch_port(s, 1)->stats.drops[DROP_VLAN], 1);
	/* Alone in its VLAN. */
	assert_string_equal(where(x, 6, 0xff, 9, 30), "");
	assert_int_equal(switch_port(s, 6)->stats.drops[DROP_NO_TARGET], 1);
	/* Learned: 1 at port 1 in VLAN 10 only. */
	assert_string_equal(where(x, 5, 1, 5, -1), "1 ");
	assert_string_equal(where(x, 5, 1, 5, 20), "3 4/14 ");
	assert_string_equal(where(x, 1, 5, 1, -1), "5 ");
	assert_string_equal(where(x, 3, 5, 3, -1), "5/14 ");
	/* Moved. */
	assert_string_equal(where(x, 2, 0xff, 1, -1), "1 4/a 5 ");
	assert_string_equal(where(x, 5, 1, 5, -1), "2 ");
	/* To where it came from. */
	assert_string_equal(where(x, 2, 1, 7, -1), "");
	assert_int_equal(switch_port(s, 2)->stats.drops[DROP_NO_TARGET], 1);
}

static void test_switch_time(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);

	send_frame(x, x->p[0], 0, 0xff, 1, -1, 64, 1);
	net_run(x->n, SEC);
	/* 704 bits twice, four more bytes to the trunk. */
	assert_int_equal(x->log.got[0].when, 704 + 1000 + SWITCH_LATENCY + 704 + 1000);
	for (unsigned i = 0; i < x->log.count; i++)
		assert_int_equal(x->log.got[i].when, 4408 + (x->log.got[i].port == 3 ? 32 : 0));
	assert_ptr_equal(port_find(x->n, "sw1:4"), switch_port(s, 4));
}

static void test_switch_ageing(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);
	unsigned count;

	assert_string_equal(where(x, 2, 0xff, 2, -1), "1 4/a 5 ");
	assert_string_equal(where(x, 1, 0xff, 1, -1), "2 4/a 5 ");
	g_autofree struct switch_row *rows = switch_table(s, x->now, &count);

	assert_int_equal(count, 2);
	assert_int_equal(rows[0].mac[5], 1);
	assert_int_equal(rows[0].vlan, 10);
	assert_int_equal(rows[0].port, 1);
	assert_int_equal(rows[0].age, 1000000 - 1704);
	assert_int_equal(rows[1].mac[5], 2);
	/* Learned at 1001704: known a nanosecond before 300 s are over, not after. */
	x->now = 1000000 + SWITCH_AGEING - 1;
	assert_string_equal(where(x, 2, 1, 2, -1), "1 ");
	x->now = 1000000 + SWITCH_AGEING;
	net_run(x->n, x->now + 2000000);
	x->now += 2000000;
	assert_string_equal(where(x, 2, 1, 2, -1), "1 4/a 5 ");
	g_free(switch_table(s, x->now, &count));
	assert_int_equal(count, 1);
}

static void test_switch_forgets(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);

	where(x, 1, 0xff, 1, -1);
	assert_string_equal(where(x, 2, 1, 2, -1), "1 ");
	link_set_up(link_find(x->n, "l0"), false, x->now);
	assert_string_equal(where(x, 2, 1, 2, -1), "4/a 5 ");
	link_set_up(link_find(x->n, "l0"), true, x->now);
	where(x, 1, 0xff, 1, -1);
	switch_set_access(switch_port(s, 1), 20);
	assert_string_equal(where(x, 2, 1, 2, -1), "4/a 5 ");
	assert_string_equal(where(x, 1, 0xff, 1, -1), "3 4/14 5/14 ");
}

/* LLDP's address is for the neighbour only; a short tagged frame; sources that
 * can be nobody's go nowhere. */
static void test_switch_odd_frames(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);
	static const uint8_t lldp[60] = {0x01, 0x80, 0xc2, 0, 0, 0x0e, 0x52, 0x54, 0, 0, 0, 1, 0x88, 0xcc};
	static const uint8_t bad[17] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0, 0, 1, 0x81};
	static const uint8_t group[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0, 0x5e, 0, 0, 1, 8};
	static const uint8_t null[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 8};
	const struct {
		const uint8_t *data;
		uint32_t size;
	} frames[] = {{lldp, 60}, {bad, 17}, {group, 60}, {null, 60}};
	unsigned count;

	for (unsigned i = 0; i < 4; i++) {
		struct frame *f = frame_new(net_pool(x->n), frames[i].data, frames[i].size);

		port_send(x->p[0], f, 0);
		frame_unref(f);
	}
	net_run(x->n, SEC);
	assert_int_equal(x->log.count, 0);
	assert_int_equal(switch_port(s, 1)->stats.drops[DROP_SOURCE], 2);
	assert_int_equal(switch_port(s, 1)->stats.drops[DROP_RESERVED], 1);
	assert_int_equal(switch_port(s, 1)->stats.drops[DROP_TOO_SHORT], 1);
	g_free(switch_table(s, SEC, &count));
	assert_int_equal(count, 1);
}

/* Neither short nor long frames trouble a switch; only a tag may be too much. */
static void test_switch_sizes(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);

	send_frame(x, x->p[0], 0, 0xff, 1, -1, 18, 1);
	send_frame(x, x->p[0], 0, 0xff, 1, -1, FRAME_MAX, 2);
	net_run(x->n, SEC);
	assert_int_equal(x->log.count, 5);
	assert_int_equal(switch_port(s, 2)->stats.tx_bytes, 18 + FRAME_MAX);
	assert_int_equal(switch_port(s, 4)->stats.tx_bytes, 22 + FRAME_MAX + 4);
	assert_int_equal(switch_port(s, 4)->stats.drops[DROP_TOO_LONG], 1);
	assert_int_equal(x->p[3]->stats.rx_frames, 1);
}

/* Frames that arrived at the sink with this number, at this port. */
static unsigned arrived(const struct fixture *x, unsigned port, uint32_t number)
{
	unsigned count = 0;

	for (unsigned n = 0; n < x->log.count; n++)
		count += x->log.got[n].port == port && x->log.got[n].number == number;
	return count;
}

/* A mirror sees both directions of a port and takes part in nothing. */
static void test_mirror(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);

	switch_set_mirror(switch_port(s, 1), switch_port(s, 3));
	send_frame(x, x->p[0], 0, 0xff, 1, -1, 60, 1);     /* in at port 1 */
	send_frame(x, x->p[1], 10000, 1, 2, -1, 60, 2);    /* out of port 1 */
	send_frame(x, x->p[2], 20000, 0xff, 3, -1, 60, 3); /* from the analyser */
	net_run(x->n, SEC);
	assert_int_equal(arrived(x, 1, 1), 1);
	assert_int_equal(arrived(x, 0, 2), 1);
	assert_int_equal(arrived(x, 2, 1), 1);
	assert_int_equal(arrived(x, 2, 2), 1);
	assert_int_equal(switch_port(s, 3)->stats.drops[DROP_MIRROR], 1);
}

/* Two stations may be at the port; the third is nobody, until one has aged. */
static void test_port_security(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);

	switch_limit_macs(switch_port(s, 1), 2);
	for (unsigned host = 11; host <= 13; host++)
		send_frame(x, x->p[0], host * 1000, 0xff, host, -1, 60, host);
	net_run(x->n, SEC);
	assert_int_equal(arrived(x, 1, 11) + arrived(x, 1, 12), 2);
	assert_int_equal(arrived(x, 1, 13), 0);
	assert_int_equal(switch_port(s, 1)->stats.drops[DROP_SECURITY], 1);
	send_frame(x, x->p[0], SWITCH_AGEING + SEC, 0xff, 13, -1, 60, 14);
	net_run(x->n, SWITCH_AGEING + 2 * SEC);
	assert_int_equal(arrived(x, 1, 14), 1);
}

/* PAUSE ends at the port, before the relay learns; other reserved addresses do
 * teach where their sender is. BPDUs pass where nobody wants them, as in Linux. */
static void test_switch_pause(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);
	unsigned count;

	for (unsigned last = 0; last <= 0x10; last++) {
		struct frame *f = frame_new(net_pool(x->n), NULL, 60);

		memcpy(f->data, "\x01\x80\xc2\0\0", 5);
		f->data[5] = (uint8_t)last;
		mac_of(f->data + 6, last + 1);
		port_send(x->p[0], f, x->now);
		frame_unref(f);
	}
	net_run(x->n, SEC);
	assert_int_equal(switch_port(s, 1)->stats.drops[DROP_RESERVED], 15);
	assert_int_equal(x->log.count, 6); /* :10 is a group like any other */
	g_autofree struct switch_row *rows = switch_table(s, SEC, &count);

	assert_int_equal(count, 16);
	assert_int_equal(rows[0].mac[5], 1);
	assert_int_equal(rows[1].mac[5], 3);
}

/* Two switches, three cables, no spanning tree: a broadcast never ends, but the
 * wires' rates bound it, addresses move, and nothing leaks when it is cut. */
static void test_switch_storm(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s[2] = {switch_new(x->n, "a"), switch_new(x->n, "b")};
	struct link_params p = {.delay = LINK_DELAY, .queue = LINK_QUEUE};
	const uint64_t run = 20 * SEC / 1000;

	for (unsigned n = 0; n < 3; n++) {
		char name[3] = {'l', (char)('0' + n), 0};

		join(x, name, switch_add_port(s[0], n + 1, GBIT), switch_add_port(s[1], n + 1, GBIT), p);
	}
	sink_new(x, 0, &sink, GBIT);
	join(x, "in", x->p[0], switch_add_port(s[0], 9, GBIT), plain);
	send_frame(x, x->p[0], 0, 0xff, 1, -1, 60, 1);
	for (uint64_t now = 0; now < run; now += 1000000) {
		x->log.count = 0;
		net_run(x->n, now);
	}
	for (unsigned n = 0; n < 6; n++) {
		const struct port *from = switch_port(s[n & 1], n / 2 + 1), *to = switch_port(s[!(n & 1)], n / 2 + 1);
		uint64_t sent = from->stats.tx_frames - from->stats.drops[DROP_QUEUE_FULL];

		assert_in_range(to->stats.rx_frames, 20000, run / 672 + 1);
		assert_in_range(sent - to->stats.rx_frames, 0, LINK_QUEUE + (LINK_DELAY + SWITCH_LATENCY) / 672 + 2);
	}
	link_set_up(link_find(x->n, "l0"), false, run);
	link_set_up(link_find(x->n, "l1"), false, run);
	x->log.count = 0;
	net_run(x->n, TIME_NEVER);
}

/* 8192 addresses fit; one more takes the place of the one not seen longest. */
static void test_switch_full(void **state)
{
	struct fixture *x = *state;
	struct net_switch *s = switch_lab(x);
	unsigned count;

	for (unsigned i = 0; i < 8194; i++) {
		unsigned host = i == 8192 ? 0 : i; /* the first is seen again before the last */
		struct frame *f = frame_new(net_pool(x->n), NULL, 60);

		mac_of(f->data, 0xff);
		put_be32(f->data + 8, host + 1);
		x->log.count = 0;
		port_send(x->p[0], f, i * 1000);
		net_run(x->n, i * 1000 + 1);
		frame_unref(f);
	}
	net_run(x->n, SEC);
	g_autofree struct switch_row *rows = switch_table(s, SEC, &count);

	assert_int_equal(count, 8192);
	assert_int_equal(get_be32(rows[0].mac + 2), 1);
	assert_int_equal(get_be32(rows[1].mac + 2), 3);
	assert_int_equal(get_be32(rows[8191].mac + 2), 8194);
}

/* ---- however time is cut, the world is the same ---- */

enum { WORLD_PORTS = 6, WORLD_END = 6000000, WORLD_CUT = 3000000 };

/* Six clones in lock step at a switch with slow, lossy links. */
static struct fixture *world_new(struct diary *watcher)
{
	struct fixture *x = g_new0(struct fixture, 1);
	const struct link_params p = {.delay = 20000, .rate = 10000000, .queue = 5, .loss = 50000};

	x->n = net_new(7);
	switch_lab(x);
	for (unsigned i = 0; i < WORLD_PORTS; i++) {
		g_autofree char *name = g_strdup_printf("l%u", i);

		link_set(link_find(x->n, name), 0, &p, 0);
		link_set(link_find(x->n, name), 1, &p, 0);
		x->p[i]->ops = &sink_early;
		if (watcher)
			port_watch(x->p[i], &watcher->w);
	}
	return x;
}

static void world_free(struct fixture *x)
{
	net_free(x->n);
	g_free(x);
}

static void add_hash(struct net *n, uint64_t *hash)
{
	struct state *s = state_hash();
	uint8_t digest[STATE_HASH_BYTES];

	net_state(n, s);
	state_digest(s, digest);
	assert_true(state_end(s, NULL));
	*hash = *hash * 0x100000001b3ull ^ get_le64(digest);
}

/* The same world in new objects; frees the old one. */
static struct fixture *world_move(struct fixture *x)
{
	g_autoptr(GByteArray) saved = g_byte_array_new(), again = g_byte_array_new();
	struct fixture *fresh = world_new(NULL);
	struct state *s = state_save(saved);

	net_state(x->n, s);
	assert_true(state_end(s, NULL));
	world_free(x);
	s = state_load(saved->data, saved->len);
	net_state(fresh->n, s);
	assert_true(state_end(s, NULL));
	s = state_save(again);
	net_state(fresh->n, s);
	assert_true(state_end(s, NULL));
	assert_int_equal(saved->len, again->len);
	assert_memory_equal(saved->data, again->data, saved->len);
	return fresh;
}

/* Senders hand in a window's frames together, as PCs do. */
static void world_send(struct fixture *x, uint64_t from, uint64_t to)
{
	for (unsigned i = 0; i < WORLD_PORTS; i++)
		for (uint64_t t = (from + 49999) / 50000 * 50000; t < to; t += 50000)
			send_frame(x, x->p[i], t, t % 3 ? 0xff : (i + 1) % 6, i, i == 3 ? 10 : -1, 64, (uint32_t)t);
}

/* The hash of its life, in which a cable is pulled at 3 ms. move: how often it
 * becomes other objects, one in so many windows; 0: never. */
static uint64_t world(uint64_t window, bool watched, unsigned move)
{
	struct diary d = {.w.frame = diary_frame};
	struct fixture *x;
	uint64_t hash = 1;
	struct rng dice;

	x = world_new(watched ? &d : NULL);
	rng_seed(&dice, window, "windows");
	for (uint64_t from = 0, to; from < WORLD_END; from = to) {
		to = from + 1 + rng_next(&dice) % window;
		to = from < WORLD_CUT && to > WORLD_CUT ? WORLD_CUT : to > WORLD_END ? WORLD_END : to;
		world_send(x, from, to);
		net_run(x->n, to);
		if (to == WORLD_CUT)
			link_set_up(link_find(x->n, "l1"), false, WORLD_CUT);
		if (to == WORLD_CUT || to == WORLD_END)
			add_hash(x->n, &hash);
		if (move && rng_next(&dice) % move == 0)
			x = world_move(x);
	}
	world_free(x);
	return hash;
}

static void test_windows(void **state)
{
	uint64_t hash = world(40000, false, 0);

	assert_int_equal(world(40000, false, 0), hash);
	assert_int_equal(world(1000, false, 0), hash);
	assert_int_equal(world(7777, false, 0), hash);
	assert_int_equal(world(1000000, false, 0), hash);
	assert_int_equal(world(5000, true, 0), hash);
}

/* Saved and loaded into other objects, again and again. */
static void test_moved(void **state)
{
	uint64_t hash = world(40000, false, 0);

	assert_int_equal(world(40000, false, 3), hash);
	assert_int_equal(world(1000, false, 50), hash);
	assert_int_equal(world(5000, true, 7), hash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_switch_vlans),
		TEST(test_switch_time),
		TEST(test_switch_ageing),
		TEST(test_switch_forgets),
		TEST(test_switch_odd_frames),
		TEST(test_switch_full),
		TEST(test_switch_sizes),
		TEST(test_mirror),
		TEST(test_port_security),
		TEST(test_switch_pause),
		TEST(test_switch_storm),
		TEST(test_windows),
		TEST(test_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
