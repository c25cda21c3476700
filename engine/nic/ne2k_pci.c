/* Realtek RTL8029AS: an NE2000 on PCI. 32 ports: the DP8390's registers, the
 * data port, the reset port; page 3 has the card's own registers (RTL8029AS data
 * sheet). It knows nothing of its cable. */
#include <string.h>

#include "engine/nic/dp8390.h"
#include "engine/nic/nic.h"

enum {
	BAR_SIZE = 0x100, /* as QEMU's; the chip decodes the first 32 */
	PORT_REGS = 0x00,
	PORT_DATA = 0x10,
	PORT_RESET = 0x18,
	P0_8029ID0 = 0x0a,
	P0_8029ID1 = 0x0b,
	P3_9346CR = 0x01,
	P3_CONFIG0 = 0x03,
	P3_CONFIG2 = 0x05,
	P3_CONFIG3 = 0x06,
	P3_8029ASID0 = 0x0e,
	P3_8029ASID1 = 0x0f,
	EEM = 0xc0, /* 9346CR: 11 unlocks the configuration registers */
	CONFIG2_BITS = 0xe0,
	CONFIG3_BITS = 0x46,
};

struct ne2k_pci {
	struct dp8390 chip;
	uint8_t cr9346, config2, config3;
	uint8_t pad[5];
};
_Static_assert(sizeof(struct ne2k_pci) == sizeof(struct dp8390) + 8, "no implicit padding");
_Static_assert(sizeof(struct ne2k_pci) <= PC_NIC_BYTES, "fits its slot");

static void set_irq(struct board *b, unsigned slot, bool level)
{
	pci_set_irq(b, NIC_DEVFN(slot), level);
}

static struct dp8390_card card(struct board *b, unsigned slot)
{
	struct ne2k_pci *s = nic_state(b, slot);

	return (struct dp8390_card){b, slot, &s->chip, set_irq};
}

/* ---- ports ---- */

static uint8_t page3_read(const struct ne2k_pci *s, unsigned reg)
{
	switch (reg) {
	case P3_9346CR: return s->cr9346;
	case P3_CONFIG2: return s->config2;
	case P3_CONFIG3: return s->config3;
	case P3_8029ASID0: return 0x29;
	case P3_8029ASID1: return 0x80;
	default: return 0;
	}
}

static void page3_write(struct ne2k_pci *s, unsigned reg, uint8_t value)
{
	bool unlocked = (s->cr9346 & EEM) == EEM;

	if (reg == P3_9346CR)
		s->cr9346 = value & 0xce;
	else if (reg == P3_CONFIG2 && unlocked)
		s->config2 = (uint8_t)((s->config2 & ~CONFIG2_BITS) | (value & CONFIG2_BITS));
	else if (reg == P3_CONFIG3 && unlocked)
		s->config3 = (uint8_t)((s->config3 & ~CONFIG3_BITS) | (value & CONFIG3_BITS));
}

static uint32_t regs_in(struct board *b, unsigned slot, uint16_t port, unsigned size)
{
	struct ne2k_pci *s = nic_state(b, slot);
	struct dp8390_card c = card(b, slot);
	unsigned reg = port & 15, page = dp8390_page(&s->chip);

	if (page == 0 && reg == P0_8029ID0)
		return 0x50;
	if (page == 0 && reg == P0_8029ID1)
		return 0x43;
	return page == 3 && reg ? page3_read(s, reg) : dp8390_read(&c, reg);
}

static void regs_out(struct board *b, unsigned slot, uint16_t port, uint32_t value, unsigned size)
{
	struct ne2k_pci *s = nic_state(b, slot);
	struct dp8390_card c = card(b, slot);
	unsigned reg = port & 15;

	if (dp8390_page(&s->chip) == 3 && reg)
		page3_write(s, reg, (uint8_t)value);
	else
		dp8390_write(&c, reg, (uint8_t)value);
}

