/* The heap of fabric events; see event.h. */
#include "engine/net/event.h"

#include <glib.h>

static inline bool before(const struct event *a, const struct event *b)
{
	if (a->time != b->time)
		return a->time < b->time;
#ifdef LANYARD_PLANT_TIE /* a mistake for tests/lab/negative.sh to find */
	return false;
#else
	if (a->order != b->order)
		return a->order < b->order;
	return a->seq < b->seq;
#endif
}

int event_compare(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	return before(x, y) ? -1 : before(y, x);
}

/* Moves the hole at i up to where e belongs. */
static void sift_up(struct event_heap *h, size_t i, const struct event *e)
{
	while (i) {
		size_t parent = (i - 1) / 2;

		if (!before(e, &h->at[parent]))
			break;
		h->at[i] = h->at[parent];
		i = parent;
	}
	h->at[i] = *e;
}

static void sift_down(struct event_heap *h, size_t i, const struct event *e)
{
	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= h->count)
			break;
		if (child + 1 < h->count && before(&h->at[child + 1], &h->at[child]))
			child++;
		if (!before(&h->at[child], e))
			break;
		h->at[i] = h->at[child];
		i = child;
	}
	h->at[i] = *e;
}

void event_push(struct event_heap *h, struct event e)
{
	if (UNLIKELY(h->count == h->room)) {
		h->room = h->room ? 2 * h->room : 64;
		h->at = g_renew(struct event, h->at, h->room);
	}
	sift_up(h, h->count++, &e);
}

struct event event_pop(struct event_heap *h)
{
	struct event top, last;

	assert(h->count);
	top = h->at[0];
	last = h->at[--h->count];
	if (h->count)
		sift_down(h, 0, &last);
	return top;
}

void event_purge(struct event_heap *h, bool (*gone)(const struct event *e, void *opaque), void *opaque)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->count; i++)
		if (!gone(&h->at[i], opaque))
			h->at[kept++] = h->at[i];
	h->count = kept;
	for (size_t i = kept / 2; i-- > 0;) {
		struct event e = h->at[i];

		sift_down(h, i, &e);
	}
}
