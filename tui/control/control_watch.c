/* Packets for clients of the control socket, as events: what passes the ports of one
 * thing or of the whole lab. A client that does not keep up is told how many it
 * missed; the lab never waits for it. */
#include <gio/gio.h>
#include <string.h>

#include "engine/clock/pace.h"
#include "engine/net/filter.h"
#include "engine/net/link.h"
#include "engine/net/watch.h"
#include "tui/control/control_priv.h"
#include "tui/control/watch.h"

#define WAITING_MAX (1u << 20) /* bytes for the client; then packets are only counted */
#define PER_SECOND 2000u       /* packets of the wall clock's second that are told: it is people who read them */
#define AT_ONCE 400u           /* ... that may come together */
#define BYTES_MAX 2048u        /* of a frame that are passed on */

struct port_watch { /* one a port: a watcher is linked into its port's list */
	struct watcher watcher;
	struct control_watch *watch;
	struct watch_point point;
};

struct control_watch {
	struct control_client *client;
	struct filter *filter;
	GPtrArray *ports; /* struct port_watch */
	uint64_t number, missed;
	uint64_t left, filled; /* packets that may be told; when they were last more, by the wall clock */
	bool stop;             /* the next one stops the lab */
};

static void free_port_watch(gpointer opaque)
{
	struct port_watch *w = opaque;

	port_unwatch(w->point.port, &w->watcher);
	g_free(w);
}

void control_watch_free(struct control_watch *w)
{
	if (!w)
		return;
	g_ptr_array_unref(w->ports);
	filter_free(w->filter);
	g_free(w);
}

/* The lab stands still after the window: before anybody can have received it. */
static void stop_lab(struct control_watch *w, uint64_t when)
{
	struct lab_clock *clock = w->client->control->clock;

	w->stop = false;
	if (clock->paused)
		return;
	clock->paused = clock->changed = true;
	control_note(w->client->control, "paused: a frame matched", when);
}

static void tell(struct control_watch *w, const struct port *p, enum port_event event, const struct frame *f,
		 uint64_t when, enum drop_reason reason)
{
	static const char *const names[] = {"rx", "tx", "drop"};
	g_autoptr(JsonBuilder) b = json_builder_new();
	const struct port *far = p->link ? link_port(p->link, !p->end) : NULL;

	json_builder_begin_object(b);
	control_add_number(b, "number", w->number);
	control_add_number(b, "missed", w->missed);
	control_add_number(b, "time_ns", when);
	control_add_text(b, "port", p->name);
	control_add_text(b, "far", far ? far->name : "");
	control_add_text(b, "event", names[event]);
	control_add_text(b, "reason", event == PORT_DROP ? drop_text(reason) : "");
	control_add_number(b, "size", f->size);
	control_add_bytes(b, "data", f->data, MIN(f->size, BYTES_MAX));
	json_builder_end_object(b);
	control_event(w->client, "PACKET", b, when);
}

/* Telling takes the lab's time: a flood is counted. */
static bool may_tell(struct control_watch *w)
{
	uint64_t now = pace_wall(), more = (now - w->filled) / (1000000000u / PER_SECOND);

	if (more) {
		w->left = MIN(w->left + more, AT_ONCE);
		w->filled = now;
	}
	if (!w->left || control_waiting(w->client) > WAITING_MAX)
		return false;
	w->left--;
	return true;
}

static void frame(struct watcher *watcher, struct port *p, enum port_event event, const struct frame *f, uint64_t when,
		  enum drop_reason reason)
{
	const struct port_watch *one = (struct port_watch *)(void *)watcher;
	struct control_watch *w = one->watch;

	/* A card that looks away from what is not for it loses nothing. */
	if (event == PORT_DROP && reason == DROP_NIC_FILTER)
		return;
	if ((event == PORT_RX && !(one->point.events & WATCH_RX)) ||
	    (event == PORT_TX && !(one->point.events & WATCH_TX)) || !watch_wants(&one->point, f) ||
	    !filter_match(w->filter, f->data, f->size, event == PORT_TX))
		return;
	w->number++;
	if (w->stop)
		stop_lab(w, when);
	if (!may_tell(w))
		w->missed++;
	else
		tell(w, p, event, f, when, reason);
}

static void watch_port(struct control_watch *w, const struct watch_point *point)
{
	struct port_watch *one = g_new0(struct port_watch, 1);

	one->watcher.frame = frame;
	one->watch = w;
	one->point = *point;
	port_watch(point->port, &one->watcher);
	g_ptr_array_add(w->ports, one);
}

static bool watch_target(struct control_watch *w, struct lab *l, const char *target, GError **error)
{
	g_autoptr(GArray) points = g_array_new(FALSE, FALSE, sizeof(struct watch_point));

	if (!lab_watch_find(l, *target ? target : LAB_WATCH_ALL, points, error))
		return false;
	for (guint n = 0; n < points->len; n++)
		watch_port(w, &g_array_index(points, struct watch_point, n));
	return true;
}

/* target: a thing that can be watched, "" for the whole lab; filter: tcpdump's words;
 * stop: "yes" stops the lab at the first packet. Packets come as events until the
 * next watch, or unwatch. */
JsonNode *control_watch(struct control_client *c, JsonObject *arguments, GError **error)
{
	const char *target = control_text(arguments, "target", error);
	const char *text = target ? control_text(arguments, "filter", error) : NULL;
	struct filter *filter = text ? filter_new(text, error) : NULL;
	struct control_watch *w;

	if (!filter)
		return NULL;
	w = g_new0(struct control_watch, 1);
	w->client = c;
	w->filter = filter;
	w->ports = g_ptr_array_new_with_free_func(free_port_watch);
	w->stop = !strcmp(json_object_get_string_member_with_default(arguments, "stop", ""), "yes");
	if (!watch_target(w, c->control->lab, target, error)) {
		control_watch_free(w);
		return NULL;
	}
	control_watch_free(c->watch);
	c->watch = w;
	return control_done();
}

JsonNode *control_unwatch(struct control_client *c, JsonObject *arguments, GError **error)
{
	g_clear_pointer(&c->watch, control_watch_free);
	return control_done();
}
