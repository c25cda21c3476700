/* Raw disk images with a copy-on-write overlay; see disk.h.
 *
 * The overlay is a table of struct pages, one per CHUNK_BLOCKS blocks, which
 * is empty until something in it is written: a large, mostly unwritten image
 * costs 16 bytes for each 16 MiB. */
#define _GNU_SOURCE
#include "engine/pc/disk.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/state.h"

#define CHUNK_BLOCKS 4096u

/* The host's file, shared by clones. */
struct disk_file {
	int refs; /* changed atomically */
	int fd;
	int write_fd; /* after disk_claim(), else -1 */
	uint64_t size;
	char *path;
};

struct disk_image {
	struct disk_file *file;
	enum disk_kind kind;
	bool read_only;
	uint64_t size; /* bytes of the medium; the file may be shorter (floppy) */
	uint64_t chunks;
	struct pages *chunk; /* count 0: nothing written there yet */
};

G_DEFINE_QUARK(lanyard - disk - error, disk_error)

/* ---- the file ---- */

static void file_unref(struct disk_file *f)
{
	if (__atomic_sub_fetch(&f->refs, 1, __ATOMIC_ACQ_REL))
		return;
	close(f->fd);
	if (f->write_fd >= 0)
		close(f->write_fd);
	g_free(f->path);
	g_free(f);
}

