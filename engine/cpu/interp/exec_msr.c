/* RDMSR, WRMSR, CPUID, and the instructions that read a counter. */
#include "engine/cpu/access.h"
#include "engine/cpu/cpuid.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/msr.h"

void op_rdmsr(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t v;

	core_sync(k, i);
	if (c->cpl != 0 || !msr_read(k, (uint32_t)c->reg[RCX], &v))
		FAULT_GP(0);
	c->reg[RAX] = (uint32_t)v;
	c->reg[RDX] = v >> 32;
	NEXT_FRAMED;
}

void op_wrmsr(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t next = insn_next(c, i);

	core_sync(k, i);
	if (c->cpl != 0 || !msr_write(k, (uint32_t)c->reg[RCX], c->reg[RDX] << 32 | (uint32_t)c->reg[RAX]))
		FAULT_GP(0);
	END_AT(next);
}

void op_cpuid(struct cpu *c, const struct insn *i, struct core *k)
{
	uint32_t leaf = (uint32_t)c->reg[RAX];
	struct cpuid_regs r = cpuid_query(c, leaf, (uint32_t)c->reg[RCX]);

	if (leaf == 1)
		c->ucode_rev = cpuid_microcode(c); /* how the revision is asked for (SDM 3A 9.11.7.1) */
	c->reg[RAX] = r.eax;
	c->reg[RBX] = r.ebx;
	c->reg[RCX] = r.ecx;
	c->reg[RDX] = r.edx;
	NEXT;
}

/* ---- time stamp, counters ---- */

static uint64_t read_tsc(struct core *k, const struct insn *i)
{
	struct cpu *c = k->cpu;

	core_sync(k, i);
	if ((c->cr4 & CR4_TSD) && c->cpl != 0)
		FAULT_GP(0);
	return msr_tsc(k);
}

void op_rdtsc(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t tsc = read_tsc(k, i);

	c->reg[RAX] = (uint32_t)tsc;
	c->reg[RDX] = tsc >> 32;
	NEXT;
}

void op_rdtscp(struct cpu *c, const struct insn *i, struct core *k)
{
	uint64_t tsc = read_tsc(k, i);

	c->reg[RAX] = (uint32_t)tsc;
	c->reg[RDX] = tsc >> 32;
	c->reg[RCX] = (uint32_t)c->tsc_aux;
	NEXT;
}

/* CPUID leaf 0xA says that there are no counters: every index is bad. */
void op_rdpmc(struct cpu *c, const struct insn *i, struct core *k)
{
	core_fault(k, i, EXC_GP, 0);
}
