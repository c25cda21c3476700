/* The privileged side of the processor: CPUID, MSRs, reset, and transfers
 * between levels, modes and tasks, each set up in memory as an operating
 * system would and run for a few instructions. Expected values are those of
 * the SDM's descriptions, not of the code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/bytes.h"
#include "engine/cpu/access.h"
#include "engine/cpu/cpuid.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/feature.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/msr.h"
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

/* clang-format off */
static const struct cpu_bus bus = {
	.in = bus_in, .out = bus_out, .intack = bus_intack, .now = bus_now, .cr8_read = bus_cr8_read,
	.cr8_write = bus_cr8_write, .apic_base = bus_apic_base, .ferr = bus_ferr,
};
/* clang-format on */

static int setup(void **state)
{
	struct rig *r = calloc(1, sizeof(*r));

	r->c = calloc(1, sizeof(*r->c));
	r->c->model = CPU_X86_64;
	r->c->a20_mask = 0xffffffff;
	rng_seed(&r->c->rng, 1, "test");
	cpu_reset(r->c);
	mem_init(&r->mem, 4 << 20);
	r->k = core_new(r->c, &r->mem, &bus, r);
	*state = r;
	return 0;
}

static int teardown(void **state)
{
	struct rig *r = *state;

	core_free(r->k);
	mem_free(&r->mem);
	free(r->c);
	free(r);
	return 0;
}

static void put(struct rig *r, uint64_t at, const void *data, size_t size)
{
	mem_dma_write(&r->mem, at, data, size);
}

static void put64(struct rig *r, uint64_t at, uint64_t v)
{
	put(r, at, &v, 8);
}

static uint64_t get(struct rig *r, uint64_t at, unsigned size)
{
	uint64_t v = 0;

	mem_dma_read(&r->mem, at, &v, size);
	return v;
}

static void code(struct rig *r, const char *bytes, size_t size)
{
	put(r, CODE, bytes, size);
	r->c->rip = CODE;
}
#define CODE_BYTES(r, s) code(r, s, sizeof(s) - 1)

static void step(struct rig *r, unsigned counts)
{
	core_run(r->k, r->c->count + counts);
}

static uint64_t descriptor(uint32_t base, uint32_t limit, unsigned attr)
{
	return (limit & 0xffff) | (uint64_t)(base & 0xffffff) << 16 | (uint64_t)(attr & 0xff) << 40 |
	       (uint64_t)(limit >> 16 & 15) << 48 | (uint64_t)(attr >> 12 & 15) << 52 | (uint64_t)(base >> 24) << 56;
}

static uint64_t gate(uint16_t sel, uint32_t offset, unsigned attr)
{
	return (offset & 0xffff) | (uint64_t)sel << 16 | (uint64_t)attr << 40 | (uint64_t)(offset >> 16) << 48;
}

static void load_seg(struct rig *r, unsigned seg, uint16_t sel)
{
	struct seg_desc d = {.raw = get(r, GDT + (sel & ~7u), 8)};

	r->c->seg[seg] = seg_from_desc(sel, &d);
}

static void tables(struct rig *r)
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
static void protected_mode(struct rig *r, unsigned cpl)
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
static void long_mode(struct rig *r, unsigned cpl)
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

/* ---- identity ---- */

static void test_cpuid(void **state)
{
	struct rig *r = *state;
	struct cpuid_regs v = cpuid_query(r->c, 0, 0);
	uint32_t vendor[3] = {v.ebx, v.edx, v.ecx};
	unsigned n = 0;

	assert_memory_equal(vendor, "GenuineIntel", 12);
	assert_int_equal(v.eax, 0x16);
	v = cpuid_query(r->c, 1, 0);
	assert_int_equal(v.eax, 0x106ca);
	assert_int_equal(v.edx >> 9 & 1, 1);
	assert_int_equal(v.ecx >> 31, 0); /* no hypervisor */
	r->c->apic_base &= ~APIC_BASE_ENABLE;
	assert_int_equal(cpuid_query(r->c, 1, 0).edx >> 9 & 1, 0);
	assert_int_equal(cpuid_query(r->c, 2, 0).eax & 0xff, 1);
	while (cpuid_query(r->c, 4, n).eax & 31)
		n++;
	assert_int_equal(n, 3);
	v = cpuid_query(r->c, 0x15, 0);
	assert_int_equal((uint64_t)v.ecx * v.ebx / v.eax, 1000000000);
	v = cpuid_query(r->c, 0x40000000, 0); /* as the highest leaf */
	assert_int_equal(v.eax, 1000);
	assert_int_equal(cpuid_query(r->c, 0x80000000, 0).eax, 0x80000008);
	assert_int_equal(cpuid_query(r->c, 0x80000008, 0).eax, 0x3024);
}

