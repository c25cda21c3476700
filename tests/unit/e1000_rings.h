/* The e1000 with its rings set up, as e1000_open() of Linux does it. */
#ifndef LANYARD_TESTS_UNIT_E1000_RINGS_H
#define LANYARD_TESTS_UNIT_E1000_RINGS_H

#include "engine/nic/e1000.h"
#include "tests/unit/nics.h"

#define TX_RING 0x10000u
#define RX_RING 0x20000u
#define BUFFERS 0x100000u

/* Bits of a transmit descriptor. */
enum { EOP = 1 << 24, IFCS = 1 << 25, TSE = 1 << 26, RS = 1 << 27, DEXT = 1 << 29, VLE = 1 << 30, DTYP = 1 << 20 };

static inline void e1000_up(struct board *b, unsigned tx, unsigned rx, uint32_t rctl)
{
	nic_set_carrier(b, 0, true);
	pass(b, 1000000000);
	wr(b, 0xd8, UINT32_MAX);
	rd(b, 0xc0);
	wr(b, 0x3800, TX_RING), wr(b, 0x3804, 0), wr(b, 0x3808, tx * 16), wr(b, 0x3810, 0), wr(b, 0x3818, 0);
	wr(b, 0x400, TCTL_EN | TCTL_PSP | 15 << 4 | 64 << 12);
	wr(b, 0x2800, RX_RING), wr(b, 0x2804, 0), wr(b, 0x2808, rx * 16), wr(b, 0x2810, 0);
	for (unsigned n = 0; n < rx; n++) {
		uint8_t d[16] = {0};

		put_le64(d, BUFFERS + 0x400000 + n * 2048);
		mem_dma_write(&b->mem, RX_RING + 16 * n, d, 16);
	}
	wr(b, 0x2818, rx - 1);
	wr(b, 0x100, rctl);
	memset(&wire, 0, sizeof(wire));
}

static inline void put_desc(struct board *b, uint32_t ring, unsigned n, uint64_t buffer, uint32_t lower, uint32_t upper)
{
	uint8_t d[16];

	put_le64(d, buffer), put_le32(d + 8, lower), put_le32(d + 12, upper);
	mem_dma_write(&b->mem, ring + 16 * n, d, 16);
}

static inline uint8_t tx_status(struct board *b, unsigned n)
{
	uint8_t v;

	mem_dma_read(&b->mem, TX_RING + 16 * n + 12, &v, 1);
	return v;
}

/* A receive descriptor as written back. */
struct rx {
	uint16_t size, sum;
	uint8_t status, errors;
	uint16_t special;
};

static inline struct rx rx_desc(struct board *b, unsigned n)
{
	uint8_t d[16];

	mem_dma_read(&b->mem, RX_RING + 16 * n, d, 16);
	return (struct rx){get_le16(d + 8), get_le16(d + 10), d[12], d[13], get_le16(d + 14)};
}

/* ---- a plain checksum to compare with, and frames that have one ---- */

static inline unsigned sum16(const uint8_t *p, size_t size, unsigned sum)
{
	for (size_t n = 0; n < size; n++)
		sum += n & 1 ? p[n] : p[n] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* 0xffff if the transport checksum of an IPv4 frame is right. */
static inline unsigned l4_sum(const uint8_t *frame)
{
	const uint8_t *ip = frame + 14;
	unsigned header = (ip[0] & 15) * 4, length = get_be16(ip + 2) - header;

	return sum16(ip + header, length, sum16(ip + 12, 8, ip[9] + length));
}

/* An IPv4 frame with right checksums; the payload counts up. Its size. */
static inline unsigned make_ipv4(uint8_t *f, unsigned protocol, unsigned payload)
{
	unsigned l4 = protocol == 6 ? 20 : 8, length = 20 + l4 + payload;
	uint8_t *ip = f + 14, *t = ip + 20;

	memset(f, 0, 14 + length);
	memcpy(f, mac, 6);
	memcpy(f + 6, peer, 6);
	put_be16(f + 12, 0x0800);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)length);
	put_be16(ip + 4, 0x1234);
	ip[8] = 64;
	ip[9] = (uint8_t)protocol;
	put_be32(ip + 12, 0x0a000001);
	put_be32(ip + 16, 0x0a000002);
	put_be16(ip + 10, (uint16_t)~sum16(ip, 20, 0));
	put_be16(t, 1000);
	put_be16(t + 2, 2000);
	if (protocol == 6) {
		put_be32(t + 4, 0x11223344);
		t[12] = 0x50;
		t[13] = 0x19; /* FIN PSH ACK */
	} else {
		put_be16(t + 4, (uint16_t)(8 + payload));
	}
	for (unsigned n = 0; n < payload; n++)
		t[l4 + n] = (uint8_t)n;
	put_be16(t + (protocol == 6 ? 16 : 6),
		 (uint16_t)~sum16(t, length - 20, sum16(ip + 12, 8, protocol + length - 20)));
	return 14 + length;
}

#endif
