/* Captures: exact bytes, each frame once, reasons of drops, live readers that
 * are slow or gone, disks that are full. With a folder as its argument it
 * writes captures there instead, for tests/capture/tshark.sh. */
#include "tests/unit/net_lab.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "capture/capture.h"
#include "engine/net/filter.h"
#include "capture/pcap.h"
#include "capture/pcapng.h"
#include "engine/net/part.h"

#define EPOCH 1700000000u
#define MS 1000000u
#define SHB 0x0a0d0d0au
#define EPB 6u
#define ISB 5u
#define RECORD_MAX 64

/* A pcapng file read back. */
struct record {
	unsigned iface;
	uint64_t time;
	uint32_t kept, size, flags, number;
	uint64_t missing;
	char comment[128]; /* the last one */
};
struct counts {
	uint64_t recv, drop, accept, lost, delivered;
	char comment[128];
};
struct file {
	unsigned packets, interfaces, ends;
	uint64_t missing; /* sum */
	char names[128];  /* "alice:eth0 bob:eth0 " */
	struct record at[RECORD_MAX];
	struct counts end[8];
};

/* Calls take() for every option of [p, p + size). */
static void options_walk(const uint8_t *p, uint32_t size, void *to,
			 void (*take)(void *to, uint16_t code, const uint8_t *value, uint16_t len))
{
	while (size) {
		uint16_t code = get_le16(p), len = get_le16(p + 2);
		uint32_t step = 4 + (((uint32_t)len + 3) & ~3u);

		assert_true(step <= size);
		if (!code) {
			assert_int_equal(size, 4);
			return;
		}
		take(to, code, p + 4, len);
		p += step;
		size -= step;
	}
}

static void take_text(char *to, size_t room, const uint8_t *value, uint16_t len)
{
	g_autofree char *text = g_strndup((const char *)value, len);

	g_strlcpy(to, text, room);
}

static void take_interface(void *to, uint16_t code, const uint8_t *value, uint16_t len)
{
	struct file *f = to;

	if (code == 2) {
		g_autofree char *name = g_strndup((const char *)value, len);

		g_strlcat(f->names, name, sizeof(f->names));
		g_strlcat(f->names, " ", sizeof(f->names));
	}
	if (code == 9)
		assert_int_equal(value[0], 9);
}

static void take_packet(void *to, uint16_t code, const uint8_t *value, uint16_t len)
{
	struct record *r = to;

	switch (code) {
	case 1: take_text(r->comment, sizeof(r->comment), value, len); break;
	case 2: r->flags = get_le32(value); break;
	case 4: r->missing = get_le64(value); break;
	}
}

static void take_counts(void *to, uint16_t code, const uint8_t *value, uint16_t len)
{
	struct counts *c = to;

	switch (code) {
	case 1: take_text(c->comment, sizeof(c->comment), value, len); break;
	case 4: c->recv = get_le64(value); break;
	case 5: c->drop = get_le64(value); break;
	case 6: c->accept = get_le64(value); break;
	case 7: c->lost = get_le64(value); break;
	case 8: c->delivered = get_le64(value); break;
	}
}

static void read_packet(struct file *f, const uint8_t *b, uint32_t size)
{
	struct record spare = {0}, *r = f->packets < RECORD_MAX ? &f->at[f->packets] : &spare;
	uint32_t pad;

	r->iface = get_le32(b);
	r->time = (uint64_t)get_le32(b + 4) << 32 | get_le32(b + 8);
	r->kept = get_le32(b + 12);
	r->size = get_le32(b + 16);
	pad = (r->kept + 3) & ~3u;
	assert_true(r->iface < f->interfaces && 20 + pad <= size);
	r->number = get_be32(b + 20 + r->kept - 4);
	options_walk(b + 20 + pad, size - 20 - pad, r, take_packet);
	f->missing += r->missing;
	f->packets++;
}

