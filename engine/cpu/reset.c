/* The processor after RESET# and INIT# (SDM 3A table 9-1). */
#include <string.h>

#include "engine/cpu/control_regs.h"
#include "engine/cpu/cpuid.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/decode/feature.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/msr.h"
#include "engine/cpu/seg.h"
#include "engine/cpu/x87.h"

#define PAT_RESET 0x0007040600070406ull
#define MXCSR_RESET 0x1f80u
/* Fast strings on; no branch trace store, no precise event sampling. */
#define MISC_ENABLE_RESET (1ull << 0 | 1ull << 11 | 1ull << 12)

static void reset_segments(struct cpu *c)
{
	for (unsigned n = 0; n < CPU_SEGS; n++)
		c->seg[n] = (struct cpu_seg){.limit = 0xffff, .attr = SEG_REAL_ATTR};
	/* The first instruction is 16 bytes below 4 GiB. */
	c->seg[SEG_CS].sel = 0xf000;
	c->seg[SEG_CS].base = 0xffff0000;
	c->rip = 0xfff0;
	c->ldt = (struct cpu_seg){.limit = 0xffff, .attr = ATTR_P | SYS_LDT};
	c->tr = (struct cpu_seg){.limit = 0xffff, .attr = ATTR_P | SYS_TSS32_BUSY};
	c->gdt = c->idt = (struct cpu_table){.limit = 0xffff};
}

/* What RESET# and INIT# have in common. cr0_kept: bits of CR0 that stay. */
static void reset_core(struct cpu *c, uint64_t cr0_kept)
{
	memset(c->reg, 0, sizeof(c->reg));
	c->reg[RDX] = cpuid_signature(c);
	flags_set(c, FL_1);
	reset_segments(c);
	c->cr0 = cr0_kept | CR0_ET;
	c->cr2 = c->cr3 = c->cr4 = c->efer = 0;
	memset(c->pdpte, 0, sizeof(c->pdpte));
	memset(c->dr, 0, sizeof(c->dr));
	c->dr[6] = DR6_FIXED;
	c->dr6_due = 0;
	c->dr[7] = DR7_FIXED;
	c->cpl = 0;
	memset(c->dtlb, 0, sizeof(c->dtlb));
	memset(c->itlb, 0, sizeof(c->itlb));
}

void cpu_reset(struct cpu *c)
{
	uint8_t model = c->model;
	struct rng rng = c->rng;
	uint32_t a20_mask = c->a20_mask;
	uint64_t count = c->count;

	memset(c, 0, sizeof(*c));
	c->model = model;
	c->rng = rng;
	c->a20_mask = a20_mask;
	c->count = count; /* the clock does not go back */
	reset_core(c, CR0_CD | CR0_NW);
	c->pat = PAT_RESET;
	c->misc_enable = c->model >= CPU_686 ? MISC_ENABLE_RESET : 0;
	c->apic_base = cpu_has(c, FEAT_APIC) ? APIC_BASE_RESET : 0;
	c->ucode_rev = cpuid_microcode(c);
	x87_reset(&c->x87);
	c->mxcsr = MXCSR_RESET;
}

void cpu_init(struct cpu *c)
{
	reset_core(c, c->cr0 & ((uint64_t)CR0_CD | CR0_NW));
	c->attn &= ATTN_INTR;
}
