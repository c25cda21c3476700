/* The floppy controller, as BIOSes and drivers use it. */
#include "tests/unit/disks.h"

static void fdc_out(struct board *b, uint8_t v)
{
	assert_int_equal(in8(b, 0x3f4) & 0xc0, 0x80);
	out8(b, 0x3f5, v);
}

static uint8_t fdc_in(struct board *b)
{
	assert_int_equal(in8(b, 0x3f4) & 0xd0, 0xd0);
	return in8(b, 0x3f5);
}

static void fdc_command(struct board *b, const uint8_t *bytes, unsigned size)
{
	while (size--)
		fdc_out(b, *bytes++);
}
#define FDC(b, ...) fdc_command(b, (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__}))

static void fdc_start(struct board *b)
{
	out8(b, 0x3f2, 0x00);
	assert_int_equal(in8(b, 0x3f4), 0);
	out8(b, 0x3f2, 0x1c); /* motor 0, DMA gate, no reset, drive 0 */
	pass(b, 1000000);
	assert_true(b->pc->fdc.irq);
	for (unsigned n = 0; n < 4; n++) {
		FDC(b, 0x08);
		assert_int_equal(fdc_in(b), 0xc0 | n);
		assert_int_equal(fdc_in(b), 0);
	}
	assert_false(b->pc->fdc.irq);
	FDC(b, 0x08); /* nothing left to tell: invalid */
	assert_int_equal(fdc_in(b), 0x80);
	assert_int_equal(in8(b, 0x3f4), 0x80);
	FDC(b, 0x03, 0xaf, 0x02);
	out8(b, 0x3f7, 0x00); /* 500 kb/s */
}

static void fdc_seek(struct board *b, uint8_t track)
{
	FDC(b, 0x0f, 0x00, track);
	assert_int_equal(in8(b, 0x3f4), 0x81);
	pass(b, 1000000);
	assert_true(b->pc->fdc.irq);
	FDC(b, 0x08);
	assert_int_equal(fdc_in(b), 0x20);
	assert_int_equal(fdc_in(b), track);
}

/* Channel 2, single mode: mode 0x46 writes memory, 0x4a reads it. Channel 4 is
 * the cascade, which the BIOS opens. */
static void fdc_dma(struct board *b, uint32_t addr, uint32_t count, uint8_t mode)
{
	out8(b, 0xd6, 0xc0);
	out8(b, 0xd4, 0x00);
	out8(b, 0x0a, 0x06);
	out8(b, 0x0c, 0);
	out8(b, 0x0b, mode);
	out8(b, 0x04, (uint8_t)addr);
	out8(b, 0x04, (uint8_t)(addr >> 8));
	out8(b, 0x81, (uint8_t)(addr >> 16));
	out8(b, 0x05, (uint8_t)(count - 1));
	out8(b, 0x05, (uint8_t)((count - 1) >> 8));
	out8(b, 0x0a, 0x02);
}

static void fdc_expect(struct board *b, const uint8_t want[7])
{
	uint8_t result[7];

	assert_false(b->pc->fdc.irq);
	pass(b, 2000000);
	assert_true(b->pc->fdc.irq);
	for (unsigned n = 0; n < 7; n++)
		result[n] = fdc_in(b);
	assert_memory_equal(result, want, 7);
	assert_false(b->pc->fdc.irq);
	assert_int_equal(in8(b, 0x3f4), 0x80);
}
#define EXPECT(b, ...) fdc_expect(b, (const uint8_t[7]){__VA_ARGS__})

static void test_floppy_basics(void **state)
{
	struct board *b = board(state);

	fdc_start(b);
	FDC(b, 0x10); /* VERSION */
	assert_int_equal(fdc_in(b), 0x90);
	FDC(b, 0x18); /* PARTID of an 82078: invalid here */
	assert_int_equal(fdc_in(b), 0x80);
	FDC(b, 0x14); /* UNLOCK */
	assert_int_equal(fdc_in(b), 0);
	FDC(b, 0x94);
	assert_int_equal(fdc_in(b), 0x10);
	FDC(b, 0x13, 0, 0x1a, 0);
	FDC(b, 0x0e); /* DUMPREG */
	for (unsigned n = 0; n < 10; n++)
		assert_int_equal(fdc_in(b), n == 4 ? 0xaf : n == 5 ? 0x02 : n == 7 ? 0x80 : n == 8 ? 0x1a : 0);
	/* Disk change stays until the head steps with the disk in. */
	assert_int_equal(in8(b, 0x3f7), 0x80);
	fdc_seek(b, 1);
	assert_int_equal(in8(b, 0x3f7), 0);
	FDC(b, 0x04, 0x00);
	assert_int_equal(fdc_in(b), 0x28);
	FDC(b, 0x07, 0x00);
	pass(b, 1000000);
	FDC(b, 0x08);
	assert_int_equal(fdc_in(b), 0x20);
	assert_int_equal(fdc_in(b), 0);
	FDC(b, 0x04, 0x04);
	assert_int_equal(fdc_in(b), 0x3c);
	/* No drive 1: equipment check. */
	FDC(b, 0x07, 0x01);
	pass(b, 1000000);
	FDC(b, 0x08);
	assert_int_equal(fdc_in(b), 0x71);
	assert_int_equal(fdc_in(b), 0);
}

