/* A plan as text, everything in it; for golden files and for people. */
#include <string.h>

#include "engine/nic/nic.h"
#include "engine/uplink/kind.h"
#include "engine/net/link_keys.h"
#include "topology/keys.h"
#include "topology/topology.h"

static void put_text(GString *s, const char *name, const char *text)
{
	g_autofree char *shown = NULL;

	if (!text)
		return;
	shown = g_strescape(text, NULL);
	g_string_append_printf(s, " %s=\"%s\"", name, shown);
}

/* Paths without the lab's folder, which differs from machine to machine. */
static void put_path(GString *s, const struct plan *p, const char *name, const char *path)
{
	size_t len = strlen(p->folder);

	if (path && !strncmp(path, p->folder, len) && path[len] == '/')
		path += len + 1;
	put_text(s, name, path);
}

static void put_list(GString *s, const char *name, const GPtrArray *list)
{
	if (!list->len)
		return;
	g_string_append_printf(s, " %s=", name);
	for (guint n = 0; n < list->len; n++)
		g_string_append_printf(s, "%s%s", n ? "," : "", (const char *)list->pdata[n]);
}

static void dump_images(GString *s, const struct plan *p)
{
	for (guint n = 0; n < p->images->len; n++) {
		const struct plan_image *i = p->images->pdata[n];

		g_string_append_printf(s, "image %s%s%s", i->name, i->builtin ? " builtin" : "",
				       i->agent ? " agent" : "");
		put_text(s, "pin", i->pin);
		put_path(s, p, "kernel", i->kernel);
		put_path(s, p, "initrd", i->initrd);
		put_text(s, "cmdline", i->cmdline);
		put_path(s, p, "disk", i->disk);
		put_path(s, p, "cdrom", i->cdrom);
		put_path(s, p, "floppy", i->floppy);
		if (*i->boot_order)
			put_text(s, "boot", i->boot_order);
		put_path(s, p, "bios", i->bios);
		g_string_append_c(s, '\n');
	}
}

static void dump_port_extras(GString *s, const struct plan_switch_port *p)
{
	for (guint n = 0; n < p->mirror->len; n++)
		g_string_append_printf(s, "%s%u", n ? "," : " mirror ", g_array_index(p->mirror, unsigned, n));
	if (p->max_macs)
		g_string_append_printf(s, " max_macs %u", p->max_macs);
	if (p->stp.cost)
		g_string_append_printf(s, " stp_cost %u", p->stp.cost);
	if (p->stp.priority != STP_PORT_PRIORITY)
		g_string_append_printf(s, " stp_priority %u", p->stp.priority);
	g_string_append_printf(s, "%s%s%s", p->stp.edge ? " edge" : "", p->stp.bpdu_guard ? " bpdu_guard" : "",
			       p->stp.root_guard ? " root_guard" : "");
}

static void dump_tree(GString *s, const struct plan_switch *sw)
{
	const struct stp_config *c = &sw->stp;

	if (c->mode)
		g_string_append_printf(s, " %s %u hello %u max_age %u forward_delay %u %s",
				       c->mode == STP_RSTP ? "rstp" : "stp", c->priority, c->hello, c->max_age,
				       c->forward_delay, c->long_costs ? "long" : "short");
	if (sw->forward_reserved)
		g_string_append_printf(s, " reserved %04x", sw->forward_reserved);
	g_string_append(s, sw->storm_guard ? " storm_guard\n" : "\n");
}

static void dump_switch(GString *s, const struct plan_switch *sw)
{
	g_string_append_printf(s, "switch %s", sw->name);
	dump_tree(s, sw);
	for (guint n = 0; n < sw->ports->len; n++) {
		const struct plan_switch_port *p = sw->ports->pdata[n];

		g_string_append_printf(s, "  port %u", p->number);
		if (!p->trunk)
			g_string_append_printf(s, " access %u", p->access);
		else
			g_string_append(s, " trunk");
		for (guint i = 0; i < p->vlans->len; i++)
			g_string_append_printf(s, "%s%u", i ? "," : " ", g_array_index(p->vlans, uint16_t, i));
		if (p->native)
			g_string_append_printf(s, " native %u", p->native);
		g_string_append_printf(s, " rate %" G_GUINT64_FORMAT, p->rate);
		dump_port_extras(s, p);
		g_string_append_c(s, '\n');
	}
}

static void dump_wires(GString *s, const struct plan *p)
{
	for (guint n = 0; n < p->vlans->len; n++) {
		const struct plan_vlan *v = p->vlans->pdata[n];

		g_string_append_printf(s, "vlan %s %u\n", v->name, v->id);
	}
	for (guint n = 0; n < p->hubs->len; n++) {
		const struct plan_hub *h = p->hubs->pdata[n];

		g_string_append_printf(s, "hub %s %u\n", h->name, h->ports);
	}
	for (guint n = 0; n < p->switches->len; n++)
		dump_switch(s, p->switches->pdata[n]);
}

