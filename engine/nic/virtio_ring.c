/* Split virtqueues (Virtual I/O Device 1.2, section 2.7): descriptor chains, the
 * available and the used ring, and who wants to be told when. */
#include "engine/base/bytes.h"
#include "engine/nic/virtio.h"

enum {
	DESC_BYTES = 16,
	DESC_NEXT = 1,
	DESC_WRITE = 2,
	DESC_INDIRECT = 4,
	AVAIL_NO_INTERRUPT = 1,
	USED_NO_NOTIFY = 1,
	RING_FLAGS = 0, /* both rings begin with these two */
	RING_IDX = 2,
	RING = 4,
	USED_BYTES = 8,
};

struct descriptor {
	uint64_t addr;
	uint32_t size;
	uint16_t flags, next;
};

static uint16_t read16(struct board *b, uint64_t addr)
{
	uint8_t raw[2];

	mem_dma_read(&b->mem, addr, raw, sizeof(raw));
	return get_le16(raw);
}

static void write16(struct board *b, uint64_t addr, uint16_t value)
{
	uint8_t raw[2];

	put_le16(raw, value);
	mem_dma_write(&b->mem, addr, raw, sizeof(raw));
}

static struct descriptor fetch(struct board *b, uint64_t table, unsigned index)
{
	uint8_t raw[DESC_BYTES];

	mem_dma_read(&b->mem, table + (uint64_t)index * DESC_BYTES, raw, sizeof(raw));
	return (struct descriptor){get_le64(raw), get_le32(raw + 8), get_le16(raw + 12), get_le16(raw + 14)};
}

/* ---- chains ---- */

/* Appends a buffer; NULL, or what is wrong with it. */
static const char *append(struct virtq_chain *c, const struct descriptor *d)
{
	if (c->outs + c->ins == VIRTQ_SPANS)
		return "a chain without end";
	if (!(d->flags & DESC_WRITE) && c->ins)
		return "a buffer to read behind one to write";
	c->span[c->outs + c->ins] = (struct virtq_span){d->addr, d->size};
	if (d->flags & DESC_WRITE) {
		c->ins++;
		c->in_bytes += d->size;
	} else {
		c->outs++;
		c->out_bytes += d->size;
	}
	return NULL;
}

/* Walks a table of `count` descriptors from `first` on. An indirect one leads into
 * a table of its own, and ends the chain (2.7.5.3). */
static const char *walk(struct board *b, const struct virtio *v, struct virtq_chain *c, uint64_t table, uint32_t count,
			uint32_t first)
{
	bool indirect = false;
	const char *wrong;

	for (;;) {
		struct descriptor d = fetch(b, table, first);

		if (d.flags & DESC_INDIRECT) {
			if (indirect || !virtio_has(v, VIRTIO_F_INDIRECT_DESC) || !d.size || d.size % DESC_BYTES)
				return "a bad indirect descriptor";
			indirect = true;
			table = d.addr;
			count = d.size / DESC_BYTES;
			first = 0;
			continue;
		}
		wrong = append(c, &d);
		if (wrong || !(d.flags & DESC_NEXT))
			return wrong;
		if (d.next >= count)
			return "a descriptor outside of its table";
		first = d.next;
	}
}

unsigned virtq_waiting(struct board *b, struct virtio *v, unsigned queue)
{
	struct virtq *q = &v->q[queue];
	uint16_t n;

	if (!virtio_queue_ready(b, v, queue))
		return 0;
	n = (uint16_t)(read16(b, q->avail + RING_IDX) - q->last_avail);
	if (n <= q->size)
		return n;
	virtio_break(b, v, "more entries available than the ring has");
	return 0;
}

