/* virtio-net receives a frame: filters, then one or, with mergeable buffers, as many
 * chains of the receive queue as it takes (Virtual I/O Device 1.2, 5.1.6.3, 5.1.6.4). */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/net/drop.h"
#include "engine/nic/virtio_net.h"

enum { TYPE_AT = 12, ETH_VLAN = 0x8100 };

/* ---- filters ---- */

static bool listed(const struct virtio_net *s, unsigned from, unsigned to, const uint8_t *mac)
{
	for (unsigned n = from; n < to; n++)
		if (!memcmp(s->filter[n], mac, ETH_ALEN))
			return true;
	return false;
}

static bool vlan_passes(const struct virtio_net *s, const uint8_t *frame, size_t size)
{
	unsigned id;

	if (size < TYPE_AT + 4 || get_be16(frame + TYPE_AT) != ETH_VLAN)
		return true;
	id = get_be16(frame + TYPE_AT + 2) & 0xfff;
	return s->vlan[id / 32] >> id % 32 & 1;
}

static bool group_passes(const struct virtio_net *s, const uint8_t *mac)
{
	if (get_le32(mac) == UINT32_MAX && get_le16(mac + 4) == 0xffff)
		return !s->no_broadcast;
	if (s->no_multicast)
		return false;
	return s->all_multicast || s->too_many_multicast || listed(s, s->unicast_macs, s->macs, mac);
}

static bool passes(const struct virtio_net *s, const uint8_t *frame, size_t size)
{
	if (s->promiscuous)
		return true;
	if (!vlan_passes(s, frame, size))
		return false;
	if (frame[0] & 1)
		return group_passes(s, frame);
	if (s->no_unicast)
		return false;
	return s->all_unicast || s->too_many_unicast || !memcmp(frame, s->mac, ETH_ALEN) ||
	       listed(s, 0, s->unicast_macs, frame);
}

/* ---- buffers ---- */

/* A frame on its way into the queue. */
struct filling {
	const uint8_t *frame;
	size_t size, done; /* bytes of frame */
	unsigned header;   /* bytes of header in the first chain */
	unsigned chains;   /* filled */
};

static void put_header(struct board *b, struct virtio_net *s, const struct virtq_chain *c, const struct filling *f)
{
	uint8_t raw[NET_HEADER] = {0};

	raw[1] = GSO_NONE;
	if ((s->offloads & NET_F_GUEST_CSUM) && virtio_net_sum_right(f->frame, f->size))
		raw[0] = HDR_DATA_VALID;
	put_le16(raw + 10, 1);
	virtq_write(b, c, 0, raw, f->header);
}

/* One more chain; false: it cannot take what it must. */
static bool fill(struct board *b, struct virtio_net *s, const struct virtq_chain *c, struct filling *f)
{
	uint64_t skip = f->chains ? 0 : f->header, room;
	size_t part;

	if (c->in_bytes <= skip)
		return false;
	room = c->in_bytes - skip;
	part = f->size - f->done < room ? f->size - f->done : (size_t)room;
	if (!f->chains)
		put_header(b, s, c, f);
	virtq_write(b, c, skip, f->frame + f->done, part);
	virtq_fill(b, &s->v, QUEUE_RX, c->head, (uint32_t)(skip + part), f->chains);
	f->done += part;
	f->chains++;
	return true;
}

static bool drop(int *reason, enum drop_reason why)
{
	*reason = why;
	return false;
}

/* The number of chains in the header of the first. */
static void put_count(struct board *b, const struct virtq_chain *first, unsigned chains)
{
	uint8_t raw[2];

	put_le16(raw, (uint16_t)chains);
	if (chains > 1)
		virtq_write(b, first, NET_HEADER - 2, raw, sizeof(raw));
}

static bool store(struct board *b, struct virtio_net *s, const uint8_t *frame, size_t size, int *reason)
{
	struct filling f = {.frame = frame, .size = size, .header = net_header_size(s)};
	unsigned most = virtio_has(&s->v, NET_F_MRG_RXBUF) ? virtq_waiting(b, &s->v, QUEUE_RX) : 1;
	struct virtq_chain first, more, *c = &first;

	do {
		unsigned taken = f.chains;

		if (taken == most || !virtq_take(b, &s->v, QUEUE_RX, c)) {
			virtq_untake(&s->v, QUEUE_RX, taken);
			return drop(reason, DROP_NIC_FULL);
		}
		if (!fill(b, s, c, &f)) {
			virtio_break(b, &s->v, "a receive buffer without room for the header");
			return drop(reason, DROP_NIC_FULL);
		}
		c = &more;
	} while (f.done < size);
	put_count(b, &first, f.chains);
	virtq_flush(b, &s->v, QUEUE_RX, f.chains);
	return true;
}

bool virtio_net_rx(struct board *b, struct virtio_net *s, const uint8_t *frame, size_t size, int *reason)
{
	if (!virtio_queue_ready(b, &s->v, QUEUE_RX))
		return drop(reason, DROP_NIC_DOWN);
	if (!passes(s, frame, size))
		return drop(reason, DROP_NIC_FILTER);
	return store(b, s, frame, size, reason);
}
