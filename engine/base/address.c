/* Addresses from and to text, and what their bits mean; see address.h. */
#include "engine/base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool address_parse_mac(const char *text, uint8_t mac[6])
{
	uint8_t bytes[6];

	if (strlen(text) != 17)
		return false;
	for (unsigned n = 0; n < 6; n++) {
		int high = hex_digit(text[3 * n]), low = hex_digit(text[3 * n + 1]);

		if (high < 0 || low < 0 || text[3 * n + 2] != (n < 5 ? ':' : '\0'))
			return false;
		bytes[n] = (uint8_t)(high << 4 | low);
	}
	memcpy(mac, bytes, 6);
	return true;
}

void address_format_mac(const uint8_t mac[6], char text[ADDRESS_TEXT])
{
	snprintf(text, ADDRESS_TEXT, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4], mac[5]);
}

/* Decimal digits only, no sign, no leading zero. */
static bool parse_prefix(const char *text, unsigned max, uint8_t *prefix)
{
	unsigned v = 0;

	if (!*text || (text[0] == '0' && text[1]))
		return false;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return false;
		v = v * 10 + (unsigned)(*text - '0');
		if (v > max)
			return false;
	}
	*prefix = (uint8_t)v;
	return true;
}

/* Of the whole address. */
static unsigned address_bits(const struct address *a)
{
	return a->family == 6 ? 128 : 32;
}

bool address_parse(const char *text, bool with_prefix, struct address *a)
{
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	struct address r = {0};
	char host[INET6_ADDRSTRLEN];

	if (!slash == with_prefix || len >= sizeof(host))
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	r.family = strchr(host, ':') ? 6 : 4;
	r.prefix = (uint8_t)address_bits(&r);
	if (inet_pton(r.family == 6 ? AF_INET6 : AF_INET, host, r.bytes) != 1)
		return false;
	if (with_prefix && !parse_prefix(slash + 1, address_bits(&r), &r.prefix))
		return false;
	*a = r;
	return true;
}

void address_format(const struct address *a, bool with_prefix, char text[ADDRESS_TEXT])
{
	char host[INET6_ADDRSTRLEN] = "";

	inet_ntop(a->family == 6 ? AF_INET6 : AF_INET, a->bytes, host, sizeof(host));
	if (with_prefix)
		snprintf(text, ADDRESS_TEXT, "%s/%u", host, a->prefix);
	else
		snprintf(text, ADDRESS_TEXT, "%s", host);
}

struct address address_network(const struct address *a)
{
	struct address net = *a;

	for (unsigned bit = a->prefix; bit < address_bits(a); bit++)
		net.bytes[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
	return net;
}

bool address_equal(const struct address *a, const struct address *b)
{
	return a->family == b->family && !memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool address_within(const struct address *a, const struct address *net)
{
	struct address mine = *a, theirs = address_network(net);

	mine.prefix = net->prefix;
	if (a->family != net->family)
		return false;
	mine = address_network(&mine);
	return address_equal(&mine, &theirs);
}

/* All bits after the prefix are set. */
static bool is_broadcast(const struct address *a)
{
	for (unsigned bit = a->prefix; bit < address_bits(a); bit++)
		if (!(a->bytes[bit / 8] & 0x80u >> bit % 8))
			return false;
	return true;
}

const char *address_unusable(const struct address *a)
{
	static const uint8_t zero[16];
	struct address net = address_network(a);

	if (a->family == 6) {
		if (a->bytes[0] == 0xff)
			return "a multicast address";
		if (!memcmp(a->bytes, zero, 15) && a->bytes[15] <= 1)
			return a->bytes[15] ? "the loopback address" : "the unspecified address";
		return NULL;
	}
	if (a->bytes[0] == 0)
		return "an address of 0.0.0.0/8, which no host may have";
	if (a->bytes[0] == 127)
		return "a loopback address";
	if (a->bytes[0] >= 224)
		return a->bytes[0] < 240 ? "a multicast address" : "a reserved address";
	if (a->prefix >= 31) /* RFC 3021: both addresses of a /31 are hosts */
		return NULL;
	if (address_equal(a, &net))
		return "the address of its network itself";
	return is_broadcast(a) ? "the broadcast address of its network" : NULL;
}
