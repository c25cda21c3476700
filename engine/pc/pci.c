/* PCI bus 0: configuration mechanism #1, configuration spaces, interrupt pins;
 * see pci.h. What base address registers make reachable is in pci_bar.c. */
#include "engine/pc/pci.h"

#include <string.h>

#include "engine/base/bytes.h"
#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci_bar.h"
#include "engine/pc/piix3.h"

enum {
	CONFADD = 0xcf8,
	CONFDATA = 0xcfc,
};
#define CONFADD_ENABLE 0x80000000u
#define CONFADD_BITS 0x80fffffcu /* 30:24 and 1:0 are reserved, read as 0 */

#define COMMAND_BITS \
	(PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_PARITY | PCI_COMMAND_SERR | \
	 PCI_COMMAND_INTX_DISABLE)
/* Error bits of the status register are cleared by writing 1 (PCI 2.1 6.2.3). */
#define STATUS_CLEAR 0xf900u

/* Bits of one byte of configuration space: how a write acts on them. */
struct byte_mask {
	uint8_t write, clear, lock;
};

static struct pci_fn *find(struct pci *pci, unsigned devfn)
{
	for (unsigned n = 0; n < pci->count && pci->fn[n].devfn <= devfn; n++)
		if (pci->fn[n].devfn == devfn)
			return &pci->fn[n];
	return NULL;
}

/* ---- the registers of one function ---- */

static void fill_header(struct board *b, struct pci_fn *fn, const struct pci_model *m)
{
	bool qemu = !m->subsystem_vendor && !m->subsystem;
	uint8_t *c = fn->config;

	put_le16(c + PCI_VENDOR_ID, m->vendor);
	put_le16(c + PCI_DEVICE_ID, m->device);
	put_le16(c + PCI_COMMAND, m->command);
	put_le16(c + PCI_STATUS, m->status);
	c[PCI_REVISION_ID] = m->revision;
	c[PCI_CLASS_PROG] = m->class_code & 0xff;
	put_le16(c + PCI_CLASS_PROG + 1, (uint16_t)(m->class_code >> 8));
	c[PCI_HEADER_TYPE] = m->header_type;
	put_le16(c + PCI_SUBSYSTEM_VENDOR_ID, qemu ? 0x1af4 : m->subsystem_vendor);
	put_le16(c + PCI_SUBSYSTEM_ID, qemu ? 0x1100 : m->subsystem);
	c[PCI_INTERRUPT_PIN] = m->pin;
	c[PCI_MIN_GNT] = m->min_gnt;
	c[PCI_MAX_LAT] = m->max_lat;
	for (unsigned bar = 0; bar < PCI_BARS; bar++)
		put_le32(c + PCI_BASE_ADDRESS + 4 * bar, pci_bar_type(m, bar));
}

static void fn_reset(struct board *b, struct pci_fn *fn, const struct pci_model *m)
{
	memset(fn->config, 0, sizeof(fn->config));
	fn->intx = 0;
	fill_header(b, fn, m);
	for (unsigned n = 0; n < m->rule_count; n++)
		for (unsigned i = 0; i < m->rules[n].size; i++)
			fn->config[m->rules[n].offset + i] = (uint8_t)(m->rules[n].reset >> 8 * i);
}

static uint8_t byte_of(uint32_t value, unsigned offset)
{
	return (uint8_t)(value >> 8 * (offset & 3));
}

static struct byte_mask header_mask(struct board *b, const struct pci_fn *fn, const struct pci_model *m, unsigned at)
{
	uint32_t write = 0, clear = 0;

	switch (at & ~3u) {
	case PCI_COMMAND:
		write = m->command_mask ? m->command_mask : COMMAND_BITS;
		clear = STATUS_CLEAR << 16;
		break;
	case PCI_CACHE_LINE_SIZE:
		write = 0xffff; /* and the latency timer */
		break;
	case PCI_ROM_ADDRESS: write = pci_rom_mask(b, fn->devfn); break;
	case PCI_INTERRUPT_LINE: write = 0xff; break;
	default:
		if (at >= PCI_BASE_ADDRESS && at < PCI_BASE_ADDRESS + 4 * PCI_BARS)
			write = pci_bar_mask(m, (at - PCI_BASE_ADDRESS) / 4);
	}
	return (struct byte_mask){byte_of(write, at), byte_of(clear, at), 0};
}

static struct byte_mask mask_at(struct board *b, const struct pci_fn *fn, const struct pci_model *m, unsigned at)
{
	for (unsigned n = 0; n < m->rule_count; n++) {
		const struct pci_rule *r = &m->rules[n];
		unsigned shift = 8 * (at - r->offset);

		if (at < r->offset || at >= (unsigned)r->offset + r->size)
			continue;
		return (struct byte_mask){(uint8_t)(r->write >> shift), (uint8_t)(r->clear >> shift),
					  (uint8_t)(r->lock >> shift)};
	}
	return header_mask(b, fn, m, at);
}

