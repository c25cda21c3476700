/* Small system control ports: 0x61 (NMI status, speaker, PIT channel 2), 0x92
 * (fast A20 and reset), 0xCF9 (PIIX3 reset control), and the A20 gate. */
#ifndef LANYARD_PC_SYSTEM_PORTS_H
#define LANYARD_PC_SYSTEM_PORTS_H

#include "engine/base/types.h"

struct board;

struct system_ports {
	uint8_t port61; /* bits 0-3 as written */
	uint8_t port92; /* bit 0 and bits without a function; A20 is separate */
	uint8_t rst_cnt;
	uint8_t a20; /* 1: address line 20 passes */
	uint8_t pad[4];
};
_Static_assert(sizeof(struct system_ports) == 8, "no padding");

void system_ports_attach(struct board *b);
void system_ports_reset(struct board *b);
const char *system_ports_validate(const struct board *b);

/* The A20 gate has one state; port 0x92 and the keyboard controller's output
 * port both set it and read it back. */
void system_ports_set_a20(struct board *b, bool on);

#endif
