/* String instructions: MOVS, CMPS, STOS, LODS, SCAS, INS, OUTS, with REP.
 *
 * Every iteration is one count. A REP instruction runs as many iterations as
 * the budget allows, then leaves with rip still at itself; registers and budget
 * are brought up to date after each iteration, so that a fault in the middle
 * finds a restartable state (SDM 2B "REP"). With REP they end their block.
 *
 * Handlers: movsBITS, cmpsBITS, stos, lods, scas: name##bits; ins, outs. */
#include "engine/cpu/debug.h"
#include "engine/cpu/interp/exec.h"
#include "engine/cpu/interp/exec_io.h"

/* Address registers: width by address size, step by DF. */
static inline uint64_t get_index(struct cpu *c, const struct insn *i, unsigned reg)
{
	return c->reg[reg] & size_mask(INSN_ASZ(i));
}

static inline void add_index(struct cpu *c, const struct insn *i, unsigned reg, int64_t by)
{
	uint64_t v = c->reg[reg] + (uint64_t)by;

	if (INSN_ASZ(i) == 3)
		c->reg[reg] = v;
	else if (INSN_ASZ(i) == 2)
		c->reg[reg] = (uint32_t)v;
	else
		c->reg[reg] = (c->reg[reg] & ~0xffffull) | (v & 0xffff);
}

static inline int64_t step(const struct cpu *c, unsigned size)
{
	return c->eflags & FL_DF ? -(int64_t)size : (int64_t)size;
}

static inline bool repeats(const struct insn *i)
{
	return i->flags & (IN_REP | IN_REPNE);
}

static inline unsigned dest_seg(const struct core *k)
{
	return core_code64(k) ? SF_FLAT : SEG_ES;
}

static inline uint64_t source(struct core *k, const struct insn *i, unsigned size)
{
	return lin_seg(k, i, i->seg, get_index(k->cpu, i, RSI), size, false);
}

static inline uint64_t dest(struct core *k, const struct insn *i, unsigned size, bool write)
{
	return lin_seg(k, i, dest_seg(k), get_index(k->cpu, i, RDI), size, write);
}

/* How many iterations may run now; 0: RCX is zero, the instruction is over. */
static inline uint64_t allowed(struct core *k, const struct insn *i)
{
	uint64_t n = get_index(k->cpu, i, RCX), room = (uint64_t)(k->budget + i->left);

	return n < room ? n : room;
}

/* n iterations are complete. */
static inline void done(struct core *k, const struct insn *i, uint64_t n)
{
	add_index(k->cpu, i, RCX, -(int64_t)n);
	k->budget -= (int64_t)n;
}

/* The count was zero. Writing it back clears the upper half of RCX when the
 * count is 32 bits wide, as processors do. */
#define NO_ITERATION \
	do { \
		add_index(c, i, RCX, 0); \
		END_NEXT; \
	} while (0)

/* After the last iteration of this turn: on to the next instruction, or again.
 * The instruction's own count was taken at the block's entry. */
#define FINISH(over) \
	do { \
		k->budget++; \
		if (over) \
			END_NEXT; \
		c->attn |= ATTN_REP; \
		END_AT(insn_rip(c, i)); \
	} while (0)

/* Elements that can be handled at host addresses in one go: all within one
 * page and the segment, forwards. 0: take the slow way for one element. */
static inline uint64_t bulk(struct core *k, uint64_t ea, const struct seg_fast *s, uint64_t lo, uint64_t hi, uint64_t n,
			    unsigned size)
{
	uint64_t lin = (s->base + ea) & k->lin_mask;
	uint64_t room = (PAGE_SIZE - (lin & PAGE_MASK)) / size;

	n = n < room ? n : room;
	if (!n || ea < lo || hi < ea || (hi - ea) / size < n)
		return 0;
	return n;
}

static uint64_t bulk_source(struct core *k, const struct insn *i, uint64_t n, unsigned size, const uint8_t **p)
{
	const struct seg_fast *s = &k->sf[i->seg];
	uint64_t ea = get_index(k->cpu, i, RSI);

	n = bulk(k, ea, s, s->rlo, s->rhi, n, size);
	*p = n ? fast_read(k, (s->base + ea) & k->lin_mask, 1) : NULL;
	return *p ? n : 0;
}

