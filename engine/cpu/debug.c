/* Breakpoints of the debug registers; see debug.h. */
#include "engine/cpu/debug.h"

enum bp_kind { BP_EXEC = 0, BP_WRITE = 1, BP_IO = 2, BP_ACCESS = 3 }; /* DR7.R/Wn */

/* The four breakpoints as a DR6 mask: enabled, of a kind in `kinds` (bit per
 * enum bp_kind), and overlapping [at, at + size). */
static unsigned debug_match(const struct cpu *c, uint64_t at, unsigned size, unsigned kinds)
{
	static const uint8_t bytes[4] = {1, 2, 8, 4}; /* DR7.LENn */
	unsigned hit = 0;

	for (unsigned n = 0; n < 4; n++) {
		unsigned kind = c->dr[7] >> (16 + 4 * n) & 3, len = bytes[c->dr[7] >> (18 + 4 * n) & 3];
		uint64_t from = c->dr[n] & ~(uint64_t)(len - 1);

		if (!(c->dr[7] >> (2 * n) & 3) || !(kinds >> kind & 1))
			continue;
		if (at - from < len || from - at < size)
			hit |= 1u << n;
	}
	return hit;
}

void debug_due(struct cpu *c, uint32_t bits)
{
	c->dr6_due |= bits;
	c->attn |= ATTN_TRAP;
}

static void debug_trap(struct core *k, unsigned hit)
{
	if (hit)
		debug_due(k->cpu, hit);
}

bool debug_exec_hit(struct core *k, uint64_t lin)
{
	struct cpu *c = k->cpu;
	unsigned hit;

	if (c->eflags & FL_RF)
		return false;
	hit = debug_match(c, lin, 1, 1u << BP_EXEC);
	if (hit)
		debug_tell(c, hit);
	return hit;
}

void debug_data_hit(struct core *k, uint64_t lin, unsigned size, bool write)
{
	debug_trap(k, debug_match(k->cpu, lin, size, write ? 1u << BP_WRITE | 1u << BP_ACCESS : 1u << BP_ACCESS));
}

void debug_step(struct cpu *c)
{
	debug_due(c, DR6_BS);
}

void debug_io_hit(struct core *k, uint16_t port, unsigned size)
{
	if (debug_active(k->cpu) && (k->cpu->cr4 & CR4_DE))
		debug_trap(k, debug_match(k->cpu, port, size, 1u << BP_IO));
}
