/* The RTL8139C+, driven as Linux's 8139cp does (C+ mode) and as 8139too does (C
 * mode: four transmit buffers, one receive ring). */
#include <zlib.h>

#include "engine/base/option.h"
#include "engine/nic/csum.h"
#include "engine/nic/mac_hash.h"
#include "engine/nic/rtl8139.h"
#include "tests/unit/nics.h"

#define MMIO (BAR + BAR_STEP) /* BAR 1 */
#define RING 0x100000u        /* of C mode */
#define TX_RING 0x20000u
#define RX_RING 0x30000u
#define BUFFERS 0x200000u

enum { ALL = RCR_AB | RCR_AM | RCR_APM };

static uint32_t get(struct board *b, unsigned reg, unsigned size)
{
	return (uint32_t)mem_read(&b->mem, MMIO + reg, size);
}
static void set(struct board *b, unsigned reg, uint32_t v, unsigned size)
{
	mem_write(&b->mem, MMIO + reg, v, size);
}

static void unlock(struct board *b, bool on)
{
	set(b, RTL_CR9346, on ? EEM_CONFIG : 0, 1);
}

/* ---- probing ---- */

static void ee_clock(struct board *b, bool di)
{
	uint8_t v = EEM_PROGRAM | CR9346_EECS | (di ? CR9346_EEDI : 0);

	set(b, RTL_CR9346, v, 1);
	set(b, RTL_CR9346, v | CR9346_EESK, 1);
}

static uint16_t ee_read(struct board *b, unsigned word, unsigned address_bits)
{
	unsigned v = 0, command = 6u << address_bits | word;

	set(b, RTL_CR9346, EEM_PROGRAM, 1);
	set(b, RTL_CR9346, EEM_PROGRAM | CR9346_EECS, 1);
	for (unsigned n = address_bits + 3; n--;)
		ee_clock(b, command >> n & 1);
	for (unsigned n = 0; n < 16; n++) {
		ee_clock(b, false);
		v = v << 1 | (get(b, RTL_CR9346, 1) & CR9346_EEDO ? 1 : 0);
	}
	set(b, RTL_CR9346, 0, 1);
	return (uint16_t)v;
}

static void probing(void **state)
{
	struct board *b = new_board("rtl8139");

	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), 0, 4), 0x813910ec);
	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), PCI_REVISION_ID, 1), 0x20);
	set(b, RTL_CR, CR_RST, 1);
	assert_int_equal(get(b, RTL_CR, 1), CR_BUFE);
	assert_int_equal(get(b, RTL_TCR, 4) & 0x7cc00000, 0x74800000);
	assert_true(ee_read(b, 0, 8) != 0x8129); /* it has six address bits */
	assert_int_equal(ee_read(b, 0, 6), 0x8129);
	for (unsigned n = 0; n < 3; n++)
		assert_int_equal(ee_read(b, 7 + n, 6), get_le16(mac + 2 * n));
	assert_int_equal(get(b, RTL_IDR0, 4), get_le32(mac));
	assert_int_equal(in(b, IOBASE + RTL_IDR4, 2), get_le16(mac + 4));
	assert_int_equal(get(b, 3, 2), mac[3] | mac[4] << 8);

	/* Configuration is locked but for 9346CR. */
	set(b, RTL_IDR0, 0, 4);
	assert_int_equal(get(b, RTL_IDR0, 4), get_le32(mac));
	unlock(b, true);
	set(b, RTL_IDR0, 0x11, 1);
	assert_int_equal(get(b, RTL_IDR0, 2), 0x5411);
	set(b, RTL_CR9346, EEM_LOAD, 1);
	assert_int_equal(get(b, RTL_IDR0, 4), get_le32(mac));
	assert_int_equal(get(b, RTL_CR9346, 1) & EEM_MASK, 0);
	done(b);
}

