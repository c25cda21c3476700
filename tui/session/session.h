/* What run and test have in common: a plan becomes a lab with a display, logs,
 * captures and, for run, a control socket; it runs; everything is closed in the
 * right order. */
#ifndef LANYARD_TUI_SESSION_SESSION_H
#define LANYARD_TUI_SESSION_SESSION_H

#include <stdio.h>

#include "tui/session/loop.h"

struct lab_session {
	/* before lab_session_start() */
	const char *command; /* for messages: "run" */
	const struct plan *plan;
	const char *file;     /* the lab's, as typed */
	const char *snapshot; /* it goes on from there; NULL: it begins */
	struct lab_options options;
	FILE *out; /* the display; NULL: none */
	bool live; /* with a line that shows how things are now, if it is a terminal */
	const char *log_dir, *record, *replay;
	const char *trace;        /* what to tell of on stderr, commas between; NULL: nothing */
	enum uplink_mode uplinks; /* how far they may be opened */
	const char *capture_dir;  /* NULL: the current directory */
	bool captures;            /* write those of the lab file */
	struct control *control;  /* claimed; NULL: none. Freed by lab_session_end() */
	/* told of each check as well, and of news: events, what went wrong in them, PCs
	 * that failed; NULL: not wanted */
	void (*check)(void *opaque, const struct plan_check *check, bool passed, const char *seen, uint64_t when);
	void (*news)(void *opaque, const char *text, uint64_t when);
	void *opaque;
	struct lab_loop loop;      /* clock.pace, until, until_checked are the caller's */
	struct lab_listener plain; /* the display's */
};

/* STATUS_DONE, or another after a message; 128 + N if signal N came first
 * (term_signals() was called). */
int lab_session_start(struct lab_session *s);
/* Runs it to its end; false after a message if the host failed us. */
bool lab_session_run(struct lab_session *s);
/* Did a check fail, or is a PC that has? */
bool lab_session_failed(const struct lab_session *s);
/* Also after a start that failed. */
int lab_session_end(struct lab_session *s);
/* "hash ...", on stdout. */
void lab_session_hash(struct lab_session *s);

#endif
