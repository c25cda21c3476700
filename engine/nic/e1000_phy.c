/* The integrated PHY (M88E1000 register set) behind MDIC: identity,
 * auto-negotiation in virtual time, link status. The partner at the other end
 * of the cable speaks every speed up to that of the cable, full and half duplex,
 * and has no PAUSE. */
#include "engine/net/link.h"
#include "engine/nic/e1000.h"

/* Auto-negotiation on copper takes seconds on a bench; a lab need not wait
 * that long, and drivers only need it to take more than no time. */
/* Real parts negotiate for seconds. Linux looks at the link once, 4 ms after it
 * brought the card up, and then every 2 s: a lab should not wait for that. */
#define AUTONEG_NS 1000000u
#define PHY_ADDRESS 1u

enum {
	ADV_10 = 0x0060,
	ADV_100 = 0x0180,
	ADV_10_FULL = 0x0040,
	ADV_100_FULL = 0x0100,
	ADV_1000 = 0x0300,
	ADV_1000_FULL = 0x0200, /* PHY_1000T_CTRL */
	PARTNER = 0x4001,       /* acknowledge, IEEE 802.3 */
	PARTNER_1000 = 0x3000,  /* both receivers well */
	PARTNER_1000_SHIFT = 2, /* from ADV_1000 to the partner's bits in PHY_1000T_STATUS */
	STATUS_FIXED = 0x7949,  /* abilities; extended status; preamble suppression */
	EXPANSION = 0x0003,     /* page received, the partner negotiates */
};

/* Value after reset and bits that can be written, by register; a register that
 * is not named keeps nothing. */
/* clang-format off */
static const struct {
	uint16_t reset, write;
} phy_regs[32] = {
	[PHY_CTRL] = {MII_AUTONEG | MII_FULL_DUPLEX | MII_SPEED_1000, 0x7dc0},
	[PHY_ID1] = {0x0141, 0}, [PHY_ID2] = {0x0c20, 0},
	[PHY_AUTONEG_ADV] = {0x0de1, 0xffff}, [7] = {0x2001, 0xffff}, [PHY_1000T_CTRL] = {0x0e00, 0xff00},
	[PHY_EXT_STATUS] = {0x3000, 0}, [PHY_PSCR] = {0x0360, 0xffff}, [PHY_IER] = {0, 0xffff},
	[PHY_EPSCR] = {0x0d60, 0xffff}, [22] = {0, 0xffff}, [23] = {0, 0xffff}, [24] = {0x4100, 0xffff},
	[25] = {0, 0xffff}, [26] = {0, 0xffff}, [27] = {0, 0xffff}, [28] = {0, 0xffff}, [29] = {0, 0xffff},
	[30] = {0, 0xffff}, [31] = {0, 0xffff},
};
/* clang-format on */

/* ---- the partner ---- */

static const char *const rates[] = {"10Mbit", "100Mbit", "1Gbit", "unlimited", NULL};
const struct option e1000_options[] = {
	{"rate", OPTION_CHOICE, .standard = "1Gbit", .choices = rates, .formerly = "speed",
	 .help = "the fastest that the other end of its cable speaks; unlimited is for measurements: it says 1 Gbit/s "
		 "and sends as fast as its driver can"},
	{.name = NULL}};
enum { SPEED_10, SPEED_100, SPEED_1000, SPEED_UNLIMITED };

static void set_partner(struct e1000 *s, unsigned speed)
{
	s->partner = PARTNER | ADV_10 | (speed >= SPEED_100 ? ADV_100 : 0);
	s->partner_1000 = speed >= SPEED_1000 ? PARTNER_1000 | ADV_1000 << PARTNER_1000_SHIFT : 0;
}

/* One of the three that set_partner() makes. */
bool e1000_partner_valid(const struct e1000 *s)
{
	const uint16_t gigabit = PARTNER_1000 | ADV_1000 << PARTNER_1000_SHIFT;

	if (s->partner == (PARTNER | ADV_10 | ADV_100))
		return s->partner_1000 == gigabit || !s->partner_1000;
	return s->partner == (PARTNER | ADV_10) && !s->partner_1000;
}

