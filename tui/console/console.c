/* The console: keys to views, views to the canvas, questions to the lab; see console.h. */
#include "tui/console/console.h"

#include <signal.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

#include "tui/console/pc_term.h"
#include "tui/console/prompt.h"
#include "tui/console/screen.h"
#include "tui/console/view.h"
#include "tui/term/term.h"

#define FRAME_US 50000      /* of the wall clock: at most 20 pictures a second */
#define LOOK_US 250000      /* between two looks at the whole lab */
#define DEFAULT_ESCAPE 0x1d /* Ctrl-] */

/* ---- questions and answers ---- */

static void answered(void *opaque, JsonNode *result, const char *problem)
{
	if (problem)
		console_say(opaque, "%s", problem);
}

void console_do(struct console *c, const char *execute, ...)
{
	const char *pair[9] = {NULL};
	unsigned count = 0;
	va_list args;

	if (!c->client)
		return;
	va_start(args, execute);
	while (count < 8 && (pair[count] = va_arg(args, const char *)))
		count++;
	va_end(args);
	client_ask(c->client, answered, c, execute, pair[0], pair[1], pair[2], pair[3], pair[4], pair[5], pair[6],
		   pair[7], NULL);
}

struct question {
	struct console *console;
	char *of;
};

static void take_table(struct console *c, const char *of, JsonNode *node)
{
	g_free(c->table_of);
	c->table_of = g_strdup(of);
	if (c->table)
		json_node_unref(c->table);
	c->table = json_node_copy(node);
	c->model->news++;
	if (!strcmp(of, "log") && JSON_NODE_HOLDS_OBJECT(node))
		model_take_log(c->model, json_node_get_object(node));
}

static void table_answered(void *opaque, JsonNode *result, const char *problem)
{
	struct question *q = opaque;

	if (result)
		take_table(q->console, q->of, result);
	g_free(q->of);
	g_free(q);
}

void console_table(struct console *c, const char *of, const char *execute, const char *key, const char *value)
{
	struct question *q;

	if (!c->client)
		return;
	q = g_new(struct question, 1);
	q->console = c;
	q->of = g_strdup(of);
	client_ask(c->client, table_answered, q, execute, key, value, NULL);
}

void console_answered(struct console *c, const char *of, const char *json)
{
	g_autoptr(JsonNode) node = json_from_string(json, NULL);

	if (node)
		take_table(c, of, node);
}

JsonObject *console_answer(struct console *c, const char *of)
{
	return c->table && !g_strcmp0(c->table_of, of) && JSON_NODE_HOLDS_OBJECT(c->table)
		       ? json_node_get_object(c->table)
		       : NULL;
}

static void graph_answered(void *opaque, JsonNode *result, const char *problem)
{
	if (result && JSON_NODE_HOLDS_OBJECT(result))
		model_take_graph(((struct console *)opaque)->model, json_node_get_object(result));
}

static void lab_answered(void *opaque, JsonNode *result, const char *problem)
{
	if (result && JSON_NODE_HOLDS_OBJECT(result))
		model_take_lab(((struct console *)opaque)->model, json_node_get_object(result));
}

static void look(struct console *c)
{
	client_ask(c->client, lab_answered, c, "query-lab", NULL);
	client_ask(c->client, graph_answered, c, "graph", NULL);
	if (c->view->refresh)
		c->view->refresh(c);
}

/* ---- news ---- */

void console_serial(struct console *c, const char *pc, const uint8_t *data, size_t size)
{
	struct pc_term *t = g_hash_table_lookup(c->terms, pc);

	if (t && size)
		pc_term_write(t, data, size);
	c->model->news++;
}

static void event(void *opaque, const char *name, JsonObject *data)
{
	struct console *c = opaque;
	g_autofree guchar *bytes = NULL;
	gsize size = 0;

	if (!strcmp(name, "SERIAL")) {
		bytes = client_bytes(data, "data", &size);
		console_serial(c, model_text(data, "pc"), bytes, size);
	} else if (!strcmp(name, "EXEC_OUTPUT")) {
		bytes = client_bytes(data, "data", &size);
		if (size)
			console_say(c, "%.*s", (int)MIN(size, 500u), (const char *)bytes);
	} else if (!strcmp(name, "EXEC_EXIT") && json_object_get_int_member_with_default(data, "status", 0)) {
		console_say(c, "exit status %d", (int)json_object_get_int_member_with_default(data, "status", 0));
	} else {
		model_take_event(c->model, name, data);
	}
}

