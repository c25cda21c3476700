/* The 8254 (Intel 231164) by its channel 2, whose gate and output are bits 0
 * and 5 of port 0x61: the six modes, access modes, latches, read-back, BCD. The
 * ACPI timer (3 ticks to one of the 8254) tells how long things take. */
#include "tests/guest/lib.h"

enum { CONTROL = 0x43, CH2 = 0x42, GATE = 1, OUT = 0x20 };
enum { S_OUT = 0x80, S_NULL = 0x40 };

static uint16_t pm_port;

static void set_gate(bool on)
{
	outb(0x61, (uint8_t)((inb(0x61) & 0x0c) | on));
}

static bool out(void)
{
	return inb(0x61) & OUT;
}

static uint32_t ticks(void)
{
	return inl(pm_port);
}

/* Passes n clocks of the 8254, and some more. */
static void clocks(uint32_t n)
{
	uint32_t start = ticks();

	while (((ticks() - start) & 0xffffff) < 3 * n + 6)
		;
}

static void control(unsigned access, unsigned mode, bool bcd)
{
	outb(CONTROL, (uint8_t)(0x80 | access << 4 | mode << 1 | bcd));
}

static void count(uint16_t n)
{
	outb(CH2, (uint8_t)n);
	outb(CH2, (uint8_t)(n >> 8));
}

static uint16_t read_count(void)
{
	uint8_t low;

	outb(CONTROL, 0x80);
	low = inb(CH2);
	return (uint16_t)(low | inb(CH2) << 8);
}

static uint8_t status(void)
{
	outb(CONTROL, 0xe8);
	return inb(CH2);
}

static void wait_out(bool level)
{
	for (uint32_t n = 0; n < 10000000 && out() != level; n++)
		;
	CHECK_EQ(out(), level);
}

static void test_mode0(void)
{
	set_gate(true);
	control(3, 0, false);
	CHECK(!out());
	count(300);
	CHECK(!out());
	wait_out(true);
	clocks(20);
	CHECK(out());
	CHECK(read_count() > 0x8000); /* it goes on below zero */
	/* A new count starts again; its first byte already lowers OUT. */
	outb(CH2, 0);
	CHECK(!out());
	clocks(50);
	CHECK(!out());
	outb(CH2, 1);
	wait_out(true);
	/* GATE low: the count stands, OUT does not change. */
	control(3, 0, false);
	count(1000);
	clocks(3);
	set_gate(false);
	uint16_t held = read_count();
	clocks(100);
	CHECK_EQ(read_count(), held);
	CHECK(!out());
	set_gate(true);
	wait_out(true);
}

static void test_mode1(void)
{
	set_gate(false);
	control(3, 1, false);
	CHECK(out());
	count(500);
	clocks(20);
	CHECK(out()); /* waits for its trigger */
	CHECK_EQ(status() & (S_OUT | S_NULL), S_OUT | S_NULL);
	set_gate(true);
	clocks(3);
	CHECK(!out());
	CHECK_EQ(status() & (S_OUT | S_NULL), 0);
	set_gate(false); /* the level does not matter */
	CHECK(!out());
	clocks(200);
	set_gate(true); /* triggered anew */
	clocks(400);
	CHECK(!out());
	wait_out(true);
	clocks(20);
	CHECK(out());
}

static void test_mode2(void)
{
	set_gate(true);
	control(3, 2, false);
	CHECK(out());
	count(100);
	clocks(3);
	for (unsigned n = 0; n < 50; n++) {
		uint16_t v = read_count();

		CHECK(v >= 1 && v <= 100);
	}
	/* A new count waits for the end of the period. */
	control(3, 2, false);
	count(2000);
	clocks(10);
	count(50);
	CHECK(read_count() > 1000);
	CHECK_EQ(status() & S_NULL, S_NULL);
	clocks(2000);
	CHECK(read_count() <= 50);
	CHECK_EQ(status() & S_NULL, 0);
	/* GATE low holds OUT high and reloads when it rises. */
	set_gate(false);
	CHECK(out());
	clocks(100);
	CHECK(out());
	set_gate(true);
	clocks(2);
	CHECK(read_count() <= 50);
}

