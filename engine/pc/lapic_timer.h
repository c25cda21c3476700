/* Between the two halves of the local APIC: lapic.c (registers, interrupts) and
 * lapic_timer.c. */
#ifndef LANYARD_PC_LAPIC_TIMER_H
#define LANYARD_PC_LAPIC_TIMER_H

#include "engine/pc/lapic.h"

/* Bits of LVT entries. */
#define LVT_MODE 0x700u
#define LVT_REMOTE_IRR (1u << 14)
#define LVT_LEVEL (1u << 15)
#define LVT_MASKED (1u << 16)
#define LVT_PERIODIC (1u << 17)

/* Sets vector in IRR; the caller updates INTR. */
void lapic_request(struct lapic *l, uint8_t vector, bool level);
/* Whether it is there, not yet taken by the CPU. */
bool lapic_requested(const struct lapic *l, uint8_t vector);

uint32_t lapic_timer_current(struct board *b);
/* Before a change of mode or divider: brings timer_start into the current
 * period and stops a one-shot that is over. */
void lapic_timer_settle(struct board *b);
/* After any change: the next event, if somebody can see it. */
void lapic_timer_arm(struct board *b);
void lapic_timer_set_initial(struct board *b, uint32_t v);
void lapic_timer_set_divide(struct board *b, uint32_t v);

#endif
