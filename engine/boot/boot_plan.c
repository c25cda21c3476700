/* Boot plans: finding room among the BIOS's memory ranges, and the writes; see
 * boot_plan.h. The processor's state is in boot_enter.c. */
#include "engine/boot/boot_plan.h"

#include "engine/pc/board.h"

#define LOW_END 0x100000ull    /* conventional memory and the adapter area end here */
#define BIOS_DATA_END 0x1000   /* vectors, BIOS data area, and what old BIOSes use beyond */
#define BIOS_TABLES (1u << 20) /* bytes at the end of RAM: SeaBIOS's ACPI tables and its own data */

void boot_facts_guess(struct boot_facts *f, uint64_t ram)
{
	uint64_t end = ram > BIOS_TABLES ? ram - BIOS_TABLES : 0;

	memset(f, 0, sizeof(*f));
	f->map[f->map_count++] = (struct boot_range){0, 0x9fc00, BOOT_MAP_RAM};
	f->map[f->map_count++] = (struct boot_range){0x9fc00, LOW_END - 0x9fc00, BOOT_MAP_RESERVED};
	if (end > LOW_END)
		f->map[f->map_count++] = (struct boot_range){LOW_END, end - LOW_END, BOOT_MAP_RAM};
}

static uint64_t range_end(const struct boot_range *r)
{
	return r->size > UINT64_MAX - r->base ? UINT64_MAX : r->base + r->size;
}

/* The first byte at or after addr that is not RAM. */
static uint64_t ram_until(const struct boot_facts *f, uint64_t addr)
{
	bool more = true;

	while (more) {
		more = false;
		for (unsigned n = 0; n < f->map_count; n++) {
			const struct boot_range *r = &f->map[n];

			if (r->type == BOOT_MAP_RAM && r->base <= addr && addr < range_end(r)) {
				addr = range_end(r);
				more = true;
			}
		}
	}
	return addr;
}

uint32_t boot_facts_lower(const struct boot_facts *f)
{
	uint64_t end = ram_until(f, 0);

	return (uint32_t)((end < 0xa0000 ? end : 0xa0000) >> 10);
}

uint32_t boot_facts_upper(const struct boot_facts *f)
{
	uint64_t end = ram_until(f, LOW_END);

	return (uint32_t)(((end < 1ull << 32 ? end : 1ull << 32) - LOW_END) >> 10);
}

void boot_plan_init(struct boot_plan *p, const struct boot_facts *facts)
{
	memset(p, 0, sizeof(*p));
	p->facts = facts;
	p->taken = g_array_new(FALSE, FALSE, sizeof(struct boot_range));
	p->writes = g_array_new(FALSE, FALSE, sizeof(struct boot_write));
	p->owned = g_ptr_array_new_with_free_func(g_free);
	boot_plan_take(p, 0, BIOS_DATA_END);
}

void boot_plan_free(struct boot_plan *p)
{
	g_array_unref(p->taken);
	g_array_unref(p->writes);
	g_ptr_array_unref(p->owned);
}

static bool overlaps(const struct boot_range *r, uint64_t base, uint64_t size)
{
	return base < range_end(r) && r->base < base + size;
}

/* The obstacle to using [base, base + size), or NULL. The caller has checked
 * that the range does not wrap. Other than RAM wins where the map overlaps. */
static const struct boot_range *obstacle(const struct boot_plan *p, uint64_t base, uint64_t size)
{
	for (unsigned n = 0; n < p->taken->len; n++) {
		const struct boot_range *r = &g_array_index(p->taken, struct boot_range, n);

		if (overlaps(r, base, size))
			return r;
	}
	for (unsigned n = 0; n < p->facts->map_count; n++) {
		const struct boot_range *r = &p->facts->map[n];

		if (r->type != BOOT_MAP_RAM && overlaps(r, base, size))
			return r;
	}
	return NULL;
}

bool boot_plan_take(struct boot_plan *p, uint64_t base, uint64_t size)
{
	struct boot_range r = {base, size, BOOT_MAP_RESERVED};

	if (!size)
		return true;
	if (size > UINT64_MAX - base || ram_until(p->facts, base) < base + size || obstacle(p, base, size))
		return false;
	g_array_append_val(p->taken, r);
	return true;
}

/* One candidate: as low or high as possible within [low, high), which is RAM
 * throughout; every obstacle moves it past itself. */
