/* The NE2000 on PCI, driven as ne2k_pci_init_one() and NS8390_init() of Linux do. */
#include <zlib.h>

#include "engine/base/rng.h"
#include "engine/nic/dp8390.h"
#include "tests/unit/nics.h"

enum { RING_START = 0x4c, RING_STOP = 0x80 };

static void nic_out(struct board *b, unsigned reg, unsigned v)
{
	out(b, IOBASE + reg, v, 1);
}
static unsigned nic_in(struct board *b, unsigned reg)
{
	return in(b, IOBASE + reg, 1);
}

static void remote(struct board *b, unsigned at, unsigned count, unsigned command)
{
	nic_out(b, 0, 0x22);
	nic_out(b, 0x0a, count & 0xff), nic_out(b, 0x0b, count >> 8);
	nic_out(b, 0x08, at & 0xff), nic_out(b, 0x09, at >> 8);
	nic_out(b, 0, command);
}

static void ne2k_read(struct board *b, unsigned at, uint8_t *p, unsigned count)
{
	remote(b, at, count, 0x0a);
	for (unsigned n = 0; n < count / 4; n++)
		put_le32(p + 4 * n, in(b, IOBASE + 0x10, 4));
	if (count & 2)
		put_le16(p + (count & ~3u), (uint16_t)in(b, IOBASE + 0x10, 2));
	if (count & 1)
		p[count - 1] = (uint8_t)in(b, IOBASE + 0x10, 1);
	assert_true(nic_in(b, 7) & ISR_RDC);
	nic_out(b, 7, ISR_RDC);
}

static void ne2k_up(struct board *b)
{
	uint8_t prom[32];

	nic_out(b, 0, 0x61);
	nic_out(b, 0x0d, 0xff);
	nic_out(b, 0, 0x20);
	nic_in(b, 0x0d);
	assert_int_equal(nic_in(b, 0x0d), 0);
	out(b, IOBASE + 0x1f, in(b, IOBASE + 0x1f, 1), 1);
	assert_true(nic_in(b, 7) & ISR_RST);
	nic_out(b, 7, 0xff);
	nic_out(b, 0, 0x21), nic_out(b, 0x0e, 0x49), nic_out(b, 0x0f, 0), nic_out(b, 0x0c, 0x20), nic_out(b, 0x0d, 2);
	remote(b, 0, 32, 0x0a);
	for (unsigned n = 0; n < 32; n++) /* bytes in word mode: one word each */
		prom[n] = (uint8_t)in(b, IOBASE + 0x10, 1);
	assert_memory_equal(prom, mac, 6);
	assert_int_equal(prom[14], 0x57);
	assert_int_equal(prom[15], 0x57);
	assert_int_equal(nic_in(b, 0x0a), 0x50);

	nic_out(b, 0, 0x21), nic_out(b, 0x0c, 0x20), nic_out(b, 0x0d, 2);
	nic_out(b, 4, 0x40), nic_out(b, 1, RING_START), nic_out(b, 3, RING_STOP - 1), nic_out(b, 2, RING_STOP);
	nic_out(b, 7, 0xff), nic_out(b, 0x0f, 0);
	nic_out(b, 0, 0x61);
	for (unsigned n = 0; n < 6; n++)
		nic_out(b, 1 + n, mac[n]);
	nic_out(b, 7, RING_START);
	nic_out(b, 0, 0x21), nic_out(b, 7, 0xff), nic_out(b, 0x0f, 0x3f);
	nic_out(b, 0, 0x22), nic_out(b, 0x0d, 0), nic_out(b, 0x0c, RCR_AB);
}

static unsigned ne2k_curr(struct board *b)
{
	unsigned v;

	nic_out(b, 0, 0x62);
	v = nic_in(b, 7);
	nic_out(b, 0, 0x22);
	return v;
}

