/* Finds the handlers of an MMX or SSE instruction: tables made from the list
 * in simd_rows.h, and the few encodings where ModRM selects the operation. */
#include "engine/cpu/simd_ops.h"

enum { PREFIX_NP, PREFIX_66, PREFIX_F3, PREFIX_F2, PREFIXES };

#define FORM_BOTH(id) op_##id##_r, op_##id##_m
#define FORM_REG(id) op_##id##_r, NULL
#define FORM_MEM(id) NULL, op_##id##_m
#define ROW(opcode, prefix, form, id, name, flags, feature) \
	[opcode][PREFIX_##prefix] = {FORM_##form(id), flags, FEAT_##feature, name},

static const struct simd_op map_0f[256][PREFIXES] = {
	[0x77][PREFIX_NP] = {op_emms, op_emms, 0, FEAT_MMX, "emms"}, /* no ModRM follows */
	SIMD_ROWS_0F(ROW)};
static const struct simd_op map_0f38[0x42][PREFIXES] = {SIMD_ROWS_0F38(ROW)};
static const struct simd_op map_0f3a[0x43][PREFIXES] = {SIMD_ROWS_0F3A(ROW)};
static const struct simd_op shifts[0x20][PREFIXES] = {SIMD_ROWS_SHIFT(ROW)};

/* 0F 12 and 0F 16 without a prefix mean something else between registers. */
static const struct simd_op movhlps = {op_movhlps_r, NULL, 0, FEAT_SSE, "movhlps"};
static const struct simd_op movlhps = {op_movlhps_r, NULL, 0, FEAT_SSE, "movlhps"};

static const struct simd_op *lookup_0f(uint8_t opcode, unsigned prefix, uint8_t modrm)
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

const struct simd_op *simd_lookup(unsigned map, uint8_t opcode, unsigned prefix, uint8_t modrm)
{
	const struct simd_op *op = NULL;

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
