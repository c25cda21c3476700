/* Intel 82371AB (PIIX4) function 3, power management (data sheet 290562,
 * chapter 7): PM1 registers and PM timer (section 7.2) at the base that the
 * firmware sets, APM ports 0xB2/0xB3.
 *
 * There is no system management mode. The firmware would set it up by raising an
 * SMI and waiting for its handler; it does not if it finds APMC_EN set, so that
 * bit is set after reset, as QEMU does without SMM. What a handler would do for
 * the operating system, switching SCI_EN on a write of ACPI_ENABLE/DISABLE to
 * 0xB2, happens here. */
#include "engine/pc/acpi_pm.h"

#include <string.h>

#include "engine/base/bytes.h"
#include "engine/pc/board.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"
#include "engine/pc/piix3.h"

enum {
	/* configuration registers */
	PMBA = 0x40,
	DEVACTB = 0x58,
	PMREGMISC = 0x80,
	SMBBA = 0x90,
	SMBHSTCFG = 0xd2,
	PMIOSE = 1,     /* in PMREGMISC */
	SMB_HST_EN = 1, /* in SMBHSTCFG */
	/* ports from PMBA */
	PMSTS = 0x00,
	PMEN = 0x02,
	PMCNTRL = 0x04,
	PMTMR = 0x08,
	PM_LATCHES = 0x0c,
	PM_PORTS = 64,
	/* PMSTS and PMEN */
	TMROF = 1 << 0,
	BM_STS = 1 << 4,
	GBL = 1 << 5,
	PWRBTN = 1 << 8,
	RTC = 1 << 10,
	RSM_STS = 1 << 15,
	STS_BITS = TMROF | BM_STS | GBL | PWRBTN | RTC | RSM_STS,
	EN_BITS = TMROF | GBL | PWRBTN | RTC,
	/* PMCNTRL */
	SCI_EN = 1 << 0,
	BRLD_EN_BM = 1 << 1,
	SUS_TYP_SHIFT = 10,
	SUS_TYP = 7 << SUS_TYP_SHIFT,
	SUS_EN = 1 << 13,
	CNT_BITS = SCI_EN | BRLD_EN_BM | SUS_TYP,
	SUS_TYP_SOFF = 0, /* soft off; \_S5 of the firmware's DSDT */
	/* APM ports */
	APMC = 0xb2,
	ACPI_DISABLE = 0xf0,
	ACPI_ENABLE = 0xf1,
};
#define PMTMR_HZ 3579545u
#define PMTMR_MASK 0xffffffu /* 24 bits; TMROF_STS when bit 23 changes */
#define PMTMR_HALF 0x800000ull

/* 0x5F, 0x63 and 0x67 are where QEMU's PIIX4 says which ISA devices there are;
 * the DSDT reads them: no LPT (0x5F bit 7), COM1 (0x67 bit 3), COM2 (bit 7). */
static const struct pci_rule rules[] = {
	{PMBA, 4, 0x00000001, 0xffc0, 0, 0},
	{0x44, 4, 0, 0xffffffff, 0, 0},             /* CNTA */
	{0x48, 4, 0, 0xffffffff, 0, 0},             /* CNTB */
	{0x4c, 4, 0, 0xffffffff, 0, 0},             /* GPICTL */
	{0x50, 4, 0, 0x00ffffff, 0, 0},             /* DEVRESD */
	{0x54, 4, 0, 0xffffffff, 0, 0},             /* DEVACTA */
	{DEVACTB, 4, 0x02000000, 0xffffffff, 0, 0}, /* APMC_EN (bit 25) is set */
	{0x5c, 4, 0x10000000, 0xffffffff, 0, 0},    /* DEVRESA */
	{0x60, 4, 0x60000000, 0xffffffff, 0, 0},    /* DEVRESB */
	{0x64, 4, 0x98000000, 0xffffffff, 0, 0},    /* DEVRESC */
	{0x68, 4, 0, 0x00ffffff, 0, 0},             /* DEVRESE */
	{0x6c, 4, 0, 0xffffffff, 0, 0},             /* DEVRESF */
	{0x70, 4, 0, 0x00ffffff, 0, 0},             /* DEVRESG */
	{0x74, 4, 0, 0xffffffff, 0, 0},             /* DEVRESH */
	{0x78, 4, 0, 0xffffffff, 0, 0},             /* DEVRESI */
	{0x7c, 4, 0, 0xffffffff, 0, 0},             /* DEVRESJ */
	{PMREGMISC, 1, 0, 0x01, 0, 0},
	{SMBBA, 4, 0x00000001, 0xfff0, 0, 0},
	{SMBHSTCFG, 1, 0, 0x0f, 0, 0},
	{0xd3, 1, 0, 0xff, 0, 0},   /* SMBSLVC */
	{0xd4, 2, 0, 0xffff, 0, 0}, /* SMBSHDW1, 2 */
};

