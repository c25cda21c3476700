/* Reads libyaml's events into nodes; see yaml.h. */
#include "topology/yaml.h"

#include <string.h>
#include <yaml.h>

struct reader {
	struct tree *tree;
	const char *file;
	yaml_parser_t parser;
	GHashTable *anchors; /* name -> node, complete ones only */
	GHashTable *open;    /* names of anchors whose node is not complete */
	unsigned depth;
	bool failed; /* nothing more can be read */
};

static struct plan_mark mark_at(const struct reader *r, const yaml_mark_t *m)
{
	return (struct plan_mark){r->file, (unsigned)m->line + 1, (unsigned)m->column + 1};
}

static void say(struct reader *r, const struct plan_mark *mark, const char *format, ...) G_GNUC_PRINTF(3, 4);
static void say(struct reader *r, const struct plan_mark *mark, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	report_add(r->tree->report, false, mark, NULL, text);
}

/* Something after which the rest of the file cannot be read. */
static void *give_up(struct reader *r, const struct plan_mark *mark, const char *text)
{
	say(r, mark, "%s", text);
	r->failed = true;
	return NULL;
}

static void syntax_error(struct reader *r)
{
	const yaml_parser_t *p = &r->parser;
	struct plan_mark mark = mark_at(r, &p->problem_mark);

	r->failed = true;
	if (p->error == YAML_READER_ERROR) { /* it has no mark, only an offset in bytes */
		mark = mark_at(r, &p->mark);
		say(r, &mark, "not valid YAML: %s", p->problem);
	} else if (p->error == YAML_MEMORY_ERROR) {
		say(r, &mark, "not enough memory");
	} else if (p->buffer.pointer && p->buffer.pointer < p->buffer.last && *p->buffer.pointer == '\t' &&
		   p->problem && strstr(p->problem, "cannot start any token")) {
		say(r, &mark, "a tab: YAML indents with spaces only");
	} else if (p->context) {
		say(r, &mark, "not valid YAML: %s %s", p->problem ? p->problem : "something is wrong", p->context);
	} else {
		say(r, &mark, "not valid YAML: %s", p->problem ? p->problem : "something is wrong");
	}
}

static bool next(struct reader *r, yaml_event_t *e)
{
	if (r->failed)
		return false;
	if (yaml_parser_parse(&r->parser, e))
		return true;
	syntax_error(r);
	return false;
}

static struct node *read_value(struct reader *r, yaml_event_t *e);

static bool is_null(const char *text)
{
	return !*text || !strcmp(text, "~") || !strcmp(text, "null") || !strcmp(text, "Null") || !strcmp(text, "NULL");
}

static void check_tag(struct reader *r, const yaml_char_t *tag, const struct plan_mark *mark)
{
	static const char standard[] = "tag:yaml.org,2002:";
	const char *text = (const char *)tag;

	if (tag && g_str_has_prefix(text, standard))
		say(r, mark, "tags such as '!!%s' are not used in lab files: put text with a '!' in quotes",
		    text + strlen(standard));
	else if (tag)
		say(r, mark, "tags such as '%s' are not used in lab files: put text with a '!' in quotes", text);
}

/* False, after a message, if not all read it alike. */
static bool check_ambiguous(struct reader *r, const char *text, const struct plan_mark *mark)
{
	const char *why = scalar_ambiguous(text);

	if (!why)
		return true;
	if (!strcmp(text, "<<"))
		say(r, mark, "'<<': merge keys are not part of YAML 1.2; write a template and `use` it");
	else
		say(r, mark, "'%s' is %s; put it in quotes: \"%s\"%s", text, why, text,
		    strstr(why, "true or false") ? ", or write true or false" : "");
	return false;
}

static struct node *read_scalar(struct reader *r, const yaml_event_t *e, const struct plan_mark *mark)
{
	const char *text = (const char *)e->data.scalar.value;
	bool plain = e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
	struct node *n = node_new(r->tree, plain && is_null(text) ? NODE_NULL : NODE_SCALAR, mark);

	bool clear = !plain || check_ambiguous(r, text, mark);

	check_tag(r, e->data.scalar.tag, mark);
	if (!n)
		return NULL;
	n->reported = !clear;
	n->quoted = !plain;
	node_set_text(n, text, e->data.scalar.length);
	return n;
}

static struct node *read_list(struct reader *r, const struct plan_mark *mark)
{
	struct node *list = node_new(r->tree, NODE_LIST, mark);
	yaml_event_t e;

	while (list && next(r, &e)) {
		bool end = e.type == YAML_SEQUENCE_END_EVENT;
		struct node *item = end ? NULL : read_value(r, &e);

		yaml_event_delete(&e);
		if (end)
			return list;
		if (!item)
			return NULL;
		list_add(list, item);
	}
	return NULL;
}

/* The key's text, or NULL if it is none (which was said). *clear: nothing was
 * said about it. */
static char *read_key(struct reader *r, const yaml_event_t *e, const struct plan_mark *mark, bool *clear)
{
	const char *text = (const char *)e->data.scalar.value;

	if (e->type != YAML_SCALAR_EVENT)
		return give_up(r, mark, "a key must be a plain name");
	check_tag(r, e->data.scalar.tag, mark);
	if (e->data.scalar.anchor)
		say(r, mark, "anchors on keys are not used in lab files");
	if (memchr(text, '\0', e->data.scalar.length) || e->data.scalar.length > 4096)
		return give_up(r, mark, "a key must be a plain name");
	if (e->data.scalar.style == YAML_PLAIN_SCALAR_STYLE) {
		*clear = !is_null(text) && check_ambiguous(r, text, mark);
		if (is_null(text))
			say(r, mark, "a key must not be empty or null");
	}
	return g_strdup(text);
}

