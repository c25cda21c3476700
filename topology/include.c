/* Reading files and merging overlays; see expand.h. */
#include <stdlib.h>
#include <string.h>

#include "topology/expand.h"
#include "topology/path.h"
#include "topology/yaml.h"

enum { FILE_MAX = 1 << 20, INCLUDE_DEPTH = 16, INCLUDE_FILES = 256 };

struct includer {
	struct tree *tree;
	const char *root;
	GPtrArray *open; /* char *: real paths of the files being read */
	unsigned files;
};

static struct node *load(struct includer *in, const char *path, const char *name, const struct plan_mark *from);

void include_merge(struct node *base, struct node *over)
{
	while (over->items->len) {
		struct node *item = over->items->pdata[0], *old = map_get(base, item->key);
		g_autofree char *key = g_strdup(item->key);

		map_remove(over, item);
		if (old && old->kind == NODE_MAP && item->kind == NODE_MAP) {
			include_merge(old, item);
			continue;
		}
		if (old)
			map_remove(base, old);
		if (!old || item->kind != NODE_NULL)
			map_add(base, key, &item->key_mark, item);
	}
}

/* What is judged, and what it is worth, is said in one place: who works on an overlay
 * cannot change it. */
static void merge_file(struct includer *in, struct node *base, struct node *over)
{
	struct node *first = map_get(base, "checks"), *more = map_get(over, "checks");

	if (first && more && strcmp(first->key_mark.file, more->key_mark.file) != 0) {
		node_key_error(in->tree, more, "checks stand in one file: %s has them, line %u", first->key_mark.file,
			       first->key_mark.line);
		map_remove(over, more);
	}
	include_merge(base, over);
}

static bool is_open(const struct includer *in, const char *path)
{
	for (guint n = 0; n < in->open->len; n++)
		if (!strcmp(in->open->pdata[n], path))
			return true;
	return false;
}

/* The tree of one included file, or NULL, with a message. */
static struct node *include_one(struct includer *in, const char *path, const char *name, const struct node *item)
{
	g_autofree char *folder = g_path_get_dirname(path), *shown_folder = g_path_get_dirname(name);
	g_autofree char *real = NULL, *shown = NULL;
	const char *why;

	if (item->kind != NODE_SCALAR || strlen(item->text) != item->size || !item->size) {
		node_error(in->tree, item, "expected the name of a file, found %s", node_kind_name(item));
		return NULL;
	}
	real = path_inside(in->root, folder, item->text, PATH_FILE, &why);
	if (!real) {
		node_error(in->tree, item, "'%s': %s", item->text, why);
		return NULL;
	}
	if (is_open(in, real)) {
		node_error(in->tree, item, "'%s' includes itself", item->text);
		return NULL;
	}
	if (in->open->len >= INCLUDE_DEPTH || in->files >= INCLUDE_FILES) {
		node_error(in->tree, item, "too many files: at most 16 inside one another, 256 in all");
		return NULL;
	}
	shown = !strcmp(shown_folder, ".") ? g_strdup(item->text) : g_build_filename(shown_folder, item->text, NULL);
	return load(in, real, shown, &item->mark);
}

/* The file's own tree on top of what it includes. */
static struct node *with_includes(struct includer *in, struct node *own, const char *path, const char *name)
{
	struct node *list = map_get(own, "include"), *base;

	if (!list)
		return own;
	map_remove(own, list);
	list->parent = own; /* for messages */
	if (list->kind != NODE_LIST) {
		node_error(in->tree, list, "expected a list of files, found %s", node_kind_name(list));
		return own;
	}
	base = node_new(in->tree, NODE_MAP, &own->mark);
	for (guint n = 0; base && n < list->items->len; n++) {
		struct node *over = include_one(in, path, name, list->items->pdata[n]);

		if (over)
			merge_file(in, base, over);
	}
	if (!base)
		return own;
	merge_file(in, base, own);
	return base;
}

static struct node *load(struct includer *in, const char *path, const char *name, const struct plan_mark *from)
{
	const char *file = report_file(in->tree->report, name), *why;
	struct plan_mark top = {file, 1, 1};
	g_autofree char *text = NULL;
	struct node *own;
	gsize size = 0;

	text = path_read(path, FILE_MAX, &size, &why);
	if (!text) {
		g_autofree char *message = g_strdup_printf("'%s': %s", name, why);

		report_add(in->tree->report, false, from ? from : &top, NULL, message);
		return NULL;
	}
	in->files++;
	own = yaml_read(in->tree, file, text, size);
	if (!own)
		return NULL;
	g_ptr_array_add(in->open, (gpointer)path);
	own = with_includes(in, own, path, name);
	g_ptr_array_set_size(in->open, (gint)in->open->len - 1);
	return own;
}

struct node *include_load(struct tree *t, const char *root, const char *path, const char *name)
{
	struct includer in = {.tree = t, .root = root, .open = g_ptr_array_new()};
	struct node *node = load(&in, path, name, NULL);

	g_ptr_array_unref(in.open);
	return node;
}

struct node *include_text(struct tree *t, const char *name, const char *text, gsize size)
{
	struct node *root = yaml_read(t, report_file(t->report, name), text, size), *list = map_get(root, "include");

	if (list) {
		node_error(t, list, "a lab that is not a file includes nothing");
		map_remove(root, list);
	}
	return root;
}
