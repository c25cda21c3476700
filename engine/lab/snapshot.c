/* A whole lab in a file; see snapshot.h. */
#include "engine/lab/snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <unistd.h>
#define XXH_INLINE_ALL
#include <xxhash.h>
#include <zstd.h>

#include "engine/base/bytes.h"
#include "engine/lab/lab_priv.h"
#include "engine/lab/pc_store.h"
#include "engine/pc/pc_state.h"

/* Offsets in the header, little-endian. */
enum { H_MAGIC = 0, H_PAGES = 16, H_TAIL = 24, H_ORIGIN = 28, H_DIGEST = 32, HEADER = 48 };
static const char magic[16] = "lanyard lab 1\n";

enum { ORIGIN_MAX = 1 << 16, LABEL_MAX = 1 << 16, LABELS_MAX = 1024, LEVEL = 3 };
#define TAIL_MAX (1u << 30)
#define BLOCKS_MAX (1u << 28)
#define DIGEST 16

/* Where the bytes of a block are: in the file itself, or a page of an image. */
struct place {
	uint32_t image; /* 0: own; else 1 + place in labels */
	uint32_t page;
};

struct tail {
	char *program;     /* the build that saved it */
	GPtrArray *labels; /* char * */
	GArray *places;    /* struct place, by block */
	GByteArray *fields;
};

static void tail_init(struct tail *t)
{
	*t = (struct tail){
		.labels = g_ptr_array_new_with_free_func(g_free),
		.places = g_array_new(FALSE, FALSE, sizeof(struct place)),
		.fields = g_byte_array_new(),
	};
}

static void tail_clear(struct tail *t)
{
	g_free(t->program);
	g_ptr_array_unref(t->labels);
	g_array_unref(t->places);
	g_byte_array_unref(t->fields);
}

static void tail_state(struct tail *t, struct state *s)
{
	uint64_t labels, blocks;

	state_text(s, &t->program, LABEL_MAX, "program");
	labels = state_count(s, t->labels->len, LABELS_MAX, "images");
	if (state_loading(s))
		g_ptr_array_set_size(t->labels, (gint)labels);
	for (uint64_t n = 0; n < labels; n++)
		state_text(s, (char **)&t->labels->pdata[n], LABEL_MAX, "image");
	blocks = state_count(s, t->places->len, BLOCKS_MAX, "blocks");
	if (state_loading(s))
		g_array_set_size(t->places, (guint)blocks);
	for (uint64_t n = 0; n < blocks; n++) {
		struct place *p = &g_array_index(t->places, struct place, n);

		state_u32(s, &p->image);
		state_u32(s, &p->page);
		state_require(s, p->image <= labels, "block %u is of no image", (unsigned)n);
	}
	state_buffer(s, t->fields, TAIL_MAX, "fields");
}

static bool failed(GError **error, const char *path, const char *what)
{
	g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s: %s", path, what);
	return false;
}

static bool host_failed(GError **error, const char *path, int code)
{
	g_set_error(error, G_IO_ERROR, g_io_error_from_errno(code), "%s: %s", path, g_strerror(code));
	return false;
}

/* ---- saving ---- */

struct saver {
	int fd;
	int error; /* the first errno; 0: none */
	ZSTD_CStream *pack;
	GByteArray *out; /* room for packed bytes */
	XXH3_state_t *digest;
	GHashTable *known; /* XXH128_hash_t of an image's page -> struct place */
	struct tail tail;
	uint64_t own;
};

static guint hash_key(gconstpointer key)
{
	return (guint)((const XXH128_hash_t *)key)->low64;
}

static gboolean hash_equal(gconstpointer a, gconstpointer b)
{
	return XXH128_isEqual(*(const XXH128_hash_t *)a, *(const XXH128_hash_t *)b);
}

static void write_all(struct saver *w, const void *data, size_t size)
{
	const uint8_t *p = data;

	while (size && !w->error) {
		ssize_t n = write(w->fd, p, size);

		if (n < 0 && errno != EINTR)
			w->error = errno;
		if (n > 0) {
			p += n;
			size -= (size_t)n;
		}
	}
}

