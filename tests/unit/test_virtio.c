/* virtio-net-pci as a driver sees it: both ways of setting it up, rings, MSI-X,
 * filters, offloads, and drivers that write nonsense. Virtual I/O Device 1.2. */
#include "engine/base/option.h"
#include "engine/net/link.h"
#include "engine/nic/csum.h"
#include "engine/nic/virtio_net.h"
#include "engine/pc/lapic.h"
#include "tests/unit/nics.h"

enum {
	COMMON = (BAR + 4 * BAR_STEP),
	ISR = COMMON + 0x1000,
	DEVICE = COMMON + 0x2000,
	NOTIFY = COMMON + 0x3000,
	MSIX_TABLE = (BAR + 1 * BAR_STEP),
	MSIX_PBA = MSIX_TABLE + 0x800,
	QUEUES = 0x100000, /* memory of queue n: 0x10000 from here on each */
	BUFFERS = 0x200000,
	ENTRIES = 256,
	D_NEXT = 1,
	D_WRITE = 2,
	D_INDIRECT = 4,
};
#define DESC(q) (QUEUES + (q)*0x10000u)
#define AVAIL(q) (DESC(q) + 0x2000u)
#define USED(q) (DESC(q) + 0x4000u)
#define MODERN_FEATURES (VIRTIO_F_VERSION_1 | NET_F_MAC | NET_F_STATUS | NET_F_MRG_RXBUF)

static void put16(struct board *b, uint32_t at, uint16_t v)
{
	mem_write(&b->mem, at, v, 2);
}
static uint16_t get16(struct board *b, uint32_t at)
{
	return (uint16_t)mem_read(&b->mem, at, 2);
}
static uint32_t get32(struct board *b, uint32_t at)
{
	return (uint32_t)mem_read(&b->mem, at, 4);
}
static void w(struct board *b, unsigned reg, uint32_t v, unsigned size)
{
	mem_write(&b->mem, COMMON + reg, v, size);
}
static uint32_t r(struct board *b, unsigned reg, unsigned size)
{
	return (uint32_t)mem_read(&b->mem, COMMON + reg, size);
}

/* ---- a driver ---- */

static void set_desc(struct board *b, uint32_t table, unsigned n, uint64_t addr, uint32_t size, unsigned flags,
		     unsigned next)
{
	mem_write(&b->mem, table + 16 * n, addr, 8);
	mem_write(&b->mem, table + 16 * n + 8, size, 4);
	put16(b, table + 16 * n + 12, (uint16_t)flags);
	put16(b, table + 16 * n + 14, (uint16_t)next);
}

/* Makes a head available; the device is not told. */
static void offer(struct board *b, unsigned q, unsigned head)
{
	uint16_t idx = get16(b, AVAIL(q) + 2);

	put16(b, AVAIL(q) + 4 + 2u * (idx % ENTRIES), (uint16_t)head);
	put16(b, AVAIL(q) + 2, (uint16_t)(idx + 1));
}
static void kick(struct board *b, unsigned q)
{
	put16(b, NOTIFY + 4 * q, (uint16_t)q);
}
static uint16_t used(struct board *b, unsigned q)
{
	return get16(b, USED(q) + 2);
}
static uint32_t used_len(struct board *b, unsigned q, unsigned n)
{
	return get32(b, USED(q) + 4 + 8 * n + 4);
}

static void setup_queue(struct board *b, unsigned q)
{
	w(b, 0x16, q, 2);
	w(b, 0x1a, q + 1, 2);
	w(b, 0x20, DESC(q), 4);
	w(b, 0x24, 0, 4);
	w(b, 0x28, AVAIL(q), 4);
	w(b, 0x30, USED(q), 4);
	w(b, 0x1c, 1, 2);
}

static void negotiate(struct board *b, uint64_t features)
{
	w(b, 0x14, 0, 1);
	w(b, 0x14, STATUS_ACKNOWLEDGE, 1);
	w(b, 0x14, STATUS_ACKNOWLEDGE | STATUS_DRIVER, 1);
	for (unsigned n = 0; n < 2; n++) {
		w(b, 0x08, n, 4);
		w(b, 0x0c, (uint32_t)(features >> 32 * n), 4);
	}
	w(b, 0x14, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK, 1);
}

