/* The decoder; see decode.h. Prefixes, opcode, ModRM and immediates are read
 * in that order (SDM 2A 2.1), then the opcode map's row is turned into an
 * instruction. */
#include "engine/cpu/decode/decode.h"

#include "engine/cpu/decode/opmap.h"
#include "engine/cpu/decode/simd_map.h"

/* Group 7 mod 3 reg 7 shares SWAPGS's row. */
/* clang-format off */
static const struct opcode row_rdtscp = {
	.op = OP_SYS_rdtscp, .form = F_E, .size = S_V, .feature = FEAT_RDTSCP,
};
/* clang-format on */
static const struct opcode row_pause = {.op = OP_SYS_pause, .attr = A_END};
static const struct opcode row_movsxd = {.op = OP_MOVSXD, .form = F_GE, .size = S_V};
static const struct opcode row_xchg = {.op = OP_XCHG_EG, .form = F_ZA, .size = S_V};
static const struct opcode row_popcnt = {.op = OP_POPCNT, .form = F_GE, .size = S_V, .feature = FEAT_POPCNT};
static const struct opcode row_ud = {.op = OP_UD, .attr = A_END};
static const struct opcode row_ud_modrm = {.op = OP_UD, .form = F_E, .attr = A_END};

/* ---- bytes ---- */

static uint8_t next8(struct decode *d)
{
	if (d->at >= d->avail) {
		d->more = true;
		return 0;
	}
	return d->bytes[d->at++];
}

static uint64_t next_le(struct decode *d, unsigned size)
{
	uint64_t v = 0;

	for (unsigned n = 0; n < size; n++)
		v |= (uint64_t)next8(d) << n * 8;
	return v;
}

static int32_t next_signed(struct decode *d, unsigned size)
{
	uint64_t v = next_le(d, size);

	return size == 1 ? (int8_t)v : size == 2 ? (int16_t)v : (int32_t)v;
}

static bool is64(const struct decode *d)
{
	return (d->mode & MODE_SIZE) == MODE_64;
}

/* ---- prefixes ---- */

/* Reads prefixes; returns the first byte that is none. */
static uint8_t read_prefixes(struct decode *d)
{
	for (;;) {
		uint8_t b = next8(d);

		if (d->more)
			return 0;
		switch (b) {
		case 0x26: d->seg_prefix = SEG_ES + 1; break;
		case 0x2e: d->seg_prefix = SEG_CS + 1; break;
		case 0x36: d->seg_prefix = SEG_SS + 1; break;
		case 0x3e: d->seg_prefix = SEG_DS + 1; break;
		case 0x64: d->seg_prefix = SEG_FS + 1; break;
		case 0x65: d->seg_prefix = SEG_GS + 1; break;
		case 0x66: d->opsize = 1; break;
		case 0x67: d->adsize = 1; break;
		case 0xf0: d->lock = 1; break;
		case 0xf2: d->rep = 2; break;
		case 0xf3: d->rep = 1; break;
		default:
			if (!is64(d) || (b & 0xf0) != 0x40)
				return b;
			/* REX counts only right before the opcode. */
			d->rex = b;
			continue;
		}
		d->rex = 0;
		if (d->at >= MAX_INSN)
			return 0;
	}
}

/* ---- operands ---- */

/* Byte offset of general register n as an operand of the row's size. */
static uint8_t gpr(const struct decode *d, unsigned n, bool byte)
{
	if (byte && !d->rex && n >= 4 && n < 8)
		return (uint8_t)((n - 4) * 8 + 1); /* AH CH DH BH */
	return (uint8_t)(n * 8);
}

static void read_modrm(struct decode *d, struct insn *out)
{
	uint8_t b = next8(d);

	out->modrm = b;
	d->mod = b >> 6;
	d->reg = (uint8_t)((b >> 3 & 7) | (d->rex & 4) << 1);
	d->rm = (uint8_t)((b & 7) | (d->rex & 1) << 3);
}

