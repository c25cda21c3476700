/* Determinism of labs: what comes of one depends on its plan, its seed and its
 * input, and on nothing else.
 *
 *   test-lab [--bench] [--guest FILE] [--show] [NAME...]   only tests whose name begins so
 *   test-lab --run ... LAB.yaml                            see run_file.c */
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

#include "engine/base/rng.h"
#include "engine/nic/nic.h"
#include "engine/pc/pc_state.h"
#include "tests/lab/lab_test.h"

/* Sanitizers make it ten times slower: fewer PCs, and fewer ways. */
#if defined(__has_feature)
#define SANITIZER (__has_feature(address_sanitizer) || __has_feature(thread_sanitizer))
#elif defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZER 1
#else
#define SANITIZER 0
#endif
#define LENGTH (300 * MS)
#define MANY (SANITIZER ? 4 : 16)
#define TRIALS (SANITIZER ? 20 : 150)

static const char *guest = "build/guest/netguest.elf";
static bool show;
static unsigned passed, failed;

static void expect(bool ok, const char *test, const char *what)
{
	ok ? passed++ : failed++;
	printf("%s  %s: %s\n", ok ? "ok  " : "FAIL", test, what);
	fflush(stdout);
}

/* ---- the same lab, run in other ways ---- */

static const struct how ways[] = {
	{.label = "again", .workers = 1},
	{.label = "2 workers", .workers = 2},
	{.label = "3 workers", .workers = 3},
	{.label = "random windows 1", .workers = 1, .window_seed = 1},
	{.label = "random windows 2, 2 workers", .workers = 2, .window_seed = 2},
	{.label = "random windows 3", .workers = 1, .window_seed = 3},
	{.label = "no idle skipping", .workers = 1, .no_idle_skip = true},
	{.label = "no idle skipping, random windows 4", .workers = 1, .window_seed = 4, .no_idle_skip = true},
	{.label = "looked at meanwhile", .workers = 1, .looks = true},
	{.label = "saved and loaded", .workers = 1, .moves = 1},
	{.label = "saved and loaded, random windows 5, 2 workers", .workers = 2, .window_seed = 5, .moves = 2},
};
static const struct how first = {.label = "first", .workers = 1};

static bool skip(const struct how *how)
{
	return SANITIZER && how->workers != 3 && !(how->workers == 2 && how->window_seed);
}

/* Every PC has heard of another one and been answered; 0 is printed as zeros. */
static bool talked(const struct outcome *o, unsigned pcs)
{
	g_auto(GStrv) part = g_strsplit(o->serial, "== ", -1);
	unsigned n = 0;

	for (unsigned i = 1; part[i]; i++) {
		const char *last = g_strrstr(part[i], " greetings ");

		n += last && strncmp(last, " greetings 00000000 echoes 00000000", 35) &&
		     !strstr(last, "echoes 00000000");
	}
	return n == pcs;
}

static void same_in_all_ways(const char *test, struct plan *plan)
{
	struct outcome reference, other;

	lab_outcome(plan, &first, LENGTH, NULL, NULL, NULL, &reference);
	if (show)
		printf("%s", reference.serial);
	expect(talked(&reference, plan->pcs->len), test, "all PCs talk");
	for (unsigned n = 0; n < G_N_ELEMENTS(ways); n++) {
		if (skip(&ways[n]))
			continue;
		lab_outcome(plan, &ways[n], LENGTH, NULL, NULL, NULL, &other);
		expect(outcome_equal(&reference, &other), test, ways[n].label);
		outcome_clear(&other);
	}
	outcome_clear(&reference);
	plan_free(plan);
}

static void test_vlan(const char *test)
{
	same_in_all_ways(test, plan_two_on_vlan(guest));
}
static void test_cable(const char *test)
{
	same_in_all_ways(test, plan_cable(guest));
}
static void test_lock_step(const char *test)
{
	same_in_all_ways(test, plan_lock_step(guest, MANY, "us=4000", NULL));
}
static void test_near(const char *test)
{
	same_in_all_ways(test, plan_lock_step(guest, MANY, "us=4000", "4us"));
}
static void test_switches(const char *test)
{
	same_in_all_ways(test, plan_switches(guest));
}
static void test_clones(const char *test)
{
	same_in_all_ways(test, plan_clones(guest, MANY / 2));
}
static void test_hub(const char *test)
{
	same_in_all_ways(test, plan_hub(guest));
}

/* ---- seeds ---- */

static void test_seeds(const char *test)
{
	struct how other_seed = {.workers = 1, .seed = 77};
	struct outcome a, b;
	struct plan *plan = plan_hub(guest);

	lab_outcome(plan, &first, LENGTH, NULL, NULL, NULL, &a);
	lab_outcome(plan, &other_seed, LENGTH, NULL, NULL, NULL, &b);
	expect(!outcome_equal(&a, &b), test, "another seed loses other frames");
	expect(strcmp(a.serial, b.serial), test, "and the PCs notice");
	outcome_clear(&a);
	outcome_clear(&b);
	plan_free(plan);
}

