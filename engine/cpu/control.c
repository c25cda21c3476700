/* MOV to and from control and debug registers, LMSW, SMSW, CLTS; see control.h. */
#include "engine/cpu/control.h"

#include "engine/cpu/access.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/exec_sys.h"
#include "engine/cpu/feature.h"

#define CR0_WRITABLE ((uint64_t)CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG)
#define CR0_MSW 0xfu /* PE MP EM TS */
/* PDPTE bits that must be 0 when it is present (SDM 3A table 4-8). */
#define PDPTE_RESERVED (CPU_PHYS_RESERVED | 0x1e6)

static void require_cpl0(struct core *k)
{
	if (k->cpu->cpl != 0)
		core_fault(k, NULL, EXC_GP, 0);
}

/* 32-bit PAE paging keeps its four top entries in the processor (SDM 3A 4.4.1). */
static void load_pdptes(struct core *k, uint64_t cr3)
{
	struct cpu *c = k->cpu;
	uint64_t entry[4];

	for (unsigned n = 0; n < 4; n++) {
		uint32_t pa = ((uint32_t)cr3 & 0xffffffe0u) + n * 8;

		entry[n] = mem_read(k->mem, pa & c->a20_mask, 8);
		if ((entry[n] & 1) && (entry[n] & PDPTE_RESERVED))
			core_fault(k, NULL, EXC_GP, 0);
	}
	for (unsigned n = 0; n < 4; n++)
		c->pdpte[n] = entry[n];
}

static bool uses_pdptes(uint64_t cr0, uint64_t cr4, uint64_t efer)
{
	return (cr0 & CR0_PG) && (cr4 & CR4_PAE) && !(efer & EFER_LMA);
}

static void write_cr0(struct core *k, uint64_t v)
{
	struct cpu *c = k->cpu;
	uint64_t old = c->cr0, efer = c->efer, changed;

	if ((v >> 32) || ((v & CR0_PG) && !(v & CR0_PE)) || ((v & CR0_NW) && !(v & CR0_CD)))
		core_fault(k, NULL, EXC_GP, 0);
	v = (v & CR0_WRITABLE) | CR0_ET;
	changed = v ^ old;
	if ((changed & CR0_PG) && (v & CR0_PG) && (efer & EFER_LME)) {
		if (!(c->cr4 & CR4_PAE) || (c->seg[SEG_CS].attr & ATTR_L))
			core_fault(k, NULL, EXC_GP, 0);
		efer |= EFER_LMA;
	} else if ((changed & CR0_PG) && !(v & CR0_PG)) {
		if (core_code64(k))
			core_fault(k, NULL, EXC_GP, 0);
		efer &= ~(uint64_t)EFER_LMA;
	}
	if ((changed & ((uint64_t)CR0_PG | CR0_CD | CR0_NW)) && uses_pdptes(v, c->cr4, efer))
		load_pdptes(k, c->cr3);
	c->cr0 = v;
	c->efer = efer;
	if (changed & ((uint64_t)CR0_PG | CR0_PE | CR0_WP))
		tlb_flush_all(k);
	core_update_mode(k);
}

void control_write_cr3(struct core *k, uint64_t v)
{
	struct cpu *c = k->cpu;

	if (cpu_long(c) && (v & CPU_PHYS_RESERVED))
		core_fault(k, NULL, EXC_GP, 0);
	if (uses_pdptes(c->cr0, c->cr4, c->efer))
		load_pdptes(k, v);
	c->cr3 = v;
	tlb_flush_local(k);
}

static uint64_t cr4_allowed(const struct cpu *c)
{
	uint64_t v = 0;

	v |= cpu_has(c, FEAT_TSC) ? CR4_TSD | CR4_DE : 0;
	v |= cpu_has(c, FEAT_PSE) ? CR4_PSE : 0;
	v |= cpu_has(c, FEAT_PAE) ? CR4_PAE : 0;
	v |= c->model >= CPU_686 ? CR4_MCE | CR4_PCE : 0;
	v |= cpu_has(c, FEAT_PGE) ? CR4_PGE : 0;
	v |= cpu_has(c, FEAT_FXSR) ? CR4_OSFXSR : 0;
	v |= cpu_has(c, FEAT_SSE) ? CR4_OSXMMEXCPT : 0;
	return v;
}

static void write_cr4(struct core *k, uint64_t v)
{
	struct cpu *c = k->cpu;
	uint64_t changed = v ^ c->cr4;

	if ((v & ~cr4_allowed(c)) || (cpu_long(c) && !(v & CR4_PAE)))
		core_fault(k, NULL, EXC_GP, 0);
	if ((changed & (CR4_PAE | CR4_PGE | CR4_PSE)) && uses_pdptes(c->cr0, v, c->efer))
		load_pdptes(k, c->cr3);
	c->cr4 = v;
	if (changed & (CR4_PAE | CR4_PGE | CR4_PSE))
		tlb_flush_all(k);
	core_update_mode(k);
}