/* Every block is whole. */
static struct file *file_read(const uint8_t *data, size_t size)
{
	struct file *f = g_new0(struct file, 1);

	assert_true(size >= 28 && get_le32(data) == SHB && get_le32(data + 8) == 0x1a2b3c4d);
	for (size_t at = 0; at < size;) {
		uint32_t type = get_le32(data + at), len = get_le32(data + at + 4);
		const uint8_t *body = data + at + 8;

		assert_true(len % 4 == 0 && len >= 12 && at + len <= size);
		assert_int_equal(get_le32(data + at + len - 4), len);
		switch (type) {
		case SHB: assert_int_equal(at, 0); break;
		case 1:
			assert_int_equal(get_le16(body), 1);
			f->interfaces++;
			options_walk(body + 8, len - 20, f, take_interface);
			break;
		case EPB: read_packet(f, body, len - 12); break;
		case ISB:
			options_walk(body + 12, len - 24, &f->end[get_le32(body)], take_counts);
			f->ends++;
			break;
		default: fail();
		}
		at += len;
	}
	return f;
}

/* The bytes of a capture, in memory. */
static bool gather(void *opaque, const uint8_t *data, size_t size)
{
	g_byte_array_append(opaque, data, (guint)size);
	return true;
}

struct memory {
	GByteArray *bytes;
	struct capture_sink sink;
	struct capture *c;
};

static void memory_open(struct memory *m, GArray *ports, struct capture_options o)
{
	GError *error = NULL;

	m->bytes = g_byte_array_new();
	m->sink = (struct capture_sink){.opaque = m->bytes, .write = gather};
	o.sink = &m->sink;
	o.epoch = EPOCH;
	m->c = capture_new((struct watch_point *)(void *)ports->data, ports->len, &o, &error);
	assert_null(error);
	g_array_free(ports, TRUE);
}

static struct file *memory_close(struct memory *m)
{
	struct file *f;

	capture_free(m->c);
	f = file_read(m->bytes->data, m->bytes->len);
	g_byte_array_free(m->bytes, TRUE);
	return f;
}

static GArray *ports_new(void)
{
	return g_array_new(FALSE, TRUE, sizeof(struct watch_point));
}

static GArray *target(struct net *n, const char *name)
{
	GArray *ports = ports_new();

	assert_true(watch_named(n, name, ports));
	return ports;
}

static uint64_t at_ms(unsigned ms)
{
	return EPOCH * 1000000000ull + (uint64_t)ms * MS;
}

/* ---- formats ---- */

static void test_pcap_bytes(void **state)
{
	static const uint8_t want[] = {0x4d, 0x3c, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 16, 0, 0, 0, 1, 0, 0,
				       0,
				       /* 1700000002.000000005, 16 of 20 bytes */
				       0x02, 0xf1, 0x53, 0x65, 5, 0, 0, 0, 16, 0, 0, 0, 20, 0, 0, 0, 0x52, 0x54, 0, 0,
				       0, 2, 0x52, 0x54, 0, 0, 0, 1, 0x88, 0xb5, 0, 0};
	struct fixture *x = *state;
	struct memory m;

	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, GBIT);
	join(x, "l", x->p[0], x->p[1], plain);
	memory_open(&m, target(x->n, "l"), (struct capture_options){.format = &capture_pcap, .snaplen = 16});
	send_frame(x, x->p[0], 2 * SEC + 5, 2, 1, -1, 20, 7);
	net_run(x->n, 3 * SEC);
	capture_free(m.c);
	assert_int_equal(m.bytes->len, sizeof(want));
	assert_memory_equal(m.bytes->data, want, sizeof(want));
	g_byte_array_free(m.bytes, TRUE);
	assert_ptr_equal(capture_format_for("a.b/x.pcap"), &capture_pcap);
	assert_ptr_equal(capture_format_for("x"), capture_format_find("pcapng"));
}

