/* What all kinds of uplink have in common: ports on the fabric, places of
 * neighbours, what is input and what is state; see uplink.h. */
#include "engine/uplink/uplink.h"

#include <gio/gio.h>
#include <string.h>

#include "engine/net/part.h"
#include "engine/uplink/spawner.h"

struct place {
	bool there;
	uint64_t received, sent, lost; /* frames, host side: for people only */
};

struct uplink {
	struct net_part part;
	const struct uplink_kind *kind;
	const struct uplink_settings *settings;
	const struct uplink_host *host;
	void *self;
	enum uplink_mode mode;
	bool shared, open;
	unsigned places;
	struct place *place; /* [places] */
	struct port **port;  /* [places], or one if shared */
	unsigned present;
	/* while input is taken */
	uint64_t now;
	bool resumed;
	unsigned taken;
};

static struct port *port_of(const struct uplink *u, unsigned place)
{
	return u->port[u->shared ? 0 : place - 1];
}

/* ---- out ---- */

static void send_to(struct uplink *u, unsigned place, struct frame *f, uint64_t when)
{
	/* What has state follows what happens in a replay, too. */
	if (!u->place[place - 1].there || (u->mode == UPLINK_OFF && !u->kind->state)) {
		uplink_lost(u, place, f);
		return;
	}
	u->place[place - 1].sent++;
	u->kind->send(u->self, place, f, when);
}

static void receive(struct port *p, struct frame *f, uint64_t when)
{
	struct uplink *u = p->owner;

	u->now = when;
	if (f->size > UPLINK_FRAME_MAX) {
		port_drop(p, f, DROP_TOO_LONG, when);
		return;
	}
	if (!u->shared) {
		send_to(u, p->index + 1, f, when);
		return;
	}
	for (unsigned n = 1; n <= u->places; n++)
		if (u->place[n - 1].there)
			send_to(u, n, f, when);
}

static const struct port_ops ports = {.receive = receive, .outside = true};

void uplink_lost(struct uplink *u, unsigned place, const struct frame *f)
{
	u->place[place - 1].lost++;
	port_drop(port_of(u, place), f, DROP_UPLINK, u->now);
}

/* ---- in ---- */

/* To the other neighbours at the same port. */
static void repeat(struct uplink *u, unsigned place, struct frame *f, uint64_t when)
{
	for (unsigned n = 1; n <= u->places; n++)
		if (n != place && u->place[n - 1].there)
			send_to(u, n, f, when);
}

static bool wanted(struct uplink *u, struct port *p, struct frame *f, uint64_t when)
{
	if (f->size < FRAME_MIN)
		port_drop(p, f, DROP_TOO_SHORT, when);
	else if (f->size > UPLINK_FRAME_MAX)
		port_drop(p, f, DROP_TOO_LONG, when);
	else if (u->resumed && u->taken >= UPLINK_BOUND)
		port_drop(p, f, DROP_PAUSED, when);
	else
		return true;
	return false;
}

static struct frame *padded(struct uplink *u, const void *data, uint32_t size)
{
	struct frame *f;

	if (size >= UPLINK_FRAME_MIN || size < FRAME_MIN)
		return frame_new(net_pool(u->part.net), data, MIN(size, FRAME_MAX));
	f = frame_new(net_pool(u->part.net), NULL, UPLINK_FRAME_MIN);
	memcpy(f->data, data, size);
	return f;
}

void uplink_frame(struct uplink *u, unsigned place, const void *data, uint32_t size, uint64_t when, bool answer)
{
	struct port *p = port_of(u, place);
	struct frame *f = padded(u, data, size);

	u->place[place - 1].received++;
	if (wanted(u, p, f, when)) {
		u->taken++;
		u->host->frame(u->host->opaque, u, place, data, size, when, answer);
		port_send(p, f, answer ? when + UPLINK_LATENCY : when);
		if (u->shared)
			repeat(u, place, f, when);
	}
	frame_unref(f);
}

