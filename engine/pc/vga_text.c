/* The picture of the VGA's text modes, read from registers and video memory as
 * the CRT controller would: start address, row offset, line compare, the two
 * character sets of plane 2, palette and DAC. See vga.h. */
#include <string.h>

#include "engine/mem/pages.h"
#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/vga_regs.h"

enum {
	SCAN_DOUBLE = 0x80,
	SCAN_LINE_COMPARE9 = 0x40,
	SCAN_ROWS = 0x1f,
	CURSOR_OFF = 0x20,
	CURSOR_LINE = 0x1f,
	MODE_BYTE = 0x40,
	MODE_WRAP15 = 0x20,
	UNDERLINE_DWORD = 0x40,
	MAX_COLS = 256,
	MAX_ROWS = 128,
	PLANE_FONT = 2,
};

/* Code page 437, the character set of the PC's ROM. */
static const uint16_t cp437_low[32] = {
	0x0020, 0x263a, 0x263b, 0x2665, 0x2666, 0x2663, 0x2660, 0x2022, 0x25d8, 0x25cb, 0x25d9,
	0x2642, 0x2640, 0x266a, 0x266b, 0x263c, 0x25ba, 0x25c4, 0x2195, 0x203c, 0x00b6, 0x00a7,
	0x25ac, 0x21a8, 0x2191, 0x2193, 0x2192, 0x2190, 0x221f, 0x2194, 0x25b2, 0x25bc,
};
static const uint16_t cp437_high[129] = {
	0x2302, /* 0x7f */
	0x00c7, 0x00fc, 0x00e9, 0x00e2, 0x00e4, 0x00e0, 0x00e5, 0x00e7, 0x00ea, 0x00eb, 0x00e8, 0x00ef, 0x00ee,
	0x00ec, 0x00c4, 0x00c5, 0x00c9, 0x00e6, 0x00c6, 0x00f4, 0x00f6, 0x00f2, 0x00fb, 0x00f9, 0x00ff, 0x00d6,
	0x00dc, 0x00a2, 0x00a3, 0x00a5, 0x20a7, 0x0192, 0x00e1, 0x00ed, 0x00f3, 0x00fa, 0x00f1, 0x00d1, 0x00aa,
	0x00ba, 0x00bf, 0x2310, 0x00ac, 0x00bd, 0x00bc, 0x00a1, 0x00ab, 0x00bb, 0x2591, 0x2592, 0x2593, 0x2502,
	0x2524, 0x2561, 0x2562, 0x2556, 0x2555, 0x2563, 0x2551, 0x2557, 0x255d, 0x255c, 0x255b, 0x2510, 0x2514,
	0x2534, 0x252c, 0x251c, 0x2500, 0x253c, 0x255e, 0x255f, 0x255a, 0x2554, 0x2569, 0x2566, 0x2560, 0x2550,
	0x256c, 0x2567, 0x2568, 0x2564, 0x2565, 0x2559, 0x2558, 0x2552, 0x2553, 0x256b, 0x256a, 0x2518, 0x250c,
	0x2588, 0x2584, 0x258c, 0x2590, 0x2580, 0x03b1, 0x00df, 0x0393, 0x03c0, 0x03a3, 0x03c3, 0x00b5, 0x03c4,
	0x03a6, 0x0398, 0x03a9, 0x03b4, 0x221e, 0x03c6, 0x03b5, 0x2229, 0x2261, 0x00b1, 0x2265, 0x2264, 0x2320,
	0x2321, 0x00f7, 0x2248, 0x00b0, 0x2219, 0x00b7, 0x221a, 0x207f, 0x00b2, 0x25a0, 0x00a0,
};

static uint32_t cp437_unicode(uint8_t code)
{
	if (code < 0x20)
		return cp437_low[code];
	return code < 0x7f ? code : cp437_high[code - 0x7f];
}

static uint8_t plane_byte(const struct board *b, unsigned plane, uint32_t address)
{
	uint32_t n = (address & (VGA_PLANE_SIZE - 1)) * 4 + plane;

	return pages_peek(&b->vram, n >> PAGE_SHIFT)[n & PAGE_MASK];
}

