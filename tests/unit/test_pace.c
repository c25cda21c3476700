/* Pacing with the host's real clock, in the loop's own terms: how much virtual
 * time is granted for the sleep that was asked for. Nothing here measures how
 * long the host took, so a busy one changes no verdict. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <unistd.h>

#include "engine/clock/pace.h"

#define MS 1000000ull
#define NAP (150 * MS) /* longer than what counts as late */

/* A lab in which nothing happens for longer than PACE_LATE_NS at a time. */
static void test_nap_is_not_late(void **state)
{
	struct pace p;
	uint64_t now = 1000 * MS, begin = now;

	pace_init(&p, PACE_REALTIME, now);
	for (unsigned n = 0; n < 4; n++) {
		assert_int_equal(pace_wait(&p, now + NAP, NULL, 0), 0);
		assert_true(pace_allowed(&p, now) >= now + NAP);
		now += NAP;
	}
	assert_true(now == begin + 4 * NAP);
}

/* The lab reaches all that was allowed: nothing is lost, however long it slept. */
static void test_no_loss(void **state)
{
	struct pace p;
	uint64_t now = 0;

	pace_init(&p, PACE_REALTIME, now);
	for (unsigned n = 0; n < 3; n++) {
		p.wall -= 10 * NAP; /* as if it had slept that much longer */
		assert_int_equal(pace_wait(&p, now + 12 * NAP, NULL, 0), 0);
		now = pace_allowed(&p, now);
		assert_true(now >= (n + 1) * 12 * NAP);
	}
}

/* Time that passed while nobody asked to sleep is lost beyond the bound. */
static void test_late(void **state)
{
	struct pace p;
	uint64_t allowed;

	pace_init(&p, PACE_REALTIME, 0);
	assert_int_equal(pace_wait(&p, MS, NULL, 0), 0);
	p.wall -= 1000 * MS; /* a second of work */
	allowed = pace_allowed(&p, 0);
	assert_true(allowed >= MS && allowed <= MS + PACE_LATE_NS);
	assert_true(p.lost >= 1000 * MS - PACE_LATE_NS);
}

/* Input cuts a wait short: no more is granted than has passed. */
static void test_woken(void **state)
{
	int fds[2];
	struct pollfd fd = {.events = POLLIN};
	struct pace p;

	assert_int_equal(pipe(fds), 0);
	assert_int_equal(write(fds[1], "x", 1), 1);
	fd.fd = fds[0];
	pace_init(&p, PACE_REALTIME, 0);
	assert_int_equal(pace_wait(&p, 3600000 * MS, &fd, 1), 0);
	assert_int_equal(fd.revents, POLLIN);
	assert_true(pace_allowed(&p, 0) < 3600000 * MS);
	assert_true(p.lost == 0);
	close(fds[0]);
	close(fds[1]);
}

static void test_max(void **state)
{
	struct pace p;

	pace_init(&p, PACE_MAX, 5);
	assert_int_equal(pace_wait(&p, 3600000 * MS, NULL, 0), 0);
	assert_true(pace_allowed(&p, 5) == TIME_NEVER);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nap_is_not_late), cmocka_unit_test(test_no_loss), cmocka_unit_test(test_late),
		cmocka_unit_test(test_woken),           cmocka_unit_test(test_max),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
