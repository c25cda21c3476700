/* One neighbour at a byte stream: its descriptor, what has come of a frame, and what
 * waits to be sent to it. A neighbour that does not read loses frames of its own. */
#ifndef LANYARD_UPLINK_SOCKET_PEER_H
#define LANYARD_UPLINK_SOCKET_PEER_H

#include "engine/uplink/uplink.h"

struct socket_peer;

/* Takes over fd. Has carrier from now on; NULL: every place is taken (fd is closed).
 * text: who it is. */
struct socket_peer *socket_peer_new(struct uplink *u, int fd, const char *text);
/* Closes it; why: for people. */
void socket_peer_free(struct socket_peer *p, const char *why);
int socket_peer_fd(const struct socket_peer *p);
unsigned socket_peer_place(const struct socket_peer *p);
bool socket_peer_waits(const struct socket_peer *p); /* something is still to be sent */
bool socket_peer_heard(const struct socket_peer *p); /* something has come */
/* Takes what has come. NULL, or why it is to be closed. */
const char *socket_peer_read(struct socket_peer *p);
void socket_peer_send(struct socket_peer *p, struct frame *f);
/* As much as goes without waiting. NULL, or why it is to be closed. */
const char *socket_peer_flush(struct socket_peer *p);

#endif