/* The option `chip`: Linux's 8139too takes it, and there is no C+ mode. */
static void older_chip(void **state)
{
	struct board *b = board_new(RAM);
	const struct nic_model *m = nic_model_find("rtl8139");
	const struct option_value old[2] = {{.number = 1}, {.number = 1}};

	assert_true(nic_plug(b, 0, m, mac, old, false));
	assert_int_equal(pci_config_read(b, NIC_DEVFN(0), PCI_REVISION_ID, 1), 0x10);
	pci_config_write(b, NIC_DEVFN(0), PCI_BASE_ADDRESS, IOBASE, 4);
	pci_config_write(b, NIC_DEVFN(0), PCI_COMMAND, PCI_COMMAND_IO | PCI_COMMAND_MASTER, 2);
	assert_int_equal(in(b, IOBASE + RTL_TCR, 4) & 0x7cc00000, 0x74000000);
	out(b, IOBASE + RTL_CPCR, 3, 2);
	assert_int_equal(in(b, IOBASE + RTL_CPCR, 2), 0);
	done(b);
}

static void link_state(void **state)
{
	struct board *b = new_board("rtl8139");

	assert_true(get(b, RTL_MSR, 1) & MSR_LINKB);
	assert_int_equal(get(b, RTL_BMSR, 2), 0x7809);
	set(b, RTL_IMR, ISR_PUN, 2);
	nic_set_carrier(b, 0, true);
	assert_false(irq(b));
	pass(b, 2000000);
	assert_true(irq(b));
	set(b, RTL_ISR, ISR_PUN, 2);
	assert_false(irq(b));
	assert_int_equal(get(b, RTL_MSR, 1), 0);
	get(b, RTL_BMSR, 2); /* latched low */
	assert_int_equal(get(b, RTL_BMSR, 2), 0x782d);
	assert_int_equal(get(b, RTL_ANLPAR, 2), 0x41e1);
	set(b, RTL_BMCR, BMCR_RESTART, 2); /* locked */
	assert_int_equal(get(b, RTL_BMSR, 2), 0x782d);
	unlock(b, true);
	set(b, RTL_BMCR, BMCR_FULL, 2); /* 10 Mbit/s, forced */
	assert_true(irq(b));
	pass(b, 2000000);
	get(b, RTL_BMSR, 2); /* latched */
	assert_int_equal(get(b, RTL_BMSR, 2), 0x780d);
	assert_int_equal(get(b, RTL_MSR, 1), MSR_SPEED_10);
	nic_set_carrier(b, 0, false);
	assert_int_equal(get(b, RTL_MSR, 1), MSR_LINKB | MSR_SPEED_10);
	done(b);
}

static void timer(void **state)
{
	struct board *b = new_board("rtl8139");

	set(b, RTL_IMR, ISR_TIMEOUT, 2);
	set(b, RTL_TIMERINT, 33000, 4);
	set(b, RTL_TCTR, 0, 4);
	pass(b, 989000);
	assert_false(irq(b));
	assert_true(get(b, RTL_TCTR, 4) < 33000);
	pass(b, 2000);
	assert_true(irq(b));
	set(b, RTL_ISR, ISR_TIMEOUT, 2);
	set(b, RTL_TIMERINT, 0, 4);
	pass(b, 1000000);
	assert_false(irq(b));
	done(b);
}

/* ---- C mode ---- */

static struct board *too_up(uint32_t rcr)
{
	struct board *b = new_board("rtl8139");

	nic_set_carrier(b, 0, true);
	pass(b, 2000000);
	set(b, RTL_CR, CR_RST, 1);
	set(b, RTL_RBSTART, RING, 4);
	set(b, RTL_CR, CR_RE | CR_TE, 1);
	set(b, RTL_RCR, rcr, 4);
	set(b, RTL_MAR0, UINT32_MAX, 4), set(b, RTL_MAR4, UINT32_MAX, 4);
	set(b, RTL_ISR, 0xffff, 2);
	set(b, RTL_IMR, 0xffff, 2);
	return b;
}

