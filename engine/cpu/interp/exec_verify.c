/* LAR, LSL, VERR, VERW, ARPL: questions about descriptors that never fault on
 * the selector; ZF has the answer (SDM 3A 5.10). */
#include "engine/cpu/access.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/seg.h"

/* System types (bit per type) that LAR and LSL accept (SDM 2A, LAR and LSL). */
#define LAR_TYPES 0x1a3eu  /* TSS, LDT, call and task gates */
#define LSL_TYPES 0x0a0eu  /* TSS, LDT */
#define LONG_TYPES 0x1a04u /* what IA-32e mode knows of these */

/* Common start: synced, in protected mode, E's 16 bits. */
static uint16_t selector_operand(struct core *k, const struct insn *i)
{
	core_sync(k, i);
	if (!cpu_selectors(k->cpu))
		FAULT_UD();
	return operand16(k, i);
}

/* CPL and RPL may look at the descriptor. */
static bool visible(const struct cpu *c, uint16_t sel, const struct seg_desc *d)
{
	return desc_conforming(d) || (desc_dpl(d) >= c->cpl && desc_dpl(d) >= (sel & 3u));
}

static bool describes(struct core *k, uint16_t sel, struct seg_desc *d, unsigned types)
{
	if (cpu_long(k->cpu))
		types &= LONG_TYPES;
	if (sel_null(sel) || !seg_fetch(k, sel, d) || !visible(k->cpu, sel, d))
		return false;
	return !desc_system(d) || (types >> desc_type(d) & 1);
}

static void put_result(struct cpu *c, const struct insn *i, uint32_t v)
{
	if (INSN_OSZ(i) == 1)
		w16(c, i->reg, (uint16_t)v);
	else
		w32(c, i->reg, v);
}

void op_lar(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t sel = selector_operand(k, i);
	struct seg_desc d;
	bool ok = describes(k, sel, &d, LAR_TYPES);

	if (ok)
		put_result(c, i, (uint32_t)(d.raw >> 32) & 0xffff00); /* limit bits too, as processors do */
	flags_put_zf(c, ok);
	NEXT_FRAMED;
}

void op_lsl(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t sel = selector_operand(k, i);
	struct seg_desc d;
	bool ok = describes(k, sel, &d, LSL_TYPES);

	if (ok)
		put_result(c, i, seg_from_desc(sel, &d).limit);
	flags_put_zf(c, ok);
	NEXT_FRAMED;
}

void op_verr(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t sel = selector_operand(k, i);
	struct seg_desc d;

	flags_put_zf(c, describes(k, sel, &d, 0) && desc_readable(&d));
	NEXT_FRAMED;
}

void op_verw(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t sel = selector_operand(k, i);
	struct seg_desc d;

	flags_put_zf(c, describes(k, sel, &d, 0) && desc_writable(&d));
	NEXT_FRAMED;
}

void op_arpl(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t lin = 0;
	uint16_t dst, src = r16(c, i->reg);
	bool raise;

	core_sync(k, i);
	if (!cpu_selectors(c))
		FAULT_UD();
	if (i->flags & IN_MEM) {
		lin = lin_read(k, i, 2);
		dst = ld16(k, i, lin);
	} else {
		dst = r16(c, i->rm);
	}
	raise = (dst & 3) < (src & 3);
	if (raise) {
		dst = (uint16_t)((dst & ~3u) | (src & 3u));
		if (i->flags & IN_MEM)
			st16(k, i, lin_write(k, i, 2), dst); /* only a change is written */
		else
			w16(c, i->rm, dst);
	}
	flags_put_zf(c, raise);
	NEXT;
}
