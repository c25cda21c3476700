/* The walk over a whole lab, and its fingerprint. */
#include "engine/lab/lab_priv.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/base/state.h"
#include "engine/pc/pc_hash.h"

static void add_bytes(void *state, const void *data, size_t size)
{
	XXH3_128bits_update(state, data, size);
}

static void add_item(XXH3_state_t *state, const struct inbox_item *item)
{
	uint64_t row[] = {item->when, item->kind, item->unit, item->up};
	gsize size;

	add_bytes(state, row, sizeof(row));
	if (item->frame)
		add_bytes(state, item->frame->data, item->frame->size);
	if (item->bytes) {
		const void *data = g_bytes_get_data(item->bytes, &size);

		add_bytes(state, data, size);
	}
}

static void add_pc(XXH3_state_t *state, const struct lab_pc *pc)
{
	uint64_t row[] = {pc->state, pc->hello, pc->placing, pc->identified, pc->agent_in->len};
	uint8_t hash[PC_HASH_BYTES];

	board_hash(pc->board, hash);
	add_bytes(state, hash, sizeof(hash));
	for (guint n = pc->inbox_at; n < pc->inbox->len; n++)
		add_item(state, &g_array_index(pc->inbox, struct inbox_item, n));
	for (unsigned n = 0; n < ARRAY_LEN(pc->feed); n++)
		if (pc->feed[n].bytes->len)
			add_bytes(state, pc->feed[n].bytes->data + pc->feed[n].at,
				  pc->feed[n].bytes->len - pc->feed[n].at);
	add_bytes(state, row, sizeof(row));
	if (pc->agent_in->len)
		add_bytes(state, pc->agent_in->data, pc->agent_in->len);
	exec_hash(pc, add_bytes, state);
	placing_hash(pc, add_bytes, state);
}

/* What the lab will do by itself; what is replayed comes from outside. */
static void add_timeline(XXH3_state_t *state, const struct lab *l)
{
	for (guint n = 0; n < l->timeline->len; n++) {
		const struct timeline_item *item = &g_array_index(l->timeline, struct timeline_item, n);

		if (item->class == TIMELINE_LAB)
			add_bytes(state, &item->when, sizeof(item->when));
	}
	checks_hash(l, add_bytes, state);
	events_hash(l, add_bytes, state);
}

void lab_hash(struct lab *l, uint8_t out[LAB_HASH_BYTES])
{
	XXH3_state_t *state = XXH3_createState();
	XXH128_canonical_t canonical;
	uint8_t net_digest[STATE_HASH_BYTES];
	struct state *net_walk;

	window_settle(l);
	XXH3_128bits_reset(state);
	add_bytes(state, &l->now, sizeof(l->now));
	for (guint n = 0; n < l->pcs->len; n++)
		add_pc(state, l->pcs->pdata[n]);
	add_timeline(state, l);
	net_walk = state_hash();
	net_state(l->net, net_walk);
	state_digest(net_walk, net_digest);
	state_end(net_walk, NULL);
	add_bytes(state, net_digest, sizeof(net_digest));
	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
	memcpy(out, canonical.digest, LAB_HASH_BYTES);
	XXH3_freeState(state);
}
