/* The guest's VGA text screen, drawn in the terminal that this program runs on:
 * only what changed since the last time is sent. */
#ifndef LANYARD_TUI_SESSION_VGA_SCREEN_H
#define LANYARD_TUI_SESSION_VGA_SCREEN_H

#include "engine/base/types.h"

struct board;
struct screen;

/* Takes over the terminal (term_screen); screen_free() does not give it back. */
struct screen *screen_new(void);
void screen_free(struct screen *s);
/* Everything is drawn again the next time. */
void screen_invalidate(struct screen *s);
/* The line below the guest's screen; NULL or "" clears it. Copied. */
void screen_message(struct screen *s, const char *text);
/* False if the terminal went away. */
bool screen_draw(struct screen *s, const struct board *b);

/* ---- also for screenshots and tests ---- */

/* UTF-8 of a character in out, without a NUL; its length. */
unsigned screen_utf8(uint32_t ch, char out[4]);

#endif
