/* The checks of a running lab: where they stand, and how they would be judged now. */
#include <gio/gio.h>
#include <string.h>

#include "tui/control/control_priv.h"

static void text(JsonBuilder *b, const char *key, const char *value)
{
	json_builder_set_member_name(b, key);
	json_builder_add_string_value(b, value);
}

static void number(JsonBuilder *b, const char *key, uint64_t value)
{
	json_builder_set_member_name(b, key);
	json_builder_add_int_value(b, (gint64)value);
}

/* ---- where they stand ---- */

static void check_row(JsonBuilder *b, const struct lab_check *c)
{
	static const char *const states[] = {"waiting", "running", "passed", "failed"};
	g_autofree char *line = g_strndup(c->seen, strcspn(c->seen, "\n"));

	json_builder_begin_object(b);
	text(b, "check", c->plan->name);
	text(b, "state", states[c->state]);
	number(b, "points", c->plan->points);
	text(b, "seen", line);
	json_builder_end_object(b);
}

JsonNode *control_show_checks(struct lab *l, const char *name)
{
	g_autoptr(JsonBuilder) b = NULL;

	if (strcmp(name, "checks") != 0)
		return NULL;
	b = json_builder_new();
	json_builder_begin_object(b);
	json_builder_set_member_name(b, "checks");
	json_builder_begin_array(b);
	for (unsigned n = 0; n < lab_check_count(l); n++) {
		struct lab_check c = lab_check_at(l, n);

		check_row(b, &c);
	}
	json_builder_end_array(b);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}

/* ---- now ---- */

static void judged(void *opaque, const struct plan_check *check, bool passed, const char *seen, uint64_t when)
{
	struct control_client *c = opaque;
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	text(b, "check", check->name);
	json_builder_set_member_name(b, "passed");
	json_builder_add_boolean_value(b, passed);
	number(b, "points", check->points);
	text(b, "seen", seen);
	text(b, "hint", !passed && check->fail ? check->fail : "");
	number(b, "time_ns", when);
	json_builder_end_object(b);
	control_event(c, "CHECK", b, when);
}

static void done(void *opaque, uint64_t when)
{
	struct control_client *c = opaque;
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	json_builder_end_object(b);
	c->judge = NULL;
	control_event(c, "CHECK_DONE", b, when);
}

JsonNode *control_check(struct control_client *c, JsonObject *arguments, GError **error)
{
	const struct lab_judge_ops ops = {.opaque = c, .judged = judged, .done = done};

	if (c->judge) {
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_BUSY, "the checks are being judged already");
		return NULL;
	}
	lab_judge(c->control->lab, &ops, &c->judge);
	return control_done();
}
