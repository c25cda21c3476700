/* Virtual time against the wall clock; see pace.h. */
#define _GNU_SOURCE
#include "engine/clock/pace.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <time.h>

#define SECOND 1000000000ull

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
	*p = (struct pace){.mode = mode, .permille = 1000};
	pace_anchor(p, now);
}

void pace_anchor(struct pace *p, uint64_t now)
{
	p->wall = pace_wall();
	p->virt = p->asked = now;
}

void pace_slow(struct pace *p, unsigned permille, uint64_t now)
{
	p->permille = permille;
	pace_anchor(p, now);
}

/* Virtual time if it had followed the wall clock since the anchor. */
static uint64_t here(const struct pace *p)
{
	return p->virt + (uint64_t)((unsigned __int128)(pace_wall() - p->wall) * p->permille / 1000);
}

uint64_t pace_allowed(struct pace *p, uint64_t now)
{
	uint64_t allowed, expected;

	if (p->mode == PACE_MAX)
		return TIME_NEVER;
	allowed = here(p);
	expected = now > p->asked ? now : p->asked;
	if (allowed <= expected || allowed - expected <= PACE_LATE_NS)
		return allowed;
	/* Half of the backlog stays, or a slow host would be sent to sleep at once. */
	pace_anchor(p, expected + PACE_LATE_NS / 2);
	p->lost += allowed - p->virt;
	return p->virt;
}

int pace_wait(struct pace *p, uint64_t until, struct pollfd *fds, unsigned count)
{
	struct timespec ts = {0, 0};
	uint64_t from, nap;
	int ready;

	p->asked = until;
	if (p->mode == PACE_REALTIME && until != TIME_NEVER) {
		from = here(p);
		if (until > from) {
			nap = (uint64_t)((unsigned __int128)(until - from) * 1000 / p->permille);
			ts.tv_sec = (time_t)(nap / SECOND);
			ts.tv_nsec = (long)(nap % SECOND);
		}
	}
	ready = ppoll(fds, count, until == TIME_NEVER ? NULL : &ts, NULL);
	return ready < 0 && errno != EINTR ? -errno : 0;
}
