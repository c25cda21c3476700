/* Debugging (SDM 3B 17.2-17.3): single step, breakpoints on execution, data and
 * I/O, general detect, RF, INT1. */
#include "tests/guest/lib.h"

enum { TF = 0x100, RF = 0x10000, DR6_BS = 0x4000, DR6_BD = 0x2000, DR7_GD = 0x2000, CR4_DE = 8 };

static void test_step(void)
{
	uint32_t first;

	debug_reset();
	__asm__ volatile("movl $1f, %0; pushfl; orl $0x100, (%%esp); popfl\n"
			 "1: nop\n2: nop\n3: pushfl; andl $~0x100, (%%esp); popfl\n4: nop"
			 : "=&r"(first)
			 :
			 : "memory", "cc");
	CHECK_EQ(debug_hits, 5); /* after each instruction that began with TF */
	CHECK_EQ(debug_where[0], first + 1);
	CHECK_EQ(debug_where[1], first + 2);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | DR6_BS);
	/* Each repetition of a string instruction is a step. */
	debug_reset();
	__asm__ volatile("pushfl; orl $0x100, (%%esp); movl $3, %%ecx; movl %0, %%edi; popfl; rep stosb; pushfl; andl "
			 "$~0x100, (%%esp); popfl"
			 :
			 : "r"(user_stack_top - 16)
			 : "ecx", "edi", "memory", "cc");
	CHECK_EQ(debug_hits, 3 + 3);
	CHECK_EQ(debug_where[0], debug_where[1]); /* still to be repeated */
	CHECK_EQ(debug_where[2], debug_where[1] + 2);
	/* No trap between MOV SS and the next instruction. */
	debug_reset();
	__asm__ volatile("movl %%ss, %%eax; pushfl; orl $0x100, (%%esp); popfl; movl %%eax, %%ss; nop; pushfl; andl "
			 "$~0x100, (%%esp); popfl"
			 :
			 :
			 : "eax", "memory", "cc");
	CHECK_EQ(debug_hits, 1 + 3);
}

static uint16_t watched_ss = SEL_DATA;

/* MOV SS from memory that is watched: the trap waits for the next instruction. */
#define AFTER_MOV_SS(text) \
	({ \
		uint32_t at_; \
		WRITE_DR(0, &watched_ss); \
		WRITE_DR(7, 0x400 | 1 << 1 | 0x7u << 16); /* DR0: read or write, 2 bytes */ \
		__asm__ volatile("movl $1f, %0; movw %1, %%ss\n1: " text \
				 : "=r"(at_) \
				 : "m"(watched_ss) \
				 : "eax", "memory"); \
		at_; \
	})

static void nothing(struct trap *t)
{
	(void)t;
}

static void skip_two(struct trap *t)
{
	t->eip += 2;
}

static void test_mov_ss(void)
{
	uint32_t at;

	debug_reset();
	at = AFTER_MOV_SS("nop");
	CHECK_EQ(debug_hits, 1);
	CHECK_EQ(debug_where[0], at + 1);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | 1);
	/* An exception of its own: what waited is dropped. */
	debug_reset();
	trap_handler[VEC_UD] = skip_two;
	AFTER_MOV_SS("ud2; nop");
	CHECK_EQ(debug_hits, 0);
	CHECK_EQ(READ_DR(6), DR6_FIXED);
	trap_handler[VEC_UD] = NULL;
	debug_reset();
	at = AFTER_MOV_SS(".byte 0xf1"); /* INT1 */
	CHECK_EQ(debug_hits, 1);
	CHECK_EQ(debug_where[0], at + 1);
	CHECK_EQ(debug_dr6[0], DR6_FIXED);
	/* INT n and its kin take it along, to their handler's first instruction. */
	debug_reset();
	AFTER_MOV_SS("int $0x60; nop");
	CHECK_EQ(debug_hits, 1);
	CHECK_EQ(debug_where[0], (uint32_t)trap_stubs[0x60]);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | 1);
	debug_reset();
}

/* B0 to B3 tell of this trap alone; the others stay until they are cleared. */
static void test_old_bits(void)
{
	debug_reset();
	WRITE_DR(6, DR6_FIXED | DR6_BS | 0xa);
	WRITE_DR(0, &watched_ss);
	WRITE_DR(7, 0x400 | 1 << 1 | 0x7u << 16);
	(void)*(volatile uint16_t *)&watched_ss;
	CHECK_EQ(debug_dr6[0], DR6_FIXED | DR6_BS | 1);
	debug_reset();
}

