/* Intel 8259A, twice. The data sheet (order 231468) gives the command words;
 * ELCR is from the PIIX3 data sheet (290550). The INT pin of the slave is input
 * IR2 of the master; INT of the master goes to intr_line.c.
 *
 * ICW1's LTIM bit is without effect in the PIIX3: ELCR replaces it.
 *
 * As in the chip, an edge-triggered request is withdrawn when its line falls
 * before it was acknowledged. */
#include "engine/pc/pic.h"

#include "engine/pc/pc.h"

#define ICW1_INIT 0x10
#define ICW1_SNGL 0x02
#define ICW1_IC4 0x01
#define ICW4_SFNM 0x10
#define ICW4_AEOI 0x02
#define OCW3_ESMM 0x40
#define OCW3_SMM 0x20
#define OCW3 0x08
#define OCW3_POLL 0x04
#define OCW3_RR 0x02
#define OCW3_RIS 0x01
#define CASCADE 2 /* the slave's input of the master */

/* OCW2 bits 7-5: R, SL, EOI. */
enum {
	OCW2_ROTATE_AEOI_CLEAR,
	OCW2_EOI,
	OCW2_NOP,
	OCW2_SPECIFIC_EOI,
	OCW2_ROTATE_AEOI_SET,
	OCW2_ROTATE_EOI,
	OCW2_SET_PRIORITY,
	OCW2_ROTATE_SPECIFIC_EOI,
};

/* Inputs that can be level triggered: not 0, 1, 2, 8 and 13 (PIIX3 ELCR). */
static const uint8_t elcr_mask[2] = {0xf8, 0xde};

static void set_input(struct pic_chip *c, unsigned n, bool level)
{
	uint8_t bit = (uint8_t)(1u << n);

	if (!level) {
		c->lines &= (uint8_t)~bit;
		c->irr &= (uint8_t)~bit;
		return;
	}
	if (!(c->lines & bit) || (c->elcr & bit))
		c->irr |= bit;
	c->lines |= bit;
}

/* 0 is the highest priority. */
static unsigned priority(const struct pic_chip *c, unsigned n)
{
	return (n - c->lowest - 1) & 7;
}

/* The input of highest priority in a set that is not empty. */
static unsigned highest(const struct pic_chip *c, uint8_t set)
{
	unsigned n = (c->lowest + 1u) & 7;

	while (!(set >> n & 1))
		n = (n + 1) & 7;
	return n;
}

static bool cascades(const struct pic_chip *master, unsigned n)
{
	return n == CASCADE && !(master->icw1 & ICW1_SNGL) && (master->icw3 & 1u << CASCADE);
}

/* The input that makes INT high, or -1. */
static int request(const struct pic_chip *c, bool master)
{
	uint8_t wanted = c->irr & (uint8_t)~c->imr;
	uint8_t serving = c->isr;
	unsigned n, s;

	if (!wanted || c->expect)
		return -1;
	n = highest(c, wanted);
	if (c->special_mask)
		serving &= (uint8_t)~c->imr;
	if (!serving)
		return (int)n;
	s = highest(c, serving);
	if (priority(c, n) < priority(c, s))
		return (int)n;
	/* Special fully nested: a slave may interrupt its own service. */
	if (n == s && master && (c->icw4 & ICW4_SFNM) && cascades(c, n))
		return (int)n;
	return -1;
}

static void slave_to_master(struct pic *p)
{
	set_input(&p->chip[0], CASCADE, request(&p->chip[1], false) >= 0);
}

/* After any change of a register. */
static void update(struct board *b)
{
	slave_to_master(&b->pc->pic);
	board_update_intr(b);
}

bool pic_int(const struct pic *p)
{
	return request(&p->chip[0], true) >= 0;
}

void pic_set_line(struct board *b, unsigned irq, bool level)
{
	struct pic *p = &b->pc->pic;

	if (irq == CASCADE)
		return;
	set_input(&p->chip[irq >> 3], irq & 7, level);
	slave_to_master(p);
}

