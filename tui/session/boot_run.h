/* A lab of one PC in this terminal: its serial line or screen, what is typed, the
 * escape menu. Time passes as in every lab (loop.h). */
#ifndef LANYARD_TUI_SESSION_BOOT_RUN_H
#define LANYARD_TUI_SESSION_BOOT_RUN_H

#include <glib.h>

#include "engine/clock/pace.h"
#include "engine/lab/lab.h"

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

struct boot_run;

/* Before the lab is built. o must outlive it. */
struct boot_run *boot_run_new(const struct run_options *o);
void boot_run_free(struct boot_run *r);
/* What the lab is built with, so that the terminal hears the PC. */
void boot_run_hear(struct boot_run *r, struct lab_options *options, struct lab_listener *listener);
/* Runs the lab, and the first of its PCs in the terminal, until it ends. */
struct run_result boot_run(struct boot_run *r, struct lab *l);

#endif
