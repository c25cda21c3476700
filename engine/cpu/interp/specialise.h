/* What a block makes of its instructions beyond the decoder's choice: other
 * handlers, where the neighbours allow them. struct insn stays as decoded but
 * for fn, and what a guest can see is the same. */
#ifndef LANYARD_CPU_INTERP_SPECIALISE_H
#define LANYARD_CPU_INTERP_SPECIALISE_H

#include "engine/cpu/interp/bind.h"

/* in: the n instructions of a block, all of them. */
void specialise(struct insn *in, unsigned n);

/* A handler that runs i and the one after it; NULL: none. (exec_fused.c) */
insn_fn *fused_handler(const struct insn *i);
/* A handler for i that leaves the arithmetic flags alone; NULL: none. (exec_quiet.c) */
insn_fn *quiet_handler(const struct insn *i);

#endif
