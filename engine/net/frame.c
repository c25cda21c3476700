/* Frames and their memory: blocks of a few sizes, cut from slabs and kept on
 * free lists, so that a running lab allocates nothing per frame. Which block a
 * frame gets depends on history, but nothing ever looks at the address. */
#include "engine/net/frame.h"

#include <glib.h>

#include "engine/base/state.h"
#include "engine/net/vlan.h"

/* Whole blocks, struct frame included. 1600 holds a full frame of 1514 bytes
 * with tags, 9216 the usual jumbo frame, the last one FRAME_MAX and a tag. */
static const uint32_t class_bytes[] = {128, 256, 512, 1024, 1600, 4096, 9216, 16448};
#define CLASSES ARRAY_LEN(class_bytes)
#define SLAB_BYTES 65536u

_Static_assert(sizeof(struct frame) + FRAME_MAX + TAG_BYTES <= 16448, "the largest frame has a class");

struct block {
	struct block *next;
};

struct frame_pool {
	struct block *free[CLASSES];
	GPtrArray *slabs;
	size_t live;
};

struct frame_pool *frame_pool_new(void)
{
	struct frame_pool *pool = g_new0(struct frame_pool, 1);

	pool->slabs = g_ptr_array_new_with_free_func(g_free);
	return pool;
}

void frame_pool_free(struct frame_pool *pool)
{
	if (!pool)
		return;
	assert(pool->live == 0);
	g_ptr_array_free(pool->slabs, TRUE);
	g_free(pool);
}

size_t frame_pool_live(const struct frame_pool *pool)
{
	return pool->live;
}

static unsigned class_of(uint32_t size)
{
	uint32_t bytes = size + (uint32_t)sizeof(struct frame);
	unsigned c = 0;

	while (class_bytes[c] < bytes)
		c++;
	return c;
}

static void class_grow(struct frame_pool *pool, unsigned c)
{
	uint32_t bytes = class_bytes[c];
	uint8_t *slab = g_malloc(SLAB_BYTES);

	g_ptr_array_add(pool->slabs, slab);
	for (uint32_t at = 0; at + bytes <= SLAB_BYTES; at += bytes) {
		struct block *b = (struct block *)(void *)(slab + at);

		b->next = pool->free[c];
		pool->free[c] = b;
	}
}

static struct frame *frame_alloc(struct frame_pool *pool, uint32_t size)
{
	unsigned c = class_of(size);
	struct block *b;
	struct frame *f;

	if (UNLIKELY(!pool->free[c]))
		class_grow(pool, c);
	b = pool->free[c];
	pool->free[c] = b->next;
	pool->live++;
	f = (struct frame *)(void *)b;
	f->refs = 1;
	f->size = size;
	f->damaged = false;
	f->pool = pool;
	return f;
}

struct frame *frame_new(struct frame_pool *pool, const void *data, uint32_t size)
{
	struct frame *f;

	assert(size <= FRAME_MAX);
	f = frame_alloc(pool, size);
	if (!data)
		memset(f->data, 0, size);
	else if (size)
		memcpy(f->data, data, size);
	return f;
}

void frame_unref(struct frame *f)
{
	struct frame_pool *pool;
	struct block *b;
	unsigned c;

	if (!f || --f->refs)
		return;
	pool = f->pool;
	c = class_of(f->size);
	b = (struct block *)(void *)f;
	b->next = pool->free[c];
	pool->free[c] = b;
	pool->live--;
}

struct frame *frame_damaged(struct frame_pool *pool, const struct frame *f, uint32_t bit)
{
	struct frame *d = frame_alloc(pool, f->size);

	assert(bit / 8 < f->size);
	memcpy(d->data, f->data, f->size);
	d->data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	d->damaged = true;
	return d;
}

struct frame *frame_tagged(struct frame_pool *pool, const struct frame *f, uint16_t tci)
{
	struct frame *t;

	assert(f->size >= FRAME_MIN && f->size <= FRAME_MAX);
	t = frame_alloc(pool, f->size + TAG_BYTES);
	memcpy(t->data, f->data, 2 * ETH_ALEN);
	put_be16(t->data + 2 * ETH_ALEN, TPID_8021Q);
	put_be16(t->data + 2 * ETH_ALEN + 2, tci);
	memcpy(t->data + 2 * ETH_ALEN + TAG_BYTES, f->data + 2 * ETH_ALEN, f->size - 2 * ETH_ALEN);
	return t;
}

struct frame *frame_untagged(struct frame_pool *pool, const struct frame *f)
{
	struct frame *u;

	assert(f->size >= FRAME_MIN + TAG_BYTES);
	u = frame_alloc(pool, f->size - TAG_BYTES);
	memcpy(u->data, f->data, 2 * ETH_ALEN);
	memcpy(u->data + 2 * ETH_ALEN, f->data + 2 * ETH_ALEN + TAG_BYTES, u->size - 2 * ETH_ALEN);
	return u;
}

void frame_state(struct frame **f, struct frame_pool *pool, uint32_t least, struct state *s)
{
	uint32_t size = *f ? (*f)->size : 0;
	bool damaged = *f && (*f)->damaged;

	state_u32(s, &size);
	state_bool(s, &damaged);
	state_require(s, size >= least && size <= FRAME_MAX + TAG_BYTES, "a frame of %u bytes", size);
	if (state_loading(s))
		*f = state_failed(s) ? NULL : frame_alloc(pool, size);
	if (*f)
		state_bytes(s, (*f)->data, size);
	if (*f)
		(*f)->damaged = damaged;
}
