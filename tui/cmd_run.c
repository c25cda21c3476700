/* lanyard run: a lab in this process, with its display, until it is stopped. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/units.h"
#include "tui/command.h"
#include "tui/control.h"
#include "tui/lab_open.h"
#include "tui/lab_session.h"
#include "tui/progress.h"
#include "tui/term.h"

struct run_args {
	char *pace, *seed, *until, *name, *log_dir, *capture_dir, *record, *replay;
	gint workers;
	gboolean headless, detach, hash, no_cache, allow_host;
	/* as understood */
	enum pace_mode mode;
	uint64_t seed_n, until_n;
};

static bool usage(const char *option, const char *text)
{
	fprintf(stderr, "lanyard run: %s: %s\n", option, text);
	return false;
}

static bool check_values(struct run_args *a)
{
	g_autoptr(GError) error = NULL;

	a->mode = PACE_REALTIME;
	if (a->pace && !pace_mode_from_name(a->pace, &a->mode)) {
		fprintf(stderr, "lanyard run: --pace: '%s': expected realtime or max\n", a->pace);
		return false;
	}
	a->until_n = TIME_NEVER;
	if (a->until && !parse_time(a->until, &a->until_n, &error))
		return usage("--until", error->message);
	if (a->seed && !parse_number(a->seed, 1, UINT64_MAX, &a->seed_n, &error))
		return usage("--seed", error->message);
	if (a->workers < 0 || a->workers > 1024)
		return usage("--workers", "expected a number from 1 to 1024");
	if (a->record && a->replay)
		return usage("--record", "expected without --replay");
	return true;
}

static bool parse(int *argc, char ***argv, struct run_args *a)
{
	const GOptionEntry entries[] = {
		{"headless", 0, 0, G_OPTION_ARG_NONE, &a->headless, "no console, lines of progress instead", NULL},
		{"detach", 0, 0, G_OPTION_ARG_NONE, &a->detach, "go on in the background once the lab has started",
		 NULL},
		{"pace", 0, 0, G_OPTION_ARG_STRING, &a->pace, "how time passes (realtime)", "realtime|max"},
		{"seed", 0, 0, G_OPTION_ARG_STRING, &a->seed, "seed of all randomness (the lab's)", "N"},
		{"workers", 0, 0, G_OPTION_ARG_INT, &a->workers, "threads that run PCs (as many as processors)", "N"},
		{"until", 0, 0, G_OPTION_ARG_STRING, &a->until, "end at this virtual time, such as 30s", "TIME"},
		{"name", 0, 0, G_OPTION_ARG_STRING, &a->name, "name of the running lab (the lab's)", "NAME"},
		{"log-dir", 0, 0, G_OPTION_ARG_FILENAME, &a->log_dir, "write events.log and PC.serial.log here", "DIR"},
		{"capture-dir", 0, 0, G_OPTION_ARG_FILENAME, &a->capture_dir, "captures of the lab go here (.)", "DIR"},
		{"hash", 0, 0, G_OPTION_ARG_NONE, &a->hash, "print the hash of the lab's final state", NULL},
		{"no-cache", 0, 0, G_OPTION_ARG_NONE, &a->no_cache, "boot images anew", NULL},
		{"record", 0, 0, G_OPTION_ARG_FILENAME, &a->record, "write the journal of all input", "FILE"},
		{"replay", 0, 0, G_OPTION_ARG_FILENAME, &a->replay, "take all input from a journal", "FILE"},
		{"allow-host-commands", 0, 0, G_OPTION_ARG_NONE, &a->allow_host,
		 "the lab may run commands on this machine", NULL},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("LAB.yaml - run a lab");
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context, "Ctrl-C stops the lab. `lanyard ps` lists running labs.");
	if (!g_option_context_parse(context, argc, argv, &error)) {
		fprintf(stderr, "lanyard run: %s\n", error->message);
		return false;
	}
	if (*argc != 2) {
		fprintf(stderr, "lanyard run: expected one lab file; --help says more\n");
		return false;
	}
	return check_values(a);
}

/* ---- in the background ---- */

