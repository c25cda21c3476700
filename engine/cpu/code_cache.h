/* Decoded code. A block is a run of instructions that lie in one page, entered
 * at its first; it goes on past conditional branches that are not taken and
 * ends with the first instruction that always leaves. Blocks belong to pages
 * (engine/mem), so clones that share a page share its blocks; a page that is
 * written loses them. A jump cache per core leads from linear addresses to
 * blocks; it is trusted only while the value's ITLB holds the page.
 *
 * Clones run on several threads, so a shared page's blocks only ever grow: they
 * are put at the head of their bucket by compare and swap (two equal ones do no
 * harm) and are not changed afterwards, but for the links of branches. Blocks go
 * away when their page has one owner left, and while that one runs none of
 * them; a core that has left a page in the midst of a block stays an owner until
 * the block is over (code_page_left). */
#ifndef LANYARD_CPU_CODE_CACHE_H
#define LANYARD_CPU_CODE_CACHE_H

#include "engine/cpu/core.h"

#define BLOCK_MAX 32 /* instructions */

struct block {
	struct block *next;              /* in its page's bucket */
	uint16_t start;                  /* page offset of the first instruction */
	uint16_t bytes;                  /* from there to the end of the last instruction */
	uint8_t mode;                    /* MODE_DECODE bits it was decoded for */
	uint8_t n;                       /* instructions */
	_Alignas(32) struct insn insn[]; /* n, then one that ends the block */
};

#define CODE_BUCKETS 64

struct code_page {
	struct block *bucket[CODE_BUCKETS]; /* by start; atomic */
	uint64_t bytes[PAGE_SIZE / 64];     /* bit n: byte n of the page belongs to an instruction; atomic */
	struct code_page *next;             /* in a list of dropped ones */
};

#define JUMP_CACHE 2048 /* entries */

struct jump {
	_Alignas(32) uint64_t key; /* code_key(); 0: empty */
	uint64_t pa;               /* the ITLB entry's: another process may have the address too */
	struct block *block;
};

struct code_cache {
	struct jump jump[JUMP_CACHE];
	uint8_t generation;        /* of the jump cache, part of the keys */
	struct code_page *dropped; /* freed once no block of it can be running */
	struct page **left;        /* pages with code that this core has left, likewise */
	unsigned n_left, room_left;
	struct insn scratch[2]; /* one instruction run alone, and its end */
	uint64_t decoded;       /* instructions decoded so far, for reports */
};

/* Linear address and what else decides which block runs there. Bits 47-63 of an
 * address in the ITLB are equal, bits 48-63 of no two core.jump_key opposite: no
 * two such addresses have the same key. */
static inline uint64_t code_key(const struct core *k, uint64_t lin)
{
	return lin ^ k->jump_key;
}

static inline void code_key_changed(struct core *k)
{
	k->jump_key = (uint64_t)(k->code->generation << 8 | 0x80 | k->mode) << 48;
}

static inline struct jump *code_jump(struct code_cache *t, uint64_t lin)
{
	return &t->jump[(lin ^ lin >> 11) & (JUMP_CACHE - 1)];
}

struct code_cache *code_cache_new(void);
void code_cache_free(struct code_cache *t);
/* The block at lin (= CS.base + rip), decoded if need be; NULL if the
 * instruction there must be run alone. May fault (synced). */
struct block *code_find(struct core *k, uint64_t lin);
/* Decodes the instruction at c->rip into t->scratch. May fault (synced). */
struct insn *code_one(struct core *k);
/* The jump cache no longer holds: mappings or pages changed. */
void code_forget_pages(struct core *k);
/* True if any byte of [offset, offset + size) belongs to a decoded instruction. */
static inline bool code_covers(const struct page *page, unsigned offset, unsigned size)
{
	const struct code_page *code = page_code(page);

	if (LIKELY(!code))
		return false;
	for (unsigned at = offset; at < offset + size;) {
		unsigned bit = at & 63, n = 64 - bit < offset + size - at ? 64 - bit : offset + size - at;

		if (__atomic_load_n(&code->bytes[at >> 6], __ATOMIC_RELAXED) & (~0ull >> (64 - n)) << bit)
			return true;
		at += n;
	}
	return false;
}

/* Bytes of page are about to change: drops its blocks if one covers them. */
void code_written(void *core, struct page *page, unsigned offset, unsigned size);
/* This core's memory has another page in place of old, which has code; takes
 * over a reference to old. */
void code_page_left(struct core *k, struct page *old);
/* Something to reap; then the branch just taken must not be linked. */
static inline bool code_stale(const struct core *k)
{
	return k->code->dropped || k->code->n_left;
}
/* Frees what was dropped and left; only between blocks. */
void code_reap(struct core *k);

/* In the jump cache and still mapped so? The common case of a branch that
 * leaves its page; NULL sends the branch to the run loop. */
static inline struct block *code_peek(struct core *k, uint64_t lin)
{
	const struct jump *j = code_jump(k->code, lin);
	const struct cpu_tlb_entry *e = &k->cpu->itlb[lin >> PAGE_SHIFT & (CPU_ITLB - 1)];

	if (LIKELY(j->key == code_key(k, lin) && e->tag == ((lin & ~PAGE_MASK) | TLB_VALID) && e->pa == j->pa))
		return j->block;
	return NULL;
}

#endif
