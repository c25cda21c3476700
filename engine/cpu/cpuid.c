/* CPUID: the identity of each processor model; what it offers is in
 * decode/feature.c.
 *
 * The 64-bit model is family 6 model 1Ch stepping 10 (Atom "Bonnell") with
 * leaves 15h/16h at 1 GHz, ARAT, invariant TSC and TSC_ADJUST: a stock Linux
 * then calibrates no clock, programs no PIT and applies no speculation
 * mitigation, because that processor does not speculate. */
#include "engine/cpu/cpuid.h"

#include <string.h>

#include "engine/base/bytes.h"
#include "engine/cpu/control_regs.h"
#include "engine/cpu/decode/feature.h"
#include "engine/cpu/msr.h"

struct model {
	uint32_t signature;
	uint32_t max_leaf, max_ext_leaf; /* 0: no extended leaves */
	uint32_t microcode;
	const char *brand;
};

static const struct model models[] = {
	[CPU_486] = {0x480, 1, 0, 0, ""},
	[CPU_PENTIUM] = {0x543, 1, 0, 0, ""},
	[CPU_686] = {0x106ca, 2, 0x80000004, 0x20, "Intel(R) Atom(TM) CPU N270 @ 1.00GHz"},
	[CPU_X86_64] = {0x106ca, 0x16, 0x80000008, 0x107, "Intel(R) Atom(TM) CPU @ 1.00GHz"},
};

static const struct model *model_of(const struct cpu *c)
{
	return &models[c->model < ARRAY_LEN(models) ? c->model : CPU_X86_64];
}

uint32_t cpuid_signature(const struct cpu *c)
{
	return model_of(c)->signature;
}

uint64_t cpuid_microcode(const struct cpu *c)
{
	return (uint64_t)model_of(c)->microcode << 32;
}

/* ---- leaf 1: one row a bit ---- */

struct feature_bit {
	uint8_t feature, bit;
};

/* clang-format off */
static const struct feature_bit bits_edx[] = {
	{ FEAT_NONE, 0 /* FPU */ }, { FEAT_TSC, 2 /* DE */ }, { FEAT_PSE, 3 }, { FEAT_TSC, 4 }, { FEAT_MSR, 5 },
	{ FEAT_PAE, 6 }, { FEAT_CX8, 8 }, { FEAT_SEP, 11 }, { FEAT_PGE, 13 }, { FEAT_CMOV, 15 },
	{ FEAT_PSE36, 17 },
	{ FEAT_CLFLUSH, 19 }, { FEAT_MMX, 23 }, { FEAT_FXSR, 24 }, { FEAT_SSE, 25 }, { FEAT_SSE2, 26 },
};
/* clang-format on */
static const struct feature_bit bits_ecx[] = {
	{FEAT_SSE3, 0}, {FEAT_SSSE3, 9}, {FEAT_CX16, 13}, {FEAT_SSE41, 19}, {FEAT_POPCNT, 23}, {FEAT_RDRAND, 30},
};
enum {
	EDX_MCE = 1 << 7,
	EDX_APIC = 1 << 9,
	EDX_MTRR = 1 << 12,
	EDX_MCA = 1 << 14,
	EDX_PAT = 1 << 16,
};

static uint32_t feature_word(const struct cpu *c, const struct feature_bit *rows, unsigned count)
{
	uint32_t v = 0;

	for (unsigned n = 0; n < count; n++)
		if (cpu_has(c, rows[n].feature))
			v |= 1u << rows[n].bit;
	return v;
}

static struct cpuid_regs leaf_features(const struct cpu *c)
{
	struct cpuid_regs r = {
		.eax = cpuid_signature(c),
		.ecx = feature_word(c, bits_ecx, ARRAY_LEN(bits_ecx)),
		.edx = feature_word(c, bits_edx, ARRAY_LEN(bits_edx)),
	};

	if (cpu_has(c, FEAT_CLFLUSH))
		r.ebx = 64 / 8 << 8; /* APIC id 0 */
	if (c->model >= CPU_686)
		r.edx |= EDX_MCE | EDX_MCA | EDX_MTRR | EDX_PAT;
	if (cpu_has(c, FEAT_APIC) && (c->apic_base & APIC_BASE_ENABLE))
		r.edx |= EDX_APIC;
	return r;
}

/* ---- other leaves ---- */

static struct cpuid_regs leaf_vendor(const struct cpu *c)
{
	static const char vendor[] = "GenuineIntel";

