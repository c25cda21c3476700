/* What MMX and SSE instructions read and write; see uses.h. Most have a
 * destination that is also a source, and a source of full width; the table
 * names the others. */
#include "engine/base/types.h"
#include "engine/cpu/decode/op.h"
#include "engine/cpu/decode/uses_priv.h"

enum kind { XMM, MMX, GPR, NONE };
enum { NP, P66, F3, F2 };
enum { M0F = 1, M38, M3A };
#define ANY 0xff /* size of a general register by REX.W */

struct row {
	uint8_t map, prefix, first, last; /* opcodes */
	uint8_t reg_kind, reg, rm_kind, rm;
	uint8_t size; /* bytes in memory; ANY: 4 or 8; 0: by kind */
	uint8_t more; /* of enum below */
};
enum { FLAGS = 1, XMM0 = 2, MASKED = 4 };

static const struct row rows[] = {
	{M0F, NP, 0x10, 0x10, XMM, W, XMM, R, 16, 0},      {M0F, P66, 0x10, 0x10, XMM, W, XMM, R, 16, 0},
	{M0F, F3, 0x10, 0x10, XMM, RW, XMM, R, 4, 0},      {M0F, F2, 0x10, 0x10, XMM, RW, XMM, R, 8, 0},
	{M0F, NP, 0x11, 0x11, XMM, R, XMM, W, 16, 0},      {M0F, P66, 0x11, 0x11, XMM, R, XMM, W, 16, 0},
	{M0F, F3, 0x11, 0x11, XMM, R, XMM, RW, 4, 0},      {M0F, F2, 0x11, 0x11, XMM, R, XMM, RW, 8, 0},
	{M0F, NP, 0x12, 0x12, XMM, RW, XMM, R, 8, 0},      {M0F, P66, 0x12, 0x12, XMM, RW, XMM, R, 8, 0},
	{M0F, F3, 0x12, 0x12, XMM, W, XMM, R, 16, 0},      {M0F, F2, 0x12, 0x12, XMM, W, XMM, R, 8, 0},
	{M0F, NP, 0x13, 0x13, XMM, R, XMM, W, 8, 0},       {M0F, P66, 0x13, 0x13, XMM, R, XMM, W, 8, 0},
	{M0F, NP, 0x16, 0x16, XMM, RW, XMM, R, 8, 0},      {M0F, P66, 0x16, 0x16, XMM, RW, XMM, R, 8, 0},
	{M0F, F3, 0x16, 0x16, XMM, W, XMM, R, 16, 0},      {M0F, NP, 0x17, 0x17, XMM, R, XMM, W, 8, 0},
	{M0F, P66, 0x17, 0x17, XMM, R, XMM, W, 8, 0},      {M0F, NP, 0x28, 0x28, XMM, W, XMM, R, 16, 0},
	{M0F, P66, 0x28, 0x28, XMM, W, XMM, R, 16, 0},     {M0F, NP, 0x29, 0x29, XMM, R, XMM, W, 16, 0},
	{M0F, P66, 0x29, 0x29, XMM, R, XMM, W, 16, 0},     {M0F, NP, 0x2a, 0x2a, XMM, RW, MMX, R, 8, 0},
	{M0F, P66, 0x2a, 0x2a, XMM, W, MMX, R, 8, 0},      {M0F, F3, 0x2a, 0x2a, XMM, RW, GPR, R, ANY, 0},
	{M0F, F2, 0x2a, 0x2a, XMM, RW, GPR, R, ANY, 0},    {M0F, NP, 0x2b, 0x2b, XMM, R, XMM, W, 16, 0},
	{M0F, P66, 0x2b, 0x2b, XMM, R, XMM, W, 16, 0},     {M0F, NP, 0x2c, 0x2d, MMX, W, XMM, R, 8, 0},
	{M0F, P66, 0x2c, 0x2d, MMX, W, XMM, R, 16, 0},     {M0F, F3, 0x2c, 0x2d, GPR, W, XMM, R, 4, 0},
	{M0F, F2, 0x2c, 0x2d, GPR, W, XMM, R, 8, 0},       {M0F, NP, 0x2e, 0x2f, XMM, R, XMM, R, 4, FLAGS},
	{M0F, P66, 0x2e, 0x2f, XMM, R, XMM, R, 8, FLAGS},  {M0F, NP, 0x50, 0x50, GPR, W, XMM, R, 16, 0},
	{M0F, P66, 0x50, 0x50, GPR, W, XMM, R, 16, 0},     {M0F, NP, 0x51, 0x53, XMM, W, XMM, R, 16, 0},
	{M0F, P66, 0x51, 0x51, XMM, W, XMM, R, 16, 0},     {M0F, NP, 0x5a, 0x5a, XMM, W, XMM, R, 8, 0},
	{M0F, P66, 0x5a, 0x5a, XMM, W, XMM, R, 16, 0},     {M0F, NP, 0x5b, 0x5b, XMM, W, XMM, R, 16, 0},
	{M0F, P66, 0x5b, 0x5b, XMM, W, XMM, R, 16, 0},     {M0F, F3, 0x5b, 0x5b, XMM, W, XMM, R, 16, 0},
	{M0F, F3, 0x51, 0x5f, XMM, RW, XMM, R, 4, 0}, /* scalars; their other forms are plain */
	{M0F, F2, 0x51, 0x5f, XMM, RW, XMM, R, 8, 0},      {M0F, F3, 0xc2, 0xc2, XMM, RW, XMM, R, 4, 0},
	{M0F, F2, 0xc2, 0xc2, XMM, RW, XMM, R, 8, 0},      {M0F, NP, 0x60, 0x62, MMX, RW, MMX, R, 4, 0},
	{M0F, NP, 0x6e, 0x6e, MMX, W, GPR, R, ANY, 0},     {M0F, P66, 0x6e, 0x6e, XMM, W, GPR, R, ANY, 0},
	{M0F, NP, 0x6f, 0x70, MMX, W, MMX, R, 8, 0},       {M0F, P66, 0x6f, 0x70, XMM, W, XMM, R, 16, 0},
	{M0F, F3, 0x6f, 0x70, XMM, W, XMM, R, 16, 0},      {M0F, F2, 0x70, 0x70, XMM, W, XMM, R, 16, 0},
	{M0F, NP, 0x71, 0x73, NONE, 0, MMX, RW, 0, 0}, /* by an immediate */
	{M0F, P66, 0x71, 0x73, NONE, 0, XMM, RW, 0, 0},    {M0F, NP, 0x77, 0x77, NONE, 0, MMX, 0, 0, 0},
	{M0F, NP, 0x7e, 0x7e, MMX, R, GPR, W, ANY, 0},     {M0F, P66, 0x7e, 0x7e, XMM, R, GPR, W, ANY, 0},
	{M0F, F3, 0x7e, 0x7e, XMM, W, XMM, R, 8, 0},       {M0F, NP, 0x7f, 0x7f, MMX, R, MMX, W, 8, 0},
	{M0F, P66, 0x7f, 0x7f, XMM, R, XMM, W, 16, 0},     {M0F, F3, 0x7f, 0x7f, XMM, R, XMM, W, 16, 0},
	{M0F, NP, 0xc3, 0xc3, GPR, R, GPR, W, ANY, 0},     {M0F, NP, 0xc4, 0xc4, MMX, RW, GPR, R, 2, 0},
	{M0F, P66, 0xc4, 0xc4, XMM, RW, GPR, R, 2, 0},     {M0F, NP, 0xc5, 0xc5, GPR, W, MMX, R, 0, 0},
	{M0F, P66, 0xc5, 0xc5, GPR, W, XMM, R, 0, 0},      {M0F, P66, 0xd6, 0xd6, XMM, R, XMM, W, 8, 0},
	{M0F, F3, 0xd6, 0xd6, XMM, W, MMX, R, 0, 0},       {M0F, F2, 0xd6, 0xd6, MMX, W, XMM, R, 0, 0},
	{M0F, NP, 0xd7, 0xd7, GPR, W, MMX, R, 0, 0},       {M0F, P66, 0xd7, 0xd7, GPR, W, XMM, R, 0, 0},
	{M0F, P66, 0xe6, 0xe6, XMM, W, XMM, R, 16, 0},     {M0F, F3, 0xe6, 0xe6, XMM, W, XMM, R, 8, 0},
	{M0F, F2, 0xe6, 0xe6, XMM, W, XMM, R, 16, 0},      {M0F, NP, 0xe7, 0xe7, MMX, R, MMX, W, 8, 0},
	{M0F, P66, 0xe7, 0xe7, XMM, R, XMM, W, 16, 0},     {M0F, F2, 0xf0, 0xf0, XMM, W, XMM, R, 16, 0},
	{M0F, NP, 0xf7, 0xf7, MMX, R, MMX, R, 0, MASKED},  {M0F, P66, 0xf7, 0xf7, XMM, R, XMM, R, 0, MASKED},
	{M38, P66, 0x10, 0x15, XMM, RW, XMM, R, 16, XMM0}, {M38, P66, 0x17, 0x17, XMM, R, XMM, R, 16, FLAGS},
	{M38, NP, 0x1c, 0x1e, MMX, W, MMX, R, 8, 0},       {M38, P66, 0x1c, 0x1e, XMM, W, XMM, R, 16, 0},
	{M38, P66, 0x20, 0x20, XMM, W, XMM, R, 8, 0},      {M38, P66, 0x21, 0x21, XMM, W, XMM, R, 4, 0},
	{M38, P66, 0x22, 0x22, XMM, W, XMM, R, 2, 0},      {M38, P66, 0x23, 0x23, XMM, W, XMM, R, 8, 0},
	{M38, P66, 0x24, 0x24, XMM, W, XMM, R, 4, 0},      {M38, P66, 0x25, 0x25, XMM, W, XMM, R, 8, 0},
	{M38, P66, 0x2a, 0x2a, XMM, W, XMM, R, 16, 0},     {M38, P66, 0x30, 0x30, XMM, W, XMM, R, 8, 0},
	{M38, P66, 0x31, 0x31, XMM, W, XMM, R, 4, 0},      {M38, P66, 0x32, 0x32, XMM, W, XMM, R, 2, 0},
	{M38, P66, 0x33, 0x33, XMM, W, XMM, R, 8, 0},      {M38, P66, 0x34, 0x34, XMM, W, XMM, R, 4, 0},
	{M38, P66, 0x35, 0x35, XMM, W, XMM, R, 8, 0},      {M38, P66, 0x41, 0x41, XMM, W, XMM, R, 16, 0},
	{M3A, P66, 0x08, 0x09, XMM, W, XMM, R, 16, 0},     {M3A, P66, 0x0a, 0x0a, XMM, RW, XMM, R, 4, 0},
	{M3A, P66, 0x0b, 0x0b, XMM, RW, XMM, R, 8, 0},     {M3A, P66, 0x14, 0x14, XMM, R, GPR, W, 1, 0},
	{M3A, P66, 0x15, 0x15, XMM, R, GPR, W, 2, 0},      {M3A, P66, 0x16, 0x16, XMM, R, GPR, W, ANY, 0},
	{M3A, P66, 0x17, 0x17, XMM, R, GPR, W, 4, 0},      {M3A, P66, 0x20, 0x20, XMM, RW, GPR, R, 1, 0},
	{M3A, P66, 0x21, 0x21, XMM, RW, XMM, R, 4, 0},     {M3A, P66, 0x22, 0x22, XMM, RW, GPR, R, ANY, 0},
};

