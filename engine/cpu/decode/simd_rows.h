/* THE LIST of MMX and SSE instructions, one row each:
 *
 *   R(opcode, prefix, form, id, name, flags, feature)
 *
 * prefix NP (none), 66, F3 or F2; form BOTH, REG or MEM: what ModRM.mod may say; id
 * what it does, for the executors (op_ID_r and op_ID_m of the interpreter); flags 0 or SIMD_IMM8. simd_map.c and the
 * executors make their tables from it. Order and spelling are those of SDM 2 appendix A. */
#ifndef LANYARD_CPU_DECODE_SIMD_ROWS_H
#define LANYARD_CPU_DECODE_SIMD_ROWS_H

/* Families of rows: an MMX instruction and its XMM twin; four float forms. */
#define ROW_INT(R, opcode, id, mm, xmm) \
	R(opcode, NP, BOTH, id##_mm, #id, 0, mm) \
	R(opcode, 66, BOTH, id, #id, 0, xmm)
#define ROW_FP4(R, opcode, id, imm) \
	R(opcode, NP, BOTH, id##ps, #id "ps", imm, SSE) \
	R(opcode, 66, BOTH, id##pd, #id "pd", imm, SSE2) \
	R(opcode, F3, BOTH, id##ss, #id "ss", imm, SSE) \
	R(opcode, F2, BOTH, id##sd, #id "sd", imm, SSE2)
#define ROW_FP2(R, opcode, id, imm) \
	R(opcode, NP, BOTH, id##ps, #id "ps", imm, SSE) \
	R(opcode, 66, BOTH, id##pd, #id "pd", imm, SSE2)

#define SIMD_ROWS_0F(R) \
	R(0x10, NP, BOTH, movups, "movups", 0, SSE) \
	R(0x10, 66, BOTH, movups, "movupd", 0, SSE2) \
	R(0x10, F3, BOTH, movss, "movss", 0, SSE) \
	R(0x10, F2, BOTH, movsd, "movsd", 0, SSE2) \
	R(0x11, NP, BOTH, movups_st, "movups", 0, SSE) \
	R(0x11, 66, BOTH, movups_st, "movupd", 0, SSE2) \
	R(0x11, F3, BOTH, movss_st, "movss", 0, SSE) \
	R(0x11, F2, BOTH, movsd_st, "movsd", 0, SSE2) \
	R(0x12, NP, MEM, movlps, "movlps", 0, SSE) \
	R(0x12, 66, MEM, movlps, "movlpd", 0, SSE2) \
	R(0x12, F3, BOTH, movsldup, "movsldup", 0, SSE3) \
	R(0x12, F2, BOTH, movddup, "movddup", 0, SSE3) \
	R(0x13, NP, MEM, movlps_st, "movlps", 0, SSE) \
	R(0x13, 66, MEM, movlps_st, "movlpd", 0, SSE2) \
	R(0x14, NP, BOTH, punpckldq, "unpcklps", 0, SSE) \
	R(0x14, 66, BOTH, punpcklqdq, "unpcklpd", 0, SSE2) \
	R(0x15, NP, BOTH, punpckhdq, "unpckhps", 0, SSE) \
	R(0x15, 66, BOTH, punpckhqdq, "unpckhpd", 0, SSE2) \
	R(0x16, NP, MEM, movhps, "movhps", 0, SSE) \
	R(0x16, 66, MEM, movhps, "movhpd", 0, SSE2) \
	R(0x16, F3, BOTH, movshdup, "movshdup", 0, SSE3) \
	R(0x17, NP, MEM, movhps_st, "movhps", 0, SSE) \
	R(0x17, 66, MEM, movhps_st, "movhpd", 0, SSE2) \
	R(0x28, NP, BOTH, movaps, "movaps", 0, SSE) \
	R(0x28, 66, BOTH, movaps, "movapd", 0, SSE2) \
	R(0x29, NP, BOTH, movaps_st, "movaps", 0, SSE) \
	R(0x29, 66, BOTH, movaps_st, "movapd", 0, SSE2) \
	R(0x2a, NP, BOTH, cvtpi2ps, "cvtpi2ps", 0, SSE) \
	R(0x2a, 66, BOTH, cvtpi2pd, "cvtpi2pd", 0, SSE2) \
	R(0x2a, F3, BOTH, cvtsi2ss, "cvtsi2ss", 0, SSE) \
	R(0x2a, F2, BOTH, cvtsi2sd, "cvtsi2sd", 0, SSE2) \
	R(0x2b, NP, MEM, movaps_st, "movntps", 0, SSE) \
	R(0x2b, 66, MEM, movaps_st, "movntpd", 0, SSE2) \
	R(0x2c, NP, BOTH, cvttps2pi, "cvttps2pi", 0, SSE) \
	R(0x2c, 66, BOTH, cvttpd2pi, "cvttpd2pi", 0, SSE2) \
	R(0x2c, F3, BOTH, cvttss2si, "cvttss2si", 0, SSE) \
	R(0x2c, F2, BOTH, cvttsd2si, "cvttsd2si", 0, SSE2) \
	R(0x2d, NP, BOTH, cvtps2pi, "cvtps2pi", 0, SSE) \
	R(0x2d, 66, BOTH, cvtpd2pi, "cvtpd2pi", 0, SSE2) \
	R(0x2d, F3, BOTH, cvtss2si, "cvtss2si", 0, SSE) \
	R(0x2d, F2, BOTH, cvtsd2si, "cvtsd2si", 0, SSE2) \
	R(0x2e, NP, BOTH, ucomiss, "ucomiss", 0, SSE) \
	R(0x2e, 66, BOTH, ucomisd, "ucomisd", 0, SSE2) \
	R(0x2f, NP, BOTH, comiss, "comiss", 0, SSE) \
	R(0x2f, 66, BOTH, comisd, "comisd", 0, SSE2) \
	R(0x50, NP, REG, movmskps, "movmskps", 0, SSE) \
	R(0x50, 66, REG, movmskpd, "movmskpd", 0, SSE2) \
	ROW_FP4(R, 0x51, sqrt, 0) \
	R(0x52, NP, BOTH, rsqrtps, "rsqrtps", 0, SSE) \
	R(0x52, F3, BOTH, rsqrtss, "rsqrtss", 0, SSE) \
	R(0x53, NP, BOTH, rcpps, "rcpps", 0, SSE) \
	R(0x53, F3, BOTH, rcpss, "rcpss", 0, SSE) \
	R(0x54, NP, BOTH, pand, "andps", 0, SSE) \
	R(0x54, 66, BOTH, pand, "andpd", 0, SSE2) \
	R(0x55, NP, BOTH, pandn, "andnps", 0, SSE) \
	R(0x55, 66, BOTH, pandn, "andnpd", 0, SSE2) \
	R(0x56, NP, BOTH, por, "orps", 0, SSE) \
	R(0x56, 66, BOTH, por, "orpd", 0, SSE2) \
	R(0x57, NP, BOTH, pxor, "xorps", 0, SSE) \
	R(0x57, 66, BOTH, pxor, "xorpd", 0, SSE2) \
	ROW_FP4(R, 0x58, add, 0) \
	ROW_FP4(R, 0x59, mul, 0) \
	R(0x5a, NP, BOTH, cvtps2pd, "cvtps2pd", 0, SSE2) \
	R(0x5a, 66, BOTH, cvtpd2ps, "cvtpd2ps", 0, SSE2) \
	R(0x5a, F3, BOTH, cvtss2sd, "cvtss2sd", 0, SSE2) \
	R(0x5a, F2, BOTH, cvtsd2ss, "cvtsd2ss", 0, SSE2) \
	R(0x5b, NP, BOTH, cvtdq2ps, "cvtdq2ps", 0, SSE2) \
	R(0x5b, 66, BOTH, cvtps2dq, "cvtps2dq", 0, SSE2) \
	R(0x5b, F3, BOTH, cvttps2dq, "cvttps2dq", 0, SSE2) \
	ROW_FP4(R, 0x5c, sub, 0) \
	ROW_FP4(R, 0x5d, min, 0) \
	ROW_FP4(R, 0x5e, div, 0) \
	ROW_FP4(R, 0x5f, max, 0) \
	ROW_INT(R, 0x60, punpcklbw, MMX, SSE2) \
	ROW_INT(R, 0x61, punpcklwd, MMX, SSE2) \
	ROW_INT(R, 0x62, punpckldq, MMX, SSE2) \
	ROW_INT(R, 0x63, packsswb, MMX, SSE2) \
	ROW_INT(R, 0x64, pcmpgtb, MMX, SSE2) \
	ROW_INT(R, 0x65, pcmpgtw, MMX, SSE2) \
	ROW_INT(R, 0x66, pcmpgtd, MMX, SSE2) \
	ROW_INT(R, 0x67, packuswb, MMX, SSE2) \
	ROW_INT(R, 0x68, punpckhbw, MMX, SSE2) \
	ROW_INT(R, 0x69, punpckhwd, MMX, SSE2) \
	ROW_INT(R, 0x6a, punpckhdq, MMX, SSE2) \
	ROW_INT(R, 0x6b, packssdw, MMX, SSE2) \
	R(0x6c, 66, BOTH, punpcklqdq, "punpcklqdq", 0, SSE2) \
	R(0x6d, 66, BOTH, punpckhqdq, "punpckhqdq", 0, SSE2) \
	R(0x6e, NP, BOTH, movd_mm, "movd", 0, MMX) \
	R(0x6e, 66, BOTH, movd, "movd", 0, SSE2) \
	R(0x6f, NP, BOTH, movq_mm, "movq", 0, MMX) \
	R(0x6f, 66, BOTH, movaps, "movdqa", 0, SSE2) \
	R(0x6f, F3, BOTH, movups, "movdqu", 0, SSE2) \
	R(0x70, NP, BOTH, pshufw_mm, "pshufw", SIMD_IMM8, SSE) \
	R(0x70, 66, BOTH, pshufd, "pshufd", SIMD_IMM8, SSE2) \
	R(0x70, F3, BOTH, pshufhw, "pshufhw", SIMD_IMM8, SSE2) \
	R(0x70, F2, BOTH, pshuflw, "pshuflw", SIMD_IMM8, SSE2) \
	ROW_INT(R, 0x74, pcmpeqb, MMX, SSE2) \
	ROW_INT(R, 0x75, pcmpeqw, MMX, SSE2) \
	ROW_INT(R, 0x76, pcmpeqd, MMX, SSE2) \
	R(0x7c, 66, BOTH, haddpd, "haddpd", 0, SSE3) \
	R(0x7c, F2, BOTH, haddps, "haddps", 0, SSE3) \
	R(0x7d, 66, BOTH, hsubpd, "hsubpd", 0, SSE3) \
	R(0x7d, F2, BOTH, hsubps, "hsubps", 0, SSE3) \
	R(0x7e, NP, BOTH, movd_mm_st, "movd", 0, MMX) \
	R(0x7e, 66, BOTH, movd_st, "movd", 0, SSE2) \
	R(0x7e, F3, BOTH, movq, "movq", 0, SSE2) \
	R(0x7f, NP, BOTH, movq_mm_st, "movq", 0, MMX) \
	R(0x7f, 66, BOTH, movaps_st, "movdqa", 0, SSE2) \
	R(0x7f, F3, BOTH, movups_st, "movdqu", 0, SSE2) \
	ROW_FP4(R, 0xc2, cmp, SIMD_IMM8) \
	R(0xc3, NP, MEM, movnti, "movnti", 0, SSE2) \
	R(0xc4, NP, BOTH, pinsrw_mm, "pinsrw", SIMD_IMM8, SSE) \
	R(0xc4, 66, BOTH, pinsrw, "pinsrw", SIMD_IMM8, SSE2) \
	R(0xc5, NP, REG, pextrw_mm, "pextrw", SIMD_IMM8, SSE) \
	R(0xc5, 66, REG, pextrw, "pextrw", SIMD_IMM8, SSE2) \
	ROW_FP2(R, 0xc6, shuf, SIMD_IMM8) \
	R(0xd0, 66, BOTH, addsubpd, "addsubpd", 0, SSE3) \
	R(0xd0, F2, BOTH, addsubps, "addsubps", 0, SSE3) \
	ROW_INT(R, 0xd1, psrlw, MMX, SSE2) \
	ROW_INT(R, 0xd2, psrld, MMX, SSE2) \
	ROW_INT(R, 0xd3, psrlq, MMX, SSE2) \
	ROW_INT(R, 0xd4, paddq, SSE2, SSE2) \
	ROW_INT(R, 0xd5, pmullw, MMX, SSE2) \
	R(0xd6, 66, BOTH, movq_st, "movq", 0, SSE2) \
	R(0xd6, F3, REG, movq2dq, "movq2dq", 0, SSE2) \
	R(0xd6, F2, REG, movdq2q, "movdq2q", 0, SSE2) \
	R(0xd7, NP, REG, pmovmskb_mm, "pmovmskb", 0, SSE) \
	R(0xd7, 66, REG, pmovmskb, "pmovmskb", 0, SSE2) \
	ROW_INT(R, 0xd8, psubusb, MMX, SSE2) \
	ROW_INT(R, 0xd9, psubusw, MMX, SSE2) \
	ROW_INT(R, 0xda, pminub, SSE, SSE2) \
	ROW_INT(R, 0xdb, pand, MMX, SSE2) \
	ROW_INT(R, 0xdc, paddusb, MMX, SSE2) \
	ROW_INT(R, 0xdd, paddusw, MMX, SSE2) \
	ROW_INT(R, 0xde, pmaxub, SSE, SSE2) \
	ROW_INT(R, 0xdf, pandn, MMX, SSE2) \
	ROW_INT(R, 0xe0, pavgb, SSE, SSE2) \
	ROW_INT(R, 0xe1, psraw, MMX, SSE2) \
	ROW_INT(R, 0xe2, psrad, MMX, SSE2) \
	ROW_INT(R, 0xe3, pavgw, SSE, SSE2) \
	ROW_INT(R, 0xe4, pmulhuw, SSE, SSE2) \
	ROW_INT(R, 0xe5, pmulhw, MMX, SSE2) \
	R(0xe6, 66, BOTH, cvttpd2dq, "cvttpd2dq", 0, SSE2) \
	R(0xe6, F3, BOTH, cvtdq2pd, "cvtdq2pd", 0, SSE2) \
	R(0xe6, F2, BOTH, cvtpd2dq, "cvtpd2dq", 0, SSE2) \
	R(0xe7, NP, MEM, movq_mm_st, "movntq", 0, SSE) \
	R(0xe7, 66, MEM, movaps_st, "movntdq", 0, SSE2) \
	ROW_INT(R, 0xe8, psubsb, MMX, SSE2) \
	ROW_INT(R, 0xe9, psubsw, MMX, SSE2) \
	ROW_INT(R, 0xea, pminsw, SSE, SSE2) \
	ROW_INT(R, 0xeb, por, MMX, SSE2) \
	ROW_INT(R, 0xec, paddsb, MMX, SSE2) \
	ROW_INT(R, 0xed, paddsw, MMX, SSE2) \
	ROW_INT(R, 0xee, pmaxsw, SSE, SSE2) \
	ROW_INT(R, 0xef, pxor, MMX, SSE2) \
	R(0xf0, F2, MEM, movups, "lddqu", 0, SSE3) \
	ROW_INT(R, 0xf1, psllw, MMX, SSE2) \
	ROW_INT(R, 0xf2, pslld, MMX, SSE2) \
	ROW_INT(R, 0xf3, psllq, MMX, SSE2) \
	ROW_INT(R, 0xf4, pmuludq, SSE2, SSE2) \
	ROW_INT(R, 0xf5, pmaddwd, MMX, SSE2) \
	ROW_INT(R, 0xf6, psadbw, SSE, SSE2) \
	R(0xf7, NP, REG, maskmovq, "maskmovq", 0, SSE) \
	R(0xf7, 66, REG, maskmovdqu, "maskmovdqu", 0, SSE2) \
	ROW_INT(R, 0xf8, psubb, MMX, SSE2) \
	ROW_INT(R, 0xf9, psubw, MMX, SSE2) \
	ROW_INT(R, 0xfa, psubd, MMX, SSE2) \
	ROW_INT(R, 0xfb, psubq, SSE2, SSE2) \
	ROW_INT(R, 0xfc, paddb, MMX, SSE2) \
	ROW_INT(R, 0xfd, paddw, MMX, SSE2) \
	ROW_INT(R, 0xfe, paddd, MMX, SSE2)

#define SIMD_ROWS_0F38(R) \
	ROW_INT(R, 0x00, pshufb, SSSE3, SSSE3) \
	ROW_INT(R, 0x01, phaddw, SSSE3, SSSE3) \
	ROW_INT(R, 0x02, phaddd, SSSE3, SSSE3) \
	ROW_INT(R, 0x03, phaddsw, SSSE3, SSSE3) \
	ROW_INT(R, 0x04, pmaddubsw, SSSE3, SSSE3) \
	ROW_INT(R, 0x05, phsubw, SSSE3, SSSE3) \
	ROW_INT(R, 0x06, phsubd, SSSE3, SSSE3) \
	ROW_INT(R, 0x07, phsubsw, SSSE3, SSSE3) \
	ROW_INT(R, 0x08, psignb, SSSE3, SSSE3) \
	ROW_INT(R, 0x09, psignw, SSSE3, SSSE3) \
	ROW_INT(R, 0x0a, psignd, SSSE3, SSSE3) \
	ROW_INT(R, 0x0b, pmulhrsw, SSSE3, SSSE3) \
	R(0x10, 66, BOTH, pblendvb, "pblendvb", 0, SSE41) \
	R(0x14, 66, BOTH, blendvps, "blendvps", 0, SSE41) \
	R(0x15, 66, BOTH, blendvpd, "blendvpd", 0, SSE41) \
	R(0x17, 66, BOTH, ptest, "ptest", 0, SSE41) \
	ROW_INT(R, 0x1c, pabsb, SSSE3, SSSE3) \
	ROW_INT(R, 0x1d, pabsw, SSSE3, SSSE3) \
	ROW_INT(R, 0x1e, pabsd, SSSE3, SSSE3) \
	R(0x20, 66, BOTH, pmovsxbw, "pmovsxbw", 0, SSE41) \
	R(0x21, 66, BOTH, pmovsxbd, "pmovsxbd", 0, SSE41) \
	R(0x22, 66, BOTH, pmovsxbq, "pmovsxbq", 0, SSE41) \
	R(0x23, 66, BOTH, pmovsxwd, "pmovsxwd", 0, SSE41) \
	R(0x24, 66, BOTH, pmovsxwq, "pmovsxwq", 0, SSE41) \
	R(0x25, 66, BOTH, pmovsxdq, "pmovsxdq", 0, SSE41) \
	R(0x28, 66, BOTH, pmuldq, "pmuldq", 0, SSE41) \
	R(0x29, 66, BOTH, pcmpeqq, "pcmpeqq", 0, SSE41) \
	R(0x2a, 66, MEM, movaps, "movntdqa", 0, SSE41) \
	R(0x2b, 66, BOTH, packusdw, "packusdw", 0, SSE41) \
	R(0x30, 66, BOTH, pmovzxbw, "pmovzxbw", 0, SSE41) \
	R(0x31, 66, BOTH, pmovzxbd, "pmovzxbd", 0, SSE41) \
	R(0x32, 66, BOTH, pmovzxbq, "pmovzxbq", 0, SSE41) \
	R(0x33, 66, BOTH, pmovzxwd, "pmovzxwd", 0, SSE41) \
	R(0x34, 66, BOTH, pmovzxwq, "pmovzxwq", 0, SSE41) \
	R(0x35, 66, BOTH, pmovzxdq, "pmovzxdq", 0, SSE41) \
	R(0x38, 66, BOTH, pminsb, "pminsb", 0, SSE41) \
	R(0x39, 66, BOTH, pminsd, "pminsd", 0, SSE41) \
	R(0x3a, 66, BOTH, pminuw, "pminuw", 0, SSE41) \
	R(0x3b, 66, BOTH, pminud, "pminud", 0, SSE41) \
	R(0x3c, 66, BOTH, pmaxsb, "pmaxsb", 0, SSE41) \
	R(0x3d, 66, BOTH, pmaxsd, "pmaxsd", 0, SSE41) \
	R(0x3e, 66, BOTH, pmaxuw, "pmaxuw", 0, SSE41) \
	R(0x3f, 66, BOTH, pmaxud, "pmaxud", 0, SSE41) \
	R(0x40, 66, BOTH, pmulld, "pmulld", 0, SSE41) \
	R(0x41, 66, BOTH, phminposuw, "phminposuw", 0, SSE41)

#define SIMD_ROWS_0F3A(R) \
	R(0x08, 66, BOTH, roundps, "roundps", SIMD_IMM8, SSE41) \
	R(0x09, 66, BOTH, roundpd, "roundpd", SIMD_IMM8, SSE41) \
	R(0x0a, 66, BOTH, roundss, "roundss", SIMD_IMM8, SSE41) \
	R(0x0b, 66, BOTH, roundsd, "roundsd", SIMD_IMM8, SSE41) \
	R(0x0c, 66, BOTH, blendps, "blendps", SIMD_IMM8, SSE41) \
	R(0x0d, 66, BOTH, blendpd, "blendpd", SIMD_IMM8, SSE41) \
	R(0x0e, 66, BOTH, pblendw, "pblendw", SIMD_IMM8, SSE41) \
	R(0x0f, NP, BOTH, palignr_mm, "palignr", SIMD_IMM8, SSSE3) \
	R(0x0f, 66, BOTH, palignr, "palignr", SIMD_IMM8, SSSE3) \
	R(0x14, 66, BOTH, pextrb, "pextrb", SIMD_IMM8, SSE41) \
	R(0x15, 66, BOTH, pextrw_st, "pextrw", SIMD_IMM8, SSE41) \
	R(0x16, 66, BOTH, pextrd, "pextrd", SIMD_IMM8, SSE41) \
	R(0x17, 66, BOTH, extractps, "extractps", SIMD_IMM8, SSE41) \
	R(0x20, 66, BOTH, pinsrb, "pinsrb", SIMD_IMM8, SSE41) \
	R(0x21, 66, BOTH, insertps, "insertps", SIMD_IMM8, SSE41) \
	R(0x22, 66, BOTH, pinsrd, "pinsrd", SIMD_IMM8, SSE41) \
	R(0x40, 66, BOTH, dpps, "dpps", SIMD_IMM8, SSE41) \
	R(0x41, 66, BOTH, dppd, "dppd", SIMD_IMM8, SSE41) \
	R(0x42, 66, BOTH, mpsadbw, "mpsadbw", SIMD_IMM8, SSE41)

/* 0F 71..73: shifts of register rm by an immediate. The first field is
 * (opcode & 3) << 3 | ModRM.reg. */
#define ROW_SHIFT(R, at, id, name) \
	R(at, NP, REG, id##_mm, name, SIMD_IMM8, MMX) \
	R(at, 66, REG, id, name, SIMD_IMM8, SSE2)
#define SIMD_ROWS_SHIFT(R) \
	ROW_SHIFT(R, 0x0a, psrlw_i, "psrlw") \
	ROW_SHIFT(R, 0x0c, psraw_i, "psraw") \
	ROW_SHIFT(R, 0x0e, psllw_i, "psllw") \
	ROW_SHIFT(R, 0x12, psrld_i, "psrld") \
	ROW_SHIFT(R, 0x14, psrad_i, "psrad") \
	ROW_SHIFT(R, 0x16, pslld_i, "pslld") \
	ROW_SHIFT(R, 0x1a, psrlq_i, "psrlq") \
	R(0x1b, 66, REG, psrldq_i, "psrldq", SIMD_IMM8, SSE2) \
	ROW_SHIFT(R, 0x1e, psllq_i, "psllq") \
	R(0x1f, 66, REG, pslldq_i, "pslldq", SIMD_IMM8, SSE2)

#endif
