/* The Am79C970A, driven as Linux's pcnet32 does (32-bit style), and as a driver
 * for the LANCE does (16-bit style). */
#include <zlib.h>

#include "engine/nic/mac_hash.h"
#include "engine/nic/pcnet.h"
#include "tests/unit/nics.h"

#define BLOCK 0x8000u
#define RX_RING 0x20000u
#define TX_RING 0x30000u
#define BUFFERS 0x100000u
#define BUFFER_SIZE 1544u

/* ---- word mode, as pcnet32_wio_*() ---- */

static unsigned csr(struct board *b, unsigned n)
{
	out(b, IOBASE + WIO_RAP, n, 2);
	return in(b, IOBASE + WIO_RDP, 2);
}
static void csr_set(struct board *b, unsigned n, unsigned v)
{
	out(b, IOBASE + WIO_RAP, n, 2);
	out(b, IOBASE + WIO_RDP, v, 2);
}
static unsigned bcr(struct board *b, unsigned n)
{
	out(b, IOBASE + WIO_RAP, n, 2);
	return in(b, IOBASE + WIO_BDP, 2);
}
static void bcr_set(struct board *b, unsigned n, unsigned v)
{
	out(b, IOBASE + WIO_RAP, n, 2);
	out(b, IOBASE + WIO_BDP, v, 2);
}

static void probing(void **state)
{
	struct board *b = new_board("pcnet");
	uint8_t prom[16];
	uint16_t sum = 0;

	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), 0, 4), 0x20001022);
	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), PCI_REVISION_ID, 1), 0x10);
	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), PCI_SUBSYSTEM_VENDOR_ID, 4), 0);
	in(b, IOBASE + WIO_RESET, 2);
	assert_int_equal(csr(b, 0), CSR0_STOP);
	out(b, IOBASE + WIO_RAP, 88, 2);
	assert_int_equal(in(b, IOBASE + WIO_RAP, 2), 88);
	assert_int_equal(csr(b, 88) | csr(b, 89) << 16, 0x02621003);
	for (unsigned n = 0; n < 16; n++)
		prom[n] = (uint8_t)in(b, IOBASE + n, 1);
	assert_memory_equal(prom, mac, 6);
	for (unsigned n = 0; n < 16; n++)
		sum = (uint16_t)(sum + (n == 12 || n == 13 ? 0 : prom[n]));
	assert_int_equal(get_le16(prom + 12), sum);
	assert_int_equal(prom[14], 'W');
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(csr(b, CSR_PADR + n), get_le16(mac + 2 * n));
	/* The PROM's shadow is locked. */
	out(b, IOBASE, 0x11, 1);
	assert_int_equal(in(b, IOBASE, 1), mac[0]);
	bcr_set(b, BCR_MC, MC_APROMWE);
	out(b, IOBASE, 0x11, 1);
	assert_int_equal(in(b, IOBASE, 1), 0x11);
	bcr_set(b, BCR_EECAS, EECAS_PREAD);
	assert_int_equal(in(b, IOBASE, 1), mac[0]);
	assert_int_equal(bcr(b, BCR_EECAS) & (EECAS_PVALID | EECAS_EEDET), EECAS_PVALID | EECAS_EEDET);
	done(b);
}

static void doublewords(void **state)
{
	struct board *b = new_board("pcnet");
	uint64_t at = BAR + BAR_STEP;

	mem_write(&b->mem, at + DWIO_RDP, 0, 4);
	mem_write(&b->mem, at + DWIO_RAP, 89, 4);
	assert_int_equal(mem_read(&b->mem, at + DWIO_RAP, 4), 89);
	assert_int_equal(mem_read(&b->mem, at + DWIO_RDP, 4), 0x0262);
	assert_int_equal(mem_read(&b->mem, at + WIO_RDP, 2), 0xffff);
	mem_write(&b->mem, at + DWIO_RAP, BCR_BSBC, 4);
	assert_true(mem_read(&b->mem, at + DWIO_BDP, 4) & BSBC_DWIO);
	mem_read(&b->mem, at + DWIO_RESET, 4);
	assert_true(mem_read(&b->mem, at + DWIO_BDP, 4) & BSBC_DWIO); /* only RST# takes it back */
	board_reset(b);
	done(b);
}

/* ---- the 32-bit style ---- */

static void put_md(struct board *b, uint32_t ring, unsigned n, uint32_t w0, uint32_t w1, uint32_t w2)
{
	uint8_t d[16] = {0};

	put_le32(d, w0), put_le32(d + 4, w1), put_le32(d + 8, w2);
	mem_dma_write(&b->mem, ring + 16 * n, d, 16);
}

