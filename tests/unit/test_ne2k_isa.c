/* The NE2000 on ISA: its jumpers, and what Linux's ne.c does to find it. The chip
 * itself is tested in test_ne2k.c. */
#include <glib.h>

#include "engine/base/option.h"
#include "engine/nic/dp8390.h"
#include "engine/pc/pc_state.h"
#include "tests/unit/nics.h"

static const struct nic_model *model;

/* A PC with ISA cards in its first slots; options by their words. */
static void option_words(struct option_value v[2], const char *iobase, const char *irq)
{
	memset(v, 0, 2 * sizeof(*v));
	assert_true(option_parse(&model->options[0], iobase, &v[0], NULL));
	assert_true(option_parse(&model->options[1], irq, &v[1], NULL));
}

static struct board *plug(unsigned count)
{
	struct board *b = wired_board();

	for (unsigned n = 0; n < count; n++)
		assert_true(nic_plug(b, n, model, mac, NULL, true));
	return b;
}

/* The level of an ISA line, as the 8259 sees it. */
static bool line(struct board *b, unsigned n)
{
	return b->pc->pic.chip[n >> 3].lines >> (n & 7) & 1;
}

static void finds(struct board *b, unsigned at, unsigned n)
{
	uint8_t prom[32];

	/* ne_probe1(): reset, ISR.RST, the PROM twice in word mode */
	assert_int_equal(in(b, at, 1), 0x21);
	out(b, at + 0x1f, in(b, at + 0x1f, 1), 1);
	assert_int_equal(in(b, at + 7, 1) & ISR_RST, ISR_RST);
	out(b, at + 7, 0xff, 1);
	out(b, at, 0x21, 1), out(b, at + 0x0e, 0x48, 1), out(b, at + 0x0a, 32, 1), out(b, at + 0x0b, 0, 1);
	out(b, at + 8, 0, 1), out(b, at + 9, 0, 1), out(b, at, 0x0a, 1);
	for (unsigned i = 0; i < 32; i++)
		prom[i] = (uint8_t)in(b, at + 0x10, 1);
	for (unsigned i = 0; i < 6; i++)
		assert_int_equal(prom[2 * i], mac[i]);
	assert_int_equal(prom[28], 0x57);
	assert_int_equal(prom[30], 0x57);
	/* its interrupt, as ne.c looks for it: the end of a remote DMA of no bytes */
	out(b, at + 0x0f, 0x50, 1), out(b, at + 0x0a, 0, 1), out(b, at + 0x0b, 0, 1), out(b, at, 0x0a, 1);
	assert_true(line(b, n));
	out(b, at + 0x0f, 0, 1);
	assert_false(line(b, n));
}

static void first_and_second(void **state)
{
	struct board *b = plug(2);
	g_autofree char *commands = nic_driver_commands(b);

	finds(b, 0x300, 5);
	finds(b, 0x320, 7);
	assert_string_equal(commands, "mkdir -p /etc/modprobe.d && echo options ne io=0x300,0x320 irq=5,7 "
				      ">/etc/modprobe.d/ne.conf && modprobe ne\n");
	assert_int_equal(in(b, 0xafe0, 1) & 2, 0); /* ACPI tells of PCI cards only */
	done(b);
}

/* A clone has its ports, too. */
static void cloned(void **state)
{
	struct board *b = plug(1), *c = board_clone(b);

	nic_restore_all(c);
	board_free(b);
	finds(c, 0x300, 5);
	board_reset(c);
	assert_int_equal(in(c, 0x307, 1) & ISR_RST, ISR_RST);
	done(c);
}

static void jumpers(void **state)
{
	struct board *b = board_new(RAM);
	struct option_value v[2], again[2], autos[2], high[2];
	const struct nic_in_pc twice[] = {{model, v}, {model, v}},
			       mixed[] = {{nic_model_find("e1000"), NULL}, {model, high}};
	const struct nic_in_pc both[] = {{model, again}, {model, autos}};
	const struct nic_in_pc many[] = {
		{model, autos}, {model, autos}, {model, autos}, {model, autos}, {model, autos}};

	option_words(v, "0x280", "11");
	option_words(again, "0x300", "5");
	option_words(autos, "auto", "auto");
	option_words(high, "auto", "10");
	assert_true(nic_plug(b, 0, model, mac, v, false));
	finds(b, 0x280, 11);
	assert_int_equal(in(b, 0x300, 1), 0xff);
	assert_null(model->fits(twice, 2, 0));
	assert_non_null(model->fits(twice, 2, 1));
	assert_null(model->fits(both, 2, 1));
	assert_non_null(model->fits(mixed, 2, 1));
	assert_null(model->fits(mixed + 1, 1, 0));
	assert_null(model->fits(many, 5, 3));
	assert_non_null(model->fits(many, 5, 4));
	done(b);
}

static void sends_and_receives(void **state)
{
	struct board *b = plug(1);
	uint8_t f[60];

	make_frame(f, mac, sizeof(f));
	out(b, 0x300, 0x21, 1), out(b, 0x30e, 0x49, 1), out(b, 0x301, 0x4c, 1), out(b, 0x302, 0x80, 1);
	out(b, 0x303, 0x7f, 1), out(b, 0x30c, RCR_AB, 1), out(b, 0x30d, 0, 1), out(b, 0x30f, 0x3f, 1);
	out(b, 0x300, 0x61, 1);
	for (unsigned n = 0; n < 6; n++)
		out(b, 0x301 + n, mac[n], 1);
	out(b, 0x307, 0x4c, 1);
	out(b, 0x300, 0x22, 1), out(b, 0x307, 0xff, 1);
	assert_true(receive(b, f, sizeof(f), 0));
	assert_true(line(b, 5));
	out(b, 0x307, ISR_PRX, 1);
	assert_false(line(b, 5));
	/* doublewords arrive as two words */
	out(b, 0x30a, 60, 1), out(b, 0x30b, 0, 1), out(b, 0x308, 0, 1), out(b, 0x309, 0x40, 1), out(b, 0x300, 0x12, 1);
	for (unsigned n = 0; n < 60; n += 4)
		out(b, 0x310, get_le32(f + n), 4);
	out(b, 0x304, 0x40, 1), out(b, 0x305, 60, 1), out(b, 0x306, 0, 1), out(b, 0x300, 0x26, 1);
	assert_int_equal(wire.count, 1);
	assert_memory_equal(wire.data[0], f, 60);
	done(b);
}

static void judges(void **state)
{
	struct board *b = plug(1);
	uint8_t *jumper = b->pc->nic[0] + sizeof(struct dp8390);

	jumper[2] = 9;
	assert_non_null(nic_validate(b));
	jumper[2] = 5;
	put_le16(jumper, 0x3f8);
	assert_non_null(nic_validate(b));
	put_le16(jumper, 0x300);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_and_second),   cmocka_unit_test(cloned), cmocka_unit_test(jumpers),
		cmocka_unit_test(sends_and_receives), cmocka_unit_test(judges),
	};

	model = nic_model_find("ne2k_isa");
	assert(model);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
