/* What a switch does beside VLANs: spanning tree, mirrors, limits. */
#include <string.h>

#include "topology/plan_switch.h"

#define SECOND 1000000000ull

static uint64_t number_of(const struct node *map, const struct key *table, const char *name)
{
	struct option_value v;

	value_get(map, table, name, &v);
	return v.number;
}

/* In steps, as the bits of an id are cut (802.1D-2004 9.2.5, 9.2.7). */
static uint64_t stepped(struct build *b, const struct node *map, const struct key *table, const char *name,
			unsigned step)
{
	uint64_t v = number_of(map, table, name);

	if (v % step)
		node_error(b->tree, map_get(map, name), "'%u': expected a multiple of %u", (unsigned)v, step);
	return v;
}

static uint8_t whole_seconds(struct build *b, const struct node *map, const char *name)
{
	uint64_t v = number_of(map, keys_spanning_tree, name);

	if (v % SECOND)
		node_error(b->tree, map_get(map, name), "expected whole seconds");
	return (uint8_t)(v / SECOND);
}

/* 802.1D-2004 17.14 */
static void check_times(struct build *b, const struct node *map, const struct stp_config *c)
{
	if (2 * (c->forward_delay - 1) < c->max_age || c->max_age < 2 * (c->hello + 1))
		node_error(b->tree, map,
			   "hello %us, max_age %us, forward_delay %us: expected "
			   "2 * (forward_delay - 1s) >= max_age >= 2 * (hello + 1s)",
			   c->hello, c->max_age, c->forward_delay);
}

static void tree_map(struct build *b, struct stp_config *c, const struct node *map)
{
	struct option_value costs;

	c->mode = (uint8_t)number_of(map, keys_spanning_tree, "mode");
	c->long_costs = value_get(map, keys_spanning_tree, "costs", &costs) ? costs.number != 0 : c->mode == STP_RSTP;
	c->priority = (uint16_t)stepped(b, map, keys_spanning_tree, "priority", 4096);
	c->hello = whole_seconds(b, map, "hello");
	c->max_age = whole_seconds(b, map, "max_age");
	c->forward_delay = whole_seconds(b, map, "forward_delay");
	check_times(b, map, c);
}

static void spanning_tree(struct build *b, struct stp_config *c, const struct node *item)
{
	const struct node *n = map_get(item, "spanning_tree");

	*c = (struct stp_config){.priority = STP_PRIORITY,
				 .hello = STP_HELLO,
				 .max_age = STP_MAX_AGE,
				 .forward_delay = STP_FORWARD_DELAY};
	if (n && n->kind == NODE_MAP) {
		tree_map(b, c, n);
		return;
	}
	c->mode = (uint8_t)number_of(item, keys_switch, "spanning_tree");
	c->long_costs = c->mode == STP_RSTP;
}

/* Which addresses a name of forward_reserved means (802.1Q table 8-1). */
static uint16_t reserved(const struct node *list)
{
	static const uint16_t masks[] = {1 << 0x2, 1 << 0x3, 1 << 0xe, 0xfffc};
	const struct key *row = key_find(keys_switch, "forward_reserved");
	uint16_t all = 0;

	for (guint n = 0; list && list->kind == NODE_LIST && n < list->items->len; n++) {
		const struct node *item = list->items->pdata[n];
		struct option_value v;

		if (item->kind == NODE_SCALAR && option_parse(&row->option, item->text, &v, NULL))
			all |= masks[v.number];
	}
	return all;
}

void plan_switch_extras(struct build *b, struct plan_switch *s, const struct node *item)
{
	spanning_tree(b, &s->stp, item);
	s->forward_reserved = reserved(map_get(item, "forward_reserved"));
	s->storm_guard = number_of(item, keys_switch, "storm_guard");
}

/* ---- ports ---- */

static void mirror_ports(struct plan_switch_port *p, const struct node *list)
{
	const struct key *row = key_find(keys_switch_port, "mirror");

	for (guint n = 0; list && list->kind == NODE_LIST && n < list->items->len; n++) {
		const struct node *item = list->items->pdata[n];
		struct option_value v;

		if (item->kind != NODE_SCALAR || !option_parse(&row->option, item->text, &v, NULL))
			continue;
		for (unsigned i = (unsigned)v.number; i <= v.last; i++)
			g_array_append_val(p->mirror, i);
	}
}

void plan_port_extras(struct build *b, struct plan_switch_port *p, const struct node *map)
{
	p->stp = (struct stp_port_config){
		.cost = (uint32_t)number_of(map, keys_switch_port, "stp_cost"),
		.priority = (uint8_t)stepped(b, map, keys_switch_port, "stp_priority", 16),
		.edge = number_of(map, keys_switch_port, "edge"),
		.bpdu_guard = number_of(map, keys_switch_port, "bpdu_guard"),
		.root_guard = number_of(map, keys_switch_port, "root_guard"),
	};
	p->max_macs = (uint32_t)number_of(map, keys_switch_port, "max_macs");
	mirror_ports(p, map_get(map, "mirror"));
}

static const struct plan_switch_port *port_of(const struct plan_switch *s, unsigned number)
{
	for (guint n = 0; n < s->ports->len; n++)
		if (((const struct plan_switch_port *)s->ports->pdata[n])->number == number)
			return s->ports->pdata[n];
	return NULL;
}

/* Mirrors copy ports that there are, that are no mirrors, and that no other one
 * copies. */
void plan_switch_mirrors(struct build *b, const struct plan_switch *s, const struct node *item)
{
	g_autoptr(GHashTable) taken = g_hash_table_new(NULL, NULL);

	for (guint n = 0; n < s->ports->len; n++) {
		const struct plan_switch_port *p = s->ports->pdata[n];

		for (guint m = 0; m < p->mirror->len; m++) {
			unsigned number = g_array_index(p->mirror, unsigned, m);
			const struct plan_switch_port *of = port_of(s, number);

			if (!of)
				node_error(b->tree, item, "port %u mirrors port %u, which there is not", p->number,
					   number);
			else if (of->mirror->len)
				node_error(b->tree, item, "port %u mirrors port %u, which is a mirror itself",
					   p->number, number);
			else if (!g_hash_table_add(taken, GUINT_TO_POINTER(number)))
				node_error(b->tree, item, "port %u is mirrored twice", number);
		}
	}
}
