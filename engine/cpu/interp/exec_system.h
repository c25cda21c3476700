/* Handlers of the privileged and system instructions, by name for bind.c. Conventions as insn.h; in particular
 *   MOV to/from CR, DR   reg = register number (REX.R applied), rm = GPR offset
 *   segment registers    reg = segment number (LES..LGS: imm, reg = GPR offset)
 *   far immediate        imm64 = selector << 32 | offset
 *   IN, OUT              INSN_OSZ 0 = byte, 1 = word, 2 and 3 = doubleword
 *   RET far              imm = 0 or the 16-bit count
 * Those that may change the mode, the interrupt flag or the address space end
 * the block (END_AT); the others go on (NEXT). A block may be ended after any
 * of them, and must be after those marked "ends". */
#ifndef LANYARD_CPU_INTERP_EXEC_SYSTEM_H
#define LANYARD_CPU_INTERP_EXEC_SYSTEM_H

#include "engine/cpu/core.h"

/* exec_system.c */
insn_fn op_sgdt, op_sidt, op_lgdt, op_lidt; /* LGDT, LIDT: ends */
insn_fn op_sldt, op_str, op_lldt, op_ltr;   /* LLDT, LTR: ends */
insn_fn op_hlt, op_pause;                   /* ends */
insn_fn op_invd, op_wbinvd, op_invlpg;      /* INVLPG: ends */
insn_fn op_rdrand, op_bound;
insn_fn op_rsm; /* no SMM: #UD */

/* exec_flags.c */
insn_fn op_cli, op_sti;    /* STI: ends */
insn_fn op_pushf, op_popf; /* POPF: ends */

/* exec_control.c */
insn_fn op_smsw, op_lmsw, op_clts; /* LMSW, CLTS: ends */
insn_fn op_mov_r_cr, op_mov_cr_r;  /* to CR: ends */
insn_fn op_mov_r_dr, op_mov_dr_r;  /* to DR: ends */

/* exec_segment.c */
insn_fn op_mov_sreg_e, op_pop_sreg, op_lxs; /* all end */
insn_fn op_mov_e_sreg, op_push_sreg;
insn_fn op_swapgs;

/* exec_verify.c */
insn_fn op_verr, op_verw, op_lar, op_lsl, op_arpl;

/* exec_far.c, exec_farret.c: all end */
insn_fn op_callf_imm, op_jmpf_imm, op_callf_mem, op_jmpf_mem;
insn_fn op_retf, op_iret;

/* exec_int.c: all end */
insn_fn op_int, op_int3, op_into, op_int1;

/* exec_syscall.c: all end */
insn_fn op_syscall, op_sysret, op_sysenter, op_sysexit;

/* exec_msr.c */
insn_fn op_rdmsr, op_wrmsr; /* WRMSR: ends */
insn_fn op_cpuid;
insn_fn op_rdtsc, op_rdtscp, op_rdpmc;

/* x87_ctrl.c, x87_fxsave.c, sse_move.c */
insn_fn op_fwait, op_fxsave, op_fxrstor;
insn_fn op_ldmxcsr, op_stmxcsr, op_clflush;

/* exec_io.c: all end */
insn_fn op_in_imm, op_in_dx, op_out_imm, op_out_dx;

/* Loads the EFLAGS bits of mask from v (POPF, IRET, SYSRET). */
void flags_load(struct cpu *c, uint32_t v, uint32_t mask);
/* What POPF and IRET may change at the present privilege, for an operand of
 * size bytes (SDM 2B, POPF table). RF is the caller's business. */
uint32_t flags_loadable(const struct cpu *c, unsigned size);

#endif