uint32_t pci_config_read(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
	struct pci_fn *fn = find(&b->pc->pci, devfn);
	const struct pci_model *m = b->pci_model[devfn & 0xff];
	uint32_t v = 0;

	if (fn && m && m->config_reading)
		m->config_reading(b, devfn, offset, size);
	for (unsigned n = 0; n < size; n++) {
		uint8_t byte = fn && offset + n < PCI_CONFIG_SIZE ? fn->config[offset + n] : 0xff;

		v |= (uint32_t)byte << 8 * n;
	}
	return v;
}

/* True if [offset, offset + size) touches [first, last]. */
static bool touches(unsigned offset, unsigned size, unsigned first, unsigned last)
{
	return offset <= last && offset + size > first;
}

void pci_config_write(struct board *b, unsigned devfn, unsigned offset, uint32_t value, unsigned size)
{
	struct pci_fn *fn = find(&b->pc->pci, devfn);
	const struct pci_model *m = b->pci_model[devfn & 0xff];

	if (!fn || !m || offset + size > PCI_CONFIG_SIZE)
		return;
	for (unsigned n = 0; n < size; n++) {
		struct byte_mask mask = mask_at(b, fn, m, offset + n);
		uint8_t v = (uint8_t)(value >> 8 * n), *reg = &fn->config[offset + n];

		*reg = (uint8_t)((*reg & ~mask.write) | (v & mask.write));
		*reg &= (uint8_t) ~(v & mask.clear);
		*reg |= v & mask.lock;
	}
	if (touches(offset, size, PCI_COMMAND, PCI_COMMAND + 1)) {
		pci_bar_sync(b);
		piix3_route(b);
	} else if (touches(offset, size, PCI_BASE_ADDRESS, PCI_BASE_ADDRESS + 4 * PCI_BARS - 1) ||
		   touches(offset, size, PCI_ROM_ADDRESS, PCI_ROM_ADDRESS + 3)) {
		pci_bar_sync(b);
	}
	if (m->config_written)
		m->config_written(b, devfn, offset, size);
}

/* ---- configuration mechanism #1 (PCI 2.1 section 3.7.4.1) ---- */

/* Only whole doublewords reach CONFADD; narrower cycles are ordinary I/O. */
static uint32_t confadd_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return size == 4 ? b->pc->pci.address : UINT32_MAX;
}

static void confadd_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	if (size == 4)
		b->pc->pci.address = value & CONFADD_BITS;
}

/* The function that CONFADD selects; -1 if none can answer. */
static int selected(const struct board *b)
{
	uint32_t a = b->pc->pci.address;

	return (a & CONFADD_ENABLE) && !(a >> 16 & 0xff) ? (int)(a >> 8 & 0xff) : -1;
}

/* Bytes of an access at port that lie in CONFDATA's doubleword. */
static unsigned within(uint16_t port, unsigned size)
{
	unsigned room = 4 - (port & 3u);

	return size < room ? size : room;
}

static uint32_t confdata_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	unsigned offset = (b->pc->pci.address & 0xfc) | (port & 3u), n = within(port, size);
	int devfn = selected(b);
	uint32_t v;

	if (devfn < 0)
		return UINT32_MAX;
	v = pci_config_read(b, (unsigned)devfn, offset, n);
	if (n < 4)
		v |= UINT32_MAX << 8 * n;
	TRACE(b, PCI, "read  %02x.%u+%02x/%u = %x", devfn >> 3, devfn & 7u, offset, n, v);
	return v;
}

static void confdata_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	unsigned offset = (b->pc->pci.address & 0xfc) | (port & 3u), n = within(port, size);
	int devfn = selected(b);

	if (devfn < 0)
		return;
	TRACE(b, PCI, "write %02x.%u+%02x/%u = %x", devfn >> 3, devfn & 7u, offset, n, value);
	pci_config_write(b, (unsigned)devfn, offset, value, n);
}

/* ---- the bus ---- */

void pci_attach(struct board *b)
{
	static const struct io_range confadd = {CONFADD, 1, 0, 4, confadd_in, confadd_out};
	static const struct io_range confdata = {CONFDATA, 4, 0, 4, confdata_in, confdata_out};

	pci_bar_attach(b);
	board_map_io_timed(b, &confadd, IO_PCI_NS);
	board_map_io_timed(b, &confdata, IO_PCI_NS);
}

void pci_free(struct board *b)
{
	pci_bar_free(b);
}

static struct pci_fn *insert(struct pci *pci, unsigned devfn)
{
	unsigned at = 0;

	if (pci->count == PCI_MAX_FNS)
		return NULL;
	while (at < pci->count && pci->fn[at].devfn < devfn)
		at++;
	memmove(&pci->fn[at + 1], &pci->fn[at], (pci->count - at) * sizeof(pci->fn[0]));
	memset(&pci->fn[at], 0, sizeof(pci->fn[at]));
	pci->fn[at].devfn = (uint8_t)devfn;
	pci->fn[at].present = 1;
	pci->count++;
	return &pci->fn[at];
}