/* A link: each frame once, at its sender, lost or not. */
static void test_link(void **state)
{
	struct fixture *x = *state;
	struct link_params all_lost = plain;
	struct memory m;
	struct file *f;
	struct link *l;

	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, 10000000);
	l = join(x, "wan", x->p[0], x->p[1], plain);
	memory_open(&m, target(x->n, "wan"), (struct capture_options){.comment = "a lab"});
	send_frame(x, x->p[0], 1 * MS, 2, 1, -1, 60, 1);
	send_frame(x, x->p[1], 2 * MS, 1, 2, -1, 61, 2);
	net_run(x->n, 3 * MS);
	all_lost.loss = 1000000;
	link_set(l, 0, &all_lost, 3 * MS);
	send_frame(x, x->p[0], 3 * MS, 2, 1, -1, 62, 3);
	net_run(x->n, 4 * MS);
	link_set_up(l, false, 4 * MS);
	send_frame(x, x->p[1], 4 * MS, 1, 2, -1, 63, 4);
	net_run(x->n, 5 * MS);
	assert_int_equal(capture_statistics(m.c).dropped, 2);
	f = memory_close(&m);
	assert_string_equal(f->names, "p0 p1 ");
	assert_int_equal(f->packets, 4);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(f->at[i].number, i + 1);
		assert_int_equal(f->at[i].iface, i % 2);
		assert_int_equal(f->at[i].time, at_ms(i + 1));
		assert_int_equal(f->at[i].size, 60 + i);
		assert_int_equal(f->at[i].flags, 2); /* outbound */
	}
	assert_string_equal(f->at[0].comment, "");
	assert_string_equal(f->at[2].comment, "dropped: loss");
	assert_string_equal(f->at[3].comment, "dropped: link down");
	assert_int_equal(f->ends, 2);
	assert_int_equal(f->end[0].recv, 2);
	assert_int_equal(f->end[0].drop, 1);
	assert_int_equal(f->end[0].delivered, 2);
	assert_string_equal(f->end[1].comment, "dropped: link down 1");
	g_free(f);
}

/* A card that gives up a frame at once, or two milliseconds after it came. */
struct picky {
	struct net_part part;
	struct port *port;
	struct frame *kept;
};

static void picky_later(struct net_part *part, uint8_t kind, uint64_t id, uint64_t when)
{
	struct picky *k = (struct picky *)(void *)part;

	port_drop(k->port, k->kept, DROP_NIC_FULL, when);
	frame_unref(k->kept);
}

static void picky_receive(struct port *p, struct frame *f, uint64_t when)
{
	struct picky *k = p->owner;

	if (f->size < 100) {
		port_drop(p, f, DROP_NIC_FILTER, when);
		return;
	}
	k->kept = frame_ref(f);
	net_part_at(&k->part, when + 2 * MS, 0, 0);
}

static void picky_free(struct net_part *part)
{
	g_free(part);
}

/* A card: both directions; what it drops later is written when it does. */
static void test_card(void **state)
{
	static const struct port_ops picky = {.receive = picky_receive};
	static const struct net_part_ops later = {.timer = picky_later, .free = picky_free};
	struct fixture *x = *state;
	struct picky *k = g_new0(struct picky, 1);
	struct memory m;
	struct file *f;

	net_part_add(x->n, &k->part, &later, "alice");
	k->port = port_new(x->n, "alice:eth0", &picky, k, 0, 0);
	sink_new(x, 1, &sink, 0);
	join(x, "l", k->port, x->p[1], (struct link_params){.delay = MS, .queue = 10});
	memory_open(&m, target(x->n, "alice:eth0"), (struct capture_options){0});
	send_frame(x, k->port, 1 * MS, 2, 1, -1, 60, 1);
	send_frame(x, x->p[1], 1 * MS, 1, 2, -1, 60, 2);
	send_frame(x, x->p[1], 2 * MS, 1, 2, -1, 100, 3);
	net_run(x->n, 10 * MS);
	f = memory_close(&m);
	assert_int_equal(f->packets, 4);
	assert_int_equal(f->at[0].flags, 2);
	assert_int_equal(f->at[1].flags, 1);
	assert_int_equal(f->at[1].time, at_ms(2) + 672); /* 60 bytes at 1 Gbit/s */
	assert_string_equal(f->at[1].comment, "dropped: not for this card");
	assert_string_equal(f->at[2].comment, "");
	assert_int_equal(f->at[2].time, at_ms(3) + 992);
	assert_string_equal(f->at[3].comment, "dropped: no receive buffer");
	assert_int_equal(f->at[3].time, at_ms(5) + 992);
	assert_int_equal(f->end[0].recv, 3);
	assert_int_equal(f->end[0].drop, 1); /* what is for others is no loss */
	assert_string_equal(f->end[0].comment, "dropped: no receive buffer 1, not for this card 1");
	g_free(f);
}