static void test_models(void **state)
{
	struct rig *r = *state;
	static const uint32_t needed[] = {[CPU_486] = 1, [CPU_PENTIUM] = 0x800135, [CPU_686] = 0x0789a979};
	enum cpu_model m;

	for (unsigned n = CPU_486; n <= CPU_686; n++) {
		assert_true(cpu_model_from_name(cpu_model_name(n), &m));
		assert_int_equal(m, n);
		r->c->model = (uint8_t)n;
		cpu_reset(r->c);
		assert_int_equal(cpuid_query(r->c, 1, 0).edx & needed[n], needed[n]);
		assert_int_equal(r->c->reg[RDX], cpuid_query(r->c, 1, 0).eax);
		assert_false(cpu_has(r->c, FEAT_LM));
		assert_int_equal(cpuid_query(r->c, 0x80000001, 0).edx >> 29 & 1, 0);
	}
	assert_false(cpu_model_from_name("8086", &m));
}

static void test_reset(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	c->count = 77;
	c->lstar = 5;
	c->mtrr_def = 6;
	cpu_init(c);
	assert_int_equal(c->mtrr_def, 6);
	assert_int_equal(c->cr0, 0x60000010);
	cpu_reset(c);
	assert_int_equal(c->count, 77);
	assert_int_equal(c->lstar, 0);
	assert_int_equal(c->rip, 0xfff0);
	assert_int_equal(c->seg[SEG_CS].base, 0xffff0000);
	assert_int_equal(c->seg[SEG_CS].sel, 0xf000);
	assert_int_equal(flags_get(c), 2);
	assert_int_equal(c->dr[6], 0xffff0ff0);
	assert_int_equal(c->dr[7], 0x400);
	assert_int_equal(c->mxcsr, 0x1f80);
	assert_int_equal(c->idt.limit, 0xffff);
}

static void test_msr(void **state)
{
	struct rig *r = *state;
	struct core *k = r->k;
	uint64_t v;

	assert_false(msr_read(k, 0x12345, &v));
	assert_false(msr_write(k, 0xc0010015, 0));
	assert_true(msr_write(k, 0x10, 1000000));
	assert_int_equal(msr_tsc(k), 1000000);
	assert_true(msr_read(k, 0x3b, &v));
	assert_int_equal(v, 1000000 - r->c->count);
	assert_false(msr_write(k, 0xc0000082, 0x0000800000000000)); /* LSTAR not canonical */
	assert_true(msr_write(k, 0xc0000082, 0xffff800000000000));
	assert_false(msr_write(k, 0xc0000080, 1 << 1));
	assert_true(msr_write(k, 0xc0000080, EFER_LME | EFER_SCE | EFER_LMA));
	assert_int_equal(r->c->efer, EFER_LME | EFER_SCE); /* LMA is not writable */
	assert_false(msr_write(k, 0x277, 0x02));           /* no such memory type */
	assert_false(msr_write(k, 0x200, 1ull << 40));
	assert_true(msr_write(k, 0x20f, 0xfc0000800));
	assert_true(msr_read(k, 0x20f, &v));
	assert_int_equal(v, 0xfc0000800);
	assert_true(msr_write(k, 0x8b, 0));
	assert_true(msr_read(k, 0x401, &v));
	assert_int_equal(v, 0);
	r->c->model = CPU_PENTIUM;
	assert_false(msr_read(k, 0x1b, &v));
}

/* ---- real mode ---- */

