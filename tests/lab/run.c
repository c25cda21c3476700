/* One run of a lab, and what came of it. */
#include <string.h>

#include "engine/base/rng.h"
#include "tests/lab/lab_test.h"

#define MOVE_EVERY (80 * MS)

static void string_free(gpointer s)
{
	g_string_free(s, TRUE);
}

static void keep(void *opaque, struct lab_pc *pc, const uint8_t *data, size_t size, uint64_t when)
{
	struct console *c = opaque;
	gpointer key = (gpointer)(uintptr_t)lab_pc_plan(pc);
	GString *s = g_hash_table_lookup(c->text, key);

	if (!s) {
		s = g_string_new(NULL);
		g_hash_table_insert(c->text, key, s);
	}
	g_string_append_len(s, (const char *)data, (gssize)size);
}

static void judged(void *opaque, const struct plan_check *check, bool passed, const char *seen, uint64_t when)
{
	struct console *c = opaque;

	g_string_append_printf(c->checks, "check %s %d %llu %s\n", check->name, passed, (unsigned long long)when, seen);
}

static struct lab *build(const struct plan *plan, const struct how *how, struct console *console)
{
	struct lab_options options = {
		.seed = how->seed,
		.workers = how->workers,
		.window_seed = how->window_seed,
		.no_idle_skip = how->no_idle_skip,
	};
	struct lab_listener listener = {.opaque = console, .serial = keep, .check = judged};
	g_autoptr(GError) error = NULL;
	struct lab *l;

	l = lab_build(plan, &options, &listener, &error);
	if (!l)
		g_error("%s", error->message);
	return l;
}

struct lab *lab_start(const struct plan *plan, const struct how *how, struct console *console)
{
	console->checks = g_string_new(NULL);
	console->text = g_hash_table_new_full(NULL, NULL, NULL, string_free);
	return build(plan, how, console);
}

void console_free(struct console *c)
{
	g_hash_table_destroy(c->text);
	g_string_free(c->checks, TRUE);
}

void lab_run_to(struct lab *l, uint64_t until)
{
	while (lab_now(l) < until)
		lab_step(l, until);
}

/* The same lab in new objects; frees the old one. */
static struct lab *move(struct lab *l, const struct how *how, struct console *console)
{
	g_autoptr(GByteArray) saved = g_byte_array_new(), again = g_byte_array_new();
	struct lab *fresh = build(lab_plan(l), how, console);
	g_autoptr(GError) error = NULL;

	if (!lab_save(l, saved, &error) || !lab_load(fresh, saved->data, saved->len, &error) ||
	    !lab_save(fresh, again, &error))
		g_error("at %llu ns: %s", (unsigned long long)lab_now(l), error->message);
	if (saved->len != again->len || memcmp(saved->data, again->data, saved->len) != 0)
		g_error("at %llu ns: what was loaded is not what was saved", (unsigned long long)lab_now(l));
	lab_free(l);
	return fresh;
}

/* Moves at random times, and at the ends of windows that are as they come. */
static struct lab *run_moving(struct lab *l, const struct how *how, struct console *console, uint64_t until)
{
	uint64_t every = how->move_every ? how->move_every : MOVE_EVERY;
	struct rng dice;

	rng_seed(&dice, how->moves + lab_now(l), "moves");
	while (lab_now(l) < until) {
		uint64_t next = lab_now(l) + 1 + rng_next(&dice) % every;

		if (rng_next(&dice) & 1)
			lab_run_to(l, MIN(next, until));
		while (lab_now(l) < MIN(next, until))
			lab_step(l, until);
		l = move(l, how, console);
	}
	return l;
}

static void execute(struct lab *l, const char *pc, const char *command)
{
	static const struct lab_exec_ops silent;
	g_autoptr(GError) error = NULL;
	struct lab_exec *x = lab_exec(l, lab_pc_find(l, pc), command, &silent, &error);

	if (!x)
		g_error("%s", error->message);
	lab_exec_input(x, "input", 5);
	lab_exec_input(x, NULL, 0);
	lab_exec_cancel(x);
}

static void do_act(struct lab *l, const struct act *act)
{
	g_autoptr(GError) error = NULL;

	if (act->type)
		lab_type(l, lab_pc_find(l, act->pc), act->type, strlen(act->type));
	else if (act->exec)
		execute(l, act->pc, act->exec);
	else if (!lab_set(l, act->thing, act->key, act->value, &error))
		g_error("%s", error->message);
}

static struct lab *run(struct lab *l, const struct how *how, struct console *console, uint64_t until,
		       const struct act *acts)
{
	for (; acts && acts->at != TIME_NEVER; acts++) {
		if (how->moves)
			l = run_moving(l, how, console, acts->at);
		lab_run_to(l, acts->at);
		do_act(l, acts);
	}
	if (how->moves)
		l = run_moving(l, how, console, until);
	while (how->looks && lab_now(l) + 7 * MS < until) {
		uint8_t hash[LAB_HASH_BYTES];

		lab_run_to(l, lab_now(l) + 7 * MS);
		lab_hash(l, hash);
	}
	lab_run_to(l, until);
	return l;
}

void lab_outcome(const struct plan *plan, const struct how *how, uint64_t until, const struct act *acts,
		 const char *record, const char *replay, struct outcome *out)
{
	GString *all = g_string_new(NULL);
	g_autoptr(GError) error = NULL;
	struct console console;
	struct lab *l = lab_start(plan, how, &console);

	if ((record && !lab_record(l, record, &error)) || (replay && !lab_replay(l, replay, &error)))
		g_error("%s", error->message);
	l = run(l, how, &console, until, acts);
	lab_hash(l, out->hash);
	for (unsigned n = 0; n < lab_pc_count(l); n++) {
		const GString *text = g_hash_table_lookup(console.text, lab_pc_plan(lab_pc_at(l, n)));

		g_string_append_printf(all, "== %s\n%s", lab_pc_name(lab_pc_at(l, n)), text ? text->str : "");
	}
	g_string_append(all, console.checks->str);
	out->serial = g_string_free(all, FALSE);
	lab_free(l);
	console_free(&console);
}

bool outcome_equal(const struct outcome *a, const struct outcome *b)
{
	return !memcmp(a->hash, b->hash, LAB_HASH_BYTES) && !strcmp(a->serial, b->serial);
}

void outcome_clear(struct outcome *o)
{
	g_free(o->serial);
	o->serial = NULL;
}
