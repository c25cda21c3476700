/* Turns a form into a case: decodes the random bytes, then chooses registers,
 * displacements and memory so that most operands land in the data window. */
#include "tests/cpu/oracle.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/bytes.h"

#define M(name) ZYDIS_MNEMONIC_##name

void gen_open(struct gen *g, uint64_t seed, const char *only, struct guest *guest)
{
	static const ZydisMachineMode machine[ORACLE_MODES] = {
		ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_MACHINE_MODE_LONG_COMPAT_16};
	static const ZydisStackWidth stack[ORACLE_MODES] = {ZYDIS_STACK_WIDTH_64, ZYDIS_STACK_WIDTH_32,
							    ZYDIS_STACK_WIDTH_16};
	static const ZydisDecoderMode nops[] = {ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET,
						ZYDIS_DECODER_MODE_CLDEMOTE};

	memset(g, 0, sizeof(*g));
	rng_seed(&g->rng, seed, "oracle");
	g->only = only;
	g->host_mem = host_data();
	g->guest = guest;
	for (unsigned n = 0; n < ORACLE_MODES; n++) {
		ZydisDecoderInit(&g->decoder[n], machine[n], stack[n]);
		for (unsigned m = 0; m < ARRAY_LEN(nops); m++) /* NOPs where they are not enabled */
			ZydisDecoderEnableMode(&g->decoder[n], nops[m], ZYAN_FALSE);
		form_walk(g, n);
	}
	for (unsigned n = 0; n < ORACLE_BACK_SIZE; n += 8) {
		uint64_t v = gen_value(g);

		gen_poke(g, ORACLE_DATA + n, &v, 8);
	}
}

void gen_close(struct gen *g)
{
	for (unsigned n = 0; n < ORACLE_MODES; n++) {
		free(g->ours[n].row);
		free(g->invalid[n].row);
		free(g->more[n].row);
	}
}

/* ---- memory ---- */

