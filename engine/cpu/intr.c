/* Interrupt and exception delivery through the real-mode vector table, 16- and
 * 32-bit gates, task gates and 64-bit gates; INT n and its relatives. All
 * is checked before memory is written, and memory before any register. */
#include "engine/cpu/intr.h"

#include <stdio.h>

#include "engine/cpu/access.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/farstack.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/task.h"

enum { ERR_EXT = 1, ERR_IDT = 2 }; /* error code bits (SDM 3A figure 6-7) */

struct delivery {
	struct core *k;
	unsigned vector;
	enum intr_kind kind;
	bool has_error;
	uint32_t error;
	uint32_t ext;   /* ERR_EXT, or 0 for INT n */
	uint32_t flags; /* the image to push */
	uint64_t rip;   /* return address to push */
};

struct gate {
	uint64_t offset;
	uint16_t sel;
	uint8_t type, ist;
};

static bool is_soft(const struct delivery *d)
{
	return d->kind == INTR_SOFT || d->kind == INTR_SOFT_TRAP;
}

static _Noreturn void gate_fault(const struct delivery *d, unsigned vector)
{
	core_fault(d->k, NULL, vector, d->vector * 8 + ERR_IDT + d->ext);
}

/* The flags that every entry clears, and IF for interrupt gates. */
static void clear_flags(const struct delivery *d, bool interrupt_gate, uint32_t more)
{
	d->k->cpu->eflags &= ~((uint32_t)FL_TF | FL_RF | more | (interrupt_gate ? (uint32_t)FL_IF : 0));
}

static void push_error(const struct delivery *d, struct far_stack *s, unsigned size)
{
	if (d->has_error)
		fstack_push(s, size, d->error);
}

/* ---- real mode (SDM 3A 20.1.4) ---- */

static void deliver_real(const struct delivery *d)
{
	struct core *k = d->k;
	struct cpu *c = k->cpu;
	struct far_stack s;
	uint32_t entry;

	if (d->vector * 4 + 3 > c->idt.limit)
		gate_fault(d, EXC_GP);
	entry = (uint32_t)sys_load(k, sys_lin(k, c->idt.base + d->vector * 4), 4);
	fstack_current(&s, k, d->ext);
	fstack_reserve(&s, 3 * 2, 2);
	if ((entry & 0xffff) > c->seg[SEG_CS].limit)
		core_fault(k, NULL, EXC_GP, d->ext);
	fstack_push(&s, 2, d->flags);
	fstack_push(&s, 2, c->seg[SEG_CS].sel);
	fstack_push(&s, 2, d->rip);
	stack_set_sp(c, s.sp_mask, s.sp);
	clear_flags(d, true, FL_AC);
	seg_load_real(c, SEG_CS, entry >> 16);
	core_update_mode(k);
	c->rip = entry & 0xffff;
}

/* ---- gates ---- */

static void read_gate(const struct delivery *d, bool wide, struct gate *g, struct seg_desc *raw)
{
	struct cpu *c = d->k->cpu;
	unsigned size = wide ? 16 : 8;
	uint64_t lin = sys_lin(d->k, c->idt.base + d->vector * size);

	if (d->vector * size + size - 1 > c->idt.limit)
		gate_fault(d, EXC_GP);
	*raw = (struct seg_desc){.raw = sys_load(d->k, lin, 8), .lin = lin};
	if (wide)
		raw->high = sys_load(d->k, sys_lin(d->k, lin + 8), 8);
	g->type = (uint8_t)desc_type(raw);
	g->sel = raw->raw >> 16 & 0xffff;
	g->ist = raw->raw >> 32 & 7;
	g->offset = (raw->raw & 0xffff) | (raw->raw >> 32 & 0xffff0000) | raw->high << 32;
	if (!(g->type & SYS_32BIT))
		g->offset &= 0xffff;
	if (!desc_system(raw))
		gate_fault(d, EXC_GP);
}

