/* Commands in PCs, from outside; see remote.h. */
#include "tui/remote.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/term.h"

struct remote {
	struct client *client;
	const char *name; /* of our command, for messages */
	int out, err;
	bool ended, broken;
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
		if (errno != EPIPE) /* who read it has had enough */
			fprintf(stderr, "lanyard %s: cannot write what the command says: %s\n", r->name,
				g_strerror(errno));
	} else if (!strcmp(name, "EXEC_EXIT")) {
		r->ended = true;
		r->status = (int)json_object_get_int_member_with_default(data, "status", -1);
	}
}

/* False: no more input. */
static bool pass_input(struct remote *r, int in, bool *ok)
{
	uint8_t buffer[32768];
	g_autofree char *text = NULL;
	ssize_t n = read(in, buffer, sizeof(buffer));

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	text = n > 0 ? g_base64_encode(buffer, (gsize)n) : g_strdup("");
	*ok = client_do(r->client, "exec-input", "id", "", "data", text, NULL);
	return n > 0;
}

int remote_run(struct client *c, const char *command_name, const char *pc, const char *command, int in, int out,
	       int err)
{
	struct remote r = {.client = c, .name = command_name, .out = out, .err = err, .status = -1};
	bool ok, ready;

	client_listen(c, event, &r);
	if (!client_do(c, "exec", "pc", pc, "command", command, NULL)) {
		client_listen(c, NULL, NULL);
		return REMOTE_REFUSED;
	}
	ok = true;
	if (in < 0)
		ok = client_do(c, "exec-input", "id", "", "data", "", NULL);
	while (ok && !r.ended && !r.broken && !term_ended_by()) {
		ok = client_wait(c, in, &ready);
		if (!ok)
			fprintf(stderr, "lanyard %s: the lab has ended\n", command_name);
		else if (ready && !r.ended && !pass_input(&r, in, &ok))
			in = -1;
	}
	client_listen(c, NULL, NULL);
	if (ok && r.ended && r.status < 0)
		fprintf(stderr, "lanyard %s: %s went away before the command ended\n", command_name, pc);
	return r.ended && !r.broken ? r.status : REMOTE_BROKEN;
}
