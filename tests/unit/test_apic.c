/* The local APIC and the I/O APIC, and how they share with the 8259s. */
#include "tests/unit/chips.h"

/* ---- local APIC ---- */

static struct board *with_lapic(void)
{
	struct board *b = with_pic(0);

	wr(b, LAPIC + 0xf0, 0x1ff);
	wr(b, LAPIC + 0xe0, 0xffffffff);
	wr(b, LAPIC + 0xd0, 0x01000000);
	return b;
}

static void lapic_registers(void **state)
{
	struct board *b = board_new(1 << 20);

	assert_int_equal(rd(b, LAPIC + 0x20), 0);
	assert_int_equal(rd(b, LAPIC + 0x30), 0x00050014);
	assert_int_equal(rd(b, LAPIC + 0xf0), 0xff);
	assert_int_equal(rd(b, LAPIC + 0x320), 0x10000);
	wr(b, LAPIC + 0x320, 0x40); /* software-disabled: masks stay */
	assert_int_equal(rd(b, LAPIC + 0x320), 0x10040);
	wr(b, LAPIC + 0xf0, 0x1ff);
	wr(b, LAPIC + 0x320, 0x20040);
	assert_int_equal(rd(b, LAPIC + 0x320), 0x20040);
	wr(b, LAPIC + 0xf0, 0xff);
	assert_int_equal(rd(b, LAPIC + 0x320), 0x30040);
	assert_int_equal(rd(b, LAPIC + 0x350), 0x10700);
	/* Relocation and disabling through IA32_APIC_BASE. */
	b->pc->cpu.apic_base = 0xfed10000 | APIC_BASE_ENABLE | APIC_BASE_BSP;
	lapic_base_changed(b);
	assert_int_equal(rd(b, 0xfed10030), 0x00050014);
	assert_int_equal(rd(b, LAPIC + 0x30), 0xffffffff);
	b->pc->cpu.apic_base = LAPIC;
	lapic_base_changed(b);
	assert_int_equal(rd(b, LAPIC + 0x30), 0xffffffff);
	b->pc->cpu.apic_base = LAPIC | APIC_BASE_ENABLE | APIC_BASE_BSP;
	lapic_base_changed(b);
	assert_int_equal(rd(b, LAPIC + 0x350), 0x700);
	done(b);
}

static void lapic_priorities(void **state)
{
	struct board *b = with_lapic();

	wr(b, LAPIC + 0x300, 0x40031); /* self */
	wr(b, LAPIC + 0x300, 0x80041); /* all including self */
	wr(b, LAPIC + 0x300, 0xc0051); /* all but self: nobody */
	wr(b, LAPIC + 0x310, 0x01000000);
	wr(b, LAPIC + 0x300, 0x00842); /* logical, us */
	wr(b, LAPIC + 0x300, 0x00061); /* physical 1: not us */
	assert_int_equal(board_intack(b), 0x42);
	assert_int_equal(rd(b, LAPIC + 0xa0), 0x40);
	assert_false(intr(b)); /* 0x41 is of the same class */
	wr(b, LAPIC + 0xb0, 0);
	assert_int_equal(board_intack(b), 0x41);
	wr(b, LAPIC + 0xb0, 0);
	lapic_cr8_write(b, 3);
	assert_int_equal(rd(b, LAPIC + 0x80), 0x30);
	assert_false(intr(b));
	wr(b, LAPIC + 0x80, 0x2f);
	assert_int_equal(lapic_cr8_read(b), 2);
	assert_int_equal(board_intack(b), 0x31);
	assert_int_equal(rd(b, LAPIC + 0x110), 1u << 0x11);
	wr(b, LAPIC + 0xb0, 0);
	assert_int_equal(board_intack(b), -1);
	b->pc->cpu.apic_base &= ~0x800ull; /* off: CR8 is there all the same */
	lapic_cr8_write(b, 5);
	assert_int_equal(lapic_cr8_read(b), 5);
	done(b);
}

