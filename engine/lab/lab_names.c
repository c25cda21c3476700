/* What a name of the lab file means on the wire: the ports at which a VLAN, a link, a
 * card or a port of a switch can be watched. */
#include "engine/lab/lab_priv.h"

#include "engine/net/switch.h"

static bool carries(const struct plan_switch_port *p, uint16_t vlan)
{
	if (!p->trunk)
		return p->access == vlan;
	for (guint n = 0; n < p->vlans->len; n++)
		if (g_array_index(p->vlans, uint16_t, n) == vlan)
			return true;
	return false;
}

/* The ports at the other ends of an uplink's cables. */
static void uplink_far_ports(const struct uplink *u, GPtrArray *out)
{
	for (unsigned n = 0; n < uplink_ports(u); n++) {
		const struct port *p = uplink_port(u, n);

		if (p->link)
			g_ptr_array_add(out, link_port(p->link, !p->end));
	}
}

/* Switch ports at which a VLAN's frames enter: access ports, and trunks whose
 * other end is a card. */
static void vlan_ports(struct lab *l, uint16_t vlan, GPtrArray *out)
{
	for (guint n = 0; n < l->pcs->len; n++) {
		struct lab_pc *pc = l->pcs->pdata[n];

		for (unsigned m = 0; m < pc->nics; m++) {
			const struct plan_nic *nic = pc->plan->nics->pdata[m];

			if (nic->attach == ATTACH_VLAN && pc->port[m]->link &&
			    ((const struct plan_vlan *)l->plan->vlans->pdata[nic->vlan])->id == vlan)
				g_ptr_array_add(out, link_port(pc->port[m]->link, !pc->port[m]->end));
		}
	}
	for (guint n = 0; n < l->uplinks->len; n++) {
		const struct plan_uplink *plan = l->plan->uplinks->pdata[n];

		if (plan->attach == ATTACH_VLAN &&
		    ((const struct plan_vlan *)l->plan->vlans->pdata[plan->vlan])->id == vlan)
			uplink_far_ports(l->uplinks->pdata[n], out);
	}
	for (guint n = 0; n < l->plan->switches->len; n++) {
		const struct plan_switch *s = l->plan->switches->pdata[n];

		for (guint m = 0; m < s->ports->len; m++) {
			const struct plan_switch_port *p = s->ports->pdata[m];

			if (carries(p, vlan) && !p->trunk)
				g_ptr_array_add(out, switch_port(switch_find(l->net, s->name), p->number));
		}
	}
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

bool lab_ports(struct lab *l, const char *name, GPtrArray *out, bool *ingress)
{
	const struct plan_vlan *vlan = vlan_find(l, name);
	struct link *link = link_find(l->net, name);
	struct port *port = port_find(l->net, name);

	*ingress = vlan != NULL;
	if (lab_uplink_find(l, name)) {
		for (unsigned n = 0; n < uplink_ports(lab_uplink_find(l, name)); n++)
			g_ptr_array_add(out, uplink_port(lab_uplink_find(l, name), n));
		return true;
	}
	if (port) { /* a cable is named after its card: the port comes first */
		g_ptr_array_add(out, port);
	} else if (link) {
		/* Both ends see both directions: one is enough. */
		g_ptr_array_add(out, link_port(link, 0));
	} else if (vlan) {
		vlan_ports(l, vlan->id, out);
	} else {
		return false;
	}
	return true;
}