static void too_sends(void **state)
{
	struct board *b = too_up(ALL);
	uint8_t f[1514];

	make_frame(f, peer, sizeof(f));
	for (unsigned n = 0; n < 4; n++) {
		mem_dma_write(&b->mem, BUFFERS + 0x1000 * n, f, sizeof(f));
		set(b, RTL_TSAD0 + 4 * n, BUFFERS + 0x1000 * n, 4);
	}
	assert_true(get(b, RTL_TSD0, 4) & TSD_OWN);
	assert_int_equal(get(b, RTL_TSAD, 2), 0x000f);
	for (unsigned n = 0; n < 4; n++)
		set(b, RTL_TSD0 + 4 * n, 1514, 4);
	assert_int_equal(wire.count, 2); /* the FIFO holds no more */
	assert_int_equal(get(b, RTL_TSD0, 4), TSD_TOK | TSD_OWN | 1514);
	assert_int_equal(get(b, RTL_TSAD, 2), 0x3003);
	assert_true(irq(b));
	pass(b, 500000);
	assert_int_equal(wire.count, 4);
	assert_int_equal(get(b, RTL_TSAD, 2), 0xf00f);
	assert_int_equal(wire.size[3], 1514);
	assert_memory_equal(wire.data[3], f, 1514);
	/* The turn goes on with the first. */
	set(b, RTL_TSD0, 60, 4);
	assert_int_equal(wire.count, 5);
	assert_int_equal(wire.size[4], 60);
	done(b);
}

/* Takes the next frame out of the ring, as 8139too does; its size with FCS. */
static unsigned too_take(struct board *b, uint8_t *f, uint16_t *status)
{
	unsigned at = (uint16_t)(get(b, RTL_CAPR, 2) + 16) % 8192, size;
	uint8_t head[4];

	mem_dma_read(&b->mem, RING + at, head, 4);
	*status = get_le16(head);
	size = get_le16(head + 2);
	mem_dma_read(&b->mem, RING + at + 4, f, size);
	at = (at + size + 4 + 3) & ~3u;
	set(b, RTL_CAPR, (uint16_t)(at - 16), 2);
	return size;
}

static void too_receives(void **state)
{
	struct board *b = too_up(ALL | RCR_WRAP);
	uint8_t f[1514], g[2048];
	uint16_t status;

	make_frame(f, mac, sizeof(f));
	assert_true(get(b, RTL_CR, 1) & CR_BUFE);
	for (unsigned n = 0; n < 20; n++) { /* more than once around */
		assert_true(receive(b, f, 1000 + 20 * n, 0));
		assert_false(get(b, RTL_CR, 1) & CR_BUFE);
		assert_int_equal(too_take(b, g, &status), 1000 + 20 * n + 4);
		assert_int_equal(status, RXS_ROK | RXS_PAM);
		assert_memory_equal(g, f, 1000 + 20 * n);
		assert_int_equal(get_le32(g + 1000 + 20 * n), (uint32_t)crc32(0, f, 1000 + 20 * n));
		assert_true(get(b, RTL_CR, 1) & CR_BUFE);
	}
	for (unsigned n = 0; n < 5; n++)
		assert_true(receive(b, f, 1514, 0));
	assert_false(receive(b, f, 1514, DROP_NIC_FULL));
	assert_int_equal(get(b, RTL_ISR, 2) & (ISR_RXOVW | ISR_ROK), ISR_RXOVW | ISR_ROK);
	assert_int_equal(get(b, RTL_MPC, 4), 1);
	set(b, RTL_MPC, 0, 4);
	assert_int_equal(get(b, RTL_MPC, 4), 0);
	memset(f, 0xff, 6);
	while (!(get(b, RTL_CR, 1) & CR_BUFE))
		too_take(b, g, &status);
	assert_true(receive(b, f, 20, 0));
	assert_int_equal(too_take(b, g, &status), 64);
	assert_int_equal(status, RXS_ROK | RXS_BAR);
	assert_false(receive(b, f, 5000, DROP_TOO_LONG));
	done(b);
}

/* Without WRAP the ring's end is in the middle of a frame. */
static void too_wraps(void **state)
{
	struct board *b = too_up(ALL);
	uint8_t f[1500], g[2048];
	uint16_t status;

	make_frame(f, mac, sizeof(f));
	for (unsigned n = 0; n < 5; n++) {
		assert_true(receive(b, f, sizeof(f), 0));
		too_take(b, g, &status);
	}
	assert_true(receive(b, f, sizeof(f), 0));
	mem_dma_read(&b->mem, RING + 5 * 1508, g, 8192 - 5 * 1508);
	mem_dma_read(&b->mem, RING, g + 8192 - 5 * 1508, 1508 - (8192 - 5 * 1508));
	assert_memory_equal(g + 4, f, sizeof(f));
	assert_int_equal(get(b, RTL_CBR, 2), 6 * 1508 - 8192);
	done(b);
}

