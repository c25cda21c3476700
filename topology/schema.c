/* A JSON Schema of lab files, made from the list of keys; see topology.h. It is
 * looser than lint: it knows shapes, names and the form of values. What lint
 * takes, it takes: a lab that includes others may lack what they have, and
 * deletes with null; values have the types that YAML readers give them. */
#include <string.h>

#include "engine/nic/nic.h"
#include "engine/uplink/kind.h"
#include "topology/keys.h"
#include "topology/topology.h"

/* What may also be written somewhere. */
enum {
	MAY_LACK = 1,  /* keys are missing, null deletes: on top of a template or of included files */
	MAY_COUNT = 2, /* <n> stands for a number: in counted PCs and templates */
};

static void map_schema(GString *s, const struct key *table, unsigned may);

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

/* A choice of digits ("486") is a number to YAML, and false is no text: both are
 * taken. */
static void put_enum(GString *s, const char *const *names)
{
	g_string_append(s, "\"enum\":[");
	for (unsigned n = 0; names[n]; n++) {
		g_string_append(s, n ? "," : "");
		put_string(s, names[n]);
		if (!names[n][strspn(names[n], "0123456789")] || !strcmp(names[n], "false"))
			g_string_append_printf(s, ",%s", names[n]);
		else if (g_str_has_prefix(names[n], "0x")) /* a number to YAML, whose base is lost */
			g_string_append_printf(s, ",%" G_GUINT64_FORMAT, g_ascii_strtoull(names[n], NULL, 16));
	}
	g_string_append_c(s, ']');
}

static void put_models(GString *s)
{
	g_string_append(s, "\"enum\":[");
	for (unsigned n = 0; nic_models[n]; n++)
		g_string_append_printf(s, "%s\"%s\"", n ? "," : "", nic_models[n]->name);
	for (unsigned n = 0; nic_models[n]; n++)
		if (nic_models[n]->alias)
			g_string_append_printf(s, ",\"%s\"", nic_models[n]->alias);
	g_string_append_c(s, ']');
}

static void put_kinds(GString *s)
{
	g_string_append(s, "\"enum\":[");
	for (unsigned n = 0; uplink_kinds[n]; n++)
		g_string_append_printf(s, "%s\"%s\"", n ? "," : "", uplink_kinds[n]->name);
	g_string_append_c(s, ']');
}

/* What YAML takes a value of the type for. */
static const char *pattern_types(enum option_type type)
{
	if (type == OPTION_MODE || type == OPTION_QUEUE)
		return "[\"string\",\"integer\"]";
	return type == OPTION_PROBABILITY ? "[\"string\",\"number\"]" : "\"string\"";
}

static void strict_members(GString *s, const struct key *k)
{
	const struct option *o = &k->option;
	const char *pattern = option_pattern(o->type);

	if (k->model)
		put_models(s);
	else if (k->kind)
		put_kinds(s);
	else if (o->type == OPTION_CHOICE)
		put_enum(s, o->choices);
	else if (o->type == OPTION_BOOL)
		g_string_append(s, "\"enum\":[true,false,\"true\",\"false\"]");
	else if (o->type == OPTION_NUMBER) /* or its digits in quotes */
		g_string_append_printf(s,
				       "\"type\":[\"integer\",\"string\"],\"minimum\":%" G_GUINT64_FORMAT
				       ",\"maximum\":%" G_GUINT64_FORMAT ",\"pattern\":\"^([0-9]+|0x[0-9A-Fa-f]+)$\"",
				       o->min, o->max);
	else if (!pattern) /* text such as 10 or true is no text to YAML */
		g_string_append(s, "\"type\":[\"string\",\"number\",\"boolean\"]");
	else {
		g_string_append_printf(s, "\"type\":%s,\"pattern\":", pattern_types(o->type));
		put_string(s, pattern);
	}
}

static void put_place(GString *s)
{
	g_string_append(s, "{\"type\":\"string\",\"pattern\":\"<n([+-][0-9]{1,4})?>\"}");
}

static void value_schema(GString *s, const struct key *k, unsigned may)
{
	g_string_append(s, may ? "{\"anyOf\":[{" : "{");
	strict_members(s, k);
	g_string_append_c(s, '}');
	if (may & MAY_COUNT) {
		g_string_append_c(s, ',');
		put_place(s);
	}
	if (may & MAY_LACK)
		g_string_append(s, ",{\"type\":\"null\"}");
	g_string_append(s, may ? "]}" : "");
}

/* "type": what, or null if it may delete. */
static void put_type(GString *s, const char *what, unsigned may)
{
	g_string_append_printf(s, may & MAY_LACK ? "\"type\":[\"%s\",\"null\"]" : "\"type\":\"%s\"", what);
}

