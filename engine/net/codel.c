/* CoDel; names and steps follow the pseudocode of RFC 8289 section 5. */
#include "engine/net/codel.h"

/* The largest number whose square is not above n. */
static uint64_t root(uint64_t n)
{
	uint64_t r = 0;

	for (uint64_t bit = 1ull << 31; bit; bit >>= 1)
		if ((r | bit) * (r | bit) <= n)
			r |= bit;
	return r;
}

/* t + INTERVAL / sqrt(count), with 16 bits after the point of the root's square. */
static uint64_t control_law(uint64_t t, uint64_t count)
{
	if (count > 1u << 20)
		count = 1u << 20;
	return t + ((uint64_t)CODEL_INTERVAL << 16) / root(count << 32);
}

/* dodequeue() of the RFC: has the wait been above the target for an interval? */
static bool too_long(struct codel *c, uint64_t since, uint64_t now, uint64_t left)
{
	if (now - since < CODEL_TARGET || left <= CODEL_SMALL)
		c->first_above = 0;
	else if (!c->first_above)
		c->first_above = now + CODEL_INTERVAL;
	else
		return now >= c->first_above;
	return false;
}

static void begin_dropping(struct codel *c, uint64_t now)
{
	uint64_t delta = c->count - c->last_count;

	c->dropping = true;
	c->count = delta > 1 && (int64_t)(now - c->drop_next) < 16ll * CODEL_INTERVAL ? delta : 1;
	c->last_count = c->count;
	c->drop_next = control_law(now, c->count);
}

bool codel_drops(struct codel *c, uint64_t since, uint64_t now, uint64_t left)
{
	bool ok = too_long(c, since, now, left);

	if (!c->dropping) {
		if (ok)
			begin_dropping(c, now);
		return ok;
	}
	c->dropping = ok;
	if (!ok || now < c->drop_next)
		return false;
	c->count++;
	c->drop_next = control_law(c->drop_next, c->count);
	return true;
}

void codel_empty(struct codel *c)
{
	c->first_above = 0;
	c->dropping = false;
}
