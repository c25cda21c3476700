/* The sorts of `kind: socket`: a byte stream that waits or calls, or datagrams.
 * Inside engine/uplink. */
#ifndef LANYARD_UPLINK_SOCKET_H
#define LANYARD_UPLINK_SOCKET_H

#include "engine/uplink/endpoint.h"
#include "engine/uplink/uplink.h"

struct socket_sort {
	const char *key;  /* of the lab file, which says where */
	const char *verb; /* for people: "listens at" */
	bool many;        /* many neighbours at a time */
	/* Opens it; NULL with error. The address is parsed and right. */
	void *(*open)(struct uplink *u, const struct uplink_settings *s, const struct endpoint *e, GError **error);
	void (*close)(void *self);
	void (*poll)(void *self, GArray *fds);
	void (*input)(void *self);
	void (*send)(void *self, unsigned place, struct frame *f);
	void (*flush)(void *self);
};

extern const struct socket_sort socket_listen, socket_connect, socket_mcast, socket_udp, socket_dgram;

/* An error with errno's text: "WHAT: ...". Returns false. */
bool socket_failed(GError **error, const char *what);

#endif
