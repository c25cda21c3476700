/* The PCs of the plan. */
#include <string.h>

#include "engine/pc/pc.h"
#include "topology/plan_maker.h"

/* Keys that only an agent can carry out, on an image without one. */
static void need_agent(struct build *b, const struct node *map, const struct key *table, const char *image)
{
	for (guint n = 0; n < map->items->len; n++) {
		const struct node *item = map->items->pdata[n];
		const struct key *row = key_find(table, item->key);

		if (row && row->agent && strcmp(item->text, "false") != 0)
			node_key_error(b->tree, item, "image '%s' has no agent that could do this", image);
	}
}

static void check_agent(struct build *b, const struct node *map, const char *image)
{
	g_autoptr(GPtrArray) nics = value_sorted(map_get(map, "nics"), true);

	need_agent(b, map, keys_pc, image);
	for (guint n = 0; n < nics->len; n++)
		need_agent(b, nics->pdata[n], keys_nic, image);
}

/* The index of the PC's image; true if it has an agent, or is unknown. */
static bool find_image(struct build *b, struct plan_pc *pc, const struct node *map)
{
	g_autofree char *pin = NULL, *name = NULL;
	const struct node *where;

	name = image_name(b, map, &where, &pin);
	for (guint n = 0; n < b->plan->images->len; n++) {
		const struct plan_image *i = b->plan->images->pdata[n];

		if (strcmp(i->name, name) != 0)
			continue;
		pc->image = n;
		if (!i->agent)
			check_agent(b, map, name);
		if (value_text(map, keys_pc, "append") && !i->builtin && !i->kernel)
			node_key_error(b->tree, map_get(map, "append"),
				       "image '%s' has no kernel of its own to tell this", name);
		return i->agent;
	}
	return true;
}

/* Texts of a list, those that are right. */
static void texts(GPtrArray *to, const struct node *list, const struct key *row)
{
	for (guint n = 0; list && list->kind == NODE_LIST && n < list->items->len; n++) {
		const struct node *item = list->items->pdata[n];
		struct option_value v;

		if (item->kind == NODE_SCALAR && option_parse(&row->option, item->text, &v, NULL))
			g_ptr_array_add(to, g_strdup(item->text));
	}
}

/* ---- routes ---- */

static bool on_network(const struct plan_nic *nic, const char *dev, const struct address *via)
{
	if (dev && strcmp(dev, nic->name) != 0)
		return false;
	for (guint i = 0; i < nic->addresses->len; i++) {
		const struct plan_address *a = &g_array_index(nic->addresses, struct plan_address, i);
		struct address net = {.family = a->family, .prefix = a->prefix};

		memcpy(net.bytes, a->bytes, sizeof(net.bytes));
		if (a->dhcp || address_within(via, &net))
			return true;
	}
	return false;
}

/* A route by a card alone brings its destination to the wire. */
static bool leads_to(const struct plan_route *r, const struct address *via)
{
	struct address to = {0};

	return r->dev && !r->via && address_parse(r->to, strchr(r->to, '/') != NULL, &to) && address_within(via, &to);
}

/* Is the next router on a network of one of the PC's cards, or beside it by a route? */
static bool reachable(const struct plan_pc *pc, const char *dev, const struct address *via)
{
	for (guint n = 0; n < pc->nics->len; n++)
		if (on_network(pc->nics->pdata[n], dev, via))
			return true;
	for (guint n = 0; n < pc->tagged->len; n++)
		if (on_network(pc->tagged->pdata[n], dev, via))
			return true;
	for (guint n = 0; n < pc->routes->len; n++)
		if (leads_to(pc->routes->pdata[n], via))
			return true;
	/* Link-local routers need no network. */
	return via->family == 6 && via->bytes[0] == 0xfe && (via->bytes[1] & 0xc0) == 0x80;
}

static void check_via(struct build *b, const struct plan_pc *pc, const struct plan_route *r, const struct node *n,
		      const struct address *via)
{
	struct address to = {0};

	if (address_parse(r->to, strchr(r->to, '/') != NULL, &to) && to.family != via->family)
		node_error(b->tree, n, "'%s' is not of the same kind as its destination '%s': IPv4 or IPv6", r->via,
			   r->to);
	else if (!reachable(pc, r->dev, via))
		node_warning(b->tree, n, "'%s' is not on a network of %s's cards", r->via, pc->name);
	for (guint i = 0; i < b->addresses->len; i++) {
		const struct build_address *a = &g_array_index(b->addresses, struct build_address, i);

		if (a->pc == pc && address_equal(&a->address, via))
			node_warning(b->tree, n, "'%s' is %s's own address", r->via, pc->name);
	}
}