static void check_gate(const struct delivery *d, const struct seg_desc *raw)
{
	if (is_soft(d) && desc_dpl(raw) < d->k->cpu->cpl)
		gate_fault(d, EXC_GP);
	if (!desc_present(raw))
		gate_fault(d, EXC_NP);
}

/* The handler's code segment, checked; its level goes to *dpl. */
static struct cpu_seg gate_code(const struct delivery *d, const struct gate *g, bool wide, unsigned *dpl)
{
	struct core *k = d->k;
	struct cpu *c = k->cpu;
	struct seg_desc cs;

	if (sel_null(g->sel))
		core_fault(k, NULL, EXC_GP, d->ext);
	if (!seg_fetch(k, g->sel, &cs) || !desc_code(&cs) || desc_dpl(&cs) > c->cpl)
		seg_raise(k, EXC_GP, g->sel, d->ext);
	if (wide && (cs.raw >> 53 & 3) != 1) /* L = 1, D = 0 */
		seg_raise(k, EXC_GP, g->sel, d->ext);
	if (!desc_present(&cs))
		seg_raise(k, EXC_NP, g->sel, d->ext);
	*dpl = desc_conforming(&cs) ? c->cpl : desc_dpl(&cs);
	if (cpu_v86(c) && *dpl != 0)
		seg_raise(k, EXC_GP, g->sel, d->ext);
	seg_set_accessed(k, &cs);
	return seg_from_desc(g->sel, &cs);
}

static void push_frame(const struct delivery *d, struct far_stack *s, unsigned size)
{
	fstack_push(s, size, d->flags);
	fstack_push(s, size, d->k->cpu->seg[SEG_CS].sel);
	fstack_push(s, size, d->rip);
	push_error(d, s, size);
}

/* ---- protected mode, 16- and 32-bit gates (SDM 3A 6.12.1) ---- */

static void leave_v86(struct cpu *c)
{
	static const uint8_t segs[] = {SEG_ES, SEG_DS, SEG_FS, SEG_GS};

	for (unsigned n = 0; n < ARRAY_LEN(segs); n++)
		seg_load_null(c, segs[n], 0);
}

static void deliver_inner(const struct delivery *d, const struct gate *g, const struct cpu_seg *cs, unsigned dpl,
			  unsigned size)
{
	static const uint8_t v86_order[] = {SEG_GS, SEG_FS, SEG_DS, SEG_ES};
	struct core *k = d->k;
	struct cpu *c = k->cpu;
	struct cpu_seg ss;
	struct far_stack s;
	uint16_t sel;
	uint32_t esp;
	bool v86 = cpu_v86(c);

	task_inner_stack(k, dpl, d->ext, &sel, &esp);
	ss = seg_inner_stack(k, sel, dpl, d->ext);
	fstack_segment(&s, k, &ss, esp, dpl, (sel & 0xfffcu) | d->ext);
	fstack_reserve(&s, (5 + d->has_error + (v86 ? 4 : 0)) * size, size);
	seg_check_ip(k, cs, g->offset, d->ext);
	for (unsigned n = 0; v86 && n < ARRAY_LEN(v86_order); n++)
		fstack_push(&s, size, c->seg[v86_order[n]].sel);
	fstack_push(&s, size, c->seg[SEG_SS].sel);
	fstack_push(&s, size, c->reg[RSP]);
	push_frame(d, &s, size);

	if (v86)
		leave_v86(c);
	clear_flags(d, !(g->type & 1), FL_NT | FL_VM);
	c->seg[SEG_SS] = ss;
	stack_set_sp(c, s.sp_mask, s.sp);
	seg_enter(k, cs, dpl, g->offset);
}

static void deliver_same(const struct delivery *d, const struct gate *g, const struct cpu_seg *cs, unsigned size)
{
	struct core *k = d->k;
	struct cpu *c = k->cpu;
	struct far_stack s;

	fstack_current(&s, k, d->ext);
	fstack_reserve(&s, (3u + d->has_error) * size, size);
	seg_check_ip(k, cs, g->offset, d->ext);
	push_frame(d, &s, size);
	clear_flags(d, !(g->type & 1), FL_NT);
	stack_set_sp(c, s.sp_mask, s.sp);
	seg_enter(k, cs, c->cpl, g->offset);
}

