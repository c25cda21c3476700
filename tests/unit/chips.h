/* A board whose chips are driven through ports and memory as a guest sees them.
 * The CPU is halted, so board_run() only passes time. */
#ifndef LANYARD_TESTS_UNIT_CHIPS_H
#define LANYARD_TESTS_UNIT_CHIPS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/pc/chips.h"
#include "engine/pc/intr_line.h"
#include "engine/pc/pc.h"

#define MS 1000000ull
#define US 1000ull
#define SEC 1000000000ull
#define LAPIC 0xfee00000ull
#define IOAPIC 0xfec00000ull

uint8_t in(struct board *b, uint16_t port);
void out(struct board *b, uint16_t port, uint8_t v);
uint32_t rd(struct board *b, uint64_t addr);
void wr(struct board *b, uint64_t addr, uint32_t v);
bool intr(struct board *b);
void pass(struct board *b, uint64_t ns);
void pic_init(struct board *b);

/* A PC whose 8259s are set up as a BIOS does, only the given IRQs open. */
struct board *with_pic(uint16_t open);
void done(struct board *b);

#endif
