/* MXCSR and the slow side of SSE: availability faults, operands that cross
 * pages, and operations under a guest MXCSR that is not the usual one.
 *
 * Floating-point operations run on the host's own SSE unit, whose results are
 * defined by IEEE 754 and SDM 1 chapter 11 to the last bit. They run with all
 * exceptions masked; what an unmasked exception would have done differently
 * (SDM 1 11.5.2, 11.5.3) is worked out here from the flags. */
#include "engine/cpu/interp/simd_ops.h"

void sse_denied(struct core *k, const struct insn *i)
{
	const struct cpu *c = k->cpu;

	if (c->cr0 & CR0_EM || !(c->cr4 & CR4_OSFXSR))
		core_fault(k, i, EXC_UD, 0);
	core_fault(k, i, EXC_NM, 0);
}

__attribute__((noinline)) __m128i xmm_load_slow(struct core *k, const struct insn *i, uint64_t lin)
{
	union cpu_xmm u;

	ld_bytes(k, i, lin, &u, sizeof(u));
	return xmm_join(u);
}

__attribute__((noinline)) void xmm_store_slow(struct core *k, const struct insn *i, uint64_t lin, __m128i v)
{
	union cpu_xmm u = xmm_split(v);

	st_bytes(k, i, lin, &u, sizeof(u));
}

SIMD_FN(op_ldmxcsr)
{
	uint32_t v;

	SSE_CHECK();
	v = ld32(k, i, lin_read(k, i, 4));
	if (v & ~(uint32_t)MXCSR_VALID)
		FAULT_GP(0);
	c->mxcsr = v;
	NEXT;
}

/* CLFLUSH and the fences order memory, which is always in order here; but an
 * address that cannot be read faults. */
SIMD_FN(op_clflush)
{
	probe_read(k, i, lin_read(k, i, 1), 1);
	NEXT;
}

SIMD_FN(op_stmxcsr)
{
	SSE_CHECK();
	st32(k, i, lin_write(k, i, 4), c->mxcsr);
	NEXT;
}

static unsigned unmasked(const struct cpu *c)
{
	return ~(c->mxcsr >> MXCSR_MASK_SHIFT) & MXCSR_FLAGS;
}

void sse_raise(struct core *k, const struct insn *i, unsigned flags)
{
	struct cpu *c = k->cpu;
	unsigned enabled = unmasked(c);

	/* An exception found before the computation prevents it for all
	 * elements (SDM 1 11.5.3). */
	if (flags & enabled & MXCSR_PRE)
		flags &= MXCSR_PRE;
	c->mxcsr |= flags;
	if (flags & enabled)
		core_fault(k, i, c->cr4 & CR4_OSXMMEXCPT ? EXC_XM : EXC_UD, 0);
}

/* Element n of v as a double; denormals become zero if daz. */
static double lane_value(__m128i v, unsigned n, bool is_double, bool daz)
{
	union cpu_xmm u = xmm_split(v);

	if (is_double) {
		if (daz && !(u.q[n] & 0x7ff0000000000000))
			u.q[n] &= 1ull << 63;
		return u.f64[n];
	}
	if (daz && !(u.d[n] & 0x7f800000))
		u.d[n] &= 1u << 31;
	return u.f32[n];
}

#define X87_PE 0x20u

/* Would the result of one lane be inexact if its exponent had no bounds? The
 * x87 rounds to 24 or 53 bits within a range of exponents that is wide enough
 * (SDM 1 8.1.5.2). */
