/* The command line of the console; see prompt.h. */
#include "tui/console/prompt.h"

#include <string.h>

/* ---- what can be said after ':' ---- */

static void run_set(struct console *c, char **word, guint count)
{
	for (guint n = 2; n < count; n++) {
		char *equals = strchr(word[n], '=');

		if (!equals) {
			console_say(c, "'%s': expected KEY=VALUE", word[n]);
			return;
		}
		*equals = '\0';
		console_do(c, "set", "thing", word[1], "key", word[n], "value", equals + 1, NULL);
	}
	if (count < 3)
		console_say(c, "expected: set THING KEY=VALUE...");
}

/* What it says comes as EXEC_OUTPUT events, which the console shows. */
static void run_exec(struct console *c, char **word, guint count)
{
	g_autofree char *line = count > 2 ? g_strjoinv(" ", word + 2) : NULL;

	if (!line)
		console_say(c, "expected: exec PC COMMAND...");
	else if (c->model->paused)
		console_say(c, "the lab is paused: `continue` first, or nothing will run");
	else
		console_do(c, "exec", "pc", word[1], "command", line, NULL);
}

static void run_step(struct console *c, char **word, guint count)
{
	console_do(c, "step", "by", count > 1 ? word[1] : "1ms", NULL);
}

static void run_pause(struct console *c, char **word, guint count)
{
	console_do(c, "pause", NULL);
	if (c->model->open)
		console_say(c, "paused; what is outside does not wait");
}

static void run_continue(struct console *c, char **word, guint count)
{
	console_do(c, "continue", NULL);
}

static void run_pace(struct console *c, char **word, guint count)
{
	console_do(c, "set", "thing", "lab", "key", "pace", "value", count > 1 ? word[1] : "realtime", NULL);
}

static void run_open(struct console *c, char **word, guint count)
{
	if (count > 1 && model_find(c->model, word[1]) >= 0)
		console_open_pc(c, word[1]);
	else
		console_say(c, "expected: open PC");
}

static void run_watch(struct console *c, char **word, guint count)
{
	g_free(c->watch_target);
	c->watch_target = g_strdup(count > 1 ? word[1] : "");
	c->watching = false;
	console_show(c, &view_packets);
}

static void run_detach(struct console *c, char **word, guint count)
{
	c->quit = true;
	c->stop_lab = false;
	if (c->owner)
		console_do(c, "disown", NULL);
	c->owner = false;
}

static void run_stop(struct console *c, char **word, guint count)
{
	c->quit = c->stop_lab = true;
}

static void run_quit(struct console *c, char **word, guint count)
{
	if (c->owner)
		run_stop(c, word, count);
	else
		run_detach(c, word, count);
}

static void run_power(struct console *c, char **word, guint count)
{
	if (count < 3)
		console_say(c, "expected: power PC on|off|reset");
	else
		console_do(c, "set", "thing", word[1], "key", "power", "value", word[2], NULL);
}

enum words { WORDS_NONE, WORDS_THINGS, WORDS_PCS };
static const struct command {
	const char *name, *usage;
	enum words second; /* what its first argument completes from */
	void (*run)(struct console *c, char **word, guint count);
} commands[] = {
	{"set", "THING KEY=VALUE...", WORDS_THINGS, run_set},
	{"exec", "PC COMMAND...", WORDS_PCS, run_exec},
	{"open", "PC", WORDS_PCS, run_open},
	{"power", "PC on|off|reset", WORDS_PCS, run_power},
	{"watch", "THING", WORDS_THINGS, run_watch},
	{"pause", "", WORDS_NONE, run_pause},
	{"continue", "", WORDS_NONE, run_continue},
	{"step", "[1ms|frame|event]", WORDS_NONE, run_step},
	{"pace", "realtime|max|0.1x", WORDS_NONE, run_pace},
	{"detach", "", WORDS_NONE, run_detach},
	{"stop", "", WORDS_NONE, run_stop},
	{"quit", "", WORDS_NONE, run_quit},
};

