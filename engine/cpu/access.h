/* Memory operands: effective address, segment check, then a load or store
 * whose common case is inline and whose rest is in access.c.
 *
 * A load or store may not return: it faults (precise: nothing of the
 * instruction may have been committed to registers or memory before), or it
 * asks the run loop to run the instruction alone (stores into code, devices).
 * So an instruction does its checks and reads first and commits last. */
#ifndef LANYARD_CPU_ACCESS_H
#define LANYARD_CPU_ACCESS_H

#include <string.h>

#include "engine/cpu/core.h"

/* General registers by byte offset (insn.h). */
static inline uint8_t *reg_ptr(struct cpu *c, unsigned off)
{
	return (uint8_t *)c->reg + off;
}
static inline uint8_t r8(struct cpu *c, unsigned off)
{
	return *reg_ptr(c, off);
}
static inline uint16_t r16(struct cpu *c, unsigned off)
{
	uint16_t v;
	memcpy(&v, reg_ptr(c, off), 2);
	return v;
}
static inline uint32_t r32(struct cpu *c, unsigned off)
{
	uint32_t v;
	memcpy(&v, reg_ptr(c, off), 4);
	return v;
}
static inline uint64_t r64(struct cpu *c, unsigned off)
{
	uint64_t v;
	memcpy(&v, reg_ptr(c, off), 8);
	return v;
}
static inline void w8(struct cpu *c, unsigned off, uint8_t v)
{
	*reg_ptr(c, off) = v;
}
static inline void w16(struct cpu *c, unsigned off, uint16_t v)
{
	memcpy(reg_ptr(c, off), &v, 2);
}
/* A 32-bit result clears the upper half. */
static inline void w32(struct cpu *c, unsigned off, uint32_t v)
{
	uint64_t w = v;
	memcpy(reg_ptr(c, off), &w, 8);
}
static inline void w64(struct cpu *c, unsigned off, uint64_t v)
{
	memcpy(reg_ptr(c, off), &v, 8);
}

/* The stack pointer once it is moved to sp: only SP changes on a 16-bit stack, ESP
 * writes clear the upper half. */
static inline uint64_t stack_moved_sp(const struct cpu *c, uint64_t mask, uint64_t sp)
{
	return mask == 0xffff ? (c->reg[RSP] & ~mask) | (sp & mask) : sp & mask;
}

static inline void stack_set_sp(struct cpu *c, uint64_t mask, uint64_t sp)
{
	if (mask == 0xffff)
		w16(c, 8 * RSP, (uint16_t)sp);
	else
		c->reg[RSP] = sp & mask;
}

static inline uint64_t size_mask(unsigned code) /* 1 = 16, 2 = 32, 3 = 64 bits */
{
	return code == 3 ? ~0ull : code == 2 ? 0xffffffffull : 0xffffull;
}

/* Offset within the segment, cut to the address size. */
static inline uint64_t insn_ea(struct cpu *c, const struct insn *i)
{
	return (r64(c, i->base) + (r64(c, i->index) << i->scale) + (uint64_t)(int64_t)i->disp) & size_mask(INSN_ASZ(i));
}

/* Raises #GP or #SS (by i->seg) for an access outside its segment. */
_Noreturn void seg_fault(struct core *k, const struct insn *i, unsigned seg);

static inline uint64_t lin_seg(struct core *k, const struct insn *i, unsigned seg, uint64_t ea, unsigned size,
			       bool write)
{
	const struct seg_fast *s = &k->sf[seg];
	uint64_t lo = write ? s->wlo : s->rlo, hi = write ? s->whi : s->rhi;

	if (UNLIKELY(ea < lo || ea + size - 1 > hi))
		seg_fault(k, i, seg);
	return (s->base + ea) & k->lin_mask;
}

/* The linear address of i's memory operand, checked for size bytes. */
static inline uint64_t lin_read(struct core *k, const struct insn *i, unsigned size)
{
	return lin_seg(k, i, i->seg, insn_ea(k->cpu, i), size, false);
}

static inline uint64_t lin_write(struct core *k, const struct insn *i, unsigned size)
{
	return lin_seg(k, i, i->seg, insn_ea(k->cpu, i), size, true);
}

/* The rest of a load or store of 1, 2, 4 or 8 bytes (access.c). */
uint64_t slow_load(struct core *k, const struct insn *i, uint64_t lin, unsigned size);
void slow_store(struct core *k, const struct insn *i, uint64_t lin, uint64_t v, unsigned size);
/* For read-modify-write: the bytes if they are plain memory in one page,
 * private and without code; else NULL after having checked that all of them
 * can be written (use slow_load and slow_store then, which cannot fault). */
