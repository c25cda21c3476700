/* Character cells; see canvas.h. */
#include "tui/console/canvas.h"

#include <stdarg.h>

struct canvas *canvas_new(int cols, int rows)
{
	struct canvas *c = g_new0(struct canvas, 1);

	c->cols = cols;
	c->rows = rows;
	c->cells = g_new0(struct cell, (gsize)cols * (gsize)rows + 1);
	canvas_clear(c);
	return c;
}

void canvas_free(struct canvas *c)
{
	if (!c)
		return;
	g_free(c->cells);
	g_free(c);
}

struct area canvas_area(const struct canvas *c)
{
	return (struct area){0, 0, c->cols, c->rows};
}

void canvas_clear(struct canvas *c)
{
	canvas_fill(c, canvas_area(c), ' ', STYLE_PLAIN);
	c->cursor_x = c->cursor_y = -1;
}

struct cell *canvas_cell(const struct canvas *c, int x, int y)
{
	return x >= 0 && y >= 0 && x < c->cols && y < c->rows ? &c->cells[y * c->cols + x] : NULL;
}

void canvas_set(struct canvas *c, int x, int y, uint32_t ch, enum style style)
{
	struct cell *cell = canvas_cell(c, x, y);

	if (cell)
		*cell = (struct cell){.ch = ch, .style = (uint8_t)style};
}

void canvas_fill(struct canvas *c, struct area a, uint32_t ch, enum style style)
{
	for (int y = a.y; y < a.y + a.h; y++)
		for (int x = a.x; x < a.x + a.w; x++)
			canvas_set(c, x, y, ch, style);
}

/* Columns of a character; what has none or would change the terminal is shown as '.'. */
static int width_of(gunichar *ch)
{
	if (g_unichar_iscntrl(*ch) || g_unichar_type(*ch) == G_UNICODE_FORMAT || !g_unichar_isdefined(*ch) ||
	    g_unichar_iszerowidth(*ch) || g_unichar_type(*ch) == G_UNICODE_PRIVATE_USE)
		*ch = '.';
	return g_unichar_iswide(*ch) ? 2 : 1;
}

int canvas_text(struct canvas *c, struct area a, int x, int y, enum style style, const char *text)
{
	g_autofree char *valid = g_utf8_make_valid(text, -1);
	int from = x;

	if (y < 0 || y >= a.h)
		return 0;
	for (const char *p = valid; *p; p = g_utf8_next_char(p)) {
		gunichar ch = g_utf8_get_char(p);
		int width = width_of(&ch);

		if (x + width > a.w)
			break;
		if (x >= 0) {
			canvas_set(c, a.x + x, a.y + y, ch, style);
			if (width == 2)
				canvas_set(c, a.x + x + 1, a.y + y, 0, style);
		}
		x += width;
	}
	return x - from;
}

int canvas_printf(struct canvas *c, struct area a, int x, int y, enum style style, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	return canvas_text(c, a, x, y, style, text);
}

struct area canvas_frame(struct canvas *c, struct area a, enum style style, const char *title)
{
	int right = a.x + a.w - 1, bottom = a.y + a.h - 1;

	for (int x = a.x + 1; x < right; x++) {
		canvas_set(c, x, a.y, 0x2500, style);
		canvas_set(c, x, bottom, 0x2500, style);
	}
	for (int y = a.y + 1; y < bottom; y++) {
		canvas_set(c, a.x, y, 0x2502, style);
		canvas_set(c, right, y, 0x2502, style);
	}
	canvas_set(c, a.x, a.y, 0x250c, style);
	canvas_set(c, right, a.y, 0x2510, style);
	canvas_set(c, a.x, bottom, 0x2514, style);
	canvas_set(c, right, bottom, 0x2518, style);
	if (title && *title) {
		struct area edge = {a.x + 1, a.y, a.w - 2, 1};
		g_autofree char *spaced = g_strdup_printf(" %s ", title);

		canvas_text(c, edge, 1, 0, STYLE_STRONG, spaced);
	}
	return (struct area){a.x + 1, a.y + 1, MAX(a.w - 2, 0), MAX(a.h - 2, 0)};
}

void canvas_paint(struct canvas *c, struct area a, enum style style)
{
	for (int y = a.y; y < a.y + a.h; y++)
		for (int x = a.x; x < a.x + a.w; x++) {
			struct cell *cell = canvas_cell(c, x, y);

			if (cell)
				cell->style = (uint8_t)style;
		}
}

char *canvas_dump(const struct canvas *c)
{
	GString *s = g_string_new(NULL);

	for (int y = 0; y < c->rows; y++) {
		gsize end = s->len;

		for (int x = 0; x < c->cols; x++) {
			uint32_t ch = c->cells[y * c->cols + x].ch;

			if (ch)
				g_string_append_unichar(s, ch);
			if (ch && ch != ' ')
				end = s->len;
		}
		g_string_truncate(s, end);
		g_string_append_c(s, '\n');
	}
	return g_string_free(s, FALSE);
}