/* Latches from PM_LATCHES on that can be written; the others are status (never
 * set), inputs and the C2/C3 ports, and read as zero. By doubleword. */
static const uint32_t latch_bits[] = {
	0xffff0000, /* 0x0C: GPSTS, GPEN */
	0xffffffff, /* 0x10: PCNTRL */
	0,          /* 0x14: PLVL2, PLVL3 */
	0,          /* 0x18: GLBSTS */
	0,          /* 0x1C: DEVSTS */
	0x0000ffff, /* 0x20: GLBEN */
	0,          /* 0x24 */
	0x07ffffff, /* 0x28: GLBCTL */
	0xffffffff, /* 0x2C: DEVCTL */
	0,          /* 0x30: GPIREG */
	0xffffffff, /* 0x34: GPOREG */
	0,          0,
};
_Static_assert(sizeof(latch_bits) == sizeof(((struct acpi_pm *)NULL)->io), "one bit for each latch");

/* ---- PM timer ---- */

static uint64_t timer_ticks(struct board *b)
{
	return (uint64_t)((unsigned __int128)board_now(b) * PMTMR_HZ / 1000000000u);
}

/* The first nanosecond at which timer_ticks() is at least n. */
static uint64_t tick_time(uint64_t n)
{
	return (uint64_t)(((unsigned __int128)n * 1000000000u + PMTMR_HZ - 1) / PMTMR_HZ);
}

static void next_overflow(struct board *b)
{
	b->pc->pm.tmr_overflow = (timer_ticks(b) + PMTMR_HALF) & ~(PMTMR_HALF - 1);
}

static uint16_t current_sts(struct board *b)
{
	struct acpi_pm *pm = &b->pc->pm;

	if (timer_ticks(b) >= pm->tmr_overflow)
		pm->pm1_sts |= TMROF;
	return pm->pm1_sts;
}

void acpi_pm_update(struct board *b)
{
	struct acpi_pm *pm = &b->pc->pm;
	bool pending = (current_sts(b) & pm->pm1_en & EN_BITS) || (pm->gpe0_sts & pm->gpe0_en);
	bool on = pm->pm1_cnt & SCI_EN, armed = on && (pm->pm1_en & TMROF) && !(pm->pm1_sts & TMROF);

	board_timer_set(b, TIMER_PM, armed ? tick_time(pm->tmr_overflow) : TIME_NEVER);
	piix3_set_sci(b, (on && pending) || smbus_irq(b));
}

void acpi_pm_timer(struct board *b, unsigned unit)
{
	acpi_pm_update(b);
}

/* ---- PM1 registers ---- */

static void suspend(struct board *b, unsigned type)
{
	TRACE(b, PM, "suspend type %u", type);
	if (type == SUS_TYP_SOFF)
		board_stop(b, BOARD_POWERED_OFF);
	/* The other states are not offered (etc/system-states); nothing happens. */
}

static uint32_t pm_read(struct board *b, unsigned reg)
{
	const struct acpi_pm *pm = &b->pc->pm;

	switch (reg) {
	case PMSTS: return current_sts(b) | (uint32_t)pm->pm1_en << 16;
	case PMCNTRL: return pm->pm1_cnt;
	case PMTMR: return timer_ticks(b) & PMTMR_MASK;
	default: return get_le32(pm->io + (reg - PM_LATCHES));
	}
}

static void write_status(struct board *b, uint16_t clear)
{
	struct acpi_pm *pm = &b->pc->pm;

	if (current_sts(b) & clear & TMROF)
		next_overflow(b);
	pm->pm1_sts &= (uint16_t)~clear;
}

/* mask: the bits of value that the access carries. */
static void pm_write(struct board *b, unsigned reg, uint32_t value, uint32_t mask)
{
	struct acpi_pm *pm = &b->pc->pm;
	uint32_t can;

	value &= mask;
	switch (reg) {
	case PMSTS:
		write_status(b, value & STS_BITS);
		mask = mask >> 16 & EN_BITS;
		pm->pm1_en = (uint16_t)((pm->pm1_en & ~mask) | (value >> 16 & mask));
		break;
	case PMCNTRL:
		pm->pm1_cnt = (uint16_t)((pm->pm1_cnt & ~mask) | (value & CNT_BITS));
		if (value & SUS_EN)
			suspend(b, (pm->pm1_cnt & SUS_TYP) >> SUS_TYP_SHIFT);
		break;
	case PMTMR: return;
	default:
		can = latch_bits[(reg - PM_LATCHES) / 4] & mask;
		value = (get_le32(pm->io + (reg - PM_LATCHES)) & ~can) | (value & can);
		put_le32(pm->io + (reg - PM_LATCHES), value);
		return;
	}
	acpi_pm_update(b);
}

static unsigned pm_offset(struct board *b, uint16_t port)
{
	return (port - (get_le16(pci_config(b, ACPI_PM_DEVFN) + PMBA) & 0xffc0u)) & (PM_PORTS - 1);
}