uint8_t *slow_rmw(struct core *k, const struct insn *i, uint64_t lin, unsigned size);

static inline struct fast_tlb *tlb_at(struct core *k, uint64_t lin)
{
	return &k->tlb[lin >> PAGE_SHIFT & (CPU_DTLB - 1)];
}

static inline const uint8_t *fast_read(struct core *k, uint64_t lin, unsigned size)
{
	struct fast_tlb *e = tlb_at(k, lin);

	return LIKELY(((lin + (size - 1)) & ~PAGE_MASK) == e->rtag) ? (const uint8_t *)(e->add + lin) : NULL;
}

static inline uint8_t *fast_write(struct core *k, uint64_t lin, unsigned size)
{
	struct fast_tlb *e = tlb_at(k, lin);

	return LIKELY(((lin + (size - 1)) & ~PAGE_MASK) == e->wtag) ? (uint8_t *)(e->add + lin) : NULL;
}

#define DEFINE_ACCESS(bits) \
	static inline uint##bits##_t ld##bits(struct core *k, const struct insn *i, uint64_t lin) \
	{ \
		const uint8_t *p = fast_read(k, lin, bits / 8); \
		uint##bits##_t v; \
		if (UNLIKELY(!p)) \
			return (uint##bits##_t)slow_load(k, i, lin, bits / 8); \
		memcpy(&v, p, sizeof(v)); \
		return v; \
	} \
	static inline void st##bits(struct core *k, const struct insn *i, uint64_t lin, uint##bits##_t v) \
	{ \
		uint8_t *p = fast_write(k, lin, bits / 8); \
		if (UNLIKELY(!p)) \
			slow_store(k, i, lin, v, bits / 8); \
		else \
			memcpy(p, &v, sizeof(v)); \
	} \
	static inline uint8_t *rmw##bits(struct core *k, const struct insn *i, uint64_t lin) \
	{ \
		uint8_t *p = fast_write(k, lin, bits / 8); \
		return LIKELY(p) ? p : slow_rmw(k, i, lin, bits / 8); \
	}
DEFINE_ACCESS(8)
DEFINE_ACCESS(16)
DEFINE_ACCESS(32)
DEFINE_ACCESS(64)
#undef DEFINE_ACCESS

/* The 16-bit operand, register or memory, of MOV Sreg, LLDT, LMSW, LAR. */
static inline uint16_t operand16(struct core *k, const struct insn *i)
{
	return i->flags & IN_MEM ? ld16(k, i, lin_read(k, i, 2)) : r16(k->cpu, i->rm);
}

/* A selector to register or memory, as MOV, SLDT and STR write it: 16 bits of
 * memory, but a register by operand size. */
static inline void put_selector(struct core *k, const struct insn *i, uint16_t sel)
{
	if (i->flags & IN_MEM)
		st16(k, i, lin_write(k, i, 2), sel);
	else if (INSN_OSZ(i) == 1)
		w16(k->cpu, i->rm, sel);
	else
		w64(k->cpu, i->rm, sel);
}

/* Any size up to 512 bytes; all of it is checked before any byte is written.
 * Devices are accessed in pieces of 8 bytes. For SSE, x87, FXSAVE. */
void ld_bytes(struct core *k, const struct insn *i, uint64_t lin, void *buf, unsigned size);
void st_bytes(struct core *k, const struct insn *i, uint64_t lin, const void *buf, unsigned size);
/* Faults unless [lin, lin + size) can be written; writes nothing. */
void probe_write(struct core *k, const struct insn *i, uint64_t lin, unsigned size);
void probe_read(struct core *k, const struct insn *i, uint64_t lin, unsigned size);

/* Implicit supervisor accesses whatever the CPL: descriptor tables, TSS, and
 * stacks of an inner level during delivery. No segment check, i is NULL: the
 * caller has synced. size 1, 2, 4, 8. */
uint64_t sys_load(struct core *k, uint64_t lin, unsigned size);
void sys_store(struct core *k, uint64_t lin, uint64_t v, unsigned size);
/* As the given privilege (true = user): stacks of an outer or equal level. */
uint64_t priv_load(struct core *k, uint64_t lin, unsigned size, bool user);
void priv_store(struct core *k, uint64_t lin, uint64_t v, unsigned size, bool user);
void priv_probe_write(struct core *k, uint64_t lin, unsigned size, bool user);

#endif