/* The card's own options, where they are not the default. */
static void put_options(GString *s, const struct plan_nic *nic)
{
	for (unsigned n = 0; n < nic_option_count(nic->model); n++) {
		const struct option *o = &nic->model->options[n];
		g_autofree char *value = option_show(o, &nic->options[n]);

		if (strcmp(value, o->standard))
			g_string_append_printf(s, " %s=%s", o->name, value);
	}
}

static void put_addresses(GString *s, const struct plan_nic *nic)
{
	char text[ADDRESS_TEXT];

	for (guint n = 0; n < nic->addresses->len; n++) {
		const struct plan_address *pa = &g_array_index(nic->addresses, struct plan_address, n);
		struct address a = {.family = pa->family, .prefix = pa->prefix};

		memcpy(a.bytes, pa->bytes, sizeof(a.bytes));
		if (pa->dhcp)
			g_strlcpy(text, "dhcp", sizeof(text));
		else
			address_format(&a, true, text);
		g_string_append_printf(s, " %s", text);
	}
}

static void dump_nic(GString *s, const struct plan *p, const struct plan_nic *nic)
{
	char text[ADDRESS_TEXT];

	address_format_mac(nic->mac, text);
	g_string_append_printf(s, "  nic %s %s %s", nic->name, nic->model->name, text);
	if (nic->attach == ATTACH_VLAN)
		g_string_append_printf(s, " vlan %s", ((struct plan_vlan *)p->vlans->pdata[nic->vlan])->name);
	else if (nic->attach == ATTACH_PORT)
		g_string_append_printf(s, " to %s", nic->to);
	if (nic->down)
		g_string_append(s, " down");
	if (nic->rom != ROM_IF_NET_BOOT)
		g_string_append_printf(s, " rom %s", nic->rom == ROM_ALWAYS ? "yes" : "no");
	put_addresses(s, nic);
	put_options(s, nic);
	g_string_append_c(s, '\n');
}

static void dump_tagged(GString *s, const struct plan_nic *nic)
{
	g_string_append_printf(s, "  nic %s vlan %u of %s", nic->name, nic->id, nic->parent);
	put_addresses(s, nic);
	g_string_append_c(s, '\n');
}

static void dump_parts(GString *s, const struct plan *p, const struct plan_pc *pc)
{
	for (guint n = 0; n < pc->nics->len; n++)
		dump_nic(s, p, pc->nics->pdata[n]);
	for (guint n = 0; n < pc->tagged->len; n++)
		dump_tagged(s, pc->tagged->pdata[n]);
	for (guint n = 0; n < pc->files->len; n++) {
		const struct plan_file *f = pc->files->pdata[n];

		g_string_append_printf(s, "  file %s mode %04o", f->path, f->mode);
		put_text(s, "text", f->text);
		put_path(s, p, "source", f->source);
		g_string_append_c(s, '\n');
	}
	for (guint n = 0; n < pc->routes->len; n++) {
		const struct plan_route *r = pc->routes->pdata[n];

		g_string_append_printf(s, "  route %s", r->to);
		if (r->via)
			g_string_append_printf(s, " via %s", r->via);
		if (r->dev)
			g_string_append_printf(s, " dev %s", r->dev);
		g_string_append_c(s, '\n');
	}
}

static void dump_pc(GString *s, const struct plan *p, const struct plan_pc *pc)
{
	g_string_append_printf(s, "pc %s image %s memory %" G_GUINT64_FORMAT " cpu %s mips %u%s%s", pc->name,
			       ((struct plan_image *)p->images->pdata[pc->image])->name, pc->memory,
			       key_find(keys_pc, "cpu")->option.choices[pc->cpu_model], pc->mips,
			       pc->forward ? " forward" : "", pc->ipv6 ? " ipv6" : "");
	put_text(s, "append", pc->append);
	put_list(s, "dns", pc->dns);
	put_list(s, "start", pc->start);
	put_list(s, "after", pc->after);
	put_text(s, "setup", pc->setup);
	put_text(s, "ready", pc->ready);
	g_string_append_c(s, '\n');
	dump_parts(s, p, pc);
}

static void dump_link(GString *s, const struct plan_link *l)
{
	g_string_append_printf(s, "link %s %s %s%s\n", l->name, l->end[0], l->end[1], l->up ? "" : " down");
	for (unsigned n = 0; n < 2; n++) {
		g_string_append_printf(s, "  from %s", l->end[n]);
		for (const struct link_key *k = link_keys; k->option.name; k++) {
			g_autofree char *text = link_key_text(k, &l->params[n]);

			if (!link_key_is_default(k, &l->params[n]))
				g_string_append_printf(s, " %s %s", k->option.name, text);
		}
		g_string_append_c(s, '\n');
	}
}