/* The parent waits for one byte, the child's exit status so far. */
static int wait_started(int fd, pid_t child)
{
	uint8_t status;
	ssize_t n;
	int code;

	do
		n = read(fd, &status, 1);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return status;
	/* It died without a word. */
	if (waitpid(child, &code, 0) == child && WIFEXITED(code) && WEXITSTATUS(code))
		return WEXITSTATUS(code);
	fprintf(stderr, "lanyard run: the lab ended before it had started\n");
	return STATUS_HOST;
}

/* In the child: the descriptor to report to; in the parent -1 and *status. */
static int detach(int *status)
{
	int fds[2];
	pid_t child;

	*status = STATUS_HOST;
	fflush(NULL);
	if (pipe(fds) || (child = fork()) < 0) {
		fprintf(stderr, "lanyard run: --detach: %s\n", g_strerror(errno));
		return -1;
	}
	if (child) {
		close(fds[1]);
		*status = wait_started(fds[0], child);
		return -1;
	}
	close(fds[0]);
	setsid();
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	return fds[1];
}

static void detach_done(int fd, int status)
{
	uint8_t byte = (uint8_t)status;
	int null = open("/dev/null", O_RDWR);

	fflush(NULL);
	if (null >= 0) {
		for (int n = 0; n < 3; n++)
			dup2(null, n);
		if (null > 2)
			close(null);
	}
	if (write(fd, &byte, 1) != 1)
		byte = 0; /* nobody waits any more */
	close(fd);
}

/* ---- the run ---- */

static void setup(struct lab_session *s, const struct run_args *a, const char *file)
{
	s->command = "run";
	s->file = file;
	s->out = stdout;
	s->options = (struct lab_options){.name = a->name, .seed = a->seed_n, .workers = (unsigned)a->workers};
	s->log_dir = a->log_dir;
	s->capture_dir = a->capture_dir;
	s->captures = true;
	s->record = a->record;
	s->replay = a->replay;
	s->loop.pace = a->mode;
	s->loop.until = a->until_n;
}

static int run_session(struct lab_session *s, const struct run_args *a)
{
	bool ok;

	if (!a->detach)
		printf("%s runs; Ctrl-C stops it\n", lab_name(s->loop.lab));
	fflush(stdout);
	term_signals();
	ok = lab_loop_run(&s->loop);
	if (a->hash)
		lab_session_hash(s);
	if (!ok)
		return STATUS_HOST;
	return progress_failed(s->loop.progress) ? STATUS_FAILED_CHECK : STATUS_DONE;
}

static int run(struct lab_session *s, const struct run_args *a)
{
	int fd = -1, status, end;

	if (a->detach) {
		fd = detach(&status);
		if (fd < 0) { /* the parent: the lab is the child's, who holds the lock too */
			control_free(s->control);
			return status;
		}
	}
	status = lab_session_start(s);
	if (fd >= 0)
		detach_done(fd, status);
	if (status == STATUS_DONE)
		status = run_session(s, a);
	end = lab_session_end(s);
	return status ? status : end;
}

static int claim_and_run(const struct run_args *a, const char *file)
{
	struct plan *plan = lab_open(file);
	struct lab_session s = {.plan = plan};
	g_autoptr(GError) error = NULL;
	int status = STATUS_USAGE;

	if (!plan)
		return STATUS_USAGE;
	setup(&s, a, file);
	s.control = control_claim(a->name ? a->name : plan->name, &error);
	if (s.control)
		status = run(&s, a);
	else
		fprintf(stderr, "lanyard run: %s\n", error->message);
	plan_free(plan);
	return status;
}

static void free_args(struct run_args *a)
{
	char *text[] = {a->pace, a->seed, a->until, a->name, a->log_dir, a->capture_dir, a->record, a->replay};

	for (unsigned n = 0; n < ARRAY_LEN(text); n++)
		g_free(text[n]);
}

int cmd_run(int argc, char **argv)
{
	struct run_args a = {.pace = NULL};
	int status = STATUS_USAGE;

	if (parse(&argc, &argv, &a))
		status = claim_and_run(&a, argv[1]);
	free_args(&a);
	return status;
}