/* A VLAN: frames as they enter the switch, once, though they are flooded; on a
 * trunk those of this VLAN only. */
static void test_vlan(void **state)
{
	static const uint16_t trunk[] = {10, 20};
	struct fixture *x = *state;
	struct net_switch *s = switch_new(x->n, "sw");
	GArray *watched = ports_new();
	struct port *port[4];
	struct memory m;
	struct file *f;

	for (unsigned i = 0; i < 4; i++) {
		g_autofree char *name = g_strdup_printf("l%u", i);

		sink_new(x, i, &sink, GBIT);
		port[i] = switch_add_port(s, i + 1, GBIT);
		join(x, name, x->p[i], port[i], plain);
		switch_set_access(port[i], 10);
	}
	switch_set_trunk(port[3], trunk, 2, 0);
	watch_ports(port, 4, true, watched);
	g_array_index(watched, struct watch_point, 3).vlan = 10;
	memory_open(&m, watched, (struct capture_options){0});
	send_frame(x, x->p[0], 1 * MS, 0xff, 1, -1, 60, 1);
	send_frame(x, x->p[3], 2 * MS, 0xff, 4, 10, 64, 2);
	send_frame(x, x->p[3], 3 * MS, 0xff, 4, 20, 64, 3); /* another VLAN */
	send_frame(x, x->p[1], 4 * MS, 4, 2, 20, 64, 4);    /* not allowed there */
	net_run(x->n, SEC);
	assert_int_equal(x->log.count, 6);
	f = memory_close(&m);
	assert_string_equal(f->names, "sw:1 sw:2 sw:3 sw:4 ");
	assert_int_equal(f->packets, 3);
	assert_int_equal(f->at[0].number, 1);
	assert_int_equal(f->at[1].number, 2);
	assert_int_equal(f->at[1].iface, 3);
	assert_int_equal(f->at[2].number, 4);
	assert_string_equal(f->at[2].comment, "dropped: VLAN not allowed on port");
	g_free(f);
}

/* Both ends of one cable in a set: its frames once. */
static void test_targets(void **state)
{
	struct fixture *x = *state;
	GArray *ports = ports_new();

	for (unsigned i = 0; i < 4; i++)
		sink_new(x, i, &sink, 0);
	join(x, "a", x->p[0], x->p[1], plain);
	join(x, "b", x->p[2], x->p[3], plain);
	watch_ports(x->p, 3, false, ports);
	assert_int_equal(g_array_index(ports, struct watch_point, 0).events, WATCH_TX);
	assert_int_equal(g_array_index(ports, struct watch_point, 1).events, WATCH_TX);
	assert_int_equal(g_array_index(ports, struct watch_point, 2).events, WATCH_TX | WATCH_RX);
	assert_false(watch_named(x->n, "nowhere", ports));
	g_array_free(ports, TRUE);
}

