/* Signals and what is being written: one that only tells something does not break
 * off a write that waits for its reader. */
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tui/term/term.h"

enum { BYTES = 4096 };

/* In another process: signals, most of which come while the writer waits; then
 * reads all. */
static void signal_and_read(int fd)
{
	char buffer[4096];

	for (unsigned n = 0; n < 100; n++) {
		kill(getppid(), SIGWINCH);
		usleep(2000);
	}
	while (read(fd, buffer, sizeof(buffer)) > 0)
		;
	_exit(0);
}

static const char text[BYTES];

/* Until nothing more goes in: the next write waits before its first byte. */
static void fill(int fd)
{
	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (write(fd, text, sizeof(text)) > 0)
		;
	fcntl(fd, F_SETFL, 0);
}

/* Did a signal break it off? */
static bool broken_off(void)
{
	int fds[2], status;
	bool error;
	pid_t child;
	FILE *f;

	assert_int_equal(pipe(fds), 0);
	fill(fds[1]);
	child = fork();
	if (!child) {
		close(fds[1]);
		signal_and_read(fds[0]);
	}
	close(fds[0]);
	f = fdopen(fds[1], "w");
	error = fwrite(text, 1, sizeof(text), f) != sizeof(text) || fflush(f);
	fclose(f);
	assert_int_equal(waitpid(child, &status, 0), child);
	return error;
}

static void test_window_size(void **state)
{
	term_signals();
	assert_false(term_resized());
	assert_false(broken_off());
	assert_true(term_resized());
	assert_false(term_resized());
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_window_size)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