/* Registers are doublewords here; a misaligned access is two. */
static uint32_t pm_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	unsigned at = pm_offset(b, port), shift = 8 * (at & 3);
	uint64_t v = pm_read(b, at & ~3u);

	if ((at & 3) + size > 4)
		v |= (uint64_t)(at < PM_PORTS - 4 ? pm_read(b, (at & ~3u) + 4) : UINT32_MAX) << 32;
	return (uint32_t)(v >> shift);
}

static void pm_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	unsigned at = pm_offset(b, port), shift = 8 * (at & 3);
	uint64_t v = (uint64_t)value << shift, mask = ((1ull << 8 * size) - 1) << shift;

	TRACE(b, PM, "write %02x/%u = %x", at, size, value);
	pm_write(b, at & ~3u, (uint32_t)v, (uint32_t)mask);
	if (mask >> 32 && at < PM_PORTS - 4)
		pm_write(b, (at & ~3u) + 4, (uint32_t)(v >> 32), (uint32_t)(mask >> 32));
}

/* ---- APM ports ---- */

static uint32_t apm_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return port == APMC ? b->pc->pm.apm_cnt : b->pc->pm.apm_sts;
}

static void apm_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct acpi_pm *pm = &b->pc->pm;

	if (port != APMC) {
		pm->apm_sts = (uint8_t)value;
		return;
	}
	pm->apm_cnt = (uint8_t)value;
	if (pm->apm_cnt == ACPI_ENABLE)
		pm->pm1_cnt |= SCI_EN;
	else if (pm->apm_cnt == ACPI_DISABLE)
		pm->pm1_cnt &= (uint16_t)~SCI_EN;
	acpi_pm_update(b);
}

/* ---- the PCI function ---- */

static void pm_sync(struct board *b, unsigned devfn)
{
	const uint8_t *config = pci_config(b, devfn);
	struct io_range range = {get_le16(config + PMBA) & 0xffc0u, PM_PORTS, 0, 4, pm_in, pm_out};

	board_unmap_io(b, 0, pm_in, pm_out);
	if ((config[PMREGMISC] & PMIOSE) && range.base)
		board_map_io(b, &range);
	smbus_map(b, config[SMBHSTCFG] & SMB_HST_EN ? get_le16(config + SMBBA) & 0xfff0u : 0);
}

static bool within(unsigned offset, unsigned size, unsigned reg, unsigned reg_size)
{
	return offset < reg + reg_size && offset + size > reg;
}

static void pm_config_written(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
	if (within(offset, size, PMBA, 4) || within(offset, size, PMREGMISC, 1) || within(offset, size, SMBBA, 4) ||
	    within(offset, size, SMBHSTCFG, 1)) {
		pm_sync(b, devfn);
		acpi_pm_update(b);
	}
}

static const struct pci_model acpi_pm_pci = {
	.name = "piix4-pm",
	.vendor = 0x8086,
	.device = 0x7113,
	.revision = 0x03,
	.class_code = 0x068000,
	.pin = 1,
	.command_mask = PCI_COMMAND_IO | PCI_COMMAND_MASTER,
	.status = PCI_STATUS_DEVSEL_MEDIUM | PCI_STATUS_FAST_BACK,
	.rules = rules,
	.rule_count = ARRAY_LEN(rules),
	.config_written = pm_config_written,
	.sync = pm_sync,
};

void acpi_pm_attach(struct board *b)
{
	static const struct io_range apm = {APMC, 2, 0, 1, apm_in, apm_out};

	pci_add(b, ACPI_PM_DEVFN, &acpi_pm_pci);
	board_map_io(b, &apm);
	acpi_gpe_attach(b);
}

void acpi_pm_reset(struct board *b)
{
	acpi_gpe_reset(b);
	memset(&b->pc->pm, 0, sizeof(b->pc->pm));
	next_overflow(b);
	acpi_pm_update(b);
}

const char *acpi_pm_validate(const struct board *b)
{
	const struct acpi_pm *pm = &b->pc->pm;

	if (pm->pm1_sts & ~STS_BITS || pm->pm1_en & ~EN_BITS || pm->pm1_cnt & ~CNT_BITS)
		return "ACPI PM: reserved PM1 bits are set";
	for (unsigned n = 0; n < ARRAY_LEN(latch_bits); n++)
		if (get_le32(pm->io + 4 * n) & ~latch_bits[n])
			return "ACPI PM: read-only bits are set";
	if (pm->tmr_overflow & (PMTMR_HALF - 1) || pm->smb_index >= sizeof(pm->smb_block))
		return "ACPI PM: bad timer or SMBus state";
	return pm->pad[0] || pm->pad[1] || pm->pad[2] ? "ACPI PM: padding is not zero" : NULL;
}

void acpi_pm_power_button(struct board *b)
{
	b->pc->pm.pm1_sts |= PWRBTN;
	acpi_pm_update(b);
}
