/* What a decoded instruction reads and writes: for the translator, which keeps
 * registers and flags where they are while nobody looks, and for listings. It
 * tells what the interpreter does: a flag that the SDM leaves undefined counts
 * as written only if the handler writes it. Checked against Zydis over real
 * programs (tests/cpu/zydis_check.c). */
#ifndef LANYARD_CPU_DECODE_USES_H
#define LANYARD_CPU_DECODE_USES_H

#include "engine/cpu/decode/insn.h"

enum {
	USES_LOAD = 1,       /* reads memory, the stack or a string too */
	USES_STORE = 2,      /* writes memory */
	USES_X87 = 4,        /* reads or writes x87 or MMX registers */
	USES_MXCSR = 8,      /* rounds or raises by MXCSR, or collects flags there */
	USES_BRANCH = 16,    /* may go on elsewhere than behind itself */
	USES_SYSTEM = 32,    /* reads or changes more than this structure names */
	USES_UNDEFINED = 64, /* raises #UD */
};

struct insn_uses {
	uint16_t gpr_in;    /* bit n: general register n is read, for an address too */
	uint16_t gpr_out;   /* is or may be written */
	uint16_t gpr_part;  /* of these: something of the old value may stay */
	uint16_t xmm_in;    /* likewise for XMM registers */
	uint16_t xmm_out;   /* parts that stay are in xmm_in */
	uint16_t mem_size;  /* bytes of the operand in ModRM if it is memory and accessed, else 0 */
	uint16_t what;      /* USES_* */
	uint32_t flags_in;  /* EFLAGS bits that it looks at */
	uint32_t flags_out; /* that it writes whatever they were */
	uint32_t flags_may; /* that it writes or leaves (a shift by CL) */
};

void insn_uses(const struct insn *i, struct insn_uses *u);

#endif
