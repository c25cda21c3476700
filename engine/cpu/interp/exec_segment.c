/* Instructions that move segment registers: MOV Sreg, PUSH and POP Sreg, LDS
 * and its kin, SWAPGS. */
#include "engine/cpu/access.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/seg.h"
#include "engine/cpu/interp/stack.h"

/* A load of SS holds off interrupts and debug traps until the stack pointer,
 * which the next instruction loads, belongs to it (SDM 3A 6.8.3). */
static void after_load(struct cpu *c, unsigned seg)
{
	if (seg == SEG_SS)
		c->attn |= ATTN_SHADOW | ATTN_SS_SHADOW;
}

void op_mov_sreg_e(struct cpu *c, const struct insn *i, struct core *k)
{
	unsigned seg = i->reg;

	if (seg == SEG_CS || seg >= CPU_SEGS)
		core_fault(k, i, EXC_UD, 0);
	core_sync(k, i);
	seg_load(k, seg, operand16(k, i));
	after_load(c, seg);
	END_NEXT;
}

void op_mov_e_sreg(struct cpu *c, const struct insn *i, struct core *k)
{
	if (i->reg >= CPU_SEGS)
		core_fault(k, i, EXC_UD, 0);
	put_selector(k, i, c->seg[i->reg].sel);
	NEXT;
}

void op_push_sreg(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t sp = c->reg[RSP] - 4;

	if (INSN_OSZ(i) != 2) {
		stack_push(k, i, 1u << INSN_OSZ(i), c->seg[i->reg].sel);
		NEXT;
	}
	/* A 32-bit push moves 16 bits and leaves the upper half of the stack
	 * slot alone, on all recent Intel processors (SDM 2B "PUSH"). */
	st16(k, i, stack_lin(k, i, sp, 2, true), c->seg[i->reg].sel);
	set_sp(k, sp);
	NEXT;
}

/* The stack pointer moves by the width that the old SS had. */
void op_pop_sreg(struct cpu *c, const struct insn *i, struct core *k)
{
	unsigned size = 1u << INSN_OSZ(i), seg = i->reg;
	uint64_t mask = k->sp_mask;
	uint16_t sel;

	if (seg == SEG_CS || seg >= CPU_SEGS)
		core_fault(k, i, EXC_UD, 0);
	core_sync(k, i);
	sel = (uint16_t)stack_top(k, i, 2); /* the rest of the slot is not read */
	seg_load(k, seg, sel);
	stack_set_sp(c, mask, c->reg[RSP] + size);
	after_load(c, seg);
	END_NEXT;
}

/* LES, LDS, LSS, LFS, LGS. */
void op_lxs(struct cpu *c, const struct insn *i, struct core *k)
{
	unsigned size = 1u << INSN_OSZ(i), seg = (unsigned)i->imm;
	uint64_t ea = insn_ea(c, i), lin, offset;
	uint16_t sel;

	core_sync(k, i);
	/* Two accesses: the second wraps by itself at the end of a segment. */
	lin = lin_seg(k, i, i->seg, ea, size, false);
	offset = size == 8 ? ld64(k, i, lin) : size == 4 ? ld32(k, i, lin) : ld16(k, i, lin);
	sel = ld16(k, i, lin_seg(k, i, i->seg, (ea + size) & size_mask(INSN_ASZ(i)), 2, false));
	seg_load(k, seg, sel);
	if (size == 2)
		w16(c, i->reg, (uint16_t)offset);
	else
		w64(c, i->reg, offset);
	END_NEXT;
}

void op_swapgs(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t base = c->seg[SEG_GS].base;

	if (!core_code64(k))
		core_fault(k, i, EXC_UD, 0);
	if (c->cpl != 0)
		core_fault(k, i, EXC_GP, 0);
	c->seg[SEG_GS].base = c->kernel_gs_base;
	c->kernel_gs_base = base;
	core_update_segment(k, SEG_GS);
	NEXT;
}
