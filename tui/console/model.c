/* A lab as its control socket tells it; see model.h. */
#include "tui/console/model.h"

#include <string.h>

static void free_node(gpointer opaque)
{
	struct model_node *n = opaque;

	g_free(n->name);
	g_free(n->state);
	g_free(n->note);
	g_free(n);
}

static void free_edge(gpointer opaque)
{
	struct model_edge *e = opaque;

	g_free(e->link);
	g_free(e->a_port);
	g_free(e->b_port);
	g_free(e);
}

static void clear_line(gpointer opaque)
{
	g_free(((struct model_line *)opaque)->text);
}

static void clear_packet(gpointer opaque)
{
	struct model_packet *p = opaque;

	g_free(p->port);
	g_free(p->far);
	g_free(p->reason);
	g_bytes_unref(p->bytes);
}

struct model *model_new(void)
{
	struct model *m = g_new0(struct model, 1);

	m->lab = g_strdup("");
	m->pace = g_strdup("");
	m->nodes = g_ptr_array_new_with_free_func(free_node);
	m->edges = g_ptr_array_new_with_free_func(free_edge);
	m->lines = g_array_new(FALSE, FALSE, sizeof(struct model_line));
	g_array_set_clear_func(m->lines, clear_line);
	m->packets = g_array_new(FALSE, FALSE, sizeof(struct model_packet));
	g_array_set_clear_func(m->packets, clear_packet);
	return m;
}

void model_free(struct model *m)
{
	g_free(m->lab);
	g_free(m->pace);
	g_ptr_array_unref(m->nodes);
	g_ptr_array_unref(m->edges);
	g_array_unref(m->lines);
	g_array_unref(m->packets);
	g_free(m);
}

const char *model_text(JsonObject *o, const char *key)
{
	JsonNode *n = json_object_get_member(o, key);

	return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_STRING ? json_node_get_string(n)
											     : "";
}

uint64_t model_number(JsonObject *o, const char *key)
{
	JsonNode *n = json_object_get_member(o, key);

	return n && JSON_NODE_HOLDS_VALUE(n) && json_node_get_value_type(n) == G_TYPE_INT64
		       ? (uint64_t)json_node_get_int(n)
		       : 0;
}

static bool truth(JsonObject *o, const char *key)
{
	return json_object_get_boolean_member_with_default(o, key, FALSE);
}

static void replace(char **text, const char *value)
{
	if (!g_strcmp0(*text, value))
		return;
	g_free(*text);
	*text = g_strdup(value);
}

int model_find(const struct model *m, const char *name)
{
	for (guint n = 0; n < m->nodes->len; n++)
		if (!strcmp(((struct model_node *)m->nodes->pdata[n])->name, name))
			return (int)n;
	return -1;
}

/* ---- the lab ---- */

void model_take_lab(struct model *m, JsonObject *o)
{
	JsonArray *uplinks = json_object_has_member(o, "uplinks") ? json_object_get_array_member(o, "uplinks") : NULL;

	replace(&m->lab, model_text(o, "lab"));
	replace(&m->pace, model_text(o, "pace"));
	m->now = model_number(o, "time_ns");
	m->rate_permille = (unsigned)model_number(o, "rate_permille");
	m->paused = truth(o, "paused");
	m->open = false;
	for (guint n = 0; uplinks && n < json_array_get_length(uplinks); n++)
		if (!strcmp(model_text(json_array_get_object_element(uplinks, n), "state"), "open"))
			m->open = true;
	m->news++;
}

/* ---- nodes and edges: the same objects as long as they are the same things ---- */

static enum model_kind kind_of(const char *name)
{
	static const char *const names[] = {"pc", "vlan", "switch", "hub", "uplink"};

	for (unsigned n = 0; n < ARRAY_LEN(names); n++)
		if (!strcmp(names[n], name))
			return (enum model_kind)n;
	return MODEL_PC;
}

static void take_node(struct model *m, guint at, JsonObject *o)
{
	const char *name = model_text(o, "node");
	enum model_kind kind = kind_of(model_text(o, "kind"));
	struct model_node *n = at < m->nodes->len ? m->nodes->pdata[at] : NULL;

	if (!n || strcmp(n->name, name) != 0 || n->kind != kind) {
		g_ptr_array_set_size(m->nodes, (gint)at);
		n = g_new0(struct model_node, 1);
		n->name = g_strdup(name);
		n->kind = kind;
		g_ptr_array_add(m->nodes, n);
		m->structure++;
	}
	replace(&n->state, model_text(o, "state"));
	replace(&n->note, model_text(o, "note"));
	n->before = n->instructions;
	n->instructions = model_number(o, "instructions");
}

static struct model_edge *edge_at(struct model *m, guint at, const char *link, int a, int b)
{
	struct model_edge *e = at < m->edges->len ? m->edges->pdata[at] : NULL;

	if (e && !strcmp(e->link, link) && e->a == (unsigned)a && e->b == (unsigned)b)
		return e;
	g_ptr_array_set_size(m->edges, (gint)at);
	e = g_new0(struct model_edge, 1);
	e->link = g_strdup(link);
	e->a = (unsigned)a;
	e->b = (unsigned)b;
	e->active_ns = e->lost_ns = TIME_NEVER;
	g_ptr_array_add(m->edges, e);
	m->structure++;
	return e;
}

