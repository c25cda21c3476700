/* The walk over pages: sparse, by content. What many holders have alike is saved once
 * and shared again when loaded. */
#include <string.h>

#include "engine/base/state.h"
#include "engine/mem/pages.h"

static void object_unref(void *page)
{
	page_unref(page);
}

void page_state(struct page **at, struct state *s)
{
	struct state_block *k = state_block(s, *at ? (*at)->data : NULL, PAGE_SIZE);

	if (!k)
		return;
	if (!k->object) {
		bool same = *at && !memcmp((*at)->data, k->bytes, PAGE_SIZE);

		k->object = same ? page_ref(*at) : page_new(k->bytes);
		k->object_free = object_unref;
	}
	if (*at != k->object) {
		page_unref(*at);
		*at = page_ref(k->object);
	}
}

static bool zeros(const struct page *page)
{
	return !page || !memcmp(page->data, page_zeros, PAGE_SIZE);
}

static uint64_t next_page(const struct pages *ps, uint64_t n)
{
	while (n < ps->count && zeros(ps->at[n]))
		n++;
	return n;
}

/* Entries [from, to) are zeros. */
static void clear(struct pages *ps, uint64_t from, uint64_t to)
{
	for (uint64_t n = from; n < to; n++) {
		page_unref(ps->at[n]);
		ps->at[n] = NULL;
	}
}

/* Each page after its number; the number of entries ends them. */
void pages_state(struct pages *ps, struct state *s)
{
	uint64_t from = 0, n;

	do {
		n = state_loading(s) ? 0 : next_page(ps, from);
		state_u64(s, &n);
		state_require(s, n >= from && n <= ps->count, "memory: page %llu does not come next",
			      (unsigned long long)n);
		if (state_failed(s))
			return;
		if (state_loading(s))
			clear(ps, from, n);
		if (n < ps->count)
			page_state(&ps->at[n], s);
		from = n + 1;
	} while (n < ps->count && !state_failed(s));
}
