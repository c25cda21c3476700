/* Broadcast domains: which cards hear one another, and whether their addresses
 * fit together. Ports joined by cables, hubs and VLANs are united (union-find);
 * the warnings are about what is legal but seldom meant. */
#include <string.h>

#include "topology/plan_maker.h"

struct domains {
	struct build *b;
	GHashTable *index; /* "alice:eth0", "vlan 10", "sw1/10", "h1" -> element + 1 */
	GArray *parent;    /* guint: towards the domain's root */
};

static guint element(struct domains *d, const char *name)
{
	gpointer found = g_hash_table_lookup(d->index, name);
	guint next = d->parent->len;

	if (found)
		return GPOINTER_TO_UINT(found) - 1;
	g_array_append_val(d->parent, next);
	g_hash_table_insert(d->index, g_strdup(name), GUINT_TO_POINTER(next + 1));
	return next;
}

static guint root_of(struct domains *d, guint e)
{
	guint *parent = (guint *)(gpointer)d->parent->data;

	while (parent[e] != e) {
		parent[e] = parent[parent[e]];
		e = parent[e];
	}
	return e;
}

static void unite(struct domains *d, const char *a, const char *b)
{
	guint x = root_of(d, element(d, a)), y = root_of(d, element(d, b));

	g_array_index(d->parent, guint, x) = y;
}

/* ---- wiring ---- */

/* What a cable at a port reaches: untagged frames, and tagged ones of a trunk. */
struct side {
	char *untagged; /* NULL: dropped */
	const char *owner;
	const struct plan_switch_port *port; /* of a switch */
};

static const struct plan_switch_port *switch_port_of(const struct plan_switch *s, unsigned number)
{
	for (guint n = 0; n < s->ports->len; n++)
		if (((const struct plan_switch_port *)s->ports->pdata[n])->number == number)
			return s->ports->pdata[n];
	return NULL;
}

static struct side side_of(struct domains *d, const char *port)
{
	const char *colon = strchr(port, ':');
	g_autofree char *name = colon ? g_strndup(port, (gsize)(colon - port)) : g_strdup(port);
	const struct thing *t = g_hash_table_lookup(d->b->things, name);
	struct side s = {0};
	unsigned id;

	if (!t || !t->plan)
		return s;
	if (t->kind == THING_HUB)
		s.untagged = g_strdup(name);
	else if (t->kind == THING_PC || t->kind == THING_UPLINK)
		s.untagged = g_strdup(port);
	if (t->kind != THING_SWITCH)
		return s;
	s.owner = ((const struct plan_switch *)t->plan)->name;
	s.port = switch_port_of(t->plan, (unsigned)g_ascii_strtoull(colon + 1, NULL, 10));
	id = !s.port ? 0 : s.port->trunk ? s.port->native : s.port->access;
	if (id)
		s.untagged = g_strdup_printf("%s/%u", name, id);
	return s;
}

static bool carries(const struct plan_switch_port *p, uint16_t id)
{
	for (guint n = 0; n < p->vlans->len; n++)
		if (g_array_index(p->vlans, uint16_t, n) == id)
			return true;
	return false;
}

/* VLAN interfaces of a card at a trunk. */
static void join_tagged(struct domains *d, const char *card, const struct side *trunk)
{
	const char *colon = strchr(card, ':');
	g_autofree char *name = g_strndup(card, colon ? (gsize)(colon - card) : 0);
	const struct thing *t = build_find(d->b, name, THING_PC);
	const struct plan_pc *pc = t ? t->plan : NULL;

	if (!colon || !pc || !trunk->port || !trunk->port->trunk)
		return;
	for (guint n = 0; n < pc->tagged->len; n++) {
		const struct plan_nic *nic = pc->tagged->pdata[n];
		g_autofree char *own = g_strdup_printf("%s:%s", name, nic->name);
		g_autofree char *vlan = g_strdup_printf("%s/%u", trunk->owner, nic->id);

		if (!strcmp(nic->parent, colon + 1) && carries(trunk->port, nic->id))
			unite(d, own, vlan);
	}
}

static void join(struct domains *d, const char *port_a, const char *port_b)
{
	struct side a = side_of(d, port_a), b = side_of(d, port_b);

	if (a.untagged && b.untagged)
		unite(d, a.untagged, b.untagged);
	for (guint n = 0; a.port && b.port && a.port->trunk && b.port->trunk && n < a.port->vlans->len; n++) {
		uint16_t id = g_array_index(a.port->vlans, uint16_t, n);
		g_autofree char *x = g_strdup_printf("%s/%u", a.owner, id), *y = g_strdup_printf("%s/%u", b.owner, id);

		if (id != a.port->native && id != b.port->native && carries(b.port, id))
			unite(d, x, y);
	}
	join_tagged(d, port_a, &b);
	join_tagged(d, port_b, &a);
	g_free(a.untagged);
	g_free(b.untagged);
}

