/* Far CALL, JMP, RET and IRET in protected mode (SDM 2A): same level and outer
 * levels, conforming code, 16-bit gates, error codes, and that a transfer that
 * faults has changed nothing. */
#include "tests/guest/lib.h"

enum { SEL_A = SEL_FREE, SEL_B = SEL_FREE + 8, SEL_C = SEL_FREE + 16 };

static uint32_t put(uint32_t sel, uint64_t d)
{
	gdt[sel / 8] = d;
	return sel;
}

static void far_jump(uint32_t sel)
{
	struct {
		uint32_t offset;
		uint16_t sel;
	} __attribute__((packed)) p = {0, (uint16_t)sel};

	__asm__ volatile("movl $1f, (%0); ljmpl *(%0)\n1:" : : "r"(&p) : "memory");
}

static void test_selectors(void)
{
	CHECK_TRAP(VEC_GP, 0, far_jump(0));
	CHECK_TRAP(VEC_GP, 0, far_jump(3));
	CHECK_TRAP(VEC_GP, 0x1000, far_jump(0x1003));
	CHECK_TRAP(VEC_GP, 0x34, far_jump(0x34)); /* no LDT */
	CHECK_TRAP(VEC_GP, SEL_DATA, far_jump(SEL_DATA));
	CHECK_TRAP(VEC_GP, SEL_UCODE & ~3, far_jump(SEL_UCODE & ~3)); /* not conforming: DPL = CPL */
	CHECK_TRAP(VEC_GP, SEL_CODE, far_jump(SEL_CODE | 1));         /* RPL */
	put(SEL_A, descriptor(0, 0xfffff, 0x1b, 0xc));
	CHECK_TRAP(VEC_NP, SEL_A, far_jump(SEL_A));
	put(SEL_A, descriptor(0, 0xfffff, 0x82, 0)); /* LDT */
	CHECK_TRAP(VEC_GP, SEL_A, far_jump(SEL_A));
	put(SEL_A, descriptor(0, 0xfff, 0x9b, 4)); /* EIP beyond its limit */
	CHECK_TRAP(VEC_GP, 0, far_jump(SEL_A));
	put(SEL_A, descriptor(0, 0xfffff, 0x9f, 0xc)); /* conforming: RPL does not matter */
	CHECK_EQ(TRAP_OF(far_jump(SEL_A | 3); __asm__ volatile("ljmp $0x08, $1f\n1:")), NO_TRAP);
	put(SEL_A, descriptor(0, 0xfffff, 0x98, 0xc)); /* it becomes accessed */
	CHECK_EQ(TRAP_OF(far_jump(SEL_A); __asm__ volatile("ljmp $0x08, $1f\n1:")), NO_TRAP);
	CHECK_EQ(gdt[SEL_A / 8] >> 40 & 0xff, 0x99);
}

/* From ring 3: what is below the stack pointer stays as it was. */
static uint32_t user_stack[64];
static void user_bad_call(void)
{
	__asm__ volatile("movl $0x5555, -4(%%esp); movl $0x5555, -8(%%esp); lcall %0, $0x2000" : : "i"(SEL_A | 3));
}
static void user_conforming(void)
{
	__asm__ volatile("lcall %0, $1f; int $0x80\n1: movw %%cs, %%bx; lret" : : "i"(SEL_B));
}

static void test_user(void)
{
	put(SEL_A, descriptor(0, 0xfff, 0xfb, 4));
	CHECK_EQ(TRAP_OF(user_call((uint32_t)user_bad_call, (uint32_t)(user_stack + 32), 2)), VEC_GP);
	CHECK_EQ(last_trap.error, 0);
	CHECK_EQ(last_trap.esp, (uint32_t)(user_stack + 32));
	CHECK_EQ(user_stack[31], 0x5555);
	CHECK_EQ(user_stack[30], 0x5555);
	put(SEL_B, descriptor(0, 0xfffff, 0x9f, 0xc)); /* ring 0's, conforming: runs at CPL 3 */
	CHECK_EQ(USER_TRAP_OF(user_conforming), 0x80);
	CHECK_EQ(last_trap.ebx & 0xffff, SEL_B | 3);
	CHECK_EQ(last_trap.cs, SEL_UCODE);
}

