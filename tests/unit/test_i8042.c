/* The keyboard controller with keyboard and mouse, A20 and reset. */
#include "tests/unit/chips.h"

/* The next byte, or -1 if none comes within a millisecond. */
static int kbc_read(struct board *b)
{
	for (unsigned n = 0; n < 100; n++) {
		uint8_t status = in(b, 0x64);

		if (status & 1)
			return in(b, 0x60) | (status & 0x20 ? 0x100 : 0);
		pass(b, 10 * US);
	}
	return -1;
}

static int kbc_command(struct board *b, uint8_t command)
{
	out(b, 0x64, command);
	return kbc_read(b);
}

static void kbc_write2(struct board *b, uint8_t command, uint8_t data)
{
	out(b, 0x64, command);
	out(b, 0x60, data);
}

static void assert_keyboard(struct board *b, uint8_t v, unsigned count, const uint8_t *answer)
{
	out(b, 0x60, v);
	for (unsigned n = 0; n < count; n++)
		assert_int_equal(kbc_read(b), answer[n]);
	assert_int_equal(kbc_read(b), -1);
}

#define KEYBOARD(b, v, ...) assert_keyboard(b, v, sizeof((uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

static void type(struct board *b, unsigned count, const uint8_t *bytes)
{
	assert_true(i8042_key_room(b, count));
	for (unsigned n = 0; n < count; n++)
		i8042_key(b, bytes[n]);
}
#define TYPE(b, ...) type(b, sizeof((uint8_t[]){__VA_ARGS__}), (const uint8_t[]){__VA_ARGS__})

/* What SeaBIOS's ps2_keyboard_setup() does, then keys as INT 9 reads them. */
static void kbc_bios(void **state)
{
	struct board *b = with_pic(0x1006);

	assert_int_equal(in(b, 0x64) & 0x11, 0x10);
	assert_int_equal(kbc_command(b, 0xaa), 0x55);
	assert_int_equal(kbc_command(b, 0xab), 0x00);
	kbc_write2(b, 0x60, 0x20); /* no interrupts, no translation */
	KEYBOARD(b, 0xff, 0xfa, 0xaa);
	KEYBOARD(b, 0xf5, 0xfa);
	KEYBOARD(b, 0xf0, 0xfa);
	KEYBOARD(b, 0x02, 0xfa);
	TYPE(b, 0x1c); /* not scanning */
	assert_int_equal(kbc_read(b), -1);
	kbc_write2(b, 0x60, 0x61);
	KEYBOARD(b, 0xf4, 0xfa);
	board_intack(b);
	out(b, 0x20, 0x20);
	assert_false(intr(b));
	TYPE(b, 0x1c, 0xf0, 0x1c, 0xe0, 0x75, 0xe0, 0xf0, 0x75);
	for (unsigned n = 0; n < 6; n++) {
		static const uint8_t set1[6] = {0x1e, 0x9e, 0xe0, 0x48, 0xe0, 0xc8};

		pass(b, 100 * US);
		assert_int_equal(board_intack(b), 0x09);
		assert_int_equal(in(b, 0x60), set1[n]);
		out(b, 0x20, 0x20);
		assert_false(intr(b)); /* the buffer is empty for a moment */
		assert_int_equal(in(b, 0x64) & 1, 0);
	}
	assert_int_equal(kbc_read(b), -1);
	done(b);
}

static void kbc_keyboard(void **state)
{
	struct board *b = with_pic(0);

	kbc_write2(b, 0x60, 0x00);
	KEYBOARD(b, 0xee, 0xee);
	KEYBOARD(b, 0xf2, 0xfa, 0xab, 0x83);
	KEYBOARD(b, 0xed, 0xfa);
	KEYBOARD(b, 0x07, 0xfa);
	KEYBOARD(b, 0xfe, 0xfa);
	KEYBOARD(b, 0xf3, 0xfa);
	KEYBOARD(b, 0x00, 0xfa);
	KEYBOARD(b, 0xf0, 0xfa);
	KEYBOARD(b, 0x00, 0xfa, 0x02);
	KEYBOARD(b, 0x01, 0xfe); /* no such command */
	/* Raw set 2. */
	TYPE(b, 0xf0, 0x1c);
	assert_int_equal(kbc_read(b), 0xf0);
	assert_int_equal(kbc_read(b), 0x1c);
	/* Set 1 of the keyboard itself. */
	KEYBOARD(b, 0xf0, 0xfa);
	KEYBOARD(b, 0x01, 0xfa);
	TYPE(b, 0xf0, 0x1c);
	assert_int_equal(kbc_read(b), 0x9e);
	/* Set 3: break codes only where asked for. */
	KEYBOARD(b, 0xf0, 0xfa);
	KEYBOARD(b, 0x03, 0xfa);
	TYPE(b, 0x1c, 0xf0, 0x1c, 0xe0, 0x75);
	assert_int_equal(kbc_read(b), 0x1c);
	assert_int_equal(kbc_read(b), 0x63);
	KEYBOARD(b, 0xf8, 0xfa);
	TYPE(b, 0xe0, 0xf0, 0x75);
	assert_int_equal(kbc_read(b), 0xf0);
	assert_int_equal(kbc_read(b), 0x63);
	KEYBOARD(b, 0xf6, 0xfa);
	/* A held-off keyboard keeps its keys. */
	out(b, 0x64, 0xad);
	TYPE(b, 0x1c);
	assert_int_equal(kbc_read(b), -1);
	out(b, 0x64, 0xae);
	assert_int_equal(kbc_read(b), 0x1c);
	/* Translated id: what Linux's atkbd accepts. */
	kbc_write2(b, 0x60, 0x40);
	KEYBOARD(b, 0xf2, 0xfa, 0xab, 0x41);
	/* Room. */
	assert_true(i8042_key_room(b, 64));
	for (unsigned n = 0; n < 80; n++)
		i8042_key(b, 0x1c);
	assert_false(i8042_key_room(b, 1));
	done(b);
}

