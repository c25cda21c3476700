/* NE2000 on the ISA bus: the DP8390's registers, the data port and the reset port
 * at 32 ports from a base that jumpers choose, and an interrupt line that they
 * choose too. No bus tells a guest of it: its driver is told both (Linux: ne.io=,
 * ne.irq=), or probes. It knows nothing of its cable. */
#include <stdlib.h>
#include <string.h>

#include "engine/base/option.h"
#include "engine/nic/dp8390.h"
#include "engine/nic/nic.h"

extern const struct nic_model nic_ne2k_isa;

enum { PORT_REGS = 0x00, PORT_DATA = 0x10, PORT_RESET = 0x18, PORTS = 0x20 };

struct ne2k_isa {
	struct dp8390 chip;
	uint16_t iobase;
	uint8_t irq;
	uint8_t pad[5];
};
_Static_assert(sizeof(struct ne2k_isa) == sizeof(struct dp8390) + 8, "no implicit padding");
_Static_assert(sizeof(struct ne2k_isa) <= PC_NIC_BYTES, "fits its slot");

static void set_irq(struct board *b, unsigned slot, bool level)
{
	const struct ne2k_isa *s = nic_state(b, slot);

	board_set_irq(b, s->irq, level);
}

static struct dp8390_card card(struct board *b, unsigned slot)
{
	struct ne2k_isa *s = nic_state(b, slot);

	return (struct dp8390_card){b, slot, &s->chip, set_irq};
}

/* ---- jumpers ---- */

/* Ports that nothing else of the PC has. */
static const char *const iobases[] = {"auto",  "0x200", "0x220", "0x240", "0x260", "0x280", "0x2a0",
				      "0x2c0", "0x300", "0x320", "0x340", "0x380", NULL};
/* 3 and 4 are the serial ports', 9 is ACPI's, 12 the mouse's, 14 and 15 the disks'. */
static const char *const irqs[] = {"auto", "5", "7", "10", "11", NULL};
static const struct option ne2k_isa_options[] = {
	{"iobase", OPTION_CHOICE, .standard = "auto", .choices = iobases,
	 .help = "its first port; auto: 0x300, a second card 0x320, then 0x340, 0x280"},
	{"irq", OPTION_CHOICE, .standard = "auto", .choices = irqs,
	 .help = "its interrupt; auto: 5, a second card 7; 10 and 11 are for PCs without PCI cards"},
	{.name = NULL}};
enum { OPTION_IOBASE, OPTION_IRQ };

static const uint16_t auto_iobase[] = {0x300, 0x320, 0x340, 0x280, 0x2a0, 0x2c0, 0x240, 0x220};
static const uint8_t auto_irq[] = {5, 7, 10, 11};

/* Where a card sits. 0: there was no place. */
struct place {
	uint16_t iobase;
	uint8_t irq;
};

static bool taken(const struct place *others, unsigned count, uint16_t iobase, uint8_t irq)
{
	for (unsigned n = 0; n < count; n++)
		if ((iobase && others[n].iobase == iobase) || (irq && others[n].irq == irq))
			return true;
	return false;
}

/* What was chosen, or the first that is free beside the cards before it. */
static struct place choose(const struct option_value *options, const struct place *others, unsigned count)
{
	struct place p = {0};

	if (options[OPTION_IOBASE].number)
		p.iobase = (uint16_t)strtoul(iobases[options[OPTION_IOBASE].number], NULL, 16);
	if (options[OPTION_IRQ].number)
		p.irq = (uint8_t)strtoul(irqs[options[OPTION_IRQ].number], NULL, 10);
	for (unsigned n = 0; !p.iobase && n < ARRAY_LEN(auto_iobase); n++)
		if (!taken(others, count, auto_iobase[n], 0))
			p.iobase = auto_iobase[n];
	for (unsigned n = 0; !p.irq && n < ARRAY_LEN(auto_irq); n++)
		if (!taken(others, count, 0, auto_irq[n]))
			p.irq = auto_irq[n];
	return p;
}

static const char *ne2k_isa_fits(const struct nic_in_pc *cards, unsigned count, unsigned n)
{
	struct place place[PC_NIC_SLOTS] = {{0}};
	unsigned others = 0;
	bool pci = false;

	for (unsigned i = 0; i < count; i++)
		pci = pci || cards[i].model != &nic_ne2k_isa;
	for (unsigned i = 0; i < n; i++)
		if (cards[i].model == &nic_ne2k_isa) {
			place[others] = choose(cards[i].options, place, others);
			others++;
		}
	place[others] = choose(cards[n].options, place, others);
	if (!place[others].iobase || taken(place, others, place[others].iobase, 0))
		return "another card of this PC has its ports: give it an `iobase` of its own";
	if (!place[others].irq || taken(place, others, 0, place[others].irq))
		return "another card of this PC has its interrupt: give it an `irq` of its own";
	if (pci && place[others].irq >= 10)
		return "interrupts 10 and 11 belong to the PCI cards of this PC: expected irq 5 or 7";
	return NULL;
}

/* ---- ports ---- */

static uint32_t regs_in(struct board *b, unsigned slot, uint16_t port, unsigned size)
{
	struct dp8390_card c = card(b, slot);

	return dp8390_read(&c, port & 15);
}

