/* The 82540EM sends: plain frames, checksums, segmentation, pace. */
#include "tests/unit/e1000_rings.h"

static void e1000_send_plain(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[2048];

	e1000_up(b, 8, 8, 0);
	make_frame(f, peer, 1514);
	mem_dma_write(&b->mem, BUFFERS, f, 1514);
	wr(b, AT_IMS, ICR_TXDW);
	put_desc(b, TX_RING, 0, BUFFERS, 100 | IFCS, 0);
	put_desc(b, TX_RING, 1, BUFFERS + 100, 1414 | IFCS | EOP | RS, 0);
	put_desc(b, TX_RING, 2, BUFFERS, 20 | IFCS | EOP | RS, 0); /* padded */
	wr(b, AT_TDT, 3);
	assert_int_equal(wire.count, 2);
	assert_int_equal(wire.size[0], 1514);
	assert_memory_equal(wire.data[0], f, 1514);
	assert_int_equal(wire.size[1], 60);
	assert_int_equal(wire.data[1][20], 0);
	assert_int_equal(tx_status(b, 0), 0);
	assert_int_equal(tx_status(b, 1) & 1, 1);
	assert_int_equal(rd(b, AT_TDH), 3);
	assert_true(irq(b));
	assert_int_equal(rd(b, AT_ICR) & (ICR_TXDW | ICR_TXQE), ICR_TXDW | ICR_TXQE);
	assert_false(irq(b));

	/* A VLAN tag is inserted. */
	wr(b, 0, rd(b, 0) | CTRL_VME);
	put_desc(b, TX_RING, 3, BUFFERS, 100 | IFCS | EOP | RS | VLE, 0x6064u << 16);
	wr(b, AT_TDT, 4);
	assert_int_equal(wire.size[2], 104);
	assert_int_equal(get_be32(wire.data[2] + 12), 0x81006064);
	assert_int_equal(get_be16(wire.data[2] + 16), 0x88b5);
	assert_int_equal(rd(b, REG_STATS + GPTC), 3);
	assert_int_equal(rd(b, REG_STATS + GPTC), 0);
	assert_int_equal(rd(b, REG_STATS + GOTCL), 1518 + 64 + 108);
	rd(b, REG_STATS + GOTCH);
	assert_int_equal(rd(b, REG_STATS + GOTCL), 0);

	/* Without a cable descriptors are completed all the same. */
	nic_set_carrier(b, 0, false);
	put_desc(b, TX_RING, 4, BUFFERS, 100 | IFCS | EOP | RS, 0);
	wr(b, AT_TDT, 5);
	assert_int_equal(tx_status(b, 4) & 1, 1);
	done(b);
}

/* The line takes 12.3 us for a full frame: a long queue does not leave at once. */
static void e1000_send_pace(void **state)
{
	struct board *b = new_board("e1000");
	uint64_t start;
	unsigned first;

	e1000_up(b, 128, 8, 0);
	for (unsigned n = 0; n < 100; n++)
		put_desc(b, TX_RING, n, BUFFERS, 1514 | IFCS | EOP | RS, 0);
	start = board_now(b);
	wr(b, AT_TDT, 100);
	first = wire.count;
	assert_in_range(first, 5, 20);
	assert_int_equal(rd(b, AT_TDH), first);
	while (wire.count < 100)
		pass(b, 10000);
	assert_in_range(board_now(b) - start, 900000, 1300000);
	done(b);
}

static void e1000_send_checksums(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[2048], want[2048];
	unsigned size = make_ipv4(f, 17, 301);

	e1000_up(b, 8, 8, 0);
	memcpy(want, f, size);
	/* As CHECKSUM_PARTIAL: the pseudo-header's sum stands in the field. */
	put_be16(f + 24, 0);
	put_be16(f + 40, (uint16_t)sum16(f + 26, 8, 17 + 309));
	mem_dma_write(&b->mem, BUFFERS, f, size);
	put_desc(b, TX_RING, 0, 14 | 24 << 8 | 33ull << 16 | 34ull << 32 | 40ull << 40, DEXT | RS, 0);
	put_desc(b, TX_RING, 1, BUFFERS, 54 | DEXT | DTYP | IFCS, 0x0300);
	put_desc(b, TX_RING, 2, BUFFERS + 54, (size - 54) | DEXT | DTYP | IFCS | EOP | RS, 0);
	wr(b, AT_TDT, 3);
	assert_int_equal(wire.count, 1);
	assert_int_equal(wire.size[0], size);
	assert_memory_equal(wire.data[0], want, size);
	assert_int_equal(tx_status(b, 0) & 1, 1);

	/* Legacy: CSS and CSO in the descriptor. */
	put_desc(b, TX_RING, 3, BUFFERS, size | 40 << 16 | 1u << 26 | EOP | IFCS, 34 << 8);
	wr(b, AT_TDT, 4);
	assert_memory_equal(wire.data[1] + 34, want + 34, size - 34);
	done(b);
}

