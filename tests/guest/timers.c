/* Time: the local APIC's timer, an interrupt to itself, the PIT's modes, the
 * RTC's update, the ACPI timer, and that all of them run at the right speed. */
#include "tests/guest/lib.h"

#define LAPIC(reg) (*(volatile uint32_t *)(0xfee00000u + (reg)))
enum {
	SVR = 0xf0,
	EOI = 0xb0,
	ICR_LOW = 0x300,
	LVT_TIMER = 0x320,
	TIMER_INIT = 0x380,
	TIMER_NOW = 0x390,
	TIMER_DIVIDE = 0x3e0,
	TPR = 0x80
};

static volatile uint32_t seen, at_vector;

static void local(struct trap *t)
{
	seen++;
	at_vector = t->vector;
	LAPIC(EOI) = 0;
}

static uint16_t pit_count(unsigned channel)
{
	uint16_t v;

	outb(0x43, (uint8_t)(channel << 6)); /* latch */
	v = inb((uint16_t)(0x40 + channel));
	return v | inb((uint16_t)(0x40 + channel)) << 8;
}

static void pit_set(unsigned channel, unsigned mode, uint16_t count)
{
	outb(0x43, (uint8_t)(channel << 6 | 0x30 | mode << 1));
	outb((uint16_t)(0x40 + channel), (uint8_t)count);
	outb((uint16_t)(0x40 + channel), (uint8_t)(count >> 8));
}

/* Waits this many PIT clocks (1.193182 MHz) by channel 2. */
static void pit_wait(uint16_t count)
{
	outb(0x61, (inb(0x61) & 0xfc) | 1);
	pit_set(2, 0, count);
	while (!(inb(0x61) & 0x20))
		;
}

static void wait_seen(uint32_t n)
{
	for (uint32_t turn = 0; seen < n && turn < 10000000; turn++)
		__asm__ volatile("sti; nop; cli");
}

static void test_apic(void)
{
	wrmsr(0x1b, rdmsr(0x1b) | 0x800);
	LAPIC(SVR) = 0x1ff;
	LAPIC(TIMER_DIVIDE) = 0xb; /* by 1 */
	trap_handler[0x40] = trap_handler[0x41] = local;
	LAPIC(LVT_TIMER) = 0x40;
	LAPIC(TIMER_INIT) = 20000;
	wait_seen(1);
	CHECK_EQ(seen, 1);
	CHECK_EQ(LAPIC(TIMER_NOW), 0);     /* one shot */
	LAPIC(LVT_TIMER) = 0x20000 | 0x40; /* periodic */
	LAPIC(TIMER_INIT) = 20000;
	wait_seen(5);
	CHECK_EQ(seen, 5);
	LAPIC(TIMER_INIT) = 0;
	/* To itself, by the interrupt command register; TPR holds it back. */
	LAPIC(TPR) = 0x40;
	LAPIC(ICR_LOW) = 0x40000 | 0x41;
	__asm__ volatile("sti; nop; nop; cli");
	CHECK_EQ(seen, 5);
	CHECK_EQ(LAPIC(0x220) & 2, 2); /* IRR of 0x41 */
	LAPIC(TPR) = 0;
	__asm__ volatile("sti; nop; nop; cli");
	CHECK_EQ(seen, 6);
	CHECK_EQ(at_vector, 0x41);
	/* HLT ends with it. */
	LAPIC(LVT_TIMER) = 0x40;
	LAPIC(TIMER_INIT) = 100000;
	__asm__ volatile("sti; hlt; cli");
	CHECK_EQ(seen, 7);
}

static void test_pit(void)
{
	uint16_t a, b;

	pit_set(0, 2, 0x8000);
	a = pit_count(0);
	b = pit_count(0);
	CHECK(a <= 0x8000 && a > 0x7000);
	CHECK(b <= a);
	outb(0x43, 0xe2); /* read back: status of channel 0 */
	CHECK_EQ(inb(0x40) & 0x3f, 0x34);
	/* Mode 0: OUT rises when the count is over. */
	outb(0x61, (inb(0x61) & 0xfc) | 1);
	pit_set(2, 0, 2000);
	CHECK_EQ(inb(0x61) & 0x20, 0);
	while (!(inb(0x61) & 0x20))
		;
	/* The gate stops counting. */
	pit_set(2, 0, 0xfff0);
	outb(0x61, inb(0x61) & 0xfc);
	a = pit_count(2);
	for (volatile int n = 0; n < 1000; n++)
		;
	CHECK_EQ(pit_count(2), a);
	/* Mode 3 counts by two. */
	outb(0x61, inb(0x61) | 1);
	pit_set(2, 3, 0x1000);
	CHECK_EQ(pit_count(2) & 1, 0);
	/* BCD */
	outb(0x43, 0xb1);
	outb(0x42, 0x00);
	outb(0x42, 0x10);
	for (volatile int n = 0; n < 200; n++)
		;
	a = pit_count(2);
	CHECK((a & 0xf) <= 9 && (a >> 4 & 0xf) <= 9 && (a >> 8 & 0xf) <= 9);
}

/* 10 ms by the PIT, seen by everybody else. */
static void test_speed(void)
{
	uint64_t tsc;
	uint32_t pm, ns;

	outl(0xcf8, 0x80000b40); /* PIIX4 power management at 0:1.3: base address */
	pm = inl(0xcfc) & 0xffc0;
	if (!pm)
		return;
	tsc = rdtsc();
	ns = inl((uint16_t)(pm + 8));
	pit_wait(11932);
	ns = (inl((uint16_t)(pm + 8)) - ns) & 0xffffff;
	tsc = rdtsc() - tsc;
	CHECK(ns > 35400 && ns < 37600); /* 3.579545 MHz */
	CHECK(tsc > 5000000);
}

static uint8_t cmos(uint8_t n)
{
	outb(0x70, n);
	return inb(0x71);
}

static void tick(struct trap *t)
{
	(void)t;
	outb(0x20, 0x20);
}

/* 10 ms asleep: HLT until IRQ 0. */
static void sleep(void)
{
	pit_set(0, 0, 11932);
	__asm__ volatile("sti; hlt; cli");
}

static void test_rtc(void)
{
	uint8_t second = cmos(0);
	uint32_t waits = 0;

	trap_handler[0x20] = tick;
	outb(0x21, 0xfe);
	CHECK_EQ(cmos(0x0d) & 0x80, 0x80); /* the battery is good */
	while (cmos(0) == second && waits < 250)
		sleep(), waits++;
	CHECK(waits < 150); /* the next second within 1.5 */
	second = cmos(0);
	for (waits = 0; cmos(0) == second && waits < 250; waits++)
		sleep();
	CHECK(waits >= 90 && waits <= 110);
}

int main(void)
{
	test_apic();
	test_pit();
	test_speed();
	test_rtc();
	return lib_result();
}
