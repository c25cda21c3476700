/* Readers and their buffers. A packet is encoded once for all readers of one
 * format that lost nothing. */
#include "capture/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SEND_EARLY 65536u /* bytes: more than this is not kept until the next flush */

struct reader {
	int fd;
	const struct capture_format *format;
	GByteArray *out; /* whole records, from `sent` on not yet written */
	size_t sent;
	bool socket;
	bool full; /* took no more; not asked again until the next flush */
	bool gone;
	const char *why;
	uint64_t from;               /* when it came ... */
	struct capture_counts *base; /* ... and the counts then */
	struct capture_tally *tally;
};

struct capture_stream {
	const struct capture_session *session;
	size_t limit;
	GPtrArray *readers;
	GByteArray *record; /* the packet, as a reader of `encoded` that lost nothing sees it */
	const struct capture_format *encoded;
	bool finished;
	capture_gone_fn gone;
	void *opaque;
};

/* write() to a pipe nobody reads raises SIGPIPE, and has no flag against it as
 * sockets do. Whether the program ignores it is not for us to decide. */
static ssize_t pipe_write(int fd, const void *data, size_t size)
{
	static const struct timespec now = {0, 0};
	sigset_t broken, before, waiting;
	ssize_t n;
	int error;

	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigpending(&waiting);
	pthread_sigmask(SIG_BLOCK, &broken, &before);
	n = write(fd, data, size);
	error = errno;
	if (n < 0 && error == EPIPE && !sigismember(&waiting, SIGPIPE))
		while (sigtimedwait(&broken, NULL, &now) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = error;
	return n;
}

static ssize_t reader_write(struct reader *r)
{
	const uint8_t *data = r->out->data + r->sent;
	size_t size = r->out->len - r->sent;

	return r->socket ? send(r->fd, data, size, MSG_NOSIGNAL | MSG_DONTWAIT) : pipe_write(r->fd, data, size);
}

/* Writes until the reader takes no more. */
static void reader_pump(struct reader *r)
{
	while (!r->gone && !r->full && r->sent < r->out->len) {
		ssize_t n = reader_write(r);

		if (n > 0) {
			r->sent += (size_t)n;
		} else if (n < 0 && errno == EINTR) {
			continue;
		} else if (n == 0 || errno == EAGAIN || errno == EWOULDBLOCK) {
			r->full = true;
			break;
		} else {
			r->gone = true;
			r->why = errno == EPIPE || errno == ECONNRESET ? NULL : g_strerror(errno);
		}
	}
	if (r->gone || r->sent == r->out->len) {
		g_byte_array_set_size(r->out, 0);
		r->sent = 0;
	} else if (r->sent > r->out->len / 2) {
		g_byte_array_remove_range(r->out, 0, (guint)r->sent);
		r->sent = 0;
	}
}

static size_t reader_waiting(const struct reader *r)
{
	return r->out->len - r->sent;
}

static uint64_t reader_lost(const struct capture_stream *st, const struct reader *r)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < st->session->count; i++)
		lost += r->tally[i].lost;
	return lost;
}

static void reader_free(struct capture_stream *st, struct reader *r)
{
	if (st->gone)
		st->gone(st->opaque, r->fd, reader_lost(st, r), r->why);
	close(r->fd);
	g_byte_array_free(r->out, TRUE);
	g_free(r->base);
	g_free(r->tally);
	g_free(r);
}

/* Lets go of those who left while they were written to. */
static void stream_sweep(struct capture_stream *st)
{
	for (unsigned i = 0; i < st->readers->len;) {
		struct reader *r = st->readers->pdata[i];

		if (!r->gone) {
			i++;
			continue;
		}
		g_ptr_array_remove_index(st->readers, i);
		reader_free(st, r);
	}
}

struct capture_stream *capture_stream_new(const struct capture_session *s, size_t limit)
{
	struct capture_stream *st = g_new0(struct capture_stream, 1);

	st->session = s;
	st->limit = limit ? limit : STREAM_LIMIT;
	st->readers = g_ptr_array_new();
	st->record = g_byte_array_new();
	return st;
}

void capture_stream_tell(struct capture_stream *st, capture_gone_fn gone, void *opaque)
{
	st->gone = gone;
	st->opaque = opaque;
}

static bool is_socket(int fd)
{
	int type;
	socklen_t size = sizeof(type);

	return getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &size) == 0;
}

