/* The network cards, driven through PCI windows, ports and memory the way the
 * Linux drivers e1000 and ne2k-pci drive them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "engine/base/bytes.h"
#include "engine/base/rng.h"
#include "engine/net/net.h"
#include "engine/nic/e1000.h"
#include "engine/nic/dp8390.h"

#define RAM (16u << 20)
#define BAR 0xe0000000u
#define IOBASE 0xc000u
#define TX_RING 0x10000u
#define RX_RING 0x20000u
#define BUFFERS 0x100000u
#define MAX_SENT 256

static const uint8_t mac[6] = {0x52, 0x54, 0x00, 0x12, 0x34, 0x56};
static const uint8_t peer[6] = {0x02, 0x00, 0x00, 0x00, 0x00, 0x99};

struct wire {
	unsigned count;
	size_t size[MAX_SENT];
	uint8_t data[MAX_SENT][2048]; /* the beginning of each */
};
static struct wire wire;

static void on_wire(void *opaque, unsigned slot, const uint8_t *data, size_t size)
{
	struct wire *w = opaque;
	unsigned n = w->count++ % MAX_SENT;

	w->size[n] = size;
	memcpy(w->data[n], data, size < sizeof(w->data[n]) ? size : sizeof(w->data[n]));
}

/* ---- the board's side ---- */

static void out(struct board *b, unsigned port, uint32_t value, unsigned size)
{
	b->core->bus->out(b->core->owner, (uint16_t)port, value, size);
}

static uint32_t in(struct board *b, unsigned port, unsigned size)
{
	return b->core->bus->in(b->core->owner, (uint16_t)port, size);
}

static uint32_t rd(struct board *b, unsigned reg)
{
	return (uint32_t)mem_read(&b->mem, BAR + reg, 4);
}
static void wr(struct board *b, unsigned reg, uint32_t v)
{
	mem_write(&b->mem, BAR + reg, v, 4);
}
static bool irq(struct board *b)
{
	return pci_config_read(b, NIC_DEVFN(0), PCI_STATUS, 2) & PCI_STATUS_INTERRUPT;
}

/* Time goes by, with the card's timer. */
static void pass(struct board *b, uint64_t ns)
{
	uint64_t end = board_now(b) + ns;

	while (b->pc->due[TIMER_NIC0] <= end) {
		uint64_t due = b->pc->due[TIMER_NIC0];

		if (due > board_now(b))
			b->pc->idle_ns += due - board_now(b);
		b->pc->due[TIMER_NIC0] = TIME_NEVER;
		pc_timer_run(b, TIMER_NIC0);
	}
	if (end > board_now(b))
		b->pc->idle_ns += end - board_now(b);
}

static struct board *new_board(const char *model)
{
	struct board *b = board_new(RAM);
	unsigned devfn = NIC_DEVFN(0);

	memset(&wire, 0, sizeof(wire));
	b->nic_wire.opaque = &wire;
	b->nic_wire.transmit = on_wire;
	assert_non_null(nic_model_find(model));
	assert_true(nic_plug(b, 0, nic_model_find(model), mac, false));
	assert_false(nic_plug(b, 0, nic_model_find(model), mac, false));
	if (!strcmp(model, "e1000")) {
		pci_config_write(b, devfn, PCI_BASE_ADDRESS, BAR, 4);
		pci_config_write(b, devfn, PCI_BASE_ADDRESS + 4, IOBASE, 4);
	} else {
		pci_config_write(b, devfn, PCI_BASE_ADDRESS, IOBASE, 4);
	}
	pci_config_write(b, devfn, PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER, 2);
	return b;
}

static void done(struct board *b)
{
	assert_null(nic_validate(b));
	board_free(b);
}

/* ---- frames and a plain checksum to compare with ---- */