/* Somebody has programmed the chip and the attribute controller is on. */
static bool alive(const struct vga *v)
{
	return v->crtc[CRTC_H_DISPLAY_END] && v->crtc[CRTC_V_DISPLAY_END];
}

static bool dark(const struct vga *v)
{
	return !(v->attr_index & ATTR_INDEX_PAS) || (v->seq[SEQ_CLOCK] & SEQ_CLOCK_OFF);
}

static unsigned scan_lines(const struct vga *v)
{
	uint8_t o = v->crtc[CRTC_OVERFLOW];
	unsigned lines = (v->crtc[CRTC_V_DISPLAY_END] | (o & 0x02u) << 7 | (o & 0x40u) << 3) + 1;

	return v->crtc[CRTC_MAX_SCAN] & SCAN_DOUBLE ? lines / 2 : lines;
}

unsigned vga_text_height(const struct board *b)
{
	return (b->pc->vga.crtc[CRTC_MAX_SCAN] & SCAN_ROWS) + 1;
}

void vga_text_size(const struct board *b, unsigned *cols, unsigned *rows)
{
	const struct vga *v = &b->pc->vga;

	*cols = *rows = 0;
	if (!alive(v) || (v->gfx[GFX_MISC] & GFX_MISC_GRAPHICS))
		return;
	*cols = v->crtc[CRTC_H_DISPLAY_END] + 1u;
	*rows = scan_lines(v) / vga_text_height(b);
	*cols = *cols < MAX_COLS ? *cols : MAX_COLS;
	*rows = *rows < MAX_ROWS ? *rows : MAX_ROWS;
}

bool vga_graphics_size(const struct board *b, unsigned *width, unsigned *height)
{
	const struct vga *v = &b->pc->vga;
	unsigned clocks = v->gfx[GFX_MODE] & 0x40 ? 4 : 8; /* 256-color modes show a dot for two clocks */

	if (!alive(v) || !(v->gfx[GFX_MISC] & GFX_MISC_GRAPHICS))
		return false;
	*width = (v->crtc[CRTC_H_DISPLAY_END] + 1u) * clocks;
	*height = scan_lines(v) / vga_text_height(b);
	return true;
}

/* The CRTC's address counter at a cell. Rows below the line compare start again
 * from address 0 (split screen). */
static uint16_t counter_at(const struct board *b, unsigned col, unsigned row)
{
	const struct vga *v = &b->pc->vga;
	const uint8_t *c = v->crtc;
	unsigned height = vga_text_height(b), split, start;

	split = c[CRTC_LINE_COMPARE] | (c[CRTC_OVERFLOW] & 0x10u) << 4 |
		(c[CRTC_MAX_SCAN] & SCAN_LINE_COMPARE9 ? 0x200u : 0);
	start = c[CRTC_START_HIGH] << 8 | c[CRTC_START_LOW];
	if (c[CRTC_MAX_SCAN] & SCAN_DOUBLE)
		split /= 2;
	if (row * height > split) {
		row -= split / height + 1;
		start = 0;
	}
	return (uint16_t)(start + row * c[CRTC_OFFSET] * 2u + col);
}

/* The counter becomes a memory address in byte, word or doubleword steps. */
static uint32_t memory_address(const struct vga *v, uint16_t counter)
{
	unsigned wrap = v->crtc[CRTC_MODE] & MODE_WRAP15 ? 15 : 13;

	if (v->crtc[CRTC_UNDERLINE] & UNDERLINE_DWORD)
		return (uint32_t)counter << 2 | (counter >> 14 & 3u);
	if (v->crtc[CRTC_MODE] & MODE_BYTE)
		return counter;
	return (uint32_t)counter << 1 | (counter >> wrap & 1u);
}

/* Character code and attribute; false outside the screen. */
static bool cell_bytes(const struct board *b, unsigned col, unsigned row, uint8_t *code, uint8_t *attr)
{
	const struct vga *v = &b->pc->vga;
	unsigned cols, rows;
	uint32_t address;

	vga_text_size(b, &cols, &rows);
	if (col >= cols || row >= rows)
		return false;
	address = memory_address(v, counter_at(b, col, row));
	*code = plane_byte(b, 0, address);
	*attr = plane_byte(b, 1, address);
	return true;
}

