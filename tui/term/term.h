/* The terminal that this program runs on: raw mode while a guest has it, put
 * back as it was on every way out (return, exit, signals, crashes). */
#ifndef LANYARD_TUI_TERM_TERM_H
#define LANYARD_TUI_TERM_TERM_H

#include "engine/base/types.h"

/* Raw mode on stdin: every byte passes, Ctrl-C too. False if it is no terminal. */
bool term_raw(void);
/* Uses the alternate screen, without a cursor, until term_restore(). */
void term_screen(void);
/* Back to how it was; harmless if nothing was changed. */
void term_restore(void);
bool term_is_raw(void);

/* From now on SIGINT, SIGTERM, SIGHUP and SIGQUIT are only noted (a second one
 * ends the process at once), SIGPIPE is ignored, and a stop (SIGTSTP) and crash put the terminal back first. */
void term_signals(void);
/* A descriptor that is readable once a signal has come, for poll(): one that comes
 * just before is not slept over. -1 before term_signals(). */
int term_wake(void);
/* Makes it unreadable again; the flags below are kept. */
void term_awake(void);
/* The signal that wants us to end, or 0. */
int term_ended_by(void);
/* True once after the process was stopped and continued: redraw, re-anchor. */
bool term_continued(void);
/* True once after the window changed its size. */
bool term_resized(void);
/* Columns and rows of the terminal on stdout; 80 x 24 if unknown. */
void term_size(unsigned *cols, unsigned *rows);

/* Writes all of it, waiting as needed; false (errno) if the reader went away, or
 * does not read while a signal wants us to end (EINTR). */
bool term_write(int fd, const void *data, size_t size);

#endif
