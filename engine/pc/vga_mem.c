/* The VGA's memory window: what an access to 0xA0000-0xBFFFF does to the four
 * planes. PS/2 TR, "Video memory organization" and graphics controller. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/mem/pages.h"
#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/vga_regs.h"

enum { ROTATE_COUNT = 0x07, FN_SHIFT = 3, FN_AND = 1, FN_OR = 2, FN_XOR = 3 };

/* Bit p of a four-bit value becomes byte p. */
static uint32_t expand(unsigned bits)
{
	return ((bits & 1) | (bits & 2) << 7 | (bits & 4) << 14 | (bits & 8) << 21) * 0xffu;
}

/* Text modes access planes 0 and 1 by even and odd address with nothing in
 * between: worth a path of its own, for a console boot does little else here. */
static bool text_direct(const struct vga *v)
{
	const uint8_t *g = v->gfx;

	return !(v->seq[SEQ_MODE] & (SEQ_MODE_SEQUENTIAL | SEQ_MODE_CHAIN4)) && (v->seq[SEQ_MAP_MASK] & 3) == 3 &&
	       (v->seq[SEQ_MAP_MASK] & 0xc) == 0 && !g[GFX_ENABLE_SET_RESET] && !g[GFX_ROTATE] && !g[GFX_READ_MAP] &&
	       (g[GFX_MODE] & (GFX_MODE_WRITE | GFX_MODE_READ | GFX_MODE_ODD_EVEN)) == GFX_MODE_ODD_EVEN &&
	       g[GFX_BIT_MASK] == 0xff && (g[GFX_MISC] & GFX_MISC_MAP) >= 8 && (v->misc & MISC_LOW_PAGE);
}

void vga_mem_update(struct vga *v)
{
	static const uint32_t base[4] = {0, 0, 0x10000, 0x18000}, size[4] = {0x20000, 0x10000, 0x8000, 0x8000};
	unsigned map = (v->gfx[GFX_MISC] & GFX_MISC_MAP) >> 2;
	bool on = v->enable && (v->misc & MISC_RAM);

	v->window_base = base[map];
	v->window_size = on ? size[map] : 0;
	v->text_direct = on && text_direct(v);
}

static uint32_t word_get(const struct board *b, uint32_t n)
{
	return get_le32(pages_peek(&b->vram, n >> (PAGE_SHIFT - 2)) + (n * 4 & PAGE_MASK));
}

static uint8_t *word_own(struct board *b, uint32_t n)
{
	return pages_own(&b->vram, n >> (PAGE_SHIFT - 2))->data + (n * 4 & PAGE_MASK);
}

/* The address within a plane. In odd/even addressing bit 0 chooses the plane and
 * is replaced: by bit 16 in a 128 KiB window, else by the page bit. */
static uint32_t plane_address(const struct vga *v, uint32_t a, bool odd_even)
{
	if (v->seq[SEQ_MODE] & SEQ_MODE_CHAIN4)
		return a & 0xfffc;
	if (!odd_even)
		return a & 0xffff;
	if (!(v->gfx[GFX_MISC] & GFX_MISC_CHAIN))
		return a & 0xfffe;
	if (v->window_size == 0x20000)
		return (a & 0xfffe) | (a >> 16 & 1);
	return (a & 0xfffe) | !(v->misc & MISC_LOW_PAGE);
}

static uint32_t alu(const struct vga *v, uint32_t data)
{
	switch (v->gfx[GFX_ROTATE] >> FN_SHIFT) {
	case FN_AND: return data & v->latch;
	case FN_OR: return data | v->latch;
	case FN_XOR: return data ^ v->latch;
	default: return data;
	}
}

