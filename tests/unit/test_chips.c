/* Interrupt controllers, timers, clock, keyboard controller and DMA of the
 * board: command sequences from the data sheets and from what BIOSes and Linux
 * do, through ports and memory as a guest sees them. The CPU is halted, so
 * board_run() only passes time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/pc/intr_line.h"
#include "engine/pc/pc.h"

#define MS 1000000ull
#define US 1000ull
#define SEC 1000000000ull
#define LAPIC 0xfee00000ull
#define IOAPIC 0xfec00000ull

static uint8_t in(struct board *b, uint16_t port)
{
	return (uint8_t)b->core->bus->in(b, port, 1);
}
static void out(struct board *b, uint16_t port, uint8_t v)
{
	b->core->bus->out(b, port, v, 1);
}
static uint32_t rd(struct board *b, uint64_t addr)
{
	return (uint32_t)mem_read(&b->mem, addr, 4);
}
static void wr(struct board *b, uint64_t addr, uint32_t v)
{
	mem_write(&b->mem, addr, v, 4);
}
static bool intr(struct board *b)
{
	return b->pc->cpu.attn & ATTN_INTR;
}

static void pass(struct board *b, uint64_t ns)
{
	uint64_t end = board_now(b) + ns;

	b->pc->cpu.attn |= ATTN_HALT;
	board_run(b, end);
	/* What is due at the end itself is left to the next run: do it now. */
	for (unsigned t = 0; t < PC_TIMERS; t++) {
		if (b->pc->due[t] <= end) {
			b->pc->due[t] = TIME_NEVER;
			pc_timer_run(b, t);
		}
	}
}

static void pic_init(struct board *b)
{
	static const uint8_t icw[4] = {0x08, 0x70, 0x04, 0x02};

	for (unsigned n = 0; n < 2; n++) {
		uint16_t port = n ? 0xa0 : 0x20;

		out(b, port, 0x11);
		out(b, port + 1, icw[n]);
		out(b, port + 1, icw[2 + n]);
		out(b, port + 1, 0x01);
	}
}

/* A PC whose 8259s are set up as a BIOS does, only the given IRQs open. */
static struct board *with_pic(uint16_t open)
{
	struct board *b = board_new(1 << 20);

	pic_init(b);
	out(b, 0x21, (uint8_t)~open);
	out(b, 0xa1, (uint8_t)(~open >> 8));
	return b;
}

static void done(struct board *b)
{
	assert_null(pic_validate(b));
	assert_null(ioapic_validate(b));
	assert_null(lapic_validate(b));
	assert_null(pit_validate(b));
	assert_null(rtc_validate(b));
	assert_null(i8042_validate(b));
	assert_null(dma8237_validate(b));
	assert_null(sysctl_validate(b));
	board_free(b);
}

/* ---- 8259 ---- */

static void pic_priority(void **state)
{
	struct board *b = with_pic(0xffff);

	board_set_irq(b, 3, true);
	board_set_irq(b, 1, true);
	assert_true(intr(b));
	assert_int_equal(board_intack(b), 0x09);
	assert_false(intr(b));      /* 3 is below 1 in service */
	board_set_irq(b, 12, true); /* cascade is IR2: below 1 */
	assert_false(intr(b));
	out(b, 0x20, 0x0b);
	assert_int_equal(in(b, 0x20), 0x02);
	out(b, 0x20, 0x20);
	assert_int_equal(board_intack(b), 0x74);
	assert_int_equal(in(b, 0x20), 0x04);
	out(b, 0xa0, 0x0b);
	assert_int_equal(in(b, 0xa0), 0x10);
	/* A higher slave input must wait for the master's ISR bit 2. */
	board_set_irq(b, 8, true);
	assert_false(intr(b));
	out(b, 0xa0, 0x20);
	out(b, 0x20, 0x20);
	assert_int_equal(board_intack(b), 0x70);
	out(b, 0xa0, 0x60); /* specific EOIs */
	out(b, 0x20, 0x62);
	assert_int_equal(board_intack(b), 0x0b);
	done(b);
}

static void pic_special_fully_nested(void **state)
{
	struct board *b = with_pic(0xffff);

	out(b, 0x20, 0x11);
	out(b, 0x21, 0x08);
	out(b, 0x21, 0x04);
	out(b, 0x21, 0x11);
	board_set_irq(b, 12, true);
	assert_int_equal(board_intack(b), 0x74);
	board_set_irq(b, 8, true);
	assert_int_equal(board_intack(b), 0x70); /* now it may */
	done(b);
}

static void pic_edges(void **state)
{
	struct board *b = with_pic(0xffff);

	board_set_irq(b, 5, true);
	board_set_irq(b, 5, false); /* withdrawn */
	assert_false(intr(b));
	assert_int_equal(board_intack(b), -1);
	assert_int_equal(pic_intack(b), 0x0f); /* the default IR7 */
	out(b, 0x20, 0x0b);
	assert_int_equal(in(b, 0x20), 0);
	board_set_irq(b, 5, true);
	assert_int_equal(board_intack(b), 0x0d);
	out(b, 0x20, 0x20);
	assert_false(intr(b)); /* still high: no second edge */
	/* Masked edges are remembered. */
	board_set_irq(b, 5, false);
	out(b, 0x21, 0xff);
	board_set_irq(b, 5, true);
	assert_false(intr(b));
	out(b, 0x20, 0x0a);
	assert_int_equal(in(b, 0x20), 0x20);
	out(b, 0x21, 0x00);
	assert_true(intr(b));
	/* ICW1 forgets them. */
	pic_init(b);
	assert_false(intr(b));
	done(b);
}

static void pic_level(void **state)
{
	struct board *b = with_pic(0xffff);

	out(b, 0x4d0, 0xff);
	out(b, 0x4d1, 0xff);
	assert_int_equal(in(b, 0x4d0), 0xf8);
	assert_int_equal(in(b, 0x4d1), 0xde);
	board_set_irq(b, 11, true);
	assert_int_equal(board_intack(b), 0x73);
	out(b, 0xa0, 0x20);
	out(b, 0x20, 0x20);
	assert_int_equal(board_intack(b), 0x73);
	board_set_irq(b, 11, false);
	out(b, 0xa0, 0x20);
	out(b, 0x20, 0x20);
	assert_false(intr(b));
	done(b);
}

