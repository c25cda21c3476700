/* The text screen in the terminal; see screen.h. Sequences are ECMA-48's, with
 * the sixteen colors of aixterm that every terminal of today knows; terminfo says
 * whether this one has colors at all. */
#include "tui/session/vga_screen.h"

#include <glib.h>
#include <string.h>
#include <unistd.h>

#include "engine/pc/board.h"
#include "engine/pc/vga.h"
#include "tui/term/printable.h"
#include "tui/term/term.h"
#include "tui/term/terminfo.h"

struct vga_screen {
	struct vga_cell *shown; /* cols * rows as the terminal has them */
	unsigned cols, rows;    /* of the part that is drawn */
	unsigned top, left;     /* the guest's cell in its upper left corner */
	unsigned term_cols, term_rows;
	bool mono; /* no colors */
	bool all;  /* nothing on the terminal is known */
	bool message_new;
	char *message;
	GString *out;
	struct vga_cell pen;
	bool pen_known;
};

struct vga_screen *vga_screen_new(void)
{
	struct vga_screen *s = g_new0(struct vga_screen, 1);

	s->mono = terminfo_monochrome();
	s->out = g_string_new(NULL);
	s->message = g_strdup("");
	s->all = true;
	term_screen();
	return s;
}

void vga_screen_free(struct vga_screen *s)
{
	if (!s)
		return;
	g_string_free(s->out, TRUE);
	g_free(s->message);
	g_free(s->shown);
	g_free(s);
}

void vga_screen_invalidate(struct vga_screen *s)
{
	s->all = true;
}

void vga_screen_message(struct vga_screen *s, const char *text)
{
	g_free(s->message);
	s->message = printable_line(text ? text : "");
	s->message_new = true;
}

unsigned vga_screen_utf8(uint32_t ch, char out[4])
{
	return (unsigned)g_unichar_to_utf8(ch, out);
}

/* The VGA counts colors blue, green, red; the terminal red, green, blue. */
static unsigned ansi_color(unsigned vga, unsigned base, unsigned bright)
{
	static const uint8_t order[8] = {0, 4, 2, 6, 1, 5, 3, 7};

	return order[vga & 7] + (vga & 8 ? bright : base);
}

/* Roughly how bright a color looks. */
static unsigned luminance(unsigned vga)
{
	return (vga & 1) + (vga & 2) * 3 + (vga & 4) + (vga & 8);
}

static void pen(struct vga_screen *s, const struct vga_cell *c)
{
	if (s->pen_known && s->pen.fg == c->fg && s->pen.bg == c->bg && s->pen.blink == c->blink)
		return;
	g_string_append_printf(s->out, "\033[0%s", c->blink ? ";5" : "");
	if (s->mono)
		g_string_append_printf(s->out, "%s%sm", c->fg & 8 ? ";1" : "",
				       luminance(c->bg) > luminance(c->fg) ? ";7" : "");
	else
		g_string_append_printf(s->out, ";%u;%um", ansi_color(c->fg, 30, 90), ansi_color(c->bg, 40, 100));
	s->pen = *c;
	s->pen_known = true;
}

static void move_to(struct vga_screen *s, unsigned col, unsigned row)
{
	g_string_append_printf(s->out, "\033[%u;%uH", row + 1, col + 1);
}

/* The first of `all` rows or columns to show, so that `at` is among those shown:
 * where it was, if that will do, else so that `at` is the last but `slack`. */
static unsigned follow(unsigned first, unsigned at, unsigned shown, unsigned all, unsigned slack)
{
	if (at >= first + shown)
		first = at - shown + 1 + slack;
	if (first + shown > all)
		first = all - shown;
	return at < first ? at : first;
}

