/* The clock: dates, setting it, its interrupts. */
#include "tests/unit/chips.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rtc_dates),
		cmocka_unit_test(rtc_set_time),
		cmocka_unit_test(rtc_interrupts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
