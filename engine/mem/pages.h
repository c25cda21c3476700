/* Pages: the 4 KiB unit in which RAM, video memory and disk overlays are
 * kept, shared between clones and copied on the first write.
 *
 * A page has an identity (its struct), a count of owners, and what the cpu
 * folder decoded from it (which marks bytes as code). A page with more
 * than one owner is never written; pages_own() gives the writer its own copy.
 * A NULL entry stands for a page of zeros, so untouched memory costs nothing.
 *
 * Owners run on different threads. Bytes are written by a single owner only;
 * decoded code is added to a shared page by any of them (atomically, it only
 * grows) and taken away by a single owner. Whoever uses code of a page is one
 * of its owners. */
#ifndef LANYARD_MEM_PAGES_H
#define LANYARD_MEM_PAGES_H

#include "engine/base/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u
#define PAGE_MASK 0xfffull

struct state;
struct code_page; /* decoded instructions of one page: engine/cpu/code_cache.h */

struct page {
	uint32_t refs;                             /* owners; changed atomically */
	struct code_page *code;                    /* host-side cache of the cpu folder, or NULL: page_code() */
	void (*code_free)(struct code_page *code); /* called when the page dies */
	uint8_t *data;                             /* PAGE_SIZE bytes, page aligned */
};

static inline struct code_page *page_code(const struct page *page)
{
	return __atomic_load_n(&page->code, __ATOMIC_ACQUIRE);
}

/* An array of pages; entries may be NULL (zeros). */
struct pages {
	struct page **at;
	uint64_t count; /* entries */
};

/* Bytes of a page of zeros, for reading through a NULL entry. */
extern const uint8_t page_zeros[PAGE_SIZE];

/* A new page with one owner; its bytes are copied from src, or zero if NULL. */
struct page *page_new(const uint8_t *src);
struct page *page_ref(struct page *page);
/* Drops one owner; frees the page with the last. NULL is accepted. */
void page_unref(struct page *page);

void pages_init(struct pages *ps, uint64_t count);
void pages_free(struct pages *ps);
/* dst (empty) becomes a copy of src that shares every page. */
void pages_clone(struct pages *dst, const struct pages *src);
/* Bytes for reading; never NULL. */
static inline const uint8_t *pages_peek(const struct pages *ps, uint64_t n)
{
	return ps->at[n] ? ps->at[n]->data : page_zeros;
}
/* Written already by this owner alone? */
static inline bool pages_owned(const struct pages *ps, uint64_t n)
{
	return ps->at[n] && __atomic_load_n(&ps->at[n]->refs, __ATOMIC_ACQUIRE) == 1;
}
/* The page, writable: allocated or copied if it was zero or shared. A copy
 * has no code marks; the caller tells the cpu that the page moved. */
struct page *pages_own(struct pages *ps, uint64_t n);
/* A byte range; what lies outside is not written. For memory without decoded
 * code (video memory, disk overlays). */
void pages_write(struct pages *ps, uint64_t offset, const void *buf, size_t size);
/* Walks all pages that are not zeros; loading into as many entries keeps the pages
 * that are as saved already, so what is shared stays shared. The caller tells the
 * cpu that pages moved. (pages_state.c) */
void pages_state(struct pages *ps, struct state *s);
/* Walks the page at *at, which exists unless loading. */
void page_state(struct page **at, struct state *s);

#endif
