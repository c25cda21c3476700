/* The 82540EM receives a frame: length, PAUSE, address and VLAN filters, checksum
 * report, then the descriptors from RDH on (8254x manual section 3.2). */
#include <string.h>
#include <zlib.h>

#include "engine/net/drop.h"
#include "engine/net/frame.h"
#include "engine/net/vlan.h"
#include "engine/nic/csum.h"
#include "engine/nic/e1000.h"

enum {
	DESCRIPTOR = 16,
	MAX_STANDARD = 1522 - E1000_FCS, /* without RCTL.LPE */
	TYPE_AT = 12,
	ETH_IPV4 = 0x0800,
	ETH_IPV6 = 0x86dd,
	ETH_LENGTH_MAX = 1500, /* a type field up to here is an 802.3 length */
	SNAP_BYTES = 8,
	ETH_MAC_CONTROL = 0x8808,
	OPCODE_PAUSE = 1,
	IP_HOP_BY_HOP = 0,
	IP_TCP = 6,
	IP_UDP = 17,
	IP_ROUTING = 43,
	IP_DESTINATION = 60,
	IPV6_HEADER = 40,
	IPV6_EXTENSION_MAX = 64,
};
#define DELAY_UNIT_NS 1024u
#define BIT_TIMES_PER_QUANTUM 512u /* IEEE 802.3 31B.2 */

/* The frame as it goes to memory. */
struct received {
	uint8_t data[FRAME_MAX + E1000_FCS];
	uint32_t size;
	uint8_t status, errors; /* of the last descriptor */
	uint16_t special;
};

/* ---- filters ---- */

/* Receive address n; RAH.AS says which address of the frame it is for. */
static bool ra_match(const struct e1000 *s, unsigned n, const uint8_t *frame)
{
	uint32_t low = s->ra[2 * n], high = s->ra[2 * n + 1], as = high >> RAH_AS_SHIFT & 3;
	const uint8_t *mac = frame + as * ETH_ALEN;

	return (high & RAH_AV) && as <= 1 && low == get_le32(mac) && (uint16_t)high == get_le16(mac + 4);
}

static bool exact_match(const struct e1000 *s, const uint8_t *frame)
{
	for (unsigned n = 0; n < 16; n++)
		if (ra_match(s, n, frame))
			return true;
	return false;
}

/* Twelve bits of the address select a bit of the table (section 13.5.1). */
static bool multicast_match(const struct e1000 *s, const uint8_t *mac)
{
	static const uint8_t shift[4] = {4, 3, 2, 0};
	unsigned mo = s->reg[R_RCTL] >> RCTL_MO_SHIFT & 3;
	unsigned hash = get_le16(mac + 4) >> shift[mo] & 0xfff;

	return s->mta[hash >> 5] >> (hash & 31) & 1;
}

/* True if the frame is for this card; *inexact if not by its own address. */
static bool address_match(const struct e1000 *s, const uint8_t *frame, bool *inexact)
{
	const uint8_t *mac = frame;
	uint32_t rctl = s->reg[R_RCTL];
	bool multicast = mac[0] & 1, broadcast = (get_le32(mac) == UINT32_MAX && get_le16(mac + 4) == 0xffff);

	*inexact = false;
	if (exact_match(s, frame) || (broadcast && (rctl & RCTL_BAM)))
		return true;
	*inexact = true;
	if (rctl & (multicast ? RCTL_MPE : RCTL_UPE))
		return true;
	return multicast && multicast_match(s, mac);
}

static bool tagged(const struct e1000 *s, const struct received *r)
{
	return get_be16(r->data + TYPE_AT) == s->reg[R_VET];
}

static bool vlan_match(const struct e1000 *s, const struct received *r)
{
	uint16_t tci = get_be16(r->data + TYPE_AT + 2);
	uint32_t rctl = s->reg[R_RCTL];
	unsigned vid = tci & 0xfff;

	if (!(rctl & RCTL_VFE) || !tagged(s, r))
		return true;
	if ((rctl & RCTL_CFIEN) && (tci >> 12 & 1) != (rctl & RCTL_CFI ? 1 : 0))
		return false;
	return s->vfta[vid >> 5] >> (vid & 31) & 1;
}

