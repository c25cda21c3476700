/* The VGA's registers and its place on the PCI bus; see vga.h. */
#include "engine/pc/vga.h"

#include <string.h>

#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"
#include "engine/pc/vga_regs.h"

enum {
	PORT_ATTR = 0x3c0,
	PORT_ATTR_READ = 0x3c1,
	PORT_MISC_WRITE = 0x3c2,
	PORT_STATUS0 = 0x3c2,
	PORT_ENABLE = 0x3c3,
	PORT_SEQ_INDEX = 0x3c4,
	PORT_SEQ = 0x3c5,
	PORT_DAC_MASK = 0x3c6,
	PORT_DAC_READ = 0x3c7,
	PORT_DAC_WRITE = 0x3c8,
	PORT_DAC_DATA = 0x3c9,
	PORT_FEATURE_READ = 0x3ca,
	PORT_MISC_READ = 0x3cc,
	PORT_GFX_INDEX = 0x3ce,
	PORT_GFX = 0x3cf,
	/* at 0x3Bx (monochrome) or 0x3Dx */
	PORT_CRTC_INDEX = 0x3d4,
	PORT_CRTC = 0x3d5,
	PORT_STATUS1 = 0x3da,

	STATUS0_SENSE = 0x10, /* a color monitor is there */
	STATUS1_BLANK = 0x01,
	STATUS1_V_RETRACE = 0x08,
	V_RETRACE_PROTECT = 0x80,
	OVERFLOW_LINE_COMPARE = 0x10,
};

/* Bochs VBE extensions (vbe_display_api.txt of VGABios). */
enum {
	PORT_DISPI_INDEX = 0x1ce,
	PORT_DISPI_DATA = 0x1cf,
	DISPI_ID = 0,
	DISPI_ENABLE = 4,
	DISPI_BANK = 5,
	DISPI_MEMORY_64K = 10,
	DISPI_ID0 = 0xb0c0,
	DISPI_ID5 = 0xb0c5,
	DISPI_ENABLED = 0x0001,
};

/* Bits that exist (PS/2 TR); the rest read as zero. */
static const uint8_t seq_bits[SEQ_REGS] = {0x03, 0x3d, 0x0f, 0x3f, 0x0e};
static const uint8_t gfx_bits[GFX_REGS] = {0x0f, 0x0f, 0x0f, 0x1f, 0x03, 0x7b, 0x0f, 0x0f, 0xff};
static const uint8_t attr_bits[ATTR_REGS] = {
	0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0x3f,
	0x3f, 0x3f, 0x3f, 0x3f, 0x3f, 0xef, 0xff, 0x3f, 0x0f, 0x0f,
};

/* ---- timing ---- */

static unsigned crtc_10bit(const struct vga *v, unsigned reg, unsigned bit8, unsigned bit9)
{
	uint8_t o = v->crtc[CRTC_OVERFLOW];

	return v->crtc[reg] | (o >> bit8 & 1u) << 8 | (o >> bit9 & 1u) << 9;
}

/* Where the beam is follows from virtual time and the CRTC's totals alone. */
static uint8_t input_status1(struct board *b)
{
	static const uint32_t clock_hz[4] = {25175000, 28322000, 25175000, 25175000};
	const struct vga *v = &b->pc->vga;
	uint32_t hz = clock_hz[(v->misc & MISC_CLOCK) >> 2];
	uint32_t dots = v->seq[SEQ_CLOCK] & SEQ_CLOCK_8DOT ? 8 : 9;
	uint32_t chars = v->crtc[CRTC_H_TOTAL] + 5u, shown = v->crtc[CRTC_H_DISPLAY_END] + 1u;
	uint32_t lines = crtc_10bit(v, CRTC_V_TOTAL, 0, 5) + 2;
	uint32_t end = crtc_10bit(v, CRTC_V_DISPLAY_END, 1, 6) + 1;
	uint32_t retrace = crtc_10bit(v, CRTC_V_RETRACE_START, 2, 7);
	uint64_t char_clock = (uint64_t)((unsigned __int128)board_now(b) * hz / (1000000000ull * dots));
	uint32_t at = (uint32_t)(char_clock % ((uint64_t)chars * lines));
	uint32_t line = at / chars, col = at % chars;
	uint32_t pulse = ((v->crtc[CRTC_V_RETRACE_END] & 0x0fu) - retrace) & 0x0f;
	uint8_t s = 0;

	if (line >= end || col >= shown)
		s |= STATUS1_BLANK;
	if (line >= retrace && line - retrace < (pulse ? pulse : 16))
		s |= STATUS1_V_RETRACE | STATUS1_BLANK;
	return s;
}

/* ---- register files ---- */

