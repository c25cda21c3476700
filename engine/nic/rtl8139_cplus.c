/* RTL8139C+: sending from descriptor rings (C+ data sheet section 9.2). TPPOLL
 * says that a ring has work; the card then takes frames, each one to 64
 * descriptors from FS to LS, until it meets one that is the driver's. A frame
 * whose last descriptor is not there yet stays where it is. */
#include "engine/net/drop.h"
#include "engine/nic/rtl8139.h"

enum { TAG_AT = 12, TAG_BYTES = 4, ETH_TAG = 0x8100, SEND_MAX = 65536, SEGMENT_MAX = 0x1fff };

/* One frame as its descriptors give it. */
struct gathered {
	uint32_t command, tag; /* of the first */
	uint32_t count;        /* descriptors */
	uint32_t size;
	bool oversize;
	uint8_t data[SEND_MAX];
};

static uint64_t ring_base(const struct rtl8139 *s, enum rtl8139_ring ring)
{
	return rtl_get64(s, ring == RING_HIGH ? THPDS : TNPDS) & ~(uint64_t)0xff;
}

static unsigned next_in_ring(unsigned n, uint32_t command)
{
	return (command & CPD_EOR) ? 0 : (n + 1) % RTL_RING_MAX;
}

static void take_bytes(struct board *b, struct gathered *g, const uint8_t *descriptor, uint32_t size)
{
	if (g->size + size > SEND_MAX) {
		g->oversize = true;
		return;
	}
	mem_dma_read(&b->mem, get_le64(descriptor + 8), g->data + g->size, size);
	g->size += size;
}

/* False: the frame is not whole yet. */
static bool gather(struct board *b, const struct rtl8139 *s, enum rtl8139_ring ring, struct gathered *g)
{
	unsigned first = s->at[ring], at = first;
	uint8_t raw[RTL_DESCRIPTOR];
	uint32_t command;

	g->size = 0;
	g->oversize = false;
	g->count = 0;
	do {
		mem_dma_read(&b->mem, ring_base(s, ring) + at * RTL_DESCRIPTOR, raw, sizeof(raw));
		command = get_le32(raw);
		if (!(command & CPD_OWN))
			return false;
		TRACE(b, NIC, "rtl8139 %u: TX descriptor %u: %08x %08x%s%s%s, %u bytes at %llx", s->slot, at, command,
		      get_le32(raw + 4), command & CPD_FS ? " FS" : "", command & CPD_LS ? " LS" : "",
		      command & CPTX_LGSEN ? " LGSEN" : "", command & CPTX_SIZE, (unsigned long long)get_le64(raw + 8));
		if (!g->count++) {
			g->command = command;
			g->tag = get_le32(raw + 4);
		}
		take_bytes(b, g, raw, command & CPTX_SIZE);
		if (command & CPD_LS)
			return true;
		at = next_in_ring(at, command);
	} while (at != first);
	g->oversize = true; /* a frame without an end */
	return true;
}

/* Gives the frame's descriptors back to the driver. */
static void give_back(struct board *b, struct rtl8139 *s, enum rtl8139_ring ring, uint32_t count)
{
	uint8_t raw[4];

	while (count--) {
		uint64_t addr = ring_base(s, ring) + s->at[ring] * RTL_DESCRIPTOR;
		uint32_t command;

		mem_dma_read(&b->mem, addr, raw, sizeof(raw));
		command = get_le32(raw);
		put_le32(raw, command & ~(CPD_OWN | CPTX_STATUS));
		mem_dma_write(&b->mem, addr, raw, sizeof(raw));
		s->at[ring] = (uint8_t)next_in_ring(s->at[ring], command);
	}
}

/* ---- a frame leaves ---- */

/* data has room for a tag and for padding. */
static void send_tagged(struct board *b, struct rtl8139 *s, uint8_t *data, uint32_t size, uint32_t tag)
{
	if ((tag & CPTX_TAGC) && size >= TAG_AT) {
		memmove(data + TAG_AT + TAG_BYTES, data + TAG_AT, size - TAG_AT);
		put_be16(data + TAG_AT, ETH_TAG);
		put_le16(data + TAG_AT + 2, (uint16_t)tag); /* the driver has it in wire order */
		size += TAG_BYTES;
	}
	if (size < RTL_MIN_FRAME) {
		memset(data + size, 0, RTL_MIN_FRAME - size);
		size = RTL_MIN_FRAME;
	}
	rtl8139_send(b, s, data, size);
}

static void send_large(struct board *b, struct rtl8139 *s, const struct gathered *g, uint32_t payload, uint32_t mss)
{
	uint8_t segment[SEGMENT_MAX + TAG_BYTES + RTL_MIN_FRAME];

	for (uint32_t from = 0; from < g->size - payload; from += mss) {
		uint32_t size = rtl8139_segment(g->data, g->size, payload, from, mss, segment);

		send_tagged(b, s, segment, size, g->tag);
	}
}

static void send_plain(struct board *b, struct rtl8139 *s, const struct gathered *g)
{
	uint8_t frame[SEGMENT_MAX + TAG_BYTES + RTL_MIN_FRAME];

	if (g->size > SEGMENT_MAX) {
		rtl8139_give_up(b, s, g->data, g->size, DROP_TOO_LONG);
		return;
	}
	memcpy(frame, g->data, g->size);
	rtl8139_fill_sums(frame, g->size, g->command);
	send_tagged(b, s, frame, g->size, g->tag);
}

static void send_gathered(struct board *b, struct rtl8139 *s, const struct gathered *g)
{
	uint32_t mss = g->command >> CPTX_MSS_SHIFT & CPTX_MSS, payload = rtl8139_tcp_payload(g->data, g->size);

	if (g->oversize)
		rtl8139_give_up(b, s, g->data, g->size, DROP_TOO_LONG);
	else if (!(g->command & CPTX_LGSEN))
		send_plain(b, s, g);
	else if (!payload || payload == g->size || mss < RTL_MIN_FRAME)
		rtl8139_give_up(b, s, g->data, g->size, DROP_TOO_LONG); /* nothing that could be cut */
	else
		send_large(b, s, g, payload, mss);
}

static void ring_run(struct board *b, struct rtl8139 *s, enum rtl8139_ring ring, uint8_t poll)
{
	struct gathered g;

	while ((s->reg[RTL_TPPOLL] & poll) && !rtl8139_tx_held(b, s)) {
		if (!gather(b, s, ring, &g)) {
			s->reg[RTL_TPPOLL] &= (uint8_t)~poll;
			rtl8139_interrupt(b, s, ISR_TDU);
			return;
		}
		send_gathered(b, s, &g);
		give_back(b, s, ring, g.count);
		rtl8139_interrupt(b, s, ISR_TOK);
	}
}

void rtl8139_cplus_run(struct board *b, struct rtl8139 *s)
{
	ring_run(b, s, RING_HIGH, TPPOLL_HPQ);
	ring_run(b, s, RING_NORMAL, TPPOLL_NPQ);
}