static void pic_modes(void **state)
{
	struct board *b = with_pic(0x00ff);

	/* Rotate on non-specific EOI: the served one becomes the lowest. */
	board_set_irq(b, 4, true);
	board_set_irq(b, 6, true);
	assert_int_equal(board_intack(b), 0x0c);
	out(b, 0x20, 0xa0);
	board_set_irq(b, 3, true);
	assert_int_equal(board_intack(b), 0x0e); /* 5, 6, 7, 0 ... 4 */
	out(b, 0x20, 0x20);
	out(b, 0x20, 0xc7); /* set priority back */
	/* Special mask: 3 in service and masked lets 5 in. */
	assert_int_equal(board_intack(b), 0x0b);
	board_set_irq(b, 5, true);
	assert_false(intr(b));
	out(b, 0x21, 0x08);
	assert_false(intr(b));
	out(b, 0x20, 0x68);
	assert_true(intr(b));
	out(b, 0x20, 0x48);
	assert_false(intr(b));
	/* Poll takes the place of INTA. */
	out(b, 0x20, 0x63);
	out(b, 0x20, 0x0c);
	assert_int_equal(in(b, 0x20), 0x85);
	out(b, 0x20, 0x0c);
	assert_int_equal(in(b, 0x20), 0x00);
	/* Automatic EOI leaves no ISR bit. */
	for (unsigned n = 3; n < 7; n++)
		board_set_irq(b, n, false);
	out(b, 0x20, 0x11);
	out(b, 0x21, 0x08);
	out(b, 0x21, 0x04);
	out(b, 0x21, 0x03);
	board_set_irq(b, 1, true);
	assert_int_equal(board_intack(b), 0x09);
	out(b, 0x20, 0x0b);
	assert_int_equal(in(b, 0x20), 0);
	done(b);
}

/* Linux probe_8259A(). */
static void pic_probe(void **state)
{
	struct board *b = with_pic(0);

	out(b, 0xa1, 0xff);
	out(b, 0x21, 0xfb);
	assert_int_equal(in(b, 0x21), 0xfb);
	done(b);
}

/* ---- 8254 ---- */

static void pit_set(struct board *b, unsigned channel, unsigned mode, unsigned count)
{
	out(b, 0x43, (uint8_t)(channel << 6 | 0x30 | mode << 1));
	out(b, (uint16_t)(0x40 + channel), count & 0xff);
	out(b, (uint16_t)(0x40 + channel), (uint8_t)(count >> 8));
}

static unsigned pit_get(struct board *b, unsigned channel)
{
	unsigned low;

	out(b, 0x43, (uint8_t)(channel << 6));
	low = in(b, (uint16_t)(0x40 + channel));
	return low | in(b, (uint16_t)(0x40 + channel)) << 8;
}

/* Time to just after CLK n. */
static void to_clock(struct board *b, uint64_t clk)
{
	uint64_t ns = (uint64_t)(((unsigned __int128)clk * SEC + PIT_HZ - 1) / PIT_HZ);

	pass(b, ns - board_now(b));
}

static unsigned status_of(struct board *b, unsigned channel)
{
	out(b, 0x43, (uint8_t)(0xe0 | 2u << channel));
	return in(b, (uint16_t)(0x40 + channel));
}

static void pit_mode0(void **state)
{
	struct board *b = with_pic(0x0001);

	to_clock(b, 1000);
	pit_set(b, 0, 0, 4);
	assert_int_equal(status_of(b, 0), 0x70); /* OUT low, null count, both bytes, mode 0 */
	to_clock(b, 1001);
	assert_int_equal(pit_get(b, 0), 4);
	assert_int_equal(status_of(b, 0), 0x30);
	to_clock(b, 1004);
	assert_int_equal(pit_get(b, 0), 1);
	assert_false(intr(b));
	to_clock(b, 1005); /* N + 1 pulses after the write */
	assert_true(intr(b));
	assert_int_equal(status_of(b, 0), 0xb0);
	assert_int_equal(board_intack(b), 0x08);
	out(b, 0x20, 0x20);
	to_clock(b, 1006);
	assert_int_equal(pit_get(b, 0), 0xffff);
	assert_false(intr(b));
	assert_true(b->pc->due[TIMER_PIT] == TIME_NEVER);
	/* The first byte of a new count stops it and lowers OUT. */
	out(b, 0x40, 9);
	assert_int_equal(status_of(b, 0) & 0x80, 0);
	to_clock(b, 1100);
	out(b, 0x40, 0);
	to_clock(b, 1110);
	assert_true(intr(b));
	done(b);
}

static void pit_mode2(void **state)
{
	struct board *b = with_pic(0x0001);
	unsigned ticks = 0;

	pit_set(b, 0, 2, 11932); /* about 100 Hz */
	for (uint64_t end = board_now(b) + 1000 * MS; board_now(b) < end;) {
		pass(b, b->pc->due[TIMER_PIT] - board_now(b) < end - board_now(b) ? b->pc->due[TIMER_PIT] - board_now(b)
										  : end - board_now(b));
		pass(b, 0);
		if (intr(b)) {
			assert_int_equal(board_intack(b), 0x08);
			out(b, 0x20, 0x20);
			ticks++;
		}
	}
	assert_int_equal(ticks, 99); /* 1193182 / 11932 = 99.998 */
	done(b);
}

static void pit_mode2_reload(void **state)
{
	struct board *b = with_pic(0);

	to_clock(b, 50);
	pit_set(b, 1, 2, 10);
	to_clock(b, 51);
	assert_int_equal(pit_get(b, 1), 10);
	to_clock(b, 60);
	assert_int_equal(pit_get(b, 1), 1);
	assert_int_equal(status_of(b, 1), 0x34); /* OUT low for one CLK */
	to_clock(b, 61);
	assert_int_equal(pit_get(b, 1), 10);
	assert_int_equal(status_of(b, 1), 0xb4);
	/* A new count waits for the end of the cycle. */
	out(b, 0x41, 20);
	out(b, 0x41, 0);
	to_clock(b, 65);
	assert_int_equal(pit_get(b, 1), 6);
	assert_int_equal(status_of(b, 1), 0xf4);
	to_clock(b, 71);
	assert_int_equal(pit_get(b, 1), 20);
	assert_int_equal(status_of(b, 1), 0xb4);
	done(b);
}