static void crtc_write(struct vga *v, uint8_t value)
{
	unsigned reg = v->crtc_index;

	if (reg >= CRTC_REGS)
		return;
	if (reg <= CRTC_OVERFLOW && (v->crtc[CRTC_V_RETRACE_END] & V_RETRACE_PROTECT)) {
		if (reg != CRTC_OVERFLOW)
			return;
		value = (v->crtc[reg] & ~OVERFLOW_LINE_COMPARE) | (value & OVERFLOW_LINE_COMPARE);
	}
	v->crtc[reg] = value;
}

static uint8_t crtc_read(const struct vga *v)
{
	return v->crtc_index < CRTC_REGS ? v->crtc[v->crtc_index] : 0;
}

static void attr_write(struct vga *v, uint8_t value)
{
	unsigned reg = v->attr_index & 0x1f;

	v->attr_data ^= 1;
	if (v->attr_data) { /* it was an index */
		v->attr_index = value & 0x3f;
		return;
	}
	if (reg >= ATTR_REGS || (reg < 16 && (v->attr_index & ATTR_INDEX_PAS)))
		return; /* the palette is written only while PAS is 0 */
	v->attr[reg] = value & attr_bits[reg];
}

static void dac_write(struct vga *v, uint8_t value)
{
	uint8_t *rgb = &v->dac[v->dac_write * 3];

	v->dac_latch[v->dac_sub] = value & 0x3f;
	if (++v->dac_sub < 3)
		return;
	memcpy(rgb, v->dac_latch, 3); /* all three at once, with blue */
	memset(v->dac_latch, 0, sizeof(v->dac_latch));
	v->dac_sub = 0;
	v->dac_write++;
}

static uint8_t dac_read(struct vga *v)
{
	uint8_t value = v->dac[v->dac_read * 3 + v->dac_sub];

	if (++v->dac_sub == 3) {
		v->dac_sub = 0;
		v->dac_read++;
	}
	return value;
}

static void dac_index(struct vga *v, uint8_t index, bool read)
{
	*(read ? &v->dac_read : &v->dac_write) = index;
	v->dac_state = read ? 3 : 0;
	v->dac_sub = 0;
	memset(v->dac_latch, 0, sizeof(v->dac_latch));
}

static void seq_write(struct vga *v, uint8_t value)
{
	if (v->seq_index < SEQ_REGS)
		v->seq[v->seq_index] = value & seq_bits[v->seq_index];
	vga_mem_update(v);
}

static void gfx_write(struct vga *v, uint8_t value)
{
	if (v->gfx_index < GFX_REGS)
		v->gfx[v->gfx_index] = value & gfx_bits[v->gfx_index];
	vga_mem_update(v);
}

/* ---- ports ---- */

/* The CRTC, status 1 and feature ports answer at 0x3Bx or at 0x3Dx; as 0x3Dx,
 * or 0 if not here now. */
static uint16_t movable(const struct vga *v, uint16_t port)
{
	bool color = (port & 0x60) == 0x40;

	return color == !!(v->misc & MISC_COLOR) ? (uint16_t)((port & 0x0f) | 0x3d0) : 0;
}

static void movable_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct vga *v = &b->pc->vga;

	TRACE(b, VGA, "out %03x <- %02x", port, value);
	switch (movable(v, port)) {
	case PORT_CRTC_INDEX: v->crtc_index = value & 0x3f; break;
	case PORT_CRTC: crtc_write(v, (uint8_t)value); break;
	case PORT_STATUS1: v->feature = value & 0x03; break;
	default: break;
	}
}

static uint32_t movable_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	struct vga *v = &b->pc->vga;

	switch (movable(v, port)) {
	case PORT_CRTC_INDEX: return v->crtc_index;
	case PORT_CRTC: return crtc_read(v);
	case PORT_STATUS1: v->attr_data = 0; return input_status1(b);
	default: return 0xff;
	}
}

static void vga_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct vga *v = &b->pc->vga;
	uint8_t byte = (uint8_t)value;

	TRACE(b, VGA, "out %03x <- %02x", port, byte);
	switch (port) {
	case PORT_ATTR: attr_write(v, byte); break;
	case PORT_MISC_WRITE:
		v->misc = byte & 0xef;
		vga_mem_update(v);
		break;
	case PORT_ENABLE:
		v->enable = byte & 1;
		vga_mem_update(v);
		break;
	case PORT_SEQ_INDEX: v->seq_index = byte & 7; break;
	case PORT_SEQ: seq_write(v, byte); break;
	case PORT_DAC_MASK: v->dac_mask = byte; break;
	case PORT_DAC_READ: dac_index(v, byte, true); break;
	case PORT_DAC_WRITE: dac_index(v, byte, false); break;
	case PORT_DAC_DATA: dac_write(v, byte); break;
	case PORT_GFX_INDEX: v->gfx_index = byte & 0x0f; break;
	case PORT_GFX: gfx_write(v, byte); break;
	default: break;
	}
}

