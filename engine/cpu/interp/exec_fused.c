/* A comparison and the branch on it as one handler, in place of the
 * comparison's; the branch keeps its own place in the block, and the count. The
 * condition comes from the operands, the flags are left as always.
 * Handlers: cmp_egBITS_CC, cmp_ei, test_eg ..., with CC in decimal:
 * name##bits##_##n. */
#include "engine/cpu/interp/exec_jump.h"
#include "engine/cpu/interp/specialise.h"

/* Condition cc after CMP a, b and TEST a, b; not O and P. */
#define DEFINE_CONDITIONS(bits, x) \
	static inline bool cond_sub##bits(uint##bits##_t a, uint##bits##_t b, unsigned cc) \
	{ \
		bool v; \
		switch (cc >> 1) { \
		case 1: v = a < b; break; \
		case 2: v = a == b; break; \
		case 3: v = a <= b; break; \
		case 4: v = (int##bits##_t)(a - b) < 0; break; \
		case 6: v = (int##bits##_t)a < (int##bits##_t)b; break; \
		default: v = (int##bits##_t)a <= (int##bits##_t)b; break; \
		} \
		return v != (cc & 1); \
	} \
	static inline bool cond_and##bits(uint##bits##_t a, uint##bits##_t b, unsigned cc) \
	{ \
		int##bits##_t r = (int##bits##_t)(a & b); \
		bool v; \
		switch (cc >> 1) { \
		case 1: v = false; break; \
		case 2: \
		case 3: v = r == 0; break; \
		case 4: \
		case 6: v = r < 0; break; \
		default: v = r <= 0; break; \
		} \
		return v != (cc & 1); \
	}

/* The comparison alone, where its operand is not in the fast TLB. */
COLD HANDLER(alone)
{
	insn_fn *fn = exec_alu(i->op)->mem[INSN_OSZ(i)];

	MUST_TAIL return fn(c, i, k);
}

/* operands declares and reads a and b; result takes what fn returns. */
#define FUSED(n, bits, name, fn, operands, result) \
	HANDLER(name##bits##_##n) \
	{ \
		operands(bits); \
		bool taken = cond_##fn##bits(a, b, n); \
		result(bits, alu_##fn##bits(c, a, b)); \
		i++; \
		if (taken) \
			GO_LINK(JCC_LEFT); \
		NEXT; \
	}
#define EG(bits) uint##bits##_t a = r##bits(c, i->rm), b = r##bits(c, i->reg)
#define EI(bits) uint##bits##_t a = r##bits(c, i->rm), b = (uint##bits##_t)(int64_t)i->imm
#define MG(bits) \
	LOAD(a, bits, base, alone); \
	uint##bits##_t b = r##bits(c, i->reg)
#define GM(bits) \
	LOAD(b, bits, base, alone); \
	uint##bits##_t a = r##bits(c, i->reg)
#define MI(bits) \
	LOAD(a, bits, base, alone); \
	uint##bits##_t b = (uint##bits##_t)(int64_t)i->imm
#define NO_RESULT(bits, r) (r)
#define TO_RM(bits, r) w##bits(c, i->rm, (r))

/* The conditions of the table below. */
#define FOR_CC(M, ...) \
	M(2, __VA_ARGS__) \
	M(3, __VA_ARGS__) \
	M(4, __VA_ARGS__) \
	M(5, __VA_ARGS__) \
	M(6, __VA_ARGS__) \
	M(7, __VA_ARGS__) \
	M(8, __VA_ARGS__) \
	M(9, __VA_ARGS__) \
	M(12, __VA_ARGS__) \
	M(13, __VA_ARGS__) \
	M(14, __VA_ARGS__) \
	M(15, __VA_ARGS__)
#define COMMON_SIZES(M, ...) M(8, __VA_ARGS__) M(32, __VA_ARGS__) M(64, __VA_ARGS__)
#define FUSED_SIZE(bits, name, fn, operands, result) FOR_CC(FUSED, bits, name, fn, operands, result)

/* X(op, in memory (form base), name, operation, operands, result) */
#define FUSIONS(X) \
	X(CMP_EG, 0, cmp_eg, sub, EG, NO_RESULT) \
	X(CMP_EI, 0, cmp_ei, sub, EI, NO_RESULT) \
	X(TEST_EG, 0, test_eg, and, EG, NO_RESULT) \
	X(TEST_EI, 0, test_ei, and, EI, NO_RESULT) \
	X(SUB_EI, 0, sub_ei, sub, EI, TO_RM) \
	X(AND_EI, 0, and_ei, and, EI, TO_RM) \
	X(CMP_EG, 1, cmp_mg, sub, MG, NO_RESULT) \
	X(CMP_GE, 1, cmp_gm, sub, GM, NO_RESULT) \
	X(CMP_EI, 1, cmp_mi, sub, MI, NO_RESULT) \
	X(TEST_EI, 1, test_mi, and, MI, NO_RESULT)

COMMON_SIZES(DEFINE_CONDITIONS, )
#define DEFINE(op, in_memory, name, fn, operands, result) COMMON_SIZES(FUSED_SIZE, name, fn, operands, result)
FUSIONS(DEFINE)

struct fusion {
	uint16_t op;
	bool in_memory;
	insn_fn *fn[4][16]; /* by operand size and condition */
};

#define CC_ROW(n, name) [n] = name##_##n,
/* clang-format off */
#define ROW(op, in_memory, name, fn, operands, result) \
	{ OP_##op, in_memory, {[0] = {FOR_CC(CC_ROW, name##8)}, [2] = {FOR_CC(CC_ROW, name##32)}, [3] = {FOR_CC(CC_ROW, name##64)}} },
/* clang-format on */
static const struct fusion fusions[] = {FUSIONS(ROW)};

insn_fn *fused_handler(const struct insn *i)
{
	unsigned osz = INSN_OSZ(i);

	if (i[1].op != OP_JCC_LINK)
		return NULL;
	for (unsigned n = 0; n < ARRAY_LEN(fusions); n++) {
		const struct fusion *f = &fusions[n];

		if (f->op == i->op && f->in_memory == !!(i->flags & IN_MEM) &&
		    (!f->in_memory || i->fn == exec_alu(i->op)->base[osz]))
			return f->fn[osz][i[1].opcode & 15];
	}
	return NULL;
}