/* ---- acknowledge ---- */

static void acknowledge(struct pic_chip *c, unsigned n)
{
	uint8_t bit = (uint8_t)(1u << n);

	if (!(c->elcr & bit))
		c->irr &= (uint8_t)~bit;
	if (!(c->icw4 & ICW4_AEOI))
		c->isr |= bit;
	else if (c->rotate_aeoi)
		c->lowest = (uint8_t)n;
}

static unsigned acknowledge_slave(struct pic *p)
{
	struct pic_chip *slave = &p->chip[1];
	int n = request(slave, false);

	if (n >= 0)
		acknowledge(slave, (unsigned)n);
	/* INT falls during INTA, so that the next request is an edge. */
	set_input(&p->chip[0], CASCADE, false);
	slave_to_master(p);
	return n >= 0 ? (unsigned)n : 7;
}

uint8_t pic_intack(struct board *b)
{
	struct pic *p = &b->pc->pic;
	struct pic_chip *master = &p->chip[0];
	int n = request(master, true);
	unsigned vector;

	if (n < 0)
		return (master->icw2 & 0xf8) | 7; /* the default IR7: no ISR bit */
	acknowledge(master, (unsigned)n);
	if (cascades(master, (unsigned)n)) {
		n = (int)acknowledge_slave(p);
		vector = (p->chip[1].icw2 & 0xf8u) | (unsigned)n;
		n += 8;
	} else {
		vector = (master->icw2 & 0xf8u) | (unsigned)n;
	}
	TRACE(b, PIC, "intack irq %d vector %02x", n, vector);
	return (uint8_t)vector;
}

/* ---- ports ---- */

/* IRQ 0 edges are worked out only when somebody looks (pit.h): before the
 * master's mask or edge latches change and after. */
static void set_imr(struct board *b, unsigned unit, uint8_t imr)
{
	struct pic_chip *c = &b->pc->pic.chip[unit];
	bool irq0 = !unit && ((c->imr ^ imr) & 1);

	if (irq0)
		pit_sync(b);
	c->imr = imr;
	if (irq0)
		pit_irq_visible_changed(b);
}

static void write_icw1(struct board *b, unsigned unit, uint8_t v)
{
	struct pic_chip *c = &b->pc->pic.chip[unit];

	if (!unit)
		pit_sync(b);
	c->icw1 = v;
	c->icw3 = 0;
	c->icw4 = 0;
	c->isr = 0;
	c->lowest = 7;
	c->read_isr = c->poll = c->special_mask = c->rotate_aeoi = 0;
	c->expect = 2;
	c->irr = c->lines & c->elcr; /* edges must come anew */
	set_imr(b, unit, 0);
}

static void write_icw(struct pic_chip *c, uint8_t v)
{
	switch (c->expect) {
	case 2:
		c->icw2 = v;
		c->expect = !(c->icw1 & ICW1_SNGL) ? 3 : c->icw1 & ICW1_IC4 ? 4 : 0;
		break;
	case 3:
		c->icw3 = v;
		c->expect = c->icw1 & ICW1_IC4 ? 4 : 0;
		break;
	default: c->icw4 = v; c->expect = 0;
	}
}

static uint8_t isr_top(const struct pic_chip *c)
{
	/* A bit masked in special mask mode survives a non-specific EOI. */
	uint8_t set = c->special_mask ? c->isr & (uint8_t)~c->imr : c->isr;

	return set ? (uint8_t)(1u << highest(c, set)) : 0;
}

