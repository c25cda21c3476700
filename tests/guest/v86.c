/* Virtual-8086 mode (SDM 3B chapter 20): entry by IRET, exit by a gate to ring
 * 0, IOPL-sensitive instructions, I/O bitmap, 20-bit addresses. */
#include "tests/guest/lib.h"

enum { VM = 0x20000, IF = 0x200, CODE_SEG = 0x1000, STACK_SEG = 0x2000 };

/* Copies 16-bit code to CODE_SEG:0 and runs it there. */
static int run(const char *begin, const char *end, uint32_t flags)
{
	char *to = (char *)(CODE_SEG << 4);

	for (const char *p = begin; p < end; p++)
		*to++ = *p;
	return TRAP_OF({
		__asm__ volatile(
			"pushl $0x6666; pushl $0x5555; pushl $0x4444; pushl $0x3333; pushl %0; pushl $0xfffe; pushl %1;"
			"pushl %2; pushl $0; iretl"
			:
			: "i"(STACK_SEG), "r"(flags | VM | 2), "i"(CODE_SEG));
	});
}

#define CODE(name, text) \
	extern char name[], name##_end[]; \
	__asm__(".text\n.code16\n" #name ":\n" text "\n" #name "_end:\n.code32\n")
#define RUN(name, flags) run(name, name##_end, flags)

CODE(code_int, "movw $0x1234, %ax; int $0x80");
CODE(code_cli, "nop; cli");
CODE(code_sti_popf, "sti; pushfw; popw %ax; cli; pushfw; popw %cx; hlt");
CODE(code_pushf, "pushfw");
CODE(code_popf, "popfw");
CODE(code_hlt, "hlt");
CODE(code_in, "inb $0x80, %al; hlt");
CODE(code_memory, "movw $0x7000, %ax; movw %ax, %ds; movb $0x5a, 0x0010; movw $0xffff, %ax; movw %ax, %es;"
		  "movb %es:0x0020, %bl; movw %ds:0x0010, %cx; hlt");
CODE(code_limit, "movl $0x10000, %ebx; movb (%ebx), %al");
CODE(code_iret, "iretw");
CODE(code_lgdt, "movl %cr0, %eax");
CODE(code_lldt, "lldt %ax");

static void test_exit(void)
{
	CHECK_EQ(RUN(code_int, 0x3000), 0x80);
	CHECK_EQ(last_trap.eax & 0xffff, 0x1234);
	CHECK_EQ(last_trap.cs, CODE_SEG);
	CHECK_EQ(last_trap.eip, 5);
	CHECK_EQ(last_trap.ss, STACK_SEG);
	CHECK_EQ(last_trap.esp, 0xfffe);
	CHECK_EQ(last_trap.v86_es, 0x3333);
	CHECK_EQ(last_trap.v86_ds, 0x4444);
	CHECK_EQ(last_trap.v86_fs, 0x5555);
	CHECK_EQ(last_trap.v86_gs, 0x6666);
	CHECK_EQ(last_trap.eflags & VM, VM);
	CHECK_EQ(last_trap.ds, 0); /* inside: data segments are null */
	CHECK_EQ(last_trap.fs, 0);
}

static void test_sensitive(void)
{
	CHECK_EQ(RUN(code_int, 0), VEC_GP);
	CHECK_EQ(last_trap.error, 0);
	CHECK_EQ(last_trap.eip, 3);
	CHECK_EQ(RUN(code_cli, 0), VEC_GP);
	CHECK_EQ(last_trap.eip, 1);
	CHECK_EQ(RUN(code_pushf, 0), VEC_GP);
	CHECK_EQ(RUN(code_popf, 0), VEC_GP);
	CHECK_EQ(RUN(code_iret, 0), VEC_GP);
	CHECK_EQ(RUN(code_hlt, 0), VEC_GP);
	CHECK_EQ(RUN(code_hlt, 0x3000), VEC_GP);
	CHECK_EQ(RUN(code_sti_popf, 0x3000), VEC_GP); /* by the HLT */
	CHECK_EQ(last_trap.eax & IF, IF);
	CHECK_EQ(last_trap.ecx & IF, 0);
	CHECK_EQ(RUN(code_lgdt, 0x3000), VEC_GP);
	CHECK_EQ(RUN(code_lldt, 0x3000), VEC_UD);
}

static void test_io(void)
{
	/* In virtual-8086 mode IOPL does not matter for I/O, the bitmap does. */
	CHECK_EQ(RUN(code_in, 0x3000), VEC_GP);
	CHECK_EQ(last_trap.eip, 0);
	tss.iomap = (uint16_t)offsetof(struct tss, bitmap);
	for (unsigned n = 0; n < sizeof(tss.bitmap); n++)
		tss.bitmap[n] = 0;
	CHECK_EQ(RUN(code_in, 0), VEC_GP);
	CHECK_EQ(last_trap.eip, 2); /* it was the HLT */
	tss.iomap = sizeof(tss);
}

static void test_memory(void)
{
	/* FFFF:0020 is 0x100010 with A20 on: part of this program. */
	CHECK_EQ(RUN(code_memory, 0), VEC_GP);
	CHECK_EQ(*(volatile uint8_t *)0x70010, 0x5a);
	CHECK_EQ(last_trap.ecx & 0xff, 0x5a);
	CHECK_EQ(last_trap.ebx & 0xff, *(volatile uint8_t *)0x100010);
	CHECK_EQ(RUN(code_limit, 0), VEC_GP);
	CHECK_EQ(last_trap.eip, 6);
}

int main(void)
{
	test_exit();
	test_sensitive();
	test_io();
	test_memory();
	return lib_result();
}
