/* Disk images: files, the overlay of what a guest wrote, hostile state. */
#include "tests/unit/disks.h"

#include <sys/stat.h>

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
	char path[PATH_SIZE];

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
	char path[PATH_SIZE];
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
	char path[PATH_SIZE];

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

/* disk_claim(): the file can be written and belongs to one drive alone; nobody
 * opens it meanwhile. Readers share. */
static void test_claim(void **state)
{
	struct disk_image *a, *b;
	g_autoptr(GError) error = NULL;
	char path[PATH_SIZE];

	make_file(path, 8, 512);
	a = disk_open(path, DISK_HARD, false, NULL);
	b = disk_open(path, DISK_HARD, true, NULL);
	assert_non_null(b);
	assert_false(disk_claim(a, &error));
	assert_int_equal(error->code, DISK_ERROR_BUSY);
	g_clear_error(&error);
	disk_free(b);
	assert_true(disk_claim(a, NULL));
	assert_null(disk_open(path, DISK_HARD, true, &error));
	assert_int_equal(error->code, DISK_ERROR_BUSY);
	g_clear_error(&error);
	/* Another file under that name is left alone. */
	assert_true(disk_write(a, 0, "x", 1));
	unlink(path);
	assert_true(g_file_set_contents(path, "new", 3, NULL));
	assert_false(disk_commit(a, &error));
	assert_non_null(strstr(error->message, "another file"));
	disk_free(a);
	unlink(path);
}

/* Only what is different is written: a hole stays one where a guest wrote zeros. */
static void test_sparse(void **state)
{
	uint8_t zeros[PAGE_SIZE] = {0};
	struct disk_image *d;
	char path[PATH_SIZE];
	struct stat st;

	make_file(path, 0, 512);
	assert_int_equal(truncate(path, 1 << 20), 0);
	d = disk_open(path, DISK_HARD, false, NULL);
	for (unsigned n = 0; n < 256; n++)
		assert_true(disk_write(d, n * PAGE_SIZE, zeros, PAGE_SIZE));
	assert_false(disk_changed(d));
	assert_true(disk_write(d, 100 * PAGE_SIZE + 5, "x", 1));
	assert_true(disk_changed(d));
	assert_true(disk_commit(d, NULL));
	assert_false(disk_changed(d));
	disk_free(d);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_size, 1 << 20);
	assert_true(st.st_blocks * 512 <= 64 * 1024);
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
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_image_errors), cmocka_unit_test(test_overlay),
		cmocka_unit_test(test_short_floppy), cmocka_unit_test(test_claim),
		cmocka_unit_test(test_sparse),       T(test_validate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
