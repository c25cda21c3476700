/* One PC in this terminal; see boot_run.h. What people type enters between two
 * windows of the lab, output leaves there. */
#include "tui/session/boot_run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/pc/pc.h"
#include "engine/pc/uart.h"
#include "tui/session/loop.h"
#include "tui/term/status.h"
#include "tui/term/escape.h"
#include "tui/term/keymap.h"
#include "tui/session/vga_screen.h"
#include "tui/session/screenshot.h"
#include "tui/term/term.h"

#define MS 1000000ull

#define NAP (50 * MS)            /* wall time: half an escape sequence may wait to be one key */
#define SLICE (5 * MS)           /* virtual time between two looks at the outside */
#define STROKE_GAP (8 * MS)      /* virtual time between two keys: nobody types faster ... */
#define STROKE_WALL (30 * MS)    /* ... or this wall time, where the host is slow */
#define REFRESH (50 * MS)        /* wall time between two pictures */
#define ESCAPE_WAIT_NS (40 * MS) /* wall time after which a lone ESC is a key */
#define TYPE_AT_ONCE 16u         /* bytes: what a UART takes */
#define INPUT_MAX 4096u          /* bytes waiting for the guest before we stop reading */
#define DEFAULT_SHOT "lanyard-screen.png"

/* Whose bytes the last line of the terminal ends with, if it has no end. */
enum open_line { LINE_NONE, LINE_OUT, LINE_ERR };

struct boot_run {
	struct lab *lab;
	struct lab_pc *pc;
	struct board *b;
	const struct run_options *o;
	struct board_host watch;
	struct lab_loop loop;
	struct escape escape;
	struct keymap keymap;
	struct vga_screen *screen;
	GByteArray *input;  /* COM1: bytes waiting for room */
	GArray *strokes;    /* keyboard: struct keymap_stroke */
	GString *out, *err; /* output of the current slice */
	enum open_line open;
	bool out_tty, err_tty;
	char *last_words; /* told again when the screen is gone */
	uint64_t last_stroke, last_stroke_wall, last_byte, next_draw;
	bool in_open, tty; /* stdin can still give something; it is a terminal of ours */
	bool done, said_halted;
	struct run_result result;
};

/* ---- output ---- */

static void fresh_line(struct boot_run *r)
{
	const char *newline = term_is_raw() ? "\r\n" : "\n";

	term_write(r->err_tty ? STDERR_FILENO : r->o->serial_fd, newline, strlen(newline));
	r->open = LINE_NONE;
}

static void sent(struct boot_run *r, const GString *s, bool tty, enum open_line who)
{
	bool ended = s->str[s->len - 1] == '\n';

	if (who == LINE_OUT)
		r->result.mid_line = r->o->serial_fd == STDOUT_FILENO && !ended;
	if (tty)
		r->open = ended ? LINE_NONE : who;
}

static bool flush_out(struct boot_run *r)
{
	bool ok = !r->out->len || term_write(r->o->serial_fd, r->out->str, r->out->len);

	if (r->out->len && ok)
		sent(r, r->out, r->out_tty, LINE_OUT);
	g_string_truncate(r->out, 0);
	return ok;
}

/* Debug output would tear the screen that is drawn on the same terminal. */
static void flush_err(struct boot_run *r)
{
	if (r->err->len && !(r->screen && r->err_tty)) {
		if (r->open == LINE_OUT && r->err_tty)
			fresh_line(r);
		term_write(STDERR_FILENO, r->err->str, r->err->len);
		sent(r, r->err, r->err_tty, LINE_ERR);
	}
	g_string_truncate(r->err, 0);
}

static void failed(struct boot_run *r, const char *what, int error);

static void flush(struct boot_run *r)
{
	if (!flush_out(r) && !r->done && !term_ended_by())
		failed(r, r->o->serial, errno);
	flush_err(r);
}

static void err_char(struct boot_run *r, char c)
{
	if (c == '\n' && term_is_raw() && r->err_tty)
		g_string_append_c(r->err, '\r');
	g_string_append_c(r->err, c);
}