static void test_filter(void **state)
{
	static const uint8_t arp[60] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x52, 0x54, 0, 0, 0, 1, 0x08, 0x06};
	g_autofree char *longer = g_strnfill(FILTER_TEXT_MAX + 1, ' ');
	GError *error = NULL;
	struct filter *f = filter_new("icmp or arp", &error);

	assert_non_null(f);
	assert_true(filter_match(f, arp, sizeof(arp), false));
	assert_false(filter_match(f, arp, 13, false)); /* a cut frame is no match, and no harm */
	filter_free(f);
	f = filter_new("vlan 10 and not arp", NULL);
	assert_false(filter_match(f, arp, sizeof(arp), false));
	filter_free(f);
	assert_null(filter_new("icmp or or", &error));
	assert_true(g_error_matches(error, FILTER_ERROR, FILTER_ERROR_TEXT));
	assert_string_equal(error->message, "filter \"icmp or or\": syntax error");
	g_clear_error(&error);
	assert_null(filter_new(longer, &error));
	g_clear_error(&error);
}

/* Only what passes is written, but all is counted. */
static void test_filtered(void **state)
{
	struct fixture *x = *state;
	struct memory m;
	struct file *f;

	sink_new(x, 0, &sink, 0);
	sink_new(x, 1, &sink, 0);
	join(x, "l", x->p[0], x->p[1], plain);
	memory_open(&m, target(x->n, "l"), (struct capture_options){.filter = "greater 100", .snaplen = 64});
	for (unsigned i = 0; i < 10; i++)
		send_frame(x, x->p[0], i * MS, 2, 1, -1, i % 2 ? 60 : 150, i);
	net_run(x->n, SEC);
	assert_int_equal(capture_statistics(m.c).seen, 10);
	assert_int_equal(capture_statistics(m.c).accepted, 5);
	f = memory_close(&m);
	assert_int_equal(f->packets, 5);
	assert_int_equal(f->at[0].kept, 64);
	assert_int_equal(f->at[0].size, 150);
	assert_int_equal(f->end[0].recv, 10);
	assert_int_equal(f->end[0].accept, 5);
	g_free(f);
}

/* ---- live ---- */

static void read_all(int fd, GByteArray *to)
{
	uint8_t data[4096];
	ssize_t n;

	while ((n = read(fd, data, sizeof(data))) > 0)
		g_byte_array_append(to, data, (guint)n);
}

struct leavers {
	unsigned count;
	uint64_t lost;
};

static void left(void *opaque, int fd, uint64_t lost, const char *why)
{
	struct leavers *l = opaque;

	assert_null(why);
	l->count++;
	l->lost += lost;
}

