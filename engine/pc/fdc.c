/* Floppy controller: registers, phases, interrupt, seeks and time. */
#include "engine/pc/fdc.h"

#include <string.h>

#include "engine/pc/fdc_priv.h"
#include "engine/pc/pc.h"

enum { PORT_DOR = 0x3f2, PORT_TDR, PORT_MSR, PORT_DATA, PORT_DIR = 0x3f7 };
#define PORT_DSR PORT_MSR
#define PORT_CCR PORT_DIR

/* ---- media ---- */

#define RATE_500 (1 << 0)
#define RATE_DD (1 << 1 | 1 << 2) /* 300 kb/s in a 1.2M drive, else 250 */
#define RATE_1000 (1 << 3)

static const struct fdc_geometry geometries[] = {
	{160, 40, 1, 8, RATE_DD, 1},     {180, 40, 1, 9, RATE_DD, 1},    {320, 40, 2, 8, RATE_DD, 1},
	{360, 40, 2, 9, RATE_DD, 1},     {720, 80, 2, 9, 1 << 2, 3},     {1200, 80, 2, 15, RATE_500, 2},
	{1440, 80, 2, 18, RATE_500, 4},  {1680, 80, 2, 21, RATE_500, 4}, {1722, 82, 2, 21, RATE_500, 4},
	{2880, 80, 2, 36, RATE_1000, 5},
};

const struct fdc_geometry *fdc_geometry_of(const struct disk_image *image)
{
	for (unsigned n = 0; n < ARRAY_LEN(geometries); n++)
		if (disk_size(image) == geometries[n].size * 1024u)
			return &geometries[n];
	return NULL;
}

unsigned fdc_drive_type(const struct disk_image *image)
{
	const struct fdc_geometry *g = image ? fdc_geometry_of(image) : NULL;

	return g ? g->drive : 0;
}

struct disk_image *fdc_medium(const struct board *b, unsigned drive)
{
	if (drive >= ARRAY_LEN(b->floppy) || !(b->pc->fdc.dor & DOR_MOTOR0 << drive))
		return NULL;
	return b->floppy[drive];
}

void fdc_insert(struct board *b, unsigned drive, struct disk_image *image)
{
	assert(drive < ARRAY_LEN(b->floppy));
	disk_free(b->floppy[drive]);
	b->floppy[drive] = image;
	b->pc->fdc.changed |= (uint8_t)(1 << drive);
}

/* ---- interrupt and time ---- */

/* In AT mode DMAGATE# gates both INT and DRQ. */
static void update_line(struct board *b)
{
	const struct fdc *f = &b->pc->fdc;

	board_set_irq(b, 6, f->irq && f->dor & DOR_DMAGATE);
}

void fdc_set_irq(struct board *b, bool level)
{
	b->pc->fdc.irq = level;
	update_line(b);
}

static void rearm(struct board *b)
{
	const struct fdc *f = &b->pc->fdc;
	uint64_t first = f->exec_due < f->seek_due ? f->exec_due : f->seek_due;

	board_timer_set(b, TIMER_FDC, first < f->reset_due ? first : f->reset_due);
}

void fdc_execute_later(struct board *b, uint64_t delay)
{
	struct fdc *f = &b->pc->fdc;

	f->phase = FDC_EXECUTE;
	f->exec_due = board_now(b) + delay;
	rearm(b);
}

void fdc_result(struct board *b, unsigned size, bool interrupt)
{
	struct fdc *f = &b->pc->fdc;

	f->phase = FDC_RESULT;
	f->result_len = (uint8_t)size;
	f->result_pos = 0;
	if (interrupt)
		fdc_set_irq(b, true);
}

/* ---- seeks ---- */

/* The disk change line goes off with the first step pulse while a disk is in. */
void fdc_move_head(struct board *b, unsigned drive, uint8_t track)
{
	struct fdc *f = &b->pc->fdc;

	if (f->track[drive] != track && drive < ARRAY_LEN(b->floppy) && b->floppy[drive])
		f->changed &= (uint8_t) ~(1 << drive);
	f->track[drive] = track;
}