static void real_code(struct rig *r, const char *bytes, size_t size)
{
	put(r, CODE, bytes, size);
	seg_load_real(r->c, SEG_CS, CODE >> 4);
	r->c->rip = 0;
	r->c->reg[RSP] = 0x1000;
	core_reload(r->k);
}

static void test_real_int(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;
	uint32_t vector = 0x2000 << 16 | 0x0034;

	put(r, 0x21 * 4, &vector, 4);
	put(r, 0x20034, "\xcf", 1);          /* iret */
	real_code(r, "\xfb\xcd\x21\xf4", 4); /* sti; int 21h; hlt */
	step(r, 1);
	assert_true(c->attn & ATTN_SHADOW);
	step(r, 2);
	assert_int_equal(c->seg[SEG_CS].sel, 0x2000);
	assert_int_equal(c->rip, 0x34);
	assert_int_equal(c->reg[RSP], 0xffa);
	assert_int_equal(get(r, 0xffa, 2), 3);
	assert_int_equal(get(r, 0xffc, 2), CODE >> 4);
	assert_int_equal(get(r, 0xffe, 2), 0x202);
	assert_false(c->eflags & FL_IF);
	step(r, 2);
	assert_int_equal(c->rip, 4);
	assert_int_equal(flags_get(c), 0x202);
	assert_true(c->attn & ATTN_HALT);
	assert_int_equal(c->reg[RSP], 0x1000);
}

static void test_triple_fault(void **state)
{
	struct rig *r = *state;

	real_code(r, "\xcc", 1);
	r->c->idt.limit = 3;
	step(r, 10);
	assert_true(r->c->attn & ATTN_SHUTDOWN);
}

/* Real mode keeps a 4 GiB limit loaded in protected mode. */
static void test_unreal(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	real_code(r, "\x8e\xd8", 2); /* mov ds, ax */
	c->seg[SEG_DS].limit = 0xffffffff;
	c->reg[RAX] = 0x1234;
	step(r, 1);
	assert_int_equal(c->seg[SEG_DS].base, 0x12340);
	assert_int_equal(c->seg[SEG_DS].limit, 0xffffffff);
}

/* ---- protected mode ---- */

static void test_inner_interrupt(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	protected_mode(r, 3);
	c->eflags |= FL_IF;
	put64(r, IDT + 0x80 * 8, gate(K_CS, HANDLER, 0xee)); /* interrupt gate, DPL 3 */
	put(r, HANDLER, "\xcf", 1);
	CODE_BYTES(r, "\xcd\x80\x90");
	step(r, 2);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->cpl, 0);
	assert_int_equal(c->seg[SEG_SS].sel, K_DS);
	assert_int_equal(c->reg[RSP], STACK0 - 20);
	assert_int_equal(get(r, STACK0 - 4, 4), U_DS);
	assert_int_equal(get(r, STACK0 - 8, 4), STACK3);
	assert_int_equal(get(r, STACK0 - 12, 4), 0x202);
	assert_int_equal(get(r, STACK0 - 16, 4), U_CS);
	assert_int_equal(get(r, STACK0 - 20, 4), CODE + 2);
	/* Back out: a ring 0 data segment does not survive. */
	load_seg(r, SEG_ES, K_DS);
	core_reload(r->k);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 2);
	assert_int_equal(c->cpl, 3);
	assert_int_equal(c->reg[RSP], STACK3);
	assert_int_equal(c->seg[SEG_ES].sel, 0);
	assert_int_equal(c->seg[SEG_DS].sel, U_DS);
	assert_int_equal(flags_get(c), 0x202);
}

/* A gate of DPL 0 cannot be called from ring 3: #GP(vector * 8 + 2), pushed
 * with RF set and the address of the INT itself. */
static void test_gate_privilege(void **state)
{
	struct rig *r = *state;

	protected_mode(r, 3);
	put64(r, IDT + 0x40 * 8, gate(K_CS, HANDLER, 0x8e));
	put64(r, IDT + EXC_GP * 8, gate(K_CS, HANDLER, 0x8f));
	CODE_BYTES(r, "\xcd\x40");
	step(r, 1);
	assert_int_equal(r->c->rip, HANDLER);
	assert_int_equal(get(r, STACK0 - 24, 4), 0x40 * 8 + 2);
	assert_int_equal(get(r, STACK0 - 20, 4), CODE);
	assert_int_equal(get(r, STACK0 - 12, 4), 0x10002);
}