static bool in_window(uint64_t at)
{
	return (at >= ORACLE_DATA && at < ORACLE_DATA + ORACLE_DATA_SIZE + 4096) ||
	       (at >= ORACLE_CODE + ORACLE_ALIAS && at < ORACLE_CODE + ORACLE_ALIAS + ORACLE_BACK_SIZE);
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

/* Mapped for the test, or surely mapped for nothing on the host. */
static bool harmless(const struct oracle_case *oc, uint64_t at)
{
	if (in_window(at) || (at >= ORACLE_DATA - 4096 && at < ORACLE_DATA + (2 << 16)))
		return true;
	if (oc->mode != MODE_LONG)
		return at < 0x10000 || (at >= 0x40000000 && at < 0xfffff000);
	return (int64_t)(at << 16) >> 16 != (int64_t)at || (at >= 0x40000000 && at < 0x100000000);
}

/* ---- addresses ---- */

static int gpr(ZydisRegister r)
{
	switch (ZydisRegisterGetClass(r)) {
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64: return ZydisRegisterGetId(r);
	default: return -1;
	}
}

static uint64_t width_mask(unsigned bits)
{
	return bits == 64 ? ~0ull : (1ull << bits) - 1;
}

static void set_low(uint64_t *reg, uint64_t v, unsigned bits)
{
	*reg = (*reg & ~width_mask(bits)) | (v & width_mask(bits));
}

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

static bool locked(const struct oracle_case *oc)
{
	return (oc->insn.attributes & ZYDIS_ATTRIB_HAS_LOCK) || oc->insn.mnemonic == M(XCHG);
}

/* An offset in the usable part of a segment. */
static uint64_t pick_offset(struct gen *g, const struct oracle_case *oc, ZydisRegister seg, unsigned size)
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

static uint64_t linear(const struct oracle_case *oc, ZydisRegister seg, uint64_t ea)
{
	return (ea + seg_base(oc, seg)) & (oc->mode == MODE_LONG ? ~0ull : 0xffffffff);
}

/* ---- operands ---- */

static bool is_hidden(const ZydisDecodedOperand *op)
{
	return op->type == ZYDIS_OPERAND_TYPE_MEMORY && op->visibility == ZYDIS_OPERAND_VISIBILITY_HIDDEN;
}

static unsigned stack_bits(const struct oracle_case *oc)
{
	if (oc->mode == MODE_LONG)
		return 64;
	return ldt_table[oc->segs->entry[SEG_SS]].big ? 32 : 16;
}

/* MASKMOV with an empty mask may fault or not: away from every edge. */
static bool tame_maskmov(struct gen *g, struct oracle_case *oc)
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
static bool aliased_strings(const struct oracle_case *oc)
{
	uint64_t at[2], apart;
	unsigned found = 0;

	if (oc->insn.meta.category != ZYDIS_CATEGORY_STRINGOP)
		return false;
	for (unsigned n = 0; n < oc->insn.operand_count && found < 2; n++)
		if (oc->op[n].type == ZYDIS_OPERAND_TYPE_MEMORY)
			at[found++] = linear(oc, oc->op[n].mem.segment,
					     oc->in.reg[gpr(oc->op[n].mem.base)] & width_mask(oc->insn.address_width));
	if (found < 2)
		return false;
	apart = (at[0] - at[1]) & (ORACLE_BACK_SIZE - 1);
	return at[0] - at[1] + 256 >= 512 && (apart < 256 || apart > ORACLE_BACK_SIZE - 256);
}

/* RSP, RBP, RSI, RDI, RBX of implicit operands. True: uses the stack. */
static bool aim_hidden(struct gen *g, struct oracle_case *oc)
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
		v = pick_offset(g, oc, op->mem.segment, op->size / 8 ? op->size / 8 : 8);
		if (base == RSP) {
			stack = true;
			if (gen_pct(g, 90))
				v &= ~7ull;
			set_low(&oc->in.reg[RSP], v, stack_bits(oc));
		} else {
			set_low(&oc->in.reg[base], v,
				oc->insn.mnemonic == M(LEAVE) ? stack_bits(oc) : oc->insn.address_width);
		}
		for (unsigned b = 0; b < sizeof(fill); b++)
			fill[b] = string ? (uint8_t)gen_below(g, 2) : (uint8_t)gen_next(g);
		gen_poke(g, linear(oc, op->mem.segment, v) - (string ? 24 : 0), fill, sizeof(fill));
	}
	if (oc->insn.mnemonic == M(ENTER))
		set_low(&oc->in.reg[RBP], pick_offset(g, oc, ZYDIS_REGISTER_SS, 8), stack_bits(oc));
	return stack;
}

static bool uses(const ZydisDecodedOperandMem *m, int reg)
{
	return reg >= 0 && (gpr(m->base) == reg || gpr(m->index) == reg);
}

/* BT and its kind reach (register / 8) bytes away. */
static bool limit_bit_offset(struct gen *g, struct oracle_case *oc)
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

static bool aim_explicit(struct gen *g, struct oracle_case *oc, bool stack)
{
	for (unsigned n = 0; n < oc->insn.operand_count_visible; n++) {
		const ZydisDecodedOperand *op = &oc->op[n];
		unsigned size = op->size / 8;
		uint8_t fill[FX_SIZE];

		if (op->type != ZYDIS_OPERAND_TYPE_MEMORY || op->encoding == ZYDIS_OPERAND_ENCODING_NONE)
			continue;
		if (op->mem.type == ZYDIS_MEMOP_TYPE_AGEN)
			return true;
		aim(g, oc, &op->mem, pick_offset(g, oc, op->mem.segment, size), stack);
		oc->ea = linear(oc, op->mem.segment, effective(oc, &op->mem));
		oc->ea_size = size;
		/* Microcode wraps the pieces of an x87 environment one by one. */
		if (size >= 10 && size != 16 && oc->insn.address_width == 16 &&
		    effective(oc, &op->mem) + size > 0x10000)
			return false;
		if (!harmless(oc, oc->ea) || !harmless(oc, oc->ea + 512))
			return false;
		size = size < 16 ? 16 : size > FX_SIZE ? FX_SIZE : size;
		gen_operand(g, op->element_type, op->element_size, fill, size);
		if (oc->insn.mnemonic == M(FXRSTOR) || oc->insn.mnemonic == M(FXRSTOR64))
			gen_fx(g, fill);
		gen_poke(g, oc->ea, fill, size);
	}
	return true;
}

