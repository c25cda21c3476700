/* Segment descriptors and segment registers: fetch, check, load (SDM 3A
 * chapters 3 and 5). All functions here need c->rip and c->count exact
 * (core_sync), because they raise faults by themselves. */
#ifndef LANYARD_CPU_SEG_H
#define LANYARD_CPU_SEG_H

#include "engine/cpu/core.h"

/* System descriptor types (SDM 3A table 3-2). */
enum {
	SYS_TSS16 = 1,
	SYS_LDT = 2,
	SYS_TSS16_BUSY = 3,
	SYS_CALL16 = 4,
	SYS_TASK = 5,
	SYS_INTR16 = 6,
	SYS_TRAP16 = 7,
	SYS_TSS32 = 9,
	SYS_TSS32_BUSY = 11,
	SYS_CALL32 = 12,
	SYS_INTR32 = 14,
	SYS_TRAP32 = 15,
	SYS_32BIT = 8,
	SYS_BUSY = 2,
};

#define SEG_REAL_ATTR 0x93 /* present, data, writable, accessed: real mode */
#define SEG_V86_ATTR 0xf3  /* the same with DPL 3: virtual-8086 mode */

struct seg_desc {
	uint64_t raw;  /* the eight bytes in the table */
	uint64_t high; /* the next eight, where descriptors have 16 (seg_fetch_high) */
	uint64_t lin;  /* where they are */
};

static inline unsigned desc_type(const struct seg_desc *d)
{
	return d->raw >> 40 & 15;
}
static inline bool desc_system(const struct seg_desc *d)
{
	return !(d->raw >> 44 & 1);
}
static inline unsigned desc_dpl(const struct seg_desc *d)
{
	return d->raw >> 45 & 3;
}
static inline bool desc_present(const struct seg_desc *d)
{
	return d->raw >> 47 & 1;
}
static inline bool desc_code(const struct seg_desc *d)
{
	return !desc_system(d) && (desc_type(d) & TYPE_CODE);
}
static inline bool desc_conforming(const struct seg_desc *d)
{
	return desc_code(d) && (desc_type(d) & TYPE_CONFORM);
}
static inline bool desc_readable(const struct seg_desc *d)
{
	return !desc_system(d) && (!(desc_type(d) & TYPE_CODE) || (desc_type(d) & TYPE_READ));
}
static inline bool desc_writable(const struct seg_desc *d)
{
	return !desc_system(d) && (desc_type(d) & (TYPE_CODE | TYPE_WRITE)) == TYPE_WRITE;
}
/* L and D both set is reserved (SDM 3A 5.2.1). */
static inline bool desc_bad_size(const struct core *k, const struct seg_desc *d)
{
	return cpu_long(k->cpu) && (d->raw >> 53 & 3) == 3;
}

static inline bool sel_null(uint16_t sel)
{
	return !(sel & 0xfffc);
}
/* Protected mode proper: selectors mean descriptors. */
static inline bool cpu_selectors(const struct cpu *c)
{
	return cpu_protected(c) && !cpu_v86(c);
}
/* System tables live in 32-bit linear space outside IA-32e mode. */
static inline uint64_t sys_lin(const struct core *k, uint64_t lin)
{
	return cpu_long(k->cpu) ? lin : (uint32_t)lin;
}
static inline unsigned seg_dpl(const struct cpu_seg *s)
{
	return (s->attr & ATTR_DPL) >> ATTR_DPL_SHIFT;
}
static inline uint64_t seg_sp_mask(const struct cpu_seg *ss)
{
	return ss->attr & ATTR_DB ? 0xffffffffull : 0xffff;
}

/* Raises a fault whose error code is a selector; ext is its EXT bit. */
_Noreturn void seg_raise(struct core *k, unsigned vector, uint16_t sel, uint32_t ext);

/* The descriptor of sel; false if sel is outside its table. sel not null. */
bool seg_fetch(struct core *k, uint16_t sel, struct seg_desc *d);
/* The upper half of a 16-byte descriptor; false if outside the table. */
bool seg_fetch_high(struct core *k, uint16_t sel, struct seg_desc *d);
/* The hidden part that a descriptor gives. */
struct cpu_seg seg_from_desc(uint16_t sel, const struct seg_desc *d);
/* Sets the accessed bit in memory and in d if it is clear. */
void seg_set_accessed(struct core *k, struct seg_desc *d);

/* Loads ES, SS, DS, FS or GS as MOV does, in every mode. */
void seg_load(struct core *k, unsigned seg, uint16_t sel);
/* ES, DS, FS or GS from a descriptor: bad ones raise vector (GP, or TS in a
 * task switch) or NP. */
void seg_load_data(struct core *k, unsigned seg, uint16_t sel, unsigned vector, uint32_t ext);
/* Real and virtual-8086 mode loads of any segment register; no update of the
 * core, the caller does it. */
void seg_load_real(struct cpu *c, unsigned seg, uint16_t sel);
void seg_load_v86(struct cpu *c, unsigned seg, uint16_t sel);
/* Null: not usable. sel keeps its RPL. */
void seg_load_null(struct cpu *c, unsigned seg, uint16_t sel);

/* The new stack segment of an inner level, checked as for #TS (SDM 3A 6.12). */
struct cpu_seg seg_inner_stack(struct core *k, uint16_t sel, unsigned dpl, uint32_t ext);
/* #GP(ext) unless rip is a valid offset in the code segment cs. */
void seg_check_ip(struct core *k, const struct cpu_seg *cs, uint64_t rip, uint32_t ext);
/* Commits a far transfer: CS with RPL cpl, CPL, rip, and the derived mode. */
void seg_enter(struct core *k, const struct cpu_seg *cs, unsigned cpl, uint64_t rip);
/* After a return to an outer level: segment registers that the new level may
 * not use become null (SDM 2A, RET: "RETURN-OUTER-PRIVILEGE-LEVEL"). */
void seg_drop_inner(struct core *k);
/* LDTR from a selector: bad ones raise vector (TS) or GP/NP as LLDT does. */
void seg_load_ldt(struct core *k, uint16_t sel, bool task_switch, uint32_t ext);

#endif