static uint32_t md(struct board *b, uint32_t ring, unsigned n, unsigned word)
{
	uint8_t d[4];

	mem_dma_read(&b->mem, ring + 16 * n + 4 * word, d, 4);
	return get_le32(d);
}

static uint32_t bcnt(unsigned bytes)
{
	return (0x10000 - bytes) & 0xffff;
}

/* Rings of 2^rx_log and 2^tx_log; every receive descriptor has `buffer` bytes. */
static struct board *up(unsigned style, uint16_t mode, unsigned buffer)
{
	struct board *b = new_board("pcnet");
	uint8_t block[28] = {0};

	nic_set_carrier(b, 0, true);
	in(b, IOBASE + WIO_RESET, 2);
	bcr_set(b, BCR_SWS, style);
	put_le16(block, mode);
	block[2] = 2 << 4;
	block[3] = 3 << 4;
	memcpy(block + 4, mac, 6);
	put_le32(block + 20, RX_RING), put_le32(block + 24, TX_RING);
	mem_dma_write(&b->mem, BLOCK, block, sizeof(block));
	for (unsigned n = 0; n < 4; n++) {
		uint32_t at = BUFFERS + 0x80000 + n * 0x1000, flags = MD_OWN | bcnt(buffer);

		put_md(b, RX_RING, n, style == 3 ? 0 : at, flags, style == 3 ? at : 0);
	}
	csr_set(b, 1, BLOCK), csr_set(b, 2, 0);
	csr_set(b, CSR_FEATURE, 0x0915);
	csr_set(b, 0, CSR0_INIT);
	assert_true(csr(b, 0) & CSR0_IDON);
	assert_int_equal(csr(b, CSR_RCVRL), 0xfffc);
	assert_int_equal(csr(b, CSR_XMTRL), 0xfff8);
	csr_set(b, 0, CSR0_IENA | CSR0_STRT | CSR0_IDON);
	assert_int_equal(csr(b, 0) & 0xff, CSR0_INIT | CSR0_STRT | CSR0_IENA | CSR0_TXON | CSR0_RXON);
	return b;
}

static void sends(void **state)
{
	struct board *b = up(2, 0, BUFFER_SIZE);
	uint8_t f[1514];

	make_frame(f, peer, sizeof(f));
	mem_dma_write(&b->mem, BUFFERS, f, sizeof(f));
	put_md(b, TX_RING, 0, BUFFERS, MD_OWN | MD_STP | MD_ENP | bcnt(1514), 0);
	put_md(b, TX_RING, 1, BUFFERS, MD_OWN | MD_STP | bcnt(1000), 0);
	put_md(b, TX_RING, 2, BUFFERS + 1000, MD_OWN | MD_ENP | bcnt(514), 0);
	put_md(b, TX_RING, 3, BUFFERS, MD_OWN | MD_STP | MD_ENP | bcnt(20), 0);
	csr_set(b, 0, CSR0_IENA | CSR0_TDMD);
	assert_int_equal(wire.count, 1);
	assert_int_equal(wire.size[0], 1514);
	assert_memory_equal(wire.data[0], f, 1514);
	assert_int_equal(md(b, TX_RING, 0, 1), MD_STP | MD_ENP | bcnt(1514));
	assert_true(irq(b));
	assert_true(csr(b, 0) & CSR0_TINT);
	csr_set(b, 0, CSR0_IENA | CSR0_TINT);
	assert_false(irq(b));
	pass(b, 1000000);
	assert_int_equal(wire.count, 1); /* the line is at it: 1.2 ms */
	pass(b, 3000000);
	assert_int_equal(wire.count, 3);
	assert_memory_equal(wire.data[1], f, 1514);
	assert_int_equal(wire.size[2], 60); /* APAD_XMT */
	assert_int_equal(md(b, TX_RING, 1, 1) & MD_OWN, 0);
	assert_int_equal(csr(b, CSR_XMTRC), 4);
	/* Without a cable it says so. */
	nic_set_carrier(b, 0, false);
	put_md(b, TX_RING, 4, BUFFERS, MD_OWN | MD_STP | MD_ENP | bcnt(60), 0);
	csr_set(b, 0, CSR0_IENA | CSR0_TDMD);
	assert_int_equal(md(b, TX_RING, 4, 1), MD_ERR | MD_STP | MD_ENP | bcnt(60));
	assert_int_equal(md(b, TX_RING, 4, 2), TMD2_LCAR);
	done(b);
}