/* A PAUSE frame for us, obeyed if CTRL.RFCE. True if it goes no further. */
static bool take_pause(struct board *b, struct e1000 *s, const struct received *r)
{
	uint64_t fca = s->reg[R_FCAL] | (uint64_t)s->reg[R_FCAH] << 32;
	uint64_t to = get_le32(r->data) | (uint64_t)get_le16(r->data + 4) << 32;
	uint16_t quanta = get_be16(r->data + 16);

	if (get_be16(r->data + TYPE_AT) != ETH_MAC_CONTROL || get_be16(r->data + 14) != OPCODE_PAUSE)
		return false;
	if (to != fca && !ra_match(s, 0, r->data)) /* the station's own is RA0 (section 13.5.2) */
		return false;
	if (s->reg[R_CTRL] & CTRL_RFCE) {
		e1000_count(s, quanta ? XOFFRXC : XONRXC);
		s->pause_until = board_now(b) + (uint64_t)quanta * BIT_TIMES_PER_QUANTUM / 8 * e1000_byte_ns(s);
		if (!quanta)
			e1000_event(b, s, E1000_EVENT_TX, board_now(b));
		if (!(s->reg[R_RCTL] & RCTL_PMCF))
			return true;
	}
	return s->reg[R_RCTL] & RCTL_DPF;
}

/* ---- checksum report (section 3.2.9) ---- */

/* Where the headers are; a frame with a tag still has it. */
struct packet {
	uint32_t ip;        /* offset of the IP header */
	uint32_t transport; /* of what it carries */
	uint32_t end;       /* of the packet: behind it there is padding */
	uint32_t addresses; /* bytes of both addresses, which end the fixed header */
	uint32_t header;    /* bytes of the fixed header */
	uint8_t protocol;
	bool fragment;
};

/* The SNAP and VLAN filters: the type of the frame's payload, and where it is. */
static uint16_t find_payload(const struct e1000 *s, const struct received *r, uint32_t *at)
{
	static const uint8_t snap[6] = {0xaa, 0xaa, 0x03, 0, 0, 0};
	uint32_t type_at = TYPE_AT + (tagged(s, r) ? TAG_BYTES : 0);
	uint16_t type = get_be16(r->data + type_at);

	*at = type_at + 2;
	if (type > ETH_LENGTH_MAX || *at + SNAP_BYTES > r->size || memcmp(r->data + *at, snap, sizeof(snap)))
		return type;
	*at += SNAP_BYTES;
	return get_be16(r->data + *at - 2);
}

/* The IPv4 filter: any length of header from 20 bytes on. */
static bool find_ipv4(const struct received *r, struct packet *p)
{
	const uint8_t *ip = r->data + p->ip;
	uint32_t header, length;

	if (p->ip + 20 > r->size || ip[0] >> 4 != 4)
		return false;
	header = (ip[0] & 15) * 4u;
	length = get_be16(ip + 2);
	if (header < 20 || length < header || p->ip + length > r->size)
		return false;
	p->header = 20;
	p->addresses = 8;
	p->transport = p->ip + header;
	p->end = p->ip + length;
	p->protocol = ip[9];
	p->fragment = get_be16(ip + 6) & 0x3fff;
	return true;
}

/* The IPv6 filter: steps over the three extension headers it knows. */
static bool find_ipv6(const struct received *r, struct packet *p)
{
	const uint8_t *ip = r->data + p->ip;
	uint32_t at = p->ip + IPV6_HEADER, size;

	if (at > r->size || ip[0] >> 4 != 6 || at + get_be16(ip + 4) > r->size)
		return false;
	p->header = IPV6_HEADER;
	p->addresses = 32;
	p->end = at + get_be16(ip + 4);
	p->protocol = ip[6];
	while (p->protocol == IP_HOP_BY_HOP || p->protocol == IP_ROUTING || p->protocol == IP_DESTINATION) {
		if (at + 8 > p->end)
			return false;
		size = 8 + r->data[at + 1] * 8u;
		if (size > IPV6_EXTENSION_MAX || at + size > p->end)
			return false;
		p->protocol = r->data[at];
		at += size;
	}
	p->transport = at;
	return true;
}

/* A pseudo-header's addresses, protocol and length, then all behind it. */
static bool transport_good(const struct received *r, const struct packet *p)
{
	uint32_t length = p->end - p->transport;
	uint64_t sum = csum_add(0, r->data + p->ip + p->header - p->addresses, p->addresses);

	return csum_fold(csum_add(sum + p->protocol + length, r->data + p->transport, length)) == 0xffff;
}

