/* The control server: sockets, lines, answers and events; see control.h. What
 * commands do is in control_cmds.c, control_exec.c and control_show.c. */
#define _GNU_SOURCE
#include "tui/control/control.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tui/control/control_priv.h"
#include "tui/control/socket_path.h"

#define REQUESTS_MAX 256u         /* of a client in one turn */
#define OUT_MAX_BYTES (64u << 20) /* waiting for a client; then it is dropped */
#define SEND_PIECE 262144u
#define CLIENTS_MAX 64u

/* ---- writing ---- */

static void client_kill(struct control_client *c)
{
	c->dead = true;
}

static void client_send(struct control_client *c)
{
	while (!c->dead && !c->capture && c->sent < c->out->len) {
		size_t size = MIN(c->out->len - c->sent, SEND_PIECE);
		ssize_t n = send(c->fd, c->out->data + c->sent, size, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (n > 0)
			c->sent += (size_t)n;
		else if (errno == EAGAIN)
			break;
		else if (errno != EINTR)
			client_kill(c);
	}
	if (c->sent == c->out->len || c->sent > OUT_MAX_BYTES / 2) {
		g_byte_array_remove_range(c->out, 0, (guint)c->sent);
		c->sent = 0;
	}
}

bool control_flush(struct control_client *c)
{
	client_send(c);
	return !c->dead && c->sent == c->out->len;
}

static void client_line(struct control_client *c, JsonNode *node)
{
	g_autofree char *text = json_to_string(node, FALSE);

	if (c->dead || c->capture)
		return;
	g_byte_array_append(c->out, (const uint8_t *)text, (guint)strlen(text));
	g_byte_array_append(c->out, (const uint8_t *)"\r\n", 2);
	if (c->out->len - c->sent > OUT_MAX_BYTES)
		client_kill(c);
}

static void client_build(struct control_client *c, JsonBuilder *b)
{
	g_autoptr(JsonNode) node = json_builder_get_root(b);

	client_line(c, node);
}

size_t control_waiting(const struct control_client *c)
{
	return c->out->len - c->sent;
}

void control_add_text(JsonBuilder *b, const char *key, const char *value)
{
	json_builder_set_member_name(b, key);
	json_builder_add_string_value(b, value);
}

void control_add_number(JsonBuilder *b, const char *key, uint64_t value)
{
	json_builder_set_member_name(b, key);
	json_builder_add_int_value(b, (gint64)value);
}

void control_add_bytes(JsonBuilder *b, const char *key, const void *data, size_t size)
{
	g_autofree char *text = g_base64_encode(data, size);

	json_builder_set_member_name(b, key);
	json_builder_add_string_value(b, text);
}

void control_event(struct control_client *c, const char *event, JsonBuilder *data, uint64_t when)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "event");
	json_builder_add_string_value(b, event);
	json_builder_set_member_name(b, "data");
	json_builder_add_value(b, json_builder_get_root(data));
	json_builder_set_member_name(b, "timestamp"); /* virtual */
	json_builder_begin_object(b);
	json_builder_set_member_name(b, "seconds");
	json_builder_add_int_value(b, (gint64)(when / 1000000000));
	json_builder_set_member_name(b, "microseconds");
	json_builder_add_int_value(b, (gint64)(when % 1000000000 / 1000));
	json_builder_end_object(b);
	json_builder_end_object(b);
	client_build(c, b);
}

static void greet(struct control_client *c)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "QMP");
	json_builder_begin_object(b);
	json_builder_set_member_name(b, "version");
	json_builder_begin_object(b);
	json_builder_set_member_name(b, "lanyard");
	json_builder_add_string_value(b, LANYARD_VERSION);
	json_builder_end_object(b);
	json_builder_set_member_name(b, "capabilities");
	json_builder_begin_array(b);
	json_builder_end_array(b);
	json_builder_end_object(b);
	json_builder_end_object(b);
	client_build(c, b);
}

static void answer(struct control_client *c, JsonNode *id, JsonNode *result, const char *class, const char *problem)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	if (result) {
		json_builder_set_member_name(b, "return");
		json_builder_add_value(b, result);
	} else {
		json_builder_set_member_name(b, "error");
		json_builder_begin_object(b);
		json_builder_set_member_name(b, "class");
		json_builder_add_string_value(b, class);
		json_builder_set_member_name(b, "desc");
		json_builder_add_string_value(b, problem);
		json_builder_end_object(b);
	}
	if (id) {
		json_builder_set_member_name(b, "id");
		json_builder_add_value(b, json_node_copy(id));
	}
	json_builder_end_object(b);
	client_build(c, b);
}