/* A frame that stops in the middle. */
static void underflows(void **state)
{
	struct board *b = up(2, 0, BUFFER_SIZE);

	put_md(b, TX_RING, 0, BUFFERS, MD_OWN | bcnt(100), 0); /* no STP: passed over */
	put_md(b, TX_RING, 1, BUFFERS, MD_OWN | MD_STP | bcnt(100), 0);
	csr_set(b, 0, CSR0_IENA | CSR0_TDMD);
	assert_int_equal(wire.count, 0);
	assert_int_equal(md(b, TX_RING, 0, 1) & MD_OWN, 0);
	assert_int_equal(md(b, TX_RING, 1, 1) & (MD_OWN | MD_ERR), MD_ERR);
	assert_int_equal(md(b, TX_RING, 1, 2), TMD2_BUFF | TMD2_UFLO);
	assert_int_equal(csr(b, 0) & (CSR0_TXON | CSR0_TINT), CSR0_TINT);
	done(b);
}

/* A driver that never demands: the chip looks by itself, for ever. One that does
 * lets an idle PC sleep. */
static void polling(void **state)
{
	struct board *b = up(2, 0, BUFFER_SIZE);
	uint64_t now;

	pass(b, 5000000000);
	put_md(b, TX_RING, 0, BUFFERS, MD_OWN | MD_STP | MD_ENP | bcnt(60), 0);
	assert_int_equal(wire.count, 0);
	pass(b, 2000000);
	assert_int_equal(wire.count, 1);
	csr_set(b, 0, CSR0_TDMD);
	put_md(b, TX_RING, 1, BUFFERS, MD_OWN | MD_STP | MD_ENP | bcnt(60), 0);
	pass(b, 2000000);
	assert_int_equal(wire.count, 2);
	now = board_now(b);
	pass(b, 5000000000);
	assert_int_equal(b->pc->due[TIMER_NIC0], TIME_NEVER);
	assert_true(board_now(b) > now);
	csr_set(b, 0, CSR0_STOP);
	csr_set(b, CSR_FEATURE, CSR4_DPOLL);
	csr_set(b, 0, CSR0_INIT);
	csr_set(b, 0, CSR0_STRT);
	assert_int_equal(b->pc->due[TIMER_NIC0], TIME_NEVER);
	done(b);
}

static void receives(void **state)
{
	for (unsigned style = 2; style <= 3; style++) {
		struct board *b = up(style, 0, BUFFER_SIZE);
		uint8_t f[1518], g[1522];
		unsigned status = style == 3 ? 0 : 2;

		make_frame(f, mac, sizeof(f));
		assert_true(receive(b, f, 1518, 0));
		assert_int_equal(md(b, RX_RING, 0, 1), MD_STP | MD_ENP | RMD_PAM | bcnt(BUFFER_SIZE));
		assert_int_equal(md(b, RX_RING, 0, status), 1522);
		mem_dma_read(&b->mem, BUFFERS + 0x80000, g, sizeof(g));
		assert_memory_equal(g, f, sizeof(f));
		assert_int_equal(get_le32(g + 1518), (uint32_t)crc32(0, f, sizeof(f)));
		assert_true(irq(b));
		csr_set(b, CSR_INTMASK, 0x5f00); /* as NAPI does */
		assert_false(irq(b));
		memset(f, 0xff, 6);
		for (unsigned n = 1; n < 4; n++)
			assert_true(receive(b, f, 20, 0));
		assert_int_equal(md(b, RX_RING, 3, 1), MD_STP | MD_ENP | RMD_BAM | bcnt(BUFFER_SIZE));
		assert_int_equal(md(b, RX_RING, 3, status), 64);
		assert_false(receive(b, f, 60, DROP_NIC_FULL));
		assert_int_equal(csr(b, CSR_MFC), 1);
		assert_int_equal(csr(b, 0) & (CSR0_ERR | CSR0_MISS), CSR0_ERR | CSR0_MISS);
		csr_set(b, 0, CSR0_MISS);
		assert_int_equal(csr(b, 0) & (CSR0_ERR | CSR0_MISS), 0);
		assert_int_equal(csr(b, CSR_CRDA), RX_RING & 0xffff);
		done(b);
	}
}

