/* From op ids to handlers: what makes the interpreter an executor. */
#ifndef LANYARD_CPU_INTERP_BIND_H
#define LANYARD_CPU_INTERP_BIND_H

#include "engine/cpu/decode/op.h"
#include "engine/cpu/executor.h"

extern const struct executor interp_executor;

/* The handler of i as decoded, never NULL. */
insn_fn *interp_handler(const struct insn *i);

/* The handlers of one op by operand size (0 = 8, 1 = 16, 2 = 32, 3 = 64 bits):
 * register form; memory in 64-bit mode without segment, the same without index
 * (NULL: as flat); memory in general. NULL: no such form. */
struct op_handlers {
	insn_fn *reg[4], *flat[4], *base[4], *mem[4];
};

/* Rows of one family, NULL outside it. SETCC, CMOVCC, JCC and JCC_LINK have 16
 * condition codes: cc selects. */
const struct op_handlers *exec_alu(enum op op);
const struct op_handlers *exec_shift(enum op op);
const struct op_handlers *exec_move(enum op op);
const struct op_handlers *exec_math(enum op op);
const struct op_handlers *exec_bit(enum op op, unsigned cc);
const struct op_handlers *exec_branch(enum op op, unsigned cc);
const struct op_handlers *exec_string(enum op op);

/* MMX and SSE. (bind_simd.c) */
insn_fn *interp_simd(const struct insn *i);

extern insn_fn op_ud;       /* #UD */
extern insn_fn op_too_long; /* #GP(0): more than 15 bytes */
/* Behind a block's last instruction if the next one, in the same page, may
 * follow at once: a linked branch to it. */
extern insn_fn op_block_next;
/* A linked branch, taken, whose target is not known yet: the run loop finds it. */
extern insn_fn op_unlinked;

#endif
