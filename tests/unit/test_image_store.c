/* The store of guest images: adding, finding, pins, damage, forgetting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/lab/image_store.h"
#include "topology/topology.h"

/* By sha256sum of a kernel "K", an initrd "I" and CMDLINE, as image_store.h says. */
#define HASH_K_I "36335fb10184d9e094e73b5f2db9ea600012d0096112ec58f6466f8fb1069230"
#define CMDLINE "quiet \"x\""

/* GLib reads XDG_CACHE_HOME once: one folder, emptied after each test. */
static int empty(void **state)
{
	g_autofree char *command = g_strdup_printf("rm -rf '%s'", g_get_user_cache_dir());

	return system(command);
}

/* A folder with these files, as a recipe leaves it. */
static char *made(const char *kernel, const char *initrd)
{
	char *out = g_build_filename(g_get_user_cache_dir(), "out", NULL);
	g_autofree char *k = g_build_filename(out, "vmlinuz", NULL), *i = g_build_filename(out, "initrd", NULL);

	g_mkdir_with_parents(out, 0777);
	assert_true(g_file_set_contents(k, kernel, -1, NULL));
	assert_true(g_file_set_contents(i, initrd, -1, NULL));
	return out;
}

static struct image *add(const char *name, const char *kernel, const char *initrd)
{
	g_autofree char *out = made(kernel, initrd);
	struct image *image = image_store_add(name, out, CMDLINE, "a 1\nb \t2\n", NULL);

	assert_non_null(image);
	return image;
}

static void expect_error(struct image *image, GError **error, int code, const char *text)
{
	assert_null(image);
	assert_true(g_error_matches(*error, IMAGE_ERROR, code));
	assert_non_null(strstr((*error)->message, text));
	g_clear_error(error);
}

static void empty_store(void **state)
{
	GError *error = NULL;
	g_autoptr(GPtrArray) all = image_store_list();

	assert_int_equal(all->len, 0);
	expect_error(image_store_find("debian", NULL, &error), &error, IMAGE_ERROR_MISSING,
		     "lanyard image build debian");
}

static void names(void **state)
{
	GError *error = NULL;

	assert_true(image_name_ok("debian") && image_name_ok("my-image_2.0"));
	assert_false(image_name_ok("") || image_name_ok("..") || image_name_ok("a/b") || image_name_ok(".new") ||
		     image_name_ok("A") || image_name_ok("a b"));
	assert_true(image_hash_ok(HASH_K_I));
	assert_false(image_hash_ok("12") || image_hash_ok(HASH_K_I "0"));
	expect_error(image_store_find("../etc", NULL, &error), &error, IMAGE_ERROR_NAME, "../etc");
	expect_error(image_store_find("debian", "../..", &error), &error, IMAGE_ERROR_NAME, "sha256:");
}

static void add_and_find(void **state)
{
	struct image *one = add("one", "K", "I"), *found = image_store_find("one", NULL, NULL);
	g_autofree char *text = NULL;

	assert_string_equal(one->hash, HASH_K_I);
	assert_non_null(found);
	assert_string_equal(found->hash, HASH_K_I);
	assert_string_equal(found->cmdline, CMDLINE);
	assert_string_equal(found->versions, "a 1\nb \t2\n");
	assert_int_equal(found->size, 2);
	assert_true(found->current);
	assert_true(g_file_get_contents(found->kernel, &text, NULL, NULL));
	assert_string_equal(text, "K");
	image_free(found);
	image_free(one);
}

/* The same bytes again are the same image; others become the current one. */
static void current_and_forget(void **state)
{
	struct image *one = add("one", "K", "I"), *two = add("one", "K", "other"), *again;
	g_autoptr(GPtrArray) all = image_store_list();

	assert_int_equal(all->len, 2);
	assert_string_not_equal(one->hash, two->hash);
	again = image_store_find("one", NULL, NULL);
	assert_string_equal(again->hash, two->hash);
	assert_true(image_store_forget(again, NULL));
	image_free(again);
	again = image_store_find("one", NULL, NULL); /* the one that is left */
	assert_string_equal(again->hash, one->hash);
	assert_true(image_store_forget(again, NULL));
	image_free(again);
	assert_null(image_store_find("one", NULL, NULL));
	image_free(one);
	image_free(two);
}

