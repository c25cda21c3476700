/* All instructions by name (enum op). First those that exec_*.c runs in sized
 * forms, with what each does to the arithmetic flags; uses.h tells the rest.
 * Suffixes: E general operand (register or memory), G register of ModRM.reg,
 * I immediate, Z register in the opcode, A accumulator. */
#ifndef LANYARD_CPU_OP_H
#define LANYARD_CPU_OP_H

#include "engine/cpu/insn.h"

/* X(id, mnemonic, flags read, flags written) */
/* clang-format off */
#define OPS_ALU(X) \
	X(ADD_EG, "add", 0, FL_ARITH) X(ADD_GE, "add", 0, FL_ARITH) X(ADD_EI, "add", 0, FL_ARITH) \
	X(OR_EG, "or", 0, FL_ARITH) X(OR_GE, "or", 0, FL_ARITH) X(OR_EI, "or", 0, FL_ARITH) \
	X(ADC_EG, "adc", FL_CF, FL_ARITH) X(ADC_GE, "adc", FL_CF, FL_ARITH) X(ADC_EI, "adc", FL_CF, FL_ARITH) \
	X(SBB_EG, "sbb", FL_CF, FL_ARITH) X(SBB_GE, "sbb", FL_CF, FL_ARITH) X(SBB_EI, "sbb", FL_CF, FL_ARITH) \
	X(AND_EG, "and", 0, FL_ARITH) X(AND_GE, "and", 0, FL_ARITH) X(AND_EI, "and", 0, FL_ARITH) \
	X(SUB_EG, "sub", 0, FL_ARITH) X(SUB_GE, "sub", 0, FL_ARITH) X(SUB_EI, "sub", 0, FL_ARITH) \
	X(XOR_EG, "xor", 0, FL_ARITH) X(XOR_GE, "xor", 0, FL_ARITH) X(XOR_EI, "xor", 0, FL_ARITH) \
	X(CMP_EG, "cmp", 0, FL_ARITH) X(CMP_GE, "cmp", 0, FL_ARITH) X(CMP_EI, "cmp", 0, FL_ARITH) \
	X(TEST_EG, "test", 0, FL_ARITH) X(TEST_EI, "test", 0, FL_ARITH) \
	X(INC_E, "inc", 0, FL_ARITH & ~FL_CF) X(DEC_E, "dec", 0, FL_ARITH & ~FL_CF) \
	X(NEG_E, "neg", 0, FL_ARITH) X(NOT_E, "not", 0, 0) \
	X(XADD_EG, "xadd", 0, FL_ARITH) X(CMPXCHG_EG, "cmpxchg", 0, FL_ARITH)
#define OPS_SHIFT(X) \
	X(ROL_EI, "rol", 0, FL_CF | FL_OF) X(ROR_EI, "ror", 0, FL_CF | FL_OF) \
	X(RCL_EI, "rcl", FL_CF, FL_CF | FL_OF) X(RCR_EI, "rcr", FL_CF, FL_CF | FL_OF) \
	X(SHL_EI, "shl", 0, FL_ARITH) X(SHR_EI, "shr", 0, FL_ARITH) X(SAR_EI, "sar", 0, FL_ARITH) \
	X(ROL_EC, "rol", 0, FL_CF | FL_OF) X(ROR_EC, "ror", 0, FL_CF | FL_OF) \
	X(RCL_EC, "rcl", FL_CF, FL_CF | FL_OF) X(RCR_EC, "rcr", FL_CF, FL_CF | FL_OF) \
	X(SHL_EC, "shl", 0, FL_ARITH) X(SHR_EC, "shr", 0, FL_ARITH) X(SAR_EC, "sar", 0, FL_ARITH) \
	X(SHLD_EGI, "shld", 0, FL_ARITH) X(SHRD_EGI, "shrd", 0, FL_ARITH) \
	X(SHLD_EGC, "shld", 0, FL_ARITH) X(SHRD_EGC, "shrd", 0, FL_ARITH)