void console_say(struct console *c, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	g_free(c->message);
	c->message = g_strdup_vprintf(format, args);
	va_end(args);
	g_strdelimit(g_strchomp(c->message), "\r\n\t", ' ');
	c->model->news++;
}

/* ---- views ---- */

void console_show(struct console *c, const struct view *v)
{
	if (c->view->leave)
		c->view->leave(c);
	c->view = v;
	c->row = c->field = 0;
	c->scroll = 0;
	c->escaped = false;
	if (v->enter)
		v->enter(c);
	if (c->client && v->refresh)
		v->refresh(c);
}

void console_prompt(struct console *c, char kind, const char *text)
{
	c->prompt_kind = kind;
	if (c->prompt)
		g_string_free(c->prompt, TRUE);
	c->prompt = g_string_new(text);
	g_clear_pointer(&c->message, g_free);
}

void console_open_pc(struct console *c, const char *name)
{
	if (g_strcmp0(c->pc, name)) {
		g_free(c->beside);
		c->beside = c->pc;
		c->pc = g_strdup(name);
	}
	console_show(c, &view_pc);
}

bool console_move(struct console *c, struct key key, unsigned count, int page)
{
	int row = (int)c->row;

	switch (key.code) {
	case KEY_CODE_UP:
	case 'k': row--; break;
	case KEY_CODE_DOWN:
	case 'j': row++; break;
	case KEY_CODE_PAGE_UP: row -= page; break;
	case KEY_CODE_PAGE_DOWN: row += page; break;
	case KEY_CODE_HOME:
	case 'g': row = 0; break;
	case KEY_CODE_END:
	case 'G': row = (int)count - 1; break;
	default: return false;
	}
	c->row = (unsigned)CLAMP(row, 0, MAX((int)count - 1, 0));
	return true;
}

/* ---- keys ---- */

/* A digit or an F-key leads to a view. */
static bool to_view(struct console *c, unsigned code)
{
	const struct view *v;

	if (code >= '1' && code <= '8')
		code = KEY_CODE_F1 + code - '1';
	for (unsigned n = 0; (v = view_at(n)); n++)
		if (v->code == code) {
			console_show(c, v);
			return true;
		}
	return false;
}

static void toggle_pause(struct console *c)
{
	prompt_run(c, ':', c->model->paused ? "continue" : "pause");
}

static bool common_key(struct console *c, struct key key)
{
	switch (key.code) {
	case ':': console_prompt(c, ':', ""); return true;
	case '?': c->help = true; return true;
	case 'p': toggle_pause(c); return true;
	case 'n': prompt_run(c, ':', "step 1ms"); return true;
	case 'N': prompt_run(c, ':', "step frame"); return true;
	case 'e': prompt_run(c, ':', "step event"); return true;
	case '-': prompt_run(c, ':', "pace 0.1x"); return true;
	case '+': prompt_run(c, ':', "pace realtime"); return true;
	case 'd': prompt_run(c, ':', "detach"); return true;
	case 'q':
	case 3: prompt_run(c, ':', "quit"); return true;
	default: return to_view(c, key.code);
	}
}

/* In a PC's terminal: the escape key, then a digit, ':', '?' or a key of the view. */
static void raw_key(struct console *c, struct key key)
{
	if (!c->escaped && key.code == c->escape) {
		c->escaped = true;
		return;
	}
	if (!c->escaped || key.code == c->escape) {
		c->escaped = false;
		if (!c->view->key || !c->view->key(c, key))
			to_view(c, key.code);
		return;
	}
	if (!c->view->key(c, key))
		common_key(c, key);
	c->escaped = false;
}

void console_key(struct console *c, struct key key)
{
	c->model->news++;
	if (key.code == KEY_CODE_RESIZE || key.code == KEY_CODE_NONE)
		return;
	if (c->help) {
		c->help = false;
		return;
	}
	if (c->prompt) {
		prompt_key(c, key);
		return;
	}
	g_clear_pointer(&c->message, g_free);
	if (c->view->raw && c->pc)
		raw_key(c, key);
	else if (!c->view->key || !c->view->key(c, key))
		common_key(c, key);
}

