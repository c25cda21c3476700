/* From a plan to a lab: images booted and cloned, cards plugged in, cables. */
#include "engine/lab/lab_priv.h"

#include <stdarg.h>
#include <unistd.h>

#include "engine/net/hub.h"
#include "engine/net/link_keys.h"
#include "engine/net/switch.h"
#include "engine/nic/nic.h"

#define ROM_FOLDER "/usr/lib/ipxe/qemu" /* of Debian's ipxe-qemu */

void lab_note(struct lab *l, uint64_t when, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	if (l->listener.note)
		l->listener.note(l->listener.opaque, text, when);
}

bool lab_cancelled(const struct lab *l, GError **error)
{
	if (!l->options.cancelled || !l->options.cancelled())
		return false;
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_CANCELLED, "stopped before the lab was built");
	return true;
}

bool lab_plug(struct board *b, unsigned slot, const struct plan_nic *nic, bool hotplug)
{
	return slot < PC_NIC_SLOTS && nic_plug(b, slot, nic->model, nic->mac, nic->options, hotplug);
}

bool lab_plug_rom(struct board *b, unsigned slot, const struct plan_nic *nic, GError **error)
{
	g_autofree char *path = nic->model->rom ? g_build_filename(ROM_FOLDER, nic->model->rom, NULL) : NULL;
	g_autofree char *bytes = NULL;
	gsize size;

	if (!path) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "the card %s has no boot ROM", nic->model->name);
		return false;
	}
	if (!g_file_get_contents(path, &bytes, &size, error))
		return false;
	nic_set_rom(b, slot, bytes, size);
	return true;
}

static bool wants_rom(const struct plan_nic *nic, const struct plan_image *image)
{
	return nic->rom == ROM_ALWAYS || (nic->rom == ROM_IF_NET_BOOT && image->boot_order[0] == 'n');
}

static bool add_nics(struct lab_pc *pc, GError **error)
{
	const struct plan_pc *plan = pc->plan;
	const struct plan_image *image = pc->lab->plan->images->pdata[plan->image];

	for (guint n = 0; n < plan->nics->len; n++) {
		const struct plan_nic *nic = plan->nics->pdata[n];
		g_autofree char *name = g_strdup_printf("%s:%s", plan->name, nic->name);

		if (!lab_plug(pc->board, n, nic, pc->agent)) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: no room for another card", name);
			return false;
		}
		if (wants_rom(nic, image) && !lab_plug_rom(pc->board, n, nic, error)) {
			g_prefix_error(error, "%s: ", name);
			return false;
		}
		pc->port[n] = port_new(pc->lab->net, name, &pc_nic_ops, pc, n, nic_rate(nic->model, nic->options));
		pc->nics = n + 1;
	}
	return true;
}

static struct lab_pc *add_pc(struct lab *l, const struct plan_pc *plan, GError **error)
{
	const struct plan_image *image = l->plan->images->pdata[plan->image];
	struct lab_pc *pc = g_new0(struct lab_pc, 1);

	pc->lab = l;
	pc->plan = plan;
	pc->index = l->pcs->len;
	pc->agent = image->agent;
	pc->message = g_strdup("");
	pc->inbox = g_array_new(FALSE, FALSE, sizeof(struct inbox_item));
	pc->spent = g_ptr_array_new();
	pc->outbox = g_array_new(FALSE, FALSE, sizeof(struct outbox_item));
	pc->reports = g_array_new(FALSE, FALSE, sizeof(struct pc_report));
	pc->out_bytes = g_byte_array_new();
	pc->serial = g_byte_array_new();
	pc->agent_in = g_byte_array_new();
	pc->feed[0].bytes = g_byte_array_new();
	pc->feed[1].bytes = g_byte_array_new();
	pc->keys.bytes = g_byte_array_new();
	g_ptr_array_add(l->pcs, pc);
	pc->board = image_board(l, plan, error);
	if (!pc->board)
		return NULL;
	pc->offset = board_now(pc->board);
	rng_seed(&pc->board->pc->cpu.rng, l->seed, plan->name);
	outbox_wire(pc);
	return pc;
}

static void free_pc(gpointer opaque)
{
	struct lab_pc *pc = opaque;

	if (pc->board)
		inbox_clear(pc);
	exec_abandon(pc, 0);
	placing_forget(pc);
	board_free(pc->board);
	g_array_free(pc->inbox, TRUE);
	g_ptr_array_free(pc->spent, TRUE);
	g_array_free(pc->outbox, TRUE);
	g_array_free(pc->reports, TRUE);
	g_byte_array_unref(pc->out_bytes);
	g_byte_array_unref(pc->serial);
	g_byte_array_unref(pc->agent_in);
	g_byte_array_unref(pc->feed[0].bytes);
	g_byte_array_unref(pc->feed[1].bytes);
	g_byte_array_unref(pc->keys.bytes);
	g_free(pc->message);
	g_free(pc);
}