static struct board *modern(uint64_t features)
{
	struct board *b = new_board("virtio");

	nic_set_carrier(b, 0, true);
	negotiate(b, features);
	assert_true(r(b, 0x14, 1) & STATUS_FEATURES_OK);
	for (unsigned q = 0; q < 3; q++)
		setup_queue(b, q);
	w(b, 0x14, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK | STATUS_DRIVER_OK, 1);
	return b;
}

static bool broken(struct board *b)
{
	return r(b, 0x14, 1) & STATUS_NEEDS_RESET;
}

/* A frame with a header of `header` bytes before it, sent as two descriptors. */
static void send(struct board *b, const uint8_t *header, unsigned bytes, const uint8_t *frame, uint32_t size)
{
	mem_dma_write(&b->mem, BUFFERS, header, bytes);
	mem_dma_write(&b->mem, BUFFERS + 0x1000, frame, size);
	set_desc(b, DESC(1), 0, BUFFERS, bytes, D_NEXT, 1);
	set_desc(b, DESC(1), 1, BUFFERS + 0x1000, size, 0, 0);
	offer(b, 1, 0);
	kick(b, 1);
}

static void give_buffers(struct board *b, unsigned count, uint32_t size)
{
	for (unsigned n = 0; n < count; n++) {
		set_desc(b, DESC(0), n, BUFFERS + n * 0x4000, size, D_WRITE, 0);
		offer(b, 0, n);
	}
}

/* ---- setting up ---- */

static void identity(void **state)
{
	struct board *b = new_board("virtio-net-pci");
	unsigned devfn = NIC_DEVFN(0), at = pci_config_read(b, devfn, PCI_CAPABILITY_LIST, 1), seen = 0;

	assert_int_equal(pci_config_read(b, devfn, 0, 4), 0x10001af4);
	assert_int_equal(pci_config_read(b, devfn, PCI_SUBSYSTEM_VENDOR_ID, 4), 0x00011af4);
	assert_int_equal(pci_config_read(b, devfn, PCI_REVISION_ID, 1), 0);
	for (; at; at = pci_config_read(b, devfn, at + 1, 1)) {
		if (pci_config_read(b, devfn, at, 1) == 9)
			seen |= 1u << pci_config_read(b, devfn, at + 3, 1);
		else
			assert_int_equal(pci_config_read(b, devfn, at + 2, 2), 3); /* MSI-X, 4 vectors */
	}
	assert_int_equal(seen, 0x3e);
	assert_int_equal(r(b, 0x12, 2), 3);
	w(b, 0, 1, 4);
	assert_int_equal(r(b, 4, 4), 0x101);
	w(b, 0, 0, 4);
	assert_int_equal(r(b, 4, 4), 0x30bfb867);
	nic_set_carrier(b, 0, true);
	assert_int_equal(get32(b, DEVICE), get_le32(mac));
	assert_int_equal(get32(b, DEVICE + 4), get_le16(mac + 4) | 1u << 16);
	done(b);
}

static void features_refused(void **state)
{
	struct board *b = new_board("virtio");

	negotiate(b, MODERN_FEATURES | 1ull << 22); /* multiqueue is not offered */
	assert_false(r(b, 0x14, 1) & STATUS_FEATURES_OK);
	negotiate(b, MODERN_FEATURES);
	assert_true(r(b, 0x14, 1) & STATUS_FEATURES_OK);
	w(b, 0x08, 0, 4); /* too late to take one back */
	w(b, 0x0c, 0, 4);
	assert_int_equal(r(b, 0x0c, 4), (uint32_t)MODERN_FEATURES);
	w(b, 0x14, 0, 1);
	assert_int_equal(r(b, 0x0c, 4), 0);
	done(b);
}

