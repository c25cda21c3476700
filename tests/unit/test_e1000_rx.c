/* The 82540EM receives: every filter, buffer size and report of the 8254x manual
 * that is not on Linux's usual way (that is in test_e1000.c). */
#include <zlib.h>

#include "tests/unit/e1000_rings.h"

static const uint8_t group[6] = {0x01, 0x00, 0x5e, 0x12, 0x34, 0x56};

/* An empty ring of `count` again, with these bits in RCTL. */
static void ring(struct board *b, unsigned count, uint32_t rctl)
{
	wr(b, AT_RCTL, 0);
	wr(b, AT_RDLEN, count * 16), wr(b, AT_RDH, 0), wr(b, AT_RDT, count - 1);
	wr(b, AT_RCTL, RCTL_EN | rctl);
}

/* ---- addresses (sections 13.4.22, 13.5.1 to 13.5.3) ---- */

/* Table 13-66 as the manual puts it: which bits of the address's last two bytes
 * select a bit of the table. */
static void multicast_hash(void **state)
{
	struct board *b = new_board("e1000");
	const unsigned lowest[4] = {36, 35, 34, 32}; /* bit of the 48, from the first byte's bit 0 on */
	uint64_t bits = get_le32(group) | (uint64_t)get_le16(group + 4) << 32;
	uint8_t f[100];

	e1000_up(b, 8, 64, RCTL_EN);
	make_frame(f, group, 100);
	for (unsigned mo = 0; mo < 4; mo++) {
		unsigned hash = (unsigned)(bits >> lowest[mo]) & 0xfff;

		ring(b, 64, mo << RCTL_MO_SHIFT);
		for (unsigned n = 0; n < 128; n++) /* all but the one bit */
			wr(b, REG_MTA + 4 * n, n == hash >> 5 ? ~(1u << (hash & 31)) : UINT32_MAX);
		assert_false(receive(b, f, 100, DROP_NIC_FILTER));
		for (unsigned n = 0; n < 128; n++)
			wr(b, REG_MTA + 4 * n, n == hash >> 5 ? 1u << (hash & 31) : 0);
		assert_true(receive(b, f, 100, 0));
		assert_int_equal(rx_desc(b, 0).status & RXD_PIF, RXD_PIF);
	}
	done(b);
}

/* All sixteen; RAH.AS 1 compares the source; what is reserved reads as 0. */
static void receive_addresses(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[100], to[6] = {2, 0, 0, 0, 1, 0};

	e1000_up(b, 8, 64, RCTL_EN);
	for (unsigned n = 1; n < 16; n++) {
		to[5] = (uint8_t)n;
		make_frame(f, to, 100);
		assert_false(receive(b, f, 100, DROP_NIC_FILTER));
		wr(b, REG_RA + 8 * n, get_le32(to)), wr(b, REG_RA + 4 + 8 * n, get_le16(to + 4));
		assert_false(receive(b, f, 100, DROP_NIC_FILTER)); /* not valid yet */
		wr(b, REG_RA + 4 + 8 * n, get_le16(to + 4) | 0xffff0000u);
		assert_int_equal(rd(b, REG_RA + 4 + 8 * n), get_le16(to + 4) | 0x80030000u);
		assert_false(receive(b, f, 100, DROP_NIC_FILTER)); /* AS 3 is nothing */
		wr(b, REG_RA + 4 + 8 * n, get_le16(to + 4) | RAH_AV);
		assert_true(receive(b, f, 100, 0));
		assert_false(rx_desc(b, n - 1).status & RXD_PIF);
	}
	wr(b, REG_RA + 8, get_le32(peer)), wr(b, REG_RA + 12, get_le16(peer + 4) | 1u << 16 | RAH_AV);
	memset(f, 0x0a, 6);
	assert_true(receive(b, f, 100, 0));
	f[11] ^= 1;
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	/* A reset clears AV, and RAR0 comes from the EEPROM again. */
	wr(b, REG_RA, 0x12345678);
	wr(b, 0, CTRL_RST);
	assert_int_equal(rd(b, REG_RA), get_le32(mac));
	assert_int_equal(rd(b, REG_RA + 4), get_le16(mac + 4) | RAH_AV);
	for (unsigned n = 1; n < 16; n++)
		assert_false(rd(b, REG_RA + 4 + 8 * n) & RAH_AV);
	done(b);
}