static void pack(struct saver *w, const void *data, size_t size, ZSTD_EndDirective end)
{
	ZSTD_inBuffer in = {data, size, 0};
	size_t left;

	XXH3_128bits_update(w->digest, data, size);
	do {
		ZSTD_outBuffer out = {w->out->data, w->out->len, 0};

		left = ZSTD_compressStream2(w->pack, &out, &in, end);
		g_assert(!ZSTD_isError(left)); /* it has the memory it needs since it began */
		write_all(w, w->out->data, out.pos);
	} while (!w->error && (in.pos < in.size || (end == ZSTD_e_end && left)));
}

static void put_block(void *opaque, const void *data, size_t size)
{
	struct saver *w = opaque;
	XXH128_hash_t key = XXH3_128bits(data, size);
	const struct place *known = g_hash_table_lookup(w->known, &key);
	struct place own = {.page = (uint32_t)w->own};

	g_assert(size == PAGE_SIZE);
	g_array_append_val(w->tail.places, *(known ? known : &own));
	if (known)
		return;
	pack(w, data, size, ZSTD_e_continue);
	w->own++;
}

/* The pages of an image, so that they need not be kept. */
static void know_image(void *opaque, const char *label, struct pc_value *v)
{
	struct saver *w = opaque;
	struct page *page;

	g_ptr_array_add(w->tail.labels, g_strdup(label));
	for (uint32_t n = 0; (page = pc_value_page(v, n)); n++) {
		XXH128_hash_t key = XXH3_128bits(page->data, PAGE_SIZE);
		struct place place = {w->tail.labels->len, n};

		g_hash_table_insert(w->known, g_memdup2(&key, sizeof(key)), g_memdup2(&place, sizeof(place)));
	}
}

static void write_tail(struct saver *w, uint32_t *size)
{
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct state *s = state_save(bytes);

	tail_state(&w->tail, s);
	state_end(s, NULL);
	*size = bytes->len;
	pack(w, bytes->data, bytes->len, ZSTD_e_end);
}

static void write_header(struct saver *w, const char *origin, uint32_t tail)
{
	uint8_t h[HEADER] = {0};
	XXH128_canonical_t digest;

	XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(w->digest));
	memcpy(h + H_MAGIC, magic, sizeof(magic));
	put_le64(h + H_PAGES, w->own);
	put_le32(h + H_TAIL, tail);
	put_le32(h + H_ORIGIN, (uint32_t)strlen(origin));
	memcpy(h + H_DIGEST, digest.digest, DIGEST);
	if (!w->error && pwrite(w->fd, h, HEADER, 0) != HEADER)
		w->error = errno ? errno : EIO;
	if (!w->error && fsync(w->fd))
		w->error = errno;
}

/* The header comes last: until then the file is nothing. */
static bool write_lab(struct saver *w, struct lab *l, const char *origin, GError **error)
{
	const struct state_apart apart = {.opaque = w, .put = put_block};
	struct state *s = state_save_apart(w->tail.fields, &apart);
	uint32_t tail;

	if (lseek(w->fd, HEADER, SEEK_SET) < 0)
		w->error = errno;
	write_all(w, origin, strlen(origin));
	XXH3_128bits_update(w->digest, origin, strlen(origin));
	lab_walk(l, s);
	if (!state_end(s, error))
		return false;
	write_tail(w, &tail);
	write_header(w, origin, tail);
	return true;
}

