/* What an instruction reads and writes, according to Zydis; see zydis_uses.h.
 * Where the two mean different things, the differences are named here. */
#include "tests/cpu/zydis_uses.h"

#include "engine/cpu/decode/op.h"
#include "engine/cpu/decode/uses.h"

#define M(name) ZYDIS_MNEMONIC_##name

/* Reads and writes, with conditional ones. */
static bool reads(const ZydisDecodedOperand *op)
{
	return op->actions & (ZYDIS_OPERAND_ACTION_READ | ZYDIS_OPERAND_ACTION_CONDREAD);
}
static bool writes(const ZydisDecodedOperand *op)
{
	return op->actions & (ZYDIS_OPERAND_ACTION_WRITE | ZYDIS_OPERAND_ACTION_CONDWRITE);
}

static int gpr_number(ZydisRegister r)
{
	switch (ZydisRegisterGetClass(r)) {
	case ZYDIS_REGCLASS_GPR8: /* AL..BL, AH..BH, SPL.. */
		r = ZydisRegisterGetLargestEnclosing(ZYDIS_MACHINE_MODE_LONG_64, r);
		return ZydisRegisterGetId(r);
	case ZYDIS_REGCLASS_GPR16:
	case ZYDIS_REGCLASS_GPR32:
	case ZYDIS_REGCLASS_GPR64: return ZydisRegisterGetId(r);
	default: return -1;
	}
}

static unsigned gpr_bit(ZydisRegister r)
{
	int n = gpr_number(r);

	return n < 0 ? 0 : 1u << n;
}

static void add_register(const ZydisDecodedOperand *op, struct insn_uses *u)
{
	ZydisRegister reg = op->reg.value;
	int n = gpr_number(reg);

	if (n >= 0) {
		u->gpr_in |= reads(op) ? 1u << n : 0;
		u->gpr_out |= writes(op) ? 1u << n : 0;
		if (writes(op) && (op->size < 32 || !(op->actions & ZYDIS_OPERAND_ACTION_WRITE)))
			u->gpr_part |= 1u << n;
	} else if (ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_XMM) {
		n = ZydisRegisterGetId(reg);
		u->xmm_in |= reads(op) || op->size < 128 ? 1u << n : 0; /* what stays is read, for us */
		u->xmm_out |= writes(op) ? 1u << n : 0;
	} else if (ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_MMX ||
		   ZydisRegisterGetClass(reg) == ZYDIS_REGCLASS_X87) {
		u->what |= USES_X87;
	}
}

static void add_memory(const ZydisDecodedOperand *op, struct insn_uses *u)
{
	u->gpr_in |= (uint16_t)(gpr_bit(op->mem.base) | gpr_bit(op->mem.index));
	if (op->mem.type != ZYDIS_MEMOP_TYPE_MEM)
		return;
	u->what |= (reads(op) ? USES_LOAD : 0) | (writes(op) ? USES_STORE : 0);
	if (op->encoding == ZYDIS_OPERAND_ENCODING_MODRM_RM)
		u->mem_size = (uint16_t)(op->size / 8);
}

static void zydis_uses(const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op, struct insn_uses *u)
{
	const ZydisAccessedFlags *f = z->cpu_flags;

	*u = (struct insn_uses){0};
	for (unsigned n = 0; n < z->operand_count; n++) {
		if (op[n].type == ZYDIS_OPERAND_TYPE_REGISTER)
			add_register(&op[n], u);
		else if (op[n].type == ZYDIS_OPERAND_TYPE_MEMORY)
			add_memory(&op[n], u);
	}
	u->flags_in = f ? f->tested : 0;
	u->flags_out = f ? f->modified | f->set_0 | f->set_1 : 0;
	u->flags_may = f ? f->undefined : 0;
}

