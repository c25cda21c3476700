/* The timeline: what the lab itself does at given virtual times (events of the
 * lab file, checks), then recorded input. Equal times: in the order they were
 * added. */
#include "engine/lab/lab_priv.h"

static bool earlier(const struct timeline_item *a, const struct timeline_item *b)
{
	if (a->when != b->when)
		return a->when < b->when;
	if (a->class != b->class)
		return a->class < b->class;
	return a->seq < b->seq;
}

void timeline_add(struct lab *l, enum timeline_class class, uint64_t when, void (*run)(struct lab *l, void *opaque),
		  void *opaque)
{
	struct timeline_item item = {when, l->timeline_seq++, class, run, opaque};
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
		item.run(l, item.opaque);
	}
	l->busy = false;
}

void timeline_catch_up(struct lab *l)
{
	if (!l->busy)
		timeline_run(l, l->now);
}
