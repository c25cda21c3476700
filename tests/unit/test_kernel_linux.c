/* Linux kernels and plain ELF files: headers (also hostile ones), what is placed
 * where, the zero page, real-mode starts. */
#include "engine/boot/kernel_linux.h"
#include "engine/pc/pc.h"
#include "tests/unit/kernel_files.h"

/* ---- ELF ---- */

static void expect_elf_error(struct blob b, const char *part)
{
	g_autoptr(GError) error = NULL;
	struct kernel_elf e;

	assert_false(kernel_elf_parse(&e, blob_bytes(b), &error));
	if (!strstr(error->message, part))
		fail_msg("'%s' does not say '%s'", error->message, part);
}

static void put_ph(struct blob b, size_t field, uint64_t v)
{
	put_le64(b.data + sizeof(Elf64_Ehdr) + field, v);
}

static void test_elf_hostile(void **state)
{
	struct blob good = make_elf64(0x100, 0x200), b = blob_new(good.size);
	struct kernel_elf e;
	uint64_t entry;

	assert_true(kernel_elf_parse(&e, blob_bytes(good), NULL));
	assert_int_equal(e.high - e.low, 0x200);
	assert_true(kernel_elf_entry(&e, false, &entry));
	assert_int_equal(entry, KERNEL_AT);
	e.entry = 0xffffffff81000010;
	assert_false(kernel_elf_entry(&e, false, &entry));
	assert_true(kernel_elf_entry(&e, true, &entry));
	assert_int_equal(entry, KERNEL_AT + 0x10);
#define AGAIN memcpy(b.data, good.data, good.size)
	AGAIN;
	b.size = 40;
	expect_elf_error(b, "incomplete");
	b.size = sizeof(Elf64_Ehdr) + 8;
	expect_elf_error(b, "incomplete");
	b.size = 0x10ff;
	expect_elf_error(b, "truncated");
	b.size = good.size;
	put_le64(b.data + offsetof(Elf64_Ehdr, e_phoff), UINT64_MAX - 8);
	expect_elf_error(b, "incomplete");
	AGAIN;
	put_le16(b.data + offsetof(Elf64_Ehdr, e_machine), EM_AARCH64);
	expect_elf_error(b, "another processor");
	AGAIN;
	put_le16(b.data + offsetof(Elf64_Ehdr, e_phnum), 0);
	expect_elf_error(b, "no program headers");
	AGAIN;
	put_ph(b, offsetof(Elf64_Phdr, p_offset), UINT64_MAX);
	expect_elf_error(b, "truncated");
	AGAIN;
	put_ph(b, offsetof(Elf64_Phdr, p_memsz), 0x80);
	expect_elf_error(b, "larger in the file");
	put_ph(b, offsetof(Elf64_Phdr, p_memsz), UINT64_MAX);
	expect_elf_error(b, "above 4 GiB");
	AGAIN;
	put_ph(b, offsetof(Elf64_Phdr, p_paddr), 0xffffff00);
	expect_elf_error(b, "above 4 GiB");
	AGAIN;
	put_le32(b.data + sizeof(Elf64_Ehdr), PT_NOTE);
	expect_elf_error(b, "nothing to load");
#undef AGAIN
	g_free(b.data);
	g_free(good.data);
}

/* ---- Linux ---- */

static void check_zero_page(const struct boot_plan *p, const uint8_t *zp)
{
	assert_memory_equal(zp + SETUP_MAGIC, "HdrS", 4);
	assert_int_equal(zp[SETUP_TYPE_OF_LOADER], 0xff);
	assert_int_equal(zp[0x1ef], 0); /* sentinel */
	assert_int_equal(zp[0x1e8], p->facts->map_count);
	assert_int_equal(get_le64(zp + 0x2d0 + 8), 0x9fc00);
	assert_int_equal(get_le32(zp + 0x2d0 + 16), 1);
	assert_int_equal(get_le64(zp + 0x2d0 + 2 * 20), MIB);
}

