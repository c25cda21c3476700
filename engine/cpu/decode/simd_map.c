/* Finds the row of an MMX or SSE instruction: tables made from the list in
 * simd_rows.h, and the few encodings where ModRM selects the operation. */
#include "engine/cpu/decode/simd_map.h"

#include "engine/cpu/decode/simd_rows.h"

#define FORM_BOTH (SIMD_REG | SIMD_MEM)
#define FORM_REG SIMD_REG
#define FORM_MEM SIMD_MEM
#define ID(map, prefix, opcode) (OP_SIMD | (map) << 10 | (prefix) << 8 | (opcode))
#define ROW(map, opcode, prefix, form, name, flags, feature) \
	[opcode][PREFIX_##prefix] = {ID(map, PREFIX_##prefix, opcode), FORM_##form | (flags), FEAT_##feature, name},
#define ROW_0F(opcode, prefix, form, id, name, flags, feature) ROW(1, opcode, prefix, form, name, flags, feature)
#define ROW_0F38(opcode, prefix, form, id, name, flags, feature) ROW(2, opcode, prefix, form, name, flags, feature)
#define ROW_0F3A(opcode, prefix, form, id, name, flags, feature) ROW(3, opcode, prefix, form, name, flags, feature)
/* at: (opcode & 3) << 3 | ModRM.reg, for 0F 71 to 73. */
#define ROW_0F7X(at, prefix, form, id, name, flags, feature) \
	[at][PREFIX_##prefix] = {ID(1, PREFIX_##prefix, 0x70 | (at) >> 3), FORM_##form | (flags), FEAT_##feature, name},

static const struct simd_row map_0f[256][PREFIXES] = {
	[0x77][PREFIX_NP] = {ID(1, 0, 0x77), FORM_BOTH, FEAT_MMX, "emms"}, /* no ModRM follows */
	SIMD_ROWS_0F(ROW_0F)};
static const struct simd_row map_0f38[0x42][PREFIXES] = {SIMD_ROWS_0F38(ROW_0F38)};
static const struct simd_row map_0f3a[0x43][PREFIXES] = {SIMD_ROWS_0F3A(ROW_0F3A)};
static const struct simd_row shifts[0x20][PREFIXES] = {SIMD_ROWS_SHIFT(ROW_0F7X)};

/* 0F 12 and 0F 16 without a prefix mean something else between registers. */
static const struct simd_row movhlps = {ID(1, 0, 0x12), SIMD_REG, FEAT_SSE, "movhlps"};
static const struct simd_row movlhps = {ID(1, 0, 0x16), SIMD_REG, FEAT_SSE, "movlhps"};

static const struct simd_row *lookup_0f(uint8_t opcode, unsigned prefix, uint8_t modrm)
{
	bool reg = modrm >> 6 == 3;

	if (opcode >= 0x71 && opcode <= 0x73)
		return &shifts[(opcode & 3) << 3 | (modrm >> 3 & 7)][prefix];
	if (opcode == 0x12 && prefix == PREFIX_NP && reg)
		return &movhlps;
	if (opcode == 0x16 && prefix == PREFIX_NP && reg)
		return &movlhps;
	return &map_0f[opcode][prefix];
}

const struct simd_row *simd_lookup(unsigned map, uint8_t opcode, unsigned prefix, uint8_t modrm)
{
	const struct simd_row *op = NULL;

	if (prefix >= PREFIXES)
		return NULL;
	if (map == 1)
		op = lookup_0f(opcode, prefix, modrm);
	else if (map == 2 && opcode < ARRAY_LEN(map_0f38))
		op = &map_0f38[opcode][prefix];
	else if (map == 3 && opcode < ARRAY_LEN(map_0f3a))
		op = &map_0f3a[opcode][prefix];
	return op && op->name ? op : NULL;
}
