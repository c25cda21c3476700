/* Time that passes while the processor does nothing: PAUSE, which is a short halt
 * (kernels' busy waits are loops of it), and accesses to ports, which take as long
 * as on a PC. The value says which (ATTN_DOZE, ATTN_BUSY) and until when
 * (TIMER_DOZE). */
#include "engine/pc/pc.h"

static void wait_for(struct board *b, uint32_t attn, uint64_t ns)
{
	b->pc->cpu.attn |= attn;
	board_timer_set(b, TIMER_DOZE, board_after(b) + ns);
}

void board_io_time(void *owner, uint16_t port)
{
	wait_for(owner, ATTN_BUSY, board_io_ns(owner, port));
}

void board_doze(void *owner)
{
	wait_for(owner, ATTN_DOZE, PAUSE_NS);
}

void board_doze_end(void *owner)
{
	struct board *b = owner;

	b->pc->cpu.attn &= ~(uint32_t)(ATTN_DOZE | ATTN_BUSY);
	b->pc->due[TIMER_DOZE] = TIME_NEVER;
}

/* Only where board_run() would do the same: no other timer in between, none at the
 * same time, and not beyond the end of the run. */
bool board_doze_pass(void *owner)
{
	struct board *b = owner;
	uint64_t end = b->pc->due[TIMER_DOZE], now = board_now(b), next;

	b->pc->due[TIMER_DOZE] = TIME_NEVER;
	next = board_next_due(b);
	if (next > b->until)
		next = b->until;
	if (end >= next) {
		b->pc->due[TIMER_DOZE] = end;
		return false;
	}
	if (end > now)
		b->pc->idle_ns += end - now;
	board_doze_end(b);
	core_set_limit_exactly(b->core, board_count_at(b, next));
	return true;
}

const char *board_doze_validate(const struct board *b)
{
	uint64_t end = b->pc->due[TIMER_DOZE];
	bool waits = b->pc->cpu.attn & (ATTN_DOZE | ATTN_BUSY);

	if (waits != (end != TIME_NEVER))
		return "pc: waits without an end";
	if (waits && end > board_now(b) + UINT16_MAX)
		return "pc: waits too long";
	return NULL;
}
