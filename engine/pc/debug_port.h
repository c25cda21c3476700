/* Ports for debugging: 0xE9 (Bochs), 0x402 (SeaBIOS), and the test exit port. */
#ifndef LANYARD_PC_DEBUG_PORT_H
#define LANYARD_PC_DEBUG_PORT_H

#include "engine/base/types.h"

struct board;

/* Also maps pc->test_exit_port if it is set already. */
void debug_port_attach(struct board *b);
/* A write of v to this port ends the run with status v << 1 | 1. 0: none. */
void debug_port_set_exit(struct board *b, uint16_t port);

#endif
