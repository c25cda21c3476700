/* Am79C970A: the transmit ring. The driver asks for it by CSR0.TDMD; unasked the
 * chip looks again after each POLLINT. One frame is one or more descriptors from
 * STP to ENP. It goes on with the next when the line is free. */
#include "engine/base/bytes.h"
#include "engine/net/drop.h"
#include "engine/net/frame.h"
#include "engine/nic/pcnet.h"

enum {
	LINE_BYTE_NS = 800, /* 10 Mbit/s */
	LINE_OVERHEAD = 24, /* preamble, FCS, gap */
	FIFO = 136,         /* bytes */
	CLOCK_NS = 30,      /* POLLINT counts bus clocks */
	POLLS = 64,
};

/* ---- polling ---- */

/* Polling serves drivers that do not demand. For one that does, the ring is
 * looked at for a while after it last touched the card (about 0.1 s), and then an
 * idle PC has nothing to wake up for. */
void pcnet_poll_arm(struct board *b, struct pcnet *s)
{
	uint64_t clocks = 0x10000u - s->csr[CSR_POLLINT];

	s->polls = POLLS;
	if (pcnet_stopped(s) || !(s->csr[0] & CSR0_TXON) || (s->csr[CSR_FEATURE] & CSR4_DPOLL))
		pcnet_event(b, s, PCNET_EVENT_POLL, TIME_NEVER);
	else if (s->due[PCNET_EVENT_POLL] == TIME_NEVER)
		pcnet_event(b, s, PCNET_EVENT_POLL, board_now(b) + clocks * CLOCK_NS);
}

void pcnet_poll(struct board *b, struct pcnet *s)
{
	unsigned left = s->demands ? s->polls - 1u : POLLS;

	pcnet_tx_run(b, s);
	if (!left || left > POLLS)
		return;
	pcnet_poll_arm(b, s);
	s->polls = (uint8_t)left;
}

/* ---- a frame leaves ---- */

/* Never nothing: a ring must come to an end. */
static uint64_t byte_ns(const struct pcnet *s)
{
	return s->unlimited ? 1 : LINE_BYTE_NS;
}

static bool held(struct board *b, struct pcnet *s)
{
	uint64_t fifo = FIFO * byte_ns(s);

	if (s->tx_free <= board_now(b) + fifo)
		return false;
	pcnet_event(b, s, PCNET_EVENT_TX, s->tx_free - fifo);
	return true;
}

static void send_frame(struct board *b, struct pcnet *s, uint8_t *frame, uint32_t size, bool fcs)
{
	uint64_t now = board_now(b), from = s->tx_free > now ? s->tx_free : now;
	int reason;

	if (!fcs && size > PCNET_FCS) /* the driver has put one there */
		size -= PCNET_FCS;
	if (fcs && (s->csr[CSR_FEATURE] & CSR4_APAD_XMT) && size < PCNET_MIN_FRAME) {
		memset(frame + size, 0, PCNET_MIN_FRAME - size);
		size = PCNET_MIN_FRAME;
	}
	s->tx_free = from + (uint64_t)((size < PCNET_MIN_FRAME ? PCNET_MIN_FRAME : size) + LINE_OVERHEAD) * byte_ns(s);
	s->csr[CSR_FEATURE] |= CSR4_TXSTRT;
	if (size < FRAME_MIN || size > FRAME_MAX)
		nic_drop(b, s->slot, frame, size < FRAME_MAX ? size : FRAME_MAX,
			 size < FRAME_MIN ? DROP_TOO_SHORT : DROP_TOO_LONG);
	else if (pcnet_loopback(s))
		pcnet_rx(b, s, frame, size, &reason);
	else
		nic_transmit(b, s->slot, frame, size);
}

/* Gives the descriptor at the ring's place back and goes on to the next. */
static void give_back(struct board *b, struct pcnet *s, struct pcnet_md *md, uint32_t status)
{
	struct pcnet_ring *r = &s->ring[PCNET_TX];

	md->flags &= ~(MD_OWN | MD_ERR | 0x1c000000u); /* MORE, ONE, DEF: no collisions here */
	md->status = status;
	if (status)
		md->flags |= MD_ERR;
	pcnet_store(b, s, PCNET_TX, md);
	r->at = pcnet_ring_next(r, r->at);
}

static void tell(struct board *b, struct pcnet *s, const struct pcnet_md *last)
{
	uint16_t ext = s->csr[CSR_EXTCTRL];

	if (!(last->flags & MD_ERR) && ((ext & CSR5_TOKINTD) || ((ext & CSR5_LTINTEN) && !(last->flags & TMD_LTINT))))
		return;
	pcnet_interrupt(b, s, CSR0_TINT);
}

/* A frame that stops in the middle: the transmitter underflows, and goes off
 * unless CSR3.DXSUFLO. */
static void underflow(struct board *b, struct pcnet *s, struct pcnet_md *md)
{
	give_back(b, s, md, TMD2_BUFF | TMD2_UFLO);
	if (!(s->csr[CSR_INTMASK] & CSR3_DXSUFLO))
		s->csr[0] &= (uint16_t)~CSR0_TXON;
	pcnet_interrupt(b, s, CSR0_TINT);
}

/* Sends the frame that starts with md, the descriptor at the ring's place. */
static void take_frame(struct board *b, struct pcnet *s, struct pcnet_md *md)
{
	struct pcnet_ring *r = &s->ring[PCNET_TX];
	bool fcs = !(s->csr[CSR_MODE] & MODE_DXMTFCS) || (md->flags & TMD_ADD_FCS);
	uint8_t frame[FRAME_MAX + MD_BCNT + 1];
	uint32_t size = 0, status;

	for (uint32_t n = 0; n < r->count; n++) {
		uint32_t bytes = pcnet_md_bytes(md);

		TRACE(b, NIC, "pcnet %u: TX descriptor %u: %08x%s%s, %u bytes at %08x", s->slot, r->at, md->flags,
		      md->flags & MD_STP ? " STP" : "", md->flags & MD_ENP ? " ENP" : "", bytes, md->buffer);
		if (size <= FRAME_MAX) {
			mem_dma_read(&b->mem, md->buffer, frame + size, bytes);
			size += bytes;
		}
		if (md->flags & MD_ENP)
			break;
		struct pcnet_md next;

		if (!pcnet_fetch(b, s, PCNET_TX, pcnet_ring_next(r, r->at), &next)) {
			nic_drop(b, s->slot, frame, size < FRAME_MAX ? size : FRAME_MAX, DROP_TOO_SHORT);
			underflow(b, s, md);
			return;
		}
		give_back(b, s, md, 0);
		*md = next;
	}
	send_frame(b, s, frame, size, fcs);
	status = s->carrier || pcnet_loopback(s) ? 0 : TMD2_LCAR;
	give_back(b, s, md, status);
	tell(b, s, md);
}

/* A descriptor without STP where a frame should start is passed over. */
void pcnet_tx_run(struct board *b, struct pcnet *s)
{
	struct pcnet_ring *r = &s->ring[PCNET_TX];
	struct pcnet_md md;

	for (uint32_t n = 0; n < r->count; n++) {
		if (pcnet_stopped(s) || !(s->csr[0] & CSR0_TXON) || !pci_bus_master(b, NIC_DEVFN(s->slot)) ||
		    held(b, s))
			return;
		s->csr[0] &= (uint16_t)~CSR0_TDMD;
		if (!pcnet_fetch(b, s, PCNET_TX, r->at, &md))
			return;
		if (md.flags & MD_STP)
			take_frame(b, s, &md);
		else
			give_back(b, s, &md, 0);
	}
}
