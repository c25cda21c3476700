/* Bit tests and scans, POPCNT, CMPXCHG8B/16B, single flags, SETcc and CMOVcc.
 * Handlers: bt_eg_FORMBITS, bt_ei_... (bts, btr, btc), bsf_FORMBITS, bsr_,
 * popcnt_; setcc_FORM_CC, cmov_FORMBITS_CC: name##_##from##_##form##bits. */
#include "engine/cpu/interp/exec.h"

/* ---- BT, BTS, BTR, BTC ---- */

#define bit_bt(a, m) (a)
#define bit_bts(a, m) ((a) | (m))
#define bit_btr(a, m) ((a) & ~(m))
#define bit_btc(a, m) ((a) ^ (m))

#define BIT_REG(bits, name, from, index) \
	HANDLER(name##_##from##_reg##bits) \
	{ \
		unsigned n = (unsigned)(index) & (bits - 1); \
		uint##bits##_t m = (uint##bits##_t)((uint##bits##_t)1 << n), a = r##bits(c, i->rm); \
		flags_put_cf(c, a >> n & 1); \
		w##bits(c, i->rm, (uint##bits##_t)bit_##name(a, m)); \
		NEXT; \
	}
#define BT_REG(bits, from, index) \
	HANDLER(bt_##from##_reg##bits) \
	{ \
		unsigned n = (unsigned)(index) & (bits - 1); \
		flags_put_cf(c, r##bits(c, i->rm) >> n & 1); \
		NEXT; \
	}

/* A register index reaches beyond the operand: its signed upper bits select
 * another word (SDM 2A "BT", bit string addressing). */
#define BIT_EA_eg(bits) \
	((insn_ea(c, i) + (uint64_t)(((int64_t)(int##bits##_t)r##bits(c, i->reg) >> 3) & -(bits / 8))) & \
	 size_mask(INSN_ASZ(i)))
#define BIT_EA_ei(bits) insn_ea(c, i)

#define BIT_LIN(bits, from, write) lin_seg(k, i, i->seg, BIT_EA_##from(bits), bits / 8, write)

#define BIT_MEM(bits, form, name, from, index) \
	MEM_HANDLER(form, name##_##from##_##form##bits) \
	{ \
		unsigned n = (unsigned)(index) & (bits - 1); \
		uint##bits##_t m = (uint##bits##_t)((uint##bits##_t)1 << n), old; \
		RMW_AT(bits, form, BIT_LIN(bits, from, true), name##_##from##_slow##bits, \
		       (uint##bits##_t)(old = a, bit_##name(a, m))); \
		flags_put_cf(c, old >> n & 1); \
		NEXT; \
	}
#define BT_MEM(bits, form, from, index) \
	MEM_HANDLER(form, bt_##from##_##form##bits) \
	{ \
		unsigned n = (unsigned)(index) & (bits - 1); \
		LOAD_AT(a, bits, form, BIT_LIN(bits, from, false), bt_##from##_slow##bits); \
		flags_put_cf(c, a >> n & 1); \
		NEXT; \
	}

/* clang-format off */
#define BIT_REGS(bits, x) \
	BT_REG(bits, eg, r##bits(c, i->reg)) BT_REG(bits, ei, i->imm) \
	BIT_REG(bits, bts, eg, r##bits(c, i->reg)) BIT_REG(bits, bts, ei, i->imm) \
	BIT_REG(bits, btr, eg, r##bits(c, i->reg)) BIT_REG(bits, btr, ei, i->imm) \
	BIT_REG(bits, btc, eg, r##bits(c, i->reg)) BIT_REG(bits, btc, ei, i->imm)
#define BIT_MEMS(bits, form) \
	BT_MEM(bits, form, eg, r##bits(c, i->reg)) BT_MEM(bits, form, ei, i->imm) \
	BIT_MEM(bits, form, bts, eg, r##bits(c, i->reg)) BIT_MEM(bits, form, bts, ei, i->imm) \
	BIT_MEM(bits, form, btr, eg, r##bits(c, i->reg)) BIT_MEM(bits, form, btr, ei, i->imm) \
	BIT_MEM(bits, form, btc, eg, r##bits(c, i->reg)) BIT_MEM(bits, form, btc, ei, i->imm)
/* clang-format on */
FOR_WIDE(BIT_REGS, )
FOR_WIDE(BIT_MEMS, slow)
FOR_WIDE(BIT_MEMS, mem)

/* ---- scans: a zero source keeps the destination and sets ZF ---- */

static inline void scan_flags(struct cpu *c, bool zero, uint64_t result)
{
	/* CF, OF, SF, AF, PF are undefined: cleared but PF, which is the result's. */
	c->lz_res = zero ? 0 : result ? (int64_t)result : 256;
	c->lz_aux = 0;
}

/* operand(bits, form, slow) declares and reads a. */
#define SCAN(bits, form, operand) \
	MEM_HANDLER(form, bsf_##form##bits) \
	{ \
		operand(bits, form, bsf_slow##bits); \
		if (a) \
			w##bits(c, i->reg, (uint##bits##_t)__builtin_ctzll(a)); \
		scan_flags(c, !a, a ? (uint64_t)__builtin_ctzll(a) : 0); \
		NEXT; \
	} \
	MEM_HANDLER(form, bsr_##form##bits) \
	{ \
		operand(bits, form, bsr_slow##bits); \
		if (a) \
			w##bits(c, i->reg, (uint##bits##_t)(63 - __builtin_clzll(a))); \
		scan_flags(c, !a, a ? (uint64_t)(63 - __builtin_clzll(a)) : 0); \
		NEXT; \
	} \
	MEM_HANDLER(form, popcnt_##form##bits) \
	{ \
		operand(bits, form, popcnt_slow##bits); \
		w##bits(c, i->reg, (uint##bits##_t)__builtin_popcountll(a)); \
		flags_set_arith(c, a ? 0 : FL_ZF); \
		NEXT; \
	}
#define IN_REGISTER(bits, form, slow) uint##bits##_t a = r##bits(c, i->rm)
#define IN_MEMORY(bits, form, slow) LOAD(a, bits, form, slow)
#define SCAN_REG(bits, x) SCAN(bits, reg, IN_REGISTER)
#define SCAN_MEM(bits, form) SCAN(bits, form, IN_MEMORY)
FOR_WIDE(SCAN_REG, )
FOR_FORMS(FOR_WIDE, SCAN_MEM)

/* ---- CMPXCHG8B, CMPXCHG16B ---- */

HANDLER(cmpxchg8b)
{
	uint64_t lin = lin_write(k, i, 8), old, want = (uint64_t)r32(c, RDX * 8) << 32 | r32(c, RAX * 8), fresh;
	uint8_t *p = rmw64(k, i, lin);

	if (LIKELY(p))
		memcpy(&old, p, 8);
	else
		old = slow_load(k, i, lin, 8);
	fresh = old == want ? (uint64_t)r32(c, RCX * 8) << 32 | r32(c, RBX * 8) : old;
	if (LIKELY(p))
		memcpy(p, &fresh, 8);
	else
		slow_store(k, i, lin, fresh, 8);
	flags_put_zf(c, old == want);
	if (old != want) {
		w32(c, RAX * 8, (uint32_t)old);
		w32(c, RDX * 8, (uint32_t)(old >> 32));
	}
	NEXT;
}

HANDLER(cmpxchg16b)
{
	uint64_t lin = lin_write(k, i, 16), old[2], fresh[2];
	bool equal;

	if (lin & 15)
		FAULT_GP(0);
	probe_write(k, i, lin, 16);
	ld_bytes(k, i, lin, old, 16);
	equal = old[0] == c->reg[RAX] && old[1] == c->reg[RDX];
	fresh[0] = equal ? c->reg[RBX] : old[0];
	fresh[1] = equal ? c->reg[RCX] : old[1];
	st_bytes(k, i, lin, fresh, 16);
	flags_put_zf(c, equal);
	if (!equal) {
		c->reg[RAX] = old[0];
		c->reg[RDX] = old[1];
	}
	NEXT;
}

/* ---- single flags ---- */

HANDLER(lahf)
{
	w8(c, RAX * 8 + 1, (uint8_t)((flags_arith(c) & 0xff) | FL_1));
	NEXT;
}

HANDLER(sahf)
{
	uint32_t keep = flag_of(c) ? FL_OF : 0;

	flags_set_arith(c, (r8(c, RAX * 8 + 1) & (FL_ARITH & 0xff)) | keep);
	NEXT;
}

HANDLER(clc)
{
	flags_put_cf(c, false);
	NEXT;
}

HANDLER(stc)
{
	flags_put_cf(c, true);
	NEXT;
}

HANDLER(cmc)
{
	flags_put_cf(c, !flag_cf(c));
	NEXT;
}

HANDLER(cld)
{
	c->eflags &= ~(uint32_t)FL_DF;
	NEXT;
}

HANDLER(std)
{
	c->eflags |= FL_DF;
	NEXT;
}

HANDLER(salc)
{
	w8(c, RAX * 8, flag_cf(c) ? 0xff : 0);
	NEXT;
}

/* ---- SETcc, CMOVcc: one handler a condition, so that it folds ---- */

#define CC(n) \
	HANDLER(setcc_reg_##n) \
	{ \
		w8(c, i->rm, flags_cond(c, n)); \
		NEXT; \
	} \
	SETCC_MEM(slow, n) \
	SETCC_MEM(mem, n) \
	FOR_WIDE(CMOV_REG, n) \
	FOR_WIDE(CMOV_MEM, slow, n) \
	FOR_WIDE(CMOV_MEM, mem, n)
#define SETCC_MEM(form, n) \
	MEM_HANDLER(form, setcc_##form##_##n) \
	{ \
		STORE(flags_cond(c, n), 8, form, setcc_slow_##n); \
		NEXT; \
	}
/* A 32-bit CMOV that does not move still clears the upper half; the memory
 * operand is read either way. */
#define CMOV_REG(bits, n) \
	HANDLER(cmov_reg##bits##_##n) \
	{ \
		uint##bits##_t b = r##bits(c, i->rm); \
		w##bits(c, i->reg, flags_cond(c, n) ? b : r##bits(c, i->reg)); \
		NEXT; \
	}
#define CMOV_MEM(bits, form, n) \
	MEM_HANDLER(form, cmov_##form##bits##_##n) \
	{ \
		LOAD(b, bits, form, cmov_slow##bits##_##n); \
		w##bits(c, i->reg, flags_cond(c, n) ? b : r##bits(c, i->reg)); \
		NEXT; \
	}
#define ALL_CC(M) M(0) M(1) M(2) M(3) M(4) M(5) M(6) M(7) M(8) M(9) M(10) M(11) M(12) M(13) M(14) M(15)
ALL_CC(CC)

#define SETCC_ROW(n) [n] = {.reg = SAME(setcc_reg_##n), .flat = SAME(setcc_mem_##n), .mem = SAME(setcc_mem_##n)},
/* clang-format off */
#define CMOV_SIZES(form, n) { NULL, cmov_##form##16_##n, cmov_##form##32_##n, cmov_##form##64_##n }
/* clang-format on */
#define CMOV_ROW(n) [n] = {.reg = CMOV_SIZES(reg, n), .flat = CMOV_SIZES(mem, n), .mem = CMOV_SIZES(mem, n)},

static const struct op_handlers setcc_rows[16] = {ALL_CC(SETCC_ROW)};
static const struct op_handlers cmovcc_rows[16] = {ALL_CC(CMOV_ROW)};

#define AT(id) [OP_##id - OP_BT_EG]
/* clang-format off */
#define BIT_ROW(name) { .reg = WIDE(name##_reg), .flat = WIDE(name##_mem), .mem = WIDE(name##_mem) }
/* clang-format on */

static const struct op_handlers rows[] = {
	AT(BT_EG) = BIT_ROW(bt_eg),
	AT(BTS_EG) = BIT_ROW(bts_eg),
	AT(BTR_EG) = BIT_ROW(btr_eg),
	AT(BTC_EG) = BIT_ROW(btc_eg),
	AT(BT_EI) = BIT_ROW(bt_ei),
	AT(BTS_EI) = BIT_ROW(bts_ei),
	AT(BTR_EI) = BIT_ROW(btr_ei),
	AT(BTC_EI) = BIT_ROW(btc_ei),
	AT(BSF) = HANDLERS_WIDE(bsf),
	AT(BSR) = HANDLERS_WIDE(bsr),
	AT(POPCNT) = HANDLERS_WIDE(popcnt),
	AT(CMPXCHG8B) = {.flat = {NULL, cmpxchg8b, cmpxchg8b, cmpxchg16b},
			 .mem = {NULL, cmpxchg8b, cmpxchg8b, cmpxchg16b}},
	AT(LAHF) = {.reg = SAME(lahf)},
	AT(SAHF) = {.reg = SAME(sahf)},
	AT(CLC) = {.reg = SAME(clc)},
	AT(STC) = {.reg = SAME(stc)},
	AT(CMC) = {.reg = SAME(cmc)},
	AT(CLD) = {.reg = SAME(cld)},
	AT(STD) = {.reg = SAME(std)},
	AT(SALC) = {.reg = SAME(salc)},
};

const struct op_handlers *exec_bit(enum op op, unsigned cc)
{
	if (op == OP_SETCC)
		return &setcc_rows[cc & 15];
	if (op == OP_CMOVCC)
		return &cmovcc_rows[cc & 15];
	return op >= OP_BT_EG && op <= OP_SALC ? &rows[op - OP_BT_EG] : NULL;
}
