/* run: --nic e1000 */
/* PCI: configuration mechanism #1 with every size and alignment, BAR sizing,
 * the 440FX's shadow RAM in all four states of each segment and its SMRAM
 * window, PIIX3 interrupt routing with the 8259's level mode (82441FX 290549,
 * PIIX3 290550, PCI 2.1). The card in slot 3 is the source of interrupts. */
#include "tests/guest/lib.h"

enum { CONFADD = 0xcf8, CONFDATA = 0xcfc };
enum { PMC = 0 << 11, PIIX3 = 1 << 11, IDE = 1 << 11 | 1 << 8, NIC = 3 << 11, NOBODY = 30 << 11 };

static void address(uint32_t fn, unsigned reg)
{
	outl(CONFADD, 0x80000000 | fn | (reg & 0xfc));
}
static uint8_t read8(uint32_t fn, unsigned reg)
{
	return (address(fn, reg), inb((uint16_t)(CONFDATA + (reg & 3))));
}
static uint16_t read16(uint32_t fn, unsigned reg)
{
	return (address(fn, reg), inw((uint16_t)(CONFDATA + (reg & 2))));
}
static uint32_t read32(uint32_t fn, unsigned reg)
{
	return (address(fn, reg), inl(CONFDATA));
}
static void write8(uint32_t fn, unsigned reg, uint8_t v)
{
	address(fn, reg);
	outb((uint16_t)(CONFDATA + (reg & 3)), v);
}
static void write16(uint32_t fn, unsigned reg, uint16_t v)
{
	address(fn, reg);
	outw((uint16_t)(CONFDATA + (reg & 2)), v);
}
static void write32(uint32_t fn, unsigned reg, uint32_t v)
{
	address(fn, reg);
	outl(CONFDATA, v);
}

static void test_mechanism(void)
{
	outl(CONFADD, 0x80000000);
	CHECK_EQ(inl(CONFADD), 0x80000000);
	CHECK_EQ(read32(PMC, 0), 0x12378086);
	CHECK_EQ(read16(PMC, 0), 0x8086);
	CHECK_EQ(read16(PMC, 2), 0x1237);
	CHECK_EQ(read8(PMC, 1), 0x80);
	CHECK_EQ(read8(PMC, 3), 0x12);
	CHECK_EQ(read32(PIIX3, 0), 0x70008086);
	CHECK_EQ(read32(IDE, 0), 0x70108086);
	CHECK_EQ(read8(PIIX3, 0x0e) & 0x80, 0x80); /* multifunction */
	CHECK_EQ(read32(PIIX3, 8) >> 8, 0x060100);
	CHECK_EQ(read32(IDE, 8) >> 8, 0x010180);
	CHECK_EQ(read32(NOBODY, 0), 0xffffffff);
	CHECK_EQ(read32(1 << 16, 0), 0xffffffff); /* another bus */
	/* A word across bytes 1 and 2; nothing but a doubleword write changes CONFADD. */
	address(PMC, 0);
	CHECK_EQ(inw(CONFDATA + 1), 0x3780);
	outb(CONFADD, 0x55);
	outw(CONFADD, 0x5555);
	CHECK_EQ(inl(CONFADD), 0x80000000);
	/* Without the enable bit the data port is an ordinary one. */
	outl(CONFADD, 0);
	CHECK_EQ(inl(CONFDATA), 0xffffffff);
	/* Identity is read-only; the scratch-like latency timer is not. */
	write32(PMC, 0, 0);
	CHECK_EQ(read32(PMC, 0), 0x12378086);
	write8(NIC, 0x3c, 0x5a);
	CHECK_EQ(read32(NIC, 0x3c) & 0xff, 0x5a);
	CHECK_EQ(read8(NIC, 0x3d), 1);
	write8(NIC, 0x3d, 0);
	CHECK_EQ(read8(NIC, 0x3d), 1);
	write8(NIC, 0x3c, 0);
}

