/* The TLB of the value and the host-side fast TLB above it. Page walks are in
 * walk.c, loads and stores in access.h and access.c.
 *
 * The value's TLB (cpu.dtlb, cpu.itlb) decides when the guest's page tables are
 * read and accessed/dirty bits set. A fast entry exists only while the value's
 * entry of the same index does; it may vanish at any time. */
#include "engine/cpu/tlb.h"

#include "engine/cpu/access.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/code_cache.h"
#include "engine/cpu/walk.h"

/* ---- the value's TLB ---- */

static void fast_clear(struct core *k, unsigned index)
{
	for (unsigned set = 0; set < 2; set++) {
		k->fast[set][index].rtag = TAG_NONE;
		k->fast[set][index].wtag = TAG_NONE;
	}
}

static void fast_clear_all(struct core *k)
{
	for (unsigned n = 0; n < CPU_DTLB; n++)
		fast_clear(k, n);
}

void tlb_flush_all(struct core *k)
{
	memset(k->cpu->dtlb, 0, sizeof(k->cpu->dtlb));
	memset(k->cpu->itlb, 0, sizeof(k->cpu->itlb));
	memset(k->large, 0, sizeof(k->large));
	fast_clear_all(k);
	code_forget_pages(k);
}

void tlb_flush_local(struct core *k)
{
	struct cpu *c = k->cpu;

	for (unsigned n = 0; n < CPU_DTLB; n++) {
		if (!c->dtlb[n].tag || (c->dtlb[n].pa & TLB_GLOBAL))
			continue;
		c->dtlb[n] = (struct cpu_tlb_entry){0};
		fast_clear(k, n);
	}
	for (unsigned n = 0; n < CPU_ITLB; n++)
		if (!(c->itlb[n].pa & TLB_GLOBAL))
			c->itlb[n] = (struct cpu_tlb_entry){0};
}

static void drop_data(struct core *k, unsigned n)
{
	k->cpu->dtlb[n] = (struct cpu_tlb_entry){0};
	fast_clear(k, n);
}

/* A bit for each 4 MiB of linear addresses, hashed: clear if no entry is a piece
 * of a large page there. It may stay set for nothing. */
static unsigned large_bit(uint64_t lin)
{
	return lin >> 22 & (CORE_LARGE - 1);
}

static void note_large(struct core *k, const struct cpu_tlb_entry *e)
{
	if (e->pa & TLB_LARGE)
		k->large[large_bit(e->tag) / 64] |= 1ull << large_bit(e->tag) % 64;
}

/* A large page is held in pieces; all go with any of them (SDM 3A 4.10.2.3). */
static bool in_large(const struct core *k, const struct cpu_tlb_entry *e, uint64_t lin)
{
	uint64_t size = k->cpu->cr4 & CR4_PAE ? 2u << 20 : 4u << 20;

	return (e->pa & TLB_LARGE) && !((e->tag ^ lin) & ~(size - 1));
}

static void flush_large(struct core *k, uint64_t lin)
{
	struct cpu *c = k->cpu;

	memset(k->large, 0, sizeof(k->large));
	for (unsigned n = 0; n < CPU_DTLB; n++) {
		if (in_large(k, &c->dtlb[n], lin))
			drop_data(k, n);
		note_large(k, &c->dtlb[n]);
	}
	for (unsigned n = 0; n < CPU_ITLB; n++) {
		if (in_large(k, &c->itlb[n], lin))
			c->itlb[n] = (struct cpu_tlb_entry){0};
		note_large(k, &c->itlb[n]);
	}
}

void tlb_flush_page(struct core *k, uint64_t lin)
{
	struct cpu *c = k->cpu;
	unsigned d = lin >> PAGE_SHIFT & (CPU_DTLB - 1), t = lin >> PAGE_SHIFT & (CPU_ITLB - 1);

	if (k->large[large_bit(lin) / 64] >> large_bit(lin) % 64 & 1)
		flush_large(k, lin);
	if (!((c->dtlb[d].tag ^ lin) & ~PAGE_MASK))
		drop_data(k, d);
	if (!((c->itlb[t].tag ^ lin) & ~PAGE_MASK))
		c->itlb[t] = (struct cpu_tlb_entry){0};
}

