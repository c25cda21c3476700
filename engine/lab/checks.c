/* The checks of the lab file: commands that must succeed, packets that must (or
 * must not) be seen, all in virtual time. What is right and wrong is verdict.c. */
#include "engine/lab/lab_priv.h"

#include "engine/net/filter.h"

/* Virtual ns until a PC that a check waits for must have become ready. */
#define AFTER_LIMIT 600000000000ull

struct check_state;

struct check_watcher {          /* one a port: a watcher is linked into its port's list */
	struct watcher watcher; /* first */
	struct check_state *check;
	const struct watch_point *at;
};

struct check_state {
	struct lab *lab;
	unsigned id; /* its place in the plan */
	const struct plan_check *plan;
	bool started, done, passed;
	uint64_t begin;
	uint64_t when;                  /* of the verdict */
	bool holds;                     /* the last try succeeded ... */
	uint64_t since;                 /* ... and all others from then on */
	uint64_t next;                  /* when the next attempt is due */
	bool waiting;                   /* for the PC to become ready */
	bool tried;                     /* a command was started */
	struct lab_exec *exec;          /* the command that is out; NULL: none */
	char *seen;                     /* what was wrong last time; NULL: nothing yet */
	GArray *points;                 /* CHECK_PACKET: struct watch_point ... */
	struct check_watcher *watchers; /* ... and one of these for each */
	struct filter *filter;
	uint64_t packets;
};

static struct check_state *check_at(const struct lab *l, unsigned id)
{
	return l->checks && id < l->checks->len ? l->checks->pdata[id] : NULL;
}

static uint64_t deadline_of(const struct check_state *s)
{
	return s->begin + s->plan->within;
}

/* ---- one after another ---- */

/* A reaction time after what came true, so in a window to come. */
static void follow(struct lab *l, enum plan_after kind, unsigned id, uint64_t when)
{
	for (guint n = 0; l->checks && n < l->checks->len; n++) {
		const struct check_state *s = l->checks->pdata[n];

		if (!s->started && !s->done && s->plan->after == kind && s->plan->after_id == id)
			timeline_add(l, TIMELINE_BEGIN, n, when + REACTION);
	}
}

static void verdict(struct check_state *s, bool passed, const char *seen, uint64_t when);

/* What came never. */
static void give_up(struct lab *l, enum plan_after kind, unsigned id, const char *why, uint64_t when)
{
	for (guint n = 0; l->checks && n < l->checks->len; n++) {
		struct check_state *s = l->checks->pdata[n];

		if (!s->started && s->plan->after == kind && s->plan->after_id == id)
			verdict(s, false, why, when);
	}
}

static void verdict(struct check_state *s, bool passed, const char *seen, uint64_t when)
{
	struct lab *l = s->lab;
	g_autofree char *why = NULL;

	if (s->done)
		return;
	s->done = true;
	s->passed = passed;
	s->when = when;
	g_free(s->seen);
	s->seen = g_strdup(seen);
	if (s->exec)
		lab_exec_cancel(s->exec);
	s->exec = NULL;
	if (l->listener.check)
		l->listener.check(l->listener.opaque, s->plan, passed, s->seen, when);
	if (passed) {
		follow(l, AFTER_CHECK, s->id, when);
		return;
	}
	why = g_strdup_printf("it waits for the check %s, which has failed", s->plan->name);
	give_up(l, AFTER_CHECK, s->id, why, when);
}

/* ---- commands ---- */

static void again(struct check_state *s, uint64_t when)
{
	if (s->next <= when)
		s->next += ((when - s->next) / s->plan->every + 1) * s->plan->every;
	/* The reaction to what a PC says lies beyond the window it said it in. */
	if (s->next < when + REACTION)
		timeline_add(s->lab, TIMELINE_ATTEMPT, s->id, when + REACTION);
	else if (s->next < deadline_of(s))
		timeline_add(s->lab, TIMELINE_ATTEMPT, s->id, s->next);
}

/* It is true now: for as long as it must be? */
static bool lasted(struct check_state *s, uint64_t when)
{
	if (!s->holds)
		s->since = when;
	s->holds = true;
	return when - s->since >= s->plan->lasts;
}

void check_ended(struct lab_exec *x, int status, uint64_t when)
{
	struct check_state *s = check_at(x->pc->lab, x->index);
	g_autofree char *wrong = NULL;

	if (!s) /* the lab ends */
		return;
	s->exec = NULL;
	if (s->done)
		return;
	wrong = verdict_of_command(s->plan, status, x->said);
	if (!wrong && !lasted(s, when)) {
		wrong = g_strdup("it is true, but not for long enough yet");
	} else if (!wrong || s->plan->once) {
		g_autofree char *shown = wrong ? NULL : verdict_output("", x->said);

		verdict(s, !wrong, wrong ? wrong : shown, when);
		return;
	} else {
		s->holds = false;
	}
	g_free(s->seen);
	s->seen = g_steal_pointer(&wrong);
	again(s, when);
}

