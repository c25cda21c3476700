/* The plain display and the logs; see progress.h. */
#include "tui/session/progress.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>

#include "tui/session/lab_text.h"
#include "tui/session/live.h"
#include "tui/term/printable.h"

#define PACE_INTERVAL 5000000000ull /* ns of the wall clock between two looks */
#define LIVE_INTERVAL 250000000ull  /* ... between two pictures of the live line */

struct progress {
	FILE *out, *events;
	struct live *live; /* NULL: none */
	uint64_t live_wall, live_virt;
	const struct plan *plan;
	FILE **serial; /* of each PC of the plan, or NULL */
	unsigned failed;
	bool broken, gone;
	/* of the last look at the pace */
	uint64_t wall, virt;
	uint64_t *retired;
};

static FILE *log_open(const char *dir, const char *name, GError **error)
{
	g_autofree char *path = g_build_filename(dir, name, NULL);
	FILE *f = fopen(path, "we");

	if (!f)
		g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path, g_strerror(errno));
	return f;
}

static bool logs_open(struct progress *p, const char *dir, GError **error)
{
	p->events = log_open(dir, "events.log", error);
	if (!p->events)
		return false;
	for (guint n = 0; n < p->plan->pcs->len; n++) {
		const struct plan_pc *pc = p->plan->pcs->pdata[n];
		g_autofree char *name = g_strdup_printf("%s.serial.log", pc->name);

		p->serial[n] = log_open(dir, name, error);
		if (!p->serial[n])
			return false;
	}
	return true;
}

struct progress *progress_new(FILE *out, bool live, const struct plan *plan, const char *dir, GError **error)
{
	struct progress *p = g_new0(struct progress, 1);

	p->out = out;
	p->live = live ? live_new(out) : NULL;
	p->plan = plan;
	p->serial = g_new0(FILE *, plan->pcs->len + 1);
	p->retired = g_new0(uint64_t, plan->pcs->len + 1);
	if (dir && !logs_open(p, dir, error)) {
		progress_free(p);
		return NULL;
	}
	return p;
}

void progress_free(struct progress *p)
{
	if (!p)
		return;
	live_free(p->live);
	if (p->events)
		fclose(p->events);
	for (guint n = 0; n < p->plan->pcs->len; n++)
		if (p->serial[n])
			fclose(p->serial[n]);
	g_free(p->serial);
	g_free(p->retired);
	g_free(p);
}

static void say(FILE *f, const char *time, const char *text)
{
	/* A text of several lines stays under its time. */
	for (const char *line = text; line && *line;) {
		const char *end = strchr(line, '\n');

		fprintf(f, "%s %.*s\n", time, end ? (int)(end - line) : (int)strlen(line), line);
		line = end ? end + 1 : NULL;
		time = "             ";
	}
}

void progress_line(struct progress *p, uint64_t when, const char *text)
{
	g_autofree char *safe = printable(text);
	char number[32], time[40];

	lab_time_text(when, number);
	g_snprintf(time, sizeof(time), "[%s]", number);
	live_erase(p->live);
	if (p->out)
		say(p->out, time, safe);
	if (p->events)
		say(p->events, time, safe);
}

/* ---- what the lab tells ---- */

static void pc_state(void *opaque, struct lab_pc *pc, enum lab_pc_state state, const char *message, uint64_t when)
{
	static const char *const names[] = {"off", "booting", "ready", "FAILED"};
	bool more = message && *message;
	g_autofree char *line =
		g_strdup_printf("%s: %s%s%s", lab_pc_name(pc), names[state], more ? ": " : "", more ? message : "");

	progress_line(opaque, when, line);
}

static void serial(void *opaque, struct lab_pc *pc, const uint8_t *data, size_t size, uint64_t when)
{
	struct progress *p = opaque;

	for (guint n = 0; n < p->plan->pcs->len; n++)
		if (p->plan->pcs->pdata[n] == lab_pc_plan(pc) && p->serial[n])
			fwrite(data, 1, size, p->serial[n]);
}

static void note(void *opaque, const char *text, uint64_t when)
{
	progress_line(opaque, when, text);
}

static void check(void *opaque, const struct plan_check *c, bool passed, const char *seen, uint64_t when)
{
	struct progress *p = opaque;
	g_autoptr(GString) line = g_string_new(NULL);

	p->failed += !passed;
	g_string_printf(line, "check %s: %s", c->name, passed ? "passed" : "FAILED");
	if (!passed && seen && *seen)
		g_string_append_printf(line, ": %s", seen);
	if (!passed && c->fail)
		g_string_append_printf(line, "\n%s", c->fail);
	progress_line(p, when, line->str);
}