/* ---- commands ---- */

static void execute(struct control_client *c, JsonObject *request, const char *name)
{
	JsonNode *id = json_object_get_member(request, "id");
	JsonNode *given = json_object_get_member(request, "arguments");
	g_autoptr(JsonObject) none = json_object_new();
	JsonObject *arguments = given && JSON_NODE_HOLDS_OBJECT(given) ? json_node_get_object(given) : none;
	const struct control_command *command = control_command_find(name);
	g_autoptr(GError) error = NULL;
	g_autofree char *text = NULL;
	JsonNode *result;

	if (!command) {
		text = g_strdup_printf("The command %s has not been found", name);
		answer(c, id, NULL, "CommandNotFound", text);
	} else if (!c->ready && strcmp(name, "qmp_capabilities")) {
		answer(c, id, NULL, "CommandNotFound", "Expecting capabilities negotiation with 'qmp_capabilities'");
	} else if (given && !JSON_NODE_HOLDS_OBJECT(given)) {
		answer(c, id, NULL, "GenericError", "'arguments': expected an object");
	} else if (command->input && c->control->replay) {
		answer(c, id, NULL, "GenericError", "this lab replays a journal and takes no other input");
	} else if (!(result = command->run(c, arguments, &error))) {
		answer(c, id, NULL, "GenericError", error->message);
	} else {
		answer(c, id, result, NULL, NULL);
		if (command->after)
			command->after(c, arguments);
	}
}

static void request_text(struct control_client *c, const char *text, size_t size)
{
	g_autoptr(JsonParser) parser = json_parser_new();
	JsonNode *root, *name = NULL;
	JsonObject *request;

	if (!g_utf8_validate(text, (gssize)size, NULL) ||
	    !json_parser_load_from_data(parser, text, (gssize)size, NULL) || !(root = json_parser_get_root(parser))) {
		answer(c, NULL, NULL, "GenericError", "Invalid JSON syntax");
		return;
	}
	if (!JSON_NODE_HOLDS_OBJECT(root)) {
		answer(c, NULL, NULL, "GenericError", "QMP input must be a JSON object");
		return;
	}
	request = json_node_get_object(root);
	name = json_object_get_member(request, "execute");
	if (!name || !JSON_NODE_HOLDS_VALUE(name) || json_node_get_value_type(name) != G_TYPE_STRING)
		answer(c, json_object_get_member(request, "id"), NULL, "GenericError",
		       "QMP input lacks member 'execute'");
	else
		execute(c, request, json_node_get_string(name));
}

/* ---- reading ---- */

/* Requests of what has come; returns the bytes that were looked at. */
static size_t take_requests(struct control_client *c, const uint8_t *data, size_t size)
{
	unsigned requests = 0;
	size_t at = 0;

	while (at < size && !c->dead && !c->capture && requests < REQUESTS_MAX) {
		switch (json_split_byte(&c->in, data[at++])) {
		case JSON_SPLIT_MORE: continue;
		case JSON_SPLIT_VALUE: request_text(c, c->in.value->str, c->in.value->len); break;
		case JSON_SPLIT_BAD: answer(c, NULL, NULL, "GenericError", "Invalid JSON syntax"); break;
		case JSON_SPLIT_LARGE: answer(c, NULL, NULL, "GenericError", "JSON is too deep or too long"); break;
		}
		requests++;
	}
	return at;
}

/* What a turn has no time for stays in the socket. */
static void client_read(struct control_client *c)
{
	uint8_t buffer[65536];
	ssize_t n = recv(c->fd, buffer, sizeof(buffer), MSG_DONTWAIT | MSG_PEEK);
	size_t taken;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		client_kill(c);
		return;
	}
	taken = c->capture ? (size_t)n : take_requests(c, buffer, (size_t)n); /* a stream goes one way */
	if (recv(c->fd, buffer, taken, MSG_DONTWAIT) < 0)
		client_kill(c);
}

/* ---- clients ---- */

static void client_free(gpointer opaque)
{
	struct control_client *c = opaque;

	client_send(c);
	g_ptr_array_unref(c->execs);
	if (c->judge)
		lab_judge_cancel(c->judge);
	control_watch_free(c->watch);
	if (c->owner)
		c->control->stopped = true;
	capture_free(c->capture);
	capture_free(c->pending);
	json_split_clear(&c->in);
	g_byte_array_unref(c->out);
	g_hash_table_unref(c->serial);
	close(c->fd);
	g_free(c);
}

