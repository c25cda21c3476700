/* A boot plan: what has to be written to guest memory, and the processor's
 * state at the first instruction, to start a kernel. A kind of kernel makes the
 * plan from the facts that the BIOS left (memory map, BIOS data area); boot.c
 * carries it out. Making a plan touches no guest. */
#ifndef LANYARD_BOOT_BOOT_PLAN_H
#define LANYARD_BOOT_BOOT_PLAN_H

#include <glib.h>

#include "engine/base/bytes.h"

struct board;

#define BOOT_MAP_MAX 128                          /* entries: what a Linux zero page holds */
enum { BOOT_MAP_RAM = 1, BOOT_MAP_RESERVED = 2 }; /* ACPI 15.1 address range types */

/* [base, base + size) of guest-physical memory. */
struct boot_range {
	uint64_t base, size;
	uint32_t type;
};

/* What is known when the kernel is about to be entered. */
struct boot_facts {
	struct boot_range map[BOOT_MAP_MAX]; /* INT 15h E820, in the BIOS's order */
	unsigned map_count;
	uint8_t bda[256]; /* BIOS data area, 0x400..0x4ff */
	uint64_t seed;
};

/* The facts as they are before any BIOS has run, for an early check: a PC with
 * ram bytes of memory whose end SeaBIOS keeps for its tables. */
void boot_facts_guess(struct boot_facts *f, uint64_t ram);
/* KiB of RAM below 640K, and from 1 MiB up to the first hole below 4 GiB. */
uint32_t boot_facts_lower(const struct boot_facts *f);
uint32_t boot_facts_upper(const struct boot_facts *f);

/* size bytes of data, then zeros up to full bytes. */
struct boot_write {
	uint64_t addr;
	const uint8_t *data; /* borrowed: the kernel's, or one of plan.owned */
	uint64_t size, full;
};

enum boot_mode {
	BOOT_MODE_REAL,   /* BIOS services go on: IDT and control registers are kept */
	BOOT_MODE_FLAT32, /* protected mode, no paging */
	BOOT_MODE_LONG,   /* 64-bit mode, 4 GiB mapped as they are */
};

struct boot_entry {
	enum boot_mode mode;
	uint64_t rip, rax, rbx, rsi, rsp;
	uint16_t cs, ds; /* real mode only */
	uint64_t gdt;    /* other modes: address of boot_plan_gdt()'s table */
	uint64_t cr3;    /* long mode: address of boot_plan_tables()'s tables */
};

struct boot_plan {
	const struct boot_facts *facts; /* borrowed */
	GArray *taken;                  /* struct boot_range */
	GArray *writes;                 /* struct boot_write */
	GPtrArray *owned;               /* buffers made for this plan */
	struct boot_entry entry;
};

void boot_plan_init(struct boot_plan *p, const struct boot_facts *facts);
void boot_plan_free(struct boot_plan *p);

/* Takes [base, base + size): false unless all of it is RAM and free. */
bool boot_plan_take(struct boot_plan *p, uint64_t base, uint64_t size);
/* Takes the lowest (or highest) free RAM within [low, high), aligned; false if
 * there is none. align is a power of two. */
bool boot_plan_find(struct boot_plan *p, uint64_t size, uint64_t align, uint64_t low, uint64_t high, bool highest,
		    uint64_t *base);
void boot_plan_write(struct boot_plan *p, uint64_t addr, const uint8_t *data, uint64_t size, uint64_t full);
/* A zeroed buffer of the plan that will be written to addr; fill it. */
uint8_t *boot_plan_buffer(struct boot_plan *p, uint64_t addr, size_t size);

/* Flat descriptors at a free place below 1 MiB: code at 0x10, data at 0x18, as
 * Linux and Multiboot kernels expect; fills entry.gdt. */
bool boot_plan_gdt(struct boot_plan *p, bool code64);
/* Page tables for the first 4 GiB in 2 MiB pages; fills entry.cr3. */
bool boot_plan_tables(struct boot_plan *p);

/* Writes everything to guest memory. Pages that are zeros and shall be zeros
 * stay untouched, so that they cost nothing. */
void boot_plan_place(const struct boot_plan *p, struct board *b);
/* Sets the processor to the entry point; for the board's loop only (between
 * instructions). */
void boot_plan_enter(const struct boot_plan *p, struct board *b);

#endif
