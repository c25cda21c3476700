/* Reference-counted copy-on-write pages; see pages.h. */
#include "engine/mem/pages.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"

const uint8_t page_zeros[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));

struct page *page_new(const uint8_t *src)
{
	struct page *page = alloc_checked(calloc(1, sizeof(*page)));

	page->refs = 1;
	page->data = alloc_checked(aligned_alloc(PAGE_SIZE, PAGE_SIZE));
	if (src)
		memcpy(page->data, src, PAGE_SIZE);
	else
		memset(page->data, 0, PAGE_SIZE);
	return page;
}

struct page *page_ref(struct page *page)
{
	if (page)
		__atomic_add_fetch(&page->refs, 1, __ATOMIC_RELAXED);
	return page;
}

void page_unref(struct page *page)
{
	if (!page || __atomic_sub_fetch(&page->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (page->code)
		page->code_free(page->code);
	free(page->data);
	free(page);
}

void pages_init(struct pages *ps, uint64_t count)
{
	ps->count = count;
	ps->at = alloc_checked(calloc(count ? count : 1, sizeof(struct page *)));
}

void pages_free(struct pages *ps)
{
	for (uint64_t n = 0; n < ps->count; n++)
		page_unref(ps->at[n]);
	free(ps->at);
	ps->at = NULL;
	ps->count = 0;
}

void pages_clone(struct pages *dst, const struct pages *src)
{
	pages_init(dst, src->count);
	for (uint64_t n = 0; n < src->count; n++)
		dst->at[n] = page_ref(src->at[n]);
}

struct page *pages_own(struct pages *ps, uint64_t n)
{
	struct page *old = ps->at[n];

	if (pages_owned(ps, n))
		return old;
	ps->at[n] = page_new(old ? old->data : NULL);
	page_unref(old);
	return ps->at[n];
}

/* The part of [offset, offset + size) that lies in its first page and in ps. */
static size_t first_part(const struct pages *ps, uint64_t offset, size_t size)
{
	size_t room = PAGE_SIZE - (offset & PAGE_MASK);

	if (offset >> PAGE_SHIFT >= ps->count)
		return 0;
	return size < room ? size : room;
}

void pages_write(struct pages *ps, uint64_t offset, const void *buf, size_t size)
{
	const uint8_t *in = buf;

	while (size) {
		size_t n = first_part(ps, offset, size);

		if (!n)
			return;
		memcpy(pages_own(ps, offset >> PAGE_SHIFT)->data + (offset & PAGE_MASK), in, n);
		in += n;
		offset += n;
		size -= n;
	}
}