/* The window in configuration space reaches BAR 4 a few bytes at a time. */
static void config_window(void **state)
{
	struct board *b = new_board("virtio");
	unsigned devfn = NIC_DEVFN(0), cap = 0x84;

	pci_config_write(b, devfn, cap + 4, 4, 1);
	pci_config_write(b, devfn, cap + 8, 0x14, 4);
	pci_config_write(b, devfn, cap + 12, 1, 4);
	pci_config_write(b, devfn, cap + 16, STATUS_ACKNOWLEDGE, 4);
	assert_int_equal(r(b, 0x14, 1), STATUS_ACKNOWLEDGE);
	pci_config_write(b, devfn, cap + 8, 0x12, 4);
	pci_config_write(b, devfn, cap + 12, 2, 4);
	assert_int_equal(pci_config_read(b, devfn, cap + 16, 2), 3);
	pci_config_write(b, devfn, cap + 8, 0xfffffff0, 4); /* nowhere */
	pci_config_write(b, devfn, cap + 16, 0, 4);
	done(b);
}

/* ---- transmit ---- */

static void transmit(void **state)
{
	struct board *b = modern(MODERN_FEATURES);
	uint8_t header[12] = {0}, f[60];

	make_frame(f, peer, sizeof(f));
	send(b, header, 12, f, sizeof(f));
	assert_int_equal(wire.count, 1);
	assert_int_equal(wire.size[0], 60);
	assert_memory_equal(wire.data[0], f, 60);
	assert_int_equal(used(b, 1), 1);
	assert_true(irq(b)); /* MSI-X is off, whatever the vectors say */
	done(b);
}

/* All in one indirect table, in as many pieces as bytes. */
static void indirect(void **state)
{
	struct board *b = modern(MODERN_FEATURES | VIRTIO_F_INDIRECT_DESC);
	uint8_t bytes[72] = {0};

	make_frame(bytes + 12, peer, 60);
	mem_dma_write(&b->mem, BUFFERS, bytes, sizeof(bytes));
	for (unsigned n = 0; n < sizeof(bytes); n++)
		set_desc(b, 0x300000, n, BUFFERS + n, 1, n + 1 < sizeof(bytes) ? D_NEXT : 0, n + 1);
	set_desc(b, DESC(1), 7, 0x300000, 16 * sizeof(bytes), D_INDIRECT, 0);
	offer(b, 1, 7);
	kick(b, 1);
	assert_int_equal(wire.count, 1);
	assert_memory_equal(wire.data[0], bytes + 12, 60);
	assert_int_equal(get32(b, USED(1) + 4), 7);
	done(b);
}

/* Ethernet, IPv4 and TCP headers before `payload` bytes. */
static uint32_t tcp_frame(uint8_t *f, uint32_t payload)
{
	make_frame(f, peer, 54 + payload);
	put_be16(f + 12, 0x0800);
	memset(f + 14, 0, 40);
	f[14] = 0x45;
	put_be16(f + 16, (uint16_t)(40 + payload));
	put_be16(f + 18, 0x1234);
	f[23] = 6;
	put_be32(f + 26, 0x0a000001);
	put_be32(f + 30, 0x0a000002);
	put_be32(f + 38, 1000);
	f[46] = 0x50;
	f[47] = 0x09; /* FIN, PSH */
	put_be16(f + 50, csum_fold(csum_add(6u + 20 + payload, f + 26, 8)));
	return 54 + payload;
}

static bool sums_right(const uint8_t *f, size_t size)
{
	return csum_fold(csum_add(0, f + 14, 20)) == 0xffff && virtio_net_sum_right(f, size);
}

static void checksum(void **state)
{
	struct board *b = modern(MODERN_FEATURES | NET_F_CSUM);
	uint8_t header[12] = {HDR_NEEDS_CSUM}, f[200];
	uint32_t size = tcp_frame(f, 101);

	put_le16(header + 6, 34);
	put_le16(header + 8, 16);
	send(b, header, 12, f, size);
	assert_int_equal(wire.count, 1);
	assert_true(virtio_net_sum_right(wire.data[0], wire.size[0]));
	put_le16(header + 8, 60000); /* outside: it is not sent */
	send(b, header, 12, f, size);
	assert_int_equal(wire.count, 1);
	assert_int_equal(used(b, 1), 2);
	done(b);
}

