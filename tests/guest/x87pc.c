/* The x87 of a PC: FERR#, IRQ 13 and IGNNE# without CR0.NE, #MF with it (SDM 1
 * 8.7); EM, MP and TS; the environment in its four formats (SDM 1 8.1.10). */
#include "tests/guest/lib.h"

enum { MP = 2, EM = 4, TS = 8, NE = 0x20, VEC_NM_ = 7, VEC_MF = 16, IRQ13 = 0x2d };
enum { ES = 0x80, ZE = 4 };

static volatile uint32_t errors, sw_inside, waits_inside;

/* As a BIOS or DOS extender does it: port F0, then the x87 may be used. */
static void irq13(struct trap *t)
{
	uint16_t sw;

	(void)t;
	errors++;
	outb(0xf0, 0);
	__asm__ volatile("fwait; fnstsw %0" : "=m"(sw)); /* waits for nobody under IGNNE# */
	sw_inside = sw;
	waits_inside++;
	__asm__ volatile("fnclex");
	outb(0xa0, 0x20);
	outb(0x20, 0x20);
}

static void cr0(uint32_t set, uint32_t clear)
{
	WRITE_CR(0, (READ_CR(0) & ~clear) | set);
}

/* 1 / 0 with the exception unmasked; nothing waits yet. */
#define DIVIDE "fninit; pushl $0x37b; fldcw (%%esp); popl %%eax; fld1; fldz; .byte 0xde, 0xf9;"

static void test_ferr(void)
{
	cr0(0, NE | EM | TS);
	trap_handler[IRQ13] = irq13;
	outb(0x21, 0xfb);
	outb(0xa1, 0xdf);
	__asm__ volatile("sti; " DIVIDE " fwait; cli" : : : "eax");
	CHECK_EQ(errors, 1);
	CHECK_EQ(waits_inside, 1);
	CHECK_EQ(sw_inside & (ES | ZE), ES | ZE);
	/* FERR# has fallen with FNCLEX: another error is another interrupt. */
	__asm__ volatile("sti; " DIVIDE " fld1; cli" : : : "eax");
	CHECK_EQ(errors, 2);
	/* Instructions that do not wait take no notice. */
	__asm__ volatile("sti; " DIVIDE " fnstsw %%ax; nop; fnclex; fwait; cli" : : : "eax");
	CHECK_EQ(errors, 2);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	trap_handler[IRQ13] = NULL;
}

static void test_mf(void)
{
	cr0(NE, EM | TS);
	CHECK_EQ(TRAP_OF(__asm__ volatile(DIVIDE " fwait" : : : "eax")), VEC_MF);
	CHECK_EQ(*(uint8_t *)last_trap.eip, 0x9b);
	__asm__ volatile("fnclex");
	CHECK_EQ(TRAP_OF(__asm__ volatile(DIVIDE " .byte 0x0f, 0xfc, 0xc1" : : : "eax")), VEC_MF); /* PADDB */
	CHECK_EQ(TRAP_OF(__asm__ volatile("fnstsw %%ax; fnclex; fwait; fninit" : : : "eax")), NO_TRAP);
}

static void test_availability(void)
{
	static uint8_t area[512] __attribute__((aligned(16)));

	cr0(TS, MP | EM);
	CHECK_EQ(TRAP_OF(__asm__ volatile("fld1")), VEC_NM_);
	CHECK_EQ(TRAP_OF(__asm__ volatile("fwait")), NO_TRAP); /* MP is clear */
	cr0(MP, 0);
	CHECK_EQ(TRAP_OF(__asm__ volatile("fwait")), VEC_NM_);
	cr0(MP, TS);
	CHECK_EQ(TRAP_OF(__asm__ volatile("fwait; fld1; fninit")), NO_TRAP);
	cr0(EM, MP | TS);
	CHECK_EQ(TRAP_OF(__asm__ volatile("fnstsw %%ax" : : : "eax")), VEC_NM_);
	CHECK_EQ(TRAP_OF(__asm__ volatile("fwait")), NO_TRAP);
	CHECK_EQ(TRAP_OF(__asm__ volatile(".byte 0x0f, 0xfc, 0xc1")), VEC_UD); /* PADDB MM0, MM1 */
	CHECK_EQ(TRAP_OF(__asm__ volatile(".byte 0x0f, 0x77")), VEC_UD);       /* EMMS */
	CHECK_EQ(TRAP_OF(__asm__ volatile(".byte 0x0f, 0x58, 0xc1")), VEC_UD); /* ADDPS */
	CHECK_EQ(TRAP_OF(__asm__ volatile("fxsave %0" : "=m"(area))), VEC_NM_);
	cr0(TS, EM);
	CHECK_EQ(TRAP_OF(__asm__ volatile(".byte 0x0f, 0xfc, 0xc1")), VEC_NM_);
	WRITE_CR(4, READ_CR(4) | 1 << 9);
	CHECK_EQ(TRAP_OF(__asm__ volatile(".byte 0x0f, 0x58, 0xc1")), VEC_NM_);
	cr0(0, TS);
	/* A reserved bit of MXCSR; an unmasked exception with and without OSXMMEXCPT. */
	CHECK_TRAP(VEC_GP, 0, __asm__ volatile("pushl $0x11f80; ldmxcsr (%esp)"));
	CHECK_EQ(TRAP_OF(__asm__ volatile(
			 "pushl $0x1f80; ldmxcsr (%%esp); popl %%eax; .byte 0x0f, 0x57, 0xc0, 0x0f, "
			 "0x5e, 0xc0" /* XORPS, DIVPS: 0 / 0 is invalid, masked; */
			 "; pushl $0x1f00; ldmxcsr (%%esp); popl %%eax; .byte 0x0f, 0x57, 0xc0, 0x0f, 0x5e, 0xc0"
			 :
			 :
			 : "eax")),
		 VEC_UD);
	WRITE_CR(4, READ_CR(4) | 1 << 10);
	CHECK_EQ(TRAP_OF(__asm__ volatile(".byte 0x0f, 0x57, 0xc0, 0x0f, 0x5e, 0xc0")), 19);
	CHECK_EQ(TRAP_OF(__asm__ volatile("pushl $0x1f80; ldmxcsr (%%esp); popl %%eax" : : : "eax")), NO_TRAP);
}

