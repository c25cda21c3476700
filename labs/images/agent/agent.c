/* The agent's serial line, messages and loop; see agent.h. */
#define _GNU_SOURCE
#include "agent.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define LINE "/dev/ttyS1"
/* Small: what waits here is copied often, and a command that floods the line
 * shall not hold back the others for long. */
#define OUT_SIZE 24576u
/* The host keeps to its window; of one that does not, the line (RTS/CTS) holds
 * what is beyond this. */
#define BACKLOG_MAX (MAX_COMMANDS * MAX_PAYLOAD)
/* The kernel's work after boot is over by then; idle time costs a lab nothing. */
#define QUIET_SECONDS 2

static int line = -1;
static uint8_t in[HEADER_SIZE + MAX_PAYLOAD + 1]; /* one more for a NUL behind text */
static size_t in_size;
static uint8_t out[OUT_SIZE];
static size_t out_size;
static pid_t identity_child;
static bool identity_done, identity_waiting;
static int identity_status;

static void die(const char *what)
{
	fprintf(stderr, "lanyard-agent: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the line ---- */

static void open_line(void)
{
	struct termios t;
	int modem = 0;

	line = open(LINE, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (line < 0 || tcgetattr(line, &t))
		die(LINE);
	cfmakeraw(&t);
	cfsetspeed(&t, B115200);
	t.c_cflag |= CLOCAL | CREAD;
	t.c_cflag &= ~(tcflag_t)HUPCL;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	/* RTS holds the other end while we do not read; but without a CTS from it
	 * we would never send. */
	if (!ioctl(line, TIOCMGET, &modem) && (modem & TIOCM_CTS))
		t.c_cflag |= CRTSCTS;
	if (tcsetattr(line, TCSANOW, &t))
		die(LINE);
	tcflush(line, TCIOFLUSH);
}

bool line_room(size_t size)
{
	return sizeof(out) - out_size >= HEADER_SIZE + size;
}

void line_send(uint8_t type, uint8_t id, const void *head, size_t head_size, const void *data, size_t size)
{
	size_t total = head_size + size;
	uint8_t *p = out + out_size;

	if (!line_room(total))
		abort(); /* our callers ask first */
	memcpy(p,
	       (const uint8_t[]){'L', 'Y', type, id, (uint8_t)total, (uint8_t)(total >> 8), (uint8_t)(total >> 16), 0},
	       HEADER_SIZE);
	if (head_size)
		memcpy(p + HEADER_SIZE, head, head_size);
	if (size)
		memcpy(p + HEADER_SIZE + head_size, data, size);
	out_size += HEADER_SIZE + total;
}

static void write_line(void)
{
	while (out_size) {
		ssize_t n = write(line, out, out_size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN)
			die("write");
		if (n <= 0)
			return;
		out_size -= (size_t)n;
		memmove(out, out + n, out_size);
	}
}

/* ---- messages ---- */

static void start_identity(char *text)
{
	static const char failed[] = "\001cannot start a process";

	if (identity_child || identity_done)
		return; /* one is under way: the host does not wait for its READY */
	identity_child = identity_start(text);
	if (identity_child > 0)
		return;
	identity_child = 0;
	if (line_room(sizeof(failed)))
		line_send(MSG_READY, 0, NULL, 0, failed, sizeof(failed) - 1);
}

static void handle(uint8_t type, uint8_t id, uint8_t *payload, size_t size)
{
	payload[size] = 0; /* in[] has room; the next message is not parsed yet */
	switch (type) {
	case MSG_IDENTITY: start_identity((char *)payload); break;
	case MSG_EXEC: command_start(id, (char *)payload); break;
	case MSG_STDIN: command_input(id, payload, size); break;
	case MSG_KILL: command_kill(id); break;
	default: break; /* a newer host: what we do not know we do not do */
	}
}

/* How many bytes at p are dealt with: a message, or noise to skip; 0: more must come. */
static size_t parse(uint8_t *p, size_t have)
{
	size_t size;
	uint8_t saved;

	if (p[0] != 'L' || (have > 1 && p[1] != 'Y'))
		return 1;
	if (have < HEADER_SIZE)
		return 0;
	size = p[4] | (size_t)p[5] << 8 | (size_t)p[6] << 16 | (size_t)p[7] << 24;
	if (size > MAX_PAYLOAD)
		return 1;
	if (have < HEADER_SIZE + size)
		return 0;
	saved = p[HEADER_SIZE + size];
	handle(p[2], p[3], p + HEADER_SIZE, size);
	p[HEADER_SIZE + size] = saved;
	return HEADER_SIZE + size;
}

static void read_line(void)
{
	ssize_t n = read(line, in + in_size, sizeof(in) - 1 - in_size);
	size_t at = 0, used;

	if (n < 0 && errno != EINTR && errno != EAGAIN)
		die("read");
	if (n <= 0)
		return;
	in_size += (size_t)n;
	while (at < in_size && (used = parse(in + at, in_size - at)))
		at += used;
	in_size -= at;
	memmove(in, in + at, in_size);
}

/* ---- children ---- */

static int watch_children(sigset_t *set)
{
	int fd;

	sigemptyset(set);
	sigaddset(set, SIGCHLD);
	sigaddset(set, SIGUSR1); /* of the child that makes us what the lab file says */
	if (sigprocmask(SIG_BLOCK, set, NULL))
		die("sigprocmask");
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, set, SFD_NONBLOCK | SFD_CLOEXEC);
	if (fd < 0)
		die("signalfd");
	return fd;
}

void child_signals(void)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
}

static void reap(int fd)
{
	struct signalfd_siginfo info;
	int status;
	pid_t pid;

	while (read(fd, &info, sizeof(info)) == sizeof(info))
		identity_waiting |= info.ssi_signo == SIGUSR1;
	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid == identity_child) {
			identity_child = 0;
			identity_done = true;
			identity_status = status;
		} else {
			command_ended(pid, status);
		}
	}
}

/* Memory that runs out shall end what students run, not us. */
static void protect_self(void)
{
	int fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		(void)!write(fd, "-1000", 5);
		close(fd);
	}
}

static void loop(int children)
{
	static struct pollfd fds[2 + 3 * MAX_COMMANDS];

	for (;;) {
		unsigned n;

		fds[0] = (struct pollfd){.fd = line};
		fds[0].events = (short)((command_backlog() < BACKLOG_MAX ? POLLIN : 0) | (out_size ? POLLOUT : 0));
		fds[1] = (struct pollfd){.fd = children, .events = POLLIN};
		n = 2 + command_poll(fds + 2);
		if (poll(fds, n, -1) < 0 && errno != EINTR)
			die("poll");
		if (fds[0].revents & (POLLERR | POLLNVAL))
			die("line");
		reap(children);
		if (fds[0].revents & POLLIN)
			read_line();
		command_pump();
		if (identity_waiting && line_room(MAX_READY)) {
			identity_waiting = false;
			identity_waits();
		}
		if (identity_done && line_room(MAX_READY)) {
			identity_done = false;
			identity_ended(identity_status);
		}
		write_line();
	}
}

int main(void)
{
	sigset_t set;
	int children;

	setenv("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/root", 1);
	setenv("USER", "root", 1);
	protect_self();
	open_line();
	children = watch_children(&set);
	sleep(QUIET_SECONDS);
	line_send(MSG_HELLO, 0, NULL, 0, AGENT_HELLO, strlen(AGENT_HELLO));
	write_line();
	loop(children);
}
