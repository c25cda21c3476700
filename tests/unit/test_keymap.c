/* What terminals send, as scan codes; and the escape key. The two files of the
 * front end are included, for tests are linked with the engine only. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tui/term/escape.c"
#include "tui/term/keymap.c"

/* All strokes of a text in hexadecimal, one space between bytes. */
static const char *strokes(const char *text, bool flush)
{
	static char hex[512];
	struct keymap m = {.count = 0};
	struct keymap_stroke s;
	char *p = hex;

	*p = 0;
	for (; *text; text++)
		if (keymap_feed(&m, (uint8_t)*text, &s))
			for (unsigned n = 0; n < s.size; n++)
				p += sprintf(p, p == hex ? "%02X" : " %02X", s.byte[n]);
	while (flush && keymap_flush(&m, &s))
		for (unsigned n = 0; n < s.size; n++)
			p += sprintf(p, p == hex ? "%02X" : " %02X", s.byte[n]);
	return hex;
}

static void characters(void **state)
{
	assert_string_equal(strokes("a", false), "1C F0 1C");
	assert_string_equal(strokes("A", false), "12 1C F0 1C F0 12");
	assert_string_equal(strokes("?", false), "12 4A F0 4A F0 12");
	assert_string_equal(strokes("1 ", false), "16 F0 16 29 F0 29");
	assert_string_equal(strokes("\r", false), "5A F0 5A");
	assert_string_equal(strokes("\x7f", false), "66 F0 66");
	assert_string_equal(strokes("\x03", false), "14 21 F0 21 F0 14"); /* Ctrl-C */
	assert_string_equal(strokes("\xc3\xa9", false), "");              /* no such key */
}

static void sequences(void **state)
{
	assert_string_equal(strokes("\033[A", false), "E0 75 E0 F0 75");
	assert_string_equal(strokes("\033OB", false), "E0 72 E0 F0 72");
	assert_string_equal(strokes("\033[1;5C", false), "14 E0 74 E0 F0 74 F0 14");
	assert_string_equal(strokes("\033[3~", false), "E0 71 E0 F0 71");
	assert_string_equal(strokes("\033[5;3~", false), "11 E0 7D E0 F0 7D F0 11");
	assert_string_equal(strokes("\033OP", false), "05 F0 05");
	assert_string_equal(strokes("\033[[B", false), "06 F0 06");
	assert_string_equal(strokes("\033[15~\033[24~", false), "03 F0 03 07 F0 07");
	assert_string_equal(strokes("\033[18~", false), "83 F0 83"); /* F7 has the odd code */
	assert_string_equal(strokes("\033[Z", false), "12 0D F0 0D F0 12");
	assert_string_equal(strokes("\033x", false), "11 22 F0 22 F0 11");  /* Alt-X */
	assert_string_equal(strokes("\033[999999999999999999A", true), ""); /* too long: dropped */
	assert_string_equal(strokes("\033[99;99~b", false), "32 F0 32");
}

static void lone_escape(void **state)
{
	assert_string_equal(strokes("\033", false), "");
	assert_string_equal(strokes("\033", true), "76 F0 76");
	assert_string_equal(strokes("\033\033", true), "76 F0 76 76 F0 76");
	assert_string_equal(strokes("\033[", true), "11 54 F0 54 F0 11");
}

static void every_byte_fits(void **state)
{
	for (unsigned mods = 0; mods < 8; mods++) {
		struct keymap_stroke s;

		stroke_make(&s, KEY_PAGE_DOWN, mods);
		assert_true(s.size <= KEYMAP_MAX);
	}
}

static void escape_commands(void **state)
{
	struct escape e = {.key = 0x1d};
	unsigned key = 0;

	assert_int_equal(escape_feed(&e, 'x'), ESCAPE_PASS);
	assert_int_equal(escape_feed(&e, 0x1d), ESCAPE_WAIT);
	assert_int_equal(escape_feed(&e, 'x'), ESCAPE_QUIT);
	assert_int_equal(escape_feed(&e, 0x1d), ESCAPE_WAIT);
	assert_int_equal(escape_feed(&e, 0x1d), ESCAPE_PASS);
	assert_int_equal(escape_feed(&e, 'r'), ESCAPE_PASS);
	assert_int_equal(escape_feed(&e, 0x1d), ESCAPE_WAIT);
	assert_int_equal(escape_feed(&e, 'z'), ESCAPE_UNKNOWN);
	assert_true(escape_key_from_name("^]", &key) && key == 0x1d);
	assert_true(escape_key_from_name("^a", &key) && key == 1);
	assert_true(escape_key_from_name("none", &key) && key == ESCAPE_NONE);
	assert_false(escape_key_from_name("^", &key));
	assert_false(escape_key_from_name("]", &key));
	assert_false(escape_key_from_name("^]x", &key));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(characters),      cmocka_unit_test(sequences),       cmocka_unit_test(lone_escape),
		cmocka_unit_test(every_byte_fits), cmocka_unit_test(escape_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
