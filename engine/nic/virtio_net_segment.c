/* What a driver leaves to virtio-net: checksums, and cutting TCP's big frames into
 * segments (Virtual I/O Device 1.2, section 5.1.6.2). */
#include <string.h>

#include "engine/base/bytes.h"
#include "engine/nic/csum.h"
#include "engine/nic/virtio_net.h"

enum {
	TYPE_AT = 12,
	TAG_BYTES = 4,
	ETH_VLAN = 0x8100,
	ETH_QINQ = 0x88a8,
	ETH_IPV4 = 0x0800,
	ETH_IPV6 = 0x86dd,
	IPV4_HEADER = 20,
	IPV6_HEADER = 40,
	IP_TCP = 6,
	IP_UDP = 17,
	TCP_HEADER = 20,
	TCP_FLAGS = 13,
	TCP_SUM = 16,
	UDP_SUM = 6,
	TCP_FIN = 0x01,
	TCP_PSH = 0x08,
	TCP_CWR = 0x80,
	HEADERS_MAX = 256, /* Ethernet, tags, IP and TCP with all their options */
};

bool virtio_net_checksum(uint8_t *frame, size_t size, const struct net_header *h)
{
	size_t at = (size_t)h->csum_start + h->csum_offset;
	uint16_t sum;

	if (h->csum_start >= size || at + 2 > size)
		return false;
	sum = (uint16_t)~csum_fold(csum_add(0, frame + h->csum_start, size - h->csum_start));
	put_be16(frame + at, sum ? sum : 0xffff); /* 0 would mean none, for UDP */
	return true;
}

/* ---- headers ---- */

/* Where things are in a frame. */
struct layout {
	size_t ip, transport, end; /* end: of the IP packet */
	bool v6;
	uint8_t protocol;
};

/* The type of what is behind the Ethernet header and its tags. */
static uint16_t payload_type(const uint8_t *frame, size_t size, size_t *at)
{
	uint16_t type = get_be16(frame + TYPE_AT);

	*at = TYPE_AT + 2;
	while ((type == ETH_VLAN || type == ETH_QINQ) && *at + TAG_BYTES <= size) {
		type = get_be16(frame + *at + 2);
		*at += TAG_BYTES;
	}
	return type;
}

static bool find_ipv4(const uint8_t *frame, size_t size, struct layout *l)
{
	const uint8_t *ip = frame + l->ip;
	size_t header;

	if (l->ip + IPV4_HEADER > size || ip[0] >> 4 != 4)
		return false;
	header = (ip[0] & 15u) * 4u;
	l->transport = l->ip + header;
	l->end = l->ip + get_be16(ip + 2);
	l->protocol = ip[9];
	l->v6 = false;
	return header >= IPV4_HEADER && l->transport <= size && !(get_be16(ip + 6) & 0x3fff);
}

static bool find_ipv6(const uint8_t *frame, size_t size, struct layout *l)
{
	const uint8_t *ip = frame + l->ip;

	if (l->ip + IPV6_HEADER > size || ip[0] >> 4 != 6)
		return false;
	l->transport = l->ip + IPV6_HEADER;
	l->end = l->transport + get_be16(ip + 4);
	l->protocol = ip[6];
	l->v6 = true;
	return true;
}

static bool find(const uint8_t *frame, size_t size, struct layout *l)
{
	switch (payload_type(frame, size, &l->ip)) {
	case ETH_IPV4: return find_ipv4(frame, size, l);
	case ETH_IPV6: return find_ipv6(frame, size, l);
	default: return false;
	}
}

/* The pseudo-header: addresses, protocol, length of what is behind the IP header. */
static uint64_t pseudo_sum(const uint8_t *frame, const struct layout *l, size_t length)
{
	const uint8_t *addresses = frame + l->ip + (l->v6 ? 8 : 12);

	return csum_add(0, addresses, l->v6 ? 32 : 8) + l->protocol + length;
}

bool virtio_net_sum_right(const uint8_t *frame, size_t size)
{
	struct layout l;
	size_t length;

	if (!find(frame, size, &l) || l.end > size || l.end < l.transport)
		return false;
	length = l.end - l.transport;
	if (l.protocol == IP_TCP ? length < TCP_HEADER : l.protocol != IP_UDP || length < 8)
		return false;
	if (l.protocol == IP_UDP && !get_be16(frame + l.transport + UDP_SUM))
		return false;
	return csum_fold(csum_add(pseudo_sum(frame, &l, length), frame + l.transport, length)) == 0xffff;
}

