/* Data movement: MOV and its relatives, XCHG, stack pushes and pops.
 * Handlers: mov_eg_FORMBITS, mov_ge_, mov_ei_, movzx_gb_FORMBITS and its kin,
 * xchg_, leaBITS, push_zBITS, pop_e..., enterBITS: mov_eg_##form##bits. */
#include "engine/cpu/interp/exec.h"
#include "engine/cpu/interp/stack.h"

/* ---- MOV ---- */

#define MOV_REG(bits, x) \
	HANDLER(mov_eg_reg##bits) \
	{ \
		w##bits(c, i->rm, r##bits(c, i->reg)); \
		NEXT; \
	} \
	HANDLER(mov_ge_reg##bits) \
	{ \
		w##bits(c, i->reg, r##bits(c, i->rm)); \
		NEXT; \
	} \
	HANDLER(mov_ei_reg##bits) \
	{ \
		w##bits(c, i->rm, (uint##bits##_t)(int64_t)i->imm); \
		NEXT; \
	}
#define MOV_MEM(bits, form) \
	MEM_HANDLER(form, mov_eg_##form##bits) \
	{ \
		STORE(r##bits(c, i->reg), bits, form, mov_eg_slow##bits); \
		NEXT; \
	} \
	MEM_HANDLER(form, mov_ge_##form##bits) \
	{ \
		LOAD(v, bits, form, mov_ge_slow##bits); \
		w##bits(c, i->reg, v); \
		NEXT; \
	} \
	MEM_HANDLER(form, mov_ei_##form##bits) \
	{ \
		STORE((uint##bits##_t)(int64_t)i->imm, bits, form, mov_ei_slow##bits); \
		NEXT; \
	}
FOR_SIZES(MOV_REG, )
FOR_FORMS(FOR_SIZES, MOV_MEM)

HANDLER(mov_zq)
{
	w64(c, i->rm, i->imm64);
	NEXT;
}

/* MOV between the accumulator and an absolute offset (imm64). */
#define MOV_OFFSET(bits, x) \
	HANDLER(mov_ao##bits) \
	{ \
		uint64_t ea = i->imm64 & size_mask(INSN_ASZ(i)); \
		w##bits(c, RAX * 8, ld##bits(k, i, lin_seg(k, i, i->seg, ea, bits / 8, false))); \
		NEXT; \
	} \
	HANDLER(mov_oa##bits) \
	{ \
		uint64_t ea = i->imm64 & size_mask(INSN_ASZ(i)); \
		st##bits(k, i, lin_seg(k, i, i->seg, ea, bits / 8, true), r##bits(c, RAX * 8)); \
		NEXT; \
	}
FOR_SIZES(MOV_OFFSET, )

/* MOVZX, MOVSX, MOVSXD: from `from` bits to `bits`. */
#define EXTEND_REG(bits, name, from, type) \
	HANDLER(name##_reg##bits) \
	{ \
		w##bits(c, i->reg, (uint##bits##_t)(type)r##from(c, i->rm)); \
		NEXT; \
	}
#define EXTEND_MEM(bits, form, name, from, type) \
	MEM_HANDLER(form, name##_##form##bits) \
	{ \
		LOAD(v, from, form, name##_slow##bits); \
		w##bits(c, i->reg, (uint##bits##_t)(type)v); \
		NEXT; \
	}
#define EXTEND(name, from, type) \
	FOR_WIDE(EXTEND_REG, name, from, type) \
	FOR_FORMS(FOR_WIDE, EXTEND_MEM, name, from, type)
EXTEND(movzx_gb, 8, uint8_t)
EXTEND(movzx_gw, 16, uint16_t)
EXTEND(movsx_gb, 8, int8_t)
EXTEND(movsx_gw, 16, int16_t)
/* With a 16-bit destination MOVSXD reads 16 bits (SDM 2B). */
#define FOR_DWORDS(M, ...) M(32, __VA_ARGS__) M(64, __VA_ARGS__)
FOR_DWORDS(EXTEND_REG, movsxd, 32, int32_t)
FOR_FORMS(FOR_DWORDS, EXTEND_MEM, movsxd, 32, int32_t)

#define LEA(bits, x) \
	HANDLER(lea##bits) \
	{ \
		w##bits(c, i->reg, (uint##bits##_t)insn_ea(c, i)); \
		NEXT; \
	}
FOR_WIDE(LEA, )
HANDLER(lea_flat64)
{
	w64(c, i->reg, flat_ea(c, i));
	NEXT;
}
HANDLER(lea_base64)
{
	w64(c, i->reg, base_ea(c, i));
	NEXT;
}

#define XCHG_REG(bits, x) \
	HANDLER(xchg_reg##bits) \
	{ \
		uint##bits##_t a = r##bits(c, i->rm); \
		w##bits(c, i->rm, r##bits(c, i->reg)); \
		w##bits(c, i->reg, a); \
		NEXT; \
	}
#define XCHG_MEM(bits, form) \
	MEM_HANDLER(form, xchg_##form##bits) \
	{ \
		uint##bits##_t old; \
		RMW(bits, form, xchg_slow##bits, (old = a, r##bits(c, i->reg))); \
		w##bits(c, i->reg, old); \
		NEXT; \
	}
FOR_SIZES(XCHG_REG, )
FOR_FORMS(FOR_SIZES, XCHG_MEM)

HANDLER(bswap16) /* undefined in the SDM; real parts clear the word */
{
	w16(c, i->rm, 0);
	NEXT;
}
HANDLER(bswap32)
{
	w32(c, i->rm, __builtin_bswap32(r32(c, i->rm)));
	NEXT;
}
HANDLER(bswap64)
{
	w64(c, i->rm, __builtin_bswap64(r64(c, i->rm)));
	NEXT;
}

/* CBW/CWDE/CDQE and CWD/CDQ/CQO. */
#define SIGN(bits, half) \
	HANDLER(cbw##bits) \
	{ \
		w##bits(c, RAX * 8, (uint##bits##_t)(int##half##_t)r##half(c, RAX * 8)); \
		NEXT; \
	} \
	HANDLER(cwd##bits) \
	{ \
		w##bits(c, RDX * 8, (uint##bits##_t)((int##bits##_t)r##bits(c, RAX * 8) >> (bits - 1))); \
		NEXT; \
	}
SIGN(16, 8)
SIGN(32, 16)
SIGN(64, 32)

HANDLER(xlat)
{
	uint64_t ea = (c->reg[RBX] + r8(c, RAX * 8)) & size_mask(INSN_ASZ(i));

	w8(c, RAX * 8, ld8(k, i, lin_seg(k, i, i->seg, ea, 1, false)));
	NEXT;
}

HANDLER(nop)
{
	NEXT;
}

/* ---- stack ---- */

#define PUSH(bits, value) \
	do { \
		uint##bits##_t v = (value); \
		uint64_t sp = c->reg[RSP] - bits / 8; \
		st##bits(k, i, stack_lin(k, i, sp, bits / 8, true), v); \
		set_sp(k, sp); \
	} while (0)

#define STACK_OPS(bits, x) \
	HANDLER(push_z##bits) \
	{ \
		PUSH(bits, r##bits(c, i->rm)); \
		NEXT; \
	} \
	HANDLER(push_i##bits) \
	{ \
		PUSH(bits, (uint##bits##_t)(int64_t)i->imm); \
		NEXT; \
	} \
	HANDLER(push_e##bits) \
	{ \
		PUSH(bits, ld##bits(k, i, lin_read(k, i, bits / 8))); \
		NEXT; \
	} \
	HANDLER(pop_z##bits) \
	{ \
		uint64_t sp = c->reg[RSP]; \
		uint##bits##_t v = ld##bits(k, i, stack_lin(k, i, sp, bits / 8, false)); \
		set_sp(k, sp + bits / 8); \
		w##bits(c, i->rm, v); \
		NEXT; \
	} \
	/* POP to memory: an address based on rSP uses its new value. */ \
	HANDLER(pop_e##bits) \
	{ \
		uint64_t sp = c->reg[RSP], old = sp; \
		uint##bits##_t v = ld##bits(k, i, stack_lin(k, i, sp, bits / 8, false)); \
		uint64_t ea; \
		set_sp(k, sp + bits / 8); \
		ea = insn_ea(c, i); \
		sp = c->reg[RSP]; \
		c->reg[RSP] = old; \
		st##bits(k, i, lin_seg(k, i, i->seg, ea, bits / 8, true), v); \
		c->reg[RSP] = sp; \
		NEXT; \
	}
FOR_WIDE(STACK_OPS, )

/* 64-bit mode. */
HANDLER(push_flat64)
{
	uint64_t sp = c->reg[RSP] - 8;

	STORE_AT(r64(c, i->rm), 64, flat, sp, push_z64);
	c->reg[RSP] = sp;
	NEXT;
}

HANDLER(pop_flat64)
{
	uint64_t sp = c->reg[RSP];

	LOAD_AT(v, 64, flat, sp, pop_z64);
	c->reg[RSP] = sp + 8;
	w64(c, i->rm, v);
	NEXT;
}

/* PUSHA and POPA move eight registers; each access is checked before any
 * register changes. */
#define PUSHA_POPA(bits, x) \
	HANDLER(pusha##bits) \
	{ \
		uint64_t sp = c->reg[RSP]; \
		for (unsigned n = 1; n <= 8; n++) \
			probe_write(k, i, stack_lin(k, i, sp - n * (bits / 8), bits / 8, true), bits / 8); \
		for (unsigned n = 0; n < 8; n++) \
			st##bits(k, i, stack_lin(k, i, sp - (n + 1) * (bits / 8), bits / 8, true), r##bits(c, n * 8)); \
		set_sp(k, sp - 8 * (bits / 8)); \
		NEXT; \
	} \
	HANDLER(popa##bits) \
	{ \
		uint64_t sp = c->reg[RSP]; \
		uint##bits##_t v[8]; \
		for (unsigned n = 0; n < 8; n++) \
			v[n] = ld##bits(k, i, stack_lin(k, i, sp + n * (bits / 8), bits / 8, false)); \
		set_sp(k, sp + 8 * (bits / 8)); \
		for (unsigned n = 0; n < 8; n++) \
			if (7 - n != RSP) /* the saved SP is skipped */ \
				w##bits(c, (7 - n) * 8, v[n]); \
		NEXT; \
	}
PUSHA_POPA(16, )
PUSHA_POPA(32, )

/* ENTER (SDM 2A): imm = frame size, disp = nesting level mod 32. */
#define ENTER(bits, x) \
	HANDLER(enter##bits) \
	{ \
		uint64_t sp = c->reg[RSP], bp = c->reg[RBP], frame; \
		unsigned level = (unsigned)i->disp & 31, size = bits / 8; \
		sp -= size; \
		st##bits(k, i, stack_lin(k, i, sp, size, true), r##bits(c, RBP * 8)); \
		frame = stack_moved_sp(c, k->sp_mask, sp); /* ESP whole, after a push that moved SP alone */ \
		for (unsigned n = 1; n < level; n++) { \
			bp -= size; \
			sp -= size; \
			st##bits(k, i, stack_lin(k, i, sp, size, true), \
				 ld##bits(k, i, stack_lin(k, i, bp, size, false))); \
		} \
		if (level) { \
			sp -= size; \
			st##bits(k, i, stack_lin(k, i, sp, size, true), (uint##bits##_t)frame); \
		} \
		sp -= (uint16_t)i->imm; \
		/* A push there must be possible (SDM: #SS, #PF). */ \
		probe_write(k, i, stack_lin(k, i, sp, size, true), size); \
		w##bits(c, RBP * 8, (uint##bits##_t)frame); \
		set_sp(k, sp); \
		NEXT; \
	} \
	HANDLER(leave##bits) \
	{ \
		uint64_t bp = c->reg[RBP]; \
		uint##bits##_t v = ld##bits(k, i, stack_lin(k, i, bp, bits / 8, false)); \
		set_sp(k, bp + bits / 8); \
		w##bits(c, RBP * 8, v); \
		NEXT; \
	}
FOR_WIDE(ENTER, )

#define AT(id) [OP_##id - OP_MOV_EG]

static const struct op_handlers rows[] = {
	AT(MOV_EG) = HANDLERS_ALL(mov_eg),
	AT(MOV_GE) = HANDLERS_ALL(mov_ge),
	AT(MOV_EI) = HANDLERS_ALL(mov_ei),
	AT(MOV_ZQ) = {.reg = SAME(mov_zq)},
	AT(MOV_AO) = {.reg = SIZES(mov_ao)},
	AT(MOV_OA) = {.reg = SIZES(mov_oa)},
	AT(MOVZX_GB) = HANDLERS_WIDE(movzx_gb),
	AT(MOVZX_GW) = HANDLERS_WIDE(movzx_gw),
	AT(MOVSX_GB) = HANDLERS_WIDE(movsx_gb),
	AT(MOVSX_GW) = HANDLERS_WIDE(movsx_gw),
	AT(MOVSXD) = {.reg = {NULL, movsx_gw_reg16, movsxd_reg32, movsxd_reg64},
		      .flat = {NULL, movsx_gw_flat16, movsxd_flat32, movsxd_flat64},
		      .base = {NULL, movsx_gw_base16, movsxd_base32, movsxd_base64},
		      .mem = {NULL, movsx_gw_mem16, movsxd_mem32, movsxd_mem64}},
	AT(LEA) = {.flat = {NULL, lea16, lea32, lea_flat64},
		   .base = {NULL, lea16, lea32, lea_base64},
		   .mem = WIDE(lea)},
	AT(XCHG_EG) = HANDLERS_ALL(xchg),
	AT(BSWAP) = {.reg = WIDE(bswap)},
	AT(CBW) = {.reg = WIDE(cbw)},
	AT(CWD) = {.reg = WIDE(cwd)},
	AT(XLAT) = {.reg = SAME(xlat)},
	AT(PUSH_Z) = {.reg = {NULL, push_z16, push_z32, push_z64}, .flat = {NULL, NULL, NULL, push_flat64}},
	AT(POP_Z) = {.reg = {NULL, pop_z16, pop_z32, pop_z64}, .flat = {NULL, NULL, NULL, pop_flat64}},
	AT(PUSH_I) = {.reg = WIDE(push_i)},
	AT(PUSH_E) = {.reg = WIDE(push_z), .flat = WIDE(push_e), .mem = WIDE(push_e)},
	AT(POP_E) = {.reg = WIDE(pop_z), .flat = WIDE(pop_e), .mem = WIDE(pop_e)},
	AT(PUSHA) = {.reg = {NULL, pusha16, pusha32, NULL}},
	AT(POPA) = {.reg = {NULL, popa16, popa32, NULL}},
	AT(ENTER) = {.reg = WIDE(enter)},
	AT(LEAVE) = {.reg = WIDE(leave)},
	AT(NOP) = {.reg = SAME(nop)},
	AT(NOP_E) = {.reg = SAME(nop), .flat = SAME(nop), .mem = SAME(nop)},
};

const struct op_handlers *exec_move(enum op op)
{
	return op >= OP_MOV_EG && op <= OP_NOP_E ? &rows[op - OP_MOV_EG] : NULL;
}
