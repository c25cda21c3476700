/* THE LIST of what clients of the control socket can ask for, and the short
 * commands. */
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>

#include "engine/lab/snapshot.h"
#include "tui/control/control_priv.h"
#include "tui/control/watch.h"

JsonNode *control_done(void)
{
	JsonNode *node = json_node_new(JSON_NODE_OBJECT);

	json_node_take_object(node, json_object_new());
	return node;
}

const char *control_state_name(enum lab_pc_state state)
{
	static const char *const names[] = {"off", "booting", "ready", "failed"};

	return names[state];
}

static JsonNode *refuse(GError **error, const char *text)
{
	g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, text);
	return NULL;
}

const char *control_text(JsonObject *arguments, const char *key, GError **error)
{
	JsonNode *node = json_object_get_member(arguments, key);

	if (node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_STRING)
		return json_node_get_string(node);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s': expected a string", key);
	return NULL;
}

GBytes *control_bytes(JsonObject *arguments, const char *key, GError **error)
{
	const char *text = control_text(arguments, key, error);
	guchar *bytes;
	gsize size;

	if (!text)
		return NULL;
	if (!*text)
		return g_bytes_new(NULL, 0);
	bytes = g_base64_decode(text, &size);
	if (size)
		return g_bytes_new_take(bytes, size);
	g_free(bytes);
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "'%s': expected bytes in base64", key);
	return NULL;
}

struct lab_pc *control_pc(struct control_client *c, JsonObject *arguments, GError **error)
{
	const char *name = control_text(arguments, "pc", error);
	struct lab_pc *pc = name ? lab_pc_find(c->control->lab, name) : NULL;

	if (name && !pc)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "'%s': no such PC in this lab", name);
	return pc;
}

static JsonNode *capabilities(struct control_client *c, JsonObject *arguments, GError **error)
{
	c->ready = true;
	return control_done();
}

static JsonNode *query_commands(struct control_client *c, JsonObject *arguments, GError **error)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	unsigned count;
	const struct control_command *all = control_commands(&count);

	json_builder_begin_array(b);
	for (unsigned n = 0; n < count; n++) {
		json_builder_begin_object(b);
		json_builder_set_member_name(b, "name");
		json_builder_add_string_value(b, all[n].name);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
	return json_builder_get_root(b);
}

static JsonNode *stop(struct control_client *c, JsonObject *arguments, GError **error)
{
	c->control->stopped = true;
	return control_done();
}

/* "wan" is link:wan, "alice:eth0" is nic:alice:eth0, "alice" is pc:alice. */
static char *full_name(struct lab *l, const char *thing)
{
	if (lab_uplink_find(l, thing))
		return g_strdup_printf("uplink:%s", thing);
	if (port_find(lab_net(l), thing))
		return g_strdup_printf("nic:%s", thing);
	if (link_find(lab_net(l), thing))
		return g_strdup_printf("link:%s", thing);
	if (lab_pc_find(l, thing))
		return g_strdup_printf("pc:%s", thing);
	return g_strdup(thing);
}

static JsonNode *set(struct control_client *c, JsonObject *arguments, GError **error)
{
	const char *thing = control_text(arguments, "thing", error);
	const char *key = thing ? control_text(arguments, "key", error) : NULL;
	const char *value = key ? control_text(arguments, "value", error) : NULL;
	g_autofree char *full = NULL;

	if (!value)
		return NULL;
	/* Words of the journal are divided by spaces. */
	if (strpbrk(thing, " \n") || strpbrk(key, " \n") || strpbrk(value, "\n"))
		return refuse(error, "thing, key and value: expected single words");
	if (!strcmp(thing, "lab"))
		return control_set_lab(c, key, value, error) ? control_done() : NULL;
	full = full_name(c->control->lab, thing);
	return lab_set(c->control->lab, full, key, value, error) ? control_done() : NULL;
}

static JsonNode *snapshot(struct control_client *c, JsonObject *arguments, GError **error)
{
	struct lab *l = c->control->lab;
	const char *file = control_text(arguments, "file", error);
	const char *full = file ? control_text(arguments, "full", error) : NULL;

	if (!full)
		return NULL;
	if (!g_path_is_absolute(file))
		return refuse(error, "'file': expected an absolute path");
	return snapshot_save(l, file, c->control->origin, !strcmp(full, "true"), error) ? control_done() : NULL;
}