/* ---- values by instruction ---- */

static void make_equal(struct gen *g, struct oracle_case *oc)
{
	uint64_t both[2] = {0};

	switch (oc->insn.mnemonic) {
	case M(CMPXCHG):
		if (oc->ea)
			gen_poke(g, oc->ea, &oc->in.reg[RAX], 8);
		else if (gpr(oc->op[0].reg.value) >= 0)
			oc->in.reg[gpr(oc->op[0].reg.value)] = oc->in.reg[RAX];
		break;
	case M(CMPXCHG8B):
		both[0] = (oc->in.reg[RDX] << 32) | (uint32_t)oc->in.reg[RAX];
		gen_poke(g, oc->ea, both, 8);
		break;
	case M(CMPXCHG16B):
		both[0] = oc->in.reg[RAX];
		both[1] = oc->in.reg[RDX];
		gen_poke(g, oc->ea, both, 16);
		break;
	default: break;
	}
}

/* Before the addresses: registers with a role of their own. */
static void tame_registers(struct gen *g, struct oracle_case *oc)
{
	ZydisMnemonic m = oc->insn.mnemonic;
	unsigned small = gen_below(g, 20);

	if (oc->rep)
		oc->in.reg[RCX] = gen_pct(g, 50) && oc->insn.address_width < 64 && oc->mode == MODE_LONG
					  ? (gen_next(g) & ~width_mask(oc->insn.address_width)) | small
					  : small;
	else if (oc->insn.meta.category == ZYDIS_CATEGORY_COND_BR && gen_pct(g, 60))
		oc->in.reg[RCX] = gen_below(g, 3);
	if (m == M(DIV) && gen_pct(g, 60))
		oc->in.reg[RDX] = gen_below(g, 4);
	if (m == M(IDIV) && gen_pct(g, 60))
		oc->in.reg[RDX] = (int64_t)oc->in.reg[RAX] < 0 ? ~0ull : 0;
	if (oc->insn.meta.category == ZYDIS_CATEGORY_STRINGOP && gen_pct(g, 70))
		oc->in.reg[RAX] = gen_below(g, 2) * 0x0101010101010101ull;
}

/* A POPF that sets TF would trap in the exit. */
static void tame_popf(struct gen *g, struct oracle_case *oc)
{
	uint64_t sp = oc->in.reg[RSP] & width_mask(stack_bits(oc));
	uint32_t v = (uint32_t)gen_next(g) & ~(uint32_t)FL_TF;

	if (oc->insn.mnemonic == M(POPF) || oc->insn.mnemonic == M(POPFD) || oc->insn.mnemonic == M(POPFQ))
		gen_poke(g, linear(oc, ZYDIS_REGISTER_SS, sp), &v, 4);
}

/* ---- selectors ---- */

/* Only selectors that mean the same on both sides: the common LDT, null, or
 * outside the tables. */
static uint16_t pick_selector(struct gen *g)
{
	unsigned n = gen_below(g, 10);

	if (n == 0)
		return (uint16_t)gen_below(g, 4);
	if (n == 1)
		return LDT_SEL(ORACLE_LDT + gen_below(g, 4096));
	if (n == 2)
		return (uint16_t)(0xf000 | (gen_below(g, 0x1000) & ~4u));
	return (uint16_t)(LDT_SEL(gen_below(g, ORACLE_LDT)) - (gen_pct(g, 15) ? gen_below(g, 4) : 0));
}

static bool is_segment(const ZydisDecodedOperand *op)
{
	return op->type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       ZydisRegisterGetClass(op->reg.value) == ZYDIS_REGCLASS_SEGMENT;
}