static void deliver_task(const struct delivery *d, const struct seg_desc *gate)
{
	struct core *k = d->k;
	struct cpu *c = k->cpu;
	struct far_stack s;

	task_gate(k, gate, TASK_INTR, d->rip, d->ext);
	if (!d->has_error)
		return;
	fstack_current(&s, k, d->ext);
	push_error(d, &s, c->tr.attr & SYS_32BIT ? 4 : 2);
	stack_set_sp(c, s.sp_mask, s.sp);
}

static void deliver_protected(const struct delivery *d)
{
	struct seg_desc raw;
	struct cpu_seg cs;
	struct gate g;
	unsigned dpl, size;

	read_gate(d, false, &g, &raw);
	if (g.type != SYS_TASK && (g.type & 6) != 6)
		gate_fault(d, EXC_GP);
	check_gate(d, &raw);
	if (g.type == SYS_TASK) {
		deliver_task(d, &raw);
		return;
	}
	size = g.type & SYS_32BIT ? 4 : 2;
	cs = gate_code(d, &g, false, &dpl);
	if (dpl < d->k->cpu->cpl)
		deliver_inner(d, &g, &cs, dpl, size);
	else
		deliver_same(d, &g, &cs, size);
}

/* ---- IA-32e mode (SDM 3A 6.14) ---- */

static void deliver_long(const struct delivery *d)
{
	struct core *k = d->k;
	struct cpu *c = k->cpu;
	struct far_stack s;
	struct seg_desc raw;
	struct cpu_seg cs;
	struct gate g;
	unsigned dpl;
	uint64_t rsp = c->reg[RSP];
	bool inner;

	read_gate(d, true, &g, &raw);
	if (g.type != SYS_INTR32 && g.type != SYS_TRAP32)
		gate_fault(d, EXC_GP);
	check_gate(d, &raw);
	cs = gate_code(d, &g, true, &dpl);
	inner = dpl < c->cpl;
	if (g.ist)
		rsp = task_long_stack(k, TSS64_IST(g.ist), d->ext);
	else if (inner)
		rsp = task_long_stack(k, TSS64_RSP(dpl), d->ext);
	fstack_flat(&s, k, rsp & ~15ull, dpl, d->ext);
	fstack_reserve(&s, (5u + d->has_error) * 8, 8);
	seg_check_ip(k, &cs, g.offset, d->ext);
	fstack_push(&s, 8, c->seg[SEG_SS].sel);
	fstack_push(&s, 8, c->reg[RSP]);
	push_frame(d, &s, 8);

	clear_flags(d, g.type == SYS_INTR32, FL_NT);
	c->reg[RSP] = s.sp;
	if (inner) {
		seg_load_null(c, SEG_SS, (uint16_t)dpl);
		c->seg[SEG_SS].attr = (uint16_t)(dpl << ATTR_DPL_SHIFT);
	}
	seg_enter(k, &cs, dpl, g.offset);
}

/* ---- common ---- */

static void trace_delivery(const struct delivery *d)
{
	static const char *const name[] = {"external", "nmi", "int", "trap", "icebp", "exception"};
	const struct cpu *c = d->k->cpu;
	char text[160];

	if (LIKELY(!d->k->trace_int) || !d->k->bus->trace)
		return;
	snprintf(text, sizeof(text), "%s %02x error %x at %04x:%llx cpl %u cr2 %llx rax %llx", name[d->kind], d->vector,
		 d->has_error ? d->error : 0, c->seg[SEG_CS].sel, (unsigned long long)d->rip, c->cpl,
		 (unsigned long long)c->cr2, (unsigned long long)c->reg[RAX]);
	d->k->bus->trace(d->k->owner, "int", text);
}

