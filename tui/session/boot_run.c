/* The loop around one PC; see run.h. The PC runs in slices of virtual time; what
 * people type enters between two slices, output leaves there. With the pace
 * `realtime` virtual time trails the wall clock: the loop first waits (or is
 * woken by input), then runs the PC up to where the wall clock is. */
#include "tui/session/boot_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/pc/i8042.h"
#include "engine/pc/pc.h"
#include "tui/term/status.h"
#include "tui/term/escape.h"
#include "tui/term/keymap.h"
#include "tui/session/vga_screen.h"
#include "tui/session/screenshot.h"
#include "tui/term/term.h"

#define MS 1000000ull

#define NAP_MS 500               /* while the PC is paused: half an escape sequence may wait to be one key */
#define SLICE (5 * MS)           /* virtual time between two looks at the outside */
#define IDLE_SLICE (50 * MS)     /* ... while the PC sleeps */
#define STROKE_GAP (8 * MS)      /* virtual time between two keys: nobody types faster ... */
#define STROKE_WALL (30 * MS)    /* ... or this wall time, where the host is slow */
#define REFRESH (50 * MS)        /* wall time between two pictures */
#define ESCAPE_WAIT_NS (40 * MS) /* wall time after which a lone ESC is a key */
#define INPUT_MAX 4096u          /* bytes waiting for the guest before we stop reading */
#define DEFAULT_SHOT "lanyard-screen.png"

/* Whose bytes the last line of the terminal ends with, if it has no end. */
enum open_line { LINE_NONE, LINE_OUT, LINE_ERR };

struct run {
	struct board *b;
	const struct run_options *o;
	struct pace pace;
	struct escape escape;
	struct keymap keymap;
	struct screen *screen;
	GByteArray *input;  /* COM1: bytes waiting for room */
	GArray *strokes;    /* keyboard: struct keymap_stroke */
	GString *out, *err; /* output of the current slice */
	enum open_line open;
	bool out_tty, err_tty;
	char *last_words; /* told again when the screen is gone */
	uint64_t last_stroke, last_stroke_wall, last_byte, next_draw;
	bool in_open, tty; /* stdin can still give something; it is a terminal of ours */
	bool paused, done, said_halted;
	struct run_result result;
};

/* ---- output ---- */

static void fresh_line(struct run *r)
{
	const char *newline = term_is_raw() ? "\r\n" : "\n";

	term_write(r->err_tty ? STDERR_FILENO : r->o->serial_fd, newline, strlen(newline));
	r->open = LINE_NONE;
}

static void sent(struct run *r, const GString *s, bool tty, enum open_line who)
{
	bool ended = s->str[s->len - 1] == '\n';

	if (who == LINE_OUT)
		r->result.mid_line = r->o->serial_fd == STDOUT_FILENO && !ended;
	if (tty)
		r->open = ended ? LINE_NONE : who;
}

static bool flush_out(struct run *r)
{
	bool ok = !r->out->len || term_write(r->o->serial_fd, r->out->str, r->out->len);

	if (r->out->len && ok)
		sent(r, r->out, r->out_tty, LINE_OUT);
	g_string_truncate(r->out, 0);
	return ok;
}

/* Debug output would tear the screen that is drawn on the same terminal. */
static void flush_err(struct run *r)
{
	if (r->err->len && !(r->screen && r->err_tty)) {
		if (r->open == LINE_OUT && r->err_tty)
			fresh_line(r);
		term_write(STDERR_FILENO, r->err->str, r->err->len);
		sent(r, r->err, r->err_tty, LINE_ERR);
	}
	g_string_truncate(r->err, 0);
}

static void failed(struct run *r, const char *what, int error);

static void flush(struct run *r)
{
	if (!flush_out(r) && !r->done && !term_ended_by())
		failed(r, r->o->serial, errno);
	flush_err(r);
}

static void err_char(struct run *r, char c)
{
	if (c == '\n' && term_is_raw() && r->err_tty)
		g_string_append_c(r->err, '\r');
	g_string_append_c(r->err, c);
}

