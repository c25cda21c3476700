/* Floppy controller: the commands that move sectors, by DMA channel 2 or, in
 * non-DMA mode, through the data port (82077AA datasheet sections 5.1 and 6).
 *
 * All sectors of the media are 512 bytes with the usual IDs: cylinder, head,
 * 1..n. By DMA a whole command is done at one instant. Where a real controller
 * would wait for ever (no disk, motor off) ours reports a missing address
 * mark, as it does for a disk of another density. */
#include <string.h>

#include "engine/pc/dma8237.h"
#include "engine/pc/fdc_priv.h"
#include "engine/pc/pc.h"

#define FDC_DMA 2

static bool to_disk(const struct fdc *f)
{
	return f->op == FDC_OP_WRITE || f->op == FDC_OP_FORMAT;
}

/* The result phase of every data command. */
static void finish(struct board *b, uint8_t st1)
{
	struct fdc *f = &b->pc->fdc;

	f->result[0] = (uint8_t)(f->drive | f->head << 2 | (st1 ? ST0_ABNORMAL : 0));
	f->result[1] = st1;
	f->result[2] = f->st2;
	f->result[3] = f->c;
	f->result[4] = f->h;
	f->result[5] = f->r;
	f->result[6] = f->n;
	TRACE(b, FDC, "result %02x %02x %02x, id %u %u %u %u", f->result[0], st1, f->st2, f->c, f->h, f->r, f->n);
	fdc_result(b, 7, true);
}

/* Is there a track under the head that this rate and mode can read? */
static const struct fdc_geometry *formatted_track(struct board *b)
{
	const struct fdc *f = &b->pc->fdc;
	const struct disk_image *d = fdc_medium(b, f->drive);
	const struct fdc_geometry *g = d ? fdc_geometry_of(d) : NULL;

	if (!g || !(f->command[0] & CMD_MFM) || !(g->rates & 1 << f->rate))
		return NULL;
	return f->track[f->drive] < g->tracks && f->head < g->heads ? g : NULL;
}

/* Searches the sector C, H, R, N on the track; false: the command has ended. */
static bool find_sector(struct board *b)
{
	struct fdc *f = &b->pc->fdc;
	const struct fdc_geometry *g = formatted_track(b);
	uint8_t st1 = 0;

	if (!g) {
		st1 = ST1_MA;
	} else if (to_disk(f) && disk_read_only(b->floppy[f->drive])) {
		st1 = ST1_NW;
	} else if (f->op == FDC_OP_FORMAT) {
		st1 = f->n == 2 ? 0 : ST1_MA; /* the image keeps sectors of 512 bytes only */
	} else if (f->c != f->track[f->drive]) {
		st1 = ST1_ND;
		f->st2 |= f->c == 0xff ? ST2_WC | ST2_BC : ST2_WC;
	} else if (f->h != f->head || f->n != 2 || f->r < 1 || f->r > g->sectors) {
		st1 = ST1_ND;
	}
	if (!st1)
		return true;
	finish(b, st1);
	return false;
}

static uint64_t sector_offset(struct board *b)
{
	const struct fdc *f = &b->pc->fdc;
	const struct fdc_geometry *g = fdc_geometry_of(b->floppy[f->drive]);

	return (((uint64_t)f->track[f->drive] * g->heads + f->head) * g->sectors + f->r - 1) * 512;
}

/* ---- formatting: four bytes of ID for each sector ---- */

static bool store_format(struct board *b)
{
	struct fdc *f = &b->pc->fdc;
	const struct fdc_geometry *g = formatted_track(b);
	uint8_t fill[512];

	f->c = f->buffer[0];
	f->h = f->buffer[1];
	f->r = f->buffer[2];
	/* IDs that the image has no place for would be lost. */
	if (!g || f->c != f->track[f->drive] || f->h != f->head || f->buffer[3] != 2 || f->r < 1 || f->r > g->sectors) {
		finish(b, ST1_MA);
		return false;
	}
	memset(fill, f->command[5], sizeof(fill));
	if (disk_write(b->floppy[f->drive], sector_offset(b), fill, sizeof(fill)))
		return true;
	finish(b, ST1_DE);
	return false;
}

static bool store(struct board *b)
{
	struct fdc *f = &b->pc->fdc;

	if (f->op == FDC_OP_FORMAT)
		return store_format(b);
	if (!find_sector(b))
		return false; /* the disk was taken out meanwhile */
	if (disk_write(b->floppy[f->drive], sector_offset(b), f->buffer, 512))
		return true;
	finish(b, ST1_DE);
	return false;
}

static bool load(struct board *b)
{
	struct fdc *f = &b->pc->fdc;

	if (disk_read(b->floppy[f->drive], sector_offset(b), f->buffer, 512))
		return true;
	f->st2 |= ST2_DD;
	finish(b, ST1_DE);
	return false;
}

/* ---- from sector to sector ---- */

