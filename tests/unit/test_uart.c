/* The serial ports, driven as their drivers do: Linux's 8250 probe and startup,
 * an interrupt handler, loopback tests of DOS diagnostics. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "engine/pc/pc.h"

enum { COM1 = 0x3f8, COM2 = 0x2f8 };

struct sink {
	char text[64];
	unsigned size;
};

static void byte_out(void *opaque, unsigned unit, uint8_t byte)
{
	struct sink *s = opaque;

	if (unit == 0 && s->size < sizeof(s->text) - 1)
		s->text[s->size++] = (char)byte;
}

static uint8_t in(struct board *b, uint16_t port)
{
	const struct io_range *r = &b->io[b->io_index[port] - 1];

	return (uint8_t)r->in(b, r->unit, port, 1);
}

static void out(struct board *b, uint16_t port, uint8_t v)
{
	const struct io_range *r = &b->io[b->io_index[port] - 1];

	r->out(b, r->unit, port, v, 1);
}

static int setup(void **state)
{
	struct board *b = board_new(4 << 20);
	static struct sink sink;

	memset(&sink, 0, sizeof(sink));
	b->host = (struct board_host){.opaque = &sink, .byte_out = byte_out};
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	board_free(*state);
	return 0;
}

/* Lets ns of virtual time pass on the wire of a port. */
static void pass(struct board *b, unsigned unit, uint64_t ns)
{
	uint64_t end = board_now(b) + ns;
	uint64_t *due = &b->pc->due[unit ? TIMER_UART1 : TIMER_UART0];

	while (*due <= end) {
		if (*due > board_now(b))
			b->pc->idle_ns += *due - board_now(b);
		*due = TIME_NEVER;
		uart_timer(b, unit);
	}
	b->pc->idle_ns += end - board_now(b);
}

/* autoconfig() of Linux 6.1: IER bits, scratch, loopback, then the FIFO's id. */
static void linux_finds_16550a(void **state)
{
	struct board *b = *state;

	out(b, COM1 + 1, 0);
	assert_int_equal(in(b, COM1 + 1) & 0x0f, 0);
	out(b, COM1 + 1, 0x0f);
	assert_int_equal(in(b, COM1 + 1), 0x0f);
	out(b, COM1 + 1, 0);
	out(b, COM1 + 4, 0x1a); /* loopback, OUT2, RTS */
	assert_int_equal(in(b, COM1 + 6) & 0xf0, 0x90);
	out(b, COM1 + 4, 0);
	out(b, COM1 + 3, 0xbf);
	out(b, COM1 + 2, 0); /* EFR of other chips: DLAB is set, it is FCR here */
	out(b, COM1 + 3, 0);
	out(b, COM1 + 2, 0x01);
	assert_int_equal(in(b, COM1 + 2) >> 6, 3);
	assert_int_equal(in(b, COM1 + 2) & 0x20, 0); /* no 64-byte FIFO */
	out(b, COM1 + 7, 0xa5);
	assert_int_equal(in(b, COM1 + 7), 0xa5);
}

/* serial8250_do_startup(): without these answers Linux falls back to timers. */
static void linux_trusts_thre(void **state)
{
	struct board *b = *state;

	out(b, COM1 + 4, 0x08);
	assert_int_equal(in(b, COM1 + 5) & 0x60, 0x60);
	out(b, COM1 + 1, 0x02);
	assert_int_equal(in(b, COM1 + 2) & 0x0f, 0x02);
	assert_int_equal(in(b, COM1 + 2) & 0x0f, 0x01); /* reading IIR has cleared it */
	out(b, COM1 + 1, 0);
	out(b, COM1 + 1, 0x02);
	assert_int_equal(in(b, COM1 + 2) & 0x0f, 0x02); /* enabling it again re-arms */
	out(b, COM1 + 1, 0);
	out(b, COM1 + 1, 0x02);
	assert_true(b->pc->uart[0].irq);
	out(b, COM1 + 1, 0);
	assert_false(b->pc->uart[0].irq);
}

static void transmits(void **state)
{
	struct board *b = *state;
	struct sink *s = b->host.opaque;

	out(b, COM1 + 1, 0x02);
	out(b, COM1 + 4, 0x0b);
	in(b, COM1 + 2);
	assert_false(b->pc->uart[0].irq);
	for (const char *p = "hello"; *p; p++)
		out(b, COM1, (uint8_t)*p);
	assert_string_equal(s->text, "hello");
	assert_true(b->pc->uart[0].irq); /* empty again */
	assert_int_equal(in(b, COM1 + 2) & 0x0f, 0x02);
	out(b, COM2, 'x'); /* the other port is another line */
	assert_string_equal(s->text, "hello");
}

