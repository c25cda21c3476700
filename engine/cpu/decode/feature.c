/* Processor models: what each offers; see feature.h. */
#include "engine/cpu/decode/feature.h"

#include <string.h>

#define F(name) (1u << FEAT_##name)

#define FEATURES_486 (F(NONE) | F(CPUID))
#define FEATURES_PENTIUM (FEATURES_486 | F(TSC) | F(MSR) | F(CX8) | F(PSE) | F(MMX))
#define FEATURES_686 \
	(FEATURES_PENTIUM | F(P6) | F(APIC) | F(PAE) | F(PGE) | F(SEP) | F(CMOV) | F(FXSR) | F(SSE) | F(SSE2) | \
	 F(CLFLUSH))
#define FEATURES_X86_64 \
	(FEATURES_686 | F(PSE36) | F(SSE3) | F(SSSE3) | F(SSE41) | F(POPCNT) | F(CX16) | F(NX) | F(RDTSCP) | \
	 F(RDRAND) | F(LM))

_Static_assert(FEAT_COUNT <= 32, "features are bits of one word");

static const struct {
	const char *name;
	uint32_t features; /* bit per enum cpu_feature */
} models[] = {
	[CPU_486] = {"486", FEATURES_486},
	[CPU_PENTIUM] = {"pentium", FEATURES_PENTIUM},
	[CPU_686] = {"686", FEATURES_686},
	[CPU_X86_64] = {"x86-64", FEATURES_X86_64},
};

bool cpu_model_has(enum cpu_model model, enum cpu_feature f)
{
	unsigned m = (unsigned)model < ARRAY_LEN(models) ? model : CPU_X86_64;

	return (unsigned)f < FEAT_COUNT && (models[m].features >> f & 1);
}

bool cpu_model_from_name(const char *name, enum cpu_model *model)
{
	for (unsigned n = 0; n < ARRAY_LEN(models); n++) {
		if (!strcmp(models[n].name, name)) {
			*model = (enum cpu_model)n;
			return true;
		}
	}
	return false;
}

const char *cpu_model_name(enum cpu_model model)
{
	return (unsigned)model < ARRAY_LEN(models) ? models[model].name : "?";
}
