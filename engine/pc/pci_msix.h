/* MSI-X (PCI 3.0 section 6.8.2): a function's table of messages, one for each of
 * its vectors, and what is pending while they are masked. For any function of the
 * bus: it keeps the table in its own state, puts MSIX_RULES() among its rules,
 * hands accesses to its table's window over, and raises vectors.
 *
 *   static struct msix foo_msix(struct board *b, unsigned slot)
 *   {
 *           struct foo *s = ...;
 *
 *           return (struct msix){b, devfn, 0x98, ARRAY_LEN(s->vector), s->vector, &s->pending};
 *   }
 *
 * While MSI-X is on, the function leaves its INTx pin alone. */
#ifndef LANYARD_PC_PCI_MSIX_H
#define LANYARD_PC_PCI_MSIX_H

#include "engine/base/types.h"

struct board;

#define MSIX_ENTRY 16u       /* bytes of a table entry */
#define MSIX_VECTORS_MAX 64u /* that one `pending` word has room for */

struct msix_vector {
	uint32_t address, address_high;
	uint32_t data;
	uint32_t control; /* bit 0: masked */
};

/* How a function's MSI-X is reached; made when it is needed. */
struct msix {
	struct board *b;
	unsigned devfn;
	unsigned cap;   /* where the capability is in its configuration space */
	unsigned count; /* vectors */
	struct msix_vector *vector;
	uint64_t *pending; /* bit by vector */
};

/* Rows of pci_model.rules. Offsets of table and pending bits in their BAR are
 * multiples of 8. */
#define MSIX_RULES(cap, next, count, bar, table, pba) \
	{(cap), 4, 0x11u | (next) << 8 | ((count)-1u) << 16, 0xc0000000u, 0, 0}, \
		{(cap) + 4, 4, (table) | (bar), 0, 0, 0}, \
	{ \
		(cap) + 8, 4, (pba) | (bar), 0, 0, 0 \
	}

/* The table after RESET#: all masked. */
void msix_reset(const struct msix *m);
bool msix_enabled(const struct msix *m);
/* The vector's message goes out, or is pending. Without MSI-X, or beyond the last
 * vector: nothing. */
void msix_raise(const struct msix *m, unsigned vector);
/* From pci_model.config_written: what was pending may go out now. */
void msix_config_written(const struct msix *m, unsigned offset, unsigned size);
/* Accesses within the table, at a byte offset; beyond its end they read as 0. */
uint64_t msix_table_read(const struct msix *m, uint64_t at, unsigned size);
void msix_table_write(const struct msix *m, uint64_t at, uint64_t value, unsigned size);
uint64_t msix_pba_read(const struct msix *m, uint64_t at, unsigned size);
/* Is loaded state one that a guest can have made? */
bool msix_valid(const struct msix *m);

/* A message signalled interrupt: what a write of `data` to `address` by a bus
 * master does. Addresses 0xFEExxxxx are the local APIC's (SDM volume 3A 11.11). */
void msi_send(struct board *b, uint64_t address, uint32_t data);

#endif
