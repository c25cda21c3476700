/* IDE channels as the guest sees them: command block, control block and the
 * data port, through which PIO goes (ATA/ATAPI-6 section 7). */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/pc/ide_chan.h"
#include "engine/pc/pc.h"

/* Command block registers, as offsets from 0x1F0 / 0x170. */
enum { REG_DATA, REG_ERROR, REG_COUNT, REG_LBA_LOW, REG_LBA_MID, REG_LBA_HIGH, REG_DEVICE, REG_STATUS };
#define REG_FEATURE REG_ERROR
#define REG_COMMAND REG_STATUS

/* ---- registers ---- */

static uint8_t read_status(struct board *b, unsigned channel, bool acknowledge)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = &c->drive[c->select];

	if (!ide_kind_of(b, channel, c->select))
		return 0;
	if (acknowledge && d->intrq) {
		d->intrq = 0;
		ide_update_irq(b, channel);
	}
	return d->status;
}

/* Drive 0 answers for a missing drive 1, with Status 0 (ATA/ATAPI-6 section
 * 9.16.1). Nobody at all: the data lines are pulled down. */
static uint8_t read_register(struct board *b, unsigned channel, unsigned reg)
{
	const struct ide_channel *c = ide_channel_of(b, channel);
	unsigned drive = ide_kind_of(b, channel, c->select) ? c->select : 0;
	const struct ide_drive *d = &c->drive[drive];
	bool hob = c->control & ATA_HOB;

	if (!ide_kind_of(b, channel, drive))
		return 0;
	switch (reg) {
	case REG_ERROR: return d->error;
	case REG_COUNT: return hob ? d->hob_count : d->count;
	case REG_LBA_LOW:
	case REG_LBA_MID:
	case REG_LBA_HIGH: return hob ? d->hob_lba[reg - REG_LBA_LOW] : d->lba[reg - REG_LBA_LOW];
	case REG_DEVICE: return d->device;
	default: return read_status(b, channel, true);
	}
}

static void write_shared(struct ide_drive *d, unsigned reg, uint8_t value)
{
	switch (reg) {
	case REG_FEATURE:
		d->hob_feature = d->feature;
		d->feature = value;
		break;
	case REG_COUNT:
		d->hob_count = d->count;
		d->count = value;
		break;
	case REG_DEVICE: d->device = value; break;
	default:
		d->hob_lba[reg - REG_LBA_LOW] = d->lba[reg - REG_LBA_LOW];
		d->lba[reg - REG_LBA_LOW] = value;
		break;
	}
}

static void write_register(struct board *b, unsigned channel, unsigned reg, uint8_t value)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	c->control &= (uint8_t)~ATA_HOB;
	if (reg == REG_COMMAND) {
		ide_write_command(b, channel, value);
		return;
	}
	write_shared(&c->drive[0], reg, value);
	write_shared(&c->drive[1], reg, value);
	if (reg == REG_DEVICE) {
		c->select = !!(value & ATA_DEV);
		ide_update_irq(b, channel);
	}
}

/* ---- the data port ---- */

/* The guest has read the DRQ block. The end of a hard disk's data is the end
 * of the command, without another interrupt; a PACKET command still has its
 * status to tell. */
static void in_block_done(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (c->pos < c->len || ide_more(c))
		ide_later(b, channel, IDE_STEP_DATA_IN, IDE_DELAY_PIO);
	else if (c->opcode == CMD_PACKET)
		ide_later(b, channel, IDE_STEP_DONE, IDE_DELAY_PIO);
	else
		ide_idle(c, ATA_READY);
}

static uint32_t data_in(struct board *b, unsigned channel, unsigned size)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	const uint8_t *p = c->buffer + c->pos;
	uint32_t v = 0, room = c->end - c->pos;

	if (c->phase != IDE_PHASE_IN || c->select != c->active)
		return 0;
	if (LIKELY(size <= room)) {
		v = size == 2 ? get_le16(p) : size == 4 ? get_le32(p) : *p;
		c->pos += size;
	} else {
		memcpy(&v, p, room); /* the last word of an odd count */
		c->pos += room;
	}
	if (c->pos == c->end)
		in_block_done(b, channel);
	return v;
}

static void out_block_done(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (c->phase == IDE_PHASE_PACKET) {
		memcpy(c->packet, c->buffer, sizeof(c->packet));
		c->pos = c->end = c->len = 0;
		ide_later(b, channel, IDE_STEP_RUN_PACKET, IDE_DELAY_PIO);
	} else {
		ide_later(b, channel, IDE_STEP_DATA_OUT, IDE_DELAY_PIO);
	}
}

/* A host that writes data without waiting for DRQ, as small kernels do: the drive
 * asks for it at once. */
static void hurry_out(struct board *b, unsigned channel)
{
	const struct ide_channel *c = ide_channel_of(b, channel);

	if (c->phase != IDE_PHASE_BUSY || c->select != c->active)
		return;
	if (c->step == IDE_STEP_FIRST_OUT || c->step == IDE_STEP_PACKET ||
	    (c->step == IDE_STEP_DATA_OUT && ide_more(c))) {
		board_timer_set(b, TIMER_IDE0 + channel, TIME_NEVER);
		ide_timer(b, channel);
	}
}

static void data_out(struct board *b, unsigned channel, uint32_t value, unsigned size)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	uint32_t room;

	hurry_out(b, channel);
	room = c->end - c->pos;
	if ((c->phase != IDE_PHASE_OUT && c->phase != IDE_PHASE_PACKET) || c->select != c->active)
		return;
	if (room > size)
		room = size;
	memcpy(c->buffer + c->pos, &value, room);
	c->pos += room;
	if (c->pos == c->end)
		out_block_done(b, channel);
}

/* ---- ports ---- */

static uint32_t command_block_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	uint32_t v = 0;

	if (!(port & 7))
		return data_in(b, unit, size);
	for (unsigned n = 0; n < size; n++)
		v |= (uint32_t)((port & 7) + n < 8 ? read_register(b, unit, (port & 7) + n) : 0xff) << n * 8;
	return v;
}

static void command_block_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	if (!(port & 7)) {
		data_out(b, unit, value, size);
		return;
	}
	for (unsigned n = 0; n < size && (port & 7) + n < 8; n++)
		write_register(b, unit, (port & 7) + n, (uint8_t)(value >> n * 8));
}

static uint32_t control_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return read_status(b, unit, false);
}

static void control_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	ide_write_control(b, unit, (uint8_t)value);
}

/* The channels are always decoded. The PIIX3 wants IDETIM's enable bits and
 * I/O space on first; the firmware sets them and nobody takes them back. */
void ide_attach(struct board *b)
{
	static const uint16_t base[2] = {0x1f0, 0x170};

	for (uint8_t n = 0; n < 2; n++) {
		struct io_range data = {base[n], 1, n, 4, command_block_in, command_block_out};
		struct io_range block = {(uint16_t)(base[n] + 1), 7, n, 4, command_block_in, command_block_out};
		struct io_range control = {(uint16_t)(base[n] + 0x206), 1, n, 1, control_in, control_out};

		board_map_io_timed(b, &data, IO_PCI_NS);
		board_map_io(b, &block);
		board_map_io(b, &control);
	}
	ide_dma_attach(b);
}