static void tell(struct boot_run *r, const char *text)
{
	g_autofree char *line = g_strdup_printf("lanyard: %s\n", text);

	if (r->screen) {
		vga_screen_message(r->screen, text);
		return;
	}
	flush(r);
	if (r->open != LINE_NONE && r->err_tty)
		fresh_line(r);
	for (const char *p = line; *p; p++)
		err_char(r, *p);
	flush_err(r);
}

static void G_GNUC_PRINTF(2, 3) message(struct boot_run *r, const char *format, ...)
{
	g_autofree char *text = NULL;
	va_list args;

	va_start(args, format);
	text = g_strdup_vprintf(format, args);
	va_end(args);
	tell(r, text);
}

static void last_words(struct boot_run *r, const char *text)
{
	g_free(r->last_words);
	r->last_words = g_strdup(text);
	tell(r, text);
}

/* The run ends, and this is why. */
static void G_GNUC_PRINTF(3, 4) end_unclean(struct boot_run *r, int status, const char *format, ...)
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

static void failed(struct boot_run *r, const char *what, int error)
{
	end_unclean(r, STATUS_HOST, "%s: %s", what, g_strerror(error));
}

static void byte_out(void *opaque, unsigned unit, uint8_t byte)
{
	struct boot_run *r = opaque;

	if (unit == 0 && r->o->serial_fd >= 0)
		g_string_append_c(r->out, (char)byte);
	else if (unit == 0xe9 || (unit == 0x402 && r->o->trace_bios))
		err_char(r, (char)byte);
	if (r->out->len > 64 * 1024 || r->err->len > 64 * 1024)
		flush(r);
}

static void trace(void *opaque, const char *subject, const char *text)
{
	struct boot_run *r = opaque;
	uint64_t now = r->b ? board_now(r->b) : 0;
	g_autofree char *line = g_strdup_printf("[%5" G_GUINT64_FORMAT ".%09u] %s: %s\n", now / 1000000000,
						(unsigned)(now % 1000000000), subject, text);

	for (const char *p = line; *p; p++)
		err_char(r, *p);
	if (r->err->len > 64 * 1024)
		flush(r);
}

/* ---- input ---- */

static void screenshot(struct boot_run *r)
{
	const char *path = r->o->screenshot ? r->o->screenshot : DEFAULT_SHOT;
	g_autoptr(GError) error = NULL;

	if (screenshot_write(r->b, path, &error))
		message(r, "screenshot: %s", path);
	else
		message(r, "screenshot: %s", error->message);
}

static void help(struct boot_run *r)
{
	char key[16];

	escape_key_name(r->escape.key, key);
	if (r->screen)
		message(r, "%s and: x end, r reset, s screenshot, p pause, h help", key);
	else
		message(r, "%s and then:\n%s", key, escape_help());
}

static void reset(struct boot_run *r)
{
	g_autoptr(GError) error = NULL;

	if (!lab_set(r->lab, "pc:pc", "power", "reset", &error))
		message(r, "reset: %s", error->message);
}

static void pause_toggle(struct boot_run *r)
{
	r->loop.clock.paused = !r->loop.clock.paused;
	r->loop.clock.changed = true;
	message(r, r->loop.clock.paused ? "paused" : "going on");
}

static void command(struct boot_run *r, enum escape_action action)
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

static void stroke(struct boot_run *r, bool have, const struct keymap_stroke *s)
{
	if (have)
		g_array_append_vals(r->strokes, s, 1);
}

static void input_byte(struct boot_run *r, uint8_t byte)
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

static bool wants_input(const struct boot_run *r)
{
	return r->in_open && r->input->len < INPUT_MAX && r->strokes->len < INPUT_MAX;
}

static void read_input(struct boot_run *r)
{
	uint8_t buf[1024];
	ssize_t n = read(STDIN_FILENO, buf, sizeof(buf));

	if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN))
		r->in_open = false; /* the end of input is not the end of the run */
	for (ssize_t i = 0; i < n; i++)
		input_byte(r, buf[i]);
}