static void check_transport(struct received *r, const struct packet *p)
{
	uint32_t length = p->end - p->transport;

	if (p->fragment || (p->protocol != IP_TCP && p->protocol != IP_UDP) ||
	    length < (p->protocol == IP_TCP ? 20 : 8))
		return;
	if (p->protocol == IP_UDP && !get_be16(r->data + p->transport + 6))
		return; /* sent without a checksum */
	r->status |= RXD_TCPCS;
	if (!transport_good(r, p))
		r->errors |= RXD_TCPE;
}

static void check_ipv4(struct received *r, const struct packet *p)
{
	r->status |= RXD_IPCS;
	if (csum_fold(csum_add(0, r->data + p->ip, p->transport - p->ip)) != 0xffff)
		r->errors |= RXD_IPE;
}

/* RXCSUM: IPOFL and TUOFL for IPv4, IPV6OFL lets IPv6 pass to TUOFL. */
static void check_sums(const struct e1000 *s, struct received *r)
{
	uint32_t rxcsum = s->reg[R_RXCSUM];
	struct packet p = {0};
	uint16_t type = find_payload(s, r, &p.ip);
	bool v4 = type == ETH_IPV4 && (rxcsum & (RXCSUM_IPOFL | RXCSUM_TUOFL)) && find_ipv4(r, &p);
	bool v6 = type == ETH_IPV6 && (rxcsum & RXCSUM_IPV6OFL) && (rxcsum & RXCSUM_TUOFL) && find_ipv6(r, &p);

	if (!v4 && !v6) {
		r->status |= RXD_IXSM;
		return;
	}
	if (v4 && (rxcsum & RXCSUM_IPOFL))
		check_ipv4(r, &p);
	if (rxcsum & RXCSUM_TUOFL)
		check_transport(r, &p);
}

/* ---- what goes to memory ---- */

static void strip_tag(const struct e1000 *s, struct received *r)
{
	if (!(s->reg[R_CTRL] & CTRL_VME) || !tagged(s, r))
		return;
	r->special = get_be16(r->data + TYPE_AT + 2);
	r->status |= RXD_VP;
	memmove(r->data + TYPE_AT, r->data + TYPE_AT + TAG_BYTES, r->size - TYPE_AT - TAG_BYTES);
	r->size -= TAG_BYTES;
}

static void append_fcs(const struct e1000 *s, struct received *r)
{
	if (s->reg[R_RCTL] & RCTL_SECRC)
		return;
	put_le32(r->data + r->size, (uint32_t)crc32(0, r->data, r->size));
	r->size += E1000_FCS;
}

static uint32_t buffer_size(const struct e1000 *s)
{
	unsigned shift = s->reg[R_RCTL] >> RCTL_BSIZE_SHIFT & 3;

	return (s->reg[R_RCTL] & RCTL_BSEX) && shift ? 32768u >> shift : 2048u >> shift;
}

/* Descriptors between head and tail. */
static uint32_t descriptors(const struct e1000 *s, uint32_t count)
{
	uint32_t head = s->reg[R_RDH], tail = s->reg[R_RDT] < count ? s->reg[R_RDT] : count;

	if (head >= count)
		return 0;
	return tail >= head ? tail - head : tail + count - head;
}

/* Fills the descriptor at RDH; bytes taken. One with a null address is given
 * back unused (section 3.2.4). */
static uint32_t fill(struct board *b, struct e1000 *s, const struct received *r, uint32_t from, uint16_t sum)
{
	uint64_t addr = (s->reg[R_RDBAL] | (uint64_t)s->reg[R_RDBAH] << 32) + (uint64_t)s->reg[R_RDH] * DESCRIPTOR;
	uint32_t size = buffer_size(s), left = r->size - from, n = left < size ? left : size;
	uint8_t raw[DESCRIPTOR];
	uint64_t buffer;

	mem_dma_read(&b->mem, addr, raw, 8);
	buffer = get_le64(raw);
	memset(raw + 8, 0, 8);
	raw[12] = RXD_DD;
	if (!buffer)
		n = 0;
	mem_dma_write(&b->mem, buffer, r->data + from, n);
	put_le16(raw + 8, (uint16_t)n);
	if (n && n == left) {
		put_le16(raw + 10, sum);
		raw[12] |= RXD_EOP | r->status;
		raw[13] = r->errors;
		put_le16(raw + 14, r->special);
	}
	mem_dma_write(&b->mem, addr + 8, raw + 8, 8);
	return n;
}