static void test_execute(void)
{
	uint32_t at;

	debug_reset();
	debug_resume = true;
	__asm__ volatile("movl $1f, %0; movl %0, %%dr0; movl $0x402, %%eax; movl %%eax, %%dr7; nop\n1: incl %0; nop"
			 : "=&r"(at)
			 :
			 : "eax", "memory");
	CHECK_EQ(debug_hits, 1);          /* RF let it pass then */
	CHECK_EQ(debug_where[0], at - 1); /* a fault: before it */
	CHECK_EQ(debug_dr6[0], DR6_FIXED | 1);
	debug_reset();
}

static volatile uint32_t watched[4];

static void test_data(void)
{
	debug_reset();
	WRITE_DR(1, &watched[1]);
	WRITE_DR(7, 0x400 | 1 << 3 | 0xdu << 20); /* DR1: write, 4 bytes */
	(void)watched[1];
	watched[0] = 1;
	watched[2] = 1;
	CHECK_EQ(debug_hits, 0);
	watched[1] = 1;
	CHECK_EQ(debug_hits, 1);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | 2);
	*((volatile uint8_t *)&watched[1] + 3) = 1; /* any byte of it */
	CHECK_EQ(debug_hits, 2);
	*(volatile uint32_t *)((uint32_t)&watched[0] + 1) = 1; /* overlaps */
	CHECK_EQ(debug_hits, 3);
	debug_reset();
	WRITE_DR(2, &watched[3]);
	WRITE_DR(7, 0x400 | 1 << 5 | 0x7u << 24); /* DR2: read or write, 2 bytes */
	(void)watched[3];
	CHECK_EQ(debug_hits, 1);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | 4);
	*((volatile uint16_t *)&watched[3] + 1) = 1;
	CHECK_EQ(debug_hits, 1);
	debug_reset();
	CHECK_EQ(debug_hits, 0);
}

static void test_io(void)
{
	debug_reset();
	WRITE_CR(4, READ_CR(4) | CR4_DE);
	WRITE_DR(3, 0x80);
	WRITE_DR(7, 0x400 | 1 << 7 | 0x2u << 28);
	outb(0x84, 0);
	CHECK_EQ(debug_hits, 0);
	outb(0x80, 0);
	CHECK_EQ(debug_hits, 1);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | 8);
	debug_reset();
	/* With DE, DR4 and DR5 do not exist; without, they are DR6 and DR7. */
	CHECK_TRAP(VEC_UD, 0, __asm__ volatile(".byte 0x0f, 0x21, 0xe0" : : : "eax")); /* mov %dr4, %eax */
	WRITE_CR(4, READ_CR(4) & ~CR4_DE);
	CHECK_EQ(TRAP_OF(__asm__ volatile(".byte 0x0f, 0x21, 0xe0" : : : "eax")), NO_TRAP);
}

static void test_general_detect(void)
{
	debug_reset();
	trap_handler[VEC_DB] = NULL;
	WRITE_DR(7, 0x400 | DR7_GD);
	CHECK_EQ(TRAP_OF((void)READ_DR(0)), VEC_DB);
	CHECK_EQ(READ_DR(6) & DR6_BD, DR6_BD); /* GD is clear in the handler and stays so */
	CHECK_EQ(READ_DR(7) & DR7_GD, 0);
	CHECK_EQ(TRAP_OF(__asm__ volatile(".byte 0xf1")), VEC_DB);
	trap_handler[VEC_DB] = debug_note;
	debug_reset();
}

static void user_step(void)
{
	__asm__ volatile("nop; nop; int $0x80");
}

static void test_user(void)
{
	debug_reset();
	CHECK_EQ(TRAP_OF(user_call((uint32_t)user_step, (uint32_t)user_stack_top, 2 | TF)), 0x80);
	CHECK(debug_hits >= 2 && debug_hits <= 4);
	CHECK_EQ(last_trap.eflags & TF, TF);
}

int main(void)
{
	trap_handler[VEC_DB] = debug_note;
	trap_handler[0x60] = nothing;
	test_step();
	test_mov_ss();
	test_old_bits();
	trap_handler[0x60] = NULL;
	test_execute();
	test_data();
	test_io();
	test_general_detect();
	test_user();
	return lib_result();
}