static void ne2k_send(void **state)
{
	struct board *b = new_board("ne2k_pci");
	uint8_t f[1514];

	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), 0, 4), 0x802910ec);
	ne2k_up(b);
	make_frame(f, peer, 1514);
	remote(b, 0x4000, 1514, 0x12);
	for (unsigned n = 0; n < 1514; n += 2)
		out(b, IOBASE + 0x10, get_le16(f + n), 2);
	assert_true(nic_in(b, 7) & ISR_RDC);
	nic_out(b, 7, ISR_RDC);
	nic_out(b, 5, 1514 & 0xff), nic_out(b, 6, 1514 >> 8), nic_out(b, 4, 0x40);
	nic_out(b, 0, 0x26);
	assert_int_equal(wire.count, 1);
	assert_int_equal(wire.size[0], 1514);
	assert_memory_equal(wire.data[0], f, 1514);
	assert_true(nic_in(b, 0) & CMD_TXP); /* the line takes 1.2 ms */
	assert_false(irq(b));
	nic_out(b, 0, 0x26); /* read and written back: nothing new */
	assert_int_equal(wire.count, 1);
	nic_out(b, 4, 0x40), nic_out(b, 0, 0x26); /* a second frame without waiting */
	assert_int_equal(wire.count, 2);
	pass(b, 1300000);
	assert_true(nic_in(b, 0) & CMD_TXP);
	pass(b, 1300000);
	assert_false(nic_in(b, 0) & CMD_TXP);
	assert_int_equal(nic_in(b, 4) & TSR_PTX, TSR_PTX);
	assert_true(irq(b));
	nic_out(b, 7, ISR_PTX);
	assert_false(irq(b));
	done(b);
}

static void ne2k_receive(void **state)
{
	struct board *b = new_board("ne2k_pci");
	const uint8_t group[6] = {0x01, 0x00, 0x5e, 0x00, 0x00, 0x01};
	uint8_t f[1514], got[1600], header[4];
	unsigned page = RING_START, received = 0;

	ne2k_up(b);
	make_frame(f, peer, 100);
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	/* Twice around the ring, reading as ei_receive() does. */
	for (unsigned n = 0; n < 40; n++) {
		unsigned size = n % 3 ? 60 + n * 30 : 50, want = size < 60 ? 60 : size;

		make_frame(f, mac, size);
		assert_true(receive(b, f, size, 0));
		assert_true(irq(b));
		ne2k_read(b, page << 8, header, 4);
		assert_int_equal(header[0] & 0x0f, 1);
		assert_int_equal(get_le16(header + 2), want + 4);
		assert_int_equal(header[1], ne2k_curr(b));
		ne2k_read(b, (page << 8) + 4, got, want + 4);
		assert_memory_equal(got, f, size);
		assert_int_equal(crc32(0, got, want + 4), 0x2144df1c);
		page = header[1];
		assert_in_range(page, RING_START, RING_STOP - 1);
		nic_out(b, 3, page == RING_START ? RING_STOP - 1 : page - 1);
		nic_out(b, 7, ISR_PRX);
	}
	/* Until the ring is full. */
	make_frame(f, mac, 1514);
	while (receive(b, f, 1514, DROP_NIC_FULL))
		received++;
	assert_in_range(received, 7, 8);
	assert_true(nic_in(b, 7) & ISR_OVW);
	assert_int_equal(nic_in(b, 0x0f), 1); /* missed */
	assert_int_equal(nic_in(b, 0x0f), 0);

	/* Multicast by hash: 01:00:5e:00:00:01 is bit 0x1f of Linux' ether_crc() >> 26. */
	make_frame(f, group, 60);
	nic_out(b, 3, page == RING_START ? RING_STOP - 1 : page - 1);
	nic_out(b, 0, 0x62), nic_out(b, 7, page), nic_out(b, 0, 0x22);
	nic_out(b, 7, 0xff), nic_out(b, 0x0c, RCR_AB | RCR_AM);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	nic_out(b, 0, 0x62);
	for (unsigned n = 0; n < 8; n++)
		nic_out(b, 8 + n, n == 3 ? 0x80 : 0);
	nic_out(b, 0, 0x22);
	assert_true(receive(b, f, 60, 0));
	nic_out(b, 0, 0); /* neither start nor stop: iPXE's page 0 */
	assert_true(receive(b, f, 60, 0));
	nic_out(b, 0, 0x21);
	assert_false(receive(b, f, 60, DROP_NIC_DOWN));
	done(b);
}

