/* Finer points of debugging (SDM 3A 6.8.3, 3B 18.3, 18.4.3): RF in the pushed
 * image, repeated string instructions, the shadow of MOV SS, breakpoints of
 * instructions that fault, string I/O, far transfers; branch stepping. */
#include "tests/guest/lib.h"

enum { TF = 0x100, RF = 0x10000, DR6_BS = 0x4000, CR4_DE = 8, DEBUGCTL = 0x1d9, BTF = 2 };
#define ON(n) (0x400u | 1u << 2 * (n)) /* L0..L3 */
#define WRITES(n, bytes) (ON(n) | (1u | ((bytes)-1u) << 2) << (16 + 4 * (n)))

static char bytes[64];

/* One breakpoint, though the instruction comes by three times. */
static void test_repeat(void)
{
	debug_reset();
	debug_resume = true;
	bytes[2] = 0;
	__asm__ volatile("movl $1f, %%eax; movl %%eax, %%dr0; movl $0x401, %%eax; movl %%eax, %%dr7; movb $7, %%al\n"
			 "1: rep stosb\n"
			 : "=D"((int){0})
			 : "0"(bytes), "c"(3)
			 : "eax", "memory");
	CHECK_EQ(debug_hits, 1);
	CHECK_EQ(bytes[2], 7);
	/* Between iterations the image has RF, so that IRET does not meet the
	 * instruction's own breakpoint; after the last it has not. */
	debug_reset();
	__asm__ volatile("pushfl; orl $0x100, (%%esp); popfl; rep stosb; pushfl; andl $~0x100, (%%esp); popfl"
			 : "=D"((int){0})
			 : "0"(bytes), "c"(3)
			 : "memory", "cc");
	CHECK_EQ(debug_hits, 6);
	CHECK_EQ(debug_flags[0] & RF, RF);
	CHECK_EQ(debug_flags[1] & RF, RF);
	CHECK_EQ(debug_flags[2] & RF, 0);
	CHECK_EQ(debug_flags[3] & RF, 0);
	/* A breakpoint of its own and stepping, handler without RF: the first is a
	 * fault before the instruction, then each iteration is a trap. */
	debug_reset();
	__asm__ volatile("movl $1f, %%eax; movl %%eax, %%dr0; movl $0x401, %%eax; movl %%eax, %%dr7\n"
			 "pushfl; orl $0x10100, (%%esp); pushl %%cs; pushl $1f; iretl\n"
			 "1: rep lodsb; pushfl; andl $~0x100, (%%esp); popfl"
			 : "=S"((int){0})
			 : "0"(bytes), "c"(2)
			 : "eax", "memory", "cc");
	CHECK_EQ(debug_hits, 2 + 3);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | DR6_BS);
	debug_reset();
}

/* RF ends with the instruction that it was for, whichever that is. */
static void test_resume(void)
{
	uint32_t next;

	debug_reset();
	debug_resume = true;
	__asm__ volatile("movl $2f, %0; movl %0, %%dr0; movl $0x401, %%eax; movl %%eax, %%dr7\n"
			 "pushfl; orl $0x10000, (%%esp); pushl %%cs; pushl $1f; iretl\n"
			 "1: bswap %%edi\n" /* 0F CF, which is not IRET */
			 "2: incl %%eax; nop"
			 : "=&b"(next)
			 :
			 : "eax", "edi", "memory");
	CHECK_EQ(debug_hits, 1);
	CHECK_EQ(debug_where[0], next);
	CHECK_EQ(debug_flags[0] & RF, 0);
}

/* After MOV SS neither breakpoint nor step of the instruction itself. */
static void test_shadow(void)
{
	debug_reset();
	debug_resume = true;
	__asm__ volatile("movl $1f, %%eax; movl %%eax, %%dr0; movl $0x401, %%eax; movl %%eax, %%dr7; movl %%ss, %%eax\n"
			 "movl %%eax, %%ss\n1: nop"
			 :
			 :
			 : "eax", "memory");
	CHECK_EQ(debug_hits, 0);
	debug_reset();
	trap_handler[0x40] = debug_note; /* its own handler: no step inside, none behind MOV SS */
	__asm__ volatile("movl %%ss, %%eax; pushfl; orl $0x100, (%%esp); popfl; movl %%eax, %%ss; int $0x40\n"
			 "pushfl; andl $~0x100, (%%esp); popfl"
			 :
			 :
			 : "eax", "memory", "cc");
	CHECK_EQ(debug_flags[0] & TF, TF);
	CHECK_EQ(debug_dr6[0], DR6_FIXED);
	CHECK_EQ(debug_hits, 1 + 3);
	trap_handler[0x40] = NULL;
	debug_reset();
}

