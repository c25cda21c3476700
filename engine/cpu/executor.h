/* What runs decoded instructions: the interpreter, later a translator too. The
 * core knows it by this alone. */
#ifndef LANYARD_CPU_EXECUTOR_H
#define LANYARD_CPU_EXECUTOR_H

#include "engine/cpu/decode/insn.h"

struct executor {
	/* Makes a block runnable: sets fn of the n instructions at in, as decoded,
	 * and of in[n], which leaves the block for the instruction at its target.
	 * goes_on: that one lies in the same page of flat code, so that in[n] may
	 * enter it like a linked branch; otherwise the run loop must find it. */
	void (*bind)(struct insn *in, unsigned n, bool goes_on);
};

#endif