/* FNSTENV in protected mode; last of all an FLD with a memory operand. */
static uint32_t env[27];
static const float one = 1;

static void test_formats(void)
{
	uint32_t at;

	cr0(NE, EM | TS);
	__asm__ volatile("movl $1f, %0; fninit\n1: flds %1; fnstenv %2" : "=&r"(at) : "m"(one), "m"(env) : "memory");
	CHECK_EQ(env[0], 0xffff037f);
	CHECK_EQ(env[1], 0xffff3800);
	CHECK_EQ(env[2], 0xffff3fff);
	CHECK_EQ(env[3], at);
	CHECK_EQ(env[4] & 0xffff, SEL_CODE);
	CHECK_EQ(env[4] >> 16, 0x105); /* D9 /0 with a 32-bit address: modrm 05 */
	CHECK_EQ(env[5], (uint32_t)&one);
	CHECK_EQ(env[6] & 0xffff, SEL_DATA);
	__asm__ volatile("fldenv %0; .byte 0x66; fnstenv %0" : "+m"(env) : : "memory"); /* 14 bytes */
	CHECK_EQ(env[0], 0x3800037f);
	CHECK_EQ(env[1] & 0xffff, 0x3fff);
	CHECK_EQ(env[1] >> 16, at & 0xffff);
	CHECK_EQ(env[2] & 0xffff, SEL_CODE);
	CHECK_EQ(env[2] >> 16, (uint32_t)&one & 0xffff);
	CHECK_EQ(env[3] & 0xffff, SEL_DATA);
	/* FNSAVE: environment, ten bytes a register, then as after FNINIT. */
	__asm__ volatile("fninit; fld1; fnsave %0" : "=m"(env) : : "memory");
	CHECK_EQ(env[2], 0xffff3fff);
	CHECK_EQ(env[7], 0);
	CHECK_EQ(env[8], 0x80000000);
	CHECK_EQ(env[9] & 0xffff, 0x3fff);
	__asm__ volatile("fnstenv %0" : "=m"(env) : : "memory");
	CHECK_EQ(env[2], 0xffffffff);
}

/* The same in virtual-8086 mode: 20-bit linear addresses, no selectors. */
extern char code86[], code86_end[];
__asm__(".text\n.code16\ncode86: movw $0x1800, %ax; movw %ax, %ds; fninit; flds 0x20; fnstenv 0x40\n"
	".byte 0x66; fnstenv 0x60; int $0x80\ncode86_end:\n.code32\n");

static void test_v86(void)
{
	uint16_t *words = (uint16_t *)0x18040;
	uint32_t *longs = (uint32_t *)0x18060;

	for (char *to = (char *)0x12000, *p = code86; p < code86_end; p++)
		*to++ = *p;
	*(uint32_t *)0x18020 = 0x3f800000;
	CHECK_EQ(TRAP_OF({
			 __asm__ volatile("pushl $0; pushl $0; pushl $0; pushl $0; pushl $0x2000; pushl $0xfffe;"
					  "pushl $0x23002; pushl $0x1200; pushl $0; iretl");
		 }),
		 0x80);
	CHECK_EQ(words[0], 0x37f);
	CHECK_EQ(words[1], 0x3800);
	CHECK_EQ(words[2], 0x3fff);
	CHECK_EQ(words[3], 0x2007);
	CHECK_EQ(words[4], 0x1106); /* bits 16-19, opcode D9 06 */
	CHECK_EQ(words[5], 0x8020);
	CHECK_EQ(words[6], 0x1000);
	CHECK_EQ(longs[0], 0xffff037f);
	CHECK_EQ(longs[3], 0xffff2007);
	CHECK_EQ(longs[4], 1 << 12 | 0x106);
	CHECK_EQ(longs[5], 0xffff8020);
	CHECK_EQ(longs[6], 1 << 12);
}

int main(void)
{
	test_ferr();
	test_mf();
	test_availability();
	test_formats();
	test_v86();
	return lib_result();
}
