/* PCs kept as values on disk; see pc_store.h. */
#define _GNU_SOURCE
#include "engine/lab/pc_store.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/base/bytes.h"
#include "engine/base/state.h"
#include "engine/mem/page_map.h"
#include "engine/pc/board.h"
#include "engine/pc/pc_state.h"

#define SUFFIX ".pc"
#define DAY 86400000000000ll /* ns */
#define ASIDE ".part-"       /* in the names of files that are being written */

/* Offsets in the header, little-endian. */
enum { H_MAGIC = 0, H_PAGES = 16, H_LABEL = 20, H_FIELDS = 24, H_DIGEST = 32, HEADER = PAGE_SIZE };
static const char magic[16] = "lanyard PC 1\n";

enum { LABEL_MAX = 1 << 16, FIELDS_MAX = 1 << 28, PAGES_MAX = 1 << 24 };

struct header {
	uint32_t pages, label, fields; /* pages; bytes */
	uint8_t digest[16];
};

struct pc_value {
	struct header header;
	const uint8_t *bytes; /* of the whole file, mapped */
	size_t size;
	struct page_map *map;
};

static bool failed(GError **error, const char *path, const char *what)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", path, what);
	return false;
}

static bool host_failed(GError **error, const char *path)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path, g_strerror(errno));
	return false;
}

static char *user_folder(void)
{
	return g_build_filename(g_get_user_cache_dir(), "lanyard", "pcs", NULL);
}

static char *file_name(const char *label)
{
	g_autofree char *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, label, -1);

	return g_strconcat(key, SUFFIX, NULL);
}

/* ---- the file's parts ---- */

static uint64_t tail_at(const struct header *h)
{
	return HEADER + (uint64_t)h->pages * PAGE_SIZE;
}

static uint64_t file_size(const struct header *h)
{
	return tail_at(h) + h->label + h->fields;
}

static void header_write(const struct header *h, uint8_t out[HEADER])
{
	memset(out, 0, HEADER);
	memcpy(out + H_MAGIC, magic, sizeof(magic));
	put_le32(out + H_PAGES, h->pages);
	put_le32(out + H_LABEL, h->label);
	put_le32(out + H_FIELDS, h->fields);
	memcpy(out + H_DIGEST, h->digest, sizeof(h->digest));
}

static const char *header_read(struct header *h, const uint8_t *in, uint64_t size)
{
	if (size < HEADER || memcmp(in + H_MAGIC, magic, sizeof(magic)))
		return "is no stored PC of this format";
	h->pages = get_le32(in + H_PAGES);
	h->label = get_le32(in + H_LABEL);
	h->fields = get_le32(in + H_FIELDS);
	memcpy(h->digest, in + H_DIGEST, sizeof(h->digest));
	if (h->pages > PAGES_MAX || h->label > LABEL_MAX || h->fields > FIELDS_MAX || file_size(h) != size)
		return "has another size than its header says";
	return NULL;
}

static void digest_of(XXH3_state_t *state, uint8_t out[16])
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
	memcpy(out, canonical.digest, sizeof(canonical.digest));
}

/* ---- opening ---- */

/* Of root or of us, and nobody else's to write. */
static const char *distrust(const struct stat *st)
{
	if (!S_ISREG(st->st_mode))
		return "is no regular file";
	if (st->st_uid != 0 && st->st_uid != geteuid())
		return "belongs to somebody else";
	return st->st_mode & (S_IWGRP | S_IWOTH) ? "may be written by others" : NULL;
}

static const char *check(struct pc_value *v, const char *label)
{
	const char *wrong = header_read(&v->header, v->bytes, v->size);
	const uint8_t *tail = v->bytes + tail_at(&v->header);
	XXH128_canonical_t canonical;

	if (wrong)
		return wrong;
	XXH128_canonicalFromHash(&canonical, XXH3_128bits(v->bytes + HEADER, v->size - HEADER));
	if (memcmp(canonical.digest, v->header.digest, sizeof(v->header.digest)))
		return "is damaged (its checksum is wrong)";
	if (v->header.label != strlen(label) || memcmp(tail, label, v->header.label))
		return "holds another PC than its name says";
	return NULL;
}

static struct pc_value *map_file(int fd, const struct stat *st)
{
	void *bytes = mmap(NULL, (size_t)st->st_size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0);
	struct pc_value *v;

	if (bytes == MAP_FAILED)
		return NULL;
	v = g_new0(struct pc_value, 1);
	v->bytes = bytes;
	v->size = (size_t)st->st_size;
	return v;
}

/* NULL without error: no such file. */
static struct pc_value *open_in(const char *folder, const char *label, GError **error)
{
	g_autofree char *name = file_name(label), *path = g_build_filename(folder, name, NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct pc_value *v = NULL;
	const char *wrong = NULL;
	struct stat st;

	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			host_failed(error, path);
		return NULL;
	}
	if (fstat(fd, &st))
		wrong = g_strerror(errno);
	else
		wrong = distrust(&st);
	if (!wrong && st.st_size < HEADER)
		wrong = "is cut off";
	if (!wrong && !(v = map_file(fd, &st)))
		wrong = g_strerror(errno);
	if (!wrong)
		wrong = check(v, label);
	if (!wrong)
		futimens(fd, (struct timespec[2]){{.tv_nsec = UTIME_NOW}, {.tv_nsec = UTIME_OMIT}}); /* used last */
	close(fd);
	if (!wrong)
		return v;
	failed(error, path, wrong);
	pc_value_close(v);
	return NULL;
}

