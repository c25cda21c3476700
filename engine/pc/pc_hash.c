/* The fingerprint of a PC value; see pc_hash.h. A page of zeros counts the same
 * whether it was ever touched or not. */
#define XXH_INLINE_ALL
#include "engine/pc/pc_hash.h"

#include <string.h>
#include <xxhash.h>

#include "engine/pc/disk.h"
#include "engine/pc/pc.h"

static void add_page(XXH3_state_t *state, uint64_t tag, const uint8_t *data)
{
	uint64_t row[2] = {tag, 0};

	if (!data || !memcmp(data, page_zeros, PAGE_SIZE))
		return;
	row[1] = XXH3_64bits(data, PAGE_SIZE);
	XXH3_128bits_update(state, row, sizeof(row));
}

static void add_pages(XXH3_state_t *state, uint64_t kind, const struct pages *ps)
{
	for (uint64_t n = 0; n < ps->count; n++)
		add_page(state, kind << 56 | n, ps->at[n] ? ps->at[n]->data : NULL);
}

/* Written blocks of a drive; a block of zeros is content here. */
static void add_disk(XXH3_state_t *state, uint64_t kind, const struct disk_image *d)
{
	if (!d)
		return;
	for (uint64_t n = disk_next_written(d, 0); n != UINT64_MAX; n = disk_next_written(d, n + 1)) {
		uint64_t row[2] = {kind << 56 | n, XXH3_64bits(disk_page(d, n)->data, PAGE_SIZE)};

		XXH3_128bits_update(state, row, sizeof(row));
	}
}

void board_hash(const struct board *b, uint8_t out[PC_HASH_BYTES])
{
	XXH3_state_t state;
	XXH128_canonical_t canonical;

	XXH3_INITSTATE(&state);
	XXH3_128bits_reset(&state);
	XXH3_128bits_update(&state, b->pc, sizeof(*b->pc));
	add_pages(&state, 1, &b->mem.ram);
	add_pages(&state, 2, &b->vram);
	for (unsigned n = 0; n < ARRAY_LEN(b->ide_drive); n++)
		add_disk(&state, 16 + n, b->ide_drive[n]);
	for (unsigned n = 0; n < ARRAY_LEN(b->floppy); n++)
		add_disk(&state, 32 + n, b->floppy[n]);
	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(&state));
	memcpy(out, canonical.digest, PC_HASH_BYTES);
}
