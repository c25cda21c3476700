/* Text that is safe to show; see printable.h. */
#include "tui/term/printable.h"

#include <glib.h>

static char *shown(const char *text, gunichar keep)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	GString *s = g_string_new(NULL);

	for (const char *c = valid; *c; c = g_utf8_next_char(c)) {
		gunichar u = g_utf8_get_char(c);

		g_string_append_unichar(s, g_unichar_iscntrl(u) && u != keep ? ' ' : u);
	}
	return g_string_free(s, FALSE);
}

char *printable(const char *text)
{
	return shown(text, '\n');
}

char *printable_line(const char *text)
{
	return shown(text, 0);
}