/* What a faulting instruction had touched is no trap of the fault's handler. */
static volatile uint32_t watched, at_fault;
static void fault(struct trap *t)
{
	at_fault = debug_hits;
	t->eip = t->eax;
}

static void test_fault(void)
{
	debug_reset();
	trap_handler[VEC_GP] = fault;
	gdt[SEL_FREE / 8] = descriptor(0, 0xff, 0x93, 4);
	WRITE_DR(1, &watched);
	WRITE_DR(7, ON(1) | 0xfu << 20); /* 4 bytes, reads and writes */
	__asm__ volatile("movl %1, %%es; movl $1f, %%eax; movl $0x100, %%edi; movl $watched_, %%esi; movsl\n1:"
			 :
			 : "m"(watched), "r"(SEL_FREE)
			 : "eax", "esi", "edi", "memory");
	CHECK_EQ(debug_hits, 0);
	CHECK_EQ(at_fault, 0);
	__asm__ volatile("movl %0, %%es" : : "r"(SEL_DATA));
	trap_handler[VEC_GP] = NULL;
	debug_reset();
}
__asm__(".set watched_, watched");

static void test_string_io(void)
{
	uint32_t ecx = 2;

	debug_reset();
	WRITE_CR(4, READ_CR(4) | CR4_DE);
	WRITE_DR(3, 0x80);
	WRITE_DR(7, 0x400 | 1 << 7 | 0x2u << 28);
	__asm__ volatile("rep outsb" : "+c"(ecx) : "S"(bytes), "d"(0x80) : "memory");
	CHECK_EQ(debug_hits, 2);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | 8);
	CHECK_EQ(debug_where[0] + 2, debug_where[1]);
	CHECK_EQ(debug_flags[0] & RF, RF);
	__asm__ volatile("insb" : : "D"(bytes), "d"(0x80) : "memory");
	CHECK_EQ(debug_hits, 3);
	debug_reset();
	WRITE_CR(4, READ_CR(4) & ~CR4_DE);
}

/* The stack of far transfers is watched as any other memory. */
static void test_far(void)
{
	debug_reset();
	__asm__ volatile("leal -4(%%esp), %%eax; movl %%eax, %%dr2\n"
			 "movl %0, %%eax; movl %%eax, %%dr7\n"
			 "lcall $0x08, $1f; jmp 2f\n1: lretl\n2:"
			 :
			 : "i"(WRITES(2, 4))
			 : "eax", "memory");
	CHECK_EQ(debug_hits, 1);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | 4);
	debug_reset();
}

static void test_branches(void)
{
	uint32_t first;

	debug_reset();
	wrmsr(DEBUGCTL, BTF);
	__asm__ volatile("movl $1f, %0; pushfl; orl $0x100, (%%esp); popfl\n"
			 "nop; nop; xorl %%eax, %%eax; jnz 1f; nop; jz 1f; nop\n"
			 "1: pushfl; andl $~0x100, (%%esp); popfl; nop"
			 : "=&r"(first)
			 :
			 : "eax", "memory", "cc");
	CHECK_EQ(debug_hits, 4); /* the branch; #DB clears BTF, so then each instruction */
	CHECK_EQ(debug_where[0], first);
	CHECK_EQ(debug_dr6[0], DR6_FIXED | DR6_BS);
	CHECK_EQ(rdmsr(DEBUGCTL), 0);
	debug_reset();
}

int main(void)
{
	trap_handler[VEC_DB] = debug_note;
	test_repeat();
	test_resume();
	test_shadow();
	test_fault();
	test_string_io();
	test_far();
	test_branches();
	return lib_result();
}
