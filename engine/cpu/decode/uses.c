/* Registers, flags and memory of an instruction; see uses.h. Tables by enum op;
 * the MMX and SSE families are in uses_simd.c. */
#include "engine/cpu/decode/uses.h"

#include "engine/cpu/decode/op.h"
#include "engine/cpu/decode/uses_priv.h"

#define BIT(reg) (1u << (reg))
#define ALL_GPRS 0xffu /* of 32-bit code, where PUSHA is */
#define FL_ALL ((uint32_t)(FL_ARITH | FL_TF | FL_IF | FL_DF | FL_IOPL | FL_NT | FL_AC | FL_ID))

/* e, g: what happens to the operands of ModRM; in, out: implicit registers. */
struct row {
	uint8_t e, g;
	uint16_t in, out;
	uint8_t what;
};

#define ALU(id) [OP_##id##_EG] = {.e = RW, .g = R}, [OP_##id##_GE] = {.e = R, .g = RW}, [OP_##id##_EI] = {.e = RW}
#define SHIFT(id) [OP_##id##_EI] = {.e = RW}, [OP_##id##_EC] = {.e = RW, .in = BIT(RCX)}
#define STACK .in = BIT(RSP), .out = BIT(RSP)
#define BITS(id) [OP_##id##_EG] = {.e = RW, .g = R}, [OP_##id##_EI] = {.e = RW}

