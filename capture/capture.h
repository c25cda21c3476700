/* Captures: they watch ports of a running fabric and write the frames they see
 * to a file, to live readers and to functions of the program. They change
 * nothing in the lab, and what they write depends on the lab alone.
 *
 * Frames come in the order of the fabric, each once. What a port sends is seen when
 * its first bit leaves, after it waited for the wire; a frame that is lost before
 * (in a queue), then (on the wire) or on arrival (by a card) has the reason as its
 * comment. */
#ifndef LANYARD_CAPTURE_CAPTURE_H
#define LANYARD_CAPTURE_CAPTURE_H

#include "capture/file.h"
#include "capture/stream.h"
#include "engine/net/watch.h"

struct capture;

/* Either may be NULL. */
struct capture_sink {
	void *opaque;
	/* Whole records of the format: the header, then packets, then counts.
	 * False: no more, please. */
	bool (*write)(void *opaque, const uint8_t *data, size_t size);
	void (*packet)(void *opaque, const struct watch_point *at, const struct capture_packet *p);
};

struct capture_options {
	const char *path;                    /* NULL: no file */
	const struct capture_sink *sink;     /* copied; NULL: none */
	const struct capture_format *format; /* of file and sink; NULL: by the file's name, else pcapng */
	const char *filter;                  /* NULL: everything */
	const char *comment;                 /* about the whole file; NULL */
	GArray *names;                       /* struct capture_name, for viewers; a reference is taken; NULL */
	uint32_t snaplen;                    /* bytes kept of a frame; 0: all */
	uint64_t epoch;                      /* seconds since 1970 at the lab's time zero */
	uint64_t start;                      /* the lab's time now, ns */
	size_t limit;                        /* bytes waiting per live reader; 0: the default */
	void *opaque;                        /* for the two below */
	capture_problem_fn problem;          /* the file cannot be written; NULL */
	capture_gone_fn gone;                /* a live reader has gone; NULL */
};

/* Watches each of `ports` (no port twice), which must outlive the capture. NULL
 * with error: a bad filter, a file that cannot be written. */
struct capture *capture_new(const struct watch_point *ports, unsigned count, const struct capture_options *options,
			    GError **error);
/* Stops watching, writes the counts, closes everything. NULL is accepted. */
void capture_free(struct capture *c);
/* After a window, net_run(): all that was seen goes out now. */
void capture_flush(struct capture *c);
/* Stops watching and writes the counts; live readers still have to take what
 * waits for them (capture_stream_poll, capture_flush). */
void capture_finish(struct capture *c);
/* For live readers, at any time. */
struct capture_stream *capture_live(struct capture *c);

struct capture_stats {
	uint64_t seen, accepted; /* frames, in the directions watched */
	uint64_t dropped;        /* by the ports */
	uint64_t lost;           /* packets that did not reach the file, or a reader that is here */
};
struct capture_stats capture_statistics(const struct capture *c);

#endif
