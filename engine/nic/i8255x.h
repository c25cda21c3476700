/* Intel 8255x 10/100 Mbit/s Ethernet (82557B, 82559ER, 82551): the card's state and
 * what its files share. "8255x 10/100 Mbps Ethernet Controller Family Open Source
 * Software Developer Manual", here "the manual"; chapters are its.
 *   i8255x.c        registers, interrupts, reset, the models' rows
 *   i8255x_cu.c     the command unit: its list of command blocks
 *   i8255x_tx.c     frames of transmit blocks, pace of the line, flow control
 *   i8255x_ru.c     filters and the receive unit: its list of frame areas
 *   i8255x_phy.c    the 82555 PHY behind MDI
 *   i8255x_stats.c  statistics and how they are dumped
 * Functions take the board and the state; s->slot tells which card it is. */
#ifndef LANYARD_NIC_I8255X_H
#define LANYARD_NIC_I8255X_H

#include "engine/net/frame.h"
#include "engine/nic/microwire.h"
#include "engine/nic/nic.h"

/* Control/status registers (chapter 6.3). */
enum i8255x_reg {
	CSR_STATUS = 0x00, /* CUS, RUS */
	CSR_ACK = 0x01,    /* STAT/ACK */
	CSR_COMMAND = 0x02,
	CSR_MASK = 0x03,
	CSR_POINTER = 0x04,
	CSR_PORT = 0x08,
	CSR_FLASH = 0x0c,
	CSR_EEPROM = 0x0e,
	CSR_MDI = 0x10,
	CSR_RX_DMA = 0x14,
	CSR_EARLY_RX = 0x18,
	CSR_FC_THRESHOLD = 0x19,
	CSR_FC_COMMAND = 0x1a,
	CSR_PMDR = 0x1b,
	CSR_GCONTROL = 0x1c,
	CSR_GSTATUS = 0x1d,
	CSR_BYTES = 0x40,
};

enum {
	/* CSR_STATUS */
	CUS_IDLE = 0,
	CUS_SUSPENDED = 1,
	CUS_ACTIVE = 2,
	CUS_SHIFT = 6,
	RUS_IDLE = 0,
	RUS_SUSPENDED = 1,
	RUS_NO_RESOURCES = 2,
	RUS_READY = 4,
	RUS_SHIFT = 2,
	/* CSR_ACK */
	ACK_CX = 0x80,
	ACK_FR = 0x40,
	ACK_CNA = 0x20,
	ACK_RNR = 0x10,
	ACK_MDI = 0x08,
	ACK_SWI = 0x04,
	ACK_FCP = 0x01,
	/* CSR_MASK; from the 82558 on bits 7:4 mask what they are in CSR_ACK */
	MASK_ALL = 0x01,
	MASK_SI = 0x02,
	MASK_FCP = 0x04,
	/* CSR_EEPROM */
	EE_SK = 1,
	EE_CS = 2,
	EE_DI = 4,
	EE_DO = 8,
	/* CSR_FC_COMMAND */
	FC_XOFF = 0x01,
	FC_XON = 0x02,
	FC_PAUSED = 0x08,
};

/* Every command block and receive frame area begins so (6.4.1, 6.4.3). */
enum {
	BLOCK_STATUS = 0,
	BLOCK_COMMAND = 2,
	BLOCK_LINK = 4,
	BLOCK_DATA = 8,
	STATUS_C = 0x8000,
	STATUS_OK = 0x2000,
	COMMAND_EL = 0x8000,
	COMMAND_S = 0x4000,
	COMMAND_I = 0x2000,
	COMMAND_SF = 0x0008, /* flexible: the data are elsewhere */
	COMMAND_H = 0x0010,
};

/* Bytes of the configuration (6.4.2.3), and bits that are obeyed. */
enum {
	CONFIG_BYTES = 32,
	CONFIG_LIST = 6,
	LIST_TCO_STATS = 0x04, /* 82559: two more counters */
	LIST_CI = 0x08,        /* CNA only when the unit goes idle */
	LIST_STANDARD_TCB = 0x10,
	LIST_STANDARD_STATS = 0x20,
	LIST_SAVE_BAD = 0x80,
	CONFIG_SHORT = 7,
	SHORT_DISCARD = 0x01,
	CONFIG_LOOPBACK = 10,
	LOOPBACK_NSAI = 0x08, /* 1: no source address is put in */
	LOOPBACK_MODE = 0xc0,
	CONFIG_FILTER = 15,
	FILTER_PROMISCUOUS = 0x01,
	FILTER_NO_BROADCAST = 0x02,
	CONFIG_FC_DELAY = 16,
	CONFIG_FRAMING = 18,
	FRAMING_PAD = 0x02,
	FRAMING_CRC = 0x04,
	FRAMING_LONG = 0x08,
	CONFIG_FLOW = 19,
	FLOW_NO_TX_PAUSE = 0x04, /* the transmitter does not obey PAUSE */
	FLOW_REJECT = 0x20,      /* PAUSE frames go no further */
	CONFIG_MULTI_IA = 20,
	MULTI_IA = 0x40,
	CONFIG_MULTICAST = 21,
	MULTICAST_ALL = 0x08,
};

