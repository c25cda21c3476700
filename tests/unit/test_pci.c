/* PCI configuration, windows and interrupt routing, the 440FX, PIIX3 and PIIX4
 * as SeaBIOS and Linux use them, fw_cfg and the debug ports. Everything goes
 * through ports and memory, as a guest sees it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/bytes.h"
#include "engine/pc/board.h"
#include "engine/pc/debug_port.h"
#include "engine/pc/pc.h"

#define RAM (8u << 20)

static uint32_t in(struct board *b, uint16_t port, unsigned size)
{
	return b->core->bus->in(b->core->owner, port, size);
}

static void out(struct board *b, uint16_t port, uint32_t value, unsigned size)
{
	b->core->bus->out(b->core->owner, port, value, size);
}

static void address(struct board *b, unsigned devfn, unsigned reg)
{
	out(b, 0xcf8, 0x80000000 | devfn << 8 | (reg & 0xfc), 4);
}

static uint32_t cfg_read(struct board *b, unsigned devfn, unsigned reg, unsigned size)
{
	address(b, devfn, reg);
	return in(b, (uint16_t)(0xcfc + (reg & 3)), size);
}

static void cfg_write(struct board *b, unsigned devfn, unsigned reg, uint32_t value, unsigned size)
{
	address(b, devfn, reg);
	out(b, (uint16_t)(0xcfc + (reg & 3)), value, size);
}

static void pass(struct board *b, uint64_t ns)
{
	b->pc->idle_ns += ns;
}

/* ---- a card that notes where its windows are ---- */

static uint64_t card_at[256][PCI_BARS]; /* 0: not mapped */
static unsigned card_removed, card_written;

static void card_map(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on)
{
	assert_int_equal(on, card_at[devfn][bar] == 0);
	if (!on)
		assert_true(card_at[devfn][bar] == base);
	card_at[devfn][bar] = on ? base : 0;
}

static void card_gone(struct board *b, unsigned devfn)
{
	card_removed = devfn;
}

static void card_config(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
	card_written = offset;
}

static const struct pci_rule card_rules[] = {
	{0x40, 4, 0x12345678, 0x0000ff00, 0x000000f0, 0x01000000},
};

static const struct pci_model card = {
	.name = "card",
	.vendor = 0x10ec,
	.device = 0x8139,
	.class_code = 0x020000,
	.revision = 0x20,
	.pin = 1,
	.bar = {{PCI_BAR_IO, 0x100}, {PCI_BAR_MEM, 0x100}, {PCI_BAR_MEM64_PREFETCH, 0x20000}},
	.rules = card_rules,
	.rule_count = ARRAY_LEN(card_rules),
	.map = card_map,
	.removed = card_gone,
	.config_written = card_config,
};

static int set_up(void **state)
{
	struct board *b = board_new(RAM);

	board_reset(b);
	memset(card_at, 0, sizeof(card_at));
	card_removed = card_written = 0;
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	board_free(*state);
	return 0;
}

/* ---- configuration ---- */

static void mechanism_one(void **state)
{
	struct board *b = *state;

	out(b, 0xcfb, 1, 1); /* the type 1 probe of Linux */
	out(b, 0xcf8, 0x80000000, 4);
	assert_int_equal(in(b, 0xcf8, 4), 0x80000000);
	assert_int_equal(in(b, 0xcfc, 4), 0x12378086);
	assert_int_equal(in(b, 0xcfe, 2), 0x1237);
	assert_int_equal(in(b, 0xcfd, 1), 0x80);
	out(b, 0xcf8, 0x12, 1); /* a byte does not reach CONFADD */
	assert_int_equal(in(b, 0xcf8, 4), 0x80000000);
	assert_int_equal(cfg_read(b, 0, 0x2c, 4), 0x11001af4); /* SeaBIOS: "Running on QEMU" */
	assert_int_equal(cfg_read(b, 0, 0x08, 4), 0x06000002);
	assert_int_equal(cfg_read(b, 0x08, 0x00, 4), 0x70008086);
	assert_int_equal(cfg_read(b, 0x08, 0x0e, 1), 0x80); /* functions behind it */
	assert_int_equal(cfg_read(b, 0x0b, 0x00, 4), 0x71138086);
	assert_int_equal(cfg_read(b, 0x80, 0x00, 4), 0xffffffff); /* nobody */
	assert_int_equal(cfg_read(b, 0x80, 0x0e, 1), 0xff);
	out(b, 0xcf8, 0x80010000, 4); /* bus 1 */
	assert_int_equal(in(b, 0xcfc, 4), 0xffffffff);
	out(b, 0xcf8, 0x00000000, 4); /* not enabled */
	assert_int_equal(in(b, 0xcfc, 4), 0xffffffff);
}

