/* PCs kept as values on disk: the files' layout, opening and loading them; see
 * pc_store.h. pc_store_add.c writes them, pc_store_list.c finds and forgets them. */
#define _GNU_SOURCE
#include "engine/lab/pc_store.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/base/bytes.h"
#include "engine/base/state.h"
#include "engine/lab/pc_store_priv.h"
#include "engine/mem/page_map.h"
#include "engine/pc/board.h"
#include "engine/pc/pc_state.h"

/* Offsets in the header, little-endian. */
enum { H_MAGIC = 0, H_PAGES = 16, H_LABEL = 20, H_FIELDS = 24, H_DIGEST = 32 };
static const char magic[16] = "lanyard PC 1\n";

enum { LABEL_MAX = 1 << 16, FIELDS_MAX = 1 << 28, PAGES_MAX = 1 << 24 };

struct pc_value {
	struct pc_file header;
	const uint8_t *bytes; /* of the whole file, mapped */
	size_t size;
	struct page_map *map;
};

static bool failed(GError **error, const char *path, const char *what)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s: %s", path, what);
	return false;
}

bool pc_store_host_failed(GError **error, const char *path)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(errno), "%s: %s", path, g_strerror(errno));
	return false;
}

char *pc_store_folder(void)
{
	return g_build_filename(g_get_user_cache_dir(), "lanyard", "pcs", NULL);
}

char *pc_store_name(const char *label)
{
	g_autofree char *key = g_compute_checksum_for_string(G_CHECKSUM_SHA256, label, -1);

	return g_strconcat(key, PC_STORE_SUFFIX, NULL);
}

/* ---- the file's parts ---- */

uint64_t pc_file_tail(const struct pc_file *h)
{
	return PC_FILE_HEADER + (uint64_t)h->pages * PAGE_SIZE;
}

static uint64_t file_size(const struct pc_file *h)
{
	return pc_file_tail(h) + h->label + h->fields;
}

void pc_file_write(const struct pc_file *h, uint8_t out[PC_FILE_HEADER])
{
	memset(out, 0, PC_FILE_HEADER);
	memcpy(out + H_MAGIC, magic, sizeof(magic));
	put_le32(out + H_PAGES, h->pages);
	put_le32(out + H_LABEL, h->label);
	put_le32(out + H_FIELDS, h->fields);
	memcpy(out + H_DIGEST, h->digest, sizeof(h->digest));
}

const char *pc_file_read(struct pc_file *h, const uint8_t *in, uint64_t size)
{
	if (size < PC_FILE_HEADER || memcmp(in + H_MAGIC, magic, sizeof(magic)))
		return "is no stored PC of this format";
	h->pages = get_le32(in + H_PAGES);
	h->label = get_le32(in + H_LABEL);
	h->fields = get_le32(in + H_FIELDS);
	memcpy(h->digest, in + H_DIGEST, sizeof(h->digest));
	if (h->pages > PAGES_MAX || h->label > LABEL_MAX || h->fields > FIELDS_MAX || file_size(h) != size)
		return "has another size than its header says";
	return NULL;
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
	const char *wrong = pc_file_read(&v->header, v->bytes, v->size);
	const uint8_t *tail = v->bytes + pc_file_tail(&v->header);
	XXH128_canonical_t canonical;

	if (wrong)
		return wrong;
	XXH128_canonicalFromHash(&canonical, XXH3_128bits(v->bytes + PC_FILE_HEADER, v->size - PC_FILE_HEADER));
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
	g_autofree char *name = pc_store_name(label), *path = g_build_filename(folder, name, NULL);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct pc_value *v = NULL;
	const char *wrong = NULL;
	struct stat st;

	if (fd < 0) {
		if (errno != ENOENT && errno != ENOTDIR)
			pc_store_host_failed(error, path);
		return NULL;
	}
	if (fstat(fd, &st))
		wrong = g_strerror(errno);
	else
		wrong = distrust(&st);
	if (!wrong && st.st_size < PC_FILE_HEADER)
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
	g_autofree char *user = pc_store_folder();
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
		v->map = page_map_new(v->bytes + PC_FILE_HEADER, v->header.pages);
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

	s = state_load_apart(v->bytes + pc_file_tail(&v->header) + v->header.label, v->header.fields, &apart);
	board_state(b, s);
	return state_end(s, error);
}