void e1000_configure(struct board *b, unsigned slot, const struct option_value *options)
{
	struct e1000 *s = nic_state(b, slot);

	set_partner(s, (unsigned)options[0].number);
	s->unlimited = options[0].number == SPEED_UNLIMITED;
}

uint64_t e1000_line_rate(const struct option_value *options)
{
	static const uint64_t bits[] = {10000000, 100000000, 1000000000, LINK_RATE_MAX};

	return bits[options[0].number];
}

/* ---- what the two ends agree on ---- */

/* A speed without negotiation: there is a link if the partner speaks it. */
static unsigned forced_speed(const struct e1000 *s)
{
	uint16_t ctrl = s->phy[PHY_CTRL];

	if (ctrl & MII_SPEED_1000)
		return s->partner_1000 ? 1000 : 0;
	if (ctrl & MII_SPEED_100)
		return s->partner & ADV_100 ? 100 : 0;
	return 10;
}

unsigned e1000_speed(const struct e1000 *s)
{
	uint16_t common = s->phy[PHY_AUTONEG_ADV] & s->partner;

	if (!(s->phy[PHY_CTRL] & MII_AUTONEG))
		return forced_speed(s);
	if ((s->phy[PHY_1000T_CTRL] & ADV_1000) << PARTNER_1000_SHIFT & s->partner_1000)
		return 1000;
	return common & ADV_100 ? 100 : common & ADV_10 ? 10 : 0;
}

bool e1000_full_duplex(const struct e1000 *s)
{
	uint16_t ctrl = s->phy[PHY_CTRL], adv = s->phy[PHY_AUTONEG_ADV];

	if (!(ctrl & MII_AUTONEG))
		return ctrl & MII_FULL_DUPLEX;
	switch (e1000_speed(s)) {
	case 1000: return s->phy[PHY_1000T_CTRL] & ADV_1000_FULL;
	case 100: return adv & ADV_100_FULL;
	default: return adv & ADV_10_FULL;
	}
}

/* ---- link ---- */

static void set_link(struct board *b, struct e1000 *s, bool up)
{
	if (s->link == up)
		return;
	TRACE(b, NIC, "e1000 %u: link %s", s->slot, up ? "up" : "down");
	s->link = up;
	if (!up)
		s->link_was_low = 1;
	s->phy[PHY_ISR] |= PHY_ISR_LINK | (up ? PHY_ISR_AUTONEG : 0);
	e1000_interrupt(b, s, ICR_LSC);
}

/* The highest speed that this end may use, bit/s; 0: none at all. */
static uint64_t own_rate(const struct e1000 *s)
{
	uint16_t ctrl = s->phy[PHY_CTRL], adv = s->phy[PHY_AUTONEG_ADV];
	bool negotiates = ctrl & MII_AUTONEG;

	if (negotiates ? s->phy[PHY_1000T_CTRL] & ADV_1000 : ctrl & MII_SPEED_1000)
		return 1000000000;
	if (negotiates ? adv & ADV_100 : ctrl & MII_SPEED_100)
		return 100000000;
	return !negotiates || (adv & ADV_10) ? 10000000 : 0;
}

/* The link goes, and comes back after negotiation if the other end is there. */
static void link_restart(struct board *b, struct e1000 *s)
{
	bool on = !(s->phy[PHY_CTRL] & MII_POWER_DOWN), can = s->carrier && on;

	nic_phy(b, s->slot, on && own_rate(s), own_rate(s));
	set_link(b, s, false);
	e1000_event(b, s, E1000_EVENT_LINK, can ? board_now(b) + AUTONEG_NS : TIME_NEVER);
}

void e1000_link_timer(struct board *b, struct e1000 *s)
{
	if (s->carrier && e1000_speed(s))
		set_link(b, s, true);
	e1000_tx_run(b, s); /* what waited for the end of negotiation */
}

/* The other end negotiates; it speaks no more than the cable can. */
void e1000_line(struct board *b, unsigned slot, uint64_t rate)
{
	set_partner(nic_state(b, slot), rate >= 1000000000 ? SPEED_1000 : rate >= 100000000 ? SPEED_100 : SPEED_10);
}

