/* Where a socket is or goes to, as people write it: HOST:PORT, [IPV6]:PORT, :PORT
 * (an empty host is 127.0.0.1) or unix:PATH. */
#ifndef LANYARD_UPLINK_ENDPOINT_H
#define LANYARD_UPLINK_ENDPOINT_H

#include <glib.h>
#include <sys/socket.h>

#include "engine/base/types.h"

enum endpoint_sort { ENDPOINT_INET, ENDPOINT_UNIX };

struct endpoint {
	enum endpoint_sort sort;
	char *host; /* without brackets; never empty */
	char *port;
	char *path; /* of ENDPOINT_UNIX, as written */
};

struct endpoint_address {
	union {
		struct sockaddr any;
		struct sockaddr_storage room;
	};
	socklen_t size;
};

/* False with error: "'x': expected ...". unix: may it be unix:PATH? */
bool endpoint_parse(const char *text, bool unix_too, struct endpoint *e, GError **error);
void endpoint_clear(struct endpoint *e);
/* Does it mean this machine's loopback, or a path inside the lab's folder? */
bool endpoint_is_private(const struct endpoint *e);
/* Looks names up. A relative path is below folder (NULL: below the current one). */
bool endpoint_resolve(const struct endpoint *e, const char *folder, bool ipv4_only, struct endpoint_address *a,
		      GError **error);
/* The same address and port, or path. */
bool endpoint_same(const struct endpoint_address *a, const struct endpoint_address *b);
/* "127.0.0.1:9000", "[::1]:9000", "unix:/run/x". g_free() it. */
char *endpoint_text(const struct endpoint_address *a);

#endif