/* UPE is for one station's addresses, MPE for groups, everybody among them. */
static void promiscuous(void **state)
{
	struct board *b = new_board("e1000");
	static const uint8_t to[3][6] = {{2, 0, 0, 0, 0, 7}, {1, 0, 0x5e, 0, 0, 1}, {255, 255, 255, 255, 255, 255}};
	static const struct {
		uint32_t rctl;
		bool takes[3];
	} rows[] = {
		{0, {false, false, false}},
		{RCTL_UPE, {true, false, false}},
		{RCTL_MPE, {false, true, true}},
		{RCTL_BAM, {false, false, true}},
	};
	uint8_t f[60];

	e1000_up(b, 8, 8, RCTL_EN);
	for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
		ring(b, 8, rows[n].rctl);
		for (unsigned m = 0; m < 3; m++) {
			make_frame(f, to[m], 60);
			assert_int_equal(receive(b, f, 60, DROP_NIC_FILTER), rows[n].takes[m]);
		}
	}
	done(b);
}

/* ---- VLANs (section 9) ---- */

static void vlan_filter(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[100];

	e1000_up(b, 8, 64, RCTL_EN | RCTL_VFE);
	make_frame(f, mac, 100);
	assert_true(receive(b, f, 100, 0)); /* untagged */
	for (unsigned vid = 0; vid < 4096; vid += 455) {
		put_be32(f + 12, 0x81000000u | vid);
		assert_false(receive(b, f, 100, DROP_NIC_FILTER));
		wr(b, REG_VFTA + vid / 32 * 4, 1u << vid % 32);
		assert_true(receive(b, f, 100, 0));
		wr(b, REG_VFTA + vid / 32 * 4, 0);
	}
	/* CFI as RCTL wants it. */
	ring(b, 64, RCTL_VFE | RCTL_CFIEN);
	wr(b, REG_VFTA, 2);
	put_be32(f + 12, 0x81001001);
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	ring(b, 64, RCTL_VFE | RCTL_CFIEN | RCTL_CFI);
	assert_true(receive(b, f, 100, 0));
	put_be32(f + 12, 0x81000001);
	assert_false(receive(b, f, 100, DROP_NIC_FILTER));
	/* Another type of tag: VET. */
	ring(b, 64, RCTL_VFE | RCTL_SECRC);
	wr(b, AT_VET, 0x88a8);
	wr(b, 0, rd(b, 0) | CTRL_VME);
	put_be32(f + 12, 0x81000002);
	assert_true(receive(b, f, 100, 0));
	assert_int_equal(rx_desc(b, 0).size, 100);
	put_be32(f + 12, 0x88a8e001);
	assert_true(receive(b, f, 100, 0));
	assert_int_equal(rx_desc(b, 1).size, 96);
	assert_int_equal(rx_desc(b, 1).special, 0xe001);
	done(b);
}

/* ---- sizes (sections 3.2.2, 13.4.22, 13.7) ---- */

static void buffer_sizes(void **state)
{
	struct board *b = new_board("e1000");
	static const struct {
		uint32_t rctl;
		unsigned size;
	} rows[] = {
		{0, 2048},
		{1 << RCTL_BSIZE_SHIFT, 1024},
		{2 << RCTL_BSIZE_SHIFT, 512},
		{3 << RCTL_BSIZE_SHIFT, 256},
		{1 << RCTL_BSIZE_SHIFT | RCTL_BSEX, 16384},
		{2 << RCTL_BSIZE_SHIFT | RCTL_BSEX, 8192},
		{3 << RCTL_BSIZE_SHIFT | RCTL_BSEX, 4096},
	};
	uint8_t f[16000];

	e1000_up(b, 8, 8, RCTL_EN);
	make_frame(f, mac, sizeof(f));
	for (unsigned n = 0; n < ARRAY_LEN(rows); n++) {
		unsigned left = sizeof(f), used = 0, count = (left + rows[n].size - 1) / rows[n].size;

		ring(b, 128, rows[n].rctl | RCTL_LPE | RCTL_SECRC);
		for (unsigned i = 0; i < 128; i++) {
			put_desc(b, RX_RING, i, BUFFERS + i * 16384, 0, UINT32_MAX);
		}
		assert_true(receive(b, f, sizeof(f), 0));
		assert_int_equal(rd(b, AT_RDH), count);
		for (; used < count; used++, left -= rows[n].size) {
			uint8_t got[16384];
			unsigned part = left < rows[n].size ? left : rows[n].size;

			assert_int_equal(rx_desc(b, used).size, part);
			assert_int_equal(rx_desc(b, used).status & (RXD_DD | RXD_EOP),
					 used + 1 < count ? RXD_DD : RXD_DD | RXD_EOP);
			mem_dma_read(&b->mem, BUFFERS + used * 16384, got, part);
			assert_memory_equal(got, f + sizeof(f) - left, part);
		}
	}
	done(b);
}