static void rules_of_a_card(void **state)
{
	struct board *b = *state;

	assert_true(pci_add(b, PCI_DEVFN(5, 0), &card));
	cfg_write(b, PCI_DEVFN(5, 0), 0x40, 0xffffffff, 4);
	assert_int_equal(cfg_read(b, PCI_DEVFN(5, 0), 0x40, 4), 0x1334ff08);
	assert_int_equal(card_written, 0x40);
	cfg_write(b, PCI_DEVFN(5, 0), 0x41, 0x0000, 2);
	assert_int_equal(cfg_read(b, PCI_DEVFN(5, 0), 0x40, 4), 0x13340008);
	cfg_write(b, PCI_DEVFN(5, 0), 0x00, 0, 4);
	assert_int_equal(cfg_read(b, PCI_DEVFN(5, 0), 0x00, 4), 0x813910ec);
	cfg_write(b, PCI_DEVFN(5, 0), 0x3c, 0x0b, 1);
	assert_int_equal(cfg_read(b, PCI_DEVFN(5, 0), 0x3c, 2), 0x010b);
	assert_null(pci_validate(b));
	b->pc->pci.fn[b->pc->pci.count - 1].config[0] ^= 1;
	assert_non_null(pci_validate(b));
	b->pc->pci.fn[b->pc->pci.count - 1].config[0] ^= 1;
}

/* The size that a write of all ones shows, as SeaBIOS computes it. */
static uint32_t bar_size(struct board *b, unsigned devfn, unsigned reg, uint32_t flags)
{
	uint32_t old = cfg_read(b, devfn, reg, 4), v;

	cfg_write(b, devfn, reg, 0xffffffff, 4);
	v = cfg_read(b, devfn, reg, 4);
	cfg_write(b, devfn, reg, old, 4);
	return ~(v & ~flags) + 1;
}

static void bar_sizing(void **state)
{
	struct board *b = *state;
	unsigned d = PCI_DEVFN(5, 0);

	pci_add(b, d, &card);
	assert_int_equal(cfg_read(b, d, 0x10, 4), 1);
	assert_int_equal(cfg_read(b, d, 0x14, 4), 0);
	assert_int_equal(cfg_read(b, d, 0x18, 4), 0xc);
	cfg_write(b, d, PCI_COMMAND, 3, 2); /* even with decoding on, sizing maps nothing odd */
	assert_int_equal(bar_size(b, d, 0x10, 3), 0x100);
	assert_int_equal(bar_size(b, d, 0x14, 15), 0x100);
	assert_int_equal(bar_size(b, d, 0x18, 15), 0x20000);
	cfg_write(b, d, 0x1c, 0xffffffff, 4);
	assert_int_equal(cfg_read(b, d, 0x1c, 4), 0xffffffff);
	assert_int_equal(bar_size(b, d, 0x20, 15), 0); /* none */
	assert_int_equal(bar_size(b, d, 0x30, 0x7ff), 0);
}

static void command_gates_windows(void **state)
{
	struct board *b = *state;
	unsigned d = PCI_DEVFN(5, 0);

	pci_add(b, d, &card);
	cfg_write(b, d, 0x10, 0xc000, 4);
	cfg_write(b, d, 0x14, 0xfebf1100, 4);
	assert_int_equal(card_at[d][0] | card_at[d][1], 0);
	cfg_write(b, d, PCI_COMMAND, PCI_COMMAND_IO, 2);
	assert_int_equal(card_at[d][0], 0xc000);
	assert_int_equal(card_at[d][1], 0);
	assert_false(pci_bus_master(b, d));
	cfg_write(b, d, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 1);
	assert_int_equal(card_at[d][1], 0xfebf1100);
	assert_true(pci_bus_master(b, d));
	cfg_write(b, d, 0x11, 0xc1, 1); /* a byte of the register moves it */
	assert_int_equal(card_at[d][0], 0xc100);
	cfg_write(b, d, 0x14, RAM - 0x1000, 4); /* memory belongs to the host bridge */
	assert_int_equal(card_at[d][1], 0);
	cfg_write(b, d, 0x14, 0xfee00000, 4); /* and so do the APICs */
	assert_int_equal(card_at[d][1], 0);
	cfg_write(b, d, 0x1c, 1, 4); /* the 64-bit window at 4 GiB */
	assert_true(card_at[d][2] == 1ull << 32);
	cfg_write(b, d, PCI_COMMAND, 0, 2);
	assert_int_equal(card_at[d][0] | card_at[d][2], 0);
}