static void duplicate_key(struct reader *r, const struct node *map, const char *key, const struct plan_mark *mark)
{
	say(r, mark, "the key '%s' is there twice in this map: first in line %u", key,
	    map_get(map, key)->key_mark.line);
}

static struct node *read_map(struct reader *r, const struct plan_mark *mark)
{
	struct node *map = node_new(r->tree, NODE_MAP, mark);
	yaml_event_t e;

	while (map && next(r, &e)) {
		struct plan_mark key_mark = mark_at(r, &e.start_mark);
		bool end = e.type == YAML_MAPPING_END_EVENT, clear = true;
		g_autofree char *key = end ? NULL : read_key(r, &e, &key_mark, &clear);
		struct node *value = NULL;

		yaml_event_delete(&e);
		if (end)
			return map;
		if (!key || !next(r, &e))
			return NULL;
		value = read_value(r, &e);
		yaml_event_delete(&e);
		if (!value)
			return NULL;
		value->key_reported = !clear;
		if (!map_add(map, key, &key_mark, value))
			duplicate_key(r, map, key, &key_mark);
	}
	return NULL;
}

static struct node *read_alias(struct reader *r, const yaml_event_t *e, const struct plan_mark *mark)
{
	const char *name = (const char *)e->data.alias.anchor;
	const struct node *target = g_hash_table_lookup(r->anchors, name);

	if (target)
		return node_copy(r->tree, target);
	return give_up(r, mark,
		       g_hash_table_contains(r->open, name) ? "this alias is inside what it stands for"
							    : "this alias has no anchor before it");
}

static struct node *read_nested(struct reader *r, const yaml_event_t *e, const struct plan_mark *mark)
{
	struct node *n;

	if (r->depth >= YAML_DEPTH)
		return give_up(r, mark, "maps and lists are nested more than 24 deep");
	check_tag(r, e->type == YAML_MAPPING_START_EVENT ? e->data.mapping_start.tag : e->data.sequence_start.tag,
		  mark);
	r->depth++;
	n = e->type == YAML_MAPPING_START_EVENT ? read_map(r, mark) : read_list(r, mark);
	r->depth--;
	return n;
}

static const char *anchor_of(const yaml_event_t *e)
{
	switch (e->type) {
	case YAML_SCALAR_EVENT: return (const char *)e->data.scalar.anchor;
	case YAML_MAPPING_START_EVENT: return (const char *)e->data.mapping_start.anchor;
	case YAML_SEQUENCE_START_EVENT: return (const char *)e->data.sequence_start.anchor;
	default: return NULL;
	}
}

/* The value that begins with e. NULL: nothing more can be read. */
static struct node *read_value(struct reader *r, yaml_event_t *e)
{
	struct plan_mark mark = mark_at(r, &e->start_mark);
	g_autofree char *anchor = g_strdup(anchor_of(e));
	struct node *n;

	if (e->type == YAML_ALIAS_EVENT)
		return read_alias(r, e, &mark);
	if (anchor)
		g_hash_table_add(r->open, g_strdup(anchor));
	n = e->type == YAML_SCALAR_EVENT ? read_scalar(r, e, &mark) : read_nested(r, e, &mark);
	if (anchor)
		g_hash_table_remove(r->open, anchor);
	if (!n)
		r->failed = true;
	else if (anchor)
		g_hash_table_replace(r->anchors, g_steal_pointer(&anchor), n);
	return n;
}

/* Between the stream's start and its end: one document. */
static struct node *read_document(struct reader *r)
{
	struct plan_mark top = {r->file, 1, 1};
	struct node *root = NULL;
	yaml_event_t e;

	for (unsigned documents = 0; next(r, &e);) {
		yaml_event_type_t type = e.type;
		struct plan_mark mark = mark_at(r, &e.start_mark);

		if (type == YAML_DOCUMENT_START_EVENT && documents++)
			give_up(r, &mark, "a lab file is one YAML document; here begins a second one");
		else if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT &&
			 type != YAML_DOCUMENT_END_EVENT && type != YAML_STREAM_END_EVENT)
			root = read_value(r, &e);
		yaml_event_delete(&e);
		if (type == YAML_STREAM_END_EVENT)
			break;
	}
	if (!root && !r->failed)
		report_add(r->tree->report, false, &top, NULL, "the file is empty");
	return root;
}

struct node *yaml_read(struct tree *t, const char *file, const char *text, gsize size)
{
	struct reader r = {.tree = t, .file = file};
	struct plan_mark top = {file, 1, 1};
	g_autofree char *utf8 = yaml_text(t, file, text, size, &size);
	struct node *root = NULL;

	if (!utf8 && size)
		return NULL;
	if (!yaml_parser_initialize(&r.parser)) {
		report_add(t->report, false, &top, NULL, "not enough memory");
		return NULL;
	}
	r.anchors = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	r.open = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
	yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r.parser, (const unsigned char *)(utf8 ? utf8 : ""), size);
	root = read_document(&r);
	yaml_parser_delete(&r.parser);
	g_hash_table_unref(r.anchors);
	g_hash_table_unref(r.open);
	if (!root || root->kind == NODE_MAP)
		return root;
	report_add(t->report, false, &root->mark, NULL, "expected a map of keys, such as `version: 1`");
	return NULL;
}
