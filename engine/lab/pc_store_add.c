/* Writing a PC into the store, and keeping that within its limit; see pc_store.h. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/base/state.h"
#include "engine/lab/pc_store_priv.h"
#include "engine/pc/pc_state.h"

#define DAY 86400000000000ll /* ns */
#define ASIDE ".part-"       /* in the names of files that are being written */

static void digest_of(XXH3_state_t *state, uint8_t out[PC_FILE_DIGEST])
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
	memcpy(out, canonical.digest, sizeof(canonical.digest));
}

struct writer {
	int fd;
	int error; /* the first errno; 0: none */
	GByteArray *buffer;
	XXH3_state_t *digest;
	uint32_t pages;
};

static void flush(struct writer *w)
{
	const uint8_t *p = w->buffer->data;
	size_t left = w->buffer->len;

	while (left && !w->error) {
		ssize_t n = write(w->fd, p, left);

		if (n < 0 && errno != EINTR)
			w->error = errno;
		if (n > 0) {
			p += n;
			left -= (size_t)n;
		}
	}
	g_byte_array_set_size(w->buffer, 0);
}

static void append(struct writer *w, const void *data, size_t size)
{
	XXH3_128bits_update(w->digest, data, size);
	g_byte_array_append(w->buffer, data, (guint)size);
	if (w->buffer->len >= 1 << 20)
		flush(w);
}

static void put_page(void *opaque, const void *data, size_t size)
{
	struct writer *w = opaque;

	g_assert(size == PAGE_SIZE);
	append(w, data, size);
	w->pages++;
}

/* The whole file but its header, which comes last: until then it is nothing. */
static void write_value(struct writer *w, const char *label, struct board *b)
{
	const struct state_apart apart = {.opaque = w, .put = put_page};
	g_autoptr(GByteArray) fields = g_byte_array_new();
	struct state *s = state_save_apart(fields, &apart);
	struct pc_file h = {.label = (uint32_t)strlen(label)};
	uint8_t bytes[PC_FILE_HEADER];

	if (lseek(w->fd, PC_FILE_HEADER, SEEK_SET) < 0)
		w->error = errno;
	board_state(b, s);
	state_end(s, NULL);
	append(w, label, h.label);
	append(w, fields->data, fields->len);
	flush(w);
	h.pages = w->pages;
	h.fields = fields->len;
	digest_of(w->digest, h.digest);
	pc_file_write(&h, bytes);
	if (!w->error && pwrite(w->fd, bytes, PC_FILE_HEADER, 0) != PC_FILE_HEADER)
		w->error = errno ? errno : EIO;
	if (!w->error && fsync(w->fd))
		w->error = errno;
}

static int write_file(int fd, const char *label, struct board *b)
{
	struct writer w = {.fd = fd, .buffer = g_byte_array_new(), .digest = XXH3_createState()};

	XXH3_128bits_reset(w.digest);
	write_value(&w, label, b);
	g_byte_array_unref(w.buffer);
	XXH3_freeState(w.digest);
	return w.error;
}

static void sync_folder(const char *folder)
{
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

/* What a killed process left: a file aside that nobody holds. */
static void remove_if_left(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

	if (fd < 0)
		return;
	if (!flock(fd, LOCK_EX | LOCK_NB))
		g_unlink(path);
	close(fd);
}

static void remove_left(const char *folder)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);

		if (strstr(name, ASIDE))
			remove_if_left(path);
	}
}

static int by_use(const void *a, const void *b)
{
	const struct pc_store_row *x = *(struct pc_store_row *const *)a, *y = *(struct pc_store_row *const *)b;

	return x->used < y->used ? -1 : x->used > y->used;
}

static GPtrArray *list_by_use(void)
{
	GPtrArray *rows = pc_store_list("");

	g_ptr_array_sort(rows, by_use);
	return rows;
}

/* What counts against the user's limit. */
static uint64_t stored_bytes(const struct pc_store_row *row)
{
	return row->system ? 0 : row->bytes;
}

/* The line of the label that says which build of this program made the value. */
static bool same_build(const char *a, const char *b)
{
	const char *x = strstr(a, PC_STORE_BUILD), *y = strstr(b, PC_STORE_BUILD);

	return x && y && !strncmp(x, y, strcspn(x, "\n") + 1);
}

/* The least recently used go first, never the one that was just stored; those that
 * another build made, once they have not been used for a day. */
static void trim(const char *label, uint64_t limit)
{
	g_autoptr(GPtrArray) rows = list_by_use();
	const struct pc_store_row *newest = rows->len ? rows->pdata[rows->len - 1] : NULL;
	uint64_t sum = 0;

	for (guint n = 0; n < rows->len; n++)
		sum += stored_bytes(rows->pdata[n]);
	for (guint n = 0; n < rows->len; n++) {
		const struct pc_store_row *row = rows->pdata[n];
		bool old = row->used + DAY < newest->used && !same_build(row->label, label);

		if (stored_bytes(row) && strcmp(row->label, label) && (old || sum > limit) && !g_unlink(row->path))
			sum -= row->bytes;
	}
}

bool pc_store_add(const char *label, struct board *b, uint64_t limit, GError **error)
{
	g_autofree char *folder = pc_store_folder(), *name = pc_store_name(label);
	g_autofree char *path = g_build_filename(folder, name, NULL), *aside = g_strconcat(path, ASIDE "XXXXXX", NULL);
	int fd, wrong;

	if (g_mkdir_with_parents(folder, 0700))
		return pc_store_host_failed(error, folder);
	remove_left(folder);
	fd = g_mkstemp_full(aside, O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return pc_store_host_failed(error, aside);
	flock(fd, LOCK_EX | LOCK_NB);
	wrong = write_file(fd, label, b);
	if (!wrong && g_rename(aside, path))
		wrong = errno;
	if (wrong)
		g_unlink(aside);
	close(fd);
	errno = wrong;
	if (wrong)
		return pc_store_host_failed(error, path);
	sync_folder(folder);
	trim(label, limit);
	return true;
}
