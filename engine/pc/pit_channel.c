/* One channel of the 8254 as a function of its clock. A count written between
 * two pulses is loaded by the next one. "Value" below is binary; BCD only
 * changes its modulus and how it is read and written. */
#include "engine/pc/pit_channel.h"

#define STATUS_OUT 0x80
#define STATUS_NULL 0x40

/* a - b, 0 if negative. Starts may lie before power-on and wrap. */
static uint64_t since(uint64_t a, uint64_t b)
{
	return (int64_t)(a - b) > 0 ? a - b : 0;
}

static uint32_t modulus(const struct pit_channel *c)
{
	return c->bcd ? 10000 : 65536;
}
static uint32_t high_half(uint32_t period)
{
	return period - period / 2;
}
static bool periodic(const struct pit_channel *c)
{
	return c->mode == 2 || c->mode == 3;
}
static bool triggered(const struct pit_channel *c)
{
	return c->mode == 1 || c->mode == 5;
}

void pit_channel_settle(struct pit_channel *c, uint64_t t)
{
	if (c->change == TIME_NEVER || (int64_t)(t - c->change) < 0)
		return;
	if (c->mode == 3 && since(c->change, c->start) % c->count == high_half(c->count))
		c->start = c->change - high_half(c->reload);
	else
		c->start = c->change;
	c->count = c->reload;
	c->change = TIME_NEVER;
}

static uint32_t value_at(const struct pit_channel *c, uint64_t t)
{
	uint32_t m = modulus(c), at;
	uint64_t e = since(t, c->start);

	if (c->state != PIT_RUN)
		return c->count % m;
	if (!periodic(c))
		return (c->count % m + m - (uint32_t)(e % m)) % m;
	at = (uint32_t)(e % c->count);
	if (c->mode == 2)
		return (c->count - at) % m;
	/* Mode 3 counts by two, from an even number, once for each half. */
	if (at >= high_half(c->count))
		at -= high_half(c->count);
	return ((c->count & ~1u) - 2 * at) % m;
}

bool pit_channel_out(const struct pit_channel *c, uint64_t t)
{
	uint64_t e = since(t, c->start);
	bool started = (int64_t)(t - c->start) >= 0;

	if (c->state != PIT_RUN)
		return c->mode != 0 || c->done;
	switch (c->mode) {
	case 0: return c->done || e >= c->count;
	case 1: return !started || e >= c->count;
	case 2: return !started || e % c->count != c->count - 1;
	case 3: return e % c->count < high_half(c->count);
	default: return c->done || !started || e != c->count;
	}
}

/* Modes with one pulse or step: the CLK at which OUT rises. */
static uint64_t rise_once(const struct pit_channel *c)
{
	return c->start + c->count + (c->mode >= 4);
}

bool pit_channel_rose(const struct pit_channel *c, uint64_t from, uint64_t to)
{
	uint64_t at;

	if (c->state != PIT_RUN || c->done)
		return false;
	if (periodic(c))
		return c->count > 1 && since(to, c->start) / c->count > since(from, c->start) / c->count;
	at = rise_once(c);
	return (int64_t)(at - from) > 0 && (int64_t)(to - at) >= 0;
}

bool pit_channel_next_edge(const struct pit_channel *c, uint64_t t, uint64_t *at)
{
	uint64_t e = since(t, c->start), begin;

	if (c->state != PIT_RUN || c->done)
		return false;
	if (!periodic(c)) {
		*at = rise_once(c);
		return (int64_t)(*at - t) > 0;
	}
	if (c->count < 2)
		return false;
	begin = c->start + e / c->count * c->count;
	if (c->mode == 3 && e % c->count < high_half(c->count))
		*at = begin + high_half(c->count);
	else
		*at = begin + c->count;
	return true;
}

/* ---- counts and gates ---- */

static uint16_t to_bcd(uint32_t v)
{
	return (uint16_t)(v / 1000 % 10 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10);
}

static uint32_t from_bcd(uint16_t v)
{
	return ((v >> 12) * 1000u + (v >> 8 & 15) * 100u + (v >> 4 & 15) * 10u + (v & 15)) % 10000;
}

static uint16_t read_value(const struct pit_channel *c, uint64_t t)
{
	uint32_t v = value_at(c, t);

	return c->bcd ? to_bcd(v) : (uint16_t)v;
}

/* A period in use ends first: at the end of the cycle or half cycle. */
static void change_period(struct pit_channel *c, uint64_t t)
{
	uint64_t e = since(t, c->start);
	uint64_t begin = c->start + e / c->count * c->count;

	if (c->mode == 3 && e % c->count < high_half(c->count))
		c->change = begin + high_half(c->count);
	else
		c->change = begin + c->count;
}

static void write_count(struct pit_channel *c, uint64_t t, uint16_t raw)
{
	uint32_t n = c->bcd ? from_bcd(raw) : raw;

	c->reload = n ? n : modulus(c);
	if (triggered(c)) {
		c->null_count = 1;
		return;
	}
	if (periodic(c)) {
		if (c->state == PIT_HELD)
			return; /* loaded when GATE rises */
		if (c->state == PIT_RUN && (int64_t)(t - c->start) >= 0) {
			change_period(c, t);
			return;
		}
	}
	c->count = c->reload;
	c->start = t + 1;
	c->done = 0;
	c->state = c->gate ? PIT_RUN : PIT_HELD;
}

