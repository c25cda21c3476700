/* lanyard run: a lab in this process, with its display, until it is stopped. */
#include <gio/gio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/lab/snapshot.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/console/console.h"
#include "tui/control/control.h"
#include "tui/session/origin.h"
#include "tui/session/detach.h"
#include "tui/cli/lab_args.h"
#include "tui/cli/lab_open.h"
#include "tui/term/printable.h"
#include "tui/session/progress.h"
#include "tui/term/term.h"

struct run_args {
	struct lab_args lab;
	char *pace, *name, *record, *replay;
	gboolean headless, detach, hash;
	bool console;
	/* as understood */
	enum pace_mode mode;
	int report; /* descriptor for detach_done(); -1: not in the background */
};

static bool check_values(struct run_args *a)
{
	a->mode = PACE_REALTIME;
	if (a->pace && !pace_mode_from_name(a->pace, &a->mode))
		return args_expected("run", "--pace", a->pace, "realtime or max");
	if (a->record && a->replay)
		return args_complain("run", "--record", "expected without --replay");
	if (a->detach && a->hash)
		return args_complain("run", "--hash", "expected without --detach: nobody would see it");
	return lab_args_check(&a->lab, "run");
}

static bool parse(int *argc, char ***argv, struct run_args *a)
{
	const GOptionEntry own[] = {
		{"headless", 0, 0, G_OPTION_ARG_NONE, &a->headless, "lines of progress instead of the console", NULL},
		{"detach", 0, 0, G_OPTION_ARG_NONE, &a->detach,
		 "go on in the background when all PCs are ready; status 1 if one fails", NULL},
		{"pace", 0, 0, G_OPTION_ARG_STRING, &a->pace, "how time passes (realtime)", "realtime|max"},
		{"name", 0, 0, G_OPTION_ARG_STRING, &a->name, "name of the running lab (the lab's)", "NAME"},
		{"hash", 0, 0, G_OPTION_ARG_NONE, &a->hash, "print the hash of the lab's final state", NULL},
		{"record", 0, 0, G_OPTION_ARG_FILENAME, &a->record, "write the journal of all input", "FILE"},
		{"replay", 0, 0, G_OPTION_ARG_FILENAME, &a->replay, "take all input from a journal", "FILE"},
		G_OPTION_ENTRY_NULL,
	};
	const struct args_usage usage = {
		.command = "run",
		.words = "LAB.yaml|SNAPSHOT",
		.text = "Runs a lab, or goes on with one that `lanyard snapshot` stored: on a terminal with its "
			"console, "
			"else with lines of progress. Ctrl-C stops it. `lanyard ps` lists running labs. Captures of "
			"the lab "
			"file\n"
			"are written into the current directory unless --capture-dir says otherwise.",
		.min = 1,
		.max = 1,
	};
	g_autofree GOptionEntry *entries = lab_args_entries(&a->lab, own);

	return args_parse(&usage, entries, argc, argv) && check_values(a);
}

/* ---- the run ---- */

/* On a terminal of a person, who did not ask for lines. */
static bool wants_console(const struct run_args *a)
{
	const char *term = g_getenv("TERM");

	return !a->headless && !a->detach && !a->hash && a->lab.until_n == TIME_NEVER && isatty(STDIN_FILENO) &&
	       isatty(STDOUT_FILENO) && term && *term && strcmp(term, "dumb") != 0;
}

static void setup(struct lab_session *s, struct run_args *a, const char *file)
{
	s->command = "run";
	s->file = file;
	s->out = stdout;
	a->console = wants_console(a);
	s->live = !a->headless && !a->detach && !a->console;
	s->options.name = a->name;
	lab_args_apply(&a->lab, s);
	s->captures = true;
	s->record = a->record;
	s->replay = a->replay;
	s->loop.clock.pace = a->mode;
	if (a->mode == PACE_MAX && s->uplinks == UPLINK_OPEN)
		s->uplinks = UPLINK_SEALED;
	a->report = -1;
}

/* In the background: all PCs are ready, so the terminal is let go. */
static bool came_up(void *opaque, bool failed)
{
	struct run_args *a = opaque;

	if (a->report < 0 || failed)
		return a->report < 0;
	detach_done(a->report, STATUS_DONE);
	a->report = -1;
	return true;
}

/* The lab is up as far as its console can be opened: that is another process, a client
 * like any other. */
static void let_console(struct run_args *a)
{
	detach_done(a->report, STATUS_DONE);
	a->report = -1;
}

static int leave_console(struct client *c, enum console_end end, pid_t lab)
{
	bool ready;

	if (end == CONSOLE_LEFT) {
		printf("the lab goes on; `lanyard attach %s` comes back to it\n", client_name(c));
		return STATUS_DONE;
	}
	if (end != CONSOLE_LOST && client_do(c, NULL, "stop", NULL))
		while (client_wait(c, -1, &ready))
			;
	return detach_reap("run", lab);
}

