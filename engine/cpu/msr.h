/* Model-specific registers (SDM 4). */
#ifndef LANYARD_CPU_MSR_H
#define LANYARD_CPU_MSR_H

#include "engine/cpu/core.h"

#define APIC_BASE_RESET 0xfee00900ull /* at FEE00000, enabled, bootstrap processor */
#define APIC_BASE_ENABLE (1ull << 11)
#define APIC_BASE_BSP (1ull << 8)

/* false: the register does not exist, or the value is not acceptable (#GP). */
bool msr_read(struct core *k, uint32_t msr, uint64_t *v);
bool msr_write(struct core *k, uint32_t msr, uint64_t v);

/* The time stamp counter now: one tick each virtual nanosecond. */
uint64_t msr_tsc(struct core *k);

#endif
