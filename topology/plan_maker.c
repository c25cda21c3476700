/* Names and references of a lab; see plan_maker.h. */
#include "topology/plan_maker.h"

#include <string.h>

#include "engine/base/nearest.h"
#include "topology/path.h"

static const struct {
	const char *name, *section;
} kinds[THING_KINDS] = {
	[THING_PC] = {"PC", "pcs"},       [THING_HUB] = {"hub", "hubs"},    [THING_SWITCH] = {"switch", "switches"},
	[THING_VLAN] = {"VLAN", "vlans"}, [THING_LINK] = {"link", "links"}, [THING_UPLINK] = {"uplink", "uplinks"},
};

struct thing *build_thing(struct build *b, enum thing_kind kind, const struct node *n)
{
	struct thing *t = g_hash_table_lookup(b->things, n->key);

	if (!value_name_ok(n, key_find(keys_lab, kinds[kind].section)))
		return NULL;
	if (t) {
		g_autofree char *place = mark_place(&t->node->key_mark, &n->key_mark);

		node_key_error(b->tree, n, "the name '%s' is taken: a %s has it, in %s", n->key, kinds[t->kind].name,
			       place);
		return t;
	}
	t = g_new0(struct thing, 1);
	t->kind = kind;
	t->node = n;
	g_hash_table_insert(b->things, n->key, t);
	return t;
}

struct thing *build_find(const struct build *b, const char *name, enum thing_kind kind)
{
	struct thing *t = g_hash_table_lookup(b->things, name);

	return t && t->kind == kind ? t : NULL;
}

/* The nearest name of the things that `wanted` says; NULL: none is near. Names
 * are offered in order, so that ties do not depend on the hash table. */
static const char *near_thing(const struct build *b, const char *name, const bool wanted[THING_KINDS])
{
	struct nearest near;

	nearest_init(&near, name);
	for (unsigned kind = 0; kind < THING_KINDS; kind++) {
		g_autoptr(GPtrArray) items = value_sorted(map_get(b->root, kinds[kind].section), false);

		for (guint n = 0; wanted[kind] && n < items->len; n++)
			nearest_offer(&near, ((struct node *)items->pdata[n])->key);
	}
	return near.best;
}

static void no_such(struct build *b, const struct node *n, const char *what, const char *name,
		    const bool wanted[THING_KINDS])
{
	const char *near = near_thing(b, name, wanted);

	if (near)
		node_error(b->tree, n, "there is no %s '%s'; did you mean '%s'?", what, name, near);
	else
		node_error(b->tree, n, "there is no %s '%s'", what, name);
}

struct thing *build_refer(struct build *b, const struct node *n, enum thing_kind kind)
{
	bool wanted[THING_KINDS] = {false};
	struct thing *t;

	wanted[kind] = true;
	t = build_find(b, n->text, kind);
	/* One that was not made has its own message. */
	if (!t && !map_get(map_get(b->root, kinds[kind].section), n->text))
		no_such(b, n, kinds[kind].name, n->text, wanted);
	return t;
}

/* ---- ports ---- */

static bool card_exists(struct build *b, const struct node *n, const struct thing *t, const char *card)
{
	const struct node *nics = map_get(t->node, "nics");
	g_autoptr(GPtrArray) all = value_sorted(nics, true);
	struct nearest near;

	if (map_get(map_get(nics, card), "vlan_of")) {
		node_error(b->tree, n, "'%s' is a VLAN interface, which has no cable: expected its card '%s:%s'", card,
			   t->node->key, map_get(map_get(nics, card), "vlan_of")->text);
		return false;
	}
	if (map_get(nics, card))
		return true;
	nearest_init(&near, card);
	for (guint i = 0; i < all->len; i++)
		nearest_offer(&near, ((struct node *)all->pdata[i])->key);
	if (near.best)
		node_error(b->tree, n, "PC '%s' has no card '%s'; did you mean '%s'?", t->node->key, card, near.best);
	else
		node_error(b->tree, n, "PC '%s' has no card '%s'", t->node->key, card);
	return false;
}

/* A port number, written as we write it ourselves; 0: it is none. */
static unsigned port_number(const char *text)
{
	guint64 v = 0;

	if (*text == '0' || strlen(text) > 4 || strspn(text, "0123456789") != strlen(text))
		return 0;
	v = g_ascii_strtoull(text, NULL, 10);
	return (unsigned)v;
}

static bool switch_has(const struct plan_switch *s, unsigned number)
{
	for (guint n = 0; s && n < s->ports->len; n++)
		if (((const struct plan_switch_port *)s->ports->pdata[n])->number == number)
			return true;
	return !s;
}

