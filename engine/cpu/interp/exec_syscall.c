/* SYSCALL, SYSRET, SYSENTER, SYSEXIT as Intel processors have them: the first
 * two in 64-bit mode only. Code and stack segments are flat whatever the GDT
 * says (SDM 2B). */
#include "engine/cpu/access.h"
#include "engine/cpu/control_regs.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/seg.h"

#define ATTR_FLAT_CODE (ATTR_G | ATTR_P | ATTR_S | TYPE_CODE | TYPE_READ | TYPE_ACCESSED)
#define ATTR_FLAT_DATA (ATTR_G | ATTR_DB | ATTR_P | ATTR_S | TYPE_WRITE | TYPE_ACCESSED)

/* Loads flat CS and SS of level cpl and goes to rip. */
static void enter_flat(struct core *k, uint16_t cs_sel, uint16_t ss_sel, unsigned cpl, bool code64, uint64_t rip)
{
	unsigned dpl = cpl << ATTR_DPL_SHIFT;
	struct cpu_seg cs = {
		.limit = 0xffffffff,
		.sel = cs_sel,
		.attr = (uint16_t)(ATTR_FLAT_CODE | dpl | (code64 ? ATTR_L : ATTR_DB)),
	};

	k->cpu->seg[SEG_SS] = (struct cpu_seg){
		.limit = 0xffffffff,
		.sel = (uint16_t)((ss_sel & ~3u) | cpl),
		.attr = (uint16_t)(ATTR_FLAT_DATA | dpl),
	};
	seg_enter(k, &cs, cpl, rip);
}

/* A debugger that single-steps over a system call stops behind its SYSRET: TF
 * counts as the instruction leaves it, so that FMASK keeps the kernel from it. */
static void step_after(struct cpu *c)
{
	if (UNLIKELY(c->eflags & FL_TF) && !(c->debugctl & DEBUGCTL_BTF))
		debug_step(c);
}

void op_syscall(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t sel = c->star >> 32 & 0xfffc;

	if (!core_code64(k) || !(c->efer & EFER_SCE))
		core_fault(k, i, EXC_UD, 0);
	c->reg[RCX] = insn_next(c, i);
	c->reg[R11] = flags_get(c) & ~(uint32_t)FL_RF; /* before the mask */
	flags_load(c, 0, (uint32_t)c->fmask | FL_RF | FL_VM);
	enter_flat(k, sel, (uint16_t)(sel + 8), 0, true, c->lstar);
	step_after(c);
	END;
}

void op_sysret(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t sel = c->star >> 48 & 0xffff;
	bool to64 = INSN_OSZ(i) == 3;

	if (!core_code64(k) || !(c->efer & EFER_SCE))
		core_fault(k, i, EXC_UD, 0);
	/* A bad return address faults here, in ring 0, with the user's stack. */
	if (c->cpl != 0 || (to64 && !canonical(c->reg[RCX])))
		core_fault(k, i, EXC_GP, 0);
	flags_set(c, ((uint32_t)c->reg[R11] & EFLAGS_WRITABLE & ~(uint32_t)FL_RF) | FL_1);
	enter_flat(k, (uint16_t)(sel + (to64 ? 16 : 0)), (uint16_t)(sel + 8), 3, to64,
		   to64 ? c->reg[RCX] : (uint32_t)c->reg[RCX]);
	step_after(c);
	END;
}

void op_sysenter(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t sel = c->sysenter_cs & 0xfffc;
	bool wide = cpu_long(c);

	if (!cpu_protected(c) || !sel)
		core_fault(k, i, EXC_GP, 0);
	c->eflags &= ~(uint32_t)(FL_VM | FL_IF | FL_RF);
	c->reg[RSP] = wide ? c->sysenter_esp : (uint32_t)c->sysenter_esp;
	enter_flat(k, sel, (uint16_t)(sel + 8), 0, wide, wide ? c->sysenter_eip : (uint32_t)c->sysenter_eip);
	END;
}

void op_sysexit(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t sel = c->sysenter_cs & 0xfffc;
	bool to64 = INSN_OSZ(i) == 3;
	uint64_t rip = c->reg[RDX], rsp = c->reg[RCX];

	if (!cpu_protected(c) || !sel || c->cpl != 0)
		core_fault(k, i, EXC_GP, 0);
	if (to64 && (!canonical(rip) || !canonical(rsp)))
		core_fault(k, i, EXC_GP, 0);
	c->reg[RSP] = to64 ? rsp : (uint32_t)rsp;
	enter_flat(k, (uint16_t)(sel + (to64 ? 32 : 16)), (uint16_t)(sel + (to64 ? 40 : 24)), 3, to64,
		   to64 ? rip : (uint32_t)rip);
	END;
}
