/* Warnings about network cards: what is legal, and will not do what the lab wants,
 * for reasons that lie in the card and its drivers. */
#include <string.h>

#include "engine/nic/nic.h"
#include "topology/plan_maker.h"

/* Is the port of a switch one that sends tags? */
static bool is_trunk(const struct build *b, const char *port)
{
	const char *colon = strchr(port, ':');
	g_autofree char *name = colon ? g_strndup(port, (gsize)(colon - port)) : g_strdup(port);
	const struct thing *t = build_find(b, name, THING_SWITCH);
	const struct plan_switch *s = t ? t->plan : NULL;

	for (guint n = 0; s && colon && n < s->ports->len; n++) {
		const struct plan_switch_port *p = s->ports->pdata[n];

		if (p->number == (unsigned)g_ascii_strtoull(colon + 1, NULL, 10))
			return p->trunk;
	}
	return false;
}

/* Debian's kernel for virtual machines, known by its file's name. */
static bool is_cloud_kernel(const struct plan_image *i)
{
	g_autofree char *name = i->kernel ? g_path_get_basename(i->kernel) : NULL;

	return name && strstr(name, "cloud");
}

void nic_words(struct build *b, const struct plan_pc *pc, const struct plan_nic *nic, const struct node *n)
{
	const struct plan_image *image = pc->image < b->plan->images->len ? b->plan->images->pdata[pc->image] : NULL;
	const struct nic_model *m = nic->model;

	if (m->needs_firmware && image && image->agent)
		node_warning(b->tree, n,
			     "the driver of an %s wants a file that is not free and that the image '%s' lacks: it will "
			     "not come up; i82559er does",
			     m->name, image->name);
	if (m->no_vlans && nic->to && is_trunk(b, nic->to))
		node_warning(b->tree, n,
			     "'%s' is a trunk port, and Linux makes no VLAN interfaces on an %s; i82559er has them",
			     nic->to, m->name);
	if (!m->cloud && image && is_cloud_kernel(image))
		node_warning(b->tree, n, "Debian's cloud kernel has no driver for %s; it has one for virtio", m->name);
}

/* ---- events ---- */

/* The card at a port; NULL: the port is not a card's. */
static const struct plan_nic *card_at(const struct build *b, const char *port)
{
	const char *colon = strchr(port, ':');
	g_autofree char *name = colon ? g_strndup(port, (gsize)(colon - port)) : g_strdup(port);
	const struct thing *t = build_find(b, name, THING_PC);
	const struct plan_pc *pc = t ? t->plan : NULL;

	for (guint n = 0; pc && colon && n < pc->nics->len; n++) {
		const struct plan_nic *nic = pc->nics->pdata[n];

		if (!strcmp(nic->name, colon + 1))
			return nic;
	}
	return NULL;
}

/* Its PC cannot see that the cable is pulled. */
static void blind(struct build *b, const struct node *set, const char *port)
{
	const struct plan_nic *nic = card_at(b, port);

	if (nic && !nic->model->carrier)
		node_warning(b->tree, set, "'%s' is an %s, which does not show its PC whether there is a cable", port,
			     nic->model->name);
}

void nic_words_event(struct build *b, const struct node *thing, const struct node *set)
{
	const struct node *state = map_get(set, "state");
	const struct thing *t;
	const struct plan_link *l;

	if (!state || !thing->text)
		return;
	if (!strcmp(thing->key, "nic")) {
		blind(b, state, thing->text);
		return;
	}
	t = build_find(b, thing->text, THING_LINK);
	l = t ? t->plan : NULL;
	for (unsigned end = 0; l && end < 2; end++)
		blind(b, state, l->end[end]);
}
