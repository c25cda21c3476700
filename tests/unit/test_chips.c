/* The list of chips: each part of the PC value belongs to one chip, each chip's
 * timers to it alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "engine/pc/chips.h"
#include "engine/pc/pc.h"

static int by_offset(const void *a, const void *b)
{
	const struct chip *x = *(const struct chip *const *)a, *y = *(const struct chip *const *)b;

	return x->state.offset < y->state.offset ? -1 : x->state.offset > y->state.offset;
}

/* Behind the clock come the chips, behind them the cards, with nothing between but
 * what aligns the next. A chip without a row would leave a hole. */
static void rows_cover_the_value(void **state)
{
	const struct chip *order[64];
	unsigned count = 0;
	size_t at = offsetof(struct pc, test_exit_port) + sizeof(uint32_t);

	for (unsigned n = 0; n < chip_count; n++)
		if (chips[n].state.size)
			order[count++] = &chips[n];
	qsort(order, count, sizeof(order[0]), by_offset);
	for (unsigned n = 0; n < count; n++) {
		assert_in_range(order[n]->state.offset, at, at + 63);
		assert_true(order[n]->state.offset - at < 8 || order[n]->state.offset % 64 == 0);
		at = order[n]->state.offset + order[n]->state.size;
	}
	assert_in_range(offsetof(struct pc, nic_model), at, at + 7);
}

static void each_timer_is_somebodys(void **state)
{
	struct board *b = board_new(1 << 20);
	unsigned owned = 0;

	for (unsigned t = 0; t < PC_TIMERS; t++)
		owned += b->timer_chip[t] != NULL;
	for (unsigned n = 0; n < chip_count; n++) {
		for (unsigned t = 0; t < chips[n].timers; t++)
			assert_ptr_equal(b->timer_chip[chips[n].first_timer + t], &chips[n]);
		owned -= chips[n].timers;
	}
	assert_int_equal(owned, 0);
	assert_null(b->timer_chip[TIMER_INPUT]);
	assert_null(b->timer_chip[TIMER_NIC0]);
	assert_null(chips_validate(b));
	board_free(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rows_cover_the_value),
		cmocka_unit_test(each_timer_is_somebodys),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
