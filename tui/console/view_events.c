/* What happened, and what the lab file has still in mind. */
#include <string.h>

#include "tui/console/view.h"

static JsonArray *timeline(struct console *c)
{
	JsonObject *o = console_answer(c, "log");
	JsonNode *list = o ? json_object_get_member(o, "events") : NULL;

	return list && JSON_NODE_HOLDS_ARRAY(list) ? json_node_get_array(list) : NULL;
}

static void draw_timeline(struct console *c, struct canvas *canvas, struct area a, JsonArray *events)
{
	for (guint n = 0; n < json_array_get_length(events) && (int)n < a.h; n++) {
		JsonObject *e = json_array_get_object_element(events, n);
		uint64_t at = model_number(e, "at_ns");
		char time[32];

		model_time(at, time);
		canvas_printf(canvas, a, 0, (int)n, at <= c->model->now ? STYLE_DIM : STYLE_PLAIN, "%12s %s %s: %s",
			      time, at <= c->model->now ? "✓" : " ", model_text(e, "event"), model_text(e, "does"));
	}
}

static void draw(struct console *c, struct canvas *canvas, struct area a)
{
	JsonArray *events = timeline(c);
	int count = events ? (int)json_array_get_length(events) : 0, top = count ? MIN(count + 2, a.h / 3) : 0;
	int lines = (int)c->model->lines->len, rows = a.h - top, first;

	if (top)
		draw_timeline(c, canvas, canvas_frame(canvas, (struct area){a.x, a.y, a.w, top}, STYLE_DIM, "Timeline"),
			      events);
	c->scroll = CLAMP(c->scroll, 0, MAX(0, lines - rows));
	first = MAX(0, lines - rows - c->scroll);
	for (int y = 0; y < rows && first + y < lines; y++) {
		const struct model_line *line = &g_array_index(c->model->lines, struct model_line, first + y);
		bool bad = strstr(line->text, "failed") != NULL;
		char time[32];

		model_time(line->when, time);
		canvas_printf(canvas, a, 0, top + y, STYLE_DIM, "%12s", time);
		canvas_text(canvas, a, 14, top + y, bad ? STYLE_BAD : STYLE_PLAIN, line->text);
	}
}

static bool key(struct console *c, struct key key)
{
	switch (key.code) {
	case KEY_CODE_UP:
	case 'k': c->scroll++; return true;
	case KEY_CODE_DOWN:
	case 'j': c->scroll--; return true;
	case KEY_CODE_PAGE_UP: c->scroll += c->shown.h / 2; return true;
	case KEY_CODE_PAGE_DOWN: c->scroll -= c->shown.h / 2; return true;
	case KEY_CODE_END:
	case 'G': c->scroll = 0; return true;
	default: return false;
	}
}

static void enter(struct console *c)
{
	c->scroll = 0;
	console_table(c, "log", "query-log", NULL, NULL);
}

static const struct view_key keys[] = {{"arrows, j k, PgUp", "look back"}, {"G", "to the newest"}, {NULL, NULL}};

const struct view view_events = {
	.name = "Events",
	.code = KEY_CODE_F1 + 6,
	.keys = keys,
	.enter = enter,
	.draw = draw,
	.key = key,
};
