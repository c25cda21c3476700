/* PAE paging (SDM 3A 4.4): four directory pointers, 2 MiB pages, no-execute,
 * reserved bits, pointers loaded with CR3 only. */
#include "tests/guest/lib.h"

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, PS = 0x80 };
#define NX (1ull << 63)
enum { CR4_PAE = 1 << 5, CR0_WP = 1 << 16, EFER = 0xc0000080, EFER_NXE = 1 << 11 };

static uint64_t *pdpt, *pd, *pd3, *pt;

static void reload(void)
{
	WRITE_CR(3, READ_CR(3));
}
static void call(uint32_t at)
{
	((void (*)(void))at)();
}

static void build(void)
{
	pdpt = page_alloc();
	pd = page_alloc();
	pd3 = page_alloc();
	pt = page_alloc();
	for (unsigned n = 0; n < 16; n++)
		pd[n] = (uint64_t)n << 21 | PS | W | P | U;
	pd3[0] = (uint32_t)pt | P | W | U;
	pdpt[0] = (uint32_t)pd | P;
	pdpt[3] = (uint32_t)pd3 | P;
	wrmsr(EFER, rdmsr(EFER) | EFER_NXE);
	WRITE_CR(4, READ_CR(4) | CR4_PAE);
	WRITE_CR(3, pdpt);
	WRITE_CR(0, READ_CR(0) | 0x80000000 | CR0_WP);
}

static void test_levels(void)
{
	uint32_t *frame = page_alloc();

	CHECK_TRAP(VEC_PF, 0, (void)*(volatile uint32_t *)0x40000000);
	pt[0] = (uint32_t)frame | P | W;
	*(volatile uint32_t *)0xc0000010 = 77;
	CHECK_EQ(frame[4], 77);
	CHECK_EQ((uint32_t)pt[0] & (A | D), A | D);
	CHECK_EQ((uint32_t)pd3[0] & A, A);
	CHECK_EQ((uint32_t)pdpt[3], (uint32_t)pd3 | P); /* directory pointers have no A */
	/* The processor keeps the four pointers until CR3 is written. */
	pdpt[3] = 0;
	invlpg((void *)0xc0000000);
	CHECK_EQ(TRAP_OF((void)*(volatile uint32_t *)0xc0000010), NO_TRAP);
	reload();
	CHECK_TRAP(VEC_PF, 0, (void)*(volatile uint32_t *)0xc0000010);
	/* Reserved bits of a present pointer: the write of CR3 faults and changes nothing. */
	pdpt[3] = (uint32_t)pd3 | P | 6;
	CHECK_TRAP(VEC_GP, 0, reload());
	pdpt[3] = (uint32_t)pd3 | P;
	reload();
	CHECK_EQ(*(volatile uint32_t *)0xc0000010, 77);
}

static void test_no_execute(void)
{
	uint8_t *frame = page_alloc();

	frame[0] = 0xc3; /* ret */
	pt[1] = (uint32_t)frame | P | W;
	CHECK_EQ(TRAP_OF(call(0xc0001000)), NO_TRAP);
	pt[1] |= NX;
	invlpg((void *)0xc0001000);
	CHECK_TRAP(VEC_PF, 0x11, call(0xc0001000)); /* I and P */
	CHECK_EQ(last_cr2, 0xc0001000);
	CHECK_EQ(TRAP_OF((void)*(volatile uint32_t *)0xc0001000), NO_TRAP);
	pt[1] &= ~NX;
	pd3[0] |= NX; /* any level forbids */
	reload();
	CHECK_TRAP(VEC_PF, 0x11, call(0xc0001000));
	pd3[0] &= ~NX;
	/* Without NXE the bit is reserved. */
	pt[2] = (uint32_t)frame | P | NX;
	wrmsr(EFER, rdmsr(EFER) & ~(uint64_t)EFER_NXE);
	reload();
	CHECK_TRAP(VEC_PF, 9, (void)*(volatile uint32_t *)0xc0002000);
	wrmsr(EFER, rdmsr(EFER) | EFER_NXE);
	reload();
	CHECK_EQ(TRAP_OF((void)*(volatile uint32_t *)0xc0002000), NO_TRAP);
	/* An instruction that begins in one page and ends in one that is not there. */
	frame[0xfff] = 0xb8;
	pt[3] = (uint32_t)frame | P;
	pt[4] = 0;
	CHECK_TRAP(VEC_PF, 0x10, call(0xc0003fff));
	CHECK_EQ(last_cr2, 0xc0004000);
	CHECK_EQ(last_trap.eip, 0xc0003fff);
}

static void test_large(void)
{
	pd3[1] = PS | W | P; /* 2 MiB at physical 0 */
	CHECK_EQ(*(volatile uint32_t *)0xc0300000, *(volatile uint32_t *)0x100000);
	CHECK_EQ((uint32_t)pd3[1] & (A | D), A);
	pd3[2] = 1 << 13 | PS | W | P; /* bits 13..20 are reserved */
	CHECK_TRAP(VEC_PF, 9, (void)*(volatile uint32_t *)0xc0400000);
	pd3[3] = 1ull << 60 | PS | W | P;
	CHECK_TRAP(VEC_PF, 9, (void)*(volatile uint32_t *)0xc0600000);
}

int main(void)
{
	build();
	test_levels();
	test_no_execute();
	test_large();
	return lib_result();
}
