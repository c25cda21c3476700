/* Hard disk commands (ATA/ATAPI-6 section 8), with the few that CD-ROM drives
 * share. The table at the end is the list. Data moves block by block through
 * the channel's buffer, by PIO or by the bus master alike. */
#include <string.h>

#include "engine/pc/ide_chan.h"
#include "engine/pc/pc.h"

enum {
	F_EXT = 1 << 0, /* 48-bit address and 16-bit count */
	F_DMA = 1 << 1,
	F_WRITE = 1 << 2,
	F_MULTI = 1 << 3, /* blocks of SET MULTIPLE */
	F_CD = 1 << 4,    /* CD-ROM drives know it too */
};

#define LBA28_MAX 0x0fffffffu

struct ata_row {
	uint8_t first, last; /* command codes */
	uint8_t flags;
	void (*run)(struct board *b, unsigned channel, unsigned flags);
};

/* ---- addresses ---- */

/* The sector the registers name; UINT64_MAX: no such sector in the current
 * translation. */
static uint64_t get_address(const struct ide_drive *d, bool ext)
{
	uint32_t low = d->lba[0] | (uint32_t)d->lba[1] << 8 | (uint32_t)d->lba[2] << 16;
	uint32_t high = d->hob_lba[0] | (uint32_t)d->hob_lba[1] << 8 | (uint32_t)d->hob_lba[2] << 16;
	unsigned head = d->device & 0x0f;

	if (ext)
		return low | (uint64_t)high << 24;
	if (d->device & ATA_LBA)
		return low | head << 24;
	if (!d->lba[0] || d->lba[0] > d->spt || head >= d->heads)
		return UINT64_MAX;
	return ((uint64_t)(low >> 8) * d->heads + head) * d->spt + d->lba[0] - 1;
}

static void put_low(struct ide_drive *d, uint32_t low, unsigned head)
{
	d->lba[0] = (uint8_t)low;
	d->lba[1] = (uint8_t)(low >> 8);
	d->lba[2] = (uint8_t)(low >> 16);
	d->device = (uint8_t)((d->device & 0xf0) | head);
}

static void put_address(struct ide_drive *d, bool ext, uint64_t lba)
{
	if (ext) {
		put_low(d, (uint32_t)lba, d->device & 0x0f);
		d->hob_lba[0] = (uint8_t)(lba >> 24);
		d->hob_lba[1] = (uint8_t)(lba >> 32);
		d->hob_lba[2] = (uint8_t)(lba >> 40);
	} else if (d->device & ATA_LBA) {
		put_low(d, (uint32_t)lba, lba >> 24 & 0x0f);
	} else {
		uint64_t track = lba / d->spt;

		put_low(d, (uint32_t)(lba % d->spt + 1) | (uint32_t)(track / d->heads) << 8,
			(unsigned)(track % d->heads));
	}
}

static void put_count(struct ide_drive *d, bool ext, uint32_t count)
{
	d->count = (uint8_t)count;
	if (ext)
		d->hob_count = (uint8_t)(count >> 8);
}

/* What the registers say of a command that ended at sector lba. */
static void report(struct ide_channel *c, uint64_t lba, uint32_t left)
{
	put_address(ide_active(c), c->ext, lba);
	put_count(ide_active(c), c->ext, left);
}

static bool in_range(struct board *b, unsigned channel, uint64_t lba, uint32_t count)
{
	uint64_t sectors = ide_sectors(b, channel, ide_channel_of(b, channel)->active);

	return lba < sectors && count <= sectors - lba;
}

static void abort_command(struct board *b, unsigned channel)
{
	ide_fail(b, channel, ATA_ABRT);
}

static void no_error(struct board *b, unsigned channel, unsigned flags)
{
	ide_later(b, channel, IDE_STEP_DONE, IDE_DELAY_PIO);
}

/* ---- data ---- */