static void segments(void **state)
{
	struct board *b = modern(MODERN_FEATURES | NET_F_CSUM | NET_F_HOST_TSO4);
	static uint8_t f[5000];
	uint8_t header[12] = {HDR_NEEDS_CSUM, GSO_TCPV4};
	uint32_t size = tcp_frame(f, 3000), at = 0;

	put_le16(header + 2, 54);
	put_le16(header + 4, 1400);
	put_le16(header + 6, 34);
	put_le16(header + 8, 16);
	send(b, header, 12, f, size);
	assert_int_equal(wire.count, 3);
	for (unsigned n = 0; n < 3; n++) {
		const uint8_t *s = wire.data[n];

		assert_int_equal(wire.size[n], n < 2 ? 1454 : 254);
		assert_true(sums_right(s, wire.size[n]));
		assert_int_equal(get_be32(s + 38), 1000 + at);
		assert_int_equal(get_be16(s + 18), 0x1234 + n);
		assert_int_equal(s[47], n < 2 ? 0 : 9);
		assert_memory_equal(s + 54, f + 54 + at, wire.size[n] - 54);
		at += 1400;
	}
	header[1] = GSO_TCPV6; /* what is no TCP over IPv6 is not cut */
	send(b, header, 12, f, size);
	assert_int_equal(wire.count, 3);
	assert_int_equal(used(b, 1), 2);
	done(b);
}

/* The line is slower than the driver: chains wait, and go on by the clock. */
static void pace(void **state)
{
	struct board *b = modern(MODERN_FEATURES);
	uint8_t f[1514];

	make_frame(f, peer, sizeof(f));
	mem_dma_write(&b->mem, BUFFERS + 12, f, sizeof(f));
	set_desc(b, DESC(1), 0, BUFFERS, 12 + sizeof(f), 0, 0);
	for (unsigned n = 0; n < 200; n++)
		offer(b, 1, 0);
	kick(b, 1);
	assert_in_range(wire.count, 40, 60); /* 64 KiB */
	pass(b, 200 * 1538 * 8 / 10);
	assert_int_equal(wire.count, 200);
	assert_int_equal(used(b, 1), 200);
	done(b);
}

/* ---- receive ---- */

static void receive_mergeable(void **state)
{
	struct board *b = modern(MODERN_FEATURES);
	static uint8_t f[3000], got[1024];

	make_frame(f, mac, sizeof(f));
	assert_false(receive(b, f, sizeof(f), DROP_NIC_FULL));
	give_buffers(b, 2, 1024);
	assert_false(receive(b, f, sizeof(f), DROP_NIC_FULL)); /* two are not enough; they stay */
	assert_int_equal(used(b, 0), 0);
	set_desc(b, DESC(0), 2, BUFFERS + 2 * 0x4000, 1024, D_WRITE, 0);
	offer(b, 0, 2);
	assert_true(receive(b, f, sizeof(f), 0));
	assert_int_equal(used(b, 0), 3);
	assert_int_equal(get16(b, BUFFERS + 10), 3);
	assert_int_equal(used_len(b, 0, 0), 1024);
	assert_int_equal(used_len(b, 0, 2), 3012 - 2048);
	mem_dma_read(&b->mem, BUFFERS + 0x4000, got, sizeof(got));
	assert_memory_equal(got, f + 1012, 1024);
	done(b);
}

static void checksum_report(void **state)
{
	struct board *b = modern(MODERN_FEATURES | NET_F_GUEST_CSUM);
	uint8_t f[300];
	uint32_t size = tcp_frame(f, 200);

	give_buffers(b, 2, 2048);
	assert_true(receive(b, f, size, 0));
	assert_int_equal(mem_read(&b->mem, BUFFERS, 1), 0); /* wrong: the driver looks itself */
	put_be16(f + 50, 0);
	put_be16(f + 50, (uint16_t)~csum_fold(csum_add(6 + 220, f + 26, 8) + csum_add(0, f + 34, 220)));
	assert_true(receive(b, f, size, 0));
	assert_int_equal(mem_read(&b->mem, BUFFERS + 0x4000, 1), HDR_DATA_VALID);
	done(b);
}

/* ---- the control queue ---- */

