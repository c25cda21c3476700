/* The guest's text screen as a file: UTF-8 text (.txt) or a picture (.png). */
#ifndef LANYARD_TUI_SESSION_SCREENSHOT_H
#define LANYARD_TUI_SESSION_SCREENSHOT_H

#include <glib.h>

#include "engine/base/types.h"

struct board;

/* Does the name end in .txt or .png? */
bool screenshot_name_ok(const char *path);
/* Overwrites path. An error if the PC shows no text or the file cannot be
 * written. */
bool screenshot_write(const struct board *b, const char *path, GError **error);

enum screenshot_error { SCREENSHOT_ERROR_MODE, SCREENSHOT_ERROR_FILE };
#define SCREENSHOT_ERROR screenshot_error_quark()
GQuark screenshot_error_quark(void);

#endif
