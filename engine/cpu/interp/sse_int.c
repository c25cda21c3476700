/* Packed integer arithmetic, logic, comparison and shifts of MMX and SSE2. One
 * expression serves both widths where no lane moves. */
#include "engine/cpu/interp/simd_ops.h"

INT_OP(pand, _mm_and_si128(a, b))
INT_OP(pandn, _mm_andnot_si128(a, b))
INT_OP(por, _mm_or_si128(a, b))
INT_OP(pxor, _mm_xor_si128(a, b))

INT_OP(paddb, _mm_add_epi8(a, b))
INT_OP(paddw, _mm_add_epi16(a, b))
INT_OP(paddd, _mm_add_epi32(a, b))
INT_OP(paddq, _mm_add_epi64(a, b))
INT_OP(psubb, _mm_sub_epi8(a, b))
INT_OP(psubw, _mm_sub_epi16(a, b))
INT_OP(psubd, _mm_sub_epi32(a, b))
INT_OP(psubq, _mm_sub_epi64(a, b))
INT_OP(paddsb, _mm_adds_epi8(a, b))
INT_OP(paddsw, _mm_adds_epi16(a, b))
INT_OP(paddusb, _mm_adds_epu8(a, b))
INT_OP(paddusw, _mm_adds_epu16(a, b))
INT_OP(psubsb, _mm_subs_epi8(a, b))
INT_OP(psubsw, _mm_subs_epi16(a, b))
INT_OP(psubusb, _mm_subs_epu8(a, b))
INT_OP(psubusw, _mm_subs_epu16(a, b))

INT_OP(pcmpeqb, _mm_cmpeq_epi8(a, b))
INT_OP(pcmpeqw, _mm_cmpeq_epi16(a, b))
INT_OP(pcmpeqd, _mm_cmpeq_epi32(a, b))
INT_OP(pcmpgtb, _mm_cmpgt_epi8(a, b))
INT_OP(pcmpgtw, _mm_cmpgt_epi16(a, b))
INT_OP(pcmpgtd, _mm_cmpgt_epi32(a, b))

INT_OP(pminub, _mm_min_epu8(a, b))
INT_OP(pmaxub, _mm_max_epu8(a, b))
INT_OP(pminsw, _mm_min_epi16(a, b))
INT_OP(pmaxsw, _mm_max_epi16(a, b))
INT_OP(pavgb, _mm_avg_epu8(a, b))
INT_OP(pavgw, _mm_avg_epu16(a, b))

INT_OP(pmullw, _mm_mullo_epi16(a, b))
INT_OP(pmulhw, _mm_mulhi_epi16(a, b))
INT_OP(pmulhuw, _mm_mulhi_epu16(a, b))
INT_OP(pmuludq, _mm_mul_epu32(a, b))
INT_OP(pmaddwd, _mm_madd_epi16(a, b))
INT_OP(psadbw, _mm_sad_epu8(a, b))

/* ---- shifts: the count is the low 64 bits of the source ---- */

INT_OP(psllw, _mm_sll_epi16(a, b))
INT_OP(pslld, _mm_sll_epi32(a, b))
INT_OP(psllq, _mm_sll_epi64(a, b))
INT_OP(psrlw, _mm_srl_epi16(a, b))
INT_OP(psrld, _mm_srl_epi32(a, b))
INT_OP(psrlq, _mm_srl_epi64(a, b))
INT_OP(psraw, _mm_sra_epi16(a, b))
INT_OP(psrad, _mm_sra_epi32(a, b))

/* 0F 71..73: by an immediate; the destination is the E operand. */
#define SHIFT_IMM(id, shift) \
	SIMD_FN(op_##id##_i_r) \
	{ \
		SSE_CHECK(); \
		xmm_put(c, i->rm, shift(xmm_get(c, i->rm), xmm_d(simd_imm(i)))); \
		NEXT; \
	} \
	SIMD_FN(op_##id##_i_mm_r) \
	{ \
		mmx_prepare(k, i); \
		mm_put(c, i->rm, shift(mm_get(c, i->rm), xmm_d(simd_imm(i)))); \
		NEXT; \
	}

SHIFT_IMM(psllw, _mm_sll_epi16)
SHIFT_IMM(pslld, _mm_sll_epi32)
SHIFT_IMM(psllq, _mm_sll_epi64)
SHIFT_IMM(psrlw, _mm_srl_epi16)
SHIFT_IMM(psrld, _mm_srl_epi32)
SHIFT_IMM(psrlq, _mm_srl_epi64)
SHIFT_IMM(psraw, _mm_sra_epi16)
SHIFT_IMM(psrad, _mm_sra_epi32)

/* 16 bytes of the string high:low from byte n on (n <= 16). */
static inline __m128i window(__m128i high, __m128i low, unsigned n)
{
	uint8_t s[32];
	__m128i r;

	memcpy(s, &low, 16);
	memcpy(s + 16, &high, 16);
	memcpy(&r, s + n, 16);
	return r;
}

static inline unsigned at_most(unsigned n, unsigned limit)
{
	return n < limit ? n : limit;
}

SIMD_FN(op_psrldq_i_r)
{
	SSE_CHECK();
	xmm_put(c, i->rm, window(_mm_setzero_si128(), xmm_get(c, i->rm), at_most(simd_imm(i), 16)));
	NEXT;
}

SIMD_FN(op_pslldq_i_r)
{
	SSE_CHECK();
	xmm_put(c, i->rm, window(xmm_get(c, i->rm), _mm_setzero_si128(), 16 - at_most(simd_imm(i), 16)));
	NEXT;
}

/* PALIGNR: b below a, shifted right by whole bytes. */
static inline __m128i align_right(__m128i a, __m128i b, unsigned n)
{
	const __m128i zero = _mm_setzero_si128();

	return n <= 16 ? window(a, b, n) : window(zero, a, at_most(n - 16, 16));
}

XMM_OP(palignr, align_right(a, b, simd_imm(i)))
MMX_BOTH(palignr_mm, mem_64, window(_mm_setzero_si128(), _mm_unpacklo_epi64(b, a), at_most(simd_imm(i), 16)))
