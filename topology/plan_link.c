/* The links of the plan. */
#include <string.h>

#include "engine/net/link_keys.h"
#include "topology/plan_maker.h"

/* What map says of one direction; the rest stays as it is. */
static void direction(struct link_params *p, const struct node *map)
{
	for (const struct link_key *k = link_keys; k->option.name; k++) {
		struct option_value v;

		if (value_get(map, keys_from, k->option.name, &v))
			k->read(p, &v);
	}
}

/* Does `name` mean this end: the whole port, or its owner? */
static bool means_end(const char *name, const char *end)
{
	size_t len = strlen(name);

	return !strcmp(name, end) || (!strncmp(end, name, len) && end[len] == ':');
}

static void from(struct build *b, struct plan_link *l, const struct node *map)
{
	g_autoptr(GPtrArray) items = value_sorted(map, true);
	const struct node *seen[2] = {NULL};

	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n];
		bool a = means_end(item->key, l->end[0]), z = means_end(item->key, l->end[1]);

		if (a == z) {
			node_key_error(b->tree, item,
				       a ? "both ends are of '%s': expected '%s' or '%s'"
					 : "'%s' is no end of this link: expected '%s' or '%s'",
				       item->key, l->end[0], l->end[1]);
			continue;
		}
		if (seen[z])
			node_key_error(b->tree, item, "the same direction as '%s'", seen[z]->key);
		seen[z] = item;
		direction(&l->params[z], item);
	}
}

/* The two ends, or false: not both are right, or there is only one. */
static bool find_ends(struct build *b, const struct node *list, char *end[2])
{
	const struct key *row = key_find(keys_link, "ends");
	bool ok = true;

	if (!list || list->kind != NODE_LIST)
		return false;
	if (list->items->len < 1 || list->items->len > 2) {
		node_error(b->tree, list, "a link has two ends, not %u", list->items->len);
		return false;
	}
	for (guint n = 0; n < list->items->len; n++) {
		const struct node *item = list->items->pdata[n];
		struct option_value v;

		if (item->kind != NODE_SCALAR || !option_parse(&row->option, item->text, &v, NULL) ||
		    !build_port_exists(b, item, item->text)) {
			ok = false;
			continue;
		}
		build_use_port(b, item, item->text);
		end[n] = g_strdup(item->text);
	}
	if (list->items->len == 1)
		node_warning(b->tree, list, "a cable without a far end: it is left out");
	return ok && list->items->len == 2;
}

static void build_link(struct build *b, struct thing *t, const struct node *map)
{
	struct plan_link *l = g_new0(struct plan_link, 1);
	struct option_value state;

	l->name = g_strdup(map->key);
	l->mark = map->key_mark;
	link_params_init(&l->params[0]);
	direction(&l->params[0], map);
	l->params[1] = l->params[0];
	value_get(map, keys_link, "state", &state);
	l->up = state.number;
	if (!find_ends(b, map_get(map, "ends"), l->end)) {
		g_free(l->end[0]);
		g_free(l->end[1]);
		g_free(l->name);
		g_free(l);
		return;
	}
	t->plan = l;
	g_ptr_array_add(b->plan->links, l);
	from(b, l, map_get(map, "from"));
}

void build_links(struct build *b)
{
	g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, "links"), true);

	for (guint n = 0; n < items->len; n++) {
		struct thing *t = build_thing(b, THING_LINK, items->pdata[n]);

		if (t && t->node == items->pdata[n])
			build_link(b, t, items->pdata[n]);
	}
}
