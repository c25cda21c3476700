/* Shifts, rotates and double shifts. A count of 0 (after masking) changes no
 * flag; for a memory operand the store still happens.
 * Handlers: shl_I_FORMBITS (count in the instruction), shl_C_FORMBITS (in CL),
 * shld_... : name##_##from##_##form##bits. */
#include "engine/cpu/interp/exec.h"

static inline unsigned count_mask(unsigned bits)
{
	return bits == 64 ? 63 : 31;
}

#define COUNT_I(bits) ((unsigned)i->imm & count_mask(bits))
#define COUNT_C(bits) (r8(c, RCX * 8) & count_mask(bits))
/* The register file is addressed by byte offset. */
#define SHIFT_REG(bits, name, from) \
	HANDLER(name##_##from##_reg##bits) \
	{ \
		unsigned n = COUNT_##from(bits); \
		uint##bits##_t a = r##bits(c, i->rm); \
		w##bits(c, i->rm, n ? alu_##name##bits(c, a, n) : a); \
		NEXT; \
	}
#define SHIFT_MEM(bits, form, name, from) \
	MEM_HANDLER(form, name##_##from##_##form##bits) \
	{ \
		unsigned n = COUNT_##from(bits); \
		RMW(bits, form, name##_##from##_slow##bits, n ? alu_##name##bits(c, a, n) : a); \
		NEXT; \
	}
#define SHIFT_FROM(name, from) \
	FOR_SIZES(SHIFT_REG, name, from) \
	FOR_FORMS(FOR_SIZES, SHIFT_MEM, name, from)
#define SHIFT(name) SHIFT_FROM(name, I) SHIFT_FROM(name, C)
SHIFT(rol)
SHIFT(ror)
SHIFT(rcl)
SHIFT(rcr)
SHIFT(shl)
SHIFT(shr)
SHIFT(sar)

#define DOUBLE_REG(bits, name, from) \
	HANDLER(name##_##from##_reg##bits) \
	{ \
		unsigned n = COUNT_##from(bits); \
		uint##bits##_t a = r##bits(c, i->rm); \
		w##bits(c, i->rm, n ? alu_##name##bits(c, a, r##bits(c, i->reg), n) : a); \
		NEXT; \
	}
#define DOUBLE_MEM(bits, form, name, from) \
	MEM_HANDLER(form, name##_##from##_##form##bits) \
	{ \
		unsigned n = COUNT_##from(bits); \
		RMW(bits, form, name##_##from##_slow##bits, n ? alu_##name##bits(c, a, r##bits(c, i->reg), n) : a); \
		NEXT; \
	}
#define DOUBLE_FROM(name, from) \
	FOR_WIDE(DOUBLE_REG, name, from) \
	FOR_FORMS(FOR_WIDE, DOUBLE_MEM, name, from)
DOUBLE_FROM(shld, I)
DOUBLE_FROM(shld, C)
DOUBLE_FROM(shrd, I)
DOUBLE_FROM(shrd, C)

#define ROW(ID, name) \
	[OP_##ID##_EI - OP_ROL_EI] = HANDLERS_ALL(name##_I), [OP_##ID##_EC - OP_ROL_EI] = HANDLERS_ALL(name##_C)

static const struct op_handlers rows[] = {
	ROW(ROL, rol),
	ROW(ROR, ror),
	ROW(RCL, rcl),
	ROW(RCR, rcr),
	ROW(SHL, shl),
	ROW(SHR, shr),
	ROW(SAR, sar),
	[OP_SHLD_EGI - OP_ROL_EI] = HANDLERS_WIDE(shld_I),
	[OP_SHRD_EGI - OP_ROL_EI] = HANDLERS_WIDE(shrd_I),
	[OP_SHLD_EGC - OP_ROL_EI] = HANDLERS_WIDE(shld_C),
	[OP_SHRD_EGC - OP_ROL_EI] = HANDLERS_WIDE(shrd_C),
};

const struct op_handlers *exec_shift(enum op op)
{
	return op >= OP_ROL_EI && op <= OP_SHRD_EGC ? &rows[op - OP_ROL_EI] : NULL;
}
