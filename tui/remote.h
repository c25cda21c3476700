/* A command in a PC of a running lab, with its input from a descriptor and its
 * output to two: what exec, cp and collect are made of. */
#ifndef LANYARD_TUI_REMOTE_H
#define LANYARD_TUI_REMOTE_H

#include "tui/client.h"

/* in, out, err: descriptors; -1: no input, output goes nowhere. Returns the exit
 * status, 0..255; -1 after a message if it could not be run to its end. */
int remote_run(struct client *c, const char *command_name, const char *pc, const char *command, int in, int out,
	       int err);

#endif
