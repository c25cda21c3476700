/* What MMX instructions do to the x87's state: the checks before them, EMMS
 * (SDM 1 9.5). */
#include "engine/cpu/interp/simd_ops.h"
#include "engine/cpu/interp/x87_impl.h"

static void mmx_check(struct core *k, const struct insn *i)
{
	struct cpu *c = k->cpu;

	if (UNLIKELY(c->cr0 & CR0_EM))
		core_fault(k, i, EXC_UD, 0);
	if (UNLIKELY(c->cr0 & CR0_TS))
		core_fault(k, i, EXC_NM, 0);
	if (UNLIKELY(c->x87.fsw & FSW_ES)) {
		if (c->cr0 & CR0_NE)
			core_fault(k, i, EXC_MF, 0);
		if (c->ignne)
			return;
		/* The interrupt is taken after this instruction instead of before
		 * it: no MMX code runs with pending x87 errors under CR0.NE = 0. */
		core_sync(k, i);
		k->bus->ferr(k->owner, true);
	}
}

void mmx_prepare(struct core *k, const struct insn *i)
{
	mmx_check(k, i);
	x87_set_top(k->cpu, 0);
	k->cpu->x87.tags = 0xff;
}

void op_emms(struct cpu *c, const struct insn *i, struct core *k)
{
	mmx_check(k, i);
	x87_set_top(c, 0);
	c->x87.tags = 0;
	NEXT;
}
