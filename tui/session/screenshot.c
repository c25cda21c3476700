/* Screenshots of text modes; see screenshot.h. A picture uses the font that the
 * guest loaded into plane 2, else the 8 x 16 font found in the video BIOS. */
#include "tui/session/screenshot.h"

#include <errno.h>
#include <png.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/mem/pages.h"
#include "engine/pc/board.h"
#include "engine/pc/vga.h"
#include "tui/session/vga_screen.h"

enum { CELL_WIDTH = 8, ROM_GLYPH = 16, ROM_SCAN = 0x10000, NO_FONT = -1 };

GQuark screenshot_error_quark(void)
{
	return g_quark_from_static_string("lanyard-screenshot");
}

bool screenshot_name_ok(const char *path)
{
	return g_str_has_suffix(path, ".txt") || g_str_has_suffix(path, ".png");
}

/* ---- text ---- */

/* Rows end in newlines, blanks at their ends are left out. NULL: no text mode. */
static char *screen_text(const struct board *b)
{
	unsigned cols, rows;
	GString *text;

	vga_text_size(b, &cols, &rows);
	if (!rows)
		return NULL;
	text = g_string_new(NULL);
	for (unsigned row = 0; row < rows; row++) {
		gsize end = text->len; /* after the last character that is no blank */

		for (unsigned col = 0; col < cols; col++) {
			struct vga_cell cell = vga_text_cell(b, col, row);
			char utf8[4];

			g_string_append_len(text, utf8, (gssize)vga_screen_utf8(cell.ch, utf8));
			if (cell.ch != ' ' && cell.ch != 0xa0)
				end = text->len;
		}
		g_string_truncate(text, end);
		g_string_append_c(text, '\n');
	}
	return g_string_free(text, FALSE);
}

/* ---- picture ---- */

struct picture {
	unsigned cols, rows, height; /* height of a cell in lines */
	long rom_font;               /* offset of the font in the ROM area, or NO_FONT */
	png_bytep pixels;            /* one byte a pixel: attribute color */
};

static uint8_t rom_byte(const struct board *b, long at)
{
	return pages_peek(&b->mem.rom, (uint64_t)at >> PAGE_SHIFT)[(uint64_t)at & PAGE_MASK];
}

/* Finds the IBM 8 x 16 font in the video BIOS by the shape of its 'A'. */
static long rom_font(const struct board *b)
{
	static const uint8_t shape[ROM_GLYPH] = {
		0, 0, 0x10, 0x38, 0x6c, 0xc6, 0xc6, 0xfe, 0xc6, 0xc6, 0xc6, 0xc6, 0, 0, 0, 0,
	};

	for (long at = 'A' * ROM_GLYPH; at + ROM_GLYPH * (256 - 'A') <= ROM_SCAN; at++) {
		unsigned n = 0;

		while (n < ROM_GLYPH && rom_byte(b, at + n) == shape[n])
			n++;
		if (n == ROM_GLYPH)
			return at - 'A' * ROM_GLYPH;
	}
	return NO_FONT;
}

/* The bitmap of a cell; blank if there is no font anywhere. */
static void glyph(const struct board *b, const struct picture *p, unsigned col, unsigned row, uint8_t bits[32])
{
	if (vga_text_glyph(b, col, row, bits))
		return;
	memset(bits, 0, 32);
	for (unsigned n = 0; p->rom_font != NO_FONT && n < ROM_GLYPH; n++)
		bits[n] = rom_byte(b, p->rom_font + vga_text_code(b, col, row) * ROM_GLYPH + n);
}

static void paint_cell(const struct board *b, const struct picture *p, unsigned col, unsigned row)
{
	struct vga_cell cell = vga_text_cell(b, col, row);
	struct vga_cursor cursor = vga_text_cursor(b);
	bool here = cursor.visible && cursor.col == col && cursor.row == row;
	size_t stride = (size_t)p->cols * CELL_WIDTH;
	uint8_t bits[32];

	glyph(b, p, col, row, bits);
	for (unsigned y = 0; y < p->height; y++) {
		png_bytep line = p->pixels + ((size_t)row * p->height + y) * stride + (size_t)col * CELL_WIDTH;
		uint8_t on = here && y >= cursor.start && y <= cursor.end ? 0xff : bits[y];

		for (unsigned x = 0; x < CELL_WIDTH; x++)
			line[x] = on & 0x80 >> x ? cell.fg : cell.bg;
	}
}

static void palette(const struct board *b, png_color colors[16])
{
	for (unsigned n = 0; n < 16; n++) {
		uint32_t rgb = vga_text_rgb(b, n);

		colors[n] = (png_color){.red = rgb >> 16 & 0xff, .green = rgb >> 8 & 0xff, .blue = rgb & 0xff};
	}
}

/* libpng reports errors by longjmp; nothing in here owns anything but *png. */
static bool encode(FILE *f, const struct picture *p, const png_color colors[16])
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png ? png_create_info_struct(png) : NULL;
	unsigned width = p->cols * CELL_WIDTH, height = p->rows * p->height;

	if (!info || setjmp(png_jmpbuf(png))) {
		png_destroy_write_struct(&png, &info);
		return false;
	}
	png_init_io(png, f);
	png_set_IHDR(png, info, width, height, 8, PNG_COLOR_TYPE_PALETTE, PNG_INTERLACE_NONE,
		     PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
	png_set_PLTE(png, info, colors, 16);
	png_write_info(png, info);
	for (unsigned y = 0; y < height; y++)
		png_write_row(png, p->pixels + (size_t)y * width);
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
	return true;
}

static bool write_png(const struct board *b, FILE *f)
{
	struct picture p = {.height = vga_text_height(b), .rom_font = rom_font(b)};
	png_color colors[16];
	bool ok;

	vga_text_size(b, &p.cols, &p.rows);
	p.pixels = g_malloc0((gsize)p.cols * CELL_WIDTH * p.rows * p.height);
	for (unsigned row = 0; row < p.rows; row++)
		for (unsigned col = 0; col < p.cols; col++)
			paint_cell(b, &p, col, row);
	palette(b, colors);
	ok = encode(f, &p, colors);
	g_free(p.pixels);
	return ok;
}

static bool write_txt(const struct board *b, FILE *f)
{
	g_autofree char *text = screen_text(b);

	return fputs(text, f) >= 0;
}

bool screenshot_write(const struct board *b, const char *path, GError **error)
{
	unsigned cols, rows;
	bool ok;
	FILE *f;

	vga_text_size(b, &cols, &rows);
	if (!rows) {
		g_set_error(error, SCREENSHOT_ERROR, SCREENSHOT_ERROR_MODE, "%s: the PC is not in a text mode", path);
		return false;
	}
	f = fopen(path, "wb");
	if (!f) {
		g_set_error(error, SCREENSHOT_ERROR, SCREENSHOT_ERROR_FILE, "%s: %s", path, g_strerror(errno));
		return false;
	}
	errno = 0;
	ok = g_str_has_suffix(path, ".png") ? write_png(b, f) : write_txt(b, f);
	ok = !ferror(f) && ok;
	ok = !fclose(f) && ok;
	if (!ok) {
		g_set_error(error, SCREENSHOT_ERROR, SCREENSHOT_ERROR_FILE, "%s: cannot write: %s", path,
			    errno ? g_strerror(errno) : "the picture could not be encoded");
		unlink(path);
	}
	return ok;
}
