/* Starting a PC: firmware, and the files named on the command line.
 *
 * The firmware (SeaBIOS) always runs first and builds its tables. For a kernel
 * it then finds our option ROM (optrom.h) first in its boot order. The ROM
 * collects the BIOS memory map and writes to the private port BOOT_PORT; the
 * host then places the kernel, which boot_prepare() has read and unpacked, in
 * the guest's memory and sets the processor to the kernel's entry. After a
 * reset the same happens again.
 *
 * BOOT_PORT answers only between RESET# and the entry of the kernel, and only
 * in a PC that has a kernel:
 *   write BOOT_CMD_PLAN    the memory map is in the buffer: does all fit?
 *   read                   BOOT_STATUS_* bits
 *   write BOOT_CMD_ENTER   before the next instruction, enter the kernel */
#ifndef LANYARD_PC_BOOT_H
#define LANYARD_PC_BOOT_H

#include <glib.h>

#include "engine/base/types.h"

struct board;
struct boot_images; /* files in host memory, kept by the board */

#define BOOT_PORT 0x0cf0 /* no PC chip decodes it */
enum { BOOT_CMD_PLAN = 0x4c31, BOOT_CMD_ENTER = 0x4c32 };
enum {
	BOOT_STATUS_READY = 0x01,    /* planned: BOOT_CMD_ENTER will work */
	BOOT_STATUS_MASK_PIC = 0x02, /* the kernel does without the BIOS: mask the 8259s first */
	BOOT_STATUS_FAIL = 0x80,     /* no room in memory */
};

/* The part of the PC's value. */
struct boot {
	uint64_t seed;  /* of the kernel's random pool */
	uint8_t armed;  /* 1: BOOT_PORT answers */
	uint8_t status; /* BOOT_STATUS_* */
	uint8_t enter;  /* 1: TIMER_EXIT enters the kernel */
	uint8_t pad[5];
};
_Static_assert(sizeof(struct boot) == 16, "no implicit padding");

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
/* Frees b->images; for board_free(). */
void boot_free(struct board *b);
/* dst boots what src boots, also after a reset; the files are shared. */
void boot_clone(struct board *dst, const struct board *src);

void boot_attach(struct board *b);
void boot_reset(struct board *b);
/* TIMER_EXIT: enters the kernel. */
void boot_timer(struct board *b);
const char *boot_validate(const struct board *b);

enum boot_error { BOOT_ERROR_FILE, BOOT_ERROR_KERNEL, BOOT_ERROR_MEMORY, BOOT_ERROR_CONFIG };
#define BOOT_ERROR boot_error_quark()
GQuark boot_error_quark(void);

#endif
