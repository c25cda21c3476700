/* Registers and bits of AMD's Am79C970A (PCnet-PCI II), named as in its data
 * sheet (publication 19436): control and status registers (CSR), bus
 * configuration registers (BCR), initialization block and descriptors. */
#ifndef LANYARD_NIC_PCNET_REGS_H
#define LANYARD_NIC_PCNET_REGS_H

#define BIT(n) (1u << (n))

/* The window: the address PROM, then registers at places that depend on the width
 * that the driver uses (WIO: 16 bits, DWIO: 32 bits). */
enum {
	PCNET_SIZE = 0x20,
	APROM_SIZE = 0x10,
	WIO_RDP = 0x10,
	WIO_RAP = 0x12,
	WIO_RESET = 0x14,
	WIO_BDP = 0x16,
	DWIO_RDP = 0x10,
	DWIO_RAP = 0x14,
	DWIO_RESET = 0x18,
	DWIO_BDP = 0x1c,
};

/* X(number, name in traces): the CSRs that mean something to a driver. */
#define PCNET_CSRS(X) \
	X(0, "STATUS") \
	X(1, "IADR0") \
	X(2, "IADR1") \
	X(3, "INTMASK") \
	X(4, "FEATURE") \
	X(5, "EXTCTRL") \
	X(6, "RXTXRL") \
	X(8, "LADRF0") \
	X(9, "LADRF1") \
	X(10, "LADRF2") \
	X(11, "LADRF3") \
	X(12, "PADR0") \
	X(13, "PADR1") \
	X(14, "PADR2") \
	X(15, "MODE") \
	X(24, "BADR0") \
	X(25, "BADR1") \
	X(30, "BADX0") \
	X(31, "BADX1") \
	X(46, "POLL") \
	X(47, "POLLINT") \
	X(58, "SWS") \
	X(72, "RCVRC") \
	X(74, "XMTRC") \
	X(76, "RCVRL") \
	X(78, "XMTRL") \
	X(80, "DMATC") \
	X(82, "DMABAT") \
	X(88, "CHIPID0") \
	X(89, "CHIPID1") \
	X(112, "MFC") \
	X(114, "RCC")
#define PCNET_BCRS(X) \
	X(2, "MC") \
	X(4, "LNKST") \
	X(5, "LED1") \
	X(6, "LED2") \
	X(7, "LED3") \
	X(9, "FDC") \
	X(18, "BSBC") \
	X(19, "EECAS") \
	X(20, "SWS") \
	X(21, "INTCON") \
	X(22, "PCILAT")

enum {
	PCNET_CSR_COUNT = 128,
	PCNET_BCR_COUNT = 32,
	CSR_IADR = 1,
	CSR_INTMASK = 3,
	CSR_FEATURE = 4,
	CSR_EXTCTRL = 5,
	CSR_RXTXRL = 6,
	CSR_LADRF = 8,
	CSR_PADR = 12,
	CSR_MODE = 15,
	CSR_IADR_ALIAS = 16,
	CSR_BADR = 24,
	CSR_NRDA = 26,
	CSR_CRDA = 28,
	CSR_BADX = 30,
	CSR_NXDA = 32,
	CSR_CXDA = 34,
	CSR_POLL = 46,
	CSR_POLLINT = 47,
	CSR_SWS = 58,
	CSR_RCVRC = 72,
	CSR_XMTRC = 74,
	CSR_RCVRL = 76,
	CSR_XMTRL = 78,
	CSR_DMATC = 80,
	CSR_CHIPID0 = 88,
	CSR_CHIPID1 = 89,
	CSR_MERRTO = 100,
	CSR_MFC = 112,
	BCR_MSRDA = 0,
	BCR_MSWRA = 1,
	BCR_MC = 2,
	BCR_LNKST = 4,
	BCR_LED3 = 7,
	BCR_FDC = 9,
	BCR_BSBC = 18,
	BCR_EECAS = 19,
	BCR_SWS = 20,
	BCR_INTCON = 21,
	BCR_PCILAT = 22,
};

/* CSR0 */
#define CSR0_INIT BIT(0)
#define CSR0_STRT BIT(1)
#define CSR0_STOP BIT(2)
#define CSR0_TDMD BIT(3)
#define CSR0_TXON BIT(4)
#define CSR0_RXON BIT(5)
#define CSR0_IENA BIT(6)
#define CSR0_INTR BIT(7)
#define CSR0_IDON BIT(8)
#define CSR0_TINT BIT(9)
#define CSR0_RINT BIT(10)
#define CSR0_MERR BIT(11)
#define CSR0_MISS BIT(12)
#define CSR0_CERR BIT(13)
#define CSR0_BABL BIT(14)
#define CSR0_ERR BIT(15)
#define CSR0_CAUSES 0x7f00u   /* cleared by writing 1 */
#define CSR0_MASKABLE 0x5f00u /* CSR3 has a mask bit at the same place */
/* CSR3, CSR4, CSR5 */
#define CSR3_DXSUFLO BIT(6)
#define CSR4_TXSTRT BIT(3)
#define CSR4_UINT BIT(6)
#define CSR4_UINTCMD BIT(7)
#define CSR4_MFCO BIT(9)
#define CSR4_ASTRP_RCV BIT(10)
#define CSR4_APAD_XMT BIT(11)
#define CSR4_DPOLL BIT(12)
#define CSR4_CAUSES 0x026au /* cleared by writing 1 */
#define CSR4_MASKS 0x0115u  /* each cause but UINT has its mask one bit below */
#define CSR5_SPND BIT(0)
#define CSR5_LTINTEN BIT(14)
#define CSR5_TOKINTD BIT(15)
#define CSR5_CAUSES 0x0a90u /* cleared by writing 1; the bit below enables each */
#define CSR5_ENABLES 0x0548u
/* CSR15 */
#define MODE_DRX BIT(0)
#define MODE_DTX BIT(1)
#define MODE_LOOP BIT(2)
#define MODE_DXMTFCS BIT(3)
#define MODE_DRCVPA BIT(13)
#define MODE_DRCVBC BIT(14)
#define MODE_PROM BIT(15)
/* BCRs */
#define MC_APROMWE BIT(8)
#define LED_OUT BIT(15)
#define LED_LNKSTE BIT(6)
#define BSBC_DWIO BIT(7)
#define EECAS_EDI BIT(0) /* reads as the EEPROM's output */
#define EECAS_ESK BIT(1)
#define EECAS_ECS BIT(2)
#define EECAS_EEN BIT(4)
#define EECAS_EEDET BIT(13)
#define EECAS_PREAD BIT(14)
#define EECAS_PVALID BIT(15)
#define SWS_STYLE 0x00ffu
#define SWS_SSIZE32 BIT(8)
#define SWS_CSRPCNET BIT(9)

/* Descriptors, flags of the doubleword TMD1 or RMD1 of the 32-bit styles; the
 * 16-bit style has the upper half of it. */
#define MD_OWN BIT(31)
#define MD_ERR BIT(30)
#define TMD_ADD_FCS BIT(29)
#define TMD_LTINT BIT(28)
#define RMD_OFLO BIT(28)
#define RMD_BUFF BIT(26)
#define MD_STP BIT(25)
#define MD_ENP BIT(24)
#define RMD_PAM BIT(22)
#define RMD_LAFM BIT(21)
#define RMD_BAM BIT(20)
#define MD_BCNT 0x0fffu
#define MD_ONES 0xf000u
/* TMD2 */
#define TMD2_BUFF BIT(31)
#define TMD2_UFLO BIT(30)
#define TMD2_LCAR BIT(27)

#endif
