/* A lab from its plan to its end; see lab_session.h. */
#include "tui/session/session.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <unistd.h>

#include "capture/capture.h"
#include "engine/lab/snapshot.h"
#include "tui/term/status.h"
#include "tui/control/control.h"
#include "tui/session/lab_text.h"
#include "tui/session/origin.h"
#include "tui/control/watch.h"
#include "tui/session/progress.h"
#include "tui/term/term.h"

/* ---- the lab's news: to the display and to the control socket ---- */

static void pc_state(void *opaque, struct lab_pc *pc, enum lab_pc_state state, const char *message, uint64_t when)
{
	struct lab_session *s = opaque;

	s->plain.pc_state(s->plain.opaque, pc, state, message, when);
	if (s->control)
		control_state(s->control, pc, state, message, when);
	if (s->news && state == LAB_PC_FAILED) {
		g_autofree char *text = g_strdup_printf("%s failed: %s", lab_pc_name(pc), message);

		s->news(s->opaque, text, when);
	}
}

static void serial(void *opaque, struct lab_pc *pc, const uint8_t *data, size_t size, uint64_t when)
{
	struct lab_session *s = opaque;

	s->plain.serial(s->plain.opaque, pc, data, size, when);
	if (s->control)
		control_serial(s->control, pc, data, size, when);
}

static void note(void *opaque, const char *text, uint64_t when)
{
	struct lab_session *s = opaque;

	s->plain.note(s->plain.opaque, text, when);
	if (s->control)
		control_note(s->control, text, when);
	if (s->news)
		s->news(s->opaque, text, when);
}

static void check(void *opaque, const struct plan_check *c, bool passed, const char *seen, uint64_t when)
{
	struct lab_session *s = opaque;

	s->plain.check(s->plain.opaque, c, passed, seen, when);
	if (s->control)
		control_judged(s->control, c, passed, seen, when);
	if (s->check)
		s->check(s->opaque, c, passed, seen, when);
}

static void image(void *opaque, const char *name, const char *state)
{
	struct lab_session *s = opaque;

	s->plain.image(s->plain.opaque, name, state);
}

static void capture_problem(void *opaque, const char *text)
{
	struct lab_session *s = opaque;

	progress_line(s->loop.progress, lab_now(s->loop.lab), text);
	if (!s->out)
		fprintf(stderr, "lanyard %s: %s\n", s->command, text);
}

/* ---- the control socket as a source of the loop ---- */

static void control_fds(void *opaque, GArray *fds)
{
	control_poll(((struct lab_session *)opaque)->control, fds);
}

static bool control_turn(void *opaque, const struct pollfd *fds, unsigned count)
{
	struct lab_session *s = opaque;

	control_serve(s->control, fds, count);
	return !control_stopped(s->control);
}

static struct loop_source control_source(struct lab_session *s)
{
	return (struct loop_source){.opaque = s, .poll = control_fds, .serve = control_turn};
}

/* ---- start ---- */

static bool interrupted(void)
{
	return term_ended_by() != 0;
}

static int fail(const struct lab_session *s, GError *error, int status)
{
	if (s->loop.progress) {
		progress_end_live(s->loop.progress);
		progress_flush(s->loop.progress);
	}
	fprintf(stderr, "lanyard %s: %s\n", s->command, error->message);
	return g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED) ? 128 + term_ended_by() : status;
}

static void capture_release(gpointer c)
{
	capture_free(c);
}

/* Where its packets go: the lab file does not say. */
static void tell_capture(struct lab_session *s, const struct plan_capture *c)
{
	g_autofree char *path = s->capture_dir ? lab_path_in(s->capture_dir, c->file) : g_strdup(c->file);
	g_autofree char *line = g_strdup_printf("capture %s: %s", c->name, path);

	progress_line(s->loop.progress, lab_now(s->loop.lab), line);
}

static bool prepare(struct lab_session *s, GError **error)
{
	const char *dir = s->capture_dir;

	if (s->replay && !lab_replay(s->loop.lab, s->replay, error))
		return false;
	s->loop.until = MIN(s->loop.until, lab_replay_end(s->loop.lab));
	if (s->record && !lab_record(s->loop.lab, s->record, error))
		return false;
	if (!s->captures)
		return true;
	if (!lab_watch_all(s->loop.lab, dir, s->loop.captures, capture_problem, s, error))
		return false;
	for (guint n = 0; n < s->plan->captures->len; n++)
		tell_capture(s, s->plan->captures->pdata[n]);
	return true;
}

/* What the lab reaches, and how it is reached: nobody should have to guess. */
static void tell_uplinks(struct lab_session *s)
{
	for (unsigned n = 0; n < lab_uplink_count(s->loop.lab); n++) {
		struct uplink *u = lab_uplink_at(s->loop.lab, n);
		g_autofree char *what = uplink_kind(u)->describe(uplink_settings(u));
		g_autofree char *line = g_strdup_printf("uplink %s %s%s", uplink_name(u), what,
							uplink_mode(u) == UPLINK_OFF ? " (closed)" : "");

		progress_line(s->loop.progress, lab_now(s->loop.lab), line);
	}
}

static bool open_uplinks(struct lab_session *s, GError **error)
{
	if (!lab_open_uplinks(s->loop.lab, s->replay ? UPLINK_OFF : s->uplinks, error))
		return false;
	tell_uplinks(s);
	return true;
}

static bool can_open(const struct lab_session *s, const char *option, const char *path, int flags)
{
	int fd = path ? open(path, flags | O_CLOEXEC, 0666) : -1;

	if (path && fd < 0)
		fprintf(stderr, "lanyard %s: %s: %s: %s\n", s->command, option, path, g_strerror(errno));
	if (fd >= 0)
		close(fd);
	return !path || fd >= 0;
}

