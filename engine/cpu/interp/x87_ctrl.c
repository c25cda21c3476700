/* x87 control: initialization, control and status words, the environment and
 * whole state in their four formats, stack management, FWAIT, and the checks
 * before every instruction. FXSAVE is in x87_fxsave.c. */
#include "engine/base/bytes.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/interp/x87_impl.h"

/* Bits of the control word that exist; the infinity control (bit 12) can be
 * written but does nothing since the 387. */
enum { FCW_WRITABLE = FCW_MASKS | FCW_PC | FCW_RC | FCW_X };

/* ---- waiting ---- */

/* An unmasked exception waits, and the instruction with it. */
static void pending(struct cpu *c, const struct insn *i, struct core *k)
{
	if (c->cr0 & CR0_NE)
		core_fault(k, i, EXC_MF, 0);
	/* The PC's way (SDM 1 8.7.2): FERR# becomes IRQ 13 and the processor waits
	 * for it here. Each look costs one count, so that time goes on. The handler
	 * asserts IGNNE# by writing to port F0. */
	core_sync(k, i);
	k->bus->ferr(k->owner, true);
	k->budget += i->left - 1;
}

void op_x87_blocked(struct cpu *c, const struct insn *i, struct core *k)
{
	if (c->cr0 & (CR0_EM | CR0_TS))
		core_fault(k, i, EXC_NM, 0);
	pending(c, i, k);
	END;
}

void x87_changed(struct cpu *c, const struct insn *i, struct core *k, uint16_t was)
{
	x87_update_es(&c->x87);
	if ((was & FSW_ES) && !(c->x87.fsw & FSW_ES)) {
		core_sync(k, i);
		c->ignne = 0; /* it falls with FERR# */
		k->bus->ferr(k->owner, false);
	}
}

void op_fwait(struct cpu *c, const struct insn *i, struct core *k)
{
	if ((c->cr0 & (CR0_MP | CR0_TS)) == (CR0_MP | CR0_TS))
		core_fault(k, i, EXC_NM, 0);
	if (UNLIKELY(x87_pending(c))) {
		pending(c, i, k);
		END;
	}
	NEXT;
}

/* ---- words ---- */

void op_fninit(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t was = c->x87.fsw;

	X87_NOWAIT();
	x87_init(&c->x87);
	x87_changed(c, i, k, was);
	NEXT;
}

void op_fnclex(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t was = c->x87.fsw;

	X87_NOWAIT();
	c->x87.fsw &= (uint16_t) ~(FSW_EXCEPTIONS | FSW_SF);
	x87_changed(c, i, k, was);
	NEXT;
}

static void set_fcw(struct cpu_x87 *x, uint16_t v)
{
	x->fcw = (uint16_t)((v & FCW_WRITABLE) | FCW_1);
}

void op_fldcw(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	set_fcw(&c->x87, ld16(k, i, lin_read(k, i, 2)));
	x87_changed(c, i, k, c->x87.fsw);
	NEXT;
}

void op_fnstcw(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_NOWAIT();
	st16(k, i, lin_write(k, i, 2), c->x87.fcw);
	NEXT;
}

void op_fnstsw(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_NOWAIT();
	st16(k, i, lin_write(k, i, 2), c->x87.fsw);
	NEXT;
}

void op_fnstsw_ax(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_NOWAIT();
	w16(c, RAX * 8, c->x87.fsw);
	NEXT;
}

/* ---- stack management ---- */

/* The tags alone; C1 is cleared as by the other stack instructions. */
void op_ffree(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	x87_note(c, i, k);
	x87_free(c, X87_STI);
	c->x87.fsw &= (uint16_t)~FSW_C1;
	NEXT;
}

void op_ffreep(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	x87_note(c, i, k);
	x87_free(c, X87_STI);
	c->x87.fsw &= (uint16_t)~FSW_C1;
	x87_pop(c);
	NEXT;
}

/* TOP alone; the tags stay. */
void op_fincstp(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	x87_note(c, i, k);
	x87_set_top(c, x87_phys(c, 1));
	c->x87.fsw &= (uint16_t)~FSW_C1;
	NEXT;
}

void op_fdecstp(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	x87_note(c, i, k);
	x87_set_top(c, x87_phys(c, 7));
	c->x87.fsw &= (uint16_t)~FSW_C1;
	NEXT;
}

void op_fnop(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_WAIT();
	x87_note(c, i, k);
	NEXT;
}

/* FNENI, FNDISI (8087) and FNSETPM (287): nothing since the 387. */
void op_fneni(struct cpu *c, const struct insn *i, struct core *k)
{
	X87_NOWAIT();
	NEXT;
}

/* ---- environment and state (SDM 1 8.1.10, figures 8-9 to 8-12) ---- */

static unsigned env_size(const struct insn *i)
{
	return INSN_OSZ(i) == 1 ? 14 : 28;
}

/* Real and virtual-8086 mode store linear addresses instead of selectors. */
static bool env_real(const struct cpu *c)
{
	return !cpu_protected(c) || cpu_v86(c);
}

