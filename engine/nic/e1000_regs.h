/* Registers and bits of Intel's 82540EM, named as in the "PCI/PCI-X Family of
 * Gigabit Ethernet Controllers Software Developer's Manual" (8254x manual),
 * chapter 13; descriptors: sections 3.2 and 3.3. */
#ifndef LANYARD_NIC_E1000_REGS_H
#define LANYARD_NIC_E1000_REGS_H

/* Registers that hold what is written: X(name, offset, value after reset, bits
 * that are written). Some act on top of that (e1000.c). */
#define E1000_REGS(X) \
	X(CTRL, 0x0000, CTRL_FD | CTRL_SLU | CTRL_SPEED_1000, 0xffffffff & ~(CTRL_RST | CTRL_PHY_RST)) \
	X(STATUS, 0x0008, 0, 0) \
	X(EECD, 0x0010, 0, EECD_SK | EECD_CS | EECD_DI | EECD_FWE | EECD_REQ) \
	X(EERD, 0x0014, 0, 0xffffffff) \
	X(CTRL_EXT, 0x0018, 0, 0xffffffff & ~CTRL_EXT_EE_RST) \
	X(FLA, 0x001c, 0, 0xffffffff) \
	X(MDIC, 0x0020, MDIC_READY, 0xffffffff) \
	X(FCAL, 0x0028, 0, 0xffffffff) \
	X(FCAH, 0x002c, 0, 0xffff) \
	X(FCT, 0x0030, 0, 0xffff) \
	X(VET, 0x0038, 0x8100, 0xffff) \
	X(ICR, 0x00c0, 0, 0) \
	X(ITR, 0x00c4, 0, 0xffff) \
	X(ICS, 0x00c8, 0, 0) \
	X(IMS, 0x00d0, 0, 0) \
	X(IMC, 0x00d8, 0, 0) \
	X(RCTL, 0x0100, 0, 0x07ffffff) \
	X(FCTTV, 0x0170, 0, 0xffff) \
	X(TXCW, 0x0178, 0, 0xffffffff) \
	X(RXCW, 0x0180, 0, 0) \
	X(TCTL, 0x0400, TCTL_PSP, 0x03ffffff & ~TCTL_SWXOFF) \
	X(TIPG, 0x0410, 0x00602008, 0x3fffffff) \
	X(AIFS, 0x0458, 0, 0xffff) \
	X(LEDCTL, 0x0e00, 0x07068302, 0xffffffff) \
	X(PBA, 0x1000, 0x00100030, 0x7f) \
	X(FCRTL, 0x2160, 0, 0x8000fff8) \
	X(FCRTH, 0x2168, 0, 0x8000fff8) \
	X(RDFH, 0x2410, 0, 0x1fff) \
	X(RDFT, 0x2418, 0, 0x1fff) \
	X(RDFHS, 0x2420, 0, 0x1fff) \
	X(RDFTS, 0x2428, 0, 0x1fff) \
	X(RDFPC, 0x2430, 0, 0x1fff) \
	X(RDBAL, 0x2800, 0, 0xfffffff0) \
	X(RDBAH, 0x2804, 0, 0xffffffff) \
	X(RDLEN, 0x2808, 0, 0xfff80) \
	X(RDH, 0x2810, 0, 0xffff) \
	X(RDT, 0x2818, 0, 0xffff) \
	X(RDTR, 0x2820, 0, 0xffff) \
	X(RXDCTL, 0x2828, 0x00010000, 0xffffffff) \
	X(RADV, 0x282c, 0, 0xffff) \
	X(RSRPD, 0x2c00, 0, 0xfff) \
	X(TXDMAC, 0x3000, 0, 1) \
	X(TDFH, 0x3410, 0x600, 0x1fff) \
	X(TDFT, 0x3418, 0x600, 0x1fff) \
	X(TDFHS, 0x3420, 0x600, 0x1fff) \
	X(TDFTS, 0x3428, 0x600, 0x1fff) \
	X(TDFPC, 0x3430, 0, 0x1fff) \
	X(TDBAL, 0x3800, 0, 0xfffffff0) \
	X(TDBAH, 0x3804, 0, 0xffffffff) \
	X(TDLEN, 0x3808, 0, 0xfff80) \
	X(TDH, 0x3810, 0, 0xffff) \
	X(TDT, 0x3818, 0, 0xffff) \
	X(TIDV, 0x3820, 0, 0xffff) \
	X(TXDCTL, 0x3828, 0, 0xffffffff) \
	X(TADV, 0x382c, 0, 0xffff) \
	X(TSPMT, 0x3830, 0x01000400, 0xffffffff) \
	X(RXCSUM, 0x5000, 0, 0x7ff) \
	X(WUC, 0x5800, 0, 0xf) \
	X(WUFC, 0x5808, 0, 0xfffff) \
	X(WUS, 0x5810, 0, 0) \
	X(MANC, 0x5820, 0, 0xffffffff) \
	X(IPAV, 0x5838, 0, 0xffff) \
	X(WUPL, 0x5900, 0, 0)