static void regs_out(struct board *b, unsigned slot, uint16_t port, uint32_t value, unsigned size)
{
	struct dp8390_card c = card(b, slot);

	dp8390_write(&c, port & 15, (uint8_t)value);
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

/* The bus is 16 bits wide: a doubleword is two accesses, to the data port both. */
static void ne2k_isa_restore(struct board *b, unsigned slot)
{
	const struct ne2k_isa *s = nic_state(b, slot);
	const struct io_range range[] = {
		{s->iobase + PORT_REGS, 16, (uint8_t)slot, 1, regs_in, regs_out},
		{s->iobase + PORT_DATA, 8, (uint8_t)slot, 2, data_in, data_out},
		{s->iobase + PORT_RESET, 8, (uint8_t)slot, 1, reset_in, reset_out},
	};

	for (unsigned n = 0; n < ARRAY_LEN(range); n++)
		board_unmap_io(b, slot, range[n].in, range[n].out);
	for (unsigned n = 0; s->iobase && n < ARRAY_LEN(range); n++)
		board_map_io(b, &range[n]);
}

static void ne2k_isa_reset(struct board *b, unsigned slot)
{
	struct dp8390_card c = card(b, slot);

	dp8390_reset(&c);
}

static void ne2k_isa_attach(struct board *b, unsigned slot, const uint8_t mac[6])
{
	struct dp8390_card c = card(b, slot);

	dp8390_init(&c, mac);
}

static void ne2k_isa_configure(struct board *b, unsigned slot, const struct option_value *options)
{
	struct place place[PC_NIC_SLOTS] = {{0}}, own;
	struct ne2k_isa *s = nic_state(b, slot);
	unsigned others = 0;

	for (unsigned n = 0; n < PC_NIC_SLOTS; n++) {
		const struct ne2k_isa *other = nic_state(b, n);

		if (n != slot && b->pc->nic_model[n] == nic_ne2k_isa.number)
			place[others++] = (struct place){other->iobase, other->irq};
	}
	own = choose(options, place, others);
	s->iobase = own.iobase ? own.iobase : auto_iobase[0];
	s->irq = own.irq ? own.irq : auto_irq[0];
	ne2k_isa_restore(b, slot);
}

static bool ne2k_isa_receive(struct board *b, unsigned slot, const uint8_t *frame, size_t size, int *reason)
{
	struct dp8390_card c = card(b, slot);

	return dp8390_receive(&c, frame, size, reason);
}

static void ne2k_isa_timer(struct board *b, unsigned slot)
{
	struct dp8390_card c = card(b, slot);

	dp8390_timer(&c);
}

/* One of the lists of a module's parameter, a number for each card. */
static void add_list(const struct board *b, GString *s, const char *name, bool irq)
{
	const char *before = name;

	for (unsigned n = 0; n < PC_NIC_SLOTS; n++) {
		const struct ne2k_isa *card = (const void *)b->pc->nic[n];

		if (b->pc->nic_model[n] != nic_ne2k_isa.number)
			continue;
		g_string_append_printf(s, irq ? "%s%u" : "%s0x%x", before, irq ? card->irq : card->iobase);
		before = ",";
	}
}

/* Linux's driver takes all cards at once. The file makes it find them again. */
static void ne2k_isa_driver(const struct board *b, GString *s)
{
	g_string_append(s, "mkdir -p /etc/modprobe.d && echo options ne");
	add_list(b, s, " io=", false);
	add_list(b, s, " irq=", true);
	g_string_append(s, " >/etc/modprobe.d/ne.conf && modprobe ne\n");
}

static bool legal(const struct ne2k_isa *s)
{
	bool iobase = false, irq = false;

	for (unsigned n = 1; iobases[n]; n++)
		iobase = iobase || strtoul(iobases[n], NULL, 16) == s->iobase;
	for (unsigned n = 1; irqs[n]; n++)
		irq = irq || strtoul(irqs[n], NULL, 10) == s->irq;
	return iobase && irq;
}

static const char *ne2k_isa_validate(const struct board *b, unsigned slot)
{
	const struct ne2k_isa *s = (const void *)b->pc->nic[slot];
	static const uint8_t zeros[sizeof(s->pad)];

	if (memcmp(s->pad, zeros, sizeof(zeros)) || !nic_rest_is_zero(b, slot, sizeof(*s)) || !legal(s))
		return "ne2k_isa: jumpers that no card has";
	return dp8390_validate(&s->chip);
}

static const char *const unknown_to[] = {"debian", NULL};

const struct nic_model nic_ne2k_isa = {
	.name = "ne2k_isa",
	.number = 12,
	.help = "Novell NE2000 (1987, ISA, 10 Mbit/s; Linux: ne, in debian-i386 only), never shows its PC whether "
		"there is a cable",
	.rate = 10000000,
	.options = ne2k_isa_options,
	.attach = ne2k_isa_attach,
	.configure = ne2k_isa_configure,
	.restore = ne2k_isa_restore,
	.reset = ne2k_isa_reset,
	.receive = ne2k_isa_receive,
	.timer = ne2k_isa_timer,
	.validate = ne2k_isa_validate,
	.fits = ne2k_isa_fits,
	.driver = ne2k_isa_driver,
	.unknown_to = unknown_to,
};