static void address16(struct decode *d, struct insn *out)
{
	static const uint8_t bases[8] = {RBX, RBX, RBP, RBP, RSI, RDI, RBP, RBX};
	static const uint8_t indexes[8] = {RSI, RDI, RSI, RDI, REG_ZERO, REG_ZERO, REG_ZERO, REG_ZERO};
	unsigned rm = d->rm & 7;

	out->base = (uint8_t)(bases[rm] * 8);
	out->index = (uint8_t)(indexes[rm] * 8);
	if (d->mod == 0 && rm == 6) {
		out->base = REG_ZERO * 8;
		out->disp = next_signed(d, 2);
	} else if (d->mod) {
		out->disp = next_signed(d, d->mod);
	}
}

static void address_sib(struct decode *d, struct insn *out)
{
	uint8_t sib = next8(d);
	unsigned base = (sib & 7) | (d->rex & 1) << 3, index = (sib >> 3 & 7) | (d->rex & 2) << 2;

	out->scale = sib >> 6;
	out->index = (uint8_t)((index == RSP ? REG_ZERO : index) * 8);
	out->base = (uint8_t)(base * 8);
	if ((sib & 7) == RBP && d->mod == 0) {
		out->base = REG_ZERO * 8;
		out->disp = next_signed(d, 4);
	}
}

static void address32(struct decode *d, struct insn *out)
{
	unsigned rm = d->rm & 7;

	out->base = (uint8_t)(d->rm * 8);
	out->index = REG_ZERO * 8;
	if (rm == RSP)
		address_sib(d, out);
	if (d->mod == 0 && rm == RBP) {
		out->base = (uint8_t)((is64(d) ? REG_PAGE : REG_ZERO) * 8); /* RIP-relative: fixed below */
		out->disp = next_signed(d, 4);
	} else if (d->mod) {
		out->disp = next_signed(d, d->mod == 1 ? 1 : 4);
	}
}

static unsigned default_segment(const struct decode *d, const struct insn *out)
{
	bool stack = out->base == RBP * 8 || out->base == RSP * 8;

	if (is64(d)) {
		if (d->seg_prefix >= SEG_FS + 1)
			return d->seg_prefix - 1u;
		return stack ? SF_STACK : SF_FLAT;
	}
	if (d->seg_prefix)
		return d->seg_prefix - 1u;
	return stack ? SEG_SS : SEG_DS;
}

static void read_address(struct decode *d, struct insn *out)
{
	if (((out->flags & IN_ASZ) >> 2) == 1)
		address16(d, out);
	else
		address32(d, out);
	out->seg = (uint8_t)default_segment(d, out);
	out->flags |= IN_MEM;
}

/* ---- sizes ---- */

/* Operand size code: 0 byte, 1..3 = 16, 32, 64 bits. */
static unsigned operand_size(const struct decode *d, enum size size)
{
	bool wide = (d->mode & MODE_SIZE) != MODE_16;
	unsigned prefixed = wide != d->opsize ? 2 : 1;

	switch (size) {
	case S_B: return 0;
	case S_V: return d->rex & 8 ? 3 : prefixed;
	case S_Z: return d->rex & 8 ? 2 : prefixed;
	case S_D64:
		if (!is64(d))
			return prefixed;
		return d->rex & 8 || !d->opsize ? 3 : 1;
	case S_F64: return is64(d) ? 3 : prefixed;
	case S_Y: return d->rex & 8 ? 3 : 2;
	case S_M: return is64(d) ? 3 : 2;
	}
	return 2;
}

static unsigned address_size(const struct decode *d)
{
	switch (d->mode & MODE_SIZE) {
	case MODE_64: return d->adsize ? 2 : 3;
	case MODE_32: return d->adsize ? 1 : 2;
	default: return d->adsize ? 2 : 1;
	}
}