enum e1000_reg {
#define X(name, offset, reset, write) R_##name,
	E1000_REGS(X)
#undef X
		E1000_REG_COUNT
};

/* Arrays: byte offset of the first register. */
enum {
	REG_STATS = 0x4000,
	REG_STATS_END = 0x4100,
	REG_MTA = 0x5200,
	REG_MTA_END = 0x5400,
	REG_RA = 0x5400,
	REG_RA_END = 0x5480, /* RAL0, RAH0, RAL1 ... */
	REG_VFTA = 0x5600,
	REG_VFTA_END = 0x5800,
	REG_IP4AT = 0x5840,
	REG_IP4AT_END = 0x5860,
	REG_IP6AT = 0x5880,
	REG_IP6AT_END = 0x5890,
	REG_FFLT = 0x5f00,
	REG_FFLT_END = 0x5f20,
	REG_FFMT = 0x9000,
	REG_FFMT_END = 0x9400,
	REG_FFVT = 0x9800,
	REG_FFVT_END = 0x9c00,
	E1000_MMIO_SIZE = 0x20000,
};

#define BIT(n) (1u << (n))
#define CTRL_FD BIT(0)
#define CTRL_SLU BIT(6)
#define CTRL_SPEED_SHIFT 8
#define CTRL_SPEED_1000 (2u << CTRL_SPEED_SHIFT)
#define CTRL_FRCSPD BIT(11)
#define CTRL_FRCDPX BIT(12)
#define CTRL_RST BIT(26)
#define CTRL_RFCE BIT(27)
#define CTRL_TFCE BIT(28)
#define CTRL_VME BIT(30)
#define CTRL_PHY_RST BIT(31)
#define STATUS_FD BIT(0)
#define STATUS_LU BIT(1)
#define STATUS_TXOFF BIT(4)
#define STATUS_SPEED_SHIFT 6
#define STATUS_ASDV_SHIFT 8
#define EECD_SK BIT(0)
#define EECD_CS BIT(1)
#define EECD_DI BIT(2)
#define EECD_DO BIT(3)
#define EECD_FWE (3u << 4)
#define EECD_REQ BIT(6)
#define EECD_GNT BIT(7)
#define EECD_PRES BIT(8)
#define EERD_START BIT(0)
#define EERD_DONE BIT(4)
#define CTRL_EXT_EE_RST BIT(13)
#define MDIC_OP_WRITE 1u
#define MDIC_OP_READ 2u
#define MDIC_READY BIT(28)
#define MDIC_INT BIT(29)
#define MDIC_ERROR BIT(30)

/* ICR, ICS, IMS, IMC */
#define ICR_TXDW BIT(0)
#define ICR_TXQE BIT(1)
#define ICR_LSC BIT(2)
#define ICR_RXDMT0 BIT(4)
#define ICR_RXO BIT(6)
#define ICR_RXT0 BIT(7)
#define ICR_MDAC BIT(9)
#define ICR_TXD_LOW BIT(15)
#define ICR_SRPD BIT(16)
#define ICR_BITS 0x1ffffu

#define RCTL_EN BIT(1)
#define RCTL_SBP BIT(2)
#define RCTL_UPE BIT(3)
#define RCTL_MPE BIT(4)
#define RCTL_LPE BIT(5)
#define RCTL_LBM (3u << 6)
#define RCTL_RDMTS_SHIFT 8
#define RCTL_MO_SHIFT 12
#define RCTL_BAM BIT(15)
#define RCTL_BSIZE_SHIFT 16
#define RCTL_VFE BIT(18)
#define RCTL_CFIEN BIT(19)
#define RCTL_CFI BIT(20)
#define RCTL_DPF BIT(22)
#define RCTL_PMCF BIT(23)
#define RCTL_BSEX BIT(25)
#define RCTL_SECRC BIT(26)
#define TCTL_EN BIT(1)
#define TCTL_PSP BIT(3)
#define TCTL_SWXOFF BIT(22)
#define DELAY_FPD BIT(31) /* RDTR, TIDV: flush, interrupt at once */
#define TXDCTL_LWTHRESH_SHIFT 25
#define RXCSUM_PCSS 0xffu
#define RXCSUM_IPOFL BIT(8)
#define RXCSUM_TUOFL BIT(9)
#define RXCSUM_IPV6OFL BIT(10)
#define RAH_AS_SHIFT 16 /* 0: compared with the destination, 1: with the source */
#define RAH_AV BIT(31)
#define RAH_BITS 0x8003ffffu

