/* The events of the lab file: changes and commands at given virtual times. */
#include "engine/lab/lab_priv.h"

static void apply(struct lab *l, const struct plan_event *e)
{
	for (guint n = 0; n < e->keys->len; n++) {
		g_autoptr(GError) error = NULL;

		if (!lab_change(l, e->thing, e->keys->pdata[n], e->values->pdata[n], &error))
			lab_note(l, "event %s: %s", e->name, error->message);
	}
}

static void run_command(struct lab *l, const struct plan_event *e)
{
	static const struct lab_exec_ops silent;
	struct lab_pc *pc = lab_pc_find(l, e->thing + strlen("pc:"));
	struct lab_exec *x = NULL;

	if (pc && pc->identified && pc->board->pc->state == BOARD_RUNNING)
		x = exec_start(pc, e->run, &silent, l->now + REACTION);
	if (x)
		exec_input(x, NULL, 0, l->now + REACTION);
	else
		lab_note(l, "event %s: %s cannot run a command now", e->name, e->thing);
}

static void event_due(struct lab *l, void *opaque)
{
	const struct plan_event *e = opaque;

	lab_note(l, "event %s", e->name);
	if (e->kind == EVENT_RUN)
		run_command(l, e);
	else
		apply(l, e);
	checks_event(l, e->name);
}

void events_start(struct lab *l)
{
	for (guint n = 0; n < l->plan->events->len; n++) {
		struct plan_event *e = l->plan->events->pdata[n];

		timeline_add(l, TIMELINE_LAB, e->at, event_due, e);
	}
}