static void overlapping_windows(void **state)
{
	struct board *b = *state;
	unsigned d5 = PCI_DEVFN(5, 0), d6 = PCI_DEVFN(6, 0);

	pci_add(b, d6, &card);
	pci_add(b, d5, &card);
	cfg_write(b, d6, 0x10, 0xc000, 4);
	cfg_write(b, d6, PCI_COMMAND, 1, 2);
	cfg_write(b, d5, PCI_COMMAND, 1, 2);
	assert_int_equal(card_at[d6][0], 0xc000);
	cfg_write(b, d5, 0x10, 0xc000, 4); /* the lower slot wins, whoever came first */
	assert_int_equal(card_at[d5][0], 0xc000);
	assert_int_equal(card_at[d6][0], 0);
	cfg_write(b, d5, 0x10, 0xc200, 4);
	assert_int_equal(card_at[d5][0], 0xc200);
	assert_int_equal(card_at[d6][0], 0xc000);
	board_reset(b);
	assert_int_equal(card_at[d5][0] | card_at[d6][0], 0);
	assert_int_equal(cfg_read(b, d5, 0x10, 4), 1);
}

static void loaded_value_is_mapped_again(void **state)
{
	struct board *b = *state;
	static struct pci saved;
	unsigned d = PCI_DEVFN(5, 0);

	pci_add(b, d, &card);
	cfg_write(b, d, 0x10, 0xc000, 4);
	cfg_write(b, d, PCI_COMMAND, 1, 2);
	cfg_write(b, 0, 0x59, 0x30, 1);
	saved = b->pc->pci;
	board_reset(b);
	assert_int_equal(card_at[d][0], 0);
	b->pc->pci = saved;
	assert_null(pci_validate(b));
	pci_restore(b);
	assert_int_equal(card_at[d][0], 0xc000);
	assert_int_equal(b->mem.pam_read[0x30], 1);
}

static void expansion_rom(void **state)
{
	struct board *b = *state;
	uint8_t image[5000] = {0x55, 0xaa, 10};
	unsigned d = PCI_DEVFN(7, 0);

	image[4999] = 0x77;
	pci_add(b, d, &card);
	pci_set_rom(b, d, image, sizeof(image));
	cfg_write(b, d, 0x30, 0xfffffffe, 4); /* as SeaBIOS sizes it */
	assert_int_equal(cfg_read(b, d, 0x30, 4), 0xffffe000);
	cfg_write(b, d, 0x30, 0xfeb00001, 4);
	assert_int_equal(mem_read(&b->mem, 0xfeb00000, 2), 0xffff);
	cfg_write(b, d, PCI_COMMAND, PCI_COMMAND_MEMORY, 2);
	assert_int_equal(mem_read(&b->mem, 0xfeb00000, 4), 0x000aaa55);
	assert_int_equal(mem_read(&b->mem, 0xfeb00000 + 4999, 2), 0xff77);
	mem_write(&b->mem, 0xfeb00000, 0, 2);
	assert_int_equal(mem_read(&b->mem, 0xfeb00000, 2), 0xaa55);
	cfg_write(b, d, 0x30, 0xfeb00000, 4);
	assert_int_equal(mem_read(&b->mem, 0xfeb00000, 2), 0xffff);
}

/* ---- 440FX ---- */