static void reader_pair(int fd[2], bool socket)
{
	int small = 4096;

	if (socket) {
		assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
		setsockopt(fd[1], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
	} else {
		assert_int_equal(pipe(fd), 0);
	}
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
}

static void send_many(struct fixture *x, uint64_t from, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		send_frame(x, x->p[0], from + i * 1000, 2, 1, -1, 200, i);
	net_run(x->n, from + SEC);
}

static void slow_reader(struct fixture *x, bool socket)
{
	GByteArray *slow = g_byte_array_new(), *quick = g_byte_array_new();
	GArray *ports = target(x->n, "l");
	struct leavers leavers = {0};
	struct capture_options o = {.epoch = EPOCH, .limit = 20000, .gone = left, .opaque = &leavers};
	struct capture *c = capture_new((struct watch_point *)(void *)ports->data, ports->len, &o, NULL);
	uint64_t from = net_next(x->n) == TIME_NEVER ? x->now : net_next(x->n);
	struct pollfd polled[4];
	struct file *f;
	int a[2], b[2];

	reader_pair(a, socket);
	capture_stream_add(capture_live(c), a[1], &capture_pcapng);
	send_many(x, from, 1000); /* nobody reads */
	reader_pair(b, socket);
	capture_stream_add(capture_live(c), b[1], &capture_pcapng);
	assert_int_equal(capture_stream_readers(capture_live(c)), 2);
	assert_true(capture_statistics(c).lost > 500);
	assert_int_equal(capture_stream_poll(capture_live(c), polled, 4), 1);
	assert_int_equal(polled[0].fd, a[1]);
	for (unsigned i = 0; i < 40; i++) {
		read_all(a[0], slow);
		capture_flush(c);
	}
	send_many(x, from + SEC, 10);
	capture_finish(c);
	while (capture_stream_poll(capture_live(c), polled, 4)) {
		read_all(a[0], slow);
		read_all(b[0], quick);
		capture_flush(c);
	}
	capture_free(c);
	read_all(a[0], slow);
	read_all(b[0], quick);
	f = file_read(slow->data, slow->len);
	assert_int_equal(f->packets + f->missing, 1010);
	assert_int_equal(f->end[0].recv, 1010);
	assert_int_equal(f->end[0].lost, f->missing);
	assert_int_equal(f->end[0].delivered, f->packets);
	assert_int_equal(leavers.lost, f->missing);
	assert_int_equal(leavers.count, 2);
	g_free(f);
	f = file_read(quick->data, quick->len); /* a header of its own, counts since it came */
	assert_int_equal(f->packets, 10);
	assert_int_equal(f->end[0].recv, 10);
	assert_int_equal(f->end[0].lost, 0);
	g_free(f);
	close(a[0]);
	close(b[0]);
	g_byte_array_free(slow, TRUE);
	g_byte_array_free(quick, TRUE);
	g_array_free(ports, TRUE);
	x->now = from + 3 * SEC;
}

static void test_slow_reader(void **state)
{
	struct fixture *x = *state;

	sink_new(x, 0, &sink, 0);
	sink_new(x, 1, &sink, 0);
	join(x, "l", x->p[0], x->p[1], (struct link_params){.delay = MS, .queue = 10});
	slow_reader(x, false);
	slow_reader(x, true);
}

/* Whoever closes the other end goes, and takes nobody along. */
static void test_reader_gone(void **state)
{
	struct fixture *x = *state;
	GArray *ports;
	struct leavers leavers = {0};
	struct capture_options o = {.gone = left, .opaque = &leavers};
	struct capture *c;
	int a[2], b[2];

	signal(SIGPIPE, SIG_DFL);
	sink_new(x, 0, &sink, 0);
	sink_new(x, 1, &sink, 0);
	join(x, "l", x->p[0], x->p[1], plain);
	ports = target(x->n, "l");
	c = capture_new((struct watch_point *)(void *)ports->data, ports->len, &o, NULL);
	reader_pair(a, false);
	reader_pair(b, true);
	capture_stream_add(capture_live(c), a[1], &capture_pcapng);
	capture_stream_add(capture_live(c), b[1], &capture_pcap);
	close(a[0]);
	close(b[0]);
	send_many(x, 0, 3);
	capture_flush(c);
	assert_int_equal(leavers.count, 2);
	assert_int_equal(capture_stream_readers(capture_live(c)), 0);
	reader_pair(a, false);
	capture_stream_add(capture_live(c), a[1], &capture_pcapng);
	assert_true(capture_stream_remove(capture_live(c), a[1]));
	assert_false(capture_stream_remove(capture_live(c), a[1]));
	capture_free(c);
	close(a[0]);
	g_array_free(ports, TRUE);
}

/* ---- files ---- */

static void problem(void *opaque, const char *text)
{
	g_string_append_printf(opaque, "%s\n", text);
}

static void test_full_disk(void **state)
{
	struct fixture *x = *state;
	g_autoptr(GError) error = NULL;
	g_autofree char *folder = g_dir_make_tmp("capture-XXXXXX", NULL),
			*path = g_build_filename(folder, "f.pcapng", NULL);
	GString *said = g_string_new(NULL);
	struct capture_options o = {.path = path, .problem = problem, .opaque = said};
	struct rlimit before, tight;
	struct capture_stats stats;
	struct capture *c;
	GArray *ports;
	struct file *f;
	g_autofree char *data = NULL;
	gsize size;

	sink_new(x, 0, &sink, 0);
	sink_new(x, 1, &sink, 0);
	join(x, "l", x->p[0], x->p[1], (struct link_params){.delay = MS, .queue = 10});
	ports = target(x->n, "l");
	c = capture_new((struct watch_point *)(void *)ports->data, ports->len, &o, &error);
	assert_non_null(c);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &before);
	tight = before;
	tight.rlim_cur = 100001;
	setrlimit(RLIMIT_FSIZE, &tight);
	send_many(x, 0, 1000);
	capture_flush(c);
	stats = capture_statistics(c);
	capture_free(c);
	setrlimit(RLIMIT_FSIZE, &before);
	assert_true(g_str_has_suffix(said->str, "f.pcapng: File too large; the capture ends there\n"));
	assert_null(strchr(strchr(said->str, '\n') + 1, '\n')); /* once */
	assert_true(g_file_get_contents(path, &data, &size, NULL));
	f = file_read((uint8_t *)data, size);
	assert_int_equal(f->packets + stats.lost, 1000);
	assert_int_equal(f->end[0].lost, stats.lost);
	assert_true(f->packets > 200);
	g_free(f);
	unlink(path);
	rmdir(folder);
	o.path = "/nowhere/x.pcap";
	assert_null(capture_new((struct watch_point *)(void *)ports->data, ports->len, &o, &error));
	assert_string_equal(error->message, "/nowhere/x.pcap: No such file or directory");
	g_clear_error(&error);
	o.path = "/dev/full";
	assert_null(capture_new((struct watch_point *)(void *)ports->data, ports->len, &o, &error));
	assert_string_equal(error->message, "/dev/full: No space left on device");
	g_string_free(said, TRUE);
	g_array_free(ports, TRUE);
}

