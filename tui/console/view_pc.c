/* One PC, or two beside each other: its serial line as a terminal, or its VGA screen.
 * Every key is the guest's but the escape key. */
#include <string.h>

#include "tui/console/pc_term.h"
#include "tui/console/view.h"
#include "tui/term/keymap.h"

#define TWO_FROM 120 /* columns that two terminals need */

/* The terminal of a PC, which begins to listen when it is first looked at. */
static struct pc_term *term_of(struct console *c, const char *name)
{
	struct pc_term *t = g_hash_table_lookup(c->terms, name);

	if (t)
		return t;
	t = pc_term_new(80, 24);
	g_hash_table_insert(c->terms, g_strdup(name), t);
	console_do(c, "serial", "pc", name, NULL);
	return t;
}

static const struct model_node *node_of(const struct console *c, const char *name)
{
	int n = name ? model_find(c->model, name) : -1;

	return n < 0 ? NULL : c->model->nodes->pdata[n];
}

/* ---- the VGA screen ---- */

static void vga_row(struct canvas *canvas, struct area a, int y, JsonObject *row)
{
	/* The card counts blue, green, red; a terminal red, green, blue. */
	static const uint8_t order[8] = {0, 4, 2, 6, 1, 5, 3, 7};
	const char *text = model_text(row, "text"), *fg = model_text(row, "fg"), *bg = model_text(row, "bg");

	canvas_text(canvas, a, 0, y, STYLE_GUEST, text);
	for (int x = 0; x < a.w && fg[x] && bg[x]; x++) {
		struct cell *cell = canvas_cell(canvas, a.x + x, a.y + y);
		int f = g_ascii_xdigit_value(fg[x]), b = g_ascii_xdigit_value(bg[x]);

		if (!cell || f < 0 || b < 0)
			break;
		cell->fg = (uint8_t)(order[f & 7] | (f & 8));
		cell->bg = order[b & 7];
	}
}

static void draw_vga(struct console *c, struct canvas *canvas, struct area a)
{
	JsonObject *o = console_answer(c, c->pc);
	JsonNode *list = o ? json_object_get_member(o, "rows") : NULL;
	JsonArray *rows = list && JSON_NODE_HOLDS_ARRAY(list) ? json_node_get_array(list) : NULL;

	if (o && model_number(o, "width"))
		canvas_printf(canvas, a, 1, 1, STYLE_PLAIN, "graphics mode, %u x %u: not drawn",
			      (unsigned)model_number(o, "width"), (unsigned)model_number(o, "height"));
	for (guint n = 0; rows && n < json_array_get_length(rows) && (int)n < a.h; n++)
		vga_row(canvas, a, (int)n, json_array_get_object_element(rows, n));
	if (o && json_object_has_member(o, "cursor_col") && (int)model_number(o, "cursor_row") < a.h &&
	    (int)model_number(o, "cursor_col") < a.w) {
		canvas->cursor_x = a.x + (int)model_number(o, "cursor_col");
		canvas->cursor_y = a.y + (int)model_number(o, "cursor_row");
	}
}

/* ---- drawing ---- */

static void draw_one(struct console *c, struct canvas *canvas, struct area a, const char *name, bool keys)
{
	const struct model_node *n = node_of(c, name);
	bool vga = keys && c->field;
	struct pc_term *t = term_of(c, name);
	g_autofree char *title = NULL;
	struct area inside;

	title = g_strdup_printf("%s %s%s%s", name, vga ? "screen" : "serial",
				n && strcmp(n->state, "ready") ? ", " : "",
				n && strcmp(n->state, "ready") ? n->state : "");
	inside = canvas_frame(canvas, a, keys ? STYLE_STRONG : STYLE_DIM, title);
	if (vga) {
		draw_vga(c, canvas, inside);
		return;
	}
	pc_term_resize(t, inside.w, inside.h);
	pc_term_draw(t, canvas, inside, keys);
	if (pc_term_scrolled(t))
		canvas_printf(canvas, a, a.w - 20, 0, STYLE_WARN, " %d lines back ", pc_term_scrolled(t));
}

