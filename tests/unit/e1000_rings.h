/* The e1000 with its rings set up, as e1000_open() of Linux does it. */
#ifndef LANYARD_TESTS_UNIT_E1000_RINGS_H
#define LANYARD_TESTS_UNIT_E1000_RINGS_H

#include "engine/nic/e1000.h"
#include "tests/unit/nics.h"

#define TX_RING 0x10000u
#define RX_RING 0x20000u
#define BUFFERS 0x100000u

/* The registers' offsets: AT_TDT. */
enum e1000_offset {
#define X(name, offset, reset, write) AT_##name = offset,
	E1000_REGS(X)
#undef X
};

/* Bits of a transmit descriptor. */
enum { EOP = 1 << 24, IFCS = 1 << 25, TSE = 1 << 26, RS = 1 << 27, DEXT = 1 << 29, VLE = 1 << 30, DTYP = 1 << 20 };

void e1000_up(struct board *b, unsigned tx, unsigned rx, uint32_t rctl);
void put_desc(struct board *b, uint32_t ring, unsigned n, uint64_t buffer, uint32_t lower, uint32_t upper);
uint8_t tx_status(struct board *b, unsigned n);

/* A receive descriptor as written back. */
struct rx {
	uint16_t size, sum;
	uint8_t status, errors;
	uint16_t special;
};

struct rx rx_desc(struct board *b, unsigned n);

/* ---- a plain checksum to compare with, and frames that have one ---- */

unsigned sum16(const uint8_t *p, size_t size, unsigned sum);

/* 0xffff if the transport checksum of an IPv4 frame is right. */
unsigned l4_sum(const uint8_t *frame);

/* An IPv4 frame with right checksums; the payload counts up. Its size. */
unsigned make_ipv4(uint8_t *f, unsigned protocol, unsigned payload);

#endif
