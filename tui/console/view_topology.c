/* The lab drawn: things as boxes, cables as lines with what passes on them; beside it
 * what is known of the one that is selected. */
#include <stdlib.h>
#include <string.h>

#include "tui/console/layout.h"
#include "tui/console/view.h"

#define ACTIVE_NS 1000000000ull /* virtual: how long a cable shows that something passed */
#define PANEL 34                /* columns of the side panel */
#define PANEL_FROM 72           /* ... in a view that is at least this wide */

struct picture {
	struct layout_node *nodes;
	struct layout_edge *edges;
	int width, height;
};

/* ---- looks ---- */

static const char *mark(const struct model_node *n)
{
	if (n->kind == MODEL_SWITCH)
		return "▦";
	if (n->kind == MODEL_VLAN)
		return "≡";
	if (n->kind == MODEL_HUB)
		return "✱";
	if (n->kind == MODEL_UPLINK)
		return "☁";
	if (!strcmp(n->state, "ready"))
		return "●";
	if (!strcmp(n->state, "booting"))
		return "◐";
	return !strcmp(n->state, "failed") ? "✗" : "○";
}

static enum style node_style(const struct model_node *n)
{
	if (n->kind != MODEL_PC)
		return STYLE_STRONG;
	if (!strcmp(n->state, "ready"))
		return STYLE_GOOD;
	if (!strcmp(n->state, "booting"))
		return STYLE_WARN;
	return !strcmp(n->state, "failed") ? STYLE_BAD : STYLE_DIM;
}

static bool lately(const struct model *m, uint64_t when)
{
	return when != TIME_NEVER && m->now - when <= ACTIVE_NS;
}

struct stroke {
	uint32_t across, down;
	enum style style;
};

static struct stroke edge_stroke(const struct model *m, const struct model_edge *e)
{
	if (!e->up)
		return (struct stroke){0x2504, 0x2506, STYLE_BAD};
	if (lately(m, e->lost_ns))
		return (struct stroke){0x2501, 0x2503, STYLE_WARN};
	if (lately(m, e->active_ns))
		return (struct stroke){0x2501, 0x2503, STYLE_ACTIVE};
	if (!e->carrier)
		return (struct stroke){0x2504, 0x2506, STYLE_DIM};
	return (struct stroke){0x2500, 0x2502, STYLE_PLAIN};
}

/* ---- the picture ---- */

static char *node_text(const struct console *c, const struct model_node *n)
{
	return c->compact ? g_strdup(mark(n)) : g_strdup_printf("%s %s", mark(n), n->name);
}

static void find(struct console *c, int cols, struct picture *p)
{
	const struct model *m = c->model;

	p->nodes = g_new0(struct layout_node, m->nodes->len + 1);
	p->edges = g_new0(struct layout_edge, m->edges->len + 1);
	for (guint n = 0; n < m->nodes->len; n++) {
		const struct model_node *node = m->nodes->pdata[n];
		g_autofree char *text = node_text(c, node);

		p->nodes[n].width = MIN((int)g_utf8_strlen(text, -1), 26);
		p->nodes[n].solid = node->kind == MODEL_VLAN || node->kind == MODEL_SWITCH || node->kind == MODEL_HUB;
	}
	for (guint n = 0; n < m->edges->len; n++) {
		const struct model_edge *e = m->edges->pdata[n];

		p->edges[n].a = e->a;
		p->edges[n].b = e->b;
	}
	layout_find(p->nodes, m->nodes->len, p->edges, m->edges->len, cols, c->compact, &p->width, &p->height);
}

static void picture_clear(struct picture *p)
{
	g_free(p->nodes);
	g_free(p->edges);
}

/* Arms of a box-drawing character: bit 0 up, 1 right, 2 down, 3 left. */
static const uint16_t arms[16] = {0x20,   0x2575, 0x2576, 0x2514, 0x2577, 0x2502, 0x250c, 0x251c,
				  0x2574, 0x2518, 0x2500, 0x2534, 0x2510, 0x2524, 0x252c, 0x253c};