static void run_line(struct console *c, const char *text)
{
	g_auto(GStrv) word = NULL;
	g_autoptr(GError) error = NULL;
	gint count;

	if (!*text)
		return;
	if (!g_shell_parse_argv(text, &count, &word, &error)) {
		console_say(c, "%s", error->message);
		return;
	}
	for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
		if (!strcmp(commands[n].name, word[0])) {
			commands[n].run(c, word, (guint)count);
			return;
		}
	console_say(c, "'%s': no such command; Tab completes", word[0]);
}

/* ---- the other lines ---- */

static void find_node(struct console *c, const char *text)
{
	for (guint i = 1; i <= c->model->nodes->len; i++) {
		guint n = (c->selected_node + i) % c->model->nodes->len;

		if (strstr(((struct model_node *)c->model->nodes->pdata[n])->name, text)) {
			c->selected_node = n;
			c->selected_edge = -1;
			return;
		}
	}
	console_say(c, "'%s': nothing here is named so", text);
}

static void set_watch(struct console *c, char **what, const char *text)
{
	g_free(*what);
	*what = g_strdup(text);
	c->watching = false;
	if (c->view->enter)
		c->view->enter(c);
}

/* A process of its own writes, by the same command as anybody else's. */
static void write_capture(struct console *c, const char *path)
{
	g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
	const char *argv[] = {self, "capture", c->model->lab, *c->watch_target ? c->watch_target : "lab",
			      "-w", path,      "--",          *c->watch_filter ? c->watch_filter : NULL,
			      NULL};
	g_autoptr(GError) error = NULL;

	if (self && c->client &&
	    g_spawn_async(NULL, (char **)argv, NULL, G_SPAWN_STDOUT_TO_DEV_NULL | G_SPAWN_STDERR_TO_DEV_NULL, NULL,
			  NULL, NULL, &error))
		console_say(c, "writing into %s until the lab ends", path);
	else
		console_say(c, "%s: %s", path, error ? error->message : "cannot be written");
}

void prompt_run(struct console *c, char kind, const char *text)
{
	switch (kind) {
	case ':': run_line(c, text); break;
	case '/': find_node(c, text); break;
	case 'f': set_watch(c, &c->watch_filter, text); break;
	case 't': set_watch(c, &c->watch_target, text); break;
	case 'w': write_capture(c, text); break;
	case '=': console_do(c, "set", "thing", c->edit_thing, "key", c->edit_key, "value", text, NULL); break;
	default: break;
	}
}

/* ---- completion ---- */

static void offer(GPtrArray *all, const char *name, const char *begun)
{
	if (g_str_has_prefix(name, begun) && !g_ptr_array_find_with_equal_func(all, name, g_str_equal, NULL))
		g_ptr_array_add(all, (gpointer)name);
}

static const struct command *command_of(const char *line, gsize size)
{
	for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
		if (strlen(commands[n].name) == size && !strncmp(commands[n].name, line, size))
			return &commands[n];
	return NULL;
}

static void offer_things(struct console *c, GPtrArray *all, const char *begun, bool pcs)
{
	for (guint n = 0; n < c->model->nodes->len; n++) {
		const struct model_node *node = c->model->nodes->pdata[n];

		if (!pcs || node->kind == MODEL_PC)
			offer(all, node->name, begun);
	}
	for (guint n = 0; !pcs && n < c->model->edges->len; n++)
		offer(all, ((struct model_edge *)c->model->edges->pdata[n])->link, begun);
	if (!pcs)
		offer(all, "lab", begun);
}