static void filters(void **state)
{
	struct board *b = too_up(0);
	uint8_t f[60], group[6] = {0x01, 0x00, 0x5e, 0x01, 0x02, 0x03};
	unsigned bit = mac_crc_be(group) >> 26;

	make_frame(f, mac, sizeof(f));
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	set(b, RTL_RCR, RCR_APM, 4);
	assert_true(receive(b, f, 60, 0));
	memcpy(f, peer, 6);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	set(b, RTL_RCR, RCR_AAP, 4);
	assert_true(receive(b, f, 60, 0));
	memcpy(f, group, 6);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	set(b, RTL_RCR, RCR_AM, 4);
	assert_true(receive(b, f, 60, 0));
	set(b, RTL_MAR0, bit < 32 ? ~(1u << bit) : UINT32_MAX, 4);
	set(b, RTL_MAR4, bit < 32 ? UINT32_MAX : ~(1u << (bit - 32)), 4);
	assert_false(receive(b, f, 60, DROP_NIC_FILTER));
	set(b, RTL_CR, CR_TE, 1);
	assert_false(receive(b, f, 60, DROP_NIC_DOWN));
	done(b);
}

static void loopback(void **state)
{
	struct board *b = too_up(ALL);
	uint8_t f[100], g[256];
	uint16_t status;

	set(b, RTL_TCR, TCR_LBK, 4);
	make_frame(f, mac, sizeof(f));
	assert_false(receive(b, f, sizeof(f), DROP_NIC_DOWN));
	mem_dma_write(&b->mem, BUFFERS, f, sizeof(f));
	set(b, RTL_TSAD0, BUFFERS, 4);
	set(b, RTL_TSD0, sizeof(f), 4);
	assert_int_equal(wire.count, 0);
	assert_int_equal(too_take(b, g, &status), sizeof(f) + 4);
	assert_memory_equal(g, f, sizeof(f));
	done(b);
}

/* ---- C+ mode ---- */

static void put_desc(struct board *b, uint32_t ring, unsigned n, uint32_t command, uint32_t tag, uint64_t buffer)
{
	uint8_t d[16];

	put_le32(d, command), put_le32(d + 4, tag), put_le64(d + 8, buffer);
	mem_dma_write(&b->mem, ring + 16 * n, d, 16);
}

static uint32_t desc(struct board *b, uint32_t ring, unsigned n, unsigned word)
{
	uint8_t d[4];

	mem_dma_read(&b->mem, ring + 16 * n + 4 * word, d, 4);
	return get_le32(d);
}

static struct board *cp_up(uint16_t cpcr, unsigned buffer)
{
	struct board *b = new_board("rtl8139");

	nic_set_carrier(b, 0, true);
	pass(b, 2000000);
	set(b, RTL_CR, CR_RST, 1);
	set(b, RTL_CPCR, CPCR_TXENB | CPCR_RXENB | cpcr, 2);
	set(b, THPDS, 0, 4), set(b, THPDS + 4, 0, 4);
	set(b, RTL_RDSAR, RX_RING, 4), set(b, RTL_RDSAR_HIGH, 0, 4);
	set(b, TNPDS, TX_RING, 4), set(b, TNPDS + 4, 0, 4);
	for (unsigned n = 0; n < 4; n++)
		put_desc(b, RX_RING, n, CPD_OWN | (n == 3 ? CPD_EOR : 0) | buffer, 0, BUFFERS + 0x10000 * (n + 8));
	set(b, RTL_CR, CR_RE | CR_TE, 1);
	set(b, RTL_RCR, ALL, 4);
	set(b, RTL_ISR, 0xffff, 2);
	set(b, RTL_IMR, 0xffff, 2);
	return b;
}

