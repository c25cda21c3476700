/* Non-maskable interrupts (SDM 3A 6.7): blocked inside their handler until an
 * IRET, one is kept; a processor that halts in the handler sleeps on. */
#include "tests/guest/lib.h"

enum { SVR = 0xf0, ICR = 0x300, ICR_HIGH = 0x310, SELF_NMI = 0x4400 }; /* to APIC id 0 */

static volatile uint32_t nmis, depth, deepest, ticks, at_tick;

static void apic_write(uint32_t reg, uint32_t v)
{
	*(volatile uint32_t *)(0xfee00000 + reg) = v;
}

static void tick(struct trap *t)
{
	(void)t;
	ticks++;
	at_tick = nmis;
	outb(0x20, 0x20);
}

static void start_timer(void)
{
	outb(0x21, 0xfe);
	outb(0x43, 0x30);
	outb(0x40, 0);
	outb(0x40, 4);
}

static void nmi(struct trap *t)
{
	(void)t;
	nmis++;
	depth++;
	deepest = depth > deepest ? depth : deepest;
	if (nmis == 1) {
		apic_write(ICR, SELF_NMI);
		apic_write(ICR, SELF_NMI); /* one waits; this one is lost */
		for (unsigned n = 0; n < 100; n++)
			__asm__ volatile("nop");
		CHECK_EQ(nmis, 1);
		/* Only the timer ends this HLT; then its IRET lets the NMI in. */
		start_timer();
		__asm__ volatile("sti; hlt; cli");
		CHECK_EQ(ticks, 1);
		CHECK_EQ(at_tick, 1);
		CHECK_EQ(nmis, 2);
	}
	depth--;
}

int main(void)
{
	trap_handler[VEC_NMI] = nmi;
	trap_handler[0x20] = tick;
	apic_write(SVR, 0x1ff);
	apic_write(ICR_HIGH, 0);
	apic_write(ICR, SELF_NMI);
	__asm__ volatile("nop; nop");
	CHECK_EQ(nmis, 2);
	CHECK_EQ(deepest, 2);
	/* NMI wakes HLT with interrupts off. */
	apic_write(ICR, SELF_NMI);
	__asm__ volatile("nop; nop");
	CHECK_EQ(nmis, 3);
	return lib_result();
}
