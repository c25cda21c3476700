/* The handlers of MMX and SSE instructions: tables made from the list in
 * simd_rows.h, by opcode and prefix as the decoder's (simd_map.c). */
#include "engine/cpu/decode/simd_map.h"
#include "engine/cpu/interp/bind.h"
#include "engine/cpu/interp/simd_ops.h"

struct simd_handlers {
	insn_fn *reg, *mem;
};

#define FORM_BOTH(id) op_##id##_r, op_##id##_m
#define FORM_REG(id) op_##id##_r, NULL
#define FORM_MEM(id) NULL, op_##id##_m
#define ROW(opcode, prefix, form, id, name, flags, feature) [opcode][PREFIX_##prefix] = {FORM_##form(id)},

static const struct simd_handlers map_0f[256][PREFIXES] = {[0x77][PREFIX_NP] = {op_emms, op_emms}, SIMD_ROWS_0F(ROW)};
static const struct simd_handlers map_0f38[0x42][PREFIXES] = {SIMD_ROWS_0F38(ROW)};
static const struct simd_handlers map_0f3a[0x43][PREFIXES] = {SIMD_ROWS_0F3A(ROW)};
static const struct simd_handlers shifts[0x20][PREFIXES] = {SIMD_ROWS_SHIFT(ROW)};

/* 0F 12 and 0F 16 without a prefix mean something else between registers. */
static insn_fn *between_registers(unsigned opcode, unsigned prefix)
{
	if (prefix != PREFIX_NP)
		return NULL;
	return opcode == 0x12 ? op_movhlps_r : opcode == 0x16 ? op_movlhps_r : NULL;
}

static const struct simd_handlers *handlers_of(const struct insn *i, unsigned map, unsigned prefix)
{
	if (map == 2)
		return &map_0f38[i->opcode][prefix];
	if (map == 3)
		return &map_0f3a[i->opcode][prefix];
	if (i->opcode >= 0x71 && i->opcode <= 0x73)
		return &shifts[(i->opcode & 3) << 3 | (i->modrm >> 3 & 7)][prefix];
	return &map_0f[i->opcode][prefix];
}

insn_fn *interp_simd(const struct insn *i)
{
	unsigned map = i->op >> 10 & 3, prefix = i->op >> 8 & 3;
	const struct simd_handlers *h = handlers_of(i, map, prefix);

	if (i->flags & IN_MEM)
		return h->mem;
	return h->reg ? h->reg : between_registers(i->opcode, prefix);
}
