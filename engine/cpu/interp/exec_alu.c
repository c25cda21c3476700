/* Two-operand arithmetic and logic, INC/DEC/NEG/NOT, XADD, CMPXCHG
 * (SDM 2A-2B under each mnemonic).
 * Handlers: add_eg_FORMBITS, add_ge_..., add_ei_... (or, adc, sbb, and, sub, xor,
 * cmp, test likewise), inc_FORMBITS, xadd_..., cmpxchg_...; FORM is reg or one of
 * exec.h's memory forms, BITS 8 to 64: name##_eg_##form##bits. */
#include "engine/cpu/interp/exec.h"

/* Operations that write their destination: op(E,G), op(G,E), op(E,imm). */
#define BINARY_REG(bits, name) \
	HANDLER(name##_eg_reg##bits) \
	{ \
		w##bits(c, i->rm, alu_##name##bits(c, r##bits(c, i->rm), r##bits(c, i->reg))); \
		NEXT; \
	} \
	HANDLER(name##_ge_reg##bits) \
	{ \
		w##bits(c, i->reg, alu_##name##bits(c, r##bits(c, i->reg), r##bits(c, i->rm))); \
		NEXT; \
	} \
	HANDLER(name##_ei_reg##bits) \
	{ \
		w##bits(c, i->rm, alu_##name##bits(c, r##bits(c, i->rm), (uint##bits##_t)(int64_t)i->imm)); \
		NEXT; \
	}
#define BINARY_MEM(bits, form, name) \
	MEM_HANDLER(form, name##_eg_##form##bits) \
	{ \
		RMW(bits, form, name##_eg_slow##bits, alu_##name##bits(c, a, r##bits(c, i->reg))); \
		NEXT; \
	} \
	MEM_HANDLER(form, name##_ge_##form##bits) \
	{ \
		LOAD(b, bits, form, name##_ge_slow##bits); \
		w##bits(c, i->reg, alu_##name##bits(c, r##bits(c, i->reg), b)); \
		NEXT; \
	} \
	MEM_HANDLER(form, name##_ei_##form##bits) \
	{ \
		RMW(bits, form, name##_ei_slow##bits, alu_##name##bits(c, a, (uint##bits##_t)(int64_t)i->imm)); \
		NEXT; \
	}
#define BINARY(name) \
	FOR_SIZES(BINARY_REG, name) \
	FOR_FORMS(FOR_SIZES, BINARY_MEM, name)
BINARY(add)
BINARY(or)
BINARY(adc)
BINARY(sbb)
BINARY(and)
BINARY(sub)
BINARY(xor)

/* Operations that only set flags: CMP and TEST. */
#define COMPARE_REG(bits, name, fn) \
	HANDLER(name##_eg_reg##bits) \
	{ \
		alu_##fn##bits(c, r##bits(c, i->rm), r##bits(c, i->reg)); \
		NEXT; \
	} \
	HANDLER(name##_ei_reg##bits) \
	{ \
		alu_##fn##bits(c, r##bits(c, i->rm), (uint##bits##_t)(int64_t)i->imm); \
		NEXT; \
	}
#define COMPARE_MEM(bits, form, name, fn) \
	MEM_HANDLER(form, name##_eg_##form##bits) \
	{ \
		LOAD(a, bits, form, name##_eg_slow##bits); \
		alu_##fn##bits(c, a, r##bits(c, i->reg)); \
		NEXT; \
	} \
	MEM_HANDLER(form, name##_ei_##form##bits) \
	{ \
		LOAD(a, bits, form, name##_ei_slow##bits); \
		alu_##fn##bits(c, a, (uint##bits##_t)(int64_t)i->imm); \
		NEXT; \
	}
#define COMPARE(name, fn) \
	FOR_SIZES(COMPARE_REG, name, fn) \
	FOR_FORMS(FOR_SIZES, COMPARE_MEM, name, fn)
COMPARE(cmp, sub)
COMPARE(test, and)

#define CMP_GE_REG(bits, x) \
	HANDLER(cmp_ge_reg##bits) \
	{ \
		alu_sub##bits(c, r##bits(c, i->reg), r##bits(c, i->rm)); \
		NEXT; \
	}
#define CMP_GE_MEM(bits, form) \
	MEM_HANDLER(form, cmp_ge_##form##bits) \
	{ \
		LOAD(b, bits, form, cmp_ge_slow##bits); \
		alu_sub##bits(c, r##bits(c, i->reg), b); \
		NEXT; \
	}
FOR_SIZES(CMP_GE_REG, )
FOR_FORMS(FOR_SIZES, CMP_GE_MEM)

/* One operand. NOT sets no flag. */
#define alu_not8(c, a) ((uint8_t) ~(a))
#define alu_not16(c, a) ((uint16_t) ~(a))
#define alu_not32(c, a) (~(a))
#define alu_not64(c, a) (~(a))
#define UNARY_REG(bits, name) \
	HANDLER(name##_reg##bits) \
	{ \
		w##bits(c, i->rm, alu_##name##bits(c, r##bits(c, i->rm))); \
		NEXT; \
	}
#define UNARY_MEM(bits, form, name) \
	MEM_HANDLER(form, name##_##form##bits) \
	{ \
		RMW(bits, form, name##_slow##bits, alu_##name##bits(c, a)); \
		NEXT; \
	}
#define UNARY(name) FOR_SIZES(UNARY_REG, name) FOR_FORMS(FOR_SIZES, UNARY_MEM, name)
UNARY(inc)
UNARY(dec)
UNARY(neg)
UNARY(not )

#define XADD_REG(bits, x) \
	HANDLER(xadd_reg##bits) \
	{ \
		uint##bits##_t a = r##bits(c, i->rm), b = r##bits(c, i->reg); \
		uint##bits##_t sum = alu_add##bits(c, a, b); \
		w##bits(c, i->reg, a); \
		w##bits(c, i->rm, sum); \
		NEXT; \
	}
#define XADD_MEM(bits, form) \
	MEM_HANDLER(form, xadd_##form##bits) \
	{ \
		uint##bits##_t old; \
		RMW(bits, form, xadd_slow##bits, (old = a, alu_add##bits(c, a, r##bits(c, i->reg)))); \
		w##bits(c, i->reg, old); \
		NEXT; \
	}
FOR_SIZES(XADD_REG, )
FOR_FORMS(FOR_SIZES, XADD_MEM)

/* CMPXCHG: the destination is always written, so a store fault comes first.
 * A 32-bit accumulator is loaded (and its upper half cleared) only on failure. */
#define CMPXCHG_REG(bits, x) \
	HANDLER(cmpxchg_reg##bits) \
	{ \
		uint##bits##_t a = r##bits(c, i->rm); \
		alu_sub##bits(c, r##bits(c, RAX * 8), a); \
		if (flag_zf(c)) \
			w##bits(c, i->rm, r##bits(c, i->reg)); \
		else \
			w##bits(c, RAX * 8, a); \
		NEXT; \
	}
#define CMPXCHG_MEM(bits, form) \
	MEM_HANDLER(form, cmpxchg_##form##bits) \
	{ \
		uint##bits##_t old; \
		RMW(bits, form, cmpxchg_slow##bits, \
		    (old = a, alu_sub##bits(c, r##bits(c, RAX * 8), a), flag_zf(c) ? r##bits(c, i->reg) : a)); \
		if (!flag_zf(c)) \
			w##bits(c, RAX * 8, old); \
		NEXT; \
	}
FOR_SIZES(CMPXCHG_REG, )
FOR_FORMS(FOR_SIZES, CMPXCHG_MEM)

#define ROWS(ID, name) \
	[OP_##ID##_EG - OP_ADD_EG] = HANDLERS_ALL(name##_eg), [OP_##ID##_GE - OP_ADD_EG] = HANDLERS_ALL(name##_ge), \
			[OP_##ID##_EI - OP_ADD_EG] = HANDLERS_ALL(name##_ei)

static const struct op_handlers rows[] = {
	ROWS(ADD, add),
	ROWS(OR, or),
	ROWS(ADC, adc),
	ROWS(SBB, sbb),
	ROWS(AND, and),
	ROWS(SUB, sub),
	ROWS(XOR, xor),
	ROWS(CMP, cmp),
	[OP_TEST_EG - OP_ADD_EG] = HANDLERS_ALL(test_eg),
	[OP_TEST_EI - OP_ADD_EG] = HANDLERS_ALL(test_ei),
	[OP_INC_E - OP_ADD_EG] = HANDLERS_ALL(inc),
	[OP_DEC_E - OP_ADD_EG] = HANDLERS_ALL(dec),
	[OP_NEG_E - OP_ADD_EG] = HANDLERS_ALL(neg),
	[OP_NOT_E - OP_ADD_EG] = HANDLERS_ALL(not ),
	[OP_XADD_EG - OP_ADD_EG] = HANDLERS_ALL(xadd),
	[OP_CMPXCHG_EG - OP_ADD_EG] = HANDLERS_ALL(cmpxchg),
};

const struct op_handlers *exec_alu(enum op op)
{
	return op >= OP_ADD_EG && op <= OP_CMPXCHG_EG ? &rows[op - OP_ADD_EG] : NULL;
}
