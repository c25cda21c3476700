/* The cache of decoded code; see code_cache.h. */
#include "engine/cpu/code_cache.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/alloc.h"
#include "engine/cpu/decode/decode.h"
#include "engine/cpu/executor.h"
#include "engine/cpu/tlb.h"

struct code_cache *code_cache_new(void)
{
	return alloc_checked(calloc(1, sizeof(struct code_cache)));
}

static void code_page_free(struct code_page *code)
{
	for (unsigned n = 0; n < CODE_BUCKETS; n++) {
		struct block *t = code->bucket[n], *next;

		for (; t; t = next) {
			next = t->next;
			free(t);
		}
	}
	free(code);
}

static void reap_list(struct code_cache *t)
{
	struct code_page *next;

	for (; t->dropped; t->dropped = next) {
		next = t->dropped->next;
		code_page_free(t->dropped);
	}
	while (t->n_left)
		page_unref(t->left[--t->n_left]);
}

void code_cache_free(struct code_cache *t)
{
	if (!t)
		return;
	reap_list(t);
	free(t->left);
	free(t);
}

void code_reap(struct core *k)
{
	reap_list(k->code);
}

void code_page_left(struct core *k, struct page *old)
{
	struct code_cache *t = k->code;

	if (t->n_left == t->room_left) {
		t->room_left = t->room_left ? 2 * t->room_left : 16;
		t->left = alloc_checked(realloc(t->left, t->room_left * sizeof(struct page *)));
	}
	t->left[t->n_left++] = old;
	code_forget_pages(k);
}

void code_forget_pages(struct core *k)
{
	uint8_t next = (uint8_t)(k->code->generation + 1);

	if (!next) /* older ones must not come to life again */
		memset(k->code->jump, 0, sizeof(k->code->jump));
	k->code->generation = next;
	code_key_changed(k);
}

void code_written(void *core, struct page *page, unsigned offset, unsigned size)
{
	struct core *k = core;

	if (!code_covers(page, offset, size))
		return;
	page->code->next = k->code->dropped; /* the page has one owner, this core's memory */
	k->code->dropped = page->code;
	__atomic_store_n(&page->code, NULL, __ATOMIC_RELAXED);
	code_forget_pages(k);
}

static struct code_page *code_of(struct core *k, struct page *page)
{
	struct code_page *code = page_code(page), *none = NULL;

