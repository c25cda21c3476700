/* The guest-physical address space of one PC; see mem.h for its map. */
#include "engine/mem/mem.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/bytes.h"

enum {
	FRAME_VIDEO = 0xa0, /* first frame of the video window */
	FRAME_ROM = 0xc0,   /* first frame of the ROM and shadow RAM area */
	ROM_FRAMES = 64,
};
#define FRAME_4G (1ull << 20)

void mem_init(struct mem *m, uint64_t ram_bytes)
{
	memset(m, 0, sizeof(*m));
	pages_init(&m->ram, ram_bytes >> PAGE_SHIFT);
	pages_init(&m->rom, ROM_FRAMES);
	pages_init(&m->bios, 0);
}

void mem_free(struct mem *m)
{
	pages_free(&m->ram);
	pages_free(&m->rom);
	pages_free(&m->bios);
}

void mem_clone(struct mem *dst, const struct mem *src)
{
	mem_free(dst);
	pages_clone(&dst->ram, &src->ram);
	pages_clone(&dst->rom, &src->rom);
	pages_clone(&dst->bios, &src->bios);
	memcpy(dst->pam_read, src->pam_read, sizeof(dst->pam_read));
	memcpy(dst->pam_write, src->pam_write, sizeof(dst->pam_write));
	dst->smram = src->smram;
	if (dst->watch.remapped)
		dst->watch.remapped(dst->watch.opaque);
}

static void remapped(struct mem *m)
{
	if (m->watch.remapped)
		m->watch.remapped(m->watch.opaque);
}

void mem_set_bios(struct mem *m, const uint8_t *data, size_t size)
{
	size_t low = size < 128 * 1024 ? size : 128 * 1024;

	pages_free(&m->bios);
	pages_init(&m->bios, size >> PAGE_SHIFT);
	pages_write(&m->bios, 0, data, size);
	pages_write(&m->rom, 0x100000 - low - ((uint64_t)FRAME_ROM << PAGE_SHIFT), data + size - low, low);
	remapped(m);
}

void mem_shadow(struct mem *m, unsigned first, unsigned count, bool read_ram, bool write_ram)
{
	bool changed = false;

	for (unsigned n = first; n < first + count && n < ROM_FRAMES; n++) {
		changed |= m->pam_read[n] != read_ram || m->pam_write[n] != write_ram;
		m->pam_read[n] = read_ram;
		m->pam_write[n] = write_ram;
	}
	if (changed)
		remapped(m);
}

void mem_open_smram(struct mem *m, bool open)
{
	if (m->smram == open)
		return;
	m->smram = open;
	remapped(m);
}

bool mem_map(struct mem *m, const struct mem_region *r)
{
	unsigned at = 0;

	if (m->regions == MEM_MAX_REGIONS || !r->size)
		return false;
	while (at < m->regions && m->region[at].base < r->base)
		at++;
	if (at && m->region[at - 1].base + m->region[at - 1].size > r->base)
		return false;
	if (at < m->regions && r->base + r->size > m->region[at].base)
		return false;
	memmove(&m->region[at + 1], &m->region[at], (m->regions - at) * sizeof(*r));
	m->region[at] = *r;
	m->regions++;
	remapped(m);
	return true;
}

void mem_unmap(struct mem *m, uint64_t base, unsigned unit, mem_read_fn *read)
{
	for (unsigned n = 0; n < m->regions; n++) {
		if (m->region[n].base != base || m->region[n].unit != unit || m->region[n].read != read)
			continue;
		m->regions--;
		memmove(&m->region[n], &m->region[n + 1], (m->regions - n) * sizeof(m->region[0]));
		remapped(m);
		return;
	}
}

static const struct mem_region *region_at(const struct mem *m, uint64_t addr)
{
	unsigned lo = 0, hi = m->regions;

	while (lo < hi) {
		unsigned mid = (lo + hi) / 2;
		const struct mem_region *r = &m->region[mid];

		if (addr < r->base)
			hi = mid;
		else if (addr - r->base >= r->size)
			lo = mid + 1;
		else
			return r;
	}
	return NULL;
}

/* True if a device's window touches this frame. */
static bool frame_has_region(const struct mem *m, uint64_t pfn)
{
	uint64_t base = pfn << PAGE_SHIFT;

	for (unsigned n = 0; n < m->regions && m->region[n].base < base + PAGE_SIZE; n++)
		if (m->region[n].base + m->region[n].size > base)
			return true;
	return false;
}

static const struct pages *bios_frame(const struct mem *m, uint64_t pfn, uint64_t *n)
{
	if (pfn >= FRAME_4G || pfn < FRAME_4G - m->bios.count)
		return NULL;
	*n = pfn - (FRAME_4G - m->bios.count);
	return &m->bios;
}

static bool is_ram(const struct mem *m, uint64_t pfn, bool write)
{
	if (pfn >= m->ram.count)
		return false;
	if (LIKELY(pfn >= MEM_LOW_FRAMES || pfn < FRAME_VIDEO))
		return true;
	if (pfn < FRAME_ROM)
		return m->smram;
	return write ? m->pam_write[pfn - FRAME_ROM] : m->pam_read[pfn - FRAME_ROM];
}

