/* The I/O APIC: an Intel 82093AA (data sheet 290566) with 24 pins at
 * 0xFEC00000. Pin 0 is the 8259's INT, pin 2 is IRQ 0, the others are the ISA
 * lines of the same number; 16..23 are free. */
#ifndef LANYARD_PC_IOAPIC_H
#define LANYARD_PC_IOAPIC_H

#include "engine/base/types.h"

#define IOAPIC_PINS 24
#define IOAPIC_MASKED (1ull << 16)

struct board;

struct ioapic {
	uint64_t redir[IOAPIC_PINS]; /* redirection table */
	uint32_t id;                 /* bits 24-27 */
	uint32_t lines;              /* asserted pins */
	uint8_t select;              /* IOREGSEL */
	uint8_t pad[7];
};
_Static_assert(sizeof(struct ioapic) == 208, "no padding");

void ioapic_attach(struct board *b);
void ioapic_reset(struct board *b);
const char *ioapic_validate(const struct board *b);

/* Pin as its source drives it; true is "asserted", whatever the polarity. The
 * caller then updates INTR. */
void ioapic_set_pin(struct board *b, unsigned pin, bool level);
/* The local APIC finished a level-triggered vector, or accepts messages that
 * it did not accept before: sends what still waits. The caller updates INTR. */
void ioapic_eoi(struct board *b, uint8_t vector);
void ioapic_retry(struct board *b);
/* Pin 0 passes the 8259's INT on as ExtINT. */
bool ioapic_extint(const struct ioapic *io);
static inline bool ioapic_irq0_visible(const struct ioapic *io)
{
	return !(io->redir[2] & IOAPIC_MASKED);
}

#endif
