/* From what was typed to a checked plan, and small things that commands about labs
 * share: directories, times as text. */
#ifndef LANYARD_TUI_LAB_OPEN_H
#define LANYARD_TUI_LAB_OPEN_H

#include "engine/lab/plan.h"

/* Reads a lab file; mistakes and warnings go to stderr, all at once. NULL if it
 * cannot be run. */
struct plan *lab_open(const char *path);
/* A file of that name in dir; g_free() it. */
char *lab_path_in(const char *dir, const char *name);
/* Makes dir with its parents; false after a message. */
bool lab_make_dir(const char *command, const char *option, const char *dir);
/* "  1.500000": seconds of virtual time; text has room for 32. */
void lab_time_text(uint64_t ns, char text[32]);

#endif