static void test_double_fault(void **state)
{
	struct rig *r = *state;

	protected_mode(r, 0);
	put64(r, IDT + EXC_GP * 8, gate(K_CS, HANDLER, 0x0f)); /* not present */
	put64(r, IDT + EXC_DF * 8, gate(K_CS, HANDLER + 8, 0x8f));
	CODE_BYTES(r, "\xb8\xf8\xff\x00\x00\x8e\xd8"); /* mov eax, 0xfff8; mov ds, ax */
	step(r, 2);
	assert_int_equal(r->c->rip, HANDLER + 8);
	assert_int_equal(get(r, r->c->reg[RSP], 4), 0);
	assert_int_equal(get(r, r->c->reg[RSP] + 4, 4), CODE + 5);
	assert_int_equal(r->k->delivering, -1);
}

/* Two parameters travel through a call gate; RETF 8 takes them off both stacks. */
static void test_call_gate(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	protected_mode(r, 3);
	put64(r, GDT + GATE_SEL, gate(K_CS, HANDLER, 0xec) | 2ull << 32);
	put(r, HANDLER, "\xca\x08\x00", 3);
	put64(r, STACK3, 0x2222222211111111);
	CODE_BYTES(r, "\x9a\x00\x00\x00\x00\x43\x00");
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->cpl, 0);
	assert_int_equal(c->reg[RSP], STACK0 - 24);
	assert_int_equal(get(r, STACK0 - 16, 8), 0x2222222211111111);
	assert_int_equal(get(r, STACK0 - 24, 4), CODE + 7);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 7);
	assert_int_equal(c->reg[RSP], STACK3 + 8);
	assert_int_equal(c->cpl, 3);
}

static void test_task_switch(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;
	uint32_t v;

	protected_mode(r, 0);
	v = HANDLER, put(r, TSS_B + 0x20, &v, 4);
	v = 2, put(r, TSS_B + 0x24, &v, 4);
	v = 0xabcd, put(r, TSS_B + 0x28, &v, 4); /* EAX */
	v = STACK3, put(r, TSS_B + 0x38, &v, 4);
	for (unsigned n = 0; n < 6; n++) {
		v = n == SEG_CS ? K_CS : K_DS;
		put(r, TSS_B + 0x48 + 4 * n, &v, 4);
	}
	put(r, HANDLER, "\xcf", 1);
	CODE_BYTES(r, "\x9a\x00\x00\x00\x00\x38\x00\x90"); /* call far TSS_B */
	c->reg[RBX] = 0x1234;
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->reg[RAX], 0xabcd);
	assert_int_equal(c->tr.sel, TSS_B_SEL);
	assert_true(c->eflags & FL_NT);
	assert_true(c->cr0 & CR0_TS);
	assert_int_equal(get(r, TSS_B, 2), TSS_SEL);
	assert_int_equal(get(r, TSS + 0x20, 4), CODE + 7);
	assert_int_equal(get(r, TSS + 0x34, 4), 0x1234);
	assert_int_equal(get(r, GDT + TSS_SEL + 5, 1), 0x8b);
	assert_int_equal(get(r, GDT + TSS_B_SEL + 5, 1), 0x8b);
	step(r, 1); /* iret to the outer task */
	assert_int_equal(c->rip, CODE + 7);
	assert_int_equal(c->reg[RBX], 0x1234);
	assert_int_equal(c->tr.sel, TSS_SEL);
	assert_false(c->eflags & FL_NT);
	assert_int_equal(get(r, GDT + TSS_B_SEL + 5, 1), 0x89);
}

