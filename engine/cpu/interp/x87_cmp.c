/* x87 comparisons: FCOM and FUCOM in all forms, into condition codes or into
 * EFLAGS, FTST and FXAM. */
#include "engine/cpu/flags.h"
#include "engine/cpu/interp/x87_host.h"

enum { CODES = FSW_C0 | FSW_C2 | FSW_C3 }; /* all set: unordered */

X87_HOST2(host_fcom, "fcom %%st(1)")
X87_HOST2(host_fucom, "fucom %%st(1)")
X87_HOST1(host_fcom_f32, "fcoms %[m]")
X87_HOST1(host_fcom_f64, "fcoml %[m]")
X87_HOST1(host_fcom_w, "ficoms %[m]")
X87_HOST1(host_fcom_d, "ficoml %[m]")
X87_HOST1(host_ftst, "ftst")

enum { IN_CODES, IN_EFLAGS }; /* where the result goes */

static void put_result(struct cpu *c, unsigned sw, int where)
{
	if (where == IN_CODES) {
		c->x87.fsw = (uint16_t)((c->x87.fsw & ~CODES) | (sw & CODES));
		return;
	}
	/* OF, SF and AF are cleared (SDM 2A FCOMI). */
	flags_set_arith(c, (sw & FSW_C3 ? FL_ZF : 0) | (sw & FSW_C2 ? FL_PF : 0) | (sw & FSW_C0 ? FL_CF : 0));
}

/* Codes are reported even with an unmasked exception, which only keeps the
 * stack from being popped. FCOMI and its kin leave C1 but for an underflow. */
static void compare(struct cpu *c, x87_host_fn *fn, struct x87_host *h, bool empty, int where, unsigned pops)
{
	unsigned sw = X87_UNDERFLOW | CODES, keep = 0;

	if (LIKELY(!empty)) {
		h->a = *x87_st(c, 0);
		h->fcw = c->x87.fcw;
		sw = fn(h);
		if (where == IN_EFLAGS)
			keep = c->x87.fsw & FSW_C1;
	}
	put_result(c, sw, where);
	if (x87_raise(c, (sw & (FSW_EXCEPTIONS | FSW_SF)) | keep))
		return;
	while (pops--)
		x87_pop(c);
}

static void compare_registers(struct cpu *c, const struct insn *i, struct core *k, x87_host_fn *fn, unsigned n,
			      int where, unsigned pops)
{
	struct x87_host h = {.b = *x87_st(c, n)};

	x87_note(c, i, k);
	compare(c, fn, &h, x87_empty(c, 0) || x87_empty(c, n), where, pops);
}

#define COMPARE_REGISTERS(name, host, n, where, pops) \
	void name(struct cpu *c, const struct insn *i, struct core *k) \
	{ \
		X87_WAIT(); \
		compare_registers(c, i, k, host, n, where, pops); \
		NEXT; \
	}
COMPARE_REGISTERS(op_fcom, host_fcom, X87_STI, IN_CODES, 0)
COMPARE_REGISTERS(op_fcomp, host_fcom, X87_STI, IN_CODES, 1)
COMPARE_REGISTERS(op_fcompp, host_fcom, 1, IN_CODES, 2)
COMPARE_REGISTERS(op_fucom, host_fucom, X87_STI, IN_CODES, 0)
COMPARE_REGISTERS(op_fucomp, host_fucom, X87_STI, IN_CODES, 1)
COMPARE_REGISTERS(op_fucompp, host_fucom, 1, IN_CODES, 2)
COMPARE_REGISTERS(op_fcomi, host_fcom, X87_STI, IN_EFLAGS, 0)
COMPARE_REGISTERS(op_fcomip, host_fcom, X87_STI, IN_EFLAGS, 1)
COMPARE_REGISTERS(op_fucomi, host_fucom, X87_STI, IN_EFLAGS, 0)
COMPARE_REGISTERS(op_fucomip, host_fucom, X87_STI, IN_EFLAGS, 1)

#define COMPARE_MEMORY(name, host, field, bits, pops) \
	X87_FRAMED(name) \
	{ \
		struct x87_host h = {0}; \
		h.m.field = ld##bits(k, i, lin_read(k, i, bits / 8)); \
		x87_note_mem(c, i, k); \
		compare(c, host, &h, x87_empty(c, 0), IN_CODES, pops); \
	}
COMPARE_MEMORY(op_fcom_m32, host_fcom_f32, d, 32, 0)
COMPARE_MEMORY(op_fcom_m64, host_fcom_f64, q, 64, 0)
COMPARE_MEMORY(op_fcom_i16, host_fcom_w, w, 16, 0)
COMPARE_MEMORY(op_fcom_i32, host_fcom_d, d, 32, 0)
COMPARE_MEMORY(op_fcomp_m32, host_fcom_f32, d, 32, 1)
COMPARE_MEMORY(op_fcomp_m64, host_fcom_f64, q, 64, 1)
COMPARE_MEMORY(op_fcomp_i16, host_fcom_w, w, 16, 1)
COMPARE_MEMORY(op_fcomp_i32, host_fcom_d, d, 32, 1)

X87_FRAMED(op_ftst)
{
	struct x87_host h = {0};

	x87_note(c, i, k);
	compare(c, host_ftst, &h, x87_empty(c, 0), IN_CODES, 0);
}

void op_fxam(struct cpu *c, const struct insn *i, struct core *k)
{
	/* SDM 2A table 3-42 */
	static const uint16_t codes[] = {
		[X87_ZERO] = FSW_C3,   [X87_DENORMAL] = FSW_C3 | FSW_C2,
		[X87_NORMAL] = FSW_C2, [X87_INF] = FSW_C2 | FSW_C0,
		[X87_QNAN] = FSW_C0,   [X87_SNAN] = FSW_C0,
		[X87_UNSUPPORTED] = 0,
	};
	const struct cpu_x87_reg *r = x87_st(c, 0);
	unsigned v;

	X87_WAIT();
	x87_note(c, i, k);
	v = x87_empty(c, 0) ? FSW_C3 | FSW_C0 : codes[x87_classify(r)];
	if (r->se & X87_SIGN)
		v |= FSW_C1;
	c->x87.fsw = (uint16_t)((c->x87.fsw & ~(CODES | FSW_C1)) | v);
	NEXT;
}
