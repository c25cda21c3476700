/* Code that changes: itself, ahead of itself, the same page, another mapping of
 * the page, by string instructions, in a loop, across a page boundary. */
#include "tests/guest/lib.h"

static uint8_t code[3 * 4096] __attribute__((aligned(4096)));

static uint32_t run(uint32_t at)
{
	uint32_t v;

	__asm__ volatile("call *%1" : "=a"(v) : "r"(code + at) : "ecx", "edx", "esi", "edi", "memory", "cc");
	return v;
}

static void put(uint32_t at, const uint8_t *bytes, unsigned n)
{
	for (unsigned k = 0; k < n; k++)
		*(volatile uint8_t *)(code + at + k) = bytes[k];
}
#define PUT(at, ...) put(at, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))
#define BYTES_OF(p) \
	(uint8_t)(uint32_t)(p), (uint8_t)((uint32_t)(p) >> 8), (uint8_t)((uint32_t)(p) >> 16), \
		(uint8_t)((uint32_t)(p) >> 24)

static void test_rewrite(void)
{
	PUT(0, 0xb8, 1, 0, 0, 0, 0xc3); /* mov $1, %eax; ret */
	CHECK_EQ(run(0), 1);
	PUT(1, 2);
	CHECK_EQ(run(0), 2);
	for (unsigned n = 0; n < 300; n++) {
		*(volatile uint16_t *)(code + 1) = (uint16_t)n;
		CHECK_EQ(run(0), n);
	}
	PUT(0, 0x31, 0xc0, 0x40, 0xc3); /* xor %eax, %eax; inc %eax; ret: other lengths */
	CHECK_EQ(run(0), 1);
}

/* The instruction right behind the store is the new one. */
static void test_ahead(void)
{
	PUT(0x100, 0xc6, 0x05, BYTES_OF(code + 0x108), 77, 0xb8, 1, 0, 0, 0,
	    0xc3); /* movb $77, next + 1; mov $1, %eax; ret */
	CHECK_EQ(run(0x100), 77);
	PUT(0x108, 1);
	CHECK_EQ(run(0x100), 77);
	/* By REP STOSB over the code that follows: 5 bytes "inc %eax". */
	PUT(0x200, 0x31, 0xc0, 0xb9, 5, 0, 0, 0, 0xbf, BYTES_OF(code + 0x212), 0xb0, 0x40, 0xf3, 0xaa, 0x31, 0xc0, 0x90,
	    0x90, 0x90, 0x90, 0x90, 0xc3);
	CHECK_EQ(run(0x200), 5);
}

/* A loop that increments its own immediate. */
static void test_loop(void)
{
	PUT(0x300, 0x31, 0xc0, 0xb9, 100, 0, 0, 0, /* xor %eax, %eax; mov $100, %ecx */
	    0x05, 0, 0, 0, 0,                      /* add $imm, %eax */
	    0xff, 0x05, BYTES_OF(code + 0x308),    /* incl imm */
	    0xe2, 0xf3, 0xc3);                     /* loop; ret */
	CHECK_EQ(run(0x300), 4950);
}

/* An instruction that straddles two pages; each half changes. */
static void test_straddle(void)
{
	PUT(0xffe, 0xb8, 1, 0, 0, 0, 0xc3);
	CHECK_EQ(run(0xffe), 1);
	PUT(0x1000, 2);
	CHECK_EQ(run(0xffe), 0x201);
	PUT(0xfff, 9);
	CHECK_EQ(run(0xffe), 0x209);
	PUT(0xffe, 0x90, 0x90); /* now 02 00 c3 at 0x1000 ... */
	PUT(0x1000, 0xb8, 5, 0, 0, 0, 0xc3);
	CHECK_EQ(run(0xffe), 5);
}

/* Writing through another linear address. */
static void test_alias(void)
{
	uint32_t *pd = page_alloc(), *pt = page_alloc();
	volatile uint8_t *alias = (volatile uint8_t *)0x80000000;

	for (unsigned n = 0; n < 8; n++)
		pd[n] = n << 22 | 0x83;
	pd[0x200] = (uint32_t)pt | 3;
	pt[0] = (uint32_t)(code + 0x1000) | 3;
	WRITE_CR(4, READ_CR(4) | 1 << 4);
	WRITE_CR(3, pd);
	WRITE_CR(0, READ_CR(0) | 0x80000000);
	PUT(0x1100, 0xb8, 1, 0, 0, 0, 0xc3);
	for (unsigned n = 0; n < 50; n++) {
		CHECK_EQ(run(0x1100), n ? n - 1 : 1);
		alias[0x101] = (uint8_t)n;
	}
	/* Another page at the same linear address. */
	PUT(0x2100, 0xb8, 55, 0, 0, 0, 0xc3);
	CHECK_EQ(((uint32_t(*)(void))0x80000100)(), 49);
	pt[0] = (uint32_t)(code + 0x2000) | 3;
	invlpg((void *)0x80000000);
	/* Other code of the new page runs first, so that the page is in the TLB
	 * again when control comes to where old code is remembered. */
	PUT(0x2200, 0xc3);
	((void (*)(void))0x80000200)();
	CHECK_EQ(((uint32_t(*)(void))0x80000100)(), 55);
	/* And after a change of address space that maps it back. */
	pt[0] = (uint32_t)(code + 0x1000) | 3;
	WRITE_CR(3, pd);
	PUT(0x1200, 0xc3);
	((void (*)(void))0x80000200)();
	CHECK_EQ(((uint32_t(*)(void))0x80000100)(), 49);
}

/* A page whose bytes come and go as code while data beside it is written. */
static void test_mixed(void)
{
	uint32_t sum = 0;

	PUT(0x800, 0xb8, 1, 0, 0, 0, 0x03, 0x05, BYTES_OF(code + 0x80c), 0xc3, 0, 0, 0, 0);
	for (unsigned n = 0; n < 1000; n++) {
		*(volatile uint32_t *)(code + 0x80c) = n;
		sum += run(0x800);
	}
	CHECK_EQ(sum, 1000 + 999 * 500);
}

int main(void)
{
	test_rewrite();
	test_ahead();
	test_loop();
	test_straddle();
	test_mixed();
	test_alias();
	return lib_result();
}
