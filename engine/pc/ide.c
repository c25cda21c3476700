/* IDE channels: commands and resets, the interrupt line, and the steps a command
 * takes in time. See ide.h for the other files. */
#include "engine/pc/ide.h"

#include <string.h>

#include "engine/pc/ide_chan.h"
#include "engine/pc/pc.h"

/* ---- services for the other files ---- */

struct ide_channel *ide_channel_of(struct board *b, unsigned channel)
{
	return &b->pc->ide.channel[channel];
}

struct ide_drive *ide_active(struct ide_channel *c)
{
	return &c->drive[c->active];
}

struct disk_image *ide_image(const struct board *b, unsigned channel, unsigned drive)
{
	return b->ide_drive[channel * 2 + drive];
}

enum ide_kind ide_kind_of(const struct board *b, unsigned channel, unsigned drive)
{
	const struct disk_image *d = ide_image(b, channel, drive);

	if (!d)
		return IDE_NONE;
	return disk_kind(d) == DISK_CDROM ? IDE_CDROM : IDE_DISK;
}

uint64_t ide_sectors(const struct board *b, unsigned channel, unsigned drive)
{
	const struct disk_image *d = ide_image(b, channel, drive);

	return d ? disk_size(d) / 512 : 0;
}

/* INTRQ is driven by the selected drive only, and not while nIEN is set; the
 * request itself stays until Status is read or a command written. The bus
 * master notes the line's rising edge (PIIX3, BMIS bit 2). */
void ide_update_irq(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	bool level = c->drive[c->select].intrq && !(c->control & ATA_NIEN);

	if (level == c->irq)
		return;
	c->irq = level;
	if (level)
		c->bm_status |= BMIS_INTR;
	board_set_irq(b, 14 + channel, level);
}

static void set_timer(struct board *b, unsigned channel, uint64_t delay)
{
	board_timer_set(b, TIMER_IDE0 + channel, delay == TIME_NEVER ? TIME_NEVER : board_now(b) + delay);
}

void ide_later(struct board *b, unsigned channel, enum ide_step step, uint64_t delay)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	c->phase = IDE_PHASE_BUSY;
	c->step = (uint8_t)step;
	ide_active(c)->status = ATA_BSY;
	set_timer(b, channel, delay);
}

void ide_idle(struct ide_channel *c, uint8_t status)
{
	c->phase = IDE_PHASE_IDLE;
	c->step = IDE_STEP_NONE;
	ide_active(c)->status = status;
}

static void finish(struct board *b, unsigned channel, uint8_t status)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = ide_active(c);

	ide_idle(c, status);
	if (c->opcode == CMD_PACKET && ide_kind_of(b, channel, c->active) == IDE_CDROM)
		d->count = ATAPI_COD | ATAPI_IO;
	d->intrq = 1;
	ide_update_irq(b, channel);
}

void ide_done(struct board *b, unsigned channel)
{
	finish(b, channel, ATA_READY);
}

void ide_fail(struct board *b, unsigned channel, uint8_t error)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	TRACE(b, IDE, "%u.%u command %02x fails, error %02x", channel, c->active, c->opcode, error);
	ide_active(c)->error = error;
	c->pos = c->end = c->len = 0;
	c->left = 0;
	ide_later(b, channel, IDE_STEP_FAILED, IDE_DELAY_PIO);
}

void ide_offer(struct board *b, unsigned channel, enum ide_phase phase, bool interrupt)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	c->phase = (uint8_t)phase;
	c->step = IDE_STEP_NONE;
	ide_active(c)->status = ATA_READY | ATA_DRQ;
	if (interrupt) {
		ide_active(c)->intrq = 1;
		ide_update_irq(b, channel);
	}
}

bool ide_refill(struct board *b, unsigned channel)
{
	if (ide_channel_of(b, channel)->source == IDE_SOURCE_CD)
		return atapi_refill(b, channel);
	return ata_refill(b, channel);
}

bool ide_drain(struct board *b, unsigned channel)
{
	return ata_drain(b, channel);
}

/* ATA/ATAPI-6 section 9.12: what software finds to tell the kinds apart. */
void ide_signature(struct board *b, unsigned channel, unsigned drive)
{
	struct ide_drive *d = &ide_channel_of(b, channel)->drive[drive];
	bool packet = ide_kind_of(b, channel, drive) == IDE_CDROM;

	d->count = 1;
	d->lba[0] = 1;
	d->lba[1] = packet ? 0x14 : 0;
	d->lba[2] = packet ? 0xeb : 0;
	d->hob_count = 0;
	memset(d->hob_lba, 0, sizeof(d->hob_lba));
	d->device &= ATA_DEV;
}

/* ---- resets ---- */

/* The state a drive comes out of a reset with. A packet device is not ready
 * (DRDY) until its first command. */