/* Opcodes without a prefix that work on XMM registers. */
static bool plain_xmm(unsigned map, unsigned opcode)
{
	return map == M0F && (opcode < 0x60 || opcode == 0xc2 || opcode == 0xc6);
}

static struct row row_of(const struct insn *i)
{
	unsigned map = i->op >> 10 & 3, prefix = i->op >> 8 & 3;
	uint8_t kind = prefix || plain_xmm(map, i->opcode) ? XMM : MMX;

	for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
		if (rows[n].map == map && rows[n].prefix == prefix && i->opcode >= rows[n].first &&
		    i->opcode <= rows[n].last)
			return rows[n];
	return (struct row){.reg_kind = kind, .reg = RW, .rm_kind = kind, .rm = R, .size = kind == XMM ? 16 : 8};
}

static void use_register(struct insn_uses *u, unsigned kind, unsigned n, unsigned role)
{
	uint16_t bit = (uint16_t)(1u << n);

	if (kind == MMX)
		u->what |= USES_X87;
	if (kind == XMM) {
		u->xmm_in |= role & R ? bit : 0;
		u->xmm_out |= role & W ? bit : 0;
	}
	if (kind == GPR) {
		u->gpr_in |= role & R ? bit : 0;
		u->gpr_out |= role & W ? bit : 0;
	}
}

