/* Starting kernels: decompression, the files' headers (also hostile ones),
 * what is placed where, and the hand-over from a BIOS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#undef PF_W /* cpu.h has the page fault's */
#include <glib/gstdio.h>
#include <lz4.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "engine/pc/board.h"
#include "engine/pc/boot.h"
#include "engine/pc/fw_cfg.h"
#include "engine/pc/kernel.h"
#include "engine/pc/kernel_linux.h"
#include "engine/pc/kernel_multiboot.h"
#include "engine/pc/kernel_real.h"
#include "engine/pc/kernel_unpack.h"
#include "engine/pc/optrom.h"
#include "engine/pc/pc.h"

#define MIB (1ull << 20)
#define KERNEL_AT 0x1000000u

/* ---- making files ---- */

struct blob {
	uint8_t *data;
	size_t size;
};

static struct blob blob_new(size_t size)
{
	return (struct blob){g_malloc0(size ? size : 1), size};
}

static struct bytes blob_bytes(struct blob b)
{
	return (struct bytes){b.data, b.size};
}

static char scratch[] = "/tmp/lanyard-test-boot-XXXXXX"; /* a directory, made by main() */

static char *write_file(const char *name, struct blob b)
{
	char *path = g_build_filename(scratch, name, NULL);

	assert_true(g_file_set_contents(path, (char *)b.data, (gssize)b.size, NULL));
	return path;
}

static void remove_file(char *path)
{
	g_unlink(path);
	g_free(path);
}

/* An ELF with one segment of `size` bytes that loads at KERNEL_AT. */
static struct blob make_elf64(size_t size, uint64_t memory)
{
	struct blob b = blob_new(0x1000 + size);
	Elf64_Ehdr h = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, 1},
			.e_type = ET_EXEC,
			.e_machine = EM_X86_64,
			.e_entry = KERNEL_AT,
			.e_phoff = sizeof(h),
			.e_phentsize = sizeof(Elf64_Phdr),
			.e_phnum = 1};
	Elf64_Phdr p = {.p_type = PT_LOAD,
			.p_offset = 0x1000,
			.p_vaddr = 0xffffffff81000000,
			.p_paddr = KERNEL_AT,
			.p_filesz = size,
			.p_memsz = memory};

	memcpy(b.data, &h, sizeof(h));
	memcpy(b.data + sizeof(h), &p, sizeof(p));
	for (size_t n = 0; n < size; n++)
		b.data[0x1000 + n] = (uint8_t)(n * 7 + (n >> 8));
	return b;
}

static struct blob make_elf32(uint32_t at, const uint8_t *code, size_t size)
{
	struct blob b = blob_new(0x1000 + size);
	Elf32_Ehdr h = {.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS32, ELFDATA2LSB, 1},
			.e_type = ET_EXEC,
			.e_machine = EM_386,
			.e_entry = at,
			.e_phoff = sizeof(h),
			.e_phentsize = sizeof(Elf32_Phdr),
			.e_phnum = 1};
	Elf32_Phdr p = {.p_type = PT_LOAD,
			.p_offset = 0x1000,
			.p_vaddr = at,
			.p_paddr = at,
			.p_filesz = (uint32_t)size,
			.p_memsz = (uint32_t)size + 0x100};

	memcpy(b.data, &h, sizeof(h));
	memcpy(b.data + sizeof(h), &p, sizeof(p));
	memcpy(b.data + 0x1000, code, size);
	return b;
}

static struct blob pack_gzip(struct blob in)
{
	struct blob out = blob_new(in.size + 1000);
	z_stream z = {.next_in = in.data,
		      .avail_in = (unsigned)in.size,
		      .next_out = out.data,
		      .avail_out = (unsigned)out.size};

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out.size = z.total_out;
	deflateEnd(&z);
	return out;
}

static struct blob finish_lzma(lzma_stream *z, struct blob in)
{
	struct blob out = blob_new(in.size + 1000);

	z->next_in = in.data;
	z->avail_in = in.size;
	z->next_out = out.data;
	z->avail_out = out.size;
	assert_int_equal(lzma_code(z, LZMA_FINISH), LZMA_STREAM_END);
	out.size = z->total_out;
	lzma_end(z);
	return out;
}

