/* What the IDE files share: register bits, the phases of a command and the
 * services of a channel. Not for other chips. */
#ifndef LANYARD_PC_IDE_CHAN_H
#define LANYARD_PC_IDE_CHAN_H

#include "engine/pc/board.h"
#include "engine/pc/disk.h"
#include "engine/pc/ide.h"

/* Status (ATA/ATAPI-6 section 7.15). */
enum {
	ATA_ERR = 1 << 0,
	ATA_DRQ = 1 << 3,
	ATA_DSC = 1 << 4,
	ATA_DF = 1 << 5,
	ATA_DRDY = 1 << 6,
	ATA_BSY = 1 << 7,
	ATA_READY = ATA_DRDY | ATA_DSC,
};
/* Error (7.9). */
enum { ATA_ABRT = 1 << 2, ATA_IDNF = 1 << 4, ATA_UNC = 1 << 6 };
/* Device (7.7). */
enum { ATA_DEV = 1 << 4, ATA_LBA = 1 << 6 };
/* Device control (7.8). */
enum { ATA_NIEN = 1 << 1, ATA_SRST = 1 << 2, ATA_HOB = 1 << 7 };
/* Interrupt reason: the sector count register of a PACKET command. */
enum { ATAPI_COD = 1 << 0, ATAPI_IO = 1 << 1 };
/* Bus master IDE status and command (PIIX3 section 2.3.10). */
enum { BMIS_ACTIVE = 1 << 0, BMIS_ERROR = 1 << 1, BMIS_INTR = 1 << 2, BMIS_CAPABLE = 3 << 5 };
enum { BMIC_START = 1 << 0, BMIC_TO_MEMORY = 1 << 3 };

/* Commands that the channel itself must know. */
enum { CMD_DEVICE_RESET = 0x08, CMD_DIAGNOSTIC = 0x90, CMD_PACKET = 0xa0 };

enum ide_kind { IDE_NONE, IDE_DISK, IDE_CDROM };

enum ide_phase {
	IDE_PHASE_IDLE,
	IDE_PHASE_BUSY,    /* the timer will do `step` */
	IDE_PHASE_IN,      /* DRQ: the guest reads buffer[pos..end) */
	IDE_PHASE_OUT,     /* DRQ: the guest writes buffer[pos..end) */
	IDE_PHASE_PACKET,  /* DRQ: the guest writes the packet to buffer[0..12) */
	IDE_PHASE_DMA,     /* busy: waits for the bus master to be started */
	IDE_PHASE_DMA_RUN, /* busy: the timer will move the data */
	IDE_PHASE_RESET,   /* SRST is held */
	IDE_PHASES
};

enum ide_step {
	IDE_STEP_NONE,
	IDE_STEP_DATA_IN,    /* fill the buffer and offer it */
	IDE_STEP_FIRST_OUT,  /* ask for the first block; no interrupt */
	IDE_STEP_DATA_OUT,   /* store the buffer, ask for the next block */
	IDE_STEP_DONE,       /* the command ends well */
	IDE_STEP_PACKET,     /* ask for the packet */
	IDE_STEP_RUN_PACKET, /* execute it */
	IDE_STEP_FAILED,     /* status and error are to be shown: ERR */
	IDE_STEP_RESET,      /* end of SRST or EXECUTE DEVICE DIAGNOSTIC */
	IDE_STEPS
};

enum ide_source {
	IDE_SOURCE_BUFFER, /* what is in the buffer is all */
	IDE_SOURCE_READ,   /* hard disk sectors */
	IDE_SOURCE_WRITE,
	IDE_SOURCE_CD, /* CD-ROM sectors of 2048 bytes, or parts of raw ones */
	IDE_SOURCES
};

/* Delays in ns. A drive may take 400 ns to show BSY, so every driver waits as
 * long before it looks; the sector is there when it does. */
#define IDE_DELAY_PIO 400u
#define IDE_DELAY_DMA 20000u /* plus a nanosecond for each byte */
#define IDE_DELAY_RESET 10000u

/* ---- ide.c ---- */

enum ide_kind ide_kind_of(const struct board *b, unsigned channel, unsigned drive);
struct disk_image *ide_image(const struct board *b, unsigned channel, unsigned drive);
struct ide_channel *ide_channel_of(struct board *b, unsigned channel);
/* The drive that executes the channel's command. */
struct ide_drive *ide_active(struct ide_channel *c);
/* Sectors of 512 bytes. */
uint64_t ide_sectors(const struct board *b, unsigned channel, unsigned drive);

/* BSY until the timer does step, delay ns from now. */
void ide_later(struct board *b, unsigned channel, enum ide_step step, uint64_t delay);
/* No command; the active drive's status. */
void ide_idle(struct ide_channel *c, uint8_t status);
/* Ends the command: status (BSY and DRQ off), interrupt. */
void ide_done(struct board *b, unsigned channel);
/* Ends it with ERR and these error bits; interrupt. */
void ide_fail(struct board *b, unsigned channel, uint8_t error);
void ide_update_irq(struct board *b, unsigned channel);
/* The registers after reset or diagnostics: what kind of drive this is. */
void ide_signature(struct board *b, unsigned channel, unsigned drive);
/* Offers buffer[pos..end) to the guest, to be read or written. */
void ide_offer(struct board *b, unsigned channel, enum ide_phase phase, bool interrupt);

