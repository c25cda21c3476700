/* One channel of the 8254: the six modes. t is always in CLK pulses since
 * power-on: exact, without drift. Only pit.c uses this. */
#ifndef LANYARD_PC_PIT_CHANNEL_H
#define LANYARD_PC_PIT_CHANNEL_H

#include "engine/pc/pit.h"

/* state */
enum {
	PIT_EMPTY, /* no count since the control word, or no trigger (modes 1, 5) */
	PIT_RUN,
	PIT_HELD /* stopped by GATE */
};
/* access; 0 in a control word latches instead */
enum { PIT_ACCESS_LATCH, PIT_ACCESS_LOW, PIT_ACCESS_HIGH, PIT_ACCESS_WORD };

/* Before anything else at t: a new period begins where the old one ends, or
 * its half (mode 3). */
void pit_channel_settle(struct pit_channel *c, uint64_t t);
bool pit_channel_out(const struct pit_channel *c, uint64_t t);
/* OUT rose within (from, to]; c is settled as of from. */
bool pit_channel_rose(const struct pit_channel *c, uint64_t from, uint64_t to);
/* The next CLK at which IRQ 0 has to be told; false: none. The low pulses of
 * modes 2, 4 and 5 are one CLK long: their end is enough. */
bool pit_channel_next_edge(const struct pit_channel *c, uint64_t t, uint64_t *at);

/* The control word v, not a latch command. */
void pit_channel_set_mode(struct pit_channel *c, uint64_t t, uint8_t v);
void pit_channel_set_gate(struct pit_channel *c, uint64_t t, bool level);
void pit_channel_latch_count(struct pit_channel *c, uint64_t t);
void pit_channel_latch_status(struct pit_channel *c, uint64_t t);
/* A byte at the channel's port. */
void pit_channel_write(struct pit_channel *c, uint64_t t, uint8_t v);
uint8_t pit_channel_read(struct pit_channel *c, uint64_t t);

bool pit_channel_valid(const struct pit_channel *c);

#endif
