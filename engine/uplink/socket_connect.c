/* `connect`: calls a TCP or UNIX address, again and again after it was refused or
 * ended, each time after a longer pause. */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/clock/pace.h"
#include "engine/uplink/socket.h"
#include "engine/uplink/socket_peer.h"

#define SECOND 1000000000ull
#define PAUSE_MAX (30 * SECOND)
#define SILENCE (10 * SECOND) /* of a neighbour that should be told about */

struct caller {
	struct uplink *uplink;
	struct endpoint_address to;
	char *text;
	int fd; /* while it calls; else -1 */
	struct socket_peer *peer;
	uint64_t again, pause; /* wall clock: when to call next, and how long to wait after that */
	uint64_t since;        /* it is connected */
	bool told;             /* of its silence */
	bool failed;           /* the last call did, which was said */
};

static void caller_close(void *self)
{
	struct caller *c = self;

	socket_peer_free(c->peer, "the lab ends");
	if (c->fd >= 0)
		close(c->fd);
	g_free(c->text);
	g_free(c);
}

/* Says so once, not at each try. */
static void call_failed(struct caller *c, int error)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	if (!c->failed)
		uplink_note(c->uplink, "%s: %s: it will be called again", c->text, g_strerror(error));
	c->failed = true;
	c->again = pace_wall() + c->pause;
	c->pause = MIN(c->pause * 2, PAUSE_MAX);
}

static void answered(struct caller *c)
{
	int fd = c->fd;

	c->fd = -1;
	c->peer = socket_peer_new(c->uplink, fd, c->text);
	c->since = pace_wall();
	c->told = c->failed = false;
	c->pause = SECOND;
}

static void call(struct caller *c)
{
	c->fd = socket(c->to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (c->fd >= 0 && !connect(c->fd, &c->to.any, c->to.size))
		answered(c);
	else if (c->fd < 0 || errno != EINPROGRESS)
		call_failed(c, errno);
}

static void look(struct caller *c)
{
	struct pollfd row = {.fd = c->fd, .events = POLLOUT};
	int error = 0;
	socklen_t size = sizeof(error);

	if (poll(&row, 1, 0) <= 0)
		return;
	getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
	if (error)
		call_failed(c, error);
	else
		answered(c);
}

static void *caller_open(struct uplink *u, const struct uplink_settings *s, const struct endpoint *e, GError **error)
{
	struct caller *c = g_new0(struct caller, 1);

	c->uplink = u;
	c->fd = -1;
	c->pause = SECOND;
	if (!endpoint_resolve(e, s->folder, false, &c->to, error)) {
		caller_close(c);
		return NULL;
	}
	c->text = endpoint_text(&c->to);
	call(c);
	return c;
}

static void caller_poll(void *self, GArray *fds)
{
	struct caller *c = self;
	struct pollfd row = {.fd = c->fd, .events = POLLOUT};

	if (c->peer) {
		row.fd = socket_peer_fd(c->peer);
		row.events = socket_peer_waits(c->peer) ? POLLIN | POLLOUT : POLLIN;
	}
	if (row.fd >= 0)
		g_array_append_val(fds, row);
}

static void hang_up(struct caller *c, const char *why)
{
	socket_peer_free(c->peer, why);
	c->peer = NULL;
	c->again = pace_wall() + c->pause;
}

/* QEMU serves one neighbour at a time and lets the next one wait without a word. */
static void listen_for_silence(struct caller *c)
{
	if (c->told || socket_peer_heard(c->peer) || pace_wall() - c->since < SILENCE)
		return;
	c->told = true;
	uplink_note(c->uplink,
		    "%s has said nothing for 10 s: if it is a QEMU, it may have another neighbour, and serves one at a "
		    "time",
		    c->text);
}

static void caller_input(void *self)
{
	struct caller *c = self;
	const char *why = c->peer ? socket_peer_read(c->peer) : NULL;

	if (why)
		hang_up(c, why);
	else if (c->peer)
		listen_for_silence(c);
	else if (c->fd >= 0)
		look(c);
	else if (pace_wall() >= c->again)
		call(c);
}

static void caller_send(void *self, unsigned place, struct frame *f)
{
	struct caller *c = self;

	if (c->peer)
		socket_peer_send(c->peer, f);
}

static void caller_flush(void *self)
{
	struct caller *c = self;
	const char *why = c->peer ? socket_peer_flush(c->peer) : NULL;

	if (why)
		hang_up(c, why);
}

const struct socket_sort socket_connect = {
	.key = "connect",
	.verb = "calls",
	.open = caller_open,
	.close = caller_close,
	.poll = caller_poll,
	.input = caller_input,
	.send = caller_send,
	.flush = caller_flush,
};
