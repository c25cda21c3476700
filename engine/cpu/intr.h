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
/* Answers the fault in k->exc: delivers it, or #DF if it came while another
 * was delivered, or shuts the processor down (ATTN_SHUTDOWN). */
void intr_exception(struct core *k);

#endif
