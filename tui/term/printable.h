/* Text from outside (guests, command lines) for our terminal: nothing in it may
 * move the cursor or change the colours. */
#ifndef LANYARD_TUI_TERM_PRINTABLE_H
#define LANYARD_TUI_TERM_PRINTABLE_H

/* A copy in valid UTF-8; control characters but '\n' are spaces. g_free() it. */
char *printable(const char *text);
/* The same, '\n' too: one line. */
char *printable_line(const char *text);

#endif
