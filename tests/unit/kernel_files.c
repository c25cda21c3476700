/* Kernels made in memory; see kernel_files.h. */
#include "tests/unit/kernel_files.h"

char scratch[] = "/tmp/lanyard-test-boot-XXXXXX";

struct blob blob_new(size_t size)
{
	return (struct blob){g_malloc0(size ? size : 1), size};
}

struct bytes blob_bytes(struct blob b)
{
	return (struct bytes){b.data, b.size};
}

int make_scratch(void **state)
{
	return mkdtemp(scratch) ? 0 : -1;
}

int remove_scratch(void **state)
{
	return g_rmdir(scratch);
}

char *write_file(const char *name, struct blob b)
{
	char *path = g_build_filename(scratch, name, NULL);

	assert_true(g_file_set_contents(path, (char *)b.data, (gssize)b.size, NULL));
	return path;
}

void remove_file(char *path)
{
	g_unlink(path);
	g_free(path);
}

struct blob make_elf64(size_t size, uint64_t memory)
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

struct blob make_elf32(uint32_t at, const uint8_t *code, size_t size)
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

struct blob pack_gzip(struct blob in)
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

struct blob finish_lzma(lzma_stream *z, struct blob in)
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

struct blob pack_xz(struct blob in)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;
	lzma_filter f[] = {{LZMA_FILTER_X86, NULL}, {LZMA_FILTER_LZMA2, &o}, {LZMA_VLI_UNKNOWN, NULL}};

	lzma_lzma_preset(&o, 6);
	assert_int_equal(lzma_stream_encoder(&z, f, LZMA_CHECK_CRC32), LZMA_OK);
	return finish_lzma(&z, in);
}

struct blob pack_lzma(struct blob in)
{
	lzma_stream z = LZMA_STREAM_INIT;
	lzma_options_lzma o;

	lzma_lzma_preset(&o, 6);
	assert_int_equal(lzma_alone_encoder(&z, &o), LZMA_OK);
	return finish_lzma(&z, in);
}

struct blob pack_lz4(struct blob in)
{
	struct blob out = blob_new((size_t)LZ4_compressBound((int)in.size) + 8);
	int n = LZ4_compress_default((char *)in.data, (char *)out.data + 8, (int)in.size, (int)out.size - 8);

	assert_true(n > 0);
	put_le32(out.data, 0x184c2102);
	put_le32(out.data + 4, (uint32_t)n);
	out.size = (size_t)n + 8;
	return out;
}

struct blob pack_lz4_frame(struct blob in)
{
	struct blob out = blob_new(LZ4F_compressFrameBound(in.size, NULL));

	out.size = LZ4F_compressFrame(out.data, out.size, in.data, in.size, NULL);
	assert_false(LZ4F_isError(out.size));
	return out;
}

struct blob pack_zstd(struct blob in)
{
	struct blob out = blob_new(ZSTD_compressBound(in.size));

	out.size = ZSTD_compress(out.data, out.size, in.data, in.size, 19);
	assert_false(ZSTD_isError(out.size));
	return out;
}

const struct packer packers[6] = {
	{"gzip", pack_gzip}, {"xz", pack_xz},         {"lzma", pack_lzma},
	{"lz4", pack_lz4},   {"lz4", pack_lz4_frame}, {"zstd", pack_zstd},
};

struct blob add_length(struct blob packed, uint32_t size, bool gzip)
{
	struct blob out = blob_new(packed.size + (gzip ? 0 : 4));

	memcpy(out.data, packed.data, packed.size);
	if (!gzip)
		put_le32(out.data + packed.size, size);
	g_free(packed.data);
	return out;
}

struct blob make_bzimage(struct blob payload)
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

struct blob make_linux(void)
{
	struct blob elf = make_elf64(5000, 9000);
	struct blob payload = add_length(pack_xz(elf), (uint32_t)elf.size, false);

	g_free(elf.data);
	return make_bzimage(payload);
}

struct kernel *open_blob(struct blob b, const char *initrd, const char *append, char **text)
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

void assert_says(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("'%s' does not say '%s'", text ? text : "nothing", part);
}

void expect_error(struct blob b, const char *part)
{
	g_autofree char *text = NULL;

	assert_null(open_blob(b, NULL, NULL, &text));
	assert_says(text, part);
}

const uint8_t *written(const struct boot_plan *p, uint64_t addr, uint64_t size)
{
	for (unsigned n = 0; n < p->writes->len; n++) {
		const struct boot_write *w = &g_array_index(p->writes, struct boot_write, n);

		if (addr >= w->addr && addr - w->addr < w->size && size <= w->size - (addr - w->addr))
			return w->data + (addr - w->addr);
	}
	fail_msg("nothing is written to %llx", (unsigned long long)addr);
	return NULL;
}
