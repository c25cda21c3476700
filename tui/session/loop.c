/* The loop around a lab; see loop.h. Input is taken between windows, when virtual
 * time is as far as the wall clock is: it is stamped with the time at which a person
 * did it. */
#include "tui/session/loop.h"

#include <gio/gio.h>

#include "capture/capture.h"
#include "engine/net/port.h"
#include "tui/session/progress.h"
#include "tui/term/term.h"

#define SLICE 1000000ull     /* ns of virtual time: sleeping for less is not worth it */
#define NAP 500000000ull     /* ns: how often the display is brought up to date at least */
#define TURN 10000000ull     /* ns of the wall clock until sockets are looked at again */
#define MEASURE 500000000ull /* ns of the wall clock over which the rate is measured */

struct turn {
	struct lab_loop *loop;
	bool up, ended; /* no PC is starting any more; somebody wants the end */
	struct pace pace;
	GArray *fds;         /* struct pollfd: those of the sources, then the signals' */
	GArray *first;       /* guint: where each source's begin */
	uint64_t wall, virt; /* when the rate was measured last */
	uint64_t frames;     /* that had crossed a cable when a step began */
};

void lab_loop_add(struct lab_loop *loop, struct loop_source source)
{
	if (!loop->sources)
		loop->sources = g_array_new(FALSE, FALSE, sizeof(struct loop_source));
	g_array_append_val(loop->sources, source);
}

static unsigned source_count(const struct turn *t)
{
	return t->loop->sources ? t->loop->sources->len : 0;
}

static const struct loop_source *source_at(const struct turn *t, unsigned n)
{
	return &g_array_index(t->loop->sources, struct loop_source, n);
}

static bool finished(const struct turn *t)
{
	const struct lab_loop *loop = t->loop;

	return t->ended || term_ended_by() || lab_now(loop->lab) >= loop->until ||
	       (loop->progress && progress_gone(loop->progress)) || (loop->until_checked && lab_checks_done(loop->lab));
}

/* Who is outside keeps to the wall clock: so does a lab that reaches there. */
static enum pace_mode pace_now(const struct turn *t)
{
	if (lab_is_open(t->loop->lab))
		return PACE_REALTIME;
	return t->up ? t->loop->clock.pace : PACE_MAX; /* nobody is made to wait while PCs start */
}

static void set_pace(struct turn *t)
{
	struct lab_clock *c = &t->loop->clock;

	pace_init(&t->pace, pace_now(t), lab_now(t->loop->lab));
	if (c->permille && t->up)
		pace_slow(&t->pace, c->permille, lab_now(t->loop->lab));
	c->changed = false;
}

/* A door may open at any time. */
static void check_pace(struct turn *t)
{
	if (t->loop->clock.changed || pace_now(t) != t->pace.mode)
		set_pace(t);
}

/* No PC is starting any more, or one has failed: from here on the pace holds. */
static void check_up(struct turn *t)
{
	bool failed = false, starting = false;

	if (t->up)
		return;
	for (unsigned n = 0; n < lab_pc_count(t->loop->lab); n++) {
		enum lab_pc_state state = lab_pc_state(lab_pc_at(t->loop->lab, n));

		failed = failed || state == LAB_PC_FAILED;
		starting = starting || state == LAB_PC_BOOTING;
	}
	t->up = failed || !starting;
	if (!t->up)
		return;
	set_pace(t);
	t->ended = t->loop->came_up && !t->loop->came_up(t->loop->opaque, failed);
}

/* ---- waiting ---- */

/* How far to sleep: to what happens next, but not for less than a slice, so that
 * a busy PC runs in worthwhile pieces. */
static uint64_t sleep_until(const struct turn *t)
{
	uint64_t now = lab_now(t->loop->lab), next = MAX(lab_next(t->loop->lab), now + SLICE);
	uint64_t nap = t->loop->nap ? t->loop->nap : NAP;

	return MIN(MIN(next, now + nap * t->pace.permille / 1000 + 1), t->loop->until);
}

/* Flat out and without anything to do, only what comes from outside matters. */
static bool idle(const struct turn *t)
{
	return t->pace.mode == PACE_MAX && t->loop->until == TIME_NEVER && lab_next(t->loop->lab) == TIME_NEVER &&
	       !t->loop->nap;
}

static struct pollfd *fds(const struct turn *t)
{
	return (struct pollfd *)(void *)t->fds->data;
}

static void collect_fds(struct turn *t)
{
	struct pollfd wake = {.fd = term_wake(), .events = POLLIN};

	g_array_set_size(t->fds, 0);
	g_array_set_size(t->first, 0);
	for (unsigned n = 0; n < source_count(t); n++) {
		g_array_append_val(t->first, t->fds->len);
		source_at(t, n)->poll(source_at(t, n)->opaque, t->fds);
	}
	g_array_append_val(t->first, t->fds->len);
	g_array_append_val(t->fds, wake);
	lab_poll(t->loop->lab, t->fds);
}

/* A lab that stands still is looked at like one that idles. */
static int wait_paused(struct turn *t)
{
	struct pace pace = t->pace;
	int error;

	pace.mode = PACE_REALTIME;
	pace_slow(&pace, 1000, 0);
	error = pace_wait(&pace, t->loop->nap ? t->loop->nap : NAP, fds(t), t->fds->len);
	pace_anchor(&t->pace, lab_now(t->loop->lab));
	return error;
}

