/* IPv6 on a user network; see user_six.h. */
#include "engine/uplink/user_six.h"

#include <string.h>

#include "engine/uplink/user_net.h"

enum { ND_SOLICIT_ROUTER = 133, ND_ADVERTISE_ROUTER, ND_SOLICIT, ND_ADVERTISE };
enum { ND_SOURCE_MAC = 1, ND_TARGET_MAC, ND_PREFIX, ND_DNS = 25, ND_SEARCH = 31 };
enum { DHCP6_INFORMATION = 11, DHCP6_REPLY = 7 };
enum { DHCP6_CLIENT = 1, DHCP6_SERVER = 2, DHCP6_DNS = 23, DHCP6_SEARCH = 24, DHCP6_BOOT = 59 };
enum { LIFETIME = 1800, VALID = 86400, PREFERRED = 14400 }; /* seconds */

static const uint8_t router_local[16] = {0xfe, 0x80, [15] = 2}, dns_local[16] = {0xfe, 0x80, [15] = 3};
static const uint8_t all_nodes[16] = {0xff, 0x02, [15] = 1};

static bool is_own(const struct user_config *c, const uint8_t *address)
{
	return user_config_owns6(c, address) || !memcmp(address, router_local, 16) || !memcmp(address, dns_local, 16);
}

static bool unspecified(const uint8_t *address)
{
	static const uint8_t none[16];

	return !memcmp(address, none, 16);
}

static void multicast_mac(const uint8_t *address, uint8_t mac[6])
{
	mac[0] = mac[1] = 0x33;
	memcpy(mac + 2, address + 12, 4);
}

static void put_mac(struct packet_out *o, uint8_t type, const uint8_t mac[6])
{
	uint8_t *at = packet_room(o, 8);

	at[0] = type;
	at[1] = 1;
	memcpy(at + 2, mac, 6);
}

/* ---- the router ---- */

static void put_prefix(struct packet_out *o, const struct user_config *c)
{
	uint8_t *at = packet_room(o, 32);

	at[0] = ND_PREFIX;
	at[1] = 4;
	at[2] = (uint8_t)c->prefix_length;
	at[3] = 0xc0; /* on link, and for addresses of one's own */
	put_be32(at + 4, VALID);
	put_be32(at + 8, PREFERRED);
	memcpy(at + 16, c->prefix, 16);
}

static void put_dns(struct packet_out *o, const struct user_config *c)
{
	uint8_t *at = packet_room(o, 24), names[256];
	uint32_t size = user_net_names(c->search, names, sizeof(names)), room = (size + 7) / 8 * 8;

	at[0] = ND_DNS;
	at[1] = 3;
	put_be32(at + 4, LIFETIME);
	memcpy(at + 8, c->dns6, 16);
	if (!size)
		return;
	at = packet_room(o, 8 + room);
	at[0] = ND_SEARCH;
	at[1] = (uint8_t)(1 + room / 8);
	put_be32(at + 4, LIFETIME);
	memcpy(at + 8, names, size);
}

static void advertise(const struct user_config *c, const uint8_t *to, const uint8_t *to_mac, struct packet_out *out)
{
	uint8_t mac[6], *ra;

	user_net_mac6(router_local, mac);
	packet_ethernet(out, to_mac, mac, ETHERTYPE_IP6);
	packet_ip6(out, router_local, to, PROTO_ICMP6);
	ra = packet_room(out, 16);
	ra[0] = ND_ADVERTISE_ROUTER;
	ra[4] = 64;
	ra[5] = 0x40; /* O: the rest by DHCPv6 */
	put_be16(ra + 6, c->restricted ? 0 : LIFETIME);
	put_mac(out, ND_SOURCE_MAC, mac);
	put_prefix(out, c);
	if (!c->restricted)
		put_dns(out, c);
	packet_ip6_end(out, 2);
}

void user_six_advertise(const struct user_config *c, struct packet_out *out)
{
	uint8_t mac[6];

	multicast_mac(all_nodes, mac);
	advertise(c, all_nodes, mac, out);
}

/* ---- neighbours ---- */

static void neighbour(const uint8_t *target, const uint8_t mac[6], const uint8_t *to, const uint8_t *to_mac,
		      uint32_t flags, struct packet_out *out)
{
	uint8_t *na;

	packet_ethernet(out, to_mac, mac, ETHERTYPE_IP6);
	packet_ip6(out, target, to, PROTO_ICMP6);
	na = packet_room(out, 24);
	na[0] = ND_ADVERTISE;
	put_be32(na + 4, flags);
	memcpy(na + 8, target, 16);
	put_mac(out, ND_TARGET_MAC, mac);
	packet_ip6_end(out, 2);
}