static const struct row rows[OP_X87] = {
	ALU(ADD),
	ALU(OR),
	ALU(ADC),
	ALU(SBB),
	ALU(AND),
	ALU(SUB),
	ALU(XOR),
	[OP_CMP_EG] = {.e = R, .g = R},
	[OP_CMP_GE] = {.e = R, .g = R},
	[OP_CMP_EI] = {.e = R},
	[OP_TEST_EG] = {.e = R, .g = R},
	[OP_TEST_EI] = {.e = R},
	[OP_INC_E] = {.e = RW},
	[OP_DEC_E] = {.e = RW},
	[OP_NEG_E] = {.e = RW},
	[OP_NOT_E] = {.e = RW},
	[OP_XADD_EG] = {.e = RW, .g = RW},
	[OP_CMPXCHG_EG] = {.e = RW, .g = R, .in = BIT(RAX), .out = BIT(RAX)},
	SHIFT(ROL),
	SHIFT(ROR),
	SHIFT(RCL),
	SHIFT(RCR),
	SHIFT(SHL),
	SHIFT(SHR),
	SHIFT(SAR),
	[OP_SHLD_EGI] = {.e = RW, .g = R},
	[OP_SHRD_EGI] = {.e = RW, .g = R},
	[OP_SHLD_EGC] = {.e = RW, .g = R, .in = BIT(RCX)},
	[OP_SHRD_EGC] = {.e = RW, .g = R, .in = BIT(RCX)},
	[OP_MOV_EG] = {.e = W, .g = R},
	[OP_MOV_GE] = {.e = R, .g = W},
	[OP_MOV_EI] = {.e = W},
	[OP_MOV_ZQ] = {.e = W},
	[OP_MOV_AO] = {.out = BIT(RAX), .what = USES_LOAD},
	[OP_MOV_OA] = {.in = BIT(RAX), .what = USES_STORE},
	[OP_MOVZX_GB] = {.e = R, .g = W},
	[OP_MOVZX_GW] = {.e = R, .g = W},
	[OP_MOVSX_GB] = {.e = R, .g = W},
	[OP_MOVSX_GW] = {.e = R, .g = W},
	[OP_MOVSXD] = {.e = R, .g = W},
	[OP_LEA] = {.g = W},
	[OP_XCHG_EG] = {.e = RW, .g = RW},
	[OP_BSWAP] = {.e = RW},
	[OP_CBW] = {.in = BIT(RAX), .out = BIT(RAX)},
	[OP_CWD] = {.in = BIT(RAX), .out = BIT(RDX)},
	[OP_XLAT] = {.in = BIT(RAX) | BIT(RBX), .out = BIT(RAX), .what = USES_LOAD},
	[OP_PUSH_Z] = {.e = R, STACK, .what = USES_STORE},
	[OP_POP_Z] = {.e = W, STACK, .what = USES_LOAD},
	[OP_PUSH_I] = {STACK, .what = USES_STORE},
	[OP_PUSH_E] = {.e = R, STACK, .what = USES_STORE},
	[OP_POP_E] = {.e = W, STACK, .what = USES_LOAD},
	[OP_PUSHA] = {.in = ALL_GPRS, .out = BIT(RSP), .what = USES_STORE},
	[OP_POPA] = {.in = BIT(RSP), .out = ALL_GPRS, .what = USES_LOAD},
	[OP_ENTER] = {.in = BIT(RSP) | BIT(RBP), .out = BIT(RSP) | BIT(RBP), .what = USES_STORE},
	[OP_LEAVE] = {.in = BIT(RBP), .out = BIT(RSP) | BIT(RBP), .what = USES_LOAD},
	[OP_MUL_E] = {.e = R, .in = BIT(RAX), .out = BIT(RAX) | BIT(RDX)},
	[OP_IMUL_E] = {.e = R, .in = BIT(RAX), .out = BIT(RAX) | BIT(RDX)},
	[OP_IMUL_GE] = {.e = R, .g = RW},
	[OP_IMUL_GEI] = {.e = R, .g = W},
	[OP_DIV_E] = {.e = R, .in = BIT(RAX) | BIT(RDX), .out = BIT(RAX) | BIT(RDX)},
	[OP_IDIV_E] = {.e = R, .in = BIT(RAX) | BIT(RDX), .out = BIT(RAX) | BIT(RDX)},
	[OP_DAA] = {.in = BIT(RAX), .out = BIT(RAX)},
	[OP_DAS] = {.in = BIT(RAX), .out = BIT(RAX)},
	[OP_AAA] = {.in = BIT(RAX), .out = BIT(RAX)},
	[OP_AAS] = {.in = BIT(RAX), .out = BIT(RAX)},
	[OP_AAM] = {.in = BIT(RAX), .out = BIT(RAX)},
	[OP_AAD] = {.in = BIT(RAX), .out = BIT(RAX)},
	[OP_BT_EG] = {.e = R, .g = R},
	[OP_BT_EI] = {.e = R},
	BITS(BTS),
	BITS(BTR),
	BITS(BTC),
	[OP_BSF] = {.e = R, .g = W},
	[OP_BSR] = {.e = R, .g = W},
	[OP_POPCNT] = {.e = R, .g = W},
	[OP_CMPXCHG8B] = {.e = RW, .in = BIT(RAX) | BIT(RDX) | BIT(RBX) | BIT(RCX), .out = BIT(RAX) | BIT(RDX)},
	[OP_LAHF] = {.out = BIT(RAX)},
	[OP_SAHF] = {.in = BIT(RAX)},
	[OP_SALC] = {.out = BIT(RAX)},
	[OP_SETCC] = {.e = W},
	[OP_CMOVCC] = {.e = R, .g = W},
	[OP_JCC] = {.what = USES_BRANCH},
	[OP_JCC_LINK] = {.what = USES_BRANCH},
	[OP_JMP] = {.what = USES_BRANCH},
	[OP_JMP_LINK] = {.what = USES_BRANCH},
	[OP_CALL] = {STACK, .what = USES_STORE | USES_BRANCH},
	[OP_CALL_LINK] = {STACK, .what = USES_STORE | USES_BRANCH},
	[OP_JMP_E] = {.e = R, .what = USES_BRANCH},
	[OP_CALL_E] = {.e = R, STACK, .what = USES_STORE | USES_BRANCH},
	[OP_RET] = {STACK, .what = USES_LOAD | USES_BRANCH},
	[OP_LOOPNE] = {.in = BIT(RCX), .out = BIT(RCX), .what = USES_BRANCH},
	[OP_LOOPE] = {.in = BIT(RCX), .out = BIT(RCX), .what = USES_BRANCH},
	[OP_LOOP] = {.in = BIT(RCX), .out = BIT(RCX), .what = USES_BRANCH},
	[OP_JCXZ] = {.in = BIT(RCX), .what = USES_BRANCH},
	[OP_MOVS] = {.in = BIT(RSI) | BIT(RDI), .out = BIT(RSI) | BIT(RDI), .what = USES_LOAD | USES_STORE},
	[OP_CMPS] = {.in = BIT(RSI) | BIT(RDI), .out = BIT(RSI) | BIT(RDI), .what = USES_LOAD},
	[OP_STOS] = {.in = BIT(RAX) | BIT(RDI), .out = BIT(RDI), .what = USES_STORE},
	[OP_LODS] = {.in = BIT(RSI), .out = BIT(RAX) | BIT(RSI), .what = USES_LOAD},
	[OP_SCAS] = {.in = BIT(RAX) | BIT(RDI), .out = BIT(RDI), .what = USES_LOAD},
	[OP_INS] = {.in = BIT(RDX) | BIT(RDI), .out = BIT(RDI), .what = USES_STORE | USES_SYSTEM},
	[OP_OUTS] = {.in = BIT(RDX) | BIT(RSI), .out = BIT(RSI), .what = USES_LOAD | USES_SYSTEM},

	[OP_SYS_push_sreg] = {STACK, .what = USES_STORE | USES_SYSTEM},
	[OP_SYS_pop_sreg] = {STACK, .what = USES_LOAD | USES_SYSTEM},
	[OP_SYS_mov_e_sreg] = {.e = W, .what = USES_SYSTEM},
	[OP_SYS_mov_sreg_e] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_lxs] = {.e = R, .g = W, .what = USES_SYSTEM},
	[OP_SYS_pause] = {.what = USES_SYSTEM},
	[OP_SYS_swapgs] = {.what = USES_SYSTEM},
	[OP_SYS_bound] = {.e = R, .g = R},
	[OP_SYS_arpl] = {.e = RW, .g = R},
	[OP_SYS_lar] = {.e = R, .g = W, .what = USES_SYSTEM},
	[OP_SYS_lsl] = {.e = R, .g = W, .what = USES_SYSTEM},
	[OP_SYS_verr] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_verw] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_callf_imm] = {STACK, .what = USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_jmpf_imm] = {.what = USES_BRANCH | USES_SYSTEM},
	[OP_SYS_callf_mem] = {.e = R, STACK, .what = USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_jmpf_mem] = {.e = R, .what = USES_BRANCH | USES_SYSTEM},
	[OP_SYS_retf] = {STACK, .what = USES_LOAD | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_iret] = {STACK, .what = USES_LOAD | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_int] = {STACK, .what = USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_int3] = {STACK, .what = USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_into] = {STACK, .what = USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_int1] = {STACK, .what = USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_syscall] = {.out = BIT(RCX) | BIT(R11), .what = USES_BRANCH | USES_SYSTEM},
	[OP_SYS_sysret] = {.in = BIT(RCX) | BIT(R11), .what = USES_BRANCH | USES_SYSTEM},
	[OP_SYS_sysenter] = {.out = BIT(RSP), .what = USES_BRANCH | USES_SYSTEM},
	[OP_SYS_sysexit] = {.in = BIT(RCX) | BIT(RDX), .out = BIT(RSP), .what = USES_BRANCH | USES_SYSTEM},
	[OP_SYS_pushf] = {STACK, .what = USES_STORE},
	[OP_SYS_popf] = {STACK, .what = USES_LOAD | USES_SYSTEM},
	[OP_SYS_cli] = {.what = USES_SYSTEM},
	[OP_SYS_sti] = {.what = USES_SYSTEM},
	[OP_SYS_hlt] = {.what = USES_SYSTEM},
	[OP_SYS_in_imm] = {.out = BIT(RAX), .what = USES_SYSTEM},
	[OP_SYS_in_dx] = {.in = BIT(RDX), .out = BIT(RAX), .what = USES_SYSTEM},
	[OP_SYS_out_imm] = {.in = BIT(RAX), .what = USES_SYSTEM},
	[OP_SYS_out_dx] = {.in = BIT(RAX) | BIT(RDX), .what = USES_SYSTEM},
	[OP_SYS_sgdt] = {.e = W, .what = USES_SYSTEM},
	[OP_SYS_sidt] = {.e = W, .what = USES_SYSTEM},
	[OP_SYS_lgdt] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_lidt] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_sldt] = {.e = W, .what = USES_SYSTEM},
	[OP_SYS_str] = {.e = W, .what = USES_SYSTEM},
	[OP_SYS_lldt] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_ltr] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_smsw] = {.e = W, .what = USES_SYSTEM},
	[OP_SYS_lmsw] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_clts] = {.what = USES_SYSTEM},
	[OP_SYS_invd] = {.what = USES_SYSTEM},
	[OP_SYS_wbinvd] = {.what = USES_SYSTEM},
	[OP_SYS_invlpg] = {.what = USES_SYSTEM},
	[OP_SYS_mov_r_cr] = {.e = W, .what = USES_SYSTEM},
	[OP_SYS_mov_cr_r] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_mov_r_dr] = {.e = W, .what = USES_SYSTEM},
	[OP_SYS_mov_dr_r] = {.e = R, .what = USES_SYSTEM},
	[OP_SYS_rdmsr] = {.in = BIT(RCX), .out = BIT(RAX) | BIT(RDX), .what = USES_SYSTEM},
	[OP_SYS_wrmsr] = {.in = BIT(RAX) | BIT(RCX) | BIT(RDX), .what = USES_SYSTEM},
	[OP_SYS_rdtsc] = {.out = BIT(RAX) | BIT(RDX), .what = USES_SYSTEM},
	[OP_SYS_rdtscp] = {.out = BIT(RAX) | BIT(RCX) | BIT(RDX), .what = USES_SYSTEM},
	[OP_SYS_rdpmc] = {.in = BIT(RCX), .out = BIT(RAX) | BIT(RDX), .what = USES_SYSTEM},
	[OP_SYS_cpuid] = {.in = BIT(RAX) | BIT(RCX),
			  .out = BIT(RAX) | BIT(RBX) | BIT(RCX) | BIT(RDX),
			  .what = USES_SYSTEM},
	[OP_SYS_rdrand] = {.e = W, .what = USES_SYSTEM},
	[OP_SYS_rsm] = {.what = USES_UNDEFINED},
	[OP_SYS_fwait] = {.what = USES_X87},
	[OP_SYS_fxsave] = {.e = W, .what = USES_X87 | USES_MXCSR},
	[OP_SYS_fxrstor] = {.e = R, .what = USES_X87 | USES_MXCSR},
	[OP_SYS_ldmxcsr] = {.e = R, .what = USES_MXCSR},
	[OP_SYS_stmxcsr] = {.e = W, .what = USES_MXCSR},
	[OP_SYS_clflush] = {.e = R},
};

