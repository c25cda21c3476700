/* Starting a kernel: messages about files that are none, the option ROM, and the
 * hand-over from a BIOS. */
#include "engine/pc/fw_cfg.h"
#include "engine/boot/optrom.h"
#include "engine/pc/pc.h"
#include "tests/unit/kernel_files.h"

/* ---- messages ---- */

static void test_not_a_kernel(void **state)
{
	/* clang-format off */
	static const struct { unsigned at; const char *bytes, *what; } rows[] = {
		{ 0, "hello", "unknown data" }, { 0, "MZ", "Windows or EFI" }, { 0x8001, "CD001", "--cdrom" },
		{ 0x1fe, "\x55\xaa", "--floppy" }, { 0, "070701", "--initrd" }, { 0, "#!/bin/sh", "a script" },
		{ 0, "\x1f\x8b\x08", "gzip data end too early" },
	};
	/* clang-format on */
	g_autoptr(GError) error = NULL;

	for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
		struct blob b = blob_new(n == ARRAY_LEN(rows) - 1 ? 8 : 0x9000);

		memcpy(b.data + rows[n].at, rows[n].bytes, strlen(rows[n].bytes));
		expect_error(b, rows[n].what);
		g_free(b.data);
	}
	expect_error((struct blob){(uint8_t *)"", 0}, "is empty");
	assert_null(kernel_open("/nonexistent/vmlinuz", NULL, NULL, true, &error));
	assert_string_equal(error->message, "/nonexistent/vmlinuz: No such file or directory");
	g_clear_error(&error);
	assert_null(kernel_open("/tmp", NULL, NULL, true, &error));
	assert_string_equal(error->message, "/tmp: is a directory, expected a file");
}

static void test_config_errors(void **state)
{
	/* clang-format off */
	static const struct { struct boot_config cfg; const char *text; } rows[] = {
		{ { .bios = "/nonexistent" }, "/nonexistent: No such file" },
		{ { .initrd = "x" }, "initrd: expected a kernel" },
		{ { .append = "x" }, "append: expected a kernel" },
	};
	/* clang-format on */

	for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
		g_autoptr(GError) error = NULL;
		struct board *b = board_new(16 * MIB);

		assert_false(boot_prepare(b, &rows[n].cfg, &error));
		if (!strstr(error->message, rows[n].text))
			fail_msg("'%s' does not say '%s'", error->message, rows[n].text);
		board_free(b);
	}
}

/* ---- the option ROM and the hand-over ---- */

static void test_optrom(void **state)
{
	uint8_t rom[OPTROM_SIZE], sum = 0, pnp = 0;

	optrom_build(rom);
	assert_int_equal(get_le16(rom), 0xaa55);
	assert_int_equal(rom[2], 1);
	for (unsigned n = 0; n < OPTROM_SIZE; n++)
		sum = (uint8_t)(sum + rom[n]);
	assert_int_equal(sum, 0);
	assert_memory_equal(rom + get_le16(rom + 0x1a), "$PnP", 4);
	for (unsigned n = 0; n < 32; n++)
		pnp = (uint8_t)(pnp + rom[get_le16(rom + 0x1a) + n]);
	assert_int_equal(pnp, 0);
	assert_int_equal(rom[get_le16(rom + get_le16(rom + 0x1a) + 0x1a)], 0xb8);
}

/* A BIOS of our own: INT 15h answers E820 with one range of RAM, units times
 * 16 MiB; then it runs the option ROM's code, which it has at F000:1040. */
static struct blob make_bios(uint8_t units)
{
	static const uint8_t start[] = {
		0x31, 0xc0,                               /* xor ax, ax */
		0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x70, /* mov ds, ax; mov ss, ax; mov sp, 0x7000 */
		0xc7, 0x06, 0x54, 0x00, 0x00, 0x02,       /* mov word [4*0x15], 0x200 */
		0xc7, 0x06, 0x56, 0x00, 0x00, 0xf0,       /* mov word [4*0x15+2], 0xf000 */
		0xc7, 0x06, 0x40, 0x00, 0x00, 0x03,       /* mov word [4*0x10], 0x300 */
		0xc7, 0x06, 0x42, 0x00, 0x00, 0xf0, 0xc7, 0x06, 0x60, 0x00, 0x10, 0x03, /* mov word [4*0x18], 0x310 */
		0xc7, 0x06, 0x62, 0x00, 0x00, 0xf0, 0xea, 0x40, 0x00, 0x00, 0xf1,       /* jmp f100:0040 */
	};
	static const uint8_t int15[] = {
		0x66, 0x26, 0xc7, 0x05, 0,   0,   0, 0, /* mov dword es:[di], 0 */
		0x66, 0x26, 0xc7, 0x45, 4,   0,   0, 0, 0, 0x66, 0x26, 0xc7, 0x45, 8,  0, 0, 0, 0, /* size: its fourth
												      byte is set below
												    */
		0x66, 0x26, 0xc7, 0x45, 12,  0,   0, 0, 0, 0x66, 0x26, 0xc7, 0x45, 16, 1, 0, 0, 0, 0x66,
		0x31, 0xdb,                       /* xor ebx, ebx: the last */
		0x66, 0xb8, 'P',  'A',  'M', 'S', /* mov eax, 'SMAP' */
		0xcf,                             /* iret */
	};
	static const uint8_t int10[] = {0xe6, 0xe9, 0xcf}; /* out 0xe9, al; iret */
	static const uint8_t int18[] = {0xfa, 0xf4};       /* cli; hlt */
	static const uint8_t reset[] = {0xea, 0x00, 0x00, 0x00, 0xf0};
	struct blob b = blob_new(0x10000);

