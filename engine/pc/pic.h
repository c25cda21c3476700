/* The two Intel 8259A interrupt controllers of a PC (as in the PIIX3, with its
 * edge/level registers): master at 0x20, slave at 0xA0 cascaded into IR2. */
#ifndef LANYARD_PC_PIC_H
#define LANYARD_PC_PIC_H

#include "engine/base/types.h"

struct board;

struct pic_chip {
	uint8_t lines; /* IR0..IR7 as driven now */
	uint8_t irr, isr, imr;
	uint8_t elcr; /* 1: level triggered */
	uint8_t icw1, icw2, icw3, icw4;
	uint8_t expect; /* the ICW (2..4) that the next write to the data port is; 0: none */
	uint8_t lowest; /* IR number of lowest priority; 7 unless rotated */
	uint8_t read_isr, poll, special_mask, rotate_aeoi;
	uint8_t pad;
};

struct pic {
	struct pic_chip chip[2]; /* master, slave */
};
_Static_assert(sizeof(struct pic) == 32, "no padding");

void pic_attach(struct board *b);
void pic_reset(struct board *b);
const char *pic_validate(const struct board *b);

/* Line irq 0..15 as its source drives it. The caller then updates INTR. */
void pic_set_line(struct board *b, unsigned irq, bool level);
/* The INT output of the master. */
bool pic_int(const struct pic *p);
/* Both INTA cycles: the vector (that of IR7 if the request has gone). */
uint8_t pic_intack(struct board *b);
/* IR0 (the PIT) is not masked: its edges matter now. */
static inline bool pic_irq0_visible(const struct pic *p)
{
	return !(p->chip[0].imr & 1);
}

#endif
