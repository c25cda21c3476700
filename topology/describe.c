/* The list of keys as text: `lanyard keys`; see topology.h. */
#include <string.h>

#include "engine/base/nearest.h"
#include "engine/nic/nic.h"
#include "engine/uplink/kind.h"
#include "topology/describe.h"
#include "topology/topology.h"

char *describe_type(const struct key *k)
{
	g_autofree char *value = k->model ? keys_models() : k->kind ? keys_kinds() : option_describe(&k->option);
	g_autofree char *one = k->model || k->kind ? g_strdup_printf("one of %s", value) : g_strdup(value);

	switch (k->shape) {
	case KEY_VALUE: return g_steal_pointer(&one);
	case KEY_LIST: return g_strdup_printf("list: %s", one);
	case KEY_EITHER: return g_strdup_printf("%s, or a map", one);
	case KEY_MAP: return g_strdup("map");
	case KEY_NAMED: return g_strdup_printf("%s: map", k->names.name);
	case KEY_NAMED_VALUE: return g_strdup_printf("%s: %s", k->names.name, one);
	case KEY_NAMED_EITHER: return g_strdup_printf("%s: %s, or a map", k->names.name, one);
	}
	return NULL;
}

/* "pcs.NAME" of "pcs": where the keys of its map stand. */
char *describe_inside(const struct key *k, const char *path)
{
	return k->shape == KEY_MAP || k->shape == KEY_LIST || k->shape == KEY_EITHER
		       ? g_strdup(path)
		       : g_strdup_printf("%s.%s", path, k->names.name);
}

struct walk {
	const char *path;
	describe_fn *fn;
	void *opaque;
};

static void walk_option(const struct key *k, void *opaque)
{
	struct walk *w = opaque;
	g_autofree char *own = g_strconcat(w->path, ".", k->option.name, NULL);

	w->fn(k, own, w->opaque);
}

void describe_walk(const struct key *table, const char *path, describe_fn *fn, void *opaque)
{
	for (const struct key *k = table; k->option.name; k++) {
		g_autofree char *own = g_strconcat(path, *path ? "." : "", k->option.name, NULL);
		g_autofree char *inside = describe_inside(k, own);

		fn(k, own, opaque);
		if (k->keys && !k->template)
			describe_walk(k->keys, inside, fn, opaque);
	}
	if (keys_have_options(table))
		keys_options(table, walk_option, &(struct walk){path, fn, opaque});
}

struct printer {
	GString *text;
	const char *filter; /* NULL: all, in short */
	struct nearest near;
};

static void print_short(const struct key *k, const char *path, void *opaque)
{
	struct printer *p = opaque;
	g_autofree char *type = describe_type(k);

	g_string_append_printf(p->text, "%-30s  %s", path, type);
	if (k->option.standard)
		g_string_append_printf(p->text, " (%s)", k->option.standard);
	if (k->absent)
		g_string_append_printf(p->text, " (%s)", k->absent);
	if (k->required)
		g_string_append(p->text, ", required");
	if (key_owner(k))
		g_string_append_printf(p->text, ", only %s", key_owner(k));
	if (k->option.later)
		g_string_append(p->text, ", not available yet");
	g_string_append_printf(p->text, "\n%-30s  %s\n", "", k->option.help);
}

static void print_models(GString *s)
{
	for (unsigned n = 0; nic_models[n]; n++)
		g_string_append_printf(s, "  %-14s %s\n", nic_models[n]->name, nic_models[n]->help);
}

static void print_kinds(GString *s)
{
	for (unsigned n = 0; uplink_kinds[n]; n++)
		g_string_append_printf(s, "  %-10s %s\n", uplink_kinds[n]->name, uplink_kinds[n]->help);
}

static void print_long(const struct key *k, const char *path, GString *s)
{
	g_autofree char *type = describe_type(k);

	g_string_append_printf(s, "%s\n  %s\n  type: %s\n", path, k->option.help, type);
	if (k->option.standard)
		g_string_append_printf(s, "  default: %s\n", k->option.standard);
	if (k->absent)
		g_string_append_printf(s, "  if it is absent: %s\n", k->absent);
	if (k->required)
		g_string_append(s, "  required\n");
	if (k->agent)
		g_string_append(s, "  needs an image with Lanyard's agent\n");
	if (k->card)
		g_string_append_printf(s, "  only cards of the model %s have it\n", k->card->name);
	if (k->uplink)
		g_string_append_printf(s, "  only uplinks of the kind %s have it\n", k->uplink->name);
	if (k->option.later)
		g_string_append_printf(s, "  not available yet: %s will come later\n", k->option.later);
	if (k->model || (k->keys && key_find(k->keys, "model")))
		print_models(s);
	if (k->kind)
		print_kinds(s);
}

/* "pcs.nics" and "pcs.alice.nics" name pcs.NAME.nics: a name may be left out, or be one. */
static bool same_way(char **path, char **filter)
{
	if (!*filter)
		return !*path;
	if (!*path)
		return false;
	if (!strcmp(*path, *filter) && same_way(path + 1, filter + 1))
		return true;
	return !strcmp(*path, "NAME") && (same_way(path + 1, filter) || same_way(path + 1, filter + 1));
}

static bool leads_to(const char *path, const char *filter)
{
	g_auto(GStrv) a = g_strsplit(path, ".", -1), b = g_strsplit(filter, ".", -1);

	return b[0] && b[1] && same_way(a, b);
}

/* "memory" or "pcs.NAME.memory" names pcs.NAME.memory; so does what is above. */
static bool wanted(const char *path, const char *filter)
{
	const char *last = strrchr(path, '.');
	size_t len = strlen(filter);

	return leads_to(path, filter) || !strcmp(path, filter) || !strcmp(last ? last + 1 : path, filter) ||
	       (!strncmp(path, filter, len) && path[len] == '.');
}

static void print_wanted(const struct key *k, const char *path, void *opaque)
{
	struct printer *p = opaque;

	nearest_offer(&p->near, k->option.name);
	if (wanted(path, p->filter))
		print_long(k, path, p->text);
}

char *topology_keys_text(const char *filter, const char **near)
{
	struct printer p = {.text = g_string_new(NULL), .filter = filter};

	nearest_init(&p.near, filter ? filter : "");
	describe_walk(keys_lab, "", filter ? print_wanted : print_short, &p);
	if (near)
		*near = p.near.best;
	if (p.text->len)
		return g_string_free(p.text, FALSE);
	g_string_free(p.text, TRUE);
	return NULL;
}
