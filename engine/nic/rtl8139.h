/* Realtek RTL8139C and RTL8139C+: the card's state and what its files share.
 *   rtl8139.c         windows, registers, interrupts, timer, EEPROM, reset, the row
 *   rtl8139_phy.c     the PHY behind BMCR and its neighbours, link and speed
 *   rtl8139_tx.c      sending: four buffers in C mode, the line's pace
 *   rtl8139_cplus.c   sending from the descriptor rings of C+ mode
 *   rtl8139_offload.c checksums and segmentation of C+ mode
 *   rtl8139_rx.c      receive filter; the ring of C mode, descriptors of C+ mode
 * Functions take the board and the state; s->slot tells which card it is. */
#ifndef LANYARD_NIC_RTL8139_H
#define LANYARD_NIC_RTL8139_H

#include "engine/base/bytes.h"
#include "engine/nic/microwire.h"
#include "engine/nic/nic.h"
#include "engine/nic/rtl8139_regs.h"

/* What the card waits for; at equal times the lower is served first. */
enum rtl8139_event {
	RTL_EVENT_LINK,  /* auto-negotiation is done */
	RTL_EVENT_TX,    /* the line has room again */
	RTL_EVENT_TIMER, /* TCTR reaches TIMERINT */
	RTL_EVENTS
};

#define RTL_DESCRIPTOR 16u
#define RTL_RING_MAX 64u /* descriptors of a ring (C+ data sheet section 9.2) */
#define RTL_FCS 4u
#define RTL_MIN_FRAME 60u

/* The rings of C+ mode. */
enum rtl8139_ring { RING_NORMAL, RING_HIGH, RING_RX, RTL_RINGS };

/* What DTCCR dumps, in this layout (C+ data sheet section 6.3). */
struct rtl8139_tally {
	uint64_t tx_ok, rx_ok, tx_err;
	uint32_t rx_err;
	uint16_t rx_missed, rx_align;
	uint32_t tx_one_collision, tx_collisions;
	uint64_t rx_physical, rx_broadcast;
	uint32_t rx_multicast;
	uint16_t tx_abort, tx_underrun;
};
_Static_assert(sizeof(struct rtl8139_tally) == 64, "as the card writes it");

struct rtl8139 {
	uint64_t due[RTL_EVENTS]; /* TIME_NEVER: off */
	uint64_t tctr_zero;       /* when TCTR was 0 */
	uint64_t tx_free;         /* when all that was sent has left the line */
	struct rtl8139_tally tally;
	uint32_t slot;
	uint16_t bmcr, anar, pad16;
	uint16_t tx_turn;      /* C mode: whose turn it is of TSD0..TSD3 */
	uint8_t at[RTL_RINGS]; /* C+ mode: next descriptor of each ring */
	uint8_t plus;          /* an RTL8139C+ */
	uint8_t irq;           /* the level of INTA# */
	uint8_t carrier;       /* the cable */
	uint8_t link;          /* the PHY has a link */
	uint8_t link_was_low;  /* since BMSR was read last */
	uint8_t unlimited;     /* it sends without a line's pace */
	uint8_t slow;          /* the other end of the cable speaks 10 Mbit/s only */
	uint8_t pad[2];
	uint8_t reg[RTL_SIZE];
	struct microwire eeprom;
};
_Static_assert(sizeof(struct rtl8139) == 8 * (RTL_EVENTS + 2) + 64 + 24 + RTL_SIZE + sizeof(struct microwire),
	       "no implicit padding");
_Static_assert(sizeof(struct rtl8139) <= PC_NIC_BYTES, "fits its slot");

static inline uint16_t rtl_get16(const struct rtl8139 *s, unsigned reg)
{
	return get_le16(s->reg + reg);
}
static inline uint32_t rtl_get32(const struct rtl8139 *s, unsigned reg)
{
	return get_le32(s->reg + reg);
}
static inline uint64_t rtl_get64(const struct rtl8139 *s, unsigned reg)
{
	return get_le64(s->reg + reg);
}
/* Sending by the rings of C+ mode? */
static inline bool rtl_tx_plus(const struct rtl8139 *s)
{
	return rtl_get16(s, RTL_CPCR) & CPCR_TXENB;
}
static inline bool rtl_loopback(const struct rtl8139 *s)
{
	return (rtl_get32(s, RTL_TCR) & TCR_LBK) == TCR_LBK;
}

/* rtl8139.c */
void rtl8139_interrupt(struct board *b, struct rtl8139 *s, uint16_t causes);
void rtl8139_event(struct board *b, struct rtl8139 *s, enum rtl8139_event event, uint64_t when);

/* rtl8139_phy.c */
void rtl8139_phy_reset(struct board *b, struct rtl8139 *s);
void rtl8139_set_carrier(struct board *b, struct rtl8139 *s, bool up);
void rtl8139_link_timer(struct board *b, struct rtl8139 *s);
/* Registers BMCR to CSCR. */
uint16_t rtl8139_phy_read(struct rtl8139 *s, unsigned reg);
void rtl8139_phy_write(struct board *b, struct rtl8139 *s, unsigned reg, uint16_t value);
uint8_t rtl8139_msr(const struct rtl8139 *s);
unsigned rtl8139_speed(const struct rtl8139 *s); /* Mbit/s */

/* rtl8139_tx.c */
/* Sends what waits, as far as the line has room. */
void rtl8139_tx_run(struct board *b, struct rtl8139 *s);
/* Must the transmitter wait? It is called again when it need not. */
bool rtl8139_tx_held(struct board *b, struct rtl8139 *s);
/* A frame without FCS goes out, or comes back by loopback. */
void rtl8139_send(struct board *b, struct rtl8139 *s, const uint8_t *frame, uint32_t size);

/* A frame that the driver gave is not sent; reason: enum drop_reason. */
void rtl8139_give_up(struct board *b, struct rtl8139 *s, const uint8_t *frame, uint32_t size, int reason);

/* rtl8139_cplus.c */
void rtl8139_cplus_run(struct board *b, struct rtl8139 *s);

/* rtl8139_offload.c */
/* Fills in the checksums that a descriptor asks for (CPTX_IPCS ...). */
void rtl8139_fill_sums(uint8_t *frame, uint32_t size, uint32_t command);
/* Where TCP's payload starts in an Ethernet frame of IPv4; 0: it is none. */
uint32_t rtl8139_tcp_payload(const uint8_t *frame, uint32_t size);
/* Makes the segment that starts at payload byte `from` of a large send; its size. */
uint32_t rtl8139_segment(const uint8_t *whole, uint32_t size, uint32_t payload, uint32_t from, uint32_t mss,
			 uint8_t *segment);
/* Protocol and failed checksums of a received frame, as CPRX_* bits. */
uint32_t rtl8139_check_sums(const uint8_t *frame, uint32_t size);

/* rtl8139_rx.c */
bool rtl8139_rx(struct board *b, struct rtl8139 *s, const uint8_t *frame, size_t size, int *reason);
/* C mode: nothing between CAPR and CBR. */
bool rtl8139_ring_empty(const struct rtl8139 *s);

#endif
