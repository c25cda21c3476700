/* Where the decoder finds the handlers of the FPU and SIMD families. For these
 * rows insn.reg and insn.rm are plain register numbers (0..15, REX applied);
 * a general register n is the byte offset 8 * n. */
#ifndef LANYARD_CPU_SIMD_H
#define LANYARD_CPU_SIMD_H

#include "engine/cpu/feature.h"
#include "engine/cpu/insn.h"

enum { SIMD_IMM8 = 1 }; /* an immediate byte follows: insn.imm, sign-extended */

struct simd_op {
	insn_fn *reg, *mem; /* by ModRM.mod; NULL: #UD */
	uint8_t flags;      /* SIMD_* */
	uint8_t feature;    /* enum cpu_feature */
	const char *name;   /* Intel mnemonic, for listings and tests */
};

/* map: 1 = 0F, 2 = 0F 38, 3 = 0F 3A. prefix: 0 none, 1 = 66, 2 = F3, 3 = F2
 * (F2/F3 win over 66). NULL: not a SIMD instruction. (simd_map.c) */
const struct simd_op *simd_lookup(unsigned map, uint8_t opcode, unsigned prefix, uint8_t modrm);

/* D8..DF with its ModRM; NULL: undefined. (x87_map.c) */
const struct simd_op *x87_lookup(uint8_t opcode, uint8_t modrm);

#endif
