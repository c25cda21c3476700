/* A lab running in this process: virtual time as the pace allows; between windows,
 * what its sources (the control socket, a terminal) have for it, and its captures
 * written. */
#ifndef LANYARD_TUI_SESSION_LOOP_H
#define LANYARD_TUI_SESSION_LOOP_H

#include "engine/lab/lab.h"
#include "tui/control/lab_clock.h"

struct progress;

/* Something outside of the lab that acts on it between windows. */
struct loop_source {
	void *opaque;
	/* Appends the descriptors to wait for (struct pollfd). */
	void (*poll)(void *opaque, GArray *fds);
	/* With those of poll(), after a wait and a turn of the lab. False: that is the end. */
	bool (*serve)(void *opaque, const struct pollfd *fds, unsigned count);
	/* The process was stopped and goes on; NULL: it does not matter. */
	void (*continued)(void *opaque);
};

struct lab_loop {
	struct lab *lab;
	GArray *sources;           /* struct loop_source; NULL: none */
	struct progress *progress; /* NULL: none */
	GPtrArray *captures;       /* struct capture, flushed after each turn; NULL: none */
	struct lab_clock clock;    /* pace, and what people made of it */
	uint64_t until;            /* virtual ns; TIME_NEVER: no end */
	bool until_checked;        /* ends when all checks have a verdict */
	uint64_t nap;              /* ns: how long to sleep at most; 0: as long as nobody notices */
	/* Virtual ns between two looks at the sources, which are then at the same virtual
	 * times in every run; 0: looked at as the host's time passes. */
	uint64_t slice;
	/* Called once, when no PC is starting any more or the first has failed;
	 * false: that is the end. May be NULL. */
	bool (*came_up)(void *opaque, bool failed);
	void *opaque;
};

void lab_loop_add(struct lab_loop *loop, struct loop_source source);
/* Runs until the end, a signal (term_signals() was called), or a source's wish. False
 * with error if the host failed us. */
bool lab_loop_run(struct lab_loop *loop, GError **error);

#endif
