/* Kernels of every kind, made in memory and put into files, and what the loader
 * does with them. */
#ifndef LANYARD_TESTS_UNIT_KERNEL_FILES_H
#define LANYARD_TESTS_UNIT_KERNEL_FILES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <elf.h>
#undef PF_W /* cpu.h has the page fault's */
#include <glib/gstdio.h>
#include <lz4.h>
#include <lz4frame.h>
#include <lzma.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "engine/base/bytes.h"
#include "engine/boot/boot.h"
#include "engine/boot/kernel.h"
#include "engine/boot/kernel_real.h"
#include "engine/boot/kernel_unpack.h"

#define MIB (1ull << 20)
#define KERNEL_AT 0x1000000u

/* ---- files ---- */

struct blob {
	uint8_t *data;
	size_t size;
};

struct blob blob_new(size_t size);
struct bytes blob_bytes(struct blob b);

extern char scratch[];

/* Of the group of tests: a directory for their files. */
int make_scratch(void **state);
int remove_scratch(void **state);
char *write_file(const char *name, struct blob b);
void remove_file(char *path);

/* An ELF with one segment of `size` bytes that loads at KERNEL_AT. */
struct blob make_elf64(size_t size, uint64_t memory);
struct blob make_elf32(uint32_t at, const uint8_t *code, size_t size);
struct blob pack_gzip(struct blob in);
struct blob finish_lzma(lzma_stream *z, struct blob in);

/* As Linux's build: the x86 filter before LZMA2, CRC32. */
struct blob pack_xz(struct blob in);
struct blob pack_lzma(struct blob in);
struct blob pack_lz4(struct blob in);
struct blob pack_lz4_frame(struct blob in);
struct blob pack_zstd(struct blob in);

struct packer {
	const char *name;
	struct blob (*pack)(struct blob in);
};
extern const struct packer packers[6];

/* packed, followed by its length as Linux's build does it (gzip has it). */
struct blob add_length(struct blob packed, uint32_t size, bool gzip);

#define SETUP_SIZE 0x800u
#define PAYLOAD_OFFSET 0x2ccu

/* A bzImage of protocol 2.15 around a payload (which is freed). */
struct blob make_bzimage(struct blob payload);
struct blob make_linux(void);

/* ---- what becomes of them ---- */

/* kernel_open() of a temporary file; *text is the error without the path. */
struct kernel *open_blob(struct blob b, const char *initrd, const char *append, char **text);
void assert_says(const char *text, const char *part);
void expect_error(struct blob b, const char *part);

/* The bytes that a plan writes to addr. */
const uint8_t *written(const struct boot_plan *p, uint64_t addr, uint64_t size);

#endif