void check_attempt(struct lab *l, unsigned id)
{
	struct check_state *s = check_at(l, id);
	struct lab_pc *pc = lab_pc_find(l, s->plan->pc);

	if (s->done || s->exec)
		return;
	s->waiting = !pc || pc->state != LAB_PC_READY;
	if (s->waiting)
		return;
	if (!s->tried)
		s->next = l->now;
	s->tried = true;
	s->exec = exec_start(pc, s->plan->run, EXEC_CHECK, id, l->now + REACTION);
	if (s->exec)
		exec_input(s->exec, NULL, 0, l->now + REACTION);
	else
		again(s, l->now);
}

void checks_ready(struct lab_pc *pc, uint64_t when)
{
	struct lab *l = pc->lab;

	for (guint n = 0; l->checks && n < l->checks->len; n++) {
		struct check_state *s = l->checks->pdata[n];

		if (!s->waiting || strcmp(s->plan->pc, pc->plan->name) != 0)
			continue;
		s->waiting = false;
		timeline_add(l, TIMELINE_ATTEMPT, n, when + REACTION);
	}
	follow(l, AFTER_PC, pc->index, when);
}

void checks_lost(struct lab_pc *pc, uint64_t when)
{
	g_autofree char *why = g_strdup_printf("it waits for %s, which has failed: %s", pc->plan->name, pc->message);

	give_up(pc->lab, AFTER_PC, pc->index, why, when);
}

static char *not_ready(const struct lab_pc *pc, const char *name)
{
	const char *why = pc ? pc->message : "";

	if (pc && !*why && pc->identified && pc->plan->ready)
		why = "its `ready` command has not succeeded";
	return g_strdup_printf("%s is not ready%s%s", name, *why ? ": " : "", why);
}

/* Why a command has not succeeded by now. */
static char *run_verdict(const struct check_state *s)
{
	if (s->waiting)
		return not_ready(lab_pc_find(s->lab, s->plan->pc), s->plan->pc);
	if (s->seen)
		return g_strdup(s->seen);
	if (!s->tried)
		return g_strdup("there was no time to try");
	if (!s->exec)
		return g_strdup("the command did not end in time");
	return verdict_output("the command did not end in time", s->exec->said);
}

/* ---- packets ---- */

static void packet_verdict(struct check_state *s, uint64_t when)
{
	g_autofree char *wrong = verdict_of_packets(s->plan, s->packets);

	verdict(s, !wrong, wrong ? wrong : "", when);
}

static void packet(struct watcher *w, struct port *p, enum port_event event, const struct frame *f, uint64_t when,
		   enum drop_reason reason)
{
	const struct check_watcher *at = (struct check_watcher *)(void *)w;
	struct check_state *s = at->check;

	if (s->done || when < s->begin || when >= deadline_of(s) || !(at->at->events & 1u << event))
		return;
	if (!watch_wants(at->at, f) || !filter_match(s->filter, f->data, f->size, event == PORT_TX))
		return;
	s->packets++;
	/* One too many, or the last that is wanted: nothing changes that any more. */
	if (s->packets > s->plan->most || (s->plan->most == PACKETS_ANY && s->packets >= s->plan->least))
		packet_verdict(s, when);
}

static void unwatch(struct check_state *s)
{
	for (guint m = 0; s->watchers && m < s->points->len; m++)
		port_unwatch(s->watchers[m].at->port, &s->watchers[m].watcher);
	g_clear_pointer(&s->filter, filter_free);
	g_clear_pointer(&s->watchers, g_free);
	g_array_set_size(s->points, 0);
}

static bool watch(struct check_state *s)
{
	if (!lab_watch_points(s->lab, s->plan->watch, s->points))
		return false;
	s->filter = filter_new(s->plan->packet ? s->plan->packet : "", NULL);
	if (!s->filter)
		return false;
	s->watchers = g_new0(struct check_watcher, s->points->len + 1);
	for (guint n = 0; n < s->points->len; n++) {
		const struct watch_point *at = &g_array_index(s->points, struct watch_point, n);

		s->watchers[n] = (struct check_watcher){.watcher.frame = packet, .check = s, .at = at};
		port_watch(at->port, &s->watchers[n].watcher);
	}
	return true;
}

/* ---- life ---- */

void check_deadline(struct lab *l, unsigned id)
{
	struct check_state *s = check_at(l, id);
	g_autofree char *wrong = NULL;
	const struct lab_pc *pc;

	if (s->done || (s->started && l->now < deadline_of(s)))
		return;
	if (s->plan->kind == CHECK_PACKET && s->started) {
		packet_verdict(s, l->now);
		return;
	}
	if (s->started)
		wrong = run_verdict(s);
	else if ((pc = lab_pc_at(l, s->plan->after_id)))
		wrong = not_ready(pc, lab_pc_name(pc));
	verdict(s, false, wrong ? wrong : "", l->now);
}

