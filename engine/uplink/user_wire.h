/* What passes between a lab and the process of a user network, over a SOCK_SEQPACKET
 * pair: one message each, a header and its bytes. The lab asks, and waits for WIRE_DONE;
 * what the process sends before that answers the question. What it sends
 * otherwise came from the host. */
#ifndef LANYARD_UPLINK_USER_WIRE_H
#define LANYARD_UPLINK_USER_WIRE_H

#include "engine/base/types.h"

#define WIRE_BYTES 65600u /* a message's, at most: a whole IP datagram, too */

enum wire_type {
	/* to the process; each is followed by WIRE_DONE from there */
	WIRE_FRAME,       /* both ways: an Ethernet frame */
	WIRE_CLOCK,       /* nothing but the time */
	WIRE_HEARD,       /* 4 bytes: this IPv4 address has been heard of */
	WIRE_ADD,         /* struct forward */
	WIRE_REMOVE,      /* struct forward: its host's side */
	WIRE_CONNECTIONS, /* for people */
	/* from the process */
	WIRE_DONE,
	WIRE_TEXT,  /* a line for people */
	WIRE_ERROR, /* what was asked for cannot be done, and why */
	WIRE_HELLO, /* 1 byte: ping sockets may be had */
};

struct wire_header {
	uint64_t clock; /* virtual ns */
	uint32_t type;
	uint32_t size; /* of what follows */
};

#endif
