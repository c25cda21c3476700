/* The spawner: a small process, forked before the lab is built, that starts for
 * uplinks what they need of the host and answers with a descriptor. It knows the
 * lab's uplinks from then on and does what their kinds have tasks for, nothing else;
 * so the lab's own process may be confined. It ends with that one, and ends what it
 * has started. */
#ifndef LANYARD_UPLINK_SPAWNER_H
#define LANYARD_UPLINK_SPAWNER_H

#include "engine/uplink/kind.h"

struct spawner;
struct spawner_job {
	const char *name; /* of the uplink */
	const struct uplink_kind *kind;
	const struct uplink_settings *settings;
};

/* jobs: copied; what they point to must stay. NULL with error. */
struct spawner *spawner_new(const struct spawner_job *jobs, unsigned count, GError **error);
void spawner_free(struct spawner *s);
/* Has a task of an uplink's kind done (kind->task()). A descriptor, or -1 with
 * error; a task that has none to give gives that of /dev/null. */
int spawner_ask(struct spawner *s, const char *uplink, unsigned task, const char *argument, GError **error);

/* ---- inside the spawner, for tasks ---- */

struct spawner_side;

/* A process of its own that runs fn and ends: the other end of a SOCK_SEQPACKET pair.
 * -1 with error. */
int spawner_fork(struct spawner_side *side, void (*fn)(int fd, const void *data), const void *data, GError **error);
/* A UNIX socket in a folder of the spawner's own: whoever connects there talks to `command`
 * (words, as a shell has them), one process each. Its path, to be g_free()d; NULL with
 * error. */
char *spawner_serve(struct spawner_side *side, const char *command, GError **error);
/* The same, but who connects is joined to another address, HOST:PORT. */
char *spawner_relay(struct spawner_side *side, const char *to, GError **error);
/* Runs a program, waits for its end. False with error if its status is not 0. pass: a
 * descriptor that it keeps; -1: none. */
bool spawner_run(struct spawner_side *side, const char *const argv[], int pass, GError **error);
/* For tasks without a descriptor of their own. */
int spawner_nothing(void);
/* The folder; only its owner may enter. */
const char *spawner_folder(struct spawner_side *side, GError **error);

#endif
