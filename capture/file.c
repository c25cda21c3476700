/* Capture files on the host's disk. The buffer holds whole records only, so
 * cutting the file back to where a failed write began keeps it readable. */
#include "capture/file.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define GATHER 65536u /* bytes */

GQuark capture_error_quark(void)
{
	return g_quark_from_static_string("lanyard-capture-error");
}

struct capture_file {
	char *path;
	int fd;
	const struct capture_format *format;
	const struct capture_session *session;
	GByteArray *buffer;
	off_t size;                  /* of the file, in whole records */
	uint64_t from;               /* when it began */
	struct capture_tally *tally; /* by interface; delivered counts what is buffered too */
	uint64_t *buffered;          /* packets in the buffer, by interface */
	bool failed, finished;
	capture_problem_fn problem;
	void *opaque;
};

/* 0 or errno. */
static int write_all(int fd, const uint8_t *data, size_t size)
{
	while (size) {
		ssize_t n = write(fd, data, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno;
		if (n == 0)
			return ENOSPC;
		data += n;
		size -= (size_t)n;
	}
	return 0;
}

/* 0 or errno; empties the buffer in either case. */
static int buffer_write(struct capture_file *f)
{
	int error = write_all(f->fd, f->buffer->data, f->buffer->len);

	if (!error)
		f->size += f->buffer->len;
	else if (ftruncate(f->fd, f->size) == 0) /* fails on what is no file: nothing to mend there */
		(void)!lseek(f->fd, f->size, SEEK_SET);
	g_byte_array_set_size(f->buffer, 0);
	return error;
}

static void file_fail(struct capture_file *f, int error)
{
	g_autofree char *text = NULL;

	f->failed = true;
	for (unsigned i = 0; i < f->session->count; i++) {
		f->tally[i].delivered -= f->buffered[i];
		f->tally[i].lost += f->buffered[i];
	}
	if (!f->problem)
		return;
	text = g_strdup_printf("%s: %s; the capture ends there", f->path, g_strerror(error));
	f->problem(f->opaque, text);
}

void capture_file_flush(struct capture_file *f)
{
	int error;

	if (f->failed || !f->buffer->len)
		return;
	error = buffer_write(f);
	if (error)
		file_fail(f, error);
	if (f->session->count)
		memset(f->buffered, 0, f->session->count * sizeof(*f->buffered));
}

/* One writer a file: whoever holds its lock. 0 or errno. */
static int file_lock(int fd)
{
	return flock(fd, LOCK_EX | LOCK_NB) < 0 ? errno : 0;
}

static bool fail(GError **error, const char *path, int number)
{
	const char *why = number == EWOULDBLOCK ? "another lab is writing this capture" : g_strerror(number);

	g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_FILE, "%s: %s", path, why);
	return false;
}

bool capture_file_probe(const char *path, GError **error)
{
	g_autofree char *folder = g_path_get_dirname(path);
	int fd, failed = 0;

	if (g_mkdir_with_parents(folder, 0777) < 0 || access(folder, W_OK | X_OK) < 0)
		return fail(error, folder, errno);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || fail(error, path, errno);
	failed = file_lock(fd);
	close(fd);
	return failed != EWOULDBLOCK || fail(error, path, failed);
}

/* Opened and locked, then emptied: what another lab writes is left alone. -1 with
 * error. */
static int file_open(const char *path, GError **error)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666), failed;

	if (fd < 0) {
		fail(error, path, errno);
		return -1;
	}
	failed = file_lock(fd);
	if (failed == EWOULDBLOCK) { /* a pipe or a strange file system has no locks */
		fail(error, path, failed);
		close(fd);
		return -1;
	}
	if (ftruncate(fd, 0) < 0 && errno != EINVAL) { /* no regular file */
		fail(error, path, errno);
		close(fd);
		return -1;
	}
	return fd;
}

struct capture_file *capture_file_new(const char *path, const struct capture_format *format,
				      const struct capture_session *s, GError **error)
{
	int fd = file_open(path, error), failed;
	struct capture_file *f;

	if (fd < 0)
		return NULL;
	f = g_new0(struct capture_file, 1);
	f->path = g_strdup(path);
	f->fd = fd;
	f->format = format;
	f->session = s;
	f->from = s->now;
	f->buffer = g_byte_array_sized_new(GATHER + FRAME_MAX);
	f->tally = g_new0(struct capture_tally, s->count);
	f->buffered = g_new0(uint64_t, s->count);
	format->header(f->buffer, s);
	failed = buffer_write(f);
	if (!failed)
		return f;
	g_set_error(error, CAPTURE_ERROR, CAPTURE_ERROR_FILE, "%s: %s", path, g_strerror(failed));
	f->failed = true;
	capture_file_free(f);
	return NULL;
}

void capture_file_tell(struct capture_file *f, capture_problem_fn problem, void *opaque)
{
	f->problem = problem;
	f->opaque = opaque;
}

void capture_file_packet(struct capture_file *f, const struct capture_packet *p)
{
	if (UNLIKELY(f->failed)) {
		f->tally[p->iface].lost++;
		return;
	}
	f->format->packet(f->buffer, p);
	f->tally[p->iface].delivered++;
	f->buffered[p->iface]++;
	if (f->buffer->len >= GATHER)
		capture_file_flush(f);
}

uint64_t capture_file_lost(const struct capture_file *f)
{
	uint64_t lost = 0;

	for (unsigned i = 0; i < f->session->count; i++)
		lost += f->tally[i].lost;
	return lost;
}

/* After a failure too: cutting the file back has made room for a little. */
static void file_summarize(struct capture_file *f)
{
	int error;

	if (!f->format->summary || !f->size)
		return;
	for (unsigned i = 0; i < f->session->count; i++) {
		struct capture_summary sum = capture_summarize(f->session, i, f->from, NULL, &f->tally[i]);

		f->format->summary(f->buffer, &sum);
	}
	error = buffer_write(f);
	if (error && !f->failed)
		file_fail(f, error);
}

void capture_file_finish(struct capture_file *f)
{
	if (f->finished)
		return;
	f->finished = true;
	capture_file_flush(f);
	file_summarize(f);
	/* Network file systems tell of a full disk only here. */
	if (close(f->fd) < 0 && errno != EINTR && !f->failed)
		file_fail(f, errno);
	f->failed = true; /* takes no more */
}

void capture_file_free(struct capture_file *f)
{
	if (!f)
		return;
	capture_file_finish(f);
	g_byte_array_free(f->buffer, TRUE);
	g_free(f->tally);
	g_free(f->buffered);
	g_free(f->path);
	g_free(f);
}
