/* The serial ports; see uart.h. Register and bit names, reset values and
 * interrupt priorities are the PC16550D data sheet's (section 8). */
#include "engine/pc/uart.h"

#include <string.h>

#include "engine/pc/board.h"
#include "engine/pc/pc.h"

/* Register offsets. */
enum {
	RBR = 0,
	THR = 0,
	DLL = 0,
	IER = 1,
	DLM = 1,
	IIR = 2,
	FCR = 2,
	LCR = 3,
	MCR = 4,
	LSR = 5,
	MSR = 6,
	SCR = 7,
};

enum {
	IER_ERBFI = 0x01,
	IER_ETBEI = 0x02,
	IER_ELSI = 0x04,
	IER_EDSSI = 0x08,
	IER_MASK = 0x0f,

	IIR_NONE = 0x01,
	IIR_MSR = 0x00,
	IIR_THRE = 0x02,
	IIR_RDA = 0x04,
	IIR_RLS = 0x06,
	IIR_TIMEOUT = 0x0c,
	IIR_FIFOS = 0xc0,

	FCR_ENABLE = 0x01,
	FCR_RX_RESET = 0x02,
	FCR_DMA = 0x08,
	FCR_TRIGGER = 0xc0,

	LCR_BREAK = 0x40,
	LCR_DLAB = 0x80,

	MCR_DTR = 0x01,
	MCR_RTS = 0x02,
	MCR_OUT1 = 0x04,
	MCR_OUT2 = 0x08,
	MCR_LOOP = 0x10,
	MCR_MASK = 0x1f,

	LSR_DR = 0x01,
	LSR_OE = 0x02,
	LSR_PE = 0x04,
	LSR_FE = 0x08,
	LSR_BI = 0x10,
	LSR_THRE = 0x20,
	LSR_TEMT = 0x40,
	LSR_FIFO_ERROR = 0x80,
	LSR_ERRORS = LSR_OE | LSR_PE | LSR_FE | LSR_BI,

	MSR_DCTS = 0x01,
	MSR_DDSR = 0x02,
	MSR_TERI = 0x04,
	MSR_DDCD = 0x08,
	MSR_DELTAS = 0x0f,
	MSR_CTS = 0x10,
	MSR_DSR = 0x20,
	MSR_RI = 0x40,
	MSR_DCD = 0x80,
	MSR_CABLE = MSR_CTS | MSR_DSR | MSR_DCD, /* the other end is always there and ready */
};

static const uint8_t uart_irq[2] = {4, 3};
static const uint16_t uart_base[2] = {0x3f8, 0x2f8};
static const uint8_t rx_trigger[4] = {1, 4, 8, 14};

static bool fifos(const struct uart *u)
{
	return u->fcr & FCR_ENABLE;
}

static unsigned rx_size(const struct uart *u)
{
	return fifos(u) ? UART_FIFO : 1;
}

/* ---- interrupts ---- */

/* The pending interrupt of the highest priority (data sheet table IV). */
static uint8_t pending(const struct uart *u)
{
	if ((u->ier & IER_ELSI) && (u->lsr & LSR_ERRORS))
		return IIR_RLS;
	if ((u->ier & IER_ERBFI) && u->rx_count && (!fifos(u) || u->rx_count >= rx_trigger[u->fcr >> 6]))
		return IIR_RDA;
	if ((u->ier & IER_ERBFI) && u->timeout_int)
		return IIR_TIMEOUT;
	if ((u->ier & IER_ETBEI) && u->thre_int)
		return IIR_THRE;
	if ((u->ier & IER_EDSSI) && (u->msr & MSR_DELTAS))
		return IIR_MSR;
	return IIR_NONE;
}

/* A PC/AT gates the interrupt with OUT2 (inactive in loopback). Here only loopback
 * does: the gate served cards that shared a line, each port has its own, and small
 * kernels that never set OUT2 wait for an interrupt that QEMU gives them. */
