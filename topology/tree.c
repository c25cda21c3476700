/* Nodes, their places and messages about them; see tree.h. */
#include "topology/tree.h"

#include <string.h>

static void node_free(gpointer data)
{
	struct node *n = data;

	g_free(n->text);
	g_free(n->key);
	if (n->items)
		g_ptr_array_unref(n->items);
	if (n->index)
		g_hash_table_unref(n->index);
	g_free(n);
}

void tree_init(struct tree *t, struct topology_report *report)
{
	t->nodes = g_ptr_array_new_with_free_func(node_free);
	t->report = report;
	t->copied = 0;
	t->full = false;
}

void tree_clear(struct tree *t)
{
	g_ptr_array_unref(t->nodes);
	t->nodes = NULL;
}

struct node *node_new(struct tree *t, enum node_kind kind, const struct plan_mark *mark)
{
	struct node *n;

	if (t->nodes->len >= TREE_NODES) {
		if (!t->full)
			report_add(t->report, false, mark, NULL,
				   "the lab has more than 200000 values, copies included");
		t->full = true;
		return NULL;
	}
	n = g_new0(struct node, 1);
	n->kind = kind;
	n->mark = n->key_mark = *mark;
	n->text = g_strdup("");
	if (kind == NODE_MAP)
		n->index = g_hash_table_new(g_str_hash, g_str_equal);
	if (kind == NODE_MAP || kind == NODE_LIST)
		n->items = g_ptr_array_new();
	g_ptr_array_add(t->nodes, n);
	return n;
}

void node_set_text(struct node *n, const char *text, gsize size)
{
	char *copy = g_malloc(size + 1);

	memcpy(copy, text, size);
	copy[size] = '\0';
	g_free(n->text);
	n->text = copy;
	n->size = size;
}

/* Is there room for another copy of n's text and key? */
static bool text_fits(struct tree *t, const struct node *n)
{
	t->copied += n->size + (n->key ? strlen(n->key) : 0);
	if (t->copied <= TREE_COPIES)
		return true;
	if (!t->full)
		report_add(t->report, false, &n->mark, NULL, "copies of its text make the lab larger than 64 MiB");
	t->full = true;
	return false;
}

struct node *node_like(struct tree *t, const struct node *n)
{
	struct node *like = text_fits(t, n) ? node_new(t, n->kind, &n->mark) : NULL;

	if (!like)
		return NULL;
	like->quoted = n->quoted;
	like->reported = n->reported;
	like->key_reported = n->key_reported;
	like->key_mark = n->key_mark;
	return like;
}

struct node *node_copy(struct tree *t, const struct node *n)
{
	struct node *copy = node_like(t, n);

	if (!copy)
		return NULL;
	if (n->kind == NODE_SCALAR)
		node_set_text(copy, n->text, n->size);
	for (guint i = 0; n->items && i < n->items->len; i++) {
		const struct node *item = n->items->pdata[i];
		struct node *child = node_copy(t, item);

		if (!child)
			return NULL;
		if (n->kind == NODE_MAP)
			map_add(copy, item->key, &item->key_mark, child);
		else
			list_add(copy, child);
	}
	return copy;
}

bool map_add(struct node *map, const char *key, const struct plan_mark *key_mark, struct node *n)
{
	assert(map->kind == NODE_MAP && !n->parent);
	if (g_hash_table_contains(map->index, key))
		return false;
	g_free(n->key);
	n->key = g_strdup(key);
	n->key_mark = *key_mark;
	n->parent = map;
	g_ptr_array_add(map->items, n);
	g_hash_table_insert(map->index, n->key, n);
	return true;
}

void map_remove(struct node *map, struct node *n)
{
	assert(n->parent == map);
	g_hash_table_remove(map->index, n->key);
	g_ptr_array_remove(map->items, n);
	n->parent = NULL;
}

struct node *map_get(const struct node *map, const char *key)
{
	return map && map->kind == NODE_MAP ? g_hash_table_lookup(map->index, key) : NULL;
}

void list_add(struct node *list, struct node *n)
{
	assert(list->kind == NODE_LIST && !n->parent);
	n->parent = list;
	g_ptr_array_add(list->items, n);
}

char *node_path(const struct node *n)
{
	GString *path = g_string_new(NULL);

	for (; n; n = n->parent) {
		if (!n->key)
			continue;
		if (path->len)
			g_string_prepend_c(path, '.');
		g_string_prepend(path, n->key);
	}
	return g_string_free(path, FALSE);
}

char *mark_place(const struct plan_mark *mark, const struct plan_mark *from)
{
	bool same = !strcmp(mark->file, from->file);

	return g_strdup_printf("line %u%s%s", mark->line, same ? "" : " of ", same ? "" : mark->file);
}

const char *node_kind_name(const struct node *n)
{
	static const char *const names[] = {
		[NODE_NULL] = "nothing", [NODE_SCALAR] = "a value", [NODE_MAP] = "a map", [NODE_LIST] = "a list"};

	return names[n->kind];
}

static void say(struct tree *t, const struct node *n, const struct plan_mark *mark, bool warning, const char *format,
		va_list args)
{
	g_autofree char *path = node_path(n), *text = g_strdup_vprintf(format, args);

	report_add(t->report, warning, mark, path, text);
}

void node_error(struct tree *t, const struct node *n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(t, n, &n->mark, false, format, args);
	va_end(args);
}

void node_warning(struct tree *t, const struct node *n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(t, n, &n->mark, true, format, args);
	va_end(args);
}

void node_key_error(struct tree *t, const struct node *n, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	say(t, n, &n->key_mark, false, format, args);
	va_end(args);
}
