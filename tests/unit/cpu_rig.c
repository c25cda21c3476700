/* A processor to be run for a few instructions; see cpu_rig.h. */
#include "tests/unit/cpu_rig.h"

static uint32_t bus_in(void *owner, uint16_t port, unsigned size)
{
	return 0x12345678;
}

static void bus_out(void *owner, uint16_t port, uint32_t value, unsigned size)
{
	struct rig *r = owner;

	r->port = port;
	r->value = value;
	r->outs++;
}

static int bus_intack(void *owner)
{
	return -1;
}

static uint64_t bus_now(void *owner)
{
	struct rig *r = owner;

	return r->c->count;
}

static uint64_t bus_cr8_read(void *owner)
{
	return 3;
}

static void bus_cr8_write(void *owner, uint64_t v) {}

static void bus_apic_base(void *owner) {}

static void bus_ferr(void *owner, bool level) {}

/* Here time stands still while nothing runs. */
static void bus_io_time(void *owner, uint16_t port) {}

static void bus_doze(void *owner) {}

/* clang-format off */
static const struct cpu_bus bus = {
	.in = bus_in, .out = bus_out, .intack = bus_intack, .now = bus_now, .cr8_read = bus_cr8_read,
	.cr8_write = bus_cr8_write, .apic_base = bus_apic_base, .ferr = bus_ferr, .io_time = bus_io_time, .doze = bus_doze,
};
/* clang-format on */

int setup(void **state)
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

int teardown(void **state)
{
	struct rig *r = *state;

	core_free(r->k);
	mem_free(&r->mem);
	free(r->c);
	free(r);
	return 0;
}

void put(struct rig *r, uint64_t at, const void *data, size_t size)
{
	mem_dma_write(&r->mem, at, data, size);
}

void put64(struct rig *r, uint64_t at, uint64_t v)
{
	put(r, at, &v, 8);
}

uint64_t get(struct rig *r, uint64_t at, unsigned size)
{
	uint64_t v = 0;

	mem_dma_read(&r->mem, at, &v, size);
	return v;
}

void code(struct rig *r, const char *bytes, size_t size)
{
	put(r, CODE, bytes, size);
	r->c->rip = CODE;
}

void step(struct rig *r, unsigned counts)
{
	core_run(r->k, r->c->count + counts);
}

uint64_t descriptor(uint32_t base, uint32_t limit, unsigned attr)
{
	return (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(attr & 0xff) << 40 |
	       (uint64_t)(limit >> 16 & 15) << 48 | (uint64_t)(attr >> 12 & 15) << 52 | (uint64_t)(base >> 24) << 56;
}

uint64_t gate(uint16_t sel, uint32_t offset, unsigned attr)
{
	return (offset & 0xffff) | (uint64_t)sel << 16 | (uint64_t)attr << 40 | (uint64_t)(offset >> 16) << 48;
}

void load_seg(struct rig *r, unsigned seg, uint16_t sel)
{
	struct seg_desc d = {.raw = get(r, GDT + (sel & ~7u), 8)};

	r->c->seg[seg] = seg_from_desc(sel, &d);
}

void tables(struct rig *r)
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

void protected_mode(struct rig *r, unsigned cpl)
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

void long_mode(struct rig *r, unsigned cpl)
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