static void begin(struct check_state *s)
{
	struct lab *l = s->lab;

	s->started = true;
	s->begin = s->next = l->now;
	timeline_add(l, TIMELINE_DEADLINE, s->id, deadline_of(s));
	if (s->plan->kind == CHECK_RUN)
		check_attempt(l, s->id);
	else if (!watch(s))
		verdict(s, false, "cannot watch: unknown place or filter", l->now);
}

void check_begin(struct lab *l, unsigned id)
{
	struct check_state *s = check_at(l, id);

	if (!s->started && !s->done)
		begin(s);
}

/* A PC without an agent was ready before there were checks. */
static void begin_or_wait(struct check_state *s)
{
	struct lab *l = s->lab;

	if (s->plan->after == AFTER_ZERO)
		begin(s);
	if (s->plan->after != AFTER_PC)
		return;
	if (lab_pc_state(lab_pc_at(l, s->plan->after_id)) == LAB_PC_READY)
		timeline_add(l, TIMELINE_BEGIN, s->id, l->now + REACTION);
	else
		timeline_add(l, TIMELINE_DEADLINE, s->id, l->now + AFTER_LIMIT);
}

void checks_start(struct lab *l)
{
	l->checks = g_ptr_array_new();
	for (guint n = 0; n < l->plan->checks->len; n++) {
		struct check_state *s = g_new0(struct check_state, 1);

		s->lab = l;
		s->id = n;
		s->plan = l->plan->checks->pdata[n];
		s->points = g_array_new(FALSE, FALSE, sizeof(struct watch_point));
		g_ptr_array_add(l->checks, s);
	}
	for (guint n = 0; n < l->checks->len; n++)
		begin_or_wait(l->checks->pdata[n]);
}

void checks_event(struct lab *l, unsigned event)
{
	for (guint n = 0; l->checks && n < l->checks->len; n++) {
		struct check_state *s = l->checks->pdata[n];

		if (!s->started && !s->done && s->plan->after == AFTER_EVENT && s->plan->after_id == event)
			begin(s);
	}
}

void checks_free(struct lab *l)
{
	for (guint n = 0; l->checks && n < l->checks->len; n++) {
		struct check_state *s = l->checks->pdata[n];

		unwatch(s);
		g_array_free(s->points, TRUE);
		g_free(s->seen);
		g_free(s);
	}
	if (l->checks)
		g_ptr_array_free(l->checks, TRUE);
	l->checks = NULL;
}

bool lab_checks_done(const struct lab *l)
{
	for (guint n = 0; l->checks && n < l->checks->len; n++)
		if (!((struct check_state *)l->checks->pdata[n])->done)
			return false;
	return true;
}

/* ---- for people ---- */

unsigned lab_check_count(const struct lab *l)
{
	return l->checks->len;
}

struct lab_check lab_check_at(const struct lab *l, unsigned n)
{
	const struct check_state *s = check_at(l, n);
	struct lab_check c = {.plan = s->plan, .seen = s->seen ? s->seen : "", .when = s->when, .packets = s->packets};

	if (s->done)
		c.state = s->passed ? LAB_CHECK_PASSED : LAB_CHECK_FAILED;
	else
		c.state = s->started ? LAB_CHECK_RUNNING : LAB_CHECK_WAITING;
	return c;
}

/* ---- state ---- */

bool check_valid(const struct lab *l, unsigned id)
{
	return check_at(l, id) != NULL;
}

bool check_runs(const struct lab *l, unsigned id)
{
	const struct check_state *s = check_at(l, id);

	return s && s->plan->kind == CHECK_RUN;
}

bool check_adopt(struct lab_exec *x)
{
	struct check_state *s = check_runs(x->pc->lab, x->index) ? check_at(x->pc->lab, x->index) : NULL;

	if (!s || s->exec || s->done || strcmp(s->plan->pc, x->pc->plan->name) != 0)
		return false;
	s->exec = x;
	return true;
}

/* Its command comes with its PC's, and who is watched follows from the lab file. */
static void check_state(struct check_state *c, struct state *s)
{
	state_bool(s, &c->started);
	state_bool(s, &c->done);
	state_bool(s, &c->passed);
	state_bool(s, &c->waiting);
	state_bool(s, &c->tried);
	state_u64(s, &c->begin);
	state_u64(s, &c->next);
	state_u64(s, &c->packets);
	state_u64(s, &c->when);
	state_bool(s, &c->holds);
	state_u64(s, &c->since);
	state_text(s, &c->seen, TEXT_MAX, "check: what was seen");
	state_require(s, c->begin <= TIME_SANE && c->next <= TIME_SANE && c->since <= TIME_SANE,
		      "check %s: impossible times", c->plan->name);
	if (!state_loading(s))
		return;
	c->exec = NULL;
	unwatch(c);
	state_require(s, c->plan->kind != CHECK_PACKET || !c->started || c->done || watch(c), "check %s: cannot watch",
		      c->plan->name);
}

void checks_state(struct lab *l, struct state *s)
{
	for (guint n = 0; n < l->checks->len; n++) {
		struct check_state *c = l->checks->pdata[n];

		state_name(s, c->plan->name, "check");
		check_state(c, s);
	}
}
