/* A lab as text and as DOT; see graph.h. */
#include <string.h>

#include "engine/base/address.h"
#include "engine/nic/nic.h"
#include "engine/uplink/kind.h"
#include "engine/net/link_keys.h"
#include "topology/graph.h"

static void put_addresses(GString *s, const struct plan_nic *nic, const char *separator)
{
	for (guint n = 0; n < nic->addresses->len; n++) {
		const struct plan_address *pa = &g_array_index(nic->addresses, struct plan_address, n);
		struct address a = {.family = pa->family, .prefix = pa->prefix};
		char text[ADDRESS_TEXT] = "dhcp";

		memcpy(a.bytes, pa->bytes, sizeof(a.bytes));
		if (!pa->dhcp)
			address_format(&a, true, text);
		g_string_append_printf(s, "%s%s", separator, text);
	}
}

/* The card with a port's name; NULL: it is none. */
static const struct plan_nic *card_at(const struct plan *p, const char *port)
{
	const char *colon = strchr(port, ':');

	for (guint n = 0; colon && n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		if (strlen(pc->name) != (size_t)(colon - port) || strncmp(pc->name, port, strlen(pc->name)) != 0)
			continue;
		for (guint i = 0; i < pc->nics->len; i++) {
			const struct plan_nic *nic = pc->nics->pdata[i];

			if (!strcmp(nic->name, colon + 1))
				return nic;
		}
	}
	return NULL;
}

/* "5ms 16Mbit loss 1%": the delay, and what is not as usual. */
static void put_params(GString *s, const struct link_params *p)
{
	for (const struct link_key *k = link_keys; k->option.name; k++) {
		bool plain = !strcmp(k->option.name, "delay"), named = !plain && strcmp(k->option.name, "rate") != 0;
		g_autofree char *text = link_key_text(k, p);

		if (plain)
			g_string_append(s, text);
		else if (!link_key_is_default(k, p))
			g_string_append_printf(s, " %s%s%s", named ? k->option.name : "", named ? " " : "", text);
	}
}

/* ---- text ---- */

enum { PORT_COLUMN = 24 };

static void text_port(GString *s, const char *name, const struct plan_nic *nic)
{
	g_string_append_printf(s, "  +-- %-*s", nic && nic->addresses->len ? PORT_COLUMN : 0, name);
	if (nic)
		put_addresses(s, nic, "  ");
	g_string_append_c(s, '\n');
}

/* All cards that are plugged into `owner` (a hub or switch), or in VLAN `vlan`. */
static void text_cards(GString *s, const struct plan *p, const char *owner, guint vlan)
{
	for (guint n = 0; n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		for (guint i = 0; i < pc->nics->len; i++) {
			const struct plan_nic *nic = pc->nics->pdata[i];
			g_autofree char *name = g_strdup_printf("%s:%s", pc->name, nic->name), *at = NULL;
			size_t len = owner ? strlen(owner) : 0;

			if (!owner && nic->attach == ATTACH_VLAN && nic->vlan == vlan)
				text_port(s, name, nic);
			if (!owner || nic->attach != ATTACH_PORT)
				continue;
			if (strncmp(nic->to, owner, len) != 0 || nic->to[len] != ':')
				continue;
			at = g_strdup_printf("%s -- %s", nic->to + len + 1, name);
			text_port(s, at, nic);
		}
	}
}

static bool is_plugged(const struct plan *p, guint vlan)
{
	for (guint n = 0; n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		for (guint i = 0; i < pc->nics->len; i++) {
			const struct plan_nic *nic = pc->nics->pdata[i];

			if (nic->attach == ATTACH_VLAN && nic->vlan == vlan)
				return true;
		}
	}
	for (guint n = 0; n < p->uplinks->len; n++) {
		const struct plan_uplink *u = p->uplinks->pdata[n];

		if (u->attach == ATTACH_VLAN && u->vlan == vlan)
			return true;
	}
	return false;
}

static const char *vlan_name(const struct plan *p, uint16_t id)
{
	for (guint n = 0; n < p->vlans->len; n++) {
		const struct plan_vlan *v = p->vlans->pdata[n];

		if (v->id == id)
			return v->name;
	}
	return "?";
}

