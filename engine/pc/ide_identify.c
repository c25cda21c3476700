/* The answers to IDENTIFY DEVICE and IDENTIFY PACKET DEVICE: 256 words that a
 * driver believes (ATA/ATAPI-6 sections 8.15 and 8.16). */
#include <stdio.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/pc/ide_chan.h"
#include "engine/pc/pc.h"

static void put_word(uint8_t *out, unsigned word, unsigned value)
{
	put_le16(out + word * 2, (uint16_t)value);
}

static void put_words32(uint8_t *out, unsigned word, uint32_t value)
{
	put_le32(out + word * 2, value);
}

/* Strings are padded with spaces, the first character in the high byte. */
static void put_string(uint8_t *out, unsigned word, unsigned words, const char *s)
{
	size_t len = strlen(s);

	for (unsigned n = 0; n < words * 2; n++)
		out[word * 2 + (n ^ 1)] = n < len ? (uint8_t)s[n] : ' ';
}

/* Of the default translation with 16 heads and 63 sectors. */
static uint16_t default_cylinders(uint64_t sectors)
{
	uint64_t n = sectors / (16 * 63);

	return n > 16383 ? 16383 : n ? (uint16_t)n : 1;
}

static void put_names(uint8_t *out, unsigned number, const char *model)
{
	char serial[21];

	snprintf(serial, sizeof(serial), "LY%08u", number + 1);
	put_string(out, 10, 10, serial);
	put_string(out, 23, 4, "1.0");
	put_string(out, 27, 20, model);
}

/* Transfer modes: multiword DMA 0-2 and Ultra DMA 0-2, PIO 3-4. The selected
 * DMA mode is a bit in the upper byte of word 63 or 88. */
static void put_modes(uint8_t *out, const struct ide_drive *d)
{
	unsigned mode = d->xfer_mode;

	put_word(out, 49, 0x0f00); /* DMA, LBA, IORDY can be disabled, IORDY */
	put_word(out, 50, 0x4000);
	put_word(out, 51, 0x0200);
	put_word(out, 52, 0x0200);
	put_word(out, 53, 0x0007); /* words 54-58, 64-70 and 88 are valid */
	put_word(out, 63, 0x0007 | (mode >= 0x20 && mode <= 0x22 ? 0x100u << (mode - 0x20) : 0));
	put_word(out, 64, 0x0003);
	for (unsigned n = 65; n <= 68; n++)
		put_word(out, n, 120); /* cycle times in ns */
	put_word(out, 80, 0x007e);     /* ATA-1 to ATA/ATAPI-6 */
	put_word(out, 81, 0x0019);     /* T13 1410D revision 3a */
	put_word(out, 88, 0x0007 | (mode >= 0x40 && mode <= 0x42 ? 0x100u << (mode - 0x40) : 0));
}

/* Word 93: how the drive's number was found, 80-conductor cable; drive 0 says
 * whether it answers for a missing drive 1 (bit 6). */
static void put_reset_result(struct board *b, uint8_t *out, unsigned channel, unsigned drive)
{
	bool alone = !ide_kind_of(b, channel, 1);

	put_word(out, 93, drive ? 0x6b00 : alone ? 0x604b : 0x600b);
}

/* Word 255: signature A5h and a checksum that makes the sum of all bytes 0. */
static void put_integrity(uint8_t *out)
{
	uint8_t sum = 0;

	out[510] = 0xa5;
	for (unsigned n = 0; n < 511; n++)
		sum = (uint8_t)(sum + out[n]);
	out[511] = (uint8_t)-sum;
}

static void put_geometry(uint8_t *out, const struct ide_drive *d, uint64_t sectors)
{
	uint64_t cylinders = sectors / (d->heads * d->spt);
	uint32_t lba28 = sectors < 0x0fffffff ? (uint32_t)sectors : 0x0fffffff;

	put_word(out, 1, default_cylinders(sectors));
	put_word(out, 3, 16);
	put_word(out, 4, 63 * 512);
	put_word(out, 5, 512);
	put_word(out, 6, 63);
	if (!cylinders)
		cylinders = 1;
	if (cylinders > 16383 && d->heads == 16 && d->spt == 63)
		cylinders = 16383;
	if (cylinders > 65535)
		cylinders = 65535;
	put_word(out, 54, (unsigned)cylinders);
	put_word(out, 55, d->heads);
	put_word(out, 56, d->spt);
	put_words32(out, 57, (uint32_t)cylinders * d->heads * d->spt);
	put_words32(out, 60, lba28);
	put_le64(out + 200, sectors); /* words 100-103 */
}

void ide_identify_disk(struct board *b, unsigned channel, unsigned drive, uint8_t *out)
{
	const struct ide_drive *d = &ide_channel_of(b, channel)->drive[drive];
	unsigned enabled = 0x4008;

	memset(out, 0, 512);
	put_word(out, 0, 0x0040); /* a fixed disk */
	put_names(out, channel * 2 + drive, "Lanyard DISK");
	put_geometry(out, d, ide_sectors(b, channel, drive));
	put_word(out, 20, 3);   /* dual-ported buffer with read ahead */
	put_word(out, 21, 512); /* its size, sectors */
	put_word(out, 22, 4);
	put_word(out, 47, 0x8000 | IDE_MAX_MULTIPLE);
	put_word(out, 59, d->multiple ? 0x0100u | d->multiple : 0);
	put_modes(out, d);
	put_word(out, 82, 0x4068); /* NOP, look-ahead, write cache, power management */
	put_word(out, 83, 0x7400); /* FLUSH CACHE (EXT), 48-bit addresses */
	put_word(out, 84, 0x4000);
	enabled |= d->look_ahead ? 0x40 : 0;
	enabled |= d->write_cache ? 0x20 : 0;
	put_word(out, 85, enabled);
	put_word(out, 86, 0x3400);
	put_word(out, 87, 0x4000);
	put_reset_result(b, out, channel, drive);
	put_integrity(out);
}

void ide_identify_cdrom(struct board *b, unsigned channel, unsigned drive, uint8_t *out)
{
	const struct ide_drive *d = &ide_channel_of(b, channel)->drive[drive];

	memset(out, 0, 512);
	/* A removable CD-ROM with 12-byte packets; DRQ for the packet within
	 * 50 us and without interrupt. */
	put_word(out, 0, 0x85c0);
	put_names(out, channel * 2 + drive, "Lanyard CD-ROM");
	put_modes(out, d);
	put_word(out, 82, 0x4218); /* NOP, DEVICE RESET, PACKET, power management */
	put_word(out, 83, 0x4000);
	put_word(out, 84, 0x4000);
	put_word(out, 85, 0x4218);
	put_word(out, 87, 0x4000);
	put_reset_result(b, out, channel, drive);
	put_integrity(out);
}
