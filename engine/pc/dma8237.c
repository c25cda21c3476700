/* Intel 8237A (data sheet 231466) as wired in a PC: the first at ports 0x00-
 * 0x0F, the second at 0xC0-0xDF with its registers two ports apart, page
 * registers at 0x80-0x8F. A bus master of its own: it does not pass A20. */
#include "engine/pc/dma8237.h"

#include <string.h>

#include "engine/pc/pc.h"

#define CMD_DISABLE 0x04

#define MODE_TRANSFER 0x0c
#define MODE_VERIFY 0x00
#define MODE_WRITE 0x04 /* to memory */
#define MODE_READ 0x08  /* from memory */
#define MODE_AUTOINIT 0x10
#define MODE_DOWN 0x20
#define MODE_CASCADE 0xc0

/* Registers 8-15. */
enum { R_COMMAND = 8, R_REQUEST, R_MASK_ONE, R_MODE, R_CLEAR_FLIPFLOP, R_MASTER_CLEAR, R_CLEAR_MASK, R_MASK_ALL };

/* Which page register belongs to a channel; channel 4 has none. */
static const uint8_t page_of[8] = {0x7, 0x3, 0x1, 0x2, 0xf, 0xb, 0x9, 0xa};

/* ---- registers ---- */

static void master_clear(struct dma8237_chip *d)
{
	d->command = 0;
	d->status = 0;
	d->request = 0;
	d->flipflop = 0;
	d->mask = 0xf;
}

static uint8_t read_register(struct dma8237_chip *d, unsigned reg)
{
	uint16_t v;

	if (reg < 8) {
		v = reg & 1 ? d->channel[reg / 2].count : d->channel[reg / 2].addr;
		d->flipflop ^= 1;
		return (uint8_t)(d->flipflop ? v : v >> 8);
	}
	if (reg == R_COMMAND) {
		v = d->status | d->request << 4;
		d->status = 0;
		return (uint8_t)v;
	}
	if (reg == R_MASK_ALL)
		return d->mask | 0xf0;
	return 0; /* temporary register: only memory to memory uses it */
}

static void write_address(struct dma8237_chip *d, unsigned reg, uint8_t v)
{
	struct dma8237_channel *c = &d->channel[reg / 2];
	uint16_t *base = reg & 1 ? &c->base_count : &c->base_addr;

	if (d->flipflop)
		*base = (uint16_t)((*base & 0x00ff) | v << 8);
	else
		*base = (uint16_t)((*base & 0xff00) | v);
	d->flipflop ^= 1;
	if (reg & 1)
		c->count = c->base_count;
	else
		c->addr = c->base_addr;
}

static uint8_t with_bit(uint8_t set, uint8_t v)
{
	uint8_t bit = (uint8_t)(1u << (v & 3));

	return v & 4 ? set | bit : set & (uint8_t)~bit;
}

static void write_register(struct dma8237_chip *d, unsigned reg, uint8_t v)
{
	switch (reg) {
	case R_COMMAND: d->command = v; break;
	case R_REQUEST: d->request = with_bit(d->request, v); break;
	case R_MASK_ONE: d->mask = with_bit(d->mask, v); break;
	case R_MODE: d->channel[v & 3].mode = v & 0xfc; break;
	case R_CLEAR_FLIPFLOP: d->flipflop = 0; break;
	case R_MASTER_CLEAR: master_clear(d); break;
	case R_CLEAR_MASK: d->mask = 0; break;
	case R_MASK_ALL: d->mask = v & 0xf; break;
	default: write_address(d, reg, v);
	}
}

static unsigned register_at(unsigned unit, uint16_t port)
{
	return unit ? (port - 0xc0u) / 2 & 15 : port & 15;
}

static uint32_t dma_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return read_register(&b->pc->dma.chip[unit], register_at(unit, port));
}

static void dma_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	TRACE(b, DMA, "write %02x <- %02x", port, value & 0xff);
	write_register(&b->pc->dma.chip[unit], register_at(unit, port), (uint8_t)value);
}

static uint32_t page_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return b->pc->dma.page[port & 15];
}

static void page_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	b->pc->dma.page[port & 15] = (uint8_t)value;
}

/* ---- transfers ---- */

