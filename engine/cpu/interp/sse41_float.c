/* SSE4.1, floating point: rounding to integral values, in software, and dot
 * products, made of SSE multiplications and additions. */
#include "engine/cpu/interp/sse_fp.h"

/* ---- ROUNDPS, ROUNDPD, ROUNDSS, ROUNDSD (SDM 2) ---- */

enum { ROUND_NEAREST, ROUND_DOWN, ROUND_UP, ROUND_ZERO }; /* imm8 bits 0-1, MXCSR.RC */
enum { ROUND_BY_MXCSR = 4, ROUND_NO_PE = 8 };             /* imm8 */

/* A number format by its count of fraction bits and its exponent's width. */
struct format {
	unsigned fraction, exponent;
};
static const struct format single = {23, 8}, twice = {52, 11};

/* Bits below one are dropped, 1.0 or a unit is added where the mode says so.
 * Adding to the encoding carries into the exponent as it should. */
static uint64_t round_fraction(const struct format *f, uint64_t magnitude, bool negative, unsigned mode)
{
	unsigned bias = (1u << (f->exponent - 1)) - 1, exponent = (unsigned)(magnitude >> f->fraction);
	uint64_t unit, rest, one = (uint64_t)bias << f->fraction;
	bool away;

	if (exponent < bias) { /* below 1.0: the result is 0 or 1 */
		away = mode == ROUND_NEAREST ? magnitude > one - (1ull << f->fraction)
		       : mode == ROUND_DOWN  ? negative && magnitude
		       : mode == ROUND_UP    ? !negative && magnitude
					     : false;
		return away ? one : 0;
	}
	unit = 1ull << (f->fraction - (exponent - bias));
	rest = magnitude & (unit - 1);
	magnitude -= rest;
	/* For 1.x the lowest kept bit is the implicit one, which is odd: with
	 * fraction bits in all lower places, bit "unit" is the exponent's low
	 * bit, and the bias is odd in both formats. */
	away = mode == ROUND_NEAREST ? rest > unit / 2 || (rest == unit / 2 && magnitude & unit)
	       : mode == ROUND_DOWN  ? negative && rest
	       : mode == ROUND_UP    ? !negative && rest
				     : false;
	return away ? magnitude + unit : magnitude;
}

static uint64_t round_lane(const struct format *f, uint64_t v, unsigned mode, bool daz, unsigned *flags)
{
	uint64_t sign = 1ull << (f->fraction + f->exponent), magnitude = v & (sign - 1), r;
	uint64_t infinity = ((1ull << f->exponent) - 1) << f->fraction, quiet = 1ull << (f->fraction - 1);
	unsigned bias = (1u << (f->exponent - 1)) - 1;

	if (magnitude > infinity) {
		if (!(v & quiet))
			*flags |= MXCSR_IE;
		return v | quiet;
	}
	if (magnitude >= (uint64_t)(bias + f->fraction) << f->fraction)
		return v; /* integral, or infinite */
	if (daz && !(magnitude & infinity))
		return v & sign;
	r = round_fraction(f, magnitude, v & sign, mode);
	if (r != magnitude)
		*flags |= MXCSR_PE;
	return (v & sign) | r;
}

static __m128i round_by(struct core *k, const struct insn *i, const struct format *f, unsigned lanes, __m128i a,
			__m128i b)
{
	const struct cpu *c = k->cpu;
	union cpu_xmm d = xmm_split(a), s = xmm_split(b);
	unsigned imm = simd_imm(i), flags = 0;
	unsigned mode = imm & ROUND_BY_MXCSR ? (c->mxcsr & MXCSR_RC) >> MXCSR_RC_SHIFT : imm & 3;
	bool daz = c->mxcsr & MXCSR_DAZ;

	for (unsigned n = 0; n < lanes; n++) {
		if (f == &twice)
			d.q[n] = round_lane(f, s.q[n], mode, daz, &flags);
		else
			d.d[n] = (uint32_t)round_lane(f, s.d[n], mode, daz, &flags);
	}
	if (imm & ROUND_NO_PE)
		flags &= ~(unsigned)MXCSR_PE;
	sse_raise(k, i, flags);
	return xmm_join(d);
}

XMM_OP(roundps, round_by(k, i, &single, 4, a, b))
XMM_OP(roundpd, round_by(k, i, &twice, 2, a, b))
XMM_BOTH(roundss, mem_32, round_by(k, i, &single, 1, a, b))
XMM_BOTH(roundsd, mem_64, round_by(k, i, &twice, 1, a, b))

/* ---- DPPS, DPPD: imm8 bits 4-7 choose the products, 0-3 where the sum goes ---- */

FP_DEFINE(product_ps, FP_MUL, "mulps %[b], %[a]")
FP_DEFINE(product_pd, FP_MUL | FP_DOUBLE, "mulpd %[b], %[a]")
FP_DEFINE(sum_ps, FP_ADD, "addps %[b], %[a]")
FP_DEFINE(sum_pd, FP_ADD | FP_DOUBLE, "addpd %[b], %[a]")

static inline __m128i lanes_ps(unsigned bits)
{
	const __m128i which = _mm_set_epi32(8, 4, 2, 1);

	return _mm_cmpeq_epi32(_mm_and_si128(_mm_set1_epi32((int)bits), which), which);
}

static inline __m128i lanes_pd(unsigned bits)
{
	return _mm_set_epi64x(-(long long)(bits >> 1 & 1), -(long long)(bits & 1));
}

#define SWAP_PAIRS _MM_SHUFFLE(2, 3, 0, 1)
#define SWAP_HALVES _MM_SHUFFLE(1, 0, 3, 2)

/* Lanes left out multiply zeros, which raise nothing. Then neighbours are
 * summed, and the two sums. The order shows only if several products are NaN:
 * the first operand's wins, so each lane has its own preference. SDM 2 leaves it
 * open; this is what a Xeon was seen to do. */
static __m128i dot_ps(struct core *k, const struct insn *i, __m128i a, __m128i b)
{
	__m128i use = lanes_ps(simd_imm(i) >> 4), p;

	p = do_product_ps(k, i, _mm_and_si128(a, use), _mm_and_si128(b, use));
	p = do_sum_ps(k, i, _mm_shuffle_epi32(p, SWAP_PAIRS), p);
	p = do_sum_ps(k, i, p, _mm_shuffle_epi32(p, SWAP_HALVES));
	return _mm_and_si128(p, lanes_ps(simd_imm(i)));
}

static __m128i dot_pd(struct core *k, const struct insn *i, __m128i a, __m128i b)
{
	__m128i use = lanes_pd(simd_imm(i) >> 4), p;

	p = do_product_pd(k, i, _mm_and_si128(a, use), _mm_and_si128(b, use));
	p = do_sum_pd(k, i, p, _mm_shuffle_epi32(p, SWAP_HALVES));
	return _mm_and_si128(p, lanes_pd(simd_imm(i)));
}

XMM_OP(dpps, dot_ps(k, i, a, b))
XMM_OP(dppd, dot_pd(k, i, a, b))
