/* Hardware task switches; see task.h. Order of steps as SDM 3A 8.3: all reads
 * and probes first, so that nothing is half saved when a page is missing. */
#include "engine/cpu/task.h"

#include "engine/cpu/access.h"
#include "engine/cpu/control_regs.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/flags.h"

/* Layouts: byte offsets (SDM 3A figures 8-2 and 8-10). */
struct tss_layout {
	uint8_t word; /* bytes of a general register */
	uint8_t eip, eflags, gpr, seg, seg_step, segs, ldt;
	uint8_t save_end; /* first byte after what a switch saves */
	uint8_t limit;    /* least acceptable limit */
};

static const struct tss_layout tss16 = {2, 0x0e, 0x10, 0x12, 0x22, 2, 4, 0x2a, 0x2a, 0x2b};
static const struct tss_layout tss32 = {4, 0x20, 0x24, 0x28, 0x48, 4, 6, 0x60, 0x60, 0x67};
enum { TSS32_CR3 = 0x1c, TSS32_TRAP = 0x64 };

struct task_state {
	uint32_t cr3, eip, eflags;
	uint32_t gpr[8];
	uint16_t seg[CPU_SEGS];
	uint16_t ldt;
	bool trap;
};

static const struct tss_layout *tss_layout(unsigned type)
{
	return type & SYS_32BIT ? &tss32 : &tss16;
}

static uint64_t tss_lin(struct core *k, uint64_t base, unsigned offset)
{
	return sys_lin(k, base + offset);
}

static void task_read(struct core *k, const struct tss_layout *t, uint64_t base, struct task_state *s)
{
	*s = (struct task_state){.eip = (uint32_t)sys_load(k, tss_lin(k, base, t->eip), t->word)};
	s->eflags = (uint32_t)sys_load(k, tss_lin(k, base, t->eflags), t->word);
	for (unsigned n = 0; n < 8; n++) {
		s->gpr[n] = (uint32_t)sys_load(k, tss_lin(k, base, t->gpr + n * t->word), t->word);
		/* The upper halves after a 16-bit switch are undefined; processors leave ones. */
		if (t->word == 2)
			s->gpr[n] |= 0xffff0000;
	}
	for (unsigned n = 0; n < t->segs; n++)
		s->seg[n] = (uint16_t)sys_load(k, tss_lin(k, base, t->seg + n * t->seg_step), 2);
	s->ldt = (uint16_t)sys_load(k, tss_lin(k, base, t->ldt), 2);
	if (t->word == 4) {
		s->cr3 = (uint32_t)sys_load(k, tss_lin(k, base, TSS32_CR3), 4);
		s->trap = sys_load(k, tss_lin(k, base, TSS32_TRAP), 2) & 1;
	}
}

static void task_write(struct core *k, const struct tss_layout *t, uint64_t base, uint32_t eip, uint32_t eflags)
{
	struct cpu *c = k->cpu;

	sys_store(k, tss_lin(k, base, t->eip), eip, t->word);
	sys_store(k, tss_lin(k, base, t->eflags), eflags, t->word);
	for (unsigned n = 0; n < 8; n++)
		sys_store(k, tss_lin(k, base, t->gpr + n * t->word), c->reg[n], t->word);
	for (unsigned n = 0; n < t->segs; n++)
		sys_store(k, tss_lin(k, base, t->seg + n * t->seg_step), c->seg[n].sel, 2);
}

static void probe(struct core *k, uint64_t base, unsigned from, unsigned end)
{
	/* At most two pages: the ends decide. */
	priv_probe_write(k, tss_lin(k, base, from), 1, false);
	priv_probe_write(k, tss_lin(k, base, end - 1), 1, false);
}

/* The byte of a TSS descriptor that holds its type. */
static uint64_t busy_lin(struct core *k, uint16_t sel)
{
	return sys_lin(k, k->cpu->gdt.base + (sel & 0xfff8u) + 5);
}

static void set_busy(struct core *k, uint16_t sel, bool busy)
{
	uint64_t lin = busy_lin(k, sel);
	uint64_t v = sys_load(k, lin, 1);

	sys_store(k, lin, busy ? v | SYS_BUSY : v & ~(uint64_t)SYS_BUSY, 1);
}

/* The new task's code segment; faults are #TS of the new task. */
static void load_cs(struct core *k, uint16_t sel, uint32_t ext)
{
	struct cpu *c = k->cpu;
	struct seg_desc d;
	unsigned rpl = sel & 3;

	if (sel_null(sel) || !seg_fetch(k, sel, &d) || !desc_code(&d))
		seg_raise(k, EXC_TS, sel, ext);
	if (desc_conforming(&d) ? desc_dpl(&d) > rpl : desc_dpl(&d) != rpl)
		seg_raise(k, EXC_TS, sel, ext);
	if (!desc_present(&d))
		seg_raise(k, EXC_NP, sel, ext);
	seg_set_accessed(k, &d);
	c->seg[SEG_CS] = seg_from_desc(sel, &d);
}

/* Descriptors of the new task, loaded in the new task's context. */
static void load_segments(struct core *k, const struct task_state *s, uint32_t ext)
{
	static const uint8_t data[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};
	struct cpu *c = k->cpu;

	seg_load_ldt(k, s->ldt, true, ext);
	if (!cpu_v86(c)) {
		load_cs(k, s->seg[SEG_CS], ext);
		core_update_mode(k);
		c->seg[SEG_SS] = seg_inner_stack(k, s->seg[SEG_SS], c->cpl, ext);
		for (unsigned n = 0; n < ARRAY_LEN(data); n++)
			seg_load_data(k, data[n], s->seg[data[n]], EXC_TS, ext);
	}
	core_update_mode(k);
	seg_check_ip(k, &c->seg[SEG_CS], s->eip, ext);
}

