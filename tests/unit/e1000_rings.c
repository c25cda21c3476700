/* The e1000 with its rings set up; see e1000_rings.h. */
#include "tests/unit/e1000_rings.h"

void e1000_up(struct board *b, unsigned tx, unsigned rx, uint32_t rctl)
{
	nic_set_carrier(b, 0, true);
	pass(b, 1000000000);
	wr(b, AT_IMC, UINT32_MAX);
	rd(b, AT_ICR);
	wr(b, AT_TDBAL, TX_RING), wr(b, AT_TDBAH, 0), wr(b, AT_TDLEN, tx * 16), wr(b, AT_TDH, 0), wr(b, AT_TDT, 0);
	wr(b, AT_TCTL, TCTL_EN | TCTL_PSP | 15 << 4 | 64 << 12);
	wr(b, AT_RDBAL, RX_RING), wr(b, AT_RDBAH, 0), wr(b, AT_RDLEN, rx * 16), wr(b, AT_RDH, 0);
	for (unsigned n = 0; n < rx; n++) {
		uint8_t d[16] = {0};

		put_le64(d, BUFFERS + 0x400000 + n * 2048);
		mem_dma_write(&b->mem, RX_RING + 16 * n, d, 16);
	}
	wr(b, AT_RDT, rx - 1);
	wr(b, AT_RCTL, rctl);
	memset(&wire, 0, sizeof(wire));
}

void put_desc(struct board *b, uint32_t ring, unsigned n, uint64_t buffer, uint32_t lower, uint32_t upper)
{
	uint8_t d[16];

	put_le64(d, buffer), put_le32(d + 8, lower), put_le32(d + 12, upper);
	mem_dma_write(&b->mem, ring + 16 * n, d, 16);
}

uint8_t tx_status(struct board *b, unsigned n)
{
	uint8_t v;

	mem_dma_read(&b->mem, TX_RING + 16 * n + 12, &v, 1);
	return v;
}

struct rx rx_desc(struct board *b, unsigned n)
{
	uint8_t d[16];

	mem_dma_read(&b->mem, RX_RING + 16 * n, d, 16);
	return (struct rx){get_le16(d + 8), get_le16(d + 10), d[12], d[13], get_le16(d + 14)};
}

unsigned sum16(const uint8_t *p, size_t size, unsigned sum)
{
	for (size_t n = 0; n < size; n++)
		sum += n & 1 ? p[n] : p[n] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

unsigned l4_sum(const uint8_t *frame)
{
	const uint8_t *ip = frame + 14;
	unsigned header = (ip[0] & 15) * 4, length = get_be16(ip + 2) - header;

	return sum16(ip + header, length, sum16(ip + 12, 8, ip[9] + length));
}

unsigned make_ipv4(uint8_t *f, unsigned protocol, unsigned payload)
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