void uplink_receive(struct uplink *u, unsigned place, const void *data, uint32_t size)
{
	uplink_frame(u, place, data, size, u->now, false);
}

void uplink_answer(struct uplink *u, unsigned place, const void *data, uint32_t size)
{
	uplink_frame(u, place, data, size, u->now, true);
}

void uplink_say(struct uplink *u, unsigned place, const void *data, uint32_t size)
{
	struct frame *f = padded(u, data, size);

	port_send(port_of(u, place), f, u->now + UPLINK_LATENCY);
	frame_unref(f);
}

/* ---- neighbours ---- */

void uplink_peer(struct uplink *u, unsigned place, bool there, uint64_t when)
{
	struct place *p = &u->place[place - 1];

	if (p->there == there)
		return;
	u->host->peer(u->host->opaque, u, place, there, when);
	p->there = there;
	u->present += there ? 1 : -1u;
	port_set_phy(port_of(u, place), u->shared ? u->present : there, 0, when);
}

unsigned uplink_take_place(struct uplink *u)
{
	for (unsigned n = 1; n <= u->places; n++)
		if (!u->place[n - 1].there) {
			uplink_peer(u, n, true, u->now);
			return n;
		}
	return 0;
}

void uplink_leave_place(struct uplink *u, unsigned place)
{
	uplink_peer(u, place, false, u->now);
}

/* ---- the part of the fabric ---- */

static void state(struct net_part *part, struct state *s)
{
	struct uplink *u = (struct uplink *)part;

	if (u->kind->state)
		u->kind->state(u->self, s);
}

static void timer(struct net_part *part, uint8_t kind, uint64_t id, uint64_t when)
{
	struct uplink *u = (struct uplink *)part;

	u->now = when;
	u->kind->timer(u->self, kind, id, when);
}

static bool timer_valid(const struct net_part *part, uint8_t kind, uint64_t id)
{
	return ((const struct uplink *)part)->kind->timer != NULL;
}

static void part_free(struct net_part *part)
{
	struct uplink *u = (struct uplink *)part;

	u->kind->free(u->self);
	g_free(u->place);
	g_free(u->port);
	g_free(u);
}

static const struct net_part_ops part_ops = {
	.state = state,
	.timer = timer,
	.timer_valid = timer_valid,
	.free = part_free,
};

static void add_ports(struct uplink *u, const char *name)
{
	unsigned count = uplink_ports(u);

	u->port = g_new(struct port *, count);
	for (unsigned n = 0; n < count; n++) {
		g_autofree char *own = count == 1 ? g_strdup(name) : g_strdup_printf("%s:%u", name, n + 1);

		u->port[n] = port_new(u->part.net, own, &ports, u, n, 0);
		port_set_phy(u->port[n], false, 0, 0);
	}
}

struct uplink *uplink_new(struct net *n, const char *name, const struct uplink_kind *kind,
			  const struct uplink_settings *settings, bool shared, const struct uplink_host *host)
{
	struct uplink *u = g_new0(struct uplink, 1);

	u->kind = kind;
	u->settings = settings;
	u->host = host;
	u->places = kind->places ? kind->places(settings) : 1;
	u->shared = shared;
	u->place = g_new0(struct place, u->places);
	net_part_add(n, &u->part, &part_ops, name);
	add_ports(u, name);
	u->self = kind->make(u, settings);
	return u;
}

bool uplink_start(struct uplink *u, enum uplink_mode mode, GError **error)
{
	bool opens = !u->kind->open || u->kind->open(u->settings);

	u->mode = mode == UPLINK_SEALED && opens ? UPLINK_OFF : mode;
	if (u->mode == UPLINK_OFF)
		return true;
	u->open = opens;
	if (u->kind->start(u->self, u->mode == UPLINK_SEALED, error))
		return true;
	u->mode = UPLINK_OFF;
	u->open = false;
	g_prefix_error(error, "uplink %s: ", u->part.name);
	return false;
}