bool ata_refill(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	uint32_t n = c->left < c->block ? c->left : c->block;
	uint8_t error = 0;

	if (c->source == IDE_SOURCE_BUFFER || !n)
		error = ATA_ABRT; /* only a loaded value can ask for this */
	else if (!in_range(b, channel, c->lba, n))
		error = ATA_IDNF;
	else if (c->source == IDE_SOURCE_READ &&
		 !disk_read(ide_image(b, channel, c->active), c->lba * 512, c->buffer, n * 512))
		error = ATA_UNC;
	if (error) {
		report(c, c->lba, c->left);
		ide_fail(b, channel, error);
		return false;
	}
	c->pos = 0;
	c->end = c->len = n * 512;
	c->left -= n;
	if (c->source == IDE_SOURCE_READ) {
		c->lba += n;
		if (!c->left)
			report(c, c->lba - 1, 0);
	}
	return true;
}

bool ata_drain(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	uint32_t n = c->len / 512;

	if (c->source != IDE_SOURCE_WRITE || !in_range(b, channel, c->lba, n) ||
	    !disk_write(ide_image(b, channel, c->active), c->lba * 512, c->buffer, n * 512)) {
		report(c, c->lba, c->left + n);
		ide_fail(b, channel, ATA_ABRT);
		return false;
	}
	c->lba += n;
	c->pos = c->end = c->len = 0;
	if (!c->left)
		report(c, c->lba - 1, 0);
	return true;
}

/* The registers' address and count, into the channel; false: failed. */
static bool start(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = ide_active(c);
	bool ext = flags & F_EXT;
	uint32_t count = ext ? d->count | (uint32_t)d->hob_count << 8 : d->count;

	c->ext = ext;
	if (ext && !(d->device & ATA_LBA)) {
		abort_command(b, channel);
		return false;
	}
	c->lba = get_address(d, ext);
	c->left = count ? count : ext ? 65536 : 256;
	d->power = IDE_ACTIVE;
	if (c->lba != UINT64_MAX)
		return true;
	ide_fail(b, channel, ATA_IDNF);
	return false;
}

static void read_write(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = ide_active(c);
	bool write = flags & F_WRITE;

	if ((flags & F_MULTI && !d->multiple) || (write && disk_read_only(ide_image(b, channel, c->active)))) {
		abort_command(b, channel);
		return;
	}
	if (!start(b, channel, flags))
		return;
	c->source = write ? IDE_SOURCE_WRITE : IDE_SOURCE_READ;
	c->block = flags & F_DMA ? IDE_MAX_MULTIPLE : flags & F_MULTI ? d->multiple : 1;
	if (flags & F_DMA) {
		c->dma = 1;
		ide_dma_request(b, channel);
	} else {
		ide_later(b, channel, write ? IDE_STEP_FIRST_OUT : IDE_STEP_DATA_IN, IDE_DELAY_PIO);
	}
}

static void read_verify(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	uint64_t sectors;

	if (!start(b, channel, flags))
		return;
	sectors = ide_sectors(b, channel, c->active);
	if (in_range(b, channel, c->lba, c->left)) {
		report(c, c->lba + c->left - 1, 0);
		ide_later(b, channel, IDE_STEP_DONE, IDE_DELAY_DMA);
	} else {
		/* The first sector that is not there. */
		uint64_t bad = c->lba < sectors ? sectors : c->lba;

		report(c, bad, (uint32_t)(c->left - (bad - c->lba)));
		ide_fail(b, channel, ATA_IDNF);
	}
	c->left = 0;
}

static void seek(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (in_range(b, channel, get_address(ide_active(c), false), 1))
		no_error(b, channel, flags);
	else
		ide_fail(b, channel, ATA_IDNF);
}

/* ---- settings ---- */

void ata_defaults(struct ide_drive *d, bool power_on)
{
	d->heads = 16;
	d->spt = 63;
	d->multiple = 0;
	d->write_cache = d->look_ahead = 1;
	if (power_on)
		d->xfer_mode = 0x22; /* multiword DMA 2, the best the PIIX3 has */
}

