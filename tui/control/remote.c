/* Commands in PCs, from outside; see remote.h. */
#include "tui/control/remote.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tui/term/term.h"

struct remote {
	struct client *client;
	int out, err;
	bool ended, broken;
	int write_error; /* errno of what could not be passed on; 0: none, or who read it has had enough */
	int status;
};

static void event(void *opaque, const char *name, JsonObject *data)
{
	struct remote *r = opaque;
	gsize size;

	if (!strcmp(name, "EXEC_OUTPUT")) {
		int fd = json_object_get_int_member_with_default(data, "fd", 1) == 2 ? r->err : r->out;
		g_autofree guchar *bytes = client_bytes(data, "data", &size);

		if (fd < 0 || !size || r->broken || term_write(fd, bytes, size))
			return;
		r->broken = true;
		r->write_error = errno == EPIPE ? 0 : errno;
	} else if (!strcmp(name, "EXEC_EXIT")) {
		r->ended = true;
		r->status = (int)json_object_get_int_member_with_default(data, "status", -1);
	}
}

/* False: no more input. */
static bool pass_input(struct remote *r, int in, bool *ok, GError **error)
{
	uint8_t buffer[32768];
	g_autofree char *text = NULL;
	ssize_t n = read(in, buffer, sizeof(buffer));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	text = n > 0 ? g_base64_encode(buffer, (gsize)n) : g_strdup("");
	*ok = client_do(r->client, error, "exec-input", "id", "", "data", text, NULL);
	return n > 0;
}

static int broken(const struct remote *r, const char *pc, GError **error)
{
	if (r->write_error)
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_GONE, "cannot write what the command says: %s",
			    g_strerror(r->write_error));
	else if (r->ended && !r->broken)
		g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_GONE, "%s went away before the command ended", pc);
	return REMOTE_BROKEN;
}

int remote_run(struct client *c, const char *pc, const char *command, int in, int out, int err, GError **error)
{
	struct remote r = {.client = c, .out = out, .err = err, .status = -1};
	bool ok, ready;

	client_listen(c, event, &r);
	if (!client_do(c, error, "exec", "pc", pc, "command", command, NULL)) {
		client_listen(c, NULL, NULL);
		return REMOTE_REFUSED;
	}
	ok = in >= 0 || client_do(c, error, "exec-input", "id", "", "data", "", NULL);
	while (ok && !r.ended && !r.broken && !term_ended_by()) {
		ok = client_wait(c, in, &ready);
		if (!ok)
			g_set_error(error, CLIENT_ERROR, CLIENT_ERROR_GONE, "the lab has ended");
		else if (ready && !r.ended && !pass_input(&r, in, &ok, error))
			in = -1;
	}
	client_listen(c, NULL, NULL);
	if (ok && r.ended && !r.broken && r.status >= 0)
		return r.status;
	return ok ? broken(&r, pc, error) : REMOTE_BROKEN;
}
