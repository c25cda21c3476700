/* Curses; see screen.h. Colors say what shapes and words say, too: a terminal without
 * them loses nothing. */
#include "tui/console/screen.h"

#include <curses.h>
#include <gio/gio.h>
#include <locale.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define GUEST_PAIRS 20 /* the first pair for a guest's colors */

/* clang-format off */
static const struct { short fg, bg; attr_t plain, mono; } looks[STYLES] = {
	[STYLE_PLAIN] = {-1, -1, A_NORMAL, A_NORMAL},
	[STYLE_DIM] = {-1, -1, A_DIM, A_NORMAL},
	[STYLE_STRONG] = {-1, -1, A_BOLD, A_BOLD},
	[STYLE_GOOD] = {COLOR_GREEN, -1, A_NORMAL, A_NORMAL},
	[STYLE_WARN] = {COLOR_YELLOW, -1, A_NORMAL, A_BOLD},
	[STYLE_BAD] = {COLOR_RED, -1, A_BOLD, A_BOLD},
	[STYLE_ACTIVE] = {COLOR_CYAN, -1, A_BOLD, A_BOLD},
	[STYLE_SELECTED] = {-1, -1, A_REVERSE, A_REVERSE},
	[STYLE_BAR] = {COLOR_WHITE, COLOR_BLUE, A_NORMAL, A_REVERSE},
	[STYLE_KEY] = {COLOR_YELLOW, COLOR_BLUE, A_BOLD, A_REVERSE | A_BOLD},
};
static const struct { int curses; unsigned code; } special[] = {
	{KEY_UP, KEY_CODE_UP}, {KEY_DOWN, KEY_CODE_DOWN}, {KEY_LEFT, KEY_CODE_LEFT}, {KEY_RIGHT, KEY_CODE_RIGHT},
	{KEY_HOME, KEY_CODE_HOME}, {KEY_END, KEY_CODE_END}, {KEY_PPAGE, KEY_CODE_PAGE_UP},
	{KEY_NPAGE, KEY_CODE_PAGE_DOWN}, {KEY_BACKSPACE, KEY_CODE_BACKSPACE}, {KEY_DC, KEY_CODE_DELETE},
	{KEY_IC, KEY_CODE_INSERT}, {KEY_BTAB, KEY_CODE_BACKTAB}, {KEY_RESIZE, KEY_CODE_RESIZE},
	{KEY_ENTER, KEY_CODE_ENTER},
};
/* clang-format on */

/* A guest's color among the eight that every terminal has; bright is bold. */
static short pair_of(const struct cell *cell)
{
	int fg = cell->fg >= COLOR_DEFAULT ? 8 : cell->fg & 7, bg = cell->bg >= COLOR_DEFAULT ? 8 : cell->bg & 7;

	return (short)(GUEST_PAIRS + fg * 9 + bg);
}

static void make_pairs(void)
{
	start_color();
	use_default_colors();
	for (int n = 0; n < STYLES; n++)
		init_pair((short)(n + 1), looks[n].fg, looks[n].bg);
	for (short fg = 0; fg <= 8; fg++)
		for (short bg = 0; bg <= 8; bg++)
			init_pair((short)(GUEST_PAIRS + fg * 9 + bg), fg == 8 ? -1 : fg, bg == 8 ? -1 : bg);
}

bool screen_open(GError **error)
{
	const char *term = getenv("TERM");

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || !term || !*term || !g_strcmp0(term, "dumb") ||
	    !newterm(NULL, stdout, stdin)) {
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
			    "'%s': expected a terminal that can be drawn on (TERM)", term ? term : "");
		return false;
	}
	raw();
	noecho();
	nonl();
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	set_escdelay(25);
	mousemask(BUTTON1_PRESSED | BUTTON1_CLICKED, NULL);
	mouseinterval(0);
	if (has_colors())
		make_pairs();
	return true;
}

void screen_close(void)
{
	endwin();
}

void screen_size(int *cols, int *rows)
{
	struct winsize ws;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col && ws.ws_row && is_term_resized(ws.ws_row, ws.ws_col))
		resizeterm(ws.ws_row, ws.ws_col);
	getmaxyx(stdscr, *rows, *cols);
}

static void look(const struct cell *cell, attr_t *attr, short *pair)
{
	bool colors = has_colors();

	if (cell->style != STYLE_GUEST) {
		*attr = colors ? looks[cell->style].plain : looks[cell->style].mono;
		*pair = colors ? (short)(cell->style + 1) : 0;
		return;
	}
	*attr = A_NORMAL;
	*pair = colors ? pair_of(cell) : 0;
	if (cell->attr & ATTR_BOLD || (cell->fg >= 8 && cell->fg < COLOR_DEFAULT))
		*attr |= A_BOLD;
	*attr |= cell->attr & ATTR_UNDERLINE ? A_UNDERLINE : 0;
	*attr |= cell->attr & ATTR_REVERSE ? A_REVERSE : 0;
	*attr |= cell->attr & ATTR_BLINK ? A_BLINK : 0;
}

void screen_draw(const struct canvas *c)
{
	for (int y = 0; y < c->rows; y++)
		for (int x = 0; x < c->cols; x++) {
			const struct cell *cell = &c->cells[y * c->cols + x];
			wchar_t text[2] = {(wchar_t)cell->ch, 0};
			cchar_t out;
			attr_t attr;
			short pair;

			if (!cell->ch)
				continue;
			look(cell, &attr, &pair);
			setcchar(&out, text, attr, pair, NULL);
			mvadd_wch(y, x, &out);
		}
	curs_set(c->cursor_x >= 0);
	if (c->cursor_x >= 0)
		move(c->cursor_y, c->cursor_x);
	refresh();
}

void screen_invalidate(void)
{
	clearok(curscr, TRUE);
}

static struct key mouse(void)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return (struct key){KEY_CODE_NONE, 0, 0};
	return (struct key){KEY_CODE_MOUSE, event.x, event.y};
}

struct key screen_key(void)
{
	wint_t ch;
	int kind = get_wch(&ch);

	if (kind == ERR)
		return (struct key){KEY_CODE_NONE, 0, 0};
	if (kind == OK)
		return (struct key){ch == 127 || ch == 8 ? KEY_CODE_BACKSPACE : ch, 0, 0};
	if (ch == KEY_MOUSE)
		return mouse();
	if (ch >= KEY_F(1) && ch <= KEY_F(12))
		return (struct key){KEY_CODE_F1 + ch - KEY_F(1), 0, 0};
	for (unsigned n = 0; n < ARRAY_LEN(special); n++)
		if (ch == (wint_t)special[n].curses)
			return (struct key){special[n].code, 0, 0};
	return screen_key();
}
