/* The I/O APIC (Intel 82093AA, 290566) and the local APIC (SDM volume 3A chapter
 * 11) together: registers, edges and levels, masks, Remote IRR, priorities, error
 * and spurious vectors, the switches. The lines are those of the 8254 (pin 2), of
 * COM1 (pin 4) and of the RTC (pin 8). */
#include "tests/guest/lib.h"

#define LAPIC(reg) (*(volatile uint32_t *)(0xfee00000u + (reg)))
#define IOREGSEL (*(volatile uint32_t *)0xfec00000u)
#define IOWIN (*(volatile uint32_t *)0xfec00010u)
enum { ID = 0x20, VERSION = 0x30, TPR = 0x80, PPR = 0xa0, EOI = 0xb0, LDR = 0xd0, DFR = 0xe0, SVR = 0xf0 };
enum { ISR = 0x100, TMR = 0x180, IRR = 0x200, ESR = 0x280, ICR_LOW = 0x300, ICR_HIGH = 0x310 };
enum { LVT_TIMER = 0x320, LVT_LINT0 = 0x350, LVT_LINT1 = 0x360, LVT_ERROR = 0x370 };
enum { MASKED = 0x10000, LEVEL = 0x8000, REMOTE_IRR = 0x4000, LOGICAL = 0x800 };

static volatile uint32_t seen, order, stay;

static uint32_t io_read(unsigned reg)
{
	IOREGSEL = reg;
	return IOWIN;
}

static void io_write(unsigned reg, uint32_t v)
{
	IOREGSEL = reg;
	IOWIN = v;
}

static void pin(unsigned n, uint32_t low, uint32_t high)
{
	io_write(0x10 + 2 * n, MASKED);
	io_write(0x11 + 2 * n, high);
	io_write(0x10 + 2 * n, low);
}

static bool bit(unsigned set, unsigned vector)
{
	return LAPIC(set + vector / 32 * 16) >> vector % 32 & 1;
}

static void uart(bool level)
{
	outb(0x3f9, level ? 2 : 0); /* transmitter empty */
}

static void serve(struct trap *t)
{
	seen++;
	order = order << 8 | t->vector;
	if (!stay)
		uart(false);
	if (stay)
		stay--;
	if (t->vector != 0xff)
		LAPIC(EOI) = 0;
}

static void window(void)
{
	__asm__ volatile("sti; nop; nop; nop; nop; nop; nop; nop; nop; cli" : : : "memory");
}

static void test_registers(void)
{
	uint32_t id = io_read(0);

	CHECK_EQ(io_read(1) >> 16 & 0xff, 23); /* 24 pins */
	io_write(0, 0x05000000);
	CHECK_EQ(io_read(0) & 0x0f000000, 0x05000000);
	io_write(0, id);
	io_write(1, 0);
	CHECK_EQ(io_read(1) >> 16 & 0xff, 23);
	pin(5, MASKED | 0xf000 | 0x37, 0xff000000);
	CHECK_EQ(io_read(0x1a), MASKED | 0xa037); /* Remote IRR and delivery status are read-only */
	CHECK_EQ(io_read(0x1b), 0xff000000);
	pin(5, MASKED, 0);
	CHECK_EQ(LAPIC(VERSION) & 0xf0, 0x10);
	CHECK((LAPIC(VERSION) >> 16 & 0xff) >= 4);
	LAPIC(DFR) = 0;
	CHECK_EQ(LAPIC(DFR), 0x0fffffff);
	LAPIC(DFR) = 0xffffffff;
	LAPIC(LDR) = 0xffffffff;
	CHECK_EQ(LAPIC(LDR), 0xff000000);
	LAPIC(LDR) = 0x01000000;
	LAPIC(TPR) = 0x35;
	CHECK_EQ(LAPIC(TPR), 0x35);
	CHECK_EQ(LAPIC(PPR), 0x35);
	LAPIC(TPR) = 0;
}

static void test_edge(void)
{
	pin(4, 0x44, LAPIC(ID));
	uart(true);
	CHECK(bit(IRR, 0x44));
	CHECK(!bit(TMR, 0x44));
	window();
	CHECK_EQ(seen, 1);
	CHECK(!bit(IRR, 0x44) && !bit(ISR, 0x44));
	/* One edge, one interrupt, although the line stays. */
	stay = 9;
	uart(false);
	uart(true);
	window();
	window();
	CHECK_EQ(seen, 2);
	stay = 0;
	uart(false);
	/* Logical destination. */
	pin(4, LOGICAL | 0x45, 0x01000000);
	uart(true);
	CHECK(bit(IRR, 0x45));
	window();
	CHECK_EQ(seen, 3);
	pin(4, LOGICAL | 0x46, 0x02000000); /* nobody */
	uart(true);
	CHECK(!bit(IRR, 0x46));
	uart(false);
	pin(4, MASKED, 0);
}

