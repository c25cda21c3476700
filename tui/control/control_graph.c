/* The lab as things and cables with what is passing on them, for pictures that move:
 * nodes (PCs, VLANs, switches, hubs, uplinks) and edges (cables). */
#include <string.h>

#include "engine/net/hub.h"
#include "engine/net/link.h"
#include "engine/net/switch.h"
#include "tui/control/control_priv.h"

static void node(JsonBuilder *b, const char *kind, const char *name, const char *state, const char *note)
{
	json_builder_begin_object(b);
	control_add_text(b, "node", name);
	control_add_text(b, "kind", kind);
	control_add_text(b, "state", state);
	control_add_text(b, "note", note);
	json_builder_end_object(b);
}

static void pc_node(JsonBuilder *b, struct lab_pc *pc)
{
	json_builder_begin_object(b);
	control_add_text(b, "node", lab_pc_name(pc));
	control_add_text(b, "kind", "pc");
	control_add_text(b, "state", control_state_name(lab_pc_state(pc)));
	control_add_text(b, "note", lab_pc_message(pc));
	control_add_number(b, "instructions", lab_pc_count_retired(pc));
	json_builder_end_object(b);
}

static void nodes(JsonBuilder *b, struct lab *l)
{
	const struct plan *p = lab_plan(l);

	for (unsigned n = 0; n < lab_pc_count(l); n++)
		pc_node(b, lab_pc_at(l, n));
	for (guint n = 0; lab_implicit_switch(l) && n < p->vlans->len; n++)
		node(b, "vlan", ((const struct plan_vlan *)p->vlans->pdata[n])->name, "", "");
	for (guint n = 0; n < p->switches->len; n++)
		node(b, "switch", ((const struct plan_switch *)p->switches->pdata[n])->name, "", "");
	for (guint n = 0; n < p->hubs->len; n++)
		node(b, "hub", ((const struct plan_hub *)p->hubs->pdata[n])->name, "", "");
	for (unsigned n = 0; n < lab_uplink_count(l); n++) {
		struct uplink *u = lab_uplink_at(l, n);

		node(b, "uplink", uplink_name(u), uplink_state(u), uplink_kind(u)->name);
	}
}

/* ---- cables ---- */

static uint64_t drops(const struct port *p)
{
	uint64_t sum = 0;

	for (unsigned n = 0; n < DROP_COUNT; n++)
		sum += p->stats.drops[n];
	return sum;
}

/* Who a port belongs to: what is before the colon of its name. */
static char *owner(const struct port *p)
{
	const char *colon = strrchr(p->name, ':');

	return colon ? g_strndup(p->name, (gsize)(colon - p->name)) : g_strdup(p->name);
}

/* vlan: at the lab's own switch, the VLAN stands for it; NULL: it is another end. */
static void end_members(JsonBuilder *b, const char *port_key, const char *node_key, const struct port *p,
			const char *vlan)
{
	g_autofree char *name = vlan ? g_strdup(vlan) : owner(p);

	control_add_text(b, port_key, p->name);
	control_add_text(b, node_key, name);
}

static void edge(JsonBuilder *b, const struct link *link, const struct port *near, const char *vlan)
{
	const struct port *far = link_port(link, !near->end);

	json_builder_begin_object(b);
	control_add_text(b, "link", link_name(link));
	end_members(b, "a", "a_node", near, NULL);
	end_members(b, "b", "b_node", far, vlan);
	json_builder_set_member_name(b, "up");
	json_builder_add_boolean_value(b, link_up(link));
	json_builder_set_member_name(b, "carrier");
	json_builder_add_boolean_value(b, port_carrier(near) && port_carrier(far));
	control_add_number(b, "a_frames", near->stats.tx_frames);
	control_add_number(b, "b_frames", far->stats.tx_frames);
	control_add_number(b, "drops", drops(near) + drops(far));
	json_builder_end_object(b);
}

/* A cable is told of once: at its first end, in the order of the walk. */
static void port_edge(JsonBuilder *b, GHashTable *seen, const struct port *p, const char *vlan)
{
	if (p && p->link && g_hash_table_add(seen, p->link))
		edge(b, p->link, p, vlan);
}

static void pc_edges(JsonBuilder *b, GHashTable *seen, struct lab *l, struct lab_pc *pc)
{
	const struct plan_pc *plan = lab_pc_plan(pc);

	for (guint n = 0; n < plan->nics->len; n++) {
		const struct plan_nic *nic = plan->nics->pdata[n];
		const char *vlan = NULL;

		if (nic->attach == ATTACH_VLAN)
			vlan = ((const struct plan_vlan *)lab_plan(l)->vlans->pdata[nic->vlan])->name;
		port_edge(b, seen, lab_pc_port(pc, n), vlan);
	}
}

static void uplink_edges(JsonBuilder *b, GHashTable *seen, struct lab *l)
{
	const GPtrArray *all = lab_plan(l)->uplinks;

	for (guint n = 0; n < all->len; n++) {
		const struct plan_uplink *plan = all->pdata[n];
		struct uplink *u = lab_uplink_find(l, plan->name);
		const char *vlan = NULL;

		if (plan->attach == ATTACH_VLAN)
			vlan = ((const struct plan_vlan *)lab_plan(l)->vlans->pdata[plan->vlan])->name;
		for (unsigned m = 0; u && m < uplink_ports(u); m++)
			port_edge(b, seen, uplink_port(u, m), vlan);
	}
}

static void switch_edges(JsonBuilder *b, GHashTable *seen, struct lab *l)
{
	const GPtrArray *all = lab_plan(l)->switches;

	for (guint n = 0; n < all->len; n++) {
		const struct plan_switch *plan = all->pdata[n];
		struct net_switch *s = switch_find(lab_net(l), plan->name);

		for (guint m = 0; s && m < plan->ports->len; m++)
			port_edge(b, seen,
				  switch_port(s, ((const struct plan_switch_port *)plan->ports->pdata[m])->number),
				  NULL);
	}
}

static void hub_edges(JsonBuilder *b, GHashTable *seen, struct lab *l)
{
	const GPtrArray *all = lab_plan(l)->hubs;

	for (guint n = 0; n < all->len; n++) {
		const struct plan_hub *plan = all->pdata[n];

		for (unsigned m = 1; m <= plan->ports; m++) {
			g_autofree char *name = g_strdup_printf("%s:%u", plan->name, m);

			port_edge(b, seen, port_find(lab_net(l), name), NULL);
		}
	}
}

JsonNode *control_graph(struct control_client *c, JsonObject *arguments, GError **error)
{
	g_autoptr(GHashTable) seen = g_hash_table_new(NULL, NULL);
	g_autoptr(JsonBuilder) b = json_builder_new();
	struct lab *l = c->control->lab;

	json_builder_begin_object(b);
	control_add_number(b, "time_ns", lab_now(l));
	json_builder_set_member_name(b, "nodes");
	json_builder_begin_array(b);
	nodes(b, l);
	json_builder_end_array(b);
	json_builder_set_member_name(b, "edges");
	json_builder_begin_array(b);
	for (unsigned n = 0; n < lab_pc_count(l); n++)
		pc_edges(b, seen, l, lab_pc_at(l, n));
	uplink_edges(b, seen, l);
	switch_edges(b, seen, l);
	hub_edges(b, seen, l);
	json_builder_end_array(b);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}
