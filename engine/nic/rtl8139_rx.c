/* RTL8139 receives a frame: the address filter, then the ring buffer of C mode
 * (data sheet section 7) or the descriptors of C+ mode (C+ section 9.3). */
#include <zlib.h>

#include "engine/net/net.h"
#include "engine/nic/mac_hash.h"
#include "engine/nic/rtl8139.h"

enum {
	HEADER = 4, /* status and size before each frame of the ring */
	CAPR_GAP = 16,
	RING_UNIT = 8192,
	RING_LARGEST = 65536,
	C_MODE_MAX = 4096 - RTL_FCS, /* longer ones are errors there */
	TYPE_AT = 12,
	TAG_BYTES = 4,
	ETH_TAG = 0x8100,
	MPC_MAX = 0xffffff,
};

/* The frame as it goes to memory. */
struct received {
	uint8_t data[FRAME_MAX + RTL_FCS];
	uint32_t size;
	uint32_t command; /* CPRX_* */
	uint32_t tag;
};

static bool drop(int *reason, enum drop_reason why)
{
	*reason = why;
	return false;
}

/* No room: counted in MPC, with the cause of an interrupt. */
static bool missed(struct board *b, struct rtl8139 *s, int *reason)
{
	uint32_t mpc = rtl_get32(s, RTL_MPC);

	if (mpc < MPC_MAX)
		put_le32(s->reg + RTL_MPC, mpc + 1);
	s->tally.rx_missed++;
	rtl8139_interrupt(b, s, ISR_RXOVW);
	return drop(reason, DROP_NIC_FULL);
}

/* ---- the filter ---- */

static bool hash_match(const struct rtl8139 *s, const uint8_t *mac)
{
	unsigned bit = mac_crc_be(mac) >> 26;

	return s->reg[RTL_MAR0 + (bit >> 3)] >> (bit & 7) & 1;
}

/* Which way a frame is for this card, as CPRX_* bits; *mine: false if it is not. */
static uint32_t filter(const struct rtl8139 *s, const uint8_t *mac, bool *mine)
{
	uint32_t rcr = rtl_get32(s, RTL_RCR);
	bool physical = !memcmp(mac, s->reg + RTL_IDR0, ETH_ALEN);

	if (get_le32(mac) == UINT32_MAX && get_le16(mac + 4) == 0xffff) {
		*mine = rcr & RCR_AB;
		return CPRX_BAR;
	}
	if (mac[0] & 1) {
		*mine = (rcr & RCR_AM) && hash_match(s, mac);
		return CPRX_MAR;
	}
	*mine = (rcr & RCR_AAP) || ((rcr & RCR_APM) && physical);
	return physical ? CPRX_PAM : 0;
}

static void count(struct rtl8139 *s, uint32_t how)
{
	s->tally.rx_ok++;
	s->tally.rx_physical += how == CPRX_PAM;
	s->tally.rx_broadcast += how == CPRX_BAR;
	s->tally.rx_multicast += how == CPRX_MAR;
}

/* ---- C mode: one ring of bytes ---- */

static uint32_t ring_size(const struct rtl8139 *s)
{
	return RING_UNIT << (rtl_get32(s, RTL_RCR) >> RCR_RBLEN_SHIFT & 3);
}

/* Bytes that the driver has not read yet. CAPR stays 16 bytes behind what it has. */
static uint32_t ring_used(const struct rtl8139 *s)
{
	return ((uint32_t)rtl_get16(s, RTL_CBR) - rtl_get16(s, RTL_CAPR) - CAPR_GAP) & (ring_size(s) - 1);
}

bool rtl8139_ring_empty(const struct rtl8139 *s)
{
	return !ring_used(s);
}

/* With RCR.WRAP a frame goes on behind the ring's end, where the driver left room
 * for it; in the largest ring there is no such bit. */
static void ring_put(struct board *b, const struct rtl8139 *s, uint32_t at, const uint8_t *data, uint32_t size)
{
	uint64_t base = rtl_get32(s, RTL_RBSTART);
	uint32_t room = ring_size(s) - at;

	if (room >= size || ((rtl_get32(s, RTL_RCR) & RCR_WRAP) && ring_size(s) < RING_LARGEST)) {
		mem_dma_write(&b->mem, base + at, data, size);
		return;
	}
	mem_dma_write(&b->mem, base + at, data, room);
	mem_dma_write(&b->mem, base, data + room, size - room);
}

static bool ring_store(struct board *b, struct rtl8139 *s, const struct received *r, uint32_t how, int *reason)
{
	uint32_t at = rtl_get16(s, RTL_CBR) & (ring_size(s) - 1), need = (r->size + HEADER + 3) & ~3u;
	uint8_t packet[HEADER + C_MODE_MAX + RTL_FCS];

	if (need >= ring_size(s) - ring_used(s))
		return missed(b, s, reason);
	put_le16(packet, (uint16_t)(RXS_ROK | (how == CPRX_BAR ? RXS_BAR : 0) | (how == CPRX_PAM ? RXS_PAM : 0) |
				    (how == CPRX_MAR ? RXS_MAR : 0)));
	put_le16(packet + 2, (uint16_t)r->size);
	memcpy(packet + HEADER, r->data, r->size);
	TRACE(b, NIC, "rtl8139 %u: %u bytes to the ring at %u, status %04x", s->slot, r->size, at, get_le16(packet));
	ring_put(b, s, at, packet, r->size + HEADER);
	put_le16(s->reg + RTL_CBR, (uint16_t)((at + need) & (ring_size(s) - 1)));
	return true;
}