static bool number_exists(struct build *b, const struct node *n, const struct thing *t, const char *text)
{
	const struct plan_hub *h = t->kind == THING_HUB ? t->plan : NULL;
	unsigned number = port_number(text);
	bool ok;

	if (h)
		ok = number >= 1 && number <= h->ports;
	else
		ok = number >= 1 && switch_has(t->plan, number);
	if (ok)
		return true;
	if (h)
		node_error(b->tree, n, "hub '%s' has no port '%s': its ports are 1 to %u", t->node->key, text,
			   h->ports);
	else
		node_error(b->tree, n, "switch '%s' has no port '%s'", t->node->key, text);
	return false;
}

/* A whole name stands for the one port of an uplink. */
static bool uplink_exists(struct build *b, const struct node *n, const struct thing *t)
{
	static const bool wanted[THING_KINDS] = {[THING_UPLINK] = true};

	if (t && t->kind == THING_UPLINK)
		return true;
	if (t && (t->kind == THING_VLAN || t->kind == THING_LINK))
		node_error(b->tree, n, "'%s' is a %s, which has no ports", n->text, kinds[t->kind].name);
	else if (t)
		node_error(b->tree, n, "'%s' is a %s: name one of its ports, such as '%s:%s'", n->text,
			   kinds[t->kind].name, n->text, t->kind == THING_PC ? "eth0" : "1");
	else
		no_such(b, n, "uplink", n->text, wanted);
	return false;
}

bool build_port_exists(struct build *b, const struct node *n, const char *port)
{
	static const bool wanted[THING_KINDS] = {[THING_PC] = true, [THING_HUB] = true, [THING_SWITCH] = true};
	const char *colon = strchr(port, ':');
	g_autofree char *name = colon ? g_strndup(port, (gsize)(colon - port)) : g_strdup(port);
	const struct thing *t = g_hash_table_lookup(b->things, name);

	if (!colon)
		return uplink_exists(b, n, t);

	if (!t) {
		no_such(b, n, "PC, switch or hub", name, wanted);
		return false;
	}
	if (t->kind == THING_PC)
		return card_exists(b, n, t, colon + 1);
	if (t->kind == THING_HUB || t->kind == THING_SWITCH)
		return number_exists(b, n, t, colon + 1);
	node_error(b->tree, n, "'%s' is a %s, which has no ports", name, kinds[t->kind].name);
	return false;
}

void build_use_port(struct build *b, const struct node *n, const char *port)
{
	const struct node *first = g_hash_table_lookup(b->used, port);
	g_autofree char *path = NULL, *place = NULL;

	if (!first) {
		g_hash_table_insert(b->used, g_strdup(port), (gpointer)n);
		return;
	}
	path = node_path(first);
	place = mark_place(&first->mark, &n->mark);
	node_error(b->tree, n, "'%s' is connected twice: first by %s, in %s", port, path, place);
}

bool build_watch(struct build *b, const struct node *n)
{
	static const bool wanted[THING_KINDS] = {[THING_VLAN] = true, [THING_LINK] = true, [THING_SWITCH] = true,
						 [THING_HUB] = true,  [THING_PC] = true,   [THING_UPLINK] = true};
	const struct option port = {.name = "watch", .type = OPTION_PORT};
	g_autoptr(GError) error = NULL;
	struct option_value v;

	if (!strchr(n->text, ':')) {
		if (!g_hash_table_contains(b->things, n->text))
			no_such(b, n, "VLAN, link, switch, hub, PC or uplink", n->text, wanted);
		return g_hash_table_contains(b->things, n->text);
	}
	if (option_parse(&port, n->text, &v, &error))
		return build_port_exists(b, n, n->text);
	node_error(b->tree, n, "%s", error->message);
	return false;
}

/* ---- values ---- */

char *build_path(struct build *b, const struct node *n, bool folder)
{
	const char *why = "the lab is not in a folder";
	char *path = NULL;

	if (b->folder)
		path = path_inside(b->folder, b->folder, n->text, folder ? PATH_FOLDER : PATH_FILE, &why);
	if (!path)
		node_error(b->tree, n, "'%s': %s", n->text, why);
	return path;
}

bool build_value(struct build *b, const struct node *map, const struct key *table, const char *name,
		 struct option_value *v)
{
	return value_get(map, table, name, v) ||
	       (key_find(keys_defaults, name) && value_get(b->defaults, table, name, v));
}
