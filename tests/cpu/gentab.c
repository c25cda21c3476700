/* Tables: what is ours, what must not or cannot be compared, which flags and
 * results the SDM leaves undefined, which bytes of memory are the model's own. */
#include <stdio.h>

#include "engine/base/bytes.h"
#include "tests/cpu/oracle.h"

#define M(name) ZYDIS_MNEMONIC_##name
#define ISA(name) ZYDIS_ISA_SET_##name

bool isa_ours(ZydisISASet isa)
{
	static const uint8_t ours[] = {
		ISA(I86),      ISA(I186),         ISA(I286REAL),   ISA(I286PROTECTED), ISA(I386),     ISA(I486),
		ISA(I486REAL), ISA(PENTIUMREAL),  ISA(PENTIUMMMX), ISA(PPRO),          ISA(CMOV),     ISA(FCMOV),
		ISA(FAT_NOP),  ISA(FXSAVE),       ISA(FXSAVE64),   ISA(LAHF),          ISA(LONGMODE), ISA(PAUSE),
		ISA(POPCNT),   ISA(PREFETCH_NOP), ISA(SSE),        ISA(SSE2),          ISA(SSE2MMX),  ISA(SSE3),
		ISA(SSE3X87),  ISA(SSE4),         ISA(SSEMXCSR),   ISA(SSE_PREFETCH),  ISA(SSSE3),    ISA(SSSE3MMX),
		ISA(X87),      ISA(CMPXCHG16B),   ISA(CLFSH),      ISA(RDRAND),        ISA(RDTSCP),   ISA(RDPMC),
	};

	for (unsigned n = 0; n < ARRAY_LEN(ours); n++)
		if (ours[n] == isa)
			return true;
	return false;
}

struct exclusion {
	ZydisMnemonic mnemonic;
	const char *reason;
};

static const char system_call[] = "enters the kernel of the host";
static const char host_value[] = "its result is the host's own";
static const char host_tables[] = "reads or emulates the host's own tables (UMIP)";
static const char far_target[] = "far transfer: its targets are segments of the host";

static const struct exclusion exclusions[] = {
	{M(SYSCALL), system_call},
	{M(SYSENTER), system_call},
	{M(SYSEXIT), system_call},
	{M(SYSRET), system_call},
	{M(INT), system_call},
	{M(CPUID), host_value},
	{M(RDTSC), host_value},
	{M(RDTSCP), host_value},
	{M(RDRAND), host_value},
	{M(RDPMC), host_value},
	{M(SGDT), host_tables},
	{M(SIDT), host_tables},
	{M(SLDT), host_tables},
	{M(STR), host_tables},
	{M(SMSW), host_tables},
	{M(IRET), far_target},
	{M(IRETD), far_target},
	{M(IRETQ), far_target},
	{M(RSM), "undefined outside SMM on the host, and its microcode need not say so"},
};

const char *excluded_reason(ZydisMnemonic m)
{
	for (unsigned n = 0; n < ARRAY_LEN(exclusions); n++)
		if (exclusions[n].mnemonic == m)
			return exclusions[n].reason;
	return NULL;
}

void excluded_list(void)
{
	for (unsigned n = 0; n < ARRAY_LEN(exclusions); n++)
		printf("  %-10s %s\n", ZydisMnemonicGetString(exclusions[n].mnemonic), exclusions[n].reason);
}

/* Forms that must not run even when the disassembler calls them invalid, for
 * then nothing else stops them. */
bool excluded_bytes(enum oracle_mode mode, const struct form *f)
{
	if (f->map == 1 && f->opcode == 0x01 && f->reg == 0 && !f->mem)
		return true; /* VMCALL and its row: answered by what the host runs on */
	if (f->map == 1)
		return f->opcode == 0x05 || f->opcode == 0x07 || f->opcode == 0x34 || f->opcode == 0x35;
	if (f->map)
		return false;
	switch (f->opcode) {
	case 0x9a:
	case 0xea:
	case 0xca:
	case 0xcb:
	case 0xcf:
	case 0xcd: return true;
	case 0xc4:
	case 0xc5: /* LES, LDS or VEX */
	case 0x62: /* BOUND or EVEX */ return mode == MODE_LONG || !f->mem;
	case 0xff: return f->mem && (f->reg == 3 || f->reg == 5);
	default: return false;
	}
}

/* ---- undefined results ---- */

#define ALL_BUT(flags) (FL_ARITH & ~(flags))

static const struct undefined_flags {
	ZydisMnemonic mnemonic;
	uint32_t flags;
} undefined_flags[] = {
	{M(AND), FL_AF},
	{M(OR), FL_AF},
	{M(XOR), FL_AF},
	{M(TEST), FL_AF},
	{M(MUL), ALL_BUT(FL_CF | FL_OF)},
	{M(IMUL), ALL_BUT(FL_CF | FL_OF)},
	{M(DIV), FL_ARITH},
	{M(IDIV), FL_ARITH},
	{M(BSF), ALL_BUT(FL_ZF)},
	{M(BSR), ALL_BUT(FL_ZF)},
	{M(BT), ALL_BUT(FL_CF | FL_ZF)},
	{M(BTS), ALL_BUT(FL_CF | FL_ZF)},
	{M(BTR), ALL_BUT(FL_CF | FL_ZF)},
	{M(BTC), ALL_BUT(FL_CF | FL_ZF)},
	{M(AAA), FL_OF | FL_SF | FL_ZF | FL_PF},
	{M(AAS), FL_OF | FL_SF | FL_ZF | FL_PF},
	{M(AAD), FL_OF | FL_AF | FL_CF},
	{M(AAM), FL_OF | FL_AF | FL_CF},
	{M(DAA), FL_OF},
	{M(DAS), FL_OF},
};