static unsigned arms_of(uint32_t ch)
{
	if (ch == 0x2501 || ch == 0x2504)
		return 10;
	if (ch == 0x2503 || ch == 0x2506)
		return 5;
	for (unsigned n = 1; n < 16; n++)
		if (arms[n] == ch)
			return n;
	return 0;
}

static void ink(struct canvas *canvas, int x, int y, unsigned add, const struct stroke *s)
{
	struct cell *cell = canvas_cell(canvas, x, y);
	unsigned all;
	uint32_t ch;

	if (!cell)
		return;
	all = arms_of(cell->ch) | add;
	ch = arms[all];
	if (all == 10)
		ch = s->across;
	if (all == 5)
		ch = s->down;
	if (cell->style != STYLE_SELECTED)
		cell->style = (uint8_t)s->style;
	cell->ch = ch;
}

static void segment(struct canvas *canvas, struct layout_point a, struct layout_point b, const struct stroke *s)
{
	int dx = (b.x > a.x) - (b.x < a.x), dy = (b.y > a.y) - (b.y < a.y);
	unsigned ahead = dx > 0 ? 2 : dx < 0 ? 8 : dy > 0 ? 4 : 1;
	unsigned back = dx > 0 ? 8 : dx < 0 ? 2 : dy > 0 ? 1 : 4;

	while (a.x != b.x || a.y != b.y) {
		ink(canvas, a.x, a.y, ahead, s);
		a.x += dx;
		a.y += dy;
		ink(canvas, a.x, a.y, back, s);
	}
}

static void draw_edge(const struct console *c, struct canvas *all, const struct picture *p, guint n)
{
	const struct model_edge *e = c->model->edges->pdata[n];
	const struct layout_edge *line = &p->edges[n];
	struct stroke s = edge_stroke(c->model, e);

	if ((int)n == c->selected_edge)
		s.style = STYLE_SELECTED;
	for (unsigned i = 1; i < line->points; i++)
		segment(all, line->point[i - 1], line->point[i], &s);
}

static void draw_node(const struct console *c, struct canvas *all, const struct picture *p, guint n)
{
	const struct model_node *node = c->model->nodes->pdata[n];
	const struct layout_node *at = &p->nodes[n];
	bool selected = n == c->selected_node && c->selected_edge < 0;
	enum style style = selected ? STYLE_SELECTED : node_style(node);
	struct area box = {at->x, at->y, at->w, at->h};
	g_autofree char *text = node_text(c, node);

	if (at->leaf || at->h == 1) {
		canvas_text(all, box, 0, 0, style, text);
		return;
	}
	for (int y = 0; y < 3; y++)
		for (int x = 0; x < box.w; x++) {
			bool side = x == 0 || x == box.w - 1, edge = y != 1;
			unsigned need = (edge && x > 0 ? 8u : 0u) | (edge && x < box.w - 1 ? 2u : 0u) |
					(side && y > 0 ? 1u : 0u) | (side && y < 2 ? 4u : 0u);
			struct stroke frame = {0x2500, 0x2502, selected ? STYLE_SELECTED : STYLE_PLAIN};

			if (need)
				ink(all, box.x + x, box.y + y, need, &frame);
		}
	canvas_text(all, (struct area){box.x + 2, box.y + 1, box.w - 3, 1}, 0, 0, style, text);
}

/* Scrolls so that what is selected can be seen. */
static void keep_in_sight(struct console *c, const struct picture *p, struct area a)
{
	const struct layout_node *n = &p->nodes[MIN(c->selected_node, c->model->nodes->len - 1)];

	if (n->x < c->scroll_x)
		c->scroll_x = n->x;
	if (n->x + n->w > c->scroll_x + a.w)
		c->scroll_x = n->x + n->w - a.w;
	if (n->y < c->scroll_y)
		c->scroll_y = n->y;
	if (n->y + n->h > c->scroll_y + a.h)
		c->scroll_y = n->y + n->h - a.h;
	c->scroll_x = CLAMP(c->scroll_x, 0, MAX(0, p->width - a.w));
	c->scroll_y = CLAMP(c->scroll_y, 0, MAX(0, p->height - a.h));
}

