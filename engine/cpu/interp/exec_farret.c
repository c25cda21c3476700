/* Far RET and IRET in all modes (SDM 2A): same level, outer level, to
 * virtual-8086 mode, and back to a nested task. Everything is popped and
 * checked before any register changes. */
#include "engine/cpu/access.h"
#include "engine/cpu/control_regs.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/farstack.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/interp/stack.h"
#include "engine/cpu/task.h"

struct far_return {
	struct core *k;
	struct far_stack s;
	uint64_t rip;
	struct cpu_seg cs;
	unsigned size; /* operand size in bytes */
	unsigned imm;  /* RET n */
	bool iret;
	uint32_t flags, flags_mask; /* IRET */
};

static void load_flags(const struct far_return *r)
{
	if (r->iret)
		flags_load(r->k->cpu, r->flags, r->flags_mask);
}

/* Real and virtual-8086 mode; everything is popped already. */
static void return_real(const struct far_return *r, uint16_t sel)
{
	struct core *k = r->k;
	struct cpu *c = k->cpu;

	if (r->rip > c->seg[SEG_CS].limit)
		core_fault(k, NULL, EXC_GP, 0);
	stack_set_sp(c, r->s.sp_mask, r->s.sp + r->imm);
	load_flags(r);
	if (cpu_v86(c))
		seg_load_v86(c, SEG_CS, sel);
	else
		seg_load_real(c, SEG_CS, sel);
	core_update_mode(k);
	c->rip = r->rip & k->ip_mask;
}

static void check_cs(struct far_return *r, uint16_t sel)
{
	struct core *k = r->k;
	unsigned rpl = sel & 3;
	struct seg_desc d;

	if (sel_null(sel))
		core_fault(k, NULL, EXC_GP, 0);
	if (!seg_fetch(k, sel, &d) || !desc_code(&d) || rpl < k->cpu->cpl || desc_bad_size(k, &d))
		seg_raise(k, EXC_GP, sel, 0);
	if (desc_conforming(&d) ? desc_dpl(&d) > rpl : desc_dpl(&d) != rpl)
		seg_raise(k, EXC_GP, sel, 0);
	if (!desc_present(&d))
		seg_raise(k, EXC_NP, sel, 0);
	seg_set_accessed(k, &d);
	r->cs = seg_from_desc(sel, &d);
}

static void check_ss(const struct far_return *r, uint16_t sel, bool to64, struct cpu_seg *ss)
{
	struct core *k = r->k;
	unsigned rpl = r->cs.sel & 3;
	struct seg_desc d;

	if (sel_null(sel)) {
		/* 64-bit code inside ring 3 runs well without a stack segment. */
		if (!to64 || rpl == 3 || (sel & 3u) != rpl)
			core_fault(k, NULL, EXC_GP, 0);
		*ss = (struct cpu_seg){.sel = sel, .attr = (uint16_t)(rpl << ATTR_DPL_SHIFT)};
		return;
	}
	if (!seg_fetch(k, sel, &d) || (sel & 3u) != rpl || !desc_writable(&d) || desc_dpl(&d) != rpl)
		seg_raise(k, EXC_GP, sel, 0);
	if (!desc_present(&d))
		seg_raise(k, EXC_SS, sel, 0);
	seg_set_accessed(k, &d);
	*ss = seg_from_desc(sel, &d);
}

/* SS:RSP come from the stack too. */
static void return_with_stack(struct far_return *r)
{
	struct core *k = r->k;
	struct cpu *c = k->cpu;
	unsigned rpl = r->cs.sel & 3;
	bool to64 = cpu_long(c) && (r->cs.attr & ATTR_L), outer = rpl > c->cpl;
	struct cpu_seg ss;
	uint64_t rsp, mask;
	uint16_t sel;

	r->s.sp = (r->s.sp + r->imm) & r->s.sp_mask;
	rsp = fstack_pop(&r->s, r->size);
	sel = (uint16_t)fstack_pop(&r->s, r->size);
	check_ss(r, sel, to64, &ss);
	seg_check_ip(k, &r->cs, r->rip, 0);
	mask = to64 ? ~0ull : seg_sp_mask(&ss);

	load_flags(r);
	c->seg[SEG_SS] = ss;
	stack_set_sp(c, mask, rsp + r->imm);
	seg_enter(k, &r->cs, rpl, r->rip);
	if (outer)
		seg_drop_inner(k);
}