void e1000_set_carrier(struct board *b, struct e1000 *s, bool up)
{
	if (s->carrier == up)
		return;
	s->carrier = up;
	link_restart(b, s);
	e1000_tx_run(b, s);
}

void e1000_phy_reset(struct board *b, struct e1000 *s)
{
	for (unsigned n = 0; n < 32; n++)
		s->phy[n] = phy_regs[n].reset;
	s->phy[PHY_ID2] = e1000_phy_id2(b, s);
	s->link_was_low = 0;
	link_restart(b, s);
}

/* ---- registers ---- */

static uint16_t read_status(struct e1000 *s)
{
	uint16_t v = STATUS_FIXED;

	if (s->link && !s->link_was_low)
		v |= MII_LINK;
	if (s->link && (s->phy[PHY_CTRL] & MII_AUTONEG))
		v |= MII_AUTONEG_DONE;
	s->link_was_low = !s->link; /* latched low until read (802.3 22.2.4.2.13) */
	return v;
}

static uint16_t read_pssr(const struct e1000 *s)
{
	unsigned speed = e1000_speed(s);
	uint16_t v = 0;

	if (!s->link)
		return 0;
	v = PSSR_LINK | PSSR_RESOLVED | (e1000_full_duplex(s) ? PSSR_FULL_DUPLEX : 0);
	return (uint16_t)(v | (speed == 1000 ? 2u : speed == 100 ? 1u : 0u) << PSSR_SPEED_SHIFT);
}

static uint16_t phy_read(struct e1000 *s, unsigned reg)
{
	bool negotiated = s->link && (s->phy[PHY_CTRL] & MII_AUTONEG);
	uint16_t v;

	switch (reg) {
	case PHY_STATUS: return read_status(s);
	case PHY_LP_ABILITY: return negotiated ? s->partner : 0;
	case PHY_AUTONEG_EXP: return negotiated ? EXPANSION : 0;
	case PHY_1000T_STATUS: return negotiated ? s->partner_1000 : 0;
	case PHY_PSSR: return read_pssr(s);
	case PHY_ISR:
		v = s->phy[reg];
		s->phy[reg] = 0;
		return v;
	default: return s->phy[reg];
	}
}

static void write_ctrl(struct board *b, struct e1000 *s, uint16_t value)
{
	const uint16_t mode = MII_AUTONEG | MII_POWER_DOWN | MII_SPEED_1000 | MII_SPEED_100 | MII_FULL_DUPLEX;
	uint16_t old = s->phy[PHY_CTRL];

	if (value & MII_RESET) {
		/* A software reset keeps the mode that is written with it. */
		s->phy[PHY_CTRL] = value & phy_regs[PHY_CTRL].write;
		link_restart(b, s);
		return;
	}
	s->phy[PHY_CTRL] = value & phy_regs[PHY_CTRL].write;
	if ((value & MII_RESTART) || ((old ^ value) & mode))
		link_restart(b, s);
}

static void phy_write(struct board *b, struct e1000 *s, unsigned reg, uint16_t value)
{
	uint16_t mask = phy_regs[reg].write;

	if (reg == PHY_CTRL)
		write_ctrl(b, s, value);
	else
		s->phy[reg] = (uint16_t)((s->phy[reg] & ~mask) | (value & mask));
}

void e1000_mdic_write(struct board *b, struct e1000 *s, uint32_t value)
{
	unsigned op = value >> 26 & 3, reg = value >> 16 & 31;
	uint32_t v = value & ~(MDIC_READY | MDIC_ERROR);

	if ((value >> 21 & 31) != PHY_ADDRESS || (op != MDIC_OP_READ && op != MDIC_OP_WRITE))
		v |= MDIC_ERROR;
	else if (op == MDIC_OP_READ)
		v = (v & 0xffff0000) | phy_read(s, reg);
	else
		phy_write(b, s, reg, (uint16_t)value);
	s->reg[R_MDIC] = v | MDIC_READY; /* the serial transfer takes no time */
	if (value & MDIC_INT)
		e1000_interrupt(b, s, ICR_MDAC);
}
