/* Model-specific registers: a table of what exists, most rows being a field of
 * struct cpu with a rule for acceptable values. Anything else is #GP, as on
 * the processors we present (kernels probe with that). */
#include "engine/cpu/msr.h"

#include "engine/cpu/control_regs.h"
#include "engine/cpu/decode/feature.h"

struct msr_row {
	uint32_t first, last;
	uint8_t feature; /* enum cpu_feature */
	uint8_t model;   /* least enum cpu_model */
	uint16_t field;  /* offset in struct cpu of the first one; they follow each other */
	bool (*read)(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t *v);
	bool (*write)(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v);
	uint64_t value; /* of a constant; or the mask of writable bits */
};

uint64_t msr_tsc(struct core *k)
{
	return k->bus->now(k->owner) + k->cpu->tsc_adjust;
}

/* ---- plain rows ---- */

static uint64_t *field(struct core *k, const struct msr_row *row, uint32_t msr)
{
	return (uint64_t *)((uint8_t *)k->cpu + row->field) + (msr - row->first);
}

static bool field_read(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t *v)
{
	*v = *field(k, row, msr);
	return true;
}

/* Bits outside row->value are reserved. */
static bool field_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	if (v & ~row->value)
		return false;
	*field(k, row, msr) = v;
	return true;
}

static bool canonical_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	if (!canonical(v))
		return false;
	*field(k, row, msr) = v;
	return true;
}

static bool const_read(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t *v)
{
	*v = row->value;
	return true;
}

static bool no_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	return false;
}

static bool zero_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	return v == 0;
}

static bool ignored_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	return true;
}

/* ---- time ---- */

static bool tsc_read(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t *v)
{
	*v = msr_tsc(k);
	return true;
}

/* Moves TSC_ADJUST by as much (SDM 3B 18.17.3). */
static bool tsc_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	k->cpu->tsc_adjust += v - msr_tsc(k);
	return true;
}

/* ---- local APIC, microcode ---- */

static bool apic_base_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	struct cpu *c = k->cpu;

	if (v & (CPU_PHYS_RESERVED | 0x6ff))
		return false;
	c->apic_base = (v & ~APIC_BASE_BSP) | APIC_BASE_BSP; /* there is no other processor */
	k->bus->apic_base(k->owner);
	return true;
}

/* ---- memory types: they order caches, which do not exist here, but must
 * read back (SDM 3A 11.11, 11.12) ---- */

static bool mtrr_type(unsigned type)
{
	return type == 0 || type == 1 || (type >= 4 && type <= 6);
}

static bool mtrr_fixed_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	for (unsigned n = 0; n < 64; n += 8)
		if (!mtrr_type(v >> n & 0xff))
			return false;
	*field(k, row, msr) = v;
	return true;
}

/* Even registers are PHYSBASEn, odd ones PHYSMASKn. */
static bool mtrr_var_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	bool mask = msr & 1;

	if ((v & CPU_PHYS_RESERVED) || (mask ? v & 0x7ff : (v & 0xf00) || !mtrr_type(v & 0xff)))
		return false;
	*field(k, row, msr) = v;
	return true;
}

static bool mtrr_def_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	if ((v & ~0xcffull) || !mtrr_type(v & 0xff))
		return false;
	*field(k, row, msr) = v;
	return true;
}

static bool pat_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	for (unsigned n = 0; n < 64; n += 8)
		if (!mtrr_type(v >> n & 0xff) && (v >> n & 0xff) != 7)
			return false;
	k->cpu->pat = v;
	return true;
}

/* ---- machine check banks: CTL, STATUS, ADDR, MISC each; nothing ever fails ---- */

static bool mc_read(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t *v)
{
	unsigned bank = (msr - row->first) / 4;

	switch (msr & 3) {
	case 0: *v = k->cpu->mc_ctl[bank]; break;
	case 1: *v = k->cpu->mc_status[bank]; break;
	default: *v = 0; break;
	}
	return true;
}

static bool mc_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	if ((msr & 3) == 0) {
		k->cpu->mc_ctl[(msr - row->first) / 4] = v;
		return true;
	}
	return v == 0; /* status can only be cleared */
}

/* ---- 64-bit mode ---- */

static bool efer_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	return control_write_efer(k, v);
}

static bool seg_base_write(struct core *k, const struct msr_row *row, uint32_t msr, uint64_t v)
{
	unsigned seg = msr == 0xc0000100 ? SEG_FS : SEG_GS;

	if (!canonical(v))
		return false;
	k->cpu->seg[seg].base = v;
	core_update_segment(k, seg);
	return true;
}

/* ---- the table, by number ---- */

#define FIELD(name, write_fn) .field = offsetof(struct cpu, name), .read = field_read, .write = write_fn
#define BITS(name, mask) FIELD(name, field_write), .value = (mask)
#define CONSTANT(v, write_fn) .read = const_read, .write = write_fn, .value = (v)
#define P6 FEAT_MSR, CPU_686
#define X64 FEAT_LM, CPU_X86_64
#define ALL_BITS UINT64_MAX
#define BANKS 4
#define MTRR_CAP 0x508            /* WC, fixed ranges, 8 variable ones */
#define PLATFORM_RATIO (10u << 8) /* 10 x 100 MHz */

