/* The 82540EM, driven the way the Linux driver e1000 drives it: registers,
 * link, receiving. Sending is in test_e1000_tx.c. */
#include <zlib.h>

#include "engine/base/rng.h"
#include "tests/unit/e1000_rings.h"

/* ---- bring-up as e1000_probe() and e1000_open() do ---- */

static uint16_t phy_read(struct board *b, unsigned reg)
{
	wr(b, AT_MDIC, 2u << 26 | 1u << 21 | reg << 16);
	assert_true(rd(b, AT_MDIC) & MDIC_READY);
	assert_false(rd(b, AT_MDIC) & MDIC_ERROR);
	return (uint16_t)rd(b, AT_MDIC);
}

static void phy_write(struct board *b, unsigned reg, uint16_t value)
{
	wr(b, AT_MDIC, 1u << 26 | 1u << 21 | reg << 16 | value);
}

static void ee_clock(struct board *b, bool di)
{
	uint32_t v = EECD_REQ | EECD_CS | (di ? EECD_DI : 0);

	wr(b, AT_EECD, v);
	wr(b, AT_EECD, v | EECD_SK);
	wr(b, AT_EECD, v);
}

static void ee_out(struct board *b, unsigned value, unsigned bits)
{
	while (bits--)
		ee_clock(b, value >> bits & 1);
}

static void ee_select(struct board *b)
{
	wr(b, AT_EECD, EECD_REQ);
	assert_true(rd(b, AT_EECD) & EECD_GNT);
	wr(b, AT_EECD, EECD_REQ | EECD_CS);
}

static uint16_t ee_read(struct board *b, unsigned word)
{
	unsigned v = 0;

	ee_select(b);
	ee_out(b, 6, 3);
	ee_out(b, word, 6);
	for (unsigned n = 0; n < 16; n++) {
		wr(b, AT_EECD, EECD_REQ | EECD_CS | EECD_SK);
		v = v << 1 | (rd(b, AT_EECD) & EECD_DO ? 1 : 0);
		wr(b, AT_EECD, EECD_REQ | EECD_CS);
	}
	wr(b, AT_EECD, 0);
	return (uint16_t)v;
}

static void e1000_probe(void **state)
{
	struct board *b = new_board("e1000");
	uint16_t sum = 0;

	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), 0, 4), 0x100e8086);
	for (unsigned n = 0; n < 64; n++)
		sum = (uint16_t)(sum + ee_read(b, n));
	assert_int_equal(sum, 0xbaba);
	assert_int_equal(ee_read(b, 0), 0x5452);
	assert_int_equal(ee_read(b, 2), 0x5634);
	wr(b, AT_EERD, 1 << 8 | 1);
	assert_int_equal(rd(b, AT_EERD) >> 16, 0x1200);
	assert_true(rd(b, AT_EERD) & EERD_DONE);

	/* e1000_write_eeprom_microwire(): only after EWEN */
	ee_select(b);
	ee_out(b, 5, 3), ee_out(b, 0x20, 6), ee_out(b, 0xbeef, 16);
	ee_select(b);
	assert_int_equal(ee_read(b, 0x20), 0xffff);
	ee_select(b);
	ee_out(b, 0x13, 5), ee_out(b, 0, 4);
	ee_select(b);
	ee_out(b, 5, 3), ee_out(b, 0x20, 6), ee_out(b, 0xbeef, 16);
	ee_select(b);
	assert_true(rd(b, AT_EECD) & EECD_DO); /* ready */
	assert_int_equal(ee_read(b, 0x20), 0xbeef);

	/* The reset goes through BAR 1 on this chip. */
	wr(b, AT_RCTL, 0xff);
	out(b, IOBASE, 0, 4);
	out(b, IOBASE + 4, in(b, IOBASE + 4, 4) | CTRL_RST, 4);
	assert_int_equal(rd(b, 0) & CTRL_RST, 0);
	assert_int_equal(rd(b, AT_RCTL), 0);
	assert_int_equal(rd(b, REG_RA), 0x12005452);
	assert_int_equal(rd(b, REG_RA + 4), 0x80005634);
	assert_int_equal(phy_read(b, 2), 0x0141);
	assert_int_equal(phy_read(b, 3) & 0xfff0, 0x0c20);
	wr(b, AT_MDIC, 2u << 26 | 2u << 21 | 2 << 16);
	assert_true(rd(b, AT_MDIC) & MDIC_ERROR);
	wr(b, AT_PBA, 40);
	assert_int_equal(rd(b, AT_PBA), 24 << 16 | 40);
	done(b);
}

