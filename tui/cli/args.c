/* Command lines; see args.h. */
#include "tui/cli/args.h"

#include <stdio.h>
#include <string.h>

#include "engine/base/units.h"
#include "tui/term/printable.h"

bool args_complain(const char *command, const char *option, const char *text)
{
	g_autofree char *shown = printable_line(text);

	fprintf(stderr, "lanyard %s: %s: %s\n", command, option, shown);
	return false;
}

bool args_expected(const char *command, const char *option, const char *value, const char *expected)
{
	g_autofree char *shown = printable_line(value);

	fprintf(stderr, "lanyard %s: %s: '%s': expected %s\n", command, option, shown, expected);
	return false;
}

bool args_error(const char *command, const char *option, GError *error)
{
	args_complain(command, option, error->message);
	g_error_free(error);
	return false;
}

bool args_number(const char *command, const char *option, const char *text, uint64_t min, uint64_t max,
		 uint64_t standard, uint64_t *value)
{
	GError *error = NULL;

	*value = standard;
	return !text || parse_number(text, min, max, value, &error) || args_error(command, option, error);
}

bool args_time(const char *command, const char *option, const char *text, uint64_t standard, uint64_t *value)
{
	GError *error = NULL;

	*value = standard;
	return !text || parse_time(text, value, &error) || args_error(command, option, error);
}

bool args_size(const char *command, const char *option, const char *text, uint64_t standard, uint64_t *value)
{
	GError *error = NULL;

	*value = standard;
	return !text || parse_size(text, value, &error) || args_error(command, option, error);
}

bool args_expected_word(const char *command, const char *word, const char *expected)
{
	g_autofree char *shown = printable_line(word);

	fprintf(stderr, "lanyard %s: '%s': expected %s\n", command, shown, expected);
	return false;
}

static bool count_ok(const struct args_usage *u, int argc, char **argv)
{
	unsigned words = (unsigned)argc - 1;

	if (words >= u->min && (words <= u->max || (!u->max && u->min)))
		return true;
	if (!*u->words)
		args_expected_word(u->command, argv[1], "no arguments; --help says more");
	else
		fprintf(stderr, "lanyard %s: expected %s; --help says more\n", u->command, u->words);
	return false;
}

/* "--" ends the options and is no word; GLib leaves it if a '-' follows. */
static void drop_dashes(int *argc, char **argv)
{
	for (int n = 1; n < *argc; n++)
		if (!strcmp(argv[n], "--")) {
			memmove(argv + n, argv + n + 1, (size_t)(*argc - n) * sizeof(*argv));
			--*argc;
			return;
		}
}

bool args_parse(const struct args_usage *u, const GOptionEntry *entries, int *argc, char ***argv)
{
	g_autoptr(GOptionContext) context = g_option_context_new(u->words);
	g_autoptr(GError) error = NULL;

	if (u->text)
		g_option_context_set_summary(context, u->text);
	g_option_context_set_strict_posix(context, u->posix);
	if (entries)
		g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, argc, argv, &error)) {
		g_autofree char *shown = printable_line(error->message);

		fprintf(stderr, "lanyard %s: %s; --help lists the options\n", u->command, shown);
		return false;
	}
	if (!u->posix)
		drop_dashes(argc, *argv);
	return count_ok(u, *argc, *argv);
}
