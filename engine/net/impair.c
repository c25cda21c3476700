/* Dice for one direction of a link. */
#include "engine/net/impair.h"

#include <glib.h>

#include "engine/net/normal.h"

/* True in `share` of `of` cases. */
static bool chance(struct rng *r, uint64_t share, uint64_t of)
{
	if (LIKELY(!share))
		return false;
	return (uint64_t)((unsigned __int128)rng_next(r) * of >> 64) < share;
}

/* 0 to limit - 1, all as likely. */
static uint64_t below(struct rng *r, uint64_t limit)
{
	return (uint64_t)((unsigned __int128)rng_next(r) * limit >> 64);
}

void impair_seed(struct impair *m, uint64_t seed, const char *link, unsigned dir)
{
	static const char *const names[DICE_COUNT] = {"loss", "jitter", "duplicate", "reorder", "corrupt"};

	for (unsigned n = 0; n < DICE_COUNT; n++) {
		g_autofree char *stream = g_strdup_printf("link %s %u %s", link, dir, names[n]);

		rng_seed(&m->dice[n], seed, stream);
	}
}

/* Bursts: first the state of the channel may change, then it decides (E. O. Elliott,
 * "Estimates of error rates for codes on burst-noise channels", 1963). */
bool impair_lost(struct impair *m, const struct link_params *p)
{
	struct rng *r = &m->dice[DICE_LOSS];

	if (!p->good_to_bad)
		m->bad = false;
	else if (chance(r, m->bad ? p->bad_to_good : p->good_to_bad, PPM))
		m->bad = !m->bad;
	return chance(r, m->bad ? p->in_bad : p->loss, PPM);
}

bool impair_duplicated(struct impair *m, const struct link_params *p)
{
	return chance(&m->dice[DICE_DUPLICATE], p->duplicate, PPM);
}

uint64_t impair_delay(struct impair *m, const struct link_params *p)
{
	struct rng *r = &m->dice[DICE_JITTER];
	int64_t delay = (int64_t)p->delay, jitter = (int64_t)p->jitter;

	if (chance(&m->dice[DICE_REORDER], p->reorder, PPM))
		return LINK_DELAY_MIN;
	if (jitter && p->jitter_kind == JITTER_NORMAL)
		delay += (int64_t)((__int128)normal_draw(rng_next(r)) * jitter >> 16);
	else if (jitter)
		delay += (int64_t)below(r, 2 * p->jitter + 1) - jitter;
	return delay < (int64_t)LINK_DELAY_MIN ? LINK_DELAY_MIN : (uint64_t)delay;
}

uint64_t impair_delay_min(const struct link_params *p)
{
	uint64_t early = p->jitter_kind == JITTER_NORMAL ? NORMAL_MAX * p->jitter : p->jitter;

	if (p->reorder || early + LINK_DELAY_MIN > p->delay)
		return LINK_DELAY_MIN;
	return p->delay - early;
}

/* Of `bits` bits each is wrong with p: the frame is whole with (1 - p)^bits. In
 * fixed point, 2^-63 the smallest step; squaring and multiplying. */
static uint64_t whole(uint64_t bit_errors, uint32_t bits)
{
	const uint64_t one = 1ull << 63;
	uint64_t result = one;
	uint64_t base = one - (uint64_t)((unsigned __int128)one * bit_errors / TRILLION);

	for (; bits; bits >>= 1) {
		if (bits & 1)
			result = (uint64_t)((unsigned __int128)result * base >> 63);
		base = (uint64_t)((unsigned __int128)base * base >> 63);
	}
	return result;
}

bool impair_damaged(struct impair *m, const struct link_params *p, uint32_t size, uint32_t *bit)
{
	struct rng *r = &m->dice[DICE_CORRUPT];
	bool damaged = chance(r, p->corrupt, PPM);

	if (p->bit_errors && !damaged)
		damaged = rng_next(r) >> 1 >= whole(p->bit_errors, size * 8);
	if (damaged)
		*bit = (uint32_t)below(r, (uint64_t)size * 8);
	return damaged;
}
