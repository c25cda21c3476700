/* The packets of a thing or of the whole lab as they pass, one of them in full, and the
 * way of one through the lab. */
#include <string.h>

#include "tui/console/decode.h"
#include "tui/console/view.h"

#define DETAILS_FROM 16 /* rows of the view from which there is room for the details */

static const struct model_packet *packet_at(const struct console *c, guint n)
{
	return &g_array_index(c->model->packets, struct model_packet, n);
}

/* ---- the way of a frame ---- */

static const uint8_t *behind_tags(const uint8_t *p, gsize *size)
{
	gsize at = 12;

	while (*size >= at + 6 && p[at] == 0x81 && p[at + 1] == 0)
		at += 4;
	*size = *size > at ? *size - at : 0;
	return p + at;
}

/* The same packet at another place: IPv4 by what routers leave alone, others by every byte
 * behind addresses and tags. */
static bool same(const struct model_packet *a, const struct model_packet *b)
{
	gsize na, nb;
	const uint8_t *pa = g_bytes_get_data(a->bytes, &na), *pb = g_bytes_get_data(b->bytes, &nb);

	if (na < 14 || nb < 14)
		return false;
	pa = behind_tags(pa, &na);
	pb = behind_tags(pb, &nb);
	if (na >= 2 + 28 && nb >= 2 + 28 && pa[0] == 8 && pa[1] == 0 && pb[0] == 8 && pb[1] == 0)
		return !memcmp(pa + 6, pb + 6, 2) && pa[11] == pb[11] && !memcmp(pa + 14, pb + 14, 8) &&
		       !memcmp(pa + 22, pb + 22, 8);
	return na == nb && !memcmp(pa, pb, na);
}

static const struct model_packet *hop_origin(const struct console *c)
{
	for (guint n = 0; c->hop && n < c->model->packets->len; n++)
		if (packet_at(c, n)->number == c->hop)
			return packet_at(c, n);
	return NULL;
}

/* Indexes of what is listed. */
static GArray *listed(const struct console *c)
{
	GArray *all = g_array_new(FALSE, FALSE, sizeof(guint));
	const struct model_packet *origin = hop_origin(c);

	for (guint n = 0; n < c->model->packets->len; n++)
		if (!origin || same(origin, packet_at(c, n)))
			g_array_append_val(all, n);
	return all;
}

/* ---- drawing ---- */

/* An Ethernet address by its last half, where there is no room for more. */
static void shorten(char *text)
{
	if (strlen(text) == 17 && text[2] == ':')
		memmove(text, text + 9, 9);
}

static void draw_packet(struct console *c, struct canvas *canvas, struct area a, int y, const struct model_packet *p,
			bool selected)
{
	bool wide = a.w >= 100;
	enum style style = selected ? STYLE_SELECTED : p->drop ? STYLE_BAD : STYLE_PLAIN;
	struct decoded d;
	char time[32];
	gsize size;
	const uint8_t *bytes = g_bytes_get_data(p->bytes, &size);
	int x = 0;

	decode_frame(bytes, size, &d);
	if (!wide) {
		shorten(d.source);
		shorten(d.destination);
	}
	model_time(p->when, time);
	if (selected)
		canvas_fill(canvas, (struct area){a.x, a.y + y, a.w, 1}, ' ', style);
	canvas_printf(canvas, a, x, y, style, "%11s", time);
	x += 12;
	canvas_printf(canvas, (struct area){a.x, a.y, x + 13, a.h}, x, y, style, "%s%s", p->port,
		      p->drop     ? " ✗"
		      : p->leaves ? " →"
				  : " ←");
	x += 14;
	canvas_text(canvas, (struct area){a.x, a.y, x + (wide ? 24 : 15), a.h}, x, y, style, d.source);
	x += wide ? 25 : 16;
	canvas_text(canvas, (struct area){a.x, a.y, x + (wide ? 24 : 15), a.h}, x, y, style, d.destination);
	x += wide ? 25 : 16;
	canvas_text(canvas, a, x, y, style, d.protocol);
	x += wide ? 9 : 7;
	canvas_printf(canvas, a, x, y, style, "%s%s", p->drop ? "LOST: " : "", p->drop ? p->reason : d.summary);
}

static void draw_list(struct console *c, struct canvas *canvas, struct area a, const GArray *all)
{
	int count = (int)all->len, first;

	c->packet = c->follow ? count - 1 : CLAMP(c->packet, 0, MAX(count - 1, 0));
	first = CLAMP(c->packet - a.h / 2, 0, MAX(0, count - a.h));
	for (int y = 0; y < a.h && first + y < count; y++)
		draw_packet(c, canvas, a, y, packet_at(c, g_array_index(all, guint, first + y)),
			    first + y == c->packet);
	if (!count)
		canvas_text(canvas, a, 2, 1, STYLE_DIM, "no packets yet");
}

