/* The VGA (IBM PS/2 Hardware Interface Technical Reference, video subsystem) as
 * text programs drive it: indexes and the attribute flip-flop, palette and DAC,
 * write protection, where its ports and memory are, write and read modes, and
 * retrace. */
#include "tests/guest/lib.h"

enum { CRTC = 0x3d4, SEQ = 0x3c4, GFX = 0x3ce, ATTR = 0x3c0, STATUS1 = 0x3da };
static volatile uint8_t *const text = (volatile uint8_t *)0xb8000, *const graph = (volatile uint8_t *)0xa0000;

static uint8_t get(uint16_t port, uint8_t index)
{
	outb(port, index);
	return inb(port + 1);
}

static void set(uint16_t port, uint8_t index, uint8_t v)
{
	outw(port, (uint16_t)(index | v << 8));
}

static uint8_t attr(uint8_t index)
{
	uint8_t v;

	inb(STATUS1);
	outb(ATTR, index);
	v = inb(ATTR + 1);
	inb(STATUS1);
	outb(ATTR, 0x20);
	return v;
}

static void test_indexed(void)
{
	uint8_t start = get(CRTC, 0x0c), mask = get(SEQ, 2), read = get(GFX, 4);

	CHECK_EQ(inb(0x3cc) & 1, 1); /* color: ports at 3Dx */
	set(CRTC, 0x0c, 0x5a);
	CHECK_EQ(get(CRTC, 0x0c), 0x5a);
	set(CRTC, 0x0c, start);
	outb(CRTC, 0x0e);
	CHECK_EQ(inb(CRTC), 0x0e);
	set(SEQ, 2, 0xff);
	CHECK_EQ(get(SEQ, 2), 0x0f);
	set(SEQ, 2, mask);
	set(GFX, 4, 0xff);
	CHECK_EQ(get(GFX, 4), 0x03);
	set(GFX, 4, read);
	/* Bit 7 of the vertical retrace end protects the first registers, but for
	 * the line compare bit of register 7. */
	uint8_t end = get(CRTC, 0x11), total = get(CRTC, 0), overflow = get(CRTC, 7);
	set(CRTC, 0x11, end | 0x80);
	set(CRTC, 0, (uint8_t)~total);
	CHECK_EQ(get(CRTC, 0), total);
	set(CRTC, 7, overflow ^ 0x10);
	CHECK_EQ(get(CRTC, 7), overflow ^ 0x10);
	set(CRTC, 7, overflow ^ 0x01);
	CHECK_EQ(get(CRTC, 7), overflow);
	set(CRTC, 0x11, end & 0x7f);
	set(CRTC, 0, (uint8_t)(total + 1));
	CHECK_EQ(get(CRTC, 0), (uint8_t)(total + 1));
	set(CRTC, 0, total);
	set(CRTC, 0x11, end);
}

static void test_attributes(void)
{
	uint8_t old = attr(1);

	/* Index and data by turns at one port; reading status 1 starts again. */
	inb(STATUS1);
	outb(ATTR, 1); /* PAS 0: the palette can be written */
	outb(ATTR, 0x2a);
	CHECK_EQ(attr(1), 0x2a);
	inb(STATUS1);
	outb(ATTR, 2);
	inb(STATUS1); /* the index was the last */
	outb(ATTR, 1);
	outb(ATTR, old);
	CHECK_EQ(attr(1), old);
	uint8_t mode = attr(0x10);
	inb(STATUS1);
	outb(ATTR, 0x30); /* PAS 1 with index 10h */
	outb(ATTR, mode ^ 8);
	CHECK_EQ(attr(0x10), mode ^ 8);
	inb(STATUS1);
	outb(ATTR, 0x30);
	outb(ATTR, mode);
	CHECK_EQ(inb(ATTR) & 0x3f, 0x30);
	inb(STATUS1);
	outb(ATTR, 0x20);
}

static void test_dac(void)
{
	uint8_t old[6];

	outb(0x3c7, 10);
	CHECK_EQ(inb(0x3c7) & 3, 3); /* reading */
	for (unsigned n = 0; n < 6; n++)
		old[n] = inb(0x3c9);
	outb(0x3c8, 10);
	CHECK_EQ(inb(0x3c7) & 3, 0);
	for (unsigned n = 0; n < 6; n++)
		outb(0x3c9, (uint8_t)(n * 9 + 1));
	CHECK_EQ(inb(0x3c8), 12);
	outb(0x3c7, 10);
	for (unsigned n = 0; n < 6; n++)
		CHECK_EQ(inb(0x3c9), n * 9 + 1);
	outb(0x3c8, 10);
	for (unsigned n = 0; n < 6; n++)
		outb(0x3c9, old[n]);
	outb(0x3c6, 0x55);
	CHECK_EQ(inb(0x3c6), 0x55);
	outb(0x3c6, 0xff);
}

static void test_ports(void)
{
	uint8_t misc = inb(0x3cc), index;

	outb(CRTC, 0x0f);
	outb(0x3c2, misc & 0xfe); /* monochrome: ports at 3Bx */
	outb(CRTC, 0x0a);
	index = inb(0x3b4);
	outb(0x3c2, misc);
	CHECK_EQ(index, 0x0f);
	CHECK_EQ(inb(CRTC), 0x0f);
}