/* What the graphics controller sends to the planes for a CPU byte. */
static uint32_t write_data(const struct vga *v, uint8_t byte)
{
	unsigned rot = v->gfx[GFX_ROTATE] & ROTATE_COUNT;
	uint8_t turned = (uint8_t)(byte >> rot | byte << (8 - rot)), bits = v->gfx[GFX_BIT_MASK];
	uint32_t data, mask;

	switch (v->gfx[GFX_MODE] & GFX_MODE_WRITE) {
	case 0:
		mask = expand(v->gfx[GFX_ENABLE_SET_RESET]);
		data = (turned * 0x01010101u & ~mask) | (expand(v->gfx[GFX_SET_RESET]) & mask);
		break;
	case 1: return v->latch;
	case 2: data = expand(byte & 0x0f); break;
	default:
		data = expand(v->gfx[GFX_SET_RESET]);
		bits &= turned;
		break;
	}
	mask = bits * 0x01010101u;
	return (alu(v, data) & mask) | (v->latch & ~mask);
}

static void write_byte(struct board *b, uint32_t a, uint8_t byte)
{
	struct vga *v = &b->pc->vga;
	bool odd_even = !(v->seq[SEQ_MODE] & SEQ_MODE_SEQUENTIAL);
	unsigned planes = v->seq[SEQ_MAP_MASK] & 0x0f;
	uint32_t mask, n;
	uint8_t *p;

	if (v->seq[SEQ_MODE] & SEQ_MODE_CHAIN4)
		planes &= 1u << (a & 3);
	else if (odd_even)
		planes &= a & 1 ? 0xa : 0x5;
	if (!planes)
		return;
	n = plane_address(v, a, odd_even);
	mask = expand(planes);
	p = word_own(b, n);
	put_le32(p, (get_le32(p) & ~mask) | (write_data(v, byte) & mask));
}

static uint8_t read_byte(struct board *b, uint32_t a)
{
	struct vga *v = &b->pc->vga;
	bool odd_even = v->gfx[GFX_MODE] & GFX_MODE_ODD_EVEN;
	unsigned plane = v->gfx[GFX_READ_MAP] & 3;
	uint32_t differ;

	v->latch = word_get(b, plane_address(v, a, odd_even));
	if (v->gfx[GFX_MODE] & GFX_MODE_READ) {
		differ = (v->latch ^ expand(v->gfx[GFX_COMPARE])) & expand(v->gfx[GFX_DONT_CARE]);
		differ |= differ >> 16;
		return (uint8_t) ~(differ | differ >> 8);
	}
	if (v->seq[SEQ_MODE] & SEQ_MODE_CHAIN4)
		plane = a & 3;
	else if (odd_even)
		plane = (plane & 2) | (a & 1);
	return (uint8_t)(v->latch >> plane * 8);
}

/* Character and attribute are neighbours: bytes 0 and 1 of the word. */
static uint8_t *text_own(struct board *b, uint32_t a)
{
	return word_own(b, a & 0xfffe) + (a & 1);
}

void vga_mem_write(void *board, unsigned unit, uint64_t addr, uint64_t value, unsigned size)
{
	struct board *b = board;
	const struct vga *v = &b->pc->vga;
	uint32_t a = (uint32_t)addr - v->window_base;
	unsigned n = 0;

	if (v->text_direct && !(a & 1) && a < v->window_size && size <= v->window_size - a)
		for (; n + 2 <= size; n += 2)
			put_le16(text_own(b, a + n), (uint16_t)(value >> n * 8));
	for (; n < size; n++)
		if (a + n < v->window_size)
			write_byte(b, a + n, (uint8_t)(value >> n * 8));
}

uint64_t vga_mem_read(void *board, unsigned unit, uint64_t addr, unsigned size)
{
	struct board *b = board;
	const struct vga *v = &b->pc->vga;
	uint32_t a = (uint32_t)addr - v->window_base;
	uint64_t value = 0;

	for (unsigned n = 0; n < size; n++)
		value |= (uint64_t)(a + n < v->window_size ? read_byte(b, a + n) : 0xff) << n * 8;
	return value;
}
