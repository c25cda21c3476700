/* The interpreter's side: a processor value in IA-32e mode as a 64-bit kernel
 * would have set it up, with the same linear addresses as the host. Every
 * vector leads to a HLT at privilege level 0; after the instruction under test
 * stands UD2, so that a trace always ends there. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/cpu/core.h"
#include "engine/cpu/decode/decode.h"
#include "engine/cpu/decode/uses.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/interp/bind.h"
#include "tests/cpu/oracle.h"

#define RAM_SIZE (2u << 20)
#define KERNEL 0xffff800000000000ull /* linear address of physical 0 */
enum {
	PHYS_PML4 = 0x1000,
	PHYS_PDPT = 0x2000,
	PHYS_PD = 0x3000,
	PHYS_PT_CODE = 0x4000,
	PHYS_PT_DATA = 0x5000,
	PHYS_PDPT_HIGH = 0x6000,
	PHYS_PD_HIGH = 0x7000,
	PHYS_GDT = 0x8000,
	PHYS_LDT = 0x9000,
	PHYS_IDT = 0xa000,
	PHYS_TSS = 0xb000,
	PHYS_STACK_TOP = 0xe000,
	PHYS_HANDLERS = 0xe000,
	PHYS_DATA = 0x10000,
	PHYS_CODE = 0x14000,
	HANDLER_STRIDE = 4,
};
enum { SEL_KCODE = 0x10, SEL_USS = 0x2b, SEL_UCODE = 0x33, SEL_TSS = 0x40, SEL_LDTR = 0x50 };
#define PTE_P 1ull
#define PTE_W 2ull
#define PTE_U 4ull
#define PTE_AD 0x60ull
#define PTE_LARGE 0x80ull
#define PTE_NX (1ull << 63)

struct guest {
	struct cpu cpu;
	struct mem mem;
	struct core *core;
	uint8_t *data[4];
};

/* ---- the board, of which nothing is there ---- */

static uint32_t bus_in(void *owner, uint16_t port, unsigned size)
{
	return 0xffffffff;
}
static void bus_out(void *owner, uint16_t port, uint32_t value, unsigned size) {}
static int bus_intack(void *owner)
{
	return -1;
}
static uint64_t bus_now(void *owner)
{
	return 0;
}
static uint64_t bus_cr8_read(void *owner)
{
	return 0;
}
static void bus_cr8_write(void *owner, uint64_t value) {}
static void bus_apic_base(void *owner) {}
static void bus_ferr(void *owner, bool level) {}
static void bus_io_time(void *owner, uint16_t port) {}
static void bus_doze(void *owner) {}
/* clang-format off */
static const struct cpu_bus bus = {
	.in = bus_in, .out = bus_out, .intack = bus_intack, .now = bus_now, .cr8_read = bus_cr8_read,
	.cr8_write = bus_cr8_write, .apic_base = bus_apic_base, .ferr = bus_ferr, .io_time = bus_io_time, .doze = bus_doze,
};
/* clang-format on */

/* ---- setting up ---- */

static void put64(struct guest *g, uint64_t pa, uint64_t v)
{
	mem_dma_write(&g->mem, pa, &v, sizeof(v));
}

static void make_paging(struct guest *g)
{
	uint64_t user = PTE_P | PTE_W | PTE_U | PTE_AD;

	put64(g, PHYS_PML4, PHYS_PDPT | user);
	put64(g, PHYS_PML4 + 256 * 8, PHYS_PDPT_HIGH | PTE_P | PTE_W | PTE_AD);
	put64(g, PHYS_PDPT_HIGH, PHYS_PD_HIGH | PTE_P | PTE_W | PTE_AD);
	put64(g, PHYS_PD_HIGH, PTE_LARGE | PTE_P | PTE_W | PTE_AD);
	put64(g, PHYS_PDPT, PHYS_PD | user);
	put64(g, PHYS_PD + (ORACLE_CODE >> 21) * 8, PHYS_PT_CODE | user);
	put64(g, PHYS_PD + (ORACLE_DATA >> 21) * 8, PHYS_PT_DATA | user);
	for (unsigned n = 0; n < ORACLE_CODE_PAGES; n++)
		put64(g, PHYS_PT_CODE + n * 8, (PHYS_CODE + n * 4096) | user);
	for (unsigned n = 0; n < 4; n++)
		put64(g, PHYS_PT_CODE + ((ORACLE_ALIAS >> 12) + n) * 8, (PHYS_DATA + n * 4096) | user | PTE_NX);
	for (unsigned n = 0; n < ORACLE_DATA_SIZE >> 12; n++)
		put64(g, PHYS_PT_DATA + n * 8, (PHYS_DATA + (n & 3) * 4096) | user | PTE_NX);
	put64(g, PHYS_PT_DATA + (ORACLE_DATA_SIZE >> 12) * 8, PHYS_DATA | PTE_P | PTE_U | PTE_AD | PTE_NX);
}

