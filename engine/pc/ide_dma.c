/* The PIIX3's bus master and its PCI function 00:01.1 (82371SB datasheet,
 * sections 2.3 and 3.7; "Programming Interface for Bus Master IDE Controller"
 * revision 1.0).
 *
 * Data moves at one instant, when the timer that stands for the transfer's
 * time is due: bytes go between the channel's buffer and the regions that the
 * PRD table lists. The walk through the table is kept in the value, so a table
 * that is too short leaves the drive waiting and a new start goes on. */
#include "engine/base/bytes.h"
#include "engine/pc/ide_chan.h"
#include "engine/pc/pc.h"
#include "engine/pc/pci.h"

/* Offsets in a channel's 8 bytes of BAR 4. */
enum { BMIC = 0, BMIS = 2, BMIDTP = 4 };

#define IDE_DEVFN PCI_DEVFN(1, 1)
#define PRD_EOT 0x8000u

/* ---- the PRD table ---- */

/* The address counters are 16 bits wide: neither the table nor a region can
 * cross a 64 KiB boundary, they wrap inside it. */
static uint32_t advance(uint32_t addr, uint32_t n)
{
	return (addr & 0xffff0000) | ((addr + n) & 0xffff);
}

/* Loads the next descriptor; false after the last. */
static bool next_region(struct board *b, struct ide_channel *c)
{
	uint8_t prd[8];

	if (c->prd_last)
		return false;
	mem_dma_read(&b->mem, c->prd_next, prd, sizeof(prd));
	c->prd_next = advance(c->prd_next, sizeof(prd));
	c->prd_addr = get_le32(prd) & ~1u;
	c->prd_left = get_le16(prd + 4) & 0xfffe;
	if (!c->prd_left)
		c->prd_left = 0x10000;
	c->prd_last = !!(get_le16(prd + 6) & PRD_EOT);
	TRACE(b, DMA, "ide region %08x, %u bytes%s", c->prd_addr, c->prd_left, c->prd_last ? ", last" : "");
	return true;
}

/* Moves up to the end of the region, of its 64 KiB or of the buffer. */
static void move_part(struct board *b, struct ide_channel *c)
{
	uint32_t n = c->len - c->pos, room = 0x10000 - (c->prd_addr & 0xffff);

	n = n < c->prd_left ? n : c->prd_left;
	n = n < room ? n : room;
	if (c->source == IDE_SOURCE_WRITE)
		mem_dma_read(&b->mem, c->prd_addr, c->buffer + c->pos, n);
	else
		mem_dma_write(&b->mem, c->prd_addr, c->buffer + c->pos, n);
	c->pos += n;
	c->prd_left -= n;
	c->prd_addr = advance(c->prd_addr, n);
}

/* ---- transfers ---- */

static bool may_run(struct board *b, const struct ide_channel *c)
{
	bool to_memory = c->bm_command & BMIC_TO_MEMORY;

	return c->bm_status & BMIS_ACTIVE && to_memory == (c->source != IDE_SOURCE_WRITE) &&
	       pci_bus_master(b, IDE_DEVFN);
}

static uint64_t bytes_left(const struct ide_channel *c)
{
	return (uint64_t)c->left * (c->source == IDE_SOURCE_CD ? 2048 : 512) + c->len - c->pos;
}

static void check(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (c->phase != IDE_PHASE_DMA || !may_run(b, c))
		return;
	c->phase = IDE_PHASE_DMA_RUN;
	board_timer_set(b, TIMER_IDE0 + channel, board_now(b) + IDE_DELAY_DMA + bytes_left(c));
}

void ide_dma_request(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	c->phase = IDE_PHASE_DMA;
	c->step = IDE_STEP_NONE;
	ide_active(c)->status = ATA_BSY;
	check(b, channel);
}

/* The transfer is complete. Active goes off if the table ended with it, and
 * stays on if the table has more (both with Interrupt set: normal endings). */
static void complete(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (!c->prd_left && c->prd_last)
		c->bm_status &= (uint8_t)~BMIS_ACTIVE;
	c->pos = c->end = c->len = 0;
	ide_done(b, channel);
}

void ide_dma_run(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	c->phase = IDE_PHASE_DMA;
	if (!may_run(b, c))
		return;
	for (;;) {
		if (c->pos == c->len) {
			if (c->source == IDE_SOURCE_WRITE && c->len && !ide_drain(b, channel))
				return;
			if (!ide_more(c)) {
				complete(b, channel);
				return;
			}
			if (!ide_refill(b, channel))
				return;
		}
		if (!c->prd_left && !next_region(b, c)) {
			/* The table was too short: no interrupt, the drive goes on waiting. */
			c->bm_status &= (uint8_t)~BMIS_ACTIVE;
			return;
		}
		move_part(b, c);
	}
}

