/* From what was typed to a checked plan. */
#ifndef LANYARD_TUI_CLI_LAB_OPEN_H
#define LANYARD_TUI_CLI_LAB_OPEN_H

#include "engine/lab/plan.h"

/* Reads a lab file; mistakes and warnings go to stderr, all at once. NULL if it
 * cannot be run. */
struct plan *lab_open(const char *path);

#endif