/* Too long is only what is for this card; LPE takes it. */
static void long_frames(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[1600];

	e1000_up(b, 8, 64, RCTL_EN | RCTL_SECRC);
	make_frame(f, mac, 1600);
	assert_true(receive(b, f, 1518, 0)); /* 1522 with the FCS, tagged or not */
	assert_false(receive(b, f, 1519, DROP_TOO_LONG));
	assert_int_equal(rd(b, REG_STATS + ROC), 1);
	assert_int_equal(rd(b, REG_STATS + RLEC), 1);
	make_frame(f, peer, 1600);
	assert_false(receive(b, f, 1519, DROP_NIC_FILTER));
	assert_int_equal(rd(b, REG_STATS + ROC), 0);
	assert_int_equal(rd(b, REG_STATS + GPRC), 1);
	assert_int_equal(rd(b, REG_STATS + TPR), 3);
	make_frame(f, mac, 1600);
	ring(b, 64, RCTL_LPE | RCTL_SECRC);
	assert_true(receive(b, f, 1600, 0));
	assert_int_equal(rx_desc(b, 0).size, 1600);
	assert_int_equal(rd(b, REG_STATS + PRC64 + 20), 1 + 1); /* PRC1522: up to what LPE lets through */
	done(b);
}

/* ---- checksums (section 3.2.9) ---- */

/* IPv6 with the extension headers of the manual before a UDP datagram. */
static unsigned make_ipv6(uint8_t *f, const uint8_t *extensions, unsigned count, unsigned payload)
{
	uint8_t *ip = f + 14, *next = ip + 6, *at = ip + 40;
	unsigned length = 8 + payload;

	memset(f, 0, 14 + 40 + 16 * count + length);
	memcpy(f, mac, 6), memcpy(f + 6, peer, 6);
	put_be16(f + 12, 0x86dd);
	ip[0] = 0x60;
	put_be16(ip + 4, (uint16_t)(16 * count + length));
	ip[7] = 64;
	ip[8] = ip[24] = 0x20;
	ip[23] = 1, ip[39] = 2;
	for (unsigned n = 0; n < count; n++) {
		*next = extensions[n];
		next = at;
		at[1] = 1; /* 16 bytes */
		at += 16;
	}
	*next = 17;
	put_be16(at, 1000), put_be16(at + 2, 2000), put_be16(at + 4, (uint16_t)length);
	for (unsigned n = 0; n < payload; n++)
		at[8 + n] = (uint8_t)(3 * n);
	put_be16(at + 6, (uint16_t)~sum16(at, length, sum16(ip + 8, 32, 17 + length)));
	return 54 + 16 * count + length;
}

static struct rx checked(struct board *b, const uint8_t *f, unsigned size)
{
	unsigned n = rd(b, AT_RDH);

	assert_true(receive(b, f, size, 0));
	return rx_desc(b, n);
}

