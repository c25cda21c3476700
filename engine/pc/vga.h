/* The display adapter: an IBM VGA with 256 KiB in four planes, on PCI as
 * 00:02.0 (1234:1111) so that SeaBIOS finds and runs its option ROM, with the
 * Bochs dispi registers that this ROM insists on (no dispi modes).
 *
 * vga.c has the ports (registers: vga_regs.h), vga_mem.c the memory window
 * 0xA0000-0xBFFFF, vga_text.c reads the picture of text modes for whoever shows
 * it. References: IBM PS/2 Hardware Interface Technical Reference, video
 * subsystem ("PS/2 TR"); FreeVGA.
 *
 * Video memory is b->vram: byte `plane` of the doubleword at address n holds
 * plane's byte n, so the four planes of one address are one 32-bit word. */
#ifndef LANYARD_PC_VGA_H
#define LANYARD_PC_VGA_H

#include "engine/base/types.h"

struct board;

#define VGA_PLANE_SIZE 0x10000u
#define VGA_MEMORY (4 * VGA_PLANE_SIZE)
#define VGA_DEVFN (2 << 3)

#define VGA_DISPI_REGS 11

struct vga {
	uint8_t seq_index, gfx_index, crtc_index;
	uint8_t attr_index; /* bits 4-0 index, bit 5 PAS: the palette drives the screen */
	uint8_t attr_data;  /* flip-flop: 1 = the next write to 0x3C0 is data */
	uint8_t misc, feature, enable;
	uint8_t seq[8]; /* indexed as in vga_regs.h, likewise below */
	uint8_t gfx[16];
	uint8_t crtc[32];
	uint8_t attr[24];
	uint8_t dac_mask, dac_read, dac_write;
	uint8_t dac_state;   /* what 0x3C7 reads: 0 write mode, 3 read mode */
	uint8_t dac_sub;     /* 0 red, 1 green, 2 blue is next */
	uint8_t text_direct; /* derived: plain text-mode access (vga_mem.c) */
	uint16_t dispi_index;
	uint16_t dispi[VGA_DISPI_REGS];
	uint8_t pad[2];
	uint32_t latch;       /* the four latches, plane 0 lowest */
	uint32_t window_base; /* derived: what of the 128 KiB window answers ... */
	uint32_t window_size; /* ... offset from 0xA0000, and bytes */
	uint8_t dac[256 * 3]; /* 6 bits each */
	uint8_t dac_latch[4]; /* red and green waiting for blue */
};
_Static_assert(sizeof(struct vga) == 8 + 80 + 6 + 2 + 2 * VGA_DISPI_REGS + 2 + 12 + 768 + 4, "no implicit padding");

void vga_attach(struct board *b);
void vga_reset(struct board *b);
const char *vga_validate(const struct board *b);

/* The memory window (vga_mem.c); addr counts from 0xA0000. */
uint64_t vga_mem_read(void *board, unsigned unit, uint64_t addr, unsigned size);
void vga_mem_write(void *board, unsigned unit, uint64_t addr, uint64_t value, unsigned size);
/* Computes the derived members after a register was written. */
void vga_mem_update(struct vga *v);

/* ---- the picture (vga_text.c) ---- */

struct vga_cell {
	uint32_t ch;    /* Unicode */
	uint8_t fg, bg; /* attribute colors 0..15: IBM's order, 1 = blue, 4 = red */
	bool blink;
};

struct vga_cursor {
	bool visible;
	unsigned col, row;
	unsigned start, end; /* scan lines of the cell, inclusive */
};

/* Characters on the screen. Both 0: a graphics mode, or nothing set up yet. */
void vga_text_size(const struct board *b, unsigned *cols, unsigned *rows);
/* Outside the screen, or while the screen is switched off: a black space. */
struct vga_cell vga_text_cell(const struct board *b, unsigned col, unsigned row);
struct vga_cursor vga_text_cursor(const struct board *b);
/* Lines of a character cell. */
unsigned vga_text_height(const struct board *b);
/* The cell's bitmap as the guest loaded it: one byte a line, bit 7 leftmost;
 * bits has room for 32. False if the font memory of this character set is empty. */
bool vga_text_glyph(const struct board *b, unsigned col, unsigned row, uint8_t bits[32]);
/* The character code as stored (0..255), for a font from elsewhere. */
uint8_t vga_text_code(const struct board *b, unsigned col, unsigned row);
/* 0xRRGGBB of attribute color 0..15 through palette and DAC. */
uint32_t vga_text_rgb(const struct board *b, unsigned color);
/* A graphics mode's size in pixels; false in text modes. */
bool vga_graphics_size(const struct board *b, unsigned *width, unsigned *height);

#endif