/* High for (n + 1) / 2 clocks, low for (n - 1) / 2. */
static void test_mode3(void)
{
	uint32_t start, high, low;

	set_gate(true);
	control(3, 3, false);
	CHECK(out());
	count(20001);
	CHECK_EQ(read_count() & 1, 0);
	wait_out(false);
	wait_out(true);
	start = ticks();
	wait_out(false);
	high = (ticks() - start) & 0xffffff;
	start = ticks();
	wait_out(true);
	low = (ticks() - start) & 0xffffff;
	CHECK(high > 29000 && high < 31500);
	CHECK(low > 29000 && low < 31500);
	CHECK_EQ(read_count() & 1, 0);
	set_gate(false);
	CHECK(out());
	set_gate(true);
	clocks(100);
	CHECK(out());
}

static void test_mode4_5(void)
{
	set_gate(true);
	control(3, 4, false);
	CHECK(out());
	count(200);
	clocks(100);
	CHECK(out());
	clocks(200);
	CHECK(out()); /* a strobe of one clock has passed */
	CHECK(read_count() > 200);
	set_gate(false);
	control(3, 5, false);
	count(200);
	clocks(50);
	CHECK(out());
	CHECK_EQ(status() & S_NULL, S_NULL);
	set_gate(true);
	clocks(100);
	CHECK(out());
	CHECK(read_count() <= 200);
}

static void test_access(void)
{
	set_gate(true);
	/* Low byte only: the high one is zero; reading gives one byte each time. */
	control(1, 2, false);
	outb(CH2, 200);
	clocks(3);
	CHECK_EQ(status() & 0x3f, 0x14);
	CHECK(inb(CH2) <= 200 && inb(CH2) <= 200);
	control(2, 2, false);
	outb(CH2, 0x40);
	clocks(3);
	CHECK_EQ(status() & 0x3f, 0x24);
	CHECK(inb(CH2) <= 0x40);
	/* Two latches: the second is ignored, a status comes before the count. */
	control(3, 0, false);
	count(0);
	clocks(3);
	set_gate(false);
	outb(CONTROL, 0x80);
	uint16_t first = inb(CH2);
	first |= (uint16_t)(inb(CH2) << 8);
	outb(CONTROL, 0x80);
	set_gate(true);
	clocks(2000);
	outb(CONTROL, 0x80);
	CHECK_EQ(inb(CH2), first & 0xff);
	CHECK_EQ(inb(CH2), first >> 8);
	set_gate(false);
	outb(CONTROL, 0xc8); /* read back both */
	CHECK_EQ(inb(CH2) & 0x3f, 0x30);
	first = inb(CH2);
	first |= (uint16_t)(inb(CH2) << 8);
	CHECK_EQ(read_count(), first);
	/* 6 and 7 are 2 and 3. */
	control(3, 6, false);
	CHECK_EQ(status() & 0x0f, 0x04);
	control(3, 7, false);
	CHECK_EQ(status() & 0x0f, 0x06);
	CHECK_EQ(status() & S_NULL, S_NULL);
	set_gate(true);
}

static void test_bcd(void)
{
	set_gate(true);
	control(3, 0, true);
	count(0x1000);
	for (unsigned n = 0; n < 20; n++) {
		uint16_t v = read_count();

		CHECK((v & 15) <= 9 && (v >> 4 & 15) <= 9 && (v >> 8 & 15) <= 9 && (v >> 12 & 15) <= 9);
		clocks(7);
	}
	wait_out(true);
	clocks(20);
	CHECK(read_count() >= 0x9000 && read_count() <= 0x9999); /* below zero comes 9999 */
}

int main(void)
{
	outl(0xcf8, 0x80000b40);
	pm_port = (uint16_t)((inl(0xcfc) & 0xffc0) + 8);
	test_mode0();
	test_mode1();
	test_mode2();
	test_mode3();
	test_mode4_5();
	test_access();
	test_bcd();
	set_gate(false);
	return lib_result();
}
