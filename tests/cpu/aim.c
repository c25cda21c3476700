/* Where the operands of a case are; see aim.h. */
#include "tests/cpu/aim.h"

#include <string.h>

/* ---- memory ---- */

static bool in_window(uint64_t at)
{
	return (at >= ORACLE_DATA && at < ORACLE_DATA + ORACLE_DATA_SIZE + 4096) ||
	       (at >= ORACLE_CODE + ORACLE_ALIAS && at < ORACLE_CODE + ORACLE_ALIAS + ORACLE_BACK_SIZE);
}

/* Mapped for the test, or surely mapped for nothing on the host. */
bool aim_harmless(const struct oracle_case *oc, uint64_t at)
{
	if (in_window(at) || (at >= ORACLE_DATA - 4096 && at < ORACLE_DATA + (2 << 16)))
		return true;
	if (oc->mode != MODE_LONG)
		return at < 0x10000 || (at >= 0x40000000 && at < 0xfffff000);
	return (int64_t)(at << 16) >> 16 != (int64_t)at || (at >= 0x40000000 && at < 0x100000000);
}

void gen_poke(struct gen *g, uint64_t at, const void *bytes, unsigned size)
{
	const uint8_t *in = bytes;

	for (unsigned n = 0; n < size; n++, at++) {
		unsigned offset = at & (ORACLE_BACK_SIZE - 1);

		if (!in_window(at))
			continue;
		g->host_mem[offset] = in[n];
		guest_data(g->guest, offset >> 12)[offset & 4095] = in[n];
	}
}

/* ---- addresses ---- */

static uint64_t seg_base(const struct oracle_case *oc, ZydisRegister seg)
{
	if (oc->mode != MODE_LONG)
		return ldt_table[oc->segs->entry[seg - ZYDIS_REGISTER_ES]].base;
	return seg == ZYDIS_REGISTER_FS ? oc->fs_base : seg == ZYDIS_REGISTER_GS ? oc->gs_base : 0;
}

static bool wants_alignment(const struct oracle_case *oc, unsigned size)
{
	/* A locked access across a cache line stops the whole machine: never. */
	return size == 16 || (oc->insn.attributes & ZYDIS_ATTRIB_HAS_LOCK) || oc->insn.mnemonic == M(XCHG) ||
	       oc->insn.mnemonic == M(FXSAVE) || oc->insn.mnemonic == M(FXRSTOR) || oc->insn.mnemonic == M(FXSAVE64) ||
	       oc->insn.mnemonic == M(FXRSTOR64);
}

/* An offset in the usable part of a segment. */
uint64_t aim_offset(struct gen *g, const struct oracle_case *oc, ZydisRegister seg, unsigned size)
{
	uint64_t lo = ORACLE_DATA, hi = ORACLE_DATA + 0xffff, v;
	unsigned align = size == 8 || size == 4 || size == 2 ? size : 16;

	if (oc->mode != MODE_LONG) {
		const struct ldt_entry *e = &ldt_table[oc->segs->entry[seg - ZYDIS_REGISTER_ES]];

		lo = e->lo;
		hi = e->hi;
	}
	switch (gen_below(g, 20)) {
	case 0: v = hi - gen_below(g, size + 8); break;
	case 1: v = lo + gen_below(g, 16) - (oc->mode == MODE_LONG ? gen_below(g, 16) : 0); break;
	case 2:
	case 3:
	case 4:
	case 5:
		v = ((lo + 0x1000 + gen_below(g, (unsigned)(hi - lo) - 0x1000)) & ~4095ull) - gen_below(g, size + 2);
		break;
	default: v = lo + 0x200 + gen_below(g, (unsigned)(hi - lo) - 0x600); break;
	}
	if (wants_alignment(oc, size) && (locked(oc) || gen_pct(g, 90)))
		v = ((v + seg_base(oc, seg)) & ~(uint64_t)(align - 1)) - seg_base(oc, seg);
	if (oc->mode == MODE_LONG)
		v -= seg_base(oc, seg);
	return v;
}