static void accept_client(struct control *control)
{
	int fd = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	struct control_client *c;

	if (fd < 0)
		return;
	if (control->clients->len >= CLIENTS_MAX) {
		close(fd);
		return;
	}
	c = g_new0(struct control_client, 1);
	c->control = control;
	c->fd = fd;
	json_split_init(&c->in);
	c->out = g_byte_array_new();
	c->execs = g_ptr_array_new_with_free_func(control_exec_free);
	c->serial = g_hash_table_new(NULL, NULL);
	g_ptr_array_add(control->clients, c);
	greet(c);
}

void control_poll(const struct control *control, GArray *fds)
{
	struct pollfd p = {.fd = control->listener, .events = POLLIN};

	g_array_append_val(fds, p);
	for (guint n = 0; n < control->clients->len; n++) {
		const struct control_client *c = control->clients->pdata[n];
		struct pollfd one;
		bool waiting =
			c->capture ? capture_stream_poll(capture_live(c->capture), &one, 1) > 0 : c->sent < c->out->len;

		p = (struct pollfd){
			.fd = c->fd,
			.events = (short)((control_exec_full(c) ? 0 : POLLIN) | (waiting ? POLLOUT : 0)),
		};
		g_array_append_val(fds, p);
	}
}

void control_serve(struct control *control, const struct pollfd *fds, unsigned count)
{
	guint known = control->clients->len;

	for (guint n = 0; n < known && n + 1 < count; n++)
		if (fds[n + 1].revents & (POLLIN | POLLHUP | POLLERR))
			client_read(control->clients->pdata[n]);
	if (count && fds[0].revents)
		accept_client(control);
	for (guint n = control->clients->len; n-- > 0;) {
		struct control_client *c = control->clients->pdata[n];

		client_send(c);
		if (c->capture) {
			capture_flush(c->capture);
			if (!capture_stream_readers(capture_live(c->capture)))
				client_kill(c);
		}
		if (c->dead)
			g_ptr_array_remove_index(control->clients, n);
	}
}

bool control_stopped(const struct control *c)
{
	return c->stopped;
}

/* ---- life ---- */

static void free_text(gpointer s)
{
	g_string_free(s, TRUE);
}

/* A lock on a file that another lab has removed meanwhile is worth nothing. */
static bool lock_is_there(const struct control *c)
{
	struct stat ours, there;

	return !fstat(c->lock, &ours) && !stat(c->lock_path, &there) && ours.st_dev == there.st_dev &&
	       ours.st_ino == there.st_ino;
}

/* The lock is held as long as the process lives, however it ends; the socket of
 * a lab that was killed is thereby known to be stale. */
static bool take_lock(struct control *c, GError **error)
{
	for (;;) {
		c->lock = open(c->lock_path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (c->lock < 0) {
			g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", c->lock_path,
				    g_strerror(errno));
			return false;
		}
		if (flock(c->lock, LOCK_EX | LOCK_NB)) {
			g_set_error(error, G_IO_ERROR, G_IO_ERROR_EXISTS,
				    "a lab named '%s' is running already; --name gives this one another name", c->name);
			return false;
		}
		if (lock_is_there(c))
			return true;
		close(c->lock);
	}
}

struct control *control_claim(const char *name, GError **error)
{
	g_autofree char *dir = NULL;
	struct sockaddr_un address;
	struct control *c;

	if (!socket_name_ok(name)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
			    "'%s': expected a name of letters, digits, '-', '_' and '.', at most 64", name);
		return NULL;
	}
	dir = socket_dir_make(error);
	if (!dir || !socket_address(dir, name, &address, error))
		return NULL;
	c = g_new0(struct control, 1);
	c->listener = -1;
	c->name = g_strdup(name);
	c->path = g_strdup(address.sun_path);
	c->lock_path = g_strdup_printf("%s/%s.lock", dir, name);
	c->clients = g_ptr_array_new_with_free_func(client_free);
	c->log = g_array_new(FALSE, FALSE, sizeof(struct control_line));
	c->verdicts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, control_verdict_free);
	c->backlog = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_text);
	if (take_lock(c, error))
		return c;
	if (c->lock >= 0)
		close(c->lock);
	c->lock = -1;
	control_free(c);
	return NULL;
}

