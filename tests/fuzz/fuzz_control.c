/* Fuzzing the control socket: what a client may send to a running lab. The lab
 * goes on all the while, and other clients are served.
 *
 * Input: the bytes that the client sends; a NUL stands for a moment of time. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "tests/lab/lab_test.h"
#include "tui/control/control.h"
#include "tui/control/lab_clock.h"
#include "tui/control/socket_path.h"

#define GUEST "build/guest/netguest.elf"
#define NAME "fuzz"
#define STEP_NS 500000u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerInitialize(int *argc, char ***argv);

static char runtime[] = "/tmp/lanyard-fuzz-XXXXXX";

static void clean(void)
{
	g_autofree char *command = g_strdup_printf("rm -rf %s", runtime);

	if (system(command))
		fprintf(stderr, "%s is left behind\n", runtime);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	if (!mkdtemp(runtime) || setenv("XDG_RUNTIME_DIR", runtime, 1))
		abort();
	atexit(clean);
	return 0;
}

static int connect_to(const char *name)
{
	g_autofree char *dir = socket_dir();
	struct sockaddr_un address;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0 || !socket_address(dir, name, &address, NULL) ||
	    connect(fd, (struct sockaddr *)&address, sizeof(address)))
		abort();
	return fd;
}

static void serve(struct control *c, struct lab *l, int fd)
{
	g_autoptr(GArray) fds = g_array_new(FALSE, TRUE, sizeof(struct pollfd));
	uint64_t until = lab_now(l) + STEP_NS;
	char sink[4096];

	control_poll(c, fds);
	poll((struct pollfd *)(void *)fds->data, fds->len, 0);
	control_serve(c, (struct pollfd *)(void *)fds->data, fds->len);
	while (lab_now(l) < until && lab_step(l, until))
		;
	while (recv(fd, sink, sizeof(sink), MSG_DONTWAIT) > 0)
		;
}

static void talk(struct control *c, struct lab *l, int fd, const uint8_t *data, size_t size)
{
	serve(c, l, fd);
	for (size_t at = 0; at < size;) {
		const uint8_t *nul = memchr(data + at, 0, size - at);
		size_t n = nul ? (size_t)(nul - data) - at : size - at;

		if (n && send(fd, data + at, n, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
			break;
		serve(c, l, fd);
		at += n + 1;
	}
	serve(c, l, fd);
}

static void fail(const GError *error)
{
	fprintf(stderr, "%s\n", error->message);
	abort();
}

/* One lab for all inputs, because booting its image takes a second here; each
 * input has a control server of its own. */
static struct lab *the_lab(void)
{
	static const struct lab_listener silent;
	static const struct lab_options options = {.workers = 1};
	static struct lab *l;
	g_autoptr(GError) error = NULL;

	if (!l)
		l = lab_build(plan_clones(GUEST, 2), &options, &silent, &error);
	if (!l)
		fail(error);
	return l;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct lab *l = the_lab();
	g_autoptr(GError) error = NULL;
	struct control *c = control_claim(NAME, &error);
	struct lab_clock lab_clock = {.pace = PACE_MAX};
	int fd;

	if (!c || !control_open(c, l, "/lab.yaml", &lab_clock, false, &error))
		fail(error);
	fd = connect_to(NAME);
	talk(c, l, fd, data, size);
	close(fd);
	serve(c, l, -1);
	control_free(c);
	return 0;
}
