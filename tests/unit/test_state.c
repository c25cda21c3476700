/* The walk: what was saved is what is loaded, equal things have equal hashes, and what
 * is no state is refused with words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/state.h"

enum colour { RED, GREEN, BLUE, COLOURS };

struct thing {
	uint8_t small;
	uint16_t middle;
	uint32_t large;
	uint64_t huge;
	bool yes;
	enum colour colour;
	char *text, *none;
	GByteArray *bytes;
	struct rng rng;
	uint8_t block[64], other[64];
};

static void block_state(uint8_t *at, struct state *s)
{
	const struct state_block *k = state_block(s, at, 64);

	if (k)
		memcpy(at, k->bytes, k->size);
}

static void thing_state(struct thing *t, struct state *s)
{
	state_name(s, "it", "thing");
	state_u8(s, &t->small);
	state_u16(s, &t->middle);
	state_u32(s, &t->large);
	state_u64(s, &t->huge);
	state_bool(s, &t->yes);
	t->colour = state_enum(s, t->colour, COLOURS, "thing: colour");
	state_text(s, &t->text, 10, "thing: text");
	state_text(s, &t->none, 10, "thing: none");
	state_buffer(s, t->bytes, 8, "thing: bytes");
	state_rng(s, &t->rng);
	block_state(t->block, s);
	block_state(t->other, s);
	state_require(s, t->huge != 13, "thing: %u is an unlucky number", 13);
}

static void thing_clear(struct thing *t)
{
	g_free(t->text);
	g_free(t->none);
	g_byte_array_unref(t->bytes);
}

static struct thing make(uint64_t huge)
{
	struct thing t = {.small = 1, .middle = 0x0203, .large = 0x04050607, .huge = huge, .yes = true, .colour = BLUE};

	t.text = g_strdup("tëxt");
	t.bytes = g_byte_array_new();
	g_byte_array_append(t.bytes, (const uint8_t *)"bytes", 5);
	rng_seed(&t.rng, 1, "thing");
	memset(t.block, 7, sizeof(t.block));
	memset(t.other, 7, sizeof(t.other));
	return t;
}

static GByteArray *save(uint64_t huge)
{
	struct thing t = make(huge);
	GByteArray *out = g_byte_array_new();
	struct state *s = state_save(out);

	thing_state(&t, s);
	assert_true(state_end(s, NULL));
	thing_clear(&t);
	return out;
}

/* NULL, or what is wrong. */
static char *load(struct thing *t, const void *data, size_t size)
{
	struct state *s = state_load(data, size);
	GError *error = NULL;
	char *wrong = NULL;

	*t = (struct thing){.bytes = g_byte_array_new()};
	thing_state(t, s);
	if (!state_end(s, &error)) {
		wrong = g_strdup(error->message);
		g_error_free(error);
	}
	return wrong;
}

static void test_same(void **state)
{
	g_autoptr(GByteArray) saved = save(99);
	struct thing t, want = make(99);

	assert_null(load(&t, saved->data, saved->len));
	assert_int_equal(t.small, want.small);
	assert_int_equal(t.middle, want.middle);
	assert_int_equal(t.large, want.large);
	assert_int_equal(t.huge, want.huge);
	assert_true(t.yes);
	assert_int_equal(t.colour, BLUE);
	assert_string_equal(t.text, want.text);
	assert_null(t.none);
	assert_int_equal(t.bytes->len, 5);
	assert_memory_equal(&t.rng, &want.rng, sizeof(t.rng));
	assert_memory_equal(t.block, want.block, sizeof(t.block));
	assert_memory_equal(t.other, want.other, sizeof(t.other));
	/* Equal blocks are there once. */
	assert_in_range(saved->len, 64, 64 + 130);
	thing_clear(&t);
	thing_clear(&want);
}

static void digest(uint64_t huge, uint8_t out[STATE_HASH_BYTES])
{
	struct thing t = make(huge);
	struct state *s = state_hash();

	thing_state(&t, s);
	state_digest(s, out);
	assert_true(state_end(s, NULL));
	thing_clear(&t);
}

static void test_hash(void **state)
{
	uint8_t a[STATE_HASH_BYTES], b[STATE_HASH_BYTES], c[STATE_HASH_BYTES];

	digest(1, a);
	digest(1, b);
	digest(2, c);
	assert_memory_equal(a, b, sizeof(a));
	assert_memory_not_equal(a, c, sizeof(a));
}

static void refused(const uint8_t *data, size_t size, const char *why)
{
	struct thing t;
	g_autofree char *wrong = load(&t, data, size);

	assert_non_null(wrong);
	if (why)
		assert_string_equal(wrong, why);
	thing_clear(&t);
}

static void test_refused(void **state)
{
	g_autoptr(GByteArray) saved = save(99), unlucky = save(13);
	/* "it" is eight bytes of length and two of name */
	enum { SMALL = 10, YES = SMALL + 15, COLOUR = YES + 1, TEXT = COLOUR + 4 };

	for (size_t n = 0; n < saved->len; n++)
		refused(saved->data, n, NULL);
	refused(saved->data, 0, "saved state: ends too early");
	refused(unlucky->data, unlucky->len, "saved state: thing: 13 is an unlucky number");
	g_byte_array_append(saved, (const uint8_t *)"abc", 3);
	refused(saved->data, saved->len, "saved state: 3 bytes too many");
	g_byte_array_set_size(saved, saved->len - 3);
	saved->data[YES] = 2;
	refused(saved->data, saved->len, "saved state: 2 where yes or no was expected");
	saved->data[YES] = 1;
	saved->data[COLOUR] = COLOURS;
	refused(saved->data, saved->len, "saved state: thing: colour: 3 is none of the 3 that there are");
	saved->data[COLOUR] = RED;
	saved->data[TEXT + 7] = 0xff;
	refused(saved->data, saved->len, "saved state: thing: text: 18374686479671623686 are too many");
	saved->data[TEXT + 7] = 0;
	saved->data[TEXT + 8] = 0xff;
	refused(saved->data, saved->len, "saved state: thing: text: no valid text");
	saved->data[8] = 'a';
	refused(saved->data, saved->len, "saved state: thing at: expected it");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_same), cmocka_unit_test(test_hash),
					   cmocka_unit_test(test_refused)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
