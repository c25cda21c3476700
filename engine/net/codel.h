/* CoDel: a queue that drops what has waited too long for too long (RFC 8289). */
#ifndef LANYARD_NET_CODEL_H
#define LANYARD_NET_CODEL_H

#include "engine/base/types.h"

#define CODEL_TARGET 5000000u     /* ns: a wait that is fine */
#define CODEL_INTERVAL 100000000u /* ns: how long it may be exceeded */
#define CODEL_SMALL 1514u         /* bytes: a queue that short is never too long */

struct codel {
	uint64_t first_above; /* when the wait will have been too long for an interval; 0: it is fine */
	uint64_t drop_next;
	uint64_t count, last_count; /* drops of this bad time, and when it began */
	bool dropping;
};

/* A frame that came at `since` is taken from the queue at `now`, `left` bytes stay:
 * is it to be dropped (then the next one is asked about)? */
bool codel_drops(struct codel *c, uint64_t since, uint64_t now, uint64_t left);
/* The queue is empty. */
void codel_empty(struct codel *c);

#endif