static void route(struct build *b, struct plan_pc *pc, const struct node *item)
{
	const struct key *row = key_find(keys_pc, "routes");
	const struct node *via = item->kind == NODE_MAP ? map_get(item, "via") : item;
	const struct node *dev = map_get(item, "dev"),
			  *nics = map_get(map_get(map_get(b->root, "pcs"), pc->name), "nics");
	struct plan_route *r = g_new0(struct plan_route, 1);
	struct option_value v;

	r->to = g_strdup(item->key);
	r->mark = item->key_mark;
	g_ptr_array_add(pc->routes, r);
	if (value_text(item, keys_route, "dev")) {
		r->dev = g_strdup(dev->text);
		if (!map_get(nics, r->dev))
			node_error(b->tree, dev, "PC '%s' has no card '%s'", pc->name, r->dev);
	}
	if (via && via->kind == NODE_SCALAR && option_parse(&row->option, via->text, &v, NULL)) {
		r->via = g_strdup(via->text);
	}
	if (item->kind == NODE_MAP && !via && !dev)
		node_key_error(b->tree, item, "expected `via`, `dev` or both");
}

/* When all are known: one may lead to the next router of another. */
static void check_route(struct build *b, const struct plan_pc *pc, const struct node *item)
{
	const struct node *via = item->kind == NODE_MAP ? map_get(item, "via") : item;

	for (guint n = 0; n < pc->routes->len; n++) {
		const struct plan_route *r = pc->routes->pdata[n];
		struct address a = {0};

		if (r->via && !strcmp(r->to, item->key) && address_parse(r->via, false, &a))
			check_via(b, pc, r, via, &a);
	}
}

static void routes(struct build *b, struct plan_pc *pc, const struct node *map)
{
	g_autoptr(GPtrArray) items = value_sorted(map, false);
	const struct key *row = key_find(keys_pc, "routes");

	for (guint n = 0; n < items->len; n++)
		if (value_name_ok(items->pdata[n], row))
			route(b, pc, items->pdata[n]);
	for (guint n = 0; n < items->len; n++)
		check_route(b, pc, items->pdata[n]);
}

/* ---- the PC ---- */

static void numbers(struct build *b, struct plan_pc *pc, const struct node *map)
{
	struct option_value v;

	build_value(b, map, keys_pc, "memory", &v);
	pc->memory = v.number;
	if (v.number % (1 << 20)) {
		const struct node *n = map_get(map, "memory") ? map_get(map, "memory") : map_get(b->defaults, "memory");

		node_error(b->tree, n, "'%s': expected whole mebibytes", n->text);
	}
	build_value(b, map, keys_pc, "cpu", &v);
	pc->cpu_model = (unsigned)v.number;
	build_value(b, map, keys_pc, "mips", &v);
	pc->mips = (unsigned)v.number;
}

/* IPv6 is on if the PC or the defaults say so, or, where the PC itself does not
 * say no, if it has an IPv6 address. */
static void ipv6(struct build *b, struct plan_pc *pc, const struct node *map)
{
	struct option_value v;
	bool written = value_get(map, keys_pc, "ipv6", &v);

	build_value(b, map, keys_pc, "ipv6", &v);
	pc->ipv6 = v.number;
	for (guint n = 0; n < b->addresses->len; n++) {
		const struct build_address *a = &g_array_index(b->addresses, struct build_address, n);

		if (a->pc != pc || a->address.family != 6)
			continue;
		if (written && !v.number)
			node_error(b->tree, a->node, "'%s' is an IPv6 address, but this PC has `ipv6: false`",
				   a->node->text);
		pc->ipv6 = true;
	}
}

static void agent_parts(struct build *b, struct plan_pc *pc, const struct node *map)
{
	struct option_value v;
	const struct node *dns = map_get(map, "dns") ? map_get(map, "dns") : map_get(b->defaults, "dns");

	build_value(b, map, keys_pc, "forward", &v);
	pc->forward = v.number;
	ipv6(b, pc, map);
	texts(pc->dns, dns, key_find(keys_pc, "dns"));
	texts(pc->start, map_get(map, "start"), key_find(keys_pc, "start"));
	pc->setup = g_strdup(value_text(map, keys_pc, "setup"));
	pc->ready = g_strdup(value_text(map, keys_pc, "ready"));
	build_files(b, pc, map_get(map, "files"));
	routes(b, pc, map_get(map, "routes"));
}

static void build_pc(struct build *b, struct thing *t, const struct node *map)
{
	struct plan_pc *pc = t->plan;

	pc->mark = map->key_mark;
	t->agent = find_image(b, pc, map);
	numbers(b, pc, map);
	pc->append = g_strdup(value_text(map, keys_pc, "append"));
	build_nics(b, pc, map_get(map, "nics"));
	if (t->agent)
		agent_parts(b, pc, map);
	texts(pc->after, map_get(map, "after"), key_find(keys_pc, "after"));
}

/* All names first: ports and `after` refer to PCs that come later. */
void build_pcs(struct build *b)
{
	g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, "pcs"), true);

	for (guint n = 0; n < items->len; n++) {
		struct thing *t = build_thing(b, THING_PC, items->pdata[n]);

		if (!t || t->node != items->pdata[n])
			continue;
		t->plan = plan_pc_new();
		((struct plan_pc *)t->plan)->name = g_strdup(t->node->key);
		g_ptr_array_add(b->plan->pcs, t->plan);
	}
	for (guint n = 0; n < items->len; n++) {
		struct thing *t = build_find(b, ((struct node *)items->pdata[n])->key, THING_PC);

		if (t && t->node == items->pdata[n])
			build_pc(b, t, items->pdata[n]);
	}
}