/* Linux i8042_check_aux(), i8042_check_mux(), then psmouse. */
static void kbc_aux(void **state)
{
	struct board *b = with_pic(0x1004);

	kbc_write2(b, 0xd3, 0x5a);
	assert_int_equal(kbc_read(b), 0x15a);
	out(b, 0x64, 0xa7);
	assert_int_equal(kbc_command(b, 0x20) & 0x20, 0x20);
	out(b, 0x64, 0xa8);
	assert_int_equal(kbc_command(b, 0x20) & 0x20, 0);
	kbc_write2(b, 0x60, 0x42);
	kbc_write2(b, 0xd3, 0xa5);
	pass(b, 100 * US);
	assert_int_equal(board_intack(b), 0x74);
	assert_int_equal(kbc_read(b), 0x1a5);
	/* A multiplexer would change the last of these bytes. */
	for (unsigned n = 0; n < 3; n++) {
		static const uint8_t mux[3] = {0xf0, 0x56, 0xa4};

		kbc_write2(b, 0xd3, mux[n]);
		assert_int_equal(kbc_read(b), 0x100 | mux[n]);
	}
	kbc_write2(b, 0xd4, 0xff);
	assert_int_equal(kbc_read(b), 0x1fa);
	assert_int_equal(kbc_read(b), 0x1aa);
	assert_int_equal(kbc_read(b), 0x100);
	kbc_write2(b, 0xd4, 0xf2);
	assert_int_equal(kbc_read(b), 0x1fa);
	assert_int_equal(kbc_read(b), 0x100);
	kbc_write2(b, 0xd4, 0xe8);
	assert_int_equal(kbc_read(b), 0x1fa);
	kbc_write2(b, 0xd4, 0x03);
	assert_int_equal(kbc_read(b), 0x1fa);
	kbc_write2(b, 0xd4, 0xf4);
	assert_int_equal(kbc_read(b), 0x1fa);
	kbc_write2(b, 0xd4, 0xe9);
	assert_int_equal(kbc_read(b), 0x1fa);
	assert_int_equal(kbc_read(b), 0x120);
	assert_int_equal(kbc_read(b), 0x103);
	assert_int_equal(kbc_read(b), 0x164);
	assert_int_equal(kbc_read(b), -1);
	done(b);
}

static void kbc_a20_and_reset(void **state)
{
	struct board *b = with_pic(0);

	assert_int_equal(in(b, 0x92) & 2, 2);
	kbc_write2(b, 0xd1, 0xdd);
	assert_int_equal(b->pc->cpu.a20_mask, 0xffefffff);
	assert_int_equal(in(b, 0x92) & 2, 0);
	assert_int_equal(kbc_command(b, 0xd0) & 3, 1);
	out(b, 0x92, 2);
	assert_int_equal(b->pc->cpu.a20_mask, 0xffffffff);
	assert_int_equal(kbc_command(b, 0xd0) & 3, 3);
	out(b, 0x64, 0xfe);
	assert_int_equal(b->pc->state, BOARD_RESET);
	board_reset(b);
	out(b, 0xcf9, 0x02);
	assert_int_equal(b->pc->state, BOARD_RUNNING);
	out(b, 0xcf9, 0x06);
	assert_int_equal(b->pc->state, BOARD_RESET);
	board_reset(b);
	out(b, 0x92, 3);
	assert_int_equal(b->pc->state, BOARD_RESET);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kbc_bios),
		cmocka_unit_test(kbc_keyboard),
		cmocka_unit_test(kbc_aux),
		cmocka_unit_test(kbc_a20_and_reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