#define OPS_MOVE(X) \
	X(MOV_EG, "mov", 0, 0) X(MOV_GE, "mov", 0, 0) X(MOV_EI, "mov", 0, 0) X(MOV_ZQ, "mov", 0, 0) \
	X(MOV_AO, "mov", 0, 0) X(MOV_OA, "mov", 0, 0) \
	X(MOVZX_GB, "movzx", 0, 0) X(MOVZX_GW, "movzx", 0, 0) X(MOVSX_GB, "movsx", 0, 0) X(MOVSX_GW, "movsx", 0, 0) \
	X(MOVSXD, "movsxd", 0, 0) X(LEA, "lea", 0, 0) X(XCHG_EG, "xchg", 0, 0) \
	X(BSWAP, "bswap", 0, 0) X(CBW, "cbw", 0, 0) X(CWD, "cwd", 0, 0) X(XLAT, "xlat", 0, 0) \
	X(PUSH_Z, "push", 0, 0) X(POP_Z, "pop", 0, 0) X(PUSH_I, "push", 0, 0) X(PUSH_E, "push", 0, 0) X(POP_E, "pop", 0, 0) \
	X(PUSHA, "pusha", 0, 0) X(POPA, "popa", 0, 0) X(ENTER, "enter", 0, 0) X(LEAVE, "leave", 0, 0) \
	X(NOP, "nop", 0, 0) X(NOP_E, "nop", 0, 0)
#define OPS_MATH(X) \
	X(MUL_E, "mul", 0, FL_ARITH) X(IMUL_E, "imul", 0, FL_ARITH) X(IMUL_GE, "imul", 0, FL_ARITH) \
	X(IMUL_GEI, "imul", 0, FL_ARITH) X(DIV_E, "div", 0, 0) X(IDIV_E, "idiv", 0, 0) \
	X(DAA, "daa", FL_CF | FL_AF, FL_ARITH) X(DAS, "das", FL_CF | FL_AF, FL_ARITH) \
	X(AAA, "aaa", FL_AF, FL_ARITH) X(AAS, "aas", FL_AF, FL_ARITH) X(AAM, "aam", 0, FL_ARITH) X(AAD, "aad", 0, FL_ARITH)
#define OPS_BIT(X) \
	X(BT_EG, "bt", 0, FL_CF) X(BTS_EG, "bts", 0, FL_CF) X(BTR_EG, "btr", 0, FL_CF) X(BTC_EG, "btc", 0, FL_CF) \
	X(BT_EI, "bt", 0, FL_CF) X(BTS_EI, "bts", 0, FL_CF) X(BTR_EI, "btr", 0, FL_CF) X(BTC_EI, "btc", 0, FL_CF) \
	X(BSF, "bsf", 0, FL_ARITH) X(BSR, "bsr", 0, FL_ARITH) X(POPCNT, "popcnt", 0, FL_ARITH) \
	X(CMPXCHG8B, "cmpxchg8b", 0, FL_ZF) \
	X(LAHF, "lahf", FL_ARITH & ~FL_OF, 0) X(SAHF, "sahf", 0, FL_ARITH & ~FL_OF) \
	X(CLC, "clc", 0, FL_CF) X(STC, "stc", 0, FL_CF) X(CMC, "cmc", FL_CF, FL_CF) \
	X(CLD, "cld", 0, 0) X(STD, "std", 0, 0) X(SALC, "salc", FL_CF, 0) \
	X(SETCC, "setcc", FL_ARITH, 0) X(CMOVCC, "cmovcc", FL_ARITH, 0)
#define OPS_BRANCH(X) \
	X(JCC, "jcc", FL_ARITH, 0) X(JCC_LINK, "jcc", FL_ARITH, 0) X(JMP, "jmp", 0, 0) X(JMP_LINK, "jmp", 0, 0) \
	X(CALL, "call", 0, 0) X(CALL_LINK, "call", 0, 0) X(JMP_E, "jmp", 0, 0) X(CALL_E, "call", 0, 0) X(RET, "ret", 0, 0) \
	X(LOOPNE, "loopne", FL_ZF, 0) X(LOOPE, "loope", FL_ZF, 0) X(LOOP, "loop", 0, 0) X(JCXZ, "jcxz", 0, 0)