static bool find_within(struct boot_plan *p, uint64_t size, uint64_t align, uint64_t low, uint64_t high, bool highest,
			uint64_t *base)
{
	while (high > low && high - low >= size) {
		uint64_t at = highest ? (high - size) & ~(align - 1) : (low + align - 1) & ~(align - 1);
		const struct boot_range *o;

		if (at < low || at > high - size)
			return false;
		o = obstacle(p, at, size);
		if (!o) {
			*base = at;
			return true;
		}
		if (highest)
			high = o->base;
		else
			low = range_end(o);
	}
	return false;
}

bool boot_plan_find(struct boot_plan *p, uint64_t size, uint64_t align, uint64_t low, uint64_t high, bool highest,
		    uint64_t *base)
{
	bool found = false;

	if (!size)
		size = 1;
	for (unsigned n = 0; n < p->facts->map_count; n++) {
		const struct boot_range *r = &p->facts->map[n];
		uint64_t from = r->base > low ? r->base : low;
		uint64_t to = ram_until(p->facts, r->base), at;

		if (r->type != BOOT_MAP_RAM)
			continue;
		to = to < high ? to : high;
		if (!find_within(p, size, align, from, to, highest, &at))
			continue;
		if (!found || (highest ? at > *base : at < *base))
			*base = at;
		found = true;
	}
	return found && boot_plan_take(p, *base, size);
}

void boot_plan_write(struct boot_plan *p, uint64_t addr, const uint8_t *data, uint64_t size, uint64_t full)
{
	struct boot_write w = {addr, data, size, full};

	assert(size <= full);
	if (full)
		g_array_append_val(p->writes, w);
}

uint8_t *boot_plan_buffer(struct boot_plan *p, uint64_t addr, size_t size)
{
	uint8_t *data = g_malloc0(size);

	g_ptr_array_add(p->owned, data);
	boot_plan_write(p, addr, data, size, size);
	return data;
}

bool boot_plan_gdt(struct boot_plan *p, bool code64)
{
	uint8_t *gdt;

	if (!boot_plan_find(p, 32, 16, 0, LOW_END, false, &p->entry.gdt))
		return false;
	gdt = boot_plan_buffer(p, p->entry.gdt, 32);
	/* Base 0, limit 4 GiB: G, D (or L), present, DPL 0, accessed. */
	put_le64(gdt + 0x10, code64 ? 0x00af9b000000ffff : 0x00cf9b000000ffff);
	put_le64(gdt + 0x18, 0x00cf93000000ffff);
	return true;
}

bool boot_plan_tables(struct boot_plan *p)
{
	const uint64_t table = 0x03, large = 0x83; /* present, writable; page size */
	uint64_t at;
	uint8_t *t;

	if (!boot_plan_find(p, 6 * PAGE_SIZE, PAGE_SIZE, 0, LOW_END, false, &at))
		return false;
	t = boot_plan_buffer(p, at, 6 * PAGE_SIZE);
	put_le64(t, (at + PAGE_SIZE) | table); /* PML4 -> PDPT */
	for (uint64_t n = 0; n < 4; n++)
		put_le64(t + PAGE_SIZE + n * 8, (at + (2 + n) * PAGE_SIZE) | table);
	for (uint64_t n = 0; n < 4 * 512; n++)
		put_le64(t + 2 * PAGE_SIZE + n * 8, n << 21 | large);
	p->entry.cr3 = at;
	return true;
}

/* Sets the bytes of one frame, size > 0: data (or zeros if NULL). */
static void place_chunk(struct board *b, uint64_t addr, const uint8_t *data, size_t size)
{
	const uint8_t *now;
	struct page *page;

	if (!data)
		data = page_zeros;
	if (mem_peek(&b->mem, addr >> PAGE_SHIFT, &now, &page) == MEM_RAM &&
	    !memcmp(now + (addr & PAGE_MASK), data, size))
		return;
	mem_dma_write(&b->mem, addr, data, size);
}

void boot_plan_place(const struct boot_plan *p, struct board *b)
{
	for (unsigned n = 0; n < p->writes->len; n++) {
		const struct boot_write *w = &g_array_index(p->writes, struct boot_write, n);
		uint64_t done = 0;

		while (done < w->full) {
			bool zero = done >= w->size;
			uint64_t rest = (zero ? w->full : w->size) - done;
			size_t room = PAGE_SIZE - ((w->addr + done) & PAGE_MASK);
			size_t size = rest < room ? (size_t)rest : room;

			place_chunk(b, w->addr + done, zero ? NULL : w->data + done, size);
			done += size;
		}
	}
}
