/* General purpose events and PCI hot-plug at the fixed ports of QEMU's PIIX4,
 * which the DSDT inside SeaBIOS uses (\_GPE._E01, \_SB.PCI0.PCNF, .PCEJ; its
 * P13C, PCST and SEJ operation regions):
 *
 *   0xAFE0  GPE0_STS (2 bytes, write 1 to clear), GPE0_EN (2 bytes)
 *   0xAE00  PCIU  slots with a card that can be new: Linux looks at each
 *   0xAE04  PCID  slots whose card is to be given up
 *   0xAE08  B0EJ  a written bit ejects that slot's card
 *   0xAE0C  RMV   slots that can be ejected: the firmware gives them _EJ0 */
#include "engine/pc/acpi_pm.h"

#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"

enum {
	GPE0 = 0xafe0,
	GPE0_PORTS = 4,
	GPE_PCI_HOTPLUG = 1 << 1, /* GPE0 bit 1: _E01 */
	HOTPLUG = 0xae00,
	PCIU = 0x0,
	PCID = 0x4,
	B0EJ = 0x8,
	RMV = 0xc,
	HOTPLUG_PORTS = 16,
};
/* All but the host bridge, the chip set and the display. */
#define REMOVABLE_SLOTS 0xfffffff8u

/* ---- GPE0 ---- */

static uint32_t gpe_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	const struct acpi_pm *pm = &b->pc->pm;
	uint32_t v = pm->gpe0_sts | (uint32_t)pm->gpe0_en << 16;

	return v >> 8 * (port - GPE0) & 0xff;
}

static void gpe_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct acpi_pm *pm = &b->pc->pm;
	unsigned at = port - GPE0, shift = 8 * (at & 1);
	uint16_t v = (uint16_t)((value & 0xff) << shift);

	if (at < 2)
		pm->gpe0_sts &= (uint16_t)~v;
	else
		pm->gpe0_en = (uint16_t)((pm->gpe0_en & ~(0xffu << shift)) | v);
	acpi_pm_update(b);
}

/* ---- PCI hot-plug ---- */

static uint32_t occupied_slots(const struct board *b)
{
	const struct pci *pci = &b->pc->pci;
	uint32_t slots = 0;

	for (unsigned n = 0; n < pci->count; n++)
		slots |= 1u << (pci->fn[n].devfn >> 3);
	return slots;
}

static void empty_slot(struct board *b, unsigned slot)
{
	for (unsigned fn = 0; fn < 8; fn++) {
		unsigned devfn = PCI_DEVFN(slot, fn);
		const struct pci_model *m = b->pci_model[devfn];

		pci_remove(b, devfn);
		if (m && m->removed)
			m->removed(b, devfn);
	}
}

static void eject(struct board *b, uint32_t slots)
{
	slots &= REMOVABLE_SLOTS;
	for (unsigned slot = 0; slot < 32; slot++)
		if (slots >> slot & 1)
			empty_slot(b, slot);
	b->pc->pm.pci_down &= ~slots;
}

static uint32_t hotplug_reg(const struct board *b, unsigned reg)
{
	switch (reg) {
	case PCIU:
		/* Also cards that are long known: a device check more does no harm,
		 * and none is missed whenever the guest comes to look. */
		return occupied_slots(b) & REMOVABLE_SLOTS & ~b->pc->pm.pci_down;
	case PCID: return b->pc->pm.pci_down;
	case RMV: return REMOVABLE_SLOTS;
	default: return 0;
	}
}

static uint32_t hotplug_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	unsigned at = port - HOTPLUG;
	uint64_t v = hotplug_reg(b, at & ~3u);

	if ((at & 3) + size > 4)
		v |= (uint64_t)hotplug_reg(b, (at & ~3u) + 4) << 32;
	return (uint32_t)(v >> 8 * (at & 3));
}

static void hotplug_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	unsigned at = port - HOTPLUG;

	TRACE(b, PM, "hot-plug write %x/%u = %x", at, size, value);
	if ((at & ~3u) == B0EJ)
		eject(b, value << 8 * (at & 3));
}

void acpi_pm_hotplug(struct board *b, unsigned slot, bool add)
{
	uint32_t bit = 1u << (slot & 31) & REMOVABLE_SLOTS;

	if (!bit)
		return;
	if (add)
		b->pc->pm.pci_down &= ~bit;
	else
		b->pc->pm.pci_down |= bit & occupied_slots(b);
	b->pc->pm.gpe0_sts |= GPE_PCI_HOTPLUG;
	acpi_pm_update(b);
}

void acpi_gpe_attach(struct board *b)
{
	static const struct io_range gpe = {GPE0, GPE0_PORTS, 0, 1, gpe_in, gpe_out};
	static const struct io_range hotplug = {HOTPLUG, HOTPLUG_PORTS, 0, 4, hotplug_in, hotplug_out};

	board_map_io(b, &gpe);
	board_map_io(b, &hotplug);
}

/* A card that was asked to go leaves with the reset: nobody will answer. */
void acpi_gpe_reset(struct board *b)
{
	eject(b, b->pc->pm.pci_down);
}
