/* The guest's text screen as a terminal shows it: what is drawn is fed to a small
 * terminal of our own. The front end's file is included, for tests are linked with
 * the engine only; the terminal below it is this one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/pc/board.h"
#include "tests/unit/vga_text_mode.h"
#include "tui/term/printable.c"
#include "tui/session/vga_screen.c"

enum { MAX_COLS = 100, MAX_ROWS = 40 };

static struct {
	unsigned cols, rows, col, row;
	bool mono, cursor;
	char attr[16], cell_attr[MAX_ROWS][MAX_COLS][16];
	gunichar cell[MAX_ROWS][MAX_COLS];
	size_t sent;
} term;

void term_screen(void) {}
bool terminfo_monochrome(void)
{
	return term.mono;
}
void term_size(unsigned *cols, unsigned *rows)
{
	*cols = term.cols;
	*rows = term.rows;
}

static void blank(unsigned row, unsigned from)
{
	for (unsigned col = from; col < MAX_COLS; col++) {
		term.cell[row][col] = ' ';
		g_strlcpy(term.cell_attr[row][col], "0", sizeof(term.attr));
	}
}

static void control(char final, const char *args)
{
	char *rest;

	switch (final) {
	case 'H':
		term.row = (unsigned)strtoul(args, &rest, 10);
		assert_int_equal(*rest, ';');
		term.col = (unsigned)strtoul(rest + 1, &rest, 10);
		assert_int_equal(*rest, 0);
		assert_true(term.row >= 1 && term.row <= term.rows && term.col >= 1 && term.col <= term.cols);
		term.row--, term.col--;
		break;
	case 'm': g_strlcpy(term.attr, args, sizeof(term.attr)); break;
	case 'J':
		for (unsigned row = 0; row < MAX_ROWS; row++)
			blank(row, 0);
		break;
	case 'K': blank(term.row, term.col); break;
	case 'l':
	case 'h': term.cursor = final == 'h'; break;
	default: fail_msg("ESC [ %s %c", args, final);
	}
}

bool term_write(int fd, const void *data, size_t size)
{
	const char *p = data, *end = p + size;

	term.sent += size;
	while (p < end) {
		char args[32];

		if (p[0] == 27 && p[1] == '[') {
			size_t n = strcspn(p + 2, "HmJKlh");

			g_strlcpy(args, p + 2, n + 1);
			control(p[2 + n], args);
			p += 3 + n;
			continue;
		}
		assert_true(term.col < term.cols); /* nothing wraps */
		term.cell[term.row][term.col] = g_utf8_get_char(p);
		g_strlcpy(term.cell_attr[term.row][term.col++], term.attr, sizeof(term.attr));
		p = g_utf8_next_char(p);
	}
	return true;
}

static const char *line(unsigned row)
{
	static char text[MAX_COLS * 4 + 1];
	char *p = text;

	for (unsigned col = 0; col < term.cols; col++)
		p += g_unichar_to_utf8(term.cell[row][col], p);
	*p = 0;
	return g_strchomp(text);
}

static struct board *b;
static struct vga_screen *s;

static int begin(void **state)
{
	memset(&term, 0, sizeof(term));
	b = board_new(1 << 20);
	text_mode(b);
	s = vga_screen_new();
	return 0;
}

static int end(void **state)
{
	vga_screen_free(s);
	board_free(b);
	return 0;
}

static void draw(unsigned cols, unsigned rows)
{
	term.cols = cols;
	term.rows = rows;
	assert_true(vga_screen_draw(s, b));
}

static void whole(void **state)
{
	text_put(b, 3, 2, "\xda\xc4 caf\x82", 0x1e);
	text_cursor(b, 10, 24);
	vga_screen_message(s, "a message");
	draw(90, 30);
	assert_string_equal(line(2), "   \u250c\u2500 caf\u00e9");
	assert_string_equal(term.cell_attr[2][3], "0;93;44"); /* yellow on blue */
	assert_string_equal(line(25), "a message");
	assert_true(term.cursor && term.col == 10 && term.row == 24);
	/* Only what changes is sent. */
	term.sent = 0;
	text_put(b, 79, 24, "x", 7);
	draw(90, 30);
	assert_true(term.sent < 40);
	assert_int_equal(term.cell[24][79], 'x');
	vga_screen_invalidate(s);
	draw(90, 30);
	assert_string_equal(line(25), "a message");
	assert_int_equal(term.cell[24][79], 'x');
}

/* A terminal that is too small follows the cursor, up and down, left and right. */
static void small(void **state)
{
	for (unsigned row = 0; row < 25; row++) {
		char text[8];

		snprintf(text, sizeof(text), "row %u", row);
		text_put(b, 0, row, text, 7);
		text_put(b, 60, row, text, 7);
	}
	for (unsigned row = 0; row < 25; row++) {
		text_cursor(b, 0, row);
		draw(40, 10);
		assert_true(term.cursor && term.row < 10);
		assert_int_equal(strtoul(line(term.row) + 4, NULL, 10), row);
	}
	text_cursor(b, 61, 24);
	draw(40, 10);
	assert_true(term.cursor);
	assert_int_equal(term.cell[term.row][term.col], 'o');
	text_cursor(b, 3, 0);
	draw(40, 10);
	assert_true(term.cursor && term.row == 0);
	draw(1, 1);
	assert_true(term.cursor && term.row == 0 && term.col == 0);
	draw(90, 30);
	assert_string_equal(line(24) + 60, "row 24");
}

/* The message covers the last row until the guest writes there. */
static void covered(void **state)
{
	text_put(b, 0, 23, "last", 7);
	vga_screen_message(s, "caf\u00e9 \033[2J");
	draw(80, 24);
	assert_string_equal(line(23), "caf\u00e9  [2J");
	draw(80, 24);
	assert_string_equal(line(23), "caf\u00e9  [2J");
	text_put(b, 5, 23, "row", 7);
	draw(80, 24);
	assert_string_equal(line(23), "last row");
	vga_screen_message(s, "caf\u00e9");
	draw(5, 24);
	assert_string_equal(line(23), "caf\u00e9");
}

/* Without colors what is bright on dark is plain or bold, dark on bright reverse. */
static void monochrome(void **state)
{
	static const struct {
		uint8_t vga;
		const char *attr;
	} rows[] = {{0x07, "0"}, {0x70, "0;7"}, {0x1e, "0;1"}, {0x4e, "0;1"}, {0x30, "0;7"}, {0x0f, "0;1"}};

	vga_screen_free(s);
	term.mono = true;
	s = vga_screen_new();
	for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
		text_put(b, 0, n, "x", rows[n].vga);
	draw(80, 25);
	for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
		assert_string_equal(term.cell_attr[n][0], rows[n].attr);
}

#define T(f) cmocka_unit_test_setup_teardown(f, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {T(whole), T(small), T(covered), T(monochrome)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
