/* Aiming a case: displacements, registers and targets such that most operands
 * land in the data window. */
#ifndef LANYARD_TESTS_CPU_AIM_H
#define LANYARD_TESTS_CPU_AIM_H

#include "tests/cpu/oracle.h"

#define M(name) ZYDIS_MNEMONIC_##name

/* The number of a register of 16 to 64 bits; -1: another kind. */
static inline int gpr(ZydisRegister r)
{
	switch (ZydisRegisterGetClass(r)) {
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64: return ZydisRegisterGetId(r);
	default: return -1;
	}
}

static inline uint64_t width_mask(unsigned bits)
{
	return bits == 64 ? ~0ull : (1ull << bits) - 1;
}

static inline void set_low(uint64_t *reg, uint64_t v, unsigned bits)
{
	*reg = (*reg & ~width_mask(bits)) | (v & width_mask(bits));
}

static inline bool locked(const struct oracle_case *oc)
{
	return (oc->insn.attributes & ZYDIS_ATTRIB_HAS_LOCK) || oc->insn.mnemonic == M(XCHG);
}

/* Mapped for the test, or surely mapped for nothing on the host. */
bool aim_harmless(const struct oracle_case *oc, uint64_t at);
/* An offset in the usable part of a segment. */
uint64_t aim_offset(struct gen *g, const struct oracle_case *oc, ZydisRegister seg, unsigned size);
uint64_t aim_linear(const struct oracle_case *oc, ZydisRegister seg, uint64_t ea);
/* Width of the stack pointer. */
unsigned aim_stack_bits(const struct oracle_case *oc);

/* RSP, RBP, RSI, RDI, RBX of implicit operands. True: uses the stack. */
bool aim_hidden(struct gen *g, struct oracle_case *oc);
/* Each aims one kind of operand; false: the case cannot be run. */
bool aim_maskmov(struct gen *g, struct oracle_case *oc);
bool aim_bit_offset(struct gen *g, struct oracle_case *oc);
bool aim_explicit(struct gen *g, struct oracle_case *oc, bool stack);
bool aim_branch(struct gen *g, struct oracle_case *oc);
/* Strings that overlap at one address but not at the other. */
bool aim_aliased(const struct oracle_case *oc);

#endif
