/* An IBM enhanced (101/102-key) PS/2 keyboard, as the keyboard controller
 * sees it: bytes in, bytes out. It has no clock of its own; i8042.c says when
 * a byte is taken. */
#ifndef LANYARD_PC_PS2_KEYBOARD_H
#define LANYARD_PC_PS2_KEYBOARD_H

#include "engine/base/types.h"

#define PS2_KEYS 64u

struct ps2_keyboard {
	uint8_t reply[4]; /* answers go before key codes */
	uint8_t replies;
	uint8_t key_first, key_count; /* ring */
	uint8_t scan_set;             /* 1, 2, 3 */
	uint8_t scanning;
	uint8_t expect; /* the command whose argument comes next */
	uint8_t last;   /* for RESEND */
	uint8_t leds, typematic;
	uint8_t extended, release; /* prefixes E0, F0 of the key on its way in */
	uint8_t skip;              /* bytes of the Pause sequence still to swallow */
	uint8_t key[PS2_KEYS];
	uint8_t set3_break[32]; /* keys that send break codes in set 3, a bit each */
};
_Static_assert(sizeof(struct ps2_keyboard) == 112, "no padding");

void ps2_keyboard_reset(struct ps2_keyboard *k);
bool ps2_keyboard_valid(const struct ps2_keyboard *k);
/* A byte from the host: command or argument. */
void ps2_keyboard_write(struct ps2_keyboard *k, uint8_t v);
/* The next byte for the host; false: none. */
bool ps2_keyboard_read(struct ps2_keyboard *k, uint8_t *v);
static inline bool ps2_keyboard_waiting(const struct ps2_keyboard *k)
{
	return k->replies || k->key_count;
}
/* A byte of a key's set 2 sequence, as typed. */
void ps2_keyboard_scan(struct ps2_keyboard *k, uint8_t v);

/* Set 2 to set 1: the table in the ROM of every PC keyboard controller. */
uint8_t ps2_set1(uint8_t set2);

#endif