static int show_console(const char *name, pid_t lab)
{
	enum console_end end = CONSOLE_LEFT;
	struct client *c = lab_client_open("run", name);
	GError *error = NULL;
	int status = STATUS_HOST;

	if (!c)
		return STATUS_HOST;
	if (console_run(c, true, &end, &error))
		status = leave_console(c, end, lab);
	lab_client_tell("run", error);
	client_free(c);
	return term_ended_by() ? 128 + term_ended_by() : status;
}

static int run_session(struct lab_session *s, struct run_args *a)
{
	bool ok;

	if (a->console)
		let_console(a);
	else if (!a->detach)
		printf("%s runs; Ctrl-C stops it\n", lab_name(s->loop.lab));
	fflush(stdout);
	s->loop.came_up = came_up;
	s->loop.opaque = a;
	ok = lab_session_run(s);
	progress_end_live(s->loop.progress);
	if (a->hash)
		lab_session_hash(s);
	if (!ok)
		return STATUS_HOST;
	if (a->report >= 0 && term_ended_by())
		return 128 + term_ended_by();
	return lab_session_failed(s) ? STATUS_FAILED_CHECK : STATUS_DONE;
}

static int run(struct lab_session *s, struct run_args *a)
{
	int status, end;
	pid_t child = 0;

	term_signals();
	if (a->detach || a->console) {
		a->report = detach("run", &status, &child);
		if (a->report < 0) { /* the parent: the lab is the child's, who holds the lock too */
			control_leave(s->control);
			return a->console && status == STATUS_DONE
				       ? show_console(a->name ? a->name : s->plan->name, child)
				       : status;
		}
	}
	status = lab_session_start(s);
	if (status == STATUS_DONE)
		status = run_session(s, a);
	end = lab_session_end(s);
	if (a->report >= 0)
		detach_done(a->report, status ? status : end);
	return status ? status : end;
}

static int claim_failed(const GError *error)
{
	g_autofree char *shown = NULL;
	bool name = g_error_matches(error, G_IO_ERROR, G_IO_ERROR_EXISTS) ||
		    g_error_matches(error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);

	shown = printable_line(error->message);
	fprintf(stderr, "lanyard run: %s\n", shown);
	return name ? STATUS_USAGE : STATUS_HOST;
}

/* Who is outside keeps to the wall clock. */
static bool pace_fits(const struct run_args *a, const struct plan *plan)
{
	if (a->mode != PACE_MAX || a->replay || a->lab.no_uplinks || !lab_opens(plan))
		return true;
	return args_complain("run", "--pace",
			     "an uplink of this lab reaches outside, where the wall clock counts: expected "
			     "realtime, --replay or --no-uplinks");
}

static int claim_and_run(struct run_args *a, const char *file, const char *snapshot, const struct plan *plan)
{
	struct lab_session s = {.plan = plan, .snapshot = snapshot};
	g_autoptr(GError) error = NULL;

	if (!pace_fits(a, plan))
		return STATUS_USAGE;
	setup(&s, a, file);
	s.control = control_claim(a->name ? a->name : plan->name, &error);
	return s.control ? run(&s, a) : claim_failed(error);
}

static int run_file(struct run_args *a, const char *file)
{
	struct plan *plan = lab_open(file);
	int status = plan ? claim_and_run(a, file, NULL, plan) : STATUS_USAGE;

	plan_free(plan);
	return status;
}

/* The lab file must still give the plan that was saved. */
static bool same_plan(const char *snapshot, const char *origin, const char *file, const struct plan *plan)
{
	g_autofree char *now = origin_text(file, plan);

	if (!strcmp(now, origin))
		return true;
	fprintf(stderr, "lanyard run: %s: %s has changed since it was saved\n", snapshot, file);
	return false;
}

static int run_snapshot(struct run_args *a, const char *snapshot)
{
	g_autoptr(GError) error = NULL;
	g_autofree char *origin = snapshot_origin(snapshot, &error), *file = origin ? origin_file(origin) : NULL;
	struct plan *plan = file ? lab_open(file) : NULL;
	int status = STATUS_USAGE;

	if (!file)
		fprintf(stderr, "lanyard run: %s\n", error ? error->message : "the snapshot names no lab file");
	else if (plan && same_plan(snapshot, origin, file, plan))
		status = claim_and_run(a, file, snapshot, plan);
	plan_free(plan);
	return status;
}

static void free_args(struct run_args *a)
{
	lab_args_clear(&a->lab);
	g_free(a->pace);
	g_free(a->name);
	g_free(a->record);
	g_free(a->replay);
}

int cmd_run(int argc, char **argv)
{
	struct run_args a = {.pace = NULL};
	int status = STATUS_USAGE;

	if (parse(&argc, &argv, &a))
		status = snapshot_is(argv[1]) ? run_snapshot(&a, argv[1]) : run_file(&a, argv[1]);
	free_args(&a);
	return status;
}
