/* The command line of `lanyard boot`: every value is checked before anything
 * starts. */
#ifndef LANYARD_TUI_CLI_BOOT_ARGS_H
#define LANYARD_TUI_CLI_BOOT_ARGS_H

#include <glib.h>

#include "engine/cpu/cpu.h"
#include "tui/session/boot_run.h"

struct plan;

enum { BOOT_DISKS = 3, BOOT_FLOPPIES = 2 }; /* at most */

struct boot_args {
	/* as written */
	char *kernel, *initrd, *append, *cdrom, *boot, *bios, *memory, *cpu, *mips, *pace, *serial, *screenshot, *until;
	char *trace, *test_exit, *escape, *seed, *epoch;
	char **floppy, **disk, **nic;
	gboolean screen, hash, commit, no_reboot;
	/* as understood */
	uint64_t memory_bytes, mips_n, seed_n, epoch_n, exit_port, trace_mask;
	enum cpu_model model;
	const char *order;
	struct run_options run;
	struct plan *lab; /* of one PC, with its cards */
};

/* False after a message; boot_args_clear() in any case. */
bool boot_args_parse(int argc, char **argv, struct boot_args *a);
void boot_args_clear(struct boot_args *a);

#endif