void uplink_stop(struct uplink *u, uint64_t now)
{
	u->now = now;
	if (u->mode != UPLINK_OFF)
		u->kind->stop(u->self);
	u->mode = UPLINK_OFF;
}

/* ---- the host's side ---- */

void uplink_poll(struct uplink *u, GArray *fds)
{
	if (u->mode != UPLINK_OFF && u->kind->poll)
		u->kind->poll(u->self, fds);
}

void uplink_input(struct uplink *u, bool resumed, uint64_t now)
{
	u->now = now;
	u->resumed = resumed;
	u->taken = 0;
	if (u->mode != UPLINK_OFF && u->kind->input)
		u->kind->input(u->self);
	u->resumed = false;
}

void uplink_flush(struct uplink *u, uint64_t now)
{
	u->now = now; /* a neighbour may turn out to be gone */
	if (u->mode != UPLINK_OFF && u->kind->flush)
		u->kind->flush(u->self);
}

void uplink_note(struct uplink *u, const char *format, ...)
{
	g_autofree char *text = NULL, *line = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	line = g_strdup_printf("uplink %s: %s", u->part.name, text);
	u->host->note(u->host->opaque, line, u->now);
}

void uplink_opened(struct uplink *u)
{
	u->open = true;
}

int uplink_ask(struct uplink *u, unsigned task, const char *argument, GError **error)
{
	return spawner_ask(u->host->spawner, u->part.name, task, argument, error);
}

void uplink_at(struct uplink *u, uint64_t when, uint8_t kind, uint64_t id)
{
	net_part_at(&u->part, when, kind, id);
}

/* ---- what it is ---- */

const char *uplink_name(const struct uplink *u)
{
	return u->part.name;
}
const struct uplink_kind *uplink_kind(const struct uplink *u)
{
	return u->kind;
}
const struct uplink_settings *uplink_settings(const struct uplink *u)
{
	return u->settings;
}
unsigned uplink_places(const struct uplink *u)
{
	return u->places;
}
unsigned uplink_ports(const struct uplink *u)
{
	return u->shared ? 1 : u->places;
}
struct port *uplink_port(const struct uplink *u, unsigned n)
{
	return n < uplink_ports(u) ? u->port[n] : NULL;
}
bool uplink_is_open(const struct uplink *u)
{
	return u->open;
}
enum uplink_mode uplink_mode(const struct uplink *u)
{
	return u->mode;
}
unsigned uplink_present(const struct uplink *u)
{
	return u->present;
}
uint64_t uplink_now(const struct uplink *u)
{
	return u->now;
}

/* ---- for people ---- */

const char *uplink_state(const struct uplink *u)
{
	if (u->mode == UPLINK_OFF)
		return "closed";
	return u->open ? "open" : "sealed";
}

static void show_number(void (*add)(void *opaque, const char *name, const char *value), void *opaque, const char *name,
			uint64_t value)
{
	g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);

	add(opaque, name, text);
}

void uplink_show(struct uplink *u, void (*add)(void *opaque, const char *name, const char *value), void *opaque)
{
	g_autofree char *what = u->kind->describe(u->settings);
	struct place sum = {0};

	for (unsigned n = 0; n < u->places; n++) {
		sum.received += u->place[n].received;
		sum.sent += u->place[n].sent;
		sum.lost += u->place[n].lost;
	}
	add(opaque, "kind", u->kind->name);
	add(opaque, "state", uplink_state(u));
	add(opaque, "door", what);
	show_number(add, opaque, "peers", u->present);
	show_number(add, opaque, "received", sum.received);
	show_number(add, opaque, "sent", sum.sent);
	show_number(add, opaque, "lost", sum.lost);
	if (u->kind->show)
		u->kind->show(u->self, add, opaque);
}

bool uplink_set(struct uplink *u, const char *key, const char *value, GError **error)
{
	if (u->kind->set)
		return u->kind->set(u->self, key, value, error);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "uplink %s: nothing of a %s can be set",
		    u->part.name, u->kind->name);
	return false;
}