static uint32_t data_in(struct board *b, unsigned slot, uint16_t port, unsigned size)
{
	struct dp8390_card c = card(b, slot);

	return dp8390_data_read(&c, size);
}

static void data_out(struct board *b, unsigned slot, uint16_t port, uint32_t value, unsigned size)
{
	struct dp8390_card c = card(b, slot);

	dp8390_data_write(&c, value, size);
}

/* Reading the reset port resets; drivers then write back what they read. */
static uint32_t reset_in(struct board *b, unsigned slot, uint16_t port, unsigned size)
{
	struct dp8390_card c = card(b, slot);

	dp8390_reset(&c);
	return 0;
}

static void reset_out(struct board *b, unsigned slot, uint16_t port, uint32_t value, unsigned size) {}

/* ---- the model ---- */

static void ne2k_pci_map(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on)
{
	uint8_t slot = (uint8_t)NIC_SLOT(devfn);
	const struct io_range range[] = {
		{(uint16_t)(base + PORT_REGS), 16, slot, 1, regs_in, regs_out},
		{(uint16_t)(base + PORT_DATA), 8, slot, 4, data_in, data_out},
		{(uint16_t)(base + PORT_RESET), 8, slot, 1, reset_in, reset_out},
	};

	for (unsigned n = 0; n < ARRAY_LEN(range); n++) {
		if (on)
			board_map_io(b, &range[n]);
		else
			board_unmap_io(b, slot, range[n].in, range[n].out);
	}
}

/* clang-format off */
static const struct pci_model ne2k_pci_function = {
	.name = "ne2k_pci", .vendor = 0x10ec, .device = 0x8029, .class_code = 0x020000, .pin = 1,
	.status = PCI_STATUS_DEVSEL_MEDIUM, .bar = {{PCI_BAR_IO, BAR_SIZE}}, .map = ne2k_pci_map, .removed = nic_gone,
};
/* clang-format on */

static void ne2k_pci_restore(struct board *b, unsigned slot)
{
	pci_add(b, NIC_DEVFN(slot), &ne2k_pci_function);
}

static void ne2k_pci_reset(struct board *b, unsigned slot)
{
	struct ne2k_pci *s = nic_state(b, slot);
	struct dp8390_card c = card(b, slot);

	s->cr9346 = 0;
	s->config2 = 0x40; /* 10BaseT with link test */
	s->config3 = 0x40; /* full duplex */
	dp8390_reset(&c);
}

static void ne2k_pci_attach(struct board *b, unsigned slot, const uint8_t mac[6])
{
	struct dp8390_card c = card(b, slot);

	ne2k_pci_restore(b, slot);
	dp8390_init(&c, mac);
	ne2k_pci_reset(b, slot);
}

static bool ne2k_pci_receive(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason)
{
	struct dp8390_card c = card(b, slot);

	return dp8390_receive(&c, frame, size, reason);
}

static void ne2k_pci_timer(struct board *b, unsigned slot)
{
	struct dp8390_card c = card(b, slot);

	dp8390_timer(&c);
}

static const char *ne2k_pci_validate(const struct board *b, unsigned slot)
{
	const struct ne2k_pci *s = (const void *)b->pc->nic[slot];
	static const uint8_t zeros[sizeof(s->pad)];

	return memcmp(s->pad, zeros, sizeof(zeros)) ? "ne2k_pci: bad state" : dp8390_validate(&s->chip);
}

const struct nic_model nic_ne2k_pci = {
	.name = "ne2k_pci",
	.number = 2,
	.help = "Realtek RTL8029, an NE2000 (1995, PCI, 10 Mbit/s; Linux: ne2k-pci), never shows its PC whether "
		"there is a "
		"cable",
	.rate = 10000000,
	.rom = "pxe-ne2k_pci.rom",
	.attach = ne2k_pci_attach,
	.restore = ne2k_pci_restore,
	.reset = ne2k_pci_reset,
	.receive = ne2k_pci_receive,
	.timer = ne2k_pci_timer,
	.validate = ne2k_pci_validate,
};