/* Both ends of a cable are switch ports that cannot understand each other. */
static void check_vlans(struct domains *d, const struct plan_link *l)
{
	struct side a = side_of(d, l->end[0]), b = side_of(d, l->end[1]);
	const struct node *n = map_get(map_get(d->b->root, "links"), l->name);

	if (n && a.port && b.port && a.port->trunk != b.port->trunk)
		node_warning(d->b->tree, n, "'%s' is %s port, '%s' %s", l->end[0],
			     a.port->trunk ? "a trunk" : "an access", l->end[1],
			     b.port->trunk ? "a trunk" : "an access port");
	else if (n && a.port && b.port && !a.port->trunk && a.port->access != b.port->access)
		node_warning(d->b->tree, n, "its ends are access ports of different VLANs: it joins them into one");
	else if (n && a.port && b.port && a.port->trunk && a.port->native != b.port->native)
		node_warning(d->b->tree, n, "its ends have different native VLANs");
	g_free(a.untagged);
	g_free(b.untagged);
}

static void wire_uplinks(struct domains *d)
{
	const struct plan *p = d->b->plan;

	for (guint n = 0; n < p->uplinks->len; n++) {
		const struct plan_uplink *u = p->uplinks->pdata[n];
		g_autofree char *vlan = g_strdup_printf("vlan %u", u->vlan);

		if (u->attach == ATTACH_VLAN)
			unite(d, u->name, vlan);
		else if (u->attach == ATTACH_PORT)
			join(d, u->name, u->to);
	}
}

/* ---- loops ---- */

/* Does the owner of a port repeat broadcasts, and cut no loop? */
static bool repeater(struct domains *d, const char *port)
{
	g_autofree char *name = g_strndup(port, strcspn(port, ":"));
	const struct thing *t = g_hash_table_lookup(d->b->things, name);

	if (!t || !t->plan || (t->kind != THING_HUB && t->kind != THING_SWITCH))
		return false;
	return t->kind == THING_HUB || ((const struct plan_switch *)t->plan)->stp.mode == STP_OFF;
}

/* True if the two were joined already. */
static bool closes(struct domains *own, const char *x, const char *y)
{
	bool closed = root_of(own, element(own, x)) == root_of(own, element(own, y));

	unite(own, x, y);
	return closed;
}

/* In any of the VLANs that the cable carries. */
static bool closes_loop(struct domains *own, const struct plan_link *l)
{
	struct side a = side_of(own, l->end[0]), b = side_of(own, l->end[1]);
	bool closed = a.untagged && b.untagged && closes(own, a.untagged, b.untagged);

	for (guint n = 0; a.port && b.port && a.port->trunk && b.port->trunk && n < a.port->vlans->len; n++) {
		uint16_t id = g_array_index(a.port->vlans, uint16_t, n);
		g_autofree char *x = g_strdup_printf("%s/%u", a.owner, id), *y = g_strdup_printf("%s/%u", b.owner, id);

		if (id != a.port->native && id != b.port->native && carries(b.port, id))
			closed = closes(own, x, y) || closed;
	}
	g_free(a.untagged);
	g_free(b.untagged);
	return closed;
}

/* Cables between hubs and switches without spanning tree are a forest, VLAN by VLAN,
 * or frames go round. */
static void check_loops(struct build *b)
{
	struct domains own = {.b = b,
			      .index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
			      .parent = g_array_new(FALSE, FALSE, sizeof(guint))};

	for (guint n = 0; n < b->plan->links->len; n++) {
		const struct plan_link *l = b->plan->links->pdata[n];
		const struct node *item = map_get(map_get(b->root, "links"), l->name);

		if (repeater(&own, l->end[0]) && repeater(&own, l->end[1]) && closes_loop(&own, l) && item)
			node_warning(b->tree, item,
				     "this cable closes a loop, in which broadcasts go round for ever: expected "
				     "`spanning_tree: rstp` in a switch of it");
	}
	g_hash_table_unref(own.index);
	g_array_unref(own.parent);
}

static void wire(struct domains *d)
{
	const struct plan *p = d->b->plan;

	for (guint n = 0; n < p->pcs->len; n++) {
		const struct plan_pc *pc = p->pcs->pdata[n];

		for (guint i = 0; i < pc->nics->len; i++) {
			const struct plan_nic *nic = pc->nics->pdata[i];
			g_autofree char *port = g_strdup_printf("%s:%s", pc->name, nic->name);
			g_autofree char *vlan = g_strdup_printf("vlan %u", nic->vlan);

			if (nic->attach == ATTACH_VLAN)
				unite(d, port, vlan);
			else if (nic->attach == ATTACH_PORT)
				join(d, port, nic->to);
		}
	}
	for (guint n = 0; n < p->links->len; n++) {
		const struct plan_link *l = p->links->pdata[n];

		join(d, l->end[0], l->end[1]);
		check_vlans(d, l);
	}
}

/* ---- addresses ---- */

static guint domain_of(struct domains *d, const struct build_address *a)
{
	g_autofree char *port = g_strdup_printf("%s:%s", a->pc->name, a->nic->name);

	return root_of(d, element(d, port));
}

