/* Ports that note what reaches them; see net_lab.h. */
#include "tests/unit/net_lab.h"

const struct link_params plain = {.delay = 1000, .rate = GBIT, .queue = LINK_QUEUE};

static struct log *log_of(struct port *p)
{
	return p->owner;
}

static void sink_receive(struct port *p, struct frame *f, uint64_t when)
{
	struct log *l = log_of(p);
	struct got *g = &l->got[l->count++];

	assert_true(l->count < GOT_MAX);
	*g = (struct got){
		.when = when, .size = f->size, .number = get_be32(f->data + f->size - 4), .tci = -1, .port = p->index};
	if (get_be16(f->data + 12) == 0x8100)
		g->tci = get_be16(f->data + 14);
}

static void sink_carrier(struct port *p, bool up, uint64_t when)
{
	char note[3] = {(char)('A' + p->index), up ? 'u' : 'd', 0};

	strcat(log_of(p)->carrier, note);
}

const struct port_ops sink = {.receive = sink_receive, .carrier = sink_carrier};

const struct port_ops sink_early = {.receive = sink_receive, .carrier = sink_carrier, .early = true};

int setup(void **state)
{
	struct fixture *x = g_new0(struct fixture, 1);

	x->n = net_new(1);
	*state = x;
	return 0;
}

int teardown(void **state)
{
	struct fixture *x = *state;

	net_run(x->n, TIME_NEVER);
	assert_int_equal(frame_pool_live(net_pool(x->n)), 0);
	net_free(x->n);
	g_free(x);
	return 0;
}

struct port *sink_new(struct fixture *x, unsigned i, const struct port_ops *ops, uint64_t rate)
{
	char name[8] = {'p', (char)('0' + i), 0};

	return x->p[i] = port_new(x->n, name, ops, &x->log, i, rate);
}

struct link *join(struct fixture *x, const char *name, struct port *a, struct port *b, struct link_params params)
{
	struct link_params both[2] = {params, params};

	return link_new(x->n, name, a, b, both);
}

void mac_of(uint8_t *mac, unsigned host)
{
	const uint8_t m[6] = {0x52, 0x54, 0, 0, 0, (uint8_t)host};

	memcpy(mac, m, 6);
	if (host == 0xff)
		memset(mac, 0xff, 6);
}

void send_frame(struct fixture *x, struct port *p, uint64_t when, unsigned dst, unsigned src, int tci, uint32_t size,
		uint32_t number)
{
	struct frame *f = frame_new(net_pool(x->n), NULL, size);

	mac_of(f->data, dst);
	mac_of(f->data + 6, src);
	put_be16(f->data + 12, tci < 0 ? 0x88b5 : 0x8100);
	if (tci >= 0) {
		put_be16(f->data + 14, (uint16_t)tci);
		put_be16(f->data + 16, 0x88b5);
	}
	put_be32(f->data + size - 4, number);
	port_send(p, f, when);
	frame_unref(f);
}

void diary_frame(struct watcher *w, struct port *p, enum port_event event, const struct frame *f, uint64_t when,
		 enum drop_reason reason)
{
	struct diary *d = (struct diary *)w;
	g_autofree char *line = g_strdup_printf("%s%c%u ", p->name, "RTD"[event], get_be32(f->data + f->size - 4));

	assert_true(when >= d->last);
	d->last = when;
	g_strlcat(d->text, line, sizeof(d->text));
}
