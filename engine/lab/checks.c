/* The checks of the lab file: commands that must succeed, packets that must (or
 * must not) be seen, all in virtual time. */
#include "engine/lab/lab_priv.h"

#include "engine/net/filter.h"

enum { SHOWN_LINES = 20, SHOWN_BYTES = 300 }; /* of them in the report; bytes of a line */

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
	uint64_t next;                  /* when the next attempt is due */
	bool waiting;                   /* for the PC to become ready */
	bool tried;                     /* a command was started */
	struct lab_exec *exec;          /* the command that is out; NULL: none */
	char *seen;                     /* what was wrong last time; NULL: nothing yet */
	GArray *points;                 /* CHECK_PACKET: struct watch_point ... */
	struct check_watcher *watchers; /* ... and one of these for each */
	struct filter *filter;
	int64_t packets;
};

static struct check_state *check_at(const struct lab *l, unsigned id)
{
	return l->checks && id < l->checks->len ? l->checks->pdata[id] : NULL;
}

static uint64_t deadline_of(const struct check_state *s)
{
	return s->begin + s->plan->within;
}

static void verdict(struct check_state *s, bool passed, const char *seen, uint64_t when)
{
	struct lab *l = s->lab;

	if (s->done)
		return;
	s->done = true;
	s->passed = passed;
	g_free(s->seen);
	s->seen = g_strdup(seen);
	if (s->exec)
		lab_exec_cancel(s->exec);
	s->exec = NULL;
	if (l->listener.check)
		l->listener.check(l->listener.opaque, s->plan, passed, s->seen, when);
}

/* ---- commands ---- */

/* The output for people: long lines and many lines lose their middle. */
static void add_output(GString *text, const char *output)
{
	g_auto(GStrv) lines = g_strsplit(output, "\n", -1);
	unsigned count = g_strv_length(lines), hidden = count > SHOWN_LINES ? count - SHOWN_LINES : 0;

	for (unsigned n = 0; n < count; n++) {
		g_autofree char *cut = strlen(lines[n]) > SHOWN_BYTES ? g_strndup(lines[n], SHOWN_BYTES) : NULL;
		g_autofree char *line = g_utf8_make_valid(cut ? cut : lines[n], -1);

		if (hidden && n == SHOWN_LINES / 2) {
			g_string_append_printf(text, "\n... %u lines more ...", hidden);
			n += hidden - 1;
			hidden = 0;
		} else
			g_string_append_printf(text, "\n%s%s", line, cut ? "..." : "");
	}
}
static bool matches(const char *pattern, const char *text)
{
	return g_regex_match_simple(pattern, text, G_REGEX_MULTILINE, 0);
}

/* "what:" and the output. g_free() it. */
static char *with_output(const char *what, const GString *output)
{
	g_autofree char *text = g_utf8_make_valid(output->str, (gssize)output->len);
	GString *whole = g_string_new(what);

	g_strchomp(text);
	if (*text) {
		g_string_append_c(whole, ':');
		add_output(whole, text);
	}
	return g_string_free(whole, FALSE);
}

/* NULL if the attempt succeeded, else what was wrong. */
static char *judge(const struct plan_check *c, int status, const GString *output)
{
	g_autofree char *text = g_utf8_make_valid(output->str, (gssize)output->len), *what = NULL;

	g_strchomp(text);
	if (status < 0)
		what = g_strdup("the PC went away");
	else if (output->len > CHECK_OUTPUT_MAX && (c->expect || c->reject))
		what = g_strdup("the output is longer than 1 MiB");
	else if (c->expect && !matches(c->expect, text))
		what = g_strdup_printf("output does not match \"%s\"", c->expect);
	else if (c->reject && matches(c->reject, text))
		what = g_strdup_printf("output matches \"%s\"", c->reject);
	else if (status > 0 && !c->expect)
		what = g_strdup_printf("exit status %d", status);
	return what ? with_output(what, output) : NULL;
}

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

void check_ended(struct lab_exec *x, int status, uint64_t when)
{
	struct check_state *s = check_at(x->pc->lab, x->index);
	g_autofree char *wrong = NULL;

	if (!s) /* the lab ends */
		return;
	s->exec = NULL;
	if (s->done)
		return;
	wrong = judge(s->plan, status, x->said);
	if (!wrong || s->plan->once) {
		verdict(s, !wrong, wrong ? wrong : "", when);
		return;
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
}

static char *not_ready(const struct check_state *s)
{
	const struct lab_pc *pc = lab_pc_find(s->lab, s->plan->pc);
	const char *why = pc ? pc->message : "";

	if (pc && !*why && pc->identified && pc->plan->ready)
		why = "its `ready` command has not succeeded";
	return g_strdup_printf("%s is not ready%s%s", s->plan->pc, *why ? ": " : "", why);
}

/* Why a command has not succeeded by now. */
static char *run_verdict(const struct check_state *s)
{
	if (s->waiting)
		return not_ready(s);
	if (s->seen)
		return g_strdup(s->seen);
	if (!s->tried)
		return g_strdup("there was no time to try");
	if (!s->exec)
		return g_strdup("the command did not end in time");
	return with_output("the command did not end in time", s->exec->said);
}

/* ---- packets ---- */

static void packet(struct watcher *w, struct port *p, enum port_event event, const struct frame *f, uint64_t when,
		   enum drop_reason reason)
{
	const struct check_watcher *at = (struct check_watcher *)(void *)w;
	struct check_state *s = at->check;

	if (s->done || when < s->begin || when >= deadline_of(s) || !(at->at->events & 1u << event))
		return;
	if (watch_wants(at->at, f) && filter_match(s->filter, f->data, f->size, event == PORT_TX))
		s->packets++;
}

static char *packet_verdict(const struct check_state *s)
{
	int64_t want = s->plan->count;

	if (want < 0 ? s->packets > 0 : s->packets == want)
		return NULL;
	if (want < 0)
		return g_strdup_printf("no packet matched \"%s\" at %s", s->plan->packet, s->plan->watch);
	return g_strdup_printf("%lld packets matched \"%s\" at %s, expected %lld", (long long)s->packets,
			       s->plan->packet, s->plan->watch, (long long)want);
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

	if (s->done)
		return;
	if (s->plan->kind == CHECK_PACKET)
		wrong = packet_verdict(s);
	else
		wrong = run_verdict(s);
	verdict(s, !wrong, wrong ? wrong : "", l->now);
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
		if (!s->plan->start)
			begin(s);
	}
}

void checks_event(struct lab *l, const char *event)
{
	for (guint n = 0; l->checks && n < l->checks->len; n++) {
		struct check_state *s = l->checks->pdata[n];

		if (!s->started && s->plan->start && !strcmp(s->plan->start, event))
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
	uint64_t packets = (uint64_t)c->packets;

	state_bool(s, &c->started);
	state_bool(s, &c->done);
	state_bool(s, &c->passed);
	state_bool(s, &c->waiting);
	state_bool(s, &c->tried);
	state_u64(s, &c->begin);
	state_u64(s, &c->next);
	state_u64(s, &packets);
	state_text(s, &c->seen, TEXT_MAX, "check: what was seen");
	state_require(s, c->begin <= TIME_SANE && c->next <= TIME_SANE && packets <= TIME_SANE,
		      "check %s: impossible times", c->plan->name);
	c->packets = (int64_t)packets;
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
