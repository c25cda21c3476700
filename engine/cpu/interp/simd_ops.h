/* Shared by the MMX and SSE families: the checks in front of an instruction,
 * operands, and the macros that make the register and the memory form of an
 * operation from one expression. Private to interp/sse*.c, mmx*.c and bind_simd.c.
 *
 * An expression sees a (destination as it was) and b (source), both __m128i,
 * and i. Only SSE2 is used on the host, the baseline of x86-64; whatever came
 * later is computed from it, so that every host gives the same bits.
 *
 * A handler is op_ID_r (register) or op_ID_m (memory), ID as in simd_rows.h:
 * search for the file with (ID, or for op_##id##_r for the macro that makes it.
 *
 * Locals whose address leaves the function would forbid the tail call of NEXT;
 * therefore 16 bytes travel by value everywhere. */
#ifndef LANYARD_CPU_INTERP_SIMD_OPS_H
#define LANYARD_CPU_INTERP_SIMD_OPS_H

#include <emmintrin.h>

#include "engine/cpu/access.h"
#include "engine/cpu/decode/simd_rows.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/x87.h"

/* What every MMX instruction but EMMS does first: #UD if CR0.EM, #NM if
 * CR0.TS, #MF if an x87 exception waits; then TOP becomes 0 and all tags
 * valid. Call it after the memory operand was read (or probed): it changes
 * state, and a fault after it would not be precise. (mmx_state.c) */
void mmx_prepare(struct core *k, const struct insn *i);

static inline uint64_t mmx_read(const struct cpu *c, unsigned n)
{
	return c->x87.st[n & 7].mant;
}

/* A write also sets sign and exponent to ones (SDM 3A 12.2). */
static inline void mmx_write(struct cpu *c, unsigned n, uint64_t v)
{
	c->x87.st[n & 7].mant = v;
	c->x87.st[n & 7].se = 0xffff;
}

/* ---- prototypes of every row's handlers: op_NAME_r and op_NAME_m ---- */

#define SIMD_PROTO_BOTH(id) insn_fn op_##id##_r, op_##id##_m;
#define SIMD_PROTO_REG(id) insn_fn op_##id##_r;
#define SIMD_PROTO_MEM(id) insn_fn op_##id##_m;
#define SIMD_PROTO(opcode, prefix, form, id, name, flags, feature) SIMD_PROTO_##form(id)
SIMD_ROWS_0F(SIMD_PROTO)
SIMD_ROWS_0F38(SIMD_PROTO)
SIMD_ROWS_0F3A(SIMD_PROTO)
SIMD_ROWS_SHIFT(SIMD_PROTO)
insn_fn op_movhlps_r, op_movlhps_r, op_emms;

/* ---- MXCSR (SDM 1 10.2.3) ---- */

enum {
	MXCSR_IE = 1 << 0,
	MXCSR_DE = 1 << 1,
	MXCSR_ZE = 1 << 2,
	MXCSR_OE = 1 << 3,
	MXCSR_UE = 1 << 4,
	MXCSR_PE = 1 << 5,
	MXCSR_FLAGS = 0x3f,
	MXCSR_DAZ = 1 << 6,
	MXCSR_MASKS = 0x1f80,
	MXCSR_MASK_SHIFT = 7,
	MXCSR_RC = 3 << 13,
	MXCSR_RC_SHIFT = 13,
	MXCSR_FTZ = 1 << 15,
	MXCSR_DEFAULT = 0x1f80,
	MXCSR_VALID = 0xffff,
	MXCSR_PRE = MXCSR_IE | MXCSR_DE | MXCSR_ZE, /* found before the computation */
};

/* An operation on the host under the control bits of *mxcsr (all exceptions
 * masked), whose flags it adds there; the host's own MXCSR is MXCSR_DEFAULT
 * before and after. */
typedef __m128i sse_run(__m128i a, __m128i b, uint32_t *mxcsr);

/* What the unmasked overflow and underflow responses must know: how a lane of
 * the result is made. FP_NONE can neither overflow nor underflow. */
enum sse_kind {
	FP_NONE,
	FP_ADD,
	FP_SUB,
	FP_MUL,
	FP_DIV,
	FP_NARROW, /* double to float */
	FP_OP = 7,
	FP_DOUBLE = 8,  /* the source lanes are doubles */
	FP_SCALAR = 16, /* lane 0 only */
};

/* The operation by the guest's MXCSR, whatever it is: collects its flags or
 * raises #XM. (sse_state.c) */
__m128i sse_slow(struct core *k, const struct insn *i, sse_run *run, unsigned kind, __m128i a, __m128i b);
/* Exceptions of an operation computed in software; pre-computation ones hide
 * the others if one of them is unmasked. */
void sse_raise(struct core *k, const struct insn *i, unsigned flags);

/* ---- availability (SDM 3A tables 23-4 to 23-9) ---- */

_Noreturn void sse_denied(struct core *k, const struct insn *i);

#define SSE_CHECK() \
	do { \
		if (UNLIKELY((c->cr0 & (CR0_EM | CR0_TS)) | (~c->cr4 & CR4_OSFXSR))) \
			sse_denied(k, i); \
	} while (0)

/* #UD, #NM and #MF come before the faults of the memory operand. */
#define MMX_CHECK() \
	do { \
		if (UNLIKELY((c->cr0 & (CR0_EM | CR0_TS)) | (c->x87.fsw & FSW_ES))) \
			mmx_prepare(k, i); \
	} while (0)

/* ---- operands ---- */

static inline __m128i xmm_get(const struct cpu *c, unsigned n)
{
	return _mm_loadu_si128((const __m128i_u *)&c->xmm[n]);
}

