/* The 82540EM's transmit ring (8254x manual section 3.3): legacy, context and
 * data descriptors from TDH to TDT. Frames leave no faster than the line takes
 * them, apart from what its FIFO holds: so the ring fills up under load as it
 * does on hardware, and no guest can make us send without end at one instant. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/nic/e1000.h"

enum { DESCRIPTOR = 16 };
#define TX_FIFO 16384u /* bytes; PBA.TXA as reset */
/* TIDV and its like count 1.024 us (section 13.4.30). */
#define DELAY_UNIT_NS 1024u

/* A descriptor as fetched. */
struct descriptor {
	uint64_t buffer;
	uint32_t lower, upper; /* the last two doublewords */
	uint8_t cmd;
	bool context;
};

unsigned e1000_byte_ns(const struct e1000 *s)
{
	if (s->unlimited)
		return 0;
	switch (e1000_speed(s)) {
	case 10: return 800;
	case 100: return 80;
	default: return 8;
	}
}

void e1000_tx_abort(struct e1000 *s)
{
	struct e1000_tx *t = &s->tx;
	struct e1000_context context[2];

	memcpy(context, t->context, sizeof(context));
	memset(t, 0, sizeof(*t));
	memcpy(t->context, context, sizeof(context));
}

/* The frame is done: no trace of it stays. */
static void tx_next_frame(struct e1000_tx *t)
{
	uint32_t used = t->size + 8;

	if (used < E1000_MIN_FRAME)
		used = E1000_MIN_FRAME;
	memset(t->data, 0, used < sizeof(t->data) ? used : sizeof(t->data));
	memset(t->header, 0, sizeof(t->header));
	t->size = 0;
	t->sent = 0;
	t->segments = 0;
	t->tci = 0;
	t->started = 0;
	t->segmenting = 0;
	t->tagged = 0;
	t->popts = 0;
	t->oversize = 0;
	t->css = 0;
	t->fcs = 0;
}

/* ---- one descriptor ---- */

static void take_context(struct e1000 *s, const struct descriptor *d)
{
	bool tse = d->cmd & TXD_TSE;
	struct e1000_context *c = &s->tx.context[tse];

	c->ipcss = (uint8_t)d->buffer;
	c->ipcso = (uint8_t)(d->buffer >> 8);
	c->ipcse = (uint16_t)(d->buffer >> 16);
	c->tucss = (uint8_t)(d->buffer >> 32);
	c->tucso = (uint8_t)(d->buffer >> 40);
	c->tucse = (uint16_t)(d->buffer >> 48);
	c->paylen = d->lower & 0xfffff;
	c->cmd = d->cmd;
	c->hdrlen = (uint8_t)(d->upper >> 8);
	c->mss = (uint16_t)(d->upper >> 16);
	if (tse)
		e1000_count(s, TSCTC);
}

/* Tag and FCS: said by the first data descriptor of a segmentation, by the last
 * descriptor of any other frame (section 3.3.7.1). */
static void take_framing(struct e1000_tx *t, const struct descriptor *d)
{
	t->tagged = d->cmd & TXD_VLE ? 1 : 0;
	t->tci = t->tagged ? (uint16_t)(d->upper >> 16) : 0;
	t->fcs = t->segmenting || (d->cmd & TXD_IFCS);
}

static void start_frame(struct e1000_tx *t, const struct descriptor *d)
{
	bool extended = d->cmd & TXD_DEXT;

	t->started = 1;
	t->segmenting = extended && (d->cmd & TXD_TSE) && t->context[1].mss;
	t->popts = extended ? (uint8_t)(d->upper >> 8) & (POPTS_IXSM | POPTS_TXSM) : 0;
	t->css = extended ? 0 : (uint8_t)(d->upper >> 8);
	if (t->segmenting)
		take_framing(t, d);
}

