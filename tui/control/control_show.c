/* What a lab and its things look like from outside, as JSON. */
#include <gio/gio.h>
#include <string.h>
#include <unistd.h>

#include "engine/net/link_keys.h"
#include "engine/net/stp.h"
#include "engine/net/switch.h"
#include "engine/net/watch.h"
#include "tui/control/control_priv.h"

static void text(JsonBuilder *b, const char *key, const char *value)
{
	json_builder_set_member_name(b, key);
	json_builder_add_string_value(b, value);
}

static void number(JsonBuilder *b, const char *key, uint64_t value)
{
	json_builder_set_member_name(b, key);
	json_builder_add_int_value(b, (gint64)value);
}

static void mac(JsonBuilder *b, const uint8_t m[6])
{
	char line[18];

	g_snprintf(line, sizeof(line), "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
	text(b, "mac", line);
}

static void list(JsonBuilder *b, const char *key)
{
	json_builder_set_member_name(b, key);
	json_builder_begin_array(b);
}

static JsonNode *finish(JsonBuilder *b)
{
	JsonNode *node = json_builder_get_root(b);

	g_object_unref(b);
	return node;
}

/* ---- ports ---- */

static uint64_t dropped(const struct port *p)
{
	uint64_t sum = 0;

	for (unsigned n = 0; n < DROP_COUNT; n++)
		sum += p->stats.drops[n];
	return sum;
}

/* Why a port drops: "loss 3, queue full 1". */
static char *reasons(const struct port *p)
{
	GString *s = g_string_new(NULL);

	for (unsigned n = 0; n < DROP_COUNT; n++)
		if (p->stats.drops[n])
			g_string_append_printf(s, "%s%s %llu", s->len ? ", " : "", drop_text((enum drop_reason)n),
					       (unsigned long long)p->stats.drops[n]);
	return g_string_free(s, FALSE);
}

static void port_members(JsonBuilder *b, const struct port *p)
{
	g_autofree char *why = reasons(p);

	text(b, "carrier", port_carrier(p) ? "up" : "down");
	text(b, "to", p->link ? link_port(p->link, !p->end)->name : "");
	number(b, "rx_frames", p->stats.rx_frames);
	number(b, "rx_bytes", p->stats.rx_bytes);
	number(b, "tx_frames", p->stats.tx_frames);
	number(b, "tx_bytes", p->stats.tx_bytes);
	number(b, "drops", dropped(p));
	text(b, "reasons", why);
}

static void port_row(JsonBuilder *b, const struct port *p)
{
	json_builder_begin_object(b);
	text(b, "port", p->name);
	port_members(b, p);
	json_builder_end_object(b);
}

/* ---- cards ---- */

static void address_rows(JsonBuilder *b, const struct plan_nic *nic)
{
	list(b, "addresses");
	for (guint n = 0; n < nic->addresses->len; n++) {
		const struct plan_address *a = &g_array_index(nic->addresses, struct plan_address, n);
		g_autoptr(GInetAddress) ip = NULL;
		g_autofree char *plain = NULL, *full = NULL;

		if (a->dhcp) {
			json_builder_add_string_value(b, "dhcp");
			continue;
		}
		ip = g_inet_address_new_from_bytes(a->bytes,
						   a->family == 6 ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4);
		plain = g_inet_address_to_string(ip);
		full = g_strdup_printf("%s/%u", plain, a->prefix);
		json_builder_add_string_value(b, full);
	}
	json_builder_end_array(b);
}

/* The options of its model, where it has some. */
static void option_members(JsonBuilder *b, const struct plan_nic *nic)
{
	const char *name;
	char *value;

	for (unsigned n = 0; (value = plan_nic_option(nic, n, &name)); n++) {
		text(b, name, value);
		g_free(value);
	}
}

static void nic_members(JsonBuilder *b, const struct plan_nic *nic)
{
	text(b, "model", plan_nic_model(nic));
	mac(b, nic->mac);
	address_rows(b, nic);
	option_members(b, nic);
}

/* The card with this port; NULL: the port is no card's. */
static const struct plan_nic *nic_of(struct lab *l, const struct port *p)
{
	for (unsigned n = 0; n < lab_pc_count(l); n++) {
		struct lab_pc *pc = lab_pc_at(l, n);

		for (unsigned m = 0; m < lab_pc_plan(pc)->nics->len; m++)
			if (lab_pc_port(pc, m) == p)
				return lab_pc_plan(pc)->nics->pdata[m];
	}
	return NULL;
}

static void direction(JsonBuilder *b, const struct link *link, unsigned dir)
{

	json_builder_begin_object(b);
	text(b, "from", link_port(link, dir)->name);
	text(b, "to", link_port(link, !dir)->name);
	for (const struct link_key *k = link_keys; k->option.name; k++) {
		g_autofree char *value = link_key_text(k, link_get(link, dir));

		text(b, k->option.name, value);
	}
	number(b, "bits_per_second", link_rate(link, dir));
	number(b, "waiting", link_waiting(link, dir));
	json_builder_end_object(b);
}

static void direction_rows(JsonBuilder *b, const struct link *link)
{
	list(b, "directions");
	direction(b, link, 0);
	direction(b, link, 1);
	json_builder_end_array(b);
}

static JsonNode *show_port(struct lab *l, const char *name)
{
	const struct port *p = port_find(lab_net(l), name);
	const struct plan_nic *nic = p ? nic_of(l, p) : NULL;
	JsonBuilder *b;

	if (!p)
		return NULL;
	b = json_builder_new();
	json_builder_begin_object(b);
	text(b, "port", p->name);
	if (nic)
		nic_members(b, nic);
	number(b, "speed", port_speed(p));
	port_members(b, p);
	if (p->link)
		direction_rows(b, p->link);
	json_builder_end_object(b);
	return finish(b);
}

/* ---- links ---- */

static JsonNode *show_link(struct lab *l, const char *name)
{
	struct link *link = link_find(lab_net(l), name);
	JsonBuilder *b;

	if (!link)
		return NULL;
	b = json_builder_new();
	json_builder_begin_object(b);
	text(b, "link", link_name(link));
	text(b, "state", link_up(link) ? "up" : "down");
	direction_rows(b, link);
	list(b, "ports");
	port_row(b, link_port(link, 0));
	port_row(b, link_port(link, 1));
	json_builder_end_array(b);
	json_builder_end_object(b);
	return finish(b);
}

/* ---- switches and hubs ---- */

static void mac_rows(JsonBuilder *b, struct lab *l, struct net_switch *s)
{
	unsigned count;
	g_autofree struct switch_row *rows = switch_table(s, lab_now(l), &count);

	list(b, "mac");
	for (unsigned n = 0; n < count; n++) {
		json_builder_begin_object(b);
		number(b, "vlan", rows[n].vlan);
		mac(b, rows[n].mac);
		number(b, "port", rows[n].port);
		number(b, "age_s", rows[n].age / 1000000000);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

/* Names are NAME:NUMBER; numbers have gaps, so the fabric is asked. */
static void port_rows(JsonBuilder *b, struct lab *l, const char *name, unsigned last)
{
	list(b, "ports");
	for (unsigned n = 1; n <= last; n++) {
		g_autofree char *full = g_strdup_printf("%s:%u", name, n);
		const struct port *p = port_find(lab_net(l), full);

		if (p)
			port_row(b, p);
	}
	json_builder_end_array(b);
}

/* What passed each port, and what it dropped, by reason. */
static void counter_rows(JsonBuilder *b, struct lab *l, const char *name, unsigned last)
{
	list(b, "counters");
	for (unsigned n = 1; n <= last; n++) {
		g_autofree char *full = g_strdup_printf("%s:%u", name, n);
		const struct port *p = port_find(lab_net(l), full);

		if (!p)
			continue;
		json_builder_begin_object(b);
		number(b, "port", n);
		number(b, "rx_frames", p->stats.rx_frames);
		number(b, "rx_bytes", p->stats.rx_bytes);
		number(b, "tx_frames", p->stats.tx_frames);
		number(b, "tx_bytes", p->stats.tx_bytes);
		for (unsigned r = 0; r < DROP_COUNT; r++)
			if (p->stats.drops[r])
				number(b, drop_text((enum drop_reason)r), p->stats.drops[r]);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static unsigned last_port(struct lab *l, const char *name)
{
	const GPtrArray *all = lab_plan(l)->switches;
	unsigned last = 0;

	for (guint n = 0; n < all->len; n++) {
		const struct plan_switch *s = all->pdata[n];

		for (guint m = 0; m < s->ports->len && !strcmp(s->name, name); m++)
			last = MAX(last, ((const struct plan_switch_port *)s->ports->pdata[m])->number);
	}
	if (last)
		return last;
	for (unsigned n = 0; n < lab_pc_count(l); n++) /* the implicit one: a port a card */
		last += lab_pc_plan(lab_pc_at(l, n))->nics->len;
	return last;
}

/* "32768.02:4f:..." as bridges show their ids. */
static void bridge_id(JsonBuilder *b, const char *key, uint64_t id)
{
	g_autofree char *value =
		g_strdup_printf("%u.%02x:%02x:%02x:%02x:%02x:%02x", (unsigned)(id >> 48), (unsigned)(id >> 40 & 0xff),
				(unsigned)(id >> 32 & 0xff), (unsigned)(id >> 24 & 0xff), (unsigned)(id >> 16 & 0xff),
				(unsigned)(id >> 8 & 0xff), (unsigned)(id & 0xff));

	text(b, key, value);
}

static const char *stp_state_name(const struct stp_port_view *v)
{
	if (v->guarded)
		return "guarded";
	if (v->forwarding)
		return "forwarding";
	return v->learning ? "learning" : v->role == STP_DISABLED ? "disabled" : "discarding";
}

static void stp_port_row(JsonBuilder *b, const struct plan_switch_port *p, const struct stp_port_view *v)
{
	static const char *const roles[] = {"disabled", "root", "designated", "alternate", "backup"};

	json_builder_begin_object(b);
	number(b, "port", p->number);
	text(b, "role", roles[v->role]);
	text(b, "state", stp_state_name(v));
	number(b, "cost", v->cost);
	number(b, "priority", (uint64_t)(v->id >> 8));
	text(b, "type", v->edge ? "edge" : v->sends_rstp ? "rstp" : "stp");
	json_builder_end_object(b);
}

static const struct plan_switch *switch_plan(struct lab *l, const char *name)
{
	const GPtrArray *all = lab_plan(l)->switches;

	for (guint n = 0; n < all->len; n++)
		if (!strcmp(((const struct plan_switch *)all->pdata[n])->name, name))
			return all->pdata[n];
	return NULL;
}

static void stp_rows(JsonBuilder *b, struct lab *l, struct net_switch *s, const char *name)
{
	const struct plan_switch *plan = switch_plan(l, name);
	const struct stp *t = switch_stp(s);
	struct stp_view v;

	if (!t || !plan)
		return;
	v = stp_show(t);
	text(b, "spanning_tree", plan->stp.mode == STP_RSTP ? "rstp" : "stp");
	bridge_id(b, "bridge", v.bridge);
	bridge_id(b, "root", v.root);
	number(b, "root_cost", v.cost);
	text(b, "root_port",
	     v.root_port < 0
		     ? "this switch is the root"
		     : switch_port(s, ((const struct plan_switch_port *)plan->ports->pdata[v.root_port])->number)
			       ->name);
	number(b, "topology_changes", v.changes);
	list(b, "stp");
	for (guint n = 0; n < plan->ports->len; n++) {
		struct stp_port_view port = stp_port_show(t, n);

		stp_port_row(b, plan->ports->pdata[n], &port);
	}
	json_builder_end_array(b);
}

/* "10,20"; the VLAN of frames without a tag is told apart. */
static void vlan_row(JsonBuilder *b, const struct plan_switch_port *p)
{
	g_autoptr(GString) tagged = g_string_new(NULL);
	g_autofree char *untagged = NULL;
	unsigned plain = p->trunk ? p->native : p->access;

	for (guint n = 0; p->trunk && n < p->vlans->len; n++) {
		unsigned id = g_array_index(p->vlans, uint16_t, n);

		if (id != plain)
			g_string_append_printf(tagged, "%s%u", tagged->len ? "," : "", id);
	}
	untagged = plain ? g_strdup_printf("%u", plain) : g_strdup("");
	json_builder_begin_object(b);
	number(b, "port", p->number);
	text(b, "mode", p->mirror->len ? "mirror" : p->trunk ? "trunk" : "access");
	text(b, "untagged", untagged);
	text(b, "tagged", tagged->str);
	json_builder_end_object(b);
}

static void vlan_port_rows(JsonBuilder *b, const struct plan_switch *plan)
{
	list(b, "vlans");
	for (guint n = 0; n < plan->ports->len; n++)
		vlan_row(b, plan->ports->pdata[n]);
	json_builder_end_array(b);
}

static JsonNode *show_switch(struct lab *l, const char *name)
{
	struct net_switch *s = switch_find(lab_net(l), name);
	JsonBuilder *b;

	if (!s)
		return NULL;
	b = json_builder_new();
	json_builder_begin_object(b);
	text(b, "switch", name);
	stp_rows(b, l, s, name);
	port_rows(b, l, name, last_port(l, name));
	counter_rows(b, l, name, last_port(l, name));
	if (switch_plan(l, name))
		vlan_port_rows(b, switch_plan(l, name));
	mac_rows(b, l, s);
	json_builder_end_object(b);
	return finish(b);
}

static JsonNode *show_hub(struct lab *l, const char *name)
{
	const GPtrArray *all = lab_plan(l)->hubs;

	for (guint n = 0; n < all->len; n++) {
		const struct plan_hub *h = all->pdata[n];
		JsonBuilder *b;

		if (strcmp(h->name, name))
			continue;
		b = json_builder_new();
		json_builder_begin_object(b);
		text(b, "hub", name);
		port_rows(b, l, name, h->ports);
		json_builder_end_object(b);
		return finish(b);
	}
	return NULL;
}

static JsonNode *show_vlan(struct lab *l, const char *name)
{
	const GPtrArray *all = lab_plan(l)->vlans;
	g_autoptr(GArray) ports = g_array_new(FALSE, FALSE, sizeof(struct watch_point));
	JsonBuilder *b;

	for (guint n = 0; n < all->len; n++) {
		const struct plan_vlan *v = all->pdata[n];

		if (strcmp(v->name, name) != 0 || !lab_watch_points(l, name, ports))
			continue;
		b = json_builder_new();
		json_builder_begin_object(b);
		text(b, "vlan", name);
		number(b, "id", v->id);
		list(b, "ports");
		for (guint i = 0; i < ports->len; i++)
			port_row(b, g_array_index(ports, struct watch_point, i).port);
		json_builder_end_array(b);
		json_builder_end_object(b);
		return finish(b);
	}
	return NULL;
}

/* ---- PCs ---- */

static JsonNode *show_pc(struct lab *l, const char *name)
{
	struct lab_pc *pc = lab_pc_find(l, name);
	const struct plan_pc *plan = pc ? lab_pc_plan(pc) : NULL;
	JsonBuilder *b;

	if (!pc)
		return NULL;
	b = json_builder_new();
	json_builder_begin_object(b);
	text(b, "pc", name);
	text(b, "state", control_state_name(lab_pc_state(pc)));
	text(b, "message", lab_pc_message(pc));
	text(b, "image", ((const struct plan_image *)lab_plan(l)->images->pdata[plan->image])->name);
	number(b, "memory", plan->memory);
	number(b, "instructions", lab_pc_count_retired(pc));
	list(b, "nics");
	for (unsigned n = 0; n < plan->nics->len; n++) {
		const struct plan_nic *nic = plan->nics->pdata[n];

		json_builder_begin_object(b);
		text(b, "nic", nic->name);
		nic_members(b, nic);
		port_members(b, lab_pc_port(pc, n));
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
	json_builder_end_object(b);
	return finish(b);
}

/* ---- uplinks ---- */

static void uplink_member(void *opaque, const char *name, const char *value)
{
	text(opaque, name, value);
}

static JsonNode *show_uplink(struct lab *l, const char *name)
{
	struct uplink *u = lab_uplink_find(l, name);
	JsonBuilder *b;

	if (!u)
		return NULL;
	b = json_builder_new();
	json_builder_begin_object(b);
	text(b, "uplink", name);
	uplink_show(u, uplink_member, b);
	list(b, "ports");
	for (unsigned n = 0; n < uplink_ports(u); n++)
		if (uplink_ports(u) == 1 || port_carrier(uplink_port(u, n)))
			port_row(b, uplink_port(u, n));
	json_builder_end_array(b);
	json_builder_end_object(b);
	return finish(b);
}

static void uplink_rows(JsonBuilder *b, struct lab *l)
{
	list(b, "uplinks");
	for (unsigned n = 0; n < lab_uplink_count(l); n++) {
		struct uplink *u = lab_uplink_at(l, n);
		g_autofree char *door = uplink_kind(u)->describe(uplink_settings(u));

		json_builder_begin_object(b);
		text(b, "uplink", uplink_name(u));
		text(b, "kind", uplink_kind(u)->name);
		text(b, "state", uplink_state(u));
		number(b, "peers", uplink_present(u));
		text(b, "door", door);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

/* ---- the lab ---- */

static void pc_rows(JsonBuilder *b, struct lab *l)
{
	list(b, "pcs");
	for (unsigned n = 0; n < lab_pc_count(l); n++) {
		struct lab_pc *pc = lab_pc_at(l, n);

		json_builder_begin_object(b);
		text(b, "pc", lab_pc_name(pc));
		text(b, "state", control_state_name(lab_pc_state(pc)));
		text(b, "message", lab_pc_message(pc));
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void link_rows(JsonBuilder *b, struct lab *l)
{
	const GPtrArray *all = lab_plan(l)->links;

	list(b, "links");
	for (guint n = 0; n < all->len; n++) {
		const struct plan_link *plan = all->pdata[n];
		const struct link *link = link_find(lab_net(l), plan->name);

		json_builder_begin_object(b);
		text(b, "link", plan->name);
		text(b, "state", link && link_up(link) ? "up" : "down");
		text(b, "from", plan->end[0]);
		text(b, "to", plan->end[1]);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void switch_row(JsonBuilder *b, const char *name, const char *kind)
{
	json_builder_begin_object(b);
	text(b, "switch", name);
	text(b, "kind", kind);
	json_builder_end_object(b);
}

static void vlan_rows(JsonBuilder *b, struct lab *l)
{
	const GPtrArray *all = lab_plan(l)->vlans;

	list(b, "vlans");
	for (guint n = 0; n < all->len; n++) {
		const struct plan_vlan *v = all->pdata[n];

		json_builder_begin_object(b);
		text(b, "vlan", v->name);
		number(b, "id", v->id);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

static void switch_rows(JsonBuilder *b, struct lab *l)
{
	const GPtrArray *all = lab_plan(l)->switches, *hubs = lab_plan(l)->hubs;

	list(b, "switches");
	if (lab_implicit_switch(l))
		switch_row(b, lab_implicit_switch(l), "implicit switch");
	for (guint n = 0; n < all->len; n++)
		switch_row(b, ((const struct plan_switch *)all->pdata[n])->name, "switch");
	for (guint n = 0; n < hubs->len; n++)
		switch_row(b, ((const struct plan_hub *)hubs->pdata[n])->name, "hub");
	json_builder_end_array(b);
}

JsonNode *control_query(struct control_client *c, JsonObject *arguments, GError **error)
{
	const struct control *control = c->control;
	g_autofree char *pace = control_pace_text(control->clock);
	JsonBuilder *b = json_builder_new();

	json_builder_begin_object(b);
	text(b, "lab", control->name);
	text(b, "file", control->file);
	number(b, "pid", (uint64_t)getpid());
	number(b, "time_ns", lab_now(control->lab));
	text(b, "pace", pace);
	number(b, "rate_permille", control->clock->rate);
	json_builder_set_member_name(b, "paused");
	json_builder_add_boolean_value(b, control->clock->paused);
	pc_rows(b, control->lab);
	link_rows(b, control->lab);
	vlan_rows(b, control->lab);
	switch_rows(b, control->lab);
	uplink_rows(b, control->lab);
	if (lab_record_size(control->lab))
		number(b, "journal_bytes", lab_record_size(control->lab));
	json_builder_end_object(b);
	return finish(b);
}

JsonNode *control_show(struct control_client *c, JsonObject *arguments, GError **error)
{
	static JsonNode *(*const kinds[])(struct lab * l, const char *name) = {
		show_uplink, show_pc, show_switch, show_hub, show_link, show_port, show_vlan, control_show_checks,
	};
	const char *thing = control_text(arguments, "thing", error);

	if (!thing)
		return NULL;
	/* A cable of a card has the card's name: the card is meant. */
	if (port_find(lab_net(c->control->lab), thing) && !lab_uplink_find(c->control->lab, thing))
		return show_port(c->control->lab, thing);
	for (unsigned n = 0; n < ARRAY_LEN(kinds); n++) {
		JsonNode *node = kinds[n](c->control->lab, thing);

		if (node)
			return node;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND,
		    "'%s': expected a PC, a PC:CARD, a switch, a SWITCH:PORT, a hub, a link, a VLAN or an uplink of "
		    "the lab, or checks",
		    thing);
	return NULL;
}
