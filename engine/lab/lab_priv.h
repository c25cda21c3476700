/* Inside engine/lab: the lab, its PCs, and what passes between them. */
#ifndef LANYARD_LAB_LAB_PRIV_H
#define LANYARD_LAB_LAB_PRIV_H

#include <gio/gio.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/rng.h"
#include "engine/base/state.h"
#include "engine/lab/lab.h"
#include "engine/net/watch.h"
#include "engine/pc/pc.h"

#define WINDOW_MAX 1000000u /* ns: no window is longer */
#define REACTION 1000000u   /* ns from a PC's message to what the lab does about it */
#define AGENT_MAX 65536u    /* bytes of an agent message's payload */
#define TEXT_MAX (1u << 20) /* bytes of a message for people */
/* Times of a saved lab that are later are refused: nothing that is added to them
 * wraps. */
#define TIME_SANE (TIME_NEVER >> 2)

enum agent_type {
	AGENT_HELLO = 1,
	AGENT_IDENTITY,
	AGENT_READY,
	AGENT_EXEC,
	AGENT_STDIN,
	AGENT_OUT,
	AGENT_EXIT,
	AGENT_KILL,
	AGENT_TAKEN,
};

/* What waits for a PC, in the order of time, kind, unit and seq (inbox.c):
 * what came to the inbox first may depend on windows, if it was not for the
 * same unit. */
enum inbox_kind { INBOX_CARRIER, INBOX_SERIAL, INBOX_KEY, INBOX_FRAME };
struct inbox_item {
	uint64_t when; /* lab time */
	uint64_t seq;  /* order of arrival */
	enum inbox_kind kind;
	unsigned unit;       /* card slot, or serial port */
	bool up;             /* INBOX_CARRIER ... */
	uint64_t rate;       /* ... and bit/s of the line */
	struct frame *frame; /* INBOX_FRAME: a reference of its own */
	GBytes *bytes;       /* INBOX_SERIAL, INBOX_KEY */
};

/* What a PC did in its window; read when the window is over (outbox.c). */
enum outbox_kind {
	OUT_FRAME,    /* sent */
	OUT_GIVEN_UP, /* a frame that the card did not send after all */
	OUT_REFUSED,  /* a frame that the card did not take */
	OUT_PHY,      /* a port goes on or off, or speaks another speed */
	OUT_TRACE,    /* a line that lab_trace() asked for */
};
struct outbox_item {
	uint64_t when;
	enum outbox_kind kind;
	unsigned unit;
	uint32_t size; /* bytes in lab_pc.out_bytes from `at` */
	size_t at;
	int reason;          /* enum drop_reason */
	struct frame *frame; /* OUT_REFUSED: borrowed, it is in lab_pc.spent */
	bool up;             /* OUT_PHY ... */
	uint64_t rate;       /* ... and bit/s at most; 0: all that the line can */
};

/* What the lab is to hear of a PC's window, in order: what its agent said, and what the
 * PC itself did. */
enum pc_report_kind { PC_AGENT_SAID, PC_RESTARTED, PC_CRASHED, PC_WENT_OFF };
struct agent_message {
	uint64_t when;
	uint8_t type; /* enum agent_type, or a guest's nonsense */
	uint8_t id;
	GBytes *payload;
};
struct pc_report {
	enum pc_report_kind kind;
	struct agent_message message; /* of PC_AGENT_SAID; else only its time */
};

/* Bytes on their way into a serial port. */
struct feed {
	GByteArray *bytes;
	size_t at;
};

struct lab_pc {
	struct lab *lab;
	const struct plan_pc *plan;
	unsigned index;
	struct board *board;
	uint64_t offset; /* board time at the lab's time zero */
	enum lab_pc_state state;
	char *message;
	bool hello;      /* the agent waits for its identity */
	bool placing;    /* files are being put in place, before the identity */
	bool identified; /* the agent was sent its identity */
	bool agent;      /* the image has one */

