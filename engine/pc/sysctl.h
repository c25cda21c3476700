/* Small system control ports: 0x61 (NMI status, speaker, PIT channel 2), 0x92
 * (fast A20 and reset), 0xCF9 (PIIX3 reset control), and the A20 gate. */
#ifndef LANYARD_PC_SYSCTL_H
#define LANYARD_PC_SYSCTL_H

#include "engine/base/types.h"

struct board;

struct sysctl {
	uint8_t port61; /* bits 0-3 as written */
	uint8_t port92; /* bit 0 and bits without a function; A20 is separate */
	uint8_t rst_cnt;
	uint8_t a20; /* 1: address line 20 passes */
	uint8_t pad[4];
};
_Static_assert(sizeof(struct sysctl) == 8, "no padding");

void sysctl_attach(struct board *b);
void sysctl_reset(struct board *b);
const char *sysctl_validate(struct board *b);

/* The A20 gate has one state; port 0x92 and the keyboard controller's output
 * port both set it and read it back. */
void sysctl_set_a20(struct board *b, bool on);

#endif
