/* lanyard connect: a PC's serial line in this terminal. Ctrl-] ends it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tui/cli/args.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/term/term.h"

#define ESCAPE_BYTE 0x1d /* Ctrl-] */

struct line {
	struct client *client;
	const char *pc;
	bool tty, done, ok;
	int in;
};

/* A line without anybody at its other end is silent: why, then. */
static void tell_off(const struct line *l, JsonObject *pc)
{
	if (!strcmp(json_object_get_string_member_with_default(pc, "state", ""), "off"))
		fprintf(stderr, "%s is off; `lanyard set %s %s power=on` switches it on%s", l->pc,
			client_name(l->client), l->pc, term_is_raw() ? "\r\n" : "\n");
}

static void event(void *opaque, const char *name, JsonObject *data)
{
	struct line *l = opaque;
	g_autofree guchar *bytes = NULL;
	gsize size;

	if (!strcmp(name, "PC_STATE") && !strcmp(json_object_get_string_member_with_default(data, "pc", ""), l->pc))
		tell_off(l, data);
	if (strcmp(name, "SERIAL"))
		return;
	bytes = client_bytes(data, "data", &size);
	if (size && !term_write(STDOUT_FILENO, bytes, size))
		l->done = true;
}

static void take_keys(struct line *l)
{
	uint8_t buffer[1024];
	ssize_t n = read(l->in, buffer, sizeof(buffer));
	const uint8_t *escape;
	g_autofree char *text = NULL;

	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return;
	if (n <= 0) { /* the end of input is not the end of output */
		l->in = -1;
		l->done = l->tty;
		return;
	}
	escape = l->tty ? memchr(buffer, ESCAPE_BYTE, (size_t)n) : NULL;
	if (escape) {
		l->done = true;
		n = escape - buffer;
	}
	if (!n)
		return;
	text = g_base64_encode(buffer, (gsize)n);
	l->ok = lab_client_do("connect", l->client, "type", "pc", l->pc, "data", text, NULL);
}

static int talk(struct line *l)
{
	g_autoptr(JsonNode) pc = NULL;
	bool ready;

	client_listen(l->client, event, l);
	term_signals();
	if (!lab_client_do("connect", l->client, "serial", "pc", l->pc, NULL))
		return STATUS_USAGE;
	pc = lab_client_call("connect", l->client, "show", "thing", l->pc, NULL);
	if (pc && JSON_NODE_HOLDS_OBJECT(pc))
		tell_off(l, json_node_get_object(pc));
	if (isatty(STDIN_FILENO))
		fprintf(stderr, "%s; Ctrl-] ends the connection\n", l->pc);
	l->tty = term_raw();
	while (l->ok && !l->done && !term_ended_by() && client_wait(l->client, l->in, &ready))
		if (ready)
			take_keys(l);
	term_restore();
	if (l->tty)
		fprintf(stderr, "\n");
	return l->ok ? STATUS_DONE : STATUS_HOST;
}

int cmd_connect(int argc, char **argv)
{
	const struct args_usage usage = {
		.command = "connect",
		.words = "LAB PC",
		.text = "Shows a PC's serial line: what it said lately, then all that is new; what is typed\n"
			"goes to the PC. Ctrl-] ends the connection.",
		.min = 2,
		.max = 2,
	};
	struct line l = {.ok = true, .in = STDIN_FILENO};
	int status;

	if (!args_parse(&usage, NULL, &argc, &argv))
		return STATUS_USAGE;
	l.client = lab_client_open("connect", argv[1]);
	l.pc = argv[2];
	if (!l.client)
		return STATUS_USAGE;
	status = talk(&l);
	client_free(l.client);
	return status;
}
