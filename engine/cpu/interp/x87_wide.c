/* 128-bit arithmetic and the series behind the transcendental functions. All
 * series are evaluated in fixed point by Horner's rule, on arguments reduced
 * until about two dozen terms suffice; what the result's relative precision
 * hangs on is multiplied in at the end in floating point. */
#include "engine/cpu/interp/x87_wide.h"

#include "engine/cpu/interp/x87_impl.h"

#define TOP ((u128)1 << 127)
#define ONE TOP /* 1.0 in fixed point with 127 fraction bits (Q127) */

const struct wide wide_pi = {U128(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1), 1, false};
const struct wide wide_ln2 = {U128(0xb17217f7d1cf79ab, 0xc9e3b39803f2f6af), -1, false};
/* 2 / ln 2 */
static const struct wide two_log2e = {U128(0xb8aa3b295c17f0bb, 0xbe87fed0691d3e89), 1, false};
static const struct wide one = {TOP, 0, false}, two = {TOP, 1, false};

static unsigned clz128(u128 v)
{
	uint64_t hi = (uint64_t)(v >> 64);

	return (unsigned)(hi ? __builtin_clzll(hi) : 64 + __builtin_clzll((uint64_t)v));
}

/* The upper half of the product. */
static u128 mulhi(u128 a, u128 b)
{
	uint64_t a1 = (uint64_t)(a >> 64), a0 = (uint64_t)a, b1 = (uint64_t)(b >> 64), b0 = (uint64_t)b;
	u128 mid1 = (u128)a1 * b0, mid0 = (u128)a0 * b1;
	u128 carry = (((u128)a0 * b0) >> 64) + (uint64_t)mid1 + (uint64_t)mid0;

	return (u128)a1 * b1 + (mid1 >> 64) + (mid0 >> 64) + (carry >> 64);
}

/* v >> n for any n; bits lost are remembered in bit 0. */
static u128 shift_sticky(u128 v, int n)
{
	if (n <= 0)
		return v;
	if (n > 127)
		return v != 0;
	return v >> n | ((v << (128 - n)) != 0);
}

struct wide wide_make(u128 m, int e, bool neg)
{
	struct wide r = {0, 0, neg};
	unsigned shift;

	if (!m)
		return r;
	shift = clz128(m);
	r.m = m << shift;
	r.e = e - (int)shift;
	return r;
}

struct wide wide_from_reg(const struct cpu_x87_reg *r)
{
	int e = r->se & X87_EXP;

	return wide_make((u128)r->mant << 64, (e ? e : 1) - X87_BIAS, r->se & X87_SIGN);
}

bool wide_less(const struct wide *a, const struct wide *b)
{
	if (!a->m || !b->m)
		return b->m != 0;
	return a->e != b->e ? a->e < b->e : a->m < b->m;
}

struct wide wide_add(struct wide a, struct wide b)
{
	struct wide t;
	u128 m;

	if (wide_less(&a, &b)) {
		t = a;
		a = b;
		b = t;
	}
	if (!b.m)
		return a;
	m = shift_sticky(b.m, a.e - b.e);
	if (a.neg != b.neg)
		return wide_make(a.m - m, a.e, a.neg);
	m += a.m;
	if (m < a.m)
		return wide_make(m >> 1 | TOP | (m & 1), a.e + 1, a.neg);
	return wide_make(m, a.e, a.neg);
}

struct wide wide_mul(struct wide a, struct wide b)
{
	if (!a.m || !b.m)
		return wide_make(0, 0, a.neg != b.neg);
	return wide_make(mulhi(a.m, b.m), a.e + b.e + 1, a.neg != b.neg);
}

/* Bit by bit; what remains is remembered in bit 0. */
struct wide wide_div(struct wide a, struct wide b)
{
	u128 rem = a.m, q = 0;
	bool carry = false;
	int n;

	if (!a.m)
		return wide_make(0, 0, a.neg != b.neg);
	for (n = 0; n < 128; n++) {
		q <<= 1;
		if (carry || rem >= b.m) {
			rem -= b.m;
			q |= 1;
		}
		carry = rem >> 127;
		rem <<= 1;
	}
	return wide_make(q | (rem || carry), a.e - b.e, a.neg != b.neg);
}

/* |w| < 1 as a fraction of 128 bits (Q128), cut. */
static u128 fraction(const struct wide *w)
{
	int shift = -1 - w->e;

	return shift > 127 || !w->m ? 0 : w->m >> shift;
}

