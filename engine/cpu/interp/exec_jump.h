/* How branches go on, for exec_branch.c and exec_fused.c. In all of these, left
 * is the budget after the branch. */
#ifndef LANYARD_CPU_INTERP_EXEC_JUMP_H
#define LANYARD_CPU_INTERP_EXEC_JUMP_H

#include "engine/cpu/interp/exec.h"
#include "engine/cpu/code_cache.h"

/* Enters block t, which starts in the current page. */
#define ENTER(t, left) \
	do { \
		k->budget = (left) - (t)->n; \
		GOTO_INSN((t)->insn); \
	} while (0)

/* A linked branch: same page, so neither REG_PAGE nor the mapping changes. */
#define GO_LINK(left) \
	do { \
		const struct block *t_ = __atomic_load_n(&i->link, __ATOMIC_ACQUIRE); \
		int64_t left_ = (left); \
		if (LIKELY(t_ && left_ >= t_->n)) \
			ENTER(t_, left_); \
		k->budget = left_; \
		MUST_TAIL return op_unlinked(c, i, k); \
	} while (0)

/* Jcc gives back the instructions of the block that it leaves out. */
#define JCC_LEFT (k->budget + i->left - 1)

#define ALL_CC(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14) M(15)

#endif