bool pci_add(struct board *b, unsigned devfn, const struct pci_model *model)
{
	struct pci *pci = &b->pc->pci;
	struct pci_fn *fn;

	assert(devfn < 256);
	pci_model_check(model);
	if (!find(pci, devfn)) {
		fn = insert(pci, devfn);
		if (!fn)
			return false;
		fn_reset(b, fn, model);
	}
	b->pci_model[devfn] = model;
	pci_bar_sync(b);
	return true;
}

void pci_remove(struct board *b, unsigned devfn)
{
	struct pci *pci = &b->pc->pci;
	struct pci_fn *fn = find(pci, devfn);
	size_t after;

	if (!fn)
		return;
	fn->intx = 0;
	put_le16(fn->config + PCI_COMMAND, 0);
	piix3_route(b);
	pci_bar_sync(b);
	pci_set_rom(b, devfn, NULL, 0);
	after = (size_t)(&pci->fn[pci->count] - (fn + 1));
	memmove(fn, fn + 1, after * sizeof(*fn));
	memset(&pci->fn[--pci->count], 0, sizeof(*fn));
	b->pci_model[devfn] = NULL;
}

static void sync_models(struct board *b)
{
	for (unsigned devfn = 0; devfn < 256; devfn++)
		if (b->pci_model[devfn] && b->pci_model[devfn]->sync && find(&b->pc->pci, devfn))
			b->pci_model[devfn]->sync(b, devfn);
}

void pci_reset(struct board *b)
{
	struct pci *pci = &b->pc->pci;

	pci->address = 0;
	pci->sci = 0;
	for (unsigned devfn = 0; devfn < 256; devfn++) {
		const struct pci_model *m = b->pci_model[devfn];
		struct pci_fn *fn = m ? find(pci, devfn) : NULL;

		if (m && !fn)
			fn = insert(pci, devfn);
		if (fn)
			fn_reset(b, fn, m);
	}
	piix3_route(b);
	pci_bar_sync(b);
	sync_models(b);
}

void pci_restore(struct board *b)
{
	pci_bar_sync(b);
	for (unsigned devfn = 0; devfn < 256; devfn++)
		if (!find(&b->pc->pci, devfn))
			b->pci_model[devfn] = NULL;
	sync_models(b);
}

/* Read-only bits tell what a function is; they must be those of its model. */
static const char *validate_fn(struct board *b, const struct pci_fn *fn)
{
	const struct pci_model *m = b->pci_model[fn->devfn];
	struct pci_fn fresh = {.devfn = fn->devfn};

	if (!m)
		return "PCI: a function that this machine does not have";
	fn_reset(b, &fresh, m);
	put_le16(fresh.config + PCI_STATUS,
		 get_le16(fresh.config + PCI_STATUS) | (get_le16(fn->config + PCI_STATUS) & PCI_STATUS_INTERRUPT));
	for (unsigned at = 0; at < PCI_CONFIG_SIZE; at++) {
		struct byte_mask mask = mask_at(b, fn, m, at);

		if ((fn->config[at] ^ fresh.config[at]) & ~(mask.write | mask.clear | mask.lock))
			return "PCI: read-only configuration bits differ";
	}
	return fn->present == 1 && fn->intx <= 1 && !fn->pad ? NULL : "PCI: bad function state";
}

const char *pci_validate(const struct board *b)
{
	const struct pci *pci = &b->pc->pci;
	static const struct pci_fn none;

	if (pci->address & ~CONFADD_BITS || pci->sci > 1 || pci->count > PCI_MAX_FNS)
		return "PCI: bad bus state";
	for (unsigned n = 0; n < PCI_MAX_FNS; n++) {
		const struct pci_fn *fn = &pci->fn[n];
		const char *wrong = NULL;

		if (n >= pci->count)
			wrong = memcmp(fn, &none, sizeof(none)) ? "PCI: bytes behind the last function" : NULL;
		else if (n && fn->devfn <= pci->fn[n - 1].devfn)
			wrong = "PCI: functions out of order";
		else
			wrong = validate_fn((struct board *)b, fn);
		if (wrong)
			return wrong;
	}
	return NULL;
}

uint8_t *pci_config(struct board *b, unsigned devfn)
{
	struct pci_fn *fn = find(&b->pc->pci, devfn);

	return fn ? fn->config : NULL;
}

bool pci_bus_master(struct board *b, unsigned devfn)
{
	const uint8_t *config = pci_config(b, devfn);

	return config && (config[PCI_COMMAND] & PCI_COMMAND_MASTER);
}

void pci_set_irq(struct board *b, unsigned devfn, bool level)
{
	struct pci_fn *fn = find(&b->pc->pci, devfn);

	if (!fn || fn->intx == level)
		return;
	TRACE(b, PCI, "INTx of %02x.%u %s", devfn >> 3, devfn & 7u, level ? "up" : "down");
	fn->intx = level;
	if (level)
		fn->config[PCI_STATUS] |= PCI_STATUS_INTERRUPT;
	else
		fn->config[PCI_STATUS] &= (uint8_t)~PCI_STATUS_INTERRUPT;
	piix3_route(b);
}
