/* Intel 82441FX PMC, the host bridge (data sheet 290549, section 3.2): the
 * registers are kept as written; PAM selects for each part of 0xC0000-0xFFFFF
 * whether reads and writes go to RAM or to the ROMs (section 3.2.13).
 *
 * The subsystem ids 1af4:1100 are QEMU's: SeaBIOS takes this machine for one of
 * its kind only with them (fw_cfg, own ACPI tables, PCI address assignment).
 * System management mode is not offered (see acpi_pm.c): of SMRAM, D_OPEN is what
 * remains (section 3.2.22), which shows the RAM below the video window. */
#include "engine/pc/i440fx.h"

#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"

enum {
	PAM0 = 0x59, /* high nibble: 0xF0000-0xFFFFF */
	PAM1 = 0x5a, /* low nibble 0xC0000, high nibble 0xC4000; PAM2 ... */
	PAM6 = 0x5f,
	PAM_RE = 1, /* reads go to RAM */
	PAM_WE = 2, /* writes go to RAM */
	SMRAM = 0x72,
	D_OPEN = 0x40,
	D_LCK = 0x10,
	G_SMRAME = 0x08,
	/* frames of 4 KiB from 0xC0000 */
	FRAME_F0000 = 0x30,
	FRAMES_64K = 16,
	FRAMES_16K = 4,
};

static const struct pci_rule rules[] = {
	{0x50, 2, 0, 0xffff, 0, 0},              /* PMCCFG */
	{0x52, 1, 0, 0xff, 0, 0},                /* DETURBO */
	{0x53, 1, 0x80, 0xff, 0, 0},             /* DBC */
	{0x54, 1, 0, 0xff, 0, 0},                /* AXC */
	{0x55, 2, 0, 0xffff, 0, 0},              /* DRT */
	{0x57, 1, 0x01, 0xff, 0, 0},             /* DRAMC */
	{0x58, 1, 0x10, 0xff, 0, 0},             /* DRAMT */
	{0x59, 1, 0, 0x70, 0, 0},                /* PAM0 */
	{0x5a, 2, 0, 0x7777, 0, 0},              /* PAM1, 2 */
	{0x5c, 4, 0, 0x77777777, 0, 0},          /* PAM3 .. 6 */
	{0x60, 4, 0x01010101, 0xffffffff, 0, 0}, /* DRB0 .. 3 */
	{0x64, 4, 0x01010101, 0xffffffff, 0, 0}, /* DRB4 .. 7 */
	{0x68, 1, 0, 0xc0, 0, 0},                /* FDHC */
	{0x70, 1, 0, 0xf8, 0, 0},                /* MTT */
	{0x71, 1, 0x10, 0xff, 0, 0},             /* CLT */
	{SMRAM, 1, 0x02, 0x68, 0, D_LCK},
	{0x90, 1, 0, 0xff, 0, 0}, /* ERRCMD */
	{0x91, 1, 0, 0, 0x11, 0}, /* ERRSTS */
	{0x93, 1, 0, 0x0b, 0, 0}, /* TRC */
};

static void apply(struct board *b, unsigned first, unsigned count, unsigned nibble)
{
	mem_shadow(&b->mem, first, count, nibble & PAM_RE, nibble & PAM_WE);
}

static void i440fx_sync(struct board *b, unsigned devfn)
{
	const uint8_t *config = pci_config(b, devfn);

	apply(b, FRAME_F0000, FRAMES_64K, config[PAM0] >> 4);
	for (unsigned n = 0; n < 6; n++) {
		apply(b, 8 * n, FRAMES_16K, config[PAM1 + n]);
		apply(b, 8 * n + FRAMES_16K, FRAMES_16K, config[PAM1 + n] >> 4);
	}
	mem_open_smram(&b->mem, (config[SMRAM] & (D_OPEN | G_SMRAME)) == (D_OPEN | G_SMRAME));
}

static void i440fx_written(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
	uint8_t *config = pci_config(b, devfn);

	if (config[SMRAM] & D_LCK)
		config[SMRAM] &= (uint8_t)~D_OPEN; /* locked: closed until the next reset */
	if ((offset <= PAM6 && offset + size > PAM0) || (offset <= SMRAM && offset + size > SMRAM))
		i440fx_sync(b, devfn);
}

static const struct pci_model i440fx_pci = {
	.name = "i440fx",
	.vendor = 0x8086,
	.device = 0x1237,
	.revision = 0x02,
	.class_code = 0x060000,
	.command = 0x0006,
	.command_mask = PCI_COMMAND_PARITY | PCI_COMMAND_SERR,
	.status = PCI_STATUS_DEVSEL_MEDIUM | PCI_STATUS_FAST_BACK,
	.rules = rules,
	.rule_count = ARRAY_LEN(rules),
	.config_written = i440fx_written,
	.sync = i440fx_sync,
};

void i440fx_attach(struct board *b)
{
	pci_add(b, I440FX_DEVFN, &i440fx_pci);
}
