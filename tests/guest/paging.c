/* Two-level paging (SDM 3A 4.3, 4.6-4.8): 4 KiB and 4 MiB pages, accessed and
 * dirty bits, write protection, user pages, error codes, INVLPG, global pages. */
#include "tests/guest/lib.h"

enum { P = 1, W = 2, U = 4, A = 0x20, D = 0x40, PS = 0x80, G = 0x100 };
enum { CR0_WP = 1 << 16, CR4_PSE = 1 << 4, CR4_PGE = 1 << 7 };
enum { ERR_P = 1, ERR_W = 2, ERR_U = 4 };
#define PG 0x80000000u

static uint32_t *pd, *pt;
static volatile uint32_t *const far_page = (volatile uint32_t *)0x80001000; /* through pt[1] */

static void reload(void)
{
	WRITE_CR(3, READ_CR(3));
}

static void build(void)
{
	pd = page_alloc();
	pt = page_alloc();
	for (unsigned n = 0; n < 8; n++)
		pd[n] = n << 22 | PS | W | P | U;
	pd[0x200] = (uint32_t)pt | P | W | U;
	WRITE_CR(4, READ_CR(4) | CR4_PSE);
	WRITE_CR(3, pd);
	WRITE_CR(0, READ_CR(0) | PG | CR0_WP);
}

static void test_faults(void)
{
	uint32_t *frame = page_alloc();

	CHECK_TRAP(VEC_PF, 0, (void)*far_page);
	CHECK_EQ(last_cr2, 0x80001000);
	CHECK_TRAP(VEC_PF, ERR_W, far_page[5] = 1);
	CHECK_EQ(last_cr2, 0x80001014);
	pt[1] = (uint32_t)frame | P | U; /* a page that was not present is in no TLB */
	CHECK_EQ(TRAP_OF((void)*far_page), NO_TRAP);
	CHECK_EQ(pt[1], (uint32_t)frame | P | U | A);
	CHECK_TRAP(VEC_PF, ERR_W | ERR_P, *far_page = 1);
	CHECK_EQ(pt[1], (uint32_t)frame | P | U | A); /* a faulting store sets no D */
	WRITE_CR(0, READ_CR(0) & ~CR0_WP);
	CHECK_EQ(TRAP_OF(*far_page = 7), NO_TRAP);
	CHECK_EQ(pt[1] & (A | D), A | D);
	CHECK_EQ(frame[0], 7);
	WRITE_CR(0, READ_CR(0) | CR0_WP);
	pd[0x200] &= ~W; /* both levels must allow writing */
	pt[1] |= W;
	reload();
	CHECK_TRAP(VEC_PF, ERR_W | ERR_P, *far_page = 1);
	pd[0x200] |= W;
	reload();
}

static void test_accessed_dirty(void)
{
	uint32_t *frame = page_alloc();

	pd[0x200] &= ~A;
	pt[2] = (uint32_t)frame | P | W;
	reload();
	(void)*(volatile uint32_t *)0x80002000;
	CHECK_EQ(pd[0x200] & (A | D), A);
	CHECK_EQ(pt[2] & (A | D), A);
	*(volatile uint8_t *)0x80002fff = 1;
	CHECK_EQ(pt[2] & (A | D), A | D);
	pd[7] &= ~(A | D);
	reload();
	(void)*(volatile uint32_t *)(7u << 22);
	CHECK_EQ(pd[7] & (A | D), A);
	*(volatile uint32_t *)(7u << 22) = 0;
	CHECK_EQ(pd[7] & (A | D), A | D);
}

static void test_tlb(void)
{
	uint32_t *one = page_alloc(), *two = page_alloc();
	volatile uint32_t *page = (volatile uint32_t *)0x80003000;

	one[0] = 1;
	two[0] = 2;
	pt[3] = (uint32_t)one | P | W;
	CHECK_EQ(*page, 1);
	pt[3] = (uint32_t)two | P | W;
	invlpg((void *)page);
	CHECK_EQ(*page, 2);
	pt[3] = (uint32_t)one | P | W;
	reload();
	CHECK_EQ(*page, 1);
	/* Turning global pages on or off drops everything. */
	WRITE_CR(4, READ_CR(4) | CR4_PGE);
	pt[3] = (uint32_t)two | P | W | G;
	reload();
	WRITE_CR(4, READ_CR(4) & ~CR4_PGE);
	CHECK_EQ(*page, 2);
	pt[3] = (uint32_t)one | P | W;
	WRITE_CR(4, READ_CR(4) | CR4_PGE);
	CHECK_EQ(*page, 1);
	/* INVLPG anywhere in a large page drops all of it. */
	pd[0x300] = 0 << 22 | PS | W | P;
	CHECK_EQ(*(volatile uint32_t *)0xc0100000, *(volatile uint32_t *)0x100000);
	pd[0x300] = 0;
	invlpg((void *)0xc0000000);
	CHECK_TRAP(VEC_PF, 0, (void)*(volatile uint32_t *)0xc0100000);
	/* Whatever else is in the TLB by then: a TLB keeps pieces of it anywhere. */
	pd[0x300] = 0 << 22 | PS | W | P;
	(void)*(volatile uint32_t *)0xc0013000;
	(void)*(volatile uint32_t *)0xc02a5000;
	pd[0x300] = 0;
	invlpg((void *)0xc03ff000);
	CHECK_TRAP(VEC_PF, 0, (void)*(volatile uint32_t *)0xc0013000);
	CHECK_TRAP(VEC_PF, 0, (void)*(volatile uint32_t *)0xc02a5000);
}