/* The count stands still at its value; whole periods are forgotten. */
static void hold(struct pit_channel *c, uint64_t t)
{
	uint64_t e = since(t, c->start);

	if (!periodic(c) && !c->done && e < c->count) {
		c->count -= (uint32_t)e;
	} else {
		uint32_t v = value_at(c, t);

		c->done |= !periodic(c);
		c->count = v;
	}
	c->change = TIME_NEVER;
	c->state = PIT_HELD;
}

void pit_channel_set_gate(struct pit_channel *c, uint64_t t, bool level)
{
	bool rises = level && !c->gate;
	bool falls = !level && c->gate;

	c->gate = level;
	if (falls && !triggered(c) && c->state == PIT_RUN)
		hold(c, t);
	if (!rises || !c->reload)
		return;
	if (triggered(c)) {
		c->count = c->reload;
		c->start = t + 1;
		c->null_count = 0;
		c->state = PIT_RUN;
	} else if (c->state == PIT_HELD) {
		/* A trigger reloads modes 2 and 3; 0 and 4 go on. */
		c->start = periodic(c) ? t + 1 : t;
		if (periodic(c))
			c->count = c->reload;
		c->state = PIT_RUN;
	}
}

/* ---- commands ---- */

void pit_channel_latch_count(struct pit_channel *c, uint64_t t)
{
	if (c->latched)
		return;
	c->latch = read_value(c, t);
	c->latched = c->access == PIT_ACCESS_WORD ? 2 : 1;
}

void pit_channel_latch_status(struct pit_channel *c, uint64_t t)
{
	bool null = triggered(c) ? c->null_count
				 : c->state == PIT_EMPTY || c->change != TIME_NEVER ||
					   (c->state == PIT_RUN && (int64_t)(t - c->start) < 0);

	if (c->status_latched)
		return;
	c->status = (uint8_t)((pit_channel_out(c, t) ? STATUS_OUT : 0) | (null ? STATUS_NULL : 0) | c->access << 4 |
			      c->mode << 1 | c->bcd);
	c->status_latched = 1;
}

void pit_channel_set_mode(struct pit_channel *c, uint64_t t, uint8_t v)
{
	uint8_t mode = v >> 1 & 7;

	c->count = value_at(c, t);
	c->mode = mode > 5 ? mode - 4 : mode; /* 6 and 7 are 2 and 3 */
	c->access = v >> 4 & 3;
	c->bcd = v & 1;
	c->state = PIT_EMPTY;
	c->change = TIME_NEVER;
	c->start = 0;
	c->done = 0;
	c->null_count = 1;
	c->write_high = c->read_high = 0;
	c->latched = c->status_latched = 0;
}

/* The first byte of a word in mode 0 stops the count and lowers OUT. */
static void write_low_byte(struct pit_channel *c, uint64_t t, uint8_t v)
{
	c->write_low = v;
	c->write_high = 1;
	if (c->mode == 0) {
		c->count = value_at(c, t);
		c->done = 0;
		c->state = PIT_EMPTY;
	}
}

void pit_channel_write(struct pit_channel *c, uint64_t t, uint8_t v)
{
	if (c->access == PIT_ACCESS_LOW) {
		write_count(c, t, v);
	} else if (c->access == PIT_ACCESS_HIGH) {
		write_count(c, t, (uint16_t)(v << 8));
	} else if (!c->write_high) {
		write_low_byte(c, t, v);
	} else {
		c->write_high = 0;
		write_count(c, t, (uint16_t)(v << 8 | c->write_low));
	}
}

uint8_t pit_channel_read(struct pit_channel *c, uint64_t t)
{
	uint16_t v = c->latched ? c->latch : read_value(c, t);
	bool high = c->access == PIT_ACCESS_HIGH;

	if (c->status_latched) {
		c->status_latched = 0;
		return c->status;
	}
	if (c->access == PIT_ACCESS_WORD) {
		high = c->read_high;
		c->read_high ^= 1;
	}
	if (c->latched)
		c->latched--;
	return (uint8_t)(high ? v >> 8 : v);
}

bool pit_channel_valid(const struct pit_channel *c)
{
	if (c->mode > 5 || c->access < 1 || c->access > 3 || c->bcd > 1 || c->gate > 1 || c->state > PIT_HELD)
		return false;
	if (c->done > 1 || c->null_count > 1 || c->write_high > 1 || c->read_high > 1 || c->latched > 2 ||
	    c->status_latched > 1)
		return false;
	if (c->count > 65536 || c->reload > 65536 || c->pad)
		return false;
	if (c->change != TIME_NEVER && (!periodic(c) || c->state != PIT_RUN || !c->reload))
		return false;
	return !periodic(c) || c->state != PIT_RUN || c->count;
}
