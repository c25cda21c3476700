/* Interrupt, trap and call gates (SDM 3A 5.8, 6.11-6.13): privilege checks,
 * stack switch, flags, error codes, I/O permission. */
#include "tests/guest/lib.h"

enum { IF = 0x200, CALL_SEL = SEL_FREE };

static struct trap seen;
static void note(struct trap *t)
{
	seen = *t;
}

#define SOFT_INT(n) __asm__ volatile("int %0" : : "i"(n) : "memory")

static void test_flags(void)
{
	idt[0x41] = gate(SEL_CODE, (uint32_t)trap_stubs[0x41], 0x8f, 0); /* trap gate: IF stays */
	idt[0x42] = gate(SEL_CODE, (uint32_t)trap_stubs[0x42], 0x8e, 0);
	trap_handler[0x41] = trap_handler[0x42] = note;
	SOFT_INT(0x41);
	CHECK_EQ(seen.vector, 0x41);
	CHECK_EQ(seen.cs, SEL_CODE);
	CHECK_EQ(seen.eflags & IF, 0);
	/* The image on the stack has the flags from before, TF and NT are off inside. */
	__asm__ volatile("pushfl; orl $0x4000, (%%esp); popfl; int $0x42; pushfl; andl $~0x4000, (%%esp); popfl"
			 :
			 :
			 : "memory", "cc");
	CHECK_EQ(seen.eflags & 0x4000, 0x4000);
	trap_handler[0x41] = trap_handler[0x42] = NULL;
	idt[0x43] = gate(SEL_CODE, (uint32_t)trap_stubs[0x43], 0x0e, 0);
	CHECK_TRAP(VEC_NP, 0x43 * 8 + 2, SOFT_INT(0x43));
	idt[0x43] = gate(SEL_DATA, (uint32_t)trap_stubs[0x43], 0x8e, 0);
	CHECK_TRAP(VEC_GP, SEL_DATA, SOFT_INT(0x43));
	idt[0x43] = gate(0, (uint32_t)trap_stubs[0x43], 0x8e, 0);
	CHECK_TRAP(VEC_GP, 0, SOFT_INT(0x43));
	idt[0x43] = 0;
	CHECK_TRAP(VEC_GP, 0x43 * 8 + 2, SOFT_INT(0x43));
}

static void user_int41(void)
{
	SOFT_INT(0x41);
}
static void user_int3(void)
{
	__asm__ volatile("int3");
}
static void user_into(void)
{
	__asm__ volatile("movb $0x7f, %al; addb $1, %al; into");
}
static void user_div(void)
{
	__asm__ volatile("xorl %ecx, %ecx; divl %ecx");
}
static void user_bound(void)
{
	static const int32_t bounds[2] = {-5, 5};

	__asm__ volatile("boundl %0, %1" : : "r"(6), "m"(bounds[0]));
}
static void user_ud(void)
{
	__asm__ volatile("ud2");
}
static void user_out(void)
{
	__asm__ volatile("outb %al, $0x80; int $0x80");
}
static void user_out_word(void)
{
	__asm__ volatile("outw %ax, $0x80; int $0x80");
}

static void test_user(void)
{
	CHECK_EQ(USER_TRAP_OF(user_int41), VEC_GP); /* DPL 0 */
	CHECK_EQ(last_trap.error, 0x41 * 8 + 2);
	CHECK_EQ(USER_TRAP_OF(user_int3), VEC_GP);
	CHECK_EQ(last_trap.error, 3 * 8 + 2);
	idt[3] = gate(SEL_CODE, (uint32_t)trap_stubs[3], 0xee, 0);
	idt[4] = gate(SEL_CODE, (uint32_t)trap_stubs[4], 0xee, 0);
	CHECK_EQ(USER_TRAP_OF(user_int3), VEC_BP);
	CHECK_EQ(*(uint8_t *)(last_trap.eip - 1), 0xcc); /* a trap: after the instruction */
	CHECK_EQ(USER_TRAP_OF(user_into), VEC_OF);
	CHECK_EQ(*(uint8_t *)(last_trap.eip - 1), 0xce);
	CHECK_EQ(USER_TRAP_OF(user_div), VEC_DE); /* a fault: at the instruction */
	CHECK_EQ(*(uint8_t *)last_trap.eip, 0xf7);
	CHECK_EQ(USER_TRAP_OF(user_bound), VEC_BR);
	CHECK_EQ(*(uint8_t *)last_trap.eip, 0x62);
	CHECK_EQ(USER_TRAP_OF(user_ud), VEC_UD);
	CHECK_EQ(last_trap.ss, SEL_UDATA);
	CHECK_EQ(last_trap.cs, SEL_UCODE);
}

