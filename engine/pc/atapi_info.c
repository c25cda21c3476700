/* What a CD-ROM drive tells of itself and of its disc: INQUIRY, mode pages,
 * table of contents, features, events (MMC-3, SPC-2). The disc is one session
 * with one data track; above 80 minutes it counts as a DVD-ROM. */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/pc/ide_chan.h"
#include "engine/pc/pc.h"

#define CD_MAX_SECTORS (80u * 60 * 75)
enum { PROFILE_NONE = 0x0000, PROFILE_CD = 0x0008, PROFILE_DVD = 0x0010 };
#define SPEED 2816u     /* KB/s: 16x */
#define TRACK_DATA 0x14 /* ADR 1 (position), control 4 (data track) */

/* The answer is built in the channel's buffer, from zeros. */
static uint8_t *fresh(struct board *b, unsigned channel, unsigned size)
{
	uint8_t *out = ide_channel_of(b, channel)->buffer;

	memset(out, 0, size);
	return out;
}

static const struct ide_drive *drive_of(struct board *b, unsigned channel)
{
	return ide_active(ide_channel_of(b, channel));
}

static void bad_field(struct board *b, unsigned channel)
{
	atapi_fail(b, channel, SENSE_BAD_FIELD);
}

void atapi_inquiry(struct board *b, unsigned channel, const uint8_t *packet)
{
	uint8_t *out;

	if (packet[1] & 0x03) { /* vital product data: none */
		bad_field(b, channel);
		return;
	}
	out = fresh(b, channel, 36);
	out[0] = 0x05; /* CD-ROM device */
	out[1] = 0x80; /* removable */
	out[3] = 0x21; /* ATAPI, response format of MMC */
	out[4] = 36 - 5;
	memcpy(out + 8, "LANYARD CD-ROM          1.0 ", 28);
	atapi_answer(b, channel, 36, get_be16(packet + 3));
}

/* ---- MODE SENSE ---- */

/* Page 01h: error recovery; page 2Ah: capabilities. Returns the page's size. */
static unsigned page_recovery(uint8_t *out)
{
	static const uint8_t page[] = {0x01, 0x06, 0x00, 0x05, 0, 0, 0, 0};

	memcpy(out, page, sizeof(page));
	return sizeof(page);
}

static unsigned page_capabilities(uint8_t *out, const struct ide_drive *d)
{
	out[0] = 0x2a;
	out[1] = 20 - 2;
	out[2] = 0x0b;                                     /* reads CD-R, CD-RW, DVD-ROM */
	out[4] = 0x70;                                     /* multisession, mode 2 forms 1 and 2 */
	out[6] = (uint8_t)(0x29 | (d->locked ? 0x02 : 0)); /* tray, can eject and lock */
	put_be16(out + 8, SPEED);
	put_be16(out + 12, IDE_BUFFER / 1024); /* KiB */
	put_be16(out + 14, SPEED);
	return 20;
}

static void mode_sense(struct board *b, unsigned channel, const uint8_t *packet, unsigned header, uint32_t alloc)
{
	const struct ide_drive *d = drive_of(b, channel);
	unsigned control = packet[2] >> 6, page = packet[2] & 0x3f, size = header;
	uint8_t *out = fresh(b, channel, 64);

	if (control == 3) {
		atapi_fail(b, channel, SENSE_NOT_SAVED);
		return;
	}
	if (page == 0x01 || page == 0x3f)
		size += page_recovery(out + size);
	if (page == 0x2a || page == 0x3f)
		size += page_capabilities(out + size, d);
	if (size == header) {
		bad_field(b, channel);
		return;
	}
	if (control == 1) { /* changeable values: none; page codes and lengths stay */
		for (unsigned at = header; at < size; at += out[at + 1] + 2u)
			memset(out + at + 2, 0, out[at + 1]);
	}
	/* Medium type: 70h door closed without disc ... 01h a data disc, 71h door open. */
	if (header == 4) {
		out[0] = (uint8_t)(size - 1);
		out[1] = d->tray_open ? 0x71 : 0x01;
	} else {
		put_be16(out, (uint16_t)(size - 2));
		out[2] = d->tray_open ? 0x71 : 0x01;
	}
	atapi_answer(b, channel, size, alloc);
}

void atapi_mode_sense_6(struct board *b, unsigned channel, const uint8_t *packet)
{
	mode_sense(b, channel, packet, 4, packet[4]);
}

void atapi_mode_sense_10(struct board *b, unsigned channel, const uint8_t *packet)
{
	mode_sense(b, channel, packet, 8, get_be16(packet + 7));
}

/* ---- READ TOC ---- */

