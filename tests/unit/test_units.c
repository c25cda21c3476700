/* Times, sizes and numbers as people write them, and what they get wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "engine/base/units.h"

static void times(void **state)
{
	/* clang-format off */
	static const struct { const char *text; uint64_t ns; } good[] = {
		{"0s", 0}, {"7ns", 7}, {"20us", 20000}, {"500ms", 500000000}, {"30s", 30000000000}, {"2m", 120000000000},
		{"1h", 3600000000000}, {"1.5s", 1500000000}, {"0.000000001s", 1}, {"0.5ms", 500000},
		{"18446744073709551614ns", UINT64_MAX - 1},
	};
	static const char *const bad[] = {
		"", "s", "5", "-5s", "+5s", " 5s", "5 s", "5s ", "5x", "5S", "1.s", ".5s", "1.5.5s", "0x10s", "0.5ns", "1e3s",
		"18446744073709551615ns", "18446744073709551616ns", "99999999999999999999999s", "6000000h",
		"0.00000000000000000000000001s",
	};
	/* clang-format on */

	for (unsigned n = 0; n < ARRAY_LEN(good); n++) {
		uint64_t ns = 1;

		assert_true(parse_time(good[n].text, &ns, NULL));
		assert_int_equal(ns, good[n].ns);
	}
	for (unsigned n = 0; n < ARRAY_LEN(bad); n++) {
		GError *error = NULL;
		uint64_t ns = 42;

		assert_false(parse_time(bad[n], &ns, &error));
		assert_non_null(error);
		assert_int_equal(ns, 42);
		g_error_free(error);
	}
}

static void sizes(void **state)
{
	uint64_t v = 0;

	assert_true(parse_size("512B", &v, NULL) && v == 512);
	assert_true(parse_size("64K", &v, NULL) && v == 65536);
	assert_true(parse_size("256M", &v, NULL) && v == 256 << 20);
	assert_true(parse_size("1.5G", &v, NULL) && v == 3ull << 29);
	assert_true(parse_size("16TiB", &v, NULL) && v == 16ull << 40);
	assert_false(parse_size("256", &v, NULL));
	assert_false(parse_size("256m", &v, NULL));
	assert_false(parse_size("0.3K", &v, NULL)); /* 307.2 bytes */
	assert_false(parse_size("16777216T", &v, NULL));
}

static void rates(void **state)
{
	uint64_t v = 0;

	assert_true(parse_rate("10Mbit", &v, NULL) && v == 10000000);
	assert_true(parse_rate("2.5Gbit", &v, NULL) && v == 2500000000);
	assert_true(parse_rate("64kbit", &v, NULL) && v == 64000);
	assert_true(parse_rate("9600bit", &v, NULL) && v == 9600);
	assert_false(parse_rate("10", &v, NULL));
	assert_false(parse_rate("10Mb", &v, NULL));
	assert_false(parse_rate("10M", &v, NULL));
	assert_true(parse_percent("1%", &v, NULL) && v == 10000);
	assert_true(parse_percent("0.0001%", &v, NULL) && v == 1);
	assert_true(parse_percent("100%", &v, NULL) && v == 1000000);
	assert_true(parse_percent("0%", &v, NULL) && v == 0);
	assert_false(parse_percent("100.1%", &v, NULL));
	assert_false(parse_percent("0.00001%", &v, NULL));
	assert_false(parse_percent("0.5", &v, NULL));
	assert_false(parse_percent("-1%", &v, NULL));
}

static void numbers(void **state)
{
	g_autoptr(GError) error = NULL;
	uint64_t v = 0;

	assert_true(parse_number("0xf4", 1, 0xffff, &v, NULL) && v == 0xf4);
	assert_true(parse_number("18446744073709551615", 0, UINT64_MAX, &v, NULL) && v == UINT64_MAX);
	assert_false(parse_number("18446744073709551616", 0, UINT64_MAX, &v, NULL));
	assert_false(parse_number("0x", 0, 10, &v, NULL));
	assert_false(parse_number("10f", 0, 1000, &v, NULL));
	assert_false(parse_number("-1", 0, 10, &v, NULL));
	assert_false(parse_number("", 0, 10, &v, NULL));
	assert_false(parse_number("11", 1, 10, &v, &error));
	assert_string_equal(error->message, "'11' is out of range: expected a number from 1 to 10");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(times), cmocka_unit_test(sizes), cmocka_unit_test(rates),
					   cmocka_unit_test(numbers)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