static void dump_uplink(GString *s, const struct plan *p, const struct plan_uplink *u)
{
	g_string_append_printf(s, "uplink %s %s", u->name, u->kind->name);
	if (u->attach == ATTACH_VLAN)
		g_string_append_printf(s, " vlan %s", ((struct plan_vlan *)p->vlans->pdata[u->vlan])->name);
	else if (u->attach == ATTACH_PORT)
		g_string_append_printf(s, " to %s", u->to);
	for (guint n = 0; n < u->settings->items->len; n++) {
		const struct uplink_setting *v = &g_array_index(u->settings->items, struct uplink_setting, n);

		put_text(s, v->key->option.name, v->text);
	}
	g_string_append_c(s, '\n');
}

static void dump_event(GString *s, const struct plan_event *e)
{
	g_string_append_printf(s, "event %s at %" G_GUINT64_FORMAT " %s", e->name, e->at, e->thing);
	for (guint n = 0; n < e->keys->len; n++)
		put_text(s, e->keys->pdata[n], e->values->pdata[n]);
	put_text(s, "run", e->run);
	g_string_append_c(s, '\n');
}

/* -1: at least one. */
static void dump_wanted(GString *s, const struct plan_check *c)
{
	if (c->least == c->most)
		g_string_append_printf(s, " count %" G_GUINT64_FORMAT, c->least);
	else if (c->most == PACKETS_ANY && c->least == 1)
		g_string_append(s, " count -1");
	else if (c->most == PACKETS_ANY)
		g_string_append_printf(s, " count %" G_GUINT64_FORMAT " or more", c->least);
	else
		g_string_append_printf(s, " count %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT, c->least, c->most);
}

static void dump_after(GString *s, const struct plan *p, const struct plan_check *c)
{
	if (c->after == AFTER_EVENT)
		put_text(s, "start", ((const struct plan_event *)p->events->pdata[c->after_id])->name);
	else if (c->after == AFTER_PC)
		put_text(s, "after-pc", ((const struct plan_pc *)p->pcs->pdata[c->after_id])->name);
	else if (c->after == AFTER_CHECK)
		put_text(s, "after-check", ((const struct plan_check *)p->checks->pdata[c->after_id])->name);
}

static void dump_check(GString *s, const struct plan *p, const struct plan_check *c)
{
	g_string_append_printf(s, "check %s points %u within %" G_GUINT64_FORMAT, c->name, c->points, c->within);
	if (c->kind == CHECK_RUN)
		g_string_append_printf(s, " every %" G_GUINT64_FORMAT "%s", c->every, c->once ? " once" : "");
	else
		dump_wanted(s, c);
	put_text(s, "pc", c->pc);
	put_text(s, "run", c->run);
	put_text(s, "expect", c->expect);
	put_text(s, "reject", c->reject);
	put_text(s, "watch", c->watch);
	put_text(s, "packet", c->packet);
	if (c->lasts)
		g_string_append_printf(s, " for %" G_GUINT64_FORMAT, c->lasts);
	dump_after(s, p, c);
	put_text(s, "fail", c->fail);
	g_string_append_c(s, '\n');
}

char *topology_dump(const struct plan *p)
{
	GString *s = g_string_new(NULL);

	g_string_append_printf(s, "lab %s seed %" G_GUINT64_FORMAT, p->name, p->seed);
	put_text(s, "description", p->description);
	g_string_append_c(s, '\n');
	dump_images(s, p);
	dump_wires(s, p);
	for (guint n = 0; n < p->pcs->len; n++)
		dump_pc(s, p, p->pcs->pdata[n]);
	for (guint n = 0; n < p->links->len; n++)
		dump_link(s, p->links->pdata[n]);
	for (guint n = 0; n < p->uplinks->len; n++)
		dump_uplink(s, p, p->uplinks->pdata[n]);
	for (guint n = 0; n < p->captures->len; n++) {
		const struct plan_capture *c = p->captures->pdata[n];

		g_string_append_printf(s, "capture %s watch %s file %s", c->name, c->watch, c->file);
		put_text(s, "filter", c->filter);
		g_string_append_c(s, '\n');
	}
	for (guint n = 0; n < p->events->len; n++)
		dump_event(s, p->events->pdata[n]);
	for (guint n = 0; n < p->checks->len; n++)
		dump_check(s, p, p->checks->pdata[n]);
	return g_string_free(s, FALSE);
}