static void test_level(void)
{
	seen = 0;
	pin(4, LEVEL | MASKED | 0x47, LAPIC(ID));
	uart(true);
	CHECK(!bit(IRR, 0x47));
	io_write(0x18, LEVEL | 0x47); /* unmasked while the line is up */
	CHECK(bit(IRR, 0x47));
	CHECK(bit(TMR, 0x47));
	CHECK_EQ(io_read(0x18) & REMOTE_IRR, REMOTE_IRR);
	stay = 2; /* its line stays for two more */
	window();
	window();
	CHECK_EQ(seen, 3);
	CHECK_EQ(io_read(0x18) & REMOTE_IRR, 0);
	pin(4, MASKED, 0);
}

static void test_priority(void)
{
	seen = order = 0;
	LAPIC(ICR_LOW) = 0x40000 | 0x52; /* to itself */
	LAPIC(ICR_LOW) = 0x40000 | 0x71;
	LAPIC(ICR_LOW) = 0x40000 | 0x53;
	CHECK(bit(IRR, 0x52) && bit(IRR, 0x53) && bit(IRR, 0x71));
	LAPIC(TPR) = 0x60;
	window();
	CHECK_EQ(order, 0x71);
	LAPIC(TPR) = 0x4f;
	window();
	CHECK_EQ(order, 0x715352);
	LAPIC(TPR) = 0;
	/* Physical to its own ID, to all, to others (none). */
	order = 0;
	LAPIC(ICR_HIGH) = LAPIC(ID);
	LAPIC(ICR_LOW) = 0x4052;
	window();
	LAPIC(ICR_LOW) = 0x80000 | 0x4053;
	window();
	LAPIC(ICR_LOW) = 0xc0000 | 0x4054;
	window();
	CHECK_EQ(order, 0x5253);
	CHECK_EQ(LAPIC(ICR_LOW) & 0x1000, 0);
}

static void test_errors(void)
{
	LAPIC(ESR) = 0;
	LAPIC(LVT_ERROR) = 0x5e;
	order = 0;
	LAPIC(ICR_LOW) = 0x40000 | 0x0f; /* vectors below 16 are illegal */
	window();
	CHECK_EQ(order, 0x5e);
	LAPIC(ESR) = 0;
	CHECK(LAPIC(ESR) & 0x60);
	LAPIC(ESR) = 0;
	CHECK_EQ(LAPIC(ESR), 0);
	LAPIC(LVT_ERROR) = MASKED;
}

static void test_switches(void)
{
	uint64_t base = rdmsr(0x1b);

	/* Software disable masks all LVT entries; NMI, INIT and SMI still pass. */
	LAPIC(LVT_TIMER) = 0x60;
	LAPIC(SVR) = 0xff;
	CHECK_EQ(LAPIC(LVT_TIMER) & MASKED, MASKED);
	LAPIC(LVT_TIMER) = 0x60;
	CHECK_EQ(LAPIC(LVT_TIMER) & MASKED, MASKED);
	LAPIC(SVR) = 0x1ff;
	CHECK_EQ(LAPIC(LVT_TIMER) & MASKED, MASKED);
	CHECK_EQ(TRAP_OF(wrmsr(0x1b, base | 0x400)), VEC_GP); /* no x2APIC mode */
	CHECK_EQ((uint32_t)rdmsr(0x1b), (uint32_t)base);
	CHECK_EQ(base & 0x900, 0x900); /* on, and this is the bootstrap processor */
}

int main(void)
{
	for (unsigned n = 0x40; n < 0x80; n++)
		trap_handler[n] = serve;
	trap_handler[0xff] = serve;
	LAPIC(SVR) = 0x1ff;
	LAPIC(LVT_LINT0) = MASKED;
	outb(0x3fc, 8); /* OUT2 lets COM1's interrupt through */
	uart(false);
	(void)inb(0x3fa);
	test_registers();
	test_edge();
	test_level();
	test_priority();
	test_errors();
	test_switches();
	return lib_result();
}