static unsigned sum16(const uint8_t *p, size_t size, unsigned sum)
{
	for (size_t n = 0; n < size; n++)
		sum += n & 1 ? p[n] : p[n] << 8;
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* 0xffff if the transport checksum of an IPv4 frame is right. */
static unsigned l4_sum(const uint8_t *frame)
{
	const uint8_t *ip = frame + 14;
	unsigned header = (ip[0] & 15) * 4, length = get_be16(ip + 2) - header;

	return sum16(ip + header, length, sum16(ip + 12, 8, ip[9] + length));
}

/* An IPv4 frame with right checksums; the payload counts up. Its size. */
static unsigned make_ipv4(uint8_t *f, unsigned protocol, unsigned payload)
{
	unsigned l4 = protocol == 6 ? 20 : 8, length = 20 + l4 + payload;
	uint8_t *ip = f + 14, *t = ip + 20;

	memset(f, 0, 14 + length);
	memcpy(f, mac, 6);
	memcpy(f + 6, peer, 6);
	put_be16(f + 12, 0x0800);
	ip[0] = 0x45;
	put_be16(ip + 2, (uint16_t)length);
	put_be16(ip + 4, 0x1234);
	ip[8] = 64;
	ip[9] = (uint8_t)protocol;
	put_be32(ip + 12, 0x0a000001);
	put_be32(ip + 16, 0x0a000002);
	put_be16(ip + 10, (uint16_t)~sum16(ip, 20, 0));
	put_be16(t, 1000);
	put_be16(t + 2, 2000);
	if (protocol == 6) {
		put_be32(t + 4, 0x11223344);
		t[12] = 0x50;
		t[13] = 0x19; /* FIN PSH ACK */
	} else {
		put_be16(t + 4, (uint16_t)(8 + payload));
	}
	for (unsigned n = 0; n < payload; n++)
		t[l4 + n] = (uint8_t)n;
	put_be16(t + (protocol == 6 ? 16 : 6),
		 (uint16_t)~sum16(t, length - 20, sum16(ip + 12, 8, protocol + length - 20)));
	return 14 + length;
}

static void make_frame(uint8_t *f, const uint8_t *to, unsigned size)
{
	memcpy(f, to, 6);
	memcpy(f + 6, peer, 6);
	put_be16(f + 12, 0x88b5);
	for (unsigned n = 14; n < size; n++)
		f[n] = (uint8_t)n;
}

/* ---- e1000: bring-up as e1000_probe() and e1000_open() do ---- */

static uint16_t phy_read(struct board *b, unsigned reg)
{
	wr(b, 0x20, 2u << 26 | 1u << 21 | reg << 16);
	assert_true(rd(b, 0x20) & MDIC_READY);
	assert_false(rd(b, 0x20) & MDIC_ERROR);
	return (uint16_t)rd(b, 0x20);
}

static void phy_write(struct board *b, unsigned reg, uint16_t value)
{
	wr(b, 0x20, 1u << 26 | 1u << 21 | reg << 16 | value);
}

static void ee_clock(struct board *b, bool di)
{
	uint32_t v = EECD_REQ | EECD_CS | (di ? EECD_DI : 0);

	wr(b, 0x10, v);
	wr(b, 0x10, v | EECD_SK);
	wr(b, 0x10, v);
}

static void ee_out(struct board *b, unsigned value, unsigned bits)
{
	while (bits--)
		ee_clock(b, value >> bits & 1);
}

static void ee_select(struct board *b)
{
	wr(b, 0x10, EECD_REQ);
	assert_true(rd(b, 0x10) & EECD_GNT);
	wr(b, 0x10, EECD_REQ | EECD_CS);
}

static uint16_t ee_read(struct board *b, unsigned word)
{
	unsigned v = 0;

	ee_select(b);
	ee_out(b, 6, 3);
	ee_out(b, word, 6);
	for (unsigned n = 0; n < 16; n++) {
		wr(b, 0x10, EECD_REQ | EECD_CS | EECD_SK);
		v = v << 1 | (rd(b, 0x10) & EECD_DO ? 1 : 0);
		wr(b, 0x10, EECD_REQ | EECD_CS);
	}
	wr(b, 0x10, 0);
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
	wr(b, 0x14, 1 << 8 | 1);
	assert_int_equal(rd(b, 0x14) >> 16, 0x1200);
	assert_true(rd(b, 0x14) & EERD_DONE);

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
	assert_true(rd(b, 0x10) & EECD_DO); /* ready */
	assert_int_equal(ee_read(b, 0x20), 0xbeef);

	/* The reset goes through BAR 1 on this chip. */
	wr(b, 0x100, 0xff);
	out(b, IOBASE, 0, 4);
	out(b, IOBASE + 4, in(b, IOBASE + 4, 4) | CTRL_RST, 4);
	assert_int_equal(rd(b, 0) & CTRL_RST, 0);
	assert_int_equal(rd(b, 0x100), 0);
	assert_int_equal(rd(b, 0x5400), 0x12005452);
	assert_int_equal(rd(b, 0x5404), 0x80005634);
	assert_int_equal(phy_read(b, 2), 0x0141);
	assert_int_equal(phy_read(b, 3) & 0xfff0, 0x0c20);
	wr(b, 0x20, 2u << 26 | 2u << 21 | 2 << 16);
	assert_true(rd(b, 0x20) & MDIC_ERROR);
	wr(b, 0x1000, 40);
	assert_int_equal(rd(b, 0x1000), 24 << 16 | 40);
	done(b);
}

static void e1000_link(void **state)
{
	struct board *b = new_board("e1000");

	assert_false(rd(b, 8) & STATUS_LU);
	wr(b, 0xd0, ICR_LSC);
	nic_set_carrier(b, 0, true);
	pass(b, 1000000000);
	assert_true(irq(b));
	assert_int_equal(rd(b, 0xc0), ICR_LSC);
	assert_false(irq(b));
	assert_int_equal(rd(b, 8) & 0xc3, 0x83); /* 1000 Mbit/s, full duplex, up */
	phy_read(b, 1);
	assert_int_equal(phy_read(b, 1) & 0x24, 0x24);
	assert_int_equal(phy_read(b, 17) & 0xec00, 0xac00);

	/* Restarting negotiation takes the link down for a while; bit 2 latches. */
	phy_write(b, 0, 0x1340);
	assert_int_equal(phy_read(b, 0) & MII_RESTART, 0);
	assert_false(rd(b, 8) & STATUS_LU);
	assert_true(rd(b, 0xc0) & ICR_LSC);
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

static void e1000_up(struct board *b, unsigned tx, unsigned rx, uint32_t rctl)
{
	nic_set_carrier(b, 0, true);
	pass(b, 1000000000);
	wr(b, 0xd8, UINT32_MAX);
	rd(b, 0xc0);
	wr(b, 0x3800, TX_RING), wr(b, 0x3804, 0), wr(b, 0x3808, tx * 16), wr(b, 0x3810, 0), wr(b, 0x3818, 0);
	wr(b, 0x400, TCTL_EN | TCTL_PSP | 15 << 4 | 64 << 12);
	wr(b, 0x2800, RX_RING), wr(b, 0x2804, 0), wr(b, 0x2808, rx * 16), wr(b, 0x2810, 0);
	for (unsigned n = 0; n < rx; n++) {
		uint8_t d[16] = {0};

		put_le64(d, BUFFERS + 0x400000 + n * 2048);
		mem_dma_write(&b->mem, RX_RING + 16 * n, d, 16);
	}
	wr(b, 0x2818, rx - 1);
	wr(b, 0x100, rctl);
	memset(&wire, 0, sizeof(wire));
}

static void put_desc(struct board *b, uint32_t ring, unsigned n, uint64_t buffer, uint32_t lower, uint32_t upper)
{
	uint8_t d[16];

	put_le64(d, buffer), put_le32(d + 8, lower), put_le32(d + 12, upper);
	mem_dma_write(&b->mem, ring + 16 * n, d, 16);
}

static uint8_t tx_status(struct board *b, unsigned n)
{
	uint8_t v;

	mem_dma_read(&b->mem, TX_RING + 16 * n + 12, &v, 1);
	return v;
}

/* ---- e1000 transmit ---- */

enum { EOP = 1 << 24, IFCS = 1 << 25, TSE = 1 << 26, RS = 1 << 27, DEXT = 1 << 29, VLE = 1 << 30, DTYP = 1 << 20 };

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

/* ---- e1000 receive ---- */

static struct rx {
	uint16_t size, sum;
	uint8_t status, errors;
	uint16_t special;
} rx_desc(struct board *b, unsigned n)
{
	uint8_t d[16];

	mem_dma_read(&b->mem, RX_RING + 16 * n, d, 16);
	return (struct rx){get_le16(d + 8), get_le16(d + 10), d[12], d[13], get_le16(d + 14)};
}

static bool receive(struct board *b, const uint8_t *f, size_t size, int why)
{
	int reason = -1;
	bool ok = nic_receive(b, 0, f, size, &reason);

	if (!ok)
		assert_int_equal(reason, why);
	return ok;
}

static void e1000_receive_plain(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[4096], got[4096];
	struct rx d;

	e1000_up(b, 8, 8, RCTL_EN | RCTL_BAM);
	wr(b, 0xd0, ICR_RXT0);
	wr(b, 0x5000, 0x300);
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
	rd(b, 0xc0);

	/* Checksums, good and bad. */
	wr(b, 0x100, RCTL_EN | RCTL_BAM | RCTL_SECRC);
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
	wr(b, 0x100, RCTL_EN | RCTL_SECRC | RCTL_LPE | 2 << RCTL_BSIZE_SHIFT);
	make_frame(f, mac, 1300);
	assert_true(receive(b, f, 1300, 0));
	assert_int_equal(rx_desc(b, 4).size, 512);
	assert_int_equal(rx_desc(b, 4).status, RXD_DD);
	assert_int_equal(rx_desc(b, 6).size, 276);
	assert_int_equal(rx_desc(b, 6).status & RXD_EOP, RXD_EOP);
	mem_dma_read(&b->mem, BUFFERS + 0x400000 + 6 * 2048, got, 276);
	assert_memory_equal(got, f + 1024, 276);
	assert_int_equal(rd(b, 0x2810), 7);
	assert_false(receive(b, f, 100, DROP_NIC_FULL));
	assert_true(rd(b, 0xc0) & ICR_RXO);
	assert_int_equal(rd(b, 0x40a0), 1); /* RNBC */
	wr(b, 0x2818, 3);
	assert_true(receive(b, f, 100, 0));
	assert_int_equal(rx_desc(b, 7).size, 100);
	assert_int_equal(rd(b, 0x2810), 0);
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
	wr(b, 0x100, RCTL_EN | RCTL_SECRC | RCTL_BAM);
	assert_true(receive(b, f, 100, 0));
	make_frame(f, group, 100);
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	wr(b, 0x5200 + (hash >> 5 & 127) * 4, 1u << (hash & 31));
	assert_true(receive(b, f, 100, 0));
	assert_int_equal(rx_desc(b, 1).status & RXD_PIF, RXD_PIF);
	wr(b, 0x5408, get_le32(peer)), wr(b, 0x540c, get_le16(peer + 4) | RAH_AV);
	make_frame(f, peer, 1600);
	assert_true(receive(b, f, 100, 0));
	assert_false(receive(b, f, 1600, DROP_TOO_LONG));

	/* VLAN 100: stripped, and only when the table says so. */
	make_frame(f, mac, 100);
	put_be32(f + 12, 0x81002064);
	wr(b, 0, rd(b, 0) | CTRL_VME);
	wr(b, 0x100, RCTL_EN | RCTL_SECRC | RCTL_VFE);
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	wr(b, 0x5600 + (100 >> 5) * 4, 1u << (100 & 31));
	assert_true(receive(b, f, 100, 0));
	assert_int_equal(rx_desc(b, 3).size, 96);
	assert_int_equal(rx_desc(b, 3).special, 0x2064);
	assert_true(rx_desc(b, 3).status & RXD_VP);
	mem_dma_read(&b->mem, BUFFERS + 0x400000 + 3 * 2048, got, 20);
	assert_memory_equal(got, f, 12);
	assert_memory_equal(got + 12, f + 16, 8);

	wr(b, 0x100, RCTL_EN | RCTL_UPE | RCTL_MPE);
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
	wr(b, 0xc4, 200); /* 51.2 us */
	wr(b, 0xd0, ICR_RXT0);
	wr(b, 0xc8, ICR_RXT0);
	assert_true(irq(b));
	rd(b, 0xc0);
	wr(b, 0xc8, ICR_RXT0);
	assert_false(irq(b));
	pass(b, 51000);
	assert_false(irq(b));
	pass(b, 300);
	assert_true(irq(b));
	wr(b, 0xd8, ICR_RXT0);
	assert_false(irq(b));
	rd(b, 0xc0);
	pass(b, 100000);

	wr(b, 0xd0, ICR_RXT0);
	wr(b, 0x2820, 10);
	make_frame(f, mac, 60);
	assert_true(receive(b, f, 60, 0));
	pass(b, 10000);
	assert_false(irq(b));
	assert_true(receive(b, f, 60, 0)); /* starts the delay again */
	pass(b, 10200);
	assert_false(irq(b));
	pass(b, 100);
	assert_true(irq(b));
	wr(b, 0x2820, 0);
	rd(b, 0xc0);

	/* XOFF for 1000 quanta of 512 ns holds the transmitter. */
	wr(b, 0, rd(b, 0) | CTRL_RFCE);
	wr(b, 0x28, 0x00c28001), wr(b, 0x2c, 0x0100), wr(b, 0x30, 0x8808);
	memset(f, 0, sizeof(f));
	memcpy(f, "\x01\x80\xc2\0\0\1", 6);
	put_be16(f + 12, 0x8808), put_be16(f + 14, 1), put_be16(f + 16, 1000);
	assert_true(receive(b, f, 60, 0));
	assert_true(rd(b, 8) & STATUS_TXOFF);
	put_desc(b, TX_RING, 0, BUFFERS, 100 | IFCS | EOP | RS, 0);
	wr(b, 0x3818, 1);
	assert_int_equal(wire.count, 0);
	pass(b, 511000);
	assert_int_equal(wire.count, 0);
	pass(b, 2000);
	assert_int_equal(wire.count, 1);

	/* MAC loopback: what is sent comes back, nothing leaves. */
	wr(b, 0x100, RCTL_EN | RCTL_UPE | RCTL_SECRC | 1 << 6);
	make_frame(f, mac, 60);
	mem_dma_write(&b->mem, BUFFERS, f, 60);
	put_desc(b, TX_RING, 1, BUFFERS, 60 | IFCS | EOP | RS, 0);
	wr(b, 0x3818, 2);
	assert_int_equal(wire.count, 1);
	assert_int_equal(rd(b, 0x2810), 3);
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
	uint8_t f[16384];

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
			put_desc(b, b->pc->nic_model[0] ? rd(b, 0x3800) & 0xfffff0 : 0, rd(b, 0x3810) & 31,
				 y & 0xffffff, (v & 0x3fff) | ((uint32_t)(y >> 32) & 0xff900000u),
				 (uint32_t)rng_next(&r) & 0x00ff03ffu);
			wr(b, 0x3818, (rd(b, 0x3810) + 1) % 32);
			break;
		case 3:
			for (unsigned i = 0; i < 64; i++)
				f[i] = (uint8_t)(y >> (i & 31));
			nic_receive(b, 0, f, x & 0x2000 ? v % sizeof(f) : v % 1600, &reason);
			break;
		case 4: pass(b, v & 0xfffff); break;
		case 5:
			nic_set_carrier(b, 0, v & 3);
			wr(b, 0x3808, 512), wr(b, 0x2808, 512), wr(b, 0x400, TCTL_EN | (v & 8));
			wr(b, 0x3800, TX_RING), wr(b, 0x3810, 0);
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

/* ---- ne2k_pci: as ne2k_pci_init_one() and NS8390_init() do ---- */

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

/* ---- what all cards have in common ---- */

static void boot_rom(void **state)
{
	struct board *b = new_board("ne2k_pci");
	uint8_t rom[1024] = {0x55, 0xaa, 2}, sum = 0;

	put_le16(rom + 0x18, 0x1c);
	memcpy(rom + 0x1c, "PCIR", 4);
	rom[6] = (uint8_t)(0 - 0x55 - 0xaa - 2 - 0x1c - 'P' - 'C' - 'I' - 'R');
	nic_set_rom(b, 0, rom, sizeof(rom));
	pci_config_write(b, NIC_DEVFN(0), PCI_ROM_ADDRESS, BAR | PCI_ROM_ENABLE, 4);
	for (unsigned n = 0; n < sizeof(rom); n++)
		sum = (uint8_t)(sum + mem_read(&b->mem, BAR + n, 1));
	assert_int_equal(sum, 0);
	assert_int_equal(mem_read(&b->mem, BAR + 0x20, 4), 0x802910ec);
	done(b);
}

/* A card in a running PC: the guest ejects it through ACPI; another comes. */
static void hotplug(void **state)
{
	struct board *b = new_board("e1000");
	const struct nic_model *m = nic_model_find("ne2k_pci");
	int reason;
	uint8_t f[60] = {0};

	assert_true(nic_plug(b, 7, m, mac, true));
	assert_true(in(b, 0xafe0, 1) & 2);
	assert_true(in(b, 0xae00, 4) & 1u << 10);
	assert_int_equal(pci_config_read(b, NIC_DEVFN(7), 0, 4), 0x802910ec);
	out(b, 0xae08, 1u << 10, 4);
	assert_int_equal(pci_config_read(b, NIC_DEVFN(7), 0, 2), 0xffff);
	assert_int_equal(b->pc->nic_model[7], 0);
	assert_false(nic_receive(b, 7, f, 60, &reason));
	assert_int_equal(reason, DROP_NIC_DOWN);
	assert_false(nic_receive(b, 0, f, 10, &reason));
	assert_int_equal(reason, DROP_TOO_SHORT);
	assert_null(nic_model_find("no such card"));
	done(b);
}

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
	assert_int_equal(rd(b, 0x5400), rd(a, 0x5400));
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
	/* clang-format off */
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(e1000_probe), cmocka_unit_test(e1000_link), cmocka_unit_test(e1000_send_plain),
		cmocka_unit_test(e1000_send_pace), cmocka_unit_test(e1000_send_checksums), cmocka_unit_test(e1000_send_tso),
		cmocka_unit_test(e1000_receive_plain), cmocka_unit_test(e1000_receive_filters),
		cmocka_unit_test(e1000_interrupts), cmocka_unit_test(e1000_fuzz), cmocka_unit_test(ne2k_send),
		cmocka_unit_test(ne2k_receive), cmocka_unit_test(ne2k_fuzz), cmocka_unit_test(boot_rom),
		cmocka_unit_test(hotplug), cmocka_unit_test(clone),
	};
	/* clang-format on */

	return cmocka_run_group_tests(tests, NULL, NULL);
}
