/* What the floppy controller's files share: register bits and phases. Not for
 * other chips. */
#ifndef LANYARD_PC_FDC_PRIV_H
#define LANYARD_PC_FDC_PRIV_H

#include "engine/pc/board.h"
#include "engine/pc/disk.h"
#include "engine/pc/fdc.h"

/* Digital output register. */
enum { DOR_RESET_N = 1 << 2, DOR_DMAGATE = 1 << 3, DOR_MOTOR0 = 1 << 4 };
/* Main status register. */
enum { MSR_CMD_BUSY = 1 << 4, MSR_NON_DMA = 1 << 5, MSR_DIO = 1 << 6, MSR_RQM = 1 << 7 };
/* Status registers 0 to 3 (section 6). */
enum { ST0_EC = 1 << 4, ST0_SE = 1 << 5, ST0_ABNORMAL = 1 << 6, ST0_INVALID = 2 << 6, ST0_POLLING = 3 << 6 };
enum { ST1_MA = 1 << 0, ST1_NW = 1 << 1, ST1_ND = 1 << 2, ST1_OR = 1 << 4, ST1_DE = 1 << 5, ST1_EN = 1 << 7 };
enum { ST2_BC = 1 << 1, ST2_WC = 1 << 4, ST2_DD = 1 << 5, ST2_CM = 1 << 6 };
enum { ST3_T0 = 1 << 4, ST3_WP = 1 << 6, ST3_ONES = 0x28 };
/* CONFIGURE, second byte. */
enum { CONFIG_POLL = 1 << 4, CONFIG_EFIFO = 1 << 5, CONFIG_EIS = 1 << 6 };
/* Bits of the read and write commands. */
enum { CMD_SK = 1 << 5, CMD_MFM = 1 << 6, CMD_MT = 1 << 7 };

enum fdc_phase {
	FDC_IDLE,
	FDC_COMMAND,  /* the guest writes parameters */
	FDC_EXECUTE,  /* exec_due goes on */
	FDC_DATA_IN,  /* non-DMA: the guest reads buffer[pos..len) */
	FDC_DATA_OUT, /* non-DMA: the guest writes it */
	FDC_RESULT,
	FDC_PHASES
};

enum fdc_op {
	FDC_OP_NONE,
	FDC_OP_READ,
	FDC_OP_READ_DELETED,
	FDC_OP_READ_TRACK,
	FDC_OP_VERIFY,
	FDC_OP_WRITE,
	FDC_OP_FORMAT,
	FDC_OP_READ_ID,
	FDC_OPS
};

/* Virtual ns. Much faster than a drive, yet never inside the OUT that starts. */
#define FDC_DELAY_EXECUTE 300000u
#define FDC_DELAY_SECTOR 20000u /* between sectors in non-DMA mode */
#define FDC_DELAY_SEEK 200000u
#define FDC_DELAY_RESET 10000u

struct fdc_geometry {
	uint16_t size; /* KiB */
	uint8_t tracks, heads, sectors;
	uint8_t rates; /* bit n: readable at data rate code n (0 500, 1 300, 2 250 kb/s, 3 1 Mb/s) */
	uint8_t drive; /* CMOS type */
};

/* fdc.c */
const struct fdc_geometry *fdc_geometry_of(const struct disk_image *image);
/* The image in a drive whose motor runs, or NULL. */
struct disk_image *fdc_medium(const struct board *b, unsigned drive);
void fdc_set_irq(struct board *b, bool level);
/* Goes on with the command in delay ns. */
void fdc_execute_later(struct board *b, uint64_t delay);
/* Starts a seek of drive to a track (arithmetic is done by the command). */
void fdc_seek_later(struct board *b, unsigned drive, uint8_t track, uint8_t st0);
/* size bytes of result[] are ready. */
void fdc_result(struct board *b, unsigned size, bool interrupt);
/* The head is moved to a track, now. */
void fdc_move_head(struct board *b, unsigned drive, uint8_t track);

/* fdc_cmd.c */
/* Bytes of the command that starts with first, itself included. */
unsigned fdc_command_size(uint8_t first);
void fdc_command_run(struct board *b);

/* fdc_data.c */
void fdc_start_data(struct board *b, enum fdc_op op);
/* exec_due has come. */
void fdc_data_step(struct board *b);

#endif