/* IPv4 and TCP or UDP without checksums, as a driver leaves them to the card. */
static unsigned make_ip(uint8_t *f, unsigned protocol, unsigned payload)
{
	unsigned header = protocol == 6 ? 20 : 8, size = 34 + header + payload;

	make_frame(f, mac, size);
	put_be16(f + 12, 0x0800);
	memset(f + 14, 0, 20 + header);
	f[14] = 0x45;
	put_be16(f + 16, (uint16_t)(size - 14));
	put_be16(f + 18, 7);
	f[22] = 64;
	f[23] = (uint8_t)protocol;
	put_be32(f + 26, 0x0a000101), put_be32(f + 30, 0x0a000102);
	put_be16(f + 34, 1000), put_be16(f + 36, 2000);
	if (protocol == 6) {
		put_be32(f + 38, 0xfffffff0);
		f[46] = 0x50;
		f[47] = 0x19; /* ACK PSH FIN */
	} else {
		put_be16(f + 38, (uint16_t)(8 + payload));
	}
	return size;
}

static bool sums_good(const uint8_t *f, unsigned size)
{
	uint64_t sum = csum_add(0, f + 26, 8) + f[23] + (size - 34);

	return csum_fold(csum_add(0, f + 14, 20)) == 0xffff && csum_fold(csum_add(sum, f + 34, size - 34)) == 0xffff;
}

static void cp_sums(void **state)
{
	struct board *b = cp_up(0, 1536);
	uint8_t f[1514];
	unsigned size = make_ip(f, 6, 1001);

	/* In two pieces, and with a tag. */
	mem_dma_write(&b->mem, BUFFERS, f, size);
	put_desc(b, TX_RING, 0, CPD_OWN | CPD_FS | CPTX_IPCS | CPTX_TCPCS | 700, CPTX_TAGC | 0x0a20, BUFFERS);
	set(b, RTL_TPPOLL, TPPOLL_NPQ, 1);
	assert_int_equal(wire.count, 0); /* not whole */
	assert_true(get(b, RTL_ISR, 2) & ISR_TDU);
	put_desc(b, TX_RING, 1, CPD_OWN | CPD_LS | CPD_EOR | CPTX_IPCS | CPTX_TCPCS | (size - 700), 0, BUFFERS + 700);
	set(b, RTL_TPPOLL, TPPOLL_NPQ, 1);
	assert_int_equal(wire.count, 1);
	assert_int_equal(wire.size[0], size + 4);
	assert_int_equal(get_be32(wire.data[0] + 12), 0x8100200a);
	memmove(wire.data[0] + 12, wire.data[0] + 16, size - 12);
	assert_true(sums_good(wire.data[0], size));
	assert_int_equal(desc(b, TX_RING, 0, 0), CPD_FS | 700);
	assert_int_equal(desc(b, TX_RING, 1, 0), CPD_LS | CPD_EOR | (size - 700));
	assert_true(get(b, RTL_ISR, 2) & ISR_TOK);
	assert_int_equal(get(b, RTL_TPPOLL, 1), 0);

	/* UDP, from the ring's start again; short frames are padded. */
	size = make_ip(f, 17, 1);
	mem_dma_write(&b->mem, BUFFERS, f, size);
	put_desc(b, TX_RING, 0, CPD_OWN | CPD_FS | CPD_LS | CPTX_IPCS | CPTX_UDPCS | size, 0, BUFFERS);
	set(b, RTL_TPPOLL, TPPOLL_NPQ, 1);
	assert_int_equal(wire.size[1], 60);
	assert_true(sums_good(wire.data[1], size));
	done(b);
}

static void cp_large_send(void **state)
{
	static uint8_t f[8192];
	struct board *b = cp_up(0, 1536);
	unsigned size = make_ip(f, 6, 4000);

	mem_dma_write(&b->mem, BUFFERS, f, size);
	put_desc(b, TX_RING, 0, CPD_OWN | CPD_EOR | CPD_FS | CPD_LS | CPTX_LGSEN | 1460u << CPTX_MSS_SHIFT | size, 0,
		 BUFFERS);
	set(b, RTL_TPPOLL, TPPOLL_NPQ, 1);
	assert_int_equal(wire.count, 3);
	for (unsigned n = 0; n < 3; n++) {
		unsigned payload = n < 2 ? 1460 : 1080;

		assert_int_equal(wire.size[n], 54 + payload);
		assert_true(sums_good(wire.data[n], 54 + payload));
		assert_int_equal(get_be16(wire.data[n] + 18), 7 + n);
		assert_int_equal(get_be32(wire.data[n] + 38), 0xfffffff0 + n * 1460);
		assert_int_equal(wire.data[n][47], n < 2 ? 0x10 : 0x19);
		assert_memory_equal(wire.data[n] + 54, f + 54 + n * 1460, payload);
	}
	assert_int_equal(desc(b, TX_RING, 0, 0), CPD_EOR | CPD_FS | CPD_LS | size);
	/* Not TCP, no segment size: gone, but counted. */
	size = make_ip(f, 17, 4000);
	mem_dma_write(&b->mem, BUFFERS, f, size);
	pass(b, 10000000);
	put_desc(b, TX_RING, 0, CPD_OWN | CPD_EOR | CPD_FS | CPD_LS | CPTX_LGSEN | size, 0, BUFFERS);
	set(b, RTL_TPPOLL, TPPOLL_NPQ, 1);
	assert_int_equal(wire.count, 3);
	assert_int_equal(desc(b, TX_RING, 0, 0) & CPD_OWN, 0);
	done(b);
}