static void user_read(void)
{
	__asm__ volatile("movl 0x80004000, %eax; int $0x80");
}
static void user_write(void)
{
	__asm__ volatile("movl %eax, 0x80004ffc; int $0x80");
}
static void user_jump(void)
{
	__asm__ volatile("movl $0x80004000, %eax; jmp *%eax");
}

static void test_user(void)
{
	uint32_t *frame = page_alloc();

	pt[4] = (uint32_t)frame | P | W;
	CHECK_EQ(USER_TRAP_OF(user_read), VEC_PF);
	CHECK_EQ(last_trap.error, ERR_U | ERR_P);
	CHECK_EQ(last_trap.cs, SEL_UCODE);
	CHECK_EQ(USER_TRAP_OF(user_write), VEC_PF);
	CHECK_EQ(last_trap.error, ERR_U | ERR_W | ERR_P);
	CHECK_EQ(last_cr2, 0x80004ffc);
	CHECK_EQ(USER_TRAP_OF(user_jump), VEC_PF);
	CHECK_EQ(last_trap.error, ERR_U | ERR_P); /* no I bit without NX or SMEP */
	CHECK_EQ(last_trap.eip, 0x80004000);
	pt[4] = (uint32_t)frame | P | U;
	invlpg((void *)0x80004000);
	CHECK_EQ(USER_TRAP_OF(user_read), 0x80);
	CHECK_EQ(USER_TRAP_OF(user_write), VEC_PF);
	pt[4] = 0;
	invlpg((void *)0x80004000);
	CHECK_EQ(USER_TRAP_OF(user_write), VEC_PF);
	CHECK_EQ(last_trap.error, ERR_U | ERR_W);
}

/* An access across two pages of which the second is missing changes nothing. */
static void test_crossing(void)
{
	uint8_t *frame = page_alloc();

	pt[6] = (uint32_t)frame | P | W;
	pt[7] = 0;
	CHECK_TRAP(VEC_PF, ERR_W, *(volatile uint32_t *)0x80006ffe = 0x11223344);
	CHECK_EQ(last_cr2, 0x80007000);
	CHECK_EQ(frame[0xffe], 0);
	pt[7] = (uint32_t)page_alloc() | P | W;
	*(volatile uint32_t *)0x80006ffe = 0x11223344;
	CHECK_EQ(frame[0xffe], 0x44);
	CHECK_EQ(*(volatile uint16_t *)0x80007000, 0x1122);
	/* Not a page table's business: the directory of a large page is reserved-bit checked. */
	pd[0x301] = 1 << 21 | PS | W | P;
	CHECK_TRAP(VEC_PF, 8 | ERR_P, (void)*(volatile uint32_t *)0xc0400000);
}

static void test_string(void)
{
	uint32_t edi, ecx;

	/* REP STOS stops in the middle, with its registers telling where. */
	pt[8] = (uint32_t)page_alloc() | P | W;
	pt[9] = 0;
	CHECK_EQ(TRAP_OF({
			 __asm__ volatile("rep stosl"
					  : "=D"(edi), "=c"(ecx)
					  : "0"(0x80008ff0), "1"(100), "a"(5)
					  : "memory");
		 }),
		 VEC_PF);
	CHECK_EQ(last_trap.edi, 0x80009000);
	CHECK_EQ(last_trap.ecx, 96);
	CHECK_EQ(*(volatile uint32_t *)0x80008ffc, 5);
}

int main(void)
{
	build();
	test_faults();
	test_accessed_dirty();
	test_tlb();
	test_user();
	test_crossing();
	test_string();
	return lib_result();
}