static void draw_picture(struct console *c, struct canvas *canvas, struct area a)
{
	struct canvas *all;
	struct picture p;
	int left, top;

	find(c, a.w, &p);
	keep_in_sight(c, &p, a);
	all = canvas_new(MAX(p.width, 1), MAX(p.height, 1));
	for (guint n = 0; n < c->model->edges->len; n++)
		draw_edge(c, all, &p, n);
	for (guint n = 0; n < c->model->nodes->len; n++)
		draw_node(c, all, &p, n);
	left = MAX(0, (a.w - p.width) / 2);
	top = MAX(0, (a.h - p.height) / 3);
	for (int y = 0; y < a.h; y++)
		for (int x = 0; x < a.w; x++) {
			const struct cell *from = canvas_cell(all, x - left + c->scroll_x, y - top + c->scroll_y);
			struct cell *to = canvas_cell(canvas, a.x + x, a.y + y);

			if (from && to)
				*to = *from;
		}
	canvas_free(all);
	picture_clear(&p);
}

/* ---- the side panel ---- */

static int put(struct canvas *canvas, struct area a, int y, const char *name, const char *value)
{
	if (!*value)
		return y;
	canvas_text(canvas, a, 0, y, STYLE_DIM, name);
	canvas_text(canvas, a, 10, y, STYLE_PLAIN, value);
	return y + 1;
}

static int put_number(struct canvas *canvas, struct area a, int y, const char *name, uint64_t value)
{
	char text[16];

	model_short(value, text);
	return put(canvas, a, y, name, text);
}

static void panel_edge(struct console *c, struct canvas *canvas, struct area a)
{
	const struct model_edge *e = c->model->edges->pdata[c->selected_edge];
	int y = 2;

	canvas_text(canvas, a, 0, 0, STYLE_STRONG, e->link);
	y = put(canvas, a, y, "from", e->a_port);
	y = put(canvas, a, y, "to", e->b_port);
	y = put(canvas, a, y, "state", !e->up ? "unplugged" : e->carrier ? "up" : "no carrier");
	y = put_number(canvas, a, y, "frames", e->frames);
	put_number(canvas, a, y, "lost", e->drops);
}

static int panel_cables(struct console *c, struct canvas *canvas, struct area a, int y)
{
	for (guint n = 0; n < c->model->edges->len && y < a.h; n++) {
		const struct model_edge *e = c->model->edges->pdata[n];
		const char *near, *far;
		char frames[16], lost[16];

		if (e->a != c->selected_node && e->b != c->selected_node)
			continue;
		near = e->a == c->selected_node ? e->a_port : e->b_port;
		far = e->a == c->selected_node ? e->b_port : e->a_port;
		model_short(e->frames, frames);
		model_short(e->drops, lost);
		canvas_printf(canvas, a, 0, y++, !e->up ? STYLE_BAD : STYLE_PLAIN, "%s %s %s", near,
			      e->up && e->carrier ? "─" : "┄", far);
		if (y < a.h)
			canvas_printf(canvas, a, 2, y++, STYLE_DIM, "%s frames, %s lost", frames, lost);
	}
	return y;
}

/* What `show` said of the selected PC: addresses, memory. */
static int panel_answer(struct console *c, struct canvas *canvas, struct area a, int y)
{
	JsonObject *o = console_answer(c, ((struct model_node *)c->model->nodes->pdata[c->selected_node])->name);
	JsonNode *list = o ? json_object_get_member(o, "nics") : NULL;
	JsonArray *nics = list && JSON_NODE_HOLDS_ARRAY(list) ? json_node_get_array(list) : NULL;

	if (o && model_number(o, "memory")) {
		g_autofree char *memory =
			g_strdup_printf("%llu MiB", (unsigned long long)(model_number(o, "memory") >> 20));

		y = put(canvas, a, y, "memory", memory);
	}
	if (o)
		y = put(canvas, a, y, "image", model_text(o, "image"));
	for (guint n = 0; nics && n < json_array_get_length(nics) && y < a.h; n++) {
		JsonObject *nic = json_array_get_object_element(nics, n);

		canvas_printf(canvas, a, 0, ++y, STYLE_PLAIN, "%s %s", model_text(nic, "nic"), model_text(nic, "mac"));
		y++;
		if (json_object_has_member(nic, "addresses") && y < a.h) {
			JsonNode *node = json_object_get_member(nic, "addresses");
			g_autofree char *text = json_to_string(node, FALSE);
			g_auto(GStrv) parts = g_strsplit_set(text, "[]{},\"", -1);

			for (char **part = parts; *part && y < a.h; part++)
				if (strpbrk(*part, "./:") && strlen(*part) > 2)
					canvas_text(canvas, a, 2, y++, STYLE_PLAIN, *part);
		}
		if (*model_text(nic, "reasons") && y < a.h)
			canvas_printf(canvas, a, 2, y++, STYLE_WARN, "lost: %s", model_text(nic, "reasons"));
	}
	return y;
}

