/* Starting a PC: firmware, and the files named on the command line.
 *
 * The firmware (SeaBIOS) always runs first and builds its tables. For a kernel
 * it then finds our option ROM (optrom.h) first in its boot order. The ROM
 * collects the BIOS memory map and asks the host through a port
 * (engine/pc/boot_port.h), which then places the kernel that boot_prepare() has
 * read and unpacked in the guest's memory, and sets the processor to the kernel's
 * entry. After a reset the same happens again. */
#ifndef LANYARD_BOOT_BOOT_H
#define LANYARD_BOOT_BOOT_H

#include <glib.h>

#include "engine/base/types.h"

struct board;

#define BOOT_DEFAULT_BIOS "/usr/share/seabios/bios-256k.bin"
#define BOOT_DEFAULT_VGABIOS "/usr/share/seabios/vgabios-stdvga.bin"

/* What to start; NULL or 0 means the default everywhere. */
struct boot_config {
	const char *bios;    /* file of the firmware */
	const char *vgabios; /* file of the VGA BIOS; "none": a PC without one */
	/* A Linux bzImage or vmlinux, another image of the bzImage protocol, or
	 * a Multiboot kernel; any of them may be gzip-compressed. */
	const char *kernel;
	const char *initrd; /* Linux: a file; Multiboot: "FILE ARGS,FILE2 ..." (",," is a comma) */
	const char *append; /* the kernel's command line */
	/* The BIOS's boot order: up to three of 'a' floppy, 'c' disk, 'd' cdrom,
	 * 'n' network; empty: "acd". A kernel always comes first. */
	char boot_order[4];
	uint64_t seed;
	/* The PC will be given a value that has booted: kernel and initrd are read only
	 * when a reset needs them, and must then have these digests (boot_file_digest()).
	 * NULL: they are read now. */
	const char *kernel_digest, *initrd_digest;
};

/* What a file holds, as text (XXH3-128; not cryptographic); free it. NULL with error. */
char *boot_file_digest(const char *path, GError **error);

/* The orders that people can ask for, by what is tried first; ends with NULL. */
extern const char *const boot_first_names[];
/* Of boot_first_names[n], for boot_config. */
const char *boot_first_order(unsigned n);

/* Reads and checks every file, and prepares firmware, CMOS and fw_cfg. Call it
 * once, after board_new() and after drives were attached (the CMOS names them),
 * before the first board_run(). On error nothing of it needs undoing but
 * board_free(). */
bool boot_prepare(struct board *b, const struct boot_config *cfg, GError **error);
enum boot_error { BOOT_ERROR_FILE, BOOT_ERROR_KERNEL, BOOT_ERROR_MEMORY, BOOT_ERROR_CONFIG };
#define BOOT_ERROR boot_error_quark()
GQuark boot_error_quark(void);

#endif
