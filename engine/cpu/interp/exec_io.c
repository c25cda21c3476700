/* IN and OUT; see exec_io.h. They end the block, because a device may have raised
 * an interrupt, moved a timer, or stopped the machine. */
#include "engine/cpu/interp/exec_io.h"

#include "engine/cpu/access.h"
#include "engine/cpu/debug.h"
#include "engine/cpu/interp/exec_system.h"
#include "engine/cpu/seg.h"

#define TSS32_IOBASE 0x66

static bool bitmap_allows(struct core *k, uint16_t port, unsigned size)
{
	struct cpu *c = k->cpu;
	unsigned mask = ((1u << size) - 1) << (port & 7), base, at;

	if (!(c->tr.attr & ATTR_P) || !(c->tr.attr & SYS_32BIT) || c->tr.limit < TSS32_IOBASE + 1)
		return false;
	base = (unsigned)sys_load(k, sys_lin(k, c->tr.base + TSS32_IOBASE), 2);
	at = base + port / 8;
	/* Two bytes are always read: the map must have one byte to spare. */
	if (at + 1 > c->tr.limit)
		return false;
	return !(sys_load(k, sys_lin(k, c->tr.base + at), 2) & mask);
}

void io_check(struct core *k, const struct insn *i, uint16_t port, unsigned size)
{
	struct cpu *c = k->cpu;

	if (!cpu_protected(c) || (!cpu_v86(c) && c->cpl <= cpu_iopl(c)))
		return;
	if (!bitmap_allows(k, port, size))
		core_fault(k, NULL, EXC_GP, 0);
}

static unsigned io_size(const struct insn *i)
{
	return INSN_OSZ(i) == 0 ? 1 : INSN_OSZ(i) == 1 ? 2 : 4;
}

static void io_in(struct core *k, const struct insn *i, uint16_t port)
{
	unsigned size = io_size(i);
	uint32_t v;

	core_sync(k, i);
	io_check(k, i, port, size);
	v = k->bus->in(k->owner, port, size);
	if (size == 1)
		w8(k->cpu, 8 * RAX, (uint8_t)v);
	else if (size == 2)
		w16(k->cpu, 8 * RAX, (uint16_t)v);
	else
		w32(k->cpu, 8 * RAX, v);
	debug_io_hit(k, port, size);
	k->bus->io_time(k->owner, port);
}

static void io_out(struct core *k, const struct insn *i, uint16_t port)
{
	unsigned size = io_size(i);
	uint32_t v = r32(k->cpu, 8 * RAX);

	core_sync(k, i);
	io_check(k, i, port, size);
	k->bus->out(k->owner, port, size == 1 ? v & 0xff : size == 2 ? v & 0xffff : v, size);
	debug_io_hit(k, port, size);
	k->bus->io_time(k->owner, port);
}

void op_in_imm(struct cpu *c, const struct insn *i, struct core *k)
{
	io_in(k, i, (uint8_t)i->imm);
	END_NEXT;
}

void op_in_dx(struct cpu *c, const struct insn *i, struct core *k)
{
	io_in(k, i, (uint16_t)c->reg[RDX]);
	END_NEXT;
}

void op_out_imm(struct cpu *c, const struct insn *i, struct core *k)
{
	io_out(k, i, (uint8_t)i->imm);
	END_NEXT;
}

void op_out_dx(struct cpu *c, const struct insn *i, struct core *k)
{
	io_out(k, i, (uint16_t)c->reg[RDX]);
	END_NEXT;
}
