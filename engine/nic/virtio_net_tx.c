/* virtio-net's transmit queue (Virtual I/O Device 1.2, section 5.1.6.2): a chain is
 * a header and a frame. Frames leave no faster than the line takes them, apart
 * from what a FIFO of one big segmentation holds. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/net/drop.h"
#include "engine/nic/virtio_net.h"

enum { LINE_OVERHEAD = 24, LINE_MIN = 60 }; /* preamble, FCS and gap */
#define TX_FIFO 65536u

static uint64_t line_ns(const struct virtio_net *s, uint64_t bytes)
{
	return bytes * 8 * 1000000000 / s->rate;
}

void virtio_net_send(struct board *b, struct virtio_net *s, const uint8_t *frame, size_t size)
{
	uint64_t now = board_now(b), from = s->tx_free > now ? s->tx_free : now;
	size_t on_line = size < LINE_MIN ? LINE_MIN : size;

	s->tx_free = from + line_ns(s, on_line + LINE_OVERHEAD);
	nic_transmit(b, s->v.slot, frame, size);
}

static void read_header(struct board *b, const struct virtq_chain *c, struct net_header *h)
{
	uint8_t raw[NET_HEADER_LEGACY];

	virtq_read(b, c, 0, raw, sizeof(raw));
	h->flags = raw[0];
	h->gso_type = raw[1];
	h->hdr_len = get_le16(raw + 2);
	h->gso_size = get_le16(raw + 4);
	h->csum_start = get_le16(raw + 6);
	h->csum_offset = get_le16(raw + 8);
	h->num_buffers = 0;
}

/* A frame as it is, with at most a checksum to be filled in. */
static const char *send_whole(struct board *b, struct virtio_net *s, const struct virtq_chain *c, unsigned skip,
			      const struct net_header *h)
{
	uint8_t frame[FRAME_MAX];
	uint64_t size = c->out_bytes - skip;

	virtq_read(b, c, skip, frame, size < FRAME_MAX ? (size_t)size : FRAME_MAX);
	if (size < FRAME_MIN || size > FRAME_MAX) {
		nic_drop(b, s->v.slot, frame, (size_t)size, size < FRAME_MIN ? DROP_TOO_SHORT : DROP_TOO_LONG);
		return NULL;
	}
	if ((h->flags & HDR_NEEDS_CSUM) && !virtio_net_checksum(frame, (size_t)size, h))
		return "a checksum outside of its frame";
	virtio_net_send(b, s, frame, (size_t)size);
	return NULL;
}

static void send_chain(struct board *b, struct virtio_net *s, const struct virtq_chain *c)
{
	unsigned skip = net_header_size(s);
	struct net_header h;
	const char *wrong;

	if (c->out_bytes < skip) {
		virtio_break(b, &s->v, "a transmit chain without header");
		return;
	}
	read_header(b, c, &h);
	TRACE(b, NIC, "virtio %u: tx chain of %u descriptors, %llu bytes%s%s", s->v.slot, c->outs,
	      (unsigned long long)(c->out_bytes - skip), h.flags & HDR_NEEDS_CSUM ? ", checksum" : "",
	      h.gso_type != GSO_NONE ? ", segments" : "");
	if (h.gso_type == GSO_NONE)
		wrong = send_whole(b, s, c, skip, &h);
	else
		wrong = virtio_net_segment(b, s, c, skip, &h);
	if (wrong)
		TRACE(b, NIC, "virtio %u: not sent: %s", s->v.slot, wrong);
}

/* Must it wait for the line? Then it goes on when half of the FIFO is gone. */
static bool held(struct board *b, struct virtio_net *s)
{
	uint64_t fifo = line_ns(s, TX_FIFO);

	if (s->tx_free <= board_now(b) + fifo)
		return false;
	board_timer_set(b, TIMER_NIC0 + s->v.slot, s->tx_free - fifo / 2);
	return true;
}

void virtio_net_tx(struct board *b, struct virtio_net *s)
{
	unsigned left = virtq_waiting(b, &s->v, QUEUE_TX), done = 0;
	struct virtq_chain c;

	if (!virtio_queue_ready(b, &s->v, QUEUE_TX))
		return;
	while (left && !held(b, s) && virtq_take(b, &s->v, QUEUE_TX, &c)) {
		send_chain(b, s, &c);
		virtq_fill(b, &s->v, QUEUE_TX, c.head, 0, done);
		left--;
		done++;
	}
	virtq_want_kicks(b, &s->v, QUEUE_TX, !left);
	virtq_flush(b, &s->v, QUEUE_TX, done);
}
