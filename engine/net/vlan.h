/* IEEE 802.1Q: the tag in a frame, and which ids there are. */
#ifndef LANYARD_NET_VLAN_H
#define LANYARD_NET_VLAN_H

#include "engine/base/bytes.h"

#define TPID_8021Q 0x8100u  /* C-VLAN tag, table 9-1 */
#define TPID_8021AD 0x88a8u /* S-VLAN tag */
#define TAG_AT 12u          /* offset of the tag: after both addresses */
#define TAG_BYTES 4u
#define TCI_VID 0x0fffu
#define VLAN_IDS 4096
#define VID_RESERVED 0xfffu /* table 9-2 */
#define VLAN_DEFAULT 1u     /* a port nobody configured, as everywhere */

/* Does a frame of `size` bytes, at least a header, begin with a whole C-VLAN tag? */
static inline bool vlan_tagged(const uint8_t *frame, size_t size)
{
	return size >= TAG_AT + TAG_BYTES + 2 && get_be16(frame + TAG_AT) == TPID_8021Q;
}
/* Is there a tag of either kind at these two bytes? */
static inline bool vlan_tpid(const uint8_t *at)
{
	uint16_t type = get_be16(at);

	return type == TPID_8021Q || type == TPID_8021AD;
}
static inline uint16_t vlan_tci(const uint8_t *frame)
{
	return get_be16(frame + TAG_AT + 2);
}

#endif
