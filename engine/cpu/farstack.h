/* The stack side of far transfers: pushes to a stack that is not yet the
 * current one (inner levels), and pops that are only committed when the whole
 * transfer is known to succeed. Nothing here changes a register. */
#ifndef LANYARD_CPU_FARSTACK_H
#define LANYARD_CPU_FARSTACK_H

#include "engine/cpu/seg.h"

struct far_stack {
	struct core *k;
	uint64_t base;
	uint64_t sp, sp_mask;
	uint32_t limit;
	uint32_t error; /* error code of a #SS */
	uint16_t attr;
	bool flat; /* 64-bit mode: base 0, no limit, canonical addresses */
	bool user; /* accesses as CPL 3 */
};

/* The stack in use now. error: the EXT bit, or 0. */
void fstack_current(struct far_stack *s, struct core *k, uint32_t error);
/* Segment ss at sp, accessed as level cpl. */
void fstack_segment(struct far_stack *s, struct core *k, const struct cpu_seg *ss, uint64_t sp, unsigned cpl,
		    uint32_t error);
/* A 64-bit stack. */
void fstack_flat(struct far_stack *s, struct core *k, uint64_t rsp, unsigned cpl, uint32_t error);

/* #SS(error) if size bytes below the pointer are not all in the segment, in
 * pushes of unit bytes: for what is checked after that but before the pushes. */
void fstack_reserve(const struct far_stack *s, unsigned size, unsigned unit);
/* size is 2, 4 or 8 bytes; #SS(error) outside the segment. */
void fstack_push(struct far_stack *s, unsigned size, uint64_t v);
uint64_t fstack_pop(struct far_stack *s, unsigned size);
/* The value offset bytes above the pointer. */
uint64_t fstack_peek(const struct far_stack *s, uint64_t offset, unsigned size);

#endif
