/* The processor's state at a kernel's first instruction; see boot_plan.h.
 * Linux: Documentation/x86/boot.rst, "32-bit" and "64-bit boot protocol".
 * Multiboot 0.6.96, section 3.2. */
#include "engine/cpu/flags.h"
#include "engine/pc/board.h"
#include "engine/boot/boot_plan.h"
#include "engine/pc/pc.h"
#include "engine/pc/system_ports.h"

#define GDT_LIMIT 31 /* boot_plan_gdt()'s four descriptors */
#define SEL_CODE 0x10
#define SEL_DATA 0x18

/* Hidden parts as loaded from boot_plan_gdt()'s table. */
static const struct cpu_seg code32 = {.sel = SEL_CODE, .limit = UINT32_MAX, .attr = 0xc09b};
static const struct cpu_seg code64 = {.sel = SEL_CODE, .limit = UINT32_MAX, .attr = 0xa09b};
static const struct cpu_seg data32 = {.sel = SEL_DATA, .limit = UINT32_MAX, .attr = 0xc093};

static struct cpu_seg real_segment(uint16_t sel)
{
	return (struct cpu_seg){.base = (uint64_t)sel << 4, .limit = 0xffff, .sel = sel, .attr = ATTR_P | ATTR_S | 3};
}

static void enter_real(struct cpu *c, const struct boot_entry *e)
{
	for (unsigned n = 0; n < CPU_SEGS; n++)
		c->seg[n] = real_segment(n == SEG_CS ? e->cs : e->ds);
}

static void enter_protected(struct cpu *c, const struct boot_entry *e)
{
	bool is64 = e->mode == BOOT_MODE_LONG;

	for (unsigned n = 0; n < CPU_SEGS; n++)
		c->seg[n] = data32;
	c->seg[SEG_CS] = is64 ? code64 : code32;
	c->gdt = (struct cpu_table){.base = e->gdt, .limit = GDT_LIMIT};
	c->idt = (struct cpu_table){0}; /* the first fault is the last */
	c->cr0 = CR0_ET | CR0_PE;
	c->cr4 = 0;
	c->efer = 0;
	if (!is64)
		return;
	c->cr0 |= CR0_PG;
	c->cr3 = e->cr3;
	c->cr4 = CR4_PAE;
	c->efer = EFER_LME | EFER_LMA;
}

void boot_plan_enter(const struct boot_plan *p, struct board *b)
{
	const struct boot_entry *e = &p->entry;
	struct cpu *c = &b->pc->cpu;

	system_ports_set_a20(b, true);
	memset(c->reg, 0, sizeof(c->reg));
	c->reg[RAX] = e->rax;
	c->reg[RBX] = e->rbx;
	c->reg[RSI] = e->rsi;
	c->reg[RSP] = e->rsp;
	c->rip = e->rip;
	flags_set(c, FL_1);
	c->cpl = 0;
	c->attn &= (uint32_t)(ATTN_INTR | ATTN_NMI | ATTN_NMI_BLOCK);
	if (e->mode == BOOT_MODE_REAL)
		enter_real(c, e);
	else
		enter_protected(c, e);
	tlb_flush_all(b->core);
	core_reload(b->core);
}
