/* Wall time of a virtual second of labs with little and much to do. */
#include <stdio.h>

#include "tests/lab/lab_test.h"

static void measure(const char *label, const struct plan *plan, unsigned workers)
{
	const struct how how = {.workers = workers};
	struct console console;
	int64_t begin = g_get_monotonic_time(), ready;
	struct lab *l = lab_start(plan, &how, &console);
	uint64_t steps = 0, before = 0, after = 0;

	lab_run_to(l, 1000 * MS);
	for (unsigned n = 0; n < lab_pc_count(l); n++)
		before += lab_pc_count_retired(lab_pc_at(l, n));
	ready = g_get_monotonic_time();
	while (lab_now(l) < 2000 * MS) {
		lab_step(l, 2000 * MS);
		steps++;
	}
	for (unsigned n = 0; n < lab_pc_count(l); n++)
		after += lab_pc_count_retired(lab_pc_at(l, n));
	printf("%-28s %u PCs, %u workers: %6.3f s a virtual second; %llu windows, %llu instructions (first second: "
	       "%.3f s)\n",
	       label, lab_pc_count(l), workers, (double)(g_get_monotonic_time() - ready) / 1e6,
	       (unsigned long long)steps, (unsigned long long)(after - before), (double)(ready - begin) / 1e6);
	lab_free(l);
	console_free(&console);
}

void bench(const char *guest)
{
	struct {
		const char *label, *words;
	} loads[] = {
		{"idle, 20 ticks a second", "us=c350 quiet"},
		{"idle, 100 ticks a second", "us=2710 quiet"},
		{"20 broadcasts a second each", "us=c350"},
		{"200 broadcasts a second each", "us=1388"},
	};

	for (unsigned n = 0; n < G_N_ELEMENTS(loads); n++) {
		for (unsigned workers = 1; workers <= 2; workers++) {
			struct plan *plan = plan_lock_step(guest, 16, loads[n].words, NULL);

			measure(loads[n].label, plan, workers);
			plan_free(plan);
		}
	}
}
