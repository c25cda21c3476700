/* IDE disks, by port and by bus master, as BIOSes and drivers use them. */
#include "tests/unit/disks.h"

/* ---- ports ---- */

static void test_identify(void **state)
{
	struct board *b = board(state);
	uint8_t id[512], sum = 0;

	command(b, 0x1f0, 0xa0, 0, 0, 0xec);
	assert_true(b->pc->ide.channel[0].irq);
	assert_int_equal(in8(b, 0x1f7), 0x58);
	assert_false(b->pc->ide.channel[0].irq);
	for (unsigned n = 0; n < 512; n += 4)
		put_le32(id + n, board_in(b, 0x1f0, 4));
	assert_int_equal(in8(b, 0x1f7), 0x50);
	assert_false(b->pc->ide.channel[0].irq);
	assert_int_equal(get_le32(id + 120), DISK_SECTORS);
	assert_int_equal(get_le64(id + 200), DISK_SECTORS);
	assert_memory_equal(id + 54, "aLynra dIDKS", 12);
	assert_true(get_le16(id + 83 * 2) & 1 << 10);
	assert_int_equal(get_le16(id + 49 * 2) & 0x300, 0x300);
	for (unsigned n = 0; n < 512; n++)
		sum = (uint8_t)(sum + id[n]);
	assert_int_equal(sum, 0);
	/* SeaBIOS: device 0 answers for device 1, so there is none. */
	assert_int_equal(get_le16(id + 93 * 2) & 0xdf61, 0x4041);
}

static void test_absent(void **state)
{
	struct board *b = board(state);

	/* Device 0 answers for device 1 with status 0. */
	out8(b, 0x1f6, 0xb0);
	out8(b, 0x1f2, 0x55);
	assert_int_equal(in8(b, 0x1f2), 0x55);
	assert_int_equal(in8(b, 0x1f6), 0xb0);
	assert_int_equal(in8(b, 0x1f7), 0);
	out8(b, 0x1f7, 0xec);
	pass(b, 1000000);
	assert_int_equal(in8(b, 0x1f7), 0);
	/* A channel without drives. */
	ide_insert(b, 2, NULL);
	out8(b, 0x172, 0x55);
	assert_int_equal(in8(b, 0x172), 0);
	assert_int_equal(in8(b, 0x177), 0);
	assert_int_equal(in8(b, 0x376), 0);
}

static void test_software_reset(void **state)
{
	struct board *b = board(state);

	out8(b, 0x3f6, 0x0c);
	assert_int_equal(in8(b, 0x1f7), 0x80);
	out8(b, 0x3f6, 0x08);
	assert_int_equal(in8(b, 0x3f6), 0x80);
	pass(b, 100000);
	assert_int_equal(in8(b, 0x1f7), 0x50);
	assert_int_equal(in8(b, 0x1f1), 1);
	assert_int_equal(in8(b, 0x1f2), 1);
	assert_int_equal(in8(b, 0x1f3), 1);
	assert_int_equal(in8(b, 0x1f4) | in8(b, 0x1f5), 0);
	assert_false(b->pc->ide.channel[0].irq);
	/* The CD-ROM shows the packet signature. */
	out8(b, 0x376, 0x0c);
	out8(b, 0x376, 0x08);
	pass(b, 100000);
	assert_int_equal(in8(b, 0x174), 0x14);
	assert_int_equal(in8(b, 0x175), 0xeb);
}

static void test_pio_read(void **state)
{
	struct board *b = board(state);
	uint8_t data[512];

	command(b, 0x1f0, 0xe0, 100, 3, 0x20);
	for (unsigned n = 0; n < 3; n++) {
		assert_true(b->pc->ide.channel[0].irq);
		assert_int_equal(in8(b, 0x1f7), 0x58);
		read_words(b, 0x1f0, data, 512);
		assert_int_equal(get_le32(data), 100 + n);
		assert_int_equal(data[511], (uint8_t)((100 + n) * 7 + 1));
		if (n < 2)
			assert_int_equal(in8(b, 0x3f6), 0x80);
		pass(b, 1000);
	}
	assert_int_equal(in8(b, 0x1f7), 0x50);
	assert_false(b->pc->ide.channel[0].irq);
	/* CHS 1/2/3 with 16 heads and 63 sectors. */
	command(b, 0x1f0, 0xa2, 3 | 1 << 8, 1, 0x20);
	read_words(b, 0x1f0, data, 512);
	assert_int_equal(get_le32(data), (1 * 16 + 2) * 63 + 2);
}

