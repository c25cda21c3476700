/* Intel 8254 (data sheet 231164): ports, clock and IRQ 0. What a channel does
 * is in pit_channel.c. */
#include "engine/pc/pit.h"

#include "engine/pc/pc.h"
#include "engine/pc/pit_channel.h"

#define READ_BACK_NO_COUNT 0x20
#define READ_BACK_NO_STATUS 0x10

/* ---- clock ---- */

static uint64_t clock_at(uint64_t ns)
{
	return (uint64_t)((unsigned __int128)ns * PIT_HZ / 1000000000u);
}

/* The first nanosecond at which clock_at() is clk. */
static uint64_t clock_to_ns(uint64_t clk)
{
	return (uint64_t)(((unsigned __int128)clk * 1000000000u + PIT_HZ - 1) / PIT_HZ);
}

/* ---- IRQ 0 ---- */

static bool irq_visible(const struct pc *pc)
{
	return pic_irq0_visible(&pc->pic) || ioapic_irq0_visible(&pc->ioapic);
}

static void drive(struct board *b, bool level)
{
	if (b->pc->pit.irq == level)
		return;
	b->pc->pit.irq = level;
	board_set_irq(b, 0, level);
}

void pit_sync(struct board *b)
{
	struct pit *p = &b->pc->pit;
	struct pit_channel *c = &p->channel[0];
	uint64_t now = clock_at(board_now(b)), from = p->synced;
	bool edge = false;

	p->synced = now;
	if (c->change != TIME_NEVER && (int64_t)(now - c->change) >= 0) {
		edge = pit_channel_rose(c, from, c->change);
		from = c->change;
		pit_channel_settle(c, now);
	}
	if (edge || pit_channel_rose(c, from, now)) {
		drive(b, false);
		drive(b, true);
	}
	drive(b, pit_channel_out(c, now));
}

static void arm(struct board *b)
{
	const struct pit *p = &b->pc->pit;
	uint64_t at, when = TIME_NEVER;

	if (irq_visible(b->pc) && pit_channel_next_edge(&p->channel[0], p->synced, &at))
		when = clock_to_ns(at);
	board_timer_set(b, TIMER_PIT, when);
}

void pit_irq_visible_changed(struct board *b)
{
	pit_sync(b);
	arm(b);
}

void pit_timer(struct board *b, unsigned unit)
{
	pit_sync(b);
	arm(b);
}

/* Around every access: channel n as of now ... */
static struct pit_channel *channel_now(struct board *b, unsigned n, uint64_t *now)
{
	struct pit_channel *c = &b->pc->pit.channel[n];

	*now = clock_at(board_now(b));
	if (n == 0)
		pit_sync(b);
	pit_channel_settle(c, *now);
	return c;
}

/* ... and what its new state does to IRQ 0. */
static void channel_changed(struct board *b, unsigned n)
{
	if (n == 0)
		pit_irq_visible_changed(b);
}

static void read_back(struct board *b, uint8_t v)
{
	for (unsigned n = 0; n < 3; n++) {
		struct pit_channel *c;
		uint64_t t;

		if (!(v >> (n + 1) & 1))
			continue;
		c = channel_now(b, n, &t);
		if (!(v & READ_BACK_NO_COUNT))
			pit_channel_latch_count(c, t);
		if (!(v & READ_BACK_NO_STATUS))
			pit_channel_latch_status(c, t);
	}
}

static void write_control(struct board *b, uint8_t v)
{
	struct pit_channel *c;
	unsigned n = v >> 6;
	uint64_t t;

	if (n == 3) {
		read_back(b, v);
		return;
	}
	c = channel_now(b, n, &t);
	if ((v >> 4 & 3) == PIT_ACCESS_LATCH) {
		pit_channel_latch_count(c, t);
		return;
	}
	pit_channel_set_mode(c, t, v);
	TRACE(b, PIT, "channel %u mode %u", n, c->mode);
	channel_changed(b, n);
}

static void write_channel(struct board *b, unsigned n, uint8_t v)
{
	uint64_t t;
	struct pit_channel *c = channel_now(b, n, &t);

	pit_channel_write(c, t, v);
	channel_changed(b, n);
}

static uint8_t read_channel(struct board *b, unsigned n)
{
	uint64_t t;
	struct pit_channel *c = channel_now(b, n, &t);

	return pit_channel_read(c, t);
}

static uint32_t pit_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	return (port & 3) == 3 ? 0xff : read_channel(b, port & 3);
}

static void pit_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	if ((port & 3) == 3)
		write_control(b, (uint8_t)value);
	else
		write_channel(b, port & 3, (uint8_t)value);
}

void pit_set_gate2(struct board *b, bool level)
{
	uint64_t t;
	struct pit_channel *c = channel_now(b, 2, &t);

	pit_channel_set_gate(c, t, level);
}

bool pit_out2(struct board *b)
{
	uint64_t t;
	struct pit_channel *c = channel_now(b, 2, &t);

	return pit_channel_out(c, t);
}

/* ---- the chip ---- */

void pit_attach(struct board *b)
{
	board_map_io(b, &(struct io_range){.base = 0x40, .count = 4, .max_size = 1, .in = pit_in, .out = pit_out});
}

/* The chip has no reset and comes up undefined: here without a count, OUT
 * high, so that nothing happens before somebody programs it. */
void pit_reset(struct board *b)
{
	struct pit *p = &b->pc->pit;

	*p = (struct pit){.synced = clock_at(board_now(b))};
	for (unsigned n = 0; n < 3; n++)
		p->channel[n] = (struct pit_channel){
			.change = TIME_NEVER, .mode = 3, .access = PIT_ACCESS_WORD, .gate = n != 2, .null_count = 1};
	board_timer_set(b, TIMER_PIT, TIME_NEVER);
}

const char *pit_validate(const struct board *b)
{
	const struct pit *p = &b->pc->pit;

	for (unsigned n = 0; n < 3; n++)
		if (!pit_channel_valid(&p->channel[n]))
			return "8254: impossible channel";
	for (unsigned n = 0; n < sizeof(p->pad); n++)
		if (p->pad[n] || p->irq > 1)
			return "8254: impossible IRQ 0";
	return NULL;
}
