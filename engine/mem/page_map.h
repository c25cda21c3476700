/* Pages whose bytes lie in a mapped file: read by everybody, written by nobody.
 * The map is one owner of each of them for all its life, so that a user's first
 * write always takes a copy (pages_own()), and no page outlives its bytes as long
 * as the map is freed after its users. */
#ifndef LANYARD_MEM_PAGE_MAP_H
#define LANYARD_MEM_PAGE_MAP_H

#include "engine/mem/pages.h"

struct page_map;

/* bytes: count * PAGE_SIZE, page aligned; they must outlive the map. */
struct page_map *page_map_new(const uint8_t *bytes, uint32_t count);
/* After all who use a page of it. NULL is accepted. */
void page_map_free(struct page_map *m);
/* Borrowed; NULL beyond the last. */
struct page *page_map_page(struct page_map *m, uint32_t n);

#endif
