/* Talking to a running lab through its control socket (control.h). Calls wait
 * for their answer; events that come meanwhile go to a function. */
#ifndef LANYARD_TUI_CONTROL_CLIENT_H
#define LANYARD_TUI_CONTROL_CLIENT_H

#include <json-glib/json-glib.h>
#include <stdarg.h>

#include "engine/base/types.h"

struct client;

/* data is the client's own. */
typedef void (*client_event_fn)(void *opaque, const char *event, JsonObject *data);

/* What can go wrong: no such lab, or several; it does not answer any more; it says no. */
#define CLIENT_ERROR client_error_quark()
GQuark client_error_quark(void);
enum client_error { CLIENT_ERROR_NAME, CLIENT_ERROR_GONE, CLIENT_ERROR_REFUSED };

/* lab: the name of a running lab, or its file. NULL with error. */
struct client *client_open(const char *lab, GError **error);
/* The lab with this socket, after socket_dir_safe(); NULL if it does not run, and
 * then with error only if there is somebody who does not answer. */
struct client *client_try(const char *name, GError **error);
void client_free(struct client *c); /* NULL is accepted */
void client_listen(struct client *c, client_event_fn event, void *opaque);
const char *client_name(const struct client *c); /* of the lab */
int client_fd(const struct client *c);

/* The answer, to be unrefed; NULL with error. The arguments are pairs of strings,
 * ended by NULL. */
JsonNode *client_call(struct client *c, GError **error, const char *execute, ...) G_GNUC_NULL_TERMINATED;
JsonNode *client_call_pairs(struct client *c, GError **error, const char *execute, va_list pairs);
/* The same, only success counts. */
bool client_do(struct client *c, GError **error, const char *execute, ...) G_GNUC_NULL_TERMINATED;
/* Asks without waiting: answer is called by client_wait() with result, or with NULL and
 * what was said instead. args: pairs as above. False if the lab has gone. */
typedef void (*client_answer_fn)(void *opaque, JsonNode *result, const char *problem);
bool client_ask(struct client *c, client_answer_fn answer, void *opaque, const char *execute,
		...) G_GNUC_NULL_TERMINATED;
/* Waits for the socket or (if not -1) for fd to be readable. False if the lab
 * has gone; otherwise events have been delivered and *ready says whether fd is
 * readable. */
bool client_wait(struct client *c, int fd, bool *ready);
bool client_wait_for(struct client *c, int fd, bool *ready, int milliseconds);
/* Waits until everything that was asked is answered; the answers go nowhere. */
void client_drain(struct client *c);
/* After a "capture": bytes of the stream that came with the answer already. */
GBytes *client_rest(struct client *c);
/* Bytes of an event's base64 member; g_free() them. */
guchar *client_bytes(JsonObject *data, const char *key, gsize *size);

#endif
