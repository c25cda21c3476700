/* The control socket of a running lab: $XDG_RUNTIME_DIR/lanyard/NAME.sock, for
 * its owner only. Framing is that of QEMU's QMP: a greeting, qmp_capabilities,
 * then JSON objects (json_split.h), with or without newlines: {"execute": NAME, "arguments": {...}, "id": X}
 * answered by {"return": ...} or {"error": {"class", "desc"}}, and events
 * {"event": NAME, "data": {...}, "timestamp": {...}} of virtual time.
 *
 * Nothing here waits: a client that does not read is dropped. */
#ifndef LANYARD_TUI_CONTROL_CONTROL_H
#define LANYARD_TUI_CONTROL_CONTROL_H

#include <poll.h>

#include "engine/lab/lab.h"

struct control;
struct lab_clock;

/* Takes the name for this process, so that it is known to be free before the
 * lab is built. NULL with error, if a lab of that name runs already. */
struct control *control_claim(const char *name, GError **error);
/* The socket appears, and commands act on l from now on. file: the lab's file,
 * absolute; clock: set by clients, obeyed by the caller; replay: input is refused. */
bool control_open(struct control *c, struct lab *l, const char *file, struct lab_clock *clock, bool replay,
		  GError **error);
/* What the lab's snapshots say of their origin (engine/lab/snapshot.h); taken over. Before
 * control_open(). */
void control_set_origin(struct control *c, char *origin);
/* Before lab_free(). Clients are told and let go. NULL is accepted. */
void control_free(struct control *c);

/* After fork(), where the lab goes on in the other process: the name stays taken. */
void control_leave(struct control *c);

/* Appends the descriptors to wait for (struct pollfd). */
void control_poll(const struct control *c, GArray *fds);
/* With the array of control_poll(), after poll(). */
void control_serve(struct control *c, const struct pollfd *fds, unsigned count);
/* A client asked for the end. */
bool control_stopped(const struct control *c);

/* What the lab tells, passed on to clients; before control_open() too. */
void control_state(struct control *c, struct lab_pc *pc, enum lab_pc_state state, const char *message, uint64_t when);
void control_serial(struct control *c, struct lab_pc *pc, const uint8_t *data, size_t size, uint64_t when);
void control_judged(struct control *c, const struct plan_check *check, bool passed, const char *seen, uint64_t when);
void control_note(struct control *c, const char *text, uint64_t when);

#endif