/* Conversions, arithmetic, comparison and rounding of floating-point numbers. */
static bool floating(const struct insn *i)
{
	unsigned map = i->op >> 10 & 3, prefix = i->op >> 8 & 3, op = i->opcode;

	if (map == M3A)
		return (op >= 0x08 && op <= 0x0b) || op == 0x40 || op == 0x41;
	if (map != M0F)
		return false;
	if (op == 0x2a)
		return prefix != P66;
	return (op >= 0x2c && op <= 0x2f) || op == 0x51 || (op >= 0x58 && op <= 0x5f) || op == 0xc2 || op == 0xd0 ||
	       op == 0x7c || op == 0x7d || (op == 0xe6 && prefix != F3);
}

void uses_simd(const struct insn *i, struct insn_uses *u)
{
	struct row r = row_of(i);
	bool mem = i->flags & IN_MEM, move = (i->op >> 10 & 3) == M0F && (i->opcode == 0x10 || i->opcode == 0x11);

	if (r.size == ANY)
		r.size = i->flags & IN_REXW ? 8 : 4;
	/* MOVSS and MOVSD from memory clear the rest of the register; to memory
	 * there is no rest. */
	if (mem && move && r.reg == RW)
		r.reg = W;
	if (mem && move && r.rm == RW)
		r.rm = W;
	use_register(u, r.reg_kind, i->reg, r.reg);
	if (mem) {
		uses_memory(u, r.rm, r.size);
		if (r.rm_kind == MMX && i->op != (OP_SIMD | M0F << 10 | P66 << 8 | 0x2a))
			u->what |= USES_X87;
	} else {
		use_register(u, r.rm_kind, i->rm, r.rm);
	}
	u->flags_out = r.more & FLAGS ? (uint32_t)FL_ARITH : 0;
	u->xmm_in |= r.more & XMM0 ? 1 : 0;
	u->what |= floating(i) ? USES_MXCSR : 0;
	if (r.more & MASKED) {
		u->gpr_in |= 1u << RDI;
		u->what |= USES_STORE;
	}
}
