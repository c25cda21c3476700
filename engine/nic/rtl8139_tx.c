/* RTL8139: sending. In C mode four pairs of registers, TSDn and TSADn, take turns;
 * each names one buffer (data sheet sections 6.4 to 6.6). Frames leave no faster
 * than the line takes them, apart from what the FIFO holds: so the four are busy
 * under load as on hardware, and no guest can send without end at one instant. */
#include "engine/net/drop.h"
#include "engine/net/frame.h"
#include "engine/nic/rtl8139.h"

enum {
	BUFFERS = 4,
	FIFO = 2048,        /* bytes */
	LINE_OVERHEAD = 24, /* preamble, FCS, gap */
};

static uint64_t byte_ns(const struct rtl8139 *s)
{
	if (s->unlimited)
		return 1; /* never nothing: a ring must come to an end */
	return rtl8139_speed(s) == 100 ? 80 : 800;
}

bool rtl8139_tx_held(struct board *b, struct rtl8139 *s)
{
	uint64_t now = board_now(b), fifo = FIFO * byte_ns(s);

	if (s->due[RTL_EVENT_LINK] != TIME_NEVER && !rtl_loopback(s))
		return true; /* no carrier yet: goes on when negotiation is done */
	if (s->tx_free <= now + fifo)
		return false;
	rtl8139_event(b, s, RTL_EVENT_TX, s->tx_free - fifo / 2);
	return true;
}

static void occupy_line(struct board *b, struct rtl8139 *s, uint32_t size)
{
	uint64_t now = board_now(b), from = s->tx_free > now ? s->tx_free : now;

	s->tx_free = from + ((size < RTL_MIN_FRAME ? RTL_MIN_FRAME : size) + LINE_OVERHEAD) * byte_ns(s);
}

/* It takes its time, so that a ring of such frames is no endless loop. */
void rtl8139_give_up(struct board *b, struct rtl8139 *s, const uint8_t *frame, uint32_t size, int reason)
{
	occupy_line(b, s, size);
	s->tally.tx_err++;
	nic_drop(b, s->slot, frame, size < FRAME_MAX ? size : FRAME_MAX, reason);
}

void rtl8139_send(struct board *b, struct rtl8139 *s, const uint8_t *frame, uint32_t size)
{
	int reason;

	if (size < FRAME_MIN) { /* not even a header: nobody could take it */
		rtl8139_give_up(b, s, frame, size, DROP_TOO_SHORT);
		return;
	}
	occupy_line(b, s, size);
	s->tally.tx_ok++;
	if (rtl_loopback(s))
		rtl8139_rx(b, s, frame, size, &reason);
	else
		nic_transmit(b, s->slot, frame, size);
}

/* ---- C mode ---- */

static void send_buffer(struct board *b, struct rtl8139 *s, unsigned n)
{
	uint32_t tsd = rtl_get32(s, RTL_TSD0 + 4 * n), tsad = rtl_get32(s, RTL_TSAD0 + 4 * n);
	uint32_t size = tsd & TSD_SIZE;
	uint8_t frame[TSD_SIZE + 1];

	TRACE(b, NIC, "rtl8139 %u: TSD%u: %u bytes at TSAD%u = %08x", s->slot, n, size, n, tsad);
	mem_dma_read(&b->mem, tsad, frame, size);
	if ((rtl_get32(s, RTL_TCR) & TCR_CRC) && size > RTL_FCS) /* the driver has put an FCS there */
		size -= RTL_FCS;
	rtl8139_send(b, s, frame, size);
	put_le32(s->reg + RTL_TSD0 + 4 * n, tsd | TSD_OWN | TSD_TOK | (s->link ? 0 : TSD_CRS));
	rtl8139_interrupt(b, s, ISR_TOK);
}

static void buffers_run(struct board *b, struct rtl8139 *s)
{
	for (unsigned n = 0; n < BUFFERS; n++) {
		if ((rtl_get32(s, RTL_TSD0 + 4u * s->tx_turn) & TSD_OWN) || rtl8139_tx_held(b, s))
			return;
		send_buffer(b, s, s->tx_turn);
		s->tx_turn = (uint16_t)((s->tx_turn + 1) % BUFFERS);
	}
}

void rtl8139_tx_run(struct board *b, struct rtl8139 *s)
{
	if (!(s->reg[RTL_CR] & CR_TE) || !pci_bus_master(b, NIC_DEVFN(s->slot)))
		return;
	if (rtl_tx_plus(s))
		rtl8139_cplus_run(b, s);
	else
		buffers_run(b, s);
}
