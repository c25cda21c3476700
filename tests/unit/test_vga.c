/* The VGA: register files, the planes behind its window, and the text screen as
 * a BIOS and Linux's vgacon leave it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/pc/pc.h"

static uint32_t in(struct board *b, uint16_t port, unsigned size)
{
	const struct io_range *r = &b->io[b->io_index[port] - 1];

	return r->in(b, r->unit, port, size);
}

static void out(struct board *b, uint16_t port, uint32_t v, unsigned size)
{
	const struct io_range *r = &b->io[b->io_index[port] - 1];

	r->out(b, r->unit, port, v, size);
}

static void reg(struct board *b, uint16_t port, unsigned index, unsigned v)
{
	out(b, port, index, 1);
	out(b, (uint16_t)(port + 1), v, 1);
}

static unsigned reg_read(struct board *b, uint16_t port, unsigned index)
{
	out(b, port, index, 1);
	return in(b, (uint16_t)(port + 1), 1);
}

static void attr(struct board *b, unsigned index, unsigned v)
{
	in(b, 0x3da, 1);
	out(b, 0x3c0, index, 1);
	out(b, 0x3c0, v, 1);
}

static void files(struct board *b, const uint8_t *seq, const uint8_t *crtc, const uint8_t *gfx)
{
	for (unsigned n = 1; n < 5; n++)
		reg(b, 0x3c4, n, seq[n - 1]);
	reg(b, 0x3d4, 0x11, 0);
	for (unsigned n = 0; n < 25; n++)
		reg(b, 0x3d4, n, crtc[n]);
	for (unsigned n = 0; n < 9; n++)
		reg(b, 0x3ce, n, gfx[n]);
}

static void screen_on(struct board *b)
{
	in(b, 0x3da, 1);
	out(b, 0x3c0, 0x20, 1);
}

/* Mode 3 of the IBM VGA BIOS: 80 x 25, 9 x 16. */
static void mode3(struct board *b)
{
	static const uint8_t seq[4] = {0x00, 0x03, 0x00, 0x02}, gfx[9] = {0, 0, 0, 0, 0, 0x10, 0x0e, 0x0f, 0xff};
	static const uint8_t crtc[25] = {
		0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
		0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
	};
	static const uint8_t palette[16] = {0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f};

	out(b, 0x3c2, 0x67, 1);
	files(b, seq, crtc, gfx);
	for (unsigned n = 0; n < 16; n++)
		attr(b, n, palette[n]);
	attr(b, 0x10, 0x0c);
	attr(b, 0x12, 0x0f);
	screen_on(b);
}

/* Mode 13h: 320 x 200 in 256 colors, or its planes without chain 4. */
static void mode13(struct board *b, bool chain4)
{
	static const uint8_t gfx[9] = {0, 0, 0, 0, 0, 0x40, 0x05, 0x0f, 0xff};
	static const uint8_t crtc[25] = {
		0x5f, 0x4f, 0x50, 0x82, 0x54, 0x80, 0xbf, 0x1f, 0x00, 0x41, 0x00, 0x00, 0x00,
		0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x40, 0x96, 0xb9, 0xa3, 0xff,
	};
	uint8_t seq[4] = {0x01, 0x0f, 0x00, chain4 ? 0x0e : 0x06};

	out(b, 0x3c2, 0x63, 1);
	files(b, seq, crtc, gfx);
	screen_on(b);
}

static void poke(struct board *b, uint32_t addr, uint64_t v, unsigned size)
{
	mem_write(&b->mem, addr, v, size);
}

static uint64_t peek(struct board *b, uint32_t addr, unsigned size)
{
	return mem_read(&b->mem, addr, size);
}

static int setup(void **state)
{
	*state = board_new(4 << 20);
	return 0;
}

static int teardown(void **state)
{
	board_free(*state);
	return 0;
}

static void nothing_before_setup(void **state)
{
	struct board *b = *state;
	unsigned cols = 1, rows = 1;

	vga_text_size(b, &cols, &rows);
	assert_int_equal(cols, 0);
	assert_int_equal(rows, 0);
	assert_int_equal(peek(b, 0xb8000, 2), 0xffff); /* RAM is off */
	assert_int_equal(vga_text_cell(b, 0, 0).ch, ' ');
	assert_false(vga_text_cursor(b).visible);
}

