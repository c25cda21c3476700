/* Far JMP and CALL: directly to a code segment, through call gates (with a
 * change to an inner level), task gates and TSS descriptors (SDM 2A CALL, JMP;
 * SDM 3A 5.8). All is checked before memory is written, and memory before any
 * register. */
#include "engine/cpu/access.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/farstack.h"
#include "engine/cpu/interp/stack.h"
#include "engine/cpu/task.h"

struct far_jump {
	struct core *k;
	uint64_t offset;
	uint64_t next; /* return address */
	uint16_t sel;
	uint8_t size; /* operand size in bytes */
	bool call;
};

static void push_return(const struct far_jump *f, struct far_stack *s, unsigned size)
{
	fstack_push(s, size, f->k->cpu->seg[SEG_CS].sel);
	fstack_push(s, size, f->next);
}

static void far_real(const struct far_jump *f)
{
	struct core *k = f->k;
	struct cpu *c = k->cpu;
	struct far_stack s;

	fstack_current(&s, k, 0);
	if (f->call)
		fstack_reserve(&s, 2u * f->size, f->size);
	if (f->offset > c->seg[SEG_CS].limit)
		core_fault(k, NULL, EXC_GP, 0);
	if (f->call) {
		push_return(f, &s, f->size);
		stack_set_sp(c, s.sp_mask, s.sp);
	}
	if (cpu_v86(c))
		seg_load_v86(c, SEG_CS, f->sel);
	else
		seg_load_real(c, SEG_CS, f->sel);
	core_update_mode(k);
	c->rip = f->offset & k->ip_mask;
}

/* To a code segment on the same level. size: of the pushed values. */
static void far_same(const struct far_jump *f, struct seg_desc *d, uint16_t sel, uint64_t offset, unsigned size)
{
	struct core *k = f->k;
	struct cpu *c = k->cpu;
	struct far_stack s;
	struct cpu_seg cs;

	seg_set_accessed(k, d);
	cs = seg_from_desc(sel, d);
	fstack_current(&s, k, 0);
	if (f->call)
		fstack_reserve(&s, 2 * size, size);
	seg_check_ip(k, &cs, offset, 0);
	if (f->call) {
		push_return(f, &s, size);
		stack_set_sp(c, s.sp_mask, s.sp);
	}
	seg_enter(k, &cs, c->cpl, offset);
}

static void far_code(const struct far_jump *f, struct seg_desc *d)
{
	struct core *k = f->k;
	unsigned cpl = k->cpu->cpl;
	bool ok = desc_conforming(d) ? desc_dpl(d) <= cpl : (f->sel & 3u) <= cpl && desc_dpl(d) == cpl;

	if (!desc_code(d) || !ok || desc_bad_size(k, d))
		seg_raise(k, EXC_GP, f->sel, 0);
	if (!desc_present(d))
		seg_raise(k, EXC_NP, f->sel, 0);
	far_same(f, d, f->sel, f->offset, f->size);
}

/* ---- call gates ---- */

/* To an inner level by a 16- or 32-bit gate: the TSS gives the stack, and
 * `count` parameters move to it. */
static void gate_inner(const struct far_jump *f, struct seg_desc *d, uint16_t sel, uint64_t offset, unsigned size,
		       unsigned count)
{
	struct core *k = f->k;
	struct cpu *c = k->cpu;
	unsigned dpl = desc_dpl(d);
	struct far_stack old, new;
	struct cpu_seg cs, ss;
	uint16_t ss_sel;
	uint32_t esp;

	task_inner_stack(k, dpl, 0, &ss_sel, &esp);
	ss = seg_inner_stack(k, ss_sel, dpl, 0);
	fstack_current(&old, k, 0);
	fstack_segment(&new, k, &ss, esp, dpl, ss_sel & 0xfffcu);
	fstack_reserve(&new, (4 + count) * size, size);
	seg_set_accessed(k, d);
	cs = seg_from_desc(sel, d);
	seg_check_ip(k, &cs, offset, 0);
	fstack_push(&new, size, c->seg[SEG_SS].sel);
	fstack_push(&new, size, c->reg[RSP]);
	while (count--)
		fstack_push(&new, size, fstack_peek(&old, count * size, size));
	push_return(f, &new, size);
	c->seg[SEG_SS] = ss;
	stack_set_sp(c, new.sp_mask, new.sp);
	seg_enter(k, &cs, dpl, offset);
}

static void gate_inner_long(const struct far_jump *f, struct seg_desc *d, uint16_t sel, uint64_t offset)
{
	struct core *k = f->k;
	struct cpu *c = k->cpu;
	unsigned dpl = desc_dpl(d);
	struct far_stack s;
	struct cpu_seg cs;

	fstack_flat(&s, k, task_long_stack(k, TSS64_RSP(dpl), 0), dpl, 0);
	fstack_reserve(&s, 4 * 8, 8);
	seg_set_accessed(k, d);
	cs = seg_from_desc(sel, d);
	seg_check_ip(k, &cs, offset, 0);
	fstack_push(&s, 8, c->seg[SEG_SS].sel);
	fstack_push(&s, 8, c->reg[RSP]);
	push_return(f, &s, 8);
	seg_load_null(c, SEG_SS, (uint16_t)dpl);
	c->seg[SEG_SS].attr = (uint16_t)(dpl << ATTR_DPL_SHIFT);
	c->reg[RSP] = s.sp;
	seg_enter(k, &cs, dpl, offset);
}

