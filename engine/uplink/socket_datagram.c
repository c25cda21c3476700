/* `mcast`, `udp` and `dgram`: each datagram is one frame as it is, without a header;
 * as QEMU and User Mode Linux have it. System calls carry many at a time. */
#define _GNU_SOURCE /* recvmmsg, sendmmsg */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "engine/uplink/socket.h"

enum { BATCH = 64, ROUNDS = 8, ROOM = 2048, KERNEL_ROOM = 4 << 20 };
_Static_assert(ROOM > UPLINK_FRAME_MAX, "what is too long is seen to be so");

struct datagrams {
	struct uplink *uplink;
	int in, out; /* the same, but of mcast */
	struct endpoint_address to;
	struct endpoint_address only; /* who is heard; size 0: everybody but `own` */
	struct endpoint_address own;
	char *path; /* to be removed at the end; NULL: none */
	unsigned waiting;
	struct frame *frame[BATCH]; /* a reference each */
	struct iovec out_bytes[BATCH], in_bytes[BATCH];
	struct mmsghdr out_head[BATCH], in_head[BATCH];
	struct sockaddr_storage from[BATCH];
	uint8_t room[BATCH][ROOM];
};

/* ---- in ---- */

static bool is_welcome(struct datagrams *d, unsigned n)
{
	struct endpoint_address from = {.size = d->in_head[n].msg_hdr.msg_namelen};

	memcpy(&from.room, &d->from[n], sizeof(from.room));
	if (d->only.size)
		return from.size && endpoint_same(&from, &d->only);
	return !endpoint_same(&from, &d->own);
}

static void prepare(struct datagrams *d, unsigned n)
{
	d->in_bytes[n] = (struct iovec){d->room[n], ROOM};
	d->in_head[n].msg_hdr = (struct msghdr){
		.msg_name = &d->from[n],
		.msg_namelen = sizeof(d->from[n]),
		.msg_iov = &d->in_bytes[n],
		.msg_iovlen = 1,
	};
}