/* ---- C+ mode: descriptors ---- */

static uint64_t descriptor_at(const struct rtl8139 *s, unsigned n)
{
	return (rtl_get64(s, RTL_RDSAR) & ~(uint64_t)0xff) + n * RTL_DESCRIPTOR;
}

static unsigned next_in_ring(unsigned n, uint32_t command)
{
	return (command & CPD_EOR) ? 0 : (n + 1) % RTL_RING_MAX;
}

/* Do the descriptors that are the card's hold so much? */
static bool has_room(struct board *b, const struct rtl8139 *s, uint32_t size)
{
	unsigned first = s->at[RING_RX], at = first;
	uint8_t raw[4];

	do {
		uint32_t command, bytes;

		mem_dma_read(&b->mem, descriptor_at(s, at), raw, sizeof(raw));
		command = get_le32(raw);
		bytes = command & CPRX_SIZE;
		if (!(command & CPD_OWN))
			return false;
		if (bytes >= size)
			return true;
		size -= bytes;
		at = next_in_ring(at, command);
	} while (at != first);
	return false;
}

/* Fills the next descriptor with what is left from `from` on; bytes taken. */
static uint32_t fill(struct board *b, struct rtl8139 *s, const struct received *r, uint32_t from)
{
	uint64_t addr = descriptor_at(s, s->at[RING_RX]);
	uint8_t raw[RTL_DESCRIPTOR];
	uint32_t command, bytes, left = r->size - from;

	mem_dma_read(&b->mem, addr, raw, sizeof(raw));
	command = get_le32(raw);
	bytes = command & CPRX_SIZE;
	if (bytes > left)
		bytes = left;
	mem_dma_write(&b->mem, get_le64(raw + 8), r->data + from, bytes);
	put_le32(raw,
		 (command & CPD_EOR) | (from ? 0 : CPD_FS) | (bytes == left ? CPD_LS | r->command | r->size : bytes));
	put_le32(raw + 4, r->tag);
	TRACE(b, NIC, "rtl8139 %u: RX descriptor %u: %08x %08x, %u bytes at %llx", s->slot, s->at[RING_RX],
	      get_le32(raw), r->tag, bytes, (unsigned long long)get_le64(raw + 8));
	mem_dma_write(&b->mem, addr, raw, 8);
	s->at[RING_RX] = (uint8_t)next_in_ring(s->at[RING_RX], command);
	return bytes;
}

static bool descriptor_store(struct board *b, struct rtl8139 *s, const struct received *r, int *reason)
{
	uint32_t done = 0;

	if (!has_room(b, s, r->size))
		return missed(b, s, reason);
	for (unsigned n = 0; done < r->size && n < RTL_RING_MAX; n++)
		done += fill(b, s, r, done);
	return true;
}

static void strip_tag(const struct rtl8139 *s, struct received *r)
{
	if (!(rtl_get16(s, RTL_CPCR) & CPCR_RXVLAN) || get_be16(r->data + TYPE_AT) != ETH_TAG)
		return;
	r->tag = CPRX_TAVA | get_le16(r->data + TYPE_AT + 2); /* in wire order */
	memmove(r->data + TYPE_AT, r->data + TYPE_AT + TAG_BYTES, r->size - TYPE_AT - TAG_BYTES);
	r->size -= TAG_BYTES;
}

/* ---- the way of a frame ---- */

static void append_fcs(struct received *r)
{
	put_le32(r->data + r->size, (uint32_t)crc32(0, r->data, r->size));
	r->size += RTL_FCS;
}

static void take(struct received *r, const uint8_t *frame, size_t size)
{
	memcpy(r->data, frame, size);
	r->size = (uint32_t)size;
	if (r->size < RTL_MIN_FRAME) {
		memset(r->data + r->size, 0, RTL_MIN_FRAME - r->size);
		r->size = RTL_MIN_FRAME;
	}
	r->command = r->tag = 0;
}

static bool store_plus(struct board *b, struct rtl8139 *s, struct received *r, uint32_t how, int *reason)
{
	strip_tag(s, r);
	r->command = how;
	if (rtl_get16(s, RTL_CPCR) & CPCR_RXCHKSUM)
		r->command |= rtl8139_check_sums(r->data, r->size);
	append_fcs(r);
	return r->size <= CPRX_SIZE ? descriptor_store(b, s, r, reason) : drop(reason, DROP_TOO_LONG);
}

static bool store_ring(struct board *b, struct rtl8139 *s, struct received *r, uint32_t how, int *reason)
{
	if (r->size > C_MODE_MAX)
		return drop(reason, DROP_TOO_LONG);
	append_fcs(r);
	return ring_store(b, s, r, how, reason);
}

bool rtl8139_rx(struct board *b, struct rtl8139 *s, const uint8_t *frame, size_t size, int *reason)
{
	struct received r;
	uint32_t how;
	bool mine, plus = rtl_get16(s, RTL_CPCR) & CPCR_RXENB;

	if (!(s->reg[RTL_CR] & CR_RE) || !pci_bus_master(b, NIC_DEVFN(s->slot)))
		return drop(reason, DROP_NIC_DOWN);
	how = filter(s, frame, &mine);
	if (!mine)
		return drop(reason, DROP_NIC_FILTER);
	take(&r, frame, size);
	if (!(plus ? store_plus : store_ring)(b, s, &r, how, reason))
		return false;
	count(s, how);
	rtl8139_interrupt(b, s, ISR_ROK);
	return true;
}
