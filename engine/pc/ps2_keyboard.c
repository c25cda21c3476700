/* PS/2 keyboard: commands and scan code sets from the IBM PS/2 Hardware
 * Interface Technical Reference, "Keyboards (101- and 102-key)". Keys arrive
 * in set 2 and leave in the set that the host chose. */
#include "engine/pc/ps2_keyboard.h"

#include <string.h>

enum {
	KBD_SET_LEDS = 0xed,
	KBD_ECHO = 0xee,
	KBD_SCAN_SET = 0xf0,
	KBD_READ_ID = 0xf2,
	KBD_TYPEMATIC = 0xf3,
	KBD_ENABLE = 0xf4,
	KBD_DISABLE = 0xf5,
	KBD_DEFAULTS = 0xf6,
	KBD_ALL_TYPEMATIC = 0xf7,
	KBD_ALL_BREAK = 0xf8,
	KBD_ALL_MAKE = 0xf9,
	KBD_ALL_BOTH = 0xfa,
	KBD_KEY_TYPEMATIC = 0xfb,
	KBD_KEY_BREAK = 0xfc,
	KBD_KEY_MAKE = 0xfd,
	KBD_RESEND = 0xfe,
	KBD_RESET = 0xff,
};
enum { KBD_BAT_OK = 0xaa, KBD_ACK = 0xfa, KBD_NAK = 0xfe };

#define PREFIX_E0 0xe0
#define PREFIX_E1 0xe1 /* Pause: E1 14 77 E1 F0 14 F0 77 */
#define PREFIX_F0 0xf0
#define TYPEMATIC_DEFAULT 0x2b /* 500 ms, 10.9 a second */

static const uint8_t set2_to_set1[0x85] = {
	0xff, 0x43, 0x41, 0x3f, 0x3d, 0x3b, 0x3c, 0x58, 0x64, 0x44, 0x42, 0x40, 0x3e, 0x0f, 0x29, 0x59, 0x65,
	0x38, 0x2a, 0x70, 0x1d, 0x10, 0x02, 0x5a, 0x66, 0x71, 0x2c, 0x1f, 0x1e, 0x11, 0x03, 0x5b, 0x67, 0x2e,
	0x2d, 0x20, 0x12, 0x05, 0x04, 0x5c, 0x68, 0x39, 0x2f, 0x21, 0x14, 0x13, 0x06, 0x5d, 0x69, 0x31, 0x30,
	0x23, 0x22, 0x15, 0x07, 0x5e, 0x6a, 0x72, 0x32, 0x24, 0x16, 0x08, 0x09, 0x5f, 0x6b, 0x33, 0x25, 0x17,
	0x18, 0x0b, 0x0a, 0x60, 0x6c, 0x34, 0x35, 0x26, 0x27, 0x19, 0x0c, 0x61, 0x6d, 0x73, 0x28, 0x74, 0x1a,
	0x0d, 0x62, 0x6e, 0x3a, 0x36, 0x1c, 0x1b, 0x75, 0x2b, 0x63, 0x76, 0x55, 0x56, 0x77, 0x78, 0x79, 0x7a,
	0x0e, 0x7b, 0x7c, 0x4f, 0x7d, 0x4b, 0x47, 0x7e, 0x7f, 0x6f, 0x52, 0x53, 0x50, 0x4c, 0x4d, 0x48, 0x01,
	0x45, 0x57, 0x4e, 0x51, 0x4a, 0x37, 0x49, 0x46, 0x54, 0x80, 0x81, 0x82, 0x41, 0x54,
};

/* Keys whose set 3 code is not their set 2 code. */
struct set3_row {
	uint8_t set2, set3;
};
static const struct set3_row set3_plain[] = {
	{0x76, 0x08}, {0x05, 0x07}, {0x06, 0x0f}, {0x04, 0x17}, {0x0c, 0x1f}, {0x03, 0x27}, {0x0b, 0x2f}, {0x83, 0x37},
	{0x0a, 0x3f}, {0x01, 0x47}, {0x09, 0x4f}, {0x78, 0x56}, {0x07, 0x5e}, {0x84, 0x57}, {0x7e, 0x5f}, {0x5d, 0x5c},
	{0x58, 0x14}, {0x14, 0x11}, {0x11, 0x19}, {0x61, 0x13}, {0x77, 0x76}, {0x7c, 0x7e}, {0x7b, 0x84}, {0x79, 0x7c},
};
static const struct set3_row set3_extended[] = {
	{0x7c, 0x57}, {0x11, 0x39}, {0x14, 0x58}, {0x4a, 0x77}, {0x5a, 0x79}, {0x70, 0x67},
	{0x6c, 0x6e}, {0x7d, 0x6f}, {0x71, 0x64}, {0x69, 0x65}, {0x7a, 0x6d}, {0x75, 0x63},
	{0x6b, 0x61}, {0x72, 0x60}, {0x74, 0x6a}, {0x1f, 0x8b}, {0x27, 0x8c}, {0x2f, 0x8d},
};
#define SET3_PAUSE 0x62

