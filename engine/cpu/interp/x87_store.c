/* x87 stores to memory with their conversions: FST, FIST, FISTTP, FBSTP. An
 * unmasked exception other than "inexact" leaves memory and stack as they are
 * (SDM 1 8.5); the store comes before any change of state, as it may fault. */
#include "engine/cpu/interp/x87_host.h"

X87_HOST1(host_fst_f32, "fsts %[m]")
X87_HOST1(host_fst_f64, "fstl %[m]")
X87_HOST1(host_fist_w, "fists %[m]")
X87_HOST1(host_fist_d, "fistl %[m]")
X87_HOST_POP(host_fistp_q, "fistpll %[m]")
X87_HOST_POP(host_fbstp, "fbstp %[m]")

/* Runs the conversion, or leaves indefinite in h->m if ST(0) is empty.
 * Returns the flags to raise; *written tells whether a result is to be stored. */
static unsigned convert(struct cpu *c, x87_host_fn *fn, struct x87_host *h, unsigned rc, bool *written)
{
	unsigned flags = X87_UNDERFLOW;

	if (LIKELY(!x87_empty(c, 0))) {
		h->a = *x87_st(c, 0);
		h->fcw = (uint16_t)(c->x87.fcw | rc);
		flags = fn(h) & X87_HOST_FLAGS;
	}
	*written = !(flags & ~(unsigned)c->x87.fcw & (FSW_EXCEPTIONS & ~FSW_PE));
	return flags;
}

static void finish(struct cpu *c, const struct insn *i, struct core *k, unsigned flags, bool pop)
{
	x87_note_mem(c, i, k);
	x87_raise(c, flags);
	if (pop)
		x87_pop(c);
}

#define STORE(name, host, field, bits, indefinite, rc, pop) \
	X87_FRAMED(name) \
	{ \
		struct x87_host h = {.m.field = (indefinite)}; \
		unsigned flags; \
		bool written; \
		flags = convert(c, host, &h, rc, &written); \
		if (written) \
			st##bits(k, i, lin_write(k, i, bits / 8), h.m.field); \
		finish(c, i, k, flags, written && (pop)); \
	}
STORE(op_fst_m32, host_fst_f32, d, 32, 0xffc00000u, 0, false)
STORE(op_fstp_m32, host_fst_f32, d, 32, 0xffc00000u, 0, true)
STORE(op_fst_m64, host_fst_f64, q, 64, 0xfff8000000000000u, 0, false)
STORE(op_fstp_m64, host_fst_f64, q, 64, 0xfff8000000000000u, 0, true)
STORE(op_fist_m16, host_fist_w, w, 16, 0x8000u, 0, false)
STORE(op_fistp_m16, host_fist_w, w, 16, 0x8000u, 0, true)
STORE(op_fist_m32, host_fist_d, d, 32, 0x80000000u, 0, false)
STORE(op_fistp_m32, host_fist_d, d, 32, 0x80000000u, 0, true)
STORE(op_fistp_m64, host_fistp_q, q, 64, X87_J, 0, true)
/* FISTTP is FISTP with rounding to zero; written so for hosts without SSE3. */
STORE(op_fisttp_m16, host_fist_w, w, 16, 0x8000u, FCW_RC_ZERO, true)
STORE(op_fisttp_m32, host_fist_d, d, 32, 0x80000000u, FCW_RC_ZERO, true)
STORE(op_fisttp_m64, host_fistp_q, q, 64, X87_J, FCW_RC_ZERO, true)

X87_FRAMED(op_fstp_m80)
{
	struct cpu_x87_reg v = X87_INDEFINITE;
	unsigned flags = X87_UNDERFLOW;
	bool written;
	uint8_t b[10];

	if (LIKELY(!x87_empty(c, 0))) {
		v = *x87_st(c, 0);
		flags = 0;
	}
	written = !(flags & ~(unsigned)c->x87.fcw & FSW_IE);
	if (written) {
		memcpy(b, &v.mant, 8);
		memcpy(b + 8, &v.se, 2);
		st_bytes(k, i, lin_write(k, i, sizeof(b)), b, sizeof(b));
	}
	finish(c, i, k, flags, written);
}

void op_fbstp(struct cpu *c, const struct insn *i, struct core *k)
{
	/* packed decimal indefinite (SDM 1 4.8.3.8) */
	struct x87_host h = {.m.bcd = {0, 0, 0, 0, 0, 0, 0, 0xc0, 0xff, 0xff}};
	unsigned flags;
	bool written;

	X87_WAIT();
	flags = convert(c, host_fbstp, &h, 0, &written);
	if (written)
		st_bytes(k, i, lin_write(k, i, sizeof(h.m.bcd)), h.m.bcd, sizeof(h.m.bcd));
	finish(c, i, k, flags, written);
	NEXT_FRAMED;
}