/* ---- drawing ---- */

static void draw_title(struct console *c, struct canvas *canvas, struct area a)
{
	char time[32];
	const struct view *v;
	int x;
	g_autofree char *right = NULL;

	canvas_fill(canvas, a, ' ', STYLE_BAR);
	model_time(c->model->now, time);
	x = canvas_printf(canvas, a, 0, 0, STYLE_BAR, " %s ", c->model->lab);
	if (a.w >= 120) {
		for (unsigned n = 0; (v = view_at(n)); n++)
			x += canvas_printf(canvas, a, x, 0, v == c->view ? STYLE_KEY : STYLE_BAR, " %u %s", n + 1,
					   v->name);
	} else {
		canvas_printf(canvas, a, x, 0, STYLE_KEY, " %s", c->view->name);
	}
	if (c->model->paused)
		right = g_strdup_printf("PAUSED at %s s ", time);
	else if (!strcmp(c->model->pace, "realtime") && c->model->rate_permille && c->model->rate_permille < 950)
		right = g_strdup_printf("%s s  %u.%02ux: behind ", time, c->model->rate_permille / 1000,
					c->model->rate_permille % 1000 / 10);
	else
		right = g_strdup_printf("%s s  %s ", time, c->model->pace);
	canvas_text(canvas, a, a.w - (int)g_utf8_strlen(right, -1), 0, c->model->paused ? STYLE_KEY : STYLE_BAR, right);
}

static void draw_keys(struct console *c, struct canvas *canvas, struct area a)
{
	int x = 0;

	canvas_fill(canvas, a, ' ', STYLE_BAR);
	if (c->escaped) {
		canvas_text(canvas, a, 1, 0, STYLE_KEY, "1..8 a view, : a command, ? help, or a key of this view");
		return;
	}
	for (const struct view_key *k = c->view->keys; k && k->key; k++) {
		if (x + (int)(strlen(k->key) + strlen(k->does)) + 12 > a.w)
			break;
		x += canvas_printf(canvas, a, x, 0, STYLE_KEY, " %s", k->key);
		x += canvas_printf(canvas, a, x, 0, STYLE_BAR, " %s ", k->does);
	}
	if (!c->view->raw && x + 24 < a.w)
		canvas_text(canvas, a, a.w - 23, 0, STYLE_BAR, "p pause  : ?  q quit");
}

static void draw_help(struct console *c, struct canvas *canvas, struct area a)
{
	static const struct view_key common[] = {
		{"1..8, F1..F8", "another view"},
		{":", "a command: set, exec, step, pace, detach ..."},
		{"p", "pause, go on"},
		{"n N e", "one millisecond, one frame, one event"},
		{"- +", "slow motion, real time"},
		{"d", "leave; the lab goes on"},
		{"q", "leave; a lab that this console started ends"},
	};
	struct area box = {a.x + MAX(0, (a.w - 64) / 2), a.y + 1, MIN(64, a.w), MIN(a.h - 1, 22)}, inside;
	int y = 0;

	canvas_fill(canvas, box, ' ', STYLE_PLAIN);
	inside = canvas_frame(canvas, box, STYLE_STRONG, c->view->name);
	for (const struct view_key *k = c->view->keys; k && k->key; k++, y++) {
		canvas_text(canvas, inside, 1, y, STYLE_STRONG, k->key);
		canvas_text(canvas, inside, 27, y, STYLE_PLAIN, k->does);
	}
	y++;
	for (unsigned n = 0; n < ARRAY_LEN(common); n++, y++) {
		canvas_text(canvas, inside, 1, y, STYLE_STRONG, common[n].key);
		canvas_text(canvas, inside, 15, y, STYLE_PLAIN, common[n].does);
	}
}

