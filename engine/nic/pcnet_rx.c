/* Am79C970A receives a frame: the address filter (physical, logical by hash,
 * broadcast, promiscuous), then the ring's descriptors, as many as it needs. */
#include <zlib.h>

#include "engine/base/bytes.h"
#include "engine/net/net.h"
#include "engine/nic/mac_hash.h"
#include "engine/nic/pcnet.h"

enum { TYPE_AT = 12, HEADER = 14 };

static bool drop(int *reason, enum drop_reason why)
{
	*reason = why;
	return false;
}

/* ---- the filter ---- */

static bool hash_match(const struct pcnet *s, const uint8_t *mac)
{
	unsigned bit = mac_crc_le(mac) >> 26;

	return s->csr[CSR_LADRF + (bit >> 4)] >> (bit & 15) & 1;
}

static bool physical_match(const struct pcnet *s, const uint8_t *mac)
{
	return get_le16(mac) == s->csr[CSR_PADR] && get_le16(mac + 2) == s->csr[CSR_PADR + 1] &&
	       get_le16(mac + 4) == s->csr[CSR_PADR + 2];
}

/* How the frame is for this card: RMD_PAM, RMD_LAFM, RMD_BAM; *mine: is it? */
static uint32_t filter(const struct pcnet *s, const uint8_t *mac, bool *mine)
{
	uint16_t mode = s->csr[CSR_MODE];
	bool broadcast = get_le32(mac) == UINT32_MAX && get_le16(mac + 4) == 0xffff;

	*mine = true;
	if (broadcast && !(mode & MODE_DRCVBC))
		return RMD_BAM;
	if (!broadcast && (mac[0] & 1) && hash_match(s, mac))
		return RMD_LAFM;
	if (!(mode & MODE_DRCVPA) && physical_match(s, mac))
		return RMD_PAM;
	*mine = mode & MODE_PROM;
	return 0;
}

/* ---- the ring ---- */

/* No descriptor for a frame: CSR0.MISS, counted in CSR112. */
static bool missed(struct board *b, struct pcnet *s, int *reason)
{
	if (!++s->csr[CSR_MFC])
		s->csr[CSR_FEATURE] |= CSR4_MFCO;
	pcnet_interrupt(b, s, CSR0_MISS);
	return drop(reason, DROP_NIC_FULL);
}

/* Fills the descriptor at the ring's place from data; bytes taken. */
static uint32_t fill(struct board *b, struct pcnet *s, struct pcnet_md *md, const uint8_t *data, uint32_t left)
{
	uint32_t bytes = pcnet_md_bytes(md), n = bytes < left ? bytes : left;

	mem_dma_write(&b->mem, md->buffer, data, n);
	md->flags &= MD_BCNT | MD_ONES;
	return n;
}

static void give_back(struct board *b, struct pcnet *s, struct pcnet_md *md)
{
	struct pcnet_ring *r = &s->ring[PCNET_RX];

	TRACE(b, NIC, "pcnet %u: RX descriptor %u: %08x%s%s%s, MCNT %u, at %08x", s->slot, r->at, md->flags,
	      md->flags & MD_STP ? " STP" : "", md->flags & MD_ENP ? " ENP" : "", md->flags & MD_ERR ? " ERR" : "",
	      md->status & MD_BCNT, md->buffer);
	pcnet_store(b, s, PCNET_RX, md);
	r->at = pcnet_ring_next(r, r->at);
}

/* The frame goes to the descriptors from md on; false: they ended before it. */
static bool store(struct board *b, struct pcnet *s, struct pcnet_md *md, const uint8_t *data, uint32_t size,
		  uint32_t how)
{
	struct pcnet_ring *r = &s->ring[PCNET_RX];
	uint32_t done = 0, flags = MD_STP;

	for (;;) {
		struct pcnet_md next;
		bool more;

		done += fill(b, s, md, data + done, size - done);
		md->flags |= flags;
		md->status = 0;
		if (done == size) {
			md->flags |= MD_ENP | how;
			md->status = size;
			give_back(b, s, md);
			return true;
		}
		more = r->count > 1 && pcnet_fetch(b, s, PCNET_RX, pcnet_ring_next(r, r->at), &next);
		if (!more)
			md->flags |= MD_ERR | RMD_BUFF | RMD_OFLO;
		give_back(b, s, md);
		if (!more)
			return false;
		*md = next;
		flags = 0;
	}
}

/* ---- the way of a frame ---- */

/* ASTRP_RCV: an 802.3 frame with padding loses that and the FCS. Its size in memory. */
static uint32_t stripped(const struct pcnet *s, const uint8_t *data, uint32_t size)
{
	uint16_t length = get_be16(data + TYPE_AT);

	return (s->csr[CSR_FEATURE] & CSR4_ASTRP_RCV) && length < PCNET_MIN_FRAME - HEADER ? (uint32_t)HEADER + length
											   : size;
}

bool pcnet_rx(struct board *b, struct pcnet *s, const uint8_t *frame, size_t size, int *reason)
{
	uint8_t data[MD_BCNT + 1];
	struct pcnet_md md;
	bool mine;
	uint32_t how, bytes = (uint32_t)size;

	if (pcnet_stopped(s) || !(s->csr[0] & CSR0_RXON) || !pci_bus_master(b, NIC_DEVFN(s->slot)))
		return drop(reason, DROP_NIC_DOWN);
	how = filter(s, frame, &mine);
	if (!mine)
		return drop(reason, DROP_NIC_FILTER);
	if (size + PCNET_FCS > MD_BCNT)
		return drop(reason, DROP_TOO_LONG);
	if (!pcnet_fetch(b, s, PCNET_RX, s->ring[PCNET_RX].at, &md))
		return missed(b, s, reason);
	memcpy(data, frame, size);
	if (bytes < PCNET_MIN_FRAME) {
		memset(data + bytes, 0, PCNET_MIN_FRAME - bytes);
		bytes = PCNET_MIN_FRAME;
	}
	put_le32(data + bytes, (uint32_t)crc32(0, data, bytes));
	bytes = stripped(s, data, bytes + PCNET_FCS);
	if (!store(b, s, &md, data, bytes, how)) {
		pcnet_interrupt(b, s, CSR0_RINT);
		return drop(reason, DROP_NIC_FULL);
	}
	pcnet_interrupt(b, s, CSR0_RINT);
	return true;
}
