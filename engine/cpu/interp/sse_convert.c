/* SSE and SSE2 conversions between floats, doubles and integers, those with
 * MMX registers too (done in XMM registers: the host's x87 state is not ours),
 * and the reciprocal approximations. */
#include "engine/cpu/interp/sse_fp.h"

/* ---- between packed formats ---- */

FP_OP2(cvtps2pd, mem_64, FP_NONE)
FP_OP2(cvtss2sd, mem_32, FP_NONE)
FP_OP2(cvtpd2ps, mem_a128, FP_NARROW | FP_DOUBLE)
FP_OP2(cvtsd2ss, mem_64, FP_NARROW | FP_DOUBLE | FP_SCALAR)
FP_OP2(cvtdq2ps, mem_a128, FP_NONE)
FP_OP2(cvtps2dq, mem_a128, FP_NONE)
FP_OP2(cvttps2dq, mem_a128, FP_NONE)
FP_OP2(cvtpd2dq, mem_a128, FP_NONE)
FP_OP2(cvttpd2dq, mem_a128, FP_NONE)
XMM_BOTH(cvtdq2pd, mem_64, _mm_castpd_si128(_mm_cvtepi32_pd(b))) /* always exact */

/* ---- general register or memory to scalar ---- */

FP_DEFINE(cvtsi2ss32, FP_NONE, "movd %[b], %k[t]\n\tcvtsi2ssl %k[t], %[a]")
FP_DEFINE(cvtsi2ss64, FP_NONE, "movq %[b], %[t]\n\tcvtsi2ssq %[t], %[a]")
FP_DEFINE(cvtsi2sd32, FP_NONE, "movd %[b], %k[t]\n\tcvtsi2sdl %k[t], %[a]")
FP_DEFINE(cvtsi2sd64, FP_NONE, "movq %[b], %[t]\n\tcvtsi2sdq %[t], %[a]")