static void e1000_link(void **state)
{
	struct board *b = new_board("e1000");

	assert_false(rd(b, 8) & STATUS_LU);
	wr(b, AT_IMS, ICR_LSC);
	nic_set_carrier(b, 0, true);
	pass(b, 1000000000);
	assert_true(irq(b));
	assert_int_equal(rd(b, AT_ICR), ICR_LSC);
	assert_false(irq(b));
	assert_int_equal(rd(b, 8) & 0xc3, 0x83); /* 1000 Mbit/s, full duplex, up */
	phy_read(b, 1);
	assert_int_equal(phy_read(b, 1) & 0x24, 0x24);
	assert_int_equal(phy_read(b, 17) & 0xec00, 0xac00);

	/* Restarting negotiation takes the link down for a while; bit 2 latches. */
	phy_write(b, 0, 0x1340);
	assert_int_equal(phy_read(b, 0) & MII_RESTART, 0);
	assert_false(rd(b, 8) & STATUS_LU);
	assert_true(rd(b, AT_ICR) & ICR_LSC);
	pass(b, 1000000000);
	assert_true(rd(b, 8) & STATUS_LU);
	assert_false(phy_read(b, 1) & 4);
	assert_true(phy_read(b, 1) & 4);

	/* Advertising only 100 Mbit/s (ethtool -s). */
	phy_write(b, 9, 0);
	phy_write(b, 0, 0x1340);
	pass(b, 1000000000);
	assert_int_equal(rd(b, 8) & 0xc3, 0x43);
	nic_set_carrier(b, 0, false);
	assert_false(rd(b, 8) & STATUS_LU);
	board_reset(b);
	nic_set_carrier(b, 0, true);
	done(b);
}

/* The option `rate`: what the other end offers (IEEE 802.3 clauses 22 and 28:
 * register 5 bits 5-8, register 10 bits 10-11). */
static void e1000_rate_option(void **state)
{
	/* clang-format off */
	static const struct {
		const char *name;
		uint64_t rate;
		unsigned status, ability, gigabit;
	} rows[] = {
		{"10Mbit", 10000000, 0x03, 0x60, 0}, {"100Mbit", 100000000, 0x43, 0x1e0, 0}, {"1Gbit", 1000000000, 0x83, 0x1e0, 0xc00},
		{"unlimited", 100000000000, 0x83, 0x1e0, 0xc00},
	};
	/* clang-format on */
	const struct nic_model *m = nic_model_find("e1000");

	assert_int_equal(nic_option_count(m), 1);
	assert_int_equal(nic_rate(m, NULL), 1000000000);
	for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
		struct board *b = new_board("e1000");
		struct option_value v;
		bool gigabit = rows[n].rate >= 1000000000;

		assert_true(option_parse(&m->options[0], rows[n].name, &v, NULL));
		assert_int_equal(nic_rate(m, &v), rows[n].rate);
		m->configure(b, 0, &v);
		nic_set_carrier(b, 0, true);
		pass(b, 1000000000);
		assert_int_equal(rd(b, 8) & 0xc3, rows[n].status);
		assert_int_equal(phy_read(b, 5) & 0x1e0, rows[n].ability);
		assert_int_equal(phy_read(b, 10) & 0xc00, rows[n].gigabit);
		/* What is forced to 1000 has a link only with one that can. */
		phy_write(b, 0, 0x0140);
		pass(b, 1000000000);
		assert_int_equal(rd(b, 8) & STATUS_LU, gigabit ? STATUS_LU : 0);
		((struct e1000 *)nic_state(b, 0))->partner = 0xffff;
		assert_non_null(nic_validate(b));
		board_free(b);
	}
}

/* ---- receive ---- */