static void text_cells(void **state)
{
	struct board *b = *state;
	struct vga_cell c;
	unsigned cols, rows;

	mode3(b);
	vga_text_size(b, &cols, &rows);
	assert_int_equal(cols, 80);
	assert_int_equal(rows, 25);
	assert_int_equal(vga_text_height(b), 16);
	poke(b, 0xb8000, 0x1e41, 2);
	poke(b, 0xb8000 + 162, 0xc9, 1);
	poke(b, 0xb8000 + 163, 0x8f, 1);
	poke(b, 0xb8000 + 4, 0x0744074307420741ull, 8);
	c = vga_text_cell(b, 0, 0);
	assert_int_equal(c.ch, 'A');
	assert_int_equal(c.fg, 14);
	assert_int_equal(c.bg, 1);
	assert_false(c.blink);
	c = vga_text_cell(b, 1, 1);
	assert_int_equal(c.ch, 0x2554); /* double corner */
	assert_int_equal(c.fg, 15);
	assert_int_equal(c.bg, 0);
	assert_true(c.blink);
	attr(b, 0x10, 0x04); /* 16 backgrounds, no blinking */
	screen_on(b);
	c = vga_text_cell(b, 1, 1);
	assert_int_equal(c.bg, 8);
	assert_false(c.blink);
	assert_int_equal(vga_text_cell(b, 5, 0).ch, 'D');
	assert_int_equal(peek(b, 0xb8000, 4), 0x1e41 | (uint32_t)peek(b, 0xb8002, 2) << 16);
	assert_int_equal(peek(b, 0xb8004, 8), 0x0744074307420741ull);
	assert_int_equal(peek(b, 0xa0000, 4), 0xffffffff); /* outside the 32 KiB */
	assert_int_equal(vga_text_cell(b, 80, 0).ch, ' ');
}

static void scrolling_and_cursor(void **state)
{
	struct board *b = *state;
	struct vga_cursor c;

	mode3(b);
	poke(b, 0xb8000 + 160, 0x0758, 2);
	reg(b, 0x3d4, 0x0d, 80); /* as vgacon scrolls: the start address moves by a row */
	assert_int_equal(vga_text_cell(b, 0, 0).ch, 'X');
	reg(b, 0x3d4, 0x0e, (80 + 3 * 80 + 7) >> 8);
	reg(b, 0x3d4, 0x0f, (80 + 3 * 80 + 7) & 0xff);
	c = vga_text_cursor(b);
	assert_true(c.visible);
	assert_int_equal(c.col, 7);
	assert_int_equal(c.row, 3);
	assert_int_equal(c.start, 13);
	assert_int_equal(c.end, 14);
	reg(b, 0x3d4, 0x0a, 0x20);
	assert_false(vga_text_cursor(b).visible);
	reg(b, 0x3c4, 1, 0x20); /* screen off */
	assert_int_equal(vga_text_cell(b, 0, 0).ch, ' ');
}

static void line_compare_splits(void **state)
{
	struct board *b = *state;

	mode3(b);
	poke(b, 0xb8000, 0x0741, 2);
	reg(b, 0x3d4, 0x0d, 160);
	reg(b, 0x3d4, 0x07, 0x0f); /* line compare bits 8 and 9 off */
	reg(b, 0x3d4, 0x09, 0x0f);
	reg(b, 0x3d4, 0x18, 10 * 16 - 1);
	assert_int_equal(vga_text_cell(b, 0, 10).ch, 'A'); /* row 10 begins at address 0 */
}

/* Font loading: sequential access to plane 2, 32 bytes a character. */
static void font_in_plane_2(void **state)
{
	struct board *b = *state;
	uint8_t bits[32];

	mode3(b);
	poke(b, 0xb8000, 0x0741, 2);
	assert_false(vga_text_glyph(b, 0, 0, bits));
	reg(b, 0x3c4, 2, 0x04);
	reg(b, 0x3c4, 4, 0x07);
	reg(b, 0x3ce, 5, 0x00);
	reg(b, 0x3ce, 6, 0x00);
	for (unsigned n = 0; n < 16; n++)
		poke(b, 0xa0000 + 'A' * 32 + n, 0x80 >> (n & 7), 1);
	reg(b, 0x3c4, 2, 0x03);
	reg(b, 0x3c4, 4, 0x03);
	reg(b, 0x3ce, 5, 0x10);
	reg(b, 0x3ce, 6, 0x0e);
	assert_true(vga_text_glyph(b, 0, 0, bits));
	assert_int_equal(bits[0], 0x80);
	assert_int_equal(bits[9], 0x40);
	assert_int_equal(bits[16], 0);
	assert_int_equal(vga_text_cell(b, 0, 0).ch, 'A'); /* planes 0 and 1 untouched */
	assert_int_equal(vga_text_cell(b, 0, 0).fg, 7);
}

