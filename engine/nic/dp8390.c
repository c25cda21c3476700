/* DP8390: registers, remote DMA, transmission; see dp8390.h. A frame is taken
 * from buffer memory and handed on when the driver says so; the chip reports it
 * sent when a 10 Mbit/s line would be done with it. */
#include "engine/nic/dp8390.h"

#include <string.h>
#include <zlib.h>

#include "engine/net/drop.h"
#include "engine/net/frame.h"
#include "engine/nic/nic.h"
#include "engine/nic/trace_bits.h"

/* Registers by page (DS 10.0); where read and write differ, both names. */
enum {
	CMD = 0x00,
	P0_CLDA0 = 0x01,
	P0_PSTART = 0x01,
	P0_CLDA1 = 0x02,
	P0_PSTOP = 0x02,
	P0_BNRY = 0x03,
	P0_TSR = 0x04,
	P0_TPSR = 0x04,
	P0_NCR = 0x05,
	P0_TBCR0 = 0x05,
	P0_FIFO = 0x06,
	P0_TBCR1 = 0x06,
	P0_ISR = 0x07,
	P0_CRDA0 = 0x08,
	P0_RSAR0 = 0x08,
	P0_CRDA1 = 0x09,
	P0_RSAR1 = 0x09,
	P0_RBCR0 = 0x0a,
	P0_RBCR1 = 0x0b,
	P0_RSR = 0x0c,
	P0_RCR = 0x0c,
	P0_TCR = 0x0d,
	P0_CNTR0 = 0x0d,
	P0_DCR = 0x0e,
	P0_CNTR2 = 0x0f,
	P0_IMR = 0x0f,
	P1_PAR0 = 0x01,
	P1_CURR = 0x07,
	P1_MAR0 = 0x08,
	P2_PSTART = 0x01,
	P2_PSTOP = 0x02,
	P2_TPSR = 0x04,
	P2_RCR = 0x0c,
	P2_TCR = 0x0d,
	P2_DCR = 0x0e,
	P2_IMR = 0x0f,
	PROM_SIGNATURE = 0x57, /* 'W': a card for 16-bit buses */
	LINE_BYTE_NS = 800,    /* 10 Mbit/s */
	LINE_OVERHEAD = 24,    /* preamble, FCS, gap */
	MIN_ON_LINE = 60,
};

/* clang-format off */
static const char *const read_names[3][16] = {
	{"CR", "CLDA0", "CLDA1", "BNRY", "TSR", "NCR", "FIFO", "ISR",
	 "CRDA0", "CRDA1", "ID0", "ID1", "RSR", "CNTR0", "CNTR1", "CNTR2"},
	{"CR", "PAR0", "PAR1", "PAR2", "PAR3", "PAR4", "PAR5", "CURR",
	 "MAR0", "MAR1", "MAR2", "MAR3", "MAR4", "MAR5", "MAR6", "MAR7"},
	{"CR", "PSTART", "PSTOP", "RNPP", "TPSR", "LNPP", "AC1", "AC0",
	 "?", "?", "?", "?", "RCR", "TCR", "DCR", "IMR"},
};
static const char *const write_names[16] = {
	"CR", "PSTART", "PSTOP", "BNRY", "TPSR", "TBCR0", "TBCR1", "ISR",
	"RSAR0", "RSAR1", "RBCR0", "RBCR1", "RCR", "TCR", "DCR", "IMR",
};
static const struct trace_bit_name isr_names[] = {
	{ISR_PRX, "PRX"}, {ISR_PTX, "PTX"}, {ISR_RXE, "RXE"}, {ISR_TXE, "TXE"}, {ISR_OVW, "OVW"}, {ISR_CNT, "CNT"},
	{ISR_RDC, "RDC"}, {ISR_RST, "RST"}, {0, NULL},
};
static const struct trace_bit_name cr_names[] = {
	{CMD_STP, "STP"}, {CMD_STA, "STA"}, {CMD_TXP, "TXP"}, {CMD_RD_READ, "RD0"}, {CMD_RD_WRITE, "RD1"},
	{CMD_RD_ABORT, "RD2"}, {1 << CMD_PS_SHIFT, "PS0"}, {2 << CMD_PS_SHIFT, "PS1"}, {0, NULL},
};
static const struct trace_bit_name rcr_names[] = {
	{RCR_SEP, "SEP"}, {RCR_AR, "AR"}, {RCR_AB, "AB"}, {RCR_AM, "AM"}, {RCR_PRO, "PRO"}, {RCR_MON, "MON"}, {0, NULL},
};
/* clang-format on */

