/* A serial EEPROM of 64 words on a Microwire bus (93C46 in its 16-bit
 * organisation), as network cards keep their address in. The card drives the
 * pins: chip select, clock, data in; data out is `dout`. */
#ifndef LANYARD_NIC_MICROWIRE_H
#define LANYARD_NIC_MICROWIRE_H

#include "engine/base/types.h"

#define MICROWIRE_WORDS 64u

enum microwire_phase {
	MICROWIRE_START,   /* waiting for the start bit */
	MICROWIRE_COMMAND, /* two bits of opcode, six of address */
	MICROWIRE_READ,
	MICROWIRE_WRITE,
	MICROWIRE_WRITE_ALL,
	MICROWIRE_DONE, /* nothing more until chip select falls */
	MICROWIRE_PHASES
};

struct microwire {
	uint16_t word[MICROWIRE_WORDS];
	uint16_t shift; /* bits on their way, most significant first */
	uint8_t bits;   /* how many of them */
	uint8_t phase;  /* enum microwire_phase */
	uint8_t address;
	uint8_t writable; /* EWEN was given */
	uint8_t sk;       /* the clock as last seen */
	uint8_t dout;
};
_Static_assert(sizeof(struct microwire) == 2 * MICROWIRE_WORDS + 8, "no implicit padding");

/* Power on: the words stay. */
void microwire_reset(struct microwire *m);
/* The pins' levels now. */
void microwire_pins(struct microwire *m, bool cs, bool sk, bool di);
bool microwire_valid(const struct microwire *m);

#endif
