/* The common case of x87 arithmetic in integers: normal operands, a normal
 * result, and control word 37Fh (64 bits, to nearest, all exceptions masked).
 * IEEE 754 leaves no choice there, so the bits are those of x87_host.h, but
 * without a look at the host's status word after every operation, which costs
 * more than the operation. Inexact is the only exception that can occur.
 *
 * Functions return false, having done nothing, if the case is not theirs. */
#ifndef LANYARD_CPU_INTERP_X87_SOFT_H
#define LANYARD_CPU_INTERP_X87_SOFT_H

#include "engine/cpu/interp/x87_impl.h"

typedef unsigned __int128 x87_u128;
#define X87_HALF (1ull << 63)

/* A nonzero number: mant * 2^(exp - bias - 63), bit 63 of mant set. exp may lie
 * outside of the format's range on the way. */
struct x87_num {
	uint64_t mant;
	int exp;
	unsigned sign; /* X87_SIGN or 0 */
};

typedef bool x87_soft_fn(struct x87_num a, struct x87_num b, struct x87_num *r, uint64_t *rest);

static inline bool x87_soft_usual(const struct cpu *c)
{
	return (c->x87.fcw & ~FCW_X) == FCW_INIT;
}

/* ST(n), if it is normal (its tag aside). */
static inline bool x87_soft_get(const struct cpu *c, unsigned n, struct x87_num *v)
{
	const struct cpu_x87_reg *r = &c->x87.st[x87_phys(c, n)];
	unsigned se = r->se;

	v->mant = r->mant;
	v->exp = (int)(se & X87_EXP);
	v->sign = se & X87_SIGN;
	return (v->mant & X87_J) && (unsigned)(v->exp - 1) < X87_EXP - 1;
}

/* An IEEE number with e exponent and f fraction bits, if it is normal. */
static inline bool x87_soft_ieee(uint64_t bits, unsigned e, unsigned f, struct x87_num *v)
{
	unsigned max = (1u << e) - 1, exp = (unsigned)(bits >> f) & max;

	v->mant = X87_J | bits << (63 - f);
	v->exp = (int)(exp + X87_BIAS - max / 2);
	v->sign = bits >> (e + f) & 1 ? X87_SIGN : 0;
	return exp - 1 < max - 1;
}

static inline bool x87_soft_int(int64_t i, struct x87_num *v)
{
	uint64_t u = i < 0 ? 0 - (uint64_t)i : (uint64_t)i;
	int shift = u ? __builtin_clzll(u) : 0;

	v->mant = u << shift;
	v->exp = X87_BIAS + 63 - shift;
	v->sign = i < 0 ? X87_SIGN : 0;
	return u;
}

/* ---- operations: r is cut to 64 bits; *rest is what was cut off, as a
 * fraction of 2^64 of the last place, its last bit set if there is more ---- */

static inline bool x87_soft_mul(struct x87_num a, struct x87_num b, struct x87_num *r, uint64_t *rest)
{
	x87_u128 p = (x87_u128)a.mant * b.mant;
	int high = (int)(p >> 127);

	p <<= 1 - high;
	r->mant = (uint64_t)(p >> 64);
	r->exp = a.exp + b.exp - X87_BIAS + high;
	r->sign = a.sign ^ b.sign;
	*rest = (uint64_t)p;
	return true;
}

static inline bool x87_soft_div(struct x87_num a, struct x87_num b, struct x87_num *r, uint64_t *rest)
{
	unsigned less = a.mant < b.mant;
	uint64_t high = less ? a.mant : a.mant >> 1, low = less ? 0 : a.mant << 63, rem;

	__asm__("divq %[by]" : "=a"(r->mant), "=d"(rem) : "a"(low), "d"(high), [by] "r"(b.mant) : "cc");
	r->exp = a.exp - b.exp + X87_BIAS - (int)less;
	r->sign = a.sign ^ b.sign;
	/* rem / b against a half; both have at most 64 bits. */
	*rest = !rem ? 0 : rem == b.mant - rem ? X87_HALF : rem > b.mant - rem ? X87_HALF | 1 : 1;
	return true;
}

static inline bool x87_soft_divr(struct x87_num a, struct x87_num b, struct x87_num *r, uint64_t *rest)
{
	return x87_soft_div(b, a, r, rest);
}

static inline bool x87_soft_add(struct x87_num a, struct x87_num b, struct x87_num *r, uint64_t *rest)
{
	bool swap = a.exp < b.exp || (a.exp == b.exp && a.mant < b.mant), lost;
	struct x87_num x = swap ? b : a, y = swap ? a : b;
	unsigned d = (unsigned)(x.exp - y.exp), shift;
	x87_u128 s = (x87_u128)x.mant << 63, t = (x87_u128)y.mant << 63;

	if (d > 126)
		t = 0, lost = true;
	else
		lost = t & (((x87_u128)1 << d) - 1), t >>= d;
	if (x.sign == y.sign)
		s += t;
	else
		s -= t + lost; /* and a bit more than that remains */
	if (!s)
		return false; /* which zero depends on the rounding */
	shift = s >> 64 ? (unsigned)__builtin_clzll((uint64_t)(s >> 64)) : 64 + (unsigned)__builtin_clzll((uint64_t)s);
	s <<= shift;
	r->mant = (uint64_t)(s >> 64);
	r->exp = x.exp + 1 - (int)shift;
	r->sign = x.sign;
	*rest = (uint64_t)s | lost;
	return true;
}

static inline bool x87_soft_sub(struct x87_num a, struct x87_num b, struct x87_num *r, uint64_t *rest)
{
	b.sign ^= X87_SIGN;
	return x87_soft_add(a, b, r, rest);
}

static inline bool x87_soft_subr(struct x87_num a, struct x87_num b, struct x87_num *r, uint64_t *rest)
{
	return x87_soft_sub(b, a, r, rest);
}

/* ---- results ---- */

/* Rounds the last bits (0 to 63) of v's mantissa and rest to nearest, even on a
 * tie. Returns PE and C1. */
static inline unsigned x87_soft_round(struct x87_num *v, unsigned bits, uint64_t rest)
{
	uint64_t unit = 1ull << bits, cut = v->mant & (unit - 1);
	bool up;

	if (bits)
		rest = cut << (64 - bits) | (rest != 0);
	up = rest > X87_HALF || (rest == X87_HALF && (v->mant & unit));
	v->mant -= cut;
	if (up && !(v->mant += unit)) {
		v->mant = X87_J;
		v->exp++;
	}
	return rest ? up ? FSW_PE | FSW_C1 : FSW_PE : 0;
}

static inline void x87_soft_flags(struct cpu *c, unsigned flags)
{
	c->x87.fsw = (uint16_t)((c->x87.fsw & ~FSW_C1) | flags);
}

/* ST(dst) = ST(0) op b, with the flags; the registers are not empty. */
static inline bool x87_soft_op(struct cpu *c, x87_soft_fn *op, struct x87_num b, unsigned dst)
{
	struct cpu_x87_reg *to = &c->x87.st[x87_phys(c, dst)];
	struct x87_num a, r;
	unsigned flags;
	uint64_t rest;

	if (!x87_soft_get(c, 0, &a) || !op(a, b, &r, &rest) || r.exp < 1)
		return false;
	flags = x87_soft_round(&r, 0, rest);
	if (r.exp >= X87_EXP)
		return false;
	to->mant = r.mant;
	to->se = (uint16_t)(r.sign | (unsigned)r.exp);
	x87_soft_flags(c, flags);
	return true;
}

#endif
