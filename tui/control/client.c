/* The other end of the control socket; see client.h. */
#define _GNU_SOURCE
#include "tui/control/client.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tui/control/socket_path.h"
#include "tui/term/term.h"

#define LOOK_MS 200u
#define GREETING_MS 5000u /* a lab that is stopped in a debugger says nothing at all */

struct asked {
	client_answer_fn fn; /* NULL: client_call() waits for it */
	void *opaque;
};

G_DEFINE_QUARK(client - error - quark, client_error)

struct client {
	char *name;
	int fd;
	GByteArray *in;
	client_event_fn event;
	void *opaque;
	JsonNode *answer; /* that came while reading, to client_call() */
	GArray *asked;    /* struct asked: whose answers are still to come, in order */
	bool greeted;
};

/* ---- lines ---- */

static const char *problem_of(JsonObject *o)
{
	JsonNode *n = json_object_get_member(o, "error");

	return n && JSON_NODE_HOLDS_OBJECT(n)
		       ? json_object_get_string_member_with_default(json_node_get_object(n), "desc", "refused")
		       : "refused";
}

static void take_answer(struct client *c, JsonObject *o, JsonNode *root)
{
	struct asked asked = {NULL, NULL};

	if (c->asked->len) {
		asked = g_array_index(c->asked, struct asked, 0);
		g_array_remove_index(c->asked, 0);
	}
	if (asked.fn) {
		JsonNode *result = json_object_get_member(o, "return");

		asked.fn(asked.opaque, result, result ? NULL : problem_of(o));
		return;
	}
	g_clear_pointer(&c->answer, json_node_unref);
	c->answer = json_node_copy(root);
}

static void take_object(struct client *c, JsonObject *o, JsonNode *root)
{
	if (json_object_has_member(o, "QMP")) {
		c->greeted = true;
	} else if (json_object_has_member(o, "event")) {
		JsonObject *data = json_object_get_object_member(o, "data");

		if (c->event && data)
			c->event(c->opaque, json_object_get_string_member_with_default(o, "event", ""), data);
	} else {
		take_answer(c, o, root);
	}
}

/* One line, if there is a whole one. */
static bool take_line(struct client *c)
{
	const uint8_t *end = c->in->len ? memchr(c->in->data, '\n', c->in->len) : NULL;
	g_autoptr(JsonParser) parser = NULL;
	size_t size;

	if (!end)
		return false;
	size = (size_t)(end - c->in->data);
	parser = json_parser_new();
	if (json_parser_load_from_data(parser, (const char *)c->in->data, (gssize)size, NULL)) {
		JsonNode *root = json_parser_get_root(parser);

		g_byte_array_remove_range(c->in, 0, (guint)size + 1);
		if (root && JSON_NODE_HOLDS_OBJECT(root))
			take_object(c, json_node_get_object(root), root);
	} else {
		g_byte_array_remove_range(c->in, 0, (guint)size + 1);
	}
	return true;
}

/* A signal that comes just before poll() is noticed a little later. */
static bool wait_readable(struct client *c)
{
	struct pollfd fd = {.fd = c->fd, .events = POLLIN};

	for (unsigned waited = 0; !term_ended_by() && (c->greeted || waited < GREETING_MS); waited += LOOK_MS)
		if (poll(&fd, 1, LOOK_MS) > 0)
			return true;
	return false;
}

static bool fill(struct client *c)
{
	uint8_t buffer[65536];
	ssize_t n;

	do
		n = wait_readable(c) ? read(c->fd, buffer, sizeof(buffer)) : -1;
	while (n < 0 && errno == EINTR && !term_ended_by());
	if (n <= 0)
		return false;
	g_byte_array_append(c->in, buffer, (guint)n);
	return true;
}

/* ---- calls ---- */

static JsonNode *problem(GError **error, const char *text)
{
	g_set_error_literal(error, CLIENT_ERROR, CLIENT_ERROR_REFUSED, text);
	return NULL;
}

static JsonNode *gone(GError **error)
{
	g_set_error_literal(error, CLIENT_ERROR, CLIENT_ERROR_GONE,
			    term_ended_by() ? "ended by a signal" : "the lab has ended");
	return NULL;
}

static bool send_request(struct client *c, const char *execute, va_list pairs)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *text = NULL, *line = NULL;
	const char *key;

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "execute");
	json_builder_add_string_value(b, execute);
	json_builder_set_member_name(b, "arguments");
	json_builder_begin_object(b);
	/* NOLINTNEXTLINE: the analyser loses the list on its way here. */
	while ((key = va_arg(pairs, const char *))) {
		json_builder_set_member_name(b, key);
		json_builder_add_string_value(b, va_arg(pairs, const char *));
	}
	json_builder_end_object(b);
	json_builder_end_object(b);
	root = json_builder_get_root(b);
	text = json_to_string(root, FALSE);
	line = g_strconcat(text, "\n", NULL);
	return term_write(c->fd, line, strlen(line));
}

static JsonNode *wait_answer(struct client *c, GError **error)
{
	g_autoptr(JsonNode) node = NULL;
	JsonObject *o;

	while (!c->answer)
		if (!take_line(c) && !fill(c))
			return gone(error);
	node = g_steal_pointer(&c->answer);
	o = json_node_get_object(node);
	if (json_object_has_member(o, "return"))
		return json_node_copy(json_object_get_member(o, "return"));
	return problem(error, problem_of(o));
}

