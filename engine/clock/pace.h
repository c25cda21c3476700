/* Pacing: how virtual time follows the wall clock. The only reader of the host's
 * clock; nothing that a guest sees depends on it.
 *
 *   realtime  virtual time is never ahead of the wall clock. A run that has
 *             fallen more than PACE_LATE_NS behind does not try to catch up:
 *             the two are anchored to each other anew.
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
	uint64_t lost;       /* ns by which the wall clock has run away in total */
};

/* False if name is neither "realtime" nor "max". */
bool pace_mode_from_name(const char *name, enum pace_mode *mode);
void pace_init(struct pace *p, enum pace_mode mode, uint64_t now);
/* Virtual time starts to run again from now (after a pause). */
void pace_anchor(struct pace *p, uint64_t now);
/* The virtual time that the wall clock allows; TIME_NEVER with max. now is the
 * virtual time reached so far. */
uint64_t pace_allowed(struct pace *p, uint64_t now);
/* Sleeps until the wall clock reaches virtual time `until`, or a file descriptor
 * of fds is ready (revents are set), or a signal came. With max it only looks at
 * fds. TIME_NEVER: for half a second, so that a signal which came just before is
 * noticed soon. Negative errno if poll() fails. */
int pace_wait(struct pace *p, uint64_t until, struct pollfd *fds, unsigned count);
/* Nanoseconds of the wall clock, for display only: rates, refresh intervals. */
uint64_t pace_wall(void);

#endif
