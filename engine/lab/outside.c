/* The lab's uplinks: their place on the wire, when they are opened, and their input
 * between windows. */
#include "engine/lab/lab_priv.h"

#include "engine/uplink/spawner.h"
#include "engine/uplink/uplink.h"

/* ---- what they tell ---- */

static void note(void *opaque, const char *text, uint64_t when)
{
	lab_note(opaque, when, "%s", text);
}

static void frame(void *opaque, struct uplink *u, unsigned place, const void *data, uint32_t size, uint64_t when,
		  bool answer)
{
	journal_frame(opaque, u, place, data, size, when, answer);
}

static void peer(void *opaque, struct uplink *u, unsigned place, bool there, uint64_t when)
{
	journal_peer(opaque, u, place, there, when);
}

/* ---- building ---- */

bool uplinks_prepare(struct lab *l, GError **error)
{
	const GPtrArray *all = l->plan->uplinks;
	g_autoptr(GArray) jobs = g_array_new(FALSE, TRUE, sizeof(struct spawner_job));

	for (guint n = 0; n < all->len; n++) {
		const struct plan_uplink *u = all->pdata[n];

		const struct spawner_job job = {u->name, u->kind, u->settings};

		if (u->kind->task)
			g_array_append_val(jobs, job);
	}
	if (!jobs->len || l->options.no_uplinks)
		return true;
	l->outside.spawner = spawner_new((const struct spawner_job *)(void *)jobs->data, jobs->len, error);
	return l->outside.spawner != NULL;
}

void uplinks_add(struct lab *l)
{
	l->outside.opaque = l;
	l->outside.note = note;
	l->outside.frame = frame;
	l->outside.peer = peer;
	l->uplinks = g_ptr_array_new();
	for (guint n = 0; n < l->plan->uplinks->len; n++) {
		const struct plan_uplink *plan = l->plan->uplinks->pdata[n];
		bool shared = plan->attach != ATTACH_VLAN;

		g_ptr_array_add(l->uplinks,
				uplink_new(l->net, plan->name, plan->kind, plan->settings, shared, &l->outside));
	}
}

/* What must not be reached from outside by accident needs the user's word. */
static bool is_allowed(const struct lab_options *o, const struct plan_uplink *plan, GError **error)
{
	unsigned asks = plan->kind->asks ? plan->kind->asks(plan->settings) : 0;
	const char *option = NULL;
	g_autofree char *what = NULL;

	if (asks & UPLINK_ASKS_OUTSIDE && !o->allow_uplinks)
		option = "--allow-uplinks";
	else if (asks & UPLINK_ASKS_COMMANDS && !o->allow_commands)
		option = "--allow-host-commands";
	if (!option)
		return true;
	what = plan->kind->describe(plan->settings);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED,
		    "uplink %s %s: a lab may only do that with %s (or run it with --no-uplinks)", plan->name, what,
		    option);
	return false;
}

bool lab_may_open(const struct plan *p, const struct lab_options *options, GError **error)
{
	for (guint n = 0; n < p->uplinks->len; n++)
		if (!is_allowed(options, p->uplinks->pdata[n], error))
			return false;
	return true;
}

bool lab_open_uplinks(struct lab *l, enum uplink_mode mode, GError **error)
{
	for (guint n = 0; n < l->uplinks->len && !l->options.no_uplinks; n++)
		if (!uplink_start(l->uplinks->pdata[n], mode, error))
			return false;
	return true;
}

void uplinks_stop(struct lab *l)
{
	for (guint n = 0; l->uplinks && n < l->uplinks->len; n++)
		uplink_stop(l->uplinks->pdata[n], l->now);
	spawner_free(l->outside.spawner);
	l->outside.spawner = NULL;
}

/* ---- while it runs ---- */

bool lab_is_open(const struct lab *l)
{
	for (guint n = 0; n < l->uplinks->len; n++)
		if (uplink_is_open(l->uplinks->pdata[n]))
			return true;
	return false;
}

bool lab_opens(const struct plan *p)
{
	for (guint n = 0; n < p->uplinks->len; n++) {
		const struct plan_uplink *u = p->uplinks->pdata[n];

		if (!u->kind->open || u->kind->open(u->settings))
			return true;
	}
	return false;
}

void lab_poll(struct lab *l, GArray *fds)
{
	for (guint n = 0; n < l->uplinks->len; n++)
		uplink_poll(l->uplinks->pdata[n], fds);
}

void lab_take_input(struct lab *l, bool resumed)
{
	if (!l->uplinks->len)
		return;
	timeline_catch_up(l);
	for (guint n = 0; n < l->uplinks->len; n++)
		uplink_input(l->uplinks->pdata[n], resumed, l->now);
}

void uplinks_flush(struct lab *l)
{
	for (guint n = 0; n < l->uplinks->len; n++)
		uplink_flush(l->uplinks->pdata[n], l->now);
}

unsigned lab_uplink_count(const struct lab *l)
{
	return l->uplinks->len;
}

struct uplink *lab_uplink_at(const struct lab *l, unsigned n)
{
	return n < l->uplinks->len ? l->uplinks->pdata[n] : NULL;
}

struct uplink *lab_uplink_find(const struct lab *l, const char *name)
{
	for (guint n = 0; n < l->uplinks->len; n++)
		if (!strcmp(uplink_name(l->uplinks->pdata[n]), name))
			return l->uplinks->pdata[n];
	return NULL;
}
