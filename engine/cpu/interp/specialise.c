/* See specialise.h. */
#include "engine/cpu/interp/specialise.h"

/* Goes on to the next instruction whatever happens, without a look at the
 * flags: no fault, no exit at which a guest could see them. */
static bool passes(const struct insn *i)
{
	if (i->op == OP_LEA)
		return true;
	if (i->flags & IN_MEM)
		return false;
	switch (i->op) {
	case OP_MOV_EG:
	case OP_MOV_GE:
	case OP_MOV_EI:
	case OP_MOV_ZQ:
	case OP_MOVZX_GB:
	case OP_MOVZX_GW:
	case OP_MOVSX_GB:
	case OP_MOVSX_GW:
	case OP_MOVSXD:
	case OP_BSWAP:
	case OP_NOP: return true;
	default: return i->op >= OP_ADD_EG && i->op <= OP_SHRD_EGC && !op_info(i->op)->flags_in;
	}
}

/* Writes all arithmetic flags, always. Shifts may have a count of zero. */
static bool kills(const struct insn *i)
{
	return i->op >= OP_ADD_EG && i->op <= OP_CMPXCHG_EG && op_info(i->op)->flags_out == FL_ARITH;
}

/* Flags written by in[0] are written again before anybody can read them. */
static bool flags_dead(const struct insn *in, unsigned n)
{
	for (unsigned j = 1; j < n && passes(&in[j]); j++)
		if (kills(&in[j]))
			return true;
	return false;
}

void specialise(struct insn *in, unsigned n)
{
	for (unsigned j = 0; j + 1 < n; j++) {
		insn_fn *fn = fused_handler(&in[j]);

		if (!fn && flags_dead(&in[j], n - j))
			fn = quiet_handler(&in[j]);
		if (fn)
			in[j].fn = fn;
	}
}
