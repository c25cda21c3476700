/* x87 arithmetic: the four operations in all operand forms, square root,
 * rounding to integer, scaling, remainders, FXTRACT, FABS, FCHS. Computed on
 * the host's x87 (x87_host.h), the four operations mostly without it
 * (x87_soft.h); the register stack is ours.
 * Handlers: op_fadd_st0, _sti, _pop, _m32, _m64, _i16, _i32 and so for fmul, fsub,
 * fsubr, fdiv, fdivr: op_##name##_st0. */
#include "engine/cpu/interp/x87_host.h"
#include "engine/cpu/interp/x87_soft.h"

/* The common case; false: nothing is done yet. */
static inline bool soft_registers(struct cpu *c, const struct insn *i, struct core *k, x87_soft_fn *op, unsigned dst,
				  bool pop)
{
	unsigned n = X87_STI;
	struct x87_num b;

	if (!x87_soft_usual(c) || x87_empty(c, 0) || x87_empty(c, n) || !x87_soft_get(c, n, &b) ||
	    !x87_soft_op(c, op, b, dst))
		return false;
	x87_note(c, i, k);
	if (pop)
		x87_pop(c);
	return true;
}

static inline bool soft_memory(struct cpu *c, const struct insn *i, struct core *k, x87_soft_fn *op, struct x87_num b)
{
	if (!x87_soft_usual(c) || x87_empty(c, 0) || !x87_soft_op(c, op, b, 0))
		return false;
	x87_note_mem(c, i, k);
	return true;
}

/* ST(0) op other; stack faults included. dst gets the result. */
static NOINLINE void arith_registers(struct cpu *c, const struct insn *i, struct core *k, x87_host_fn *fn, unsigned dst,
				     bool pop)
{
	struct x87_host h = {.fcw = c->x87.fcw};
	unsigned n = X87_STI;

	x87_note(c, i, k);
	if (UNLIKELY(x87_empty(c, 0) || x87_empty(c, n))) {
		if (x87_raise(c, X87_UNDERFLOW))
			return;
		h.a = X87_INDEFINITE;
	} else {
		h.a = *x87_st(c, 0);
		h.b = *x87_st(c, n);
		if (x87_raise(c, fn(&h) & X87_HOST_FLAGS))
			return;
	}
	x87_put(c, dst, h.a);
	if (pop)
		x87_pop(c);
}

static NOINLINE void arith_memory(struct cpu *c, const struct insn *i, struct core *k, x87_host_fn *fn,
				  struct x87_host *h)
{
	x87_note_mem(c, i, k);
	if (UNLIKELY(x87_empty(c, 0))) {
		if (x87_raise(c, X87_UNDERFLOW))
			return;
		h->a = X87_INDEFINITE;
	} else {
		h->a = *x87_st(c, 0);
		h->fcw = c->x87.fcw;
		if (x87_raise(c, fn(h) & X87_HOST_FLAGS))
			return;
	}
	x87_put(c, 0, h->a);
}

#define ARITH_MEMORY(name, host, soft, convert, field, bits) \
	static NOINLINE void name##_host(struct cpu *c, const struct insn *i, struct core *k, uint##bits##_t m) \
	{ \
		struct x87_host h = {.m.field = m}; \
		arith_memory(c, i, k, host, &h); \
	} \
	void name(struct cpu *c, const struct insn *i, struct core *k) \
	{ \
		struct x87_num b; \
		uint##bits##_t m; \
		X87_WAIT(); \
		m = ld##bits(k, i, lin_read(k, i, bits / 8)); \
		if (!convert(m) || !soft_memory(c, i, k, soft, b)) \
			name##_host(c, i, k, m); \
		NEXT; \
	}
#define FROM_F32(m) x87_soft_ieee(m, 8, 23, &b)
#define FROM_F64(m) x87_soft_ieee(m, 11, 52, &b)
#define FROM_I16(m) x87_soft_int((int16_t)(m), &b)
#define FROM_I32(m) x87_soft_int((int32_t)(m), &b)

