/* From the guest's page tables to an entry of the TLB. */
#ifndef LANYARD_CPU_WALK_H
#define LANYARD_CPU_WALK_H

#include "engine/cpu/core.h"

/* Translates lin for an access (PF_W, PF_U, PF_I) and sets accessed and dirty
 * bits. False: the page fault's error code is in *error. */
bool page_walk(struct core *k, uint64_t lin, unsigned access, struct cpu_tlb_entry *out, uint32_t *error);

#endif
