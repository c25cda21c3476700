/* Ethernet, 802.1Q, ARP, IPv4, IPv6, ICMP, TCP, UDP and what is known by its port; see
 * decode.h. Numbers are IANA's. */
#include "tui/console/decode.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct reader {
	const uint8_t *data;
	size_t size;
	struct decoded *d;
	GString *details; /* NULL: one line only */
};

/* clang-format off */
static const struct { uint16_t port; const char *name; } services[] = {
	{21, "FTP"}, {22, "SSH"}, {23, "Telnet"}, {25, "SMTP"}, {53, "DNS"}, {67, "DHCP"}, {68, "DHCP"},
	{69, "TFTP"}, {80, "HTTP"}, {123, "NTP"}, {161, "SNMP"}, {179, "BGP"}, {443, "HTTPS"}, {514, "Syslog"},
	{520, "RIP"}, {521, "RIPng"}, {546, "DHCPv6"}, {547, "DHCPv6"}, {4789, "VXLAN"}, {5001, "iperf"},
	{5201, "iperf3"}, {5353, "mDNS"}, {6081, "Geneve"}, {51820, "WireGuard"},
};
static const struct { uint8_t number; const char *name; } protocols[] = {
	{1, "ICMP"}, {2, "IGMP"}, {4, "IP-in-IP"}, {6, "TCP"}, {17, "UDP"}, {41, "IPv6"}, {47, "GRE"}, {50, "ESP"},
	{58, "ICMPv6"}, {88, "EIGRP"}, {89, "OSPF"}, {103, "PIM"}, {112, "VRRP"}, {132, "SCTP"},
};
static const struct { uint8_t type; const char *name; } icmp4[] = {
	{0, "echo reply"}, {3, "destination unreachable"}, {5, "redirect"}, {8, "echo request"},
	{9, "router advertisement"}, {11, "time exceeded"}, {12, "parameter problem"},
}, icmp6[] = {
	{1, "destination unreachable"}, {2, "packet too big"}, {3, "time exceeded"}, {128, "echo request"},
	{129, "echo reply"}, {130, "listener query"}, {133, "router solicitation"}, {134, "router advertisement"},
	{135, "neighbor solicitation"}, {136, "neighbor advertisement"}, {143, "listener report"},
};
/* clang-format on */

