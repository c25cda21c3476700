/* Compressed kernels; see kernel_unpack.h. One function a format, each around
 * its library; an output buffer that grows up to the caller's limit. */
#include "engine/boot/kernel_unpack.h"

#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <zlib.h>
#include <zstd.h>

#include "engine/boot/boot.h"

#define XZ_MEMORY (256ull << 20) /* bytes: the largest dictionary of xz -9 needs 65 MiB */
#define LZ4_BLOCK (8u << 20)     /* bytes of a legacy frame's block, unpacked */
#define LZ4_MAGIC 0x184c2102u
#define TRAILER 4 /* bytes of length that Linux's build appends */

/* Output so far, and where to put more. */
struct sink {
	uint8_t *data;
	size_t size, room, limit;
};

enum result { DONE, DAMAGED, TRUNCATED, TOO_LARGE };

/* Makes room for more output; false when the limit is reached. */
static bool sink_grow(struct sink *s)
{
	size_t room = s->room ? s->room * 2 : 1u << 20;

	if (s->room == s->limit)
		return false;
	s->room = room < s->limit ? room : s->limit;
	s->data = g_realloc(s->data, s->room);
	return true;
}

static unsigned chunk(size_t n)
{
	return n < (1u << 30) ? (unsigned)n : 1u << 30;
}

static enum result inflate_all(z_stream *z, struct bytes in, struct sink *s)
{
	size_t used = 0;

	for (;;) {
		unsigned give = chunk(in.size - used), room;
		int r;

		if (s->size == s->room && !sink_grow(s))
			return TOO_LARGE;
		room = chunk(s->room - s->size);
		z->next_in = (z_const Bytef *)(in.data + used);
		z->avail_in = give;
		z->next_out = s->data + s->size;
		z->avail_out = room;
		r = inflate(z, Z_NO_FLUSH);
		used += give - z->avail_in;
		s->size += room - z->avail_out;
		if (r == Z_STREAM_END)
			return DONE;
		if (r == Z_BUF_ERROR || (r == Z_OK && used == in.size && z->avail_out))
			return TRUNCATED;
		if (r != Z_OK)
			return DAMAGED;
	}
}

static enum result unpack_gzip(struct bytes in, struct sink *s)
{
	z_stream z = {0};
	enum result r;

	if (inflateInit2(&z, 16 + MAX_WBITS) != Z_OK) /* 16: a gzip header */
		return DAMAGED;
	r = inflate_all(&z, in, s);
	inflateEnd(&z);
	return r;
}

static enum result lzma_all(lzma_stream *z, struct bytes in, struct sink *s)
{
	z->next_in = in.data;
	z->avail_in = in.size;
	for (;;) {
		lzma_ret r;

		if (s->size == s->room && !sink_grow(s))
			return TOO_LARGE;
		z->next_out = s->data + s->size;
		z->avail_out = s->room - s->size;
		r = lzma_code(z, LZMA_RUN);
		s->size = s->room - z->avail_out;
		if (r == LZMA_STREAM_END)
			return DONE;
		if (r == LZMA_BUF_ERROR || (r == LZMA_OK && !z->avail_in && z->avail_out))
			return TRUNCATED;
		if (r != LZMA_OK)
			return DAMAGED;
	}
}

static enum result unpack_xz(struct bytes in, struct sink *s)
{
	lzma_stream z = LZMA_STREAM_INIT;
	enum result r = DAMAGED;

	if (lzma_stream_decoder(&z, XZ_MEMORY, 0) == LZMA_OK)
		r = lzma_all(&z, in, s);
	lzma_end(&z);
	return r;
}

static enum result unpack_lzma(struct bytes in, struct sink *s)
{
	lzma_stream z = LZMA_STREAM_INIT;
	enum result r = DAMAGED;

	if (lzma_alone_decoder(&z, XZ_MEMORY) == LZMA_OK)
		r = lzma_all(&z, in, s);
	lzma_end(&z);
	return r;
}

/* The legacy frame (lz4 -l): the magic number, then blocks of at most 8 MiB,
 * each after its packed size; there is no end mark. */
static enum result unpack_lz4(struct bytes in, struct sink *s)
{
	size_t at = 4;

	while (in.size - at > TRAILER) {
		uint32_t packed = get_le32(in.data + at);
		size_t room;
		int n;

		at += 4;
		if (packed == LZ4_MAGIC) /* frames may follow each other */
			continue;
		if (packed > (uint32_t)LZ4_COMPRESSBOUND(LZ4_BLOCK))
			return DAMAGED;
		if (packed > in.size - at)
			return TRUNCATED;
		while (s->room - s->size < LZ4_BLOCK && sink_grow(s))
			;
		room = s->room - s->size;
		n = LZ4_decompress_safe((const char *)in.data + at, (char *)s->data + s->size, (int)packed,
					room < LZ4_BLOCK ? (int)room : (int)LZ4_BLOCK);
		if (n < 0)
			return room < LZ4_BLOCK ? TOO_LARGE : DAMAGED;
		s->size += (size_t)n;
		at += packed;
	}
	return s->size ? DONE : TRUNCATED;
}