/* An address of a TOC entry: 4 bytes, as sector number or minute-second-frame. */
static void put_position(uint8_t *out, uint32_t lba, bool msf)
{
	put_be32(out, 0);
	if (msf)
		cd_msf(lba, out + 1);
	else
		put_be32(out, lba);
}

static unsigned put_track(uint8_t *out, uint8_t track, uint32_t lba, bool msf)
{
	out[1] = TRACK_DATA;
	out[2] = track;
	put_position(out + 4, lba, msf);
	return 8;
}

/* Format 0: tracks from the given one on, then the lead-out (AAh). */
static unsigned toc_tracks(uint8_t *out, uint8_t start, uint32_t sectors, bool msf)
{
	unsigned size = 4;

	if (start > 1 && start != 0xaa)
		return 0;
	out[2] = out[3] = 1; /* first and last track */
	if (start <= 1)
		size += put_track(out + size, 1, 0, msf);
	size += put_track(out + size, 0xaa, sectors, msf);
	return size;
}

/* Format 1: first and last session, and the last one's first track. */
static unsigned toc_sessions(uint8_t *out, bool msf)
{
	out[2] = out[3] = 1;
	return 4 + put_track(out + 4, 1, 0, msf);
}

/* Format 2: the Q subchannel of the lead-in: points A0h, A1h, A2h and track 1. */
static unsigned toc_full(uint8_t *out, uint32_t sectors)
{
	static const uint8_t points[] = {0xa0, 0xa1, 0xa2, 0x01};
	unsigned size = 4;

	out[2] = out[3] = 1;
	for (unsigned n = 0; n < ARRAY_LEN(points); n++, size += 11) {
		uint8_t *entry = out + size;

		entry[0] = 1; /* session */
		entry[1] = TRACK_DATA;
		entry[3] = points[n];
		if (points[n] == 0xa0 || points[n] == 0xa1)
			entry[8] = 1; /* first, last track; disc type CD-ROM is 0 */
		else
			cd_msf(points[n] == 0xa2 ? sectors : 0, entry + 8);
	}
	return size;
}

void atapi_read_toc(struct board *b, unsigned channel, const uint8_t *packet)
{
	bool msf = packet[1] & 2;
	/* The format of MMC; ATAPI drives had it in the last byte. */
	unsigned format = packet[2] & 0x0f ? packet[2] & 0x0f : packet[9] >> 6, size = 0;
	uint32_t sectors = atapi_sectors(b, channel);
	uint8_t *out = fresh(b, channel, 64);

	if (format == 0)
		size = toc_tracks(out, packet[6], sectors, msf);
	else if (format == 1)
		size = toc_sessions(out, msf);
	else if (format == 2)
		size = toc_full(out, sectors);
	if (!size) {
		bad_field(b, channel);
		return;
	}
	put_be16(out, (uint16_t)(size - 2));
	atapi_answer(b, channel, size, get_be16(packet + 7));
}

/* No audio is being played; format 1 gives the position, which is the start. */
void atapi_read_sub_channel(struct board *b, unsigned channel, const uint8_t *packet)
{
	uint8_t *out = fresh(b, channel, 16);
	unsigned size = 4;

	if (packet[2] & 0x40) {
		if (packet[3] != 1) {
			bad_field(b, channel);
			return;
		}
		size = 16;
		out[4] = 1;
		out[5] = TRACK_DATA;
		out[6] = out[7] = 1; /* track, index */
		put_position(out + 8, 0, packet[1] & 2);
		put_position(out + 12, 0, packet[1] & 2);
	}
	out[1] = 0x15; /* no current audio status */
	put_be16(out + 2, (uint16_t)(size - 4));
	atapi_answer(b, channel, size, get_be16(packet + 7));
}

/* ---- GET CONFIGURATION ---- */

struct feature {
	uint16_t code;
	uint8_t flags; /* bit 0 current, bit 1 persistent */
	uint8_t size;
	uint8_t data[8];
};

/* Whether the disc makes a feature current: 1 any disc, 2 a CD, 3 a DVD. */
static const struct feature features[] = {
	{0x0000, 3, 8, {0, PROFILE_DVD, 0, 0, 0, PROFILE_CD, 0, 0}}, /* profile list */
	{0x0001, 3, 8, {0, 0, 0, 2, 0, 0, 0, 0}},                    /* core: ATAPI */
	{0x0003, 3, 4, {0x29, 0, 0, 0}},                             /* removable medium: tray, eject, lock */
	{0x0010, 1, 8, {0, 0, 0x08, 0, 0, 1, 0, 0}},                 /* random readable, blocks of 2048 bytes */
	{0x001d, 1, 0, {0}},                                         /* multi-read */
	{0x001e, 1, 4, {0, 0, 0, 0}},                                /* CD read */
	{0x001f, 1, 4, {0, 0, 0, 0}},                                /* DVD read */
};

