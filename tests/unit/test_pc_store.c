/* PCs kept on disk: what comes back is what was stored, its pages shared and copied
 * when written; whatever is cut, damaged, foreign or not ours to trust is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/lab/pc_store.h"
#include "engine/pc/pc.h"
#include "engine/pc/pc_state.h"

#define RAM (8ull << 20)
#define LABEL "image test -\nbuild program 1\nmemory 8\n"
#define PLENTY (1ull << 30)

/* GLib reads XDG_CACHE_HOME once: one folder, emptied after each test. */
static int empty(void **state)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", g_get_user_cache_dir());

	return system(command);
}

static struct board *sample(uint8_t byte)
{
	struct board *b = board_new(RAM);

	for (uint64_t at = 0; at < RAM; at += 5 * PAGE_SIZE)
		mem_dma_write(&b->mem, at + at % 4000, &byte, 1);
	b->pc->cpu.reg[RBX] = byte;
	return b;
}

static void store(const char *label, uint8_t byte, uint64_t limit)
{
	struct board *b = sample(byte);

	assert_true(pc_store_add(label, b, limit, NULL));
	board_free(b);
}

static void assert_same(struct board *a, struct board *b)
{
	uint8_t x[PC_HASH_BYTES], y[PC_HASH_BYTES];

	board_hash(a, x);
	board_hash(b, y);
	assert_memory_equal(x, y, sizeof(x));
}

static char *only_path(void)
{
	g_autoptr(GPtrArray) rows = pc_store_list("");

	assert_int_equal(rows->len, 1);
	return g_strdup(((struct pc_store_row *)rows->pdata[0])->path);
}

static void test_round_trip(void **state)
{
	struct board *original = sample(7), *b = board_new(RAM), *clone;
	struct pc_value *v;
	uint8_t byte = 99, seen;

	assert_null(pc_store_open(LABEL, NULL));
	store(LABEL, 7, PLENTY);
	v = pc_store_open(LABEL, NULL);
	assert_non_null(v);
	assert_true(pc_value_load(v, b, NULL));
	assert_same(original, b);
	clone = board_clone(b);
	mem_dma_write(&clone->mem, 100, &byte, 1); /* a copy: the mapping is read-only */
	mem_dma_read(&b->mem, 100, &seen, 1);
	assert_int_equal(seen, 0);
	assert_same(original, b);
	board_free(clone);
	board_free(b);
	board_free(original);
	pc_value_close(v);
}

/* Each byte of header, label and fields, and one of each page. */
static void test_damage(void **state)
{
	g_autofree char *path = NULL, *bytes = NULL;
	gsize size;

	store(LABEL, 1, PLENTY);
	path = only_path();
	assert_true(g_file_get_contents(path, &bytes, &size, NULL));
	for (gsize at = 0; at < size; at += at < 64 ? 1 : 977) {
		g_autoptr(GError) error = NULL;
		FILE *f = fopen(path, "r+b");

		if ((at >= 28 && at < 32) || (at >= 48 && at < PAGE_SIZE)) { /* unused room of the header */
			fclose(f);
			continue;
		}
		assert_non_null(f);
		fseek(f, (long)at, SEEK_SET);
		fputc(bytes[at] ^ 0x10, f);
		fflush(f);
		assert_null(pc_store_open(LABEL, &error));
		assert_non_null(error);
		fseek(f, (long)at, SEEK_SET);
		fputc(bytes[at], f);
		fclose(f);
	}
}

static void test_cut(void **state)
{
	g_autofree char *path = NULL;
	const long sizes[] = {0, 1, 4095, 4096, 20000};

	store(LABEL, 1, PLENTY);
	path = only_path();
	for (unsigned n = G_N_ELEMENTS(sizes); n-- > 0;) {
		g_autoptr(GError) error = NULL;

		assert_int_equal(truncate(path, sizes[n]), 0);
		assert_null(pc_store_open(LABEL, &error));
		assert_non_null(error);
	}
}

