/* Page walks (SDM 3A chapter 4): 32-bit, PAE and 4-level tables. */
#include "engine/cpu/walk.h"

#include "engine/cpu/control_regs.h"
#include "engine/cpu/decode/feature.h"

/* Page-table entry bits. */
enum {
	PTE_P = 1,
	PTE_W = 2,
	PTE_U = 4,
	PTE_A = 32,
	PTE_D = 64,
	PTE_PS = 128,
	PTE_G = 256,
};
#define PTE_NX (1ull << 63)
#define PTE_ADDR (~CPU_PHYS_RESERVED & ~PAGE_MASK)
#define PTE_RSVD (((1ull << 52) - 1) & CPU_PHYS_RESERVED)
#define PTE_HIGH (0x7ffull << 52)

struct walk {
	struct core *k;
	uint64_t lin;
	unsigned access; /* PF_W, PF_U, PF_I of the access */
	unsigned levels;
	uint64_t addr[4]; /* of the entries met, and their values */
	uint64_t entry[4];
	unsigned width; /* bytes an entry */
	bool write, user, nx;
	uint32_t error; /* of the page fault, when walk_*() is false */
};

static bool walk_fault(struct walk *w, uint32_t bits)
{
	const struct cpu *c = w->k->cpu;
	bool fetch_bit = (c->cr4 & CR4_PAE) && (c->efer & EFER_NXE);

	w->error = bits | (w->access & (PF_W | PF_U)) | (fetch_bit ? w->access & PF_I : 0);
	return false;
}

/* Reads the next entry; false if it is absent or has reserved bits set. */
static bool walk_entry(struct walk *w, uint64_t addr, uint64_t reserved)
{
	uint64_t e;

	addr &= w->k->cpu->a20_mask | ~0xffffffffull;
	e = mem_read(w->k->mem, addr, w->width);
	w->addr[w->levels] = addr;
	w->entry[w->levels++] = e;
	if (!(e & PTE_P))
		return walk_fault(w, 0);
	if (e & reserved)
		return walk_fault(w, PF_P | PF_RSVD);
	w->write &= !!(e & PTE_W);
	w->user &= !!(e & PTE_U);
	w->nx |= w->width == 8 && (e & PTE_NX);
	return true;
}

/* Bits 52-62 are free for software in long mode, reserved with PAE (SDM 3A
 * tables 4-10, 4-11). */
static uint64_t reserved_bits(const struct cpu *c)
{
	return PTE_RSVD | (c->efer & EFER_NXE ? 0 : PTE_NX) | (cpu_long(c) ? 0 : PTE_HIGH);
}

/* Page directory entry at addr, then its table unless the page is large. */
static bool walk_pd(struct walk *w, uint64_t pd, uint64_t *page, uint64_t *size)
{
	uint64_t rsvd = reserved_bits(w->k->cpu);
	uint64_t e;

	if (!walk_entry(w, pd + (w->lin >> 21 & 511) * 8, rsvd))
		return false;
	e = w->entry[w->levels - 1];
	if (e & PTE_PS) {
		if (e & 0x1fe000)
			return walk_fault(w, PF_P | PF_RSVD);
		*size = 2u << 20;
		*page = e & PTE_ADDR & ~(*size - 1);
		return true;
	}
	if (!walk_entry(w, (e & PTE_ADDR) + (w->lin >> 12 & 511) * 8, rsvd))
		return false;
	*page = w->entry[w->levels - 1] & PTE_ADDR;
	return true;
}

static bool walk_long(struct walk *w, uint64_t *page, uint64_t *size)
{
	const struct cpu *c = w->k->cpu;
	uint64_t rsvd = reserved_bits(c);

	if (!walk_entry(w, (c->cr3 & PTE_ADDR) + (w->lin >> 39 & 511) * 8, rsvd | PTE_PS))
		return false;
	/* No 1G pages: PS is reserved in a PDPTE. */
	if (!walk_entry(w, (w->entry[0] & PTE_ADDR) + (w->lin >> 30 & 511) * 8, rsvd | PTE_PS))
		return false;
	return walk_pd(w, w->entry[1] & PTE_ADDR, page, size);
}