static void patch_disp(struct oracle_case *oc, uint64_t v)
{
	memcpy(oc->bytes + oc->insn.raw.disp.offset, &v, oc->insn.raw.disp.size / 8);
}

static int64_t disp_of(const struct oracle_case *oc)
{
	return oc->insn.raw.disp.size ? oc->insn.raw.disp.value : 0;
}

/* base = index: base * (1 + scale) = v; odd factors have an inverse. */
static uint64_t divide(uint64_t v, unsigned factor)
{
	uint64_t inverse = factor;

	if (factor == 2)
		return v >> 1;
	for (unsigned n = 0; n < 6; n++)
		inverse *= 2 - factor * inverse; /* Newton */
	return v * inverse;
}

/* Makes the explicit operand's effective address v, or something near it. */
static void aim(struct gen *g, struct oracle_case *oc, const ZydisDecodedOperandMem *m, uint64_t v, bool stack)
{
	unsigned bits = oc->insn.address_width, scale = m->scale ? m->scale : 1;
	int base = gpr(m->base), index = gpr(m->index);
	uint64_t *reg = oc->in.reg, disp = (uint64_t)disp_of(oc);

	if (m->base == ZYDIS_REGISTER_RIP || m->base == ZYDIS_REGISTER_EIP) {
		patch_disp(oc, v - (oc->in.rip + oc->len));
	} else if (base < 0 && index < 0) {
		patch_disp(oc, v);
	} else if (base < 0) {
		set_low(&reg[index], gen_below(g, 256), bits);
		patch_disp(oc, v - (reg[index] & width_mask(bits)) * scale);
	} else if (base == RSP && stack) { /* the stack pointer is given: stay near it */
		if (index >= 0)
			set_low(&reg[index], gen_below(g, 16), bits);
		if (oc->insn.raw.disp.size > 8)
			patch_disp(oc, gen_below(g, 128));
	} else if (base == index) {
		set_low(&reg[base], divide((v - disp) & width_mask(bits), 1 + scale), bits);
	} else {
		uint64_t x = index >= 0 ? reg[index] * scale : 0;

		set_low(&reg[base], v - disp - x, bits);
	}
}

static uint64_t effective(const struct oracle_case *oc, const ZydisDecodedOperandMem *m)
{
	int base = gpr(m->base), index = gpr(m->index);
	uint64_t v = 0;

	if (oc->insn.raw.disp.size) {
		unsigned size = oc->insn.raw.disp.size;

		memcpy(&v, oc->bytes + oc->insn.raw.disp.offset, size / 8);
		v = (uint64_t)((int64_t)(v << (64 - size)) >> (64 - size));
	}
	if (m->base == ZYDIS_REGISTER_RIP || m->base == ZYDIS_REGISTER_EIP)
		v += oc->in.rip + oc->len;
	if (base >= 0)
		v += oc->in.reg[base];
	if (index >= 0)
		v += oc->in.reg[index] * (m->scale ? m->scale : 1);
	return v & width_mask(oc->insn.address_width);
}

uint64_t aim_linear(const struct oracle_case *oc, ZydisRegister seg, uint64_t ea)
{
	return (ea + seg_base(oc, seg)) & (oc->mode == MODE_LONG ? ~0ull : 0xffffffff);
}

/* ---- operands ---- */

static bool is_hidden(const ZydisDecodedOperand *op)
{
	return op->type == ZYDIS_OPERAND_TYPE_MEMORY && op->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
}

unsigned aim_stack_bits(const struct oracle_case *oc)
{
	if (oc->mode == MODE_LONG)
		return 64;
	return ldt_table[oc->segs->entry[SEG_SS]].big ? 32 : 16;
}

