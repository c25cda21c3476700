/* Segmentation (SDM 3A chapter 5): limits, expand-down, types, privilege of
 * loads, null selectors, LAR LSL VERR VERW ARPL, accessed bits. */
#include "tests/guest/lib.h"

static uint32_t area[2048] __attribute__((aligned(4096)));

#define LOAD(seg, sel) __asm__ volatile("movl %0, %%" #seg : : "r"((uint32_t)(sel)) : "memory")
static void read_es(uint32_t at)
{
	__asm__ volatile("movb %%es:(%0), %%al" : : "r"(at) : "eax");
}
static void read4_es(uint32_t at)
{
	__asm__ volatile("movl %%es:(%0), %%eax" : : "r"(at) : "eax");
}
static void write_es(uint32_t at)
{
	__asm__ volatile("movb $1, %%es:(%0)" : : "r"(at) : "memory");
}

/* Descriptor n of the free ones, and its selector. */
static uint32_t put(unsigned n, uint64_t d)
{
	gdt[SEL_FREE / 8 + n] = d;
	return SEL_FREE + 8 * n;
}

static void test_limits(void)
{
	uint32_t sel = put(0, descriptor((uint32_t)area, 0x7f, 0x93, 4));

	LOAD(es, sel);
	CHECK_EQ(TRAP_OF(read_es(0x7f)), NO_TRAP);
	CHECK_TRAP(VEC_GP, 0, read_es(0x80));
	LOAD(es, sel);
	CHECK_TRAP(VEC_GP, 0, read4_es(0x7d));
	LOAD(es, sel);
	CHECK_EQ(TRAP_OF(read4_es(0x7c)), NO_TRAP);
	CHECK_TRAP(VEC_GP, 0, read_es(0xffffffff));
	/* Page granularity: the lowest 12 bits are ones. */
	sel = put(0, descriptor((uint32_t)area, 0, 0x93, 0xc));
	LOAD(es, sel);
	CHECK_EQ(TRAP_OF(read_es(0xfff)), NO_TRAP);
	CHECK_TRAP(VEC_GP, 0, read_es(0x1000));
	/* The table may change: the loaded segment does not. */
	sel = put(0, descriptor((uint32_t)area, 0x10, 0x93, 4));
	LOAD(es, sel);
	put(0, 0);
	CHECK_EQ(TRAP_OF(read_es(0x10)), NO_TRAP);
}

static void test_expand_down(void)
{
	uint32_t sel = put(0, descriptor((uint32_t)area, 0xff, 0x97, 4)); /* valid: 0x100.. 4G */

	LOAD(es, sel);
	CHECK_TRAP(VEC_GP, 0, read_es(0xff));
	LOAD(es, sel);
	CHECK_EQ(TRAP_OF(read_es(0x100)), NO_TRAP);
	sel = put(0, descriptor((uint32_t)area, 0xff, 0x97, 0)); /* B = 0: up to 64K */
	LOAD(es, sel);
	CHECK_EQ(TRAP_OF(read4_es(0xfffc)), NO_TRAP);
	CHECK_TRAP(VEC_GP, 0, read4_es(0xfffd));
	LOAD(es, sel);
	CHECK_TRAP(VEC_GP, 0, read_es(0x10000));
}

static void test_types(void)
{
	uint32_t sel = put(0, descriptor((uint32_t)area, 0xffff, 0x91, 4)); /* read only */

	LOAD(es, sel);
	CHECK_EQ(TRAP_OF(read_es(0)), NO_TRAP);
	CHECK_TRAP(VEC_GP, 0, write_es(0));
	sel = put(0, descriptor(0, 0xfffff, 0x99, 0xc)); /* code, execute only */
	CHECK_TRAP(VEC_GP, sel, LOAD(es, sel));
	sel = put(0, descriptor(0, 0xfffff, 0x9b, 0xc)); /* code, readable */
	LOAD(es, sel);
	CHECK_EQ(TRAP_OF(read_es((uint32_t)area)), NO_TRAP);
	CHECK_TRAP(VEC_GP, 0, write_es((uint32_t)area));
	CHECK_TRAP(VEC_GP, sel, LOAD(ss, sel));
	sel = put(0, descriptor(0, 0xfffff, 0x13, 0xc)); /* not present */
	CHECK_TRAP(VEC_NP, sel, LOAD(es, sel));
	CHECK_TRAP(VEC_SS, sel, LOAD(ss, sel));
	CHECK_TRAP(VEC_GP, SEL_TSS, LOAD(es, SEL_TSS));
	CHECK_TRAP(VEC_GP, 0x1000, LOAD(es, 0x1000)); /* beyond the GDT */
	CHECK_TRAP(VEC_GP, 0x34, LOAD(es, 0x34));     /* no LDT */
	CHECK_TRAP(VEC_GP, 0, LOAD(ss, 0));
	LOAD(es, 0);
	CHECK_TRAP(VEC_GP, 0, read_es(0));
	LOAD(es, 3); /* null with any RPL */
	CHECK_TRAP(VEC_GP, 0, read_es(0));
	CHECK_TRAP(VEC_GP, SEL_DATA, LOAD(ss, SEL_DATA | 3)); /* SS: RPL must equal CPL */
	CHECK_TRAP(VEC_GP, SEL_UDATA & ~3, LOAD(ss, SEL_UDATA & ~3));
	/* Loading sets the accessed bit. */
	sel = put(0, descriptor(0, 0xfffff, 0x92, 0xc));
	LOAD(es, sel);
	CHECK_EQ(gdt[sel / 8] >> 40 & 0xff, 0x93);
	LOAD(es, SEL_DATA);
}