static const struct msr_row msr_rows[] = {
	{0x000, 0x001, FEAT_MSR, CPU_PENTIUM, CONSTANT(0, ignored_write)}, /* P5_MC_ADDR, P5_MC_TYPE */
	{0x010, 0x010, FEAT_TSC, CPU_PENTIUM, .read = tsc_read, .write = tsc_write},
	{0x017, 0x017, P6, CONSTANT(0, no_write)}, /* PLATFORM_ID */
	{0x01b, 0x01b, FEAT_APIC, CPU_686, FIELD(apic_base, apic_base_write)},
	{0x02a, 0x02a, P6, CONSTANT(0, ignored_write)}, /* EBL_CR_POWERON */
	{0x03a, 0x03a, X64, CONSTANT(1, no_write)},     /* FEATURE_CONTROL: locked */
	{0x03b, 0x03b, X64, BITS(tsc_adjust, ALL_BITS)},
	{0x079, 0x079, P6, .write = ignored_write}, /* BIOS_UPDT_TRIG */
	{0x08b, 0x08b, P6, BITS(ucode_rev, ALL_BITS)},
	{0x0ce, 0x0ce, X64, CONSTANT(PLATFORM_RATIO, no_write)}, /* PLATFORM_INFO */
	{0x0fe, 0x0fe, P6, CONSTANT(MTRR_CAP, no_write)},
	{0x140, 0x140, X64, CONSTANT(0, zero_write)}, /* MISC_FEATURE_ENABLES: none */
	{0x174, 0x174, FEAT_SEP, CPU_686, BITS(sysenter_cs, 0xffffffff)},
	{0x175, 0x175, FEAT_SEP, CPU_686, FIELD(sysenter_esp, canonical_write)},
	{0x176, 0x176, FEAT_SEP, CPU_686, FIELD(sysenter_eip, canonical_write)},
	{0x179, 0x179, P6, CONSTANT(BANKS, no_write)}, /* MCG_CAP */
	{0x17a, 0x17a, P6, BITS(mcg_status, 7)},
	{0x1a0, 0x1a0, P6, BITS(misc_enable, 0x7fffffffffull)},
	{0x1d9, 0x1d9, P6, BITS(debugctl, 3)},
	{0x200, 0x20f, P6, FIELD(mtrr_var, mtrr_var_write)},
	{0x250, 0x250, P6, FIELD(mtrr_fixed[0], mtrr_fixed_write)},
	{0x258, 0x259, P6, FIELD(mtrr_fixed[1], mtrr_fixed_write)},
	{0x268, 0x26f, P6, FIELD(mtrr_fixed[3], mtrr_fixed_write)},
	{0x277, 0x277, P6, FIELD(pat, pat_write)},
	{0x2ff, 0x2ff, P6, FIELD(mtrr_def, mtrr_def_write)},
	{0x400, 0x400 + 4 * BANKS - 1, P6, .read = mc_read, .write = mc_write},
	{0xc0000080, 0xc0000080, X64, FIELD(efer, efer_write)},
	{0xc0000081, 0xc0000081, X64, BITS(star, ALL_BITS)},
	{0xc0000082, 0xc0000083, X64, FIELD(lstar, canonical_write)}, /* LSTAR, CSTAR */
	{0xc0000084, 0xc0000084, X64, BITS(fmask, 0xffffffff)},
	{0xc0000100, 0xc0000100, X64, FIELD(seg[SEG_FS].base, seg_base_write)},
	{0xc0000101, 0xc0000101, X64, FIELD(seg[SEG_GS].base, seg_base_write)},
	{0xc0000102, 0xc0000102, X64, FIELD(kernel_gs_base, canonical_write)},
	{0xc0000103, 0xc0000103, FEAT_RDTSCP, CPU_X86_64, BITS(tsc_aux, 0xffffffff)},
};

_Static_assert(offsetof(struct cpu, cstar) == offsetof(struct cpu, lstar) + 8, "one row for both");
_Static_assert(sizeof(((struct cpu *)0)->mc_ctl) == 8 * BANKS, "one control register a bank");

static const struct msr_row *msr_find(const struct cpu *c, uint32_t msr)
{
	for (unsigned n = 0; n < ARRAY_LEN(msr_rows); n++) {
		const struct msr_row *row = &msr_rows[n];

		if (msr >= row->first && msr <= row->last)
			return cpu_has(c, row->feature) && c->model >= row->model ? row : NULL;
	}
	return NULL;
}

bool msr_read(struct core *k, uint32_t msr, uint64_t *v)
{
	const struct msr_row *row = msr_find(k->cpu, msr);

	return row && row->read && row->read(k, row, msr, v);
}

bool msr_write(struct core *k, uint32_t msr, uint64_t v)
{
	const struct msr_row *row = msr_find(k->cpu, msr);

	return row && row->write(k, row, msr, v);
}