/* ---- operands ---- */

static void use_gpr(struct insn_uses *u, unsigned offset, unsigned role)
{
	uint16_t bit = (uint16_t)BIT(offset / 8);

	u->gpr_in |= role & R ? bit : 0;
	u->gpr_out |= role & W ? bit : 0;
}

void uses_address(const struct insn *i, struct insn_uses *u)
{
	if (i->base / 8 < REG_ZERO)
		u->gpr_in |= (uint16_t)BIT(i->base / 8);
	if (i->index / 8 < REG_ZERO)
		u->gpr_in |= (uint16_t)BIT(i->index / 8);
}

void uses_memory(struct insn_uses *u, unsigned role, unsigned size)
{
	u->mem_size = role ? (uint16_t)size : 0;
	u->what |= (role & R ? USES_LOAD : 0) | (role & W ? USES_STORE : 0);
}

/* Bytes of E if it is memory. */
static unsigned operand_bytes(const struct insn *i)
{
	unsigned size = 1u << INSN_OSZ(i), table = i->flags & IN_64 ? 10 : 6;

	switch (i->op) {
	case OP_MOVZX_GB:
	case OP_MOVSX_GB:
	case OP_SYS_clflush: return 1;
	case OP_MOVZX_GW:
	case OP_MOVSX_GW:
	case OP_SYS_mov_e_sreg:
	case OP_SYS_mov_sreg_e:
	case OP_SYS_arpl:
	case OP_SYS_lar:
	case OP_SYS_lsl:
	case OP_SYS_verr:
	case OP_SYS_verw:
	case OP_SYS_sldt:
	case OP_SYS_str:
	case OP_SYS_lldt:
	case OP_SYS_ltr:
	case OP_SYS_smsw:
	case OP_SYS_lmsw: return 2;
	case OP_MOVSXD: return INSN_OSZ(i) == 1 ? 2 : 4;
	case OP_SYS_ldmxcsr:
	case OP_SYS_stmxcsr: return 4;
	case OP_CMPXCHG8B: return INSN_OSZ(i) == 3 ? 16 : 8;
	case OP_SYS_bound: return 2 * size;
	case OP_SYS_lxs:
	case OP_SYS_callf_mem:
	case OP_SYS_jmpf_mem: return size + 2;
	case OP_SYS_sgdt:
	case OP_SYS_sidt:
	case OP_SYS_lgdt:
	case OP_SYS_lidt: return table;
	case OP_SYS_fxsave:
	case OP_SYS_fxrstor: return 512;
	default: return size;
	}
}