/* Fetches up to `room` bytes of the descriptor's buffer; true if it is used up. */
static bool take_bytes(struct board *b, struct e1000_tx *t, const struct descriptor *d, uint32_t length, uint32_t room)
{
	uint32_t left = length > t->offset ? length - t->offset : 0, n = left < room ? left : room;

	if (!d->buffer) /* a null address transfers no data (section 3.3.3.1) */
		return true;
	mem_dma_read(&b->mem, d->buffer + t->offset, t->data + t->size, n);
	t->size += n;
	t->offset += n;
	return n == left;
}

/* True if the descriptor is used up; else a full segment was sent and the rest
 * waits for its turn on the line. */
static bool segment_bytes(struct board *b, struct e1000 *s, const struct descriptor *d, uint32_t length)
{
	struct e1000_tx *t = &s->tx;
	const struct e1000_context *c = &t->context[1];
	uint32_t full = (uint32_t)c->hdrlen + c->mss;

	if (full > E1000_TX_MAX)
		full = E1000_TX_MAX;
	if (!t->segments && t->size < c->hdrlen) {
		bool used_up = take_bytes(b, t, d, length, c->hdrlen - t->size);

		if (t->size < c->hdrlen)
			return true;
		memcpy(t->header, t->data, c->hdrlen);
		if (used_up)
			return true;
	}
	/* A new context may have shrunk the segments meanwhile. */
	bool used_up = take_bytes(b, t, d, length, full > t->size ? full - t->size : 0);

	if (t->size >= full) {
		e1000_send_segment(b, s, used_up && (d->cmd & TXD_EOP));
		if (full == c->hdrlen) /* no room for payload at all */
			return true;
	}
	return used_up;
}

static void plain_bytes(struct board *b, struct e1000 *s, const struct descriptor *d, uint32_t length)
{
	if (!take_bytes(b, &s->tx, d, length, E1000_TX_MAX - s->tx.size))
		s->tx.oversize = 1;
}

static void end_frame(struct board *b, struct e1000 *s, const struct descriptor *d)
{
	struct e1000_tx *t = &s->tx;

	if (t->segmenting) {
		if (t->size > t->context[1].hdrlen || !t->segments)
			e1000_send_segment(b, s, true);
		if (t->sent != t->context[1].paylen)
			e1000_count(s, TSCTFC);
	} else if (t->oversize) {
		TRACE(b, NIC, "e1000 %u: frame too long, not sent", s->slot);
	} else {
		take_framing(t, d);
		if (!(d->cmd & TXD_DEXT) && (d->cmd & TXD_IC)) /* CSS of the first, CSO of the last descriptor */
			e1000_insert_sum(t->data, t->size, t->css, 0, d->lower >> 16 & 0xff, true);
		e1000_send_frame(b, s);
	}
	tx_next_frame(t);
}

/* Takes a data descriptor, at most one frame of it; true if it is used up. */
static bool take_data(struct board *b, struct e1000 *s, const struct descriptor *d)
{
	struct e1000_tx *t = &s->tx;
	uint32_t length = d->lower & (d->cmd & TXD_DEXT ? 0xfffff : 0xffff);

	if (!t->started)
		start_frame(t, d);
	if (!t->segmenting)
		plain_bytes(b, s, d, length);
	else if (!segment_bytes(b, s, d, length))
		return false;
	if (d->cmd & TXD_EOP)
		end_frame(b, s, d);
	return true;
}

/* ---- the ring ---- */

static struct descriptor fetch(struct board *b, uint64_t addr)
{
	struct descriptor d;
	uint8_t raw[DESCRIPTOR];

	mem_dma_read(&b->mem, addr, raw, sizeof(raw));
	d.buffer = get_le64(raw);
	d.lower = get_le32(raw + 8);
	d.upper = get_le32(raw + 12);
	d.cmd = (uint8_t)(d.lower >> 24);
	d.context = (d.cmd & TXD_DEXT) && (d.lower >> 20 & 15) == TXD_TYPE_CONTEXT;
	return d;
}

