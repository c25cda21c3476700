/* Random values in which the interesting ones are frequent. */
#include <string.h>

#include "engine/base/bytes.h"
#include "tests/cpu/oracle.h"

static uint64_t boundary(struct gen *g)
{
	/* clang-format off */
	static const uint64_t values[] = {
		0, 1, 2, 3, 7, 8, 15, 16, 31, 32, 63, 64, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10000,
		0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 0x7fffffffffffffff, 0x8000000000000000,
		0xffffffffffffffff, 0xfffffffffffffffe, 0xffffffff80000000, 0xffffffffffff8000, 0xffffffffffffff80,
		0x99, 0x9a, 0x9999, 0x0f, 0xf0, 0x5555555555555555, 0xaaaaaaaaaaaaaaaa,
	};
	/* clang-format on */

	return values[gen_below(g, ARRAY_LEN(values))];
}

uint64_t gen_value(struct gen *g)
{
	switch (gen_below(g, 8)) {
	case 0:
	case 1: return boundary(g);
	case 2: return (1ull << gen_below(g, 64)) + (uint64_t)(int64_t)((int)gen_below(g, 3) - 1);
	case 3: return (uint64_t)(int64_t)((int)gen_below(g, 256) - 128);
	case 4: return (uint32_t)gen_next(g);
	default: return gen_next(g);
	}
}

static uint32_t f32_bits(struct gen *g)
{
	static const uint32_t special[] = {
		0,          0x80000000, 0x3f800000, 0xbf800000, 0x7f800000, 0xff800000, 0x7fc00000, 0xffc00000,
		0x7f800001, 0xff812345, 0x00000001, 0x807fffff, 0x00800000, 0x7f7fffff, 0x4f000000, 0xcf000000,
		0x5f000000, 0xdf000000, 0x3f000000, 0x3fc00000, 0x40200000, 0x4effffff, 0x46fffe00, 0x47000000,
	};
	uint32_t r = (uint32_t)gen_next(g);

	switch (gen_below(g, 5)) {
	case 0: return special[gen_below(g, ARRAY_LEN(special))];
	case 1: return (r & 0x807fffff) | (112 + gen_below(g, 32)) << 23;
	case 2: return (r & 0x80700000) | (120 + gen_below(g, 16)) << 23;
	case 3: return (r & 0x807fffff) | (gen_below(g, 2) ? gen_below(g, 24) : 231 + gen_below(g, 24)) << 23;
	default: return r;
	}
}

static uint64_t f64_bits(struct gen *g)
{
	/* clang-format off */
	static const uint64_t special[] = {
		0, 0x8000000000000000, 0x3ff0000000000000, 0xbff0000000000000, 0x7ff0000000000000, 0xfff0000000000000,
		0x7ff8000000000000, 0xfff8000000000000, 0x7ff0000000000001, 0xfff4000012345678, 1, 0x800fffffffffffff,
		0x0010000000000000, 0x7fefffffffffffff, 0x41dfffffffc00000, 0x41e0000000000000, 0xc1e0000000000000,
		0xc1e0000000200000, 0x43e0000000000000, 0xc3e0000000000000, 0x3fe0000000000000, 0x3ff8000000000000,
		0x4004000000000000, 0x47efffffefffffff, 0x36a0000000000000, 0x3690000000000000, 0x380fffffffffffff,
	};
	/* clang-format on */
	uint64_t r = gen_next(g), keep = 0x800fffffffffffff;

	switch (gen_below(g, 6)) {
	case 0: return special[gen_below(g, ARRAY_LEN(special))];
	case 1: return (r & keep) | (uint64_t)(1008 + gen_below(g, 80)) << 52;
	case 2: return (r & 0x800e000000000000) | (uint64_t)(1018 + gen_below(g, 16)) << 52;
	case 3: return (r & keep) | (uint64_t)(870 + gen_below(g, 40)) << 52; /* near the end of float */
	case 4: return (r & keep) | (uint64_t)(gen_below(g, 2) ? gen_below(g, 60) : 1986 + gen_below(g, 61)) << 52;
	default: return r;
	}
}

/* Ten bytes of an 80-bit value. */
static void f80_bits(struct gen *g, uint8_t *out)
{
	static const uint16_t exps[] = {0,      1,      0x3ffe, 0x3fff, 0x4000, 0x7ffe, 0x7fff, 0x400d, 0x400e, 0x401d,
					0x401e, 0x403d, 0x403e, 0x3f80, 0x407f, 0x3c00, 0x43ff, 0x3fc0, 0x4040};
	/* clang-format off */
	static const uint64_t mants[] = { 0, 1, 1ull << 63, 3ull << 62, (1ull << 63) | 1, ~0ull, ~0ull << 11, ~0ull << 40,
					  0x7fffffffffffffff, 0x4000000000000000, 0xa000000000000000, 0xffffffffffffffc0 };
	/* clang-format on */
	uint64_t mant = gen_next(g) | 1ull << 63;
	unsigned exp = 0x3fff - 40 + gen_below(g, 80);

	switch (gen_below(g, 8)) {
	case 0:
		mant = mants[gen_below(g, ARRAY_LEN(mants))];
		exp = exps[gen_below(g, ARRAY_LEN(exps))];
		break;
	case 1: /* a small integer or a fraction with few bits */
		mant = (uint64_t)(1 + gen_below(g, 255)) << 56 | 1ull << 63;
		exp = 0x3fff + gen_below(g, 12) - 4;
		break;
	case 2: exp = exps[gen_below(g, ARRAY_LEN(exps))]; break;
	case 3: exp = gen_below(g, 0x8000); break;
	case 4: /* exact in double or in float */ mant &= gen_pct(g, 50) ? ~0ull << 11 : ~0ull << 40; break;
	case 5:
		if (gen_pct(g, 15))
			mant = gen_next(g);
		break;
	default: break;
	}
	put_le64(out, mant);
	put_le16(out + 8, (uint16_t)(exp | gen_below(g, 2) << 15));
}