void capture_stream_add(struct capture_stream *st, int fd, const struct capture_format *format)
{
	const struct capture_session *s = st->session;
	struct reader *r = g_new0(struct reader, 1);
	int flags = fcntl(fd, F_GETFL);

	r->fd = fd;
	r->format = format;
	r->socket = is_socket(fd);
	r->out = g_byte_array_new();
	r->from = s->now;
	r->base = g_new0(struct capture_counts, s->count);
	r->tally = g_new0(struct capture_tally, s->count);
	for (unsigned i = 0; i < s->count; i++)
		r->base[i] = s->ifaces[i].counts;
	/* A descriptor that would block would stop the lab. */
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		r->gone = true;
		r->why = g_strerror(errno);
	}
	g_ptr_array_add(st->readers, r);
	if (!r->gone)
		format->header(r->out, s);
	capture_stream_flush(st);
}

bool capture_stream_remove(struct capture_stream *st, int fd)
{
	bool found = false;

	for (unsigned i = 0; i < st->readers->len; i++) {
		struct reader *r = st->readers->pdata[i];

		if (r->fd == fd)
			found = r->gone = true;
	}
	stream_sweep(st);
	return found;
}

unsigned capture_stream_readers(const struct capture_stream *st)
{
	return st->readers->len;
}

/* The record in the form for this reader; in st->record. */
static void record_encode(struct capture_stream *st, const struct reader *r, const struct capture_packet *p)
{
	struct capture_packet after_gap = *p;

	after_gap.missing = r->tally[p->iface].missing;
	if (!after_gap.missing && st->encoded == r->format)
		return;
	g_byte_array_set_size(st->record, 0);
	r->format->packet(st->record, &after_gap);
	st->encoded = after_gap.missing ? NULL : r->format;
}

static void reader_packet(struct capture_stream *st, struct reader *r, const struct capture_packet *p)
{
	struct capture_tally *t = &r->tally[p->iface];

	record_encode(st, r, p);
	if (reader_waiting(r) + st->record->len > st->limit)
		reader_pump(r);
	if (r->gone)
		return;
	if (reader_waiting(r) + st->record->len > st->limit) {
		t->lost++;
		t->missing++;
		return;
	}
	g_byte_array_append(r->out, st->record->data, st->record->len);
	t->delivered++;
	t->missing = 0;
	if (reader_waiting(r) >= SEND_EARLY)
		reader_pump(r);
}

void capture_stream_packet(struct capture_stream *st, const struct capture_packet *p)
{
	if (LIKELY(!st->readers->len) || st->finished)
		return;
	st->encoded = NULL;
	for (unsigned i = 0; i < st->readers->len; i++)
		reader_packet(st, st->readers->pdata[i], p);
	stream_sweep(st);
}

void capture_stream_flush(struct capture_stream *st)
{
	for (unsigned i = 0; i < st->readers->len; i++) {
		struct reader *r = st->readers->pdata[i];

		r->full = false;
		reader_pump(r);
	}
	stream_sweep(st);
}

unsigned capture_stream_poll(const struct capture_stream *st, struct pollfd *fds, unsigned room)
{
	unsigned count = 0;

	for (unsigned i = 0; i < st->readers->len; i++) {
		const struct reader *r = st->readers->pdata[i];

		if (!reader_waiting(r))
			continue;
		if (count < room)
			fds[count] = (struct pollfd){.fd = r->fd, .events = POLLOUT};
		count++;
	}
	return count;
}

/* The counts are few and come once: they may exceed the limit. */
static void reader_finish(struct capture_stream *st, struct reader *r)
{
	const struct capture_session *s = st->session;

	if (!r->format->summary)
		return;
	for (unsigned i = 0; i < s->count; i++) {
		struct capture_summary sum = capture_summarize(s, i, r->from, &r->base[i], &r->tally[i]);

		r->format->summary(r->out, &sum);
	}
}

void capture_stream_finish(struct capture_stream *st)
{
	if (st->finished)
		return;
	st->finished = true;
	for (unsigned i = 0; i < st->readers->len; i++)
		reader_finish(st, st->readers->pdata[i]);
	capture_stream_flush(st);
}

void capture_stream_free(struct capture_stream *st)
{
	if (!st)
		return;
	capture_stream_finish(st);
	capture_stream_flush(st);
	for (unsigned i = 0; i < st->readers->len; i++)
		reader_free(st, st->readers->pdata[i]);
	g_ptr_array_free(st->readers, TRUE);
	g_byte_array_free(st->record, TRUE);
	g_free(st);
}

uint64_t capture_stream_lost(const struct capture_stream *st)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < st->readers->len; i++)
		lost += reader_lost(st, st->readers->pdata[i]);
	return lost;
}