/* Bytes from a file or pipe wait until somebody listens; keys typed too early are
 * lost, as on any PC. */
static bool can_type(const struct boot_run *r)
{
	return r->input->len && (r->tty || uart_listening(r->b, 0)) && uart_room(r->b, 0);
}

/* Hands waiting input to the PC as far as it has room. */
static void feed(struct boot_run *r)
{
	struct keymap_stroke s;

	if (can_type(r)) {
		guint n = MIN(r->input->len, TYPE_AT_ONCE);

		lab_type(r->lab, r->pc, r->input->data, n);
		g_byte_array_remove_range(r->input, 0, n);
	}
	if (keymap_waiting(&r->keymap) && pace_wall() - r->last_byte > ESCAPE_WAIT_NS)
		stroke(r, keymap_flush(&r->keymap, &s), &s);
	if (!r->strokes->len ||
	    (lab_now(r->lab) - r->last_stroke < STROKE_GAP && pace_wall() - r->last_stroke_wall < STROKE_WALL))
		return;
	s = g_array_index(r->strokes, struct keymap_stroke, 0);
	lab_press(r->lab, r->pc, s.byte, s.size);
	g_array_remove_index(r->strokes, 0);
	r->last_stroke = lab_now(r->lab);
	r->last_stroke_wall = pace_wall();
}

/* ---- time ---- */

/* Nothing inside the PC will ever happen again: halted with interrupts off, or
 * without a timer. What comes from outside can wake the second kind only. */
static bool running(const struct boot_run *r)
{
	return r->b->pc->state == BOARD_RUNNING;
}

static bool asleep(const struct boot_run *r)
{
	return board_halted(r->b) && board_next_due(r->b) == TIME_NEVER;
}

static bool dead(const struct boot_run *r)
{
	return board_dead(r->b);
}

static bool input_waits(const struct boot_run *r)
{
	return r->strokes->len || keymap_waiting(&r->keymap) || (r->input->len && (r->tty || uart_listening(r->b, 0)));
}

/* A PC that has stopped for good ends a run without a person. */
static void check_halted(struct boot_run *r)
{
	if (r->o->until != TIME_NEVER || r->loop.clock.paused || !running(r) ||
	    !(dead(r) || (asleep(r) && !r->in_open && !input_waits(r))))
		return;
	if (!r->said_halted)
		message(r, "the PC has halted for ever%s", r->tty ? "" : "; done");
	r->said_halted = true;
	if (!r->tty)
		r->done = true;
}

static void draw(struct boot_run *r, bool now)
{
	uint64_t wall = pace_wall();

	if (!r->screen || (!now && wall < r->next_draw))
		return;
	r->next_draw = wall + REFRESH;
	if (!vga_screen_draw(r->screen, r->b) && !r->done)
		failed(r, "stdout", errno);
}

static void tell_signal(struct boot_run *r)
{
	uint64_t now = lab_now(r->lab);

	if (term_ended_by() && !r->done)
		end_unclean(r, 128 + term_ended_by(), "ended by signal %d at %" G_GUINT64_FORMAT ".%03u s",
			    term_ended_by(), now / 1000000000, (unsigned)(now / 1000000 % 1000));
}

/* ---- as a source of the loop ---- */

static void poll_input(void *opaque, GArray *fds)
{
	struct pollfd fd = {.fd = STDIN_FILENO, .events = POLLIN};

	if (wants_input(opaque))
		g_array_append_val(fds, fd);
}

static void check_off(struct boot_run *r)
{
	if (running(r))
		return;
	r->done = true;
	if (r->b->pc->state == BOARD_EXITED)
		r->result.status = r->b->pc->exit_status & 0xff;
}

static bool serve(void *opaque, const struct pollfd *fds, unsigned count)
{
	struct boot_run *r = opaque;

	if (count && fds[0].revents)
		read_input(r);
	check_off(r);
	flush(r);
	if (r->done)
		return false;
	if (term_resized() && r->screen)
		vga_screen_invalidate(r->screen);
	feed(r);
	draw(r, r->loop.clock.paused);
	check_halted(r);
	/* Flat out, a PC that sleeps for good waits for a key or a signal; half a key waits
	 * for its other half. */
	r->loop.nap = r->loop.clock.pace == PACE_MAX && !keymap_waiting(&r->keymap) && !r->strokes->len ? 0 : NAP;
	return !r->done;
}