/* Two bits per physical register: 0 valid, 1 zero, 2 special, 3 empty. */
static uint16_t full_tags(const struct cpu *c)
{
	unsigned n, v = 0;

	for (n = 0; n < 8; n++) {
		enum x87_class t = x87_classify(&c->x87.st[n]);
		unsigned tag = t == X87_NORMAL ? 0 : t == X87_ZERO ? 1 : 2;

		v |= (c->x87.tags >> n & 1 ? tag : 3) << 2 * n;
	}
	return (uint16_t)v;
}

static void env_pack(struct cpu *c, const struct insn *i, uint8_t *p)
{
	const struct cpu_x87 *x = &c->x87;
	bool real = env_real(c), wide = env_size(i) == 28;
	uint32_t ip = (uint32_t)x->fip + (real ? x->fcs * 16u : 0);
	uint32_t dp = (uint32_t)x->fdp + (real ? x->fds * 16u : 0);
	uint32_t w[7] = {x->fcw, x->fsw, full_tags(c), ip, x->fcs | (uint32_t)x->fop << 16, dp, x->fds};
	unsigned n;

	if (real && wide) {
		w[4] = (ip >> 16) << 12 | x->fop;
		w[6] = (dp >> 16) << 12;
		w[3] &= 0xffff;
		w[5] &= 0xffff;
	} else if (real) {
		w[4] = (ip >> 16 & 15) << 12 | x->fop;
		w[6] = (dp >> 16 & 15) << 12;
	}
	for (n = 0; n < 7; n++) {
		bool half = n < 3 || (real ? n == 3 || n == 5 : n == 6); /* reserved upper half: ones */

		if (wide)
			put_le32(p + 4 * n, w[n] | (half ? 0xffff0000u : 0));
		else
			put_le16(p + 2 * n, (uint16_t)w[n]);
	}
}

static void env_unpack(struct cpu *c, const struct insn *i, const uint8_t *p)
{
	struct cpu_x87 *x = &c->x87;
	bool wide = env_size(i) == 28;
	uint32_t w[7];
	unsigned n;

	for (n = 0; n < 7; n++)
		w[n] = wide ? get_le32(p + 4 * n) : get_le16(p + 2 * n);
	set_fcw(x, (uint16_t)w[0]);
	x->fsw = (uint16_t)w[1];
	x->tags = 0;
	for (n = 0; n < 8; n++)
		x->tags |= (uint8_t)(((w[2] >> 2 * n & 3) != 3) << n);
	if (env_real(c)) {
		uint32_t high = wide ? 0x0ffff000u : 0xf000u;

		x->fip = (w[3] & 0xffff) | (w[4] & high) << 4;
		x->fdp = (w[5] & 0xffff) | (w[6] & high) << 4;
		x->fcs = x->fds = 0;
		x->fop = w[4] & 0x7ff;
	} else {
		x->fip = w[3];
		x->fcs = (uint16_t)w[4];
		x->fdp = w[5];
		x->fds = (uint16_t)w[6];
		x->fop = wide ? w[4] >> 16 & 0x7ff : 0;
	}
}

void op_fnstenv(struct cpu *c, const struct insn *i, struct core *k)
{
	uint8_t b[28];

	X87_NOWAIT();
	env_pack(c, i, b);
	st_bytes(k, i, lin_write(k, i, env_size(i)), b, env_size(i));
	c->x87.fcw |= FCW_MASKS;
	x87_changed(c, i, k, c->x87.fsw);
	NEXT_FRAMED;
}

void op_fldenv(struct cpu *c, const struct insn *i, struct core *k)
{
	uint16_t was = c->x87.fsw;
	uint8_t b[28];

	X87_WAIT();
	ld_bytes(k, i, lin_read(k, i, env_size(i)), b, env_size(i));
	env_unpack(c, i, b);
	x87_changed(c, i, k, was);
	NEXT_FRAMED;
}

/* The environment, then ST(0) to ST(7) in 10 bytes each. */
void op_fnsave(struct cpu *c, const struct insn *i, struct core *k)
{
	unsigned size = env_size(i), n;
	uint16_t was = c->x87.fsw;
	uint8_t b[28 + 80];

	X87_NOWAIT();
	env_pack(c, i, b);
	for (n = 0; n < 8; n++) {
		put_le64(b + size + 10 * n, x87_st(c, n)->mant);
		put_le16(b + size + 10 * n + 8, x87_st(c, n)->se);
	}
	st_bytes(k, i, lin_write(k, i, size + 80), b, size + 80);
	x87_init(&c->x87);
	x87_changed(c, i, k, was);
	NEXT_FRAMED;
}

void op_frstor(struct cpu *c, const struct insn *i, struct core *k)
{
	unsigned size = env_size(i), n;
	uint16_t was = c->x87.fsw;
	uint8_t b[28 + 80];

	X87_WAIT();
	ld_bytes(k, i, lin_read(k, i, size + 80), b, size + 80);
	env_unpack(c, i, b);
	for (n = 0; n < 8; n++) {
		x87_st(c, n)->mant = get_le64(b + size + 10 * n);
		x87_st(c, n)->se = get_le16(b + size + 10 * n + 8);
	}
	x87_changed(c, i, k, was);
	NEXT_FRAMED;
}
