/* Disk images, IDE disks and CD-ROMs, and the floppy controller, driven through
 * their ports as BIOSes and drivers do it. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/bytes.h"
#include "engine/pc/disk.h"
#include "engine/pc/pc.h"

#define BM_BASE 0xc000 /* BAR 4 */
#define DISK_SECTORS 2000u
#define CD_SECTORS 300u
#define PATH_SIZE 32

/* ---- files: every sector starts with its number ---- */

struct fixture {
	struct board *b;
	char path[3][PATH_SIZE]; /* hard disk, CD-ROM, floppy */
};

static void make_file(char *path, size_t sectors, size_t size)
{
	uint8_t sector[2048];
	int fd;

	snprintf(path, PATH_SIZE, "/tmp/lanyard-disk-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	for (size_t n = 0; n < sectors; n++) {
		memset(sector, (int)(n * 7 + 1), sizeof(sector));
		put_le32(sector, (uint32_t)n);
		assert_int_equal(write(fd, sector, size), size);
	}
	close(fd);
}

static int setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));

	make_file(t->path[0], DISK_SECTORS, 512);
	make_file(t->path[1], CD_SECTORS, 2048);
	make_file(t->path[2], 2880, 512);
	t->b = board_new(4 << 20);
	ide_insert(t->b, 0, disk_open(t->path[0], DISK_HARD, false, NULL));
	ide_insert(t->b, 2, disk_open(t->path[1], DISK_CDROM, false, NULL));
	fdc_insert(t->b, 0, disk_open(t->path[2], DISK_FLOPPY, false, NULL));
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	for (unsigned n = 0; n < 4; n++)
		ide_insert(t->b, n, NULL);
	fdc_insert(t->b, 0, NULL);
	fdc_insert(t->b, 1, NULL);
	board_free(t->b);
	for (unsigned n = 0; n < 3; n++)
		unlink(t->path[n]);
	free(t);
	return 0;
}

static struct board *board(void **state)
{
	return ((struct fixture *)*state)->b;
}

/* ---- the machine ---- */

static uint8_t in8(struct board *b, uint16_t port)
{
	return (uint8_t)board_in(b, port, 1);
}
static uint16_t in16(struct board *b, uint16_t port)
{
	return (uint16_t)board_in(b, port, 2);
}
static void out8(struct board *b, uint16_t port, uint8_t v)
{
	board_out(b, port, v, 1);
}

/* Lets virtual time pass while the CPU is halted. */
static void pass(struct board *b, uint64_t ns)
{
	b->pc->cpu.attn |= ATTN_HALT;
	b->pc->cpu.eflags &= ~0x200u;
	board_run(b, board_now(b) + ns);
}

/* ---- IDE ---- */

static void command(struct board *b, uint16_t base, uint8_t device, uint32_t lba, uint8_t count, uint8_t opcode)
{
	out8(b, base + 6, (uint8_t)(device | (lba >> 24 & 15)));
	out8(b, base + 2, count);
	out8(b, base + 3, (uint8_t)lba);
	out8(b, base + 4, (uint8_t)(lba >> 8));
	out8(b, base + 5, (uint8_t)(lba >> 16));
	out8(b, base + 7, opcode);
	/* An interrupt never comes inside the OUT. */
	assert_false(b->pc->ide.channel[base == 0x170].irq);
	assert_true(in8(b, base == 0x1f0 ? 0x3f6 : 0x376) & 0x80);
	pass(b, 1000);
}

static void read_words(struct board *b, uint16_t base, uint8_t *out, unsigned bytes)
{
	for (unsigned n = 0; n < bytes; n += 2)
		put_le16(out + n, in16(b, base));
}

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

static void enable_bus_master(struct board *b)
{
	pci_config_write(b, PCI_DEVFN(1, 1), 0x20, BM_BASE, 4);
	pci_config_write(b, PCI_DEVFN(1, 1), PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MASTER, 2);
}

static void put_prd(struct board *b, unsigned n, uint32_t addr, uint32_t count, bool last)
{
	uint8_t prd[8];

	put_le32(prd, addr);
	put_le32(prd + 4, (count & 0xffff) | (last ? 0x80000000 : 0));
	mem_dma_write(&b->mem, 0x10000 + n * 8, prd, 8);
}

static uint32_t ram32(struct board *b, uint32_t addr)
{
	uint8_t v[4];

	mem_dma_read(&b->mem, addr, v, 4);
	return get_le32(v);
}

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