static void datagrams_input(void *self)
{
	struct datagrams *d = self;

	for (unsigned round = 0; round < ROUNDS; round++) {
		int got;

		for (unsigned n = 0; n < BATCH; n++)
			prepare(d, n);
		got = recvmmsg(d->in, d->in_head, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
		for (int n = 0; n < got; n++)
			if (is_welcome(d, (unsigned)n))
				uplink_receive(d->uplink, 1, d->room[n], MIN(d->in_head[n].msg_len, ROOM));
		if (got < BATCH)
			return;
	}
}

static void datagrams_poll(void *self, GArray *fds)
{
	struct pollfd row = {.fd = ((struct datagrams *)self)->in, .events = POLLIN};

	g_array_append_val(fds, row);
}

/* ---- out ---- */

static void datagrams_flush(void *self)
{
	struct datagrams *d = self;
	unsigned at = 0;

	while (at < d->waiting) {
		int sent = sendmmsg(d->out, d->out_head + at, d->waiting - at, MSG_DONTWAIT | MSG_NOSIGNAL);

		if (sent > 0)
			at += (unsigned)sent;
		else if (errno != EINTR) /* this one cannot be sent: nobody is there, or too slow */
			uplink_lost(d->uplink, 1, d->frame[at++]);
	}
	for (unsigned n = 0; n < d->waiting; n++)
		frame_unref(d->frame[n]);
	d->waiting = 0;
}

static void datagrams_send(void *self, unsigned place, struct frame *f)
{
	struct datagrams *d = self;
	unsigned n = d->waiting++;

	d->frame[n] = frame_ref(f);
	d->out_bytes[n] = (struct iovec){f->data, f->size};
	d->out_head[n].msg_hdr = (struct msghdr){
		.msg_name = &d->to.room,
		.msg_namelen = d->to.size,
		.msg_iov = &d->out_bytes[n],
		.msg_iovlen = 1,
	};
	if (d->waiting == BATCH)
		datagrams_flush(d);
}

/* ---- opening ---- */

static void datagrams_close(void *self)
{
	struct datagrams *d = self;

	for (unsigned n = 0; n < d->waiting; n++)
		frame_unref(d->frame[n]);
	if (d->out >= 0 && d->out != d->in)
		close(d->out);
	if (d->in >= 0)
		close(d->in);
	if (d->path)
		unlink(d->path);
	g_free(d->path);
	g_free(d);
}

static int new_socket(int family, GError **error)
{
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), room = KERNEL_ROOM, yes = 1;

	if (fd < 0)
		socket_failed(error, "socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof(room));
	if (family != AF_UNIX)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	return fd;
}

static bool bind_to(int fd, const struct endpoint_address *a, GError **error)
{
	g_autofree char *text = endpoint_text(a);

	return !bind(fd, &a->any, a->size) || socket_failed(error, text);
}

/* What another key of the lab file says. */
static bool other_end(const struct uplink_settings *s, const char *key, struct endpoint_address *a, GError **error)
{
	struct endpoint e;
	bool ok = endpoint_parse(uplink_text(s, key), true, &e, error) &&
		  endpoint_resolve(&e, s->folder, false, a, error);

	endpoint_clear(&e);
	return ok;
}

static bool open_udp(struct datagrams *d, const struct uplink_settings *s, const struct endpoint *e, GError **error)
{
	struct endpoint_address local;

	if (!endpoint_resolve(e, s->folder, false, &d->to, error) || !other_end(s, "localaddr", &local, error))
		return false;
	d->in = d->out = new_socket(local.any.sa_family, error);
	d->only = d->to;
	return d->in >= 0 && bind_to(d->in, &local, error);
}

static bool open_dgram(struct datagrams *d, const struct uplink_settings *s, const struct endpoint *e, GError **error)
{
	struct endpoint_address local;
	const char *path = ((const struct sockaddr_un *)(const void *)&local.room)->sun_path;

	if (!endpoint_resolve(e, s->folder, false, &d->to, error) || !other_end(s, "local", &local, error))
		return false;
	d->in = d->out = new_socket(AF_UNIX, error);
	d->only = d->to;
	unlink(path);
	if (d->in < 0 || !bind_to(d->in, &local, error))
		return false;
	d->path = g_strdup(path);
	return true;
}

static bool join(struct datagrams *d, struct in_addr local, GError **error)
{
	struct ip_mreq group = {.imr_interface = local};
	unsigned char yes = 1;
	g_autofree char *text = endpoint_text(&d->to);

	group.imr_multiaddr = ((const struct sockaddr_in *)(const void *)&d->to.room)->sin_addr;
	if (setsockopt(d->in, IPPROTO_IP, IP_ADD_MEMBERSHIP, &group, sizeof(group)) ||
	    setsockopt(d->out, IPPROTO_IP, IP_MULTICAST_IF, &local, sizeof(local)) ||
	    setsockopt(d->out, IPPROTO_IP, IP_MULTICAST_LOOP, &yes, sizeof(yes)))
		return socket_failed(error, text);
	return true;
}

/* Our own frames come back from the group. They are known by their source, a port
 * that is ours alone: so they leave by a socket of their own. */
static bool open_mcast(struct datagrams *d, const struct uplink_settings *s, const struct endpoint *e, GError **error)
{
	const char *text = uplink_text(s, "localaddr");
	struct sockaddr_in local = {.sin_family = AF_INET};
	struct endpoint_address from = {.size = sizeof(local)};

	if (!endpoint_resolve(e, s->folder, true, &d->to, error))
		return false;
	inet_pton(AF_INET, text ? text : "127.0.0.1", &local.sin_addr);
	memcpy(&from.room, &local, sizeof(local));
	d->in = new_socket(AF_INET, error);
	d->out = d->in < 0 ? -1 : new_socket(AF_INET, error);
	if (d->out < 0 || !bind_to(d->in, &d->to, error) || !bind_to(d->out, &from, error) ||
	    !join(d, local.sin_addr, error))
		return false;
	d->own.size = sizeof(d->own.room);
	return !getsockname(d->out, &d->own.any, &d->own.size) || socket_failed(error, "getsockname");
}

static void *open_as(bool (*open)(struct datagrams *d, const struct uplink_settings *s, const struct endpoint *e,
				  GError **error),
		     struct uplink *u, const struct uplink_settings *s, const struct endpoint *e, GError **error)
{
	struct datagrams *d = g_new0(struct datagrams, 1);

	d->uplink = u;
	d->in = d->out = -1;
	if (open(d, s, e, error)) {
		uplink_take_place(u);
		return d;
	}
	datagrams_close(d);
	return NULL;
}

#define DATAGRAM_SORT(name, verbs) \
	static void *name##_open(struct uplink *u, const struct uplink_settings *s, const struct endpoint *e, \
				 GError **error) \
	{ \
		return open_as(open_##name, u, s, e, error); \
	} \
	const struct socket_sort socket_##name = { \
		.key = #name, \
		.verb = (verbs), \
		.open = name##_open, \
		.close = datagrams_close, \
		.poll = datagrams_poll, \
		.input = datagrams_input, \
		.send = datagrams_send, \
		.flush = datagrams_flush, \
	}

DATAGRAM_SORT(mcast, "is in the group");
DATAGRAM_SORT(udp, "sends to");
DATAGRAM_SORT(dgram, "sends to");
