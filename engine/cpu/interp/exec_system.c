/* Descriptor-table registers, HLT, cache and TLB control, random numbers,
 * BOUND. */
#include "engine/base/bytes.h"
#include "engine/cpu/access.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/flags.h"
#include "engine/cpu/msr.h"
#include "engine/cpu/seg.h"

static void sync_cpl0(struct core *k, const struct insn *i)
{
	core_sync(k, i);
	if (k->cpu->cpl != 0)
		FAULT_GP(0);
}

/* ---- GDTR, IDTR ---- */

static void store_table(struct core *k, const struct insn *i, const struct cpu_table *t)
{
	uint8_t image[10];
	unsigned size = core_code64(k) ? 10 : 6;

	put_le16(image, t->limit);
	put_le64(image + 2, t->base);
	st_bytes(k, i, lin_write(k, i, size), image, size);
}

/* The decoder gives these rows the natural size; LGDT and LIDT of a 16-bit
 * operand load 24 bits of base. */
static bool word_operand(const struct core *k, const struct insn *i)
{
	return !core_code64(k) && ((k->mode & MODE_SIZE) == MODE_16) != !!(i->flags & IN_OPSZ);
}

static void load_table(struct core *k, const struct insn *i, struct cpu_table *t)
{
	uint8_t image[10] = {0};
	uint64_t base;

	sync_cpl0(k, i);
	ld_bytes(k, i, lin_read(k, i, core_code64(k) ? 10 : 6), image, core_code64(k) ? 10 : 6);
	base = get_le64(image + 2);
	if (word_operand(k, i))
		base &= 0xffffff; /* 80286 form */
	if (!canonical(base))
		FAULT_GP(0);
	t->base = base;
	t->limit = get_le16(image);
}

void op_sgdt(struct cpu *c, const struct insn *i, struct core *k)
{
	store_table(k, i, &c->gdt);
	NEXT;
}

void op_sidt(struct cpu *c, const struct insn *i, struct core *k)
{
	store_table(k, i, &c->idt);
	NEXT;
}

void op_lgdt(struct cpu *c, const struct insn *i, struct core *k)
{
	load_table(k, i, &c->gdt);
	END_NEXT;
}

void op_lidt(struct cpu *c, const struct insn *i, struct core *k)
{
	load_table(k, i, &c->idt);
	END_NEXT;
}

/* ---- LDTR, TR ---- */

static void require_selectors(struct core *k, const struct insn *i)
{
	core_sync(k, i);
	if (!cpu_selectors(k->cpu))
		FAULT_UD();
}

static void store_selector(struct core *k, const struct insn *i, uint16_t sel)
{
	require_selectors(k, i);
	put_selector(k, i, sel);
}

static uint16_t load_selector(struct core *k, const struct insn *i)
{
	require_selectors(k, i);
	sync_cpl0(k, i);
	return operand16(k, i);
}

void op_sldt(struct cpu *c, const struct insn *i, struct core *k)
{
	store_selector(k, i, c->ldt.sel);
	NEXT;
}

void op_str(struct cpu *c, const struct insn *i, struct core *k)
{
	store_selector(k, i, c->tr.sel);
	NEXT;
}

void op_lldt(struct cpu *c, const struct insn *i, struct core *k)
{
	seg_load_ldt(k, load_selector(k, i), false, 0);
	END_NEXT;
}

void op_ltr(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t sel = load_selector(k, i);
	struct seg_desc d;
	struct cpu_seg tr;
	bool wide = cpu_long(c);
	uint64_t next = insn_next(c, i);

	if (sel_null(sel))
		FAULT_GP(0);
	if ((sel & 4) || !seg_fetch(k, sel, &d) || !desc_system(&d) ||
	    (desc_type(&d) != SYS_TSS32 && (wide || desc_type(&d) != SYS_TSS16)))
		seg_raise(k, EXC_GP, sel, 0);
	if (!desc_present(&d))
		seg_raise(k, EXC_NP, sel, 0);
	tr = seg_from_desc(sel, &d);
	if (wide) {
		if (!seg_fetch_high(k, sel, &d) || !canonical(tr.base | d.high << 32))
			seg_raise(k, EXC_GP, sel, 0);
		tr.base |= d.high << 32;
	}
	tr.attr |= SYS_BUSY;
	sys_store(k, sys_lin(k, d.lin + 5), tr.attr & 0xff, 1);
	c->tr = tr;
	END_AT(next);
}

/* ---- HLT, caches, TLB ---- */

void op_hlt(struct cpu *c, const struct insn *i, struct core *k)
{
	sync_cpl0(k, i);
	c->attn |= ATTN_HALT;
	END_NEXT;
}

/* A short halt, at any privilege: whoever says PAUSE waits for something. */
void op_pause(struct cpu *c, const struct insn *i, struct core *k)
{
	core_sync(k, i);
	k->bus->doze(k->owner);
	END_NEXT;
}

/* No cache is modelled: memory is always coherent. */
void op_invd(struct cpu *c, const struct insn *i, struct core *k)
{
	sync_cpl0(k, i);
	NEXT;
}

void op_wbinvd(struct cpu *c, const struct insn *i, struct core *k)
{
	sync_cpl0(k, i);
	NEXT;
}

/* No segment limit check; a non-canonical address does nothing (SDM 2A). */
void op_invlpg(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t lin;

	sync_cpl0(k, i);
	lin = (k->sf[i->seg].base + insn_ea(c, i)) & k->lin_mask;
	if (!core_code64(k) || canonical(lin))
		tlb_flush_page(k, lin);
	END_NEXT;
}

void op_rsm(struct cpu *c, const struct insn *i, struct core *k)
{
	core_fault(k, i, EXC_UD, 0);
}

/* ---- random numbers ---- */

void op_rdrand(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t v = rng_next(&c->rng);

	if (INSN_OSZ(i) == 1)
		w16(c, i->rm, (uint16_t)v);
	else if (INSN_OSZ(i) == 2)
		w32(c, i->rm, (uint32_t)v);
	else
		w64(c, i->rm, v);
	flags_set_arith(c, FL_CF); /* always a number at hand */
	NEXT;
}

/* ---- BOUND ---- */

void op_bound(struct cpu *c, const struct insn *i, struct core *k)
{
	bool word = INSN_OSZ(i) == 1;
	unsigned size = word ? 2 : 4;
	uint64_t ea = insn_ea(c, i), lin = lin_seg(k, i, i->seg, ea, size, false);
	int32_t index = word ? (int16_t)r16(c, i->reg) : (int32_t)r32(c, i->reg);
	int32_t bound = word ? (int16_t)ld16(k, i, lin) : (int32_t)ld32(k, i, lin);

	if (index < bound) /* the upper bound is not even read */
		core_fault(k, i, EXC_BR, 0);
	lin = lin_seg(k, i, i->seg, (ea + size) & size_mask(INSN_ASZ(i)), size, false);
	bound = word ? (int16_t)ld16(k, i, lin) : (int32_t)ld32(k, i, lin);
	if (index > bound)
		core_fault(k, i, EXC_BR, 0);
	NEXT;
}