static void return_same(struct far_return *r)
{
	struct core *k = r->k;
	struct cpu *c = k->cpu;

	seg_check_ip(k, &r->cs, r->rip, 0);
	load_flags(r);
	stack_set_sp(c, r->s.sp_mask, r->s.sp + r->imm);
	seg_enter(k, &r->cs, c->cpl, r->rip);
}

void op_retf(struct cpu *c, const struct insn *i, struct core *k)
{
	struct far_return r = {.k = k, .size = 1u << INSN_OSZ(i), .imm = (uint16_t)i->imm};
	uint16_t sel;

	core_sync(k, i);
	fstack_current(&r.s, k, 0);
	r.rip = fstack_pop(&r.s, r.size);
	sel = (uint16_t)fstack_pop(&r.s, r.size);
	if (!cpu_selectors(c)) {
		return_real(&r, sel);
		END;
	}
	check_cs(&r, sel);
	if ((sel & 3u) > c->cpl)
		return_with_stack(&r);
	else
		return_same(&r);
	END;
}

/* ---- IRET ---- */

/* From ring 0 with VM set in the image: nine doublewords (SDM 3A 20.2.1). */
static void return_v86(struct far_return *r, uint16_t cs)
{
	static const uint8_t order[] = {SEG_SS, SEG_ES, SEG_DS, SEG_FS, SEG_GS};
	struct core *k = r->k;
	struct cpu *c = k->cpu;
	uint16_t sel[ARRAY_LEN(order)];
	uint32_t esp = (uint32_t)fstack_pop(&r->s, 4);

	for (unsigned n = 0; n < ARRAY_LEN(order); n++)
		sel[n] = (uint16_t)fstack_pop(&r->s, 4);
	if (r->rip > 0xffff)
		core_fault(k, NULL, EXC_GP, 0);
	flags_load(c, r->flags, EFLAGS_WRITABLE | FL_VM);
	for (unsigned n = 0; n < ARRAY_LEN(order); n++)
		seg_load_v86(c, order[n], sel[n]);
	seg_load_v86(c, SEG_CS, cs);
	c->reg[RSP] = esp;
	c->cpl = 3;
	core_update_mode(k);
	c->rip = r->rip;
}

static void iret_protected(struct far_return *r, uint16_t cs)
{
	struct core *k = r->k;
	struct cpu *c = k->cpu;

	if ((r->flags & FL_VM) && c->cpl == 0 && r->size == 4 && !cpu_long(c)) {
		return_v86(r, cs);
		return;
	}
	check_cs(r, cs);
	/* 64-bit mode always pops the stack pointer (SDM 3A 6.14.3). */
	if (core_code64(k) || (cs & 3u) > c->cpl)
		return_with_stack(r);
	else
		return_same(r);
}

void op_iret(struct cpu *c, const struct insn *i, struct core *k)
{
	struct far_return r = {.k = k, .size = 1u << INSN_OSZ(i), .iret = true};
	uint16_t cs;

	core_sync(k, i);
	if (cpu_v86(c) && cpu_iopl(c) < 3)
		FAULT_GP(0);
	c->attn &= ~(uint32_t)ATTN_NMI_BLOCK; /* even if it faults later (SDM 3A 6.7.1) */
	if (cpu_selectors(c) && (c->eflags & FL_NT)) {
		if (cpu_long(c))
			FAULT_GP(0);
		task_return(k, insn_next(c, i) & k->ip_mask);
		END;
	}
	fstack_current(&r.s, k, 0);
	r.rip = fstack_pop(&r.s, r.size);
	cs = (uint16_t)fstack_pop(&r.s, r.size);
	r.flags = (uint32_t)fstack_pop(&r.s, r.size);
	r.flags_mask = flags_loadable(c, r.size) | (r.size > 2 ? (uint32_t)FL_RF : 0);
	if (cpu_selectors(c))
		iret_protected(&r, cs);
	else
		return_real(&r, cs);
	END;
}
