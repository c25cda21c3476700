/* The line that is typed at the bottom: commands after ':', and what views ask for. */
#ifndef LANYARD_TUI_CONSOLE_PROMPT_H
#define LANYARD_TUI_CONSOLE_PROMPT_H

#include "tui/console/view.h"

/* A key while a line is being typed. */
void prompt_key(struct console *c, struct key key);
/* Carries out a line; also what tests call. */
void prompt_run(struct console *c, char kind, const char *text);
void prompt_draw(struct console *c, struct canvas *canvas, struct area a);

#endif
