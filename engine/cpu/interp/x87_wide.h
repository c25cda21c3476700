/* Numbers of 128 significant bits, in integers alone, for the x87's
 * transcendental functions: the same on every host, and far enough beyond the
 * 64 bits of a register that rounding them once gives its nearest neighbour. */
#ifndef LANYARD_CPU_INTERP_X87_WIDE_H
#define LANYARD_CPU_INTERP_X87_WIDE_H

#include "engine/cpu/cpu.h"

typedef unsigned __int128 u128;
#define U128(hi, lo) ((u128)(hi) << 64 | (lo))

/* m * 2^(e - 127), bit 127 of m set; or m = 0: zero. */
struct wide {
	u128 m;
	int e;
	bool neg;
};

struct wide wide_make(u128 m, int e, bool neg);         /* any m: m * 2^(e - 127) */
struct wide wide_from_reg(const struct cpu_x87_reg *r); /* zero, denormal or normal */
struct wide wide_add(struct wide a, struct wide b);
struct wide wide_mul(struct wide a, struct wide b);
struct wide wide_div(struct wide a, struct wide b); /* b not zero */
static inline struct wide wide_neg(struct wide a)
{
	a.neg = !a.neg;
	return a;
}
/* |a| < |b| */
bool wide_less(const struct wide *a, const struct wide *b);

/* The functions proper; errors are a few units of 2^-124 of the result. */
struct wide wide_expm1(struct wide y);                /* |y| < 0.7 */
struct wide wide_log2(struct wide x);                 /* x > 0 */
struct wide wide_log2p1(struct wide x);               /* x > -1; exact in x near 0 */
struct wide wide_atan2(struct wide y, struct wide x); /* 0 < y, x; result in (0, pi/2) */
struct wide wide_sin(struct wide r);                  /* |r| < 0.8 */
struct wide wide_cos(struct wide r);
struct wide wide_tan(struct wide r);
extern const struct wide wide_pi, wide_ln2;

/* Rounds to a register as control word fcw asks (rounding and the masks of
 * overflow and underflow; the precision is always 64 bits) and adds to *flags
 * OE, UE, C1 and, as processors do for all that they had to compute, PE.
 * exact: w is the true value, not an approximation. */
struct cpu_x87_reg wide_round(struct wide w, bool exact, uint16_t fcw, unsigned *flags);

#endif