/* The count of a shift: operand 1 (2 for double shifts) is an immediate or CL. */
static unsigned shift_count(const struct oracle_case *oc, unsigned n)
{
	const ZydisDecodedOperand *op = &oc->op[n];
	uint64_t v = op->type == ZYDIS_OPERAND_TYPE_IMMEDIATE ? op->imm.value.u : oc->in.reg[RCX];

	return (unsigned)v & (oc->op[0].size == 64 ? 63 : 31);
}

static void shift_undefined(struct oracle_case *oc)
{
	unsigned bits = oc->op[0].size, count;

	switch (oc->insn.mnemonic) {
	case M(SHL):
	case M(SHR):
	case M(SALC):
	case M(SAR):
		count = shift_count(oc, 1);
		oc->undefined = count ? FL_AF | (count != 1 ? FL_OF : 0) : 0;
		if (count >= bits && oc->insn.mnemonic != M(SAR))
			oc->undefined |= FL_CF;
		break;
	case M(ROL):
	case M(ROR):
	case M(RCL):
	case M(RCR):
		count = shift_count(oc, 1);
		oc->undefined = count > 1 ? FL_OF : 0;
		break;
	case M(SHLD):
	case M(SHRD):
		count = shift_count(oc, 2);
		oc->undefined = count ? FL_AF | (count != 1 ? FL_OF : 0) : 0;
		oc->dest_undefined = count > bits;
		break;
	default: break;
	}
}

/* FYL2XP1 and F2XM1 say nothing of arguments outside their range. Of the least
 * normal number the functions that return nearly their argument may or may not
 * be denormal, which decides about underflow. */
static bool out_of_range(const struct oracle_case *oc)
{
	unsigned exp = get_le16(oc->in.fx + 40) & 0x7fff;
	uint64_t mant = get_le64(oc->in.fx + 32);

	if (exp == 0x7fff)
		return false;
	if (exp <= 1 &&
	    (oc->insn.mnemonic == M(FSIN) || oc->insn.mnemonic == M(FPTAN) || oc->insn.mnemonic == M(FSINCOS)))
		return mant << 1 == 0 || mant << 1 == ~1ull;
	if (oc->insn.mnemonic == M(FYL2XP1))
		return exp > 0x3ffd || (exp == 0x3ffd && mant >= 0x95f619980c4336f7); /* 1 - sqrt(1/2) */
	return oc->insn.mnemonic == M(F2XM1) && (exp > 0x3fff || (exp == 0x3fff && mant > 1ull << 63));
}

static bool uses_mmx(const struct oracle_case *oc)
{
	for (unsigned n = 0; n < oc->insn.operand_count; n++)
		if (oc->op[n].type == ZYDIS_OPERAND_TYPE_REGISTER &&
		    ZydisRegisterGetClass(oc->op[n].reg.value) == ZYDIS_REGCLASS_MMX)
			return true;
	return false;
}

static void add_ignore(struct oracle_case *oc, unsigned offset, unsigned size)
{
	oc->ignore[oc->ignores++] = (struct ignore){oc->ea + offset, size};
}

/* Opcode, code selector, data pointer: which of them a processor keeps is its
 * own (CPUID.7.EBX bits 6 and 13; SDM 1 8.1.8). */
static void pointers_undefined(struct oracle_case *oc)
{
	switch (oc->insn.mnemonic) {
	case M(FNSAVE):
	case M(FNSTENV):
		if (oc->insn.operand_width == 16)
			add_ignore(oc, 8, 6);
		else
			add_ignore(oc, 16, 12);
		oc->partial = true;
		break;
	case M(FXSAVE):
	case M(FXSAVE64):
		add_ignore(oc, 6, 2);
		if (oc->insn.mnemonic == M(FXSAVE64))
			add_ignore(oc, 16, 8);
		else
			add_ignore(oc, 12, 12);
		add_ignore(oc, 28, 4); /* MXCSR_MASK */
		add_ignore(oc, 416, 96);
		oc->partial = true;
		break;
	case M(PUSHA):
	case M(PUSHAD):
	case M(ENTER):
	case M(CALL):
	case M(FRSTOR):
	case M(FLDENV):
	case M(FXRSTOR):
	case M(FXRSTOR64):
	case M(MASKMOVQ):
	case M(MASKMOVDQU):
	case M(FBSTP): oc->partial = true; break;
	case M(FSTP): /* 80 bits go in two pieces */ oc->partial = oc->ea_size == 10; break;
	default: break;
	}
}

void case_undefined(struct oracle_case *oc)
{
	ZydisMnemonic m = oc->insn.mnemonic;

	for (unsigned n = 0; n < ARRAY_LEN(undefined_flags); n++)
		if (undefined_flags[n].mnemonic == m)
			oc->undefined = undefined_flags[n].flags;
	shift_undefined(oc);
	pointers_undefined(oc);
	oc->mmx = uses_mmx(oc);
	oc->loose_flags = oc->rep;
	if (out_of_range(oc))
		oc->dest_undefined = true;
	if (m == M(BSWAP) && oc->op[0].size == 16)
		oc->dest_undefined = true;
	switch (m) {
	case M(F2XM1):
	case M(FYL2X):
	case M(FYL2XP1):
	case M(FPTAN):
	case M(FPATAN):
	case M(FSIN):
	case M(FCOS):
	case M(FSINCOS): oc->tolerance = APPROX_X87; break;
	case M(RCPPS):
	case M(RCPSS):
	case M(RSQRTPS):
	case M(RSQRTSS): oc->tolerance = APPROX_RCP; break;
	default: break;
	}
}
