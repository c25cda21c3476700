/* MMX moves: to and from memory, general registers and words of a register.
 * Each leaves the x87 in MMX state (mmx_prepare), but only once its memory
 * operand is known to be good. */
#include "engine/cpu/interp/simd_ops.h"

MMX_BOTH(movq_mm, mem_64, b)

SIMD_FN(op_movq_mm_st_r)
{
	mmx_prepare(k, i);
	mm_put(c, i->rm, mm_get(c, i->reg));
	NEXT;
}

SIMD_FN(op_movq_mm_st_m)
{
	MMX_CHECK();
	st64(k, i, lin_write(k, i, 8), mmx_read(c, i->reg & 7));
	mmx_prepare(k, i);
	NEXT;
}

SIMD_FN(op_movd_mm_r)
{
	mmx_prepare(k, i);
	mmx_write(c, i->reg & 7, i->flags & IN_REXW ? r64(c, gpr(i->rm)) : r32(c, gpr(i->rm)));
	NEXT;
}

SIMD_FN(op_movd_mm_m)
{
	__m128i v;

	MMX_CHECK();
	v = i->flags & IN_REXW ? mem_64(k, i) : mem_32(k, i);
	mmx_prepare(k, i);
	mm_put(c, i->reg, v);
	NEXT;
}

SIMD_FN(op_movd_mm_st_r)
{
	uint64_t v;

	mmx_prepare(k, i);
	v = mmx_read(c, i->reg & 7);
	w64(c, gpr(i->rm), i->flags & IN_REXW ? v : (uint32_t)v);
	NEXT;
}

SIMD_FN(op_movd_mm_st_m)
{
	uint64_t v = mmx_read(c, i->reg & 7);

	MMX_CHECK();
	if (i->flags & IN_REXW)
		st64(k, i, lin_write(k, i, 8), v);
	else
		st32(k, i, lin_write(k, i, 4), (uint32_t)v);
	mmx_prepare(k, i);
	NEXT;
}

static inline uint64_t insert_word(uint64_t v, unsigned n, uint16_t word)
{
	unsigned at = (n & 3) * 16;

	return (v & ~(0xffffull << at)) | (uint64_t)word << at;
}

SIMD_FN(op_pinsrw_mm_r)
{
	unsigned n = i->reg & 7;

	mmx_prepare(k, i);
	mmx_write(c, n, insert_word(mmx_read(c, n), simd_imm(i), r16(c, gpr(i->rm))));
	NEXT;
}

SIMD_FN(op_pinsrw_mm_m)
{
	unsigned n = i->reg & 7;
	uint16_t word;

	MMX_CHECK();
	word = ld16(k, i, lin_read(k, i, 2));
	mmx_prepare(k, i);
	mmx_write(c, n, insert_word(mmx_read(c, n), simd_imm(i), word));
	NEXT;
}

SIMD_FN(op_pextrw_mm_r)
{
	mmx_prepare(k, i);
	w32(c, gpr(i->reg), mmx_read(c, i->rm & 7) >> (simd_imm(i) & 3) * 16 & 0xffff);
	NEXT;
}

SIMD_FN(op_pmovmskb_mm_r)
{
	mmx_prepare(k, i);
	w32(c, gpr(i->reg), (uint32_t)_mm_movemask_epi8(mm_get(c, i->rm)));
	NEXT;
}