static void panel(struct console *c, struct canvas *canvas, struct area a)
{
	static const char *const kinds[] = {"PC", "VLAN", "switch", "hub", "uplink"};
	const struct model_node *n;
	uint64_t sum = 0;
	int y = 1;

	if (c->selected_edge >= 0) {
		panel_edge(c, canvas, a);
		return;
	}
	n = c->model->nodes->pdata[c->selected_node];
	canvas_text(canvas, a, 0, 0, STYLE_STRONG, n->name);
	canvas_text(canvas, a, (int)g_utf8_strlen(n->name, -1) + 2, 0, STYLE_DIM, kinds[n->kind]);
	y = put(canvas, a, y, "state", n->state);
	y = put(canvas, a, y, "", n->note);
	if (n->kind == MODEL_PC) {
		y = put_number(canvas, a, y, "executed", n->instructions);
		for (guint i = 0; i < c->model->nodes->len; i++) {
			const struct model_node *other = c->model->nodes->pdata[i];

			sum += other->instructions - other->before;
		}
		if (sum) {
			g_autofree char *share = g_strdup_printf(
				"%llu %%", (unsigned long long)((n->instructions - n->before) * 100 / sum));

			y = put(canvas, a, y, "of time", share);
		}
		y = panel_answer(c, canvas, a, y);
	}
	panel_cables(c, canvas, a, y + 1);
}

static void draw(struct console *c, struct canvas *canvas, struct area a)
{
	bool side = a.w >= PANEL_FROM;
	struct area picture = {a.x, a.y, side ? a.w - PANEL : a.w, a.h}, box = {a.x + a.w - PANEL, a.y, PANEL, a.h};

	if (!c->model->nodes->len) {
		canvas_text(canvas, a, 2, 1, STYLE_DIM, "the lab has no PCs");
		return;
	}
	c->selected_node = MIN(c->selected_node, c->model->nodes->len - 1);
	if (c->selected_edge >= (int)c->model->edges->len)
		c->selected_edge = -1;
	draw_picture(c, canvas, picture);
	if (side)
		panel(c, canvas, canvas_frame(canvas, box, STYLE_DIM, "Selected"));
}

/* ---- keys ---- */

/* The nearest thing in a direction: what is straight ahead counts more. */
static void go(struct console *c, int dx, int dy)
{
	struct picture p;
	const struct layout_node *from;
	unsigned best = c->selected_node;
	long least = LONG_MAX;

	find(c, 1 << 14, &p);
	from = &p.nodes[c->selected_node];
	for (guint n = 0; n < c->model->nodes->len; n++) {
		const struct layout_node *to = &p.nodes[n];
		long x = (to->x + to->w / 2) - (from->x + from->w / 2), y = 2L * (to->y - from->y);
		long along = x * dx + y * dy, across = labs(dx ? y : x);

		if (n == c->selected_node || along <= 0)
			continue;
		if (along + 3 * across < least) {
			least = along + 3 * across;
			best = n;
		}
	}
	c->selected_node = best;
	c->selected_edge = -1;
	picture_clear(&p);
}

static void next_node(struct console *c, int by)
{
	int count = (int)c->model->nodes->len;

	c->selected_node = (unsigned)(((int)c->selected_node + by + count) % count);
	c->selected_edge = -1;
}

/* The next cable of the selected thing, then the thing again. */
static void next_edge(struct console *c)
{
	for (int n = c->selected_edge + 1; n < (int)c->model->edges->len; n++) {
		const struct model_edge *e = c->model->edges->pdata[n];

		if (e->a == c->selected_node || e->b == c->selected_node) {
			c->selected_edge = n;
			return;
		}
	}
	c->selected_edge = -1;
}