static void image(void *opaque, const char *name, const char *state)
{
	g_autofree char *line = g_strdup_printf("image %s: %s", name, state);

	progress_line(opaque, 0, line);
	progress_flush(opaque);
}

struct lab_listener progress_listener(struct progress *p)
{
	return (struct lab_listener){
		.opaque = p,
		.pc_state = pc_state,
		.serial = serial,
		.note = note,
		.check = check,
		.image = image,
	};
}

/* ---- speed ---- */

static void say_slow(struct progress *p, struct lab *l, uint64_t wall, uint64_t virt)
{
	uint64_t most = 0, sum = 0;
	const char *name = "";
	g_autofree char *line = NULL;

	for (unsigned n = 0; n < lab_pc_count(l); n++) {
		struct lab_pc *pc = lab_pc_at(l, n);
		uint64_t done = lab_pc_count_retired(pc) - p->retired[n];

		sum += done;
		if (done > most) {
			most = done;
			name = lab_pc_name(pc);
		}
	}
	line = g_strdup_printf("behind the wall clock: %.2fx, %s uses %u %%", (double)virt / (double)wall, name,
			       (unsigned)(sum ? (double)most * 100 / (double)sum : 0));
	progress_line(p, lab_now(l), line);
}

/* "two-offices  12.3 s  1.00x  2 ready, 1 booting" */
static void draw_live(struct progress *p, struct lab *l)
{
	static const char *const names[] = {"off", "booting", "ready", "failed"};
	unsigned count[ARRAY_LEN(names)] = {0};
	uint64_t wall = pace_wall(), now = lab_now(l), passed = wall - p->live_wall;
	g_autoptr(GString) s = g_string_new(NULL);

	if (!p->live || (p->live_wall && passed < LIVE_INTERVAL))
		return;
	for (unsigned n = 0; n < lab_pc_count(l); n++)
		count[lab_pc_state(lab_pc_at(l, n))]++;
	g_string_printf(s, "%s  %.1f s", lab_name(l), (double)now / 1e9);
	if (p->live_wall)
		g_string_append_printf(s, "  %.2fx", (double)(now - p->live_virt) / (double)passed);
	for (unsigned n = ARRAY_LEN(names); n-- > 0;)
		if (count[n])
			g_string_append_printf(s, "  %u %s", count[n], names[n]);
	live_show(p->live, s->str);
	p->live_wall = wall;
	p->live_virt = now;
}

static void check_pace(struct progress *p, struct lab *l, enum pace_mode pace)
{
	uint64_t wall = pace_wall(), now = lab_now(l);

	if (p->wall && wall - p->wall < PACE_INTERVAL)
		return;
	if (p->wall && pace == PACE_REALTIME && (double)(now - p->virt) < 0.9 * (double)(wall - p->wall))
		say_slow(p, l, wall - p->wall, now - p->virt);
	p->wall = wall;
	p->virt = now;
	for (unsigned n = 0; n < lab_pc_count(l); n++)
		p->retired[n] = lab_pc_count_retired(lab_pc_at(l, n));
}

void progress_pace(struct progress *p, struct lab *l, enum pace_mode pace)
{
	draw_live(p, l);
	check_pace(p, l, pace);
}

static bool file_ok(FILE *f)
{
	return !f || (!fflush(f) && !ferror(f));
}

/* A pipe whose reader went away (`| head`) says so even if nothing is written. */
static bool reader_gone(FILE *f)
{
	struct pollfd fd = {.fd = fileno(f)};

	return poll(&fd, 1, 0) > 0 && (fd.revents & POLLERR);
}

void progress_flush(struct progress *p)
{
	if (p->out && (fflush(p->out) || ferror(p->out) || reader_gone(p->out)))
		p->gone = true;
	if (!file_ok(p->events))
		p->broken = true;
	for (guint n = 0; n < p->plan->pcs->len; n++)
		if (!file_ok(p->serial[n]))
			p->broken = true;
}

unsigned progress_failed(const struct progress *p)
{
	return p->failed;
}

bool progress_gone(const struct progress *p)
{
	return p->gone;
}

void progress_end_live(struct progress *p)
{
	g_clear_pointer(&p->live, live_free);
}

bool progress_ok(const struct progress *p)
{
	return !p->broken;
}