static void pins(void **state)
{
	GError *error = NULL;
	struct image *one = add("one", "K", "I"), *pinned = image_store_find("one", HASH_K_I, NULL);
	g_autofree char *other = g_strnfill(64, 'a');

	assert_non_null(pinned);
	image_free(pinned);
	expect_error(image_store_find("one", other, &error), &error, IMAGE_ERROR_MISSING, other);
	/* other bytes under the demanded name are noticed */
	assert_true(g_file_set_contents(one->initrd, "J", -1, NULL));
	expect_error(image_store_find("one", HASH_K_I, &error), &error, IMAGE_ERROR_BAD, "are not the image");
	/* and building it again repairs it */
	image_free(add("one", "K", "I"));
	assert_true(image_store_verify(one, NULL));
	image_free(one);
}

static void damaged(void **state)
{
	/* clang-format off */
	static const char *const bad[] = {
		"", "[]", "{", "{\"format\": \"1\"}", "{\"format\": \"2\", \"cmdline\": \"x\"}", "{\"format\": 1, \"cmdline\": \"x\"}",
		"{\"format\": \"1\", \"cmdline\": \"a\\nb\"}", "\xff\xfe",
	};
	/* clang-format on */
	GError *error = NULL;
	struct image *one = add("one", "K", "I");
	g_autofree char *json = g_build_filename(one->folder, "image.json", NULL);

	for (unsigned n = 0; n < G_N_ELEMENTS(bad); n++) {
		assert_true(g_file_set_contents(json, bad[n], -1, NULL));
		expect_error(image_store_find("one", NULL, &error), &error, IMAGE_ERROR_BAD, "image.json");
	}
	image_free(add("one", "K", "I"));
	assert_return_code(g_unlink(one->kernel), 0);
	assert_return_code(symlink("/etc/passwd", one->kernel), 0);
	expect_error(image_store_find("one", NULL, &error), &error, IMAGE_ERROR_BAD, "missing");
	image_free(one);
}

static void refused(void **state)
{
	GError *error = NULL;
	g_autofree char *out = made("K", "I"), *kernel = g_build_filename(out, "vmlinuz", NULL);

	expect_error(image_store_add("a/b", out, "x", "", &error), &error, IMAGE_ERROR_NAME, "a/b");
	expect_error(image_store_add("a", out, "x\ny", "", &error), &error, IMAGE_ERROR_BAD, "one line");
	assert_return_code(g_unlink(kernel), 0);
	assert_return_code(symlink("/etc/passwd", kernel), 0);
	expect_error(image_store_add("a", out, "x", "", &error), &error, IMAGE_ERROR_BAD, "expected vmlinuz");
}

/* What topology/ says of a lab whose PC has this image; g_free() it. */
static char *lint(const char *image)
{
	g_autofree char *file = g_build_filename(g_get_user_cache_dir(), "lab.yaml", NULL);
	g_autofree char *text = g_strdup_printf("version: 1\nlab: x\nvlans: {l: 1}\n"
						"pcs: {a: {image: %s, nics: {e: {vlan: l, ip: [dhcp]}}}}\n",
						image);
	struct topology_report report;
	char *said;

	g_file_set_contents(file, text, -1, NULL);
	topology_report_init(&report);
	plan_free(topology_load(file, &report));
	said = topology_report_text(&report);
	topology_report_clear(&report);
	return said;
}

/* A lab may use what was built from a teacher's own recipe. */
static void labs_use_stored_images(void **state)
{
	g_autofree char *missing = NULL, *right = NULL, *pinned = NULL, *near = NULL;
	struct image *image = add("teach", "K", "I");

	missing = lint("other");
	assert_non_null(strstr(missing, "there is no image 'other': expected 'debian', one of `images`, or one that "));
	right = lint("teach");
	assert_string_equal(right, "");
	pinned = lint("teach@sha256:" HASH_K_I);
	assert_string_equal(pinned, "");
	near = lint("taech");
	assert_non_null(strstr(near, "there is no image 'taech'; did you mean 'teach'?"));
	image_free(image);
}

int main(void)
{
	char *base = g_dir_make_tmp("lanyard-store-XXXXXX", NULL);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(empty_store, empty),
		cmocka_unit_test_teardown(names, empty),
		cmocka_unit_test_teardown(add_and_find, empty),
		cmocka_unit_test_teardown(current_and_forget, empty),
		cmocka_unit_test_teardown(pins, empty),
		cmocka_unit_test_teardown(damaged, empty),
		cmocka_unit_test_teardown(refused, empty),
		cmocka_unit_test_teardown(labs_use_stored_images, empty),
	};
	int failed;

	if (!base)
		return 1;
	g_setenv("XDG_CACHE_HOME", base, TRUE);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	g_free(base);
	return failed;
}