void console_draw(struct console *c, struct canvas *canvas)
{
	struct area all = canvas_area(canvas), bottom = {0, all.h - 1, all.w, 1};

	canvas_clear(canvas);
	if (all.w < 20 || all.h < 6) {
		canvas_text(canvas, all, 0, 0, STYLE_PLAIN, "a larger window, please");
		return;
	}
	c->shown = (struct area){0, 1, all.w, all.h - 2};
	draw_title(c, canvas, (struct area){0, 0, all.w, 1});
	c->view->draw(c, canvas, c->shown);
	if (c->help)
		draw_help(c, canvas, c->shown);
	if (c->prompt)
		prompt_draw(c, canvas, bottom);
	else
		draw_keys(c, canvas, bottom);
	if (c->message) {
		struct area line = {0, all.h - (c->prompt ? 2 : 1), all.w, 1};

		canvas_fill(canvas, line, ' ', STYLE_PLAIN);
		canvas_text(canvas, line, 1, 0, STYLE_WARN, c->message);
	}
}

/* ---- life ---- */

struct console *console_new(struct client *client, bool owner)
{
	struct console *c = g_new0(struct console, 1);

	c->client = client;
	c->owner = owner;
	c->model = model_new();
	c->view = &view_topology;
	c->escape = DEFAULT_ESCAPE;
	c->selected_edge = -1;
	c->history = g_ptr_array_new_with_free_func(g_free);
	c->terms = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pc_term_free);
	c->watch_target = g_strdup("");
	c->watch_filter = g_strdup("");
	return c;
}

void console_free(struct console *c)
{
	model_free(c->model);
	g_free(c->message);
	if (c->prompt)
		g_string_free(c->prompt, TRUE);
	g_ptr_array_unref(c->history);
	g_hash_table_unref(c->terms);
	g_free(c->pc);
	g_free(c->beside);
	g_free(c->watch_target);
	g_free(c->watch_filter);
	g_free(c->table_of);
	if (c->table)
		json_node_unref(c->table);
	g_free(c->edit_thing);
	g_free(c->edit_key);
	g_free(c);
}

struct model *console_model(struct console *c)
{
	return c->model;
}

static void take_keys(struct console *c)
{
	struct key key;

	while ((key = screen_key()).code != KEY_CODE_NONE) {
		if (key.code == 26 && !(c->view->raw && c->pc)) { /* Ctrl-Z */
			screen_close();
			raise(SIGSTOP);
			screen_invalidate();
			continue;
		}
		console_key(c, key);
	}
}

/* One picture, if there is anything new. */
static void show(struct console *c, struct canvas **canvas, unsigned *shown)
{
	int cols, rows;

	screen_size(&cols, &rows);
	if (*canvas && cols == (*canvas)->cols && rows == (*canvas)->rows && *shown == c->model->news)
		return;
	if (!*canvas || cols != (*canvas)->cols || rows != (*canvas)->rows) {
		canvas_free(*canvas);
		*canvas = canvas_new(cols, rows);
	}
	console_draw(c, *canvas);
	screen_draw(*canvas);
	*shown = c->model->news;
}

static enum console_end loop(struct console *c)
{
	struct canvas *canvas = NULL;
	unsigned shown = UINT_MAX;
	gint64 next_look = 0, next_picture = 0;
	bool alive = true, ready;

	while (alive && !c->quit && !term_ended_by()) {
		gint64 now = g_get_monotonic_time();

		if (now >= next_look) {
			next_look = now + LOOK_US;
			look(c);
		}
		if (now >= next_picture) {
			next_picture = now + FRAME_US;
			show(c, &canvas, &shown);
		}
		alive = client_wait_for(c->client, STDIN_FILENO, &ready, (int)(FRAME_US / 1000));
		take_keys(c);
	}
	canvas_free(canvas);
	return term_ended_by() ? CONSOLE_SIGNAL : !alive ? CONSOLE_LOST : c->stop_lab ? CONSOLE_STOPPED : CONSOLE_LEFT;
}

bool console_run(struct client *client, bool owner, enum console_end *end, GError **error)
{
	struct console *c;

	if (!screen_open(error))
		return false;
	c = console_new(client, owner);
	client_listen(client, event, c);
	if (owner)
		console_do(c, "own", NULL);
	console_table(c, "log", "query-log", NULL, NULL);
	*end = loop(c);
	screen_close();
	client_listen(client, NULL, NULL);
	if (*end == CONSOLE_LEFT || *end == CONSOLE_STOPPED || (*end == CONSOLE_SIGNAL && c->owner))
		client_drain(client); /* what was asked is answered: nobody is left to be told */
	console_free(c);
	return true;
}
