/* Where JSON values end in a stream, and what is refused before anybody parses it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "tui/control/json_split.h"

/* What comes of the bytes, a letter a finding; the values, a line each. */
static char *split(const char *text, size_t size, GString *values)
{
	struct json_split s;
	GString *found = g_string_new(NULL);

	json_split_init(&s);
	for (size_t n = 0; n < size; n++)
		switch (json_split_byte(&s, (uint8_t)text[n])) {
		case JSON_SPLIT_MORE: break;
		case JSON_SPLIT_VALUE:
			g_string_append_c(found, 'v');
			g_string_append_printf(values, "%s\n", s.value->str);
			break;
		case JSON_SPLIT_BAD: g_string_append_c(found, 'b'); break;
		case JSON_SPLIT_LARGE: g_string_append_c(found, 'l'); break;
		}
	json_split_clear(&s);
	return g_string_free(found, FALSE);
}

static void expect(const char *text, const char *found, const char *values)
{
	g_autoptr(GString) got = g_string_new(NULL);
	g_autofree char *letters = split(text, strlen(text), got);

	assert_string_equal(letters, found);
	assert_string_equal(got->str, values);
}

static void test_values(void **state)
{
	expect("{\"a\":1}", "v", "{\"a\":1}\n");
	expect("{}{}\n[] ", "vvv", "{}\n{}\n[]\n");
	expect("{\"a\":\"}\\\"{\"}", "v", "{\"a\":\"}\\\"{\"}\n");
	expect("{\n\"a\":\n[1,\n2]}", "v", "{\n\"a\":\n[1,\n2]}\n");
	expect("{\"a\"", "", "");
	expect("hello {}", "bv", "{}\n");
	expect("hello world\n{}", "bv", "{}\n");
	expect("{]\n{}", "bv", "{}\n");
	expect("\xff\xfe\n[{}]", "bv", "[{}]\n");
}

static void test_numbers(void **state)
{
	expect("[9223372036854775807,-9223372036854775808]", "v", "[9223372036854775807,-9223372036854775808]\n");
	expect("[9223372036854775808]", "v", "[9223372036854775808.0]\n");
	expect("[-99999999999999999999999 ,1]", "v", "[-99999999999999999999999.0 ,1]\n");
	expect("[1e99,1.5,\"99999999999999999999999\"]", "v", "[1e99,1.5,\"99999999999999999999999\"]\n");
}

static void test_depth(void **state)
{
	g_autoptr(GString) text = g_string_new(NULL);

	for (unsigned n = 0; n < 32; n++)
		g_string_append_c(text, '[');
	for (unsigned n = 0; n < 32; n++)
		g_string_append_c(text, ']');
	{
		g_autofree char *wanted = g_strconcat(text->str, "\n", NULL);

		expect(text->str, "v", wanted);
	}
	g_string_prepend_c(text, '[');
	g_string_append(text, "]{}");
	expect(text->str, "lv", "{}\n");
}

static void test_size(void **state)
{
	g_autoptr(GString) text = g_string_new("{\"a\":\""), values = g_string_new(NULL);
	g_autofree char *found = NULL;

	for (unsigned n = 0; n < JSON_SIZE_MAX; n++)
		g_string_append_c(text, 'x');
	g_string_append(text, "\"}[]");
	found = split(text->str, text->len, values);
	assert_string_equal(found, "lv");
	assert_string_equal(values->str, "[]\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