static void read_imm(struct decode *d, struct insn *out, enum imm imm, unsigned osz)
{
	switch (imm) {
	case I_NONE: break;
	case I_B: out->imm = next_signed(d, 1); break;
	case I_Z: out->imm = next_signed(d, osz == 1 ? 2 : 4); break;
	case I_W: out->imm = next_signed(d, 2); break;
	case I_V:
		if (osz == 3)
			out->imm64 = next_le(d, 8);
		else
			out->imm = next_signed(d, osz == 1 ? 2 : 4);
		break;
	case I_WB: /* ENTER: size, then level */
		out->imm = next_signed(d, 2);
		out->disp = next8(d);
		break;
	case I_1: out->imm = 1; break;
	}
}

/* ---- finding the row ---- */

static const struct opcode *select_group(const struct decode *d, const struct insn *out, const struct opcode *row)
{
	const struct opcode *g = row->group;
	unsigned reg = d->reg & 7;

	if (!row->value || d->mod != 3)
		return &g[reg];
	if (g[8 + reg].op == OP_SYS_swapgs)
		return out->modrm == 0xf9 ? &row_rdtscp : out->modrm == 0xf8 ? &g[15] : &row_ud;
	return &g[8 + reg];
}

/* Groups 9 and 15: with these prefixes the opcodes stand for instructions
 * that no model has (SDM 2D table A-6). */
static bool prefix_reserved(const struct decode *d, const struct insn *out)
{
	if (out->opcode == 0xae)
		return d->rep || d->opsize;
	return out->opcode == 0xc7 && d->mod == 3 && d->rep;
}

static bool empty(const struct opcode *row)
{
	return row->op == OP_NONE && row->form != F_GROUP && row->form != F_X87;
}

static bool has_modrm(const struct opcode *row)
{
	switch (row->form) {
	case F_E:
	case F_EG:
	case F_GE:
	case F_SEG:
	case F_CR:
	case F_GROUP:
	case F_X87: return true;
	default: return false;
	}
}

/* ---- assembling the instruction ---- */

static void set_ud(struct decode *d, struct insn *out)
{
	out->op = OP_UD;
	d->name = "ud";
	d->ends = true;
}

static bool row_allowed(const struct decode *d, const struct insn *out, const struct opcode *row)
{
	bool mem = out->flags & IN_MEM;

	if (empty(row) || !cpu_model_has(d->model, row->feature))
		return false;
	if ((row->attr & A_NO64) && is64(d))
		return false;
	if ((row->attr & A_MEM) && !mem)
		return false;
	if (d->lock && (!(row->attr & A_LOCK) || !mem))
		return false;
	return true;
}

/* Same-page direct branches in flat code carry the target's page offset. */
static enum op link_branch(const struct decode *d, struct insn *out, enum op op, unsigned osz)
{
	int64_t target = (int64_t)out->end + out->imm;
	unsigned natural = (d->mode & MODE_SIZE) == MODE_64 ? 3 : (d->mode & MODE_SIZE) == MODE_32 ? 2 : 1;

	if (!(d->mode & MODE_FLAT) || osz != natural || target < 0 || target >= INSN_PAGE)
		return op;
	if (op != OP_JCC && op != OP_JMP && op != OP_CALL)
		return op;
	out->link = NULL;
	out->target = (uint16_t)target;
	return op == OP_JCC ? OP_JCC_LINK : op == OP_JMP ? OP_JMP_LINK : OP_CALL_LINK;
}

static void set_registers(const struct decode *d, struct insn *out, const struct opcode *row, unsigned osz)
{
	bool byte = osz == 0;
	unsigned low = (out->opcode & 7) | (d->rex & 1u) << 3;

	switch (row->form) {
	case F_E:
	case F_EG:
	case F_GE:
		/* MOVZX, MOVSX from a byte: E is a byte register whatever the size. */
		out->rm = gpr(d, d->rm, byte || row->op == OP_MOVZX_GB || row->op == OP_MOVSX_GB);
		out->reg = gpr(d, d->reg, byte);
		break;
	case F_SEG:
	case F_CR:
		out->rm = gpr(d, d->rm, false);
		out->reg = row->form == F_SEG ? d->reg & 7 : d->reg;
		break;
	case F_A: out->rm = RAX * 8; break;
	case F_Z: out->rm = gpr(d, low, byte); break;
	case F_ZA:
		out->rm = gpr(d, low, false);
		out->reg = RAX * 8;
		break;
	default: break;
	}
}