static void checksum_ipv6(void **state)
{
	struct board *b = new_board("e1000");
	const uint8_t known[3] = {0, 60, 43}, unknown[1] = {44};
	uint8_t f[300];
	unsigned size;
	struct rx d;

	e1000_up(b, 8, 64, RCTL_EN | RCTL_SECRC);
	wr(b, AT_RXCSUM, RXCSUM_TUOFL);
	size = make_ipv6(f, known, 0, 33);
	assert_int_equal(checked(b, f, size).status & (RXD_IXSM | RXD_TCPCS), RXD_IXSM);
	wr(b, AT_RXCSUM, RXCSUM_TUOFL | RXCSUM_IPOFL | RXCSUM_IPV6OFL);
	for (unsigned count = 0; count <= 3; count++) {
		size = make_ipv6(f, known, count, 33);
		d = checked(b, f, size);
		assert_int_equal(d.status & (RXD_IXSM | RXD_TCPCS | RXD_IPCS), RXD_TCPCS);
		assert_int_equal(d.errors, 0);
		f[size - 1] ^= 0x10;
		assert_int_equal(checked(b, f, size).errors, RXD_TCPE);
	}
	size = make_ipv6(f, unknown, 1, 33); /* a fragment: left to the host */
	assert_int_equal(checked(b, f, size).status & RXD_TCPCS, 0);
	size = make_ipv6(f, known, 1, 33);
	f[55] = 200; /* an extension header that goes beyond the packet */
	assert_int_equal(checked(b, f, size).status & RXD_IXSM, RXD_IXSM);
	size = make_ipv6(f, known, 0, 33);
	put_be16(f + 18, 2000);
	assert_int_equal(checked(b, f, size).status & RXD_IXSM, RXD_IXSM);
	done(b);
}

/* Behind a SNAP header, a tag, IP options; not for fragments and others. */
static void checksum_ipv4(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[300], g[300];
	unsigned size;
	struct rx d;

	e1000_up(b, 8, 64, RCTL_EN | RCTL_SECRC);
	wr(b, AT_RXCSUM, RXCSUM_TUOFL | RXCSUM_IPOFL);
	size = make_ipv4(f, 17, 41);
	memcpy(g, f, 12);
	put_be16(g + 12, (uint16_t)(size - 14 + 8));
	memcpy(g + 14, "\xaa\xaa\x03\0\0\0\x08\0", 8);
	memcpy(g + 22, f + 14, size - 14);
	d = checked(b, g, size + 8);
	assert_int_equal(d.status & (RXD_IXSM | RXD_TCPCS | RXD_IPCS), RXD_TCPCS | RXD_IPCS);
	assert_int_equal(d.errors, 0);
	put_be32(g + 12, 0x81000005);
	memcpy(g + 16, f + 12, size - 12);
	d = checked(b, g, size + 4);
	assert_int_equal(d.status & (RXD_IXSM | RXD_TCPCS | RXD_IPCS), RXD_TCPCS | RXD_IPCS);
	assert_int_equal(d.errors, 0);
	/* UDP without a checksum; a fragment; another protocol; IPOFL alone. */
	put_be16(f + 40, 0);
	assert_int_equal(checked(b, f, size).status & (RXD_TCPCS | RXD_IPCS), RXD_IPCS);
	make_ipv4(f, 6, 41);
	put_be16(f + 20, 0x2000);
	put_be16(f + 24, 0);
	put_be16(f + 24, (uint16_t)~sum16(f + 14, 20, 0));
	d = checked(b, f, 95);
	assert_int_equal(d.status & (RXD_TCPCS | RXD_IPCS), RXD_IPCS);
	assert_int_equal(d.errors, 0);
	wr(b, AT_RXCSUM, RXCSUM_IPOFL);
	make_ipv4(f, 6, 41);
	f[90] ^= 1;
	d = checked(b, f, 95);
	assert_int_equal(d.status & (RXD_IXSM | RXD_TCPCS | RXD_IPCS), RXD_IPCS);
	assert_int_equal(d.errors, 0);
	wr(b, AT_RXCSUM, 0);
	assert_int_equal(checked(b, f, 95).status & RXD_IXSM, RXD_IXSM);
	done(b);
}

/* The packet checksum is from PCSS to the end of what is stored. */
static void packet_checksum(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[100];

	e1000_up(b, 8, 64, RCTL_EN | RCTL_SECRC);
	make_frame(f, mac, 100);
	wr(b, AT_RXCSUM, 14);
	assert_int_equal(checked(b, f, 100).sum, sum16(f + 14, 86, 0));
	wr(b, AT_RXCSUM, 0);
	assert_int_equal(checked(b, f, 100).sum, sum16(f, 100, 0));
	/* A stripped tag is no part of it, nor counts for the offset. */
	put_be32(f + 12, 0x81000005);
	wr(b, AT_RXCSUM, 14);
	assert_int_equal(checked(b, f, 100).sum, sum16(f + 14, 86, 0));
	wr(b, 0, rd(b, 0) | CTRL_VME);
	assert_int_equal(checked(b, f, 100).sum, sum16(f + 18, 82, 0));
	done(b);
}

