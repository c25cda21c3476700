/* Multiboot kernels: header, modules, hostile files. */
#include "engine/boot/kernel_multiboot.h"
#include "tests/unit/kernel_files.h"

static void put_multiboot(uint8_t *p, uint32_t flags)
{
	put_le32(p, 0x1badb002);
	put_le32(p + 4, flags);
	put_le32(p + 8, 0u - 0x1badb002u - flags);
}

static void test_multiboot_header(void **state)
{
	struct blob b = blob_new(16384);

	assert_int_equal(multiboot_find_header(blob_bytes(b)), -1);
	put_multiboot(b.data + 8192, 0);
	assert_int_equal(multiboot_find_header(blob_bytes(b)), -1);
	put_multiboot(b.data + 8190 - 12, 0); /* not aligned */
	assert_int_equal(multiboot_find_header(blob_bytes(b)), -1);
	put_multiboot(b.data + 8192 - 12, 3);
	assert_int_equal(multiboot_find_header(blob_bytes(b)), 8180);
	b.data[8184] = 1; /* the checksum no longer fits */
	assert_int_equal(multiboot_find_header(blob_bytes(b)), -1);
	b.size = 8;
	put_multiboot(b.data, 0);
	assert_int_equal(multiboot_find_header(blob_bytes(b)), -1);
	g_free(b.data);
}

/* A flat file at 1 MiB whose header is at offset 0x20. */
static struct blob make_kludge(uint32_t load_end, uint32_t bss_end)
{
	struct blob b = blob_new(0x400);
	uint8_t *h = b.data + 0x20;

	put_multiboot(h, 0x10007);
	put_le32(h + 12, 0x100010); /* header_addr: the file's first 16 bytes are not loaded */
	put_le32(h + 16, 0x100000);
	put_le32(h + 20, load_end);
	put_le32(h + 24, bss_end);
	put_le32(h + 28, 0x100040);
	return b;
}

static void test_multiboot_kludge(void **state)
{
	struct blob b = make_kludge(0x100200, 0x108000);
	struct kernel *k = open_blob(b, NULL, "x y", NULL);
	struct boot_facts facts;
	struct boot_plan p;
	const uint8_t *mbi, *map;

	assert_ptr_equal(k->kind, &kernel_multiboot);
	boot_facts_guess(&facts, 16 * MIB);
	assert_true(kernel_plan(k, &facts, &p, NULL));
	assert_int_equal(p.entry.rip, 0x100040);
	assert_int_equal(p.entry.rax, 0x2badb002);
	assert_int_equal(get_le32(written(&p, 0x100010, 0x1f0)), 0x1badb002);
	mbi = written(&p, p.entry.rbx, 116);
	assert_int_equal(get_le32(mbi), 0x1 | 0x4 | 0x8 | 0x40 | 0x200 | 0x1000);
	assert_int_equal(get_le32(mbi + 4), 639);
	assert_int_equal(get_le32(mbi + 8), 14 * 1024);
	assert_string_equal(written(&p, get_le32(mbi + 16), 11), "kernel x y");
	map = written(&p, get_le32(mbi + 48), get_le32(mbi + 44));
	assert_int_equal(get_le32(map), 20);
	assert_int_equal(get_le64(map + 12), 0x9fc00);
	assert_string_equal(written(&p, get_le32(mbi + 64), 8), "lanyard");
	boot_plan_free(&p);
	kernel_free(k);
	g_free(b.data);
}

static void test_multiboot_hostile(void **state)
{
	/* clang-format off */
	static const struct { uint32_t offset, value; const char *text; } rows[] = {
		{ 12, 0x100030, "load_addr" }, { 16, 0x100011, "load_addr" }, { 20, 0x100800, "load_end_addr" },
		{ 20, 0xfffff, "load_end_addr" }, { 24, 0x100100, "bss_end_addr" }, { 28, 0x108000, "entry_addr" },
		{ 28, 0, "entry_addr" },
	};
	/* clang-format on */

	for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
		struct blob b = make_kludge(0x100200, 0x108000);

		put_le32(b.data + 0x20 + rows[n].offset, rows[n].value);
		expect_error(b, rows[n].text);
		put_multiboot(b.data + 0x20, 0x10008);
		expect_error(b, "feature");
		put_multiboot(b.data + 0x20, 0);
		expect_error(b, "ELF");
		b.size = 0x20 + 12;
		put_multiboot(b.data + 0x20, 0x10000);
		expect_error(b, "truncated");
		g_free(b.data);
	}
}

static void test_multiboot_modules(void **state)
{
	uint8_t bytes[5000] = {1};
	struct blob b = make_kludge(0, 0x208000), module = {bytes, sizeof(bytes)};
	char *one = write_file("one", module), *two = write_file("two,2", module), *text;
	g_autofree char *dir = g_path_get_dirname(one);
	g_autofree char *list = g_strdup_printf("%s a b,%s/two,,2", one, dir);
	g_autofree char *missing = g_strdup_printf("%s,", one);
	struct kernel *k = open_blob(b, list, NULL, NULL);
	struct boot_facts facts;
	struct boot_plan p;
	const uint8_t *mbi, *mods;

	assert_non_null(k);
	boot_facts_guess(&facts, 16 * MIB);
	assert_true(kernel_plan(k, &facts, &p, NULL));
	mbi = written(&p, p.entry.rbx, 116);
	assert_int_equal(get_le32(mbi + 20), 2);
	mods = written(&p, get_le32(mbi + 24), 32);
	assert_int_equal(get_le32(mods), 0x208000);
	assert_int_equal(get_le32(mods + 4), 0x208000 + sizeof(bytes));
	assert_string_equal(written(&p, get_le32(mods + 8), 8), "one a b");
	assert_int_equal(get_le32(mods + 16), 0x20a000);
	assert_string_equal(written(&p, get_le32(mods + 24), 6), "two,2");
	boot_plan_free(&p);
	kernel_free(k);
	assert_null(open_blob(b, missing, NULL, &text));
	assert_says(text, "expected at most");
	g_free(text);
	remove_file(one);
	remove_file(two);
	g_free(b.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_multiboot_header),
		cmocka_unit_test(test_multiboot_kludge),
		cmocka_unit_test(test_multiboot_hostile),
		cmocka_unit_test(test_multiboot_modules),
	};

	return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
