/* The PIIX3's IDE function: two channels (ports 0x1F0/0x3F6 on IRQ 14 and
 * 0x170/0x376 on IRQ 15) with two drives each, and the bus master.
 * ATA/ATAPI-6 (T13 1410D), 82371SB (PIIX3) datasheet.
 *
 * What a drive is follows from the image the board holds for it: a hard disk,
 * a CD-ROM or nothing. A command is taken at once; all that it does later (data
 * ready, completion, interrupt) happens when the channel's timer is due, so an
 * interrupt never comes inside the OUT that caused it.
 *
 * Files: ide.c commands, resets and time; ide_regs.c registers and PIO data;
 * ide_ata.c hard disk commands; ide_identify.c IDENTIFY data; ide_dma.c bus master and PCI
 * function; atapi.c packets and reading; atapi_info.c what a CD-ROM says of
 * itself; cd_sector.c raw CD sectors. They share ide_chan.h. */
#ifndef LANYARD_PC_IDE_H
#define LANYARD_PC_IDE_H

#include "engine/base/types.h"

struct board;
struct disk_image;

#define IDE_BUFFER 8192u     /* bytes of a channel's sector buffer */
#define IDE_MAX_MULTIPLE 16u /* sectors per interrupt: IDE_BUFFER / 512 */

struct ide_drive {
	/* The command block. Both drives see what is written. hob_*: what the
	 * register held before the last write (48-bit addresses). */
	uint8_t feature, count, lba[3];
	uint8_t hob_feature, hob_count, hob_lba[3];
	uint8_t device, status, error;
	uint8_t intrq; /* the drive asks for an interrupt */

	uint8_t multiple;   /* sectors per block of READ/WRITE MULTIPLE, 0: off */
	uint8_t heads, spt; /* current translation (INITIALIZE DEVICE PARAMETERS) */
	uint8_t xfer_mode;  /* SET FEATURES 03h: 0x08+n PIO, 0x20+n MWDMA, 0x40+n UDMA */
	uint8_t write_cache, look_ahead;
	uint8_t power; /* enum ide_power */

	/* CD-ROM */
	uint8_t tray_open, locked;
	uint8_t media_event;          /* what GET EVENT STATUS NOTIFICATION tells next */
	uint8_t sense_key, asc, ascq; /* for REQUEST SENSE */
	uint8_t attention;            /* 1: the medium changed, UNIT ATTENTION is due */
	uint8_t pad[4];
};

struct ide_channel {
	struct ide_drive drive[2];
	uint8_t select;  /* DEV of the last device register write */
	uint8_t control; /* device control: HOB, SRST, nIEN */
	uint8_t irq;     /* level of the channel's interrupt line */

	/* The command being executed, by drive `active`. */
	uint8_t active;
	uint8_t phase;  /* enum ide_phase */
	uint8_t step;   /* enum ide_step: what the timer does */
	uint8_t opcode; /* the command */
	uint8_t source; /* enum ide_source: where data comes from or goes to */
	uint8_t ext;    /* a 48-bit command: it reports a 48-bit address */
	uint8_t dma;    /* data goes by the bus master */
	uint8_t raw;    /* READ CD: which parts of a raw sector (byte 9 of the packet) */
	uint8_t packet[12];

	uint8_t bm_command, bm_status; /* BMIC, BMIS */
	uint8_t prd_last;              /* the current region has EOT set */
	uint8_t pad[6];
	uint32_t bm_table; /* BMIDTP */
	uint32_t prd_next; /* address of the next descriptor */
	uint32_t prd_addr; /* next byte of the current region */
	uint32_t prd_left; /* bytes left in it, at most 65536 */

	uint64_t lba;   /* next sector */
	uint32_t left;  /* sectors left after the buffer */
	uint32_t block; /* hard disk: sectors per buffer */
	uint32_t limit; /* CD-ROM: bytes per DRQ */
	uint32_t pos;   /* next byte of buffer */
	uint32_t end;   /* end of the current DRQ block */
	uint32_t len;   /* valid bytes of buffer: pos <= end <= len <= IDE_BUFFER */
	uint8_t buffer[IDE_BUFFER];
};

struct ide {
	struct ide_channel channel[2];
};
_Static_assert(sizeof(struct ide_drive) == 32, "no implicit padding");
_Static_assert(sizeof(struct ide_channel) == 144 + IDE_BUFFER, "no implicit padding");

enum ide_power { IDE_ACTIVE, IDE_STANDBY, IDE_SLEEP };

void ide_attach(struct board *b);
void ide_reset(struct board *b);
/* The timer of channel 0 (TIMER_IDE0) or 1 is due. */
void ide_timer(struct board *b, unsigned channel);
const char *ide_validate(const struct board *b);

/* Gives drive 0..3 (primary master, primary slave, secondary master, secondary
 * slave) an image, hard disk or CD-ROM, and powers it on; the board owns it now
 * and the drive's former image is freed. NULL takes the drive out. Only while
 * the PC does not run. */
void ide_insert(struct board *b, unsigned drive, struct disk_image *image);

#endif
