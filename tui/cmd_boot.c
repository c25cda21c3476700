/* lanyard boot: one PC in this terminal, from a kernel, a floppy, a disk or a
 * CD-ROM. This file is the command line: every value is checked before anything
 * starts. The run itself is run.c. */
#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/units.h"
#include "engine/cpu/feature.h"
#include "engine/pc/boot.h"
#include "engine/pc/debug_port.h"
#include "engine/pc/disk.h"
#include "engine/pc/pc.h"
#include "engine/pc/pc_hash.h"
#include "tui/command.h"
#include "tui/escape.h"
#include "tui/run.h"
#include "tui/screenshot.h"

#define MEMORY_MIN (1ull << 20)
#define EPOCH_DEFAULT 1704067200ull /* 2024-01-01: equal runs see equal dates */
#define EPOCH_MAX 4102444799ull     /* the end of 2099: a CMOS century later is another story */

enum { MAX_DISKS = 3, MAX_FLOPPIES = 2, CDROM_DRIVE = 2 };
/* Drives of the IDE channels: primary master and slave, secondary slave; the
 * CD-ROM is secondary master. */
static const uint8_t disk_drive[MAX_DISKS] = {0, 1, 3};

struct boot_args {
	/* as written */
	char *kernel, *initrd, *append, *cdrom, *boot, *bios, *memory, *cpu, *mips, *pace, *serial, *screenshot, *until;
	char *trace, *test_exit, *escape, *seed, *epoch;
	char **floppy, **disk;
	gboolean screen, hash, commit, no_reboot;
	/* as understood */
	uint64_t memory_bytes, mips_n, seed_n, epoch_n, exit_port, trace_mask;
	enum cpu_model model;
	const char *order;
	struct run_options run;
};

static bool usage(const char *option, const char *value, const char *expected)
{
	fprintf(stderr, "lanyard boot: %s: '%s': expected %s\n", option, value, expected);
	return false;
}

static bool complain(const char *option, const char *text)
{
	fprintf(stderr, "lanyard boot: %s: %s\n", option, text);
	return false;
}

/* Reports error (taken over) of an option. */
static bool option_error(const char *option, GError *error)
{
	complain(option, error->message);
	g_error_free(error);
	return false;
}

/* ---- single options ---- */

static bool number_option(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t standard,
			  uint64_t *value)
{
	GError *error = NULL;

	*value = standard;
	return !text || parse_number(text, min, max, value, &error) || option_error(option, error);
}

static bool check_memory(struct boot_args *a)
{
	GError *error = NULL;

	a->memory_bytes = 256ull << 20;
	if (a->memory && !parse_size(a->memory, &a->memory_bytes, &error))
		return option_error("--memory", error);
	if (a->memory_bytes < MEMORY_MIN || a->memory_bytes > MEM_MAX_RAM || a->memory_bytes % (1 << 20))
		return usage("--memory", a->memory, "whole mebibytes from 1M to 3072M");
	return true;
}

static bool check_until(struct boot_args *a)
{
	GError *error = NULL;

	a->run.until = TIME_NEVER;
	if (a->until && !parse_time(a->until, &a->run.until, &error))
		return option_error("--until", error);
	return true;
}

/* Seconds since 1970, or a date and time in ISO 8601 (UTC unless it says so). */
static bool check_epoch(struct boot_args *a)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autoptr(GDateTime) date = NULL;

	a->epoch_n = EPOCH_DEFAULT;
	if (!a->epoch || parse_number(a->epoch, 0, EPOCH_MAX, &a->epoch_n, NULL))
		return true;
	date = g_date_time_new_from_iso8601(a->epoch, utc);
	if (!date || g_date_time_to_unix(date) < 0 || g_date_time_to_unix(date) > (gint64)EPOCH_MAX)
		return usage("--epoch", a->epoch,
			     "seconds since 1970 or a date such as 2024-01-31T12:00:00Z, before the year 2100");
	a->epoch_n = (uint64_t)g_date_time_to_unix(date);
	return true;
}

static bool check_order(struct boot_args *a)
{
	/* clang-format off */
	static const struct { const char *name, *order; } rows[] = {
		{"floppy", "acd"}, {"disk", "cad"}, {"cdrom", "dac"}, {"net", "n"},
	};
	/* clang-format on */

	a->order = "";
	if (!a->boot)
		return true;
	for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
		if (!strcmp(a->boot, rows[n].name)) {
			a->order = rows[n].order;
			return true;
		}
	return usage("--boot", a->boot, "floppy, disk, cdrom or net");
}