/* As Linux's build: the x86 filter before LZMA2, CRC32. */
static struct blob pack_xz(struct blob in)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;
	lzma_filter f[] = {{LZMA_FILTER_X86, NULL}, {LZMA_FILTER_LZMA2, &o}, {LZMA_VLI_UNKNOWN, NULL}};

	lzma_lzma_preset(&o, 6);
	assert_int_equal(lzma_stream_encoder(&z, f, LZMA_CHECK_CRC32), LZMA_OK);
	return finish_lzma(&z, in);
}

static struct blob pack_lzma(struct blob in)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;

	lzma_lzma_preset(&o, 6);
	assert_int_equal(lzma_alone_encoder(&z, &o), LZMA_OK);
	return finish_lzma(&z, in);
}

static struct blob pack_lz4(struct blob in)
{
	struct blob out = blob_new((size_t)LZ4_compressBound((int)in.size) + 8);
	int n = LZ4_compress_default((char *)in.data, (char *)out.data + 8, (int)in.size, (int)out.size - 8);

	assert_true(n > 0);
	put_le32(out.data, 0x184c2102);
	put_le32(out.data + 4, (uint32_t)n);
	out.size = (size_t)n + 8;
	return out;
}

static struct blob pack_zstd(struct blob in)
{
	struct blob out = blob_new(ZSTD_compressBound(in.size));

	out.size = ZSTD_compress(out.data, out.size, in.data, in.size, 19);
	assert_false(ZSTD_isError(out.size));
	return out;
}

static const struct packer {
	const char *name;
	struct blob (*pack)(struct blob in);
} packers[] = {
	{"gzip", pack_gzip}, {"xz", pack_xz}, {"lzma", pack_lzma}, {"lz4", pack_lz4}, {"zstd", pack_zstd},
};

/* packed, followed by its length as Linux's build does it (gzip has it). */
static struct blob add_length(struct blob packed, uint32_t size, bool gzip)
{
	struct blob out = blob_new(packed.size + (gzip ? 0 : 4));

	memcpy(out.data, packed.data, packed.size);
	if (!gzip)
		put_le32(out.data + packed.size, size);
	g_free(packed.data);
	return out;
}

#define SETUP_SIZE 0x800u
#define PAYLOAD_OFFSET 0x2ccu

/* A bzImage of protocol 2.15 around a payload (which is freed). */
static struct blob make_bzimage(struct blob payload)
{
	struct blob b = blob_new((SETUP_SIZE + PAYLOAD_OFFSET + payload.size + 15) & ~15ul);

	b.data[SETUP_SECTS] = 3;
	put_le32(b.data + SETUP_SYSSIZE, (uint32_t)((b.size - SETUP_SIZE) / 16));
	put_le16(b.data + SETUP_BOOT_FLAG, 0xaa55);
	put_le16(b.data + SETUP_JUMP, 0x6aeb);
	memcpy(b.data + SETUP_MAGIC, "HdrS", 4);
	put_le16(b.data + SETUP_VERSION, 0x20f);
	b.data[SETUP_LOADFLAGS] = LOADED_HIGH;
	put_le32(b.data + SETUP_INITRD_ADDR_MAX, 0x7fffffff);
	put_le32(b.data + SETUP_CMDLINE_SIZE, 2047);
	put_le32(b.data + SETUP_PAYLOAD_OFFSET, PAYLOAD_OFFSET);
	put_le32(b.data + SETUP_PAYLOAD_LENGTH, (uint32_t)payload.size);
	put_le64(b.data + SETUP_PREF_ADDRESS, KERNEL_AT);
	put_le32(b.data + SETUP_INIT_SIZE, 0x200000);
	memcpy(b.data + SETUP_SIZE + PAYLOAD_OFFSET, payload.data, payload.size);
	g_free(payload.data);
	return b;
}

static struct blob make_linux(void)
{
	struct blob elf = make_elf64(5000, 9000);
	struct blob payload = add_length(pack_xz(elf), (uint32_t)elf.size, false);

	g_free(elf.data);
	return make_bzimage(payload);
}

/* kernel_open() of a temporary file; *text is the error without the path. */
static struct kernel *open_blob(struct blob b, const char *initrd, const char *append, char **text)
{
	g_autoptr(GError) error = NULL;
	char *path = write_file("kernel", b);
	struct kernel *k = kernel_open(path, initrd, append, true, &error);