	return (struct cpuid_regs){
		.eax = model_of(c)->max_leaf,
		.ebx = get_le32(vendor),
		.edx = get_le32(vendor + 4),
		.ecx = get_le32(vendor + 8),
	};
}

/* Cache and TLB descriptors (SDM 2A table 3-12); AL = 1: one call tells all. */
static struct cpuid_regs leaf_descriptors(const struct cpu *c)
{
	if (c->model == CPU_686)
		return (struct cpuid_regs){0x02b3b001, 0xf0, 0, 0x2c04307d};
	return (struct cpuid_regs){0x4fba5901, 0x0e3080c0, 0, 0};
}

/* Deterministic cache parameters: 24 KiB and 32 KiB first level, 512 KiB
 * second. EBX = ways - 1 << 22 | line - 1; ECX = sets - 1. */
static struct cpuid_regs leaf_caches(uint32_t subleaf)
{
	static const struct cpuid_regs caches[] = {
		{0x121, 5u << 22 | 63, 63, 0}, /* data */
		{0x122, 7u << 22 | 63, 63, 0}, /* instruction */
		{0x143, 7u << 22 | 63, 1023, 0},
	};

	return subleaf < ARRAY_LEN(caches) ? caches[subleaf] : (struct cpuid_regs){0};
}

static struct cpuid_regs leaf_brand(const struct cpu *c, unsigned part)
{
	char text[48] = {0};
	const char *at = text + 16 * part;

	memcpy(text, model_of(c)->brand, strlen(model_of(c)->brand));
	return (struct cpuid_regs){get_le32(at), get_le32(at + 4), get_le32(at + 8), get_le32(at + 12)};
}

static struct cpuid_regs leaf_extended_features(const struct cpu *c)
{
	struct cpuid_regs r = {0};

	if (cpu_has(c, FEAT_LM)) {
		r.ecx |= 1;        /* LAHF, SAHF in 64-bit mode */
		r.edx |= 1u << 29; /* LM */
		/* Intel shows SYSCALL only where it works. */
		if (cpu_long(c) && (c->seg[SEG_CS].attr & ATTR_L))
			r.edx |= 1u << 11;
	}
	r.edx |= cpu_has(c, FEAT_NX) ? 1u << 20 : 0;
	r.edx |= cpu_has(c, FEAT_RDTSCP) ? 1u << 27 : 0;
	return r;
}

static struct cpuid_regs extended_leaf(const struct cpu *c, uint32_t leaf)
{
	switch (leaf & 0xff) {
	case 0: return (struct cpuid_regs){.eax = model_of(c)->max_ext_leaf};
	case 1: return leaf_extended_features(c);
	case 2:
	case 3:
	case 4: return leaf_brand(c, leaf - 0x80000002);
	case 6: return (struct cpuid_regs){.ecx = 512u << 16 | 6 << 12 | 64}; /* L2: KiB, 8 ways, line */
	case 7: return (struct cpuid_regs){.edx = 1 << 8};                    /* invariant TSC */
	case 8: return (struct cpuid_regs){.eax = 48 << 8 | CPU_PHYS_BITS};
	default: return (struct cpuid_regs){0};
	}
}

#define TSC_HZ 1000000000u /* one tick each virtual nanosecond */

static struct cpuid_regs basic_leaf(const struct cpu *c, uint32_t leaf, uint32_t subleaf)
{
	switch (leaf) {
	case 0: return leaf_vendor(c);
	case 1: return leaf_features(c);
	case 2: return leaf_descriptors(c);
	case 4: return leaf_caches(subleaf);
	case 6: return (struct cpuid_regs){.eax = 1 << 2};                                    /* ARAT */
	case 7: return subleaf ? (struct cpuid_regs){0} : (struct cpuid_regs){.ebx = 1 << 1}; /* TSC_ADJUST */
	case 0x15: return (struct cpuid_regs){1, 1, TSC_HZ, 0};
	case 0x16: return (struct cpuid_regs){1000, 1000, 100, 0}; /* MHz: base, maximum, bus */
	default: return (struct cpuid_regs){0};
	}
}

/* A leaf above the highest answers like the highest basic leaf (SDM 2A). */
struct cpuid_regs cpuid_query(const struct cpu *c, uint32_t leaf, uint32_t subleaf)
{
	const struct model *m = model_of(c);

	if (m->max_ext_leaf && leaf >= 0x80000000 && leaf <= m->max_ext_leaf)
		return extended_leaf(c, leaf);
	return basic_leaf(c, leaf <= m->max_leaf ? leaf : m->max_leaf, subleaf);
}
