/* Going on in the background; see detach.h. */
#include "tui/session/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tui/term/status.h"
#include "tui/term/term.h"

#define LOOK_MS 200

static int reap(const char *command, pid_t child)
{
	int code;

	while (waitpid(child, &code, 0) < 0)
		if (errno != EINTR)
			return STATUS_HOST;
	if (WIFEXITED(code) && WEXITSTATUS(code))
		return WEXITSTATUS(code);
	fprintf(stderr, "lanyard %s: the lab ended before it had come up\n", command);
	return STATUS_HOST;
}

/* The parent waits for one byte, the status so far. The child is in a session
 * of its own: what the terminal tells us, we pass on. */
static int wait_started(const char *command, int fd, pid_t child)
{
	struct pollfd p = {.fd = fd, .events = POLLIN};
	uint8_t status;
	bool told = false;

	for (;;) {
		int sig = term_ended_by();

		if (sig && !told) {
			kill(child, sig);
			told = true;
		}
		if (poll(&p, 1, LOOK_MS) > 0)
			break;
	}
	if (read(fd, &status, 1) == 1 && status == STATUS_DONE)
		return STATUS_DONE;
	return reap(command, child); /* it failed, or died without a word */
}

int detach_reap(const char *command, pid_t child)
{
	int code;

	while (waitpid(child, &code, 0) < 0)
		if (errno != EINTR)
			return STATUS_HOST;
	return WIFEXITED(code) ? WEXITSTATUS(code) : STATUS_HOST;
}

int detach(const char *command, int *status, pid_t *pid)
{
	int fds[2];
	pid_t child;

	*status = STATUS_HOST;
	fflush(NULL);
	term_signals();
	if (pipe(fds) || (child = fork()) < 0) {
		fprintf(stderr, "lanyard %s: --detach: %s\n", command, g_strerror(errno));
		return -1;
	}
	*pid = child;
	if (child) {
		close(fds[1]);
		*status = wait_started(command, fds[0], child);
		close(fds[0]);
		return -1;
	}
	close(fds[0]);
	setsid();
	fcntl(fds[1], F_SETFD, FD_CLOEXEC);
	return fds[1];
}

static void let_go(void)
{
	int null = open("/dev/null", O_RDWR | O_CLOEXEC);

	if (null < 0)
		return;
	for (int n = 0; n < 3; n++)
		dup2(null, n);
	if (null > 2)
		close(null);
}

void detach_done(int fd, int status)
{
	uint8_t byte = (uint8_t)status;

	fflush(NULL);
	if (status == STATUS_DONE)
		let_go();
	if (write(fd, &byte, 1) != 1)
		byte = 0; /* nobody waits any more */
	close(fd);
}