/* Registers of the new task; segment registers are not usable yet, except in
 * virtual-8086 mode, where selectors are all there is. */
static void commit_state(struct core *k, const struct tss_layout *t, const struct task_state *s)
{
	struct cpu *c = k->cpu;

	c->cr0 |= CR0_TS;
	c->rip = s->eip;
	flags_set(c, (s->eflags & (EFLAGS_WRITABLE | FL_VM)) | FL_1);
	for (unsigned n = 0; n < 8; n++)
		c->reg[n] = s->gpr[n];
	c->cpl = cpu_v86(c) ? 3 : s->seg[SEG_CS] & 3;
	for (unsigned n = 0; n < CPU_SEGS; n++) {
		if (cpu_v86(c))
			seg_load_v86(c, n, s->seg[n]);
		else
			seg_load_null(c, n, s->seg[n]);
	}
	c->ldt = (struct cpu_seg){.sel = s->ldt};
	c->dr[7] &= ~(uint64_t)DR7_LOCAL;
	core_update_mode(k);
	if (t->word == 4 && (c->cr0 & CR0_PG) && c->cr3 != s->cr3)
		control_write_cr3(k, s->cr3);
}

static void switch_to(struct core *k, uint16_t sel, const struct seg_desc *d, enum task_kind kind, uint64_t rip,
		      uint32_t ext)
{
	struct cpu *c = k->cpu;
	struct cpu_seg tr = seg_from_desc(sel, d);
	const struct tss_layout *new = tss_layout(desc_type(d)), *old = tss_layout(c->tr.attr & ATTR_TYPE);
	uint64_t old_base = c->tr.base;
	uint32_t eflags = flags_get(c);
	bool nested = kind == TASK_CALL || kind == TASK_INTR;
	struct task_state s;

	task_read(k, new, tr.base, &s);
	probe(k, old_base, old->eip, old->save_end);
	priv_probe_write(k, busy_lin(k, c->tr.sel), 1, false);
	priv_probe_write(k, busy_lin(k, sel), 1, false);
	if (nested) {
		priv_probe_write(k, tss_lin(k, tr.base, 0), 2, false);
		s.eflags |= FL_NT;
	}
	if (kind == TASK_IRET)
		eflags &= ~(uint32_t)FL_NT;

	if (!nested)
		set_busy(k, c->tr.sel, false);
	task_write(k, old, old_base, (uint32_t)rip, eflags);
	if (nested)
		sys_store(k, tss_lin(k, tr.base, 0), c->tr.sel, 2);
	if (kind != TASK_IRET)
		set_busy(k, sel, true);
	tr.attr |= SYS_BUSY;
	c->tr = tr;
	commit_state(k, new, &s);
	load_segments(k, &s, ext);
	if (s.trap) {
		debug_due(c, DR6_BT);
	}
}

void task_switch(struct core *k, uint16_t sel, enum task_kind kind, uint64_t rip, uint32_t ext)
{
	unsigned bad = kind == TASK_IRET ? EXC_TS : EXC_GP;
	struct seg_desc d;
	unsigned want = kind == TASK_IRET ? SYS_TSS16_BUSY : SYS_TSS16;

	if (sel_null(sel) || (sel & 4) || !seg_fetch(k, sel, &d))
		seg_raise(k, bad, sel, ext);
	if (!desc_system(&d) || (desc_type(&d) & ~(unsigned)SYS_32BIT) != want)
		seg_raise(k, bad, sel, ext);
	if (!desc_present(&d))
		seg_raise(k, EXC_NP, sel, ext);
	if (seg_from_desc(sel, &d).limit < tss_layout(desc_type(&d))->limit)
		seg_raise(k, EXC_TS, sel, ext);
	switch_to(k, sel, &d, kind, rip, ext);
}

void task_gate(struct core *k, const struct seg_desc *gate, enum task_kind kind, uint64_t rip, uint32_t ext)
{
	task_switch(k, gate->raw >> 16 & 0xffff, kind, rip, ext);
}

void task_return(struct core *k, uint64_t rip)
{
	uint16_t link = (uint16_t)sys_load(k, tss_lin(k, k->cpu->tr.base, 0), 2);

	task_switch(k, link, TASK_IRET, rip, 0);
}

void task_inner_stack(struct core *k, unsigned dpl, uint32_t ext, uint16_t *ss, uint32_t *esp)
{
	struct cpu *c = k->cpu;
	bool is32 = c->tr.attr & SYS_32BIT;
	unsigned offset = is32 ? dpl * 8 + 4 : dpl * 4 + 2, word = is32 ? 4 : 2;

	if (offset + word + 1 > c->tr.limit)
		seg_raise(k, EXC_TS, c->tr.sel, ext);
	*esp = (uint32_t)sys_load(k, tss_lin(k, c->tr.base, offset), word);
	*ss = (uint16_t)sys_load(k, tss_lin(k, c->tr.base, offset + word), 2);
}

uint64_t task_long_stack(struct core *k, unsigned offset, uint32_t ext)
{
	struct cpu *c = k->cpu;

	if (offset + 7 > c->tr.limit)
		seg_raise(k, EXC_TS, c->tr.sel, ext);
	return sys_load(k, tss_lin(k, c->tr.base, offset), 8);
}