static void continued(void *opaque)
{
	struct boot_run *r = opaque;

	if (r->screen)
		vga_screen_invalidate(r->screen);
}

/* ---- what the lab tells ---- */

static void pc_state(void *opaque, struct lab_pc *pc, enum lab_pc_state state, const char *text, uint64_t when)
{
	struct boot_run *r = opaque;

	if (!r->lab)
		return;
	if (strstr(text, "triple fault")) {
		last_words(r, text);
	} else if (state == LAB_PC_READY) {
		r->said_halted = false;
		g_clear_pointer(&r->last_words, g_free);
	}
}

/* A background job must not touch the terminal's input. */
static bool stdin_is_ours(void)
{
	return !isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) == getpgrp();
}

static void greet(struct boot_run *r)
{
	char key[16];

	escape_key_name(r->escape.key, key);
	if (r->tty && r->escape.key != ESCAPE_NONE)
		message(r, "%s then h is help, %s then x ends the run", key, key);
}

/* The terminal as it was; the shell's next line begins at the left. */
static void leave(struct boot_run *r)
{
	bool screen = r->screen;

	term_restore();
	vga_screen_free(r->screen);
	r->screen = NULL;
	if (screen && r->last_words)
		message(r, "%s", r->last_words);
	if (r->open != LINE_NONE)
		fresh_line(r);
	if (r->out_tty)
		r->result.mid_line = false;
}

struct boot_run *boot_run_new(const struct run_options *o)
{
	struct boot_run *r = g_new0(struct boot_run, 1);

	r->o = o;
	r->escape.key = o->escape;
	r->result.clean = true;
	r->input = g_byte_array_new();
	r->strokes = g_array_new(FALSE, FALSE, sizeof(struct keymap_stroke));
	r->out = g_string_new(NULL);
	r->err = g_string_new(NULL);
	r->err_tty = isatty(STDERR_FILENO);
	r->in_open = stdin_is_ours();
	r->watch = (struct board_host){.opaque = r, .byte_out = byte_out, .trace = trace};
	return r;
}

void boot_run_free(struct boot_run *r)
{
	g_byte_array_free(r->input, TRUE);
	g_array_free(r->strokes, TRUE);
	g_string_free(r->out, TRUE);
	g_string_free(r->err, TRUE);
	g_free(r->last_words);
	g_free(r);
}

void boot_run_hear(struct boot_run *r, struct lab_options *options, struct lab_listener *listener)
{
	options->watch = &r->watch;
	options->no_reboot = r->o->no_reboot;
	options->workers = 1;
	listener->opaque = r;
	listener->pc_state = pc_state;
}

static void set_loop(struct boot_run *r)
{
	r->loop.lab = r->lab;
	r->loop.clock.pace = r->o->pace;
	r->loop.until = r->o->until;
	r->loop.slice = SLICE;
	r->loop.nap = NAP;
	lab_loop_add(&r->loop, (struct loop_source){r, poll_input, serve, continued});
}

struct run_result boot_run(struct boot_run *r, struct lab *l)
{
	g_autoptr(GError) error = NULL;

	r->lab = l;
	r->pc = lab_pc_at(l, 0);
	r->b = lab_pc_board(r->pc);
	r->out_tty = r->o->serial_fd >= 0 && isatty(r->o->serial_fd);
	term_signals();
	r->tty = r->in_open && term_raw();
	if (r->o->screen)
		r->screen = vga_screen_new();
	greet(r);
	set_loop(r);
	if (!lab_loop_run(&r->loop, &error))
		end_unclean(r, STATUS_HOST, "%s", error->message);
	tell_signal(r);
	lab_settle(l);
	flush(r);
	draw(r, true);
	leave(r);
	return r->result;
}
