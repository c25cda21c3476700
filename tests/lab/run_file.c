/* A lab file run as `lanyard run --pace max --hash` does, with the switches that
 * only tests need: shorter windows at random, no idle skipping.
 *
 *   test-lab --run [OPTION...] LAB.yaml */
#include <stdio.h>

#include "engine/base/units.h"
#include "tests/lab/lab_test.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_open.h"
#include "tui/session/session.h"

struct args {
	char *until, *capture_dir, *log_dir, *record, *replay;
	gint workers;
	gint64 windows, moves;
	gboolean no_idle_skip;
	uint64_t until_n;
};

static bool parse(int *argc, char ***argv, struct args *a)
{
	const GOptionEntry entries[] = {
		{"run", 0, 0, G_OPTION_ARG_NONE, &(gboolean){FALSE}, "", NULL},
		{"until", 0, 0, G_OPTION_ARG_STRING, &a->until, "", "TIME"},
		{"workers", 0, 0, G_OPTION_ARG_INT, &a->workers, "", "N"},
		{"windows", 0, 0, G_OPTION_ARG_INT64, &a->windows, "cut windows shorter at random", "SEED"},
		{"moves", 0, 0, G_OPTION_ARG_INT64, &a->moves, "only the hash of a lab that is saved and loaded",
		 "SEED"},
		{"no-idle-skip", 0, 0, G_OPTION_ARG_NONE, &a->no_idle_skip, "step halted PCs", NULL},
		{"capture-dir", 0, 0, G_OPTION_ARG_FILENAME, &a->capture_dir, "", "DIR"},
		{"log-dir", 0, 0, G_OPTION_ARG_FILENAME, &a->log_dir, "", "DIR"},
		{"record", 0, 0, G_OPTION_ARG_FILENAME, &a->record, "", "FILE"},
		{"replay", 0, 0, G_OPTION_ARG_FILENAME, &a->replay, "", "FILE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	g_autoptr(GOptionContext) context = g_option_context_new("LAB.yaml");
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(context, entries, NULL);
	if (g_option_context_parse(context, argc, argv, &error) && *argc == 2 && a->until &&
	    parse_time(a->until, &a->until_n, &error))
		return true;
	fprintf(stderr, "test-lab --run: %s\n", error ? error->message : "expected --until TIME and one lab file");
	return false;
}

/* Into new objects about four times, of which each boots its images anew. */
static int run_moving_file(const struct plan *plan, const struct args *a)
{
	const struct how how = {.workers = (unsigned)a->workers,
				.window_seed = (uint64_t)a->windows,
				.moves = (uint64_t)a->moves,
				.move_every = a->until_n / 2};
	struct outcome o;

	lab_outcome(plan, &how, a->until_n, NULL, NULL, NULL, &o);
	printf("hash ");
	for (unsigned n = 0; n < sizeof(o.hash); n++)
		printf("%02x", o.hash[n]);
	printf("\n");
	outcome_clear(&o);
	return STATUS_DONE;
}

int run_file(int argc, char **argv)
{
	struct args a = {.workers = 1};
	struct plan *plan = parse(&argc, &argv, &a) ? lab_open(argv[1]) : NULL;
	struct lab_session s = {
		.command = "test-lab",
		.plan = plan,
		.file = argv[1],
		.log_dir = a.log_dir,
		.capture_dir = a.capture_dir,
		.captures = a.capture_dir != NULL,
		.record = a.record,
		.replay = a.replay,
		.options = {.workers = (unsigned)a.workers,
			    .window_seed = (uint64_t)a.windows,
			    .no_idle_skip = a.no_idle_skip},
		.loop = {.clock.pace = PACE_MAX, .until = a.until_n},
	};
	int status = STATUS_USAGE;

	if (!plan)
		return status;
	if (a.moves) {
		status = run_moving_file(plan, &a);
		plan_free(plan);
		return status;
	}
	status = lab_session_start(&s);
	if (status == STATUS_DONE) {
		lab_session_run(&s);
		lab_session_hash(&s);
	}
	status = status ? status : lab_session_end(&s);
	plan_free(plan);
	return status;
}
