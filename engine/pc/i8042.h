/* The Intel 8042 keyboard controller at ports 0x60 and 0x64 with a PS/2
 * keyboard (IRQ 1) and mouse (IRQ 12). A byte needs a moment from its device
 * to the output buffer, so that the guest sees the buffer empty in between and
 * each byte is an edge of its interrupt. */
#ifndef LANYARD_PC_I8042_H
#define LANYARD_PC_I8042_H

#include "engine/base/types.h"
#include "engine/pc/ps2_keyboard.h"
#include "engine/pc/ps2_mouse.h"

struct board;

struct i8042 {
	struct ps2_keyboard keyboard;
	struct ps2_mouse mouse;
	uint8_t ram[32];  /* byte 0 is the command byte */
	uint8_t status;   /* port 0x64 */
	uint8_t data;     /* output buffer */
	uint8_t expect;   /* the command whose data byte comes next; 0: none */
	uint8_t breaking; /* translation: F0 was seen */
	uint8_t irq1, irq12;
	uint8_t busy; /* TIMER_KBC is set: a byte is on its way */
	uint8_t replies;
	uint8_t reply[8];  /* the controller's own answers */
	uint8_t reply_aux; /* a bit each: looks like a mouse byte */
	uint8_t pad[7];
};
_Static_assert(sizeof(struct i8042) == 112 + 16 + 32 + 8 + 16, "no padding");

void i8042_attach(struct board *b);
void i8042_reset(struct board *b);
void i8042_timer(struct board *b, unsigned unit);
const char *i8042_validate(const struct board *b);

/* One byte of a key's scan code set 2 sequence, as typed (E0 and F0 prefixes
 * are bytes of their own); dropped while the guest has scanning off. */
void i8042_key(struct board *b, uint8_t scancode_set2_byte);
/* The keyboard's buffer takes n more bytes: ask before a whole sequence. */
bool i8042_key_room(const struct board *b, unsigned n);

#endif
