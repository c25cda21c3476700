/* Packets inside Ethernet frames; see packet.h. */
#include "engine/uplink/packet.h"

#include <string.h>

/* ---- reading ---- */

static void read_ports(struct packet *p)
{
	if ((p->protocol != PROTO_UDP && p->protocol != PROTO_TCP) || !p->payload || p->payload_size < UDP_HEADER)
		return;
	p->has_ports = true;
	p->source_port = get_be16(p->payload);
	p->target_port = get_be16(p->payload + 2);
}

static void read_ip4(struct packet *p, struct bytes b)
{
	const uint8_t *ip = bytes_at(b, ETH_HEADER, IP4_HEADER);
	uint32_t header, total, offset;

	if (!ip || ip[0] >> 4 != 4)
		return;
	header = (ip[0] & 15u) * 4;
	total = get_be16(ip + 2);
	offset = get_be16(ip + 6);
	if (header < IP4_HEADER || total < header)
		return;
	p->ip = ip;
	p->source = ip + 12;
	p->target = ip + 16;
	p->protocol = ip[9];
	p->fragment = offset & 0x3fff; /* more fragments, or not the first */
	p->payload = bytes_at(b, ETH_HEADER + header, total - header);
	p->payload_size = total - header;
	if (!(offset & 0x1fff))
		read_ports(p);
}

static void read_ip6(struct packet *p, struct bytes b)
{
	const uint8_t *ip = bytes_at(b, ETH_HEADER, IP6_HEADER);

	if (!ip || ip[0] >> 4 != 6)
		return;
	p->ip = ip;
	p->source = ip + 8;
	p->target = ip + 24;
	p->protocol = ip[6];
	p->fragment = p->protocol == 44;
	p->payload_size = get_be16(ip + 4);
	p->payload = bytes_at(b, ETH_HEADER + IP6_HEADER, p->payload_size);
	read_ports(p);
}

bool packet_read(struct packet *p, const void *frame, uint32_t size)
{
	struct bytes b = {frame, size};

	memset(p, 0, sizeof(*p));
	if (size < ETH_HEADER)
		return false;
	p->frame = frame;
	p->size = size;
	p->ethertype = get_be16(p->frame + 12);
	if (p->ethertype == ETHERTYPE_IP4)
		read_ip4(p, b);
	else if (p->ethertype == ETHERTYPE_IP6)
		read_ip6(p, b);
	return true;
}

/* ---- checksums ---- */

uint32_t checksum_add(uint32_t sum, const void *data, uint32_t size)
{
	const uint8_t *at = data;

	for (; size > 1; size -= 2, at += 2) {
		sum += get_be16(at);
		sum = (sum & 0xffff) + (sum >> 16);
	}
	if (size)
		sum += (uint32_t)*at << 8;
	return (sum & 0xffff) + (sum >> 16);
}