/* What Zydis does not say, or says otherwise. */
static void adjust(const struct insn *i, const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op,
		   const struct insn_uses *ours, struct insn_uses *theirs)
{
	/* Strings step the registers that their operands are addressed by. */
	if (i->op >= OP_MOVS && i->op <= OP_OUTS)
		for (unsigned n = 0; n < z->operand_count; n++)
			if (op[n].type == ZYDIS_OPERAND_TYPE_MEMORY)
				theirs->gpr_out |= (uint16_t)gpr_bit(op[n].mem.base);
	if (i->op == OP_LEAVE) /* RSP is loaded, not moved */
		theirs->gpr_in &= (uint16_t) ~(1u << RSP);
	if (i->op == OP_XLAT)
		theirs->gpr_in |= 1u << RAX;
	if (i->op == OP_SYS_lsl) /* for Zydis it reads what it may keep */
		theirs->gpr_in = ours->gpr_in, theirs->gpr_part = ours->gpr_part;
	if (i->op == OP_BSF || i->op == OP_BSR) /* a source of 0 keeps the destination */
		theirs->gpr_part = theirs->gpr_out;
	if (i->op == OP_SHLD_EGC || i->op == OP_SHRD_EGC || i->op == OP_SHLD_EGI || i->op == OP_SHRD_EGI)
		theirs->gpr_part = ours->gpr_part; /* a count of 0 writes what was there */
	if (i->op == OP_CMPS || i->op == OP_SCAS)  /* REPE looks at the ZF that it has made */
		theirs->flags_in &= ~(uint32_t)FL_ZF;
	if (i->op == OP_SYS_fxsave || i->op == OP_SYS_fxrstor)
		theirs->xmm_in = ours->xmm_in, theirs->xmm_out = ours->xmm_out;
	if (i->op == OP_SYS_clflush) /* asks for the whole line */
		theirs->mem_size = 1;
	if (i->op == OP_MOVSXD && INSN_OSZ(i) == 1 && theirs->mem_size)
		theirs->mem_size = 2; /* as Intel's do */
	/* A shift by 0 writes no flag. */
	if (((i->op >= OP_ROL_EI && i->op <= OP_SAR_EI) || i->op == OP_SHLD_EGI || i->op == OP_SHRD_EGI) &&
	    !(i->imm & (INSN_OSZ(i) == 3 ? 63 : 31)))
		theirs->flags_out = 0;
}

/* Transfers by way of descriptors do much that is no operand; hints touch none
 * of theirs. */
static bool incomparable(const struct insn *i, const struct insn_uses *ours)
{
	return i->op == OP_NOP_E || i->op == OP_SYS_invlpg || (ours->what & USES_UNDEFINED) ||
	       (ours->what & (USES_SYSTEM | USES_BRANCH)) == (USES_SYSTEM | USES_BRANCH);
}

#define COMPARED_FLAGS (FL_ARITH | FL_DF)

const char *uses_differ(const struct insn *i, const ZydisDecodedInstruction *z, const ZydisDecodedOperand *op,
			uint32_t *ours, uint32_t *theirs)
{
	struct insn_uses a, b;
	uint32_t writes_flags;

	insn_uses(i, &a);
	if (incomparable(i, &a))
		return NULL;
	zydis_uses(z, op, &b);
	adjust(i, z, op, &a, &b);
	writes_flags = a.flags_out | a.flags_may;
#define DIFFER(what, x, y) \
	do { \
		*ours = (x), *theirs = (y); \
		if (*ours != *theirs) \
			return what; \
	} while (0)
	DIFFER("registers read", a.gpr_in, b.gpr_in);
	DIFFER("registers written", a.gpr_out, b.gpr_out);
	if (i->op < OP_MOVS || i->op > OP_OUTS) /* whose registers have no size for Zydis */
		DIFFER("registers kept in part", a.gpr_part & ~(1u << RSP), b.gpr_part & ~(1u << RSP));
	DIFFER("XMM registers read", a.xmm_in, b.xmm_in);
	DIFFER("XMM registers written", a.xmm_out, b.xmm_out);
	DIFFER("flags read", a.flags_in & COMPARED_FLAGS, b.flags_in & COMPARED_FLAGS);
	DIFFER("flags written", writes_flags & COMPARED_FLAGS & ~b.flags_may, b.flags_out & COMPARED_FLAGS);
	DIFFER("memory", a.what & (USES_LOAD | USES_STORE), b.what & (USES_LOAD | USES_STORE));
	DIFFER("bytes of memory", a.mem_size, b.mem_size);
	return NULL;
#undef DIFFER
}