static void e1000_receive_plain(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[4096], got[4096];
	struct rx d;

	e1000_up(b, 8, 8, RCTL_EN | RCTL_BAM);
	wr(b, AT_IMS, ICR_RXT0);
	wr(b, AT_RXCSUM, 0x300);
	make_frame(f, mac, 50);
	assert_true(receive(b, f, 50, 0));
	d = rx_desc(b, 0);
	assert_int_equal(d.size, 64);
	assert_int_equal(d.status, RXD_DD | RXD_EOP | RXD_IXSM);
	mem_dma_read(&b->mem, BUFFERS + 0x400000, got, 64);
	assert_memory_equal(got, f, 50);
	assert_int_equal(got[59], 0);
	assert_int_equal(get_le32(got + 60), crc32(0, got, 60));
	assert_int_equal(crc32(0, got, 64), 0x2144df1c); /* the residue of every good frame */
	assert_true(irq(b));
	rd(b, AT_ICR);

	/* Checksums, good and bad. */
	wr(b, AT_RCTL, RCTL_EN | RCTL_BAM | RCTL_SECRC);
	assert_true(receive(b, f, make_ipv4(f, 6, 100), 0));
	d = rx_desc(b, 1);
	assert_int_equal(d.status, RXD_DD | RXD_EOP | RXD_IPCS | RXD_TCPCS);
	assert_int_equal(d.size, 154);
	assert_int_equal(d.errors, 0);
	f[60] ^= 1;
	assert_true(receive(b, f, 154, 0));
	assert_int_equal(rx_desc(b, 2).errors, RXD_TCPE);
	f[60] ^= 1, f[22] ^= 1;
	assert_true(receive(b, f, 154, 0));
	assert_int_equal(rx_desc(b, 3).errors, RXD_IPE);

	/* A long frame in buffers of 512 bytes; then the ring is full. */
	wr(b, AT_RCTL, RCTL_EN | RCTL_SECRC | RCTL_LPE | 2 << RCTL_BSIZE_SHIFT);
	make_frame(f, mac, 1300);
	assert_true(receive(b, f, 1300, 0));
	assert_int_equal(rx_desc(b, 4).size, 512);
	assert_int_equal(rx_desc(b, 4).status, RXD_DD);
	assert_int_equal(rx_desc(b, 6).size, 276);
	assert_int_equal(rx_desc(b, 6).status & RXD_EOP, RXD_EOP);
	mem_dma_read(&b->mem, BUFFERS + 0x400000 + 6 * 2048, got, 276);
	assert_memory_equal(got, f + 1024, 276);
	assert_int_equal(rd(b, AT_RDH), 7);
	assert_false(receive(b, f, 100, DROP_NIC_FULL));
	assert_true(rd(b, AT_ICR) & ICR_RXO);
	assert_int_equal(rd(b, REG_STATS + RNBC), 1);
	wr(b, AT_RDT, 3);
	assert_true(receive(b, f, 100, 0));
	assert_int_equal(rx_desc(b, 7).size, 100);
	assert_int_equal(rd(b, AT_RDH), 0);
	done(b);
}

static void e1000_receive_filters(void **state)
{
	struct board *b = new_board("e1000");
	const uint8_t group[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0xfb}, all[6] = {255, 255, 255, 255, 255, 255};
	uint8_t f[2048], got[64];
	unsigned hash = 0x00 >> 4 | 0xfb << 4;

	e1000_up(b, 8, 64, RCTL_EN | RCTL_SECRC);
	make_frame(f, peer, 100);
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	make_frame(f, all, 100);
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	wr(b, AT_RCTL, RCTL_EN | RCTL_SECRC | RCTL_BAM);
	assert_true(receive(b, f, 100, 0));
	make_frame(f, group, 100);
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	wr(b, REG_MTA + (hash >> 5 & 127) * 4, 1u << (hash & 31));
	assert_true(receive(b, f, 100, 0));
	assert_int_equal(rx_desc(b, 1).status & RXD_PIF, RXD_PIF);
	wr(b, REG_RA + 8, get_le32(peer)), wr(b, REG_RA + 12, get_le16(peer + 4) | RAH_AV);
	make_frame(f, peer, 1600);
	assert_true(receive(b, f, 100, 0));
	assert_false(receive(b, f, 1600, DROP_TOO_LONG));

	/* VLAN 100: stripped, and only when the table says so. */
	make_frame(f, mac, 100);
	put_be32(f + 12, 0x81002064);
	wr(b, 0, rd(b, 0) | CTRL_VME);
	wr(b, AT_RCTL, RCTL_EN | RCTL_SECRC | RCTL_VFE);
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	wr(b, REG_VFTA + (100 >> 5) * 4, 1u << (100 & 31));
	assert_true(receive(b, f, 100, 0));
	assert_int_equal(rx_desc(b, 3).size, 96);
	assert_int_equal(rx_desc(b, 3).special, 0x2064);
	assert_true(rx_desc(b, 3).status & RXD_VP);
	mem_dma_read(&b->mem, BUFFERS + 0x400000 + 3 * 2048, got, 20);
	assert_memory_equal(got, f, 12);
	assert_memory_equal(got + 12, f + 16, 8);

	wr(b, AT_RCTL, RCTL_EN | RCTL_UPE | RCTL_MPE);
	make_frame(f, peer, 100);
	f[0] = 0x0a;
	assert_true(receive(b, f, 100, 0));
	nic_set_carrier(b, 0, false);
	assert_false(receive(b, f, 100, DROP_NIC_DOWN));
	done(b);
}

