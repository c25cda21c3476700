/* Talking to a running lab through its control socket (control.h). Calls wait
 * for their answer; events that come meanwhile go to a function. */
#ifndef LANYARD_TUI_CLIENT_H
#define LANYARD_TUI_CLIENT_H

#include <json-glib/json-glib.h>

#include "engine/base/types.h"

struct client;

/* data is the client's own. */
typedef void (*client_event_fn)(void *opaque, const char *event, JsonObject *data);

/* lab: the name of a running lab, or its file. NULL after a message on stderr
 * that begins with "lanyard COMMAND: ". */
struct client *client_open(const char *command, const char *lab);
/* False after a message if sockets may be there that are not this user's. */
bool client_may_look(const char *command);
/* The lab with this socket, after client_may_look(); NULL without a message if it
 * does not run. */
struct client *client_try(const char *command, const char *name);
void client_free(struct client *c); /* NULL is accepted */
void client_listen(struct client *c, client_event_fn event, void *opaque);
int client_fd(const struct client *c);

/* The answer, to be unrefed; NULL after a message. The arguments are pairs of
 * strings, ended by NULL. */
JsonNode *client_call(struct client *c, const char *execute, ...) G_GNUC_NULL_TERMINATED;
/* The same, only success counts. */
bool client_do(struct client *c, const char *execute, ...) G_GNUC_NULL_TERMINATED;
/* Waits for the socket or (if not -1) for fd to be readable. False if the lab
 * has gone; otherwise events have been delivered and *ready says whether fd is
 * readable. */
bool client_wait(struct client *c, int fd, bool *ready);
/* After a "capture": bytes of the stream that came with the answer already. */
GBytes *client_rest(struct client *c);
/* Bytes of an event's base64 member; g_free() them. */
guchar *client_bytes(JsonObject *data, const char *key, gsize *size);

#endif