static const char *name_of(const struct dp8390 *d, unsigned reg, bool write)
{
	unsigned page = dp8390_page(d);

	if (page > 2)
		return reg ? "?" : "CR";
	return write && page == 0 ? write_names[reg] : read_names[page][reg];
}

static const struct trace_bit_name *bits_of(const struct dp8390 *d, unsigned reg, bool write)
{
	if (reg == CMD)
		return cr_names;
	if (dp8390_page(d) != 0)
		return NULL;
	if (reg == P0_ISR || (write && reg == P0_IMR))
		return isr_names;
	return write && reg == P0_RCR ? rcr_names : NULL;
}

unsigned dp8390_page(const struct dp8390 *d)
{
	return d->cmd >> CMD_PS_SHIFT;
}

/* ---- interrupts, memory ---- */

/* RST is a status only: it has no mask bit (DS 10.3). */
static void update_irq(const struct dp8390_card *c)
{
	bool level = c->d->isr & c->d->imr & 0x7f;

	if (level == c->d->irq)
		return;
	c->d->irq = level;
	c->irq(c->b, c->slot, level);
}

void dp8390_interrupt(const struct dp8390_card *c, uint8_t causes)
{
	c->d->isr |= causes;
	update_irq(c);
}

/* Byte of the memory that both DMA channels see. */
static uint8_t peek(const struct dp8390 *d, uint16_t addr)
{
	if (addr >= DP8390_RAM_BASE && addr < DP8390_RAM_BASE + DP8390_RAM_SIZE)
		return d->ram[addr - DP8390_RAM_BASE];
	return addr < DP8390_RAM_BASE ? d->prom[addr % DP8390_PROM_SIZE] : 0xff;
}

void dp8390_poke(struct dp8390 *d, uint16_t addr, uint8_t value)
{
	if (addr >= DP8390_RAM_BASE && addr < DP8390_RAM_BASE + DP8390_RAM_SIZE)
		d->ram[addr - DP8390_RAM_BASE] = value;
}

/* ---- remote DMA (DS 9.0) ---- */

/* The "send packet" command leaves the ring's page behind it. */
static void remote_done(const struct dp8390_card *c)
{
	struct dp8390 *d = c->d;

	if ((d->cmd & CMD_RD) == CMD_RD_SEND)
		d->bnry = peek(d, (uint16_t)(d->bnry << 8 | 1));
	dp8390_interrupt(c, ISR_RDC);
}

static void remote_advance(const struct dp8390_card *c, unsigned bytes)
{
	struct dp8390 *d = c->d;

	d->rsar = (uint16_t)(d->rsar + bytes);
	if (d->rsar == d->pstop << 8) /* the ring wraps here too */
		d->rsar = (uint16_t)(d->pstart << 8);
	d->rbcr = d->rbcr > bytes ? (uint16_t)(d->rbcr - bytes) : 0;
	if (!d->rbcr)
		remote_done(c);
}

/* Bytes that one transfer moves: in word mode always whole words. */
static unsigned transfer_bytes(const struct dp8390 *d)
{
	return d->dcr & DCR_WTS ? 2 : 1;
}

/* A doubleword is two transfers of words, so the ring may end between them. */
static unsigned transfers(const struct dp8390 *d, unsigned size)
{
	return (d->dcr & DCR_WTS) && size == 4 ? 2 : 1;
}

static uint32_t transfer_read(const struct dp8390_card *c)
{
	struct dp8390 *d = c->d;
	unsigned bytes = transfer_bytes(d), command = d->cmd & CMD_RD;
	uint16_t at = bytes > 1 ? d->rsar & 0xfffe : d->rsar;
	uint32_t v = 0;

	if (!d->rbcr || (command != CMD_RD_READ && command != CMD_RD_SEND))
		return UINT16_MAX;
	for (unsigned n = 0; n < bytes; n++)
		v |= (uint32_t)peek(d, (uint16_t)(at + n)) << 8 * n;
	remote_advance(c, bytes);
	return v;
}

