/* The x87 floating-point unit (SDM 1 chapter 8): its words, and what the rest
 * of the PC needs of it. Its state is struct cpu_x87 in cpu.h, its opcode map
 * decode/x87_map.c. MMX registers are the same registers. */
#ifndef LANYARD_CPU_X87_H
#define LANYARD_CPU_X87_H

#include "engine/cpu/cpu.h"

/* Status word (SDM 1 8.1.3). The low six bits have the same places in the
 * control word, where they are masks (1 = handled by the processor). */
enum {
	FSW_IE = 1 << 0,
	FSW_DE = 1 << 1,
	FSW_ZE = 1 << 2,
	FSW_OE = 1 << 3,
	FSW_UE = 1 << 4,
	FSW_PE = 1 << 5,
	FSW_SF = 1 << 6,
	FSW_ES = 1 << 7,
	FSW_C0 = 1 << 8,
	FSW_C1 = 1 << 9,
	FSW_C2 = 1 << 10,
	FSW_TOP = 7 << 11,
	FSW_C3 = 1 << 14,
	FSW_B = 1 << 15,
	FSW_EXCEPTIONS = 0x3f,
};
#define FSW_TOP_SHIFT 11

/* Control word (SDM 1 8.1.5). */
enum {
	FCW_MASKS = 0x3f,
	FCW_1 = 1 << 6,
	FCW_PC = 3 << 8,
	FCW_RC = 3 << 10,
	FCW_X = 1 << 12,
	FCW_RC_NEAR = 0 << 10,
	FCW_RC_DOWN = 1 << 10,
	FCW_RC_UP = 2 << 10,
	FCW_RC_ZERO = 3 << 10,
	FCW_INIT = 0x37f, /* after FNINIT */
};

/* Power-on state (SDM 3A table 9-1): all registers hold +0, FCW is 40h. */
void x87_reset(struct cpu_x87 *x);
/* What FNINIT does; the registers keep their contents but become empty. */
void x87_init(struct cpu_x87 *x);

#endif
