/* The 82555 PHY of the 8255x cards, at address 1 behind MDI (6.3.7). As in QEMU's
 * cards its link is always there: Linux's e100 never sees a cable pulled. */
#include "engine/base/bytes.h"
#include "engine/nic/i8255x.h"

#define PHY_ADDRESS 1u

enum {
	MDI_READY = 1 << 28,
	MDI_INTERRUPT = 1 << 29,
	MDI_WRITE = 1,
	MDI_READ = 2,
	BMCR = 0,
	BMSR,
	PHYID1,
	PHYID2,
	ANAR,
	ANLPAR,
	ANER,
	PHY_STATUS = 16, /* of the 82555: speed and duplex */
	BMCR_FULL = 0x0100,
	BMCR_RESTART = 0x0200,
	BMCR_AUTONEG = 0x1000,
	BMCR_100 = 0x2000,
	BMCR_LOOPBACK = 0x4000,
	BMCR_RESET = 0x8000,
	ADV_10_FULL = 0x0040,
	ADV_100 = 0x0080,
	ADV_100_FULL = 0x0100,
	PARTNER = 0x45e1, /* all of 10 and 100, PAUSE, acknowledged */
};

static const struct {
	const char *name;
	uint16_t reset, write;
} phy_regs[32] = {
	[BMCR] = {"BMCR", BMCR_AUTONEG | BMCR_100, 0x7d80},
	[BMSR] = {"BMSR", 0x782d, 0},
	[PHYID1] = {"PHYID1", 0x02a8, 0},
	[PHYID2] = {"PHYID2", 0x0154, 0},
	[ANAR] = {"ANAR", 0x05e1, 0xffff},
	[ANLPAR] = {"ANLPAR", PARTNER, 0},
	[ANER] = {"ANER", 0x0001, 0},
	[PHY_STATUS] = {"status", 0, 0},
	[17] = {"control", 0, 0x3fff},
	[19] = {NULL, 0, 0},
	[20] = {NULL, 0, 0},
	[27] = {"special", 0, 0x0007},
};

void i8255x_phy_reset(struct i8255x *s)
{
	for (unsigned n = 0; n < 32; n++)
		s->phy[n] = phy_regs[n].reset;
}

/* Does the other end speak 100 Mbit/s? */
static bool partner_100(const struct i8255x *s)
{
	return s->rate >= 100000000 && (!s->partner || s->partner >= 100000000);
}

static bool is_100(const struct i8255x *s)
{
	if (!partner_100(s))
		return false;
	return s->phy[BMCR] & BMCR_AUTONEG ? s->phy[ANAR] & (ADV_100 | ADV_100_FULL) : s->phy[BMCR] & BMCR_100;
}

static bool is_full(const struct i8255x *s)
{
	if (!(s->phy[BMCR] & BMCR_AUTONEG))
		return s->phy[BMCR] & BMCR_FULL;
	return s->phy[ANAR] & (is_100(s) ? ADV_100_FULL : ADV_10_FULL);
}

uint64_t i8255x_line_rate(const struct i8255x *s)
{
	return is_100(s) ? s->rate : 10000000;
}

bool i8255x_phy_loopback(const struct i8255x *s)
{
	return s->phy[BMCR] & BMCR_LOOPBACK;
}

static uint16_t phy_read(const struct i8255x *s, unsigned reg)
{
	if (reg == PHY_STATUS)
		return (uint16_t)((is_100(s) ? 2 : 0) | (is_full(s) ? 1 : 0));
	if (reg == ANLPAR && !partner_100(s))
		return PARTNER & ~(ADV_100 | ADV_100_FULL | 0x0200);
	return s->phy[reg];
}

/* Reset and restart are over as soon as they are asked for. */
static void phy_write(struct i8255x *s, unsigned reg, uint16_t value)
{
	uint16_t mask = phy_regs[reg].write;

	if (reg == BMCR && (value & BMCR_RESET)) {
		i8255x_phy_reset(s);
		return;
	}
	s->phy[reg] = (uint16_t)((s->phy[reg] & ~mask) | (value & mask & ~(reg == BMCR ? BMCR_RESTART : 0)));
}

void i8255x_mdi(struct board *b, struct i8255x *s)
{
	uint32_t v = get_le32(s->csr + CSR_MDI) & ~(uint32_t)MDI_READY;
	unsigned op = v >> 26 & 3, reg = v >> 16 & 31;
	bool here = (v >> 21 & 31) == PHY_ADDRESS;

	if (op == MDI_READ)
		v = (v & 0xffff0000) | (here ? phy_read(s, reg) : 0xffffu); /* nobody pulls the line down */
	else if (op == MDI_WRITE && here)
		phy_write(s, reg, (uint16_t)v);
	TRACE(b, NIC, "i8255x %u: PHY %u %s register %u (%s): %04x", s->slot, v >> 21 & 31,
	      op == MDI_READ ? "read" : "write", reg, phy_regs[reg].name ? phy_regs[reg].name : "reserved", v & 0xffff);
	put_le32(s->csr + CSR_MDI, v | MDI_READY); /* the serial transfer takes no time */
	if (v & MDI_INTERRUPT)
		i8255x_interrupt(b, s, ACK_MDI);
}
