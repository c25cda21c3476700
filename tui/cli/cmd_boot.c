/* lanyard boot: one PC in this terminal, from a kernel, a floppy, a disk or a
 * CD-ROM: a lab of one (boot_lab.c). The command line is boot_args.c, the terminal
 * boot_run.c. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/lab/lab.h"
#include "engine/pc/debug_port.h"
#include "engine/pc/disk.h"
#include "engine/pc/pc.h"
#include "engine/pc/pc_state.h"
#include "tui/cli/args.h"
#include "tui/cli/boot_args.h"
#include "tui/cli/command.h"
#include "tui/session/boot_run.h"
#include "tui/session/screenshot.h"
#include "tui/term/printable.h"

enum { CDROM_DRIVE = 2 };
/* Drives of the IDE channels: primary master and slave, secondary slave; the
 * CD-ROM is secondary master. */
static const uint8_t disk_drive[BOOT_DISKS] = {0, 1, 3};

typedef void insert_fn(struct board *b, unsigned drive, struct disk_image *image);

static bool add_drive(struct board *b, insert_fn *insert, unsigned drive, const char *option, const char *path,
		      enum disk_kind kind, GError **error)
{
	struct disk_image *image = disk_open(path, kind, false, error);

	if (!image) {
		g_prefix_error(error, "%s: ", option);
		return false;
	}
	insert(b, drive, image);
	return true;
}

static bool add_drives(struct board *b, const struct boot_args *a, GError **error)
{
	for (unsigned n = 0; n < BOOT_DISKS && a->disk && a->disk[n]; n++)
		if (!add_drive(b, ide_insert, disk_drive[n], "--disk", a->disk[n], DISK_HARD, error))
			return false;
	for (unsigned n = 0; a->floppy && a->floppy[n]; n++)
		if (!add_drive(b, fdc_insert, n, "--floppy", a->floppy[n], DISK_FLOPPY, error))
			return false;
	return !a->cdrom || add_drive(b, ide_insert, CDROM_DRIVE, "--cdrom", a->cdrom, DISK_CDROM, error);
}

/* What a lab file does not say of a PC. */
static bool outfit(void *opaque, struct board *b, GError **error)
{
	const struct boot_args *a = opaque;

	b->pc->epoch = a->epoch_n;
	b->trace_mask = (uint32_t)a->trace_mask;
	b->core->trace_cpu = a->trace_mask >> TRACE_BIT_CPU & 1;
	b->core->trace_int = a->trace_mask >> TRACE_BIT_INT & 1;
	debug_port_set_exit(b, (uint16_t)a->exit_port);
	return add_drives(b, a, error);
}

typedef bool each_fn(struct disk_image *image, GError **error);

/* Does it for every image that a guest can write to, as far as it works. */
static bool each_image(struct board *b, const char *option, each_fn *each)
{
	struct disk_image *all[ARRAY_LEN(b->ide_drive) + ARRAY_LEN(b->floppy)];
	bool ok = true;

	memcpy(all, b->ide_drive, sizeof(b->ide_drive));
	memcpy(all + ARRAY_LEN(b->ide_drive), b->floppy, sizeof(b->floppy));
	for (unsigned n = 0; n < ARRAY_LEN(all); n++) {
		GError *error = NULL;

		if (all[n] && !disk_read_only(all[n]) && !each(all[n], &error))
			ok = args_error("boot", option, error);
	}
	return ok;
}

/* An unclean end is the middle of something: a file system is better off as it was. */
static bool left_alone(struct disk_image *image, GError **error)
{
	if (!disk_changed(image))
		return true;
	g_set_error(error, DISK_ERROR, DISK_ERROR_COMMIT, "%s: not written, for the run did not end cleanly",
		    disk_path(image));
	return false;
}

static void print_hash(struct board *b, bool mid_line)
{
	uint8_t hash[PC_HASH_BYTES];

	board_hash(b, hash);
	printf("%shash ", mid_line ? "\n" : "");
	for (unsigned n = 0; n < sizeof(hash); n++)
		printf("%02x", hash[n]);
	printf("\n");
}

/* What was asked for after the run; the status it leaves. */
static int finish(struct board *b, const struct boot_args *a, struct run_result result)
{
	GError *error = NULL;
	bool ok = true;

	if (a->screenshot && !screenshot_write(b, a->screenshot, &error))
		ok = args_error("boot", "--screenshot", error);
	if (a->hash && (result.clean || result.status != STATUS_HOST))
		print_hash(b, result.mid_line);
	if (a->commit)
		ok = each_image(b, "--commit", result.clean ? disk_commit : left_alone) && ok;
	return ok || result.status ? result.status : STATUS_HOST;
}

static void serial_failed(const char *path)
{
	g_autofree char *text = g_strdup_printf("%s: %s", path, g_strerror(errno));

	args_complain("boot", "--serial", text);
}

/* Where the serial line goes; false after a message. */
static bool open_serial(struct boot_args *a)
{
	bool file = a->serial && strcmp(a->serial, "-");

	a->run.serial = file ? a->serial : "stdout";
	a->run.serial_fd = a->screen && !a->serial ? -1 : STDOUT_FILENO;
	if (!file)
		return true;
	a->run.serial_fd = open(a->serial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
	if (a->run.serial_fd < 0)
		serial_failed(a->serial);
	return a->run.serial_fd >= 0;
}

static int close_serial(const struct boot_args *a, int status)
{
	if (!a->serial || !strcmp(a->serial, "-") || !close(a->run.serial_fd))
		return status;
	serial_failed(a->serial);
	return status ? status : STATUS_HOST;
}

static int run(struct lab *l, struct boot_run *r, struct boot_args *a)
{
	struct board *b = lab_pc_board(lab_pc_at(l, 0));

	if (a->commit && !each_image(b, "--commit", disk_claim))
		return STATUS_USAGE;
	if (!open_serial(a))
		return STATUS_USAGE;
	return close_serial(a, finish(b, a, boot_run(r, l)));
}

static int build_and_run(struct boot_run *r, struct boot_args *a)
{
	struct lab_options options = {.seed = a->seed_n, .boot_seed = a->seed_n, .outfit = outfit, .opaque = a};
	struct lab_listener listener = {.opaque = NULL};
	g_autoptr(GError) error = NULL;
	struct lab *l;
	int status;

	boot_run_hear(r, &options, &listener);
	l = lab_build(a->lab, &options, &listener, &error);
	if (!l) {
		g_autofree char *shown = printable_line(error->message);

		fprintf(stderr, "lanyard boot: %s\n", shown);
		return STATUS_USAGE;
	}
	status = run(l, r, a);
	lab_free(l);
	return status;
}

int cmd_boot(int argc, char **argv)
{
	struct boot_args a = {.kernel = NULL};
	int status = STATUS_USAGE;

	if (boot_args_parse(argc, argv, &a)) {
		struct boot_run *r = boot_run_new(&a.run);

		status = build_and_run(r, &a);
		boot_run_free(r);
	}
	boot_args_clear(&a);
	return status;
}
