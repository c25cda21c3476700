/* Turns a form into a case: decodes the random bytes, then chooses registers
 * and memory; where operands land is aim.c's. */
#include "tests/cpu/aim.h"

#include <stdlib.h>
#include <string.h>

void gen_open(struct gen *g, uint64_t seed, const char *only, const struct host_traits *host, struct guest *guest)
{
	static const ZydisMachineMode machine[ORACLE_MODES] = {
		ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_MACHINE_MODE_LONG_COMPAT_32, ZYDIS_MACHINE_MODE_LONG_COMPAT_16};
	static const ZydisStackWidth stack[ORACLE_MODES] = {ZYDIS_STACK_WIDTH_64, ZYDIS_STACK_WIDTH_32,
							    ZYDIS_STACK_WIDTH_16};
	static const ZydisDecoderMode nops[] = {ZYDIS_DECODER_MODE_MPX, ZYDIS_DECODER_MODE_CET,
						ZYDIS_DECODER_MODE_CLDEMOTE};

	memset(g, 0, sizeof(*g));
	g->host = *host;
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
	uint64_t sp = oc->in.reg[RSP] & width_mask(aim_stack_bits(oc));
	uint32_t v = (uint32_t)gen_next(g) & ~(uint32_t)FL_TF;

	if (oc->insn.mnemonic == M(POPF) || oc->insn.mnemonic == M(POPFD) || oc->insn.mnemonic == M(POPFQ))
		gen_poke(g, aim_linear(oc, ZYDIS_REGISTER_SS, sp), &v, 4);
}

/* Bit 17 of MXCSR allows misaligned operands on AMD's processors; on Intel's,
 * whose model ours is, it is reserved. */
static void tame_mxcsr(struct gen *g, const struct oracle_case *oc)
{
	unsigned at = (unsigned)(oc->ea + 2) & (ORACLE_BACK_SIZE - 1);
	uint8_t third = g->host_mem[at] & ~2u;

	if (g->host.amd && oc->insn.mnemonic == M(LDMXCSR))
		gen_poke(g, ORACLE_DATA + at, &third, 1);
}

/* ---- selectors ---- */

/* Only selectors that mean the same on both sides: the common LDT, null, or
 * outside the tables. */
static uint16_t pick_selector(struct gen *g)
{
	unsigned n = gen_below(g, g->host.segments ? 10 : 3);

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
	uint64_t sp = oc->in.reg[RSP] & width_mask(aim_stack_bits(oc));
	uint16_t sel = pick_selector(g);

	switch (oc->insn.mnemonic) {
	case M(LDS):
	case M(LES):
	case M(LFS):
	case M(LGS):
	case M(LSS): gen_poke(g, oc->ea + oc->insn.operand_width / 8, &sel, 2); return;
	case M(POP):
		if (is_segment(&oc->op[0]))
			gen_poke(g, aim_linear(oc, ZYDIS_REGISTER_SS, sp), &sel, 2);
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
		set_low(&oc->in.reg[RSP], aim_offset(g, oc, ZYDIS_REGISTER_SS, 16) & ~15ull, aim_stack_bits(oc));
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
	if (!aim_bit_offset(g, oc))
		return false;
	stack = aim_hidden(g, oc);
	if (!aim_maskmov(g, oc) || (oc->rep && aim_aliased(oc)))
		return false;
	if (!aim_explicit(g, oc, stack))
		return false;
	if (stack &&
	    !aim_harmless(oc, aim_linear(oc, ZYDIS_REGISTER_SS, oc->in.reg[RSP] & width_mask(aim_stack_bits(oc)))))
		return false;
	if (gen_pct(g, 50))
		make_equal(g, oc);
	tame_popf(g, oc);
	tame_selector(g, oc);
	tame_mxcsr(g, oc);
	if (oc->branch && !aim_branch(g, oc))
		return false;
	if (!decode(g, oc))
		return false; /* the patched bytes */
	case_undefined(oc);
	if ((g->host.amd && amd_differs(oc)) || !host_shows(&g->host, oc))
		return false;
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
	oc->no_fip = !g->host.pointers;
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
	if (!oc->valid)
		return !g->host.amd || !amd_more(oc);
	return fill_valid(g, oc);
}
