/* QEMU's framing of a byte stream; see framing.h. */
#include "engine/uplink/framing.h"

#include <string.h>

#include "engine/base/bytes.h"
#include "engine/net/frame.h"

uint8_t *framing_room(struct framing *f, uint32_t *room)
{
	*room = (uint32_t)sizeof(f->data) - f->size;
	return f->data + f->size;
}

void framing_added(struct framing *f, uint32_t size)
{
	assert(size <= sizeof(f->data) - f->size);
	f->size += size;
}

/* Makes room behind what is not complete yet. */
static enum framing_result keep_rest(struct framing *f, uint32_t at)
{
	memmove(f->data, f->data + at, f->size - at);
	f->size -= at;
	return FRAMING_MORE;
}

enum framing_result framing_next(struct framing *f, uint32_t *at, const uint8_t **frame, uint32_t *length)
{
	uint32_t have = f->size - *at;

	if (have < FRAMING_HEADER)
		return keep_rest(f, *at);
	*length = get_be32(f->data + *at);
	if (*length < FRAME_MIN || *length > FRAMING_MAX)
		return FRAMING_BAD;
	if (have - FRAMING_HEADER < *length)
		return keep_rest(f, *at);
	*frame = f->data + *at + FRAMING_HEADER;
	*at += FRAMING_HEADER + *length;
	return FRAMING_FRAME;
}
