/* The uplinks of the plan: what their kind demands, and where they are plugged in. */
#include <string.h>

#include "engine/uplink/kind.h"
#include "topology/plan_maker.h"

/* ---- what is written about its kind ---- */

static void add_value(struct build *b, struct plan_uplink *u, const struct key *row, const struct node *n)
{
	struct option_value v;

	if (n->kind == NODE_SCALAR && !n->reported && option_parse(&row->option, n->text, &v, NULL))
		uplink_settings_add(u->settings, row->uplink_row, n->text, &v);
}

/* ---- a value that is a map: it names a PC ---- */

/* The address that a PC is reached at, or @ and the MAC of a card that asks for one
 * by DHCP; on this uplink's network, if `net` tells. NULL: it has none. g_free() it. */
static char *pc_address(const struct build *b, const struct plan_pc *pc)
{
	char text[ADDRESS_TEXT];

	for (guint n = 0; n < pc->nics->len; n++) {
		const struct plan_nic *nic = pc->nics->pdata[n];

		for (guint i = 0; i < nic->addresses->len; i++) {
			const struct plan_address *pa = &g_array_index(nic->addresses, struct plan_address, i);
			struct address a = {.family = pa->family, .prefix = 32};

			memcpy(a.bytes, pa->bytes, sizeof(a.bytes));
			if (pa->dhcp) {
				address_format_mac(nic->mac, text);
				g_strdelimit(text, ":", '-');
				return g_strdup_printf("@%s", text);
			}
			if (pa->family == 4) {
				address_format(&a, false, text);
				return g_strdup(text);
			}
		}
	}
	return NULL;
}

static void add_text(struct build *b, struct plan_uplink *u, const struct key *row, const struct node *n, char *text,
		     const GError *error)
{
	const struct option_value none = {0};

	if (text)
		uplink_settings_add(u->settings, row->uplink_row, text, &none);
	else
		node_error(b->tree, n, "%s", error->message);
	g_free(text);
}

/* One value for each PC that `pc` means: c<n> means c1, c2, ..., and the same <n>
 * stands for its number in the other values. */
static char *numbered(const char *text, const char *number)
{
	g_auto(GStrv) part = g_strsplit(text, "<n>", -1);

	return g_strjoinv(number, part);
}

enum { MAP_ROWS = 8 };

static void add_one(struct build *b, struct plan_uplink *u, const struct key *row, const struct node *n,
		    const char *number)
{
	const struct option *map = row->uplink_row->map;
	const char *values[MAP_ROWS] = {NULL};
	g_autoptr(GPtrArray) made = g_ptr_array_new_with_free_func(g_free);
	g_autoptr(GError) error = NULL;
	char *whole;

	for (unsigned i = 0; map[i].name; i++) {
		const struct node *item = map_get(n, map[i].name);
		char *text = item && item->kind == NODE_SCALAR ? numbered(item->text, number) : NULL;

		if (text && !strcmp(map[i].name, "pc")) {
			const struct thing *t = build_find(b, text, THING_PC);
			char *address = t && t->plan ? pc_address(b, t->plan) : NULL;

			if (!t)
				node_error(b->tree, item, "there is no PC '%s'", text);
			else if (!address)
				node_error(b->tree, item,
					   "PC '%s' has no IPv4 address, nor asks for one (`ip: [dhcp]`)", text);
			g_free(text);
			text = address;
			if (!text)
				return;
		}
		if (text)
			g_ptr_array_add(made, text);
		values[i] = text;
	}
	whole = row->uplink_row->from_map(values, &error);
	add_text(b, u, row, n, whole, error);
}

/* The number in a name like c<n>; NULL: the name is no such one. g_free() it. */
static char *number_in(const char *pattern, const char *name)
{
	const char *at = strstr(pattern, "<n>");
	size_t before = at ? (size_t)(at - pattern) : 0, after = at ? strlen(at + 3) : 0, len = strlen(name);
	char *number;

	if (!at || len <= before + after || strncmp(pattern, name, before) != 0 ||
	    strcmp(name + len - after, at + 3) != 0)
		return NULL;
	number = g_strndup(name + before, len - before - after);
	if (number[strspn(number, "0123456789")])
		g_clear_pointer(&number, g_free);
	return number;
}

static void add_map(struct build *b, struct plan_uplink *u, const struct key *row, const struct node *n)
{
	const struct node *pc = map_get(n, "pc");
	bool any = false;

	if (!pc || !strstr(pc->text, "<n>")) {
		add_one(b, u, row, n, "<n>");
		return;
	}
	for (guint i = 0; i < b->plan->pcs->len; i++) {
		g_autofree char *number = number_in(pc->text, ((struct plan_pc *)b->plan->pcs->pdata[i])->name);

		if (number)
			add_one(b, u, row, n, number);
		any = any || number;
	}
	if (!any)
		node_error(b->tree, pc, "there is no PC '%s'", pc->text);
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
			if (((struct node *)item->items->pdata[i])->kind == NODE_MAP && row.uplink_row->map)
				add_map(b, u, &row, item->items->pdata[i]);
			else
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
