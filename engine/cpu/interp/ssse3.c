/* SSSE3: byte shuffle, horizontal sums, signs, absolute values, and two
 * multiplications, in both widths, from SSE2 (SDM 2). */
#include "engine/cpu/interp/simd_ops.h"

static inline __m128i both(__m128i a, __m128i b)
{
	return _mm_unpacklo_epi64(a, b);
}

/* ---- PSHUFB ---- */

static inline __m128i shuffle_bytes(__m128i a, __m128i order)
{
	union cpu_xmm s = xmm_split(a), o = xmm_split(order), r;

	for (unsigned n = 0; n < 16; n++)
		r.b[n] = o.b[n] & 0x80 ? 0 : s.b[o.b[n] & 15];
	return xmm_join(r);
}

XMM_OP(pshufb, shuffle_bytes(a, b))
MMX_BOTH(pshufb_mm, mem_64, shuffle_bytes(a, _mm_and_si128(b, _mm_set1_epi8((char)0x87))))

/* ---- horizontal: even and odd elements of a, then of b, as two values ---- */

static inline __m128i even_words(__m128i a, __m128i b)
{
	a = _mm_srai_epi32(_mm_slli_epi32(a, 16), 16);
	b = _mm_srai_epi32(_mm_slli_epi32(b, 16), 16);
	return _mm_packs_epi32(a, b);
}

static inline __m128i odd_words(__m128i a, __m128i b)
{
	return _mm_packs_epi32(_mm_srai_epi32(a, 16), _mm_srai_epi32(b, 16));
}

static inline __m128i even_dwords(__m128i a, __m128i b)
{
	return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), _MM_SHUFFLE(2, 0, 2, 0)));
}

static inline __m128i odd_dwords(__m128i a, __m128i b)
{
	return _mm_castps_si128(_mm_shuffle_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b), _MM_SHUFFLE(3, 1, 3, 1)));
}

#define HORIZONTAL(id, op, size) \
	XMM_OP(id, op(even_##size(a, b), odd_##size(a, b))) \
	MMX_BOTH(id##_mm, mem_64, op(even_##size(both(a, b), a), odd_##size(both(a, b), a)))

HORIZONTAL(phaddw, _mm_add_epi16, words)
HORIZONTAL(phaddsw, _mm_adds_epi16, words)
HORIZONTAL(phaddd, _mm_add_epi32, dwords)
HORIZONTAL(phsubw, _mm_sub_epi16, words)
HORIZONTAL(phsubsw, _mm_subs_epi16, words)
HORIZONTAL(phsubd, _mm_sub_epi32, dwords)

/* ---- PABS, PSIGN ---- */

/* v where mask is 0, -v where it is -1. */
#define NEGATE(sub, v, mask) sub(_mm_xor_si128(v, mask), mask)
#define ZERO _mm_setzero_si128()

INT_OP(pabsb, NEGATE(_mm_sub_epi8, b, _mm_cmpgt_epi8(ZERO, b)))
INT_OP(pabsw, NEGATE(_mm_sub_epi16, b, _mm_cmpgt_epi16(ZERO, b)))
INT_OP(pabsd, NEGATE(_mm_sub_epi32, b, _mm_cmpgt_epi32(ZERO, b)))

#define SIGN(bits) \
	_mm_andnot_si128(_mm_cmpeq_epi##bits(b, ZERO), NEGATE(_mm_sub_epi##bits, a, _mm_cmpgt_epi##bits(ZERO, b)))

INT_OP(psignb, SIGN(8))
INT_OP(psignw, SIGN(16))
INT_OP(psignd, SIGN(32))

/* ---- PMADDUBSW: unsigned bytes of a by signed bytes of b, pairs summed ---- */

static inline __m128i multiply_add_bytes(__m128i a, __m128i b)
{
	__m128i a_even = _mm_and_si128(a, _mm_set1_epi16(0xff)), a_odd = _mm_srli_epi16(a, 8);
	__m128i b_even = _mm_srai_epi16(_mm_slli_epi16(b, 8), 8), b_odd = _mm_srai_epi16(b, 8);

	/* Each product fits a word: 255 * -128. */
	return _mm_adds_epi16(_mm_mullo_epi16(a_even, b_even), _mm_mullo_epi16(a_odd, b_odd));
}

INT_OP(pmaddubsw, multiply_add_bytes(a, b))

/* ---- PMULHRSW: ((a * b >> 14) + 1) >> 1 ---- */

static inline __m128i multiply_round(__m128i a, __m128i b)
{
	__m128i low = _mm_mullo_epi16(a, b), top = _mm_mulhi_epi16(a, b);
	/* Product bits 15 and up, plus the rounding bit 14. */
	__m128i value = _mm_or_si128(_mm_slli_epi16(top, 1), _mm_srli_epi16(low, 15));

	return _mm_add_epi16(value, _mm_and_si128(_mm_srli_epi16(low, 14), _mm_set1_epi16(1)));
}

INT_OP(pmulhrsw, multiply_round(a, b))
