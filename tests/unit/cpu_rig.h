/* A processor with memory, tables and a bus that notes what it is asked, brought
 * into the mode that a test wants and run for a few instructions. */
#ifndef LANYARD_TESTS_UNIT_CPU_RIG_H
#define LANYARD_TESTS_UNIT_CPU_RIG_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/bytes.h"
#include "engine/cpu/access.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/interp/bind.h"
#include "engine/cpu/seg.h"

enum { GDT = 0x1000, IDT = 0x2000, TSS = 0x3000, TSS_B = 0x3800 };
enum { PML4 = 0x4000, PDPT = 0x5000, PD = 0x6000, HIGH_PDPT = 0x7000 };
enum { CODE = 0x10000, HANDLER = 0x11000, STACK0 = 0x20000, STACK3 = 0x28000, IST1 = 0x30008 };
/* Selectors. */
enum { K_CS = 0x08, K_DS = 0x10, U_CS = 0x1b, U_DS = 0x23, U_CS64 = 0x4b };
enum { TSS_SEL = 0x28, TSS_B_SEL = 0x38, GATE_SEL = 0x40 };

struct rig {
	struct cpu *c;
	struct mem mem;
	struct core *k;
	uint16_t port;
	uint32_t value;
	unsigned outs;
};

int setup(void **state);
int teardown(void **state);
void put(struct rig *r, uint64_t at, const void *data, size_t size);
void put64(struct rig *r, uint64_t at, uint64_t v);
uint64_t get(struct rig *r, uint64_t at, unsigned size);
void code(struct rig *r, const char *bytes, size_t size);
#define CODE_BYTES(r, s) code(r, s, sizeof(s) - 1)

void step(struct rig *r, unsigned counts);
uint64_t descriptor(uint32_t base, uint32_t limit, unsigned attr);
uint64_t gate(uint16_t sel, uint32_t offset, unsigned attr);
void load_seg(struct rig *r, unsigned seg, uint16_t sel);
void tables(struct rig *r);

/* Flat 32-bit protected mode without paging, at level cpl. */
void protected_mode(struct rig *r, unsigned cpl);

/* 64-bit mode, the first 2 MiB mapped for the user, at level cpl. */
void long_mode(struct rig *r, unsigned cpl);

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