void user_six_neighbour(const struct packet *p, const uint8_t mac[6], struct packet_out *out)
{
	neighbour(p->payload + 8, mac, p->source, packet_from(p), 0x60000000, out); /* solicited, override */
}

static bool solicited(const struct user_config *c, const struct packet *p, struct packet_out *out)
{
	const uint8_t *target = p->payload + 8;
	bool probe = unspecified(p->source);
	uint8_t mac[6], all[6];

	if (p->payload_size < 24 || !is_own(c, target))
		return false;
	user_net_mac6(target, mac);
	multicast_mac(all_nodes, all);
	neighbour(target, mac, probe ? all_nodes : p->source, probe ? all : packet_from(p),
		  probe ? 0xa0000000 : 0xe0000000, out); /* router, (solicited,) override */
	return true;
}

static bool router_solicited(const struct user_config *c, const struct packet *p, struct packet_out *out)
{
	if (unspecified(p->source))
		user_six_advertise(c, out);
	else
		advertise(c, p->source, packet_from(p), out);
	return true;
}

const uint8_t *user_six_station(const struct packet *p)
{
	if (p->ethertype != ETHERTYPE_IP6 || !p->ip || unspecified(p->source) || p->source[0] == 0xff)
		return NULL;
	return p->source;
}

/* ---- DHCPv6 ---- */

static uint8_t *put_option(struct packet_out *o, uint16_t code, const void *value, uint32_t size)
{
	uint8_t *at = packet_room(o, 4 + size);

	if (!at)
		return NULL;
	put_be16(at, code);
	put_be16(at + 2, (uint16_t)size);
	memcpy(at + 4, value, size);
	return at;
}

/* The client's own name for itself comes back. */
static void put_client(struct packet_out *o, struct bytes b)
{
	const uint8_t *head, *value;

	for (uint64_t at = 4; (head = bytes_at(b, at, 4)); at += 4u + get_be16(head + 2)) {
		value = bytes_at(b, at + 4, get_be16(head + 2));
		if (value && get_be16(head) == DHCP6_CLIENT && get_be16(head + 2) <= 130) {
			put_option(o, DHCP6_CLIENT, value, get_be16(head + 2));
			return;
		}
	}
}

static void put_boot(struct packet_out *o, const struct user_config *c)
{
	struct address host = {.family = 6, .prefix = 128};
	char text[ADDRESS_TEXT];
	g_autofree char *url = NULL;

	if (!c->bootfile)
		return;
	memcpy(host.bytes, c->host6, 16);
	address_format(&host, false, text);
	url = g_strdup_printf("tftp://[%s]/%s", text, c->bootfile);
	put_option(o, DHCP6_BOOT, url, (uint32_t)strlen(url));
}

static bool dhcp6(const struct user_config *c, const struct packet *p, struct packet_out *out)
{
	struct bytes b = {p->payload + UDP_HEADER, p->payload_size - UDP_HEADER};
	const uint8_t *message = bytes_at(b, 0, 4);
	uint8_t mac[6], names[256], server[10] = {0, 3, 0, 1}; /* DUID-LL, Ethernet */
	uint32_t size = user_net_names(c->search, names, sizeof(names));
	uint8_t *udp;

	if (!message || message[0] != DHCP6_INFORMATION)
		return false;
	user_net_mac6(router_local, mac);
	memcpy(server + 4, mac, 6);
	packet_ethernet(out, packet_from(p), mac, ETHERTYPE_IP6);
	packet_ip6(out, router_local, p->source, PROTO_UDP);
	udp = packet_room(out, UDP_HEADER + 4);
	put_be16(udp, 547);
	put_be16(udp + 2, 546);
	memcpy(udp + UDP_HEADER, message, 4);
	udp[UDP_HEADER] = DHCP6_REPLY;
	put_option(out, DHCP6_SERVER, server, sizeof(server));
	put_client(out, b);
	if (!c->restricted)
		put_option(out, DHCP6_DNS, c->dns6, 16);
	if (size)
		put_option(out, DHCP6_SEARCH, names, size);
	put_boot(out, c);
	packet_ip6_end(out, 6);
	return true;
}

bool user_six_answer(const struct user_config *c, const struct packet *p, struct packet_out *out)
{
	if (!p->payload || p->fragment)
		return false;
	if (p->protocol == PROTO_UDP && p->has_ports && p->target_port == 547)
		return dhcp6(c, p, out);
	if (p->protocol != PROTO_ICMP6 || p->payload_size < 8 || p->ip[7] != 255)
		return false;
	switch (p->payload[0]) {
	case ND_SOLICIT_ROUTER: return router_solicited(c, p, out);
	case ND_SOLICIT: return solicited(c, p, out);
	default: return false;
	}
}
