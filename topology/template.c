/* Templates: `use: desk` in a PC; see expand.h. */
#include <string.h>

#include "engine/base/nearest.h"
#include "topology/expand.h"

enum { USE_DEPTH = 8 };

static struct node *find_template(struct tree *t, const struct node *templates, const struct node *use)
{
	struct node *found = map_get(templates, use->text);
	struct nearest near;

	if (found && found->kind == NODE_MAP)
		return found;
	if (found) /* the check of templates says what is wrong with it */
		return NULL;
	nearest_init(&near, use->text);
	for (guint n = 0; templates && templates->items && n < templates->items->len; n++)
		if (templates->kind == NODE_MAP)
			nearest_offer(&near, ((struct node *)templates->items->pdata[n])->key);
	if (near.best)
		node_error(t, use, "there is no template '%s'; did you mean '%s'?", use->text, near.best);
	else
		node_error(t, use, "there is no template '%s'", use->text);
	return NULL;
}

/* `map` as it is meant: its template, itself used the same way, with map's own
 * keys on top. A new map; NULL if the tree is full. */
static struct node *applied(struct tree *t, const struct node *templates, const struct node *map, unsigned depth)
{
	const struct node *use = map_get(map, "use"), *found = NULL;
	struct node *own = node_copy(t, map), *base;

	if (!own || !use)
		return own;
	if (use->kind != NODE_SCALAR)
		return own; /* the check says so */
	if (depth >= USE_DEPTH) {
		node_error(t, use, "templates use one another more than 8 deep, or in a circle");
		return own;
	}
	map_remove(own, map_get(own, "use"));
	found = find_template(t, templates, use);
	if (!found)
		return own;
	base = applied(t, templates, found, depth + 1);
	if (!base)
		return NULL;
	include_merge(base, own);
	base->mark = map->mark;
	return base;
}

void template_apply(struct tree *t, struct node *root)
{
	struct node *pcs = map_get(root, "pcs"), *templates = map_get(root, "templates");
	g_autoptr(GPtrArray) users = g_ptr_array_new();

	for (guint n = 0; pcs && pcs->kind == NODE_MAP && n < pcs->items->len; n++)
		if (map_get(pcs->items->pdata[n], "use"))
			g_ptr_array_add(users, pcs->items->pdata[n]);
	for (guint n = 0; n < users->len; n++) {
		struct node *pc = users->pdata[n], *whole = applied(t, templates, pc, 0);
		g_autofree char *key = g_strdup(pc->key);
		struct plan_mark key_mark = pc->key_mark;

		if (!whole)
			return;
		map_remove(pcs, pc);
		pc->parent = pcs; /* for messages about what it was */
		map_add(pcs, key, &key_mark, whole);
	}
}