/* ---- input ---- */

static const struct act acts[] = {
	{.at = 0, .pc = "anna", .type = "early"},
	{.at = 150 * MS + 333, .pc = "near", .type = "hello"},
	{.at = 170 * MS, .thing = "link:wan", .key = "loss", .value = "50%"},
	{.at = 180 * MS, .pc = "anna", .type = "at the time of an event"},
	{.at = 180 * MS, .thing = "link:wan", .key = "rate", .value = "2Mbit"},
	{.at = 190 * MS, .pc = "bert", .type = "R"}, /* restarts itself */
	{.at = 200 * MS, .pc = "far", .type = "x"},
	{.at = 210 * MS, .thing = "pc:near", .key = "power", .value = "off"},
	{.at = 220 * MS, .pc = "anna", .type = "P"}, /* switches itself off */
	{.at = 240 * MS, .thing = "pc:near", .key = "power", .value = "on"},
	{.at = 250 * MS, .thing = "nic:far:eth0", .key = "delay", .value = "1us"},
	{.at = 260 * MS, .thing = "pc:far", .key = "power", .value = "reset"},
	{.at = TIME_NEVER},
};

static const struct act commands[] = {
	{.at = 150 * MS, .pc = "pc00", .exec = "one"},
	{.at = 150 * MS + 1, .pc = "pc01", .exec = "two"},
	{.at = 201 * MS, .pc = "pc01", .exec = "three"},
	{.at = 202 * MS, .pc = "pc00", .type = "hello"},
	{.at = 220 * MS, .pc = "pc03", .type = "R"},
	{.at = 260 * MS, .thing = "pc:pc05", .key = "power", .value = "reset"},
	{.at = TIME_NEVER},
};

static void input_in_all_ways(const char *test, struct plan *plan, const struct act *input)
{
	g_autofree char *one = g_build_filename(g_get_tmp_dir(), "lanyard-lab-XXXXXX", NULL), *two = NULL;
	g_autofree char *text_one = NULL, *text_two = NULL;
	struct outcome reference, other;
	int fd = g_mkstemp(one);

	g_close(fd, NULL);
	two = g_strconcat(one, ".again", NULL);
	lab_outcome(plan, &first, 400 * MS, input, one, NULL, &reference);
	if (show)
		printf("%s", reference.serial);
	for (unsigned n = 0; n < G_N_ELEMENTS(ways); n++) {
		if (ways[n].looks || skip(&ways[n]))
			continue;
		lab_outcome(plan, &ways[n], 400 * MS, input, NULL, NULL, &other);
		expect(outcome_equal(&reference, &other), test, ways[n].label);
		outcome_clear(&other);
		if (ways[n].moves)
			continue;
		lab_outcome(plan, &ways[n], 400 * MS, NULL, two, one, &other);
		expect(outcome_equal(&reference, &other), test, "replayed");
		outcome_clear(&other);
	}
	expect(g_file_get_contents(one, &text_one, NULL, NULL) && g_file_get_contents(two, &text_two, NULL, NULL) &&
		       !strcmp(text_one, text_two),
	       test, "the journal of a replay is that of the run");
	lab_outcome(plan, &first, 400 * MS, NULL, NULL, NULL, &other);
	expect(!outcome_equal(&reference, &other), test, "input makes a difference");
	outcome_clear(&other);
	outcome_clear(&reference);
	plan_free(plan);
	g_unlink(one);
	g_unlink(two);
}

static void test_input(const char *test)
{
	input_in_all_ways(test, plan_hub(guest), acts);
}
static void test_commands(const char *test)
{
	input_in_all_ways(test, plan_clones(guest, 6), commands);
}

/* ---- clones ---- */

/* A clone goes its own way from here, which is the same. Nothing is on its way
 * to the PC: it is alone. */
static void test_clone(const char *test)
{
	struct plan *plan = plan_lock_step(guest, 1, "us=1000", NULL);
	uint8_t a[PC_HASH_BYTES], b[PC_HASH_BYTES];
	struct console console;
	struct lab *l = lab_start(plan, &first, &console);
	struct board *board = lab_pc_board(lab_pc_at(l, 0)), *clone;
	uint64_t now;

	lab_run_to(l, 200 * MS);
	lab_hash(l, a);
	clone = board_clone(board);
	nic_restore_all(clone);
	board_hash(board, a);
	board_hash(clone, b);
	expect(!memcmp(a, b, sizeof(a)), test, "equal at birth");
	now = board_now(board);
	for (unsigned n = 1; n <= 7; n++)
		board_run(clone, now + n * 13 * MS + n);
	board_hash(board, b);
	expect(!memcmp(a, b, sizeof(a)), test, "the original is not touched");
	board_run(clone, now + 100 * MS);
	board_run(board, now + 100 * MS);
	board_hash(board, a);
	board_hash(clone, b);
	expect(!memcmp(a, b, sizeof(a)), test, "equal after 100 ms");
	board_free(clone);
	lab_free(l);
	console_free(&console);
	plan_free(plan);
}

/* ---- a saved lab from elsewhere ---- */

