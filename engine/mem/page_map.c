/* Pages in a mapped file; see page_map.h. */
#include "engine/mem/page_map.h"

#include <stdlib.h>

#include "engine/base/alloc.h"

struct page_map {
	uint32_t count;
	struct page page[];
};

struct page_map *page_map_new(const uint8_t *bytes, uint32_t count)
{
	struct page_map *m = alloc_checked(calloc(1, sizeof(*m) + count * sizeof(m->page[0])));

	m->count = count;
	for (uint32_t n = 0; n < count; n++) {
		m->page[n].refs = 1;
		/* Nobody writes through it: the map is an owner, too. */
		m->page[n].data = (uint8_t *)(uintptr_t)bytes + (size_t)n * PAGE_SIZE;
	}
	return m;
}

void page_map_free(struct page_map *m)
{
	if (!m)
		return;
	for (uint32_t n = 0; n < m->count; n++) {
		assert(m->page[n].refs == 1);
		if (m->page[n].code)
			m->page[n].code_free(m->page[n].code);
	}
	free(m);
}

struct page *page_map_page(struct page_map *m, uint32_t n)
{
	return n < m->count ? &m->page[n] : NULL;
}
