/* Commands of the agent: each with pipes for its input and output and a process
 * group of its own. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

enum { STATUS_CANNOT_RUN = 126 };

struct stream {
	int fd;   /* -1: closed */
	int left; /* after the command's end: bytes still to be read */
};

struct command {
	pid_t pid;
	bool ended;
	uint8_t status;
	struct stream stream[2]; /* stdout, stderr */
	int input;               /* -1: closed */
	bool input_end;          /* close it when the queue is empty */
	uint8_t *queue;          /* input not yet taken */
	size_t queue_size, queue_room;
	uint32_t taken; /* bytes of input dealt with that the host does not know of */
};

static struct command *commands[MAX_COMMANDS];
static size_t backlog;
static unsigned turn; /* whose output goes first */

static void close_fd(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

static void close_input(struct command *c)
{
	close_fd(&c->input);
	backlog -= c->queue_size;
	c->taken += (uint32_t)c->queue_size;
	free(c->queue);
	c->queue = NULL;
	c->queue_size = c->queue_room = 0;
}

static void drop(unsigned id)
{
	struct command *c = commands[id];

	close_input(c);
	close_fd(&c->stream[0].fd);
	close_fd(&c->stream[1].fd);
	free(c);
	commands[id] = NULL;
}

/* ---- starting ---- */

static void refuse(uint8_t id, const char *what)
{
	static const uint8_t fd = 2, status = STATUS_CANNOT_RUN;
	char text[128];
	int size = snprintf(text, sizeof(text), "lanyard-agent: %s: %s\n", what, strerror(errno));

	if (line_room(1 + (size_t)size + HEADER_SIZE + 1)) {
		line_send(MSG_OUT, id, &fd, 1, text, (size_t)size);
		line_send(MSG_EXIT, id, &status, 1, NULL, 0);
	}
}

static void run_child(const int pipes[3][2], const char *text)
{
	int fd;

	child_signals();
	setsid();
	for (int n = 0; n < 3; n++)
		if (dup2(pipes[n][n != 0], n) < 0)
			_exit(STATUS_CANNOT_RUN);
	fd = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
	if (fd >= 0)
		(void)!write(fd, "0", 1);
	(void)!chdir("/root");
	execl("/bin/sh", "sh", "-c", text, (char *)NULL);
	_exit(STATUS_CANNOT_RUN);
}

static void close_pipes(int pipes[3][2])
{
	for (int n = 0; n < 3; n++) {
		close_fd(&pipes[n][0]);
		close_fd(&pipes[n][1]);
	}
}

static void adopt(struct command *c, int pipes[3][2])
{
	c->input = pipes[0][1];
	c->stream[0].fd = pipes[1][0];
	c->stream[1].fd = pipes[2][0];
	pipes[0][1] = pipes[1][0] = pipes[2][0] = -1;
	fcntl(c->input, F_SETFL, O_NONBLOCK);
	fcntl(c->stream[0].fd, F_SETFL, O_NONBLOCK);
	fcntl(c->stream[1].fd, F_SETFL, O_NONBLOCK);
}

void command_start(uint8_t id, const char *text)
{
	int pipes[3][2] = {{-1, -1}, {-1, -1}, {-1, -1}};
	struct command *c;

	if (commands[id])
		return; /* the host's mistake; the running one keeps its id */
	c = calloc(1, sizeof(*c));
	if (!c || pipe2(pipes[0], O_CLOEXEC) || pipe2(pipes[1], O_CLOEXEC) || pipe2(pipes[2], O_CLOEXEC)) {
		refuse(id, "pipe");
		goto fail;
	}
	c->pid = fork();
	if (c->pid < 0) {
		refuse(id, "fork");
		goto fail;
	}
	if (!c->pid)
		run_child((const int(*)[2])pipes, text);
	adopt(c, pipes);
	close_pipes(pipes);
	commands[id] = c;
	return;
fail:
	close_pipes(pipes);
	free(c);
}

/* ---- input ---- */

void command_input(uint8_t id, const uint8_t *data, size_t size)
{
	struct command *c = commands[id];

	if (!c)
		return; /* it has ended */
	if (c->input < 0 || c->input_end) {
		c->taken += (uint32_t)size; /* it does not listen any more */
		return;
	}
	if (!size) {
		c->input_end = true;
		return;
	}
	if (c->queue_size + size > c->queue_room) {
		size_t room = c->queue_size + size + MAX_PAYLOAD;
		uint8_t *queue = realloc(c->queue, room);

		if (!queue) {
			close_input(c); /* it sees an early end */
			c->taken += (uint32_t)size;
			return;
		}
		c->queue = queue;
		c->queue_room = room;
	}
	memcpy(c->queue + c->queue_size, data, size);
	c->queue_size += size;
	backlog += size;
}

size_t command_backlog(void)
{
	return backlog;
}

static void feed(struct command *c)
{
	size_t done = 0;

	while (c->input >= 0 && done < c->queue_size) {
		ssize_t n = write(c->input, c->queue + done, c->queue_size - done);

		if (n > 0) {
			done += (size_t)n;
		} else if (errno == EAGAIN) {
			break;
		} else if (errno != EINTR) {
			close_input(c); /* EPIPE: it closed its input, or ended */
			return;
		}
	}
	if (done) {
		c->queue_size -= done;
		backlog -= done;
		c->taken += (uint32_t)done;
		memmove(c->queue, c->queue + done, c->queue_size);
	}
	if (c->input_end && !c->queue_size)
		close_input(c);
}

/* ---- the end ---- */

void command_kill(uint8_t id)
{
	struct command *c = commands[id];

	if (c && !c->ended)
		kill(-c->pid, SIGKILL); /* its group: see setsid() above */
	if (c && !c->ended)
		kill(c->pid, SIGKILL); /* it may not have got to setsid() yet */
}

void command_ended(pid_t pid, int status)
{
	for (unsigned id = 0; id < MAX_COMMANDS; id++) {
		struct command *c = commands[id];

		if (!c || c->ended || c->pid != pid)
			continue;
		c->ended = true;
		c->status = (uint8_t)(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
		/* A process it left behind may hold the pipes for ever: what is in
		 * them now is the last. */
		for (int n = 0; n < 2; n++)
			if (c->stream[n].fd >= 0 && ioctl(c->stream[n].fd, FIONREAD, &c->stream[n].left))
				c->stream[n].left = 0;
		return;
	}
}

/* ---- output ---- */

/* False: there is more, but no room for it. */
static bool pump_stream(uint8_t id, struct command *c, int n)
{
	struct stream *s = &c->stream[n];
	uint8_t data[OUT_CHUNK], fd = (uint8_t)(n + 1);
	size_t want = sizeof(data);
	ssize_t got = 0;

	if (s->fd < 0)
		return true;
	if (c->ended && want > (size_t)s->left)
		want = (size_t)s->left;
	if (!line_room(1 + want))
		return false;
	if (want) {
		got = read(s->fd, data, want);
		if (got < 0 && (errno == EAGAIN || errno == EINTR) && !c->ended)
			return true;
	}
	if (got > 0) {
		line_send(MSG_OUT, id, &fd, 1, data, (size_t)got);
		s->left -= c->ended ? (int)got : 0;
	}
	if (got <= 0 || (c->ended && s->left <= 0))
		close_fd(&s->fd);
	return true;
}

/* Tells the host that it may send more. */
static bool tell_taken(uint8_t id, struct command *c)
{
	const uint8_t n[4] = {(uint8_t)c->taken, (uint8_t)(c->taken >> 8), (uint8_t)(c->taken >> 16),
			      (uint8_t)(c->taken >> 24)};

	if (c->taken < TAKEN_STEP)
		return true;
	if (!line_room(sizeof(n)))
		return false;
	line_send(MSG_TAKEN, id, n, sizeof(n), NULL, 0);
	c->taken = 0;
	return true;
}

static bool pump(unsigned id)
{
	struct command *c = commands[id];

	feed(c);
	if (!tell_taken((uint8_t)id, c))
		return false;
	if (!pump_stream((uint8_t)id, c, 0) || !pump_stream((uint8_t)id, c, 1))
		return false;
	if (!c->ended || c->stream[0].fd >= 0 || c->stream[1].fd >= 0)
		return true;
	if (!line_room(1))
		return false;
	line_send(MSG_EXIT, (uint8_t)id, &c->status, 1, NULL, 0);
	drop(id);
	return true;
}

/* Who finds no room is the first the next time. */
void command_pump(void)
{
	unsigned first = turn;
	bool full = false;

	for (unsigned n = 0; n < MAX_COMMANDS; n++) {
		unsigned id = (first + n) % MAX_COMMANDS;

		if (commands[id] && !pump(id) && !full) {
			full = true;
			turn = id;
		}
	}
}

unsigned command_poll(struct pollfd *fds)
{
	bool room = line_room(1 + OUT_CHUNK); /* else the line's POLLOUT wakes us */
	unsigned n = 0;

	for (unsigned id = 0; id < MAX_COMMANDS; id++) {
		struct command *c = commands[id];

		if (!c)
			continue;
		if (c->input >= 0 && (c->queue_size || c->input_end))
			fds[n++] = (struct pollfd){.fd = c->input, .events = POLLOUT};
		for (int k = 0; k < 2 && room; k++)
			if (c->stream[k].fd >= 0)
				fds[n++] = (struct pollfd){.fd = c->stream[k].fd, .events = POLLIN};
	}
	return n;
}