static void cp_receives(void **state)
{
	struct board *b = cp_up(CPCR_RXCHKSUM | CPCR_RXVLAN, 1536);
	uint8_t f[1518], g[2048], t[1518];
	unsigned size = make_ip(f, 6, 500);

	rtl8139_fill_sums(f, size, CPTX_IPCS | CPTX_TCPCS);
	assert_true(receive(b, f, size, 0));
	assert_int_equal(desc(b, RX_RING, 0, 0), CPD_FS | CPD_LS | CPRX_PAM | CPRX_PID_TCP | (size + 4));
	mem_dma_read(&b->mem, BUFFERS + 0x80000, g, size + 4);
	assert_memory_equal(g, f, size);
	assert_int_equal(get_le32(g + size), (uint32_t)crc32(0, f, size));
	f[size - 1] ^= 1;
	assert_true(receive(b, f, size, 0));
	assert_int_equal(desc(b, RX_RING, 1, 0), CPD_FS | CPD_LS | CPRX_PAM | CPRX_PID_TCP | CPRX_TCPF | (size + 4));
	f[size - 1] ^= 1;
	f[22]--;
	assert_true(receive(b, f, size, 0));
	assert_int_equal(desc(b, RX_RING, 2, 0), CPD_FS | CPD_LS | CPRX_PAM | CPRX_PID_IP | CPRX_IPF | (size + 4));
	/* A tag comes out. */
	f[22]++;
	memcpy(t, f, 12), memcpy(t + 16, f + 12, size - 12);
	put_be32(t + 12, 0x8100200a);
	assert_true(receive(b, t, size + 4, 0));
	assert_int_equal(desc(b, RX_RING, 3, 0), CPD_FS | CPD_LS | CPD_EOR | CPRX_PAM | CPRX_PID_TCP | (size + 4));
	assert_int_equal(desc(b, RX_RING, 3, 1), CPRX_TAVA | 0x0a20);
	mem_dma_read(&b->mem, BUFFERS + 0xb0000, g, size + 4);
	assert_memory_equal(g, f, size);
	/* None is left. */
	set(b, RTL_ISR, 0xffff, 2);
	assert_false(receive(b, f, size, DROP_NIC_FULL));
	assert_int_equal(get(b, RTL_ISR, 2), ISR_RXOVW);
	assert_int_equal(get(b, RTL_MPC, 4), 1);
	done(b);
}

/* A frame longer than a buffer goes on in the next one. */
static void cp_splits(void **state)
{
	struct board *b = cp_up(0, 512);
	uint8_t f[1514], g[1518];

	make_frame(f, mac, sizeof(f));
	assert_true(receive(b, f, sizeof(f), 0));
	assert_int_equal(desc(b, RX_RING, 0, 0), CPD_FS | 512);
	assert_int_equal(desc(b, RX_RING, 1, 0), 512);
	assert_int_equal(desc(b, RX_RING, 2, 0), CPD_LS | CPRX_PAM | 1518);
	for (unsigned n = 0; n < 3; n++)
		mem_dma_read(&b->mem, BUFFERS + 0x10000 * (n + 8), g + 512 * n, n < 2 ? 512 : 1518 - 1024);
	assert_memory_equal(g, f, sizeof(f));
	assert_false(receive(b, f, sizeof(f), DROP_NIC_FULL)); /* one descriptor is not enough */
	assert_true(desc(b, RX_RING, 3, 0) & CPD_OWN);
	done(b);
}

