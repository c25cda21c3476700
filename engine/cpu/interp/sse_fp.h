/* Makers of the SSE floating-point operations (sse_float.c, sse_convert.c,
 * sse41_float.c).
 *
 * The usual guest MXCSR differs from the host's in its sticky flags at most.
 * Then the operation runs as it is, and one STMXCSR afterwards tells whether a
 * flag stands that the guest does not have yet: it may be new, or left over
 * from other code, so the operation is done once more with clear flags. After
 * the guest's first inexact result this is rare. */
#ifndef LANYARD_CPU_INTERP_SSE_FP_H
#define LANYARD_CPU_INTERP_SSE_FP_H

#include "engine/cpu/interp/simd_ops.h"

static const uint32_t mxcsr_host UNUSED = MXCSR_DEFAULT;

static inline bool sse_usual(const struct cpu *c)
{
	return (c->mxcsr & ~(uint32_t)MXCSR_FLAGS) == MXCSR_DEFAULT;
}

/* text computes a from %[a] and %[b] (XMM registers); %[t] is a scratch
 * register, one of RAX, RBX, RCX, RDX. Makes run_ID (an sse_run) and do_ID(k, i, a, b). */
#define FP_DEFINE(id, kind, text) \
	static __m128i run_##id(__m128i a, __m128i b, uint32_t *mxcsr) \
	{ \
		uint64_t t; \
		__asm__ volatile("ldmxcsr %[m]\n\t" text "\n\tstmxcsr %[m]\n\tldmxcsr %[h]" \
				 : [a] "+x"(a), [t] "=&Q"(t), [m] "+m"(*mxcsr) \
				 : [b] "x"(b), [h] "m"(mxcsr_host)); \
		return a; \
	} \
	static inline __m128i do_##id(struct core *k, const struct insn *i, __m128i a, __m128i b) \
	{ \
		if (LIKELY(sse_usual(k->cpu))) { \
			__m128i r = a; \
			uint32_t mxcsr; \
			uint64_t t; \
			__asm__ volatile(text "\n\tstmxcsr %[m]" \
					 : [a] "+x"(r), [t] "=&Q"(t), [m] "=m"(mxcsr) \
					 : [b] "x"(b)); \
			if (LIKELY(!(mxcsr & ~k->cpu->mxcsr))) \
				return r; \
		} \
		return sse_slow(k, i, run_##id, kind, a, b); \
	}

/* xmm = a OP b in all its forms; load reads the memory operand. */
#define FP_OP_AS(id, load, kind, text) \
	FP_DEFINE(id, kind, text) \
	XMM_BOTH(id, load, do_##id(k, i, a, b))
#define FP_OP2(id, load, kind) FP_OP_AS(id, load, kind, #id " %[b], %[a]")
#define FP_OP4(id, kind) \
	FP_OP2(id##ps, mem_a128, kind) \
	FP_OP2(id##pd, mem_a128, kind | FP_DOUBLE) \
	FP_OP2(id##ss, mem_32, kind | FP_SCALAR) \
	FP_OP2(id##sd, mem_64, kind | FP_DOUBLE | FP_SCALAR)

#endif
