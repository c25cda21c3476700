/* Near branches: Jcc, JMP, CALL, RET, LOOP, JCXZ. Far ones are in exec_far.c.
 *
 * A direct branch that stays in its page is "linked": it remembers the block
 * it leads to. All others look in the jump cache; what is not found there goes
 * back to the run loop. In 64-bit code that look comes first: a block found is
 * a target that needs no check; otherwise the form for all modes does the work.
 *
 * Handlers: jcc_CC, jcc_link_CC, jcc_64_CC, jmp_e_FORMBITS, jmp_e_FORM_64,
 * call_e_ likewise, retBITS: jcc_link_##n, jmp_e_##form##bits. */
#include "engine/cpu/interp/exec_jump.h"
#include "engine/cpu/interp/stack.h"

/* Leaves for rip; left is the budget after this instruction. */
#define GO(target, left) \
	do { \
		uint64_t go_ = (target)&k->ip_mask; \
		uint64_t lin_ = (go_ + k->code_base) & k->lin_mask; \
		const struct block *t_ = code_peek(k, lin_); \
		int64_t left_ = (left); \
		if (LIKELY(t_ && left_ >= t_->n)) { \
			c->reg[REG_PAGE] = (lin_ & ~PAGE_MASK) - k->code_base; \
			ENTER(t_, left_); \
		} \
		k->budget = left_; \
		c->rip = go_; \
		END; \
	} while (0)

/* 64-bit code: t = the block at rip, or handler slow takes over. */
#define FIND_64(t, rip, left, slow) \
	const struct block *t = code_peek(k, (rip)); \
	if (UNLIKELY(!t || (left) < t->n)) \
	MUST_TAIL return slow(c, i, k)
#define GO_64(t, rip, left) \
	do { \
		c->reg[REG_PAGE] = (rip) & ~PAGE_MASK; \
		ENTER(t, left); \
	} while (0)

void op_unlinked(struct cpu *c, const struct insn *i, struct core *k)
{
	k->link = (struct insn *)(uintptr_t)i; /* the run loop fills in its link */
	c->rip = c->reg[REG_PAGE] + i->target;
	END;
}

/* A new rip is checked before anything else changes: #GP(0) beyond CS's limit
 * or not canonical. */
static inline void check_target(struct core *k, const struct insn *i, uint64_t rip)
{
	if (core_code64(k) ? !canonical(rip) : rip > k->cpu->seg[SEG_CS].limit)
		FAULT_GP(0);
}

/* Target of a relative branch; a 16-bit operand cuts it to 16 bits. */
static inline uint64_t rel_target(struct core *k, const struct insn *i)
{
	uint64_t rip = insn_next(k->cpu, i) + (uint64_t)(int64_t)i->imm;

	return rip & size_mask(INSN_OSZ(i)) & k->ip_mask;
}

static inline uint64_t rel_target_64(const struct cpu *c, const struct insn *i)
{
	return insn_next(c, i) + (uint64_t)(int64_t)i->imm;
}

void op_block_next(struct cpu *c, const struct insn *i, struct core *k)
{
	GO_LINK(k->budget);
}

HANDLER(jmp_link)
{
	GO_LINK(k->budget);
}

HANDLER(jmp)
{
	uint64_t rip = rel_target(k, i);

	check_target(k, i, rip);
	GO(rip, k->budget);
}

HANDLER(jmp_64)
{
	uint64_t rip = rel_target_64(c, i);
	FIND_64(t, rip, k->budget, jmp);

	GO_64(t, rip, k->budget);
}

HANDLER(jcc_taken)
{
	uint64_t rip = rel_target(k, i);

	check_target(k, i, rip);
	GO(rip, JCC_LEFT);
}

HANDLER(jcc_taken_64)
{
	uint64_t rip = rel_target_64(c, i);
	int64_t left = JCC_LEFT;
	FIND_64(t, rip, left, jcc_taken);

	GO_64(t, rip, left);
}