/* ---- the data sheet, register by register ---- */

static void page1(struct board *b, unsigned reg, unsigned v)
{
	nic_out(b, 0, 0x62);
	nic_out(b, reg, v);
	nic_out(b, 0, 0x22);
}

/* The CRC as the chip makes it (DS 4.0): bits in wire order into a register that
 * shifts left; its top six bits are the number of a bit of MAR. */
static unsigned hash_of(const uint8_t *to)
{
	uint32_t crc = UINT32_MAX;

	for (unsigned n = 0; n < 48; n++) {
		bool feedback = (crc >> 31) ^ (to[n / 8] >> n % 8 & 1);

		crc = crc << 1 ^ (feedback ? 0x04c11db7 : 0);
	}
	return crc >> 26;
}

static void ne2k_multicast(void **state)
{
	struct board *b = new_board("ne2k_pci");
	uint8_t f[60], to[6] = {0x01, 0, 0x5e, 0, 0, 0};
	uint64_t seen = 0;

	ne2k_up(b);
	for (unsigned n = 0; n < 400; n++) {
		unsigned hash;

		to[4] = (uint8_t)(n >> 8), to[5] = (uint8_t)n, to[3] = (uint8_t)(n * 7);
		hash = hash_of(to);
		seen |= 1ull << hash;
		make_frame(f, to, 60);
		for (unsigned m = 0; m < 8; m++)
			page1(b, 8 + m, hash / 8 == m ? 1 << hash % 8 : 0);
		page1(b, 7, RING_START), nic_out(b, 3, RING_STOP - 1);
		nic_out(b, 0x0c, RCR_AM);
		assert_true(receive(b, f, 60, 0));
		nic_out(b, 0x0c, RCR_PRO | RCR_AB);
		assert_false(receive(b, f, 60, DROP_NIC_FILTER));
		for (unsigned m = 0; m < 8; m++)
			page1(b, 8 + m, hash / 8 == m ? ~(1u << hash % 8) : 0xff);
		nic_out(b, 0x0c, RCR_AM);
		assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	}
	assert_true(seen == UINT64_MAX);
	make_frame(f, peer, 60);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	nic_out(b, 0x0c, RCR_PRO);
	assert_true(receive(b, f, 60, 0));
	done(b);
}

