/* SSE4.1, integers: blends, extensions, minima and maxima, products, elements
 * in and out of registers, PTEST, MPSADBW, PHMINPOSUW, from SSE2 (SDM 2). */
#include "engine/cpu/interp/simd_ops.h"

#include "engine/cpu/flags.h"

/* ---- blends ---- */

/* b where mask is all ones, else a. */
static inline __m128i choose(__m128i a, __m128i b, __m128i mask)
{
	return _mm_or_si128(_mm_and_si128(mask, b), _mm_andnot_si128(mask, a));
}

/* Each dword spread from its sign; of a quadword from its high dword. */
static inline __m128i signs_d(__m128i v)
{
	return _mm_srai_epi32(v, 31);
}
static inline __m128i signs_q(__m128i v)
{
	return _mm_shuffle_epi32(signs_d(v), _MM_SHUFFLE(3, 3, 1, 1));
}
static inline __m128i signs_b(__m128i v)
{
	return _mm_cmpgt_epi8(_mm_setzero_si128(), v);
}

XMM_OP(pblendvb, choose(a, b, signs_b(xmm_get(c, 0))))
XMM_OP(blendvps, choose(a, b, signs_d(xmm_get(c, 0))))
XMM_OP(blendvpd, choose(a, b, signs_q(xmm_get(c, 0))))

/* A mask of words from one of bits. */
static inline __m128i bits_to_words(unsigned bits)
{
	const __m128i which = _mm_set_epi16(0x80, 0x40, 0x20, 0x10, 8, 4, 2, 1);

	return _mm_cmpeq_epi16(_mm_and_si128(_mm_set1_epi16((short)bits), which), which);
}

/* Bit n of v copied to bits 2n and 2n + 1. */
static inline unsigned twice(unsigned v)
{
	return (v & 1) * 3 | (v >> 1 & 1) * 0xc | (v >> 2 & 1) * 0x30 | (v >> 3 & 1) * 0xc0;
}

XMM_OP(pblendw, choose(a, b, bits_to_words(simd_imm(i))))
XMM_OP(blendps, choose(a, b, bits_to_words(twice(simd_imm(i)))))
XMM_OP(blendpd, choose(a, b, bits_to_words(twice(twice(simd_imm(i) & 3)))))

/* ---- PTEST ---- */

static inline bool all_zero(__m128i v)
{
	return _mm_movemask_epi8(_mm_cmpeq_epi8(v, _mm_setzero_si128())) == 0xffff;
}

static inline void test_flags(struct cpu *c, __m128i a, __m128i b)
{
	flags_set_arith(c,
			(all_zero(_mm_and_si128(a, b)) ? FL_ZF : 0) | (all_zero(_mm_andnot_si128(a, b)) ? FL_CF : 0));
}

SIMD_FN(op_ptest_r)
{
	SSE_CHECK();
	test_flags(c, xmm_get(c, i->reg), xmm_get(c, i->rm));
	NEXT;
}

SIMD_FN(op_ptest_m)
{
	__m128i b;

	SSE_CHECK();
	b = mem_a128(k, i);
	test_flags(c, xmm_get(c, i->reg), b);
	NEXT;
}

/* ---- sign and zero extension; the memory operand is as small as needed ---- */

#define ZERO _mm_setzero_si128()
static inline __m128i zx_bw(__m128i v)
{
	return _mm_unpacklo_epi8(v, ZERO);
}
static inline __m128i zx_wd(__m128i v)
{
	return _mm_unpacklo_epi16(v, ZERO);
}
static inline __m128i zx_dq(__m128i v)
{
	return _mm_unpacklo_epi32(v, ZERO);
}
static inline __m128i sx_bw(__m128i v)
{
	return _mm_srai_epi16(_mm_unpacklo_epi8(v, v), 8);
}
static inline __m128i sx_wd(__m128i v)
{
	return _mm_srai_epi32(_mm_unpacklo_epi16(v, v), 16);
}
static inline __m128i sx_dq(__m128i v)
{
	return _mm_unpacklo_epi32(v, signs_d(v));
}