/* ---- switches, hubs, cables ---- */

/* Names the lab's one implicit switch: "lan", or "lan2" and so on if the lab file
 * has a switch or a hub of that name. g_free() it. */
static char *implicit_name(const struct plan *p)
{
	g_autoptr(GHashTable) taken = g_hash_table_new(g_str_hash, g_str_equal);
	char *name = g_strdup("lan");

	for (guint n = 0; n < p->switches->len; n++)
		g_hash_table_add(taken, ((struct plan_switch *)p->switches->pdata[n])->name);
	for (guint n = 0; n < p->hubs->len; n++)
		g_hash_table_add(taken, ((struct plan_hub *)p->hubs->pdata[n])->name);
	for (unsigned n = 2; g_hash_table_contains(taken, name); n++) {
		g_free(name);
		name = g_strdup_printf("lan%u", n);
	}
	return name;
}

static void add_switch_port(struct net_switch *s, const struct plan_switch_port *p)
{
	struct port *port = switch_add_port(s, p->number, p->rate);

	switch_set_stp_port(port, &p->stp);
	switch_limit_macs(port, p->max_macs);
	if (p->trunk)
		switch_set_trunk(port, (const uint16_t *)(void *)p->vlans->data, p->vlans->len, p->native);
	else if (p->access)
		switch_set_access(port, p->access);
}

static void add_switch(struct lab *l, const struct plan_switch *plan)
{
	struct net_switch *s = switch_new(l->net, plan->name);

	switch_set_spanning_tree(s, &plan->stp);
	switch_forward_reserved(s, plan->forward_reserved);
	switch_guard_storms(s, plan->storm_guard);
	for (guint n = 0; n < plan->ports->len; n++)
		add_switch_port(s, plan->ports->pdata[n]);
	for (guint n = 0; n < plan->ports->len; n++) {
		const struct plan_switch_port *p = plan->ports->pdata[n];

		for (guint m = 0; m < p->mirror->len; m++)
			switch_set_mirror(switch_port(s, g_array_index(p->mirror, unsigned, m)),
					  switch_port(s, p->number));
	}
}

/* What the fabric has to say. */
static void fabric_told(void *opaque, const char *text, uint64_t when)
{
	lab_note(opaque, when, "%s", text);
}

static void cable(struct lab *l, const char *name, struct port *a, struct port *b)
{
	struct link_params params[2];

	link_params_init(&params[0]);
	params[1] = params[0];

	link_new(l->net, name, a, b, params);
}

/* On a VLAN: a port of its own on the implicit switch. */
static void plug_vlan(struct lab *l, struct port *port, unsigned number)
{
	const struct plan_vlan *vlan = l->plan->vlans->pdata[number];
	struct net_switch *s;
	struct port *far;

	if (!l->implicit)
		l->implicit = implicit_name(l->plan);
	s = switch_find(l->net, l->implicit);
	if (!s)
		s = switch_new(l->net, l->implicit);
	far = switch_add_port(s, ++l->implicit_ports, port->rate);
	switch_set_access(far, vlan->id);
	cable(l, port->name, port, far);
}

static bool plug_port(struct lab *l, struct port *port, const char *to, GError **error)
{
	struct port *far = port_find(l->net, to);

	if (far && !far->link) {
		cable(l, port->name, port, far);
		return true;
	}
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: port %s is %s", port->name, to,
		    far ? "in use" : "unknown");
	return false;
}

static bool plug_uplinks(struct lab *l, GError **error)
{
	for (guint n = 0; n < l->uplinks->len; n++) {
		const struct plan_uplink *plan = l->plan->uplinks->pdata[n];
		struct uplink *u = l->uplinks->pdata[n];

		for (unsigned i = 0; plan->attach == ATTACH_VLAN && i < uplink_ports(u); i++)
			plug_vlan(l, uplink_port(u, i), plan->vlan);
		if (plan->attach == ATTACH_PORT && !plug_port(l, uplink_port(u, 0), plan->to, error))
			return false;
	}
	return true;
}

static bool plug_cards(struct lab *l, GError **error)
{
	for (guint n = 0; n < l->pcs->len; n++) {
		struct lab_pc *pc = l->pcs->pdata[n];

		for (unsigned m = 0; m < pc->nics; m++) {
			const struct plan_nic *nic = pc->plan->nics->pdata[m];

			if (nic->attach == ATTACH_VLAN) {
				plug_vlan(l, pc->port[m], nic->vlan);
			} else if (nic->attach == ATTACH_PORT && !plug_port(l, pc->port[m], nic->to, error)) {
				return false;
			}
			if (nic->down && pc->port[m]->link)
				link_set_up(pc->port[m]->link, false, l->now);
		}
	}
	return true;
}