/* Remote DMA (DS 9.0): bytes or words, around the ring, its address readable. */
static void ne2k_remote_dma(void **state)
{
	struct board *b = new_board("ne2k_pci");
	unsigned sum = 0;

	ne2k_up(b);
	nic_out(b, 0x0e, 0x48); /* DCR: bytes */
	remote(b, 0x7ffc, 8, 0x12);
	for (unsigned n = 0; n < 8; n++) {
		assert_false(nic_in(b, 7) & ISR_RDC);
		out(b, IOBASE + 0x10, 0x10 + n, 1);
	}
	assert_true(nic_in(b, 7) & ISR_RDC);
	assert_int_equal(nic_in(b, 8) | nic_in(b, 9) << 8, RING_START * 256 + 4);
	nic_out(b, 7, ISR_RDC);
	out(b, IOBASE + 0x10, 0xee, 1); /* one too many */
	nic_out(b, 0x0e, 0x49);         /* words */
	remote(b, 0x7ffc, 7, 0x0a);     /* an odd count still moves whole words */
	assert_int_equal(in(b, IOBASE + 0x10, 2), 0x1110);
	assert_int_equal(nic_in(b, 8) | nic_in(b, 9) << 8, 0x7ffe);
	assert_int_equal(in(b, IOBASE + 0x10, 4), 0x13120000 >> 16 | 0x15140000u);
	assert_false(nic_in(b, 7) & ISR_RDC);
	assert_int_equal(in(b, IOBASE + 0x10, 2), 0x1716);
	assert_true(nic_in(b, 7) & ISR_RDC);
	assert_int_equal(in(b, IOBASE + 0x10, 2), 0xffff);
	/* An abort in the middle; nothing moves until the next command. */
	remote(b, 0x4c00, 100, 0x0a);
	in(b, IOBASE + 0x10, 2);
	nic_out(b, 0, 0x22);
	nic_out(b, 7, 0xff);
	assert_int_equal(in(b, IOBASE + 0x10, 2), 0xffff);
	assert_false(nic_in(b, 7) & ISR_RDC);
	/* No bytes at all are done at once (as drivers check for a chip). */
	remote(b, 0x4c00, 0, 0x0a);
	assert_true(nic_in(b, 7) & ISR_RDC);
	/* The address PROM below, nothing above the buffer memory. */
	remote(b, 0x10, 16, 0x0a);
	for (unsigned n = 0; n < 8; n++)
		sum += in(b, IOBASE + 0x10, 2) == 0x5757;
	assert_int_equal(sum, 2);
	remote(b, 0x8000, 2, 0x12);
	out(b, IOBASE + 0x10, 0x1234, 2);
	remote(b, 0x8000, 2, 0x0a);
	assert_int_equal(in(b, IOBASE + 0x10, 2), 0xffff);
	done(b);
}

/* "Send packet" reads the frame at BNRY and moves BNRY behind it (DS 9.0). */
static void ne2k_send_packet(void **state)
{
	struct board *b = new_board("ne2k_pci");
	uint8_t f[100];

	ne2k_up(b);
	make_frame(f, mac, 100);
	nic_out(b, 3, RING_START); /* BNRY is the first frame, as this command needs it */
	page1(b, 7, RING_START);
	assert_true(receive(b, f, 100, 0));
	nic_out(b, 0x0f, 0), nic_out(b, 7, 0xff);
	nic_out(b, 0x0a, 0), nic_out(b, 0x0b, 0x0f);
	nic_out(b, 0, 0x1a);
	assert_int_equal(in(b, IOBASE + 0x10, 2) >> 8, RING_START + 1);
	assert_int_equal(in(b, IOBASE + 0x10, 2), 104);
	for (unsigned n = 0; n < 100; n += 2)
		assert_int_equal(in(b, IOBASE + 0x10, 2), get_le16(f + n));
	assert_true(nic_in(b, 7) & ISR_RDC);
	assert_int_equal(nic_in(b, 3), RING_START + 1);
	done(b);
}

/* Monitor mode checks and counts, and keeps nothing; the counter stops at 192,
 * its top bit is a cause (DS 10.3). */
static void ne2k_monitor(void **state)
{
	struct board *b = new_board("ne2k_pci");
	uint8_t f[60];

	ne2k_up(b);
	make_frame(f, mac, 60);
	assert_int_equal(nic_in(b, 0x0c) & RSR_DIS, 0);
	nic_out(b, 0x0c, RCR_MON);
	assert_int_equal(nic_in(b, 0x0c) & RSR_DIS, RSR_DIS);
	for (unsigned n = 1; n <= 300; n++) {
		assert_false(receive(b, f, 60, DROP_NIC_FILTER));
		assert_int_equal(nic_in(b, 7), n >= 128 ? ISR_CNT : 0);
		assert_int_equal(irq(b), n >= 128);
		assert_int_equal(nic_in(b, 0x0c) & RSR_MPA, RSR_MPA);
	}
	assert_int_equal(nic_in(b, 0x0d), 0);
	assert_int_equal(nic_in(b, 0x0e), 0);
	assert_int_equal(nic_in(b, 0x0f), 192);
	assert_int_equal(nic_in(b, 0x0f), 0);
	nic_out(b, 7, ISR_CNT);
	assert_false(irq(b));
	f[0] ^= 2; /* for another station: not missed */
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	assert_int_equal(nic_in(b, 0x0f), 0);
	assert_int_equal(ne2k_curr(b), RING_START);
	nic_out(b, 0x0c, RCR_AB);
	assert_int_equal(nic_in(b, 0x0c) & RSR_DIS, 0);
	f[0] ^= 2;
	assert_true(receive(b, f, 60, 0));
	assert_int_equal(nic_in(b, 0x0c), RSR_PRX);
	done(b);
}

