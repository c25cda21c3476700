/* The 8254: its modes, latches and BCD, and how kernels calibrate with it. */
#include "tests/unit/chips.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pit_mode0),
		cmocka_unit_test(pit_mode2),
		cmocka_unit_test(pit_mode2_reload),
		cmocka_unit_test(pit_mode3),
		cmocka_unit_test(pit_strobes_and_triggers),
		cmocka_unit_test(pit_bcd_and_latches),
		cmocka_unit_test(pit_lazy),
		cmocka_unit_test(pit_quick_calibrate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