static void update_irq(struct board *b, unsigned unit)
{
	struct uart *u = &b->pc->uart[unit];
	bool level = !(u->mcr & MCR_LOOP) && pending(u) != IIR_NONE;

	if (level == u->irq)
		return;
	u->irq = level;
	board_set_irq(b, uart_irq[unit], level);
}

static void update_timer(struct board *b, unsigned unit)
{
	const struct uart *u = &b->pc->uart[unit];
	uint64_t when = u->arrival < u->timeout ? u->arrival : u->timeout;
	enum pc_timer timer = unit ? TIMER_UART1 : TIMER_UART0;

	if (b->pc->due[timer] != when)
		board_timer_set(b, timer, when);
}

/* ---- receiver ---- */

/* Error bits below the top of the FIFO show in LSR bit 7. */
static void update_fifo_error(struct uart *u)
{
	u->lsr &= (uint8_t)~LSR_FIFO_ERROR;
	for (unsigned n = 0; fifos(u) && n < u->rx_count; n++)
		if (u->rx_error[(u->rx_head + n) % UART_FIFO])
			u->lsr |= LSR_FIFO_ERROR;
}

/* Four character times without traffic while characters wait (8.4.1). */
static void restart_timeout(struct board *b, struct uart *u)
{
	u->timeout = fifos(u) && u->rx_count ? board_now(b) + 4 * UART_CHAR_NS : TIME_NEVER;
	u->timeout_int = 0;
}

static void rx_push(struct board *b, struct uart *u, uint8_t byte, uint8_t error)
{
	unsigned at;

	if (u->rx_count == rx_size(u)) {
		u->lsr |= LSR_OE;
		if (!fifos(u))
			u->rx[u->rx_head] = byte;
		return;
	}
	at = (u->rx_head + u->rx_count) % UART_FIFO;
	u->rx[at] = byte;
	u->rx_error[at] = error;
	if (!u->rx_count)
		u->lsr |= LSR_DR | error;
	u->rx_count++;
	update_fifo_error(u);
	restart_timeout(b, u);
}

static void rx_clear(struct uart *u)
{
	u->rx_head = u->rx_count = 0;
	memset(u->rx, 0, sizeof(u->rx));
	memset(u->rx_error, 0, sizeof(u->rx_error));
	u->lsr &= (uint8_t) ~(LSR_DR | LSR_PE | LSR_FE | LSR_BI | LSR_FIFO_ERROR);
	u->timeout = TIME_NEVER;
	u->timeout_int = 0;
}

/* The other end has its CTS at our RTS (in loopback the pin is inactive). It
 * minds it from the first time it is raised: a guest that never does so is one
 * that knows nothing of flow control, and is spoken to all the same. */
static bool held(const struct uart *u)
{
	return (u->mcr & MCR_LOOP) || (u->flow && !(u->mcr & MCR_RTS));
}

/* The sender starts its next character if it may and the receiver has room; one
 * that is on its way arrives whatever RTS does. */
static void line_start(struct board *b, struct uart *u)
{
	if (u->arrival != TIME_NEVER && !(u->mcr & MCR_LOOP))
		return;
	if (!u->line_count || held(u) || u->rx_count >= rx_size(u))
		u->arrival = TIME_NEVER;
	else
		u->arrival = board_now(b) + UART_CHAR_NS;
}

static uint8_t read_rbr(struct board *b, struct uart *u)
{
	if (!u->rx_count)
		return u->rbr;
	u->rbr = u->rx[u->rx_head];
	u->rx[u->rx_head] = 0;
	u->rx_error[u->rx_head] = 0;
	u->rx_head = (u->rx_head + 1) % UART_FIFO;
	u->rx_count--;
	if (u->rx_count)
		u->lsr |= u->rx_error[u->rx_head];
	else
		u->lsr &= (uint8_t)~LSR_DR;
	update_fifo_error(u);
	restart_timeout(b, u);
	line_start(b, u);
	return u->rbr;
}

