/* The opcode maps; see opmap.h. Empty rows are #UD (in the 0F map: SIMD or
 * #UD). Prefixes are handled by decode.c. */
#include "engine/cpu/decode/opmap.h"

/* One row to a cell, as in the manual's tables. */
/* clang-format off */
#define R(o, f, s) { .op = OP_##o, .form = F_##f, .size = S_##s }
#define RI(o, f, s, i) { .op = OP_##o, .form = F_##f, .size = S_##s, .imm = I_##i }
#define RA(o, f, s, a) { .op = OP_##o, .form = F_##f, .size = S_##s, .attr = (a) }
#define RIA(o, f, s, i, a) { .op = OP_##o, .form = F_##f, .size = S_##s, .imm = I_##i, .attr = (a) }
/* System and other rows without forms by size; they end the block unless CONT. */
#define SYS(fun, f, s, a) { .op = OP_SYS_##fun, .form = F_##f, .size = S_##s, .attr = (a) | A_END }
#define SYSI(fun, f, s, i, a) \
	{ .op = OP_SYS_##fun, .form = F_##f, .size = S_##s, .imm = I_##i, .attr = (a) | A_END }
#define SYSV(fun, f, s, v, a) \
	{ .op = OP_SYS_##fun, .form = F_##f, .size = S_##s, .value = (v), .attr = (a) | A_END | A_IMM }
#define SYSF(fun, f, s, feat, a) \
	{ .op = OP_SYS_##fun, .form = F_##f, .size = S_##s, .feature = FEAT_##feat, .attr = (a) | A_END }
#define CONT(fun, f, s, feat, a) \
	{ .op = OP_SYS_##fun, .form = F_##f, .size = S_##s, .feature = FEAT_##feat, .attr = (a) }
#define GROUP(g) { .form = F_GROUP, .group = (g) }

#define ALU_ROWS(base, id) \
	[base] = RA(id##_EG, EG, B, A_LOCK), [base + 1] = RA(id##_EG, EG, V, A_LOCK), [base + 2] = R(id##_GE, GE, B), \
	[base + 3] = R(id##_GE, GE, V), [base + 4] = RI(id##_EI, A, B, B), [base + 5] = RI(id##_EI, A, V, Z)

#define ALU_GROUP(s, i, a) \
	{ \
		RIA(ADD_EI, E, s, i, A_LOCK | (a)), RIA(OR_EI, E, s, i, A_LOCK | (a)), \
		RIA(ADC_EI, E, s, i, A_LOCK | (a)), RIA(SBB_EI, E, s, i, A_LOCK | (a)), \
		RIA(AND_EI, E, s, i, A_LOCK | (a)), RIA(SUB_EI, E, s, i, A_LOCK | (a)), \
		RIA(XOR_EI, E, s, i, A_LOCK | (a)), RIA(CMP_EI, E, s, i, a) \
	}
static const struct opcode group1_b[8] = ALU_GROUP(B, B, 0);
static const struct opcode group1_z[8] = ALU_GROUP(V, Z, 0);
static const struct opcode group1_vb[8] = ALU_GROUP(V, B, 0);
static const struct opcode group1_82[8] = ALU_GROUP(B, B, A_NO64);

static const struct opcode group1a[8] = { RA(POP_E, E, D64, A_PUSH) };

#define SHIFT_GROUP(s, i, from) \
	{ \
		RI(ROL_##from, E, s, i), RI(ROR_##from, E, s, i), RI(RCL_##from, E, s, i), RI(RCR_##from, E, s, i), \
		RI(SHL_##from, E, s, i), RI(SHR_##from, E, s, i), RI(SHL_##from, E, s, i), RI(SAR_##from, E, s, i) \
	}
static const struct opcode group2_bi[8] = SHIFT_GROUP(B, B, EI);
static const struct opcode group2_vi[8] = SHIFT_GROUP(V, B, EI);
static const struct opcode group2_b1[8] = SHIFT_GROUP(B, 1, EI);
static const struct opcode group2_v1[8] = SHIFT_GROUP(V, 1, EI);
static const struct opcode group2_bc[8] = SHIFT_GROUP(B, NONE, EC);
static const struct opcode group2_vc[8] = SHIFT_GROUP(V, NONE, EC);

static const struct opcode group3_b[8] = {
	RI(TEST_EI, E, B, B), RI(TEST_EI, E, B, B), RA(NOT_E, E, B, A_LOCK), RA(NEG_E, E, B, A_LOCK),
	R(MUL_E, E, B), R(IMUL_E, E, B), R(DIV_E, E, B), R(IDIV_E, E, B),
};
static const struct opcode group3_v[8] = {
	RI(TEST_EI, E, V, Z), RI(TEST_EI, E, V, Z), RA(NOT_E, E, V, A_LOCK), RA(NEG_E, E, V, A_LOCK),
	R(MUL_E, E, V), R(IMUL_E, E, V), R(DIV_E, E, V), R(IDIV_E, E, V),
};
static const struct opcode group4[8] = { RA(INC_E, E, B, A_LOCK), RA(DEC_E, E, B, A_LOCK) };
static const struct opcode group5[8] = {
	RA(INC_E, E, V, A_LOCK), RA(DEC_E, E, V, A_LOCK), RA(CALL_E, E, F64, A_END), SYS(callf_mem, E, V, A_MEM),
	RA(JMP_E, E, F64, A_END), SYS(jmpf_mem, E, V, A_MEM), RA(PUSH_E, E, D64, 0),
};
static const struct opcode group11_b[8] = { RI(MOV_EI, E, B, B) };
static const struct opcode group11_v[8] = { RI(MOV_EI, E, V, Z) };

/* The same row eight or sixteen times. */
#define REG8(first, ...) \
	[first] = __VA_ARGS__, [first + 1] = __VA_ARGS__, [first + 2] = __VA_ARGS__, [first + 3] = __VA_ARGS__, \
	[first + 4] = __VA_ARGS__, [first + 5] = __VA_ARGS__, [first + 6] = __VA_ARGS__, [first + 7] = __VA_ARGS__
#define CC16(first, ...) REG8(first, __VA_ARGS__), REG8(first + 8, __VA_ARGS__)

const struct opcode opmap_one[256] = {
	ALU_ROWS(0x00, ADD),
	[0x06] = SYSV(push_sreg, NONE, D64, SEG_ES, A_NO64), [0x07] = SYSV(pop_sreg, NONE, D64, SEG_ES, A_NO64),
	ALU_ROWS(0x08, OR),
	[0x0e] = SYSV(push_sreg, NONE, D64, SEG_CS, A_NO64),
	ALU_ROWS(0x10, ADC),
	[0x16] = SYSV(push_sreg, NONE, D64, SEG_SS, A_NO64), [0x17] = SYSV(pop_sreg, NONE, D64, SEG_SS, A_NO64),
	ALU_ROWS(0x18, SBB),
	[0x1e] = SYSV(push_sreg, NONE, D64, SEG_DS, A_NO64), [0x1f] = SYSV(pop_sreg, NONE, D64, SEG_DS, A_NO64),
	ALU_ROWS(0x20, AND),
	[0x27] = RA(DAA, NONE, B, A_NO64),
	ALU_ROWS(0x28, SUB),
	[0x2f] = RA(DAS, NONE, B, A_NO64),
	ALU_ROWS(0x30, XOR),
	[0x37] = RA(AAA, NONE, B, A_NO64),
	[0x38] = R(CMP_EG, EG, B), [0x39] = R(CMP_EG, EG, V), [0x3a] = R(CMP_GE, GE, B), [0x3b] = R(CMP_GE, GE, V),
	[0x3c] = RI(CMP_EI, A, B, B), [0x3d] = RI(CMP_EI, A, V, Z),
	[0x3f] = RA(AAS, NONE, B, A_NO64),
	REG8(0x40, R(INC_E, Z, V)), /* REX prefixes in 64-bit mode */
	REG8(0x48, R(DEC_E, Z, V)),
	REG8(0x50, RA(PUSH_Z, Z, D64, A_PUSH)),
	REG8(0x58, RA(POP_Z, Z, D64, A_PUSH)),
	[0x60] = RA(PUSHA, NONE, V, A_NO64), [0x61] = RA(POPA, NONE, V, A_NO64),
	[0x62] = SYS(bound, GE, V, A_NO64 | A_MEM),
	[0x63] = SYS(arpl, EG, V, A_NO64), /* MOVSXD in 64-bit mode: decode.c */
	[0x68] = RIA(PUSH_I, NONE, D64, Z, 0), [0x69] = RI(IMUL_GEI, GE, V, Z),
	[0x6a] = RIA(PUSH_I, NONE, D64, B, 0), [0x6b] = RI(IMUL_GEI, GE, V, B),
	[0x6c] = RA(INS, STR, B, A_END), [0x6d] = RA(INS, STR, Z, A_END),
	[0x6e] = RA(OUTS, STR, B, A_END), [0x6f] = RA(OUTS, STR, Z, A_END),
	CC16(0x70, RIA(JCC, REL, F64, B, A_CC)),
	[0x80] = GROUP(group1_b), [0x81] = GROUP(group1_z), [0x82] = GROUP(group1_82), [0x83] = GROUP(group1_vb),
	[0x84] = R(TEST_EG, EG, B), [0x85] = R(TEST_EG, EG, V),
	[0x86] = RA(XCHG_EG, EG, B, A_LOCK), [0x87] = RA(XCHG_EG, EG, V, A_LOCK),
	[0x88] = R(MOV_EG, EG, B), [0x89] = R(MOV_EG, EG, V), [0x8a] = R(MOV_GE, GE, B), [0x8b] = R(MOV_GE, GE, V),
	[0x8c] = CONT(mov_e_sreg, SEG, V, NONE, 0), [0x8d] = RA(LEA, GE, V, A_MEM), [0x8e] = SYS(mov_sreg_e, SEG, V, 0),
	[0x8f] = GROUP(group1a),
	[0x90] = R(NOP, NONE, V), /* with F3 PAUSE, with REX.B an exchange: decode.c */
	[0x91] = R(XCHG_EG, ZA, V), [0x92] = R(XCHG_EG, ZA, V), [0x93] = R(XCHG_EG, ZA, V), [0x94] = R(XCHG_EG, ZA, V),
	[0x95] = R(XCHG_EG, ZA, V), [0x96] = R(XCHG_EG, ZA, V), [0x97] = R(XCHG_EG, ZA, V),
	[0x98] = R(CBW, NONE, V), [0x99] = R(CWD, NONE, V),
	[0x9a] = SYS(callf_imm, FAR, V, A_NO64),
	[0x9b] = CONT(fwait, NONE, V, NONE, 0),
	[0x9c] = CONT(pushf, NONE, D64, NONE, 0), [0x9d] = SYS(popf, NONE, D64, 0),
	[0x9e] = R(SAHF, NONE, B), [0x9f] = R(LAHF, NONE, B),
	[0xa0] = R(MOV_AO, OFS, B), [0xa1] = R(MOV_AO, OFS, V), [0xa2] = R(MOV_OA, OFS, B), [0xa3] = R(MOV_OA, OFS, V),
	[0xa4] = R(MOVS, STR, B), [0xa5] = R(MOVS, STR, V), [0xa6] = R(CMPS, STR, B), [0xa7] = R(CMPS, STR, V),
	[0xa8] = RI(TEST_EI, A, B, B), [0xa9] = RI(TEST_EI, A, V, Z),
	[0xaa] = R(STOS, STR, B), [0xab] = R(STOS, STR, V), [0xac] = R(LODS, STR, B), [0xad] = R(LODS, STR, V),
	[0xae] = R(SCAS, STR, B), [0xaf] = R(SCAS, STR, V),
	REG8(0xb0, RI(MOV_EI, Z, B, B)),
	REG8(0xb8, RI(MOV_EI, Z, V, V)),
	[0xc0] = GROUP(group2_bi), [0xc1] = GROUP(group2_vi),
	[0xc2] = RIA(RET, NONE, F64, W, A_END), [0xc3] = RA(RET, NONE, F64, A_END),
	[0xc4] = SYSV(lxs, GE, V, SEG_ES, A_NO64 | A_MEM), [0xc5] = SYSV(lxs, GE, V, SEG_DS, A_NO64 | A_MEM),
	[0xc6] = GROUP(group11_b), [0xc7] = GROUP(group11_v),
	[0xc8] = RI(ENTER, NONE, D64, WB), [0xc9] = R(LEAVE, NONE, D64),
	[0xca] = SYSI(retf, NONE, V, W, 0), [0xcb] = SYS(retf, NONE, V, 0),
	[0xcc] = SYS(int3, NONE, V, 0), [0xcd] = SYSI(int, NONE, V, B, 0), [0xce] = SYS(into, NONE, V, A_NO64),
	[0xcf] = SYS(iret, NONE, V, 0),
	[0xd0] = GROUP(group2_b1), [0xd1] = GROUP(group2_v1), [0xd2] = GROUP(group2_bc), [0xd3] = GROUP(group2_vc),
	[0xd4] = RIA(AAM, NONE, B, B, A_NO64), [0xd5] = RIA(AAD, NONE, B, B, A_NO64),
	[0xd6] = RA(SALC, NONE, B, A_NO64), [0xd7] = R(XLAT, STR, B),
	REG8(0xd8, { .form = F_X87 }),
	[0xe0] = RIA(LOOPNE, REL, F64, B, A_END), [0xe1] = RIA(LOOPE, REL, F64, B, A_END),
	[0xe2] = RIA(LOOP, REL, F64, B, A_END), [0xe3] = RIA(JCXZ, REL, F64, B, A_END),
	[0xe4] = SYSI(in_imm, NONE, B, B, 0), [0xe5] = SYSI(in_imm, NONE, Z, B, 0),
	[0xe6] = SYSI(out_imm, NONE, B, B, 0), [0xe7] = SYSI(out_imm, NONE, Z, B, 0),
	[0xe8] = RIA(CALL, REL, F64, Z, A_END), [0xe9] = RIA(JMP, REL, F64, Z, A_END),
	[0xea] = SYS(jmpf_imm, FAR, V, A_NO64), [0xeb] = RIA(JMP, REL, F64, B, A_END),
	[0xec] = SYS(in_dx, NONE, B, 0), [0xed] = SYS(in_dx, NONE, Z, 0),
	[0xee] = SYS(out_dx, NONE, B, 0), [0xef] = SYS(out_dx, NONE, Z, 0),
	[0xf1] = SYS(int1, NONE, V, 0),
	[0xf4] = SYS(hlt, NONE, V, 0), [0xf5] = R(CMC, NONE, B),
	[0xf6] = GROUP(group3_b), [0xf7] = GROUP(group3_v),
	[0xf8] = R(CLC, NONE, B), [0xf9] = R(STC, NONE, B),
	[0xfa] = CONT(cli, NONE, V, NONE, 0), [0xfb] = SYS(sti, NONE, V, 0),
	[0xfc] = R(CLD, NONE, B), [0xfd] = R(STD, NONE, B),
	[0xfe] = GROUP(group4), [0xff] = GROUP(group5),
};

/* ---- 0F ---- */

static const struct opcode group6[8] = {
	SYS(sldt, E, V, 0), SYS(str, E, V, 0), SYS(lldt, E, V, 0), SYS(ltr, E, V, 0), SYS(verr, E, V, 0), SYS(verw, E, V, 0),
};
/* Eight rows for memory, eight for mod = 3. */
static const struct opcode group7[16] = {
	SYS(sgdt, E, M, 0), SYS(sidt, E, M, 0), SYS(lgdt, E, M, 0), SYS(lidt, E, M, 0), SYS(smsw, E, V, 0), { 0 },
	SYS(lmsw, E, V, 0), SYS(invlpg, E, M, 0),
	{ 0 }, { 0 }, { 0 }, { 0 }, SYS(smsw, E, V, 0), { 0 }, SYS(lmsw, E, V, 0),
	CONT(swapgs, E, V, LM, 0), /* F8; RDTSCP is F9: decode.c */
};
static const struct opcode group8[8] = {
	{ 0 }, { 0 }, { 0 }, { 0 },
	RI(BT_EI, E, V, B), RIA(BTS_EI, E, V, B, A_LOCK), RIA(BTR_EI, E, V, B, A_LOCK), RIA(BTC_EI, E, V, B, A_LOCK),
};
static const struct opcode group9[16] = {
	{ 0 }, { .op = OP_CMPXCHG8B, .form = F_E, .size = S_Y, .attr = A_LOCK, .feature = FEAT_CX8 },
	{ 0 }, { 0 }, { 0 }, { 0 }, { 0 }, { 0 },
	{ 0 }, { 0 }, { 0 }, { 0 }, { 0 }, { 0 }, SYSF(rdrand, E, V, RDRAND, 0),
};
#define HINT(feat) { .op = OP_NOP_E, .form = F_E, .size = S_B, .feature = FEAT_##feat }
static const struct opcode group15[16] = {
	CONT(fxsave, E, Y, FXSR, 0), CONT(fxrstor, E, Y, FXSR, 0), CONT(ldmxcsr, E, Y, SSE, 0), CONT(stmxcsr, E, Y, SSE, 0),
	{ 0 }, { 0 }, { 0 }, CONT(clflush, E, B, CLFLUSH, 0),
	{ 0 }, { 0 }, { 0 }, { 0 }, { 0 }, HINT(SSE2), HINT(SSE2), HINT(SSE), /* fences */
};
#define GROUP16(g) { .form = F_GROUP, .group = (g), .value = 1 }

const struct opcode opmap_0f[256] = {
	[0x00] = GROUP(group6), [0x01] = GROUP16(group7), [0x02] = CONT(lar, GE, V, NONE, 0), [0x03] = CONT(lsl, GE, V, NONE, 0),
	[0x05] = SYSF(syscall, NONE, V, LM, 0), [0x06] = SYS(clts, NONE, V, 0), [0x07] = SYSF(sysret, NONE, V, LM, 0),
	[0x08] = SYS(invd, NONE, V, 0), [0x09] = SYS(wbinvd, NONE, V, 0),
	[0x0d] = HINT(LM), /* PREFETCHW */
	REG8(0x18, HINT(P6)),
	[0x20] = CONT(mov_r_cr, CR, M, NONE, 0), [0x21] = SYS(mov_r_dr, CR, M, 0),
	[0x22] = SYS(mov_cr_r, CR, M, 0), [0x23] = SYS(mov_dr_r, CR, M, 0),
	[0x30] = SYSF(wrmsr, NONE, V, MSR, 0), [0x31] = CONT(rdtsc, NONE, V, TSC, 0), [0x32] = CONT(rdmsr, NONE, V, MSR, 0),
	[0x33] = SYSF(rdpmc, NONE, V, MSR, 0),
	[0x34] = SYSF(sysenter, NONE, V, SEP, 0), [0x35] = SYSF(sysexit, NONE, V, SEP, 0),
	CC16(0x40, { .op = OP_CMOVCC, .form = F_GE, .size = S_V, .attr = A_CC, .feature = FEAT_CMOV }),
	CC16(0x80, RIA(JCC, REL, F64, Z, A_CC)),
	CC16(0x90, RA(SETCC, E, B, A_CC)),
	[0xa0] = SYSV(push_sreg, NONE, D64, SEG_FS, 0), [0xa1] = SYSV(pop_sreg, NONE, D64, SEG_FS, 0),
	[0xa2] = CONT(cpuid, NONE, V, CPUID, 0),
	[0xa3] = R(BT_EG, EG, V), [0xa4] = RI(SHLD_EGI, EG, V, B), [0xa5] = R(SHLD_EGC, EG, V),
	[0xa8] = SYSV(push_sreg, NONE, D64, SEG_GS, 0), [0xa9] = SYSV(pop_sreg, NONE, D64, SEG_GS, 0),
	[0xaa] = SYS(rsm, NONE, V, 0),
	[0xab] = RA(BTS_EG, EG, V, A_LOCK), [0xac] = RI(SHRD_EGI, EG, V, B), [0xad] = R(SHRD_EGC, EG, V),
	[0xae] = GROUP16(group15), [0xaf] = R(IMUL_GE, GE, V),
	[0xb0] = RA(CMPXCHG_EG, EG, B, A_LOCK), [0xb1] = RA(CMPXCHG_EG, EG, V, A_LOCK),
	[0xb2] = SYSV(lxs, GE, V, SEG_SS, A_MEM), [0xb3] = RA(BTR_EG, EG, V, A_LOCK),
	[0xb4] = SYSV(lxs, GE, V, SEG_FS, A_MEM), [0xb5] = SYSV(lxs, GE, V, SEG_GS, A_MEM),
	[0xb6] = R(MOVZX_GB, GE, V), [0xb7] = R(MOVZX_GW, GE, V),
	/* B8 with F3 is POPCNT: decode.c. B9, FF: UD1, UD0 have a ModRM byte. */
	[0xb9] = { .op = OP_UD, .form = F_GE, .size = S_V, .attr = A_END },
	[0xba] = GROUP(group8), [0xbb] = RA(BTC_EG, EG, V, A_LOCK),
	[0xbc] = R(BSF, GE, V), [0xbd] = R(BSR, GE, V), [0xbe] = R(MOVSX_GB, GE, V), [0xbf] = R(MOVSX_GW, GE, V),
	[0xc0] = RA(XADD_EG, EG, B, A_LOCK), [0xc1] = RA(XADD_EG, EG, V, A_LOCK),
	[0xc7] = GROUP16(group9),
	REG8(0xc8, R(BSWAP, Z, V)),
	[0xff] = { .op = OP_UD, .form = F_GE, .size = S_V, .attr = A_END },
};
/* clang-format on */
