/* Trunks without a native VLAN carry tagged frames alone. */
#include "topology/tagged.h"

#include <string.h>

static bool is_bare_trunk(const struct build *b, const char *port)
{
	const char *colon = strchr(port, ':');
	g_autofree char *owner = colon ? g_strndup(port, (gsize)(colon - port)) : NULL;
	const struct thing *t = owner ? g_hash_table_lookup(b->things, owner) : NULL;
	const struct plan_switch *s = t && t->kind == THING_SWITCH ? t->plan : NULL;

	for (guint n = 0; s && n < s->ports->len; n++) {
		const struct plan_switch_port *p = s->ports->pdata[n];

		if (p->number == g_ascii_strtoull(colon + 1, NULL, 10))
			return p->trunk && !p->native;
	}
	return false;
}

/* The port that this card is plugged into by `to`; NULL: none. */
static const char *plugged_into(const struct plan *p, const char *card)
{
	for (guint n = 0; n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		for (guint m = 0; m < pc->nics->len; m++) {
			const struct plan_nic *nic = pc->nics->pdata[m];
			g_autofree char *name = g_strdup_printf("%s:%s", pc->name, nic->name);

			if (nic->attach == ATTACH_PORT && !strcmp(name, card))
				return nic->to;
		}
	}
	return NULL;
}

static const struct plan_link *link_at(const struct plan *p, const char *port)
{
	for (guint n = 0; n < p->links->len; n++) {
		const struct plan_link *l = p->links->pdata[n];

		if (!strcmp(l->end[0], port) || !strcmp(l->end[1], port))
			return l;
	}
	return NULL;
}

static bool link_tagged(const struct build *b, const struct plan_link *l)
{
	return l && (is_bare_trunk(b, l->end[0]) || is_bare_trunk(b, l->end[1]));
}

bool tagged_only(const struct build *b, const char *watch)
{
	const struct thing *t = g_hash_table_lookup(b->things, watch);
	const char *to;

	if (t)
		return t->kind == THING_LINK && link_tagged(b, t->plan);
	to = plugged_into(b->plan, watch);
	return is_bare_trunk(b, watch) || (to && is_bare_trunk(b, to)) || link_tagged(b, link_at(b->plan, watch));
}