#define JCC(n) \
	HANDLER(jcc_link_##n) \
	{ \
		if (flags_cond(c, n)) \
			GO_LINK(JCC_LEFT); \
		NEXT; \
	} \
	HANDLER(jcc_##n) \
	{ \
		if (flags_cond(c, n)) \
			MUST_TAIL return jcc_taken(c, i, k); \
		NEXT; \
	} \
	HANDLER(jcc_64_##n) \
	{ \
		if (flags_cond(c, n)) \
			MUST_TAIL return jcc_taken_64(c, i, k); \
		NEXT; \
	}
ALL_CC(JCC)

/* LOOP and JCXZ: the counter has the address size; LOOP changes no flag. They
 * end their block, so nothing is given back to the budget. */
static inline uint64_t count_down(struct cpu *c, const struct insn *i)
{
	uint64_t mask = size_mask(INSN_ASZ(i));
	uint64_t n = (c->reg[RCX] - 1) & mask;

	/* A 32-bit count clears the upper half of RCX. */
	c->reg[RCX] = INSN_ASZ(i) == 1 ? (c->reg[RCX] & ~mask) | n : n;
	return n;
}

#define LOOP(name, condition) \
	HANDLER(name) \
	{ \
		uint64_t rip = rel_target(k, i), n = (c->reg[RCX] - 1) & size_mask(INSN_ASZ(i)); \
		bool taken = n != 0 && (condition); \
		if (taken) \
			check_target(k, i, rip); \
		count_down(c, i); \
		GO(taken ? rip : insn_next(c, i), k->budget); \
	}
LOOP(loopne, !flag_zf(c))
LOOP(loope, flag_zf(c))
LOOP(loop, true)

HANDLER(jcxz)
{
	if ((c->reg[RCX] & size_mask(INSN_ASZ(i))) == 0) {
		uint64_t rip = rel_target(k, i);

		check_target(k, i, rip);
		GO(rip, k->budget);
	}
	GO(insn_next(c, i), k->budget);
}

/* ---- CALL and RET ---- */

static inline void push_return(struct core *k, const struct insn *i, unsigned size)
{
	struct cpu *c = k->cpu;
	uint64_t sp = c->reg[RSP] - size, next = insn_next(c, i) & k->ip_mask;
	uint64_t lin = stack_lin(k, i, sp, size, true);

	if (size == 8)
		st64(k, i, lin, next);
	else if (size == 4)
		st32(k, i, lin, (uint32_t)next);
	else
		st16(k, i, lin, (uint16_t)next);
	set_sp(k, sp);
}

/* Pushes the return address in 64-bit code. */
#define PUSH_RETURN_64(slow) \
	do { \
		uint64_t sp_ = c->reg[RSP] - 8; \
		STORE_AT(insn_next(c, i), 64, flat, sp_, slow); \
		c->reg[RSP] = sp_; \
	} while (0)

HANDLER(call_link)
{
	push_return(k, i, 1u << INSN_OSZ(i));
	GO_LINK(k->budget);
}

HANDLER(call_link_64)
{
	PUSH_RETURN_64(call_link);
	GO_LINK(k->budget);
}

HANDLER(call)
{
	uint64_t rip = rel_target(k, i);

	check_target(k, i, rip);
	push_return(k, i, 1u << INSN_OSZ(i));
	GO(rip, k->budget);
}

HANDLER(call_64)
{
	uint64_t rip = rel_target_64(c, i);
	FIND_64(t, rip, k->budget, call);

	PUSH_RETURN_64(call);
	GO_64(t, rip, k->budget);
}

/* operand(bits, form, slow) declares and reads rip. */
#define INDIRECT(bits, form, operand) \
	MEM_HANDLER(form, jmp_e_##form##bits) \
	{ \
		operand(bits, form, jmp_e_slow##bits); \
		check_target(k, i, rip); \
		GO(rip, k->budget); \
	} \
	MEM_HANDLER(form, call_e_##form##bits) \
	{ \
		operand(bits, form, call_e_slow##bits); \
		check_target(k, i, rip); \
		push_return(k, i, bits / 8); \
		GO(rip, k->budget); \
	}
#define IN_REGISTER(bits, form, slow) uint##bits##_t rip = r##bits(c, i->rm)
#define IN_MEMORY(bits, form, slow) LOAD(rip, bits, form, slow)
#define INDIRECT_REG(bits, x) INDIRECT(bits, reg, IN_REGISTER)
#define INDIRECT_MEM(bits, form) INDIRECT(bits, form, IN_MEMORY)
FOR_WIDE(INDIRECT_REG, )
FOR_WIDE(INDIRECT_MEM, slow)
FOR_WIDE(INDIRECT_MEM, mem)

#define INDIRECT_64(form, operand, slow) \
	HANDLER(jmp_e_##form##_64) \
	{ \
		operand(64, form, jmp_e_##slow##64); \
		FIND_64(t, rip, k->budget, jmp_e_##slow##64); \
		GO_64(t, rip, k->budget); \
	} \
	HANDLER(call_e_##form##_64) \
	{ \
		operand(64, form, call_e_##slow##64); \
		FIND_64(t, rip, k->budget, call_e_##slow##64); \
		PUSH_RETURN_64(call_e_##slow##64); \
		GO_64(t, rip, k->budget); \
	}
INDIRECT_64(reg, IN_REGISTER, reg)
INDIRECT_64(flat, IN_MEMORY, slow)
INDIRECT_64(base, IN_MEMORY, slow)

/* RET, with imm bytes of arguments dropped (0 if none). */
#define RET(bits, x) \
	HANDLER(ret##bits) \
	{ \
		uint64_t sp = c->reg[RSP]; \
		uint64_t rip = ld##bits(k, i, stack_lin(k, i, sp, bits / 8, false)); \
		check_target(k, i, rip); \
		set_sp(k, sp + bits / 8 + (uint16_t)i->imm); \
		GO(rip, k->budget); \
	}
FOR_WIDE(RET, )

HANDLER(ret_64)
{
	uint64_t sp = c->reg[RSP];

	LOAD_AT(rip, 64, flat, sp, ret64);
	FIND_64(t, rip, k->budget, ret64);
	c->reg[RSP] = sp + 8 + (uint16_t)i->imm;
	GO_64(t, rip, k->budget);
}

/* Near branches have operands of 64 bits in 64-bit code, and there only. */
/* clang-format off */
#define WITH_64(fn) { NULL, fn, fn, fn##_64 }
/* clang-format on */
#define JCC_ROW(n) [n] = {.reg = {NULL, jcc_##n, jcc_##n, jcc_64_##n}},
#define JCC_LINK_ROW(n) [n] = {.reg = SAME(jcc_link_##n)},
static const struct op_handlers jcc_rows[16] = {ALL_CC(JCC_ROW)};
static const struct op_handlers jcc_link_rows[16] = {ALL_CC(JCC_LINK_ROW)};

/* clang-format off */
#define INDIRECT_ROW(name) { \
	.reg = {NULL, name##_reg16, name##_reg32, name##_reg_64}, .flat = {NULL, name##_mem16, name##_mem32, name##_flat_64}, \
	.base = {NULL, NULL, NULL, name##_base_64}, .mem = WIDE(name##_mem) }
/* clang-format on */

#define AT(id) [OP_##id - OP_JCC]

static const struct op_handlers rows[] = {
	AT(JMP) = {.reg = WITH_64(jmp)},
	AT(JMP_LINK) = {.reg = SAME(jmp_link)},
	AT(CALL) = {.reg = WITH_64(call)},
	AT(CALL_LINK) = {.reg = WITH_64(call_link)},
	AT(JMP_E) = INDIRECT_ROW(jmp_e),
	AT(CALL_E) = INDIRECT_ROW(call_e),
	AT(RET) = {.reg = {NULL, ret16, ret32, ret_64}},
	AT(LOOPNE) = {.reg = SAME(loopne)},
	AT(LOOPE) = {.reg = SAME(loope)},
	AT(LOOP) = {.reg = SAME(loop)},
	AT(JCXZ) = {.reg = SAME(jcxz)},
};

const struct op_handlers *exec_branch(enum op op, unsigned cc)
{
	if (op == OP_JCC)
		return &jcc_rows[cc & 15];
	if (op == OP_JCC_LINK)
		return &jcc_link_rows[cc & 15];
	return op >= OP_JMP && op <= OP_JCXZ ? &rows[op - OP_JCC] : NULL;
}