/* ---- ring (sections 3.2.4 to 3.2.7) ---- */

/* RDMTS: half, a quarter, an eighth of the ring is left. */
static void low_threshold(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[60];

	e1000_up(b, 8, 64, RCTL_EN);
	make_frame(f, mac, 60);
	for (unsigned rdmts = 0; rdmts < 3; rdmts++) {
		ring(b, 64, rdmts << RCTL_RDMTS_SHIFT);
		rd(b, AT_ICR);
		for (unsigned left = 62;; left--) {
			assert_true(receive(b, f, 60, 0));
			if (rd(b, AT_ICR) & ICR_RXDMT0) {
				assert_int_equal(left, 32u >> rdmts);
				break;
			}
		}
	}
	done(b);
}

/* A descriptor without a buffer is given back empty; rings in memory that is
 * not there, heads and tails outside, do no harm. */
static void bad_rings(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[60];

	e1000_up(b, 8, 8, RCTL_EN | RCTL_SECRC);
	make_frame(f, mac, 60);
	put_desc(b, RX_RING, 0, 0, 0, 0);
	assert_true(receive(b, f, 60, 0));
	assert_int_equal(rx_desc(b, 0).size, 0);
	assert_int_equal(rx_desc(b, 0).status, RXD_DD);
	assert_int_equal(rx_desc(b, 1).size, 60);
	wr(b, AT_RDT, 0xffff);
	for (unsigned n = 0; n < 40; n++)
		nic_receive(b, 0, f, 60, &(int){0});
	wr(b, AT_RDH, 0xffff);
	assert_false(receive(b, f, 60, DROP_NIC_FULL));
	wr(b, AT_RDLEN, 0);
	assert_false(receive(b, f, 60, DROP_NIC_FULL));
	wr(b, AT_RDBAL, 0xfffffff0), wr(b, AT_RDBAH, 0xffffffff), wr(b, AT_RDLEN, 0xfff80);
	wr(b, AT_RDH, 0), wr(b, AT_RDT, 100);
	nic_receive(b, 0, f, 60, &(int){0});
	done(b);
}

/* PAUSE is for the reserved address and the station's own, which is RA0. */
static void pause_address(void **state)
{
	struct board *b = new_board("e1000");
	uint8_t f[60] = {0}, other[6] = {2, 0, 0, 0, 0, 5};

	e1000_up(b, 8, 64, RCTL_EN);
	wr(b, 0, rd(b, 0) | CTRL_RFCE);
	wr(b, AT_FCAL, 0x00c28001), wr(b, AT_FCAH, 0x0100), wr(b, AT_FCT, 0x8808);
	wr(b, REG_RA + 8, get_le32(other)), wr(b, REG_RA + 12, get_le16(other + 4) | RAH_AV);
	make_frame(f, other, 60);
	put_be16(f + 12, 0x8808), put_be16(f + 14, 1), put_be16(f + 16, 1000);
	assert_true(receive(b, f, 60, 0));
	assert_int_equal(rd(b, AT_RDH), 1); /* a frame like any other */
	assert_false(rd(b, 8) & STATUS_TXOFF);
	memcpy(f, mac, 6);
	assert_true(receive(b, f, 60, 0));
	assert_int_equal(rd(b, AT_RDH), 1);
	assert_true(rd(b, 8) & STATUS_TXOFF);
	assert_int_equal(rd(b, REG_STATS + XOFFRXC), 1);
	put_be16(f + 16, 0);
	assert_true(receive(b, f, 60, 0));
	assert_false(rd(b, 8) & STATUS_TXOFF);
	assert_int_equal(rd(b, REG_STATS + XONRXC), 1);
	assert_int_equal(rd(b, REG_STATS + GPRC), 1); /* GPRC: flow control is not among them */
	done(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(multicast_hash),  cmocka_unit_test(receive_addresses),
		cmocka_unit_test(promiscuous),     cmocka_unit_test(vlan_filter),
		cmocka_unit_test(buffer_sizes),    cmocka_unit_test(long_frames),
		cmocka_unit_test(checksum_ipv6),   cmocka_unit_test(checksum_ipv4),
		cmocka_unit_test(packet_checksum), cmocka_unit_test(low_threshold),
		cmocka_unit_test(bad_rings),       cmocka_unit_test(pause_address),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