/* Make/break keys of set 3 by default: caps lock, left shift, right shift,
 * left control, left alt. */
static const uint8_t set3_default_break[] = {0x14, 0x12, 0x59, 0x11, 0x19};

uint8_t ps2_set1(uint8_t set2)
{
	return set2 < sizeof(set2_to_set1) ? set2_to_set1[set2] : set2;
}

/* 0: no code of its own (the extra shifts around navigation keys). */
static uint8_t set3_code(uint8_t set2, bool extended)
{
	const struct set3_row *rows = extended ? set3_extended : set3_plain;
	size_t count = extended ? ARRAY_LEN(set3_extended) : ARRAY_LEN(set3_plain);

	for (size_t n = 0; n < count; n++)
		if (rows[n].set2 == set2)
			return rows[n].set3;
	return extended ? 0 : set2;
}

/* ---- queues ---- */

static void reply(struct ps2_keyboard *k, uint8_t v)
{
	if (k->replies < sizeof(k->reply))
		k->reply[k->replies++] = v;
}

/* A full buffer ends in the overrun code. */
static void push_key(struct ps2_keyboard *k, uint8_t v)
{
	if (k->key_count == PS2_KEYS) {
		k->key[(k->key_first + PS2_KEYS - 1) % PS2_KEYS] = k->scan_set == 1 ? 0xff : 0x00;
		return;
	}
	k->key[(k->key_first + k->key_count++) % PS2_KEYS] = v;
}

static void drop_keys(struct ps2_keyboard *k)
{
	k->key_first = k->key_count = 0;
	memset(k->key, 0, sizeof(k->key));
}

bool ps2_keyboard_read(struct ps2_keyboard *k, uint8_t *v)
{
	if (k->replies) {
		*v = k->reply[0];
		memmove(k->reply, k->reply + 1, sizeof(k->reply) - 1);
		k->reply[--k->replies] = 0;
	} else if (k->key_count) {
		*v = k->key[k->key_first];
		k->key[k->key_first] = 0;
		k->key_first = (k->key_first + 1) % PS2_KEYS;
		k->key_count--;
	} else {
		return false;
	}
	if (*v != KBD_NAK)
		k->last = *v;
	return true;
}

/* ---- keys ---- */

static void set3_break_all(struct ps2_keyboard *k, bool on)
{
	memset(k->set3_break, on ? 0xff : 0, sizeof(k->set3_break));
}

static void set3_break_one(struct ps2_keyboard *k, uint8_t code, bool on)
{
	uint8_t bit = (uint8_t)(1u << code % 8);

	if (on)
		k->set3_break[code / 8] |= bit;
	else
		k->set3_break[code / 8] &= (uint8_t)~bit;
}

static void scan_set3(struct ps2_keyboard *k, uint8_t v)
{
	uint8_t code;

	if (k->skip) {
		k->skip--;
		return;
	}
	if (v == PREFIX_E1) {
		push_key(k, SET3_PAUSE);
		k->skip = 7;
	} else if (v == PREFIX_E0) {
		k->extended = 1;
	} else if (v == PREFIX_F0) {
		k->release = 1;
	} else {
		code = set3_code(v, k->extended);
		if (code && k->release && (k->set3_break[code / 8] >> code % 8 & 1))
			push_key(k, PREFIX_F0);
		if (code && (!k->release || (k->set3_break[code / 8] >> code % 8 & 1)))
			push_key(k, code);
		k->extended = k->release = 0;
	}
}