static struct wide from_q127(u128 f)
{
	return wide_make(f, 0, false);
}

static struct wide times_q127(struct wide w, u128 f)
{
	return wide_mul(w, from_q127(f));
}

/* e^y - 1 = y (1 + y/2 (1 + y/3 (...))) */
struct wide wide_expm1(struct wide y)
{
	u128 q = fraction(&y), f = ONE, t;
	unsigned n;

	for (n = 32; n >= 2; n--) {
		t = mulhi(q, f) / n;
		f = y.neg ? ONE - t : ONE + t;
	}
	return times_q127(y, f);
}

/* 1 + s/3 + s^2/5 + ..., or with alternating signs; s < 0.03. */
static u128 odd_series(u128 s, bool alternating)
{
	u128 f = ONE / 55, t;
	unsigned n;

	for (n = 53; n >= 1; n -= 2) {
		t = mulhi(s, f);
		f = alternating ? ONE / n - t : ONE / n + t;
		if (n == 1)
			break;
	}
	return f;
}

/* log2(num / den) = 2/ln2 atanh(z), z = (num - den) / (num + den), given these. */
static struct wide log2_ratio(struct wide difference, struct wide sum)
{
	struct wide z = wide_div(difference, sum), s = wide_mul(z, z);

	return times_q127(wide_mul(z, two_log2e), odd_series(fraction(&s), false));
}

struct wide wide_log2(struct wide x)
{
	const struct wide minus_one = wide_neg(one);
	int e = x.e;
	struct wide k, m = x;

	/* x = 2^e m, m from 0.707 to 1.414 */
	if (m.m > U128(0xb504f333f9de6484, 0)) {
		e++;
		m.e = -1;
	} else {
		m.e = 0;
	}
	k = wide_make((u128)(unsigned)(e < 0 ? -e : e), 127, e < 0);
	return wide_add(k, log2_ratio(wide_add(m, minus_one), wide_add(m, one)));
}

struct wide wide_log2p1(struct wide x)
{
	/* |x| < 0.25: no detour over 1 + x, which would lose bits of x */
	if (x.e < -2)
		return log2_ratio(x, wide_add(two, x));
	return wide_log2(wide_add(one, x));
}

/* atan(j / 16), Q128 */
static const u128 atan_table[17] = {
	0,
	U128(0x0ffaaddb967ef4e3, 0x6cb2792dc0e2e0d5),
	U128(0x1fd5ba9aac2f6dc6, 0x5912f313e7d111df),
	U128(0x2f72f6979cb6044d, 0x1ec2d3e207271d22),
	U128(0x3eb6ebf25901bac5, 0x5b71e7bd7de885f9),
	U128(0x4d89dcdc1faf2f34, 0xe2d5da4c693d7994),
	U128(0x5bd86507937bc239, 0xc55190916e7f2242),
	U128(0x6993bb0f308ff2db, 0x213e4af4800f389b),
	U128(0x76b19c1586ed3da2, 0xb7f222f65e1d4682),
	U128(0x832bf4a6d9867e2a, 0x4b6a09cb61a515c1),
	U128(0x8f005d5ef7f59f9b, 0x5c835e1665c43748),
	U128(0x9a2f80e671bdda20, 0x4226f8e2204ff3bd),
	U128(0xa4bc7d1934f70924, 0x19a87f2a457dac9f),
	U128(0xaeac4c38b4d8c080, 0x14725e2f3e52070a),
	U128(0xb8053e2bc2319e73, 0xcb2da55210a4443d),
	U128(0xc0ce85b8ac526640, 0x89dd62c46e92fa25),
	U128(0xc90fdaa22168c234, 0xc4c6628b80dc1cd1),
};

/* atan(t), |t| < 1/16; below t even where the difference cannot be seen. */
static struct wide atan_small(struct wide t)
{
	struct wide s = wide_mul(t, t);
	u128 f = odd_series(fraction(&s), true);

	return times_q127(t, f == ONE ? ONE - 1 : f);
}

/* atan(b / a) for b <= a: c = j/16 near b/a, then
 * atan(c) + atan((b - c a) / (a + c b)). */
static struct wide atan_ratio(struct wide b, struct wide a)
{
	struct wide q = wide_div(b, a), c, t;
	unsigned j;

