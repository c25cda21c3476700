/* From what a terminal sends to what a PC's keyboard sends: characters and
 * escape sequences become PS/2 scan code set 2 make and break codes of a US
 * keyboard. A terminal does not tell when a key is released, so each key is
 * pressed and released at once, with Shift, Ctrl or Alt around it. */
#ifndef LANYARD_TUI_TERM_KEYMAP_H
#define LANYARD_TUI_TERM_KEYMAP_H

#include "engine/base/types.h"

#define KEYMAP_MAX 16 /* bytes of the longest stroke */

/* Everything that one key stroke puts on the keyboard's wire. */
struct keymap_stroke {
	uint8_t size;
	uint8_t byte[KEYMAP_MAX];
};

struct keymap {
	char pending[16]; /* an escape sequence that is not complete yet */
	unsigned count;
};

/* Takes one byte from the terminal. True if it completes a stroke. Bytes that
 * no key of a US keyboard sends are dropped. */
bool keymap_feed(struct keymap *m, uint8_t byte, struct keymap_stroke *stroke);
/* No more bytes came for a while: an ESC that waits is the Escape key. Call it
 * until it returns false. */
bool keymap_flush(struct keymap *m, struct keymap_stroke *stroke);
static inline bool keymap_waiting(const struct keymap *m)
{
	return m->count != 0;
}

#endif