static bool entry_allows(const struct core *k, const struct cpu_tlb_entry *e, unsigned access)
{
	if ((access & PF_U) && !(e->pa & TLB_USER))
		return false;
	if ((access & PF_I) && (e->pa & TLB_NOEXEC))
		return false;
	if (!(access & PF_W))
		return true;
	return (e->pa & TLB_DIRTY) && ((e->pa & TLB_WRITE) || (!(access & PF_U) && !(k->cpu->cr0 & CR0_WP)));
}

void tlb_not_canonical(struct core *k, const struct insn *i)
{
	bool stack = i && (i->seg == SEG_SS || i->seg == SF_STACK);

	core_fault(k, i, stack ? EXC_SS : EXC_GP, 0);
}

uint64_t tlb_translate(struct core *k, const struct insn *i, uint64_t lin, unsigned access)
{
	unsigned index = lin >> PAGE_SHIFT & (CPU_DTLB - 1);
	struct cpu_tlb_entry *e = &k->cpu->dtlb[index];

	if (e->tag != ((lin & ~PAGE_MASK) | TLB_VALID) || !entry_allows(k, e, access)) {
		struct cpu_tlb_entry fresh;
		uint32_t error = 0;

		if (UNLIKELY(!k->legacy && !canonical(lin)))
			tlb_not_canonical(k, i);
		if (!page_walk(k, lin, access, &fresh, &error))
			core_page_fault(k, i, lin, error);
		*e = fresh;
		note_large(k, e);
		fast_clear(k, index);
	}
	return (e->pa & ~PAGE_MASK) | (lin & PAGE_MASK);
}

uint64_t tlb_fetch(struct core *k, uint64_t lin)
{
	struct cpu_tlb_entry *e = &k->cpu->itlb[lin >> PAGE_SHIFT & (CPU_ITLB - 1)];
	unsigned access = PF_I | (k->cpu->cpl == 3 ? PF_U : 0);

	if (e->tag != ((lin & ~PAGE_MASK) | TLB_VALID) || !entry_allows(k, e, access)) {
		struct cpu_tlb_entry fresh;
		uint32_t error = 0;

		if (UNLIKELY(!k->legacy && !canonical(lin)))
			core_fault(k, NULL, EXC_GP, 0);
		if (!page_walk(k, lin, access, &fresh, &error))
			core_page_fault(k, NULL, lin, error);
		*e = fresh;
		note_large(k, e);
	}
	return (e->pa & ~PAGE_MASK) | (lin & PAGE_MASK);
}

/* ---- host-side consequences of page changes ---- */

void tlb_page_moved(void *opaque, uint64_t pfn, struct page *old)
{
	struct core *k = opaque;
	uint64_t pa = pfn << PAGE_SHIFT;

	for (unsigned n = 0; n < CPU_DTLB; n++)
		if ((k->cpu->dtlb[n].pa & ~PAGE_MASK) == pa)
			fast_clear(k, n);
	if (old)
		code_page_left(k, old);
}

void tlb_remapped(void *opaque)
{
	struct core *k = opaque;

	fast_clear_all(k);
	code_forget_pages(k);
}

void tlb_reload(struct core *k)
{
	tlb_remapped(k);
	memset(k->large, 0xff, sizeof(k->large)); /* the first INVLPG looks what there is */
}

void tlb_protect_code(struct core *k, const struct page *page)
{
	for (unsigned set = 0; set < 2; set++)
		for (unsigned n = 0; n < CPU_DTLB; n++) {
			struct fast_tlb *e = &k->fast[set][n];

			if (e->wtag != TAG_NONE && (const uint8_t *)(e->add + e->wtag) == page->data)
				e->wtag = TAG_NONE;
		}
}
