/* The local APIC's timer (SDM volume 3A 11.5.4). One input clock is 1 ns of
 * virtual time. */
#include "engine/pc/lapic_timer.h"

#include "engine/pc/pc.h"

static uint64_t timer_divider(const struct lapic *l)
{
	unsigned n = (l->divide & 3) | (l->divide & 8) >> 1;

	return n == 7 ? 1 : 2ull << n;
}

static bool timer_periodic(const struct lapic *l)
{
	return l->lvt[LVT_TIMER] & LVT_PERIODIC;
}

static uint64_t timer_period(const struct lapic *l)
{
	return l->initial * timer_divider(l);
}

uint32_t lapic_timer_current(struct board *b)
{
	const struct lapic *l = &b->pc->lapic;
	uint64_t passed;

	if (!l->timer_on)
		return 0;
	passed = (board_now(b) - l->timer_start) / timer_divider(l);
	if (timer_periodic(l))
		passed %= l->initial;
	return passed < l->initial ? (uint32_t)(l->initial - passed) : 0;
}

void lapic_timer_settle(struct board *b)
{
	struct lapic *l = &b->pc->lapic;
	uint64_t period = timer_period(l), passed;

	if (!l->timer_on)
		return;
	passed = board_now(b) - l->timer_start;
	if (timer_periodic(l))
		l->timer_start += passed / period * period;
	else if (passed >= period)
		l->timer_on = 0;
}

/* Nobody sees a masked timer expire, or one whose last interrupt still waits:
 * they need no event. */
void lapic_timer_arm(struct board *b)
{
	struct lapic *l = &b->pc->lapic;
	uint64_t when = TIME_NEVER;

	lapic_timer_settle(b);
	if (l->timer_on && !(l->lvt[LVT_TIMER] & LVT_MASKED) && !lapic_requested(l, (uint8_t)l->lvt[LVT_TIMER]))
		when = l->timer_start + timer_period(l);
	board_timer_set(b, TIMER_LAPIC, when);
}

void lapic_timer_set_initial(struct board *b, uint32_t v)
{
	struct lapic *l = &b->pc->lapic;

	l->initial = v;
	l->timer_on = v != 0;
	l->timer_start = v ? board_now(b) : 0;
	lapic_timer_arm(b);
}

void lapic_timer_set_divide(struct board *b, uint32_t v)
{
	struct lapic *l = &b->pc->lapic;
	uint32_t left;

	lapic_timer_settle(b);
	left = lapic_timer_current(b);
	l->divide = v & 0xb;
	if (l->timer_on) /* may lie before power-on: arithmetic wraps as it should */
		l->timer_start = board_now(b) - (l->initial - left) * timer_divider(l);
	lapic_timer_arm(b);
}

void lapic_timer(struct board *b, unsigned unit)
{
	struct lapic *l = &b->pc->lapic;

	if (l->timer_on && !(l->lvt[LVT_TIMER] & LVT_MASKED))
		lapic_request(l, (uint8_t)l->lvt[LVT_TIMER], false);
	lapic_timer_arm(b);
	board_update_intr(b);
}