static uint8_t control(struct board *b, const void *command, uint32_t size)
{
	mem_dma_write(&b->mem, 0x380000, command, size);
	mem_write(&b->mem, 0x390000, 0x55, 1);
	set_desc(b, DESC(2), 0, 0x380000, size, D_NEXT, 1);
	set_desc(b, DESC(2), 1, 0x390000, 1, D_WRITE, 0);
	offer(b, 2, 0);
	kick(b, 2);
	return (uint8_t)mem_read(&b->mem, 0x390000, 1);
}

static void filters(void **state)
{
	struct board *b = modern(MODERN_FEATURES | NET_F_CTRL_VQ | NET_F_CTRL_RX | NET_F_CTRL_VLAN |
				 NET_F_CTRL_MAC_ADDR | NET_F_CTRL_RX_EXTRA);
	static const uint8_t group[6] = {1, 0, 0x5e, 1, 2, 3}, other[6] = {2, 2, 2, 2, 2, 2},
			     all[6] = {255, 255, 255, 255, 255, 255};
	uint8_t table[2 + 4 + 4 + 6] = {1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0x5e, 1, 2, 3};
	uint8_t huge[2 + 4] = {1, 0, 0xff, 0xff, 0xff, 0xff}, new_mac[8] = {1, 1, 2, 2, 2, 2, 2, 2};
	uint8_t f[64];

	give_buffers(b, 200, 2048);
	make_frame(f, other, sizeof(f));
	assert_true(receive(b, f, sizeof(f), 0)); /* until the driver says otherwise */
	assert_int_equal(control(b, "\0\0\0", 3), 0);
	assert_false(receive(b, f, sizeof(f), DROP_NIC_FILTER));
	assert_int_equal(control(b, new_mac, 8), 0);
	assert_true(receive(b, f, sizeof(f), 0));
	memcpy(f, group, 6);
	assert_false(receive(b, f, sizeof(f), DROP_NIC_FILTER));
	assert_int_equal(control(b, table, sizeof(table)), 0);
	assert_true(receive(b, f, sizeof(f), 0));
	assert_int_equal(control(b, "\0\3\1", 3), 0);
	assert_false(receive(b, f, sizeof(f), DROP_NIC_FILTER));
	memcpy(f, all, 6);
	assert_true(receive(b, f, sizeof(f), 0));
	put_be16(f + 12, 0x8100);
	put_be16(f + 14, 0x2005);
	assert_false(receive(b, f, sizeof(f), DROP_NIC_FILTER));
	assert_int_equal(control(b, "\2\0\5\0", 4), 0);
	assert_true(receive(b, f, sizeof(f), 0));
	assert_int_equal(control(b, "\2\1\5\0", 4), 0);
	assert_false(receive(b, f, sizeof(f), DROP_NIC_FILTER));
	assert_int_equal(control(b, "\2\0\0\20", 4), 1); /* VLAN 4096 */
	assert_int_equal(control(b, huge, sizeof(huge)), 1);
	assert_int_equal(control(b, "\4\0\1\0", 4), 1); /* no multiqueue */
	assert_int_equal(control(b, "\5\0\0\0\0\0\0\0\0\0", 10), 1);
	w(b, 0x14, 0, 1);
	assert_int_equal(get32(b, DEVICE), get_le32(mac)); /* its own address again */
	done(b);
}

/* ---- interrupts ---- */

static void set_vector(struct board *b, unsigned n, uint32_t data, uint32_t control)
{
	mem_write(&b->mem, MSIX_TABLE + 16 * n, 0xfee00000, 4);
	mem_write(&b->mem, MSIX_TABLE + 16 * n + 4, 0, 4);
	mem_write(&b->mem, MSIX_TABLE + 16 * n + 8, data, 4);
	mem_write(&b->mem, MSIX_TABLE + 16 * n + 12, control, 4);
}

static bool requested(struct board *b, unsigned vector)
{
	return b->pc->lapic.irr[vector / 32] >> vector % 32 & 1;
}