static bool wide_inexact(unsigned op, bool narrow, double a, double b, unsigned rounding)
{
	const uint16_t control = (uint16_t)(0x3f | (narrow ? 0 : 0x200) | rounding << 10);
	uint16_t saved, status;

#define X87_RUN(text) \
	__asm__ volatile("fnstcw %[old]\n\tfnclex\n\tfldcw %[new]\n\tfldl %[a]\n\t" text " %[b]\n\t" \
			 "fnstsw %[sw]\n\tfstp %%st(0)\n\tfnclex\n\tfldcw %[old]" \
			 : [old] "=m"(saved), [sw] "=m"(status) \
			 : [new] "m"(control), [a] "m"(a), [b] "m"(b) \
			 : "st")
	switch (op) {
	case FP_ADD: X87_RUN("faddl"); break;
	case FP_SUB: X87_RUN("fsubl"); break;
	case FP_DIV: X87_RUN("fdivl"); break;
	default: X87_RUN("fmull"); break;
	}
#undef X87_RUN
	return status & X87_PE;
}

static __m128i replace_lane(__m128i ones, __m128i v, unsigned n, bool is_double)
{
	union cpu_xmm u = xmm_split(ones), from = xmm_split(v);

	if (is_double)
		u.q[n] = from.q[n];
	else
		u.d[n] = from.d[n];
	return xmm_join(u);
}

/* The flags of one lane when overflow or underflow is unmasked: underflow is
 * then raised by tininess alone, and precision judged without the bounds of
 * the exponent. The other lanes compute with 1.0 and raise nothing. */
static unsigned lane_flags(const struct cpu *c, uint32_t control, sse_run *run, unsigned kind, unsigned n, __m128i a,
			   __m128i b)
{
	bool is_double = kind & FP_DOUBLE, daz = c->mxcsr & MXCSR_DAZ;
	const __m128i ones = is_double ? _mm_set1_epi64x(0x3ff0000000000000) : _mm_set1_epi32(0x3f800000);
	uint32_t flags = control, probe = control | MXCSR_FTZ;
	unsigned op = kind & FP_OP, rounding = (c->mxcsr & MXCSR_RC) >> MXCSR_RC_SHIFT;
	double x, y;

	a = replace_lane(ones, a, n, is_double);
	b = replace_lane(ones, b, n, is_double);
	run(a, b, &flags);
	/* Flushing to zero reports every tiny result, exact ones too. */
	run(a, b, &probe);
	flags = (flags & MXCSR_FLAGS) | (probe & MXCSR_UE & unmasked(c));
	if (!(flags & unmasked(c) & (MXCSR_OE | MXCSR_UE)))
		return flags;
	x = op == FP_NARROW ? 1.0 : lane_value(a, n, is_double, daz);
	y = lane_value(b, n, is_double, daz);
	flags &= ~(unsigned)MXCSR_PE;
	if (wide_inexact(op, !is_double || op == FP_NARROW, x, y, rounding))
		flags |= MXCSR_PE;
	return flags;
}

static unsigned all_lane_flags(const struct cpu *c, uint32_t control, sse_run *run, unsigned kind, __m128i a, __m128i b)
{
	unsigned lanes = kind & FP_SCALAR ? 1 : kind & FP_DOUBLE ? 2 : 4, flags = 0;

	for (unsigned n = 0; n < lanes; n++)
		flags |= lane_flags(c, control, run, kind, n, a, b);
	return flags;
}

__attribute__((noinline)) __m128i sse_slow(struct core *k, const struct insn *i, sse_run *run, unsigned kind, __m128i a,
					   __m128i b)
{
	const struct cpu *c = k->cpu;
	uint32_t control = MXCSR_MASKS | (c->mxcsr & (MXCSR_RC | MXCSR_DAZ | MXCSR_FTZ)), mxcsr;
	unsigned flags, enabled = unmasked(c);
	__m128i r;

	if (enabled & MXCSR_UE) /* FTZ is part of the masked response only */
		control &= ~(uint32_t)MXCSR_FTZ;
	mxcsr = control;
	r = run(a, b, &mxcsr);
	flags = mxcsr & MXCSR_FLAGS;
	if (enabled & (MXCSR_OE | MXCSR_UE) && kind & FP_OP)
		flags = all_lane_flags(c, control, run, kind, a, b);
	sse_raise(k, i, flags);
	return r;
}
