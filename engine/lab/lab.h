/* The front door of the engine: a running lab and the operations on it.
 *
 * One thread (the caller's) owns the lab; PCs run on workers inside
 * lab_step(). The lab never reads the host clock: the caller paces it, by
 * waiting for lab_next() before each step.
 *
 * Input from outside (keys, exec, set) takes effect at a virtual time that is
 * returned and journalled; what happens then depends on nothing else. */
#ifndef LANYARD_LAB_LAB_H
#define LANYARD_LAB_LAB_H

#include "engine/lab/plan.h"
#include "engine/uplink/uplink.h"

struct lab;
struct lab_pc;
struct uplink;
struct board;
struct board_host;

enum lab_pc_state {
	LAB_PC_OFF,     /* not powered on yet, or off again */
	LAB_PC_BOOTING, /* running, its agent or readiness not reported */
	LAB_PC_READY,
	LAB_PC_FAILED, /* setup or readiness failed: lab_pc_message() says why */
};

struct lab_options {
	const char *name;                   /* NULL: the plan's */
	uint64_t seed;                      /* 0: the plan's */
	unsigned workers;                   /* 0: as many as processors */
	bool allow_uplinks, allow_commands; /* what the user grants to uplinks that ask */
	bool no_uplinks;                    /* they stay dark: nothing is started for them */
	/* Asked while the lab is built: true ends that with G_IO_ERROR_CANCELLED.
	 * NULL: it is not to be ended. */
	bool (*cancelled)(void);
	/* Bytes of booted images to be kept on disk for the next lab; 0: all boot here,
	 * nothing is kept. The results are equal. */
	uint64_t cache_limit;
	/* For `lanyard boot`, which can say of its PC what no lab file says. Called for each
	 * board before it is powered on; NULL: there is nothing to say. */
	uint64_t boot_seed; /* of the kernel's random pool; 0: the same for all, so that they can be clones */
	bool (*outfit)(void *opaque, struct board *b, GError **error);
	void *opaque;
	const struct board_host *watch; /* hears what a PC says at once, on the PC's thread; NULL */
	bool no_reboot;                 /* a PC that resets is off */
	/* For tests of determinism; 0 and false in real life. */
	uint64_t window_seed; /* != 0: windows are cut shorter at random */
	bool no_idle_skip;    /* halted PCs are stepped, not skipped */
};

/* Told on the lab's thread, between windows, in virtual-time order. */
struct lab_listener {
	void *opaque;
	void (*pc_state)(void *opaque, struct lab_pc *pc, enum lab_pc_state state, const char *message, uint64_t when);
	/* Bytes from a PC's serial console (COM1). */
	void (*serial)(void *opaque, struct lab_pc *pc, const uint8_t *data, size_t size, uint64_t when);
	/* A line for people: events, checks, warnings. */
	void (*note)(void *opaque, const char *text, uint64_t when);
	void (*check)(void *opaque, const struct plan_check *check, bool passed, const char *seen, uint64_t when);
	/* A line of what lab_trace() asked for; from time zero on. */
	void (*trace)(void *opaque, const char *text, uint64_t when);
	/* Booting an image before time zero: virtual progress, for display. */
	void (*image)(void *opaque, const char *image, const char *state);
};

#define LAB_EPOCH 1704067200ull /* 2024-01-01T00:00:00Z: every lab's date at time zero */

/* Builds the lab: boots each image once, clones, wires. The plan must outlive
 * the lab. NULL with error. */
struct lab *lab_build(const struct plan *plan, const struct lab_options *options, const struct lab_listener *listener,
		      GError **error);
void lab_free(struct lab *l);

const struct plan *lab_plan(const struct lab *l);
const char *lab_name(const struct lab *l);
struct net *lab_net(struct lab *l);
/* The switch that cards on `vlan: NAME` are plugged into; NULL: there are none. */
const char *lab_implicit_switch(const struct lab *l);
/* Virtual ns since time zero. */
uint64_t lab_now(const struct lab *l);
/* When something happens next (TIME_NEVER: nothing ever): pace to this. */
uint64_t lab_next(const struct lab *l);
/* Runs one window, not beyond `until`. False if nothing is left to do. */
bool lab_step(struct lab *l, uint64_t until);
/* All checks have a verdict. */
bool lab_checks_done(const struct lab *l);

/* ---- checks ---- */

/* Where a check of the lab file stands. */
enum lab_check_state { LAB_CHECK_WAITING, LAB_CHECK_RUNNING, LAB_CHECK_PASSED, LAB_CHECK_FAILED };
struct lab_check {
	const struct plan_check *plan;
	enum lab_check_state state;
	const char *seen; /* what was wrong last, or the output of a command that passed; "": nothing */
	uint64_t when;    /* of the verdict */
	uint64_t packets; /* seen so far */
};
unsigned lab_check_count(const struct lab *l);
struct lab_check lab_check_at(const struct lab *l, unsigned n);

/* Judges all checks as things are now: an input, as lab_exec(). Each is told once, then
 * the end; *running is whom to cancel until then, and is set before anything is told. */
struct lab_judge;
struct lab_judge_ops {
	void *opaque;
	void (*judged)(void *opaque, const struct plan_check *check, bool passed, const char *seen, uint64_t when);
	void (*done)(void *opaque, uint64_t when);
};
void lab_judge(struct lab *l, const struct lab_judge_ops *ops, struct lab_judge **running);
void lab_judge_cancel(struct lab_judge *j);

/* ---- state ---- */

/* The fingerprint of everything that decides the future. */
#define LAB_HASH_BYTES 16
void lab_hash(struct lab *l, uint8_t out[LAB_HASH_BYTES]);
/* All of it as bytes, between two steps; appended to out. */
bool lab_save(struct lab *l, GByteArray *out, GError **error);
/* A lab that was just built from the same plan goes on as the saved one would have.
 * Who asked for commands there is not told how they end. The bytes may be from
 * anywhere: false with error if they are no state of this lab, which is then only good
 * for lab_free(). */