static void make_tables(struct guest *g)
{
	static const uint8_t hlt = 0xf4;
	struct cpu *c = &g->cpu;

	put64(g, PHYS_GDT + 0x10, 0x00af9b000000ffff);
	put64(g, PHYS_GDT + 0x18, 0x00cf93000000ffff);
	put64(g, PHYS_GDT + 0x20, 0x00cffb000000ffff);
	put64(g, PHYS_GDT + 0x28, 0x00cff3000000ffff);
	put64(g, PHYS_GDT + 0x30, 0x00affb000000ffff);
	for (unsigned n = 0; n < ORACLE_LDT; n++)
		put64(g, PHYS_LDT + n * 8, ldt_descriptor(n));
	for (unsigned n = 0; n < 256; n++) {
		uint64_t at = KERNEL + PHYS_HANDLERS + n * HANDLER_STRIDE, dpl = n == 3 || n == 4 ? 3 : 0;

		put64(g, PHYS_IDT + n * 16,
		      (at & 0xffff) | (uint64_t)SEL_KCODE << 16 | (0x8e00 | dpl << 13) << 32 | (at & 0xffff0000) << 32);
		put64(g, PHYS_IDT + n * 16 + 8, at >> 32);
		mem_dma_write(&g->mem, PHYS_HANDLERS + n * HANDLER_STRIDE, &hlt, 1);
	}
	put64(g, PHYS_TSS + 4, KERNEL + PHYS_STACK_TOP);
	put64(g, PHYS_TSS + 96, 0xffffull << 48); /* no I/O permission map */
	c->gdt = (struct cpu_table){.base = KERNEL + PHYS_GDT, .limit = 0x7f};
	c->idt = (struct cpu_table){.base = KERNEL + PHYS_IDT, .limit = 0xfff};
	c->ldt = (struct cpu_seg){KERNEL + PHYS_LDT, ORACLE_LDT * 8 - 1, SEL_LDTR, ATTR_P | 2};
	c->tr = (struct cpu_seg){KERNEL + PHYS_TSS, 103, SEL_TSS, ATTR_P | 11};
}

struct guest *guest_new(void)
{
	struct guest *g = calloc(1, sizeof(*g));
	struct cpu *c = &g->cpu;

	mem_init(&g->mem, RAM_SIZE);
	c->model = CPU_X86_64;
	c->a20_mask = 0xffffffff;
	cpu_reset(c);
	make_paging(g);
	make_tables(g);
	c->cr0 = CR0_PE | CR0_MP | CR0_ET | CR0_NE | CR0_WP | CR0_AM | CR0_PG;
	c->cr4 = CR4_PAE | CR4_PGE | CR4_OSFXSR | CR4_OSXMMEXCPT;
	c->efer = EFER_LME | EFER_LMA | EFER_NXE | EFER_SCE;
	c->cr3 = PHYS_PML4;
	for (unsigned n = 0; n < 4; n++) {
		struct page *page;

		mem_own(&g->mem, (PHYS_DATA >> 12) + n, &page);
		g->data[n] = page->data;
	}
	g->core = core_new(c, &g->mem, &bus, g, &interp_executor);
	return g;
}

void guest_free(struct guest *g)
{
	if (!g)
		return;
	core_free(g->core);
	mem_free(&g->mem);
	free(g);
}

uint8_t *guest_data(struct guest *g, unsigned page)
{
	return g->data[page];
}

const struct cpu *guest_cpu(struct guest *g)
{
	return &g->cpu;
}

/* ---- state in and out ---- */

static struct cpu_seg from_ldt(unsigned n)
{
	const struct ldt_entry *e = &ldt_table[n];