void control_set_origin(struct control *c, char *origin)
{
	g_free(c->origin);
	c->origin = origin;
}

bool control_open(struct control *c, struct lab *l, const char *file, struct lab_clock *clock, bool replay,
		  GError **error)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	g_strlcpy(address.sun_path, c->path, sizeof(address.sun_path));
	c->lab = l;
	c->file = g_strdup(file);
	c->clock = clock;
	c->replay = replay;
	unlink(c->path);
	c->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (c->listener >= 0 && !bind(c->listener, (struct sockaddr *)&address, sizeof(address)) &&
	    !chmod(c->path, 0600) && !listen(c->listener, 16))
		return true;
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", c->path, g_strerror(errno));
	return false;
}

void control_leave(struct control *c)
{
	if (c->lock >= 0)
		close(c->lock);
	c->lock = -1;
	control_free(c);
}

void control_free(struct control *c)
{
	if (!c)
		return;
	for (guint n = 0; n < c->clients->len; n++) {
		g_autoptr(JsonBuilder) b = json_builder_new();

		json_builder_begin_object(b);
		json_builder_end_object(b);
		control_event(c->clients->pdata[n], "SHUTDOWN", b, lab_now(c->lab));
	}
	g_ptr_array_unref(c->clients);
	if (c->listener >= 0) {
		close(c->listener);
		unlink(c->path);
	}
	/* The name is free now; see lock_is_there(). */
	if (c->lock >= 0) {
		unlink(c->lock_path);
		close(c->lock);
	}
	g_hash_table_unref(c->backlog);
	for (guint n = 0; n < c->log->len; n++)
		g_free(g_array_index(c->log, struct control_line, n).text);
	g_array_unref(c->log);
	g_hash_table_unref(c->verdicts);
	g_free(c->name);
	g_free(c->path);
	g_free(c->lock_path);
	g_free(c->file);
	g_free(c->origin);
	g_free(c);
}

/* ---- events ---- */

void control_state(struct control *c, struct lab_pc *pc, enum lab_pc_state state, const char *message, uint64_t when)
{
	g_autofree char *line = g_strdup_printf("%s: %s%s%s", lab_pc_name(pc), control_state_name(state),
						message && *message ? ": " : "", message ? message : "");

	control_log(c, line, when);
	for (guint n = 0; n < c->clients->len; n++) {
		g_autoptr(JsonBuilder) b = json_builder_new();

		json_builder_begin_object(b);
		json_builder_set_member_name(b, "pc");
		json_builder_add_string_value(b, lab_pc_name(pc));
		json_builder_set_member_name(b, "state");
		json_builder_add_string_value(b, control_state_name(state));
		control_add_text(b, "message", message ? message : "");
		control_add_number(b, "time_ns", when);
		json_builder_end_object(b);
		control_event(c->clients->pdata[n], "PC_STATE", b, when);
	}
}

void control_note(struct control *c, const char *text, uint64_t when)
{
	control_log(c, text, when);
	for (guint n = 0; n < c->clients->len; n++) {
		g_autoptr(JsonBuilder) b = json_builder_new();

		json_builder_begin_object(b);
		control_add_text(b, "text", text);
		control_add_number(b, "time_ns", when);
		json_builder_end_object(b);
		control_event(c->clients->pdata[n], "NOTE", b, when);
	}
}

void control_serial(struct control *c, struct lab_pc *pc, const uint8_t *data, size_t size, uint64_t when)
{
	GString *kept = g_hash_table_lookup(c->backlog, lab_pc_name(pc));

	if (!kept) {
		kept = g_string_new(NULL);
		g_hash_table_insert(c->backlog, g_strdup(lab_pc_name(pc)), kept);
	}
	g_string_append_len(kept, (const char *)data, (gssize)size);
	if (kept->len > 2 * CONTROL_BACKLOG)
		g_string_erase(kept, 0, (gssize)(kept->len - CONTROL_BACKLOG));
	for (guint n = 0; n < c->clients->len; n++) {
		struct control_client *client = c->clients->pdata[n];
		g_autoptr(JsonBuilder) b = NULL;

		if (!g_hash_table_contains(client->serial, pc))
			continue;
		b = json_builder_new();
		json_builder_begin_object(b);
		json_builder_set_member_name(b, "pc");
		json_builder_add_string_value(b, lab_pc_name(pc));
		control_add_bytes(b, "data", data, size);
		json_builder_end_object(b);
		control_event(client, "SERIAL", b, when);
	}
}
