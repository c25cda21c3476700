/* The VGA in text mode; see vga_text_mode.h. */
#include "tests/unit/vga_text_mode.h"

void text_reg(struct board *b, uint16_t port, unsigned index, unsigned v)
{
	board_out(b, port, index, 1);
	board_out(b, (uint16_t)(port + 1), v, 1);
}

void text_attr(struct board *b, unsigned index, unsigned v)
{
	board_in(b, 0x3da, 1);
	board_out(b, 0x3c0, index, 1);
	board_out(b, 0x3c0, v, 1);
}

void text_mode(struct board *b)
{
	static const uint8_t seq[4] = {0x00, 0x03, 0x00, 0x02}, gfx[9] = {0, 0, 0, 0, 0, 0x10, 0x0e, 0x0f, 0xff};
	static const uint8_t crtc[25] = {
		0x5f, 0x4f, 0x50, 0x82, 0x55, 0x81, 0xbf, 0x1f, 0x00, 0x4f, 0x0d, 0x0e, 0x00,
		0x00, 0x00, 0x00, 0x9c, 0x8e, 0x8f, 0x28, 0x1f, 0x96, 0xb9, 0xa3, 0xff,
	};
	static const uint8_t palette[16] = {0, 1, 2, 3, 4, 5, 0x14, 7, 0x38, 0x39, 0x3a, 0x3b, 0x3c, 0x3d, 0x3e, 0x3f};

	board_out(b, 0x3c2, 0x67, 1);
	for (unsigned n = 0; n < 4; n++)
		text_reg(b, 0x3c4, n + 1, seq[n]);
	text_reg(b, 0x3d4, 0x11, 0);
	for (unsigned n = 0; n < 25; n++)
		text_reg(b, 0x3d4, n, crtc[n]);
	for (unsigned n = 0; n < 9; n++)
		text_reg(b, 0x3ce, n, gfx[n]);
	for (unsigned n = 0; n < 16; n++)
		text_attr(b, n, palette[n]);
	text_attr(b, 0x10, 0x0c);
	text_attr(b, 0x12, 0x0f);
	board_in(b, 0x3da, 1);
	board_out(b, 0x3c0, 0x20, 1);
	for (unsigned n = 0; n < 80 * 25; n++)
		mem_write(&b->mem, 0xb8000 + n * 2, 0x0720, 2);
}

void text_put(struct board *b, unsigned col, unsigned row, const char *text, uint8_t attribute)
{
	for (unsigned n = 0; text[n]; n++)
		mem_write(&b->mem, 0xb8000 + (row * 80 + col + n) * 2, (uint8_t)text[n] | attribute << 8, 2);
}

void text_cursor(struct board *b, unsigned col, unsigned row)
{
	unsigned at = row * 80 + col;

	text_reg(b, 0x3d4, 14, at >> 8);
	text_reg(b, 0x3d4, 15, at & 0xff);
}