static void test_v86(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;
	static const uint32_t frame[] = {4, 0x1000, 0x23202, 0x800, 0x2000, 0x3000, 0x3100, 0x3200, 0x3300};

	protected_mode(r, 0);
	put64(r, IDT + EXC_GP * 8, gate(K_CS, HANDLER, 0x8e));
	put(r, STACK0 - 0x100, frame, sizeof(frame));
	put(r, 0x10004, "\xfa\xfb\xcd\x21", 4);
	CODE_BYTES(r, "\xcf"); /* iret; the v86 code follows at 1000:0004 */
	step(r, 1);
	assert_true(cpu_v86(c));
	assert_int_equal(c->cpl, 3);
	assert_int_equal(c->seg[SEG_GS].base, 0x33000);
	step(r, 1); /* cli, IOPL 3: allowed */
	assert_false(c->eflags & FL_IF);
	c->eflags &= ~(uint32_t)FL_IOPL;
	step(r, 1); /* sti: #GP(0) */
	assert_int_equal(c->rip, HANDLER);
	assert_false(cpu_v86(c));
	assert_int_equal(c->reg[RSP], STACK0 - 40);
	assert_int_equal(get(r, STACK0 - 4, 4), 0x3300);
	assert_int_equal(get(r, STACK0 - 16, 4), 0x3000);
	assert_int_equal(get(r, STACK0 - 20, 4), 0x2000);
	assert_int_equal(get(r, STACK0 - 36, 4), 5);
	assert_int_equal(c->seg[SEG_DS].sel, 0);
}

static void test_io_bitmap(void **state)
{
	struct rig *r = *state;

	protected_mode(r, 3);
	r->c->tr.limit = 0x100;
	put(r, TSS + 0x66, "\x68\x00", 2);
	put(r, TSS + 0x68 + 0x80 / 8, "\x02", 1); /* port 0x81 denied */
	put64(r, IDT + EXC_GP * 8, gate(K_CS, HANDLER, 0x8e));
	CODE_BYTES(r, "\xe6\x80\x66\xe7\x80"); /* out 0x80, al; out 0x80, ax */
	r->c->reg[RAX] = 0x155;
	step(r, 1);
	assert_int_equal(r->outs, 1);
	assert_int_equal(r->value, 0x55);
	step(r, 1);
	assert_int_equal(r->outs, 1);
	assert_int_equal(r->c->rip, HANDLER);
}

static void test_breakpoint(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	protected_mode(r, 0);
	put64(r, IDT + EXC_DB * 8, gate(K_CS, HANDLER, 0x8e));
	CODE_BYTES(r, "\x0f\x23\xc0\x0f\x23\xfb\x90\xf4"); /* mov dr0, eax; mov dr7, ebx; nop; hlt */
	c->reg[RAX] = CODE + 6;
	c->reg[RBX] = 2;
	step(r, 2);
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->dr[6] & DR6_B, 1);
	assert_int_equal(c->dr[7], 0x402);
}

/* ---- 64-bit mode ---- */

static void test_syscall(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	long_mode(r, 3);
	c->star = (uint64_t)0x3b << 48 | (uint64_t)K_CS << 32;
	c->lstar = HANDLER;
	c->fmask = FL_IF | FL_DF;
	c->eflags |= FL_IF;
	put(r, HANDLER, "\x48\x0f\x07", 3); /* sysretq */
	CODE_BYTES(r, "\x0f\x05");
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->reg[RCX], CODE + 2);
	assert_int_equal(c->reg[R11], 0x202);
	assert_int_equal(flags_get(c), 2);
	assert_int_equal(c->cpl, 0);
	assert_int_equal(c->seg[SEG_SS].sel, K_DS);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 2);
	assert_int_equal(c->seg[SEG_CS].sel, 0x4b);
	assert_int_equal(c->seg[SEG_SS].sel, 0x43);
	assert_int_equal(flags_get(c), 0x202);
}

static void test_long_interrupt(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	long_mode(r, 3);
	put64(r, IDT + 0x20 * 16, gate(K_CS, HANDLER, 0xee));
	put64(r, IDT + 0x21 * 16, gate(K_CS, HANDLER, 0xee) | 1ull << 32); /* IST 1 */
	put(r, HANDLER, "\x48\xcf", 2);
	CODE_BYTES(r, "\xcd\x20\xcd\x21");
	c->reg[RSP] = STACK3 + 5;
	step(r, 2);
	assert_int_equal(c->rip, HANDLER);
	assert_int_equal(c->reg[RSP], STACK0 - 16 - 40); /* aligned down first */
	assert_int_equal(c->seg[SEG_SS].sel, 0);
	assert_int_equal(get(r, STACK0 - 24, 8), U_DS);
	assert_int_equal(get(r, STACK0 - 32, 8), STACK3 + 5);
	assert_int_equal(get(r, STACK0 - 48, 8), U_CS64);
	assert_int_equal(get(r, STACK0 - 56, 8), CODE + 2);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 2);
	assert_int_equal(c->reg[RSP], STACK3 + 5);
	assert_int_equal(c->seg[SEG_SS].sel, U_DS);
	step(r, 2);
	assert_int_equal(c->reg[RSP], (IST1 & ~15) - 40);
}

