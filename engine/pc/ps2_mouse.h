/* A standard two-axis PS/2 mouse at rest: it answers every command, so that
 * a BIOS and drivers find it, and never moves. */
#ifndef LANYARD_PC_PS2_MOUSE_H
#define LANYARD_PC_PS2_MOUSE_H

#include "engine/base/types.h"

struct ps2_mouse {
	uint8_t reply[4];
	uint8_t replies;
	uint8_t expect;     /* the command whose argument comes next */
	uint8_t last;       /* for RESEND */
	uint8_t rate;       /* samples a second */
	uint8_t resolution; /* 0..3 */
	uint8_t scaling;    /* 1: 2:1 */
	uint8_t enabled;    /* data reporting */
	uint8_t remote, wrap;
	uint8_t pad[3];
};
_Static_assert(sizeof(struct ps2_mouse) == 16, "no padding");

void ps2_mouse_reset(struct ps2_mouse *m);
bool ps2_mouse_valid(const struct ps2_mouse *m);
/* A byte from the host: command or argument. */
void ps2_mouse_write(struct ps2_mouse *m, uint8_t v);
/* The next byte for the host; false: none. */
bool ps2_mouse_read(struct ps2_mouse *m, uint8_t *v);
static inline bool ps2_mouse_waiting(const struct ps2_mouse *m)
{
	return m->replies;
}

#endif