static void test_linux_direct(void **state)
{
	uint8_t disk[5000];
	struct blob rd = {disk, sizeof(disk)}, image = make_linux();
	char *initrd = write_file("initrd", rd);
	struct kernel *k = open_blob(image, initrd, "console=ttyS0 quiet", NULL);
	struct boot_facts facts;
	struct boot_plan p;
	const uint8_t *zp, *seed, *t;
	uint32_t at;

	assert_non_null(k);
	assert_ptr_equal(k->kind, &kernel_linux_image);
	boot_facts_guess(&facts, 64 * MIB);
	facts.seed = 7;
	assert_true(kernel_plan(k, &facts, &p, NULL));
	assert_int_equal(p.entry.mode, BOOT_MODE_LONG);
	assert_int_equal(p.entry.rip, KERNEL_AT);
	zp = written(&p, p.entry.rsi, 4096);
	check_zero_page(&p, zp);
	assert_string_equal(written(&p, get_le32(zp + SETUP_CMD_LINE_PTR), 20), "console=ttyS0 quiet");
	at = get_le32(zp + SETUP_RAMDISK_IMAGE);
	assert_int_equal(get_le32(zp + SETUP_RAMDISK_SIZE), sizeof(disk));
	assert_int_equal(at, (63 * MIB - sizeof(disk)) & ~4095u); /* below what the BIOS keeps */
	seed = written(&p, get_le64(zp + SETUP_SETUP_DATA), 48);
	assert_int_equal(get_le32(seed + 8), 9);
	assert_int_equal(get_le32(seed + 12), 32);
	/* The 64-bit protocol: flat descriptors 0x10 and 0x18, memory mapped 1:1. */
	assert_int_equal(get_le64(written(&p, p.entry.gdt + 0x10, 8)), 0x00af9b000000ffff);
	assert_int_equal(get_le64(written(&p, p.entry.gdt + 0x18, 8)), 0x00cf93000000ffff);
	t = written(&p, p.entry.cr3, 8);
	t = written(&p, (get_le64(t) & ~0xfffull) + 3 * 8, 8);
	t = written(&p, (get_le64(t) & ~0xfffull) + 511 * 8, 8);
	assert_int_equal(get_le64(t), 0xffe00083);
	boot_plan_free(&p);
	kernel_free(k);
	remove_file(initrd);
	g_free(image.data);
}

static void test_linux_formats(void **state)
{
	for (unsigned n = 0; n < ARRAY_LEN(packers); n++) {
		struct blob elf = make_elf64(5000, 9000);
		struct blob image = make_bzimage(add_length(packers[n].pack(elf), (uint32_t)elf.size, n == 0));
		struct kernel *k = open_blob(image, NULL, NULL, NULL);

		assert_non_null(k);
		assert_ptr_equal(k->kind, &kernel_linux_image);
		kernel_free(k);
		g_free(image.data);
		g_free(elf.data);
	}
}

/* A whole file that is compressed: vmlinux.xz and the like. What is inside is
 * named if it is no kernel. */
static void test_linux_packed_file(void **state)
{
	struct blob elf = make_elf64(5000, 9000), script = {(uint8_t *)"#!/bin/sh\n", 10};

	for (unsigned n = 0; n < ARRAY_LEN(packers); n++) {
		struct blob packed = packers[n].pack(elf), other = packers[n].pack(script);
		struct kernel *k = open_blob(packed, NULL, NULL, NULL);
		g_autofree char *text = g_strdup_printf("but %s data with this inside: a script", packers[n].name);

		assert_non_null(k);
		assert_ptr_equal(k->kind, &kernel_vmlinux);
		kernel_free(k);
		expect_error(other, text);
		packed.size /= 2; /* inside a block, also of LZ4, which has no end mark */
		expect_error(packed, strcmp(packers[n].name, "lzma") ? "data end too early" : "unknown data");
		g_free(packed.data);
		g_free(other.data);
	}
	/* No more than LZMA's magic number; a format of which we only know the name. */
	expect_error((struct blob){(uint8_t *)"\x5d\0\0 text", 8}, "but unknown data");
	expect_error((struct blob){(uint8_t *)"BZh91AY&SY", 10}, "but bzip2 data: unpack it first");
	g_free(elf.data);
}

/* The i386 kernel is entered in protected mode without paging. */
static void test_linux_32(void **state)
{
	static const uint8_t code[64] = {0xf4};
	struct blob elf = make_elf32(KERNEL_AT, code, sizeof(code));
	struct kernel *k = open_blob(elf, NULL, "a", NULL);
	struct boot_facts facts;
	struct boot_plan p;

	assert_non_null(k);
	assert_ptr_equal(k->kind, &kernel_vmlinux);
	boot_facts_guess(&facts, 32 * MIB);
	assert_true(kernel_plan(k, &facts, &p, NULL));
	assert_int_equal(p.entry.mode, BOOT_MODE_FLAT32);
	assert_int_equal(p.entry.rip, KERNEL_AT);
	assert_int_equal(get_le64(written(&p, p.entry.gdt + 0x10, 8)), 0x00cf9b000000ffff);
	check_zero_page(&p, written(&p, p.entry.rsi, 4096));
	boot_plan_free(&p);
	kernel_free(k);
	g_free(elf.data);
}

static void test_linux_memory(void **state)
{
	struct blob image = make_linux(), rd = blob_new(20 * MIB);
	char *initrd = write_file("initrd", rd);
	struct kernel *k = open_blob(image, initrd, NULL, NULL);
	g_autoptr(GError) error = NULL;
	struct boot_facts facts;
	struct boot_plan p;

	boot_facts_guess(&facts, 16 * MIB); /* the kernel wants 2 MiB at 16 MiB */
	assert_false(kernel_plan(k, &facts, &p, &error));
	boot_plan_free(&p);
	assert_string_equal(error->message, "needs 2048 KiB of memory at 0x1000000, but the PC has 15 MiB usable");
	g_clear_error(&error);
	boot_facts_guess(&facts, 32 * MIB); /* 15 MiB below the kernel, 13 above */
	assert_false(kernel_plan(k, &facts, &p, &error));
	boot_plan_free(&p);
	assert_string_equal(error->message, "its initrd of 20480 KiB does not fit beside it: the PC has 31 MiB usable");
	boot_facts_guess(&facts, 40 * MIB);
	assert_true(kernel_plan(k, &facts, &p, NULL));
	boot_plan_free(&p);
	/* A reserved range in the middle of RAM is not used. */
	facts.map[facts.map_count++] = (struct boot_range){20 * MIB, 4096, BOOT_MAP_RESERVED};
	assert_false(kernel_plan(k, &facts, &p, NULL));
	boot_plan_free(&p);
	kernel_free(k);
	remove_file(initrd);
	g_free(rd.data);
	g_free(image.data);
}

