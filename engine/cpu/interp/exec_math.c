/* Multiplication, division and decimal adjustment (SDM 2A-2B). MUL and IMUL
 * leave SF, ZF, PF undefined in the SDM: here they follow the low half.
 * Handlers: mul_FORMBITS (imul, div, idiv), imul_ge_FORMBITS, imul_gei_...:
 * mul_##form##bits. */
#include "engine/cpu/interp/exec.h"

#define FAULT_DE() core_fault(k, i, EXC_DE, 0)

/* ---- MUL, IMUL, DIV, IDIV on the accumulator ---- */

#define ACC_LO(bits) r##bits(c, RAX * 8)
#define ACC_HI(bits) r##bits(c, RDX * 8)

#define MULDIV(bits, wide, swide) \
	static inline void do_mul##bits(struct cpu *c, uint##bits##_t b) \
	{ \
		wide r = (wide)ACC_LO(bits) * b; \
		uint##bits##_t hi = (uint##bits##_t)(r >> bits); \
		w##bits(c, RAX * 8, (uint##bits##_t)r); \
		w##bits(c, RDX * 8, hi); \
		ALU_RES_CF_OF(bits, c, r, hi != 0, hi != 0); \
	} \
	static inline void do_imul##bits(struct cpu *c, uint##bits##_t b) \
	{ \
		swide r = (swide)(int##bits##_t)ACC_LO(bits) * (int##bits##_t)b; \
		bool over = r != (int##bits##_t)r; \
		w##bits(c, RAX * 8, (uint##bits##_t)r); \
		w##bits(c, RDX * 8, (uint##bits##_t)(r >> bits)); \
		ALU_RES_CF_OF(bits, c, r, over, over); \
	} \
	static inline bool do_div##bits(struct cpu *c, uint##bits##_t b) \
	{ \
		wide a = (wide)ACC_HI(bits) << bits | ACC_LO(bits); \
		if (b == 0 || ACC_HI(bits) >= b) \
			return false; \
		w##bits(c, RAX * 8, (uint##bits##_t)(a / b)); \
		w##bits(c, RDX * 8, (uint##bits##_t)(a % b)); \
		return true; \
	} \
	static inline bool do_idiv##bits(struct cpu *c, uint##bits##_t b) \
	{ \
		wide a = (wide)ACC_HI(bits) << bits | ACC_LO(bits); \
		bool nega = (swide)a < 0, negb = (int##bits##_t)b < 0; \
		wide ua = nega ? (wide)0 - a : a, q; \
		uint##bits##_t ub = negb ? (uint##bits##_t)(0 - b) : b, rem; \
		wide most = ((wide)1 << (bits - 1)) - (nega == negb); \
		if (b == 0) \
			return false; \
		q = ua / ub; \
		rem = (uint##bits##_t)(ua % ub); \
		if (q > most) \
			return false; \
		w##bits(c, RAX * 8, (uint##bits##_t)(nega != negb ? (wide)0 - q : q)); \
		w##bits(c, RDX * 8, (uint##bits##_t)(nega ? 0 - rem : rem)); \
		return true; \
	} \
	static inline void do_imul_g##bits(struct cpu *c, unsigned reg, uint##bits##_t a, uint##bits##_t b) \
	{ \
		swide r = (swide)(int##bits##_t)a * (int##bits##_t)b; \
		bool over = r != (int##bits##_t)r; \
		w##bits(c, reg, (uint##bits##_t)r); \
		ALU_RES_CF_OF(bits, c, r, over, over); \
	}
MULDIV(16, uint32_t, int32_t)
MULDIV(32, uint64_t, int64_t)
MULDIV(64, unsigned __int128, __int128)

/* Byte forms use AX for both halves. */
static inline void do_mul8(struct cpu *c, uint8_t b)
{
	uint16_t r = (uint16_t)(r8(c, RAX * 8) * b);

	w16(c, RAX * 8, r);
	ALU_RES_CF_OF(8, c, r, r > 0xff, r > 0xff);
}

static inline void do_imul8(struct cpu *c, uint8_t b)
{
	int16_t r = (int16_t)((int8_t)r8(c, RAX * 8) * (int8_t)b);

	w16(c, RAX * 8, (uint16_t)r);
	ALU_RES_CF_OF(8, c, r, r != (int8_t)r, r != (int8_t)r);
}

static inline bool do_div8(struct cpu *c, uint8_t b)
{
	uint16_t a = r16(c, RAX * 8);

	if (b == 0 || a / b > 0xff)
		return false;
	w16(c, RAX * 8, (uint16_t)((a % b) << 8 | a / b));
	return true;
}

static inline bool do_idiv8(struct cpu *c, uint8_t b)
{
	int a = (int16_t)r16(c, RAX * 8), d = (int8_t)b;

	if (d == 0 || a / d > 127 || a / d < -128)
		return false;
	w16(c, RAX * 8, (uint16_t)((a % d & 0xff) << 8 | (a / d & 0xff)));
	return true;
}

/* operand(bits, form, slow) declares and reads b. */
#define ACC_OPS(bits, form, operand) \
	MEM_HANDLER(form, mul_##form##bits) \
	{ \
		operand(bits, form, mul_slow##bits); \
		do_mul##bits(c, b); \
		NEXT; \
	} \
	MEM_HANDLER(form, imul_##form##bits) \
	{ \
		operand(bits, form, imul_slow##bits); \
		do_imul##bits(c, b); \
		NEXT; \
	} \
	MEM_HANDLER(form, div_##form##bits) \
	{ \
		operand(bits, form, div_slow##bits); \
		if (!do_div##bits(c, b)) \
			FAULT_DE(); \
		NEXT; \
	} \
	MEM_HANDLER(form, idiv_##form##bits) \
	{ \
		operand(bits, form, idiv_slow##bits); \
		if (!do_idiv##bits(c, b)) \
			FAULT_DE(); \
		NEXT; \
	}
#define IN_REGISTER(bits, form, slow) uint##bits##_t b = r##bits(c, i->rm)
#define IN_MEMORY(bits, form, slow) LOAD(b, bits, form, slow)
#define ACC_REG(bits, x) ACC_OPS(bits, reg, IN_REGISTER)
#define ACC_MEM(bits, form) ACC_OPS(bits, form, IN_MEMORY)
FOR_SIZES(ACC_REG, )
FOR_FORMS(FOR_SIZES, ACC_MEM)

#define IMUL_REG(bits, x) \
	HANDLER(imul_ge_reg##bits) \
	{ \
		do_imul_g##bits(c, i->reg, r##bits(c, i->reg), r##bits(c, i->rm)); \
		NEXT; \
	} \
	HANDLER(imul_gei_reg##bits) \
	{ \
		do_imul_g##bits(c, i->reg, r##bits(c, i->rm), (uint##bits##_t)(int64_t)i->imm); \
		NEXT; \
	}
#define IMUL_MEM(bits, form) \
	MEM_HANDLER(form, imul_ge_##form##bits) \
	{ \
		LOAD(b, bits, form, imul_ge_slow##bits); \
		do_imul_g##bits(c, i->reg, r##bits(c, i->reg), b); \
		NEXT; \
	} \
	MEM_HANDLER(form, imul_gei_##form##bits) \
	{ \
		LOAD(b, bits, form, imul_gei_slow##bits); \
		do_imul_g##bits(c, i->reg, b, (uint##bits##_t)(int64_t)i->imm); \
		NEXT; \
	}
FOR_WIDE(IMUL_REG, )
FOR_FORMS(FOR_WIDE, IMUL_MEM)

/* ---- decimal adjustment; undefined OF is 0 ---- */

static void set_bcd(struct cpu *c, uint8_t al, bool cf, bool af)
{
	w8(c, RAX * 8, al);
	c->lz_res = (int8_t)al;
	c->lz_aux = (cf ? LZ_CF | LZ_PO : 0) | (af ? LZ_AF : 0);
}

HANDLER(daa)
{
	uint8_t al = r8(c, RAX * 8), old = al;
	bool cf = flag_cf(c), af = flag_af(c), high = old > 0x99 || cf;

	if ((al & 15) > 9 || af) {
		al = (uint8_t)(al + 6);
		af = true;
	}
	if (high)
		al = (uint8_t)(al + 0x60);
	set_bcd(c, al, high, af);
	NEXT;
}

HANDLER(das)
{
	uint8_t al = r8(c, RAX * 8), old = al;
	bool cf = flag_cf(c), af = flag_af(c), high = old > 0x99 || cf, out = false;

	if ((al & 15) > 9 || af) {
		out = cf || al < 6;
		al = (uint8_t)(al - 6);
		af = true;
	}
	if (high) {
		al = (uint8_t)(al - 0x60);
		out = true;
	}
	set_bcd(c, al, out, af);
	NEXT;
}

/* AAA and AAS adjust AX as a word; SF, ZF, PF (undefined) follow AL. */
static void ascii_adjust(struct cpu *c, int by)
{
	uint16_t ax = r16(c, RAX * 8);
	bool adjust = (ax & 15) > 9 || flag_af(c);

	if (adjust)
		ax = (uint16_t)(ax + by);
	ax &= 0xff0f;
	w16(c, RAX * 8, ax);
	set_bcd(c, ax & 0xff, adjust, adjust);
}

HANDLER(aaa)
{
	ascii_adjust(c, 0x106);
	NEXT;
}

HANDLER(aas)
{
	ascii_adjust(c, -0x106);
	NEXT;
}

HANDLER(aam)
{
	uint8_t base = (uint8_t)i->imm, al = r8(c, RAX * 8);

	if (!base)
		FAULT_DE();
	w8(c, RAX * 8 + 1, al / base);
	set_bcd(c, al % base, false, false);
	NEXT;
}

HANDLER(aad)
{
	uint8_t al = (uint8_t)(r8(c, RAX * 8) + r8(c, RAX * 8 + 1) * (uint8_t)i->imm);

	w8(c, RAX * 8 + 1, 0);
	set_bcd(c, al, false, false);
	NEXT;
}

#define AT(id) [OP_##id - OP_MUL_E]

static const struct op_handlers rows[] = {
	AT(MUL_E) = HANDLERS_ALL(mul),          AT(IMUL_E) = HANDLERS_ALL(imul), AT(IMUL_GE) = HANDLERS_WIDE(imul_ge),
	AT(IMUL_GEI) = HANDLERS_WIDE(imul_gei), AT(DIV_E) = HANDLERS_ALL(div),   AT(IDIV_E) = HANDLERS_ALL(idiv),
	AT(DAA) = {.reg = SAME(daa)},           AT(DAS) = {.reg = SAME(das)},    AT(AAA) = {.reg = SAME(aaa)},
	AT(AAS) = {.reg = SAME(aas)},           AT(AAM) = {.reg = SAME(aam)},    AT(AAD) = {.reg = SAME(aad)},
};

const struct op_handlers *exec_math(enum op op)
{
	return op >= OP_MUL_E && op <= OP_AAD ? &rows[op - OP_MUL_E] : NULL;
}
