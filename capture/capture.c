/* From what watchers are told to records.
 *
 * Events of one port at one time come together, drops last (net.h); so frames
 * are held until the port or the time changes, to learn whether they were
 * dropped at once. */
#include "capture/capture.h"

#include <string.h>

#include "engine/net/filter.h"
#include "engine/net/link.h"

#define NS_PER_SECOND 1000000000u

/* One watched port. */
struct tap {
	struct watcher watcher; /* first: the fabric gives it back */
	struct capture *capture;
	struct watch_point at;
	unsigned iface;
};

struct held {
	struct frame *frame;
	bool outbound;
	const char *dropped;
};

struct capture {
	struct capture_session session;
	struct tap *taps;
	struct filter *filter; /* NULL: everything */
	uint64_t epoch;        /* ns since 1970 */
	uint64_t began;        /* likewise */
	char *filter_text, *comment;
	/* struct held: what passed here, then. */
	GArray *held;
	const struct tap *held_at;
	uint64_t held_when;
	struct capture_file *file; /* NULL: none */
	struct capture_stream *stream;
	struct capture_sink sink;
	const struct capture_format *format;
	GByteArray *record; /* for the sink */
	bool finished;
};

/* ---- out ---- */

static void sink_packet(struct capture *c, const struct watch_point *at, const struct capture_packet *p)
{
	if (c->sink.packet)
		c->sink.packet(c->sink.opaque, at, p);
	if (!c->sink.write)
		return;
	g_byte_array_set_size(c->record, 0);
	c->format->packet(c->record, p);
	if (!c->sink.write(c->sink.opaque, c->record->data, c->record->len))
		c->sink.write = NULL;
}

static void held_write(struct capture *c, const struct tap *t, const struct held *h, uint64_t when)
{
	uint32_t snaplen = c->session.snaplen;
	struct capture_packet p = {.iface = t->iface,
				   .time = c->epoch + when,
				   .outbound = h->outbound,
				   .damaged = h->frame->damaged,
				   .data = h->frame->data,
				   .size = h->frame->size,
				   .kept = h->frame->size,
				   .dropped = h->dropped};

	if (snaplen && p.kept > snaplen)
		p.kept = snaplen;
	c->session.ifaces[t->iface].counts.accepted++;
	if (c->file)
		capture_file_packet(c->file, &p);
	capture_stream_packet(c->stream, &p);
	sink_packet(c, &t->at, &p);
}

static void held_settle(struct capture *c)
{
	for (guint i = 0; i < c->held->len; i++) {
		const struct held *h = &g_array_index(c->held, struct held, i);

		held_write(c, c->held_at, h, c->held_when);
		frame_unref(h->frame);
	}
	g_array_set_size(c->held, 0);
}

/* ---- in ---- */

static bool filter_passes(const struct capture *c, const struct frame *f, bool outbound)
{
	return !c->filter || filter_match(c->filter, f->data, f->size, outbound);
}

static void frame_hold(struct capture *c, const struct frame *f, bool outbound, const char *dropped)
{
	struct held h = {.outbound = outbound, .dropped = dropped};

	/* Holding a frame changes its count only, never what it says. */
	h.frame = frame_ref((struct frame *)(uintptr_t)f);
	g_array_append_val(c->held, h);
}

/* Reasons by which a port loses what it sends; all others concern what it
 * received. */
static bool reason_sending(enum drop_reason reason)
{
	return reason == DROP_NO_CARRIER || reason == DROP_QUEUE_FULL || reason == DROP_LOSS ||
	       reason == DROP_TOO_SHORT || reason == DROP_TOO_LONG || reason == DROP_QUEUE_OLD || reason == DROP_MTU;
}

static bool held_mark(struct capture *c, const struct frame *f, enum drop_reason reason)
{
	for (guint i = 0; i < c->held->len; i++) {
		struct held *h = &g_array_index(c->held, struct held, i);

		if (h->frame == f && !h->dropped) {
			h->dropped = drop_text(reason);
			return true;
		}
	}
	return false;
}

static void tap_drop(struct tap *t, const struct frame *f, enum drop_reason reason)
{
	struct capture *c = t->capture;
	bool outbound = reason_sending(reason);

	c->session.ifaces[t->iface].counts.drops[reason]++;
	if (held_mark(c, f, reason))
		return;
	if ((t->at.events & (outbound ? WATCH_TX : WATCH_RX)) && filter_passes(c, f, outbound))
		frame_hold(c, f, outbound, drop_text(reason));
}

static void tap_frame(struct watcher *w, struct port *p, enum port_event event, const struct frame *f, uint64_t when,
		      enum drop_reason reason)
{
	struct tap *t = (struct tap *)w;
	struct capture *c = t->capture;

	if (c->held_at != t || c->held_when != when) {
		held_settle(c);
		c->held_at = t;
		c->held_when = when;
	}
	if (c->epoch + when > c->session.now)
		c->session.now = c->epoch + when;
	if (!watch_wants(&t->at, f))
		return;
	if (event == PORT_DROP) {
		tap_drop(t, f, reason);
	} else if (t->at.events & 1u << event) {
		c->session.ifaces[t->iface].counts.seen++;
		if (filter_passes(c, f, event == PORT_TX))
			frame_hold(c, f, event == PORT_TX, NULL);
	}
}

/* ---- making and ending ---- */