/* ---- CD-ROM ---- */

/* Sends a packet; the byte count of the first data block, or 0. */
static unsigned packet(struct board *b, const uint8_t p[12], unsigned limit, uint8_t feature)
{
	out8(b, 0x171, feature);
	command(b, 0x170, 0xa0, limit << 8, 0, 0xa0);
	assert_int_equal(in8(b, 0x177), 0x58);
	assert_int_equal(in8(b, 0x172) & 3, 1);
	for (unsigned n = 0; n < 12; n += 2)
		board_out(b, 0x170, get_le16(p + n), 2);
	pass(b, 2000);
	if (!(in8(b, 0x376) & 8))
		return 0;
	assert_int_equal(in8(b, 0x172) & 3, 2);
	return in8(b, 0x174) | in8(b, 0x175) << 8;
}

static void sense(struct board *b, uint8_t key, uint8_t asc)
{
	uint8_t data[18];

	assert_int_equal(packet(b, (const uint8_t[12]){0x03, 0, 0, 0, 18}, 2048, 0), 18);
	read_words(b, 0x170, data, 18);
	pass(b, 1000);
	assert_int_equal(data[2], key);
	assert_int_equal(data[12], asc);
}

static void test_cdrom_identity(void **state)
{
	struct board *b = board(state);
	uint8_t data[512];

	command(b, 0x170, 0xa0, 0, 0, 0xec); /* refused with the signature */
	assert_int_equal(in8(b, 0x177), 0x51);
	assert_int_equal(in8(b, 0x174) | in8(b, 0x175) << 8, 0xeb14);
	command(b, 0x170, 0xa0, 0, 0, 0xa1);
	read_words(b, 0x170, data, 512);
	assert_int_equal(in8(b, 0x177), 0x50);
	assert_int_equal(get_le16(data), 0x85c0);
	assert_int_equal(packet(b, (const uint8_t[12]){0x12, 0, 0, 0, 36}, 0xfffe, 0), 36);
	read_words(b, 0x170, data, 36);
	pass(b, 1000);
	assert_int_equal(data[0], 5);
	assert_int_equal(data[1], 0x80);
	assert_int_equal(in8(b, 0x172) & 3, 3);
	assert_int_equal(in8(b, 0x177), 0x50);
}

static void test_cdrom_read(void **state)
{
	struct board *b = board(state);
	uint8_t data[4096];

	assert_int_equal(packet(b, (const uint8_t[12]){0x25}, 8, 0), 8);
	read_words(b, 0x170, data, 8);
	pass(b, 1000);
	assert_int_equal(get_be32(data), CD_SECTORS - 1);
	assert_int_equal(get_be32(data + 4), 2048);
	/* SeaBIOS: blocks of exactly 2048 bytes. */
	assert_int_equal(packet(b, (const uint8_t[12]){0x28, 0, 0, 0, 0, 16, 0, 0, 6}, 2048, 0), 2048);
	for (unsigned n = 0; n < 6; n++) {
		assert_true(b->pc->ide.channel[1].irq);
		assert_int_equal(in8(b, 0x177) & 0x89, 0x08);
		assert_int_equal(in8(b, 0x174) | in8(b, 0x175) << 8, 2048);
		read_words(b, 0x170, data, 2048);
		assert_int_equal(get_le32(data), 16 + n);
		pass(b, 1000);
	}
	assert_int_equal(in8(b, 0x172) & 3, 3);
	assert_int_equal(in8(b, 0x177), 0x50);
	/* Past the end. */
	assert_int_equal(packet(b, (const uint8_t[12]){0x28, 0, 0, 0, 1, 43, 0, 0, 2}, 2048, 0), 0);
	assert_int_equal(in8(b, 0x177), 0x51);
	assert_int_equal(in8(b, 0x171) >> 4, 5);
	sense(b, 5, 0x21);
	sense(b, 0, 0);
}

static void test_cdrom_dma(void **state)
{
	struct board *b = board(state);

	enable_bus_master(b);
	put_prd(b, 0, 0x20000, 0x3000, true);
	board_out(b, BM_BASE + 12, 0x10000, 4);
	out8(b, BM_BASE + 8, 8);
	assert_int_equal(packet(b, (const uint8_t[12]){0xa8, 0, 0, 0, 0, 20, 0, 0, 0, 6}, 2048, 1), 0);
	assert_int_equal(in8(b, 0x376), 0x80);
	out8(b, BM_BASE + 8, 9);
	pass(b, 1000000);
	assert_int_equal(in8(b, BM_BASE + 10), 4);
	assert_int_equal(in8(b, 0x177), 0x50);
	assert_int_equal(in8(b, 0x172) & 3, 3);
	assert_int_equal(ram32(b, 0x20000 + 5 * 2048), 25);
}

