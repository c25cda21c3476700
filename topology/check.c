/* The walk along tree and key tables; see check.h. */
#include "topology/check.h"

#include <string.h>

#include "engine/base/natural.h"
#include "engine/base/nearest.h"
#include "engine/nic/nic.h"
#include "engine/uplink/kind.h"
#include "topology/expand.h"

struct checker {
	struct tree *tree;
	const struct node *defaults; /* the lab's, for cards; NULL: none */
	bool loose;                  /* in a template: <n> stands for numbers, keys may be missing */
};

static void check_map(struct checker *c, const struct node *map, const struct key *table);
static void check_item(struct checker *c, const struct node *item, const struct key *row);

static void offer_option(const struct key *k, void *opaque)
{
	nearest_offer(opaque, k->option.name);
}

static void unknown_key(struct checker *c, const struct node *item, const struct key *table)
{
	struct nearest near;
	GString *all;

	if (item->key_reported)
		return;
	nearest_init(&near, item->key);
	for (const struct key *k = table; k->option.name; k++)
		nearest_offer(&near, k->option.name);
	if (keys_have_options(table))
		keys_options(table, offer_option, &near);
	if (keys_meant(table, item->key))
		near.best = keys_meant(table, item->key);
	if (near.best) {
		node_key_error(c->tree, item, "unknown key '%s'; did you mean '%s'?", item->key, near.best);
		return;
	}
	all = g_string_new(NULL);
	for (const struct key *k = table; k->option.name; k++)
		g_string_append_printf(all, "%s%s", all->len ? ", " : "", k->option.name);
	node_key_error(c->tree, item, "unknown key '%s': expected one of %s", item->key, all->str);
	g_string_free(all, TRUE);
}

static void unknown_model(struct checker *c, const struct node *n)
{
	g_autofree char *all = keys_models();
	struct nearest near;

	for (unsigned i = 0; keys_models_later[i]; i++)
		if (!strcmp(n->text, keys_models_later[i])) {
			node_error(c->tree, n, "the card '%s' is not available yet: expected one of %s", n->text, all);
			return;
		}
	nearest_init(&near, n->text);
	for (unsigned i = 0; nic_models[i]; i++)
		nearest_offer(&near, nic_models[i]->name);
	if (near.best)
		node_error(c->tree, n, "unknown card '%s'; did you mean '%s'?", n->text, near.best);
	else
		node_error(c->tree, n, "unknown card '%s': expected one of %s", n->text, all);
}

static void unknown_kind(struct checker *c, const struct node *n)
{
	g_autofree char *all = keys_kinds();
	struct nearest near;

	nearest_init(&near, n->text);
	for (unsigned i = 0; uplink_kinds[i]; i++)
		nearest_offer(&near, uplink_kinds[i]->name);
	if (near.best)
		node_error(c->tree, n, "unknown kind of uplink '%s'; did you mean '%s'?", n->text, near.best);
	else
		node_error(c->tree, n, "unknown kind of uplink '%s': expected one of %s", n->text, all);
}

static void check_scalar(struct checker *c, const struct node *n, const struct key *row)
{
	g_autofree char *what = option_describe(&row->option);
	g_autoptr(GError) error = NULL;
	struct option_value v;

	if (n->reported)
		return;
	if (n->kind == NODE_NULL)
		node_error(c->tree, n, "nothing is written here%s: expected one value (%s)",
			   n->key ? ", which deletes a key, but there is none" : "", what);
	else if (n->kind != NODE_SCALAR)
		node_error(c->tree, n, "expected one value (%s), found %s", what, node_kind_name(n));
	else if (strlen(n->text) != n->size)
		node_error(c->tree, n, "expected text without NUL characters");
	else if (c->loose && count_has_place(n->text))
		return;
	else if (!option_parse(&row->option, n->text, &v, &error))
		node_error(c->tree, n, "%s", error->message);
	else if (row->model && !nic_model_find(n->text))
		unknown_model(c, n);
	else if (row->kind && !uplink_kind_find(n->text))
		unknown_kind(c, n);
}

static bool expect_kind(struct checker *c, const struct node *n, enum node_kind kind)
{
	const char *what = kind == NODE_MAP ? "a map" : "a list";

	if (n->kind == kind)
		return true;
	if (n->kind == NODE_NULL)
		node_error(c->tree, n,
			   "nothing is written here, which deletes a key, but there is none: expected %s (%s)", what,
			   kind == NODE_MAP ? "{} for an empty one" : "[] for an empty one");
	else
		node_error(c->tree, n, "expected %s%s, found %s", what, kind == NODE_LIST ? " such as [a, b]" : "",
			   node_kind_name(n));
	return false;
}

/* A map whose keys are options, each with one value. */
static void check_options(struct checker *c, const struct node *map, const struct option *table)
{
	for (guint n = 0; n < map->items->len; n++) {
		const struct node *item = map->items->pdata[n];
		const struct option *o = option_find(table, item->key);
		const struct key row = {.option = o ? *o : (struct option){.name = item->key}};
		g_autoptr(GString) all = g_string_new(NULL);

		for (const struct option *other = table; other->name; other++)
			g_string_append_printf(all, "%s%s", all->len ? ", " : "", other->name);
		if (o)
			check_scalar(c, item, &row);
		else
			node_key_error(c->tree, item, "unknown key '%s': expected one of %s", item->key, all->str);
	}
}

