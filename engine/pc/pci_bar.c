/* Base address registers and expansion ROMs (PCI 2.1 section 6.2.5): the windows
 * of all functions follow from the configuration registers alone, so that a
 * loaded or cloned value gets the same map whatever order it was made in. */
#include "engine/pc/pci_bar.h"

#include <glib.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"

enum {
	BAR_IO = 1,              /* bit 0: I/O space */
	BAR_TYPE_64 = 4,         /* bits 2:1 = 10b */
	BAR_PREFETCH = 8,        /* bit 3 */
	ROM_ADDRESS_LOW = 0x7ff, /* bits 10:1 of the ROM register are reserved */
	MAX_WINDOWS = PCI_MAX_FNS * (PCI_BARS + 1),
};
#define IO_END 0x10000ull
#define PCI_HOLE_END 0xfec00000ull /* the APICs and the firmware are above */
#define HIGH_START (4ull << 30)
#define HIGH_END (64ull << 30)
#define ROM_MAX (16u << 20)

struct window {
	uint64_t base;
	uint32_t size;
	uint8_t devfn, bar;
	bool io;
};

struct rom {
	uint8_t *data;
	uint32_t bytes; /* of data */
	uint32_t size;  /* of the window, a power of two; 0: no ROM */
};

struct pci_host {
	struct window now[MAX_WINDOWS];
	unsigned count;
	struct rom rom[256]; /* by devfn */
};

/* ---- registers ---- */

static bool is_64(unsigned kind)
{
	return kind == PCI_BAR_MEM64 || kind == PCI_BAR_MEM64_PREFETCH;
}

static bool is_upper_half(const struct pci_model *m, unsigned bar)
{
	return bar && is_64(m->bar[bar - 1].kind);
}

uint32_t pci_bar_type(const struct pci_model *m, unsigned bar)
{
	switch (m->bar[bar].kind) {
	case PCI_BAR_IO: return BAR_IO;
	case PCI_BAR_MEM_PREFETCH: return BAR_PREFETCH;
	case PCI_BAR_MEM64: return BAR_TYPE_64;
	case PCI_BAR_MEM64_PREFETCH: return BAR_TYPE_64 | BAR_PREFETCH;
	default: return 0;
	}
}

uint32_t pci_bar_mask(const struct pci_model *m, unsigned bar)
{
	if (is_upper_half(m, bar))
		return UINT32_MAX;
	return m->bar[bar].kind == PCI_BAR_NONE ? 0 : ~(m->bar[bar].size - 1);
}

uint32_t pci_rom_mask(const struct board *b, unsigned devfn)
{
	uint32_t size = b->pci_host->rom[devfn].size;

	return size ? ~(size - 1) | PCI_ROM_ENABLE : 0;
}

void pci_model_check(const struct pci_model *m)
{
	assert(m->pin <= 4);
	for (unsigned bar = 0; bar < PCI_BARS; bar++) {
		const struct pci_bar *r = &m->bar[bar];

		assert(r->kind <= PCI_BAR_MEM64_PREFETCH);
		if (r->kind == PCI_BAR_NONE)
			continue;
		assert(m->map && !is_upper_half(m, bar) && (!is_64(r->kind) || bar + 1 < PCI_BARS));
		assert(r->size >= (r->kind == PCI_BAR_IO ? 4 : 16) && !(r->size & (r->size - 1)));
	}
	for (unsigned n = 0; n < m->rule_count; n++)
		assert(m->rules[n].size && m->rules[n].size <= 4 && m->rules[n].offset + m->rules[n].size <= 256);
}

/* ---- windows ---- */

/* Does the host bridge forward this range to the bus? */
static bool forwarded(const struct board *b, const struct window *w)
{
	uint64_t end = w->base + w->size, ram = b->mem.ram.count << PAGE_SHIFT;

	if (!w->base)
		return false;
	if (w->io)
		return end <= IO_END;
	if (w->base >= HIGH_START)
		return w->base < HIGH_END && end <= HIGH_END;
	return w->base >= ram && w->base >= MEM_LOW_FRAMES << PAGE_SHIFT && end <= PCI_HOLE_END;
}

/* The window of a base address register; false if it is closed. */
static bool bar_window(const struct pci_fn *fn, const struct pci_model *m, unsigned bar, struct window *w)
{
	const uint8_t *c = fn->config, *reg = c + PCI_BASE_ADDRESS + 4 * bar;
	unsigned kind = m->bar[bar].kind;
	bool io = kind == PCI_BAR_IO;

	if (kind == PCI_BAR_NONE || !(c[PCI_COMMAND] & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)))
		return false;
	*w = (struct window){.devfn = fn->devfn, .bar = (uint8_t)bar, .io = io, .size = m->bar[bar].size};
	w->base = get_le32(reg) & pci_bar_mask(m, bar);
	if (is_64(kind))
		w->base |= (uint64_t)get_le32(reg + 4) << 32;
	return true;
}

static bool rom_window(const struct board *b, const struct pci_fn *fn, struct window *w)
{
	uint32_t reg = get_le32(fn->config + PCI_ROM_ADDRESS), size = b->pci_host->rom[fn->devfn].size;

	if (!size || !(reg & PCI_ROM_ENABLE) || !(fn->config[PCI_COMMAND] & PCI_COMMAND_MEMORY))
		return false;
	*w = (struct window){.devfn = fn->devfn, .bar = PCI_BAR_ROM, .size = size};
	w->base = reg & ~(uint32_t)ROM_ADDRESS_LOW & ~(size - 1);
	return true;
}

