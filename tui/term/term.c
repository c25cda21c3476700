/* Raw mode and signals; see term.h. Signal handlers need state in the file's
 * scope; there is one terminal to a process. */
#include "tui/term/term.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "tui/term/status.h"

#define LOOK_MS 200

static struct termios saved;
static volatile sig_atomic_t raw, screen, ended_by, continued, resized, registered;
static volatile sig_atomic_t wake = -1; /* an eventfd */

static const char screen_on[] = "\033[?1049h\033[2J\033[H\033[?25l";
static const char screen_off[] = "\033[0m\033[?25h\033[?1049l";

/* Waits until fd takes something: a signal that wants us to end is noticed soon,
 * and after that nobody waits. */
static bool writable(int fd)
{
	struct pollfd wait = {.fd = fd, .events = POLLOUT};

	for (;;) {
		bool last = ended_by;
		int ready = poll(&wait, 1, last ? 0 : LOOK_MS);

		if (ready > 0 || (ready < 0 && errno != EINTR))
			return ready > 0;
		if (last) {
			errno = EINTR;
			return false;
		}
	}
}

bool term_write(int fd, const void *data, size_t size)
{
	const char *p = data;

	while (size) {
		ssize_t n;

		if (!writable(fd))
			return false;
		n = write(fd, p, size < PIPE_BUF ? size : PIPE_BUF); /* a pipe takes that much at once */
		if (n >= 0) {
			p += n;
			size -= (size_t)n;
		} else if (errno != EINTR && errno != EAGAIN) {
			return false;
		}
	}
	return true;
}

/* Safe in signal handlers: write() and tcsetattr() are. */
void term_restore(void)
{
	if (screen) {
		ssize_t done = write(STDOUT_FILENO, screen_off, sizeof(screen_off) - 1);

		(void)done;
		screen = 0;
	}
	if (raw) {
		tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
		raw = 0;
	}
}

bool term_is_raw(void)
{
	return raw;
}

bool term_raw(void)
{
	struct termios t;

	if (raw)
		return true;
	if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &saved))
		return false;
	t = saved;
	t.c_iflag &= (tcflag_t) ~(BRKINT | ICRNL | IGNCR | INLCR | INPCK | ISTRIP | IXON | PARMRK);
	t.c_oflag &= (tcflag_t)~OPOST;
	t.c_cflag = (t.c_cflag & (tcflag_t) ~(CSIZE | PARENB)) | CS8;
	t.c_lflag &= (tcflag_t) ~(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSADRAIN, &t))
		return false;
	raw = 1;
	if (!registered)
		registered = !atexit(term_restore);
	return true;
}

void term_screen(void)
{
	if (screen)
		return;
	screen = 1;
	term_write(STDOUT_FILENO, screen_on, sizeof(screen_on) - 1);
}

/* Whoever sleeps in poll(), or is about to, notices. */
static void wake_up(void)
{
	int saved_errno = errno;

	if (wake >= 0)
		eventfd_write(wake, 1);
	errno = saved_errno;
}

int term_wake(void)
{
	return wake;
}

void term_awake(void)
{
	eventfd_t count;

	if (wake >= 0)
		eventfd_read(wake, &count);
}

/* The first one is a wish; the second one does not wait for us. */
static void on_end(int sig)
{
	if (ended_by) {
		term_restore();
		signal(sig, SIG_DFL);
		raise(sig);
	}
	ended_by = sig;
	wake_up();
}

static void on_resize(int sig)
{
	resized = 1;
	wake_up();
}

static void on_crash(int sig)
{
	term_restore();
	signal(sig, SIG_DFL);
	raise(sig);
}

/* A file that memory is mapped from was cut under us, or its disk failed. */
static void on_cut_file(int sig)
{
	static const char words[] = "lanyard: a mapped file can no longer be read: was a stored PC cut short?\n";
	ssize_t done;

	term_restore();
	done = write(STDERR_FILENO, words, sizeof(words) - 1);
	(void)done;
	_exit(STATUS_HOST);
}

/* Stops for real, with the terminal as the shell expects it. */
static void on_stop(int sig)
{
	int saved_errno = errno;
	bool was_raw = raw, was_screen = screen;

	term_restore();
	raise(SIGSTOP);
	if (was_raw) {
		raw = 0;
		term_raw();
	}
	if (was_screen)
		term_screen();
	continued = 1;
	wake_up();
	errno = saved_errno;
}

/* SA_RESTART: what is being written goes on; poll() returns all the same. */
static void handle(int sig, void (*handler)(int), int flags)
{
	struct sigaction sa = {.sa_handler = handler, .sa_flags = flags};

	sigemptyset(&sa.sa_mask);
	sigaction(sig, &sa, NULL);
}

void term_signals(void)
{
	static const int end[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
	static const int crash[] = {SIGSEGV, SIGFPE, SIGILL, SIGABRT};

	if (wake < 0)
		wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	for (unsigned n = 0; n < ARRAY_LEN(end); n++)
		handle(end[n], on_end, 0);
	for (unsigned n = 0; n < ARRAY_LEN(crash); n++)
		handle(crash[n], on_crash, 0);
	handle(SIGBUS, on_cut_file, 0);
	handle(SIGTSTP, on_stop, SA_RESTART);
	handle(SIGWINCH, on_resize, SA_RESTART);
	handle(SIGPIPE, SIG_IGN, 0);
}

int term_ended_by(void)
{
	return ended_by;
}

bool term_continued(void)
{
	bool was = continued;

	continued = 0;
	return was;
}

bool term_resized(void)
{
	bool was = resized;

	resized = 0;
	return was;
}

void term_size(unsigned *cols, unsigned *rows)
{
	struct winsize ws;
	bool known = !ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) && ws.ws_col && ws.ws_row;

	*cols = known ? ws.ws_col : 80;
	*rows = known ? ws.ws_row : 24;
}