	if (text) {
		assert_true(!k == !!error);
		*text = NULL;
		if (error && g_str_has_prefix(error->message, path))
			*text = g_strdup(error->message + strlen(path) + 2);
		else if (error)
			*text = g_strdup(error->message);
	}
	remove_file(path);
	return k;
}

static void assert_says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("'%s' does not say '%s'", text ? text : "nothing", part);
}

static void expect_error(struct blob b, const char *part)
{
	g_autofree char *text = NULL;

	assert_null(open_blob(b, NULL, NULL, &text));
	assert_says(text, part);
}

/* The bytes that a plan writes to addr. */
static const uint8_t *written(const struct boot_plan *p, uint64_t addr, uint64_t size)
{
	for (unsigned n = 0; n < p->writes->len; n++) {
		const struct boot_write *w = &g_array_index(p->writes, struct boot_write, n);

		if (addr >= w->addr && addr - w->addr < w->size && size <= w->size - (addr - w->addr))
			return w->data + (addr - w->addr);
	}
	fail_msg("nothing is written to %llx", (unsigned long long)addr);
	return NULL;
}

/* ---- decompression ---- */

static void test_unpack(void **state)
{
	struct blob elf = make_elf64(3000000, 3000000);

	for (unsigned n = 0; n < ARRAY_LEN(packers); n++) {
		struct blob packed = add_length(packers[n].pack(elf), (uint32_t)elf.size, n == 0);
		g_autoptr(GError) error = NULL;
		GBytes *out;

		assert_string_equal(kernel_unpack_format(blob_bytes(packed)), packers[n].name);
		out = kernel_unpack(blob_bytes(packed), KERNEL_MAX_SIZE, &error);
		assert_non_null(out);
		assert_int_equal(g_bytes_get_size(out), elf.size);
		assert_memory_equal(kernel_bytes(out).data, elf.data, elf.size);
		g_bytes_unref(out);
		assert_null(kernel_unpack(blob_bytes(packed), elf.size - 1, &error));
		assert_non_null(strstr(error->message, "more than"));
		g_free(packed.data);
	}
	g_free(elf.data);
}

/* Every cut must be noticed (in LZ4, which has no end mark, every cut inside a
 * block), and no damage may do harm. */
static void test_unpack_damaged(void **state)
{
	struct blob elf = make_elf64(3000, 3000);

	for (unsigned n = 0; n < ARRAY_LEN(packers); n++) {
		struct blob packed = packers[n].pack(elf);

		for (size_t size = 0; size < packed.size; size += 1 + size / 16) {
			/* A copy of its own, so that a sanitizer sees reads beyond. */
			uint8_t *cut = g_memdup2(packed.data, size);
			GBytes *out = kernel_unpack((struct bytes){cut, size}, 1 << 20, NULL);

			assert_null(out);
			g_free(cut);
		}
		for (size_t at = 4; at < packed.size; at += 1 + at / 16) {
			packed.data[at] ^= 0x55;
			g_bytes_unref(kernel_unpack(blob_bytes(packed), 1 << 20, NULL));
			packed.data[at] ^= 0x55;
		}
		g_free(packed.data);
	}
	g_free(elf.data);
	assert_null(kernel_unpack_format((struct bytes){(const uint8_t *)"BZh91AY", 7}));
}

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

/* ---- Multiboot ---- */

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
	assert_null(boot_validate(b));
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
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unpack), cmocka_unit_test(test_unpack_damaged),
		cmocka_unit_test(test_elf_hostile), cmocka_unit_test(test_linux_direct),
		cmocka_unit_test(test_linux_formats), cmocka_unit_test(test_linux_32),
		cmocka_unit_test(test_linux_memory), cmocka_unit_test(test_linux_hostile),
		cmocka_unit_test(test_real_mode), cmocka_unit_test(test_multiboot_header),
		cmocka_unit_test(test_multiboot_kludge), cmocka_unit_test(test_multiboot_hostile),
		cmocka_unit_test(test_multiboot_modules), cmocka_unit_test(test_not_a_kernel),
		cmocka_unit_test(test_config_errors), cmocka_unit_test(test_optrom),
		cmocka_unit_test(test_hand_over_32), cmocka_unit_test(test_hand_over_64),
	};
	/* clang-format on */
	int failed;

	if (!mkdtemp(scratch))
		return 1;
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	g_rmdir(scratch);
	return failed;
}