static void far_call_gate(const struct far_jump *f, struct seg_desc *gate)
{
	struct core *k = f->k;
	struct cpu *c = k->cpu;
	bool wide = cpu_long(c), is32 = desc_type(gate) & SYS_32BIT;
	uint16_t sel = gate->raw >> 16 & 0xffff;
	uint64_t offset = (gate->raw & 0xffff) | (is32 ? gate->raw >> 32 & 0xffff0000 : 0);
	unsigned size = wide ? 8 : is32 ? 4 : 2;
	struct seg_desc d;
	bool inner;

	if (wide) {
		/* The type field of the upper half must be 0 (SDM 3A figure 5-9). */
		if (!seg_fetch_high(k, f->sel, gate) || (gate->high >> 40 & 0x1f))
			seg_raise(k, EXC_GP, f->sel, 0);
		offset |= gate->high << 32;
	}
	if (sel_null(sel))
		core_fault(k, NULL, EXC_GP, 0);
	if (!seg_fetch(k, sel, &d) || !desc_code(&d) || desc_dpl(&d) > c->cpl)
		seg_raise(k, EXC_GP, sel, 0);
	if (wide && (d.raw >> 53 & 3) != 1) /* L = 1, D = 0 */
		seg_raise(k, EXC_GP, sel, 0);
	inner = !desc_conforming(&d) && desc_dpl(&d) < c->cpl;
	if (inner && !f->call)
		seg_raise(k, EXC_GP, sel, 0);
	if (!desc_present(&d))
		seg_raise(k, EXC_NP, sel, 0);
	if (!inner)
		far_same(f, &d, sel, offset, size);
	else if (wide)
		gate_inner_long(f, &d, sel, offset);
	else
		gate_inner(f, &d, sel, offset, size, gate->raw >> 32 & 31);
}

/* ---- dispatch ---- */

static void far_system(const struct far_jump *f, struct seg_desc *d)
{
	struct core *k = f->k;
	unsigned type = desc_type(d), dpl = desc_dpl(d);
	bool wide = cpu_long(k->cpu);
	bool known = wide ? type == SYS_CALL32
			  : type == SYS_CALL16 || type == SYS_CALL32 || type == SYS_TASK || type == SYS_TSS16 ||
				     type == SYS_TSS32;

	if (!known || dpl < k->cpu->cpl || dpl < (f->sel & 3u))
		seg_raise(k, EXC_GP, f->sel, 0);
	if (!desc_present(d))
		seg_raise(k, EXC_NP, f->sel, 0);
	if (type == SYS_CALL16 || type == SYS_CALL32)
		far_call_gate(f, d);
	else if (type == SYS_TASK)
		task_gate(k, d, f->call ? TASK_CALL : TASK_JMP, f->next, 0);
	else
		task_switch(k, f->sel, f->call ? TASK_CALL : TASK_JMP, f->next, 0);
}

static void far_go(struct core *k, const struct insn *i, uint16_t sel, uint64_t offset, bool call)
{
	struct cpu *c = k->cpu;
	struct far_jump f = {
		.k = k,
		.offset = offset & size_mask(INSN_OSZ(i)),
		.next = insn_next(c, i) & k->ip_mask,
		.sel = sel,
		.size = (uint8_t)(1u << INSN_OSZ(i)),
		.call = call,
	};
	struct seg_desc d;

	if (!cpu_selectors(c)) {
		far_real(&f);
		return;
	}
	if (sel_null(sel))
		FAULT_GP(0);
	if (!seg_fetch(k, sel, &d))
		seg_raise(k, EXC_GP, sel, 0);
	if (desc_system(&d))
		far_system(&f, &d);
	else
		far_code(&f, &d);
}

static void far_go_mem(struct core *k, const struct insn *i, bool call)
{
	unsigned size = 1u << INSN_OSZ(i);
	uint64_t lin, offset;
	uint16_t sel;

	core_sync(k, i);
	lin = lin_read(k, i, size + 2);
	offset = size == 8 ? ld64(k, i, lin) : size == 4 ? ld32(k, i, lin) : ld16(k, i, lin);
	sel = ld16(k, i, (lin + size) & k->lin_mask);
	far_go(k, i, sel, offset, call);
}

void op_callf_imm(struct cpu *c, const struct insn *i, struct core *k)
{
	core_sync(k, i);
	far_go(k, i, (uint16_t)(i->imm64 >> 32), (uint32_t)i->imm64, true);
	END;
}

void op_jmpf_imm(struct cpu *c, const struct insn *i, struct core *k)
{
	core_sync(k, i);
	far_go(k, i, (uint16_t)(i->imm64 >> 32), (uint32_t)i->imm64, false);
	END;
}

void op_callf_mem(struct cpu *c, const struct insn *i, struct core *k)
{
	far_go_mem(k, i, true);
	END;
}

void op_jmpf_mem(struct cpu *c, const struct insn *i, struct core *k)
{
	far_go_mem(k, i, false);
	END;
}