static void tell(struct run *r, const char *text)
{
	g_autofree char *line = g_strdup_printf("lanyard: %s\n", text);

	if (r->screen) {
		screen_message(r->screen, text);
		return;
	}
	flush(r);
	if (r->open != LINE_NONE && r->err_tty)
		fresh_line(r);
	for (const char *p = line; *p; p++)
		err_char(r, *p);
	flush_err(r);
}

static void G_GNUC_PRINTF(2, 3) message(struct run *r, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	tell(r, text);
}

static void last_words(struct run *r, const char *text)
{
	g_free(r->last_words);
	r->last_words = g_strdup(text);
	tell(r, text);
}

/* The run ends, and this is why. */
static void G_GNUC_PRINTF(3, 4) end_unclean(struct run *r, int status, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	r->done = true;
	r->result.status = status;
	r->result.clean = false;
	last_words(r, text);
}

static void failed(struct run *r, const char *what, int error)
{
	end_unclean(r, STATUS_HOST, "%s: %s", what, g_strerror(error));
}

static void byte_out(void *opaque, unsigned unit, uint8_t byte)
{
	struct run *r = opaque;

	if (unit == 0 && r->o->serial_fd >= 0)
		g_string_append_c(r->out, (char)byte);
	else if (unit == 0xe9 || (unit == 0x402 && r->o->trace_bios))
		err_char(r, (char)byte);
	if (r->out->len > 64 * 1024 || r->err->len > 64 * 1024)
		flush(r);
}

static void trace(void *opaque, const char *subject, const char *text)
{
	struct run *r = opaque;
	uint64_t now = board_now(r->b);
	g_autofree char *line = g_strdup_printf("[%5" G_GUINT64_FORMAT ".%09u] %s: %s\n", now / 1000000000,
						(unsigned)(now % 1000000000), subject, text);

	for (const char *p = line; *p; p++)
		err_char(r, *p);
	if (r->err->len > 64 * 1024)
		flush(r);
}

/* ---- input ---- */

static void screenshot(struct run *r)
{
	const char *path = r->o->screenshot ? r->o->screenshot : DEFAULT_SHOT;
	g_autoptr(GError) error = NULL;

	if (screenshot_write(r->b, path, &error))
		message(r, "screenshot: %s", path);
	else
		message(r, "screenshot: %s", error->message);
}

static void help(struct run *r)
{
	char key[16];

	escape_key_name(r->escape.key, key);
	if (r->screen)
		message(r, "%s and: x end, r reset, s screenshot, p pause, h help", key);
	else
		message(r, "%s and then:\n%s", key, escape_help());
}

static void reset(struct run *r)
{
	board_reset(r->b);
	r->said_halted = false;
	g_clear_pointer(&r->last_words, g_free);
}

static void pause_toggle(struct run *r)
{
	r->paused = !r->paused;
	pace_anchor(&r->pace, board_now(r->b));
	message(r, r->paused ? "paused" : "going on");
}

static void command(struct run *r, enum escape_action action)
{
	switch (action) {
	case ESCAPE_QUIT: r->done = true; break;
	case ESCAPE_RESET:
		message(r, "reset");
		reset(r);
		break;
	case ESCAPE_SCREENSHOT: screenshot(r); break;
	case ESCAPE_PAUSE: pause_toggle(r); break;
	case ESCAPE_HELP: help(r); break;
	case ESCAPE_UNKNOWN: message(r, "no such command; h is help"); break;
	default: break;
	}
}

static void stroke(struct run *r, bool have, const struct keymap_stroke *s)
{
	if (have)
		g_array_append_vals(r->strokes, s, 1);
}

static void input_byte(struct run *r, uint8_t byte)
{
	enum escape_action action = r->tty ? escape_feed(&r->escape, byte) : ESCAPE_PASS;
	struct keymap_stroke s;

	if (action != ESCAPE_PASS) {
		command(r, action);
	} else if (r->screen) {
		r->last_byte = pace_wall();
		stroke(r, keymap_feed(&r->keymap, byte, &s), &s);
	} else {
		g_byte_array_append(r->input, &byte, 1);
	}
}

