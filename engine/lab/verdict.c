/* What is right and what is wrong with what a check saw, and how it is told. */
#include "engine/lab/lab_priv.h"

enum { SHOWN_LINES = 20, SHOWN_BYTES = 300 }; /* of output in a report; bytes of a line */

/* The output for people: long lines and many lines lose their middle. */
static void add_output(GString *text, const char *output)
{
	g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
	unsigned count = g_strv_length(lines), hidden = count > SHOWN_LINES ? count - SHOWN_LINES : 0;

	for (unsigned n = 0; n < count; n++) {
		g_autofree char *cut = strlen(lines[n]) > SHOWN_BYTES ? g_strndup(lines[n], SHOWN_BYTES) : NULL;
		g_autofree char *line = g_utf8_make_valid(cut ? cut : lines[n], -1);

		if (hidden && n == SHOWN_LINES / 2) {
			g_string_append_printf(text, "%s... %u lines more ...", text->len ? "\n" : "", hidden);
			n += hidden - 1;
			hidden = 0;
		} else {
			g_string_append_printf(text, "%s%s%s", text->len ? "\n" : "", line, cut ? "..." : "");
		}
	}
}

static bool matches(const char *pattern, const char *text)
{
	return g_regex_match_simple(pattern, text, G_REGEX_MULTILINE, 0);
}

char *verdict_output(const char *what, const GString *output)
{
	g_autofree char *text = g_utf8_make_valid(output->str, (gssize)output->len);
	GString *whole = g_string_new(what);

	g_strchomp(text);
	if (*text && *what)
		g_string_append_c(whole, ':');
	if (*text)
		add_output(whole, text);
	return g_string_free(whole, FALSE);
}

char *verdict_of_command(const struct plan_check *c, int status, const GString *output)
{
	g_autofree char *text = g_utf8_make_valid(output->str, (gssize)output->len), *what = NULL;

	g_strchomp(text);
	if (status < 0)
		what = g_strdup("the PC went away");
	else if (output->len > CHECK_OUTPUT_MAX && (c->expect || c->reject))
		what = g_strdup("the output is longer than 1 MiB");
	else if (c->expect && !matches(c->expect, text))
		what = g_strdup_printf("output does not match \"%s\"", c->expect);
	else if (c->reject && matches(c->reject, text))
		what = g_strdup_printf("output matches \"%s\"", c->reject);
	else if (status > 0 && !c->expect)
		what = g_strdup_printf("exit status %d", status);
	return what ? verdict_output(what, output) : NULL;
}

/* "3", "at least 3", "at most 3", "3 to 5". */
static char *wanted(const struct plan_check *c)
{
	if (c->least == c->most)
		return g_strdup_printf("%llu", (unsigned long long)c->least);
	if (c->most == PACKETS_ANY)
		return g_strdup_printf("at least %llu", (unsigned long long)c->least);
	if (!c->least)
		return g_strdup_printf("at most %llu", (unsigned long long)c->most);
	return g_strdup_printf("%llu to %llu", (unsigned long long)c->least, (unsigned long long)c->most);
}

char *verdict_of_packets(const struct plan_check *c, uint64_t packets)
{
	g_autofree char *want = wanted(c);

	if (packets >= c->least && packets <= c->most)
		return NULL;
	if (!packets && c->least == 1 && c->most == PACKETS_ANY)
		return g_strdup_printf("no packet matched \"%s\" at %s", c->packet, c->watch);
	return g_strdup_printf("%llu packets matched \"%s\" at %s, expected %s", (unsigned long long)packets, c->packet,
			       c->watch, want);
}