	memcpy(b.data, start, sizeof(start));
	memcpy(b.data + 0x200, int15, sizeof(int15));
	b.data[0x200 + 8 + 9 + 5 + 3] = units;
	memcpy(b.data + 0x300, int10, sizeof(int10));
	memcpy(b.data + 0x310, int18, sizeof(int18));
	optrom_build(b.data + 0x1000);
	memcpy(b.data + 0xfff0, reset, sizeof(reset));
	return b;
}

static void byte_out(void *opaque, unsigned unit, uint8_t byte)
{
	if (unit == 0xe9)
		g_string_append_c(opaque, (char)byte);
}

/* Starts kernel on the BIOS above; what it says on port 0xe9. */
static GString *run_kernel(struct blob kernel, uint8_t units, bool twice)
{
	struct blob bios = make_bios(units);
	char *bios_path = write_file("bios", bios), *path = write_file("kernel", kernel);
	struct boot_config cfg = {.bios = bios_path, .vgabios = "none", .kernel = path, .append = "hi"};
	struct board *b = board_new(32 * MIB);
	GString *text = g_string_new(NULL);
	g_autoptr(GError) error = NULL;

	b->host.opaque = text;
	b->host.byte_out = byte_out;
	if (!boot_prepare(b, &cfg, &error))
		fail_msg("%s", error->message);
	board_run(b, 1000000);
	assert_null(boot_port_validate(b));
	if (twice) {
		assert_int_equal(b->pc->boot.armed, 0);
		board_reset(b);
		assert_int_equal(b->pc->boot.armed, 1);
		board_run(b, 2000000);
	}
	board_free(b);
	remove_file(bios_path);
	remove_file(path);
	g_free(bios.data);
	return text;
}

static void test_hand_over_32(void **state)
{
	/* clang-format off */
	static const uint8_t code[] = {
		0x02, 0xb0, 0xad, 0x1b, 0, 0, 0, 0, 0xfe, 0x4f, 0x52, 0xe4, /* Multiboot header */
		0x3d, 0x02, 0xb0, 0xad, 0x2b,             /* entry: cmp eax, 0x2badb002 */
		0x75, 0x0b,                               /* jne end */
		0x8b, 0x73, 0x10,                         /* mov esi, [ebx+16]: command line */
		0xac, 0xe6, 0xe9,                         /* lodsb; out 0xe9, al */
		0x84, 0xc0, 0x75, 0xf9,                   /* test al, al; jnz lodsb */
		0xeb, 0x00, 0xfa, 0xf4,                   /* end: cli; hlt */
	};
	/* clang-format on */
	struct blob elf = make_elf32(0x100000, code, sizeof(code));
	GString *text;

	put_le32(elf.data + offsetof(Elf32_Ehdr, e_entry), 0x10000c);
	text = run_kernel(elf, 2, true);
	assert_int_equal(text->len, 2 * sizeof("kernel hi"));
	assert_string_equal(text->str, "kernel hi");
	assert_string_equal(text->str + sizeof("kernel hi"), "kernel hi");
	g_string_free(text, TRUE);
	g_free(elf.data);
}

static void test_hand_over_64(void **state)
{
	/* clang-format off */
	static const uint8_t code[] = {
		0x8b, 0xb6, 0x28, 0x02, 0x00, 0x00,       /* mov esi, [rsi+0x228]: cmd_line_ptr */
		0x48, 0xbf, 0, 0, 0, 0, 1, 0, 0, 0,       /* mov rdi, 1 << 32: 64-bit mode only */
		0x48, 0xc1, 0xef, 0x20,                   /* shr rdi, 32 */
		0x8d, 0x47, '0' - 1,                      /* lea eax, [rdi+'0'-1] */
		0xe6, 0xe9,                               /* out 0xe9, al */
		0xac, 0xe6, 0xe9,                         /* lodsb; out 0xe9, al */
		0x84, 0xc0, 0x75, 0xf9,                   /* test al, al; jnz lodsb */
		0xfa, 0xf4,                               /* cli; hlt */
	};
	/* clang-format on */
	struct blob elf = make_elf64(sizeof(code), 4096), image;
	GString *text;

	memcpy(elf.data + 0x1000, code, sizeof(code));
	image = make_bzimage(add_length(pack_xz(elf), (uint32_t)elf.size, false));
	text = run_kernel(image, 2, true);
	assert_int_equal(text->len, 2 * sizeof("0hi"));
	assert_string_equal(text->str, "0hi");
	g_string_free(text, TRUE);
	/* The BIOS says that there are 16 MiB only: the ROM reports it. */
	text = run_kernel(image, 1, false);
	assert_non_null(strstr(text->str, "does not fit in memory"));
	g_string_free(text, TRUE);
	g_free(image.data);
	g_free(elf.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_not_a_kernel), cmocka_unit_test(test_config_errors),
		cmocka_unit_test(test_optrom),       cmocka_unit_test(test_hand_over_32),
		cmocka_unit_test(test_hand_over_64),
	};

	return cmocka_run_group_tests(tests, make_scratch, remove_scratch);
}
