/* Chips driven as a guest does; see chips.h. */
#include "tests/unit/chips.h"

uint8_t in(struct board *b, uint16_t port)
{
	return (uint8_t)b->core->bus->in(b, port, 1);
}

void out(struct board *b, uint16_t port, uint8_t v)
{
	b->core->bus->out(b, port, v, 1);
}

uint32_t rd(struct board *b, uint64_t addr)
{
	return (uint32_t)mem_read(&b->mem, addr, 4);
}

void wr(struct board *b, uint64_t addr, uint32_t v)
{
	mem_write(&b->mem, addr, v, 4);
}

bool intr(struct board *b)
{
	return b->pc->cpu.attn & ATTN_INTR;
}

void pass(struct board *b, uint64_t ns)
{
	uint64_t end = board_now(b) + ns;

	b->pc->cpu.attn |= ATTN_HALT;
	board_run(b, end);
	/* What is due at the end itself is left to the next run: do it now. */
	for (unsigned t = 0; t < PC_TIMERS; t++) {
		if (b->pc->due[t] <= end) {
			b->pc->due[t] = TIME_NEVER;
			pc_timer_run(b, t);
		}
	}
}

void pic_init(struct board *b)
{
	static const uint8_t icw[4] = {0x08, 0x70, 0x04, 0x02};

	for (unsigned n = 0; n < 2; n++) {
		uint16_t port = n ? 0xa0 : 0x20;

		out(b, port, 0x11);
		out(b, port + 1, icw[n]);
		out(b, port + 1, icw[2 + n]);
		out(b, port + 1, 0x01);
	}
}

struct board *with_pic(uint16_t open)
{
	struct board *b = board_new(1 << 20);

	pic_init(b);
	out(b, 0x21, (uint8_t)~open);
	out(b, 0xa1, (uint8_t)(~open >> 8));
	return b;
}

void done(struct board *b)
{
	assert_null(chips_validate(b));
	board_free(b);
}
