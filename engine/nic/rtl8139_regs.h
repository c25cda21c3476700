/* Registers and bits of Realtek's RTL8139C and RTL8139C+, named as in their data
 * sheets (RTL8139C(L) rev. 1.4, RTL8139C+ rev. 1.6). */
#ifndef LANYARD_NIC_RTL8139_REGS_H
#define LANYARD_NIC_RTL8139_REGS_H

#define BIT(n) (1u << (n))

/* X(name, offset, bytes, value after reset, bits that can be written, lock).
 * lock: written only while 9346CR.EEM unlocks the configuration. Bytes that no
 * row names read as zero. Some registers act on top of that (rtl8139.c). */
#define RTL_REGS(X) \
	X(IDR0, 0x00, 4, 0, 0xffffffff, 1) \
	X(IDR4, 0x04, 4, 0, 0xffff, 1) \
	X(MAR0, 0x08, 4, 0, 0xffffffff, 0) \
	X(MAR4, 0x0c, 4, 0, 0xffffffff, 0) \
	X(TSD0, 0x10, 4, TSD_OWN, 0xffffffff, 0) \
	X(TSD1, 0x14, 4, TSD_OWN, 0xffffffff, 0) \
	X(TSD2, 0x18, 4, TSD_OWN, 0xffffffff, 0) \
	X(TSD3, 0x1c, 4, TSD_OWN, 0xffffffff, 0) \
	X(TSAD0, 0x20, 4, 0, 0xffffffff, 0) \
	X(TSAD1, 0x24, 4, 0, 0xffffffff, 0) \
	X(TSAD2, 0x28, 4, 0, 0xffffffff, 0) \
	X(TSAD3, 0x2c, 4, 0, 0xffffffff, 0) \
	X(RBSTART, 0x30, 4, 0, 0xffffffff, 0) \
	X(ERBCR, 0x34, 2, 0, 0, 0) \
	X(ERSR, 0x36, 1, 0, 0, 0) \
	X(CR, 0x37, 1, 0, CR_RE | CR_TE, 0) \
	X(CAPR, 0x38, 2, 0xfff0, 0xffff, 0) \
	X(CBR, 0x3a, 2, 0, 0, 0) \
	X(IMR, 0x3c, 2, 0, 0xffff, 0) \
	X(ISR, 0x3e, 2, 0, 0, 0) \
	X(TCR, 0x40, 4, TCR_IFG, 0x030f07f0, 0) \
	X(RCR, 0x44, 4, 0, 0x0f03ffbf, 0) \
	X(TCTR, 0x48, 4, 0, 0, 0) \
	X(MPC, 0x4c, 4, 0, 0, 0) \
	X(CR9346, 0x50, 1, 0, 0xce, 0) \
	X(CONFIG0, 0x51, 1, 0, 0, 1) \
	X(CONFIG1, 0x52, 1, CONFIG1_MEMMAP | CONFIG1_IOMAP, 0xf3, 1) \
	X(TIMERINT, 0x54, 4, 0, 0xffffffff, 0) \
	X(MSR, 0x58, 1, 0, 0xc0, 0) \
	X(CONFIG3, 0x59, 1, 0x01, 0x7c, 1) \
	X(CONFIG4, 0x5a, 1, 0, 0xff, 1) \
	X(MULINT, 0x5c, 2, 0, 0x0fff, 0) \
	X(RERID, 0x5e, 1, 0x10, 0, 0) \
	X(TSAD, 0x60, 2, 0, 0, 0) \
	X(BMCR, 0x62, 2, 0, 0, 1) \
	X(BMSR, 0x64, 2, 0, 0, 0) \
	X(ANAR, 0x66, 2, 0, 0, 0) \
	X(ANLPAR, 0x68, 2, 0, 0, 0) \
	X(ANER, 0x6a, 2, 0, 0, 0) \
	X(DIS, 0x6c, 2, 0, 0, 0) \
	X(FCSC, 0x6e, 2, 0, 0, 0) \
	X(NWAYTR, 0x70, 2, 0, 0x00ff, 0) \
	X(REC, 0x72, 2, 0, 0, 0) \
	X(CSCR, 0x74, 2, 0, 0, 0) \
	X(PHY1_PARM, 0x78, 4, 0, 0xffffffff, 0) \
	X(TW_PARM, 0x7c, 4, 0, 0xffffffff, 0) \
	X(PHY2_PARM, 0x80, 1, 0, 0xff, 0) \
	X(CRC0, 0x84, 4, 0, 0xffffffff, 0) \
	X(CRC4, 0x88, 4, 0, 0xffffffff, 0) \
	X(WAKEUP0_LOW, 0x8c, 4, 0, 0xffffffff, 0) \
	X(WAKEUP0_HIGH, 0x90, 4, 0, 0xffffffff, 0) \
	X(WAKEUP1_LOW, 0x94, 4, 0, 0xffffffff, 0) \
	X(WAKEUP1_HIGH, 0x98, 4, 0, 0xffffffff, 0) \
	X(WAKEUP2_LOW, 0x9c, 4, 0, 0xffffffff, 0) \
	X(WAKEUP2_HIGH, 0xa0, 4, 0, 0xffffffff, 0) \
	X(WAKEUP3_LOW, 0xa4, 4, 0, 0xffffffff, 0) \
	X(WAKEUP3_HIGH, 0xa8, 4, 0, 0xffffffff, 0) \
	X(WAKEUP4_LOW, 0xac, 4, 0, 0xffffffff, 0) \
	X(WAKEUP4_HIGH, 0xb0, 4, 0, 0xffffffff, 0) \
	X(WAKEUP5_LOW, 0xb4, 4, 0, 0xffffffff, 0) \
	X(WAKEUP5_HIGH, 0xb8, 4, 0, 0xffffffff, 0) \
	X(WAKEUP6_LOW, 0xbc, 4, 0, 0xffffffff, 0) \
	X(WAKEUP6_HIGH, 0xc0, 4, 0, 0xffffffff, 0) \
	X(WAKEUP7_LOW, 0xc4, 4, 0, 0xffffffff, 0) \
	X(WAKEUP7_HIGH, 0xc8, 4, 0, 0xffffffff, 0) \
	X(LSBCRC0, 0xcc, 4, 0, 0xffffffff, 0) \
	X(LSBCRC4, 0xd0, 4, 0, 0xffffffff, 0) \
	X(CONFIG5, 0xd8, 1, 0, 0x7f, 0) \
	X(TPPOLL, 0xd9, 1, 0, 0, 0) \
	X(CPCR, 0xe0, 2, 0, 0x027f, 0) \
	X(RDSAR, 0xe4, 4, 0, 0xffffffff, 0) \
	X(RDSAR_HIGH, 0xe8, 4, 0, 0xffffffff, 0) \
	X(ETTHR, 0xec, 1, 0, 0x3f, 0)

