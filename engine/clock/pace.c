/* Virtual time against the wall clock; see pace.h. */
#define _GNU_SOURCE
#include "engine/clock/pace.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define SECOND 1000000000ull
#define NAP (SECOND / 2)

uint64_t pace_wall(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * SECOND + (uint64_t)ts.tv_nsec;
}

bool pace_mode_from_name(const char *name, enum pace_mode *mode)
{
	if (!strcmp(name, "realtime"))
		*mode = PACE_REALTIME;
	else if (!strcmp(name, "max"))
		*mode = PACE_MAX;
	else
		return false;
	return true;
}

void pace_init(struct pace *p, enum pace_mode mode, uint64_t now)
{
	*p = (struct pace){.mode = mode};
	pace_anchor(p, now);
}

void pace_anchor(struct pace *p, uint64_t now)
{
	p->wall = pace_wall();
	p->virt = now;
}

uint64_t pace_allowed(struct pace *p, uint64_t now)
{
	uint64_t wall, allowed;

	if (p->mode == PACE_MAX)
		return TIME_NEVER;
	wall = pace_wall();
	allowed = p->virt + (wall - p->wall);
	if (allowed <= now || allowed - now <= PACE_LATE_NS)
		return allowed;
	/* Half of the backlog stays, or a slow host would be sent to sleep at once. */
	p->lost += allowed - now - PACE_LATE_NS / 2;
	p->wall = wall;
	p->virt = now + PACE_LATE_NS / 2;
	return p->virt;
}

int pace_wait(struct pace *p, uint64_t until, struct pollfd *fds, unsigned count)
{
	struct timespec ts = {0, 0};
	uint64_t here;
	int ready;

	if (until == TIME_NEVER) {
		ts.tv_nsec = (long)NAP;
	} else if (p->mode == PACE_REALTIME) {
		here = p->virt + (pace_wall() - p->wall);
		if (until > here) {
			ts.tv_sec = (time_t)((until - here) / SECOND);
			ts.tv_nsec = (long)((until - here) % SECOND);
		}
	}
	ready = ppoll(fds, count, &ts, NULL);
	return ready < 0 && errno != EINTR ? -errno : 0;
}
