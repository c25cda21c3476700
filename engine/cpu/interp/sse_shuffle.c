/* Packing, unpacking, shuffling, and words in and out of registers (MMX, SSE,
 * SSE2). For MMX the two operands become the halves of one XMM value. */
#include "engine/cpu/interp/simd_ops.h"

static inline __m128i both(__m128i a, __m128i b)
{
	return _mm_unpacklo_epi64(a, b);
}
static inline __m128i high(__m128i v)
{
	return _mm_unpackhi_epi64(v, v);
}

XMM_OP(packsswb, _mm_packs_epi16(a, b))
XMM_OP(packssdw, _mm_packs_epi32(a, b))
XMM_OP(packuswb, _mm_packus_epi16(a, b))
MMX_BOTH(packsswb_mm, mem_64, _mm_packs_epi16(both(a, b), both(a, b)))
MMX_BOTH(packssdw_mm, mem_64, _mm_packs_epi32(both(a, b), both(a, b)))
MMX_BOTH(packuswb_mm, mem_64, _mm_packus_epi16(both(a, b), both(a, b)))

XMM_OP(punpcklbw, _mm_unpacklo_epi8(a, b))
XMM_OP(punpcklwd, _mm_unpacklo_epi16(a, b))
XMM_OP(punpckldq, _mm_unpacklo_epi32(a, b))
XMM_OP(punpcklqdq, _mm_unpacklo_epi64(a, b))
XMM_OP(punpckhbw, _mm_unpackhi_epi8(a, b))
XMM_OP(punpckhwd, _mm_unpackhi_epi16(a, b))
XMM_OP(punpckhdq, _mm_unpackhi_epi32(a, b))
XMM_OP(punpckhqdq, _mm_unpackhi_epi64(a, b))
/* The low forms read 32 bits of memory only. */
MMX_BOTH(punpcklbw_mm, mem_32, _mm_unpacklo_epi8(a, b))
MMX_BOTH(punpcklwd_mm, mem_32, _mm_unpacklo_epi16(a, b))
MMX_BOTH(punpckldq_mm, mem_32, _mm_unpacklo_epi32(a, b))
MMX_BOTH(punpckhbw_mm, mem_64, high(_mm_unpacklo_epi8(a, b)))
MMX_BOTH(punpckhwd_mm, mem_64, high(_mm_unpacklo_epi16(a, b)))
MMX_BOTH(punpckhdq_mm, mem_64, high(_mm_unpacklo_epi32(a, b)))

/* Four words of s, starting at word base, as the byte order says. */
static inline uint64_t shuffle_words(__m128i v, unsigned base, unsigned order)
{
	union cpu_xmm s = xmm_split(v);
	uint64_t r = 0;

	for (unsigned n = 0; n < 4; n++)
		r |= (uint64_t)s.w[base + (order >> 2 * n & 3)] << 16 * n;
	return r;
}

static inline __m128i shuffle_dwords(__m128i low, __m128i high_source, unsigned order)
{
	union cpu_xmm s = xmm_split(low), t = xmm_split(high_source);

	return _mm_set_epi32((int)t.d[order >> 6 & 3], (int)t.d[order >> 4 & 3], (int)s.d[order >> 2 & 3],
			     (int)s.d[order & 3]);
}

static inline __m128i shuffle_doubles(__m128i a, __m128i b, unsigned order)
{
	union cpu_xmm s = xmm_split(a), t = xmm_split(b);

	return _mm_set_epi64x((long long)t.q[order >> 1 & 1], (long long)s.q[order & 1]);
}

XMM_OP(pshufd, shuffle_dwords(b, b, simd_imm(i)))
XMM_OP(shufps, shuffle_dwords(a, b, simd_imm(i)))
XMM_OP(shufpd, shuffle_doubles(a, b, simd_imm(i)))
XMM_OP(pshuflw, _mm_unpacklo_epi64(xmm_q(shuffle_words(b, 0, simd_imm(i))), high(b)))
XMM_OP(pshufhw, _mm_unpacklo_epi64(b, xmm_q(shuffle_words(b, 4, simd_imm(i)))))
MMX_BOTH(pshufw_mm, mem_64, xmm_q(shuffle_words(b, 0, simd_imm(i))))

static inline __m128i insert_word(__m128i a, unsigned n, uint16_t word)
{
	union cpu_xmm u = xmm_split(a);

	u.w[n & 7] = word;
	return xmm_join(u);
}

SIMD_FN(op_pinsrw_r)
{
	SSE_CHECK();
	xmm_put(c, i->reg, insert_word(xmm_get(c, i->reg), simd_imm(i), r16(c, gpr(i->rm))));
	NEXT;
}

XMM_MEM(pinsrw, mem_16, insert_word(a, simd_imm(i), (uint16_t)xmm_low32(b)))

SIMD_FN(op_pextrw_r)
{
	SSE_CHECK();
	w32(c, gpr(i->reg), c->xmm[i->rm].w[simd_imm(i) & 7]);
	NEXT;
}
