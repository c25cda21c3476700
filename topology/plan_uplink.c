/* The uplinks of the plan: what their kind demands, and where they are plugged in. */
#include <string.h>

#include "engine/uplink/kind.h"
#include "topology/build.h"

/* ---- what is written about its kind ---- */

static void add_value(struct build *b, struct plan_uplink *u, const struct key *row, const struct node *n)
{
	struct option_value v;

	if (n->kind == NODE_SCALAR && !n->reported && option_parse(&row->option, n->text, &v, NULL))
		uplink_settings_add(u->settings, row->uplink_row, n->text, &v);
}

static void read_settings(struct build *b, struct plan_uplink *u, const struct node *map)
{
	for (guint n = 0; n < map->items->len; n++) {
		const struct node *item = map->items->pdata[n];
		struct key row;

		if (key_find(keys_uplink, item->key) || !keys_uplink_option(u->kind, item->key, &row))
			continue;
		if (row.shape != KEY_LIST)
			add_value(b, u, &row, item);
		for (guint i = 0; row.shape == KEY_LIST && item->kind == NODE_LIST && i < item->items->len; i++)
			add_value(b, u, &row, item->items->pdata[i]);
	}
}

static void check_settings(struct build *b, struct plan_uplink *u, const struct node *map)
{
	g_autoptr(GError) error = NULL;
	const char *key = NULL;

	if (u->kind->check(u->settings, &key, &error))
		return;
	if (key && map_get(map, key))
		node_error(b->tree, map_get(map, key), "%s", error->message);
	else
		node_key_error(b->tree, map, "%s", error->message);
}

/* ---- where it is ---- */

static void on_vlan(struct build *b, struct plan_uplink *u, const struct node *map, const struct node *vlan)
{
	const struct thing *t = value_text(map, keys_uplink, "vlan") ? build_refer(b, vlan, THING_VLAN) : NULL;

	if (!t)
		return;
	if (t->carried)
		node_error(b->tree, vlan, "switches carry VLAN '%s', so say which port: `to: SWITCH:NUMBER`",
			   vlan->text);
	u->attach = ATTACH_VLAN;
	u->vlan = t->index;
}

static void at_port(struct build *b, struct plan_uplink *u, const struct node *map, const struct node *to)
{
	const char *port = value_text(map, keys_uplink, "to");
	g_autofree char *owner = NULL;

	if (!port || !build_port_exists(b, to, port))
		return;
	owner = g_strndup(port, (gsize)(strchr(port, ':') - port));
	if (build_find(b, owner, THING_PC)) {
		node_error(b->tree, to, "'%s' is a card: a cable to it is written under `links`", port);
		return;
	}
	u->attach = ATTACH_PORT;
	u->to = g_strdup(port);
	build_use_port(b, to, port);
}

static void attach(struct build *b, struct plan_uplink *u, const struct node *map)
{
	const struct node *vlan = map_get(map, "vlan"), *to = map_get(map, "to");

	if (vlan && to)
		node_key_error(b->tree, to, "an uplink has one cable: expected either `vlan` or `to`");
	if (vlan)
		on_vlan(b, u, map, vlan);
	else if (to)
		at_port(b, u, map, to);
	if (vlan || to)
		build_use_port(b, vlan ? vlan : to, u->name);
}

static void build_uplink(struct build *b, struct thing *t, const struct node *map)
{
	const char *kind = value_text(map, keys_uplink, "kind");
	struct plan_uplink *u;
	struct option_value ipv6;

	if (!kind || !uplink_kind_find(kind)) { /* which the check has reported */
		struct plan_uplink unknown = {.name = map->key};

		attach(b, &unknown, map);
		g_free(unknown.to);
		return;
	}
	u = g_new0(struct plan_uplink, 1);
	u->name = g_strdup(map->key);
	u->mark = map->key_mark;
	u->kind = uplink_kind_find(kind);
	u->settings = uplink_settings_new(b->folder);
	value_get(b->defaults, keys_defaults, "ipv6", &ipv6);
	u->settings->ipv6 = ipv6.number;
	t->plan = u;
	g_ptr_array_add(b->plan->uplinks, u);
	read_settings(b, u, map);
	check_settings(b, u, map);
	attach(b, u, map);
}

void build_uplinks(struct build *b)
{
	g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, "uplinks"), true);

	for (guint n = 0; n < items->len; n++) {
		struct thing *t = build_thing(b, THING_UPLINK, items->pdata[n]);

		if (t && t->node == items->pdata[n])
			build_uplink(b, t, items->pdata[n]);
	}
}
