/* The CD-ROM drive: the PACKET protocol (ATA/ATAPI-6 section 8.23), sense
 * codes, reading, and the tray (MMC-3, T10 1363D). Packets that only ask are
 * answered in atapi_info.c. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/pc/ide_chan.h"
#include "engine/pc/pc.h"

enum {
	P_MEDIUM = 1 << 0,    /* needs a medium */
	P_ATTENTION = 1 << 1, /* is executed although UNIT ATTENTION is due */
};

#define CD_BLOCK 4u /* sectors per buffer at most */

struct packet_row {
	uint8_t opcode, flags;
	atapi_packet_fn *run;
};

/* ---- the medium ---- */

uint32_t atapi_sectors(const struct board *b, unsigned channel)
{
	const struct disk_image *d = ide_image(b, channel, b->pc->ide.channel[channel].active);
	uint64_t n = d ? disk_size(d) / 2048 : 0;

	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

/* What byte 9 of READ CD selects of a mode 1 sector, as offset and size in the
 * raw sector. Sync 0, header 12, user data 16, EDC and ECC 2064. Mode 1 has no
 * subheader. */
static unsigned raw_parts(uint8_t flags, uint16_t at[4], uint16_t size[4])
{
	unsigned n = 0;

	if (flags & CD_SYNC) {
		at[n] = 0;
		size[n++] = 12;
	}
	if (flags & CD_HEADER) {
		at[n] = 12;
		size[n++] = 4;
	}
	if (flags & CD_USER) {
		at[n] = 16;
		size[n++] = 2048;
	}
	if (flags & CD_EDC) {
		at[n] = 2064;
		size[n++] = 288;
	}
	return n;
}

static uint32_t sector_bytes(uint8_t raw)
{
	uint16_t at[4], size[4];
	uint32_t sum = 0;

	if (!raw)
		return 2048;
	for (unsigned n = raw_parts(raw, at, size); n--;)
		sum += size[n];
	return sum;
}

static bool read_raw(const struct disk_image *d, uint32_t lba, uint8_t raw, uint8_t *out)
{
	uint8_t sector[CD_RAW_SIZE];
	uint16_t at[4], size[4];
	unsigned parts = raw_parts(raw, at, size);

	if (!disk_read(d, (uint64_t)lba * 2048, sector + 16, 2048))
		return false;
	cd_sector_complete(sector, lba);
	for (unsigned n = 0; n < parts; n++) {
		memcpy(out, sector + at[n], size[n]);
		out += size[n];
	}
	return true;
}

bool atapi_refill(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	const struct disk_image *d = ide_image(b, channel, c->active);
	uint32_t bytes = sector_bytes(c->raw), n = IDE_BUFFER / (bytes ? bytes : 1);
	bool ok;

	n = n < CD_BLOCK ? n : CD_BLOCK;
	n = n < c->left ? n : c->left;
	if (c->raw) {
		ok = true;
		for (uint32_t i = 0; ok && i < n; i++)
			ok = read_raw(d, (uint32_t)(c->lba + i), c->raw, c->buffer + i * bytes);
	} else {
		ok = c->lba < UINT32_MAX && disk_read(d, c->lba * 2048, c->buffer, n * 2048);
	}
	if (!ok) {
		atapi_fail(b, channel, SENSE_READ_ERROR);
		return false;
	}
	c->pos = 0;
	c->end = c->len = n * bytes;
	c->lba += n;
	c->left -= n;
	return true;
}

/* ---- the protocol ---- */

void atapi_command(struct board *b, unsigned channel, uint8_t opcode)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = ide_active(c);

	switch (opcode) {
	case 0xa0:                       /* PACKET */
		if (d->feature & 0x02) { /* overlapped: not offered */
			ide_fail(b, channel, ATA_ABRT);
			return;
		}
		c->dma = d->feature & 0x01;
		c->limit = d->lba[1] | (uint32_t)d->lba[2] << 8;
		if (c->limit == 0xffff)
			c->limit = 0xfffe;
		d->power = IDE_ACTIVE;
		ide_later(b, channel, IDE_STEP_PACKET, IDE_DELAY_PIO);
		break;
	case 0x20: /* READ SECTORS */
	case 0xec: /* IDENTIFY DEVICE: refused, showing the signature */
		ide_signature(b, channel, c->active);
		ide_fail(b, channel, ATA_ABRT);
		break;
	default: ata_command(b, channel, opcode); break;
	}
}

/* The next DRQ block: at most the byte count limit, odd only at the very end. */
void atapi_offer(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = ide_active(c);
	uint32_t limit = c->limit < 2 ? 2 : c->limit, n = c->len - c->pos;

	if (n > limit)
		n = limit & ~1u;
	c->end = c->pos + n;
	d->lba[1] = (uint8_t)n;
	d->lba[2] = (uint8_t)(n >> 8);
	d->count = ATAPI_IO;
	ide_offer(b, channel, IDE_PHASE_IN, true);
}

