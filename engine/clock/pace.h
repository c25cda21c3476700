/* Pacing: how virtual time follows the wall clock. The only reader of the host's
 * clock; nothing that a guest sees depends on it.
 *
 *   realtime  virtual time is never ahead of the wall clock. A run that has
 *             fallen more than PACE_LATE_NS behind by its own doing does not try
 *             to catch up: the two are anchored to each other anew. Time that it
 *             asked to sleep is not lateness, however long it was.
 *   max       as fast as the host can. */
#ifndef LANYARD_CLOCK_PACE_H
#define LANYARD_CLOCK_PACE_H

#include <poll.h>

#include "engine/base/types.h"

#define PACE_LATE_NS 100000000ull

enum pace_mode { PACE_REALTIME, PACE_MAX };

struct pace {
	enum pace_mode mode;
	uint64_t wall, virt; /* these two moments are the same */
	uint64_t asked;      /* virtual time to which the last wait was to go; TIME_NEVER: to no end */
	uint64_t lost;       /* ns by which the wall clock has run away in total */
	unsigned permille;   /* realtime: virtual time passes this many thousandths as fast */
};

/* False if name is neither "realtime" nor "max". */
bool pace_mode_from_name(const char *name, enum pace_mode *mode);
void pace_init(struct pace *p, enum pace_mode mode, uint64_t now);
/* From now on virtual time passes permille thousandths as fast as the wall clock; at least 1. */
void pace_slow(struct pace *p, unsigned permille, uint64_t now);
/* Virtual time starts to run again from now (after a pause). */
void pace_anchor(struct pace *p, uint64_t now);
/* The virtual time that the wall clock allows; TIME_NEVER with max. now is the
 * virtual time reached so far. After a wait that was not cut short it is at least
 * what that asked for. */
uint64_t pace_allowed(struct pace *p, uint64_t now);
/* Sleeps until the wall clock reaches virtual time `until`, or a file descriptor
 * of fds is ready (revents are set), or a signal came; a signal that came just
 * before is seen only if one of fds tells of it (term_wake()). With max it only
 * looks at fds. TIME_NEVER: without an end. Negative errno if poll() fails. */
int pace_wait(struct pace *p, uint64_t until, struct pollfd *fds, unsigned count);
/* Nanoseconds of the wall clock, for display only: rates, refresh intervals. */
uint64_t pace_wall(void);

#endif
