/* PS/2 mouse: commands from the IBM PS/2 Hardware Interface Technical
 * Reference, "Mouse". */
#include "engine/pc/ps2_mouse.h"

#include <string.h>

enum {
	MOUSE_SCALE_1_1 = 0xe6,
	MOUSE_SCALE_2_1 = 0xe7,
	MOUSE_RESOLUTION = 0xe8,
	MOUSE_STATUS = 0xe9,
	MOUSE_STREAM = 0xea,
	MOUSE_READ_DATA = 0xeb,
	MOUSE_RESET_WRAP = 0xec,
	MOUSE_WRAP = 0xee,
	MOUSE_REMOTE = 0xf0,
	MOUSE_READ_ID = 0xf2,
	MOUSE_RATE = 0xf3,
	MOUSE_ENABLE = 0xf4,
	MOUSE_DISABLE = 0xf5,
	MOUSE_DEFAULTS = 0xf6,
	MOUSE_RESEND = 0xfe,
	MOUSE_RESET = 0xff,
};
enum { MOUSE_BAT_OK = 0xaa, MOUSE_ACK = 0xfa, MOUSE_NAK = 0xfe };

#define MOUSE_ID 0x00    /* standard: no wheel */
#define PACKET_SYNC 0x08 /* bit 3 of a packet's first byte is always set */

/* Status byte 1. */
#define STATUS_REMOTE 0x40
#define STATUS_ENABLED 0x20
#define STATUS_SCALING 0x10

static void reply(struct ps2_mouse *m, uint8_t v)
{
	if (m->replies < sizeof(m->reply))
		m->reply[m->replies++] = v;
}

bool ps2_mouse_read(struct ps2_mouse *m, uint8_t *v)
{
	if (!m->replies)
		return false;
	*v = m->reply[0];
	memmove(m->reply, m->reply + 1, sizeof(m->reply) - 1);
	m->reply[--m->replies] = 0;
	if (*v != MOUSE_NAK)
		m->last = *v;
	return true;
}

static void defaults(struct ps2_mouse *m)
{
	m->rate = 100;
	m->resolution = 2; /* 4 counts a millimetre */
	m->scaling = m->enabled = m->remote = m->wrap = 0;
}

static void reply_status(struct ps2_mouse *m)
{
	reply(m, (uint8_t)((m->remote ? STATUS_REMOTE : 0) | (m->enabled ? STATUS_ENABLED : 0) |
			   (m->scaling ? STATUS_SCALING : 0)));
	reply(m, m->resolution);
	reply(m, m->rate);
}

static void argument(struct ps2_mouse *m, uint8_t v)
{
	uint8_t command = m->expect;

	m->expect = 0;
	if (command == MOUSE_RESOLUTION && v > 3) {
		reply(m, MOUSE_NAK);
		return;
	}
	if (command == MOUSE_RESOLUTION)
		m->resolution = v;
	else
		m->rate = v;
	reply(m, MOUSE_ACK);
}

static void command(struct ps2_mouse *m, uint8_t v)
{
	reply(m, MOUSE_ACK);
	switch (v) {
	case MOUSE_SCALE_1_1: m->scaling = 0; break;
	case MOUSE_SCALE_2_1: m->scaling = 1; break;
	case MOUSE_RESOLUTION:
	case MOUSE_RATE: m->expect = v; break;
	case MOUSE_STATUS: reply_status(m); break;
	case MOUSE_STREAM: m->remote = 0; break;
	case MOUSE_READ_DATA:
		reply(m, PACKET_SYNC);
		reply(m, 0);
		reply(m, 0);
		break;
	case MOUSE_RESET_WRAP: m->wrap = 0; break;
	case MOUSE_WRAP: m->wrap = 1; break;
	case MOUSE_REMOTE: m->remote = 1; break;
	case MOUSE_READ_ID: reply(m, MOUSE_ID); break;
	case MOUSE_ENABLE: m->enabled = 1; break;
	case MOUSE_DISABLE: m->enabled = 0; break;
	case MOUSE_DEFAULTS: defaults(m); break;
	case MOUSE_RESET:
		defaults(m);
		reply(m, MOUSE_BAT_OK);
		reply(m, MOUSE_ID);
		break;
	default: m->replies = 0; reply(m, MOUSE_NAK);
	}
}

void ps2_mouse_write(struct ps2_mouse *m, uint8_t v)
{
	m->replies = 0;
	memset(m->reply, 0, sizeof(m->reply));
	if (m->wrap && v != MOUSE_RESET && v != MOUSE_RESET_WRAP)
		reply(m, v);
	else if (m->expect)
		argument(m, v);
	else if (v == MOUSE_RESEND)
		reply(m, m->last);
	else
		command(m, v);
}

void ps2_mouse_reset(struct ps2_mouse *m)
{
	*m = (struct ps2_mouse){.last = MOUSE_BAT_OK};
	defaults(m);
}

bool ps2_mouse_valid(const struct ps2_mouse *m)
{
	return m->replies <= sizeof(m->reply) && m->resolution <= 3 && m->scaling <= 1 && m->enabled <= 1 &&
	       m->remote <= 1 && m->wrap <= 1 && !m->pad[0] && !m->pad[1] && !m->pad[2];
}
