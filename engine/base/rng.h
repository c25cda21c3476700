/* Seeded random streams: SplitMix64 seeding xoshiro256** (public algorithms by
 * Blackman and Vigna). A stream is a value; equal seeds give equal streams. */
#ifndef LANYARD_BASE_RNG_H
#define LANYARD_BASE_RNG_H

#include "engine/base/types.h"

struct rng {
	uint64_t s[4];
};

/* Independent streams for each (seed, name). name may be NULL. */
void rng_seed(struct rng *r, uint64_t seed, const char *name);
uint64_t rng_next(struct rng *r);

#endif