	return (struct cpu_seg){
		.base = e->base,
		.limit = e->pages ? e->limit << 12 | 0xfff : e->limit,
		.sel = LDT_SEL(n),
		.attr = (uint16_t)(ATTR_S | ATTR_DPL | e->type | (e->present ? ATTR_P : 0) | (e->big ? ATTR_DB : 0) |
				   (e->pages ? ATTR_G : 0)),
	};
}

static void load_segments(struct cpu *c, const struct oracle_case *oc)
{
	if (oc->segs) {
		for (unsigned n = 0; n < CPU_SEGS; n++)
			c->seg[n] = from_ldt(oc->segs->entry[n]);
		return;
	}
	memset(c->seg, 0, sizeof(c->seg));
	c->seg[SEG_CS] = (struct cpu_seg){0, 0xffffffff, SEL_UCODE, ATTR_S | ATTR_DPL | ATTR_P | ATTR_L | ATTR_G | 11};
	c->seg[SEG_SS] = (struct cpu_seg){0, 0xffffffff, SEL_USS, ATTR_S | ATTR_DPL | ATTR_P | ATTR_DB | ATTR_G | 3};
	c->seg[SEG_FS].base = oc->fs_base;
	c->seg[SEG_GS].base = oc->gs_base;
}

static void fx_load(struct cpu *c, const uint8_t *fx)
{
	unsigned top;

	c->x87.fcw = get_le16(fx);
	c->x87.fsw = get_le16(fx + 2);
	c->x87.tags = fx[4];
	c->x87.fop = get_le16(fx + 6);
	c->x87.fip = get_le64(fx + 8);
	c->x87.fdp = get_le64(fx + 16);
	c->x87.fcs = c->x87.fds = 0;
	c->mxcsr = get_le32(fx + 24);
	top = c->x87.fsw >> 11 & 7;
	for (unsigned n = 0; n < 8; n++) {
		c->x87.st[(top + n) & 7].mant = get_le64(fx + 32 + 16 * n);
		c->x87.st[(top + n) & 7].se = get_le16(fx + 40 + 16 * n);
	}
	memcpy(c->xmm, fx + X87_IMAGE, sizeof(c->xmm));
}

static void fx_save(const struct cpu *c, uint8_t *fx)
{
	unsigned top = c->x87.fsw >> 11 & 7;

	memset(fx, 0, FX_SIZE);
	put_le16(fx, c->x87.fcw);
	put_le16(fx + 2, c->x87.fsw);
	fx[4] = c->x87.tags;
	put_le16(fx + 6, c->x87.fop);
	put_le64(fx + 8, c->x87.fip);
	put_le64(fx + 16, c->x87.fdp);
	put_le32(fx + 24, c->mxcsr);
	for (unsigned n = 0; n < 8; n++) {
		put_le64(fx + 32 + 16 * n, c->x87.st[(top + n) & 7].mant);
		put_le16(fx + 40 + 16 * n, c->x87.st[(top + n) & 7].se);
	}
	memcpy(fx + X87_IMAGE, c->xmm, sizeof(c->xmm));
}

static void poke_code(struct guest *g, uint64_t linear, const void *bytes, unsigned size)
{
	mem_dma_write(&g->mem, linear - ORACLE_CODE + PHYS_CODE, bytes, size);
}

static void write_code(struct guest *g, const struct oracle_case *oc)
{
	static const uint8_t ud2[2] = {0x0f, 0x0b};
	uint8_t int3[16];

	poke_code(g, oc->at, oc->bytes, oc->len);
	memset(int3, 0xcc, sizeof(int3));
	if (!oc->valid)
		poke_code(g, oc->at + oc->len, int3, sizeof(int3));
	for (unsigned n = 0; oc->valid && n < (oc->branch ? LANDINGS : 1); n++)
		poke_code(g, case_cs_base(oc) + oc->land[n], ud2, sizeof(ud2));
}

static bool is_landing(const struct oracle_case *oc, uint64_t rip)
{
	for (unsigned n = 0; n < (oc->branch ? LANDINGS : 1); n++)
		if (rip == oc->land[n])
			return oc->valid;
	return false;
}