static void bcd_bits(struct gen *g, uint8_t *out)
{
	bool wild = gen_pct(g, 10);

	for (unsigned n = 0; n < 9; n++)
		out[n] = wild ? (uint8_t)gen_next(g) : (uint8_t)(gen_below(g, 10) << 4 | gen_below(g, 10));
	out[9] = gen_pct(g, 90) ? (uint8_t)(gen_below(g, 2) << 7) : (uint8_t)gen_next(g);
}

void gen_operand(struct gen *g, ZydisElementType type, unsigned element_bits, uint8_t *out, unsigned size)
{
	uint8_t buf[16];
	unsigned step = element_bits / 8, at = 0;

	if (!step || step > sizeof(buf))
		step = 8;
	while (at < size) {
		unsigned n = size - at < step ? size - at : step;

		put_le64(buf, gen_value(g));
		put_le64(buf + 8, gen_value(g));
		if (type == ZYDIS_ELEMENT_TYPE_FLOAT32)
			put_le32(buf, f32_bits(g));
		else if (type == ZYDIS_ELEMENT_TYPE_FLOAT64)
			put_le64(buf, f64_bits(g));
		else if (type == ZYDIS_ELEMENT_TYPE_FLOAT80)
			f80_bits(g, buf);
		else if (type == ZYDIS_ELEMENT_TYPE_LONGBCD)
			bcd_bits(g, buf);
		memcpy(out + at, buf, n);
		at += n;
	}
}

/* ES and B follow from flags and masks, as FXRSTOR makes them. */
static uint16_t consistent(uint16_t fcw, uint16_t fsw)
{
	bool es = fsw & ~fcw & 0x3f;

	return (uint16_t)((fsw & ~0x8080u) | (es ? 0x8080 : 0));
}

static uint32_t random_mxcsr(struct gen *g)
{
	uint32_t v = gen_pct(g, 80) ? 0x1f80 : (uint32_t)gen_next(g) & 0x1f80;

	v |= gen_below(g, 4) << 13;
	if (gen_pct(g, 25))
		v |= (uint32_t)gen_next(g) & 0x8040;
	if (gen_pct(g, 50))
		v |= (uint32_t)gen_next(g) & 0x3f;
	return v;
}

static void random_xmm(struct gen *g, uint8_t *out)
{
	/* clang-format off */
	static const struct { ZydisElementType type; unsigned bits; } kinds[] = {
		{ ZYDIS_ELEMENT_TYPE_FLOAT32, 32 }, { ZYDIS_ELEMENT_TYPE_FLOAT64, 64 }, { ZYDIS_ELEMENT_TYPE_UINT, 8 },
		{ ZYDIS_ELEMENT_TYPE_UINT, 16 }, { ZYDIS_ELEMENT_TYPE_UINT, 32 }, { ZYDIS_ELEMENT_TYPE_UINT, 64 },
	};
	/* clang-format on */
	unsigned k = gen_below(g, ARRAY_LEN(kinds));

	gen_operand(g, kinds[k].type, kinds[k].bits, out, 16);
}

void gen_fx(struct gen *g, uint8_t *fx)
{
	uint16_t fcw = (uint16_t)(0x40 | (gen_pct(g, 80) ? 0x3f : gen_below(g, 64)) | gen_below(g, 4) << 10);
	uint16_t fsw = (uint16_t)((gen_next(g) & 0x7f00) & ~0x80u);

	memset(fx, 0, FX_SIZE);
	fcw |= gen_pct(g, 70) ? 0x300 : (uint16_t)(gen_below(g, 4) << 8);
	if (gen_pct(g, 30))
		fsw |= (uint16_t)(gen_next(g) & (gen_pct(g, 70) ? fcw & 0x3f : 0x3f)) |
		       (uint16_t)(gen_below(g, 2) << 6);
	put_le16(fx, fcw);
	put_le16(fx + 2, consistent(fcw, fsw));
	fx[4] = gen_pct(g, 60) ? 0xff : gen_pct(g, 20) ? 0 : (uint8_t)gen_next(g);
	if (gen_pct(g, 30)) { /* ST(7) free, so that a push works */
		unsigned top = fsw >> 11 & 7;

		fx[4] = (uint8_t) ~(1u << ((top + 7) & 7));
	}
	put_le32(fx + 24, random_mxcsr(g));
	for (unsigned n = 0; n < 8; n++)
		f80_bits(g, fx + 32 + 16 * n);
	for (unsigned n = 0; n < 16; n++)
		random_xmm(g, fx + X87_IMAGE + 16 * n);
}
