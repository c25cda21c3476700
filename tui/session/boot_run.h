/* Running one PC in this terminal: time, input, output, the escape menu. */
#ifndef LANYARD_TUI_SESSION_BOOT_RUN_H
#define LANYARD_TUI_SESSION_BOOT_RUN_H

#include <glib.h>

#include "engine/clock/pace.h"

struct board;

struct run_options {
	enum pace_mode pace;
	uint64_t until;         /* virtual ns; TIME_NEVER: no end */
	bool screen;            /* draw the VGA screen; keys go to the keyboard, not to COM1 */
	bool no_reboot;         /* a reset ends the run */
	bool trace_bios;        /* SeaBIOS's debug port to stderr */
	unsigned escape;        /* byte, or ESCAPE_NONE */
	int serial_fd;          /* where COM1's output goes; -1: nowhere */
	const char *serial;     /* its name, for messages */
	const char *screenshot; /* file of the escape menu's screenshots; NULL: a default */
};

struct run_result {
	int status;    /* 0, the guest's --test-exit status, 3 if the host failed us, 128 + n after signal n */
	bool clean;    /* it ended as the guest or the command line wished: no signal, no failure */
	bool mid_line; /* the last line on stdout has no end yet */
};

/* Runs b until it ends. */
struct run_result run_board(struct board *b, const struct run_options *o);

#endif