static void pit_mode3(void **state)
{
	struct board *b = with_pic(0);

	to_clock(b, 100);
	pit_set(b, 1, 3, 5); /* odd: high for 3, low for 2 */
	for (unsigned n = 0; n < 10; n++) {
		static const unsigned value[5] = {4, 2, 0, 4, 2};

		to_clock(b, 101 + n);
		assert_int_equal(pit_get(b, 1), value[n % 5]);
		assert_int_equal(status_of(b, 1), n % 5 < 3 ? 0xb6 : 0x36);
	}
	/* A new count: from the next half. */
	to_clock(b, 111);
	out(b, 0x41, 8);
	out(b, 0x41, 0);
	to_clock(b, 113);
	assert_int_equal(status_of(b, 1), 0xf6);
	for (unsigned n = 0; n < 4; n++) {
		to_clock(b, 114 + n);
		assert_int_equal(pit_get(b, 1), 8 - 2 * n);
		assert_int_equal(status_of(b, 1), 0x36);
	}
	to_clock(b, 118);
	assert_int_equal(status_of(b, 1), 0xb6);
	done(b);
}

static void pit_strobes_and_triggers(void **state)
{
	struct board *b = with_pic(0);

	to_clock(b, 10);
	pit_set(b, 1, 4, 3);
	to_clock(b, 13);
	assert_int_equal(status_of(b, 1), 0xb8);
	to_clock(b, 14);
	assert_int_equal(status_of(b, 1), 0x38);
	to_clock(b, 15);
	assert_int_equal(status_of(b, 1), 0xb8);
	/* Channel 2 has a gate: mode 1 starts at its rising edge. */
	pit_set(b, 2, 1, 3);
	to_clock(b, 30);
	assert_int_equal(in(b, 0x61) & 0x20, 0x20);
	assert_int_equal(status_of(b, 2), 0xf2);
	out(b, 0x61, 1);
	to_clock(b, 31);
	assert_int_equal(in(b, 0x61) & 0x20, 0);
	out(b, 0x61, 0);
	to_clock(b, 33);
	assert_int_equal(in(b, 0x61) & 0x20, 0);
	out(b, 0x61, 1); /* once more */
	to_clock(b, 36);
	assert_int_equal(in(b, 0x61) & 0x20, 0);
	to_clock(b, 37);
	assert_int_equal(in(b, 0x61) & 0x20, 0x20);
	/* Mode 0: the gate stops the count. */
	out(b, 0x61, 0);
	pit_set(b, 2, 0, 100);
	to_clock(b, 50);
	assert_int_equal(pit_get(b, 2), 100);
	out(b, 0x61, 1);
	to_clock(b, 90);
	assert_int_equal(pit_get(b, 2), 60);
	out(b, 0x61, 0);
	to_clock(b, 500);
	assert_int_equal(pit_get(b, 2), 60);
	out(b, 0x61, 1);
	to_clock(b, 559);
	assert_int_equal(in(b, 0x61) & 0x20, 0);
	to_clock(b, 560);
	assert_int_equal(in(b, 0x61) & 0x20, 0x20);
	done(b);
}

static void pit_bcd_and_latches(void **state)
{
	struct board *b = with_pic(0);

	to_clock(b, 10);
	out(b, 0x43, 0x71); /* channel 1, mode 0, BCD */
	out(b, 0x41, 0x00);
	out(b, 0x41, 0x10);
	to_clock(b, 12);
	assert_int_equal(pit_get(b, 1), 0x0999);
	/* A second latch command before the first is read does nothing. */
	out(b, 0x43, 0x40);
	to_clock(b, 20);
	out(b, 0x43, 0x40);
	assert_int_equal(in(b, 0x41), 0x99);
	assert_int_equal(in(b, 0x41), 0x09);
	/* Read-back of status and count: status comes first. */
	out(b, 0x43, 0xc4);
	assert_int_equal(in(b, 0x41), 0x31);
	assert_int_equal(in(b, 0x41), 0x91);
	assert_int_equal(in(b, 0x41), 0x09);
	/* One byte only. */
	out(b, 0x43, 0x50);
	out(b, 0x41, 0x80);
	to_clock(b, 22);
	assert_int_equal(in(b, 0x41), 0x7f);
	out(b, 0x43, 0x60);
	out(b, 0x41, 0x80);
	to_clock(b, 24);
	assert_int_equal(in(b, 0x41), 0x7f);
	done(b);
}

/* Nobody listens: no events; then the edge in between is found. */
static void pit_lazy(void **state)
{
	struct board *b = with_pic(0);

	pit_set(b, 0, 2, 1193);
	assert_true(b->pc->due[TIMER_PIT] == TIME_NEVER);
	pass(b, 50 * MS);
	out(b, 0x20, 0x0a);
	assert_int_equal(in(b, 0x20) & 1, 1);
	out(b, 0x21, 0xfe);
	assert_true(b->pc->due[TIMER_PIT] != TIME_NEVER);
	assert_true(intr(b));
	assert_int_equal(board_intack(b), 0x08);
	out(b, 0x20, 0x20);
	assert_false(intr(b));
	pass(b, 1 * MS);
	assert_true(intr(b));
	/* At the I/O APIC an edge on a masked pin is lost. */
	out(b, 0x21, 0xff);
	wr(b, LAPIC + 0xf0, 0x1ff);
	pass(b, 50 * MS);
	wr(b, IOAPIC, 0x14);
	wr(b, IOAPIC + 0x10, 0x30);
	assert_false(intr(b));
	pass(b, 1 * MS);
	assert_int_equal(board_intack(b), 0x30);
	done(b);
}

/* Linux quick_pit_calibrate(): MSB steps of channel 2 take 256 CLKs. */
static void pit_quick_calibrate(void **state)
{
	struct board *b = with_pic(0);
	uint64_t start = 0, ns;

	out(b, 0x61, (in(b, 0x61) & ~2) | 1);
	out(b, 0x43, 0xb0);
	out(b, 0x42, 0xff);
	out(b, 0x42, 0xff);
	for (unsigned msb = 0xff; msb > 0xe0; msb--) {
		for (;;) {
			unsigned value;

			in(b, 0x42);
			value = in(b, 0x42);
			pass(b, 3 * US);
			if (value != msb)
				break;
		}
		if (msb == 0xfe)
			start = board_now(b);
	}
	ns = board_now(b) - start;
	assert_in_range(ns, 29 * 256 * SEC / PIT_HZ - 4 * US, 29 * 256 * SEC / PIT_HZ + 4 * US);
	done(b);
}

/* ---- local APIC ---- */

