/* What judges a PC value from elsewhere: it takes every state that a PC comes to
 * by itself, and what it takes can be run, whatever was changed in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "engine/base/rng.h"
#include "engine/nic/nic.h"
#include "engine/boot/boot.h"
#include "engine/pc/pc.h"

enum { MS = 1000000, TRIALS = 200, BYTES = 2 };

/* There are more models than slots: first is the one in the first slot. */
static struct board *make(unsigned first)
{
	static const uint8_t mac[6] = {0x52, 0x54, 0, 0, 0, 1};
	const struct boot_config config = {.kernel = (char *)"build/guest/netguest.elf", .append = (char *)"id=1"};
	struct board *b = board_new(16 << 20);

	for (unsigned n = 0; n < PC_NIC_SLOTS && nic_models[first + n]; n++)
		assert_true(nic_plug(b, n, nic_models[first + n], mac, NULL, false));
	board_reset(b);
	assert_true(boot_prepare(b, &config, NULL));
	return b;
}

static const char *judge(struct board *b)
{
	const char *wrong = board_validate(b);

	return wrong ? wrong : nic_validate(b);
}

/* From power-on through the firmware to a guest that talks to its cards. */
static void takes(unsigned first)
{
	struct board *b = make(first);

	for (uint64_t t = MS; t < 400 * MS; t += MS) {
		const char *wrong;

		board_run(b, t);
		wrong = judge(b);
		if (wrong)
			print_error("at %llu ns: %s\n", (unsigned long long)t, wrong);
		assert_null(wrong);
	}
	board_free(b);
}

static unsigned models(void)
{
	unsigned n = 0;

	while (nic_models[n])
		n++;
	return n;
}

static void test_takes(void **state)
{
	for (unsigned first = 0; first < models(); first += PC_NIC_SLOTS)
		takes(first);
}

/* A copy with some bytes changed behind the processor, from `first` on. */
static struct board *changed(const struct board *b, struct rng *r, size_t first, size_t size)
{
	struct board *copy = board_clone(b);

	nic_restore_all(copy); /* a PCI function must be one that the machine has */
	for (unsigned n = 0; n < BYTES; n++)
		((uint8_t *)copy->pc)[first + rng_next(r) % size] = (uint8_t)rng_next(r);
	return copy;
}

static void run(struct board *b)
{
	uint64_t now = board_now(b);

	board_restore(b);
	nic_restore_all(b);
	for (unsigned n = 1; n <= 4 && board_run(b, now + n * MS) == BOARD_RESET; n++)
		board_reset(b);
}

/* How many of the changed PCs were taken. */
static unsigned mutate_with(unsigned model, size_t first, size_t size, uint64_t seed)
{
	struct board *b = make(model);
	unsigned taken = 0;
	struct rng r;

	rng_seed(&r, seed, "validate");
	for (unsigned n = 0; n < TRIALS; n++) {
		struct board *copy;

		if (n % 50 == 0)
			board_run(b, board_now(b) + 20 * MS);
		copy = changed(b, &r, first, size);
		if (!judge(copy)) {
			taken++;
			run(copy);
		}
		board_free(copy);
	}
	printf("%u of %u taken\n", taken, TRIALS);
	assert_true(taken);
	board_free(b);
	return taken;
}

static unsigned mutate(size_t first, size_t size, uint64_t seed)
{
	return mutate_with(0, first, size, seed);
}

static void test_cpu(void **state)
{
	/* Most of its registers may hold anything. */
	mutate(0, offsetof(struct cpu, dtlb), 4);
}
static void test_tlb(void **state)
{
	assert_in_range(mutate(offsetof(struct cpu, dtlb), sizeof(struct cpu) - offsetof(struct cpu, dtlb), 5), 1,
			TRIALS - 1);
}
static void test_clock(void **state)
{
	assert_in_range(
		mutate(offsetof(struct pc, idle_ns), offsetof(struct pc, pic) - offsetof(struct pc, idle_ns), 1), 1,
		TRIALS - 1);
}
static void test_chips(void **state)
{
	assert_in_range(mutate(offsetof(struct pc, pic), offsetof(struct pc, nic) - offsetof(struct pc, pic), 2), 1,
			TRIALS - 1);
}
/* The beginning of each card's slot is where its state is. */
static void test_cards(void **state)
{
	for (unsigned n = 0; n < models(); n++)
		assert_in_range(mutate_with(n, offsetof(struct pc, nic), 1024, 3 + n), 1, TRIALS - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_takes), cmocka_unit_test(test_cpu),
					   cmocka_unit_test(test_tlb),   cmocka_unit_test(test_clock),
					   cmocka_unit_test(test_chips), cmocka_unit_test(test_cards)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
