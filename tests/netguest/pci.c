/* Which cards are on the bus, and the lines of their interrupts. */
#include "tests/netguest/netguest.h"

enum {
	COMMAND = 0x04,
	BAR0 = 0x10,
	INTERRUPT = 0x3c,
	ENABLE_ALL = 0x07,
	ELCR = 0x4d0,
	PIIX3 = 0x08,
	PIRQRC = 0x60, /* which IRQ each of the four lines leads to */
	MEMORY = 0xf0000000,
	MEMORY_STEP = 0x20000,
	PORTS = 0xd000,
	PORTS_STEP = 0x100,
};
#define ID_E1000 0x100e8086u
#define ID_NE2K 0x802910ecu

uint32_t pci_read(uint16_t devfn, unsigned reg)
{
	outl(0xcf8, 0x80000000u | (uint32_t)devfn << 8 | reg);
	return inl(0xcfc);
}

void pci_write(uint16_t devfn, unsigned reg, uint32_t value)
{
	outl(0xcf8, 0x80000000u | (uint32_t)devfn << 8 | reg);
	outl(0xcfc, value);
}

/* PCI interrupts are level-triggered. */
static void line_open(uint8_t irq)
{
	uint16_t elcr = (uint16_t)(ELCR + irq / 8), mask = irq < 8 ? 0x21 : 0xa1;

	outb(elcr, inb(elcr) | (uint8_t)(1 << irq % 8));
	outb(mask, inb(mask) & (uint8_t) ~(1 << irq % 8));
	outb(0x21, inb(0x21) & (uint8_t) ~(1 << 2)); /* the second 8259 */
}

/* A card that was plugged in after the firmware was there has nothing yet. */
static void give_resources(uint16_t devfn)
{
	uint32_t slot = devfn >> 3, line = (slot - 1) & 3; /* i440FX boards: INTA# of slot n */
	bool ports = pci_read(devfn, BAR0) & 1;

	if (pci_read(devfn, BAR0) & ~0xfu)
		return;
	pci_write(devfn, BAR0, ports ? PORTS + slot * PORTS_STEP : MEMORY + slot * MEMORY_STEP);
	pci_write(devfn, INTERRUPT, pci_read(PIIX3, PIRQRC) >> 8 * line & 0x7f);
}

unsigned cards_find(struct card *cards)
{
	unsigned count = 0;

	for (uint16_t devfn = 0; devfn < 256 && count < MAX_CARDS; devfn += 8) {
		struct card *c = &cards[count];
		uint32_t id = pci_read(devfn, 0);
		bool ok;

		if (id != ID_E1000 && id != ID_NE2K)
			continue;
		give_resources(devfn);
		pci_write(devfn, COMMAND, (pci_read(devfn, COMMAND) & 0xffff) | ENABLE_ALL);
		c->devfn = devfn;
		c->irq = (uint8_t)pci_read(devfn, INTERRUPT);
		c->base = pci_read(devfn, BAR0);
		c->base &= c->base & 1 ? 0xfffcu : ~0xfu;
		ok = id == ID_E1000 ? e1000_start(c) : ne2k_start(c);
		if (!ok || !c->irq || c->irq > 15)
			continue;
		count++;
		line_open(c->irq);
	}
	return count;
}
