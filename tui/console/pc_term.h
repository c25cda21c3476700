/* A PC's serial line as a terminal: libvterm reads what the guest writes, so nothing of it
 * reaches the person's terminal but cells. Also the other way: keys as a terminal sends
 * them. */
#ifndef LANYARD_TUI_CONSOLE_PC_TERM_H
#define LANYARD_TUI_CONSOLE_PC_TERM_H

#include "tui/console/canvas.h"
#include "tui/console/keys.h"
#include "tui/term/keymap.h"

struct pc_term;

struct pc_term *pc_term_new(int cols, int rows);
void pc_term_free(gpointer t);
void pc_term_write(struct pc_term *t, const uint8_t *data, size_t size);
void pc_term_resize(struct pc_term *t, int cols, int rows);
/* What the key sends is appended to what pc_term_sent() returns; false: it sends nothing. */
bool pc_term_key(struct pc_term *t, struct key key);
/* What waits to be sent to the PC, answers to a guest's questions too; taken. */
GByteArray *pc_term_sent(struct pc_term *t);
/* Lines scrolled back; 0: the newest are shown. */
void pc_term_scroll(struct pc_term *t, int by);
int pc_term_scrolled(const struct pc_term *t);
void pc_term_draw(struct pc_term *t, struct canvas *canvas, struct area a, bool cursor);
/* What is on the screen, as text; g_free() it. */
char *pc_term_text(struct pc_term *t);

#endif