static void check_list(struct checker *c, const struct node *list, const struct key *row)
{
	if (!expect_kind(c, list, NODE_LIST))
		return;
	for (guint n = 0; n < list->items->len; n++) {
		const struct node *item = list->items->pdata[n];

		if (row->uplink_row && row->uplink_row->map && item->kind == NODE_MAP)
			check_options(c, item, row->uplink_row->map);
		else
			check_scalar(c, item, row);
	}
}

static void check_name(struct checker *c, const struct node *item, const struct key *row)
{
	g_autoptr(GError) error = NULL;
	struct option_value v;

	if (item->key_reported || (c->loose && count_has_place(item->key)))
		return;
	if (!option_parse(&row->names, item->key, &v, &error))
		node_key_error(c->tree, item, "%s", error->message);
}

static void check_named(struct checker *c, const struct node *map, const struct key *row)
{
	if (!expect_kind(c, map, NODE_MAP))
		return;
	for (guint n = 0; n < map->items->len; n++) {
		const struct node *item = map->items->pdata[n];

		check_name(c, item, row);
		if (row->shape == KEY_NAMED_VALUE || (row->shape == KEY_NAMED_EITHER && item->kind != NODE_MAP))
			check_scalar(c, item, row);
		else if (expect_kind(c, item, NODE_MAP))
			check_map(c, item, row->keys);
	}
}

/* The parts of a map are checked one by one, then together. */
static void check_either(struct checker *c, const struct node *item, const struct key *row)
{
	guint before = c->tree->report->errors;
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	struct option_value v;

	if (item->kind != NODE_MAP) {
		check_scalar(c, item, row);
		return;
	}
	check_map(c, item, row->keys);
	if (row->option.type != OPTION_LOSS) /* its parts are all there is */
		return;
	text = value_flat(item);
	if (c->tree->report->errors == before && !c->loose && !option_parse(&row->option, text, &v, &error))
		node_error(c->tree, item, "%s", error->message);
}

static void check_item(struct checker *c, const struct node *item, const struct key *row)
{
	bool before = c->loose;

	c->loose = before || row->template;
	switch (row->shape) {
	case KEY_VALUE: check_scalar(c, item, row); break;
	case KEY_LIST: check_list(c, item, row); break;
	case KEY_EITHER: check_either(c, item, row); break;
	case KEY_MAP:
		if (expect_kind(c, item, NODE_MAP))
			check_map(c, item, row->keys);
		break;
	case KEY_NAMED:
	case KEY_NAMED_VALUE:
	case KEY_NAMED_EITHER: check_named(c, item, row); break;
	}
	c->loose = before;
}

/* ---- options of cards and uplinks ---- */

struct owners { /* of an option of this name */
	const char *name;
	GString *names;
	struct key first;
};

static void add_owner(const struct key *k, void *opaque)
{
	struct owners *o = opaque;

	if (strcmp(k->option.name, o->name))
		return;
	if (!o->names->len)
		o->first = *k;
	g_string_append_printf(o->names, "%s%s", o->names->len ? ", " : "", key_owner(k));
}

/* What a map is about, as far as is known. */
struct subject {
	const char *sort, *name; /* "card", "e1000"; name NULL: no such thing */
	bool known;              /* in a template it may not be */
	bool has;                /* it has the option: *row */
};

static struct subject card_subject(struct checker *c, const struct node *map, const char *option, struct key *row)
{
	bool known = map_get(map, "model") || !c->loose;
	const struct nic_model *model = known ? value_model(map, c->defaults) : NULL;

	return (struct subject){"card", model ? model->name : NULL, known, model && keys_option(model, option, row)};
}

static struct subject uplink_subject(const struct node *map, const char *option, struct key *row)
{
	const char *name = value_text(map, keys_uplink, "kind");
	const struct uplink_kind *kind = name ? uplink_kind_find(name) : NULL;

	return (struct subject){"uplink", kind ? kind->name : NULL, true,
				kind && keys_uplink_option(kind, option, row)};
}

/* A key that is called otherwise now. */
struct former {
	const char *name; /* as written */
	struct key now;   /* name NULL: nobody had it */
};

static void find_former(const struct key *k, void *opaque)
{
	struct former *f = opaque;

	if (!f->now.option.name && k->option.formerly && !strcmp(k->option.formerly, f->name))
		f->now = *k;
}

static bool check_former(struct checker *c, const struct node *item, const struct key *table)
{
	struct former f = {.name = item->key};
	g_autofree char *type = NULL;

	keys_options(table, find_former, &f);
	if (!f.now.option.name)
		return false;
	type = option_describe(&f.now.option);
	node_key_error(c->tree, item, "'%s' is called '%s' now: %s", item->key, f.now.option.name, type);
	return true;
}

