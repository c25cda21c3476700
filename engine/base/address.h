/* Network addresses as people write them: MAC, IPv4, IPv6, with prefixes. An
 * address is a value, in network byte order; unused bytes are zero. */
#ifndef LANYARD_BASE_ADDRESS_H
#define LANYARD_BASE_ADDRESS_H

#include "engine/base/types.h"

#define ADDRESS_TEXT 64 /* room for any address as text, with its prefix */

struct address {
	uint8_t bytes[16];
	uint8_t family; /* 4 or 6 */
	uint8_t prefix; /* bits; 32 or 128 if none was written */
};

/* "52:54:00:12:34:56". */
bool address_parse_mac(const char *text, uint8_t mac[6]);
void address_format_mac(const uint8_t mac[6], char text[ADDRESS_TEXT]);
/* "10.0.1.1", "2001:db8::1"; with_prefix: "/24" must follow, else must not. */
bool address_parse(const char *text, bool with_prefix, struct address *a);
void address_format(const struct address *a, bool with_prefix, char text[ADDRESS_TEXT]);
/* The network it is in: all bits after the prefix cleared. */
struct address address_network(const struct address *a);
/* Equal family and bytes; prefixes are not compared. */
bool address_equal(const struct address *a, const struct address *b);
/* Is a one of the addresses of net? */
bool address_within(const struct address *a, const struct address *net);
/* NULL if a host may have it on a network of its prefix, else what it is: "the
 * broadcast address of its network", "a multicast address" ... */
const char *address_unusable(const struct address *a);

#endif