static char *port_description(const struct port *p)
{
	const struct port *far;

	if (!p->link)
		return g_strdup("no cable");
	far = link_port(p->link, p->end ^ 1);
	return g_strdup_printf("to %s, link %s", far->name, link_name(p->link));
}

static void taps_make(struct capture *c, const struct watch_point *ports, unsigned count)
{
	c->session.count = count;
	c->session.ifaces = g_new0(struct capture_iface, count);
	c->taps = g_new0(struct tap, count);
	for (unsigned i = 0; i < count; i++) {
		struct capture_iface *iface = &c->session.ifaces[i];

		c->taps[i] = (struct tap){.watcher.frame = tap_frame, .capture = c, .at = ports[i], .iface = i};
		iface->name = g_strdup(ports[i].port->name);
		iface->description = port_description(ports[i].port);
		iface->speed = port_speed(ports[i].port);
	}
}

static bool outputs_open(struct capture *c, const struct capture_options *o, GError **error)
{
	c->stream = capture_stream_new(&c->session, o->limit);
	capture_stream_tell(c->stream, o->gone, o->opaque);
	c->format = o->format;
	if (!c->format)
		c->format = o->path ? capture_format_for(o->path) : capture_formats[0];
	if (o->path) {
		c->file = capture_file_new(o->path, c->format, &c->session, error);
		if (!c->file)
			return false;
		capture_file_tell(c->file, o->problem, o->opaque);
	}
	if (o->sink)
		c->sink = *o->sink;
	if (!c->sink.write)
		return true;
	c->format->header(c->record, &c->session);
	if (!c->sink.write(c->sink.opaque, c->record->data, c->record->len))
		c->sink.write = NULL;
	return true;
}

static void capture_destroy(struct capture *c)
{
	capture_file_free(c->file);
	capture_stream_free(c->stream);
	filter_free(c->filter);
	for (unsigned i = 0; i < c->session.count; i++) {
		g_free(c->session.ifaces[i].name);
		g_free(c->session.ifaces[i].description);
	}
	g_free(c->session.ifaces);
	g_free(c->taps);
	if (c->session.names)
		g_array_unref(c->session.names);
	g_free(c->filter_text);
	g_free(c->comment);
	g_array_free(c->held, TRUE);
	g_byte_array_free(c->record, TRUE);
	g_free(c);
}

struct capture *capture_new(const struct watch_point *ports, unsigned count, const struct capture_options *options,
			    GError **error)
{
	struct capture *c = g_new0(struct capture, 1);
	bool filtered = options->filter && *options->filter;

	c->held = g_array_new(FALSE, FALSE, sizeof(struct held));
	c->record = g_byte_array_new();
	c->epoch = options->epoch * NS_PER_SECOND;
	c->filter_text = g_strdup(filtered ? options->filter : NULL);
	c->comment = g_strdup(options->comment);
	c->session.filter = c->filter_text;
	c->session.comment = c->comment;
	c->session.names = options->names ? g_array_ref(options->names) : NULL;
	c->session.snaplen = options->snaplen;
	c->session.now = c->began = c->epoch + options->start;
	taps_make(c, ports, count);
	if (filtered)
		c->filter = filter_new(options->filter, error);
	if ((filtered && !c->filter) || !outputs_open(c, options, error)) {
		capture_destroy(c);
		return NULL;
	}
	for (unsigned i = 0; i < count; i++)
		port_watch(ports[i].port, &c->taps[i].watcher);
	return c;
}

/* Counts for the sink; file and stream write their own. */
static void sink_finish(struct capture *c)
{
	if (!c->sink.write || !c->format->summary)
		return;
	g_byte_array_set_size(c->record, 0);
	for (unsigned i = 0; i < c->session.count; i++) {
		struct capture_tally tally = {.delivered = c->session.ifaces[i].counts.accepted};
		struct capture_summary sum = capture_summarize(&c->session, i, c->began, NULL, &tally);

		c->format->summary(c->record, &sum);
	}
	c->sink.write(c->sink.opaque, c->record->data, c->record->len);
}

void capture_finish(struct capture *c)
{
	if (c->finished)
		return;
	c->finished = true;
	for (unsigned i = 0; i < c->session.count; i++)
		port_unwatch(c->taps[i].at.port, &c->taps[i].watcher);
	held_settle(c);
	sink_finish(c);
	if (c->file)
		capture_file_finish(c->file);
	capture_stream_finish(c->stream);
}

void capture_free(struct capture *c)
{
	if (!c)
		return;
	capture_finish(c);
	capture_destroy(c);
}

void capture_flush(struct capture *c)
{
	held_settle(c);
	if (c->file)
		capture_file_flush(c->file);
	capture_stream_flush(c->stream);
}

struct capture_stream *capture_live(struct capture *c)
{
	return c->stream;
}

struct capture_stats capture_statistics(const struct capture *c)
{
	struct capture_stats s = {.lost = capture_stream_lost(c->stream)};

	for (unsigned i = 0; i < c->session.count; i++) {
		const struct capture_counts *counts = &c->session.ifaces[i].counts;

		s.seen += counts->seen;
		s.accepted += counts->accepted;
		for (unsigned r = 0; r < DROP_COUNT; r++)
			s.dropped += counts->drops[r];
	}
	if (c->file)
		s.lost += capture_file_lost(c->file);
	return s;
}
