/* A picture made of character cells: what views draw on. Nothing here knows a terminal;
 * screen.c puts a canvas on one, tests read it as text. Whatever text is drawn loses its
 * control characters, so no byte of a guest can reach the person's terminal. */
#ifndef LANYARD_TUI_CONSOLE_CANVAS_H
#define LANYARD_TUI_CONSOLE_CANVAS_H

#include <glib.h>

#include "engine/base/types.h"

/* What a cell means; screen.c decides how that looks, with colors and without. */
enum style {
	STYLE_PLAIN,
	STYLE_DIM,
	STYLE_STRONG,
	STYLE_GOOD,
	STYLE_WARN,
	STYLE_BAD,
	STYLE_ACTIVE,
	STYLE_SELECTED,
	STYLE_BAR,   /* the lines at the top and the bottom */
	STYLE_KEY,   /* a key in them */
	STYLE_GUEST, /* fg, bg and attributes are the guest's */
	STYLES
};

enum { ATTR_BOLD = 1, ATTR_UNDERLINE = 2, ATTR_REVERSE = 4, ATTR_BLINK = 8 };
enum { COLOR_DEFAULT = 16 }; /* beside the sixteen: ANSI's order, 8 and more are bright */

struct cell {
	uint32_t ch; /* 0: the right half of a wide character */
	uint8_t style;
	uint8_t fg, bg, attr; /* STYLE_GUEST */
};

struct area {
	int x, y, w, h;
};

struct canvas {
	int cols, rows;
	struct cell *cells;
	int cursor_x, cursor_y; /* x < 0: no cursor */
};

struct canvas *canvas_new(int cols, int rows);
void canvas_free(struct canvas *c); /* NULL is accepted */
/* All spaces, no cursor. */
void canvas_clear(struct canvas *c);
struct area canvas_area(const struct canvas *c);
/* The cell; NULL outside. */
struct cell *canvas_cell(const struct canvas *c, int x, int y);
void canvas_set(struct canvas *c, int x, int y, uint32_t ch, enum style style);
void canvas_fill(struct canvas *c, struct area a, uint32_t ch, enum style style);
/* Text at x, y of the area, cut at its right edge; returns the columns it took. */
int canvas_text(struct canvas *c, struct area a, int x, int y, enum style style, const char *text);
int canvas_printf(struct canvas *c, struct area a, int x, int y, enum style style, const char *format, ...)
	G_GNUC_PRINTF(6, 7);
/* A frame with a title in its upper edge; returns what is inside. */
struct area canvas_frame(struct canvas *c, struct area a, enum style style, const char *title);
/* Changes the style of cells that are there. */
void canvas_paint(struct canvas *c, struct area a, enum style style);
/* The rows as lines of UTF-8, without spaces at their ends; g_free() it. */
char *canvas_dump(const struct canvas *c);

#endif