bool lab_load(struct lab *l, const void *data, size_t size, GError **error);

/* Where a name of the lab file can be watched: a VLAN, a link, "pc:card",
 * "switch:port", or all of a switch, hub or PC. Adds struct watch_point to out; false
 * if there is no such name. */
bool lab_watch_points(struct lab *l, const char *name, GArray *out);

/* ---- PCs ---- */

unsigned lab_pc_count(const struct lab *l);
struct lab_pc *lab_pc_at(struct lab *l, unsigned n); /* in order of names */
struct lab_pc *lab_pc_find(struct lab *l, const char *name);
const char *lab_pc_name(const struct lab_pc *pc);
enum lab_pc_state lab_pc_state(const struct lab_pc *pc);
const char *lab_pc_message(const struct lab_pc *pc); /* why it failed; or "" */
struct board *lab_pc_board(struct lab_pc *pc);       /* between windows only */
const struct plan_pc *lab_pc_plan(const struct lab_pc *pc);
/* Instructions retired, for reports. */
uint64_t lab_pc_count_retired(const struct lab_pc *pc);
struct port *lab_pc_port(struct lab_pc *pc, unsigned nic);

/* Plugs a card of a plan into a PC, before its power-on or (hotplug) while it
 * runs. False if there is no such slot, or it is taken. */
bool lab_plug(struct board *b, unsigned slot, const struct plan_nic *nic, bool hotplug);
/* Gives such a card its boot ROM (Debian's ipxe-qemu), before power-on. */
bool lab_plug_rom(struct board *b, unsigned slot, const struct plan_nic *nic, GError **error);

/* From now on the listener hears what a PC's guest does to some part of it: what is
 * "SUBJECT:PC" or "nic:PC:CARD", subjects as of `--trace` of boot. False with error if
 * there is no such thing. (trace.c) */
bool lab_trace(struct lab *l, const char *what, GError **error);

/* ---- input: between two steps, never from within a listener ---- */

/* Returns the virtual time at which it takes effect. */

uint64_t lab_type(struct lab *l, struct lab_pc *pc, const void *bytes, size_t size); /* COM1 */
/* One key at the keyboard, pressed and released: bytes of scan code set 2. They wait
 * until the controller has room for all of them. */
#define LAB_KEY_MAX 16u
uint64_t lab_press(struct lab *l, struct lab_pc *pc, const void *bytes, size_t size);
/* Brings every PC to lab_now(): their values are then the same however time was cut. */
void lab_settle(struct lab *l);
/* Changes a link, card, PC or switch port: thing "link:wan", "nic:alice:eth0",
 * "pc:alice"; key "state", "delay", "rate", "queue", "loss", or one of them for
 * what one end sends, "alice.rate"; "power" (on, off, reset). */
bool lab_set(struct lab *l, const char *thing, const char *key, const char *value, GError **error);

/* A command through the PC's agent. Output and the end are told by callbacks
 * on the lab's thread. */
struct lab_exec;
struct lab_exec_ops {
	void *opaque;
	void (*output)(void *opaque, int fd, const uint8_t *data, size_t size, uint64_t when);
	void (*exited)(void *opaque, int status, uint64_t when); /* 0..255, 128 + signal; -1: no agent answers */
};
struct lab_exec *lab_exec(struct lab *l, struct lab_pc *pc, const char *command, const struct lab_exec_ops *ops,
			  GError **error);
/* size 0: end of input. */
void lab_exec_input(struct lab_exec *x, const void *data, size_t size);
/* Bytes of input that the command has not taken yet. It may never: who feeds it
 * should wait until there are few. */
size_t lab_exec_waiting(const struct lab_exec *x);
void lab_exec_cancel(struct lab_exec *x); /* kills it; exited() is not called any more */

/* ---- uplinks ---- */

/* False with error if one asks for more than the options allow. */
bool lab_may_open(const struct plan *p, const struct lab_options *options, GError **error);
/* Opens them, once, before the first step; until then, and in a replay, they are
 * dark. False with error: the host failed us. */
bool lab_open_uplinks(struct lab *l, enum uplink_mode mode, GError **error);
/* Does one reach outside? Then virtual time keeps to the wall clock. */
bool lab_is_open(const struct lab *l);
/* Would one from the start? */
bool lab_opens(const struct plan *p);
/* Adds the struct pollfd that their input waits for. */
void lab_poll(struct lab *l, GArray *fds);
/* Takes it, between two steps. resumed: the lab was paused since the last time. */
void lab_take_input(struct lab *l, bool resumed);
unsigned lab_uplink_count(const struct lab *l);
struct uplink *lab_uplink_at(const struct lab *l, unsigned n); /* in order of names */
struct uplink *lab_uplink_find(const struct lab *l, const char *name);

/* ---- journal ---- */

/* Writes all input from now on into a file, which is emptied. */
bool lab_record(struct lab *l, const char *path, GError **error);
/* Bytes in it so far; 0: none is written. */
uint64_t lab_record_size(const struct lab *l);
/* Closes it; also part of lab_free(). False with error if not all of it could be
 * written. */
bool lab_record_end(struct lab *l, GError **error);
/* The input of such a file comes again at its times. False with error, FILE:LINE:
 * what was expected there, and nothing of it may be run. */
bool lab_replay(struct lab *l, const char *path, GError **error);
/* When the recording ended: nothing is known of what came then. TIME_NEVER: it was cut
 * short, or nothing is replayed. */
uint64_t lab_replay_end(const struct lab *l);

#endif