/* The guest wrote the command or the device control register. */
void ide_write_command(struct board *b, unsigned channel, uint8_t opcode);
void ide_write_control(struct board *b, unsigned channel, uint8_t value);

/* ---- data, for PIO and DMA alike ---- */

/* Loads the next sectors into the empty buffer, or for a write makes it the room
 * for them. False: the command was failed. */
bool ide_refill(struct board *b, unsigned channel);
/* Stores the full buffer; false likewise. */
bool ide_drain(struct board *b, unsigned channel);
/* More to come after the buffer? */
static inline bool ide_more(const struct ide_channel *c)
{
	return c->source != IDE_SOURCE_BUFFER && c->left;
}

/* ---- ide_ata.c ---- */

/* A command for a hard disk, or one of those that a CD-ROM has too. */
void ata_command(struct board *b, unsigned channel, uint8_t opcode);
/* The next block to read, or room for the next one to be written. */
bool ata_refill(struct board *b, unsigned channel);
bool ata_drain(struct board *b, unsigned channel);
/* Settings after power-on; after other resets some are kept. */
void ata_defaults(struct ide_drive *d, bool power_on);

/* ---- ide_identify.c: 512 bytes each ---- */

void ide_identify_disk(struct board *b, unsigned channel, unsigned drive, uint8_t *out);
void ide_identify_cdrom(struct board *b, unsigned channel, unsigned drive, uint8_t *out);

/* ---- ide_dma.c ---- */

void ide_dma_attach(struct board *b);
void ide_dma_reset(struct board *b, unsigned channel);
/* The drive is ready for DMA: waits for the bus master, or starts the move. */
void ide_dma_request(struct board *b, unsigned channel);
/* The timer: moves the data. */
void ide_dma_run(struct board *b, unsigned channel);

/* ---- atapi.c ---- */

void atapi_command(struct board *b, unsigned channel, uint8_t opcode);
void atapi_run_packet(struct board *b, unsigned channel);
bool atapi_refill(struct board *b, unsigned channel);
/* The next DRQ block of the data in the buffer. */
void atapi_offer(struct board *b, unsigned channel);
/* Sets the sense data and fails the command. */
void atapi_fail(struct board *b, unsigned channel, uint8_t key, uint8_t asc, uint8_t ascq);
/* The packet's answer is buffer[0..size); the guest gets at most alloc bytes. */
void atapi_answer(struct board *b, unsigned channel, uint32_t size, uint32_t alloc);
/* READ CD, byte 9: the parts of a sector the guest wants (MMC-3 table 264). */
enum { CD_SYNC = 0x80, CD_HEADER = 0x20, CD_USER = 0x10, CD_EDC = 0x08 };
#define CD_PARTS (CD_SYNC | CD_HEADER | CD_USER | CD_EDC)
/* Sectors of 2048 bytes. */
uint32_t atapi_sectors(const struct board *b, unsigned channel);

/* Sense codes: key, additional code, qualifier (MMC-3 table 356). */
#define SENSE_NO_MEDIUM 0x02, 0x3a, 0x02
#define SENSE_READ_ERROR 0x03, 0x11, 0x00
#define SENSE_BAD_OPCODE 0x05, 0x20, 0x00
#define SENSE_BAD_LBA 0x05, 0x21, 0x00
#define SENSE_BAD_FIELD 0x05, 0x24, 0x00
#define SENSE_NOT_SAVED 0x05, 0x39, 0x00
#define SENSE_LOCKED 0x05, 0x53, 0x02
#define SENSE_BAD_MODE 0x05, 0x64, 0x00
#define SENSE_CHANGED 0x06, 0x28, 0x00

/* ---- atapi_info.c: packets that only ask ---- */

typedef void atapi_packet_fn(struct board *b, unsigned channel, const uint8_t *packet);
atapi_packet_fn atapi_inquiry, atapi_mode_sense_6, atapi_mode_sense_10, atapi_read_toc, atapi_get_configuration,
	atapi_get_event_status, atapi_mechanism_status, atapi_disc_information, atapi_track_information,
	atapi_read_sub_channel;

/* ---- cd_sector.c ---- */

#define CD_RAW_SIZE 2352u
/* Completes out: sync, header of sector lba, EDC and ECC around the 2048 bytes
 * of user data at out + 16 (mode 1; ECMA-130 clause 14, annex A). */
void cd_sector_complete(uint8_t out[CD_RAW_SIZE], uint32_t lba);
/* Minute, second, frame of a sector, 2 seconds lead-in included; binary. */
void cd_msf(uint32_t lba, uint8_t msf[3]);

#endif
