/* Files and folders to put into a PC. */
#include <string.h>

#include "topology/plan_maker.h"
#include "topology/path.h"

static bool is_folder(const char *path)
{
	return g_str_has_suffix(path, "/");
}

static void from_source(struct build *b, struct plan_file *f, const struct node *source)
{
	struct option_value v;
	const char *why;

	if (source->kind != NODE_SCALAR || !option_parse(&key_find(keys_pc, "files")->option, source->text, &v, NULL))
		return;
	if (is_folder(f->path) != is_folder(source->text)) {
		node_error(b->tree, source, "'%s': a folder goes to a folder: both end in '/', or neither",
			   source->text);
		return;
	}
	f->source = build_path(b, source, is_folder(source->text));
	if (f->source && is_folder(source->text) && !path_tree_inside(b->folder, f->source, &why))
		node_error(b->tree, source, "'%s': %s", source->text, why);
}

static void from_map(struct build *b, struct plan_file *f, const struct node *map)
{
	const struct node *text = map_get(map, "text"), *source = map_get(map, "source");
	struct option_value mode;

	if (!text == !source)
		node_key_error(b->tree, map, "expected one of `text` and `source`%s", text ? ", not both" : "");
	if (value_get(map, keys_file, "mode", &mode) || text)
		f->mode = (unsigned)mode.number;
	if (map_get(map, "mode") && is_folder(f->path))
		node_key_error(b->tree, map_get(map, "mode"),
			       "the files of a folder get 0755 if they are executable, else 0644");
	if (text && is_folder(f->path))
		node_key_error(b->tree, text, "'%s' is a folder, which has no text", f->path);
	if (text && value_text(map, keys_file, "text")) {
		f->text = g_strdup(text->text);
		f->text_size = text->size;
	}
	if (source && value_text(map, keys_file, "source"))
		from_source(b, f, source);
}

void build_files(struct build *b, struct plan_pc *pc, const struct node *map)
{
	g_autoptr(GPtrArray) items = value_sorted(map, false);
	const struct key *row = key_find(keys_pc, "files");

	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n];
		struct plan_file *f;

		if (!value_name_ok(item, row))
			continue;
		f = g_new0(struct plan_file, 1);
		f->path = g_strdup(item->key);
		f->mark = item->key_mark;
		g_ptr_array_add(pc->files, f);
		if (item->kind == NODE_MAP)
			from_map(b, f, item);
		else
			from_source(b, f, item);
	}
}