static void check_segment(unsigned n, unsigned payload, unsigned before, bool last)
{
	const uint8_t *f = wire.data[n];

	assert_int_equal(wire.size[n], 54 + payload);
	assert_int_equal(get_be16(f + 16), 40 + payload);
	assert_int_equal(get_be16(f + 18), 0x1234 + n);
	assert_int_equal(sum16(f + 14, 20, 0), 0xffff);
	assert_int_equal(l4_sum(f), 0xffff);
	assert_int_equal(get_be32(f + 38), 0x11223344 + before);
	assert_int_equal(f[47], last ? 0x19 : 0x10);
	for (unsigned i = 0; i < payload; i++)
		assert_int_equal(f[54 + i], (uint8_t)(before + i));
}

static void e1000_send_tso(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[8192];
	const unsigned payload = 4000, mss = 1460;

	e1000_up(b, 16, 8, 0);
	make_ipv4(f, 6, payload);
	put_be16(f + 16, 0);
	put_be16(f + 24, 0);
	put_be16(f + 50, (uint16_t)sum16(f + 26, 8, 6));
	mem_dma_write(&b->mem, BUFFERS, f, 54 + payload);
	for (unsigned round = 0; round < 2; round++) {
		unsigned at = round * 4;

		wire.count = 0;
		put_desc(b, TX_RING, at, 14 | 24 << 8 | 33ull << 16 | 34ull << 32 | 50ull << 40,
			 payload | DEXT | TSE | 1u << 24 | 1u << 25, mss << 16 | 54 << 8);
		/* header with some payload in the first, or alone */
		put_desc(b, TX_RING, at + 1, BUFFERS, (round ? 54 : 100) | DEXT | DTYP | TSE | IFCS, 0x0300);
		put_desc(b, TX_RING, at + 2, BUFFERS + (round ? 54 : 100),
			 (round ? 1460 : 1400) | DEXT | DTYP | TSE | IFCS, 0);
		put_desc(b, TX_RING, at + 3, BUFFERS + (round ? 1514 : 1500),
			 (round ? payload - 1460 : 54 + payload - 1500) | DEXT | DTYP | TSE | IFCS | EOP | RS, 0);
		wr(b, AT_TDT, at + 4);
		assert_int_equal(wire.count, 3);
		check_segment(0, 1460, 0, false);
		check_segment(1, 1460, 1460, false);
		check_segment(2, 1080, 2920, true);
		assert_int_equal(rd(b, AT_TDH), at + 4);
		pass(b, 1000000);
	}
	assert_int_equal(rd(b, REG_STATS + TSCTC), 2);
	done(b);
}