	if (code)
		return code;
	code = alloc_checked(calloc(1, sizeof(struct code_page)));
	__atomic_store_n(&page->code_free, code_page_free, __ATOMIC_RELAXED); /* all cores write the same */
	if (!__atomic_compare_exchange_n(&page->code, &none, code, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		free(code);
		return none; /* another core was faster */
	}
	tlb_protect_code(k, page);
	return code;
}

/* Bytes [from, to) of the page belong to instructions. */
static void mark_code(struct code_page *code, unsigned from, unsigned to)
{
	for (unsigned at = from, next; at < to; at = next) {
		uint64_t mask;

		next = (at | 63) + 1 < to ? (at | 63) + 1 : to;
		mask = (~0ull >> (64 - (next - at))) << (at & 63);
		__atomic_fetch_or(&code->bytes[at >> 6], mask, __ATOMIC_RELAXED);
	}
}

static void publish(struct code_page *code, struct block *t)
{
	struct block **bucket = &code->bucket[t->start % CODE_BUCKETS];

	t->next = __atomic_load_n(bucket, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(bucket, &t->next, t, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
}

/* Turns n decoded instructions into a block of page. goes_on: it ends only
 * because it is long enough. */
static struct block *make_block(struct core *k, struct page *page, const struct insn *in, unsigned n, unsigned start,
				bool goes_on)
{
	struct code_page *code = code_of(k, page);
	size_t size = sizeof(struct block) + (n + 1) * sizeof(struct insn);
	struct block *t = alloc_checked(aligned_alloc(32, (size + 31) & ~31ull));
	unsigned last = in[n - 1].end;

	memcpy(t->insn, in, n * sizeof(*in));
	memset(&t->insn[n], 0, sizeof(*in));
	t->insn[n].end = t->insn[n].target = (uint16_t)last;
	for (unsigned j = 0; j < n; j++)
		t->insn[j].left = (uint8_t)(n - j);
	k->executor->bind(t->insn, n, goes_on && (k->mode & MODE_FLAT));
	t->start = (uint16_t)start;
	t->bytes = (uint16_t)(last - start);
	t->mode = k->mode & MODE_DECODE;
	t->n = (uint8_t)n;
	mark_code(code, start, last < PAGE_SIZE ? last : PAGE_SIZE);
	publish(code, t);
	k->code->decoded += n;
	return t;
}

/* Decodes from data[start] to the end of the block; NULL if not even the
 * first instruction lies whole in the page. */
static struct block *build(struct core *k, struct page *page, const uint8_t *data, unsigned start)
{
	struct insn in[BLOCK_MAX];
	unsigned n = 0, at = start;
	bool goes_on = true;

	while (goes_on && n < BLOCK_MAX && at < PAGE_SIZE) {
		struct decode d = {.model = k->cpu->model,
				   .mode = k->mode,
				   .bytes = data + at,
				   .avail = PAGE_SIZE - at,
				   .offset = at};

		if (!decode_insn(&d, &in[n]))
			break; /* reaches into the next page: run alone */
		at += in[n].len;
		n++;
		goes_on = !d.ends;
	}
	return n ? make_block(k, page, in, n, start, goes_on && n == BLOCK_MAX && at < PAGE_SIZE) : NULL;
}

static struct block *find_in_page(const struct core *k, const struct page *page, unsigned start)
{
	const struct code_page *code = page_code(page);
	struct block *t;

	if (!code)
		return NULL;
	for (t = __atomic_load_n(&code->bucket[start % CODE_BUCKETS], __ATOMIC_ACQUIRE); t; t = t->next)
		if (t->start == start && t->mode == (k->mode & MODE_DECODE))
			return t;
	return NULL;
}

/* Every instruction of t inside the limit of CS? */
static bool in_limit(const struct core *k, const struct block *t)
{
	const struct cpu *c = k->cpu;

	return core_code64(k) || c->rip + t->bytes - 1 <= c->seg[SEG_CS].limit;
}

struct block *code_find(struct core *k, uint64_t lin)
{
	struct block *t = code_peek(k, lin);
	const uint8_t *data;
	struct page *page = NULL;
	struct jump *j;
	uint64_t pa;

	if (LIKELY(t))
		return t;
	pa = tlb_fetch(k, lin);
	mem_peek(k->mem, pa >> PAGE_SHIFT, &data, &page);
	if (!page)
		return NULL;
	t = find_in_page(k, page, lin & PAGE_MASK);
	if (!t)
		t = build(k, page, data, lin & PAGE_MASK);
	if (!t || !in_limit(k, t))
		return NULL;
	j = code_jump(k->code, lin);
	j->key = code_key(k, lin);
	j->pa = k->cpu->itlb[lin >> PAGE_SHIFT & (CPU_ITLB - 1)].pa;
	j->block = t;
	return t;
}

/* ---- one instruction alone ---- */

/* Copies up to max code bytes from linear address lin to the end of its page. */
static unsigned fetch(struct core *k, uint64_t lin, uint8_t *buf, unsigned max)
{
	uint64_t pa = tlb_fetch(k, lin);
	unsigned n = (unsigned)(PAGE_SIZE - (lin & PAGE_MASK));
	const uint8_t *data;
	struct page *page;
	enum mem_kind kind = mem_peek(k->mem, pa >> PAGE_SHIFT, &data, &page);

	n = n < max ? n : max;
	if (kind == MEM_RAM || kind == MEM_ROM) {
		memcpy(buf, data + (pa & PAGE_MASK), n);
		return n;
	}
	for (unsigned j = 0; j < n; j++)
		buf[j] = (uint8_t)mem_read(k->mem, pa + j, 1);
	return n;
}

struct insn *code_one(struct core *k)
{
	struct cpu *c = k->cpu;
	struct insn *i = k->code->scratch;
	uint64_t lin = core_rip_lin(k);
	uint8_t buf[MAX_INSN];
	struct decode d = {.model = c->model, .mode = k->mode, .bytes = buf, .offset = lin & PAGE_MASK};

	if (!core_code64(k) && c->rip > c->seg[SEG_CS].limit)
		core_fault(k, NULL, EXC_GP, 0);
	d.avail = fetch(k, lin, buf, MAX_INSN);
	if (!decode_insn(&d, i)) {
		uint64_t second = ((lin | PAGE_MASK) + 1) & k->lin_mask;

		d.avail += fetch(k, second, buf + d.avail, MAX_INSN - d.avail);
		decode_insn(&d, i);
	}
	if (!core_code64(k) && c->rip + i->len - 1 > c->seg[SEG_CS].limit)
		core_fault(k, NULL, EXC_GP, 0);
	i[0].left = 1;
	i[1].end = i[0].end;
	k->executor->bind(i, 1, false);
	return i;
}