static void test_linux_hostile(void **state)
{
	struct blob good = make_linux(), b = blob_new(good.size);
	char *text, *longest = g_strnfill(2048, 'x');
	struct kernel *k;

#define AGAIN memcpy(b.data, good.data, good.size)
	AGAIN;
	b.size = good.size - 20;
	expect_error(b, "is truncated");
	b.size = 0x700;
	expect_error(b, "is truncated");
	b.size = 0x230;
	expect_error(b, "damaged setup header");
	b.size = good.size;
	b.data[SETUP_SECTS] = 200;
	expect_error(b, "200 setup sectors");
	AGAIN;
	put_le32(b.data + SETUP_SYSSIZE, 0xffffffff);
	expect_error(b, "is truncated");
	AGAIN;
	b.data[SETUP_SIZE + PAYLOAD_OFFSET + 100] ^= 1;
	expect_error(b, "damaged payload");
	AGAIN;
	b.data[SETUP_SIZE + PAYLOAD_OFFSET + get_le32(b.data + SETUP_PAYLOAD_LENGTH) - 4] ^= 1;
	expect_error(b, "damaged payload: it unpacks to");
	/* A payload that is not where the header says, or unknown: real mode. */
	for (unsigned n = 0; n < 4; n++) {
		static const uint32_t values[] = {0, 2, 0x7fffffff, 0xffffffff};

		AGAIN;
		put_le32(b.data + (n < 2 ? SETUP_PAYLOAD_LENGTH : SETUP_PAYLOAD_OFFSET), values[n]);
		k = open_blob(b, NULL, NULL, NULL);
		assert_non_null(k);
		assert_ptr_equal(k->kind, &kernel_real);
		kernel_free(k);
	}
	assert_null(open_blob(good, NULL, longest, &text));
	assert_string_equal(text, "takes a command line of at most 2047 characters, not 2048");
#undef AGAIN
	g_free(text);
	g_free(longest);
	g_free(b.data);
	g_free(good.data);
}

/* ---- real mode ---- */

static void test_real_mode(void **state)
{
	struct blob image = make_bzimage(blob_new(1000));
	struct kernel *k = open_blob(image, NULL, "auto", NULL);
	struct boot_facts facts;
	struct boot_plan p;
	const uint8_t *setup;

	assert_ptr_equal(k->kind, &kernel_real);
	assert_true(k->kind->bios_stays);
	boot_facts_guess(&facts, 16 * MIB);
	assert_true(kernel_plan(k, &facts, &p, NULL));
	assert_int_equal(p.entry.mode, BOOT_MODE_REAL);
	assert_int_equal(p.entry.cs, 0x1020);
	assert_int_equal(p.entry.ds, 0x1000);
	assert_int_equal(p.entry.rip, 0);
	setup = written(&p, 0x10000, 0x10000);
	assert_int_equal(setup[SETUP_LOADFLAGS], LOADED_HIGH | CAN_USE_HEAP);
	assert_int_equal(get_le16(setup + SETUP_HEAP_END_PTR), 0xde00);
	assert_int_equal(get_le32(setup + SETUP_CMD_LINE_PTR), 0x1e000);
	assert_string_equal(setup + 0xe000, "auto");
	assert_memory_equal(written(&p, 0x100000, 1000), image.data + SETUP_SIZE, 1000);
	boot_plan_free(&p);
	kernel_free(k);
	/* A zImage: everything low, the command line by its magic number. */
	image.data[SETUP_LOADFLAGS] = 0;
	put_le16(image.data + SETUP_VERSION, 0x201);
	k = open_blob(image, NULL, "auto", NULL);
	assert_true(kernel_plan(k, &facts, &p, NULL));
	assert_int_equal(p.entry.cs, 0x9020);
	setup = written(&p, 0x90000, 0xa000);
	assert_int_equal(get_le16(setup + 0x20), 0xa33f);
	assert_string_equal(setup + get_le16(setup + 0x22), "auto");
	written(&p, 0x10000, 1000);
	boot_plan_free(&p);
	kernel_free(k);
	g_free(image.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf_hostile),   cmocka_unit_test(test_linux_direct),
		cmocka_unit_test(test_linux_formats), cmocka_unit_test(test_linux_packed_file),
		cmocka_unit_test(test_linux_32),      cmocka_unit_test(test_linux_memory),
		cmocka_unit_test(test_linux_hostile), cmocka_unit_test(test_real_mode),
	};

	return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