/* In C+ mode the four TSD and TSAD are these instead. */
enum {
	DTCCR = 0x10,     /* dump tally counters: address (64 bits), bit 3: go */
	TNPDS = 0x20,     /* transmit ring, normal priority (64 bits) */
	THPDS = 0x28,     /* high priority */
	RTL_SIZE = 0x100, /* bytes of the register window */
};

enum {
#define X(name, offset, size, reset, write, lock) RTL_##name = (offset),
	RTL_REGS(X)
#undef X
};

/* TSDn */
#define TSD_SIZE 0x1fffu
#define TSD_OWN BIT(13) /* the card is done with it */
#define TSD_TUN BIT(14)
#define TSD_TOK BIT(15)
#define TSD_CRS BIT(31) /* no carrier */
#define TSD_DRIVER 0x003f1fffu
/* CR */
#define CR_BUFE BIT(0)
#define CR_TE BIT(2)
#define CR_RE BIT(3)
#define CR_RST BIT(4)
/* ISR, IMR */
#define ISR_ROK BIT(0)
#define ISR_RER BIT(1)
#define ISR_TOK BIT(2)
#define ISR_TER BIT(3)
#define ISR_RXOVW BIT(4) /* C+: no receive descriptor */
#define ISR_PUN BIT(5)   /* link change */
#define ISR_FOVW BIT(6)
#define ISR_TDU BIT(7)
#define ISR_SWINT BIT(8)
#define ISR_LENCHG BIT(13)
#define ISR_TIMEOUT BIT(14)
#define ISR_SERR BIT(15)
/* TCR */
#define TCR_CLRABT BIT(0)
#define TCR_CRC BIT(16) /* the driver appends it */
#define TCR_LBK (BIT(17) | BIT(18))
#define TCR_IFG (BIT(24) | BIT(25))
#define TCR_HWVERID_8139C 0x74000000u
#define TCR_HWVERID_8139CPLUS 0x74800000u
/* RCR */
#define RCR_AAP BIT(0)
#define RCR_APM BIT(1)
#define RCR_AM BIT(2)
#define RCR_AB BIT(3)
#define RCR_WRAP BIT(7)
#define RCR_RBLEN_SHIFT 11
/* 9346CR */
#define EEM_MASK 0xc0u
#define EEM_LOAD 0x40u
#define EEM_PROGRAM 0x80u
#define EEM_CONFIG 0xc0u
#define CR9346_EECS BIT(3)
#define CR9346_EESK BIT(2)
#define CR9346_EEDI BIT(1)
#define CR9346_EEDO BIT(0)
/* CONFIG1, MSR, CONFIG5, TPPOLL, CPCR */
#define CONFIG1_IOMAP BIT(2)
#define CONFIG1_MEMMAP BIT(3)
#define MSR_LINKB BIT(2) /* the link has failed */
#define MSR_SPEED_10 BIT(3)
#define TPPOLL_FSWINT BIT(0)
#define TPPOLL_NPQ BIT(6)
#define TPPOLL_HPQ BIT(7)
#define CPCR_TXENB BIT(0)
#define CPCR_RXENB BIT(1)
#define CPCR_RXCHKSUM BIT(5)
#define CPCR_RXVLAN BIT(6)
/* Management registers of the PHY (IEEE 802.3 22.2.4). */
#define BMCR_RESET BIT(15)
#define BMCR_100 BIT(13)
#define BMCR_ANE BIT(12)
#define BMCR_RESTART BIT(9)
#define BMCR_FULL BIT(8)
#define BMSR_DONE BIT(5)
#define BMSR_LINK BIT(2)
#define AN_10 0x0060u
#define AN_10_FULL 0x0040u
#define AN_100 0x0180u
#define AN_100_FULL 0x0100u

