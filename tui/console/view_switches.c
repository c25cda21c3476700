/* Switches, hubs and VLANs: ports and the MAC table of the one that is selected. */
#include <string.h>

#include "tui/console/view.h"

#define NAMES 22 /* columns of the list of switches */

static bool is_switch(const struct model_node *n)
{
	return n->kind == MODEL_SWITCH || n->kind == MODEL_HUB || n->kind == MODEL_VLAN;
}

static const struct model_node *nth(const struct console *c, unsigned at, unsigned *count)
{
	const struct model_node *found = NULL;

	*count = 0;
	for (guint n = 0; n < c->model->nodes->len; n++) {
		const struct model_node *node = c->model->nodes->pdata[n];

		if (is_switch(node) && (*count)++ == at)
			found = node;
	}
	return found;
}

/* One of the tables of an answer: its members as columns, whatever they are. */
static int draw_table(struct canvas *canvas, struct area a, int y, const char *name, JsonArray *rows)
{
	g_autoptr(GList) keys = NULL;
	int width;

	canvas_text(canvas, a, 0, y++, STYLE_STRONG, name);
	if (!json_array_get_length(rows)) {
		canvas_text(canvas, a, 0, y++, STYLE_DIM, "nothing");
		return y + 1;
	}
	keys = json_object_get_members(json_array_get_object_element(rows, 0));
	width = MAX(9, a.w / (int)MAX(g_list_length(keys), 1u));
	width = MIN(width, 20);
	for (guint n = 0; n <= json_array_get_length(rows) && y < a.h; n++, y++) {
		int x = 0;

		for (GList *key = keys; key; key = key->next, x += width) {
			JsonObject *o = n ? json_array_get_object_element(rows, n - 1) : NULL;
			struct area cell = {a.x + x, a.y, MIN(width - 1, a.w - x), a.h};
			g_autofree char *value = NULL;
			JsonNode *node = o ? json_object_get_member(o, key->data) : NULL;

			if (cell.w <= 0)
				break;
			if (node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
				value = g_strdup(json_node_get_string(node));
			else
				value = node ? json_to_string(node, FALSE) : g_strdup(key->data);
			canvas_text(canvas, cell, 0, y, n ? STYLE_PLAIN : STYLE_DIM, value);
		}
	}
	return y + 1;
}

static void draw(struct console *c, struct canvas *canvas, struct area a)
{
	unsigned count;
	const struct model_node *n = nth(c, c->row, &count);
	struct area right = {a.x + NAMES, a.y, a.w - NAMES, a.h};
	JsonObject *o;
	g_autoptr(GList) members = NULL;
	int y = 0;

	if (!count) {
		canvas_text(canvas, a, 2, 1, STYLE_DIM, "this lab has no switch, hub or VLAN");
		return;
	}
	c->row = MIN(c->row, count - 1);
	n = nth(c, c->row, &count);
	for (unsigned i = 0; i < count && (int)i < a.h; i++) {
		unsigned all;

		canvas_text(canvas, (struct area){a.x, a.y, NAMES - 2, a.h}, 1, (int)i,
			    i == c->row ? STYLE_SELECTED : STYLE_PLAIN, nth(c, i, &all)->name);
	}
	o = console_answer(c, n->name);
	members = o ? json_object_get_members(o) : NULL;
	for (GList *m = members; m && y < a.h; m = m->next) {
		JsonNode *value = json_object_get_member(o, m->data);

		if (JSON_NODE_HOLDS_ARRAY(value))
			y = draw_table(canvas, right, y, m->data, json_node_get_array(value));
		else if (JSON_NODE_HOLDS_VALUE(value)) {
			g_autofree char *text = json_to_string(value, FALSE);

			canvas_printf(canvas, right, 0, y++, STYLE_PLAIN, "%s: %s", (char *)m->data,
				      g_strdelimit(text, "\"", ' '));
		}
	}
}

static bool key(struct console *c, struct key key)
{
	unsigned count;

	nth(c, 0, &count);
	return console_move(c, key, count, c->shown.h);
}

static void refresh(struct console *c)
{
	unsigned count;
	const struct model_node *n = nth(c, c->row, &count);

	if (n)
		console_table(c, n->name, "show", "thing", n->name);
}

static const struct view_key keys[] = {{"arrows, j k", "select a switch"}, {NULL, NULL}};

const struct view view_switches = {
	.name = "Switches",
	.code = KEY_CODE_F1 + 3,
	.keys = keys,
	.draw = draw,
	.key = key,
	.refresh = refresh,
};