static bool walk_pae(struct walk *w, uint64_t *page, uint64_t *size)
{
	uint64_t pdpte = w->k->cpu->pdpte[w->lin >> 30 & 3];

	if (!(pdpte & PTE_P))
		return walk_fault(w, 0);
	return walk_pd(w, pdpte & PTE_ADDR, page, size);
}

static bool walk_32(struct walk *w, uint64_t *page, uint64_t *size)
{
	const struct cpu *c = w->k->cpu;
	uint64_t e;

	if (!walk_entry(w, (c->cr3 & 0xfffff000) + (w->lin >> 22 & 1023) * 4, 0))
		return false;
	e = w->entry[0];
	if ((e & PTE_PS) && (c->cr4 & CR4_PSE)) {
		/* PSE-36: bits 13-16 are address bits 32-35; 17-21 reserved. */
		if (e & (cpu_has(c, FEAT_PSE36) ? 0x3e0000 : 0x3fe000))
			return walk_fault(w, PF_P | PF_RSVD);
		*size = 4u << 20;
		*page = (e & 0xffc00000) | (e >> 13 & 15) << 32;
		return true;
	}
	if (!walk_entry(w, (e & 0xfffff000) + (w->lin >> 12 & 1023) * 4, 0))
		return false;
	*page = w->entry[1] & 0xfffff000;
	return true;
}

/* Accessed bits at every level, dirty at the last for a write. */
static void walk_mark(struct walk *w)
{
	for (unsigned n = 0; n < w->levels; n++) {
		uint64_t want = PTE_A;

		if (n == w->levels - 1 && (w->access & PF_W))
			want |= PTE_D;
		if ((w->entry[n] & want) != want) {
			w->entry[n] |= want;
			mem_write(w->k->mem, w->addr[n], w->entry[n], w->width);
		}
	}
}

static bool walk_allowed(struct walk *w)
{
	const struct cpu *c = w->k->cpu;

	if ((w->access & PF_U) && !w->user)
		return walk_fault(w, PF_P);
	if ((w->access & PF_W) && !w->write && ((w->access & PF_U) || (c->cr0 & CR0_WP)))
		return walk_fault(w, PF_P);
	if ((w->access & PF_I) && w->nx)
		return walk_fault(w, PF_P);
	return true;
}

bool page_walk(struct core *k, uint64_t lin, unsigned access, struct cpu_tlb_entry *out, uint32_t *error)
{
	struct cpu *c = k->cpu;
	struct walk w = {.k = k, .lin = lin, .access = access, .write = true, .user = true};
	uint64_t page = 0, size = PAGE_SIZE, flags, last;
	bool ok;

	out->tag = (lin & ~PAGE_MASK) | TLB_VALID;
	if (!(c->cr0 & CR0_PG)) {
		out->pa = (lin & ~PAGE_MASK & c->a20_mask) | TLB_WRITE | TLB_USER | TLB_DIRTY;
		return true;
	}
	w.width = c->cr4 & CR4_PAE ? 8 : 4;
	if (cpu_long(c))
		ok = walk_long(&w, &page, &size);
	else if (c->cr4 & CR4_PAE)
		ok = walk_pae(&w, &page, &size);
	else
		ok = walk_32(&w, &page, &size);
	if (!ok || !walk_allowed(&w)) {
		*error = w.error;
		return false;
	}
	walk_mark(&w);
	last = w.entry[w.levels - 1];
	flags = (w.write ? TLB_WRITE : 0) | (w.user ? TLB_USER : 0) | (w.nx ? TLB_NOEXEC : 0) |
		(last & PTE_D ? TLB_DIRTY : 0) | (size > PAGE_SIZE ? TLB_LARGE : 0);
	if ((last & PTE_G) && (c->cr4 & CR4_PGE))
		flags |= TLB_GLOBAL;
	page += lin & (size - 1) & ~PAGE_MASK;
	out->pa = (page & (c->a20_mask | ~0xffffffffull)) | flags;
	return true;
}
