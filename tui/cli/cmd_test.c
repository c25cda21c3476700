/* lanyard test: a lab's checks, flat out, reported for machines (TAP 13 or
 * JSON) or read as they are. */
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "tui/cli/check_report.h"
#include "tui/cli/command.h"
#include "tui/cli/lab_args.h"
#include "tui/cli/lab_open.h"
#include "tui/session/lab_text.h"
#include "tui/session/session.h"
#include "tui/term/term.h"

struct result {
	const struct plan_check *check;
	bool passed;
	char *seen;
	uint64_t when;
};

struct news { /* an event, a PC that failed */
	char *text;
	uint64_t when;
};

struct report {
	bool json;
	bool output;     /* of checks that passed is shown, too */
	GArray *results; /* struct result, in order of verdicts */
	GArray *news;    /* struct news */
	unsigned points, possible, failed;
};

static void result_clear(gpointer r)
{
	g_free(((struct result *)r)->seen);
}

static void news_clear(gpointer n)
{
	g_free(((struct news *)n)->text);
}

/* ---- TAP ---- */

static void tap_result(const struct report *r, const struct result *x)
{
	const struct check_line line = {.name = x->check->name,
					.seen = x->seen,
					.hint = x->check->fail ? x->check->fail : "",
					.points = x->check->points,
					.passed = x->passed,
					.when = x->when};

	check_report_line(r->results->len, &line, r->output);
}

static void tap_news(const struct news *n)
{
	g_autofree char *line = NULL;
	char time[32];

	lab_time_text(n->when, time);
	line = g_strdup_printf("%ss: %s", g_strchug(time), n->text);
	check_report_comment(line);
	fflush(stdout);
}

/* ---- JSON ---- */

static void json_result(JsonBuilder *b, const struct result *x)
{
	json_builder_begin_object(b);
	json_builder_set_member_name(b, "check");
	json_builder_add_string_value(b, x->check->name);
	json_builder_set_member_name(b, "passed");
	json_builder_add_boolean_value(b, x->passed);
	json_builder_set_member_name(b, "points");
	json_builder_add_int_value(b, x->passed ? x->check->points : 0);
	json_builder_set_member_name(b, "possible");
	json_builder_add_int_value(b, x->check->points);
	json_builder_set_member_name(b, "time_ns");
	json_builder_add_int_value(b, (gint64)x->when);
	json_builder_set_member_name(b, "seen");
	json_builder_add_string_value(b, x->seen);
	json_builder_set_member_name(b, "hint");
	json_builder_add_string_value(b, !x->passed && x->check->fail ? x->check->fail : "");
	json_builder_end_object(b);
}

static void json_news(JsonBuilder *b, const struct news *n)
{
	json_builder_begin_object(b);
	json_builder_set_member_name(b, "time_ns");
	json_builder_add_int_value(b, (gint64)n->when);
	json_builder_set_member_name(b, "text");
	json_builder_add_string_value(b, n->text);
	json_builder_end_object(b);
}

static void json_report(const struct report *r, const char *lab)
{
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autoptr(JsonNode) root = NULL;
	g_autofree char *text = NULL;

	json_builder_begin_object(b);
	json_builder_set_member_name(b, "lab");
	json_builder_add_string_value(b, lab);
	json_builder_set_member_name(b, "points");
	json_builder_add_int_value(b, r->points);
	json_builder_set_member_name(b, "possible");
	json_builder_add_int_value(b, r->possible);
	json_builder_set_member_name(b, "failed");
	json_builder_add_int_value(b, r->failed);
	json_builder_set_member_name(b, "checks");
	json_builder_begin_array(b);
	for (guint n = 0; n < r->results->len; n++)
		json_result(b, &g_array_index(r->results, struct result, n));
	json_builder_end_array(b);
	json_builder_set_member_name(b, "news");
	json_builder_begin_array(b);
	for (guint n = 0; n < r->news->len; n++)
		json_news(b, &g_array_index(r->news, struct news, n));
	json_builder_end_array(b);
	json_builder_end_object(b);
	root = json_builder_get_root(b);
	text = json_to_string(root, TRUE);
	printf("%s\n", text);
}

/* ---- the run ---- */

static void verdict(void *opaque, const struct plan_check *check, bool passed, const char *seen, uint64_t when)
{
	struct report *r = opaque;
	struct result x = {check, passed, g_utf8_make_valid(seen ? seen : "", -1), when};

	g_array_append_val(r->results, x);
	r->possible += check->points;
	r->points += passed ? check->points : 0;
	r->failed += !passed;
	if (!r->json)
		tap_result(r, &x);
}

