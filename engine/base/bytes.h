/* Little- and big-endian access to byte arrays without alignment or aliasing
 * assumptions. The *_at forms check bounds: guest and file bytes use them. */
#ifndef LANYARD_BASE_BYTES_H
#define LANYARD_BASE_BYTES_H

#include <string.h>

#include "engine/base/types.h"

static inline uint16_t get_le16(const void *p)
{
	uint16_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint32_t get_le32(const void *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static inline uint64_t get_le64(const void *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof(v));
	return v;
}

static inline void put_le16(void *p, uint16_t v)
{
	memcpy(p, &v, sizeof(v));
}
static inline void put_le32(void *p, uint32_t v)
{
	memcpy(p, &v, sizeof(v));
}
static inline void put_le64(void *p, uint64_t v)
{
	memcpy(p, &v, sizeof(v));
}

static inline uint16_t get_be16(const void *p)
{
	return __builtin_bswap16(get_le16(p));
}
static inline uint32_t get_be32(const void *p)
{
	return __builtin_bswap32(get_le32(p));
}
static inline uint64_t get_be64(const void *p)
{
	return __builtin_bswap64(get_le64(p));
}
static inline void put_be16(void *p, uint16_t v)
{
	put_le16(p, __builtin_bswap16(v));
}
static inline void put_be32(void *p, uint32_t v)
{
	put_le32(p, __builtin_bswap32(v));
}
static inline void put_be64(void *p, uint64_t v)
{
	put_le64(p, __builtin_bswap64(v));
}

/* A span of bytes that is never read or written outside its size. */
struct bytes {
	const uint8_t *data;
	size_t size;
};

/* NULL unless [offset, offset + size) lies inside b. */
static inline const uint8_t *bytes_at(struct bytes b, uint64_t offset, size_t size)
{
	return offset <= b.size && size <= b.size - offset ? b.data + offset : NULL;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "hosts are x86-64");

#endif