/* An option of what `map` is about. In a template the model may be unknown: then
 * any card's option will do. False: nobody has it. */
static bool check_option(struct checker *c, const struct node *item, const struct node *map, const struct key *table)
{
	struct owners o = {.name = item->key, .names = g_string_new(NULL)};
	struct subject about;
	bool any;

	keys_options(table, add_owner, &o);
	any = o.names->len;
	if (table == keys_uplink)
		about = uplink_subject(map, item->key, &o.first);
	else
		about = card_subject(c, map, item->key, &o.first);
	if (about.has || (any && !about.known))
		check_item(c, item, &o.first);
	else if (any && about.name)
		node_key_error(c->tree, item, "the %s '%s' has no '%s': that is an option of %s", about.sort,
			       about.name, item->key, o.names->str);
	g_string_free(o.names, TRUE);
	return any;
}

static void check_map(struct checker *c, const struct node *map, const struct key *table)
{
	for (guint n = 0; n < map->items->len; n++) {
		const struct node *item = map->items->pdata[n];
		const struct key *row = key_find(table, item->key);

		if (!row && keys_have_options(table) &&
		    (check_option(c, item, map, table) || check_former(c, item, table)))
			continue;
		if (!row) {
			unknown_key(c, item, table);
			continue;
		}
		if (row->option.later)
			node_key_error(c->tree, item, "not available yet: %s will come later", row->option.later);
		check_item(c, item, row);
	}
	for (const struct key *k = table; k->option.name && !c->loose; k++)
		if (k->required && !map_get(map, k->option.name))
			node_error(c->tree, map, "the key '%s' is missing: %s", k->option.name, k->option.help);
}

void check_tree(struct tree *t, const struct node *root)
{
	struct checker c = {.tree = t, .defaults = map_get(map_get(root, "defaults"), "nic")};

	check_map(&c, root, keys_lab);
}

/* ---- values ---- */

char *value_flat(const struct node *n)
{
	GString *s;

	if (n->kind != NODE_MAP)
		return g_strdup(n->kind == NODE_SCALAR ? n->text : "");
	s = g_string_new("{");
	for (guint i = 0; i < n->items->len; i++) {
		const struct node *part = n->items->pdata[i];

		g_string_append_printf(s, "%s%s: %s", i ? ", " : "", part->key,
				       part->kind == NODE_SCALAR ? part->text : "");
	}
	g_string_append_c(s, '}');
	return g_string_free(s, FALSE);
}

static bool parse_map(const struct node *n, const struct key *row, struct option_value *v)
{
	g_autofree char *text = n && n->kind == NODE_MAP && row->shape == KEY_EITHER ? value_flat(n) : NULL;

	return text && option_parse(&row->option, text, v, NULL);
}

static bool parse_node(const struct node *n, const struct key *row, struct option_value *v)
{
	if (parse_map(n, row, v))
		return true;
	return n && n->kind == NODE_SCALAR && !n->reported && strlen(n->text) == n->size &&
	       option_parse(&row->option, n->text, v, NULL);
}

bool value_get(const struct node *map, const struct key *table, const char *name, struct option_value *v)
{
	const struct key *row = key_find(table, name);

	assert(row);
	memset(v, 0, sizeof(*v));
	if (parse_node(map_get(map, name), row, v))
		return true;
	if (row->option.standard && !option_parse(&row->option, row->option.standard, v, NULL))
		assert(!"a default that its own row does not take");
	return false;
}

/* The model that is named in map; NULL: none, or no such card. */
static const struct nic_model *own_model(const struct node *map)
{
	const char *name = value_text(map, keys_nic, "model");

	return name ? nic_model_find(name) : NULL;
}

const struct nic_model *value_model(const struct node *card, const struct node *defaults)
{
	if (map_get(card, "model"))
		return own_model(card);
	if (map_get(defaults, "model"))
		return own_model(defaults);
	return nic_model_find(key_find(keys_nic, "model")->option.standard);
}

bool value_option(const struct node *map, const struct key *row, struct option_value *v)
{
	memset(v, 0, sizeof(*v));
	return parse_node(map_get(map, row->option.name), row, v);
}

const char *value_text(const struct node *map, const struct key *table, const char *name)
{
	const struct node *n = map_get(map, name);
	struct option_value v;

	return value_get(map, table, name, &v) ? n->text : NULL;
}

bool value_name_ok(const struct node *n, const struct key *row)
{
	struct option_value v;

	return option_parse(&row->names, n->key, &v, NULL);
}

static gint by_key(gconstpointer a, gconstpointer b)
{
	return natural_compare((*(struct node *const *)a)->key, (*(struct node *const *)b)->key);
}

GPtrArray *value_sorted(const struct node *map, bool maps)
{
	GPtrArray *items = g_ptr_array_new();

	for (guint n = 0; map && map->kind == NODE_MAP && n < map->items->len; n++) {
		struct node *item = map->items->pdata[n];

		if (!maps || item->kind == NODE_MAP)
			g_ptr_array_add(items, item);
	}
	g_ptr_array_sort(items, by_key);
	return items;
}