static void news(void *opaque, const char *text, uint64_t when)
{
	struct report *r = opaque;
	struct news n = {g_utf8_make_valid(text, -1), when};

	g_array_append_val(r->news, n);
	if (!r->json)
		tap_news(&n);
}

static bool has_verdict(const struct report *r, const struct plan_check *check)
{
	for (guint n = 0; n < r->results->len; n++)
		if (g_array_index(r->results, struct result, n).check == check)
			return true;
	return false;
}

/* Checks that the end came before: stopped, --until, an event that never was. */
static void close_report(struct report *r, const struct plan *plan, uint64_t now)
{
	for (guint n = 0; n < plan->checks->len; n++)
		if (!has_verdict(r, plan->checks->pdata[n]))
			verdict(r, plan->checks->pdata[n], false, "the run ended before its verdict", now);
	if (r->json)
		json_report(r, plan->name);
	else
		check_report_sum(r->points, r->possible, r->failed, plan->checks->len);
}

static int run(struct lab_session *s, struct report *r)
{
	int status, end;

	term_signals();
	if (!r->json)
		printf("TAP version 13\n1..%u\n", s->plan->checks->len);
	fflush(stdout);
	status = lab_session_start(s);
	if (status == STATUS_DONE) {
		if (!lab_session_run(s))
			status = STATUS_HOST;
		close_report(r, s->plan, lab_now(s->loop.lab));
	} else if (!r->json) {
		printf("Bail out! the lab could not be started\n");
	}
	if (term_ended_by() && status == STATUS_DONE)
		fprintf(stderr, "lanyard test: ended by %s; checks without a verdict count as failed\n",
			term_ended_by() == SIGINT ? "Ctrl-C" : g_strsignal(term_ended_by()));
	end = lab_session_end(s);
	if (status || end)
		return status ? status : end;
	if (term_ended_by())
		return 128 + term_ended_by();
	return r->failed ? STATUS_FAILED_CHECK : STATUS_DONE;
}

struct test_args {
	struct lab_args lab;
	char *report;
	gboolean output;
};

static bool parse(int *argc, char ***argv, struct test_args *a)
{
	const GOptionEntry own[] = {
		{"report", 0, 0, G_OPTION_ARG_STRING, &a->report, "form of the report (tap)", "tap|json"},
		{"output", 0, 0, G_OPTION_ARG_NONE, &a->output, "show what commands of checks that passed printed",
		 NULL},
		G_OPTION_ENTRY_NULL,
	};
	const struct args_usage usage = {
		.command = "test",
		.words = "LAB.yaml",
		.text = "Runs a lab flat out until all its checks have a verdict, and reports. Captures of the\n"
			"lab file are written only with --capture-dir.",
		.min = 1,
		.max = 1,
	};
	g_autofree GOptionEntry *entries = lab_args_entries(&a->lab, own);

	if (!args_parse(&usage, entries, argc, argv))
		return false;
	if (a->report && strcmp(a->report, "tap") && strcmp(a->report, "json"))
		return args_expected("test", "--report", a->report, "tap or json");
	return lab_args_check(&a->lab, "test");
}

static int test(const struct test_args *a, const char *file)
{
	struct plan *plan = lab_open(file);
	struct report r = {.json = a->report && !strcmp(a->report, "json"), .output = a->output};
	struct lab_session s = {
		.command = "test",
		.plan = plan,
		.file = file,
		.captures = a->lab.capture_dir != NULL,
		.check = verdict,
		.news = news,
		.opaque = &r,
		.loop = {.clock.pace = PACE_MAX, .until_checked = true},
	};
	int status;

	if (!plan)
		return STATUS_USAGE;
	lab_args_apply(&a->lab, &s);
	if (!a->lab.allow_uplinks && s.uplinks == UPLINK_OPEN)
		s.uplinks = UPLINK_SEALED;
	r.results = g_array_new(FALSE, FALSE, sizeof(struct result));
	g_array_set_clear_func(r.results, result_clear);
	r.news = g_array_new(FALSE, FALSE, sizeof(struct news));
	g_array_set_clear_func(r.news, news_clear);
	status = run(&s, &r);
	g_array_unref(r.results);
	g_array_unref(r.news);
	plan_free(plan);
	return status;
}

int cmd_test(int argc, char **argv)
{
	struct test_args a = {.report = NULL};
	int status = STATUS_USAGE;

	if (parse(&argc, &argv, &a))
		status = test(&a, argv[1]);
	lab_args_clear(&a.lab);
	g_free(a.report);
	return status;
}