uint16_t checksum_end(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static uint32_t sum_number(uint32_t sum, uint32_t v)
{
	uint8_t bytes[4];

	put_be32(bytes, v);
	return checksum_add(sum, bytes, 4);
}

static uint32_t checksum_offset(uint8_t protocol)
{
	switch (protocol) {
	case PROTO_TCP: return 16;
	case PROTO_UDP: return 6;
	case PROTO_ICMP: return 2;
	default: return UINT32_MAX;
	}
}

void packet_mend4(uint8_t *ip, uint32_t size)
{
	uint32_t header = (ip[0] & 15u) * 4, at = checksum_offset(ip[9]), sum = 0;
	uint8_t *payload = ip + header;
	uint16_t value;

	put_be16(ip + 10, 0);
	put_be16(ip + 10, checksum_end(checksum_add(0, ip, header)));
	if (at == UINT32_MAX || header + at + 2 > size || (get_be16(ip + 6) & 0x3fff))
		return;
	put_be16(payload + at, 0);
	if (ip[9] != PROTO_ICMP) {
		sum = checksum_add(sum, ip + 12, 8);
		sum = sum_number(sum, ip[9]);
		sum = sum_number(sum, size - header);
	}
	value = checksum_end(checksum_add(sum, payload, size - header));
	put_be16(payload + at, value || ip[9] == PROTO_ICMP ? value : 0xffff);
}

void packet_mend6(uint8_t *ip, uint32_t size, uint32_t checksum_at)
{
	uint8_t *payload = ip + IP6_HEADER;
	uint32_t sum = checksum_add(0, ip + 8, 32);
	uint16_t value;

	put_be16(payload + checksum_at, 0);
	sum = sum_number(sum, size - IP6_HEADER);
	sum = sum_number(sum, ip[6]);
	value = checksum_end(checksum_add(sum, payload, size - IP6_HEADER));
	put_be16(payload + checksum_at, value ? value : 0xffff);
}

/* ---- writing ---- */

void packet_ethernet(struct packet_out *o, const uint8_t to[6], const uint8_t from[6], uint16_t ethertype)
{
	memcpy(o->data, to, 6);
	memcpy(o->data + 6, from, 6);
	put_be16(o->data + 12, ethertype);
	o->size = ETH_HEADER;
}

uint8_t *packet_room(struct packet_out *o, uint32_t size)
{
	uint8_t *at = o->data + o->size;

	if (size > sizeof(o->data) - o->size)
		return NULL;
	memset(at, 0, size);
	o->size += size;
	return at;
}

void packet_udp4(struct packet_out *o, uint32_t from, uint32_t to, uint16_t from_port, uint16_t to_port)
{
	uint8_t *ip = packet_room(o, IP4_HEADER + UDP_HEADER);

	ip[0] = 0x45;
	ip[8] = 64;
	ip[9] = PROTO_UDP;
	put_le32(ip + 12, from);
	put_le32(ip + 16, to);
	put_be16(ip + 20, from_port);
	put_be16(ip + 22, to_port);
}

void packet_udp4_end(struct packet_out *o)
{
	uint8_t *ip = o->data + ETH_HEADER;
	uint32_t size = o->size - ETH_HEADER;

	put_be16(ip + 2, (uint16_t)size);
	put_be16(ip + 24, (uint16_t)(size - IP4_HEADER));
	packet_mend4(ip, size);
}

void packet_ip6(struct packet_out *o, const uint8_t from[16], const uint8_t to[16], uint8_t protocol)
{
	uint8_t *ip = packet_room(o, IP6_HEADER);

	ip[0] = 0x60;
	ip[6] = protocol;
	ip[7] = 255;
	memcpy(ip + 8, from, 16);
	memcpy(ip + 24, to, 16);
}

void packet_ip6_end(struct packet_out *o, uint32_t checksum_at)
{
	uint8_t *ip = o->data + ETH_HEADER;
	uint32_t size = o->size - ETH_HEADER;

	put_be16(ip + 4, (uint16_t)(size - IP6_HEADER));
	if (ip[6] == PROTO_UDP)
		put_be16(ip + IP6_HEADER + 4, (uint16_t)(size - IP6_HEADER));
	packet_mend6(ip, size, checksum_at);
}

void packet_arp_reply(struct packet_out *o, const uint8_t to[6], uint32_t to_ip, const uint8_t from[6],
		      uint32_t from_ip)
{
	uint8_t *arp;

	packet_ethernet(o, to, from, ETHERTYPE_ARP);
	arp = packet_room(o, ARP_BYTES);
	put_be16(arp, 1); /* Ethernet */
	put_be16(arp + 2, ETHERTYPE_IP4);
	arp[4] = 6;
	arp[5] = 4;
	put_be16(arp + 6, 2); /* reply */
	memcpy(arp + 8, from, 6);
	put_le32(arp + 14, from_ip);
	memcpy(arp + 18, to, 6);
	put_le32(arp + 24, to_ip);
}
