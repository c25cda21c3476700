/* The properties of a link by name: readers, writers, and the list made of them. */
#include "engine/net/link_keys.h"

#include <string.h>

const char *const link_jitter_kinds[] = {"uniform", "normal", NULL};
const char *const link_queue_kinds[] = {"droptail", "codel", NULL};
const char *const link_states[] = {"down", "up", NULL};
_Static_assert(JITTER_UNIFORM == 0 && JITTER_NORMAL == 1 && QUEUE_DROPTAIL == 0 && QUEUE_CODEL == 1,
	       "the names are in this order");

/* A property that is one number. */
#define NUMBER(id) \
	static void read_##id(struct link_params *p, const struct option_value *v) \
	{ \
		p->id = (__typeof__(p->id))v->number; \
	} \
	static void write_##id(const struct link_params *p, struct option_value *v) \
	{ \
		v->number = p->id; \
	}

NUMBER(delay)
NUMBER(jitter)
NUMBER(jitter_kind)
NUMBER(rate)
NUMBER(queue_kind)
NUMBER(duplicate)
NUMBER(reorder)
NUMBER(corrupt)
NUMBER(bit_errors)
NUMBER(mtu)

static void read_queue(struct link_params *p, const struct option_value *v)
{
	p->queue = (uint32_t)v->number;
	p->queue_bytes = (uint32_t)v->last;
}

static void write_queue(const struct link_params *p, struct option_value *v)
{
	v->number = p->queue;
	v->last = p->queue_bytes;
}

static void read_loss(struct link_params *p, const struct option_value *v)
{
	p->loss = (uint32_t)v->number;
	p->good_to_bad = v->burst[0];
	p->bad_to_good = v->burst[1];
	p->in_bad = v->burst[2];
}

static void write_loss(const struct link_params *p, struct option_value *v)
{
	v->number = p->loss;
	v->burst[0] = p->good_to_bad;
	v->burst[1] = p->bad_to_good;
	v->burst[2] = p->in_bad;
}

const struct link_key link_keys[] = {
#define ROW(id, type_, standard_, ...) \
	{.option = {.name = #id, .type = (type_), .standard = (standard_), __VA_ARGS__}, \
	 .read = read_##id, \
	 .write = write_##id},
	LINK_KEYS(ROW)
#undef ROW
		{.option = {.name = NULL}}};

void link_params_init(struct link_params *p)
{
	memset(p, 0, sizeof(*p));
	for (const struct link_key *k = link_keys; k->option.name; k++) {
		struct option_value v;

		if (!option_parse(&k->option, k->option.standard, &v, NULL))
			assert(!"a default that its own row does not take");
		k->read(p, &v);
	}
}

const struct link_key *link_key_find(const char *name)
{
	for (const struct link_key *k = link_keys; k->option.name; k++)
		if (!strcmp(k->option.name, name))
			return k;
	return NULL;
}

static void unknown(const char *key, GError **error)
{
	const char *meant = link_key_meant(key);
	g_autoptr(GString) all = g_string_new("state");

	for (const struct link_key *k = link_keys; k->option.name; k++)
		g_string_append_printf(all, ", %s", k->option.name);
	if (meant)
		g_set_error(error, OPTION_ERROR, OPTION_ERROR_VALUE, "no such key; did you mean '%s'?", meant);
	else
		g_set_error(error, OPTION_ERROR, OPTION_ERROR_VALUE, "no such key: expected one of %s", all->str);
}

bool link_key_set(struct link_params *p, const char *key, const char *value, GError **error)
{
	const struct link_key *k = link_key_find(key);
	struct option_value v;

	if (!k)
		unknown(key, error);
	if (!k || !option_parse(&k->option, value, &v, error))
		return false;
	k->read(p, &v);
	return true;
}

char *link_key_text(const struct link_key *k, const struct link_params *p)
{
	struct option_value v = {0};

	k->write(p, &v);
	return option_show(&k->option, &v);
}

static bool same(const struct link_key *k, const struct link_params *a, const struct link_params *b)
{
	struct option_value x = {0}, y = {0};

	k->write(a, &x);
	k->write(b, &y);
	return x.number == y.number && x.last == y.last && !memcmp(x.burst, y.burst, sizeof(x.burst));
}

bool link_key_is_default(const struct link_key *k, const struct link_params *p)
{
	struct link_params fresh;

	link_params_init(&fresh);
	return same(k, p, &fresh);
}

bool link_params_equal(const struct link_params *a, const struct link_params *b)
{
	for (const struct link_key *k = link_keys; k->option.name; k++)
		if (!same(k, a, b))
			return false;
	return true;
}

/* tc-netem(8), tc-tbf(8), netlab's links, containerlab's tools netem, GNS3. */
const char *link_key_meant(const char *word)
{
	static const char *const rows[][2] = {
		{"bandwidth", "rate"},
		{"bw", "rate"},
		{"speed", "rate"},
		{"ceil", "rate"},
		{"latency", "delay"},
		{"distribution", "jitter_kind"},
		{"limit", "queue"},
		{"buffer", "queue"},
		{"queue_size", "queue"},
		{"qdisc", "queue_kind"},
		{"drop", "loss"},
		{"packet_loss", "loss"},
		{"packet-loss", "loss"},
		{"gemodel", "loss"},
		{"duplication", "duplicate"},
		{"dup", "duplicate"},
		{"reordering", "reorder"},
		{"gap", "reorder"},
		{"corruption", "corrupt"},
		{"ber", "bit_errors"},
		{"shutdown", "state"},
		{"admin", "state"},
		{"status", "state"},
	};

	for (size_t n = 0; n < ARRAY_LEN(rows); n++)
		if (!strcmp(rows[n][0], word))
			return rows[n][1];
	return NULL;
}
