/* RTL8139: the PHY's registers (data sheet section 6.21 on), auto-negotiation
 * in virtual time, link status. The partner at the other end of the cable speaks
 * what its line can of 10 and 100 Mbit/s, half and full duplex, without PAUSE. */
#include "engine/nic/rtl8139.h"

/* Real parts take seconds; a lab need not wait so long, drivers only need it to
 * take more than no time. */
#define AUTONEG_NS 1000000u

enum {
	BMCR_POWER_ON = BMCR_100 | BMCR_ANE | BMCR_FULL,
	BMCR_BITS = BMCR_100 | BMCR_ANE | BMCR_FULL,
	BMSR_FIXED = 0x7809, /* all four modes, can negotiate, has the rest of the registers */
	ANAR_POWER_ON = 0x01e1,
	ANAR_BITS = 0x2fff,
	PARTNER = 0x4001 | AN_10,
	ANER_DONE = 0x0001,  /* the partner negotiates */
	CSCR_FIXED = 0x01c0, /* heartbeat, jabber detection */
	CSCR_LINK = 0x0408,
};

/* ---- what the two ends agree on ---- */

unsigned rtl8139_speed(const struct rtl8139 *s)
{
	if (s->bmcr & BMCR_ANE)
		return (s->anar & AN_100) && !s->slow ? 100 : 10;
	return s->bmcr & BMCR_100 ? 100 : 10;
}

/* The other end detects a forced speed, if it speaks it. */
static bool agrees(const struct rtl8139 *s)
{
	if (!(s->bmcr & BMCR_ANE))
		return !s->slow || !(s->bmcr & BMCR_100);
	return s->anar & (s->slow ? AN_10 : AN_100 | AN_10);
}

uint8_t rtl8139_msr(const struct rtl8139 *s)
{
	return (uint8_t)((s->reg[RTL_MSR] & 0xc0) | (s->link ? 0 : MSR_LINKB) |
			 (rtl8139_speed(s) == 10 ? MSR_SPEED_10 : 0));
}

/* ---- link ---- */

static void set_link(struct board *b, struct rtl8139 *s, bool up)
{
	if (s->link == up)
		return;
	TRACE(b, NIC, "rtl8139 %u: link %s", s->slot, up ? "up" : "down");
	s->link = up;
	if (!up)
		s->link_was_low = 1;
	rtl8139_interrupt(b, s, ISR_PUN);
}

/* The link goes, and comes back after negotiation if there is a cable. */
static void link_restart(struct board *b, struct rtl8139 *s)
{
	set_link(b, s, false);
	rtl8139_event(b, s, RTL_EVENT_LINK, s->carrier ? board_now(b) + AUTONEG_NS : TIME_NEVER);
}

void rtl8139_link_timer(struct board *b, struct rtl8139 *s)
{
	if (s->carrier && agrees(s))
		set_link(b, s, true);
	rtl8139_tx_run(b, s); /* what waited for the end of negotiation */
}

void rtl8139_set_carrier(struct board *b, struct rtl8139 *s, bool up)
{
	if (s->carrier == up)
		return;
	s->carrier = up;
	link_restart(b, s);
	rtl8139_tx_run(b, s);
}

void rtl8139_phy_reset(struct board *b, struct rtl8139 *s)
{
	s->bmcr = BMCR_POWER_ON;
	s->anar = ANAR_POWER_ON;
	link_restart(b, s);
}

/* ---- registers ---- */

static uint16_t read_bmsr(struct rtl8139 *s)
{
	uint16_t v = BMSR_FIXED;

	if (s->link && !s->link_was_low)
		v |= BMSR_LINK;
	if (s->link && (s->bmcr & BMCR_ANE))
		v |= BMSR_DONE;
	s->link_was_low = !s->link; /* latched low until read (802.3 22.2.4.2.13) */
	return v;
}

uint16_t rtl8139_phy_read(struct rtl8139 *s, unsigned reg)
{
	bool negotiated = s->link && (s->bmcr & BMCR_ANE);

	switch (reg) {
	case RTL_BMCR: return s->bmcr;
	case RTL_BMSR: return read_bmsr(s);
	case RTL_ANAR: return s->anar;
	case RTL_ANLPAR: return negotiated ? PARTNER | (s->slow ? 0 : AN_100) : 0;
	case RTL_ANER: return negotiated ? ANER_DONE : 0;
	case RTL_CSCR: return CSCR_FIXED | (s->link ? CSCR_LINK : 0);
	default: return rtl_get16(s, reg);
	}
}

static void write_bmcr(struct board *b, struct rtl8139 *s, uint16_t value)
{
	uint16_t old = s->bmcr;

	if (value & BMCR_RESET) {
		rtl8139_phy_reset(b, s);
		return;
	}
	s->bmcr = value & BMCR_BITS;
	if ((value & BMCR_RESTART) || old != s->bmcr)
		link_restart(b, s);
}

void rtl8139_phy_write(struct board *b, struct rtl8139 *s, unsigned reg, uint16_t value)
{
	if (reg == RTL_BMCR)
		write_bmcr(b, s, value);
	else if (reg == RTL_ANAR)
		s->anar = value & ANAR_BITS;
}
