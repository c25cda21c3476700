/* The command line of `lanyard boot`; see boot_args.h. */
#include "tui/cli/boot_args.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/base/units.h"
#include "engine/lab/lab.h"
#include "engine/boot/boot.h"
#include "engine/pc/pc.h"
#include "tui/cli/args.h"
#include "tui/cli/boot_lab.h"
#include "tui/term/escape.h"
#include "tui/session/screenshot.h"

#define MEMORY_MIN (1ull << 20)
#define EPOCH_MAX 4102444799ull /* the end of 2099: a CMOS century later is another story */

static bool usage(const char *option, const char *value, const char *expected)
{
	return args_expected("boot", option, value, expected);
}

static bool complain(const char *option, const char *text)
{
	return args_complain("boot", option, text);
}

/* ---- single options ---- */

static bool check_memory(struct boot_args *a)
{
	GError *error = NULL;

	a->memory_bytes = 256ull << 20;
	if (a->memory && !parse_size(a->memory, &a->memory_bytes, &error))
		return args_error("boot", "--memory", error);
	if (a->memory_bytes < MEMORY_MIN || a->memory_bytes > MEM_MAX_RAM || a->memory_bytes % (1 << 20))
		return usage("--memory", a->memory, "whole mebibytes from 1M to 3072M");
	return true;
}

/* Seconds since 1970, or in ISO 8601 a date (its first moment) or a date and time
 * (UTC unless it says so). */
static bool check_epoch(struct boot_args *a)
{
	g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
	g_autofree char *midnight = NULL;
	g_autoptr(GDateTime) date = NULL;

	a->epoch_n = LAB_EPOCH; /* equal runs see equal dates */
	if (!a->epoch || parse_number(a->epoch, 0, EPOCH_MAX, &a->epoch_n, NULL))
		return true;
	midnight = g_strconcat(a->epoch, "T00:00:00Z", NULL);
	date = g_date_time_new_from_iso8601(strchr(a->epoch, 'T') ? a->epoch : midnight, utc);
	if (!date || g_date_time_to_unix(date) < 0 || g_date_time_to_unix(date) > (gint64)EPOCH_MAX)
		return usage("--epoch", a->epoch,
			     "seconds since 1970 or a date such as 2024-01-31 or 2024-01-31T12:00:00Z, before the year "
			     "2100");
	a->epoch_n = (uint64_t)g_date_time_to_unix(date);
	return true;
}

static bool check_order(struct boot_args *a)
{
	a->order = "";
	if (!a->boot)
		return true;
	for (unsigned n = 0; boot_first_names[n]; n++)
		if (!strcmp(a->boot, boot_first_names[n])) {
			a->order = boot_first_order(n);
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

/* Before the run, not after it. */
static bool check_screenshot(const char *path)
{
	g_autofree char *folder = g_path_get_dirname(path), *text = NULL;

	if (g_file_test(path, G_FILE_TEST_IS_DIR))
		errno = EISDIR;
	else if (!(access(path, F_OK) ? access(folder, W_OK | X_OK) : access(path, W_OK)))
		return true;
	text = g_strdup_printf("%s: %s", path, g_strerror(errno));
	return complain("--screenshot", text);
}

static bool check_names(struct boot_args *a)
{
	a->model = CPU_X86_64;
	if (a->cpu && !cpu_model_from_name(a->cpu, &a->model))
		return usage("--cpu", a->cpu, "486, pentium, 686 or x86-64");
	/* A person sees the time pass; nobody else wants to wait for it. */
	a->run.pace = isatty(STDIN_FILENO) || isatty(STDOUT_FILENO) ? PACE_REALTIME : PACE_MAX;
	if (a->pace && !pace_mode_from_name(a->pace, &a->run.pace))
		return usage("--pace", a->pace, "realtime or max");
	if (!escape_key_from_name(a->escape ? a->escape : "^]", &a->run.escape))
		return usage("--escape", a->escape, "a control key such as ^] or ^A, or none");
	if (a->screenshot && !screenshot_name_ok(a->screenshot))
		return usage("--screenshot", a->screenshot, "a file name ending in .png or .txt");
	a->run.screenshot = a->screenshot;
	return !a->screenshot || check_screenshot(a->screenshot);
}

static bool check_combination(struct boot_args *a)
{
	const char *term = g_getenv("TERM");

	if (a->initrd && !a->kernel)
		return complain("--initrd", "expected --kernel with it");
	if (a->append && !a->kernel)
		return complain("--append", "expected --kernel with it");
	if (a->disk && g_strv_length(a->disk) > BOOT_DISKS)
		return complain("--disk", "expected at most three");
	if (a->floppy && g_strv_length(a->floppy) > BOOT_FLOPPIES)
		return complain("--floppy", "expected at most two");
	if (a->commit && !a->disk && !a->floppy)
		return complain("--commit", "expected --disk or --floppy with it");
	if (a->screen && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO)))
		return complain("--screen", "expected stdin and stdout to be a terminal");
	if (a->screen && (!term || !*term || !strcmp(term, "dumb")))
		return args_expected("boot", "--screen", term ? term : "", "a terminal that can be drawn on (TERM)");
	if (a->screen && a->serial && !strcmp(a->serial, "-"))
		return complain("--serial", "-: the terminal has the screen already: expected a file");
	if (a->order[0] == 'n' && !a->nic)
		return complain("--boot", "net: expected --nic with it");
	a->run.screen = a->screen;
	a->run.no_reboot = a->no_reboot;
	return true;
}

