/* The events of the lab file: changes and commands at given virtual times. */
#include "engine/lab/lab_priv.h"

#define OUTPUT_MAX 4096u /* bytes of a command's output that a note repeats */

static void apply(struct lab *l, const struct plan_event *e)
{
	for (guint n = 0; n < e->keys->len; n++) {
		g_autoptr(GError) error = NULL;

		if (!lab_change(l, e->thing, e->keys->pdata[n], e->values->pdata[n], &error))
			lab_note(l, l->now, "event %s: %s", e->name, error->message);
	}
}

/* A command of an event: what it says is kept in case it fails. */
struct event_run {
	struct lab_pc *pc;
	const struct plan_event *event;
	GString *output;
};

static void run_said(void *opaque, int fd, const uint8_t *data, size_t size, uint64_t when)
{
	exec_keep(((struct event_run *)opaque)->output, OUTPUT_MAX, data, size);
}

static void run_ended(void *opaque, int status, uint64_t when)
{
	struct event_run *r = opaque;
	g_autofree char *text = g_utf8_make_valid(r->output->str, (gssize)r->output->len);

	g_strchomp(text);
	if (status > 0)
		lab_note(r->pc->lab, when, "event %s: %s: exit status %d%s%s", r->event->name, r->pc->plan->name,
			 status, *text ? ":\n" : "", text);
	g_string_free(r->output, TRUE);
	g_free(r);
}

static void run_now(struct lab_pc *pc, const struct plan_event *e)
{
	struct event_run *r = g_new0(struct event_run, 1);
	struct lab_exec_ops ops = {.opaque = r, .output = run_said, .exited = run_ended};
	struct lab_exec *x = exec_start(pc, e->run, &ops, pc->lab->now + REACTION);

	*r = (struct event_run){pc, e, g_string_new(NULL)};
	if (x)
		exec_input(x, NULL, 0, pc->lab->now + REACTION);
	else
		run_ended(r, -1, pc->lab->now);
	if (!x)
		lab_note(pc->lab, pc->lab->now, "event %s: %s: 255 commands are running already", e->name,
			 pc->plan->name);
}

/* A PC that is not ready for commands yet gets it as soon as it is. */
static void run_command(struct lab *l, void *opaque)
{
	const struct plan_event *e = opaque;
	struct lab_pc *pc = lab_pc_find(l, e->thing + strlen("pc:"));

	if (!pc || pc->board->pc->state != BOARD_RUNNING)
		lab_note(l, l->now, "event %s: %s is off: the command is not run", e->name, e->thing + strlen("pc:"));
	else if (pc->identified)
		run_now(pc, e);
	else
		g_ptr_array_add(l->late, opaque);
}

void events_ready(struct lab_pc *pc, uint64_t when)
{
	struct lab *l = pc->lab;

	for (guint n = 0; l->late && n < l->late->len;) {
		struct plan_event *e = l->late->pdata[n];

		if (strcmp(e->thing + strlen("pc:"), pc->plan->name) != 0) {
			n++;
			continue;
		}
		g_ptr_array_remove_index(l->late, n);
		timeline_add(l, TIMELINE_LAB, when + REACTION, run_command, e);
	}
}

static void event_due(struct lab *l, void *opaque)
{
	struct plan_event *e = opaque;

	lab_note(l, l->now, "event %s", e->name);
	if (e->kind == EVENT_RUN)
		run_command(l, e);
	else
		apply(l, e);
	checks_event(l, e->name);
}

void events_hash(const struct lab *l, void (*add)(void *opaque, const void *data, size_t size), void *opaque)
{
	for (guint n = 0; l->late && n < l->late->len; n++) {
		const struct plan_event *e = l->late->pdata[n];

		add(opaque, e->name, strlen(e->name) + 1);
	}
}

void events_free(struct lab *l)
{
	g_clear_pointer(&l->late, g_ptr_array_unref);
}

void events_start(struct lab *l)
{
	l->late = g_ptr_array_new();
	for (guint n = 0; n < l->plan->events->len; n++) {
		struct plan_event *e = l->plan->events->pdata[n];

		timeline_add(l, TIMELINE_LAB, e->at, event_due, e);
	}
}
