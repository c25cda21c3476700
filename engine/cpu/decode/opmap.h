/* The opcode maps as tables (SDM 2D appendix A): what each opcode byte means,
 * how its operands are encoded and which rules apply. decode.c reads them. */
#ifndef LANYARD_CPU_DECODE_OPMAP_H
#define LANYARD_CPU_DECODE_OPMAP_H

#include "engine/cpu/decode/feature.h"
#include "engine/cpu/decode/op.h"

/* Where the operands are. */
enum form {
	F_NONE, /* none in ModRM */
	F_E,    /* E alone */
	F_EG,
	F_GE,
	F_A,     /* E is the accumulator */
	F_Z,     /* E is the register in the opcode's low bits */
	F_ZA,    /* XCHG: that register and the accumulator */
	F_REL,   /* relative branch */
	F_OFS,   /* absolute offset (MOV AL,moffs) */
	F_FAR,   /* far pointer */
	F_SEG,   /* E and a segment register */
	F_CR,    /* E is a register whatever mod says, G a control or debug register */
	F_STR,   /* string instruction */
	F_GROUP, /* ModRM.reg selects a row of .group */
	F_X87,
};

enum size {        /* operand size */
	    S_B,   /* byte */
	    S_V,   /* 16, 32 or 64 by prefix */
	    S_Z,   /* 16 or 32 by prefix (64-bit: 32 with REX.W too) */
	    S_D64, /* as S_V, but 64 by default in 64-bit mode (PUSH, near branches); no 32 */
	    S_F64, /* always 64 in 64-bit mode (near branches on Intel) */
	    S_Y,   /* 32, or 64 with REX.W */
	    S_M,   /* natural: 32, in 64-bit mode 64 */
};

enum imm { I_NONE, I_B, I_Z, I_W, I_V, I_WB, I_1 };

enum {
	A_LOCK = 1,   /* LOCK allowed with a memory destination */
	A_END = 2,    /* ends the block */
	A_NO64 = 4,   /* #UD in 64-bit mode */
	A_MEM = 8,    /* #UD with a register */
	A_REG = 16,   /* #UD with memory */
	A_CC = 32,    /* low opcode bits are a condition */
	A_IMM = 64,   /* .value goes to insn.imm (segment number of LDS ...) */
	A_PUSH = 128, /* addresses the stack: insn.seg is SS */
};

struct opcode {
	uint16_t op; /* enum op */
	uint8_t form, size, imm, attr;
	uint8_t feature; /* enum cpu_feature */
	uint8_t value;
	const struct opcode *group; /* F_GROUP: eight rows, then eight for mod = 3 if .value */
};

extern const struct opcode opmap_one[256]; /* one-byte opcodes */
extern const struct opcode opmap_0f[256];  /* 0F xx; empty rows may be SIMD */

#endif