static void test_trust(void **state)
{
	g_autofree char *path = NULL;
	GError *error = NULL;

	store(LABEL, 1, PLENTY);
	path = only_path();
	assert_int_equal(g_chmod(path, 0666), 0);
	assert_null(pc_store_open(LABEL, &error));
	assert_non_null(strstr(error->message, "may be written by others"));
	g_clear_error(&error);
	if (!geteuid()) {
		assert_int_equal(g_chmod(path, 0600), 0);
		assert_int_equal(chown(path, 12345, 0), 0);
		assert_null(pc_store_open(LABEL, &error));
		assert_non_null(strstr(error->message, "belongs to somebody else"));
		g_clear_error(&error);
	}
	g_unlink(path);
	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_null(pc_store_open(LABEL, &error));
	assert_non_null(error);
	g_clear_error(&error);
}

/* A file with another PC's name. */
static void test_foreign(void **state)
{
	g_autofree char *path = NULL, *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, "other\n", -1);
	g_autofree char *folder = NULL, *name = g_strconcat(key, ".pc", NULL), *other = NULL;
	g_autoptr(GError) error = NULL;

	store(LABEL, 1, PLENTY);
	path = only_path();
	folder = g_path_get_dirname(path);
	other = g_build_filename(folder, name, NULL);
	assert_int_equal(g_rename(path, other), 0);
	assert_null(pc_store_open("other\n", &error));
	assert_non_null(strstr(error->message, "another PC"));
}

/* A PC of less memory does not take it. */
static void test_misfit(void **state)
{
	struct board *b = board_new(RAM / 2);
	g_autoptr(GError) error = NULL;
	struct pc_value *v;

	store(LABEL, 1, PLENTY);
	v = pc_store_open(LABEL, NULL);
	assert_false(pc_value_load(v, b, &error));
	assert_non_null(error);
	board_free(b);
	pc_value_close(v);
}

static void test_limit(void **state)
{
	g_autofree char *label[3] = {NULL};
	uint64_t size;

	for (unsigned n = 0; n < 3; n++) {
		g_autoptr(GPtrArray) rows = NULL;

		label[n] = g_strdup_printf("%s%u\n", LABEL, n);
		store(label[n], (uint8_t)n, PLENTY);
		rows = pc_store_list("");
		assert_int_equal(rows->len, n + 1);
		size = ((struct pc_store_row *)rows->pdata[0])->bytes;
	}
	store(label[2], 2, size); /* room for one: the newest */
	for (unsigned n = 0; n < 3; n++) {
		struct pc_value *v = pc_store_open(label[n], NULL);

		assert_true((v != NULL) == (n == 2));
		pc_value_close(v);
	}
}

static void test_forget(void **state)
{
	g_autoptr(GPtrArray) rows = NULL;

	store("image a -\nbuild 1\n", 1, PLENTY);
	store("image ab -\nbuild 1\n", 1, PLENTY);
	assert_true(pc_store_forget("image a ", NULL));
	rows = pc_store_list("");
	assert_int_equal(rows->len, 1);
	assert_string_equal(((struct pc_store_row *)rows->pdata[0])->label, "image ab -\nbuild 1\n");
}

/* What a killed writer left goes with the next one's work. */
static void test_left(void **state)
{
	g_autofree char *path = NULL, *left = NULL;

	store(LABEL, 1, PLENTY);
	path = only_path();
	left = g_strconcat(path, ".part-abcdef", NULL);
	assert_true(g_file_set_contents(left, "x", 1, NULL));
	store(LABEL, 1, PLENTY);
	assert_int_equal(access(left, F_OK), -1);
	assert_int_equal(access(path, F_OK), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_round_trip, empty), cmocka_unit_test_teardown(test_damage, empty),
		cmocka_unit_test_teardown(test_cut, empty),        cmocka_unit_test_teardown(test_trust, empty),
		cmocka_unit_test_teardown(test_foreign, empty),    cmocka_unit_test_teardown(test_misfit, empty),
		cmocka_unit_test_teardown(test_limit, empty),      cmocka_unit_test_teardown(test_forget, empty),
		cmocka_unit_test_teardown(test_left, empty),
	};
	char folder[] = "/tmp/lanyard-test-XXXXXX";
	int failed;

	if (!mkdtemp(folder))
		return 1;
	g_setenv("XDG_CACHE_HOME", folder, TRUE);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	rmdir(folder);
	return failed;
}