static void delivered(const struct delivery *d)
{
	struct core *k = d->k;
	struct cpu *c = k->cpu;

	k->delivering = -1;
	c->attn &= ~(uint32_t)(ATTN_HALT | ATTN_SHADOW | ATTN_SS_SHADOW | ATTN_REP);
	if (d->kind == INTR_NMI)
		c->attn |= ATTN_NMI_BLOCK;
	if (d->vector == EXC_DB && (d->kind == INTR_FAULT || d->kind == INTR_ICEBP)) {
		/* The handler may touch the debug registers (SDM 3B 18.2.4, 18.4.2). */
		c->dr[7] &= ~(uint64_t)DR7_GD;
		c->debugctl &= ~(uint64_t)(DEBUGCTL_LBR | DEBUGCTL_BTF);
	}
	/* A delivery is one count: in the value, and in the budget of the block it ends. */
	c->count++;
	k->budget--;
}

static void deliver(const struct delivery *d)
{
	struct cpu *c = d->k->cpu;

	trace_delivery(d);
	if (!cpu_protected(c))
		deliver_real(d);
	else if (cpu_long(c))
		deliver_long(d);
	else
		deliver_protected(d);
	delivered(d);
}

/* RF in the pushed image lets the handler restart a faulting instruction past
 * its breakpoint (SDM 3B 18.3.1.1), and one that stands between two iterations;
 * traps and aborts push it as it is. */
static bool pushes_rf(unsigned vector)
{
	return vector != EXC_DB && vector != EXC_BP && vector != EXC_OF && vector != EXC_DF && vector != EXC_MC;
}

void intr_deliver(struct core *k, unsigned vector, enum intr_kind kind, bool has_error, uint32_t error)
{
	struct cpu *c = k->cpu;
	struct delivery d = {
		.k = k,
		.vector = vector & 0xff,
		.kind = kind,
		.has_error = has_error,
		.error = error,
		.flags = flags_get(c),
		.rip = c->rip,
	};

	d.ext = is_soft(&d) ? 0 : ERR_EXT;
	if ((kind == INTR_FAULT && pushes_rf(d.vector)) || (c->attn & ATTN_REP))
		d.flags |= FL_RF;
	if (kind == INTR_NMI)
		c->attn &= ~(uint32_t)ATTN_NMI;
	/* Only exceptions escalate to #DF; interrupts are "benign" (table 6-5). */
	k->delivering = kind == INTR_FAULT ? (int)d.vector : -1;
	deliver(&d);
}

static bool contributory(unsigned vector)
{
	return vector == EXC_DE || (vector >= EXC_TS && vector <= EXC_GP);
}

void intr_exception(struct core *k)
{
	int first = k->delivering;
	unsigned second = k->exc.vector;
	bool serious = contributory(second) || second == EXC_PF;

	if (first == EXC_DF && serious) {
		k->delivering = -1;
		k->cpu->attn |= ATTN_SHUTDOWN;
		if (k->trace_int && k->bus->trace)
			k->bus->trace(k->owner, "int", "triple fault: shutdown");
		return;
	}
	if ((first >= 0 && contributory((unsigned)first) && contributory(second)) || (first == EXC_PF && serious))
		intr_deliver(k, EXC_DF, INTR_FAULT, true, 0);
	else
		intr_deliver(k, second, INTR_FAULT, k->exc.has_error, k->exc.error);
}

void intr_software(struct core *k, const struct insn *i, unsigned vector, enum intr_kind kind)
{
	struct cpu *c = k->cpu;
	struct delivery d = {
		.k = k,
		.vector = vector,
		.kind = kind,
		.ext = kind == INTR_ICEBP ? ERR_EXT : 0,
		.flags = flags_get(c) & ~(uint32_t)FL_RF,
		.rip = insn_next(c, i) & k->ip_mask,
	};

	k->delivering = -1;
	if (kind == INTR_ICEBP)
		debug_drop(c); /* an exception of its own; the others keep what is due into the handler */
	deliver(&d);
}