static void lapic_errors(void **state)
{
	struct board *b = with_lapic();

	wr(b, LAPIC + 0x370, 0xfe);
	wr(b, LAPIC + 0x300, 0x40005); /* illegal vector */
	assert_int_equal(rd(b, LAPIC + 0x280), 0);
	assert_int_equal(board_intack(b), 0xfe);
	wr(b, LAPIC + 0x280, 0);
	assert_int_equal(rd(b, LAPIC + 0x280), 0x20);
	wr(b, LAPIC + 0x280, 0);
	assert_int_equal(rd(b, LAPIC + 0x280), 0);
	wr(b, LAPIC + 0x2f0, 0); /* no CMCI register */
	wr(b, LAPIC + 0x280, 0);
	assert_int_equal(rd(b, LAPIC + 0x280), 0x80);
	done(b);
}

static void lapic_timer_modes(void **state)
{
	struct board *b = with_lapic();
	uint64_t start;

	wr(b, LAPIC + 0x3e0, 3); /* divide by 16 */
	wr(b, LAPIC + 0x320, 0xec);
	start = board_now(b);
	wr(b, LAPIC + 0x380, 1000);
	assert_true(b->pc->due[TIMER_LAPIC] == start + 16000);
	pass(b, 8000);
	assert_int_equal(rd(b, LAPIC + 0x390), 500);
	pass(b, 7999);
	assert_false(intr(b));
	pass(b, 1);
	pass(b, 0);
	assert_int_equal(board_intack(b), 0xec);
	wr(b, LAPIC + 0xb0, 0);
	assert_int_equal(rd(b, LAPIC + 0x390), 0);
	assert_int_equal(rd(b, LAPIC + 0x380), 1000);
	assert_true(b->pc->due[TIMER_LAPIC] == TIME_NEVER);
	/* Periodic. */
	wr(b, LAPIC + 0x3e0, 0xb);
	wr(b, LAPIC + 0x320, 0x200ec);
	wr(b, LAPIC + 0x380, 5000);
	for (unsigned n = 0; n < 10; n++) {
		pass(b, 5000);
		pass(b, 0);
		assert_int_equal(board_intack(b), 0xec);
		wr(b, LAPIC + 0xb0, 0);
	}
	/* Masked it goes on, without events. */
	wr(b, LAPIC + 0x320, 0x300ec);
	assert_true(b->pc->due[TIMER_LAPIC] == TIME_NEVER);
	pass(b, 12500);
	assert_int_equal(rd(b, LAPIC + 0x390), 2500);
	wr(b, LAPIC + 0x320, 0x200ec);
	assert_true(b->pc->due[TIMER_LAPIC] == board_now(b) + 2500);
	wr(b, LAPIC + 0x380, 0);
	assert_true(b->pc->due[TIMER_LAPIC] == TIME_NEVER);
	assert_int_equal(rd(b, LAPIC + 0x390), 0);
	done(b);
}

/* What Linux tries in check_timer(): ExtINT and fixed mode on LINT0. */
static void lapic_lint(void **state)
{
	struct board *b = with_lapic();

	out(b, 0x21, 0xfd);
	wr(b, LAPIC + 0x350, 0x10700);
	board_set_irq(b, 1, true);
	assert_false(intr(b));
	wr(b, LAPIC + 0x350, 0x00700);
	assert_int_equal(board_intack(b), 0x09);
	out(b, 0x20, 0x20);
	wr(b, LAPIC + 0x350, 0x00035);
	board_set_irq(b, 1, false);
	board_set_irq(b, 1, true);
	assert_int_equal(board_intack(b), 0x35);
	/* NMI: LINT1, and the mask of port 0x70. */
	wr(b, LAPIC + 0x360, 0x10400);
	board_nmi(b);
	assert_false(b->pc->cpu.attn & ATTN_NMI);
	wr(b, LAPIC + 0x360, 0x00400);
	out(b, 0x70, 0x80);
	board_nmi(b);
	assert_false(b->pc->cpu.attn & ATTN_NMI);
	out(b, 0x70, 0x00);
	board_nmi(b);
	assert_true(b->pc->cpu.attn & ATTN_NMI);
	done(b);
}

