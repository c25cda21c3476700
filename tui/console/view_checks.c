/* The exercise: its sheet, its checks and what they found. */
#include <string.h>

#include "tui/console/view.h"

#define TWO_FROM 100 /* columns from which the sheet has room beside the checks */

static JsonArray *checks(struct console *c)
{
	JsonObject *o = console_answer(c, "checks");
	JsonNode *list = o ? json_object_get_member(o, "checks") : NULL;

	return list && JSON_NODE_HOLDS_ARRAY(list) ? json_node_get_array(list) : NULL;
}

static int draw_text(struct canvas *canvas, struct area a, int y, enum style style, const char *text)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);

	for (char **line = lines; *line && y < a.h; line++)
		canvas_text(canvas, a, 0, y++, style, *line);
	return y;
}

static void draw_checks(struct console *c, struct canvas *canvas, struct area a)
{
	JsonArray *all = checks(c);
	guint count = all ? json_array_get_length(all) : 0;
	uint64_t points = 0, possible = 0;
	int y = 0;

	for (guint n = 0; n < count; n++) {
		JsonObject *k = json_array_get_object_element(all, n);

		possible += model_number(k, "points");
		points += strcmp(model_text(k, "verdict"), "passed") ? 0 : model_number(k, "points");
	}
	if (!count) {
		canvas_text(canvas, a, 0, 0, STYLE_DIM, "this lab has no checks");
		return;
	}
	canvas_printf(canvas, a, 0, y++, STYLE_STRONG, "%llu of %llu points", (unsigned long long)points,
		      (unsigned long long)possible);
	c->row = MIN(c->row, count - 1);
	for (guint n = 0; n < count && y < a.h; n++) {
		JsonObject *k = json_array_get_object_element(all, n);
		const char *verdict = model_text(k, "verdict");
		bool passed = !strcmp(verdict, "passed"), failed = !strcmp(verdict, "failed");

		canvas_text(canvas, a, 0, ++y,
			    passed   ? STYLE_GOOD
			    : failed ? STYLE_BAD
				     : STYLE_DIM,
			    passed   ? "✓"
			    : failed ? "✗"
				     : "…");
		canvas_printf(canvas, a, 2, y++, n == c->row ? STYLE_SELECTED : STYLE_PLAIN, "%s (%llu) %s",
			      model_text(k, "check"), (unsigned long long)model_number(k, "points"), verdict);
		if (n != c->row)
			continue;
		canvas_printf(canvas, a, 2, y++, STYLE_DIM, "%s: %s", model_text(k, "where"), model_text(k, "what"));
		if (*model_text(k, "seen"))
			y = draw_text(canvas, (struct area){a.x + 2, a.y, a.w - 2, a.h}, y, STYLE_PLAIN,
				      model_text(k, "seen"));
		if (*model_text(k, "hint"))
			canvas_text(canvas, a, 2, y++, STYLE_WARN, model_text(k, "hint"));
	}
}

/* The line as several of at most `width` characters, cut at spaces where there are any. */
static void wrap(GPtrArray *out, const char *line, long width)
{
	while (g_utf8_strlen(line, -1) > width) {
		const char *end = g_utf8_offset_to_pointer(line, width), *cut = end;

		while (cut > line && *cut != ' ')
			cut--;
		cut = cut > line ? cut : end;
		g_ptr_array_add(out, g_strndup(line, (gsize)(cut - line)));
		line = cut + (*cut == ' ');
	}
	g_ptr_array_add(out, g_strdup(line));
}

static GPtrArray *wrapped(const char *text, int width)
{
	g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
	GPtrArray *out = g_ptr_array_new_with_free_func(g_free);

	for (char **line = lines; *line; line++)
		wrap(out, *line, MAX(width, 1));
	return out;
}

static void draw_sheet(struct console *c, struct canvas *canvas, struct area a)
{
	JsonObject *o = console_answer(c, "checks");
	const char *sheet = o ? model_text(o, "sheet") : "";
	g_autoptr(GPtrArray) lines = wrapped(*sheet ? sheet : o ? model_text(o, "description") : "", a.w);
	int count = (int)lines->len;

	c->scroll = CLAMP(c->scroll, 0, MAX(0, count - a.h));
	for (int y = 0; y < a.h && y + c->scroll < count; y++) {
		const char *line = lines->pdata[y + c->scroll];

		canvas_text(canvas, a, 0, y, *line == '#' ? STYLE_STRONG : STYLE_PLAIN, line);
	}
}

static void draw(struct console *c, struct canvas *canvas, struct area a)
{
	bool two = a.w >= TWO_FROM;
	int left = two ? a.w / 2 : a.w, top = two ? a.h : a.h / 2;

	draw_sheet(c, canvas, canvas_frame(canvas, (struct area){a.x, a.y, left, top}, STYLE_DIM, "Sheet"));
	draw_checks(c, canvas,
		    two ? (struct area){a.x + left + 1, a.y, a.w - left - 1, a.h}
			: (struct area){a.x, a.y + top, a.w, a.h - top});
}

static bool key(struct console *c, struct key key)
{
	JsonArray *all = checks(c);

	switch (key.code) {
	case KEY_CODE_PAGE_UP: c->scroll -= 5; return true;
	case KEY_CODE_PAGE_DOWN: c->scroll += 5; return true;
	default: return console_move(c, key, all ? json_array_get_length(all) : 0, 1);
	}
}

static void refresh(struct console *c)
{
	console_table(c, "checks", "query-checks", NULL, NULL);
}

static const struct view_key keys[] = {{"arrows, j k", "select a check"}, {"PgUp PgDn", "the sheet"}, {NULL, NULL}};

const struct view view_checks = {
	.name = "Checks",
	.code = KEY_CODE_F1 + 7,
	.keys = keys,
	.draw = draw,
	.key = key,
	.refresh = refresh,
};