/* What page 0 is written, page 2 says. */
static void ne2k_pages(void **state)
{
	struct board *b = new_board("ne2k_pci");
	static const struct {
		uint8_t reg, written, read;
	} rows[] = {{1, 0x46, 0x46},    {2, 0x80, 0x80},    {4, 0x40, 0x40},   {0x0c, 0x3f, 0xff},
		    {0x0d, 0x1f, 0xff}, {0x0e, 0x7f, 0xff}, {0x0f, 0x5a, 0xda}};

	ne2k_up(b);
	nic_out(b, 0, 0x21);
	for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
		nic_out(b, rows[n].reg, rows[n].written);
	nic_out(b, 0, 0xa1);
	for (unsigned n = 0; n < ARRAY_LEN(rows); n++)
		assert_int_equal(nic_in(b, rows[n].reg), rows[n].read);
	nic_out(b, 0, 0x61);
	for (unsigned n = 0; n < 6; n++)
		assert_int_equal(nic_in(b, 1 + n), mac[n]);
	/* Page 3 is the card's: CONFIG3 changes only when unlocked. */
	nic_out(b, 0, 0xe1);
	nic_out(b, 6, 0);
	assert_int_equal(nic_in(b, 6), 0x40);
	nic_out(b, 1, 0xc0), nic_out(b, 6, 0), nic_out(b, 1, 0);
	assert_int_equal(nic_in(b, 6), 0);
	assert_int_equal(nic_in(b, 0x0e) | nic_in(b, 0x0f) << 8, 0x8029);
	assert_int_equal(nic_in(b, 0), 0xe1);
	done(b);
}

/* Loopback (DS 12.0): nothing leaves, the FIFO shows length, last byte and CRC;
 * with TCR.CRC the driver's own FCS goes out. */
static void ne2k_loopback(void **state)
{
	struct board *b = new_board("ne2k_pci");
	uint8_t f[64];
	uint32_t crc = 0;

	ne2k_up(b);
	make_frame(f, mac, 60);
	put_le32(f + 60, (uint32_t)crc32(0, f, 60));
	remote(b, 0x4000, 64, 0x12);
	for (unsigned n = 0; n < 64; n += 2)
		out(b, IOBASE + 0x10, get_le16(f + n), 2);
	nic_out(b, 0x0d, 2); /* mode 1 */
	nic_out(b, 4, 0x40), nic_out(b, 5, 60), nic_out(b, 6, 0);
	nic_out(b, 0, 0x26);
	pass(b, 1000000);
	assert_int_equal(wire.count, 0);
	assert_int_equal(nic_in(b, 4), TSR_PTX);
	assert_int_equal(nic_in(b, 6), 64);
	assert_int_equal(nic_in(b, 6), 0);
	assert_int_equal(nic_in(b, 6), 0);
	assert_int_equal(nic_in(b, 6), f[59]);
	for (unsigned n = 0; n < 4; n++)
		crc |= nic_in(b, 6) << 8 * n;
	assert_int_equal(crc, get_le32(f + 60));
	assert_int_equal(ne2k_curr(b), RING_START);
	assert_false(receive(b, f, 60, DROP_NIC_DOWN));
	nic_out(b, 0x0d, 1); /* TCR.CRC, on the line again */
	nic_out(b, 5, 64);
	nic_out(b, 0, 0x26);
	assert_int_equal(wire.count, 1);
	assert_int_equal(wire.size[0], 60);
	assert_memory_equal(wire.data[0], f, 60);
	done(b);
}