static enum result lz4_frame_all(LZ4F_dctx *z, struct bytes in, struct sink *s)
{
	size_t used = 0;

	for (;;) {
		size_t give = in.size - used, room, r;

		if (s->size == s->room && !sink_grow(s))
			return TOO_LARGE;
		room = s->room - s->size;
		r = LZ4F_decompress(z, s->data + s->size, &room, in.data + used, &give, NULL);
		if (LZ4F_isError(r))
			return DAMAGED;
		used += give;
		s->size += room;
		if (r == 0)
			return DONE;
		if (used == in.size && s->size < s->room)
			return TRUNCATED;
	}
}

/* What lz4 writes without -l. */
static enum result unpack_lz4_frame(struct bytes in, struct sink *s)
{
	LZ4F_dctx *z = NULL;
	enum result r = DAMAGED;

	if (!LZ4F_isError(LZ4F_createDecompressionContext(&z, LZ4F_VERSION)))
		r = lz4_frame_all(z, in, s);
	LZ4F_freeDecompressionContext(z);
	return r;
}

static enum result zstd_all(ZSTD_DStream *z, struct bytes in, struct sink *s)
{
	ZSTD_inBuffer from = {in.data, in.size, 0};

	for (;;) {
		ZSTD_outBuffer to;
		size_t r;

		if (s->size == s->room && !sink_grow(s))
			return TOO_LARGE;
		to = (ZSTD_outBuffer){s->data, s->room, s->size};
		r = ZSTD_decompressStream(z, &to, &from);
		if (ZSTD_isError(r))
			return DAMAGED;
		s->size = to.pos;
		if (r == 0)
			return DONE;
		if (from.pos == from.size && to.pos < to.size)
			return TRUNCATED;
	}
}

static enum result unpack_zstd(struct bytes in, struct sink *s)
{
	ZSTD_DStream *z = ZSTD_createDStream();
	enum result r = z ? zstd_all(z, in, s) : DAMAGED;

	ZSTD_freeDStream(z);
	return r;
}

/* Magic numbers as in Linux's lib/decompress.c. Formats that are missing here
 * (bzip2, lzo) are left to the kernel's own decompressor. */
static const struct unpacker {
	const char *name;
	uint8_t magic[6], magic_size;
	enum result (*unpack)(struct bytes in, struct sink *s);
} unpackers[] = {
	{"gzip", {0x1f, 0x8b, 0x08}, 3, unpack_gzip},           {"xz", {0xfd, '7', 'z', 'X', 'Z', 0x00}, 6, unpack_xz},
	{"lzma", {0x5d, 0x00, 0x00}, 3, unpack_lzma},           {"lz4", {0x02, 0x21, 0x4c, 0x18}, 4, unpack_lz4},
	{"lz4", {0x04, 0x22, 0x4d, 0x18}, 4, unpack_lz4_frame}, {"zstd", {0x28, 0xb5, 0x2f, 0xfd}, 4, unpack_zstd},
};

static const struct unpacker *find_unpacker(struct bytes in)
{
	for (unsigned n = 0; n < ARRAY_LEN(unpackers); n++) {
		const uint8_t *p = bytes_at(in, 0, unpackers[n].magic_size);

		if (p && !memcmp(p, unpackers[n].magic, unpackers[n].magic_size))
			return &unpackers[n];
	}
	return NULL;
}

const char *kernel_unpack_format(struct bytes in)
{
	const struct unpacker *u = find_unpacker(in);

	return u ? u->name : NULL;
}

GBytes *kernel_unpack(struct bytes in, size_t limit, GError **error)
{
	static const char *const text[] = {
		[DAMAGED] = "the %s data are damaged",
		[TRUNCATED] = "the %s data end too early",
		[TOO_LARGE] = "the %s data unpack to more than %zu bytes",
	};
	const struct unpacker *u = find_unpacker(in);
	struct sink s = {.limit = limit};
	enum result r;

	if (!u) {
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, "unknown compression");
		return NULL;
	}
	r = u->unpack(in, &s);
	if (r == DONE)
		return g_bytes_new_take(g_realloc(s.data, s.size ? s.size : 1), s.size);
	g_free(s.data);
	if (r == TOO_LARGE)
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, text[r], u->name, limit);
	else
		g_set_error(error, BOOT_ERROR, BOOT_ERROR_KERNEL, text[r], u->name);
	return NULL;
}
