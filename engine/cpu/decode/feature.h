/* What a processor model offers: the decoder asks before it accepts an
 * instruction, CPUID (cpuid.c) tells the guest the same. */
#ifndef LANYARD_CPU_DECODE_FEATURE_H
#define LANYARD_CPU_DECODE_FEATURE_H

#include "engine/base/types.h"

/* What --cpu names select; CPUID and the accepted instructions follow it. */
enum cpu_model { CPU_486, CPU_PENTIUM, CPU_686, CPU_X86_64 };

enum cpu_feature {
	FEAT_NONE, /* every model */
	FEAT_CPUID,
	FEAT_TSC,
	FEAT_MSR,
	FEAT_CX8,
	FEAT_PSE,
	FEAT_APIC,
	FEAT_PAE,
	FEAT_PGE,
	FEAT_P6, /* hint NOPs: no CPUID bit tells (SDM 2B "NOP") */
	FEAT_PSE36,
	FEAT_SEP,
	FEAT_CMOV,
	FEAT_MMX,
	FEAT_FXSR,
	FEAT_SSE,
	FEAT_SSE2,
	FEAT_SSE3,
	FEAT_SSSE3,
	FEAT_SSE41,
	FEAT_POPCNT,
	FEAT_CX16,
	FEAT_CLFLUSH,
	FEAT_NX,
	FEAT_RDTSCP,
	FEAT_RDRAND,
	FEAT_LM,
	FEAT_COUNT
};

bool cpu_model_has(enum cpu_model model, enum cpu_feature f);

/* "486", "pentium", "686", "x86-64"; false if the name is none of them. */
bool cpu_model_from_name(const char *name, enum cpu_model *model);
const char *cpu_model_name(enum cpu_model model);

#endif
