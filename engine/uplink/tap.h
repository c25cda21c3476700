/* Opening TAP interfaces of the host; inside the spawner. */
#ifndef LANYARD_UPLINK_TAP_H
#define LANYARD_UPLINK_TAP_H

#include "engine/uplink/spawner.h"

#define TAP_NAME 16u /* with its NUL: IFNAMSIZ */

struct tap {
	int fd;
	char name[TAP_NAME];
	bool made; /* it was not there before */
};

/* name NULL: the kernel picks tapN. False with error, which says what to do. */
bool tap_open(struct tap *t, const char *name, GError **error);
/* By Debian's qemu-bridge-helper, which also puts it into the bridge. */
bool tap_open_bridge(struct tap *t, const char *bridge, struct spawner_side *side, GError **error);
/* The name behind a descriptor. */
void tap_name(int fd, char name[TAP_NAME]);
/* Takes away the address that tap_configure() gave an interface that stays. */
void tap_unconfigure(const char *name, const struct address *address);
/* Puts an interface up, without IPv6 unless an address of that family is wanted. address:
 * "10.0.1.254/24"; NULL: none. */
bool tap_configure(const struct tap *t, const struct address *address, GError **error);

/* ---- the helper's access list (bridge_acl.c) ---- */

enum bridge_acl { BRIDGE_ALLOWED, BRIDGE_DENIED, BRIDGE_NO_FILE, BRIDGE_COMMENT /* behind the name */ };
/* What the helper will find in the text of a file; *line: where it decided. */
enum bridge_acl bridge_acl_text(const char *text, const char *bridge, unsigned *line);
enum bridge_acl bridge_acl_file(const char *path, const char *bridge, unsigned *line);

#endif
