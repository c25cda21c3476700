/* Judges a processor that came from elsewhere: what the core relies on. Whatever else
 * is strange in it is the guest's own trouble. */
#include "engine/cpu/cpu.h"

#include "engine/cpu/debug.h"

#define A20_CLOSED (~(1u << 20))

/* An entry is only ever looked for where its page number says. */
static bool tlb_valid(const struct cpu_tlb_entry *tlb, unsigned count)
{
	for (unsigned n = 0; n < count; n++)
		if ((tlb[n].tag & TLB_VALID) && (tlb[n].tag >> 12 & (count - 1)) != n)
			return false;
	return true;
}

const char *cpu_validate(const struct cpu *c)
{
	if (c->model > CPU_X86_64)
		return "cpu: unknown model";
	if (c->cpl > 3 || (c->a20_mask != UINT32_MAX && c->a20_mask != A20_CLOSED))
		return "cpu: impossible mode";
	if ((c->attn & ~(uint32_t)ATTN_ALL) || (c->eflags & (FL_1 | FL_ARITH)) != FL_1)
		return "cpu: impossible flags";
	if ((c->dr6_due & ~(uint32_t)DR6_WRITABLE) || (c->dr6_due && !(c->attn & ATTN_TRAP)))
		return "cpu: impossible debug trap";
	if (((c->attn & ATTN_HALT) != 0) + ((c->attn & ATTN_DOZE) != 0) + ((c->attn & ATTN_BUSY) != 0) > 1)
		return "cpu: waits in two ways at once";
	if (!tlb_valid(c->dtlb, CPU_DTLB) || !tlb_valid(c->itlb, CPU_ITLB))
		return "cpu: a translation that nobody finds";
	return NULL;
}
