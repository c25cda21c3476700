/* The network cards of a PC: where they are plugged in, their addresses. */
#include <string.h>

#include "engine/nic/nic.h"
#include "topology/plan_maker.h"

static void attach_vlan(struct build *b, struct plan_nic *nic, const struct node *map, const struct node *vlan)
{
	const struct thing *t = value_text(map, keys_nic, "vlan") ? build_refer(b, vlan, THING_VLAN) : NULL;

	if (!t)
		return;
	if (t->carried)
		node_error(b->tree, vlan, "switches carry VLAN '%s', so say which port: `to: SWITCH:NUMBER`",
			   vlan->text);
	nic->attach = ATTACH_VLAN;
	nic->vlan = t->index;
}

static void attach_port(struct build *b, struct plan_nic *nic, const struct node *map, const struct node *to)
{
	const char *port = value_text(map, keys_nic, "to");
	g_autofree char *owner = NULL;

	if (!port || !build_port_exists(b, to, port))
		return;
	owner = g_strndup(port, (gsize)(strchr(port, ':') - port));
	if (build_find(b, owner, THING_PC)) {
		node_error(b->tree, to, "'%s' is a card: a cable between two cards is written under `links`", port);
		return;
	}
	nic->attach = ATTACH_PORT;
	nic->to = g_strdup(port);
	build_use_port(b, to, port);
}

static void attach(struct build *b, const struct plan_pc *pc, struct plan_nic *nic, const struct node *map)
{
	const struct node *vlan = map_get(map, "vlan"), *to = map_get(map, "to");
	g_autofree char *own = g_strdup_printf("%s:%s", pc->name, nic->name);

	if (vlan && to)
		node_key_error(b->tree, to, "a card has one cable: expected either `vlan` or `to`");
	if (vlan)
		attach_vlan(b, nic, map, vlan);
	else if (to)
		attach_port(b, nic, map, to);
	if (vlan || to)
		build_use_port(b, vlan ? vlan : to, own);
}

/* The cable's state, the boot ROM. */
static void details(struct build *b, struct plan_nic *nic, const struct node *map)
{
	const struct node *rom = map_get(map, "rom");
	struct option_value v;

	nic->down = value_get(map, keys_nic, "state", &v) && !v.number;
	if (rom && value_get(map, keys_nic, "rom", &v))
		nic->rom = v.number ? ROM_ALWAYS : ROM_NONE;
	if (nic->rom == ROM_ALWAYS && !nic->model->rom)
		node_error(b->tree, rom, "there is no boot ROM for an %s", nic->model->name);
}

static void add_address(struct build *b, const struct plan_pc *pc, struct plan_nic *nic, const struct node *n,
			const struct option_value *v)
{
	struct build_address entry = {v->address, pc, nic, n};
	struct plan_address a = {.dhcp = !v->address.family, .family = v->address.family, .prefix = v->address.prefix};

	memcpy(a.bytes, v->address.bytes, sizeof(a.bytes));
	for (guint i = 0; i < nic->addresses->len; i++)
		if (!memcmp(&a, &g_array_index(nic->addresses, struct plan_address, i), sizeof(a))) {
			node_error(b->tree, n, "'%s' is in this list twice", n->text);
			return;
		}
	g_array_append_val(nic->addresses, a);
	if (!a.dhcp)
		g_array_append_val(b->addresses, entry);
}

static void addresses(struct build *b, const struct plan_pc *pc, struct plan_nic *nic, const struct node *list)
{
	const struct key *row = key_find(keys_nic, "ip");

	for (guint i = 0; list && list->kind == NODE_LIST && i < list->items->len; i++) {
		const struct node *n = list->items->pdata[i];
		struct option_value v;

		if (n->kind == NODE_SCALAR && option_parse(&row->option, n->text, &v, NULL))
			add_address(b, pc, nic, n, &v);
	}
}