struct pc_value *pc_store_open(const char *label, GError **error)
{
	g_autofree char *user = user_folder();
	struct pc_value *v = open_in(PC_STORE_SYSTEM, label, NULL);

	return v ? v : open_in(user, label, error);
}

void pc_value_close(struct pc_value *v)
{
	if (!v)
		return;
	page_map_free(v->map);
	munmap((void *)(uintptr_t)v->bytes, v->size);
	g_free(v);
}

/* ---- loading ---- */

struct page *pc_value_page(struct pc_value *v, uint32_t n)
{
	if (!v->map)
		v->map = page_map_new(v->bytes + HEADER, v->header.pages);
	return page_map_page(v->map, n);
}

static bool get_page(void *opaque, uint32_t number, struct state_block *block)
{
	struct page *page = pc_value_page(opaque, number);

	if (!page)
		return false;
	*block = (struct state_block){.bytes = page->data, .size = PAGE_SIZE, .object = page};
	return true;
}

bool pc_value_load(struct pc_value *v, struct board *b, GError **error)
{
	const struct state_apart apart = {.opaque = v, .get = get_page};
	struct state *s;

	s = state_load_apart(v->bytes + tail_at(&v->header) + v->header.label, v->header.fields, &apart);
	board_state(b, s);
	return state_end(s, error);
}

/* ---- storing ---- */

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
	struct header h = {.label = (uint32_t)strlen(label)};
	uint8_t bytes[HEADER];

	if (lseek(w->fd, HEADER, SEEK_SET) < 0)
		w->error = errno;
	board_state(b, s);
	state_end(s, NULL);
	append(w, label, h.label);
	append(w, fields->data, fields->len);
	flush(w);
	h.pages = w->pages;
	h.fields = fields->len;
	digest_of(w->digest, h.digest);
	header_write(&h, bytes);
	if (!w->error && pwrite(w->fd, bytes, HEADER, 0) != HEADER)
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
	g_autofree char *folder = user_folder(), *name = file_name(label);
	g_autofree char *path = g_build_filename(folder, name, NULL), *aside = g_strconcat(path, ASIDE "XXXXXX", NULL);
	int fd, wrong;

	if (g_mkdir_with_parents(folder, 0700))
		return host_failed(error, folder);
	remove_left(folder);
	fd = g_mkstemp_full(aside, O_RDWR | O_CLOEXEC, 0600);
	if (fd < 0)
		return host_failed(error, aside);
	flock(fd, LOCK_EX | LOCK_NB);
	wrong = write_file(fd, label, b);
	if (!wrong && g_rename(aside, path))
		wrong = errno;
	if (wrong)
		g_unlink(aside);
	close(fd);
	errno = wrong;
	if (wrong)
		return host_failed(error, path);
	sync_folder(folder);
	trim(label, limit);
	return true;
}

/* ---- listing ---- */

static void row_free(gpointer opaque)
{
	struct pc_store_row *row = opaque;

	g_free(row->path);
	g_free(row->label);
	g_free(row);
}

static bool read_at(int fd, void *out, size_t size, uint64_t at)
{
	return pread(fd, out, size, (off_t)at) == (ssize_t)size;
}

static int64_t stamp(const struct timespec *t)
{
	return t->tv_sec * 1000000000ll + t->tv_nsec;
}

/* NULL: it is no stored PC. */
static struct pc_store_row *row_of(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct pc_store_row *row = NULL;
	uint8_t bytes[HEADER];
	struct header h;
	struct stat st;

	if (fd < 0)
		return NULL;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode) && read_at(fd, bytes, HEADER, 0) &&
	    !header_read(&h, bytes, (uint64_t)st.st_size)) {
		row = g_new0(struct pc_store_row, 1);
		row->path = g_strdup(path);
		row->label = g_malloc0(h.label + 1);
		row->bytes = (uint64_t)st.st_size;
		row->used = MAX(stamp(&st.st_atim), stamp(&st.st_mtim));
		if (!read_at(fd, row->label, h.label, tail_at(&h)))
			g_clear_pointer(&row, row_free);
	}
	close(fd);
	return row;
}

static int by_path(const void *a, const void *b)
{
	return strcmp((*(struct pc_store_row *const *)a)->path, (*(struct pc_store_row *const *)b)->path);
}

static void list_folder(const char *folder, bool system, const char *prefix, GPtrArray *out)
{
	g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
	const char *name;

	while (dir && (name = g_dir_read_name(dir))) {
		g_autofree char *path = g_build_filename(folder, name, NULL);
		struct pc_store_row *row = g_str_has_suffix(name, SUFFIX) ? row_of(path) : NULL;

		if (!row)
			continue;
		row->system = system;
		if (g_str_has_prefix(row->label, prefix))
			g_ptr_array_add(out, row);
		else
			row_free(row);
	}
}

GPtrArray *pc_store_list(const char *prefix)
{
	g_autofree char *user = user_folder();
	GPtrArray *rows = g_ptr_array_new_with_free_func(row_free);

	list_folder(PC_STORE_SYSTEM, true, prefix, rows);
	list_folder(user, false, prefix, rows);
	g_ptr_array_sort(rows, by_path);
	return rows;
}

bool pc_store_forget(const char *prefix, GError **error)
{
	g_autoptr(GPtrArray) rows = pc_store_list(prefix);

	for (guint n = 0; n < rows->len; n++) {
		const struct pc_store_row *row = rows->pdata[n];

		if (!row->system && g_unlink(row->path))
			return host_failed(error, row->path);
	}
	return true;
}
