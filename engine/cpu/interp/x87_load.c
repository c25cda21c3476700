/* x87 loads and moves between registers: FLD, FILD, FBLD, constants, FST to a
 * register, FXCH, FCMOVcc. Every format fits the 80-bit register, so a load
 * never rounds (constants do). Stores to memory are in x87_store.c. */
#include "engine/cpu/flags.h"
#include "engine/cpu/interp/x87_impl.h"

/* True if there is no room to push: the exception is raised, and answered if
 * it is masked. */
static inline bool push_overflow(struct cpu *c)
{
	if (LIKELY(x87_empty(c, 7)))
		return false;
	if (!x87_raise(c, X87_OVERFLOW))
		x87_push(c, X87_INDEFINITE);
	return true;
}

/* A denormal is loaded even if DE is unmasked: there is no loss in it. */
static inline void load(struct cpu *c, struct cpu_x87_reg v, unsigned flags)
{
	if (push_overflow(c))
		return;
	if (!x87_raise(c, flags) || !(flags & FSW_IE))
		x87_push(c, v);
}

/* An IEEE number with exponents of e bits and fractions of f bits. */
static struct cpu_x87_reg from_ieee(uint64_t v, unsigned e, unsigned f, unsigned *flags)
{
	uint64_t frac = v << (63 - f) & ~X87_J;
	unsigned max = (1u << e) - 1, exp = (unsigned)(v >> f) & max, shift;
	struct cpu_x87_reg r = {.se = v >> (e + f) & 1 ? X87_SIGN : 0};

	*flags = 0;
	if (exp == max) {
		r.mant = X87_J | frac;
		r.se |= X87_EXP;
		if (frac && !(frac & X87_QUIET)) {
			r.mant |= X87_QUIET;
			*flags = FSW_IE;
		}
	} else if (exp) {
		r.mant = X87_J | frac;
		r.se |= (uint16_t)(exp + X87_BIAS - max / 2);
	} else if (frac) {
		shift = (unsigned)__builtin_clzll(frac);
		r.mant = frac << shift;
		r.se |= (uint16_t)(1 + X87_BIAS - max / 2 - shift);
		*flags = FSW_DE;
	}
	return r;
}

static inline struct cpu_x87_reg from_int(int64_t v)
{
	struct cpu_x87_reg r = {.se = v < 0 ? X87_SIGN : 0};
	uint64_t u = v < 0 ? 0 - (uint64_t)v : (uint64_t)v;
	unsigned shift;

	if (!u)
		return r;
	shift = (unsigned)__builtin_clzll(u);
	r.mant = u << shift;
	r.se |= (uint16_t)(X87_BIAS + 63 - shift);
	return r;
}

/* 18 packed decimal digits and a sign byte; digits above 9 count as they are. */
static struct cpu_x87_reg from_bcd(const uint8_t *b)
{
	struct cpu_x87_reg r;
	int64_t v = 0;
	int n;

	for (n = 8; n >= 0; n--)
		v = v * 100 + (b[n] >> 4) * 10 + (b[n] & 15);
	r = from_int(v);
	if (b[9] & 0x80)
		r.se |= X87_SIGN;
	return r;
}

void op_fld_m32(struct cpu *c, const struct insn *i, struct core *k)
{
	struct cpu_x87_reg v;
	unsigned flags;

	X87_WAIT();
	v = from_ieee(ld32(k, i, lin_read(k, i, 4)), 8, 23, &flags);
	x87_note_mem(c, i, k);
	load(c, v, flags);
	NEXT;
}

void op_fld_m64(struct cpu *c, const struct insn *i, struct core *k)
{
	struct cpu_x87_reg v;
	unsigned flags;

	X87_WAIT();
	v = from_ieee(ld64(k, i, lin_read(k, i, 8)), 11, 52, &flags);
	x87_note_mem(c, i, k);
	load(c, v, flags);
	NEXT;
}

/* The register's own format: anything is loaded as it is. */
X87_FRAMED(op_fld_m80)
{
	struct cpu_x87_reg v = {0};
	uint8_t b[10];

	ld_bytes(k, i, lin_read(k, i, sizeof(b)), b, sizeof(b));
	memcpy(&v.mant, b, 8);
	memcpy(&v.se, b + 8, 2);
	x87_note_mem(c, i, k);
	load(c, v, 0);
}

