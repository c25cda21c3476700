/* CPUID (SDM 2A). The identity of each model is in cpuid.c. */
#ifndef LANYARD_CPU_CPUID_H
#define LANYARD_CPU_CPUID_H

#include "engine/cpu/cpu.h"

struct cpuid_regs {
	uint32_t eax, ebx, ecx, edx;
};

/* What CPUID answers now (some bits follow the APIC and the mode). */
struct cpuid_regs cpuid_query(const struct cpu *c, uint32_t leaf, uint32_t subleaf);
/* Family, model, stepping as in leaf 1 EAX, and in EDX after reset. */
uint32_t cpuid_signature(const struct cpu *c);
/* IA32_BIOS_SIGN_ID after power-on: the microcode revision in bits 63-32. */
uint64_t cpuid_microcode(const struct cpu *c);

#endif