/* A full ring, and the way back that the data sheet prescribes (DS 7.0, figure
 * "overflow routine"), with a frame on the line meanwhile. */
static void ne2k_overflow(void **state)
{
	struct board *b = new_board("ne2k_pci");
	uint8_t f[1514], header[4];
	unsigned page = RING_START, kept = 0, missed = 0, read = 0;

	ne2k_up(b);
	make_frame(f, mac, 1514);
	while (receive(b, f, 1514, DROP_NIC_FULL))
		kept++;
	assert_false(receive(b, f, 1514, DROP_NIC_FULL));
	nic_out(b, 4, 0x40), nic_out(b, 5, 60), nic_out(b, 6, 0), nic_out(b, 0, 0x26);
	assert_true(nic_in(b, 7) & ISR_OVW);
	assert_true(nic_in(b, 0) & CMD_TXP);
	nic_out(b, 0, 0x21);
	pass(b, 1600000);
	nic_out(b, 0x0a, 0), nic_out(b, 0x0b, 0);
	assert_true(nic_in(b, 7) & ISR_RST);
	assert_true(nic_in(b, 7) & ISR_PTX); /* the frame went out: no need to send it again */
	nic_out(b, 0x0d, 2);
	nic_out(b, 0, 0x22);
	assert_false(nic_in(b, 7) & ISR_RST);
	assert_false(receive(b, f, 60, DROP_NIC_DOWN)); /* in loopback */
	while (page != ne2k_curr(b)) {
		ne2k_read(b, page << 8, header, 4);
		assert_int_equal(get_le16(header + 2), 1518);
		page = header[1];
		nic_out(b, 3, page == RING_START ? RING_STOP - 1 : page - 1);
		read++;
	}
	assert_int_equal(read, kept);
	nic_out(b, 7, ISR_OVW);
	nic_out(b, 0x0d, 0);
	missed = nic_in(b, 0x0f);
	assert_int_equal(missed, 2);
	assert_true(receive(b, f, 1514, 0));
	assert_int_equal(nic_in(b, 0x0c), RSR_PRX);
	done(b);
}

static void ne2k_fuzz(void **state)
{
	struct board *b = new_board("ne2k_pci");
	struct rng r;
	uint8_t f[4096] = {0};

	rng_seed(&r, 2, "nics");
	for (unsigned n = 0; n < 20000; n++) {
		uint64_t x = rng_next(&r);
		unsigned port = x >> 8 & 0x1f, size = 1u << (x >> 16 & 3) % 3;
		int reason;

		f[0] = (uint8_t)(x >> 40 & 1 ? 0xff : 0);
		memset(f + 1, f[0], 5);
		switch (x & 3) {
		case 0: in(b, IOBASE + port, size); break;
		case 1: nic_receive(b, 0, f, 14 + (x >> 32) % 2000, &reason); break;
		case 2: pass(b, x >> 32 & 0xfffff); break;
		default: out(b, IOBASE + (port == 0x1f ? 0 : port), (uint32_t)(x >> 32), size); break;
		}
	}
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ne2k_send),       cmocka_unit_test(ne2k_receive),     cmocka_unit_test(ne2k_multicast),
		cmocka_unit_test(ne2k_remote_dma), cmocka_unit_test(ne2k_send_packet), cmocka_unit_test(ne2k_monitor),
		cmocka_unit_test(ne2k_pages),      cmocka_unit_test(ne2k_loopback),    cmocka_unit_test(ne2k_overflow),
		cmocka_unit_test(ne2k_fuzz),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
