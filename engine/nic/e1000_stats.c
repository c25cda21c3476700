/* The 82540EM's statistics registers (8254x manual section 13.7): cleared by
 * reading, stuck at their highest value. Octets count the FCS. */
#include "engine/nic/e1000.h"

void e1000_count(struct e1000 *s, enum e1000_stat stat)
{
	uint32_t *c = &s->stat[stat / 4];

	*c += *c != UINT32_MAX;
}

/* 64-bit octet counters: low, then high register. */
static void count_octets(struct e1000 *s, enum e1000_stat low, uint32_t octets)
{
	uint32_t *c = &s->stat[low / 4];
	uint64_t sum = (c[0] | (uint64_t)c[1] << 32) + octets;

	if (sum < octets)
		sum = UINT64_MAX;
	c[0] = (uint32_t)sum;
	c[1] = (uint32_t)(sum >> 32);
}

/* The six size classes that follow PRC64 and PTC64. */
static void count_size(struct e1000 *s, enum e1000_stat first, uint32_t octets)
{
	static const uint16_t last[] = {64, 127, 255, 511, 1023};
	unsigned n = 0;

	while (n < ARRAY_LEN(last) && octets > last[n])
		n++;
	e1000_count(s, first + 4 * n);
}

static bool is_broadcast(const uint8_t *mac)
{
	return (mac[0] & mac[1] & mac[2] & mac[3] & mac[4] & mac[5]) == 0xff;
}

void e1000_count_rx_total(struct e1000 *s, uint32_t size)
{
	e1000_count(s, TPR);
	count_octets(s, TORL, size + E1000_FCS);
}

void e1000_count_rx_good(struct e1000 *s, const uint8_t *frame, uint32_t size)
{
	e1000_count(s, GPRC);
	count_octets(s, GORCL, size + E1000_FCS);
	count_size(s, PRC64, size + E1000_FCS);
	if (is_broadcast(frame))
		e1000_count(s, BPRC);
	else if (frame[0] & 1)
		e1000_count(s, MPRC);
}

void e1000_count_tx_total(struct e1000 *s, uint32_t size)
{
	e1000_count(s, TPT);
	count_octets(s, TOTL, size + E1000_FCS);
}

/* Flow control is not among the good ones, nor is what is too short. */
void e1000_count_tx_good(struct e1000 *s, const uint8_t *frame, uint32_t size)
{
	if (size < E1000_MIN_FRAME)
		return;
	e1000_count(s, GPTC);
	count_octets(s, GOTCL, size + E1000_FCS);
	count_size(s, PTC64, size + E1000_FCS);
	if (is_broadcast(frame))
		e1000_count(s, BPTC);
	else if (frame[0] & 1)
		e1000_count(s, MPTC);
}

/* Of a 64-bit counter the low half is read first; the high half clears both. */
uint32_t e1000_stat_read(struct e1000 *s, unsigned offset)
{
	uint32_t *c = &s->stat[offset / 4], v = *c;

	switch (offset) {
	case GORCL:
	case GOTCL:
	case TORL:
	case TOTL: break;
	case GORCH:
	case GOTCH:
	case TORH:
	case TOTH:
		c[-1] = 0;
		*c = 0;
		break;
	default: *c = 0;
	}
	return v;
}