/* A frame in several buffers; and one for which they do not suffice. */
static void chains(void **state)
{
	struct board *b = up(2, 0, 512);
	uint8_t f[1514], g[1518];

	make_frame(f, mac, sizeof(f));
	assert_true(receive(b, f, 1514, 0));
	assert_int_equal(md(b, RX_RING, 0, 1), MD_STP | bcnt(512));
	assert_int_equal(md(b, RX_RING, 1, 1), bcnt(512));
	assert_int_equal(md(b, RX_RING, 2, 1), MD_ENP | RMD_PAM | bcnt(512));
	assert_int_equal(md(b, RX_RING, 2, 2), 1518);
	for (unsigned n = 0; n < 3; n++)
		mem_dma_read(&b->mem, BUFFERS + 0x80000 + 0x1000 * n, g + 512 * n, n < 2 ? 512 : 494);
	assert_memory_equal(g, f, sizeof(f));
	assert_false(receive(b, f, 1514, DROP_NIC_FULL));
	assert_int_equal(md(b, RX_RING, 3, 1), MD_ERR | RMD_BUFF | RMD_OFLO | MD_STP | bcnt(512));
	done(b);
}

static void filters(void **state)
{
	struct board *b = up(2, 0, BUFFER_SIZE);
	uint8_t f[60], group[6] = {0x01, 0x00, 0x5e, 0x01, 0x02, 0x03};
	unsigned bit = mac_crc_le(group) >> 26;

	make_frame(f, peer, sizeof(f));
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	memcpy(f, group, 6);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	csr_set(b, CSR_LADRF + bit / 16, 1u << bit % 16); /* not while it runs */
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	csr_set(b, CSR_EXTCTRL, CSR5_SPND); /* as pcnet32_suspend() */
	assert_true(csr(b, CSR_EXTCTRL) & CSR5_SPND);
	assert_false(receive(b, f, 60, DROP_NIC_DOWN));
	csr_set(b, CSR_LADRF + bit / 16, 1u << bit % 16);
	csr_set(b, CSR_EXTCTRL, 0);
	assert_true(receive(b, f, 60, 0));
	assert_int_equal(md(b, RX_RING, 0, 1), MD_STP | MD_ENP | RMD_LAFM | bcnt(BUFFER_SIZE));
	csr_set(b, CSR_EXTCTRL, CSR5_SPND);
	csr_set(b, CSR_MODE, MODE_PROM | MODE_DRCVBC);
	csr_set(b, CSR_EXTCTRL, 0);
	memcpy(f, peer, 6);
	assert_true(receive(b, f, 60, 0));
	csr_set(b, CSR_EXTCTRL, CSR5_SPND);
	csr_set(b, CSR_MODE, MODE_DRCVBC | MODE_DRCVPA);
	csr_set(b, CSR_EXTCTRL, 0);
	memset(f, 0xff, 6);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	memcpy(f, mac, 6);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	csr_set(b, 0, CSR0_STOP);
	assert_false(receive(b, f, 60, DROP_NIC_DOWN));
	done(b);
}

static void loopback(void **state)
{
	struct board *b = up(2, MODE_LOOP, BUFFER_SIZE);
	uint8_t f[60], g[64];

	make_frame(f, mac, sizeof(f));
	assert_false(receive(b, f, 60, DROP_NIC_DOWN));
	mem_dma_write(&b->mem, BUFFERS, f, sizeof(f));
	put_md(b, TX_RING, 0, BUFFERS, MD_OWN | MD_STP | MD_ENP | bcnt(60), 0);
	csr_set(b, 0, CSR0_TDMD);
	assert_int_equal(wire.count, 0);
	assert_int_equal(md(b, RX_RING, 0, 2), 64);
	mem_dma_read(&b->mem, BUFFERS + 0x80000, g, sizeof(g));
	assert_memory_equal(g, f, sizeof(f));
	done(b);
}

static void link_state(void **state)
{
	struct board *b = up(2, 0, BUFFER_SIZE);

	assert_int_equal(bcr(b, BCR_LNKST), 0x80c0);
	nic_set_carrier(b, 0, false);
	assert_int_equal(bcr(b, BCR_LNKST), 0x00c0);
	done(b);
}

/* Causes of CSR4 and CSR5. */
static void causes(void **state)
{
	struct board *b = up(2, 0, BUFFER_SIZE);

	assert_false(irq(b));
	csr_set(b, CSR_FEATURE, 0x0915 | CSR4_UINTCMD);
	assert_true(irq(b));
	csr_set(b, CSR_FEATURE, 0x0915 | CSR4_UINT);
	assert_false(irq(b));
	csr_set(b, CSR_EXTCTRL, CSR5_TOKINTD);
	put_md(b, TX_RING, 0, BUFFERS, MD_OWN | MD_STP | MD_ENP | bcnt(60), 0);
	csr_set(b, 0, CSR0_IENA | CSR0_TDMD);
	assert_int_equal(wire.count, 1);
	assert_false(irq(b));
	assert_true(csr(b, CSR_FEATURE) & CSR4_TXSTRT);
	csr_set(b, CSR_FEATURE, 0x0911); /* TXSTRTM off */
	assert_true(irq(b));
	csr_set(b, CSR_FEATURE, 0x0911 | CSR4_TXSTRT);
	assert_false(irq(b));
	done(b);
}