static struct board *with_lapic(void)
{
	struct board *b = with_pic(0);

	wr(b, LAPIC + 0xf0, 0x1ff);
	wr(b, LAPIC + 0xe0, 0xffffffff);
	wr(b, LAPIC + 0xd0, 0x01000000);
	return b;
}

static void lapic_registers(void **state)
{
	struct board *b = board_new(1 << 20);

	assert_int_equal(rd(b, LAPIC + 0x20), 0);
	assert_int_equal(rd(b, LAPIC + 0x30), 0x00050014);
	assert_int_equal(rd(b, LAPIC + 0xf0), 0xff);
	assert_int_equal(rd(b, LAPIC + 0x320), 0x10000);
	wr(b, LAPIC + 0x320, 0x40); /* software-disabled: masks stay */
	assert_int_equal(rd(b, LAPIC + 0x320), 0x10040);
	wr(b, LAPIC + 0xf0, 0x1ff);
	wr(b, LAPIC + 0x320, 0x20040);
	assert_int_equal(rd(b, LAPIC + 0x320), 0x20040);
	wr(b, LAPIC + 0xf0, 0xff);
	assert_int_equal(rd(b, LAPIC + 0x320), 0x30040);
	assert_int_equal(rd(b, LAPIC + 0x350), 0x10700);
	/* Relocation and disabling through IA32_APIC_BASE. */
	b->pc->cpu.apic_base = 0xfed10000 | APIC_BASE_ENABLE | APIC_BASE_BSP;
	lapic_base_changed(b);
	assert_int_equal(rd(b, 0xfed10030), 0x00050014);
	assert_int_equal(rd(b, LAPIC + 0x30), 0xffffffff);
	b->pc->cpu.apic_base = LAPIC;
	lapic_base_changed(b);
	assert_int_equal(rd(b, LAPIC + 0x30), 0xffffffff);
	b->pc->cpu.apic_base = LAPIC | APIC_BASE_ENABLE | APIC_BASE_BSP;
	lapic_base_changed(b);
	assert_int_equal(rd(b, LAPIC + 0x350), 0x700);
	done(b);
}

static void lapic_priorities(void **state)
{
	struct board *b = with_lapic();

	wr(b, LAPIC + 0x300, 0x40031); /* self */
	wr(b, LAPIC + 0x300, 0x80041); /* all including self */
	wr(b, LAPIC + 0x300, 0xc0051); /* all but self: nobody */
	wr(b, LAPIC + 0x310, 0x01000000);
	wr(b, LAPIC + 0x300, 0x00842); /* logical, us */
	wr(b, LAPIC + 0x300, 0x00061); /* physical 1: not us */
	assert_int_equal(board_intack(b), 0x42);
	assert_int_equal(rd(b, LAPIC + 0xa0), 0x40);
	assert_false(intr(b)); /* 0x41 is of the same class */
	wr(b, LAPIC + 0xb0, 0);
	assert_int_equal(board_intack(b), 0x41);
	wr(b, LAPIC + 0xb0, 0);
	lapic_cr8_write(b, 3);
	assert_int_equal(rd(b, LAPIC + 0x80), 0x30);
	assert_false(intr(b));
	wr(b, LAPIC + 0x80, 0x2f);
	assert_int_equal(lapic_cr8_read(b), 2);
	assert_int_equal(board_intack(b), 0x31);
	assert_int_equal(rd(b, LAPIC + 0x110), 1u << 0x11);
	wr(b, LAPIC + 0xb0, 0);
	assert_int_equal(board_intack(b), -1);
	done(b);
}

static void lapic_errors(void **state)
{
	struct board *b = with_lapic();

	wr(b, LAPIC + 0x370, 0xfe);
	wr(b, LAPIC + 0x300, 0x40005); /* illegal vector */
	assert_int_equal(rd(b, LAPIC + 0x280), 0);
	assert_int_equal(board_intack(b), 0xfe);
	wr(b, LAPIC + 0x280, 0);
	assert_int_equal(rd(b, LAPIC + 0x280), 0x20);
	wr(b, LAPIC + 0x280, 0);
	assert_int_equal(rd(b, LAPIC + 0x280), 0);
	wr(b, LAPIC + 0x2f0, 0); /* no CMCI register */
	wr(b, LAPIC + 0x280, 0);
	assert_int_equal(rd(b, LAPIC + 0x280), 0x80);
	done(b);
}

static void lapic_timer_modes(void **state)
{
	struct board *b = with_lapic();
	uint64_t start;

	wr(b, LAPIC + 0x3e0, 3); /* divide by 16 */
	wr(b, LAPIC + 0x320, 0xec);
	start = board_now(b);
	wr(b, LAPIC + 0x380, 1000);
	assert_true(b->pc->due[TIMER_LAPIC] == start + 16000);
	pass(b, 8000);
	assert_int_equal(rd(b, LAPIC + 0x390), 500);
	pass(b, 7999);
	assert_false(intr(b));
	pass(b, 1);
	pass(b, 0);
	assert_int_equal(board_intack(b), 0xec);
	wr(b, LAPIC + 0xb0, 0);
	assert_int_equal(rd(b, LAPIC + 0x390), 0);
	assert_int_equal(rd(b, LAPIC + 0x380), 1000);
	assert_true(b->pc->due[TIMER_LAPIC] == TIME_NEVER);
	/* Periodic. */
	wr(b, LAPIC + 0x3e0, 0xb);
	wr(b, LAPIC + 0x320, 0x200ec);
	wr(b, LAPIC + 0x380, 5000);
	for (unsigned n = 0; n < 10; n++) {
		pass(b, 5000);
		pass(b, 0);
		assert_int_equal(board_intack(b), 0xec);
		wr(b, LAPIC + 0xb0, 0);
	}
	/* Masked it goes on, without events. */
	wr(b, LAPIC + 0x320, 0x300ec);
	assert_true(b->pc->due[TIMER_LAPIC] == TIME_NEVER);
	pass(b, 12500);
	assert_int_equal(rd(b, LAPIC + 0x390), 2500);
	wr(b, LAPIC + 0x320, 0x200ec);
	assert_true(b->pc->due[TIMER_LAPIC] == board_now(b) + 2500);
	wr(b, LAPIC + 0x380, 0);
	assert_true(b->pc->due[TIMER_LAPIC] == TIME_NEVER);
	assert_int_equal(rd(b, LAPIC + 0x390), 0);
	done(b);
}

