/* The person's terminal, through curses: the only file that knows it. */
#ifndef LANYARD_TUI_CONSOLE_SCREEN_H
#define LANYARD_TUI_CONSOLE_SCREEN_H

#include "tui/console/canvas.h"
#include "tui/console/keys.h"

/* False with error if the terminal cannot be drawn on (TERM). */
bool screen_open(GError **error);
void screen_close(void);
void screen_size(int *cols, int *rows);
/* Only what changed since the last time is sent. */
void screen_draw(const struct canvas *c);
/* Everything is drawn again the next time. */
void screen_invalidate(void);
/* The next key without waiting; code KEY_CODE_NONE: there is none. */
struct key screen_key(void);

#endif
