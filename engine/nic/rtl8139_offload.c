/* RTL8139C+: what it computes for IPv4 (C+ data sheet section 9.2.1): header,
 * UDP and TCP checksums, large sends cut into segments, checks of what arrives.
 * It finds the headers itself; frames of other kinds pass as they are. */
#include "engine/nic/csum.h"
#include "engine/nic/rtl8139.h"

enum {
	IP_AT = 14,
	ETH_IPV4 = 0x0800,
	IP_TCP = 6,
	IP_UDP = 17,
	TCP_SUM = 16,
	UDP_SUM = 6,
	TCP_FIN_PSH = 0x09,
};

/* Offsets in the frame. */
struct headers {
	uint32_t transport, end;
	uint8_t protocol;
	bool fragment;
};

/* len: false where the IP length field cannot be trusted (a large send). */
static bool find_headers(const uint8_t *frame, uint32_t size, bool len, struct headers *h)
{
	const uint8_t *ip = frame + IP_AT;
	uint32_t header;

	if (size < IP_AT + 20 || get_be16(frame + 12) != ETH_IPV4 || ip[0] >> 4 != 4)
		return false;
	header = (ip[0] & 15) * 4u;
	h->transport = IP_AT + header;
	h->end = len ? IP_AT + (uint32_t)get_be16(ip + 2) : size;
	h->protocol = ip[9];
	h->fragment = get_be16(ip + 6) & 0x3fff;
	return header >= 20 && h->transport <= h->end && h->end <= size;
}

static uint16_t transport_sum(const uint8_t *frame, const struct headers *h)
{
	uint64_t sum = csum_add(0, frame + IP_AT + 12, 8) + h->protocol + (h->end - h->transport);

	return (uint16_t)~csum_fold(csum_add(sum, frame + h->transport, h->end - h->transport));
}

static void fill_ip(uint8_t *frame, const struct headers *h)
{
	put_be16(frame + IP_AT + 10, 0);
	put_be16(frame + IP_AT + 10, (uint16_t)~csum_fold(csum_add(0, frame + IP_AT, h->transport - IP_AT)));
}

static void fill_transport(uint8_t *frame, const struct headers *h, unsigned at)
{
	uint16_t sum;

	if (h->transport + at + 2 > h->end || h->fragment)
		return;
	put_be16(frame + h->transport + at, 0);
	sum = transport_sum(frame, h);
	put_be16(frame + h->transport + at, h->protocol == IP_UDP && !sum ? 0xffff : sum);
}

void rtl8139_fill_sums(uint8_t *frame, uint32_t size, uint32_t command)
{
	struct headers h;

	if (!find_headers(frame, size, true, &h))
		return;
	if (command & CPTX_IPCS)
		fill_ip(frame, &h);
	if ((command & CPTX_TCPCS) && h.protocol == IP_TCP)
		fill_transport(frame, &h, TCP_SUM);
	if ((command & CPTX_UDPCS) && h.protocol == IP_UDP)
		fill_transport(frame, &h, UDP_SUM);
}

uint32_t rtl8139_tcp_payload(const uint8_t *frame, uint32_t size)
{
	struct headers h;
	uint32_t payload;

	if (!find_headers(frame, size, false, &h) || h.protocol != IP_TCP || h.transport + 20 > size)
		return 0;
	payload = h.transport + (frame[h.transport + 12] >> 4) * 4u;
	return payload >= h.transport + 20 && payload <= size ? payload : 0;
}

/* Each segment has the whole's headers with its own length, identification and
 * sequence number; FIN and PSH are the last one's. */
uint32_t rtl8139_segment(const uint8_t *whole, uint32_t size, uint32_t payload, uint32_t from, uint32_t mss,
			 uint8_t *segment)
{
	uint32_t left = size - payload - from, bytes = left < mss ? left : mss, total = payload + bytes;
	uint8_t *ip = segment + IP_AT, *tcp = segment + IP_AT + (whole[IP_AT] & 15) * 4u;

	memcpy(segment, whole, payload);
	memcpy(segment + payload, whole + payload + from, bytes);
	put_be16(ip + 2, (uint16_t)(total - IP_AT));
	put_be16(ip + 4, (uint16_t)(get_be16(ip + 4) + from / mss));
	put_be32(tcp + 4, get_be32(tcp + 4) + from);
	if (bytes < left)
		tcp[13] &= (uint8_t)~TCP_FIN_PSH;
	rtl8139_fill_sums(segment, total, CPTX_IPCS | CPTX_TCPCS);
	return total;
}

static uint32_t check_transport(const uint8_t *frame, const struct headers *h)
{
	uint32_t length = h->end - h->transport;
	bool tcp = h->protocol == IP_TCP;

	if (h->fragment || (!tcp && h->protocol != IP_UDP) || length < (tcp ? 20 : 8))
		return CPRX_PID_IP;
	if (tcp)
		return CPRX_PID_TCP | (transport_sum(frame, h) ? CPRX_TCPF : 0);
	if (!get_be16(frame + h->transport + UDP_SUM)) /* sent without */
		return CPRX_PID_UDP;
	return CPRX_PID_UDP | (transport_sum(frame, h) ? CPRX_UDPF : 0);
}

uint32_t rtl8139_check_sums(const uint8_t *frame, uint32_t size)
{
	struct headers h;

	if (!find_headers(frame, size, true, &h))
		return 0;
	if (csum_fold(csum_add(0, frame + IP_AT, h.transport - IP_AT)) != 0xffff)
		return CPRX_PID_IP | CPRX_IPF;
	return check_transport(frame, &h);
}