static void msix(void **state)
{
	struct board *b = modern(MODERN_FEATURES);
	unsigned devfn = NIC_DEVFN(0);
	uint8_t header[12] = {0}, f[60];

	b->pc->cpu.apic_base = 0xfee00000 | APIC_BASE_ENABLE;
	b->pc->lapic.svr = 0x1ff;
	make_frame(f, peer, sizeof(f));
	pci_config_write(b, devfn, 0x9a, 0x8000, 2);
	set_vector(b, 2, 0x41, 1);
	send(b, header, 12, f, sizeof(f));
	assert_false(irq(b));
	assert_false(requested(b, 0x41));
	assert_int_equal(get32(b, MSIX_PBA), 1 << 2);
	set_vector(b, 2, 0x41, 0);
	assert_true(requested(b, 0x41));
	assert_int_equal(get32(b, MSIX_PBA), 0);
	/* The whole function masked; a vector that is none. */
	pci_config_write(b, devfn, 0x9a, 0xc000, 2);
	set_vector(b, 2, 0x42, 0);
	send(b, header, 12, f, sizeof(f));
	assert_false(requested(b, 0x42));
	pci_config_write(b, devfn, 0x9a, 0x8000, 2);
	assert_true(requested(b, 0x42));
	w(b, 0x16, 1, 2);
	w(b, 0x1a, 4, 2);
	assert_int_equal(r(b, 0x1a, 2), 0xffff);
	/* An address that is memory is written to. */
	w(b, 0x1a, 2, 2);
	mem_write(&b->mem, MSIX_TABLE + 32, 0x400000, 4);
	send(b, header, 12, f, sizeof(f));
	assert_int_equal(get32(b, 0x400000), 0x42);
	done(b);
}

static void event_index(void **state)
{
	struct board *b = modern(MODERN_FEATURES | VIRTIO_F_EVENT_IDX);
	uint8_t header[12] = {0}, f[60];

	make_frame(f, peer, sizeof(f));
	put16(b, AVAIL(1) + 4 + 2 * ENTRIES, 2); /* interrupt when entry 2 is used */
	send(b, header, 12, f, sizeof(f));       /* the first tells all the same: nobody knows from when */
	mem_read(&b->mem, ISR, 1);
	send(b, header, 12, f, sizeof(f));
	assert_int_equal(mem_read(&b->mem, ISR, 1), 0);
	send(b, header, 12, f, sizeof(f));
	assert_int_equal(mem_read(&b->mem, ISR, 1), 1);
	assert_int_equal(get16(b, USED(1) + 4 + 8 * ENTRIES), 3); /* tell me of entry 3 */
	done(b);
}

static void link_change(void **state)
{
	struct board *b = modern(MODERN_FEATURES);
	uint32_t generation = r(b, 0x15, 1);

	nic_set_carrier(b, 0, false);
	assert_true(irq(b));
	assert_int_equal(mem_read(&b->mem, ISR, 1), 3);
	assert_false(irq(b));
	assert_int_equal(get16(b, DEVICE + 6), 0);
	assert_int_not_equal(r(b, 0x15, 1), generation);
	done(b);
}

/* One queue goes back to nothing, and comes to work again, while the others run. */
static void ring_reset(void **state)
{
	struct board *b = modern(MODERN_FEATURES | VIRTIO_F_RING_RESET);
	uint8_t header[12] = {0}, f[60];

	make_frame(f, peer, sizeof(f));
	send(b, header, 12, f, sizeof(f));
	w(b, 0x16, 1, 2);
	w(b, 0x3a, 1, 2);
	assert_int_equal(r(b, 0x3a, 2), 0);
	assert_int_equal(r(b, 0x1c, 2), 0);
	send(b, header, 12, f, sizeof(f));
	assert_int_equal(wire.count, 1);
	put16(b, AVAIL(1) + 2, 0);
	put16(b, USED(1) + 2, 0);
	setup_queue(b, 1);
	send(b, header, 12, f, sizeof(f));
	assert_int_equal(wire.count, 2);
	assert_int_equal(used(b, 1), 1);
	done(b);
}

/* ---- drivers from before 1.0 ---- */