static bool overlaps(const struct window *a, const struct window *w)
{
	return a->io == w->io && a->base < w->base + w->size && w->base < a->base + a->size;
}

static bool same(const struct window *a, const struct window *w)
{
	return a->io == w->io && a->base == w->base && a->size == w->size && a->devfn == w->devfn && a->bar == w->bar;
}

static bool contains(const struct window *list, unsigned count, const struct window *w)
{
	for (unsigned n = 0; n < count; n++)
		if (same(&list[n], w))
			return true;
	return false;
}

/* Appends a window unless it is out of reach or another is in its way. */
static void offer(const struct board *b, struct window *list, unsigned *count, const struct window *w)
{
	if (!forwarded(b, w))
		return;
	for (unsigned n = 0; n < *count; n++)
		if (overlaps(&list[n], w))
			return;
	list[(*count)++] = *w;
}

static unsigned wanted(const struct board *b, struct window *list)
{
	const struct pci *pci = &b->pc->pci;
	unsigned count = 0;

	for (unsigned n = 0; n < pci->count; n++) {
		const struct pci_fn *fn = &pci->fn[n];
		const struct pci_model *m = b->pci_model[fn->devfn];
		struct window w;

		if (!m)
			continue;
		for (unsigned bar = 0; bar < PCI_BARS; bar++)
			if (bar_window(fn, m, bar, &w))
				offer(b, list, &count, &w);
		if (rom_window(b, fn, &w))
			offer(b, list, &count, &w);
	}
	return count;
}

/* ---- expansion ROMs ---- */

static uint64_t rom_read(void *owner, unsigned devfn, uint64_t addr, unsigned size)
{
	struct board *b = owner;
	const struct rom *rom = &b->pci_host->rom[devfn];
	uint64_t v = 0;

	for (unsigned n = 0; n < size; n++) {
		uint8_t byte = addr + n < rom->bytes ? rom->data[addr + n] : 0xff;

		v |= (uint64_t)byte << 8 * n;
	}
	return v;
}

static void rom_write(void *owner, unsigned devfn, uint64_t addr, uint64_t value, unsigned size) {}

void pci_set_rom(struct board *b, unsigned devfn, const void *data, size_t size)
{
	struct rom *rom = &b->pci_host->rom[devfn & 0xff];

	assert(size <= ROM_MAX);
	g_free(rom->data);
	*rom = (struct rom){0};
	if (!size)
		return;
	rom->data = g_memdup2(data, size);
	rom->bytes = (uint32_t)size;
	rom->size = PAGE_SIZE;
	while (rom->size < size)
		rom->size *= 2;
}

void pci_clone_roms(struct board *dst, const struct board *src)
{
	for (unsigned devfn = 0; devfn < 256; devfn++) {
		const struct rom *rom = &src->pci_host->rom[devfn];

		if (rom->data)
			pci_set_rom(dst, devfn, rom->data, rom->bytes);
	}
}

/* ---- mapping ---- */

/* Ports behind a BAR answer at the bus's speed. */
static void map_bar(struct board *b, const struct pci_model *m, const struct window *w, bool on)
{
	unsigned before = b->io_count;

	m->map(b, w->devfn, w->bar, w->base, on);
	for (unsigned n = before; n < b->io_count; n++)
		b->io_ns[n] = IO_PCI_NS;
}

static void map_window(struct board *b, const struct window *w, bool on)
{
	const struct pci_model *m = b->pci_model[w->devfn];

	TRACE(b, PCI, "%s %02x.%u window %u at %llx size %x", on ? "map" : "unmap", w->devfn >> 3, w->devfn & 7u,
	      w->bar, (unsigned long long)w->base, w->size);
	if (w->bar != PCI_BAR_ROM) {
		if (m)
			map_bar(b, m, w, on);
	} else if (on) {
		struct mem_region r = {w->base, w->size, w->devfn, b, rom_read, rom_write};

		mem_map(&b->mem, &r);
	} else {
		mem_unmap(&b->mem, w->base, w->devfn, rom_read);
	}
}

void pci_bar_sync(struct board *b)
{
	struct pci_host *h = b->pci_host;
	struct window want[MAX_WINDOWS], old[MAX_WINDOWS];
	unsigned count = wanted(b, want), before = h->count;

	memcpy(old, h->now, before * sizeof(old[0]));
	memcpy(h->now, want, count * sizeof(want[0]));
	h->count = count;
	for (unsigned n = 0; n < before; n++)
		if (!contains(want, count, &old[n]))
			map_window(b, &old[n], false);
	for (unsigned n = 0; n < count; n++)
		if (!contains(old, before, &want[n]))
			map_window(b, &want[n], true);
}

void pci_bar_attach(struct board *b)
{
	b->pci_host = g_new0(struct pci_host, 1);
}

void pci_bar_free(struct board *b)
{
	if (!b->pci_host)
		return;
	for (unsigned devfn = 0; devfn < 256; devfn++)
		g_free(b->pci_host->rom[devfn].data);
	g_free(b->pci_host);
	b->pci_host = NULL;
}
