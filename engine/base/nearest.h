/* The name that somebody meant: of the names offered, the one with the fewest
 * letters wrong. */
#ifndef LANYARD_BASE_NEAREST_H
#define LANYARD_BASE_NEAREST_H

#include "engine/base/types.h"

struct nearest {
	const char *wanted; /* as written; must live as long as this */
	const char *best;   /* of those offered; NULL: none is near */
	unsigned distance;
};

void nearest_init(struct nearest *n, const char *wanted);
/* name must live as long as n. Of equal ones the first is kept. */
void nearest_offer(struct nearest *n, const char *name);
/* Letters to insert, delete, replace or swap with the next. Names longer than
 * 64 bytes are far from everything. */
unsigned nearest_distance(const char *a, const char *b);

#endif
