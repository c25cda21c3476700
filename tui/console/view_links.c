/* Cables: how they are, and their properties in each direction, which are edited in
 * place. The rows of properties are whatever the lab tells of a link (engine/net's
 * link_keys). */
#include <string.h>

#include "tui/console/view.h"

#define LIST 40 /* columns of the list of cables */

static const struct model_edge *edge_at(const struct console *c, unsigned n)
{
	return n < c->model->edges->len ? c->model->edges->pdata[n] : NULL;
}

/* The properties of one direction; NULL: not known yet. */
static JsonObject *direction(struct console *c, guint n)
{
	const struct model_edge *e = edge_at(c, c->row);
	JsonObject *o = e ? console_answer(c, e->link) : NULL;
	JsonNode *list = o ? json_object_get_member(o, "directions") : NULL;

	if (!list || !JSON_NODE_HOLDS_ARRAY(list) || n >= json_array_get_length(json_node_get_array(list)))
		return NULL;
	return json_array_get_object_element(json_node_get_array(list), n);
}

static bool is_property(const char *name)
{
	static const char *const told[] = {"from", "to", "waiting", "bits_per_second"};

	for (unsigned n = 0; n < ARRAY_LEN(told); n++)
		if (!strcmp(told[n], name))
			return false;
	return true;
}

/* Names of what can be set, `state` first; free the list, not the names. */
static GPtrArray *properties(struct console *c)
{
	GPtrArray *all = g_ptr_array_new();
	JsonObject *o = direction(c, 0);
	g_autoptr(GList) members = o ? json_object_get_members(o) : NULL;

	g_ptr_array_add(all, (gpointer) "state");
	for (GList *m = members; m; m = m->next)
		if (is_property(m->data))
			g_ptr_array_add(all, m->data);
	return all;
}

static char *value_of(JsonObject *o, const char *name)
{
	JsonNode *node = o ? json_object_get_member(o, name) : NULL;

	if (!node)
		return g_strdup("");
	return JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING
		       ? g_strdup(json_node_get_string(node))
		       : json_to_string(node, FALSE);
}

static void draw_list(struct console *c, struct canvas *canvas, struct area a)
{
	unsigned first = c->row >= (unsigned)a.h ? c->row - (unsigned)a.h + 1 : 0;

	for (int y = 0; y < a.h && edge_at(c, first + (unsigned)y); y++) {
		const struct model_edge *e = edge_at(c, first + (unsigned)y);
		bool selected = first + (unsigned)y == c->row;
		char frames[16];

		model_short(e->frames, frames);
		canvas_printf(canvas, a, 0, y,
			      selected ? STYLE_SELECTED
			      : !e->up ? STYLE_BAD
				       : STYLE_PLAIN,
			      "%s %s %s", e->a_port,
			      !e->up       ? "╳"
			      : e->carrier ? "─"
					   : "┄",
			      e->b_port);
		canvas_printf(canvas, a, a.w - 8, y, selected ? STYLE_SELECTED : STYLE_DIM, "%7s", frames);
	}
}

static void draw_properties(struct console *c, struct canvas *canvas, struct area a)
{
	const struct model_edge *e = edge_at(c, c->row);
	g_autoptr(GPtrArray) all = properties(c);
	JsonObject *there = direction(c, 0), *back = direction(c, 1);
	int column = MAX(12, (a.w - 14) / 2);

	c->field = MIN(c->field, all->len - 1);
	canvas_printf(canvas, a, 14, 0, STYLE_DIM, "%s →", there ? model_text(there, "from") : e->a_port);
	canvas_printf(canvas, a, 14 + column, 0, STYLE_DIM, "%s →", back ? model_text(back, "from") : e->b_port);
	for (guint n = 0; n < all->len && (int)n + 1 < a.h; n++) {
		g_autofree char *one = n ? value_of(there, all->pdata[n]) : g_strdup(e->up ? "up" : "down");
		g_autofree char *two = n ? value_of(back, all->pdata[n]) : NULL;
		enum style style = n == c->field ? STYLE_SELECTED : STYLE_PLAIN;

		canvas_text(canvas, a, 0, (int)n + 1, style, all->pdata[n]);
		canvas_text(canvas, (struct area){a.x, a.y, 13 + column, a.h}, 14, (int)n + 1, STYLE_PLAIN, one);
		if (two)
			canvas_text(canvas, a, 14 + column, (int)n + 1, strcmp(one, two) ? STYLE_WARN : STYLE_PLAIN,
				    two);
	}
}

static void draw(struct console *c, struct canvas *canvas, struct area a)
{
	struct area right = {a.x + LIST, a.y, a.w - LIST, a.h};

	if (!c->model->edges->len) {
		canvas_text(canvas, a, 2, 1, STYLE_DIM, "this lab has no cables");
		return;
	}
	c->row = MIN(c->row, c->model->edges->len - 1);
	draw_list(c, canvas, (struct area){a.x, a.y, LIST - 2, a.h});
	draw_properties(c, canvas, canvas_frame(canvas, right, STYLE_DIM, edge_at(c, c->row)->link));
}

static void edit(struct console *c)
{
	const struct model_edge *e = edge_at(c, c->row);
	g_autoptr(GPtrArray) all = properties(c);
	g_autofree char *value = NULL;

	if (!e)
		return;
	c->field = MIN(c->field, all->len - 1);
	if (!c->field) {
		console_do(c, "set", "thing", e->link, "key", "state", "value", e->up ? "down" : "up", NULL);
		return;
	}
	value = value_of(direction(c, 0), all->pdata[c->field]);
	g_free(c->edit_thing);
	g_free(c->edit_key);
	c->edit_thing = g_strdup(e->link);
	c->edit_key = g_strdup(all->pdata[c->field]);
	console_prompt(c, '=', value);
}

static bool key(struct console *c, struct key key)
{
	switch (key.code) {
	case KEY_CODE_TAB:
	case KEY_CODE_RIGHT:
	case 'l': c->field++; return true;
	case KEY_CODE_BACKTAB:
	case KEY_CODE_LEFT:
	case 'h': c->field -= c->field ? 1 : 0; return true;
	case KEY_CODE_ENTER:
	case 'e': edit(c); return true;
	default: return console_move(c, key, c->model->edges->len, c->shown.h);
	}
}

static void refresh(struct console *c)
{
	const struct model_edge *e = edge_at(c, c->row);

	if (e)
		console_table(c, e->link, "show", "thing", e->link);
}

static const struct view_key keys[] = {
	{"Enter", "change"}, {"Tab, h l", "which property"}, {"arrows, j k", "which cable"}, {NULL, NULL}};

const struct view view_links = {
	.name = "Links",
	.code = KEY_CODE_F1 + 4,
	.keys = keys,
	.draw = draw,
	.key = key,
	.refresh = refresh,
};