static unsigned be16(const uint8_t *p)
{
	return (unsigned)p[0] << 8 | p[1];
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

static void G_GNUC_PRINTF(3, 4) say(struct reader *r, const char *protocol, const char *format, ...)
{
	va_list args;

	g_strlcpy(r->d->protocol, protocol, sizeof(r->d->protocol));
	va_start(args, format);
	g_vsnprintf(r->d->summary, sizeof(r->d->summary), format, args);
	va_end(args);
	if (r->details)
		g_string_append_printf(r->details, "%s: %s\n", protocol, r->d->summary);
}

static void G_GNUC_PRINTF(2, 3) detail(struct reader *r, const char *format, ...)
{
	va_list args;

	if (!r->details)
		return;
	va_start(args, format);
	g_string_append_vprintf(r->details, format, args);
	va_end(args);
	g_string_append_c(r->details, '\n');
}

static void mac_text(const uint8_t *m, char *text, size_t room)
{
	static const uint8_t all[6] = {255, 255, 255, 255, 255, 255};

	if (!memcmp(m, all, 6))
		g_strlcpy(text, "broadcast", room);
	else
		g_snprintf(text, (gulong)room, "%02x:%02x:%02x:%02x:%02x:%02x", m[0], m[1], m[2], m[3], m[4], m[5]);
}

static const char *service(unsigned source, unsigned destination)
{
	for (unsigned n = 0; n < ARRAY_LEN(services); n++)
		if (services[n].port == source || services[n].port == destination)
			return services[n].name;
	return NULL;
}

/* ---- above IP ---- */

static void decode_tcp(struct reader *r, const uint8_t *p, size_t size, size_t length)
{
	static const char names[] = "FSRPAUEC";
	unsigned source, destination;
	size_t header;
	char flags[9];
	unsigned count = 0;
	const char *name;

	if (size < 20)
		return say(r, "TCP", "cut short");
	source = be16(p);
	destination = be16(p + 2);
	header = (size_t)(p[12] >> 4) * 4;
	for (unsigned n = 0; n < 8; n++)
		if (p[13] >> n & 1)
			flags[count++] = names[n];
	flags[count] = '\0';
	name = service(source, destination);
	say(r, name ? name : "TCP", "%u > %u [%s] seq %u ack %u win %u len %zu", source, destination, flags,
	    be32(p + 4), be32(p + 8), be16(p + 14), length > header ? length - header : 0);
}

static const char *dhcp_type(const uint8_t *p, size_t size)
{
	static const char *const types[] = {"",    "discover", "offer",   "request", "decline",
					    "ack", "nak",      "release", "inform"};

	for (size_t at = 240; at + 2 < size && p[at] != 255; at += p[at] ? 2u + p[at + 1] : 1u)
		if (p[at] == 53 && p[at + 2] < ARRAY_LEN(types))
			return types[p[at + 2]];
	return "message";
}

/* The first name that is asked for: labels of letters; anything else ends it. */
static void dns_name(const uint8_t *p, size_t size, char *text, size_t room)
{
	size_t at = 12, used = 0;

	while (at < size && p[at] && p[at] < 64 && at + 1 + p[at] <= size) {
		for (unsigned n = 1; n <= p[at] && used + 2 < room; n++)
			text[used++] = g_ascii_isgraph(p[at + n]) ? (char)p[at + n] : '?';
		if (used + 2 < room)
			text[used++] = '.';
		at += 1u + p[at];
	}
	text[used] = '\0';
}

static void decode_udp(struct reader *r, const uint8_t *p, size_t size)
{
	unsigned source, destination;
	const char *name;
	char asked[48];

	if (size < 8)
		return say(r, "UDP", "cut short");
	source = be16(p);
	destination = be16(p + 2);
	name = service(source, destination);
	if (name && !strcmp(name, "DHCP") && size > 8 + 240)
		return say(r, name, "%s, transaction %08x", dhcp_type(p + 8, size - 8), be32(p + 12));
	if (name && !strcmp(name, "DNS") && size > 8 + 12) {
		dns_name(p + 8, size - 8, asked, sizeof(asked));
		return say(r, name, "%s %s", p[10] & 0x80 ? "answer" : "query", asked);
	}
	say(r, name ? name : "UDP", "%u > %u len %u", source, destination, MAX(be16(p + 4), 8u) - 8);
}

static void decode_icmp(struct reader *r, const uint8_t *p, size_t size, bool six)
{
	const char *name = NULL;

	if (size < 8)
		return say(r, six ? "ICMPv6" : "ICMP", "cut short");
	for (unsigned n = 0; n < (six ? ARRAY_LEN(icmp6) : ARRAY_LEN(icmp4)); n++)
		if ((six ? icmp6[n].type : icmp4[n].type) == p[0])
			name = six ? icmp6[n].name : icmp4[n].name;
	if (!name)
		return say(r, six ? "ICMPv6" : "ICMP", "type %u code %u", p[0], p[1]);
	if (strstr(name, "echo"))
		return say(r, six ? "ICMPv6" : "ICMP", "%s id %u seq %u", name, be16(p + 4), be16(p + 6));
	say(r, six ? "ICMPv6" : "ICMP", "%s, code %u", name, p[1]);
}

static void decode_above(struct reader *r, unsigned number, const uint8_t *p, size_t size, size_t length)
{
	const char *name = NULL;

	if (number == 6)
		return decode_tcp(r, p, size, length);
	if (number == 17)
		return decode_udp(r, p, size);
	if (number == 1 || number == 58)
		return decode_icmp(r, p, size, number == 58);
	for (unsigned n = 0; n < ARRAY_LEN(protocols); n++)
		if (protocols[n].number == number)
			name = protocols[n].name;
	if (name)
		say(r, name, "%zu bytes", length);
	else
		say(r, "IP", "protocol %u, %zu bytes", number, length);
}

/* ---- above Ethernet ---- */

static void decode_ip4(struct reader *r, const uint8_t *p, size_t size)
{
	size_t header, length;

	if (size < 20 || (header = (size_t)(p[0] & 15) * 4) < 20 || header > size)
		return say(r, "IPv4", "cut short");
	length = be16(p + 2);
	inet_ntop(AF_INET, p + 12, r->d->source, sizeof(r->d->source));
	inet_ntop(AF_INET, p + 16, r->d->destination, sizeof(r->d->destination));
	detail(r, "IPv4: %s > %s, TTL %u, id %u, %zu bytes", r->d->source, r->d->destination, p[8], be16(p + 4),
	       length);
	if (be16(p + 6) & 0x1fff)
		return say(r, "IPv4", "fragment at %u, id %u", (be16(p + 6) & 0x1fff) * 8, be16(p + 4));
	decode_above(r, p[9], p + header, size - header, length > header ? length - header : 0);
}

static void decode_ip6(struct reader *r, const uint8_t *p, size_t size)
{
	size_t at = 40;
	unsigned next, hops = 0;

	if (size < 40)
		return say(r, "IPv6", "cut short");
	inet_ntop(AF_INET6, p + 8, r->d->source, sizeof(r->d->source));
	inet_ntop(AF_INET6, p + 24, r->d->destination, sizeof(r->d->destination));
	detail(r, "IPv6: %s > %s, hop limit %u, %u bytes", r->d->source, r->d->destination, p[7], be16(p + 4));
	next = p[6];
	/* Hop-by-hop options, routing, destination options: the next header is behind them. */
	while ((next == 0 || next == 43 || next == 60) && at + 8 <= size && hops++ < 8) {
		next = p[at];
		at += (size_t)p[at + 1] * 8 + 8;
	}
	if (at > size)
		return say(r, "IPv6", "cut short");
	decode_above(r, next, p + at, size - at, be16(p + 4) + 40u > at ? be16(p + 4) + 40u - at : 0);
}

static void decode_arp(struct reader *r, const uint8_t *p, size_t size)
{
	char sender[INET_ADDRSTRLEN], target[INET_ADDRSTRLEN], mac[24];

	if (size < 28)
		return say(r, "ARP", "cut short");
	inet_ntop(AF_INET, p + 14, sender, sizeof(sender));
	inet_ntop(AF_INET, p + 24, target, sizeof(target));
	mac_text(p + 8, mac, sizeof(mac));
	if (be16(p + 6) == 1)
		say(r, "ARP", "who has %s? tell %s", target, sender);
	else
		say(r, "ARP", "%s is at %s", sender, mac);
}

/* LLC under a length: spanning tree is what a lab has of it. */
static void decode_llc(struct reader *r, const uint8_t *p, size_t size)
{
	if (size >= 3 && p[0] == 0x42 && p[1] == 0x42)
		say(r, "STP", size > 6 && p[6] == 0x80 ? "topology change" : "bridge message, version %u",
		    size > 5 ? p[5] : 0u);
	else
		say(r, "LLC", "%zu bytes", size);
}

static void decode_type(struct reader *r, unsigned type, const uint8_t *p, size_t size)
{
	switch (type) {
	case 0x0800: decode_ip4(r, p, size); break;
	case 0x0806: decode_arp(r, p, size); break;
	case 0x86dd: decode_ip6(r, p, size); break;
	case 0x88cc: say(r, "LLDP", "%zu bytes", size); break;
	case 0x8847: say(r, "MPLS", "%zu bytes", size); break;
	case 0x8808: say(r, "MAC", "pause"); break;
	default:
		if (type < 0x0600)
			decode_llc(r, p, size);
		else
			say(r, "Ethernet", "type %04x, %zu bytes", type, size);
	}
}

static void decode(struct reader *r)
{
	const uint8_t *p = r->data;
	size_t at = 14;
	unsigned type, vlan = 0;

	memset(r->d, 0, sizeof(*r->d));
	if (r->size < 14)
		return say(r, "Ethernet", "%zu bytes: no header", r->size);
	mac_text(p + 6, r->d->source, sizeof(r->d->source));
	mac_text(p, r->d->destination, sizeof(r->d->destination));
	type = be16(p + 12);
	detail(r, "Ethernet: %s > %s, type %04x, %zu bytes", r->d->source, r->d->destination, type, r->size);
	while ((type == 0x8100 || type == 0x88a8) && at + 4 <= r->size) {
		vlan = be16(p + at) & 0xfff;
		type = be16(p + at + 2);
		detail(r, "802.1Q: VLAN %u, priority %u", vlan, p[at] >> 5);
		at += 4;
	}
	decode_type(r, type, p + at, r->size - at);
	if (vlan) {
		g_autofree char *text = g_strdup_printf("[%u] %s", vlan, r->d->summary);

		g_strlcpy(r->d->summary, text, sizeof(r->d->summary));
	}
}

void decode_frame(const uint8_t *data, size_t size, struct decoded *d)
{
	struct reader r = {data, size, d, NULL};

	decode(&r);
}

static void dump(GString *s, const uint8_t *data, size_t size)
{
	for (size_t at = 0; at < size; at += 16) {
		g_string_append_printf(s, "%04zx ", at);
		for (size_t n = at; n < at + 16; n++)
			g_string_append_printf(s, n < size ? " %02x" : "   ", n < size ? data[n] : 0u);
		g_string_append(s, "  ");
		for (size_t n = at; n < MIN(size, at + 16); n++)
			g_string_append_c(s, g_ascii_isprint(data[n]) ? (char)data[n] : '.');
		g_string_append_c(s, '\n');
	}
}

char *decode_details(const uint8_t *data, size_t size)
{
	struct decoded d;
	struct reader r = {data, size, &d, g_string_new(NULL)};

	decode(&r);
	dump(r.details, data, size);
	return g_string_free(r.details, FALSE);
}
