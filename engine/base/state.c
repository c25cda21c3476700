/* Walks over state: the stream of bytes that is hashed, written or read; see
 * state.h. */
#include "engine/base/state.h"

#include <gio/gio.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "engine/base/bytes.h"

enum mode { HASH, SAVE, LOAD };

struct state {
	enum mode mode;
	XXH3_state_t *hash;
	GByteArray *out;
	const uint8_t *in;
	size_t left;
	char *wrong;                     /* the first failure */
	GHashTable *known;               /* SAVE: XXH128_hash_t of a block -> its number + 1 */
	GPtrArray *blocks;               /* LOAD: struct state_block, by number */
	const struct state_apart *apart; /* NULL: blocks are among the other bytes */
	struct state_block current;      /* LOAD, apart: the last one */
};

static struct state *begin(enum mode mode)
{
	struct state *s = g_new0(struct state, 1);

	s->mode = mode;
	return s;
}

struct state *state_hash(void)
{
	struct state *s = begin(HASH);

	s->hash = XXH3_createState();
	XXH3_128bits_reset(s->hash);
	return s;
}

static guint block_hash(gconstpointer key)
{
	return (guint)((const XXH128_hash_t *)key)->low64;
}

static gboolean block_equal(gconstpointer a, gconstpointer b)
{
	return XXH128_isEqual(*(const XXH128_hash_t *)a, *(const XXH128_hash_t *)b);
}

struct state *state_save(GByteArray *out)
{
	struct state *s = begin(SAVE);

	s->out = out;
	s->known = g_hash_table_new_full(block_hash, block_equal, g_free, NULL);
	return s;
}

static void block_free(gpointer block)
{
	struct state_block *b = block;

	if (b->object && b->object_free)
		b->object_free(b->object);
	g_free(b);
}

struct state *state_load(const void *data, size_t size)
{
	struct state *s = begin(LOAD);

	s->in = data;
	s->left = size;
	s->blocks = g_ptr_array_new_with_free_func(block_free);
	return s;
}

struct state *state_save_apart(GByteArray *out, const struct state_apart *apart)
{
	struct state *s = state_save(out);

	s->apart = apart;
	return s;
}

struct state *state_load_apart(const void *data, size_t size, const struct state_apart *apart)
{
	struct state *s = state_load(data, size);

	s->apart = apart;
	return s;
}

void state_digest(struct state *s, uint8_t out[STATE_HASH_BYTES])
{
	XXH128_canonical_t canonical;

	XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(s->hash));
	memcpy(out, canonical.digest, STATE_HASH_BYTES);
}

bool state_end(struct state *s, GError **error)
{
	bool ok;

	if (s->mode == LOAD && s->left)
		state_fail(s, "%zu bytes too many", s->left);
	ok = !s->wrong;
	if (!ok)
		g_set_error(error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "saved state: %s", s->wrong);
	if (s->hash)
		XXH3_freeState(s->hash);
	g_clear_pointer(&s->known, g_hash_table_destroy);
	g_clear_pointer(&s->blocks, g_ptr_array_unref);
	g_free(s->wrong);
	g_free(s);
	return ok;
}

bool state_loading(const struct state *s)
{
	return s->mode == LOAD;
}

bool state_hashing(const struct state *s)
{
	return s->mode == HASH;
}

bool state_failed(const struct state *s)
{
	return s->wrong != NULL;
}

void state_fail(struct state *s, const char *format, ...)
{
	va_list args;

	if (s->wrong)
		return;
	va_start(args, format);
	s->wrong = g_strdup_vprintf(format, args);
	va_end(args);
	s->left = 0;
}

/* ---- the stream ---- */

/* The next bytes of what is loaded; NULL if there are not so many. */
static const uint8_t *take(struct state *s, size_t size)
{
	const uint8_t *at = s->in;

	if (size > s->left)
		state_fail(s, "ends too early");
	if (s->wrong)
		return NULL;
	s->in += size;
	s->left -= size;
	return at;
}

void state_bytes(struct state *s, void *data, size_t size)
{
	const uint8_t *from;

	if (!size)
		return;
	if (s->mode == HASH) {
		XXH3_128bits_update(s->hash, data, size);
	} else if (s->mode == SAVE) {
		g_byte_array_append(s->out, data, (guint)size);
	} else if ((from = take(s, size))) {
		memcpy(data, from, size);
	} else {
		memset(data, 0, size);
	}
}

void state_u8(struct state *s, uint8_t *v)
{
	state_bytes(s, v, sizeof(*v));
}

void state_u16(struct state *s, uint16_t *v)
{
	uint8_t bytes[sizeof(*v)];

	put_le16(bytes, *v);
	state_bytes(s, bytes, sizeof(bytes));
	*v = get_le16(bytes);
}

void state_u32(struct state *s, uint32_t *v)
{
	uint8_t bytes[sizeof(*v)];

	put_le32(bytes, *v);
	state_bytes(s, bytes, sizeof(bytes));
	*v = get_le32(bytes);
}