/* Receive descriptors: status and errors. */
#define RXD_DD 0x01u
#define RXD_EOP 0x02u
#define RXD_IXSM 0x04u
#define RXD_VP 0x08u
#define RXD_TCPCS 0x20u
#define RXD_IPCS 0x40u
#define RXD_PIF 0x80u
#define RXD_TCPE 0x20u
#define RXD_IPE 0x40u

/* Transmit descriptors: command byte (legacy CMD, DCMD, TUCMD), types, options. */
#define TXD_EOP 0x01u
#define TXD_IFCS 0x02u
#define TXD_IC 0x04u  /* legacy */
#define TXD_TSE 0x04u /* extended */
#define TXD_RS 0x08u
#define TXD_DEXT 0x20u
#define TXD_VLE 0x40u
#define TXD_IDE 0x80u
#define TXD_DD 0x01u
#define TXD_TYPE_CONTEXT 0u
#define TXD_TYPE_DATA 1u
#define TUCMD_TCP 0x01u
#define TUCMD_IP 0x02u
#define POPTS_IXSM 0x01u
#define POPTS_TXSM 0x02u

/* The integrated PHY, as the M88E1000 family has it (IEEE 802.3 clause 22). */
enum e1000_phy_reg {
	PHY_CTRL = 0,
	PHY_STATUS = 1,
	PHY_ID1 = 2,
	PHY_ID2 = 3,
	PHY_AUTONEG_ADV = 4,
	PHY_LP_ABILITY = 5,
	PHY_AUTONEG_EXP = 6,
	PHY_LP_NEXT_PAGE = 8,
	PHY_1000T_CTRL = 9,
	PHY_1000T_STATUS = 10,
	PHY_EXT_STATUS = 15,
	PHY_PSCR = 16,
	PHY_PSSR = 17,
	PHY_IER = 18,
	PHY_ISR = 19,
	PHY_EPSCR = 20,
	PHY_RX_ERROR = 21,
};
#define MII_SPEED_1000 BIT(6)
#define MII_FULL_DUPLEX BIT(8)
#define MII_RESTART BIT(9)
#define MII_POWER_DOWN BIT(11)
#define MII_AUTONEG BIT(12)
#define MII_SPEED_100 BIT(13)
#define MII_LOOPBACK BIT(14)
#define MII_RESET BIT(15)
#define MII_LINK BIT(2)
#define MII_AUTONEG_DONE BIT(5)
#define PSSR_LINK BIT(10)
#define PSSR_RESOLVED BIT(11)
#define PSSR_FULL_DUPLEX BIT(13)
#define PSSR_SPEED_SHIFT 14
#define PHY_ISR_LINK BIT(10)
#define PHY_ISR_AUTONEG BIT(11)

/* Statistics, by offset from REG_STATS; section 13.7. */
enum e1000_stat {
	CRCERRS = 0x00,
	MPC = 0x10,
	SCC = 0x14,
	RLEC = 0x40,
	XONRXC = 0x48,
	XONTXC = 0x4c,
	XOFFRXC = 0x50,
	XOFFTXC = 0x54,
	PRC64 = 0x5c,
	GPRC = 0x74,
	BPRC = 0x78,
	MPRC = 0x7c,
	GPTC = 0x80,
	GORCL = 0x88,
	GORCH = 0x8c,
	GOTCL = 0x90,
	GOTCH = 0x94,
	RNBC = 0xa0,
	ROC = 0xac,
	TORL = 0xc0,
	TORH = 0xc4,
	TOTL = 0xc8,
	TOTH = 0xcc,
	TPR = 0xd0,
	TPT = 0xd4,
	PTC64 = 0xd8,
	MPTC = 0xf0,
	BPTC = 0xf4,
	TSCTC = 0xf8,
	TSCTFC = 0xfc,
};

#endif
