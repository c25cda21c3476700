/* Binding; see bind.h. The tables come from the lists of op.h and
 * simd_rows.h: instruction NAME of OPS_SYSTEM and OPS_X87 is run by op_NAME. */
#include "engine/cpu/interp/bind.h"

#include "engine/cpu/core.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/interp/specialise.h"
#include "engine/cpu/interp/x87_impl.h"

void op_ud(struct cpu *c, const struct insn *i, struct core *k)
{
	FAULT_UD();
}

void op_too_long(struct cpu *c, const struct insn *i, struct core *k)
{
	FAULT_GP(0);
}

static void op_block_end(struct cpu *c, const struct insn *i, struct core *k)
{
	c->rip = insn_next(c, i) & k->ip_mask;
	END;
}

/* ---- one handler whatever the operand size ---- */

#define ROW(name) [OP_SYS_##name - OP_SIZED] = op_##name,
static insn_fn *const system_rows[] = {OPS_SYSTEM(ROW)};
#undef ROW

#define ROW(name) [OP_##name - OP_X87] = op_##name,
static insn_fn *const x87_rows[] = {OPS_X87(ROW)};
#undef ROW

/* ---- handlers by operand size ---- */

static const struct op_handlers *handlers_of(enum op op, unsigned cc)
{
	const struct op_handlers *h = exec_alu(op);

	h = h ? h : exec_shift(op);
	h = h ? h : exec_move(op);
	h = h ? h : exec_math(op);
	h = h ? h : exec_bit(op, cc);
	h = h ? h : exec_branch(op, cc);
	return h ? h : exec_string(op);
}

/* 64-bit mode, 64-bit address, no segment base: nothing to check. */
static bool is_flat(const struct insn *i)
{
	return INSN_ASZ(i) == 3 && i->seg >= SF_FLAT;
}

/* PUSH and POP of a register: the flat form is for 64-bit stacks. */
static bool is_flat_stack(const struct insn *i)
{
	return (i->op == OP_PUSH_Z || i->op == OP_POP_Z) && (i->flags & IN_64) && INSN_OSZ(i) == 3;
}

static insn_fn *sized_handler(const struct insn *i)
{
	const struct op_handlers *h = handlers_of(i->op, i->opcode);
	unsigned osz = INSN_OSZ(i);

	if (!(i->flags & IN_MEM))
		return is_flat_stack(i) ? h->flat[osz] : h->reg[osz];
	if (!is_flat(i))
		return h->mem[osz];
	return i->index == REG_ZERO * 8 && h->base[osz] ? h->base[osz] : h->flat[osz];
}

insn_fn *interp_handler(const struct insn *i)
{
	if (i->op >= OP_SIMD)
		return interp_simd(i);
	if (i->op > OP_X87)
		return x87_rows[i->op - OP_X87];
	if (i->op > OP_SIZED)
		return system_rows[i->op - OP_SIZED];
	if (i->op > OP_TOO_LONG)
		return sized_handler(i);
	return i->op == OP_TOO_LONG ? op_too_long : op_ud;
}

static void bind(struct insn *in, unsigned n, bool goes_on)
{
	for (unsigned j = 0; j < n; j++)
		in[j].fn = interp_handler(&in[j]);
	specialise(in, n);
	in[n].fn = goes_on ? op_block_next : op_block_end;
}

const struct executor interp_executor = {.bind = bind};
