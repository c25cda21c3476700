/* Debug registers (SDM 3B 18.2): which accesses hit a breakpoint. */
#ifndef LANYARD_CPU_DEBUG_H
#define LANYARD_CPU_DEBUG_H

#include "engine/cpu/core.h"

enum {
	DR6_B = 0xf,
	DR6_BD = 1 << 13,
	DR6_BS = 1 << 14,
	DR6_BT = 1 << 15,
	DR7_ENABLE = 0xff,
	DR7_LOCAL = 0x155,
	DR7_GD = 1 << 13,
};
enum { DEBUGCTL_LBR = 1 << 0, DEBUGCTL_BTF = 1 << 1 };
#define DR6_FIXED 0xffff0ff0u /* bits that read as one */
#define DR6_WRITABLE 0xe00fu
#define DR7_FIXED 0x400u
#define DR7_WRITABLE 0xffff23ffu

/* Any breakpoint is enabled: run instructions with care. */
static inline bool debug_active(const struct cpu *c)
{
	return c->dr[7] & DR7_ENABLE;
}

/* A debug trap is due, which DR6 will tell by these bits. It waits for the end of
 * MOV SS's shadow; an exception of the next instruction's own drops it. */
void debug_due(struct cpu *c, uint32_t bits);
static inline void debug_drop(struct cpu *c)
{
	c->attn &= ~(uint32_t)ATTN_TRAP;
	c->dr6_due = 0;
}
/* #DB is raised for these reasons: B0 to B3 become what matched now, the other bits
 * stay until the program clears them (SDM 3B 18.2.3). */
static inline void debug_tell(struct cpu *c, uint32_t bits)
{
	c->dr[6] = (c->dr[6] & ~(uint64_t)DR6_B) | bits;
}

/* An instruction breakpoint at lin, RF permitting; then DR6 is set and the
 * caller raises #DB before the instruction. */
bool debug_exec_hit(struct core *k, uint64_t lin);
/* After a data access: a trap is due if a breakpoint covers it. */
void debug_data_hit(struct core *k, uint64_t lin, unsigned size, bool write);
/* After an instruction, or between iterations: a single-step trap. */
void debug_step(struct cpu *c);
/* After a port access: the same, if CR4.DE is set. */
void debug_io_hit(struct core *k, uint16_t port, unsigned size);

#endif
