/* Ethernet frames on the wire: bytes from the destination address to the end of
 * the payload (no preamble, no FCS), reference-counted and never changed after
 * they were made, so that a flood copies nothing. Memory comes from a pool that
 * belongs to one lab and is used on the fabric's thread only. */
#ifndef LANYARD_NET_FRAME_H
#define LANYARD_NET_FRAME_H

#include "engine/base/types.h"

#define FRAME_MIN 14u    /* an Ethernet header; shorter ones are dropped */
#define FRAME_MAX 16384u /* jumbo frames fit; longer ones are dropped */
#define ETH_ALEN 6

struct frame_pool;
struct state;

struct frame {
	uint32_t refs;
	uint32_t size; /* bytes in data */
	bool damaged;  /* its FCS is wrong: hubs repeat it, nobody else takes it */
	struct frame_pool *pool;
	uint8_t data[];
};

struct frame_pool *frame_pool_new(void);
/* All frames must have been released. NULL is accepted. */
void frame_pool_free(struct frame_pool *pool);
/* Frames not released yet. */
size_t frame_pool_live(const struct frame_pool *pool);
/* A frame with one owner, its bytes copied from data (NULL: zeros). size is
 * at most FRAME_MAX. */
struct frame *frame_new(struct frame_pool *pool, const void *data, uint32_t size);
static inline struct frame *frame_ref(struct frame *f)
{
	f->refs++;
	return f;
}
/* Gives up one reference; the last one returns the memory. NULL is accepted. */
void frame_unref(struct frame *f);

/* Walks *f, a reference of its own: a new frame when loading. Of at least `least`
 * bytes; NULL after a failure. */
void frame_state(struct frame **f, struct frame_pool *pool, uint32_t least, struct state *s);

/* A new frame like f with one bit flipped, and so a bad FCS. */
struct frame *frame_damaged(struct frame_pool *pool, const struct frame *f, uint32_t bit);
/* A new frame like f but with an 802.1Q tag put in or taken out (IEEE 802.1Q
 * 9.6); for switches. */
struct frame *frame_tagged(struct frame_pool *pool, const struct frame *f, uint16_t tci);
struct frame *frame_untagged(struct frame_pool *pool, const struct frame *f);

#endif