/* Written registers of which something stays: 8 and 16 bits, conditions. */
static uint16_t partly(const struct insn *i, const struct insn_uses *u)
{
	uint16_t stack = (uint16_t)(i->flags & IN_64 ? 0 : BIT(RSP)); /* the stack may have 16 bits */
	uint16_t count = INSN_ASZ(i) == 1 ? (uint16_t)(BIT(RCX) | BIT(RSI) | BIT(RDI)) : 0;

	switch (i->op) {
	case OP_CMPXCHG_EG:
	case OP_CMPXCHG8B:
	case OP_CMOVCC:
	case OP_BSF:
	case OP_BSR:
	case OP_SYS_arpl:
	case OP_SYS_lar:
	case OP_SYS_lsl: return u->gpr_out;
	case OP_MOVS:
	case OP_CMPS:
	case OP_STOS:
	case OP_SCAS:
	case OP_INS:
	case OP_OUTS:
	case OP_LOOP:
	case OP_LOOPE:
	case OP_LOOPNE: return u->gpr_out & count;
	case OP_LODS: return u->gpr_out & (count | (INSN_OSZ(i) < 2 ? BIT(RAX) : 0));
	case OP_SYS_mov_r_cr:
	case OP_SYS_mov_r_dr:
	case OP_SYS_rdtsc:
	case OP_SYS_rdtscp:
	case OP_SYS_rdmsr:
	case OP_SYS_rdpmc:
	case OP_SYS_cpuid:
	case OP_SYS_syscall:
	case OP_SYS_sysenter:
	case OP_SYS_sysexit: return 0;
	case OP_SYS_iret:
	case OP_SYS_retf: return stack;
	default: break;
	}
	if (INSN_OSZ(i) < 2)
		return u->gpr_out;
	return u->gpr_out & stack;
}

