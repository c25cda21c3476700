/* The rest of every load and store whose common case is inline in access.h:
 * translation, device windows, code that is written, two pages, breakpoints. */
#include "engine/cpu/access.h"

#include "engine/cpu/code_cache.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/tlb.h"

static unsigned user_bit(const struct core *k)
{
	return k->cpu->cpl == 3 ? PF_U : 0;
}

/* Linear addresses have 64 bits in all of IA-32e mode, even where compatibility
 * mode code computes 32: its tables and kernel stacks lie above 4 GiB. */
static uint64_t system_mask(const struct core *k)
{
	return k->legacy ? 0xffffffffull : ~0ull;
}

static bool crosses(uint64_t lin, unsigned size)
{
	return (lin & PAGE_MASK) + size > PAGE_SIZE;
}

/* The page behind lin's, for an access that reaches into it. An operand that is
 * partly not canonical faults as a whole, before any page fault. */
static uint64_t second_page(struct core *k, const struct insn *i, uint64_t lin)
{
	uint64_t second = ((lin | PAGE_MASK) + 1) & system_mask(k);

	if (UNLIKELY(!k->legacy && (!canonical(second) || !canonical(lin))))
		tlb_not_canonical(k, i);
	return second;
}

/* Alignment check (SDM 3A 6.15, #AC): CPL 3, CR0.AM and EFLAGS.AC. */
static void check_alignment(struct core *k, const struct insn *i, uint64_t lin, unsigned size)
{
	const struct cpu *c = k->cpu;

	if (i && c->cpl == 3 && (c->cr0 & CR0_AM) && (c->eflags & FL_AC) && (size & (size - 1)) == 0 && size <= 8 &&
	    (lin & (size - 1)))
		core_fault(k, i, EXC_AC, 0);
}

/* An instruction inside a block that touches a device or code is run again,
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

/* A writable entry serves loads too: not for RAM that is written behind a ROM. */
static void fill_write(struct core *k, uint64_t lin, uint64_t pa, struct page *page)
{
	struct fast_tlb *e = tlb_at(k, lin);

	if (page_code(page) || k->tlb == k->fast[2] || !mem_reads_back(k->mem, pa >> PAGE_SHIFT))
		return;
	e->rtag = e->wtag = lin & ~PAGE_MASK;
	e->add = (uintptr_t)page->data - (uintptr_t)(lin & ~PAGE_MASK);
}

static uint64_t load_crossing(struct core *k, const struct insn *i, uint64_t lin, unsigned size, unsigned user)
{
	uint64_t second = second_page(k, i, lin);
	unsigned first = (unsigned)(PAGE_SIZE - (lin & PAGE_MASK));
	uint64_t pa0 = tlb_translate(k, i, lin, user), pa1 = tlb_translate(k, i, second, user);
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
	pa = tlb_translate(k, i, lin, user);
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
	    code_covers(page, pa & PAGE_MASK, size))
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
	if (UNLIKELY(code_covers(page, pa & PAGE_MASK, size)))
		code_written(k, page, pa & PAGE_MASK, size);
	memcpy(page->data + (pa & PAGE_MASK), &v, size);
}

static void store_crossing(struct core *k, const struct insn *i, uint64_t lin, uint64_t v, unsigned size, unsigned user)
{
	uint64_t second = second_page(k, i, lin);
	unsigned first = (unsigned)(PAGE_SIZE - (lin & PAGE_MASK));
	uint64_t pa0 = tlb_translate(k, i, lin, user | PF_W), pa1 = tlb_translate(k, i, second, user | PF_W);
	struct page *p0 = own_piece(k, i, pa0, first), *p1 = own_piece(k, i, pa1, size - first);

	for (unsigned n = 0; n < size; n++, v >>= 8) {
		if (n < first)
			store_piece(k, p0, pa0 + n, v & 0xff, 1);
		else
			store_piece(k, p1, pa1 + (n - first), v & 0xff, 1);
	}
}

/* The page and physical address stored to; NULL: a device, nothing, or two pages. */
static struct page *store_as(struct core *k, const struct insn *i, uint64_t lin, uint64_t v, unsigned size,
			     unsigned user, uint64_t *pa)
{
	struct page *page;

	if (crosses(lin, size)) {
		store_crossing(k, i, lin, v, size, user);
		return NULL;
	}
	*pa = tlb_translate(k, i, lin, user | PF_W);
	page = own_piece(k, i, *pa, size);
	store_piece(k, page, *pa, v, size);
	return page;
}

void slow_store(struct core *k, const struct insn *i, uint64_t lin, uint64_t v, unsigned size)
{
	struct page *page;
	uint64_t pa;

	check_alignment(k, i, lin, size);
	page = store_as(k, i, lin, v, size, user_bit(k), &pa);
	if (UNLIKELY(debug_active(k->cpu)))
		debug_data_hit(k, lin, size, true);
	if (page)
		fill_write(k, lin, pa, page);
}

void probe_write(struct core *k, const struct insn *i, uint64_t lin, unsigned size)
{
	unsigned first = crosses(lin, size) ? (unsigned)(PAGE_SIZE - (lin & PAGE_MASK)) : size;
	uint64_t second = first < size ? second_page(k, i, lin) : 0;
	uint64_t pa = tlb_translate(k, i, lin, user_bit(k) | PF_W);

	if (first < size)
		own_piece(k, i, tlb_translate(k, i, second, user_bit(k) | PF_W), size - first);
	own_piece(k, i, pa, first);
}

void probe_read(struct core *k, const struct insn *i, uint64_t lin, unsigned size)
{
	uint64_t second = crosses(lin, size) ? second_page(k, i, lin) : 0;

	tlb_translate(k, i, lin, user_bit(k));
	if (crosses(lin, size))
		tlb_translate(k, i, second, user_bit(k));
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
	pa = tlb_translate(k, i, lin, user_bit(k) | PF_W);
	page = own_piece(k, i, pa, size);
	if (!page || UNLIKELY(debug_active(k->cpu)) || code_covers(page, pa & PAGE_MASK, size) ||
	    !mem_reads_back(k->mem, pa >> PAGE_SHIFT))
		return NULL;
	fill_write(k, lin, pa, page);
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
	uint64_t pa;

	store_as(k, NULL, lin & system_mask(k), v, size, 0, &pa);
}

uint64_t priv_load(struct core *k, uint64_t lin, unsigned size, bool user)
{
	uint64_t v = load_as(k, NULL, lin & system_mask(k), size, user ? PF_U : 0);

	if (UNLIKELY(debug_active(k->cpu)))
		debug_data_hit(k, lin & system_mask(k), size, false);
	return v;
}

void priv_store(struct core *k, uint64_t lin, uint64_t v, unsigned size, bool user)
{
	uint64_t pa;

	store_as(k, NULL, lin & system_mask(k), v, size, user ? PF_U : 0, &pa);
	if (UNLIKELY(debug_active(k->cpu)))
		debug_data_hit(k, lin & system_mask(k), size, true);
}

void priv_probe_write(struct core *k, uint64_t lin, unsigned size, bool user)
{
	unsigned access = (user ? PF_U : 0) | PF_W;

	lin &= system_mask(k);
	tlb_translate(k, NULL, lin, access);
	if (crosses(lin, size))
		tlb_translate(k, NULL, (lin + size - 1) & system_mask(k) & ~PAGE_MASK, access);
}
