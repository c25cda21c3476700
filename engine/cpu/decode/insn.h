/* One decoded instruction: what the decoder writes, the interpreter runs and
 * the translator (later) will read. 32 bytes, so that two share a cache line.
 *
 * General-register operands are byte offsets into struct cpu (reg[0] is at
 * offset 0), so that AH is RAX's offset + 1 and no scaling is needed. XMM, MMX,
 * segment, control and debug registers are plain numbers. */
#ifndef LANYARD_CPU_DECODE_INSN_H
#define LANYARD_CPU_DECODE_INSN_H

#include "engine/base/types.h"
#include "engine/cpu/decode/regs.h"

struct cpu;
struct core;
struct insn;
struct block;

/* Runs one instruction. An executor gives it to an instruction (executor.h);
 * the decoder leaves it NULL. */
typedef void insn_fn(struct cpu *c, const struct insn *i, struct core *k);

/* Mode of the processor; what decoding depends on, and a part of the key of decoded code. */
enum {
	MODE_16 = 0,
	MODE_32 = 1,
	MODE_64 = 2,
	MODE_SIZE = 3,
	MODE_USER = 4,                       /* CPL 3 */
	MODE_FLAT = 8,                       /* CS has base 0 and no limit: branches in a page need no check */
	MODE_DECODE = MODE_SIZE | MODE_FLAT, /* what decoding depends on */
};

/* insn.seg beside enum cpu_segment: 64-bit mode, no base, no limit. */
enum { SF_FLAT = 6, SF_STACK = 7, SF_COUNT = 8 };

/* insn.end and insn.target are offsets in a page of this size. */
#define INSN_PAGE 4096

/* insn.flags */
enum {
	IN_OSZ = 3,      /* operand size: 1 = 16, 2 = 32, 3 = 64 bits (0: see op) */
	IN_ASZ = 3 << 2, /* address size, the same codes */
	IN_LOCK = 1 << 4,
	IN_REP = 1 << 5,   /* F3 */
	IN_REPNE = 1 << 6, /* F2 */
	IN_REX = 1 << 7,
	IN_MEM = 1 << 8,   /* the E operand is memory */
	IN_64 = 1 << 9,    /* decoded in 64-bit mode */
	IN_OPSZ = 1 << 10, /* a 66 prefix was there */
	IN_REXW = 1 << 11,
};
#define INSN_OSZ(i) ((i)->flags & IN_OSZ)
#define INSN_ASZ(i) (((i)->flags & IN_ASZ) >> 2)

struct insn {
	insn_fn *fn;
	union {
		struct {
			int32_t disp; /* displacement, sign-extended from its size */
			int32_t imm;  /* immediate, sign-extended; second one of ENTER in disp */
		};
		uint64_t imm64;     /* MOV r64,imm64; moffs; far pointer: selector << 32 | offset */
		struct block *link; /* direct branch inside its page: where it went last */
	};
	uint8_t reg; /* G operand (ModRM.reg or the opcode's low bits) */
	uint8_t rm;  /* E operand if it is a register */
	union {
		struct {
			uint8_t base;  /* byte offset of the base register, REG_ZERO's if none */
			uint8_t index; /* likewise */
		};
		uint16_t target; /* linked branch: page offset it goes to */
	};
	uint8_t scale;  /* 0..3 */
	uint8_t seg;    /* index into core.sf[]: 0-5 as enum cpu_segment, SF_FLAT, SF_STACK */
	uint8_t left;   /* instructions from this one to the end of its block, itself too */
	uint8_t len;    /* bytes, 1..15 */
	uint16_t end;   /* page offset of the next instruction (may exceed 4095) */
	uint16_t op;    /* enum op (op.h) */
	uint16_t flags; /* IN_* */
	uint8_t opcode; /* last opcode byte */
	uint8_t modrm;  /* as encoded */
};

_Static_assert(sizeof(struct insn) == 32, "two instructions a cache line");

#endif