/* IPv6 and a tag: of the first descriptor, for all segments. */
static void e1000_send_tso6(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[4096] = {0};
	const unsigned payload = 3000, mss = 1428, header = 74;

	e1000_up(b, 16, 8, 0);
	wr(b, 0, rd(b, 0) | CTRL_VME);
	make_frame(f, peer, header + payload);
	memset(f + 14, 0, header - 14);
	put_be16(f + 12, 0x86dd);
	f[14] = 0x60, f[20] = 6, f[21] = 64, f[37] = 1, f[53] = 2;
	put_be32(f + 58, 0xfffffff0); /* the sequence number goes round */
	f[66] = 0x50, f[67] = 0x11;
	put_be16(f + 70, (uint16_t)sum16(f + 22, 32, 6));
	mem_dma_write(&b->mem, BUFFERS, f, header + payload);
	put_desc(b, TX_RING, 0, 14 | 54ull << 32 | 70ull << 40, payload | DEXT | TSE | 1u << 24,
		 mss << 16 | header << 8);
	put_desc(b, TX_RING, 1, BUFFERS, header | DEXT | DTYP | TSE | IFCS | VLE, 0x20050200);
	put_desc(b, TX_RING, 2, BUFFERS + header, payload | DEXT | DTYP | TSE | IFCS | EOP | RS, 0x0fff0000);
	wr(b, AT_TDT, 3);
	assert_int_equal(wire.count, 3);
	for (unsigned n = 0, before = 0; n < 3; n++) {
		const uint8_t *s = wire.data[n] + 4; /* the tag */
		unsigned part = payload - before < mss ? payload - before : mss;

		assert_int_equal(wire.size[n], 4 + header + part);
		assert_int_equal(get_be32(wire.data[n] + 12), 0x81002005);
		assert_int_equal(get_be16(s + 18), 20 + part);
		assert_int_equal(get_be32(s + 58), 0xfffffff0 + before);
		assert_int_equal(s[67], n == 2 ? 0x11 : 0x10);
		assert_int_equal(sum16(s + 54, 20 + part, sum16(s + 22, 32, 6 + 20 + part)), 0xffff);
		assert_memory_equal(s + header, f + header + before, part);
		before += part;
	}
	assert_int_equal(rd(b, REG_STATS + TSCTC), 1);
	assert_int_equal(rd(b, REG_STATS + TSCTFC), 0);
	/* The context said more than there is. */
	put_desc(b, TX_RING, 3, 14 | 54ull << 32 | 70ull << 40, 5000 | DEXT | TSE | 1u << 24, mss << 16 | header << 8);
	put_desc(b, TX_RING, 4, BUFFERS, (header + 100) | DEXT | DTYP | TSE | IFCS | EOP | RS, 0x0200);
	wr(b, AT_TDT, 5);
	assert_int_equal(rd(b, REG_STATS + TSCTFC), 1);
	done(b);
}

/* What counts of several descriptors: VLE, IFCS and CSO of the last, CSS of the
 * first; one without an address or a length adds nothing (section 3.3.3). */
static void e1000_send_pieces(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[2048], want[2048];
	unsigned size = make_ipv4(f, 17, 301);

	e1000_up(b, 32, 8, 0);
	wr(b, 0, rd(b, 0) | CTRL_VME);
	memcpy(want, f, size);
	put_be16(f + 40, (uint16_t)sum16(f + 26, 8, 17 + 309));
	mem_dma_write(&b->mem, BUFFERS, f, size);
	put_desc(b, TX_RING, 0, BUFFERS, 100 | VLE | IFCS, 0x00070000 | 34 << 8);
	put_desc(b, TX_RING, 1, 0, 50 | RS, 0);
	put_desc(b, TX_RING, 2, BUFFERS + 100, 0, 0);
	put_desc(b, TX_RING, 3, BUFFERS + 100, (size - 100) | 40 << 16 | 1u << 26 | IFCS | EOP | RS, 99 << 8);
	wr(b, AT_TDT, 4);
	assert_int_equal(wire.count, 1);
	assert_int_equal(wire.size[0], size);
	assert_memory_equal(wire.data[0], want, size);
	assert_int_equal(tx_status(b, 1), 1);
	put_desc(b, TX_RING, 4, BUFFERS, 100, 0);
	put_desc(b, TX_RING, 5, BUFFERS + 100, (size - 100) | VLE | IFCS | EOP, 0x00070000);
	wr(b, AT_TDT, 6);
	assert_int_equal(wire.size[1], size + 4);
	assert_int_equal(get_be32(wire.data[1] + 12), 0x81000007);
	/* IC is ignored if it points outside; without IFCS the data ends in an FCS. */
	put_desc(b, TX_RING, 6, BUFFERS, 100 | 99 << 16 | 1u << 26 | EOP | RS, 34 << 8);
	wr(b, AT_TDT, 7);
	assert_int_equal(wire.size[2], 96);
	assert_memory_equal(wire.data[2], f, 96);
	done(b);
}

