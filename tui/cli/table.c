/* Tables of JSON; see table.h. */
#include "tui/cli/table.h"

#include <string.h>

/* A scalar, or a list of scalars, on one line. */
static char *cell(JsonNode *node)
{
	g_autoptr(GString) s = NULL;

	if (!node || JSON_NODE_HOLDS_NULL(node))
		return g_strdup("");
	if (JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
		return g_strdup(json_node_get_string(node));
	if (!JSON_NODE_HOLDS_ARRAY(node))
		return json_to_string(node, FALSE);
	s = g_string_new(NULL);
	for (guint n = 0; n < json_array_get_length(json_node_get_array(node)); n++) {
		g_autofree char *one = cell(json_array_get_element(json_node_get_array(node), n));

		g_string_append_printf(s, "%s%s", n ? ", " : "", one);
	}
	return g_string_free(g_steal_pointer(&s), FALSE);
}

/* Every column is at least as wide as its cell in this line. */
static void widen(GArray *width, GPtrArray *cells)
{
	for (guint n = 0; n < cells->len; n++) {
		guint *at = &g_array_index(width, guint, n);

		*at = MAX(*at, (guint)g_utf8_strlen(cells->pdata[n], -1));
	}
}

static void row(GString *out, GPtrArray *cells, const GArray *width)
{
	for (guint n = 0; n < cells->len; n++) {
		const char *text = cells->pdata[n];
		glong pad = (glong)g_array_index(width, guint, n) - g_utf8_strlen(text, -1);

		g_string_append(out, text);
		for (glong m = 0; n + 1 < cells->len && m < pad + 2; m++)
			g_string_append_c(out, ' ');
	}
	while (out->len && out->str[out->len - 1] == ' ')
		g_string_truncate(out, out->len - 1);
	g_string_append_c(out, '\n');
}

static GPtrArray *cells_of(JsonObject *o, GList *keys)
{
	GPtrArray *cells = g_ptr_array_new_with_free_func(g_free);

	for (GList *key = keys; key; key = key->next)
		g_ptr_array_add(cells, o ? cell(json_object_get_member(o, key->data)) : g_strdup(key->data));
	return cells;
}

/* The members of the first object are the columns. */
static void rows(GString *out, JsonArray *list)
{
	g_autoptr(GList) keys = json_object_get_members(json_array_get_object_element(list, 0));
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
	g_autoptr(GArray) width = g_array_new(FALSE, TRUE, sizeof(guint));

	g_array_set_size(width, g_list_length(keys));
	g_ptr_array_add(lines, cells_of(NULL, keys));
	for (guint n = 0; n < json_array_get_length(list); n++) {
		JsonNode *node = json_array_get_element(list, n);

		if (JSON_NODE_HOLDS_OBJECT(node))
			g_ptr_array_add(lines, cells_of(json_node_get_object(node), keys));
	}
	for (guint n = 0; n < lines->len; n++)
		widen(width, lines->pdata[n]);
	for (guint n = 0; n < lines->len; n++)
		row(out, lines->pdata[n], width);
}

static bool is_table(JsonNode *node)
{
	JsonArray *list = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

	return list && json_array_get_length(list) && JSON_NODE_HOLDS_OBJECT(json_array_get_element(list, 0));
}

static void members(GString *out, JsonObject *o)
{
	g_autoptr(GList) keys = json_object_get_members(o);

	for (GList *key = keys; key; key = key->next) {
		JsonNode *node = json_object_get_member(o, key->data);
		g_autofree char *text = is_table(node) ? NULL : cell(node);

		if (text) {
			if (*text)
				g_string_append_printf(out, "%s: %s\n", (const char *)key->data, text);
			continue;
		}
		g_string_append_printf(out, "\n%s:\n", (const char *)key->data);
		rows(out, json_node_get_array(node));
	}
}

char *table_text(JsonNode *node)
{
	GString *out = g_string_new(NULL);

	if (JSON_NODE_HOLDS_OBJECT(node)) {
		members(out, json_node_get_object(node));
	} else if (is_table(node)) {
		rows(out, json_node_get_array(node));
	} else {
		g_autofree char *text = cell(node);

		if (*text)
			g_string_append_printf(out, "%s\n", text);
	}
	return g_string_free(out, FALSE);
}