/* ---- registers ---- */

static void write_command(struct board *b, unsigned channel, uint8_t value)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	uint8_t old = c->bm_command;

	c->bm_command = value & (BMIC_START | BMIC_TO_MEMORY);
	if (!(value & BMIC_START)) {
		c->bm_status &= (uint8_t)~BMIS_ACTIVE;
		if (c->phase == IDE_PHASE_DMA_RUN) {
			c->phase = IDE_PHASE_DMA;
			board_timer_set(b, TIMER_IDE0 + channel, TIME_NEVER);
		}
	} else if (!(old & BMIC_START)) {
		c->bm_status |= BMIS_ACTIVE;
		c->prd_next = c->bm_table;
		c->prd_left = 0;
		c->prd_last = 0;
		check(b, channel);
	}
}

/* Bits 5 and 6 (drive can do DMA) are the driver's own; Error and Interrupt
 * are cleared by writing 1; Active cannot be written. */
static void write_status(struct ide_channel *c, uint8_t value)
{
	c->bm_status = (uint8_t)((value & BMIS_CAPABLE) | (c->bm_status & BMIS_ACTIVE) |
				 (c->bm_status & ~value & (BMIS_ERROR | BMIS_INTR)));
}

static uint8_t read_byte(const struct ide_channel *c, unsigned reg)
{
	switch (reg) {
	case BMIC: return c->bm_command;
	case BMIS: return c->bm_status;
	case 1:
	case 3: return 0;
	default: return (uint8_t)(c->bm_table >> (reg - BMIDTP) * 8);
	}
}

static void write_byte(struct board *b, unsigned channel, unsigned reg, uint8_t value)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	unsigned shift = (reg & 3) * 8;

	if (reg == BMIC)
		write_command(b, channel, value);
	else if (reg == BMIS)
		write_status(c, value);
	else if (reg >= BMIDTP)
		c->bm_table = ((c->bm_table & ~(0xffu << shift)) | (uint32_t)value << shift) & ~3u;
}

/* BAR 4 is 16-byte aligned: the low bits of the port are channel and register. */
static uint32_t bm_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	uint32_t v = 0;

	for (unsigned n = 0; n < size; n++) {
		unsigned reg = (port + n) & 15;

		v |= (uint32_t)read_byte(ide_channel_of(b, reg / 8), reg % 8) << n * 8;
	}
	return v;
}

static void bm_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	for (unsigned n = 0; n < size; n++) {
		unsigned reg = (port + n) & 15;

		write_byte(b, reg / 8, reg % 8, (uint8_t)(value >> n * 8));
	}
}

/* ---- the PCI function ---- */

static void map_bar(struct board *b, unsigned devfn, unsigned bar, uint64_t base, bool on)
{
	struct io_range r = {(uint16_t)base, 16, (uint8_t)devfn, 4, bm_in, bm_out};

	if (on)
		board_map_io(b, &r);
	else
		board_unmap_io(b, devfn, bm_in, bm_out);
}

/* A transfer may have waited for the bus master enable bit. */
static void config_written(struct board *b, unsigned devfn, unsigned offset, unsigned size)
{
	check(b, 0);
	check(b, 1);
}

/* IDETIM (primary and secondary timing, bit 15: decode enable) and SIDETIM
 * are storage here; Linux reads the enable bits that the firmware sets. */
static const struct pci_rule rules[] = {
	{.offset = 0x40, .size = 4, .write = 0xffffffff},
	{.offset = 0x44, .size = 1, .write = 0xff},
};

static const struct pci_model piix3_ide = {
	.name = "piix3-ide",
	.vendor = 0x8086,
	.device = 0x7010,
	.class_code = 0x010180, /* legacy ports, can be a bus master */
	.status = PCI_STATUS_FAST_BACK | PCI_STATUS_DEVSEL_MEDIUM,
	.bar = {[4] = {PCI_BAR_IO, 16}},
	.rules = rules,
	.rule_count = ARRAY_LEN(rules),
	.config_written = config_written,
	.map = map_bar,
};

void ide_dma_attach(struct board *b)
{
	bool added = pci_add(b, IDE_DEVFN, &piix3_ide);

	assert(added);
	(void)added;
}

void ide_dma_reset(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	c->bm_command = 0;
	c->bm_status = 0;
	c->bm_table = c->prd_next = c->prd_addr = c->prd_left = 0;
	c->prd_last = 0;
}