/* Data is to go to the guest. A byte count limit of 0 or 1 lets none through. */
static void send(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	if (c->dma)
		ide_dma_request(b, channel);
	else if (c->limit < 2)
		atapi_fail(b, channel, SENSE_BAD_FIELD);
	else
		ide_later(b, channel, IDE_STEP_DATA_IN, IDE_DELAY_PIO);
}

void atapi_answer(struct board *b, unsigned channel, uint32_t size, uint32_t alloc)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	c->pos = 0;
	c->end = c->len = size < alloc ? size : alloc;
	if (c->len)
		send(b, channel);
	else
		ide_done(b, channel);
}

static void set_sense(struct ide_drive *d, uint8_t key, uint8_t asc, uint8_t ascq)
{
	d->sense_key = key;
	d->asc = asc;
	d->ascq = ascq;
}

void atapi_fail(struct board *b, unsigned channel, uint8_t key, uint8_t asc, uint8_t ascq)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	TRACE(b, IDE, "%u.%u packet %02x fails, sense %x/%02x/%02x", channel, c->active, c->packet[0], key, asc, ascq);
	set_sense(ide_active(c), key, asc, ascq);
	ide_fail(b, channel, (uint8_t)(key << 4 | (key == 0x05 ? ATA_ABRT : 0)));
}

/* ---- packets ---- */

static void request_sense(struct board *b, unsigned channel, const uint8_t *packet)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = ide_active(c);

	if (d->attention && !d->sense_key) {
		set_sense(d, SENSE_CHANGED);
		d->attention = 0;
	}
	memset(c->buffer, 0, 18);
	c->buffer[0] = 0x70; /* current error, fixed format */
	c->buffer[2] = d->sense_key;
	c->buffer[7] = 10;
	c->buffer[12] = d->asc;
	c->buffer[13] = d->ascq;
	set_sense(d, 0, 0, 0);
	atapi_answer(b, channel, 18, packet[4]);
}

static void done(struct board *b, unsigned channel, const uint8_t *packet)
{
	ide_done(b, channel);
}

static void read_capacity(struct board *b, unsigned channel, const uint8_t *packet)
{
	struct ide_channel *c = ide_channel_of(b, channel);

	put_be32(c->buffer, atapi_sectors(b, channel) - 1);
	put_be32(c->buffer + 4, 2048);
	atapi_answer(b, channel, 8, 8);
}

static void read_sectors(struct board *b, unsigned channel, uint32_t lba, uint32_t count, uint8_t raw)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	uint32_t sectors = atapi_sectors(b, channel);

	if (lba >= sectors || count > sectors - lba) {
		/* READ of nothing right after the last sector is no error. */
		if (count || lba > sectors)
			atapi_fail(b, channel, SENSE_BAD_LBA);
		else
			ide_done(b, channel);
		return;
	}
	if (!count) {
		ide_done(b, channel);
		return;
	}
	if (count > 1u << 24) {
		atapi_fail(b, channel, SENSE_BAD_FIELD);
		return;
	}
	c->source = IDE_SOURCE_CD;
	c->lba = lba;
	c->left = count;
	c->raw = raw;
	c->pos = c->end = c->len = 0;
	send(b, channel);
}

static void read_10(struct board *b, unsigned channel, const uint8_t *packet)
{
	read_sectors(b, channel, get_be32(packet + 2), get_be16(packet + 7), 0);
}

static void read_12(struct board *b, unsigned channel, const uint8_t *packet)
{
	read_sectors(b, channel, get_be32(packet + 2), get_be32(packet + 6), 0);
}

/* All our sectors are mode 1. No subchannels, no C2 error bits. */
static void read_cd_common(struct board *b, unsigned channel, const uint8_t *packet, uint32_t lba, uint32_t count)
{
	unsigned type = packet[1] >> 2 & 7; /* 0 any, 1 CD-DA, 2 mode 1, 3.. mode 2 */
	uint8_t parts = packet[9] & CD_PARTS;

	if (type > 2 || type == 1)
		atapi_fail(b, channel, SENSE_BAD_MODE);
	else if (packet[9] & 0x06 || packet[10] & 0x07)
		atapi_fail(b, channel, SENSE_BAD_FIELD);
	else if (!parts)
		ide_done(b, channel);
	else
		read_sectors(b, channel, lba, count, parts == CD_USER ? 0 : parts);
}

static void read_cd(struct board *b, unsigned channel, const uint8_t *packet)
{
	uint32_t count = (uint32_t)packet[6] << 16 | get_be16(packet + 7);

	read_cd_common(b, channel, packet, get_be32(packet + 2), count);
}

static uint32_t msf_frames(const uint8_t *msf)
{
	return (msf[0] * 60u + msf[1]) * 75u + msf[2];
}

