/* What the run loop and the code cache need of address translation; the
 * handlers' side is access.h and core.h. */
#ifndef LANYARD_CPU_TLB_H
#define LANYARD_CPU_TLB_H

#include "engine/cpu/core.h"

/* Physical address of the code at lin; faults with the CPU synced. */
uint64_t tlb_fetch(struct core *k, uint64_t lin);
/* Physical address of lin for a load or store of instruction i (NULL: synced).
 * access: PF_W, PF_U. Faults if it is not allowed. */
uint64_t tlb_translate(struct core *k, const struct insn *i, uint64_t lin, unsigned access);
/* #GP, or #SS for stack operands. */
_Noreturn void tlb_not_canonical(struct core *k, const struct insn *i);
/* Back to the run loop, which runs instruction i alone. */
_Noreturn void core_retry(struct core *k, const struct insn *i);

/* mem_watch callbacks; opaque is the core. */
void tlb_page_moved(void *opaque, uint64_t pfn, struct page *old);
void tlb_remapped(void *opaque);
/* page begins to hold decoded code: stores to it must be seen. */
void tlb_protect_code(struct core *k, const struct page *page);

/* The value's TLB is another one. */
void tlb_reload(struct core *k);

#endif