/* A 16-bit call gate: words are pushed, the offset has 16 bits. */
extern char low[], low_end[];
__asm__(".text\nlow: movw (%esp), %ax; movw 2(%esp), %cx; movw 4(%esp), %dx; movl %esp, %ebx; lretw $2\nlow_end:");
static void user_gate16(void)
{
	__asm__ volatile("pushw $0x7777; lcall %0, $0; movl %%esp, %%esi; int $0x80" : : "i"(SEL_C | 3));
}

static void test_gate16(void)
{
	for (char *to = (char *)0x9000, *p = low; p < low_end; p++)
		*to++ = *p;
	put(SEL_C, gate(SEL_CODE, 0x9000, 0xe4, 1));
	/* The caller must lie below 64 KiB to be returned to by 16 bits. */
	for (char *to = (char *)0xa000, *p = (char *)user_gate16; p < (char *)user_gate16 + 64; p++)
		*to++ = *p;
	CHECK_EQ(TRAP_OF(user_call(0xa000, 0xc000, 2)), 0x80);
	CHECK_EQ(last_trap.ecx & 0xffff, SEL_UCODE);
	CHECK_EQ(last_trap.edx & 0xffff, 0x7777);
	CHECK_EQ(last_trap.ebx, tss.esp0 - 10); /* SS, SP, parameter, CS, IP */
	CHECK_EQ(last_trap.esi, 0xc000);
	put(SEL_C, gate(SEL_DATA, 0x9000, 0xec, 0));
	CHECK_EQ(TRAP_OF(user_call(0xa000, 0xc000, 2)), VEC_GP);
	CHECK_EQ(last_trap.error, SEL_DATA);
	put(SEL_C, gate(0, 0x9000, 0xec, 0));
	CHECK_EQ(TRAP_OF(user_call(0xa000, 0xc000, 2)), VEC_GP);
	CHECK_EQ(last_trap.error, 0);
}

static void far_return(uint32_t cs, uint32_t ss)
{
	__asm__ volatile("pushl %1; pushl $0; pushl %0; pushl $1f; lretl\n1:" : : "r"(cs), "r"(ss) : "memory");
}
static void interrupt_return(uint32_t cs, uint32_t ss)
{
	__asm__ volatile("pushl %1; pushl $0; pushl $2; pushl %0; pushl $1f; iretl\n1:"
			 :
			 : "r"(cs), "r"(ss)
			 : "memory");
}

static void test_returns(void (*ret)(uint32_t, uint32_t))
{
	CHECK_TRAP(VEC_GP, 0, ret(0, SEL_UDATA));
	CHECK_TRAP(VEC_GP, SEL_DATA, ret(SEL_DATA, SEL_UDATA));
	CHECK_TRAP(VEC_GP, 0x1000, ret(0x1000, SEL_UDATA));
	CHECK_TRAP(VEC_GP, SEL_UCODE & ~3, ret(SEL_UCODE & ~3, SEL_UDATA)); /* DPL 3, RPL 0 */
	CHECK_TRAP(VEC_GP, 0, ret(SEL_UCODE, 0));
	CHECK_TRAP(VEC_GP, SEL_DATA, ret(SEL_UCODE, SEL_DATA));
	CHECK_TRAP(VEC_GP, SEL_UCODE & ~3, ret(SEL_UCODE, SEL_UCODE));
	put(SEL_A, descriptor(0, 0xfffff, 0x73, 0xc));
	CHECK_TRAP(VEC_SS, SEL_A, ret(SEL_UCODE, SEL_A | 3));
	put(SEL_A, descriptor(0, 0xfffff, 0x7b, 0xc));
	CHECK_TRAP(VEC_NP, SEL_A, ret(SEL_A | 3, SEL_UDATA));
	put(SEL_A, descriptor(0, 0xfff, 0xfb, 4));
	CHECK_TRAP(VEC_GP, 0, ret(SEL_A | 3, SEL_UDATA));
}

int main(void)
{
	test_selectors();
	test_user();
	test_gate16();
	test_returns(far_return);
	test_returns(interrupt_return);
	return lib_result();
}