static void test_pio_write(void **state)
{
	struct board *b = board(state);
	uint8_t data[512], file[512];
	int fd;

	out8(b, 0x1f2, 4);
	out8(b, 0x1f6, 0xe0);
	out8(b, 0x1f7, 0xc6); /* SET MULTIPLE 4 */
	pass(b, 1000);
	assert_int_equal(in8(b, 0x1f7), 0x50);
	command(b, 0x1f0, 0xe0, 1500, 6, 0xc5);
	assert_false(b->pc->ide.channel[0].irq); /* not for the first block */
	assert_int_equal(in8(b, 0x1f7), 0x58);
	for (unsigned n = 0; n < 1024; n++)
		board_out(b, 0x1f0, n, 2);
	pass(b, 1000);
	assert_true(b->pc->ide.channel[0].irq);
	assert_int_equal(in8(b, 0x1f7), 0x58);
	for (unsigned n = 1024; n < 1536; n += 2)
		board_out(b, 0x1f0, n | (n + 1) << 16, 4);
	pass(b, 1000);
	assert_true(b->pc->ide.channel[0].irq);
	assert_int_equal(in8(b, 0x1f7), 0x50);
	for (unsigned s = 0; s < 6; s++) {
		assert_true(disk_read(b->ide_drive[0], (1500 + s) * 512, data, 512));
		assert_int_equal(get_le16(data), s * 256);
		assert_int_equal(get_le16(data + 510), s * 256 + 255);
	}
	/* The file does not know. */
	fd = open(disk_path(b->ide_drive[0]), O_RDONLY);
	assert_int_equal(pread(fd, file, 512, 1500 * 512), 512);
	assert_int_equal(get_le32(file), 1500);
	close(fd);
}

static void test_errors(void **state)
{
	struct board *b = board(state);
	uint8_t data[512];

	/* One sector is there, the next is not. */
	command(b, 0x1f0, 0xe0, DISK_SECTORS - 1, 2, 0x20);
	read_words(b, 0x1f0, data, 512);
	pass(b, 2000);
	assert_int_equal(in8(b, 0x1f7), 0x51);
	assert_int_equal(in8(b, 0x1f1), 0x10);
	assert_int_equal(in8(b, 0x1f3) | in8(b, 0x1f4) << 8, DISK_SECTORS);
	command(b, 0x1f0, 0xe0, 0, 1, 0xc4); /* READ MULTIPLE before SET MULTIPLE */
	assert_int_equal(in8(b, 0x1f7), 0x51);
	assert_int_equal(in8(b, 0x1f1), 0x04);
	command(b, 0x1f0, 0xe0, 0, 1, 0xb0); /* SMART */
	assert_int_equal(in8(b, 0x1f1), 0x04);
	command(b, 0x1f0, 0xa0, 0, 1, 0x20); /* CHS sector 0 */
	assert_int_equal(in8(b, 0x1f1), 0x10);
	command(b, 0x1f0, 0xa0, 0, 0, 0xa1);
	assert_int_equal(in8(b, 0x1f7), 0x51);
}

static void test_lba48(void **state)
{
	struct board *b = board(state);
	uint8_t data[512];

	out8(b, 0x1f2, 0); /* count 0001 */
	out8(b, 0x1f3, 0); /* LBA bits 24-47 */
	out8(b, 0x1f4, 0);
	out8(b, 0x1f5, 0);
	command(b, 0x1f0, 0xe0, 777, 1, 0x24);
	read_words(b, 0x1f0, data, 512);
	assert_int_equal(get_le32(data), 777);
	out8(b, 0x1f3, 1); /* beyond the end */
	command(b, 0x1f0, 0xe0, 0, 1, 0x24);
	assert_int_equal(in8(b, 0x1f1), 0x10);
	out8(b, 0x3f6, 0x88); /* HOB */
	assert_int_equal(in8(b, 0x1f3), 1);
	out8(b, 0x3f6, 0x08);
	assert_int_equal(in8(b, 0x1f3), 0);
	command(b, 0x1f0, 0xe0, 0, 1, 0x27); /* READ NATIVE MAX EXT */
	assert_int_equal(in8(b, 0x1f3) | in8(b, 0x1f4) << 8, DISK_SECTORS - 1);
}

