/* National Semiconductor DP8390D network interface controller with the glue of
 * an NE2000: a 16-bit remote DMA data port, an address PROM and 16 KiB of buffer
 * memory at 0x4000. The chip of ne2k_pci.c, and of the NE2000 on the ISA bus.
 *
 * References: DP8390D/NS32490D data sheet (July 1995), "DS"; NE2000 programming
 * as in the drivers of every system. */
#ifndef LANYARD_NIC_DP8390_H
#define LANYARD_NIC_DP8390_H

#include "engine/base/types.h"

struct board;

#define DP8390_RAM_BASE 0x4000u
#define DP8390_RAM_SIZE 0x4000u
#define DP8390_PROM_SIZE 32u
#define DP8390_COUNTERS 3

struct dp8390 {
	uint64_t tx_done; /* when the frame on the line has been sent; TIME_NEVER: none */
	uint16_t rsar;    /* remote DMA: address and bytes left */
	uint16_t rbcr;
	uint16_t tbcr;
	uint8_t cmd;
	uint8_t pstart, pstop, bnry, curr, tpsr;
	uint8_t isr, imr, tsr, rsr, rcr, tcr, dcr;
	uint8_t ncr;
	uint8_t counter[DP8390_COUNTERS]; /* frame alignment and CRC errors, missed frames */
	uint8_t irq;                      /* level of the interrupt pin */
	uint8_t fifo_at;
	uint8_t par[6];
	uint8_t mar[8];
	uint8_t fifo[8]; /* what a loopback left (DS 11.0) */
	uint8_t tx_set;  /* TPSR or TBCR were written since a frame was taken */
	uint8_t prom[DP8390_PROM_SIZE];
	uint8_t ram[DP8390_RAM_SIZE];
};
_Static_assert(sizeof(struct dp8390) == 8 + 6 + 19 + 23 + DP8390_PROM_SIZE + DP8390_RAM_SIZE, "no implicit padding");

/* One chip in its card: how it reaches the rest. Made anew for each call. */
struct dp8390_card {
	struct board *b;
	unsigned slot;
	struct dp8390 *d;
	void (*irq)(struct board *b, unsigned slot, bool level);
};

/* Power on: the PROM gets the address. */
void dp8390_init(const struct dp8390_card *c, const uint8_t mac[6]);
/* RESET, by the bus or by the reset port. */
void dp8390_reset(const struct dp8390_card *c);
/* Register 0..15 of the page that CMD selects. Page 3 belongs to the card:
 * reads as 0xFF, writes are ignored; only CMD answers here. */
uint8_t dp8390_read(const struct dp8390_card *c, unsigned reg);
void dp8390_write(const struct dp8390_card *c, unsigned reg, uint8_t value);
unsigned dp8390_page(const struct dp8390 *d);
/* The data port: size 1, 2 or 4. */
uint32_t dp8390_data_read(const struct dp8390_card *c, unsigned size);
void dp8390_data_write(const struct dp8390_card *c, uint32_t value, unsigned size);
/* The slot's timer. */
void dp8390_timer(const struct dp8390_card *c);
bool dp8390_receive(const struct dp8390_card *c, const uint8_t *frame, size_t size, int *reason);
const char *dp8390_validate(const struct dp8390 *d);

/* ---- between dp8390.c and dp8390_rx.c ---- */

enum {
	/* ISR, IMR */
	ISR_PRX = 0x01,
	ISR_PTX = 0x02,
	ISR_RXE = 0x04,
	ISR_TXE = 0x08,
	ISR_OVW = 0x10,
	ISR_CNT = 0x20,
	ISR_RDC = 0x40,
	ISR_RST = 0x80,
	/* CMD */
	CMD_STP = 0x01,
	CMD_STA = 0x02,
	CMD_TXP = 0x04,
	CMD_RD = 0x38,
	CMD_RD_READ = 0x08,
	CMD_RD_WRITE = 0x10,
	CMD_RD_SEND = 0x18,
	CMD_RD_ABORT = 0x20,
	CMD_PS_SHIFT = 6,
	/* RCR */
	RCR_SEP = 0x01,
	RCR_AR = 0x02,
	RCR_AB = 0x04,
	RCR_AM = 0x08,
	RCR_PRO = 0x10,
	RCR_MON = 0x20,
	/* RSR */
	RSR_PRX = 0x01,
	RSR_MPA = 0x10,
	RSR_PHY = 0x20,
	RSR_DIS = 0x40,
	/* TCR, TSR, DCR */
	TCR_CRC = 0x01,
	TCR_LB = 0x06,
	TSR_PTX = 0x01,
	DCR_WTS = 0x01,
};

/* Started, and not stopped or reset since: what ISR.RST says (DS 10.3). */
static inline bool dp8390_running(const struct dp8390 *d)
{
	return !(d->isr & ISR_RST);
}
/* Sets causes and drives the interrupt pin. */
void dp8390_interrupt(const struct dp8390_card *c, uint8_t causes);
/* Writes a byte of the memory that both DMA channels see. */
void dp8390_poke(struct dp8390 *d, uint16_t addr, uint8_t value);
/* Does the chip take a frame to this address? */
bool dp8390_address_match(const struct dp8390 *d, const uint8_t *mac);

#endif
