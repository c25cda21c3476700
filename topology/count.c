/* Counted PCs: `c<n>: {count: 20}`; see expand.h. */
#include <string.h>

#include "engine/base/units.h"
#include "topology/expand.h"

enum { COUNT_MAX = 1000 };

#define PLACE "<n>"

/* text with each <n> replaced; *size is that of text, then of the result. */
static char *replaced(const char *text, gsize *size, unsigned number)
{
	GString *s = g_string_sized_new(*size);
	g_autofree char *digits = g_strdup_printf("%u", number);

	for (gsize n = 0; n < *size;) {
		if (*size - n >= strlen(PLACE) && !memcmp(text + n, PLACE, strlen(PLACE))) {
			g_string_append(s, digits);
			n += strlen(PLACE);
		} else {
			g_string_append_c(s, text[n++]);
		}
	}
	*size = s->len;
	return g_string_free(s, FALSE);
}

static struct node *numbered(struct tree *t, const struct node *n, unsigned number)
{
	struct node *copy = node_like(t, n);

	if (!copy)
		return NULL;
	if (n->kind == NODE_SCALAR) {
		gsize size = n->size;
		g_autofree char *text = replaced(n->text, &size, number);

		node_set_text(copy, text, size);
	}
	for (guint i = 0; n->items && i < n->items->len; i++) {
		const struct node *item = n->items->pdata[i];
		struct node *child = numbered(t, item, number);

		if (!child)
			return NULL;
		if (n->kind == NODE_MAP) {
			gsize size = strlen(item->key);
			g_autofree char *key = replaced(item->key, &size, number);

			if (!map_add(copy, key, &item->key_mark, child))
				node_key_error(t, item, "with <n> = %u this key is there twice", number);
		} else {
			list_add(copy, child);
		}
	}
	return copy;
}

/* How many, or 0 with a message. */
static unsigned count_of(struct tree *t, const struct node *pc, const struct node *count)
{
	g_autoptr(GError) error = NULL;
	uint64_t v = 0;

	if (count && !strstr(pc->key, PLACE)) {
		node_error(t, count, "expected <n> in the name of a PC that is counted, such as %s<n>", pc->key);
		return 0;
	}
	if (!count) {
		node_key_error(t, pc, "expected `count` in a PC with <n> in its name");
		return 0;
	}
	if (count->kind != NODE_SCALAR) {
		node_error(t, count, "expected a number from 1 to 1000, found %s", node_kind_name(count));
		return 0;
	}
	if (!parse_number(count->text, 1, COUNT_MAX, &v, &error))
		node_error(t, count, "%s", error->message);
	return (unsigned)v;
}

static void expand(struct tree *t, struct node *pcs, struct node *pc)
{
	struct node *count = map_get(pc, "count");
	unsigned all = count_of(t, pc, count);

	map_remove(pcs, pc);
	pc->parent = pcs; /* for messages about it */
	if (count)
		map_remove(pc, count);
	for (unsigned number = 1; number <= all; number++) {
		struct node *copy = numbered(t, pc, number);
		gsize size = strlen(pc->key);
		g_autofree char *name = replaced(pc->key, &size, number);

		if (!copy)
			return;
		if (!map_add(pcs, name, &pc->key_mark, copy))
			node_key_error(t, pc, "its PC '%s' is there twice: first in line %u", name,
				       map_get(pcs, name)->key_mark.line);
	}
}

void count_apply(struct tree *t, struct node *root)
{
	struct node *pcs = map_get(root, "pcs");
	g_autoptr(GPtrArray) counted = g_ptr_array_new();

	for (guint n = 0; pcs && pcs->kind == NODE_MAP && n < pcs->items->len; n++) {
		struct node *pc = pcs->items->pdata[n];

		if (pc->kind == NODE_MAP && (map_get(pc, "count") || strstr(pc->key, PLACE)))
			g_ptr_array_add(counted, pc);
	}
	for (guint n = 0; n < counted->len; n++)
		expand(t, pcs, counted->pdata[n]);
}