XMM_BOTH(pmovsxbw, mem_64, sx_bw(b))
XMM_BOTH(pmovsxbd, mem_32, sx_wd(sx_bw(b)))
XMM_BOTH(pmovsxbq, mem_16, sx_dq(sx_wd(sx_bw(b))))
XMM_BOTH(pmovsxwd, mem_64, sx_wd(b))
XMM_BOTH(pmovsxwq, mem_32, sx_dq(sx_wd(b)))
XMM_BOTH(pmovsxdq, mem_64, sx_dq(b))
XMM_BOTH(pmovzxbw, mem_64, zx_bw(b))
XMM_BOTH(pmovzxbd, mem_32, zx_wd(zx_bw(b)))
XMM_BOTH(pmovzxbq, mem_16, zx_dq(zx_wd(zx_bw(b))))
XMM_BOTH(pmovzxwd, mem_64, zx_wd(b))
XMM_BOTH(pmovzxwq, mem_32, zx_dq(zx_wd(b)))
XMM_BOTH(pmovzxdq, mem_64, zx_dq(b))

/* ---- minima, maxima, equality ---- */

/* Unsigned order becomes signed order when the top bits are flipped. */
static inline __m128i above_d(__m128i a, __m128i b)
{
	const __m128i top = _mm_set1_epi32(INT32_MIN);

	return _mm_cmpgt_epi32(_mm_xor_si128(a, top), _mm_xor_si128(b, top));
}

static inline __m128i above_w(__m128i a, __m128i b)
{
	const __m128i top = _mm_set1_epi16(INT16_MIN);

	return _mm_cmpgt_epi16(_mm_xor_si128(a, top), _mm_xor_si128(b, top));
}

XMM_OP(pminsb, choose(a, b, _mm_cmpgt_epi8(a, b)))
XMM_OP(pmaxsb, choose(b, a, _mm_cmpgt_epi8(a, b)))
XMM_OP(pminsd, choose(a, b, _mm_cmpgt_epi32(a, b)))
XMM_OP(pmaxsd, choose(b, a, _mm_cmpgt_epi32(a, b)))
XMM_OP(pminuw, choose(a, b, above_w(a, b)))
XMM_OP(pmaxuw, choose(b, a, above_w(a, b)))
XMM_OP(pminud, choose(a, b, above_d(a, b)))
XMM_OP(pmaxud, choose(b, a, above_d(a, b)))

static inline __m128i equal_q(__m128i a, __m128i b)
{
	__m128i e = _mm_cmpeq_epi32(a, b);

	return _mm_and_si128(e, _mm_shuffle_epi32(e, _MM_SHUFFLE(2, 3, 0, 1)));
}

XMM_OP(pcmpeqq, equal_q(a, b))

/* ---- products, packing ---- */

static inline __m128i multiply_low_d(__m128i a, __m128i b)
{
	__m128i even = _mm_mul_epu32(a, b), odd = _mm_mul_epu32(_mm_srli_epi64(a, 32), _mm_srli_epi64(b, 32));

	return _mm_or_si128(_mm_and_si128(even, _mm_set1_epi64x(0xffffffff)), _mm_slli_epi64(odd, 32));
}

static inline __m128i multiply_signed_d(__m128i a, __m128i b)
{
	union cpu_xmm s = xmm_split(a), t = xmm_split(b);

	return _mm_set_epi64x((long long)(int32_t)s.d[2] * (int32_t)t.d[2],
			      (long long)(int32_t)s.d[0] * (int32_t)t.d[0]);
}

XMM_OP(pmulld, multiply_low_d(a, b))
XMM_OP(pmuldq, multiply_signed_d(a, b))

static inline __m128i pack_unsigned_d(__m128i a, __m128i b)
{
	union cpu_xmm s = xmm_split(a), t = xmm_split(b), r;

	for (unsigned n = 0; n < 8; n++) {
		int32_t v = (int32_t)(n < 4 ? s.d[n] : t.d[n - 4]);

		r.w[n] = (uint16_t)(v < 0 ? 0 : v > 0xffff ? 0xffff : v);
	}
	return xmm_join(r);
}

XMM_OP(packusdw, pack_unsigned_d(a, b))

/* The least word and where it first occurs. */
static inline __m128i least_word(__m128i b)
{
	union cpu_xmm s = xmm_split(b);
	unsigned at = 0;

	for (unsigned n = 1; n < 8; n++)
		if (s.w[n] < s.w[at])
			at = n;
	return xmm_d(s.w[at] | at << 16);
}

XMM_OP(phminposuw, least_word(b))

/* Eight sums of four absolute differences: a slides, b stays (imm8 bit 2 and
 * bits 0-1 say where each starts, in dwords). */
static inline __m128i sliding_sad(__m128i a, __m128i b, unsigned imm)
{
	union cpu_xmm s = xmm_split(a), t = xmm_split(b), r;
	unsigned from = imm & 4, still = (imm & 3) * 4;

	for (unsigned n = 0; n < 8; n++) {
		int sum = 0;

		for (unsigned j = 0; j < 4; j++) {
			int d = s.b[from + n + j] - t.b[still + j];

			sum += d < 0 ? -d : d;
		}
		r.w[n] = (uint16_t)sum;
	}
	return xmm_join(r);
}

