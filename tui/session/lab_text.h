/* Small things that everything about labs shares: folders, times as text. */
#ifndef LANYARD_TUI_SESSION_LAB_TEXT_H
#define LANYARD_TUI_SESSION_LAB_TEXT_H

#include <glib.h>

#include "engine/base/types.h"

/* A file of that name in dir; g_free() it. */
char *lab_path_in(const char *dir, const char *name);
/* Makes dir with its parents; false with error, which begins with option. */
bool lab_make_dir(const char *option, const char *dir, GError **error);
/* "  1.500000": seconds of virtual time; text has room for 32. */
void lab_time_text(uint64_t ns, char text[32]);

#endif