void fdc_seek_later(struct board *b, unsigned drive, uint8_t track, uint8_t st0)
{
	struct fdc *f = &b->pc->fdc;

	/* A new seek ends what SENSE INTERRUPT was still to tell of older events. */
	f->reset_left = 0;
	f->seek_done &= (uint8_t) ~(1 << drive);
	f->seeking |= (uint8_t)(1 << drive);
	f->seek_to[drive] = track;
	f->seek_st0[drive] = st0;
	f->seek_due = board_now(b) + FDC_DELAY_SEEK;
	f->phase = FDC_IDLE;
	fdc_set_irq(b, false);
	rearm(b);
}

static void end_seeks(struct board *b)
{
	struct fdc *f = &b->pc->fdc;

	for (unsigned n = 0; n < 4; n++) {
		if (!(f->seeking & 1 << n))
			continue;
		fdc_move_head(b, n, f->seek_to[n]);
		f->seek_done |= (uint8_t)(1 << n);
	}
	f->seeking = 0;
	fdc_set_irq(b, true);
}

void fdc_timer(struct board *b, unsigned unit)
{
	struct fdc *f = &b->pc->fdc;
	uint64_t now = board_now(b);

	if (f->reset_due <= now) {
		f->reset_due = TIME_NEVER;
		f->reset_left = 4;
		fdc_set_irq(b, true);
	}
	if (f->seek_due <= now) {
		f->seek_due = TIME_NEVER;
		end_seeks(b);
	}
	if (f->exec_due <= now) {
		f->exec_due = TIME_NEVER;
		if (f->phase == FDC_EXECUTE)
			fdc_data_step(b);
	}
	rearm(b);
}

/* ---- resets ---- */

/* Software reset, by DOR or DSR. What SPECIFY set is kept; what CONFIGURE set
 * is kept if LOCK says so (section 4.4, "Reset"). */
static void soft_reset(struct board *b)
{
	struct fdc *f = &b->pc->fdc;

	f->exec_due = f->seek_due = f->reset_due = TIME_NEVER;
	f->phase = FDC_IDLE;
	f->command_pos = f->command_len = 0;
	f->result_pos = f->result_len = 0;
	f->pos = f->len = 0;
	f->moved = 0;
	f->op = FDC_OP_NONE;
	f->seeking = f->seek_done = f->reset_left = 0;
	f->perpendicular &= 0xfc;
	if (!f->lock) {
		f->configure = CONFIG_EFIFO;
		f->pretrk = 0;
	}
	fdc_set_irq(b, false);
	rearm(b);
}

/* With polling enabled all four drives turn ready after a reset, which is an
 * interrupt (section 4.4 and 7.4). */
static void leave_reset(struct board *b)
{
	struct fdc *f = &b->pc->fdc;

	if (!(f->configure & CONFIG_POLL)) {
		f->reset_due = board_now(b) + FDC_DELAY_RESET;
		rearm(b);
	}
}

void fdc_reset(struct board *b)
{
	struct fdc *f = &b->pc->fdc;

	memset(f, 0, sizeof(*f));
	f->rate = f->dsr = 2; /* 250 kb/s */
	f->changed = 0x0f;
	soft_reset(b);
}

static void write_dor(struct board *b, uint8_t value)
{
	struct fdc *f = &b->pc->fdc;
	uint8_t old = f->dor;

	f->dor = value;
	if (!(value & DOR_RESET_N)) {
		if (old & DOR_RESET_N)
			soft_reset(b);
	} else if (!(old & DOR_RESET_N)) {
		leave_reset(b);
	}
	update_line(b);
}

/* The reset bit clears itself; bits 1:0 are the data rate. */
static void write_dsr(struct board *b, uint8_t value)
{
	struct fdc *f = &b->pc->fdc;

	f->dsr = value & 0x7f;
	f->rate = value & 3;
	if (value & 0x80 && f->dor & DOR_RESET_N) {
		soft_reset(b);
		leave_reset(b);
	}
}

/* ---- the data port ---- */

static uint8_t main_status(const struct fdc *f)
{
	if (!(f->dor & DOR_RESET_N))
		return 0;
	switch (f->phase) {
	case FDC_IDLE: return MSR_RQM | f->seeking;
	case FDC_COMMAND: return MSR_RQM | MSR_CMD_BUSY | f->seeking;
	case FDC_DATA_IN: return MSR_RQM | MSR_DIO | MSR_NON_DMA | MSR_CMD_BUSY | f->seeking;
	case FDC_DATA_OUT: return MSR_RQM | MSR_NON_DMA | MSR_CMD_BUSY | f->seeking;
	case FDC_RESULT: return MSR_RQM | MSR_DIO | MSR_CMD_BUSY | f->seeking;
	default: return (f->specify[1] & 1 ? MSR_NON_DMA : 0) | MSR_CMD_BUSY | f->seeking;
	}
}

