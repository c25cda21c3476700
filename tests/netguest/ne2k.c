/* A driver for the RTL8029 (NE2000): word-wide remote DMA, a queue in front of
 * the one transmit buffer. Sequences: DP8390D data sheet, and National's
 * application note AN-874. */
#include "tests/netguest/netguest.h"

enum {
	CMD = 0,
	PSTART = 1,
	PSTOP = 2,
	BNRY = 3,
	TPSR = 4,
	TBCR0 = 5,
	TBCR1 = 6,
	ISR = 7,
	RSAR0 = 8,
	RSAR1 = 9,
	RBCR0 = 10,
	RBCR1 = 11,
	RCR = 12,
	TCR = 13,
	DCR = 14,
	IMR = 15,
	CURR = 7,
	PAR0 = 1,
	MAR0 = 8,
	DATA = 16,
	RESET = 31,
	STOP = 0x21,
	START = 0x22,
	READ = 0x0a,
	WRITE = 0x12,
	SEND = 0x26,
	PAGE1 = 0x62,
	PAGE1_STOP = 0x61,
	PRX = 0x01,
	PTX = 0x02,
	RXE = 0x04,
	TXE = 0x08,
	OVW = 0x10,
	RDC = 0x40,
	RST = 0x80,
	TX_PAGE = 0x40,
	RX_FIRST = 0x46,
	RX_END = 0x80,
	QUEUE = 64,
};

struct chip {
	uint8_t queue[QUEUE][FRAME_BYTES];
	uint32_t head, count;
	bool busy;
};
static struct chip chips[MAX_CARDS];
static unsigned used;

static void put(const struct card *c, unsigned reg, uint8_t v)
{
	outb((uint16_t)(c->base + reg), v);
}
static uint8_t get(const struct card *c, unsigned reg)
{
	return inb((uint16_t)(c->base + reg));
}

static void dma(const struct card *c, uint8_t command, uint16_t address, uint16_t bytes)
{
	put(c, RBCR0, (uint8_t)bytes);
	put(c, RBCR1, (uint8_t)(bytes >> 8));
	put(c, RSAR0, (uint8_t)address);
	put(c, RSAR1, (uint8_t)(address >> 8));
	put(c, CMD, command);
}

static void dma_end(const struct card *c)
{
	while (!(get(c, ISR) & RDC))
		;
	put(c, ISR, RDC);
}

static void dma_read(const struct card *c, uint16_t address, void *to, uint16_t bytes)
{
	uint32_t words = bytes / 2;

	dma(c, READ, address, bytes);
	__asm__ volatile("rep insw" : "+D"(to), "+c"(words) : "d"(c->base + DATA) : "memory");
	dma_end(c);
}

static void transmit_next(struct card *c)
{
	struct chip *chip = &chips[c->slot];
	const uint8_t *from = chip->queue[chip->head];
	uint32_t words = FRAME_BYTES / 2;

	if (!chip->count)
		return;
	dma(c, WRITE, TX_PAGE << 8, FRAME_BYTES);
	__asm__ volatile("rep outsw" : "+S"(from), "+c"(words) : "d"(c->base + DATA) : "memory");
	dma_end(c);
	chip->head = (chip->head + 1) % QUEUE;
	chip->count--;
	chip->busy = true;
	put(c, TPSR, TX_PAGE);
	put(c, TBCR0, FRAME_BYTES);
	put(c, TBCR1, 0);
	put(c, CMD, SEND);
}

static bool ne2k_send(struct card *c, const uint8_t *frame)
{
	struct chip *chip = &chips[c->slot];

	if (chip->count == QUEUE)
		return false;
	for (unsigned n = 0; n < FRAME_BYTES; n++)
		chip->queue[(chip->head + chip->count) % QUEUE][n] = frame[n];
	chip->count++;
	if (!chip->busy)
		transmit_next(c);
	return true;
}

static uint8_t current_page(const struct card *c)
{
	uint8_t page;

	put(c, CMD, PAGE1);
	page = get(c, CURR);
	put(c, CMD, START);
	return page;
}

/* The ring's boundary is the page before the next to be read. */
static void receive(struct card *c)
{
	static uint8_t buffer[BUFFER_BYTES];
	uint8_t next, header[4] = {0};

	for (;;) {
		next = (uint8_t)(get(c, BNRY) + 1);
		if (next >= RX_END)
			next = RX_FIRST;
		if (next == current_page(c))
			return;
		dma_read(c, (uint16_t)(next << 8), header, sizeof(header));
		dma_read(c, (uint16_t)((next << 8) + 4), buffer, FRAME_BYTES);
		put(c, BNRY, header[1] == RX_FIRST ? RX_END - 1 : header[1] - 1);
		frame_in(c, buffer, (uint32_t)(header[2] | header[3] << 8) - 4);
	}
}

/* AN-874, "overflow of the receive buffer ring". */
static void overflow(struct card *c)
{
	put(c, CMD, STOP);
	put(c, RBCR0, 0);
	put(c, RBCR1, 0);
	put(c, TCR, 2);
	put(c, CMD, START);
	receive(c);
	put(c, ISR, OVW);
	put(c, TCR, 0);
}

static void ne2k_serve(struct card *c)
{
	uint8_t isr;

	while ((isr = get(c, ISR) & (PRX | PTX | RXE | TXE | OVW))) {
		put(c, ISR, isr & ~OVW);
		if (isr & OVW)
			overflow(c);
		else if (isr & PRX)
			receive(c);
		if (isr & (PTX | TXE)) {
			chips[c->slot].busy = false;
			transmit_next(c);
		}
	}
}

static void set_address(struct card *c)
{
	uint16_t prom[16] = {0};

	dma_read(c, 0, prom, sizeof(prom));
	put(c, CMD, PAGE1_STOP);
	for (unsigned n = 0; n < 6; n++) {
		c->mac[n] = (uint8_t)prom[n];
		put(c, PAR0 + n, c->mac[n]);
	}
	for (unsigned n = 0; n < 8; n++)
		put(c, MAR0 + n, 0);
	put(c, CURR, RX_FIRST + 1);
	put(c, CMD, STOP);
}

bool ne2k_start(struct card *c)
{
	if (used == MAX_CARDS)
		return false;
	c->slot = used++;
	put(c, RESET, get(c, RESET));
	while (!(get(c, ISR) & RST))
		;
	put(c, CMD, STOP);
	put(c, DCR, 0x49); /* words, normal operation, FIFO threshold 8 */
	put(c, RBCR0, 0);
	put(c, RBCR1, 0);
	put(c, RCR, 0x20);
	put(c, TCR, 0x02);
	put(c, PSTART, RX_FIRST);
	put(c, PSTOP, RX_END);
	put(c, BNRY, RX_FIRST);
	put(c, ISR, 0x7f);
	put(c, CMD, START);
	set_address(c);
	put(c, CMD, START);
	put(c, TCR, 0);
	put(c, RCR, 0x04); /* our address and broadcast */
	put(c, IMR, PRX | PTX | RXE | TXE | OVW);
	c->send = ne2k_send;
	c->serve = ne2k_serve;
	return true;
}