static bool save_to(int fd, struct lab *l, const char *path, const char *origin, bool full, GError **error)
{
	struct saver w = {
		.fd = fd,
		.pack = ZSTD_createCStream(),
		.out = g_byte_array_set_size(g_byte_array_new(), (guint)ZSTD_CStreamOutSize()),
		.digest = XXH3_createState(),
		.known = g_hash_table_new_full(hash_key, hash_equal, g_free, g_free),
	};
	bool ok;

	ZSTD_CCtx_setParameter(w.pack, ZSTD_c_compressionLevel, LEVEL);
	XXH3_128bits_reset(w.digest);
	tail_init(&w.tail);
	w.tail.program = image_program();
	if (!full)
		image_values(l, know_image, &w);
	ok = write_lab(&w, l, origin, error);
	tail_clear(&w.tail);
	g_hash_table_destroy(w.known);
	XXH3_freeState(w.digest);
	g_byte_array_unref(w.out);
	ZSTD_freeCStream(w.pack);
	return ok && (!w.error || host_failed(error, path, w.error));
}

bool snapshot_save(struct lab *l, const char *path, const char *origin, bool full, GError **error)
{
	g_autofree char *aside = g_strconcat(path, ".part-XXXXXX", NULL);
	int fd = g_mkstemp_full(aside, O_RDWR | O_CLOEXEC, 0666);
	bool ok;

	if (fd < 0)
		return host_failed(error, path, errno);
	ok = save_to(fd, l, path, origin, full, error);
	close(fd);
	/* link(), unlike rename(), takes no other file's place. */
	if (ok && link(aside, path))
		ok = host_failed(error, path, errno);
	g_unlink(aside);
	return ok;
}

/* ---- loading ---- */

struct loader {
	const char *path;
	const uint8_t *bytes; /* the file */
	size_t size;
	uint64_t pages;
	uint32_t tail_size, origin_size;
	uint8_t *own;       /* unpacked: pages, then the tail */
	struct page **page; /* made of them as they are asked for */
	struct tail tail;
	GPtrArray *values; /* struct pc_value, by label; borrowed */
};

static bool read_header(struct loader *r, GError **error)
{
	if (r->size < HEADER || memcmp(r->bytes, magic, sizeof(magic)))
		return failed(error, r->path, "is no saved lab of this format");
	r->pages = get_le64(r->bytes + H_PAGES);
	r->tail_size = get_le32(r->bytes + H_TAIL);
	r->origin_size = get_le32(r->bytes + H_ORIGIN);
	if (r->origin_size > ORIGIN_MAX || r->origin_size > r->size - HEADER || r->tail_size > TAIL_MAX ||
	    r->pages > UINT32_MAX)
		return failed(error, r->path, "is damaged: impossible sizes in its header");
	return true;
}

/* More pages than the lab's PCs can have would be a bomb. */
static uint64_t pages_possible(const struct lab *l)
{
	uint64_t sum = 0;

	for (guint n = 0; n < l->pcs->len; n++)
		sum += board_pages(((const struct lab_pc *)l->pcs->pdata[n])->board);
	return sum;
}

static bool digest_fits(const struct loader *r)
{
	XXH3_state_t *state = XXH3_createState();
	XXH128_canonical_t digest;

	XXH3_128bits_reset(state);
	XXH3_128bits_update(state, r->bytes + HEADER, r->origin_size);
	XXH3_128bits_update(state, r->own, r->pages * PAGE_SIZE + r->tail_size);
	XXH128_canonicalFromHash(&digest, XXH3_128bits_digest(state));
	XXH3_freeState(state);
	return !memcmp(digest.digest, r->bytes + H_DIGEST, DIGEST);
}

static bool unpack(struct loader *r, GError **error)
{
	const uint8_t *packed = r->bytes + HEADER + r->origin_size;
	size_t size = r->pages * PAGE_SIZE + r->tail_size, done;

	r->own = g_try_malloc(size ? size : 1);
	if (!r->own)
		return host_failed(error, r->path, ENOMEM);
	done = ZSTD_decompress(r->own, size, packed, r->size - HEADER - r->origin_size);
	if (ZSTD_isError(done) || done != size || !digest_fits(r))
		return failed(error, r->path, "is damaged");
	return true;
}

