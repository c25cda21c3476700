/* Fuzzing what loads a saved lab: the bytes may come from anywhere, so whatever they
 * are, they are refused or make a lab that can be run.
 *
 * Input: a byte that chooses the lab; then records of eight bytes, each of which writes
 * up to four of them over a place of what the lab had saved, or cuts it short there. The
 * place is anywhere, or near the front (checks, timeline) or the end (the fabric): PCs'
 * pages are the most of it and take anything. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/bytes.h"
#include "tests/lab/lab_test.h"

#define GUEST "build/guest/netguest.elf"
#define SAVED_AT (150 * MS)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct base {
	struct plan *plan;
	GByteArray *saved;
};

static struct lab *built(const struct plan *plan)
{
	static const struct lab_options options = {.workers = 1};
	g_autoptr(GError) error = NULL;
	struct lab *l = lab_build(plan, &options, NULL, &error);

	if (!l) {
		fprintf(stderr, "%s\n", error->message);
		abort();
	}
	return l;
}

static void prepare(struct base *b, struct plan *plan)
{
	struct lab *l = built(plan);

	b->plan = plan;
	b->saved = g_byte_array_new();
	while (lab_now(l) < SAVED_AT)
		lab_step(l, SAVED_AT);
	if (!lab_save(l, b->saved, NULL))
		abort();
	lab_free(l);
}

static const struct base *base(unsigned n)
{
	static struct base bases[3];

	if (!bases[0].plan) {
		prepare(&bases[0], plan_hub(GUEST));
		prepare(&bases[1], plan_switches(GUEST));
		prepare(&bases[2], plan_clones(GUEST, 2));
	}
	return &bases[n % G_N_ELEMENTS(bases)];
}

enum { BACK = 0x80, NEAR = 0x40, CUT = 0x3f };

/* Three bytes of place, one that says how to take it, four to be written. */
static void patch(GByteArray *bytes, const uint8_t *record)
{
	uint32_t place = get_le32(record) & 0xffffff;
	uint8_t how = record[3];

	if (!bytes->len)
		return;
	place %= how & NEAR ? MIN(bytes->len, 4096) : bytes->len;
	if (how & BACK)
		place = bytes->len - 1 - place;
	if ((how & CUT) == CUT)
		g_byte_array_set_size(bytes, place);
	else
		memcpy(bytes->data + place, record + 4, MIN(1 + how % 4, bytes->len - place));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct base *from = base(size ? data[0] : 0);
	g_autoptr(GByteArray) bytes = g_byte_array_new();
	struct lab *l = built(from->plan);

	g_byte_array_append(bytes, from->saved->data, from->saved->len);
	for (size_t at = 1; at + 8 <= size; at += 8)
		patch(bytes, data + at);
	if (lab_load(l, bytes->data, bytes->len, NULL)) {
		uint64_t until = lab_now(l) + 3 * MS;

		for (unsigned n = 0; n < 1000 && lab_step(l, until); n++)
			;
	}
	lab_free(l);
	return 0;
}