static void test_cdrom_toc(void **state)
{
	struct board *b = board(state);
	uint8_t data[64];

	assert_int_equal(packet(b, (const uint8_t[12]){0x43, 0, 0, 0, 0, 0, 0, 0, 64}, 64, 0), 20);
	read_words(b, 0x170, data, 20);
	pass(b, 1000);
	assert_int_equal(get_be16(data), 18);
	assert_int_equal(data[5], 0x14);
	assert_int_equal(data[14], 0xaa);
	assert_int_equal(get_be32(data + 16), CD_SECTORS);
	/* MSF lead-out: 300 + 150 frames = 0:06:00. */
	assert_int_equal(packet(b, (const uint8_t[12]){0x43, 2, 0, 0, 0, 0, 0xaa, 0, 64}, 64, 0), 12);
	read_words(b, 0x170, data, 12);
	pass(b, 1000);
	assert_int_equal(get_be32(data + 8), 6 << 8);
	/* Sessions, as Linux asks (format in the last byte). */
	assert_int_equal(packet(b, (const uint8_t[12]){0x43, 0, 0, 0, 0, 0, 0, 0, 12, 0x40}, 64, 0), 12);
	read_words(b, 0x170, data, 12);
	pass(b, 1000);
	assert_int_equal(data[2], 1);
	assert_int_equal(get_be32(data + 8), 0);
	/* A raw sector: sync, header 00:02:16 mode 1, EDC over the rest. */
	assert_int_equal(packet(b, (const uint8_t[12]){0xbe, 0, 0, 0, 0, 16, 0, 0, 1, 0xf8}, 2352, 0), 2352);
	read_words(b, 0x170, data, 16);
	assert_memory_equal(data, "\0\377\377\377\377\377\377\377\377\377\377\0\0\2\x16\1", 16);
}

static void test_cdrom_tray(void **state)
{
	struct board *b = board(state);
	uint8_t data[8];

	packet(b, (const uint8_t[12]){0x1e, 0, 0, 0, 1}, 0, 0);
	packet(b, (const uint8_t[12]){0x1b, 0, 0, 0, 2}, 0, 0);
	assert_int_equal(in8(b, 0x177), 0x51); /* locked */
	sense(b, 5, 0x53);
	packet(b, (const uint8_t[12]){0x1e}, 0, 0);
	packet(b, (const uint8_t[12]){0x1b, 0, 0, 0, 2}, 0, 0);
	assert_int_equal(in8(b, 0x177), 0x50);
	packet(b, (const uint8_t[12]){0x00}, 0, 0);
	sense(b, 2, 0x3a);
	packet(b, (const uint8_t[12]){0x1b, 0, 0, 0, 3}, 0, 0);
	assert_int_equal(packet(b, (const uint8_t[12]){0x4a, 1, 0, 0, 0x10, 0, 0, 0, 8}, 8, 0), 8);
	read_words(b, 0x170, data, 8);
	pass(b, 1000);
	assert_int_equal(data[4], 2); /* new media */
	assert_int_equal(data[5], 2); /* present */
	packet(b, (const uint8_t[12]){0x00}, 0, 0);
	sense(b, 6, 0x28);
	packet(b, (const uint8_t[12]){0x00}, 0, 0);
	assert_int_equal(in8(b, 0x177), 0x50);
}

/* ---- floppy ---- */

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

/* ---- images ---- */

static void check_open(const char *path, enum disk_kind kind, const char *part)
{
	GError *error = NULL;

	assert_null(disk_open(path, kind, false, &error));
	assert_non_null(error);
	assert_non_null(strstr(error->message, part));
	assert_non_null(strstr(error->message, path));
	g_error_free(error);
}

static void test_image_errors(void **state)
{
	char path[32];

	check_open("/nonexistent/disk.img", DISK_HARD, "No such file");
	check_open("/tmp", DISK_HARD, "is a directory");
	check_open("/dev/null", DISK_HARD, "not a regular file");
	make_file(path, 0, 512);
	check_open(path, DISK_HARD, "empty");
	assert_int_equal(truncate(path, 1000), 0);
	check_open(path, DISK_HARD, "truncated: 1000 bytes");
	assert_int_equal(truncate(path, 512 * 5), 0);
	check_open(path, DISK_CDROM, "whole sectors of 2048 bytes");
	assert_int_equal(truncate(path, 3 << 20), 0);
	check_open(path, DISK_FLOPPY, "at most 2880 KiB");
	unlink(path);
}

