/* The opcode maps of the FPU and SIMD families. For these rows insn.reg and
 * insn.rm are plain register numbers (0..15, REX applied); a general register
 * n is the byte offset 8 * n. */
#ifndef LANYARD_CPU_DECODE_SIMD_MAP_H
#define LANYARD_CPU_DECODE_SIMD_MAP_H

#include "engine/cpu/decode/feature.h"
#include "engine/cpu/decode/op.h"

enum {
	SIMD_IMM8 = 1, /* an immediate byte follows: insn.imm, sign-extended */
	SIMD_REG = 2,  /* there is a form for a register, */
	SIMD_MEM = 4,  /* ... for memory: by ModRM.mod; without it #UD */
};

struct simd_row {
	uint16_t op;      /* enum op */
	uint8_t flags;    /* SIMD_* */
	uint8_t feature;  /* enum cpu_feature */
	const char *name; /* Intel mnemonic, for listings and tests */
};

enum { PREFIX_NP, PREFIX_66, PREFIX_F3, PREFIX_F2, PREFIXES };

/* map: 1 = 0F, 2 = 0F 38, 3 = 0F 3A. prefix: 0 none, 1 = 66, 2 = F3, 3 = F2
 * (F2/F3 win over 66). NULL: not a SIMD instruction. (simd_map.c) */
const struct simd_row *simd_lookup(unsigned map, uint8_t opcode, unsigned prefix, uint8_t modrm);

/* D8..DF with its ModRM; NULL: undefined. (x87_map.c) */
const struct simd_row *x87_lookup(uint8_t opcode, uint8_t modrm);

#endif