static void test_bars(void)
{
	uint32_t bar0 = read32(NIC, 0x10), bar1 = read32(NIC, 0x14), bm = read32(IDE, 0x20);
	uint16_t command = read16(NIC, 4), ide_command = read16(IDE, 4);

	write16(NIC, 4, 0);
	write32(NIC, 0x10, 0xffffffff);
	CHECK_EQ(read32(NIC, 0x10), 0xfffe0000); /* 128 KiB of memory */
	write32(NIC, 0x14, 0xffffffff);
	CHECK_EQ(read32(NIC, 0x14), 0xffffffc1); /* 64 ports */
	write32(NIC, 0x18, 0xffffffff);
	CHECK_EQ(read32(NIC, 0x18), 0); /* none */
	/* Byte by byte. */
	write32(NIC, 0x10, 0);
	write8(NIC, 0x13, 0xfe);
	write8(NIC, 0x12, 0xb7);
	CHECK_EQ(read32(NIC, 0x10), 0xfeb60000);
	write32(NIC, 0x10, bar0);
	write32(NIC, 0x14, bar1);
	write16(NIC, 4, command);
	write16(IDE, 4, 0);
	write32(IDE, 0x20, 0xffffffff);
	CHECK_EQ(read32(IDE, 0x20), 0xfffffff1);
	write32(IDE, 0x20, bm);
	write16(IDE, 4, ide_command);
	/* Memory space off: the card does not answer. */
	write16(NIC, 4, 2);
	CHECK(*(volatile uint32_t *)((bar0 & ~15u) + 8) != 0xffffffff);
	write16(NIC, 4, 0);
	CHECK_EQ(*(volatile uint32_t *)((bar0 & ~15u) + 8), 0xffffffff);
	write16(NIC, 4, command);
}

/* Each 16 KiB segment from 0xC0000 has a nibble: bit 0 reads from RAM, bit 1
 * writes to RAM. Without them the ROM is read, or nobody. */
static void test_segment(uint32_t base, unsigned reg, unsigned shift)
{
	volatile uint32_t *p = (volatile uint32_t *)(base + 0x3ff0);
	uint8_t saved = read8(PMC, reg), others = saved & (uint8_t) ~(3u << shift);
	uint32_t rom, ram;

	write8(PMC, reg, others | (uint8_t)(3u << shift));
	ram = *p;
	write8(PMC, reg, others);
	rom = *p;
	write8(PMC, reg, others | (uint8_t)(3u << shift)); /* both to RAM */
	*p = 0x12345678;
	CHECK_EQ(*p, 0x12345678);
	write8(PMC, reg, others | (uint8_t)(1u << shift)); /* write protected */
	*p = 0x99999999;
	CHECK_EQ(*p, 0x12345678);
	write8(PMC, reg, others | (uint8_t)(2u << shift)); /* reads the ROM, writes RAM */
	CHECK_EQ(*p, rom);
	*p = 0xabcdef01;
	CHECK_EQ(*p, rom);
	write8(PMC, reg, others); /* all to the bus */
	*p = 0x77777777;
	CHECK_EQ(*p, rom);
	write8(PMC, reg, others | (uint8_t)(3u << shift));
	CHECK_EQ(*p, 0xabcdef01);
	*p = ram;
	write8(PMC, reg, saved);
	CHECK_EQ(read8(PMC, reg), saved);
}

static void test_shadow(void)
{
	for (unsigned n = 0; n < 12; n++)
		test_segment(0xc0000 + n * 0x4000, 0x5a + n / 2, n % 2 * 4);
	test_segment(0xf0000, 0x59, 4);
}

