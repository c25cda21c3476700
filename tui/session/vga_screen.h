/* The guest's VGA text screen, drawn in the terminal that this program runs on:
 * only what changed since the last time is sent. */
#ifndef LANYARD_TUI_SESSION_VGA_SCREEN_H
#define LANYARD_TUI_SESSION_VGA_SCREEN_H

#include "engine/base/types.h"

struct board;
struct vga_screen;

/* Takes over the terminal (term_screen); vga_screen_free() does not give it back. */
struct vga_screen *vga_screen_new(void);
void vga_screen_free(struct vga_screen *s);
/* Everything is drawn again the next time. */
void vga_screen_invalidate(struct vga_screen *s);
/* The line below the guest's screen; NULL or "" clears it. Copied. */
void vga_screen_message(struct vga_screen *s, const char *text);
/* False if the terminal went away. */
bool vga_screen_draw(struct vga_screen *s, const struct board *b);

/* ---- also for screenshots and tests ---- */

/* UTF-8 of a character in out, without a NUL; its length. */
unsigned vga_screen_utf8(uint32_t ch, char out[4]);

#endif
