/* The two 8259A (Intel 231468): masks, priorities, IRR and ISR, ends of
 * interrupt, cascade, rotation, special mask, poll, spurious IRQ 7, automatic end
 * of interrupt, special fully nested mode, initialization, and the level mode of
 * the PIIX3 (290550). Interrupts are raised by the PIT (IRQ 0), the RTC (IRQ 8)
 * and the UART (IRQ 4). */
#include "tests/guest/lib.h"

enum { PIC1 = 0x20, PIC2 = 0xa0, OCW3_IRR = 0x0a, OCW3_ISR = 0x0b, EOI = 0x20 };

static volatile uint32_t seen[32], order;
static uint8_t nest_isr;

static void ack(struct trap *t)
{
	order = order << 8 | t->vector;
	seen[t->vector - 0x20]++;
	nest_isr = (outb(PIC1, OCW3_ISR), inb(PIC1));
	if (t->vector == 0x28) {
		outb(0x70, 0x0b); /* RTC: no more interrupts */
		outb(0x71, inb(0x71) & ~0x40);
		outb(0x70, 0x0c); /* reading C frees its line */
		inb(0x71);
		outb(PIC2, EOI);
	}
	if (t->vector == 0x24)
		outb(0x3f9, 0); /* UART: no more interrupts */
	outb(PIC1, EOI);
}

static uint8_t irr(uint16_t pic)
{
	outb(pic, OCW3_IRR);
	return inb(pic);
}

static uint8_t isr(uint16_t pic)
{
	outb(pic, OCW3_ISR);
	return inb(pic);
}

static void raise_pit(void)
{
	outb(0x43, 0x30);
	outb(0x40, 10);
	outb(0x40, 0);
	while (!(irr(PIC1) & 1))
		;
}

static void raise_rtc(void)
{
	outb(0x70, 0x0a);
	outb(0x71, 0x23); /* 8192 Hz */
	outb(0x70, 0x0b);
	outb(0x71, inb(0x71) | 0x40);
	outb(0x70, 0x0c);
	inb(0x71);
	while (!(irr(PIC2) & 1))
		;
}

static void raise_uart(void)
{
	outb(0x3fc, 8); /* OUT2 */
	outb(0x3f9, 0);
	outb(0x3f9, 2); /* transmitter empty */
	while (!(irr(PIC1) & 0x10))
		;
}

static void open_window(void)
{
	__asm__ volatile("sti; nop; nop; nop; nop; cli" : : : "memory");
}

static void test_masks(void)
{
	pic_init();
	CHECK_EQ(inb(PIC1 + 1), 0xff);
	raise_pit();
	open_window();
	CHECK_EQ(seen[0], 0); /* requested, masked */
	CHECK_EQ(irr(PIC1) & 1, 1);
	outb(PIC1 + 1, 0xfe);
	open_window();
	CHECK_EQ(seen[0], 1);
	CHECK_EQ(nest_isr, 1);
	CHECK_EQ(isr(PIC1), 0);
	CHECK_EQ(irr(PIC1) & 1, 0);
}

static void test_priority(void)
{
	pic_init();
	order = 0;
	raise_uart();
	raise_rtc();
	raise_pit();
	outb(PIC2 + 1, 0xfe);
	outb(PIC1 + 1, 0xea); /* 0, 2, 4 */
	open_window();
	CHECK_EQ(order, 0x202824);
	/* While a higher one is in service, lower ones wait. */
	pic_init();
	order = 0;
	raise_pit();
	outb(PIC1 + 1, 0xea);
	outb(PIC1, 0x0c); /* poll: acknowledges */
	CHECK_EQ(inb(PIC1), 0x80);
	CHECK_EQ(isr(PIC1), 1);
	raise_uart();
	open_window();
	CHECK_EQ(order, 0);
	outb(PIC1, 0x60); /* specific EOI of 0 */
	open_window();
	CHECK_EQ(order, 0x24);
	/* Special mask mode: a masked one in service holds nothing up. */
	pic_init();
	order = 0;
	raise_pit();
	outb(PIC1 + 1, 0xea);
	outb(PIC1, 0x0c);
	CHECK_EQ(inb(PIC1), 0x80);
	raise_uart();
	outb(PIC1 + 1, 0xeb);
	outb(PIC1, 0x68);
	open_window();
	CHECK_EQ(order, 0x24);
	outb(PIC1, 0x48);
	outb(PIC1, 0x60);
}

static void test_rotate(void)
{
	pic_init();
	order = 0;
	outb(PIC1, 0xc3); /* 3 is now the lowest, 4 the highest */
	raise_uart();
	raise_pit();
	outb(PIC1 + 1, 0xea);
	open_window();
	CHECK_EQ(order, 0x2420);
	pic_init();
}

/* A request that is gone when the processor asks: IRQ 7, and no bit in ISR. */
static void test_spurious(void)
{
	pic_init();
	order = 0;
	raise_uart();
	outb(PIC1 + 1, 0xef);
	/* The line falls while interrupts are off, with the request still latched
	 * or not: a level that is gone is not delivered as IRQ 4. */
	outb(0x3f9, 0);
	open_window();
	CHECK(order == 0 || order == 0x27);
	CHECK_EQ(isr(PIC1), 0);
}

static void init(uint16_t pic, uint8_t icw1, uint8_t icw2, uint8_t icw3, uint8_t icw4)
{
	outb(pic, icw1);
	outb(pic + 1, icw2);
	outb(pic + 1, icw3);
	outb(pic + 1, icw4);
}

