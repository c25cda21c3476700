/* A driver for the 82540EM: legacy descriptors, one interrupt for all. */
#include "tests/netguest/netguest.h"

enum {
	CTRL = 0x0000,
	STATUS = 0x0008,
	ICR = 0x00c0,
	IMS = 0x00d0,
	RCTL = 0x0100,
	TCTL = 0x0400,
	RDBAL = 0x2800,
	RDBAH = 0x2804,
	RDLEN = 0x2808,
	RDH = 0x2810,
	RDT = 0x2818,
	TDBAL = 0x3800,
	TDBAH = 0x3804,
	TDLEN = 0x3808,
	TDH = 0x3810,
	TDT = 0x3818,
	RAL = 0x5400,
	RAH = 0x5404,
	RX = 32,
	TX = 64,
	CMD_EOP_IFCS_RS = 0x0b,
	DD = 1,
	IMS_BITS = 0xd5, /* TXDW LSC RXDMT0 RXO RXT0 */
};

struct descriptor {
	uint32_t low, high;
	uint16_t length, sum;
	uint8_t status, errors;
	uint16_t special;
};
/* Transmit descriptors have the command where the errors' neighbour is. */
struct tx_descriptor {
	uint32_t low, high;
	uint16_t length;
	uint8_t cso, cmd, status, css;
	uint16_t special;
};

struct ring {
	volatile struct descriptor rx[RX] __attribute__((aligned(128)));
	volatile struct tx_descriptor tx[TX] __attribute__((aligned(128)));
	uint8_t rx_buffer[RX][BUFFER_BYTES], tx_buffer[TX][64];
	uint32_t next, tail, cleaned;
};
static struct ring rings[MAX_CARDS];
static unsigned used;

static void put(const struct card *c, unsigned reg, uint32_t v)
{
	*(volatile uint32_t *)(c->base + reg) = v;
}
static uint32_t get(const struct card *c, unsigned reg)
{
	return *(volatile uint32_t *)(c->base + reg);
}

static bool e1000_send(struct card *c, const uint8_t *frame)
{
	struct ring *r = &rings[c->slot];

	while (r->cleaned != r->tail && (r->tx[r->cleaned].status & DD))
		r->cleaned = (r->cleaned + 1) % TX;
	if ((r->tail + 1) % TX == r->cleaned || !(get(c, STATUS) & 2))
		return false;
	for (unsigned n = 0; n < FRAME_BYTES; n++)
		r->tx_buffer[r->tail][n] = frame[n];
	r->tx[r->tail].low = (uint32_t)r->tx_buffer[r->tail];
	r->tx[r->tail].length = FRAME_BYTES;
	r->tx[r->tail].status = 0;
	r->tx[r->tail].cmd = CMD_EOP_IFCS_RS;
	r->tail = (r->tail + 1) % TX;
	put(c, TDT, r->tail);
	return true;
}

static void e1000_serve(struct card *c)
{
	struct ring *r = &rings[c->slot];

	while (get(c, ICR)) /* reading acknowledges */
		while (r->rx[r->next].status & DD) {
			volatile struct descriptor *d = &r->rx[r->next];

			frame_in(c, r->rx_buffer[r->next], d->length);
			d->status = 0;
			put(c, RDT, r->next);
			r->next = (r->next + 1) % RX;
		}
}

bool e1000_start(struct card *c)
{
	struct ring *r = &rings[used];
	uint32_t low, high;

	if (used == MAX_CARDS)
		return false;
	c->slot = used++;
	put(c, CTRL, get(c, CTRL) | 1u << 26); /* RST */
	while (get(c, CTRL) & 1u << 26)
		;
	put(c, CTRL, get(c, CTRL) | 1u << 6); /* SLU */
	low = get(c, RAL);                    /* from the EEPROM */
	high = get(c, RAH);
	for (unsigned n = 0; n < 6; n++)
		c->mac[n] = (uint8_t)(n < 4 ? low >> 8 * n : high >> 8 * (n - 4));
	for (unsigned n = 0; n < RX; n++)
		r->rx[n].low = (uint32_t)r->rx_buffer[n];
	put(c, RDBAL, (uint32_t)r->rx);
	put(c, RDBAH, 0);
	put(c, RDLEN, sizeof(r->rx));
	put(c, RDH, 0);
	put(c, RDT, RX - 1);
	put(c, RCTL, 1u << 1 | 1u << 15 | 1u << 26); /* EN, BAM, SECRC */
	put(c, TDBAL, (uint32_t)r->tx);
	put(c, TDBAH, 0);
	put(c, TDLEN, sizeof(r->tx));
	put(c, TDH, 0);
	put(c, TDT, 0);
	put(c, TCTL, 1u << 1 | 1u << 3); /* EN, PSP */
	put(c, IMS, IMS_BITS);
	c->send = e1000_send;
	c->serve = e1000_serve;
	return true;
}