#define OPS_STRING(X) \
	X(MOVS, "movs", 0, 0) X(CMPS, "cmps", 0, FL_ARITH) X(STOS, "stos", 0, 0) X(LODS, "lods", 0, 0) \
	X(SCAS, "scas", 0, FL_ARITH) X(INS, "ins", 0, 0) X(OUTS, "outs", 0, 0)
/* clang-format on */

/* Those that have one handler, op_NAME, whatever the operand size. */
/* clang-format off */
#define OPS_SYSTEM(X) \
	X(push_sreg) X(pop_sreg) X(mov_e_sreg) X(mov_sreg_e) X(lxs) X(swapgs) X(bound) X(arpl) X(lar) X(lsl) X(verr) X(verw) \
	X(callf_imm) X(jmpf_imm) X(callf_mem) X(jmpf_mem) X(retf) X(iret) X(int) X(int3) X(into) X(int1) \
	X(syscall) X(sysret) X(sysenter) X(sysexit) X(pushf) X(popf) X(cli) X(sti) X(hlt) X(in_imm) X(in_dx) X(out_imm) X(out_dx) \
	X(sgdt) X(sidt) X(lgdt) X(lidt) X(sldt) X(str) X(lldt) X(ltr) X(smsw) X(lmsw) X(clts) X(invd) X(wbinvd) X(invlpg) \
	X(mov_r_cr) X(mov_cr_r) X(mov_r_dr) X(mov_dr_r) X(rdmsr) X(wrmsr) X(rdtsc) X(rdtscp) X(rdpmc) X(cpuid) X(rdrand) \
	X(rsm) X(ud) X(fwait) X(fxsave) X(fxrstor) X(ldmxcsr) X(stmxcsr) X(clflush)
/* clang-format on */

enum op {
	OP_OTHER, /* no instruction: #UD, or longer than 15 bytes */
#define X(id, name, in, out) OP_##id,
	OPS_ALU(X) OPS_SHIFT(X) OPS_MOVE(X) OPS_MATH(X) OPS_BIT(X) OPS_BRANCH(X) OPS_STRING(X)
#undef X
		OP_SIZED, /* those before it have handlers by operand size */
#define X(name) OP_SYS_##name,
	OPS_SYSTEM(X)
#undef X
		OP_X87,   /* insn.opcode and insn.modrm say which */
	OP_SIMD = 0x1000, /* | map << 10 | prefix << 8 | opcode, as for simd_lookup() */
};

/* The handlers of one op by operand size (0 = 8, 1 = 16, 2 = 32, 3 = 64 bits):
 * register form; memory in 64-bit mode without segment, the same without index
 * (NULL: as flat); memory in general. NULL: no such form. */
struct op_handlers {
	insn_fn *reg[4], *flat[4], *base[4], *mem[4];
};

/* Rows of one family, NULL outside it. SETCC, CMOVCC, JCC and JCC_LINK have 16
 * condition codes: cc selects. */
const struct op_handlers *exec_alu(enum op op);
const struct op_handlers *exec_shift(enum op op);
const struct op_handlers *exec_move(enum op op);
const struct op_handlers *exec_math(enum op op);
const struct op_handlers *exec_bit(enum op op, unsigned cc);
const struct op_handlers *exec_branch(enum op op, unsigned cc);
const struct op_handlers *exec_string(enum op op);

struct op_info {
	const char *name;
	uint32_t flags_in, flags_out;
};
const struct op_info *op_info(enum op op); /* op < OP_SIZED */

extern insn_fn op_ud;       /* #UD */
extern insn_fn op_too_long; /* #GP(0): more than 15 bytes */
/* Behind a trace's last instruction if the next one, in the same page, may
 * follow at once: a linked branch to it. */
extern insn_fn op_trace_next;
/* A linked branch, taken, whose target is not known yet: the run loop finds it. */
extern insn_fn op_unlinked;

#endif
