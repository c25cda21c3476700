/* The 82077AA's command set (datasheet section 5). The table at the end gives
 * each command's bytes; the SCAN commands are not there and are invalid. */
#include <string.h>

#include "engine/pc/fdc_priv.h"
#include "engine/pc/pc.h"

struct command_row {
	uint8_t mask, value; /* (first byte & mask) == value */
	uint8_t size;        /* bytes, the first included */
	void (*run)(struct board *b);
};

static void invalid(struct board *b)
{
	b->pc->fdc.result[0] = ST0_INVALID;
	fdc_result(b, 1, false);
}

static void no_result(struct board *b)
{
	b->pc->fdc.phase = FDC_IDLE;
}

/* ---- data ---- */

static void read_data(struct board *b)
{
	fdc_start_data(b, FDC_OP_READ);
}
static void read_deleted(struct board *b)
{
	fdc_start_data(b, FDC_OP_READ_DELETED);
}
static void read_track(struct board *b)
{
	fdc_start_data(b, FDC_OP_READ_TRACK);
}
static void verify(struct board *b)
{
	fdc_start_data(b, FDC_OP_VERIFY);
}
static void write_data(struct board *b)
{
	fdc_start_data(b, FDC_OP_WRITE);
}
static void format_track(struct board *b)
{
	fdc_start_data(b, FDC_OP_FORMAT);
}
static void read_id(struct board *b)
{
	fdc_start_data(b, FDC_OP_READ_ID);
}

/* ---- seeks ---- */

static bool has_drive(const struct board *b, unsigned drive)
{
	return drive < ARRAY_LEN(b->floppy) && b->floppy[drive];
}

/* Without a drive TRK0 never comes: equipment check. */
static void recalibrate(struct board *b)
{
	unsigned drive = b->pc->fdc.command[1] & 3;

	fdc_seek_later(b, drive, 0, (uint8_t)(drive | ST0_SE | (has_drive(b, drive) ? 0 : ST0_EC | ST0_ABNORMAL)));
}

static void seek(struct board *b)
{
	const struct fdc *f = &b->pc->fdc;

	fdc_seek_later(b, f->command[1] & 3, f->command[2], (uint8_t)((f->command[1] & 7) | ST0_SE));
}

/* DIR (bit 6 of the first byte): 1 steps inwards. */
static void relative_seek(struct board *b)
{
	const struct fdc *f = &b->pc->fdc;
	unsigned drive = f->command[1] & 3;
	int track = f->track[drive] + (f->command[0] & 0x40 ? f->command[2] : -(int)f->command[2]);

	fdc_seek_later(b, drive,
		       (uint8_t)(track < 0     ? 0
				 : track > 255 ? 255
					       : track),
		       (uint8_t)((f->command[1] & 7) | ST0_SE));
}

/* Tells of ended seeks and of the reset, one drive at a time; with nothing to
 * tell it is an invalid command (section 5.2.4). */
static void sense_interrupt(struct board *b)
{
	struct fdc *f = &b->pc->fdc;
	unsigned drive = 0;

	if (f->reset_left) {
		drive = 4u - f->reset_left--;
		f->result[0] = (uint8_t)(ST0_POLLING | drive);
	} else if (f->seek_done) {
		drive = (unsigned)__builtin_ctz(f->seek_done);
		f->seek_done &= (uint8_t)(f->seek_done - 1);
		f->result[0] = f->seek_st0[drive & 3];
	} else {
		invalid(b);
		return;
	}
	f->result[1] = f->track[drive & 3];
	fdc_set_irq(b, false);
	fdc_result(b, 2, false);
}

/* ---- status and settings ---- */

static void sense_drive(struct board *b)
{
	struct fdc *f = &b->pc->fdc;
	unsigned drive = f->command[1] & 3;

	f->result[0] = (uint8_t)((f->command[1] & 7) | ST3_ONES);
	if (has_drive(b, drive)) {
		f->result[0] |= f->track[drive] ? 0 : ST3_T0;
		f->result[0] |= disk_read_only(b->floppy[drive]) ? ST3_WP : 0;
	}
	fdc_result(b, 1, false);
}

static void specify(struct board *b)
{
	memcpy(b->pc->fdc.specify, b->pc->fdc.command + 1, 2);
	no_result(b);
}

static void configure(struct board *b)
{
	struct fdc *f = &b->pc->fdc;

	f->configure = f->command[2] & 0x7f;
	f->pretrk = f->command[3];
	no_result(b);
}

/* D3-D0 are written only together with OW. */
static void perpendicular_mode(struct board *b)
{
	struct fdc *f = &b->pc->fdc;
	uint8_t mask = f->command[1] & 0x80 ? 0x3f : 0x03;

	f->perpendicular = (uint8_t)((f->perpendicular & ~mask) | (f->command[1] & mask));
	no_result(b);
}

static void lock(struct board *b)
{
	struct fdc *f = &b->pc->fdc;

	f->lock = f->command[0] >> 7;
	f->result[0] = (uint8_t)(f->lock << 4);
	fdc_result(b, 1, false);
}

static void dump_registers(struct board *b)
{
	struct fdc *f = &b->pc->fdc;

	memcpy(f->result, f->track, 4);
	memcpy(f->result + 4, f->specify, 2);
	f->result[6] = f->eot;
	f->result[7] = (uint8_t)(f->lock << 7 | f->perpendicular);
	f->result[8] = f->configure;
	f->result[9] = f->pretrk;
	fdc_result(b, 10, false);
}

static void version(struct board *b)
{
	b->pc->fdc.result[0] = 0x90; /* an enhanced controller */
	fdc_result(b, 1, false);
}

/* Bit 7 multi-track, 6 MFM, 5 skip, where a command has them. */
static const struct command_row commands[] = {
	{0x9f, 0x02, 9, read_track},
	{0xff, 0x03, 3, specify},
	{0xff, 0x04, 2, sense_drive},
	{0x3f, 0x05, 9, write_data},
	{0x1f, 0x06, 9, read_data},
	{0xff, 0x07, 2, recalibrate},
	{0xff, 0x08, 1, sense_interrupt},
	{0x3f, 0x09, 9, write_data}, /* WRITE DELETED: the image cannot keep the mark */
	{0x1f, 0x0a, 2, read_id},
	{0x1f, 0x0c, 9, read_deleted},
	{0xbf, 0x0d, 6, format_track},
	{0xff, 0x0e, 1, dump_registers},
	{0xff, 0x0f, 3, seek},
	{0xff, 0x10, 1, version},
	{0xff, 0x12, 2, perpendicular_mode},
	{0xff, 0x13, 4, configure},
	{0x7f, 0x14, 1, lock},
	{0x1f, 0x16, 9, verify},
	{0xbf, 0x8f, 3, relative_seek},
};

static const struct command_row *find(uint8_t first)
{
	for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
		if ((first & commands[n].mask) == commands[n].value)
			return &commands[n];
	return NULL;
}

unsigned fdc_command_size(uint8_t first)
{
	const struct command_row *row = find(first);

	return row ? row->size : 1;
}

void fdc_command_run(struct board *b)
{
	const struct fdc *f = &b->pc->fdc;
	const struct command_row *row = find(f->command[0]);

	TRACE(b, FDC, "command %02x %02x %02x %02x %02x %02x %02x", f->command[0], f->command[1], f->command[2],
	      f->command[3], f->command[4], f->command[5], f->command[6]);
	if (row)
		row->run(b);
	else
		invalid(b);
}