/* Puts the frame into the ring; false if the ring is too short. */
static bool store(struct board *b, struct e1000 *s, const struct received *r, uint32_t count)
{
	uint32_t room = descriptors(s, count), done = 0, pcss = s->reg[R_RXCSUM] & RXCSUM_PCSS;
	uint32_t low = count >> ((s->reg[R_RCTL] >> RCTL_RDMTS_SHIFT & 3) + 1), left = room;
	uint16_t sum = pcss < r->size ? csum_fold(csum_add(0, r->data + pcss, r->size - pcss)) : 0;

	if ((uint64_t)room * buffer_size(s) < r->size)
		return false;
	while (done < r->size && left--) {
		done += fill(b, s, r, done, sum);
		s->reg[R_RDH] = s->reg[R_RDH] + 1 < count ? s->reg[R_RDH] + 1 : 0;
	}
	left = descriptors(s, count);
	if (room > low && left <= low)
		e1000_interrupt(b, s, ICR_RXDMT0);
	return done == r->size;
}

static void rx_interrupt(struct board *b, struct e1000 *s, uint32_t size)
{
	uint64_t now = board_now(b);

	if (s->reg[R_RSRPD] && size <= s->reg[R_RSRPD]) {
		e1000_interrupt(b, s, ICR_SRPD | ICR_RXT0);
	} else if (!s->reg[R_RDTR]) {
		e1000_interrupt(b, s, ICR_RXT0);
	} else {
		e1000_event(b, s, E1000_EVENT_RDTR, now + (uint64_t)s->reg[R_RDTR] * DELAY_UNIT_NS);
		if (s->reg[R_RADV] && s->due[E1000_EVENT_RADV] == TIME_NEVER)
			e1000_event(b, s, E1000_EVENT_RADV, now + (uint64_t)s->reg[R_RADV] * DELAY_UNIT_NS);
	}
}

/* ---- the way of a frame ---- */

static bool drop(int *reason, enum drop_reason why)
{
	*reason = why;
	return false;
}

/* All that can refuse the frame before it needs memory. */
static bool wanted(struct e1000 *s, struct received *r, int *reason)
{
	bool inexact;

	if (!address_match(s, r->data, &inexact) || !vlan_match(s, r))
		return drop(reason, DROP_NIC_FILTER);
	if (r->size > MAX_STANDARD && !(s->reg[R_RCTL] & RCTL_LPE)) {
		e1000_count(s, ROC);
		e1000_count(s, RLEC);
		if (!(s->reg[R_RCTL] & RCTL_SBP))
			return drop(reason, DROP_TOO_LONG);
	}
	r->status = inexact ? RXD_PIF : 0;
	return true;
}

bool e1000_rx(struct board *b, struct e1000 *s, const uint8_t *frame, size_t size, int *reason)
{
	uint32_t count = s->reg[R_RDLEN] / DESCRIPTOR, on_line;
	struct received r;

	if (!(s->reg[R_RCTL] & RCTL_EN) || !pci_bus_master(b, NIC_DEVFN(s->slot)))
		return drop(reason, DROP_NIC_DOWN);
	if (size > FRAME_MAX)
		return drop(reason, DROP_TOO_LONG);
	memcpy(r.data, frame, size);
	r.size = on_line = (uint32_t)size;
	if (size < E1000_MIN_FRAME) {
		memset(r.data + size, 0, E1000_MIN_FRAME - size);
		r.size = on_line = E1000_MIN_FRAME;
	}
	r.status = r.errors = 0;
	r.special = 0;
	e1000_count_rx_total(s, r.size);
	if (take_pause(b, s, &r))
		return true;
	if (!wanted(s, &r, reason))
		return false;
	check_sums(s, &r);
	strip_tag(s, &r);
	append_fcs(s, &r);
	if (!store(b, s, &r, count)) {
		e1000_count(s, RNBC);
		e1000_count(s, MPC);
		e1000_interrupt(b, s, ICR_RXO);
		return drop(reason, DROP_NIC_FULL);
	}
	e1000_count_rx_good(s, frame, on_line);
	rx_interrupt(b, s, r.size);
	return true;
}
