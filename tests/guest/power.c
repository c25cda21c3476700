/* What the board has beside its classic chips: PIIX4 power management (290562)
 * with SCI, the hot-plug and GPE ports of QEMU's PIIX4, fw_cfg by port and by DMA,
 * page registers, CMOS memory, port 61h, the debug console. */
#include "tests/guest/lib.h"

enum { PMSTS = 0, PMEN = 2, PMCNTRL = 4, PMTMR = 8 };
static uint16_t pm;

static void test_pm(void)
{
	uint32_t a = inl(pm + PMTMR), b;

	for (volatile unsigned n = 0; n < 1000; n++)
		;
	b = inl(pm + PMTMR);
	CHECK(b != a && ((b - a) & 0xffffff) < 0x100000);
	CHECK_EQ(b >> 24, 0);
	outb(0xb2, 0xf1); /* ACPI on, as FADT's SMI_CMD */
	for (uint32_t n = 0; n < 1000000 && !(inw(pm + PMCNTRL) & 1); n++)
		;
	CHECK_EQ(inw(pm + PMCNTRL) & 1, 1);
	outw(pm + PMEN, 0x0120);
	CHECK_EQ(inw(pm + PMEN), 0x0120);
	CHECK_EQ(inl(pm + PMSTS) >> 16, 0x0120); /* both as a doubleword */
	outw(pm + PMEN, 0);
	outw(pm + PMSTS, 0xffff); /* cleared by writing 1 */
	CHECK_EQ(inw(pm + PMSTS) & 0x0521, 0);
	outb(0xb2, 0xf0);
	for (uint32_t n = 0; n < 1000000 && (inw(pm + PMCNTRL) & 1); n++)
		;
	CHECK_EQ(inw(pm + PMCNTRL) & 1, 0);
}

static void test_hotplug(void)
{
	outw(0xafe2, 0x0002);
	CHECK_EQ(inw(0xafe2), 0x0002);
	outw(0xafe2, 0);
	outw(0xafe0, 0xffff);
	CHECK_EQ(inw(0xafe0), 0);
	CHECK_EQ(inl(0xae04), 0);     /* nothing is to go */
	CHECK_EQ(inl(0xae0c) & 2, 0); /* the chip set cannot be ejected */
}

static uint32_t fw_read32(void)
{
	uint32_t v = 0;

	for (unsigned n = 0; n < 4; n++)
		v = v << 8 | inb(0x511);
	return v;
}

static void test_fw_cfg(void)
{
	static uint8_t into[8] __attribute__((aligned(16)));
	static volatile uint32_t access[4] __attribute__((aligned(16)));

	outw(0x510, 0);
	CHECK_EQ(fw_read32(), 0x51454d55); /* QEMU */
	CHECK_EQ(fw_read32(), 0);          /* behind the end */
	outw(0x510, 1);
	uint8_t id = inb(0x511);
	CHECK_EQ(id & 3, 3); /* traditional and DMA interface */
	outw(0x510, 0x19);
	uint32_t files = fw_read32();
	CHECK(files >= 1 && files < 200);
	outw(0x510, 5);
	CHECK_EQ(inb(0x511), 1); /* processors */
	/* The DMA interface tells who it is, and moves an item. */
	CHECK_EQ(inl(0x514), 0x554d4551);
	CHECK_EQ(inl(0x518), 0x47464320);
	access[0] = __builtin_bswap32(0x0000000a); /* select item 0, read */
	access[1] = __builtin_bswap32(6);
	access[2] = 0;
	access[3] = __builtin_bswap32((uint32_t)into);
	for (unsigned n = 0; n < 8; n++)
		into[n] = 0xee;
	outl(0x514, 0);
	outl(0x518, __builtin_bswap32((uint32_t)access));
	for (uint32_t n = 0; n < 1000000 && access[0]; n++)
		;
	CHECK_EQ(access[0], 0);
	CHECK_EQ(*(uint32_t *)into, 0x554d4551);
	CHECK_EQ(into[4], 0);
	CHECK_EQ(into[6], 0xee);
}

static void test_ports(void)
{
	static const uint16_t pages[] = {0x81, 0x82, 0x83, 0x87, 0x89, 0x8a, 0x8b};
	uint8_t old = 0;
	unsigned turns = 0;

	for (unsigned n = 0; n < sizeof(pages) / sizeof(pages[0]); n++)
		outb(pages[n], (uint8_t)(0x30 + n));
	for (unsigned n = 0; n < sizeof(pages) / sizeof(pages[0]); n++)
		CHECK_EQ(inb(pages[n]), 0x30 + n);
	outb(0x80, 0x5a); /* POST code */
	CHECK_EQ(inb(0xe9), 0xe9);
	/* CMOS memory keeps bytes; the index port masks NMI with bit 7. */
	outb(0x70, 0xf5);
	outb(0x71, 0xa5);
	outb(0x70, 0x76);
	outb(0x71, 0x5a);
	outb(0x70, 0x75);
	CHECK_EQ(inb(0x71), 0xa5);
	outb(0x70, 0x76);
	CHECK_EQ(inb(0x71), 0x5a);
	outb(0x70, 0x0d);
	CHECK_EQ(inb(0x71) & 0x80, 0x80); /* valid RAM and time */
	/* The refresh bit goes up and down. */
	for (uint32_t n = 0; n < 1000000 && turns < 10; n++) {
		uint8_t now = inb(0x61) & 0x10;

		turns += now != old;
		old = now;
	}
	CHECK_EQ(turns, 10);
	outb(0x61, 0x0e);
	CHECK_EQ(inb(0x61) & 0xcf, 0x0e);
	outb(0x61, 0x00);
	CHECK_EQ(inb(0x1234), 0xff); /* nobody */
	CHECK_EQ(inw(0x1234), 0xffff);
	CHECK_EQ(inl(0x1234), 0xffffffff);
}

int main(void)
{
	outl(0xcf8, 0x80000b40); /* PIIX4 power management at 0:1.3: base address */
	pm = (uint16_t)(inl(0xcfc) & 0xffc0);
	CHECK_EQ((outl(0xcf8, 0x80000b00), inl(0xcfc)), 0x71138086);
	CHECK(pm != 0);
	test_pm();
	test_hotplug();
	test_fw_cfg();
	test_ports();
	return lib_result();
}
