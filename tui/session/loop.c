/* The loop around a lab; see lab_loop.h. Input is taken between windows, when
 * virtual time is as far as the wall clock is: it is stamped with the time at
 * which a person did it. */
#include "tui/session/loop.h"

#include <stdio.h>

#include "capture/capture.h"
#include "tui/control/control.h"
#include "tui/session/progress.h"
#include "tui/term/term.h"

#define SLICE 1000000ull /* ns of virtual time: sleeping for less is not worth it */
#define NAP 500000000ull /* ns: how often the display is brought up to date at least */
#define TURN 10000000ull /* ns of the wall clock until sockets are looked at again */

struct turn {
	struct lab_loop *loop;
	bool up, ended; /* no PC is starting any more; came_up() said no */
	struct pace pace;
	GArray *fds;      /* struct pollfd: of the control socket first ... */
	guint of_control; /* ... so many */
};

static bool finished(const struct lab_loop *loop)
{
	return term_ended_by() || lab_now(loop->lab) >= loop->until ||
	       (loop->control && control_stopped(loop->control)) || progress_gone(loop->progress) ||
	       (loop->until_checked && lab_checks_done(loop->lab));
}

/* Who is outside keeps to the wall clock: so does a lab that reaches there. */
static enum pace_mode pace_now(const struct turn *t)
{
	if (lab_is_open(t->loop->lab))
		return PACE_REALTIME;
	return t->up ? t->loop->pace : PACE_MAX; /* nobody is made to wait while PCs start */
}

/* A door may open at any time. */
static void check_pace(struct turn *t)
{
	if (pace_now(t) != t->pace.mode)
		pace_init(&t->pace, pace_now(t), lab_now(t->loop->lab));
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
	pace_init(&t->pace, pace_now(t), lab_now(t->loop->lab));
	t->ended = t->loop->came_up && !t->loop->came_up(t->loop->opaque, failed);
}

/* How far to sleep: to what happens next, but not for less than a slice, so that
 * a busy PC runs in worthwhile pieces. */
static uint64_t sleep_until(const struct turn *t)
{
	uint64_t now = lab_now(t->loop->lab), next = MAX(lab_next(t->loop->lab), now + SLICE);

	return MIN(MIN(next, now + NAP), t->loop->until);
}

/* Flat out and without anything to do, only what comes from outside matters. */
static bool idle(const struct turn *t)
{
	return t->pace.mode == PACE_MAX && t->loop->until == TIME_NEVER && lab_next(t->loop->lab) == TIME_NEVER;
}

static struct pollfd *fds(const struct turn *t)
{
	return (struct pollfd *)(void *)t->fds->data;
}

static bool wait_outside(struct turn *t)
{
	struct pollfd wake = {.fd = term_wake(), .events = POLLIN};
	int error;

	g_array_set_size(t->fds, 0);
	if (t->loop->control)
		control_poll(t->loop->control, t->fds);
	t->of_control = t->fds->len;
	g_array_append_val(t->fds, wake);
	lab_poll(t->loop->lab, t->fds);
	error = pace_wait(&t->pace, idle(t) ? TIME_NEVER : sleep_until(t), fds(t), t->fds->len);
	if (error)
		fprintf(stderr, "lanyard: poll: %s\n", g_strerror(-error));
	term_awake();
	if (term_continued())
		pace_anchor(&t->pace, lab_now(t->loop->lab));
	return !error;
}

static void advance(struct turn *t)
{
	struct lab *l = t->loop->lab;
	uint64_t allowed = pace_allowed(&t->pace, lab_now(l)), end = MIN(allowed, t->loop->until);
	uint64_t begin = pace_wall();

	while (lab_now(l) < end && !finished(t->loop)) {
		if (!lab_step(l, end) || pace_wall() - begin > TURN)
			break;
	}
}

static void write_out(struct lab_loop *loop)
{
	for (guint n = 0; n < loop->captures->len; n++)
		capture_flush(loop->captures->pdata[n]);
	progress_pace(loop->progress, loop->lab, loop->pace);
	progress_flush(loop->progress);
}

bool lab_loop_run(struct lab_loop *loop)
{
	struct turn t = {.loop = loop};
	bool ok = true;

	pace_init(&t.pace, pace_now(&t), lab_now(loop->lab));
	t.fds = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
	check_up(&t);
	while (ok && !t.ended && !finished(loop)) {
		/* A batch that has come to its end: nobody is there to go on. */
		if (lab_next(loop->lab) == TIME_NEVER && loop->until == TIME_NEVER && loop->until_checked)
			break;
		ok = wait_outside(&t);
		advance(&t);
		lab_take_input(loop->lab, false);
		check_pace(&t);
		if (loop->control && ok)
			control_serve(loop->control, fds(&t), t.of_control);
		write_out(loop);
		check_up(&t);
	}
	g_array_unref(t.fds);
	return ok;
}
