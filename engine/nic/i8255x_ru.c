/* The 8255x's receive unit: address filters, then the list of receive frame areas in
 * memory, with the frame behind the area (simplified) or in buffers of its own
 * (flexible); 6.4.3. */
#include <string.h>
#include <zlib.h>

#include "engine/base/bytes.h"
#include "engine/net/drop.h"
#include "engine/nic/i8255x.h"
#include "engine/nic/mac_hash.h"

/* Commands of the SCB (6.3.2.2). */
enum {
	RUC_NOP,
	RUC_START,
	RUC_RESUME,
	RUC_REDIRECT,
	RUC_ABORT,
	RUC_HEADER_SIZE,
	RUC_BASE,
	RUC_RBD_RESUME,
};
/* A receive frame area (6.4.3.1) and a receive buffer descriptor (6.4.3.1.2). */
enum {
	RFD_RBD = 8,
	RFD_COUNT = 0x0c,
	RFD_SIZE = 0x0e,
	RFD_DATA = 0x10,
	RBD_COUNT = 0,
	RBD_LINK = 4,
	RBD_BUFFER = 8,
	RBD_SIZE = 0x0c,
	RBD_BYTES = 16,
	COUNT_EOF = 0x8000,
	COUNT_F = 0x4000,
	COUNT_BYTES = 0x3fff,
	SIZE_EL = 0x8000,
	NO_RBD = 0xffffffff,
	/* status of a frame */
	RX_NO_RESOURCES = 0x0200,
	RX_TYPE = 0x0020, /* a type, not a length */
	RX_NO_MATCH = 0x0004,
	RX_NOT_IA = 0x0002,
	FCS = 4,
	MIN_FRAME = 60,
	MAX_FRAME = 1514,
	LONG_FRAME = 2600,
	TYPE_AT = 12,
	ETH_MAC_CONTROL = 0x8808,
	OPCODE_PAUSE = 1,
	RBDS_MAX = 64, /* buffers of one frame: no list leads in a circle for ever */
};

/* ---- filters ---- */

uint64_t i8255x_hash_bit(const uint8_t mac[ETH_ALEN])
{
	return 1ull << (mac_crc_be(mac) >> 26);
}

static bool is_broadcast(const uint8_t *mac)
{
	return get_le32(mac) == UINT32_MAX && get_le16(mac + 4) == 0xffff;
}

/* Is it for this card? *status: how it was found. */
static bool matches(const struct i8255x *s, const uint8_t *mac, uint16_t *status)
{
	const uint8_t *c = s->config;
	bool own = !memcmp(mac, s->ia, ETH_ALEN), hashed = s->multicast & i8255x_hash_bit(mac);

	*status = own ? 0 : RX_NOT_IA;
	if (own)
		return true;
	if (is_broadcast(mac) ? !(c[CONFIG_FILTER] & FILTER_NO_BROADCAST)
	    : mac[0] & 1      ? (c[CONFIG_MULTICAST] & MULTICAST_ALL) || hashed
			      : (c[CONFIG_MULTI_IA] & MULTI_IA) && hashed)
		return true;
	*status |= RX_NO_MATCH;
	return c[CONFIG_FILTER] & FILTER_PROMISCUOUS;
}

/* A PAUSE frame, from the 82558 on; true if it goes no further. */
static bool take_pause(struct board *b, struct i8255x *s, const uint8_t *frame)
{
	static const uint8_t group[ETH_ALEN] = {0x01, 0x80, 0xc2, 0, 0, 0x01};
	uint8_t flow = s->config[CONFIG_FLOW];

	if (!i8255x_extended(s) || get_be16(frame + TYPE_AT) != ETH_MAC_CONTROL || memcmp(frame, group, ETH_ALEN))
		return false;
	if (get_be16(frame + TYPE_AT + 2) != OPCODE_PAUSE)
		i8255x_count(s, STAT_FC_RX_OTHER);
	else if (!(flow & FLOW_NO_TX_PAUSE))
		i8255x_take_pause(b, s, get_be16(frame + TYPE_AT + 4));
	return flow & FLOW_REJECT;
}

/* ---- into memory ---- */

/* What goes to memory. */
struct received {
	uint8_t data[LONG_FRAME + FCS];
	uint32_t size;
	uint16_t status;
};

static void write16(struct board *b, uint32_t at, uint16_t value)
{
	uint8_t raw[2];

	put_le16(raw, value);
	mem_dma_write(&b->mem, at, raw, sizeof(raw));
}

/* One buffer of the flexible mode. Bytes taken; *last: no more buffers follow. */
static uint32_t fill_buffer(struct board *b, struct i8255x *s, const struct received *r, uint32_t from, bool *last)
{
	uint32_t rbd = s->ru_base + s->rbd, room, n;
	uint8_t raw[RBD_BYTES];

	mem_dma_read(&b->mem, rbd, raw, sizeof(raw));
	room = get_le16(raw + RBD_SIZE) & COUNT_BYTES;
	n = r->size - from < room ? r->size - from : room;
	mem_dma_write(&b->mem, get_le32(raw + RBD_BUFFER), r->data + from, n);
	write16(b, rbd + RBD_COUNT, (uint16_t)(n | COUNT_F | (from + n == r->size ? COUNT_EOF : 0)));
	s->rbd = get_le32(raw + RBD_LINK);
	*last = get_le16(raw + RBD_SIZE) & SIZE_EL;
	return n;
}