/* Past the end of the file the medium is zero. */
static bool file_read(const struct disk_file *f, uint64_t offset, uint8_t *buf, size_t size)
{
	while (size && offset < f->size) {
		size_t part = size < f->size - offset ? size : (size_t)(f->size - offset);
		ssize_t n = pread(f->fd, buf, part, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false; /* the host's error, or somebody cut the file */
		buf += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	memset(buf, 0, size);
	return true;
}

static bool write_all(int fd, const uint8_t *buf, size_t size, uint64_t offset)
{
	while (size) {
		ssize_t n = pwrite(fd, buf, size, (off_t)offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		buf += n;
		offset += (uint64_t)n;
		size -= (size_t)n;
	}
	return true;
}

/* ---- opening ---- */

/* The medium that holds a floppy image of size bytes: its own format if that
 * exists, else the smallest high-density disk. 0: none is large enough. */
static uint64_t floppy_medium(uint64_t size)
{
	static const uint16_t formats[] = {160, 180, 320, 360, 720, 1200, 1440, 1680, 1722, 2880}; /* KiB */

	for (unsigned n = 0; n < ARRAY_LEN(formats); n++)
		if (size == formats[n] * 1024u)
			return size;
	if (size <= 1440 * 1024)
		return 1440 * 1024;
	return size <= 2880 * 1024 ? 2880 * 1024 : 0;
}

static bool check_size(const char *path, enum disk_kind kind, uint64_t size, uint64_t *medium, GError **error)
{
	unsigned sector = kind == DISK_CDROM ? 2048 : 512;

	*medium = size;
	if (!size)
		g_set_error(error, DISK_ERROR, DISK_ERROR_SIZE, "%s: the image is empty", path);
	else if (size % sector)
		g_set_error(error, DISK_ERROR, DISK_ERROR_SIZE,
			    "%s: truncated: %" G_GUINT64_FORMAT " bytes, expected whole sectors of %u bytes", path,
			    size, sector);
	else if (size > DISK_MAX_SIZE)
		g_set_error(error, DISK_ERROR, DISK_ERROR_SIZE,
			    "%s: %" G_GUINT64_FORMAT " bytes, expected at most 2 TiB", path, size);
	else if (kind == DISK_FLOPPY && !(*medium = floppy_medium(size)))
		g_set_error(error, DISK_ERROR, DISK_ERROR_SIZE,
			    "%s: %" G_GUINT64_FORMAT " bytes, expected a floppy image of at most 2880 KiB", path, size);
	else
		return true;
	return false;
}

static int open_file(const char *path, uint64_t *size, GError **error)
{
	/* O_NONBLOCK: a FIFO must not hold us up before it is refused. */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const char *what = NULL;
	struct stat st;
	off_t end = 0;

	if (fd < 0 || fstat(fd, &st))
		what = g_strerror(errno);
	else if (S_ISDIR(st.st_mode))
		what = "is a directory, expected a disk image";
	else if (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode))
		what = "is not a regular file, expected a disk image";
	else if ((end = lseek(fd, 0, SEEK_END)) < 0)
		what = g_strerror(errno);
	if (!what) {
		*size = (uint64_t)end;
		return fd;
	}
	g_set_error(error, DISK_ERROR, DISK_ERROR_FILE, "%s: %s", path, what);
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Readers share a file, a later disk_commit() wants it alone. Locks are advice:
 * a file system without them is no reason to fail. */
static bool lock(int fd, int how, const char *path, const char *text, GError **error)
{
	if (!flock(fd, how | LOCK_NB) || errno != EWOULDBLOCK)
		return true;
	g_set_error(error, DISK_ERROR, DISK_ERROR_BUSY, "%s: %s", path, text);
	return false;
}

struct disk_image *disk_open(const char *path, enum disk_kind kind, bool read_only, GError **error)
{
	struct disk_image *d;
	uint64_t size, medium;
	int fd = open_file(path, &size, error);

	if (fd < 0)
		return NULL;
	if (!check_size(path, kind, size, &medium, error) ||
	    !lock(fd, LOCK_SH, path, "is in use: another run may write to it", error)) {
		close(fd);
		return NULL;
	}
	d = g_new0(struct disk_image, 1);
	d->file = g_new0(struct disk_file, 1);
	d->file->refs = 1;
	d->file->fd = fd;
	d->file->write_fd = -1;
	d->file->size = size;
	d->file->path = g_strdup(path);
	d->kind = kind;
	d->read_only = read_only || kind == DISK_CDROM;
	d->size = medium;
	d->chunks = (medium + CHUNK_BLOCKS * PAGE_SIZE - 1) / (CHUNK_BLOCKS * PAGE_SIZE);
	d->chunk = g_new0(struct pages, d->chunks);
	return d;
}

static void overlay_clear(struct disk_image *d)
{
	for (uint64_t n = 0; n < d->chunks; n++)
		if (d->chunk[n].count)
			pages_free(&d->chunk[n]);
}

void disk_free(struct disk_image *d)
{
	if (!d)
		return;
	overlay_clear(d);
	g_free(d->chunk);
	file_unref(d->file);
	g_free(d);
}

struct disk_image *disk_clone(const struct disk_image *d)
{
	struct disk_image *copy = g_new0(struct disk_image, 1);

	*copy = *d;
	__atomic_add_fetch(&copy->file->refs, 1, __ATOMIC_RELAXED);
	copy->chunk = g_new0(struct pages, d->chunks);
	for (uint64_t n = 0; n < d->chunks; n++)
		if (d->chunk[n].count)
			pages_clone(&copy->chunk[n], &d->chunk[n]);
	return copy;
}

enum disk_kind disk_kind(const struct disk_image *d)
{
	return d->kind;
}
bool disk_read_only(const struct disk_image *d)
{
	return d->read_only;
}
uint64_t disk_size(const struct disk_image *d)
{
	return d->size;
}
const char *disk_path(const struct disk_image *d)
{
	return d->file->path;
}

/* ---- the overlay ---- */

static uint64_t block_count(const struct disk_image *d)
{
	return (d->size + PAGE_SIZE - 1) / PAGE_SIZE;
}

/* Where the page of a block is kept; makes its chunk. */
static struct page **slot(struct disk_image *d, uint64_t block)
{
	struct pages *ps = &d->chunk[block / CHUNK_BLOCKS];

	if (!ps->count)
		pages_init(ps, CHUNK_BLOCKS);
	return &ps->at[block % CHUNK_BLOCKS];
}

struct page *disk_page(const struct disk_image *d, uint64_t block)
{
	const struct pages *ps;

	if (block >= block_count(d))
		return NULL;
	ps = &d->chunk[block / CHUNK_BLOCKS];
	return ps->count ? ps->at[block % CHUNK_BLOCKS] : NULL;
}

uint64_t disk_next_written(const struct disk_image *d, uint64_t block)
{
	uint64_t blocks = block_count(d);

	while (block < blocks) {
		if (!d->chunk[block / CHUNK_BLOCKS].count)
			block = (block / CHUNK_BLOCKS + 1) * CHUNK_BLOCKS;
		else if (disk_page(d, block))
			return block;
		else
			block++;
	}
	return UINT64_MAX;
}

void disk_state(struct disk_image *d, struct state *s)
{
	uint64_t from = 0, n, blocks = block_count(d);

	if (state_loading(s))
		overlay_clear(d);
	do {
		n = state_loading(s) ? 0 : MIN(disk_next_written(d, from), blocks);
		state_u64(s, &n);
		state_require(s, n >= from && n <= blocks && (n == blocks || !d->read_only),
			      "%s: block %llu does not come next", d->file->path, (unsigned long long)n);
		if (n < blocks && !state_failed(s))
			page_state(slot(d, n), s);
		from = n + 1;
	} while (n < blocks && !state_failed(s));
}

/* The block's page, private and with the file's bytes in it; NULL if the host
 * cannot read them. */
static struct page *own_block(struct disk_image *d, uint64_t block)
{
	struct page **at = slot(d, block);
	uint8_t base[PAGE_SIZE];

	if (*at)
		return pages_own(&d->chunk[block / CHUNK_BLOCKS], block % CHUNK_BLOCKS);
	if (!file_read(d->file, block * PAGE_SIZE, base, PAGE_SIZE))
		return NULL;
	return *at = page_new(base);
}

static bool inside(const struct disk_image *d, uint64_t offset, size_t size)
{
	return offset <= d->size && size <= d->size - offset;
}

/* Bytes from offset to the end of its block, at most size. */
static size_t block_part(uint64_t offset, size_t size)
{
	size_t room = PAGE_SIZE - (size_t)(offset & PAGE_MASK);

	return size < room ? size : room;
}

bool disk_read(const struct disk_image *d, uint64_t offset, void *buf, size_t size)
{
	uint8_t *out = buf;

	if (!inside(d, offset, size))
		return false;
	while (size) {
		const struct page *page = disk_page(d, offset >> PAGE_SHIFT);
		size_t n = block_part(offset, size);

		if (page) {
			memcpy(out, page->data + (offset & PAGE_MASK), n);
		} else {
			/* One system call for all neighbours that come from the file. */
			while (n < size && !disk_page(d, (offset + n) >> PAGE_SHIFT))
				n += block_part(offset + n, size - n);
			if (!file_read(d->file, offset, out, n))
				return false;
		}
		out += n;
		offset += n;
		size -= n;
	}
	return true;
}

bool disk_write(struct disk_image *d, uint64_t offset, const void *buf, size_t size)
{
	const uint8_t *in = buf;

	if (d->read_only || !inside(d, offset, size))
		return false;
	while (size) {
		size_t n = block_part(offset, size);
		struct page *page = own_block(d, offset >> PAGE_SHIFT);

		if (!page)
			return false;
		memcpy(page->data + (offset & PAGE_MASK), in, n);
		in += n;
		offset += n;
		size -= n;
	}
	return true;
}

/* ---- commit ---- */

static bool fail(const struct disk_file *f, const char *text, GError **error)
{
	g_set_error(error, DISK_ERROR, DISK_ERROR_COMMIT, "%s: %s", f->path, text);
	return false;
}

/* Does the path still lead to the file that was opened? */
static bool same_file(const struct disk_file *f, GError **error)
{
	struct stat then, now;

	if (fstat(f->fd, &then) || stat(f->path, &now))
		return fail(f, g_strerror(errno), error);
	return (then.st_dev == now.st_dev && then.st_ino == now.st_ino) ||
	       fail(f, "another file took its place", error);
}

bool disk_claim(struct disk_image *d, GError **error)
{
	struct disk_file *f = d->file;

	if (f->write_fd >= 0)
		return true;
	if (!lock(f->fd, LOCK_EX, f->path, "is in use by another drive or run, and cannot be written", error))
		return false;
	f->write_fd = open(f->path, O_WRONLY | O_CLOEXEC);
	if (f->write_fd < 0)
		return fail(f, g_strerror(errno), error);
	return same_file(f, error);
}

static size_t block_size(const struct disk_image *d, uint64_t block)
{
	uint64_t rest = d->size - block * PAGE_SIZE;

	return rest < PAGE_SIZE ? (size_t)rest : PAGE_SIZE;
}

/* The first block >= block whose bytes are not those of the file, or UINT64_MAX:
 * holes of a sparse file stay holes where a guest wrote zeros. */
static uint64_t next_changed(const struct disk_image *d, uint64_t block)
{
	uint8_t base[PAGE_SIZE];

	while ((block = disk_next_written(d, block)) != UINT64_MAX) {
		size_t size = block_size(d, block);

		if (!file_read(d->file, block * PAGE_SIZE, base, size) || memcmp(base, disk_page(d, block)->data, size))
			break;
		block++;
	}
	return block;
}

/* Room for everything first: a full disk is noticed before anything is changed. */
static bool reserve(const struct disk_image *d)
{
	for (uint64_t n = next_changed(d, 0); n != UINT64_MAX; n = next_changed(d, n + 1))
		if (fallocate(d->file->write_fd, FALLOC_FL_KEEP_SIZE, (off_t)(n * PAGE_SIZE), (off_t)block_size(d, n)))
			return errno == EOPNOTSUPP || errno == ENOSYS;
	return true;
}

static bool write_overlay(struct disk_image *d)
{
	for (uint64_t n = next_changed(d, 0); n != UINT64_MAX; n = next_changed(d, n + 1)) {
		uint64_t offset = n * PAGE_SIZE;
		size_t size = block_size(d, n);

		if (!write_all(d->file->write_fd, disk_page(d, n)->data, size, offset))
			return false;
		if (offset + size > d->file->size)
			d->file->size = offset + size; /* a short floppy image grew */
	}
	return !fsync(d->file->write_fd);
}

bool disk_changed(const struct disk_image *d)
{
	return !d->read_only && next_changed(d, 0) != UINT64_MAX;
}

bool disk_commit(struct disk_image *d, GError **error)
{
	struct disk_file *f = d->file;

	if (!disk_changed(d))
		return true;
	if (__atomic_load_n(&f->refs, __ATOMIC_ACQUIRE) > 1)
		return fail(f, "used by more than one PC: not written", error);
	if (!disk_claim(d, error))
		return false;
	return same_file(f, error) && ((reserve(d) && write_overlay(d)) || fail(f, g_strerror(errno), error));
}
