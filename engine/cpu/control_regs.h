/* Control registers and EFER with all their checks (SDM 3A 2.5, 4.1), and the
 * bits of EFLAGS that exist. Callers have synced; bad values raise #GP(0). */
#ifndef LANYARD_CPU_CONTROL_REGS_H
#define LANYARD_CPU_CONTROL_REGS_H

#include "engine/cpu/core.h"

/* VM is loaded by IRET and task switches only; VIF and VIP need VME, which no
 * model offers. */
#define EFLAGS_WRITABLE ((uint32_t)(FL_ARITH | FL_TF | FL_IF | FL_DF | FL_IOPL | FL_NT | FL_RF | FL_AC | FL_ID))

/* Physical address width that CPUID reports; higher bits are reserved. */
#define CPU_PHYS_BITS 36
#define CPU_PHYS_RESERVED (~0ull << CPU_PHYS_BITS)

void control_write_cr0(struct core *k, uint64_t v);
void control_write_cr3(struct core *k, uint64_t v);
void control_write_cr4(struct core *k, uint64_t v);
/* WRMSR to IA32_EFER; false: #GP. */
bool control_write_efer(struct core *k, uint64_t v);

#endif
