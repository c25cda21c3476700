/* `listen`: waits at a TCP or UNIX address and takes many neighbours. */
#define _GNU_SOURCE /* accept4 */
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/uplink/socket.h"
#include "engine/uplink/socket_peer.h"

#define ACCEPTS 64u /* at a time */

struct listener {
	struct uplink *uplink;
	int fd;
	char *path; /* to be removed at the end; NULL: none */
	unsigned count;
	struct socket_peer *peer[UPLINK_PLACES_MAX]; /* the first `count`, in order of coming */
};

/* A socket that its owner left behind, for nobody listens any more. */
static void remove_stale(const struct endpoint_address *a)
{
	const char *path = ((const struct sockaddr_un *)(const void *)&a->room)->sun_path;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct stat st;

	if (!lstat(path, &st) && S_ISSOCK(st.st_mode) && connect(fd, &a->any, a->size) && errno == ECONNREFUSED)
		unlink(path);
	close(fd);
}

static bool open_at(struct listener *l, const struct endpoint_address *a, GError **error)
{
	g_autofree char *text = endpoint_text(a);
	int yes = 1;

	l->fd = socket(a->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (l->fd < 0)
		return socket_failed(error, text);
	setsockopt(l->fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	if (a->any.sa_family == AF_UNIX)
		remove_stale(a);
	if (bind(l->fd, &a->any, a->size) || listen(l->fd, 64))
		return socket_failed(error, text);
	if (a->any.sa_family == AF_UNIX)
		l->path = g_strdup(((const struct sockaddr_un *)(const void *)&a->room)->sun_path);
	return true;
}

static void listener_close(void *self)
{
	struct listener *l = self;

	while (l->count)
		socket_peer_free(l->peer[--l->count], "the lab ends");
	if (l->fd >= 0)
		close(l->fd);
	if (l->path)
		unlink(l->path);
	g_free(l->path);
	g_free(l);
}

static void *listener_open(struct uplink *u, const struct uplink_settings *s, const struct endpoint *e, GError **error)
{
	struct listener *l = g_new0(struct listener, 1);
	struct endpoint_address a;

	l->uplink = u;
	l->fd = -1;
	if (endpoint_resolve(e, s->folder, false, &a, error) && open_at(l, &a, error))
		return l;
	listener_close(l);
	return NULL;
}

static void listener_poll(void *self, GArray *fds)
{
	struct listener *l = self;
	struct pollfd row = {.fd = l->fd, .events = POLLIN};

	g_array_append_val(fds, row);
	for (unsigned n = 0; n < l->count; n++) {
		row.fd = socket_peer_fd(l->peer[n]);
		row.events = socket_peer_waits(l->peer[n]) ? POLLIN | POLLOUT : POLLIN;
		g_array_append_val(fds, row);
	}
}

static void drop_peer(struct listener *l, unsigned n, const char *why)
{
	socket_peer_free(l->peer[n], why);
	for (l->count--; n < l->count; n++)
		l->peer[n] = l->peer[n + 1];
}

static void accept_some(struct listener *l)
{
	for (unsigned n = 0; n < ACCEPTS; n++) {
		struct endpoint_address a = {.size = sizeof(a.room)};
		int fd = accept4(l->fd, &a.any, &a.size, SOCK_NONBLOCK | SOCK_CLOEXEC);
		g_autofree char *text = fd < 0 ? NULL : endpoint_text(&a);
		struct socket_peer *p = fd < 0 ? NULL : socket_peer_new(l->uplink, fd, text);

		if (fd < 0)
			return;
		if (p)
			l->peer[l->count++] = p;
	}
}

static void listener_input(void *self)
{
	struct listener *l = self;

	for (unsigned n = 0; n < l->count;) {
		const char *why = socket_peer_read(l->peer[n]);

		if (why)
			drop_peer(l, n, why);
		else
			n++;
	}
	accept_some(l);
}

static void listener_send(void *self, unsigned place, struct frame *f)
{
	struct listener *l = self;

	for (unsigned n = 0; n < l->count; n++)
		if (socket_peer_place(l->peer[n]) == place)
			socket_peer_send(l->peer[n], f);
}

static void listener_flush(void *self)
{
	struct listener *l = self;

	for (unsigned n = 0; n < l->count;) {
		const char *why = socket_peer_flush(l->peer[n]);

		if (why)
			drop_peer(l, n, why);
		else
			n++;
	}
}

const struct socket_sort socket_listen = {
	.key = "listen",
	.verb = "listens at",
	.many = true,
	.open = listener_open,
	.close = listener_close,
	.poll = listener_poll,
	.input = listener_input,
	.send = listener_send,
	.flush = listener_flush,
};
