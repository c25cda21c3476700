/* Frames that leave an 8255x: gathered from transmit blocks (6.4.2.5) in simplified,
 * flexible and extended form, no faster than the line; flow control (IEEE 802.3x). */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/net/drop.h"
#include "engine/nic/i8255x.h"

enum {
	TCB_TBDS = 0x08, /* address of the array of buffer descriptors */
	TCB_COUNT = 0x0c,
	TCB_TBD_COUNT = 0x0f,
	TCB_DATA = 0x10,
	TCB_NO_ARRAY = 0xffffffff,
	COUNT_BYTES = 0x3fff,
	TBD_BYTES = 8,
	TBD_EL = 1 << 16,
	TBD_SIZE = 0x7fff,
	INLINE_TBDS = 2, /* of an extended block */
	MIN_FRAME = 60,
	MAX_FRAME = 2600, /* what the FIFO of the biggest of them can begin to hold */
	LINE_OVERHEAD = 24,
	TX_FIFO = 3072,
	ETH_MAC_CONTROL = 0x8808,
	OPCODE_PAUSE = 1,
	BITS_PER_QUANTUM = 512, /* IEEE 802.3 31B.2 */
};

/* The frame being collected; what does not fit is only counted. */
struct gather {
	uint8_t data[MAX_FRAME];
	uint32_t size;
};

static uint64_t line_ns(const struct i8255x *s, uint64_t bytes)
{
	return bytes * 8 * 1000000000 / i8255x_line_rate(s);
}

static void take(struct board *b, struct gather *g, uint32_t addr, uint32_t size)
{
	uint32_t room = g->size < MAX_FRAME ? MAX_FRAME - g->size : 0;

	mem_dma_read(&b->mem, addr, g->data + (g->size < MAX_FRAME ? g->size : 0), size < room ? size : room);
	g->size += size;
}

/* Buffer descriptors from `table` on, at most `count`. True: the last one said that
 * it is the last. */
static bool take_buffers(struct board *b, struct gather *g, uint32_t table, unsigned count, unsigned *taken)
{
	for (; count; count--, table += TBD_BYTES) {
		uint8_t raw[TBD_BYTES];
		uint32_t word;

		mem_dma_read(&b->mem, table, raw, sizeof(raw));
		word = get_le32(raw + 4);
		take(b, g, get_le32(raw), word & TBD_SIZE);
		++*taken;
		if (word & TBD_EL)
			return true;
	}
	return false;
}

static void collect(struct board *b, struct i8255x *s, uint32_t block, struct gather *g)
{
	bool extended = i8255x_extended(s) && !(s->config[CONFIG_LIST] & LIST_STANDARD_TCB);
	uint8_t raw[TCB_DATA];
	uint32_t array, bytes;
	unsigned count, taken = 0;

	mem_dma_read(&b->mem, block, raw, sizeof(raw));
	array = get_le32(raw + TCB_TBDS);
	bytes = get_le16(raw + TCB_COUNT) & COUNT_BYTES;
	count = raw[TCB_TBD_COUNT];
	take(b, g, block + TCB_DATA, bytes);
	if (array == TCB_NO_ARRAY || !(get_le16(raw + BLOCK_COMMAND) & COMMAND_SF))
		return;
	if (extended && !bytes) {
		unsigned first = count < INLINE_TBDS ? count : INLINE_TBDS;

		if (take_buffers(b, g, block + TCB_DATA, first, &taken) || taken == count)
			return;
	}
	take_buffers(b, g, array, count - taken, &taken);
}

static bool loops_back(const struct i8255x *s)
{
	return (s->config[CONFIG_LOOPBACK] & LOOPBACK_MODE) || i8255x_phy_loopback(s);
}

static void send(struct board *b, struct i8255x *s, const uint8_t *frame, uint32_t size)
{
	uint64_t now = board_now(b), from = s->tx_free > now ? s->tx_free : now;
	int reason;

	s->tx_free = from + line_ns(s, (size < MIN_FRAME ? MIN_FRAME : size) + LINE_OVERHEAD);
	i8255x_count(s, STAT_TX_GOOD);
	if (loops_back(s))
		i8255x_rx(b, s, frame, size, &reason);
	else
		nic_transmit(b, s->slot, frame, size);
}

void i8255x_transmit(struct board *b, struct i8255x *s, uint32_t block)
{
	struct gather g;

	g.size = 0;
	collect(b, s, block, &g);
	TRACE(b, NIC, "i8255x %u: transmit block at %x: %u bytes", s->slot, block, g.size);
	if (g.size < FRAME_MIN || g.size > MAX_FRAME) {
		nic_drop(b, s->slot, g.data, g.size < MAX_FRAME ? g.size : MAX_FRAME,
			 g.size < FRAME_MIN ? DROP_TOO_SHORT : DROP_TOO_LONG);
		return;
	}
	if (!(s->config[CONFIG_LOOPBACK] & LOOPBACK_NSAI))
		memcpy(g.data + ETH_ALEN, s->ia, ETH_ALEN);
	if (g.size < MIN_FRAME && (s->config[CONFIG_FRAMING] & FRAMING_PAD)) {
		memset(g.data + g.size, 0, MIN_FRAME - g.size);
		g.size = MIN_FRAME;
	}
	send(b, s, g.data, g.size);
}

bool i8255x_tx_held(struct board *b, struct i8255x *s)
{
	uint64_t now = board_now(b), fifo = line_ns(s, TX_FIFO), until = 0;

	if (s->tx_free > now + fifo)
		until = s->tx_free - fifo / 2;
	if (s->pause_until > now && s->pause_until > until)
		until = s->pause_until;
	if (!until)
		return false;
	board_timer_set(b, TIMER_NIC0 + s->slot, until);
	return true;
}

/* ---- flow control ---- */

void i8255x_take_pause(struct board *b, struct i8255x *s, uint16_t quanta)
{
	i8255x_count(s, STAT_FC_RX_PAUSE);
	s->pause_until = board_now(b) + line_ns(s, (uint64_t)quanta * BITS_PER_QUANTUM / 8);
	if (quanta)
		s->csr[CSR_FC_COMMAND] |= FC_PAUSED;
	else
		s->csr[CSR_FC_COMMAND] &= (uint8_t)~FC_PAUSED;
	i8255x_interrupt(b, s, ACK_FCP);
	board_timer_set(b, TIMER_NIC0 + s->slot, s->pause_until); /* goes on then */
}

void i8255x_send_pause(struct board *b, struct i8255x *s, uint16_t quanta)
{
	uint8_t frame[MIN_FRAME] = {0x01, 0x80, 0xc2, 0, 0, 0x01};

	memcpy(frame + ETH_ALEN, s->ia, ETH_ALEN);
	put_be16(frame + 12, ETH_MAC_CONTROL);
	put_be16(frame + 14, OPCODE_PAUSE);
	put_be16(frame + 16, quanta);
	i8255x_count(s, STAT_FC_TX_PAUSE);
	send(b, s, frame, sizeof(frame));
}