static JsonNode *type(struct control_client *c, JsonObject *arguments, GError **error)
{
	struct lab_pc *pc = control_pc(c, arguments, error);
	g_autoptr(GBytes) bytes = pc ? control_bytes(arguments, "data", error) : NULL;
	gsize size;
	const void *data;

	if (!bytes)
		return NULL;
	data = g_bytes_get_data(bytes, &size);
	if (size)
		lab_type(c->control->lab, pc, data, size);
	return control_done();
}

/* ---- a PC's serial line ---- */

static JsonNode *serial(struct control_client *c, JsonObject *arguments, GError **error)
{
	struct lab_pc *pc = control_pc(c, arguments, error);

	return pc ? control_done() : NULL;
}

/* First what the line said lately, then all that is new. */
static void serial_after(struct control_client *c, JsonObject *arguments)
{
	struct lab_pc *pc = control_pc(c, arguments, NULL);
	const GString *kept = g_hash_table_lookup(c->control->backlog, lab_pc_name(pc));
	g_autoptr(JsonBuilder) b = json_builder_new();
	size_t skip = kept && kept->len > CONTROL_BACKLOG ? kept->len - CONTROL_BACKLOG : 0;

	if (!g_hash_table_add(c->serial, pc) || !kept)
		return;
	json_builder_begin_object(b);
	json_builder_set_member_name(b, "pc");
	json_builder_add_string_value(b, lab_pc_name(pc));
	control_add_bytes(b, "data", kept->str + skip, kept->len - skip);
	json_builder_end_object(b);
	control_event(c, "SERIAL", b, lab_now(c->control->lab));
}

/* ---- live captures ---- */

static JsonNode *capture(struct control_client *c, JsonObject *arguments, GError **error)
{
	const char *target = control_text(arguments, "target", error);
	struct capture_options options = {
		.filter = json_object_get_string_member_with_default(arguments, "filter", NULL),
		.comment = lab_plan(c->control->lab)->description,
	};

	if (!target || c->pending)
		return NULL;
	c->pending = lab_watch(c->control->lab, target, options, error);
	return c->pending ? control_done() : NULL;
}

/* The answer's line is the last one: what follows on the socket is pcapng. */
static void capture_after(struct control_client *c, JsonObject *arguments)
{
	bool sent = control_flush(c);
	int fd = sent ? fcntl(c->fd, F_DUPFD_CLOEXEC, 0) : -1;

	if (fd < 0) {
		c->dead = true;
		return;
	}
	c->capture = g_steal_pointer(&c->pending);
	capture_stream_add(capture_live(c->capture), fd, capture_format_find("pcapng"));
	capture_flush(c->capture);
}

/* ---- the list ---- */

static const struct control_command commands[] = {
	{"qmp_capabilities", capabilities, NULL, false},
	{"query-commands", query_commands, NULL, false},
	{"query-lab", control_query, NULL, false},
	{"show", control_show, NULL, false},
	{"stop", stop, NULL, false},
	{"graph", control_graph, NULL, false},
	{"screen", control_screen, NULL, false},
	{"key", control_key, NULL, true},
	{"watch", control_watch, NULL, false},
	{"unwatch", control_unwatch, NULL, false},
	{"query-log", control_query_log, NULL, false},
	{"query-checks", control_query_checks, NULL, false},
	{"own", control_own, NULL, false},
	{"disown", control_disown, NULL, false},
	{"pause", control_pause, NULL, false},
	{"continue", control_continue, NULL, false},
	{"step", control_step, NULL, false},
	{"set", set, NULL, true},
	{"snapshot", snapshot, NULL, false},
	{"type", type, NULL, true},
	{"serial", serial, serial_after, false},
	{"check", control_check, NULL, true},
	{"exec", control_exec, NULL, true},
	{"exec-input", control_exec_input, NULL, true},
	{"exec-kill", control_exec_kill, NULL, true},
	{"capture", capture, capture_after, false},
};

const struct control_command *control_commands(unsigned *count)
{
	*count = ARRAY_LEN(commands);
	return commands;
}

const struct control_command *control_command_find(const char *name)
{
	for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
		if (!strcmp(name, commands[n].name))
			return &commands[n];
	return NULL;
}
