/* Intel 82371SB (PIIX3) function 0, the PCI-to-ISA bridge (data sheet 290550,
 * section 2.2): configuration registers and the routing of PCI interrupts to ISA
 * lines. Its ISA side (8259, 8254, 8237, reset control) is in files of its own. */
#include "engine/pc/piix3.h"

#include "engine/base/bytes.h"
#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"

enum {
	PIRQRC = 0x60,        /* PIRQRCA..PIRQRCD */
	PIRQ_DISABLED = 0x80, /* bit 7: not routed */
	SCI_IRQ = 9,
};
/* Lines that PIRQRCx can select; 0, 1, 2, 8 and 13 are reserved (section 2.2.6). */
#define PIRQ_LINES 0xdef8u

static const struct pci_rule rules[] = {
	{0x4c, 1, 0x4d, 0xff, 0, 0},             /* IORT */
	{0x4e, 2, 0x0003, 0x1fff, 0, 0},         /* XBCS */
	{0x60, 4, 0x80808080, 0x8f8f8f8f, 0, 0}, /* PIRQRC[A:D] */
	{0x69, 1, 0x02, 0xfe, 0, 0},             /* TOM */
	{0x6a, 2, 0, 0x0080, 0x8000, 0},         /* MSTAT */
	{0x70, 1, 0x80, 0xef, 0, 0},             /* MBIRQ0 */
	{0x76, 2, 0x0c0c, 0x8f8f, 0, 0},         /* MBDMA[1:0] */
	{0x78, 2, 0x0002, 0xffff, 0, 0},         /* PCSC */
	{0x80, 1, 0, 0x7f, 0, 0},                /* APICBASE */
	{0x82, 1, 0, 0x0f, 0, 0},                /* DLC: Linux sets passive release */
	{0xa0, 1, 0x08, 0x1f, 0, 0},             /* SMICNTL */
	{0xa2, 2, 0, 0x01ff, 0, 0},              /* SMIEN */
	{0xa4, 4, 0, 0xe000fffb, 0, 0},          /* SEE */
	{0xa8, 1, 0x0f, 0xff, 0, 0},             /* FTMR */
	{0xaa, 2, 0, 0x01ff, 0, 0},              /* SMIREQ: cleared by writing 0 */
	{0xac, 1, 0, 0xff, 0, 0},                /* CTLTMR */
	{0xae, 1, 0, 0xff, 0, 0},                /* CTHTMR */
};

/* PIRQA#..PIRQD# (0..3) of a function's pin: the slots of the board rotate the
 * pins, slot 1 INTA# = PIRQA#, as the firmware's _PRT and $PIR tables say. */
static unsigned pirq_of(const struct pci_fn *fn)
{
	return ((fn->devfn >> 3) + fn->config[PCI_INTERRUPT_PIN] - 2u) & 3;
}

static uint16_t routed_lines(struct board *b)
{
	const struct pci *pci = &b->pc->pci;
	const uint8_t *config = pci_config(b, PIIX3_DEVFN);
	unsigned lines = pci->sci ? 1u << SCI_IRQ : 0;

	for (unsigned n = 0; config && n < pci->count; n++) {
		const struct pci_fn *fn = &pci->fn[n];
		uint8_t route;

		if (!fn->intx || !fn->config[PCI_INTERRUPT_PIN] ||
		    (get_le16(fn->config + PCI_COMMAND) & PCI_COMMAND_INTX_DISABLE))
			continue;
		route = config[PIRQRC + pirq_of(fn)];
		if (!(route & PIRQ_DISABLED))
			lines |= 1u << (route & 15) & PIRQ_LINES;
	}
	return (uint16_t)lines;
}

void piix3_route(struct board *b)
{
	unsigned lines = routed_lines(b), changed = lines ^ b->pc->pci.irq_lines;

	b->pc->pci.irq_lines = (uint16_t)lines;
	for (unsigned irq = 0; irq < 16; irq++)
		if (changed >> irq & 1)
			board_set_irq(b, irq, lines >> irq & 1);
}

void piix3_set_sci(struct board *b, bool level)
{
	if (b->pc->pci.sci == level)
		return;
	b->pc->pci.sci = level;
	piix3_route(b);
}

static void piix3_written(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
	if (offset < PIRQRC + 4 && offset + size > PIRQRC)
		piix3_route(b);
}

static const struct pci_model piix3_pci = {
	.name = "piix3-isa",
	.vendor = 0x8086,
	.device = 0x7000,
	.class_code = 0x060100,
	.header_type = PCI_HEADER_MULTI_FUNCTION,
	.command = PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER,
	.command_mask = 1 << 3, /* special cycle enable; the rest is fixed (section 2.2.3) */
	.status = PCI_STATUS_DEVSEL_MEDIUM,
	.rules = rules,
	.rule_count = ARRAY_LEN(rules),
	.config_written = piix3_written,
};

void piix3_attach(struct board *b)
{
	pci_add(b, PIIX3_DEVFN, &piix3_pci);
}