static void test_io(void)
{
	CHECK_EQ(USER_TRAP_OF(user_out), VEC_GP); /* no bitmap */
	CHECK_EQ(last_trap.error, 0);
	tss.iomap = (uint16_t)offsetof(struct tss, bitmap);
	for (unsigned n = 0; n < sizeof(tss.bitmap); n++)
		tss.bitmap[n] = 0xff;
	CHECK_EQ(USER_TRAP_OF(user_out), VEC_GP);
	tss.bitmap[0x80 / 8] = 0xfe;
	CHECK_EQ(USER_TRAP_OF(user_out), 0x80);
	CHECK_EQ(USER_TRAP_OF(user_out_word), VEC_GP); /* 0x81 too */
	tss.bitmap[0x80 / 8] = 0xfc;
	CHECK_EQ(USER_TRAP_OF(user_out_word), 0x80);
	tss.iomap = sizeof(tss);
	/* IOPL 3 needs no bitmap. */
	CHECK_EQ(TRAP_OF(user_call((uint32_t)user_out, (uint32_t)user_stack_top, 0x3002)), 0x80);
}

/* Called through the gate with two parameters: copies of them are on the new stack. */
__asm__(".text\ncall_target:\n\tmovl 8(%esp), %eax\n\tmovl 12(%esp), %ecx\n\tmovl 20(%esp), %edx\n\tmovw %cs, "
	"%bx\n\tlret $8");
extern char call_target[];

static void user_call_gate(void)
{
	__asm__ volatile("pushl $0x1111; pushl $0x2222; lcall %0, $0; movl %%esp, %%esi; int $0x80"
			 :
			 : "i"(CALL_SEL | 3));
}

static void test_call_gate(void)
{
	gdt[CALL_SEL / 8] = gate(SEL_CODE, (uint32_t)call_target, 0xec, 2);
	CHECK_EQ(USER_TRAP_OF(user_call_gate), 0x80);
	CHECK_EQ(last_trap.eax, 0x2222);
	CHECK_EQ(last_trap.ecx, 0x1111);
	CHECK_EQ(last_trap.edx, SEL_UDATA); /* the old SS, above its ESP */
	CHECK_EQ(last_trap.ebx & 0xffff, SEL_CODE);
	CHECK_EQ(last_trap.esi, (uint32_t)user_stack_top); /* lret $8 dropped them on both stacks */
	CHECK_EQ(last_trap.cs, SEL_UCODE);
	gdt[CALL_SEL / 8] = gate(SEL_CODE, (uint32_t)call_target, 0x8c, 2);
	CHECK_EQ(USER_TRAP_OF(user_call_gate), VEC_GP);
	CHECK_EQ(last_trap.error, CALL_SEL);
	gdt[CALL_SEL / 8] = gate(SEL_CODE, (uint32_t)call_target, 0x6c, 2);
	CHECK_EQ(USER_TRAP_OF(user_call_gate), VEC_NP);
	CHECK_EQ(last_trap.error, CALL_SEL);
	gdt[CALL_SEL / 8] = 0;
}

/* A return to ring 3 empties data segments that ring 3 may not have. */
static void user_segments(void)
{
	__asm__ volatile("movw %ds, %ax; movw %es, %cx; int $0x80");
}

static void test_return(void)
{
	CHECK_EQ(TRAP_OF({
			 __asm__ volatile("pushl $0x23; pushl %1; pushl $2; pushl $0x1b; pushl %0; movl $0x23, %%eax; "
					  "movl %%eax, %%es; iretl"
					  :
					  : "r"(user_segments), "r"(user_stack_top)
					  : "eax");
		 }),
		 0x80);
	CHECK_EQ(last_trap.eax & 0xffff, 0); /* DS was the kernel's */
	CHECK_EQ(last_trap.ecx & 0xffff, 0x23);
	/* To an inner ring: never. */
	CHECK_TRAP(VEC_GP, SEL_UCODE & ~3, { __asm__ volatile("pushl $2; pushl $0x18; pushl $0; iretl"); });
}

static volatile uint32_t ticks;
static void count(struct trap *t)
{
	ticks++;
	seen = *t;
	outb(0x20, 0x20);
}

/* STI lets one more instruction pass; MOV SS too. */
static void test_shadow(void)
{
	uint32_t eip;

	trap_handler[0x20] = count;
	outb(0x21, 0xfe);
	outb(0x43, 0x30); /* one shot, soon */
	outb(0x40, 20);
	outb(0x40, 0);
	while (inb(0x20), outb(0x20, 0x0a), !(inb(0x20) & 1))
		;
	CHECK_EQ(ticks, 0);
	__asm__ volatile("sti; nop; 1: cli; movl $1b, %0" : "=r"(eip) : : "memory");
	CHECK_EQ(ticks, 1);
	CHECK_EQ(seen.eip, eip);
	outb(0x21, 0xff);
	trap_handler[0x20] = NULL;
}

int main(void)
{
	test_flags();
	test_user();
	test_io();
	test_call_gate();
	test_return();
	test_shadow();
	return lib_result();
}
