/* The curses console of a running lab: a client of its control socket, like any other. */
#ifndef LANYARD_TUI_CONSOLE_CONSOLE_H
#define LANYARD_TUI_CONSOLE_CONSOLE_H

#include "tui/control/client.h"

struct console;
struct canvas;
struct key;

/* How it was left. */
enum console_end { CONSOLE_LEFT, CONSOLE_STOPPED, CONSOLE_LOST, CONSOLE_SIGNAL };

/* Shows the lab until the person leaves. owner: the lab ends with the console, unless it
 * is detached. False with error if there is no terminal that can be drawn on. */
bool console_run(struct client *client, bool owner, enum console_end *end, GError **error);

/* ---- for tests: without a lab and without a terminal ---- */

struct console *console_new(struct client *client, bool owner);
void console_free(struct console *c);
struct model *console_model(struct console *c);
void console_answered(struct console *c, const char *of, const char *json);
void console_key(struct console *c, struct key key);
void console_draw(struct console *c, struct canvas *canvas);
/* What a PC wrote on its serial line. */
void console_serial(struct console *c, const char *pc, const uint8_t *data, size_t size);

#endif
