/* Doors to the outside: what they are, whether they are open, who is there. */
#include <string.h>

#include "tui/console/view.h"

static const struct model_node *nth(const struct console *c, unsigned at, unsigned *count)
{
	const struct model_node *found = NULL;

	*count = 0;
	for (guint n = 0; n < c->model->nodes->len; n++) {
		const struct model_node *node = c->model->nodes->pdata[n];

		if (node->kind == MODEL_UPLINK && (*count)++ == at)
			found = node;
	}
	return found;
}

static int draw_member(struct canvas *canvas, struct area a, int y, const char *name, JsonNode *value)
{
	g_autofree char *text = NULL;

	if (JSON_NODE_HOLDS_ARRAY(value)) {
		JsonArray *rows = json_node_get_array(value);

		canvas_text(canvas, a, 0, y++, STYLE_DIM, name);
		for (guint n = 0; n < json_array_get_length(rows) && y < a.h; n++) {
			g_autofree char *row = json_to_string(json_array_get_element(rows, n), FALSE);

			canvas_text(canvas, a, 2, y++, STYLE_PLAIN, g_strdelimit(row, "{}\"", ' '));
		}
		return y;
	}
	text = JSON_NODE_HOLDS_VALUE(value) && json_node_get_value_type(value) == G_TYPE_STRING
		       ? g_strdup(json_node_get_string(value))
		       : json_to_string(value, FALSE);
	canvas_text(canvas, a, 0, y, STYLE_DIM, name);
	canvas_text(canvas, a, 16, y, STYLE_PLAIN, text);
	return y + 1;
}

static void draw(struct console *c, struct canvas *canvas, struct area a)
{
	unsigned count;
	const struct model_node *n = nth(c, 0, &count);
	g_autoptr(GList) members = NULL;
	JsonObject *o;
	int y = 0;

	if (!n) {
		canvas_text(canvas, a, 2, 1, STYLE_DIM, "this lab reaches nothing outside: it has no uplinks");
		return;
	}
	c->row = MIN(c->row, count - 1);
	for (unsigned i = 0; i < count && y < a.h / 2; i++) {
		n = nth(c, i, &count);
		canvas_printf(canvas, a, 0, y++, i == c->row ? STYLE_SELECTED : STYLE_PLAIN, "%-16s %-10s %s", n->name,
			      n->note, n->state);
	}
	n = nth(c, c->row, &count);
	o = console_answer(c, n->name);
	members = o ? json_object_get_members(o) : NULL;
	y++;
	for (GList *m = members; m && y < a.h; m = m->next)
		y = draw_member(canvas, a, y, m->data, json_object_get_member(o, m->data));
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

static const struct view_key keys[] = {{"arrows, j k", "select a door"}, {NULL, NULL}};

const struct view view_uplinks = {
	.name = "Uplinks",
	.code = KEY_CODE_F1 + 5,
	.keys = keys,
	.draw = draw,
	.key = key,
	.refresh = refresh,
};