static void write_modes(void **state)
{
	struct board *b = *state;

	mode13(b, false);
	reg(b, 0x3ce, 5, 0x00);
	reg(b, 0x3c4, 2, 0x05); /* planes 0 and 2 */
	poke(b, 0xa0010, 0x3c, 1);
	for (unsigned p = 0; p < 4; p++) {
		reg(b, 0x3ce, 4, p);
		assert_int_equal(peek(b, 0xa0010, 1), p & 1 ? 0 : 0x3c);
	}
	reg(b, 0x3c4, 2, 0x0f);
	/* set/reset on planes 1 and 3, rotated data on the others */
	reg(b, 0x3ce, 0, 0x08);
	reg(b, 0x3ce, 1, 0x0a);
	reg(b, 0x3ce, 3, 0x04);
	poke(b, 0xa0020, 0x12, 1);
	peek(b, 0xa0020, 1);
	assert_int_equal(b->pc->vga.latch, 0xff210021);
	/* bit mask and XOR with the latches */
	reg(b, 0x3ce, 1, 0x00);
	reg(b, 0x3ce, 3, 0x18);
	reg(b, 0x3ce, 8, 0x0f);
	poke(b, 0xa0020, 0xff, 1);
	peek(b, 0xa0020, 1);
	assert_int_equal(b->pc->vga.latch, 0xf02e0f2e);
	/* mode 1 copies latches */
	reg(b, 0x3ce, 5, 0x01);
	poke(b, 0xa0030, 0, 1);
	peek(b, 0xa0030, 1);
	assert_int_equal(b->pc->vga.latch, 0xf02e0f2e);
	/* mode 2: a color through the bit mask */
	reg(b, 0x3ce, 3, 0);
	reg(b, 0x3ce, 5, 0x02);
	poke(b, 0xa0030, 0x06, 1);
	peek(b, 0xa0030, 1);
	assert_int_equal(b->pc->vga.latch, 0xf02f0f20);
	/* mode 3: data is the mask of the set/reset color */
	reg(b, 0x3ce, 5, 0x03);
	reg(b, 0x3ce, 8, 0xff);
	reg(b, 0x3ce, 0, 0x01);
	poke(b, 0xa0030, 0xc0, 1);
	peek(b, 0xa0030, 1);
	assert_int_equal(b->pc->vga.latch, 0x302f0fe0);
}

static void color_compare(void **state)
{
	struct board *b = *state;

	mode13(b, false);
	reg(b, 0x3ce, 5, 0x02);
	poke(b, 0xa0000, 0x05, 1); /* eight pixels of color 5 */
	reg(b, 0x3ce, 8, 0x81);
	peek(b, 0xa0000, 1);
	poke(b, 0xa0000, 0x0d, 1); /* the outer two of color 13 */
	reg(b, 0x3ce, 5, 0x08);
	reg(b, 0x3ce, 2, 0x0d);
	assert_int_equal(peek(b, 0xa0000, 1), 0x81);
	reg(b, 0x3ce, 7, 0x07); /* plane 3 does not matter */
	assert_int_equal(peek(b, 0xa0000, 1), 0xff);
}

static void chain4_pixels(void **state)
{
	struct board *b = *state;
	unsigned w, h, cols, rows;

	mode13(b, true);
	assert_true(vga_graphics_size(b, &w, &h));
	assert_int_equal(w, 320);
	assert_int_equal(h, 200);
	vga_text_size(b, &cols, &rows);
	assert_int_equal(rows, 0);
	poke(b, 0xa0000 + 320, 0x44332211, 4);
	assert_int_equal(peek(b, 0xa0000 + 320, 4), 0x44332211);
	assert_int_equal(peek(b, 0xa0000 + 322, 1), 0x33);
	assert_int_equal(peek(b, 0xb0000, 1), 0xff);
	/* the pixel is in plane 2 at address 320 */
	reg(b, 0x3c4, 4, 0x06);
	reg(b, 0x3ce, 4, 2);
	assert_int_equal(peek(b, 0xa0000 + 320, 1), 0x33);
}

