/* What a write to a control register or EFER checks and sets off; see
 * control_regs.h. */
#include "engine/cpu/control_regs.h"

#define CR0_WRITABLE ((uint64_t)CR0_PE | CR0_MP | CR0_EM | CR0_TS | CR0_NE | CR0_WP | CR0_AM | CR0_NW | CR0_CD | CR0_PG)
/* PDPTE bits that must be 0 when it is present (SDM 3A table 4-8). */
#define PDPTE_RESERVED (CPU_PHYS_RESERVED | 0x1e6)

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

void control_write_cr0(struct core *k, uint64_t v)
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

void control_write_cr4(struct core *k, uint64_t v)
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