static void draw_details(struct console *c, struct canvas *canvas, struct area a, const GArray *all)
{
	const struct model_packet *p;
	g_autofree char *text = NULL, *title = NULL;
	g_auto(GStrv) lines = NULL;
	gsize size;
	const uint8_t *bytes;
	struct area inside;

	if (c->packet < 0 || c->packet >= (int)all->len)
		return;
	p = packet_at(c, g_array_index(all, guint, c->packet));
	bytes = g_bytes_get_data(p->bytes, &size);
	text = decode_details(bytes, size);
	lines = g_strsplit(text, "\n", -1);
	title = g_strdup_printf("frame %llu, %s %s %s", (unsigned long long)p->number, p->port,
				p->drop     ? "lost it:"
				: p->leaves ? "to"
					    : "from",
				p->drop ? p->reason : p->far);
	inside = canvas_frame(canvas, a, STYLE_DIM, title);
	c->packet_lines = CLAMP(c->packet_lines, 0, MAX(0, (int)g_strv_length(lines) - 1 - inside.h));
	for (int y = 0; y < inside.h && y + c->packet_lines < (int)g_strv_length(lines); y++)
		canvas_text(canvas, inside, 0, y, STYLE_PLAIN, lines[y + c->packet_lines]);
}

static void draw(struct console *c, struct canvas *canvas, struct area a)
{
	g_autoptr(GArray) all = listed(c);
	int details = a.h >= DETAILS_FROM ? MIN(a.h / 2, 14) : 0;

	canvas_printf(canvas, a, 0, 0, STYLE_STRONG, "%s%s%s%s", *c->watch_target ? c->watch_target : "the whole lab",
		      *c->watch_filter ? ", filter: " : "", c->watch_filter, c->hop ? ", the way of one frame" : "");
	canvas_printf(canvas, a, a.w - 30, 0, STYLE_DIM, "%30s",
		      c->model->missed ? "some were too many to show"
		      : c->follow      ? "following"
				       : "standing still");
	draw_list(c, canvas, (struct area){a.x, a.y + 1, a.w, a.h - 1 - details}, all);
	if (details)
		draw_details(c, canvas, (struct area){a.x, a.y + a.h - details, a.w, details}, all);
}

/* ---- keys ---- */

static void watch(struct console *c)
{
	model_forget_packets(c->model);
	c->hop = 0;
	c->follow = true;
	c->watching = true;
	console_do(c, "watch", "target", c->watch_target, "filter", c->watch_filter, NULL);
}

static void enter(struct console *c)
{
	if (!c->watching)
		watch(c);
}

static void follow_hops(struct console *c)
{
	g_autoptr(GArray) all = listed(c);

	if (c->hop)
		c->hop = 0;
	else if (c->packet >= 0 && c->packet < (int)all->len)
		c->hop = packet_at(c, g_array_index(all, guint, c->packet))->number;
	c->follow = false;
	c->packet = 0;
}

static void stop_at_next(struct console *c)
{
	c->watching = true;
	model_forget_packets(c->model);
	console_do(c, "watch", "target", c->watch_target, "filter", c->watch_filter, "stop", "yes", NULL);
	console_do(c, "continue", NULL);
	console_say(c, "the lab stops at the next frame that matches");
}

static bool move(struct console *c, int by)
{
	c->follow = false;
	c->packet += by;
	c->packet_lines = 0;
	return true;
}

static bool key(struct console *c, struct key key)
{
	switch (key.code) {
	case KEY_CODE_UP:
	case 'k': return move(c, -1);
	case KEY_CODE_DOWN:
	case 'j': return move(c, 1);
	case KEY_CODE_PAGE_UP: return move(c, -c->shown.h / 2);
	case KEY_CODE_PAGE_DOWN: return move(c, c->shown.h / 2);
	case KEY_CODE_HOME:
	case 'g': return move(c, -(int)MODEL_PACKETS);
	case KEY_CODE_END:
	case 'G': c->follow = true; return true;
	case ' ': c->follow = !c->follow; return true;
	case '[': c->packet_lines--; return true;
	case ']': c->packet_lines++; return true;
	case 'f': console_prompt(c, 'f', c->watch_filter); return true;
	case 't': console_prompt(c, 't', c->watch_target); return true;
	case 'w': console_prompt(c, 'w', "capture.pcapng"); return true;
	case 'h': follow_hops(c); return true;
	case 's': stop_at_next(c); return true;
	case 'C': watch(c); return true;
	default: return false;
	}
}

static const struct view_key keys[] = {
	{"f", "filter"}, {"t", "what to watch"},        {"Space", "follow"}, {"h", "its way"}, {"s", "stop at next"},
	{"w", "write"},  {"[ ]", "scroll the details"}, {"C", "clear"},      {NULL, NULL},
};

const struct view view_packets = {
	.name = "Packets",
	.code = KEY_CODE_F1 + 2,
	.keys = keys,
	.enter = enter,
	.draw = draw,
	.key = key,
};
