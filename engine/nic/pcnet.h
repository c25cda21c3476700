/* AMD Am79C970A (PCnet-PCI II): the card's state and what its files share.
 *   pcnet.c       windows, CSRs and BCRs, initialization, interrupts, reset, the row
 *   pcnet_ring.c  descriptors in the three layouts that SWSTYLE selects
 *   pcnet_tx.c    transmit ring, polling, the line's pace
 *   pcnet_rx.c    receive filter and ring
 * Functions take the board and the state; s->slot tells which card it is. */
#ifndef LANYARD_NIC_PCNET_H
#define LANYARD_NIC_PCNET_H

#include "engine/nic/microwire.h"
#include "engine/nic/nic.h"
#include "engine/nic/pcnet_regs.h"

/* What the card waits for; at equal times the lower is served first. */
enum pcnet_event {
	PCNET_EVENT_TX,   /* the line is free again */
	PCNET_EVENT_POLL, /* looks at the transmit ring unasked */
	PCNET_EVENTS
};

#define PCNET_FCS 4u
#define PCNET_MIN_FRAME 60u

enum pcnet_ring_id { PCNET_RX, PCNET_TX, PCNET_RINGS };

struct pcnet_ring {
	uint32_t base;
	uint32_t count; /* descriptors, 1 to 65536 */
	uint32_t at;    /* the next one, below count */
};

struct pcnet {
	uint64_t due[PCNET_EVENTS]; /* TIME_NEVER: off */
	uint64_t tx_free;           /* when all that was sent has left the line */
	uint32_t slot;
	struct pcnet_ring ring[PCNET_RINGS];
	uint16_t csr[PCNET_CSR_COUNT];
	uint16_t bcr[PCNET_BCR_COUNT];
	uint8_t aprom[APROM_SIZE];
	uint16_t rap;
	uint8_t irq;       /* the level of INTA# */
	uint8_t carrier;   /* the cable */
	uint8_t demands;   /* since INIT the driver has used TDMD */
	uint8_t polls;     /* how often the ring is still looked at, if it demands */
	uint8_t unlimited; /* it sends without a line's pace */
	uint8_t pad[5];
	struct microwire eeprom;
};
_Static_assert(sizeof(struct pcnet) == 8 * (PCNET_EVENTS + 1) + 4 + 12 * PCNET_RINGS + 2 * PCNET_CSR_COUNT +
					       2 * PCNET_BCR_COUNT + APROM_SIZE + 12 + sizeof(struct microwire),
	       "no implicit padding");
_Static_assert(sizeof(struct pcnet) <= PC_NIC_BYTES, "fits its slot");

static inline bool pcnet_stopped(const struct pcnet *s)
{
	return (s->csr[0] & CSR0_STOP) || (s->csr[CSR_EXTCTRL] & CSR5_SPND);
}
static inline bool pcnet_loopback(const struct pcnet *s)
{
	return s->csr[CSR_MODE] & MODE_LOOP;
}

/* pcnet.c */
/* Causes in CSR0. */
void pcnet_interrupt(struct board *b, struct pcnet *s, uint16_t causes);
void pcnet_event(struct board *b, struct pcnet *s, enum pcnet_event event, uint64_t when);

/* pcnet_ring.c: a descriptor as the 32-bit styles have it, whatever the layout. */
struct pcnet_md {
	uint64_t addr; /* where it is */
	uint32_t buffer;
	uint32_t flags;  /* MD_*, RMD_*, TMD_*; the low half is BCNT */
	uint32_t status; /* TMD2; RMD2: MCNT */
};
bool pcnet_fetch(struct board *b, const struct pcnet *s, enum pcnet_ring_id ring, uint32_t at, struct pcnet_md *md);
/* Writes flags and status back. */
void pcnet_store(struct board *b, const struct pcnet *s, enum pcnet_ring_id ring, const struct pcnet_md *md);
/* Bytes of its buffer: BCNT is their two's complement. */
uint32_t pcnet_md_bytes(const struct pcnet_md *md);
/* Takes rings, mode and addresses from the block that CSR1 and CSR2 name. */
void pcnet_load_init_block(struct board *b, struct pcnet *s);
uint64_t pcnet_md_addr(const struct pcnet *s, enum pcnet_ring_id ring, uint32_t at);
static inline uint32_t pcnet_ring_next(const struct pcnet_ring *r, uint32_t at)
{
	return at + 1 < r->count ? at + 1 : 0;
}

/* pcnet_tx.c */
void pcnet_tx_run(struct board *b, struct pcnet *s);
/* The ring is polled from now on, if it may be. */
void pcnet_poll_arm(struct board *b, struct pcnet *s);
void pcnet_poll(struct board *b, struct pcnet *s);

/* pcnet_rx.c */
bool pcnet_rx(struct board *b, struct pcnet *s, const uint8_t *frame, size_t size, int *reason);

#endif