static bool channel_ready(const struct dma8237 *d, unsigned channel)
{
	const struct dma8237_chip *chip = &d->chip[channel / 4], *second = &d->chip[1];

	if ((chip->command & CMD_DISABLE) || (chip->mask >> (channel & 3) & 1))
		return false;
	if ((chip->channel[channel & 3].mode & MODE_CASCADE) == MODE_CASCADE)
		return false;
	/* The first chip asks for the bus through channel 4. */
	return channel >= 4 || (!(second->command & CMD_DISABLE) && !(second->mask & 1));
}

/* One contiguous run of bytes at a physical address. verify moves nothing. */
static void move(struct board *b, uint8_t type, uint64_t addr, uint8_t *buf, unsigned size, bool to_memory)
{
	if (to_memory && type == MODE_WRITE)
		mem_dma_write(&b->mem, addr, buf, size);
	else if (!to_memory && type == MODE_READ)
		mem_dma_read(&b->mem, addr, buf, size);
	else if (!to_memory)
		memset(buf, 0xff, size); /* nobody drives the bus */
}

static void terminal_count(struct dma8237_chip *chip, struct dma8237_channel *c, unsigned n)
{
	chip->status |= (uint8_t)(1u << n);
	chip->request &= (uint8_t) ~(1u << n);
	if (c->mode & MODE_AUTOINIT) {
		c->addr = c->base_addr;
		c->count = c->base_count;
	} else {
		chip->mask |= (uint8_t)(1u << n);
	}
}

/* Units that one move() can take: up to the end of the 64 K page. */
static unsigned run_length(const struct dma8237_channel *c, unsigned left)
{
	unsigned page = 0x10000u - c->addr, count = c->count + 1u;

	if (c->mode & MODE_DOWN)
		return 1;
	left = left < page ? left : page;
	return left < count ? left : count;
}

unsigned dma8237_transfer(struct board *b, unsigned channel, uint8_t *buf, unsigned size, bool to_memory, bool *tc)
{
	struct dma8237 *d = &b->pc->dma;
	struct dma8237_chip *chip = &d->chip[channel / 4];
	struct dma8237_channel *c = &chip->channel[channel & 3];
	unsigned shift = channel / 4, left = size >> shift, done = 0;
	uint8_t page;

	assert(channel < 8 && channel != 4);
	*tc = false;
	if (!channel_ready(d, channel))
		return 0;
	page = d->page[page_of[channel]];
	while (left && !*tc) {
		unsigned n = run_length(c, left);
		uint64_t addr = (uint64_t)(shift ? page & 0xfe : page) << 16 | (uint64_t)c->addr << shift;

		move(b, c->mode & MODE_TRANSFER, addr, buf + done, n << shift, to_memory);
		done += n << shift;
		left -= n;
		c->addr = (uint16_t)(c->mode & MODE_DOWN ? c->addr - n : c->addr + n);
		*tc = n > c->count;
		c->count = (uint16_t)(c->count - n);
	}
	if (*tc)
		terminal_count(chip, c, channel & 3);
	TRACE(b, DMA, "channel %u moved %u bytes%s", channel, done, *tc ? ", TC" : "");
	return done;
}

/* ---- the chip ---- */

void dma8237_attach(struct board *b)
{
	board_map_io(b, &(struct io_range){
				.base = 0x00, .count = 16, .unit = 0, .max_size = 1, .in = dma_in, .out = dma_out});
	board_map_io(b, &(struct io_range){
				.base = 0xc0, .count = 32, .unit = 1, .max_size = 1, .in = dma_in, .out = dma_out});
	board_map_io(b, &(struct io_range){.base = 0x80, .count = 16, .max_size = 1, .in = page_in, .out = page_out});
}

void dma8237_reset(struct board *b)
{
	struct dma8237 *d = &b->pc->dma;

	*d = (struct dma8237){0};
	master_clear(&d->chip[0]);
	master_clear(&d->chip[1]);
}

const char *dma8237_validate(const struct board *b)
{
	const struct dma8237 *d = &b->pc->dma;

	for (unsigned n = 0; n < 2; n++) {
		const struct dma8237_chip *chip = &d->chip[n];

		if (chip->status > 0xf || chip->request > 0xf || chip->mask > 0xf || chip->flipflop > 1 || chip->pad)
			return "8237: impossible register";
		for (unsigned i = 0; i < 4; i++)
			if ((chip->channel[i].mode & 3) || chip->channel[i].pad)
				return "8237: impossible mode";
	}
	for (unsigned n = 0; n < sizeof(d->pad); n++)
		if (d->pad[n])
			return "8237: padding";
	return NULL;
}