static void initialize_parameters(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_drive *d = ide_active(ide_channel_of(b, channel));

	if (!d->count) {
		abort_command(b, channel);
		return;
	}
	d->spt = d->count;
	d->heads = (uint8_t)((d->device & 0x0f) + 1);
	no_error(b, channel, flags);
}

static void set_multiple(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_drive *d = ide_active(ide_channel_of(b, channel));

	if (d->count > IDE_MAX_MULTIPLE || d->count & (d->count - 1)) {
		d->multiple = 0;
		abort_command(b, channel);
		return;
	}
	d->multiple = d->count;
	no_error(b, channel, flags);
}

/* SET FEATURES 03h: PIO default, PIO 0-4, multiword DMA 0-2, Ultra DMA 0-2. */
static bool set_xfer_mode(struct ide_drive *d)
{
	uint8_t mode = d->count;

	if (mode > 0x01 && (mode < 0x08 || mode > 0x0c) && (mode < 0x20 || mode > 0x22) && (mode < 0x40 || mode > 0x42))
		return false;
	d->xfer_mode = mode;
	return true;
}

static bool set_disk_feature(struct ide_drive *d)
{
	switch (d->feature) {
	case 0x02: d->write_cache = 1; return true;
	case 0x82: d->write_cache = 0; return true;
	case 0xaa: d->look_ahead = 1; return true;
	case 0x55: d->look_ahead = 0; return true;
	case 0x44: /* ECC bytes of READ LONG: obsolete, nothing to set */
	case 0xbb: return true;
	default: return false;
	}
}

/* 66h and CCh choose whether a software reset restores the defaults; every
 * driver sets up again after one, so both are accepted without effect. */
static void set_features(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = ide_active(c);
	bool ok = d->feature == 0x66 || d->feature == 0xcc;

	if (d->feature == 0x03)
		ok = set_xfer_mode(d);
	else if (!ok && ide_kind_of(b, channel, c->active) == IDE_DISK)
		ok = set_disk_feature(d);
	if (ok)
		no_error(b, channel, flags);
	else
		abort_command(b, channel);
}

/* ---- power ---- */

static void set_power(struct board *b, unsigned channel, enum ide_power power)
{
	ide_active(ide_channel_of(b, channel))->power = (uint8_t)power;
	no_error(b, channel, 0);
}

static void standby(struct board *b, unsigned channel, unsigned flags)
{
	set_power(b, channel, IDE_STANDBY);
}
static void idle(struct board *b, unsigned channel, unsigned flags)
{
	set_power(b, channel, IDE_ACTIVE);
}
static void sleep_command(struct board *b, unsigned channel, unsigned flags)
{
	set_power(b, channel, IDE_SLEEP);
}

static void check_power(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_drive *d = ide_active(ide_channel_of(b, channel));

	d->count = d->power == IDE_ACTIVE ? 0xff : 0x00;
	no_error(b, channel, flags);
}

/* ---- identity ---- */

static void identify(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (ide_kind_of(b, channel, c->active) == IDE_CDROM)
		ide_identify_cdrom(b, channel, c->active, c->buffer);
	else
		ide_identify_disk(b, channel, c->active, c->buffer);
	c->pos = 0;
	c->end = c->len = 512;
	ide_later(b, channel, IDE_STEP_DATA_IN, IDE_DELAY_PIO);
}

static void read_native_max(struct board *b, unsigned channel, unsigned flags)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = ide_active(c);
	uint64_t last = ide_sectors(b, channel, c->active) - 1;

	if (!(d->device & ATA_LBA)) {
		abort_command(b, channel);
		return;
	}
	put_address(d, flags & F_EXT, flags & F_EXT || last < LBA28_MAX ? last : LBA28_MAX);
	no_error(b, channel, flags);
}

/* Commands that are not here are aborted; so is NOP, by its definition, and
 * SMART (B0h), which IDENTIFY says we lack. */