static bool wants_input(const struct run *r)
{
	return r->in_open && r->input->len < INPUT_MAX && r->strokes->len < INPUT_MAX;
}

static void read_input(struct run *r)
{
	uint8_t buf[1024];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		r->in_open = false; /* the end of input is not the end of the run */
	for (ssize_t i = 0; i < n; i++)
		input_byte(r, buf[i]);
}

/* Hands waiting input to the PC as far as it has room. Bytes from a file or pipe
 * wait until somebody listens; keys typed too early are lost, as on any PC. */
static void feed(struct run *r)
{
	struct keymap_stroke s;
	unsigned n = 0;

	if (r->tty || uart_listening(r->b, 0))
		while (n < r->input->len && uart_room(r->b, 0))
			uart_receive(r->b, 0, r->input->data[n++]);
	if (n)
		g_byte_array_remove_range(r->input, 0, n);

	if (keymap_waiting(&r->keymap) && pace_wall() - r->last_byte > ESCAPE_WAIT_NS)
		stroke(r, keymap_flush(&r->keymap, &s), &s);
	if (!r->strokes->len ||
	    (board_now(r->b) - r->last_stroke < STROKE_GAP && pace_wall() - r->last_stroke_wall < STROKE_WALL))
		return;
	s = g_array_index(r->strokes, struct keymap_stroke, 0);
	if (!i8042_key_room(r->b, s.size))
		return;
	for (n = 0; n < s.size; n++)
		i8042_key(r->b, s.byte[n]);
	g_array_remove_index(r->strokes, 0);
	r->last_stroke = board_now(r->b);
	r->last_stroke_wall = pace_wall();
}

/* ---- time ---- */

/* Nothing inside the PC will ever happen again: halted with interrupts off, or
 * without a timer. What comes from outside can wake the second kind only. */
static bool asleep(const struct run *r)
{
	return board_halted(r->b) && board_next_due(r->b) == TIME_NEVER;
}

static bool dead(const struct run *r)
{
	return board_halted(r->b) && !(r->b->pc->cpu.eflags & FL_IF);
}

static bool input_waits(const struct run *r)
{
	return r->strokes->len || keymap_waiting(&r->keymap) || (r->input->len && (r->tty || uart_listening(r->b, 0)));
}

/* Until when to run next: a slice, or while halted to the next timer. */
static uint64_t slice_end(const struct run *r, uint64_t now)
{
	uint64_t due = board_next_due(r->b), end = now + SLICE;

	if (board_halted(r->b) && !input_waits(r))
		end = due > now && due < now + IDLE_SLICE ? due : now + IDLE_SLICE;
	return end < r->o->until ? end : r->o->until;
}

/* A PC that has stopped for good ends a run without a person. */
static void check_halted(struct run *r)
{
	if (r->o->until != TIME_NEVER || r->paused || !(dead(r) || (asleep(r) && !r->in_open && !input_waits(r))))
		return;
	if (!r->said_halted)
		message(r, "the PC has halted for ever%s", r->tty ? "" : "; done");
	r->said_halted = true;
	if (!r->tty)
		r->done = true;
}

/* Waits as the pace asks, and takes what was typed. Without a timer to wait for
 * and flat out, only input or a signal can make a difference. */
static void wait_outside(struct run *r, uint64_t end)
{
	struct pollfd fd[2] = {{.fd = term_wake(), .events = POLLIN}, {.fd = STDIN_FILENO, .events = POLLIN}};
	bool forever =
		r->pace.mode == PACE_MAX && r->o->until == TIME_NEVER && (asleep(r) || dead(r)) && !input_waits(r);
	unsigned count = wants_input(r);
	int error;

	if (r->paused)
		error = poll(fd, 1 + count, NAP_MS) < 0 && errno != EINTR ? -errno : 0;
	else
		error = pace_wait(&r->pace, forever ? TIME_NEVER : end, fd, 1 + count);
	term_awake();
	if (error) {
		failed(r, "poll", -error);
	} else if (count && fd[1].revents) {
		read_input(r);
	}
}