/* Bytes stored. */
static uint32_t fill_buffers(struct board *b, struct i8255x *s, const struct received *r, uint32_t from)
{
	bool last = s->rbd == NO_RBD;

	for (unsigned n = 0; n < RBDS_MAX && !last && from < r->size; n++)
		from += fill_buffer(b, s, r, from, &last);
	if (last)
		s->rbd = NO_RBD;
	return from;
}

static void leave_ready(struct board *b, struct i8255x *s, unsigned state)
{
	TRACE(b, NIC, "i8255x %u: receive unit %s", s->slot, state == RUS_SUSPENDED ? "suspended" : "has no resources");
	s->rus = (uint8_t)state;
	i8255x_interrupt(b, s, ACK_RNR);
}

/* Stores the frame in the area at the head of the list; false: it has no room. */
static bool store(struct board *b, struct i8255x *s, const struct received *r)
{
	uint32_t rfd = s->ru_base + s->ru_offset, size, done;
	uint8_t raw[RFD_DATA];
	uint16_t command;

	mem_dma_read(&b->mem, rfd, raw, sizeof(raw));
	command = get_le16(raw + BLOCK_COMMAND);
	size = get_le16(raw + RFD_SIZE) & COUNT_BYTES;
	if (!size && (command & COMMAND_EL) && !(command & COMMAND_SF)) {
		/* Drivers keep an area without room at the end, which is not to be touched. */
		leave_ready(b, s, RUS_NO_RESOURCES);
		return false;
	}
	done = r->size < size ? r->size : size;
	mem_dma_write(&b->mem, rfd + RFD_DATA, r->data, done);
	if (command & COMMAND_SF) {
		if (get_le32(raw + RFD_RBD) != NO_RBD)
			s->rbd = get_le32(raw + RFD_RBD);
		done = fill_buffers(b, s, r, done);
	}
	TRACE(b, NIC, "i8255x %u: frame area at %x: %u of %u bytes%s%s", s->slot, rfd, done, r->size,
	      command & COMMAND_EL ? ", end of list" : "", command & COMMAND_S ? ", suspend" : "");
	write16(b, rfd + RFD_COUNT, (uint16_t)(done | COUNT_F | COUNT_EOF));
	write16(b, rfd + BLOCK_STATUS,
		(uint16_t)(r->status | STATUS_C | (done == r->size ? STATUS_OK : RX_NO_RESOURCES)));
	s->ru_offset = get_le32(raw + BLOCK_LINK);
	if (command & COMMAND_EL)
		leave_ready(b, s, RUS_NO_RESOURCES);
	else if (command & COMMAND_S)
		leave_ready(b, s, RUS_SUSPENDED);
	return true;
}

/* ---- the way of a frame ---- */

static bool drop(int *reason, enum drop_reason why)
{
	*reason = (int)why;
	return false;
}

/* All that can refuse the frame before it needs memory. */
static bool wanted(struct i8255x *s, const uint8_t *frame, size_t size, uint16_t *status, int *reason)
{
	bool tall = s->config[CONFIG_FRAMING] & FRAMING_LONG;

	if (size > (size_t)(tall ? LONG_FRAME : MAX_FRAME))
		return drop(reason, DROP_TOO_LONG);
	if (!matches(s, frame, status))
		return drop(reason, DROP_NIC_FILTER);
	if (get_be16(frame + TYPE_AT) > MAX_FRAME)
		*status |= RX_TYPE;
	return true;
}

bool i8255x_rx(struct board *b, struct i8255x *s, const uint8_t *frame, size_t size, int *reason)
{
	struct received r;

	if (s->rus == RUS_IDLE || !i8255x_may_dma(b, s))
		return drop(reason, DROP_NIC_DOWN);
	if (take_pause(b, s, frame))
		return true;
	if (!wanted(s, frame, size, &r.status, reason))
		return false;
	memcpy(r.data, frame, size);
	r.size = (uint32_t)size;
	if (size < MIN_FRAME) { /* as it is on any line */
		memset(r.data + size, 0, MIN_FRAME - size);
		r.size = MIN_FRAME;
	}
	if (s->config[CONFIG_FRAMING] & FRAMING_CRC) {
		put_le32(r.data + r.size, (uint32_t)crc32(0, r.data, r.size));
		r.size += FCS;
	}
	if (s->rus != RUS_READY || !store(b, s, &r)) {
		i8255x_count(s, STAT_RX_RESOURCE);
		return drop(reason, DROP_NIC_FULL);
	}
	i8255x_count(s, STAT_RX_GOOD);
	i8255x_interrupt(b, s, ACK_FR);
	return true;
}

void i8255x_ru_command(struct board *b, struct i8255x *s, unsigned command)
{
	uint32_t pointer = get_le32(s->csr + CSR_POINTER);

	switch (command) {
	case RUC_START:
		TRACE(b, NIC, "i8255x %u: receive unit starts at %x", s->slot, s->ru_base + pointer);
		s->ru_offset = pointer;
		s->rbd = NO_RBD;
		s->rus = RUS_READY;
		break;
	case RUC_RESUME:
		if (s->rus == RUS_SUSPENDED)
			s->rus = RUS_READY;
		break;
	case RUC_RBD_RESUME:
		if (s->rus == RUS_NO_RESOURCES)
			s->rus = RUS_READY;
		break;
	case RUC_ABORT: s->rus = RUS_IDLE; break;
	case RUC_BASE: s->ru_base = pointer; break;
	default: break; /* NOP; header size and redirection change nothing that can be seen */
	}
}