/* Pulls the selected cable, or plugs it in again. */
static void toggle_cable(struct console *c)
{
	const struct model_edge *e;

	if (c->selected_edge < 0) {
		console_say(c, "c selects a cable first");
		return;
	}
	e = c->model->edges->pdata[c->selected_edge];
	console_do(c, "set", "thing", e->link, "key", "state", "value", e->up ? "down" : "up", NULL);
	console_say(c, "%s is %s", e->link, e->up ? "pulled" : "plugged in");
}

static void watch_selected(struct console *c)
{
	const struct model_node *n = c->model->nodes->pdata[c->selected_node];
	const struct model_edge *e = c->selected_edge >= 0 ? c->model->edges->pdata[c->selected_edge] : NULL;

	g_free(c->watch_target);
	c->watch_target = g_strdup(e ? e->a_port : n->kind == MODEL_VLAN ? n->name : "");
	c->watching = false;
	console_show(c, &view_packets);
}

static bool enter_selected(struct console *c)
{
	const struct model_node *n = c->model->nodes->pdata[c->selected_node];

	if (n->kind == MODEL_PC)
		console_open_pc(c, n->name);
	else if (n->kind == MODEL_UPLINK)
		console_show(c, &view_uplinks);
	else
		console_show(c, &view_switches);
	return true;
}

static bool click(struct console *c, struct key key)
{
	struct area a = c->shown;
	struct picture p;
	int left, top;
	bool hit = false;

	a.w -= a.w >= PANEL_FROM ? PANEL : 0;
	find(c, a.w, &p);
	left = a.x + MAX(0, (a.w - p.width) / 2) - c->scroll_x;
	top = a.y + MAX(0, (a.h - p.height) / 3) - c->scroll_y;
	for (guint n = 0; n < c->model->nodes->len && !hit; n++) {
		const struct layout_node *at = &p.nodes[n];
		int x = key.x - left, y = key.y - top;

		if (x < at->x || x >= at->x + at->w || y < at->y || y >= at->y + at->h)
			continue;
		hit = true;
		c->selected_edge = -1;
		if (c->selected_node == n)
			enter_selected(c);
		c->selected_node = n;
	}
	picture_clear(&p);
	return hit;
}

static bool key(struct console *c, struct key key)
{
	if (!c->model->nodes->len)
		return false;
	switch (key.code) {
	case KEY_CODE_UP:
	case 'k': go(c, 0, -1); return true;
	case KEY_CODE_DOWN:
	case 'j': go(c, 0, 1); return true;
	case KEY_CODE_LEFT:
	case 'h': go(c, -1, 0); return true;
	case KEY_CODE_RIGHT:
	case 'l': go(c, 1, 0); return true;
	case KEY_CODE_TAB: next_node(c, 1); return true;
	case KEY_CODE_BACKTAB: next_node(c, -1); return true;
	case 'c': next_edge(c); return true;
	case 'x': toggle_cable(c); return true;
	case 'z': c->compact = !c->compact; return true;
	case 'w': watch_selected(c); return true;
	case '/': console_prompt(c, '/', ""); return true;
	case KEY_CODE_ENTER: return enter_selected(c);
	case KEY_CODE_MOUSE: return click(c, key);
	default: return false;
	}
}

static void refresh(struct console *c)
{
	const struct model_node *n;

	if (c->selected_node >= c->model->nodes->len)
		return;
	n = c->model->nodes->pdata[c->selected_node];
	if (n->kind == MODEL_PC)
		console_table(c, n->name, "show", "thing", n->name);
}

static const struct view_key keys[] = {
	{"Enter", "open"},
	{"c", "cable"},
	{"x", "pull/plug"},
	{"w", "packets"},
	{"/", "find"},
	{"z", "zoom"},
	{"arrows, hjkl, Tab, mouse", "select a thing"},
	{NULL, NULL},
};

const struct view view_topology = {
	.name = "Topology",
	.code = KEY_CODE_F1,
	.keys = keys,
	.draw = draw,
	.key = key,
	.refresh = refresh,
};