XMM_OP(mpsadbw, sliding_sad(a, b, simd_imm(i)))

/* ---- elements in and out ---- */

static inline __m128i insert_byte(__m128i a, unsigned n, uint32_t v)
{
	union cpu_xmm u = xmm_split(a);

	u.b[n & 15] = (uint8_t)v;
	return xmm_join(u);
}

static inline __m128i insert_dword(__m128i a, unsigned n, uint32_t v)
{
	union cpu_xmm u = xmm_split(a);

	u.d[n & 3] = v;
	return xmm_join(u);
}

static inline __m128i insert_qword(__m128i a, unsigned n, uint64_t v)
{
	return n & 1 ? _mm_unpacklo_epi64(a, xmm_q(v)) : _mm_unpacklo_epi64(xmm_q(v), _mm_unpackhi_epi64(a, a));
}

SIMD_FN(op_pinsrb_r)
{
	SSE_CHECK();
	xmm_put(c, i->reg, insert_byte(xmm_get(c, i->reg), simd_imm(i), r32(c, gpr(i->rm))));
	NEXT;
}

XMM_MEM(pinsrb, mem_8, insert_byte(a, simd_imm(i), xmm_low32(b)))

SIMD_FN(op_pinsrd_r)
{
	__m128i a = xmm_get(c, i->reg);

	SSE_CHECK();
	if (i->flags & IN_REXW)
		xmm_put(c, i->reg, insert_qword(a, simd_imm(i), r64(c, gpr(i->rm))));
	else
		xmm_put(c, i->reg, insert_dword(a, simd_imm(i), r32(c, gpr(i->rm))));
	NEXT;
}

SIMD_FN(op_pinsrd_m)
{
	__m128i a = xmm_get(c, i->reg);

	SSE_CHECK();
	if (i->flags & IN_REXW)
		xmm_put(c, i->reg, insert_qword(a, simd_imm(i), xmm_low64(mem_64(k, i))));
	else
		xmm_put(c, i->reg, insert_dword(a, simd_imm(i), xmm_low32(mem_32(k, i))));
	NEXT;
}

#define EXTRACT(id, value, bits) \
	SIMD_FN(op_##id##_r) \
	{ \
		SSE_CHECK(); \
		w32(c, gpr(i->rm), value); \
		NEXT; \
	} \
	SIMD_FN(op_##id##_m) \
	{ \
		SSE_CHECK(); \
		st##bits(k, i, lin_write(k, i, bits / 8), value); \
		NEXT; \
	}

EXTRACT(pextrb, c->xmm[i->reg].b[simd_imm(i) & 15], 8)
EXTRACT(pextrw_st, c->xmm[i->reg].w[simd_imm(i) & 7], 16)
EXTRACT(extractps, c->xmm[i->reg].d[simd_imm(i) & 3], 32)

SIMD_FN(op_pextrd_r)
{
	SSE_CHECK();
	if (i->flags & IN_REXW)
		w64(c, gpr(i->rm), c->xmm[i->reg].q[simd_imm(i) & 1]);
	else
		w32(c, gpr(i->rm), c->xmm[i->reg].d[simd_imm(i) & 3]);
	NEXT;
}

SIMD_FN(op_pextrd_m)
{
	SSE_CHECK();
	if (i->flags & IN_REXW)
		st64(k, i, lin_write(k, i, 8), c->xmm[i->reg].q[simd_imm(i) & 1]);
	else
		st32(k, i, lin_write(k, i, 4), c->xmm[i->reg].d[simd_imm(i) & 3]);
	NEXT;
}

/* INSERTPS: imm8 bits 6-7 the source (registers only), 4-5 where to, 0-3 what
 * becomes zero. */
static inline __m128i insert_single(__m128i a, uint32_t v, unsigned imm)
{
	union cpu_xmm u = xmm_split(a);

	u.d[imm >> 4 & 3] = v;
	for (unsigned n = 0; n < 4; n++)
		if (imm >> n & 1)
			u.d[n] = 0;
	return xmm_join(u);
}

XMM_REG(insertps, insert_single(a, xmm_split(b).d[simd_imm(i) >> 6], simd_imm(i)))
XMM_MEM(insertps, mem_32, insert_single(a, xmm_low32(b), simd_imm(i)))
