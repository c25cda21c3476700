/* What a user network is like: its settings as numbers, with QEMU's defaults.
 * Addresses are in network byte order, as in packets. */
#ifndef LANYARD_UPLINK_USER_CONFIG_H
#define LANYARD_UPLINK_USER_CONFIG_H

#include "engine/uplink/forward.h"
#include "engine/uplink/kind.h"

#define USER_GUEST_FORWARDS 16u

struct user_config {
	bool ipv4, ipv6, restricted, dhcp;
	uint32_t net, mask, host, dns, smb, first; /* first: of the leases; smb: 0 if there is none */
	uint8_t prefix[16], host6[16], dns6[16];
	unsigned prefix_length;
	const char *hostname, *domain, *bootfile, *tftp_server; /* NULL: none; the settings' */
	char *tftp, *smb_folder;                                /* absolute; NULL: none */
	GPtrArray *search;                                      /* char *: the settings' */
	GArray *forwards;                                       /* struct forward */
	struct guest_forward guest[USER_GUEST_FORWARDS];
	unsigned guests;
};

extern const struct uplink_key user_keys[];

/* NULL with error, *key: the one it is about, or NULL. */
struct user_config *user_config_new(const struct uplink_settings *s, const char **key, GError **error);
void user_config_free(struct user_config *c);
/* Is it one of the network's own: router, name server, SMB, a guest forward's? */
bool user_config_owns(const struct user_config *c, uint32_t address);
bool user_config_owns6(const struct user_config *c, const uint8_t address[16]);
bool user_config_inside(const struct user_config *c, uint32_t address);
bool user_config_inside6(const struct user_config *c, const uint8_t address[16]);

#endif