/* MASKMOV with an empty mask may fault or not: away from every edge. */
bool aim_maskmov(struct gen *g, struct oracle_case *oc)
{
	uint64_t lo = ORACLE_DATA, hi = ORACLE_DATA + 0xffff;

	if (oc->insn.mnemonic != M(MASKMOVQ) && oc->insn.mnemonic != M(MASKMOVDQU))
		return true;
	for (unsigned n = 0; n < oc->insn.operand_count; n++) {
		const ZydisDecodedOperand *op = &oc->op[n];

		if (op->type != ZYDIS_OPERAND_TYPE_MEMORY)
			continue;
		if (oc->mode == MODE_LONG) {
			lo -= seg_base(oc, op->mem.segment);
			hi -= seg_base(oc, op->mem.segment);
		} else {
			lo = ldt_table[oc->segs->entry[op->mem.segment - ZYDIS_REGISTER_ES]].lo;
			hi = ldt_table[oc->segs->entry[op->mem.segment - ZYDIS_REGISTER_ES]].hi;
		}
		if (hi & ~width_mask(oc->insn.address_width))
			return false;
		set_low(&oc->in.reg[RDI], lo + 16 + gen_below(g, (unsigned)(hi - lo) - 32), oc->insn.address_width);
	}
	return true;
}

/* Overlapping at one address but not at the other: fast strings of the host
 * look at linear addresses only, and copy in larger pieces. */
bool aim_aliased(const struct oracle_case *oc)
{
	uint64_t at[2], apart;
	unsigned found = 0;

	if (oc->insn.meta.category != ZYDIS_CATEGORY_STRINGOP)
		return false;
	for (unsigned n = 0; n < oc->insn.operand_count && found < 2; n++)
		if (oc->op[n].type == ZYDIS_OPERAND_TYPE_MEMORY)
			at[found++] =
				aim_linear(oc, oc->op[n].mem.segment,
					   oc->in.reg[gpr(oc->op[n].mem.base)] & width_mask(oc->insn.address_width));
	if (found < 2)
		return false;
	apart = (at[0] - at[1]) & (ORACLE_BACK_SIZE - 1);
	return at[0] - at[1] + 256 >= 512 && (apart < 256 || apart > ORACLE_BACK_SIZE - 256);
}

/* RSP, RBP, RSI, RDI, RBX of implicit operands. True: uses the stack. */
bool aim_hidden(struct gen *g, struct oracle_case *oc)
{
	bool stack = false;

	for (unsigned n = 0; n < oc->insn.operand_count; n++) {
		const ZydisDecodedOperand *op = &oc->op[n];
		bool string = oc->insn.meta.category == ZYDIS_CATEGORY_STRINGOP;
		uint8_t fill[64];
		uint64_t v;
		int base;

		if (op->type != ZYDIS_OPERAND_TYPE_MEMORY ||
		    (!is_hidden(op) && !string && oc->insn.mnemonic != M(XLAT) &&
		     op->encoding != ZYDIS_OPERAND_ENCODING_NONE))
			continue;
		base = gpr(op->mem.base);
		if (base < 0)
			continue;
		v = aim_offset(g, oc, op->mem.segment, op->size / 8 ? op->size / 8 : 8);
		if (base == RSP) {
			stack = true;
			if (gen_pct(g, 90))
				v &= ~7ull;
			set_low(&oc->in.reg[RSP], v, aim_stack_bits(oc));
		} else {
			set_low(&oc->in.reg[base], v,
				oc->insn.mnemonic == M(LEAVE) ? aim_stack_bits(oc) : oc->insn.address_width);
		}
		for (unsigned b = 0; b < sizeof(fill); b++)
			fill[b] = string ? (uint8_t)gen_below(g, 2) : (uint8_t)gen_next(g);
		gen_poke(g, aim_linear(oc, op->mem.segment, v) - (string ? 24 : 0), fill, sizeof(fill));
	}
	if (oc->insn.mnemonic == M(ENTER))
		set_low(&oc->in.reg[RBP], aim_offset(g, oc, ZYDIS_REGISTER_SS, 8), aim_stack_bits(oc));
	return stack;
}

