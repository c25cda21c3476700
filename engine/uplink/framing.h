/* QEMU's framing of Ethernet frames in a byte stream: 4 bytes of length, big-endian,
 * then the frame, without FCS; at most 69632 bytes (its NET_BUFSIZE). Frames may
 * come in any pieces. */
#ifndef LANYARD_UPLINK_FRAMING_H
#define LANYARD_UPLINK_FRAMING_H

#include "engine/base/types.h"

#define FRAMING_HEADER 4u
#define FRAMING_MAX 69632u /* more ends the connection */

/* What has come and is not used yet. All zero to begin with. */
struct framing {
	uint8_t data[FRAMING_HEADER + FRAMING_MAX];
	uint32_t size;
};

enum framing_result {
	FRAMING_MORE,  /* all is used up */
	FRAMING_FRAME, /* one is there: *frame, *length, until the next call */
	FRAMING_BAD,   /* a length that no frame has: the stream is worth nothing any more */
};

/* Where to put what is read, and how much: never 0 after FRAMING_MORE. */
uint8_t *framing_room(struct framing *f, uint32_t *room);
void framing_added(struct framing *f, uint32_t size);
/* The next frame; *at is 0 for the first one after an addition and is kept between
 * calls, which go on until FRAMING_MORE. */
enum framing_result framing_next(struct framing *f, uint32_t *at, const uint8_t **frame, uint32_t *length);

#endif