static void shadow_ram(void **state)
{
	struct board *b = *state;
	uint8_t bios[65536];

	memset(bios, 0xf1, sizeof(bios));
	mem_set_bios(&b->mem, bios, sizeof(bios));
	mem_write(&b->mem, 0xf0000, 0x11, 1); /* lost: ROM */
	assert_int_equal(mem_read(&b->mem, 0xf0000, 1), 0xf1);
	cfg_write(b, 0, 0x59, 0x20, 1); /* write-only: copy under the ROM */
	mem_write(&b->mem, 0xf0000, 0x22, 1);
	assert_int_equal(mem_read(&b->mem, 0xf0000, 1), 0xf1);
	cfg_write(b, 0, 0x59, 0x10, 1); /* read-only shadow */
	mem_write(&b->mem, 0xf0000, 0x33, 1);
	assert_int_equal(mem_read(&b->mem, 0xf0000, 1), 0x22);
	cfg_write(b, 0, 0x58, 0x33333000, 4); /* SeaBIOS writes doublewords */
	mem_write(&b->mem, 0xcc000, 0x44, 1); /* PAM2 high nibble */
	assert_int_equal(mem_read(&b->mem, 0xcc000, 1), 0x44);
	mem_write(&b->mem, 0xd0000, 0x55, 1); /* PAM3 is closed still */
	assert_int_not_equal(mem_read(&b->mem, 0xd0000, 1), 0x55);
	cfg_write(b, 0, 0x5f, 0x30, 1); /* only EC000 */
	mem_write(&b->mem, 0xec000, 0x66, 1);
	assert_int_equal(mem_read(&b->mem, 0xec000, 1), 0x66);
	assert_int_equal(b->mem.pam_read[0x2b], 0);
	cfg_write(b, 0, 0x72, 0x7a, 1); /* SMRAM: D_LCK closes D_OPEN for good */
	assert_int_equal(cfg_read(b, 0, 0x72, 1), 0x3a);
	cfg_write(b, 0, 0x72, 0x4a, 1);
	assert_int_equal(cfg_read(b, 0, 0x72, 1), 0x1a);
	board_reset(b);
	assert_int_equal(cfg_read(b, 0, 0x72, 1), 0x02);
	assert_int_equal(mem_read(&b->mem, 0xf0000, 1), 0xf1);
}

/* ---- interrupts ---- */