/* True if there is such an edge now. */
static bool take_edge(struct model *m, guint at, JsonObject *o)
{
	int a = model_find(m, model_text(o, "a_node")), b = model_find(m, model_text(o, "b_node"));
	uint64_t frames = model_number(o, "a_frames") + model_number(o, "b_frames"), drops = model_number(o, "drops");
	struct model_edge *e;
	bool fresh;

	if (a < 0 || b < 0)
		return false;
	e = edge_at(m, at, model_text(o, "link"), a, b);
	fresh = !e->a_port;
	replace(&e->a_port, model_text(o, "a"));
	replace(&e->b_port, model_text(o, "b"));
	e->up = truth(o, "up");
	e->carrier = truth(o, "carrier");
	if (!fresh && frames != e->frames)
		e->active_ns = m->now;
	if (!fresh && drops != e->drops)
		e->lost_ns = m->now;
	e->frames = frames;
	e->drops = drops;
	return true;
}

static JsonArray *array(JsonObject *o, const char *key)
{
	JsonNode *n = json_object_get_member(o, key);

	return n && JSON_NODE_HOLDS_ARRAY(n) ? json_node_get_array(n) : NULL;
}

static JsonObject *element(JsonArray *a, guint n)
{
	JsonNode *node = json_array_get_element(a, n);

	return JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

void model_take_graph(struct model *m, JsonObject *o)
{
	JsonArray *nodes = array(o, "nodes"), *edges = array(o, "edges");
	guint at = 0;

	m->now = model_number(o, "time_ns");
	for (guint n = 0; nodes && n < json_array_get_length(nodes); n++)
		if (element(nodes, n))
			take_node(m, at++, element(nodes, n));
	g_ptr_array_set_size(m->nodes, (gint)at);
	at = 0;
	for (guint n = 0; edges && n < json_array_get_length(edges); n++)
		if (element(edges, n) && take_edge(m, at, element(edges, n)))
			at++;
	g_ptr_array_set_size(m->edges, (gint)at);
	m->news++;
}

/* ---- the log, packets ---- */

static void add_line(struct model *m, const char *text, uint64_t when)
{
	struct model_line line = {when, g_strdup(text)};

	if (m->lines->len >= MODEL_LINES)
		g_array_remove_range(m->lines, 0, MODEL_LINES / 10);
	g_array_append_val(m->lines, line);
}

void model_take_log(struct model *m, JsonObject *o)
{
	JsonArray *log = array(o, "log");

	g_array_set_size(m->lines, 0);
	for (guint n = 0; log && n < json_array_get_length(log); n++)
		if (element(log, n))
			add_line(m, model_text(element(log, n), "text"), model_number(element(log, n), "time_ns"));
	m->news++;
}

static void take_packet(struct model *m, JsonObject *o)
{
	const char *event = model_text(o, "event"), *text = model_text(o, "data");
	gsize size = 0;
	guchar *bytes = *text ? g_base64_decode(text, &size) : NULL;
	struct model_packet p = {
		.number = model_number(o, "number"),
		.when = model_number(o, "time_ns"),
		.port = g_strdup(model_text(o, "port")),
		.far = g_strdup(model_text(o, "far")),
		.reason = g_strdup(model_text(o, "reason")),
		.drop = !strcmp(event, "drop"),
		.leaves = !strcmp(event, "tx"),
		.size = model_number(o, "size"),
		.bytes = g_bytes_new_take(bytes, size),
	};

	if (m->packets->len >= MODEL_PACKETS)
		g_array_remove_range(m->packets, 0, MODEL_PACKETS / 10);
	g_array_append_val(m->packets, p);
	m->missed = model_number(o, "missed");
}

void model_forget_packets(struct model *m)
{
	g_array_set_size(m->packets, 0);
	m->missed = 0;
}

void model_take_event(struct model *m, const char *event, JsonObject *data)
{
	uint64_t when = model_number(data, "time_ns");

	if (!strcmp(event, "PACKET")) {
		take_packet(m, data);
	} else if (!strcmp(event, "NOTE")) {
		add_line(m, model_text(data, "text"), when);
	} else if (!strcmp(event, "PC_STATE")) {
		g_autofree char *line =
			g_strdup_printf("%s: %s%s%s", model_text(data, "pc"), model_text(data, "state"),
					*model_text(data, "message") ? ": " : "", model_text(data, "message"));
		int n = model_find(m, model_text(data, "pc"));

		add_line(m, line, when);
		if (n >= 0)
			replace(&((struct model_node *)m->nodes->pdata[n])->state, model_text(data, "state"));
	}
	m->news++;
}

/* ---- as text ---- */

void model_time(uint64_t ns, char text[32])
{
	g_snprintf(text, 32, "%llu.%06u", (unsigned long long)(ns / 1000000000), (unsigned)(ns % 1000000000 / 1000));
}

void model_short(uint64_t number, char text[16])
{
	static const char units[] = " kMGT";
	unsigned unit = 0;
	uint64_t part = 0;

	while (number >= 10000 && unit < 4) {
		part = number % 1000 / 100;
		number /= 1000;
		unit++;
	}
	if (!unit)
		g_snprintf(text, 16, "%llu", (unsigned long long)number);
	else if (number < 10)
		g_snprintf(text, 16, "%llu.%u %c", (unsigned long long)number, (unsigned)part, units[unit]);
	else
		g_snprintf(text, 16, "%llu %c", (unsigned long long)number, units[unit]);
}
