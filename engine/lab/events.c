/* The events of the lab file: changes and commands at given virtual times. An event's
 * id is its place in the plan. */
#include "engine/lab/lab_priv.h"

static const struct plan_event *event_plan(const struct lab *l, unsigned id)
{
	return l->plan->events->pdata[id];
}

bool event_valid(const struct lab *l, unsigned id)
{
	return id < l->plan->events->len;
}

bool event_runs(const struct lab *l, unsigned id)
{
	return event_valid(l, id) && event_plan(l, id)->kind == PLAN_EVENT_RUN;
}

static const char *event_pc(const struct plan_event *e)
{
	return e->thing + strlen("pc:");
}

static void apply(struct lab *l, const struct plan_event *e)
{
	for (guint n = 0; n < e->keys->len; n++) {
		g_autoptr(GError) error = NULL;

		if (!lab_change(l, e->thing, e->keys->pdata[n], e->values->pdata[n], &error))
			lab_note(l, l->now, "event %s: %s", e->name, error->message);
	}
}

/* What a command said is repeated if it failed. */
void event_ended(struct lab_exec *x, int status, uint64_t when)
{
	struct lab *l = x->pc->lab;
	g_autofree char *text = g_utf8_make_valid(x->said->str, (gssize)x->said->len);

	g_strchomp(text);
	if (status > 0)
		lab_note(l, when, "event %s: %s: exit status %d%s%s", event_plan(l, x->index)->name, x->pc->plan->name,
			 status, *text ? ":\n" : "", text);
}

static void run_now(struct lab_pc *pc, unsigned id)
{
	const struct plan_event *e = event_plan(pc->lab, id);
	uint64_t when = pc->lab->now + REACTION;
	struct lab_exec *x = exec_start(pc, e->run, EXEC_EVENT, id, when);

	if (x)
		exec_input(x, NULL, 0, when);
	else
		lab_note(pc->lab, pc->lab->now, "event %s: %s: 255 commands are running already", e->name,
			 pc->plan->name);
}

/* A PC that is not ready for commands yet gets it as soon as it is. */
void event_command(struct lab *l, unsigned id)
{
	const struct plan_event *e = event_plan(l, id);
	struct lab_pc *pc = lab_pc_find(l, event_pc(e));

	if (!pc || pc->board->pc->state != BOARD_RUNNING)
		lab_note(l, l->now, "event %s: %s is off: the command is not run", e->name, event_pc(e));
	else if (pc->identified)
		run_now(pc, id);
	else
		g_array_append_val(l->late, id);
}

void events_ready(struct lab_pc *pc, uint64_t when)
{
	struct lab *l = pc->lab;

	for (guint n = 0; l->late && n < l->late->len;) {
		unsigned id = g_array_index(l->late, unsigned, n);

		if (strcmp(event_pc(event_plan(l, id)), pc->plan->name) != 0) {
			n++;
			continue;
		}
		g_array_remove_index(l->late, n);
		timeline_add(l, TIMELINE_COMMAND, id, when + REACTION);
	}
}

void event_due(struct lab *l, unsigned id)
{
	const struct plan_event *e = event_plan(l, id);

	lab_note(l, l->now, "event %s", e->name);
	if (e->kind == PLAN_EVENT_RUN)
		event_command(l, id);
	else
		apply(l, e);
	checks_event(l, id);
}

void events_free(struct lab *l)
{
	g_clear_pointer(&l->late, g_array_unref);
}

void events_start(struct lab *l)
{
	l->late = g_array_new(FALSE, FALSE, sizeof(unsigned));
	for (guint n = 0; n < l->plan->events->len; n++)
		timeline_add(l, TIMELINE_EVENT, n, event_plan(l, n)->at);
}

void events_state(struct lab *l, struct state *s)
{
	uint64_t count = state_count(s, l->late->len, l->plan->events->len, "late events");

	if (state_loading(s))
		g_array_set_size(l->late, (guint)count);
	for (guint n = 0; n < count; n++) {
		uint32_t *id = &g_array_index(l->late, uint32_t, n);

		state_u32(s, id);
		state_require(s, event_runs(l, *id), "late events: %u has no command", *id);
	}
}
