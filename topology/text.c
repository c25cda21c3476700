/* The bytes of a lab file as UTF-8 in which all YAML readers see the same lines;
 * see yaml.h. */
#include <string.h>

#include "topology/yaml.h"

/* Line breaks of YAML 1.1 (4.2) that YAML 1.2 (5.4) takes for plain characters,
 * and spaces of the same length to read in their place. */
static const struct odd_break {
	const char *bytes, *name, *escape, *space;
} odd_breaks[] = {
	{"\xc2\x85", "U+0085", "\\N", "\xc2\xa0"},
	{"\xe2\x80\xa8", "U+2028", "\\L", "\xe2\x80\x89"},
	{"\xe2\x80\xa9", "U+2029", "\\P", "\xe2\x80\x89"},
};

static const struct odd_break *odd_break_at(const char *p, const char *end)
{
	for (unsigned n = 0; n < ARRAY_LEN(odd_breaks); n++) {
		size_t len = strlen(odd_breaks[n].bytes);

		if ((size_t)(end - p) >= len && !memcmp(p, odd_breaks[n].bytes, len))
			return &odd_breaks[n];
	}
	return NULL;
}

/* Says each odd break and makes it a space. */
static void check_breaks(struct tree *t, const char *file, char *text, gsize size)
{
	struct plan_mark mark = {file, 1, 1};
	char *end = text + size;

	for (char *p = text; p < end; p++) {
		const struct odd_break *b = odd_break_at(p, end);

		if (b) {
			g_autofree char *what = g_strdup_printf(
				"%s ends a line for YAML 1.1 but not for YAML 1.2; write %s, in double quotes", b->name,
				b->escape);

			report_add(t->report, false, &mark, NULL, what);
			memcpy(p, b->space, strlen(b->space));
		}
		if (*p == '\n' || (*p == '\r' && !(p + 1 < end && p[1] == '\n'))) {
			mark.line++;
			mark.column = 1;
		} else if ((*p & 0xc0) != 0x80) { /* not inside a character */
			mark.column++;
		}
	}
}

static bool starts_with(const char *text, gsize size, const char *bytes)
{
	return size >= strlen(bytes) && !memcmp(text, bytes, strlen(bytes));
}

char *yaml_text(struct tree *t, const char *file, const char *text, gsize size, gsize *out)
{
	static const char utf8_bom[] = "\xef\xbb\xbf";
	bool little = starts_with(text, size, "\xff\xfe"), big = starts_with(text, size, "\xfe\xff");
	struct plan_mark top = {file, 1, 1};
	char *result;

	if (starts_with(text, size, utf8_bom)) {
		text += strlen(utf8_bom);
		size -= strlen(utf8_bom);
	}
	*out = size;
	if (little || big)
		result = g_convert(text + 2, (gssize)size - 2, "UTF-8", little ? "UTF-16LE" : "UTF-16BE", NULL, out,
				   NULL);
	else
		result = g_memdup2(text, size);
	if (!result && size)
		report_add(t->report, false, &top, NULL, "not valid UTF-16");
	if (!result)
		*out = size;
	else
		check_breaks(t, file, result, *out);
	return result;
}