static void own_mac(struct build *b, struct plan_nic *nic, const struct node *map)
{
	const struct node *n = map_get(map, "mac"), *first;
	char text[ADDRESS_TEXT];
	struct option_value v;
	g_autofree char *path = NULL, *place = NULL;

	if (!value_get(map, keys_nic, "mac", &v))
		return;
	memcpy(nic->mac, v.mac, sizeof(nic->mac));
	address_format_mac(v.mac, text);
	first = g_hash_table_lookup(b->macs, text);
	if (!first) {
		g_hash_table_insert(b->macs, g_strdup(text), (gpointer)n);
		return;
	}
	path = node_path(first->parent);
	place = mark_place(&first->mark, &n->mark);
	node_error(b->tree, n, "'%s' is taken: %s has it, in %s", n->text, path, place);
}

static void model(struct build *b, struct plan_nic *nic, const struct node *map)
{
	nic->model = value_model(map, map_get(b->defaults, "nic"));
	if (!nic->model) /* which the check has reported */
		nic->model = nic_models[0];
}

/* The card's own options: written in its map, else in `defaults` for cards of
 * that model, else the default. */
static void options(struct build *b, struct plan_nic *nic, const struct node *map)
{
	const struct node *defaults = map_get(b->defaults, "nic");
	bool same = value_model(defaults, NULL) == nic->model;
	unsigned count = nic_option_count(nic->model);

	nic->options = count ? g_new0(struct option_value, count) : NULL;
	for (unsigned n = 0; n < count; n++) {
		const struct option *o = &nic->model->options[n];
		const struct key row = {.option = *o};

		if (!value_option(map, &row, &nic->options[n]) &&
		    !(same && value_option(defaults, &row, &nic->options[n])))
			option_parse(o, o->standard, &nic->options[n], NULL);
	}
}

static bool has_driver(const struct plan_image *image, const struct nic_model *model)
{
	return !image || !image->builtin || !model->unknown_to || !g_strv_contains(model->unknown_to, image->name);
}

/* What a card's neighbours and its guest say of it. */
static void neighbours(struct build *b, const struct plan_pc *pc, const struct node *map)
{
	/* None: there is no such image, which was said already. */
	const struct plan_image *image = pc->image < b->plan->images->len ? b->plan->images->pdata[pc->image] : NULL;
	struct nic_in_pc cards[PC_NIC_SLOTS];

	for (guint n = 0; n < pc->nics->len; n++) {
		const struct plan_nic *nic = pc->nics->pdata[n];

		cards[n] = (struct nic_in_pc){nic->model, nic->options};
	}
	for (guint n = 0; n < pc->nics->len; n++) {
		const struct plan_nic *nic = pc->nics->pdata[n];
		const struct node *node = map_get(map, nic->name);
		const char *why = nic->model->fits ? nic->model->fits(cards, pc->nics->len, n) : NULL;

		if (why)
			node_error(b->tree, node, "%s", why);
		if (!has_driver(image, nic->model))
			node_warning(b->tree, node, "the image '%s' has no driver for %s", image->name,
				     nic->model->name);
	}
}

void build_nics(struct build *b, struct plan_pc *pc, const struct node *map)
{
	g_autoptr(GPtrArray) items = value_sorted(map, true);
	const struct key *row = key_find(keys_pc, "nics");

	for (guint i = 0, cards = 0; i < items->len; i++) {
		const struct node *item = items->pdata[i];
		struct plan_nic *nic;

		if (!value_name_ok(item, row))
			continue;
		if (map_get(item, "vlan_of")) {
			nic = build_tagged(b, pc, item);
			if (nic)
				addresses(b, pc, nic, map_get(item, "ip"));
			continue;
		}
		if (map_get(item, "id"))
			node_key_error(b->tree, map_get(item, "id"), "is for VLAN interfaces: `vlan_of` is missing");
		if (cards++ == PC_NIC_SLOTS)
			node_key_error(b->tree, item, "a PC has room for %u cards", PC_NIC_SLOTS);
		if (cards > PC_NIC_SLOTS)
			continue;
		nic = plan_nic_new();
		nic->name = g_strdup(item->key);
		nic->mark = item->key_mark;
		g_ptr_array_add(pc->nics, nic);
		model(b, nic, item);
		options(b, nic, item);
		attach(b, pc, nic, item);
		details(b, nic, item);
		own_mac(b, nic, item);
		addresses(b, pc, nic, map_get(item, "ip"));
		nic_words(b, pc, nic, item);
	}
	neighbours(b, pc, map);
}