static inline void xmm_put(struct cpu *c, unsigned n, __m128i v)
{
	_mm_storeu_si128((__m128i_u *)&c->xmm[n], v);
}

static inline __m128i mm_get(const struct cpu *c, unsigned n)
{
	return _mm_cvtsi64_si128((long long)mmx_read(c, n & 7));
}

static inline void mm_put(struct cpu *c, unsigned n, __m128i v)
{
	mmx_write(c, n & 7, (uint64_t)_mm_cvtsi128_si64(v));
}

static inline union cpu_xmm xmm_split(__m128i v)
{
	union cpu_xmm u;

	memcpy(&u, &v, 16);
	return u;
}

static inline __m128i xmm_join(union cpu_xmm u)
{
	__m128i v;

	memcpy(&v, &u, 16);
	return v;
}

/* The low n lanes; the others are 0. */
static inline __m128i xmm_d(uint32_t d)
{
	return _mm_cvtsi32_si128((int)d);
}
static inline __m128i xmm_q(uint64_t q)
{
	return _mm_cvtsi64_si128((long long)q);
}
static inline uint32_t xmm_low32(__m128i v)
{
	return (uint32_t)_mm_cvtsi128_si32(v);
}
static inline uint64_t xmm_low64(__m128i v)
{
	return (uint64_t)_mm_cvtsi128_si64(v);
}

static inline unsigned simd_imm(const struct insn *i)
{
	return (uint8_t)i->imm;
}
/* A general register n as operand (simd_map.h). */
static inline unsigned gpr(unsigned n)
{
	return 8 * n;
}

__m128i xmm_load_slow(struct core *k, const struct insn *i, uint64_t lin);
void xmm_store_slow(struct core *k, const struct insn *i, uint64_t lin, __m128i v);

static inline __m128i ld128(struct core *k, const struct insn *i, uint64_t lin)
{
	const uint8_t *p = fast_read(k, lin, 16);

	return LIKELY(p) ? _mm_loadu_si128((const __m128i_u *)p) : xmm_load_slow(k, i, lin);
}

static inline void st128(struct core *k, const struct insn *i, uint64_t lin, __m128i v)
{
	uint8_t *p = fast_write(k, lin, 16);

	if (UNLIKELY(!p))
		xmm_store_slow(k, i, lin, v);
	else
		_mm_storeu_si128((__m128i_u *)p, v);
}

/* Most memory operands of 16 bytes must be aligned, else #GP(0); processors
 * look at that before they look at the segment's limit. */
static inline uint64_t lin_a128(struct core *k, const struct insn *i, bool write)
{
	uint64_t ea = insn_ea(k->cpu, i);

	if (UNLIKELY((k->sf[i->seg].base + ea) & 15))
		core_fault(k, i, EXC_GP, 0);
	return lin_seg(k, i, i->seg, ea, 16, write);
}

static inline __m128i mem_a128(struct core *k, const struct insn *i)
{
	return ld128(k, i, lin_a128(k, i, false));
}

static inline __m128i mem_u128(struct core *k, const struct insn *i)
{
	return ld128(k, i, lin_read(k, i, 16));
}
static inline __m128i mem_64(struct core *k, const struct insn *i)
{
	return xmm_q(ld64(k, i, lin_read(k, i, 8)));
}
static inline __m128i mem_32(struct core *k, const struct insn *i)
{
	return xmm_d(ld32(k, i, lin_read(k, i, 4)));
}
static inline __m128i mem_16(struct core *k, const struct insn *i)
{
	return xmm_d(ld16(k, i, lin_read(k, i, 2)));
}
static inline __m128i mem_8(struct core *k, const struct insn *i)
{
	return xmm_d(ld8(k, i, lin_read(k, i, 1)));
}

/* ---- makers ---- */

#define SIMD_FN(name) void name(struct cpu *c, const struct insn *i, struct core *k)

/* xmm = expr(xmm, xmm) */
#define XMM_REG(id, expr) \
	SIMD_FN(op_##id##_r) \
	{ \
		__m128i a UNUSED = xmm_get(c, i->reg), b UNUSED = xmm_get(c, i->rm); \
		SSE_CHECK(); \
		xmm_put(c, i->reg, (expr)); \
		NEXT; \
	}

/* xmm = expr(xmm, memory), the operand read by load(k, i) */
#define XMM_MEM(id, load, expr) \
	SIMD_FN(op_##id##_m) \
	{ \
		__m128i a UNUSED, b; \
		SSE_CHECK(); \
		b = load(k, i); \
		a = xmm_get(c, i->reg); \
		xmm_put(c, i->reg, (expr)); \
		NEXT; \
	}

#define XMM_BOTH(id, load, expr) XMM_REG(id, expr) XMM_MEM(id, load, expr)
#define XMM_OP(id, expr) XMM_BOTH(id, mem_a128, expr)

/* mm = low half of expr(mm, mm or memory) */
#define MMX_BOTH(id, load, expr) \
	SIMD_FN(op_##id##_r) \
	{ \
		__m128i a UNUSED, b; \
		mmx_prepare(k, i); \
		a = mm_get(c, i->reg); \
		b = mm_get(c, i->rm); \
		mm_put(c, i->reg, (expr)); \
		NEXT; \
	} \
	SIMD_FN(op_##id##_m) \
	{ \
		__m128i a UNUSED, b; \
		MMX_CHECK(); \
		b = load(k, i); \
		mmx_prepare(k, i); \
		a = mm_get(c, i->reg); \
		mm_put(c, i->reg, (expr)); \
		NEXT; \
	}

/* An operation whose low half depends on the low halves only: both widths. */
#define INT_OP(id, expr) XMM_OP(id, expr) MMX_BOTH(id##_mm, mem_64, expr)

#endif
