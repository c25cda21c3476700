/* The CD-ROM: packet commands, tray, table of contents. */
#include "tests/unit/disks.h"

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_cdrom_identity), T(test_cdrom_read), T(test_cdrom_dma), T(test_cdrom_toc), T(test_cdrom_tray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
