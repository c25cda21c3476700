/* SSE moves: whole registers, halves, scalars, to and from general and MMX
 * registers, around the cache, and under a byte mask. The compiler's memcpy
 * and every system call's register save go through here: keep them tight. */
#include "engine/cpu/interp/simd_ops.h"

/* ---- 16 bytes ---- */

XMM_OP(movaps, b)
XMM_BOTH(movups, mem_u128, b)

#define STORE_REG(id, expr) \
	SIMD_FN(op_##id##_r) \
	{ \
		__m128i a UNUSED = xmm_get(c, i->rm), b = xmm_get(c, i->reg); \
		SSE_CHECK(); \
		xmm_put(c, i->rm, (expr)); \
		NEXT; \
	}

STORE_REG(movaps_st, b)
STORE_REG(movups_st, b)

SIMD_FN(op_movaps_st_m)
{
	SSE_CHECK();
	st128(k, i, lin_a128(k, i, true), xmm_get(c, i->reg));
	NEXT;
}

SIMD_FN(op_movups_st_m)
{
	SSE_CHECK();
	st128(k, i, lin_write(k, i, 16), xmm_get(c, i->reg));
	NEXT;
}

/* ---- scalars and halves: loads clear the rest, register forms keep it ---- */

static inline __m128i merge_low32(__m128i a, __m128i b)
{
	return _mm_castps_si128(_mm_move_ss(_mm_castsi128_ps(a), _mm_castsi128_ps(b)));
}

static inline __m128i merge_low64(__m128i a, __m128i b)
{
	return _mm_castpd_si128(_mm_move_sd(_mm_castsi128_pd(a), _mm_castsi128_pd(b)));
}

XMM_REG(movss, merge_low32(a, b))
XMM_MEM(movss, mem_32, b)
XMM_REG(movsd, merge_low64(a, b))
XMM_MEM(movsd, mem_64, b)
XMM_BOTH(movq, mem_64, _mm_move_epi64(b))
XMM_MEM(movlps, mem_64, merge_low64(a, b))
XMM_MEM(movhps, mem_64, _mm_unpacklo_epi64(a, b))
XMM_REG(movhlps, _mm_unpackhi_epi64(b, a))
XMM_REG(movlhps, _mm_unpacklo_epi64(a, b))

STORE_REG(movss_st, merge_low32(a, b))
STORE_REG(movsd_st, merge_low64(a, b))
STORE_REG(movq_st, _mm_move_epi64(b))

SIMD_FN(op_movss_st_m)
{
	SSE_CHECK();
	st32(k, i, lin_write(k, i, 4), c->xmm[i->reg].d[0]);
	NEXT;
}

#define STORE_HALF(id, n) \
	SIMD_FN(op_##id##_m) \
	{ \
		SSE_CHECK(); \
		st64(k, i, lin_write(k, i, 8), c->xmm[i->reg].q[n]); \
		NEXT; \
	}

STORE_HALF(movsd_st, 0)
STORE_HALF(movq_st, 0)
STORE_HALF(movlps_st, 0)
STORE_HALF(movhps_st, 1)

/* ---- SSE3 duplication ---- */

XMM_OP(movsldup, _mm_shuffle_epi32(b, _MM_SHUFFLE(2, 2, 0, 0)))
XMM_OP(movshdup, _mm_shuffle_epi32(b, _MM_SHUFFLE(3, 3, 1, 1)))
XMM_BOTH(movddup, mem_64, _mm_unpacklo_epi64(b, b))

/* ---- general registers ---- */

SIMD_FN(op_movd_r)
{
	SSE_CHECK();
	xmm_put(c, i->reg, i->flags & IN_REXW ? xmm_q(r64(c, gpr(i->rm))) : xmm_d(r32(c, gpr(i->rm))));
	NEXT;
}

SIMD_FN(op_movd_m)
{
	SSE_CHECK();
	xmm_put(c, i->reg, i->flags & IN_REXW ? mem_64(k, i) : mem_32(k, i));
	NEXT;
}

SIMD_FN(op_movd_st_r)
{
	uint64_t v = c->xmm[i->reg].q[0];

	SSE_CHECK();
	w64(c, gpr(i->rm), i->flags & IN_REXW ? v : (uint32_t)v);
	NEXT;
}

SIMD_FN(op_movd_st_m)
{
	SSE_CHECK();
	if (i->flags & IN_REXW)
		st64(k, i, lin_write(k, i, 8), c->xmm[i->reg].q[0]);
	else
		st32(k, i, lin_write(k, i, 4), c->xmm[i->reg].d[0]);
	NEXT;
}

/* Uses no SIMD state at all, so it asks no control register (SDM 2 MOVNTI). */
SIMD_FN(op_movnti_m)
{
	if (i->flags & IN_REXW)
		st64(k, i, lin_write(k, i, 8), r64(c, gpr(i->reg)));
	else
		st32(k, i, lin_write(k, i, 4), r32(c, gpr(i->reg)));
	NEXT;
}

SIMD_FN(op_movmskps_r)
{
	SSE_CHECK();
	w32(c, gpr(i->reg), (uint32_t)_mm_movemask_ps(_mm_castsi128_ps(xmm_get(c, i->rm))));
	NEXT;
}

SIMD_FN(op_movmskpd_r)
{
	SSE_CHECK();
	w32(c, gpr(i->reg), (uint32_t)_mm_movemask_pd(_mm_castsi128_pd(xmm_get(c, i->rm))));
	NEXT;
}

SIMD_FN(op_pmovmskb_r)
{
	SSE_CHECK();
	w32(c, gpr(i->reg), (uint32_t)_mm_movemask_epi8(xmm_get(c, i->rm)));
	NEXT;
}

/* ---- between MMX and XMM ---- */

SIMD_FN(op_movq2dq_r)
{
	SSE_CHECK();
	mmx_prepare(k, i);
	xmm_put(c, i->reg, mm_get(c, i->rm));
	NEXT;
}

SIMD_FN(op_movdq2q_r)
{
	SSE_CHECK();
	mmx_prepare(k, i);
	mm_put(c, i->reg, xmm_get(c, i->rm));
	NEXT;
}

/* ---- MASKMOVDQU, MASKMOVQ: bytes of reg where rm has bit 7, to DS:[rDI] ---- */

static uint64_t masked_at(struct core *k, const struct insn *i, unsigned size)
{
	uint64_t ea = k->cpu->reg[RDI] & size_mask(INSN_ASZ(i));

	return lin_seg(k, i, i->seg, ea, size, true);
}

/* All pages are checked before the first byte is written; a byte that is not
 * selected is not written at all. */
static __attribute__((noinline)) void masked_store(struct core *k, const struct insn *i, unsigned size, __m128i value,
						   __m128i select)
{
	uint64_t lin = masked_at(k, i, size);
	unsigned mask = (unsigned)_mm_movemask_epi8(select), first, last;
	union cpu_xmm v = xmm_split(value);
	uint8_t *p;

	if (!mask)
		return;
	first = (unsigned)__builtin_ctz(mask);
	last = 31 - (unsigned)__builtin_clz(mask);
	p = fast_write(k, (lin + first) & k->lin_mask, last - first + 1);
	if (!p)
		probe_write(k, i, (lin + first) & k->lin_mask, last - first + 1);
	for (unsigned n = first; n <= last; n++) {
		if (!(mask >> n & 1))
			continue;
		if (p)
			p[n - first] = v.b[n];
		else
			st8(k, i, (lin + n) & k->lin_mask, v.b[n]);
	}
}

SIMD_FN(op_maskmovdqu_r)
{
	SSE_CHECK();
	masked_store(k, i, 16, xmm_get(c, i->reg), xmm_get(c, i->rm));
	NEXT;
}

SIMD_FN(op_maskmovq_r)
{
	MMX_CHECK();
	masked_store(k, i, 8, mm_get(c, i->reg), mm_get(c, i->rm));
	mmx_prepare(k, i);
	NEXT;
}