static bool can_make(const struct lab_session *s, const char *option, const char *dir)
{
	g_autoptr(GError) error = NULL;

	if (!dir || lab_make_dir(option, dir, &error))
		return true;
	fprintf(stderr, "lanyard %s: %s\n", s->command, error->message);
	return false;
}

/* The files of its captures, and no other lab is at them. */
static bool can_capture(const struct lab_session *s)
{
	g_autoptr(GError) error = NULL;

	if (!s->captures || lab_watch_check(s->plan, s->capture_dir, &error))
		return true;
	fprintf(stderr, "lanyard %s: %s\n", s->command, error->message);
	return false;
}

/* Before images boot, which takes a while: do the files' names make sense? */
static bool check_files(const struct lab_session *s)
{
	return can_make(s, "--log-dir", s->log_dir) && can_make(s, "--capture-dir", s->capture_dir) && can_capture(s) &&
	       can_open(s, "--replay", s->replay, O_RDONLY) && can_open(s, "--record", s->record, O_WRONLY | O_CREAT);
}

static void trace(void *opaque, const char *text, uint64_t when)
{
	fprintf(stderr, "%llu.%09llu %s\n", (unsigned long long)(when / 1000000000),
		(unsigned long long)(when % 1000000000), text);
}

static bool start_traces(struct lab_session *s, GError **error)
{
	g_auto(GStrv) what = g_strsplit(s->trace ? s->trace : "", ",", -1);

	for (char **one = what; *one; one++)
		if (!lab_trace(s->loop.lab, *one, error)) {
			g_prefix_error(error, "--trace ");
			return false;
		}
	return true;
}

int lab_session_start(struct lab_session *s)
{
	struct lab_listener listener = {
		.opaque = s,
		.pc_state = pc_state,
		.serial = serial,
		.note = note,
		.check = check,
		.image = image,
		.trace = trace,
	};
	g_autoptr(GError) error = NULL;

	s->loop.captures = g_ptr_array_new_with_free_func(capture_release);
	if (!check_files(s))
		return STATUS_USAGE;
	if (s->uplinks == UPLINK_OPEN && !s->replay && !lab_may_open(s->plan, &s->options, &error))
		return fail(s, error, STATUS_USAGE);
	s->loop.progress = progress_new(s->out, s->live, s->plan, s->log_dir, &error);
	if (!s->loop.progress)
		return fail(s, error, STATUS_HOST);
	s->plain = progress_listener(s->loop.progress);
	s->options.no_uplinks = s->replay || s->uplinks == UPLINK_OFF;
	s->options.cancelled = interrupted;
	s->loop.lab = lab_build(s->plan, &s->options, &listener, &error);
	if (s->loop.lab && s->snapshot && !snapshot_load(s->loop.lab, s->snapshot, &error))
		return fail(s, error, STATUS_USAGE);
	if (!s->loop.lab || !start_traces(s, &error) || !prepare(s, &error))
		return fail(s, error, STATUS_USAGE);
	if (!open_uplinks(s, &error))
		return fail(s, error, STATUS_HOST);
	if (s->control) {
		g_autofree char *path = g_canonicalize_filename(s->file, NULL);

		control_set_origin(s->control, origin_text(path, s->plan));
		if (!control_open(s->control, s->loop.lab, path, &s->loop.clock, s->replay != NULL, &error))
			return fail(s, error, STATUS_HOST);
		lab_loop_add(&s->loop, control_source(s));
	}
	progress_flush(s->loop.progress);
	return STATUS_DONE;
}

/* ---- end ---- */

bool lab_session_failed(const struct lab_session *s)
{
	for (unsigned n = 0; n < lab_pc_count(s->loop.lab); n++)
		if (lab_pc_state(lab_pc_at(s->loop.lab, n)) == LAB_PC_FAILED)
			return true;
	return progress_failed(s->loop.progress) != 0;
}

void lab_session_hash(struct lab_session *s)
{
	uint8_t hash[LAB_HASH_BYTES];

	lab_hash(s->loop.lab, hash);
	printf("hash ");
	for (unsigned n = 0; n < sizeof(hash); n++)
		printf("%02x", hash[n]);
	printf("\n");
}

/* The journal has all that was done to the lab, or that is said. */
static bool end_record(struct lab_session *s)
{
	g_autoptr(GError) error = NULL;

	if (!s->loop.lab || lab_record_end(s->loop.lab, &error))
		return true;
	fprintf(stderr, "lanyard %s: --record: %s: %s\n", s->command, s->record, error->message);
	return false;
}

bool lab_session_run(struct lab_session *s)
{
	g_autoptr(GError) error = NULL;

	if (lab_loop_run(&s->loop, &error))
		return true;
	fprintf(stderr, "lanyard %s: %s\n", s->command, error->message);
	return false;
}

int lab_session_end(struct lab_session *s)
{
	bool ok = true, recorded;

	/* Captures watch ports, clients hold commands: both go before the lab. */
	control_free(s->control);
	s->control = NULL;
	g_clear_pointer(&s->loop.captures, g_ptr_array_unref);
	if (s->loop.progress) {
		progress_flush(s->loop.progress);
		ok = progress_ok(s->loop.progress);
	}
	recorded = end_record(s);
	lab_free(s->loop.lab);
	s->loop.lab = NULL;
	progress_free(s->loop.progress);
	s->loop.progress = NULL;
	if (!ok)
		fprintf(stderr, "lanyard %s: the logs in %s are not complete: they could not be written\n", s->command,
			s->log_dir);
	return ok && recorded ? STATUS_DONE : STATUS_HOST;
}