/* A sector's bytes went through the port. */
static void data_moved(struct board *b)
{
	b->pc->fdc.moved = 1;
	fdc_set_irq(b, false);
	fdc_execute_later(b, FDC_DELAY_SECTOR);
}

static uint8_t read_data(struct board *b)
{
	struct fdc *f = &b->pc->fdc;
	uint8_t v;

	if (f->phase == FDC_DATA_IN && f->pos < f->len) {
		v = f->buffer[f->pos++];
		if (f->pos == f->len)
			data_moved(b);
		return v;
	}
	if (f->phase != FDC_RESULT || f->result_pos >= f->result_len)
		return 0;
	if (!f->result_pos && f->irq)
		fdc_set_irq(b, false); /* reading the result takes back its interrupt */
	v = f->result[f->result_pos++];
	if (f->result_pos == f->result_len) {
		f->phase = FDC_IDLE;
		if (f->seek_done && !f->reset_left)
			fdc_set_irq(b, true); /* another drive's seek is still to be told of */
	}
	return v;
}

static void write_data(struct board *b, uint8_t value)
{
	struct fdc *f = &b->pc->fdc;

	if (!(f->dor & DOR_RESET_N))
		return;
	if (f->phase == FDC_DATA_OUT && f->pos < f->len) {
		f->buffer[f->pos++] = value;
		if (f->pos == f->len)
			data_moved(b);
		return;
	}
	if (f->phase == FDC_IDLE) {
		f->command_pos = 0;
		f->command_len = (uint8_t)fdc_command_size(value);
		f->phase = FDC_COMMAND;
	}
	if (f->phase != FDC_COMMAND)
		return;
	f->command[f->command_pos++] = value;
	if (f->command_pos == f->command_len)
		fdc_command_run(b);
}

/* ---- ports ---- */

/* Disk change of the selected drive; the other bits of 0x3F7 belong to the
 * hard disk controller, which leaves them low. */
static uint8_t read_dir(const struct fdc *f)
{
	unsigned drive = f->dor & 3;

	return f->dor & DOR_MOTOR0 << drive && f->changed & 1 << drive ? 0x80 : 0;
}

/* Status registers A and B (0x3F0, 0x3F1) do not exist in AT mode. */
static uint32_t fdc_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	struct fdc *f = &b->pc->fdc;

	switch (port) {
	case PORT_DOR: return f->dor;
	case PORT_TDR: return f->tdr;
	case PORT_MSR: return main_status(f);
	case PORT_DATA: return read_data(b);
	case PORT_DIR: return read_dir(f);
	default: return 0xff;
	}
}

static void fdc_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct fdc *f = &b->pc->fdc;

	switch (port) {
	case PORT_DOR: write_dor(b, (uint8_t)value); break;
	case PORT_TDR: f->tdr = value & 3; break;
	case PORT_DSR: write_dsr(b, (uint8_t)value); break;
	case PORT_DATA: write_data(b, (uint8_t)value); break;
	case PORT_CCR: f->rate = value & 3; break;
	default: break;
	}
}

void fdc_attach(struct board *b)
{
	struct io_range low = {0x3f0, 6, 0, 1, fdc_in, fdc_out};
	struct io_range high = {PORT_DIR, 1, 0, 1, fdc_in, fdc_out};

	board_map_io(b, &low);
	board_map_io(b, &high);
}

const char *fdc_validate(const struct board *b)
{
	const struct fdc *f = &b->pc->fdc;

	if (f->phase >= FDC_PHASES || f->op >= FDC_OPS || f->drive > 3 || f->head > 1 || f->rate > 3)
		return "fdc: impossible state";
	if (f->command_len > sizeof(f->command) || f->result_len > sizeof(f->result) ||
	    (f->phase == FDC_COMMAND && f->command_pos >= f->command_len) || f->result_pos > f->result_len)
		return "fdc: impossible command or result";
	if (f->len > sizeof(f->buffer) || f->pos > f->len || f->reset_left > 4 || f->irq > 1)
		return "fdc: impossible transfer";
	return NULL;
}
