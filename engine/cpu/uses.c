/* Registers, flags and memory of an instruction; see uses.h. Tables by enum op;
 * the MMX and SSE families are in uses_simd.c. */
#include "engine/cpu/uses.h"

#include "engine/cpu/op.h"
#include "engine/cpu/uses_priv.h"

#define BIT(reg) (1u << (reg))
#define ALL_GPRS 0xffu /* of 32-bit code, where PUSHA is */
#define FL_ALL ((uint32_t)(FL_ARITH | FL_TF | FL_IF | FL_DF | FL_IOPL | FL_NT | FL_AC | FL_ID))

/* e, g: what happens to the operands of ModRM; in, out: implicit registers. */
struct row {
	uint8_t e, g;
	uint16_t in, out;
	uint8_t what;
};

#define ALU(id) [OP_##id##_EG] = {RW, R}, [OP_##id##_GE] = {R, RW}, [OP_##id##_EI] = {RW}
#define SHIFT(id) [OP_##id##_EI] = {RW}, [OP_##id##_EC] = {RW, 0, BIT(RCX)}
#define STACK BIT(RSP), BIT(RSP)
#define BITS(id) [OP_##id##_EG] = {RW, R}, [OP_##id##_EI] = {RW}

static const struct row rows[OP_X87] = {
	ALU(ADD),
	ALU(OR),
	ALU(ADC),
	ALU(SBB),
	ALU(AND),
	ALU(SUB),
	ALU(XOR),
	[OP_CMP_EG] = {R, R},
	[OP_CMP_GE] = {R, R},
	[OP_CMP_EI] = {R},
	[OP_TEST_EG] = {R, R},
	[OP_TEST_EI] = {R},
	[OP_INC_E] = {RW},
	[OP_DEC_E] = {RW},
	[OP_NEG_E] = {RW},
	[OP_NOT_E] = {RW},
	[OP_XADD_EG] = {RW, RW},
	[OP_CMPXCHG_EG] = {RW, R, BIT(RAX), BIT(RAX)},
	SHIFT(ROL),
	SHIFT(ROR),
	SHIFT(RCL),
	SHIFT(RCR),
	SHIFT(SHL),
	SHIFT(SHR),
	SHIFT(SAR),
	[OP_SHLD_EGI] = {RW, R},
	[OP_SHRD_EGI] = {RW, R},
	[OP_SHLD_EGC] = {RW, R, BIT(RCX)},
	[OP_SHRD_EGC] = {RW, R, BIT(RCX)},
	[OP_MOV_EG] = {W, R},
	[OP_MOV_GE] = {R, W},
	[OP_MOV_EI] = {W},
	[OP_MOV_ZQ] = {W},
	[OP_MOV_AO] = {0, 0, 0, BIT(RAX), USES_LOAD},
	[OP_MOV_OA] = {0, 0, BIT(RAX), 0, USES_STORE},
	[OP_MOVZX_GB] = {R, W},
	[OP_MOVZX_GW] = {R, W},
	[OP_MOVSX_GB] = {R, W},
	[OP_MOVSX_GW] = {R, W},
	[OP_MOVSXD] = {R, W},
	[OP_LEA] = {0, W},
	[OP_XCHG_EG] = {RW, RW},
	[OP_BSWAP] = {RW},
	[OP_CBW] = {0, 0, BIT(RAX), BIT(RAX)},
	[OP_CWD] = {0, 0, BIT(RAX), BIT(RDX)},
	[OP_XLAT] = {0, 0, BIT(RAX) | BIT(RBX), BIT(RAX), USES_LOAD},
	[OP_PUSH_Z] = {R, 0, STACK, USES_STORE},
	[OP_POP_Z] = {W, 0, STACK, USES_LOAD},
	[OP_PUSH_I] = {0, 0, STACK, USES_STORE},
	[OP_PUSH_E] = {R, 0, STACK, USES_STORE},
	[OP_POP_E] = {W, 0, STACK, USES_LOAD},
	[OP_PUSHA] = {0, 0, ALL_GPRS, BIT(RSP), USES_STORE},
	[OP_POPA] = {0, 0, BIT(RSP), ALL_GPRS, USES_LOAD},
	[OP_ENTER] = {0, 0, BIT(RSP) | BIT(RBP), BIT(RSP) | BIT(RBP), USES_STORE},
	[OP_LEAVE] = {0, 0, BIT(RBP), BIT(RSP) | BIT(RBP), USES_LOAD},
	[OP_MUL_E] = {R, 0, BIT(RAX), BIT(RAX) | BIT(RDX)},
	[OP_IMUL_E] = {R, 0, BIT(RAX), BIT(RAX) | BIT(RDX)},
	[OP_IMUL_GE] = {R, RW},
	[OP_IMUL_GEI] = {R, W},
	[OP_DIV_E] = {R, 0, BIT(RAX) | BIT(RDX), BIT(RAX) | BIT(RDX)},
	[OP_IDIV_E] = {R, 0, BIT(RAX) | BIT(RDX), BIT(RAX) | BIT(RDX)},
	[OP_DAA] = {0, 0, BIT(RAX), BIT(RAX)},
	[OP_DAS] = {0, 0, BIT(RAX), BIT(RAX)},
	[OP_AAA] = {0, 0, BIT(RAX), BIT(RAX)},
	[OP_AAS] = {0, 0, BIT(RAX), BIT(RAX)},
	[OP_AAM] = {0, 0, BIT(RAX), BIT(RAX)},
	[OP_AAD] = {0, 0, BIT(RAX), BIT(RAX)},
	[OP_BT_EG] = {R, R},
	[OP_BT_EI] = {R},
	BITS(BTS),
	BITS(BTR),
	BITS(BTC),
	[OP_BSF] = {R, W},
	[OP_BSR] = {R, W},
	[OP_POPCNT] = {R, W},
	[OP_CMPXCHG8B] = {RW, 0, BIT(RAX) | BIT(RDX) | BIT(RBX) | BIT(RCX), BIT(RAX) | BIT(RDX)},
	[OP_LAHF] = {0, 0, 0, BIT(RAX)},
	[OP_SAHF] = {0, 0, BIT(RAX), 0},
	[OP_SALC] = {0, 0, 0, BIT(RAX)},
	[OP_SETCC] = {W},
	[OP_CMOVCC] = {R, W},
	[OP_JCC] = {.what = USES_BRANCH},
	[OP_JCC_LINK] = {.what = USES_BRANCH},
	[OP_JMP] = {.what = USES_BRANCH},
	[OP_JMP_LINK] = {.what = USES_BRANCH},
	[OP_CALL] = {0, 0, STACK, USES_STORE | USES_BRANCH},
	[OP_CALL_LINK] = {0, 0, STACK, USES_STORE | USES_BRANCH},
	[OP_JMP_E] = {R, .what = USES_BRANCH},
	[OP_CALL_E] = {R, 0, STACK, USES_STORE | USES_BRANCH},
	[OP_RET] = {0, 0, STACK, USES_LOAD | USES_BRANCH},
	[OP_LOOPNE] = {0, 0, BIT(RCX), BIT(RCX), USES_BRANCH},
	[OP_LOOPE] = {0, 0, BIT(RCX), BIT(RCX), USES_BRANCH},
	[OP_LOOP] = {0, 0, BIT(RCX), BIT(RCX), USES_BRANCH},
	[OP_JCXZ] = {0, 0, BIT(RCX), 0, USES_BRANCH},
	[OP_MOVS] = {0, 0, BIT(RSI) | BIT(RDI), BIT(RSI) | BIT(RDI), USES_LOAD | USES_STORE},
	[OP_CMPS] = {0, 0, BIT(RSI) | BIT(RDI), BIT(RSI) | BIT(RDI), USES_LOAD},
	[OP_STOS] = {0, 0, BIT(RAX) | BIT(RDI), BIT(RDI), USES_STORE},
	[OP_LODS] = {0, 0, BIT(RSI), BIT(RAX) | BIT(RSI), USES_LOAD},
	[OP_SCAS] = {0, 0, BIT(RAX) | BIT(RDI), BIT(RDI), USES_LOAD},
	[OP_INS] = {0, 0, BIT(RDX) | BIT(RDI), BIT(RDI), USES_STORE | USES_SYSTEM},
	[OP_OUTS] = {0, 0, BIT(RDX) | BIT(RSI), BIT(RSI), USES_LOAD | USES_SYSTEM},

	[OP_SYS_push_sreg] = {0, 0, STACK, USES_STORE | USES_SYSTEM},
	[OP_SYS_pop_sreg] = {0, 0, STACK, USES_LOAD | USES_SYSTEM},
	[OP_SYS_mov_e_sreg] = {W, .what = USES_SYSTEM},
	[OP_SYS_mov_sreg_e] = {R, .what = USES_SYSTEM},
	[OP_SYS_lxs] = {R, W, .what = USES_SYSTEM},
	[OP_SYS_swapgs] = {.what = USES_SYSTEM},
	[OP_SYS_bound] = {R, R},
	[OP_SYS_arpl] = {RW, R},
	[OP_SYS_lar] = {R, W, .what = USES_SYSTEM},
	[OP_SYS_lsl] = {R, W, .what = USES_SYSTEM},
	[OP_SYS_verr] = {R, .what = USES_SYSTEM},
	[OP_SYS_verw] = {R, .what = USES_SYSTEM},
	[OP_SYS_callf_imm] = {0, 0, STACK, USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_jmpf_imm] = {.what = USES_BRANCH | USES_SYSTEM},
	[OP_SYS_callf_mem] = {R, 0, STACK, USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_jmpf_mem] = {R, .what = USES_BRANCH | USES_SYSTEM},
	[OP_SYS_retf] = {0, 0, STACK, USES_LOAD | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_iret] = {0, 0, STACK, USES_LOAD | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_int] = {0, 0, STACK, USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_int3] = {0, 0, STACK, USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_into] = {0, 0, STACK, USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_int1] = {0, 0, STACK, USES_STORE | USES_BRANCH | USES_SYSTEM},
	[OP_SYS_syscall] = {0, 0, 0, BIT(RCX) | BIT(R11), USES_BRANCH | USES_SYSTEM},
	[OP_SYS_sysret] = {0, 0, BIT(RCX) | BIT(R11), 0, USES_BRANCH | USES_SYSTEM},
	[OP_SYS_sysenter] = {0, 0, 0, BIT(RSP), USES_BRANCH | USES_SYSTEM},
	[OP_SYS_sysexit] = {0, 0, BIT(RCX) | BIT(RDX), BIT(RSP), USES_BRANCH | USES_SYSTEM},
	[OP_SYS_pushf] = {0, 0, STACK, USES_STORE},
	[OP_SYS_popf] = {0, 0, STACK, USES_LOAD | USES_SYSTEM},
	[OP_SYS_cli] = {.what = USES_SYSTEM},
	[OP_SYS_sti] = {.what = USES_SYSTEM},
	[OP_SYS_hlt] = {.what = USES_SYSTEM},
	[OP_SYS_in_imm] = {0, 0, 0, BIT(RAX), USES_SYSTEM},
	[OP_SYS_in_dx] = {0, 0, BIT(RDX), BIT(RAX), USES_SYSTEM},
	[OP_SYS_out_imm] = {0, 0, BIT(RAX), 0, USES_SYSTEM},
	[OP_SYS_out_dx] = {0, 0, BIT(RAX) | BIT(RDX), 0, USES_SYSTEM},
	[OP_SYS_sgdt] = {W, .what = USES_SYSTEM},
	[OP_SYS_sidt] = {W, .what = USES_SYSTEM},
	[OP_SYS_lgdt] = {R, .what = USES_SYSTEM},
	[OP_SYS_lidt] = {R, .what = USES_SYSTEM},
	[OP_SYS_sldt] = {W, .what = USES_SYSTEM},
	[OP_SYS_str] = {W, .what = USES_SYSTEM},
	[OP_SYS_lldt] = {R, .what = USES_SYSTEM},
	[OP_SYS_ltr] = {R, .what = USES_SYSTEM},
	[OP_SYS_smsw] = {W, .what = USES_SYSTEM},
	[OP_SYS_lmsw] = {R, .what = USES_SYSTEM},
	[OP_SYS_clts] = {.what = USES_SYSTEM},
	[OP_SYS_invd] = {.what = USES_SYSTEM},
	[OP_SYS_wbinvd] = {.what = USES_SYSTEM},
	[OP_SYS_invlpg] = {.what = USES_SYSTEM},
	[OP_SYS_mov_r_cr] = {W, .what = USES_SYSTEM},
	[OP_SYS_mov_cr_r] = {R, .what = USES_SYSTEM},
	[OP_SYS_mov_r_dr] = {W, .what = USES_SYSTEM},
	[OP_SYS_mov_dr_r] = {R, .what = USES_SYSTEM},
	[OP_SYS_rdmsr] = {0, 0, BIT(RCX), BIT(RAX) | BIT(RDX), USES_SYSTEM},
	[OP_SYS_wrmsr] = {0, 0, BIT(RAX) | BIT(RCX) | BIT(RDX), 0, USES_SYSTEM},
	[OP_SYS_rdtsc] = {0, 0, 0, BIT(RAX) | BIT(RDX), USES_SYSTEM},
	[OP_SYS_rdtscp] = {0, 0, 0, BIT(RAX) | BIT(RCX) | BIT(RDX), USES_SYSTEM},
	[OP_SYS_rdpmc] = {0, 0, BIT(RCX), BIT(RAX) | BIT(RDX), USES_SYSTEM},
	[OP_SYS_cpuid] = {0, 0, BIT(RAX) | BIT(RCX), BIT(RAX) | BIT(RBX) | BIT(RCX) | BIT(RDX), USES_SYSTEM},
	[OP_SYS_rdrand] = {W, .what = USES_SYSTEM},
	[OP_SYS_rsm] = {.what = USES_UNDEFINED},
	[OP_SYS_ud] = {.what = USES_UNDEFINED},
	[OP_SYS_fwait] = {.what = USES_X87},
	[OP_SYS_fxsave] = {W, .what = USES_X87 | USES_MXCSR},
	[OP_SYS_fxrstor] = {R, .what = USES_X87 | USES_MXCSR},
	[OP_SYS_ldmxcsr] = {R, .what = USES_MXCSR},
	[OP_SYS_stmxcsr] = {W, .what = USES_MXCSR},
	[OP_SYS_clflush] = {R},
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
	else if (i->op == OP_X87)
		use_x87(i, u);
	else if (i->op == OP_OTHER)
		u->what = USES_UNDEFINED;
	else
		use_row(i, u);
}
