/* The 82540EM sends: plain frames, checksums, segmentation, pace. */
#include "tests/unit/e1000_rings.h"

static void e1000_send_plain(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[2048];

	e1000_up(b, 8, 8, 0);
	make_frame(f, peer, 1514);
	mem_dma_write(&b->mem, BUFFERS, f, 1514);
	wr(b, 0xd0, ICR_TXDW);
	put_desc(b, TX_RING, 0, BUFFERS, 100 | IFCS, 0);
	put_desc(b, TX_RING, 1, BUFFERS + 100, 1414 | IFCS | EOP | RS, 0);
	put_desc(b, TX_RING, 2, BUFFERS, 20 | IFCS | EOP | RS, 0); /* padded */
	wr(b, 0x3818, 3);
	assert_int_equal(wire.count, 2);
	assert_int_equal(wire.size[0], 1514);
	assert_memory_equal(wire.data[0], f, 1514);
	assert_int_equal(wire.size[1], 60);
	assert_int_equal(wire.data[1][20], 0);
	assert_int_equal(tx_status(b, 0), 0);
	assert_int_equal(tx_status(b, 1) & 1, 1);
	assert_int_equal(rd(b, 0x3810), 3);
	assert_true(irq(b));
	assert_int_equal(rd(b, 0xc0) & (ICR_TXDW | ICR_TXQE), ICR_TXDW | ICR_TXQE);
	assert_false(irq(b));

	/* A VLAN tag is inserted. */
	wr(b, 0, rd(b, 0) | CTRL_VME);
	put_desc(b, TX_RING, 3, BUFFERS, 100 | IFCS | EOP | RS | VLE, 0x6064u << 16);
	wr(b, 0x3818, 4);
	assert_int_equal(wire.size[2], 104);
	assert_int_equal(get_be32(wire.data[2] + 12), 0x81006064);
	assert_int_equal(get_be16(wire.data[2] + 16), 0x88b5);
	assert_int_equal(rd(b, 0x4080), 3); /* GPTC */
	assert_int_equal(rd(b, 0x4080), 0);
	assert_int_equal(rd(b, 0x4090), 1518 + 64 + 108);
	rd(b, 0x4094);
	assert_int_equal(rd(b, 0x4090), 0);

	/* Without a cable descriptors are completed all the same. */
	nic_set_carrier(b, 0, false);
	put_desc(b, TX_RING, 4, BUFFERS, 100 | IFCS | EOP | RS, 0);
	wr(b, 0x3818, 5);
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
	wr(b, 0x3818, 100);
	first = wire.count;
	assert_in_range(first, 5, 20);
	assert_int_equal(rd(b, 0x3810), first);
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
	wr(b, 0x3818, 3);
	assert_int_equal(wire.count, 1);
	assert_int_equal(wire.size[0], size);
	assert_memory_equal(wire.data[0], want, size);
	assert_int_equal(tx_status(b, 0) & 1, 1);

	/* Legacy: CSS and CSO in the descriptor. */
	put_desc(b, TX_RING, 3, BUFFERS, size | 40 << 16 | 1u << 26 | EOP | IFCS, 34 << 8);
	wr(b, 0x3818, 4);
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
		wr(b, 0x3818, at + 4);
		assert_int_equal(wire.count, 3);
		check_segment(0, 1460, 0, false);
		check_segment(1, 1460, 1460, false);
		check_segment(2, 1080, 2920, true);
		assert_int_equal(rd(b, 0x3810), at + 4);
		pass(b, 1000000);
	}
	assert_int_equal(rd(b, 0x40f8), 2); /* TSCTC */
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e1000_send_plain),
		cmocka_unit_test(e1000_send_pace),
		cmocka_unit_test(e1000_send_checksums),
		cmocka_unit_test(e1000_send_tso),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