/* What Linux tries in check_timer(): ExtINT and fixed mode on LINT0. */
static void lapic_lint(void **state)
{
	struct board *b = with_lapic();

	out(b, 0x21, 0xfd);
	wr(b, LAPIC + 0x350, 0x10700);
	board_set_irq(b, 1, true);
	assert_false(intr(b));
	wr(b, LAPIC + 0x350, 0x00700);
	assert_int_equal(board_intack(b), 0x09);
	out(b, 0x20, 0x20);
	wr(b, LAPIC + 0x350, 0x00035);
	board_set_irq(b, 1, false);
	board_set_irq(b, 1, true);
	assert_int_equal(board_intack(b), 0x35);
	/* NMI: LINT1, and the mask of port 0x70. */
	wr(b, LAPIC + 0x360, 0x10400);
	board_nmi(b);
	assert_false(b->pc->cpu.attn & ATTN_NMI);
	wr(b, LAPIC + 0x360, 0x00400);
	out(b, 0x70, 0x80);
	board_nmi(b);
	assert_false(b->pc->cpu.attn & ATTN_NMI);
	out(b, 0x70, 0x00);
	board_nmi(b);
	assert_true(b->pc->cpu.attn & ATTN_NMI);
	done(b);
}

/* ---- I/O APIC ---- */

static void redirect(struct board *b, unsigned pin, uint32_t low)
{
	wr(b, IOAPIC, 0x11 + 2 * pin);
	wr(b, IOAPIC + 0x10, 0);
	wr(b, IOAPIC, 0x10 + 2 * pin);
	wr(b, IOAPIC + 0x10, low);
}

static uint32_t redirection(struct board *b, unsigned pin)
{
	wr(b, IOAPIC, 0x10 + 2 * pin);
	return rd(b, IOAPIC + 0x10);
}

static void ioapic_edge_and_level(void **state)
{
	struct board *b = with_lapic();

	wr(b, IOAPIC, 1);
	assert_int_equal(rd(b, IOAPIC + 0x10), 0x00170011);
	assert_int_equal(redirection(b, 23), 0x10000);
	redirect(b, 4, 0x34);
	board_set_irq(b, 4, true);
	assert_int_equal(board_intack(b), 0x34);
	wr(b, LAPIC + 0xb0, 0);
	assert_false(intr(b));
	/* Level: Remote IRR until the EOI, then again while asserted. */
	redirect(b, 11, 0x0a03b);
	board_set_irq(b, 11, true);
	assert_int_equal(redirection(b, 11), 0x0e03b);
	assert_int_equal(board_intack(b), 0x3b);
	assert_int_equal(rd(b, LAPIC + 0x190), 1u << (0x3b & 31));
	assert_false(intr(b));
	wr(b, LAPIC + 0xb0, 0);
	assert_int_equal(board_intack(b), 0x3b);
	board_set_irq(b, 11, false);
	wr(b, LAPIC + 0xb0, 0);
	assert_false(intr(b));
	assert_int_equal(redirection(b, 11), 0x0a03b);
	/* Masked, asserted, unmasked. */
	redirect(b, 11, 0x1a03b);
	board_set_irq(b, 11, true);
	assert_false(intr(b));
	redirect(b, 11, 0x0a03b);
	assert_int_equal(board_intack(b), 0x3b);
	/* Linux's way to clear Remote IRR: to edge and back. */
	redirect(b, 11, 0x1203b);
	assert_int_equal(redirection(b, 11), 0x1203b);
	done(b);
}

static void ioapic_extint_pin0(void **state)
{
	struct board *b = with_lapic();

	wr(b, LAPIC + 0x350, 0x10700);
	out(b, 0x21, 0xfd);
	board_set_irq(b, 1, true);
	assert_false(intr(b));
	redirect(b, 0, 0x00700);
	assert_int_equal(board_intack(b), 0x09);
	done(b);
}

/* A level message waits until the local APIC is software-enabled. */
static void ioapic_waits(void **state)
{
	struct board *b = with_pic(0);

	redirect(b, 10, 0x0a03a);
	board_set_irq(b, 10, true);
	assert_false(intr(b));
	wr(b, LAPIC + 0xf0, 0x1ff);
	assert_int_equal(board_intack(b), 0x3a);
	done(b);
}

/* APIC disabled: INTR is the 8259's INT. */
static void intr_without_apic(void **state)
{
	struct board *b = with_pic(0x0002);

	b->pc->cpu.apic_base = 0;
	lapic_base_changed(b);
	board_set_irq(b, 1, true);
	assert_int_equal(board_intack(b), 0x09);
	board_nmi(b);
	assert_true(b->pc->cpu.attn & ATTN_NMI);
	done(b);
}

/* ---- clock ---- */

static uint8_t cmos(struct board *b, uint8_t index)
{
	out(b, 0x70, index);
	return in(b, 0x71);
}

static void set_cmos(struct board *b, uint8_t index, uint8_t v)
{
	out(b, 0x70, index);
	out(b, 0x71, v);
}

static void assert_clock(struct board *b, const uint8_t bytes[8])
{
	static const uint8_t index[8] = {0x32, 9, 8, 7, 6, 4, 2, 0};

	for (unsigned n = 0; n < 8; n++)
		assert_int_equal(cmos(b, index[n]), bytes[n]);
}

static void rtc_dates(void **state)
{
	struct board *b = board_new(1 << 20);

	b->pc->epoch = 951782399; /* 2000-02-28 23:59:59, Monday */
	assert_clock(b, (uint8_t[]){0x20, 0x00, 0x02, 0x28, 2, 0x23, 0x59, 0x59});
	pass(b, SEC);
	assert_clock(b, (uint8_t[]){0x20, 0x00, 0x02, 0x29, 3, 0x00, 0x00, 0x00});
	pass(b, 86400 * SEC);
	assert_clock(b, (uint8_t[]){0x20, 0x00, 0x03, 0x01, 4, 0x00, 0x00, 0x00});
	/* Binary, 12 hours. */
	set_cmos(b, 0x0b, 0x04);
	pass(b, 13 * 3600 * SEC + 45 * 60 * SEC);
	assert_clock(b, (uint8_t[]){20, 0, 3, 1, 4, 0x81, 45, 0});
	set_cmos(b, 0x0b, 0x02);
	/* UIP: 244 us before the second, then not. */
	assert_int_equal(cmos(b, 0x0a), 0x26);
	pass(b, SEC - 200 * US);
	assert_int_equal(cmos(b, 0x0a), 0xa6);
	pass(b, 200 * US);
	assert_int_equal(cmos(b, 0x0a), 0x26);
	assert_int_equal(cmos(b, 0x0d), 0x80);
	done(b);
}

