/* The floppy disk controller: an Intel 82077AA in PC-AT mode with two drives,
 * ports 0x3F2-0x3F5 and 0x3F7, IRQ 6, DMA channel 2 (82077AA datasheet, 290166).
 *
 * A drive is there when the board has an image for it; what it holds follows
 * from the image's size. fdc.c has the registers, the phases and time; fdc_cmd.c
 * the commands; fdc_data.c moving sectors. They share fdc_priv.h. */
#ifndef LANYARD_PC_FDC_H
#define LANYARD_PC_FDC_H

#include "engine/base/types.h"

struct board;
struct disk_image;

struct fdc {
	uint64_t exec_due, seek_due, reset_due; /* TIMER_FDC is the first of them */

	uint8_t dor, tdr;
	uint8_t rate; /* data rate: bits 1:0 of DSR and CCR */
	uint8_t dsr;
	uint8_t phase; /* enum fdc_phase */
	uint8_t irq;   /* the chip's INT output */
	uint8_t command[9], command_len, command_pos;
	uint8_t result[10], result_len, result_pos;

	/* What SPECIFY, CONFIGURE, LOCK and PERPENDICULAR MODE set. */
	uint8_t specify[2], configure, pretrk, lock, perpendicular;

	uint8_t track[4]; /* PCN; for drives 0 and 1 where the head is, too */
	uint8_t changed;  /* bit n: drive n's disk change line */
	uint8_t seeking;  /* bit n: drive n seeks */
	uint8_t seek_to[4];
	uint8_t seek_done; /* bit n: SENSE INTERRUPT will tell of drive n */
	uint8_t seek_st0[4];
	uint8_t reset_left; /* SENSE INTERRUPTs that will tell of the reset */

	/* The command that moves data. */
	uint8_t op; /* enum fdc_op */
	uint8_t drive, head;
	uint8_t c, h, r, n; /* the sector's ID */
	uint8_t eot;        /* last sector of the track; sectors to format or verify */
	uint8_t count;      /* sectors done */
	uint8_t st2;
	uint8_t moved; /* the guest has moved a sector's bytes through the data port */
	uint8_t pad[7];

	uint16_t pos, len; /* buffer, non-DMA mode */
	uint8_t pad2[4];
	uint8_t buffer[512];
};
_Static_assert(sizeof(struct fdc) == 616, "no implicit padding");

void fdc_attach(struct board *b);
void fdc_reset(struct board *b);
void fdc_timer(struct board *b, unsigned unit);
const char *fdc_validate(const struct board *b);

/* Puts a disk into drive 0 or 1; the board owns it now and the former one is
 * freed. NULL takes it out. Only while the PC does not run. */
void fdc_insert(struct board *b, unsigned drive, struct disk_image *image);
/* The type of drive that reads the image, as the CMOS (byte 10h) names it:
 * 1 360K, 2 1.2M, 3 720K, 4 1.44M, 5 2.88M; 0: no drive. */
unsigned fdc_drive_type(const struct disk_image *image);

#endif
