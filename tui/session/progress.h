/* The plain display of a running lab, and its log files: every change of a PC's
 * state, events, checks and warnings, a line each with its virtual time. */
#ifndef LANYARD_TUI_SESSION_PROGRESS_H
#define LANYARD_TUI_SESSION_PROGRESS_H

#include <stdio.h>

#include "engine/clock/pace.h"
#include "engine/lab/lab.h"

struct progress;

/* Lines go to out (NULL: nowhere), and into dir: events.log, and what PCs say
 * on their serial lines in PC.serial.log (NULL: no files). live: the last line
 * of out, if it is a terminal, shows how things are now. The plan must outlive
 * it. NULL with error if the files cannot be made. */
struct progress *progress_new(FILE *out, bool live, const struct plan *plan, const char *dir, GError **error);
void progress_free(struct progress *p);
/* All of a listener's functions, for the lab that is built with it. */
struct lab_listener progress_listener(struct progress *p);
void progress_line(struct progress *p, uint64_t when, const char *text);
/* From time to time while running: the live line; says by how much the lab is slower than the
 * wall clock, and which PC works hardest. */
void progress_pace(struct progress *p, struct lab *l, enum pace_mode pace);
void progress_flush(struct progress *p);
/* From now on there are only lines. */
void progress_end_live(struct progress *p);
/* True once nobody reads what goes to out any more, or it cannot be written. */
bool progress_gone(const struct progress *p);
/* Checks of which progress_listener() was told that they failed. */
unsigned progress_failed(const struct progress *p);
/* False once a log file could not be written. */
bool progress_ok(const struct progress *p);

#endif
