/* A collected frame leaves the 82540EM: segment headers and checksums are
 * filled in, a VLAN tag and padding added, counters kept. 8254x manual
 * sections 3.4 to 3.6, 9.2 and 10.3. */
#include <string.h>

#include "engine/net/drop.h"
#include "engine/net/frame.h"
#include "engine/net/vlan.h"
#include "engine/nic/csum.h"
#include "engine/nic/e1000.h"

enum { TCP_FIN = 0x01, TCP_PSH = 0x08 };

static void send_bytes(struct board *b, struct e1000 *s, const uint8_t *frame, uint32_t size)
{
	uint64_t now = board_now(b), from = s->tx_free > now ? s->tx_free : now;
	uint32_t on_line = size < E1000_MIN_FRAME ? E1000_MIN_FRAME : size;
	int reason;

	/* preamble, FCS and gap are 24 bytes */
	s->tx_free = from + (uint64_t)(on_line + 24) * e1000_byte_ns(s);
	if (size < FRAME_MIN) { /* not even a header: nobody could take it */
		nic_drop(b, s->slot, frame, size, DROP_TOO_SHORT);
		return;
	}
	e1000_count_tx_total(s, size);
	if (e1000_loopback(s))
		e1000_rx(b, s, frame, size, &reason);
	else if (s->link)
		nic_transmit(b, s->slot, frame, size);
	else /* the PHY has no link: nothing leaves it */
		nic_drop(b, s->slot, frame, size, DROP_NO_CARRIER);
}

void e1000_insert_sum(uint8_t *data, uint32_t size, unsigned start, unsigned end, unsigned at, bool never_zero)
{
	uint32_t stop = end && end + 1 < size ? end + 1 : size;
	uint16_t sum;

	if (start >= stop || at + 2 > size)
		return;
	sum = (uint16_t)~csum_fold(csum_add(0, data + start, stop - start));
	put_be16(data + at, never_zero && !sum ? 0xffff : sum);
}

static bool inserts_tag(const struct e1000 *s)
{
	return s->tx.tagged && (s->reg[R_CTRL] & CTRL_VME);
}

/* Returns the size with the tag. There is room behind the frame. */
static uint32_t insert_tag(struct e1000 *s, uint32_t size)
{
	uint8_t *d = s->tx.data;

	if (!inserts_tag(s) || size < TAG_AT)
		return size;
	memmove(d + TAG_AT + TAG_BYTES, d + TAG_AT, size - TAG_AT);
	put_be16(d + TAG_AT, (uint16_t)s->reg[R_VET]);
	put_be16(d + TAG_AT + 2, s->tx.tci);
	return size + TAG_BYTES;
}

void e1000_send_frame(struct board *b, struct e1000 *s)
{
	struct e1000_tx *t = &s->tx;
	const struct e1000_context *c = &t->context[t->segmenting];
	uint32_t size = t->size;

	if (!t->fcs && !inserts_tag(s)) /* the driver made it; frames travel without it here */
		size = size > E1000_FCS ? size - E1000_FCS : 0;
	if (t->popts & POPTS_TXSM)
		e1000_insert_sum(t->data, size, c->tucss, c->tucse, c->tucso, true);
	if (t->popts & POPTS_IXSM)
		e1000_insert_sum(t->data, size, c->ipcss, c->ipcse, c->ipcso, false);
	size = insert_tag(s, size);
	if (size < E1000_MIN_FRAME && (s->reg[R_TCTL] & TCTL_PSP)) {
		memset(t->data + size, 0, E1000_MIN_FRAME - size);
		size = E1000_MIN_FRAME;
	}
	if (size >= FRAME_MIN)
		e1000_count_tx_good(s, t->data, size);
	send_bytes(b, s, t->data, size);
}

/* ---- segmentation (section 3.5) ---- */

static void fix_ip(struct e1000_tx *t, const struct e1000_context *c)
{
	uint8_t *ip = t->data + c->ipcss;

	if (c->ipcss + 6u > t->size)
		return;
	if (c->cmd & TUCMD_IP) {
		put_be16(ip + 2, (uint16_t)(t->size - c->ipcss));
		put_be16(ip + 4, (uint16_t)(get_be16(ip + 4) + t->segments));
	} else { /* IPv6: the payload's length */
		put_be16(ip + 4, (uint16_t)(t->size - c->ipcss - 40));
	}
}

static void fix_transport(struct e1000_tx *t, const struct e1000_context *c, bool last)
{
	uint8_t *l4 = t->data + c->tucss;
	uint32_t length = t->size - c->tucss;

	if (c->tucss + 14u > t->size)
		return;
	if (c->cmd & TUCMD_TCP) {
		put_be32(l4 + 4, get_be32(l4 + 4) + t->sent);
		if (!last)
			l4[13] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	} else {
		put_be16(l4 + 4, (uint16_t)length);
	}
	/* The driver's pseudo-header sum is without the length. */
	if ((t->popts & POPTS_TXSM) && c->tucso + 2u <= t->size)
		put_be16(t->data + c->tucso, csum_fold((uint64_t)get_be16(t->data + c->tucso) + length));
}

void e1000_send_segment(struct board *b, struct e1000 *s, bool last)
{
	struct e1000_tx *t = &s->tx;
	const struct e1000_context *c = &t->context[1];
	uint32_t payload = t->size > c->hdrlen ? t->size - c->hdrlen : 0, used = t->size + TAG_BYTES;

	fix_ip(t, c);
	fix_transport(t, c, last || t->sent + payload >= c->paylen);
	e1000_send_frame(b, s);
	t->sent += payload;
	t->segments++;
	memset(t->data, 0, used < E1000_MIN_FRAME ? E1000_MIN_FRAME : used);
	memcpy(t->data, t->header, c->hdrlen);
	t->size = c->hdrlen;
}

/* ---- flow control ---- */

/* TCTL.SWXOFF: the driver asks for a PAUSE frame (IEEE 802.3 annex 31B). */
void e1000_send_pause(struct board *b, struct e1000 *s)
{
	uint8_t frame[E1000_MIN_FRAME] = {0};
	uint64_t to = s->reg[R_FCAL] | (uint64_t)s->reg[R_FCAH] << 32;

	if (!(s->reg[R_CTRL] & CTRL_TFCE) || !(s->reg[R_TCTL] & TCTL_EN))
		return;
	put_le32(frame, (uint32_t)to);
	put_le16(frame + 4, (uint16_t)(to >> 32));
	put_le32(frame + 6, s->ra[0]);
	put_le16(frame + 10, (uint16_t)s->ra[1]);
	put_be16(frame + 12, (uint16_t)s->reg[R_FCT]);
	put_be16(frame + 14, 1);
	put_be16(frame + 16, (uint16_t)s->reg[R_FCTTV]);
	e1000_count(s, s->reg[R_FCTTV] ? XOFFTXC : XONTXC);
	send_bytes(b, s, frame, sizeof(frame));
}