static bool trace_subject(struct boot_args *a, const char *name)
{
	static const char *const names[] = {
#define X(id, text) text,
		TRACE_SUBJECTS(X)
#undef X
	};

	if (!strcmp(name, "bios"))
		return a->run.trace_bios = true;
	if (!strcmp(name, "all")) {
		a->trace_mask = (1u << TRACE_SUBJECT_COUNT) - 1;
		return a->run.trace_bios = true;
	}
	for (unsigned n = 0; n < ARRAY_LEN(names); n++)
		if (!strcmp(name, names[n])) {
			a->trace_mask |= 1u << n;
			return true;
		}
	return false;
}

static bool check_trace(struct boot_args *a)
{
	g_auto(GStrv) names = g_strsplit(a->trace ? a->trace : "", ",", -1);

#define X(id, text) text ", "
	for (char **name = names; *name; name++)
		if (!trace_subject(a, *name))
			return usage("--trace", *name, "a list of " TRACE_SUBJECTS(X) "bios or all");
#undef X
	return true;
}

static bool check_names(struct boot_args *a)
{
	a->model = CPU_X86_64;
	if (a->cpu && !cpu_model_from_name(a->cpu, &a->model))
		return usage("--cpu", a->cpu, "486, pentium, 686 or x86-64");
	a->run.pace = PACE_REALTIME;
	if (a->pace && !pace_mode_from_name(a->pace, &a->run.pace))
		return usage("--pace", a->pace, "realtime or max");
	if (!escape_key_from_name(a->escape ? a->escape : "^]", &a->run.escape))
		return usage("--escape", a->escape, "a control key such as ^] or ^A, or none");
	if (a->screenshot && !screenshot_name_ok(a->screenshot))
		return usage("--screenshot", a->screenshot, "a file name ending in .png or .txt");
	a->run.screenshot = a->screenshot;
	return true;
}