/* Implicit memory operands: stack, DS:rSI, absolute offset. */
static void set_implicit(struct decode *d, struct insn *out, const struct opcode *row)
{
	switch (row->form) {
	case F_STR:
		out->base = RSI * 8;
		out->seg = (uint8_t)default_segment(d, out);
		break;
	case F_OFS:
		out->seg = (uint8_t)default_segment(d, out);
		out->imm64 = next_le(d, 1u << ((out->flags & IN_ASZ) >> 2));
		break;
	case F_FAR:
		out->imm64 = next_le(d, 1u << (out->flags & IN_OSZ));
		out->imm64 |= next_le(d, 2) << 32;
		break;
	default:
		if (!(out->flags & IN_MEM))
			out->seg = is64(d) ? SF_STACK : SEG_SS;
		break;
	}
}

static void finish_sized(struct decode *d, struct insn *out, const struct opcode *row, unsigned osz)
{
	enum op op = row->op;

	if (row->form == F_Z && row->imm == I_V && osz == 3)
		op = OP_MOV_ZQ;
	if (row->form == F_REL)
		op = link_branch(d, out, op, osz);
	out->op = (uint16_t)op;
	if (row->form == F_STR && (out->flags & (IN_REP | IN_REPNE)))
		d->ends = true;
}

static void assemble(struct decode *d, struct insn *out, const struct opcode *row)
{
	unsigned osz = operand_size(d, row->size);

	out->flags |= (uint16_t)osz;
	set_registers(d, out, row, osz);
	set_implicit(d, out, row);
	read_imm(d, out, row->imm, osz);
	if (row->attr & A_IMM)
		out->imm = row->value;
	if (row->form == F_NONE && (row->attr & A_IMM))
		out->reg = row->value;
	d->ends = row->attr & A_END;
	out->end = (uint16_t)(d->offset + d->at);
	if (!row_allowed(d, out, row)) {
		set_ud(d, out);
		return;
	}
	if (row->op == OP_CMPXCHG8B && osz == 3 && !cpu_model_has(d->model, FEAT_CX16)) {
		set_ud(d, out);
		return;
	}
	out->op = row->op;
	if (row->op < OP_SIZED)
		finish_sized(d, out, row, osz);
	d->name = op_info(out->op)->name;
}

/* FPU and SIMD rows: register numbers stay plain. */
static void assemble_simd(struct decode *d, struct insn *out, const struct simd_row *row)
{
	unsigned form = out->flags & IN_MEM ? SIMD_MEM : SIMD_REG;

	out->reg = d->reg;
	out->rm = d->rm;
	out->flags |= (uint16_t)operand_size(d, S_V);
	if (!(out->flags & IN_MEM)) /* MASKMOVQ and MASKMOVDQU store to DS:[rDI] */
		out->seg = (uint8_t)default_segment(d, out);
	if (row && (row->flags & SIMD_IMM8))
		out->imm = next_signed(d, 1);
	out->end = (uint16_t)(d->offset + d->at);
	if (!row || !(row->flags & form) || !cpu_model_has(d->model, row->feature) || d->lock) {
		set_ud(d, out);
		return;
	}
	out->op = row->op;
	d->name = row->name;
}

static void modrm_and_address(struct decode *d, struct insn *out)
{
	read_modrm(d, out);
	if (d->mod != 3)
		read_address(d, out);
}

/* 0F 38 and 0F 3A, and the SIMD part of 0F. */
static void decode_simd(struct decode *d, struct insn *out, unsigned map)
{
	unsigned prefix = d->rep == 1 ? 2 : d->rep == 2 ? 3 : d->opsize;

	if (map == 1 && (out->opcode == 0x77 || out->opcode == 0x0b)) { /* no ModRM: EMMS, UD2 */
		assemble_simd(d, out, simd_lookup(map, out->opcode, prefix, 0xc0));
		return;
	}
	modrm_and_address(d, out);
	assemble_simd(d, out, simd_lookup(map, out->opcode, prefix, out->modrm));
}

