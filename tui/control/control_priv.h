/* Inside the control server: its clients, and what commands see of them. */
#ifndef LANYARD_TUI_CONTROL_CONTROL_PRIV_H
#define LANYARD_TUI_CONTROL_CONTROL_PRIV_H

#include <json-glib/json-glib.h>

#include "capture/capture.h"
#include "tui/control/control.h"
#include "tui/control/json_split.h"
#include "tui/control/lab_clock.h"

#define CONTROL_BACKLOG 8192u /* bytes of each PC's serial output for those who connect later */

struct control_client;

/* A command that a client runs in a PC. */
struct control_exec {
	struct control_client *client;
	unsigned id;
	struct lab_exec *exec; /* NULL: it has ended */
};

/* control_watch.c */
struct control_watch;

/* control_news.c */
struct control_line {
	char *text;
	uint64_t when;
};
struct control_verdict {
	bool passed;
	char *seen;
	uint64_t when;
};

struct control_client {
	struct control *control;
	int fd;
	bool ready;           /* said qmp_capabilities */
	bool dead;            /* to be freed at the next occasion */
	struct json_split in; /* an unfinished request */
	GByteArray *out;      /* waiting for the socket */
	size_t sent;          /* of out */
	GPtrArray *execs;     /* struct control_exec */
	unsigned next_exec;
	struct lab_judge *judge;     /* the checks are being judged for it; NULL: no */
	GHashTable *serial;          /* set of struct lab_pc: their serial lines are wanted */
	struct control_watch *watch; /* its packets are events; NULL: none */
	bool owner;                  /* the lab ends when it goes */
	struct capture *pending;     /* asked for, not answered yet */
	struct capture *capture;     /* the socket is its stream: nothing else is written any more */
};

struct control {
	char *name, *path, *lock_path;
	int lock, listener;
	char *file;   /* the lab's */
	char *origin; /* for snapshots */
	struct lab_clock *clock;
	bool replay, stopped;
	struct lab *lab;      /* NULL: not open yet */
	GPtrArray *clients;   /* struct control_client */
	GHashTable *backlog;  /* PC's name -> GString */
	GArray *log;          /* struct control_line */
	GHashTable *verdicts; /* check's name -> struct control_verdict */
};

/* control.c */
void control_event(struct control_client *c, const char *event, JsonBuilder *data, uint64_t when);
/* Sends what waits; false if not everything could be sent. */
bool control_flush(struct control_client *c);
/* Bytes that the client has not taken yet. */
size_t control_waiting(const struct control_client *c);
/* Members of an open object. */
void control_add_text(JsonBuilder *b, const char *key, const char *value);
void control_add_number(JsonBuilder *b, const char *key, uint64_t value);
/* A byte string as base64 into an open object. */
void control_add_bytes(JsonBuilder *b, const char *key, const void *data, size_t size);

/* control_cmds.c: the answer's node, or NULL with error. `after` of a command
 * runs when the answer is on its way. */
struct control_command {
	const char *name;
	JsonNode *(*run)(struct control_client *c, JsonObject *arguments, GError **error);
	void (*after)(struct control_client *c, JsonObject *arguments);
	bool input; /* changes what happens in the lab: not while a journal is replayed */
};
const struct control_command *control_command_find(const char *name);
const struct control_command *control_commands(unsigned *count);
const char *control_state_name(enum lab_pc_state state);
JsonNode *control_done(void); /* {} */
/* A text argument; NULL with error. */
const char *control_text(JsonObject *arguments, const char *key, GError **error);
/* The bytes of a base64 argument; NULL with error. */
GBytes *control_bytes(JsonObject *arguments, const char *key, GError **error);
struct lab_pc *control_pc(struct control_client *c, JsonObject *arguments, GError **error);

/* control_exec.c */
JsonNode *control_exec(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_exec_input(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_exec_kill(struct control_client *c, JsonObject *arguments, GError **error);
void control_exec_free(gpointer exec);
/* Its commands have more input than they take: no more is read from it for now. */
bool control_exec_full(const struct control_client *c);

/* control_check.c */
JsonNode *control_check(struct control_client *c, JsonObject *arguments, GError **error);
/* If that is what the name means; else NULL. */
JsonNode *control_show_checks(struct lab *l, const char *name);

/* control_time.c */
JsonNode *control_pause(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_continue(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_step(struct control_client *c, JsonObject *arguments, GError **error);
/* A key of the lab itself: "pace". */
bool control_set_lab(struct control_client *c, const char *key, const char *value, GError **error);
char *control_pace_text(const struct lab_clock *clock); /* g_free() it */

/* control_graph.c */
JsonNode *control_graph(struct control_client *c, JsonObject *arguments, GError **error);

/* control_watch.c */
JsonNode *control_watch(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_unwatch(struct control_client *c, JsonObject *arguments, GError **error);
void control_watch_free(struct control_watch *w); /* NULL is accepted */

/* control_screen.c */
JsonNode *control_screen(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_key(struct control_client *c, JsonObject *arguments, GError **error);

/* control_news.c */
void control_log(struct control *c, const char *text, uint64_t when);
void control_verdict_free(gpointer verdict);
JsonNode *control_query_log(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_query_checks(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_own(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_disown(struct control_client *c, JsonObject *arguments, GError **error);

/* control_show.c */
JsonNode *control_query(struct control_client *c, JsonObject *arguments, GError **error);
JsonNode *control_show(struct control_client *c, JsonObject *arguments, GError **error);

#endif