static uint8_t auto_isr;
static void note(struct trap *t)
{
	order = order << 8 | t->vector;
	auto_isr |= isr(PIC1);
	if (t->vector == 0x24)
		outb(0x3f9, 0);
}

static void test_auto_end(void)
{
	pic_init();
	init(PIC1, 0x11, 0x20, 4, 3);
	trap_handler[0x20] = trap_handler[0x24] = note;
	order = auto_isr = 0;
	raise_pit();
	raise_uart();
	outb(PIC1 + 1, 0xee);
	open_window();
	CHECK_EQ(order, 0x2024);
	CHECK_EQ(auto_isr, 0);
	/* With rotation what was served is the lowest then. */
	outb(PIC1, 0x80);
	order = 0;
	outb(PIC1 + 1, 0xff);
	raise_pit();
	outb(PIC1 + 1, 0xfe);
	open_window();
	outb(PIC1 + 1, 0xff);
	raise_pit();
	raise_uart();
	outb(PIC1 + 1, 0xee);
	open_window();
	CHECK_EQ(order, 0x202420);
	outb(PIC1, 0x00);
	trap_handler[0x20] = trap_handler[0x24] = ack;
}

static void leave_in_service(struct trap *t)
{
	order = order << 8 | t->vector;
}

/* A byte of the mouse, made by the 8042 itself: IRQ 12. */
static void raise_mouse(void)
{
	static const uint8_t words[][2] = {{0x64, 0x60}, {0x60, 0x22}, {0x64, 0xd3}, {0x60, 0x55}};

	for (unsigned n = 0; n < 4; n++) {
		while (inb(0x64) & 2)
			;
		outb(words[n][0], words[n][1]);
	}
	for (uint32_t n = 0; n < 1000000 && !(irr(PIC2) & 0x10); n++)
		;
	CHECK_EQ(irr(PIC2) & 0x10, 0x10);
}

/* The slave's interrupts interrupt one another only in special fully nested mode
 * of the master. */
static void test_nested(void)
{
	for (unsigned special = 0; special < 2; special++) {
		pic_init();
		init(PIC1, 0x11, 0x20, 4, special ? 0x11 : 1);
		outb(PIC1 + 1, 0xfb);
		outb(PIC2, 0xc0); /* IRQ 8 is the slave's lowest */
		trap_handler[0x28] = trap_handler[0x2c] = leave_in_service;
		order = 0;
		raise_rtc();
		outb(PIC2 + 1, 0xee);
		open_window();
		CHECK_EQ(order, 0x28);
		CHECK_EQ(isr(PIC1), 4);
		CHECK_EQ(isr(PIC2), 1);
		raise_mouse();
		open_window();
		CHECK_EQ(order, special ? 0x282c : 0x28);
		CHECK_EQ(isr(PIC2), special ? 0x11 : 0x01);
		inb(0x60);
		outb(0x70, 0x0c);
		inb(0x71);
		trap_handler[0x28] = trap_handler[0x2c] = ack;
	}
	outb(0x70, 0x0b); /* RTC: no more interrupts */
	outb(0x71, inb(0x71) & ~0x40);
}

static void test_poll_slave(void)
{
	pic_init();
	raise_rtc();
	outb(PIC2 + 1, 0xfe);
	CHECK_EQ(irr(PIC1) & 4, 4);
	outb(PIC2, 0x0c);
	CHECK_EQ(inb(PIC2), 0x80);
	CHECK_EQ(isr(PIC2), 1);
	CHECK_EQ(irr(PIC1) & 4, 0);
	outb(PIC2, EOI);
	CHECK_EQ(isr(PIC2), 0);
	outb(PIC2, 0x0c);
	CHECK_EQ(inb(PIC2) & 0x80, 0); /* nothing left */
	outb(0x70, 0x0c);
	inb(0x71);
}

/* ICW1 clears masks, what is in service, and edges; a line that is up has to
 * fall first. Its LTIM bit does nothing here: ELCR took its place (290550). */
static void test_init_words(void)
{
	pic_init();
	raise_uart();
	outb(PIC1 + 1, 0xef);
	outb(PIC1, 0x0c);
	CHECK_EQ(inb(PIC1), 0x84);
	CHECK_EQ(isr(PIC1), 0x10);
	init(PIC1, 0x11, 0x20, 4, 1);
	CHECK_EQ(inb(PIC1 + 1), 0);
	outb(PIC1 + 1, 0xff);
	CHECK_EQ(isr(PIC1), 0);
	CHECK_EQ(irr(PIC1) & 0x10, 0);
	init(PIC1, 0x19, 0x20, 4, 1);
	outb(PIC1 + 1, 0xff);
	CHECK_EQ(irr(PIC1) & 0x10, 0);
	pic_init();
	/* Level mode: requested as long as the line is up. */
	outb(0x4d0, 0x10);
	CHECK_EQ(irr(PIC1) & 0x10, 0x10);
	outb(PIC1 + 1, 0xef);
	outb(PIC1, 0x0c);
	CHECK_EQ(inb(PIC1), 0x84);
	CHECK_EQ(irr(PIC1) & 0x10, 0x10);
	outb(PIC1, 0x64);
	outb(0x3f9, 0);
	CHECK_EQ(irr(PIC1) & 0x10, 0);
	outb(0x4d0, 0);
	outb(PIC1 + 1, 0xff);
}

int main(void)
{
	for (unsigned n = 0x20; n < 0x30; n++)
		trap_handler[n] = ack;
	test_masks();
	test_priority();
	test_rotate();
	test_spurious();
	test_auto_end();
	test_nested();
	test_poll_slave();
	test_init_words();
	return lib_result();
}