static void test_overlay(void **state)
{
	struct disk_image *d, *clone;
	uint8_t data[8192], byte = 0x77, file = 0;
	char path[32];
	GError *error = NULL;
	int fd;

	make_file(path, 21, 512); /* the last block is not whole */
	d = disk_open(path, DISK_HARD, false, NULL);
	assert_int_equal(disk_next_written(d, 0), UINT64_MAX);
	assert_true(disk_write(d, 20 * 512 + 511, &byte, 1));
	assert_false(disk_write(d, 21 * 512, &byte, 1));
	assert_false(disk_read(d, 20 * 512, data, 513));
	assert_int_equal(disk_next_written(d, 0), 2);
	assert_int_equal(disk_next_written(d, 3), UINT64_MAX);
	/* File, overlay and file again in one read. */
	assert_true(disk_write(d, 4096, &byte, 1));
	assert_true(disk_read(d, 4000, data, 6000));
	assert_int_equal(data[0], 7 * 7 + 1);
	assert_int_equal(data[96], 0x77);
	assert_int_equal(data[97], 0); /* the rest of sector 8's number */
	assert_int_equal(data[5999], 19 * 7 + 1);
	/* A clone shares until one of them writes. */
	clone = disk_clone(d);
	assert_ptr_equal(disk_page(clone, 1), disk_page(d, 1));
	byte = 0x88;
	assert_true(disk_write(clone, 4096, &byte, 1));
	assert_true(disk_read(d, 4096, data, 1));
	assert_int_equal(data[0], 0x77);
	assert_false(disk_commit(d, &error));
	g_clear_error(&error);
	disk_free(clone);
	assert_true(disk_commit(d, &error));
	disk_free(d);
	fd = open(path, O_RDONLY);
	assert_int_equal(lseek(fd, 0, SEEK_END), 21 * 512);
	assert_int_equal(pread(fd, &file, 1, 4096), 1);
	assert_int_equal(file, 0x77);
	assert_int_equal(pread(fd, &file, 1, 21 * 512 - 1), 1);
	assert_int_equal(file, 0x77);
	close(fd);
	unlink(path);
}

/* A boot sector alone is a floppy image; the rest of the medium is zero. */
static void test_short_floppy(void **state)
{
	struct disk_image *d;
	uint8_t data[512], byte = 1;
	char path[32];

	make_file(path, 1, 512);
	d = disk_open(path, DISK_FLOPPY, false, NULL);
	assert_non_null(d);
	assert_int_equal(disk_size(d), 1440 * 1024);
	assert_int_equal(fdc_drive_type(d), 4);
	assert_true(disk_read(d, 512, data, 512));
	assert_int_equal(data[0], 0);
	assert_true(disk_write(d, 1440 * 1024 - 1, &byte, 1));
	assert_true(disk_commit(d, NULL));
	disk_free(d);
	d = disk_open(path, DISK_FLOPPY, false, NULL);
	assert_true(disk_read(d, 1440 * 1024 - 1, data, 1));
	assert_int_equal(data[0], 1);
	disk_free(d);
	unlink(path);
}

static void test_validate(void **state)
{
	struct board *b = board(state);

	assert_null(ide_validate(b));
	assert_null(fdc_validate(b));
	command(b, 0x1f0, 0xe0, 0, 4, 0x20);
	assert_null(ide_validate(b));
	b->pc->ide.channel[0].end = IDE_BUFFER + 1;
	assert_non_null(ide_validate(b));
	b->pc->fdc.result_len = 11;
	assert_non_null(fdc_validate(b));
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		T(test_identify), T(test_absent), T(test_software_reset), T(test_pio_read), T(test_pio_write),
		T(test_errors), T(test_lba48), T(test_nien), T(test_dma), T(test_dma_short_table),
		T(test_cdrom_identity), T(test_cdrom_read), T(test_cdrom_dma), T(test_cdrom_toc), T(test_cdrom_tray),
		T(test_floppy_basics), T(test_floppy_read), T(test_floppy_write), T(test_floppy_non_dma),
		cmocka_unit_test(test_image_errors), cmocka_unit_test(test_overlay), cmocka_unit_test(test_short_floppy),
		T(test_validate),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