#define ARITH_REGISTERS(name, host, soft, dst, pop) \
	static void name##_host(struct cpu *c, const struct insn *i, struct core *k) \
	{ \
		arith_registers(c, i, k, host, dst, pop); \
		NEXT; \
	} \
	void name(struct cpu *c, const struct insn *i, struct core *k) \
	{ \
		X87_WAIT(); \
		if (UNLIKELY(!soft_registers(c, i, k, soft, dst, pop))) \
			MUST_TAIL return name##_host(c, i, k); \
		NEXT; \
	}

/* One row of ModRM.reg in D8..DE. With ST(0) as the left operand of op, the
 * forms differ in nothing but where the result goes: DC /4 is "FSUBR ST(i)",
 * which is ST(0) - ST(i), as D8 /4 is (SDM 2A FSUB, FSUBR). */
#define ARITH(name, op, int_op, soft) \
	X87_HOST2(name##_rr, op " %%st(1), %%st") \
	X87_HOST1(name##_f32, op "s %[m]") \
	X87_HOST1(name##_f64, op "l %[m]") \
	X87_HOST1(name##_w, int_op "s %[m]") \
	X87_HOST1(name##_d, int_op "l %[m]") \
	ARITH_REGISTERS(op_##name##_st0, name##_rr, soft, 0, false) \
	ARITH_REGISTERS(op_##name##_sti, name##_rr, soft, X87_STI, false) \
	ARITH_REGISTERS(op_##name##_pop, name##_rr, soft, X87_STI, true) \
	ARITH_MEMORY(op_##name##_m32, name##_f32, soft, FROM_F32, d, 32) \
	ARITH_MEMORY(op_##name##_m64, name##_f64, soft, FROM_F64, q, 64) \
	ARITH_MEMORY(op_##name##_i16, name##_w, soft, FROM_I16, w, 16) \
	ARITH_MEMORY(op_##name##_i32, name##_d, soft, FROM_I32, d, 32)

ARITH(fadd, "fadd", "fiadd", x87_soft_add)
ARITH(fmul, "fmul", "fimul", x87_soft_mul)
ARITH(fsub, "fsub", "fisub", x87_soft_sub)
ARITH(fsubr, "fsubr", "fisubr", x87_soft_subr)
ARITH(fdiv, "fdiv", "fidiv", x87_soft_div)
ARITH(fdivr, "fdivr", "fidivr", x87_soft_divr)

X87_HOST1(host_fsqrt, "fsqrt")
X87_HOST1(host_frndint, "frndint")
X87_HOST2(host_fscale, "fscale")
X87_HOST2(host_fprem, "fprem")
X87_HOST2(host_fprem1, "fprem1")

/* ST(0) from ST(0), and ST(1) if two. quotient: a remainder, which leaves the
 * quotient's low bits in C0, C3, C1 and "not yet complete" in C2; without a
 * number as result, C0 and C3 stay and C2 is cleared. */
static void unary(struct cpu *c, const struct insn *i, struct core *k, x87_host_fn *fn, bool two, bool quotient)
{
	const unsigned codes = FSW_C0 | FSW_C2 | FSW_C3;
	struct x87_host h = {.fcw = c->x87.fcw};
	unsigned sw;

	x87_note(c, i, k);
	if (quotient)
		c->x87.fsw &= (uint16_t)~FSW_C2;
	if (UNLIKELY(x87_empty(c, 0) || (two && x87_empty(c, 1)))) {
		if (!x87_raise(c, X87_UNDERFLOW))
			x87_put(c, 0, X87_INDEFINITE);
		return;
	}
	h.a = *x87_st(c, 0);
	if (two)
		h.b = *x87_st(c, 1);
	sw = fn(&h);
	if (x87_raise(c, sw & X87_HOST_FLAGS))
		return;
	if (quotient && x87_classify(&h.a) < X87_INF)
		c->x87.fsw = (uint16_t)((c->x87.fsw & ~codes) | (sw & codes));
	*x87_st(c, 0) = h.a;
}

#define UNARY(name, host, two, quotient) \
	void name(struct cpu *c, const struct insn *i, struct core *k) \
	{ \
		X87_WAIT(); \
		unary(c, i, k, host, two, quotient); \
		NEXT; \
	}
UNARY(op_fsqrt, host_fsqrt, false, false)
UNARY(op_frndint, host_frndint, false, false)
UNARY(op_fscale, host_fscale, true, false)
UNARY(op_fprem, host_fprem, true, true)
UNARY(op_fprem1, host_fprem1, true, true)

/* A small integer as a register. */
static struct cpu_x87_reg from_small(int v)
{
	struct cpu_x87_reg r = {.se = v < 0 ? X87_SIGN : 0};
	unsigned u = (unsigned)(v < 0 ? -v : v);
	int shift;

	if (!u)
		return r;
	shift = __builtin_clzll(u);
	r.mant = (uint64_t)u << shift;
	r.se |= (uint16_t)(X87_BIAS + 63 - shift);
	return r;
}

/* Splits r into its significand (returned in place) and its exponent. */
static unsigned extract(struct cpu_x87_reg *r, struct cpu_x87_reg *exponent)
{
	int e = r->se & X87_EXP, shift;

	*exponent = *r;
	switch (x87_classify(r)) {
	case X87_ZERO: *exponent = (struct cpu_x87_reg){.mant = X87_J, .se = 0xffff}; return FSW_ZE;
	case X87_INF: exponent->se = X87_EXP; return 0;
	case X87_QNAN: return 0;
	case X87_SNAN:
		r->mant |= X87_QUIET;
		exponent->mant |= X87_QUIET;
		return FSW_IE;
	case X87_UNSUPPORTED: *r = *exponent = X87_INDEFINITE; return FSW_IE;
	default: break;
	}
	shift = __builtin_clzll(r->mant);
	*exponent = from_small((e ? e : 1) - shift - X87_BIAS);
	r->mant <<= shift;
	r->se = (uint16_t)((r->se & X87_SIGN) | X87_BIAS);
	return e ? 0 : FSW_DE;
}

void op_fxtract(struct cpu *c, const struct insn *i, struct core *k)
{
	struct cpu_x87_reg significand, exponent;

	X87_WAIT();
	x87_note(c, i, k);
	if (UNLIKELY(x87_empty(c, 0) || !x87_empty(c, 7))) {
		if (x87_raise(c, x87_empty(c, 0) ? X87_UNDERFLOW : X87_OVERFLOW))
			NEXT;
		significand = exponent = X87_INDEFINITE;
	} else {
		significand = *x87_st(c, 0);
		if (x87_raise(c, extract(&significand, &exponent)))
			NEXT;
	}
	x87_put(c, 0, exponent);
	x87_push(c, significand);
	NEXT;
}

/* The sign bit alone, of whatever is there; no exception but an empty one. */
static void sign(struct cpu *c, const struct insn *i, const struct core *k, unsigned keep, unsigned flip)
{
	struct cpu_x87_reg *r = x87_st(c, 0);

	x87_note(c, i, k);
	if (UNLIKELY(x87_empty(c, 0))) {
		if (!x87_raise(c, X87_UNDERFLOW))
			x87_put(c, 0, X87_INDEFINITE);
		return;
	}
	c->x87.fsw &= (uint16_t)~FSW_C1;
	r->se = (uint16_t)((r->se & keep) ^ flip);
}

void op_fabs(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	sign(c, i, k, X87_EXP, 0);
	NEXT;
}

void op_fchs(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	sign(c, i, k, 0xffff, X87_SIGN);
	NEXT;
}
