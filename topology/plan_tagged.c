/* VLAN interfaces of a PC: `eth0.10: {vlan_of: eth0, ip: [...]}`. */
#include <string.h>

#include "topology/plan_maker.h"

/* The number behind the last dot of the name; 0: there is none. */
static uint64_t number_of(const char *name)
{
	const char *dot = strrchr(name, '.');
	uint64_t id = dot && g_ascii_isdigit(dot[1]) ? g_ascii_strtoull(dot + 1, NULL, 10) : 0;

	return id <= 4094 ? id : 0;
}

/* What only a real card has. */
static void only_its_own(struct build *b, const struct node *item)
{
	for (guint n = 0; n < item->items->len; n++) {
		const struct node *k = item->items->pdata[n];

		if (strcmp(k->key, "vlan_of") && strcmp(k->key, "id") && strcmp(k->key, "ip"))
			node_key_error(b->tree, k,
				       "a VLAN interface has `vlan_of`, `id` and `ip` alone: it shares the card");
	}
}

static void find_parent(struct build *b, const struct plan_pc *pc, const struct node *item)
{
	const struct node *of = map_get(item, "vlan_of"), *card = map_get(item->parent, of->text);

	if (!card)
		node_error(b->tree, of, "PC '%s' has no card '%s'", pc->name, of->text);
	else if (map_get(card, "vlan_of"))
		node_error(b->tree, of, "'%s' is a VLAN interface, too: expected a card", of->text);
}

struct plan_nic *build_tagged(struct build *b, struct plan_pc *pc, const struct node *item)
{
	struct plan_nic *nic;
	struct option_value v;
	uint64_t id = value_get(item, keys_nic, "id", &v) ? v.number : number_of(item->key);

	if (!value_text(item, keys_nic, "vlan_of"))
		return NULL;
	only_its_own(b, item);
	find_parent(b, pc, item);
	if (!id)
		node_key_error(b->tree, item, "expected `id`, or a name that ends in the VLAN's number: %s.10",
			       map_get(item, "vlan_of")->text);
	for (guint n = 0; n < pc->tagged->len; n++) {
		const struct plan_nic *other = pc->tagged->pdata[n];

		if (id && other->id == id && !strcmp(other->parent, map_get(item, "vlan_of")->text))
			node_key_error(b->tree, item, "VLAN %u of %s is '%s' already", other->id, other->parent,
				       other->name);
	}
	nic = plan_nic_new();
	nic->name = g_strdup(item->key);
	nic->parent = g_strdup(map_get(item, "vlan_of")->text);
	nic->id = (uint16_t)id;
	nic->mark = item->key_mark;
	g_ptr_array_add(pc->tagged, nic);
	return nic;
}