static void transfer_write(const struct dp8390_card *c, uint32_t value)
{
	struct dp8390 *d = c->d;
	unsigned bytes = transfer_bytes(d);
	uint16_t at = bytes > 1 ? d->rsar & 0xfffe : d->rsar;

	if (!d->rbcr || (d->cmd & CMD_RD) != CMD_RD_WRITE)
		return;
	for (unsigned n = 0; n < bytes; n++)
		dp8390_poke(d, (uint16_t)(at + n), (uint8_t)(value >> 8 * n));
	remote_advance(c, bytes);
}

uint32_t dp8390_data_read(const struct dp8390_card *c, unsigned size)
{
	unsigned count = transfers(c->d, size);
	uint32_t v = 0;

	for (unsigned n = 0; n < count; n++)
		v |= transfer_read(c) << 16 * n;
	return v;
}

void dp8390_data_write(const struct dp8390_card *c, uint32_t value, unsigned size)
{
	unsigned count = transfers(c->d, size);

	for (unsigned n = 0; n < count; n++)
		transfer_write(c, value >> 16 * n);
}

static void remote_start(const struct dp8390_card *c)
{
	struct dp8390 *d = c->d;

	if ((d->cmd & CMD_RD_ABORT) || !(d->cmd & CMD_RD))
		return;
	if ((d->cmd & CMD_RD) == CMD_RD_SEND) { /* the frame at BNRY, as long as its header says */
		uint16_t at = (uint16_t)(d->bnry << 8);

		d->rsar = at;
		d->rbcr = (uint16_t)(peek(d, (uint16_t)(at + 2)) | peek(d, (uint16_t)(at + 3)) << 8);
	}
	TRACE(c->b, NIC, "8390 %u: remote DMA %s %u bytes at %04x, by the data port", c->slot,
	      (d->cmd & CMD_RD) == CMD_RD_WRITE ? "writes" : "reads", d->rbcr, d->rsar);
	if (!d->rbcr)
		remote_done(c);
}

/* ---- transmission ---- */

/* A frame that comes back by TCR.LB reaches the FIFO only; its last eight bytes
 * are what a driver can see of it (DS 11.0). */
static void loop_back(const struct dp8390_card *c, const uint8_t *frame, unsigned size)
{
	struct dp8390 *d = c->d;
	uint32_t crc = (uint32_t)crc32(0, frame, size);
	unsigned received = size + 4;

	d->fifo[0] = (uint8_t)received;
	d->fifo[1] = (uint8_t)(received >> 8);
	d->fifo[2] = d->fifo[1];
	d->fifo[3] = size ? frame[size - 1] : 0;
	for (unsigned n = 0; n < 4; n++)
		d->fifo[4 + n] = (uint8_t)(crc >> 8 * n);
	d->fifo_at = 0;
	if (size >= FRAME_MIN && dp8390_address_match(d, frame))
		d->rsr = RSR_PRX | (frame[0] & 1 ? RSR_PHY : 0);
}

/* A driver should wait for the frame before; iPXE's does not, and its second
 * frame then goes after the first. */
static void transmit(const struct dp8390_card *c)
{
	struct dp8390 *d = c->d;
	uint64_t now = board_now(c->b), from = d->tx_done != TIME_NEVER && d->tx_done > now ? d->tx_done : now;
	uint8_t frame[FRAME_MAX] = {0};
	unsigned size = d->tbcr < FRAME_MAX ? d->tbcr : FRAME_MAX;
	unsigned on_line;

	for (unsigned n = 0; n < size; n++)
		frame[n] = peek(d, (uint16_t)((d->tpsr << 8) + n));
	TRACE(c->b, NIC, "8390 %u: sends %u bytes from page %02x", c->slot, size, d->tpsr);
	on_line = (size < MIN_ON_LINE ? MIN_ON_LINE : size) + LINE_OVERHEAD;
	if (d->tcr & TCR_LB) {
		loop_back(c, frame, size);
	} else {
		if ((d->tcr & TCR_CRC) && size > 4) /* the driver has put an FCS there */
			size -= 4;
		if (size >= FRAME_MIN)
			nic_transmit(c->b, c->slot, frame, size);
		else
			nic_drop(c->b, c->slot, frame, size, DROP_TOO_SHORT);
	}
	d->tx_set = 0;
	d->tx_done = from + (uint64_t)on_line * LINE_BYTE_NS;
	board_timer_set(c->b, TIMER_NIC0 + c->slot, d->tx_done);
}

