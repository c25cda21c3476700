/* A processor with memory, tables and a bus that notes what it is asked, brought
 * into the mode that a test wants and run for a few instructions. */
#ifndef LANYARD_TESTS_UNIT_CPU_RIG_H
#define LANYARD_TESTS_UNIT_CPU_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/bytes.h"
#include "engine/cpu/access.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/interp/bind.h"
#include "engine/cpu/seg.h"

enum { GDT = 0x1000, IDT = 0x2000, TSS = 0x3000, TSS_B = 0x3800 };
enum { PML4 = 0x4000, PDPT = 0x5000, PD = 0x6000, HIGH_PDPT = 0x7000 };
enum { CODE = 0x10000, HANDLER = 0x11000, STACK0 = 0x20000, STACK3 = 0x28000, IST1 = 0x30008 };
/* Selectors. */
enum { K_CS = 0x08, K_DS = 0x10, U_CS = 0x1b, U_DS = 0x23, U_CS64 = 0x4b };
enum { TSS_SEL = 0x28, TSS_B_SEL = 0x38, GATE_SEL = 0x40 };

struct rig {
	struct cpu *c;
	struct mem mem;
	struct core *k;
	uint16_t port;
	uint32_t value;
	unsigned outs;
};

static inline uint32_t bus_in(void *owner, uint16_t port, unsigned size)
{
	return 0x12345678;
}

static inline void bus_out(void *owner, uint16_t port, uint32_t value, unsigned size)
{
	struct rig *r = owner;

	r->port = port;
	r->value = value;
	r->outs++;
}

static inline int bus_intack(void *owner)
{
	return -1;
}

static inline uint64_t bus_now(void *owner)
{
	struct rig *r = owner;

	return r->c->count;
}

static inline uint64_t bus_cr8_read(void *owner)
{
	return 3;
}

static inline void bus_cr8_write(void *owner, uint64_t v) {}

static inline void bus_apic_base(void *owner) {}

static inline void bus_ferr(void *owner, bool level) {}

/* clang-format off */
UNUSED static const struct cpu_bus bus = {
	.in = bus_in, .out = bus_out, .intack = bus_intack, .now = bus_now, .cr8_read = bus_cr8_read,
	.cr8_write = bus_cr8_write, .apic_base = bus_apic_base, .ferr = bus_ferr,
};
/* clang-format on */

static inline int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	r->c = calloc(1, sizeof(*r->c));
	r->c->model = CPU_X86_64;
	r->c->a20_mask = 0xffffffff;
	rng_seed(&r->c->rng, 1, "test");
	cpu_reset(r->c);
	mem_init(&r->mem, 4 << 20);
	r->k = core_new(r->c, &r->mem, &bus, r, &interp_executor);
	*state = r;
	return 0;
}

static inline int teardown(void **state)
{
	struct rig *r = *state;

	core_free(r->k);
	mem_free(&r->mem);
	free(r->c);
	free(r);
	return 0;
}

static inline void put(struct rig *r, uint64_t at, const void *data, size_t size)
{
	mem_dma_write(&r->mem, at, data, size);
}

static inline void put64(struct rig *r, uint64_t at, uint64_t v)
{
	put(r, at, &v, 8);
}

static inline uint64_t get(struct rig *r, uint64_t at, unsigned size)
{
	uint64_t v = 0;

	mem_dma_read(&r->mem, at, &v, size);
	return v;
}

static inline void code(struct rig *r, const char *bytes, size_t size)
{
	put(r, CODE, bytes, size);
	r->c->rip = CODE;
}
#define CODE_BYTES(r, s) code(r, s, sizeof(s) - 1)

static inline void step(struct rig *r, unsigned counts)
{
	core_run(r->k, r->c->count + counts);
}

static inline uint64_t descriptor(uint32_t base, uint32_t limit, unsigned attr)
{
	return (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(attr & 0xff) << 40 |
	       (uint64_t)(limit >> 16 & 15) << 48 | (uint64_t)(attr >> 12 & 15) << 52 | (uint64_t)(base >> 24) << 56;
}

static inline uint64_t gate(uint16_t sel, uint32_t offset, unsigned attr)
{
	return (offset & 0xffff) | (uint64_t)sel << 16 | (uint64_t)attr << 40 | (uint64_t)(offset >> 16) << 48;
}

static inline void load_seg(struct rig *r, unsigned seg, uint16_t sel)
{
	struct seg_desc d = {.raw = get(r, GDT + (sel & ~7u), 8)};

	r->c->seg[seg] = seg_from_desc(sel, &d);
}

static inline void tables(struct rig *r)
{
	struct cpu *c = r->c;

	put64(r, GDT + K_CS, descriptor(0, 0xfffff, 0xc09b));
	put64(r, GDT + K_DS, descriptor(0, 0xfffff, 0xc093));
	put64(r, GDT + (U_CS & ~7), descriptor(0, 0xfffff, 0xc0fb));
	put64(r, GDT + (U_DS & ~7), descriptor(0, 0xfffff, 0xc0f3));
	put64(r, GDT + TSS_SEL, descriptor(TSS, 0x67, 0x8b));
	put64(r, GDT + TSS_B_SEL, descriptor(TSS_B, 0x67, 0x89));
	c->gdt = (struct cpu_table){.base = GDT, .limit = 0x4f};
	c->idt = (struct cpu_table){.base = IDT, .limit = 0x7ff};
	c->tr = (struct cpu_seg){.base = TSS, .limit = 0x67, .sel = TSS_SEL, .attr = 0x8b};
	put64(r, TSS + 4, STACK0 | (uint64_t)K_DS << 32); /* ESP0, SS0 */
	put64(r, TSS + 0x64, 0x680000);                   /* I/O map beyond the limit */
}

/* Flat 32-bit protected mode without paging, at level cpl. */
static inline void protected_mode(struct rig *r, unsigned cpl)
{
	struct cpu *c = r->c;

	tables(r);
	c->cr0 = CR0_PE | CR0_ET;
	load_seg(r, SEG_CS, cpl ? U_CS : K_CS);
	for (unsigned n = 0; n < CPU_SEGS; n++)
		if (n != SEG_CS)
			load_seg(r, n, cpl ? U_DS : K_DS);
	c->cpl = (uint8_t)cpl;
	c->reg[RSP] = cpl ? STACK3 : STACK0 - 0x100;
	core_reload(r->k);
}

/* 64-bit mode, the first 2 MiB mapped for the user, at level cpl. */
static inline void long_mode(struct rig *r, unsigned cpl)
{
	struct cpu *c = r->c;

	tables(r);
	put64(r, GDT + K_CS, descriptor(0, 0xfffff, 0xa09b));
	put64(r, GDT + (U_CS64 & ~7), descriptor(0, 0xfffff, 0xa0fb));
	put64(r, PML4, PDPT | 7);
	put64(r, PDPT, PD | 7);
	put64(r, PD, 0x87);
	c->cr0 = CR0_PE | CR0_ET | CR0_PG | CR0_WP;
	c->cr3 = PML4;
	c->cr4 = CR4_PAE;
	c->efer = EFER_LME | EFER_LMA | EFER_SCE | EFER_NXE;
	load_seg(r, SEG_CS, cpl ? U_CS64 : K_CS);
	load_seg(r, SEG_SS, cpl ? U_DS : K_DS);
	c->cpl = (uint8_t)cpl;
	c->reg[RSP] = cpl ? STACK3 : STACK0 - 0x100;
	put64(r, TSS + 4, STACK0 - 8); /* RSP0, not aligned */
	put64(r, TSS + 36, IST1);
	core_reload(r->k);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