/* D_OPEN shows the RAM below the video window, as long as D_LCK is 0. */
static void test_smram(void)
{
	volatile uint32_t *p = (volatile uint32_t *)0xa8000;
	uint8_t saved = read8(PMC, 0x72);

	CHECK_EQ(saved & 7, 2); /* C_BASE_SEG: 0xA0000 */
	write8(PMC, 0x72, 0x4a);
	CHECK_EQ(read8(PMC, 0x72), 0x4a);
	*p = 0x51515151;
	p[1] = 0x62626262;
	CHECK_EQ(*p, 0x51515151);
	write8(PMC, 0x72, 0x0a);
	CHECK(*p != 0x51515151 || p[1] != 0x62626262);
	*p = 0;
	write8(PMC, 0x72, 0x4a);
	CHECK_EQ(*p, 0x51515151);
	CHECK_EQ(p[1], 0x62626262);
	/* The lock closes it, and stays. */
	write8(PMC, 0x72, 0x1a);
	CHECK_EQ(read8(PMC, 0x72) & 0x50, 0x10);
	write8(PMC, 0x72, 0x4a);
	CHECK_EQ(read8(PMC, 0x72) & 0x50, 0x10);
	CHECK(*p != 0x51515151 || p[1] != 0x62626262);
}

/* ---- interrupt routing ---- */

enum { ICR = 0xc0, ICS = 0xc8, IMS = 0xd0, IMC = 0xd8 };
static volatile uint32_t *card;
static volatile uint32_t seen;

static uint16_t requests(void)
{
	outb(0x20, 0x0a);
	outb(0xa0, 0x0a);
	return (uint16_t)(inb(0x20) | inb(0xa0) << 8);
}

static void serve(struct trap *t)
{
	seen++;
	if (seen == 3)
		(void)card[ICR / 4]; /* reading it takes the interrupt back */
	if (t->vector >= 0x28)
		outb(0xa0, 0x20);
	outb(0x20, 0x20);
}

static void window(void)
{
	__asm__ volatile("sti; nop; nop; nop; nop; nop; nop; nop; nop; nop; nop; cli" : : : "memory");
}

static void test_routing(void)
{
	uint8_t saved[4], elcr[2] = {inb(0x4d0), inb(0x4d1)};

	card = (volatile uint32_t *)(read32(NIC, 0x10) & ~15u);
	write16(NIC, 4, 7);
	card[IMC / 4] = 0xffffffff;
	(void)card[ICR / 4];
	for (unsigned n = 0; n < 4; n++) {
		saved[n] = read8(PIIX3, 0x60 + n);
		write8(PIIX3, 0x60 + n, 0x80);
	}
	outb(0x4d0, 0xff);
	outb(0x4d1, 0xff);
	CHECK_EQ(inb(0x4d0), 0xf8); /* 0, 1, 2, 8 and 13 are always edges */
	CHECK_EQ(inb(0x4d1), 0xde);
	outb(0x4d0, 0);
	outb(0x4d1, 0x0c); /* 10 and 11 */
	pic_init();
	card[IMS / 4] = 4;
	card[ICS / 4] = 4;
	CHECK_EQ(requests() & 0x0c00, 0);
	CHECK_EQ(read16(NIC, 6) & 8, 8); /* interrupt status */
	write8(PIIX3, 0x60 + 2, 11);     /* slot 3 INTA# is PIRQC# */
	CHECK_EQ(requests() & 0x0c00, 0x0800);
	write8(PIIX3, 0x60 + 2, 10);
	CHECK_EQ(requests() & 0x0c00, 0x0400);
	write16(NIC, 4, 0x407); /* interrupt disable */
	CHECK_EQ(requests() & 0x0c00, 0);
	write16(NIC, 4, 7);
	CHECK_EQ(requests() & 0x0c00, 0x0400);
	/* A level comes again as long as it is there. */
	trap_handler[0x2a] = serve;
	outb(0x21, 0xfb);
	outb(0xa1, 0xfb);
	window();
	CHECK_EQ(seen, 3);
	CHECK_EQ(requests() & 0x0c00, 0);
	outb(0x21, 0xff);
	outb(0xa1, 0xff);
	card[IMC / 4] = 0xffffffff;
	for (unsigned n = 0; n < 4; n++)
		write8(PIIX3, 0x60 + n, saved[n]);
	outb(0x4d0, elcr[0]);
	outb(0x4d1, elcr[1]);
}

int main(void)
{
	test_mechanism();
	test_bars();
	test_shadow();
	test_routing();
	test_smram();
	return lib_result();
}