/* Loads the bytes into a fresh lab; lets it run a little if it takes them. */
static bool taken(const struct plan *plan, const GByteArray *bytes, char **why)
{
	struct console console;
	struct lab *l = lab_start(plan, &first, &console);
	g_autoptr(GError) error = NULL;
	bool ok = lab_load(l, bytes->data, bytes->len, &error);

	if (ok)
		lab_run_to(l, lab_now(l) + 2 * MS);
	*why = ok ? NULL : g_strdup(error->message);
	lab_free(l);
	console_free(&console);
	return ok;
}

/* Each trial changes a few bytes somewhere, in one half of them at the end, where the
 * fabric is; some are cut short. What is refused is refused with a reason. */
static void test_strange(const char *test)
{
	struct plan *plan = plan_hub(guest), *other = plan_switches(guest);
	g_autoptr(GByteArray) saved = g_byte_array_new();
	struct console console;
	struct lab *l = lab_start(plan, &first, &console);
	unsigned good = 0, bad = 0, silent = 0;
	g_autofree char *why_other = NULL;
	struct rng dice;

	lab_run_to(l, 190 * MS);
	lab_save(l, saved, NULL);
	lab_free(l);
	console_free(&console);
	rng_seed(&dice, 1, "strange");
	for (unsigned n = 0; n < TRIALS; n++) {
		g_autoptr(GByteArray) bytes = g_byte_array_new();
		g_autofree char *why = NULL;

		g_byte_array_append(bytes, saved->data, saved->len);
		for (unsigned m = 0; m < 1 + n % 3; m++) {
			guint back = (guint)(rng_next(&dice) % (n & 1 ? 3000 : bytes->len));

			bytes->data[bytes->len - 1 - back] = (uint8_t)rng_next(&dice);
		}
		if (n % 16 == 15)
			g_byte_array_set_size(bytes, (guint)(rng_next(&dice) % bytes->len));
		taken(plan, bytes, &why) ? good++ : bad++;
		silent += why && !g_str_has_prefix(why, "saved state: ");
	}
	printf("      %u taken, %u refused\n", good, bad);
	expect(good && bad && !silent, test, "a changed one is refused, or runs");
	expect(!taken(other, saved, &why_other) && !strcmp(why_other, "saved state: lab hub: expected switches"), test,
	       "another lab's is refused");
	plan_free(plan);
	plan_free(other);
}

/* ---- the edge of a window ---- */

static void note_input(struct board *b)
{
	g_string_append_c(b->owner, 'i');
}
static void note_card(struct board *b, unsigned slot)
{
	g_string_append_c(b->owner, 'c');
}

/* Input that arrives at the very end of a window is not known before it is
 * over: whatever else is due at that time has to wait for it. */
static void test_edge(const char *test)
{
	g_autoptr(GString) order = g_string_new(NULL);
	struct board *b = board_new(1 << 20);
	uint64_t end = 1000;

	b->owner = order;
	b->input_due = note_input;
	b->nic_timer = note_card;
	board_timer_set(b, TIMER_NIC0, end);
	board_run(b, end);
	expect(!order->len, test, "nothing of the end is done within the window");
	board_timer_set(b, TIMER_INPUT, end);
	board_run(b, end + 1);
	expect(!strcmp(order->str, "ic"), test, "input comes first");
	board_free(b);
}

/* ---- the agent's words ---- */

static void test_words(const char *test)
{
	expect(ready_unasked(guest), test, "ready before it was asked");
	expect(file_missing(guest), test, "a file that went away");
}

static const struct {
	const char *name;
	void (*run)(const char *name);
} tests[] = {
	{"vlan", test_vlan},         {"cable", test_cable},       {"lockstep", test_lock_step}, {"near", test_near},
	{"switches", test_switches}, {"hub", test_hub},           {"seeds", test_seeds},        {"clones", test_clones},
	{"input", test_input},       {"commands", test_commands}, {"clone", test_clone},        {"edge", test_edge},
	{"words", test_words},       {"strange", test_strange},
};

static bool chosen(const char *name, int argc, char **argv)
{
	for (int n = 0; n < argc; n++)
		if (g_str_has_prefix(name, argv[n]))
			return true;
	return !argc;
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--run"))
		return run_file(argc, argv);
	for (argv++, argc--; argc && argv[0][0] == '-'; argv++, argc--) {
		if (!strcmp(argv[0], "--bench")) {
			bench(guest);
			return 0;
		}
		if (!strcmp(argv[0], "--show")) {
			show = true;
		} else if (!strcmp(argv[0], "--guest") && argc > 1) {
			guest = argv[1];
			argv++, argc--;
		} else {
			fprintf(stderr, "usage: test-lab [--guest FILE] [--show] [--bench] [NAME...]\n");
			return 2;
		}
	}
	for (unsigned n = 0; n < G_N_ELEMENTS(tests); n++)
		if (chosen(tests[n].name, argc, argv))
			tests[n].run(tests[n].name);
	printf("%u passed, %u failed\n", passed, failed);
	return failed != 0;
}