static void draw(struct console *c, struct canvas *canvas, struct area a)
{
	bool two = c->beside && a.w >= TWO_FROM;
	int half = two ? a.w / 2 : a.w;

	if (!c->pc) {
		canvas_text(canvas, a, 2, 1, STYLE_DIM, "Enter on a PC in the topology (F1) opens it here");
		return;
	}
	draw_one(c, canvas, (struct area){a.x, a.y, half, a.h}, c->pc, true);
	if (two)
		draw_one(c, canvas, (struct area){a.x + half, a.y, a.w - half, a.h}, c->beside, false);
}

/* ---- keys ---- */

static void send_serial(struct console *c, struct pc_term *t)
{
	g_autoptr(GByteArray) bytes = pc_term_sent(t);
	g_autofree char *text = NULL;

	if (!bytes->len)
		return;
	text = g_base64_encode(bytes->data, bytes->len);
	console_do(c, "type", "pc", c->pc, "data", text, NULL);
}

static void send_keys(struct console *c, struct pc_term *t)
{
	g_autoptr(GByteArray) bytes = pc_term_sent(t);
	struct keymap map = {0};
	struct keymap_stroke s;

	for (guint n = 0; n <= bytes->len; n++) {
		bool have = n < bytes->len ? keymap_feed(&map, bytes->data[n], &s)
					   : keymap_waiting(&map) && keymap_flush(&map, &s);
		g_autofree char *text = have ? g_base64_encode(s.byte, s.size) : NULL;

		if (have)
			console_do(c, "key", "pc", c->pc, "data", text, NULL);
	}
}

static void power(struct console *c, const char *value)
{
	console_do(c, "set", "thing", c->pc, "key", "power", "value", value, NULL);
	console_say(c, "%s: power %s", c->pc, value);
}

static void swap(struct console *c)
{
	char *pc = c->pc;

	if (!c->beside)
		return;
	c->pc = c->beside;
	c->beside = pc;
	c->field = 0;
}

/* After the escape key; digits were the console's. */
static bool escaped(struct console *c, struct key key, struct pc_term *t)
{
	switch (key.code) {
	case 'v': c->field = !c->field; return true;
	case 'w': swap(c); return true;
	case 'o': power(c, "on"); return true;
	case 'f': power(c, "off"); return true;
	case 'r': power(c, "reset"); return true;
	case KEY_CODE_PAGE_UP:
	case 'u': pc_term_scroll(t, c->shown.h / 2); return true;
	case KEY_CODE_PAGE_DOWN:
	case 'd': pc_term_scroll(t, -c->shown.h / 2); return true;
	default: return false;
	}
}

static bool key(struct console *c, struct key key)
{
	struct pc_term *t = c->pc ? term_of(c, c->pc) : NULL;

	if (!t)
		return false;
	if (c->escaped)
		return escaped(c, key, t);
	if (!pc_term_key(t, key))
		return false;
	if (c->field)
		send_keys(c, t);
	else
		send_serial(c, t);
	return true;
}

static void refresh(struct console *c)
{
	GHashTableIter i;
	gpointer name, t;

	if (c->pc && c->field)
		console_table(c, c->pc, "screen", "pc", c->pc);
	/* A guest that asks its terminal something gets the answer. */
	g_hash_table_iter_init(&i, c->terms);
	while (g_hash_table_iter_next(&i, &name, &t))
		if (c->pc && !strcmp(name, c->pc) && !c->field)
			send_serial(c, t);
}

static void enter(struct console *c)
{
	c->field = 0; /* the serial line; 1: the screen */
}

static const struct view_key keys[] = {
	{"Ctrl-] 1..8", "another view"},
	{"Ctrl-] v", "serial/screen"},
	{"Ctrl-] w", "the PC beside"},
	{"Ctrl-] u d", "scroll back"},
	{"Ctrl-] o f r", "power on, off, reset"},
	{"Ctrl-] Ctrl-]", "the key itself"},
	{NULL, NULL},
};

const struct view view_pc = {
	.name = "PC",
	.code = KEY_CODE_F1 + 1,
	.keys = keys,
	.enter = enter,
	.draw = draw,
	.key = key,
	.refresh = refresh,
	.raw = true,
};
