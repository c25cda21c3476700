/* Register forms of common operations without their flags, for where nobody can
 * see them.
 * Handlers: ADD_EG_32, SHL_EI_64 ...: op##_##bits. */
#include "engine/cpu/interp/exec.h"
#include "engine/cpu/interp/specialise.h"

#define REGISTER(bits) r##bits(c, i->reg)
#define IMMEDIATE(bits) (uint##bits##_t)(int64_t) i->imm
#define COUNT(bits) (uint##bits##_t) i->imm &(bits - 1)

/* X(op, name, operand, expression) */
#define QUIET_OPS(X, bits) \
	X(bits, ADD_EG, REGISTER, a + b) \
	X(bits, ADD_EI, IMMEDIATE, a + b) \
	X(bits, SUB_EG, REGISTER, a - b) \
	X(bits, SUB_EI, IMMEDIATE, a - b) \
	X(bits, AND_EG, REGISTER, a &b) \
	X(bits, AND_EI, IMMEDIATE, a &b) \
	X(bits, OR_EG, REGISTER, a | b) \
	X(bits, OR_EI, IMMEDIATE, a | b) \
	X(bits, XOR_EG, REGISTER, a ^ b) \
	X(bits, XOR_EI, IMMEDIATE, a ^ b) \
	X(bits, SHL_EI, COUNT, a << b) \
	X(bits, SHR_EI, COUNT, a >> b) \
	X(bits, SAR_EI, COUNT, (uint##bits##_t)((int##bits##_t)a >> b)) \
	X(bits, ROL_EI, COUNT, a << b | a >> (-b & (bits - 1))) \
	X(bits, ROR_EI, COUNT, a >> b | a << (-b & (bits - 1)))

#define DEFINE(bits, op, operand, expr) \
	HANDLER(op##_##bits) \
	{ \
		uint##bits##_t a = r##bits(c, i->rm), b = operand(bits); \
		w##bits(c, i->rm, (expr)); \
		NEXT; \
	}
QUIET_OPS(DEFINE, 32)
QUIET_OPS(DEFINE, 64)

#define ROW(bits, op, operand, expr) [OP_##op] = op##_##bits,
static insn_fn *const quiet32[OP_SIZED] = {QUIET_OPS(ROW, 32)};
static insn_fn *const quiet64[OP_SIZED] = {QUIET_OPS(ROW, 64)};

insn_fn *quiet_handler(const struct insn *i)
{
	if ((i->flags & IN_MEM) || i->op >= OP_SIZED)
		return NULL;
	return INSN_OSZ(i) == 2 ? quiet32[i->op] : INSN_OSZ(i) == 3 ? quiet64[i->op] : NULL;
}