void state_u64(struct state *s, uint64_t *v)
{
	uint8_t bytes[sizeof(*v)];

	put_le64(bytes, *v);
	state_bytes(s, bytes, sizeof(bytes));
	*v = get_le64(bytes);
}

void state_bool(struct state *s, bool *v)
{
	uint8_t byte = *v;

	state_u8(s, &byte);
	state_require(s, byte <= 1, "%u where yes or no was expected", byte);
	*v = byte == 1;
}

unsigned state_enum(struct state *s, unsigned v, unsigned count, const char *what)
{
	uint32_t value = v;

	state_u32(s, &value);
	state_require(s, value < count, "%s: %u is none of the %u that there are", what, value, count);
	return state_failed(s) ? 0 : value;
}

uint64_t state_count(struct state *s, uint64_t n, uint64_t max, const char *what)
{
	state_u64(s, &n);
	state_require(s, n <= max && n <= s->left, "%s: %llu are too many", what, (unsigned long long)n);
	return state_failed(s) ? 0 : n;
}

void state_buffer(struct state *s, GByteArray *buffer, size_t max, const char *what)
{
	uint64_t n = state_count(s, buffer->len, max, what);

	if (state_loading(s))
		g_byte_array_set_size(buffer, (guint)n);
	if (n)
		state_bytes(s, buffer->data, n);
}

void state_string(struct state *s, GString *text, size_t max, const char *what)
{
	uint64_t n = state_count(s, text->len, max, what);

	if (state_loading(s))
		g_string_set_size(text, n);
	state_bytes(s, text->str, n);
}

static void load_text(struct state *s, char **text, uint64_t size)
{
	const uint8_t *from = size ? take(s, size - 1) : NULL;

	g_clear_pointer(text, g_free);
	if (from)
		*text = g_strndup((const char *)from, size - 1);
}

void state_text(struct state *s, char **text, size_t max, const char *what)
{
	uint64_t size = state_count(s, *text ? strlen(*text) + 1 : 0, max + 1, what);

	if (state_loading(s))
		load_text(s, text, size);
	else if (*text)
		state_bytes(s, *text, size - 1);
	state_require(s, !*text || (strlen(*text) == size - 1 && g_utf8_validate(*text, -1, NULL)), "%s: no valid text",
		      what);
}

void state_name(struct state *s, const char *name, const char *what)
{
	g_autofree char *saved = g_strdup(name);

	state_text(s, &saved, 4096, what);
	state_require(s, g_strcmp0(saved, name) == 0, "%s %s: expected %s", what, saved ? saved : "", name);
}

void state_rng(struct state *s, struct rng *r)
{
	for (unsigned n = 0; n < ARRAY_LEN(r->s); n++)
		state_u64(s, &r->s[n]);
}

/* ---- blocks ---- */

/* The number of a block; a new one is followed by its bytes. */
static void block_save(struct state *s, const void *data, size_t size)
{
	XXH128_hash_t key = XXH3_128bits(data, size);
	guint known = GPOINTER_TO_UINT(g_hash_table_lookup(s->known, &key));
	uint32_t number = known ? known - 1 : g_hash_table_size(s->known);

	state_u32(s, &number);
	if (known)
		return;
	g_hash_table_insert(s->known, g_memdup2(&key, sizeof(key)), GUINT_TO_POINTER(number + 1));
	if (s->apart)
		s->apart->put(s->apart->opaque, data, size);
	else
		g_byte_array_append(s->out, data, (guint)size);
}

static struct state_block *block_apart(struct state *s, uint32_t number, size_t size)
{
	s->current = (struct state_block){0};
	state_require(s, s->apart->get(s->apart->opaque, number, &s->current) && s->current.size == size,
		      "there is no block %u of this size", number);
	return s->wrong ? NULL : &s->current;
}

static struct state_block *block_load(struct state *s, size_t size)
{
	struct state_block *block;
	const uint8_t *bytes;
	uint32_t number = 0;

	state_u32(s, &number);
	if (s->apart)
		return s->wrong ? NULL : block_apart(s, number, size);
	state_require(s, number <= s->blocks->len, "block %u comes before block %u", number, s->blocks->len);
	if (s->wrong)
		return NULL;
	if (number < s->blocks->len) {
		block = s->blocks->pdata[number];
		state_require(s, block->size == size, "block %u has another size", number);
		return s->wrong ? NULL : block;
	}
	bytes = take(s, size);
	if (!bytes)
		return NULL;
	block = g_new0(struct state_block, 1);
	block->bytes = bytes;
	block->size = size;
	g_ptr_array_add(s->blocks, block);
	return block;
}

struct state_block *state_block(struct state *s, const void *data, size_t size)
{
	uint64_t hash;

	if (s->mode == LOAD)
		return block_load(s, size);
	if (s->mode == SAVE) {
		block_save(s, data, size);
	} else {
		hash = XXH3_64bits(data, size);
		state_u64(s, &hash);
	}
	return NULL;
}