static void divisor_hides_data(void **state)
{
	struct board *b = *state;
	struct sink *s = b->host.opaque;

	out(b, COM1 + 3, 0x83);
	out(b, COM1, 1);
	out(b, COM1 + 1, 0);
	assert_int_equal(in(b, COM1), 1);
	out(b, COM1 + 3, 0x03);
	assert_int_equal(s->size, 0);
	assert_int_equal(in(b, COM1 + 1), 0);
}

static void fifo_trigger_and_timeout(void **state)
{
	struct board *b = *state;

	out(b, COM1 + 2, 0x81); /* trigger at 8 */
	out(b, COM1 + 1, 0x01);
	out(b, COM1 + 4, 0x0b);
	for (unsigned n = 0; n < 7; n++)
		uart_receive(b, 0, (uint8_t)n);
	pass(b, 0, 7 * UART_CHAR_NS);
	assert_int_equal(in(b, COM1 + 5) & 1, 1);
	assert_int_equal(in(b, COM1 + 2), 0xc1); /* seven wait, trigger is eight */
	assert_false(b->pc->uart[0].irq);
	pass(b, 0, 5 * UART_CHAR_NS);
	assert_int_equal(in(b, COM1 + 2), 0xcc); /* character timeout */
	assert_true(b->pc->uart[0].irq);
	assert_int_equal(in(b, COM1), 0);
	assert_int_equal(in(b, COM1 + 2), 0xc1); /* any read restarts it */
	uart_receive(b, 0, 7);
	uart_receive(b, 0, 8);
	pass(b, 0, 2 * UART_CHAR_NS);
	assert_int_equal(in(b, COM1 + 2), 0xc4); /* eight again */
	for (unsigned n = 1; n <= 8; n++)
		assert_int_equal(in(b, COM1), n);
	assert_int_equal(in(b, COM1 + 5), 0x60);
	assert_false(b->pc->uart[0].irq);
	pass(b, 0, 1000000);
	assert_int_equal(in(b, COM1 + 2), 0xc1); /* no timeout of an empty FIFO */
}

/* The sender waits: nothing is overrun however slow the guest. */
static void line_waits_for_room(void **state)
{
	struct board *b = *state;
	unsigned got = 0;

	out(b, COM1 + 2, 0x01);
	while (uart_room(b, 0))
		uart_receive(b, 0, (uint8_t)got++);
	assert_int_equal(got, UART_LINE);
	uart_receive(b, 0, 0); /* dropped */
	pass(b, 0, 1000000);
	assert_int_equal(b->pc->uart[0].rx_count, UART_FIFO);
	for (unsigned n = 0; n < got; n++) {
		assert_int_equal(in(b, COM1 + 5) & 3, 1);
		assert_int_equal(in(b, COM1), n & 0xff);
		pass(b, 0, UART_CHAR_NS);
	}
	assert_int_equal(in(b, COM1 + 5) & 1, 0);
}

/* RTS/CTS, as Linux's driver uses it: it lowers RTS when its buffer fills up and
 * goes on taking characters from the FIFO. At most the one that is on the wire
 * may still come; nothing is lost. */
static void rts_holds_sender(void **state)
{
	struct board *b = *state;
	unsigned got = 0;

	out(b, COM1 + 2, 0x01);
	out(b, COM1 + 4, 0x0b);
	for (unsigned n = 0; n < 200; n++)
		uart_receive(b, 0, (uint8_t)n);
	pass(b, 0, 5 * UART_CHAR_NS + UART_CHAR_NS / 2);
	out(b, COM1 + 4, 0x09);
	pass(b, 0, 100 * UART_CHAR_NS);
	assert_int_equal(b->pc->uart[0].rx_count, 6);
	for (; in(b, COM1 + 5) & 1; got++)
		assert_int_equal(in(b, COM1), got);
	pass(b, 0, 100 * UART_CHAR_NS);
	assert_int_equal(in(b, COM1 + 5) & 3, 0);
	for (out(b, COM1 + 4, 0x0b); got < 200; got++) {
		pass(b, 0, UART_CHAR_NS);
		assert_int_equal(in(b, COM1), got);
	}
	/* A sender that is held stays so while the FIFOs are switched. */
	out(b, COM1 + 4, 0x09);
	uart_receive(b, 0, 'x');
	out(b, COM1 + 2, 0x00);
	out(b, COM1 + 2, 0x01);
	pass(b, 0, 10 * UART_CHAR_NS);
	assert_int_equal(in(b, COM1 + 5) & 1, 0);
	out(b, COM1 + 4, 0x0b);
	pass(b, 0, UART_CHAR_NS);
	assert_int_equal(in(b, COM1), 'x');
}

