/* Hardware tasks (SDM 3A chapter 8): task switches in 16- and 32-bit TSS, and
 * the inner stacks and the I/O bitmap that every mode takes from the TSS. */
#ifndef LANYARD_CPU_TASK_H
#define LANYARD_CPU_TASK_H

#include "engine/cpu/seg.h"

enum task_kind { TASK_JMP, TASK_CALL, TASK_INTR, TASK_IRET };

/* Switches to the task of selector sel (checked here: type, presence, limit).
 * rip is saved as the old task's. Ends with the new task's registers loaded;
 * CALL and INTR nest (back link, NT). Faults before the point of no return
 * belong to the old task, later ones to the new. ext: EXT bit of error codes. */
void task_switch(struct core *k, uint16_t sel, enum task_kind kind, uint64_t rip, uint32_t ext);
/* The same through a task gate's selector (gate already checked). */
void task_gate(struct core *k, const struct seg_desc *gate, enum task_kind kind, uint64_t rip, uint32_t ext);
/* IRET with NT set: back to the task in the back link. */
void task_return(struct core *k, uint64_t rip);

/* SS:ESP for level dpl from a 16- or 32-bit TSS; #TS if outside its limit. */
void task_inner_stack(struct core *k, unsigned dpl, uint32_t ext, uint16_t *ss, uint32_t *esp);
/* The stack pointer at byte `offset` of a 64-bit TSS (figure 8-11). */
#define TSS64_RSP(dpl) (4u + 8u * (dpl))
#define TSS64_IST(ist) (28u + 8u * (ist))
uint64_t task_long_stack(struct core *k, unsigned offset, uint32_t ext);

#endif
