/* Pushes and pops on the current stack, for instruction handlers. The width of
 * the stack pointer is core.sp_mask (SS.B, or 64 bits in 64-bit mode). The
 * pointer is written last, so a fault leaves it unchanged. */
#ifndef LANYARD_CPU_INTERP_STACK_H
#define LANYARD_CPU_INTERP_STACK_H

#include "engine/cpu/access.h"

static inline void set_sp(struct core *k, uint64_t sp)
{
	stack_set_sp(k->cpu, k->sp_mask, sp);
}

/* The checked linear address of size bytes at stack offset sp. */
static inline uint64_t stack_lin(struct core *k, const struct insn *i, uint64_t sp, unsigned size, bool write)
{
	return lin_seg(k, i, core_code64(k) ? SF_STACK : SEG_SS, sp & k->sp_mask, size, write);
}

static inline void stack_push(struct core *k, const struct insn *i, unsigned size, uint64_t v)
{
	uint64_t sp = k->cpu->reg[RSP] - size;
	uint64_t lin = stack_lin(k, i, sp, size, true);

	if (size == 8)
		st64(k, i, lin, v);
	else if (size == 4)
		st32(k, i, lin, (uint32_t)v);
	else
		st16(k, i, lin, (uint16_t)v);
	set_sp(k, sp);
}

/* The value on top; the caller moves the pointer when nothing can fault any
 * more (stack_drop). */
static inline uint64_t stack_top(struct core *k, const struct insn *i, unsigned size)
{
	uint64_t lin = stack_lin(k, i, k->cpu->reg[RSP], size, false);

	if (size == 8)
		return ld64(k, i, lin);
	return size == 4 ? ld32(k, i, lin) : ld16(k, i, lin);
}

static inline void stack_drop(struct core *k, unsigned size)
{
	set_sp(k, k->cpu->reg[RSP] + size);
}

static inline uint64_t stack_pop(struct core *k, const struct insn *i, unsigned size)
{
	uint64_t v = stack_top(k, i, size);

	stack_drop(k, size);
	return v;
}

#endif