/* A guest that does not know of RTS hears all the same; loopback, with which
 * drivers try the chip, says nothing about it. */
static void no_rts_no_hold(void **state)
{
	struct board *b = *state;

	out(b, COM1 + 4, 0x1a);
	out(b, COM1 + 4, 0x00);
	uart_receive(b, 0, 'x');
	pass(b, 0, UART_CHAR_NS);
	assert_int_equal(in(b, COM1), 'x');
}

/* Without FIFOs each character is an edge of its own for a handler that reads
 * one and returns. */
static void no_fifo_edges(void **state)
{
	struct board *b = *state;

	out(b, COM1 + 1, 0x01);
	out(b, COM1 + 4, 0x08);
	uart_receive(b, 0, 'a');
	uart_receive(b, 0, 'b');
	pass(b, 0, UART_CHAR_NS);
	assert_true(b->pc->uart[0].irq);
	assert_int_equal(in(b, COM1 + 2), 0x04);
	assert_int_equal(in(b, COM1), 'a');
	assert_false(b->pc->uart[0].irq);
	pass(b, 0, UART_CHAR_NS);
	assert_true(b->pc->uart[0].irq);
	assert_int_equal(in(b, COM1), 'b');
}

static void loopback(void **state)
{
	struct board *b = *state;
	struct sink *s = b->host.opaque;

	in(b, COM1 + 6);
	assert_int_equal(in(b, COM1 + 6), 0xb0);
	out(b, COM1 + 4, 0x10);
	assert_int_equal(in(b, COM1 + 6), 0x0b); /* CTS, DSR and DCD fell */
	out(b, COM1 + 4, 0x14);
	assert_int_equal(in(b, COM1 + 6), 0x40); /* RI rose: no TERI */
	out(b, COM1 + 4, 0x10);
	assert_int_equal(in(b, COM1 + 6), 0x04); /* its trailing edge */
	out(b, COM1, 'x');
	assert_int_equal(s->size, 0);
	assert_int_equal(in(b, COM1 + 5), 0x61);
	out(b, COM1, 'y');
	assert_int_equal(in(b, COM1 + 5), 0x63); /* overrun: the register holds the last */
	assert_int_equal(in(b, COM1 + 5), 0x61);
	assert_int_equal(in(b, COM1), 'y');
	out(b, COM1 + 3, 0x43); /* break */
	assert_int_equal(in(b, COM1 + 5) & 0x11, 0x11);
}

/* xv6 never sets OUT2, and waits for interrupts. */
static void interrupts_without_out2(void **state)
{
	struct board *b = *state;

	out(b, COM2 + 1, 0x02);
	assert_true(b->pc->uart[1].irq);
	out(b, COM2 + 4, 0x08);
	assert_true(b->pc->uart[1].irq);
	out(b, COM2 + 4, 0x18);
	assert_false(b->pc->uart[1].irq);
}

static void fifo_reset_clears(void **state)
{
	struct board *b = *state;

	out(b, COM1 + 2, 0x01);
	assert_false(uart_listening(b, 0));
	out(b, COM1 + 4, 0x03);
	assert_true(uart_listening(b, 0));
	uart_receive(b, 0, 'a');
	pass(b, 0, UART_CHAR_NS);
	assert_int_equal(in(b, COM1 + 5) & 1, 1);
	out(b, COM1 + 2, 0x07);
	assert_int_equal(in(b, COM1 + 5), 0x60);
	assert_null(uart_validate(b));
	b->pc->uart[0].line_head = UART_LINE;
	assert_non_null(uart_validate(b));
}

int main(void)
{
	/* clang-format off */
	const struct CMUnitTest tests[] = {
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
		T(linux_finds_16550a), T(linux_trusts_thre), T(transmits), T(divisor_hides_data),
		T(fifo_trigger_and_timeout), T(line_waits_for_room), T(rts_holds_sender),
		T(no_rts_no_hold), T(no_fifo_edges), T(loopback), T(interrupts_without_out2),
		T(fifo_reset_clears),
#undef T
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