static bool is_current(const struct feature *f, unsigned profile)
{
	if (f->flags & 2)
		return true;
	if (f->code == 0x001d || f->code == 0x001e)
		return profile == PROFILE_CD;
	if (f->code == 0x001f)
		return profile == PROFILE_DVD;
	return profile != PROFILE_NONE;
}

static unsigned put_feature(uint8_t *out, const struct feature *f, unsigned profile)
{
	put_be16(out, f->code);
	out[2] = (uint8_t)((f->flags & 2) | (is_current(f, profile) ? 1 : 0));
	out[3] = f->size;
	memcpy(out + 4, f->data, f->size);
	if (!f->code) { /* each profile says whether it is the current one */
		out[6] = profile == PROFILE_DVD;
		out[10] = profile == PROFILE_CD;
	}
	return 4u + f->size;
}

void atapi_get_configuration(struct board *b, unsigned channel, const uint8_t *packet)
{
	unsigned type = packet[1] & 3, start = get_be16(packet + 2), size = 8;
	unsigned profile = atapi_sectors(b, channel) > CD_MAX_SECTORS ? PROFILE_DVD : PROFILE_CD;
	uint8_t *out = fresh(b, channel, 128);

	if (type == 3) {
		bad_field(b, channel);
		return;
	}
	if (drive_of(b, channel)->tray_open)
		profile = PROFILE_NONE;
	for (unsigned n = 0; n < ARRAY_LEN(features); n++) {
		const struct feature *f = &features[n];
		bool wanted = type == 2 ? f->code == start : f->code >= start;

		if (wanted && (type != 1 || is_current(f, profile)))
			size += put_feature(out + size, f, profile);
	}
	put_be32(out, size - 4);
	put_be16(out + 6, (uint16_t)profile);
	atapi_answer(b, channel, size, get_be16(packet + 7));
}

/* ---- the rest ---- */

/* Only polling, only class 4 (media). */
void atapi_get_event_status(struct board *b, unsigned channel, const uint8_t *packet)
{
	struct ide_drive *d = ide_active(ide_channel_of(b, channel));
	uint32_t alloc = get_be16(packet + 7);
	uint8_t *out = fresh(b, channel, 8);
	unsigned size = 4;

	if (!(packet[1] & 1)) {
		bad_field(b, channel);
		return;
	}
	out[3] = 1 << 4; /* supported classes */
	if (packet[4] & 1 << 4) {
		size = 8;
		out[2] = 4;
		out[4] = d->media_event;
		out[5] = d->tray_open ? 0x01 : 0x02; /* open, or medium present */
		if (alloc > 4)
			d->media_event = 0;
	} else {
		out[2] = 0x80; /* no event available */
	}
	put_be16(out, (uint16_t)(size - 2));
	atapi_answer(b, channel, size, alloc);
}

void atapi_mechanism_status(struct board *b, unsigned channel, const uint8_t *packet)
{
	uint8_t *out = fresh(b, channel, 8);

	out[1] = drive_of(b, channel)->tray_open ? 0x10 : 0;
	atapi_answer(b, channel, 8, get_be16(packet + 8));
}

void atapi_disc_information(struct board *b, unsigned channel, const uint8_t *packet)
{
	uint8_t *out = fresh(b, channel, 34);

	put_be16(out, 32);
	out[2] = 0x0e;             /* disc and last session complete */
	out[3] = 1;                /* first track */
	out[4] = 1;                /* sessions */
	out[5] = out[6] = 1;       /* first and last track of the last session */
	memset(out + 16, 0xff, 8); /* no further session can start anywhere */
	atapi_answer(b, channel, 34, get_be16(packet + 7));
}

/* The number in bytes 2-5 is a sector, a track or a session. */
void atapi_track_information(struct board *b, unsigned channel, const uint8_t *packet)
{
	uint32_t number = get_be32(packet + 2), sectors = atapi_sectors(b, channel);
	unsigned type = packet[1] & 3;
	bool known = type == 0 ? number < sectors : type != 3 && number == 1;
	uint8_t *out = fresh(b, channel, 36);

	if (!known) {
		bad_field(b, channel);
		return;
	}
	put_be16(out, 34);
	out[2] = out[3] = 1; /* track, session */
	out[5] = 0x04;       /* data track */
	out[6] = 0x01;       /* mode 1 */
	put_be32(out + 24, sectors);
	atapi_answer(b, channel, 36, get_be16(packet + 7));
}