static void legacy(void **state)
{
	struct board *b = new_board("virtio");
	uint8_t header[10] = {0}, f[60];
	const uint32_t page = 0x500, base = page << 12;

	out(b, IOBASE + 18, 0, 1);
	out(b, IOBASE + 18, 1, 1);
	out(b, IOBASE + 18, 3, 1);
	assert_true(in(b, IOBASE, 4) & (uint32_t)NET_F_MAC);
	out(b, IOBASE + 4, (uint32_t)NET_F_MAC, 4);
	out(b, IOBASE + 14, 1, 2);
	assert_int_equal(in(b, IOBASE + 12, 2), 256);
	out(b, IOBASE + 8, page, 4);
	assert_int_equal(in(b, IOBASE + 8, 4), page);
	out(b, IOBASE + 18, 7, 1);
	make_frame(f, peer, sizeof(f));
	mem_dma_write(&b->mem, BUFFERS, header, 10);
	mem_dma_write(&b->mem, BUFFERS + 10, f, sizeof(f));
	set_desc(b, base, 0, BUFFERS, 70, 0, 0);
	put16(b, base + 0x1000 + 4, 0);
	put16(b, base + 0x1000 + 2, 1);
	out(b, IOBASE + 16, 1, 2);
	assert_int_equal(wire.count, 1);
	assert_memory_equal(wire.data[0], f, 60);
	assert_int_equal(get16(b, base + 0x2000 + 2), 1);
	assert_true(irq(b));
	assert_int_equal(in(b, IOBASE + 19, 1), 1);
	assert_false(irq(b));
	/* The configuration, which moves when MSI-X is on; a new address. */
	assert_int_equal(in(b, IOBASE + 20, 4), get_le32(mac));
	pci_config_write(b, NIC_DEVFN(0), 0x9a, 0x8000, 2);
	assert_int_equal(in(b, IOBASE + 24, 4), get_le32(mac));
	assert_int_equal(in(b, IOBASE + 20, 2), 0xffff);
	out(b, IOBASE + 24, 0x22, 1);
	assert_int_equal(in(b, IOBASE + 24, 1), 0x22);
	out(b, IOBASE + 8, 0, 4); /* gives it back */
	assert_int_equal(in(b, IOBASE + 18, 1), 0);
	done(b);
}

static void no_vectors(void **state)
{
	struct board *b = board_new(RAM);
	const struct nic_model *m = nic_model_find("virtio");
	const struct option_value values[] = {{.number = 4}, {.number = 0}};

	assert_true(nic_plug(b, 0, m, mac, values, false));
	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), PCI_CAPABILITY_LIST, 1), 0x84);
	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), PCI_BASE_ADDRESS + 4, 4), 0);
	assert_int_equal(nic_rate(m, values), LINK_RATE_MAX);
	assert_int_equal(nic_rate(m, NULL), 10000000000);
	done(b);
}

/* ---- nonsense ---- */

static void endless_chain(void **state)
{
	struct board *b = modern(MODERN_FEATURES | VIRTIO_F_INDIRECT_DESC);

	set_desc(b, DESC(1), 0, BUFFERS, 0xffffffff, D_NEXT, 0); /* itself */
	offer(b, 1, 0);
	kick(b, 1);
	assert_true(broken(b));
	assert_int_equal(wire.count, 0);
	kick(b, 1);
	w(b, 0x14, STATUS_DRIVER_OK, 1); /* only a reset helps */
	assert_true(broken(b));
	w(b, 0x14, 0, 1);
	assert_false(broken(b));
	done(b);
}

static void bad_chains(void **state)
{
	static const struct {
		uint32_t size;
		unsigned head, flags, next;
	} bad[] = {
		{16, 256, 0, 0},              /* a head outside */
		{16, 0, D_NEXT, 256},         /* a descriptor outside */
		{16, 0, D_WRITE | D_NEXT, 1}, /* to read behind to write */
		{17, 0, D_INDIRECT, 0},       /* half a descriptor */
		{5, 0, 0, 0},                 /* less than a header */
	};

	for (unsigned n = 0; n < ARRAY_LEN(bad); n++) {
		struct board *b = modern(MODERN_FEATURES | VIRTIO_F_INDIRECT_DESC);

		set_desc(b, DESC(1), 0, BUFFERS, bad[n].size, bad[n].flags, bad[n].next);
		set_desc(b, DESC(1), 1, BUFFERS, 16, 0, 0);
		offer(b, 1, bad[n].head);
		kick(b, 1);
		assert_true(broken(b));
		done(b);
	}
}

