/* Am79C970A: initialization block and descriptors in memory. BCR20.SWSTYLE says
 * how they are laid out: 0, as the LANCE had them, with 16-bit words and 24-bit
 * addresses; 2 with doublewords; 3 with the same in another order, for bursts. */
#include "engine/base/bytes.h"
#include "engine/nic/pcnet.h"

enum { STYLE_LANCE = 0, STYLE_BURST = 3, LANCE_MD = 8, MD_BYTES = 16, LANCE_BLOCK = 24, BLOCK = 28, RING_LOG_MAX = 9 };

static unsigned style(const struct pcnet *s)
{
	return s->bcr[BCR_SWS] & SWS_STYLE;
}

/* Upper address bits in the 16-bit style come from CSR2 (section CSR2). */
static uint32_t upper_bits(const struct pcnet *s)
{
	return s->bcr[BCR_SWS] & SWS_SSIZE32 ? 0 : (s->csr[CSR_IADR + 1] & 0xff00u) << 16;
}

uint64_t pcnet_md_addr(const struct pcnet *s, enum pcnet_ring_id ring, uint32_t at)
{
	return (uint32_t)(s->ring[ring].base + at * (style(s) == STYLE_LANCE ? LANCE_MD : MD_BYTES));
}

bool pcnet_fetch(struct board *b, const struct pcnet *s, enum pcnet_ring_id ring, uint32_t at, struct pcnet_md *md)
{
	uint8_t raw[MD_BYTES];

	md->addr = pcnet_md_addr(s, ring, at);
	mem_dma_read(&b->mem, md->addr, raw, style(s) == STYLE_LANCE ? LANCE_MD : MD_BYTES);
	switch (style(s)) {
	case STYLE_LANCE:
		md->buffer = (get_le32(raw) & 0xffffff) | upper_bits(s);
		md->flags = (uint32_t)raw[3] << 24 | get_le16(raw + 4);
		md->status = (uint32_t)get_le16(raw + 6) << (ring == PCNET_TX ? 16 : 0);
		break;
	case STYLE_BURST:
		md->status = get_le32(raw);
		md->flags = get_le32(raw + 4);
		md->buffer = get_le32(raw + 8);
		break;
	default:
		md->buffer = get_le32(raw);
		md->flags = get_le32(raw + 4);
		md->status = get_le32(raw + 8);
	}
	return md->flags & MD_OWN;
}

/* The flags go last: they give the descriptor to the driver. */
void pcnet_store(struct board *b, const struct pcnet *s, enum pcnet_ring_id ring, const struct pcnet_md *md)
{
	uint8_t raw[4];

	if (style(s) == STYLE_LANCE) {
		put_le16(raw, (uint16_t)(ring == PCNET_TX ? md->status >> 16 : md->status));
		mem_dma_write(&b->mem, md->addr + 6, raw, 2);
		raw[0] = (uint8_t)(md->flags >> 24);
		mem_dma_write(&b->mem, md->addr + 3, raw, 1);
		return;
	}
	put_le32(raw, md->status);
	mem_dma_write(&b->mem, md->addr + (style(s) == STYLE_BURST ? 0 : 8), raw, sizeof(raw));
	put_le32(raw, md->flags);
	mem_dma_write(&b->mem, md->addr + 4, raw, sizeof(raw));
}

uint32_t pcnet_md_bytes(const struct pcnet_md *md)
{
	return MD_BCNT + 1 - (md->flags & MD_BCNT);
}

/* ---- the initialization block ---- */

static void set_ring(struct pcnet *s, enum pcnet_ring_id ring, uint32_t base, unsigned log)
{
	s->ring[ring].base = base;
	s->ring[ring].count = 1u << (log < RING_LOG_MAX ? log : RING_LOG_MAX);
	s->ring[ring].at = 0;
}

static void set_addresses(struct pcnet *s, const uint8_t *padr, const uint8_t *ladrf)
{
	for (unsigned n = 0; n < 3; n++)
		s->csr[CSR_PADR + n] = get_le16(padr + 2 * n);
	for (unsigned n = 0; n < 4; n++)
		s->csr[CSR_LADRF + n] = get_le16(ladrf + 2 * n);
}

void pcnet_load_init_block(struct board *b, struct pcnet *s)
{
	uint32_t addr = (s->csr[CSR_IADR] | (uint32_t)s->csr[CSR_IADR + 1] << 16);
	unsigned rlen, tlen;
	uint8_t raw[BLOCK];

	if (s->bcr[BCR_SWS] & SWS_SSIZE32) {
		mem_dma_read(&b->mem, addr, raw, BLOCK);
		rlen = raw[2] >> 4;
		tlen = raw[3] >> 4;
		set_addresses(s, raw + 4, raw + 12);
		set_ring(s, PCNET_RX, get_le32(raw + 20), rlen);
		set_ring(s, PCNET_TX, get_le32(raw + 24), tlen);
	} else {
		mem_dma_read(&b->mem, addr, raw, LANCE_BLOCK);
		rlen = raw[19] >> 5;
		tlen = raw[23] >> 5;
		set_addresses(s, raw + 2, raw + 8);
		set_ring(s, PCNET_RX, (get_le32(raw + 16) & 0xffffff) | upper_bits(s), rlen);
		set_ring(s, PCNET_TX, (get_le32(raw + 20) & 0xffffff) | upper_bits(s), tlen);
	}
	s->csr[CSR_MODE] = get_le16(raw);
	s->csr[CSR_RXTXRL] = (uint16_t)(tlen << 12 | rlen << 8);
	TRACE(b, NIC, "pcnet %u: initialization block at %08x: MODE %04x, RX ring %u at %08x, TX ring %u at %08x",
	      s->slot, addr, s->csr[CSR_MODE], s->ring[PCNET_RX].count, s->ring[PCNET_RX].base, s->ring[PCNET_TX].count,
	      s->ring[PCNET_TX].base);
}