/* Linux mc146818_set_time(): SET, divider reset, bytes, back. */
static void rtc_set_time(void **state)
{
	static const uint8_t index[8] = {9, 8, 7, 4, 2, 0, 0x32, 6};
	static const uint8_t value[8] = {0x99, 0x12, 0x31, 0x23, 0x59, 0x59, 0x19, 0x06};
	struct board *b = board_new(1 << 20);

	b->pc->epoch = 1700000000;
	pass(b, 123456789);
	set_cmos(b, 0x0b, 0x82);
	set_cmos(b, 0x0a, 0x76);
	for (unsigned n = 0; n < 8; n++)
		set_cmos(b, index[n], value[n]);
	pass(b, 10 * SEC); /* stands still */
	set_cmos(b, 0x0b, 0x02);
	set_cmos(b, 0x0a, 0x26);
	assert_clock(b, (uint8_t[]){0x19, 0x99, 0x12, 0x31, 6, 0x23, 0x59, 0x59});
	pass(b, 499 * MS);
	assert_int_equal(cmos(b, 0), 0x59);
	pass(b, 2 * MS); /* the first update comes after half a second */
	assert_clock(b, (uint8_t[]){0x20, 0x00, 0x01, 0x01, 7, 0x00, 0x00, 0x00});
	/* One byte on the run. */
	set_cmos(b, 4, 0x12);
	pass(b, SEC);
	assert_clock(b, (uint8_t[]){0x20, 0x00, 0x01, 0x01, 7, 0x12, 0x00, 0x01});
	/* The battery survives a reset. */
	set_cmos(b, 0x40, 0x5a);
	board_reset(b);
	assert_clock(b, (uint8_t[]){0x20, 0x00, 0x01, 0x01, 7, 0x12, 0x00, 0x01});
	assert_int_equal(cmos(b, 0x40), 0x5a);
	done(b);
}

static void rtc_interrupts(void **state)
{
	struct board *b = with_pic(0x0104);

	b->pc->epoch = 1700000000; /* 22:13:20 */
	assert_true(b->pc->due[TIMER_RTC] == TIME_NEVER);
	cmos(b, 0x0c);
	pass(b, 3 * SEC);
	assert_int_equal(cmos(b, 0x0c), 0x50); /* flags without interrupts */
	assert_int_equal(cmos(b, 0x0c), 0x00);
	/* Update. */
	set_cmos(b, 0x0b, 0x12);
	pass(b, SEC - 1);
	assert_false(intr(b));
	pass(b, 1);
	pass(b, 0);
	assert_int_equal(board_intack(b), 0x70);
	assert_int_equal(cmos(b, 0x0c), 0xd0);
	out(b, 0xa0, 0x20);
	out(b, 0x20, 0x20);
	/* Periodic, 1024 Hz; without an answer there is no second event. */
	set_cmos(b, 0x0b, 0x42);
	pass(b, MS);
	assert_true(intr(b));
	assert_true(b->pc->due[TIMER_RTC] == TIME_NEVER);
	assert_int_equal(cmos(b, 0x0c), 0xc0);
	assert_true(b->pc->due[TIMER_RTC] <= board_now(b) + 976563);
	/* Alarm at 22:13:30, then every minute at :30. */
	set_cmos(b, 1, 0x30);
	set_cmos(b, 3, 0x13);
	set_cmos(b, 5, 0x22);
	set_cmos(b, 0x0b, 0x22);
	assert_true(b->pc->due[TIMER_RTC] == 10 * SEC);
	pass(b, 7 * SEC);
	assert_int_equal(cmos(b, 0x0c) & 0xa0, 0xa0);
	set_cmos(b, 3, 0xff);
	set_cmos(b, 5, 0xc0);
	assert_true(b->pc->due[TIMER_RTC] == 70 * SEC);
	set_cmos(b, 1, 0x77); /* never */
	assert_true(b->pc->due[TIMER_RTC] == TIME_NEVER);
	done(b);
}

/* ---- keyboard controller ---- */

/* The next byte, or -1 if none comes within a millisecond. */
static int kbc_read(struct board *b)
{
	for (unsigned n = 0; n < 100; n++) {
		uint8_t status = in(b, 0x64);

		if (status & 1)
			return in(b, 0x60) | (status & 0x20 ? 0x100 : 0);
		pass(b, 10 * US);
	}
	return -1;
}

static int kbc_command(struct board *b, uint8_t command)
{
	out(b, 0x64, command);
	return kbc_read(b);
}

static void kbc_write2(struct board *b, uint8_t command, uint8_t data)
{
	out(b, 0x64, command);
	out(b, 0x60, data);
}

static void assert_keyboard(struct board *b, uint8_t v, unsigned count, const uint8_t *answer)
{
	out(b, 0x60, v);
	for (unsigned n = 0; n < count; n++)
		assert_int_equal(kbc_read(b), answer[n]);
	assert_int_equal(kbc_read(b), -1);
}

#define KEYBOARD(b, v, ...) assert_keyboard(b, v, sizeof((uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

static void type(struct board *b, unsigned count, const uint8_t *bytes)
{
	assert_true(i8042_key_room(b, count));
	for (unsigned n = 0; n < count; n++)
		i8042_key(b, bytes[n]);
}
#define TYPE(b, ...) type(b, sizeof((uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

/* What SeaBIOS's ps2_keyboard_setup() does, then keys as INT 9 reads them. */
static void kbc_bios(void **state)
{
	struct board *b = with_pic(0x1006);

	assert_int_equal(in(b, 0x64) & 0x11, 0x10);
	assert_int_equal(kbc_command(b, 0xaa), 0x55);
	assert_int_equal(kbc_command(b, 0xab), 0x00);
	kbc_write2(b, 0x60, 0x20); /* no interrupts, no translation */
	KEYBOARD(b, 0xff, 0xfa, 0xaa);
	KEYBOARD(b, 0xf5, 0xfa);
	KEYBOARD(b, 0xf0, 0xfa);
	KEYBOARD(b, 0x02, 0xfa);
	TYPE(b, 0x1c); /* not scanning */
	assert_int_equal(kbc_read(b), -1);
	kbc_write2(b, 0x60, 0x61);
	KEYBOARD(b, 0xf4, 0xfa);
	board_intack(b);
	out(b, 0x20, 0x20);
	assert_false(intr(b));
	TYPE(b, 0x1c, 0xf0, 0x1c, 0xe0, 0x75, 0xe0, 0xf0, 0x75);
	for (unsigned n = 0; n < 6; n++) {
		static const uint8_t set1[6] = {0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8};

		pass(b, 100 * US);
		assert_int_equal(board_intack(b), 0x09);
		assert_int_equal(in(b, 0x60), set1[n]);
		out(b, 0x20, 0x20);
		assert_false(intr(b)); /* the buffer is empty for a moment */
		assert_int_equal(in(b, 0x64) & 1, 0);
	}
	assert_int_equal(kbc_read(b), -1);
	done(b);
}