static void bad_rings(void **state)
{
	struct board *b = modern(MODERN_FEATURES);
	uint8_t f[60];

	put16(b, AVAIL(1) + 2, 257); /* more than there are entries */
	kick(b, 1);
	assert_true(broken(b));
	done(b);
	b = modern(MODERN_FEATURES);
	give_buffers(b, 1, 8); /* not even the header fits */
	make_frame(f, mac, sizeof(f));
	assert_false(receive(b, f, sizeof(f), DROP_NIC_FULL));
	assert_true(broken(b));
	done(b);
	b = modern(MODERN_FEATURES);
	w(b, 0x16, 1, 2);
	w(b, 0x20, 0xfee00000, 4); /* a ring in the local APIC: reads as ones */
	kick(b, 1);
	w(b, 0x28, COMMON, 4);
	kick(b, 1);
	done(b);
}

static unsigned lost;
static void on_drop(void *opaque, unsigned slot, const uint8_t *data, size_t size, int reason)
{
	lost += (reason == DROP_TOO_LONG || reason == DROP_TOO_SHORT);
}

static void bad_sizes(void **state)
{
	struct board *b = modern(MODERN_FEATURES);

	lost = 0;
	b->nic_wire.drop = on_drop;
	set_desc(b, DESC(1), 0, BUFFERS, 12 + 13, 0, 0);
	offer(b, 1, 0);
	set_desc(b, DESC(1), 1, BUFFERS, 0xffffffff, 0, 0);
	offer(b, 1, 1);
	set_desc(b, DESC(1), 2, BUFFERS, 12 + FRAME_MAX + 1, 0, 0);
	offer(b, 1, 2);
	kick(b, 1);
	assert_int_equal(wire.count, 0);
	assert_int_equal(lost, 3);
	assert_int_equal(used(b, 1), 3);
	assert_false(broken(b));
	done(b);
}

static void hostile_state(void **state)
{
	struct board *b = modern(MODERN_FEATURES);
	struct virtio_net *s = nic_state(b, 0), good = *s;

#define REFUSED(change) \
	do { \
		change; \
		assert_non_null(nic_validate(b)); \
		*s = good; \
		assert_null(nic_validate(b)); \
	} while (0)
	REFUSED(s->v.slot = 1);
	REFUSED(s->v.vectors = 5);
	REFUSED(s->v.q[0].size = 0);
	REFUSED(s->v.q[0].size = 512);
	REFUSED(s->v.q[1].size = 3);
	REFUSED(s->v.q[2].enabled = 2);
	REFUSED(s->v.q[2].pad[3] = 1);
	REFUSED(s->v.msix_pending = 16);
	REFUSED(s->v.msix[0].address = 1);
	REFUSED(s->v.isr = 4);
	REFUSED(s->rate = 0);
	REFUSED(s->macs = 65);
	REFUSED(s->unicast_macs = 1);
	REFUSED(s->carrier = 2);
	REFUSED(s->offloads = 1ull << 40);
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identity),          cmocka_unit_test(features_refused),
		cmocka_unit_test(config_window),     cmocka_unit_test(transmit),
		cmocka_unit_test(indirect),          cmocka_unit_test(checksum),
		cmocka_unit_test(segments),          cmocka_unit_test(pace),
		cmocka_unit_test(receive_mergeable), cmocka_unit_test(checksum_report),
		cmocka_unit_test(filters),           cmocka_unit_test(msix),
		cmocka_unit_test(event_index),       cmocka_unit_test(link_change),
		cmocka_unit_test(ring_reset),        cmocka_unit_test(legacy),
		cmocka_unit_test(no_vectors),        cmocka_unit_test(endless_chain),
		cmocka_unit_test(bad_chains),        cmocka_unit_test(bad_rings),
		cmocka_unit_test(bad_sizes),         cmocka_unit_test(hostile_state),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