static enum mem_kind peek_other(const struct mem *m, uint64_t pfn, const uint8_t **data, struct page **page)
{
	const struct pages *ps;
	uint64_t n;

	if (frame_has_region(m, pfn))
		return MEM_DEVICE;
	if (pfn >= FRAME_ROM && pfn < MEM_LOW_FRAMES) {
		ps = &m->rom;
		n = pfn - FRAME_ROM;
	} else {
		ps = bios_frame(m, pfn, &n);
	}
	if (!ps)
		return MEM_NONE;
	*data = pages_peek(ps, n);
	*page = ps->at[n];
	return MEM_ROM;
}

enum mem_kind mem_peek(const struct mem *m, uint64_t pfn, const uint8_t **data, struct page **page)
{
	if (!is_ram(m, pfn, false))
		return peek_other(m, pfn, data, page);
	*page = m->ram.at[pfn];
	*data = *page ? (*page)->data : page_zeros;
	return MEM_RAM;
}

bool mem_reads_back(const struct mem *m, uint64_t pfn)
{
	return is_ram(m, pfn, false) == is_ram(m, pfn, true);
}

enum mem_kind mem_own(struct mem *m, uint64_t pfn, struct page **page)
{
	struct page *old;

	if (!is_ram(m, pfn, true)) {
		const uint8_t *data;

		return peek_other(m, pfn, &data, page);
	}
	old = m->ram.at[pfn];
	if (pages_owned(&m->ram, pfn)) {
		*page = old;
		return MEM_RAM;
	}
	old = old && page_code(old) && m->watch.moved ? page_ref(old) : NULL;
	*page = pages_own(&m->ram, pfn);
	if (m->watch.moved)
		m->watch.moved(m->watch.opaque, pfn, old);
	return MEM_RAM;
}

static uint64_t load_le(const uint8_t *p, unsigned size)
{
	uint64_t v = 0;

	memcpy(&v, p, size);
	return v;
}

static uint64_t all_ones(unsigned size)
{
	return size == 8 ? ~0ull : (1ull << size * 8) - 1;
}

uint64_t mem_read(struct mem *m, uint64_t addr, unsigned size)
{
	const uint8_t *data;
	struct page *page;
	const struct mem_region *r;

	switch (mem_peek(m, addr >> PAGE_SHIFT, &data, &page)) {
	case MEM_RAM:
	case MEM_ROM: return load_le(data + (addr & PAGE_MASK), size);
	case MEM_DEVICE:
		r = region_at(m, addr);
		if (r && size <= r->size - (addr - r->base))
			return r->read(r->owner, r->unit, addr - r->base, size) & all_ones(size);
		break;
	case MEM_NONE: break;
	}
	return all_ones(size);
}

/* Stores into RAM, telling the cpu first if decoded code is hit. */
static void store(struct mem *m, struct page *page, unsigned offset, const void *src, unsigned size)
{
	if (UNLIKELY(page_code(page)) && m->watch.code_written)
		m->watch.code_written(m->watch.opaque, page, offset, size);
	memcpy(page->data + offset, src, size);
}

void mem_write(struct mem *m, uint64_t addr, uint64_t value, unsigned size)
{
	const struct mem_region *r;
	struct page *page;

	switch (mem_own(m, addr >> PAGE_SHIFT, &page)) {
	case MEM_RAM: store(m, page, addr & PAGE_MASK, &value, size); break;
	case MEM_DEVICE:
		r = region_at(m, addr);
		if (r && size <= r->size - (addr - r->base))
			r->write(r->owner, r->unit, addr - r->base, value & all_ones(size), size);
		break;
	case MEM_ROM:
	case MEM_NONE: break;
	}
}

void mem_dma_read(struct mem *m, uint64_t addr, void *buf, size_t size)
{
	uint8_t *out = buf;

	while (size) {
		size_t n = PAGE_SIZE - (addr & PAGE_MASK);
		const uint8_t *data;
		struct page *page;
		enum mem_kind kind = mem_peek(m, addr >> PAGE_SHIFT, &data, &page);

		n = n < size ? n : size;
		if (kind == MEM_RAM || kind == MEM_ROM)
			memcpy(out, data + (addr & PAGE_MASK), n);
		else
			memset(out, 0xff, n);
		out += n;
		addr += n;
		size -= n;
	}
}

void mem_dma_write(struct mem *m, uint64_t addr, const void *buf, size_t size)
{
	const uint8_t *in = buf;

	while (size) {
		size_t n = PAGE_SIZE - (addr & PAGE_MASK);
		struct page *page;

		n = n < size ? n : size;
		if (mem_own(m, addr >> PAGE_SHIFT, &page) == MEM_RAM)
			store(m, page, addr & PAGE_MASK, in, (unsigned)n);
		in += n;
		addr += n;
		size -= n;
	}
}
