/* A JSON Schema of lab files, made from the list of keys; see lint.h. It is
 * looser than lint: it knows shapes, names and the form of values. */
#include <string.h>

#include "engine/nic/nic.h"
#include "topology/keys.h"
#include "topology/lint.h"

static void map_schema(GString *s, const struct key *table, bool loose);

static void put_string(GString *s, const char *text)
{
	g_string_append_c(s, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			g_string_append_c(s, '\\');
		if ((unsigned char)*text < 0x20)
			g_string_append_printf(s, "\\u%04x", (unsigned)*text);
		else
			g_string_append_c(s, *text);
	}
	g_string_append_c(s, '"');
}

/* A choice of digits ("486") is a number to YAML: both are taken. */
static void put_enum(GString *s, const char *const *names)
{
	g_string_append(s, "\"enum\":[");
	for (unsigned n = 0; names[n]; n++) {
		g_string_append(s, n ? "," : "");
		put_string(s, names[n]);
		if (!names[n][strspn(names[n], "0123456789")])
			g_string_append_printf(s, ",%s", names[n]);
	}
	g_string_append_c(s, ']');
}

static void put_models(GString *s)
{
	g_string_append(s, "\"enum\":[");
	for (unsigned n = 0; nic_models[n]; n++)
		g_string_append_printf(s, "%s\"%s\"", n ? "," : "", nic_models[n]->name);
	g_string_append_c(s, ']');
}

static void strict_members(GString *s, const struct key *k)
{
	const struct option *o = &k->option;
	const char *pattern = option_pattern(o->type);

	if (k->model)
		put_models(s);
	else if (o->type == OPTION_CHOICE)
		put_enum(s, o->choices);
	else if (o->type == OPTION_BOOL)
		g_string_append(s, "\"type\":\"boolean\"");
	else if (o->type == OPTION_NUMBER)
		g_string_append_printf(
			s, "\"type\":\"integer\",\"minimum\":%" G_GUINT64_FORMAT ",\"maximum\":%" G_GUINT64_FORMAT,
			o->min, o->max);
	else if (!pattern) /* text made of digits is a number to YAML */
		g_string_append(s, "\"type\":[\"string\",\"number\"]");
	else {
		g_string_append(s, "\"type\":\"string\",\"pattern\":");
		put_string(s, pattern);
	}
}

/* loose: in a PC, where <n> may stand anywhere and null deletes what a template
 * says. */
static void value_members(GString *s, const struct key *k, bool loose)
{
	if (loose)
		g_string_append(s, "\"anyOf\":[{");
	strict_members(s, k);
	if (loose)
		g_string_append(s, "},{\"type\":\"string\",\"pattern\":\"<n>\"},{\"type\":\"null\"}]");
}

static void value_schema(GString *s, const struct key *k, bool loose)
{
	g_string_append_c(s, '{');
	value_members(s, k, loose);
	g_string_append_c(s, '}');
}

static void list_members(GString *s, const struct key *k, bool loose)
{
	g_string_append_printf(s, "\"type\":%s,\"items\":", loose ? "[\"array\",\"null\"]" : "\"array\"");
	value_schema(s, k, loose);
}

/* A map from names. <n> stands for a number in names of counted PCs and below. */
static void named_members(GString *s, const struct key *k, bool loose)
{
	bool counted = loose || k->keys == keys_pc;

	g_string_append_printf(s,
			       "\"type\":%s,\"additionalProperties\":", loose ? "[\"object\",\"null\"]" : "\"object\"");
	if (k->shape == KEY_NAMED_EITHER)
		g_string_append(s, "{\"anyOf\":[");
	if (k->shape != KEY_NAMED)
		value_schema(s, k, counted);
	if (k->shape == KEY_NAMED_EITHER)
		g_string_append_c(s, ',');
	if (k->shape != KEY_NAMED_VALUE)
		map_schema(s, k->keys, counted);
	if (k->shape == KEY_NAMED_EITHER)
		g_string_append(s, "]}");
}

static void key_schema(GString *s, const struct key *k, bool loose)
{
	g_string_append(s, "{\"description\":");
	put_string(s, k->option.help);
	if (k->option.later)
		g_string_append(s, ",\"deprecated\":true,\"$comment\":\"not available yet\"");
	g_string_append_c(s, ',');
	switch (k->shape) {
	case KEY_VALUE: value_members(s, k, loose); break;
	case KEY_LIST: list_members(s, k, loose); break;
	case KEY_MAP:
		g_string_append(s, "\"allOf\":[");
		map_schema(s, k->keys, loose);
		g_string_append_c(s, ']');
		break;
	case KEY_NAMED:
	case KEY_NAMED_VALUE:
	case KEY_NAMED_EITHER: named_members(s, k, loose); break;
	}
	g_string_append_c(s, '}');
}

/* ---- options of cards: which card it is, lint knows ---- */

struct options {
	GString *text;
	GPtrArray *done; /* names; borrowed */
	const char *name;
	bool loose, first;
};

static void add_meaning(const struct key *k, void *opaque)
{
	struct options *o = opaque;

	if (strcmp(k->option.name, o->name))
		return;
	g_string_append(o->text, o->first ? "" : ",");
	o->first = false;
	key_schema(o->text, k, o->loose);
}

/* All that cards mean by this name, the first time that it comes. */
static void add_option(const struct key *k, void *opaque)
{
	struct options *o = opaque;

	if (g_ptr_array_find_with_equal_func(o->done, k->option.name, g_str_equal, NULL))
		return;
	g_ptr_array_add(o->done, (char *)k->option.name);
	o->name = k->option.name;
	o->first = true;
	g_string_append_c(o->text, ',');
	put_string(o->text, o->name);
	g_string_append(o->text, ":{\"anyOf\":[");
	keys_options(add_meaning, o);
	g_string_append(o->text, "]}");
}

static void put_options(GString *s, bool loose)
{
	g_autoptr(GPtrArray) done = g_ptr_array_new();
	struct options o = {.text = s, .done = done, .loose = loose};

	keys_options(add_option, &o);
}

static void map_schema(GString *s, const struct key *table, bool loose)
{
	bool first = true;

	g_string_append_printf(s, "{\"type\":%s,\"additionalProperties\":false,\"properties\":{",
			       loose ? "[\"object\",\"null\"]" : "\"object\"");
	for (const struct key *k = table; k->option.name; k++) {
		g_string_append(s, k == table ? "" : ",");
		put_string(s, k->option.name);
		g_string_append_c(s, ':');
		key_schema(s, k, loose);
	}
	if (keys_have_options(table))
		put_options(s, loose);
	g_string_append(s, "}");
	/* An overlay may lack what the whole lab needs; lint sees the whole. */
	for (const struct key *k = table; k->option.name && !loose; k++)
		if (k->required) {
			g_string_append(s, first ? ",\"required\":[" : ",");
			put_string(s, k->option.name);
			first = false;
		}
	g_string_append(s, first ? "}" : "]}");
}

char *topology_schema_json(void)
{
	GString *s = g_string_new("{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\","
				  "\"title\":\"Lanyard lab\",\"allOf\":[");

	map_schema(s, keys_lab, false);
	g_string_append(s, "]}\n");
	return g_string_free(s, FALSE);
}
