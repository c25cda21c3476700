/* x87 transcendentals: F2XM1, FYL2X, FYL2XP1, FPATAN, FSIN, FCOS, FSINCOS,
 * FPTAN. Processors differ in their last bits; here each result is the exact
 * one rounded (x87_wide.h), whatever the host. Special operands follow the
 * tables of SDM 2A. Trigonometric arguments are reduced with the 66 bits of pi
 * that Intel's processors use (SDM 1 8.3.8), so results near multiples of pi are
 * theirs as well. */
#include "engine/cpu/interp/x87_impl.h"
#include "engine/cpu/interp/x87_wide.h"

#define INFINITY_REG ((struct cpu_x87_reg){.mant = X87_J, .se = X87_EXP})

static struct cpu_x87_reg invalid(unsigned *flags)
{
	*flags |= FSW_IE;
	return X87_INDEFINITE;
}

static struct cpu_x87_reg with_sign(struct cpu_x87_reg r, bool neg)
{
	r.se = (uint16_t)((r.se & X87_EXP) | (neg ? X87_SIGN : 0));
	return r;
}

static bool negative(const struct cpu_x87_reg *r)
{
	return r->se & X87_SIGN;
}
static bool is_nan(enum x87_class t)
{
	return t >= X87_QNAN;
} /* or unsupported */

/* The answer to one operand that is a NaN or unsupported. */
static struct cpu_x87_reg nan_of(const struct cpu_x87_reg *a, unsigned *flags)
{
	struct cpu_x87_reg r = *a;
	enum x87_class t = x87_classify(a);

	if (t == X87_UNSUPPORTED)
		return invalid(flags);
	if (t == X87_SNAN)
		*flags |= FSW_IE;
	r.mant |= X87_QUIET;
	return r;
}

/* Of two operands, at least one NaN or unsupported (SDM 1 table 4-7). */
static struct cpu_x87_reg nan_of_two(const struct cpu_x87_reg *a, const struct cpu_x87_reg *b, unsigned *flags)
{
	enum x87_class ta = x87_classify(a), tb = x87_classify(b);
	const struct cpu_x87_reg *r = a;

	if (ta == X87_UNSUPPORTED || tb == X87_UNSUPPORTED)
		return invalid(flags);
	if (ta == X87_SNAN || tb == X87_SNAN)
		*flags |= FSW_IE;
	if (!is_nan(ta))
		r = b;
	else if (is_nan(tb) && ta != tb)
		r = ta == X87_QNAN ? a : b;
	else if (is_nan(tb))
		r = a->mant > b->mant || (a->mant == b->mant && !negative(a)) ? a : b;
	return nan_of(r, flags);
}

static void note_denormal(enum x87_class t, unsigned *flags)
{
	if (t == X87_DENORMAL)
		*flags |= FSW_DE;
}

/* An unmasked exception found before computing hides what computing finds. */
static bool raise_trans(struct cpu *c, unsigned flags)
{
	if (flags & ~(unsigned)c->x87.fcw & (FSW_IE | FSW_DE | FSW_ZE))
		flags &= (flags & FSW_SF ? X87_OVERFLOW : 0) | FSW_IE | FSW_DE | FSW_ZE;
	return x87_raise(c, flags);
}

/* ---- one operand: F2XM1 ---- */

static struct cpu_x87_reg f2xm1(const struct cpu_x87_reg *x, uint16_t fcw, unsigned *flags)
{
	const struct wide one = {(u128)1 << 127, 0, false};
	enum x87_class t = x87_classify(x);
	struct wide w;

	if (is_nan(t))
		return nan_of(x, flags);
	if (t == X87_ZERO)
		return *x;
	if (t == X87_INF)
		return negative(x) ? with_sign(X87_ONE, true) : *x;
	note_denormal(t, flags);
	w = wide_from_reg(x);
	if (wide_less(&w, &one))
		return wide_round(wide_expm1(wide_mul(w, wide_ln2)), false, fcw, flags);
	/* 2^1 - 1 and 2^-1 - 1; outside of [-1, +1] processors return the operand. */
	if (w.e == 0 && w.m == one.m)
		return wide_round(negative(x) ? wide_make(one.m, -1, true) : one, true, fcw, flags);
	*flags |= FSW_PE;
	return *x;
}