/* Level 0 was reached: what came, and the interrupted state. */
static void unwind(struct guest *g, const struct oracle_case *oc, struct state *out)
{
	struct cpu *c = &g->cpu;
	uint64_t sp = c->reg[RSP] - KERNEL, frame[6];
	bool has_error;

	out->vector = (int)((c->rip - KERNEL - PHYS_HANDLERS) / HANDLER_STRIDE);
	has_error = PHYS_STACK_TOP - sp == 48;
	mem_dma_read(&g->mem, sp, frame, sizeof(frame));
	memmove(frame + !has_error, frame, has_error ? 48 : 40);
	out->error = has_error ? (uint32_t)frame[0] : 0;
	out->rip = frame[1];
	out->flags = frame[3];
	out->reg[RSP] = frame[4];
	out->cr2 = c->cr2;
	mem_dma_read(&g->mem, sp + (has_error ? 40 : 32), &out->sel[SEG_SS], 2);
	if (out->vector == EXC_UD && is_landing(oc, out->rip))
		out->vector = -1;
}

static void run_alone(struct guest *g, const struct oracle_case *oc)
{
	struct cpu *c = &g->cpu;

	for (unsigned n = 0; n < 200; n++) {
		core_run(g->core, c->count + 1);
		if (c->cpl == 0 || is_landing(oc, c->rip))
			return;
		if (!oc->rep && !oc->branch) /* a branch elsewhere: the fetch there faults */
			return;
	}
}

void guest_run(struct guest *g, const struct oracle_case *oc, struct state *out)
{
	struct cpu *c = &g->cpu;

	write_code(g, oc);
	memcpy(c->reg, oc->in.reg, sizeof(oc->in.reg));
	c->rip = oc->in.rip;
	c->cpl = 3;
	c->attn = 0;
	flags_set(c, (uint32_t)oc->in.flags);
	load_segments(c, oc);
	if (oc->fp)
		fx_load(c, oc->in.fx);
	core_update_mode(g->core);
	if (oc->single)
		run_alone(g, oc);
	else
		core_run(g->core, c->count + 1000);
	memcpy(out->reg, c->reg, sizeof(out->reg));
	out->rip = c->rip;
	out->flags = flags_get(c);
	out->vector = -1;
	for (unsigned n = 0; n < CPU_SEGS; n++)
		out->sel[n] = c->seg[n].sel;
	if (oc->fp)
		fx_save(c, out->fx);
	if (c->cpl == 0)
		unwind(g, oc, out);
}

static void decode_case(struct guest *g, const struct oracle_case *oc, struct insn *i)
{
	static const uint8_t modes[ORACLE_MODES] = {MODE_64 | MODE_FLAT, MODE_32, MODE_16};
	struct decode d = {
		.model = g->cpu.model, .mode = modes[oc->mode], .bytes = oc->bytes, .avail = sizeof(oc->bytes)};

	decode_insn(&d, i);
}

bool guest_uses_hold(struct guest *g, const struct oracle_case *oc, const struct state *after)
{
	uint64_t mask = oc->mode == MODE_LONG ? ~0ull : 0xffffffff;
	struct insn_uses u;
	struct insn i;

	decode_case(g, oc, &i);
	insn_uses(&i, &u);
	for (unsigned n = 0; n < 16; n++)
		if (((oc->in.reg[n] ^ after->reg[n]) & mask) && !(u.gpr_out >> n & 1))
			return false;
	for (unsigned n = 0; oc->fp && n < 16; n++)
		if (memcmp(oc->in.fx + X87_IMAGE + 16 * n, after->fx + X87_IMAGE + 16 * n, 16) &&
		    !(u.xmm_out >> n & 1) && (n < 8 || oc->mode == MODE_LONG))
			return false;
	if (oc->fp && !(u.what & USES_X87) && memcmp(oc->in.fx, after->fx, 24))
		return false;
	if (oc->fp && !(u.what & USES_MXCSR) && memcmp(oc->in.fx + 24, after->fx + 24, 4))
		return false;
	return !((oc->in.flags ^ after->flags) & (FL_ARITH | FL_DF | FL_AC | FL_ID | FL_NT) &
		 ~(uint64_t)(u.flags_out | u.flags_may));
}

unsigned guest_decode(struct guest *g, const struct oracle_case *oc, bool *undefined)
{
	struct insn i;

	decode_case(g, oc, &i);
	*undefined = i.op <= OP_TOO_LONG;
	return i.len;
}
