/* The escape key: while a terminal belongs to a guest, one key (Ctrl-] unless
 * --escape says otherwise) makes the next one a command to us. */
#ifndef LANYARD_TUI_TERM_ESCAPE_H
#define LANYARD_TUI_TERM_ESCAPE_H

#include "engine/base/types.h"

#define ESCAPE_NONE 256u /* --escape none: no key is ours */

enum escape_action {
	ESCAPE_PASS, /* the byte belongs to the guest */
	ESCAPE_WAIT, /* the escape key: a command follows */
	ESCAPE_QUIT,
	ESCAPE_RESET,
	ESCAPE_SCREENSHOT,
	ESCAPE_PAUSE,
	ESCAPE_HELP,
	ESCAPE_UNKNOWN, /* not a command; nothing happens */
};

struct escape {
	unsigned key; /* the byte, or ESCAPE_NONE */
	bool waiting;
};

/* "^]", "^A" or "none". False: it is no such name. */
bool escape_key_from_name(const char *name, unsigned *key);
/* "Ctrl-]"; text has room for 16 characters. */
void escape_key_name(unsigned key, char text[16]);
/* Takes a byte from the terminal. The escape key twice is ESCAPE_PASS. */
enum escape_action escape_feed(struct escape *e, uint8_t byte);
/* The commands, one a line, lines ending in \r\n. */
const char *escape_help(void);

#endif