static void kbc_keyboard(void **state)
{
	struct board *b = with_pic(0);

	kbc_write2(b, 0x60, 0x00);
	KEYBOARD(b, 0xee, 0xee);
	KEYBOARD(b, 0xf2, 0xfa, 0xab, 0x83);
	KEYBOARD(b, 0xed, 0xfa);
	KEYBOARD(b, 0x07, 0xfa);
	KEYBOARD(b, 0xfe, 0xfa);
	KEYBOARD(b, 0xf3, 0xfa);
	KEYBOARD(b, 0x00, 0xfa);
	KEYBOARD(b, 0xf0, 0xfa);
	KEYBOARD(b, 0x00, 0xfa, 0x02);
	KEYBOARD(b, 0x01, 0xfe); /* no such command */
	/* Raw set 2. */
	TYPE(b, 0xf0, 0x1c);
	assert_int_equal(kbc_read(b), 0xf0);
	assert_int_equal(kbc_read(b), 0x1c);
	/* Set 1 of the keyboard itself. */
	KEYBOARD(b, 0xf0, 0xfa);
	KEYBOARD(b, 0x01, 0xfa);
	TYPE(b, 0xf0, 0x1c);
	assert_int_equal(kbc_read(b), 0x9e);
	/* Set 3: break codes only where asked for. */
	KEYBOARD(b, 0xf0, 0xfa);
	KEYBOARD(b, 0x03, 0xfa);
	TYPE(b, 0x1c, 0xf0, 0x1c, 0xe0, 0x75);
	assert_int_equal(kbc_read(b), 0x1c);
	assert_int_equal(kbc_read(b), 0x63);
	KEYBOARD(b, 0xf8, 0xfa);
	TYPE(b, 0xe0, 0xf0, 0x75);
	assert_int_equal(kbc_read(b), 0xf0);
	assert_int_equal(kbc_read(b), 0x63);
	KEYBOARD(b, 0xf6, 0xfa);
	/* A held-off keyboard keeps its keys. */
	out(b, 0x64, 0xad);
	TYPE(b, 0x1c);
	assert_int_equal(kbc_read(b), -1);
	out(b, 0x64, 0xae);
	assert_int_equal(kbc_read(b), 0x1c);
	/* Translated id: what Linux's atkbd accepts. */
	kbc_write2(b, 0x60, 0x40);
	KEYBOARD(b, 0xf2, 0xfa, 0xab, 0x41);
	/* Room. */
	assert_true(i8042_key_room(b, 64));
	for (unsigned n = 0; n < 80; n++)
		i8042_key(b, 0x1c);
	assert_false(i8042_key_room(b, 1));
	done(b);
}

/* Linux i8042_check_aux(), i8042_check_mux(), then psmouse. */
static void kbc_aux(void **state)
{
	struct board *b = with_pic(0x1004);

	kbc_write2(b, 0xd3, 0x5a);
	assert_int_equal(kbc_read(b), 0x15a);
	out(b, 0x64, 0xa7);
	assert_int_equal(kbc_command(b, 0x20) & 0x20, 0x20);
	out(b, 0x64, 0xa8);
	assert_int_equal(kbc_command(b, 0x20) & 0x20, 0);
	kbc_write2(b, 0x60, 0x42);
	kbc_write2(b, 0xd3, 0xa5);
	pass(b, 100 * US);
	assert_int_equal(board_intack(b), 0x74);
	assert_int_equal(kbc_read(b), 0x1a5);
	/* A multiplexer would change the last of these bytes. */
	for (unsigned n = 0; n < 3; n++) {
		static const uint8_t mux[3] = {0xf0, 0x56, 0xa4};

		kbc_write2(b, 0xd3, mux[n]);
		assert_int_equal(kbc_read(b), 0x100 | mux[n]);
	}
	kbc_write2(b, 0xd4, 0xff);
	assert_int_equal(kbc_read(b), 0x1fa);
	assert_int_equal(kbc_read(b), 0x1aa);
	assert_int_equal(kbc_read(b), 0x100);
	kbc_write2(b, 0xd4, 0xf2);
	assert_int_equal(kbc_read(b), 0x1fa);
	assert_int_equal(kbc_read(b), 0x100);
	kbc_write2(b, 0xd4, 0xe8);
	assert_int_equal(kbc_read(b), 0x1fa);
	kbc_write2(b, 0xd4, 0x03);
	assert_int_equal(kbc_read(b), 0x1fa);
	kbc_write2(b, 0xd4, 0xf4);
	assert_int_equal(kbc_read(b), 0x1fa);
	kbc_write2(b, 0xd4, 0xe9);
	assert_int_equal(kbc_read(b), 0x1fa);
	assert_int_equal(kbc_read(b), 0x120);
	assert_int_equal(kbc_read(b), 0x103);
	assert_int_equal(kbc_read(b), 0x164);
	assert_int_equal(kbc_read(b), -1);
	done(b);
}

static void kbc_a20_and_reset(void **state)
{
	struct board *b = with_pic(0);

	assert_int_equal(in(b, 0x92) & 2, 2);
	kbc_write2(b, 0xd1, 0xdd);
	assert_int_equal(b->pc->cpu.a20_mask, 0xffefffff);
	assert_int_equal(in(b, 0x92) & 2, 0);
	assert_int_equal(kbc_command(b, 0xd0) & 3, 1);
	out(b, 0x92, 2);
	assert_int_equal(b->pc->cpu.a20_mask, 0xffffffff);
	assert_int_equal(kbc_command(b, 0xd0) & 3, 3);
	out(b, 0x64, 0xfe);
	assert_int_equal(b->pc->state, BOARD_RESET);
	board_reset(b);
	out(b, 0xcf9, 0x02);
	assert_int_equal(b->pc->state, BOARD_RUNNING);
	out(b, 0xcf9, 0x06);
	assert_int_equal(b->pc->state, BOARD_RESET);
	board_reset(b);
	out(b, 0x92, 3);
	assert_int_equal(b->pc->state, BOARD_RESET);
	done(b);
}

