/* The MAC table: a chained hash over an array of entries, which are also linked
 * in the order they were seen; that order ages and evicts them. Everything is
 * an index, and nothing is ever listed in hash order. */
#include "engine/net/mac_table.h"

#include <glib.h>

#include "engine/base/state.h"

#define NONE MAC_TABLE_NONE
#define FIRST_ROOM 64u

struct mac_table {
	struct mac_entry *at; /* room of them */
	uint32_t *bucket;     /* 2 * room of them */
	uint32_t room, used;  /* entries from `used` on were never taken */
	uint32_t free;        /* list of given-up ones, by chain */
	uint32_t oldest, newest;
};

_Static_assert((MAC_TABLE_LIMIT & (MAC_TABLE_LIMIT - 1)) == 0 && MAC_TABLE_LIMIT >= FIRST_ROOM,
	       "the room doubles up to the limit");

static inline uint32_t *bucket_of(const struct mac_table *t, uint64_t key)
{
	/* Fibonacci hashing; the high bits of the product are the mixed ones. */
	return &t->bucket[(uint32_t)(key * 0x9e3779b97f4a7c15ull >> 32) & (2 * t->room - 1)];
}

static void table_room(struct mac_table *t, uint32_t room)
{
	t->at = g_renew(struct mac_entry, t->at, room);
	t->bucket = g_renew(uint32_t, t->bucket, 2 * room);
	t->room = room;
	for (uint32_t i = 0; i < 2 * room; i++)
		t->bucket[i] = NONE;
	/* Called when every entry is in use. */
	for (uint32_t i = 0; i < t->used; i++) {
		uint32_t *b = bucket_of(t, t->at[i].key);

		t->at[i].chain = *b;
		*b = i;
	}
}

struct mac_table *mac_table_new(void)
{
	struct mac_table *t = g_new0(struct mac_table, 1);

	t->free = t->oldest = t->newest = NONE;
	table_room(t, FIRST_ROOM);
	return t;
}

void mac_table_free(struct mac_table *t)
{
	if (!t)
		return;
	g_free(t->at);
	g_free(t->bucket);
	g_free(t);
}

static bool expired(const struct mac_entry *e, uint64_t now)
{
	return now - e->seen >= SWITCH_AGEING;
}

static void age_unlink(struct mac_table *t, uint32_t i)
{
	struct mac_entry *e = &t->at[i];

	*(e->older == NONE ? &t->oldest : &t->at[e->older].newer) = e->newer;
	*(e->newer == NONE ? &t->newest : &t->at[e->newer].older) = e->older;
}

static void age_append(struct mac_table *t, uint32_t i)
{
	t->at[i].older = t->newest;
	t->at[i].newer = NONE;
	*(t->newest == NONE ? &t->oldest : &t->at[t->newest].newer) = i;
	t->newest = i;
}

static void entry_remove(struct mac_table *t, uint32_t i)
{
	uint32_t *at = bucket_of(t, t->at[i].key);

	while (*at != i)
		at = &t->at[*at].chain;
	*at = t->at[i].chain;
	age_unlink(t, i);
	t->at[i].chain = t->free;
	t->free = i;
}

static uint32_t entry_take(struct mac_table *t)
{
	uint32_t i;

	if (t->free == NONE && t->used == t->room) {
		if (t->room < MAC_TABLE_LIMIT)
			table_room(t, 2 * t->room);
		else
			entry_remove(t, t->oldest);
	}
	if (t->free == NONE)
		return t->used++;
	i = t->free;
	t->free = t->at[i].chain;
	return i;
}

static uint32_t entry_find(const struct mac_table *t, uint64_t key)
{
	uint32_t i = *bucket_of(t, key);

	while (i != NONE && t->at[i].key != key)
		i = t->at[i].chain;
	return i;
}

void mac_table_learn(struct mac_table *t, uint64_t key, uint32_t port, uint64_t now)
{
	uint32_t i = entry_find(t, key);

	if (i == NONE) {
		uint32_t *b;

		while (t->oldest != NONE && expired(&t->at[t->oldest], now))
			entry_remove(t, t->oldest);
		i = entry_take(t);
		b = bucket_of(t, key);
		t->at[i].key = key;
		t->at[i].chain = *b;
		*b = i;
		age_append(t, i);
	} else if (i != t->newest) {
		age_unlink(t, i);
		age_append(t, i);
	}
	t->at[i].port = port;
	t->at[i].seen = now;
}

uint32_t mac_table_find(const struct mac_table *t, uint64_t key, uint64_t now)
{
	uint32_t i = entry_find(t, key);

	return i == NONE || expired(&t->at[i], now) ? NONE : t->at[i].port;
}

uint32_t mac_table_count(const struct mac_table *t, uint32_t port, uint64_t now)
{
	uint32_t count = 0;

	for (uint32_t i = t->oldest; i != NONE; i = t->at[i].newer)
		count += t->at[i].port == port && !expired(&t->at[i], now);
	return count;
}

void mac_table_flush(struct mac_table *t, uint32_t port)
{
	for (uint32_t i = t->oldest, newer; i != NONE; i = newer) {
		newer = t->at[i].newer;
		if (t->at[i].port == port)
			entry_remove(t, i);
	}
}

static int by_key(const void *a, const void *b)
{
	const struct mac_entry *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

struct mac_entry *mac_table_list(const struct mac_table *t, uint64_t now, uint32_t *count)
{
	struct mac_entry *list = g_new(struct mac_entry, t->room);

	*count = 0;
	for (uint32_t i = t->oldest; i != NONE; i = t->at[i].newer)
		if (!expired(&t->at[i], now))
			list[(*count)++] = t->at[i];
	qsort(list, *count, sizeof(*list), by_key);
	return list;
}

/* ---- state ---- */

static uint32_t living(const struct mac_table *t, uint64_t now)
{
	uint32_t count = 0;

	for (uint32_t i = t->oldest; i != NONE; i = t->at[i].newer)
		count += !expired(&t->at[i], now);
	return count;
}

static void entry_state(struct mac_entry *e, struct state *s)
{
	state_u64(s, &e->key);
	state_u64(s, &e->seen);
	state_u32(s, &e->port);
}

static void load_entries(struct mac_table *t, uint64_t count, uint64_t now, uint32_t ports, struct state *s)
{
	while (t->oldest != NONE)
		entry_remove(t, t->oldest);
	for (uint64_t n = 0; n < count && !state_failed(s); n++) {
		struct mac_entry e = {0};
		uint64_t last = t->newest == NONE ? 0 : t->at[t->newest].seen;

		entry_state(&e, s);
		state_require(s,
			      e.seen >= last && e.seen <= now && !expired(&e, now) && e.port < ports &&
				      entry_find(t, e.key) == NONE,
			      "switch: an impossible address");
		if (!state_failed(s))
			mac_table_learn(t, e.key, e.port, e.seen);
	}
}

void mac_table_state(struct mac_table *t, uint64_t now, uint32_t ports, struct state *s)
{
	uint64_t count = state_count(s, living(t, now), MAC_TABLE_LIMIT, "switch: addresses");

	if (state_loading(s)) {
		load_entries(t, count, now, ports, s);
		return;
	}
	for (uint32_t i = t->oldest; i != NONE; i = t->at[i].newer)
		if (!expired(&t->at[i], now))
			entry_state(&t->at[i], s);
}