/* ---- flags ---- */

static uint32_t condition_flags(unsigned cc)
{
	static const uint16_t flags[8] = {FL_OF, FL_CF, FL_ZF,         FL_CF | FL_ZF,
					  FL_SF, FL_PF, FL_SF | FL_OF, FL_ZF | FL_SF | FL_OF};

	return flags[cc >> 1 & 7];
}

static void sized_flags(const struct insn *i, struct insn_uses *u)
{
	const struct op_info *info = op_info(i->op);
	bool by_cl = (i->op >= OP_ROL_EC && i->op <= OP_SAR_EC) || i->op == OP_SHLD_EGC || i->op == OP_SHRD_EGC;
	bool by_imm = (i->op >= OP_ROL_EI && i->op <= OP_SAR_EI) || i->op == OP_SHLD_EGI || i->op == OP_SHRD_EGI;

	u->flags_in = info->flags_in;
	u->flags_out = info->flags_out;
	if (i->op == OP_JCC || i->op == OP_JCC_LINK || i->op == OP_SETCC || i->op == OP_CMOVCC)
		u->flags_in = condition_flags(i->opcode);
	if (i->op == OP_CLD || i->op == OP_STD)
		u->flags_out = FL_DF;
	if (i->op >= OP_MOVS && i->op <= OP_OUTS)
		u->flags_in |= FL_DF;
	if (by_imm && !(i->imm & (INSN_OSZ(i) == 3 ? 63 : 31)))
		u->flags_out = 0;
	/* A count of 0 changes nothing. */
	if (by_cl || ((i->flags & (IN_REP | IN_REPNE)) && (i->op == OP_CMPS || i->op == OP_SCAS))) {
		u->flags_may = u->flags_out;
		u->flags_out = 0;
	}
}

static void system_flags(const struct insn *i, struct insn_uses *u)
{
	switch (i->op) {
	case OP_SYS_arpl:
	case OP_SYS_lar:
	case OP_SYS_lsl:
	case OP_SYS_verr:
	case OP_SYS_verw: u->flags_out = FL_ZF; break;
	case OP_SYS_rdrand: u->flags_out = FL_ARITH; break;
	case OP_SYS_cli:
	case OP_SYS_sti: u->flags_out = FL_IF; break;
	case OP_SYS_pushf: u->flags_in = FL_ALL; break;
	case OP_SYS_popf: /* which of them depends on the privilege */
	case OP_SYS_iret:
		u->flags_out = FL_ARITH | FL_TF | FL_DF | FL_NT;
		u->flags_may = FL_ALL & ~u->flags_out;
		break;
	case OP_SYS_sysret: u->flags_out = FL_ALL; break;
	case OP_SYS_into:
		u->flags_in = FL_ALL;
		u->flags_may = FL_TF | FL_IF | FL_NT | FL_AC;
		break;
	case OP_SYS_int:
	case OP_SYS_int3:
	case OP_SYS_int1:
		u->flags_in = FL_ALL;
		u->flags_may = FL_TF | FL_IF | FL_NT | FL_AC;
		break;
	case OP_SYS_syscall:
		u->flags_in = FL_ALL;
		u->flags_may = FL_ALL;
		break;
	case OP_SYS_sysenter: u->flags_out = FL_IF; break;
	case OP_SYS_callf_imm:
	case OP_SYS_callf_mem:
	case OP_SYS_jmpf_imm:
	case OP_SYS_jmpf_mem: /* a task switch */ u->flags_in = u->flags_may = FL_ALL; break;
	default: break;
	}
}

