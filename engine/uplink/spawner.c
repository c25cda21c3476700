/* The spawner, on both sides of its socket; see spawner.h. */
#define _GNU_SOURCE /* close_range, accept4 */
#include "engine/uplink/spawner.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <gio/gio.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/uplink/relay.h"

enum { TEXT = 512 };

struct ask {
	uint32_t job, task;
	char argument[TEXT];
};
struct told {
	uint32_t ok;
	char text[TEXT];
};

struct spawner {
	int fd;
	pid_t pid;
	unsigned count;
	struct spawner_job *jobs;
};

struct service { /* who connects to fd talks to a program, or to another address */
	int fd;
	char **argv;
	char *to;
};

struct spawner_side {
	int fd;
	const struct spawner *of;
	char *folder;
	GArray *services; /* struct service */
	GArray *children; /* pid_t: process groups */
	GArray *fds;      /* struct pollfd */
};

static bool failed(GError **error, const char *what)
{
	int code = errno;

	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "%s: %s", what, g_strerror(code));
	return false;
}

/* ---- passing descriptors ---- */

union control {
	struct cmsghdr header;
	char room[CMSG_SPACE(sizeof(int))];
};

static void send_told(int to, const struct told *told, int fd)
{
	struct iovec part = {(void *)(uintptr_t)told, sizeof(*told)};
	union control control = {.room = {0}};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1};
	struct cmsghdr *c;

	if (fd >= 0) {
		message.msg_control = &control;
		message.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&message);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(int));
	}
	sendmsg(to, &message, MSG_NOSIGNAL);
}

static int receive_told(int from, struct told *told)
{
	struct iovec part = {told, sizeof(*told)};
	union control control;
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)};
	struct cmsghdr *c;
	int fd = -1;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != sizeof(*told)) {
		*told = (struct told){.text = "the spawner has died"};
		return -1;
	}
	c = CMSG_FIRSTHDR(&message);
	if (c && c->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(c), sizeof(int));
	return fd;
}

/* ---- processes ---- */

/* In a child: only these stay open. */
static void keep_only(int fd)
{
	if (fd > 3)
		close_range(3, (unsigned)fd - 1, 0);
	close_range((unsigned)MAX(fd, 2) + 1, ~0u, 0);
}

static void note_child(struct spawner_side *side, pid_t pid)
{
	g_array_append_val(side->children, pid);
}

int spawner_fork(struct spawner_side *side, void (*fn)(int fd, const void *data), const void *data, GError **error)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		failed(error, "socketpair");
		return -1;
	}
	pid = fork();
	if (!pid) {
		setpgid(0, 0);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		keep_only(pair[1]);
		fn(pair[1], data);
		_exit(0);
	}
	close(pair[1]);
	if (pid > 0) {
		note_child(side, pid);
		return pair[0];
	}
	failed(error, "fork");
	close(pair[0]);
	return -1;
}

/* A program with fd as its standard input and output. */
static void become(char *const argv[], int fd)
{
	signal(SIGPIPE, SIG_DFL);
	setpgid(0, 0);
	dup2(fd, 0);
	dup2(fd, 1);
	keep_only(2);
	execvp(argv[0], argv);
	_exit(127);
}

bool spawner_run(struct spawner_side *side, const char *const argv[], int pass, GError **error)
{
	pid_t pid = fork();
	int status = 0;

	if (!pid) {
		int null = open("/dev/null", O_RDONLY);

		signal(SIGPIPE, SIG_DFL);
		dup2(null, 0);
		if (pass >= 0)
			fcntl(pass, F_SETFD, 0);
		keep_only(pass);
		execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	if (pid < 0)
		return failed(error, argv[0]);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!status)
		return true;
	if (WIFEXITED(status) && WEXITSTATUS(status) == 127)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "%s: it cannot be run", argv[0]);
	else if (WIFEXITED(status))
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s ended with status %d", argv[0],
			    WEXITSTATUS(status));
	else
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s was ended by signal %d", argv[0],
			    WTERMSIG(status));
	return false;
}

