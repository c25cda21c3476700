/* Tables of JSON; see table.h. */
#include "tui/cli/table.h"

#include <string.h>

#define WIDTH 80u /* columns that a table may take */

/* ---- numbers as people say them ---- */

static char *scaled(gint64 number, unsigned step, const char *const *units)
{
	double value = (double)number;
	unsigned unit = 0;

	while (value >= step && units[unit + 1]) {
		value /= step;
		unit++;
	}
	/* Three digits say enough; what is exact stays so. */
	if (value == (double)(gint64)value || value >= 100)
		return g_strdup_printf("%.0f%s", value, units[unit]);
	return g_strdup_printf("%.*f%s", value >= 10 ? 1 : 2, value, units[unit]);
}

/* NULL: the number is as good as it is. */
static char *human(const char *key, gint64 number)
{
	static const char *const bytes[] = {" B", " KiB", " MiB", " GiB", " TiB", NULL};
	static const char *const bits[] = {" bit/s", " kbit/s", " Mbit/s", " Gbit/s", NULL};
	static const char *const times[] = {" ns", " us", " ms", " s", NULL};
	static const char *const counts[] = {"", " k", " M", " G", " T", NULL};

	if (number < 0)
		return NULL;
	if (!strcmp(key, "memory") || g_str_has_suffix(key, "bytes"))
		return scaled(number, 1024, bytes);
	if (!strcmp(key, "bits_per_second") || !strcmp(key, "speed"))
		return scaled(number, 1000, bits);
	if (g_str_has_suffix(key, "_ns"))
		return scaled(number, 1000, times);
	return g_str_has_suffix(key, "_frames") || !strcmp(key, "instructions") ? scaled(number, 1000, counts) : NULL;
}

/* ---- text ---- */

static char *cell(JsonNode *node);

static char *named_cell(const char *key, JsonNode *node, bool raw)
{
	bool number = node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64;
	char *text = number && !raw ? human(key, json_node_get_int(node)) : NULL;

	return text ? text : cell(node);
}

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

static GPtrArray *cells_of(JsonObject *o, GList *keys, bool raw)
{
	GPtrArray *cells = g_ptr_array_new_with_free_func(g_free);

	for (GList *key = keys; key; key = key->next)
		g_ptr_array_add(cells, o ? named_cell(key->data, json_object_get_member(o, key->data), raw)
					 : g_strdup(key->data));
	return cells;
}

static guint total(const GArray *width)
{
	guint sum = 0;

	for (guint n = 0; n < width->len; n++)
		sum += g_array_index(width, guint, n) + (n ? 2 : 0);
	return sum;
}

/* Lines become columns: few objects with many members. */
static GPtrArray *turned(GPtrArray *lines)
{
	GPtrArray *all = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);

	for (guint n = 0; n < ((GPtrArray *)lines->pdata[0])->len; n++) {
		GPtrArray *line = g_ptr_array_new_with_free_func(g_free);

		for (guint m = 0; m < lines->len; m++)
			g_ptr_array_add(line, g_strdup(((GPtrArray *)lines->pdata[m])->pdata[n]));
		g_ptr_array_add(all, line);
	}
	return all;
}

static GArray *widths(GPtrArray *lines)
{
	GArray *width = g_array_new(FALSE, TRUE, sizeof(guint));

	g_array_set_size(width, ((GPtrArray *)lines->pdata[0])->len);
	for (guint n = 0; n < lines->len; n++)
		widen(width, lines->pdata[n]);
	return width;
}

/* One below the other, each with the names of its members. */
static void blocks(GString *out, GPtrArray *lines)
{
	GPtrArray *names = lines->pdata[0];

	for (guint n = 1; n < lines->len; n++)
		for (guint m = 0; m < names->len; m++) {
			const char *text = ((GPtrArray *)lines->pdata[n])->pdata[m];

			if (*text)
				g_string_append_printf(out, "%s%s: %s\n", m ? "  " : "", (char *)names->pdata[m], text);
		}
}

/* The members of the first object are the columns, or the lines if that is too wide. */
static void rows(GString *out, JsonArray *list, bool raw)
{
	g_autoptr(GList) keys = json_object_get_members(json_array_get_object_element(list, 0));
	g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func((GDestroyNotify)g_ptr_array_unref);
	g_autoptr(GPtrArray) other = NULL;
	g_autoptr(GArray) width = NULL;

	g_ptr_array_add(lines, cells_of(NULL, keys, raw));
	for (guint n = 0; n < json_array_get_length(list); n++) {
		JsonNode *node = json_array_get_element(list, n);

		if (JSON_NODE_HOLDS_OBJECT(node))
			g_ptr_array_add(lines, cells_of(json_node_get_object(node), keys, raw));
	}
	width = widths(lines);
	if (total(width) > WIDTH) {
		other = turned(lines);
		g_array_unref(width);
		width = widths(other);
	}
	if (total(width) > WIDTH) {
		blocks(out, lines);
		return;
	}
	for (guint n = 0; n < (other ? other : lines)->len; n++)
		row(out, (other ? other : lines)->pdata[n], width);
}

static bool is_table(JsonNode *node)
{
	JsonArray *list = JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;

	return list && json_array_get_length(list) && JSON_NODE_HOLDS_OBJECT(json_array_get_element(list, 0));
}

static void members(GString *out, JsonObject *o, bool raw)
{
	g_autoptr(GList) keys = json_object_get_members(o);

	for (GList *key = keys; key; key = key->next) {
		JsonNode *node = json_object_get_member(o, key->data);
		g_autofree char *text = is_table(node) ? NULL : named_cell(key->data, node, raw);

		if (text) {
			if (*text)
				g_string_append_printf(out, "%s: %s\n", (const char *)key->data, text);
			continue;
		}
		g_string_append_printf(out, "\n%s:\n", (const char *)key->data);
		rows(out, json_node_get_array(node), raw);
	}
}

char *table_text(JsonNode *node, bool raw)
{
	GString *out = g_string_new(NULL);

	if (JSON_NODE_HOLDS_OBJECT(node)) {
		members(out, json_node_get_object(node), raw);
	} else if (is_table(node)) {
		rows(out, json_node_get_array(node), raw);
	} else {
		g_autofree char *text = cell(node);

		if (*text)
			g_string_append_printf(out, "%s\n", text);
	}
	return g_string_free(out, FALSE);
}