static const struct ata_row commands[] = {
	{0x10, 0x1f, 0, no_error},                           /* RECALIBRATE */
	{0x20, 0x21, 0, read_write},                         /* READ SECTORS */
	{0x24, 0x24, F_EXT, read_write},                     /* READ SECTORS EXT */
	{0x25, 0x25, F_EXT | F_DMA, read_write},             /* READ DMA EXT */
	{0x27, 0x27, F_EXT, read_native_max},                /* READ NATIVE MAX ADDRESS EXT */
	{0x29, 0x29, F_EXT | F_MULTI, read_write},           /* READ MULTIPLE EXT */
	{0x30, 0x31, F_WRITE, read_write},                   /* WRITE SECTORS */
	{0x34, 0x34, F_EXT | F_WRITE, read_write},           /* WRITE SECTORS EXT */
	{0x35, 0x35, F_EXT | F_DMA | F_WRITE, read_write},   /* WRITE DMA EXT */
	{0x39, 0x39, F_EXT | F_MULTI | F_WRITE, read_write}, /* WRITE MULTIPLE EXT */
	{0x3c, 0x3c, F_WRITE, read_write},                   /* WRITE VERIFY */
	{0x40, 0x41, 0, read_verify},                        /* READ VERIFY SECTORS */
	{0x42, 0x42, F_EXT, read_verify},                    /* READ VERIFY SECTORS EXT */
	{0x70, 0x7f, 0, seek},                               /* SEEK */
	{0x91, 0x91, 0, initialize_parameters},              /* INITIALIZE DEVICE PARAMETERS */
	{0x94, 0x94, F_CD, standby},                         /* power commands, ATA-1 codes */
	{0x95, 0x95, F_CD, idle},
	{0x96, 0x96, F_CD, standby},
	{0x97, 0x97, F_CD, idle},
	{0x98, 0x98, F_CD, check_power},
	{0x99, 0x99, F_CD, sleep_command},
	{0xa1, 0xa1, F_CD, identify},                /* IDENTIFY PACKET DEVICE */
	{0xc4, 0xc4, F_MULTI, read_write},           /* READ MULTIPLE */
	{0xc5, 0xc5, F_MULTI | F_WRITE, read_write}, /* WRITE MULTIPLE */
	{0xc6, 0xc6, 0, set_multiple},               /* SET MULTIPLE MODE */
	{0xc8, 0xc9, F_DMA, read_write},             /* READ DMA */
	{0xca, 0xcb, F_DMA | F_WRITE, read_write},   /* WRITE DMA */
	{0xe0, 0xe0, F_CD, standby},                 /* STANDBY IMMEDIATE */
	{0xe1, 0xe1, F_CD, idle},                    /* IDLE IMMEDIATE */
	{0xe2, 0xe2, F_CD, standby},                 /* STANDBY */
	{0xe3, 0xe3, F_CD, idle},                    /* IDLE */
	{0xe5, 0xe5, F_CD, check_power},             /* CHECK POWER MODE */
	{0xe6, 0xe6, F_CD, sleep_command},           /* SLEEP */
	{0xe7, 0xe7, F_CD, no_error},                /* FLUSH CACHE */
	{0xea, 0xea, 0, no_error},                   /* FLUSH CACHE EXT */
	{0xec, 0xec, 0, identify},                   /* IDENTIFY DEVICE */
	{0xef, 0xef, F_CD, set_features},            /* SET FEATURES */
	{0xf8, 0xf8, 0, read_native_max},            /* READ NATIVE MAX ADDRESS */
};

void ata_command(struct board *b, unsigned channel, uint8_t opcode)
{
	bool cdrom = ide_kind_of(b, channel, ide_channel_of(b, channel)->active) == IDE_CDROM;

	for (unsigned n = 0; n < ARRAY_LEN(commands); n++) {
		const struct ata_row *row = &commands[n];

		if (opcode < row->first || opcode > row->last)
			continue;
		if (cdrom ? row->flags & F_CD : opcode != 0xa1) {
			row->run(b, channel, row->flags);
			return;
		}
	}
	abort_command(b, channel);
}