void uart_timer(struct board *b, unsigned unit)
{
	struct uart *u = &b->pc->uart[unit];
	uint64_t now = board_now(b);

	if (u->timeout <= now) {
		u->timeout = TIME_NEVER;
		u->timeout_int = 1;
	}
	if (u->arrival <= now) {
		u->arrival = TIME_NEVER;
		if (u->line_count && !(u->mcr & MCR_LOOP) && u->rx_count < rx_size(u)) {
			uint8_t byte = u->line[u->line_head];

			u->line[u->line_head] = 0;
			u->line_head = (uint16_t)((u->line_head + 1) % UART_LINE);
			u->line_count--;
			rx_push(b, u, byte, 0);
		}
		line_start(b, u);
	}
	update_timer(b, unit);
	update_irq(b, unit);
}

/* ---- modem status ---- */

static void update_modem(struct uart *u)
{
	uint8_t lines = MSR_CABLE, changed, old = u->msr;

	if (u->mcr & MCR_LOOP)
		lines = (u->mcr & MCR_RTS ? MSR_CTS : 0) | (u->mcr & MCR_DTR ? MSR_DSR : 0) |
			(u->mcr & MCR_OUT1 ? MSR_RI : 0) | (u->mcr & MCR_OUT2 ? MSR_DCD : 0);
	changed = (old ^ lines) & 0xf0;
	u->msr = lines | (old & MSR_DELTAS);
	u->msr |= (changed & ~MSR_RI) >> 4;
	if (changed & old & MSR_RI)
		u->msr |= MSR_TERI; /* the trailing edge only */
}

/* ---- registers ---- */

/* The character leaves at once, so the holding register fills and empties in
 * one step: the interrupt request goes away and comes back, which an
 * edge-triggered 8259 has to see. */
static void write_thr(struct board *b, unsigned unit, uint8_t byte)
{
	struct uart *u = &b->pc->uart[unit];

	u->thre_int = 0;
	update_irq(b, unit);
	if (u->mcr & MCR_LOOP)
		rx_push(b, u, byte, 0);
	else if (b->host.byte_out)
		b->host.byte_out(b->host.opaque, unit, byte);
	u->thre_int = 1;
}

/* Enabling the transmitter interrupt while the transmitter is empty requests
 * it at once; Linux probes for parts that do not ("THRE bug"). */
static void write_ier(struct uart *u, uint8_t v)
{
	if ((v & ~u->ier & IER_ETBEI) && (u->lsr & LSR_THRE))
		u->thre_int = 1;
	u->ier = v & IER_MASK;
}

static void write_fcr(struct board *b, struct uart *u, uint8_t v)
{
	if ((v ^ u->fcr) & FCR_ENABLE || (v & (FCR_ENABLE | FCR_RX_RESET)) == (FCR_ENABLE | FCR_RX_RESET))
		rx_clear(u);
	/* The other bits are not programmed unless bit 0 is written as 1. */
	u->fcr = v & FCR_ENABLE ? v & (FCR_ENABLE | FCR_DMA | FCR_TRIGGER) : 0;
	line_start(b, u);
}

static void write_lcr(struct board *b, struct uart *u, uint8_t v)
{
	bool started = v & ~u->lcr & LCR_BREAK;

	u->lcr = v;
	if (started && (u->mcr & MCR_LOOP))
		rx_push(b, u, 0, LSR_BI);
}

static void uart_out(struct board *b, unsigned unit, uint16_t port, uint32_t value, unsigned size)
{
	struct uart *u = &b->pc->uart[unit];
	uint8_t v = (uint8_t)value;
	unsigned reg = port & 7;

	TRACE(b, UART, "uart%u reg %u <- %02x%s", unit, reg, v, u->lcr & LCR_DLAB ? " (DLAB)" : "");
	if (reg < 2 && (u->lcr & LCR_DLAB)) {
		*(reg == DLL ? &u->dll : &u->dlm) = v;
		return;
	}
	switch (reg) {
	case THR: write_thr(b, unit, v); break;
	case IER: write_ier(u, v); break;
	case FCR: write_fcr(b, u, v); break;
	case LCR: write_lcr(b, u, v); break;
	case MCR:
		u->mcr = v & MCR_MASK;
		if ((v & (MCR_RTS | MCR_LOOP)) == MCR_RTS)
			u->flow = 1;
		update_modem(u);
		line_start(b, u);
		break;
	case SCR: u->scr = v; break;
	default: break; /* LSR and MSR: factory tests */
	}
	update_timer(b, unit);
	update_irq(b, unit);
}

