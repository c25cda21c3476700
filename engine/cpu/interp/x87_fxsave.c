/* FXSAVE and FXRSTOR (SDM 1 10.5): the x87 and SSE state in one 512-byte area,
 * in the 32-bit layout and, with REX.W, the 64-bit one. */
#include "engine/base/bytes.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/interp/x87_impl.h"

enum {
	FX_FCW = 0,
	FX_FSW = 2,
	FX_FTW = 4,
	FX_FOP = 6,
	FX_FIP = 8,
	FX_FCS = 12,
	FX_FDP = 16,
	FX_FDS = 20,
	FX_MXCSR = 24,
	FX_MXCSR_MASK = 28,
	FX_ST = 32,
	FX_XMM = 160,
	FX_SIZE = 512,
	MXCSR_MASK = 0xffff,
};

static unsigned xmm_count(const struct insn *i)
{
	return i->flags & IN_64 ? 16 : 8;
}

/* The operand's linear address: 16-byte aligned, whatever CR0.AM says. */
static uint64_t fx_address(struct cpu *c, const struct insn *i, struct core *k, bool write)
{
	uint64_t lin;

	X87_NOWAIT();
	lin = write ? lin_write(k, i, FX_SIZE) : lin_read(k, i, FX_SIZE);
	if (lin & 15)
		FAULT_GP(0);
	return lin;
}

static void pack_x87(struct cpu *c, const struct insn *i, uint8_t *b)
{
	const struct cpu_x87 *x = &c->x87;
	unsigned n;

	put_le16(b + FX_FCW, x->fcw);
	put_le16(b + FX_FSW, x->fsw);
	b[FX_FTW] = x->tags;
	put_le16(b + FX_FOP, x->fop);
	if (i->flags & IN_REXW) {
		put_le64(b + FX_FIP, x->fip);
		put_le64(b + FX_FDP, x->fdp);
	} else {
		put_le32(b + FX_FIP, (uint32_t)x->fip);
		put_le16(b + FX_FCS, x->fcs);
		put_le32(b + FX_FDP, (uint32_t)x->fdp);
		put_le16(b + FX_FDS, x->fds);
	}
	for (n = 0; n < 8; n++) {
		put_le64(b + FX_ST + 16 * n, x87_st(c, n)->mant);
		put_le16(b + FX_ST + 16 * n + 8, x87_st(c, n)->se);
	}
}

/* Without CR4.OSFXSR the SSE part is neither written nor read (SDM 3A 2.5);
 * the area's last bytes are never written. All of it must be writable. */
void op_fxsave(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t lin = fx_address(c, i, k, true);
	unsigned n, xmm = xmm_count(i);
	uint8_t b[FX_SIZE] = {0};

	if (UNLIKELY(!fast_write(k, lin, FX_SIZE)))
		probe_write(k, i, lin, FX_SIZE);
	pack_x87(c, i, b);
	if (c->cr4 & CR4_OSFXSR) {
		put_le32(b + FX_MXCSR, c->mxcsr);
		put_le32(b + FX_MXCSR_MASK, MXCSR_MASK);
		for (n = 0; n < xmm; n++)
			memcpy(b + FX_XMM + 16 * n, &c->xmm[n], 16);
		st_bytes(k, i, lin, b, FX_XMM + 16 * xmm);
	} else {
		st_bytes(k, i, lin, b, FX_MXCSR);
		st_bytes(k, i, (lin + FX_ST) & k->lin_mask, b + FX_ST, FX_XMM - FX_ST);
	}
	NEXT_FRAMED;
}

static void unpack_x87(struct cpu *c, const struct insn *i, const uint8_t *b)
{
	struct cpu_x87 *x = &c->x87;
	unsigned n;

	x->fcw = (uint16_t)((get_le16(b + FX_FCW) & (FCW_MASKS | FCW_PC | FCW_RC | FCW_X)) | FCW_1);
	x->fsw = get_le16(b + FX_FSW);
	x->tags = b[FX_FTW];
	x->fop = get_le16(b + FX_FOP) & 0x7ff;
	if (i->flags & IN_REXW) {
		x->fip = get_le64(b + FX_FIP);
		x->fdp = get_le64(b + FX_FDP);
		x->fcs = x->fds = 0;
	} else {
		x->fip = get_le32(b + FX_FIP);
		x->fcs = get_le16(b + FX_FCS);
		x->fdp = get_le32(b + FX_FDP);
		x->fds = get_le16(b + FX_FDS);
	}
	for (n = 0; n < 8; n++) {
		x87_st(c, n)->mant = get_le64(b + FX_ST + 16 * n);
		x87_st(c, n)->se = get_le16(b + FX_ST + 16 * n + 8);
	}
}

void op_fxrstor(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t lin = fx_address(c, i, k, false);
	uint16_t was = c->x87.fsw;
	uint8_t b[FX_SIZE];
	unsigned n;

	ld_bytes(k, i, lin, b, FX_SIZE);
	if ((c->cr4 & CR4_OSFXSR) && (get_le32(b + FX_MXCSR) & ~(uint32_t)MXCSR_MASK))
		FAULT_GP(0);
	unpack_x87(c, i, b);
	if (c->cr4 & CR4_OSFXSR) {
		c->mxcsr = get_le32(b + FX_MXCSR);
		for (n = 0; n < xmm_count(i); n++)
			memcpy(&c->xmm[n], b + FX_XMM + 16 * n, 16);
	}
	x87_changed(c, i, k, was);
	NEXT_FRAMED;
}
