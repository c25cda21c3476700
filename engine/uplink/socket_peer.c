/* One neighbour at a byte stream; see socket_peer.h. */
#include "engine/uplink/socket_peer.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/base/bytes.h"
#include "engine/uplink/framing.h"

enum {
	OUT_BYTES = UPLINK_BOUND * (FRAMING_HEADER + UPLINK_FRAME_MAX),
	OUT_BATCH = 65536, /* no need to wait for more */
	READS = 8          /* at a time, so that others have their turn */
};

struct socket_peer {
	struct uplink *uplink;
	char *text;
	int fd;
	unsigned place;
	bool heard;
	const char *broken; /* writing failed */
	struct framing in;
	uint32_t head, tail; /* of out: what is to be sent */
	uint8_t out[OUT_BYTES];
};

static void set_option(int fd, int level, int name, int value)
{
	setsockopt(fd, level, name, &value, sizeof(value)); /* no harm if a socket has none */
}

/* Who has gone without a word is noticed within two minutes. */
static void set_options(int fd)
{
	set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 60);
	set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 15);
	set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

struct socket_peer *socket_peer_new(struct uplink *u, int fd, const char *text)
{
	unsigned place = uplink_take_place(u);
	struct socket_peer *p;

	if (!place) {
		uplink_note(u, "%s was sent away: all places are taken", text);
		close(fd);
		return NULL;
	}
	p = g_new0(struct socket_peer, 1);
	p->uplink = u;
	p->text = g_strdup(text);
	p->fd = fd;
	p->place = place;
	set_options(fd);
	uplink_note(u, "%s is connected, as %u", text, place);
	return p;
}

void socket_peer_free(struct socket_peer *p, const char *why)
{
	if (!p)
		return;
	uplink_note(p->uplink, "%s is gone: %s", p->text, why);
	uplink_leave_place(p->uplink, p->place);
	close(p->fd);
	g_free(p->text);
	g_free(p);
}

int socket_peer_fd(const struct socket_peer *p)
{
	return p->fd;
}
unsigned socket_peer_place(const struct socket_peer *p)
{
	return p->place;
}
bool socket_peer_waits(const struct socket_peer *p)
{
	return p->head != p->tail;
}
bool socket_peer_heard(const struct socket_peer *p)
{
	return p->heard;
}

/* ---- in ---- */

static const char *take_frames(struct socket_peer *p)
{
	const uint8_t *frame;
	uint32_t at = 0, length;
	enum framing_result result;

	while ((result = framing_next(&p->in, &at, &frame, &length)) == FRAMING_FRAME)
		uplink_receive(p->uplink, p->place, frame, length);
	return result == FRAMING_BAD ? "it sent the length of no frame" : NULL;
}

const char *socket_peer_read(struct socket_peer *p)
{
	for (unsigned n = 0; n < READS; n++) {
		uint32_t room;
		uint8_t *to = framing_room(&p->in, &room);
		ssize_t got = recv(p->fd, to, room, 0);
		const char *wrong;

		if (got < 0 && (errno == EAGAIN || errno == EINTR))
			return NULL;
		if (got < 0)
			return g_strerror(errno);
		if (!got)
			return p->in.size ? "it ended in the middle of a frame" : "it closed the connection";
		p->heard = true;
		framing_added(&p->in, (uint32_t)got);
		wrong = take_frames(p);
		if (wrong || (uint32_t)got < room)
			return wrong;
	}
	return NULL;
}

/* ---- out ---- */

const char *socket_peer_flush(struct socket_peer *p)
{
	while (!p->broken && p->head != p->tail) {
		ssize_t sent = send(p->fd, p->out + p->head, p->tail - p->head, MSG_NOSIGNAL);

		if (sent < 0 && (errno == EAGAIN || errno == EINTR))
			break;
		if (sent < 0)
			p->broken = g_strerror(errno);
		else
			p->head += (uint32_t)sent;
	}
	if (p->head == p->tail)
		p->head = p->tail = 0;
	return p->broken;
}

static bool make_room(struct socket_peer *p, uint32_t size)
{
	if (OUT_BYTES - p->tail >= size)
		return true;
	memmove(p->out, p->out + p->head, p->tail - p->head);
	p->tail -= p->head;
	p->head = 0;
	return OUT_BYTES - p->tail >= size;
}

void socket_peer_send(struct socket_peer *p, struct frame *f)
{
	if (p->tail - p->head >= OUT_BATCH)
		socket_peer_flush(p);
	if (p->broken || !make_room(p, FRAMING_HEADER + f->size)) {
		uplink_lost(p->uplink, p->place, f);
		return;
	}
	put_be32(p->out + p->tail, f->size);
	memcpy(p->out + p->tail + FRAMING_HEADER, f->data, f->size);
	p->tail += FRAMING_HEADER + f->size;
}