/* Reports a used descriptor; the causes of an interrupt that is due now. */
static uint32_t write_back(struct board *b, struct e1000 *s, const struct descriptor *d, uint64_t addr)
{
	uint64_t now = board_now(b);
	uint8_t status = (uint8_t)((d->upper & 0x0f) | TXD_DD);

	if (!(d->cmd & TXD_RS))
		return 0;
	mem_dma_write(&b->mem, addr + 12, &status, 1);
	if (!(d->cmd & TXD_IDE) || !s->reg[R_TIDV]) { /* at once, for those that were delayed too */
		e1000_event(b, s, E1000_EVENT_TIDV, TIME_NEVER);
		e1000_event(b, s, E1000_EVENT_TADV, TIME_NEVER);
		return ICR_TXDW;
	}
	e1000_event(b, s, E1000_EVENT_TIDV, now + (uint64_t)s->reg[R_TIDV] * DELAY_UNIT_NS);
	if (s->reg[R_TADV] && s->due[E1000_EVENT_TADV] == TIME_NEVER)
		e1000_event(b, s, E1000_EVENT_TADV, now + (uint64_t)s->reg[R_TADV] * DELAY_UNIT_NS);
	return 0;
}

/* Must the transmitter wait, and if for the clock, then for how long? */
static bool held(struct board *b, struct e1000 *s)
{
	uint64_t now = board_now(b), fifo = (uint64_t)TX_FIFO * e1000_byte_ns(s);

	if (s->due[E1000_EVENT_LINK] != TIME_NEVER && !e1000_loopback(s))
		return true; /* no carrier yet: goes on when negotiation is done */
	if (now < s->pause_until) {
		e1000_event(b, s, E1000_EVENT_TX, s->pause_until);
		return true;
	}
	if (s->tx_free > now + fifo) { /* goes on when half of it is gone */
		e1000_event(b, s, E1000_EVENT_TX, s->tx_free - fifo / 2);
		return true;
	}
	return false;
}

/* Moves TDH on; descriptors running out is a cause of its own, also at LWTHRESH
 * 0: when the last one is taken (section 13.4.43). */
static uint32_t advance(struct e1000 *s, uint32_t count)
{
	uint32_t head = s->reg[R_TDH] + 1 < count ? s->reg[R_TDH] + 1 : 0, tail = s->reg[R_TDT];
	uint32_t left = tail >= head ? tail - head : tail + count - head;
	uint32_t low = (s->reg[R_TXDCTL] >> TXDCTL_LWTHRESH_SHIFT) * 8;

	s->reg[R_TDH] = head;
	s->tx.offset = 0;
	return left == low ? ICR_TXD_LOW : 0;
}

/* One descriptor, or one segment of it; the causes of an interrupt. */
static uint32_t step(struct board *b, struct e1000 *s, uint32_t count)
{
	uint64_t addr = (s->reg[R_TDBAL] | (uint64_t)s->reg[R_TDBAH] << 32) + (uint64_t)s->reg[R_TDH] * DESCRIPTOR;
	struct descriptor d = fetch(b, addr);

	if (d.context)
		take_context(s, &d);
	else if (!take_data(b, s, &d))
		return 0;
	return write_back(b, s, &d, addr) | advance(s, count);
}

void e1000_tx_run(struct board *b, struct e1000 *s)
{
	uint32_t count = s->reg[R_TDLEN] / DESCRIPTOR, causes = 0, steps = 0;

	if (!(s->reg[R_TCTL] & TCTL_EN) || !pci_bus_master(b, NIC_DEVFN(s->slot)))
		return;
	/* Never more than one round: a tail outside the ring would spin. A step
	 * that only sends a segment counts too, but the line ends those. */
	while (s->reg[R_TDH] < count && s->reg[R_TDH] != s->reg[R_TDT] && steps < count + TX_FIFO && !held(b, s)) {
		causes |= step(b, s, count);
		steps++;
	}
	if (steps && s->reg[R_TDH] == s->reg[R_TDT])
		causes |= ICR_TXQE;
	if (causes)
		e1000_interrupt(b, s, causes);
}
