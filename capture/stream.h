/* Live captures: any number of readers at file descriptors (a pipe to
 * Wireshark, a control socket), each with a header of its own from the moment
 * it came. Nothing here ever waits: what a reader does not take in time waits
 * in a buffer of limited size, then packets are lost, by count, and the next
 * one that fits says how many. */
#ifndef LANYARD_CAPTURE_STREAM_H
#define LANYARD_CAPTURE_STREAM_H

#include <poll.h>

#include "capture/format.h"

#define STREAM_LIMIT (4u << 20) /* bytes waiting per reader, default */

/* A reader has gone (or the stream ends) and its descriptor is closed after
 * this call; lost: packets that it missed; why: NULL if it went in order, as
 * when the other end was closed. Calls no function of this stream. */
typedef void (*capture_gone_fn)(void *opaque, int fd, uint64_t lost, const char *why);

struct capture_stream;
/* The session must outlive it. limit 0: the default. */
struct capture_stream *capture_stream_new(const struct capture_session *s, size_t limit);
void capture_stream_tell(struct capture_stream *st, capture_gone_fn gone, void *opaque);
/* Takes the descriptor over, makes it non-blocking, and queues the header. */
void capture_stream_add(struct capture_stream *st, int fd, const struct capture_format *format);
/* Lets a reader go: what waits for it is lost. False if it is not here. */
bool capture_stream_remove(struct capture_stream *st, int fd);
unsigned capture_stream_readers(const struct capture_stream *st);
void capture_stream_packet(struct capture_stream *st, const struct capture_packet *p);
/* Writes what the readers take. */
void capture_stream_flush(struct capture_stream *st);
/* Whom to wait for: fills in up to `room` descriptors that have bytes waiting
 * (POLLOUT), returns how many there are. */
unsigned capture_stream_poll(const struct capture_stream *st, struct pollfd *fds, unsigned room);
/* Queues the counts for every reader; packets are ignored from now on. Flush
 * until capture_stream_poll() finds nobody for them to arrive. */
void capture_stream_finish(struct capture_stream *st);
/* Finishes, flushes once and closes. NULL is accepted. */
void capture_stream_free(struct capture_stream *st);
/* Lost by the readers that are here. */
uint64_t capture_stream_lost(const struct capture_stream *st);

#endif
