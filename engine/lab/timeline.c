/* The timeline: what the lab itself does at given virtual times (events of the
 * lab file, checks), then recorded input. Equal times: in the order they were
 * added. */
#include "engine/lab/lab_priv.h"

#define ITEMS_MAX (1u << 20)

/* By enum timeline_kind. valid: may a saved lab name this id? NULL: such items are
 * not saved. */
static const struct {
	void (*run)(struct lab *l, unsigned id);
	bool (*valid)(const struct lab *l, unsigned id);
} kinds[TIMELINE_KINDS] = {
	[TIMELINE_EVENT] = {event_due, event_valid},         [TIMELINE_COMMAND] = {event_command, event_runs},
	[TIMELINE_BEGIN] = {check_begin, check_valid},       [TIMELINE_ATTEMPT] = {check_attempt, check_runs},
	[TIMELINE_DEADLINE] = {check_deadline, check_valid}, [TIMELINE_REPLAY] = {replay_due, NULL},
};

static bool earlier(const struct timeline_item *a, const struct timeline_item *b)
{
	bool replay[2] = {a->kind == TIMELINE_REPLAY, b->kind == TIMELINE_REPLAY};

	if (a->when != b->when)
		return a->when < b->when;
	if (replay[0] != replay[1])
		return replay[1];
	return a->seq < b->seq;
}

void timeline_add(struct lab *l, enum timeline_kind kind, unsigned id, uint64_t when)
{
	struct timeline_item item = {when, l->timeline_seq++, kind, id};
	guint at = l->timeline->len;

	/* Whoever reacts to something in a window does so after its end. */
	g_assert(when >= l->now);
	/* Sorted with the next item last: taking it costs nothing. */
	while (at && earlier(&g_array_index(l->timeline, struct timeline_item, at - 1), &item))
		at--;
	g_array_insert_val(l->timeline, at, item);
}

uint64_t timeline_next(const struct lab *l)
{
	guint n = l->timeline->len;

	return n ? g_array_index(l->timeline, struct timeline_item, n - 1).when : TIME_NEVER;
}

void timeline_run(struct lab *l, uint64_t when)
{
	l->busy = true;
	while (timeline_next(l) <= when) {
		struct timeline_item item = g_array_index(l->timeline, struct timeline_item, l->timeline->len - 1);

		g_array_set_size(l->timeline, l->timeline->len - 1);
		kinds[item.kind].run(l, item.id);
	}
	l->busy = false;
}

void timeline_catch_up(struct lab *l)
{
	if (!l->busy)
		timeline_run(l, l->now);
}

/* ---- state: what is replayed comes from outside, like any input ---- */

static void item_state(const struct lab *l, struct timeline_item *item, struct state *s)
{
	state_u64(s, &item->when);
	item->kind = state_enum(s, item->kind, TIMELINE_REPLAY, "timeline: kind");
	state_u32(s, &item->id);
	state_require(s, item->when >= l->now && item->when <= TIME_SANE && kinds[item->kind].valid(l, item->id),
		      "timeline: an impossible item");
}

static void forget_saved(struct lab *l)
{
	for (guint n = l->timeline->len; n-- > 0;)
		if (g_array_index(l->timeline, struct timeline_item, n).kind != TIMELINE_REPLAY)
			g_array_remove_index(l->timeline, n);
}

static void load_items(struct lab *l, struct state *s)
{
	uint64_t count;

	forget_saved(l);
	count = state_count(s, 0, ITEMS_MAX, "timeline");
	for (uint64_t n = 0; n < count && !state_failed(s); n++) {
		struct timeline_item item = {0};

		item_state(l, &item, s);
		if (!state_failed(s))
			timeline_add(l, item.kind, item.id, item.when);
	}
}

/* In the order in which they will be run: that is all their sequence numbers say. */
void timeline_state(struct lab *l, struct state *s)
{
	uint64_t count = 0;

	if (state_loading(s)) {
		load_items(l, s);
		return;
	}
	for (guint n = 0; n < l->timeline->len; n++)
		count += g_array_index(l->timeline, struct timeline_item, n).kind != TIMELINE_REPLAY;
	state_count(s, count, ITEMS_MAX, "timeline");
	for (guint n = l->timeline->len; n-- > 0;) {
		struct timeline_item item = g_array_index(l->timeline, struct timeline_item, n);

		if (item.kind != TIMELINE_REPLAY)
			item_state(l, &item, s);
	}
}
