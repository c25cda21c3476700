/* The interrupt wiring of the board. With the local APIC disabled in
 * IA32_APIC_BASE the 8259's INT is the CPU's INTR; otherwise it arrives at LINT0
 * and at I/O APIC pin 0, and counts if one of them is set to ExtINT (the
 * MultiProcessor Specification 1.4, 3.6.2, calls these PIC mode and virtual
 * wire mode). */
#include "engine/pc/intr_line.h"

#include "engine/pc/pc.h"

static bool apic_on(const struct pc *pc)
{
	return pc->cpu.apic_base & APIC_BASE_ENABLE;
}

/* The 8259's INT reaches the CPU as ExtINT. */
static bool pic_reaches_cpu(const struct pc *pc)
{
	return !apic_on(pc) || lapic_extint(&pc->lapic) || ioapic_extint(&pc->ioapic);
}

void board_update_intr(struct board *b)
{
	struct pc *pc = b->pc;
	bool pic = pic_int(&pc->pic);

	lapic_set_lint(b, 0, pic);
	ioapic_set_pin(b, 0, pic);
	if ((apic_on(pc) && lapic_pending(&pc->lapic) >= 0) || (pic && pic_reaches_cpu(pc)))
		pc->cpu.attn |= ATTN_INTR;
	else
		pc->cpu.attn &= ~(uint32_t)ATTN_INTR;
}

int board_intack(struct board *b)
{
	struct pc *pc = b->pc;
	int vector = -1;

	if (apic_on(pc))
		vector = lapic_intack(b);
	if (vector < 0 && pic_int(&pc->pic) && pic_reaches_cpu(pc))
		vector = pic_intack(b);
	board_update_intr(b);
	return vector;
}

void board_set_irq(struct board *b, unsigned irq, bool level)
{
	assert(irq < 16);
	if (irq == 2) /* taken by the cascade */
		return;
	pic_set_line(b, irq, level);
	ioapic_set_pin(b, irq ? irq : 2, level);
	board_update_intr(b);
}

/* NMI# passes the mask bit of port 0x70 and is wired to LINT1. */
void board_nmi(struct board *b)
{
	if (rtc_nmi_masked(&b->pc->rtc))
		return;
	if (!apic_on(b->pc)) {
		b->pc->cpu.attn |= ATTN_NMI;
		return;
	}
	lapic_set_lint(b, 1, true);
	lapic_set_lint(b, 1, false);
	board_update_intr(b);
}