/* ---- segments ---- */

/* A segmentation under way. */
struct cut {
	uint8_t header[HEADERS_MAX];
	size_t header_size;
	struct layout l;
	uint64_t payload; /* bytes in all */
	uint64_t sent;    /* of them */
	unsigned count;   /* of segments sent */
	uint8_t frame[FRAME_MAX];
};

/* Reads the headers and sees whether they are what the request says. */
static const char *begin(struct board *b, const struct virtq_chain *c, unsigned skip, const struct net_header *h,
			 struct cut *t)
{
	uint64_t size = c->out_bytes - skip;
	size_t first = size < HEADERS_MAX ? (size_t)size : HEADERS_MAX;
	unsigned type = h->gso_type & (uint8_t)~GSO_ECN;

	if ((type != GSO_TCPV4 && type != GSO_TCPV6) || !h->gso_size || !(h->flags & HDR_NEEDS_CSUM))
		return "an unknown kind of segments";
	virtq_read(b, c, skip, t->header, first);
	if (first < FRAME_MIN || !find(t->header, first, &t->l) || t->l.protocol != IP_TCP ||
	    t->l.v6 != (type == GSO_TCPV6))
		return "not the TCP that it should be";
	if (t->l.transport != h->csum_start || t->l.transport + TCP_HEADER > first)
		return "TCP is not where the checksum begins";
	t->header_size = t->l.transport + (t->header[t->l.transport + 12] >> 4) * 4u;
	if (t->header_size < t->l.transport + TCP_HEADER || t->header_size > first)
		return "a TCP header that cannot be";
	if (t->header_size + h->gso_size > FRAME_MAX)
		return "segments longer than any frame";
	t->payload = size - t->header_size;
	t->sent = 0;
	t->count = 0;
	return NULL;
}

static void fix_ip(struct cut *t, size_t size)
{
	uint8_t *ip = t->frame + t->l.ip;

	if (t->l.v6) {
		put_be16(ip + 4, (uint16_t)(size - t->l.transport));
		return;
	}
	put_be16(ip + 2, (uint16_t)(size - t->l.ip));
	put_be16(ip + 4, (uint16_t)(get_be16(ip + 4) + t->count));
	put_be16(ip + 10, 0);
	put_be16(ip + 10, (uint16_t)~csum_fold(csum_add(0, ip, t->l.transport - t->l.ip)));
}

/* FIN and PSH belong to the last segment, CWR to the first. */
static void fix_tcp(struct cut *t, size_t size, bool last)
{
	uint8_t *tcp = t->frame + t->l.transport;
	size_t length = size - t->l.transport;
	uint64_t sum;

	put_be32(tcp + 4, (uint32_t)(get_be32(tcp + 4) + t->sent));
	if (!last)
		tcp[TCP_FLAGS] &= (uint8_t) ~(TCP_FIN | TCP_PSH);
	if (t->count)
		tcp[TCP_FLAGS] &= (uint8_t)~TCP_CWR;
	put_be16(tcp + TCP_SUM, 0);
	sum = csum_add(pseudo_sum(t->frame, &t->l, length), tcp, length);
	put_be16(tcp + TCP_SUM, (uint16_t)~csum_fold(sum));
}

const char *virtio_net_segment(struct board *b, struct virtio_net *s, const struct virtq_chain *c, unsigned skip,
			       const struct net_header *h)
{
	struct cut t;
	const char *wrong = begin(b, c, skip, h, &t);

	/* A length field of 16 bits is all that TCP over IP can have come from. */
	if (wrong || t.payload > UINT16_MAX)
		return wrong ? wrong : "more than an IP packet can be";
	do {
		uint64_t left = t.payload - t.sent;
		size_t part = left < h->gso_size ? (size_t)left : h->gso_size, size = t.header_size + part;

		memcpy(t.frame, t.header, t.header_size);
		virtq_read(b, c, skip + t.header_size + t.sent, t.frame + t.header_size, part);
		fix_ip(&t, size);
		fix_tcp(&t, size, part == left);
		virtio_net_send(b, s, t.frame, size);
		t.sent += part;
		t.count++;
	} while (t.sent < t.payload);
	return NULL;
}