/* ---- the 16-bit style: addresses of 24 bits, 8 bytes a descriptor ---- */

static void lance(void **state)
{
	struct board *b = new_board("pcnet");
	uint8_t block[24] = {0}, d[8] = {0}, f[100], g[104];

	nic_set_carrier(b, 0, true);
	in(b, IOBASE + WIO_RESET, 2);
	memcpy(block + 2, mac, 6);
	put_le32(block + 16, RX_RING | 1u << 29), put_le32(block + 20, TX_RING | 1u << 29);
	mem_dma_write(&b->mem, BLOCK, block, sizeof(block));
	put_le32(d, 0x80000000 | (BUFFERS + 0x1000));
	put_le16(d + 4, (uint16_t)bcnt(256));
	mem_dma_write(&b->mem, RX_RING, d, 8);
	make_frame(f, mac, sizeof(f));
	mem_dma_write(&b->mem, BUFFERS, f, sizeof(f));
	put_le32(d, 0x83000000 | BUFFERS);
	put_le16(d + 4, (uint16_t)bcnt(sizeof(f)));
	mem_dma_write(&b->mem, TX_RING, d, 8);
	csr_set(b, 1, BLOCK), csr_set(b, 2, 0);
	csr_set(b, 0, CSR0_INIT | CSR0_STRT | CSR0_IENA);
	assert_int_equal(wire.count, 1);
	assert_memory_equal(wire.data[0], f, sizeof(f));
	mem_dma_read(&b->mem, TX_RING, d, 8);
	assert_int_equal(d[3], 0x03);
	assert_true(receive(b, f, sizeof(f), 0));
	mem_dma_read(&b->mem, RX_RING, d, 8);
	assert_int_equal(get_le32(d), 0x03000000 | (BUFFERS + 0x1000));
	assert_int_equal(get_le16(d + 6), sizeof(f) + 4);
	mem_dma_read(&b->mem, BUFFERS + 0x1000, g, sizeof(g));
	assert_memory_equal(g, f, sizeof(f));
	done(b);
}

static void hostile(void **state)
{
	struct board *b = up(2, MODE_PROM, 1);
	uint8_t f[1514];
	int reason;

	make_frame(f, mac, sizeof(f));
	for (unsigned n = 0; n < 10; n++)
		nic_receive(b, 0, f, sizeof(f), &reason);
	csr_set(b, 0, CSR0_STOP);
	csr_set(b, CSR_XMTRL, 0), csr_set(b, CSR_RCVRL, 0);
	csr_set(b, CSR_BADX + 1, 0xf000), csr_set(b, CSR_BADR + 1, 0xffff);
	csr_set(b, 0, CSR0_STRT | CSR0_TDMD | CSR0_IENA);
	pass(b, 1000000000);
	for (unsigned n = 0; n < 10; n++)
		nic_receive(b, 0, f, sizeof(f), &reason);
	csr_set(b, 0, CSR0_STOP);
	csr_set(b, CSR_XMTRL, 0xffff);
	csr_set(b, CSR_BADX, TX_RING & 0xffff), csr_set(b, CSR_BADX + 1, TX_RING >> 16);
	put_md(b, TX_RING, 0, 0xffffffff, MD_OWN | MD_STP, 0); /* its own next, no end */
	csr_set(b, 0, CSR0_STRT | CSR0_TDMD);
	pass(b, 10000000);
	done(b);
}

static void judges(void **state)
{
	struct board *b = new_board("pcnet");
	struct pcnet *s = nic_state(b, 0);

	s->ring[PCNET_TX].at = 1;
	assert_non_null(nic_validate(b));
	s->ring[PCNET_TX].at = 0;
	s->ring[PCNET_RX].count = 0;
	assert_non_null(nic_validate(b));
	s->ring[PCNET_RX].count = 1;
	s->rap = 128;
	assert_non_null(nic_validate(b));
	s->rap = 0;
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probing),    cmocka_unit_test(doublewords), cmocka_unit_test(sends),
		cmocka_unit_test(underflows), cmocka_unit_test(polling),     cmocka_unit_test(receives),
		cmocka_unit_test(chains),     cmocka_unit_test(filters),     cmocka_unit_test(loopback),
		cmocka_unit_test(link_state), cmocka_unit_test(causes),      cmocka_unit_test(lance),
		cmocka_unit_test(hostile),    cmocka_unit_test(judges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