	struct port *port[PC_NIC_SLOTS];
	unsigned nics;
	GArray *inbox; /* struct inbox_item, sorted, from inbox_at on */
	unsigned inbox_at;
	uint64_t inbox_seq;
	GPtrArray *spent; /* frames taken from the inbox, to be released by the fabric's thread */
	struct feed feed[2];
	struct feed keys; /* each key: its length, then its bytes */

	unsigned traced_cards; /* lab_trace(): a bit for each slot */
	GArray *outbox;        /* struct outbox_item */
	GByteArray *out_bytes;
	GByteArray *serial;   /* COM1 output of this window */
	GByteArray *agent_in; /* bytes of an unfinished agent message */
	GArray *reports;      /* struct pc_report of this window */

	struct lab_exec *exec[256];
	GPtrArray *files; /* struct placing_file: still to be put in place; NULL: none */
};

/* The timeline: what the lab does by itself at a virtual time, then what is
 * replayed from a journal. id: which event, check or line. */
enum timeline_kind {
	TIMELINE_EVENT,    /* an event of the lab file is due */
	TIMELINE_COMMAND,  /* its command is, after its PC has become ready */
	TIMELINE_BEGIN,    /* a check begins, after what it waited for */
	TIMELINE_ATTEMPT,  /* a check's command is to be tried */
	TIMELINE_DEADLINE, /* a check is judged */
	TIMELINE_REPLAY,   /* last: recorded input comes after the lab's own doing */
	TIMELINE_KINDS
};
struct timeline_item {
	uint64_t when, seq;
	enum timeline_kind kind;
	uint32_t id;
};

struct workers;
struct pc_value;
struct check_state;

struct lab {
	const struct plan *plan;
	struct lab_options options;
	struct lab_listener listener;
	char *name;
	uint64_t seed;
	struct net *net;
	GPtrArray *pcs;      /* struct lab_pc, by name */
	uint64_t now;        /* everything before this has happened */
	uint64_t window_end; /* of the window that PCs are running */
	char *implicit;      /* the name of the implicit switch; NULL: no card needs one */
	unsigned implicit_ports;
	GArray *timeline; /* struct timeline_item, sorted descending: next is last */
	uint64_t timeline_seq;
	struct rng window_rng;
	struct workers *workers;
	GPtrArray *active;  /* PCs of this window */
	GPtrArray *checks;  /* struct check_state */
	GArray *late;       /* unsigned: events with commands for PCs that are not ready yet */
	GHashTable *images; /* struct master of image.c: booted once */
	GPtrArray *uplinks; /* struct uplink, by name; the net's */
	struct uplink_host outside;
	FILE *journal;
	GPtrArray *replay; /* struct replay_line: of the journal that is replayed */
	bool busy;         /* within the timeline or a listener */
};

/* timeline.c */
void timeline_add(struct lab *l, enum timeline_kind kind, unsigned id, uint64_t when);
void timeline_state(struct lab *l, struct state *s);
uint64_t timeline_next(const struct lab *l);
void timeline_run(struct lab *l, uint64_t when); /* all due at or before `when` */
/* Before input from outside takes effect at l->now: the timeline goes first. */
void timeline_catch_up(struct lab *l);

/* inbox.c */
void inbox_add(struct lab_pc *pc, const struct inbox_item *item);
void inbox_type(struct lab_pc *pc, unsigned unit, const void *bytes, size_t size, uint64_t when);
void inbox_key(struct lab_pc *pc, const void *bytes, size_t size, uint64_t when);
void inbox_arm(struct lab_pc *pc);    /* again, after the board's timers were reset */
void inbox_refuse(struct lab_pc *pc); /* the PC is off: drops what is on its way */
void inbox_clear(struct lab_pc *pc);  /* the same when the lab ends: nobody counts */
void inbox_due(struct board *b);      /* board hook: runs inside the PC's window */
void inbox_release(struct lab_pc *pc);
void inbox_state(struct lab_pc *pc, struct state *s);