/* ---- I/O APIC ---- */

static void redirect(struct board *b, unsigned pin, uint32_t low)
{
	wr(b, IOAPIC, 0x11 + 2 * pin);
	wr(b, IOAPIC + 0x10, 0);
	wr(b, IOAPIC, 0x10 + 2 * pin);
	wr(b, IOAPIC + 0x10, low);
}

static uint32_t redirection(struct board *b, unsigned pin)
{
	wr(b, IOAPIC, 0x10 + 2 * pin);
	return rd(b, IOAPIC + 0x10);
}

static void ioapic_edge_and_level(void **state)
{
	struct board *b = with_lapic();

	wr(b, IOAPIC, 1);
	assert_int_equal(rd(b, IOAPIC + 0x10), 0x00170011);
	assert_int_equal(redirection(b, 23), 0x10000);
	redirect(b, 4, 0x34);
	board_set_irq(b, 4, true);
	assert_int_equal(board_intack(b), 0x34);
	wr(b, LAPIC + 0xb0, 0);
	assert_false(intr(b));
	/* Level: Remote IRR until the EOI, then again while asserted. */
	redirect(b, 11, 0x0a03b);
	board_set_irq(b, 11, true);
	assert_int_equal(redirection(b, 11), 0x0e03b);
	assert_int_equal(board_intack(b), 0x3b);
	assert_int_equal(rd(b, LAPIC + 0x190), 1u << (0x3b & 31));
	assert_false(intr(b));
	wr(b, LAPIC + 0xb0, 0);
	assert_int_equal(board_intack(b), 0x3b);
	board_set_irq(b, 11, false);
	wr(b, LAPIC + 0xb0, 0);
	assert_false(intr(b));
	assert_int_equal(redirection(b, 11), 0x0a03b);
	/* Masked, asserted, unmasked. */
	redirect(b, 11, 0x1a03b);
	board_set_irq(b, 11, true);
	assert_false(intr(b));
	redirect(b, 11, 0x0a03b);
	assert_int_equal(board_intack(b), 0x3b);
	/* Linux's way to clear Remote IRR: to edge and back. */
	redirect(b, 11, 0x1203b);
	assert_int_equal(redirection(b, 11), 0x1203b);
	done(b);
}

static void ioapic_extint_pin0(void **state)
{
	struct board *b = with_lapic();

	wr(b, LAPIC + 0x350, 0x10700);
	out(b, 0x21, 0xfd);
	board_set_irq(b, 1, true);
	assert_false(intr(b));
	redirect(b, 0, 0x00700);
	assert_int_equal(board_intack(b), 0x09);
	done(b);
}

/* A level message waits until the local APIC is software-enabled. */
static void ioapic_waits(void **state)
{
	struct board *b = with_pic(0);

	redirect(b, 10, 0x0a03a);
	board_set_irq(b, 10, true);
	assert_false(intr(b));
	wr(b, LAPIC + 0xf0, 0x1ff);
	assert_int_equal(board_intack(b), 0x3a);
	done(b);
}

/* APIC disabled: INTR is the 8259's INT. */
static void intr_without_apic(void **state)
{
	struct board *b = with_pic(0x0002);

	b->pc->cpu.apic_base = 0;
	lapic_base_changed(b);
	board_set_irq(b, 1, true);
	assert_int_equal(board_intack(b), 0x09);
	board_nmi(b);
	assert_true(b->pc->cpu.attn & ATTN_NMI);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lapic_registers),    cmocka_unit_test(lapic_priorities),
		cmocka_unit_test(lapic_errors),       cmocka_unit_test(lapic_timer_modes),
		cmocka_unit_test(lapic_lint),         cmocka_unit_test(ioapic_edge_and_level),
		cmocka_unit_test(ioapic_extint_pin0), cmocka_unit_test(ioapic_waits),
		cmocka_unit_test(intr_without_apic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