void op_f2xm1(struct cpu *c, const struct insn *i, struct core *k)
{
	struct cpu_x87_reg v = X87_INDEFINITE;
	unsigned flags = 0;

	X87_WAIT();
	x87_note(c, i, k);
	if (UNLIKELY(x87_empty(c, 0)))
		flags = X87_UNDERFLOW;
	else
		v = f2xm1(x87_st(c, 0), c->x87.fcw, &flags);
	if (!raise_trans(c, flags))
		x87_put(c, 0, v);
	NEXT_FRAMED;
}

/* ---- two operands, result in ST(1), pop ---- */

typedef struct cpu_x87_reg two_fn(const struct cpu_x87_reg *x, const struct cpu_x87_reg *y, uint16_t fcw,
				  unsigned *flags);

static void two_operands(struct cpu *c, const struct insn *i, struct core *k, two_fn *fn)
{
	struct cpu_x87_reg v = X87_INDEFINITE;
	unsigned flags = 0;

	x87_note(c, i, k);
	if (UNLIKELY(x87_empty(c, 0) || x87_empty(c, 1)))
		flags = X87_UNDERFLOW;
	else
		v = fn(x87_st(c, 0), x87_st(c, 1), c->x87.fcw, &flags);
	if (raise_trans(c, flags))
		return;
	x87_put(c, 1, v);
	x87_pop(c);
}

/* What is known of a logarithm without computing it. */
struct logarithm {
	bool invalid, zero, inf, neg;
	bool pole;                         /* the infinite one of a finite argument */
	const struct cpu_x87_reg *instead; /* of a product: outside of the domain */
};

static struct cpu_x87_reg log_times(const struct logarithm *l, struct wide log2, bool exact,
				    const struct cpu_x87_reg *y, uint16_t fcw, unsigned *flags)
{
	enum x87_class t = x87_classify(y);
	bool neg = l->neg != negative(y);

	if (l->invalid || (l->zero && t == X87_INF) || (l->inf && t == X87_ZERO)) {
		*flags &= ~(unsigned)FSW_DE;
		return invalid(flags);
	}
	if (l->pole && t != X87_INF) {
		*flags = FSW_ZE;
		return with_sign(INFINITY_REG, neg);
	}
	note_denormal(t, flags);
	if (l->inf || t == X87_INF)
		return with_sign(INFINITY_REG, neg);
	if (l->zero || t == X87_ZERO)
		return (struct cpu_x87_reg){.se = neg ? X87_SIGN : 0};
	if (l->instead) {
		*flags |= FSW_PE;
		return *l->instead;
	}
	return wide_round(wide_mul(log2, wide_from_reg(y)), exact, fcw, flags);
}

static struct cpu_x87_reg yl2x(const struct cpu_x87_reg *x, const struct cpu_x87_reg *y, uint16_t fcw, unsigned *flags)
{
	enum x87_class t = x87_classify(x);
	struct logarithm l = {false};
	struct wide w, log2 = {0};
	bool power = false; /* x is a power of two: the logarithm is exact */

	if (is_nan(t) || is_nan(x87_classify(y)))
		return nan_of_two(x, y, flags);
	l.invalid = t != X87_ZERO && negative(x);
	l.pole = t == X87_ZERO;
	l.inf = l.pole || t == X87_INF;
	l.neg = l.pole || (x->se & X87_EXP) < X87_BIAS;
	note_denormal(t, flags);
	if (!l.invalid && !l.inf) {
		w = wide_from_reg(x);
		power = !(w.m << 1);
		log2 = wide_log2(w);
		l.zero = !log2.m;
	}
	return log_times(&l, log2, power, y, fcw, flags);
}

