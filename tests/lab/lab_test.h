/* The determinism suite of labs: the labs it runs (plans.c), one run of a lab
 * and what came of it (run.c), the tests (test_lab.c). */
#ifndef LANYARD_TESTS_LAB_LAB_TEST_H
#define LANYARD_TESTS_LAB_LAB_TEST_H

#include "engine/lab/lab.h"

#define MS 1000000ull
#define MBIT 1000000ull

/* ---- plans.c ---- */

/* The guest that all PCs run: a file name. */
struct plan *plan_two_on_vlan(const char *guest);
struct plan *plan_cable(const char *guest);
/* delay: of each cable; NULL: the default. Short ones mix frames on their way
 * out with those on their way back. */
struct plan *plan_lock_step(const char *guest, unsigned count, const char *words, const char *delay);
struct plan *plan_switches(const char *guest);
struct plan *plan_hub(const char *guest);
struct plan *plan_clones(const char *guest, unsigned count);

/* ---- run.c ---- */

struct how {
	const char *label;
	unsigned workers;
	uint64_t window_seed, seed;
	bool no_idle_skip;
	bool looks;          /* takes a hash every 7 ms: looking changes nothing */
	uint64_t moves;      /* != 0: saved and loaded into a new lab at random moments, by this seed ... */
	uint64_t move_every; /* ... within so much time; 0: 80 ms */
};

/* What is done to a lab while it runs. */
struct act {
	uint64_t at;
	const char *type, *pc;           /* bytes for a console, or: */
	const char *exec;                /* a command and its input, or: */
	const char *thing, *key, *value; /* lab_set() */
};

struct outcome {
	uint8_t hash[LAB_HASH_BYTES];
	char *serial; /* of all PCs, by name, and what checks said; g_free() */
};

/* A listener that collects each PC's console. */
struct console {
	GHashTable *text; /* const struct plan_pc * -> GString * */
	GString *checks;
};
struct lab *lab_start(const struct plan *plan, const struct how *how, struct console *console);
void console_free(struct console *c);

void lab_run_to(struct lab *l, uint64_t until);
/* Builds the lab, runs it and takes its fingerprint. acts end with at =
 * TIME_NEVER; NULL: none. record, replay: journals, or NULL. */
void lab_outcome(const struct plan *plan, const struct how *how, uint64_t until, const struct act *acts,
		 const char *record, const char *replay, struct outcome *out);
bool outcome_equal(const struct outcome *a, const struct outcome *b);
void outcome_clear(struct outcome *o);

/* ---- guest_words.c ---- */

/* A PC that says it is ready before it was asked is not, and breaks nothing. */
bool ready_unasked(const char *guest);
/* A PC whose file cannot be read is not ready without it: it has failed. */
bool file_missing(const char *guest);

/* ---- run_file.c ---- */

/* The exit status; prints "hash ...". */
int run_file(int argc, char **argv);

/* ---- bench.c ---- */

void bench(const char *guest);

#endif