static void drive_ready(struct board *b, unsigned channel, unsigned drive)
{
	struct ide_drive *d = &ide_channel_of(b, channel)->drive[drive];
	enum ide_kind kind = ide_kind_of(b, channel, drive);

	ide_signature(b, channel, drive);
	d->error = 0x01; /* diagnostic code: passed */
	d->status = kind == IDE_DISK ? ATA_READY : 0;
	d->power = IDE_ACTIVE;
}

static void drop_command(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	set_timer(b, channel, TIME_NEVER);
	c->phase = IDE_PHASE_IDLE;
	c->step = IDE_STEP_NONE;
	c->source = IDE_SOURCE_BUFFER;
	c->ext = c->dma = c->raw = 0;
	c->pos = c->end = c->len = 0;
	c->left = 0;
}

static void all_busy(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	drop_command(b, channel);
	c->select = c->active = 0;
	for (unsigned n = 0; n < 2; n++) {
		c->drive[n].status = ATA_BSY;
		c->drive[n].device = 0;
		c->drive[n].intrq = 0;
	}
	ide_update_irq(b, channel);
}

/* EXECUTE DEVICE DIAGNOSTIC: both drives. */
static void diagnose(struct board *b, unsigned channel)
{
	all_busy(b, channel);
	ide_channel_of(b, channel)->opcode = CMD_DIAGNOSTIC;
	ide_later(b, channel, IDE_STEP_RESET, IDE_DELAY_RESET);
}

/* DEVICE RESET ends what the selected drive does; no interrupt. */
static void device_reset(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (c->active == c->select)
		drop_command(b, channel);
	drive_ready(b, channel, c->select);
}

static void end_of_reset(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	unsigned first = ide_kind_of(b, channel, 0) ? 0 : 1;

	c->phase = IDE_PHASE_IDLE;
	c->step = IDE_STEP_NONE;
	for (unsigned n = 0; n < 2; n++) {
		ata_defaults(&c->drive[n], false);
		drive_ready(b, channel, n);
	}
	if (c->opcode == CMD_DIAGNOSTIC && ide_kind_of(b, channel, first)) {
		c->drive[first].intrq = 1;
		ide_update_irq(b, channel);
	}
}

void ide_write_control(struct board *b, unsigned channel, uint8_t value)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	uint8_t old = c->control;

	c->control = value & (ATA_NIEN | ATA_SRST | ATA_HOB);
	if (value & ATA_SRST && !(old & ATA_SRST)) {
		TRACE(b, IDE, "%u software reset", channel);
		all_busy(b, channel);
		c->phase = IDE_PHASE_RESET;
		c->opcode = 0;
	} else if (!(value & ATA_SRST) && old & ATA_SRST) {
		ide_later(b, channel, IDE_STEP_RESET, IDE_DELAY_RESET);
	}
	ide_update_irq(b, channel);
}

/* ---- commands ---- */

void ide_write_command(struct board *b, unsigned channel, uint8_t opcode)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = &c->drive[c->select];
	enum ide_kind kind = ide_kind_of(b, channel, c->select);
	bool busy = c->phase == IDE_PHASE_BUSY || c->phase == IDE_PHASE_DMA || c->phase == IDE_PHASE_DMA_RUN;
	bool in_reset = c->phase == IDE_PHASE_RESET || (c->phase == IDE_PHASE_BUSY && c->step == IDE_STEP_RESET);

	if (in_reset || (!kind && opcode != CMD_DIAGNOSTIC))
		return;
	d->intrq = 0;
	ide_update_irq(b, channel);
	TRACE(b, IDE, "%u.%u command %02x feature %02x count %02x lba %02x %02x %02x device %02x", channel, c->select,
	      opcode, d->feature, d->count, d->lba[0], d->lba[1], d->lba[2], d->device);
	if (opcode == CMD_DEVICE_RESET && kind == IDE_CDROM) {
		device_reset(b, channel);
		return;
	}
	/* Only resets reach a busy or sleeping drive. */
	if (busy || d->power == IDE_SLEEP)
		return;
	if (c->phase != IDE_PHASE_IDLE)
		ide_idle(c, ATA_READY); /* a new command ends an unfinished transfer */
	if (opcode == CMD_DIAGNOSTIC) {
		diagnose(b, channel);
		return;
	}
	drop_command(b, channel);
	c->active = c->select;
	c->opcode = opcode;
	d->error = 0;
	if (kind == IDE_DISK)
		ata_command(b, channel, opcode);
	else
		atapi_command(b, channel, opcode);
}

/* A tray stays as it is through a reset. */
void ide_reset(struct board *b)
{
	for (unsigned n = 0; n < 2; n++) {
		struct ide_channel *c = ide_channel_of(b, n);
		uint8_t tray[2] = {c->drive[0].tray_open, c->drive[1].tray_open};

		memset(c, 0, sizeof(*c));
		set_timer(b, n, TIME_NEVER);
		ide_dma_reset(b, n);
		for (unsigned i = 0; i < 2; i++) {
			c->drive[i].tray_open = tray[i];
			ata_defaults(&c->drive[i], true);
			drive_ready(b, n, i);
		}
		board_set_irq(b, 14 + n, false);
	}
}

