/* Shared by uses.c and uses_simd.c. */
#ifndef LANYARD_CPU_DECODE_USES_PRIV_H
#define LANYARD_CPU_DECODE_USES_PRIV_H

#include "engine/cpu/decode/uses.h"

enum { R = 1, W = 2, RW = 3 }; /* what happens to an operand */

/* Base and index of i's memory operand are read. */
void uses_address(const struct insn *i, struct insn_uses *u);
/* i's memory operand of size bytes is accessed. */
void uses_memory(struct insn_uses *u, unsigned role, unsigned size);
/* MMX and SSE. */
void uses_simd(const struct insn *i, struct insn_uses *u);

#endif