/* The ID of the sector after this one (table 6-1); false after the last. */
static bool next_id(struct fdc *f)
{
	if (f->r != f->eot) {
		f->r++;
		return true;
	}
	f->r = 1;
	if (!(f->command[0] & CMD_MT)) {
		f->c++;
		return false;
	}
	f->h ^= 1;
	if (!f->h) {
		f->c++;
		return false;
	}
	f->head ^= 1;
	return true;
}

/* After a sector; true: on to the next one. */
static bool advance(struct board *b, bool tc)
{
	struct fdc *f = &b->pc->fdc;
	bool more;

	f->count++;
	if (f->op == FDC_OP_FORMAT || f->op == FDC_OP_READ_TRACK) {
		f->r += f->op == FDC_OP_READ_TRACK;
		more = f->count != f->eot;
		if (!tc && more)
			return true;
		finish(b, 0);
		return false;
	}
	/* READ DELETED of a sector with the normal mark is the last one. */
	if (f->op == FDC_OP_READ_DELETED && !(f->command[0] & CMD_SK)) {
		finish(b, 0);
		return false;
	}
	more = next_id(f);
	/* VERIFY with EC has its own count of sectors. */
	if (f->op == FDC_OP_VERIFY && (f->command[1] & 0x80 ? f->count == f->command[8] : !more))
		tc = true;
	if (!tc && more)
		return true;
	finish(b, tc ? 0 : ST1_EN);
	return false;
}

static bool by_port(struct board *b, unsigned size)
{
	struct fdc *f = &b->pc->fdc;

	f->phase = to_disk(f) ? FDC_DATA_OUT : FDC_DATA_IN;
	f->pos = 0;
	f->len = (uint16_t)size;
	fdc_set_irq(b, true);
	return false;
}

/* A write that the count ends inside a sector is filled up with zeros. */
static bool by_dma(struct board *b, unsigned size)
{
	struct fdc *f = &b->pc->fdc;
	bool tc = false;
	unsigned got = dma8237_transfer(b, FDC_DMA, f->buffer, size, !to_disk(f), &tc);

	if (got < size && !tc) {
		finish(b, ST1_OR); /* nobody answered the requests */
		return false;
	}
	if (to_disk(f)) {
		memset(f->buffer + got, 0, size - got);
		if (!store(b))
			return false;
	}
	return advance(b, tc);
}

/* One sector; true: go on with the next one at once. */
static bool sector_step(struct board *b)
{
	struct fdc *f = &b->pc->fdc;
	unsigned size = f->op == FDC_OP_FORMAT ? 4 : 512;

	if (f->moved) {
		f->moved = 0;
		if (to_disk(f) && !store(b))
			return false;
		return advance(b, false);
	}
	if (!find_sector(b))
		return false;
	if (!to_disk(f) && !load(b))
		return false;
	if (f->op == FDC_OP_READ_DELETED) {
		f->st2 |= ST2_CM;
		if (f->command[0] & CMD_SK)
			return advance(b, false);
	}
	if (f->op == FDC_OP_VERIFY)
		return advance(b, false);
	return f->specify[1] & 1 ? by_port(b, size) : by_dma(b, size);
}

/* READ ID: the next ID that passes the head, at 300 turns a minute. */
static void finish_read_id(struct board *b)
{
	struct fdc *f = &b->pc->fdc;
	const struct fdc_geometry *g = formatted_track(b);

	if (g) {
		f->c = f->track[f->drive];
		f->h = f->head;
		f->r = (uint8_t)(board_now(b) % 200000000 * g->sectors / 200000000 + 1);
		f->n = 2;
	}
	finish(b, g ? 0 : ST1_MA);
}

void fdc_data_step(struct board *b)
{
	switch (b->pc->fdc.op) {
	case FDC_OP_NONE: break;
	case FDC_OP_READ_ID: finish_read_id(b); break;
	default:
		while (sector_step(b))
			continue;
		break;
	}
}

void fdc_start_data(struct board *b, enum fdc_op op)
{
	struct fdc *f = &b->pc->fdc;

	f->op = (uint8_t)op;
	f->drive = f->command[1] & 3;
	f->head = f->command[1] >> 2 & 1;
	f->count = f->moved = f->st2 = 0;
	if (op == FDC_OP_FORMAT) {
		f->n = f->command[2];
		f->eot = f->command[3];
		f->c = f->track[f->drive];
		f->h = f->head;
		f->r = 1;
	} else if (op != FDC_OP_READ_ID) {
		f->c = f->command[2];
		f->h = f->command[3];
		f->r = op == FDC_OP_READ_TRACK ? 1 : f->command[4];
		f->n = f->command[5];
		f->eot = f->command[6];
		if (f->configure & CONFIG_EIS)
			fdc_move_head(b, f->drive, f->c);
	}
	fdc_execute_later(b, FDC_DELAY_EXECUTE);
}