JsonNode *client_call_pairs(struct client *c, GError **error, const char *execute, va_list pairs)
{
	struct asked asked = {NULL, NULL};

	if (!send_request(c, execute, pairs))
		return gone(error);
	g_array_append_val(c->asked, asked);
	return wait_answer(c, error);
}

bool client_ask(struct client *c, client_answer_fn answer, void *opaque, const char *execute, ...)
{
	struct asked asked = {answer, opaque};
	va_list pairs;
	bool ok;

	va_start(pairs, execute);
	ok = send_request(c, execute, pairs);
	va_end(pairs);
	g_array_append_val(c->asked, asked);
	return ok;
}

JsonNode *client_call(struct client *c, GError **error, const char *execute, ...)
{
	va_list pairs;
	JsonNode *node;

	va_start(pairs, execute);
	node = client_call_pairs(c, error, execute, pairs);
	va_end(pairs);
	return node;
}

bool client_do(struct client *c, GError **error, const char *execute, ...)
{
	g_autoptr(JsonNode) node = NULL;
	va_list pairs;

	va_start(pairs, execute);
	node = client_call_pairs(c, error, execute, pairs);
	va_end(pairs);
	return node != NULL;
}

bool client_wait(struct client *c, int fd, bool *ready)
{
	return client_wait_for(c, fd, ready, LOOK_MS);
}

void client_drain(struct client *c)
{
	bool ready;

	while (c->asked->len && !term_ended_by() && client_wait(c, -1, &ready))
		;
}

bool client_wait_for(struct client *c, int fd, bool *ready, int milliseconds)
{
	struct pollfd fds[2] = {{.fd = c->fd, .events = POLLIN}, {.fd = fd, .events = POLLIN}};

	*ready = false;
	if (take_line(c)) {
		while (take_line(c))
			;
		return true;
	}
	if (poll(fds, fd >= 0 ? 2 : 1, milliseconds) < 0)
		return errno == EINTR;
	*ready = fd >= 0 && fds[1].revents;
	if (fds[0].revents && !fill(c))
		return false;
	while (take_line(c))
		;
	return true;
}

/* ---- finding the lab ---- */

static int connect_to(const char *name)
{
	g_autofree char *dir = socket_dir();
	struct sockaddr_un address;
	int fd;

	if (!socket_name_ok(name) || !socket_address(dir, name, &address, NULL))
		return -1;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		close(fd);
		return -1;
	}
	return fd;
}

struct client *client_try(const char *name, GError **error)
{
	int fd = connect_to(name);
	struct client *c;

	if (fd < 0)
		return NULL;
	c = g_new0(struct client, 1);
	c->name = g_strdup(name);
	c->fd = fd;
	c->in = g_byte_array_new();
	c->asked = g_array_new(FALSE, FALSE, sizeof(struct asked));
	while (!c->greeted)
		if (!take_line(c) && !fill(c))
			break;
	if (!c->greeted)
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_GONE, "the lab %s does not answer", name);
	else if (client_do(c, error, "qmp_capabilities", NULL))
		return c;
	client_free(c);
	return NULL;
}

static bool runs_file(struct client *c, const char *path)
{
	g_autoptr(JsonNode) node = client_call(c, NULL, "query-lab", NULL);

	return node &&
	       !strcmp(json_object_get_string_member_with_default(json_node_get_object(node), "file", ""), path);
}

/* The running lab of a file; several are a question back. */
static struct client *by_file(const char *file, GError **error)
{
	g_autofree char *path = g_canonicalize_filename(file, NULL);
	g_autoptr(GPtrArray) names = socket_names();
	struct client *found = NULL;

	for (guint n = 0; n < names->len; n++) {
		struct client *c = client_try(names->pdata[n], NULL);

		if (!c || !runs_file(c, path)) {
			client_free(c);
		} else if (found) {
			g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_NAME, "%s runs more than once: name '%s' or '%s'",
				    file, found->name, c->name);
			client_free(c);
			client_free(found);
			return NULL;
		} else {
			found = c;
		}
	}
	if (!found)
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_NAME, "%s is not running; `lanyard run %s` starts it",
			    file, file);
	return found;
}

struct client *client_open(const char *lab, GError **error)
{
	GError *problem = NULL;
	struct client *c;

	if (!socket_dir_safe(error))
		return NULL;
	c = client_try(lab, &problem);
	if (c)
		return c;
	if (problem) {
		g_propagate_error(error, problem);
		return NULL;
	}
	if (g_file_test(lab, G_FILE_TEST_IS_REGULAR))
		return by_file(lab, error);
	g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_NAME,
		    "'%s': expected a running lab or its file; `lanyard ps` lists labs", lab);
	return NULL;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	close(c->fd);
	g_byte_array_unref(c->in);
	g_array_unref(c->asked);
	g_clear_pointer(&c->answer, json_node_unref);
	g_free(c->name);
	g_free(c);
}

void client_listen(struct client *c, client_event_fn event, void *opaque)
{
	c->event = event;
	c->opaque = opaque;
}

const char *client_name(const struct client *c)
{
	return c->name;
}

int client_fd(const struct client *c)
{
	return c->fd;
}

GBytes *client_rest(struct client *c)
{
	GBytes *rest = g_bytes_new(c->in->data, c->in->len);

	g_byte_array_set_size(c->in, 0);
	return rest;
}

guchar *client_bytes(JsonObject *data, const char *key, gsize *size)
{
	const char *text = json_object_get_string_member_with_default(data, key, "");

	*size = 0;
	return *text ? g_base64_decode(text, size) : NULL;
}