static void complete(struct console *c)
{
	const char *line = c->prompt->str, *space = strchr(line, ' '), *begun = space ? strrchr(line, ' ') + 1 : line;
	const struct command *command = space ? command_of(line, (gsize)(space - line)) : NULL;
	g_autoptr(GPtrArray) all = g_ptr_array_new();
	gsize same;

	if (c->prompt_kind == 't')
		offer_things(c, all, begun, false);
	else if (!space)
		for (unsigned n = 0; n < ARRAY_LEN(commands); n++)
			offer(all, commands[n].name, begun);
	else if (command && command->second != WORDS_NONE && !strchr(space + 1, ' '))
		offer_things(c, all, begun, command->second == WORDS_PCS);
	else if (command && command->run == run_set)
		for (unsigned n = 0; n < 6; n++)
			offer(all, ((const char *const[]){"state=", "delay=", "rate=", "loss=", "power=", "pace="})[n],
			      begun);
	if (!all->len) {
		console_say(c, command ? "%s %s" : "%s%s", command ? command->name : "nothing begins so",
			    command ? command->usage : "");
		return;
	}
	same = strlen(all->pdata[0]);
	for (guint n = 1; n < all->len; n++) {
		gsize at = 0;

		while (at < same && ((char *)all->pdata[n])[at] == ((char *)all->pdata[0])[at])
			at++;
		same = at;
	}
	g_string_truncate(c->prompt, (gsize)(begun - line));
	g_string_append_len(c->prompt, all->pdata[0], (gssize)same);
	if (all->len == 1 && !g_str_has_suffix(all->pdata[0], "="))
		g_string_append_c(c->prompt, ' ');
	if (all->len > 1) {
		g_autofree char *names = NULL;

		g_ptr_array_add(all, NULL);
		names = g_strjoinv("  ", (char **)all->pdata);
		console_say(c, "%s", names);
	}
}

/* ---- typing ---- */

static void leave(struct console *c)
{
	g_string_free(c->prompt, TRUE);
	c->prompt = NULL;
}

static void enter(struct console *c)
{
	g_autofree char *text = g_strdup(c->prompt->str);
	char kind = c->prompt_kind;

	leave(c);
	if (kind == ':' && *text)
		g_ptr_array_add(c->history, g_strdup(text));
	c->history_at = (int)c->history->len;
	prompt_run(c, kind, text);
}

static void recall(struct console *c, int by)
{
	c->history_at = CLAMP(c->history_at + by, 0, (int)c->history->len);
	g_string_assign(c->prompt, c->history_at < (int)c->history->len ? c->history->pdata[c->history_at] : "");
}

static void erase(struct console *c)
{
	if (c->prompt->len)
		g_string_truncate(c->prompt,
				  (gsize)(g_utf8_prev_char(c->prompt->str + c->prompt->len) - c->prompt->str));
	else
		leave(c);
}

void prompt_key(struct console *c, struct key key)
{
	switch (key.code) {
	case KEY_CODE_ENTER:
	case '\n': enter(c); break;
	case KEY_CODE_ESCAPE:
	case 3: leave(c); break;
	case 21: g_string_truncate(c->prompt, 0); break; /* Ctrl-U */
	case KEY_CODE_TAB: complete(c); break;
	case KEY_CODE_UP: recall(c, -1); break;
	case KEY_CODE_DOWN: recall(c, 1); break;
	case KEY_CODE_BACKSPACE: erase(c); break;
	default:
		if (key.code >= ' ' && key.code < KEY_CODE_FIRST)
			g_string_append_unichar(c->prompt, key.code);
	}
}

void prompt_draw(struct console *c, struct canvas *canvas, struct area a)
{
	static const struct {
		char kind;
		const char *text;
	} names[] = {{':', ":"}, {'/', "/"}, {'f', "filter: "}, {'t', "watch: "}, {'w', "write to: "}};
	g_autofree char *edit = g_strdup_printf("%s %s=", c->edit_thing ? c->edit_thing : "", c->edit_key);
	const char *before = edit;
	int x;

	for (unsigned n = 0; n < ARRAY_LEN(names); n++)
		if (names[n].kind == c->prompt_kind)
			before = names[n].text;
	canvas_fill(canvas, a, ' ', STYLE_PLAIN);
	x = canvas_text(canvas, a, 0, 0, STYLE_STRONG, before);
	x += canvas_text(canvas, a, x, 0, STYLE_PLAIN, c->prompt->str);
	canvas->cursor_x = MIN(a.x + x, a.x + a.w - 1);
	canvas->cursor_y = a.y;
}