static bool same_port(const struct plan_switch_port *a, const struct plan_switch_port *b)
{
	return a->trunk == b->trunk && a->access == b->access && a->native == b->native &&
	       a->vlans->len == b->vlans->len &&
	       (!a->vlans->len || !memcmp(a->vlans->data, b->vlans->data, a->vlans->len * sizeof(uint16_t)));
}

static void text_switch(GString *s, const struct plan *p, const struct plan_switch *sw)
{
	g_string_append_printf(s, "switch %s\n", sw->name);
	for (guint n = 0, last; n < sw->ports->len; n = last + 1) {
		const struct plan_switch_port *first = sw->ports->pdata[n], *port = first;

		for (last = n; last + 1 < sw->ports->len; last++) {
			const struct plan_switch_port *next = sw->ports->pdata[last + 1];

			if (!same_port(first, next) || next->number != port->number + 1)
				break;
			port = next;
		}
		g_string_append_printf(s, "  |  %u", first->number);
		if (port != first)
			g_string_append_printf(s, "-%u", port->number);
		if (!first->trunk)
			g_string_append_printf(s, ": %s", vlan_name(p, first->access));
		else
			g_string_append(s, ": trunk");
		for (guint i = 0; i < first->vlans->len; i++)
			g_string_append_printf(s, " %s", vlan_name(p, g_array_index(first->vlans, uint16_t, i)));
		if (first->native)
			g_string_append_printf(s, ", native %s", vlan_name(p, first->native));
		g_string_append_c(s, '\n');
	}
	text_cards(s, p, sw->name, 0);
}

static void text_link(GString *s, const struct plan *p, const struct plan_link *l)
{
	g_string_append_printf(s, "link %s: ", l->name);
	put_params(s, &l->params[0]);
	if (!link_params_equal(&l->params[0], &l->params[1])) {
		g_string_append_printf(s, "; from %s: ", l->end[1]);
		put_params(s, &l->params[1]);
	}
	g_string_append_printf(s, "%s\n", l->up ? "" : ", down");
	for (unsigned n = 0; n < 2; n++)
		text_port(s, l->end[n], card_at(p, l->end[n]));
}

static const char *uplink_far(const struct plan *p, const struct plan_uplink *u)
{
	return u->attach == ATTACH_VLAN ? ((struct plan_vlan *)p->vlans->pdata[u->vlan])->name : u->to;
}

static void text_uplink(GString *s, const struct plan *p, const struct plan_uplink *u)
{
	g_autofree char *what = u->kind->describe(u->settings);
	const char *far = uplink_far(p, u);

	g_string_append_printf(s, "\nuplink %s (%s): %s\n", u->name, u->kind->name, what);
	if (far)
		g_string_append_printf(s, "  +-- %s\n", far);
}

char *graph_text(const struct plan *p)
{
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "%s%s%s\n", p->name, p->description ? ": " : "",
			       p->description ? p->description : "");
	for (guint n = 0; n < p->vlans->len; n++) {
		const struct plan_vlan *v = p->vlans->pdata[n];

		if (!is_plugged(p, n))
			continue;
		g_string_append_printf(s, "\nVLAN %s (%u)\n", v->name, v->id);
		text_cards(s, p, NULL, n);
	}
	for (guint n = 0; n < p->hubs->len; n++) {
		const struct plan_hub *h = p->hubs->pdata[n];

		g_string_append_printf(s, "\nhub %s, %u ports\n", h->name, h->ports);
		text_cards(s, p, h->name, 0);
	}
	for (guint n = 0; n < p->switches->len; n++) {
		g_string_append_c(s, '\n');
		text_switch(s, p, p->switches->pdata[n]);
	}
	for (guint n = 0; n < p->links->len; n++) {
		g_string_append_c(s, '\n');
		text_link(s, p, p->links->pdata[n]);
	}
	for (guint n = 0; n < p->uplinks->len; n++)
		text_uplink(s, p, p->uplinks->pdata[n]);
	for (guint n = 0; n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		if (!pc->nics->len)
			g_string_append_printf(s, "\nPC %s, no cards\n", pc->name);
	}
	return g_string_free(s, FALSE);
}

/* ---- DOT ---- */

/* Names hold no quotes: only letters, digits, and - _ . (engine/base/option.c). */
static void dot_owner(GString *s, const char *port)
{
	g_string_append_printf(s, "\"%.*s\"", (int)strcspn(port, ":"), port);
}

