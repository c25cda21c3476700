/* Integer operations on values: the result is returned, the arithmetic flags
 * are set (flags.h). Flags that the SDM leaves undefined are defined here,
 * once: AF is 0, and OF of a shift by more than one follows the rule for one. */
#ifndef LANYARD_CPU_INTERP_ALU_H
#define LANYARD_CPU_INTERP_ALU_H

#include "engine/cpu/flags.h"

#define LZ_KEEP (LZ_CF | LZ_PO)

/* carries: bit n is the carry (borrow) out of bit n. */
#define ALU_SET(bits, c, r, carries) \
	do { \
		uint##bits##_t ca_ = (uint##bits##_t)(carries); \
		(c)->lz_res = (int##bits##_t)(r); \
		(c)->lz_aux = ((uint64_t)ca_ << (64 - bits) & LZ_KEEP) | (ca_ & LZ_AF); \
	} while (0)

#define DEFINE_ALU(bits) \
	static inline uint##bits##_t alu_add##bits(struct cpu *c, uint##bits##_t a, uint##bits##_t b) \
	{ \
		uint##bits##_t r = (uint##bits##_t)(a + b); \
		ALU_SET(bits, c, r, (a & b) | ((a | b) & ~r)); \
		return r; \
	} \
	static inline uint##bits##_t alu_adc##bits(struct cpu *c, uint##bits##_t a, uint##bits##_t b) \
	{ \
		uint##bits##_t r = (uint##bits##_t)(a + b + flag_cf(c)); \
		ALU_SET(bits, c, r, (a & b) | ((a | b) & ~r)); \
		return r; \
	} \
	static inline uint##bits##_t alu_sub##bits(struct cpu *c, uint##bits##_t a, uint##bits##_t b) \
	{ \
		uint##bits##_t r = (uint##bits##_t)(a - b); \
		ALU_SET(bits, c, r, (~a & b) | ((~a | b) & r)); \
		return r; \
	} \
	static inline uint##bits##_t alu_sbb##bits(struct cpu *c, uint##bits##_t a, uint##bits##_t b) \
	{ \
		uint##bits##_t r = (uint##bits##_t)(a - b - flag_cf(c)); \
		ALU_SET(bits, c, r, (~a & b) | ((~a | b) & r)); \
		return r; \
	} \
	static inline uint##bits##_t alu_logic##bits(struct cpu *c, uint##bits##_t r) \
	{ \
		c->lz_res = (int##bits##_t)r; \
		c->lz_aux = 0; \
		return r; \
	} \
	static inline uint##bits##_t alu_and##bits(struct cpu *c, uint##bits##_t a, uint##bits##_t b) \
	{ \
		return alu_logic##bits(c, a & b); \
	} \
	static inline uint##bits##_t alu_or##bits(struct cpu *c, uint##bits##_t a, uint##bits##_t b) \
	{ \
		return alu_logic##bits(c, a | b); \
	} \
	static inline uint##bits##_t alu_xor##bits(struct cpu *c, uint##bits##_t a, uint##bits##_t b) \
	{ \
		return alu_logic##bits(c, a ^ b); \
	} \
	/* INC and DEC keep CF: bit 63 stays, bit 62 makes OF right with it. */ \
	static inline uint##bits##_t alu_inc##bits(struct cpu *c, uint##bits##_t a) \
	{ \
		uint##bits##_t r = (uint##bits##_t)(a + 1); \
		uint64_t cf = c->lz_aux & LZ_CF; \
		bool of = r == (uint##bits##_t)1 << (bits - 1); \
		c->lz_res = (int##bits##_t)r; \
		c->lz_aux = (cf | cf >> 1) ^ (of ? LZ_PO : 0) ^ ((r & 15) == 0 ? LZ_AF : 0); \
		return r; \
	} \
	static inline uint##bits##_t alu_dec##bits(struct cpu *c, uint##bits##_t a) \
	{ \
		uint##bits##_t r = (uint##bits##_t)(a - 1); \
		uint64_t cf = c->lz_aux & LZ_CF; \
		bool of = a == (uint##bits##_t)1 << (bits - 1); \
		c->lz_res = (int##bits##_t)r; \
		c->lz_aux = (cf | cf >> 1) ^ (of ? LZ_PO : 0) ^ ((r & 15) == 15 ? LZ_AF : 0); \
		return r; \
	} \
	static inline uint##bits##_t alu_neg##bits(struct cpu *c, uint##bits##_t a) \
	{ \
		return alu_sub##bits(c, 0, a); \
	}

DEFINE_ALU(8)
DEFINE_ALU(16)
DEFINE_ALU(32)
DEFINE_ALU(64)

/* Sets CF and OF with result r of `bits` bits; AF = 0. */
#define ALU_RES_CF_OF(bits, c, r, cf, of) \
	do { \
		bool cf_ = (cf), of_ = (of); \
		(c)->lz_res = (int##bits##_t)(r); \
		(c)->lz_aux = (cf_ ? LZ_CF : 0) | (cf_ != of_ ? LZ_PO : 0); \
	} while (0)

/* Shifts and rotates: n is masked by the caller's operand size (31 or 63) and
 * not zero. SDM 2B "SAL/SAR/SHL/SHR", "RCL/RCR/ROL/ROR". */
#define DEFINE_SHIFT(bits) \
	static inline uint##bits##_t alu_shl##bits(struct cpu *c, uint##bits##_t a, unsigned n) \
	{ \
		uint##bits##_t r = (uint##bits##_t)(n < bits ? (uint64_t)a << n : 0); \
		bool cf = n <= bits ? a >> (bits - n) & 1 : 0; \
		ALU_RES_CF_OF(bits, c, r, cf, (r >> (bits - 1)) ^ cf); \
		return r; \
	} \
	static inline uint##bits##_t alu_shr##bits(struct cpu *c, uint##bits##_t a, unsigned n) \
	{ \
		uint##bits##_t r = (uint##bits##_t)(n < bits ? a >> n : 0); \
		bool cf = n <= bits ? a >> (n - 1) & 1 : 0; \
		ALU_RES_CF_OF(bits, c, r, cf, ((r ^ (uint##bits##_t)(r << 1)) >> (bits - 1)) & 1); \
		return r; \
	} \
	static inline uint##bits##_t alu_sar##bits(struct cpu *c, uint##bits##_t a, unsigned n) \
	{ \
		int##bits##_t s = (int##bits##_t)a; \
		unsigned m = n < bits ? n : bits - 1; \
		uint##bits##_t r = (uint##bits##_t)(s >> m); \
		bool cf = n <= bits - 1 ? a >> (n - 1) & 1 : a >> (bits - 1); \
		ALU_RES_CF_OF(bits, c, r, cf, 0); \
		return r; \
	} \
	static inline uint##bits##_t alu_rol##bits(struct cpu *c, uint##bits##_t a, unsigned n) \
	{ \
		unsigned m = n & (bits - 1); \
		uint##bits##_t r = m ? (uint##bits##_t)(a << m | a >> (bits - m)) : a; \
		flags_put_cf_of(c, r & 1, (r ^ r >> (bits - 1)) & 1); \
		return r; \
	} \
	static inline uint##bits##_t alu_ror##bits(struct cpu *c, uint##bits##_t a, unsigned n) \
	{ \
		unsigned m = n & (bits - 1); \
		uint##bits##_t r = m ? (uint##bits##_t)(a >> m | a << (bits - m)) : a; \
		flags_put_cf_of(c, r >> (bits - 1), (r >> (bits - 1) ^ r >> (bits - 2)) & 1); \
		return r; \
	} \
	static inline uint##bits##_t alu_rcl##bits(struct cpu *c, uint##bits##_t a, unsigned n) \
	{ \
		unsigned m = n % (bits + 1); \
		bool cf = flag_cf(c); \
		for (; m; m--) { \
			bool out = a >> (bits - 1); \
			a = (uint##bits##_t)(a << 1 | cf); \
			cf = out; \
		} \
		flags_put_cf_of(c, cf, (a >> (bits - 1) ^ cf) & 1); \
		return a; \
	} \
	static inline uint##bits##_t alu_rcr##bits(struct cpu *c, uint##bits##_t a, unsigned n) \
	{ \
		unsigned m = n % (bits + 1); \
		bool cf = flag_cf(c); \
		for (; m; m--) { \
			bool out = a & 1; \
			a = (uint##bits##_t)(a >> 1 | (uint##bits##_t)((uint##bits##_t)cf << (bits - 1))); \
			cf = out; \
		} \
		flags_put_cf_of(c, cf, (a >> (bits - 1) ^ a >> (bits - 2)) & 1); \
		return a; \
	}

DEFINE_SHIFT(8)
DEFINE_SHIFT(16)
DEFINE_SHIFT(32)
DEFINE_SHIFT(64)

/* Double shifts, 0 < n < 32 (or 64). A 16-bit operand shifted by more than 16
 * is undefined in the SDM: here the source follows itself, as on Intel parts. */
#define DEFINE_DOUBLE_SHIFT(bits, wide) \
	static inline uint##bits##_t alu_shld##bits(struct cpu *c, uint##bits##_t a, uint##bits##_t b, unsigned n) \
	{ \
		wide v = (wide)a << bits | b; \
		uint##bits##_t r, cf; \
		if (n > bits) \
			v = (wide)b << bits | a, n -= bits; \
		r = (uint##bits##_t)(v << n >> bits); \
		cf = (uint##bits##_t)(v >> (2 * bits - n)) & 1; \
		ALU_RES_CF_OF(bits, c, r, cf, ((r ^ a) >> (bits - 1)) & 1); \
		return r; \
	} \
	static inline uint##bits##_t alu_shrd##bits(struct cpu *c, uint##bits##_t a, uint##bits##_t b, unsigned n) \
	{ \
		wide v = (wide)b << bits | a; \
		uint##bits##_t r, cf; \
		if (n > bits) \
			v = (wide)a << bits | b, n -= bits; \
		r = (uint##bits##_t)(v >> n); \
		cf = (uint##bits##_t)(v >> (n - 1)) & 1; \
		ALU_RES_CF_OF(bits, c, r, cf, ((r ^ a) >> (bits - 1)) & 1); \
		return r; \
	}
DEFINE_DOUBLE_SHIFT(16, uint32_t)
DEFINE_DOUBLE_SHIFT(32, uint64_t)
DEFINE_DOUBLE_SHIFT(64, unsigned __int128)

#endif