static void read_cd_msf(struct board *b, unsigned channel, const uint8_t *packet)
{
	uint32_t start = msf_frames(packet + 3), end = msf_frames(packet + 6);

	if (start < 150 || end < start)
		atapi_fail(b, channel, SENSE_BAD_LBA);
	else
		read_cd_common(b, channel, packet, start - 150, end - start);
}

static void seek_10(struct board *b, unsigned channel, const uint8_t *packet)
{
	if (get_be32(packet + 2) < atapi_sectors(b, channel))
		ide_done(b, channel);
	else
		atapi_fail(b, channel, SENSE_BAD_LBA);
}

static void prevent_removal(struct board *b, unsigned channel, const uint8_t *packet)
{
	ide_active(ide_channel_of(b, channel))->locked = packet[4] & 1;
	ide_done(b, channel);
}

/* LoEj with Start loads the medium, LoEj alone ejects it. */
static void start_stop(struct board *b, unsigned channel, const uint8_t *packet)
{
	struct ide_drive *d = ide_active(ide_channel_of(b, channel));
	bool start = packet[4] & 1, load_eject = packet[4] & 2;

	if (load_eject && !start && !d->tray_open) {
		if (d->locked) {
			atapi_fail(b, channel, SENSE_LOCKED);
			return;
		}
		d->tray_open = 1;
		d->attention = 0;
		d->media_event = 3; /* media removal */
	} else if (load_eject && start && d->tray_open) {
		d->tray_open = 0;
		d->attention = 1;
		d->media_event = 2; /* new media */
	}
	ide_done(b, channel);
}

static const struct packet_row packets[] = {
	{0x00, P_MEDIUM, done},                       /* TEST UNIT READY */
	{0x03, P_ATTENTION, request_sense},           /* REQUEST SENSE */
	{0x12, P_ATTENTION, atapi_inquiry},           /* INQUIRY */
	{0x1a, 0, atapi_mode_sense_6},                /* MODE SENSE(6) */
	{0x1b, 0, start_stop},                        /* START STOP UNIT */
	{0x1e, 0, prevent_removal},                   /* PREVENT ALLOW MEDIUM REMOVAL */
	{0x25, P_MEDIUM, read_capacity},              /* READ CAPACITY */
	{0x28, P_MEDIUM, read_10},                    /* READ(10) */
	{0x2b, P_MEDIUM, seek_10},                    /* SEEK(10) */
	{0x35, 0, done},                              /* SYNCHRONIZE CACHE */
	{0x42, P_MEDIUM, atapi_read_sub_channel},     /* READ SUB-CHANNEL */
	{0x43, P_MEDIUM, atapi_read_toc},             /* READ TOC/PMA/ATIP */
	{0x46, P_ATTENTION, atapi_get_configuration}, /* GET CONFIGURATION */
	{0x4a, P_ATTENTION, atapi_get_event_status},  /* GET EVENT STATUS NOTIFICATION */
	{0x51, P_MEDIUM, atapi_disc_information},     /* READ DISC INFORMATION */
	{0x52, P_MEDIUM, atapi_track_information},    /* READ TRACK INFORMATION */
	{0x5a, 0, atapi_mode_sense_10},               /* MODE SENSE(10) */
	{0xa8, P_MEDIUM, read_12},                    /* READ(12) */
	{0xb9, P_MEDIUM, read_cd_msf},                /* READ CD MSF */
	{0xbb, 0, done},                              /* SET CD SPEED */
	{0xbd, 0, atapi_mechanism_status},            /* MECHANISM STATUS */
	{0xbe, P_MEDIUM, read_cd},                    /* READ CD */
};

/* After power-on there is no UNIT ATTENTION: boot code of the time gives up on
 * the first error. A medium that was changed gives one. */
void atapi_run_packet(struct board *b, unsigned channel)
{
	struct ide_channel *c = ide_channel_of(b, channel);
	struct ide_drive *d = ide_active(c);
	const struct packet_row *row = NULL;

	for (unsigned n = 0; n < ARRAY_LEN(packets) && !row; n++)
		if (packets[n].opcode == c->packet[0])
			row = &packets[n];
	TRACE(b, IDE, "%u.%u packet %02x %02x %08x %02x %08x", channel, c->active, c->packet[0], c->packet[1],
	      get_be32(c->packet + 2), c->packet[6], get_be32(c->packet + 7));
	if (c->packet[0] != 0x03)
		set_sense(d, 0, 0, 0);
	if (!row) {
		atapi_fail(b, channel, SENSE_BAD_OPCODE);
	} else if (d->attention && !(row->flags & P_ATTENTION)) {
		d->attention = 0;
		atapi_fail(b, channel, SENSE_CHANGED);
	} else if (row->flags & P_MEDIUM && d->tray_open) {
		atapi_fail(b, channel, SENSE_NO_MEDIUM);
	} else {
		row->run(b, channel, c->packet);
	}
}
