/* Linear addresses: page walks (SDM 3A chapter 4), the TLB of the value, the
 * host-side fast TLB above it, and the rest of every load and store whose
 * common case is inline in access.h.
 *
 * The value's TLB (cpu.dtlb, cpu.itlb) decides when the guest's page tables are
 * read and accessed/dirty bits set. A fast entry exists only while the value's
 * entry of the same index does; it may vanish at any time. */
#include "engine/cpu/tlb.h"

#include "engine/cpu/access.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/trace.h"

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
#define PHYS_BITS 36
#define PTE_ADDR (((1ull << PHYS_BITS) - 1) & ~PAGE_MASK)
#define PTE_RSVD (((1ull << 52) - 1) & ~((1ull << PHYS_BITS) - 1))
#define PTE_HIGH (0x7ffull << 52)

/* ---- page walks ---- */

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
		if (e & 0x3e0000)
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

/* Translates lin into a TLB entry; false: w.error says why. */
static bool walk(struct core *k, uint64_t lin, unsigned access, struct cpu_tlb_entry *out, uint32_t *error)
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
	fast_clear_all(k);
	trace_forget_pages(k);
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

/* A piece of a large page goes with all pieces of it. */
static bool in_page(const struct core *k, const struct cpu_tlb_entry *e, uint64_t lin)
{
	uint64_t large = k->cpu->cr4 & CR4_PAE ? 2u << 20 : 4u << 20;
	uint64_t mask = e->pa & TLB_LARGE ? ~(large - 1) : ~PAGE_MASK;

	return e->tag && !((e->tag ^ lin) & mask & ~PAGE_MASK);
}

