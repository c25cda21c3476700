/* The escape key and its commands; see escape.h. */
#include "tui/term/escape.h"

#include <stdio.h>
#include <string.h>

/* clang-format off */
static const struct { char key; enum escape_action action; } commands[] = {
	{'x', ESCAPE_QUIT}, {'q', ESCAPE_QUIT}, {'r', ESCAPE_RESET}, {'s', ESCAPE_SCREENSHOT}, {'p', ESCAPE_PAUSE},
	{'h', ESCAPE_HELP}, {'?', ESCAPE_HELP},
};
/* clang-format on */

const char *escape_help(void)
{
	return "  x  end the run\n"
	       "  r  reset the PC\n"
	       "  s  write a screenshot\n"
	       "  p  pause, and go on\n"
	       "  h  this help\n"
	       "  the escape key again sends it to the guest";
}

bool escape_key_from_name(const char *name, unsigned *key)
{
	if (!strcmp(name, "none")) {
		*key = ESCAPE_NONE;
		return true;
	}
	if (name[0] != '^' || !name[1] || name[2])
		return false;
	if (name[1] >= 'a' && name[1] <= 'z')
		*key = (unsigned)(name[1] - 'a' + 1);
	else if (name[1] >= '@' && name[1] <= '_')
		*key = (unsigned)(name[1] - '@');
	else
		return false;
	return true;
}

void escape_key_name(unsigned key, char text[16])
{
	if (key == ESCAPE_NONE)
		snprintf(text, 16, "none");
	else
		snprintf(text, 16, "Ctrl-%c", (char)(key + '@'));
}

enum escape_action escape_feed(struct escape *e, uint8_t byte)
{
	if (!e->waiting) {
		if (byte != e->key)
			return ESCAPE_PASS;
		e->waiting = true;
		return ESCAPE_WAIT;
	}
	e->waiting = false;
	if (byte == e->key)
		return ESCAPE_PASS;
	for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
		if (byte == (uint8_t)commands[n].key)
			return commands[n].action;
	return ESCAPE_UNKNOWN;
}