/* TIDV and TADV; a descriptor without IDE reports at once, and for the others. */
static void e1000_send_delay(void **state)
{
	struct board *b = new_board("e1000");
	const uint32_t cmd = 60 | IFCS | EOP | RS, ide = 1u << 31;

	e1000_up(b, 32, 8, 0);
	wr(b, AT_IMS, ICR_TXDW);
	wr(b, AT_TIDV, 100), wr(b, AT_TADV, 250);
	for (unsigned n = 0; n < 4; n++) /* each starts TIDV again, until TADV */
		put_desc(b, TX_RING, n, BUFFERS, cmd | ide, 0);
	for (unsigned n = 1; n <= 3; n++) {
		wr(b, AT_TDT, n);
		assert_int_equal(tx_status(b, n - 1), 1);
		pass(b, 80 * 1024);
		assert_false(irq(b));
	}
	pass(b, 10 * 1024 + 1);
	assert_true(irq(b));
	rd(b, AT_ICR);
	pass(b, 1000000);
	assert_false(irq(b));
	wr(b, AT_TDT, 4);
	put_desc(b, TX_RING, 4, BUFFERS, cmd, 0);
	wr(b, AT_TDT, 5);
	assert_true(irq(b));
	rd(b, AT_ICR);
	pass(b, 1000000);
	assert_false(irq(b)); /* nothing is left to report */
	/* TIDV.FPD */
	put_desc(b, TX_RING, 5, BUFFERS, cmd | ide, 0);
	wr(b, AT_TDT, 6);
	assert_false(irq(b));
	wr(b, AT_TIDV, 100 | 1u << 31);
	assert_true(irq(b));
	rd(b, AT_ICR);
	/* TXD_LOW: from 8 * LWTHRESH + 1 to that many. */
	wr(b, AT_IMC, UINT32_MAX);
	wr(b, AT_TXDCTL, 1 << 25);
	for (unsigned n = 6; n < 31; n++)
		put_desc(b, TX_RING, n, BUFFERS, 15000, 0);
	put_desc(b, TX_RING, 14, BUFFERS, 60 | IFCS | EOP | RS, 0);
	wr(b, AT_TDT, 15);
	assert_true(rd(b, AT_ICR) & ICR_TXD_LOW);
	wr(b, AT_TXDCTL, 0);
	wr(b, AT_TDT, 16);
	assert_true(rd(b, AT_ICR) & ICR_TXD_LOW);
	done(b);
}

/* Statistics (section 13.7): PAUSE counts in totals only; a tag and padding count. */
static void e1000_send_counters(void **state)
{
	struct board *b = new_board("e1000");

	e1000_up(b, 8, 8, 0);
	wr(b, 0, rd(b, 0) | CTRL_TFCE);
	wr(b, AT_FCAL, 0x00c28001), wr(b, AT_FCAH, 0x0100), wr(b, AT_FCT, 0x8808), wr(b, AT_FCTTV, 0x1234);
	wr(b, AT_TCTL, rd(b, AT_TCTL) | TCTL_SWXOFF);
	assert_int_equal(wire.count, 1);
	assert_memory_equal(wire.data[0], "\x01\x80\xc2\0\0\x01", 6);
	assert_memory_equal(wire.data[0] + 6, mac, 6);
	assert_int_equal(get_be32(wire.data[0] + 12), 0x88080001);
	assert_int_equal(get_be16(wire.data[0] + 16), 0x1234);
	assert_int_equal(rd(b, REG_STATS + XOFFTXC), 1);
	assert_int_equal(rd(b, REG_STATS + TPT), 1);
	assert_int_equal(rd(b, REG_STATS + TOTL), 64);
	assert_int_equal(rd(b, REG_STATS + GPTC), 0);
	assert_int_equal(rd(b, REG_STATS + GOTCL), 0);
	assert_int_equal(rd(b, REG_STATS + PTC64), 0);
	assert_int_equal(rd(b, REG_STATS + MPTC), 0);
	/* Too short, and not padded: not a good one. */
	wr(b, AT_TCTL, TCTL_EN);
	put_desc(b, TX_RING, 0, BUFFERS, 40 | IFCS | EOP, 0);
	wr(b, AT_TDT, 1);
	assert_int_equal(wire.size[1], 40);
	assert_int_equal(rd(b, REG_STATS + GPTC), 0);
	assert_int_equal(rd(b, REG_STATS + TPT), 1);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e1000_send_tso6),      cmocka_unit_test(e1000_send_pieces),
		cmocka_unit_test(e1000_send_delay),     cmocka_unit_test(e1000_send_counters),
		cmocka_unit_test(e1000_send_plain),     cmocka_unit_test(e1000_send_pace),
		cmocka_unit_test(e1000_send_checksums), cmocka_unit_test(e1000_send_tso),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
