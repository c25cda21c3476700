/* MOV to and from control and debug registers, LMSW, SMSW, CLTS. */
#include "engine/cpu/access.h"
#include "engine/cpu/control_regs.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/interp/exec_system.h"

#define CR0_MSW 0xfu /* PE MP EM TS */

static void require_cpl0(struct core *k)
{
	if (k->cpu->cpl != 0)
		core_fault(k, NULL, EXC_GP, 0);
}

/* The general register of MOV CR and MOV DR: all of it in 64-bit mode. */
static uint64_t get_register(struct cpu *c, const struct insn *i)
{
	return i->flags & IN_64 ? r64(c, i->rm) : r32(c, i->rm);
}

static void put_register(struct cpu *c, const struct insn *i, uint64_t v)
{
	if (i->flags & IN_64)
		w64(c, i->rm, v);
	else
		w32(c, i->rm, (uint32_t)v);
}

/* ---- MOV CR ---- */

static bool cr_exists(unsigned n)
{
	return n == 0 || n == 2 || n == 3 || n == 4 || n == 8;
}

void op_mov_r_cr(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t v;

	core_sync(k, i);
	if (!cr_exists(i->reg))
		FAULT_UD();
	require_cpl0(k);
	switch (i->reg) {
	case 0: v = c->cr0; break;
	case 2: v = c->cr2; break;
	case 3: v = c->cr3; break;
	case 4: v = c->cr4; break;
	default: v = k->bus->cr8_read(k->owner); break;
	}
	put_register(c, i, v);
	NEXT;
}

void op_mov_cr_r(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t v = get_register(c, i);
	uint64_t next = insn_next(c, i);

	core_sync(k, i);
	if (!cr_exists(i->reg))
		FAULT_UD();
	require_cpl0(k);
	switch (i->reg) {
	case 0: control_write_cr0(k, v); break;
	case 2: c->cr2 = v; break;
	case 3: control_write_cr3(k, v); break;
	case 4: control_write_cr4(k, v); break;
	default:
		if (v > 15)
			FAULT_GP(0);
		k->bus->cr8_write(k->owner, v);
		break;
	}
	END_AT(next);
}

void op_smsw(struct cpu *c, const struct insn *i, struct core *k)
{
	if (i->flags & IN_MEM)
		st16(k, i, lin_write(k, i, 2), (uint16_t)c->cr0);
	else if (INSN_OSZ(i) == 3)
		w64(c, i->rm, c->cr0);
	else if (INSN_OSZ(i) == 2)
		w32(c, i->rm, (uint32_t)c->cr0);
	else
		w16(c, i->rm, (uint16_t)c->cr0);
	NEXT;
}

/* LMSW can set PE but not clear it. */
void op_lmsw(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t next = insn_next(c, i), v;

	core_sync(k, i);
	require_cpl0(k);
	v = operand16(k, i) & CR0_MSW;
	control_write_cr0(k, (c->cr0 & ~(uint64_t)(CR0_MSW & ~CR0_PE)) | v);
	END_AT(next);
}

void op_clts(struct cpu *c, const struct insn *i, struct core *k)
{
	core_sync(k, i);
	require_cpl0(k);
	c->cr0 &= ~(uint64_t)CR0_TS;
	END_NEXT;
}

/* ---- MOV DR (SDM 3B 18.2) ---- */

/* The checks of both directions; the register number with DR4, DR5 resolved. */
static unsigned dr_select(struct core *k, const struct insn *i)
{
	struct cpu *c = k->cpu;
	unsigned n = i->reg;

	core_sync(k, i);
	if (n > 7)
		FAULT_UD();
	if (n == 4 || n == 5) {
		if (c->cr4 & CR4_DE)
			FAULT_UD();
		n += 2;
	}
	require_cpl0(k);
	if (c->dr[7] & DR7_GD) {
		debug_tell(c, DR6_BD);
		core_fault(k, NULL, EXC_DB, 0);
	}
	return n;
}

void op_mov_r_dr(struct cpu *c, const struct insn *i, struct core *k)
{
	put_register(c, i, c->dr[dr_select(k, i)]);
	NEXT;
}

void op_mov_dr_r(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t v = get_register(c, i);
	uint64_t next = insn_next(c, i);
	unsigned n = dr_select(k, i);

	if (n >= 6 && v >> 32)
		FAULT_GP(0);
	if (n == 6)
		v = (v & DR6_WRITABLE) | DR6_FIXED;
	else if (n == 7)
		v = (v & DR7_WRITABLE) | DR7_FIXED;
	c->dr[n] = v;
	core_update_mode(k); /* host shortcuts depend on what is watched */
	END_AT(next);
}