static void cp_tally(void **state)
{
	struct board *b = cp_up(0, 1536);
	uint8_t f[60], raw[64];

	make_frame(f, mac, sizeof(f));
	assert_true(receive(b, f, sizeof(f), 0));
	memset(f, 0xff, 6);
	assert_true(receive(b, f, sizeof(f), 0));
	mem_dma_write(&b->mem, BUFFERS, f, sizeof(f));
	put_desc(b, TX_RING, 0, CPD_OWN | CPD_EOR | CPD_FS | CPD_LS | 60, 0, BUFFERS);
	set(b, RTL_TPPOLL, TPPOLL_NPQ, 1);
	set(b, DTCCR + 4, 0, 4);
	set(b, DTCCR, 0x8000 | 8, 4);
	assert_int_equal(get(b, DTCCR, 4), 0x8000);
	mem_dma_read(&b->mem, 0x8000, raw, sizeof(raw));
	assert_int_equal(get_le64(raw), 1);      /* sent */
	assert_int_equal(get_le64(raw + 8), 2);  /* received */
	assert_int_equal(get_le64(raw + 40), 1); /* for its own address */
	assert_int_equal(get_le64(raw + 48), 1); /* for all */
	done(b);
}

/* Rings that are nowhere, frames without an end: the line's pace holds. */
static void hostile(void **state)
{
	struct board *b = cp_up(CPCR_RXCHKSUM | CPCR_RXVLAN, 1536);
	uint8_t f[60];

	set(b, TNPDS, 0xf0000000, 4);
	set(b, RTL_RDSAR, 0xf0000000, 4);
	set(b, RTL_TPPOLL, TPPOLL_NPQ | TPPOLL_HPQ, 1);
	pass(b, 100000000);
	make_frame(f, mac, sizeof(f));
	nic_receive(b, 0, f, sizeof(f), (int[1]){0});
	set(b, TNPDS, TX_RING, 4);
	for (unsigned n = 0; n < 64; n++)
		put_desc(b, TX_RING, n, CPD_OWN | CPD_FS | CPTX_LGSEN | 0xffff, 0, BAR + 0x10);
	set(b, RTL_TPPOLL, TPPOLL_NPQ, 1);
	pass(b, 100000000);
	put_desc(b, TX_RING, 0, CPD_OWN | CPD_EOR | CPD_FS | CPD_LS, 0, UINT64_MAX);
	set(b, TNPDS, TX_RING, 4);
	set(b, RTL_TPPOLL, TPPOLL_NPQ, 1);
	pass(b, 100000000);
	assert_int_equal(desc(b, TX_RING, 0, 0) & CPD_OWN, 0);
	set(b, RTL_CR, 0, 1);
	set(b, RTL_CPCR, 0, 2);
	set(b, RTL_RBSTART, 0xfffffff0, 4);
	set(b, RTL_RCR, UINT32_MAX, 4);
	set(b, RTL_CR, CR_RE, 1);
	for (unsigned n = 0; n < 4000; n++)
		nic_receive(b, 0, f, sizeof(f), (int[1]){0});
	done(b);
}

static void judges(void **state)
{
	struct board *b = new_board("rtl8139");
	struct rtl8139 *s = nic_state(b, 0);

	s->at[RING_RX] = RTL_RING_MAX;
	assert_non_null(nic_validate(b));
	s->at[RING_RX] = 0;
	s->tx_turn = 4;
	assert_non_null(nic_validate(b));
	s->tx_turn = 0;
	s->eeprom.address = 64;
	assert_non_null(nic_validate(b));
	s->eeprom.address = 0;
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(probing),   cmocka_unit_test(older_chip),    cmocka_unit_test(link_state),
		cmocka_unit_test(timer),     cmocka_unit_test(too_sends),     cmocka_unit_test(too_receives),
		cmocka_unit_test(too_wraps), cmocka_unit_test(filters),       cmocka_unit_test(loopback),
		cmocka_unit_test(cp_sums),   cmocka_unit_test(cp_large_send), cmocka_unit_test(cp_receives),
		cmocka_unit_test(cp_splits), cmocka_unit_test(cp_tally),      cmocka_unit_test(hostile),
		cmocka_unit_test(judges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