static bool uses(const ZydisDecodedOperandMem *m, int reg)
{
	return reg >= 0 && (gpr(m->base) == reg || gpr(m->index) == reg);
}

/* BT and its kind reach (register / 8) bytes away. */
bool aim_bit_offset(struct gen *g, struct oracle_case *oc)
{
	ZydisMnemonic m = oc->insn.mnemonic;
	int reg;

	if (m != M(BT) && m != M(BTS) && m != M(BTR) && m != M(BTC))
		return true;
	if (oc->op[0].type != ZYDIS_OPERAND_TYPE_MEMORY || oc->op[1].type != ZYDIS_OPERAND_TYPE_REGISTER)
		return true;
	reg = gpr(oc->op[1].reg.value);
	if (uses(&oc->op[0].mem, reg) || reg == RSP)
		return false;
	oc->in.reg[reg] = (uint64_t)(int64_t)((int)gen_below(g, 8192) - 4096);
	return true;
}

bool aim_explicit(struct gen *g, struct oracle_case *oc, bool stack)
{
	for (unsigned n = 0; n < oc->insn.operand_count_visible; n++) {
		const ZydisDecodedOperand *op = &oc->op[n];
		unsigned size = op->size / 8;
		uint8_t fill[FX_SIZE];

		if (op->type != ZYDIS_OPERAND_TYPE_MEMORY || op->encoding == ZYDIS_OPERAND_ENCODING_NONE)
			continue;
		if (op->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
			return true;
		aim(g, oc, &op->mem, aim_offset(g, oc, op->mem.segment, size), stack);
		oc->ea = aim_linear(oc, op->mem.segment, effective(oc, &op->mem));
		oc->ea_size = size;
		/* Microcode wraps the pieces of an x87 environment one by one. */
		if (size >= 10 && size != 16 && oc->insn.address_width == 16 &&
		    effective(oc, &op->mem) + size > 0x10000)
			return false;
		if (!aim_harmless(oc, oc->ea) || !aim_harmless(oc, oc->ea + 512))
			return false;
		size = size < 16 ? 16 : size > FX_SIZE ? FX_SIZE : size;
		gen_operand(g, op->element_type, op->element_size, fill, size);
		if (oc->insn.mnemonic == M(FXRSTOR) || oc->insn.mnemonic == M(FXRSTOR64))
			gen_fx(g, fill);
		gen_poke(g, oc->ea, fill, size);
	}
	return true;
}

/* ---- branches ---- */

static uint64_t random_target(struct gen *g, struct oracle_case *oc)
{
	uint64_t sp = oc->in.reg[RSP] & 4095;

	/* Unmapped whatever is cut off; and for CALL only one fault at a time. */
	if (gen_pct(g, 4) && (oc->insn.mnemonic != M(CALL) || (sp > 0x100 && sp < 0xf00)))
		return gen_pct(g, 50) ? 0x40002000 + gen_below(g, 0x5000) : 0x123456789abcdef0;
	return oc->land[1 + gen_below(g, 2)];
}

bool aim_branch(struct gen *g, struct oracle_case *oc)
{
	const ZydisDecodedInstruction *i = &oc->insn;
	uint64_t target = random_target(g, oc), v;

	if (i->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
		return false;
	if (i->raw.imm[0].is_relative) {
		v = oc->land[1 + gen_below(g, 2)] - (oc->in.rip + oc->len);
		memcpy(oc->bytes + i->raw.imm[0].offset, &v, i->raw.imm[0].size / 8);
	} else if (i->mnemonic == M(RET)) {
		v = oc->in.reg[RSP] & width_mask(aim_stack_bits(oc));
		gen_poke(g, aim_linear(oc, ZYDIS_REGISTER_SS, v), &target, 8);
	} else if (oc->ea) {
		gen_poke(g, oc->ea, &target, 8);
	} else {
		int reg = gpr(oc->op[0].reg.value);

		if (reg < 0 || reg == RSP)
			return false;
		oc->in.reg[reg] = target;
	}
	return true;
}