#define FROM_GPR(id) \
	SIMD_FN(op_##id##_r) \
	{ \
		__m128i a = xmm_get(c, i->reg); \
		SSE_CHECK(); \
		if (i->flags & IN_REXW) \
			xmm_put(c, i->reg, do_##id##64(k, i, a, xmm_q(r64(c, gpr(i->rm))))); \
		else \
			xmm_put(c, i->reg, do_##id##32(k, i, a, xmm_d(r32(c, gpr(i->rm))))); \
		NEXT; \
	} \
	SIMD_FN(op_##id##_m) \
	{ \
		__m128i a = xmm_get(c, i->reg); \
		SSE_CHECK(); \
		if (i->flags & IN_REXW) \
			xmm_put(c, i->reg, do_##id##64(k, i, a, mem_64(k, i))); \
		else \
			xmm_put(c, i->reg, do_##id##32(k, i, a, mem_32(k, i))); \
		NEXT; \
	}

FROM_GPR(cvtsi2ss)
FROM_GPR(cvtsi2sd)

/* ---- scalar to general register ---- */

#define TO_GPR(id, load) \
	FP_DEFINE(id##32, FP_NONE, #id "l %[b], %k[t]\n\tmovd %k[t], %[a]") \
	FP_DEFINE(id##64, FP_NONE, #id "q %[b], %[t]\n\tmovq %[t], %[a]") \
	static inline void gpr_##id(struct cpu *c, const struct insn *i, struct core *k, __m128i b) \
	{ \
		if (i->flags & IN_REXW) \
			w64(c, gpr(i->reg), xmm_low64(do_##id##64(k, i, b, b))); \
		else \
			w32(c, gpr(i->reg), xmm_low32(do_##id##32(k, i, b, b))); \
	} \
	SIMD_FN(op_##id##_r) \
	{ \
		SSE_CHECK(); \
		gpr_##id(c, i, k, xmm_get(c, i->rm)); \
		NEXT; \
	} \
	SIMD_FN(op_##id##_m) \
	{ \
		SSE_CHECK(); \
		gpr_##id(c, i, k, load(k, i)); \
		NEXT; \
	}

TO_GPR(cvtss2si, mem_32)
TO_GPR(cvttss2si, mem_32)
TO_GPR(cvtsd2si, mem_64)
TO_GPR(cvttsd2si, mem_64)

/* ---- MMX register or memory to XMM (SDM 2 CVTPI2PS, CVTPI2PD) ---- */

static inline __m128i low_half(__m128i a, __m128i low)
{
	return _mm_castpd_si128(_mm_move_sd(_mm_castsi128_pd(a), _mm_castsi128_pd(low)));
}

SIMD_FN(op_cvtpi2ps_r)
{
	__m128i r;

	SSE_CHECK();
	MMX_CHECK();
	r = do_cvtdq2ps(k, i, _mm_setzero_si128(), mm_get(c, i->rm));
	mmx_prepare(k, i);
	xmm_put(c, i->reg, low_half(xmm_get(c, i->reg), r));
	NEXT;
}

/* From memory neither touches MMX state: the SDM says so of CVTPI2PD only, but
 * the Xeon that the tests were made on treats both alike. */
SIMD_FN(op_cvtpi2ps_m)
{
	__m128i r;

	SSE_CHECK();
	r = do_cvtdq2ps(k, i, _mm_setzero_si128(), mem_64(k, i));
	xmm_put(c, i->reg, low_half(xmm_get(c, i->reg), r));
	NEXT;
}

SIMD_FN(op_cvtpi2pd_r)
{
	SSE_CHECK();
	mmx_prepare(k, i);
	xmm_put(c, i->reg, _mm_castpd_si128(_mm_cvtepi32_pd(mm_get(c, i->rm))));
	NEXT;
}

SIMD_FN(op_cvtpi2pd_m)
{
	SSE_CHECK();
	xmm_put(c, i->reg, _mm_castpd_si128(_mm_cvtepi32_pd(mem_64(k, i))));
	NEXT;
}

/* ---- XMM or memory to MMX register ---- */

#define TO_MMX(id, by, load) \
	SIMD_FN(op_##id##_r) \
	{ \
		__m128i r; \
		SSE_CHECK(); \
		MMX_CHECK(); \
		r = by(k, i, _mm_setzero_si128(), load##_reg(c, i)); \
		mmx_prepare(k, i); \
		mm_put(c, i->reg, r); \
		NEXT; \
	} \
	SIMD_FN(op_##id##_m) \
	{ \
		__m128i r; \
		SSE_CHECK(); \
		MMX_CHECK(); \
		r = by(k, i, _mm_setzero_si128(), load(k, i)); \
		mmx_prepare(k, i); \
		mm_put(c, i->reg, r); \
		NEXT; \
	}

/* Two floats are read from a register's low half: the rest raises nothing. */
static inline __m128i mem_64_reg(const struct cpu *c, const struct insn *i)
{
	return _mm_move_epi64(xmm_get(c, i->rm));
}

static inline __m128i mem_a128_reg(const struct cpu *c, const struct insn *i)
{
	return xmm_get(c, i->rm);
}

TO_MMX(cvtps2pi, do_cvtps2dq, mem_64)
TO_MMX(cvttps2pi, do_cvttps2dq, mem_64)
TO_MMX(cvtpd2pi, do_cvtpd2dq, mem_a128)
TO_MMX(cvttpd2pi, do_cvttpd2dq, mem_a128)

/* ---- RCPPS, RSQRTPS ----
 * Hardware differs here between makes: SDM 2 only bounds the relative error
 * by 1.5 * 2^-12. This processor gives the exact value cut to a fraction of 12
 * bits (error below 2^-12). Denormal operands count as zero, a tiny result
 * becomes zero, MXCSR is neither asked nor changed. */

#define F32_SIGN 0x80000000u
#define F32_INF 0x7f800000u
#define F32_QUIET 0x00400000u
#define F32_INDEFINITE 0xffc00000u

static uint32_t reciprocal(uint32_t x)
{
	uint32_t sign = x & F32_SIGN, exponent = x >> 23 & 0xff, fraction = x & 0x7fffff, q;

	if (exponent == 255)
		return fraction ? x | F32_QUIET : sign;
	if (exponent == 0)
		return sign | F32_INF;
	if (!fraction) /* a power of two; 2^127 has a tiny reciprocal */
		return exponent >= 254 ? sign : sign | (254 - exponent) << 23;
	if (exponent >= 253)
		return sign;
	/* 2^36 / m lies between 2^12 and 2^13 for a significand m of 24 bits. */
	q = (uint32_t)((1ull << 36) / (fraction | 0x800000));
	return sign | (253 - exponent) << 23 | (q & 0xfff) << 11;
}

static uint32_t reciprocal_root(uint32_t x)
{
	uint32_t exponent = x >> 23 & 0xff, fraction = x & 0x7fffff, q = 0;
	uint64_t m;

	if (exponent == 255 && fraction)
		return x | F32_QUIET;
	if (exponent == 0)
		return (x & F32_SIGN) | F32_INF;
	if (x & F32_SIGN)
		return F32_INDEFINITE;
	if (exponent == 255)
		return 0;
	/* x = m * 2^(2e) with 1 <= m < 4; the root of 1/m lies above 1/2. An odd
	 * biased exponent is an even power of two. */
	m = (uint64_t)(fraction | 0x800000) << !(exponent & 1);
	if (m == 0x800000)
		return (127 + (127 - exponent) / 2) << 23;
	/* The greatest q of 13 bits with (q / 2^13)^2 <= 2^23 / m. */
	for (uint32_t bit = 1u << 12; bit; bit >>= 1)
		if ((uint64_t)(q | bit) * (q | bit) * m <= 1ull << 49)
			q |= bit;
	return (uint32_t)(126 + ((int)127 - (int)(exponent - !(exponent & 1))) / 2) << 23 | (q & 0xfff) << 11;
}

static inline __m128i approximate(__m128i a, __m128i b, uint32_t (*f)(uint32_t), unsigned lanes)
{
	union cpu_xmm d = xmm_split(a), s = xmm_split(b);

	for (unsigned n = 0; n < lanes; n++)
		d.d[n] = f(s.d[n]);
	return xmm_join(d);
}

XMM_OP(rcpps, approximate(a, b, reciprocal, 4))
XMM_BOTH(rcpss, mem_32, approximate(a, b, reciprocal, 1))
XMM_OP(rsqrtps, approximate(a, b, reciprocal_root, 4))
XMM_BOTH(rsqrtss, mem_32, approximate(a, b, reciprocal_root, 1))