static uint8_t read_iir(struct uart *u)
{
	uint8_t iir = pending(u);

	if (iir == IIR_THRE)
		u->thre_int = 0;
	return iir | (fifos(u) ? IIR_FIFOS : 0);
}

static uint8_t read_reg(struct board *b, struct uart *u, unsigned reg)
{
	uint8_t v;

	switch (reg) {
	case RBR: return read_rbr(b, u);
	case IER: return u->ier;
	case IIR: return read_iir(u);
	case LCR: return u->lcr;
	case MCR: return u->mcr;
	case LSR:
		v = u->lsr;
		u->lsr &= (uint8_t)~LSR_ERRORS;
		if (u->rx_count)
			u->rx_error[u->rx_head] = 0;
		update_fifo_error(u);
		return v;
	case MSR:
		v = u->msr;
		u->msr &= (uint8_t)~MSR_DELTAS;
		return v;
	default: return u->scr;
	}
}

static uint32_t uart_in(struct board *b, unsigned unit, uint16_t port, unsigned size)
{
	struct uart *u = &b->pc->uart[unit];
	unsigned reg = port & 7;
	uint8_t v;

	if (reg < 2 && (u->lcr & LCR_DLAB)) {
		v = reg == DLL ? u->dll : u->dlm;
	} else {
		v = read_reg(b, u, reg);
		if (reg == RBR)
			update_timer(b, unit);
		update_irq(b, unit);
	}
	TRACE(b, UART, "uart%u reg %u -> %02x", unit, reg, v);
	return v;
}

/* ---- outside ---- */

bool uart_room(const struct board *b, unsigned unit)
{
	return b->pc->uart[unit].line_count < UART_LINE;
}

bool uart_listening(const struct board *b, unsigned unit)
{
	const struct uart *u = &b->pc->uart[unit];

	return !(u->mcr & MCR_LOOP) && ((u->mcr & MCR_RTS) || (u->ier & IER_ERBFI));
}

void uart_receive(struct board *b, unsigned unit, uint8_t byte)
{
	struct uart *u = &b->pc->uart[unit];

	if (!uart_room(b, unit))
		return;
	u->line[(u->line_head + u->line_count) % UART_LINE] = byte;
	u->line_count++;
	line_start(b, u);
	update_timer(b, unit);
}

void uart_attach(struct board *b)
{
	for (unsigned unit = 0; unit < 2; unit++) {
		struct io_range r = {uart_base[unit], 8, (uint8_t)unit, 1, uart_in, uart_out};

		board_map_io(b, &r);
	}
}

/* Master reset (table I). The divisor survives it in the chip; here it gets
 * what firmware sets, 9600 baud, so that a guest may read something sane. */
void uart_reset(struct board *b)
{
	for (unsigned unit = 0; unit < 2; unit++) {
		struct uart *u = &b->pc->uart[unit];

		memset(u, 0, sizeof(*u));
		u->arrival = u->timeout = TIME_NEVER;
		u->dll = 12;
		u->lsr = LSR_THRE | LSR_TEMT;
		u->msr = MSR_CABLE;
		board_set_irq(b, uart_irq[unit], false);
		update_timer(b, unit);
	}
}

const char *uart_validate(const struct board *b)
{
	for (unsigned unit = 0; unit < 2; unit++) {
		const struct uart *u = &b->pc->uart[unit];

		if (u->rx_head >= UART_FIFO || u->rx_count > rx_size(u))
			return "uart: receiver FIFO out of range";
		if (u->line_head >= UART_LINE || u->line_count > UART_LINE)
			return "uart: line out of range";
		if (u->thre_int > 1 || u->timeout_int > 1 || u->irq > 1 || u->flow > 1 || (u->ier & ~IER_MASK) ||
		    (u->mcr & ~MCR_MASK))
			return "uart: reserved bits set";
	}
	return NULL;
}
