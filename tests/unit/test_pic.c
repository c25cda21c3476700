/* The 8259s: command sequences from the data sheet and from what BIOSes and
 * Linux do. */
#include "tests/unit/chips.h"

static void pic_priority(void **state)
{
	struct board *b = with_pic(0xffff);

	board_set_irq(b, 3, true);
	board_set_irq(b, 1, true);
	assert_true(intr(b));
	assert_int_equal(board_intack(b), 0x09);
	assert_false(intr(b));      /* 3 is below 1 in service */
	board_set_irq(b, 12, true); /* cascade is IR2: below 1 */
	assert_false(intr(b));
	out(b, 0x20, 0x0b);
	assert_int_equal(in(b, 0x20), 0x02);
	out(b, 0x20, 0x20);
	assert_int_equal(board_intack(b), 0x74);
	assert_int_equal(in(b, 0x20), 0x04);
	out(b, 0xa0, 0x0b);
	assert_int_equal(in(b, 0xa0), 0x10);
	/* A higher slave input must wait for the master's ISR bit 2. */
	board_set_irq(b, 8, true);
	assert_false(intr(b));
	out(b, 0xa0, 0x20);
	out(b, 0x20, 0x20);
	assert_int_equal(board_intack(b), 0x70);
	out(b, 0xa0, 0x60); /* specific EOIs */
	out(b, 0x20, 0x62);
	assert_int_equal(board_intack(b), 0x0b);
	done(b);
}

static void pic_special_fully_nested(void **state)
{
	struct board *b = with_pic(0xffff);

	out(b, 0x20, 0x11);
	out(b, 0x21, 0x08);
	out(b, 0x21, 0x04);
	out(b, 0x21, 0x11);
	board_set_irq(b, 12, true);
	assert_int_equal(board_intack(b), 0x74);
	board_set_irq(b, 8, true);
	assert_int_equal(board_intack(b), 0x70); /* now it may */
	done(b);
}

static void pic_edges(void **state)
{
	struct board *b = with_pic(0xffff);

	board_set_irq(b, 5, true);
	board_set_irq(b, 5, false); /* withdrawn */
	assert_false(intr(b));
	assert_int_equal(board_intack(b), -1);
	assert_int_equal(pic_intack(b), 0x0f); /* the default IR7 */
	out(b, 0x20, 0x0b);
	assert_int_equal(in(b, 0x20), 0);
	board_set_irq(b, 5, true);
	assert_int_equal(board_intack(b), 0x0d);
	out(b, 0x20, 0x20);
	assert_false(intr(b)); /* still high: no second edge */
	/* Masked edges are remembered. */
	board_set_irq(b, 5, false);
	out(b, 0x21, 0xff);
	board_set_irq(b, 5, true);
	assert_false(intr(b));
	out(b, 0x20, 0x0a);
	assert_int_equal(in(b, 0x20), 0x20);
	out(b, 0x21, 0x00);
	assert_true(intr(b));
	/* ICW1 forgets them. */
	pic_init(b);
	assert_false(intr(b));
	done(b);
}

static void pic_level(void **state)
{
	struct board *b = with_pic(0xffff);

	out(b, 0x4d0, 0xff);
	out(b, 0x4d1, 0xff);
	assert_int_equal(in(b, 0x4d0), 0xf8);
	assert_int_equal(in(b, 0x4d1), 0xde);
	board_set_irq(b, 11, true);
	assert_int_equal(board_intack(b), 0x73);
	out(b, 0xa0, 0x20);
	out(b, 0x20, 0x20);
	assert_int_equal(board_intack(b), 0x73);
	board_set_irq(b, 11, false);
	out(b, 0xa0, 0x20);
	out(b, 0x20, 0x20);
	assert_false(intr(b));
	done(b);
}

static void pic_modes(void **state)
{
	struct board *b = with_pic(0x00ff);

	/* Rotate on non-specific EOI: the served one becomes the lowest. */
	board_set_irq(b, 4, true);
	board_set_irq(b, 6, true);
	assert_int_equal(board_intack(b), 0x0c);
	out(b, 0x20, 0xa0);
	board_set_irq(b, 3, true);
	assert_int_equal(board_intack(b), 0x0e); /* 5, 6, 7, 0 ... 4 */
	out(b, 0x20, 0x20);
	out(b, 0x20, 0xc7); /* set priority back */
	/* Special mask: 3 in service and masked lets 5 in. */
	assert_int_equal(board_intack(b), 0x0b);
	board_set_irq(b, 5, true);
	assert_false(intr(b));
	out(b, 0x21, 0x08);
	assert_false(intr(b));
	out(b, 0x20, 0x68);
	assert_true(intr(b));
	out(b, 0x20, 0x48);
	assert_false(intr(b));
	/* Poll takes the place of INTA. */
	out(b, 0x20, 0x63);
	out(b, 0x20, 0x0c);
	assert_int_equal(in(b, 0x20), 0x85);
	out(b, 0x20, 0x0c);
	assert_int_equal(in(b, 0x20), 0x00);
	/* Automatic EOI leaves no ISR bit. */
	for (unsigned n = 3; n < 7; n++)
		board_set_irq(b, n, false);
	out(b, 0x20, 0x11);
	out(b, 0x21, 0x08);
	out(b, 0x21, 0x04);
	out(b, 0x21, 0x03);
	board_set_irq(b, 1, true);
	assert_int_equal(board_intack(b), 0x09);
	out(b, 0x20, 0x0b);
	assert_int_equal(in(b, 0x20), 0);
	done(b);
}

/* Linux probe_8259A(). */
static void pic_probe(void **state)
{
	struct board *b = with_pic(0);

	out(b, 0xa1, 0xff);
	out(b, 0x21, 0xfb);
	assert_int_equal(in(b, 0x21), 0xfb);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pic_priority), cmocka_unit_test(pic_special_fully_nested),
		cmocka_unit_test(pic_edges),    cmocka_unit_test(pic_level),
		cmocka_unit_test(pic_modes),    cmocka_unit_test(pic_probe),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