/* Decides what part of the guest's screen fits; starts anew if that changed. */
static void layout(struct vga_screen *s, const struct board *b, const struct vga_cursor *cursor)
{
	unsigned cols, rows, shown_cols, shown_rows, tc, tr, top = s->top, left = s->left;

	vga_text_size(b, &cols, &rows);
	term_size(&tc, &tr);
	shown_cols = cols < tc ? cols : tc;
	shown_rows = rows < tr ? rows : tr;
	top = follow(top, cursor->visible ? cursor->row : top, shown_rows, rows, 0);
	left = follow(left, cursor->visible ? cursor->col : left, shown_cols, cols, shown_cols / 2);
	if (!s->all && s->shown && shown_cols == s->cols && shown_rows == s->rows && top == s->top && left == s->left &&
	    tc == s->term_cols && tr == s->term_rows)
		return;
	s->cols = shown_cols;
	s->rows = shown_rows;
	s->top = top;
	s->left = left;
	s->term_cols = tc;
	s->term_rows = tr;
	g_free(s->shown);
	s->shown = g_new0(struct vga_cell, (gsize)s->cols * s->rows + 1);
	s->all = false;
	s->message_new = true;
	s->pen_known = false;
	g_string_append(s->out, "\033[0m\033[2J");
}

static bool same(const struct vga_cell *a, const struct vga_cell *c)
{
	return a->ch == c->ch && a->fg == c->fg && a->bg == c->bg && a->blink == c->blink;
}

static void draw_cells(struct vga_screen *s, const struct board *b)
{
	for (unsigned row = 0; row < s->rows; row++) {
		unsigned at = UINT32_MAX; /* where the terminal's cursor is in this row */

		for (unsigned col = 0; col < s->cols; col++) {
			struct vga_cell cell = vga_text_cell(b, col + s->left, row + s->top);
			struct vga_cell *shown = &s->shown[row * s->cols + col];
			char text[4];

			if (same(&cell, shown))
				continue;
			if (at != col)
				move_to(s, col, row);
			pen(s, &cell);
			g_string_append_len(s->out, text, (gssize)vga_screen_utf8(cell.ch, text));
			*shown = cell;
			at = col + 1;
		}
	}
}

/* Where there is no room below the guest's screen the message covers the last
 * row, until the guest writes there. */
static void uncover(struct vga_screen *s, const struct board *b)
{
	struct vga_cell *row = s->shown + (gsize)(s->rows - 1) * s->cols;
	bool written = false;

	if (!s->rows || s->rows < s->term_rows || s->message_new || !*s->message)
		return;
	for (unsigned col = 0; col < s->cols; col++) {
		struct vga_cell cell = vga_text_cell(b, col + s->left, s->rows - 1 + s->top);

		written |= !same(&cell, &row[col]);
	}
	if (written) {
		vga_screen_message(s, "");
		s->message_new = false;
		memset(row, 0, s->cols * sizeof(*row));
	}
}

/* The message has the row below the guest's screen, or covers its last one. */
static void draw_message(struct vga_screen *s, const struct board *b)
{
	unsigned row = s->rows < s->term_rows ? s->rows : s->term_rows - 1, width, height;
	g_autofree char *graphics = NULL, *cut = NULL;
	const char *text = s->message;

	if (!s->rows && vga_graphics_size(b, &width, &height))
		text = graphics = g_strdup_printf("graphics mode, %u x %u: not drawn. %s", width, height, s->message);
	if (!s->message_new)
		return;
	s->message_new = false;
	if (row < s->rows && !*text) {
		for (unsigned col = 0; col < s->cols; col++)
			s->shown[row * s->cols + col].ch = 0;
		return;
	}
	move_to(s, 0, row);
	g_string_append(s->out, "\033[0m\033[K");
	cut = g_utf8_substring(text, 0, MIN((glong)s->term_cols - 1, g_utf8_strlen(text, -1)));
	g_string_append(s->out, cut);
	s->pen_known = false;
}

static void draw_cursor(struct vga_screen *s, const struct vga_cursor *c)
{
	if (!c->visible || c->row - s->top >= s->rows || c->col - s->left >= s->cols) { /* unsigned */
		g_string_append(s->out, "\033[?25l");
		return;
	}
	move_to(s, c->col - s->left, c->row - s->top);
	g_string_append(s->out, "\033[?25h");
}

bool vga_screen_draw(struct vga_screen *s, const struct board *b)
{
	struct vga_cursor cursor = vga_text_cursor(b);

	g_string_truncate(s->out, 0);
	layout(s, b, &cursor);
	uncover(s, b);
	draw_cells(s, b);
	draw_message(s, b);
	draw_cursor(s, &cursor);
	return term_write(STDOUT_FILENO, s->out->str, s->out->len);
}
