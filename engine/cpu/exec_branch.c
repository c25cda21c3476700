/* Near branches: Jcc, JMP, CALL, RET, LOOP, JCXZ. Far ones are in far.c.
 *
 * A direct branch that stays in its page is "linked": it remembers the trace
 * it leads to. All others look in the jump cache; what is not found there goes
 * back to the run loop. */
#include "engine/cpu/exec.h"
#include "engine/cpu/stack.h"
#include "engine/cpu/trace.h"

/* Enters trace t, which starts in the current page. */
#define ENTER(t) \
	do { \
		k->budget -= (t)->n; \
		GOTO_INSN((t)->insn); \
	} while (0)

/* Leaves for rip; the budget is already that after this instruction. */
#define GO(target) \
	do { \
		uint64_t go_ = (target)&k->ip_mask; \
		uint64_t base_ = core_code64(k) ? 0 : c->seg[SEG_CS].base; \
		uint64_t lin_ = (go_ + base_) & k->lin_mask; \
		const struct trace *t_ = trace_peek(k, lin_); \
		if (LIKELY(t_ && k->budget >= t_->n)) { \
			c->reg[REG_PAGE] = (lin_ & ~PAGE_MASK) - base_; \
			ENTER(t_); \
		} \
		c->rip = go_; \
		END; \
	} while (0)

/* A linked branch: same page, so neither REG_PAGE nor the mapping changes. */
#define GO_LINK() \
	do { \
		const struct trace *t = __atomic_load_n(&i->link, __ATOMIC_ACQUIRE); \
		if (LIKELY(t && k->budget >= t->n)) \
			ENTER(t); \
		k->link = (struct insn *)(uintptr_t)i; /* the run loop fills in its link */ \
		c->rip = c->reg[REG_PAGE] + i->target; \
		END; \
	} while (0)

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

HANDLER(jmp_link)
{
	GO_LINK();
}

HANDLER(jmp)
{
	uint64_t rip = rel_target(k, i);

	check_target(k, i, rip);
	GO(rip);
}

#define JCC(n) \
	HANDLER(jcc_link_##n) \
	{ \
		if (flags_cond(c, n)) { \
			k->budget += i->left - 1; \
			GO_LINK(); \
		} \
		NEXT; \
	} \
	HANDLER(jcc_##n) \
	{ \
		if (flags_cond(c, n)) { \
			uint64_t rip = rel_target(k, i); \
			check_target(k, i, rip); \
			k->budget += i->left - 1; \
			GO(rip); \
		} \
		NEXT; \
	}
#define ALL_CC(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14) M(15)
ALL_CC(JCC)

/* LOOP and JCXZ: the counter has the address size; LOOP changes no flag. They
 * end their trace, so nothing is given back to the budget. */
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
		GO(taken ? rip : insn_next(c, i)); \
	}
LOOP(loopne, !flag_zf(c))
LOOP(loope, flag_zf(c))
LOOP(loop, true)

HANDLER(jcxz)
{
	if ((c->reg[RCX] & size_mask(INSN_ASZ(i))) == 0) {
		uint64_t rip = rel_target(k, i);

		check_target(k, i, rip);
		GO(rip);
	}
	GO(insn_next(c, i));
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

static inline void push_return_flat(struct core *k, const struct insn *i)
{
	struct cpu *c = k->cpu;
	uint64_t sp = c->reg[RSP] - 8;

	st64(k, i, sp, insn_next(c, i));
	c->reg[RSP] = sp;
}

HANDLER(call_link)
{
	if (INSN_OSZ(i) == 3)
		push_return_flat(k, i);
	else
		push_return(k, i, 1u << INSN_OSZ(i));
	GO_LINK();
}

HANDLER(call)
{
	uint64_t rip = rel_target(k, i);

	check_target(k, i, rip);
	push_return(k, i, 1u << INSN_OSZ(i));
	GO(rip);
}

HANDLER(call_flat)
{
	uint64_t rip = rel_target(k, i);

	check_target(k, i, rip);
	push_return_flat(k, i);
	GO(rip);
}

#define INDIRECT(bits, form, operand) \
	HANDLER(jmp_e_##form##bits) \
	{ \
		uint64_t rip = operand; \
		check_target(k, i, rip); \
		GO(rip); \
	} \
	HANDLER(call_e_##form##bits) \
	{ \
		uint64_t rip = operand; \
		check_target(k, i, rip); \
		push_return(k, i, bits / 8); \
		GO(rip); \
	}
#define INDIRECT_REG(bits, x) INDIRECT(bits, reg, r##bits(c, i->rm))
#define INDIRECT_MEM(bits, form) INDIRECT(bits, form, ld##bits(k, i, LIN_R_##form(bits / 8)))
FOR_WIDE(INDIRECT_REG, )
FOR_WIDE(INDIRECT_MEM, flat)
FOR_WIDE(INDIRECT_MEM, mem)

/* RET, with imm bytes of arguments dropped (0 if none). */
#define RET(bits) \
	HANDLER(ret##bits) \
	{ \
		uint64_t sp = c->reg[RSP]; \
		uint64_t rip = ld##bits(k, i, stack_lin(k, i, sp, bits / 8, false)); \
		check_target(k, i, rip); \
		set_sp(k, sp + bits / 8 + (uint16_t)i->imm); \
		GO(rip); \
	}
RET(16)
RET(32)
HANDLER(ret_flat64)
{
	uint64_t sp = c->reg[RSP];
	uint64_t rip = ld64(k, i, sp);

	check_target(k, i, rip);
	c->reg[RSP] = sp + 8 + (uint16_t)i->imm;
	GO(rip);
}

#define JCC_ROW(n) [n] = {.reg = SAME(jcc_##n)},
#define JCC_LINK_ROW(n) [n] = {.reg = SAME(jcc_link_##n)},
static const struct op_handlers jcc_rows[16] = {ALL_CC(JCC_ROW)};
static const struct op_handlers jcc_link_rows[16] = {ALL_CC(JCC_LINK_ROW)};

#define AT(id) [OP_##id - OP_JCC]

static const struct op_handlers rows[] = {
	AT(JMP) = {.reg = SAME(jmp)},
	AT(JMP_LINK) = {.reg = SAME(jmp_link)},
	AT(CALL) = {.reg = {NULL, call, call, call_flat}},
	AT(CALL_LINK) = {.reg = SAME(call_link)},
	AT(JMP_E) = HANDLERS_WIDE(jmp_e),
	AT(CALL_E) = HANDLERS_WIDE(call_e),
	AT(RET) = {.reg = {NULL, ret16, ret32, ret_flat64}},
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
