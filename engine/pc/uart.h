/* The two serial ports: National Semiconductor PC16550D at 0x3F8 (IRQ 4) and
 * 0x2F8 (IRQ 3). What a guest transmits leaves through b->host.byte_out.
 *
 * The line is faster than any real one, for a guest that polls the transmitter
 * would otherwise spend 87000 instructions on each character:
 *   transmit  takes no time: the transmitter is empty again at once
 *   receive   UART_CHAR_NS a character, whatever the divisor says; the sender
 *             waits while the receiver is full, so nothing from outside is lost,
 *             and while RTS is low, so a driver with RTS/CTS loses nothing either */
#ifndef LANYARD_PC_UART_H
#define LANYARD_PC_UART_H

#include "engine/base/types.h"

struct board;

#define UART_FIFO 16u
#define UART_LINE 512u      /* characters on their way to the receiver */
#define UART_CHAR_NS 10000u /* virtual time between two received characters */

struct uart {
	uint64_t arrival; /* when the next character of line[] arrives; TIME_NEVER: none */
	uint64_t timeout; /* when the character timeout strikes; TIME_NEVER: not running */
	uint8_t ier, fcr, lcr, mcr, lsr, msr, scr;
	uint8_t dll, dlm;
	uint8_t rbr; /* what an empty receiver reads: the last character */
	uint8_t rx_head, rx_count;
	uint8_t thre_int;    /* transmitter-empty interrupt latched */
	uint8_t timeout_int; /* character timeout interrupt latched */
	uint8_t irq;         /* level driven on the ISA line */
	uint8_t flow;        /* RTS was raised since the reset: the other end minds it */
	uint8_t rx[UART_FIFO];
	uint8_t rx_error[UART_FIFO]; /* LSR error bits that came with the character */
	uint16_t line_head, line_count;
	uint8_t pad2[4];
	uint8_t line[UART_LINE];
};
_Static_assert(sizeof(struct uart) == 16 + 16 + 2 * UART_FIFO + 8 + UART_LINE, "no implicit padding");

void uart_attach(struct board *b);
void uart_reset(struct board *b);
void uart_timer(struct board *b, unsigned unit);
const char *uart_validate(const struct board *b);

/* Can the line of this port take one more character from outside? */
bool uart_room(const struct board *b, unsigned unit);
/* Is somebody reading: the guest raised RTS, or enabled the receive interrupt? */
bool uart_listening(const struct board *b, unsigned unit);
/* Puts a character on the line, between two board_run() calls; dropped if
 * there is no room. */
void uart_receive(struct board *b, unsigned unit, uint8_t byte);

#endif
