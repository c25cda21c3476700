/* The network card of virtio (Virtual I/O Device 1.2, section 5.1): its state and
 * what its files share.
 *   virtio_net.c          features, configuration, link, the model's row
 *   virtio_net_ctrl.c     the control queue: filters, address, offloads
 *   virtio_net_rx.c       receive filters and buffers
 *   virtio_net_tx.c       transmit queue and the pace of the line
 *   virtio_net_segment.c  checksums and segments that the driver leaves to the card
 *   virtio*.c             what all virtio devices have in common */
#ifndef LANYARD_NIC_VIRTIO_NET_H
#define LANYARD_NIC_VIRTIO_NET_H

#include "engine/net/frame.h"
#include "engine/nic/virtio.h"

/* Feature bits (5.1.3). */
#define NET_F_CSUM (1ull << 0)
#define NET_F_GUEST_CSUM (1ull << 1)
#define NET_F_CTRL_GUEST_OFFLOADS (1ull << 2)
#define NET_F_MAC (1ull << 5)
#define NET_F_GSO (1ull << 6) /* legacy: all of bits 11 to 14 */
#define NET_F_HOST_TSO4 (1ull << 11)
#define NET_F_HOST_TSO6 (1ull << 12)
#define NET_F_HOST_ECN (1ull << 13)
#define NET_F_MRG_RXBUF (1ull << 15)
#define NET_F_STATUS (1ull << 16)
#define NET_F_CTRL_VQ (1ull << 17)
#define NET_F_CTRL_RX (1ull << 18)
#define NET_F_CTRL_VLAN (1ull << 19)
#define NET_F_CTRL_RX_EXTRA (1ull << 20)
#define NET_F_GUEST_ANNOUNCE (1ull << 21)
#define NET_F_CTRL_MAC_ADDR (1ull << 23)

enum { QUEUE_RX, QUEUE_TX, QUEUE_CTRL };

/* The header before each frame (5.1.6); without mergeable buffers and 1.0 the last
 * field is not there. */
struct net_header {
	uint8_t flags, gso_type;
	uint16_t hdr_len, gso_size, csum_start, csum_offset;
	uint16_t num_buffers;
};
enum {
	NET_HEADER = 12,
	NET_HEADER_LEGACY = 10,
	HDR_NEEDS_CSUM = 1,
	HDR_DATA_VALID = 2,
	GSO_NONE = 0,
	GSO_TCPV4 = 1,
	GSO_TCPV6 = 4,
	GSO_ECN = 0x80,
};

#define NET_MACS 64u /* addresses in the filter, unicast and multicast together */

struct virtio_net {
	struct virtio v;          /* first: virtio_state() */
	uint64_t rate;            /* bit/s of its line */
	uint64_t tx_free;         /* when all that was sent has left the line */
	uint64_t offloads;        /* what the driver takes now: bits as the features' */
	uint8_t hw_mac[ETH_ALEN]; /* its own; mac is set to it by a reset */
	uint8_t mac[ETH_ALEN];
	uint8_t promiscuous, all_multicast, all_unicast;
	uint8_t no_multicast, no_unicast, no_broadcast;
	uint8_t carrier;
	uint8_t announce;                             /* status bit 1 is never asked for: nothing migrates */
	uint8_t macs, unicast_macs;                   /* in use; the unicast ones come first */
	uint8_t too_many_unicast, too_many_multicast; /* more than there is room for: all pass */
	uint8_t filter[NET_MACS][ETH_ALEN];
	uint32_t vlan[4096 / 32]; /* that pass, a bit each */
};
_Static_assert(sizeof(struct virtio_net) == sizeof(struct virtio) + 24 + 12 + 12 + 6 * NET_MACS + 512,
	       "no implicit padding");
_Static_assert(sizeof(struct virtio_net) <= PC_NIC_BYTES, "fits its slot");

static inline unsigned net_header_size(const struct virtio_net *s)
{
	return virtio_has(&s->v, NET_F_MRG_RXBUF | VIRTIO_F_VERSION_1) ? NET_HEADER : NET_HEADER_LEGACY;
}

/* virtio_net_ctrl.c */
void virtio_net_ctrl(struct board *b, struct virtio_net *s);

/* virtio_net_rx.c */
bool virtio_net_rx(struct board *b, struct virtio_net *s, const uint8_t *frame, size_t size, int *reason);

/* virtio_net_tx.c */
void virtio_net_tx(struct board *b, struct virtio_net *s);
/* A frame leaves, and takes its time on the line. */
void virtio_net_send(struct board *b, struct virtio_net *s, const uint8_t *frame, size_t size);

/* virtio_net_segment.c */

/* Puts the checksum in that the header asks for: of all from csum_start on. False:
 * it would be outside of the frame. */
bool virtio_net_checksum(uint8_t *frame, size_t size, const struct net_header *h);
/* Cuts the frame in the chain, behind `skip` bytes of header, into segments of
 * gso_size bytes, and sends them. NULL, or what is wrong with the request. */
const char *virtio_net_segment(struct board *b, struct virtio_net *s, const struct virtq_chain *c, unsigned skip,
			       const struct net_header *h);
/* Is the frame TCP or UDP over IP, with a checksum that is right? */
bool virtio_net_sum_right(const uint8_t *frame, size_t size);

#endif