/* Defined for |x| < 1 - sqrt(1/2); beyond it goes on as the function does, and
 * from -1 down x is returned, as processors do. */
static struct cpu_x87_reg yl2xp1(const struct cpu_x87_reg *x, const struct cpu_x87_reg *y, uint16_t fcw,
				 unsigned *flags)
{
	const struct wide one = {(u128)1 << 127, 0, false};
	enum x87_class t = x87_classify(x);
	struct logarithm l = {.neg = negative(x)};
	struct wide w, sum, log2 = {0};
	bool power = false;

	if (is_nan(t) || is_nan(x87_classify(y)))
		return nan_of_two(x, y, flags);
	l.zero = t == X87_ZERO;
	l.inf = t == X87_INF;
	l.invalid = l.inf && l.neg;
	note_denormal(t, flags);
	if (!l.zero && !l.inf) {
		w = wide_from_reg(x);
		sum = wide_add(one, w);
		power = !(sum.m << 1);
		if (!sum.m || sum.neg)
			l.instead = x;
		else
			log2 = wide_log2p1(w);
	}
	return log_times(&l, log2, power, y, fcw, flags);
}

/* n quarters of pi */
static struct cpu_x87_reg quarters(unsigned n, bool neg, uint16_t fcw, unsigned *flags)
{
	struct wide w = {U128(0x96cbe3f9990e91a7, 0x9394c9e8a0a5159d), 1, neg}; /* 3/4 pi */

	if (n != 3) {
		w = wide_pi;
		w.neg = neg;
		w.e -= n == 1 ? 2 : n == 2 ? 1 : 0;
	}
	return wide_round(w, false, fcw, flags);
}

static struct cpu_x87_reg patan(const struct cpu_x87_reg *x, const struct cpu_x87_reg *y, uint16_t fcw, unsigned *flags)
{
	enum x87_class tx = x87_classify(x), ty = x87_classify(y);
	bool left = negative(x), neg = negative(y);
	struct wide wx, wy, v;

	if (is_nan(tx) || is_nan(ty))
		return nan_of_two(x, y, flags);
	note_denormal(tx, flags);
	note_denormal(ty, flags);
	if (ty == X87_INF)
		return quarters(tx != X87_INF ? 2 : left ? 3 : 1, neg, fcw, flags);
	if (ty == X87_ZERO || tx == X87_INF) {
		if (left)
			return quarters(4, neg, fcw, flags);
		return (struct cpu_x87_reg){.se = neg ? X87_SIGN : 0};
	}
	if (tx == X87_ZERO)
		return quarters(2, neg, fcw, flags);
	wx = wide_from_reg(x);
	wy = wide_from_reg(y);
	wx.neg = wy.neg = false;
	v = wide_atan2(wy, wx);
	if (left)
		v = wide_add(wide_pi, wide_neg(v));
	v.neg = neg;
	return wide_round(v, false, fcw, flags);
}

#define TWO_OPERANDS(name, fn) \
	void name(struct cpu *c, const struct insn *i, struct core *k) \
	{ \
		X87_WAIT(); \
		two_operands(c, i, k, fn); \
		NEXT; \
	}
TWO_OPERANDS(op_fyl2x, yl2x)
TWO_OPERANDS(op_fyl2xp1, yl2xp1)
TWO_OPERANDS(op_fpatan, patan)

/* ---- trigonometric ---- */

/* x = n pi/2 + *r, |r| <= pi/4, exactly, for |x| < 2^63; returns n mod 4. */
static unsigned reduce(struct wide x, struct wide *r)
{
	const u128 half_pi = U128(3, 0x243f6a8885a308d3); /* units of 2^-65 */
	u128 v, rem;
	uint64_t n;
	bool neg;

	*r = x;
	if (x.e < -1)
		return 0;
	v = x.m >> (62 - x.e);
	n = (uint64_t)(v / half_pi);
	rem = v % half_pi;
	neg = rem > half_pi - rem;
	if (neg) {
		rem = half_pi - rem;
		n++;
	}
	*r = wide_make(rem, 62, neg != x.neg);
	return (unsigned)(x.neg ? 0 - n : n) & 3;
}

