/* Kernels that a PC can be started with: a file is recognized by the first of
 * the kinds in kernel.c that knows it, and its kind later makes a plan of how
 * to start it (boot_plan.h). All of it is host-side and depends on the files
 * alone. */
#ifndef LANYARD_BOOT_KERNEL_H
#define LANYARD_BOOT_KERNEL_H

#include "engine/boot/boot_plan.h"
#include "engine/boot/kernel_elf.h"

#define KERNEL_MAX_INITRD (3ull << 30) /* bytes: no PC has more RAM */

struct kernel;

enum kernel_probe { PROBE_OTHER, PROBE_MINE, PROBE_ERROR };

struct kernel_kind {
	const char *name;
	/* The BIOS goes on working under the kernel (real-mode entry). */
	bool bios_stays;
	/* Is k->file one of mine? Fills the rest of k then, or sets *error. */
	enum kernel_probe (*probe)(struct kernel *k, GError **error);
	/* Reads what --initrd says. */
	bool (*load_initrd)(struct kernel *k, const char *argument, GError **error);
	/* Fills an empty plan, or says what does not fit. */
	bool (*plan)(const struct kernel *k, struct boot_plan *p, GError **error);
};

/* The setup header of the bzImage protocol, as far as it is used. */
struct kernel_setup {
	uint16_t version;    /* 0x0200 and up */
	uint32_t setup_size; /* bytes of boot sector and real-mode code */
	uint32_t header_end; /* file offset after the header; it begins at 0x1f1 */
	uint8_t loadflags;
	uint64_t initrd_max;   /* last address an initrd may use */
	uint32_t cmdline_size; /* longest command line, without its NUL */
	uint64_t pref_address;
	uint32_t init_size;
};

/* The Multiboot header. */
struct kernel_multiboot {
	uint32_t flags;
	uint64_t load, data_size, memory; /* a.out kludge: from `data` to load */
	const uint8_t *data;
	uint64_t entry;
};

struct kernel_module {
	GBytes *data;
	char *string; /* its name and arguments */
};

struct kernel {
	const struct kernel_kind *kind;
	char *name; /* file name without directories */
	char *append;
	bool cpu64;         /* the PC's processor knows 64-bit mode */
	const char *packed; /* how the whole file was compressed, or NULL */
	GBytes *file;       /* unpacked */
	GBytes *vmlinux;    /* unpacked payload of a bzImage, or NULL */
	GBytes *initrd;     /* or NULL */
	GArray *modules;    /* struct kernel_module */
	struct kernel_elf elf;
	struct kernel_setup setup;
	struct kernel_multiboot multiboot;
};

/* Reads kernel and initrd. initrd and append may be NULL. NULL and *error. */
struct kernel *kernel_open(const char *path, const char *initrd, const char *append, bool cpu64, GError **error);
void kernel_free(struct kernel *k);
/* Makes p (uninitialised; boot_plan_free() it in any case) from the facts. */
bool kernel_plan(const struct kernel *k, const struct boot_facts *facts, struct boot_plan *p, GError **error);

/* A regular file of at most max bytes; *error names path and the reason. */
GBytes *kernel_read_file(const char *path, uint64_t max, GError **error);
struct bytes kernel_bytes(GBytes *bytes);

#endif
