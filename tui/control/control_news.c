/* What a lab tells people, kept for those who come later: its log, the timeline of its
 * file, its checks with their verdicts, the exercise sheet; and whose lab it is. */
#include <gio/gio.h>
#include <string.h>

#include "tui/control/control_priv.h"

#define LOG_MAX 500u             /* lines */
#define SHEET_MAX (256u * 1024u) /* bytes */
#define SHEET "README.md"

void control_log(struct control *c, const char *text, uint64_t when)
{
	struct control_line line = {g_strdup(text), when};

	if (c->log->len >= LOG_MAX) {
		g_free(g_array_index(c->log, struct control_line, 0).text);
		g_array_remove_index(c->log, 0);
	}
	g_array_append_val(c->log, line);
}

static void line_rows(JsonBuilder *b, const struct control *c)
{
	json_builder_set_member_name(b, "log");
	json_builder_begin_array(b);
	for (guint n = 0; n < c->log->len; n++) {
		const struct control_line *line = &g_array_index(c->log, struct control_line, n);

		json_builder_begin_object(b);
		control_add_number(b, "time_ns", line->when);
		control_add_text(b, "text", line->text);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

/* "link:wan state=down", "run on alice: reboot" */
static char *event_text(const struct plan_event *e)
{
	GString *s = g_string_new(e->thing);

	if (e->run)
		g_string_append_printf(s, " runs: %s", e->run);
	for (guint n = 0; e->keys && n < e->keys->len; n++)
		g_string_append_printf(s, " %s=%s", (const char *)e->keys->pdata[n], (const char *)e->values->pdata[n]);
	return g_string_free(s, FALSE);
}

static void event_rows(JsonBuilder *b, const struct control *c)
{
	const GPtrArray *all = lab_plan(c->lab)->events;

	json_builder_set_member_name(b, "events");
	json_builder_begin_array(b);
	for (guint n = 0; n < all->len; n++) {
		const struct plan_event *e = all->pdata[n];
		g_autofree char *text = event_text(e);

		json_builder_begin_object(b);
		control_add_text(b, "event", e->name);
		control_add_number(b, "at_ns", e->at);
		control_add_text(b, "does", text);
		json_builder_end_object(b);
	}
	json_builder_end_array(b);
}

JsonNode *control_query_log(struct control_client *c, JsonObject *arguments, GError **error)
{
	g_autoptr(JsonBuilder) b = json_builder_new();

	json_builder_begin_object(b);
	line_rows(b, c->control);
	event_rows(b, c->control);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}

/* ---- checks ---- */

void control_judged(struct control *c, const struct plan_check *check, bool passed, const char *seen, uint64_t when)
{
	struct control_verdict *v = g_new0(struct control_verdict, 1);

	v->passed = passed;
	v->seen = g_strdup(seen ? seen : "");
	v->when = when;
	g_hash_table_replace(c->verdicts, g_strdup(check->name), v);
}

void control_verdict_free(gpointer opaque)
{
	g_free(((struct control_verdict *)opaque)->seen);
	g_free(opaque);
}

static void check_row(JsonBuilder *b, const struct control *c, const struct plan_check *check)
{
	const struct control_verdict *v = g_hash_table_lookup(c->verdicts, check->name);

	json_builder_begin_object(b);
	control_add_text(b, "check", check->name);
	control_add_text(b, "verdict", !v ? "open" : v->passed ? "passed" : "failed");
	control_add_number(b, "points", check->points);
	control_add_text(b, "where", check->pc ? check->pc : check->watch ? check->watch : "");
	control_add_text(b, "what", check->run ? check->run : check->packet ? check->packet : "");
	control_add_text(b, "seen", v ? v->seen : "");
	control_add_text(b, "hint", v && !v->passed && check->fail ? check->fail : "");
	if (v)
		control_add_number(b, "time_ns", v->when);
	json_builder_end_object(b);
}

/* With the exercise text: README.md beside the lab file. */
JsonNode *control_query_checks(struct control_client *c, JsonObject *arguments, GError **error)
{
	const struct plan *plan = lab_plan(c->control->lab);
	g_autoptr(JsonBuilder) b = json_builder_new();
	g_autofree char *path = plan->folder ? g_build_filename(plan->folder, SHEET, NULL) : NULL, *text = NULL,
			*valid = NULL;
	gsize size = 0;

	if (path && g_file_test(path, G_FILE_TEST_IS_REGULAR) && !g_file_get_contents(path, &text, &size, NULL))
		text = NULL;
	valid = g_utf8_make_valid(text ? text : "", (gssize)MIN(size, SHEET_MAX));
	json_builder_begin_object(b);
	control_add_text(b, "description", plan->description ? plan->description : "");
	control_add_text(b, "sheet", valid);
	json_builder_set_member_name(b, "checks");
	json_builder_begin_array(b);
	for (guint n = 0; n < plan->checks->len; n++)
		check_row(b, c->control, plan->checks->pdata[n]);
	json_builder_end_array(b);
	json_builder_end_object(b);
	return json_builder_get_root(b);
}

/* ---- whose lab it is ---- */

/* The lab ends when this client goes, however it goes. */
JsonNode *control_own(struct control_client *c, JsonObject *arguments, GError **error)
{
	c->owner = true;
	return control_done();
}

JsonNode *control_disown(struct control_client *c, JsonObject *arguments, GError **error)
{
	c->owner = false;
	return control_done();
}
