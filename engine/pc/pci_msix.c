/* MSI-X: tables of messages and their way to the local APIC; see pci_msix.h. */
#include "engine/pc/pci_msix.h"

#include "engine/base/bytes.h"
#include "engine/pc/board.h"
#include "engine/pc/intr_line.h"
#include "engine/pc/lapic.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"

enum {
	CONTROL = 2,             /* of the capability */
	CONTROL_MASK_ALL = 0x40, /* in its high byte */
	CONTROL_ENABLE = 0x80,
	VECTOR_MASKED = 1,
	ADDRESS_LOGICAL = 1 << 2, /* SDM volume 3A 11.11.1 */
	DATA_LEVEL = 1 << 15,     /* 11.11.2 */
};

/* ---- messages ---- */

void msi_send(struct board *b, uint64_t address, uint32_t data)
{
	struct apic_message m = {
		.vector = (uint8_t)data,
		.delivery = (enum apic_delivery)(data >> 8 & 7),
		.level = !!(data & DATA_LEVEL),
		.logical = !!(address & ADDRESS_LOGICAL),
		.dest = (uint8_t)(address >> 12),
	};
	uint8_t bytes[4];

	if (address >> 20 == 0xfee) {
		lapic_accept(b, &m);
		board_update_intr(b);
		return;
	}
	put_le32(bytes, data);
	mem_dma_write(&b->mem, address & ~3ull, bytes, sizeof(bytes));
}

/* The high byte of message control; 0: the function is gone. */
static uint8_t control(const struct msix *m)
{
	const uint8_t *config = pci_config(m->b, m->devfn);

	return config ? config[m->cap + CONTROL + 1] : 0;
}

bool msix_enabled(const struct msix *m)
{
	return control(m) & CONTROL_ENABLE;
}

static bool masked(const struct msix *m, unsigned vector)
{
	return (control(m) & CONTROL_MASK_ALL) || (m->vector[vector].control & VECTOR_MASKED);
}

void msix_raise(const struct msix *m, unsigned vector)
{
	const struct msix_vector *v = &m->vector[vector];

	if (vector >= m->count || !msix_enabled(m))
		return;
	if (masked(m, vector) || !pci_bus_master(m->b, m->devfn)) {
		*m->pending |= 1ull << vector;
		return;
	}
	*m->pending &= ~(1ull << vector);
	TRACE(m->b, PCI, "MSI-X of %02x.%u vector %u: %x to %x", m->devfn >> 3, m->devfn & 7u, vector, v->data,
	      v->address);
	msi_send(m->b, v->address | (uint64_t)v->address_high << 32, v->data);
}

/* Sends what is pending and no longer masked. */
static void flush(const struct msix *m)
{
	for (unsigned n = 0; n < m->count; n++)
		if ((*m->pending >> n & 1) && !masked(m, n))
			msix_raise(m, n);
}

void msix_config_written(const struct msix *m, unsigned offset, unsigned size)
{
	bool here = offset <= m->cap + CONTROL + 1 && offset + size > m->cap + CONTROL;

	if (here || (offset <= PCI_COMMAND && offset + size > PCI_COMMAND))
		flush(m);
}

/* ---- the table ---- */

void msix_reset(const struct msix *m)
{
	*m->pending = 0;
	for (unsigned n = 0; n < m->count; n++)
		m->vector[n] = (struct msix_vector){.control = VECTOR_MASKED};
}

bool msix_valid(const struct msix *m)
{
	for (unsigned n = 0; n < m->count; n++)
		if (m->vector[n].address & 3 || m->vector[n].control & ~(uint32_t)VECTOR_MASKED)
			return false;
	return m->count <= MSIX_VECTORS_MAX && !(m->count < 64 && *m->pending >> m->count);
}

/* A doubleword of the table, and the bits of it that are kept. */
struct dword {
	uint32_t *reg;
	uint32_t bits;
};

/* The one at a byte offset, which is within the table. */
static struct dword dword(const struct msix *m, uint64_t at)
{
	struct msix_vector *v = &m->vector[at / MSIX_ENTRY];

	switch (at % MSIX_ENTRY / 4) {
	case 0: return (struct dword){&v->address, ~3u};
	case 1: return (struct dword){&v->address_high, UINT32_MAX};
	case 2: return (struct dword){&v->data, UINT32_MAX};
	default: return (struct dword){&v->control, VECTOR_MASKED};
	}
}

static bool within(const struct msix *m, uint64_t at)
{
	return at / MSIX_ENTRY < m->count;
}

uint64_t msix_table_read(const struct msix *m, uint64_t at, unsigned size)
{
	uint64_t value = 0;

	for (unsigned n = 0; n < size && within(m, at + n); n++)
		value |= (uint64_t)(*dword(m, at + n).reg >> 8 * ((at + n) & 3) & 0xff) << 8 * n;
	return value;
}

void msix_table_write(const struct msix *m, uint64_t at, uint64_t value, unsigned size)
{
	for (unsigned n = 0; n < size && within(m, at + n); n++) {
		unsigned shift = 8 * ((at + n) & 3);
		struct dword d = dword(m, at + n);
		uint32_t bits = 0xffu << shift & d.bits;

		*d.reg = (*d.reg & ~bits) | ((uint32_t)(value >> 8 * n & 0xff) << shift & bits);
	}
	flush(m);
}

uint64_t msix_pba_read(const struct msix *m, uint64_t at, unsigned size)
{
	uint64_t v = at < 8 ? *m->pending >> 8 * at : 0;

	return size < 8 ? v & ((1ull << 8 * size) - 1) : v;
}
