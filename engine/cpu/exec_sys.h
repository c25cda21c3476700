/* Handlers of the privileged and system instructions, by name for the
 * decoder's table. Conventions as insn.h; in particular
 *   MOV to/from CR, DR   reg = register number (REX.R applied), rm = GPR offset
 *   segment registers    reg = segment number (LES..LGS: imm, reg = GPR offset)
 *   far immediate        imm64 = selector << 32 | offset
 *   IN, OUT              INSN_OSZ 0 = byte, 1 = word, 2 and 3 = doubleword
 *   RET far              imm = 0 or the 16-bit count
 * Those that may change the mode, the interrupt flag or the address space end
 * the trace (END_AT); the others go on (NEXT). A trace may be ended after any
 * of them, and must be after those marked "ends". */
#ifndef LANYARD_CPU_EXEC_SYS_H
#define LANYARD_CPU_EXEC_SYS_H

#include "engine/cpu/insn.h"

/* sys.c */
insn_fn op_sgdt, op_sidt, op_lgdt, op_lidt; /* LGDT, LIDT: ends */
insn_fn op_sldt, op_str, op_lldt, op_ltr;   /* LLDT, LTR: ends */
insn_fn op_hlt;                             /* ends */
insn_fn op_invd, op_wbinvd, op_invlpg;      /* INVLPG: ends */
insn_fn op_rdtsc, op_rdtscp, op_rdpmc;
insn_fn op_rdrand, op_bound;
insn_fn op_rsm; /* no SMM: #UD */

/* sysflags.c */
insn_fn op_cli, op_sti;    /* STI: ends */
insn_fn op_pushf, op_popf; /* POPF: ends */

/* control.c */
insn_fn op_smsw, op_lmsw, op_clts; /* LMSW, CLTS: ends */
insn_fn op_mov_r_cr, op_mov_cr_r;  /* to CR: ends */
insn_fn op_mov_r_dr, op_mov_dr_r;  /* to DR: ends */

/* segops.c */
insn_fn op_mov_sreg_e, op_pop_sreg, op_lxs; /* all end */
insn_fn op_mov_e_sreg, op_push_sreg;
insn_fn op_swapgs;

/* verify.c */
insn_fn op_verr, op_verw, op_lar, op_lsl, op_arpl;

/* far.c, farret.c: all end */
insn_fn op_callf_imm, op_jmpf_imm, op_callf_mem, op_jmpf_mem;
insn_fn op_retf, op_iret;

/* intr.c: all end */
insn_fn op_int, op_int3, op_into, op_int1;

/* syscall.c: all end */
insn_fn op_syscall, op_sysret, op_sysenter, op_sysexit;

/* msr.c, cpuid.c */
insn_fn op_rdmsr, op_wrmsr; /* WRMSR: ends */
insn_fn op_cpuid;

/* io.c: all end */
insn_fn op_in_imm, op_in_dx, op_out_imm, op_out_dx;

#endif
