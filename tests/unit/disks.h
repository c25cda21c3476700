/* A PC with a hard disk, a CD-ROM and a floppy, and files for them. */
#ifndef LANYARD_TESTS_UNIT_DISKS_H
#define LANYARD_TESTS_UNIT_DISKS_H

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "engine/base/bytes.h"
#include "engine/pc/disk.h"
#include "engine/pc/pc.h"

#define BM_BASE 0xc000 /* BAR 4 */
#define DISK_SECTORS 2000u
#define CD_SECTORS 300u
#define PATH_SIZE 32

/* ---- files: every sector starts with its number ---- */

struct fixture {
	struct board *b;
	char path[3][PATH_SIZE]; /* hard disk, CD-ROM, floppy */
};

void make_file(char *path, size_t sectors, size_t size);
int setup(void **state);
int teardown(void **state);
struct board *board(void **state);

/* ---- the machine ---- */

uint8_t in8(struct board *b, uint16_t port);
uint16_t in16(struct board *b, uint16_t port);
void out8(struct board *b, uint16_t port, uint8_t v);

/* Lets virtual time pass while the CPU is halted. */
void pass(struct board *b, uint64_t ns);

/* ---- IDE ---- */

void command(struct board *b, uint16_t base, uint8_t device, uint32_t lba, uint8_t count, uint8_t opcode);
void read_words(struct board *b, uint16_t base, uint8_t *out, unsigned bytes);
void enable_bus_master(struct board *b);
void put_prd(struct board *b, unsigned n, uint32_t addr, uint32_t count, bool last);
uint32_t ram32(struct board *b, uint32_t addr);

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
