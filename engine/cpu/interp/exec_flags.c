/* Instructions that work on EFLAGS as a whole: PUSHF, POPF, CLI, STI; and the
 * rule of what IRET and POPF may change. Neither VME nor PVI is offered, so
 * IOPL alone decides (SDM 3A 6.8, 20.2). */
#include "engine/cpu/control_regs.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/interp/stack.h"

void flags_load(struct cpu *c, uint32_t v, uint32_t mask)
{
	flags_set(c, (flags_get(c) & ~mask) | (v & mask));
}

uint32_t flags_loadable(const struct cpu *c, unsigned size)
{
	uint32_t mask = FL_ARITH | FL_TF | FL_DF | FL_NT;

	if (size > 2)
		mask |= FL_AC | FL_ID;
	if (c->cpl <= cpu_iopl(c))
		mask |= FL_IF;
	if (c->cpl == 0)
		mask |= FL_IOPL;
	return mask;
}

/* CPL is 0 in real mode and 3 in virtual-8086 mode. */
static bool may_change_if(const struct cpu *c)
{
	return c->cpl <= cpu_iopl(c);
}

void op_cli(struct cpu *c, const struct insn *i, struct core *k)
{
	if (UNLIKELY(!may_change_if(c)))
		core_fault(k, i, EXC_GP, 0);
	c->eflags &= ~(uint32_t)FL_IF;
	NEXT;
}

void op_sti(struct cpu *c, const struct insn *i, struct core *k)
{
	if (UNLIKELY(!may_change_if(c)))
		core_fault(k, i, EXC_GP, 0);
	if (!(c->eflags & FL_IF)) {
		c->eflags |= FL_IF;
		c->attn |= ATTN_SHADOW; /* `sti; hlt` and `sti; ret` are safe */
	}
	END_NEXT;
}

void op_pushf(struct cpu *c, const struct insn *i, struct core *k)
{
	if (UNLIKELY(cpu_v86(c) && cpu_iopl(c) < 3))
		core_fault(k, i, EXC_GP, 0);
	stack_push(k, i, 1u << INSN_OSZ(i), flags_get(c) & ~(uint32_t)(FL_VM | FL_RF));
	NEXT;
}

void op_popf(struct cpu *c, const struct insn *i, struct core *k)
{
	unsigned size = 1u << INSN_OSZ(i);
	uint32_t v, old = c->eflags;

	if (UNLIKELY(cpu_v86(c) && cpu_iopl(c) < 3))
		core_fault(k, i, EXC_GP, 0);
	v = (uint32_t)stack_pop(k, i, size) & ~(uint32_t)FL_RF;
	flags_load(c, v, flags_loadable(c, size) | FL_RF);
	if (UNLIKELY((old ^ c->eflags) & FL_AC))
		core_update_mode(k); /* alignment checks */
	END_NEXT;
}