static void went_on(struct turn *t)
{
	pace_anchor(&t->pace, lab_now(t->loop->lab));
	for (unsigned n = 0; n < source_count(t); n++)
		if (source_at(t, n)->continued)
			source_at(t, n)->continued(source_at(t, n)->opaque);
}

static bool wait_outside(struct turn *t, GError **error)
{
	bool paused = t->loop->clock.paused && t->loop->clock.step == LAB_STEP_NONE;
	int failed;

	collect_fds(t);
	if (paused)
		failed = wait_paused(t);
	else
		failed = pace_wait(&t->pace, idle(t) ? TIME_NEVER : sleep_until(t), fds(t), t->fds->len);
	if (failed)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(-failed), "poll: %s", g_strerror(-failed));
	term_awake();
	if (term_continued())
		went_on(t);
	return !failed;
}

/* ---- time passes ---- */

static void advance(struct turn *t)
{
	struct lab *l = t->loop->lab;
	uint64_t allowed = pace_allowed(&t->pace, lab_now(l)), end = MIN(allowed, t->loop->until);
	uint64_t begin = pace_wall();

	if (t->loop->slice)
		end = MIN(end, lab_now(l) + t->loop->slice);
	while (lab_now(l) < end && !finished(t)) {
		if (!lab_step(l, end) || (!t->loop->slice && pace_wall() - begin > TURN))
			break;
	}
}

/* That PCs have sent and received so far. */
static uint64_t frames(struct lab *l)
{
	uint64_t sum = 0;

	for (unsigned n = 0; n < lab_pc_count(l); n++) {
		const struct port *p;

		for (unsigned nic = 0; (p = lab_pc_port(lab_pc_at(l, n), nic)); nic++)
			sum += p->stats.rx_frames + p->stats.tx_frames;
	}
	return sum;
}

static bool step_done(struct turn *t)
{
	const struct lab_clock *c = &t->loop->clock;

	return lab_now(t->loop->lab) >= MIN(c->step_to, t->loop->until) ||
	       (c->step == LAB_STEP_FRAME && frames(t->loop->lab) != t->frames) || c->step == LAB_STEP_EVENT;
}

/* A step ends between two windows: before anybody can have received what was sent in
 * the last one. */
static void step(struct turn *t)
{
	struct lab_clock *c = &t->loop->clock;
	struct lab *l = t->loop->lab;
	uint64_t begin = pace_wall();

	t->frames = frames(l);
	if (c->step == LAB_STEP_EVENT)
		c->step_to = MIN(c->step_to, MAX(lab_next(l), lab_now(l)) + 1);
	do {
		uint64_t end = MIN(c->step_to, t->loop->until);

		while (lab_now(l) < end && lab_step(l, end) && c->step == LAB_STEP_EVENT)
			;
	} while (!step_done(t) && !finished(t) && pace_wall() - begin < TURN);
	if (step_done(t))
		c->step = LAB_STEP_NONE;
}

static void pass(struct turn *t)
{
	struct lab_clock *c = &t->loop->clock;

	if (!c->paused)
		advance(t);
	else if (c->step != LAB_STEP_NONE)
		step(t);
}

/* ---- what came of it ---- */

static void measure(struct turn *t)
{
	uint64_t wall = pace_wall(), now = lab_now(t->loop->lab);

	if (wall - t->wall < MEASURE)
		return;
	t->loop->clock.rate = (unsigned)((unsigned __int128)(now - t->virt) * 1000 / (wall - t->wall));
	t->wall = wall;
	t->virt = now;
}

static void serve(struct turn *t)
{
	for (unsigned n = 0; n < source_count(t); n++) {
		guint first = g_array_index(t->first, guint, n), end = g_array_index(t->first, guint, n + 1);

		if (!source_at(t, n)->serve(source_at(t, n)->opaque, fds(t) + first, end - first))
			t->ended = true;
	}
}

static void write_out(struct lab_loop *loop)
{
	for (guint n = 0; loop->captures && n < loop->captures->len; n++)
		capture_flush(loop->captures->pdata[n]);
	if (!loop->progress)
		return;
	progress_pace(loop->progress, loop->lab, loop->clock.pace);
	progress_flush(loop->progress);
}

static void turn(struct turn *t)
{
	pass(t);
	measure(t);
	lab_take_input(t->loop->lab, false);
	check_pace(t);
	serve(t);
	write_out(t->loop);
	check_up(t);
}

bool lab_loop_run(struct lab_loop *loop, GError **error)
{
	struct turn t = {.loop = loop, .wall = pace_wall(), .virt = lab_now(loop->lab)};
	bool ok = true;

	pace_init(&t.pace, pace_now(&t), lab_now(loop->lab));
	t.fds = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
	t.first = g_array_new(FALSE, FALSE, sizeof(guint));
	check_up(&t);
	while (ok && !finished(&t)) {
		/* A batch that has come to its end: nobody is there to go on. */
		if (lab_next(loop->lab) == TIME_NEVER && loop->until == TIME_NEVER && loop->until_checked)
			break;
		ok = wait_outside(&t, error);
		if (ok)
			turn(&t);
	}
	g_array_unref(t.fds);
	g_array_unref(t.first);
	g_clear_pointer(&loop->sources, g_array_unref);
	return ok;
}
