/* What a name of the lab file means on the wire: the ports at which a VLAN, a link, a
 * card, a port or a whole switch, hub or PC can be watched. */
#include "engine/lab/lab_priv.h"

#include "engine/net/switch.h"

static bool carries(const struct plan_switch_port *p, uint16_t vlan)
{
	if (!p->trunk)
		return p->access == vlan;
	for (guint n = 0; n < p->vlans->len; n++)
		if (g_array_index(p->vlans, uint16_t, n) == vlan)
			return true;
	return p->native == vlan;
}

/* Do frames enter the lab's switches here, and not from another switch? */
static bool is_border(const struct port *p)
{
	return !p->link || !switch_of_port(link_port(p->link, !p->end));
}

/* The ports at the other ends of an uplink's cables. */
static void uplink_far_ports(const struct uplink *u, uint16_t vlan, GArray *out)
{
	for (unsigned n = 0; n < uplink_ports(u); n++) {
		const struct port *p = uplink_port(u, n);

		if (p->link)
			watch_add(out, link_port(p->link, !p->end), WATCH_RX, vlan, true);
	}
}

static void uplinks_on(struct lab *l, uint16_t vlan, GArray *out)
{
	for (guint n = 0; n < l->uplinks->len; n++) {
		const struct plan_uplink *plan = l->plan->uplinks->pdata[n];

		if (plan->attach == ATTACH_VLAN &&
		    ((const struct plan_vlan *)l->plan->vlans->pdata[plan->vlan])->id == vlan)
			uplink_far_ports(l->uplinks->pdata[n], vlan, out);
	}
}

/* The cards and uplinks of the VLAN on the implicit switch. */
static void implicit_ports(struct lab *l, uint16_t vlan, GArray *out)
{
	for (guint n = 0; n < l->pcs->len; n++) {
		struct lab_pc *pc = l->pcs->pdata[n];

		for (unsigned m = 0; m < pc->nics; m++) {
			const struct plan_nic *nic = pc->plan->nics->pdata[m];
			const struct port *p = pc->port[m];

			if (nic->attach == ATTACH_VLAN && p->link &&
			    ((const struct plan_vlan *)l->plan->vlans->pdata[nic->vlan])->id == vlan)
				watch_add(out, link_port(p->link, !p->end), WATCH_RX, vlan, true);
		}
	}
	uplinks_on(l, vlan, out);
}

static void switch_ports(struct lab *l, const struct plan_switch *s, uint16_t vlan, bool border, GArray *out)
{
	for (guint m = 0; m < s->ports->len; m++) {
		const struct plan_switch_port *p = s->ports->pdata[m];
		struct port *port = switch_port(switch_find(l->net, s->name), p->number);

		if (carries(p, vlan) && is_border(port) == border)
			watch_add(out, port, WATCH_RX, vlan, p->trunk ? p->native == vlan : p->access == vlan);
	}
}

/* Where frames enter a VLAN: at switch ports that carry it, but for those with another
 * switch behind the cable. If there are none (a VLAN on trunks between switches alone),
 * at those. */
static void vlan_ports(struct lab *l, uint16_t vlan, GArray *out)
{
	guint before = out->len;

	implicit_ports(l, vlan, out);
	for (unsigned border = 2; border-- > 0 && out->len == before;)
		for (guint n = 0; n < l->plan->switches->len; n++)
			switch_ports(l, l->plan->switches->pdata[n], vlan, border, out);
}

static const struct plan_vlan *vlan_find(const struct lab *l, const char *name)
{
	for (guint n = 0; n < l->plan->vlans->len; n++) {
		const struct plan_vlan *v = l->plan->vlans->pdata[n];

		if (!strcmp(v->name, name))
			return v;
	}
	return NULL;
}

static bool is_hub(const struct lab *l, const char *name)
{
	for (guint n = 0; n < l->plan->hubs->len; n++)
		if (!strcmp(((const struct plan_hub *)l->plan->hubs->pdata[n])->name, name))
			return true;
	return false;
}

/* All that enters a switch or hub: at each of its ports. */
static void owner_points(struct lab *l, const char *name, GArray *out)
{
	g_autoptr(GPtrArray) ports = g_ptr_array_new();

	net_ports_of(l->net, name, ports);
	watch_ports((struct port *const *)ports->pdata, ports->len, true, out);
}

static void uplink_points(const struct uplink *u, GArray *out)
{
	for (unsigned n = 0; n < uplink_ports(u); n++)
		watch_add(out, uplink_port(u, n), WATCH_RX | WATCH_TX, 0, false);
}

bool lab_watch_points(struct lab *l, const char *name, GArray *out)
{
	const struct plan_vlan *vlan = vlan_find(l, name);
	struct lab_pc *pc = lab_pc_find(l, name);

	if (lab_uplink_find(l, name)) {
		uplink_points(lab_uplink_find(l, name), out);
		return true;
	}
	if (watch_named(l->net, name, out))
		return true;
	if (vlan)
		vlan_ports(l, vlan->id, out);
	else if (pc)
		watch_ports(pc->port, pc->nics, false, out);
	else if (is_hub(l, name) || switch_find(l->net, name))
		owner_points(l, name, out);
	else
		return false;
	return true;
}
