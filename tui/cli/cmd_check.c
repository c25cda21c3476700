/* lanyard check: the checks of a running lab, judged as it is now. */
#include <stdio.h>
#include <string.h>

#include "tui/cli/args.h"
#include "tui/cli/check_report.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_client.h"
#include "tui/term/term.h"

struct judging {
	bool output, done;
	unsigned all, failed, points, possible;
};

static void event(void *opaque, const char *name, JsonObject *data)
{
	struct judging *j = opaque;
	struct check_line x = {
		.name = json_object_get_string_member_with_default(data, "check", ""),
		.seen = json_object_get_string_member_with_default(data, "seen", ""),
		.hint = json_object_get_string_member_with_default(data, "hint", ""),
		.points = (unsigned)json_object_get_int_member_with_default(data, "points", 0),
		.passed = json_object_get_boolean_member_with_default(data, "passed", FALSE),
		.when = (uint64_t)json_object_get_int_member_with_default(data, "time_ns", 0),
	};

	j->done = j->done || !strcmp(name, "CHECK_DONE");
	if (strcmp(name, "CHECK") != 0)
		return;
	j->all++;
	j->failed += !x.passed;
	j->possible += x.points;
	j->points += x.passed ? x.points : 0;
	check_report_line(j->all, &x, j->output);
}

/* The exit status. */
static int judge(struct client *c, struct judging *j)
{
	bool ready;

	client_listen(c, event, j);
	if (!lab_client_do("check", c, "check", NULL))
		return STATUS_USAGE;
	while (!j->done && !term_ended_by())
		if (!client_wait(c, -1, &ready)) {
			fprintf(stderr, "lanyard check: the lab has ended\n");
			return STATUS_HOST;
		}
	if (term_ended_by())
		return 128 + term_ended_by();
	check_report_sum(j->points, j->possible, j->failed, j->all);
	return j->failed ? STATUS_FAILED_CHECK : STATUS_DONE;
}

int cmd_check(int argc, char **argv)
{
	gboolean output = FALSE;
	const GOptionEntry entries[] = {
		{"output", 0, 0, G_OPTION_ARG_NONE, &output, "show what commands of checks that passed printed", NULL},
		G_OPTION_ENTRY_NULL,
	};
	const struct args_usage usage = {
		.command = "check",
		.words = "LAB",
		.text = "Judges the checks of a running lab as it is now: each command runs once, and packets are\n"
			"those counted so far. Exit status: 1 if a check fails.",
		.min = 1,
		.max = 1,
	};
	struct judging j = {.output = false};
	struct client *c;
	int status;

	if (!args_parse(&usage, entries, &argc, &argv))
		return STATUS_USAGE;
	j.output = output;
	c = lab_client_open("check", argv[1]);
	if (!c)
		return STATUS_USAGE;
	term_signals();
	status = judge(c, &j);
	client_free(c);
	return status;
}
