/* The checks of a running lab as things are now, because somebody asks: each command runs
 * once, as if it was typed by `exec`; packets are those counted so far. The checks' own
 * course is not touched. */
#include "engine/lab/lab_priv.h"

struct judged {
	struct lab_judge *judge;
	const struct plan_check *plan;
	struct lab_exec *exec; /* NULL: not started, or ended */
	GString *said;
};

struct lab_judge {
	struct lab *lab;
	struct lab_judge_ops ops;
	unsigned left; /* commands that have not ended */
	bool started;
	struct judged *all;
	unsigned count;
};

static void tell(struct lab_judge *j, const struct plan_check *plan, bool passed, const char *seen, uint64_t when)
{
	j->ops.judged(j->ops.opaque, plan, passed, seen, when);
}

static void judge_free(struct lab_judge *j)
{
	for (unsigned n = 0; n < j->count; n++)
		g_string_free(j->all[n].said, TRUE);
	g_free(j->all);
	g_free(j);
}

static void end(struct lab_judge *j, uint64_t when)
{
	if (j->left || !j->started)
		return;
	j->ops.done(j->ops.opaque, when);
	judge_free(j);
}

static void said(void *opaque, int fd, const uint8_t *data, size_t size, uint64_t when)
{
	struct judged *x = opaque;

	if (x->said->len <= CHECK_OUTPUT_MAX)
		g_string_append_len(x->said, (const char *)data, (gssize)size);
}

static void exited(void *opaque, int status, uint64_t when)
{
	struct judged *x = opaque;
	g_autofree char *wrong = verdict_of_command(x->plan, status, x->said);
	g_autofree char *shown = wrong ? NULL : verdict_output("", x->said);

	x->exec = NULL;
	x->judge->left--;
	tell(x->judge, x->plan, !wrong, wrong ? wrong : shown, when);
	end(x->judge, when);
}

static void judge_run(struct judged *x)
{
	struct lab *l = x->judge->lab;
	const struct lab_exec_ops ops = {.opaque = x, .output = said, .exited = exited};
	g_autoptr(GError) error = NULL;

	x->exec = lab_exec(l, lab_pc_find(l, x->plan->pc), x->plan->run, &ops, &error);
	if (!x->exec) {
		tell(x->judge, x->plan, false, error->message, l->now);
		return;
	}
	x->judge->left++;
	lab_exec_input(x->exec, NULL, 0);
}

/* A verdict that was given stays. */
static void judge_packets(struct judged *x, const struct lab_check *now)
{
	g_autofree char *wrong = verdict_of_packets(x->plan, now->packets);
	uint64_t when = x->judge->lab->now;

	if (now->state == LAB_CHECK_WAITING)
		tell(x->judge, x->plan, false, "it has not begun", when);
	else if (now->state == LAB_CHECK_RUNNING)
		tell(x->judge, x->plan, !wrong, wrong ? wrong : "", when);
	else
		tell(x->judge, x->plan, now->state == LAB_CHECK_PASSED, now->seen, now->when);
}

void lab_judge(struct lab *l, const struct lab_judge_ops *ops, struct lab_judge **running)
{
	struct lab_judge *j = g_new0(struct lab_judge, 1);

	*running = j;
	j->lab = l;
	j->ops = *ops;
	j->count = lab_check_count(l);
	j->all = g_new0(struct judged, j->count + 1);
	for (unsigned n = 0; n < j->count; n++)
		j->all[n] = (struct judged){.judge = j, .plan = lab_check_at(l, n).plan, .said = g_string_new(NULL)};
	for (unsigned n = 0; n < j->count; n++) {
		struct lab_check now = lab_check_at(l, n);

		if (now.plan->kind == CHECK_RUN)
			judge_run(&j->all[n]);
		else
			judge_packets(&j->all[n], &now);
	}
	j->started = true;
	end(j, l->now);
}

void lab_judge_cancel(struct lab_judge *j)
{
	for (unsigned n = 0; n < j->count; n++)
		if (j->all[n].exec)
			lab_exec_cancel(j->all[n].exec);
	judge_free(j);
}