static bool check_all(struct boot_args *a)
{
	return check_memory(a) && args_time("boot", "--until", a->until, TIME_NEVER, &a->run.until) && check_epoch(a) &&
	       check_order(a) && check_trace(a) && check_names(a) &&
	       args_number("boot", "--mips", a->mips, 1, PC_MIPS_MAX, 1000, &a->mips_n) &&
	       args_number("boot", "--seed", a->seed, 0, UINT64_MAX, 0, &a->seed_n) &&
	       args_number("boot", "--test-exit", a->test_exit, 1, 0xffff, 0, &a->exit_port) && check_combination(a) &&
	       (a->lab = boot_lab(a));
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
		{"pace", 0, 0, G_OPTION_ARG_STRING, &a->pace, "how time passes (on a terminal realtime, else max)", "realtime|max"},
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
		{"nic", 0, 0, G_OPTION_ARG_STRING_ARRAY, &a->nic, "a network card, with options of its own; up to eight",
		 "MODEL[,KEY=VALUE...]"},
		{"escape", 0, 0, G_OPTION_ARG_STRING, &a->escape, "escape key (^]); none: no such key", "KEY"},
		{"seed", 0, 0, G_OPTION_ARG_STRING, &a->seed, "seed of all randomness (0)", "N"},
		{"epoch", 0, 0, G_OPTION_ARG_STRING, &a->epoch, "date at power-on (2024-01-01T00:00:00Z)", "DATE"},
		{NULL, 0, 0, 0, NULL, NULL, NULL},
	};
	/* clang-format on */
	const struct args_usage usage = {
		.command = "boot",
		.words = "",
		.text = "Runs one PC in this terminal. Its first serial port is on stdin and stdout. Ctrl-] then h\n"
			"lists what Ctrl-] can do.",
	};

	return args_parse(&usage, entries, argc, argv);
}

bool boot_args_parse(int argc, char **argv, struct boot_args *a)
{
	return parse(&argc, &argv, a) && check_all(a);
}

void boot_args_clear(struct boot_args *a)
{
	char *text[] = {
		a->kernel, a->initrd, a->append,     a->cdrom, a->boot,  a->bios,      a->memory, a->cpu,  a->mips,
		a->pace,   a->serial, a->screenshot, a->until, a->trace, a->test_exit, a->escape, a->seed, a->epoch,
	};

	for (unsigned n = 0; n < ARRAY_LEN(text); n++)
		g_free(text[n]);
	g_strfreev(a->floppy);
	g_strfreev(a->disk);
	g_strfreev(a->nic);
	plan_free(a->lab);
}
