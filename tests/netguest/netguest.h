/* The network guest: a tiny PC program that makes traffic in which every
 * nanosecond counts. Each PC broadcasts a greeting at each tick of a timer and
 * answers those of others with an echo; it mixes what it sees, and the time
 * stamp counter at which it saw it, into a hash that goes into all it sends.
 * A frame that comes earlier, later or in another order changes every hash
 * after it. See main.c for the words of its command line. */
#ifndef LANYARD_TESTS_NETGUEST_NETGUEST_H
#define LANYARD_TESTS_NETGUEST_NETGUEST_H

#include "tests/guest/lib.h"

enum { MAX_CARDS = 4, FRAME_BYTES = 60, BUFFER_BYTES = 2048 };

struct card {
	uint8_t mac[6];
	uint8_t irq;
	uint16_t devfn;
	uint32_t base; /* memory or ports */
	unsigned slot; /* index into the driver's own arrays */
	/* Takes a frame of FRAME_BYTES; false: no room, it is lost. */
	bool (*send)(struct card *c, const uint8_t *frame);
	/* Its interrupt, or somebody else's on the same line. */
	void (*serve)(struct card *c);
};

/* main.c: a frame has come in. */
void frame_in(struct card *c, const uint8_t *frame, uint32_t size);
void mix(uint32_t v); /* into the hash */
uint32_t seen_so_far(void);
void begin(void); /* finds the cards and starts the timer */

/* agent.c; late: it is ready when a command says so */
void agent_on(bool late);

/* e1000.c, ne2k.c: false if there is no room for another one. */
bool e1000_start(struct card *c);
bool ne2k_start(struct card *c);

/* pci.c */
uint32_t pci_read(uint16_t devfn, unsigned reg);
void pci_write(uint16_t devfn, unsigned reg, uint32_t value);
/* Fills cards and starts them; how many there are. */
unsigned cards_find(struct card *cards);

#endif