static void write_ocw2(struct pic_chip *c, uint8_t v)
{
	uint8_t n = v & 7, top;

	switch (v >> 5) {
	case OCW2_ROTATE_AEOI_CLEAR:
	case OCW2_ROTATE_AEOI_SET: c->rotate_aeoi = v >> 7; break;
	case OCW2_EOI:
	case OCW2_ROTATE_EOI:
		top = isr_top(c);
		c->isr &= (uint8_t)~top;
		if (top && v >> 7)
			c->lowest = (uint8_t)__builtin_ctz(top);
		break;
	case OCW2_SPECIFIC_EOI:
	case OCW2_ROTATE_SPECIFIC_EOI:
		c->isr &= (uint8_t) ~(1u << n);
		if (v >> 7)
			c->lowest = n;
		break;
	case OCW2_SET_PRIORITY: c->lowest = n; break;
	}
}

static void write_ocw3(struct pic_chip *c, uint8_t v)
{
	if (v & OCW3_ESMM)
		c->special_mask = !!(v & OCW3_SMM);
	if (v & OCW3_RR)
		c->read_isr = v & OCW3_RIS;
	c->poll = !!(v & OCW3_POLL);
}

static void pic_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct pic_chip *c = &b->pc->pic.chip[unit];
	uint8_t v = (uint8_t)value;

	TRACE(b, PIC, "write %02x <- %02x", port, v);
	if (port & 1) {
		if (c->expect)
			write_icw(c, v);
		else
			set_imr(b, unit, v);
	} else if (v & ICW1_INIT) {
		write_icw1(b, unit, v);
	} else if (v & OCW3) {
		write_ocw3(c, v);
	} else {
		write_ocw2(c, v);
	}
	update(b);
}

/* The poll command: the next read acknowledges instead of INTA. */
static uint8_t poll(struct board *b, unsigned unit)
{
	struct pic *p = &b->pc->pic;
	struct pic_chip *c = &p->chip[unit];
	int n = request(c, !unit);

	c->poll = 0;
	if (n < 0)
		return 0;
	acknowledge(c, (unsigned)n);
	if (unit)
		set_input(&p->chip[0], CASCADE, false);
	update(b);
	return 0x80 | (uint8_t)n;
}

static uint32_t pic_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	struct pic_chip *c = &b->pc->pic.chip[unit];

	if (!unit && !(port & 1))
		pit_sync(b);
	if (c->poll)
		return poll(b, unit);
	if (port & 1)
		return c->imr;
	return c->read_isr ? c->isr : c->irr;
}

static uint32_t elcr_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return b->pc->pic.chip[port & 1].elcr;
}

static void elcr_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct pic_chip *c = &b->pc->pic.chip[port & 1];

	c->elcr = (uint8_t)value & elcr_mask[port & 1];
	c->irr |= c->lines & c->elcr;
	update(b);
}

/* ---- the chip ---- */

void pic_attach(struct board *b)
{
	board_map_io(b, &(struct io_range){
				.base = 0x20, .count = 2, .unit = 0, .max_size = 1, .in = pic_in, .out = pic_out});
	board_map_io(b, &(struct io_range){
				.base = 0xa0, .count = 2, .unit = 1, .max_size = 1, .in = pic_in, .out = pic_out});
	board_map_io(b, &(struct io_range){.base = 0x4d0, .count = 2, .max_size = 1, .in = elcr_in, .out = elcr_out});
}

/* The lines keep the level that their sources drive; those are reset too and
 * drive them low. Masked until the BIOS programs it: the real power-on value
 * is undefined. */
void pic_reset(struct board *b)
{
	for (unsigned n = 0; n < 2; n++)
		b->pc->pic.chip[n] = (struct pic_chip){.imr = 0xff, .lowest = 7};
}

const char *pic_validate(const struct board *b)
{
	for (unsigned n = 0; n < 2; n++) {
		const struct pic_chip *c = &b->pc->pic.chip[n];

		if (c->lowest > 7 || c->expect == 1 || c->expect > 4 || (c->elcr & ~elcr_mask[n]))
			return "8259: impossible register";
		if (c->read_isr > 1 || c->poll > 1 || c->special_mask > 1 || c->rotate_aeoi > 1 || c->pad)
			return "8259: impossible flag";
	}
	return NULL;
}