static void run_slice(struct run *r, uint64_t now, uint64_t end)
{
	uint64_t allowed = pace_allowed(&r->pace, now), target = end < allowed ? end : allowed;

	if (target <= now)
		return;
	switch (board_run(r->b, target)) {
	case BOARD_POWERED_OFF: r->done = true; break;
	case BOARD_EXITED:
		r->done = true;
		r->result.status = r->b->pc->exit_status & 0xff;
		break;
	case BOARD_RESET:
		if (r->b->pc->cpu.attn & ATTN_SHUTDOWN)
			last_words(r, "triple fault: the PC resets");
		if (r->o->no_reboot)
			r->done = true;
		else
			reset(r);
		break;
	case BOARD_RUNNING:
	case BOARD_IDLE: break;
	}
}

static void draw(struct run *r, bool now)
{
	uint64_t wall = pace_wall();

	if (!r->screen || (!now && wall < r->next_draw))
		return;
	r->next_draw = wall + REFRESH;
	if (!screen_draw(r->screen, r->b) && !r->done)
		failed(r, "stdout", errno);
}

static void check_signals(struct run *r)
{
	int sig = term_ended_by();

	if (sig && !r->done) {
		uint64_t now = board_now(r->b);

		end_unclean(r, 128 + sig, "ended by signal %d at %" G_GUINT64_FORMAT ".%03u s", sig, now / 1000000000,
			    (unsigned)(now / 1000000 % 1000));
	}
	if (term_continued()) {
		pace_anchor(&r->pace, board_now(r->b));
		if (r->screen)
			screen_invalidate(r->screen);
	}
	if (term_resized() && r->screen)
		screen_invalidate(r->screen);
}

static void loop(struct run *r)
{
	for (;;) {
		uint64_t now = board_now(r->b), end = slice_end(r, now);

		check_signals(r);
		if (r->done || now >= r->o->until)
			return;
		wait_outside(r, end);
		if (!r->done && !r->paused)
			run_slice(r, now, end);
		flush(r);
		if (r->done)
			return;
		feed(r);
		draw(r, r->paused);
		check_halted(r);
	}
}

/* A background job must not touch the terminal's input. */
static bool stdin_is_ours(void)
{
	return !isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static void greet(struct run *r)
{
	char key[16];

	escape_key_name(r->escape.key, key);
	if (r->tty && r->escape.key != ESCAPE_NONE)
		message(r, "%s then h is help, %s then x ends the run", key, key);
}

/* The terminal as it was; the shell's next line begins at the left. */
static void leave(struct run *r)
{
	bool screen = r->screen;

	term_restore();
	screen_free(r->screen);
	r->screen = NULL;
	if (screen && r->last_words)
		message(r, "%s", r->last_words);
	if (r->open != LINE_NONE)
		fresh_line(r);
	if (r->out_tty)
		r->result.mid_line = false;
}

struct run_result run_board(struct board *b, const struct run_options *o)
{
	struct run r = {.b = b, .o = o, .escape.key = o->escape, .result.clean = true};

	r.input = g_byte_array_new();
	r.strokes = g_array_new(FALSE, FALSE, sizeof(struct keymap_stroke));
	r.out = g_string_new(NULL);
	r.err = g_string_new(NULL);
	r.out_tty = o->serial_fd >= 0 && isatty(o->serial_fd);
	r.err_tty = isatty(STDERR_FILENO);
	r.in_open = stdin_is_ours();
	b->host = (struct board_host){.opaque = &r, .byte_out = byte_out, .trace = trace};
	term_signals();
	r.tty = r.in_open && term_raw();
	if (o->screen)
		r.screen = screen_new();
	greet(&r);
	pace_init(&r.pace, o->pace, board_now(b));
	loop(&r);
	flush(&r);
	draw(&r, true);
	leave(&r);
	b->host = (struct board_host){.opaque = NULL};
	g_byte_array_free(r.input, TRUE);
	g_array_free(r.strokes, TRUE);
	g_string_free(r.out, TRUE);
	g_string_free(r.err, TRUE);
	g_free(r.last_words);
	return r.result;
}