/* ---- a little lab: ARP, then pings, some lost ---- */

static uint16_t checksum(const uint8_t *p, unsigned size)
{
	uint32_t sum = 0;

	for (unsigned i = 0; i < size; i += 2)
		sum += get_be16(p + i);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static struct frame *arp_frame(struct net *n, uint8_t op, unsigned from, unsigned to)
{
	static const uint8_t fixed[] = {0x08, 0x06, 0, 1, 0x08, 0, 6, 4, 0};
	struct frame *f = frame_new(net_pool(n), NULL, 60);
	uint8_t *d = f->data;

	mac_of(d, op == 1 ? 0xff : to);
	mac_of(d + 6, from);
	memcpy(d + 12, fixed, sizeof(fixed));
	d[21] = op;
	mac_of(d + 22, from);
	put_be32(d + 28, 0x0a000100 + from);
	if (op == 2)
		mac_of(d + 32, to);
	put_be32(d + 38, 0x0a000100 + to);
	return f;
}

static struct frame *ping_frame(struct net *n, uint8_t type, unsigned from, unsigned to, uint16_t number)
{
	struct frame *f = frame_new(net_pool(n), NULL, 98);
	uint8_t *ip = f->data + 14, *icmp = ip + 20;

	mac_of(f->data, to);
	mac_of(f->data + 6, from);
	put_be16(f->data + 12, 0x0800);
	put_be16(ip, 0x4500);
	put_be16(ip + 2, 84);
	put_be16(ip + 8, 0x4001); /* TTL 64, ICMP */
	put_be32(ip + 12, 0x0a000100 + from);
	put_be32(ip + 16, 0x0a000100 + to);
	put_be16(ip + 10, checksum(ip, 20));
	icmp[0] = type;
	put_be16(icmp + 4, 1);
	put_be16(icmp + 6, number);
	put_be16(icmp + 2, checksum(icmp, 64));
	return f;
}

static void port_give(struct port *p, struct frame *f, uint64_t when)
{
	port_send(p, f, when);
	frame_unref(f);
}

/* Writes office.pcapng, office.pcap, alice.pcapng and live.pcapng. */
static void example_write(const char *folder)
{
	static const char *const name[] = {"office.pcapng", "office.pcap", "alice.pcapng"};
	static const char *const watch[] = {"office", "office", "p0"};
	struct fixture *x = g_new0(struct fixture, 1);
	g_autofree char *live = g_build_filename(folder, "live.pcapng", NULL);
	struct link_params params = {.delay = 100000, .queue = 10};
	struct capture *c[3];

	x->n = net_new(1);
	sink_new(x, 0, &sink, GBIT);
	sink_new(x, 1, &sink, 100000000);
	join(x, "office", x->p[0], x->p[1], params);
	for (unsigned i = 0; i < 3; i++) {
		g_autofree char *path = g_build_filename(folder, name[i], NULL);
		struct capture_options o = {
			.path = path, .epoch = EPOCH, .comment = "a test", .snaplen = i == 2 ? 60 : 0};
		GArray *ports = target(x->n, watch[i]);

		if (i < 2)
			o.filter = "icmp or arp";
		c[i] = capture_new((struct watch_point *)(void *)ports->data, ports->len, &o, NULL);
		g_array_free(ports, TRUE);
	}
	capture_stream_add(capture_live(c[0]), open(live, O_WRONLY | O_CREAT | O_TRUNC, 0666), &capture_pcapng);
	port_give(x->p[0], arp_frame(x->n, 1, 1, 2), 1 * MS);
	port_give(x->p[1], arp_frame(x->n, 2, 2, 1), 2 * MS);
	for (unsigned i = 0; i < 3; i++) {
		net_run(x->n, (3 + 2 * i) * MS);
		params.loss = i == 1 ? 1000000 : 0;
		link_set(link_find(x->n, "office"), 1, &params, (3 + 2 * i) * MS);
		port_give(x->p[0], ping_frame(x->n, 8, 1, 2, (uint16_t)i), (3 + 2 * i) * MS);
		port_give(x->p[1], ping_frame(x->n, 0, 2, 1, (uint16_t)i), (4 + 2 * i) * MS);
		capture_flush(c[0]);
	}
	net_run(x->n, SEC);
	for (unsigned i = 0; i < 3; i++)
		capture_free(c[i]);
	net_free(x->n);
	g_free(x);
}

/* Twice the same, byte for byte. */
static void test_same_bytes(void **state)
{
	static const char *const name[] = {"office.pcapng", "office.pcap", "alice.pcapng", "live.pcapng"};
	g_autofree char *folder = g_dir_make_tmp("capture-XXXXXX", NULL);
	char *data[2][4];
	gsize size[2][4];

	for (unsigned run = 0; run < 2; run++) {
		example_write(folder);
		for (unsigned i = 0; i < 4; i++) {
			g_autofree char *path = g_build_filename(folder, name[i], NULL);

			assert_true(g_file_get_contents(path, &data[run][i], &size[run][i], NULL));
			unlink(path);
		}
	}
	rmdir(folder);
	for (unsigned i = 0; i < 4; i++) {
		assert_int_equal(size[0][i], size[1][i]);
		assert_memory_equal(data[0][i], data[1][i], size[0][i]);
		g_free(data[0][i]);
		g_free(data[1][i]);
	}
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		TEST(test_pcap_bytes),  TEST(test_link),      TEST(test_card),       TEST(test_vlan),
		TEST(test_targets),     TEST(test_filter),    TEST(test_filtered),   TEST(test_slow_reader),
		TEST(test_reader_gone), TEST(test_full_disk), TEST(test_same_bytes),
	};

	if (argc == 2) {
		example_write(argv[1]);
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
