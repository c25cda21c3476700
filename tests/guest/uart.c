/* The 16550A (National PC16550D): identity, loopback, FIFO, interrupts and
 * their order, line and modem status. */
#include "tests/guest/lib.h"

enum { COM = 0x2f8, RBR = 0, IER = 1, IIR = 2, FCR = 2, LCR = 3, MCR = 4, LSR = 5, MSR = 6, SCR = 7 };
static uint8_t in(unsigned r)
{
	return inb((uint16_t)(COM + r));
}
static void out(unsigned r, uint8_t v)
{
	outb((uint16_t)(COM + r), v);
}

static void wait_bit(unsigned r, uint8_t bit)
{
	for (uint32_t n = 0; n < 10000000 && !(in(r)&bit); n++)
		;
	CHECK(in(r)&bit);
}

/* 2 ms: twenty characters. Reads nothing of the UART: LSR would clear errors. */
static void pause(void)
{
	uint64_t end = rdtsc() + 2000000;

	while (rdtsc() < end)
		;
}

static void setup(void)
{
	out(IER, 0);
	out(LCR, 0x80);
	out(0, 1); /* 115200 */
	out(1, 0);
	CHECK_EQ(in(0), 1);
	out(LCR, 3);
	out(FCR, 7);
	out(MCR, 0x10);
	while (in(LSR)&1)
		in(RBR);
}

static void test_registers(void)
{
	out(SCR, 0x5a);
	CHECK_EQ(in(SCR), 0x5a);
	out(FCR, 0);
	CHECK_EQ(in(IIR)&0xc0, 0);
	out(FCR, 1);
	CHECK_EQ(in(IIR), 0xc1);
	CHECK_EQ(in(IER)&0xf0, 0);
	CHECK_EQ(in(LSR)&0x60, 0x60);
}

static void test_loopback(void)
{
	setup();
	for (unsigned n = 0; n < 256; n += 17) {
		out(RBR, (uint8_t)n);
		wait_bit(LSR, 1);
		CHECK_EQ(in(RBR), n);
	}
	CHECK_EQ(in(LSR)&1, 0);
	/* Modem lines come back crossed: DTR to DSR, RTS to CTS, OUT1 to RI, OUT2 to DCD. */
	out(MCR, 0x1f);
	CHECK_EQ(in(MSR)&0xf0, 0xf0);
	out(MCR, 0x11);
	CHECK_EQ(in(MSR)&0xf0, 0x20);
	CHECK_EQ(in(MSR)&0x0f, 0); /* the changes were read */
	out(MCR, 0x12);
	CHECK_EQ(in(MSR), 0x13);
}

static void test_fifo(void)
{
	setup();
	for (unsigned n = 0; n < 16; n++)
		out(RBR, (uint8_t)(n + 1));
	wait_bit(LSR, 0x40);
	for (unsigned n = 0; n < 16; n++)
		CHECK_EQ(in(RBR), n + 1);
	CHECK_EQ(in(LSR), 0x60);
	/* One too many: overrun, and the first sixteen stay. */
	for (unsigned n = 0; n < 16; n++)
		out(RBR, (uint8_t)n);
	pause();
	out(RBR, 99);
	pause();
	CHECK_EQ(in(LSR)&3, 3);
	CHECK_EQ(in(LSR)&3, 1); /* reading cleared it */
	CHECK_EQ(in(RBR), 0);
	out(FCR, 3);
	CHECK_EQ(in(LSR)&1, 0);
}

static void test_interrupts(void)
{
	setup();
	out(FCR, 0x81); /* trigger at 8 */
	out(IER, 1);
	CHECK_EQ(in(IIR)&0xf, 1);
	for (unsigned n = 0; n < 7; n++)
		out(RBR, 1);
	wait_bit(LSR, 0x40);
	CHECK_EQ(in(IIR)&0xf, 1);
	out(RBR, 1);
	for (uint32_t n = 0; n < 1000000 && (in(IIR)&0xf) == 1; n++)
		;
	CHECK_EQ(in(IIR)&0xf, 4);
	in(RBR);
	/* Below the trigger: only the timeout of four characters still asks. */
	for (uint32_t n = 0; n < 1000000 && (in(IIR)&0xf) == 1; n++)
		;
	CHECK_EQ(in(IIR)&0xf, 0xc);
	in(RBR);
	CHECK_EQ(in(IIR)&0xf, 1);
	out(FCR, 3);
	out(IER, 2);
	CHECK_EQ(in(IIR)&0xf, 2); /* transmitter empty; reading clears it */
	CHECK_EQ(in(IIR)&0xf, 1);
	out(IER, 0);
	out(IER, 2);
	CHECK_EQ(in(IIR)&0xf, 2);
	out(IER, 0);
}

int main(void)
{
	test_registers();
	test_loopback();
	test_fifo();
	test_interrupts();
	return lib_result();
}