bool virtq_take(struct board *b, struct virtio *v, unsigned queue, struct virtq_chain *c)
{
	struct virtq *q = &v->q[queue];
	const char *wrong;

	if (!virtq_waiting(b, v, queue))
		return false;
	c->head = read16(b, q->avail + RING + 2u * (q->last_avail % q->size));
	c->outs = c->ins = 0;
	c->out_bytes = c->in_bytes = 0;
	wrong = c->head < q->size ? walk(b, v, c, q->desc, q->size, c->head) : "a head outside of the table";
	if (wrong) {
		virtio_break(b, v, wrong);
		return false;
	}
	q->last_avail++;
	return true;
}

void virtq_untake(struct virtio *v, unsigned queue, unsigned count)
{
	v->q[queue].last_avail = (uint16_t)(v->q[queue].last_avail - count);
}

/* Where a copy goes on: bytes of data, of them `size` left. */
static void copy(struct board *b, const struct virtq_span *span, unsigned spans, uint64_t at, uint8_t *data,
		 size_t size, bool to_guest)
{
	for (unsigned n = 0; n < spans && size; n++) {
		size_t room, part;

		if (at >= span[n].size) {
			at -= span[n].size;
			continue;
		}
		room = span[n].size - (size_t)at;
		part = room < size ? room : size;
		if (to_guest)
			mem_dma_write(&b->mem, span[n].addr + at, data, part);
		else
			mem_dma_read(&b->mem, span[n].addr + at, data, part);
		data += part;
		size -= part;
		at = 0;
	}
}

void virtq_read(struct board *b, const struct virtq_chain *c, uint64_t at, void *data, size_t size)
{
	copy(b, c->span, c->outs, at, data, size, false);
}

void virtq_write(struct board *b, const struct virtq_chain *c, uint64_t at, const void *data, size_t size)
{
	copy(b, c->span + c->outs, c->ins, at, (uint8_t *)(uintptr_t)data, size, true);
}

/* ---- the used ring ---- */

void virtq_fill(struct board *b, struct virtio *v, unsigned queue, uint16_t head, uint32_t written, unsigned ahead)
{
	const struct virtq *q = &v->q[queue];
	uint8_t raw[USED_BYTES];

	put_le32(raw, head);
	put_le32(raw + 4, written);
	mem_dma_write(&b->mem, q->used + RING + (uint64_t)USED_BYTES * ((q->used_idx + ahead) % q->size), raw,
		      sizeof(raw));
}

/* Has the index passed the event that the other side waits for? (2.7.10) */
static bool passed(uint16_t event, uint16_t now, uint16_t before)
{
	return (uint16_t)(now - event - 1) < (uint16_t)(now - before);
}

static bool wants_interrupt(struct board *b, const struct virtio *v, struct virtq *q)
{
	uint16_t before = q->signalled;
	bool valid = q->signalled_valid;

	if (virtio_has(v, VIRTIO_F_NOTIFY_ON_EMPTY) && read16(b, q->avail + RING_IDX) == q->last_avail)
		return true;
	if (!virtio_has(v, VIRTIO_F_EVENT_IDX))
		return !(read16(b, q->avail + RING_FLAGS) & AVAIL_NO_INTERRUPT);
	q->signalled = q->used_idx;
	q->signalled_valid = 1;
	return !valid || passed(read16(b, q->avail + RING + 2u * q->size), q->used_idx, before);
}

void virtq_flush(struct board *b, struct virtio *v, unsigned queue, unsigned count)
{
	struct virtq *q = &v->q[queue];

	if (!count)
		return;
	q->used_idx = (uint16_t)(q->used_idx + count);
	write16(b, q->used + RING_IDX, q->used_idx);
	if (wants_interrupt(b, v, q))
		virtio_interrupt_queue(b, v, queue);
}

void virtq_want_kicks(struct board *b, struct virtio *v, unsigned queue, bool want)
{
	struct virtq *q = &v->q[queue];

	if (!virtio_has(v, VIRTIO_F_EVENT_IDX))
		write16(b, q->used + RING_FLAGS, want ? 0 : USED_NO_NOTIFY);
	else if (want) /* the next entry */
		write16(b, q->used + RING + (uint64_t)USED_BYTES * q->size, q->last_avail);
}
