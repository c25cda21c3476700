/* Time that passes while the processor does nothing (docs/architecture.md): PAUSE
 * is a short halt of a microsecond that an interrupt ends; an access to a port
 * takes its time, whatever comes. With 1000 MIPS the TSC tells counts and
 * nanoseconds alike. This one is about the emulator, not about processors. */
#include "tests/guest/lib.h"

#define LAPIC(reg) (*(volatile uint32_t *)(0xfee00000 + (reg)))
enum { SVR = 0xf0, LVT_TIMER = 0x320, TIMER_INIT = 0x380, TIMER_DIVIDE = 0x3e0, EOI = 0xb0, ICR = 0x300 };
enum { SELF_NMI = 0x4400, SELF_INTR = 0x40041, PAUSE_NS = 1000, ISA_NS = 1000, PCI_NS = 120 };

static volatile uint32_t seen, at_time, at_eip, dr6;

static void note(struct trap *t)
{
	at_time = (uint32_t)rdtsc();
	at_eip = t->eip;
	seen++;
	if (t->vector >= 0x20)
		LAPIC(EOI) = 0;
}

static void single_step(struct trap *t)
{
	note(t);
	dr6 = READ_DR(6);
	WRITE_DR(6, 0xffff0ff0);
}

/* Nanoseconds of the instructions between two RDTSC, whose own count is taken off. */
#define TAKES(text) \
	({ \
		uint32_t before_, after_; \
		__asm__ volatile("rdtsc; movl %%eax, %%ebx\n" text "\nrdtsc" \
				 : "=b"(before_), "=a"(after_) \
				 : \
				 : "ecx", "edx", "esi", "edi", "memory", "cc"); \
		after_ - before_ - 2; \
	})

/* The same; also where and when an interrupt found it, since the first RDTSC. */
#define INTERRUPTED(text, when, eip_is_next) \
	({ \
		uint32_t before_, after_, next_; \
		seen = 0; \
		__asm__ volatile("rdtsc; movl %%eax, %%ebx; movl $7f, %%esi\n" text "\n7: nop; cli\nrdtsc" \
				 : "=b"(before_), "=a"(after_), "=S"(next_) \
				 : \
				 : "ecx", "edx", "edi", "memory", "cc"); \
		*(when) = at_time - before_; \
		*(eip_is_next) = at_eip == next_; \
		after_ - before_; \
	})

static void test_lengths(void)
{
	CHECK_EQ(TAKES("pause"), 1 + PAUSE_NS);
	CHECK_EQ(TAKES("rep; pause"), 1 + PAUSE_NS);
	CHECK_EQ(TAKES("pause; pause; nop"), 3 + 2 * PAUSE_NS);
	CHECK_EQ(TAKES("repne; nop"), 1);
	CHECK_EQ(TAKES("inb $0x80, %%al"), 1 + ISA_NS);
	CHECK_EQ(TAKES("movw $0x1234, %%dx; inb %%dx, %%al"), 2 + ISA_NS); /* nobody's */
	CHECK_EQ(TAKES("movw $0x80, %%dx; movl $5, %%ecx; rep outsb"), 2 + 5 * (1 + ISA_NS));
	CHECK_EQ(TAKES("movw $0x510, %%dx; xorl %%eax, %%eax; outw %%ax, %%dx"), 3 + PCI_NS); /* fw_cfg */
	CHECK_EQ(TAKES("movl $8f, %%edi; movw $0x511, %%dx; movl $4, %%ecx; rep insb; .bss; 8: .skip 8; .text"),
		 3 + 4 * (1 + PCI_NS));
	CHECK_EQ(TAKES("movw $0xcfc, %%dx; inl %%dx, %%eax"), 2 + PCI_NS);
	CHECK_EQ(TAKES("movl 0xfee00030, %%eax"), 1); /* memory takes no time, a device's neither */
}

static void timer_in(uint32_t ns)
{
	LAPIC(TIMER_INIT) = ns;
}

static void test_timer_in_pause(void)
{
	uint32_t when;
	bool next;

	timer_in(500);
	CHECK(INTERRUPTED("sti; nop; pause", &when, &next) < 700);
	CHECK_EQ(seen, 1);
	CHECK(when < 700 && next);
	/* Off, it does not end the doze, and comes when it may. */
	timer_in(500);
	CHECK(INTERRUPTED("pause; sti; nop", &when, &next) > 1000);
	CHECK_EQ(seen, 1);
	CHECK(when > 1000);
	/* One that waits already ends it at once. */
	LAPIC(ICR) = SELF_INTR;
	CHECK(INTERRUPTED("sti; pause", &when, &next) < 300);
	CHECK_EQ(seen, 1);
	CHECK(next);
}

static void test_timer_in_port(void)
{
	uint32_t when;
	bool next;

	timer_in(500);
	CHECK(INTERRUPTED("sti; nop; outb %%al, $0x80", &when, &next) >= ISA_NS);
	CHECK_EQ(seen, 1);
	CHECK(when > ISA_NS && when < ISA_NS + 100 && next);
	LAPIC(ICR) = SELF_INTR;
	CHECK(INTERRUPTED("sti; outb %%al, $0x80", &when, &next) >= ISA_NS);
	CHECK_EQ(seen, 1);
	CHECK(when > ISA_NS && next);
	/* Between two elements. */
	timer_in(1500);
	CHECK(INTERRUPTED("movw $0x80, %%dx; movl $4, %%ecx; sti; rep outsb", &when, &next) > 4 * ISA_NS);
	CHECK_EQ(seen, 1);
	CHECK(when > 2 * ISA_NS && when < 2 * ISA_NS + 100 && !next);
}

static void test_nmi(void)
{
	uint32_t when;
	bool next;

	/* To itself, so it comes before the PAUSE; nothing is left that could end that. */
	CHECK(INTERRUPTED("movl $0x4400, 0xfee00300; pause", &when, &next) > PAUSE_NS);
	CHECK_EQ(seen, 1);
}

static void test_step(void)
{
	uint32_t when;
	bool next;

	CHECK(INTERRUPTED("pushfl; orl $0x100, (%%esp); popfl; pause; pushfl; andl $~0x100, (%%esp); popfl", &when,
			  &next) < PAUSE_NS);
	CHECK(seen == 4 && dr6 == 0xffff4ff0);
	CHECK(INTERRUPTED("pushfl; orl $0x100, (%%esp); popfl; outb %%al, $0x80; pushfl; andl $~0x100, (%%esp); popfl",
			  &when, &next) > ISA_NS);
	CHECK_EQ(seen, 4);
}

int main(void)
{
	test_lengths();
	trap_handler[0x40] = trap_handler[0x41] = trap_handler[VEC_NMI] = note;
	trap_handler[VEC_DB] = single_step;
	wrmsr(0x1b, rdmsr(0x1b) | 0x800);
	LAPIC(SVR) = 0x1ff;
	LAPIC(TIMER_DIVIDE) = 0xb; /* by 1: a nanosecond a count */
	LAPIC(LVT_TIMER) = 0x40;
	test_timer_in_pause();
	test_timer_in_port();
	test_nmi();
	test_step();
	return lib_result();
}
