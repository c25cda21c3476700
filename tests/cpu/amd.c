/* Where AMD's processors differ from Intel's in what they define (AMD APM
 * volumes 2 and 3 against the SDM): on such a host these cases show nothing. And
 * what a host's probes (probe.c) have shown that it cannot show. */
#include "engine/base/bytes.h"
#include "tests/cpu/aim.h"
#include "tests/cpu/oracle.h"

#define M(name) ZYDIS_MNEMONIC_##name

static bool has_prefix(const struct oracle_case *oc, uint8_t byte)
{
	for (unsigned n = 0; n < oc->insn.raw.prefix_count; n++)
		if (oc->insn.raw.prefixes[n].value == byte)
			return true;
	return false;
}

/* Near branches in 64-bit mode: a 66 prefix cuts RIP to 16 bits; Intel's ignore
 * it. A REP prefix turns the condition of LOOPE and LOOPNE. */
static bool branch_differs(const struct oracle_case *oc)
{
	ZydisMnemonic m = oc->insn.mnemonic;

	if (oc->mode == MODE_LONG && has_prefix(oc, 0x66))
		return true;
	return (m == M(LOOPE) || m == M(LOOPNE)) && (has_prefix(oc, 0xf2) || has_prefix(oc, 0xf3));
}

/* An x87 store that an unmasked exception holds back: the address is checked
 * all the same. */
static bool store_held_back(const struct oracle_case *oc)
{
	return (get_le16(oc->in.fx) & 0x3f) != 0x3f;
}

/* Near an end of the data window, where the operand may fault. */
static bool near_edge(const struct oracle_case *oc, unsigned reg)
{
	uint64_t in = (oc->in.reg[reg] & (oc->insn.address_width == 64 ? ~0ull : 0xffffffff)) - ORACLE_DATA;

	return in < 256 || in > ORACLE_DATA_SIZE - 256;
}

bool amd_differs(const struct oracle_case *oc)
{
	bool memory = oc->op[0].type == ZYDIS_OPERAND_TYPE_MEMORY;

	if (oc->branch)
		return branch_differs(oc);
	switch (oc->insn.mnemonic) {
	case M(NOP): /* 0F 0D, a prefetch, has no register form */
		return oc->insn.opcode_map == ZYDIS_OPCODE_MAP_0F && oc->insn.opcode == 0x0d && !memory;
	case M(PAUSE): /* with REX.B it is XCHG R8 */ return oc->insn.raw.rex.B;
	case M(MOVSXD): /* reads 32 bits whatever the operand size */ return oc->insn.operand_width == 16;
	case M(LFS): /* REX.W makes no 64-bit pointer */
	case M(LGS):
	case M(LSS): return oc->insn.raw.rex.W;
	case M(CMPSB):
	case M(CMPSW):
	case M(CMPSD):
	case M(CMPSQ): /* which operand is read first */ return near_edge(oc, RSI) || near_edge(oc, RDI);
	case M(POP): /* FS, GS: the alignment of 16 bits or of the slot */ return oc->in.flags & FL_AC;
	case M(FBSTP):
	case M(FIST):
	case M(FISTP):
	case M(FISTTP):
	case M(FST):
	case M(FSTP): return memory && store_held_back(oc);
	case M(DPPD): /* which of several NaNs is kept */
	case M(DPPS): return true;
	default: return false;
	}
}

/* The upper half of the slot that PUSH Sreg writes. */
static void ignore_upper_half(struct oracle_case *oc)
{
	uint64_t sp = oc->in.reg[RSP] - 4;

	sp &= aim_stack_bits(oc) == 16 ? 0xffff : 0xffffffff;
	oc->ignore[oc->ignores++] = (struct ignore){aim_linear(oc, ZYDIS_REGISTER_SS, sp) + 2, 2};
}

static bool is_stack_sreg(const struct oracle_case *oc)
{
	return (oc->insn.mnemonic == M(PUSH) || oc->insn.mnemonic == M(POP)) &&
	       oc->op[0].type == ZYDIS_OPERAND_TYPE_REGISTER &&
	       ZydisRegisterGetClass(oc->op[0].reg.value) == ZYDIS_REGCLASS_SEGMENT;
}

/* All windows end at a multiple of ORACLE_BACK_SIZE. */
static bool at_segment_end(const struct oracle_case *oc)
{
	return (oc->ea & (ORACLE_BACK_SIZE - 1)) > ORACLE_BACK_SIZE - 8;
}

bool host_shows(const struct host_traits *h, struct oracle_case *oc)
{
	if (h->int1_stays && oc->insn.mnemonic == M(INT1))
		return false;
	if (h->bound_whole && oc->insn.mnemonic == M(BOUND) && at_segment_end(oc))
		return false;
	/* They move all of the slot, so all of it is checked, when it is read, too. */
	if (h->push_wide && oc->mode != MODE_LONG && oc->insn.operand_width == 32 && is_stack_sreg(oc)) {
		if (oc->in.reg[RSP] & 3) /* which bytes are checked differs, too */
			return false;
		if (oc->insn.mnemonic == M(PUSH))
			ignore_upper_half(oc);
	}
	return true;
}

bool amd_more(const struct oracle_case *oc)
{
	bool lock = false;
	unsigned n = 0;

	for (; n < oc->len && (oc->bytes[n] < 0x0f || (oc->bytes[n] & 0xe7) == 0x26 || (oc->bytes[n] & 0xfc) == 0x64 ||
			       (oc->bytes[n] & 0xfc) == 0xf0 || (oc->bytes[n] & 0xf0) == 0x40);
	     n++)
		lock |= oc->bytes[n] == 0xf0;
	if (!lock || n + 1 >= oc->len || oc->bytes[n] != 0x0f)
		return false;
	switch (oc->bytes[n + 1]) {
	case 0x00: /* a locked one reads its operand before it is refused */
	case 0x20:
	case 0x22: /* LOCK MOV CR0 is MOV CR8 */ return true;
	default: return false;
	}
}