bool control_write_efer(struct core *k, uint64_t v)
{
	struct cpu *c = k->cpu;
	uint64_t allowed = EFER_LMA, changed;

	allowed |= cpu_has(c, FEAT_LM) ? EFER_SCE | EFER_LME : 0;
	allowed |= cpu_has(c, FEAT_NX) ? EFER_NXE : 0;
	if (v & ~allowed)
		return false;
	v = (v & ~(uint64_t)EFER_LMA) | (c->efer & EFER_LMA); /* LMA follows CR0.PG alone */
	changed = v ^ c->efer;
	if ((changed & EFER_LME) && (c->cr0 & CR0_PG))
		return false;
	c->efer = v;
	if (changed & EFER_NXE)
		tlb_flush_all(k);
	core_update_mode(k);
	return true;
}

/* The general register of MOV CR and MOV DR: all of it in 64-bit mode. */
static uint64_t get_register(struct cpu *c, const struct insn *i)
{
	return i->flags & IN_64 ? r64(c, i->rm) : r32(c, i->rm);
}

static void put_register(struct cpu *c, const struct insn *i, uint64_t v)
{
	if (i->flags & IN_64)
		w64(c, i->rm, v);
	else
		w32(c, i->rm, (uint32_t)v);
}

/* ---- MOV CR ---- */

static bool cr_exists(unsigned n)
{
	return n == 0 || n == 2 || n == 3 || n == 4 || n == 8;
}

void op_mov_r_cr(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t v;

	core_sync(k, i);
	if (!cr_exists(i->reg))
		FAULT_UD();
	require_cpl0(k);
	switch (i->reg) {
	case 0: v = c->cr0; break;
	case 2: v = c->cr2; break;
	case 3: v = c->cr3; break;
	case 4: v = c->cr4; break;
	default: v = k->bus->cr8_read(k->owner); break;
	}
	put_register(c, i, v);
	NEXT;
}

void op_mov_cr_r(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t v = get_register(c, i);
	uint64_t next = insn_next(c, i);

	core_sync(k, i);
	if (!cr_exists(i->reg))
		FAULT_UD();
	require_cpl0(k);
	switch (i->reg) {
	case 0: write_cr0(k, v); break;
	case 2: c->cr2 = v; break;
	case 3: control_write_cr3(k, v); break;
	case 4: write_cr4(k, v); break;
	default:
		if (v > 15)
			FAULT_GP(0);
		k->bus->cr8_write(k->owner, v);
		break;
	}
	END_AT(next);
}

void op_smsw(struct cpu *c, const struct insn *i, struct core *k)
{
	if (i->flags & IN_MEM)
		st16(k, i, lin_write(k, i, 2), (uint16_t)c->cr0);
	else if (INSN_OSZ(i) == 3)
		w64(c, i->rm, c->cr0);
	else if (INSN_OSZ(i) == 2)
		w32(c, i->rm, (uint32_t)c->cr0);
	else
		w16(c, i->rm, (uint16_t)c->cr0);
	NEXT;
}

/* LMSW can set PE but not clear it. */
void op_lmsw(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t next = insn_next(c, i), v;

	core_sync(k, i);
	require_cpl0(k);
	v = operand16(k, i) & CR0_MSW;
	write_cr0(k, (c->cr0 & ~(uint64_t)(CR0_MSW & ~CR0_PE)) | v);
	END_AT(next);
}

void op_clts(struct cpu *c, const struct insn *i, struct core *k)
{
	core_sync(k, i);
	require_cpl0(k);
	c->cr0 &= ~(uint64_t)CR0_TS;
	END_NEXT;
}

/* ---- MOV DR (SDM 3B 18.2) ---- */

/* The checks of both directions; the register number with DR4, DR5 resolved. */
static unsigned dr_select(struct core *k, const struct insn *i)
{
	struct cpu *c = k->cpu;
	unsigned n = i->reg;

	core_sync(k, i);
	if (n > 7)
		FAULT_UD();
	if (n == 4 || n == 5) {
		if (c->cr4 & CR4_DE)
			FAULT_UD();
		n += 2;
	}
	require_cpl0(k);
	if (c->dr[7] & DR7_GD) {
		c->dr[6] |= DR6_BD;
		core_fault(k, NULL, EXC_DB, 0);
	}
	return n;
}

void op_mov_r_dr(struct cpu *c, const struct insn *i, struct core *k)
{
	put_register(c, i, c->dr[dr_select(k, i)]);
	NEXT;
}

void op_mov_dr_r(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t v = get_register(c, i);
	uint64_t next = insn_next(c, i);
	unsigned n = dr_select(k, i);

	if (n >= 6 && v >> 32)
		FAULT_GP(0);
	if (n == 6)
		v = (v & DR6_WRITABLE) | DR6_FIXED;
	else if (n == 7)
		v = (v & DR7_WRITABLE) | DR7_FIXED;
	c->dr[n] = v;
	core_update_mode(k); /* host shortcuts depend on what is watched */
	END_AT(next);
}
