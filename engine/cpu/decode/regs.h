/* The registers that instructions name (SDM 1 chapter 3): general, segment, and
 * the bits of EFLAGS. */
#ifndef LANYARD_CPU_DECODE_REGS_H
#define LANYARD_CPU_DECODE_REGS_H

/* General registers; the two last are constants for address computation. */
enum cpu_reg {
	RAX,
	RCX,
	RDX,
	RBX,
	RSP,
	RBP,
	RSI,
	RDI,
	R8,
	R9,
	R10,
	R11,
	R12,
	R13,
	R14,
	R15,
	REG_ZERO, /* always 0: "no base", "no index" */
	REG_PAGE, /* rip of offset 0 of the current code page (may be negative); 0 while nothing runs */
	CPU_REGS
};

enum cpu_segment { SEG_ES, SEG_CS, SEG_SS, SEG_DS, SEG_FS, SEG_GS, CPU_SEGS };

/* EFLAGS (SDM 1 3.4.3). */
enum {
	FL_CF = 1 << 0,
	FL_1 = 1 << 1,
	FL_PF = 1 << 2,
	FL_AF = 1 << 4,
	FL_ZF = 1 << 6,
	FL_SF = 1 << 7,
	FL_TF = 1 << 8,
	FL_IF = 1 << 9,
	FL_DF = 1 << 10,
	FL_OF = 1 << 11,
	FL_IOPL = 3 << 12,
	FL_NT = 1 << 14,
	FL_RF = 1 << 16,
	FL_VM = 1 << 17,
	FL_AC = 1 << 18,
	FL_VIF = 1 << 19,
	FL_VIP = 1 << 20,
	FL_ID = 1 << 21,
	FL_ARITH = FL_CF | FL_PF | FL_AF | FL_ZF | FL_SF | FL_OF,
};
#define FL_IOPL_SHIFT 12

#endif
