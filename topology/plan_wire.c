/* VLANs, hubs and switches of the plan. */
#include <string.h>

#include "engine/net/vlan.h"
#include "topology/plan_switch.h"

void build_vlans(struct build *b)
{
	g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, "vlans"), false);
	const struct key *row = key_find(keys_lab, "vlans");
	const struct node *numbers[VLAN_IDS] = {NULL};

	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n];
		struct thing *t = build_thing(b, THING_VLAN, item);
		struct plan_vlan *v;
		struct option_value id;

		if (!t || item->kind != NODE_SCALAR || !option_parse(&row->option, item->text, &id, NULL))
			continue;
		if (numbers[id.number]) {
			g_autofree char *place = mark_place(&numbers[id.number]->mark, &item->mark);

			node_error(b->tree, item, "the number %s is taken: VLAN '%s' has it, in %s", item->text,
				   numbers[id.number]->key, place);
		} else {
			numbers[id.number] = item;
		}
		v = g_new0(struct plan_vlan, 1);
		v->name = g_strdup(item->key);
		v->id = (uint16_t)id.number;
		v->mark = item->key_mark;
		t->plan = v;
		t->index = b->plan->vlans->len;
		g_ptr_array_add(b->plan->vlans, v);
	}
}

void build_hubs(struct build *b)
{
	g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, "hubs"), true);

	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n];
		struct thing *t = build_thing(b, THING_HUB, item);
		struct option_value ports;
		struct plan_hub *h;

		if (!t || t->node != item)
			continue;
		value_get(item, keys_hub, "ports", &ports);
		h = g_new0(struct plan_hub, 1);
		h->name = g_strdup(item->key);
		h->ports = (unsigned)ports.number;
		h->mark = item->key_mark;
		t->plan = h;
		g_ptr_array_add(b->plan->hubs, h);
	}
}

/* ---- switches ---- */

/* The number of the VLAN that n names, which explicit switches now carry; 0 with
 * a message. */
static uint16_t carried_vlan(struct build *b, const struct node *n)
{
	struct thing *t = n->kind == NODE_SCALAR ? build_refer(b, n, THING_VLAN) : NULL;
	const struct plan_vlan *v = t ? t->plan : NULL;

	if (!v)
		return 0;
	t->carried = true;
	return v->id;
}

static void trunk_vlans(struct build *b, struct plan_switch_port *p, const struct node *list)
{
	for (guint n = 0; list->kind == NODE_LIST && n < list->items->len; n++) {
		uint16_t id = carried_vlan(b, list->items->pdata[n]);
		bool twice = false;

		for (guint i = 0; i < p->vlans->len; i++)
			twice = twice || g_array_index(p->vlans, uint16_t, i) == id;
		if (twice)
			node_error(b->tree, list->items->pdata[n], "VLAN '%s' is in this list twice",
				   ((struct node *)list->items->pdata[n])->text);
		else if (id)
			g_array_append_val(p->vlans, id);
	}
	if (list->kind == NODE_LIST && !list->items->len)
		node_warning(b->tree, list, "a trunk without VLANs carries nothing");
}

static void describe_port(struct build *b, struct plan_switch_port *p, const struct node *map)
{
	const struct node *access = map_get(map, "access"), *trunk = map_get(map, "trunk"),
			  *native = map_get(map, "native"), *mirror = map_get(map, "mirror");
	struct option_value rate;

	value_get(map, keys_switch_port, "rate", &rate);
	p->rate = rate.number;
	p->trunk = trunk != NULL;
	plan_port_extras(b, p, map);
	if (mirror && (access || trunk))
		node_key_error(b->tree, mirror, "a mirror port carries no VLAN of its own");
	else if (!mirror && !access == !trunk)
		node_key_error(b->tree, map, "expected one of `access: VLAN` and `trunk: [VLAN, ...]`%s",
			       access ? ", not both" : "");
	if (native && !trunk)
		node_key_error(b->tree, native, "only trunks have a native VLAN");
	if (access)
		p->access = carried_vlan(b, access);
	if (trunk)
		trunk_vlans(b, p, trunk);
	if (native)
		p->native = carried_vlan(b, native);
}

static void switch_ports(struct build *b, struct plan_switch *s, const struct node *map)
{
	g_autoptr(GPtrArray) items = value_sorted(map, true);
	const struct key *row = key_find(keys_switch, "ports");
	const struct node *taken[1024 + 1] = {NULL};

	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n];
		struct option_value range;

		if (!option_parse(&row->names, item->key, &range, NULL))
			continue;
		for (uint64_t number = range.number; number <= range.last; number++) {
			struct plan_switch_port *p;

			if (taken[number]) {
				g_autofree char *place = mark_place(&taken[number]->key_mark, &item->key_mark);

				node_key_error(b->tree, item, "port %u is described twice: first as '%s', in %s",
					       (unsigned)number, taken[number]->key, place);
				break;
			}
			taken[number] = item;
			p = plan_switch_port_new();
			p->number = (unsigned)number;
			describe_port(b, p, item);
			g_ptr_array_add(s->ports, p);
		}
	}
}

static gint by_number(gconstpointer a, gconstpointer b)
{
	const struct plan_switch_port *x = *(struct plan_switch_port *const *)a,
				      *y = *(struct plan_switch_port *const *)b;

	return x->number < y->number ? -1 : x->number > y->number;
}

void build_switches(struct build *b)
{
	g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, "switches"), true);

	for (guint n = 0; n < items->len; n++) {
		const struct node *item = items->pdata[n];
		struct thing *t = build_thing(b, THING_SWITCH, item);
		struct plan_switch *s;

		if (!t || t->node != item)
			continue;
		s = plan_switch_new();
		s->name = g_strdup(item->key);
		s->mark = item->key_mark;
		switch_ports(b, s, map_get(item, "ports"));
		g_ptr_array_sort(s->ports, by_number);
		plan_switch_extras(b, s, item);
		plan_switch_mirrors(b, s, item);
		t->plan = s;
		g_ptr_array_add(b->plan->switches, s);
	}
}