static uint64_t bulk_dest(struct core *k, const struct insn *i, uint64_t n, unsigned size, uint8_t **p)
{
	const struct seg_fast *s = &k->sf[dest_seg(k)];
	uint64_t ea = get_index(k->cpu, i, RDI);

	n = bulk(k, ea, s, s->wlo, s->whi, n, size);
	*p = n ? fast_write(k, (s->base + ea) & k->lin_mask, 1) : NULL;
	return *p ? n : 0;
}

/* A handler that takes as many elements at once as name_bulk() can. */
#define REPEATED_BULK(name, ONE, bits) \
	HANDLER(name##bits) \
	{ \
		uint64_t n; \
		if (!repeats(i)) { \
			ONE(bits); \
			NEXT; \
		} \
		if (!get_index(c, i, RCX)) \
			NO_ITERATION; \
		while ((n = allowed(k, i)) != 0) { \
			n = name##_bulk(k, i, n, bits / 8); \
			if (!n) { \
				ONE(bits); \
				n = 1; \
			} \
			done(k, i, n); \
		} \
		FINISH(!get_index(c, i, RCX)); \
	}

/* ---- MOVS ---- */

/* Forward copy, element by element where the ranges overlap. */
static void copy_forward(uint8_t *d, const uint8_t *s, uint64_t bytes, unsigned size)
{
	if (d <= s || d >= s + bytes) {
		memmove(d, s, bytes);
		return;
	}
	for (uint64_t n = 0; n < bytes; n += size)
		memmove(d + n, s + n, size);
}

static uint64_t movs_bulk(struct core *k, const struct insn *i, uint64_t n, unsigned size)
{
	const uint8_t *s;
	uint8_t *d;

	if (k->cpu->eflags & FL_DF)
		return 0;
	n = bulk_source(k, i, n, size, &s);
	if (n)
		n = bulk_dest(k, i, n, size, &d);
	if (n) {
		copy_forward(d, s, n * size, size);
		add_index(k->cpu, i, RSI, (int64_t)(n * size));
		add_index(k->cpu, i, RDI, (int64_t)(n * size));
	}
	return n;
}

#define MOVS_ONE(bits) \
	do { \
		uint##bits##_t v = ld##bits(k, i, source(k, i, bits / 8)); \
		st##bits(k, i, dest(k, i, bits / 8, true), v); \
		add_index(c, i, RSI, step(c, bits / 8)); \
		add_index(c, i, RDI, step(c, bits / 8)); \
	} while (0)

#define MOVS(bits, x) REPEATED_BULK(movs, MOVS_ONE, bits)
FOR_SIZES(MOVS, )

/* ---- STOS ---- */

static uint64_t stos_bulk(struct core *k, const struct insn *i, uint64_t n, unsigned size)
{
	uint64_t v = k->cpu->reg[RAX];
	uint8_t *d;

	if (k->cpu->eflags & FL_DF)
		return 0;
	n = bulk_dest(k, i, n, size, &d);
	if (!n)
		return 0;
	if (size == 1)
		memset(d, (int)(v & 0xff), n);
	else
		for (uint64_t at = 0; at < n * size; at += size)
			memcpy(d + at, &v, size);
	add_index(k->cpu, i, RDI, (int64_t)(n * size));
	return n;
}

#define STOS_ONE(bits) \
	do { \
		st##bits(k, i, dest(k, i, bits / 8, true), r##bits(c, RAX * 8)); \
		add_index(c, i, RDI, step(c, bits / 8)); \
	} while (0)

#define STOS(bits, x) REPEATED_BULK(stos, STOS_ONE, bits)
FOR_SIZES(STOS, )

/* ---- LODS, SCAS, CMPS ---- */

#define LODS_ONE(bits) \
	do { \
		w##bits(c, RAX * 8, ld##bits(k, i, source(k, i, bits / 8))); \
		add_index(c, i, RSI, step(c, bits / 8)); \
	} while (0)
#define SCAS_ONE(bits) \
	do { \
		uint##bits##_t v = ld##bits(k, i, dest(k, i, bits / 8, false)); \
		alu_sub##bits(c, r##bits(c, RAX * 8), v); \
		add_index(c, i, RDI, step(c, bits / 8)); \
	} while (0)
#define CMPS_ONE(bits) \
	do { \
		/* ES:rDI is read first: which fault comes depends on it. */ \
		uint##bits##_t b = ld##bits(k, i, dest(k, i, bits / 8, false)); \
		uint##bits##_t a = ld##bits(k, i, source(k, i, bits / 8)); \
		alu_sub##bits(c, a, b); \
		add_index(c, i, RSI, step(c, bits / 8)); \
		add_index(c, i, RDI, step(c, bits / 8)); \
	} while (0)

/* REPE (F3) goes on while ZF is set, REPNE (F2) while it is clear. */
static inline bool compare_goes_on(const struct cpu *c, const struct insn *i)
{
	return flag_zf(c) == !!(i->flags & IN_REP);
}

#define REPEATED(name, ONE, bits, goes_on) \
	HANDLER(name##bits) \
	{ \
		bool on = true; \
		if (!repeats(i)) { \
			ONE(bits); \
			NEXT; \
		} \
		if (!get_index(c, i, RCX)) \
			NO_ITERATION; \
		while (on && allowed(k, i)) { \
			ONE(bits); \
			done(k, i, 1); \
			on = goes_on; \
		} \
		FINISH(!on || !get_index(c, i, RCX)); \
	}
#define LODS(bits, x) REPEATED(lods, LODS_ONE, bits, true)
#define SCAS(bits, x) REPEATED(scas, SCAS_ONE, bits, compare_goes_on(c, i))
#define CMPS(bits, x) REPEATED(cmps, CMPS_ONE, bits, compare_goes_on(c, i))
FOR_SIZES(LODS, )
FOR_SIZES(SCAS, )
FOR_SIZES(CMPS, )

/* ---- INS, OUTS: one iteration a turn, for the device may act on it ---- */

static void after_port(struct core *k, const struct insn *i, uint16_t port, unsigned size)
{
	struct cpu *c = k->cpu;
	bool over = true;

	debug_io_hit(k, port, size);
	k->bus->io_time(k->owner, port);
	if (repeats(i)) {
		add_index(c, i, RCX, -1);
		over = !get_index(c, i, RCX);
	}
	if (!over)
		c->attn |= ATTN_REP;
	c->rip = (over ? insn_next(c, i) : insn_rip(c, i)) & k->ip_mask;
}

static inline unsigned port_size(const struct insn *i)
{
	return INSN_OSZ(i) == 0 ? 1 : INSN_OSZ(i) == 1 ? 2 : 4;
}

HANDLER(ins)
{
	unsigned size = port_size(i);
	uint16_t port = r16(c, RDX * 8);
	uint64_t lin;
	uint32_t v;

	core_sync(k, i);
	io_check(k, i, port, size); /* even with a count of zero */
	if (repeats(i) && !get_index(c, i, RCX))
		NO_ITERATION;
	lin = dest(k, i, size, true);
	probe_write(k, i, lin, size); /* a fault must come before the port is read */
	v = k->bus->in(k->owner, port, size);
	if (size == 1)
		st8(k, i, lin, (uint8_t)v);
	else if (size == 2)
		st16(k, i, lin, (uint16_t)v);
	else
		st32(k, i, lin, v);
	add_index(c, i, RDI, step(c, size));
	after_port(k, i, port, size);
	END;
}

HANDLER(outs)
{
	unsigned size = port_size(i);
	uint16_t port = r16(c, RDX * 8);
	uint64_t lin;
	uint32_t v;

	core_sync(k, i);
	io_check(k, i, port, size); /* even with a count of zero */
	if (repeats(i) && !get_index(c, i, RCX))
		NO_ITERATION;
	lin = source(k, i, size);
	v = size == 1 ? ld8(k, i, lin) : size == 2 ? ld16(k, i, lin) : ld32(k, i, lin);
	k->bus->out(k->owner, port, v, size);
	add_index(c, i, RSI, step(c, size));
	after_port(k, i, port, size);
	END;
}

#define AT(id) [OP_##id - OP_MOVS]

static const struct op_handlers rows[] = {
	AT(MOVS) = {.reg = SIZES(movs)}, AT(CMPS) = {.reg = SIZES(cmps)}, AT(STOS) = {.reg = SIZES(stos)},
	AT(LODS) = {.reg = SIZES(lods)}, AT(SCAS) = {.reg = SIZES(scas)}, AT(INS) = {.reg = SAME(ins)},
	AT(OUTS) = {.reg = SAME(outs)},
};

const struct op_handlers *exec_string(enum op op)
{
	return op >= OP_MOVS && op <= OP_OUTS ? &rows[op - OP_MOVS] : NULL;
}
