/* Counted time (docs/architecture.md): one instruction, one repetition, one
 * delivery is one count; with 1000 MIPS the TSC tells counts. This one is about
 * the emulator, not about processors. */
#include "tests/guest/lib.h"

enum { ISA_NS = 1000 }; /* what an access to a port takes besides (doze.c) */

/* Counts between the two RDTSC, themselves taken off. */
#define COUNTS(text) \
	({ \
		uint32_t before_, after_; \
		__asm__ volatile( \
			"movl $area_, %%edi; movl $area_, %%esi; movl $7, %%ecx; rdtsc; movl %%eax, %%ebx\n" text \
			"\nrdtsc" \
			: "=b"(before_), "=a"(after_) \
			: \
			: "ecx", "edx", "esi", "edi", "memory", "cc"); \
		after_ - before_ - 2; \
	})
__asm__(".bss\n.balign 4096\narea_: .skip 8192\n.text\n"
	"just_return: iretl\nskip2: addl $2, (%esp); iretl\n");
extern char just_return[], skip2[];

int main(void)
{
	uint64_t ud = idt[VEC_UD], of = idt[VEC_OF];

	CHECK_EQ(COUNTS(""), 0);
	CHECK_EQ(COUNTS(".rept 100; nop; .endr"), 100);
	CHECK_EQ(COUNTS("1: loop 1b"), 7);
	CHECK_EQ(COUNTS("rep stosb"), 7);
	CHECK_EQ(COUNTS("rep movsl"), 7);
	CHECK_EQ(COUNTS("std; rep lodsb; cld"), 9);
	CHECK_EQ(COUNTS("movb (%%edi), %%al; repne scasb"), 1 + 1); /* the first byte is found */
	CHECK_EQ(COUNTS("repe cmpsb"), 7);
	CHECK_EQ(COUNTS("xorl %%ecx, %%ecx; rep stosb"), 1 + 1); /* none is one, too */
	CHECK_EQ(COUNTS("movl $4000, %%ecx; rep stosb"), 4001);
	CHECK_EQ(COUNTS("movw $0x80, %%dx; rep outsb"), 1 + 7 + 7 * ISA_NS);
	CHECK_EQ(COUNTS("inb $0x80, %%al; outb %%al, $0x80"), 2 + 2 * ISA_NS);
	CHECK_EQ(COUNTS("movl $0, %%eax; movl %%ds, %%ecx; movl %%ecx, %%ds; movl %%cr3, %%ecx; movl %%ecx, %%cr3"), 5);
	/* INT, its delivery, IRET; a fault is a delivery, but its instruction has not retired. */
	idt[0x60] = gate(SEL_CODE, (uint32_t)just_return, 0x8e, 0);
	idt[VEC_OF] = gate(SEL_CODE, (uint32_t)just_return, 0x8e, 0);
	idt[VEC_UD] = gate(SEL_CODE, (uint32_t)skip2, 0x8e, 0);
	CHECK_EQ(COUNTS("int $0x60"), 3);
	CHECK_EQ(COUNTS("ud2"), 1 + 2);
	CHECK_EQ(COUNTS("movb $0x7f, %%al; incb %%al; into"), 2 + 3);
	CHECK_EQ(COUNTS("xorl %%eax, %%eax; into"), 2);
	/* Stepping changes no count of the instruction. */
	idt[VEC_UD] = ud;
	idt[VEC_OF] = of;
	idt[VEC_DB] = gate(SEL_CODE, (uint32_t)just_return, 0x8e, 0);
	/* pushf, or, popf; nop + trap + iret; rep stosb thrice with its traps; then pushf, and, popf with theirs */
	CHECK_EQ(COUNTS("pushfl; orl $0x100, (%%esp); popfl; nop; movl $3, %%ecx; rep stosb; pushfl; andl $~0x100, "
			"(%%esp); popfl"),
		 3 + 3 + 3 + 3 * 3 + 3 * 3);
	return lib_result();
}
