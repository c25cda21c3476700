/* The CRC-32 of an Ethernet address as the multicast filters of old cards use it:
 * the state of the shift register after the six bytes (IEEE 802.3 3.2.9, before
 * the final inversion). */
#ifndef LANYARD_NIC_MAC_HASH_H
#define LANYARD_NIC_MAC_HASH_H

#include <zlib.h>

#include "engine/base/types.h"

/* Least significant bit first: AMD's LADRF takes the top six bits of it. */
static inline uint32_t mac_crc_le(const uint8_t mac[6])
{
	return ~(uint32_t)crc32(0, mac, 6);
}

/* Most significant bit first: the DP8390 and Realtek's cards take the top six. */
static inline uint32_t mac_crc_be(const uint8_t mac[6])
{
	uint32_t v = mac_crc_le(mac), r = 0;

	for (unsigned n = 0; n < 32; n++)
		r |= (v >> n & 1) << (31 - n);
	return r;
}

#endif