static bool add_links(struct lab *l, GError **error)
{
	for (guint n = 0; n < l->plan->links->len; n++) {
		const struct plan_link *plan = l->plan->links->pdata[n];
		struct port *end[2];
		struct link *link;

		for (unsigned e = 0; e < 2; e++) {
			end[e] = port_find(l->net, plan->end[e]);
			if (!end[e] || end[e]->link) {
				g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "link %s: %s is %s", plan->name,
					    plan->end[e], end[e] ? "in use" : "unknown");
				return false;
			}
		}
		link = link_new(l->net, plan->name, end[0], end[1], plan->params);
		if (!plan->up)
			link_set_up(link, false, l->now);
	}
	return true;
}

static bool wire(struct lab *l, GError **error)
{
	for (guint n = 0; n < l->plan->hubs->len; n++) {
		const struct plan_hub *h = l->plan->hubs->pdata[n];

		hub_new(l->net, h->name, h->ports);
	}
	for (guint n = 0; n < l->plan->switches->len; n++)
		add_switch(l, l->plan->switches->pdata[n]);
	uplinks_add(l);
	return plug_cards(l, error) && plug_uplinks(l, error) && add_links(l, error);
}

/* ---- time zero ---- */

static void time_zero(struct lab *l)
{
	/* Without an agent nobody can tell when a PC is ready. */
	for (guint n = 0; n < l->pcs->len; n++) {
		struct lab_pc *pc = l->pcs->pdata[n];

		pc->hello = pc->agent;
		if (!pc->agent)
			pc_set_state(pc, LAB_PC_READY, "", 0);
	}
	for (guint n = 0; n < l->pcs->len; n++) {
		struct lab_pc *pc = l->pcs->pdata[n];
		const char *other = pc_waits_for(pc);
		g_autofree char *why = other ? g_strdup_printf("waits for %s", other) : NULL;

		if (pc->agent)
			pc_set_state(pc, LAB_PC_BOOTING, why, 0);
	}
	pcs_release(l, 0);
	events_start(l);
	checks_start(l);
}

/* ---- the lab ---- */

static bool add_pcs(struct lab *l, GError **error)
{
	for (guint n = 0; n < l->plan->pcs->len; n++) {
		struct lab_pc *pc = lab_cancelled(l, error) ? NULL : add_pc(l, l->plan->pcs->pdata[n], error);

		if (!pc || !add_nics(pc, error))
			return false;
	}
	return true;
}

struct lab *lab_build(const struct plan *plan, const struct lab_options *options, const struct lab_listener *listener,
		      GError **error)
{
	struct lab *l = g_new0(struct lab, 1);
	unsigned workers = options->workers ? options->workers : (unsigned)g_get_num_processors();
	bool prepared;

	l->plan = plan;
	l->options = *options;
	if (listener)
		l->listener = *listener;
	l->name = g_strdup(options->name ? options->name : plan->name);
	l->seed = options->seed ? options->seed : plan->seed;
	l->net = net_new(l->seed);
	net_listen(l->net, fabric_told, l);
	l->pcs = g_ptr_array_new_with_free_func(free_pc);
	l->active = g_ptr_array_new();
	l->timeline = g_array_new(FALSE, FALSE, sizeof(struct timeline_item));
	l->images = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, image_master_free);
	rng_seed(&l->window_rng, options->window_seed, "window");
	prepared = uplinks_prepare(l, error);
	l->workers = workers_new(MIN(workers, plan->pcs->len ? plan->pcs->len : 1));
	if (!prepared || !add_pcs(l, error) || !wire(l, error)) {
		lab_free(l);
		return NULL;
	}
	for (guint n = 0; n < l->pcs->len; n++)
		outbox_flush(l->pcs->pdata[n]);
	time_zero(l);
	return l;
}

void lab_free(struct lab *l)
{
	if (!l)
		return;
	uplinks_stop(l);
	workers_free(l->workers);
	checks_free(l);
	g_ptr_array_free(l->pcs, TRUE);
	events_free(l);
	g_free(l->implicit);
	net_free(l->net);
	if (l->uplinks)
		g_ptr_array_free(l->uplinks, TRUE);
	g_ptr_array_free(l->active, TRUE);
	g_array_free(l->timeline, TRUE);
	g_hash_table_destroy(l->images);
	lab_record_end(l, NULL);
	if (l->replay)
		g_ptr_array_free(l->replay, TRUE);
	g_free(l->name);
	g_free(l);
}