/* ITR: after an interrupt the next waits; RDTR delays one. Loopback, PAUSE. */
static void e1000_interrupts(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[64] = {0x01, 0x80, 0xc2, 0, 0, 1};

	e1000_up(b, 8, 64, RCTL_EN | RCTL_UPE);
	wr(b, AT_ITR, 200); /* 51.2 us */
	wr(b, AT_IMS, ICR_RXT0);
	wr(b, AT_ICS, ICR_RXT0);
	assert_true(irq(b));
	rd(b, AT_ICR);
	wr(b, AT_ICS, ICR_RXT0);
	assert_false(irq(b));
	pass(b, 51000);
	assert_false(irq(b));
	pass(b, 300);
	assert_true(irq(b));
	wr(b, AT_IMC, ICR_RXT0);
	assert_false(irq(b));
	rd(b, AT_ICR);
	pass(b, 100000);

	wr(b, AT_IMS, ICR_RXT0);
	wr(b, AT_RDTR, 10);
	make_frame(f, mac, 60);
	assert_true(receive(b, f, 60, 0));
	pass(b, 10000);
	assert_false(irq(b));
	assert_true(receive(b, f, 60, 0)); /* starts the delay again */
	pass(b, 10200);
	assert_false(irq(b));
	pass(b, 100);
	assert_true(irq(b));
	wr(b, AT_RDTR, 0);
	rd(b, AT_ICR);

	/* XOFF for 1000 quanta of 512 ns holds the transmitter. */
	wr(b, 0, rd(b, 0) | CTRL_RFCE);
	wr(b, AT_FCAL, 0x00c28001), wr(b, AT_FCAH, 0x0100), wr(b, AT_FCT, 0x8808);
	memset(f, 0, sizeof(f));
	memcpy(f, "\x01\x80\xc2\0\0\1", 6);
	put_be16(f + 12, 0x8808), put_be16(f + 14, 1), put_be16(f + 16, 1000);
	assert_true(receive(b, f, 60, 0));
	assert_true(rd(b, 8) & STATUS_TXOFF);
	put_desc(b, TX_RING, 0, BUFFERS, 100 | IFCS | EOP | RS, 0);
	wr(b, AT_TDT, 1);
	assert_int_equal(wire.count, 0);
	pass(b, 511000);
	assert_int_equal(wire.count, 0);
	pass(b, 2000);
	assert_int_equal(wire.count, 1);

	/* MAC loopback: what is sent comes back, nothing leaves. */
	wr(b, AT_RCTL, RCTL_EN | RCTL_UPE | RCTL_SECRC | 1 << 6);
	make_frame(f, mac, 60);
	mem_dma_write(&b->mem, BUFFERS, f, 60);
	put_desc(b, TX_RING, 1, BUFFERS, 60 | IFCS | EOP | RS, 0);
	wr(b, AT_TDT, 2);
	assert_int_equal(wire.count, 1);
	assert_int_equal(rd(b, AT_RDH), 3);
	assert_int_equal(rx_desc(b, 2).size, 60);
	assert_false(receive(b, f, 60, DROP_NIC_DOWN));
	done(b);
}