static void pirq_routing(void **state)
{
	struct board *b = *state;
	struct pci *pci = &b->pc->pci;
	static const uint8_t irqs[4] = {10, 10, 11, 11}; /* SeaBIOS's table */
	unsigned d3 = PCI_DEVFN(3, 0), d4 = PCI_DEVFN(4, 0), d7 = PCI_DEVFN(7, 0);

	pci_add(b, d3, &card);
	pci_add(b, d4, &card);
	pci_add(b, d7, &card);
	pci_set_irq(b, d3, true); /* not routed yet */
	assert_int_equal(pci->irq_lines, 0);
	assert_int_equal(cfg_read(b, 0x08, 0x60, 4), 0x80808080);
	for (unsigned n = 0; n < 4; n++)
		cfg_write(b, 0x08, 0x60 + n, irqs[n], 1);
	assert_int_equal(pci->irq_lines, 1 << 11); /* slot 3 INTA is LNKC */
	pci_set_irq(b, d4, true);                  /* LNKD */
	pci_set_irq(b, d3, false);
	assert_int_equal(pci->irq_lines, 1 << 11); /* shared */
	pci_set_irq(b, d4, false);
	assert_int_equal(pci->irq_lines, 0);
	cfg_write(b, 0x08, 0x62, 5, 1); /* LNKC moves while slot 7 (LNKC too) holds it */
	pci_set_irq(b, d7, true);
	assert_int_equal(pci->irq_lines, 1 << 5);
	cfg_write(b, 0x08, 0x62, 0x8b, 1);
	assert_int_equal(pci->irq_lines, 0);
	cfg_write(b, 0x08, 0x62, 0x02, 1); /* reserved */
	assert_int_equal(pci->irq_lines, 0);
	cfg_write(b, 0x08, 0x62, 0x0b, 1);
	assert_int_equal(cfg_read(b, d7, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, PCI_STATUS_INTERRUPT);
	cfg_write(b, d7, PCI_COMMAND, PCI_COMMAND_INTX_DISABLE, 2);
	assert_int_equal(pci->irq_lines, 0);
	assert_int_equal(cfg_read(b, d7, PCI_STATUS, 2) & PCI_STATUS_INTERRUPT, PCI_STATUS_INTERRUPT);
	cfg_write(b, d7, PCI_COMMAND, 0, 2);
	assert_int_equal(pci->irq_lines, 1 << 11);
	pci_remove(b, d7);
	assert_int_equal(pci->irq_lines, 0);
}

/* ---- power management ---- */

#define PM 0xb000

static void pm_init(struct board *b)
{
	cfg_write(b, 0x0b, 0x40, PM | 1, 4); /* as SeaBIOS does */
	cfg_write(b, 0x0b, 0x80, 1, 1);
	cfg_write(b, 0x0b, 0x90, (PM + 0x100) | 1, 4);
	cfg_write(b, 0x0b, 0xd2, 9, 1);
}

static void pm_timer(void **state)
{
	struct board *b = *state;
	uint32_t t0;

	assert_int_equal(in(b, PM + 8, 4), 0xffffffff);
	assert_int_equal(cfg_read(b, 0x0b, 0x58, 4) >> 25 & 1, 1); /* APMC_EN: no SMM trap */
	pm_init(b);
	t0 = in(b, PM + 8, 4);
	pass(b, 1000000000);
	assert_int_equal((in(b, PM + 8, 4) - t0) & 0xffffff, 3579545);
	assert_int_equal(in(b, PM, 2) & 1, 0);
	pass(b, 1343500000); /* bit 23 changes at 2.343480 s */
	assert_int_equal(in(b, PM, 2) & 1, 1);
	assert_int_equal(in(b, PM + 8, 4) >> 24, 0);
	out(b, PM, 1, 2);
	assert_int_equal(in(b, PM, 2) & 1, 0);

	out(b, 0xb2, 0xf1, 1); /* ACPI_ENABLE */
	assert_int_equal(in(b, PM + 4, 2), 1);
	out(b, PM + 2, 1, 2); /* TMROF_EN */
	assert_true(b->pc->due[TIMER_PM] > board_now(b));
	pass(b, b->pc->due[TIMER_PM] - board_now(b) - 1);
	assert_int_equal(in(b, PM, 2) & 1, 0);
	pass(b, 1);
	b->pc->due[TIMER_PM] = TIME_NEVER;
	acpi_pm_timer(b, 0);
	assert_int_equal(in(b, PM + 8, 4), 0); /* exactly at the wrap */
	assert_int_equal(b->pc->pci.irq_lines, 1 << 9);
	out(b, PM, 1, 2);
	assert_int_equal(b->pc->pci.irq_lines, 0);
	assert_true(b->pc->due[TIMER_PM] != TIME_NEVER);
	assert_null(acpi_pm_validate(b));
}

static void soft_off(void **state)
{
	struct board *b = *state;

	pm_init(b);
	out(b, PM + 4, 1 << 13 | 5 << 10, 2); /* not a sleep state here */
	assert_int_equal(b->pc->state, BOARD_RUNNING);
	out(b, PM + 4, 0x2000, 2);
	assert_int_equal(b->pc->state, BOARD_POWERED_OFF);
	assert_int_equal(in(b, PM + 4, 2) & 0x2000, 0);
}

static void power_button(void **state)
{
	struct board *b = *state;

	pm_init(b);
	out(b, PM, 0x0100 << 16 | 0xffff, 4); /* PWRBTN_EN */
	acpi_pm_power_button(b);
	assert_int_equal(b->pc->pci.irq_lines, 0); /* SCI_EN is off */
	out(b, 0xb2, 0xf1, 1);
	assert_int_equal(b->pc->pci.irq_lines, 1 << 9);
	assert_int_equal(in(b, PM, 4), 0x01000100);
	out(b, PM + 1, 1, 1);
	assert_int_equal(b->pc->pci.irq_lines, 0);
	board_reset(b);
	assert_int_equal(in(b, PM, 4), 0xffffffff);
}

static void smbus_is_empty(void **state)
{
	struct board *b = *state;

	pm_init(b);
	assert_int_equal(in(b, PM + 0x100, 1), 0);
	out(b, PM + 0x104, 0xa1, 1);
	out(b, PM + 0x102, 0x48, 1);               /* byte data, start */
	assert_int_equal(in(b, PM + 0x100, 1), 4); /* i2c-piix4: "no response" */
	out(b, PM + 0x100, 4, 1);
	assert_int_equal(in(b, PM + 0x100, 1), 0);
	assert_int_equal(in(b, PM + 0x102, 1), 0x08);
}

/* A card comes and goes as acpiphp and the firmware's DSDT handle it. */
static void hotplug(void **state)
{
	struct board *b = *state;
	unsigned d = PCI_DEVFN(4, 0);

	pm_init(b);
	out(b, 0xb2, 0xf1, 1);
	out(b, 0xafe2, 2, 1);                            /* GPE 1 */
	assert_int_equal(in(b, 0xae0c, 4) & 0x1f, 0x18); /* slots 0..2 stay */
	assert_int_equal(in(b, 0xae00, 4) & 1 << 4, 0);
	pci_add(b, d, &card);
	acpi_pm_hotplug(b, 4, true);
	assert_int_equal(b->pc->pci.irq_lines, 1 << 9);
	assert_int_equal(in(b, 0xafe0, 1), 2);
	out(b, 0xafe0, 2, 1);
	assert_int_equal(b->pc->pci.irq_lines, 0);
	assert_int_equal(in(b, 0xae00, 4) & 1 << 4, 1 << 4);
	assert_int_equal(in(b, 0xae04, 4), 0);

	acpi_pm_hotplug(b, 4, false);
	assert_int_equal(in(b, 0xafe0, 1), 2);
	assert_int_equal(in(b, 0xae04, 4), 1 << 4);
	assert_int_equal(cfg_read(b, d, 0, 4), 0x813910ec);
	out(b, 0xae08, 1 << 4, 4);
	assert_int_equal(cfg_read(b, d, 0, 4), 0xffffffff);
	assert_int_equal(card_removed, d);
	assert_int_equal(in(b, 0xae04, 4), 0);
	out(b, 0xae08, 1 << 1, 4); /* the chip set is not removable */
	assert_int_equal(cfg_read(b, 0x08, 0, 4), 0x70008086);
}

/* ---- fw_cfg ---- */

static void fw_dma(struct board *b, uint32_t control, uint32_t length, uint64_t addr)
{
	uint8_t access[16];

	put_be32(access, control);
	put_be32(access + 4, length);
	put_be64(access + 8, addr);
	mem_dma_write(&b->mem, 0x7000, access, sizeof(access));
	out(b, 0x518, __builtin_bswap32(0x7000), 4);
}

static uint32_t fw_status(struct board *b)
{
	uint8_t status[4];

	mem_dma_read(&b->mem, 0x7000, status, sizeof(status));
	return get_be32(status);
}

static void fw_cfg_ports(void **state)
{
	struct board *b = *state;
	uint64_t ram = 0;

	out(b, 0x510, 0, 2);
	for (unsigned n = 0; n < 4; n++)
		assert_int_equal(in(b, 0x511, 1), "QEMU"[n]);
	assert_int_equal(in(b, 0x511, 1), 0); /* behind the end */
	out(b, 0x510, 3, 2);
	for (unsigned n = 0; n < 8; n++)
		ram |= (uint64_t)in(b, 0x511, 1) << 8 * n;
	assert_int_equal(ram, RAM);
	out(b, 0x510, 5, 2);
	assert_int_equal(in(b, 0x511, 1), 1);
	out(b, 0x510, 0x8002, 2); /* IRQ 0 override for the MADT */
	assert_int_equal(in(b, 0x511, 1), 1);
	out(b, 0x510, 0x8000, 2); /* no ACPI tables from outside */
	assert_int_equal(in(b, 0x511, 1), 0);
	assert_int_equal(in(b, 0x514, 4), 0x554d4551); /* "QEMU" */
	assert_int_equal(in(b, 0x518, 4), 0x47464320); /* " CFG" */
}

/* Finds a file as SeaBIOS does; its key, 0 if absent. */
static uint16_t fw_find(struct board *b, const char *name, uint32_t *size)
{
	uint8_t entry[64];
	uint32_t count;

	fw_dma(b, 0x19 << 16 | 8 | 2, 4, 0x8000);
	mem_dma_read(&b->mem, 0x8000, entry, 4);
	count = get_be32(entry);
	assert_true(count && count <= FW_CFG_MAX_FILES);
	while (count--) {
		fw_dma(b, 2, sizeof(entry), 0x8000); /* the directory goes on */
		mem_dma_read(&b->mem, 0x8000, entry, sizeof(entry));
		if (!strcmp((char *)entry + 8, name)) {
			*size = get_be32(entry);
			return get_be16(entry + 4);
		}
	}
	return 0;
}

static void fw_cfg_files_by_dma(void **state)
{
	struct board *b = *state;
	uint8_t data[6000], back[6010];
	uint16_t key;
	uint32_t size = 0;

	for (unsigned n = 0; n < sizeof(data); n++)
		data[n] = (uint8_t)(n * 7 + 1);
	assert_true(fw_cfg_add_file(b, "genroms/test.bin", data, sizeof(data)));
	assert_true(fw_cfg_add_file(b, "bootorder", "x", 2));
	assert_false(fw_cfg_add_file(b, "", "x", 1));
	key = fw_find(b, "genroms/test.bin", &size);
	assert_true(key >= 0x20);
	assert_int_equal(size, sizeof(data));
	mem_write(&b->mem, 0x20000 + 6005, 0x99, 1);
	fw_dma(b, (uint32_t)key << 16 | 8 | 2, 6010, 0x20000);
	assert_int_equal(fw_status(b), 0);
	mem_dma_read(&b->mem, 0x20000, back, sizeof(back));
	assert_memory_equal(back, data, sizeof(data));
	assert_int_equal(back[6005], 0);                /* zeros behind the end */
	fw_dma(b, (uint32_t)key << 16 | 8 | 4, 100, 0); /* skip */
	fw_dma(b, 2, 2, 0x8000);
	assert_int_equal(mem_read(&b->mem, 0x8000, 1), data[100]);
	assert_int_equal(in(b, 0x511, 1), data[102]);
	fw_dma(b, (uint32_t)key << 16 | 8 | 16, 1, 0x8000); /* write */
	assert_int_equal(fw_status(b), 1);
	fw_dma(b, (uint32_t)key << 16 | 8 | 4, 0xffffffff, 0);
	assert_int_equal(in(b, 0x511, 1), 0);
	fw_dma(b, (uint32_t)key << 16 | 8 | 2, 0xffffffff, 0xfffffffffffff000); /* nowhere */
	assert_int_equal(fw_status(b), 0);
	assert_int_equal(fw_find(b, "etc/table-loader", &size), 0); /* SeaBIOS builds ACPI itself */
	assert_int_not_equal(fw_find(b, "etc/system-states", &size), 0);
	assert_null(fw_cfg_validate(b));
}

/* ---- debug ports ---- */

static unsigned heard_unit;
static uint8_t heard_byte;

static void hear(void *opaque, unsigned unit, uint8_t byte)
{
	heard_unit = unit;
	heard_byte = byte;
}

static void debug_ports(void **state)
{
	struct board *b = *state;

	out(b, 0xe9, 'x', 1); /* nobody listens */
	b->host.byte_out = hear;
	assert_int_equal(in(b, 0x402, 1), 0xe9);
	assert_int_equal(in(b, 0xe9, 1), 0xe9);
	out(b, 0x402, 'S', 1);
	assert_int_equal(heard_unit, 0x402);
	assert_int_equal(heard_byte, 'S');
	out(b, 0xe9, 'B', 1);
	assert_int_equal(heard_unit, 0xe9);
	debug_port_set_exit(b, 0xf4);
	assert_int_equal(b->pc->state, BOARD_RUNNING);
	out(b, 0xf4, 21, 4);
	assert_int_equal(b->pc->state, BOARD_EXITED);
	assert_int_equal(b->pc->exit_status, 43);
	b->host.byte_out = NULL;
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		TEST(mechanism_one), TEST(rules_of_a_card), TEST(bar_sizing), TEST(command_gates_windows),
		TEST(overlapping_windows), TEST(loaded_value_is_mapped_again), TEST(expansion_rom), TEST(shadow_ram),
		TEST(pirq_routing), TEST(pm_timer), TEST(soft_off), TEST(power_button), TEST(smbus_is_empty),
		TEST(hotplug), TEST(fw_cfg_ports), TEST(fw_cfg_files_by_dma), TEST(debug_ports),
	};
	/* clang-format on */

	return cmocka_run_group_tests_name("pci", tests, NULL, NULL);
}