/* outbox.c: what the board calls inside a window */
void outbox_wire(struct lab_pc *pc);

/* trace.c: the line that people see, g_free() it; NULL: nobody asked for it. */
char *trace_line(const struct lab_pc *pc, const char *subject, const char *text);
void outbox_phy(struct lab_pc *pc, bool up); /* all cards: the PC went off, or came on */
void outbox_flush(struct lab_pc *pc);
/* After a window: frames to the fabric; then messages and output to listeners. */
void outbox_send(struct lab *l);
void outbox_drain(struct lab *l);

/* outside.c */
/* Before any thread is there. False with error. */
bool uplinks_prepare(struct lab *l, GError **error);
void uplinks_add(struct lab *l);   /* to the fabric */
void uplinks_flush(struct lab *l); /* what was sent is on its way */
void uplinks_stop(struct lab *l);

/* window.c */
void window_settle(struct lab *l); /* brings every PC to l->now */

/* workers.c */
struct workers *workers_new(unsigned count);
void workers_free(struct workers *w);
/* Calls fn(items[n]) for all; returns when all are done. */
void workers_run(struct workers *w, void (*fn)(void *item), void **items, unsigned count);

/* lab_set.c: lab_set() for the lab's own events. */
bool lab_change(struct lab *l, const char *thing, const char *key, const char *value, GError **error);

/* agent.c */
void agent_feed(struct lab_pc *pc, uint8_t byte); /* inside the window */
void agent_send(struct lab_pc *pc, uint8_t type, uint8_t id, const void *data, size_t size, uint64_t when);
void agent_receive(struct lab_pc *pc, const struct agent_message *m);

/* placing.c */
void placing_start(struct lab_pc *pc, uint64_t when); /* files, then identity */
void placing_forget(struct lab_pc *pc);               /* what placing_start() had in mind */
void placing_ended(struct lab_exec *x, int status, uint64_t when);
void placing_state(struct lab_pc *pc, struct state *s);

/* exec.c */
enum exec_owner {
	EXEC_NOBODY,  /* it was cancelled, or the lab is another one since it began */
	EXEC_PEOPLE,  /* lab_exec(): their functions are told */
	EXEC_PLACING, /* placing.c */
	EXEC_CHECK,   /* index: which check */
	EXEC_EVENT,   /* index: which event */
	EXEC_OWNERS
};
struct lab_exec {
	struct lab_pc *pc;
	uint8_t id; /* 1..255: the agent's number for it */
	enum exec_owner owner;
	uint32_t index;
	struct lab_exec_ops ops; /* EXEC_PEOPLE */
	GString *said;           /* output, for the lab's own */
	GByteArray *input;       /* not sent yet, from input_at on */
	size_t input_at;
	uint32_t untaken; /* bytes sent that the command has not taken */
	bool input_end;   /* nothing comes after input */
	bool input_ended; /* the agent knows */
};
/* NULL: 255 run already. */
struct lab_exec *exec_start(struct lab_pc *pc, const char *command, enum exec_owner owner, unsigned index,
			    uint64_t when);
void exec_input(struct lab_exec *x, const void *data, size_t size, uint64_t when); /* size 0: its end */
void exec_output(struct lab_pc *pc, const struct agent_message *m);
void exec_exit(struct lab_pc *pc, const struct agent_message *m);
void exec_taken(struct lab_pc *pc, const struct agent_message *m);
void exec_abandon(struct lab_pc *pc, uint64_t when); /* the PC is gone: all end with -1 */
void execs_state(struct lab_pc *pc, struct state *s);

/* lab_pc.c */
extern const struct port_ops pc_nic_ops;
void pc_set_state(struct lab_pc *pc, enum lab_pc_state state, const char *message, uint64_t when);
/* The first PC that must be ready before this one and is not; NULL: it may start. */
const char *pc_waits_for(const struct lab_pc *pc);
void pcs_release(struct lab *l, uint64_t when);                          /* starts PCs whose `after` is fulfilled */
bool pc_set_power(struct lab_pc *pc, const char *value, GError **error); /* on, off, reset */
void pc_restarted(struct lab_pc *pc, bool crashed, uint64_t when);       /* by its guest; after a triple fault */
void pc_went_off(struct lab_pc *pc, uint64_t when);
void pc_state(struct lab_pc *pc, struct state *s);

