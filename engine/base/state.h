/* The one walk over an object's state.
 *
 * Every object of a lab has one foo_state(struct foo *, struct state *). It names
 * the object's fields in a fixed order, and that same function hashes, saves and
 * loads them, whichever the walk is for: so nothing can be hashed and not saved.
 *
 * History is not state: objects are walked in their total order, and what only
 * counted how they came there (sequence numbers, room in arrays) is left out and
 * made anew when loading. Pointers are walked as the id of what they point to.
 *
 * What is loaded may come from anywhere: each field is judged where it is read,
 * by state_require(). After the first failure every further field reads as zero
 * and every count as none, so a walk ends by itself; it need not look. What it has
 * made by then is only good for being freed.
 *
 * Bytes are the same on every host that can run the same build: numbers are
 * little-endian and have no padding between them. */
#ifndef LANYARD_BASE_STATE_H
#define LANYARD_BASE_STATE_H

#include <glib.h>

#include "engine/base/rng.h"

struct state;

#define STATE_HASH_BYTES 16

/* A walk is begun by one of these and ended by state_end(). */
struct state *state_hash(void);
struct state *state_save(GByteArray *out); /* appends */
struct state *state_load(const void *data, size_t size);
/* Of state_hash(): the fingerprint of what was walked so far (XXH3, 128 bits; not
 * cryptographic). */
void state_digest(struct state *s, uint8_t out[STATE_HASH_BYTES]);
/* Ends the walk. False with error if something failed, or if there is more than the
 * walk has read. */
bool state_end(struct state *s, GError **error);

bool state_loading(const struct state *s);
bool state_hashing(const struct state *s);
/* The first failure counts: what was read, and what is wrong with it ("link wan:
 * 70000 frames wait"). For loading only. */
void state_fail(struct state *s, const char *format, ...) __attribute__((format(printf, 2, 3)));
bool state_failed(const struct state *s);
/* What must hold of the fields read so far. */
#define state_require(s, condition, ...) \
	do { \
		if (state_loading(s) && !state_failed(s) && !(condition)) \
			state_fail((s), __VA_ARGS__); \
	} while (0)

/* ---- fields ---- */

void state_u8(struct state *s, uint8_t *v);
void state_u16(struct state *s, uint16_t *v);
void state_u32(struct state *s, uint32_t *v);
void state_u64(struct state *s, uint64_t *v);
void state_bool(struct state *s, bool *v);
/* One of `count` values from 0 on; what: "pc alice: state", for the failure. */
unsigned state_enum(struct state *s, unsigned v, unsigned count, const char *what);
/* How many elements follow: n, or when loading what was saved, at most max and at
 * most as many as there are bytes left. */
uint64_t state_count(struct state *s, uint64_t n, uint64_t max, const char *what);
/* Flat bytes: no pointers, no padding. */
void state_bytes(struct state *s, void *data, size_t size);
/* Bytes of any number up to max; *buffer is emptied first when loading. */
void state_buffer(struct state *s, GByteArray *buffer, size_t max, const char *what);
void state_string(struct state *s, GString *text, size_t max, const char *what);
/* g_free()d and replaced when loading; may be NULL. Valid UTF-8. */
void state_text(struct state *s, char **text, size_t max, const char *what);
/* A name that the loader has already, from the lab file: it must be the same. */
void state_name(struct state *s, const char *name, const char *what);
void state_rng(struct state *s, struct rng *r);

/* ---- blocks ---- */

/* Bytes that many holders have alike (pages) are saved once: by their contents, so
 * that it does not matter who shares them with whom. */
struct state_block {
	const uint8_t *bytes; /* what was saved */
	size_t size;
	void *object;                      /* what a holder made of it, for the others; or NULL */
	void (*object_free)(void *object); /* called by state_end() */
};
/* data: `size` bytes, when not loading. NULL unless loading, and after a failure.
 * What is returned holds until the next call. */
struct state_block *state_block(struct state *s, const void *data, size_t size);

/* Blocks may be kept apart from the other bytes, numbered 0, 1, 2 ... in the order in
 * which they come first: in a file that is mapped, say. */
struct state_apart {
	void *opaque;
	/* When saving: a new block. */
	void (*put)(void *opaque, const void *data, size_t size);
	/* When loading: fills *block, whose object (if any) stays get()'s own. False: there
	 * is no block of this number. */
	bool (*get)(void *opaque, uint32_t number, struct state_block *block);
};
/* apart must outlive the walk. */
struct state *state_save_apart(GByteArray *out, const struct state_apart *apart);
struct state *state_load_apart(const void *data, size_t size, const struct state_apart *apart);

#endif
