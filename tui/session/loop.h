/* A lab running in this process: virtual time as the pace allows, the control
 * socket served between windows, captures written. */
#ifndef LANYARD_TUI_SESSION_LOOP_H
#define LANYARD_TUI_SESSION_LOOP_H

#include "engine/clock/pace.h"
#include "engine/lab/lab.h"

struct control;
struct progress;

struct lab_loop {
	struct lab *lab;
	struct control *control; /* NULL: none */
	struct progress *progress;
	GPtrArray *captures; /* struct capture, flushed after each turn */
	enum pace_mode pace;
	uint64_t until;     /* virtual ns; TIME_NEVER: no end */
	bool until_checked; /* ends when all checks have a verdict */
	/* Called once, when no PC is starting any more or the first has failed;
	 * false: that is the end. May be NULL. */
	bool (*came_up)(void *opaque, bool failed);
	void *opaque;
};

/* Runs until the end, a signal (term_signals() was called), or a stop by the
 * control socket. False after a message if the host failed us. */
bool lab_loop_run(struct lab_loop *loop);

#endif