/* The header before each frame in the C mode ring. */
#define RXS_ROK BIT(0)
#define RXS_BAR BIT(13)
#define RXS_PAM BIT(14)
#define RXS_MAR BIT(15)

/* C+ descriptors: command and status, first doubleword. */
#define CPD_OWN BIT(31)
#define CPD_EOR BIT(30)
#define CPD_FS BIT(29)
#define CPD_LS BIT(28)
#define CPTX_LGSEN BIT(27)
#define CPTX_MSS_SHIFT 16
#define CPTX_MSS 0x7ffu
#define CPTX_IPCS BIT(18)
#define CPTX_UDPCS BIT(17)
#define CPTX_TCPCS BIT(16)
#define CPTX_SIZE 0xffffu
#define CPTX_STATUS 0x0fff0000u /* what the card writes back here */
#define CPTX_TAGC BIT(17)       /* second doubleword: insert the tag in bits 15:0 */
#define CPRX_SIZE 0x1fffu
#define CPRX_MAR BIT(26)
#define CPRX_PAM BIT(25)
#define CPRX_BAR BIT(24)
#define CPRX_PID_TCP BIT(16)
#define CPRX_PID_UDP BIT(17)
#define CPRX_PID_IP (BIT(16) | BIT(17))
#define CPRX_IPF BIT(15)
#define CPRX_UDPF BIT(14)
#define CPRX_TCPF BIT(13)
#define CPRX_TAVA BIT(16) /* second doubleword: bits 15:0 are the tag */

#endif
