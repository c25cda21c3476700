/* A running lab's client that says what goes wrong; see lab_client.h. */
#include "tui/cli/lab_client.h"

#include <stdio.h>

#include "tui/term/printable.h"
#include "tui/term/term.h"

void lab_client_tell(const char *command, GError *error)
{
	g_autofree char *shown = error ? printable_line(error->message) : NULL;

	if (error && !term_ended_by())
		fprintf(stderr, "lanyard %s: %s\n", command, shown);
	g_clear_error(&error);
}

struct client *lab_client_open(const char *command, const char *lab)
{
	GError *error = NULL;
	struct client *c = client_open(lab, &error);

	lab_client_tell(command, error);
	return c;
}

JsonNode *lab_client_call(const char *command, struct client *c, const char *execute, ...)
{
	GError *error = NULL;
	va_list pairs;
	JsonNode *node;

	va_start(pairs, execute);
	node = client_call_pairs(c, &error, execute, pairs);
	va_end(pairs);
	lab_client_tell(command, error);
	return node;
}

bool lab_client_do(const char *command, struct client *c, const char *execute, ...)
{
	g_autoptr(JsonNode) node = NULL;
	GError *error = NULL;
	va_list pairs;

	va_start(pairs, execute);
	node = client_call_pairs(c, &error, execute, pairs);
	va_end(pairs);
	lab_client_tell(command, error);
	return node != NULL;
}

int lab_client_run(const char *command, struct client *c, const char *pc, const char *line, int in, int out, int err)
{
	GError *error = NULL;
	int status = remote_run(c, pc, line, in, out, err, &error);

	lab_client_tell(command, error);
	return status;
}