static void decode_0f(struct decode *d, struct insn *out)
{
	const struct opcode *row;

	out->opcode = next8(d);
	if (out->opcode == 0x38 || out->opcode == 0x3a) {
		unsigned map = out->opcode == 0x38 ? 2 : 3;

		out->opcode = next8(d);
		decode_simd(d, out, map);
		return;
	}
	row = &opmap_0f[out->opcode];
	if (out->opcode == 0xb8 && d->rep == 1)
		row = &row_popcnt;
	if (empty(row)) {
		decode_simd(d, out, 1);
		return;
	}
	if (row->form == F_CR) { /* mod is ignored: always a register */
		read_modrm(d, out);
		d->mod = 3;
	} else if (has_modrm(row)) {
		modrm_and_address(d, out);
	}
	if (row->form == F_GROUP)
		row = prefix_reserved(d, out) ? &row_ud_modrm : select_group(d, out, row);
	assemble(d, out, empty(row) ? &row_ud_modrm : row);
}

static void decode_one(struct decode *d, struct insn *out)
{
	const struct opcode *row = &opmap_one[out->opcode];

	if (out->opcode == 0x63 && is64(d))
		row = &row_movsxd;
	if (out->opcode == 0x90 && d->rep == 1)
		row = &row_pause;
	else if (out->opcode == 0x90 && (d->rex & 1))
		row = &row_xchg;
	if (has_modrm(row))
		modrm_and_address(d, out);
	if (row->form == F_X87) {
		assemble_simd(d, out, x87_lookup(out->opcode, out->modrm));
		return;
	}
	if (row->form == F_GROUP)
		row = select_group(d, out, row);
	assemble(d, out, empty(row) ? (row->form == F_NONE && !(out->flags & IN_MEM) ? &row_ud : &row_ud_modrm) : row);
}

/* A RIP-relative operand counts from the end of the instruction. REG_PAGE holds
 * the page's rip, so the end's offset goes into the displacement. */
static void fix_rip_relative(const struct decode *d, struct insn *out)
{
	int32_t disp;

	if (!(out->flags & IN_MEM) || out->base != REG_PAGE * 8)
		return;
	if (!__builtin_add_overflow(out->disp, (int32_t)(d->offset + d->at), &disp))
		out->disp = disp;
}

bool decode_insn(struct decode *d, struct insn *out)
{
	*out = (struct insn){.base = REG_ZERO * 8, .index = REG_ZERO * 8};
	d->at = 0;
	d->more = false;
	d->rex = d->opsize = d->adsize = d->seg_prefix = d->rep = d->lock = 0;
	d->mod = 3;
	d->ends = false;

	out->opcode = read_prefixes(d);
	if (!d->more) {
		out->flags = (uint16_t)(address_size(d) << 2 | (d->lock ? IN_LOCK : 0) | (d->rep == 1 ? IN_REP : 0) |
					(d->rep == 2 ? IN_REPNE : 0) | (d->rex ? IN_REX : 0) | (is64(d) ? IN_64 : 0) |
					(d->opsize ? IN_OPSZ : 0) | (d->rex & 8 ? IN_REXW : 0));
		if (out->opcode == 0x0f)
			decode_0f(d, out);
		else
			decode_one(d, out);
	}
	if (d->more && d->avail < MAX_INSN)
		return false;
	if (d->more || d->at > MAX_INSN) { /* not even 15 bytes were enough */
		d->at = d->avail < MAX_INSN ? d->avail : MAX_INSN;
		set_ud(d, out);
		out->op = OP_TOO_LONG;
	}
	out->len = (uint8_t)d->at;
	out->end = (uint16_t)(d->offset + d->at);
	fix_rip_relative(d, out);
	out->left = 1;
	return true;
}