/* Registers, descriptors and frames at random: nothing but its own state. */
static void e1000_fuzz(void **state)
{
	static const uint16_t regs[] = {
		0x0,    0x10,   0x14,   0x18,   0x20,   0x28,   0x38,   0xc0,   0xc4,   0xc8,   0xd0,   0xd8,   0x100,
		0x400,  0x1000, 0x2800, 0x2808, 0x2810, 0x2818, 0x2820, 0x282c, 0x2c00, 0x3800, 0x3808, 0x3810, 0x3818,
		0x3820, 0x382c, 0x3828, 0x5000, 0x5400, 0x5404, 0x3818, 0x3818, 0x2818, 0x400,  0x100,  0x4088, 0x9000,
	};
	struct board *b = new_board("e1000");
	struct rng r;
	uint8_t f[16384] = {0};

	rng_seed(&r, 1, "nics");
	e1000_up(b, 32, 32, RCTL_EN | RCTL_UPE | RCTL_MPE);
	for (unsigned n = 0; n < 20000; n++) {
		uint64_t x = rng_next(&r), y = rng_next(&r);
		unsigned reg = x & 0x100 ? regs[x % ARRAY_LEN(regs)] : (unsigned)(x >> 20) % E1000_MMIO_SIZE;
		uint32_t v = (uint32_t)(x >> 32);
		int reason;

		if (x & 0x200)
			v &= 0xff;
		switch (x >> 10 & 7) {
		case 0: mem_read(&b->mem, BAR + (reg & ~7u), 1u << (y & 3)); break;
		case 1:
		case 2: /* a transmit descriptor */
			put_desc(b, b->pc->nic_model[0] ? rd(b, AT_TDBAL) & 0xfffff0 : 0, rd(b, AT_TDH) & 31,
				 y & 0xffffff, (v & 0x3fff) | ((uint32_t)(y >> 32) & 0xff900000u),
				 (uint32_t)rng_next(&r) & 0x00ff03ffu);
			wr(b, AT_TDT, (rd(b, AT_TDH) + 1) % 32);
			break;
		case 3:
			for (unsigned i = 0; i < 64; i++)
				f[i] = (uint8_t)(y >> (i & 31));
			nic_receive(b, 0, f, x & 0x2000 ? v % sizeof(f) : v % 1600, &reason);
			break;
		case 4: pass(b, v & 0xfffff); break;
		case 5:
			nic_set_carrier(b, 0, v & 3);
			wr(b, AT_TDLEN, 512), wr(b, AT_RDLEN, 512), wr(b, AT_TCTL, TCTL_EN | (v & 8));
			wr(b, AT_TDBAL, TX_RING), wr(b, AT_TDH, 0);
			break;
		default:
			if (reg != 0 || (v & CTRL_RST) == 0 || (y & 63) == 0)
				mem_write(&b->mem, BAR + (reg & ~3u), v, 4);
		}
		if (n % 1000 == 0)
			assert_null(nic_validate(b));
	}
	assert_true(wire.count > 100);
	board_reset(b);
	done(b);
}

/* ---- cloning ---- */

/* The value alone decides: a clone of a board goes on where it was. */
static void clone(void **state)
{
	struct board *a = new_board("e1000"), *b = board_new(RAM);
	uint8_t f[100];

	e1000_up(a, 8, 8, RCTL_EN | RCTL_BAM);
	memcpy(b->pc, a->pc, sizeof(*b->pc));
	mem_clone(&b->mem, &a->mem);
	nic_restore_all(b);
	pci_restore(b);
	assert_null(nic_validate(b));
	assert_int_equal(rd(b, REG_RA), rd(a, 0x5400));
	make_frame(f, mac, 100);
	assert_true(receive(b, f, 100, 0));
	assert_int_equal(rx_desc(b, 0).size, 104);
	assert_int_equal(rx_desc(a, 0).size, 0);
	b->pc->nic_model[0] = 77;
	assert_non_null(nic_validate(b));
	b->pc->nic_model[0] = 1;
	((struct e1000 *)nic_state(b, 0))->tx.size = 1000000;
	assert_non_null(nic_validate(b));
	board_free(b);
	done(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e1000_probe),
		cmocka_unit_test(e1000_link),
		cmocka_unit_test(e1000_rate_option),
		cmocka_unit_test(e1000_receive_plain),
		cmocka_unit_test(e1000_receive_filters),
		cmocka_unit_test(e1000_interrupts),
		cmocka_unit_test(e1000_fuzz),
		cmocka_unit_test(clone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
