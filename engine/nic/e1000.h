/* Intel 82540EM, 82545EM and 82544GC Gigabit Ethernet: the card's state and what its files share.
 *   e1000.c        windows, registers, interrupts, timers, the model's row
 *   e1000_phy.c    the PHY behind MDIC, link and speed
 *   e1000_tx.c     transmit ring: descriptors, segmentation, the line's pace
 *   e1000_send.c   a whole frame leaves: checksums, tag, counters
 *   e1000_rx.c     receive filters and ring
 *   e1000_stats.c  the statistics registers
 * Functions take the board and the state; s->slot tells which card it is. */
#ifndef LANYARD_NIC_E1000_H
#define LANYARD_NIC_E1000_H

#include "engine/base/option.h"
#include "engine/nic/e1000_regs.h"
#include "engine/nic/microwire.h"
#include "engine/nic/nic.h"

/* What the card waits for; at equal times the lower is served first. */
enum e1000_event {
	E1000_EVENT_LINK, /* auto-negotiation is done */
	E1000_EVENT_TX,   /* the line has room again */
	E1000_EVENT_TIDV,
	E1000_EVENT_TADV,
	E1000_EVENT_RDTR,
	E1000_EVENT_RADV, /* delayed interrupts */
	E1000_EVENT_ITR,  /* the interrupt throttle opens */
	E1000_EVENTS
};

#define E1000_TX_MAX 16288u /* bytes of a frame, as the hardware's (section 3.3.3) */
#define E1000_MIN_FRAME 60u /* without FCS */
#define E1000_FCS 4u

/* A context descriptor (section 3.3.6). */
struct e1000_context {
	uint8_t ipcss, ipcso, tucss, tucso;
	uint16_t ipcse, tucse;
	uint32_t paylen;
	uint16_t mss;
	uint8_t hdrlen;
	uint8_t cmd; /* TUCMD */
};

/* The frame being collected. */
struct e1000_tx {
	struct e1000_context context[2]; /* checksum offload; segmentation */
	uint32_t offset;                 /* bytes of the descriptor at TDH already taken */
	uint32_t size;                   /* bytes in data */
	uint32_t sent;                   /* segmentation: payload bytes in earlier segments */
	uint16_t segments;               /* segmentation: how many were sent */
	uint16_t tci;                    /* of the tag to insert */
	uint8_t started;                 /* a descriptor of the frame was seen */
	uint8_t segmenting;
	uint8_t tagged;   /* insert a tag */
	uint8_t popts;    /* checksums to insert */
	uint8_t oversize; /* bytes were lost: do not send */
	uint8_t css;      /* legacy: where the checksum starts, of the first descriptor */
	uint8_t fcs;      /* the FCS is to be made, not part of the data */
	uint8_t pad;
	uint8_t header[256];
	uint8_t data[E1000_TX_MAX + 8]; /* and a tag */
};

struct e1000 {
	uint64_t due[E1000_EVENTS]; /* TIME_NEVER: off */
	uint64_t itr_until;         /* no new interrupt before */
	uint64_t tx_free;           /* when all that was sent has left the line */
	uint64_t pause_until;       /* a PAUSE frame holds the transmitter */
	uint32_t slot;
	uint32_t reg[E1000_REG_COUNT];
	uint32_t stat[(REG_STATS_END - REG_STATS) / 4];
	uint32_t mta[128];
	uint32_t ra[32];
	uint32_t vfta[128];
	uint32_t ip4at[8], ip6at[4];
	uint32_t fflt[4], ffmt[128], ffvt[128]; /* wake-up filters: kept, nothing sleeps */
	uint32_t ioaddr;
	uint16_t phy[32];
	uint16_t partner, partner_1000; /* what the cable's other end offers: PHY_LP_ABILITY, PHY_1000T_STATUS */
	uint16_t pad;
	uint8_t pad8;
	uint8_t unlimited;    /* it sends without a line's pace */
	uint8_t irq;          /* the level of INTA# */
	uint8_t carrier;      /* the cable */
	uint8_t link;         /* the PHY has a link */
	uint8_t link_was_low; /* since PHY_STATUS was read last */
	struct microwire eeprom;
	struct e1000_tx tx;
};
_Static_assert(sizeof(struct e1000_context) == 16, "no implicit padding");
_Static_assert(sizeof(struct e1000_tx) == 32 + 16 + 8 + 256 + E1000_TX_MAX + 8, "no implicit padding");
_Static_assert(sizeof(struct e1000) == 8 * (E1000_EVENTS + 3) +
					       4 * (2 + E1000_REG_COUNT + 64 + 128 + 32 + 128 + 12 + 260) + 76 +
					       sizeof(struct microwire) + sizeof(struct e1000_tx),
	       "no implicit padding");
_Static_assert(sizeof(struct e1000) <= PC_NIC_BYTES, "fits its slot");

/* e1000.c */
/* What tells the chips apart for a driver: the second word of the PHY's identity. */
uint16_t e1000_phy_id2(const struct board *b, const struct e1000 *s);
void e1000_interrupt(struct board *b, struct e1000 *s, uint32_t causes);
void e1000_event(struct board *b, struct e1000 *s, enum e1000_event event, uint64_t when);
static inline bool e1000_loopback(const struct e1000 *s)
{
	return (s->reg[R_RCTL] & RCTL_LBM) || (s->phy[PHY_CTRL] & MII_LOOPBACK);
}

/* e1000_phy.c */
extern const struct option e1000_options[];
void e1000_configure(struct board *b, unsigned slot, const struct option_value *options);
uint64_t e1000_line_rate(const struct option_value *options);
bool e1000_partner_valid(const struct e1000 *s);
void e1000_phy_reset(struct board *b, struct e1000 *s);
void e1000_mdic_write(struct board *b, struct e1000 *s, uint32_t value);
void e1000_line(struct board *b, unsigned slot, uint64_t rate);
void e1000_set_carrier(struct board *b, struct e1000 *s, bool up);
void e1000_link_timer(struct board *b, struct e1000 *s);
/* Mbit/s; 0: both ends have nothing in common. */
unsigned e1000_speed(const struct e1000 *s);
bool e1000_full_duplex(const struct e1000 *s);

/* e1000_tx.c */
void e1000_tx_run(struct board *b, struct e1000 *s);
void e1000_tx_abort(struct e1000 *s); /* forgets the frame being collected */
/* Line time of one byte. */
unsigned e1000_byte_ns(const struct e1000 *s);

/* e1000_send.c */
void e1000_send_frame(struct board *b, struct e1000 *s);
void e1000_send_segment(struct board *b, struct e1000 *s, bool last);
void e1000_send_pause(struct board *b, struct e1000 *s);
/* One's complement checksum of [start, end] (0: to the end), put at `at`. */
void e1000_insert_sum(uint8_t *data, uint32_t size, unsigned start, unsigned end, unsigned at, bool never_zero);

/* e1000_rx.c */
bool e1000_rx(struct board *b, struct e1000 *s, const uint8_t *frame, size_t size, int *reason);

/* e1000_stats.c */
void e1000_count(struct e1000 *s, enum e1000_stat stat);
void e1000_count_rx_total(struct e1000 *s, uint32_t size);
void e1000_count_rx_good(struct e1000 *s, const uint8_t *frame, uint32_t size);
void e1000_count_tx_total(struct e1000 *s, uint32_t size);
void e1000_count_tx_good(struct e1000 *s, const uint8_t *frame, uint32_t size);
uint32_t e1000_stat_read(struct e1000 *s, unsigned offset);

#endif