/* Gives instructions that look at descriptors a selector. */
static void tame_selector(struct gen *g, struct oracle_case *oc)
{
	const ZydisDecodedOperand *from = &oc->op[1];
	uint64_t sp = oc->in.reg[RSP] & width_mask(stack_bits(oc));
	uint16_t sel = pick_selector(g);

	switch (oc->insn.mnemonic) {
	case M(LDS):
	case M(LES):
	case M(LFS):
	case M(LGS):
	case M(LSS): gen_poke(g, oc->ea + oc->insn.operand_width / 8, &sel, 2); return;
	case M(POP):
		if (is_segment(&oc->op[0]))
			gen_poke(g, linear(oc, ZYDIS_REGISTER_SS, sp), &sel, 2);
		return;
	case M(VERR):
	case M(VERW): from = &oc->op[0]; break;
	case M(MOV):
		if (!is_segment(&oc->op[0]))
			return;
		break;
	case M(LAR):
	case M(LSL): break;
	default: return;
	}
	if (from->type == ZYDIS_OPERAND_TYPE_MEMORY)
		gen_poke(g, oc->ea, &sel, 2);
	else if (gpr(from->reg.value) >= 0)
		set_low(&oc->in.reg[gpr(from->reg.value)], sel, 16);
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

static bool aim_branch(struct gen *g, struct oracle_case *oc)
{
	const ZydisDecodedInstruction *i = &oc->insn;
	uint64_t target = random_target(g, oc), v;

	if (i->meta.branch_type == ZYDIS_BRANCH_TYPE_FAR)
		return false;
	if (i->raw.imm[0].is_relative) {
		v = oc->land[1 + gen_below(g, 2)] - (oc->in.rip + oc->len);
		memcpy(oc->bytes + i->raw.imm[0].offset, &v, i->raw.imm[0].size / 8);
	} else if (i->mnemonic == M(RET)) {
		v = oc->in.reg[RSP] & width_mask(stack_bits(oc));
		gen_poke(g, linear(oc, ZYDIS_REGISTER_SS, v), &target, 8);
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

/* ---- the case ---- */

static bool needs_fp(const ZydisDecodedInstruction *i)
{
	switch (i->meta.isa_ext) {
	case ZYDIS_ISA_EXT_X87:
	case ZYDIS_ISA_EXT_MMX:
	case ZYDIS_ISA_EXT_SSE:
	case ZYDIS_ISA_EXT_SSE2:
	case ZYDIS_ISA_EXT_SSE3:
	case ZYDIS_ISA_EXT_SSSE3:
	case ZYDIS_ISA_EXT_SSE4: return true;
	default: return i->meta.isa_set == ZYDIS_ISA_SET_FXSAVE || i->meta.isa_set == ZYDIS_ISA_SET_FXSAVE64;
	}
}

static void random_state(struct gen *g, struct oracle_case *oc)
{
	uint64_t mask = oc->mode == MODE_LONG ? ~0ull : 0xffffffff;

	for (unsigned n = 0; n < (oc->mode == MODE_LONG ? 16u : 8u); n++)
		oc->in.reg[n] = gen_value(g) & mask;
	oc->in.flags = (gen_next(g) & FL_ARITH) | 0x202;
	if (gen_pct(g, 25))
		oc->in.flags |= FL_DF;
	if (gen_pct(g, 3))
		oc->in.flags |= FL_ID;
	if (gen_pct(g, 2))
		oc->in.flags |= FL_AC;
	oc->fs_base = ORACLE_DATA - gen_below(g, 1 << 20) * 16;
	oc->gs_base = ORACLE_DATA + gen_below(g, 256);
	if (gen_pct(g, 60)) /* a stack pointer that would do */
		set_low(&oc->in.reg[RSP], pick_offset(g, oc, ZYDIS_REGISTER_SS, 16) & ~15ull, stack_bits(oc));
}

static void place(struct gen *g, struct oracle_case *oc)
{
	oc->at = ORACLE_CODE + 0x400 + gen_below(g, 0x700);
	if (gen_pct(g, 8))
		oc->at = ORACLE_CODE + 0x1000 - 1 - gen_below(g, oc->len);
	oc->in.rip = oc->at - case_cs_base(oc);
	oc->land[LAND_FALL] = oc->in.rip + oc->len;
	oc->land[LAND_FORWARD] = oc->land[LAND_FALL] + 20 + gen_below(g, 60);
	oc->land[LAND_BACK] = oc->in.rip - 90 + gen_below(g, 60);
}

static bool decode(struct gen *g, struct oracle_case *oc)
{
	return ZYAN_SUCCESS(
		ZydisDecoderDecodeFull(&g->decoder[oc->mode], oc->bytes, sizeof(oc->bytes), &oc->insn, oc->op));
}

static const struct seg_config *pick_segs(struct gen *g, enum oracle_mode mode)
{
	const struct seg_config *s;

	if (mode == MODE_LONG)
		return NULL;
	do
		s = &seg_configs[gen_below(g, SEG_CONFIGS)];
	while (s->mode != mode);
	return s;
}

static bool fill_valid(struct gen *g, struct oracle_case *oc)
{
	bool stack;

	if (oc->insn.encoding != ZYDIS_INSTRUCTION_ENCODING_LEGACY || !isa_ours(oc->insn.meta.isa_set) ||
	    excluded_reason(oc->insn.mnemonic))
		return false;
	oc->fp = needs_fp(&oc->insn);
	oc->rep = oc->insn.attributes & (ZYDIS_ATTRIB_HAS_REP | ZYDIS_ATTRIB_HAS_REPE | ZYDIS_ATTRIB_HAS_REPNE);
	oc->branch = oc->insn.meta.branch_type != ZYDIS_BRANCH_TYPE_NONE;
	if (oc->fp)
		gen_fx(g, oc->in.fx);
	if (locked(oc))
		oc->in.flags &= ~(uint64_t)FL_AC;
	tame_registers(g, oc);
	if (!limit_bit_offset(g, oc))
		return false;
	stack = aim_hidden(g, oc);
	if (!tame_maskmov(g, oc) || (oc->rep && aliased_strings(oc)))
		return false;
	if (!aim_explicit(g, oc, stack))
		return false;
	if (stack && !harmless(oc, linear(oc, ZYDIS_REGISTER_SS, oc->in.reg[RSP] & width_mask(stack_bits(oc)))))
		return false;
	if (gen_pct(g, 50))
		make_equal(g, oc);
	tame_popf(g, oc);
	tame_selector(g, oc);
	if (oc->branch && !aim_branch(g, oc))
		return false;
	if (!decode(g, oc))
		return false; /* the patched bytes */
	case_undefined(oc);
	if (oc->partial || oc->ea_size >= 10) /* which pieces are checked for alignment is the model's own */
		oc->in.flags &= ~(uint64_t)FL_AC;
	return !oc->dest_undefined;
}

bool gen_case(struct gen *g, enum oracle_mode mode, const struct form *f, struct oracle_case *oc)
{
	unsigned head;

	memset(oc, 0, offsetof(struct oracle_case, insn));
	oc->ea = 0;
	oc->undefined = 0;
	oc->dest_undefined = oc->partial = oc->mmx = oc->loose_flags = false;
	oc->tolerance = EXACT;
	oc->ignores = 0;
	oc->mode = mode;
	oc->segs = pick_segs(g, mode);
	oc->single = gen_pct(g, 50);
	head = form_bytes(g, mode, f, f->class == FORM_INVALID, oc->bytes);
	oc->valid = decode(g, oc);
	if (!oc->valid && f->class != FORM_INVALID) {
		memset(oc->bytes + head, 0xcc, sizeof(oc->bytes) - head);
		oc->valid = decode(g, oc);
	}
	oc->len = oc->valid ? oc->insn.length : sizeof(oc->bytes);
	random_state(g, oc);
	place(g, oc);
	return !oc->valid || fill_valid(g, oc);
}