/* The stack segment's violations are #SS. */
static void test_stack(void)
{
	uint32_t sel = put(0, descriptor(0, 0xff, 0x93, 0xc)); /* 1 MiB: less than where the stack is */

	CHECK_EQ(TRAP_OF({
			 __asm__ volatile(
				 "movl %0, %%ss; movl %%esp, %%ecx; movl $0x80000, %%esp; movl 0x200000(%%esp), %%eax"
				 :
				 : "r"(sel)
				 : "eax", "ecx");
		 }),
		 VEC_SS);
	CHECK_EQ(last_trap.error, 0);
	LOAD(ss, SEL_DATA);
}

static void test_ldt(void)
{
	static uint64_t ldt[4];
	uint32_t sel = put(1, descriptor((uint32_t)ldt, sizeof(ldt) - 1, 0x82, 0));

	ldt[1] = descriptor((uint32_t)area, 0xf, 0x93, 4);
	__asm__ volatile("lldt %w0" : : "r"(sel));
	LOAD(es, 0x0c);
	CHECK_EQ(TRAP_OF(read_es(0xf)), NO_TRAP);
	CHECK_TRAP(VEC_GP, 0, read_es(0x10));
	CHECK_TRAP(VEC_GP, 0x24, LOAD(es, 0x24)); /* beyond it */
	CHECK_TRAP(VEC_GP, SEL_DATA, __asm__ volatile("lldt %w0" : : "r"(SEL_DATA)));
	CHECK_TRAP(VEC_GP, SEL_TSS, __asm__ volatile("ltr %w0" : : "r"(SEL_TSS))); /* it is busy */
	__asm__ volatile("lldt %w0" : : "r"(0));
	CHECK_TRAP(VEC_GP, 0x0c, LOAD(es, 0x0c));
	LOAD(es, SEL_DATA);
}

static bool verify(bool write, uint32_t sel)
{
	uint8_t z;

	if (write)
		__asm__ volatile("verw %w1; setz %0" : "=q"(z) : "r"(sel) : "cc");
	else
		__asm__ volatile("verr %w1; setz %0" : "=q"(z) : "r"(sel) : "cc");
	return z;
}

static void test_questions(void)
{
	uint32_t v = 0, sel;
	uint8_t z;

	sel = put(0, descriptor(0x12345678, 0x23, 0x93, 0xc));
	__asm__ volatile("larl %2, %0; setz %1" : "=r"(v), "=q"(z) : "r"(sel) : "cc");
	CHECK_EQ(z, 1);
	CHECK_EQ(v & 0xf0ff00, 0xc09300);
	__asm__ volatile("lsll %2, %0; setz %1" : "=r"(v), "=q"(z) : "r"(sel) : "cc");
	CHECK_EQ(z, 1);
	CHECK_EQ(v, 0x23fff);
	__asm__ volatile("lsll %2, %0; setz %1" : "=r"(v), "=q"(z) : "r"(0) : "cc");
	CHECK_EQ(z, 0);
	CHECK(verify(false, sel) && verify(true, sel));
	CHECK(verify(false, SEL_CODE) && !verify(true, SEL_CODE));
	sel = put(0, descriptor(0, 0xfffff, 0x99, 0xc));
	CHECK(!verify(false, sel) && !verify(false, 0) && !verify(false, SEL_TSS) && !verify(false, 0x1000));
	__asm__ volatile("arpl %w2, %w0; setz %1" : "=r"(v), "=q"(z) : "r"(3), "0"(0x48) : "cc");
	CHECK_EQ(z, 1);
	CHECK_EQ(v & 0xffff, 0x4b);
}

static void user_load_kernel(void)
{
	__asm__ volatile("movl $0x10, %eax; movl %eax, %es; int $0x80");
}
static void user_cli(void)
{
	__asm__ volatile("cli; int $0x80");
}
static void user_hlt(void)
{
	__asm__ volatile("hlt; int $0x80");
}
static void user_lgdt(void)
{
	__asm__ volatile("lgdt gdt_pointer; int $0x80");
}
static void user_popf(void)
{
	__asm__ volatile("pushl $0x3202; popfl; pushfl; popl %eax; int $0x80");
}

static void test_privilege(void)
{
	CHECK_EQ(USER_TRAP_OF(user_load_kernel), VEC_GP);
	CHECK_EQ(last_trap.error, SEL_DATA);
	CHECK_EQ(USER_TRAP_OF(user_cli), VEC_GP);
	CHECK_EQ(last_trap.error, 0);
	CHECK_EQ(last_trap.ss, SEL_UDATA);
	CHECK_EQ(last_trap.esp, (uint32_t)user_stack_top);
	CHECK_EQ(USER_TRAP_OF(user_hlt), VEC_GP);
	CHECK_EQ(USER_TRAP_OF(user_lgdt), VEC_GP);
	CHECK_EQ(USER_TRAP_OF(user_popf), 0x80); /* IF and IOPL silently stay */
	CHECK_EQ(last_trap.eax & 0x3200, 0);
}

int main(void)
{
	test_limits();
	test_expand_down();
	test_types();
	test_stack();
	test_ldt();
	test_questions();
	test_privilege();
	return lib_result();
}
