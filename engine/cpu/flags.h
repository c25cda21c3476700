/* Arithmetic flags, kept as the last result and its carries; each flag is
 * computed when somebody asks. (The idea is Darek Mihocka's; see
 * docs/architecture.md.)
 *
 *   lz_res  the result, sign-extended to 64 bits
 *   lz_aux  bit 63 CF; bit 62 CF xor OF; bit 3 AF;
 *           bit 31 flips SF; bits 8-15 are xored into the parity byte
 *
 * The two correction fields serve instructions that load flags directly. */
#ifndef LANYARD_CPU_FLAGS_H
#define LANYARD_CPU_FLAGS_H

#include "engine/cpu/cpu.h"

#define LZ_CF (1ull << 63)
#define LZ_PO (1ull << 62)
#define LZ_AF (1ull << 3)
#define LZ_SD (1ull << 31)

static inline bool flag_cf(const struct cpu *c)
{
	return c->lz_aux >> 63;
}
static inline bool flag_zf(const struct cpu *c)
{
	return c->lz_res == 0;
}
static inline bool flag_sf(const struct cpu *c)
{
	return ((uint64_t)c->lz_res >> 63) ^ (c->lz_aux >> 31 & 1);
}
static inline bool flag_of(const struct cpu *c)
{
	return (c->lz_aux ^ c->lz_aux << 1) >> 63;
}
static inline bool flag_af(const struct cpu *c)
{
	return c->lz_aux >> 3 & 1;
}
static inline bool flag_pf(const struct cpu *c)
{
	return !__builtin_parity((unsigned)((uint64_t)c->lz_res ^ c->lz_aux >> 8) & 0xff);
}

/* The six arithmetic flags as EFLAGS bits. */
static inline uint32_t flags_arith(const struct cpu *c)
{
	return (uint32_t)(flag_cf(c) * FL_CF | flag_pf(c) * FL_PF | flag_af(c) * FL_AF | flag_zf(c) * FL_ZF |
			  flag_sf(c) * FL_SF | flag_of(c) * FL_OF);
}

static inline uint32_t flags_get(const struct cpu *c)
{
	return c->eflags | flags_arith(c);
}

/* Loads the arithmetic flags from EFLAGS bits f; others are not touched. */
static inline void flags_set_arith(struct cpu *c, uint32_t f)
{
	bool zf = f & FL_ZF, sf = f & FL_SF, pf = f & FL_PF, cf = f & FL_CF, of = f & FL_OF;
	/* res 0 has even parity and sign 0; res 1 odd parity and sign 0. */
	uint64_t aux = (cf ? LZ_CF : 0) | (cf != of ? LZ_PO : 0) | (f & FL_AF ? LZ_AF : 0) | (sf ? LZ_SD : 0);

	c->lz_res = zf ? 0 : 1;
	if (pf != zf)
		aux |= 1 << 8;
	c->lz_aux = aux;
}

/* All of EFLAGS; no checks. */
static inline void flags_set(struct cpu *c, uint32_t f)
{
	flags_set_arith(c, f);
	c->eflags = (f & ~(uint32_t)FL_ARITH) | FL_1;
}

/* The interpreter's own fields in the one form that the architecture's state
 * gives them: lz_res and lz_aux by the six flags, REG_ZERO and REG_PAGE 0 (what
 * runs sets them). Whoever has run instructions does this before the value can be
 * hashed, saved or compared. */
static inline void cpu_canonical(struct cpu *c)
{
	flags_set_arith(c, flags_arith(c));
	c->reg[REG_ZERO] = c->reg[REG_PAGE] = 0;
}

/* CF alone, the others stay (CLC, STC, CMC, BT, INC's counterpart). */
static inline void flags_put_cf(struct cpu *c, bool cf)
{
	bool of = flag_of(c);

	c->lz_aux = (c->lz_aux & ~(LZ_CF | LZ_PO)) | (cf ? LZ_CF : 0) | (cf != of ? LZ_PO : 0);
}

static inline void flags_put_cf_of(struct cpu *c, bool cf, bool of)
{
	c->lz_aux = (c->lz_aux & ~(LZ_CF | LZ_PO)) | (cf ? LZ_CF : 0) | (cf != of ? LZ_PO : 0);
}

/* ZF alone (ARPL, LAR, LSL, VERR, CMPXCHG8B): keeps the five others. */
static inline void flags_put_zf(struct cpu *c, bool zf)
{
	uint32_t f = flags_arith(c) & ~(uint32_t)FL_ZF;

	flags_set_arith(c, f | (zf ? FL_ZF : 0));
}

/* Condition code of Jcc, SETcc, CMOVcc: low four opcode bits. */
static inline bool flags_cond(const struct cpu *c, unsigned cc)
{
	bool v;

	switch (cc >> 1 & 7) {
	case 0: v = flag_of(c); break;
	case 1: v = flag_cf(c); break;
	case 2: v = flag_zf(c); break;
	case 3: v = flag_cf(c) || flag_zf(c); break;
	case 4: v = flag_sf(c); break;
	case 5: v = flag_pf(c); break;
	case 6: v = flag_sf(c) != flag_of(c); break;
	default: v = flag_zf(c) || flag_sf(c) != flag_of(c); break;
	}
	return v != (cc & 1);
}

#endif
