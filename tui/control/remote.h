/* A command in a PC of a running lab, with its input from a descriptor and its
 * output to two: what exec, cp and collect are made of. */
#ifndef LANYARD_TUI_CONTROL_REMOTE_H
#define LANYARD_TUI_CONTROL_REMOTE_H

#include "tui/control/client.h"

enum { REMOTE_BROKEN = -1, REMOTE_REFUSED = -2 };

/* in, out, err: descriptors; -1: no input, output goes nowhere. Returns the exit
 * status, 0..255; REMOTE_REFUSED with error if it could not be started;
 * REMOTE_BROKEN if it could not be run to its end, without error if that was a
 * signal's wish or that of who reads the output. */
int remote_run(struct client *c, const char *pc, const char *command, int in, int out, int err, GError **error);

#endif