struct vga_cell vga_text_cell(const struct board *b, unsigned col, unsigned row)
{
	const struct vga *v = &b->pc->vga;
	struct vga_cell cell = {.ch = ' '};
	uint8_t code, attr;

	if (!cell_bytes(b, col, row, &code, &attr) || dark(v))
		return cell;
	cell.ch = cp437_unicode(code);
	cell.fg = attr & 0x0f;
	cell.bg = attr >> 4;
	if (v->attr[ATTR_MODE_CONTROL] & ATTR_MODE_BLINK) {
		cell.blink = cell.bg & 8;
		cell.bg &= 7;
	}
	return cell;
}

struct vga_cursor vga_text_cursor(const struct board *b)
{
	const struct vga *v = &b->pc->vga;
	uint16_t at = (uint16_t)(v->crtc[CRTC_CURSOR_HIGH] << 8 | v->crtc[CRTC_CURSOR_LOW]);
	struct vga_cursor cursor = {.visible = false};
	unsigned cols, rows;

	vga_text_size(b, &cols, &rows);
	cursor.start = v->crtc[CRTC_CURSOR_START] & CURSOR_LINE;
	cursor.end = v->crtc[CRTC_CURSOR_END] & CURSOR_LINE;
	if (cursor.end >= vga_text_height(b))
		cursor.end = vga_text_height(b) - 1;
	if (dark(v) || (v->crtc[CRTC_CURSOR_START] & CURSOR_OFF) || cursor.start > cursor.end)
		return cursor;
	for (cursor.row = 0; cursor.row < rows; cursor.row++) {
		cursor.col = (uint16_t)(at - counter_at(b, 0, cursor.row));
		if (cursor.col >= cols)
			continue;
		cursor.visible = true;
		return cursor;
	}
	cursor.row = cursor.col = 0;
	return cursor;
}

uint8_t vga_text_code(const struct board *b, unsigned col, unsigned row)
{
	uint8_t code, attr;

	return cell_bytes(b, col, row, &code, &attr) ? code : ' ';
}

/* Attribute bit 3 chooses between character sets A (1) and B (0); each is one of
 * eight 8 KiB blocks of plane 2 (PS/2 TR, character map select register). */
static uint32_t font_address(const struct vga *v, uint8_t attr)
{
	uint8_t r = v->seq[SEQ_CHAR_MAP];
	unsigned low = attr & 8 ? r >> 2 & 3 : r & 3, high = attr & 8 ? r >> 5 & 1 : r >> 4 & 1;

	return low * 0x4000 + high * 0x2000;
}

static bool font_present(const struct board *b, uint32_t font)
{
	for (uint32_t n = 0; n < 0x2000; n++)
		if (plane_byte(b, PLANE_FONT, font + n))
			return true;
	return false;
}

bool vga_text_glyph(const struct board *b, unsigned col, unsigned row, uint8_t bits[32])
{
	uint8_t code, attr;
	uint32_t font;

	if (!cell_bytes(b, col, row, &code, &attr))
		return false;
	font = font_address(&b->pc->vga, attr);
	for (unsigned n = 0; n < 32; n++)
		bits[n] = plane_byte(b, PLANE_FONT, font + code * 32u + n);
	return font_present(b, font);
}

uint32_t vga_text_rgb(const struct board *b, unsigned color)
{
	const struct vga *v = &b->pc->vga;
	uint8_t index, select = v->attr[ATTR_COLOR_SELECT];
	uint32_t rgb = 0;

	index = v->attr[color & v->attr[ATTR_PLANE_ENABLE] & 0x0f] & 0x3f;
	if (v->attr[ATTR_MODE_CONTROL] & ATTR_MODE_P54S)
		index = (index & 0x0f) | (uint8_t)((select & 3) << 4);
	index |= (uint8_t)((select & 0x0c) << 4);
	index &= v->dac_mask;
	for (unsigned n = 0; n < 3; n++) {
		unsigned c = v->dac[index * 3u + n] & 0x3f;

		rgb = rgb << 8 | (c << 2 | c >> 4);
	}
	return rgb;
}