void tlb_flush_page(struct core *k, uint64_t lin)
{
	struct cpu *c = k->cpu;
	unsigned d = lin >> PAGE_SHIFT & (CPU_DTLB - 1), t = lin >> PAGE_SHIFT & (CPU_ITLB - 1);

	if (in_page(k, &c->dtlb[d], lin)) {
		if (c->dtlb[d].pa & TLB_LARGE)
			goto all;
		c->dtlb[d] = (struct cpu_tlb_entry){0};
		fast_clear(k, d);
	}
	if (in_page(k, &c->itlb[t], lin)) {
		if (c->itlb[t].pa & TLB_LARGE)
			goto all;
		c->itlb[t] = (struct cpu_tlb_entry){0};
	}
	return;
all:
	for (unsigned n = 0; n < CPU_DTLB; n++) {
		if (in_page(k, &c->dtlb[n], lin)) {
			c->dtlb[n] = (struct cpu_tlb_entry){0};
			fast_clear(k, n);
		}
	}
	for (unsigned n = 0; n < CPU_ITLB; n++)
		if (in_page(k, &c->itlb[n], lin))
			c->itlb[n] = (struct cpu_tlb_entry){0};
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

/* #GP, or #SS for stack operands. */
static _Noreturn void not_canonical(struct core *k, const struct insn *i)
{
	bool stack = i && (i->seg == SEG_SS || i->seg == SF_STACK);

	core_fault(k, i, stack ? EXC_SS : EXC_GP, 0);
}

static uint64_t translate(struct core *k, const struct insn *i, uint64_t lin, unsigned access)
{
	unsigned index = lin >> PAGE_SHIFT & (CPU_DTLB - 1);
	struct cpu_tlb_entry *e = &k->cpu->dtlb[index];

	if (e->tag != ((lin & ~PAGE_MASK) | TLB_VALID) || !entry_allows(k, e, access)) {
		struct cpu_tlb_entry fresh;
		uint32_t error = 0;

		if (UNLIKELY(!k->legacy && !canonical(lin)))
			not_canonical(k, i);
		if (!walk(k, lin, access, &fresh, &error))
			core_page_fault(k, i, lin, error);
		*e = fresh;
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
		if (!walk(k, lin, access, &fresh, &error))
			core_page_fault(k, NULL, lin, error);
		*e = fresh;
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
		trace_page_left(k, old);
}

void tlb_remapped(void *opaque)
{
	struct core *k = opaque;

	fast_clear_all(k);
	trace_forget_pages(k);
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

/* ---- data accesses ---- */

static unsigned user_bit(const struct core *k)
{
	return k->cpu->cpl == 3 ? PF_U : 0;
}

static bool crosses(uint64_t lin, unsigned size)
{
	return (lin & PAGE_MASK) + size > PAGE_SIZE;
}

/* Alignment check (SDM 3A 6.15, #AC): CPL 3, CR0.AM and EFLAGS.AC. */
static void check_alignment(struct core *k, const struct insn *i, uint64_t lin, unsigned size)
{
	const struct cpu *c = k->cpu;

	if (i && c->cpl == 3 && (c->cr0 & CR0_AM) && (c->eflags & FL_AC) && (size & (size - 1)) == 0 && size <= 8 &&
	    (lin & (size - 1)))
		core_fault(k, i, EXC_AC, 0);
}

/* An instruction inside a trace that touches a device or code is run again,
 * alone, so that whatever it sets off is seen before the next one. */
static void need_single(struct core *k, const struct insn *i)
{
	if (i && !k->single && i->left)
		core_retry(k, i);
}

static uint64_t load_piece(struct core *k, const struct insn *i, uint64_t pa, unsigned size)
{
	const uint8_t *data;
	struct page *page;
	uint64_t v = 0;

	switch (mem_peek(k->mem, pa >> PAGE_SHIFT, &data, &page)) {
	case MEM_RAM:
	case MEM_ROM: memcpy(&v, data + (pa & PAGE_MASK), size); return v;
	case MEM_DEVICE: need_single(k, i); break;
	case MEM_NONE: break;
	}
	return mem_read(k->mem, pa, size);
}

static void fill_read(struct core *k, uint64_t lin, uint64_t pa)
{
	struct fast_tlb *e = tlb_at(k, lin);
	const uint8_t *data;
	struct page *page;
	enum mem_kind kind = mem_peek(k->mem, pa >> PAGE_SHIFT, &data, &page);
	uintptr_t add;

	if ((kind != MEM_RAM && kind != MEM_ROM) || k->tlb == k->fast[2])
		return;
	add = (uintptr_t)data - (uintptr_t)(lin & ~PAGE_MASK);
	if (e->wtag != TAG_NONE && (e->wtag != (lin & ~PAGE_MASK) || e->add != add))
		e->wtag = TAG_NONE;
	e->rtag = lin & ~PAGE_MASK;
	e->add = add;
}

static void fill_write(struct core *k, uint64_t lin, struct page *page)
{
	struct fast_tlb *e = tlb_at(k, lin);

	if (page_code(page) || k->tlb == k->fast[2])
		return;
	e->rtag = e->wtag = lin & ~PAGE_MASK;
	e->add = (uintptr_t)page->data - (uintptr_t)(lin & ~PAGE_MASK);
}

/* Linear addresses have 64 bits in all of IA-32e mode, even where compatibility
 * mode code computes 32: its tables and kernel stacks lie above 4 GiB. */
static uint64_t system_mask(const struct core *k)
{
	return k->legacy ? 0xffffffffull : ~0ull;
}

static uint64_t load_crossing(struct core *k, const struct insn *i, uint64_t lin, unsigned size, unsigned user)
{
	uint64_t second = ((lin | PAGE_MASK) + 1) & system_mask(k);
	unsigned first = (unsigned)(PAGE_SIZE - (lin & PAGE_MASK));
	uint64_t pa0 = translate(k, i, lin, user), pa1 = translate(k, i, second, user);
	uint64_t v = 0;

	for (unsigned n = 0; n < size; n++) {
		uint64_t pa = n < first ? pa0 + n : pa1 + (n - first);

		v |= load_piece(k, i, pa, 1) << n * 8;
	}
	return v;
}

static uint64_t load_as(struct core *k, const struct insn *i, uint64_t lin, unsigned size, unsigned user)
{
	uint64_t pa;

	if (crosses(lin, size))
		return load_crossing(k, i, lin, size, user);
	pa = translate(k, i, lin, user);
	return load_piece(k, i, pa, size);
}

uint64_t slow_load(struct core *k, const struct insn *i, uint64_t lin, unsigned size)
{
	uint64_t v;

	check_alignment(k, i, lin, size);
	v = load_as(k, i, lin, size, user_bit(k));
	if (UNLIKELY(debug_active(k->cpu)))
		debug_data_hit(k, lin, size, false);
	if (!crosses(lin, size))
		fill_read(k, lin, k->cpu->dtlb[lin >> PAGE_SHIFT & (CPU_DTLB - 1)].pa & ~PAGE_MASK);
	return v;
}

/* Makes sure that a store at pa, size bytes within a page, can go ahead. */
static struct page *own_piece(struct core *k, const struct insn *i, uint64_t pa, unsigned size)
{
	struct page *page = NULL;
	const uint8_t *data;

	if (mem_peek(k->mem, pa >> PAGE_SHIFT, &data, &page) == MEM_RAM && page &&
	    trace_covers(page, pa & PAGE_MASK, size))
		need_single(k, i);
	switch (mem_own(k->mem, pa >> PAGE_SHIFT, &page)) {
	case MEM_RAM: return page;
	case MEM_DEVICE: need_single(k, i); break;
	case MEM_ROM:
	case MEM_NONE: break;
	}
	return NULL;
}

static void store_piece(struct core *k, struct page *page, uint64_t pa, uint64_t v, unsigned size)
{
	if (!page) {
		mem_write(k->mem, pa, v, size);
		return;
	}
	if (UNLIKELY(trace_covers(page, pa & PAGE_MASK, size)))
		trace_code_written(k, page, pa & PAGE_MASK, size);
	memcpy(page->data + (pa & PAGE_MASK), &v, size);
}

static void store_crossing(struct core *k, const struct insn *i, uint64_t lin, uint64_t v, unsigned size, unsigned user)
{
	uint64_t second = ((lin | PAGE_MASK) + 1) & system_mask(k);
	unsigned first = (unsigned)(PAGE_SIZE - (lin & PAGE_MASK));
	uint64_t pa0 = translate(k, i, lin, user | PF_W), pa1 = translate(k, i, second, user | PF_W);
	struct page *p0 = own_piece(k, i, pa0, first), *p1 = own_piece(k, i, pa1, size - first);

	for (unsigned n = 0; n < size; n++, v >>= 8) {
		if (n < first)
			store_piece(k, p0, pa0 + n, v & 0xff, 1);
		else
			store_piece(k, p1, pa1 + (n - first), v & 0xff, 1);
	}
}

static struct page *store_as(struct core *k, const struct insn *i, uint64_t lin, uint64_t v, unsigned size,
			     unsigned user)
{
	struct page *page;
	uint64_t pa;

	if (crosses(lin, size)) {
		store_crossing(k, i, lin, v, size, user);
		return NULL;
	}
	pa = translate(k, i, lin, user | PF_W);
	page = own_piece(k, i, pa, size);
	store_piece(k, page, pa, v, size);
	return page;
}

void slow_store(struct core *k, const struct insn *i, uint64_t lin, uint64_t v, unsigned size)
{
	struct page *page;

	check_alignment(k, i, lin, size);
	page = store_as(k, i, lin, v, size, user_bit(k));
	if (UNLIKELY(debug_active(k->cpu)))
		debug_data_hit(k, lin, size, true);
	if (page)
		fill_write(k, lin, page);
}

void probe_write(struct core *k, const struct insn *i, uint64_t lin, unsigned size)
{
	uint64_t last = (lin + size - 1) & k->lin_mask;
	uint64_t pa = translate(k, i, lin, user_bit(k) | PF_W);
	unsigned first = crosses(lin, size) ? (unsigned)(PAGE_SIZE - (lin & PAGE_MASK)) : size;

	if (first < size)
		own_piece(k, i, translate(k, i, last & ~PAGE_MASK, user_bit(k) | PF_W), size - first);
	own_piece(k, i, pa, first);
}

void probe_read(struct core *k, const struct insn *i, uint64_t lin, unsigned size)
{
	translate(k, i, lin, user_bit(k));
	if (crosses(lin, size))
		translate(k, i, (lin + size - 1) & k->lin_mask & ~PAGE_MASK, user_bit(k));
}

uint8_t *slow_rmw(struct core *k, const struct insn *i, uint64_t lin, unsigned size)
{
	struct page *page;
	uint64_t pa;

	check_alignment(k, i, lin, size);
	if (crosses(lin, size)) {
		probe_write(k, i, lin, size);
		return NULL;
	}
	pa = translate(k, i, lin, user_bit(k) | PF_W);
	page = own_piece(k, i, pa, size);
	if (!page || UNLIKELY(debug_active(k->cpu)) || trace_covers(page, pa & PAGE_MASK, size))
		return NULL;
	fill_write(k, lin, page);
	return page->data + (pa & PAGE_MASK);
}

void ld_bytes(struct core *k, const struct insn *i, uint64_t lin, void *buf, unsigned size)
{
	const uint8_t *p = fast_read(k, lin, size);
	uint8_t *out = buf;

	if (LIKELY(p)) {
		memcpy(buf, p, size);
		return;
	}
	probe_read(k, i, lin, size);
	for (unsigned n, at = 0; at < size; at += n) {
		uint64_t v, a = (lin + at) & k->lin_mask;

		n = size - at >= 8 ? 8 : size - at >= 4 ? 4 : size - at >= 2 ? 2 : 1;
		v = slow_load(k, i, a, n);
		memcpy(out + at, &v, n);
	}
}

void st_bytes(struct core *k, const struct insn *i, uint64_t lin, const void *buf, unsigned size)
{
	uint8_t *p = fast_write(k, lin, size);
	const uint8_t *in = buf;

	if (LIKELY(p)) {
		memcpy(p, buf, size);
		return;
	}
	probe_write(k, i, lin, size);
	for (unsigned n, at = 0; at < size; at += n) {
		uint64_t v = 0, a = (lin + at) & k->lin_mask;

		n = size - at >= 8 ? 8 : size - at >= 4 ? 4 : size - at >= 2 ? 2 : 1;
		memcpy(&v, in + at, n);
		slow_store(k, i, a, v, n);
	}
}

/* ---- accesses with a privilege of their own ---- */

uint64_t sys_load(struct core *k, uint64_t lin, unsigned size)
{
	return load_as(k, NULL, lin & system_mask(k), size, 0);
}

void sys_store(struct core *k, uint64_t lin, uint64_t v, unsigned size)
{
	store_as(k, NULL, lin & system_mask(k), v, size, 0);
}

uint64_t priv_load(struct core *k, uint64_t lin, unsigned size, bool user)
{
	return load_as(k, NULL, lin & system_mask(k), size, user ? PF_U : 0);
}

void priv_store(struct core *k, uint64_t lin, uint64_t v, unsigned size, bool user)
{
	store_as(k, NULL, lin & system_mask(k), v, size, user ? PF_U : 0);
}

void priv_probe_write(struct core *k, uint64_t lin, unsigned size, bool user)
{
	unsigned access = (user ? PF_U : 0) | PF_W;

	lin &= system_mask(k);
	translate(k, NULL, lin, access);
	if (crosses(lin, size))
		translate(k, NULL, (lin + size - 1) & system_mask(k) & ~PAGE_MASK, access);
}