static uint32_t vga_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	struct vga *v = &b->pc->vga;
	unsigned attr = v->attr_index & 0x1f;

	switch (port) {
	case PORT_ATTR: return v->attr_index;
	case PORT_ATTR_READ: return attr < ATTR_REGS ? v->attr[attr] : 0;
	case PORT_STATUS0: return STATUS0_SENSE;
	case PORT_ENABLE: return v->enable;
	case PORT_SEQ_INDEX: return v->seq_index;
	case PORT_SEQ: return v->seq[v->seq_index];
	case PORT_DAC_MASK: return v->dac_mask;
	case PORT_DAC_READ: return v->dac_state;
	case PORT_DAC_WRITE: return v->dac_write;
	case PORT_DAC_DATA: return dac_read(v);
	case PORT_FEATURE_READ: return v->feature;
	case PORT_MISC_READ: return v->misc;
	case PORT_GFX_INDEX: return v->gfx_index;
	case PORT_GFX: return v->gfx[v->gfx_index];
	default: return 0xff;
	}
}

/* The dispi registers exist because the VGA BIOS of SeaBIOS gives up without
 * them; asked for its capabilities, the adapter offers a resolution of 0 x 0, so
 * the BIOS removes all of its dispi modes and keeps the VGA's own. */
static void dispi_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct vga *v = &b->pc->vga;
	uint16_t reg = v->dispi_index;

	if (port == PORT_DISPI_INDEX)
		v->dispi_index = (uint16_t)value;
	else if (reg == DISPI_ID && value >= DISPI_ID0 && value <= DISPI_ID5)
		v->dispi[reg] = (uint16_t)value;
	else if (reg == DISPI_ENABLE)
		v->dispi[reg] = (uint16_t)value & (uint16_t)~DISPI_ENABLED;
	else if (reg == DISPI_BANK)
		v->dispi[reg] = value & 3;
}

static uint32_t dispi_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	const struct vga *v = &b->pc->vga;

	if (port == PORT_DISPI_INDEX)
		return v->dispi_index;
	return v->dispi_index < VGA_DISPI_REGS ? v->dispi[v->dispi_index] : 0;
}

static void map_ports(struct board *b)
{
	static const struct io_range rows[] = {
		{0x3b4, 2, 0, 1, movable_in, movable_out},
		{0x3ba, 1, 0, 1, movable_in, movable_out},
		{0x3c0, 16, 0, 1, vga_in, vga_out},
		{0x3d4, 2, 0, 1, movable_in, movable_out},
		{0x3da, 1, 0, 1, movable_in, movable_out},
		{PORT_DISPI_INDEX, 1, 0, 2, dispi_in, dispi_out},
		{PORT_DISPI_DATA, 1, 0, 2, dispi_in, dispi_out},
	};

	for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
		board_map_io(b, &rows[n]);
}

/* ---- the chip ---- */

/* Its ports and its window are those of every VGA, not base address registers. */
static const struct pci_model vga_pci = {
	.name = "vga",
	.vendor = 0x1234,
	.device = 0x1111,
	.class_code = 0x030000,
	.revision = 2,
};

void vga_attach(struct board *b)
{
	struct mem_region window = {
		.base = 0xa0000,
		.size = 0x20000,
		.owner = b,
		.read = vga_mem_read,
		.write = vga_mem_write,
	};

	map_ports(b);
	mem_map(&b->mem, &window);
	pci_add(b, VGA_DEVFN, &vga_pci);
}

/* Video memory keeps its contents. */
void vga_reset(struct board *b)
{
	struct vga *v = &b->pc->vga;

	memset(v, 0, sizeof(*v));
	v->enable = 1;
	v->dac_mask = 0xff;
	v->dispi[DISPI_ID] = DISPI_ID5;
	v->dispi[DISPI_MEMORY_64K] = VGA_MEMORY >> 16;
	vga_mem_update(v);
}

const char *vga_validate(const struct board *b)
{
	const struct vga *v = &b->pc->vga;
	struct vga derived = *v;

	vga_mem_update(&derived);
	if (memcmp(&derived, v, sizeof(derived)))
		return "vga: derived registers do not match";
	if (v->seq_index > 7 || v->gfx_index > 15 || v->crtc_index > 0x3f || v->attr_data > 1 || v->dac_sub > 2)
		return "vga: index out of range";
	for (unsigned n = 0; n < sizeof(v->dac); n++)
		if (v->dac[n] > 0x3f)
			return "vga: color out of range";
	return b->vram.count == VGA_MEMORY >> PAGE_SHIFT ? NULL : "vga: video memory has the wrong size";
}