static void test_text_memory(void)
{
	uint8_t saved[4] = {text[0], text[1], text[2], text[3]};

	*(volatile uint32_t *)text = 0x1f421e41;
	CHECK_EQ(text[0], 0x41);
	CHECK_EQ(*(volatile uint16_t *)(text + 2), 0x1f42);
	CHECK_EQ(*(volatile uint32_t *)text, 0x1f421e41);
	for (unsigned n = 0; n < 4; n++)
		text[n] = saved[n];
}

/* The planes at 0xA0000, as when fonts are loaded and in the 16-color modes. */
static void test_planes(void)
{
	static const uint8_t gfx[] = {0, 0, 0, 0, 0, 0, 5, 15, 0xff};
	uint8_t old_gfx[9], old_seq[5];

	for (uint8_t n = 0; n < 9; n++)
		old_gfx[n] = get(GFX, n);
	for (uint8_t n = 1; n < 5; n++)
		old_seq[n] = get(SEQ, n);
	set(SEQ, 4, 6); /* sequential, not chained */
	for (uint8_t n = 0; n < 9; n++)
		set(GFX, n, gfx[n]);
	for (unsigned plane = 0; plane < 4; plane++) {
		set(SEQ, 2, (uint8_t)(1 << plane));
		graph[0x6000] = (uint8_t)(0x11 << plane);
	}
	for (unsigned plane = 0; plane < 4; plane++) {
		set(GFX, 4, (uint8_t)plane);
		CHECK_EQ(graph[0x6000], (uint8_t)(0x11 << plane));
	}
	set(SEQ, 2, 15);
	set(GFX, 5, 1); /* write mode 1: the latches */
	(void)graph[0x6000];
	graph[0x6001] = 0xff;
	set(GFX, 4, 2);
	CHECK_EQ(graph[0x6001], 0x44);
	set(GFX, 5, 2); /* write mode 2: a color */
	graph[0x6002] = 0x05;
	CHECK_EQ(graph[0x6002], 0xff);
	set(GFX, 4, 1);
	CHECK_EQ(graph[0x6002], 0x00);
	set(GFX, 8, 0x0f);
	(void)graph[0x6002];
	graph[0x6002] = 0x0a;
	CHECK_EQ(graph[0x6002], 0x0f);
	set(GFX, 5, 3); /* write mode 3: set/reset through data and bit mask */
	set(GFX, 8, 0xff);
	set(GFX, 0, 15);
	(void)graph[0x6002];
	graph[0x6002] = 0xc0;
	CHECK_EQ(graph[0x6002], 0xcf);
	set(GFX, 5, 0);
	set(GFX, 0, 0);
	set(GFX, 3, 0x18); /* XOR */
	(void)graph[0x6002];
	graph[0x6002] = 0xff;
	CHECK_EQ(graph[0x6002], 0x30);
	set(GFX, 3, 0x02); /* rotate right by two */
	graph[0x6002] = 0x81;
	CHECK_EQ(graph[0x6002], 0x60);
	set(GFX, 3, 0);
	set(GFX, 1, 0x02); /* plane 1 from set/reset */
	graph[0x6002] = 0xff;
	CHECK_EQ(graph[0x6002], 0x00);
	set(GFX, 1, 0);
	set(GFX, 2, 0x01); /* read mode 1: where all planes have color 1 */
	set(GFX, 5, 2);
	graph[0x6003] = 0x01;
	set(GFX, 8, 0xf0);
	(void)graph[0x6003];
	graph[0x6003] = 0x02;
	set(GFX, 5, 8);
	CHECK_EQ(graph[0x6003], 0x0f);
	set(GFX, 7, 0); /* no plane counts */
	CHECK_EQ(graph[0x6003], 0xff);
	for (uint8_t n = 0; n < 9; n++)
		set(GFX, n, old_gfx[n]);
	for (uint8_t n = 1; n < 5; n++)
		set(SEQ, n, old_seq[n]);
}

/* 70 frames a second, and 31 thousand lines. */
static void test_retrace(void)
{
	unsigned frames = 0, lines = 0;
	uint64_t end;
	uint8_t before = 0, now;

	outb(0x61, (inb(0x61) & 0xfc) | 1);
	for (unsigned part = 0; part < 4; part++) {
		outb(0x43, 0xb0); /* 50 ms of the 8254 each */
		outb(0x42, (uint8_t)59659);
		outb(0x42, 59659 >> 8);
		while (!(inb(0x61) & 0x20)) {
			now = inb(STATUS1);
			frames += (now & 8) && !(before & 8);
			lines += (now & 1) && !(before & 1);
			before = now;
		}
	}
	end = frames;
	CHECK(end >= 10 && end <= 15);
	CHECK(lines > 1000);
}

int main(void)
{
	test_indexed();
	test_attributes();
	test_dac();
	test_ports();
	test_text_memory();
	test_planes();
	test_retrace();
	return lib_result();
}