static void test_nien(void **state)
{
	struct board *b = board(state);

	out8(b, 0x3f6, 0x0a);
	command(b, 0x1f0, 0xe0, 0, 1, 0xe7);
	assert_false(b->pc->ide.channel[0].irq);
	out8(b, 0x3f6, 0x08); /* it was pending */
	assert_true(b->pc->ide.channel[0].irq);
	in8(b, 0x3f6); /* alternate status does not acknowledge */
	assert_true(b->pc->ide.channel[0].irq);
	in8(b, 0x1f7);
	assert_false(b->pc->ide.channel[0].irq);
}

/* ---- DMA ---- */

static void start_dma(struct board *b, uint32_t lba, uint8_t count, uint8_t opcode, uint8_t direction)
{
	board_out(b, BM_BASE + 4, 0x10000, 4);
	out8(b, BM_BASE, direction);
	out8(b, BM_BASE + 2, 0x66); /* clear Interrupt and Error */
	command(b, 0x1f0, 0xe0, lba, count, opcode);
	out8(b, BM_BASE, direction | 1);
	assert_int_equal(in8(b, BM_BASE + 2), 0x61);
}

static void test_dma(void **state)
{
	struct board *b = board(state);

	assert_int_equal(pci_config_read(b, PCI_DEVFN(1, 1), 0, 4), 0x70108086);
	assert_int_equal(pci_config_read(b, PCI_DEVFN(1, 1), 8, 4) >> 8, 0x010180);
	enable_bus_master(b);
	/* 20 sectors in three regions, cut inside sectors. */
	put_prd(b, 0, 0x20000, 1000, false);
	put_prd(b, 1, 0x30000, 9000, false);
	put_prd(b, 2, 0x40000, 240, true);
	start_dma(b, 10, 20, 0xc8, 8);
	pass(b, 1000000);
	assert_true(b->pc->ide.channel[0].irq);
	assert_int_equal(in8(b, BM_BASE + 2), 0x64);
	assert_int_equal(in8(b, 0x1f7), 0x50);
	assert_int_equal(ram32(b, 0x20000), 10);
	assert_int_equal(ram32(b, 0x20000 + 512), 11);
	assert_int_equal(ram32(b, 0x30000 + 1024 - 1000), 12);
	assert_int_equal(ram32(b, 0x40000 + 19 * 512 + 508 - 10000), (uint8_t)(29 * 7 + 1) * 0x01010101u);
	out8(b, BM_BASE, 0);
	out8(b, BM_BASE + 2, 0x64);
	assert_int_equal(in8(b, BM_BASE + 2), 0x60);
	/* Back to another place, from a region of 64 KiB: more than needed. */
	put_prd(b, 0, 0x30000, 0, true);
	start_dma(b, 1000, 2, 0xca, 0);
	pass(b, 1000000);
	assert_int_equal(in8(b, BM_BASE + 2), 0x65); /* done, table not exhausted */
	assert_int_equal(in8(b, 0x1f7), 0x50);
	out8(b, BM_BASE, 0);
	assert_int_equal(in8(b, BM_BASE + 2), 0x64);
}

static void test_dma_short_table(void **state)
{
	struct board *b = board(state);

	enable_bus_master(b);
	put_prd(b, 0, 0x20000, 512, true);
	start_dma(b, 5, 2, 0xc8, 8);
	pass(b, 1000000);
	assert_int_equal(in8(b, BM_BASE + 2), 0x60); /* neither active nor interrupt */
	assert_int_equal(in8(b, 0x3f6), 0x80);
	out8(b, BM_BASE, 8);
	put_prd(b, 0, 0x30000, 512, true);
	out8(b, BM_BASE, 9);
	pass(b, 1000000);
	assert_int_equal(in8(b, BM_BASE + 2), 0x64);
	assert_int_equal(ram32(b, 0x30000), 6);
	/* Out of range: the drive's error, with interrupt. */
	out8(b, BM_BASE, 0);
	start_dma(b, DISK_SECTORS, 1, 0xc8, 8);
	pass(b, 1000000);
	assert_int_equal(in8(b, 0x1f7), 0x51);
	assert_int_equal(in8(b, BM_BASE + 2) & 4, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_identify), T(test_absent), T(test_software_reset), T(test_pio_read), T(test_pio_write),
		T(test_errors),   T(test_lba48),  T(test_nien),           T(test_dma),      T(test_dma_short_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