static void dot_nic(GString *s, const struct plan *p, const struct plan_pc *pc, const struct plan_nic *nic)
{
	const char *far = nic->attach == ATTACH_VLAN ? ((struct plan_vlan *)p->vlans->pdata[nic->vlan])->name : nic->to;

	if (nic->attach == ATTACH_NONE)
		return;
	g_string_append_printf(s, "\t\"%s\" -- ", pc->name);
	dot_owner(s, far);
	g_string_append_printf(s, " [taillabel=\"%s", nic->name);
	put_addresses(s, nic, "\\n");
	g_string_append_c(s, '"');
	if (strchr(far, ':'))
		g_string_append_printf(s, ", headlabel=\"%s\"", strchr(far, ':') + 1);
	g_string_append(s, "];\n");
}

static void dot_link(GString *s, const struct plan *p, const struct plan_link *l)
{
	static const char *const labels[2] = {"taillabel", "headlabel"};

	g_string_append_c(s, '\t');
	dot_owner(s, l->end[0]);
	g_string_append(s, " -- ");
	dot_owner(s, l->end[1]);
	g_string_append_printf(s, " [label=\"%s\\n", l->name);
	put_params(s, &l->params[0]);
	if (!link_params_equal(&l->params[0], &l->params[1])) {
		g_string_append_printf(s, "\\nfrom %s: ", l->end[1]);
		put_params(s, &l->params[1]);
	}
	g_string_append_c(s, '"');
	for (unsigned n = 0; n < 2; n++) {
		const struct plan_nic *nic = card_at(p, l->end[n]);

		const char *colon = strchr(l->end[n], ':');

		g_string_append_printf(s, ", %s=\"%s", labels[n], colon ? colon + 1 : "");
		if (nic)
			put_addresses(s, nic, "\\n");
		g_string_append_c(s, '"');
	}
	g_string_append_printf(s, "%s];\n", l->up ? "" : ", style=dashed");
}

static void dot_uplink(GString *s, const struct plan *p, const struct plan_uplink *u)
{
	const char *far = uplink_far(p, u);

	g_string_append_printf(s, "\t\"%s\" [shape=house, label=\"%s\\n%s\"];\n", u->name, u->name, u->kind->name);
	if (!far)
		return;
	g_string_append_printf(s, "\t\"%s\" -- ", u->name);
	dot_owner(s, far);
	if (strchr(far, ':'))
		g_string_append_printf(s, " [headlabel=\"%s\"]", strchr(far, ':') + 1);
	g_string_append(s, ";\n");
}

char *graph_dot(const struct plan *p)
{
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "graph \"%s\" {\n\tgraph [nodesep=0.7, ranksep=1.2];\n", p->name);
	g_string_append(s, "\tnode [fontname=\"sans-serif\"];\n");
	g_string_append(s, "\tedge [fontname=\"sans-serif\", fontsize=10];\n");
	for (guint n = 0; n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		g_string_append_printf(s, "\t\"%s\" [shape=%s];\n", pc->name, pc->forward ? "circle" : "box");
	}
	for (guint n = 0; n < p->vlans->len; n++) {
		const struct plan_vlan *v = p->vlans->pdata[n];

		if (is_plugged(p, n))
			g_string_append_printf(s, "\t\"%s\" [shape=ellipse, label=\"%s\\nVLAN %u\"];\n", v->name,
					       v->name, v->id);
	}
	for (guint n = 0; n < p->hubs->len; n++)
		g_string_append_printf(s, "\t\"%s\" [shape=diamond];\n", ((struct plan_hub *)p->hubs->pdata[n])->name);
	for (guint n = 0; n < p->switches->len; n++)
		g_string_append_printf(s, "\t\"%s\" [shape=hexagon];\n",
				       ((struct plan_switch *)p->switches->pdata[n])->name);
	for (guint n = 0; n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		for (guint i = 0; i < pc->nics->len; i++)
			dot_nic(s, p, pc, pc->nics->pdata[i]);
	}
	for (guint n = 0; n < p->uplinks->len; n++)
		dot_uplink(s, p, p->uplinks->pdata[n]);
	for (guint n = 0; n < p->links->len; n++)
		dot_link(s, p, p->links->pdata[n]);
	g_string_append(s, "}\n");
	return g_string_free(s, FALSE);
}
