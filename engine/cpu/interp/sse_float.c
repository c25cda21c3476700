/* SSE, SSE2 and SSE3 floating-point arithmetic and comparison. */
#include "engine/cpu/interp/sse_fp.h"

#include "engine/cpu/flags.h"

FP_OP4(add, FP_ADD)
FP_OP4(sub, FP_SUB)
FP_OP4(mul, FP_MUL)
FP_OP4(div, FP_DIV)
FP_OP4(sqrt, FP_NONE)
FP_OP4(min, FP_NONE)
FP_OP4(max, FP_NONE)

/* ---- CMPccPS and friends: eight predicates, imm8 bits 0-2 (SDM 2 CMPPS) ---- */

#define CMP_ONE(id, n) FP_DEFINE(id##n, FP_NONE, #id " $" #n ", %[b], %[a]")
#define CMP_OP(id, load) \
	CMP_ONE(id, 0) \
	CMP_ONE(id, 1) \
	CMP_ONE(id, 2) \
	CMP_ONE(id, 3) \
	CMP_ONE(id, 4) \
	CMP_ONE(id, 5) \
	CMP_ONE(id, 6) \
	CMP_ONE(id, 7) \
	static inline __m128i do_##id(struct core *k, const struct insn *i, __m128i a, __m128i b) \
	{ \
		switch (i->imm & 7) { \
		case 0: return do_##id##0(k, i, a, b); \
		case 1: return do_##id##1(k, i, a, b); \
		case 2: return do_##id##2(k, i, a, b); \
		case 3: return do_##id##3(k, i, a, b); \
		case 4: return do_##id##4(k, i, a, b); \
		case 5: return do_##id##5(k, i, a, b); \
		case 6: return do_##id##6(k, i, a, b); \
		default: return do_##id##7(k, i, a, b); \
		} \
	} \
	XMM_BOTH(id, load, do_##id(k, i, a, b))

CMP_OP(cmpps, mem_a128)
CMP_OP(cmppd, mem_a128)
CMP_OP(cmpss, mem_32)
CMP_OP(cmpsd, mem_64)

/* ---- COMISS, UCOMISS: ZF, PF and CF; the other three are cleared ---- */

/* The flags travel through sse_slow() as a number: bit 0 CF, bit 8 ZF. Both
 * are set if the operands are unordered, and then PF is too. */
#define COMI_OP(id, load) \
	FP_DEFINE(id, FP_NONE, \
		  #id " %[b], %[a]\n\tsetc %b[t]\n\tsetz %h[t]\n\tmovzwl %w[t], %k[t]\n\tmovq %[t], %[a]") \
	static inline void flags_##id(struct core *k, const struct insn *i, __m128i a, __m128i b) \
	{ \
		uint32_t r = xmm_low32(do_##id(k, i, a, b)); \
		flags_set_arith(k->cpu, (r & 1 ? FL_CF : 0) | (r >> 8 ? FL_ZF : 0) | (r == 0x101 ? FL_PF : 0)); \
	} \
	SIMD_FN(op_##id##_r) \
	{ \
		SSE_CHECK(); \
		flags_##id(k, i, xmm_get(c, i->reg), xmm_get(c, i->rm)); \
		NEXT; \
	} \
	SIMD_FN(op_##id##_m) \
	{ \
		__m128i b; \
		SSE_CHECK(); \
		b = load(k, i); \
		flags_##id(k, i, xmm_get(c, i->reg), b); \
		NEXT; \
	}

COMI_OP(comiss, mem_32)
COMI_OP(ucomiss, mem_32)
COMI_OP(comisd, mem_64)
COMI_OP(ucomisd, mem_64)

/* ---- SSE3: made of additions and subtractions, to the same flags ---- */

static inline __m128i even_ps(__m128i a, __m128i b)
{
	return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), _MM_SHUFFLE(2, 0, 2, 0)));
}

static inline __m128i odd_ps(__m128i a, __m128i b)
{
	return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), _MM_SHUFFLE(3, 1, 3, 1)));
}

XMM_OP(haddps, do_addps(k, i, even_ps(a, b), odd_ps(a, b)))
XMM_OP(hsubps, do_subps(k, i, even_ps(a, b), odd_ps(a, b)))
XMM_OP(haddpd, do_addpd(k, i, _mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b)))
XMM_OP(hsubpd, do_subpd(k, i, _mm_unpacklo_epi64(a, b), _mm_unpackhi_epi64(a, b)))

/* Even lanes are subtracted: add their negation. A NaN keeps its sign. */
static inline __m128i negate_even_ps(__m128i v)
{
	union cpu_xmm u = xmm_split(v);

	for (unsigned n = 0; n < 4; n += 2)
		if ((u.d[n] & 0x7fffffff) <= 0x7f800000)
			u.d[n] ^= 1u << 31;
	return xmm_join(u);
}

static inline __m128i negate_even_pd(__m128i v)
{
	union cpu_xmm u = xmm_split(v);

	if ((u.q[0] & ~(1ull << 63)) <= 0x7ff0000000000000)
		u.q[0] ^= 1ull << 63;
	return xmm_join(u);
}

XMM_OP(addsubps, do_addps(k, i, a, negate_even_ps(b)))
XMM_OP(addsubpd, do_addpd(k, i, a, negate_even_pd(b)))