/* ---- x87 ---- */

/* Memory operands by opcode and ModRM.reg: bytes, negative if written. 100 and
 * 101: environment and whole state, whose size follows the operand size. */
static void use_x87(const struct insn *i, struct insn_uses *u)
{
	static const int8_t memory[8][8] = {
		{4, 4, 4, 4, 4, 4, 4, 4},       {4, 0, -4, -4, 100, 2, -100, -2}, {4, 4, 4, 4, 4, 4, 4, 4},
		{4, -4, -4, -4, 0, 10, 0, -10}, {8, 8, 8, 8, 8, 8, 8, 8},         {8, -8, -8, -8, 101, 0, -101, -2},
		{2, 2, 2, 2, 2, 2, 2, 2},       {2, -2, -2, -2, 10, 8, -10, -8},
	};
	int size = memory[i->opcode & 7][i->modrm >> 3 & 7], bytes = size < 0 ? -size : size;
	unsigned row = i->modrm >> 3 & 7;

	u->what |= USES_X87;
	if (i->flags & IN_MEM) {
		if (bytes >= 100)
			bytes = (INSN_OSZ(i) == 1 ? 14 : 28) + (bytes == 101 ? 80 : 0);
		uses_memory(u, size < 0 ? W : R, (unsigned)bytes);
		return;
	}
	if (i->opcode == 0xdf && i->modrm == 0xe0) /* FNSTSW AX */
		u->gpr_out = u->gpr_part = BIT(RAX);
	else if ((i->opcode == 0xdb || i->opcode == 0xdf) && (row == 5 || row == 6))
		u->flags_out = FL_ARITH; /* FCOMI and its kin */
	else if ((i->opcode == 0xda || i->opcode == 0xdb) && row < 4) {
		static const uint16_t flags[4] = {FL_CF, FL_ZF, FL_CF | FL_ZF, FL_PF};

		u->flags_in = flags[row];
	}
}

/* ---- all ---- */

static void use_row(const struct insn *i, struct insn_uses *u)
{
	const struct row *r = &rows[i->op];
	bool rep = i->flags & (IN_REP | IN_REPNE);
	uint16_t keep = 0xffff;

	/* MUL, DIV and their kin of bytes use AX alone. */
	if (INSN_OSZ(i) == 0 && i->op >= OP_MUL_E && i->op <= OP_IDIV_E)
		keep = (uint16_t)~BIT(RDX);
	u->gpr_in |= r->in & keep;
	u->gpr_out |= r->out & keep;
	u->what |= r->what;
	if (i->flags & IN_MEM)
		uses_memory(u, r->e, operand_bytes(i));
	else if (r->e)
		use_gpr(u, i->rm, r->e);
	if (r->g)
		use_gpr(u, i->reg, r->g);
	if (rep && i->op >= OP_MOVS && i->op <= OP_OUTS) {
		u->gpr_in |= BIT(RCX);
		u->gpr_out |= BIT(RCX);
	}
	if (i->op == OP_SYS_fxsave)
		u->xmm_in = i->flags & IN_64 ? 0xffff : 0xff;
	if (i->op == OP_SYS_fxrstor)
		u->xmm_out = i->flags & IN_64 ? 0xffff : 0xff;
	if (i->op < OP_SIZED)
		sized_flags(i, u);
	else
		system_flags(i, u);
	u->gpr_part = partly(i, u);
}

void insn_uses(const struct insn *i, struct insn_uses *u)
{
	*u = (struct insn_uses){0};
	if (i->flags & IN_MEM)
		uses_address(i, u);
	if (i->op >= OP_SIMD)
		uses_simd(i, u);
	else if (i->op > OP_X87)
		use_x87(i, u);
	else if (i->op <= OP_TOO_LONG)
		u->what = USES_UNDEFINED;
	else
		use_row(i, u);
}