static bool check_combination(struct boot_args *a)
{
	if (a->initrd && !a->kernel)
		return complain("--initrd", "expected --kernel with it");
	if (a->append && !a->kernel)
		return complain("--append", "expected --kernel with it");
	if (a->disk && g_strv_length(a->disk) > MAX_DISKS)
		return complain("--disk", "expected at most three");
	if (a->floppy && g_strv_length(a->floppy) > MAX_FLOPPIES)
		return complain("--floppy", "expected at most two");
	if (a->commit && !a->disk && !a->floppy)
		return complain("--commit", "expected --disk or --floppy with it");
	if (a->screen && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		return complain("--screen", "expected stdin and stdout to be a terminal");
	a->run.screen = a->screen;
	a->run.no_reboot = a->no_reboot;
	return true;
}

static bool check_all(struct boot_args *a)
{
	return check_memory(a) && check_until(a) && check_epoch(a) && check_order(a) && check_trace(a) &&
	       check_names(a) && number_option("--mips", a->mips, 1, 10000, 1000, &a->mips_n) &&
	       number_option("--seed", a->seed, 0, UINT64_MAX, 0, &a->seed_n) &&
	       number_option("--test-exit", a->test_exit, 1, 0xffff, 0, &a->exit_port) && check_combination(a);
}

/* ---- the command line ---- */

static bool parse(int *argc, char ***argv, struct boot_args *a)
{
	/* clang-format off */
	const GOptionEntry entries[] = {
		{"kernel", 0, 0, G_OPTION_ARG_FILENAME, &a->kernel, "Linux or Multiboot kernel to start", "FILE"},
		{"initrd", 0, 0, G_OPTION_ARG_FILENAME, &a->initrd, "its initial RAM disk, or Multiboot modules", "FILE"},
		{"append", 0, 0, G_OPTION_ARG_STRING, &a->append, "its command line", "TEXT"},
		{"floppy", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &a->floppy, "floppy image (A:, then B:)", "FILE"},
		{"disk", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &a->disk, "raw hard disk image, up to three", "FILE"},
		{"cdrom", 0, 0, G_OPTION_ARG_FILENAME, &a->cdrom, "CD-ROM image", "FILE"},
		{"boot", 0, 0, G_OPTION_ARG_STRING, &a->boot, "boot from here first", "floppy|disk|cdrom|net"},
		{"bios", 0, 0, G_OPTION_ARG_FILENAME, &a->bios, "firmware (" BOOT_DEFAULT_BIOS ")", "FILE"},
		{"memory", 0, 0, G_OPTION_ARG_STRING, &a->memory, "RAM (256M)", "SIZE"},
		{"cpu", 0, 0, G_OPTION_ARG_STRING, &a->cpu, "processor (x86-64)", "486|pentium|686|x86-64"},
		{"mips", 0, 0, G_OPTION_ARG_STRING, &a->mips, "instructions per virtual microsecond (1000)", "N"},
		{"pace", 0, 0, G_OPTION_ARG_STRING, &a->pace, "how time passes (realtime)", "realtime|max"},
		{"serial", 0, 0, G_OPTION_ARG_FILENAME, &a->serial, "COM1's output goes here, not to stdout", "FILE"},
		{"screen", 0, 0, G_OPTION_ARG_NONE, &a->screen, "show the VGA text screen and type on its keyboard", NULL},
		{"screenshot", 0, 0, G_OPTION_ARG_FILENAME, &a->screenshot, "write the text screen at the end",
		 "FILE.png|FILE.txt"},
		{"until", 0, 0, G_OPTION_ARG_STRING, &a->until, "end at this virtual time, such as 30s", "TIME"},
		{"hash", 0, 0, G_OPTION_ARG_NONE, &a->hash, "print the hash of the PC's final state", NULL},
		{"trace", 0, 0, G_OPTION_ARG_STRING, &a->trace, "trace parts to stderr, such as pit,ide,bios; or all", "LIST"},
		{"test-exit", 0, 0, G_OPTION_ARG_STRING, &a->test_exit,
		 "a write of V to this port ends the run with status 2V+1", "PORT"},
		{"commit", 0, 0, G_OPTION_ARG_NONE, &a->commit, "write changed disks back to their files at the end", NULL},
		{"no-reboot", 0, 0, G_OPTION_ARG_NONE, &a->no_reboot, "a reset of the PC ends the run", NULL},
		{"escape", 0, 0, G_OPTION_ARG_STRING, &a->escape, "escape key (^]); none: no such key", "KEY"},
		{"seed", 0, 0, G_OPTION_ARG_STRING, &a->seed, "seed of all randomness (0)", "N"},
		{"epoch", 0, 0, G_OPTION_ARG_STRING, &a->epoch, "date at power-on (2024-01-01T00:00:00Z)", "DATE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	/* clang-format on */
	g_autoptr(GOptionContext) context = g_option_context_new("- one PC in this terminal");
	g_autoptr(GError) error = NULL;

	g_option_context_add_main_entries(context, entries, NULL);
	g_option_context_set_description(context,
					 "COM1 is on stdin and stdout. Ctrl-] then h lists what Ctrl-] can do.");
	if (!g_option_context_parse(context, argc, argv, &error)) {
		fprintf(stderr, "lanyard boot: %s\n", error->message);
		return false;
	}
	if (*argc > 1) {
		fprintf(stderr, "lanyard boot: '%s': expected options only; --help lists them\n", (*argv)[1]);
		return false;
	}
	return true;
}

/* ---- the PC ---- */

typedef void insert_fn(struct board *b, unsigned drive, struct disk_image *image);

static bool add_drive(struct board *b, insert_fn *insert, unsigned drive, const char *option, const char *path,
		      enum disk_kind kind)
{
	GError *error = NULL;
	struct disk_image *image = disk_open(path, kind, false, &error);

	if (!image)
		return option_error(option, error);
	insert(b, drive, image);
	return true;
}

static bool add_drives(struct board *b, const struct boot_args *a)
{
	for (unsigned n = 0; a->disk && a->disk[n]; n++)
		if (!add_drive(b, ide_insert, disk_drive[n], "--disk", a->disk[n], DISK_HARD))
			return false;
	for (unsigned n = 0; a->floppy && a->floppy[n]; n++)
		if (!add_drive(b, fdc_insert, n, "--floppy", a->floppy[n], DISK_FLOPPY))
			return false;
	return !a->cdrom || add_drive(b, ide_insert, CDROM_DRIVE, "--cdrom", a->cdrom, DISK_CDROM);
}

static void set_up(struct board *b, const struct boot_args *a)
{
	struct pc *pc = b->pc;

	pc->mips = (uint32_t)a->mips_n;
	pc->epoch = a->epoch_n;
	pc->cpu.model = (uint8_t)a->model;
	rng_seed(&pc->cpu.rng, a->seed_n, "rdrand");
	b->trace_mask = (uint32_t)a->trace_mask;
	b->core->trace_cpu = a->trace_mask >> TRACE_BIT_CPU & 1;
	b->core->trace_int = a->trace_mask >> TRACE_BIT_INT & 1;
	debug_port_set_exit(b, (uint16_t)a->exit_port);
}

static bool power_on(struct board *b, const struct boot_args *a)
{
	struct boot_config config = {
		.bios = a->bios,
		.kernel = a->kernel,
		.initrd = a->initrd,
		.append = a->append,
		.seed = a->seed_n,
	};
	GError *error = NULL;

	set_up(b, a);
	if (!add_drives(b, a))
		return false;
	g_strlcpy(config.boot_order, a->order, sizeof(config.boot_order));
	board_reset(b); /* with its processor and drives in place */
	if (boot_prepare(b, &config, &error))
		return true;
	fprintf(stderr, "lanyard boot: %s\n", error->message);
	g_error_free(error);
	return false;
}

static bool commit_all(struct board *b)
{
	struct disk_image *all[ARRAY_LEN(b->ide_drive) + ARRAY_LEN(b->floppy)];
	bool ok = true;

	memcpy(all, b->ide_drive, sizeof(b->ide_drive));
	memcpy(all + ARRAY_LEN(b->ide_drive), b->floppy, sizeof(b->floppy));
	for (unsigned n = 0; n < ARRAY_LEN(all); n++) {
		GError *error = NULL;

		if (all[n] && !disk_read_only(all[n]) && !disk_commit(all[n], &error))
			ok = option_error("--commit", error);
	}
	return ok;
}

static void print_hash(struct board *b)
{
	uint8_t hash[PC_HASH_BYTES];

	board_hash(b, hash);
	printf("hash ");
	for (unsigned n = 0; n < sizeof(hash); n++)
		printf("%02x", hash[n]);
	printf("\n");
}

/* What was asked for after the run; the status it leaves. */
static int finish(struct board *b, const struct boot_args *a, int status)
{
	GError *error = NULL;
	bool ok = true;

	if (a->screenshot && !screenshot_write(b, a->screenshot, &error))
		ok = option_error("--screenshot", error);
	if (a->hash)
		print_hash(b);
	if (a->commit)
		ok = commit_all(b) && ok;
	if (fflush(stdout))
		ok = complain("stdout", g_strerror(errno));
	return ok || status ? status : STATUS_HOST;
}

static int run(struct board *b, struct boot_args *a)
{
	bool file = a->serial && strcmp(a->serial, "-");
	int status;

	a->run.serial_fd = a->screen && !a->serial ? -1 : STDOUT_FILENO;
	if (file) {
		a->run.serial_fd = open(a->serial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
		if (a->run.serial_fd < 0) {
			fprintf(stderr, "lanyard boot: --serial: %s: %s\n", a->serial, g_strerror(errno));
			return STATUS_USAGE;
		}
	}
	status = finish(b, a, run_board(b, &a->run));
	if (file && close(a->run.serial_fd) && !status) {
		fprintf(stderr, "lanyard boot: --serial: %s: %s\n", a->serial, g_strerror(errno));
		status = STATUS_HOST;
	}
	return status;
}

static void free_args(struct boot_args *a)
{
	char *text[] = {
		a->kernel, a->initrd, a->append,     a->cdrom, a->boot,  a->bios,      a->memory, a->cpu,  a->mips,
		a->pace,   a->serial, a->screenshot, a->until, a->trace, a->test_exit, a->escape, a->seed, a->epoch,
	};

	for (unsigned n = 0; n < ARRAY_LEN(text); n++)
		g_free(text[n]);
	g_strfreev(a->floppy);
	g_strfreev(a->disk);
}

int cmd_boot(int argc, char **argv)
{
	struct boot_args a = {.kernel = NULL};
	int status = STATUS_USAGE;

	if (parse(&argc, &argv, &a) && check_all(&a)) {
		struct board *b = board_new(a.memory_bytes);

		if (power_on(b, &a))
			status = run(b, &a);
		board_free(b);
	}
	free_args(&a);
	return status;
}