	if (q.e < -5)
		return atan_small(q);
	j = q.e >= 0 ? 16 : (unsigned)(((fraction(&q) >> 123) + 1) >> 1);
	c = wide_make(j, 123, false); /* j / 16 */
	t = wide_div(wide_add(b, wide_neg(wide_mul(c, a))), wide_add(a, wide_mul(c, b)));
	return wide_add(wide_make(atan_table[j], -1, false), atan_small(t));
}

struct wide wide_atan2(struct wide y, struct wide x)
{
	struct wide half_pi = wide_pi;

	if (!wide_less(&x, &y))
		return atan_ratio(y, x);
	half_pi.e = 0;
	return wide_add(half_pi, wide_neg(atan_ratio(x, y)));
}

/* 1 - s/(n(n+1)) (1 - s/((n+2)(n+3)) (...)): cosine for n = 1, sine over its
 * argument for n = 2. Always below 1, as the true value is for s > 0. */
static u128 circular(u128 s, unsigned n)
{
	u128 f = ONE;
	unsigned j;

	for (j = n + 32; j >= n; j -= 2) {
		f = ONE - mulhi(s, f) / (j * (j + 1));
		if (j == n)
			break;
	}
	return f == ONE ? ONE - 1 : f;
}

struct wide wide_sin(struct wide r)
{
	struct wide s = wide_mul(r, r);

	return times_q127(r, circular(fraction(&s), 2));
}

struct wide wide_cos(struct wide r)
{
	struct wide s = wide_mul(r, r);

	return from_q127(circular(fraction(&s), 1));
}

struct wide wide_tan(struct wide r)
{
	if (r.e < -60) { /* r + r^3/3: beyond r, within its next bit */
		r.m |= 1;
		return r;
	}
	return wide_div(wide_sin(r), wide_cos(r));
}

/* ---- rounding ---- */

/* m cut to its upper half and rounded; *up: away from zero. */
static uint64_t round_half(u128 m, bool neg, uint16_t fcw, bool *up, bool *carry)
{
	uint64_t hi = (uint64_t)(m >> 64), lo = (uint64_t)m;

	switch (fcw & FCW_RC) {
	case FCW_RC_NEAR: *up = lo > X87_J || (lo == X87_J && (hi & 1)); break;
	case FCW_RC_DOWN: *up = lo && neg; break;
	case FCW_RC_UP: *up = lo && !neg; break;
	default: *up = false; break;
	}
	hi += *up;
	*carry = *up && !hi;
	return *carry ? X87_J : hi;
}

static struct cpu_x87_reg overflow(bool neg, uint16_t fcw, unsigned *flags)
{
	unsigned rc = fcw & FCW_RC;
	bool inf = rc == FCW_RC_NEAR || rc == (neg ? FCW_RC_DOWN : FCW_RC_UP);

	*flags |= FSW_OE | FSW_PE | (inf ? FSW_C1 : 0);
	return (struct cpu_x87_reg){.mant = inf ? X87_J : ~0ull,
				    .se = (uint16_t)((neg ? X87_SIGN : 0) | (inf ? X87_EXP : X87_EXP - 1))};
}

struct cpu_x87_reg wide_round(struct wide w, bool exact, uint16_t fcw, unsigned *flags)
{
	struct cpu_x87_reg r = {.se = w.neg ? X87_SIGN : 0};
	u128 m = w.m | !exact;
	int e = w.e + X87_BIAS;
	bool up, carry, tiny;

	if (!w.m)
		return r;
	r.mant = round_half(m, w.neg, fcw, &up, &carry);
	/* Tininess is found after rounding to an unbounded exponent (SDM 1 4.9.1.5). */
	tiny = e + carry < 1;
	if (tiny && (fcw & FSW_UE)) {
		m = shift_sticky(m, 1 - e);
		r.mant = round_half(m, w.neg, fcw, &up, &carry);
		e = r.mant & X87_J ? 1 : 0;
	} else {
		e += carry;
		if (tiny)
			e += 0x6000; /* unmasked: a biased result (SDM 1 8.5.5) */
		if (e > X87_EXP - 1) {
			if (fcw & FSW_OE)
				return overflow(w.neg, fcw, flags);
			e -= 0x6000;
			*flags |= FSW_OE;
		}
	}
	*flags |= FSW_PE | (up ? FSW_C1 : 0) | (tiny ? FSW_UE : 0);
	r.se |= (uint16_t)(e & X87_EXP);
	return r;
}
