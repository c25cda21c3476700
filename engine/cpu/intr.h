/* Delivery of interrupts and exceptions (SDM 3A chapter 6). */
#ifndef LANYARD_CPU_INTR_H
#define LANYARD_CPU_INTR_H

#include "engine/cpu/core.h"

enum intr_kind {
	INTR_EXTERNAL,
	INTR_NMI,
	INTR_SOFT,      /* INT n */
	INTR_SOFT_TRAP, /* INT3, INTO */
	INTR_ICEBP,     /* F1 */
	INTR_FAULT,     /* exceptions, debug traps too */
};

/* Enters the handler of vector; c->rip and c->count must be exact, and c->rip
 * is what the handler returns to. Counts one. Faults of the delivery itself go
 * to k->env with registers unchanged; the run loop answers them with
 * intr_exception(). External interrupts, NMIs: wakes from HLT. */
void intr_deliver(struct core *k, unsigned vector, enum intr_kind kind, bool has_error, uint32_t error);
/* INT n, INT3, INTO, INT1: the same for instruction i (synced). c->rip stays at
 * it until the handler is entered, because the faults of the delivery belong to
 * the instruction. */
void intr_software(struct core *k, const struct insn *i, unsigned vector, enum intr_kind kind);
/* Answers the fault in k->exc: delivers it, or #DF if it came while another
 * was delivered, or shuts the processor down (ATTN_SHUTDOWN). */
void intr_exception(struct core *k);

#endif