void dp8390_timer(const struct dp8390_card *c)
{
	struct dp8390 *d = c->d;

	if (d->tx_done > board_now(c->b))
		return;
	d->tx_done = TIME_NEVER;
	d->cmd &= (uint8_t)~CMD_TXP;
	d->tsr = TSR_PTX;
	dp8390_interrupt(c, ISR_PTX);
}

/* ---- registers ---- */

static void command_write(const struct dp8390_card *c, uint8_t value)
{
	struct dp8390 *d = c->d;
	uint8_t busy = d->cmd & CMD_TXP; /* cannot be taken back by writing 0 */
	bool restart = (value & CMD_RD) != (d->cmd & CMD_RD) || d->rbcr == 0;

	d->cmd = value | busy;
	/* Neither bit (iPXE selects pages so): it goes on as before. */
	if (value & CMD_STP)
		d->isr |= ISR_RST;
	else if (value & CMD_STA)
		d->isr &= (uint8_t)~ISR_RST;
	if (dp8390_running(d)) {
		if (restart)
			remote_start(c);
		if ((value & CMD_TXP) && (!busy || d->tx_set))
			transmit(c);
	} else {
		d->cmd = (uint8_t)((d->cmd & ~CMD_TXP) | busy);
	}
	update_irq(c);
}

static void page0_write(const struct dp8390_card *c, unsigned reg, uint8_t v)
{
	struct dp8390 *d = c->d;

	switch (reg) {
	case P0_PSTART: d->pstart = v; break;
	case P0_PSTOP: d->pstop = v; break;
	case P0_BNRY: d->bnry = v; break;
	case P0_TPSR:
		d->tpsr = v;
		d->tx_set = 1;
		break;
	case P0_TBCR0:
		d->tbcr = (uint16_t)((d->tbcr & 0xff00) | v);
		d->tx_set = 1;
		break;
	case P0_TBCR1:
		d->tbcr = (uint16_t)((d->tbcr & 0x00ff) | v << 8);
		d->tx_set = 1;
		break;
	case P0_ISR: d->isr &= (uint8_t) ~(v & ~ISR_RST); break;
	case P0_RSAR0: d->rsar = (uint16_t)((d->rsar & 0xff00) | v); break;
	case P0_RSAR1: d->rsar = (uint16_t)((d->rsar & 0x00ff) | v << 8); break;
	case P0_RBCR0: d->rbcr = (uint16_t)((d->rbcr & 0xff00) | v); break;
	case P0_RBCR1: d->rbcr = (uint16_t)((d->rbcr & 0x00ff) | v << 8); break;
	case P0_RCR: d->rcr = v & 0x3f; break;
	case P0_TCR: d->tcr = v & 0x1f; break;
	case P0_DCR: d->dcr = v & 0x7f; break;
	default: d->imr = v & 0x7f; break;
	}
	update_irq(c);
}

/* Page 2 on writes: DMA addresses for tests only, which have no effect here. */
void dp8390_write(const struct dp8390_card *c, unsigned reg, uint8_t value)
{
	struct dp8390 *d = c->d;
	unsigned page = dp8390_page(d);
	char text[TRACE_BITS_MAX];

	reg &= 15;
	TRACE(c->b, NIC, "8390 %u: write %s = %02x%s", c->slot, name_of(d, reg, true), value,
	      trace_bits(text, value, bits_of(d, reg, true)));
	if (reg == CMD)
		command_write(c, value);
	else if (page == 0)
		page0_write(c, reg, value);
	else if (page == 1 && reg < P1_CURR)
		d->par[reg - P1_PAR0] = value;
	else if (page == 1 && reg == P1_CURR)
		d->curr = value;
	else if (page == 1)
		d->mar[reg - P1_MAR0] = value;
}

