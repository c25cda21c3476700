/* oracle: runs random instructions on the host and in the interpreter. See
 * oracle.h. Exit status: 0 all equal, or the host is of a kind whose ways nobody
 * knows yet; 1 some differ; 2 usage, or this host cannot serve. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "tests/cpu/oracle.h"

#define DEFAULT_CASES 2000000ul
#define TRIES 3     /* of a case that differs */
#define SHOW_MAX 20 /* failing cases printed in full; then only counted */

struct options {
	unsigned long cases;
	uint64_t seed;
	int mode; /* enum oracle_mode, or -1: all */
	const char *only;
	bool verbose, list;
	unsigned show;
};

struct tally {
	unsigned long cases[ORACLE_MODES], faults[ORACLE_MODES], failed, disturbed;
	unsigned long by_mnemonic[ZYDIS_MNEMONIC_MAX_VALUE + 1];
};

/* What memory was on both sides before the case. */
static uint8_t memory[ORACLE_BACK_SIZE];

/* Another run goes on from equal memory. */
static void resync(struct gen *g, const uint8_t *from)
{
	gen_poke(g, ORACLE_DATA, from, ORACLE_BACK_SIZE);
}

static bool wrong_length(struct gen *g, const struct oracle_case *oc, char *why, size_t size)
{
	bool undefined;
	unsigned len = guest_decode(g->guest, oc, &undefined);

	if (!oc->valid || undefined || len == oc->len)
		return false;
	snprintf(why, size, "length: Zydis %u, decoder %u", oc->len, len);
	return true;
}

/* Runs a case on both sides. */
static bool equal_once(struct gen *g, const struct oracle_case *oc, struct state *host, struct state *guest, char *why,
		       size_t size)
{
	host_run(oc, host);
	guest_run(g->guest, oc, guest);
	if (!compare_states(oc, host, guest, why, size))
		return false;
	if (!(oc->partial && host->vector >= 0) && !compare_memory(oc, g->host_mem, g->guest, why, size))
		return false;
	return !wrong_length(g, oc, why, size);
}

/* Hypervisors without hardware support have been seen, once in a million cases
 * on a busy machine, to lose the base of FS, to show a page as not present that
 * is, or to raise #UD for an instruction that is one. What differs is asked
 * again; an interpreter that is wrong is wrong again. */
static bool equal(struct gen *g, const struct oracle_case *oc, struct state *host, struct state *guest, char *why,
		  size_t size, struct tally *t)
{
	memcpy(memory, g->host_mem, sizeof(memory));
	for (unsigned n = 0; n < TRIES; n++) {
		if (equal_once(g, oc, host, guest, why, size)) {
			t->disturbed += n > 0;
			return true;
		}
		if (n + 1 < TRIES)
			resync(g, memory);
	}
	return false;
}

static void run_case(struct gen *g, const struct oracle_case *oc, const struct options *opt, struct tally *t)
{
	static struct state host, guest;
	char why[160] = "";
	bool ok = equal(g, oc, &host, &guest, why, sizeof(why), t);

	if (ok && oc->valid && guest.vector < 0 && !guest_uses_hold(g->guest, oc, &guest)) {
		snprintf(why, sizeof(why), "uses: more has changed than insn_uses() says");
		ok = false;
	}
	t->cases[oc->mode]++;
	t->faults[oc->mode] += host.vector >= 0;
	if (!ok || oc->ignores || oc->partial)
		resync(g, g->host_mem);
	if (!ok) {
		t->failed++;
		t->by_mnemonic[oc->valid ? oc->insn.mnemonic : 0]++;
		if (t->failed <= opt->show) {
			printf("FAILED %s\n", why);
			compare_print(oc, &host, &guest);
		}
	} else if (opt->verbose) {
		compare_print(oc, &host, &guest);
	}
}

/* One form from the list; several tries, for a random choice may be useless. */
static void run_form(struct gen *g, enum oracle_mode mode, const struct form *f, const struct options *opt,
		     struct tally *t)
{
	static struct oracle_case oc;

	for (unsigned n = 0; n < 8; n++) {
		if (gen_case(g, mode, f, &oc)) {
			run_case(g, &oc, opt, t);
			return;
		}
	}
}

/* Walks the forms round and round until there have been so many cases; one in
 * sixteen is no instruction. */
static void run_mode(struct gen *g, enum oracle_mode mode, unsigned long cases, const struct options *opt,
		     struct tally *t)
{
	const struct form_list *ours = &g->ours[mode], *invalid = &g->invalid[mode];
	unsigned long at = 0, other = 0;

	if (!ours->count && !invalid->count)
		return;
	for (unsigned long n = 0; t->cases[mode] < cases && n < 2 * cases; n++) {
		if (invalid->count && (n % 16 == 15 || !ours->count))
			run_form(g, mode, &invalid->row[other++ % invalid->count], opt, t);
		else if (ours->count)
			run_form(g, mode, &ours->row[at++ % ours->count], opt, t);
	}
}

/* What the host has beyond our model must be #UD for us, or be decoded as the
 * older instruction that ignores the prefix. */