static void twice(struct domains *d, const struct build_address *a, const struct build_address *first)
{
	char text[ADDRESS_TEXT];
	g_autofree char *place = NULL;

	address_format(&a->address, false, text);
	place = mark_place(&first->node->mark, &a->node->mark);
	node_error(d->b->tree, a->node, "the address %s is taken: %s:%s has it, in %s", text, first->pc->name,
		   first->nic->name, place);
}

/* One address for two cards that hear each other, or for two of one PC (but for host
 * addresses, which unnumbered links share). */
static void check_duplicates(struct domains *d)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);

	for (guint n = 0; n < d->b->addresses->len; n++) {
		const struct build_address *a = &g_array_index(d->b->addresses, struct build_address, n), *first;
		char text[ADDRESS_TEXT];
		char *near, *own;

		address_format(&a->address, false, text);
		near = g_strdup_printf("%u %s", domain_of(d, a), text);
		own = g_strdup_printf("%s %s", a->pc->name, text);
		first = g_hash_table_lookup(seen, near);
		if (!first && a->address.prefix < (a->address.family == 6 ? 128 : 32))
			first = g_hash_table_lookup(seen, own); /* else unnumbered: one address for several cards */
		if (first) {
			twice(d, a, first);
			g_free(near);
			g_free(own);
			continue;
		}
		g_hash_table_insert(seen, near, (gpointer)a);
		g_hash_table_insert(seen, own, (gpointer)a);
	}
}

/* A network that is used in a domain. */
struct subnet {
	struct address net;
	guint domain;
	const struct build_address *a; /* the first that uses it */
};

static gint by_network(gconstpointer x, gconstpointer y)
{
	const struct subnet *a = x, *b = y;
	int c;

	if (a->net.family != b->net.family)
		return a->net.family < b->net.family ? -1 : 1;
	c = memcmp(a->net.bytes, b->net.bytes, sizeof(a->net.bytes));
	if (c)
		return c;
	if (a->net.prefix != b->net.prefix)
		return a->net.prefix < b->net.prefix ? -1 : 1;
	/* The order in which they were written decides who is warned. */
	return a->a->node->mark.line < b->a->node->mark.line ? -1 : a->a->node->mark.line > b->a->node->mark.line;
}

static GArray *subnets(struct domains *d)
{
	g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	GArray *list = g_array_new(FALSE, FALSE, sizeof(struct subnet));

	for (guint n = 0; n < d->b->addresses->len; n++) {
		const struct build_address *a = &g_array_index(d->b->addresses, struct build_address, n);
		struct subnet s = {address_network(&a->address), domain_of(d, a), a};
		char text[ADDRESS_TEXT];

		address_format(&s.net, true, text);
		if (g_hash_table_add(seen, g_strdup_printf("%u %s", s.domain, text)))
			g_array_append_val(list, s);
	}
	g_array_sort(list, by_network);
	return list;
}

static void overlap(struct domains *d, const struct subnet *outer, const struct subnet *inner)
{
	const struct subnet *late = inner->a->node->mark.line >= outer->a->node->mark.line ? inner : outer;
	const struct subnet *early = late == inner ? outer : inner;
	g_autofree char *place = mark_place(&early->a->node->mark, &late->a->node->mark);
	char a[ADDRESS_TEXT], b[ADDRESS_TEXT];

	if (late->a->pc == early->a->pc && late->net.prefix == early->net.prefix)
		return; /* one PC's address on several cards */
	address_format(&late->net, true, a);
	address_format(&early->net, true, b);
	if (outer->domain == inner->domain)
		node_warning(d->b->tree, late->a->node,
			     "the prefix differs from that of %s:%s on the same wire: %s and %s", early->a->pc->name,
			     early->a->nic->name, a, b);
	else
		node_warning(d->b->tree, late->a->node,
			     "the network %s overlaps with %s of %s:%s, but no wire joins them (%s)", a, b,
			     early->a->pc->name, early->a->nic->name, place);
}

/* Networks are nested or apart: sorted, each is inside the nearest one before it
 * that reaches so far, or in none. */
static void check_overlaps(struct domains *d)
{
	g_autoptr(GArray) list = subnets(d), open = g_array_new(FALSE, FALSE, sizeof(guint));

	for (guint n = 0; n < list->len; n++) {
		const struct subnet *s = &g_array_index(list, struct subnet, n);

		while (open->len &&
		       !address_within(
			       &s->net,
			       &g_array_index(list, struct subnet, g_array_index(open, guint, open->len - 1)).net))
			g_array_set_size(open, open->len - 1);
		if (open->len)
			overlap(d, &g_array_index(list, struct subnet, g_array_index(open, guint, open->len - 1)), s);
		g_array_append_val(open, n);
	}
}

void build_domains(struct build *b)
{
	struct domains d = {
		.b = b,
		.index = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
		.parent = g_array_new(FALSE, FALSE, sizeof(guint)),
	};

	wire(&d);
	wire_uplinks(&d);
	check_loops(b);
	check_duplicates(&d);
	check_overlaps(&d);
	g_hash_table_unref(d.index);
	g_array_unref(d.parent);
}