/* The error counters clear when they are read (DS 10.3). */
static uint8_t counter_read(struct dp8390 *d, unsigned n)
{
	uint8_t v = d->counter[n];

	d->counter[n] = 0;
	return v;
}

static uint8_t page0_read(struct dp8390 *d, unsigned reg)
{
	uint8_t v;

	switch (reg) {
	case P0_CLDA0: return 0;
	case P0_CLDA1: return d->curr; /* between frames: where the next will go */
	case P0_BNRY: return d->bnry;
	case P0_TSR: return d->tsr;
	case P0_NCR: return d->ncr;
	case P0_FIFO:
		v = d->fifo[d->fifo_at & 7];
		d->fifo_at = (d->fifo_at + 1) & 7;
		return v;
	case P0_ISR: return d->isr;
	case P0_CRDA0: return (uint8_t)d->rsar;
	case P0_CRDA1: return (uint8_t)(d->rsar >> 8);
	case P0_RSR: return d->rcr & RCR_MON ? d->rsr | RSR_DIS : d->rsr;
	case P0_CNTR0:
	case P0_CNTR0 + 1:
	case P0_CNTR2: return counter_read(d, reg - P0_CNTR0);
	default: return 0xff; /* the remote byte count cannot be read */
	}
}

static uint8_t page2_read(const struct dp8390 *d, unsigned reg)
{
	switch (reg) {
	case P2_PSTART: return d->pstart;
	case P2_PSTOP: return d->pstop;
	case P2_TPSR: return d->tpsr;
	case P2_RCR: return d->rcr | 0xc0;
	case P2_TCR: return d->tcr | 0xe0;
	case P2_DCR: return d->dcr | 0x80;
	case P2_IMR: return d->imr | 0x80;
	default: return 0xff;
	}
}

static uint8_t read_reg(struct dp8390 *d, unsigned reg)
{
	if (reg == CMD)
		return d->cmd;
	switch (dp8390_page(d)) {
	case 0: return page0_read(d, reg);
	case 1: return reg < P1_CURR ? d->par[reg - P1_PAR0] : reg == P1_CURR ? d->curr : d->mar[reg - P1_MAR0];
	case 2: return page2_read(d, reg);
	default: return 0xff;
	}
}

uint8_t dp8390_read(const struct dp8390_card *c, unsigned reg)
{
	char text[TRACE_BITS_MAX];
	uint8_t v;

	reg &= 15;
	v = read_reg(c->d, reg);
	TRACE(c->b, NIC, "8390 %u: read  %s = %02x%s", c->slot, name_of(c->d, reg, false), v,
	      trace_bits(text, v, bits_of(c->d, reg, false)));
	return v;
}

/* ---- power ---- */

/* DS table 2: what RESET does. Other registers keep what they had. */
void dp8390_reset(const struct dp8390_card *c)
{
	struct dp8390 *d = c->d;

	d->cmd = CMD_STP | CMD_RD_ABORT;
	d->isr = ISR_RST;
	d->imr = 0;
	d->dcr &= 0x7f & ~0x10; /* LAS */
	d->tcr &= (uint8_t)~TCR_LB;
	d->tx_done = TIME_NEVER;
	board_timer_set(c->b, TIMER_NIC0 + c->slot, TIME_NEVER);
	update_irq(c);
}

/* Each byte of the PROM is seen twice, so that word and byte mode agree. */
void dp8390_init(const struct dp8390_card *c, const uint8_t mac[6])
{
	struct dp8390 *d = c->d;

	for (unsigned n = 0; n < DP8390_PROM_SIZE; n++)
		d->prom[n] = n < 12 ? mac[n / 2] : n < 28 ? 0 : PROM_SIGNATURE;
	d->tx_done = TIME_NEVER;
	dp8390_reset(c);
}

const char *dp8390_validate(const struct dp8390 *d)
{
	if (d->irq > 1 || d->fifo_at > 7 || d->tx_set > 1)
		return "DP8390: bad state";
	if (d->imr & 0x80 || d->rcr & 0xc0 || d->tcr & 0xe0 || d->dcr & 0x80)
		return "DP8390: bits in a register that has none";
	return NULL;
}