static void list_more(struct gen *g)
{
	for (unsigned m = 0; m < ORACLE_MODES; m++) {
		unsigned undefined = 0, accepted = 0;
		bool seen[ZYDIS_MNEMONIC_MAX_VALUE + 1] = {false};

		printf("%u-bit: the host has more, accepted by us as an older form:", m == MODE_LONG     ? 64
										      : m == MODE_PROT32 ? 32
													 : 16);
		for (unsigned n = 0; n < g->more[m].count; n++) {
			const struct form *f = &g->more[m].row[n];
			struct oracle_case oc = {.mode = (enum oracle_mode)m};
			bool ud;

			form_bytes(g, m, f, false, oc.bytes);
			guest_decode(g->guest, &oc, &ud);
			undefined += ud;
			accepted += !ud;
			if (!ud && !seen[f->mnemonic])
				printf(" %s", ZydisMnemonicGetString((ZydisMnemonic)f->mnemonic));
			seen[f->mnemonic] |= !ud;
		}
		printf("\n  %u forms #UD, %u accepted\n", undefined, accepted);
	}
}

static void list_forms(struct gen *g)
{
	static const unsigned width[ORACLE_MODES] = {64, 32, 16};

	for (unsigned m = 0; m < ORACLE_MODES; m++)
		printf("%u-bit: %u forms, %u that are no instruction, %u that only the host has, %u excluded\n",
		       width[m], g->ours[m].count, g->invalid[m].count, g->more[m].count, g->excluded[m]);
	printf("excluded:\n");
	excluded_list();
	list_more(g);
}

static void report(const struct gen *g, const struct tally *t, double seconds)
{
	static const unsigned width[ORACLE_MODES] = {64, 32, 16};
	unsigned long all = 0;

	for (unsigned m = 0; m < ORACLE_MODES; m++) {
		if (t->cases[m])
			printf("%u-bit: %lu cases (%lu raised an exception), %u forms and %u invalid ones\n", width[m],
			       t->cases[m], t->faults[m], g->ours[m].count, g->invalid[m].count);
		all += t->cases[m];
	}
	for (unsigned n = 0; n <= ZYDIS_MNEMONIC_MAX_VALUE; n++)
		if (t->by_mnemonic[n])
			printf("  %-12s %lu failed\n", ZydisMnemonicGetString((ZydisMnemonic)n), t->by_mnemonic[n]);
	if (t->disturbed)
		printf("%lu cases differed once and not again: the host was disturbed\n", t->disturbed);
	printf("%.1f s, %.0f cases a second\n", seconds, (double)all / (seconds > 0 ? seconds : 1));
	printf("%lu passed, %lu failed\n", all - t->failed, t->failed);
}

static double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int usage(void)
{
	fprintf(stderr, "usage: oracle [--cases N] [--seed S] [--mode 64|32|16] [--only MNEMONIC|OPCODE] [--show N] "
			"[--verbose] [--list]\n");
	return 2;
}

static bool parse(int argc, char **argv, struct options *opt)
{
	static const struct option longs[] = {
		{"cases", required_argument, NULL, 'n'}, {"seed", required_argument, NULL, 's'},
		{"mode", required_argument, NULL, 'm'},  {"only", required_argument, NULL, 'o'},
		{"show", required_argument, NULL, 'w'},  {"verbose", no_argument, NULL, 'v'},
		{"list", no_argument, NULL, 'l'},        {0},
	};
	int c;

	*opt = (struct options){.cases = DEFAULT_CASES, .seed = 1, .mode = -1, .show = SHOW_MAX};
	while ((c = getopt_long(argc, argv, "", longs, NULL)) != -1) {
		switch (c) {
		case 'n': opt->cases = strtoul(optarg, NULL, 0); break;
		case 's': opt->seed = strtoull(optarg, NULL, 0); break;
		case 'o': opt->only = optarg; break;
		case 'w': opt->show = (unsigned)strtoul(optarg, NULL, 0); break;
		case 'v': opt->verbose = true; break;
		case 'l': opt->list = true; break;
		case 'm':
			opt->mode = !strcmp(optarg, "64")   ? MODE_LONG
				    : !strcmp(optarg, "32") ? MODE_PROT32
				    : !strcmp(optarg, "16") ? MODE_PROT16
							    : ORACLE_MODES;
			if (opt->mode == ORACLE_MODES)
				return false;
			break;
		default: return false;
		}
	}
	return optind == argc;
}

int main(int argc, char **argv)
{
	static struct tally t;
	static struct gen g;
	struct host_traits host;
	struct options opt;
	const char *error;
	double start;

	if (!parse(argc, argv, &opt))
		return usage();
	error = host_open(&host);
	if (error) {
		fprintf(stderr, "oracle: %s\n", error);
		return 2;
	}
	host_probe(&host);
	gen_open(&g, opt.seed, opt.only, &host, guest_new());
	if (opt.list) {
		list_forms(&g);
		return 0;
	}
	if (!host.segments && opt.mode < 0) {
		printf("this host's kernel loads no local descriptor table: 64-bit code only\n");
		opt.mode = MODE_LONG;
	}
	start = now();
	for (unsigned m = 0; m < ORACLE_MODES; m++) /* half of all in 64-bit mode */
		if (opt.mode < 0 || opt.mode == (int)m)
			run_mode(&g, m, opt.mode >= 0 ? opt.cases : opt.cases / (m == MODE_LONG ? 2 : 4), &opt, &t);
	report(&g, &t, now() - start);
	guest_free(g.guest);
	gen_close(&g);
	if (t.failed && !host.known)
		printf("This kind of host is new to the oracle (tests/cpu/probe.c): what differs may be the host's "
		       "way. "
		       "It is reported, not counted.\n");
	return host.known && (t.failed != 0 || t.disturbed > opt.cases / 10000);
}