int spawner_nothing(void)
{
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* ---- services ---- */

const char *spawner_folder(struct spawner_side *side, GError **error)
{
	if (!side->folder)
		side->folder = g_dir_make_tmp("lanyard-XXXXXX", error);
	return side->folder;
}

/* Takes over what service has. */
static char *add_service(struct spawner_side *side, struct service service, GError **error)
{
	struct sockaddr_un un = {.sun_family = AF_UNIX};
	const char *folder = spawner_folder(side, error);

	g_snprintf(un.sun_path, sizeof(un.sun_path), "%s/%u", folder ? folder : "", side->services->len);
	service.fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (!folder || service.fd < 0 || bind(service.fd, (struct sockaddr *)&un, sizeof(un)) ||
	    listen(service.fd, 64)) {
		if (folder)
			failed(error, un.sun_path);
		g_strfreev(service.argv);
		g_free(service.to);
		return NULL;
	}
	g_array_append_val(side->services, service);
	return g_strdup(un.sun_path);
}

char *spawner_serve(struct spawner_side *side, const char *command, GError **error)
{
	struct service service = {.fd = -1};

	return g_shell_parse_argv(command, NULL, &service.argv, error) ? add_service(side, service, error) : NULL;
}

char *spawner_relay(struct spawner_side *side, const char *to, GError **error)
{
	return add_service(side, (struct service){.to = g_strdup(to)}, error);
}

static void start_service(struct spawner_side *side, const struct service *s)
{
	int fd = accept4(s->fd, NULL, NULL, SOCK_CLOEXEC);
	pid_t pid = fd < 0 ? -1 : fork();

	if (!pid && s->to)
		relay_main(fd, s->to);
	if (!pid)
		become(s->argv, fd);
	if (pid > 0)
		note_child(side, pid);
	if (fd >= 0)
		close(fd);
}

static void reap(struct spawner_side *side)
{
	pid_t pid;

	while ((pid = waitpid(-1, NULL, WNOHANG)) > 0)
		for (guint n = 0; n < side->children->len; n++)
			if (g_array_index(side->children, pid_t, n) == pid)
				g_array_remove_index_fast(side->children, n--);
}

/* ---- the process ---- */

static void answer(struct spawner_side *side, const struct ask *ask)
{
	const struct spawner_job *job = ask->job < side->of->count ? &side->of->jobs[ask->job] : NULL;
	struct told told = {.ok = 0};
	g_autoptr(GError) error = NULL;
	int fd = -1;

	if (job && job->kind->task)
		fd = job->kind->task(job->settings, ask->task, ask->argument, side, &error);
	told.ok = fd >= 0;
	g_strlcpy(told.text, error ? error->message : "there is no such task", sizeof(told.text));
	send_told(side->fd, &told, fd);
	if (fd >= 0)
		close(fd);
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *at)
{
	return remove(path);
}

static void side_end(struct spawner_side *side)
{
	for (guint n = 0; n < side->children->len; n++)
		kill(-g_array_index(side->children, pid_t, n), SIGTERM);
	if (side->folder)
		nftw(side->folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	_exit(0);
}

static void wait_for_work(struct spawner_side *side)
{
	struct pollfd row = {.fd = side->fd, .events = POLLIN};

	g_array_set_size(side->fds, 0);
	g_array_append_val(side->fds, row);
	for (guint n = 0; n < side->services->len; n++) {
		row.fd = g_array_index(side->services, struct service, n).fd;
		g_array_append_val(side->fds, row);
	}
	poll((struct pollfd *)(void *)side->fds->data, side->fds->len, 1000);
}

static void side_main(struct spawner_side *side)
{
	struct ask ask;

	for (;;) {
		ssize_t got;

		wait_for_work(side);
		reap(side);
		got = recv(side->fd, &ask, sizeof(ask), MSG_DONTWAIT);
		if (got == sizeof(ask)) {
			ask.argument[TEXT - 1] = 0;
			answer(side, &ask);
		} else if (!got || (got < 0 && errno != EAGAIN && errno != EINTR)) {
			side_end(side);
		}
		for (guint n = 0; n < side->services->len && n + 1 < side->fds->len; n++)
			if (g_array_index(side->fds, struct pollfd, n + 1).revents)
				start_service(side, &g_array_index(side->services, struct service, n));
	}
}

/* Ends with the lab, not by the terminal's signals. */
static void side_start(const struct spawner *s, int fd)
{
	struct spawner_side side = {.fd = fd, .of = s};

	setpgid(0, 0);
	signal(SIGINT, SIG_IGN);
	signal(SIGHUP, SIG_IGN);
	signal(SIGTERM, SIG_IGN);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_IGN);
	keep_only(fd);
	side.services = g_array_new(FALSE, TRUE, sizeof(struct service));
	side.children = g_array_new(FALSE, TRUE, sizeof(pid_t));
	side.fds = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
	side_main(&side);
}

/* ---- the lab's side ---- */

struct spawner *spawner_new(const struct spawner_job *jobs, unsigned count, GError **error)
{
	struct spawner *s = g_new0(struct spawner, 1);
	int pair[2];

	s->count = count;
	s->jobs = g_memdup2(jobs, count * sizeof(*jobs));
	s->fd = -1;
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair)) {
		failed(error, "socketpair");
		spawner_free(s);
		return NULL;
	}
	s->pid = fork();
	if (!s->pid)
		side_start(s, pair[1]);
	s->fd = pair[0];
	close(pair[1]);
	if (s->pid > 0)
		return s;
	failed(error, "fork");
	spawner_free(s);
	return NULL;
}

void spawner_free(struct spawner *s)
{
	if (!s)
		return;
	if (s->fd >= 0)
		close(s->fd);
	if (s->pid > 0)
		while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
			;
	g_free(s->jobs);
	g_free(s);
}

int spawner_ask(struct spawner *s, const char *uplink, unsigned task, const char *argument, GError **error)
{
	struct ask ask = {.task = task};
	struct told told;
	int fd;

	while (ask.job < s->count && strcmp(s->jobs[ask.job].name, uplink) != 0)
		ask.job++;
	g_strlcpy(ask.argument, argument ? argument : "", sizeof(ask.argument));
	if (send(s->fd, &ask, sizeof(ask), MSG_NOSIGNAL) < 0) {
		failed(error, "the spawner");
		return -1;
	}
	fd = receive_told(s->fd, &told);
	if (fd < 0)
		g_set_error_literal(error, G_IO_ERROR, G_IO_ERROR_FAILED, told.text);
	return fd;
}
