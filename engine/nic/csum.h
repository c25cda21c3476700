/* The Internet checksum (RFC 1071): one's complement sums of 16-bit words. */
#ifndef LANYARD_NIC_CSUM_H
#define LANYARD_NIC_CSUM_H

#include "engine/base/bytes.h"

/* Adds size bytes, as big-endian words from data on, to a running sum. An odd
 * last byte counts as the high half of a word, so only the last piece of a
 * checksum may be odd. */
static inline uint64_t csum_add(uint64_t sum, const uint8_t *data, size_t size)
{
	for (; size >= 4; data += 4, size -= 4)
		sum += get_be32(data);
	if (size >= 2) {
		sum += get_be16(data);
		data += 2;
		size -= 2;
	}
	return size ? sum + ((uint64_t)data[0] << 8) : sum;
}

static inline uint16_t csum_fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

#endif
