/* Commands in PCs for clients of the control socket: output and the end come as
 * events; a client that goes takes its commands with it. */
#include <gio/gio.h>
#include <string.h>

#include "tui/control/control_priv.h"

#define INPUT_WAITING (1u << 20) /* bytes; then its client must wait */

static void begin(JsonBuilder *b, const struct control_exec *x)
{
	json_builder_begin_object(b);
	json_builder_set_member_name(b, "id");
	json_builder_add_int_value(b, x->id);
}

static void output(void *opaque, int fd, const uint8_t *data, size_t size, uint64_t when)
{
	struct control_exec *x = opaque;
	g_autoptr(JsonBuilder) b = json_builder_new();

	begin(b, x);
	json_builder_set_member_name(b, "fd");
	json_builder_add_int_value(b, fd);
	control_add_bytes(b, "data", data, size);
	json_builder_end_object(b);
	control_event(x->client, "EXEC_OUTPUT", b, when);
}

static void exited(void *opaque, int status, uint64_t when)
{
	struct control_exec *x = opaque;
	g_autoptr(JsonBuilder) b = json_builder_new();

	x->exec = NULL;
	begin(b, x);
	json_builder_set_member_name(b, "status");
	json_builder_add_int_value(b, status);
	json_builder_end_object(b);
	control_event(x->client, "EXEC_EXIT", b, when);
	g_ptr_array_remove(x->client->execs, x);
}

void control_exec_free(gpointer exec)
{
	struct control_exec *x = exec;

	if (x->exec)
		lab_exec_cancel(x->exec);
	g_free(x);
}

JsonNode *control_exec(struct control_client *c, JsonObject *arguments, GError **error)
{
	struct lab_pc *pc = control_pc(c, arguments, error);
	const char *command = pc ? control_text(arguments, "command", error) : NULL;
	struct lab_exec_ops ops = {.output = output, .exited = exited};
	struct control_exec *x;
	JsonBuilder *b;
	JsonNode *node;

	if (!command)
		return NULL;
	x = g_new0(struct control_exec, 1);
	x->client = c;
	x->id = ++c->next_exec;
	ops.opaque = x;
	x->exec = lab_exec(c->control->lab, pc, command, &ops, error);
	if (!x->exec) {
		g_free(x);
		return NULL;
	}
	g_ptr_array_add(c->execs, x);
	b = json_builder_new();
	begin(b, x);
	json_builder_end_object(b);
	node = json_builder_get_root(b);
	g_object_unref(b);
	return node;
}

/* By its id; without a number, the command that this client started last. */
static struct control_exec *find(struct control_client *c, JsonObject *arguments)
{
	JsonNode *node = json_object_get_member(arguments, "id");
	bool given = node && JSON_NODE_HOLDS_VALUE(node) && json_node_get_value_type(node) == G_TYPE_INT64;
	gint64 id = given ? json_node_get_int(node) : c->next_exec;

	for (guint n = 0; n < c->execs->len; n++) {
		struct control_exec *x = c->execs->pdata[n];

		if (x->id == id)
			return x;
	}
	return NULL;
}

JsonNode *control_exec_input(struct control_client *c, JsonObject *arguments, GError **error)
{
	g_autoptr(GBytes) bytes = control_bytes(arguments, "data", error);
	struct control_exec *x = find(c, arguments);
	gsize size;
	const void *data;

	if (!bytes)
		return NULL;
	/* What comes after the end of a command is lost, as in a pipe. */
	data = g_bytes_get_data(bytes, &size);
	if (x)
		lab_exec_input(x->exec, data, size);
	return control_done();
}

bool control_exec_full(const struct control_client *c)
{
	size_t bytes = 0;

	for (guint n = 0; n < c->execs->len; n++)
		bytes += lab_exec_waiting(((const struct control_exec *)c->execs->pdata[n])->exec);
	return bytes > INPUT_WAITING;
}

JsonNode *control_exec_kill(struct control_client *c, JsonObject *arguments, GError **error)
{
	struct control_exec *x = find(c, arguments);

	if (x)
		g_ptr_array_remove(c->execs, x);
	return control_done();
}
