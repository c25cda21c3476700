/* All instructions by name (enum op). First those that have a form for each
 * operand size, with what each does to the arithmetic flags; uses.h tells the rest.
 * Suffixes: E general operand (register or memory), G register of ModRM.reg,
 * I immediate, Z register in the opcode, A accumulator. */
#ifndef LANYARD_CPU_DECODE_OP_H
#define LANYARD_CPU_DECODE_OP_H

#include "engine/cpu/decode/insn.h"

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

/* Those that have one form whatever the operand size. */
/* clang-format off */
#define OPS_SYSTEM(X) \
	X(push_sreg) X(pop_sreg) X(mov_e_sreg) X(mov_sreg_e) X(lxs) X(swapgs) X(bound) X(arpl) X(lar) X(lsl) X(verr) X(verw) \
	X(callf_imm) X(jmpf_imm) X(callf_mem) X(jmpf_mem) X(retf) X(iret) X(int) X(int3) X(into) X(int1) \
	X(syscall) X(sysret) X(sysenter) X(sysexit) X(pushf) X(popf) X(cli) X(sti) X(hlt) X(pause) X(in_imm) X(in_dx) X(out_imm) X(out_dx) \
	X(sgdt) X(sidt) X(lgdt) X(lidt) X(sldt) X(str) X(lldt) X(ltr) X(smsw) X(lmsw) X(clts) X(invd) X(wbinvd) X(invlpg) \
	X(mov_r_cr) X(mov_cr_r) X(mov_r_dr) X(mov_dr_r) X(rdmsr) X(wrmsr) X(rdtsc) X(rdtscp) X(rdpmc) X(cpuid) X(rdrand) \
	X(rsm) X(ud) X(fwait) X(fxsave) X(fxrstor) X(ldmxcsr) X(stmxcsr) X(clflush)
/* clang-format on */

/* The x87, by what they do: several opcodes may name one. */
/* clang-format off */
#define OPS_X87(X) \
	X(fadd_m32) X(fmul_m32) X(fcom_m32) X(fcomp_m32) X(fsub_m32) X(fsubr_m32) X(fdiv_m32) X(fdivr_m32) X(fld_m32) \
	X(fst_m32) X(fstp_m32) X(fldenv) X(fldcw) X(fnstenv) X(fnstcw) X(fadd_i32) X(fmul_i32) X(fcom_i32) \
	X(fcomp_i32) X(fsub_i32) X(fsubr_i32) X(fdiv_i32) X(fdivr_i32) X(fild_m32) X(fisttp_m32) X(fist_m32) \
	X(fistp_m32) X(fld_m80) X(fstp_m80) X(fadd_m64) X(fmul_m64) X(fcom_m64) X(fcomp_m64) X(fsub_m64) X(fsubr_m64) \
	X(fdiv_m64) X(fdivr_m64) X(fld_m64) X(fisttp_m64) X(fst_m64) X(fstp_m64) X(frstor) X(fnsave) X(fnstsw) \
	X(fadd_i16) X(fmul_i16) X(fcom_i16) X(fcomp_i16) X(fsub_i16) X(fsubr_i16) X(fdiv_i16) X(fdivr_i16) X(fild_m16) \
	X(fisttp_m16) X(fist_m16) X(fistp_m16) X(fbld) X(fild_m64) X(fbstp) X(fistp_m64) X(fadd_st0) X(fmul_st0) \
	X(fcom) X(fcomp) X(fsub_st0) X(fsubr_st0) X(fdiv_st0) X(fdivr_st0) X(fld_sti) X(fxch) X(fstp1) X(fcmov) \
	X(fucomi) X(fcomi) X(fadd_sti) X(fmul_sti) X(fsub_sti) X(fsubr_sti) X(fdiv_sti) X(fdivr_sti) X(ffree) \
	X(fst_sti) X(fstp_sti) X(fucom) X(fucomp) X(fadd_pop) X(fmul_pop) X(fsub_pop) X(fsubr_pop) X(fdiv_pop) \
	X(fdivr_pop) X(ffreep) X(fucomip) X(fcomip) X(fchs) X(fabs) X(ftst) X(fxam) X(fld_const) X(f2xm1) X(fyl2x) \
	X(fptan) X(fpatan) X(fxtract) X(fprem1) X(fdecstp) X(fincstp) X(fprem) X(fyl2xp1) X(fsqrt) X(fsincos) \
	X(frndint) X(fscale) X(fsin) X(fcos) X(fnop) X(fucompp) X(fneni) X(fnclex) X(fninit) X(fcompp) X(fnstsw_ax)
/* clang-format on */

enum op {
	OP_NONE,     /* an empty row of the opcode maps */
	OP_UD,       /* no instruction: #UD */
	OP_TOO_LONG, /* more than 15 bytes: #GP(0) */
#define X(id, name, in, out) OP_##id,
	OPS_ALU(X) OPS_SHIFT(X) OPS_MOVE(X) OPS_MATH(X) OPS_BIT(X) OPS_BRANCH(X) OPS_STRING(X)
#undef X
		OP_SIZED, /* those before it have forms by operand size */
#define X(name) OP_SYS_##name,
	OPS_SYSTEM(X)
#undef X
		OP_X87, /* the x87's follow */
#define X(name) OP_##name,
	OPS_X87(X)
#undef X
		OP_X87_END,
	/* MMX and SSE are named by their place in the maps: OP_SIMD | map << 10 |
	 * prefix << 8 | opcode, numbered as for simd_lookup(). */
	OP_SIMD = 0x1000,
};

struct op_info {
	const char *name;
	uint32_t flags_in, flags_out;
};
const struct op_info *op_info(enum op op); /* op < OP_X87 */

#endif
