/* Compressed kernels, unpacked on the host: the payload of a Linux bzImage, or
 * a whole gzip-compressed kernel file. A decompressor inside the guest would
 * take billions of instructions. */
#ifndef LANYARD_BOOT_KERNEL_UNPACK_H
#define LANYARD_BOOT_KERNEL_UNPACK_H

#include <glib.h>

#include "engine/base/bytes.h"

#define KERNEL_MAX_SIZE (512u << 20) /* bytes unpacked: more is an attack or not a kernel */

/* Name of the format that `in` begins with ("gzip", "xz", "lzma", "lz4", "zstd"),
 * or NULL: unknown or not compressed. */
const char *kernel_unpack_format(struct bytes in);

/* The unpacked bytes, or NULL and an error: unknown format, damaged, truncated,
 * or more than `limit` bytes. What follows the compressed data is ignored, as
 * Linux appends four bytes of length. */
GBytes *kernel_unpack(struct bytes in, size_t limit, GError **error);

#endif