/* lab_state.c: what lab_save() and lab_load() walk */
void lab_walk(struct lab *l, struct state *s);

/* image.c */
void image_master_free(void *opaque); /* of lab.images */
struct board *image_board(struct lab *l, const struct plan_pc *pc, GError **error);
/* Which build of this program it is, by its content; free it. */
char *image_program(void);
/* Each booted image that is in the store, under its label. */
void image_values(struct lab *l, void (*each)(void *opaque, const char *label, struct pc_value *v), void *opaque);
/* The one of this label; the lab keeps it open. NULL with error. */
struct pc_value *image_value(struct lab *l, const char *label, GError **error);

/* build.c */
/* True, with error, if the caller does not want the lab any more. */
bool lab_cancelled(const struct lab *l, GError **error);
void lab_note(struct lab *l, uint64_t when, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* journal.c */
void journal_frame(struct lab *l, const struct uplink *u, unsigned place, const void *data, uint32_t size,
		   uint64_t when, bool answer);
void journal_peer(struct lab *l, const struct uplink *u, unsigned place, bool there, uint64_t when);
void journal_type(struct lab *l, const struct lab_pc *pc, const void *bytes, size_t size);
void journal_key(struct lab *l, const struct lab_pc *pc, const void *bytes, size_t size);
void journal_set(struct lab *l, const char *thing, const char *key, const char *value);
void journal_exec(struct lab *l, const struct lab_pc *pc, const char *command);
void journal_stdin(struct lab *l, const struct lab_pc *pc, unsigned id, const void *data, size_t size);
void journal_kill(struct lab *l, const struct lab_pc *pc, unsigned id);
void replay_due(struct lab *l, unsigned line);

/* checks.c */
#define CHECK_OUTPUT_MAX (1u << 20) /* bytes of output that are looked at */
void checks_start(struct lab *l);
void checks_free(struct lab *l);
void checks_event(struct lab *l, unsigned event);    /* an event of the plan happened now */
void checks_ready(struct lab_pc *pc, uint64_t when); /* it takes commands: those that waited for it */
void checks_lost(struct lab_pc *pc, uint64_t when);  /* it has failed: it will not be ready */
void check_begin(struct lab *l, unsigned id);
void check_attempt(struct lab *l, unsigned id);
void check_deadline(struct lab *l, unsigned id);
void check_ended(struct lab_exec *x, int status, uint64_t when);
bool check_valid(const struct lab *l, unsigned id);
bool check_runs(const struct lab *l, unsigned id); /* it is one with a command */
/* A saved command is the check's: false if it cannot be. */
bool check_adopt(struct lab_exec *x);
void checks_state(struct lab *l, struct state *s);

/* verdict.c: what is wrong, or NULL; g_free() it */
char *verdict_of_command(const struct plan_check *c, int status, const GString *output);
char *verdict_of_packets(const struct plan_check *c, uint64_t packets);
/* "what:" and the output, or the output alone; shortened for people. */
char *verdict_output(const char *what, const GString *output);

/* events.c */
#define EVENT_OUTPUT_MAX 4096u /* bytes of a command's output that a note repeats */
void events_start(struct lab *l);
void events_free(struct lab *l);
void events_ready(struct lab_pc *pc, uint64_t when);
void event_due(struct lab *l, unsigned id);
void event_command(struct lab *l, unsigned id);
void event_ended(struct lab_exec *x, int status, uint64_t when);
bool event_valid(const struct lab *l, unsigned id);
bool event_runs(const struct lab *l, unsigned id); /* it is one with a command */
void events_state(struct lab *l, struct state *s);

#endif
