/* What can only be seen when all of the plan is there: cards without a cable,
 * PCs without cards, PCs that wait for one another. */
#include <string.h>

#include "topology/plan_maker.h"

/* ---- cables ---- */

static void check_cables(struct build *b, const struct plan_pc *pc, const struct node *map)
{
	for (guint i = 0; i < pc->nics->len; i++) {
		const struct plan_nic *nic = pc->nics->pdata[i];
		const struct node *n = map_get(map_get(map, "nics"), nic->name);
		g_autofree char *port = g_strdup_printf("%s:%s", pc->name, nic->name);

		if (!g_hash_table_contains(b->used, port) && !map_get(n, "vlan") && !map_get(n, "to"))
			node_warning(b->tree, n, "no cable: expected `vlan`, `to`, or a link with '%s' as an end",
				     port);
		else if (g_hash_table_contains(b->used, port) && map_get(n, "state") && nic->attach == ATTACH_NONE)
			node_error(b->tree, map_get(n, "state"),
				   "its cable is written under `links`: expected `state` there");
	}
}

/* ---- order ---- */

/* How many PCs each one waits for; references are checked. */
static GHashTable *waits(struct build *b)
{
	GHashTable *left = g_hash_table_new(g_str_hash, g_str_equal);

	for (guint n = 0; n < b->plan->pcs->len; n++) {
		const struct plan_pc *pc = b->plan->pcs->pdata[n];
		const struct node *list = map_get(map_get(map_get(b->root, "pcs"), pc->name), "after");
		guint known = 0;

		for (guint i = 0; list && list->kind == NODE_LIST && i < list->items->len; i++) {
			const struct node *item = list->items->pdata[i];

			if (item->kind != NODE_SCALAR)
				continue;
			if (!strcmp(item->text, pc->name))
				node_error(b->tree, item, "'%s' cannot wait for itself", pc->name);
			else
				build_refer(b, item, THING_PC);
		}
		for (guint i = 0; i < pc->after->len; i++)
			known += build_find(b, pc->after->pdata[i], THING_PC) &&
				 strcmp(pc->after->pdata[i], pc->name) != 0;
		g_hash_table_insert(left, pc->name, GUINT_TO_POINTER(known));
	}
	return left;
}

/* For each PC's name, those that wait for it (GPtrArray of plan_pc). */
static GHashTable *waiters(struct build *b)
{
	GHashTable *map = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)g_ptr_array_unref);

	for (guint n = 0; n < b->plan->pcs->len; n++)
		g_hash_table_insert(map, ((struct plan_pc *)b->plan->pcs->pdata[n])->name, g_ptr_array_new());
	for (guint n = 0; n < b->plan->pcs->len; n++) {
		struct plan_pc *pc = b->plan->pcs->pdata[n];

		for (guint i = 0; i < pc->after->len; i++) {
			GPtrArray *list = g_hash_table_lookup(map, pc->after->pdata[i]);

			if (list && strcmp(pc->after->pdata[i], pc->name) != 0)
				g_ptr_array_add(list, pc);
		}
	}
	return map;
}

/* Kahn's algorithm: takes away PCs that wait for nobody; who is left waits in a
 * circle, or for one that does. */
static void check_order(struct build *b)
{
	g_autoptr(GHashTable) left = waits(b), others = waiters(b);
	g_autoptr(GPtrArray) ready = g_ptr_array_new();

	for (guint n = 0; n < b->plan->pcs->len; n++)
		if (!g_hash_table_lookup(left, ((struct plan_pc *)b->plan->pcs->pdata[n])->name))
			g_ptr_array_add(ready, b->plan->pcs->pdata[n]);
	for (guint n = 0; n < ready->len; n++) {
		const GPtrArray *list = g_hash_table_lookup(others, ((struct plan_pc *)ready->pdata[n])->name);

		for (guint i = 0; i < list->len; i++) {
			struct plan_pc *pc = list->pdata[i];
			guint count = GPOINTER_TO_UINT(g_hash_table_lookup(left, pc->name)) - 1;

			g_hash_table_insert(left, pc->name, GUINT_TO_POINTER(count));
			if (!count)
				g_ptr_array_add(ready, pc);
		}
	}
	for (guint n = 0; n < b->plan->pcs->len; n++) {
		const struct plan_pc *pc = b->plan->pcs->pdata[n];

		if (g_hash_table_lookup(left, pc->name))
			node_error(b->tree, map_get(map_get(map_get(b->root, "pcs"), pc->name), "after"),
				   "it never starts: PCs wait for one another in a circle");
	}
}

void build_connections(struct build *b)
{
	for (guint n = 0; n < b->plan->pcs->len; n++) {
		const struct plan_pc *pc = b->plan->pcs->pdata[n];
		const struct node *map = map_get(map_get(b->root, "pcs"), pc->name);

		if (!pc->nics->len)
			node_warning(b->tree, map, "no network cards (`nics`)");
		check_cables(b, pc, map);
	}
	check_order(b);
}