/* Statistics in the order of the dump (6.3.2.2.5). */
enum i8255x_stat {
	STAT_TX_GOOD,
	STAT_TX_MAXCOL,
	STAT_TX_LATECOL,
	STAT_TX_UNDERRUN,
	STAT_TX_LOST_CRS,
	STAT_TX_DEFERRED,
	STAT_TX_ONE_COL,
	STAT_TX_MORE_COL,
	STAT_TX_ALL_COL,
	STAT_RX_GOOD,
	STAT_RX_CRC,
	STAT_RX_ALIGN,
	STAT_RX_RESOURCE,
	STAT_RX_OVERRUN,
	STAT_RX_CDT,
	STAT_RX_SHORT,
	STATS_STANDARD,
	STAT_FC_TX_PAUSE = STATS_STANDARD,
	STAT_FC_RX_PAUSE,
	STAT_FC_RX_OTHER,
	STATS_EXTENDED,
	STAT_TCO = STATS_EXTENDED, /* two words */
	STATS_TCO,
};

enum i8255x_chip { I82557B, I82559ER, I82551, I8255X_CHIPS };

struct i8255x {
	uint64_t rate;        /* bit/s of its line, the most */
	uint64_t partner;     /* ... and the cable's; 0: as fast as the card */
	uint64_t tx_free;     /* when all that was sent has left the line */
	uint64_t pause_until; /* a PAUSE frame holds the transmitter */
	uint64_t multicast;   /* the hash table */
	uint32_t slot;
	uint32_t cu_base, ru_base;
	uint32_t cu_offset; /* of the next command block */
	uint32_t ru_offset; /* of the next receive frame area */
	uint32_t rbd;       /* offset of the next receive buffer descriptor, flexible mode */
	uint32_t stats_at;  /* where dumps go */
	uint32_t stat[STATS_TCO];
	uint16_t phy[32];
	uint8_t csr[CSR_BYTES];
	uint8_t config[CONFIG_BYTES];
	uint8_t ia[ETH_ALEN];
	uint8_t chip; /* enum i8255x_chip */
	uint8_t cus, rus;
	uint8_t pad[11];
	struct microwire eeprom;
};
_Static_assert(sizeof(struct i8255x) ==
		       5 * 8 + 7 * 4 + 4 * STATS_TCO + 64 + CSR_BYTES + CONFIG_BYTES + 20 + sizeof(struct microwire),
	       "no implicit padding");
_Static_assert(sizeof(struct i8255x) <= PC_NIC_BYTES, "fits its slot");

/* i8255x.c */
void i8255x_interrupt(struct board *b, struct i8255x *s, uint8_t causes);
static inline bool i8255x_extended(const struct i8255x *s) /* the 82558 and later */
{
	return s->chip != I82557B;
}
static inline bool i8255x_may_dma(struct board *b, const struct i8255x *s)
{
	return pci_bus_master(b, NIC_DEVFN(s->slot));
}

/* i8255x_cu.c */
void i8255x_cu_command(struct board *b, struct i8255x *s, unsigned command);
void i8255x_cu_run(struct board *b, struct i8255x *s);

/* i8255x_tx.c */
/* Sends the frame of the transmit block at `block`. */
void i8255x_transmit(struct board *b, struct i8255x *s, uint32_t block);
/* Must the transmitter wait? Then the card's timer is set. */
bool i8255x_tx_held(struct board *b, struct i8255x *s);
void i8255x_send_pause(struct board *b, struct i8255x *s, uint16_t quanta);
/* A PAUSE frame came in: its time. */
void i8255x_take_pause(struct board *b, struct i8255x *s, uint16_t quanta);

/* i8255x_ru.c */
void i8255x_ru_command(struct board *b, struct i8255x *s, unsigned command);
bool i8255x_rx(struct board *b, struct i8255x *s, const uint8_t *frame, size_t size, int *reason);
/* Bit of the hash table for an address. */
uint64_t i8255x_hash_bit(const uint8_t mac[ETH_ALEN]);

/* i8255x_phy.c */
void i8255x_phy_reset(struct i8255x *s);
void i8255x_mdi(struct board *b, struct i8255x *s);
bool i8255x_phy_loopback(const struct i8255x *s);
/* Bit/s of the line as it is negotiated or forced. */
uint64_t i8255x_line_rate(const struct i8255x *s);

/* i8255x_stats.c */
static inline void i8255x_count(struct i8255x *s, enum i8255x_stat stat)
{
	s->stat[stat] += s->stat[stat] != UINT32_MAX;
}
void i8255x_dump_stats(struct board *b, struct i8255x *s, bool reset);

#endif