static bool read_tail(struct loader *r, GError **error)
{
	struct state *s = state_load(r->own + r->pages * PAGE_SIZE, r->tail_size);
	g_autofree char *program = image_program();

	tail_state(&r->tail, s);
	if (!state_end(s, error)) {
		g_prefix_error(error, "%s: ", r->path);
		return false;
	}
	if (g_strcmp0(program, r->tail.program))
		return failed(error, r->path, "was saved by another build of lanyard, which counts differently");
	return true;
}

static bool find_values(struct loader *r, struct lab *l, GError **error)
{
	for (guint n = 0; n < r->tail.labels->len; n++) {
		const char *label = r->tail.labels->pdata[n];
		struct pc_value *v = image_value(l, label, error);

		if (!v) {
			g_prefix_error(error, "%s: needs %.*s as it was: ", r->path, (int)strcspn(label, "\n"), label);
			return false;
		}
		g_ptr_array_add(r->values, v);
	}
	return true;
}

static struct page *own_page(struct loader *r, uint32_t n)
{
	if (n >= r->pages)
		return NULL;
	if (!r->page[n])
		r->page[n] = page_new(r->own + (size_t)n * PAGE_SIZE);
	return r->page[n];
}

static bool get_block(void *opaque, uint32_t number, struct state_block *block)
{
	struct loader *r = opaque;
	const struct place *p =
		number < r->tail.places->len ? &g_array_index(r->tail.places, struct place, number) : NULL;
	struct page *page = NULL;

	if (p)
		page = p->image ? pc_value_page(r->values->pdata[p->image - 1], p->page) : own_page(r, p->page);
	if (!page)
		return false;
	*block = (struct state_block){.bytes = page->data, .size = PAGE_SIZE, .object = page};
	return true;
}

static bool walk(struct loader *r, struct lab *l, GError **error)
{
	const struct state_apart apart = {.opaque = r, .get = get_block};
	struct state *s = state_load_apart(r->tail.fields->data, r->tail.fields->len, &apart);
	bool ok;

	r->page = g_new0(struct page *, r->pages + 1);
	lab_walk(l, s);
	ok = state_end(s, error);
	if (!ok)
		g_prefix_error(error, "%s: ", r->path);
	for (uint64_t n = 0; n < r->pages; n++)
		page_unref(r->page[n]);
	g_free(r->page);
	return ok;
}

static bool load_from(struct loader *r, struct lab *l, GError **error)
{
	if (!read_header(r, error))
		return false;
	if (r->pages > pages_possible(l))
		return failed(error, r->path, "holds more memory than the PCs of its lab have");
	return unpack(r, error) && read_tail(r, error) && find_values(r, l, error) && walk(r, l, error);
}

bool snapshot_load(struct lab *l, const char *path, GError **error)
{
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
	struct loader r = {.path = path};
	bool ok;

	if (!file)
		return false;
	r.bytes = (const uint8_t *)g_mapped_file_get_contents(file);
	r.size = g_mapped_file_get_length(file);
	r.values = g_ptr_array_new();
	tail_init(&r.tail);
	ok = load_from(&r, l, error);
	tail_clear(&r.tail);
	g_ptr_array_unref(r.values);
	g_free(r.own);
	return ok;
}

bool snapshot_is(const char *path)
{
	char start[sizeof(magic)];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	bool is = fd >= 0 && read(fd, start, sizeof(start)) == sizeof(start) && !memcmp(start, magic, sizeof(magic));

	if (fd >= 0)
		close(fd);
	return is;
}

char *snapshot_origin(const char *path, GError **error)
{
	g_autoptr(GMappedFile) file = g_mapped_file_new(path, FALSE, error);
	struct loader r = {.path = path};
	const char *origin;

	if (!file)
		return NULL;
	r.bytes = (const uint8_t *)g_mapped_file_get_contents(file);
	r.size = g_mapped_file_get_length(file);
	if (!read_header(&r, error))
		return NULL;
	origin = (const char *)r.bytes + HEADER;
	if (!g_utf8_validate(origin, r.origin_size, NULL)) {
		failed(error, path, "is damaged");
		return NULL;
	}
	return g_strndup(origin, r.origin_size);
}