static void test_floppy_read(void **state)
{
	struct board *b = board(state);

	fdc_start(b);
	fdc_seek(b, 5);
	/* Multi-track: sectors 17 and 18 of head 0, 1 of head 1. */
	fdc_dma(b, 0x20000, 3 * 512, 0x46);
	FDC(b, 0xe6, 0x00, 5, 0, 17, 2, 18, 0x1b, 0xff);
	EXPECT(b, 0x04, 0, 0, 5, 1, 2, 2);
	assert_int_equal(ram32(b, 0x20000), 5 * 36 + 16);
	assert_int_equal(ram32(b, 0x20000 + 1024), 5 * 36 + 18);
	/* Without terminal count the end of the cylinder is an error. */
	fdc_dma(b, 0x20000, 4 * 512, 0x46);
	FDC(b, 0x46, 0x04, 5, 1, 18, 2, 18, 0x1b, 0xff);
	EXPECT(b, 0x44, 0x80, 0, 6, 1, 1, 2);
	/* Wrong cylinder, no such sector, wrong density. */
	FDC(b, 0xe6, 0x00, 6, 0, 1, 2, 18, 0x1b, 0xff);
	EXPECT(b, 0x40, 0x04, 0x10, 6, 0, 1, 2);
	FDC(b, 0xe6, 0x00, 5, 0, 19, 2, 19, 0x1b, 0xff);
	EXPECT(b, 0x40, 0x04, 0, 5, 0, 19, 2);
	out8(b, 0x3f7, 0x02);
	FDC(b, 0x4a, 0x00);
	pass(b, 1000000);
	assert_int_equal(fdc_in(b), 0x40);
	assert_int_equal(fdc_in(b), 0x01);
	for (unsigned n = 0; n < 5; n++)
		fdc_in(b);
	/* Channel masked: overrun. */
	out8(b, 0x3f7, 0x00);
	out8(b, 0x0a, 0x06);
	FDC(b, 0xe6, 0x00, 5, 0, 1, 2, 18, 0x1b, 0xff);
	EXPECT(b, 0x40, 0x10, 0, 5, 0, 1, 2);
}

static void test_floppy_write(void **state)
{
	struct board *b = board(state);
	uint8_t data[512], ids[18 * 4];

	fdc_start(b);
	memset(data, 0xa5, sizeof(data));
	mem_dma_write(&b->mem, 0x20000, data, sizeof(data));
	fdc_dma(b, 0x20000, 512, 0x4a);
	FDC(b, 0xc5, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
	EXPECT(b, 0x00, 0, 0, 0, 0, 4, 2);
	assert_true(disk_read(b->floppy[0], 2 * 512, data, 512));
	assert_int_equal(data[0], 0xa5);
	assert_int_equal(data[511], 0xa5);
	/* Format track 0, head 1. */
	for (unsigned n = 0; n < 18; n++)
		memcpy(ids + n * 4, (const uint8_t[4]){0, 1, (uint8_t)(n + 1), 2}, 4);
	mem_dma_write(&b->mem, 0x20000, ids, sizeof(ids));
	fdc_dma(b, 0x20000, sizeof(ids), 0x4a);
	FDC(b, 0x4d, 0x04, 2, 18, 0x54, 0xf6);
	pass(b, 1000000);
	assert_int_equal(fdc_in(b), 0x04);
	for (unsigned n = 0; n < 6; n++)
		fdc_in(b);
	assert_true(disk_read(b->floppy[0], 35 * 512, data, 512));
	assert_int_equal(data[100], 0xf6);
	assert_true(disk_read(b->floppy[0], 36 * 512, data, 512));
	assert_int_equal(get_le32(data), 36);
	/* Write protection. */
	fdc_insert(b, 0, disk_open(disk_path(b->floppy[0]), DISK_FLOPPY, true, NULL));
	FDC(b, 0xc5, 0x00, 0, 0, 3, 2, 18, 0x1b, 0xff);
	EXPECT(b, 0x40, 0x02, 0, 0, 0, 3, 2);
}

static void test_floppy_non_dma(void **state)
{
	struct board *b = board(state);
	uint8_t data[512];

	fdc_start(b);
	FDC(b, 0x03, 0xaf, 0x03);
	FDC(b, 0x46, 0x00, 0, 0, 18, 2, 18, 0x1b, 0xff);
	pass(b, 1000000);
	assert_true(b->pc->fdc.irq);
	for (unsigned n = 0; n < 512; n++) {
		assert_int_equal(in8(b, 0x3f4), 0xf0);
		data[n] = in8(b, 0x3f5);
	}
	assert_int_equal(get_le32(data), 17);
	assert_int_equal(in8(b, 0x3f4), 0x30);
	EXPECT(b, 0x40, 0x80, 0, 1, 0, 1, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_floppy_basics),
		T(test_floppy_read),
		T(test_floppy_write),
		T(test_floppy_non_dma),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