static void scan_set1(struct ps2_keyboard *k, uint8_t v)
{
	if (v == PREFIX_F0) {
		k->release = 1;
	} else if (v == PREFIX_E0 || v == PREFIX_E1) {
		push_key(k, v);
	} else {
		push_key(k, (uint8_t)(ps2_set1(v) | (k->release ? 0x80 : 0)));
		k->release = 0;
	}
}

void ps2_keyboard_scan(struct ps2_keyboard *k, uint8_t v)
{
	if (!k->scanning)
		return;
	switch (k->scan_set) {
	case 1: scan_set1(k, v); break;
	case 2: push_key(k, v); break;
	default: scan_set3(k, v);
	}
}

/* ---- commands ---- */

static void defaults(struct ps2_keyboard *k)
{
	k->typematic = TYPEMATIC_DEFAULT;
	k->scan_set = 2;
	k->extended = k->release = k->skip = 0;
	set3_break_all(k, false);
	for (size_t n = 0; n < sizeof(set3_default_break); n++)
		set3_break_one(k, set3_default_break[n], true);
	drop_keys(k);
}

static bool argument(struct ps2_keyboard *k, uint8_t v)
{
	uint8_t command = k->expect;

	k->expect = 0;
	switch (command) {
	case KBD_SET_LEDS: k->leds = v & 7; break;
	case KBD_TYPEMATIC: k->typematic = v & 0x7f; break;
	case KBD_SCAN_SET:
		if (v > 3)
			return false;
		reply(k, KBD_ACK);
		if (!v) {
			reply(k, k->scan_set);
			return true;
		}
		k->scan_set = v;
		k->extended = k->release = k->skip = 0;
		drop_keys(k);
		return true;
	default: /* set key type: any number of keys, until the next command */
		k->expect = command;
		set3_break_one(k, v, command == KBD_KEY_BREAK);
	}
	reply(k, KBD_ACK);
	return true;
}

static void command_ack(struct ps2_keyboard *k, uint8_t v)
{
	reply(k, KBD_ACK);
	switch (v) {
	case KBD_SET_LEDS:
	case KBD_SCAN_SET:
	case KBD_TYPEMATIC:
	case KBD_KEY_TYPEMATIC:
	case KBD_KEY_BREAK:
	case KBD_KEY_MAKE: k->expect = v; break;
	case KBD_READ_ID:
		reply(k, 0xab);
		reply(k, 0x83);
		break;
	case KBD_ENABLE:
		drop_keys(k);
		k->scanning = 1;
		break;
	case KBD_DISABLE:
		defaults(k);
		k->scanning = 0;
		break;
	case KBD_DEFAULTS: defaults(k); break;
	case KBD_ALL_TYPEMATIC:
	case KBD_ALL_MAKE: set3_break_all(k, false); break;
	case KBD_ALL_BREAK:
	case KBD_ALL_BOTH: set3_break_all(k, true); break;
	case KBD_RESET:
		ps2_keyboard_reset(k);
		reply(k, KBD_ACK);
		reply(k, KBD_BAT_OK);
		break;
	}
}

void ps2_keyboard_write(struct ps2_keyboard *k, uint8_t v)
{
	k->replies = 0; /* the host gave up waiting for them */
	memset(k->reply, 0, sizeof(k->reply));
	if (k->expect && v < KBD_SET_LEDS) {
		if (!argument(k, v))
			reply(k, KBD_NAK);
		return;
	}
	k->expect = 0;
	if (v == KBD_ECHO)
		reply(k, KBD_ECHO);
	else if (v == KBD_RESEND)
		reply(k, k->last);
	else if (v < KBD_SET_LEDS || v == 0xef || v == 0xf1)
		reply(k, KBD_NAK);
	else
		command_ack(k, v);
}

/* After its self test: set 2, scanning. */
void ps2_keyboard_reset(struct ps2_keyboard *k)
{
	*k = (struct ps2_keyboard){.scanning = 1, .last = KBD_BAT_OK};
	defaults(k);
}

bool ps2_keyboard_valid(const struct ps2_keyboard *k)
{
	return k->replies <= sizeof(k->reply) && k->key_first < PS2_KEYS && k->key_count <= PS2_KEYS &&
	       k->scan_set >= 1 && k->scan_set <= 3 && k->scanning <= 1 && k->extended <= 1 && k->release <= 1 &&
	       k->skip <= 7;
}