void ide_insert(struct board *b, unsigned drive, struct disk_image *image)
{
	unsigned channel = drive / 2;
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = &c->drive[drive % 2];

	assert(drive < ARRAY_LEN(b->ide_drive));
	if (c->active == drive % 2)
		drop_command(b, channel);
	disk_free(b->ide_drive[drive]);
	b->ide_drive[drive] = image;
	memset(d, 0, sizeof(*d));
	ata_defaults(d, true);
	drive_ready(b, channel, drive % 2);
	ide_update_irq(b, channel);
}

/* ---- time ---- */

static void next_out(struct board *b, unsigned channel, bool interrupt)
{
	if (ide_refill(b, channel))
		ide_offer(b, channel, IDE_PHASE_OUT, interrupt);
}

static void step_data_in(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (c->pos == c->len && !ide_refill(b, channel))
		return;
	if (c->opcode == CMD_PACKET) {
		atapi_offer(b, channel);
	} else {
		c->end = c->len;
		ide_offer(b, channel, IDE_PHASE_IN, true);
	}
}

static void step_data_out(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (!ide_drain(b, channel))
		return;
	if (ide_more(c))
		next_out(b, channel, true);
	else
		ide_done(b, channel);
}

static void step_packet(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	ide_active(c)->count = ATAPI_COD;
	c->pos = 0;
	c->end = c->len = sizeof(c->packet);
	ide_offer(b, channel, IDE_PHASE_PACKET, false);
}

void ide_timer(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (c->phase == IDE_PHASE_DMA_RUN) {
		ide_dma_run(b, channel);
		return;
	}
	switch (c->phase == IDE_PHASE_BUSY ? c->step : IDE_STEP_NONE) {
	case IDE_STEP_DATA_IN: step_data_in(b, channel); break;
	case IDE_STEP_FIRST_OUT: next_out(b, channel, false); break;
	case IDE_STEP_DATA_OUT: step_data_out(b, channel); break;
	case IDE_STEP_DONE: ide_done(b, channel); break;
	case IDE_STEP_PACKET: step_packet(b, channel); break;
	case IDE_STEP_RUN_PACKET: atapi_run_packet(b, channel); break;
	case IDE_STEP_FAILED: finish(b, channel, ATA_READY | ATA_ERR); break;
	case IDE_STEP_RESET: end_of_reset(b, channel); break;
	default: break;
	}
}

/* ---- loaded values ---- */

static bool drive_ok(const struct ide_drive *d)
{
	if (d->heads < 1 || d->heads > 16 || d->spt < 1 || d->power > IDE_SLEEP || d->intrq > 1)
		return false;
	return d->multiple <= IDE_MAX_MULTIPLE && !(d->multiple & (d->multiple - 1));
}

/* Data that moves must have the drive it moves to, and fit the buffer. */
static bool transfer_ok(const struct board *b, unsigned channel)
{
	const struct ide_channel *c = &b->pc->ide.channel[channel];
	enum ide_kind kind = ide_kind_of(b, channel, c->active);
	bool packet = c->phase == IDE_PHASE_PACKET || c->step == IDE_STEP_PACKET || c->step == IDE_STEP_RUN_PACKET;

	if (c->pos > c->end || c->end > c->len || c->len > IDE_BUFFER || c->left > 1u << 24)
		return false;
	if ((packet && kind != IDE_CDROM) || (c->phase == IDE_PHASE_PACKET && c->len != sizeof(c->packet)))
		return false;
	if ((c->source == IDE_SOURCE_READ || c->source == IDE_SOURCE_WRITE) &&
	    (kind != IDE_DISK || c->block < 1 || c->block > IDE_MAX_MULTIPLE))
		return false;
	if (c->source == IDE_SOURCE_CD && (kind != IDE_CDROM || c->raw & ~CD_PARTS))
		return false;
	return true;
}

const char *ide_validate(const struct board *b)
{
	for (unsigned n = 0; n < 2; n++) {
		const struct ide_channel *c = &b->pc->ide.channel[n];

		if (c->select > 1 || c->active > 1 || c->irq > 1 || c->phase >= IDE_PHASES || c->step >= IDE_STEPS ||
		    c->source >= IDE_SOURCES)
			return "ide: impossible state of a channel";
		if (!drive_ok(&c->drive[0]) || !drive_ok(&c->drive[1]))
			return "ide: impossible drive settings";
		if (!transfer_ok(b, n))
			return "ide: impossible transfer";
		if (c->prd_left > 0x10000)
			return "ide: impossible bus master state";
	}
	return NULL;
}
