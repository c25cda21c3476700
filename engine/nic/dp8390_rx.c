/* DP8390: address recognition and the receive ring in buffer memory (DS 5.0 and
 * 7.0). The ring's pages go from PSTART to PSTOP - 1; CURR is the first page of
 * the next frame, BNRY the page that the driver has not yet given back. */
#include <zlib.h>

#include "engine/base/bytes.h"
#include "engine/net/drop.h"
#include "engine/net/frame.h"
#include "engine/nic/dp8390.h"
#include "engine/nic/mac_hash.h"
#include "engine/nic/nic.h"

enum {
	PAGE = 256,
	HEADER = 4,
	FCS = 4,
	MIN_FRAME = 60,
	COUNTER_MAX = 192,
	COUNTER_MSB = 0x80,
	MISSED = 2, /* index of the counter */
};

static bool drop(int *reason, enum drop_reason why)
{
	*reason = why;
	return false;
}

/* The top six bits of the CRC register, most significant bit first, select a
 * bit of MAR0..MAR7 (DS 10.6). */
static bool multicast_match(const struct dp8390 *d, const uint8_t *mac)
{
	unsigned bit = mac_crc_be(mac) >> 26;

	return d->mar[bit >> 3] >> (bit & 7) & 1;
}

bool dp8390_address_match(const struct dp8390 *d, const uint8_t *mac)
{
	if (get_le32(mac) == UINT32_MAX && get_le16(mac + 4) == 0xffff)
		return d->rcr & RCR_AB;
	if (mac[0] & 1)
		return (d->rcr & RCR_AM) && multicast_match(d, mac);
	return (d->rcr & RCR_PRO) || !memcmp(mac, d->par, ETH_ALEN);
}

/* Counts a frame that was for us but could not be kept. */
static void missed(const struct dp8390_card *c, uint8_t causes)
{
	struct dp8390 *d = c->d;

	d->rsr |= RSR_MPA;
	if (d->counter[MISSED] < COUNTER_MAX)
		d->counter[MISSED]++;
	if (d->counter[MISSED] & COUNTER_MSB)
		causes |= ISR_CNT;
	dp8390_interrupt(c, causes);
}

/* Pages from CURR to BNRY; equal means an empty ring, as drivers start it. */
static unsigned free_pages(const struct dp8390 *d)
{
	unsigned ring = d->pstop > d->pstart ? d->pstop - d->pstart : 0;

	if (d->curr < d->pstart || d->curr >= d->pstop)
		return 0;
	if (d->bnry < d->pstart || d->bnry >= d->pstop)
		return ring;
	return d->curr < d->bnry ? (unsigned)(d->bnry - d->curr) : ring - (d->curr - d->bnry);
}

/* Writes one byte at *at and moves on, around the ring. */
static void ring_put(struct dp8390 *d, uint16_t *at, uint8_t byte)
{
	dp8390_poke(d, *at, byte);
	*at = (uint16_t)(*at + 1);
	if (*at == (uint16_t)(d->pstop << 8))
		*at = (uint16_t)(d->pstart << 8);
}

static void ring_store(struct dp8390 *d, const uint8_t *frame, unsigned size, unsigned pages)
{
	unsigned padded = size < MIN_FRAME ? MIN_FRAME : size, next = d->curr + pages;
	uint16_t at = (uint16_t)(d->curr << 8), count = (uint16_t)(padded + FCS);
	uint8_t zeros[MIN_FRAME] = {0};
	uint32_t fcs = (uint32_t)crc32(0, frame, size);

	if (padded > size)
		fcs = (uint32_t)crc32(fcs, zeros, padded - size);
	if (next >= d->pstop)
		next -= d->pstop - d->pstart;
	ring_put(d, &at, d->rsr);
	ring_put(d, &at, (uint8_t)next);
	ring_put(d, &at, (uint8_t)count);
	ring_put(d, &at, (uint8_t)(count >> 8));
	for (unsigned n = 0; n < padded; n++)
		ring_put(d, &at, n < size ? frame[n] : 0);
	for (unsigned n = 0; n < FCS; n++)
		ring_put(d, &at, (uint8_t)(fcs >> 8 * n));
	d->curr = (uint8_t)next;
}

bool dp8390_receive(const struct dp8390_card *c, const uint8_t *frame, size_t size, int *reason)
{
	struct dp8390 *d = c->d;
	size_t stored = (size < MIN_FRAME ? MIN_FRAME : size) + FCS + HEADER;
	unsigned pages = (unsigned)((stored + PAGE - 1) / PAGE);

	if (!dp8390_running(d) || (d->tcr & TCR_LB))
		return drop(reason, DROP_NIC_DOWN);
	if (!dp8390_address_match(d, frame))
		return drop(reason, DROP_NIC_FILTER);
	if (d->rcr & RCR_MON) {
		missed(c, 0);
		return drop(reason, DROP_NIC_FILTER);
	}
	if (size > FRAME_MAX)
		return drop(reason, DROP_TOO_LONG);
	if (pages >= free_pages(d)) { /* never until CURR meets BNRY: that would look empty */
		missed(c, ISR_OVW);
		return drop(reason, DROP_NIC_FULL);
	}
	d->rsr = RSR_PRX | (frame[0] & 1 ? RSR_PHY : 0);
	TRACE(c->b, NIC, "8390 %u: %zu bytes to the ring at page %02x, %u pages", c->slot, size, d->curr, pages);
	ring_store(d, frame, (unsigned)size, pages);
	dp8390_interrupt(c, ISR_PRX);
	return true;
}