/* A value, or a map of options. */
static void either_schema(GString *s, const struct key *k, unsigned may)
{
	g_string_append(s, "{\"anyOf\":[");
	value_schema(s, k, may & ~MAY_LACK);
	g_string_append(s, ",{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{");
	for (const struct option *o = k->uplink_row->map; o->name; o++) {
		const struct key row = {.option = *o};

		g_string_append(s, o == k->uplink_row->map ? "" : ",");
		put_string(s, o->name);
		g_string_append_c(s, ':');
		value_schema(s, &row, may & ~MAY_LACK);
	}
	g_string_append(s, "}}]}");
}

static void list_members(GString *s, const struct key *k, unsigned may)
{
	put_type(s, "array", may);
	g_string_append(s, ",\"items\":");
	if (k->uplink_row && k->uplink_row->map)
		either_schema(s, k, may);
	else
		value_schema(s, k, may & ~MAY_LACK);
}

static void put_names(GString *s, const struct key *k, unsigned may)
{
	const char *pattern = option_pattern(k->names.type);

	if (!pattern)
		return;
	g_string_append(s, ",\"propertyNames\":{\"anyOf\":[{\"pattern\":");
	put_string(s, pattern);
	g_string_append_c(s, '}');
	if (may & MAY_COUNT) {
		g_string_append_c(s, ',');
		put_place(s);
	}
	g_string_append(s, "]}");
}

/* A map from names. What stands in a PC may be on top of a template, and counted; there
 * may be a check of each. */
static void named_members(GString *s, const struct key *k, unsigned may)
{
	unsigned below = k->keys == keys_pc ? MAY_LACK | MAY_COUNT : k->keys == keys_check ? MAY_COUNT : may;

	put_type(s, "object", may);
	put_names(s, k, below);
	g_string_append(s, ",\"additionalProperties\":{\"anyOf\":[");
	if (k->shape != KEY_NAMED)
		value_schema(s, k, below);
	if (k->shape == KEY_NAMED_EITHER)
		g_string_append_c(s, ',');
	if (k->shape != KEY_NAMED_VALUE)
		map_schema(s, k->keys, below);
	g_string_append(s, "]}");
}

static void key_schema(GString *s, const struct key *k, unsigned may)
{
	g_string_append(s, "{\"description\":");
	put_string(s, k->option.help);
	if (k->option.later)
		g_string_append(s, ",\"deprecated\":true,\"$comment\":\"not available yet\"");
	g_string_append_c(s, ',');
	switch (k->shape) {
	case KEY_VALUE:
	case KEY_MAP:
		g_string_append(s, "\"allOf\":[");
		if (k->shape == KEY_MAP)
			map_schema(s, k->keys, may);
		else
			value_schema(s, k, may);
		g_string_append_c(s, ']');
		break;
	case KEY_EITHER:
		g_string_append(s, "\"anyOf\":[");
		value_schema(s, k, may);
		g_string_append_c(s, ',');
		map_schema(s, k->keys, may);
		g_string_append_c(s, ']');
		break;
	case KEY_LIST: list_members(s, k, may); break;
	case KEY_NAMED:
	case KEY_NAMED_VALUE:
	case KEY_NAMED_EITHER: named_members(s, k, may); break;
	}
	g_string_append_c(s, '}');
}

/* ---- options of cards and uplinks: which one it is, lint knows ---- */

struct options {
	GString *text;
	const struct key *table;
	GPtrArray *done; /* names; borrowed */
	const char *name;
	unsigned may;
	bool first;
};

static void add_meaning(const struct key *k, void *opaque)
{
	struct options *o = opaque;

	if (strcmp(k->option.name, o->name))
		return;
	g_string_append(o->text, o->first ? "" : ",");
	o->first = false;
	key_schema(o->text, k, o->may);
}

/* All that cards, or uplinks, mean by this name, the first time that it comes. */
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
	keys_options(o->table, add_meaning, o);
	g_string_append(o->text, "]}");
}

static void put_options(GString *s, const struct key *table, unsigned may)
{
	g_autoptr(GPtrArray) done = g_ptr_array_new();
	struct options o = {.text = s, .table = table, .done = done, .may = may};

	keys_options(table, add_option, &o);
}

static void map_schema(GString *s, const struct key *table, unsigned may)
{
	bool first = true;

	g_string_append_c(s, '{');
	put_type(s, "object", may);
	g_string_append(s, ",\"additionalProperties\":false,\"properties\":{");
	for (const struct key *k = table; k->option.name; k++) {
		g_string_append(s, k == table ? "" : ",");
		put_string(s, k->option.name);
		g_string_append_c(s, ':');
		key_schema(s, k, may);
	}
	if (keys_have_options(table))
		put_options(s, table, may);
	g_string_append(s, "}");
	for (const struct key *k = table; k->option.name && !(may & MAY_LACK); k++)
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
				  "\"title\":\"Lanyard lab\",\"if\":{\"required\":[\"include\"]},\"then\":");

	map_schema(s, keys_lab, MAY_LACK);
	g_string_append(s, ",\"else\":");
	map_schema(s, keys_lab, 0);
	g_string_append(s, "}\n");
	return g_string_free(s, FALSE);
}
