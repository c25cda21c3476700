/* ELF executables as kernels: what has to be loaded where (System V ABI,
 * chapters 4 and 5). Every number of the file is checked. */
#ifndef LANYARD_BOOT_KERNEL_ELF_H
#define LANYARD_BOOT_KERNEL_ELF_H

#include <glib.h>

#include "engine/base/bytes.h"

struct boot_plan;

#define KERNEL_ELF_SEGMENTS 32

struct kernel_segment {
	uint64_t phys, virt;   /* p_paddr, p_vaddr */
	const uint8_t *data;   /* in the file */
	uint64_t size, memory; /* p_filesz, p_memsz */
};

struct kernel_elf {
	bool is64;          /* ELFCLASS64, x86-64; else i386 */
	uint64_t entry;     /* e_entry */
	uint64_t low, high; /* physical addresses of all segments: [low, high) */
	struct kernel_segment segment[KERNEL_ELF_SEGMENTS];
	unsigned segments;
};

bool kernel_elf_magic(struct bytes file);
/* Reads the headers of an executable for i386 or x86-64, all of it below
 * 4 GiB; file must outlive e. False and *error. */
bool kernel_elf_parse(struct kernel_elf *e, struct bytes file, GError **error);
/* The physical address of the entry point: e_entry is physical already (Linux),
 * or virtual if by_virtual finds it in a segment's virtual range (Multiboot
 * kernels in the upper half). False: it lies in no segment. */
bool kernel_elf_entry(const struct kernel_elf *e, bool by_virtual, uint64_t *entry);
/* Adds the segments to the plan's writes. */
void kernel_elf_write(const struct kernel_elf *e, struct boot_plan *p);

#endif