enum { SIN, COS, TAN };

/* a is finite, not zero */
static struct cpu_x87_reg circular(const struct cpu_x87_reg *a, int what, uint16_t fcw, unsigned *flags)
{
	struct wide r, v;
	unsigned n = reduce(wide_from_reg(a), &r);

	if (what == TAN) {
		v = n & 1 ? wide_neg(wide_div(wide_cos(r), wide_sin(r))) : wide_tan(r);
		return wide_round(v, false, fcw, flags);
	}
	if (what == COS)
		n++;
	v = n & 1 ? wide_cos(r) : wide_sin(r);
	if (n & 2)
		v = wide_neg(v);
	return wide_round(v, false, fcw, flags);
}

static struct cpu_x87_reg trig(const struct cpu_x87_reg *a, int what, uint16_t fcw, unsigned *flags)
{
	enum x87_class t = x87_classify(a);

	if (is_nan(t))
		return nan_of(a, flags);
	if (t == X87_INF)
		return invalid(flags);
	if (t == X87_ZERO)
		return what == COS ? X87_ONE : *a;
	note_denormal(t, flags);
	return circular(a, what, fcw, flags);
}

/* |ST(0)| >= 2^63: C2 says so and nothing else happens. */
static bool out_of_range(struct cpu *c)
{
	const struct cpu_x87_reg *a = x87_st(c, 0);
	enum x87_class t = x87_classify(a);
	bool out = t == X87_NORMAL && (a->se & X87_EXP) >= X87_BIAS + 63;

	if (out)
		c->x87.fsw = (uint16_t)((c->x87.fsw & ~FSW_C1) | FSW_C2);
	return out;
}

static void one_result(struct cpu *c, const struct insn *i, struct core *k, int what)
{
	struct cpu_x87_reg v = X87_INDEFINITE;
	unsigned flags = 0;

	x87_note(c, i, k);
	c->x87.fsw &= (uint16_t)~FSW_C2;
	if (UNLIKELY(x87_empty(c, 0))) {
		flags = X87_UNDERFLOW;
	} else {
		if (out_of_range(c))
			return;
		v = trig(x87_st(c, 0), what, c->x87.fcw, &flags);
	}
	if (!raise_trans(c, flags))
		x87_put(c, 0, v);
}

/* FSINCOS and FPTAN: one result in ST(0), one pushed. */
static void two_results(struct cpu *c, const struct insn *i, struct core *k, int what)
{
	struct cpu_x87_reg v = X87_INDEFINITE, w = X87_INDEFINITE;
	unsigned flags = 0, more = 0;

	x87_note(c, i, k);
	c->x87.fsw &= (uint16_t)~FSW_C2;
	if (UNLIKELY(x87_empty(c, 0) || !x87_empty(c, 7))) {
		flags = x87_empty(c, 0) ? X87_UNDERFLOW : X87_OVERFLOW;
	} else {
		if (out_of_range(c))
			return;
		v = trig(x87_st(c, 0), what, c->x87.fcw, &flags);
		if (what == SIN)
			w = trig(x87_st(c, 0), COS, c->x87.fcw, &more);
		else
			w = x87_classify(&v) >= X87_INF ? v : X87_ONE;
	}
	if (raise_trans(c, flags | (more & ~(unsigned)FSW_C1)))
		return;
	x87_put(c, 0, v);
	x87_push(c, w);
}

#define TRIG(name, fn, what) \
	void name(struct cpu *c, const struct insn *i, struct core *k) \
	{ \
		X87_WAIT(); \
		fn(c, i, k, what); \
		NEXT; \
	}
TRIG(op_fsin, one_result, SIN)
TRIG(op_fcos, one_result, COS)
TRIG(op_fsincos, two_results, SIN)
TRIG(op_fptan, two_results, TAN)
