/* Shared by the x87_*.c files only: checks before an instruction, the register
 * stack, exceptions, and what each instruction leaves in FIP, FDP and FOP. */
#ifndef LANYARD_CPU_INTERP_X87_IMPL_H
#define LANYARD_CPU_INTERP_X87_IMPL_H

#include "engine/cpu/access.h"
#include "engine/cpu/decode/op.h"
#include "engine/cpu/x87.h"

enum { X87_SIGN = 0x8000, X87_EXP = 0x7fff, X87_BIAS = 0x3fff };
#define X87_J (1ull << 63)     /* the explicit integer bit */
#define X87_QUIET (1ull << 62) /* set in quiet NaNs */

/* "Real indefinite": the default NaN (SDM 1 4.8.3.7). */
#define X87_INDEFINITE ((struct cpu_x87_reg){.mant = X87_J | X87_QUIET, .se = 0xffff})
#define X87_ONE ((struct cpu_x87_reg){.mant = X87_J, .se = X87_BIAS})

enum x87_class { X87_ZERO, X87_DENORMAL, X87_NORMAL, X87_INF, X87_QNAN, X87_SNAN, X87_UNSUPPORTED };

static inline enum x87_class x87_classify(const struct cpu_x87_reg *r)
{
	unsigned e = r->se & X87_EXP;

	if (e == 0)
		return r->mant ? X87_DENORMAL : X87_ZERO; /* pseudo-denormals too */
	if (!(r->mant & X87_J))
		return X87_UNSUPPORTED; /* unnormals, pseudo-infinities, pseudo-NaNs */
	if (e != X87_EXP)
		return X87_NORMAL;
	if (r->mant == X87_J)
		return X87_INF;
	return r->mant & X87_QUIET ? X87_QNAN : X87_SNAN;
}

/* ---- the stack ---- */

static inline unsigned x87_phys(const struct cpu *c, unsigned n)
{
	return ((c->x87.fsw >> FSW_TOP_SHIFT) + n) & 7;
}
static inline struct cpu_x87_reg *x87_st(struct cpu *c, unsigned n)
{
	return &c->x87.st[x87_phys(c, n)];
}
static inline bool x87_empty(const struct cpu *c, unsigned n)
{
	return !(c->x87.tags >> x87_phys(c, n) & 1);
}

static inline void x87_set_top(struct cpu *c, unsigned top)
{
	c->x87.fsw = (uint16_t)((c->x87.fsw & ~FSW_TOP) | (top & 7) << FSW_TOP_SHIFT);
}

/* Registers are read and written by field: a wide load of what was written in
 * two pieces would have to wait for both. */
static inline struct cpu_x87_reg x87_get(const struct cpu *c, unsigned n)
{
	const struct cpu_x87_reg *r = &c->x87.st[x87_phys(c, n)];

	return (struct cpu_x87_reg){.mant = r->mant, .se = r->se};
}

static inline void x87_put(struct cpu *c, unsigned n, struct cpu_x87_reg v)
{
	unsigned p = x87_phys(c, n);

	c->x87.st[p].mant = v.mant;
	c->x87.st[p].se = v.se;
	c->x87.tags |= (uint8_t)(1u << p);
}

static inline void x87_free(struct cpu *c, unsigned n)
{
	c->x87.tags &= (uint8_t) ~(1u << x87_phys(c, n));
}

static inline void x87_pop(struct cpu *c)
{
	x87_free(c, 0);
	x87_set_top(c, x87_phys(c, 1));
}

static inline void x87_push(struct cpu *c, struct cpu_x87_reg v)
{
	x87_set_top(c, x87_phys(c, 7));
	x87_put(c, 0, v);
}

/* ---- exceptions ---- */

/* ES and its copy B follow the flags and their masks. */
static inline void x87_update_es(struct cpu_x87 *x)
{
	bool es = x->fsw & ~x->fcw & FSW_EXCEPTIONS;

	x->fsw = (uint16_t)((x->fsw & ~(FSW_ES | FSW_B)) | (es ? FSW_ES | FSW_B : 0));
}

/* Takes over an instruction's exception flags and C1 (set: rounded up, or
 * stack overflow). True if an unmasked exception of the kind that is found
 * before computing forbids to write the result (SDM 1 8.5). */
static inline bool x87_raise(struct cpu *c, unsigned flags)
{
	struct cpu_x87 *x = &c->x87;

	x->fsw = (uint16_t)((x->fsw & ~FSW_C1) | flags);
	if (UNLIKELY(flags & ~(unsigned)x->fcw & FSW_EXCEPTIONS))
		x->fsw |= FSW_ES | FSW_B;
	return flags & ~(unsigned)x->fcw & (FSW_IE | FSW_DE | FSW_ZE);
}

enum { X87_UNDERFLOW = FSW_IE | FSW_SF, X87_OVERFLOW = FSW_IE | FSW_SF | FSW_C1 };

/* ---- before an instruction ---- */

/* In place of the instruction: #NM; #MF; or, with CR0.NE clear, FERR#, and the
 * instruction starts again until the interrupt behind FERR# is taken. */
insn_fn op_x87_blocked;

/* Flags or masks were changed, was is the old status word: ES follows, and
 * FERR# falls with it. */
void x87_changed(struct cpu *c, const struct insn *i, struct core *k, uint16_t was);

/* A pending exception holds nothing up while IGNNE# is asserted and CR0.NE is
 * clear. */
static inline bool x87_pending(const struct cpu *c)
{
	return (c->x87.fsw & FSW_ES) && ((c->cr0 & CR0_NE) || !c->ignne);
}

#define X87_WAIT() \
	do { \
		if (UNLIKELY((c->cr0 & (CR0_EM | CR0_TS)) || x87_pending(c))) \
			MUST_TAIL return op_x87_blocked(c, i, k); \
	} while (0)

/* A waiting instruction whose body, which follows, needs a frame: one that is
 * gone before the next instruction runs. */
#define X87_FRAMED(name) \
	static NOINLINE void name##_framed(struct cpu *c, const struct insn *i, struct core *k); \
	void name(struct cpu *c, const struct insn *i, struct core *k) \
	{ \
		X87_WAIT(); \
		name##_framed(c, i, k); \
		NEXT; \
	} \
	static NOINLINE void name##_framed(struct cpu *c, const struct insn *i, struct core *k)

/* Instructions that do not wait for pending exceptions. */
#define X87_NOWAIT() \
	do { \
		if (UNLIKELY(c->cr0 & (CR0_EM | CR0_TS))) \
			core_fault(k, i, EXC_NM, 0); \
	} while (0)

/* ---- pointers (SDM 1 8.1.8) ---- */

/* Each non-control instruction, once its memory access succeeded. */
static inline void x87_note(struct cpu *c, const struct insn *i, const struct core *k)
{
	c->x87.fip = insn_rip(c, i) & k->ip_mask;
	c->x87.fcs = c->seg[SEG_CS].sel;
	c->x87.fop = (uint16_t)((i->opcode & 7) << 8 | i->modrm);
}

static inline void x87_note_mem(struct cpu *c, const struct insn *i, const struct core *k)
{
	unsigned seg = i->seg == SF_FLAT ? SEG_DS : i->seg == SF_STACK ? SEG_SS : i->seg;

	x87_note(c, i, k);
	c->x87.fdp = insn_ea(c, i);
	c->x87.fds = c->seg[seg].sel;
}

#define X87_STI (i->modrm & 7u)

/* ---- the handlers: op_NAME for each NAME of OPS_X87 ---- */

#define X(name) insn_fn op_##name;
OPS_X87(X)
#undef X

#endif