static void crtc_protection(void **state)
{
	struct board *b = *state;

	mode3(b); /* sets the protect bit in register 0x11 */
	reg(b, 0x3d4, 0x01, 0x10);
	assert_int_equal(reg_read(b, 0x3d4, 0x01), 0x4f);
	reg(b, 0x3d4, 0x07, 0x00);
	assert_int_equal(reg_read(b, 0x3d4, 0x07), 0x0f); /* only bit 4 is free */
	assert_int_equal(reg_read(b, 0x3d4, 0x1f), 0);
	assert_int_equal(in(b, 0x3b5, 1), 0xff); /* color: not at 0x3Bx */
	out(b, 0x3c2, 0x66, 1);
	assert_int_equal(in(b, 0x3d5, 1), 0xff);
	assert_int_equal(reg_read(b, 0x3b4, 0x01), 0x4f);
}

static void dac_and_colors(void **state)
{
	struct board *b = *state;

	mode3(b);
	out(b, 0x3c8, 0x14, 1); /* brown: palette entry 6 says 0x14 */
	out(b, 0x3c9, 0x2a, 1);
	out(b, 0x3c9, 0x15, 1);
	out(b, 0x3c9, 0x00, 1);
	assert_int_equal(in(b, 0x3c8, 1), 0x15);
	out(b, 0x3c7, 0x14, 1);
	assert_int_equal(in(b, 0x3c7, 1), 3);
	assert_int_equal(in(b, 0x3c9, 1), 0x2a);
	assert_int_equal(in(b, 0x3c9, 1), 0x15);
	assert_int_equal(in(b, 0x3c9, 1), 0x00);
	out(b, 0x3c6, 0xff, 1);
	assert_int_equal(vga_text_rgb(b, 6), 0xaa5500);
}

/* Palette registers are locked while they drive the screen. */
static void attribute_flip_flop(void **state)
{
	struct board *b = *state;

	mode3(b);
	in(b, 0x3da, 1);
	out(b, 0x3c0, 0x21, 1);
	out(b, 0x3c0, 0x3f, 1);
	assert_int_equal(in(b, 0x3c1, 1), 1);
	attr(b, 1, 0x3f);
	assert_int_equal(in(b, 0x3c1, 1), 0x3f);
	screen_on(b);
	assert_int_equal(in(b, 0x3c0, 1), 0x20);
}

/* A program that waits for the retrace sees it about 70 times a second. */
static void retrace_in_virtual_time(void **state)
{
	struct board *b = *state;
	unsigned rises = 0, last = 8;

	mode3(b);
	for (unsigned us = 0; us < 1000000; us += 20) {
		unsigned now = in(b, 0x3da, 1) & 8;

		rises += now && !last;
		last = now;
		b->pc->idle_ns += 20000;
	}
	assert_in_range(rises, 69, 71);
}

/* The checks of vgabios-stdvga: found, and no mode is left over. */
static void dispi_is_found_without_modes(void **state)
{
	struct board *b = *state;

	out(b, 0x1ce, 0, 2);
	out(b, 0x1cf, 0xb0c0, 2);
	assert_int_equal(in(b, 0x1cf, 2), 0xb0c0);
	out(b, 0x1cf, 0xb0c5, 2);
	assert_int_equal(in(b, 0x1cf, 2), 0xb0c5);
	out(b, 0x1ce, 0xa, 2);
	assert_int_equal(in(b, 0x1cf, 2), 4);
	out(b, 0x1ce, 4, 2);
	out(b, 0x1cf, 2, 2); /* GETCAPS */
	out(b, 0x1ce, 1, 2);
	assert_int_equal(in(b, 0x1cf, 2), 0);
	out(b, 0x1ce, 0xffff, 2);
	assert_int_equal(in(b, 0x1cf, 2), 0);
}

static void validates(void **state)
{
	struct board *b = *state;

	mode3(b);
	assert_null(vga_validate(b));
	b->pc->vga.window_size = 0x100000;
	assert_non_null(vga_validate(b));
	vga_mem_update(&b->pc->vga);
	b->pc->vga.dac_sub = 3;
	assert_non_null(vga_validate(b));
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(nothing_before_setup), T(text_cells), T(scrolling_and_cursor), T(line_compare_splits),
		T(font_in_plane_2), T(write_modes), T(color_compare), T(chain4_pixels), T(crtc_protection),
		T(dac_and_colors), T(attribute_flip_flop), T(retrace_in_virtual_time), T(dispi_is_found_without_modes),
		T(validates),
#undef T
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
