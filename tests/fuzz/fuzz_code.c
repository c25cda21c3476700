/* Fuzzing the processor: arbitrary code on a PC with all its chips, in any mode.
 *
 * Input: byte 0 processor and mode, byte 1 flags and options, 8 bytes of a seed
 * for registers, then code, which is placed at 0x10000. The rest of memory holds
 * a GDT, an IDT and page tables that make sense, so that faults go on. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/base/rng.h"
#include "engine/cpu/core.h"
#include "engine/pc/pc.h"

enum {
	CODE = 0x10000,
	GDT = 0x1000,
	IDT = 0x2000,
	HANDLERS = 0x4000,
	PML4 = 0x5000,
	PDPT = 0x6000,
	PD = 0x7000,
	RAM = 2 << 20
};
enum { MODE_REAL, MODE_PROTECTED, MODE_PAGED, MODE_PAE, MODE_LONG, MODE_V86, MODES };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void put(struct board *b, uint64_t at, uint64_t v)
{
	mem_write(&b->mem, at, v, 8);
}

/* 08 code, 10 data, 18 code for ring 3, 20 data, 28 64-bit code, 30 16-bit code. */
static void tables(struct board *b, unsigned mode)
{
	/* clang-format off */
	static const uint64_t gdt[] = {
		0, 0x00cf9b000000ffff, 0x00cf93000000ffff, 0x00cffb000000ffff, 0x00cff3000000ffff, 0x00af9b000000ffff,
		0x00009b000000ffff, 0x000093000000ffff, 0x00008b0030000067,
	};
	/* clang-format on */

	for (unsigned n = 0; n < ARRAY_LEN(gdt); n++)
		put(b, GDT + 8 * n, gdt[n]);
	for (unsigned n = 0; n < 256; n++) {
		uint64_t at = HANDLERS + (n & 0xff) * 4, code = mode == MODE_LONG ? 0x28 : 0x08;

		put(b, IDT + (mode == MODE_LONG ? 16 : 8) * n, at | code << 16 | 0xeeull << 40);
		if (mode == MODE_LONG)
			put(b, IDT + 16 * n + 8, 0);
		mem_write(&b->mem, at, 0xcfcf9090, 4); /* nop; nop; iret */
		if (mode == MODE_REAL)
			mem_write(&b->mem, 4 * n, at, 4);
	}
	for (unsigned n = 0; n < 4; n++) {
		put(b, PML4 + 8 * n, PDPT | 7);
		put(b, PDPT + 8 * n, (mode == MODE_LONG ? PD | 7 : PD | 1));
		put(b, PD + 8 * n, (uint64_t)n << 21 | 0x87);
	}
	if (mode == MODE_PAGED)
		mem_write(&b->mem, PML4, 0x87, 4);
	mem_write(&b->mem, 0x3000 + 4, 0x9000, 4); /* TSS: ring 0's stack */
	mem_write(&b->mem, 0x3000 + 8, 0x10, 4);
}

static void segment(struct cpu *c, unsigned seg, uint16_t sel, uint64_t base, uint32_t limit, uint16_t attr)
{
	c->seg[seg] = (struct cpu_seg){base, limit, sel, attr};
}

static void enter(struct board *b, unsigned mode, bool user)
{
	struct cpu *c = &b->pc->cpu;
	bool wide = mode == MODE_LONG;

	if (mode == MODE_REAL || mode == MODE_V86) {
		for (unsigned s = 0; s < CPU_SEGS; s++)
			segment(c, s, 0x1000, CODE, 0xffff, mode == MODE_V86 ? 0xf3 : s == SEG_CS ? 0x9b : 0x93);
		if (mode == MODE_REAL)
			return;
		c->eflags |= FL_VM;
		c->cpl = 3;
	} else {
		unsigned dpl = user ? 3 : 0;

		for (unsigned s = 0; s < CPU_SEGS; s++)
			segment(c, s, (uint16_t)((user ? 0x20 : 0x10) | dpl), 0, 0xffffffff,
				(uint16_t)(0xc093 | dpl << 5));
		segment(c, SEG_CS,
			(uint16_t)((user   ? 0x18
				    : wide ? 0x28
					   : 0x08) |
				   dpl),
			0, 0xffffffff, (uint16_t)((wide ? 0xa09b : 0xc09b) | dpl << 5));
		c->cpl = (uint8_t)dpl;
	}
	c->cr0 |= CR0_PE;
	c->gdt = (struct cpu_table){.base = GDT, .limit = 0x4f};
	c->idt = (struct cpu_table){.base = IDT, .limit = wide ? 0xfff : 0x7ff};
	c->tr = (struct cpu_seg){0x3000, 0x67, 0x40, 0x8b};
	if (mode < MODE_PAGED || mode == MODE_V86)
		return;
	c->cr3 = mode == MODE_PAE ? PDPT : PML4;
	c->cr4 |= mode == MODE_PAGED ? CR4_PSE : CR4_PAE;
	c->cr0 |= CR0_PG | CR0_WP;
	for (unsigned n = 0; n < 4; n++)
		c->pdpte[n] = PD | 1;
	if (wide)
		c->efer |= EFER_LME | EFER_LMA | EFER_SCE | EFER_NXE;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct board *b;
	struct cpu *c;
	struct rng rng;
	unsigned mode;

	if (size < 11 || size > 4096)
		return 0;
	mode = data[0] % MODES;
	b = board_new(RAM);
	c = &b->pc->cpu;
	c->model = (uint8_t)(mode == MODE_LONG ? CPU_X86_64 : data[0] / MODES % 4);
	if (c->model < CPU_686 && mode == MODE_PAE)
		c->model = CPU_686;
	board_reset(b);
	tables(b, mode);
	enter(b, mode, data[1] & 1);
	rng_seed(&rng, get_le64(data + 2), "registers");
	for (unsigned n = 0; n < 16; n++)
		c->reg[n] = (mode == MODE_LONG ? rng_next(&rng) : (uint32_t)rng_next(&rng)) &
			    (data[1] & 2 ? 0x1fffff : ~0ull);
	for (unsigned n = 8; n < 16 && mode != MODE_LONG; n++)
		c->reg[n] = 0;
	c->reg[RSP] = 0xf000;
	c->rip = mode == MODE_REAL || mode == MODE_V86 ? 0 : CODE;
	c->eflags |= (data[1] & 4 ? FL_IF : 0) | (data[1] & 8 ? FL_TF : 0) | (data[1] & 16 ? FL_DF : 0) |
		     (data[1] & 32 ? FL_IOPL : 0);
	c->cr4 |= data[1] & 64 && c->model >= CPU_686 ? CR4_OSFXSR | CR4_OSXMMEXCPT : 0;
	mem_dma_write(&b->mem, CODE, data + 10, size - 10);
	core_reload(b->core);
	board_run(b, 5000);
	board_free(b);
	return 0;
}