#define LOAD_INT(name, bits) \
	void name(struct cpu *c, const struct insn *i, struct core *k) \
	{ \
		int64_t v; \
		X87_WAIT(); \
		v = (int##bits##_t)ld##bits(k, i, lin_read(k, i, bits / 8)); \
		x87_note_mem(c, i, k); \
		load(c, from_int(v), 0); \
		NEXT; \
	}
LOAD_INT(op_fild_m16, 16)
LOAD_INT(op_fild_m32, 32)
LOAD_INT(op_fild_m64, 64)

void op_fbld(struct cpu *c, const struct insn *i, struct core *k)
{
	uint8_t b[10];

	X87_WAIT();
	ld_bytes(k, i, lin_read(k, i, sizeof(b)), b, sizeof(b));
	x87_note_mem(c, i, k);
	load(c, from_bcd(b), 0);
	NEXT_FRAMED;
}

void op_fld_sti(struct cpu *c, const struct insn *i, struct core *k)
{
	unsigned n = X87_STI;

	X87_WAIT();
	x87_note(c, i, k);
	if (LIKELY(!x87_empty(c, n)))
		load(c, x87_get(c, n), 0);
	else if (!x87_raise(c, X87_UNDERFLOW)) /* comes before an overflow */
		x87_push(c, X87_INDEFINITE);
	NEXT;
}

/* D9 E8..EE: 1, log2(10), log2(e), pi, log10(2), ln(2), 0. Cut to 64 bits, with
 * whether the rest is more than half a unit; rounded as RC asks (SDM 1 8.3.8). */
void op_fld_const(struct cpu *c, const struct insn *i, struct core *k)
{
	static const struct {
		uint64_t mant;
		uint16_t se;
		bool above_half, exact;
	} table[8] = {
		{X87_J, X87_BIAS, false, true},
		{0xd49a784bcd1b8afe, X87_BIAS + 1, false, false},
		{0xb8aa3b295c17f0bb, X87_BIAS, true, false},
		{0xc90fdaa22168c234, X87_BIAS + 1, true, false},
		{0x9a209a84fbcff798, X87_BIAS - 2, true, false},
		{0xb17217f7d1cf79ab, X87_BIAS - 1, true, false},
		{0, 0, false, true},
	};
	unsigned n = i->modrm & 7, rc = c->x87.fcw & FCW_RC;
	struct cpu_x87_reg v = {.mant = table[n].mant, .se = table[n].se};

	X87_WAIT();
	x87_note(c, i, k);
	if (!table[n].exact && (rc == FCW_RC_UP || (rc == FCW_RC_NEAR && table[n].above_half)))
		v.mant++;
	load(c, v, 0);
	NEXT;
}

/* FST and FSTP to a register copy anything without looking at it. */
static void store_register(struct cpu *c, const struct insn *i, struct core *k, bool pop)
{
	struct cpu_x87_reg v = x87_get(c, 0);

	x87_note(c, i, k);
	if (UNLIKELY(x87_empty(c, 0))) {
		if (x87_raise(c, X87_UNDERFLOW))
			return;
		v = X87_INDEFINITE;
	} else {
		c->x87.fsw &= (uint16_t)~FSW_C1;
	}
	x87_put(c, X87_STI, v);
	if (pop)
		x87_pop(c);
}

void op_fst_sti(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	store_register(c, i, k, false);
	NEXT;
}

void op_fstp_sti(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	store_register(c, i, k, true);
	NEXT;
}

/* D9 D8.., an alias of FSTP ST(i) that takes an empty ST(0) without complaint. */
void op_fstp1(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	if (LIKELY(!x87_empty(c, 0))) {
		store_register(c, i, k, true);
	} else {
		x87_note(c, i, k);
		c->x87.fsw &= (uint16_t)~FSW_C1;
		x87_pop(c);
	}
	NEXT;
}

void op_fxch(struct cpu *c, const struct insn *i, struct core *k)
{
	unsigned n = X87_STI;
	struct cpu_x87_reg a = x87_get(c, 0), b = x87_get(c, n);

	X87_WAIT();
	x87_note(c, i, k);
	if (UNLIKELY(x87_empty(c, 0) || x87_empty(c, n))) {
		if (x87_raise(c, X87_UNDERFLOW))
			NEXT;
		a = x87_empty(c, 0) ? X87_INDEFINITE : a;
		b = x87_empty(c, n) ? X87_INDEFINITE : b;
	} else {
		c->x87.fsw &= (uint16_t)~FSW_C1;
	}
	x87_put(c, n, a);
	x87_put(c, 0, b);
	NEXT;
}

/* DA C0.. (B, E, BE, U) and DB C0.. (their opposites). An empty register is an
 * error whether the condition holds or not. */
void op_fcmov(struct cpu *c, const struct insn *i, struct core *k)
{
	unsigned n = X87_STI;
	bool cond;

	X87_WAIT();
	x87_note(c, i, k);
	if (UNLIKELY(x87_empty(c, 0) || x87_empty(c, n))) {
		if (!x87_raise(c, X87_UNDERFLOW))
			x87_put(c, 0, X87_INDEFINITE);
		NEXT;
	}
	switch (i->modrm >> 3 & 3) {
	case 0: cond = flag_cf(c); break;
	case 1: cond = flag_zf(c); break;
	case 2: cond = flag_cf(c) || flag_zf(c); break;
	default: cond = flag_pf(c); break;
	}
	if (cond != (i->opcode & 1))
		*x87_st(c, 0) = *x87_st(c, n);
	NEXT;
}