/* A return address that is not canonical faults in ring 0. */
static void test_sysret_canonical(void **state)
{
	struct rig *r = *state;

	long_mode(r, 0);
	put64(r, IDT + EXC_GP * 16, gate(K_CS, HANDLER, 0x8e));
	r->c->reg[RCX] = 0x0000800000000000;
	CODE_BYTES(r, "\x48\x0f\x07");
	step(r, 1);
	assert_int_equal(r->c->rip, HANDLER);
	assert_int_equal(r->c->cpl, 0);
}

/* A compatibility-mode program is interrupted although IDT, GDT and TSS lie
 * above 4 GiB, where a kernel has them. */
static void test_compat_high_tables(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;
	const uint64_t high = 0xffff800040000000; /* its low half is not mapped */

	long_mode(r, 3);
	put64(r, PML4 + 256 * 8, HIGH_PDPT | 7);
	put64(r, HIGH_PDPT + 8, PD | 7);
	put64(r, IDT + 0x80 * 16, gate(K_CS, (uint32_t)high + HANDLER, 0xee));
	put64(r, IDT + 0x80 * 16 + 8, high >> 32);
	put64(r, TSS + 4, high + STACK0);
	put64(r, TSS + 36, high + IST1);
	c->idt.limit = 0xfff;
	c->idt.base += high;
	c->gdt.base += high;
	c->tr.base += high;
	put(r, HANDLER, "\x48\xcf", 2);
	load_seg(r, SEG_CS, U_CS);
	core_reload(r->k);
	CODE_BYTES(r, "\xcd\x80");
	step(r, 2);
	assert_int_equal(c->rip, high + HANDLER);
	assert_int_equal(c->reg[RSP], high + STACK0 - 40);
	step(r, 1);
	assert_int_equal(c->rip, CODE + 2);
	assert_int_equal(c->seg[SEG_CS].sel, U_CS);
	assert_int_equal(c->reg[RSP], STACK3);
}

static void test_control_checks(void **state)
{
	struct rig *r = *state;
	struct cpu *c = r->c;

	long_mode(r, 0);
	put64(r, IDT + EXC_GP * 16, gate(K_CS, HANDLER, 0x8e));
	c->reg[RAX] = CR0_PE; /* paging off in 64-bit mode */
	CODE_BYTES(r, "\x0f\x22\xc0");
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	c->reg[RAX] = CR4_PAE | 1 << 17; /* PCIDE is not offered */
	CODE_BYTES(r, "\x0f\x22\xe0");
	step(r, 1);
	assert_int_equal(c->rip, HANDLER);
	c->reg[RAX] = CR4_PAE | CR4_PGE | CR4_OSFXSR;
	CODE_BYTES(r, "\x0f\x22\xe0");
	step(r, 1);
	assert_int_equal(c->rip, CODE + 3);
	assert_int_equal(c->cr4, CR4_PAE | CR4_PGE | CR4_OSFXSR);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		TEST(test_cpuid), TEST(test_models), TEST(test_reset), TEST(test_msr), TEST(test_real_int),
		TEST(test_triple_fault), TEST(test_unreal), TEST(test_inner_interrupt), TEST(test_gate_privilege),
		TEST(test_double_fault), TEST(test_call_gate), TEST(test_task_switch), TEST(test_v86),
		TEST(test_io_bitmap), TEST(test_breakpoint), TEST(test_syscall), TEST(test_long_interrupt),
		TEST(test_sysret_canonical), TEST(test_compat_high_tables), TEST(test_control_checks),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
