/* Packets inside Ethernet frames: reading what strangers sent, and writing answers.
 * RFC 791 (IPv4), 8200 (IPv6), 768 (UDP), 826 (ARP), 1071 (checksums). */
#ifndef LANYARD_UPLINK_PACKET_H
#define LANYARD_UPLINK_PACKET_H

#include "engine/base/bytes.h"

enum { ETH_HEADER = 14, IP4_HEADER = 20, IP6_HEADER = 40, UDP_HEADER = 8, ARP_BYTES = 28, PACKET_ROOM = 1514 };
enum { ETHERTYPE_IP4 = 0x0800, ETHERTYPE_ARP = 0x0806, ETHERTYPE_IP6 = 0x86dd };
enum { PROTO_ICMP = 1, PROTO_TCP = 6, PROTO_UDP = 17, PROTO_ICMP6 = 58 };

/* A frame that was looked at; pointers are into it. */
struct packet {
	const uint8_t *frame;
	uint32_t size;
	uint16_t ethertype;
	/* of IPv4 and IPv6, if its header is whole; else NULL */
	const uint8_t *ip, *source, *target; /* addresses */
	uint8_t protocol;
	bool fragment;          /* not all of a datagram */
	const uint8_t *payload; /* of IP; NULL: cut short */
	uint32_t payload_size;
	/* of UDP and TCP, if the first eight bytes are there and it is the first fragment */
	bool has_ports;
	uint16_t source_port, target_port;
};

/* False: not even an Ethernet header. */
bool packet_read(struct packet *p, const void *frame, uint32_t size);
static inline const uint8_t *packet_to(const struct packet *p)
{
	return p->frame;
}
static inline const uint8_t *packet_from(const struct packet *p)
{
	return p->frame + 6;
}
static inline uint32_t packet_word(const uint8_t *address)
{
	return get_le32(address); /* as in memory */
}

/* Ones' complement sum of bytes, onto `sum`; and its end, ready to be stored. */
uint32_t checksum_add(uint32_t sum, const void *data, uint32_t size);
uint16_t checksum_end(uint32_t sum);

/* A frame being written. */
struct packet_out {
	uint8_t data[PACKET_ROOM];
	uint32_t size;
};

void packet_ethernet(struct packet_out *o, const uint8_t to[6], const uint8_t from[6], uint16_t ethertype);
/* Room for `size` bytes at the end, zeros; NULL: there is none. */
uint8_t *packet_room(struct packet_out *o, uint32_t size);
/* Headers for a payload that is written behind them; addresses in network byte order.
 * packet_udp4_end() and the like fill in lengths and checksums. */
void packet_udp4(struct packet_out *o, uint32_t from, uint32_t to, uint16_t from_port, uint16_t to_port);
void packet_udp4_end(struct packet_out *o);
void packet_ip6(struct packet_out *o, const uint8_t from[16], const uint8_t to[16], uint8_t protocol);
/* checksum_at: offset behind the IPv6 header. */
void packet_ip6_end(struct packet_out *o, uint32_t checksum_at);
/* Puts the checksums of an IPv4 packet's header, and of the UDP, TCP or ICMP in it,
 * right after something was changed. */
void packet_mend4(uint8_t *ip, uint32_t size);
void packet_mend6(uint8_t *ip, uint32_t size, uint32_t checksum_at);
void packet_arp_reply(struct packet_out *o, const uint8_t to[6], uint32_t to_ip, const uint8_t from[6],
		      uint32_t from_ip);

#endif