/* ---- DMA ---- */

static void dma_program(struct board *b, uint8_t mode, uint32_t addr, uint16_t count)
{
	out(b, 0x0a, 0x06); /* mask channel 2 */
	out(b, 0x0c, 0);
	out(b, 0x0b, mode);
	out(b, 0x04, (uint8_t)addr);
	out(b, 0x04, (uint8_t)(addr >> 8));
	out(b, 0x05, (uint8_t)count);
	out(b, 0x05, (uint8_t)(count >> 8));
	out(b, 0x81, (uint8_t)(addr >> 16));
	out(b, 0x0a, 0x02);
}

static void dma_floppy(void **state)
{
	struct board *b = with_pic(0);
	uint8_t buf[512], back[512];
	bool tc;

	for (unsigned n = 0; n < sizeof(buf); n++)
		buf[n] = (uint8_t)(n * 7);
	dma_program(b, 0x46, 0x1fe00, 1023);
	assert_int_equal(dma8237_transfer(b, 2, buf, 512, true, &tc), 0); /* no cascade yet */
	out(b, 0xd6, 0xc0);
	out(b, 0xd4, 0x00);
	assert_int_equal(dma8237_transfer(b, 2, buf, 512, true, &tc), 512);
	assert_false(tc);
	mem_dma_read(&b->mem, 0x1fe00, back, 512);
	assert_memory_equal(buf, back, 512);
	/* The page register does not count: the second half wraps to 0x10000. */
	assert_int_equal(dma8237_transfer(b, 2, buf, 512, true, &tc), 512);
	assert_true(tc);
	mem_dma_read(&b->mem, 0x10000, back, 512);
	assert_memory_equal(buf, back, 512);
	assert_int_equal(in(b, 0x08), 0x04);
	assert_int_equal(in(b, 0x08), 0x00);
	assert_int_equal(in(b, 0x0f) & 4, 4); /* TC masks the channel */
	out(b, 0x0c, 0);
	assert_int_equal(in(b, 0x05), 0xff);
	assert_int_equal(in(b, 0x05), 0xff);
	assert_int_equal(dma8237_transfer(b, 2, buf, 512, true, &tc), 0);
	/* From memory, fewer bytes than the device has; auto-initialize. */
	memset(back, 0, sizeof(back));
	dma_program(b, 0x5a, 0x1fe00, 99);
	assert_int_equal(dma8237_transfer(b, 2, back, 512, false, &tc), 100);
	assert_true(tc);
	assert_memory_equal(buf, back, 100);
	assert_int_equal(back[100], 0);
	assert_int_equal(in(b, 0x0f) & 4, 0);
	out(b, 0x0c, 0);
	assert_int_equal(in(b, 0x05), 99);
	/* Downwards. */
	dma_program(b, 0x66, 0x20003, 3);
	assert_int_equal(dma8237_transfer(b, 2, buf, 4, true, &tc), 4);
	mem_dma_read(&b->mem, 0x20000, back, 4);
	for (unsigned n = 0; n < 4; n++)
		assert_int_equal(back[n], buf[3 - n]);
	done(b);
}

static void dma_words(void **state)
{
	struct board *b = with_pic(0);
	uint8_t buf[8] = "ABCDEFGH", back[8];
	bool tc;

	out(b, 0xd8, 0);
	out(b, 0xd6, 0x45);
	out(b, 0xc4, 0x00);
	out(b, 0xc4, 0x80);
	out(b, 0xc6, 0x03);
	out(b, 0xc6, 0x00);
	out(b, 0x8b, 0x05); /* bit 0 is not used */
	out(b, 0xd4, 0x01);
	assert_int_equal(dma8237_transfer(b, 5, buf, 8, true, &tc), 8);
	assert_true(tc);
	mem_dma_read(&b->mem, 0x50000, back, 8);
	assert_memory_equal(buf, back, 8);
	done(b);
}

/* Port 0x61's refresh bit is a coarse clock for old programs. */
static void sysctl_refresh(void **state)
{
	struct board *b = with_pic(0);
	unsigned changes = 0;
	uint8_t last = in(b, 0x61) & 0x10;

	for (unsigned n = 0; n < 1000; n++) {
		uint8_t now;

		pass(b, US);
		now = in(b, 0x61) & 0x10;
		changes += now != last;
		last = now;
	}
	assert_in_range(changes, 65, 67);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pic_priority),
		cmocka_unit_test(pic_special_fully_nested),
		cmocka_unit_test(pic_edges),
		cmocka_unit_test(pic_level),
		cmocka_unit_test(pic_modes),
		cmocka_unit_test(pic_probe),
		cmocka_unit_test(pit_mode0),
		cmocka_unit_test(pit_mode2),
		cmocka_unit_test(pit_mode2_reload),
		cmocka_unit_test(pit_mode3),
		cmocka_unit_test(pit_strobes_and_triggers),
		cmocka_unit_test(pit_bcd_and_latches),
		cmocka_unit_test(pit_lazy),
		cmocka_unit_test(pit_quick_calibrate),
		cmocka_unit_test(lapic_registers),
		cmocka_unit_test(lapic_priorities),
		cmocka_unit_test(lapic_errors),
		cmocka_unit_test(lapic_timer_modes),
		cmocka_unit_test(lapic_lint),
		cmocka_unit_test(ioapic_edge_and_level),
		cmocka_unit_test(ioapic_extint_pin0),
		cmocka_unit_test(ioapic_waits),
		cmocka_unit_test(intr_without_apic),
		cmocka_unit_test(rtc_dates),
		cmocka_unit_test(rtc_set_time),
		cmocka_unit_test(rtc_interrupts),
		cmocka_unit_test(kbc_bios),
		cmocka_unit_test(kbc_keyboard),
		cmocka_unit_test(kbc_aux),
		cmocka_unit_test(kbc_a20_and_reset),
		cmocka_unit_test(dma_floppy),
		cmocka_unit_test(dma_words),
		cmocka_unit_test(sysctl_refresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
